/*
 * tests/tools/tsanlocks.c - tells the thread sanitizer of GLib's locks and threads
 *
 * Loaded with LD_PRELOAD before a program that was built with -fsanitize=thread (tests/system/threads.t). GLib is not built with it and makes its locks of
 * bare futexes, so the sanitizer would call everything a race that such a lock guards. Each function does what GLib's does and says what it orders.
 */
#include <dlfcn.h>
#include <glib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define FIND(name)                                                                                                                 \
    static __typeof__(&name) real;                                                                                                 \
    if (!real) {                                                                                                                   \
        *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                                 \
    }

void g_mutex_lock(GMutex *mutex)
{
    FIND(g_mutex_lock)
    real(mutex);
    __tsan_acquire(mutex);
}

void g_mutex_unlock(GMutex *mutex)
{
    FIND(g_mutex_unlock)
    __tsan_release(mutex);
    real(mutex);
}

void g_cond_wait(GCond *cond, GMutex *mutex)
{
    FIND(g_cond_wait)
    __tsan_release(mutex);
    real(cond, mutex);
    __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_us)
{
    FIND(g_cond_wait_until)
    __tsan_release(mutex);
    gboolean is_signalled = real(cond, mutex, end_us);
    __tsan_acquire(mutex);
    return is_signalled;
}

/* ---- locks of many readers: that two of them hold it at once orders nothing that matters ---- */

void g_rw_lock_reader_lock(GRWLock *lock)
{
    FIND(g_rw_lock_reader_lock)
    real(lock);
    __tsan_acquire(lock);
}

void g_rw_lock_reader_unlock(GRWLock *lock)
{
    FIND(g_rw_lock_reader_unlock)
    __tsan_release(lock);
    real(lock);
}

void g_rw_lock_writer_lock(GRWLock *lock)
{
    FIND(g_rw_lock_writer_lock)
    real(lock);
    __tsan_acquire(lock);
}

void g_rw_lock_writer_unlock(GRWLock *lock)
{
    FIND(g_rw_lock_writer_unlock)
    __tsan_release(lock);
    real(lock);
}

/* ---- threads: what was written before one begins is seen in it, what it wrote is seen when it is joined ---- */

typedef struct {
    GThreadFunc run;
    gpointer data;
} Start;

static char joined;

static gpointer run_thread(gpointer data)
{
    Start *start = data;
    __tsan_acquire(start);
    gpointer result = start->run(start->data);
    g_free(start);
    __tsan_release(&joined);
    return result;
}

GThread *g_thread_new(const char *name, GThreadFunc run, gpointer data)
{
    FIND(g_thread_new)
    Start *start = g_new0(Start, 1);
    *start = (Start){run, data};
    __tsan_release(start);
    return real(name, run_thread, start);
}

gpointer g_thread_join(GThread *thread)
{
    FIND(g_thread_join)
    gpointer result = real(thread);
    __tsan_acquire(&joined);
    return result;
}
