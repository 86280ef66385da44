/*
 * rulebook/qualify.c - rules/qualify.yaml: thresholds, facts, named conditions, score parts, tiers, BANT and contradictions
 *
 * Takes the file; gives its rules in order, each condition compiled. Every verdict has to say why it came about, so each rule
 * needs its `because`.
 */
#include <string.h>

#include "read.h"
#include "reader.h"

#define MAX_POINTS 1000

/* In the order of judgement: what comes later than something is known nowhere before it. The names of the firm's own facts and dimensions come to these. */
static const char *const after_facts[] = {"contradictions", "bant", "bant_known", "likely_value", NULL};
static const char *const after_verdicts[] = {"score", "tier", "route", "exception", NULL};
static const char *const after_score[] = {"tier", "route", "exception", NULL};
static const char *const after_tier[] = {"route", "exception", NULL};

#define MAX_THRESHOLD G_GINT64_CONSTANT(1000000000000)
#define BECAUSE_REMEDY "say in words why, for the brief and the history: because: a telephone number is given"

void score_rule_free(ScoreRule *rule)
{
    condition_rule_clear(&rule->when);
    g_free(rule->name);
    g_free(rule->because);
    g_free(rule);
}

void named_condition_free(NamedCondition *named)
{
    condition_rule_clear(&named->when);
    g_free(named->name);
    g_free(named);
}

void tier_rule_free(TierRule *tier)
{
    condition_rule_clear(&tier->when);
    g_free(tier->name);
    g_free(tier);
}

void bant_rule_clear(BantRule *rule)
{
    condition_rule_clear(&rule->met);
    condition_rule_clear(&rule->known);
    g_clear_pointer(&rule->because, g_free);
}

void contradiction_rule_free(ContradictionRule *rule)
{
    condition_rule_clear(&rule->when);
    g_free(rule->name);
    g_free(rule->because);
    g_free(rule->ask);
    g_free(rule->differs);
    g_free(rule);
}

static GHashTable *new_seen(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static gboolean is_flag_name(const char *name)
{
    return g_ascii_islower(*name) && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* ---- what the firm names ---- */

gboolean reader_check_column_name(const RulebookReader *reader, const YamlNode *key, const char *name)
{
    if (!is_flag_name(name))
        yaml_problem(key, "\"%.60s\" cannot be a name here: use a-z, 0-9 and _, a letter first", name);
    else if (g_strv_contains(rulebook_template_names, name) || condition_set_has_column(reader->rulebook->conditions, name))
        yaml_problem(key, "\"%s\" is the name of something else already: choose another", name);
    else
        return TRUE;
    return FALSE;
}

/* Numbers that several rules ask for stand here once. */
static void read_thresholds(RulebookReader *reader, const YamlNode *thresholds)
{
    for (guint i = 0, pairs = yaml_get_pairs(thresholds); i < pairs; i++) {
        const char *name = yaml_get_key(thresholds, i);
        gint64 value = 0;
        if (reader_check_column_name(reader, yaml_get_key_node(thresholds, i), name) &&
            yaml_get_integer(yaml_get_value(thresholds, i), -MAX_THRESHOLD, MAX_THRESHOLD, &value))
            condition_set_add_constant(reader->rulebook->conditions, name, value, NULL);
    }
}

static void add_fact_columns(RulebookReader *reader, const YamlNode *facts)
{
    for (guint i = 0, pairs = yaml_get_pairs(facts); i < pairs; i++) {
        const char *name = yaml_get_key(facts, i);
        if (!reader_check_column_name(reader, yaml_get_key_node(facts, i), name))
            continue;
        condition_set_add_column(reader->rulebook->conditions, name, COLUMN_INTEGER, NULL);
        NamedCondition *fact = g_new0(NamedCondition, 1);
        fact->name = g_strdup(name);
        g_ptr_array_add(reader->rulebook->facts, fact);
    }
}

static void read_facts(RulebookReader *reader, const YamlNode *facts)
{
    for (guint i = 0, pairs = yaml_get_pairs(facts); i < pairs; i++) {
        const char *name = yaml_get_key(facts, i);
        NamedCondition *fact = (NamedCondition *)(guintptr)rulebook_find_fact(reader->rulebook, name, strlen(name));
        if (fact != NULL)
            reader_read_condition(reader, yaml_get_value(facts, i), &fact->when);
    }
}

static void read_named(RulebookReader *reader, const YamlNode *conditions)
{
    for (guint i = 0, pairs = yaml_get_pairs(conditions); i < pairs; i++) {
        const char *name = yaml_get_key(conditions, i);
        const YamlNode *key = yaml_get_key_node(conditions, i);
        const Rulebook *rulebook = reader->rulebook;
        if (!is_flag_name(name))
            yaml_problem(key, "\"%.60s\" cannot name a condition: use a-z, 0-9 and _, a letter first", name);
        else if (g_strv_contains(rulebook_template_names, name) || rulebook_find_field(rulebook, name) != NULL)
            yaml_problem(key, "\"%s\" is a name that templates use for something else: call the condition otherwise", name);
        else if (rulebook_find_fact(rulebook, name, strlen(name)) != NULL || rulebook_find_dimension(rulebook, name) != NULL)
            yaml_problem(key, "\"%s\" is the name of something else already: choose another", name);
        NamedCondition *named = g_new0(NamedCondition, 1);
        named->name = g_strdup(name);
        reader_read_condition(reader, yaml_get_value(conditions, i), &named->when);
        g_ptr_array_add(rulebook->named, named);
    }
}

static void read_score_rule(RulebookReader *reader, const YamlNode *node, GHashTable *seen)
{
    static const char *const keys[] = {"name", "points", "when", "because", NULL};
    gint64 points = 0;
    if (!yaml_check_keys(node, keys))
        return;
    ScoreRule *rule = g_new0(ScoreRule, 1);
    const char *name = read_name(node, "name");
    const YamlNode *points_node = read_required(node, "points", "say what it is worth: points: 10");
    if (points_node != NULL)
        yaml_get_integer(points_node, -MAX_POINTS, MAX_POINTS, &points);
    if (name != NULL)
        read_is_twice(seen, name, yaml_find(node, "name"));
    rule->name = g_strdup(name);
    rule->points = (gint)points;
    rule->because = g_strdup(read_required_text(node, "because", BECAUSE_REMEDY));
    reader_read_condition(reader, yaml_find(node, "when"), &rule->when);
    g_ptr_array_add(reader->rulebook->score, rule);
}

static void read_tiers(RulebookReader *reader, const YamlNode *list)
{
    static const char *const keys[] = {"name", "when", NULL};
    g_autoptr(GHashTable) seen = new_seen();
    const YamlNode *always = NULL;
    guint length = yaml_get_length(list);
    for (guint i = 0; i < length; i++) {
        const YamlNode *node = yaml_get_item(list, i);
        if (!yaml_check_keys(node, keys))
            continue;
        TierRule *tier = g_new0(TierRule, 1);
        const char *name = read_name(node, "name");
        if (name != NULL)
            read_is_twice(seen, name, yaml_find(node, "name"));
        tier->name = g_strdup(name != NULL ? name : "");
        reader_read_condition(reader, yaml_find(node, "when"), &tier->when);
        reader_check_reached(node, &tier->when, &always);
        g_ptr_array_add(reader->rulebook->tiers, tier);
    }
    if (length > 0 && always == NULL)
        yaml_warning(yaml_get_item(list, length - 1),
                     "a lead for which no tier holds has none: let the last one stand without a condition (when:)");
}

static void read_bant(RulebookReader *reader, const YamlNode *bant)
{
    static const char *const keys[] = {"met", "known", "because", NULL};
    const char *dimensions[BANT_COUNT + 1] = {NULL};
    for (guint i = 0; i < BANT_COUNT; i++)
        dimensions[i] = bant_get_name((BantDimension)i);
    if (yaml_is_empty(bant) || !yaml_check_keys(bant, dimensions))
        return;
    for (guint i = 0; i < BANT_COUNT; i++) {
        const YamlNode *node = yaml_find(bant, dimensions[i]);
        BantRule *rule = &reader->rulebook->bant[i];
        if (!yaml_check_keys(node, keys))
            continue;
        rule->is_defined = TRUE;
        rule->because = g_strdup(read_required_text(node, "because", BECAUSE_REMEDY));
        reader_read_condition(reader, read_required(node, "met", "say when it is met: met: budget >= 1000"), &rule->met);
        reader_read_condition(reader, yaml_find(node, "known"), &rule->known);
    }
}

/* Places as words: [label, text, signature]. */
static guint read_places(const YamlNode *list)
{
    static const char *const words[] = {"label", "text", "signature", NULL};
    guint places = 0;
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        int found = read_word(yaml_get_item(list, i), words);
        places |= found >= 0 ? 1U << found : 0;
    }
    return places != 0 ? places : SAID_ON_LABEL | SAID_IN_TEXT;
}

/* `differs`: a field, of which one rule only can say how it is compared. */
static void read_differs(RulebookReader *reader, const YamlNode *node, ContradictionRule *rule)
{
    const YamlNode *differs = yaml_find(node, "differs");
    const char *name = yaml_get_text(differs);
    read_number(node, "by", 1, 1000, &rule->by);
    rule->places = read_places(yaml_find(node, "in"));
    for (guint i = 0; name != NULL && i < reader->rulebook->contradictions->len; i++)
        if (g_strcmp0(((const ContradictionRule *)g_ptr_array_index(reader->rulebook->contradictions, i))->differs, name) == 0)
            yaml_problem(differs, "\"%s\" is compared by an earlier rule already: one rule a field", name);
    if (name != NULL && reader->knows_fields && rulebook_find_field(reader->rulebook, name) == NULL)
        yaml_problem(differs, "there is no field \"%.60s\" in rules/fields.yaml: differs: budget", name);
    else
        rule->differs = g_strdup(name);
}

static void read_contradiction(RulebookReader *reader, const YamlNode *node, GHashTable *seen)
{
    static const char *const keys[] = {"name", "when", "because", "ask", "differs", "by", "in", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    ContradictionRule *rule = g_new0(ContradictionRule, 1);
    const char *name = read_name(node, "name");
    const YamlNode *when = yaml_find(node, "when");
    if (name != NULL)
        read_is_twice(seen, name, yaml_find(node, "name"));
    rule->name = g_strdup(name);
    rule->because = g_strdup(read_required_text(node, "because", BECAUSE_REMEDY));
    rule->by = 1;
    if (yaml_find(node, "differs") != NULL)
        read_differs(reader, node, rule);
    else
        when = read_required(node, "when", "say what contradicts: when: budget > revenue");
    reader_read_condition(reader, when, &rule->when);
    rule->ask = g_strdup(read_text(node, "ask"));
    g_ptr_array_add(reader->rulebook->contradictions, rule);
}

/* ---- what is not known yet ---- */

static void add_names(GPtrArray *late, const char *const *names)
{
    for (; *names != NULL; names++)
        g_ptr_array_add(late, (gpointer)(gintptr)*names);
}

/* All that is judged behind the facts; with_facts: behind what stands before these. */
static GPtrArray *list_late(const Rulebook *rulebook, gboolean with_facts)
{
    GPtrArray *late = g_ptr_array_new();
    add_names(late, after_facts);
    add_names(late, after_verdicts);
    for (guint i = 0; with_facts && i < rulebook->facts->len; i++)
        g_ptr_array_add(late, ((const NamedCondition *)g_ptr_array_index(rulebook->facts, i))->name);
    for (guint i = 0; i < rulebook->dimensions->len; i++)
        g_ptr_array_add(late, ((const Dimension *)g_ptr_array_index(rulebook->dimensions, i))->name);
    g_ptr_array_add(late, NULL);
    return late;
}

static void set_late(RulebookReader *reader, const GPtrArray *late)
{
    reader->late = (const char *const *)(gconstpointer)late->pdata;
}

/* ---- the file ---- */

static void read_score(RulebookReader *reader, const YamlNode *score)
{
    g_autoptr(GHashTable) seen = new_seen();
    for (guint i = 0, length = yaml_get_length(score); i < length; i++)
        read_score_rule(reader, yaml_get_item(score, i), seen);
}

static void read_contradictions(RulebookReader *reader, const YamlNode *list)
{
    g_autoptr(GHashTable) seen = new_seen();
    for (guint i = 0, length = yaml_get_length(list); i < length; i++)
        read_contradiction(reader, yaml_get_item(list, i), seen);
}

void rulebook_read_qualify(RulebookReader *reader)
{
    static const char *const keys[] = {"thresholds", "facts",      "conditions",     "score", "tiers",
                                       "bant",       "dimensions", "contradictions", NULL};
    const YamlNode *top = reader_open(reader, "rules/qualify.yaml");
    if (top == NULL)
        return;
    yaml_check_keys(top, keys);
    read_thresholds(reader, yaml_find(top, "thresholds"));
    add_fact_columns(reader, yaml_find(top, "facts"));
    dimensions_add_columns(reader, yaml_find(top, "dimensions"));
    reader->knows_named = TRUE;
    g_autoptr(GPtrArray) before_facts = list_late(reader->rulebook, TRUE), behind_facts = list_late(reader->rulebook, FALSE);
    set_late(reader, before_facts);
    read_facts(reader, yaml_find(top, "facts"));
    reader->late = after_tier;
    read_named(reader, yaml_find(top, "conditions"));
    reader->late = after_verdicts;
    read_score(reader, yaml_find(top, "score"));
    reader->late = after_score;
    read_tiers(reader, yaml_find(top, "tiers"));
    set_late(reader, behind_facts);
    read_bant(reader, yaml_find(top, "bant"));
    dimensions_read(reader, yaml_find(top, "dimensions"));
    read_contradictions(reader, yaml_find(top, "contradictions"));
    reader->late = NULL;
}
