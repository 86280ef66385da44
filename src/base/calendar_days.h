/*
 * base/calendar_days.h - the days of a calendar and their openings (inside base only)
 *
 * Days are numbers (days since 1970-01-01 of the local calendar), moments are UsherTime, and only calendar_find_day and
 * calendar_find_moment go from one to the other.
 */
#ifndef USHER_BASE_CALENDAR_DAYS_H
#define USHER_BASE_CALENDAR_DAYS_H

#include "hours.h"
#include "usher/base/calendar.h"
#include "zone.h"

#define DAY_S 86400
/* A calendar that has no opening for more than two years (holidays without end) counts as always open. */
#define MAX_CLOSED_DAYS 740

struct Calendar {
    Zone *zone;
    GArray *week[DAYS_PER_WEEK]; /* OpenHours, Monday first */
    GHashTable *holidays;        /* day number -> name (GRefString) */
    gint64 last_holiday;         /* 0: none */
};

/* One stretch of business as moments: [from, to). Empty when the clocks skip it. */
typedef struct {
    UsherTime from;
    UsherTime to;
} Opening;

void calendar_set_date(GDate *date, gint64 day);
/* Days since the Monday of the week. */
int calendar_find_weekday(gint64 day);

/* The local day of a moment, and the seconds of local time since its midnight (second_s may be NULL). */
gint64 calendar_find_day(const Calendar *calendar, UsherTime moment, gint64 *second_s);
/* The moment of a local time (seconds since midnight) on a day. */
UsherTime calendar_find_moment(const Calendar *calendar, gint64 day, gint64 second_s);

/* OpenHours of a day, one at least; NULL when there is no business on it. */
const GArray *calendar_find_hours(const Calendar *calendar, gint64 day);
/* What the holiday on that day is called; NULL when it is none. */
const char *calendar_find_holiday(const Calendar *calendar, gint64 day);
Opening calendar_make_opening(const Calendar *calendar, gint64 day, const OpenHours *hours);
/* The close of business of a day that has business. */
UsherTime calendar_find_close(const Calendar *calendar, gint64 day);

#endif
