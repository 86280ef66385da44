/*
 * test_pattern_text.c - many patterns on one text: the answers are those of plain matching, whatever is skipped on the way
 */
#include <string.h>

#include "usher/rulebook/pattern.h"

/* Every kind of syntax that tells, or does not tell, which words a match needs. */
static const char *const patterns[] = {
    "\\bnext (month|quarter)\\b",
    "\\b(?:urgent(?:ly)?|asap|at once)\\b",
    "(?<!not )\\burgent\\b",
    "(?<=very )urgent",
    "\\bour (?:accountants?|bank(?:er)?)\\b",
    "colou?r",
    "wan{2,3}t",
    "(?:really ){0,2}need(?: it)?",
    "(?:really )+need",
    "(?<value>[A-Z][a-z]+) recommended you",
    "\\w+ recommended",
    ".* recommended",
    "[^\\n]{0,40}budget of \\d+",
    "(?i:NEED)|(?-i:Urgent)",
    "(?=.*month)need",
    "(?!need)[nN]\\w+",
    "need|\\d{3}",
    "month|(?:week|(?:day|hour)s)",
    "(?#month)week",
    "(?x) month \\ s",
    "\\Qnext month\\E",
    "(need) \\1",
    "(?:a(?:b(?:c(?:month)))|xyz)",
    "\\x6donth",
    "mo[n]th",
    "mo\\nth",
    "^need",
    "need$",
    "(?s)need.*month",
    "k\\.k\\.k",
    "task",
    "sss",
    "(?|(month)|(week))",
    "(?>month)s",
    "(?<n>week)(?:ly)",
    "(?'n'week)(?P<m>ly)?",
    "sue",
    "",
    "é month",
    "(?:£|\\$) ?\\d+ budget",
    "month\\b.{0,20}\\burgent",
};

static const char *const pieces[] = {
    "need",
    " ",
    "month",
    "Month",
    "months",
    "week",
    "weekly",
    "urgent",
    "not urgent",
    "Urgently",
    "very ",
    "really ",
    "Anna",
    " recommended you",
    "asap",
    "\n",
    "budget of ",
    "123",
    "£ 500",
    " budget",
    "é ",
    "next ",
    "quarter",
    "colour",
    "color",
    "wannt",
    "wannnt",
    "our bank",
    "our bankers",
    "accountant",
    "K",
    "ta\u017f\u212a",
    "tas\u212a",
    "k.k.k",
    "\u017f\u017fs",
    "sue",
    "issue",
    "abcmonth",
    "NEED",
    "days",
    "need need",
    "x",
    "at once",
    ".",
    "it",
    "MONTHS",
};

static Pattern *compile(const char *text)
{
    gsize offset = 0;
    g_autoptr(GError) error = NULL;
    Pattern *pattern = pattern_compile(text, &offset, &error);
    g_assert_no_error(error);
    return pattern;
}

static char *make_text(GRand *random, guint count)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < count; i++) {
        g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        if (g_rand_boolean(random)) {
            g_string_append_c(text, ' ');
        }
    }
    return g_string_free(text, FALSE);
}

static void compare(const Pattern *pattern, const char *shown, const char *text, const PatternText *searched, gsize start)
{
    PatternMatch plain = {0}, quick = {0};
    PatternResult expected = pattern_match(pattern, text, strlen(text), start, &plain);
    PatternResult result = pattern_match_text(pattern, searched, start, &quick);
    if (result != expected || (result == PATTERN_MATCH && (plain.start[0] != quick.start[0] || plain.end[0] != quick.end[0]))) {
        g_error("\"%s\" from %zu on \"%s\": %d at %zu-%zu, expected %d at %zu-%zu", shown, start, text, result, quick.start[0],
                quick.end[0], expected, plain.start[0], plain.end[0]);
    }
}

static void test_same_answers(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20260302);
    for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autoptr(Pattern) pattern = compile(patterns[i]);
        for (guint round = 0; round < 150; round++) {
            g_autofree char *text = make_text(random, 1 + round / 3);
            g_autoptr(PatternText) searched = pattern_text_new(text, strlen(text));
            gsize start = strlen(text) > 0 ? (gsize)g_rand_int_range(random, 0, (gint32)strlen(text)) : 0;
            while (start > 0 && ((guchar)text[start] & 0xC0) == 0x80) {
                start--;
            }
            compare(pattern, patterns[i], text, searched, 0);
            compare(pattern, patterns[i], text, searched, start);
        }
    }
}

static void test_all_matches_in_turn(void)
{
    static const char text[] = "next month, next quarter; NEXT MONTH and the next  month";
    g_autoptr(Pattern) pattern = compile("\\bnext (?:month|quarter)\\b");
    g_autoptr(PatternText) searched = pattern_text_new(text, strlen(text));
    PatternMatch match;
    gsize start = 0;
    guint found = 0;
    while (pattern_match_text(pattern, searched, start, &match) == PATTERN_MATCH) {
        start = match.end[0];
        found++;
    }
    g_assert_cmpuint(found, ==, 3);
}

/* A word on every line, and a pattern that runs away behind it: the deadline still ends it. */
static void test_effort_is_bounded(void)
{
    g_autoptr(Pattern) pattern = compile("urgent (?:a|b|ab)*(?:a|b|ab)*c");
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 60000) {
        g_string_append(text, "urgent abababababababababababababababababababab\n");
    }
    g_string_append_c(text, 'c');
    g_autoptr(PatternText) searched = pattern_text_new(text->str, text->len);
    PatternMatch match;
    gint64 began = g_get_monotonic_time();
    g_assert_cmpint(pattern_match_text(pattern, searched, 0, &match), ==, PATTERN_LIMIT);
    g_assert_cmpint(g_get_monotonic_time() - began, <, 2 * G_USEC_PER_SEC);
}

static void test_long_texts(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 64 * 1024 - 10) {
        g_string_append(text, "é");
    }
    g_string_append(text, "month month month month month month");
    g_autoptr(Pattern) pattern = compile("month");
    g_autoptr(PatternText) searched = pattern_text_new(text->str, text->len);
    compare(pattern, "month", text->str, searched, 0);
    g_autoptr(PatternText) empty = pattern_text_new("", 0);
    compare(pattern, "month", "", empty, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pattern-text/same", test_same_answers);
    g_test_add_func("/pattern-text/in-turn", test_all_matches_in_turn);
    g_test_add_func("/pattern-text/effort", test_effort_is_bounded);
    g_test_add_func("/pattern-text/long", test_long_texts);
    return g_test_run();
}
