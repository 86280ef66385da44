/*
 * base/hours.h - weekly hours as a person writes them (inside base only)
 */
#ifndef USHER_BASE_HOURS_H
#define USHER_BASE_HOURS_H

#include "usher/base/calendar.h"

#define DAYS_PER_WEEK 7

/*
 * Reads "mon-thu 09:00-17:30, fri 09:00-12:30 13:30-16:00" into one list of OpenHours a day, Monday first, each sorted and without overlaps.
 * FALSE with USHER_ERROR_CONFIG, and then the lists hold nothing that means anything.
 */
gboolean hours_parse(const char *text, GArray *week[DAYS_PER_WEEK], GError **error);

#endif
