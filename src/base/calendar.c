/*
 * base/calendar.c - business time: a time zone, weekly hours and holidays
 *
 * Hours never cross midnight, so each opening belongs to one day. Here is what a day is; calendar_count.c counts along the days, and
 * calendar_say.c puts moments into words.
 *
 * A calendar is only read once it is made, by any number of threads. A calendar that has no opening for more than two years
 * (holidays without end) counts as always open: a deadline too early does less harm than none.
 */
#include "calendar_days.h"

#include <string.h>

#include "holidays.h"
#include "usher/base/error.h"

#define EPOCH_JULIAN 719163 /* GDate's number of 1970-01-01 */
#define EPOCH_WEEKDAY 3     /* a Thursday, Monday being 0 */

/* ---- making ---- */

static Calendar *new_empty(void)
{
    Calendar *calendar = g_new0(Calendar, 1);
    for (int day = 0; day < DAYS_PER_WEEK; day++)
        calendar->week[day] = g_array_new(FALSE, FALSE, sizeof(OpenHours));
    calendar->holidays = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ref_string_release);
    return calendar;
}

void calendar_free(Calendar *calendar)
{
    if (!calendar)
        return;
    g_clear_pointer(&calendar->zone, zone_free);
    for (int day = 0; day < DAYS_PER_WEEK; day++)
        g_array_unref(calendar->week[day]);
    g_hash_table_unref(calendar->holidays);
    g_free(calendar);
}

Calendar *calendar_new(const char *zone, const char *hours, GError **error)
{
    g_autoptr(Calendar) calendar = new_empty();
    calendar->zone = zone_new(zone);
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
        const Holiday *holiday = &g_array_index(days, Holiday, i);
        int day = (int)holiday->julian - EPOCH_JULIAN;
        g_hash_table_insert(calendar->holidays, GINT_TO_POINTER(day), g_ref_string_acquire(holiday->name));
        calendar->last_holiday = MAX(calendar->last_holiday, day);
    }
    return TRUE;
}

void calendar_join_holidays(Calendar *calendar, const Calendar *other)
{
    GHashTableIter iterator;
    gpointer day, name;
    g_hash_table_iter_init(&iterator, other->holidays);
    while (g_hash_table_iter_next(&iterator, &day, &name))
        g_hash_table_insert(calendar->holidays, day, g_ref_string_acquire(name));
    calendar->last_holiday = MAX(calendar->last_holiday, other->last_holiday);
}

/* ---- days and moments ---- */

void calendar_set_date(GDate *date, gint64 day)
{
    g_date_clear(date, 1);
    g_date_set_julian(date, (guint32)(day + EPOCH_JULIAN));
}

int calendar_find_weekday(gint64 day)
{
    return (int)(((day + EPOCH_WEEKDAY) % DAYS_PER_WEEK + DAYS_PER_WEEK) % DAYS_PER_WEEK);
}

gint64 calendar_find_day(const Calendar *calendar, UsherTime moment, gint64 *second_s)
{
    gint64 local = moment + zone_find_offset(calendar->zone, moment);
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
    if (before == after || zone_find_offset(calendar->zone, local - after) == after)
        return local - after;
    return local - before;
}

/* The offsets on both sides of a day: any change of the clocks on it lies between. */
static void find_offsets(const Calendar *calendar, gint64 day, gint64 *before, gint64 *after)
{
    *before = zone_find_offset(calendar->zone, (day - 1) * DAY_S);
    *after = zone_find_offset(calendar->zone, (day + 2) * DAY_S);
}

UsherTime calendar_find_moment(const Calendar *calendar, gint64 day, gint64 second_s)
{
    gint64 before, after;
    find_offsets(calendar, day, &before, &after);
    return make_moment(calendar, day * DAY_S + second_s, before, after);
}

const char *calendar_find_holiday(const Calendar *calendar, gint64 day)
{
    return g_hash_table_lookup(calendar->holidays, GINT_TO_POINTER((int)day));
}

const GArray *calendar_find_hours(const Calendar *calendar, gint64 day)
{
    const GArray *hours = calendar->week[calendar_find_weekday(day)];
    return hours->len > 0 && !calendar_find_holiday(calendar, day) ? hours : NULL;
}

Opening calendar_make_opening(const Calendar *calendar, gint64 day, const OpenHours *hours)
{
    gint64 before, after;
    find_offsets(calendar, day, &before, &after);
    return (Opening){make_moment(calendar, day * DAY_S + hours->from_s, before, after),
                     make_moment(calendar, day * DAY_S + hours->to_s, before, after)};
}

UsherTime calendar_find_close(const Calendar *calendar, gint64 day)
{
    const GArray *hours = calendar_find_hours(calendar, day);
    return calendar_make_opening(calendar, day, &g_array_index(hours, OpenHours, hours->len - 1)).to;
}

/* The first opening that ends after `start`. */
static Opening find_opening(const Calendar *calendar, UsherTime start)
{
    gint64 day = calendar_find_day(calendar, start, NULL);
    for (gint64 last = day + MAX_CLOSED_DAYS; day <= last; day++) {
        const GArray *hours = calendar_find_hours(calendar, day);
        for (guint i = 0; hours && i < hours->len; i++) {
            Opening opening = calendar_make_opening(calendar, day, &g_array_index(hours, OpenHours, i));
            if (opening.to > start && opening.to > opening.from)
                return opening;
        }
    }
    return (Opening){start, G_MAXINT64};
}

/* ---- questions ---- */

gboolean calendar_knows_year(const Calendar *calendar, int year)
{
    GHashTableIter iterator;
    gpointer day;
    g_hash_table_iter_init(&iterator, calendar->holidays);
    while (g_hash_table_iter_next(&iterator, &day, NULL)) {
        GDate date;
        calendar_set_date(&date, GPOINTER_TO_INT(day));
        if (g_date_get_year(&date) == year)
            return TRUE;
    }
    return FALSE;
}

int calendar_last_holiday_year(const Calendar *calendar)
{
    if (calendar->last_holiday == 0)
        return 0;
    GDate date;
    calendar_set_date(&date, calendar->last_holiday);
    return g_date_get_year(&date);
}

GTimeZone *calendar_get_zone(const Calendar *calendar)
{
    return zone_get(calendar->zone);
}

gboolean calendar_is_open(const Calendar *calendar, UsherTime moment)
{
    return find_opening(calendar, moment).from <= moment;
}

UsherTime calendar_next_open(const Calendar *calendar, UsherTime start)
{
    return MAX(find_opening(calendar, start).from, start);
}

UsherTime calendar_at(const Calendar *calendar, UsherTime moment, gint64 second_s, gboolean *is_business, gboolean *is_last)
{
    gint64 day = calendar_find_day(calendar, moment, NULL);
    *is_business = calendar_find_hours(calendar, day) != NULL;
    *is_last = *is_business;
    for (gint64 later = day + 1; later <= day + 6 - calendar_find_weekday(day); later++)
        *is_last &= calendar_find_hours(calendar, later) == NULL;
    return calendar_find_moment(calendar, day, second_s);
}

UsherTime calendar_find_opening(const Calendar *calendar, UsherTime moment)
{
    gint64 day = calendar_find_day(calendar, moment, NULL);
    const GArray *hours = calendar_find_hours(calendar, day);
    return hours ? calendar_find_moment(calendar, day, g_array_index(hours, OpenHours, 0).from_s) : 0;
}

UsherTime calendar_at_day(const Calendar *calendar, UsherTime moment, int days, gint64 second_s)
{
    return calendar_find_moment(calendar, calendar_find_day(calendar, moment, NULL) + days, second_s);
}

char *calendar_format_day(const Calendar *calendar, UsherTime moment)
{
    GDate date;
    calendar_set_date(&date, calendar_find_day(calendar, moment, NULL));
    return g_strdup_printf("%04d-%02d-%02d", g_date_get_year(&date), g_date_get_month(&date), g_date_get_day(&date));
}
