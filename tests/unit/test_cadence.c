/*
 * test_cadence.c - when the steps of a cadence are due, what keeps one waiting, and what a step that is due comes to
 */
#include "shipped.h"
#include "usher/followup.h"
#include "usher/pipeline.h"

#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DAY_S 86400

static Rulebook *rulebook;

static UsherTime moment(const char *text)
{
    UsherTime at = 0;
    g_assert_true(clock_parse(text, &at, NULL));
    return at;
}

#define assert_moment(at, text)                                                                                                    \
    G_STMT_START                                                                                                                   \
    {                                                                                                                              \
        g_autofree char *is = clock_format(at);                                                                                    \
        g_assert_cmpstr(is, ==, text);                                                                                             \
    }                                                                                                                              \
    G_STMT_END

/* ---- cadences and leads of a test ---- */

typedef struct {
    const char *after;
    const char *channel;
    const char *condition;
    const char *wording; /* of a mail */
} StepText;

/* A template as it is kept with a version. */
static char *make_wording(const char *text)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_key_file_set_string(file, "files", "own.txt", text);
    return g_key_file_to_data(file, NULL, NULL);
}

static Cadence *make_cadence(const StepText *texts)
{
    Cadence *cadence = cadence_new("test", "v1", FALSE);
    for (; texts->after; texts++) {
        g_autoptr(GError) error = NULL;
        gboolean is_mail = strcmp(texts->channel, "mail") == 0;
        CadenceStep step = {.after_said = (char *)(guintptr)texts->after,
                            .channel = (char *)(guintptr)texts->channel,
                            .template_name = (char *)(guintptr)(is_mail ? "own" : NULL),
                            .guidance = (char *)(guintptr)(is_mail ? NULL : "Do it.")};
        g_autofree char *wording = texts->wording ? make_wording(texts->wording) : NULL;
        cadence_add_step(cadence, &step, texts->condition, wording, rulebook, &error);
        g_assert_no_error(error);
    }
    return cadence;
}

static Enrolment *put_into(const Cadence *cadence, gint64 lead, const char *owner, const char *at)
{
    g_autoptr(Decision) decision = decision_new(moment(at), "hash");
    decision->lead = lead;
    decision->owner = g_strdup(owner);
    followup_put_into(decision, cadence, "operator", rulebook);
    g_assert_cmpstr(decision->cadence, ==, cadence->name);
    Enrolment *enrolment = enrolment_dup(decision->enrolment);
    enrolment->id = 70 + lead;
    return enrolment;
}

static const Calendar *firms(void)
{
    return rulebook->settings->calendar;
}

/* A mail may be anywhere within the hours of its day. */
static void assert_on_day(const Calendar *calendar, UsherTime due, const char *opens, const char *closes)
{
    g_assert_true(calendar_is_open(calendar, due));
    g_assert_cmpint(due, >=, moment(opens));
    g_assert_cmpint(due, <, moment(closes));
}

/* ---- due times ---- */

static void test_days_of_business(void)
{
    g_autoptr(Cadence) call = make_cadence((StepText[]){{"2 business days", "call", NULL, NULL}, {0}});
    g_autoptr(Cadence) mail = make_cadence((StepText[]){{"2 business days", "mail", NULL, "Subject: s\n\nt\n"}, {0}});
    /* Over a weekend. */
    g_autoptr(Enrolment) friday = put_into(call, 1, "jane", "2026-03-06T16:00:00Z");
    assert_moment(friday->due, "2026-03-10T09:00:00Z");
    /* Good Friday is 3 April, Easter Monday the 6th; the clocks have gone forward. */
    g_autoptr(Enrolment) easter = put_into(call, 1, "jane", "2026-04-02T10:00:00Z");
    assert_moment(easter->due, "2026-04-08T08:00:00Z");
    g_autoptr(Enrolment) letter = put_into(mail, 1, "jane", "2026-04-02T10:00:00Z");
    assert_on_day(firms(), letter->due, "2026-04-08T08:00:00Z", "2026-04-08T16:30:00Z");
    /* Put into it at night: business days are counted from the next opening. */
    g_autoptr(Enrolment) night = put_into(call, 1, "jane", "2026-03-07T23:00:00Z");
    g_assert_cmpint(night->due, >=, moment("2026-03-10T09:00:00Z"));
    g_assert_true(calendar_is_open(firms(), night->due));
}

static void test_plain_days_over_a_change_of_clocks(void)
{
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"2 days", "call", NULL, NULL}, {"3 hours", "call", NULL, NULL}, {0}});
    /* The clocks go forward on Sunday 29 March, and back on Sunday 25 October. */
    g_autoptr(Enrolment) spring = put_into(cadence, 1, "jane", "2026-03-28T12:00:00Z");
    assert_moment(spring->due, "2026-03-30T08:00:00Z");
    g_autoptr(Enrolment) autumn = put_into(cadence, 1, "jane", "2026-10-24T12:00:00Z");
    assert_moment(autumn->due, "2026-10-26T09:00:00Z");
    /* Less than a day is a length of time and no day. */
    g_autoptr(Cadence) soon = make_cadence((StepText[]){{"3 hours", "call", NULL, NULL}, {0}});
    g_autoptr(Enrolment) later = put_into(soon, 1, "jane", "2026-03-02T10:15:00Z");
    assert_moment(later->due, "2026-03-02T13:15:00Z");
}

static void test_the_day_itself(void)
{
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"0 days", "mail", NULL, "Subject: s\n\nt\n"}, {0}});
    for (gint64 lead = 1; lead <= 50; lead++) {
        g_autoptr(Enrolment) noon = put_into(cadence, lead, "jane", "2026-03-02T12:00:00Z");
        assert_on_day(firms(), noon->due, "2026-03-02T12:00:00Z", "2026-03-02T17:30:00Z");
        /* With less than half an hour to go it is the next day. */
        g_autoptr(Enrolment) evening = put_into(cadence, lead, "jane", "2026-03-02T17:10:00Z");
        assert_on_day(firms(), evening->due, "2026-03-03T09:00:00Z", "2026-03-03T17:30:00Z");
    }
}

static void test_own_hours_and_zone(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GError) error = NULL;
    Settings *own = settings_load("tests/flows/lisbon-and-new-york/instance", "rules", problems);
    g_assert_nonnull(own);
    Settings *kept = rulebook->settings;
    rulebook->settings = own;
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"1 business day", "mail", NULL, "Subject: s\n\nt\n"}, {0}});
    const Calendar *calendar = followup_find_calendar("ana", own);
    g_assert_true(calendar != own->calendar);
    g_assert_true(followup_find_calendar(NULL, own) == own->calendar);
    g_assert_true(followup_find_calendar("nobody", own) == own->calendar);
    /* Monday to Thursday, 8.00 to 14.00 in New York: after a Thursday comes Monday. */
    for (gint64 lead = 1; lead <= 50; lead++) {
        g_autoptr(Enrolment) enrolment = put_into(cadence, lead, "ana", "2026-03-05T15:00:00Z");
        assert_on_day(calendar, enrolment->due, "2026-03-09T12:00:00Z", "2026-03-09T18:00:00Z");
    }
    rulebook->settings = kept;
    settings_free(own);
}

static void test_spread(void)
{
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"2 days", "mail", NULL, "Subject: s\n\nt\n"}, {0}});
    guint hours[24] = {0};
    for (gint64 lead = 1; lead <= 500; lead++) {
        g_autoptr(Enrolment) once = put_into(cadence, lead, "jane", "2026-03-02T10:00:00Z");
        g_autoptr(Enrolment) again = put_into(cadence, lead, "jane", "2026-03-02T10:00:00Z");
        g_assert_cmpint(once->due, ==, again->due);
        assert_on_day(firms(), once->due, "2026-03-04T09:00:00Z", "2026-03-04T17:30:00Z");
        hours[once->due % DAY_S / 3600]++;
    }
    /* Of 500 there are about sixty in each hour. */
    for (guint hour = 9; hour < 17; hour++) {
        g_assert_cmpuint(hours[hour], >, 30);
        g_assert_cmpuint(hours[hour], <, 90);
    }
}

/* ---- waiting ---- */

static const StepText two_mails[] = {
    {"2 days", "mail", NULL, "Subject: s\n\nt\n"}, {"4 days", "mail", NULL, "Subject: s\n\nt\n"}, {0}};

static void test_closed(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-03T10:00:00Z");
    StepLook look = {0};
    UsherTime origin = enrolment->origin;
    /* Thursday's mail is seen on Saturday: it goes on Monday, and what follows comes as much later. */
    assert_on_day(firms(), enrolment->due, "2026-03-05T09:00:00Z", "2026-03-05T17:30:00Z");
    g_assert_true(followup_put_off(enrolment, cadence, &look, firms(), &rulebook->manners, moment("2026-03-07T12:00:00Z")));
    assert_on_day(firms(), enrolment->due, "2026-03-09T09:00:00Z", "2026-03-09T17:30:00Z");
    g_assert_cmpint(enrolment->origin, >=, origin + 3 * DAY_S);
    g_assert_cmpint(enrolment->origin, <=, origin + 4 * DAY_S);
    g_assert_cmpuint(enrolment->step, ==, 0);
    g_assert_false(followup_put_off(enrolment, cadence, &look, firms(), &rulebook->manners, enrolment->due));
}

static void test_tasks_never_wait(void)
{
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"2 days", "call", NULL, NULL}, {0}});
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-03T10:00:00Z");
    StepLook look = {.mails_today = 1000, .is_rush = TRUE};
    g_assert_false(followup_put_off(enrolment, cadence, &look, firms(), &rulebook->manners, moment("2026-03-07T12:00:00Z")));
}

static void test_rush(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    StepLook look = {.is_rush = TRUE};
    UsherTime now = moment("2026-03-05T09:00:00Z"), first = G_MAXINT64, last = 0;
    for (gint64 lead = 1; lead <= 100; lead++) {
        g_autoptr(Enrolment) enrolment = put_into(cadence, lead, "jane", "2026-03-02T10:00:00Z");
        g_assert_true(followup_put_off(enrolment, cadence, &look, firms(), &rulebook->manners, now));
        assert_on_day(firms(), enrolment->due, "2026-03-05T09:00:01Z", "2026-03-05T17:30:00Z");
        first = MIN(first, enrolment->due);
        last = MAX(last, enrolment->due);
        /* Once: it would never go where the machine is on for an hour a day. */
        g_assert_false(followup_put_off(enrolment, cadence, &look, firms(), &rulebook->manners,
                                        enrolment->due + 3 * 3600 > moment("2026-03-05T17:29:00Z") ? enrolment->due
                                                                                                   : enrolment->due + 3 * 3600));
    }
    g_assert_cmpint(last - first, >, 6 * 3600);
    /* What is not late is not in the way of anybody. */
    g_autoptr(Enrolment) present = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_assert_false(followup_put_off(present, cadence, &look, firms(), &rulebook->manners, present->due + 60));
}

static void test_daily_cap(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-04T10:00:00Z"); /* due on Friday */
    StepLook look = {.mails_today = rulebook->manners.most_a_day - 1};
    UsherTime due = enrolment->due;
    g_assert_false(followup_put_off(enrolment, cadence, &look, firms(), &rulebook->manners, due));
    look.mails_today++;
    g_assert_true(followup_put_off(enrolment, cadence, &look, firms(), &rulebook->manners, due));
    assert_on_day(firms(), enrolment->due, "2026-03-09T09:00:00Z", "2026-03-09T17:30:00Z");
}

/* ---- what is next ---- */

static void test_spacing_after_downtime(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    UsherTime now = enrolment->due + 7 * DAY_S; /* Wednesday, a week later */
    followup_advance(enrolment, cadence, firms(), now);
    g_assert_cmpuint(enrolment->step, ==, 1);
    g_assert_cmpint(enrolment->state, ==, ENROLMENT_ACTIVE);
    assert_on_day(firms(), enrolment->due, "2026-03-13T09:00:00Z", "2026-03-13T17:30:00Z");
    followup_advance(enrolment, cadence, firms(), enrolment->due);
    g_assert_cmpint(enrolment->state, ==, ENROLMENT_FINISHED);
}

static void test_two_mails_never_on_one_day(void)
{
    g_autoptr(Cadence) cadence = make_cadence(
        (StepText[]){{"2 days", "mail", NULL, "Subject: s\n\nt\n"}, {"3 days", "mail", NULL, "Subject: s\n\nt\n"}, {0}});
    for (gint64 lead = 1; lead <= 50; lead++) {
        g_autoptr(Enrolment) enrolment = put_into(cadence, lead, "jane", "2026-03-02T10:00:00Z");
        /* Wednesday's goes on Thursday morning, not a whole day late: Thursday's goes on Friday. */
        followup_advance(enrolment, cadence, firms(), moment("2026-03-05T09:00:00Z"));
        assert_on_day(firms(), enrolment->due, "2026-03-06T09:00:00Z", "2026-03-06T17:30:00Z");
    }
}

static void test_clock_set_back(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    UsherTime origin = enrolment->origin;
    followup_advance(enrolment, cadence, firms(), enrolment->due - 3600);
    g_assert_cmpint(enrolment->origin, ==, origin);
    assert_on_day(firms(), enrolment->due, "2026-03-06T09:00:00Z", "2026-03-06T17:30:00Z");
}

static void test_return(void)
{
    UsherTime now = moment("2026-03-03T10:00:00Z");
    assert_moment(followup_find_return("2026-03-09", rulebook, now), "2026-03-10T09:00:00Z");
    /* A Saturday; and the Thursday before Easter. */
    assert_moment(followup_find_return("2026-03-14", rulebook, now), "2026-03-16T09:00:00Z");
    assert_moment(followup_find_return("2026-04-02", rulebook, now), "2026-04-07T08:00:00Z");
    assert_moment(followup_find_return(NULL, rulebook, now), "2026-03-09T09:00:00Z");
    /* Back long ago: no sooner than now. */
    g_assert_cmpint(followup_find_return("2026-01-05", rulebook, now), >=, moment("2026-03-03T09:00:00Z"));
    /* No day. */
    assert_moment(followup_find_return("2026-02-31", rulebook, now), "2026-03-09T09:00:00Z");
}

/* ---- a step that is due ---- */

static Past *make_past(const Enrolment *enrolment, LeadStatus status, const char *email, const char *company)
{
    Past *past = past_new();
    Lead *lead = lead_new();
    lead->id = enrolment->lead;
    lead->owner = g_strdup("jane");
    lead->channel = g_strdup("email");
    lead->source = g_strdup("email");
    lead->route = g_strdup("sales");
    lead->tier = g_strdup("warm");
    lead->status = status;
    const char *values[][2] = {{"name", "Pat Client"}, {"email", email}, {"company", company}};
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        if (values[i][1]) {
            g_ptr_array_add(lead->fields, field_new(values[i][0], values[i][1]));
        }
    }
    g_ptr_array_add(past->matches, lead_match_new(lead, MATCH_COMMAND, "", FALSE));
    g_ptr_array_add(past->enrolments, enrolment_dup(enrolment));
    return past;
}

static Decision *decide(const Cadence *cadence, const Enrolment *enrolment, const Past *past)
{
    StepLook look = {0};
    return pipeline_decide_step(enrolment, cadence, &look, past, rulebook, SECRET, enrolment->due);
}

static void test_mail(void)
{
    const char *wording = "Subject: About {{company}}\n\nDear {{first_name}},\n\nhow is it coming along?\n";
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"2 days", "mail", NULL, wording}, {"4 days", "call", NULL, NULL}, {0}});
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_autoptr(Past) past = make_past(enrolment, STATUS_CONTACTED, "pat@client.example", "Client Ltd");
    g_autoptr(Decision) decision = decide(cadence, enrolment, past);
    g_assert_cmpuint(decision->mails->len, ==, 1);
    const OutgoingMail *mail = g_ptr_array_index(decision->mails, 0);
    g_assert_cmpstr(mail->subject, ==, "About Client Ltd");
    g_assert_cmpstr(mail->to->address, ==, "pat@client.example");
    g_assert_cmpstr(mail->from->address, ==, "jane@hartleyfinch.example");
    g_assert_cmpint(mail->enrolment, ==, enrolment->id);
    g_assert_cmpint(decision->touch->outcome, ==, TOUCH_MAIL);
    g_assert_cmpuint(decision->enrolment->step, ==, 1);
    g_assert_null(decision->stops_cadence);
    /* The same past gives the same mail. */
    g_autoptr(Decision) again = decide(cadence, enrolment, past);
    g_assert_cmpstr(((OutgoingMail *)g_ptr_array_index(again->mails, 0))->key, ==, mail->key);
    /* What was decided a moment ago by somebody else is not due any more. */
    Enrolment *known = g_ptr_array_index(past->enrolments, 0);
    known->step = 1;
    g_assert_null(decide(cadence, enrolment, past));
    known->step = 0;
    known->state = ENROLMENT_STOPPED;
    g_assert_null(decide(cadence, enrolment, past));
}

static void test_no_subject_for_one_lead(void)
{
    const char *wording = "Subject: {{company}}\n\nHow is it coming along?\n";
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"2 days", "mail", NULL, wording}, {0}});
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_autoptr(Past) past = make_past(enrolment, STATUS_CONTACTED, "pat@client.example", NULL);
    g_autoptr(Decision) decision = decide(cadence, enrolment, past);
    g_assert_cmpuint(decision->mails->len, ==, 0);
    g_assert_cmpint(decision->status, ==, STATUS_EXCEPTION);
    g_assert_cmpstr(decision->exception, ==, "review");
    g_assert_nonnull(strstr(decision->stops_cadence, "no subject"));
    /* Somebody owes to look at it. */
    g_assert_cmpuint(decision->promises->len, ==, 1);
    g_assert_cmpstr(((const Promise *)g_ptr_array_index(decision->promises, 0))->kind, ==, "exception-review");
    g_assert_cmpint(decision->touch->outcome, ==, TOUCH_LEFT_OUT);
}

static void test_left_out(void)
{
    const char *wording = "Subject: About\n\nHow is it coming along?\n";
    g_autoptr(Cadence) cadence = make_cadence(
        (StepText[]){{"2 days", "mail", "status = 'contacted'", wording}, {"4 days", "call", "status = 'new'", NULL}, {0}});
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_autoptr(Past) fresh = make_past(enrolment, STATUS_NEW, "pat@client.example", NULL);
    g_autoptr(Decision) skipped = decide(cadence, enrolment, fresh);
    g_assert_cmpuint(skipped->mails->len, ==, 0);
    g_assert_cmpint(skipped->touch->outcome, ==, TOUCH_SKIPPED);
    g_assert_cmpuint(skipped->enrolment->step, ==, 1);
    g_assert_cmpint(skipped->status, ==, STATUS_NEW);
    /* Nowhere to write to: the calls go on. */
    g_autoptr(Past) unknown = make_past(enrolment, STATUS_CONTACTED, NULL, NULL);
    g_autoptr(Decision) left = decide(cadence, enrolment, unknown);
    g_assert_cmpint(left->touch->outcome, ==, TOUCH_LEFT_OUT);
    g_assert_null(left->stops_cadence);
    g_assert_cmpuint(left->enrolment->step, ==, 1);
    /* The address is known to be dead: all of it ends. */
    g_autoptr(Past) dead = make_past(enrolment, STATUS_CONTACTED, "pat@client.example", NULL);
    g_hash_table_insert(dead->known_addresses, g_strdup("pat@client.example"), g_strdup("bounced"));
    g_autoptr(Decision) ended = decide(cadence, enrolment, dead);
    g_assert_cmpuint(ended->mails->len, ==, 0);
    g_assert_nonnull(ended->stops_cadence);
    /* One of our own addresses. */
    g_autoptr(Past) own = make_past(enrolment, STATUS_CONTACTED, "tom@hartleyfinch.example", NULL);
    g_autoptr(Decision) none = decide(cadence, enrolment, own);
    g_assert_cmpuint(none->mails->len, ==, 0);
}

static void test_task(void)
{
    g_autoptr(Cadence) cadence = make_cadence((StepText[]){{"2 days", "call", NULL, NULL}, {0}});
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_autoptr(Past) past = make_past(enrolment, STATUS_NEW, NULL, "Client Ltd");
    g_autoptr(Decision) decision = decide(cadence, enrolment, past);
    g_assert_cmpuint(decision->tasks->len, ==, 1);
    const Task *task = g_ptr_array_index(decision->tasks, 0);
    g_assert_cmpstr(task->person, ==, "jane");
    g_assert_cmpstr(task->said, ==, "Telephone: Pat Client, Client Ltd");
    assert_moment(task->due, "2026-03-04T17:30:00Z");
    g_assert_cmpint(decision->touch->outcome, ==, TOUCH_TASK);
    g_assert_cmpint(decision->enrolment->state, ==, ENROLMENT_FINISHED);
}

/* A version that has fewer steps than were done, as after a repair: it ends, and nothing goes. */
static void test_beyond_the_last(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(Enrolment) enrolment = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    enrolment->step = 2;
    g_autoptr(Past) past = make_past(enrolment, STATUS_NEW, "pat@client.example", NULL);
    g_autoptr(Decision) decision = decide(cadence, enrolment, past);
    g_assert_cmpint(decision->enrolment->state, ==, ENROLMENT_FINISHED);
    g_assert_null(decision->touch);
    g_assert_cmpuint(decision->mails->len, ==, 0);
}

/* ---- which ---- */

static void test_enrol(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(GPtrArray) enrolments = g_ptr_array_new_with_free_func((GDestroyNotify)enrolment_free);
    Enrolment *active = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_ptr_array_add(enrolments, active);
    condition_set_clear(rulebook->conditions);
    condition_set_put(rulebook->conditions, "status", "nurture");
    condition_set_put(rulebook->conditions, "email", "pat@client.example");
    g_autoptr(Decision) moved = decision_new(moment("2026-03-03T10:00:00Z"), "hash");
    moved->status = STATUS_NURTURE;
    followup_enrol(moved, STATUS_NEW, enrolments, rulebook);
    g_assert_cmpstr(moved->cadence, ==, "nurture");
    g_assert_nonnull(moved->stops_cadence);
    /* Never twice into the same by the rules. */
    g_free(active->cadence);
    active->cadence = g_strdup("nurture");
    active->state = ENROLMENT_FINISHED;
    g_autoptr(Decision) again = decision_new(moment("2026-03-03T10:00:00Z"), "hash");
    again->status = STATUS_NURTURE;
    followup_enrol(again, STATUS_NEW, enrolments, rulebook);
    g_assert_null(again->enrolment);
    /* Mail of long ago is nobody's to follow up. */
    g_autoptr(Decision) history = decision_new(moment("2026-03-03T10:00:00Z"), "hash");
    history->status = STATUS_NURTURE;
    history->is_history = TRUE;
    followup_enrol(history, STATUS_NEW, NULL, rulebook);
    g_assert_null(history->enrolment);
    /* An outcome. */
    active->state = ENROLMENT_ACTIVE;
    g_autoptr(Decision) lost = decision_new(moment("2026-03-03T10:00:00Z"), "hash");
    lost->status = STATUS_LOST;
    followup_enrol(lost, STATUS_NEW, enrolments, rulebook);
    g_assert_cmpstr(lost->stops_cadence, ==, "lost");
}

/* What a person has chosen, later judgements leave alone; another status does not. */
static void test_persons_choice(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(GPtrArray) enrolments = g_ptr_array_new_with_free_func((GDestroyNotify)enrolment_free);
    Enrolment *active = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_ptr_array_add(enrolments, active);
    g_assert_cmpstr(active->put_by, ==, "operator");
    condition_set_clear(rulebook->conditions);
    condition_set_put(rulebook->conditions, "status", "nurture");
    condition_set_put(rulebook->conditions, "email", "pat@client.example");
    g_autoptr(Decision) judged = decision_new(moment("2026-03-03T10:00:00Z"), "hash");
    judged->status = STATUS_NURTURE;
    followup_enrol(judged, STATUS_NURTURE, enrolments, rulebook);
    g_assert_null(judged->stops_cadence);
    g_assert_null(judged->enrolment);
    followup_enrol(judged, STATUS_NEW, enrolments, rulebook);
    g_assert_nonnull(judged->stops_cadence);
    g_assert_cmpstr(judged->enrolment->cadence, ==, "nurture");
    g_assert_null(judged->enrolment->put_by);
}

/* The step it is at is kept, and a version that is shorter is finished; what waits does not go sooner. */
static void test_move(void)
{
    g_autoptr(Cadence) cadence = make_cadence(two_mails);
    g_autoptr(Enrolment) active = put_into(cadence, 1, "jane", "2026-03-02T10:00:00Z");
    g_autoptr(Decision) decision = decision_new(moment("2026-03-02T10:00:00Z"), "hash");
    decision->owner = g_strdup("jane");
    UsherTime due = active->due;
    g_free(active->version);
    active->version = g_strdup("older");
    active->due = due + 30 * 86400;
    followup_move(decision, active, cadence, "jane", rulebook);
    g_assert_true(decision->moves_version);
    g_assert_cmpstr(decision->enrolment->version, ==, cadence->version);
    g_assert_cmpint(decision->enrolment->due, ==, due);
    active->why = g_strdup("they are away");
    followup_move(decision, active, cadence, "jane", rulebook);
    g_assert_cmpint(decision->enrolment->due, ==, active->due);
    active->step = 2;
    followup_move(decision, active, cadence, "jane", rulebook);
    g_assert_cmpint(decision->enrolment->state, ==, ENROLMENT_FINISHED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rulebook = load_shipped();
    g_test_add_func("/cadence/days_of_business", test_days_of_business);
    g_test_add_func("/cadence/plain_days_over_a_change_of_clocks", test_plain_days_over_a_change_of_clocks);
    g_test_add_func("/cadence/the_day_itself", test_the_day_itself);
    g_test_add_func("/cadence/own_hours_and_zone", test_own_hours_and_zone);
    g_test_add_func("/cadence/spread", test_spread);
    g_test_add_func("/cadence/closed", test_closed);
    g_test_add_func("/cadence/tasks_never_wait", test_tasks_never_wait);
    g_test_add_func("/cadence/rush", test_rush);
    g_test_add_func("/cadence/daily_cap", test_daily_cap);
    g_test_add_func("/cadence/spacing_after_downtime", test_spacing_after_downtime);
    g_test_add_func("/cadence/two_mails_never_on_one_day", test_two_mails_never_on_one_day);
    g_test_add_func("/cadence/clock_set_back", test_clock_set_back);
    g_test_add_func("/cadence/return", test_return);
    g_test_add_func("/cadence/mail", test_mail);
    g_test_add_func("/cadence/no_subject_for_one_lead", test_no_subject_for_one_lead);
    g_test_add_func("/cadence/left_out", test_left_out);
    g_test_add_func("/cadence/task", test_task);
    g_test_add_func("/cadence/beyond_the_last", test_beyond_the_last);
    g_test_add_func("/cadence/enrol", test_enrol);
    g_test_add_func("/cadence/persons-choice", test_persons_choice);
    g_test_add_func("/cadence/move", test_move);
    int result = g_test_run();
    rulebook_free(rulebook);
    return result;
}
