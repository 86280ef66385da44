/*
 * capture/import_read.c - one old mail on its way in
 *
 * Takes a mail of the index; gives it as a door would have had it: without the line "From " in front, and with the lines that an mbox had
 * quoted as they were written, so that its digest is that of the same mail by another door. Files may change while they are
 * read: one that has become shorter, or is gone, is a fault, and a second run takes what is there then.
 */
#include "usher/capture/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import_index.h"
#include "usher/base/error.h"

#define READ_BYTES 65536

/* ---- quoted lines ---- */

static const char from_word[] = "From ";

typedef struct {
    CapturedMail *mail;
    gboolean is_at_start; /* of a line */
    gint64 marks;         /* ">" at its start, not yet passed on */
    gsize matched;        /* of from_word behind them */
} Unquoting;

static gboolean put_marks(Unquoting *unquoting, GError **error)
{
    for (; unquoting->marks > 0; unquoting->marks--)
        if (!captured_mail_append(unquoting->mail, ">", 1, error))
            return FALSE;
    return TRUE;
}

/* What was held back at the start of a line goes on; without one ">" when it is a quoted separator. */
static gboolean release(Unquoting *unquoting, GError **error)
{
    gsize matched = unquoting->matched;
    if (matched == strlen(from_word) && unquoting->marks > 0)
        unquoting->marks--;
    unquoting->is_at_start = FALSE;
    unquoting->matched = 0;
    return put_marks(unquoting, error) && captured_mail_append(unquoting->mail, from_word, matched, error);
}

/* Takes bytes of a line's start for as long as they may be a quoted separator; gives how many. */
static gsize hold_back(Unquoting *unquoting, const char *bytes, gsize length)
{
    gsize taken = 0;
    for (; taken < length && unquoting->matched == 0 && bytes[taken] == '>'; taken++)
        unquoting->marks++;
    while (taken < length && unquoting->marks > 0 && unquoting->matched < strlen(from_word) &&
           bytes[taken] == from_word[unquoting->matched]) {
        unquoting->matched++;
        taken++;
    }
    return taken;
}

static gboolean append_unquoted(Unquoting *unquoting, const char *bytes, gsize length, GError **error)
{
    while (length > 0) {
        gsize taken;
        if (unquoting->is_at_start) {
            taken = hold_back(unquoting, bytes, length);
            if ((taken < length || unquoting->matched == strlen(from_word)) && !release(unquoting, error))
                return FALSE;
        } else {
            const char *newline = memchr(bytes, '\n', length);
            taken = newline != NULL ? (gsize)(newline - bytes) + 1 : length;
            unquoting->is_at_start = newline != NULL;
            if (!captured_mail_append(unquoting->mail, bytes, taken, error))
                return FALSE;
        }
        bytes += taken;
        length -= taken;
    }
    return TRUE;
}

/* ---- the file ---- */

static void close_file(ImportIndex *index)
{
    if (index->file >= 0)
        close(index->file);
    index->file = -1;
}

static gboolean fail(GError **error, const char *why)
{
    g_set_error_literal(error, USHER_ERROR, USHER_ERROR_INPUT, why);
    return FALSE;
}

static gboolean open_file(ImportIndex *index, guint source, GError **error)
{
    struct stat state;
    if (index->file < 0 || index->file_source != source) {
        close_file(index);
        g_autofree char *path = import_index_make_path(index, source);
        index->file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        index->file_source = source;
    }
    if (index->file < 0 || fstat(index->file, &state) != 0)
        return fail(error, g_strerror(errno));
    if (state.st_size < g_array_index(index->sources, ImportSource, source).size)
        return fail(error, "has become shorter since it was looked into: run the import again");
    return TRUE;
}

static gboolean read_item(const ImportIndex *index, const ImportItem *item, CapturedMail *mail, GError **error)
{
    g_autofree char *buffer = g_malloc(READ_BYTES);
    Unquoting unquoting = {.mail = mail, .is_at_start = item->is_quoted};
    for (gint64 done = 0; done < item->length;) {
        gssize got = pread(index->file, buffer, (gsize)MIN(READ_BYTES, item->length - done), item->offset + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(error, got < 0 ? g_strerror(errno) : "ends before it should: run the import again");
        if (item->is_quoted ? !append_unquoted(&unquoting, buffer, (gsize)got, error)
                            : !captured_mail_append(mail, buffer, (gsize)got, error))
            return FALSE;
        done += got;
    }
    return !unquoting.is_at_start || release(&unquoting, error);
}

CapturedMail *import_index_read(ImportIndex *index, guint place, const char *spool_directory, gint64 max_bytes, GError **error)
{
    const ImportItem *item = &g_array_index(index->items, ImportItem, place);
    g_autoptr(CapturedMail) mail = captured_mail_new(DOOR_IMPORT, spool_directory, max_bytes);
    g_autoptr(GError) failure = NULL;
    if (open_file(index, item->source, &failure) && read_item(index, item, mail, &failure)) {
        captured_mail_set_received(mail, item->came);
        captured_mail_finish(mail);
        captured_mail_read_envelope(mail);
        return g_steal_pointer(&mail);
    }
    if (g_error_matches(failure, USHER_ERROR, USHER_ERROR_INPUT)) {
        g_autofree char *path = import_index_make_path(index, item->source);
        import_index_remark(index->faults, path, failure->message);
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}
