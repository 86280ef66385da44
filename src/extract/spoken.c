/*
 * extract/spoken.c - numbers said in words -> the same text with digits
 *
 * "five thousand pounds" -> "5 thousand pounds", "a couple of weeks" -> "2 weeks", "half a million" -> "0.5 million", "twenty-five" -> "25". What
 * is no number stays as it is; words of size (thousand, million, grand) stay for whoever reads sums. `extract_write_dialled` reads a
 * telephone number as it is dictated, digit by digit: "oh one one seven, four nine six, double oh one two".
 */
#include "parts.h"

#include <string.h>

typedef enum { WORD_UNIT, WORD_TEN, WORD_HUNDRED } WordSize;

static const struct {
    const char *word;
    guint value;
    WordSize size;
} numbers[] = {
    {"one", 1, WORD_UNIT},          {"two", 2, WORD_UNIT},        {"three", 3, WORD_UNIT},     {"four", 4, WORD_UNIT},
    {"five", 5, WORD_UNIT},         {"six", 6, WORD_UNIT},        {"seven", 7, WORD_UNIT},     {"eight", 8, WORD_UNIT},
    {"nine", 9, WORD_UNIT},         {"ten", 10, WORD_UNIT},       {"eleven", 11, WORD_UNIT},   {"twelve", 12, WORD_UNIT},
    {"dozen", 12, WORD_UNIT},       {"thirteen", 13, WORD_UNIT},  {"fourteen", 14, WORD_UNIT}, {"fifteen", 15, WORD_UNIT},
    {"sixteen", 16, WORD_UNIT},     {"seventeen", 17, WORD_UNIT}, {"eighteen", 18, WORD_UNIT}, {"nineteen", 19, WORD_UNIT},
    {"twenty", 20, WORD_TEN},       {"thirty", 30, WORD_TEN},     {"forty", 40, WORD_TEN},     {"fifty", 50, WORD_TEN},
    {"sixty", 60, WORD_TEN},        {"seventy", 70, WORD_TEN},    {"eighty", 80, WORD_TEN},    {"ninety", 90, WORD_TEN},
    {"hundred", 100, WORD_HUNDRED},
};

/* What stands for a number without being one. The longer first. */
static const struct {
    const char *phrase;
    const char *digits;
} phrases[] = {
    {"one and a half", "1.5"},
    {"two and a half", "2.5"},
    {"three and a half", "3.5"},
    {"quarter of a", "0.25"},
    {"a quarter of a", "0.25"},
    {"half a", "0.5"},
    {"a couple of", "2"},
    {"couple of", "2"},
    {"a few", "3"},
    {"few", "3"},
    {"a dozen", "12"},
    {"a thousand", "1 thousand"},
    {"a grand", "1 grand"},
    {"a million", "1 million"},
};

static gboolean ends_word(char c)
{
    return !g_ascii_isalnum(c) && (guchar)c < 0x80;
}

static gboolean begins_with_words(const char *text, const char *words)
{
    gsize length = strlen(words);
    return g_ascii_strncasecmp(text, words, length) == 0 && ends_word(text[length]);
}

/* The number word at `at`; -1 when none stands there. */
static gint find_number(const char *at)
{
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (begins_with_words(at, numbers[i].word)) {
            return (gint)i;
        }
    }
    return -1;
}

/* Where the next word of the same number begins: behind a blank, a hyphen or "and". NULL when there is none. */
static const char *find_next_word(const char *at, WordSize former)
{
    if (*at != ' ' && *at != '-') {
        return NULL;
    }
    at++;
    return former == WORD_HUNDRED && begins_with_words(at, "and") ? at + strlen("and ") : at;
}

/* Reads "two hundred and fifty"; *end is behind it. FALSE when no number begins at `at`. */
static gboolean read_number_words(const char *at, guint *value, const char **end)
{
    gint number = find_number(at);
    /* "a hundred" is one as well; alone it multiplies what stands before it */
    if (number >= 0 && numbers[number].size == WORD_HUNDRED) {
        return FALSE;
    }
    if (number < 0 && begins_with_words(at, "a") && begins_with_words(at + 2, "hundred")) {
        number = find_number(at + 2);
        at += 2;
    }
    WordSize former = WORD_UNIT;
    *value = 0;
    for (guint words = 0; number >= 0; words++) {
        WordSize size = numbers[number].size;
        gboolean goes_on = words == 0 || (former == WORD_TEN && size == WORD_UNIT && numbers[number].value < 10) ||
                           (former == WORD_HUNDRED && size != WORD_HUNDRED) || (words == 1 && size == WORD_HUNDRED);
        if (!goes_on) {
            return TRUE;
        }
        *value = size == WORD_HUNDRED ? MAX(*value, 1) * 100 : *value + numbers[number].value;
        *end = at + strlen(numbers[number].word);
        former = size;
        at = find_next_word(*end, former);
        number = at ? find_number(at) : -1;
    }
    return *value > 0;
}

static gboolean append_phrase(GString *text, const char *at, const char **end)
{
    for (guint i = 0; i < G_N_ELEMENTS(phrases); i++) {
        if (begins_with_words(at, phrases[i].phrase)) {
            g_string_append(text, phrases[i].digits);
            *end = at + strlen(phrases[i].phrase);
            return TRUE;
        }
    }
    return FALSE;
}

char *extract_write_digits(const char *raw)
{
    GString *text = g_string_sized_new(strlen(raw));
    gboolean is_start = TRUE;
    while (*raw) {
        const char *end = NULL;
        guint value = 0;
        if (is_start && append_phrase(text, raw, &end)) {
            raw = end;
        } else if (is_start && read_number_words(raw, &value, &end)) {
            g_string_append_printf(text, "%u", value);
            raw = end;
        } else {
            is_start = ends_word(*raw);
            g_string_append_c(text, *raw++);
        }
    }
    return g_string_free(text, FALSE);
}

/* ---- telephone numbers ---- */

static gint read_dialled_digit(const char *word)
{
    if (strcmp(word, "oh") == 0 || strcmp(word, "o") == 0 || strcmp(word, "zero") == 0 || strcmp(word, "nought") == 0) {
        return 0;
    }
    gint number = find_number(word);
    return number >= 0 && numbers[number].value < 10 ? (gint)numbers[number].value : -1;
}

char *extract_write_dialled(const char *raw)
{
    g_autofree char *folded = g_utf8_strdown(raw, -1);
    g_auto(GStrv) words = g_strsplit_set(folded, " ,.-\t\n", -1);
    GString *digits = g_string_new(NULL);
    guint times = 1;
    for (guint i = 0; words[i]; i++) {
        gint digit = read_dialled_digit(words[i]);
        if (strcmp(words[i], "double") == 0) {
            times = 2;
        } else if (strcmp(words[i], "triple") == 0 || strcmp(words[i], "treble") == 0) {
            times = 3;
        } else if (digit >= 0) {
            for (; times > 0; times--) {
                g_string_append_c(digits, (char)('0' + digit));
            }
            times = 1;
        } else if (strcmp(words[i], "plus") == 0) {
            g_string_append_c(digits, '+');
        } else if (*words[i] && strcmp(words[i], "hundred") == 0) {
            g_string_append(digits, "00");
        } else if (*words[i]) {
            g_string_append(digits, words[i]);
        }
    }
    return g_string_free(digits, FALSE);
}
