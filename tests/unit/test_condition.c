/*
 * test_condition.c - the firm's conditions: what they say of a lead, where a mistake is, and that nothing else is within reach
 */
#include "usher/base/error.h"
#include "usher/rulebook/condition.h"

#include <string.h>

static ConditionSet *make_set(void)
{
    static const struct {
        const char *name;
        ColumnType type;
    } columns[] = {{"score", COLUMN_INTEGER}, {"timeline", COLUMN_TEXT}, {"budget", COLUMN_REAL}, {"text", COLUMN_TEXT},
                   {"company", COLUMN_TEXT},  {"track", COLUMN_TEXT},    {"order", COLUMN_TEXT}};
    ConditionSet *set = condition_set_new();

    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
        g_assert_true(condition_set_add_column(set, columns[i].name, columns[i].type, NULL));
    return set;
}

static Condition *compile(ConditionSet *set, const char *expression)
{
    g_autoptr(GError) error = NULL;
    gsize offset = 0;
    Condition *condition = condition_compile(set, expression, &offset, &error);

    g_assert_no_error(error);
    g_assert_nonnull(condition);
    return condition;
}

/* What a test says is what an evaluation says, unknown being false. */
static ConditionResult evaluate(Condition *condition)
{
    ConditionResult result = condition_evaluate(condition);

    g_assert_cmpint(condition_test(condition), ==, result == CONDITION_UNKNOWN ? CONDITION_FALSE : result);
    return result;
}

static void test_answers(void)
{
    g_autoptr(ConditionSet) set = make_set();
    Condition *good = compile(set, "score >= 50 AND timeline IN ('immediate','1-3 months')");
    Condition *rich = compile(set, "budget > 1000");
    Condition *constant = compile(set, "1");

    g_assert_cmpint(evaluate(good), ==, CONDITION_UNKNOWN);
    condition_set_put_integer(set, "score", 55);
    condition_set_put(set, "timeline", "immediate");
    g_assert_cmpint(evaluate(good), ==, CONDITION_TRUE);
    condition_set_put(set, "score", "12");
    g_assert_cmpint(evaluate(good), ==, CONDITION_FALSE);
    g_assert_cmpint(evaluate(rich), ==, CONDITION_UNKNOWN);
    condition_set_put(set, "budget", "1000.5");
    g_assert_cmpint(evaluate(rich), ==, CONDITION_TRUE);
    condition_set_put(set, "budget", "5000 EUR");
    g_assert_cmpint(evaluate(rich), ==, CONDITION_UNKNOWN);
    condition_set_put(set, "nowhere", "1");
    g_assert_cmpint(evaluate(constant), ==, CONDITION_TRUE);
    condition_set_clear(set);
    g_assert_cmpint(evaluate(good), ==, CONDITION_UNKNOWN);
}

static void test_numbers_are_numbers(void)
{
    g_autoptr(ConditionSet) set = make_set();
    Condition *quoted = compile(set, "score >= '50'");
    Condition *exact = compile(set, "score = 9007199254740993");

    condition_set_put_integer(set, "score", 9);
    g_assert_cmpint(evaluate(quoted), ==, CONDITION_FALSE);
    condition_set_put(set, "score", "9007199254740993");
    g_assert_cmpint(evaluate(exact), ==, CONDITION_TRUE);
    condition_set_put(set, "score", "inf");
    g_assert_cmpint(evaluate(exact), ==, CONDITION_UNKNOWN);
    condition_set_put(set, "score", "");
    g_assert_cmpint(evaluate(exact), ==, CONDITION_UNKNOWN);
}

static void test_patterns(void)
{
    g_autoptr(ConditionSet) set = make_set();
    Condition *urgent = compile(set, "text REGEXP '\\b(asap|it''s urgent)\\b' AND NOT company REGEXP 'test'");
    Condition *wild = compile(set, "company LIKE '%LLP'");

    condition_set_put(set, "text", "We need this ASAP.");
    g_assert_cmpint(evaluate(urgent), ==, CONDITION_UNKNOWN);
    condition_set_put(set, "company", "Smith LLP");
    g_assert_cmpint(evaluate(urgent), ==, CONDITION_TRUE);
    g_assert_cmpint(evaluate(wild), ==, CONDITION_TRUE);
    condition_set_put(set, "text", "It's urgent");
    g_assert_cmpint(evaluate(urgent), ==, CONDITION_TRUE);
    condition_set_put(set, "company", "Test Ltd");
    g_assert_cmpint(evaluate(urgent), ==, CONDITION_FALSE);
}

static void assert_mistake(const char *expression, gsize expected_offset, const char *words)
{
    g_autoptr(ConditionSet) set = make_set();
    g_autoptr(GError) error = NULL;
    gsize offset = 9999;

    g_test_message("%s", expression);
    g_assert_null(condition_compile(set, expression, &offset, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    g_test_message("  %" G_GSIZE_FORMAT ": %s", offset, error->message);
    g_assert_nonnull(strstr(error->message, words));
    g_assert_cmpuint(offset, ==, expected_offset);
    /* One mistake harms one: the set goes on. */
    g_assert_cmpint(evaluate(compile(set, "score IS NULL")), ==, CONDITION_TRUE);
}

static void test_mistakes_have_a_place_and_a_remedy(void)
{
    assert_mistake("scoer >= 50", 0, "did you mean \"score\"");
    assert_mistake("score > 1 AND\nbudgte > 5", 14, "did you mean \"budget\"");
    assert_mistake("timeline = immediate", 11, "single quotes: 'immediate'");
    assert_mistake("\"scoer\" > 5", 0, "there is no column");
    assert_mistake("score >= ", 9, "ends too early");
    assert_mistake("   ", 0, "empty");
    assert_mistake("score > > 5", 8, "near \">\"");
    assert_mistake("fuzzy(score) > 5", 0, "there is no function \"fuzzy\": possible are abs");
    assert_mistake("(score > 5", 10, "opening bracket");
    assert_mistake("score > 5)", 9, "closing bracket");
    assert_mistake("timeline = 'x", 11, "does not end");
    assert_mistake("timeline", 0, "not yes or no");
    assert_mistake("text REGEXP 'a(b'", 16, "parenthes");
    assert_mistake("score > 5 AND text REGEXP '[z-a]'", 30, "range");
    assert_mistake("0 AND text REGEXP '('", 20, "parenthes");
    assert_mistake("text REGEXP company", 12, "a pattern is wanted");
    assert_mistake("regexp('a', text)", 6, "a pattern is wanted");
    assert_mistake("text REGEXP 'a' || company", 15, "put together");
    assert_mistake("score, 5", 0, "");
}

static void test_nothing_else_is_within_reach(void)
{
    static const struct {
        const char *expression;
        gsize offset;
    } cases[] = {
        {"1) /*", 1},
        {"1) FROM lead; --", 1},
        {"1 -- x", 2},
        {"1; DROP TABLE lead", 1},
        {"1) UNION SELECT (1", 1},
        {"(SELECT 1)", 1},
        {"EXISTS (SELECT 1 FROM sqlite_master)", 8},
        {"score IN (SELECT 1)", 10},
        {"score IN (VALUES (1))", 0},
        {"score IN lead", 0},
        {"score IN sqlite_master", 0},
        {"(WITH RECURSIVE c(x) AS (VALUES(1)) SELECT x FROM c)", 0},
        {"load_extension('x')", 0},
        {"randomblob(9) = 1", 0},
        {"hex(text) = 'a'", 0},
        {"zeroblob(1000000) = 1", 0},
        {"count(*) > 0", 0},
        {"sum(score) > 0", 0},
        {"max(score) > 0", 0},
        {"row_number() OVER () > 0", 0},
        {"date('now') > 'x'", 0},
        {"CURRENT_TIMESTAMP > 'x'", 0},
        {"printf('%1000000d', 1) = 'x'", 0},
        {"text MATCH 'x'", 0},
        {"text -> '$'", 0},
        {"rowid = 1", 0},
        {"lead.oid = 1", 0},
        {"\"no column\" = 0", 0},
        {"?1 = 1", 0},
        {":x = 1", 0},
        {"@x = 1", 0},
        {"$x = 1", 0},
        {"[score] = 1", 0},
        {"`score` = 1", 0},
        {"sqlite_version() = '3'", 0},
        {"RAISE(ABORT, 'x')", 0},
        {"pragma_table_info.name = 'x'", 0},
        {"quote(text) = 'x'", 0},
        {"total_changes() = 0", 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ConditionSet) set = make_set();
        g_autoptr(GError) error = NULL;
        gsize offset = 9999;

        g_assert_null(condition_compile(set, cases[i].expression, &offset, &error));
        g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
        g_test_message("%s: %" G_GSIZE_FORMAT ": %s", cases[i].expression, offset, error->message);
        g_assert_cmpuint(offset, <=, strlen(cases[i].expression));
        if (cases[i].offset > 0)
            g_assert_cmpuint(offset, ==, cases[i].offset);
    }
}

static void test_what_looks_like_it_but_is_allowed(void)
{
    g_autoptr(ConditionSet) set = make_set();

    condition_set_put(set, "text", "a -- b; /* c */ ) [x]");
    g_assert_cmpint(evaluate(compile(set, "text = 'a -- b; /* c */ ) [x]'")), ==, CONDITION_TRUE);
    g_assert_cmpint(evaluate(compile(set, "\"order\" IS NULL")), ==, CONDITION_TRUE);
    g_assert_cmpint(evaluate(compile(set, "iif(length(trim(text)) > 3, 1, 0)")), ==, CONDITION_TRUE);
    g_assert_cmpint(evaluate(compile(set, "lead.text GLOB 'a*' AND text LIKE 'A%' ESCAPE '!'")), ==, CONDITION_TRUE);
    g_assert_cmpint(evaluate(compile(set, "CASE WHEN score IS NULL THEN 0.5 ELSE 0 END")), ==, CONDITION_TRUE);
}

static void test_columns(void)
{
    g_autoptr(ConditionSet) set = make_set();
    g_autoptr(GError) error = NULL;

    g_assert_true(condition_set_has_column(set, "score"));
    g_assert_false(condition_set_has_column(set, "scoer"));
    g_assert_false(condition_set_add_column(set, "score", COLUMN_TEXT, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    g_assert_false(condition_set_add_column(set, "Bad Name", COLUMN_TEXT, NULL));
    g_assert_false(condition_set_add_column(set, "x\" TEXT); --", COLUMN_TEXT, NULL));
    g_assert_false(condition_set_add_column(set, "rowid", COLUMN_TEXT, NULL));
    g_assert_false(condition_set_add_column(set, "", COLUMN_TEXT, NULL));
    compile(set, "1");
    g_assert_false(condition_set_add_column(set, "late", COLUMN_TEXT, NULL));
}

static void test_effort_is_bounded(void)
{
    g_autoptr(ConditionSet) set = make_set();
    g_autofree char *subject = g_strnfill(60000, 'a');
    Condition *greedy = compile(set, "text REGEXP '(?:a|b)*$\\d'");
    Condition *wild = compile(set, "text LIKE '%a%a%a%a%a%a%b'");
    Condition *plain = compile(set, "text IS NOT NULL");
    gint64 began = g_get_monotonic_time();

    condition_set_put(set, "text", subject);
    g_assert_cmpint(evaluate(greedy), ==, CONDITION_FAILED);
    g_assert_nonnull(strstr(condition_get_failure(greedy), "effort"));
    g_assert_cmpint(evaluate(wild), !=, CONDITION_TRUE);
    g_assert_cmpint(evaluate(plain), ==, CONDITION_TRUE);
    g_assert_cmpint(g_get_monotonic_time() - began, <, 20 * G_USEC_PER_SEC);
}

/* What cannot change the answer is not looked at: the pattern would take more than it may. */
static void test_a_test_stops_early(void)
{
    g_autoptr(ConditionSet) set = make_set();
    g_autofree char *subject = g_strnfill(60000, 'a');
    Condition *referred = compile(set, "track = 'referral' AND text REGEXP '(?:a|b)*$\\d'");

    condition_set_put(set, "text", subject);
    condition_set_put(set, "track", "inbound");
    g_assert_cmpint(condition_test(referred), ==, CONDITION_FALSE);
    condition_set_put(set, "track", NULL);
    g_assert_cmpint(condition_test(referred), ==, CONDITION_FALSE);
    condition_set_put(set, "track", "referral");
    g_assert_cmpint(condition_test(referred), ==, CONDITION_FAILED);
}

static void test_huge_values(void)
{
    g_autoptr(ConditionSet) set = make_set();
    g_autofree char *huge = g_strnfill(3 * 1024 * 1024, 'a');
    Condition *doubled = compile(set, "length(text || text || text) > 0");

    condition_set_put(set, "text", huge);
    g_assert_cmpint(evaluate(doubled), ==, CONDITION_FAILED);
    condition_set_put(set, "text", "short");
    g_assert_cmpint(evaluate(doubled), ==, CONDITION_TRUE);
}

static void test_a_run_time_error_harms_one(void)
{
    g_autoptr(ConditionSet) set = make_set();
    Condition *overflowing = compile(set, "abs(score) > 0");
    Condition *plain = compile(set, "score < 0");

    condition_set_put_integer(set, "score", G_MININT64);
    g_assert_cmpint(evaluate(overflowing), ==, CONDITION_FAILED);
    g_assert_cmpint(evaluate(plain), ==, CONDITION_TRUE);
    condition_set_put_integer(set, "score", 5);
    g_assert_cmpint(evaluate(overflowing), ==, CONDITION_TRUE);
}

static void test_explanation(void)
{
    g_autoptr(ConditionSet) set = make_set();
    Condition *condition =
        compile(set, "score >= 50 AND timeline = 'immediate' OR budget > 2.5 AND score < 100 OR company IS NULL");
    g_autofree char *said = NULL;

    condition_set_put_integer(set, "score", 55);
    condition_set_put(set, "timeline", "immediate\r\nnow");
    condition_set_put(set, "budget", "1250.5");
    said = condition_explain(condition);
    g_assert_cmpstr(said, ==, "score = 55, timeline = 'immediate now', budget = 1250.5, company unknown");
    g_assert_true(g_str_has_prefix(condition_get_text(condition), "score >= 50"));
}

/* Not timed, only told: fifty conditions on one lead. */
static void test_cost(void)
{
    enum { ROUNDS = 2000, CONDITIONS = 50 };
    g_autoptr(ConditionSet) set = make_set();
    g_autoptr(GString) body = g_string_new(NULL);
    Condition *conditions[CONDITIONS];
    gint64 began;
    guint held = 0;

    while (body->len < 5000)
        g_string_append(body, "We would like some help with our accounts next month. ");
    for (guint i = 0; i < CONDITIONS; i++) {
        g_autofree char *text =
            i % 10 == 9 ? g_strdup_printf("text REGEXP '\\b(urgent%u|asap)\\b'", i)
                        : g_strdup_printf("score >= %u AND timeline IN ('immediate', '1-3 months') AND track = 'inbound'", i * 2);

        conditions[i] = compile(set, text);
    }
    began = g_get_monotonic_time();
    for (guint round = 0; round < ROUNDS; round++) {
        condition_set_clear(set);
        condition_set_put(set, "text", body->str);
        condition_set_put(set, "timeline", "immediate");
        condition_set_put(set, "track", "inbound");
        condition_set_put_integer(set, "score", 50);
        for (guint i = 0; i < CONDITIONS; i++)
            held += evaluate(conditions[i]) == CONDITION_TRUE;
    }
    g_assert_cmpuint(held, ==, ROUNDS * 24);
    g_test_message("a lead of 5 KB, 50 conditions, 5 of them patterns: %.1f us", (double)(g_get_monotonic_time() - began) / ROUNDS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/condition/answers", test_answers);
    g_test_add_func("/condition/numbers", test_numbers_are_numbers);
    g_test_add_func("/condition/patterns", test_patterns);
    g_test_add_func("/condition/mistakes", test_mistakes_have_a_place_and_a_remedy);
    g_test_add_func("/condition/nothing-else-is-within-reach", test_nothing_else_is_within_reach);
    g_test_add_func("/condition/allowed", test_what_looks_like_it_but_is_allowed);
    g_test_add_func("/condition/columns", test_columns);
    g_test_add_func("/condition/effort", test_effort_is_bounded);
    g_test_add_func("/condition/a-test-stops-early", test_a_test_stops_early);
    g_test_add_func("/condition/huge-values", test_huge_values);
    g_test_add_func("/condition/run-time-error", test_a_run_time_error_harms_one);
    g_test_add_func("/condition/explanation", test_explanation);
    g_test_add_func("/condition/cost", test_cost);
    return g_test_run();
}
