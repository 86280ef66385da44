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
    rule->runs_always = !g_str_has_prefix(kept_by, "verb:");
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
    g_clear_pointer(&rule->escalate, g_array_unref);
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
    fixture->rulebook.promise_defaults.escalate = g_array_new(FALSE, FALSE, sizeof(EscalationStep));
    fixture->rulebook.promise_defaults.at_any_hour = g_ptr_array_new();
    fixture->rulebook.settings = settings_load("tests/instance", "rules", problems);
    g_assert_nonnull(fixture->rulebook.settings);
}

static void tear_down(Fixture *fixture)
{
    g_ptr_array_unref(fixture->rulebook.promises);
    g_array_unref(fixture->rulebook.promise_defaults.escalate);
    g_ptr_array_unref(fixture->rulebook.promise_defaults.at_any_hour);
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

/* ---- before it is due, and after ---- */

static UsherTime at(const char *text)
{
    UsherTime moment = 0;
    g_assert_true(clock_parse(text, &moment, NULL));
    return moment;
}

static void add_step(Fixture *fixture, const char *to, const char *after)
{
    EscalationStep step = {.to = (char *)(guintptr)to};
    g_assert_true(!after || span_parse(after, &step.after, NULL));
    g_array_append_val(fixture->rulebook.promise_defaults.escalate, step);
}

static void set_warning(Fixture *fixture, const char *span)
{
    PromiseRule *rule = g_ptr_array_index(fixture->rulebook.promises, 0);
    rule->has_warning = TRUE;
    g_assert_true(span_parse(span, &rule->warning, NULL));
}

static void assert_look(const Fixture *fixture, const char *made, const char *due, const char *expected)
{
    const PromiseRule *rule = g_ptr_array_index(fixture->rulebook.promises, 0);
    g_autofree char *look = clock_format(followup_find_look(rule, "jane", at(made), at(due), fixture->rulebook.settings));
    g_assert_cmpstr(look, ==, expected);
}

static void test_warning_times(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "first-contact", "24 hours", NULL, "verb:contacted", NULL, TRUE);
    assert_look(&fixture, "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z", "2026-03-03T12:00:01Z"); /* no warning at all */
    set_warning(&fixture, "1 hour");
    assert_look(&fixture, "2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z", "2026-03-03T11:00:00Z");
    /* An hour before is closed: an hour of work before instead, over the weekend too. */
    assert_look(&fixture, "2026-03-06T12:00:00Z", "2026-03-09T09:30:00Z", "2026-03-06T17:00:00Z");
    /* Made within its own warning time. */
    assert_look(&fixture, "2026-03-02T16:40:00Z", "2026-03-02T17:30:00Z", "2026-03-02T17:30:01Z");
    /* Made after hours, due when they have hardly come back: then they are told as they come. */
    assert_look(&fixture, "2026-03-06T20:00:00Z", "2026-03-09T09:30:00Z", "2026-03-09T09:00:00Z");
    assert_look(&fixture, "2026-03-06T20:00:00Z", "2026-03-09T09:00:00Z", "2026-03-09T09:00:01Z");
    set_warning(&fixture, "2 business hours");
    assert_look(&fixture, "2026-03-02T12:00:00Z", "2026-03-03T10:00:00Z", "2026-03-02T16:30:00Z");
    /* The clocks go forward on 29 March: Monday's 9.00 is 8.00 UTC. */
    assert_look(&fixture, "2026-03-27T12:00:00Z", "2026-03-30T09:00:00Z", "2026-03-27T16:30:00Z");
    /* Easter Monday is closed. */
    assert_look(&fixture, "2026-04-02T10:00:00Z", "2026-04-07T09:00:00Z", "2026-04-02T15:30:00Z");
    tear_down(&fixture);
}

static PromiseState *dup_watched(const Decision *decision)
{
    g_assert_cmpuint(decision->watched->len, ==, 1);
    return promise_state_dup(g_ptr_array_index(decision->watched, 0));
}

static void assert_told(const Decision *decision, const char *person, const char *when)
{
    g_assert_cmpuint(decision->notices->len, ==, person ? 1 : 0);
    if (person) {
        const PromiseNotice *notice = g_ptr_array_index(decision->notices, 0);
        g_autofree char *due = clock_format(notice->due);
        g_assert_cmpstr(notice->person, ==, person);
        g_assert_cmpstr(due, ==, when);
    }
}

/* One look: what is to be done at that moment; the promise as it stands then takes the place of *promise. */
static Decision *look(const Fixture *fixture, PromiseState **promise, const char *when)
{
    Decision *decision = make_decision(when);
    followup_watch(decision, *promise, &fixture->rulebook);
    if (decision->watched->len > 0) {
        PromiseState *next = dup_watched(decision);
        promise_state_free(*promise);
        *promise = next;
    }
    return decision;
}

static void test_warned_once(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "first-contact", "24 hours", NULL, "verb:contacted", NULL, TRUE);
    set_warning(&fixture, "1 hour");
    PromiseState *promise = make_state("first-contact", at("2026-03-03T12:00:00Z"), "verb:contacted");
    promise->look = at("2026-03-03T11:00:00Z");
    g_autoptr(Decision) early = look(&fixture, &promise, "2026-03-03T10:59:59Z");
    g_assert_cmpuint(early->watched->len, ==, 0);
    g_autoptr(Decision) warned = look(&fixture, &promise, "2026-03-03T11:00:00Z");
    assert_told(warned, "jane", "2026-03-03T11:00:00Z");
    g_assert_cmpint(promise->warned, ==, warned->at);
    g_assert_cmpint(promise->look, ==, promise->due + 1);
    g_autoptr(Decision) again = look(&fixture, &promise, "2026-03-03T11:30:00Z");
    g_assert_cmpuint(again->notices->len, ==, 0);
    promise_state_free(promise);
    tear_down(&fixture);
}

/* Nobody is told at night, but of the top tier; a warning that could come only when it is due does not come at all. */
static void test_told_in_their_hours(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "first-contact", "24 hours", NULL, "verb:contacted", NULL, TRUE);
    set_warning(&fixture, "1 hour");
    add_step(&fixture, "owner", NULL);
    PromiseState *promise = make_state("first-contact", at("2026-03-06T17:30:00Z"), "verb:contacted");
    promise->look = promise->due + 1;
    PromiseState *hot = promise_state_dup(promise);
    g_autoptr(Decision) night = look(&fixture, &promise, "2026-03-06T20:00:00Z");
    assert_told(night, "jane", "2026-03-09T09:00:00Z");
    g_ptr_array_add(fixture.rulebook.promise_defaults.at_any_hour, (gpointer)(guintptr) "hot");
    g_autoptr(Decision) at_once = make_decision("2026-03-06T20:00:00Z");
    at_once->tier = g_strdup("hot");
    followup_watch(at_once, hot, &fixture.rulebook);
    assert_told(at_once, "jane", "2026-03-06T20:00:00Z");
    PromiseState *monday = make_state("first-contact", at("2026-03-09T09:00:00Z"), "verb:contacted");
    monday->look = at("2026-03-08T10:00:00Z");
    g_autoptr(Decision) sunday = look(&fixture, &monday, "2026-03-08T10:00:00Z");
    assert_told(sunday, NULL, NULL);
    g_assert_cmpint(monday->warned, ==, 0);
    g_assert_cmpint(monday->look, ==, monday->due + 1);
    promise_state_free(promise);
    promise_state_free(hot);
    promise_state_free(monday);
    tear_down(&fixture);
}

/* Owner at once, deputy and manager later; who is both is told once; the steps run from when it was found. */
static void test_escalated_in_steps(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_rule(&fixture, "first-contact", "24 hours", NULL, "verb:contacted", NULL, TRUE);
    add_step(&fixture, "owner", NULL);
    add_step(&fixture, "deputy", "1 business hour");
    add_step(&fixture, "manager", "4 business hours");
    add_step(&fixture, "conflicts", "4 business hours"); /* the manager, too */
    PromiseState *promise = make_state("first-contact", at("2026-03-02T09:30:00Z"), "verb:contacted");
    promise->look = promise->due + 1;
    g_autoptr(Decision) in_time = look(&fixture, &promise, "2026-03-02T09:30:00Z");
    g_assert_cmpuint(in_time->watched->len, ==, 0);
    g_autoptr(Decision) broken = look(&fixture, &promise, "2026-03-02T10:00:00Z");
    assert_told(broken, "jane", "2026-03-02T10:00:00Z");
    g_assert_cmpint(promise->broken, ==, broken->at);
    g_assert_cmpint(promise->look, ==, at("2026-03-02T11:00:00Z"));
    g_autoptr(Decision) deputy = look(&fixture, &promise, "2026-03-02T11:00:00Z");
    assert_told(deputy, "tom", "2026-03-02T11:00:00Z");
    g_assert_cmpint(promise->broken, ==, broken->at);
    g_autoptr(Decision) manager = look(&fixture, &promise, "2026-03-02T14:00:00Z");
    assert_told(manager, "ada", "2026-03-02T14:00:00Z");
    g_assert_cmpint(promise->look, ==, 0);
    g_assert_cmpuint(promise->escalated, ==, 4);
    g_autoptr(Decision) nothing = look(&fixture, &promise, "2026-04-02T14:00:00Z");
    g_assert_cmpuint(nothing->watched->len, ==, 0);
    promise_state_free(promise);
    tear_down(&fixture);
}

static void test_kept_is_not_broken(void)
{
    Fixture fixture;
    set_up(&fixture);
    add_step(&fixture, "owner", NULL);
    PromiseState *promise = make_state("ack", at(MONDAY_NOON) - 1, "mail:ack");
    promise->look = promise->due + 1;
    promise->kept = 1;
    g_autoptr(Decision) kept = look(&fixture, &promise, MONDAY_NOON);
    g_assert_cmpuint(kept->watched->len + kept->notices->len, ==, 0);
    promise_state_free(promise);
    tear_down(&fixture);
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
    followup_adopt_open(second, open, &fixture.rulebook);
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
    g_test_add_func("/followup/warning-times", test_warning_times);
    g_test_add_func("/followup/warned-once", test_warned_once);
    g_test_add_func("/followup/told-in-hours", test_told_in_their_hours);
    g_test_add_func("/followup/escalated", test_escalated_in_steps);
    g_test_add_func("/followup/kept-is-not-broken", test_kept_is_not_broken);
    g_test_add_func("/followup/shadow", test_shadow);
    g_test_add_func("/followup/settled-by-mails", test_settled_by_mails);
    g_test_add_func("/followup/own-hours", test_own_hours);
    g_test_add_func("/followup/adopted-count", test_adopted_count);
    return g_test_run();
}
