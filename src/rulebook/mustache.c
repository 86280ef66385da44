/*
 * rulebook/mustache.c - the language of the templates: text -> parts -> text
 *
 * Takes a file, gives a list of parts in which a section knows where it ends; partials are read into the same list,
 * so that rendering is one walk over it. Everything that can be wrong is told when a template is read: a name that
 * nobody puts, a section that does not close, a partial that includes itself, a raw tag, and in HTML a value at a
 * place where escaping would not make it harmless. Rendering can then only become too long.
 *
 * It is written here and not borrowed because names and places have to be checked tag by tag anyway, and what is left
 * after that is the walk. (kainjow mustache 4.1 was tried: it leaves blank lines where a section is off, makes a part
 * of every blank, and reads partials at each rendering.)
 */
#include "mustache.h"

#include "template_values.h"

#include <string.h>

enum { MAX_DEPTH = 16, MAX_PARTS = 20000 };

typedef enum { PART_TEXT, PART_VALUE, PART_SECTION, PART_INVERTED } PartKind;

typedef struct {
    PartKind kind;
    char *text; /* the text, or the name */
    guint end;  /* for sections: the part behind it */
} Part;

struct Mustache {
    GArray *parts; /* Part */
    gboolean is_html;
};

/* ---- where HTML stands ---- */

typedef enum { HTML_TEXT, HTML_TAG, HTML_ATTRIBUTE, HTML_COMMENT } HtmlPlace;

/* As much of HTML's syntax as tells where a value would stand. */
typedef struct {
    HtmlPlace place;
    char quote;        /* in HTML_ATTRIBUTE */
    gboolean is_first; /* nothing of the attribute's value was there yet */
    GString *word;     /* the element's or the attribute's name, in lower case */
    gboolean is_raw;   /* within style or script */
} HtmlState;

static void enter_or_leave_raw(HtmlState *html)
{
    if (strcmp(html->word->str, "style") == 0 || strcmp(html->word->str, "script") == 0)
        html->is_raw = TRUE;
    else if (strcmp(html->word->str, "/style") == 0 || strcmp(html->word->str, "/script") == 0)
        html->is_raw = FALSE;
}

static void read_tag_character(HtmlState *html, char c)
{
    if (c == '>') {
        enter_or_leave_raw(html);
        html->place = HTML_TEXT;
    } else if (c == '"' || c == '\'') {
        html->place = HTML_ATTRIBUTE;
        html->quote = c;
        html->is_first = TRUE;
    } else if (g_ascii_isspace(c)) {
        enter_or_leave_raw(html);
        g_string_truncate(html->word, 0);
    } else if (c != '=') {
        g_string_append_c(html->word, g_ascii_tolower(c));
        if (strcmp(html->word->str, "!--") == 0)
            html->place = HTML_COMMENT;
    }
}

/* A comment ends at "-->": what of that was seen stands in the word. */
static void read_comment_character(HtmlState *html, char c)
{
    if (c == '>' && g_str_has_suffix(html->word->str, "--"))
        html->place = HTML_TEXT;
    else if (c == '-')
        g_string_append_c(html->word, c);
    else
        g_string_truncate(html->word, 0);
}

static void read_html(HtmlState *html, const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if (html->place == HTML_TEXT) {
            if (text[i] == '<') {
                html->place = HTML_TAG;
                g_string_truncate(html->word, 0);
            }
        } else if (html->place == HTML_TAG) {
            read_tag_character(html, text[i]);
        } else if (html->place == HTML_COMMENT) {
            read_comment_character(html, text[i]);
        } else if (text[i] == html->quote) {
            html->place = HTML_TAG;
            g_string_truncate(html->word, 0);
        } else {
            html->is_first = FALSE;
        }
    }
}

/* What is wrong with a value at this place; NULL when it is harmless there. */
static const char *find_html_problem(const HtmlState *html, const char *name)
{
    static const char *const addresses[] = {"href", "src", "action", "formaction", "background", "cite", "data", "poster", NULL};

    if (html->is_raw)
        return "a value cannot stand within style or script";
    if (html->place == HTML_TEXT || html->place == HTML_COMMENT)
        return NULL;
    if (html->place == HTML_TAG)
        return "a value within a tag must stand in a quoted attribute";
    if (strcmp(html->word->str, "style") == 0 || g_str_has_prefix(html->word->str, "on"))
        return "a value cannot stand in this attribute";
    if (g_strv_contains(addresses, html->word->str) && (!html->is_first || !g_str_has_suffix(name, "_url")))
        return "an address to go to must begin with a value whose name ends in _url";
    return NULL;
}

/* ---- reading ---- */

typedef struct {
    guint part;
    gsize offset; /* of its tag */
} OpenSection;

typedef struct {
    const MustacheReader *reader;
    GArray *parts;    /* Part */
    GArray *open;     /* OpenSection */
    GPtrArray *files; /* TemplateFile: those being read, to find circles */
    HtmlState html;
    gboolean is_failed;
} Parsing;

/* A tag of a file: "{{", sign, name, "}}". */
typedef struct {
    const TemplateFile *file;
    gsize start; /* of "{{" */
    gsize end;   /* behind "}}" */
    char sign;   /* one of # ^ / > ! & { =, or 0 for a value */
    char *name;
} Tag;

static void clear_part(gpointer data)
{
    g_free(((Part *)data)->text);
}

void mustache_tell(const MustacheReader *reader, const TemplateFile *file, gsize offset, const char *format, ...)
{
    g_autofree char *what = NULL;
    guint line = 1;
    const char *line_start = file->text;
    va_list arguments;

    for (const char *at = file->text; at < file->text + offset; at++) {
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        }
    }
    va_start(arguments, format);
    what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    reader->problem(file->name, line, (guint)g_utf8_strlen(line_start, file->text + offset - line_start) + 1, what,
                    reader->problem_data);
}

#define TELL(parsing, tag, ...)                                                                                                    \
    do {                                                                                                                           \
        (parsing)->is_failed = TRUE;                                                                                               \
        mustache_tell((parsing)->reader, (tag)->file, (tag)->start, __VA_ARGS__);                                                  \
    } while (0)

static void add_part(Parsing *parsing, PartKind kind, const char *text, gsize length)
{
    Part part = {.kind = kind, .text = g_strndup(text, length)};

    g_array_append_val(parsing->parts, part);
}

static void add_text(Parsing *parsing, const char *text, gsize length)
{
    if (length == 0)
        return;
    if (parsing->reader->is_html)
        read_html(&parsing->html, text, length);
    add_part(parsing, PART_TEXT, text, length);
}

/* TRUE when somebody puts that name where the tag stands: in an item of a list that is open here, or for the whole mail. */
static gboolean is_known_name(const Parsing *parsing, const char *name)
{
    const MustacheReader *reader = parsing->reader;

    for (guint i = parsing->open->len; i > 0; i--) {
        guint part = g_array_index(parsing->open, OpenSection, i - 1).part;
        g_autofree char *item = g_strdup_printf("%s.%s", g_array_index(parsing->parts, Part, part).text, name);

        if (reader->knows_name(item, reader->knows_data))
            return TRUE;
    }
    return reader->knows_name(name, reader->knows_data);
}

/*
 * FALSE when it is no name at all. An unknown name is told, and its section is opened all the same, so that its end
 * is no second mistake.
 */
static gboolean check_name(Parsing *parsing, const Tag *tag)
{
    const char *characters = tag->sign == '>' ? "abcdefghijklmnopqrstuvwxyz0123456789_-" : "abcdefghijklmnopqrstuvwxyz0123456789_";

    if (tag->name[0] == '\0' || tag->name[strspn(tag->name, characters)] != '\0') {
        TELL(parsing, tag, "\"%s\" is no name: names are of a-z, 0-9 and _; in the section of a list its values have plain names",
             tag->name);
        return FALSE;
    }
    if (tag->sign != '>' && tag->sign != '/' && !is_known_name(parsing, tag->name))
        TELL(parsing, tag, "no value is called \"%s\" here: doc/rules.md lists the names, and each field has its own", tag->name);
    return TRUE;
}

static void read_value(Parsing *parsing, const Tag *tag)
{
    const char *problem = parsing->reader->is_html ? find_html_problem(&parsing->html, tag->name) : NULL;

    if (problem != NULL)
        TELL(parsing, tag, "%s", problem);
    parsing->html.is_first = FALSE;
    add_part(parsing, PART_VALUE, tag->name, strlen(tag->name));
}

static void open_section(Parsing *parsing, const Tag *tag)
{
    OpenSection open = {.part = parsing->parts->len, .offset = tag->start};

    if (parsing->open->len >= MAX_DEPTH) {
        TELL(parsing, tag, "sections are nested more than %d deep", MAX_DEPTH);
        return;
    }
    add_part(parsing, tag->sign == '#' ? PART_SECTION : PART_INVERTED, tag->name, strlen(tag->name));
    g_array_append_val(parsing->open, open);
}

/* `least`: sections that were open before this file stay open. */
static void close_section(Parsing *parsing, const Tag *tag, guint least)
{
    guint innermost;
    Part *part;

    if (parsing->open->len <= least) {
        TELL(parsing, tag, "{{/%s}} closes a section that is not open", tag->name);
        return;
    }
    innermost = g_array_index(parsing->open, OpenSection, parsing->open->len - 1).part;
    part = &g_array_index(parsing->parts, Part, innermost);
    if (strcmp(part->text, tag->name) != 0) {
        TELL(parsing, tag, "{{/%s}} stands where {{/%s}} is wanted", tag->name, part->text);
        return;
    }
    part->end = parsing->parts->len;
    g_array_set_size(parsing->open, parsing->open->len - 1);
}

static void parse_file(Parsing *parsing, const TemplateFile *file, gsize start, gsize end);

static void read_partial(Parsing *parsing, const Tag *tag)
{
    const TemplateFile *partial = parsing->reader->find_partial(tag->name, parsing->reader->data);

    if (partial == NULL) {
        TELL(parsing, tag, "there is no \"_%s%s\" in templates: write it, or leave the tag out", tag->name,
             parsing->reader->is_html ? ".html" : ".txt");
        return;
    }
    if (parsing->files->len >= MAX_DEPTH || g_ptr_array_find(parsing->files, partial, NULL)) {
        TELL(parsing, tag, "\"%s\" includes itself, or partials are nested too deep", partial->name);
        return;
    }
    parse_file(parsing, partial, 0, strlen(partial->text));
}

static void read_tag(Parsing *parsing, const Tag *tag, guint least_open)
{
    if (parsing->parts->len >= MAX_PARTS) {
        TELL(parsing, tag, "the template has more than %d parts", MAX_PARTS);
        return;
    }
    if (tag->sign == '!')
        return;
    if (tag->sign == '{' || tag->sign == '&') {
        TELL(parsing, tag, "a raw tag could carry what a stranger wrote unescaped: write {{name}}");
        return;
    }
    if (tag->sign == '=') {
        TELL(parsing, tag, "delimiters cannot be changed");
        return;
    }
    if (!check_name(parsing, tag))
        return;
    if (tag->sign == '#' || tag->sign == '^')
        open_section(parsing, tag);
    else if (tag->sign == '/')
        close_section(parsing, tag, least_open);
    else if (tag->sign == '>')
        read_partial(parsing, tag);
    else
        read_value(parsing, tag);
}

/* The next tag at or after `at`; FALSE when there is none. A tag that does not end is told. */
static gboolean find_tag(Parsing *parsing, const TemplateFile *file, gsize at, gsize end, Tag *tag)
{
    const char *open = g_strstr_len(file->text + at, (gssize)(end - at), "{{");
    const char *close;

    if (open == NULL)
        return FALSE;
    *tag = (Tag){.file = file, .start = (gsize)(open - file->text)};
    close = g_strstr_len(open + 2, (gssize)(end - tag->start - 2), "}}");
    if (close == NULL) {
        TELL(parsing, tag, "a tag that does not end: write }}");
        return FALSE;
    }
    tag->end = (gsize)(close - file->text) + 2;
    open += 2;
    while (open < close && g_ascii_isspace(*open))
        open++;
    if (open < close && strchr("#^/>!&{=", *open) != NULL)
        tag->sign = *open++;
    tag->name = g_strstrip(g_strndup(open, (gsize)(close - open)));
    return TRUE;
}

/*
 * A tag that is no value and stands alone on its line takes the line with it: *text_end is moved before its blanks and the
 * place to go on is behind its line end.
 */
static gsize find_end_of_tag(const Tag *tag, gsize at, gsize end, gsize *text_end)
{
    const char *text = tag->file->text;
    gsize before = tag->start;
    gsize after = tag->end;

    if (tag->sign == 0)
        return tag->end;
    while (before > at && (text[before - 1] == ' ' || text[before - 1] == '\t'))
        before--;
    while (after < end && (text[after] == ' ' || text[after] == '\t'))
        after++;
    if ((before > 0 && text[before - 1] != '\n') || (after < end && text[after] != '\n'))
        return tag->end;
    *text_end = before;
    return MIN(after + 1, end);
}

static void tell_open_sections(Parsing *parsing, const TemplateFile *file, guint least)
{
    for (guint i = least; i < parsing->open->len; i++) {
        const OpenSection *open = &g_array_index(parsing->open, OpenSection, i);
        const char *name = g_array_index(parsing->parts, Part, open->part).text;

        parsing->is_failed = TRUE;
        mustache_tell(parsing->reader, file, open->offset, "the section \"%s\" does not end: write {{/%s}}", name, name);
    }
    g_array_set_size(parsing->open, least);
}

static void parse_file(Parsing *parsing, const TemplateFile *file, gsize start, gsize end)
{
    guint least_open = parsing->open->len;
    gsize at = start;
    Tag tag;

    g_ptr_array_add(parsing->files, (gpointer)(guintptr)file);
    while (find_tag(parsing, file, at, end, &tag)) {
        gsize text_end = tag.start;
        gsize next = find_end_of_tag(&tag, at, end, &text_end);

        add_text(parsing, file->text + at, text_end - at);
        read_tag(parsing, &tag, least_open);
        g_free(tag.name);
        at = next;
    }
    add_text(parsing, file->text + at, end - at);
    tell_open_sections(parsing, file, least_open);
    g_ptr_array_set_size(parsing->files, (gint)parsing->files->len - 1);
}

Mustache *mustache_compile(const MustacheReader *reader, const TemplateFile *file, gsize start, gsize end)
{
    g_autoptr(Mustache) mustache = g_new0(Mustache, 1);
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(OpenSection));
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    Parsing parsing = {.reader = reader, .open = open, .files = files, .html.word = g_string_new(NULL)};

    mustache->is_html = reader->is_html;
    mustache->parts = g_array_new(FALSE, TRUE, sizeof(Part));
    g_array_set_clear_func(mustache->parts, clear_part);
    parsing.parts = mustache->parts;
    parse_file(&parsing, file, start, end);
    g_string_free(parsing.html.word, TRUE);
    return parsing.is_failed ? NULL : g_steal_pointer(&mustache);
}

void mustache_free(Mustache *mustache)
{
    if (mustache == NULL)
        return;
    g_array_unref(mustache->parts);
    g_free(mustache);
}

/* ---- rendering ---- */

/* The values that can be seen at a place: those of the innermost item first. */
typedef struct Scope {
    const TemplateValues *values;
    const struct Scope *outer;
} Scope;

typedef struct {
    const Mustache *mustache;
    gsize max_bytes;
    GString *result;
} Rendering;

static const TemplateValue *find_value(const Scope *scope, const char *name)
{
    const TemplateValue *value = NULL;

    for (; scope != NULL && value == NULL; scope = scope->outer)
        value = template_values_find(scope->values, name);
    return value;
}

static void append_escaped(GString *result, const char *text)
{
    for (;;) {
        gsize plain = strcspn(text, "&<>\"'");

        g_string_append_len(result, text, (gssize)plain);
        text += plain;
        switch (*text++) {
        case '&':
            g_string_append(result, "&amp;");
            break;
        case '<':
            g_string_append(result, "&lt;");
            break;
        case '>':
            g_string_append(result, "&gt;");
            break;
        case '"':
            g_string_append(result, "&quot;");
            break;
        case '\'':
            g_string_append(result, "&#39;");
            break;
        default:
            return;
        }
    }
}

static gboolean render_parts(const Rendering *rendering, guint from, guint to, const Scope *scope);

static gboolean render_section(const Rendering *rendering, guint number, const Scope *scope)
{
    const Part *part = &g_array_index(rendering->mustache->parts, Part, number);
    const TemplateValue *value = find_value(scope, part->text);
    gboolean is_true = value != NULL && value->is_true;

    if (is_true != (part->kind == PART_SECTION))
        return TRUE;
    if (!is_true || value->items == NULL)
        return render_parts(rendering, number + 1, part->end, scope);
    for (guint i = 0; i < value->items->len; i++) {
        Scope inner = {.values = value->items->pdata[i], .outer = scope};

        if (!render_parts(rendering, number + 1, part->end, &inner))
            return FALSE;
    }
    return TRUE;
}

/* Sections call back to here, at most MAX_DEPTH deep. */
static gboolean render_parts(const Rendering *rendering, guint from, guint to, const Scope *scope)
{
    for (guint i = from; i < to; i++) {
        const Part *part = &g_array_index(rendering->mustache->parts, Part, i);

        if (part->kind == PART_TEXT) {
            g_string_append(rendering->result, part->text);
        } else if (part->kind == PART_VALUE) {
            const TemplateValue *value = find_value(scope, part->text);

            if (value != NULL && value->text != NULL && rendering->mustache->is_html)
                append_escaped(rendering->result, value->text);
            else if (value != NULL && value->text != NULL)
                g_string_append(rendering->result, value->text);
        } else {
            if (!render_section(rendering, i, scope))
                return FALSE;
            i = part->end - 1;
        }
        if (rendering->result->len > rendering->max_bytes)
            return FALSE;
    }
    return TRUE;
}

gboolean mustache_render(const Mustache *mustache, const TemplateValues *values, gsize max_bytes, GString *result)
{
    Rendering rendering = {.mustache = mustache, .max_bytes = max_bytes, .result = result};
    Scope scope = {.values = values, .outer = NULL};

    return render_parts(&rendering, 0, mustache->parts->len, &scope);
}
