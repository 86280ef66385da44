/*
 * test_clock.c - base/clock: moments read and written
 */
#include "usher/base/clock.h"
#include "usher/base/error.h"

static void check_parse(const char *text, UsherTime expected)
{
    UsherTime moment = -1;
    g_autoptr(GError) error = NULL;
    g_assert_true(clock_parse(text, &moment, &error));
    g_assert_no_error(error);
    g_assert_cmpint(moment, ==, expected);
}

static void test_parse(void)
{
    check_parse("1970-01-01T00:00:01Z", 1);
    check_parse("2026-03-02T09:15:00Z", 1772442900);
    check_parse("2026-03-02t09:15:00z", 1772442900);
    check_parse("2026-03-02 10:15:00+01:00", 1772442900);
    check_parse("2026-03-02T04:45:00-04:30", 1772442900);
    check_parse("2026-03-02T09:15:00.987654321Z", 1772442900);
    check_parse("2026-03-02T09:15:00-00:00", 1772442900);
    check_parse("2016-12-31T23:59:60Z", 1483228800);
    check_parse("2024-02-29T00:00:00Z", 1709164800);
    check_parse("1969-12-31T23:59:59Z", -1);
}

static void test_parse_bad(void)
{
    static const char *const bad[] = {
        "",
        "now",
        "2026-03-02",
        "2026-03-02T09:15Z",
        "2026-03-02T09:15:00",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-03-32T00:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T09:60:00Z",
        "2026-03-02T09:15:61Z",
        "0000-01-01T00:00:00Z",
        "2026-03-02T09:15:00.Z",
        "2026-03-02T09:15:00+0100",
        "2026-03-02T09:15:00Zx",
        " 2026-03-02T09:15:00Z",
        "20260302T091500Z",
        "2026-03-02T09:15:00+24:00",
        "+026-03-02T09:15:00Z",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        UsherTime moment = 42;
        g_autoptr(GError) error = NULL;
        g_test_message("%s", bad[i]);
        g_assert_false(clock_parse(bad[i], &moment, &error));
        g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
        g_assert_cmpint(moment, ==, 42);
    }
}

static void test_format(void)
{
    g_autofree char *none = clock_format(0);
    g_assert_cmpstr(none, ==, "");
    g_autoptr(GRand) rand = g_rand_new_with_seed(3339);
    for (int i = 0; i < 1000; i++) {
        UsherTime moment = (gint64)g_rand_int(rand) * 4 - 4000000000, read = 0;
        g_autofree char *text = clock_format(moment);
        g_assert_true(clock_parse(text, &read, NULL));
        g_assert_cmpint(read, ==, moment);
    }
}

static void test_format_rfc5322(void)
{
    g_autoptr(GTimeZone) london = g_time_zone_new_identifier("Europe/London");
    g_autoptr(GTimeZone) halifax = g_time_zone_new_identifier("America/St_Johns");
    g_autofree char *winter = clock_format_rfc5322(1772442900, london);
    g_assert_cmpstr(winter, ==, "Mon, 2 Mar 2026 09:15:00 +0000");
    g_autofree char *summer = clock_format_rfc5322(1782810900, london);
    g_assert_cmpstr(summer, ==, "Tue, 30 Jun 2026 10:15:00 +0100");
    g_autofree char *west = clock_format_rfc5322(1772442900, halifax);
    g_assert_cmpstr(west, ==, "Mon, 2 Mar 2026 05:45:00 -0330");
    g_autofree char *utc = clock_format_rfc5322(1772442900, NULL);
    g_assert_cmpstr(utc, ==, "Mon, 2 Mar 2026 09:15:00 +0000");
}

static void test_read(void)
{
    UsherTime moment = clock_read();
    g_assert_cmpint(moment, >, 1700000000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/parse", test_parse);
    g_test_add_func("/clock/parse/bad", test_parse_bad);
    g_test_add_func("/clock/format", test_format);
    g_test_add_func("/clock/format-rfc5322", test_format_rfc5322);
    g_test_add_func("/clock/read", test_read);
    return g_test_run();
}
