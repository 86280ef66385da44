/*
 * base/calendar_count.c - how a length of time is counted, day by day
 *
 * One walk along the days serves the deadline and its explanation: calendar_add is calendar_count without anybody to tell, so that what `usher explain
 * --promise` prints is how the deadline came about.
 */
#include "calendar_days.h"

typedef struct {
    const Calendar *calendar;
    CountedDayFunc tell; /* NULL: nobody wants to know */
    gpointer data;
} Walk;

static void tell_day(const Walk *walk, gint64 day, gint64 used, gint64 left)
{
    if (!walk->tell)
        return;
    const Calendar *calendar = walk->calendar;
    UsherTime begin = calendar_find_moment(calendar, day, 0), end = calendar_find_moment(calendar, day + 1, 0);
    CountedDay counted = {begin,
                          DAY_S - (end - begin),
                          calendar_find_weekday(day),
                          calendar_find_hours(calendar, day),
                          calendar_find_holiday(calendar, day),
                          used,
                          left};
    walk->tell(&counted, walk->data);
}

/*
 * Uses up to `wanted` business seconds of a day from *at on; *at becomes the moment at which they are used, *used how many there were. TRUE when there were as many
 * as wanted.
 */
static gboolean use_day(const Calendar *calendar, gint64 day, gint64 wanted, UsherTime *at, gint64 *used)
{
    const GArray *hours = calendar_find_hours(calendar, day);
    *used = 0;
    for (guint i = 0; hours && i < hours->len; i++) {
        Opening opening = calendar_make_opening(calendar, day, &g_array_index(hours, OpenHours, i));
        UsherTime begin = MAX(opening.from, *at);
        if (opening.to <= begin)
            continue;
        gint64 here = MIN(opening.to - begin, wanted - *used);
        *used += here;
        *at = begin + here;
        if (*used == wanted)
            return TRUE;
    }
    return FALSE;
}

static UsherTime count_business_time(const Walk *walk, UsherTime start, gint64 left)
{
    gint64 day = calendar_find_day(walk->calendar, start, NULL);
    for (gint64 last = day + MAX_CLOSED_DAYS; day <= last; day++) {
        gint64 used;
        gboolean is_enough = use_day(walk->calendar, day, left, &start, &used);
        left -= used;
        tell_day(walk, day, used, left);
        if (is_enough)
            return start;
        last = used > 0 ? day + MAX_CLOSED_DAYS : last;
    }
    return start + left;
}

static UsherTime count_business_days(const Walk *walk, UsherTime start, gint64 left)
{
    gint64 day = calendar_find_day(walk->calendar, start, NULL);
    tell_day(walk, day, 0, left);
    for (gint64 closed = 0; left > 0 && closed < MAX_CLOSED_DAYS; closed++) {
        gboolean is_business = calendar_find_hours(walk->calendar, ++day) != NULL;
        left -= is_business;
        closed = is_business ? 0 : closed;
        tell_day(walk, day, is_business, left);
    }
    return left == 0 ? calendar_find_close(walk->calendar, day) : start + left * DAY_S;
}

static UsherTime count_to_end_of_day(const Walk *walk, UsherTime start)
{
    gint64 day = calendar_find_day(walk->calendar, start, NULL);
    gint64 last = calendar_find_day(walk->calendar, calendar_next_open(walk->calendar, start), NULL);
    for (; day <= last; day++)
        tell_day(walk, day, day == last, day < last);
    return calendar_find_hours(walk->calendar, last) ? calendar_find_close(walk->calendar, last) : start;
}

static UsherTime count_elapsed(const Walk *walk, UsherTime start, gint64 seconds)
{
    UsherTime end = start + seconds;
    gint64 day = walk->tell ? calendar_find_day(walk->calendar, start, NULL) : 0;
    for (gint64 left = seconds; walk->tell; day++) {
        UsherTime midnight = MIN(MAX(calendar_find_moment(walk->calendar, day + 1, 0), start), end);
        left -= midnight - start;
        tell_day(walk, day, midnight - start, left);
        start = midnight;
        if (left <= 0)
            break;
    }
    return end;
}

UsherTime calendar_count(const Calendar *calendar, UsherTime start, Span span, CountedDayFunc tell, gpointer data)
{
    Walk walk = {calendar, tell, data};
    switch (span.unit) {
    case SPAN_BUSINESS_TIME:
        return count_business_time(&walk, start, span.amount);
    case SPAN_BUSINESS_DAYS:
        return span.amount > 0 ? count_business_days(&walk, start, span.amount) : count_to_end_of_day(&walk, start);
    case SPAN_END_OF_DAY:
        return count_to_end_of_day(&walk, start);
    case SPAN_ELAPSED:
        break;
    }
    return count_elapsed(&walk, start, span.amount);
}

UsherTime calendar_add(const Calendar *calendar, UsherTime start, Span span)
{
    return calendar_count(calendar, start, span, NULL, NULL);
}

gint64 calendar_measure(const Calendar *calendar, UsherTime from, UsherTime to)
{
    gint64 total = 0;
    for (gint64 day = calendar_find_day(calendar, from, NULL), last = calendar_find_day(calendar, to, NULL);
         from < to && day <= last; day++) {
        const GArray *hours = calendar_find_hours(calendar, day);
        for (guint i = 0; hours && i < hours->len; i++) {
            Opening opening = calendar_make_opening(calendar, day, &g_array_index(hours, OpenHours, i));
            UsherTime begin = MAX(opening.from, from), end = MIN(opening.to, to);
            total += MAX(end - begin, 0);
            from = MAX(from, end);
        }
    }
    return total;
}
