/*
 * parse/guard.c - makes a stranger's bytes safe and readable for GMime
 *
 * Takes the bytes of a mail; gives a copy in which nothing can overflow GMime's stack or make it slow. What was changed is noted.
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
    MAX_ADDRESS_COLONS = 50,    /* a header with so many groups has been made on purpose */
    MAX_ADDRESS_COMMAS = 400,   /* twice as many as anybody reads */
    MAX_ALL_COMMAS = 20000,     /* of all address headers of the mail */
    MAX_PART_MARKS = 3000,      /* lines that begin with "--" */
    MAX_HEADER_LINES = 20000,   /* lines that look like headers, in the whole mail */
    MAX_NAME_BYTES = 76,        /* a colon further into its line ends no header name */
};

typedef struct {
    char *bytes;
    gsize length;
    guint commas;      /* seen in address headers so far */
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

/* Old Macintosh line ends: GMime would see one endless line. */
static void convert_lone_returns(Guard *guard)
{
    char *first = memchr(guard->bytes, '\r', guard->length);
    char *feed = memchr(guard->bytes, '\n', guard->length);
    if (first == NULL || (feed != NULL && feed <= first + 1))
        return;
    const char *end = guard->bytes + guard->length;
    for (char *at = first; at != NULL && at < end; at = memchr(at, '\r', (gsize)(end - at))) {
        if (at + 1 < end && at[1] == '\n')
            at++;
        else
            *at = '\n';
    }
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
    for (const char *at = guard->bytes; (at = memmem(at, (gsize)(end - at), "\n--", 3)) != NULL; at += 3) {
        if (++count > MAX_PART_MARKS) {
            cut_at(guard, at + 1, "too many parts");
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
static char *find_header_end(char *at, char *end)
{
    while (at < end) {
        char *feed = memchr(at, '\n', (gsize)(end - at));
        if (feed == NULL)
            return end;
        at = feed + 1;
        if (at < end && *at != ' ' && *at != '\t')
            return at;
    }
    return end;
}

static void defuse_address_header(Guard *guard, char *value, char *end)
{
    guint colons = 0, commas = 0;
    for (char *at = value; at < end; at++) {
        if (*at == ':' && ++colons > MAX_ADDRESS_COLONS)
            *at = ' ';
        if (*at == ',' && (++commas > MAX_ADDRESS_COMMAS || ++guard->commas > MAX_ALL_COMMAS))
            *at = ' ';
        if (at - value >= PARSE_MAX_ADDRESS_BYTES && *at != '\n' && *at != '\r')
            *at = ' ';
    }
    if (colons > MAX_ADDRESS_COLONS)
        message_note(guard->message, "an address header with %u colons was flattened", colons);
    if (commas > MAX_ADDRESS_COMMAS || guard->commas > MAX_ALL_COMMAS)
        message_note(guard->message, "an address header was read only up to %d addresses", MAX_ADDRESS_COMMAS);
    if (end - value > PARSE_MAX_ADDRESS_BYTES)
        message_note(guard->message, "an address header was read only up to %d bytes", PARSE_MAX_ADDRESS_BYTES);
}

static void defuse_headers(Guard *guard)
{
    char *end = guard->bytes + guard->length;
    guint count = 0;
    for (char *at = guard->bytes; (at = memchr(at, ':', (gsize)(end - at))) != NULL;) {
        gsize length = 0;
        const char *name = find_name(guard, at, &length);
        at++;
        if (name == NULL)
            continue;
        if (++count > MAX_HEADER_LINES) {
            cut_at(guard, name, "too many header lines");
            return;
        }
        if (is_address_header(name, length)) {
            char *header_end = find_header_end(at, end);
            defuse_address_header(guard, at, header_end);
            at = header_end;
        }
    }
}

/* Drops headers beyond the limit and the rest of overlong ones by moving what follows forward. */
static void limit_first_headers(Guard *guard)
{
    char *end = guard->bytes + guard->length;
    char *read = guard->bytes, *write = guard->bytes;
    guint count = 0;
    gboolean is_cut = FALSE;
    while (read < end && *read != '\n' && *read != '\r') {
        char *next = find_header_end(read, end);
        gsize length = (gsize)(next - read);
        if (memchr(read, ':', MIN(length, MAX_NAME_BYTES)) == NULL)
            break;  /* no header any more: the empty line is missing */
        gsize kept = ++count > PARSE_MAX_HEADERS ? 0 : MIN(length, PARSE_MAX_HEADER_BYTES);
        is_cut = is_cut || kept < length;
        memmove(write, read, kept);
        write += kept;
        if (kept > 0 && kept < length)
            write[-1] = '\n';
        read = next;
    }
    if (!is_cut)
        return;
    message_note(guard->message, "headers were cut: %u of them, %" G_GSIZE_FORMAT " bytes too many", count, (gsize)(read - write));
    memmove(write, read, (gsize)(end - read));
    guard->length -= (gsize)(read - write);
}

char *guard_copy(const char *bytes, gsize length, gsize *guarded_length, Message *message)
{
    gsize skipped = count_leading(bytes, length);
    gsize kept = MIN(length - skipped, PARSE_MAX_BYTES);
    if (kept < length - skipped)
        message_note(message, "only the first %d bytes were read", PARSE_MAX_BYTES);
    Guard guard = {.bytes = g_malloc(kept + 1), .length = kept, .message = message};
    memcpy(guard.bytes, bytes + skipped, kept);
    convert_lone_returns(&guard);
    cut_part_flood(&guard);
    limit_first_headers(&guard);
    defuse_headers(&guard);
    guard.bytes[guard.length] = '\0';
    *guarded_length = guard.length;
    return guard.bytes;
}
