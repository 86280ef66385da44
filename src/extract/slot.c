/*
 * extract/slot.c - which of the times we offered a reply takes
 *
 * Takes what was newly said and the times; gives the one that it names by its weekday, its date, its hour or its place ("the first"), when it names only one
 * of them and refuses nothing. All else ("Tuesday is no good, what about Thursday?") is for a person to read.
 */
#include "usher/extract.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_SAID_CHARS 1000

static gboolean has_word(const char *said, const char *word)
{
    gsize length = strlen(word);
    for (const char *at = strstr(said, word); at; at = strstr(at + 1, word)) {
        gboolean is_start = at == said || !g_ascii_isalnum(at[-1]);
        if (is_start && !g_ascii_isalnum(at[length])) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean has_any(const char *said, const char *const *words)
{
    for (guint i = 0; words[i]; i++) {
        if (has_word(said, words[i])) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_refusing(const char *said)
{
    static const char *const words[] = {"not",     "no",     "cannot",  "can't",   "cant",          "don't", "doesn't",
                                        "won't",   "isn't",  "neither", "instead", "unfortunately", "sorry", "but",
                                        "another", "rather", "afraid",  "either",  "both",          NULL};
    return has_any(said, words);
}

/* TRUE when one of the forms (strftime, as people write) of the local time stands in the text. */
static gboolean names(const char *said, GDateTime *local, const char *const *forms)
{
    for (guint i = 0; forms[i]; i++) {
        g_autofree char *form = g_date_time_format(local, forms[i]);
        g_autofree char *lower = g_utf8_strdown(form, -1);
        g_strstrip(lower);
        if (has_word(said, lower)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean names_day(const char *said, GDateTime *local)
{
    static const char *const forms[] = {"%A",    "%a",    "%-d %B", "%-d %b", "%B %-d", "%-d/%-m",
                                        "%d/%m", "%-dth", "%-dst",  "%-dnd",  "%-drd",  NULL};
    return names(said, local, forms);
}

static gboolean names_hour(const char *said, GDateTime *local)
{
    static const char *const sharp[] = {"%-l%P", "%-l %P", "%-l.%M%P", "%-l:%M%P", "%H:%M", "%-H:%M", "%-l.%M", "%-l:%M", NULL};
    static const char *const other[] = {"%-l.%M%P", "%-l:%M%P", "%-l.%M %P", "%H:%M", "%-l.%M", "%-l:%M", NULL};
    return names(said, local, g_date_time_get_minute(local) == 0 ? sharp : other);
}

static gboolean names_place(const char *said, guint index)
{
    static const char *const places[][4] = {{"first", "former", "earlier", NULL}, {"second", "latter", "later", NULL}};
    return index < G_N_ELEMENTS(places) && has_any(said, places[index]);
}

/* The only one that a question finds: its index; -1: none, -2: several. */
static int find_only(const char *said, const GPtrArray *slots, GTimeZone *zone, gboolean by_hour)
{
    int found = -1;
    for (guint i = 0; i < slots->len; i++) {
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(((const SlotOffer *)g_ptr_array_index(slots, i))->at);
        g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, zone) : NULL;
        gboolean is_named = local && (by_hour ? names_hour(said, local) : names_day(said, local) || names_place(said, i));
        if (is_named) {
            found = found == -1 ? (int)i : -2;
        }
    }
    return found;
}

const SlotOffer *extract_find_slot(const char *text, const GPtrArray *slots, GTimeZone *zone)
{
    g_autofree char *block = text_to_block(text, MAX_SAID_CHARS);
    g_autofree char *said = g_utf8_strdown(block, -1);
    for (char *at = strstr(said, "’"); at; at = strstr(at, "’")) {
        memmove(at + 1, at + strlen("’"), strlen(at + strlen("’")) + 1);
        *at = '\'';
    }
    int by_day = find_only(said, slots, zone, FALSE), by_hour = find_only(said, slots, zone, TRUE);
    gboolean is_clear = !is_refusing(said) && by_day != -2 && by_hour != -2 && (by_day < 0 || by_hour < 0 || by_day == by_hour);
    int chosen = by_day >= 0 ? by_day : by_hour;
    return is_clear && chosen >= 0 ? g_ptr_array_index(slots, (guint)chosen) : NULL;
}
