/*
 * test_domain.c - base/domain: registrable domains
 */
#include "usher/base/domain.h"

static void check(const char *domain, const char *expected)
{
    g_autofree char *registrable = domain_get_registrable(domain);
    g_assert_cmpstr(registrable, ==, expected);
}

static void test_registrable(void)
{
    check("mail.smith.co.uk", "smith.co.uk");
    check("smith.co.uk", "smith.co.uk");
    check("Mail.Example.ORG.", "example.org");
    check("a.b.c.example", "c.example");
    check("m\xC3\xBCller.de", "m\xC3\xBCller.de");
    check("www.M\xC3\x9CLLER.de", "m\xC3\xBCller.de");
    check("www.xn--mller-kva.de", "xn--mller-kva.de");
}

static void test_without(void)
{
    check("co.uk", "co.uk");
    check("localhost", "localhost");
    check("192.0.2.1", "192.0.2.1");
    check("2001:db8::1", "2001:db8::1");
    check("", "");
}

static void test_within(void)
{
    g_assert_true(domain_is_within("example.org", "example.org"));
    g_assert_true(domain_is_within("mail.Example.org", "EXAMPLE.org."));
    g_assert_false(domain_is_within("notexample.org", "example.org"));
    g_assert_false(domain_is_within("example.org", "mail.example.org"));
    g_assert_false(domain_is_within("example.org", ""));
    g_assert_false(domain_is_within("", "example.org"));
    g_assert_false(domain_is_within("example.org.evil.example", "example.org"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/domain/registrable", test_registrable);
    g_test_add_func("/domain/without", test_without);
    g_test_add_func("/domain/within", test_within);
    return g_test_run();
}
