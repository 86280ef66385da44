/*
 * test_phone.c - base/phone: numbers normalised and found
 */
#include <string.h>

#include "usher/base/phone.h"

static void check_normalised(const char *text, const char *region, const char *expected)
{
    g_autofree char *number = phone_normalise(text, region);
    g_assert_cmpstr(number, ==, expected);
}

static void test_normalise(void)
{
    check_normalised("020 7946 0345", "GB", "+442079460345");
    check_normalised("(020) 7946-0345", "gb", "+442079460345");
    check_normalised("+44 (0)20 7946 0345", "GB", "+442079460345");
    check_normalised("0044 20 7946 0345", "GB", "+442079460345");
    check_normalised("07700 900123", "GB", "+447700900123");
    check_normalised("0117 496 0123 ext. 12", "GB", "+441174960123;ext=12");
    check_normalised("tel:+44-20-7946-0345", NULL, "+442079460345");
    check_normalised("21 123 4567", "PT", "+351211234567");
    check_normalised("+351 21 123 4567", "GB", "+351211234567");
}

static void test_normalise_bad(void)
{
    check_normalised("", "GB", NULL);
    check_normalised(NULL, "GB", NULL);
    check_normalised("ring me", "GB", NULL);
    check_normalised("12", "GB", NULL);
    check_normalised("020 7946 0345", NULL, NULL);
    check_normalised("020 7946 0345 020 7946 0345", "GB", NULL);
    check_normalised("\xFF\xFE", "GB", NULL);
    g_autofree char *endless = g_strnfill(100000, '1');
    check_normalised(endless, "GB", NULL);
}

/* All numbers of a text, as "spelling=number" parted by blanks and semicolons. */
static char *find_all(const char *text, const char *region)
{
    GString *all = g_string_new(NULL);
    gsize start = 0, from, to;
    char *number;
    while (phone_find(text, start, region, &from, &to, &number)) {
        g_assert_cmpuint(from, >=, start);
        g_assert_cmpuint(to, >, from);
        g_assert_cmpuint(to, <=, strlen(text));
        g_string_append_printf(all, "%s%.*s=%s", all->len ? "; " : "", (int)(to - from), text + from, number);
        g_free(number);
        start = to;
    }
    return g_string_free(all, FALSE);
}

static void check_found(const char *text, const char *expected)
{
    g_autofree char *all = find_all(text, "GB");
    g_assert_cmpstr(all, ==, expected);
}

static void test_find(void)
{
    check_found("Ring me on 020 7946 0345 please", "020 7946 0345=+442079460345");
    check_found("020 7946 0345", "020 7946 0345=+442079460345");
    check_found("Tel: 020 7946 0345, mobile: 07700 900123.", "020 7946 0345=+442079460345; 07700 900123=+447700900123");
    check_found("T 0117 496 0123 / M 07700 900456", "0117 496 0123=+441174960123; 07700 900456=+447700900456");
    check_found("07700 900456\n020 7946 0345\n", "07700 900456=+447700900456; 020 7946 0345=+442079460345");
    check_found("ext: 020 7946 0345 x12", "020 7946 0345 x12=+442079460345;ext=12");
    check_found("abroad +351 21 123 4567", "+351 21 123 4567=+351211234567");
    check_found("Zo\xC3\xAB \xC3\x85ngstr\xC3\xB6m \xE2\x80\x94 020\xC2\xA0"
                "7946\xC2\xA0"
                "0345 \xE2\x80\x93",
                "020\xC2\xA0"
                "7946\xC2\xA0"
                "0345=+442079460345");
}

static void test_find_none(void)
{
    check_found("", "");
    check_found("no digits at all", "");
    check_found("on 31/12/2026 or 2026-03-02 09:15, for \xC2\xA3"
                "20,000 to \xC2\xA3"
                "1,250,000",
                "");
    check_found("our ref 2079460345, order 020794603451234", "");
    check_found("company 01234567, VAT GB 123 4567 89, sort 20-00-00", "");
    /* what stands right in front makes it something else */
    check_found("$02079460345 and AB02079460345", "");
    g_assert_false(phone_find("020 7946 0345", 100, "GB", NULL, NULL, NULL));
    g_assert_false(phone_find(NULL, 0, "GB", NULL, NULL, NULL));
}

/* A number close behind other digits is found whole, with its extension. */
static void test_find_close(void)
{
    check_found("2026-03-02; tel = 0117 496 0123 ext. 5", "0117 496 0123 ext. 5=+441174960123;ext=5");
    check_found("2026-03-02 a telephone 020 7946 0345", "020 7946 0345=+442079460345");
    check_found("2026-03-02 a telephone +44 20 7946 0345", "+44 20 7946 0345=+442079460345");
    check_found("020 7946 0345 or 020 7946 0346", "020 7946 0345=+442079460345; 020 7946 0346=+442079460346");
}

static void test_find_in_much(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 60000)
        g_string_append(text, "Lorem ipsum dolor sit amet, consectetur \xC3\xA4 adipiscing 12 elit.\n");
    g_string_append(text, "Phone 020 7946 0345");
    check_found(text->str, "020 7946 0345=+442079460345");
}

/* Whatever the text, spans lie in it, move on and the search comes to an end. */
static void test_find_any(void)
{
    static const char *const pieces[] = {"0",    "20 7946 0345", "1", " ",  "+", "44", "(", ")",  "-",        ".", "x", "\xC2\xA0",
                                         "7700", "\xE2\x80\x93", ",", "\n", "/", "9",  "0", "5 ", "\xC2\xA3", "a", "#", "ext. 7"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(164);
    for (int round = 0; round < 300; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        int count = g_rand_int_range(rand, 0, 60);
        for (int i = 0; i < count; i++)
            g_string_append(text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
        g_autofree char *all = find_all(text->str, "GB");
        g_assert_true(g_utf8_validate(all, -1, NULL));
    }
}

static void check_said(const char *number, const char *region, const char *expected)
{
    g_autofree char *said = phone_say(number, region);
    g_assert_cmpstr(said, ==, expected);
}

/* As people write it at home; with its country from abroad; what is no number as it is. */
static void test_say(void)
{
    check_said("+442079460345", "GB", "020 7946 0345");
    check_said("+441632960123", "gb", "01632 960123");
    check_said("+447700900123", "GB", "07700 900123");
    check_said("+442079460345;ext=12", "GB", "020 7946 0345 x12");
    check_said("+442079460345", "IE", "+44 20 7946 0345");
    check_said("+442079460345", NULL, "+44 20 7946 0345");
    check_said("extension 12", "GB", "extension 12");
    check_said("+", "GB", "+");
    check_said("", "GB", "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/phone/normalise", test_normalise);
    g_test_add_func("/phone/normalise/bad", test_normalise_bad);
    g_test_add_func("/phone/say", test_say);
    g_test_add_func("/phone/find", test_find);
    g_test_add_func("/phone/find/none", test_find_none);
    g_test_add_func("/phone/find/close", test_find_close);
    g_test_add_func("/phone/find/in-much", test_find_in_much);
    g_test_add_func("/phone/find/any", test_find_any);
    return g_test_run();
}
