/*
 * capture/scan.c - the digest and the few header values of a mail, read as it streams by
 *
 * Takes the bytes of a mail in pieces of any size; gives the digest by which the mail is known whatever door it came through. It
 * cannot fail: every sequence of bytes is a mail here.
 *
 * The same mail looks different at each door: a milter has it with CRLF and before the Received and Delivered-To lines of the
 * last server, a Maildir with LF and after them, a mail program's copy may have lost or won an empty line at the end. So the
 * digest is made of what all doors agree on: the first Message-ID, From, Date and Subject (a fold and the blanks around it are
 * one blank, outer blanks are cut), each ended by LF, and the body with every CRLF, CR or LF as LF and without empty lines at its
 * end. Where the header block ends is decided as Postfix does it: at an empty line, or before the first line that is neither a
 * header nor a continuation of one. An mbox "From " line in front is passed over.
 */
#include "scan.h"

#include <string.h>

#include "usher/base/token.h"

#define DIGESTED_FIELDS (SCAN_SUBJECT + 1)

/* Where in the mail the next byte stands. */
typedef enum {
    AT_START,      /* of the mail */
    AT_LINE_START, /* of a line in the header block */
    IN_NAME,
    IN_VALUE,
    IN_POSTMARK, /* the line "From ..." of an mbox */
    IN_BODY,
} Place;

struct MailScan {
    TokenDigest *digest; /* NULL once finished */
    Place place;
    gboolean is_after_cr;
    gboolean is_first_line;
    GString *name;          /* of the header that is being read, as it came */
    GString *value;         /* where its value goes; NULL when nobody wants it. Borrowed from values. */
    gboolean is_at_blanks;  /* blanks of the value that are about to be passed over */
    gboolean is_past_trace; /* a Received line was seen */
    GString *values[SCAN_FIELD_COUNT];
    guint64 pending_line_ends; /* of the body: digested only when something follows */
};

static const char *const field_names[SCAN_FIELD_COUNT] = {
    "Message-ID", "From", "Date", "Subject", "In-Reply-To", "References", "Return-Path", "X-Original-To", "Delivered-To",
};

MailScan *mail_scan_new(void)
{
    MailScan *scan = g_new0(MailScan, 1);
    scan->digest = token_digest_new();
    scan->name = g_string_sized_new(32);
    scan->is_first_line = TRUE;
    return scan;
}

void mail_scan_free(MailScan *scan)
{
    if (scan == NULL)
        return;
    if (scan->digest != NULL)
        token_digest_free(scan->digest);
    g_string_free(scan->name, TRUE);
    for (guint i = 0; i < SCAN_FIELD_COUNT; i++)
        if (scan->values[i] != NULL)
            g_string_free(scan->values[i], TRUE);
    g_free(scan);
}

gboolean mail_scan_is_past_header(const MailScan *scan)
{
    return scan->place == IN_BODY;
}

const char *mail_scan_get(const MailScan *scan, ScanField field)
{
    return scan->values[field] == NULL ? NULL : scan->values[field]->str;
}

static gboolean is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void cut_blanks_at_end(GString *text)
{
    while (text->len > 0 && is_blank(text->str[text->len - 1]))
        g_string_truncate(text, text->len - 1);
}

/* ---- body ---- */

static void digest_line_ends(MailScan *scan)
{
    static const char line_ends[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    while (scan->pending_line_ends > 0) {
        gsize length = MIN(scan->pending_line_ends, sizeof line_ends - 1);
        token_digest_add(scan->digest, line_ends, length);
        scan->pending_line_ends -= length;
    }
}

static void take_body(MailScan *scan, const char *text, gsize length)
{
    if (length == 0)
        return;
    digest_line_ends(scan);
    token_digest_add(scan->digest, text, length);
}

/* The header block is over: its part of the digest is made, and the body begins. */
static void begin_body(MailScan *scan)
{
    for (guint i = 0; i < SCAN_FIELD_COUNT; i++)
        if (scan->values[i] != NULL)
            cut_blanks_at_end(scan->values[i]);
    for (guint i = 0; i < DIGESTED_FIELDS; i++) {
        if (scan->values[i] != NULL)
            token_digest_add(scan->digest, scan->values[i]->str, scan->values[i]->len);
        token_digest_add(scan->digest, "\n", 1);
    }
    scan->place = IN_BODY;
}

/* ---- header ---- */

/* Chooses where the value of the header that has just been named goes. */
static void begin_value(MailScan *scan)
{
    scan->place = IN_VALUE;
    scan->is_at_blanks = TRUE;
    scan->value = NULL;
    cut_blanks_at_end(scan->name);
    if (g_ascii_strcasecmp(scan->name->str, "Received") == 0)
        scan->is_past_trace = TRUE;
    for (guint i = 0; i < SCAN_FIELD_COUNT; i++) {
        if (g_ascii_strcasecmp(scan->name->str, field_names[i]) != 0)
            continue;
        if (scan->values[i] == NULL && !(i >= SCAN_RETURN_PATH && scan->is_past_trace))
            scan->value = scan->values[i] = g_string_new(NULL);
        return;
    }
}

static void take_value(MailScan *scan, const char *text, gsize length)
{
    GString *value = scan->value;
    if (value == NULL)
        return;
    if (scan->is_at_blanks) {
        while (length > 0 && is_blank(*text)) {
            text++;
            length--;
        }
        if (length == 0)
            return;
        scan->is_at_blanks = FALSE;
        cut_blanks_at_end(value);
        if (value->len > 0 && value->len < MAIL_SCAN_VALUE_BYTES)
            g_string_append_c(value, ' ');
    }
    g_string_append_len(value, text, (gssize)MIN(length, MAIL_SCAN_VALUE_BYTES - value->len));
}

/* What was taken for a name is none: it is the beginning of the body, unless it is the postmark of an mbox. */
static void take_no_name(MailScan *scan)
{
    if (scan->is_first_line && (strcmp(scan->name->str, "From ") == 0 || strcmp(scan->name->str, ">From ") == 0)) {
        scan->place = IN_POSTMARK;
        return;
    }
    begin_body(scan);
    take_body(scan, scan->name->str, scan->name->len);
}

/* A name is printable ASCII; blanks may stand between it and its colon (RFC 5322 section 4.5). */
static gboolean may_go_on_as_name(const GString *name, char c)
{
    gboolean is_ended = name->len > 0 && is_blank(name->str[name->len - 1]);
    return name->len < MAIL_SCAN_NAME_BYTES && (is_blank(c) ? name->len > 0 : c > ' ' && c < 127 && !is_ended);
}

/* Takes text of a line up to where it is known what the line is; gives how much that was. */
static gsize take_name(MailScan *scan, const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if (text[i] == ':' && scan->name->len > 0) {
            begin_value(scan);
            return i + 1;
        }
        if (!may_go_on_as_name(scan->name, text[i])) {
            take_no_name(scan);
            return i;
        }
        g_string_append_c(scan->name, text[i]);
    }
    return length;
}

static void begin_line(MailScan *scan, char first)
{
    if (scan->place == AT_LINE_START && is_blank(first)) {
        scan->place = IN_VALUE;
        scan->is_at_blanks = TRUE;
        return;
    }
    g_string_truncate(scan->name, 0);
    scan->place = IN_NAME;
}

/* ---- lines ---- */

/* Takes a piece of a line, without its end. */
static void take_text(MailScan *scan, const char *text, gsize length)
{
    if (scan->place == AT_START || scan->place == AT_LINE_START)
        begin_line(scan, *text);
    if (scan->place == IN_NAME) {
        gsize taken = take_name(scan, text, length);
        text += taken;
        length -= taken;
    }
    if (scan->place == IN_VALUE)
        take_value(scan, text, length);
    else if (scan->place == IN_BODY)
        take_body(scan, text, length);
}

static void take_line_end(MailScan *scan)
{
    switch (scan->place) {
    case AT_START:
    case AT_LINE_START:
        begin_body(scan);
        break;
    case IN_NAME:
        take_no_name(scan);
        if (scan->place == IN_BODY)
            scan->pending_line_ends++;
        else
            scan->place = AT_START;
        break;
    case IN_VALUE:
        scan->place = AT_LINE_START;
        break;
    case IN_POSTMARK:
        scan->place = AT_START;
        break;
    case IN_BODY:
        scan->pending_line_ends++;
        break;
    }
    scan->is_first_line = FALSE;
}

void mail_scan_feed(MailScan *scan, const char *bytes, gsize length)
{
    const char *end = bytes + length;
    while (bytes < end) {
        if (scan->is_after_cr && *bytes == '\n')
            bytes++;
        scan->is_after_cr = FALSE;
        const char *stop = bytes;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        if (stop > bytes)
            take_text(scan, bytes, (gsize)(stop - bytes));
        if (stop < end) {
            scan->is_after_cr = *stop++ == '\r';
            take_line_end(scan);
        }
        bytes = stop;
    }
}

char *mail_scan_finish(MailScan *scan)
{
    if (scan->place == IN_NAME)
        take_no_name(scan);
    if (scan->place != IN_BODY)
        begin_body(scan);
    return token_digest_finish(g_steal_pointer(&scan->digest));
}
