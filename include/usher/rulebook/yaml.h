/*
 * rulebook/yaml.h - YAML files read with their places (the one home of libyaml)
 *
 * The tree keeps where each node stands, so that every mistake is told as file:line:column with its remedy, all in one
 * run. All scalars are strings until a reader here converts them. Anchors, aliases, tags, duplicate keys, nesting deeper than 16,
 * more than 100,000 values and files over 1 MiB are refused.
 */
#ifndef USHER_RULEBOOK_YAML_H
#define USHER_RULEBOOK_YAML_H

#include <glib.h>

/* Mistakes found, in order. */
typedef struct {
    char *file;   /* as the operator knows it: "rules/routes.yaml" */
    guint line;   /* from 1 */
    guint column; /* from 1, in characters */
    char *what;   /* what is wrong and what would be right */
    gboolean is_warning;
} Problem;

typedef struct Problems Problems;
Problems *problems_new(void);
void problems_free(Problems *problems);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problems, problems_free)
void problems_add(Problems *problems, const char *file, guint line, guint column, const char *format, ...) G_GNUC_PRINTF(5, 6);
void problems_add_warning(Problems *problems, const char *file, guint line, guint column, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
guint problems_count_errors(const Problems *problems);
const GPtrArray *problems_get_list(const Problems *problems); /* Problem, by file, line, column */

/* A file read, and a node in it. Nodes are borrowed from their file. */
typedef struct YamlFile YamlFile;
typedef struct YamlNode YamlNode;

/* Reads `path`; problems are told under the name `shown_as`. NULL when it cannot be read or is no YAML. */
YamlFile *yaml_read(const char *path, const char *shown_as, Problems *problems);
void yaml_close(YamlFile *file); /* not "free": libyaml has a yaml_free of its own */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(YamlFile, yaml_close)
/* The top mapping; NULL (with a problem) when the top is something else. An empty file has an empty mapping. Call once a file. */
const YamlNode *yaml_get_top(YamlFile *file);

/*
 * What a mapping may hold: other keys are told as problems with the nearest known key. FALSE when the node is NULL or (a problem) no
 * mapping, so that there is nothing to read in it.
 */
gboolean yaml_check_keys(const YamlNode *mapping, const char *const *known_keys);
/* The node under a key; NULL when absent (no problem). */
const YamlNode *yaml_find(const YamlNode *mapping, const char *key);
/* Items of a sequence; a problem and 0 when it is no sequence; NULL and a key without a value give 0. */
guint yaml_get_length(const YamlNode *sequence);
const YamlNode *yaml_get_item(const YamlNode *sequence, guint index);
/* Pairs of a mapping, in order; a problem and 0 when it is no mapping; NULL and a key without a value give 0. */
guint yaml_get_pairs(const YamlNode *mapping);
const char *yaml_get_key(const YamlNode *mapping, guint index);
const YamlNode *yaml_get_value(const YamlNode *mapping, guint index);
const YamlNode *yaml_get_key_node(const YamlNode *mapping, guint index);
gboolean yaml_is_mapping(const YamlNode *node);
gboolean yaml_is_sequence(const YamlNode *node);
gboolean yaml_is_scalar(const YamlNode *node);
gboolean yaml_is_empty(const YamlNode *node); /* NULL, or a key with nothing behind it */

/* The text of a scalar (borrowed); a problem and NULL when it is none. NULL node gives NULL. */
const char *yaml_get_text(const YamlNode *node);
/* Conversions: FALSE with a problem told when the scalar is of another type. */
gboolean yaml_get_integer(const YamlNode *node, gint64 least, gint64 most, gint64 *value);
gboolean yaml_get_boolean(const YamlNode *node, gboolean *value);
/*
 * A pattern must be quoted or a block scalar; a plain scalar is told as a problem, and so are double quotes with a backslash, where
 * "\b" would silently be a backspace. NULL then. Borrowed.
 */
const char *yaml_get_quoted(const YamlNode *node);

/* Tells a problem at the node (at `offset` bytes into its scalar text where that can be mapped to a place). */
void yaml_problem(const YamlNode *node, const char *format, ...) G_GNUC_PRINTF(2, 3);
void yaml_problem_at(const YamlNode *node, gsize offset, const char *format, ...) G_GNUC_PRINTF(3, 4);
void yaml_warning_at(const YamlNode *node, gsize offset, const char *format, ...) G_GNUC_PRINTF(3, 4);
void yaml_warning(const YamlNode *node, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What stands there, for "must be ..., not %s": "\"ten\"", "a list", "a mapping", "nothing". Owned by the caller. */
char *yaml_dup_shown(const YamlNode *node);
guint yaml_get_line(const YamlNode *node);
guint yaml_get_column(const YamlNode *node);
const char *yaml_get_file_name(const YamlNode *node);

/* The nearest word of a NULL-terminated list by edit distance, or NULL when none is near. For "did you mean". */
const char *yaml_find_nearest(const char *word, const char *const *words);
/* The words parted by commas. Owned by the caller. */
char *yaml_join_words(const char *const *words);

#endif
