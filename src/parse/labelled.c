/*
 * parse/labelled.c - the labelled lines of a text, split once for all label rules
 *
 * Takes message->text; gives message->labelled, in order, each with the span of its value in the text. Which labels mean something is the
 * rulebook's affair: here everything that has the shape of a label is kept, since an unknown label costs nothing and a lost one costs a lead.
 *
 * Shapes, as form tools write them:
 *     Label: value            also with "*Label:*", behind bullets, numbers of a list or marks of quotation, with a full-width colon
 *     Label<TAB>value         a row of a table
 *     --- Label ---           the value below, up to the next one
 *     Label:                  the value below, up to an empty line or the next label
 *     Label                   a short line of its own, the value below it (form tools that part them by layout only)
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum {
    MAX_LABEL_BYTES = 80,
    MAX_LABEL_WORDS = 9,
    MAX_BARE_LABEL_BYTES = 40,
    MAX_BARE_LABEL_WORDS = 5,
    MAX_VALUE_BYTES = 8 * 1024,
    MAX_NUMBER_BYTES = 4,
};

typedef enum { SHAPE_NONE, SHAPE_PAIR, SHAPE_ALONE, SHAPE_RULED, SHAPE_BARE } Shape;

/* A line and what it may be. */
typedef struct {
    Line line; /* without marks of quotation and blanks */
    Shape shape;
    Line label;
    Line value; /* SHAPE_PAIR only */
    gboolean is_item;
} Row;

static guint count_words(Line line)
{
    guint words = 0;
    gboolean is_inside = FALSE;
    for (gsize i = 0; i < line.length; i++) {
        gboolean is_blank = line.start[i] == ' ' || line.start[i] == '\t';
        words += !is_blank && !is_inside;
        is_inside = !is_blank;
    }
    return words;
}

static gboolean has_letter(Line line)
{
    for (gsize i = 0; i < line.length; i++)
        if (g_ascii_isalpha(line.start[i]) || (guchar)line.start[i] >= 0xC3)
            return TRUE;
    return FALSE;
}

static gboolean is_label(Line label, gsize max_bytes, guint max_words)
{
    return label.length > 0 && label.length <= max_bytes && has_letter(label) && count_words(label) <= max_words &&
           memchr(label.start, '@', label.length) == NULL && memchr(label.start, '<', label.length) == NULL;
}

/* Bullets and marks of emphasis around a label. */
static Line strip_marks(Line line)
{
    line = line_strip(line);
    while (line.length > 0 && strchr("*_|#-", *line.start) != NULL) {
        line.start++;
        line.length--;
    }
    if (line.length > 3 && memcmp(line.start, "\xE2\x80\xA2", 3) == 0) {
        line.start += 3;
        line.length -= 3;
    }
    while (line.length > 0 && strchr("*_|:", line.start[line.length - 1]) != NULL)
        line.length--;
    return line_strip(line);
}

static Line strip_value(Line line)
{
    line = line_strip(line);
    while (line.length > 0 && strchr("*|", *line.start) != NULL)
        line = line_strip((Line){line.start + 1, line.length - 1});
    while (line.length > 0 && strchr("*|", line.start[line.length - 1]) != NULL)
        line = line_strip((Line){line.start, line.length - 1});
    return line;
}

static Line before(Line line, const char *end)
{
    return (Line){line.start, (gsize)(end - line.start)};
}

static Line behind(Line line, const char *start)
{
    return (Line){start, line.length - (gsize)(start - line.start)};
}

/* A colon that parts a label from its value, and not the hours of a time or the scheme of an address. */
static const char *find_separator(Line line, gsize *size)
{
    gsize reach = MIN(line.length, MAX_LABEL_BYTES + 1);
    for (gsize i = 1; i < reach; i++) {
        const char *at = line.start + i;
        *size = 1;
        if (*at == '\t')
            return at;
        if (*at == ':') {
            gboolean is_last = i + 1 == line.length;
            if (!is_last && (at[1] == '/' || (g_ascii_isdigit(at[-1]) && at[1] != ' ' && at[1] != '\t')))
                return NULL;
            return at;
        }
        *size = 3;
        if (i + 3 <= line.length && memcmp(at, "\xEF\xBC\x9A", 3) == 0)
            return at;
    }
    return NULL;
}

/* "--- Label ---" */
static gboolean read_ruled(Line line, Line *label)
{
    gsize front = 0, back = 0;
    while (front < line.length && line.start[front] == '-')
        front++;
    while (back < line.length && line.start[line.length - 1 - back] == '-')
        back++;
    if (front < 3 || front > 5 || back < 3 || back > 5 || front + back >= line.length)
        return FALSE;
    *label = line_strip((Line){line.start + front, line.length - front - back});
    return is_label(*label, MAX_LABEL_BYTES, MAX_LABEL_WORDS);
}

/* The line without the bullet or number of a list: "- Tax", "12. Tax". */
static Line strip_bullet(Line line)
{
    gsize size = 0;
    while (size < MAX_NUMBER_BYTES && size < line.length && g_ascii_isdigit(line.start[size]))
        size++;
    char mark = size == 0 ? '-' : '.';
    if (size + 2 >= line.length || line.start[size] != mark || line.start[size + 1] != ' ')
        return line;
    return line_strip((Line){line.start + size + 2, line.length - size - 2});
}

static gboolean looks_bare(Line line)
{
    if (line.length == 0)
        return FALSE;
    char last = line.start[line.length - 1];
    if (strchr(".,;!>)]-_=\"", last) != NULL || !(g_ascii_isalpha(*line.start) || (guchar)*line.start >= 0xC3))
        return FALSE;
    for (gsize i = 0; i < line.length; i++)
        if (g_ascii_isdigit(line.start[i]) || line.start[i] == '/' || line.start[i] == ',')
            return FALSE;
    return is_label(line, MAX_BARE_LABEL_BYTES, MAX_BARE_LABEL_WORDS);
}

static Row read_row(Line raw)
{
    Row row = {.line = line_strip_quote(raw)};
    Line line = strip_bullet(row.line);
    row.is_item = line.length < row.line.length;
    if (line.length == 0)
        return row;
    if (read_ruled(line, &row.label)) {
        row.shape = SHAPE_RULED;
        return row;
    }
    gsize size = 0;
    const char *separator = find_separator(line, &size);
    if (separator != NULL) {
        row.label = strip_marks(before(line, separator));
        row.value = strip_value(behind(line, separator + size));
        if (!is_label(row.label, MAX_LABEL_BYTES, MAX_LABEL_WORDS))
            return row;
        row.shape = row.value.length > 0 ? SHAPE_PAIR : SHAPE_ALONE;
    } else if (looks_bare(line)) {
        row.label = strip_marks(line);
        row.shape = row.label.length > 0 ? SHAPE_BARE : SHAPE_NONE;
    }
    return row;
}

static void add_line(Message *message, Line label, const char *from, const char *to)
{
    Line value = line_strip((Line){from, MIN((gsize)(to - from), MAX_VALUE_BYTES)});
    while (value.length > 0 && value.start[value.length - 1] == '\n')
        value = line_strip((Line){value.start, value.length - 1});
    if (memchr(value.start, '\n', value.length) == NULL)
        value = strip_bullet(value); /* a list of one item */
    while (value.length > 0 && ((guchar)value.start[value.length - 1] & 0xC0) == 0x80 &&
           !g_utf8_validate_len(value.start, value.length, NULL))
        value.length--;
    if (value.length > 0 && !g_utf8_validate_len(value.start, value.length, NULL))
        value.length--;
    if (value.length == 0)
        return;
    g_autofree char *raw_label = g_strndup(label.start, label.length);
    g_autofree char *folded = text_fold(raw_label);
    g_autofree char *text = g_strndup(value.start, value.length);
    if (folded[0] != '\0')
        g_ptr_array_add(message->labelled, labelled_line_new(folded, text, (gsize)(value.start - message->text), value.length));
}

/* The value below a label: from its first line with text, to the end that the label's shape sets. FALSE when there is none. */
static gboolean find_value_below(const char *cursor, const Row *label, const char **from, const char **to)
{
    Line line;
    Shape shape = label->shape;
    guint empty = 0;
    *from = NULL;
    while (line_read(&cursor, &line)) {
        Row row = read_row(line);
        if (row.line.length == 0) {
            if (*from != NULL && shape != SHAPE_RULED)
                return TRUE;
            if (*from == NULL && ++empty > 2)
                return FALSE;
            continue;
        }
        if (row.shape == SHAPE_RULED || (shape != SHAPE_RULED && (row.shape == SHAPE_ALONE || row.shape == SHAPE_PAIR)))
            return *from != NULL; /* the next label */
        if (shape == SHAPE_BARE && label->is_item && row.is_item)
            return FALSE; /* two items of one list */
        if (*from == NULL)
            *from = row.line.start;
        *to = row.line.start + row.line.length;
        if (shape == SHAPE_BARE)
            return TRUE;
        if (*to - *from > MAX_VALUE_BYTES)
            return TRUE;
    }
    return *from != NULL;
}

void labelled_split(Message *message)
{
    const char *cursor = message->text;
    Line line;
    while (message->labelled->len < PARSE_MAX_LABELLED && line_read(&cursor, &line)) {
        Row row = read_row(line);
        if (row.shape == SHAPE_PAIR) {
            add_line(message, row.label, row.value.start, row.value.start + row.value.length);
        } else if (row.shape != SHAPE_NONE) {
            const char *from = NULL, *to = NULL;
            if (find_value_below(cursor, &row, &from, &to))
                add_line(message, row.label, from, to);
        }
    }
}
