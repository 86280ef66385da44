/*
 * rulebook/parts.c - parts of patterns that have a name: {money}, {month}
 *
 * What a sum or a day looks like stands once, under `parts`, and the patterns of the fields say {money} or {day}. A part may use those above it. It
 * stands in a pattern as a group of its own, so that alternatives in it need no further care. A brace behind a backslash and a letter is
 * PCRE2's own (\p{Lu}), and so is one that holds no name ({2,5}).
 */
#include <string.h>

#include "reader.h"

#define MAX_PATTERN_BYTES (16 * 1024) /* as pattern.c: parts of parts can grow */

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz_";

/* The length of the name in braces at `at`; 0 when none stands there. */
static gsize get_name_length(const char *text, const char *at)
{
    gsize length = *at == '{' ? strspn(at + 1, name_letters) : 0;
    gboolean is_escape = at - text >= 2 && g_ascii_isalpha(at[-1]) && at[-2] == '\\';

    return length > 0 && at[1 + length] == '}' && !is_escape ? length : 0;
}

static const char *find_part(GHashTable *parts, const char *at, gsize length)
{
    g_autofree char *name = g_strndup(at + 1, length);

    return g_hash_table_lookup(parts, name);
}

char *parts_fill(GHashTable *parts, const YamlNode *node, const char *text)
{
    g_autoptr(GString) filled = g_string_new(NULL);

    for (const char *at = text; *at != '\0'; at++) {
        gsize length = get_name_length(text, at);
        const char *part = length > 0 ? find_part(parts, at, length) : NULL;

        if (length > 0 && part == NULL) {
            yaml_problem_at(node, (gsize)(at - text), "there is no part {%.*s}: write it under parts:, or \\{ for a brace",
                            (int)length, at + 1);
            return NULL;
        }
        if (part == NULL)
            g_string_append_c(filled, *at);
        else
            g_string_append_printf(filled, "(?:%s)", part);
        if (filled->len > MAX_PATTERN_BYTES) {
            yaml_problem(node, "with its parts the pattern is longer than %d bytes: split it", MAX_PATTERN_BYTES);
            return NULL;
        }
        at += part != NULL ? length + 1 : 0;
    }
    return g_strdup(filled->str);
}

gsize parts_find_offset(GHashTable *parts, const char *text, gsize offset)
{
    gsize filled = 0;

    for (const char *at = text; *at != '\0'; at++) {
        gsize length = get_name_length(text, at);
        const char *part = length > 0 ? find_part(parts, at, length) : NULL;

        filled += part != NULL ? strlen(part) + strlen("(?:)") : 1;
        if (filled > offset)
            return (gsize)(at - text);
        at += part != NULL ? length + 1 : 0;
    }
    return strlen(text);
}

static void read_part(GHashTable *parts, const char *name, const YamlNode *node)
{
    g_autoptr(PatternRule) alone = reader_read_pattern_with(node, parts);
    g_autofree char *text = alone != NULL ? parts_fill(parts, node, yaml_get_quoted(node)) : NULL;

    if (strspn(name, name_letters) != strlen(name))
        yaml_problem(node, "\"%.60s\" cannot stand in braces: name a part with a-z and _", name);
    else if (text != NULL)
        g_hash_table_insert(parts, g_strdup(name), g_steal_pointer(&text));
}

GHashTable *parts_read(const YamlNode *mapping)
{
    GHashTable *parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0, pairs = yaml_get_pairs(mapping); i < pairs; i++)
        read_part(parts, yaml_get_key(mapping, i), yaml_get_value(mapping, i));
    return parts;
}
