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
#define MAX_LIKELY_VALUE 1e12

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
    condition_set_put_integer(row, "partner_fits", facts->has_partner);
    put_parties(row, decision);
    condition_set_put_integer(row, "guarded", facts->is_guarded);
}

/* ---- conditions ---- */

static void tell_failure(Decision *decision, const ConditionRule *rule)
{
    g_autofree char *why = condition_explain(rule->condition);
    decision_add_event(decision, "usher", "rule failed", "%s could not be evaluated and does not count: %s", rule->place, why);
}

/* Whether a rule holds; one that cannot be evaluated is told. */
static gboolean holds(Decision *decision, const ConditionRule *rule)
{
    if (!rule->condition) {
        return TRUE;
    }
    ConditionResult result = condition_test(rule->condition);
    if (result == CONDITION_FAILED) {
        tell_failure(decision, rule);
    }
    return result == CONDITION_TRUE;
}

/* The next word of the expression, texts in quotes left out; *at moves behind it. 0 at the end. */
static gsize find_next_word(const char **at, const char **word)
{
    gboolean is_quoted = FALSE;
    while (**at) {
        if (is_quoted || !(g_ascii_islower(**at) || **at == '_')) {
            is_quoted ^= **at == '\'';
            (*at)++;
            continue;
        }
        gsize length = strspn(*at, "abcdefghijklmnopqrstuvwxyz0123456789_");
        *word = *at;
        *at += length;
        return length;
    }
    return 0;
}

static const Field *find_field(const Decision *decision, const char *name, gsize length)
{
    for (guint i = 0; i < decision->fields->len; i++) {
        const Field *field = g_ptr_array_index(decision->fields, i);
        if (strncmp(field->name, name, length) == 0 && !field->name[length]) {
            return field;
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

/* "6000 ("a budget of £6k")" */
static void append_value(GString *words, const Field *field, gboolean with_words)
{
    append_cut(words, field->value);
    if (field->evidence && *field->evidence && with_words && strlen(field->value) < MAX_SHOWN_BYTES) {
        g_string_append(words, " (\"");
        append_cut(words, field->evidence);
        g_string_append(words, "\")");
    }
}

/* "budget 6000 ("a budget of £6k")": the words of the mail where they say it otherwise. */
static void append_field(GString *words, const Field *field)
{
    g_string_append(words, field->name);
    g_string_append_c(words, ' ');
    append_value(words, field, g_strcmp0(field->raw, field->value) != 0);
}

/* A because while it is written. */
typedef struct {
    const Decision *decision;
    const Rulebook *rulebook;
    GString *words;
    gsize bare;        /* length of the rule's own words */
    const Field *last; /* the field named last: it is not named twice in a row */
} Explaining;

static void append_once(Explaining *work, const Field *field)
{
    if (field != work->last) {
        g_string_append(work->words, work->words->len > work->bare ? ", " : work->bare > 0 ? ": " : "");
        append_field(work->words, field);
    }
    work->last = field;
}

/* The fields that the condition looks at, also those behind a fact. */
static void append_fields(Explaining *work, const Condition *condition)
{
    const char *at = condition_get_text(condition), *word = NULL;
    for (gsize length = find_next_word(&at, &word); length > 0 && work->words->len < MAX_BECAUSE_BYTES;
         length = find_next_word(&at, &word)) {
        const Field *field = find_field(work->decision, word, length);
        const NamedCondition *fact = field ? NULL : rulebook_find_fact(work->rulebook, word, length);
        if (field) {
            append_once(work, field);
        } else if (fact && fact->when.condition && fact->when.condition != condition) {
            append_fields(work, fact->when.condition); /* a fact names no other fact, so this ends here */
        }
    }
}

/* The rule's own words, and the fields it looked at; what stands in no field is named with its value. */
static char *explain_rule(const Decision *decision, const char *because, const ConditionRule *rule, const Rulebook *rulebook)
{
    Explaining work = {decision, rulebook, g_string_new(because), strlen(because), NULL};
    if (rule->condition) {
        append_fields(&work, rule->condition);
    }
    if (work.words->len == work.bare && rule->condition) {
        g_autofree char *values = condition_explain(rule->condition);
        g_string_append_printf(work.words, "%s%s", work.bare > 0 ? ": " : "", values ? values : "");
    }
    return g_string_free(work.words, FALSE);
}

/* ---- the verdicts ---- */

static void find_missing(Decision *decision, const Rulebook *rulebook)
{
    guint required = 0;
    for (guint i = 0; i < rulebook->fields->len; i++) {
        const FieldRule *rule = g_ptr_array_index(rulebook->fields, i);
        required += rule->required[decision->track];
        if (rule->required[decision->track] && !field_find(decision->fields, rule->name)) {
            g_ptr_array_add(decision->missing, g_strdup(rule->name));
        }
    }
    decision->completeness = required > 0 ? 100 * (required - decision->missing->len) / required : 100;
    condition_set_put_integer(rulebook->conditions, "missing", decision->missing->len);
    condition_set_put_integer(rulebook->conditions, "completeness", decision->completeness);
}

/* What several rules ask is asked once; a fact that cannot be judged is told like any rule. */
static void judge_facts(Decision *decision, const Rulebook *rulebook)
{
    g_autofree ConditionResult *results = rulebook_put_facts(rulebook);
    for (guint i = 0; i < rulebook->facts->len; i++) {
        const NamedCondition *fact = g_ptr_array_index(rulebook->facts, i);
        if (results[i] == CONDITION_TRUE) {
            g_ptr_array_add(decision->flags, g_strdup(fact->name));
        } else if (results[i] == CONDITION_FAILED) {
            tell_failure(decision, &fact->when);
        }
    }
}

/* "names two budgets: budget 50000 ("Budget: £50,000"), but 5000 ("our budget is £5,000")" */
static char *explain_rival(const char *because, const Field *field, const Field *rival)
{
    GString *words = g_string_new(because);
    g_string_append_printf(words, ": %s ", field->name);
    append_value(words, field, TRUE);
    g_string_append(words, ", but ");
    append_value(words, rival, TRUE);
    return g_string_free(words, FALSE);
}

static void find_contradictions(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->contradictions->len; i++) {
        const ContradictionRule *rule = g_ptr_array_index(rulebook->contradictions, i);
        const char *because = rule->because ? rule->because : rule->name;
        const Field *rival = rule->differs ? field_find(decision->rivals, rule->differs) : NULL;
        const Field *field = rival ? field_find(decision->fields, rule->differs) : NULL;
        if ((rule->differs && !field) || !holds(decision, &rule->when)) {
            continue;
        }
        g_ptr_array_add(decision->contradictions,
                        field ? explain_rival(because, field, rival) : explain_rule(decision, because, &rule->when, rulebook));
    }
}

static void judge_bant(Decision *decision, const Rulebook *rulebook, guint *met_count, guint *known_count)
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
        verdict->because = verdict->is_met     ? explain_rule(decision, rule->because ? rule->because : "", &rule->met, rulebook)
                           : verdict->is_known ? explain_rule(decision, "known, but not met", &rule->met, rulebook)
                                               : g_strdup("not known");
        met += verdict->is_met;
        known += verdict->is_known;
    }
    *met_count = met;
    *known_count = known;
}

/* A sum in the field, in whole pounds; 0 when it is none (another currency, say). */
static gint64 read_likely_value(const Decision *decision, const char *name)
{
    const char *value = field_find_value(decision->fields, name);
    char *end = NULL;
    double number = value ? g_ascii_strtod(value, &end) : 0;
    return value && end != value && !*end && number > 0 && number < MAX_LIKELY_VALUE ? (gint64)number : 0;
}

static DimensionVerdict *make_verdict(const Decision *decision, const Dimension *dimension, const VerdictRule *rule,
                                      const Rulebook *rulebook)
{
    g_autofree char *because = explain_rule(decision, rule->because ? rule->because : "", &rule->when, rulebook);
    DimensionVerdict *verdict = dimension_verdict_new(dimension->name, rule->name, rule->place, because);
    verdict->said = g_strdup(rule->said);
    verdict->likely_value = rule->likely_field ? read_likely_value(decision, rule->likely_field) : rule->likely_value;
    return verdict;
}

static const VerdictRule *find_verdict(Decision *decision, const Dimension *dimension)
{
    for (guint i = 0; i < dimension->verdicts->len; i++) {
        const VerdictRule *rule = g_ptr_array_index(dimension->verdicts, i);
        if (holds(decision, &rule->when)) {
            return rule;
        }
    }
    return NULL;
}

static void judge_dimensions(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->dimensions->len; i++) {
        const Dimension *dimension = g_ptr_array_index(rulebook->dimensions, i);
        const VerdictRule *rule = find_verdict(decision, dimension);
        if (rule) {
            DimensionVerdict *verdict = make_verdict(decision, dimension, rule, rulebook);
            g_ptr_array_add(decision->dimensions, verdict);
            decision->likely_value = decision->likely_value ? decision->likely_value : verdict->likely_value;
        }
    }
    for (guint i = 0; i < decision->dimensions->len; i++) {
        const DimensionVerdict *verdict = g_ptr_array_index(decision->dimensions, i);
        condition_set_put(rulebook->conditions, verdict->dimension, verdict->verdict);
    }
    if (decision->likely_value > 0) {
        condition_set_put_integer(rulebook->conditions, "likely_value", decision->likely_value);
    }
}

static void add_score(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->score->len; i++) {
        const ScoreRule *rule = g_ptr_array_index(rulebook->score, i);
        if (!holds(decision, &rule->when)) {
            continue;
        }
        g_autofree char *because = explain_rule(decision, rule->because ? rule->because : "", &rule->when, rulebook);
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

static void add_flags(Decision *decision, const GPtrArray *named)
{
    for (guint i = 0; i < named->len; i++) {
        const NamedCondition *condition = g_ptr_array_index(named, i);
        if (holds(decision, &condition->when)) {
            g_ptr_array_add(decision->flags, g_strdup(condition->name));
        }
    }
}

/*
 * The order is that of what may be asked: facts over the fields, contradictions, BANT and the dimensions over these too, the score over those, the tier over
 * the score, the named conditions over all of it. Each step that changes the row costs an UPDATE, so nothing is put before all of its step is judged.
 */
void qualify_judge(Decision *decision, const QualifyFacts *facts, const Rulebook *rulebook)
{
    guint met = 0, known = 0;
    fill_row(rulebook->conditions, decision, facts);
    find_missing(decision, rulebook);
    judge_facts(decision, rulebook);
    find_contradictions(decision, rulebook);
    judge_bant(decision, rulebook, &met, &known);
    judge_dimensions(decision, rulebook);
    condition_set_put_integer(rulebook->conditions, "contradictions", decision->contradictions->len);
    condition_set_put_integer(rulebook->conditions, "bant", met);
    condition_set_put_integer(rulebook->conditions, "bant_known", known);
    add_score(decision, rulebook);
    choose_tier(decision, rulebook);
    add_flags(decision, rulebook->named);
}
