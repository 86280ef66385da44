/*
 * parse/lines.c - text line by line, without copying it
 */
#include "parts.h"

#include <string.h>

gboolean line_read(const char **cursor, Line *line)
{
    if (**cursor == '\0')
        return FALSE;
    line->start = *cursor;
    line->length = strcspn(*cursor, "\n");
    *cursor += line->length;
    if (**cursor == '\n')
        (*cursor)++;
    return TRUE;
}

static gboolean is_blank_at(const char *at, gsize left, gsize *size)
{
    *size = 1;
    if (*at == ' ' || *at == '\t' || *at == '\r')
        return TRUE;
    *size = 2;
    return left >= 2 && memcmp(at, "\xC2\xA0", 2) == 0;
}

Line line_strip(Line line)
{
    gsize size;
    while (line.length > 0 && is_blank_at(line.start, line.length, &size)) {
        line.start += size;
        line.length -= size;
    }
    for (;;) {
        if (line.length > 0 && is_blank_at(line.start + line.length - 1, 1, &size))
            line.length--;
        else if (line.length > 1 && memcmp(line.start + line.length - 2, "\xC2\xA0", 2) == 0)
            line.length -= 2;
        else
            return line;
    }
}

Line line_strip_quote(Line line)
{
    line = line_strip(line);
    while (line.length > 0 && *line.start == '>') {
        line.start++;
        line.length--;
        line = line_strip(line);
    }
    return line;
}

Line line_strip_emphasis(Line line)
{
    while (line.length > 0 && *line.start == '*')
        line = line_strip((Line){line.start + 1, line.length - 1});
    while (line.length > 0 && line.start[line.length - 1] == '*')
        line = line_strip((Line){line.start, line.length - 1});
    return line;
}
