/*
 * rulebook/fields.c - rules/fields.yaml: what Usher looks for in a mail
 *
 * Takes the file; gives FieldRules in order, the table of labels, and a column for each field that conditions can ask for. What a wrong entry
 * is called is known all the same, so that a mistake here is not told again wherever the field is used.
 */
#include <string.h>

#include "read.h"
#include "reader.h"
#include "usher/base/text.h"

#define MAX_DAYS 36500

static const char *const type_words[] = {"text", "name", "email",    "phone",  "money", "number",
                                         "date", "url",  "postcode", "choice", NULL};

static void field_choice_free(FieldChoice *choice)
{
    g_free(choice->value);
    g_ptr_array_unref(choice->patterns);
    g_ptr_array_unref(choice->asked);
    g_free(choice);
}

void field_rule_free(FieldRule *field)
{
    g_free(field->name);
    g_free(field->ask);
    g_free(field->place);
    g_free(field->days_of);
    g_ptr_array_unref(field->labels);
    g_ptr_array_unref(field->patterns);
    g_ptr_array_unref(field->told);
    g_ptr_array_unref(field->choices);
    g_clear_pointer(&field->others, g_ptr_array_unref);
    g_free(field);
}

static FieldRule *field_rule_new(const YamlNode *node)
{
    FieldRule *field = g_new0(FieldRule, 1);
    field->labels = g_ptr_array_new_with_free_func(g_free);
    field->choices = g_ptr_array_new_with_free_func((GDestroyNotify)field_choice_free);
    field->place = read_place(node);
    return field;
}

const FieldRule *rulebook_find_field(const Rulebook *rulebook, const char *name)
{
    for (guint i = 0; i < rulebook->fields->len; i++) {
        const FieldRule *field = g_ptr_array_index(rulebook->fields, i);
        if (strcmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

/* ---- labels ---- */

static void read_label(Rulebook *rulebook, FieldRule *field, const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    g_autofree char *label = text != NULL ? text_fold(text) : NULL;
    if (label == NULL)
        return;
    const FieldRule *other = g_hash_table_lookup(rulebook->labels, label);
    if (*label == '\0') {
        yaml_problem(node, "a label needs letters or digits");
    } else if (other != NULL && other != field) {
        yaml_problem(node, "\"%s\" is a label of the field \"%s\" already (%s): leave it with one of them", label, other->name,
                     other->place);
    } else if (other == NULL) {
        g_hash_table_insert(rulebook->labels, g_strdup(label), field);
        g_ptr_array_add(field->labels, g_steal_pointer(&label));
    }
}

static void read_labels(Rulebook *rulebook, FieldRule *field, const YamlNode *list)
{
    for (guint i = 0, length = yaml_get_length(list); i < length; i++)
        read_label(rulebook, field, yaml_get_item(list, i));
}

/* ---- choices ---- */

static FieldChoice *add_choice(FieldRule *field, const char *value, GPtrArray *take_patterns)
{
    FieldChoice *choice = g_new0(FieldChoice, 1);
    choice->value = g_strdup(value);
    choice->patterns = take_patterns;
    choice->asked = reader_read_patterns(NULL, NULL);
    g_ptr_array_add(field->choices, choice);
    return choice;
}

static void read_choices(const RulebookReader *reader, FieldRule *field, const YamlNode *choices)
{
    for (guint i = 0, pairs = yaml_get_pairs(choices); i < pairs; i++)
        add_choice(field, yaml_get_key(choices, i), reader_read_patterns(yaml_get_value(choices, i), reader->parts));
    if (yaml_is_mapping(choices) && field->choices->len == 0)
        yaml_problem(choices, "\"choices\" is empty: name each with its patterns: yes: ['\\byes\\b']");
}

/* A service's own name points to it, as a word or words of its own; `before` is a pattern of what must stand in front. */
static void add_name_pattern(const char *service, const char *before, const char *place, GPtrArray *patterns)
{
    gsize offset;
    g_autofree char *text = g_strdup_printf("(?:%s)(?<value>(?<![\\pL\\pN])\\Q%s\\E(?![\\pL\\pN]))", before, service);
    Pattern *pattern = pattern_compile(text, &offset, NULL);
    if (pattern == NULL)
        return;
    PatternRule *rule = g_new0(PatternRule, 1);
    rule->pattern = pattern;
    rule->place = g_strdup(place);
    g_ptr_array_insert(patterns, 0, rule);
}

/* With each of these words in front of it the service is what they ask for. */
static void add_asked(const RulebookReader *reader, const YamlNode *asked, FieldChoice *choice)
{
    g_autoptr(GPtrArray) checked = reader_read_patterns(asked, reader->parts); /* tells of one that is no pattern */
    for (guint i = 0, length = checked->len == yaml_get_length(asked) ? yaml_get_length(asked) : 0; i < length; i++) {
        const YamlNode *item = yaml_get_item(asked, i);
        const PatternRule *rule = g_ptr_array_index(checked, i);
        add_name_pattern(choice->value, yaml_get_text(item), rule->place, choice->asked);
    }
}

static gboolean is_part_of_word(char c)
{
    return g_ascii_isalnum(c) || (guchar)c >= 0x80;
}

/* TRUE when `name` stands in the service's own as a word or words: "probate" in "wills and probate". */
static gboolean is_named_in(const char *service, const char *name)
{
    g_autofree char *whole = g_utf8_strdown(service, -1), *part = g_utf8_strdown(name, -1);
    gsize length = strlen(part);
    for (const char *at = length > 0 ? strstr(whole, part) : NULL; at != NULL; at = strstr(at + 1, part))
        if ((at == whole || !is_part_of_word(at[-1])) && !is_part_of_word(at[length]))
            return TRUE;
    return FALSE;
}

/* The service that words under `name` point to: the one of that name, else the only one that has the name in its own. Borrowed. */
static const char *find_service(const RulebookReader *reader, const char *name)
{
    const GPtrArray *services = reader->rulebook->settings->services;
    const char *found = NULL;
    guint count = 0;
    for (guint i = 0; i < services->len; i++) {
        const char *service = g_ptr_array_index(services, i);
        if (strcmp(service, name) == 0)
            return service;
        if (is_named_in(service, name)) {
            found = service;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}

/* What ships has words for many trades: those the firm does not offer are passed over there. In the firm's own file a slip of the pen is a
 * mistake, any other a warning: that file mostly began as a copy of the one that ships. */
static void check_words(const RulebookReader *reader, const YamlNode *words)
{
    g_autoptr(GPtrArray) services = g_ptr_array_new();
    if (!yaml_is_mapping(words) || !reader_is_own(reader, "rules/fields.yaml"))
        return;
    for (guint i = 0; i < reader->rulebook->settings->services->len; i++)
        g_ptr_array_add(services, g_ptr_array_index(reader->rulebook->settings->services, i));
    g_ptr_array_add(services, NULL);
    const char *const *all = (const char *const *)(gconstpointer)services->pdata;
    for (guint i = 0, pairs = yaml_get_pairs(words); i < pairs; i++) {
        const char *name = yaml_get_key(words, i), *near = yaml_find_nearest(name, all);
        if (find_service(reader, name) != NULL)
            continue;
        if (near != NULL)
            yaml_problem(yaml_get_key_node(words, i), "\"%s\" is no service of the firm; did you mean \"%s\"?", name, near);
        else
            yaml_warning(yaml_get_key_node(words, i),
                         "\"%.60s\" is no service of the firm: its words find a partner only; add it to firm: services in "
                         "usher.yaml, or take it out here",
                         name);
    }
}

static void add_words(const RulebookReader *reader, const YamlNode *words, const char *service, GPtrArray *patterns)
{
    for (guint i = 0, pairs = yaml_is_mapping(words) ? yaml_get_pairs(words) : 0; i < pairs; i++)
        if (g_strcmp0(find_service(reader, yaml_get_key(words, i)), service) == 0)
            g_ptr_array_extend_and_steal(patterns, reader_read_patterns(yaml_get_value(words, i), reader->parts));
}

/* TRUE when some service of the firm has the name in its own: what is asked by these words is not for others. */
static gboolean is_ours(const RulebookReader *reader, const char *name)
{
    const GPtrArray *services = reader->rulebook->settings->services;
    for (guint i = 0; i < services->len; i++)
        if (is_named_in(g_ptr_array_index(services, i), name))
            return TRUE;
    return FALSE;
}

/* Words for what others do: who asks for that is passed on to a partner. */
static void add_others(const RulebookReader *reader, FieldRule *field, const YamlNode *words)
{
    field->others = g_ptr_array_new_with_free_func((GDestroyNotify)field_choice_free);
    for (guint i = 0, pairs = yaml_is_mapping(words) ? yaml_get_pairs(words) : 0; i < pairs; i++) {
        const char *name = yaml_get_key(words, i);
        if (is_ours(reader, name))
            continue;
        FieldChoice *other = g_new0(FieldChoice, 1);
        other->value = g_strdup(name);
        other->patterns = reader_read_patterns(yaml_get_value(words, i), reader->parts);
        other->asked = reader_read_patterns(NULL, NULL);
        g_ptr_array_add(field->others, other);
    }
}

static void read_services(const RulebookReader *reader, FieldRule *field, const YamlNode *words, const YamlNode *asked)
{
    field->is_service = TRUE;
    if (!reader->knows_firm)
        return;
    const GPtrArray *services = reader->rulebook->settings->services;
    for (guint i = 0; i < services->len; i++) {
        const char *service = g_ptr_array_index(services, i);
        FieldChoice *choice = add_choice(field, service, reader_read_patterns(NULL, NULL));
        add_words(reader, words, service, choice->patterns);
        add_name_pattern(service, "", "usher.yaml services", choice->patterns);
        add_asked(reader, asked, choice);
    }
    add_others(reader, field, words);
    yaml_get_pairs(words); /* tells when it is no mapping */
    check_words(reader, words);
}

static void read_choice_keys(RulebookReader *reader, FieldRule *field, const YamlNode *node)
{
    const YamlNode *choices = yaml_find(node, "choices"), *words = yaml_find(node, "words"), *asked = yaml_find(node, "asked");
    gboolean is_services = yaml_is_scalar(choices) && strcmp(yaml_is_empty(choices) ? "" : yaml_get_text(choices), "services") == 0;
    if (field->type != FIELD_CHOICE) {
        if (choices != NULL)
            yaml_problem(choices, "only a field of type choice has choices: write type: choice, or take them out");
    } else if (is_services) {
        read_services(reader, field, words, asked);
    } else if (read_required(node, "choices",
                             "name each with its patterns: choices: {yes: ['\\byes\\b']}, or write choices: services") != NULL) {
        read_choices(reader, field, choices);
    }
    if (words != NULL && !is_services)
        yaml_problem(words, "\"words\" belong to choices: services only");
    if (asked != NULL && !is_services)
        yaml_problem(asked, "\"asked\" belongs to choices: services only");
}

/* ---- days ---- */

static FieldChoice *find_choice(const FieldRule *field, const char *value)
{
    for (guint i = 0; i < field->choices->len; i++) {
        FieldChoice *choice = g_ptr_array_index(field->choices, i);
        if (strcmp(choice->value, value) == 0)
            return choice;
    }
    return NULL;
}

/* Up to how many days off a day that is named stands for which choice. */
static void read_days(FieldRule *field, const YamlNode *days)
{
    for (guint i = 0, pairs = yaml_get_pairs(days); i < pairs; i++) {
        FieldChoice *choice = find_choice(field, yaml_get_key(days, i));
        gint64 count = 0;
        if (choice == NULL)
            yaml_problem(yaml_get_key_node(days, i), "\"%.60s\" is none of the choices of this field", yaml_get_key(days, i));
        else if (yaml_get_integer(yaml_get_value(days, i), 1, MAX_DAYS, &count))
            choice->days = (guint)count;
    }
}

static void read_day_keys(RulebookReader *reader, FieldRule *field, const YamlNode *node)
{
    const YamlNode *days = yaml_find(node, "days"), *of = yaml_find(node, "days_of"), *coming = yaml_find(node, "coming");
    if (field->type != FIELD_CHOICE && (days != NULL || of != NULL))
        yaml_problem(days != NULL ? days : of, "only a field of type choice has days: write type: choice, or take them out");
    else
        read_days(field, days);
    if (field->type != FIELD_DATE && coming != NULL)
        yaml_problem(coming, "only a field of type date can be coming: write type: date, or take it out");
    else
        read_boolean(node, "coming", &field->is_coming);
    const char *name = yaml_get_text(of);
    const FieldRule *date = name != NULL ? rulebook_find_field(reader->rulebook, name) : NULL;
    if (name != NULL && (date == NULL || date->type != FIELD_DATE))
        yaml_problem(of, "\"%.60s\" is no field of type date above this one: name one, or move it up", name);
    else if (name != NULL)
        field->days_of = g_strdup(name);
}

/* ---- one field ---- */

static void read_required_tracks(FieldRule *field, const YamlNode *list)
{
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        Track track;
        if (read_track(yaml_get_item(list, i), &track))
            field->required[track] = TRUE;
    }
}

static ColumnType get_column_type(FieldType type)
{
    return type == FIELD_MONEY || type == FIELD_NUMBER ? COLUMN_REAL : COLUMN_TEXT;
}

/* The field's name, which is a column from now on; NULL when it cannot be one. */
static const char *read_field_name(RulebookReader *reader, const YamlNode *node, FieldType type)
{
    g_autoptr(GError) error = NULL;
    const char *name = read_required_text(node, "name", "give it a name of a-z, 0-9 and _");
    const FieldRule *former = name != NULL ? rulebook_find_field(reader->rulebook, name) : NULL;
    if (name == NULL)
        return NULL;
    if (former != NULL)
        yaml_problem(yaml_find(node, "name"), "the field \"%s\" stands here twice (first in %s): give each a name of its own", name,
                     former->place);
    else if (reader_is_taken(name))
        yaml_problem(yaml_find(node, "name"), "\"%s\" is a name that templates use for something else: call the field otherwise",
                     name);
    else if (!condition_set_add_column(reader->rulebook->conditions, name, get_column_type(type), &error))
        yaml_problem(yaml_find(node, "name"), "%s", error->message);
    return former == NULL && condition_set_has_column(reader->rulebook->conditions, name) ? name : NULL;
}

static void read_field(RulebookReader *reader, const YamlNode *node)
{
    static const char *const keys[] = {"name",  "type", "ask",     "labels", "patterns", "told",    "choices", "words",
                                       "asked", "days", "days_of", "coming", "required", "changes", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    const YamlNode *type_node =
        read_required(node, "type", "write type: text, name, email, phone, money, number, date, url, postcode or choice");
    int type = type_node != NULL ? read_word(type_node, type_words) : -1;
    const char *name = read_field_name(reader, node, type >= 0 ? (FieldType)type : FIELD_TEXT);
    FieldRule *field = field_rule_new(node);
    const char *ask = read_text(node, "ask");
    field->name = g_strdup(name != NULL ? name : "");
    field->type = type >= 0 ? (FieldType)type : FIELD_TEXT;
    field->ask = g_strdup(ask != NULL ? ask : field->name);
    g_ptr_array_add(reader->rulebook->fields, field);
    read_labels(reader->rulebook, field, yaml_find(node, "labels"));
    field->patterns = reader_read_patterns(yaml_find(node, "patterns"), reader->parts);
    field->told = reader_read_patterns(yaml_find(node, "told"), reader->parts);
    if (type >= 0)
        read_choice_keys(reader, field, node);
    read_day_keys(reader, field, node);
    read_required_tracks(field, yaml_find(node, "required"));
    read_boolean(node, "changes", &field->is_changed);
}

static char *describe_choices(const FieldRule *field)
{
    GString *words = g_string_new("one of");
    for (guint i = 0; i < field->choices->len; i++)
        g_string_append_printf(words, "%s %s", i ? "," : "", ((const FieldChoice *)g_ptr_array_index(field->choices, i))->value);
    return g_string_free(words, FALSE);
}

char *rulebook_describe_type(const FieldRule *field)
{
    static const char *const forms[] = {[FIELD_TEXT] = "a line of text",
                                        [FIELD_NAME] = "a name of letters",
                                        [FIELD_EMAIL] = "an address like jane@example.org",
                                        [FIELD_PHONE] = "a telephone number like 020 7946 0123",
                                        [FIELD_MONEY] = "an amount like 25000 or £25k",
                                        [FIELD_NUMBER] = "a number like 40",
                                        [FIELD_DATE] = "a date like 2026-03-31",
                                        [FIELD_URL] = "a web address like https://example.org/",
                                        [FIELD_POSTCODE] = "a postcode like EC4Y 1AA"};
    return field->type == FIELD_CHOICE ? describe_choices(field) : g_strdup(forms[field->type]);
}

void rulebook_read_fields(RulebookReader *reader)
{
    static const char *const keys[] = {"parts", "fields", NULL};
    const YamlNode *top = reader_open(reader, "rules/fields.yaml");
    if (top == NULL)
        return;
    yaml_check_keys(top, keys);
    const YamlNode *list = read_required(top, "fields", "list them: fields: [{name: phone, type: phone}]");
    guint length = yaml_get_length(list);
    reader->parts = parts_read(yaml_find(top, "parts"));
    for (guint i = 0; i < length; i++)
        read_field(reader, yaml_get_item(list, i));
    g_clear_pointer(&reader->parts, g_hash_table_unref);
    reader->knows_fields = length > 0;
}
