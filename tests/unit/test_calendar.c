/*
 * test_calendar.c - base/calendar: business time over weekends, holidays and changes of the clocks
 *
 * The properties at the end compare with a second, slower way of counting, which reads each minute's local date and time from GLib.
 */
#include <string.h>

#include "usher/base/calendar.h"
#include "usher/base/error.h"

#define OFFICE "mon-fri 09:00-17:30"
#define HOUR 3600

static Calendar *open_calendar(const char *zone, const char *hours, const char *holidays)
{
    g_autoptr(GError) error = NULL;
    Calendar *calendar = calendar_new(zone, hours, &error);
    g_assert_no_error(error);
    if (holidays) {
        g_autofree char *path = g_strdup_printf("rules/holidays/%s.ics", holidays);
        g_autofree char *ics = NULL;
        g_file_get_contents(path, &ics, NULL, &error);
        g_assert_no_error(error);
        g_assert_true(calendar_add_holidays(calendar, ics, &error));
        g_assert_no_error(error);
    }
    return calendar;
}

/* "2026-03-02T09:15" or with seconds, in the zone of the calendar. */
static UsherTime local(const Calendar *calendar, const char *text)
{
    g_autofree char *whole = g_strconcat(text, strlen(text) == strlen("2026-03-02T09:15") ? ":00" : "", NULL);
    g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(whole, calendar_get_zone(calendar));
    g_assert_nonnull(when);
    return g_date_time_to_unix(when);
}

static void check_added(const Calendar *calendar, const char *start, const char *span_text, const char *expected)
{
    Span span;
    g_autoptr(GError) error = NULL;
    g_assert_true(span_parse(span_text, &span, &error));
    UsherTime end = calendar_add(calendar, local(calendar, start), span);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(end);
    g_autoptr(GDateTime) there = g_date_time_to_timezone(utc, calendar_get_zone(calendar));
    g_autofree char *text = g_date_time_format(there, "%Y-%m-%dT%H:%M:%S");
    g_test_message("%s + %s", start, span_text);
    g_assert_cmpstr(text, ==, expected);
}

static void check_elapsed(const Calendar *calendar, const char *start, const char *span_text, gint64 seconds)
{
    Span span;
    g_assert_true(span_parse(span_text, &span, NULL));
    UsherTime from = local(calendar, start);
    g_assert_cmpint(calendar_add(calendar, from, span) - from, ==, seconds);
}

/* ---- spans ---- */

static void test_span(void)
{
    static const struct {
        const char *text;
        Span span;
    } cases[] = {
        {"5 minutes", {SPAN_ELAPSED, 300}},
        {"5m", {SPAN_ELAPSED, 300}},
        {" 1  Minute ", {SPAN_ELAPSED, 60}},
        {"4 hours", {SPAN_ELAPSED, 14400}},
        {"4h", {SPAN_ELAPSED, 14400}},
        {"2 days", {SPAN_ELAPSED, 172800}},
        {"1 week", {SPAN_ELAPSED, 604800}},
        {"0 minutes", {SPAN_ELAPSED, 0}},
        {"24 business hours", {SPAN_BUSINESS_TIME, 86400}},
        {"30 working minutes", {SPAN_BUSINESS_TIME, 1800}},
        {"5 business days", {SPAN_BUSINESS_DAYS, 5}},
        {"1 Business Day", {SPAN_BUSINESS_DAYS, 1}},
        {"2 business weeks", {SPAN_BUSINESS_DAYS, 10}},
        {"same business day", {SPAN_END_OF_DAY, 0}},
        {"Same Business Day", {SPAN_END_OF_DAY, 0}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Span span = {SPAN_ELAPSED, -1};
        g_test_message("%s", cases[i].text);
        g_assert_true(span_parse(cases[i].text, &span, NULL));
        g_assert_cmpint(span.unit, ==, cases[i].span.unit);
        g_assert_cmpint(span.amount, ==, cases[i].span.amount);
        g_autofree char *text = span_format(span);
        Span again = {SPAN_ELAPSED, -1};
        g_assert_true(span_parse(text, &again, NULL));
        g_assert_cmpint(again.unit, ==, span.unit);
        g_assert_cmpint(again.amount, ==, span.amount);
    }
}

static void test_span_format(void)
{
    static const char *const said[] = {"5 minutes",
                                       "1 minute",
                                       "4 hours",
                                       "24 hours",
                                       "48 hours",
                                       "7 days",
                                       "90 minutes",
                                       "0 minutes",
                                       "1 business hour",
                                       "24 business hours",
                                       "30 business minutes",
                                       "5 business days",
                                       "1 business day",
                                       "same business day"};
    for (gsize i = 0; i < G_N_ELEMENTS(said); i++) {
        Span span;
        g_assert_true(span_parse(said[i], &span, NULL));
        g_autofree char *text = span_format(span);
        g_assert_cmpstr(text, ==, said[i]);
    }
}

static void test_span_bad(void)
{
    static const char *const bad[] = {"",
                                      "soon",
                                      "5",
                                      "minutes",
                                      "-5 minutes",
                                      "1.5 hours",
                                      "5 parsecs",
                                      "5 business",
                                      "5 minutes 3",
                                      "business days",
                                      "99999999999999999999 days",
                                      "4000 days",
                                      "5 m h",
                                      "5 business  \x01"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        Span span = {SPAN_END_OF_DAY, 42};
        g_autoptr(GError) error = NULL;
        g_test_message("%s", bad[i]);
        g_assert_false(span_parse(bad[i], &span, &error));
        g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, "business days"));
        g_assert_cmpint(span.amount, ==, 42);
    }
}

/* ---- making ---- */

static void test_new_bad(void)
{
    static const struct {
        const char *zone;
        const char *hours;
    } bad[] = {
        {"Europe/Londres", OFFICE},
        {"", OFFICE},
        {"+01:00", OFFICE},
        {"../../etc/passwd", OFFICE},
        {"Europe/London", ""},
        {"Europe/London", "mon-fri"},
        {"Europe/London", "09:00-17:30"},
        {"Europe/London", "mon-fri 9-17"},
        {"Europe/London", "mon-fri 09:00-25:00"},
        {"Europe/London", "mon-fri 09:60-17:30"},
        {"Europe/London", "mon-fri 17:30-09:00"},
        {"Europe/London", "mon-fri 09:00-09:00"},
        {"Europe/London", "mon-fry 09:00-17:30"},
        {"Europe/London", "mo-fr 09:00-17:30"},
        {"Europe/London", "mon-fri 09:00-17:30,"},
        {"Europe/London", "mon-fri 09:00-17:30 sat"},
        {"Europe/London", "mon-fri 09:00-17:30x"},
        {"Europe/London", "mon-fri 24:30-24:45"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s, %s", bad[i].zone, bad[i].hours);
        g_assert_null(calendar_new(bad[i].zone, bad[i].hours, &error));
        g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    }
}

static void test_hours(void)
{
    g_autoptr(Calendar) calendar =
        open_calendar("Europe/London", "mon-thu 9:00-17:30, FRIDAY 09:00-12:30 13:30-16:00,sat-sun 00:00-24:00", NULL);
    g_assert_true(calendar_is_open(calendar, local(calendar, "2026-03-02T09:00")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-03-02T08:59:59")));
    g_assert_true(calendar_is_open(calendar, local(calendar, "2026-03-02T17:29:59")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-03-02T17:30")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-03-06T13:00")));
    g_assert_true(calendar_is_open(calendar, local(calendar, "2026-03-06T13:30")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-03-06T23:59")));
    g_assert_true(calendar_is_open(calendar, local(calendar, "2026-03-07T00:00")));
    g_assert_true(calendar_is_open(calendar, local(calendar, "2026-03-08T23:59:59")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-03-09T00:00")));
    /* the lunch hour is not counted, and the close of Friday is the second stretch's */
    check_added(calendar, "2026-03-06T12:00", "1 business hour", "2026-03-06T14:00:00");
    check_added(calendar, "2026-03-06T13:00", "same business day", "2026-03-06T16:00:00");
    /* over the end of the week, overlapping stretches joined, midnight crossed without a gap */
    g_autoptr(Calendar) weekend = open_calendar("Europe/London", "sat-mon 00:00-24:00, mon 10:00-12:00, mon 11:00-13:00", NULL);
    check_added(weekend, "2026-03-07T12:00", "48 business hours", "2026-03-09T12:00:00");
    check_added(weekend, "2026-03-09T20:00", "5 business hours", "2026-03-14T01:00:00");
}

/* ---- business time ---- */

static void test_week(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    check_added(calendar, "2026-03-02T10:00", "5 minutes", "2026-03-02T10:05:00");
    check_added(calendar, "2026-03-02T10:00", "1 business hour", "2026-03-02T11:00:00");
    /* used up at closing: at closing, not at the next opening */
    check_added(calendar, "2026-03-02T16:30", "1 business hour", "2026-03-02T17:30:00");
    check_added(calendar, "2026-03-02T17:00", "1 business hour", "2026-03-03T09:30:00");
    check_added(calendar, "2026-03-02T17:30", "1 business hour", "2026-03-03T10:00:00");
    check_added(calendar, "2026-03-02T07:00", "1 business hour", "2026-03-02T10:00:00");
    /* Friday to Monday; a Saturday counts from Monday */
    check_added(calendar, "2026-03-06T17:00", "1 business hour", "2026-03-09T09:30:00");
    check_added(calendar, "2026-03-07T12:00", "1 business hour", "2026-03-09T10:00:00");
    /* 24 business hours are nearly three days */
    check_added(calendar, "2026-03-02T09:15", "24 business hours", "2026-03-04T16:15:00");
    check_added(calendar, "2026-03-05T16:00", "24 business hours", "2026-03-10T14:30:00");
    check_added(calendar, "2026-03-02T20:00", "0 business hours", "2026-03-03T09:00:00");
    check_added(calendar, "2026-03-02T12:00", "0 business hours", "2026-03-02T12:00:00");
}

static void test_days(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", "mon-thu 09:00-17:30, fri 09:00-16:00", NULL);
    check_added(calendar, "2026-03-02T10:00", "1 business day", "2026-03-03T17:30:00");
    check_added(calendar, "2026-03-02T23:00", "1 business day", "2026-03-03T17:30:00");
    check_added(calendar, "2026-03-02T10:00", "5 business days", "2026-03-09T17:30:00");
    check_added(calendar, "2026-03-05T10:00", "1 business day", "2026-03-06T16:00:00");
    check_added(calendar, "2026-03-06T10:00", "1 business day", "2026-03-09T17:30:00");
    check_added(calendar, "2026-03-07T10:00", "1 business day", "2026-03-09T17:30:00");
    check_added(calendar, "2026-03-02T10:00", "0 business days", "2026-03-02T17:30:00");
    check_added(calendar, "2026-03-02T10:00", "same business day", "2026-03-02T17:30:00");
    check_added(calendar, "2026-03-02T07:00", "same business day", "2026-03-02T17:30:00");
    check_added(calendar, "2026-03-02T17:30", "same business day", "2026-03-03T17:30:00");
    check_added(calendar, "2026-03-06T16:30", "same business day", "2026-03-09T17:30:00");
    check_added(calendar, "2026-03-07T10:00", "same business day", "2026-03-09T17:30:00");
}

static void test_next_open(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    UsherTime open = local(calendar, "2026-03-02T10:00");
    g_assert_cmpint(calendar_next_open(calendar, open), ==, open);
    UsherTime monday = local(calendar, "2026-03-09T09:00");
    g_assert_cmpint(calendar_next_open(calendar, local(calendar, "2026-03-06T17:30")), ==, monday);
    g_assert_cmpint(calendar_next_open(calendar, local(calendar, "2026-03-08T03:00")), ==, monday);
    g_assert_cmpint(calendar_next_open(calendar, monday), ==, monday);
}

static void test_leap_day(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    check_added(calendar, "2028-02-28T17:00", "1 business hour", "2028-02-29T09:30:00");
    check_added(calendar, "2028-02-28T12:00", "1 business day", "2028-02-29T17:30:00");
    check_added(calendar, "2028-02-28T12:00", "2 business days", "2028-03-01T17:30:00");
    check_added(calendar, "2026-02-27T12:00", "1 business day", "2026-03-02T17:30:00");
    check_added(calendar, "2028-02-28T12:00", "2 days", "2028-03-01T12:00:00");
}

static void test_new_year(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, "england-and-wales");
    /* Thursday 31 December 2026; Friday is a holiday */
    check_added(calendar, "2026-12-31T17:00", "1 business hour", "2027-01-04T09:30:00");
}

/* ---- changes of the clocks ---- */

static void test_spring(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    /* the night to Sunday 29 March 2026 has no hour from 1 to 2 */
    check_added(calendar, "2026-03-27T17:00", "1 business hour", "2026-03-30T09:30:00");
    check_elapsed(calendar, "2026-03-27T17:00", "1 business hour", 63 * HOUR + HOUR / 2);
    check_added(calendar, "2026-03-28T12:00", "24 hours", "2026-03-29T13:00:00");
    g_autoptr(Calendar) always = open_calendar("Europe/London", "mon-sun 00:00-24:00", NULL);
    check_added(always, "2026-03-28T12:00", "24 business hours", "2026-03-29T13:00:00");
    /* the Sunday is 23 hours long */
    check_elapsed(always, "2026-03-29T00:00", "same business day", 23 * HOUR);
    /* an opening at a time that does not exist moves forward; a stretch that lies wholly in the gap has no length */
    g_autoptr(Calendar) early = open_calendar("Europe/London", "sun 01:00-05:00", NULL);
    check_elapsed(early, "2026-03-29T00:00", "0 business minutes", HOUR);
    check_elapsed(early, "2026-03-29T00:00", "same business day", 4 * HOUR);
    g_autoptr(Calendar) lost = open_calendar("Europe/London", "sun 01:00-02:00", NULL);
    check_added(lost, "2026-03-28T12:00", "0 business minutes", "2026-04-05T01:00:00");
}

static void test_autumn(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    /* the night to Sunday 25 October 2026 has the hour from 1 to 2 twice */
    check_added(calendar, "2026-10-23T17:00", "1 business hour", "2026-10-26T09:30:00");
    check_elapsed(calendar, "2026-10-23T17:00", "1 business hour", 65 * HOUR + HOUR / 2);
    check_added(calendar, "2026-10-24T12:00", "24 hours", "2026-10-25T11:00:00");
    g_autoptr(Calendar) always = open_calendar("Europe/London", "mon-sun 00:00-24:00", NULL);
    check_added(always, "2026-10-24T12:00", "24 business hours", "2026-10-25T11:00:00");
    check_elapsed(always, "2026-10-25T00:00", "same business day", 25 * HOUR);
    /* an opening at a time that comes twice takes the second */
    g_autoptr(Calendar) early = open_calendar("Europe/London", "sun 01:00-05:00", NULL);
    check_elapsed(early, "2026-10-25T00:00", "0 business minutes", 2 * HOUR);
    check_elapsed(early, "2026-10-25T00:00", "same business day", 6 * HOUR);
}

static void test_lisbon(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/Lisbon", OFFICE, NULL);
    check_added(calendar, "2026-03-27T17:00", "1 business hour", "2026-03-30T09:30:00");
    check_added(calendar, "2026-10-23T17:00", "1 business hour", "2026-10-26T09:30:00");
    /* Lisbon kept the time of Brussels from 1992 to 1996 */
    check_added(calendar, "1995-06-30T17:00", "1 business hour", "1995-07-03T09:30:00");
    g_assert_cmpint(local(calendar, "1995-07-03T09:30"), ==, 804756600);
}

/* Apia had no 30 December 2011 at all. */
static void test_lost_day(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Pacific/Apia", "mon-sun 09:00-17:00", NULL);
    check_added(calendar, "2011-12-29T16:00", "2 business hours", "2011-12-31T10:00:00");
    check_elapsed(calendar, "2011-12-29T16:00", "2 business hours", 18 * HOUR);
}

/* ---- holidays ---- */

static void test_christmas(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, "england-and-wales");
    /* Friday 25 December 2026; Boxing Day is a Saturday, so Monday 28 stands in for it */
    check_added(calendar, "2026-12-24T17:00", "1 business hour", "2026-12-29T09:30:00");
    check_added(calendar, "2026-12-24T12:00", "1 business day", "2026-12-29T17:30:00");
    check_added(calendar, "2026-12-25T12:00", "same business day", "2026-12-29T17:30:00");
    check_added(calendar, "2026-12-24T12:00", "5 business days", "2027-01-05T17:30:00");
    /* Christmas 2027 is a Saturday: Monday and Tuesday */
    check_added(calendar, "2027-12-24T17:00", "1 business hour", "2027-12-29T09:30:00");
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-12-25T12:00")));
}

static void test_easter(void)
{
    g_autoptr(Calendar) england = open_calendar("Europe/London", OFFICE, "england-and-wales");
    check_added(england, "2026-04-02T17:00", "1 business hour", "2026-04-07T09:30:00");
    check_added(england, "2026-04-02T12:00", "5 business days", "2026-04-13T17:30:00");
    g_autoptr(Calendar) scotland = open_calendar("Europe/London", OFFICE, "scotland");
    check_added(scotland, "2026-04-02T17:00", "1 business hour", "2026-04-06T09:30:00");
}

static void test_nations(void)
{
    static const struct {
        const char *day;
        gboolean england, scotland, northern_ireland; /* open */
    } days[] = {
        {"2026-01-01T12:00", FALSE, FALSE, FALSE}, {"2026-01-02T12:00", TRUE, FALSE, TRUE},
        {"2026-03-17T12:00", TRUE, TRUE, FALSE},   {"2026-05-04T12:00", FALSE, FALSE, FALSE},
        {"2026-05-25T12:00", FALSE, FALSE, FALSE}, {"2026-06-15T12:00", TRUE, FALSE, TRUE},
        {"2026-07-13T12:00", TRUE, TRUE, FALSE},   {"2026-08-03T12:00", TRUE, FALSE, TRUE},
        {"2026-08-31T12:00", FALSE, TRUE, FALSE},  {"2026-11-30T12:00", TRUE, FALSE, TRUE},
        {"2026-12-28T12:00", FALSE, FALSE, FALSE}, {"2028-12-26T12:00", FALSE, FALSE, FALSE},
    };
    g_autoptr(Calendar) england = open_calendar("Europe/London", OFFICE, "england-and-wales");
    g_autoptr(Calendar) scotland = open_calendar("Europe/London", OFFICE, "scotland");
    g_autoptr(Calendar) northern_ireland = open_calendar("Europe/London", OFFICE, "northern-ireland");
    for (gsize i = 0; i < G_N_ELEMENTS(days); i++) {
        UsherTime moment = local(england, days[i].day);
        g_test_message("%s", days[i].day);
        g_assert_cmpint(calendar_is_open(england, moment), ==, days[i].england);
        g_assert_cmpint(calendar_is_open(scotland, moment), ==, days[i].scotland);
        g_assert_cmpint(calendar_is_open(northern_ireland, moment), ==, days[i].northern_ireland);
    }
    g_assert_cmpint(calendar_last_holiday_year(england), ==, 2028);
}

/* ---- the shipped files, against the law: each nation's days worked out anew ---- */

/* Easter Sunday by the Gregorian computus. */
static void find_easter(int year, GDate *easter)
{
    int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 22 * l) / 451, month = (h + l - 7 * m + 114) / 31, day = (h + l - 7 * m + 114) % 31 + 1;
    g_date_clear(easter, 1);
    g_date_set_dmy(easter, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

static guint32 day_of(int year, int month, int day)
{
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return g_date_get_julian(&date);
}

/* 0: Monday */
static guint32 weekday_of(guint32 julian)
{
    return (julian + 6) % 7;
}

static guint32 first_monday(int year, int month)
{
    guint32 first = day_of(year, month, 1);
    return first + (7 - weekday_of(first)) % 7;
}

static guint32 last_monday(int year, int month)
{
    guint32 last = day_of(year, month, g_date_get_days_in_month((GDateMonth)month, (GDateYear)year));
    return last - weekday_of(last);
}

static gboolean has_day(const GArray *days, guint32 day)
{
    for (guint i = 0; i < days->len; i++)
        if (g_array_index(days, guint32, i) == day)
            return TRUE;
    return FALSE;
}

/* A day at the weekend is made good on the next weekday that is not one of the days already. */
static void add_or_substitute(GArray *days, guint32 day)
{
    while (weekday_of(day) >= 5 || has_day(days, day))
        day++;
    g_array_append_val(days, day);
}

static void add_day(GArray *days, guint32 day)
{
    g_array_append_val(days, day);
}

static void add_new_year(GArray *days, int year, gboolean is_scotland)
{
    add_or_substitute(days, day_of(year, 1, 1));
    if (is_scotland)
        add_or_substitute(days, day_of(year, 1, 2));
}

/* Two in a row: who falls on the second one's day moves behind it. */
static void add_christmas(GArray *days, int year)
{
    guint32 christmas = day_of(year, 12, 25), boxing = christmas + 1;
    if (weekday_of(boxing) < 5)
        add_day(days, boxing);
    add_or_substitute(days, christmas);
    if (weekday_of(boxing) >= 5)
        add_or_substitute(days, boxing);
}

static void add_proclaimed(GArray *days, int year, gboolean is_scotland)
{
    if (year == 2022) {
        add_day(days, day_of(2022, 6, 3));
        add_day(days, day_of(2022, 9, 19));
    }
    if (year == 2023)
        add_day(days, day_of(2023, 5, 8));
    if (year == 2026 && is_scotland)
        add_day(days, day_of(2026, 6, 15));
}

static GArray *work_out(const char *nation, int year)
{
    gboolean is_scotland = strcmp(nation, "scotland") == 0, is_northern_ireland = strcmp(nation, "northern-ireland") == 0;
    GArray *days = g_array_new(FALSE, FALSE, sizeof(guint32));
    GDate easter;
    find_easter(year, &easter);
    add_new_year(days, year, is_scotland);
    add_day(days, g_date_get_julian(&easter) - 2);
    if (!is_scotland)
        add_day(days, g_date_get_julian(&easter) + 1);
    add_day(days, year == 2020 ? day_of(2020, 5, 8) : first_monday(year, 5));
    add_day(days, year == 2022 ? day_of(2022, 6, 2) : last_monday(year, 5));
    add_day(days, is_scotland ? first_monday(year, 8) : last_monday(year, 8));
    add_proclaimed(days, year, is_scotland);
    if (is_northern_ireland) {
        add_or_substitute(days, day_of(year, 3, 17));
        add_or_substitute(days, day_of(year, 7, 12));
    }
    if (is_scotland)
        add_or_substitute(days, day_of(year, 11, 30));
    add_christmas(days, year);
    return days;
}

static void test_shipped_years(void)
{
    static const char *const nations[] = {"england-and-wales", "scotland", "northern-ireland"};
    for (gsize n = 0; n < G_N_ELEMENTS(nations); n++) {
        g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, nations[n]);
        g_assert_cmpint(calendar_last_holiday_year(calendar), >=, 2028);
        for (int year = 2019; year <= 2028; year++) {
            g_autoptr(GArray) days = work_out(nations[n], year);
            for (guint32 day = day_of(year, 1, 1); day <= day_of(year, 12, 31); day++) {
                GDate date;
                g_date_clear(&date, 1);
                g_date_set_julian(&date, day);
                g_autofree char *noon =
                    g_strdup_printf("%04d-%02d-%02dT12:00", year, g_date_get_month(&date), g_date_get_day(&date));
                gboolean is_open = weekday_of(day) < 5 && !has_day(days, day);
                g_test_message("%s, %s", nations[n], noon);
                g_assert_cmpint(calendar_is_open(calendar, local(calendar, noon)), ==, is_open);
            }
        }
    }
}

#define EVENT(lines)                                                                                                               \
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\n" lines "END:VEVENT\r\nEND:VCALENDAR\r\n"

static void test_holiday_forms(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    g_assert_cmpint(calendar_last_holiday_year(calendar), ==, 0);
    /* several days; DTEND is the first day after */
    g_assert_true(calendar_add_holidays(calendar, EVENT("DTSTART;VALUE=DATE:20260810\r\nDTEND;VALUE=DATE:20260813\r\n"), NULL));
    check_added(calendar, "2026-08-07T17:00", "1 business hour", "2026-08-13T09:30:00");
    g_assert_cmpint(calendar_last_holiday_year(calendar), ==, 2026);
    g_assert_true(calendar_add_holidays(calendar, EVENT("DTSTART;VALUE=DATE:20260907\r\nDURATION:P2D\r\n"), NULL));
    check_added(calendar, "2026-09-04T17:00", "1 business hour", "2026-09-09T09:30:00");
    /* every year, but for one; and one day more; LF line ends */
    g_assert_true(
        calendar_add_holidays(calendar,
                              "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20200601\nRRULE:FREQ=YEARLY\n"
                              "EXDATE;VALUE=DATE:20280601\nRDATE;VALUE=DATE:20280602\nEND:VEVENT\nEND:VCALENDAR\n",
                              NULL));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2020-06-01T12:00")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-06-01T12:00")));
    g_assert_true(calendar_is_open(calendar, local(calendar, "2028-06-01T12:00")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2028-06-02T12:00")));
    g_assert_cmpint(calendar_last_holiday_year(calendar), ==, 2099);
}

static void test_holidays_passed_over(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    g_assert_true(
        calendar_add_holidays(calendar,
                              "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260302T090000Z\nSUMMARY:Team meeting\nEND:VEVENT\n"
                              "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260303\nSTATUS:CANCELLED\nEND:VEVENT\n"
                              "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260304\nEND:VEVENT\nEND:VCALENDAR\n",
                              NULL));
    g_assert_true(calendar_is_open(calendar, local(calendar, "2026-03-02T10:00")));
    g_assert_true(calendar_is_open(calendar, local(calendar, "2026-03-03T10:00")));
    g_assert_false(calendar_is_open(calendar, local(calendar, "2026-03-04T10:00")));
}

static void test_holidays_bad(void)
{
    static const char *const bad[] = {
        "",
        "hello",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "<html>503</html>",
        "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260304\nEND:VEVENT\n",
        EVENT("DTSTART:20260302T090000Z\r\n"),
        EVENT("SUMMARY:no day\r\n"),
        EVENT("DTSTART;VALUE=DATE:20261332\r\n"),
        EVENT("DTSTART;VALUE=DATE:tomorrow\r\n"),
        EVENT("DTSTART;VALUE=DATE:20260230\r\n"),
    };
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", bad[i]);
        g_assert_false(calendar_add_holidays(calendar, bad[i], &error));
        g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    }
    g_assert_cmpint(calendar_last_holiday_year(calendar), ==, 0);
    g_autofree char *huge = g_strnfill(2 * 1024 * 1024, 'x');
    g_assert_false(calendar_add_holidays(calendar, huge, NULL));
}

/* A calendar that is closed for ever comes to an end all the same. */
static void test_always_closed(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    g_assert_true(calendar_add_holidays(calendar, EVENT("DTSTART;VALUE=DATE:20000101\r\nRRULE:FREQ=DAILY\r\n"), NULL));
    UsherTime start = local(calendar, "2026-03-02T10:00");
    g_assert_cmpint(calendar_next_open(calendar, start), ==, start);
    g_assert_cmpint(calendar_add(calendar, start, (Span){SPAN_BUSINESS_TIME, 60}), ==, start + 60);
    g_assert_cmpint(calendar_add(calendar, start, (Span){SPAN_BUSINESS_DAYS, 2}), ==, start + 2 * 86400);
    g_assert_cmpint(calendar_add(calendar, start, (Span){SPAN_END_OF_DAY, 0}), ==, start);
    /* a rule finer than a day does not run away */
    g_assert_false(calendar_add_holidays(calendar, EVENT("DTSTART;VALUE=DATE:20000101\r\nRRULE:FREQ=SECONDLY\r\n"), NULL));
}

/* ---- counting day by day ---- */

/* A count as text: "2026-12-24 09:00-17:30 5400/82800", "2026-12-25 Christmas Day 0/82800". */
static void write_day(const CountedDay *day, gpointer data)
{
    GString *text = data;
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    g_string_append_printf(text, "%s%s", text->len ? ", " : "", names[day->weekday]);
    for (guint i = 0; day->hours && i < day->hours->len; i++) {
        const OpenHours *hours = &g_array_index(day->hours, OpenHours, i);
        g_string_append_printf(text, " %d-%d", hours->from_s / 60, hours->to_s / 60);
    }
    if (day->holiday)
        g_string_append_printf(text, " (%s)", day->holiday);
    if (day->skipped_s)
        g_string_append_printf(text, " skips %d", (int)day->skipped_s);
    g_string_append_printf(text, " %d/%d", (int)day->used, (int)day->left);
}

static void check_count(const Calendar *calendar, const char *start, const char *span_text, const char *expected)
{
    Span span;
    g_assert_true(span_parse(span_text, &span, NULL));
    g_autoptr(GString) text = g_string_new(NULL);
    UsherTime from = local(calendar, start);
    UsherTime end = calendar_count(calendar, from, span, write_day, text);
    g_assert_cmpint(end, ==, calendar_add(calendar, from, span));
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_count(void)
{
    g_autoptr(Calendar) calendar =
        open_calendar("Europe/London", "mon-thu 09:00-17:00, fri 09:00-12:00 13:00-16:00", "england-and-wales");
    check_count(calendar, "2026-03-02T10:00", "2 business hours", "Mon 540-1020 7200/0");
    check_count(calendar, "2026-03-05T16:00", "4 business hours", "Thu 540-1020 3600/10800, Fri 540-720 780-960 10800/0");
    check_count(
        calendar, "2026-12-24T16:00", "90 business minutes",
        "Thu 540-1020 3600/1800, Fri (Christmas Day) 0/1800, Sat 0/1800, Sun 0/1800, Mon (Boxing Day (substitute day)) 0/1800, "
        "Tue 540-1020 1800/0");
    check_count(calendar, "2026-04-02T18:00", "1 business day",
                "Thu 540-1020 0/1, Fri (Good Friday) 0/1, Sat 0/1, Sun 0/1, Mon (Easter Monday) 0/1, Tue 540-1020 1/0");
    check_count(calendar, "2026-03-06T16:00", "same business day", "Fri 540-720 780-960 0/1, Sat 0/1, Sun 0/1, Mon 540-1020 1/0");
    check_count(calendar, "2026-03-02T10:00", "same business day", "Mon 540-1020 1/0");
    check_count(calendar, "2026-03-02T18:00", "0 business minutes", "Mon 540-1020 0/0, Tue 540-1020 0/0");
    check_count(calendar, "2026-03-28T12:00", "24 hours", "Sat 43200/43200, Sun skips 3600 43200/0");
    check_count(calendar, "2026-10-25T00:00", "26 hours", "Sun skips -3600 90000/3600, Mon 540-1020 3600/0");
    check_count(calendar, "2026-03-02T10:00", "0 minutes", "Mon 540-1020 0/0");
}

static void sum_day(const CountedDay *day, gpointer data)
{
    gint64 *sums = data; /* used, left, days, the end of the day before */
    g_assert_cmpint(day->used, >=, 0);
    g_assert_true(sums[2] == 0 || day->begin > sums[3]);
    sums[0] += day->used;
    sums[1] = day->left;
    sums[2]++;
    sums[3] = day->begin;
}

/* What is told of the days is the whole, nothing is left, and what is measured of it is the same again. */
static void check_sums(const Calendar *calendar, UsherTime start, Span span)
{
    gint64 sums[4] = {0};
    UsherTime end = calendar_count(calendar, start, span, sum_day, sums);
    g_assert_cmpint(sums[0], ==, span.amount);
    g_assert_cmpint(sums[1], ==, 0);
    g_assert_cmpint(end, ==, calendar_add(calendar, start, span));
    if (span.unit == SPAN_BUSINESS_TIME)
        g_assert_cmpint(calendar_measure(calendar, start, end), ==, span.amount);
    g_assert_cmpint(calendar_measure(calendar, end, start), ==, 0);
}

static void test_measure(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, "england-and-wales");
    UsherTime eve = local(calendar, "2026-12-24T16:30");
    g_assert_cmpint(calendar_measure(calendar, eve, local(calendar, "2026-12-24T23:00")), ==, HOUR);
    g_assert_cmpint(calendar_measure(calendar, eve, local(calendar, "2026-12-29T09:00")), ==, HOUR);
    g_assert_cmpint(calendar_measure(calendar, eve, local(calendar, "2026-12-29T09:30")), ==, HOUR + HOUR / 2);
    g_assert_cmpint(calendar_measure(calendar, eve, eve), ==, 0);
    g_autoptr(Calendar) always = open_calendar("Europe/London", "mon-sun 00:00-24:00", NULL);
    g_assert_cmpint(calendar_measure(always, local(always, "2026-03-28T12:00"), local(always, "2026-03-29T12:00")), ==, 23 * HOUR);
    g_assert_cmpint(calendar_measure(always, local(always, "2026-10-24T12:00"), local(always, "2026-10-25T12:00")), ==, 25 * HOUR);
}

/* ---- a firm and a person far away ---- */

/* Portugal's own days; the person in New York keeps her own hours and the firm's holidays. */
static const char portugal[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260610\r\nSUMMARY:Dia de Portugal\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200425\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Dia da Liberdade\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261226\r\nSUMMARY:Natal\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n";

static void test_lisbon_and_new_york(void)
{
    g_autoptr(Calendar) lisbon = open_calendar("Europe/Lisbon", "mon-fri 09:00-18:00", NULL);
    g_autoptr(Calendar) new_york = open_calendar("America/New_York", "mon-fri 08:00-14:00", NULL);
    g_assert_true(calendar_add_holidays(lisbon, portugal, NULL));
    g_assert_true(calendar_add_holidays(new_york, portugal, NULL));
    check_added(lisbon, "2026-06-09T17:00", "2 business hours", "2026-06-11T10:00:00");
    check_added(lisbon, "2029-04-24T17:00", "2 business hours", "2029-04-26T10:00:00");
    check_count(lisbon, "2026-12-23T17:00", "2 business hours",
                "Wed 540-1080 3600/3600, Thu (Natal) 0/3600, Fri (Natal) 0/3600, Sat 0/3600, Sun 0/3600, Mon 540-1080 3600/0");
    /* Between 8 and 29 March 2026 New York is 4 hours behind, else 5. */
    check_added(new_york, "2026-03-06T13:00", "2 business hours", "2026-03-09T09:00:00");
    UsherTime before = local(lisbon, "2026-03-05T13:00"), between = local(lisbon, "2026-03-12T12:00"),
              after = local(lisbon, "2026-04-02T13:00");
    g_assert_true(calendar_is_open(new_york, before) && !calendar_is_open(new_york, before - 1));
    g_assert_true(calendar_is_open(new_york, between) && !calendar_is_open(new_york, between - 1));
    g_assert_true(calendar_is_open(new_york, after) && !calendar_is_open(new_york, after - 1));
    g_assert_cmpint(calendar_next_open(new_york, local(lisbon, "2026-06-09T19:01")), ==, local(lisbon, "2026-06-11T13:00"));
}

/* Leap days, and years far from now. */
static void test_other_years(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    check_count(calendar, "2028-02-28T17:00", "9 business hours", "Mon 540-1050 1800/30600, Tue 540-1050 30600/0");
    check_added(calendar, "2000-02-28T17:00", "1 business hour", "2000-02-29T09:30:00");
    check_added(calendar, "2100-02-26T17:00", "1 business day", "2100-03-01T17:30:00"); /* no leap year */
    check_added(calendar, "1999-12-31T17:00", "1 business hour", "2000-01-03T09:30:00");
    check_added(calendar, "2035-07-02T09:00", "24 business hours", "2035-07-04T16:00:00");
    /* British Standard Time: an hour ahead of UTC through the winter */
    check_added(calendar, "1970-01-02T17:00", "1 business hour", "1970-01-05T09:30:00");
    g_assert_cmpint(local(calendar, "1970-01-05T09:30"), ==, 4 * 86400 + 8 * HOUR + HOUR / 2);
    check_added(calendar, "1969-12-31T17:00", "1 business hour", "1970-01-01T09:30:00");
}

/* ---- words ---- */

static void check_said(const Calendar *calendar, const char *moment, const char *now, const char *expected)
{
    g_autofree char *said = calendar_say(calendar, local(calendar, moment), local(calendar, now));
    g_assert_cmpstr(said, ==, expected);
}

static void test_say(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    check_said(calendar, "2026-02-27T17:30", "2026-02-27T10:00", "5.30pm today");
    check_said(calendar, "2026-02-28T11:00", "2026-02-27T23:59", "11am tomorrow");
    check_said(calendar, "2026-03-02T10:00", "2026-02-27T10:00", "10am on Monday 2 March");
    check_said(calendar, "2026-03-02T09:05:59", "2026-02-27T10:00", "9.05am on Monday 2 March");
    check_said(calendar, "2026-03-02T12:00", "2026-03-02T10:00", "midday today");
    check_said(calendar, "2026-03-02T12:15", "2026-03-02T10:00", "12.15pm today");
    check_said(calendar, "2026-03-03T00:00", "2026-03-02T10:00", "midnight tomorrow");
    check_said(calendar, "2026-03-03T00:30", "2026-03-02T10:00", "12.30am tomorrow");
    check_said(calendar, "2027-01-04T09:00", "2026-12-30T10:00", "9am on Monday 4 January 2027");
    check_said(calendar, "2026-03-01T09:00", "2026-03-02T10:00", "9am on Sunday 1 March");
    /* today is the day in the firm's zone: 23:30 UTC is past midnight in summer */
    check_said(calendar, "2026-07-01T09:00", "2026-07-01T00:30", "9am today");
    /* tomorrow over the night in which the clocks change */
    check_said(calendar, "2026-03-29T09:00", "2026-03-28T23:30", "9am tomorrow");
    check_said(calendar, "2026-10-25T09:00", "2026-10-24T23:30", "9am tomorrow");
}

/* ---- properties ---- */

typedef struct {
    const char *zone;
    const char *hours;
    const char *holidays;
} Firm;

/* Hours keep clear of the small hours, but for those that never close: there the two ways of counting mean different things. */
static const Firm firms[] = {
    {"Europe/London", OFFICE, "england-and-wales"},
    {"Europe/London", "mon-sun 00:00-24:00", "scotland"},
    {"Europe/London", "mon-fri 08:00-12:00 13:15-18:45, sat 10:00-14:00", "northern-ireland"},
    {"Europe/Lisbon", "mon-thu 09:30-13:00 14:30-19:00, fri 09:30-13:00", NULL},
    {"America/New_York", "tue 09:00-09:01", NULL},
    {"Asia/Kathmandu", "sun-fri 10:00-17:00", NULL},
    {"Australia/Lord_Howe", "mon-fri 09:00-17:00", NULL},
    {"America/St_Johns", "mon-fri 07:45-16:30", "england-and-wales"},
    {"Pacific/Auckland", "wed-thu 12:00-24:00", NULL},
};

/*
 * Is business open, read off the clock on the wall: asked for the same weekday and time of day in a week of January 2023 in which no clock
 * changes anywhere.
 */
static gboolean wall_is_open(const Calendar *calendar, UsherTime moment)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
    g_autoptr(GDateTime) there = g_date_time_to_timezone(utc, calendar_get_zone(calendar));
    g_autofree char *plain =
        g_strdup_printf("2023-01-%02dT%02d:%02d:%02d", 8 + g_date_time_get_day_of_week(there), g_date_time_get_hour(there),
                        g_date_time_get_minute(there), g_date_time_get_second(there));
    return calendar_is_open(calendar, local(calendar, plain));
}

static UsherTime random_moment(GRand *rand)
{
    UsherTime moment = 1546300800 + (UsherTime)g_rand_int_range(rand, 0, 3650 * 24) * HOUR; /* 2019 to 2028 */
    return moment + (g_rand_boolean(rand) ? 0 : g_rand_int_range(rand, 0, HOUR));
}

/* Without holidays business is open exactly when the clock on the wall says so. */
static void test_property_open(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    for (gsize f = 0; f < G_N_ELEMENTS(firms); f++) {
        g_autoptr(Calendar) calendar = open_calendar(firms[f].zone, firms[f].hours, NULL);
        for (int round = 0; round < 400; round++) {
            UsherTime moment = random_moment(rand);
            g_assert_cmpint(calendar_is_open(calendar, moment), ==, wall_is_open(calendar, moment));
        }
    }
}

/* Business time is what is counted by stepping through the minutes. */
static void test_property_counting(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);
    for (gsize f = 0; f < G_N_ELEMENTS(firms); f++) {
        g_autoptr(Calendar) calendar = open_calendar(firms[f].zone, firms[f].hours, firms[f].holidays);
        for (int round = 0; round < 30; round++) {
            UsherTime start = random_moment(rand) / 60 * 60, at = start;
            gint64 minutes = g_rand_int_range(rand, 1, 1500), left = f == 4 ? 1 : minutes;
            UsherTime end = calendar_add(calendar, start, (Span){SPAN_BUSINESS_TIME, left * 60});
            for (; left > 0; at += 60)
                left -= calendar_is_open(calendar, at);
            g_assert_cmpint(end, ==, at);
        }
    }
}

static void test_property_order(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    for (gsize f = 0; f < G_N_ELEMENTS(firms); f++) {
        g_autoptr(Calendar) calendar = open_calendar(firms[f].zone, firms[f].hours, firms[f].holidays);
        for (int round = 0; round < 500; round++) {
            UsherTime start = random_moment(rand), later = start + g_rand_int_range(rand, 0, 40 * HOUR);
            Span span = {(SpanUnit)g_rand_int_range(rand, 0, 4), 0};
            span.amount = span.unit == SPAN_BUSINESS_DAYS ? g_rand_int_range(rand, 0, 12) : g_rand_int_range(rand, 0, 50 * HOUR);
            UsherTime end = calendar_add(calendar, start, span);
            g_assert_cmpint(end, >=, start);
            g_assert_cmpint(end, <=, calendar_add(calendar, later, span));
        }
    }
}

/* First a, then b, is a and b at once; the next opening is open, and nothing before it is. */
static void test_property_sums(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(4);
    for (gsize f = 0; f < G_N_ELEMENTS(firms); f++) {
        g_autoptr(Calendar) calendar = open_calendar(firms[f].zone, firms[f].hours, firms[f].holidays);
        for (int round = 0; round < 500; round++) {
            UsherTime start = random_moment(rand);
            gint64 a = g_rand_int_range(rand, 1, 10 * HOUR), b = g_rand_int_range(rand, 1, 10 * HOUR);
            UsherTime first = calendar_add(calendar, start, (Span){SPAN_BUSINESS_TIME, a});
            g_assert_cmpint(calendar_add(calendar, first, (Span){SPAN_BUSINESS_TIME, b}), ==,
                            calendar_add(calendar, start, (Span){SPAN_BUSINESS_TIME, a + b}));
            UsherTime open = calendar_next_open(calendar, start);
            g_assert_true(calendar_is_open(calendar, open));
            g_assert_cmpint(calendar_next_open(calendar, open), ==, open);
            g_assert_true(open == start || !calendar_is_open(calendar, open - 1));
            g_assert_true(open == start || !calendar_is_open(calendar, start));
        }
    }
}

/* Business days end at a close: open until then, closed from then on; and day by day is the same as all at once. */
static void test_property_days(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    for (gsize f = 0; f < G_N_ELEMENTS(firms); f++) {
        g_autoptr(Calendar) calendar = open_calendar(firms[f].zone, firms[f].hours, firms[f].holidays);
        for (int round = 0; round < 300; round++) {
            UsherTime start = random_moment(rand);
            gint64 days = g_rand_int_range(rand, 1, 30);
            UsherTime end = calendar_add(calendar, start, (Span){SPAN_BUSINESS_DAYS, days});
            g_assert_true(calendar_is_open(calendar, end - 1));
            UsherTime step = start;
            for (gint64 i = 0; i < days; i++)
                step = calendar_add(calendar, step - (i > 0), (Span){SPAN_BUSINESS_DAYS, 1});
            g_assert_cmpint(step, ==, end);
            UsherTime close = calendar_add(calendar, start, (Span){SPAN_END_OF_DAY, 0});
            g_assert_true(calendar_is_open(calendar, close - 1));
            g_assert_cmpint(close, >, start);
        }
    }
}

/* Times of any age and any amount neither hang nor go wild, in every zone there is. */
static void test_property_any_zone(void)
{
    static const char *const zones[] = {
        "Africa/Casablanca", "America/Sao_Paulo", "Atlantic/Azores", "Asia/Beirut",   "Pacific/Apia",
        "America/Havana",    "Africa/Cairo",      "Asia/Tehran",     "Europe/Dublin", "UTC"};
    static const char *const hours[] = {"mon-sun 00:00-24:00", "sun 00:00-03:00", "mon-sun 23:00-24:00, sat 00:30-02:30"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(6);
    for (gsize z = 0; z < G_N_ELEMENTS(zones) * G_N_ELEMENTS(hours); z++) {
        g_autoptr(Calendar) calendar = open_calendar(zones[z % G_N_ELEMENTS(zones)], hours[z / G_N_ELEMENTS(zones)], NULL);
        for (int round = 0; round < 300; round++) {
            UsherTime start = (UsherTime)g_rand_int(rand) - 1000000000;
            gint64 amount = g_rand_int_range(rand, 0, 100 * HOUR);
            UsherTime end = calendar_add(calendar, start, (Span){SPAN_BUSINESS_TIME, amount});
            g_assert_cmpint(end, >=, start + amount);
            g_assert_cmpint(end, <, start + 740 * 86400);
            UsherTime open = calendar_next_open(calendar, start);
            g_assert_true(calendar_is_open(calendar, open));
        }
    }
}

/* So many days on, at a time of day, whatever the clocks do meanwhile. */
static void test_at_day(void)
{
    g_autoptr(Calendar) calendar = open_calendar("Europe/London", OFFICE, NULL);
    UsherTime night = local(calendar, "2026-03-28T23:30"), early = local(calendar, "2026-10-25T00:10");
    g_assert_cmpint(calendar_at_day(calendar, night, 0, 9 * HOUR), ==, local(calendar, "2026-03-28T09:00"));
    g_assert_cmpint(calendar_at_day(calendar, night, 1, 9 * HOUR), ==, local(calendar, "2026-03-29T09:00"));
    g_assert_cmpint(calendar_at_day(calendar, early, 1, 0), ==, local(calendar, "2026-10-26T00:00"));
    g_assert_cmpint(calendar_at_day(calendar, early, -1, 9 * HOUR), ==, local(calendar, "2026-10-24T09:00"));
    g_assert_cmpint(calendar_at_day(calendar, night, 365, 9 * HOUR), ==, local(calendar, "2027-03-28T09:00"));
}

static void test_property_count(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (gsize f = 0; f < G_N_ELEMENTS(firms); f++) {
        g_autoptr(Calendar) calendar = open_calendar(firms[f].zone, firms[f].hours, firms[f].holidays);
        for (int round = 0; round < 200; round++) {
            UsherTime start = random_moment(rand);
            check_sums(calendar, start, (Span){SPAN_BUSINESS_TIME, g_rand_int_range(rand, 1, f == 4 ? 120 : 50 * HOUR)});
            check_sums(calendar, start, (Span){SPAN_BUSINESS_DAYS, g_rand_int_range(rand, 1, 12)});
            check_sums(calendar, start, (Span){SPAN_ELAPSED, g_rand_int_range(rand, 0, 100 * HOUR)});
        }
    }
}

/* ---- many threads ---- */

static const char *const busy_zones[] = {"Europe/London", "America/New_York", "Africa/Casablanca", "Pacific/Apia",
                                         "Australia/Lord_Howe"};

/* The clock on the wall, by GLib: "14.05 2026-03-02". */
static void check_wall(const Calendar *calendar, UsherTime moment)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
    g_autoptr(GDateTime) there = g_date_time_to_timezone(utc, calendar_get_zone(calendar));
    g_autofree char *expected = g_date_time_format(there, "%Y-%m-%d");
    g_autofree char *day = calendar_format_day(calendar, moment);
    g_assert_cmpstr(day, ==, expected);
    gint64 second_s = g_date_time_get_hour(there) * HOUR + g_date_time_get_minute(there) * 60 + g_date_time_get_second(there);
    gboolean is_business, is_last;
    UsherTime same = calendar_at(calendar, moment, second_s, &is_business, &is_last);
    g_assert_cmpint(same - moment, >=, 0); /* of a time that comes twice the second */
    g_assert_cmpint(same - moment, <=, 24 * HOUR);
}

static gpointer read_clocks(gpointer data)
{
    Calendar *const *calendars = data;
    g_autoptr(GRand) rand = g_rand_new_with_seed(8);
    for (int round = 0; round < 4000; round++) {
        UsherTime moment = (UsherTime)g_rand_int(rand) - 100000000;
        check_wall(calendars[round % G_N_ELEMENTS(busy_zones)], moment);
    }
    return NULL;
}

/* All of them ask the same calendars for the same moments first. */
static void test_threads(void)
{
    Calendar *calendars[G_N_ELEMENTS(busy_zones)];
    GThread *threads[4];
    for (gsize i = 0; i < G_N_ELEMENTS(busy_zones); i++)
        calendars[i] = open_calendar(busy_zones[i], OFFICE, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("clock", read_clocks, calendars);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(busy_zones); i++)
        calendar_free(calendars[i]);
}

static void check_day(const char *day, const char *expected)
{
    g_autofree char *said = calendar_say_day(day);
    g_assert_cmpstr(said, ==, expected);
}

static void test_say_day(void)
{
    check_day("2026-06-30", "30 June 2026");
    check_day("2026-03-02", "2 March 2026");
    check_day("2026-02-30", NULL);
    check_day("2026-13-01", NULL);
    check_day("2026-00-01", NULL);
    check_day("0000-01-01", NULL);
    check_day("30/06/2026", NULL);
    check_day("2026-06-301", NULL);
    check_day("", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calendar/say-day", test_say_day);
    g_test_add_func("/calendar/span", test_span);
    g_test_add_func("/calendar/span/bad", test_span_bad);
    g_test_add_func("/calendar/span/format", test_span_format);
    g_test_add_func("/calendar/new/bad", test_new_bad);
    g_test_add_func("/calendar/hours", test_hours);
    g_test_add_func("/calendar/week", test_week);
    g_test_add_func("/calendar/days", test_days);
    g_test_add_func("/calendar/next-open", test_next_open);
    g_test_add_func("/calendar/leap-day", test_leap_day);
    g_test_add_func("/calendar/new-year", test_new_year);
    g_test_add_func("/calendar/spring", test_spring);
    g_test_add_func("/calendar/autumn", test_autumn);
    g_test_add_func("/calendar/lisbon", test_lisbon);
    g_test_add_func("/calendar/lost-day", test_lost_day);
    g_test_add_func("/calendar/christmas", test_christmas);
    g_test_add_func("/calendar/easter", test_easter);
    g_test_add_func("/calendar/nations", test_nations);
    g_test_add_func("/calendar/shipped-years", test_shipped_years);
    g_test_add_func("/calendar/holidays/forms", test_holiday_forms);
    g_test_add_func("/calendar/holidays/passed-over", test_holidays_passed_over);
    g_test_add_func("/calendar/holidays/bad", test_holidays_bad);
    g_test_add_func("/calendar/always-closed", test_always_closed);
    g_test_add_func("/calendar/count", test_count);
    g_test_add_func("/calendar/measure", test_measure);
    g_test_add_func("/calendar/lisbon-and-new-york", test_lisbon_and_new_york);
    g_test_add_func("/calendar/other-years", test_other_years);
    g_test_add_func("/calendar/say", test_say);
    g_test_add_func("/calendar/property/open", test_property_open);
    g_test_add_func("/calendar/property/counting", test_property_counting);
    g_test_add_func("/calendar/property/order", test_property_order);
    g_test_add_func("/calendar/property/sums", test_property_sums);
    g_test_add_func("/calendar/property/days", test_property_days);
    g_test_add_func("/calendar/property/any-zone", test_property_any_zone);
    g_test_add_func("/calendar/property/count", test_property_count);
    g_test_add_func("/calendar/threads", test_threads);
    g_test_add_func("/calendar/at-day", test_at_day);
    return g_test_run();
}
