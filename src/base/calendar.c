/*
 * base/calendar.c - business time: a time zone, weekly hours and holidays
 *
 * Days are numbers (days since 1970-01-01 of the local calendar), moments are UsherTime, and only two functions go from one to the other:
 * find_local and make_moment. Hours never cross midnight, so each opening belongs to one day.
 *
 * A calendar is only read once it is made, by any number of threads. A calendar that has no opening for more than two years
 * (holidays without end) counts as always open: a deadline too early does less harm than none.
 */
#include "usher/base/calendar.h"

#include <string.h>

#include "holidays.h"
#include "hours.h"
#include "usher/base/error.h"

#define DAY_S 86400
#define EPOCH_JULIAN 719163 /* GDate's number of 1970-01-01 */
#define EPOCH_WEEKDAY 3     /* a Thursday, Monday being 0 */
#define MAX_CLOSED_DAYS 740

struct Calendar {
    GTimeZone *zone;
    GArray *week[DAYS_PER_WEEK]; /* OpenHours, Monday first */
    GHashTable *holidays;        /* the set of day numbers */
    gint64 last_holiday;         /* 0: none */
};

/* One stretch of business as moments: [from, to). */
typedef struct {
    UsherTime from;
    UsherTime to;
} Opening;

/* ---- making ---- */

static Calendar *new_empty(void)
{
    Calendar *calendar = g_new0(Calendar, 1);
    for (int day = 0; day < DAYS_PER_WEEK; day++)
        calendar->week[day] = g_array_new(FALSE, FALSE, sizeof(OpenHours));
    calendar->holidays = g_hash_table_new(NULL, NULL);
    return calendar;
}

void calendar_free(Calendar *calendar)
{
    if (!calendar)
        return;
    g_clear_pointer(&calendar->zone, g_time_zone_unref);
    for (int day = 0; day < DAYS_PER_WEEK; day++)
        g_array_unref(calendar->week[day]);
    g_hash_table_unref(calendar->holidays);
    g_free(calendar);
}

/* GLib also reads offsets ("+01:00") and whole POSIX rules as zones, and a path leads it out of its database: none of them are names. */
static gboolean is_zone_name(const char *zone)
{
    return g_ascii_isalpha(*zone) && !strchr(zone, ',') && !strstr(zone, "..");
}

Calendar *calendar_new(const char *zone, const char *hours, GError **error)
{
    g_autoptr(Calendar) calendar = new_empty();
    calendar->zone = is_zone_name(zone) ? g_time_zone_new_identifier(zone) : NULL;
    if (!calendar->zone) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                    "the time zone \"%.60s\" is not known: write an IANA name like Europe/London, and see that tzdata is installed",
                    zone);
        return NULL;
    }
    return hours_parse(hours, calendar->week, error) ? g_steal_pointer(&calendar) : NULL;
}

gboolean calendar_add_holidays(Calendar *calendar, const char *ics, GError **error)
{
    g_autoptr(GArray) days = holidays_read(ics, error);
    if (!days)
        return FALSE;
    for (guint i = 0; i < days->len; i++) {
        int day = (int)g_array_index(days, guint32, i) - EPOCH_JULIAN;
        g_hash_table_add(calendar->holidays, GINT_TO_POINTER(day));
        calendar->last_holiday = MAX(calendar->last_holiday, day);
    }
    return TRUE;
}

/* ---- days and moments ---- */

static void set_date(GDate *date, gint64 day)
{
    g_date_clear(date, 1);
    g_date_set_julian(date, (guint32)(day + EPOCH_JULIAN));
}

static gint64 find_offset(const Calendar *calendar, UsherTime moment)
{
    int interval = g_time_zone_find_interval(calendar->zone, G_TIME_TYPE_UNIVERSAL, moment);
    return g_time_zone_get_offset(calendar->zone, interval);
}

/* The local day of a moment, and the seconds of local time since its midnight (second_s may be NULL). */
static gint64 find_local(const Calendar *calendar, UsherTime moment, gint64 *second_s)
{
    gint64 local = moment + find_offset(calendar, moment);
    gint64 day = local >= 0 ? local / DAY_S : -((-local + DAY_S - 1) / DAY_S);
    if (second_s)
        *second_s = local - day * DAY_S;
    return day;
}

/*
 * The moment of a local time. `before` and `after` are the offsets on both sides of that day. A time that the clocks skip is read
 * with the offset before, which moves it forward; one that they show twice is read with the offset after.
 */
static UsherTime make_moment(const Calendar *calendar, gint64 local, gint64 before, gint64 after)
{
    if (before == after || find_offset(calendar, local - after) == after)
        return local - after;
    return local - before;
}

static const GArray *find_hours(const Calendar *calendar, gint64 day)
{
    const GArray *hours = calendar->week[((day + EPOCH_WEEKDAY) % DAYS_PER_WEEK + DAYS_PER_WEEK) % DAYS_PER_WEEK];
    if (hours->len > 0 && g_hash_table_contains(calendar->holidays, GINT_TO_POINTER((int)day)))
        return NULL;
    return hours->len > 0 ? hours : NULL;
}

static Opening make_opening(const Calendar *calendar, gint64 day, const OpenHours *hours)
{
    gint64 midnight = day * DAY_S;
    gint64 before = find_offset(calendar, midnight - DAY_S), after = find_offset(calendar, midnight + 2 * DAY_S);
    return (Opening){make_moment(calendar, midnight + hours->from_s, before, after),
                     make_moment(calendar, midnight + hours->to_s, before, after)};
}

/* The first opening on or after `day` that ends after `start`. */
static Opening find_opening(const Calendar *calendar, gint64 day, UsherTime start)
{
    for (gint64 last = day + MAX_CLOSED_DAYS; day <= last; day++) {
        const GArray *hours = find_hours(calendar, day);
        for (guint i = 0; hours && i < hours->len; i++) {
            Opening opening = make_opening(calendar, day, &g_array_index(hours, OpenHours, i));
            if (opening.to > start && opening.to > opening.from)
                return opening;
        }
    }
    return (Opening){start, G_MAXINT64};
}

static Opening find_opening_at(const Calendar *calendar, UsherTime start)
{
    return find_opening(calendar, find_local(calendar, start, NULL), start);
}

/* The close of business of a day that has business. */
static UsherTime find_close(const Calendar *calendar, gint64 day)
{
    const GArray *hours = find_hours(calendar, day);
    return make_opening(calendar, day, &g_array_index(hours, OpenHours, hours->len - 1)).to;
}

/* ---- questions ---- */

int calendar_last_holiday_year(const Calendar *calendar)
{
    if (calendar->last_holiday == 0)
        return 0;
    GDate date;
    set_date(&date, calendar->last_holiday);
    return g_date_get_year(&date);
}

GTimeZone *calendar_get_zone(const Calendar *calendar)
{
    return calendar->zone;
}

gboolean calendar_is_open(const Calendar *calendar, UsherTime moment)
{
    return find_opening_at(calendar, moment).from <= moment;
}

UsherTime calendar_next_open(const Calendar *calendar, UsherTime start)
{
    return MAX(find_opening_at(calendar, start).from, start);
}

static UsherTime add_business_time(const Calendar *calendar, UsherTime start, gint64 seconds)
{
    gint64 day = find_local(calendar, start, NULL);
    for (;;) {
        Opening opening = find_opening(calendar, day, start);
        UsherTime begin = MAX(opening.from, start);
        if (seconds <= opening.to - begin)
            return begin + seconds;
        seconds -= opening.to - begin;
        start = opening.to;
        day = find_local(calendar, begin, NULL);
    }
}

static UsherTime add_business_days(const Calendar *calendar, UsherTime start, gint64 count)
{
    gint64 day = find_local(calendar, start, NULL);
    for (gint64 closed = 0; count > 0 && closed < MAX_CLOSED_DAYS; closed++) {
        day++;
        if (find_hours(calendar, day)) {
            count--;
            closed = 0;
        }
    }
    return count == 0 ? find_close(calendar, day) : start + count * DAY_S;
}

static UsherTime find_end_of_day(const Calendar *calendar, UsherTime start)
{
    gint64 day = find_local(calendar, calendar_next_open(calendar, start), NULL);
    return find_hours(calendar, day) ? find_close(calendar, day) : start;
}

UsherTime calendar_add(const Calendar *calendar, UsherTime start, Span span)
{
    switch (span.unit) {
    case SPAN_BUSINESS_TIME:
        return add_business_time(calendar, start, span.amount);
    case SPAN_BUSINESS_DAYS:
        return span.amount > 0 ? add_business_days(calendar, start, span.amount) : find_end_of_day(calendar, start);
    case SPAN_END_OF_DAY:
        return find_end_of_day(calendar, start);
    case SPAN_ELAPSED:
        break;
    }
    return start + span.amount;
}

/* Days since the Monday of the week. */
static gint64 find_weekday(gint64 day)
{
    GDate date;
    set_date(&date, day);
    return g_date_get_weekday(&date) - 1;
}

UsherTime calendar_at(const Calendar *calendar, UsherTime moment, gint64 second_s, gboolean *is_business, gboolean *is_last)
{
    gint64 day = find_local(calendar, moment, NULL), midnight = day * DAY_S;
    *is_business = find_hours(calendar, day) != NULL;
    *is_last = *is_business;
    for (gint64 later = day + 1; later <= day + 6 - find_weekday(day); later++)
        *is_last &= find_hours(calendar, later) == NULL;
    return make_moment(calendar, midnight + second_s, find_offset(calendar, midnight - DAY_S),
                       find_offset(calendar, midnight + 2 * DAY_S));
}

char *calendar_format_day(const Calendar *calendar, UsherTime moment)
{
    GDate date;
    set_date(&date, find_local(calendar, moment, NULL));
    return g_strdup_printf("%04d-%02d-%02d", g_date_get_year(&date), g_date_get_month(&date), g_date_get_day(&date));
}

/* ---- words ---- */

/* "5.30pm", "11am", "midday", "midnight". */
static char *say_clock(gint64 second_s)
{
    int minutes = (int)(second_s / 60);
    int hour = minutes / 60, minute = minutes % 60;
    if (minute == 0 && hour % 12 == 0)
        return g_strdup(hour == 0 ? "midnight" : "midday");
    const char *half = hour < 12 ? "am" : "pm";
    int shown = hour % 12 == 0 ? 12 : hour % 12;
    return minute == 0 ? g_strdup_printf("%d%s", shown, half) : g_strdup_printf("%d.%02d%s", shown, minute, half);
}

/* "on Monday 2 March", with the year where it is not this one. */
static char *say_day(gint64 day, gint64 today)
{
    static const char *const days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    GDate date, now;
    set_date(&date, day);
    set_date(&now, today);
    g_autofree char *year =
        g_date_get_year(&date) == g_date_get_year(&now) ? g_strdup("") : g_strdup_printf(" %d", g_date_get_year(&date));
    return g_strdup_printf("on %s %d %s%s", days[g_date_get_weekday(&date) - 1], g_date_get_day(&date),
                           months[g_date_get_month(&date) - 1], year);
}

char *calendar_say(const Calendar *calendar, UsherTime moment, UsherTime now)
{
    gint64 second_s;
    gint64 day = find_local(calendar, moment, &second_s), today = find_local(calendar, now, NULL);
    g_autofree char *clock = say_clock(second_s);
    if (day == today)
        return g_strconcat(clock, " today", NULL);
    if (day == today + 1)
        return g_strconcat(clock, " tomorrow", NULL);
    g_autofree char *said_day = say_day(day, today);
    return g_strconcat(clock, " ", said_day, NULL);
}
