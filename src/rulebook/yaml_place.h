/*
 * rulebook/yaml_place.h - where a byte of a scalar's text stands in its file
 */
#ifndef USHER_RULEBOOK_YAML_PLACE_H
#define USHER_RULEBOOK_YAML_PLACE_H

#include <glib.h>

typedef enum { STYLE_PLAIN, STYLE_SINGLE_QUOTED, STYLE_DOUBLE_QUOTED, STYLE_LITERAL, STYLE_FOLDED } ScalarStyle;

/* A place in a text of lines: `at` up to `end`, with line and column (in characters), both from 1. */
typedef struct {
    const char *at;
    const char *end;
    guint line;
    guint column;
} Place;

/* Goes one character (or line end) on. */
void place_step(Place *place);

/*
 * Moves `place`, which stands at the start of a scalar, to where the byte `offset` of its text `value` was written. FALSE when that
 * cannot be told for sure; `place` is untouched then.
 */
gboolean place_find(Place *place, ScalarStyle style, const char *value, gsize offset);

#endif
