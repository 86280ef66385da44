/*
 * extract/name.c - a person's name as it is written on an envelope
 *
 * Takes what stood in a header, on a labelled line or in a sentence; gives "John Smith" for "SMITH, John", "john smith" and
 * "'John Smith' via LinkedIn". NULL when it is no name: an address, a number, nothing.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_NAME_CHARS 100
#define ACRONYM_CHARS 3

/* Words after a comma that belong to the name as it stands: "Ann Lee, MBE". */
static const char *const suffixes[] = {"mbe", "obe", "cbe", "phd", "jr", "sr", "ii",  "iii",  "ltd", "limited",
                                       "llp", "plc", "inc", "esq", "kc", "qc", "aca", "acca", NULL};

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

/* "O'BRIEN-JONES" -> "O'Brien-Jones": a capital at each start of a part, small letters else. */
static char *recase(const char *text)
{
    GString *name = g_string_new(NULL);
    gboolean is_start = TRUE;
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        g_string_append_unichar(name, is_start ? g_unichar_toupper(c) : g_unichar_tolower(c));
        is_start = !g_unichar_isalpha(c);
    }
    return g_string_free(name, FALSE);
}

/* "Smith, John" -> "John Smith". Takes and gives an owned text. */
static char *turn_around(char *take_name)
{
    char *comma = strchr(take_name, ',');
    if (!comma || strchr(comma + 1, ',')) {
        return take_name;
    }
    g_autofree char *last = g_strstrip(g_strndup(take_name, (gsize)(comma - take_name)));
    g_autofree char *first = g_strstrip(g_strdup(comma + 1));
    g_autofree char *folded = text_fold(first);
    if (!*last || !*first || g_strv_contains(suffixes, folded) || strchr(last, ' ') != strrchr(last, ' ')) {
        return take_name;
    }
    g_free(take_name);
    return g_strdup_printf("%s %s", first, last);
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
    gboolean is_whole = is_of_one_case(name);
    for (guint i = 0; words[i]; i++) {
        if (is_whole || (g_utf8_strlen(words[i], -1) > ACRONYM_CHARS && is_of_one_case(words[i]) &&
                         g_unichar_isupper(g_utf8_get_char(words[i])))) {
            char *word = recase(words[i]);
            g_free(words[i]);
            words[i] = word;
        }
    }
    g_free(name);
    return g_strjoinv(" ", words);
}
