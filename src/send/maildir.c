/*
 * send/maildir.c - bytes -> a file in a Maildir
 *
 * Takes a mail with its envelope; writes it to tmp, syncs it, renames it into new and syncs that folder. The envelope stands on top as Return-Path and
 * Delivered-To (as other delivery agents write it), line ends are LF as is usual in a Maildir. A failure leaves at most a file in tmp.
 *
 * The name of the file is made of the Message-ID and the recipient, without time and process: that is what makes a second delivery of
 * one mail, after a crash in between, find the first. `cur` is looked through for it because a mail program moves and renames what it has shown.
 */
#include "maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usher/base/error.h"
#include "usher/base/token.h"

#define NAME_CHARS 40

static gboolean fail(const char *doing, const char *path, GError **error)
{
    int reason = errno;
    g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "cannot %s \"%s\" (delivery: maildir): %s", doing, path, g_strerror(reason));
    return FALSE;
}

static char *make_name(const char *message_id, const char *to)
{
    g_autofree char *both = g_strconcat(message_id, "\n", to, NULL);
    g_autofree char *digest = token_digest_bytes(both, strlen(both));
    return g_strdup_printf("%.*s.usher", NAME_CHARS, digest);
}

static gboolean sync_folder(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean is_done = fd >= 0 && fsync(fd) == 0;
    if (!is_done) {
        fail("sync", path, error);
    }
    if (fd >= 0) {
        close(fd);
    }
    return is_done;
}

/* "cur" comes last: where it is, all are. */
static gboolean make_folders(const char *path, GError **error)
{
    static const char *const names[] = {"tmp", "new", "cur"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *folder = g_build_filename(path, names[i], NULL);
        if (g_mkdir_with_parents(folder, 0700) != 0) {
            return fail("make", folder, error);
        }
    }
    return sync_folder(path, error);
}

static gboolean is_in_cur(const char *path, const char *name)
{
    g_autofree char *folder = g_build_filename(path, "cur", NULL);
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    const char *file = NULL;
    while (files && (file = g_dir_read_name(files))) {
        if (g_str_has_prefix(file, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

static GString *make_content(const char *from, const char *to, GBytes *mail)
{
    gsize length = 0;
    const char *bytes = g_bytes_get_data(mail, &length);
    GString *content = g_string_sized_new(length + 256);
    g_string_append_printf(content, "Return-Path: <%s>\nDelivered-To: %s\n", from, to);
    for (const char *line = bytes, *end = bytes + length; line < end;) {
        const char *crlf = memmem(line, (gsize)(end - line), "\r\n", 2);
        g_string_append_len(content, line, (crlf ? crlf : end) - line);
        if (crlf) {
            g_string_append_c(content, '\n');
        }
        line = crlf ? crlf + 2 : end;
    }
    return content;
}

static gboolean write_all(int fd, const char *bytes, gsize length)
{
    while (length > 0) {
        ssize_t count = write(fd, bytes, length);
        if (count < 0 && errno != EINTR) {
            return FALSE;
        }
        if (count > 0) {
            bytes += count;
            length -= (gsize)count;
        }
    }
    return TRUE;
}

static gboolean write_file(const char *file, const GString *content, GError **error)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail("make", file, error);
    }
    gboolean is_done = write_all(fd, content->str, content->len) && fsync(fd) == 0;
    if (!is_done) {
        fail("write", file, error);
    }
    if (close(fd) != 0 && is_done) {
        return fail("write", file, error);
    }
    return is_done;
}

static gboolean put_into_new(const char *path, const char *name, const GString *content, GError **error)
{
    g_autofree char *unique = g_strdup_printf("%s.%d", name, (int)getpid());
    g_autofree char *temporary = g_build_filename(path, "tmp", unique, NULL);
    g_autofree char *folder = g_build_filename(path, "new", NULL);
    g_autofree char *final = g_build_filename(folder, name, NULL);
    if (!write_file(temporary, content, error)) {
        g_unlink(temporary);
        return FALSE;
    }
    if (rename(temporary, final) != 0) {
        fail("rename into", final, error);
        g_unlink(temporary);
        return FALSE;
    }
    return sync_folder(folder, error);
}

gboolean maildir_deliver(const char *path, const char *from, const char *to, const char *message_id, GBytes *mail, char **answer,
                         GError **error)
{
    g_autofree char *name = make_name(message_id, to);
    g_autofree char *final = g_build_filename(path, "new", name, NULL);
    if (access(final, F_OK) == 0 || is_in_cur(path, name)) {
        *answer = g_strdup_printf("already in \"%s\" as %s", path, name);
        return TRUE;
    }
    g_autofree char *last_folder = g_build_filename(path, "cur", NULL);
    if (access(last_folder, F_OK) != 0 && !make_folders(path, error)) {
        return FALSE;
    }
    g_autoptr(GString) content = make_content(from, to, mail);
    if (!put_into_new(path, name, content, error)) {
        return FALSE;
    }
    *answer = g_strdup_printf("in \"%s\" as %s", path, name);
    return TRUE;
}
