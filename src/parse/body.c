/*
 * parse/body.c - walks the parts of a mail
 *
 * Takes GMime's tree; gives the text that a person would read, the parts of a report and the first mail carried inside; attachments are
 * named and measured, never decoded. Of alternatives the plain text is taken, unless it is empty or only says that one should read
 * the other. What stands in a report (RFC 6522) after its human part is about another mail and is no text of this one.
 *
 * Nothing here fails: a part that cannot be read is noted. The depth is counted; GMime itself stops at 1024 levels.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

typedef struct {
    Message *message;
    MailBody *body;
    guint depth;
    gboolean is_muted; /* only attachments count: the text was taken from the alternative */
    gboolean is_report;
} Walk;

static void walk_entity(Walk *walk, GMimeObject *entity);

static MailBody *mail_body_new(void)
{
    MailBody *body = g_new0(MailBody, 1);
    body->text = g_string_new(NULL);
    body->statuses = g_ptr_array_new_with_free_func(g_free);
    body->others = g_ptr_array_new_with_free_func(g_object_unref);
    return body;
}

void mail_body_free(MailBody *body)
{
    if (body == NULL)
        return;
    g_string_free(body->text, TRUE);
    g_free(body->report_type);
    g_ptr_array_unref(body->statuses);
    g_ptr_array_unref(body->others);
    g_clear_object(&body->embedded);
    g_free(body->returned_headers);
    g_free(body->calendar_method);
    g_free(body);
}

static GByteArray *decode_part(GMimePart *part)
{
    GByteArray *bytes = g_byte_array_new();
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    if (content == NULL)
        return bytes;
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    g_mime_data_wrapper_write_to_stream(content, stream);
    g_object_unref(stream);
    return bytes;
}

static gboolean is_ascii(const GByteArray *bytes)
{
    for (guint i = 0; i < bytes->len; i++)
        if (bytes->data[i] >= 0x80 || bytes->data[i] == 0x1b)
            return FALSE;
    return TRUE;
}

/* What <meta> declares, for HTML whose part declares nothing. NULL; owned. */
static char *find_meta_charset(const GByteArray *html)
{
    g_autofree char *head = g_ascii_strdown((const char *)html->data, MIN(html->len, 2048));
    char *found = strstr(head, "charset=");
    if (found == NULL)
        return NULL;
    found += strlen("charset=");
    found += strspn(found, "\"' ");
    return g_strndup(found, strspn(found, "abcdefghijklmnopqrstuvwxyz0123456789-_"));
}

static char *read_text_part(Walk *walk, GMimePart *part, gboolean is_html)
{
    g_autoptr(GByteArray) bytes = decode_part(part);
    if (is_html && bytes->len > PARSE_MAX_HTML_BYTES) {
        g_byte_array_set_size(bytes, PARSE_MAX_HTML_BYTES);
        message_note(walk->message, "HTML cut at %d bytes", PARSE_MAX_HTML_BYTES);
    }
    const char *declared = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
    g_autofree char *meta = declared == NULL && is_html && bytes->len > 0 ? find_meta_charset(bytes) : NULL;
    const char *charset = declared != NULL ? declared : meta;
    gboolean is_guess = FALSE;
    const char *raw = bytes->len > 0 ? (const char *)bytes->data : "";
    g_autofree char *decoded = text_from_bytes(raw, bytes->len, charset, &is_guess);
    if (is_guess && !is_ascii(bytes))
        message_note(walk->message, "charset guessed");
    if (!is_html)
        return text_to_block(decoded, PARSE_MAX_TEXT_BYTES);
    g_autofree char *text = html_to_text(decoded, strlen(decoded));
    return text_to_block(text, PARSE_MAX_TEXT_BYTES);
}

/* RFC 3676: lines that end in a blank go on in the next one of the same depth of quotation. */
static char *unflow(const char *text, gboolean deletes_blank)
{
    GString *out = g_string_sized_new(strlen(text));
    const char *cursor = text;
    Line line;
    gboolean goes_on = FALSE;
    gsize last_depth = 0;
    while (line_read(&cursor, &line)) {
        gsize depth = 0;
        while (depth < line.length && line.start[depth] == '>')
            depth++;
        gsize begin = depth + (depth < line.length && line.start[depth] == ' ' ? 1 : 0);
        gsize length = line.length - begin;
        gboolean is_signature = length == 3 && memcmp(line.start + begin, "-- ", 3) == 0;
        if (goes_on && depth == last_depth && !is_signature) {
            g_string_append_len(out, line.start + begin, (gssize)length);
        } else {
            if (line.start != text)
                g_string_append_c(out, '\n');
            for (gsize i = 0; i < depth; i++)
                g_string_append_c(out, '>');
            if (depth > 0)
                g_string_append_c(out, ' ');
            g_string_append_len(out, line.start + begin, (gssize)length);
        }
        goes_on = length > 0 && line.start[line.length - 1] == ' ' && !is_signature;
        if (goes_on && deletes_blank)
            g_string_truncate(out, out->len - 1);
        last_depth = depth;
    }
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

static char *read_plain_part(Walk *walk, GMimePart *part)
{
    char *text = read_text_part(walk, part, FALSE);
    const char *format = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "format");
    if (format == NULL || g_ascii_strcasecmp(format, "flowed") != 0)
        return text;
    const char *delsp = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "delsp");
    char *flowed = unflow(text, delsp != NULL && g_ascii_strcasecmp(delsp, "yes") == 0);
    g_free(text);
    return flowed;
}

static gboolean is_blank(const char *text)
{
    for (; *text != '\0'; text = g_utf8_next_char(text))
        if (!g_unichar_isspace(g_utf8_get_char(text)))
            return FALSE;
    return TRUE;
}

static void append_text(Walk *walk, const char *text)
{
    GString *all = walk->body->text;
    if (g_str_has_prefix(text, "\xEF\xBB\xBF"))
        text += 3;
    if (walk->is_muted || is_blank(text) || all->len >= PARSE_MAX_TEXT_BYTES)
        return;
    if (all->len > 0)
        g_string_append(all, all->str[all->len - 1] == '\n' ? "\n" : "\n\n");
    g_string_append(all, text);
}

static void add_attachment(Walk *walk, GMimeObject *entity)
{
    if (walk->message->attachments->len >= PARSE_MAX_ATTACHMENTS) {
        message_note(walk->message, "more than %d attachments", PARSE_MAX_ATTACHMENTS);
        return;
    }
    const char *filename = GMIME_IS_PART(entity) ? g_mime_part_get_filename(GMIME_PART(entity)) : NULL;
    GMimeDataWrapper *content = GMIME_IS_PART(entity) ? g_mime_part_get_content(GMIME_PART(entity)) : NULL;
    gint64 size = content == NULL ? 0 : g_mime_stream_length(g_mime_data_wrapper_get_stream(content));
    g_autofree char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(entity));
    g_autofree char *line = text_to_line(filename == NULL ? "" : filename, 200);
    g_strdelimit(line, "/\\", '_');
    g_autofree char *type_line = text_to_line(type, 200);
    g_ptr_array_add(walk->message->attachments, attachment_new(line, type_line, (gsize)MAX(size, 0)));
}

static gboolean is_attached(Walk *walk, GMimePart *part)
{
    if (walk->depth <= 1)
        return FALSE; /* a mail that is one single text is its text, whatever it says */
    const char *disposition = g_mime_object_get_disposition(GMIME_OBJECT(part));
    if (disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0)
        return TRUE;
    return g_mime_part_get_filename(part) != NULL && walk->body->text->len > 0;
}

static gboolean has_type(GMimeObject *entity, const char *type, const char *subtype)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(entity), type, subtype);
}

static void note_calendar(Walk *walk, GMimePart *part)
{
    GMimeObject *entity = GMIME_OBJECT(part);
    if (walk->body->calendar_method != NULL && walk->body->calendar_method[0] != '\0')
        return;
    const char *method = g_mime_object_get_content_type_parameter(entity, "method");
    g_free(walk->body->calendar_method);
    walk->body->calendar_method = g_ascii_strup(method == NULL ? "" : method, -1);
    if (walk->message->invitation == NULL) {
        g_autofree char *text = read_text_part(walk, part, FALSE);
        walk->message->invitation = invitation_read(text, walk->body->calendar_method);
    }
}

static void read_report_part(Walk *walk, GMimePart *part)
{
    if (has_type(GMIME_OBJECT(part), "message", "delivery-status") ||
        has_type(GMIME_OBJECT(part), "message", "global-delivery-status")) {
        if (walk->body->statuses->len < 10)
            g_ptr_array_add(walk->body->statuses, read_text_part(walk, part, FALSE));
        if (walk->body->report_type == NULL)
            walk->body->report_type = g_strdup("delivery-status");
    } else if (has_type(GMIME_OBJECT(part), "message", "disposition-notification") && walk->body->report_type == NULL) {
        walk->body->report_type = g_strdup("disposition-notification");
    } else if (has_type(GMIME_OBJECT(part), "message", "feedback-report") && walk->body->report_type == NULL) {
        walk->body->report_type = g_strdup("feedback-report");
    }
}

static gboolean is_returned_headers(GMimeObject *entity)
{
    return has_type(entity, "text", "rfc822-headers") || has_type(entity, "message", "rfc822-headers") ||
           has_type(entity, "text", "rfc822-header");
}

static void walk_text(Walk *walk, GMimePart *part)
{
    if (walk->is_muted)
        return;
    if (walk->body->text->len >= PARSE_MAX_TEXT_BYTES)
        return;
    gboolean is_html = has_type(GMIME_OBJECT(part), "text", "html");
    g_autofree char *text = is_html ? read_text_part(walk, part, TRUE) : read_plain_part(walk, part);
    append_text(walk, text);
}

static void take_embedded(MailBody *body, GMimeMessage *inner)
{
    if (inner == NULL)
        return;
    if (body->embedded == NULL)
        body->embedded = g_object_ref(inner);
    else if (body->others->len < PARSE_MAX_EMBEDDED)
        g_ptr_array_add(body->others, g_object_ref(inner));
}

/* "Audit.eml" as a file of no known type, as some web mail attaches a mail. */
static gboolean is_mail_file(GMimePart *part)
{
    const char *filename = g_mime_part_get_filename(part);
    gsize length = filename == NULL ? 0 : strlen(filename);
    return has_type(GMIME_OBJECT(part), "application", "octet-stream") && length > 4 &&
           g_ascii_strcasecmp(filename + length - 4, ".eml") == 0;
}

static void take_mail_file(Walk *walk, GMimePart *part)
{
    if (walk->is_report || walk->body->others->len >= PARSE_MAX_EMBEDDED)
        return;
    GByteArray *bytes = decode_part(part);
    GMimeMessage *inner = bytes->len == 0 ? NULL : message_construct((const char *)bytes->data, bytes->len, walk->message);
    g_byte_array_free(bytes, TRUE);
    take_embedded(walk->body, inner);
    g_clear_object(&inner);
}

static void walk_part(Walk *walk, GMimePart *part)
{
    GMimeObject *entity = GMIME_OBJECT(part);
    if (is_returned_headers(entity)) {
        if (walk->body->returned_headers == NULL)
            walk->body->returned_headers = read_text_part(walk, part, FALSE);
        return;
    }
    if (has_type(entity, "message", "*")) {
        read_report_part(walk, part);
        return;
    }
    if (has_type(entity, "text", "calendar")) {
        note_calendar(walk, part);
        add_attachment(walk, entity);
        return;
    }
    if (has_type(entity, "text", "*") && !is_attached(walk, part)) {
        walk_text(walk, part);
        return;
    }
    if (is_mail_file(part))
        take_mail_file(walk, part);
    if (has_type(entity, "application", "ms-tnef"))
        message_note(walk->message, "has a winmail.dat");
    if (has_type(entity, "application", "pkcs7-mime") || has_type(entity, "application", "x-pkcs7-mime"))
        message_note(walk->message, "encrypted or wrapped in S/MIME");
    add_attachment(walk, entity);
}

/* An alternative that only sends its reader to the other one. */
static gboolean is_stub(const char *text)
{
    if (strlen(text) > 300)
        return FALSE;
    g_autofree char *folded = g_ascii_strdown(text, -1);
    return strstr(folded, "html") != NULL &&
           (strstr(folded, "view") != NULL || strstr(folded, "support") != NULL || strstr(folded, "enable") != NULL ||
            strstr(folded, "display") != NULL || strstr(folded, "client") != NULL || strstr(folded, "reader") != NULL);
}

static gboolean take_plain_alternative(Walk *walk, GMimeMultipart *multipart, int count, gboolean has_other)
{
    for (int i = 0; i < count; i++) {
        GMimeObject *child = g_mime_multipart_get_part(multipart, i);
        if (!GMIME_IS_PART(child) || !has_type(child, "text", "plain"))
            continue;
        g_autofree char *text = read_plain_part(walk, GMIME_PART(child));
        if (is_blank(text) || (has_other && is_stub(text)))
            continue;
        append_text(walk, text);
        return TRUE;
    }
    return FALSE;
}

static void walk_alternative(Walk *walk, GMimeMultipart *multipart)
{
    int count = g_mime_multipart_get_count(multipart);
    gboolean was_muted = walk->is_muted;
    if (!was_muted && take_plain_alternative(walk, multipart, count, count > 1))
        walk->is_muted = TRUE;
    /* the last alternative is the best one; only one of them is read */
    for (int i = count - 1; i >= 0; i--) {
        GMimeObject *child = g_mime_multipart_get_part(multipart, i);
        gsize before = walk->body->text->len;
        walk_entity(walk, child);
        if (walk->body->text->len > before)
            walk->is_muted = TRUE;
    }
    walk->is_muted = was_muted;
}

/* A multipart whose boundary stands nowhere: what there is, is text. */
static void take_prologue(Walk *walk, GMimeMultipart *multipart)
{
    const char *prologue = g_mime_multipart_get_prologue(multipart);
    if (prologue == NULL || walk->is_muted)
        return;
    g_autofree char *decoded = text_from_bytes(prologue, strlen(prologue), NULL, NULL);
    g_autofree char *text = text_to_block(decoded, PARSE_MAX_TEXT_BYTES);
    append_text(walk, text);
    message_note(walk->message, "parts could not be told apart");
}

static void walk_multipart(Walk *walk, GMimeMultipart *multipart)
{
    GMimeObject *entity = GMIME_OBJECT(multipart);
    if (g_mime_multipart_get_count(multipart) == 0)
        take_prologue(walk, multipart);
    if (has_type(entity, "multipart", "alternative")) {
        walk_alternative(walk, multipart);
        return;
    }
    if (has_type(entity, "multipart", "encrypted"))
        message_note(walk->message, "encrypted");
    if (has_type(entity, "multipart", "report")) {
        const char *type = g_mime_object_get_content_type_parameter(entity, "report-type");
        if (walk->depth <= 2 && walk->body->report_type == NULL)
            walk->body->report_type = g_ascii_strdown(type == NULL ? "" : type, -1);
        walk->is_report = TRUE;
    }
    int count = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < count; i++)
        walk_entity(walk, g_mime_multipart_get_part(multipart, i));
}

static void walk_entity(Walk *walk, GMimeObject *entity)
{
    if (entity == NULL)
        return;
    if (walk->depth >= PARSE_MAX_DEPTH) {
        message_note(walk->message, "parts nested deeper than %d were not looked into", PARSE_MAX_DEPTH);
        return;
    }
    walk->depth++;
    if (GMIME_IS_MULTIPART(entity)) {
        walk_multipart(walk, GMIME_MULTIPART(entity));
    } else if (GMIME_IS_MESSAGE_PART(entity)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(entity));
        take_embedded(walk->body, inner);
        if (!walk->is_report)
            add_attachment(walk, entity);
    } else if (GMIME_IS_PART(entity)) {
        walk_part(walk, GMIME_PART(entity));
    }
    walk->depth--;
}

MailBody *mail_body_read(GMimeMessage *mime, Message *message)
{
    MailBody *body = mail_body_new();
    Walk walk = {.message = message, .body = body};
    walk_entity(&walk, g_mime_message_get_mime_part(mime));
    return body;
}
