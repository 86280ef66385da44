/*
 * base/calendar.h - business time: a time zone, weekly hours and holidays
 *
 * One calendar function serves promises, cadences, acknowledgement texts and reports alike. Deadlines are computed
 * on the line of instants, so a day on which the clocks change is as long as it really is: local times
 * that do not exist move forward, ambiguous ones take the second offset.
 */
#ifndef USHER_BASE_CALENDAR_H
#define USHER_BASE_CALENDAR_H

#include "usher/base/clock.h"

typedef struct Calendar Calendar;

/* How a length of time is counted. */
typedef enum {
    SPAN_ELAPSED,       /* amount is seconds on the line of instants */
    SPAN_BUSINESS_TIME, /* amount is seconds, counted within business hours only */
    SPAN_BUSINESS_DAYS, /* amount is days: the close of business of the n-th business day after the present one */
    SPAN_END_OF_DAY,    /* the close of the present business day, or of the next one when it is closed now */
} SpanUnit;

typedef struct {
    SpanUnit unit;
    gint64 amount;
} Span;

/* Open from `from_s` until before `to_s`, in seconds of local time since midnight; to_s may be 24:00. */
typedef struct {
    int from_s;
    int to_s;
} OpenHours;

/* What one local day gives to a count. Spans of business days and to the end of the day are counted in days, the others in seconds. */
typedef struct {
    UsherTime begin;     /* its midnight */
    gint64 skipped_s;    /* how much shorter than 24 hours it is, since the clocks change on it; negative: longer */
    int weekday;         /* 0: Monday */
    const GArray *hours; /* OpenHours; NULL when there is no business on it */
    const char *holiday; /* what it is called; NULL when it is none */
    gint64 used;         /* of the span */
    gint64 left;         /* of the span after this day */
} CountedDay;

typedef void (*CountedDayFunc)(const CountedDay *day, gpointer data);

/*
 * Reads a span as a person writes it: "5 minutes", "5m", "4 hours", "4h", "24 business hours", "5 business days",
 * "2 days", "1 week", "same business day"; "working" for "business"; a business week is five business days; at most ten years. FALSE with USHER_ERROR_INPUT naming the forms that would do.
 */
gboolean span_parse(const char *text, Span *span, GError **error);

/* The span as span_parse reads it, in the largest unit that fits: "24 business hours". The caller owns the text. */
char *span_format(Span span);

/*
 * A calendar of a time zone (an identifier of the IANA database, for example "Europe/London"), weekly hours and no
 * holidays yet. `hours` is one or more blocks parted by commas: "mon-thu 09:00-17:30, fri 09:00-12:30 13:30-16:00". NULL with
 * USHER_ERROR_CONFIG when the zone is unknown or the hours cannot be read or hold no minute at all.
 */
Calendar *calendar_new(const char *zone, const char *hours, GError **error);
void calendar_free(Calendar *calendar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Calendar, calendar_free)

/*
 * Adds the days of an iCalendar text (RFC 5545; all-day VEVENTs, RRULE within the years 2000..2099) as holidays, each called what its SUMMARY says. May be called for several
 * texts. FALSE with USHER_ERROR_CONFIG when the text is no iCalendar object, holds no all-day event, or one that cannot be read.
 */
gboolean calendar_add_holidays(Calendar *calendar, const char *ics, GError **error);

/* Adds the holidays of another calendar. */
void calendar_join_holidays(Calendar *calendar, const Calendar *other);

/* TRUE when there is a holiday in that year. */
gboolean calendar_knows_year(const Calendar *calendar, int year);

/* The last year in which a holiday is known; 0 when none is. */
int calendar_last_holiday_year(const Calendar *calendar);

/* The zone, borrowed for as long as the calendar lives. */
GTimeZone *calendar_get_zone(const Calendar *calendar);

gboolean calendar_is_open(const Calendar *calendar, UsherTime moment);

/* `start` when business is open at it, else the next opening. */
UsherTime calendar_next_open(const Calendar *calendar, UsherTime start);

/*
 * The moment that lies `span` after `start`. Business time that is used up at closing ends at closing, not at the next opening. 0 business days
 * are the end of the day.
 */
UsherTime calendar_add(const Calendar *calendar, UsherTime start, Span span);

/*
 * The same, and tells of each local day from that of `start` to that on which the count ends, in order. What is told is borrowed, for the call only.
 */
UsherTime calendar_count(const Calendar *calendar, UsherTime start, Span span, CountedDayFunc tell, gpointer data);

/* The seconds of business in [from, to); 0 when `to` is not later. */
gint64 calendar_measure(const Calendar *calendar, UsherTime from, UsherTime to);

/*
 * The moment of a local time of day (seconds since midnight) on the local day of `moment`; *is_business: whether that day has business hours,
 * *is_last: whether it is the last such day of its week (Monday to Sunday).
 */
UsherTime calendar_at(const Calendar *calendar, UsherTime moment, gint64 second_s, gboolean *is_business, gboolean *is_last);

/* When business opens first on the local day of `moment`; 0 when it is closed all that day. */
UsherTime calendar_find_opening(const Calendar *calendar, UsherTime moment);

/* The moment of a local time of day on the local day that is so many days after that of `moment` (before it: negative). */
UsherTime calendar_at_day(const Calendar *calendar, UsherTime moment, int days, gint64 second_s);

/* The local day in words: "2 March". The caller owns the text. */
char *calendar_say_date(const Calendar *calendar, UsherTime moment);

/* "30 June 2026" of "2026-06-30"; NULL of anything else. The caller owns the text. */
char *calendar_say_day(const char *day);

/* The local day as "2026-03-02". The caller owns the text. */
char *calendar_format_day(const Calendar *calendar, UsherTime moment);

/*
 * The moment in words for a person in the firm's zone, as British offices write it: "5.30pm today", "11am tomorrow", "10am on
 * Monday 2 March", with the year when it is another one; "midday", "midnight". `now` decides about today and tomorrow. The caller owns the text.
 */
char *calendar_say(const Calendar *calendar, UsherTime moment, UsherTime now);

/*
 * How much later than `due` the moment `at` is, in words: "3 h 20 min of business time"; where no business lies between them, by the clock: "40 min out of hours". The caller owns
 * the text.
 */
char *calendar_say_late(const Calendar *calendar, UsherTime due, UsherTime at);

#endif
