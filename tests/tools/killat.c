/*
 * tests/tools/killat.c - kills its process with SIGKILL right before its n-th lasting act
 *
 * Loaded with LD_PRELOAD by tests/system/kill.t. A lasting act is a call that others can see: writing to or syncing a file, naming or
 * removing one, sending to a socket. KILL_AT=n kills before the n-th of them (counted from 1); KILL_COUNT=FILE writes
 * how many there were to FILE when the process ends by itself.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long acts;

static void count_act(void)
{
    const char *at = getenv("KILL_AT");
    if (at && atomic_fetch_add(&acts, 1) + 1 == strtol(at, NULL, 10)) {
        kill(getpid(), SIGKILL);
        for (;;) {
            pause();
        }
    }
}

__attribute__((destructor)) static void tell_count(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *file = path ? fopen(path, "we") : NULL;
    if (file) {
        fprintf(file, "%ld\n", atomic_load(&acts));
        fclose(file);
    }
}

#define PASS_ON(type, name, parameters, arguments)                                                                                 \
    type name parameters;                                                                                                          \
    type name parameters                                                                                                           \
    {                                                                                                                              \
        static type(*real) parameters;                                                                                             \
        if (!real) {                                                                                                               \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                             \
        }                                                                                                                          \
        count_act();                                                                                                               \
        return real arguments;                                                                                                     \
    }

PASS_ON(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t offset), (fd, bytes, size, offset))
PASS_ON(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t offset), (fd, bytes, size, offset))
PASS_ON(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
PASS_ON(int, fdatasync, (int fd), (fd))
PASS_ON(int, fsync, (int fd), (fd))
PASS_ON(int, ftruncate64, (int fd, off64_t length), (fd, length))
PASS_ON(int, rename, (const char *from, const char *to), (from, to))
PASS_ON(int, link, (const char *from, const char *to), (from, to))
PASS_ON(int, unlink, (const char *name), (name))
PASS_ON(ssize_t, send, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags))
PASS_ON(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
