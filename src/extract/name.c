/*
 * extract/name.c - a person's name as it is written on an envelope
 *
 * Takes what stood in a header, on a labelled line or in a sentence; gives "John Smith" for "SMITH, John", "john smith" and
 * "'John Smith' via LinkedIn". NULL when it is no name: an address, a number, nothing.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/party_name.h"
#include "usher/base/text.h"

#define MAX_NAME_CHARS 100
#define ACRONYM_CHARS 3

/* Words after a comma that belong to the name as it stands: "Ann Lee, MBE". */
static const char *const suffixes[] = {"mbe",  "dl",    "jp",    "fca",    "ba",     "bsc", "msc", "ma",   "llb",
                                       "rics", "mrics", "frics", "junior", "senior", "obe", "cbe", "phd",  "jr",
                                       "sr",   "ii",    "iii",   "esq",    "kc",     "qc",  "aca", "acca", NULL};

static gboolean has_letter(const char *text)
{
    for (; *text; text = g_utf8_next_char(text)) {
        if (g_unichar_isalpha(g_utf8_get_char(text))) {
            return TRUE;
        }
    }
    return FALSE;
}

/* All of one case, so that the case tells nothing. Short capitals are left: they may be a name as they are. */
static gboolean is_of_one_case(const char *text)
{
    gboolean has_upper = FALSE, has_lower = FALSE;
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        has_upper |= g_unichar_isupper(c);
        has_lower |= g_unichar_islower(c);
    }
    return has_upper != has_lower && (has_lower || g_utf8_strlen(text, -1) > ACRONYM_CHARS);
}

/* Written small within a name: "Ludwig van der Berg", "Rhys ap Owen". */
static const char *const particles[] = {"van", "von", "der", "den", "de",  "del", "della", "di", "da",    "dos", "du",  "la", "le",
                                        "ten", "ter", "zu",  "zum", "bin", "ibn", "ap",    "ab", "ferch", "y",   "and", NULL};

static gboolean is_particle(const char *word)
{
    g_autofree char *folded = text_fold(word);
    return g_strv_contains(particles, folded);
}

/* Where a capital stands within a word: behind a hyphen, behind the apostrophe of O' and D', and behind Mc. */
static gboolean begins_part(const GString *word, gsize part)
{
    const char *written = word->str + part;
    gsize length = word->len - part;
    if (length == 0 || g_str_has_suffix(word->str, "-") || g_str_has_suffix(word->str, "(") || g_str_has_suffix(word->str, ".")) {
        return TRUE;
    }
    if (g_str_has_suffix(written, "'") || g_str_has_suffix(written, "’")) {
        return length <= 1 + strlen("’");
    }
    return g_strcmp0(written, "Mc") == 0;
}

/* "O'BRIEN-JONES" -> "O'Brien-Jones". */
static char *recase(const char *text)
{
    GString *word = g_string_new(NULL);
    gsize part = 0;
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        gboolean is_start = begins_part(word, part);
        if (is_start && (word->len == 0 || word->str[word->len - 1] == '-')) {
            part = word->len;
        }
        g_string_append_unichar(word, is_start ? g_unichar_toupper(c) : g_unichar_tolower(c));
    }
    return g_string_free(word, FALSE);
}

/* TRUE for one surname: one word or two, or particles in front of one ("van der Berg"). */
static gboolean is_surname(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    guint count = g_strv_length(words), particle = 0;
    while (particle + 1 < count && is_particle(words[particle])) {
        particle++;
    }
    return count - particle <= 2;
}

/* "Smith, John" -> "John Smith"; "Smith, John (Dr)" and "Smith, John, MBE" keep what follows. Takes and gives an owned text. */
static char *turn_around(char *take_name)
{
    char *comma = strchr(take_name, ',');
    char *second = comma ? strchr(comma + 1, ',') : NULL;
    if (!comma || (second && strchr(second + 1, ','))) {
        return take_name;
    }
    g_autofree char *last = g_strstrip(g_strndup(take_name, (gsize)(comma - take_name)));
    g_autofree char *first = second ? g_strndup(comma + 1, (gsize)(second - comma - 1)) : g_strdup(comma + 1);
    g_strstrip(first);
    g_autofree char *folded = text_fold(first);
    gboolean is_suffix = g_strv_contains(suffixes, folded) || party_word_is_legal_form(first);
    if (!*last || !*first || is_suffix || !is_surname(last)) {
        return take_name;
    }
    g_autofree char *rest = g_strdup(second ? second : "");
    g_free(take_name);
    return g_strdup_printf("%s %s%s", first, last, rest);
}

/* Cuts what senders add to names: an address in brackets, "via Network". */
static void cut_additions(char *name)
{
    static const char *const additions[] = {" via ", " (", " <", NULL};
    for (guint i = 0; additions[i]; i++) {
        char *at = strstr(name, additions[i]);
        if (at && at > name) {
            *at = '\0';
        }
    }
}

/* Words in the wrong case get the usual one; `is_whole`: all of the name is of one case, which tells nothing then. */
static void recase_words(char **words, gboolean is_whole)
{
    for (guint i = 0; words[i]; i++) {
        gboolean is_shouted =
            g_utf8_strlen(words[i], -1) > ACRONYM_CHARS && is_of_one_case(words[i]) && g_unichar_isupper(g_utf8_get_char(words[i]));
        if (!is_whole && !is_shouted) {
            continue;
        }
        gboolean is_small = i > 0 && words[i + 1] && is_particle(words[i]);
        char *word = is_small ? g_utf8_strdown(words[i], -1) : recase(words[i]);
        g_free(words[i]);
        words[i] = word;
    }
}

char *extract_normalise_name(const char *raw)
{
    char *name = text_to_line(raw, MAX_NAME_CHARS);
    cut_additions(name);
    gsize length = strcspn(name, "\"") == 0 || *name == '\'' ? strlen(name) : 0;
    if (length > 1 && name[length - 1] == *name) {
        memmove(name, name + 1, length - 2);
        name[length - 2] = '\0';
    }
    g_strstrip(name);
    if (!has_letter(name) || strchr(name, '@') || strstr(name, "://") || strpbrk(name, "0123456789")) {
        g_free(name);
        return NULL;
    }
    name = turn_around(name);
    g_auto(GStrv) words = g_strsplit(name, " ", -1);
    recase_words(words, is_of_one_case(name));
    g_free(name);
    return g_strjoinv(" ", words);
}
