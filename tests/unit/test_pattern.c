/*
 * test_pattern.c - the firm's regular expressions: what they find, where they are wrong, and that nothing a stranger sends makes
 * them run away
 */
#include "usher/base/error.h"
#include "usher/rulebook/pattern.h"

#include <string.h>

static Pattern *compile(const char *text)
{
    g_autoptr(GError) error = NULL;
    gsize offset = 0;
    Pattern *pattern = pattern_compile(text, &offset, &error);

    g_assert_no_error(error);
    g_assert_nonnull(pattern);
    return pattern;
}

static char *find_value(const char *text, const char *subject)
{
    g_autoptr(Pattern) pattern = compile(text);
    PatternMatch match;
    guint group;

    if (pattern_match(pattern, subject, strlen(subject), 0, &match) != PATTERN_MATCH)
        return NULL;
    group = pattern_get_value_group(pattern, &match);
    return g_strndup(subject + match.start[group], match.end[group] - match.start[group]);
}

static void assert_value(const char *text, const char *subject, const char *expected)
{
    g_autofree char *value = find_value(text, subject);

    g_assert_cmpstr(value, ==, expected);
}

static void test_value_group(void)
{
    assert_value("tel: (\\d+)", "Tel: 02079460345", "02079460345");
    assert_value("(tel|fax): (?<value>\\d+)", "Fax: 12", "12");
    assert_value("urgent(ly)?", "an URGENT thing", "URGENT");
    assert_value("(?<value>one)|(?<value>two)", "two", "two");
    assert_value("(?-i)VAT", "vat", NULL);
    assert_value("caf\\w", "the CAFÉ", "CAFÉ");
}

static void test_lines(void)
{
    assert_value("^b$", "a\nb\nc", "b");
    assert_value("a.c", "a\nc", NULL);
    assert_value("(?s)a.c", "a\nc", "a\nc");
}

static void test_named_groups(void)
{
    g_autoptr(Pattern) pattern = compile("From: (?<name>.*?) <(?<email>\\S+)>|Mail: (?<email>\\S+)");
    const char *subject = "Mail: a@example.org";
    PatternMatch match;

    g_assert_cmpint(pattern_match(pattern, subject, strlen(subject), 0, &match), ==, PATTERN_MATCH);
    g_assert_cmpint(pattern_find_group(pattern, &match, "email"), ==, 3);
    g_assert_cmpint(pattern_find_group(pattern, &match, "name"), ==, 1);
    g_assert_cmpuint(match.start[1], ==, G_MAXSIZE);
    g_assert_cmpint(pattern_find_group(pattern, &match, "phone"), ==, -1);
    g_assert_cmpstr(pattern_get_group_names(pattern)[0], ==, "email");
    g_assert_cmpstr(pattern_get_group_names(pattern)[1], ==, "name");
    g_assert_null(pattern_get_group_names(pattern)[2]);
}

static void test_from_a_start(void)
{
    g_autoptr(Pattern) pattern = compile("(?<=a)b");
    PatternMatch match;

    g_assert_cmpint(pattern_match(pattern, "abab", 4, 2, &match), ==, PATTERN_MATCH);
    g_assert_cmpuint(match.start[0], ==, 3);
    g_assert_cmpint(pattern_match(pattern, "abab", 4, 4, &match), ==, PATTERN_NO_MATCH);
    g_assert_cmpint(pattern_match(pattern, "", 0, 0, &match), ==, PATTERN_NO_MATCH);
}

/* A match may begin in any slice, also behind a character that straddles two. */
static void test_every_offset_is_looked_at(void)
{
    g_autoptr(Pattern) pattern = compile("needle");
    PatternMatch match;

    for (gsize before = 0; before < 9000; before += 37) {
        g_autoptr(GString) subject = g_string_new(NULL);

        while (subject->len < before)
            g_string_append(subject, "\u20ac");
        gsize at = subject->len;

        g_string_append(subject, "needle");
        g_assert_cmpint(pattern_match(pattern, subject->str, subject->len, 0, &match), ==, PATTERN_MATCH);
        g_assert_cmpuint(match.start[0], ==, at);
    }
}

static void assert_refused(const char *text, gsize expected_offset, const char *words)
{
    g_autoptr(GError) error = NULL;
    gsize offset = 9999;

    g_assert_null(pattern_compile(text, &offset, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    g_assert_cmpuint(offset, ==, expected_offset);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_mistakes_have_a_place(void)
{
    g_autofree char *deep = g_strnfill(200, '(');
    g_autofree char *huge = g_strnfill(40000, 'a');

    assert_refused("ab(cd", 5, "parenthes");
    assert_refused("a[z-a]", 4, "range");
    assert_refused("\\C", 2, "\\C");
    assert_refused("(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)", 0, "at most 15");
    assert_refused(deep, 101, "nested");
    assert_refused(huge, 0, "longer");
}

/* Patterns that would run for minutes stop within the deadline, and that is no "no match". */
static void test_effort_is_bounded(void)
{
    static const char *const patterns[] = {"(?:a|b)*$\\d", "(a+)+$\\d", "(?:a|a)*[cd]", "^(\\w+\\s?)*\\d$", "(.*)*\\1[yz]"};
    g_autofree char *subject = g_strnfill(60000, 'a');

    for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autoptr(Pattern) pattern = compile(patterns[i]);
        gint64 began = g_get_monotonic_time();
        PatternMatch match;
        PatternResult result = pattern_match(pattern, subject, 60000, 0, &match);

        g_test_message("%s: %" G_GINT64_FORMAT " us", patterns[i], g_get_monotonic_time() - began);
        g_assert_cmpint(result, ==, PATTERN_LIMIT);
        /* The deadline is 50 ms; the rest is room for a loaded machine and slow instrumented builds. */
        g_assert_cmpint(g_get_monotonic_time() - began, <, 20 * G_USEC_PER_SEC);
    }
}

static void test_long_subjects(void)
{
    g_autoptr(Pattern) pattern = compile("end");
    g_autoptr(GString) subject = g_string_new(NULL);
    PatternMatch match;

    while (subject->len < 65536)
        g_string_append(subject, "\u20ac");
    g_string_append(subject, "end");
    g_assert_cmpint(pattern_match(pattern, subject->str, subject->len, 0, &match), ==, PATTERN_NO_MATCH);
    g_string_insert(subject, 65400, "end");
    g_assert_cmpint(pattern_match(pattern, subject->str, subject->len, 0, &match), ==, PATTERN_MATCH);
}

/* JIT's own small stack would refuse this harmless one. */
static void test_deep_but_harmless(void)
{
    g_autofree char *text = g_strnfill(5000, 'x');
    g_autoptr(Pattern) pattern = compile("^(?:x|y)*$");
    PatternMatch match;

    g_assert_cmpint(pattern_match(pattern, text, 5000, 0, &match), ==, PATTERN_MATCH);
    g_assert_cmpuint(match.end[0], ==, 5000);
}

static gpointer match_often(gpointer data)
{
    const Pattern *pattern = data;
    PatternMatch match;

    for (int i = 0; i < 1000; i++)
        g_assert_cmpint(pattern_match(pattern, "call 020 7946 0345 now", 22, 0, &match), ==, PATTERN_MATCH);
    return NULL;
}

static void test_threads_share_a_pattern(void)
{
    g_autoptr(Pattern) pattern = compile("\\d{3} \\d{4} \\d{4}");
    GThread *threads[4];

    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("match", match_often, pattern);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pattern/value-group", test_value_group);
    g_test_add_func("/pattern/lines", test_lines);
    g_test_add_func("/pattern/named-groups", test_named_groups);
    g_test_add_func("/pattern/from-a-start", test_from_a_start);
    g_test_add_func("/pattern/every-offset", test_every_offset_is_looked_at);
    g_test_add_func("/pattern/mistakes", test_mistakes_have_a_place);
    g_test_add_func("/pattern/effort", test_effort_is_bounded);
    g_test_add_func("/pattern/long-subjects", test_long_subjects);
    g_test_add_func("/pattern/deep-but-harmless", test_deep_but_harmless);
    g_test_add_func("/pattern/threads", test_threads_share_a_pattern);
    return g_test_run();
}
