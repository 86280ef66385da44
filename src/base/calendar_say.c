/*
 * base/calendar_say.c - moments in words, as British offices write them
 */
#include "calendar_days.h"

#include <string.h>

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

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

/* "on Monday 2 March", with the year where it is not this one. */
static char *say_day(gint64 day, gint64 today)
{
    static const char *const days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    GDate date, now;
    calendar_set_date(&date, day);
    calendar_set_date(&now, today);
    g_autofree char *year =
        g_date_get_year(&date) == g_date_get_year(&now) ? g_strdup("") : g_strdup_printf(" %d", g_date_get_year(&date));
    return g_strdup_printf("on %s %d %s%s", days[g_date_get_weekday(&date) - 1], g_date_get_day(&date),
                           months[g_date_get_month(&date) - 1], year);
}

char *calendar_say(const Calendar *calendar, UsherTime moment, UsherTime now)
{
    gint64 second_s;
    gint64 day = calendar_find_day(calendar, moment, &second_s), today = calendar_find_day(calendar, now, NULL);
    g_autofree char *clock = say_clock(second_s);
    if (day == today)
        return g_strconcat(clock, " today", NULL);
    if (day == today + 1)
        return g_strconcat(clock, " tomorrow", NULL);
    g_autofree char *said_day = say_day(day, today);
    return g_strconcat(clock, " ", said_day, NULL);
}

char *calendar_say_date(const Calendar *calendar, UsherTime moment)
{
    GDate date;
    calendar_set_date(&date, calendar_find_day(calendar, moment, NULL));
    return g_strdup_printf("%d %s", g_date_get_day(&date), months[g_date_get_month(&date) - 1]);
}

char *calendar_say_day(const char *day)
{
    enum { DAY_CHARS = 10 };
    if (strlen(day) != DAY_CHARS || strspn(day, "0123456789-") != DAY_CHARS || day[4] != '-' || day[7] != '-')
        return NULL;
    guint64 year = g_ascii_strtoull(day, NULL, 10), month = g_ascii_strtoull(day + 5, NULL, 10),
            of_month = g_ascii_strtoull(day + 8, NULL, 10);
    if (year == 0 || month > G_N_ELEMENTS(months) || !g_date_valid_dmy((GDateDay)of_month, (GDateMonth)month, (GDateYear)year))
        return NULL;
    return g_strdup_printf("%d %s %d", (int)of_month, months[month - 1], (int)year);
}

/* "3 h 20 min", "40 min", "less than a minute". */
static char *say_length(gint64 seconds)
{
    gint64 hours = seconds / 3600, minutes = seconds / 60 % 60;
    if (hours == 0 && minutes == 0)
        return g_strdup("less than a minute");
    if (hours == 0)
        return g_strdup_printf("%" G_GINT64_FORMAT " min", minutes);
    return minutes == 0 ? g_strdup_printf("%" G_GINT64_FORMAT " h", hours)
                        : g_strdup_printf("%" G_GINT64_FORMAT " h %" G_GINT64_FORMAT " min", hours, minutes);
}

char *calendar_say_late(const Calendar *calendar, UsherTime due, UsherTime at)
{
    gint64 business_s = calendar_measure(calendar, due, at);
    g_autofree char *length = say_length(business_s > 0 ? business_s : MAX(at - due, 0));
    return g_strconcat(length, business_s > 0 ? " of business time" : " out of hours", NULL);
}
