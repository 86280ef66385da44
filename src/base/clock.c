/*
 * base/clock.c - reads and writes moments
 *
 * Written out by hand where GLib has a function for it, because GLib's is wider (week dates, basic forms without
 * hyphens) or speaks the language of the machine (names of days and months), and both are wrong here.
 */
#include "usher/base/clock.h"

#include <string.h>

#include "usher/base/error.h"

#define SECONDS_PER_DAY 86400

UsherTime clock_read(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* Reads exactly `count` digits and moves on; -1 when they are not there. */
static int read_digits(const char **at, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (!g_ascii_isdigit(**at))
            return -1;
        number = number * 10 + (*(*at)++ - '0');
    }
    return number;
}

static gboolean read_char(const char **at, const char *allowed)
{
    if (!**at || !strchr(allowed, **at))
        return FALSE;
    (*at)++;
    return TRUE;
}

/* full-date of RFC 3339 as days since 1970. */
static gboolean read_date(const char **at, gint64 *days)
{
    int year = read_digits(at, 4);
    if (year < 1 || !read_char(at, "-"))
        return FALSE;
    int month = read_digits(at, 2);
    if (month < 1 || month > 12 || !read_char(at, "-"))
        return FALSE;
    int day = read_digits(at, 2);
    if (day < 1 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return FALSE;
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    *days = (gint64)g_date_get_julian(&date) - 719163;
    return TRUE;
}

/* partial-time as seconds; a fraction is read over, a leap second counts as the next second. */
static gboolean read_time(const char **at, gint64 *seconds)
{
    int hour = read_digits(at, 2);
    if (hour < 0 || hour > 23 || !read_char(at, ":"))
        return FALSE;
    int minute = read_digits(at, 2);
    if (minute < 0 || minute > 59 || !read_char(at, ":"))
        return FALSE;
    int second = read_digits(at, 2);
    if (second < 0 || second > 60)
        return FALSE;
    if (read_char(at, ".")) {
        if (!g_ascii_isdigit(**at))
            return FALSE;
        while (g_ascii_isdigit(**at))
            (*at)++;
    }
    *seconds = hour * 3600 + minute * 60 + second;
    return TRUE;
}

/* time-offset as seconds east of UTC. */
static gboolean read_offset(const char **at, gint64 *seconds)
{
    if (read_char(at, "Zz")) {
        *seconds = 0;
        return TRUE;
    }
    int sign = **at == '-' ? -1 : 1;
    if (!read_char(at, "+-"))
        return FALSE;
    int hour = read_digits(at, 2);
    if (hour < 0 || hour > 23 || !read_char(at, ":"))
        return FALSE;
    int minute = read_digits(at, 2);
    if (minute < 0 || minute > 59)
        return FALSE;
    *seconds = sign * (hour * 3600 + minute * 60);
    return TRUE;
}

gboolean clock_parse(const char *text, UsherTime *moment, GError **error)
{
    const char *at = text ? text : "";
    gint64 days, seconds, offset;
    if (read_date(&at, &days) && read_char(&at, "Tt ") && read_time(&at, &seconds) && read_offset(&at, &offset) && !*at) {
        *moment = days * SECONDS_PER_DAY + seconds - offset;
        return TRUE;
    }
    g_autofree char *shown = g_strescape(text ? text : "", NULL);
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                "\"%.60s\" is no moment in time: write it as 2026-03-02T09:15:00Z or 2026-03-02T10:15:00+01:00", shown);
    return FALSE;
}

char *clock_format(UsherTime moment)
{
    if (moment == 0)
        return g_strdup("");
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
    if (!utc)
        return g_strdup("");
    return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", g_date_time_get_year(utc), g_date_time_get_month(utc),
                           g_date_time_get_day_of_month(utc), g_date_time_get_hour(utc), g_date_time_get_minute(utc),
                           g_date_time_get_second(utc));
}

char *clock_format_rfc5322(UsherTime moment, GTimeZone *zone)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
    if (!utc)
        return g_strdup("");
    g_autoptr(GDateTime) local = zone ? g_date_time_to_timezone(utc, zone) : g_date_time_ref(utc);
    int offset_min = (int)(g_date_time_get_utc_offset(local) / G_TIME_SPAN_MINUTE);
    return g_strdup_printf("%s, %d %s %04d %02d:%02d:%02d %c%02d%02d", days[g_date_time_get_day_of_week(local) - 1],
                           g_date_time_get_day_of_month(local), months[g_date_time_get_month(local) - 1],
                           g_date_time_get_year(local), g_date_time_get_hour(local), g_date_time_get_minute(local),
                           g_date_time_get_second(local), offset_min < 0 ? '-' : '+', ABS(offset_min) / 60, ABS(offset_min) % 60);
}
