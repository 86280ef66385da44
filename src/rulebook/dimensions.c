/*
 * rulebook/dimensions.c - `dimensions` of rules/qualify.yaml: the questions a lead is judged by, and the names of the answers
 *
 * Takes the mapping; gives each dimension with its verdicts in order, the first that holds being the lead's. What they are called is the firm's
 * choice, so each dimension is a column of the conditions under its own name, and its verdicts are the words that column can hold. The
 * columns are added first, since no condition can be compiled before all columns are known.
 */
#include <string.h>

#include "read.h"
#include "reader.h"

enum { MAX_DIMENSIONS = 20, MAX_VERDICT_CHARS = 40, MAX_LIKELY = 1000000000 };

static void verdict_rule_free(VerdictRule *rule)
{
    condition_rule_clear(&rule->when);
    g_free(rule->name);
    g_free(rule->because);
    g_free(rule->said);
    g_free(rule->likely_field);
    g_free(rule->place);
    g_free(rule);
}

void dimension_free(Dimension *dimension)
{
    g_ptr_array_unref(dimension->verdicts);
    g_free(dimension->name);
    g_free(dimension);
}

void dimensions_add_columns(RulebookReader *reader, const YamlNode *mapping)
{
    for (guint i = 0, pairs = yaml_get_pairs(mapping); i < pairs; i++) {
        const char *name = yaml_get_key(mapping, i);
        if (i >= MAX_DIMENSIONS) {
            yaml_problem(yaml_get_key_node(mapping, i), "there are more than %d dimensions: take some away", MAX_DIMENSIONS);
            return;
        }
        if (!reader_check_column_name(reader, yaml_get_key_node(mapping, i), name))
            continue;
        condition_set_add_column(reader->rulebook->conditions, name, COLUMN_TEXT, NULL);
        Dimension *dimension = g_new0(Dimension, 1);
        dimension->name = g_strdup(name);
        dimension->verdicts = g_ptr_array_new_with_free_func((GDestroyNotify)verdict_rule_free);
        g_ptr_array_add(reader->rulebook->dimensions, dimension);
    }
}

static const char *read_verdict_name(const YamlNode *node)
{
    const char *name = read_required_text(node, "name", "say what the answer is called: name: clear");
    if (name != NULL && (g_utf8_strlen(name, -1) > MAX_VERDICT_CHARS || strpbrk(name, "\t\r\n") != NULL)) {
        yaml_problem(yaml_find(node, "name"), "a name is one line of at most %d characters", MAX_VERDICT_CHARS);
        return NULL;
    }
    return name;
}

/* Whole pounds, or the field that says them. */
static void read_likely(const RulebookReader *reader, const YamlNode *node, VerdictRule *rule)
{
    const char *text = yaml_get_text(node);
    const FieldRule *field = text != NULL ? rulebook_find_field(reader->rulebook, text) : NULL;
    if (text == NULL)
        return;
    if (g_ascii_isdigit(*text))
        yaml_get_integer(node, 1, MAX_LIKELY, &rule->likely_value);
    else if (field != NULL && (field->type == FIELD_MONEY || field->type == FIELD_NUMBER))
        rule->likely_field = g_strdup(text);
    else if (reader->knows_fields)
        yaml_problem(node, "\"%.60s\" is neither a sum in whole pounds nor a field of type money or number: likely: 12000", text);
}

static void read_verdict(RulebookReader *reader, const YamlNode *node, Dimension *dimension, const YamlNode **always)
{
    static const char *const keys[] = {"name", "when", "because", "say", "likely", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    VerdictRule *rule = g_new0(VerdictRule, 1);
    const char *name = read_verdict_name(node);
    rule->name = g_strdup(name != NULL ? name : "");
    rule->because = g_strdup(read_required_text(node, "because", "say in words why, for the history: because: names a service"));
    rule->said = g_strdup(read_text(node, "say"));
    rule->place = read_place(node);
    read_likely(reader, yaml_find(node, "likely"), rule);
    reader_read_condition(reader, yaml_find(node, "when"), &rule->when);
    reader_check_reached(node, &rule->when, always);
    g_ptr_array_add(dimension->verdicts, rule);
}

void dimensions_read(RulebookReader *reader, const YamlNode *mapping)
{
    for (guint i = 0, pairs = yaml_get_pairs(mapping); i < pairs; i++) {
        const YamlNode *list = yaml_get_value(mapping, i), *always = NULL;
        Dimension *dimension = (Dimension *)(guintptr)rulebook_find_dimension(reader->rulebook, yaml_get_key(mapping, i));
        guint length = yaml_get_length(list);
        for (guint v = 0; dimension != NULL && v < length; v++)
            read_verdict(reader, yaml_get_item(list, v), dimension, &always);
        if (dimension != NULL && length == 0)
            yaml_warning(yaml_get_key_node(mapping, i), "\"%s\" has no verdicts: list them, or take the dimension away",
                         dimension->name);
        else if (dimension != NULL && always == NULL)
            yaml_warning(yaml_get_item(list, length - 1),
                         "a lead for which none of them holds has no verdict: let the last one stand without a condition (when:)");
    }
}
