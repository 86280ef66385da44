/*
 * rulebook/source.c - one file of the firm's, read whole
 *
 * Takes a path; gives its bytes. Whatever is no plain file of a sensible size is refused with the reason, and nothing here
 * can hang: a rulebook is also read while mail is coming in.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usher/base/error.h"

static void set_unreadable(GError **error, int number)
{
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "%s",
                number == ENOENT || number == ENOTDIR ? "there is no such file" : g_strerror(number));
}

/* Reads on until `most` bytes or the end; the length, or -1 with errno. */
static gssize read_up_to(int fd, char *buffer, gsize most)
{
    gsize length = 0;
    while (length < most) {
        ssize_t got = read(fd, buffer + length, most - length);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        length += (gsize)got;
    }
    return (gssize)length;
}

static char *read_open_file(int fd, gsize *length, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        set_unreadable(error, errno);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "is no plain file");
        return NULL;
    }
    /* One byte more than allowed shows a file that is too large even when it grows under our hands. */
    gsize most = MIN((gsize)status.st_size, SOURCE_MAX_BYTES) + 1;
    g_autofree char *bytes = g_malloc(most + 1);
    gssize got = read_up_to(fd, bytes, most);
    if (got < 0) {
        set_unreadable(error, errno);
        return NULL;
    }
    if (status.st_size > SOURCE_MAX_BYTES || got > SOURCE_MAX_BYTES) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "is larger than %d bytes: split it or take something out",
                    SOURCE_MAX_BYTES);
        return NULL;
    }
    bytes[got] = '\0';
    *length = (gsize)got;
    return g_steal_pointer(&bytes);
}

char *source_read(const char *path, gsize *length, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        set_unreadable(error, errno);
        return NULL;
    }
    char *bytes = read_open_file(fd, length, error);
    close(fd);
    return bytes;
}
