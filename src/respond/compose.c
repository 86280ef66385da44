/*
 * respond/compose.c - a committed mail -> bytes (GMime's encoders stay inside)
 *
 * Takes one OutgoingMail and, for a brief, the mail it is about; gives the same bytes every time: boundaries are made
 * from the Message-ID, which carries a keyed mark that no stranger can foresee, so that none can write a boundary of
 * ours into a mail we attach.
 *
 * The mail is put together here and GMime encodes the bodies: its tree of objects for a mail of two texts costs eight
 * times as much, and its encoded words become longer than the 75 characters of RFC 2047. Whatever a stranger wrote
 * passes text_to_line before it comes into a header, and header values have no line ends other than those made here.
 *
 * The original is attached byte for byte and never parsed here: what strangers send has been read once, in the reader
 * that is made for it. Where it may be (RFC 2046 section 5.2.1: neither base64 nor quoted-printable) it is
 * message/rfc822; an original with bytes or lines that such a part cannot carry is a file.
 */
#include "values.h"

#include "usher/base/error.h"
#include "usher/base/text.h"

#include <gmime/gmime.h>
#include <string.h>

enum {
    MAX_LINE_BYTES = 998,       /* RFC 5322 section 2.1.1, without CRLF */
    MAX_QUOTED_LINE_BYTES = 76, /* RFC 2045 section 6.7 */
    WANTED_LINE_BYTES = 78,
    WORD_BYTES = 42, /* 56 characters of base64, 68 with what is around them */
    MAX_NAME_CHARS = 100,
    MAX_SUBJECT_CHARS = 250,
    MAX_ID_BYTES = 250,
    BOUNDARY_CHARS = 60,
};

static void open_gmime(void)
{
    static gsize is_open;

    if (g_once_init_enter(&is_open)) {
        g_mime_init();
        g_once_init_leave(&is_open, 1);
    }
}

/* ---- headers ---- */

/* A header, folded at blanks so that its lines are of the wanted length where they can be. */
static void append_header(GString *mail, const char *name, const char *value)
{
    gsize line_start = mail->len;

    g_string_append_printf(mail, "%s:", name);
    while (*value != '\0') {
        gsize word = strcspn(value, " \t\r\n");

        if (word > 0) {
            gboolean is_first = mail->str[mail->len - 1] == ':';

            if (!is_first && mail->len - line_start + 1 + word > WANTED_LINE_BYTES) {
                g_string_append(mail, "\r\n");
                line_start = mail->len;
            }
            g_string_append_c(mail, ' ');
            g_string_append_len(mail, value, (gssize)word);
        }
        value += word;
        value += strspn(value, " \t\r\n");
    }
    g_string_append(mail, "\r\n");
}

/* The address with an international domain as ASCII (RFC 5891); a local part beyond ASCII stays as it is (RFC 6532). */
static char *make_header_address(const char *address)
{
    const char *at = strrchr(address, '@');
    g_autofree char *domain = NULL;

    if (at == NULL || g_str_is_ascii(at))
        return g_strdup(address);
    domain = g_hostname_to_ascii(at + 1);
    return domain != NULL ? g_strdup_printf("%.*s@%s", (int)(at - address), address, domain) : g_strdup(address);
}

/* TRUE when the text needs no encoding: ASCII without what looks like an encoded word. */
static gboolean is_plain(const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if ((guchar)text[i] >= 0x80 || (text[i] == '=' && i + 1 < length && text[i + 1] == '?'))
            return FALSE;
    return TRUE;
}

/* Encoded words of at most 75 characters each (RFC 2047 section 2), none of which ends within a character. */
static void append_encoded_words(GString *value, const char *text, gsize length)
{
    const char *end = text + length;

    while (text < end) {
        const char *chunk_end = text;
        g_autofree char *base64 = NULL;

        while (chunk_end < end && g_utf8_next_char(chunk_end) - text <= WORD_BYTES)
            chunk_end = g_utf8_next_char(chunk_end);
        base64 = g_base64_encode((const guchar *)text, (gsize)(chunk_end - text));
        g_string_append_printf(value, "=?utf-8?B?%s?=%s", base64, chunk_end < end ? " " : "");
        text = chunk_end;
    }
}

/* Text of a header: from the first word that needs it to the last encoded, the others as they are. */
static char *encode_text(const char *line)
{
    GString *value = g_string_new(NULL);
    gsize start = 0;
    gsize end = strlen(line);

    while (line[start] != '\0') {
        gsize word = strcspn(line + start, " ");

        if (!is_plain(line + start, word))
            break;
        start += word + (line[start + word] == ' ' ? 1 : 0);
    }
    while (end > start) {
        const char *blank = g_strrstr_len(line + start, (gssize)(end - start), " ");
        gsize word_start = blank != NULL ? (gsize)(blank + 1 - line) : start;

        if (!is_plain(line + word_start, end - word_start))
            break;
        end = blank != NULL ? (gsize)(blank - line) : start;
    }
    g_string_append_len(value, line, (gssize)start);
    append_encoded_words(value, line + start, end - start);
    g_string_append(value, line + end);
    return g_string_free(value, FALSE);
}

/* A display name: words, a quoted string, or encoded words (RFC 5322 section 3.2.3 to 3.2.5). */
static char *encode_name(const char *line)
{
    GString *value = g_string_new(NULL);

    if (!is_plain(line, strlen(line))) {
        append_encoded_words(value, line, strlen(line));
    } else if (strpbrk(line, "()<>[]:;@\\,.\"") == NULL) {
        g_string_append(value, line);
    } else {
        g_string_append_c(value, '"');
        for (; *line != '\0'; line++) {
            if (*line == '"' || *line == '\\')
                g_string_append_c(value, '\\');
            g_string_append_c(value, *line);
        }
        g_string_append_c(value, '"');
    }
    return g_string_free(value, FALSE);
}

static void append_mailbox(GString *mail, const char *header, const Mailbox *mailbox)
{
    g_autofree char *name = text_to_line(mailbox->name, MAX_NAME_CHARS);
    g_autofree char *encoded = encode_name(name);
    g_autofree char *address = make_header_address(mailbox->address);
    g_autofree char *value = *name != '\0' ? g_strdup_printf("%s <%s>", encoded, address) : g_strdup(address);

    append_header(mail, header, value);
}

static void append_subject(GString *mail, const char *subject)
{
    g_autofree char *line = text_to_line(subject, MAX_SUBJECT_CHARS);
    g_autofree char *encoded = encode_text(line);

    append_header(mail, "Subject", encoded);
}

static gboolean is_usable_id(const char *id)
{
    return *id != '\0' && strlen(id) <= MAX_ID_BYTES && id[strcspn(id, "<> \t\r\n")] == '\0' && g_str_is_ascii(id);
}

static void append_thread(GString *mail, const OutgoingMail *outgoing)
{
    g_autoptr(GString) references = g_string_new(NULL);

    if (outgoing->in_reply_to != NULL && is_usable_id(outgoing->in_reply_to)) {
        g_autofree char *id = g_strdup_printf("<%s>", outgoing->in_reply_to);

        append_header(mail, "In-Reply-To", id);
    }
    for (guint i = 0; i < outgoing->references->len; i++) {
        const char *id = outgoing->references->pdata[i];

        if (is_usable_id(id))
            g_string_append_printf(references, "<%s> ", id);
    }
    if (references->len > 0)
        append_header(mail, "References", references->str);
}

/* RFC 2369 section 3.2 and RFC 8058 section 3.1; both have to be signed by DKIM, which is the mail server's. */
static void append_leave(GString *mail, const OutgoingMail *outgoing, const Settings *settings)
{
    gboolean is_one_click = FALSE;
    g_autofree char *links = respond_make_leave_header(outgoing, settings, &is_one_click);

    if (links != NULL)
        append_header(mail, "List-Unsubscribe", links);
    if (is_one_click)
        append_header(mail, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

static void append_headers(GString *mail, const OutgoingMail *outgoing, const Settings *settings)
{
    g_autofree char *date = clock_format_rfc5322(outgoing->date, calendar_get_zone(settings->calendar));
    g_autofree char *message_id = g_strdup_printf("<%s>", outgoing->message_id);

    append_header(mail, "Date", date);
    append_mailbox(mail, "From", outgoing->from);
    append_mailbox(mail, "To", outgoing->to);
    if (outgoing->reply_to != NULL)
        append_mailbox(mail, "Reply-To", outgoing->reply_to);
    append_subject(mail, outgoing->subject);
    append_header(mail, "Message-ID", message_id);
    append_thread(mail, outgoing);
    append_leave(mail, outgoing, settings);
    gboolean is_step = outgoing->enrolment != 0;
    /* RFC 3834 section 5: the first says that nobody asked, the second that a machine answers. */
    append_header(mail, "Auto-Submitted", outgoing->is_internal || is_step ? "auto-generated" : "auto-replied");
    /* Exchange's own word for it; a report that the mail cannot be delivered is still wanted, and so is an absence note when a cadence goes on. */
    append_header(mail, "X-Auto-Response-Suppress", is_step ? "DR, RN, NRN" : "DR, RN, NRN, OOF, AutoReply");
    append_header(mail, "MIME-Version", "1.0");
}

/* ---- bodies ---- */

/* Appends bytes with every line end as CRLF. */
static void append_lines(GString *mail, const char *bytes, gsize length)
{
    const char *end = bytes + length;

    while (bytes < end) {
        const char *line_end = memchr(bytes, '\n', (gsize)(end - bytes));
        gsize line = (gsize)((line_end != NULL ? line_end : end) - bytes);

        if (line_end != NULL && line > 0 && bytes[line - 1] == '\r')
            g_string_append_len(mail, bytes, (gssize)line - 1);
        else
            g_string_append_len(mail, bytes, (gssize)line);
        if (line_end == NULL)
            return;
        g_string_append(mail, "\r\n");
        bytes = line_end + 1;
    }
}

static void append_encoded(GString *mail, const char *bytes, gsize length, GMimeContentEncoding encoding)
{
    GMimeEncoding state;
    g_autofree char *encoded = NULL;
    gsize encoded_length;

    g_mime_encoding_init_encode(&state, encoding);
    encoded = g_malloc(g_mime_encoding_outlen(&state, length));
    encoded_length = g_mime_encoding_flush(&state, bytes, length, encoded);
    append_lines(mail, encoded, encoded_length);
}

/* How many bytes at `at` stand for themselves in quoted-printable (RFC 2045 section 6.7): a blank does within a line only. */
static gsize count_unquoted(const char *at)
{
    gsize count = 0;

    while ((at[count] > ' ' && at[count] <= '~' && at[count] != '=') ||
           ((at[count] == ' ' || at[count] == '\t') && at[count + 1] != '\n' && at[count + 1] != '\0'))
        count++;
    return count;
}

/* Breaks the encoded line, which the reader joins again, where `wanted` more bytes and the sign of the break have no room. */
static void make_room(GString *mail, gsize *line_start, gsize wanted)
{
    if (mail->len - *line_start + wanted < MAX_QUOTED_LINE_BYTES)
        return;
    g_string_append(mail, "=\r\n");
    *line_start = mail->len;
}

/* GMime's encoder takes each byte by itself; most stand for themselves, and whole stretches of them are copied here. */
static void append_quoted(GString *mail, const char *text)
{
    gsize line_start = mail->len;

    for (; *text != '\0'; text++) {
        for (gsize left = count_unquoted(text), count; left > 0; left -= count, text += count) {
            make_room(mail, &line_start, 1);
            count = MIN(left, MAX_QUOTED_LINE_BYTES - 1 - (mail->len - line_start));
            g_string_append_len(mail, text, (gssize)count);
        }
        if (*text == '\n') {
            g_string_append(mail, "\r\n");
            line_start = mail->len;
        } else if (*text != '\0') {
            make_room(mail, &line_start, 3);
            g_string_append_printf(mail, "=%02X", (guint)(guchar)*text);
        } else {
            return;
        }
    }
}

static void append_text(GString *mail, const char *type, const char *text)
{
    g_string_append_printf(mail, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
    append_quoted(mail, text);
    if (!g_str_has_suffix(mail->str, "\r\n"))
        g_string_append(mail, "\r\n");
}

/* "=_" cannot stand in quoted-printable. Owned by the caller. */
static char *make_boundary(const OutgoingMail *outgoing, char which)
{
    int length = (int)MIN(strcspn(outgoing->message_id, "@"), (gsize)BOUNDARY_CHARS);

    return g_strdup_printf("=_%c.%.*s", which, length, outgoing->message_id);
}

static void append_body(GString *mail, const OutgoingMail *outgoing)
{
    g_autofree char *boundary = NULL;

    if (outgoing->html == NULL) {
        append_text(mail, "text/plain", outgoing->text);
        return;
    }
    boundary = make_boundary(outgoing, 'a');
    g_string_append_printf(mail, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", boundary, boundary);
    append_text(mail, "text/plain", outgoing->text);
    g_string_append_printf(mail, "\r\n--%s\r\n", boundary);
    append_text(mail, "text/html", outgoing->html);
    g_string_append_printf(mail, "\r\n--%s--\r\n", boundary);
}

/* ---- the original ---- */

/* How bytes can be carried as they are: 7BIT, 8BIT, or DEFAULT when they cannot (RFC 2045 section 6.2). */
static GMimeContentEncoding find_plain_encoding(const char *bytes, gsize length)
{
    GMimeContentEncoding encoding = GMIME_CONTENT_ENCODING_7BIT;
    gsize line_bytes = 0;

    for (gsize i = 0; i < length; i++) {
        guchar byte = (guchar)bytes[i];
        gboolean is_line_end = byte == '\n' || (byte == '\r' && i + 1 < length && bytes[i + 1] == '\n');

        line_bytes = is_line_end ? 0 : line_bytes + 1;
        if (byte == '\0' || line_bytes > MAX_LINE_BYTES || (byte == '\r' && !is_line_end))
            return GMIME_CONTENT_ENCODING_DEFAULT;
        if (byte >= 0x80)
            encoding = GMIME_CONTENT_ENCODING_8BIT;
    }
    return encoding;
}

static void append_original(GString *mail, GBytes *original, GMimeContentEncoding encoding)
{
    gsize length = 0;
    const char *bytes = g_bytes_get_data(original, &length);

    if (encoding == GMIME_CONTENT_ENCODING_DEFAULT) {
        g_string_append(mail, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                              "Content-Disposition: attachment; filename=\"original.eml\"\r\n\r\n");
        append_encoded(mail, bytes, length, GMIME_CONTENT_ENCODING_BASE64);
    } else {
        g_string_append_printf(mail,
                               "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: %s\r\n"
                               "Content-Disposition: attachment; filename=\"original.eml\"\r\n\r\n",
                               encoding == GMIME_CONTENT_ENCODING_8BIT ? "8bit" : "7bit");
        append_lines(mail, bytes, length);
    }
    if (!g_str_has_suffix(mail->str, "\r\n"))
        g_string_append(mail, "\r\n");
}

static void append_body_with_original(GString *mail, const OutgoingMail *outgoing, GBytes *original)
{
    gsize length = 0;
    const char *bytes = g_bytes_get_data(original, &length);
    GMimeContentEncoding encoding = find_plain_encoding(bytes != NULL ? bytes : "", length);
    g_autofree char *boundary = make_boundary(outgoing, 'm');

    g_string_append_printf(mail, "Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n", boundary);
    /* A multipart is at least what its parts are (RFC 2045 section 6.4). */
    if (encoding == GMIME_CONTENT_ENCODING_8BIT)
        g_string_append(mail, "Content-Transfer-Encoding: 8bit\r\n");
    g_string_append_printf(mail, "\r\n--%s\r\n", boundary);
    append_body(mail, outgoing);
    g_string_append_printf(mail, "\r\n--%s\r\n", boundary);
    append_original(mail, original, encoding);
    g_string_append_printf(mail, "\r\n--%s--\r\n", boundary);
}

/* ---- the mail ---- */

GBytes *respond_compose(const OutgoingMail *outgoing, GBytes *original, const Settings *settings, GError **error)
{
    GString *mail;

    if (!text_is_address(outgoing->to->address)) {
        g_autofree char *shown = text_to_line(outgoing->to->address, MAX_NAME_CHARS);

        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "\"%s\" is no address that mail can be sent to", shown);
        return NULL;
    }
    open_gmime();
    mail = g_string_sized_new(8192 + (original != NULL ? g_bytes_get_size(original) : 0));
    append_headers(mail, outgoing, settings);
    if (original != NULL)
        append_body_with_original(mail, outgoing, original);
    else
        append_body(mail, outgoing);
    return g_string_free_to_bytes(mail);
}
