/*
 * parse/message.c - the bytes of a mail as a Message
 *
 * Takes bytes that a stranger sent; gives a Message, always. The order is guard, GMime, headers, body, and then what can be told from
 * the text alone. GMime reads only the guarded copy; everything that leaves this file is valid UTF-8 on one line where it has to be.
 *
 * A mail in which no header block can be read is `is_unreadable`: its bytes become its text, so that a person can look at them.
 */
#include "parts.h"

#include <stdarg.h>
#include <string.h>

#include "usher/base/text.h"
#include "usher/parse.h"

enum {
    MAX_SUBJECT_CHARS = 500,
    MAX_NAME_CHARS = 200,
    MAX_HEADER_CHARS = 4000,
    MAX_ID_BYTES = 998,
    MAX_GROUP_DEPTH = 5,
    MAX_NOTES = 50
};

/* Headers with raw bytes in them, as mail programs of old write: like text of which nothing is known. */
static void set_header_charsets(void)
{
    const char *charsets[] = {"utf-8", "windows-1252", NULL};
    g_mime_parser_options_set_fallback_charsets(g_mime_parser_options_get_default(), charsets);
}

void parse_open(void)
{
    static gsize is_open;
    if (!g_once_init_enter(&is_open))
        return;
    g_mime_init();
    set_header_charsets();
    html_open();
    words_open();
    signature_open();
    automatic_open();
    leave_open();
    reason_open();
    g_once_init_leave(&is_open, 1);
}

void message_note(Message *message, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *note = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    for (guint i = 0; i < message->notes->len; i++)
        if (strcmp(g_ptr_array_index(message->notes, i), note) == 0)
            return;
    if (message->notes->len < MAX_NOTES)
        g_ptr_array_add(message->notes, g_steal_pointer(&note));
}

static Mailbox *read_mailbox(InternetAddressMailbox *mailbox)
{
    const char *display = internet_address_get_name(INTERNET_ADDRESS(mailbox));
    g_autofree char *name = text_to_line(display == NULL ? "" : display, MAX_NAME_CHARS);
    const char *raw = internet_address_mailbox_get_addr(mailbox);
    if (raw != NULL && !g_str_is_ascii(raw))
        raw = internet_address_mailbox_get_idn_addr(mailbox);
    g_autofree char *address = raw != NULL && text_is_address(raw) ? text_fold_address(raw) : g_strdup("");
    const char *behalf = address_find_behalf(name);
    return mailbox_new(behalf == NULL ? name : behalf, address);
}

static void add_mailboxes(InternetAddressList *list, GPtrArray *into, guint depth)
{
    int count = list == NULL || depth > MAX_GROUP_DEPTH ? 0 : internet_address_list_length(list);
    for (int i = 0; i < count && into->len < PARSE_MAX_MAILBOXES; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address))
            add_mailboxes(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)), into, depth + 1);
        else
            g_ptr_array_add(into, read_mailbox(INTERNET_ADDRESS_MAILBOX(address)));
    }
}

/*
 * The name in front of the first address of a raw header, when it is nothing but encoded words: GMime loses characters of theirs. NULL when it is
 * something else; owned.
 */
static char *read_encoded_name(GMimeMessage *mime, const char *header)
{
    GMimeHeader *found = g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(mime)), header);
    const char *raw = found == NULL ? NULL : g_mime_header_get_raw_value(found);
    const char *end = raw == NULL ? NULL : strchr(raw, '<');
    if (end == NULL)
        return NULL;
    g_autofree char *word = g_strstrip(g_strndup(raw, (gsize)(end - raw)));
    if (!g_str_is_ascii(word) || !g_str_has_prefix(word, "=?") || !g_str_has_suffix(word, "?="))
        return NULL;
    g_autofree char *name = encoded_read(word);
    return text_to_line(name, MAX_NAME_CHARS);
}

/* The first mailbox of a header; when no parser finds an address in it, what can be found by eye. */
static Mailbox *read_first_mailbox(GMimeMessage *mime, GMimeAddressType type, const char *header_value)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free);
    add_mailboxes(g_mime_message_get_addresses(mime, type), all, 0);
    for (guint i = 0; i < all->len; i++) {
        Mailbox *mailbox = g_ptr_array_index(all, i);
        if (mailbox->address[0] != '\0')
            return mailbox_dup(mailbox);
    }
    Mailbox *seen = header_value == NULL ? NULL : address_read_mailbox(header_value);
    if (seen != NULL || all->len == 0)
        return seen;
    return mailbox_dup(g_ptr_array_index(all, 0));
}

/* GMime decodes a header when it is asked for; nearly none of them needs it. *read: what the caller then owns. */
static const char *get_value(GMimeHeader *header, char **read)
{
    const char *raw = g_mime_header_get_raw_value(header);
    if (raw != NULL && g_str_is_ascii(raw))
        return strstr(raw, "=?") == NULL ? raw : (*read = encoded_read(raw));
    const char *value = g_mime_header_get_value(header);
    return value == NULL ? "" : value;
}

static void read_header_list(GMimeObject *object, Message *message)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(object);
    int count = g_mime_header_list_get_count(list);
    for (int i = 0; i < count && message->headers->len < PARSE_MAX_HEADERS; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(list, i);
        g_autofree char *name_line = text_to_line(g_mime_header_get_name(header), MAX_NAME_CHARS);
        g_autofree char *read = NULL;
        g_autofree char *value_line = text_to_line(get_value(header, &read), MAX_HEADER_CHARS);
        g_ptr_array_add(message->headers, header_line_new(name_line, value_line));
    }
}

/* GMime keeps the Content- headers with the part they describe. */
static void read_headers(GMimeMessage *mime, Message *message)
{
    read_header_list(GMIME_OBJECT(mime), message);
    if (g_mime_message_get_mime_part(mime) != NULL)
        read_header_list(g_mime_message_get_mime_part(mime), message);
}

/* The next id at *cursor, without brackets; NULL at the end. Owned. */
static char *read_id(const char **cursor)
{
    const char *start = strchr(*cursor, '<');
    const char *end = start == NULL ? NULL : strchr(start, '>');
    if (end == NULL)
        return NULL;
    *cursor = end + 1;
    if (end - start - 1 > MAX_ID_BYTES)
        return g_strdup("");
    g_autofree char *raw = g_strndup(start + 1, (gsize)(end - start - 1));
    g_autofree char *line = text_to_line(raw, MAX_ID_BYTES);
    return g_strdup(g_strstrip(line));
}

static gboolean holds_id(const GPtrArray *ids, const char *id)
{
    for (guint i = 0; i < ids->len; i++)
        if (strcmp(g_ptr_array_index(ids, i), id) == 0)
            return TRUE;
    return FALSE;
}

/* Appends the ids of a header value, nearest first: they are written oldest first. */
static void add_ids(Message *message, const char *value)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    char *id;
    for (const char *cursor = value; found->len < 5 * PARSE_MAX_IDS && (id = read_id(&cursor)) != NULL;)
        g_ptr_array_add(found, id);
    for (guint i = found->len; i-- > 0 && message->references->len < PARSE_MAX_IDS;) {
        const char *candidate = g_ptr_array_index(found, i);
        if (candidate[0] != '\0' && !holds_id(message->references, candidate))
            g_ptr_array_add(message->references, g_strdup(candidate));
    }
}

static void read_ids(Message *message)
{
    const char *own = message_find_header(message, "Message-ID");
    if (own != NULL) {
        const char *cursor = own;
        message->message_id = read_id(&cursor);
        if (message->message_id == NULL)
            message->message_id = g_strdup(own);
        if (message->message_id[0] == '\0' || strlen(message->message_id) > MAX_ID_BYTES)
            g_clear_pointer(&message->message_id, g_free);
    }
    static const char *const names[] = {"In-Reply-To", "References"};
    for (guint n = 0; n < G_N_ELEMENTS(names); n++)
        for (guint i = 0; i < message->headers->len; i++) {
            const HeaderLine *line = g_ptr_array_index(message->headers, i);
            if (g_ascii_strcasecmp(line->name, names[n]) == 0)
                add_ids(message, line->value);
        }
}

static void replace_text(char **place, const char *text)
{
    g_free(*place);
    *place = g_strdup(text);
}

/*
 * A desk writes for somebody: that is who is answered. The sender stays who it is, for it is their server that can be held to account: else anybody could
 * pass for one of us with a few words.
 */
static void read_behalf(Message *message)
{
    const char *from = message_find_header(message, "From");
    g_autoptr(Mailbox) person = from == NULL || message->reply_to != NULL ? NULL : address_read_behalf(from);
    if (person != NULL && person->address[0] != '\0' && message->from != NULL &&
        strcmp(person->address, message->from->address) != 0)
        message->reply_to = g_steal_pointer(&person);
}

static void read_envelope(GMimeMessage *mime, Message *message)
{
    message->from = read_first_mailbox(mime, GMIME_ADDRESS_TYPE_FROM, message_find_header(message, "From"));
    g_autofree char *name = read_encoded_name(mime, "From");
    const char *behalf = name == NULL ? NULL : address_find_behalf(name);
    if (name != NULL && message->from != NULL)
        replace_text(&message->from->name, behalf == NULL ? name : behalf);
    message->sender = read_first_mailbox(mime, GMIME_ADDRESS_TYPE_SENDER, message_find_header(message, "Sender"));
    message->reply_to = read_first_mailbox(mime, GMIME_ADDRESS_TYPE_REPLY_TO, message_find_header(message, "Reply-To"));
    read_behalf(message);
    add_mailboxes(g_mime_message_get_addresses(mime, GMIME_ADDRESS_TYPE_TO), message->to, 0);
    add_mailboxes(g_mime_message_get_addresses(mime, GMIME_ADDRESS_TYPE_CC), message->cc, 0);
    const char *subject = message_find_header(message, "Subject");
    g_autofree char *line = text_to_line(subject == NULL ? "" : subject, MAX_SUBJECT_CHARS);
    replace_text(&message->subject, line);
    message->has_old_subject = words_is_forward_subject(line) || words_is_reply_subject(line);
    GDateTime *date = g_mime_message_get_date(mime);
    message->date = date == NULL ? 0 : MAX(g_date_time_to_unix(date), 0);
}

static GMimeMessage *construct_from(GMimeStream *stream)
{
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *mime = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    if (mime != NULL && g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(mime))) == 0)
        g_clear_object(&mime);
    return mime;
}

GMimeMessage *message_construct(const char *bytes, gsize length, Message *message)
{
    gsize guarded_length = 0;
    g_autofree char *copy = NULL;
    const char *guarded = guard_bytes(bytes, length, &guarded_length, &copy, message);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(guarded, guarded_length);
    GMimeMessage *mime = construct_from(stream);
    g_object_unref(stream);
    return mime;
}

/* GMime's tree over the bytes of the array, which must outlive it. NULL when there is no header. */
static GMimeMessage *construct(GByteArray *bytes)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    GMimeMessage *mime = construct_from(stream);
    g_object_unref(stream);
    return mime;
}

static void set_text(Message *message, const char *text)
{
    gsize length = strlen(text);
    if (length > PARSE_MAX_TEXT_BYTES) {
        message_note(message, "text cut at %d bytes", PARSE_MAX_TEXT_BYTES);
        length = PARSE_MAX_TEXT_BYTES;
        while (length > 0 && ((guchar)text[length] & 0xC0) == 0x80)
            length--;
    }
    g_free(message->text);
    message->text = g_strndup(text, length);
}

static void read_unreadable(Message *message, const char *bytes, gsize length)
{
    message->is_unreadable = TRUE;
    message_note(message, "no header could be read");
    g_autofree char *decoded = text_from_bytes(bytes, MIN(length, PARSE_MAX_TEXT_BYTES), NULL, NULL);
    g_autofree char *text = text_to_block(decoded, PARSE_MAX_TEXT_BYTES);
    set_text(message, text);
}

static void read_new_text(Message *message)
{
    if (message->original != NULL) {
        replace_text(&message->new_text, message->original->note);
        return;
    }
    g_free(message->new_text);
    g_free(message->signature);
    message->new_text = quote_cut(message->text, message->from, &message->signature);
}

static void read_mime(GMimeMessage *mime, Message *message, const char *authserv_id)
{
    read_headers(mime, message);
    read_envelope(mime, message);
    read_ids(message);
    g_autoptr(MailBody) body = mail_body_read(mime, message);
    forward_read_embedded(message, body);
    set_text(message, body->text->str);
    labelled_split(message);
    forward_find(message, body);
    read_new_text(message);
    automatic_find_marks(message, body);
    bounce_read(message, body);
    automatic_weigh(message);
    away_read(message);
    message->authentication = authentication_read(message, authserv_id);
}

Message *parse_message(const char *bytes, gsize length, gsize size_bytes, const char *authserv_id)
{
    Message *message = message_new();
    message->size_bytes = size_bytes;
    gsize guarded_length = 0;
    g_autofree char *copy = NULL;
    const char *guarded = guard_bytes(bytes, length, &guarded_length, &copy, message);
    /* borrowed for reading: GMime never writes into the array, and it is given up without its bytes */
    GByteArray *array = g_byte_array_new_take((guint8 *)(gsize)guarded, guarded_length);
    GMimeMessage *mime = construct(array);
    if (mime != NULL) {
        read_mime(mime, message, authserv_id);
        g_object_unref(mime);
    } else {
        read_unreadable(message, guarded, guarded_length);
        labelled_split(message);
        read_new_text(message);
    }
    g_byte_array_free(array, FALSE);
    return message;
}
