/*
 * qualify/qualify.c - what a lead is worth, what is missing, and where it goes
 *
 * Takes the fields of a Decision and the rules; writes score parts, BANT, tier, contradictions, what is missing, flags and route into it. The rules'
 * conditions look at one row: it is filled here, column by column, as each verdict becomes known, and left as the lead's for the
 * stages that follow (promises, mails).
 *
 * A condition that fails (a limit) is not true; the event says which, so that nobody wonders why a rule was passed over.
 *
 * Every verdict says why: the rule's own words, and the fields it looked at with the words of the mail that gave them.
 */
#include "usher/qualify.h"

#include <string.h>

#define MAX_COLUMN_BYTES (16 * 1024) /* of a text in the row: patterns over longer ones cost more than they tell */
#define MAX_BECAUSE_BYTES 500
#define MAX_SHOWN_BYTES 100

/* Where the character begins in which the byte at `at` lies. */
static gsize find_character_start(const char *text, gsize at)
{
    while (at > 0 && ((guchar)text[at] & 0xC0) == 0x80) {
        at--;
    }
    return at;
}

/* ---- the row ---- */

static void put_text(ConditionSet *row, const char *column, const char *text)
{
    if (!text || strlen(text) <= MAX_COLUMN_BYTES) {
        condition_set_put(row, column, text);
        return;
    }
    g_autofree char *cut = g_strndup(text, find_character_start(text, MAX_COLUMN_BYTES));
    condition_set_put(row, column, cut);
}

/* Whom the lists that the firm gives know of the lead's people. */
static void put_parties(ConditionSet *row, const Decision *decision)
{
    guint exact = 0, near = 0;
    for (guint i = 0; i < decision->conflicts->len; i++) {
        const PartyMatch *match = g_ptr_array_index(decision->conflicts, i);
        exact += match->how != PARTY_BY_NEAR_NAME;
        near += match->how == PARTY_BY_NEAR_NAME;
    }
    condition_set_put_integer(row, "existing_client", decision_find_client(decision) != NULL);
    condition_set_put_integer(row, "conflict", exact > 0);
    condition_set_put_integer(row, "conflict_near", near > 0);
}

static void fill_row(ConditionSet *row, const Decision *decision, const QualifyFacts *facts)
{
    condition_set_clear(row);
    for (guint i = decision->fields->len; i-- > 0;) {
        /* From the last to the first: the first of a name is the one that counts. */
        const Field *field = g_ptr_array_index(decision->fields, i);
        put_text(row, field->name, field->value);
    }
    condition_set_put(row, "track", track_get_name(decision->track));
    condition_set_put(row, "channel", decision->channel);
    condition_set_put(row, "source", decision->source);
    condition_set_put(row, "kind", kind_get_name(decision->kind));
    condition_set_put(row, "status", status_get_name(decision->status));
    put_text(row, "text", facts->text);
    put_text(row, "subject", facts->subject);
    condition_set_put_integer(row, "fields", decision->fields->len);
    condition_set_put_integer(row, "attachments", facts->attachments);
    condition_set_put_integer(row, "own_forward", facts->is_own_forward);
    condition_set_put_integer(row, "person_known", facts->has_person);
    condition_set_put_integer(row, "free_people", facts->free_people);
    condition_set_put_integer(row, "history", decision->is_history);
    condition_set_put_integer(row, "people_told", facts->people_told);
    put_parties(row, decision);
    condition_set_put_integer(row, "guarded", facts->is_guarded);
}

/* ---- conditions ---- */

/* Whether a rule holds; one that cannot be evaluated is told. */
static gboolean holds(Decision *decision, const ConditionRule *rule)
{
    if (!rule->condition) {
        return TRUE;
    }
    ConditionResult result = condition_test(rule->condition);
    if (result == CONDITION_FAILED) {
        g_autofree char *why = condition_explain(rule->condition);
        decision_add_event(decision, "usher", "rule failed", "%s could not be evaluated and does not count: %s", rule->place, why);
    }
    return result == CONDITION_TRUE;
}

/* The field that the next word of the expression names, texts in quotes left out; *at moves behind it. NULL at the end. */
static const Field *find_next_field(const Decision *decision, const char **at)
{
    gboolean is_quoted = FALSE;
    while (**at) {
        if (is_quoted || !(g_ascii_islower(**at) || **at == '_')) {
            is_quoted ^= **at == '\'';
            (*at)++;
            continue;
        }
        gsize length = strspn(*at, "abcdefghijklmnopqrstuvwxyz0123456789_");
        const char *word = *at;
        *at += length;
        for (guint i = 0; i < decision->fields->len; i++) {
            const Field *field = g_ptr_array_index(decision->fields, i);
            if (strncmp(field->name, word, length) == 0 && !field->name[length]) {
                return field;
            }
        }
    }
    return NULL;
}

/* Values and evidence are one clean line already. */
static void append_cut(GString *words, const char *line)
{
    gsize length = strlen(line);
    if (length <= MAX_SHOWN_BYTES) {
        g_string_append_len(words, line, (gssize)length);
        return;
    }
    length = find_character_start(line, MAX_SHOWN_BYTES);
    g_string_append_len(words, line, (gssize)length);
    g_string_append(words, "…");
}

/* "budget 6000 ("a budget of £6k")": the words of the mail where they say it otherwise. */
static void append_field(GString *words, const Field *field)
{
    g_string_append(words, field->name);
    g_string_append_c(words, ' ');
    append_cut(words, field->value);
    if (field->evidence && *field->evidence && g_strcmp0(field->raw, field->value) != 0 && strlen(field->value) < MAX_SHOWN_BYTES) {
        g_string_append(words, " (\"");
        append_cut(words, field->evidence);
        g_string_append(words, "\")");
    }
}

/* The rule's own words, and the fields it looked at; what stands in no field is named with its value. */
static char *explain_rule(const Decision *decision, const char *because, const ConditionRule *rule)
{
    GString *words = g_string_new(because);
    const char *at = rule->condition ? condition_get_text(rule->condition) : "";
    gsize bare = words->len;
    const Field *last = NULL;
    for (const Field *field = find_next_field(decision, &at); field && words->len < MAX_BECAUSE_BYTES;
         field = find_next_field(decision, &at)) {
        if (field != last) {
            g_string_append(words, words->len > bare ? ", " : bare > 0 ? ": " : "");
            append_field(words, field);
        }
        last = field;
    }
    if (words->len == bare && rule->condition) {
        g_autofree char *values = condition_explain(rule->condition);
        g_string_append_printf(words, "%s%s", bare > 0 ? ": " : "", values ? values : "");
    }
    return g_string_free(words, FALSE);
}

/* ---- the verdicts ---- */

static void find_missing(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->fields->len; i++) {
        const FieldRule *rule = g_ptr_array_index(rulebook->fields, i);
        if (rule->required[decision->track] && !field_find(decision->fields, rule->name)) {
            g_ptr_array_add(decision->missing, g_strdup(rule->name));
        }
    }
    condition_set_put_integer(rulebook->conditions, "missing", decision->missing->len);
}

static void find_contradictions(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->contradictions->len; i++) {
        const ContradictionRule *rule = g_ptr_array_index(rulebook->contradictions, i);
        if (holds(decision, &rule->when)) {
            g_ptr_array_add(decision->contradictions,
                            explain_rule(decision, rule->because ? rule->because : rule->name, &rule->when));
        }
    }
}

static void judge_bant(Decision *decision, const Rulebook *rulebook)
{
    guint met = 0, known = 0;
    for (guint i = 0; i < BANT_COUNT; i++) {
        const BantRule *rule = &rulebook->bant[i];
        BantVerdict *verdict = &decision->bant[i];
        if (!rule->is_defined) {
            continue;
        }
        ConditionResult result = rule->met.condition ? condition_evaluate(rule->met.condition) : CONDITION_UNKNOWN;
        gboolean is_known_by_itself = result == CONDITION_TRUE || result == CONDITION_FALSE;
        verdict->is_met = result == CONDITION_TRUE;
        verdict->is_known = verdict->is_met || (rule->known.condition ? holds(decision, &rule->known) : is_known_by_itself);
        verdict->rule = g_strdup(rule->met.place);
        verdict->because = verdict->is_met     ? explain_rule(decision, rule->because ? rule->because : "", &rule->met)
                           : verdict->is_known ? explain_rule(decision, "known, but not met", &rule->met)
                                               : g_strdup("not known");
        met += verdict->is_met;
        known += verdict->is_known;
    }
    condition_set_put_integer(rulebook->conditions, "contradictions", decision->contradictions->len);
    condition_set_put_integer(rulebook->conditions, "bant", met);
    condition_set_put_integer(rulebook->conditions, "bant_known", known);
}

static void add_score(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->score->len; i++) {
        const ScoreRule *rule = g_ptr_array_index(rulebook->score, i);
        if (!holds(decision, &rule->when)) {
            continue;
        }
        g_autofree char *because = explain_rule(decision, rule->because ? rule->because : "", &rule->when);
        g_ptr_array_add(decision->score_parts, score_part_new(rule->name, rule->points, because));
        decision->score += rule->points;
    }
    condition_set_put_integer(rulebook->conditions, "score", decision->score);
}

static void choose_tier(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->tiers->len && !decision->tier; i++) {
        const TierRule *rule = g_ptr_array_index(rulebook->tiers, i);
        if (holds(decision, &rule->when)) {
            decision->tier = g_strdup(rule->name);
        }
    }
    condition_set_put(rulebook->conditions, "tier", decision->tier);
}

static void set_flags(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->named->len; i++) {
        const NamedCondition *named = g_ptr_array_index(rulebook->named, i);
        if (holds(decision, &named->when)) {
            g_ptr_array_add(decision->flags, g_strdup(named->name));
        }
    }
}

/*
 * The order is that of what may be asked: contradictions and BANT over the fields, the score over these too, the tier over the score, the named
 * conditions over all of it. Each step that changes the row costs an UPDATE, so contradictions and BANT share one.
 */
void qualify_judge(Decision *decision, const QualifyFacts *facts, const Rulebook *rulebook)
{
    fill_row(rulebook->conditions, decision, facts);
    find_missing(decision, rulebook);
    find_contradictions(decision, rulebook);
    judge_bant(decision, rulebook);
    add_score(decision, rulebook);
    choose_tier(decision, rulebook);
    set_flags(decision, rulebook);
}
