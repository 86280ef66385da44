/*
 * base/text_bytes.c - bytes of a declared, misdeclared or undeclared charset to UTF-8
 *
 * What senders declare is often wrong in a few well-known ways, and each has its answer here: windows-1252 called
 * iso-8859-1 or us-ascii (always read as windows-1252, of which they are subsets), UTF-8 called us-ascii, UTF-8 that was cut in
 * the middle of a character or has a footer in another charset (kept as UTF-8, the strange bytes replaced).
 */
#include "usher/base/text.h"

#include <errno.h>
#include <string.h>

#define CHARSET_NAME_MAX_BYTES 40

typedef enum { CHARSET_ABSENT, CHARSET_ASCII, CHARSET_UTF8, CHARSET_LATIN1, CHARSET_OTHER, CHARSET_UNKNOWN } CharsetClass;

/* windows-1252 0x80..0x9F; zero stands for the five bytes it leaves open. */
static const guint16 windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
};

static const struct {
    const char *name;
    CharsetClass class;
} charset_classes[] = {
    {"utf-8", CHARSET_UTF8},          {"utf8", CHARSET_UTF8},           {"unicode-1-1-utf-8", CHARSET_UTF8},
    {"us-ascii", CHARSET_ASCII},      {"ascii", CHARSET_ASCII},         {"ansi_x3.4-1968", CHARSET_ASCII},
    {"iso-8859-1", CHARSET_LATIN1},   {"iso8859-1", CHARSET_LATIN1},    {"iso_8859-1", CHARSET_LATIN1},
    {"latin1", CHARSET_LATIN1},       {"l1", CHARSET_LATIN1},           {"iso-8859-1-windows-3.1-latin-1", CHARSET_LATIN1},
    {"windows-1252", CHARSET_LATIN1}, {"cp1252", CHARSET_LATIN1},       {"cp-1252", CHARSET_LATIN1},
    {"ansi", CHARSET_LATIN1},         {"x-ansi", CHARSET_LATIN1},       {"8bit", CHARSET_ABSENT},
    {"7bit", CHARSET_ABSENT},         {"unknown-8bit", CHARSET_ABSENT}, {"x-unknown", CHARSET_ABSENT},
    {"default", CHARSET_ABSENT},      {"unknown", CHARSET_ABSENT},      {"", CHARSET_ABSENT},
};

/* A name that is safe to give to iconv, which takes it for part of a file's name; quotes and blanks around it are cut. */
static char *clean_charset(const char *charset)
{
    GString *name = g_string_new(NULL);
    for (; charset && *charset; charset++) {
        if (strchr(" \t\r\n\"'", *charset))
            continue;
        if ((!g_ascii_isalnum(*charset) && !strchr("-_.:+()", *charset)) || name->len >= CHARSET_NAME_MAX_BYTES) {
            g_string_assign(name, "?");
            break;
        }
        g_string_append_c(name, g_ascii_tolower(*charset));
    }
    return g_string_free(name, FALSE);
}

static CharsetClass classify_charset(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(charset_classes); i++)
        if (strcmp(name, charset_classes[i].name) == 0)
            return charset_classes[i].class;
    return *name == '?' ? CHARSET_UNKNOWN : CHARSET_OTHER;
}

static gboolean is_ascii(const char *bytes, gsize length)
{
    guchar seen = 0;
    for (gsize i = 0; i < length; i++)
        seen |= (guchar)bytes[i];
    return seen < 0x80;
}

/* A copy without NUL bytes. */
static char *copy_without_nul(const char *bytes, gsize length, gsize *kept)
{
    char *copy = g_malloc(length + 1);
    if (!memchr(bytes, 0, length)) {
        memcpy(copy, bytes, length);
        *kept = length;
    } else {
        *kept = 0;
        for (gsize i = 0; i < length; i++)
            if (bytes[i])
                copy[(*kept)++] = bytes[i];
    }
    copy[*kept] = '\0';
    return copy;
}

static char *decode_windows_1252(const char *text)
{
    GString *out = g_string_sized_new(strlen(text) * 5 / 4 + 8);
    for (; *text; text++) {
        guchar byte = (guchar)*text;
        if (byte < 0x80) {
            g_string_append_c(out, (char)byte);
        } else {
            gunichar c = byte < 0xA0 ? windows_1252[byte - 0x80] : byte;
            g_string_append_unichar(out, c ? c : 0xFFFD);
        }
    }
    return g_string_free(out, FALSE);
}

/*
 * TRUE when most of what is not ASCII is well-formed UTF-8: a foreign byte here and there, or a character cut off at the end, then
 * does not turn the whole text into gibberish.
 */
static gboolean is_mostly_utf8(const char *text, gsize length)
{
    gsize good = 0, bad = 0;
    const char *end = text + length;
    while (text < end) {
        const char *stop;
        g_utf8_validate(text, end - text, &stop);
        for (const char *at = text; at < stop; at++)
            good += (guchar)*at >= 0xC0;
        if (stop < end) {
            gboolean is_cut_off = (gint32)g_utf8_get_char_validated(stop, end - stop) == -2;
            bad += is_cut_off ? 0 : 1;
            stop = is_cut_off ? end : stop + 1;
        }
        text = stop;
    }
    return good > bad;
}

/* Text that should be UTF-8, or of which nothing is known. */
static char *decode_likely_utf8(const char *text, gsize length, gboolean *is_wrong)
{
    *is_wrong = !g_utf8_validate(text, (gssize)length, NULL);
    if (!*is_wrong)
        return g_strdup(text);
    return is_mostly_utf8(text, length) ? g_utf8_make_valid(text, (gssize)length) : decode_windows_1252(text);
}

/* Programs name a charset and write the larger one that grew out of it. */
static const char *find_superset(const char *charset)
{
    static const char *const supersets[][2] = {
        {"gb2312", "gb18030"},    {"gb_2312-80", "gb18030"},   {"gbk", "gb18030"},     {"x-gbk", "gb18030"},
        {"shift_jis", "cp932"},   {"shift-jis", "cp932"},      {"x-sjis", "cp932"},    {"sjis", "cp932"},
        {"euc-kr", "cp949"},      {"ks_c_5601-1987", "cp949"}, {"big5", "big5-hkscs"}, {"iso-8859-9", "cp1254"},
        {"iso-8859-11", "cp874"}, {"tis-620", "cp874"},        {"utf-8", "utf-8"},     {"iso-2022-jp", "iso-2022-jp-3"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(supersets); i++)
        if (g_ascii_strcasecmp(charset, supersets[i][0]) == 0)
            return supersets[i][1];
    return charset;
}

/* Converts what can be, a replacement character for each byte that belongs to none; gives how many of those there were. */
static gsize convert(GIConv converter, const char *bytes, gsize length, GString *out)
{
    char buffer[1024];
    gsize bad = 0;
    char *from = (char *)(gsize)bytes;
    while (length > 0) {
        char *to = buffer;
        gsize room = sizeof buffer;
        gsize done = g_iconv(converter, &from, &length, &to, &room);
        gboolean is_bad = done == (gsize)-1 && errno != E2BIG;
        g_string_append_len(out, buffer, to - buffer);
        if (!is_bad || length == 0)
            continue;
        g_string_append(out, "\xEF\xBF\xBD");
        from++;
        length--;
        bad++;
    }
    return bad;
}

/* Any other charset that iconv knows. NULL when it does not know it, or too many of the bytes are not of it. */
static char *decode_by_iconv(const char *bytes, gsize length, const char *charset)
{
    GIConv converter = g_iconv_open("UTF-8", find_superset(charset));
    if (converter == (GIConv)-1)
        converter = g_iconv_open("UTF-8", charset);
    if (converter == (GIConv)-1)
        return NULL;
    g_autoptr(GString) converted = g_string_sized_new(length * 3 / 2 + 8);
    gsize bad = convert(converter, bytes, length, converted);
    g_iconv_close(converter);
    if (bad > length / 20)
        return NULL;
    gsize kept;
    g_autofree char *text = copy_without_nul(converted->str, converted->len, &kept);
    return g_utf8_validate(text, (gssize)kept, NULL) ? g_steal_pointer(&text) : NULL;
}

static char *decode_by_class(const char *bytes, gsize length, CharsetClass class, gboolean *is_guess)
{
    gsize kept;
    g_autofree char *text = copy_without_nul(bytes, length, &kept);
    gboolean is_plain = is_ascii(text, kept);
    gboolean is_wrong = FALSE;
    /* Without a declaration mail is US-ASCII (RFC 2045 section 5.2): pure ASCII is no guess then. */
    *is_guess = class == CHARSET_UNKNOWN || (!is_plain && class != CHARSET_UTF8 && class != CHARSET_LATIN1);
    if (is_plain)
        return g_steal_pointer(&text);
    if (class == CHARSET_LATIN1)
        return decode_windows_1252(text);
    char *decoded = decode_likely_utf8(text, kept, &is_wrong);
    *is_guess = *is_guess || is_wrong;
    return decoded;
}

static char *skip_byte_order_mark(char *text)
{
    if (g_str_has_prefix(text, "\xEF\xBB\xBF"))
        memmove(text, text + 3, strlen(text + 3) + 1);
    return text;
}

char *text_from_bytes(const char *bytes, gsize length, const char *charset, gboolean *is_guess)
{
    g_autofree char *name = clean_charset(charset);
    CharsetClass class = classify_charset(name);
    gboolean is_guessed = FALSE;
    char *text = class == CHARSET_OTHER ? decode_by_iconv(bytes, length, name) : NULL;
    if (!text)
        text = decode_by_class(bytes, length, class == CHARSET_OTHER ? CHARSET_UNKNOWN : class, &is_guessed);
    if (is_guess)
        *is_guess = is_guessed;
    return skip_byte_order_mark(text);
}
