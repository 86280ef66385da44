/*
 * base/holidays.h - the days of an iCalendar text (inside base only)
 */
#ifndef USHER_BASE_HOLIDAYS_H
#define USHER_BASE_HOLIDAYS_H

#include <glib.h>

/* Recurring holidays are followed within these years. */
#define HOLIDAYS_FIRST_YEAR 2000
#define HOLIDAYS_LAST_YEAR 2099

typedef struct {
    guint32 julian; /* GDate's number of the day */
    char *name;     /* GRefString: the SUMMARY on one line, "holiday" without one */
} Holiday;

/*
 * The days (Holiday) covered by the all-day VEVENTs of an iCalendar text (RFC 5545), in the order of the text. NULL with
 * USHER_ERROR_CONFIG when it is no iCalendar object, holds no all-day event, or an event cannot be read.
 */
GArray *holidays_read(const char *ics, GError **error);

#endif
