/*
 * extract/rivals.c - a second value of a field that does not go with the first
 *
 * Takes a message whose fields are found; adds to the Extraction, for each contradiction rule with `differs`, the first other value that the same mail
 * gives of that field, with its own evidence. No rival is no failure: people mostly say a thing once.
 *
 * People write more sums and more "as soon as possible" than they mean as an answer, so little is taken for a rival: a labelled line against another
 * one, a labelled line against the person's own words, one sentence against another only where the same pattern found both, and never where the
 * two are close to each other (`by`).
 */
#include "parts.h"

#include <string.h>

#include "usher/base/party_name.h"

#define MAX_TRIES 4 /* values that agree with the first, before no more are looked at */

/* ---- where something was said ---- */

static ContradictionPlace find_place(const Field *field)
{
    if (strstr(field->rule, " signature")) {
        return SAID_IN_SIGNATURE;
    }
    return g_str_has_suffix(field->rule, " label") || g_str_has_prefix(field->rule, "channels/") ? SAID_ON_LABEL : SAID_IN_TEXT;
}

/* ---- whether two values differ ---- */

static gboolean read_number(const char *value, double *number)
{
    char *end = NULL;
    *number = g_ascii_strtod(value, &end);
    return end != value && !*end;
}

/* Sums in two currencies cannot be compared. */
static gboolean is_other_number(const char *one, const char *other, guint by)
{
    double a = 0, b = 0;
    if (!read_number(one, &a) || !read_number(other, &b) || a == b) {
        return FALSE;
    }
    return MAX(a, b) >= MIN(a, b) * by;
}

static guint find_choice_number(const FieldRule *rule, const char *value)
{
    for (guint i = 0; i < rule->choices->len; i++) {
        if (strcmp(((const FieldChoice *)g_ptr_array_index(rule->choices, i))->value, value) == 0) {
            return i;
        }
    }
    return 0;
}

/* The words of a name without its legal form, each between blanks. */
static char *join_words(const char *text)
{
    g_autoptr(GPtrArray) names = party_names_read(text);
    const PartyName *name = names->len > 0 ? g_ptr_array_index(names, 0) : NULL;
    GString *words = g_string_new(" ");
    for (guint i = 0; name && i < name->words->len; i++) {
        g_string_append_printf(words, "%s ", ((const PartyWord *)g_ptr_array_index(name->words, i))->text);
    }
    return g_string_free(words, FALSE);
}

/* "Acme" and "The Acme Group Ltd" go together. */
static gboolean is_other_text(const char *one, const char *other)
{
    g_autofree char *a = join_words(one), *b = join_words(other);
    return strlen(a) > 1 && strlen(b) > 1 && !strstr(a, b) && !strstr(b, a);
}

static gboolean is_other(const FieldRule *rule, const char *one, const char *other, guint by)
{
    if (rule->type == FIELD_MONEY || rule->type == FIELD_NUMBER) {
        return is_other_number(one, other, by);
    }
    if (rule->type == FIELD_CHOICE) {
        gint apart = (gint)find_choice_number(rule, one) - (gint)find_choice_number(rule, other);
        return (guint)ABS(apart) >= by;
    }
    return is_other_text(one, other);
}

/* ---- looking for it ---- */

typedef struct {
    Extracting *work;
    const ContradictionRule *rule;
    const FieldRule *field_rule;
    const Field *first;
} Search;

/* Keeps the value when it is a rival; takes it in any case. */
static gboolean take_rival(const Search *search, Field *take_found)
{
    g_autoptr(Field) found = take_found;
    if (!found || !is_other(search->field_rule, search->first->value, found->value, search->rule->by)) {
        return FALSE;
    }
    g_ptr_array_add(search->work->extraction->rivals, g_steal_pointer(&found));
    return TRUE;
}

static gboolean overlaps(const Field *field, gsize start, gsize end)
{
    return strcmp(field->where, "text") == 0 && field->start < end && start < field->start + field->length;
}

static gboolean find_on_labels(const Search *search)
{
    const Extracting *work = search->work;
    const GPtrArray *lines = work->message->labelled;
    gboolean reads_labels = work->offset >= 0 && (!work->channel || work->channel->reads_labels);
    for (guint i = 0; i < lines->len && reads_labels; i++) {
        const LabelledLine *line = g_ptr_array_index(lines, i);
        gsize start = line->start, end = line->start + line->length, from = (gsize)work->offset;
        if (start < from || end > from + work->length || overlaps(search->first, start, end) ||
            extract_find_label(work->rulebook, line->label) != search->field_rule) {
            continue;
        }
        if (take_rival(search, extract_read_value(work, search->field_rule, start, end))) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Between two places of the words that are read. What was found by the same pattern of the text may be said twice on purpose. */
static gboolean find_between(const Search *search, gsize from, gsize to)
{
    gboolean is_from_text = find_place(search->first) == SAID_IN_TEXT;
    for (guint tries = 0; tries < MAX_TRIES && from < to; tries++) {
        gsize end = 0;
        Field *found = extract_read_between(search->work, search->field_rule, from, to, &end);
        if (!found || (is_from_text && strcmp(found->rule, search->first->rule) != 0)) {
            field_free(found);
            return FALSE;
        }
        if (take_rival(search, found)) {
            return TRUE;
        }
        from = MAX(end, from + 1);
    }
    return FALSE;
}

/* The person's own words: of a form what they wrote into the message box, else all that is read. FALSE when they are not known. */
static gboolean find_own_words(const Extracting *work, gsize *from, gsize *to)
{
    const Field *need = field_find(work->extraction->fields, "need");
    *from = 0;
    *to = work->length;
    if (!work->is_notification) {
        return TRUE;
    }
    if (!need || work->offset < 0 || strcmp(need->where, "text") != 0 || need->start < (gsize)work->offset) {
        return FALSE;
    }
    *from = need->start - (gsize)work->offset;
    *to = MIN(*from + need->length, work->length);
    return need->length > 0 && *from < *to;
}

/* The first value itself is no rival: what stands before it is read, and what stands behind it. */
static gboolean find_in_text(const Search *search)
{
    const Extracting *work = search->work;
    const Field *first = search->first;
    gsize from = 0, to = 0;
    if (!find_own_words(work, &from, &to)) {
        return FALSE;
    }
    gsize offset = (gsize)MAX(work->offset, 0);
    if (work->offset < 0 || first->start < offset || !overlaps(first, from + offset, to + offset)) {
        return find_between(search, from, to);
    }
    gsize start = first->start - offset, end = start + first->length;
    return find_between(search, end, to) || (find_place(first) != SAID_IN_TEXT && find_between(search, from, start));
}

static void find_rival(Extracting *work, const ContradictionRule *rule)
{
    const Field *first = field_find(work->extraction->fields, rule->differs);
    Search search = {work, rule, rulebook_find_field(work->rulebook, rule->differs), first};
    if (!first || !search.field_rule || !(rule->places & find_place(first))) {
        return;
    }
    gboolean is_sentence_of_choice = search.field_rule->type == FIELD_CHOICE && find_place(first) == SAID_IN_TEXT;
    if ((rule->places & SAID_ON_LABEL && find_on_labels(&search)) ||
        (rule->places & SAID_IN_TEXT && !is_sentence_of_choice && find_in_text(&search))) {
        return;
    }
    if (rule->places & SAID_IN_SIGNATURE && find_place(first) != SAID_IN_SIGNATURE && work->reads_signature) {
        take_rival(&search, extract_read_signature(work, search.field_rule));
    }
}

void extract_rivals(Extracting *work)
{
    for (guint i = 0; i < work->rulebook->contradictions->len; i++) {
        const ContradictionRule *rule = g_ptr_array_index(work->rulebook->contradictions, i);
        if (rule->differs) {
            find_rival(work, rule);
        }
    }
}
