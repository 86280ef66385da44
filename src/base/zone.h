/*
 * base/zone.h - the offsets of a time zone from UTC, quickly (inside base only)
 */
#ifndef USHER_BASE_ZONE_H
#define USHER_BASE_ZONE_H

#include "usher/base/clock.h"

typedef struct Zone Zone;

/* The zone with that name in the IANA database ("Europe/London"); NULL when there is none. */
Zone *zone_new(const char *name);
void zone_free(Zone *zone);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Zone, zone_free)

/* Seconds that local time is ahead of UTC at a moment. Any number of threads may ask. */
gint64 zone_find_offset(const Zone *zone, UsherTime moment);

/* The same zone for GDateTime, borrowed for as long as it lives. */
GTimeZone *zone_get(const Zone *zone);

#endif
