/*
 * rulebook/qualify.c - rules/qualify.yaml: named conditions, score parts, tiers, BANT and contradictions
 *
 * Takes the file; gives its rules in order, each condition compiled. Every verdict has to say why it came about, so each rule
 * needs its `because`.
 */
#include <string.h>

#include "read.h"
#include "reader.h"

#define MAX_POINTS 1000

/* What is judged later: contradictions come first, then BANT, the score and the tier. */
static const char *const after_contradictions[] = {"contradictions", "bant",  "bant_known", "score",
                                                   "tier",           "route", "exception",  NULL};
static const char *const after_bant[] = {"bant", "bant_known", "score", "tier", "route", "exception", NULL};
static const char *const after_score[] = {"score", "tier", "route", "exception", NULL};
static const char *const after_tier[] = {"tier", "route", "exception", NULL};
static const char *const after_qualify[] = {"route", "exception", NULL};

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

static void read_named(RulebookReader *reader, const YamlNode *conditions)
{
    for (guint i = 0, pairs = yaml_get_pairs(conditions); i < pairs; i++) {
        const char *name = yaml_get_key(conditions, i);
        const YamlNode *key = yaml_get_key_node(conditions, i);
        if (!is_flag_name(name))
            yaml_problem(key, "\"%.60s\" cannot name a condition: use a-z, 0-9 and _, a letter first", name);
        else if (g_strv_contains(rulebook_template_names, name) || rulebook_find_field(reader->rulebook, name) != NULL)
            yaml_problem(key, "\"%s\" is a name that templates use for something else: call the condition otherwise", name);
        NamedCondition *named = g_new0(NamedCondition, 1);
        named->name = g_strdup(name);
        reader_read_condition(reader, yaml_get_value(conditions, i), &named->when);
        g_ptr_array_add(reader->rulebook->named, named);
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

static void read_contradiction(RulebookReader *reader, const YamlNode *node, GHashTable *seen)
{
    static const char *const keys[] = {"name", "when", "because", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    ContradictionRule *rule = g_new0(ContradictionRule, 1);
    const char *name = read_name(node, "name");
    if (name != NULL)
        read_is_twice(seen, name, yaml_find(node, "name"));
    rule->name = g_strdup(name);
    rule->because = g_strdup(read_required_text(node, "because", BECAUSE_REMEDY));
    reader_read_condition(reader, read_required(node, "when", "say what contradicts: when: budget > revenue"), &rule->when);
    g_ptr_array_add(reader->rulebook->contradictions, rule);
}

void rulebook_read_qualify(RulebookReader *reader)
{
    static const char *const keys[] = {"conditions", "score", "tiers", "bant", "contradictions", NULL};
    const YamlNode *top = reader_open(reader, "rules/qualify.yaml");
    if (top == NULL)
        return;
    g_autoptr(GHashTable) parts = new_seen(), contradictions = new_seen();
    const YamlNode *score = yaml_find(top, "score"), *list = yaml_find(top, "contradictions");
    yaml_check_keys(top, keys);
    reader->knows_named = TRUE;
    reader->late = after_qualify;
    read_named(reader, yaml_find(top, "conditions"));
    reader->late = after_score;
    for (guint i = 0, length = yaml_get_length(score); i < length; i++)
        read_score_rule(reader, yaml_get_item(score, i), parts);
    reader->late = after_tier;
    read_tiers(reader, yaml_find(top, "tiers"));
    reader->late = after_bant;
    read_bant(reader, yaml_find(top, "bant"));
    reader->late = after_contradictions;
    for (guint i = 0, length = yaml_get_length(list); i < length; i++)
        read_contradiction(reader, yaml_get_item(list, i), contradictions);
    reader->late = NULL;
}
