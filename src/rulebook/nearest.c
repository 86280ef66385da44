/*
 * rulebook/nearest.c - "did you mean": the nearest word of a list
 *
 * Takes a word and the words that would be right; gives the one that needs the fewest letters changed, left out, put in or swapped, when
 * that are few enough for its length. Case is ignored.
 */
#include <string.h>

#include "usher/rulebook/yaml.h"

#define NEAREST_MAX_BYTES 64

/* The optimal string alignment distance, on bytes. */
static guint measure_distance(const char *a, const char *b)
{
    guint rows[3][NEAREST_MAX_BYTES + 1];
    gsize a_length = strlen(a), b_length = strlen(b);
    for (gsize j = 0; j <= b_length; j++)
        rows[0][j] = (guint)j;
    for (gsize i = 1; i <= a_length; i++) {
        guint *row = rows[i % 3], *above = rows[(i - 1) % 3], *higher = rows[(i + 1) % 3];
        row[0] = (guint)i;
        for (gsize j = 1; j <= b_length; j++) {
            guint cost = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = MIN(MIN(row[j - 1], above[j]) + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], higher[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *yaml_find_nearest(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    gsize length = strlen(word);
    guint least = (guint)MAX(1, (length + 1) / 3) + 1; /* one letter in three may be wrong */
    if (length == 0 || length > NEAREST_MAX_BYTES)
        return NULL;
    g_autofree char *lower = g_ascii_strdown(word, -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] == '\0' || strlen(words[i]) > NEAREST_MAX_BYTES)
            continue;
        g_autofree char *candidate = g_ascii_strdown(words[i], -1);
        guint distance = measure_distance(lower, candidate);
        if (distance < least) {
            least = distance;
            nearest = words[i];
        }
    }
    return nearest;
}

char *yaml_join_words(const char *const *words)
{
    GString *all = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0' && g_hash_table_add(seen, (gpointer)(gintptr)words[i]))
            g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", words[i]);
    return g_string_free(all, FALSE);
}
