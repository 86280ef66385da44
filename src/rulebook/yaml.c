/*
 * rulebook/yaml.c - YAML files read with their places (the one home of libyaml)
 *
 * Takes a path; gives a tree of nodes, each with the place it was written at. It is built from libyaml's events and not by its document
 * API, since aliases, tags, duplicate keys and depth are only seen there, and since that way a file of a hundred thousand brackets
 * ends at the seventeenth. All scalars are texts until a reader converts them, so "no" is never a boolean by accident.
 *
 * Mistakes go to the Problems and reading goes on; only what leaves no tree to speak of (broken syntax, depth, size) ends a file. A node that
 * was refused is silent afterwards: one mistake is told once.
 */
#include "usher/rulebook/yaml.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "source.h"
#include "usher/base/text.h"
#include "yaml_place.h"

#define YAML_MAX_DEPTH 16
#define YAML_MAX_NODES 100000
#define SHOWN_CHARS 60

typedef enum { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING, NODE_REFUSED } NodeType;

struct YamlNode {
    YamlFile *file;
    NodeType type;
    ScalarStyle style;
    guint line;
    guint column;
    gsize start; /* in characters from the start of the file */
    gsize end;
    char *text;          /* of a scalar */
    GPtrArray *items;    /* of a sequence; of a mapping key and value by turns; borrowed */
    const YamlNode *key; /* the key it stands under, as a list's item too; NULL */
    gboolean is_item;    /* of a list */
};

struct YamlFile {
    char *name;
    Problems *problems;
    char *bytes;
    gsize length;
    GPtrArray *nodes; /* all of them */
    GPtrArray *open;  /* borrowed: the containers being read, outermost first */
    YamlNode *top;
    guint documents;
};

static void node_free(YamlNode *node)
{
    g_free(node->text);
    if (node->items != NULL)
        g_ptr_array_unref(node->items);
    g_free(node);
}

void yaml_close(YamlFile *file)
{
    if (file == NULL)
        return;
    g_ptr_array_unref(file->nodes);
    g_ptr_array_unref(file->open);
    g_free(file->name);
    g_free(file->bytes);
    g_free(file);
}

/* ---- building the tree ---- */

static YamlNode *add_node(YamlFile *file, NodeType type, const yaml_event_t *event)
{
    YamlNode *node = g_new0(YamlNode, 1);
    node->file = file;
    node->type = type;
    node->line = (guint)event->start_mark.line + 1;
    node->column = (guint)event->start_mark.column + 1;
    node->start = event->start_mark.index;
    node->end = event->end_mark.index;
    if (type == NODE_SEQUENCE || type == NODE_MAPPING)
        node->items = g_ptr_array_new();
    g_ptr_array_add(file->nodes, node);
    return node;
}

/* Puts a node where it belongs: into the innermost open container, or on top. */
static void place_node(YamlFile *file, YamlNode *node)
{
    if (file->open->len == 0) {
        if (file->top == NULL)
            file->top = node;
        return;
    }
    YamlNode *parent = g_ptr_array_index(file->open, file->open->len - 1);
    if (parent->type == NODE_MAPPING && parent->items->len % 2 == 1)
        node->key = g_ptr_array_index(parent->items, parent->items->len - 1);
    node->is_item = parent->type == NODE_SEQUENCE;
    if (node->is_item)
        node->key = parent->key;
    g_ptr_array_add(parent->items, node);
}

static void refuse_anchor_and_tag(YamlNode *node, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        yaml_problem(node, "anchors (&%s) are not used here: write the value out at each place", (const char *)anchor);
    if (tag != NULL)
        yaml_problem(node, "tags (%s) are not used here: leave it out, or quote a text that starts with \"!\"", (const char *)tag);
}

static ScalarStyle get_style(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return STYLE_SINGLE_QUOTED;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return STYLE_DOUBLE_QUOTED;
    case YAML_LITERAL_SCALAR_STYLE:
        return STYLE_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return STYLE_FOLDED;
    default:
        return STYLE_PLAIN;
    }
}

static void take_scalar(YamlFile *file, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    gboolean has_nul = memchr(value, '\0', event->data.scalar.length) != NULL;
    YamlNode *node = add_node(file, NODE_SCALAR, event);
    node->style = get_style(event->data.scalar.style);
    node->text = g_strndup(value, event->data.scalar.length);
    place_node(file, node);
    refuse_anchor_and_tag(node, event->data.scalar.anchor, event->data.scalar.tag);
    if (has_nul) {
        yaml_problem(node, "a text cannot hold a NUL character: take the \\0 out");
        node->type = NODE_REFUSED;
    }
}

static void take_alias(YamlFile *file, const yaml_event_t *event)
{
    YamlNode *node = add_node(file, NODE_SCALAR, event);
    node->text = g_strdup("");
    place_node(file, node);
    yaml_problem(node, "aliases (*%s) are not used here: write the value out, or quote a text that starts with \"*\"",
                 (const char *)event->data.alias.anchor);
    node->type = NODE_REFUSED;
}

static gboolean open_container(YamlFile *file, NodeType type, const yaml_event_t *event)
{
    YamlNode *node = add_node(file, type, event);
    if (file->open->len >= YAML_MAX_DEPTH) {
        yaml_problem(node, "is nested deeper than %d: no rule needs that, look for a bracket too many", YAML_MAX_DEPTH);
        return FALSE;
    }
    place_node(file, node);
    if (type == NODE_MAPPING)
        refuse_anchor_and_tag(node, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    else
        refuse_anchor_and_tag(node, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    g_ptr_array_add(file->open, node);
    return TRUE;
}

/* Leaves in a mapping what has a usable key of its own. */
static void close_mapping(YamlNode *mapping)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *kept = g_ptr_array_new();
    for (guint i = 0; i + 1 < mapping->items->len; i += 2) {
        YamlNode *key = g_ptr_array_index(mapping->items, i);
        const YamlNode *former = key->type == NODE_SCALAR ? g_hash_table_lookup(seen, key->text) : NULL;
        if (key->type == NODE_SEQUENCE || key->type == NODE_MAPPING) {
            yaml_problem(key, "a key must be a word, not a list or a mapping: quote a text that starts with [ or {");
        } else if (former != NULL) {
            yaml_problem(key, "\"%s\" stands here twice (first in line %u): keep one of them", key->text, former->line);
        } else if (key->type == NODE_SCALAR) {
            g_hash_table_insert(seen, key->text, key);
            g_ptr_array_add(kept, key);
            g_ptr_array_add(kept, g_ptr_array_index(mapping->items, i + 1));
        }
    }
    g_ptr_array_unref(mapping->items);
    mapping->items = kept;
}

static void close_container(YamlFile *file)
{
    YamlNode *node = g_ptr_array_index(file->open, file->open->len - 1);
    g_ptr_array_set_size(file->open, (gint)file->open->len - 1);
    if (node->type == NODE_MAPPING)
        close_mapping(node);
}

static gboolean start_document(YamlFile *file, const yaml_event_t *event)
{
    if (++file->documents == 1)
        return TRUE;
    problems_add(file->problems, file->name, (guint)event->start_mark.line + 1, (guint)event->start_mark.column + 1,
                 "a second document starts here: one file holds one, take the \"---\" out");
    return FALSE;
}

/* FALSE ends the reading of the file, with a problem told. */
static gboolean take_event(YamlFile *file, const yaml_event_t *event)
{
    if (file->nodes->len >= YAML_MAX_NODES) {
        problems_add(file->problems, file->name, (guint)event->start_mark.line + 1, (guint)event->start_mark.column + 1,
                     "holds more than %d values: split the file or take something out", YAML_MAX_NODES);
        return FALSE;
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return start_document(file, event);
    case YAML_SCALAR_EVENT:
        take_scalar(file, event);
        return TRUE;
    case YAML_ALIAS_EVENT:
        take_alias(file, event);
        return TRUE;
    case YAML_SEQUENCE_START_EVENT:
        return open_container(file, NODE_SEQUENCE, event);
    case YAML_MAPPING_START_EVENT:
        return open_container(file, NODE_MAPPING, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_container(file);
        return TRUE;
    default:
        return TRUE;
    }
}

/* ---- broken syntax ---- */

/* What would be right, for what libyaml says most often. */
static const char *find_remedy(const char *problem, const YamlFile *file, gsize line_start)
{
    static const struct {
        const char *problem;
        const char *remedy;
    } remedies[] = {
        {"found unknown escape character", "write patterns in single quotes, where \\ is only \\"},
        {"found character that cannot start any token", "quote a text that starts with @, ` or %"},
        {"mapping values are not allowed in this context", "quote a text that holds \": \", and check the indentation"},
        {"did not find expected key", "check the indentation, and quote what follows a closing quote or bracket"},
        {"did not find expected '-' indicator", "check the indentation of the list"},
        {"did not find expected ',' or ']'", "close the [ or put a comma"},
        {"did not find expected ',' or '}'", "close the { or put a comma"},
        {"could not find expected ':'", "a key needs a colon and a blank behind it"},
        {"found unexpected end of stream", "close the quote"},
        {"control characters are not allowed", "save the file as plain UTF-8 text"},
    };
    const char *line = file->bytes + MIN(line_start, file->length);
    if (line[strspn(line, " ")] == '\t')
        return "indent with blanks, not with tabs";
    for (guint i = 0; i < G_N_ELEMENTS(remedies); i++)
        if (strcmp(problem, remedies[i].problem) == 0)
            return remedies[i].remedy;
    return strstr(problem, "UTF-8") != NULL ? "save the file as plain UTF-8 text" : NULL;
}

/* Line and column of a byte, and the byte its line starts at. */
static void find_line(const YamlFile *file, gsize offset, guint *line, guint *column, gsize *line_start)
{
    *line = 1;
    *line_start = 0;
    offset = MIN(offset, file->length);
    for (gsize i = 0; i < offset; i++)
        if (file->bytes[i] == '\n') {
            (*line)++;
            *line_start = i + 1;
        }
    *column = 1;
    for (gsize i = *line_start; i < offset; i++)
        *column += ((guchar)file->bytes[i] & 0xC0) != 0x80 ? 1 : 0;
}

static gsize find_line_start(const YamlFile *file, guint line)
{
    gsize start = 0;
    for (gsize i = 0; line > 1 && i < file->length; i++)
        if (file->bytes[i] == '\n') {
            line--;
            start = i + 1;
        }
    return start;
}

static void tell_syntax_error(const YamlFile *file, const yaml_parser_t *parser)
{
    const char *problem = parser->problem != NULL ? parser->problem : "cannot be read";
    guint line, column;
    gsize line_start;
    if (parser->error == YAML_READER_ERROR) {
        find_line(file, parser->problem_offset, &line, &column, &line_start);
    } else {
        line = (guint)parser->problem_mark.line + 1;
        column = (guint)parser->problem_mark.column + 1;
        line_start = find_line_start(file, line);
    }
    const char *remedy = find_remedy(problem, file, line_start);
    problems_add(file->problems, file->name, line, column, "is no YAML: %s%s%s%s%s", problem, parser->context != NULL ? " " : "",
                 parser->context != NULL ? parser->context : "", remedy != NULL ? "; " : "", remedy != NULL ? remedy : "");
}

static gboolean read_events(YamlFile *file)
{
    yaml_parser_t parser;
    gboolean is_good = TRUE, is_end = FALSE;
    if (!yaml_parser_initialize(&parser))
        g_error("out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)file->bytes, file->length);
    while (is_good && !is_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            tell_syntax_error(file, &parser);
            is_good = FALSE;
            break;
        }
        is_good = take_event(file, &event);
        is_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return is_good;
}

/* ---- reading ---- */

static YamlFile *file_new(const char *name, Problems *problems, char *take_bytes, gsize length)
{
    YamlFile *file = g_new0(YamlFile, 1);
    file->name = g_strdup(name);
    file->problems = problems;
    file->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    file->open = g_ptr_array_new();
    file->bytes = take_bytes;
    file->length = length;
    if (length >= 3 && memcmp(take_bytes, "\xEF\xBB\xBF", 3) == 0) {
        memmove(take_bytes, take_bytes + 3, length - 3 + 1);
        file->length -= 3;
    }
    return file;
}

YamlFile *yaml_read(const char *path, const char *shown_as, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    char *bytes = source_read(path, &length, &error);
    if (bytes == NULL) {
        problems_add(problems, shown_as, 1, 1, "%s (%s)", error->message, path);
        return NULL;
    }
    g_autoptr(YamlFile) file = file_new(shown_as, problems, bytes, length);
    if (!read_events(file))
        return NULL;
    return g_steal_pointer(&file);
}

const YamlNode *yaml_get_top(YamlFile *file)
{
    if (file->top == NULL) {
        YamlNode *empty = g_new0(YamlNode, 1);
        empty->file = file;
        empty->type = NODE_MAPPING;
        empty->line = empty->column = 1;
        empty->items = g_ptr_array_new();
        g_ptr_array_add(file->nodes, empty);
        file->top = empty;
    }
    if (file->top->type != NODE_MAPPING) {
        yaml_problem(file->top, "the file must be a mapping (\"key: value\" lines), not %s",
                     yaml_is_sequence(file->top) ? "a list" : "a text");
        return NULL;
    }
    return file->top;
}

/* ---- looking into nodes ---- */

gboolean yaml_is_mapping(const YamlNode *node)
{
    return node != NULL && node->type == NODE_MAPPING;
}

gboolean yaml_is_sequence(const YamlNode *node)
{
    return node != NULL && node->type == NODE_SEQUENCE;
}

gboolean yaml_is_scalar(const YamlNode *node)
{
    return node != NULL && node->type == NODE_SCALAR;
}

/* "key:" with nothing behind it. */
gboolean yaml_is_empty(const YamlNode *node)
{
    return node == NULL ||
           (node->type == NODE_SCALAR && node->style == STYLE_PLAIN && (*node->text == '\0' || strcmp(node->text, "~") == 0));
}

char *yaml_dup_shown(const YamlNode *node)
{
    if (yaml_is_sequence(node))
        return g_strdup("a list");
    if (yaml_is_mapping(node))
        return g_strdup("a mapping");
    if (yaml_is_empty(node))
        return g_strdup("nothing");
    g_autofree char *line = text_to_line(node->text, SHOWN_CHARS);
    return g_strdup_printf("\"%s\"", line);
}

/* What the node is called in a problem: the key it stands under. */
static char *dup_called(const YamlNode *node)
{
    if (node->key == NULL || node->key->type != NODE_SCALAR)
        return g_strdup("this");
    g_autofree char *line = text_to_line(node->key->text, SHOWN_CHARS);
    return g_strdup_printf("%s\"%s\"", node->is_item ? "each of " : "", line);
}

static void tell_type(const YamlNode *node, const char *wanted)
{
    g_autofree char *called = dup_called(node), *shown = yaml_dup_shown(node);
    yaml_problem(node, "%s must be %s, not %s", called, wanted, shown);
}

static gboolean expect_mapping(const YamlNode *node)
{
    if (!yaml_is_mapping(node))
        tell_type(node, "a mapping (\"key: value\")");
    return yaml_is_mapping(node);
}

gboolean yaml_check_keys(const YamlNode *mapping, const char *const *known_keys)
{
    if (mapping == NULL || !expect_mapping(mapping))
        return FALSE;
    for (guint i = 0; i < mapping->items->len; i += 2) {
        const YamlNode *key = g_ptr_array_index(mapping->items, i);
        if (g_strv_contains(known_keys, key->text))
            continue;
        g_autofree char *all = yaml_join_words(known_keys);
        const char *near = yaml_find_nearest(key->text, known_keys);
        if (near != NULL)
            yaml_problem(key, "unknown key \"%s\"; did you mean \"%s\"?", key->text, near);
        else
            yaml_problem(key, "unknown key \"%.60s\"; known here: %s", key->text, all);
    }
    return TRUE;
}

const YamlNode *yaml_find(const YamlNode *mapping, const char *key)
{
    if (!yaml_is_mapping(mapping))
        return NULL;
    for (guint i = 0; i < mapping->items->len; i += 2)
        if (strcmp(((const YamlNode *)g_ptr_array_index(mapping->items, i))->text, key) == 0)
            return g_ptr_array_index(mapping->items, i + 1);
    return NULL;
}

guint yaml_get_length(const YamlNode *sequence)
{
    if (yaml_is_empty(sequence))
        return 0;
    if (!yaml_is_sequence(sequence)) {
        tell_type(sequence, "a list");
        return 0;
    }
    return sequence->items->len;
}

const YamlNode *yaml_get_item(const YamlNode *sequence, guint index)
{
    return g_ptr_array_index(sequence->items, index);
}

guint yaml_get_pairs(const YamlNode *mapping)
{
    return !yaml_is_empty(mapping) && expect_mapping(mapping) ? mapping->items->len / 2 : 0;
}

const char *yaml_get_key(const YamlNode *mapping, guint index)
{
    return yaml_get_key_node(mapping, index)->text;
}

const YamlNode *yaml_get_value(const YamlNode *mapping, guint index)
{
    return g_ptr_array_index(mapping->items, 2 * (gsize)index + 1);
}

const YamlNode *yaml_get_key_node(const YamlNode *mapping, guint index)
{
    return g_ptr_array_index(mapping->items, 2 * (gsize)index);
}

/* ---- converting scalars ---- */

const char *yaml_get_text(const YamlNode *node)
{
    if (node == NULL)
        return NULL;
    if (!yaml_is_scalar(node)) {
        tell_type(node, "a text");
        return NULL;
    }
    if (yaml_is_empty(node)) {
        g_autofree char *called = dup_called(node);
        yaml_problem(node, "%s has no value: give it one or leave the key out", called);
        return NULL;
    }
    return node->text;
}

gboolean yaml_get_integer(const YamlNode *node, gint64 least, gint64 most, gint64 *value)
{
    gint64 number;
    if (yaml_is_scalar(node) && g_ascii_string_to_signed(node->text, 10, least, most, &number, NULL)) {
        *value = number;
        return TRUE;
    }
    g_autofree char *wanted = g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, least, most);
    tell_type(node, wanted);
    return FALSE;
}

gboolean yaml_get_boolean(const YamlNode *node, gboolean *value)
{
    gboolean is_true = yaml_is_scalar(node) && strcmp(node->text, "true") == 0;
    if (!is_true && !(yaml_is_scalar(node) && strcmp(node->text, "false") == 0)) {
        tell_type(node, "true or false");
        return FALSE;
    }
    *value = is_true;
    return TRUE;
}

/* The bytes a node was written with. */
static const char *find_source(const YamlNode *node, gsize *length)
{
    const char *start = g_utf8_offset_to_pointer(node->file->bytes, (glong)node->start);
    const char *end = g_utf8_offset_to_pointer(start, (glong)(node->end - node->start));
    *length = (gsize)(end - start);
    return start;
}

const char *yaml_get_quoted(const YamlNode *node)
{
    gsize length;
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return NULL;
    if (node->style == STYLE_PLAIN) {
        yaml_problem(node, "a pattern must stand in single quotes: '%.60s'", text);
        return NULL;
    }
    if (node->style == STYLE_DOUBLE_QUOTED) {
        const char *source = find_source(node, &length);
        if (memchr(source, '\\', length) != NULL) {
            yaml_problem(node, "a pattern must stand in single quotes: in double quotes \\b and the like mean something else");
            return NULL;
        }
    }
    return text;
}

/* ---- telling problems ---- */

void yaml_problem(const YamlNode *node, const char *format, ...)
{
    va_list arguments;
    if (node->type == NODE_REFUSED)
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    problems_add(node->file->problems, node->file->name, node->line, node->column, "%s", text);
}

static Place find_place(const YamlNode *node, gsize offset)
{
    Place place = {NULL, node->file->bytes + node->file->length, node->line, node->column};
    place.at = g_utf8_offset_to_pointer(node->file->bytes, (glong)node->start);
    if (node->type == NODE_SCALAR)
        place_find(&place, node->style, node->text, offset);
    return place;
}

void yaml_problem_at(const YamlNode *node, gsize offset, const char *format, ...)
{
    va_list arguments;
    if (node->type == NODE_REFUSED)
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    Place place = find_place(node, offset);
    problems_add(node->file->problems, node->file->name, place.line, place.column, "%s", text);
}

void yaml_warning_at(const YamlNode *node, gsize offset, const char *format, ...)
{
    va_list arguments;
    if (node->type == NODE_REFUSED)
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    Place place = find_place(node, offset);
    problems_add_warning(node->file->problems, node->file->name, place.line, place.column, "%s", text);
}

void yaml_warning(const YamlNode *node, const char *format, ...)
{
    va_list arguments;
    if (node->type == NODE_REFUSED)
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    problems_add_warning(node->file->problems, node->file->name, node->line, node->column, "%s", text);
}

guint yaml_get_line(const YamlNode *node)
{
    return node->line;
}

guint yaml_get_column(const YamlNode *node)
{
    return node->column;
}

const char *yaml_get_file_name(const YamlNode *node)
{
    return node->file->name;
}
