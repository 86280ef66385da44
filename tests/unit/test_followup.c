/*
 * test_followup.c - promises: by when, kept by what, stated to whom, and found broken
 */
#include <string.h>

#include "usher/followup.h"

/* The calendar of the tests' firm: Europe/London, Monday to Friday 9.00 to 17.30. */
static const char MONDAY_NOON[] = "2026-03-02T12:00:00Z";
static const char FRIDAY_FOUR[] = "2026-03-06T16:00:00Z";

typedef struct {
    Rulebook rulebook;
    ConditionSet *row;
} Fixture;

static void add_rule(Fixture *fixture, const char *kind, const char *due, const char *cap, const char *kept_by, const char *when,
                     gboolean is_stated)
{
    PromiseRule *rule = g_new0(PromiseRule, 1);
    g_autoptr(GError) error = NULL;
    rule->kind = g_strdup(kind);
    rule->kept_by = g_strdup(kept_by);
    rule->is_stated = is_stated;
    g_assert_true(span_parse(due, &rule->due, &error));
    if (cap) {
        rule->has_cap = TRUE;
        g_assert_true(span_parse(cap, &rule->cap, &error));
    }
    if (when) {
        gsize offset = 0;
        rule->when.condition = condition_compile(fixture->row, when, &offset, &error);
        g_assert_no_error(error);
    }
    g_ptr_array_add(fixture->rulebook.promises, rule);
}

static void free_rule(gpointer data)
{
    PromiseRule *rule = data;
    g_free(rule->kind);
    g_free(rule->kept_by);
    g_free(rule->owner);
    g_free(rule);
}

static void set_up(Fixture *fixture)
{
    g_autoptr(Problems) problems = problems_new();
    memset(fixture, 0, sizeof *fixture);
    fixture->row = condition_set_new();
    g_assert_true(condition_set_add_column(fixture->row, "tier", COLUMN_TEXT, NULL));
    fixture->rulebook.conditions = fixture->row;
    fixture->rulebook.promises = g_ptr_array_new_with_free_func(free_rule);
    fixture->rulebook.settings = settings_load("tests/instance", "rules", problems);
    g_assert_nonnull(fixture->rulebook.settings);
}

static void tear_down(Fixture *fixture)
{
    g_ptr_array_unref(fixture->rulebook.promises);
    settings_free(fixture->rulebook.settings);
    condition_set_free(fixture->row);
}

static Decision *make_decision(const char *at)
{
    UsherTime now = 0;
    g_assert_true(clock_parse(at, &now, NULL));
    Decision *decision = decision_new(now, "hash");
    decision->owner = g_strdup("jane");
    return decision;
}

static const Promise *find_promise(const Decision *decision, const char *kind)
{
    for (guint i = 0; i < decision->promises->len; i++) {
        const Promise *promise = g_ptr_array_index(decision->promises, i);
        if (strcmp(promise->kind, kind) == 0) {
            return promise;
        }
    }
    return NULL;
}

static void assert_due(const Decision *decision, const char *kind, const char *expected)
{
    const Promise *promise = find_promise(decision, kind);
    g_assert_nonnull(promise);
    g_autofree char *due = clock_format(promise->due);
    g_assert_cmpstr(due, ==, expected);
}

static void test_due_times(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "ack", "5 minutes", NULL, "mail:ack", NULL, FALSE);
    add_rule(&fixture, "qualify", "1 hour", NULL, "decision", NULL, FALSE);
    add_rule(&fixture, "first-contact", "24 business hours", NULL, "verb:contacted,engaged", NULL, TRUE);
    g_autoptr(Decision) decision = make_decision(MONDAY_NOON);
    followup_plan(decision, &fixture.rulebook);
    assert_due(decision, "ack", "2026-03-02T12:05:00Z");
    assert_due(decision, "first-contact", "2026-03-05T10:30:00Z");
    g_assert_cmpint(find_promise(decision, "qualify")->kept, ==, decision->at);
    g_assert_cmpint(find_promise(decision, "ack")->kept, ==, 0);
    g_assert_cmpstr(find_promise(decision, "ack")->owner, ==, "jane");
    g_assert_cmpstr(decision_find_stated(decision)->kind, ==, "first-contact");
    tear_down(&fixture);
}

static void test_people_keep_promises_in_business_hours(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "by-mail", "24 hours", NULL, "mail:introduction", NULL, FALSE);
    add_rule(&fixture, "by-person", "24 hours", "24 business hours", "verb:contacted", NULL, FALSE);
    add_rule(&fixture, "capped", "10 business days", "24 business hours", "verb:contacted", NULL, FALSE);
    g_autoptr(Decision) decision = make_decision(FRIDAY_FOUR);
    followup_plan(decision, &fixture.rulebook);
    assert_due(decision, "by-mail", "2026-03-07T16:00:00Z");
    assert_due(decision, "by-person", "2026-03-09T09:00:00Z");
    assert_due(decision, "capped", "2026-03-11T14:30:00Z");
    tear_down(&fixture);
}

static void test_first_of_a_kind(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "first-contact", "same business day", NULL, "verb:contacted", "tier = 'hot'", TRUE);
    add_rule(&fixture, "first-contact", "24 hours", NULL, "verb:contacted", "tier = 'warm'", TRUE);
    add_rule(&fixture, "first-contact", "5 business days", NULL, "verb:contacted", NULL, TRUE);
    condition_set_put(fixture.row, "tier", "warm");
    g_autoptr(Decision) warm = make_decision(MONDAY_NOON);
    followup_plan(warm, &fixture.rulebook);
    assert_due(warm, "first-contact", "2026-03-03T12:00:00Z");
    g_assert_cmpuint(warm->promises->len, ==, 1);
    condition_set_put(fixture.row, "tier", "hot");
    g_autoptr(Decision) hot = make_decision(MONDAY_NOON);
    followup_plan(hot, &fixture.rulebook);
    assert_due(hot, "first-contact", "2026-03-02T17:30:00Z");
    condition_set_put(fixture.row, "tier", NULL);
    g_autoptr(Decision) unknown = make_decision(MONDAY_NOON);
    followup_plan(unknown, &fixture.rulebook);
    assert_due(unknown, "first-contact", "2026-03-09T17:30:00Z");
    tear_down(&fixture);
}

static void test_owner_by_duty(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "brief", "5 minutes", NULL, "mail:brief", NULL, FALSE);
    PromiseRule *rule = g_ptr_array_index(fixture.rulebook.promises, 0);
    rule->owner = g_strdup("manager");
    g_autoptr(Decision) decision = make_decision(MONDAY_NOON);
    followup_plan(decision, &fixture.rulebook);
    g_assert_cmpstr(find_promise(decision, "brief")->owner, ==, "ada");
    g_assert_null(decision_find_stated(decision));
    tear_down(&fixture);
}

static PromiseState *make_state(const char *kind, UsherTime due, const char *kept_by)
{
    PromiseState *state = promise_state_new(kind, "jane", due);
    g_free(state->kept_by);
    state->kept_by = g_strdup(kept_by);
    state->id = 7;
    state->lead = 3;
    return state;
}

static void test_kept_by_verb(void)
{
    g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    g_autoptr(Decision) decision = make_decision(MONDAY_NOON);
    g_ptr_array_add(open, make_state("first-contact", 1, "verb:contacted, engaged"));
    g_ptr_array_add(open, make_state("ack", 1, "mail:ack"));
    g_ptr_array_add(open, make_state("refer-on", 1, "verb:refer-on"));
    followup_keep_by_verb(decision, open, "engaged");
    g_assert_cmpuint(decision->kept->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(decision->kept, 0), ==, "first-contact");
    followup_keep_by_verb(decision, open, "refer");
    followup_keep_by_verb(decision, open, "ack");
    g_assert_cmpuint(decision->kept->len, ==, 1);
}

static void test_broken(void)
{
    g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    g_autoptr(Decision) decision = make_decision(MONDAY_NOON);
    g_ptr_array_add(open, make_state("late", decision->at - 1, "mail:ack"));
    g_ptr_array_add(open, make_state("in-time", decision->at, "mail:ack"));
    g_ptr_array_add(open, make_state("kept", decision->at - 1, "mail:ack"));
    ((PromiseState *)g_ptr_array_index(open, 2))->kept = 1;
    for (gint64 id = 7; id < 10; id++) {
        ((PromiseState *)g_ptr_array_index(open, id - 7))->id = id;
        followup_find_broken(decision, open, id);
    }
    g_assert_cmpuint(decision->broken->len, ==, 1);
    const PromiseState *broken = g_ptr_array_index(decision->broken, 0);
    g_assert_cmpstr(broken->kind, ==, "late");
    g_assert_cmpint(broken->id, ==, 7);
    g_assert_cmpint(broken->lead, ==, 3);
    g_assert_cmpint(broken->broken, ==, decision->at);
    g_assert_cmpuint(decision->events->len, ==, 1);
}

/* In shadow mode nothing leaves, and what nothing could keep is not owed. */
static void test_shadow(void)
{
    g_autoptr(Decision) decision = decision_new(1000, "hash");
    g_ptr_array_add(decision->promises, promise_new("ack", "jane", 1300, "mail:ack"));
    g_ptr_array_add(decision->promises, promise_new("referrer-ack", "jane", 1300, "mail:referrer-ack"));
    g_ptr_array_add(decision->promises, promise_new("first-contact", "jane", 1300, "verb:contacted"));
    OutgoingMail *mail = outgoing_mail_new();
    mail->purpose = g_strdup("ack");
    g_ptr_array_add(decision->mails, mail);
    followup_keep_by_shadow(decision);
    const gint64 expected[] = {1000, 0, 0};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const Promise *promise = g_ptr_array_index(decision->promises, i);
        g_assert_cmpint(promise->kept, ==, expected[i]);
    }
}

/* A mail that may not be written leaves nothing owed that it alone would keep; what a person may do instead takes its place. */
static void test_settled_by_mails(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "ack", "5 minutes", NULL, "mail:ack", NULL, FALSE);
    add_rule(&fixture, "brief", "5 minutes", NULL, "mail:brief", NULL, FALSE);
    add_rule(&fixture, "referral-contact", "24 hours", NULL, "mail:introduction", NULL, FALSE);
    add_rule(&fixture, "referral-contact", "24 hours", NULL, "verb:contacted", NULL, FALSE);
    g_autoptr(Decision) decision = make_decision(MONDAY_NOON);
    OutgoingMail *brief = outgoing_mail_new();
    brief->purpose = g_strdup("brief");
    g_ptr_array_add(decision->mails, brief);
    followup_plan(decision, &fixture.rulebook);
    g_assert_cmpstr(find_promise(decision, "referral-contact")->kept_by, ==, "mail:introduction");
    followup_settle(decision, &fixture.rulebook);
    g_assert_null(find_promise(decision, "ack"));
    g_assert_nonnull(find_promise(decision, "brief"));
    g_assert_cmpstr(find_promise(decision, "referral-contact")->kept_by, ==, "verb:contacted");
    g_assert_cmpuint(decision->promises->len, ==, 2);
    tear_down(&fixture);
}

static PromiseRule *get_last_rule(const Fixture *fixture)
{
    return g_ptr_array_index(fixture->rulebook.promises, fixture->rulebook.promises->len - 1);
}

/* Jane works in New York, and not on Mondays. What is hers to do is counted in her hours; the firm's word is not, nor what may be no later than the firm says. */
static void test_own_hours(void)
{
    Fixture fixture;
    set_up(&fixture);
    Person *jane = g_ptr_array_index(fixture.rulebook.settings->people, 0);
    g_assert_cmpstr(jane->id, ==, "jane");
    jane->calendar = calendar_new("America/New_York", "tue-fri 08:00-14:00", NULL);
    add_rule(&fixture, "firms", "4 business hours", NULL, "verb:contacted", NULL, TRUE);
    add_rule(&fixture, "hers", "4 business hours", NULL, "verb:contacted", NULL, FALSE);
    get_last_rule(&fixture)->in_own_hours = TRUE;
    add_rule(&fixture, "capped", "4 business hours", "1 business day", "verb:contacted", NULL, FALSE);
    get_last_rule(&fixture)->in_own_hours = TRUE;
    add_rule(&fixture, "opens", "2 hours", NULL, "verb:contacted", NULL, FALSE);
    get_last_rule(&fixture)->in_own_hours = TRUE;
    add_rule(&fixture, "managers", "4 business hours", NULL, "verb:contacted", NULL, FALSE);
    get_last_rule(&fixture)->in_own_hours = TRUE;
    get_last_rule(&fixture)->owner = g_strdup("manager"); /* Ada has no hours of her own */
    g_autoptr(Decision) decision = make_decision(FRIDAY_FOUR);
    followup_plan(decision, &fixture.rulebook);
    assert_due(decision, "firms", "2026-03-09T11:30:00Z");
    assert_due(decision, "hers", "2026-03-10T13:00:00Z"); /* New York has gone forward meanwhile */
    assert_due(decision, "capped", "2026-03-09T17:30:00Z");
    assert_due(decision, "opens", "2026-03-06T18:00:00Z");
    assert_due(decision, "managers", "2026-03-09T11:30:00Z");
    g_assert_cmpstr(find_promise(decision, "hers")->count.hours, ==, "jane");
    g_assert_null(find_promise(decision, "firms")->count.hours);
    g_assert_null(find_promise(decision, "managers")->count.hours);
    g_assert_cmpint(find_promise(decision, "hers")->count.made, ==, decision->at);
    tear_down(&fixture);
}

/* What was promised for an earlier moment keeps it, and how it was counted. */
static void test_adopted_count(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "first-contact", "24 business hours", NULL, "verb:contacted", NULL, TRUE);
    g_autoptr(Decision) first = make_decision(MONDAY_NOON), second = make_decision(FRIDAY_FOUR);
    followup_plan(first, &fixture.rulebook);
    const Promise *made = find_promise(first, "first-contact");
    g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    PromiseState *state = promise_state_new(made->kind, made->owner, made->due);
    promise_count_copy(&state->count, &made->count);
    g_ptr_array_add(open, state);
    followup_plan(second, &fixture.rulebook);
    g_assert_cmpint(find_promise(second, "first-contact")->count.made, ==, second->at);
    followup_adopt_open(second, open);
    g_assert_cmpint(find_promise(second, "first-contact")->due, ==, made->due);
    g_assert_cmpint(find_promise(second, "first-contact")->count.made, ==, first->at);
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/followup/due", test_due_times);
    g_test_add_func("/followup/business-hours", test_people_keep_promises_in_business_hours);
    g_test_add_func("/followup/first-of-a-kind", test_first_of_a_kind);
    g_test_add_func("/followup/duty", test_owner_by_duty);
    g_test_add_func("/followup/verb", test_kept_by_verb);
    g_test_add_func("/followup/broken", test_broken);
    g_test_add_func("/followup/shadow", test_shadow);
    g_test_add_func("/followup/settled-by-mails", test_settled_by_mails);
    g_test_add_func("/followup/own-hours", test_own_hours);
    g_test_add_func("/followup/adopted-count", test_adopted_count);
    return g_test_run();
}
