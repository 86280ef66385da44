/*
 * command/wake.c - processes wake each other through a datagram socket beside the store
 *
 * A wake says only "look": what there is to do stands in the database. So a lost wake costs a moment (the engine looks by
 * itself every few seconds), and a forged one costs nothing but that look.
 *
 * The socket is named through /proc/self/fd of its directory: the name of a socket has at most 107 bytes, the name
 * of a directory more.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "usher/base/error.h"

static int open_directory(const char *store)
{
    g_autofree char *directory = g_path_get_dirname(store);
    return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static struct sockaddr_un name_socket(int directory, const char *store)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *base = g_path_get_basename(store);
    g_snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%.60s.wake", directory, base);
    return address;
}

int wake_listen(const char *store, GError **error)
{
    int directory = open_directory(store);
    int listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (directory >= 0 && listener >= 0) {
        struct sockaddr_un address = name_socket(directory, store);
        unlink(address.sun_path);
        if (bind(listener, (struct sockaddr *)&address, sizeof address) == 0) {
            chmod(address.sun_path, 0660);
            close(directory);
            return listener;
        }
    }
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                "the socket beside \"%s\" cannot be made: %s; its directory must be writable", store, g_strerror(errno));
    if (directory >= 0) {
        close(directory);
    }
    if (listener >= 0) {
        close(listener);
    }
    return -1;
}

/* Kept open for the life of the process: a busy door wakes the engine with one system call a mail. */
static gpointer open_sender(gpointer store)
{
    int *descriptors = g_new(int, 2);
    descriptors[0] = open_directory(store);
    descriptors[1] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return descriptors;
}

void wake_send(const char *store)
{
    static GOnce once = G_ONCE_INIT;
    const int *descriptors = g_once(&once, open_sender, (gpointer)(guintptr)store);
    if (descriptors[0] < 0 || descriptors[1] < 0) {
        return;
    }
    struct sockaddr_un address = name_socket(descriptors[0], store);
    if (sendto(descriptors[1], "w", 1, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address) < 0) {
        g_debug("nobody to wake at \"%s\": %s", store, g_strerror(errno));
    }
}
