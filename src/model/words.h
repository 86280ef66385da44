/*
 * model/words.h - a table of words looked up in both directions (inside model only)
 */
#ifndef USHER_MODEL_WORDS_H
#define USHER_MODEL_WORDS_H

#include <string.h>
#include <glib.h>

/* The place of `name` in a table of `count` words; -1 when it is none of them. */
static inline int words_find(const char *const *words, int count, const char *name)
{
    for (int i = 0; name && i < count; i++)
        if (strcmp(words[i], name) == 0)
            return i;
    return -1;
}

#endif
