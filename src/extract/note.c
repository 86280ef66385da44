/*
 * extract/note.c - how many people does a colleague's note tell of?
 *
 * Takes the fields' own patterns and counts the different names and addresses that they find in the subject and the text; the greater number is the
 * answer. A busy person writes two enquirers into one mail: one lead of it would lose the second, or give one the number of the other, so such a
 * note goes to a person. Counting one too many costs a look, one too few an enquiry.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_TOLD 20     /* more than that is no note of one person either way */
#define MAX_MATCHES 200 /* of one pattern in one text */

/* ---- names ---- */

/* The words of a name without its title, folded. */
static char **split_name(const char *name)
{
    static const char *const titles[] = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", NULL};
    g_autofree char *folded = text_fold(name);
    char **words = g_strsplit_set(folded, " .", -1);
    guint kept = 0;
    for (guint i = 0; words[i]; i++) {
        if (!*words[i] || g_strv_contains(titles, words[i])) {
            g_free(words[i]);
        } else {
            words[kept++] = words[i];
        }
    }
    words[kept] = NULL;
    return words;
}

static gboolean holds_all(char **words, char **sought)
{
    for (guint i = 0; sought[i]; i++) {
        if (!g_strv_contains((const char *const *)words, sought[i])) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean extract_is_same_name(const char *one, const char *other)
{
    g_auto(GStrv) first = split_name(one);
    g_auto(GStrv) second = split_name(other);
    return holds_all(first, second) || holds_all(second, first);
}

static gboolean is_same_address(const char *one, const char *other)
{
    return strcmp(one, other) == 0;
}

/* ---- counting ---- */

typedef gboolean (*IsSame)(const char *one, const char *other);

typedef struct {
    const Extracting *work;
    const FieldRule *rule;
    const char *referrer; /* is not one of them; NULL */
    IsSame is_same;
    GPtrArray *found; /* char* */
} Count;

static gboolean is_of_firm(const Count *count, const char *value)
{
    const Settings *settings = count->work->settings;
    if (count->rule->type == FIELD_EMAIL) {
        return settings_is_own_address(settings, value) || extract_is_robot(value);
    }
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        if (extract_is_same_name(person->name, value)) {
            return TRUE;
        }
    }
    return FALSE;
}

static void add_value(const Count *count, const char *raw)
{
    g_autofree char *value = extract_normalise(count->rule, raw, count->work->settings, count->work->written);
    if (!value || is_of_firm(count, value) || (count->referrer && count->is_same(count->referrer, value))) {
        return;
    }
    for (guint i = 0; i < count->found->len; i++) {
        if (count->is_same(g_ptr_array_index(count->found, i), value)) {
            return;
        }
    }
    if (count->found->len < MAX_TOLD) {
        g_ptr_array_add(count->found, g_steal_pointer(&value));
    }
}

static void add_matches(const Count *count, const GPtrArray *patterns, const char *text, gsize length)
{
    g_autoptr(PatternText) searched = pattern_text_new(text, length);
    for (guint i = 0; i < patterns->len; i++) {
        const PatternRule *rule = g_ptr_array_index(patterns, i);
        PatternMatch match;
        gsize start = 0;
        for (guint n = 0; n < MAX_MATCHES && pattern_match_text(rule->pattern, searched, start, &match) == PATTERN_MATCH; n++) {
            guint group = pattern_get_value_group(rule->pattern, &match);
            if (match.start[group] != G_MAXSIZE) {
                g_autofree char *raw = g_strndup(text + match.start[group], match.end[group] - match.start[group]);
                add_value(count, raw);
            }
            start = MAX(match.end[0], match.start[0] + 1);
            while (start < length && ((guchar)text[start] & 0xC0) == 0x80) {
                start++;
            }
        }
    }
}

static void add_labelled(const Count *count)
{
    const GPtrArray *lines = count->work->message->labelled;
    for (guint i = 0; i < lines->len; i++) {
        const LabelledLine *line = g_ptr_array_index(lines, i);
        gboolean is_read = count->work->offset >= 0 && line->start >= (gsize)count->work->offset &&
                           line->start < (gsize)count->work->offset + count->work->length;
        if (is_read && extract_find_label(count->work->rulebook, line->label) == count->rule) {
            add_value(count, line->value);
        }
    }
}

static guint count_values(const Extracting *work, const char *field, const char *referrer, IsSame is_same)
{
    const FieldRule *rule = rulebook_find_field(work->rulebook, field);
    if (!rule) {
        return 0;
    }
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    Count count = {work, rule, field_find_value(work->extraction->fields, referrer), is_same, found};
    const GPtrArray *patterns = rule->type == FIELD_EMAIL ? rule->patterns : rule->told;
    add_labelled(&count);
    add_matches(&count, patterns, work->message->subject, strlen(work->message->subject));
    add_matches(&count, patterns, work->text, work->length);
    return found->len;
}

guint extract_count_told(const Extracting *work)
{
    guint names = count_values(work, "name", "referrer_name", extract_is_same_name);
    guint addresses = count_values(work, "email", "referrer_email", is_same_address);
    return MAX(names, addresses);
}
