/*
 * rulebook/read.c - values out of YAML nodes, as the readers of all files need them
 *
 * Takes nodes; gives checked values, or tells at the node's place what is wrong and what would be right. Wording lives here so
 * that the same mistake is told in the same words in every file.
 */
#include "read.h"

#include <string.h>

const YamlNode *read_required(const YamlNode *mapping, const char *key, const char *remedy)
{
    const YamlNode *node = yaml_find(mapping, key);
    if (node == NULL && yaml_is_mapping(mapping))
        yaml_problem(mapping, "\"%s\" is missing: %s", key, remedy);
    return node;
}

const char *read_text(const YamlNode *mapping, const char *key)
{
    return yaml_get_text(yaml_find(mapping, key));
}

const char *read_required_text(const YamlNode *mapping, const char *key, const char *remedy)
{
    const YamlNode *node = read_required(mapping, key, remedy);
    const char *text = yaml_get_text(node);
    if (text != NULL && text[strspn(text, " \t\r\n")] == '\0') {
        yaml_problem(node, "\"%s\" is blank: %s", key, remedy);
        return NULL;
    }
    return text;
}

void read_number(const YamlNode *mapping, const char *key, guint least, guint most, guint *value)
{
    gint64 number;
    const YamlNode *node = yaml_find(mapping, key);
    if (node != NULL && yaml_get_integer(node, least, most, &number))
        *value = (guint)number;
}

void read_boolean(const YamlNode *mapping, const char *key, gboolean *value)
{
    const YamlNode *node = yaml_find(mapping, key);
    if (node != NULL)
        yaml_get_boolean(node, value);
}

GPtrArray *read_texts(const YamlNode *node)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    guint length = yaml_get_length(node);
    for (guint i = 0; i < length; i++) {
        const char *text = yaml_get_text(yaml_get_item(node, i));
        if (text != NULL)
            g_ptr_array_add(texts, g_strdup(text));
    }
    return texts;
}

int read_word(const YamlNode *node, const char *const *words)
{
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return -1;
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    g_autofree char *shown = yaml_dup_shown(node), *all = yaml_join_words(words);
    const char *near = yaml_find_nearest(text, words);
    if (near != NULL)
        yaml_problem(node, "%s is not known here; did you mean \"%s\"?", shown, near);
    else
        yaml_problem(node, "%s is not known here; it must be one of: %s", shown, all);
    return -1;
}

gboolean read_track(const YamlNode *node, Track *track)
{
    const char *words[TRACK_COUNT + 1] = {NULL};
    for (guint i = 0; i < TRACK_COUNT; i++)
        words[i] = track_get_name((Track)i);
    int found = read_word(node, words);
    if (found >= 0)
        *track = (Track)found;
    return found >= 0;
}

gboolean read_status(const YamlNode *node, LeadStatus *status)
{
    const char *words[STATUS_COUNT + 1] = {NULL};
    for (guint i = 0; i < STATUS_COUNT; i++)
        words[i] = status_get_name((LeadStatus)i);
    int found = read_word(node, words);
    if (found >= 0)
        *status = (LeadStatus)found;
    return found >= 0;
}

gboolean read_kind(const YamlNode *node, MessageKind last, MessageKind *kind)
{
    const char *words[KIND_COUNT + 1] = {NULL};
    for (guint i = 0; i <= last; i++)
        words[i] = kind_get_name((MessageKind)i);
    int found = read_word(node, words);
    if (found >= 0)
        *kind = (MessageKind)found;
    return found >= 0;
}

gboolean read_span(const YamlNode *node, Span *span)
{
    g_autoptr(GError) error = NULL;
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return FALSE;
    if (!span_parse(text, span, &error)) {
        yaml_problem(node, "%s", error->message);
        return FALSE;
    }
    return TRUE;
}

const char *read_name(const YamlNode *mapping, const char *key)
{
    const char *name = read_required_text(mapping, key, "give it a name of a-z, 0-9, _ and -");
    if (name == NULL)
        return NULL;
    if (!g_ascii_islower(*name) || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0') {
        const YamlNode *node = yaml_find(mapping, key);
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "%s is no name: it must start with a-z and hold only a-z, 0-9, _ and -", shown);
        return NULL;
    }
    return name;
}

gboolean read_is_twice(GHashTable *seen, const char *name, const YamlNode *node)
{
    const YamlNode *former = g_hash_table_lookup(seen, name);
    if (former == NULL) {
        g_hash_table_insert(seen, g_strdup(name), (gpointer)(gintptr)node);
        return FALSE;
    }
    if (strcmp(yaml_get_file_name(former), yaml_get_file_name(node)) == 0)
        yaml_problem(node, "\"%s\" stands here twice (first in line %u): give each a name of its own", name, yaml_get_line(former));
    else
        yaml_problem(node, "\"%s\" stands in %s:%u already: give each a name of its own", name, yaml_get_file_name(former),
                     yaml_get_line(former));
    return TRUE;
}

char *read_place(const YamlNode *node)
{
    const char *name = yaml_get_file_name(node);
    return g_strdup_printf("%s:%u", g_str_has_prefix(name, "rules/") ? name + strlen("rules/") : name, yaml_get_line(node));
}

gboolean read_clock_text(const char *text, gint64 *second_s)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 3);
    guint64 hour = 0, minute = 0;
    if (g_strv_length(parts) != 2 || !g_ascii_string_to_unsigned(parts[0], 10, 0, 23, &hour, NULL) ||
        !g_ascii_string_to_unsigned(parts[1], 10, 0, 59, &minute, NULL))
        return FALSE;
    *second_s = (gint64)(hour * 3600 + minute * 60);
    return TRUE;
}

gint64 read_clock(const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    gint64 second_s = 0;
    if (text == NULL || !read_clock_text(text, &second_s))
        yaml_problem(node, "write a time of day as \"10:00\", in quotes");
    return second_s;
}
