/*
 * capture/mail.c - one mail on its way in: its envelope, its bytes and its identity
 *
 * Takes raw bytes from a door in order and keeps them until they are stored: the first CAPTURE_MEMORY_BYTES in memory, the rest
 * in a spool file that has no name (O_TMPFILE), so that nothing is left behind when the process dies. Nothing of the mail is
 * interpreted beyond what scan.c needs for the digest; what strangers wrote into the envelope is made valid UTF-8 on one line.
 *
 * Fails only when the spool cannot be opened, written or read: that is USHER_ERROR_RETRY, whoever brought the mail keeps it.
 */
#include "usher/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"
#include "usher/base/error.h"
#include "usher/base/text.h"
#include "usher/model/mail.h"

#define MAX_RECIPIENTS 1000 /* as many as a Postfix transaction has */
#define MAX_ADDRESS_CHARS 320
#define MAX_MESSAGE_ID_CHARS 998 /* a line of RFC 5322 */
#define MAX_QUEUE_ID_CHARS 100

struct CapturedMail {
    char *door;
    char *spool_directory;
    gint64 max_bytes;
    char *envelope_from;
    GPtrArray *envelope_to;
    char *queue_id;
    UsherTime received;
    GByteArray *memory;
    int spool;      /* descriptor; -1: none */
    gint64 spooled; /* bytes in it */
    gint64 size;
    MailScan *scan;
    gboolean is_id_known;
    gboolean is_headers_only;
    char *message_id;
    char *digest;
};

CapturedMail *captured_mail_new(const char *door, const char *spool_directory, gint64 max_bytes)
{
    CapturedMail *mail = g_new0(CapturedMail, 1);
    mail->door = g_strdup(door);
    mail->spool_directory = g_strdup(spool_directory);
    mail->max_bytes = max_bytes;
    mail->envelope_to = g_ptr_array_new_with_free_func(g_free);
    mail->memory = g_byte_array_sized_new(4096);
    mail->spool = -1;
    mail->scan = mail_scan_new();
    return mail;
}

void captured_mail_free(CapturedMail *mail)
{
    if (mail == NULL)
        return;
    if (mail->spool >= 0)
        close(mail->spool);
    mail_scan_free(mail->scan);
    g_byte_array_unref(mail->memory);
    g_ptr_array_unref(mail->envelope_to);
    g_free(mail->door);
    g_free(mail->spool_directory);
    g_free(mail->envelope_from);
    g_free(mail->queue_id);
    g_free(mail->message_id);
    g_free(mail->digest);
    g_free(mail);
}

/* ---- envelope ---- */

/* What stands between the brackets, or all of it when there are none; valid, on one line, folded. */
static char *fold_path(const char *path)
{
    g_autofree char *line = text_to_line(path, MAX_ADDRESS_CHARS);
    char *address = g_strstrip(line);
    char *open = strchr(address, '<');
    char *close = open == NULL ? NULL : strrchr(open, '>');
    if (close != NULL) {
        *close = '\0';
        address = open + 1;
    }
    return text_fold_address(address);
}

void captured_mail_set_envelope_from(CapturedMail *mail, const char *address)
{
    g_free(mail->envelope_from);
    mail->envelope_from = fold_path(address);
}

void captured_mail_add_envelope_to(CapturedMail *mail, const char *address)
{
    if (mail->envelope_to->len >= MAX_RECIPIENTS)
        return;
    g_autofree char *folded = fold_path(address);
    if (*folded != '\0' && !g_ptr_array_find_with_equal_func(mail->envelope_to, folded, g_str_equal, NULL))
        g_ptr_array_add(mail->envelope_to, g_steal_pointer(&folded));
}

void captured_mail_set_queue_id(CapturedMail *mail, const char *queue_id)
{
    g_free(mail->queue_id);
    mail->queue_id = text_to_line(queue_id, MAX_QUEUE_ID_CHARS);
}

void captured_mail_set_received(CapturedMail *mail, UsherTime received)
{
    mail->received = received;
}

void captured_mail_read_envelope(CapturedMail *mail)
{
    const char *from = mail_scan_get(mail->scan, SCAN_RETURN_PATH);
    const char *original_to = mail_scan_get(mail->scan, SCAN_ORIGINAL_TO);
    const char *delivered_to = mail_scan_get(mail->scan, SCAN_DELIVERED_TO);
    if (from != NULL)
        captured_mail_set_envelope_from(mail, from);
    if (original_to != NULL)
        captured_mail_add_envelope_to(mail, original_to);
    if (delivered_to != NULL)
        captured_mail_add_envelope_to(mail, delivered_to);
}

/* ---- bytes ---- */

/* Not every file system knows files without a name; there it loses its name at once. */
static int open_spool(const char *directory)
{
    int spool = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (spool >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return spool;
    g_autofree char *name = g_build_filename(directory, ".usher-spool-XXXXXX", NULL);
    spool = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
    if (spool >= 0)
        g_unlink(name);
    return spool;
}

static gboolean set_spool_error(const CapturedMail *mail, const char *what, int code, GError **error)
{
    g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "cannot %s the spool in \"%s\": %s; the mail has to be brought again", what,
                mail->spool_directory, g_strerror(code));
    return FALSE;
}

static gboolean append_to_spool(CapturedMail *mail, const guint8 *bytes, gsize length, GError **error)
{
    if (length > 0 && mail->spool < 0 && (mail->spool = open_spool(mail->spool_directory)) < 0)
        return set_spool_error(mail, "open", errno, error);
    while (length > 0) {
        gssize written = pwrite(mail->spool, bytes, length, mail->spooled);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return set_spool_error(mail, "write", written < 0 ? errno : ENOSPC, error);
        bytes += written;
        length -= (gsize)written;
        mail->spooled += written;
    }
    return TRUE;
}

static gint64 get_kept_size(const CapturedMail *mail)
{
    return mail->memory->len + mail->spooled;
}

static gboolean keep_bytes(CapturedMail *mail, const guint8 *bytes, gsize length, GError **error)
{
    gsize in_memory = MIN(length, CAPTURE_MEMORY_BYTES - mail->memory->len);
    g_byte_array_append(mail->memory, bytes, (guint)in_memory);
    return append_to_spool(mail, bytes + in_memory, length - in_memory, error);
}

/* The id as text: what stands in the brackets, without blanks. An id that is longer than a line may be is none. */
static char *read_message_id(const char *value)
{
    const char *open = strchr(value, '<');
    const char *from = open == NULL ? value : open + 1;
    const char *close = strchr(from, '>');
    g_autofree char *id = g_strndup(from, close == NULL ? strlen(from) : (gsize)(close - from));
    g_autofree char *line = text_to_line(g_strstrip(id), MAX_MESSAGE_ID_CHARS);
    if (*line == '\0' || strlen(id) > MAX_MESSAGE_ID_CHARS)
        return NULL;
    return g_steal_pointer(&line);
}

/* Learns the Message-ID as soon as it stands fast. */
static void learn_message_id(CapturedMail *mail)
{
    if (mail->is_id_known || !mail_scan_is_past_header(mail->scan))
        return;
    const char *value = mail_scan_get(mail->scan, SCAN_MESSAGE_ID);
    mail->message_id = value == NULL ? NULL : read_message_id(value);
    mail->is_id_known = TRUE;
}

gboolean captured_mail_append(CapturedMail *mail, const void *bytes, gsize length, GError **error)
{
    gint64 room = MAX(mail->max_bytes - get_kept_size(mail), 0);
    if (length > 0 && !keep_bytes(mail, bytes, MIN(length, (guint64)room), error))
        return FALSE;
    mail_scan_feed(mail->scan, bytes, length);
    mail->size += (gint64)length;
    learn_message_id(mail);
    return TRUE;
}

void captured_mail_finish(CapturedMail *mail)
{
    mail->digest = mail_scan_finish(mail->scan);
    learn_message_id(mail);
}

void captured_mail_finish_headers(CapturedMail *mail)
{
    captured_mail_finish(mail);
    g_autofree char *digest = g_steal_pointer(&mail->digest);
    mail->digest = g_strconcat("headers-", digest, NULL);
    mail->is_headers_only = TRUE;
}

gssize captured_mail_read(CapturedMail *mail, gint64 offset, void *buffer, gsize size, GError **error)
{
    gint64 in_memory = mail->memory->len;
    if (offset < in_memory) {
        gsize length = MIN(size, (gsize)(in_memory - offset));
        memcpy(buffer, mail->memory->data + offset, length);
        return (gssize)length;
    }
    if (mail->spool < 0 || offset >= get_kept_size(mail))
        return 0;
    gssize got;
    do
        got = pread(mail->spool, buffer, size, offset - in_memory);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        set_spool_error(mail, "read", got < 0 ? errno : EIO, error);
        return -1;
    }
    return got;
}

/* ---- what is known of it ---- */

const char *captured_mail_get_door(const CapturedMail *mail)
{
    return mail->door;
}

const char *captured_mail_get_digest(const CapturedMail *mail)
{
    return mail->digest;
}

const char *captured_mail_get_message_id(const CapturedMail *mail)
{
    return mail->message_id;
}

const char *captured_mail_get_envelope_from(const CapturedMail *mail)
{
    return mail->envelope_from;
}

const GPtrArray *captured_mail_get_envelope_to(const CapturedMail *mail)
{
    return mail->envelope_to;
}

const char *captured_mail_get_queue_id(const CapturedMail *mail)
{
    return mail->queue_id;
}

UsherTime captured_mail_get_received(const CapturedMail *mail)
{
    return mail->received;
}

gint64 captured_mail_get_size(const CapturedMail *mail)
{
    return mail->size;
}

gboolean captured_mail_is_cut(const CapturedMail *mail)
{
    return get_kept_size(mail) < mail->size;
}

gboolean captured_mail_is_headers_only(const CapturedMail *mail)
{
    return mail->is_headers_only;
}

gboolean captured_mail_is_own(const CapturedMail *mail, const char *secret)
{
    return mail->message_id != NULL && message_id_is_own(mail->message_id, secret);
}

/* ---- who wrote it, and to what ---- */

/* What stands between the last brackets: a name in front may hold some too. Without any, the first word. */
char *captured_mail_dup_writer(const CapturedMail *mail)
{
    const char *value = mail_scan_get(mail->scan, SCAN_FROM);
    if (value == NULL)
        return NULL;
    const char *open = strrchr(value, '<');
    const char *from = open == NULL ? value : open + 1;
    g_autofree char *bare = g_strndup(from, strcspn(from, open == NULL ? " \t(,;" : ">"));
    g_autofree char *address = fold_path(bare);
    return text_is_address(address) ? g_steal_pointer(&address) : NULL;
}

static void add_ids(GPtrArray *ids, const char *value)
{
    for (const char *open = value == NULL ? NULL : strchr(value, '<'); open != NULL;) {
        const char *close = strchr(open, '>');
        if (close == NULL)
            return;
        g_autofree char *id = g_strndup(open, (gsize)(close - open) + 1);
        char *read = read_message_id(id);
        if (read != NULL)
            g_ptr_array_add(ids, read);
        open = strchr(close, '<');
    }
}

/* The nearest are likeliest on record, and the oldest is what the thread began with: what is between them can be left out. */
GPtrArray *captured_mail_list_references(const CapturedMail *mail)
{
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    add_ids(ids, mail_scan_get(mail->scan, SCAN_IN_REPLY_TO));
    if (ids->len > CAPTURE_MOST_REFERENCES / 4)
        g_ptr_array_set_size(ids, CAPTURE_MOST_REFERENCES / 4);
    add_ids(all, mail_scan_get(mail->scan, SCAN_REFERENCES));
    guint room = CAPTURE_MOST_REFERENCES - ids->len, oldest = MIN(all->len, room / 3);
    guint newest = MIN(all->len - oldest, room - oldest);
    for (guint i = 0; i < newest; i++)
        g_ptr_array_add(ids, g_strdup(all->pdata[all->len - 1 - i]));
    for (guint i = 0; i < oldest; i++)
        g_ptr_array_add(ids, g_strdup(all->pdata[i]));
    return ids;
}
