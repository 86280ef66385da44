/*
 * base/zone.c - the offsets of a time zone from UTC, quickly
 *
 * GLib walks the list of all changes of the clocks since the 19th century for each question. Here the line of instants from 1970 to 2100 is cut into chunks of 97
 * days. What GLib says of one is kept when it is first asked for: the offset at its beginning, the one at its end, and the moment between them at which the
 * clocks change.
 *
 * A chunk is written once, by whichever thread is first, and only read from then on. The rare chunk with more than one change (clocks that stand still for the month of
 * Ramadan), and moments before 1970 or after 2100, go to GLib each time.
 */
#include "zone.h"

#include <string.h>

#define CHUNK_BITS 23
#define CHUNK_COUNT 490

typedef struct {
    gboolean is_simple; /* at most one change */
    UsherTime change;   /* the first moment of `after` */
    gint64 before;
    gint64 after;
} Chunk;

struct Zone {
    GTimeZone *zone;
    gpointer *chunks; /* Chunk; NULL until somebody asks; written atomically */
};

/* GLib also reads offsets ("+01:00") and whole POSIX rules as zones, and a path leads it out of its database: none of them are names. */
static gboolean is_zone_name(const char *name)
{
    return g_ascii_isalpha(*name) && !strchr(name, ',') && !strstr(name, "..");
}

Zone *zone_new(const char *name)
{
    GTimeZone *found = is_zone_name(name) ? g_time_zone_new_identifier(name) : NULL;
    if (!found)
        return NULL;
    Zone *zone = g_new0(Zone, 1);
    zone->zone = found;
    zone->chunks = g_new0(gpointer, CHUNK_COUNT);
    return zone;
}

void zone_free(Zone *zone)
{
    if (!zone)
        return;
    for (guint i = 0; i < CHUNK_COUNT; i++)
        g_free(zone->chunks[i]);
    g_free(zone->chunks);
    g_time_zone_unref(zone->zone);
    g_free(zone);
}

static int find_interval(const Zone *zone, UsherTime moment)
{
    return g_time_zone_find_interval(zone->zone, G_TIME_TYPE_UNIVERSAL, moment);
}

/* The first moment in (from, to] that is not in the interval of `from`. */
static UsherTime find_change(const Zone *zone, UsherTime from, UsherTime to)
{
    int interval = find_interval(zone, from);
    while (to - from > 1) {
        UsherTime middle = from + (to - from) / 2;
        if (find_interval(zone, middle) == interval)
            from = middle;
        else
            to = middle;
    }
    return to;
}

static Chunk *make_chunk(const Zone *zone, gint64 index)
{
    UsherTime first = index << CHUNK_BITS, last = first + ((gint64)1 << CHUNK_BITS) - 1;
    int before = find_interval(zone, first), after = find_interval(zone, last);
    Chunk *chunk = g_new0(Chunk, 1);
    chunk->is_simple = after - before <= 1;
    chunk->before = g_time_zone_get_offset(zone->zone, before);
    chunk->after = g_time_zone_get_offset(zone->zone, after);
    chunk->change = chunk->is_simple && after != before ? find_change(zone, first, last) : first;
    return chunk;
}

/* Two threads may make the same chunk: the second throws its own away. */
static const Chunk *get_chunk(const Zone *zone, gint64 index)
{
    const Chunk *known = g_atomic_pointer_get(&zone->chunks[index]);
    if (known)
        return known;
    Chunk *made = make_chunk(zone, index);
    if (g_atomic_pointer_compare_and_exchange(&zone->chunks[index], NULL, made))
        return made;
    g_free(made);
    return g_atomic_pointer_get(&zone->chunks[index]);
}

gint64 zone_find_offset(const Zone *zone, UsherTime moment)
{
    gint64 index = moment >= 0 ? moment >> CHUNK_BITS : -1;
    const Chunk *chunk = index >= 0 && index < CHUNK_COUNT ? get_chunk(zone, index) : NULL;
    if (!chunk || !chunk->is_simple)
        return g_time_zone_get_offset(zone->zone, find_interval(zone, moment));
    return moment < chunk->change ? chunk->before : chunk->after;
}

GTimeZone *zone_get(const Zone *zone)
{
    return zone->zone;
}
