/*
 * rulebook/literals.h - which words a pattern cannot match without
 */
#ifndef USHER_RULEBOOK_LITERALS_H
#define USHER_RULEBOOK_LITERALS_H

#include <glib.h>

#define LITERAL_LEAST_BYTES 3

/* Words of which every match holds at least one, case not counting. */
typedef struct {
    GPtrArray *words;   /* char*, ASCII in lower case, each at least LITERAL_LEAST_BYTES long */
    gsize before_bytes; /* at most so many bytes of the match stand before that word; G_MAXSIZE when there is no bound */
} Literals;

/* For a pattern in PCRE2 syntax that has been compiled, so it is well-formed. NULL when nothing can be said. */
Literals *literals_find(const char *pattern);
void literals_free(Literals *literals);

#endif
