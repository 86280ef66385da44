/*
 * record/recorder.c - one thread that owns the write connection of a process and commits the jobs of others in groups
 *
 * While a group is being made durable (that is where the time goes) the next jobs gather; they become the next group. Alone in
 * its group, a job is a transaction; among others it stands behind a savepoint, so that one that fails undoes only itself. When
 * the whole transaction fails, so does every job of the group, with USHER_ERROR_RETRY.
 *
 * The locks are those of POSIX and not of GLib because the thread sanitizer understands them.
 */
#include "store.h"

#include <pthread.h>

#include "usher/base/error.h"

#define LARGEST_GROUP 128

/* Lives on the stack of whoever waits. It has a lock of its own, so that a group that wakes does not queue up at the recorder's. */
typedef struct {
    RecordJob job;
    gpointer data;
    gboolean is_unflushed;
    GError *error;
    pthread_mutex_t lock;
    gboolean is_done;
    pthread_cond_t done;
} Waiting;

struct Recorder {
    Record *record;
    GThread *thread;
    pthread_mutex_t mutex;
    pthread_cond_t work;
    GQueue queue; /* Waiting */
    gboolean is_idle;
    gboolean is_closing;
};

static void fail_those_that_passed(const GPtrArray *group, const GError *error)
{
    for (guint i = 0; i < group->len; i++) {
        Waiting *waiting = g_ptr_array_index(group, i);
        if (waiting->error == NULL)
            waiting->error = g_error_new(USHER_ERROR, USHER_ERROR_RETRY, "%s", error->message);
    }
}

static gboolean run_each(Record *record, gpointer data, GError **error)
{
    const GPtrArray *group = data;
    for (guint i = 0; i < group->len; i++) {
        Waiting *waiting = g_ptr_array_index(group, i);
        if (record_run(record, waiting->job, waiting->data, &waiting->error) || driver_is_in_transaction(record->driver))
            continue;
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "%s", waiting->error->message);
        return FALSE;
    }
    return TRUE;
}

static gboolean is_all_unflushed(const GPtrArray *group)
{
    for (guint i = 0; i < group->len; i++) {
        const Waiting *waiting = g_ptr_array_index(group, i);
        if (!waiting->is_unflushed)
            return FALSE;
    }
    return TRUE;
}

static void run_group(Recorder *recorder, const GPtrArray *group)
{
    gboolean (*run)(Record *, RecordJob, gpointer, GError **) = is_all_unflushed(group) ? record_run_unflushed : record_run;
    if (group->len == 1) {
        Waiting *waiting = g_ptr_array_index(group, 0);
        run(recorder->record, waiting->job, waiting->data, &waiting->error);
        return;
    }
    g_autoptr(GError) error = NULL;
    if (!run(recorder->record, run_each, (gpointer)(guintptr)group, &error))
        fail_those_that_passed(group, error);
}

/* FALSE: nothing waits and nothing will. */
static gboolean take_group(Recorder *recorder, GPtrArray *group)
{
    g_ptr_array_set_size(group, 0);
    pthread_mutex_lock(&recorder->mutex);
    recorder->is_idle = TRUE;
    while (g_queue_is_empty(&recorder->queue) && !recorder->is_closing)
        pthread_cond_wait(&recorder->work, &recorder->mutex);
    recorder->is_idle = FALSE;
    while (group->len < LARGEST_GROUP && !g_queue_is_empty(&recorder->queue))
        g_ptr_array_add(group, g_queue_pop_head(&recorder->queue));
    pthread_mutex_unlock(&recorder->mutex);
    return group->len > 0;
}

static void wake_group(const GPtrArray *group)
{
    for (guint i = 0; i < group->len; i++) {
        Waiting *waiting = g_ptr_array_index(group, i);
        pthread_mutex_lock(&waiting->lock);
        waiting->is_done = TRUE;
        pthread_cond_signal(&waiting->done);
        pthread_mutex_unlock(&waiting->lock);
    }
}

static gpointer record_all(gpointer data)
{
    Recorder *recorder = data;
    g_autoptr(GPtrArray) group = g_ptr_array_new();
    while (take_group(recorder, group)) {
        run_group(recorder, group);
        wake_group(group);
    }
    return NULL;
}

Recorder *recorder_open(const char *path, GError **error)
{
    Record *record = record_open(path, FALSE, error);
    if (record == NULL)
        return NULL;
    Recorder *recorder = g_new0(Recorder, 1);
    recorder->record = record;
    pthread_mutex_init(&recorder->mutex, NULL);
    pthread_cond_init(&recorder->work, NULL);
    g_queue_init(&recorder->queue);
    recorder->thread = g_thread_new("recorder", record_all, recorder);
    return recorder;
}

void recorder_close(Recorder *recorder)
{
    if (recorder == NULL)
        return;
    pthread_mutex_lock(&recorder->mutex);
    recorder->is_closing = TRUE;
    pthread_cond_signal(&recorder->work);
    pthread_mutex_unlock(&recorder->mutex);
    g_thread_join(recorder->thread);
    record_close(recorder->record);
    pthread_mutex_destroy(&recorder->mutex);
    pthread_cond_destroy(&recorder->work);
    g_free(recorder);
}

static gboolean hand_in(Recorder *recorder, RecordJob job, gpointer data, gboolean is_unflushed, GError **error)
{
    g_assert(g_thread_self() != recorder->thread);
    Waiting waiting = {.job = job, .data = data, .is_unflushed = is_unflushed};
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.done, NULL);
    pthread_mutex_lock(&recorder->mutex);
    g_queue_push_tail(&recorder->queue, &waiting);
    if (recorder->is_idle)
        pthread_cond_signal(&recorder->work);
    pthread_mutex_unlock(&recorder->mutex);
    pthread_mutex_lock(&waiting.lock);
    while (!waiting.is_done)
        pthread_cond_wait(&waiting.done, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    pthread_cond_destroy(&waiting.done);
    pthread_mutex_destroy(&waiting.lock);
    if (waiting.error == NULL)
        return TRUE;
    g_propagate_error(error, waiting.error);
    return FALSE;
}

gboolean recorder_run(Recorder *recorder, RecordJob job, gpointer data, GError **error)
{
    return hand_in(recorder, job, data, FALSE, error);
}

gboolean recorder_run_unflushed(Recorder *recorder, RecordJob job, gpointer data, GError **error)
{
    return hand_in(recorder, job, data, TRUE, error);
}

guint recorder_count_waiting(Recorder *recorder)
{
    pthread_mutex_lock(&recorder->mutex);
    guint count = g_queue_get_length(&recorder->queue);
    pthread_mutex_unlock(&recorder->mutex);
    return count;
}

const char *recorder_get_secret(const Recorder *recorder)
{
    return record_get_secret(recorder->record);
}
