/*
 * tests/unit/test_web.c - what a body asks for, and what a page shows
 */
#include <string.h>

#include "usher/web.h"

#define URLENCODED "application/x-www-form-urlencoded"

static void expect(const char *type, const char *body, WebAsk ask, SuppressionScope scope)
{
    SuppressionScope read = SCOPE_SEQUENCE;
    g_assert_cmpint(web_read_form(type, body, strlen(body), &read), ==, ask);
    if (ask == WEB_ASKS_SCOPE)
        g_assert_cmpint(read, ==, scope);
}

static void test_urlencoded(void)
{
    expect(URLENCODED, "List-Unsubscribe=One-Click", WEB_ASKS_ONE_CLICK, SCOPE_ALL);
    expect(URLENCODED "; charset=utf-8", "List-Unsubscribe=One-Click\r\n", WEB_ASKS_ONE_CLICK, SCOPE_ALL);
    expect(NULL, "list-unsubscribe=one%2Dclick", WEB_ASKS_ONE_CLICK, SCOPE_ALL);
    expect(URLENCODED, "a=b&List-Unsubscribe=One-Click&c", WEB_ASKS_ONE_CLICK, SCOPE_ALL);
    expect(URLENCODED, "scope=marketing", WEB_ASKS_SCOPE, SCOPE_MARKETING);
    expect(URLENCODED, "scope=all", WEB_ASKS_SCOPE, SCOPE_ALL);
    const char *const nothing[] = {
        "", "=", "&&&", "scope", "scope=", "scope=ALL", "List-Unsubscribe=", "One-Click", "%zz=%", "scope=%00all"};
    for (guint i = 0; i < G_N_ELEMENTS(nothing); i++)
        expect(URLENCODED, nothing[i], WEB_ASKS_NOTHING, SCOPE_ALL);
    expect("text/plain", "scope=all", WEB_ASKS_NOTHING, SCOPE_ALL);
}

static void test_multipart(void)
{
    const char *type = "multipart/form-data; boundary=\"x y\"";
    expect(type, "--x y\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x y--\r\n",
           WEB_ASKS_ONE_CLICK, SCOPE_ALL);
    expect("Multipart/Form-Data;boundary=b",
           "--b\r\ncontent-disposition: form-data; name=other\r\n\r\nx\r\n--b\r\n"
           "Content-Disposition: form-data; name=scope\r\n\r\nall\r\n--b--",
           WEB_ASKS_SCOPE, SCOPE_ALL);
    const char *const nothing[] = {
        "",
        "--b",
        "--b\r\n",
        "--b\r\n\r\n--b",
        "--b--b--b--b",
        "--b\r\nContent-Disposition: form-data; filename=\"scope\"\r\n\r\nall\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"scope\"\r\n\r\nall",
    };
    for (guint i = 0; i < G_N_ELEMENTS(nothing); i++)
        expect("multipart/form-data; boundary=b", nothing[i], WEB_ASKS_NOTHING, SCOPE_ALL);
    expect("multipart/form-data", "--\r\nContent-Disposition: form-data; name=scope\r\n\r\nall\r\n----", WEB_ASKS_NOTHING,
           SCOPE_ALL);
    expect("multipart/form-data; boundary=", "--", WEB_ASKS_NOTHING, SCOPE_ALL);
}

/* Any bytes: a form with some of them changed is read without harm. */
static void test_any_bytes(void)
{
    static const char form[] = "--b\r\nContent-Disposition: form-data; name=\"scope\"\r\n\r\nall\r\n--b--\r\n";
    const char *const types[] = {NULL, "multipart/form-data; boundary=b", "multipart/form-data; boundary=\""};
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    for (guint i = 0; i < 20000; i++) {
        gsize length = (gsize)g_rand_int_range(rand, 0, sizeof form);
        g_autofree char *bytes = g_memdup2(form, length + 1);
        SuppressionScope scope = SCOPE_ALL;
        for (guint j = 0; j < 3 && length > 0; j++)
            bytes[g_rand_int_range(rand, 0, (gint32)length)] = (char)g_rand_int_range(rand, 0, 256);
        g_autofree char *exact = g_memdup2(bytes, length);
        web_read_form(types[i % G_N_ELEMENTS(types)], exact, length, &scope);
    }
}

static void test_mask(void)
{
    const char *const cases[][2] = {{"jane@example.org", "j\xE2\x80\xA6@example.org"},
                                    {"\xC3\xA9ric@example.org", "\xC3\xA9\xE2\x80\xA6@example.org"},
                                    {"@example.org", "\xE2\x80\xA6@example.org"},
                                    {"nonsense", "\xE2\x80\xA6"}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *masked = web_mask_address(cases[i][0]);
        g_assert_cmpstr(masked, ==, cases[i][1]);
    }
}

static void test_policy(void)
{
    g_autofree char *plain = web_make_policy("<p>no style</p>");
    g_autofree char *styled = web_make_policy("<style>body{margin:0}</style>");
    g_assert_nonnull(strstr(plain, "style-src 'none'"));
    g_assert_nonnull(strstr(styled, "style-src 'sha256-"));
    g_assert_nonnull(strstr(styled, "default-src 'none'"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/urlencoded", test_urlencoded);
    g_test_add_func("/web/multipart", test_multipart);
    g_test_add_func("/web/any-bytes", test_any_bytes);
    g_test_add_func("/web/mask", test_mask);
    g_test_add_func("/web/policy", test_policy);
    return g_test_run();
}
