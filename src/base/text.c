/*
 * base/text.c - small certainties about text that strangers wrote
 *
 * Takes any bytes, gives valid UTF-8. Nearly all of what comes in is plain ASCII, so each function runs over plain
 * stretches in bulk and looks at single characters only where something else stands.
 */
#include "usher/base/text.h"

#include <string.h>

#define ELLIPSIS "\xE2\x80\xA6"
#define REPLACEMENT 0xFFFD

/* Characters without ink that steer the direction of text: they make one text look like another. */
static gboolean is_bidi_control(gunichar c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
}

/* Everything without ink and without width: bidirectional controls, joiners, byte order marks, tags, soft hyphens. */
static gboolean is_invisible(gunichar c)
{
    return g_unichar_type(c) == G_UNICODE_FORMAT;
}

static gboolean is_line_separator(gunichar c)
{
    return c == 0x85 || c == 0x2028 || c == 0x2029;
}

static gboolean is_blank(gunichar c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c > 0x7F && (is_line_separator(c) || g_unichar_isspace(c)));
}

/* The character at `at`, and where the next one begins; a byte that belongs to none counts as a replacement character. */
static gunichar read_character(const char *at, const char **next)
{
    guchar first = (guchar)*at;
    if (first < 0x80) {
        *next = at + 1;
        return first;
    }
    gunichar c = g_utf8_get_char_validated(at, -1);
    if ((gint32)c < 0) {
        *next = at + 1;
        return REPLACEMENT;
    }
    *next = g_utf8_next_char(at);
    return c;
}

/* How many characters at `at` are printable ASCII other than the blank. */
static gsize count_ink(const char *at)
{
    gsize count = 0;
    while ((guchar)(at[count] - 0x21) <= 0x7E - 0x21)
        count++;
    return count;
}

/* ---- one line ---- */

/* TRUE when the text is a line already: printable ASCII, single blanks between words. */
static gboolean is_plain_line(const char *text, gsize max_chars)
{
    const char *at = text;
    if (*at == ' ')
        return FALSE;
    do {
        gsize ink = count_ink(at);
        at += ink;
        if (*at != ' ')
            return !*at && (gsize)(at - text) <= max_chars && (ink > 0 || at == text);
        at++;
    } while (*at && *at != ' ');
    return FALSE;
}

/* Copies the word of printable ASCII at `at`, as much as there is room for; gives how much. */
static gsize copy_ink(GString *line, const char *at, gsize room, gsize *last_start)
{
    gsize ink = MIN(count_ink(at), room);
    if (ink > 0) {
        g_string_append_len(line, at, (gssize)ink);
        *last_start = line->len - 1;
    }
    return ink;
}

/* Copies printable characters and single blanks, as many as max_chars; TRUE when nothing was left over. */
static gboolean copy_line(GString *line, const char *at, gsize max_chars, gsize *last_start)
{
    gboolean is_after_blank = FALSE;
    gsize chars = 0;
    for (const char *next; *at; at = next) {
        gunichar c = read_character(at, &next);
        if (is_blank(c)) {
            is_after_blank = line->len > 0;
            continue;
        }
        if (g_unichar_iscntrl(c) || is_invisible(c))
            continue;
        gsize wanted = is_after_blank ? 2 : 1;
        if (chars + wanted > max_chars)
            return FALSE;
        if (is_after_blank)
            g_string_append_c(line, ' ');
        *last_start = line->len;
        g_string_append_unichar(line, c);
        chars += wanted;
        is_after_blank = FALSE;
        gsize ink = copy_ink(line, next, max_chars - chars, last_start);
        chars += ink;
        next += ink;
    }
    return TRUE;
}

char *text_to_line(const char *text, gsize max_chars)
{
    if (is_plain_line(text, max_chars))
        return g_strdup(text);
    GString *line = g_string_new(NULL);
    gsize last_start = 0;
    if (!copy_line(line, text, max_chars, &last_start) && max_chars > 0) {
        if ((gsize)g_utf8_strlen(line->str, (gssize)line->len) >= max_chars)
            g_string_truncate(line, last_start);
        g_string_append(line, ELLIPSIS);
    }
    return g_string_free(line, FALSE);
}

/* ---- a block ---- */

/* How many bytes at `at` a block takes as they are: printable ASCII, LF and TAB; at most `most`. */
static gsize count_plain(const char *at, gsize most)
{
    gsize count = 0;
    while (count < most && ((guchar)(at[count] - 0x20) <= 0x7E - 0x20 || at[count] == '\n' || at[count] == '\t'))
        count++;
    return count;
}

/* The character as a block takes it; 0 when it does not. `*next` is moved over the second half of CR LF. */
static gunichar read_block_character(const char *at, const char **next)
{
    gunichar c = read_character(at, next);
    if (c == '\r' && **next == '\n')
        (*next)++;
    if (c == '\r' || is_line_separator(c))
        return '\n';
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0) || is_bidi_control(c) ? 0 : c;
}

char *text_to_block(const char *text, gsize max_chars)
{
    GString *block = g_string_new(NULL);
    gsize chars = 0;
    for (const char *at = text, *next; chars < max_chars; at = next) {
        gsize plain = count_plain(at, max_chars - chars);
        g_string_append_len(block, at, (gssize)plain);
        chars += plain;
        at += plain;
        if (!*at || chars == max_chars)
            break;
        gunichar c = read_block_character(at, &next);
        if (c == 0)
            continue;
        g_string_append_unichar(block, c);
        chars++;
    }
    return g_string_free(block, FALSE);
}

/* ---- folding ---- */

static gboolean is_fold_edge(gunichar c)
{
    return is_blank(c) || g_unichar_ispunct(c);
}

/* Cuts blanks and punctuation at both ends, in place. */
static char *cut_edges(char *text)
{
    char *start = text;
    while (*start && is_fold_edge(g_utf8_get_char(start)))
        start = g_utf8_next_char(start);
    char *end = start + strlen(start);
    while (end > start) {
        char *last = g_utf8_prev_char(end);
        if (!is_fold_edge(g_utf8_get_char(last)))
            break;
        end = last;
    }
    *end = '\0';
    memmove(text, start, (gsize)(end - start) + 1);
    return text;
}

static char *fold_ascii(const char *text)
{
    char *folded = g_malloc(strlen(text) + 1);
    gsize length = 0;
    for (; *text; text++) {
        guchar c = (guchar)*text;
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            if (length > 0 && folded[length - 1] != ' ')
                folded[length++] = ' ';
        } else if (c > 0x20 && c != 0x7F) {
            folded[length++] = g_ascii_tolower((char)c);
        }
    }
    folded[length] = '\0';
    return cut_edges(folded);
}

/* Accents are only seen as such after decomposing, and folding can bring new ones (U+0130): so fold first. */
static char *fold_unicode(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *cased = g_utf8_casefold(valid, -1);
    g_autofree char *decomposed = g_utf8_normalize(cased, -1, G_NORMALIZE_NFKD);
    GString *folded = g_string_sized_new(strlen(decomposed));
    for (const char *at = decomposed; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (is_blank(c)) {
            if (folded->len > 0 && folded->str[folded->len - 1] != ' ')
                g_string_append_c(folded, ' ');
        } else if (!g_unichar_iscntrl(c) && !g_unichar_ismark(c) && !is_invisible(c)) {
            g_string_append_unichar(folded, c);
        }
    }
    return cut_edges(g_string_free(folded, FALSE));
}

char *text_fold(const char *text)
{
    return g_str_is_ascii(text) ? fold_ascii(text) : fold_unicode(text);
}

char *text_from_pounds(gint64 pounds)
{
    g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, ABS(pounds));
    gsize length = strlen(digits);
    GString *sum = g_string_new(pounds < 0 ? "-£" : "£");
    for (gsize i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            g_string_append_c(sum, ',');
        g_string_append_c(sum, digits[i]);
    }
    return g_string_free(sum, FALSE);
}
