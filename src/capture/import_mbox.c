/*
 * capture/import_mbox.c - where in an mbox its mails begin and end
 *
 * Four formats go by that name and none says which it is. All part the mails by a line "From SENDER DATE"; mboxo and mboxrd quote such a line in a
 * mail by ">", mboxcl2 does not and says the length instead, and programs that know of none of this write it as it is. So a separator
 * has to look like one in three ways (see import_parts.h), and a length is believed only when it leads to one.
 */
#include "import_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PROBE_BYTES 512
#define POSTMARK "From "

typedef struct {
    LineReader *reader;
    int file;
    MboxVisitor visitor;
    gpointer data;
    ImportHeader header;
    gboolean has_mail;
    gboolean is_in_header;
    gboolean is_behind_empty; /* the line before was empty, or there was none */
    gint64 empty_at;          /* where that empty line stands */
    gint64 trusted_until;     /* the mail goes on up to here: its length says so */
    MboxMail mail;
    /* a line that may be a separator, until the next line is known */
    gboolean has_candidate;
    gint64 candidate_offset, candidate_end, candidate_cut;
    UsherTime candidate_date;
} Splitting;

/* ---- the length ---- */

/* TRUE when a mail may begin at that place, or the file ends: after no more than two empty lines. */
static gboolean is_end_of_mail(int file, gint64 offset)
{
    char probe[PROBE_BYTES + 1];
    gssize got;
    do
        got = pread(file, probe, PROBE_BYTES, offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return FALSE;
    probe[got] = '\0';
    const char *at = probe + strspn(probe, "\r\n");
    if (at - probe > 4)
        return FALSE;
    if (*at == '\0')
        return TRUE;
    g_autofree char *line = g_strndup(at, strcspn(at, "\r\n"));
    UsherTime moment;
    return at > probe && g_str_has_prefix(line, POSTMARK) && import_read_postmark(line, &moment);
}

/* A length that leads beyond the end of the file leads nowhere. */
static void trust_length(Splitting *splitting, gint64 body)
{
    gint64 length = splitting->header.content_length;
    char byte;
    splitting->trusted_until = 0;
    if (length <= 0 || pread(splitting->file, &byte, 1, body + length - 1) != 1)
        return;
    if (is_end_of_mail(splitting->file, body + length))
        splitting->trusted_until = body + length;
}

/* ---- mails ---- */

static void begin_mail(Splitting *splitting, gint64 offset, UsherTime postmark)
{
    splitting->mail = (MboxMail){.offset = offset, .postmark = postmark, .header = &splitting->header};
    splitting->has_mail = TRUE;
    splitting->is_in_header = TRUE;
    splitting->is_behind_empty = FALSE;
    splitting->trusted_until = 0;
    import_header_start(&splitting->header);
}

static gboolean end_mail(Splitting *splitting, gint64 end)
{
    if (!splitting->has_mail)
        return TRUE;
    splitting->has_mail = FALSE;
    import_header_end(&splitting->header);
    splitting->mail.length = end - splitting->mail.offset;
    return splitting->mail.length <= 0 || splitting->visitor(&splitting->mail, splitting->data);
}

/* ---- lines ---- */

static gboolean may_separate(const Splitting *splitting, const Line *line, UsherTime *date)
{
    *date = 0;
    if (!g_str_has_prefix(line->text, POSTMARK) || line->offset < splitting->trusted_until)
        return FALSE;
    gboolean is_dated = import_read_postmark(line->text, date);
    /* What begins the file begins a mail, whatever its date looks like. */
    return !splitting->has_mail || (is_dated && splitting->is_behind_empty);
}

static void take_header(Splitting *splitting, const Line *line)
{
    if (line->length > 0 &&
        (import_is_header_line(line->text) || *line->text == ' ' || *line->text == '\t' || *line->text == '>')) {
        import_header_take(&splitting->header, line->text);
        return;
    }
    splitting->is_in_header = FALSE;
    import_header_end(&splitting->header);
    if (line->length == 0)
        trust_length(splitting, line->end);
}

static void take_line(Splitting *splitting, const Line *line)
{
    if (!splitting->has_mail)
        return;
    if (splitting->is_in_header)
        take_header(splitting, line);
    else if (line->offset < splitting->trusted_until && g_str_has_prefix(line->text, POSTMARK))
        splitting->mail.is_verbatim = TRUE;
    splitting->is_behind_empty = line->length == 0;
    if (line->length == 0)
        splitting->empty_at = line->offset;
}

static void note_candidate(Splitting *splitting, const Line *line, UsherTime date)
{
    splitting->has_candidate = TRUE;
    splitting->candidate_offset = line->offset;
    splitting->candidate_end = line->end;
    splitting->candidate_cut = splitting->is_behind_empty ? splitting->empty_at : line->offset;
    splitting->candidate_date = date;
}

/* The line behind the candidate decides; FALSE when the visitor stops. `line` NULL: the file ends. */
static gboolean settle_candidate(Splitting *splitting, const Line *line)
{
    if (!splitting->has_candidate)
        return TRUE;
    splitting->has_candidate = FALSE;
    gboolean is_separator = line == NULL || line->length == 0 || import_is_header_line(line->text) || !splitting->has_mail ||
                            g_str_has_prefix(line->text, ">From ");
    if (!is_separator) {
        splitting->is_behind_empty = FALSE;
        return TRUE;
    }
    if (!end_mail(splitting, splitting->candidate_cut))
        return FALSE;
    begin_mail(splitting, splitting->candidate_end, splitting->candidate_date);
    return TRUE;
}

static gboolean split(Splitting *splitting)
{
    Line line;
    gint64 end = 0;
    while (line_reader_next(splitting->reader, &line)) {
        UsherTime date;
        end = line.end;
        if (!settle_candidate(splitting, &line))
            return FALSE;
        if (may_separate(splitting, &line, &date))
            note_candidate(splitting, &line, date);
        else
            take_line(splitting, &line);
    }
    if (line_reader_get_failure(splitting->reader) != 0)
        return FALSE;
    return settle_candidate(splitting, NULL) && end_mail(splitting, end);
}

gboolean mbox_split(LineReader *reader, int file, gint64 offset, MboxVisitor visitor, gpointer data, int *failure)
{
    Splitting splitting = {.reader = reader, .file = file, .visitor = visitor, .data = data, .is_behind_empty = TRUE};
    line_reader_start(reader, file, offset);
    gboolean is_done = split(&splitting);
    import_header_clear(&splitting.header);
    *failure = line_reader_get_failure(reader);
    return is_done;
}
