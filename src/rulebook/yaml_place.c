/*
 * rulebook/yaml_place.c - where a byte of a scalar's text stands in its file
 *
 * A mistake in the middle of a pattern is told with its own column, so text and source are walked side by side: quotes that were doubled,
 * escapes, folded lines and the indentation of blocks are what they differ by (YAML 1.1, chapters 5 and 9). Wherever they do not fit
 * together after all the answer is "not sure", and the mistake is told at the start of the scalar.
 */
#include "yaml_place.h"

#include <string.h>

/* Beyond this nobody looks for a column any more; it also bounds the walk. */
#define PLACE_MAX_OFFSET 16384

static gboolean is_break(const Place *place)
{
    return place->at < place->end && (*place->at == '\n' || *place->at == '\r');
}

static gboolean is_blank(const Place *place)
{
    return place->at < place->end && (*place->at == ' ' || *place->at == '\t');
}

void place_step(Place *place)
{
    if (place->at >= place->end)
        return;
    if (is_break(place)) {
        gboolean is_crlf = place->at[0] == '\r' && place->end - place->at > 1 && place->at[1] == '\n';
        place->at += is_crlf ? 2 : 1;
        place->line++;
        place->column = 1;
        return;
    }
    place->at = MIN(g_utf8_next_char(place->at), place->end);
    place->column++;
}

/* The same character on both sides. */
static gboolean step_same(Place *place, const char **value)
{
    Place next = *place;
    place_step(&next);
    gsize length = (gsize)(next.at - place->at);
    if (length == 0 || strncmp(place->at, *value, length) != 0)
        return FALSE;
    *value += length;
    *place = next;
    return TRUE;
}

/* Bytes of text that the escape with this letter makes, and how many hexadecimal digits follow it; FALSE for no escape. */
static gboolean measure_escape(char letter, const char *text, gsize *made, guint *digits)
{
    *digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (letter == '\0' || *text == '\0')
        return FALSE;
    *made = (gsize)(g_utf8_next_char(text) - text);
    return TRUE;
}

static gboolean step_escape(Place *place, const char **value)
{
    gsize made;
    guint digits;
    place_step(place);
    if (is_break(place)) { /* an escaped line end joins without a blank */
        while (is_break(place) || is_blank(place))
            place_step(place);
        return TRUE;
    }
    if (place->at >= place->end || !measure_escape(*place->at, *value, &made, &digits))
        return FALSE;
    for (guint i = 0; i <= digits; i++)
        place_step(place);
    *value += made;
    return TRUE;
}

/* Blanks around line ends fold: one line end is a blank, more are one less. */
static gboolean step_fold(Place *place, const Place *after, guint breaks, const char **value)
{
    const char *made = *value;
    if (breaks == 1) {
        if (*made++ != ' ')
            return FALSE;
    }
    for (guint i = 1; i < breaks; i++)
        if (*made++ != '\n')
            return FALSE;
    *value = made;
    *place = *after;
    return TRUE;
}

static gboolean step_flow(Place *place, ScalarStyle style, const char **value)
{
    Place after = *place;
    guint breaks = 0;
    while (is_blank(&after) || is_break(&after)) {
        breaks += is_break(&after) ? 1 : 0;
        place_step(&after);
    }
    if (breaks > 0)
        return step_fold(place, &after, breaks, value);
    if (style == STYLE_DOUBLE_QUOTED && place->at < place->end && *place->at == '\\')
        return step_escape(place, value);
    if (style == STYLE_SINGLE_QUOTED && place->at < place->end && *place->at == '\'')
        place_step(place);
    return step_same(place, value);
}

static void skip_indent(Place *place, guint indent)
{
    for (guint i = 0; i < indent && place->at < place->end && *place->at == ' '; i++)
        place_step(place);
}

static gboolean step_block(Place *place, guint indent, const char **value)
{
    guint breaks = 0;
    if (!is_break(place))
        return step_same(place, value);
    for (; is_break(place); breaks++) {
        place_step(place);
        skip_indent(place, indent);
    }
    if (**value == ' ') {
        (*value)++;
        return TRUE;
    }
    const char *made = *value;
    while (breaks > 0 && *made == '\n') {
        made++;
        breaks--;
    }
    gboolean is_found = made > *value;
    *value = made;
    return is_found;
}

/* Over the header of a block ("|-") to its first line. FALSE when it names its indentation itself, which is told from further up. */
static gboolean enter_block(Place *place, guint *indent)
{
    while (place->at < place->end && !is_break(place)) {
        if (g_ascii_isdigit(*place->at))
            return FALSE;
        if (*place->at == '#') /* a comment may hold digits */
            while (place->at < place->end && !is_break(place))
                place_step(place);
        else
            place_step(place);
    }
    place_step(place);
    Place ahead = *place;
    while (is_blank(&ahead) || is_break(&ahead))
        place_step(&ahead);
    *indent = ahead.column - 1;
    skip_indent(place, *indent);
    return TRUE;
}

gboolean place_find(Place *place, ScalarStyle style, const char *value, gsize offset)
{
    Place walk = *place;
    guint indent = 0;
    gboolean is_block = style == STYLE_LITERAL || style == STYLE_FOLDED;
    if (offset > PLACE_MAX_OFFSET || offset > strlen(value))
        return FALSE;
    if (is_block && !enter_block(&walk, &indent))
        return FALSE;
    if (style == STYLE_SINGLE_QUOTED || style == STYLE_DOUBLE_QUOTED)
        place_step(&walk);
    const char *target = value + offset;
    while (value < target)
        if (!(is_block ? step_block(&walk, indent, &value) : step_flow(&walk, style, &value)))
            return FALSE;
    *place = walk;
    return TRUE;
}
