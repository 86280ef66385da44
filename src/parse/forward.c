/*
 * parse/forward.c - the original inside a mail that passes another one on
 *
 * Takes a message with its text; gives message->original: who wrote it, to whom, when, the subject, its text, and the note that was put
 * above it. From the surest sign to the weakest: a mail carried inside (message/rfc822); a block below a mark such as "Forwarded message"; a
 * block of header lines without a mark below a subject that says forward. A block that a reply quotes is no forward: what comes first in
 * the text decides, and where it stays open the original is not certain and somebody has to look.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"
#include "usher/parse.h"

enum { MAX_BLOCK_LINES = 25, MAX_SUBJECT_CHARS = 500 };

static void replace_text(char **place, const char *text)
{
    g_free(*place);
    *place = g_strdup(text);
}

/* Sets what a header line says, unless an earlier one said it. */
static void take_header(ForwardedOriginal *original, HeaderWord word, const char *value)
{
    if (word == WORD_FROM && original->from == NULL) {
        original->from = address_read_behalf(value);
        if (original->from == NULL)
            original->from = address_read_mailbox(value);
    } else if (word == WORD_TO && original->to->len == 0)
        address_read_list(value, original->to);
    else if (word == WORD_CC && original->cc->len == 0)
        address_read_list(value, original->cc);
    else if (word == WORD_DATE && original->date == NULL)
        original->date = text_to_line(value, 200);
    else if (word == WORD_SUBJECT && original->subject[0] == '\0') {
        g_autofree char *line = text_to_line(value, MAX_SUBJECT_CHARS);
        replace_text(&original->subject, line);
    }
}

/* TRUE for a line that goes on with the one above it: more addresses, or a subject with another header line below. */
static gboolean goes_on(HeaderWord last, Line bare, const char *below)
{
    if (last == WORD_TO || last == WORD_CC || last == WORD_FROM)
        return memchr(bare.start, '@', bare.length) != NULL;
    Line next;
    if (last == WORD_NONE || !line_read(&below, &next))
        return FALSE;
    next = line_strip_emphasis(line_strip_quote(next));
    return words_read_header(next.start, next.length, NULL) != WORD_NONE;
}

/*
 * Reads the header block at `cursor`. Gives the first line of the body, or NULL when this is no such block: it needs a From and one line more. Some
 * programs leave no empty line below the block.
 */
static const char *read_block(const char *cursor, ForwardedOriginal *original)
{
    Line line;
    guint found = 0, empty = 0;
    HeaderWord last = WORD_NONE;
    GString *pending = g_string_new(NULL);
    const char *body = NULL;
    for (guint lines = 0; lines < MAX_BLOCK_LINES && line_read(&cursor, &line); lines++) {
        Line bare = line_strip_emphasis(line_strip_quote(line));
        if (bare.length == 0) {
            if (found > 0 || ++empty > 3)
                break;
            continue;
        }
        g_autofree char *value = NULL;
        HeaderWord word = words_read_header(bare.start, bare.length, &value);
        if (word == WORD_NONE && !goes_on(last, bare, cursor))
            break;
        if (word != WORD_NONE) {
            take_header(original, last, pending->str);
            g_string_assign(pending, value);
            last = word;
            found++;
        } else {
            g_string_append_c(pending, ' ');
            g_string_append_len(pending, bare.start, (gssize)bare.length);
        }
        body = cursor;
    }
    take_header(original, last, pending->str);
    g_string_free(pending, TRUE);
    return found >= 2 && original->from != NULL ? body : NULL;
}

static gboolean is_quoted_whole(const char *text)
{
    const char *cursor = text;
    Line line;
    while (line_read(&cursor, &line)) {
        Line bare = line_strip(line);
        if (bare.length > 0 && *bare.start != '>')
            return FALSE;
    }
    return TRUE;
}

/* Takes one ">" from the lines that have one. */
static char *unquote(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));
    const char *cursor = text;
    Line line;
    while (line_read(&cursor, &line)) {
        Line bare = line_strip(line);
        gboolean is_quoted = bare.length > 0 && *bare.start == '>';
        gsize skipped = is_quoted ? 1 + (bare.length > 1 && bare.start[1] == ' ') : 0;
        g_string_append_len(out, bare.start + skipped, (gssize)(bare.length - skipped));
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

static void set_body(ForwardedOriginal *original, const char *body, gboolean is_quoted)
{
    g_free(original->body);
    original->body = is_quoted || is_quoted_whole(body) ? unquote(body) : g_strdup(body);
    g_strstrip(original->body);
    g_free(original->text);
    original->text = quote_cut_history(original->body);
}

static void set_note(Message *message, ForwardedOriginal *original, const char *above)
{
    g_free(original->note);
    g_free(message->signature);
    original->note = quote_cut(above, message->from, &message->signature);
}

/* Where the block stands in the text, and what speaks for it. */
typedef struct {
    const char *mark;   /* the line that opens it */
    const char *block;  /* its header lines */
    gboolean is_marked; /* "Forwarded message" */
    gboolean is_original_mark;
    const char *introduced; /* "On ... wrote:" in place of a block: the line below it; NULL */
} Place;

/* Behind the word at `at` when it is the name of a header line, else NULL: "Dw Walter" has lost its colon. */
static const char *find_bare_name(const char *at)
{
    gsize length = strcspn(at, " :>@");
    g_autofree char *line = g_strdup_printf("%.*s:", (int)length, at);
    return length > 0 && length < 30 && words_read_header(line, length + 1, NULL) != WORD_NONE ? at + length : NULL;
}

/* The start of the header name that ends at `colon`, at or after `floor`; NULL when it is none. */
static const char *find_packed_name(const char *floor, const char *colon)
{
    for (const char *start = colon - floor > 30 ? colon - 30 : floor; start < colon; start++)
        if (((guchar)*start & 0xC0) != 0x80 && *start != ' ' &&
            words_read_header(start, (gsize)(colon + 1 - start), NULL) != WORD_NONE)
            return start;
    return NULL;
}

/* Yahoo's plain text packs mark and header lines into one line: this parts them again. NULL when it is no such line. */
static char *unpack_line(Line line)
{
    if (line.length < 20 || memcmp(line.start, "-----", 5) != 0)
        return NULL;
    g_autofree char *text = g_strndup(line.start, line.length);
    char *rest = strstr(text + 5, "-----");
    if (rest == NULL)
        return NULL;
    rest += strspn(rest, "-");
    gboolean is_original = FALSE;
    if (*rest != ' ' || !words_is_forward_mark(text, (gsize)(rest - text), &is_original))
        return NULL;
    GString *out = g_string_new(NULL);
    const char *done = rest + 1;
    for (const char *at = strpbrk(done, ":>"); at != NULL; at = strpbrk(at + 1, ":>")) {
        const char *name = *at == ':' ? find_packed_name(done, at) : at + 1;
        if (name == NULL)
            continue;
        const char *bare_end = *at == '>' ? find_bare_name(name) : NULL;
        if (*at == '>' && (bare_end == NULL || *bare_end != ' '))
            continue;
        g_string_append_len(out, done, name - done);
        g_string_append_c(out, '\n');
        done = name;
        if (bare_end == NULL)
            continue;
        g_string_append_len(out, name, bare_end - name);
        g_string_append_c(out, ':');
        done = bare_end;
    }
    g_string_append(out, done);
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

static gboolean is_rule(Line line)
{
    return line.length >= 20 && (strspn(line.start, "_") == line.length || strspn(line.start, "-") == line.length);
}

/* The first line that opens a forward; FALSE when a reply's history comes first or there is none. */
static gboolean find_place(const Message *message, gboolean has_forward_subject, Place *place)
{
    const char *cursor = message->text;
    Line line;
    while (line_read(&cursor, &line)) {
        Line bare = line_strip_emphasis(line_strip_quote(line));
        if (bare.length == 0)
            continue;
        *place = (Place){.mark = line.start, .block = cursor};
        if (words_is_forward_mark(bare.start, bare.length, &place->is_original_mark)) {
            place->is_marked = !place->is_original_mark;
            return TRUE;
        }
        g_autofree char *packed = unpack_line(bare);
        if (packed != NULL) {
            place->block = line.start;
            return place->is_marked = TRUE;
        }
        const char *next = NULL;
        if (!quote_opens_history(bare.start, &next))
            continue;
        place->block = is_rule(bare) ? cursor : line.start;
        if (is_rule(bare) || words_read_header(bare.start, bare.length, NULL) == WORD_FROM)
            return TRUE;
        place->introduced = next;
        return has_forward_subject;
    }
    return FALSE;
}

/* Old Outlooks forward with "On DATE, NAME <ADDRESS> wrote:" and the mail below it. */
static gboolean read_introduced(const Place *place, ForwardedOriginal *original)
{
    g_autofree char *introduction = g_strndup(place->mark, (gsize)(place->introduced - place->mark));
    original->from = address_read_introduced(introduction);
    if (original->from == NULL)
        return FALSE;
    set_body(original, place->introduced, FALSE);
    return TRUE;
}

static gboolean read_place(const Place *place, ForwardedOriginal *original)
{
    if (place->introduced != NULL)
        return read_introduced(place, original);
    Line line;
    const char *cursor = place->block;
    line_read(&cursor, &line);
    g_autofree char *packed = place->block == place->mark ? unpack_line(line_strip_quote(line)) : NULL;
    const char *below = packed == NULL ? place->block : packed;
    const char *body = read_block(below, original);
    if (body == NULL)
        return FALSE;
    gboolean is_quoted = *line_strip(line).start == '>';
    if (!is_quoted && line_strip(line).length == 0 && line_read(&cursor, &line))
        is_quoted = *line_strip(line).start == '>';
    set_body(original, packed == NULL ? body : cursor, is_quoted);
    return TRUE;
}

void forward_find(Message *message, const MailBody *body)
{
    if (message->original != NULL || body->report_type != NULL)
        return;
    gboolean says_forward = words_is_forward_subject(message->subject);
    gboolean says_reply = words_is_reply_subject(message->subject);
    Place place;
    if (!find_place(message, says_forward, &place))
        return;
    if (!place.is_marked && !says_forward && (says_reply || message->references->len > 0))
        return;
    g_autoptr(ForwardedOriginal) original = forwarded_original_new();
    if (!read_place(&place, original))
        return;
    if (original->subject[0] == '\0')
        replace_text(&original->subject, words_skip_subject_marks(message->subject));
    gboolean has_address = original->from->address[0] != '\0';
    original->is_certain = has_address && (place.is_marked || says_forward);
    replace_text(&original->how, place.is_marked ? "forwarded message block" : "block of header lines");
    g_autofree char *above = g_strndup(message->text, (gsize)(place.mark - message->text));
    set_note(message, original, above);
    message->original = g_steal_pointer(&original);
}

static void add_mailboxes(InternetAddressList *list, GPtrArray *into)
{
    if (list == NULL || internet_address_list_length(list) == 0)
        return;
    g_autofree char *text = internet_address_list_to_string(list, NULL, FALSE);
    address_read_list(text == NULL ? "" : text, into);
}

static void append_header(GString *text, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        g_string_append_printf(text, "%s: %s\n", name, value);
}

static char *get_header_line(GMimeMessage *mime, const char *name)
{
    const char *value = g_mime_object_get_header(GMIME_OBJECT(mime), name);
    g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, value == NULL ? "" : value);
    return text_to_line(decoded, 2000);
}

/* The ids in the headers that name the mail and its thread. */
static void add_ids(GMimeMessage *mime, GPtrArray *ids)
{
    static const char *const names[] = {"Message-ID", "In-Reply-To", "References"};
    for (guint n = 0; n < G_N_ELEMENTS(names); n++) {
        const char *value = g_mime_object_get_header(GMIME_OBJECT(mime), names[n]);
        GMimeReferences *found = value == NULL ? NULL : g_mime_references_parse(NULL, value);
        for (int i = 0; found != NULL && i < g_mime_references_length(found) && ids->len < PARSE_MAX_IDS; i++) {
            g_autofree char *id = text_to_line(g_mime_references_get_message_id(found, i), 998);
            g_ptr_array_add(ids, g_steal_pointer(&id));
        }
        g_clear_pointer(&found, g_mime_references_free);
    }
}

/* The text of a mail carried inside, and below it those that it carries itself, as forward blocks. */
static char *read_embedded_text(GMimeMessage *mime, Message *message, guint depth);

static void append_embedded(GString *text, GMimeMessage *mime, const char *inner)
{
    g_string_append(text,
                    text->len > 0 ? "\n---------- Forwarded message ----------\n" : "---------- Forwarded message ----------\n");
    static const char *const names[] = {"From", "Date", "Subject", "To"};
    for (guint n = 0; n < G_N_ELEMENTS(names); n++) {
        g_autofree char *value = get_header_line(mime, names[n]);
        append_header(text, names[n], value);
    }
    g_string_append_c(text, '\n');
    g_string_append(text, inner);
}

static char *read_embedded_text(GMimeMessage *mime, Message *message, guint depth)
{
    g_autoptr(MailBody) body = mail_body_read(mime, message);
    if (body->embedded != NULL && body->report_type == NULL && depth < PARSE_MAX_EMBEDDED) {
        g_autofree char *inner = read_embedded_text(body->embedded, message, depth + 1);
        append_embedded(body->text, body->embedded, inner);
    }
    return g_strdup(body->text->str);
}

static ForwardedOriginal *read_embedded_headers(GMimeMessage *mime, const char *from)
{
    g_autofree char *date = get_header_line(mime, "Date");
    g_autofree char *subject = get_header_line(mime, "Subject");
    ForwardedOriginal *original = forwarded_original_new();
    take_header(original, WORD_FROM, from);
    take_header(original, WORD_DATE, date);
    take_header(original, WORD_SUBJECT, subject);
    add_mailboxes(g_mime_message_get_addresses(mime, GMIME_ADDRESS_TYPE_TO), original->to);
    add_mailboxes(g_mime_message_get_addresses(mime, GMIME_ADDRESS_TYPE_CC), original->cc);
    add_ids(mime, original->ids);
    replace_text(&original->how, "message/rfc822");
    return original;
}

void forward_read_embedded(Message *message, MailBody *body)
{
    if (body->embedded == NULL || body->report_type != NULL)
        return;
    g_autofree char *from = get_header_line(body->embedded, "From");
    if (from[0] == '\0')
        return;
    g_autoptr(ForwardedOriginal) original = read_embedded_headers(body->embedded, from);
    g_autofree char *inner = read_embedded_text(body->embedded, message, 0);
    set_body(original, inner, FALSE);
    set_note(message, original, body->text->str);
    original->count = 1 + body->others->len;
    original->is_certain = original->from != NULL && original->from->address[0] != '\0' && original->count == 1;
    append_embedded(body->text, body->embedded, inner);
    for (guint i = 0; i < body->others->len && body->text->len < PARSE_MAX_TEXT_BYTES; i++) {
        GMimeMessage *other = g_ptr_array_index(body->others, i);
        g_autofree char *text = read_embedded_text(other, message, 0);
        append_embedded(body->text, other, text);
    }
    message->original = g_steal_pointer(&original);
}

ForwardedOriginal *parse_find_inner(const ForwardedOriginal *original)
{
    g_autoptr(Message) outer = message_new();
    replace_text(&outer->subject, original->subject);
    replace_text(&outer->text, original->body);
    outer->from = mailbox_dup(original->from);
    MailBody nothing = {0};
    forward_find(outer, &nothing);
    return g_steal_pointer(&outer->original);
}
