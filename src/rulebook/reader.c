/*
 * rulebook/reader.c - files, patterns, conditions and templates as every rule file needs them
 *
 * Takes the place of a thing; gives it found, compiled and noted, or tells what is wrong. An instance overrides file by
 * file, so a problem names the file as rules/..., wherever it lies.
 */
#include "reader.h"

#include <string.h>

#include "read.h"

static const char *const duties[] = {"fallback", "exceptions", "conflicts", "manager", NULL};

/* ---- files ---- */

gboolean reader_is_own(const RulebookReader *reader, const char *name)
{
    g_autofree char *path = g_build_filename(reader->directory, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

char *reader_find_file(const RulebookReader *reader, const char *name)
{
    if (reader_is_own(reader, name))
        return g_build_filename(reader->directory, name, NULL);
    g_autofree char *path = reader->shared != NULL ? g_build_filename(reader->shared, name, NULL) : NULL;
    return path != NULL && g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

static void list_names(const char *base, const char *folder, GHashTable *names)
{
    g_autofree char *path = g_build_filename(base, folder, NULL);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory != NULL && (name = g_dir_read_name(directory)) != NULL;)
        if (*name != '.' && g_utf8_validate(name, -1, NULL))
            g_hash_table_add(names, g_strdup(name));
}

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

GPtrArray *reader_list_folder(const RulebookReader *reader, const char *folder)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *sorted = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iterator;
    gpointer name;
    list_names(reader->directory, folder, names);
    if (reader->shared != NULL)
        list_names(reader->shared, folder, names);
    g_hash_table_iter_init(&iterator, names);
    while (g_hash_table_iter_next(&iterator, &name, NULL))
        g_ptr_array_add(sorted, g_strdup(name));
    g_ptr_array_sort(sorted, compare_names);
    return sorted;
}

void reader_add_source(RulebookReader *reader, const char *name, const char *path)
{
    g_tree_replace(reader->sources, g_strdup(name), g_strdup(path));
}

const YamlNode *reader_open(RulebookReader *reader, const char *name)
{
    g_autofree char *path = reader_find_file(reader, name);
    if (path == NULL) {
        problems_add(reader->problems, name, 1, 1, "there is no such file, neither in %s nor in what ships (%s)", reader->directory,
                     reader->shared != NULL ? reader->shared : "which was not found");
        return NULL;
    }
    YamlFile *file = yaml_read(path, name, reader->problems);
    if (file == NULL)
        return NULL;
    g_ptr_array_add(reader->files, file);
    reader_add_source(reader, name, path);
    return yaml_get_top(file);
}

/* ---- patterns ---- */

void pattern_rule_free(PatternRule *rule)
{
    if (rule == NULL)
        return;
    pattern_free(rule->pattern);
    g_free(rule->place);
    g_free(rule);
}

PatternRule *reader_read_pattern(const YamlNode *node)
{
    return reader_read_pattern_with(node, NULL);
}

PatternRule *reader_read_pattern_with(const YamlNode *node, GHashTable *parts)
{
    g_autoptr(GError) error = NULL;
    gsize offset = 0;
    const char *text = yaml_get_quoted(node);
    g_autofree char *filled = NULL;
    if (text == NULL)
        return NULL;
    if (*text == '\0') {
        yaml_problem(node, "an empty pattern matches everything: write one or leave the key out");
        return NULL;
    }
    filled = parts != NULL ? parts_fill(parts, node, text) : g_strdup(text);
    if (filled == NULL)
        return NULL;
    Pattern *pattern = pattern_compile(filled, &offset, &error);
    if (pattern == NULL) {
        yaml_problem_at(node, parts != NULL ? parts_find_offset(parts, text, offset) : offset, "%s", error->message);
        return NULL;
    }
    PatternRule *rule = g_new0(PatternRule, 1);
    rule->pattern = pattern;
    rule->place = read_place(node);
    return rule;
}

GPtrArray *reader_read_patterns(const YamlNode *list, GHashTable *parts)
{
    GPtrArray *patterns = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_rule_free);
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        PatternRule *rule = reader_read_pattern_with(yaml_get_item(list, i), parts);
        if (rule != NULL)
            g_ptr_array_add(patterns, rule);
    }
    return patterns;
}

/* ---- conditions ---- */

void condition_rule_clear(ConditionRule *rule)
{
    g_clear_pointer(&rule->place, g_free); /* the condition belongs to its set */
}

void reader_read_condition(RulebookReader *reader, const YamlNode *node, ConditionRule *rule)
{
    g_autoptr(GError) error = NULL;
    gsize offset = 0;
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return;
    rule->place = read_place(node);
    if (!reader->knows_fields)
        return;
    rule->condition = condition_compile(reader->rulebook->conditions, text, &offset, &error);
    if (rule->condition == NULL) {
        yaml_problem_at(node, offset, "%s", error->message);
        return;
    }
    g_ptr_array_add(reader->conditions, (gpointer)(gintptr)node);
    if (reader->late != NULL)
        reader_check_late(node, reader->late);
    /* It was tried on a row where everything is known; now on one where nothing is. */
    condition_set_clear(reader->rulebook->conditions);
    if (condition_evaluate(rule->condition) == CONDITION_FAILED)
        yaml_problem(node, "the condition fails on a lead of which nothing is known: %s", condition_get_failure(rule->condition));
}

gboolean condition_rule_holds(const ConditionRule *rule)
{
    return rule->condition == NULL || condition_test(rule->condition) == CONDITION_TRUE;
}

const Dimension *rulebook_find_dimension(const Rulebook *rulebook, const char *name)
{
    for (guint i = 0; i < rulebook->dimensions->len; i++) {
        const Dimension *dimension = g_ptr_array_index(rulebook->dimensions, i);
        if (strcmp(dimension->name, name) == 0)
            return dimension;
    }
    return NULL;
}

const NamedCondition *rulebook_find_fact(const Rulebook *rulebook, const char *name, gsize length)
{
    for (guint i = 0; i < rulebook->facts->len; i++) {
        const NamedCondition *fact = g_ptr_array_index(rulebook->facts, i);
        if (strncmp(fact->name, name, length) == 0 && fact->name[length] == '\0')
            return fact;
    }
    return NULL;
}

/* Unknown stays unknown, so that a fact means what its text would mean in brackets. None sees another, so the row is written once behind them all. */
ConditionResult *rulebook_put_facts(const Rulebook *rulebook)
{
    ConditionResult *results = g_new(ConditionResult, rulebook->facts->len + 1);
    for (guint i = 0; i < rulebook->facts->len; i++) {
        const NamedCondition *fact = g_ptr_array_index(rulebook->facts, i);
        results[i] = fact->when.condition != NULL ? condition_evaluate(fact->when.condition) : CONDITION_UNKNOWN;
    }
    for (guint i = 0; i < rulebook->facts->len; i++)
        if (results[i] == CONDITION_TRUE || results[i] == CONDITION_FALSE)
            condition_set_put_integer(rulebook->conditions, ((const NamedCondition *)g_ptr_array_index(rulebook->facts, i))->name,
                                      results[i] == CONDITION_TRUE);
    return results;
}

void reader_check_reached(const YamlNode *entry, const ConditionRule *when, const YamlNode **always)
{
    if (*always != NULL)
        yaml_warning(entry,
                     "is never reached: what stands in line %u always holds; move it up or give that one a condition (when:)",
                     yaml_get_line(*always));
    else if (when->place == NULL)
        *always = entry;
}

/* ---- words ---- */

char *reader_read_duty(const YamlNode *node)
{
    int found = node != NULL ? read_word(node, duties) : -1;
    return found >= 0 ? g_strdup(duties[found]) : NULL;
}

/* ---- templates ---- */

static char *find_template_file(const char *file_name, gpointer data)
{
    RulebookReader *reader = data;
    g_autofree char *name = g_strconcat("templates/", file_name, NULL);
    char *path = reader_find_file(reader, name);
    if (path != NULL)
        reader_add_source(reader, name, path);
    return path;
}

static gboolean knows_template_name(const char *name, gpointer data)
{
    RulebookReader *reader = data;
    const Rulebook *rulebook = reader->rulebook;
    if (g_strv_contains(rulebook_template_names, name) || rulebook_find_field(rulebook, name) != NULL)
        return TRUE;
    if (rulebook_find_fact(rulebook, name, strlen(name)) != NULL || rulebook_find_dimension(rulebook, name) != NULL)
        return TRUE;
    for (guint i = 0; i < rulebook->named->len; i++)
        if (strcmp(((const NamedCondition *)g_ptr_array_index(rulebook->named, i))->name, name) == 0)
            return TRUE;
    g_free(reader->unknown_name);
    reader->unknown_name = g_strdup(name);
    return !(reader->knows_fields && reader->knows_named) && strchr(name, '.') == NULL;
}

/* The nearest name that a template may use; NULL when none is near. Borrowed. */
static const char *find_near_template_name(const RulebookReader *reader, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; rulebook_template_names[i] != NULL; i++) {
        const char *dot = strchr(rulebook_template_names[i], '.');
        g_ptr_array_add(names, (gpointer)(gintptr)(dot != NULL ? dot + 1 : rulebook_template_names[i]));
    }
    for (guint i = 0; i < reader->rulebook->fields->len; i++)
        g_ptr_array_add(names, ((const FieldRule *)g_ptr_array_index(reader->rulebook->fields, i))->name);
    for (guint i = 0; i < reader->rulebook->named->len; i++)
        g_ptr_array_add(names, ((const NamedCondition *)g_ptr_array_index(reader->rulebook->named, i))->name);
    for (guint i = 0; i < reader->rulebook->facts->len; i++)
        g_ptr_array_add(names, ((const NamedCondition *)g_ptr_array_index(reader->rulebook->facts, i))->name);
    g_ptr_array_add(names, NULL);
    return yaml_find_nearest(name, (const char *const *)(gconstpointer)names->pdata);
}

static void take_template_problem(const char *file, guint line, guint column, const char *what, gpointer data)
{
    RulebookReader *reader = data;
    g_autofree char *key = g_strdup_printf("%s:%u:%u:%s", file, line, column, what);
    g_autofree char *quoted = g_strdup_printf("\"%s\"", reader->unknown_name != NULL ? reader->unknown_name : "");
    const char *near = strstr(what, quoted) != NULL ? find_near_template_name(reader, reader->unknown_name) : NULL;
    if (!g_hash_table_add(reader->told, g_steal_pointer(&key)))
        return;
    if (near != NULL)
        problems_add(reader->problems, file, line, column, "%s; did you mean \"%s\"?", what, near);
    else
        problems_add(reader->problems, file, line, column, "%s", what);
}

static void tell_missing_template(const RulebookReader *reader, const YamlNode *node, const char *name)
{
    g_autoptr(GPtrArray) files = reader_list_folder(reader, "templates");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < files->len; i++) {
        const char *file = g_ptr_array_index(files, i);
        if (g_str_has_suffix(file, ".txt") && *file != '_')
            g_ptr_array_add(names, g_strndup(file, strlen(file) - strlen(".txt")));
    }
    g_ptr_array_add(names, NULL);
    const char *near = yaml_find_nearest(name, (const char *const *)(gconstpointer)names->pdata);
    if (near != NULL)
        yaml_problem(node, "there is no template \"%s\" (templates/%s.txt); did you mean \"%s\"?", name, name, near);
    else
        yaml_problem(node, "there is no template \"%s\": write templates/%s.txt, or name another", name, name);
}

Template *reader_load_template(RulebookReader *reader, const char *name)
{
    Template *template =
        template_load(name, find_template_file, reader, knows_template_name, reader, take_template_problem, reader);
    if (template != NULL)
        g_ptr_array_add(reader->rulebook->templates, template);
    g_hash_table_insert(reader->templates, g_strdup(name), template);
    return template;
}

Template *reader_read_template(RulebookReader *reader, const YamlNode *node)
{
    gpointer known = NULL;
    const char *name = yaml_get_text(node);
    if (name == NULL)
        return NULL;
    if (*name == '\0' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0') {
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "%s is no name of a template: write what stands before .txt, of a-z, 0-9, _ and -", shown);
        return NULL;
    }
    if (g_hash_table_lookup_extended(reader->templates, name, NULL, &known))
        return known;
    g_autofree char *file = g_strconcat("templates/", name, ".txt", NULL);
    g_autofree char *path = reader_find_file(reader, file);
    if (path == NULL) {
        tell_missing_template(reader, node, name);
        return NULL;
    }
    return reader_load_template(reader, name);
}
