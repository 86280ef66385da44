/*
 * parse/guard.c - makes a stranger's bytes safe and readable for GMime
 *
 * Takes the bytes of a mail; gives bytes in which nothing can overflow GMime's stack or make it slow: the same ones where nothing had to
 * be changed, as in nearly all mail, else a copy. What was changed is noted.
 *
 * GMime's address parser calls itself for each group in a group ("To: a:a:a:..."), so the colons of an address header are what decides
 * the depth; after the first few they become blanks. It is also quadratic in the commas of a header, so these are counted out in the same
 * way, for each header and for the whole mail. Such headers may stand in any part of a mail, and which part that is only GMime
 * knows, so every line of the mail that looks like one is treated alike, wherever it stands: a body line changed needlessly
 * costs less than a guess at the structure that a stranger can steer. For the same reason lines that may be part marks or headers are only counted,
 * and where there are too many of them the mail is cut.
 */
#include "parts.h"

#include <string.h>

enum {
    MAX_ADDRESS_COLONS = 50,  /* a header with so many groups has been made on purpose */
    MAX_ADDRESS_COMMAS = 400, /* twice as many as anybody reads */
    MAX_ALL_COMMAS = 20000,   /* of all address headers of the mail */
    MAX_PART_MARKS = 3000,    /* lines that begin with "--" */
    MAX_HEADER_LINES = 20000, /* lines that look like headers, in the whole mail */
    MAX_NAME_BYTES = 76,      /* a colon further into its line ends no header name */
};

typedef struct {
    const char *bytes;
    gsize length;
    char *copy;   /* the bytes, once something had to be changed; NULL */
    guint commas; /* seen in address headers so far */
    Message *message;
} Guard;

/* What some systems put in front of the first header: a byte order mark, empty lines, the separator of an mbox file. */
static gsize count_leading(const char *bytes, gsize length)
{
    gsize at = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < length && (bytes[at] == '\n' || bytes[at] == '\r'))
        at++;
    gsize mark = at < length && bytes[at] == '>' ? at + 1 : at;
    if (length - mark < 5 || memcmp(bytes + mark, "From ", 5) != 0)
        return at;
    for (at = mark; at < length && bytes[at] != '\n' && bytes[at] != '\r';)
        at++;
    while (at < length && (bytes[at] == '\n' || bytes[at] == '\r'))
        at++;
    return at;
}

/* The bytes for changing them; what pointed into them before is found again by its offset. */
static char *get_copy(Guard *guard)
{
    if (guard->copy == NULL)
        guard->bytes = guard->copy = g_memdup2(guard->bytes, guard->length);
    return guard->copy;
}

/* Old Macintosh line ends: GMime would see one endless line. */
static void convert_lone_returns(Guard *guard)
{
    const char *feed = memchr(guard->bytes, '\n', guard->length);
    const char *first = memchr(guard->bytes, '\r', feed == NULL ? guard->length : (gsize)(feed - guard->bytes));
    if (first == NULL || feed == first + 1)
        return;
    char *bytes = get_copy(guard);
    for (gsize i = 0; i < guard->length; i++)
        if (bytes[i] == '\r' && (i + 1 == guard->length || bytes[i + 1] != '\n'))
            bytes[i] = '\n';
    message_note(guard->message, "line ends were lone carriage returns");
}

static void cut_at(Guard *guard, const char *where, const char *why)
{
    guard->length = (gsize)(where - guard->bytes);
    message_note(guard->message, "read only up to byte %" G_GSIZE_FORMAT ": %s", guard->length, why);
}

static void cut_part_flood(Guard *guard)
{
    const char *end = guard->bytes + guard->length;
    guint count = 0;
    for (const char *at = guard->bytes; (at = memchr(at, '-', (gsize)(end - at))) != NULL; at++) {
        gboolean is_mark = at + 1 < end && at[1] == '-' && at > guard->bytes && at[-1] == '\n';
        if (is_mark && ++count > MAX_PART_MARKS) {
            cut_at(guard, at, "too many parts");
            return;
        }
    }
}

/* The start of the header name that ends at `colon`, or NULL when this is none. *length: of the name. */
static const char *find_name(const Guard *guard, const char *colon, gsize *length)
{
    const char *floor = colon - guard->bytes > MAX_NAME_BYTES ? colon - MAX_NAME_BYTES : guard->bytes;
    const char *end = colon;
    while (end > floor && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char *start = end;
    while (start > floor && start[-1] > ' ' && start[-1] < 0x7f)
        start--;
    if (start == end || (start > guard->bytes && start[-1] != '\n'))
        return NULL;
    *length = (gsize)(end - start);
    return start;
}

static gboolean is_address_header(const char *name, gsize length)
{
    static const char *const names[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strlen(names[i]) == length && g_ascii_strncasecmp(name, names[i], length) == 0)
            return TRUE;
    return FALSE;
}

/* Behind the last line of the header whose value begins at `at`: the first line that does not begin with a blank. */
static const char *find_header_end(const char *at, const char *end)
{
    while (at < end) {
        const char *feed = memchr(at, '\n', (gsize)(end - at));
        if (feed == NULL)
            return end;
        at = feed + 1;
        if (at < end && *at != ' ' && *at != '\t')
            return at;
    }
    return end;
}

static guint count_byte(const char *at, gsize length, char byte)
{
    guint count = 0;
    for (gsize i = 0; i < length; i++)
        count += at[i] == byte;
    return count;
}

/* Blanks every such byte behind the first `kept` ones. */
static void blank_bytes(char *at, gsize length, char byte, guint kept)
{
    guint count = 0;
    for (gsize i = 0; i < length; i++)
        if (at[i] == byte && ++count > kept)
            at[i] = ' ';
}

static void blank_rest(char *at, gsize length)
{
    for (gsize i = PARSE_MAX_ADDRESS_BYTES; i < length; i++)
        if (at[i] != '\n' && at[i] != '\r')
            at[i] = ' ';
}

static void defuse_address_header(Guard *guard, gsize start, gsize length)
{
    const char *value = guard->bytes + start;
    guint colons = count_byte(value, length, ':'), commas = count_byte(value, length, ',');
    guint kept_commas = MIN(MAX_ADDRESS_COMMAS, MAX_ALL_COMMAS - guard->commas);
    guard->commas += MIN(commas, kept_commas);
    if (colons > MAX_ADDRESS_COLONS) {
        blank_bytes(get_copy(guard) + start, length, ':', MAX_ADDRESS_COLONS);
        message_note(guard->message, "an address header with %u colons was flattened", colons);
    }
    if (commas > kept_commas) {
        blank_bytes(get_copy(guard) + start, length, ',', kept_commas);
        message_note(guard->message, "an address header was read only up to %d addresses", MAX_ADDRESS_COMMAS);
    }
    if (length > PARSE_MAX_ADDRESS_BYTES) {
        blank_rest(get_copy(guard) + start, length);
        message_note(guard->message, "an address header was read only up to %d bytes", PARSE_MAX_ADDRESS_BYTES);
    }
}

static void defuse_headers(Guard *guard)
{
    guint count = 0;
    for (gsize at = 0; at < guard->length;) {
        const char *end = guard->bytes + guard->length;
        const char *colon = memchr(guard->bytes + at, ':', guard->length - at);
        if (colon == NULL)
            return;
        gsize length = 0;
        const char *name = find_name(guard, colon, &length);
        at = (gsize)(colon - guard->bytes) + 1;
        if (name == NULL)
            continue;
        if (++count > MAX_HEADER_LINES) {
            cut_at(guard, name, "too many header lines");
            return;
        }
        if (!is_address_header(name, length))
            continue;
        gsize value_length = (gsize)(find_header_end(guard->bytes + at, end) - guard->bytes) - at;
        defuse_address_header(guard, at, value_length);
        at += value_length;
    }
}

/* Whether the first headers are too many or one of them is too long. */
static gboolean has_header_flood(const Guard *guard)
{
    const char *end = guard->bytes + guard->length, *next;
    guint count = 0;
    for (const char *at = guard->bytes; at < end && *at != '\n' && *at != '\r'; at = next) {
        next = find_header_end(at, end);
        if (memchr(at, ':', MIN((gsize)(next - at), MAX_NAME_BYTES)) == NULL)
            return FALSE; /* no header any more: the empty line is missing */
        if (++count > PARSE_MAX_HEADERS || next - at > PARSE_MAX_HEADER_BYTES)
            return TRUE;
    }
    return FALSE;
}

/* Drops headers beyond the limit and the rest of overlong ones by moving what follows forward. */
static void limit_first_headers(Guard *guard)
{
    if (!has_header_flood(guard))
        return;
    char *bytes = get_copy(guard), *write = bytes;
    const char *end = bytes + guard->length, *read = bytes;
    guint count = 0;
    while (read < end && *read != '\n' && *read != '\r') {
        const char *next = find_header_end(read, end);
        gsize length = (gsize)(next - read);
        if (memchr(read, ':', MIN(length, MAX_NAME_BYTES)) == NULL)
            break;
        gsize kept = ++count > PARSE_MAX_HEADERS ? 0 : MIN(length, PARSE_MAX_HEADER_BYTES);
        memmove(write, read, kept);
        write += kept;
        if (kept > 0 && kept < length)
            write[-1] = '\n';
        read = next;
    }
    message_note(guard->message, "headers were cut: %u of them, %" G_GSIZE_FORMAT " bytes too many", count, (gsize)(read - write));
    memmove(write, read, (gsize)(end - read));
    guard->length -= (gsize)(read - write);
}

const char *guard_bytes(const char *bytes, gsize length, gsize *guarded_length, char **copy, Message *message)
{
    gsize skipped = count_leading(bytes, length);
    Guard guard = {.bytes = bytes + skipped, .length = MIN(length - skipped, PARSE_MAX_BYTES), .message = message};
    if (guard.length < length - skipped)
        message_note(message, "only the first %d bytes were read", PARSE_MAX_BYTES);
    convert_lone_returns(&guard);
    cut_part_flood(&guard);
    limit_first_headers(&guard);
    defuse_headers(&guard);
    *guarded_length = guard.length;
    *copy = guard.copy;
    return guard.bytes;
}
