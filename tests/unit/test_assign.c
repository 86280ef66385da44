/*
 * test_assign.c - who gets a lead, and why not the others: eligibility, load, ties, absence, duties
 */
#include <glib/gstdio.h>
#include <string.h>

#include "usher/assign.h"

static const UsherTime NOON = 1772452800; /* Monday 2 March 2026, 12:00 UTC */

static Settings *load(const char *people)
{
    g_autofree char *directory = g_dir_make_tmp("usher-assign-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "usher.yaml", NULL);
    g_autofree char *text = g_strconcat("firm: {name: A, domains: [a.example], services: [tax, audit, advisory]}\n"
                                        "delivery: {maildir: out, from: x@a.example}\npeople:\n",
                                        people, "duties: {fallback: ada, exceptions: bob}\n", NULL);
    g_autoptr(Problems) problems = problems_new();
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    Settings *settings = settings_load(directory, "rules", problems);
    g_assert_cmpuint(problems_count_errors(problems), ==, 0);
    g_assert_nonnull(settings);
    g_remove(path);
    g_rmdir(directory);
    return settings;
}

static const char THREE[] = "  - {id: ada, name: Ada, email: ada@a.example, services: [tax], capacity: 20}\n"
                            "  - {id: bob, name: Bob, email: bob@a.example, services: [tax, audit], capacity: 10}\n"
                            "  - {id: cyd, name: Cyd, email: cyd@a.example, capacity: 40}\n";

static Decision *make_decision(const char *service, UsherTime now)
{
    Decision *decision = decision_new(now, "hash");
    if (service) {
        g_ptr_array_add(decision->fields, field_new("service", service));
    }
    return decision;
}

static void add_load(Past *past, const char *person, guint open_leads, UsherTime last_assigned)
{
    g_ptr_array_add(past->loads, person_load_new(person, open_leads, last_assigned));
}

static const Candidate *find_candidate(const Decision *decision, const char *person)
{
    for (guint i = 0; i < decision->candidates->len; i++) {
        const Candidate *candidate = g_ptr_array_index(decision->candidates, i);
        if (strcmp(candidate->person, person) == 0) {
            return candidate;
        }
    }
    return NULL;
}

static void test_service_decides_first(void)
{
    g_autoptr(Settings) settings = load(THREE);
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("audit", NOON);
    add_load(past, "bob", 2, 0);
    add_load(past, "cyd", 39, 0);
    assign_owner(decision, NULL, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "bob");
    g_assert_cmpstr(find_candidate(decision, "ada")->because, ==, "does not take audit");
    g_assert_false(find_candidate(decision, "ada")->is_eligible);
    g_assert_true(find_candidate(decision, "cyd")->is_eligible);
    g_assert_cmpstr(find_candidate(decision, "bob")->because, ==, "takes audit, 2 of 10 open leads");
    g_assert_cmpuint(decision->candidates->len, ==, 3);
    g_assert_cmpuint(assign_count_free(decision, past, settings), ==, 2);
}

static void test_least_loaded_against_capacity(void)
{
    g_autoptr(Settings) settings = load(THREE);
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision(NULL, NOON);
    add_load(past, "ada", 5, 0); /* 6/20 */
    add_load(past, "bob", 1, 0); /* 2/10 */
    add_load(past, "cyd", 9, 0); /* 10/40 */
    assign_owner(decision, NULL, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "bob");
}

static void test_ties(void)
{
    g_autoptr(Settings) settings = load("  - {id: zed, name: Z, email: z@a.example, capacity: 5}\n"
                                        "  - {id: ada, name: A, email: ada@a.example, capacity: 5}\n"
                                        "  - {id: bob, name: B, email: b@a.example, capacity: 5}\n");
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) by_id = make_decision("tax", NOON);
    assign_owner(by_id, NULL, NULL, past, settings);
    g_assert_cmpstr(by_id->owner, ==, "ada");
    g_autoptr(Decision) longest_ago = make_decision("tax", NOON);
    add_load(past, "ada", 0, NOON - 10);
    add_load(past, "bob", 0, NOON - 30);
    add_load(past, "zed", 0, NOON - 50);
    assign_owner(longest_ago, NULL, NULL, past, settings);
    g_assert_cmpstr(longest_ago->owner, ==, "zed");
}

static void test_nobody_free(void)
{
    g_autoptr(Settings) settings = load(THREE);
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    add_load(past, "ada", 20, 0);
    add_load(past, "bob", 11, 0);
    add_load(past, "cyd", 40, 0);
    g_assert_cmpuint(assign_count_free(decision, past, settings), ==, 0);
    assign_owner(decision, NULL, NULL, past, settings);
    /* 21/20, 12/10, 41/40: the least over capacity, not the fallback. */
    g_assert_cmpstr(decision->owner, ==, "cyd");
    g_assert_cmpstr(find_candidate(decision, "bob")->because, ==, "full: 11 of 10 open leads");
    g_assert_cmpuint(decision->events->len, ==, 1);
    g_assert_cmpstr(((const Event *)g_ptr_array_index(decision->events, 0))->what, ==, "capacity");
}

static const Candidate *find_last_candidate(const Decision *decision)
{
    g_assert_cmpuint(decision->candidates->len, >, 0);
    return g_ptr_array_index(decision->candidates, decision->candidates->len - 1);
}

/* The only one for tax is away: her deputy gets it, who does not take tax. */
static void test_stand_in_for_the_only_one(void)
{
    g_autoptr(Settings) settings = load("  - {id: ada, name: Ada, email: ada@a.example, services: [audit]}\n"
                                        "  - {id: bob, name: Bob, email: bob@a.example, services: [audit]}\n"
                                        "  - {id: cyd, name: Cyd, email: cyd@a.example, services: [tax], deputy: bob,"
                                        " away: [{from: 2026-03-01, to: 2026-03-14}]}\n");
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    g_assert_cmpuint(assign_count_free(decision, past, settings), ==, 0);
    assign_owner(decision, NULL, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "bob");
    g_assert_cmpstr(find_last_candidate(decision)->because, ==, "stands in for cyd (away: 2026-03-01 to 2026-03-14)");
    /* It costs him a turn of his own. */
    g_assert_cmpuint(decision->turns->len, ==, 1);
    g_assert_cmpint(((const PersonTurn *)g_ptr_array_index(decision->turns, 0))->turn.may, ==, 0);
}

/* Of two who are away, with a deputy each, the one with room takes it. */
static void test_stand_in_with_room_first(void)
{
    g_autoptr(Settings) settings = load("  - {id: ada, name: Ada, email: ada@a.example, services: [audit], capacity: 2}\n"
                                        "  - {id: bob, name: Bob, email: bob@a.example, services: [audit], capacity: 9}\n"
                                        "  - {id: cyd, name: Cyd, email: cyd@a.example, services: [tax], deputy: ada,"
                                        " away: [{from: 2026-03-01, to: 2026-03-14}]}\n"
                                        "  - {id: dan, name: Dan, email: dan@a.example, services: [tax], deputy: bob,"
                                        " away: [{from: 2026-03-01, to: 2026-03-14}]}\n");
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    add_load(past, "ada", 2, 0);
    add_load(past, "bob", 8, 0);
    assign_owner(decision, NULL, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "bob");
}

static void test_nobody_for_the_service(void)
{
    g_autoptr(Settings) settings = load("  - {id: ada, name: Ada, email: ada@a.example, services: [audit]}\n"
                                        "  - {id: bob, name: Bob, email: bob@a.example, services: [audit]}\n");
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    assign_owner(decision, NULL, NULL, NULL, settings);
    g_assert_cmpstr(decision->owner, ==, "ada");
    g_assert_cmpstr(((const Event *)g_ptr_array_index(decision->events, 0))->what, ==, "fallback");
}

/* Without a service everybody may take it, and whoever has twice the capacity gets twice as many. */
static void test_largest_capacity_first(void)
{
    g_autoptr(Settings) settings = load(THREE);
    g_autoptr(Decision) decision = make_decision(NULL, NOON);
    assign_owner(decision, NULL, NULL, NULL, settings);
    g_assert_cmpstr(decision->owner, ==, "cyd");
    g_assert_cmpstr(find_candidate(decision, "bob")->because, ==, "takes any service, none is named, 0 of 10 open leads");
}

/* ---- hours, bars, names ---- */

static const char HOURS[] = "  - {id: ada, name: Ada, email: ada@a.example, capacity: 40, hours: mon-fri 09:00-11:00}\n"
                            "  - {id: bob, name: Bob, email: bob@a.example, capacity: 20}\n"
                            "  - {id: cyd, name: Cyd, email: cyd@a.example, capacity: 10, timezone: America/New_York}\n";

static void test_hours(void)
{
    g_autoptr(Settings) settings = load(HOURS);
    g_autoptr(Decision) cold = make_decision("tax", NOON);
    assign_owner(cold, NULL, NULL, NULL, settings);
    g_assert_cmpstr(cold->owner, ==, "ada");
    g_assert_cmpstr(find_candidate(cold, "ada")->because, ==, "takes tax, 0 of 40 open leads; not at work now");

    AssignWish today = {.due_today = NOON + 19800}; /* 17:30 */
    g_autoptr(Decision) hot = make_decision("tax", NOON);
    assign_owner(hot, NULL, &today, NULL, settings);
    g_assert_cmpstr(hot->owner, ==, "bob");
    g_assert_true(find_candidate(hot, "ada")->is_eligible);
    g_assert_cmpstr(find_candidate(hot, "ada")->because, ==,
                    "takes tax, 0 of 40 open leads; not at work in time, and this is promised for today");
    /* New York opens at two in London, which is in time. */
    g_assert_cmpstr(find_candidate(hot, "cyd")->because, ==, "takes tax, 0 of 10 open leads; not at work now");
    g_assert_cmpuint(assign_count_free(hot, NULL, settings), ==, 3);
}

/* At eleven at night nobody is at work any more before it is due, and all are equal. */
static void test_outside_all_hours(void)
{
    g_autoptr(Settings) settings = load(HOURS);
    AssignWish today = {.due_today = NOON + 11 * 3600 + 60};
    g_autoptr(Decision) decision = make_decision("tax", NOON + 11 * 3600);
    assign_owner(decision, NULL, &today, NULL, settings);
    g_assert_cmpstr(decision->owner, ==, "ada");
}

static void test_not_for(void)
{
    g_autoptr(Settings) settings =
        load("  - {id: ada, name: A, email: ada@a.example, capacity: 90, not_for: [brightwater.example]}\n"
             "  - {id: bob, name: B, email: bob@a.example, capacity: 80, not_for: [Bright Water & Sons Limited]}\n"
             "  - {id: cyd, name: C, email: cyd@a.example, capacity: 5}\n");
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    g_ptr_array_add(decision->fields, field_new("email", "pat@post.brightwater.example"));
    g_ptr_array_add(decision->fields, field_new("company", "BRIGHT WATER AND SONS LTD"));
    assign_owner(decision, NULL, NULL, NULL, settings);
    g_assert_cmpstr(decision->owner, ==, "cyd");
    g_assert_cmpstr(find_candidate(decision, "ada")->because, ==, "must not have leads of brightwater.example");
    g_assert_cmpstr(find_candidate(decision, "bob")->because, ==, "must not have leads of Bright Water & Sons Limited");
    g_assert_cmpuint(assign_count_free(decision, NULL, settings), ==, 1);
    /* The fallback's brief would tell her all of it. */
    RouteRule route = {.name = (char *)"exception", .owner = (char *)"fallback"};
    g_autoptr(Decision) other = make_decision("tax", NOON);
    g_ptr_array_add(other->fields, field_new("email", "pat@bright.example"));
    assign_owner(other, &route, NULL, NULL, settings);
    g_assert_cmpstr(other->owner, ==, "ada");
}

static const Person *find_addressed(const Settings *settings, const char *to, const char *words, const char *prospect)
{
    g_autoptr(Message) message = message_new();
    message->from = mailbox_new("", "pat@b.example");
    if (to) {
        g_ptr_array_add(message->to, mailbox_new("", to));
    }
    g_ptr_array_add(message->to, mailbox_new("", "enquiries@a.example"));
    return assign_find_addressed(message, words, prospect, FALSE, settings);
}

static void test_addressed(void)
{
    g_autoptr(Settings) settings = load("  - {id: ada, name: Ada Finch, email: ada@a.example}\n"
                                        "  - {id: bob, name: Will Stone, email: bob@a.example}\n"
                                        "  - {id: cyd, name: Will Ames, email: cyd@a.example}\n");
    const Person *ada = settings_find_person(settings, "ada"), *bob = settings_find_person(settings, "bob");
    g_assert_true(find_addressed(settings, "ada@a.example", "Hello", NULL) == ada);
    g_assert_true(find_addressed(settings, NULL, "Dear Ada,\n\nwe need help.", "Pat Client") == ada);
    g_assert_true(find_addressed(settings, NULL, "\nGood morning Ms FINCH!\nWe need help.", "Pat Client") == ada);
    g_assert_true(find_addressed(settings, NULL, "Guten Tag, Will Stone\nWe need help.", NULL) == bob);
    g_assert_null(find_addressed(settings, NULL, "Dear Will,\nwe need help.", NULL));
    g_assert_null(find_addressed(settings, NULL, "Will you do audits?\nWe need help.", NULL));
    g_assert_null(find_addressed(settings, NULL, "Dear Ada,\nwe need help.", "Ada Client"));
    g_assert_null(find_addressed(settings, NULL, "We were told to ring and ask for Ada\nWe need help.", NULL));
    g_assert_null(find_addressed(settings, NULL, "Ada", NULL));
    g_assert_null(find_addressed(settings, NULL, NULL, NULL));
}

static void test_addressed_is_preferred(void)
{
    g_autoptr(Settings) settings = load(THREE);
    g_autoptr(Past) past = past_new();
    AssignWish wish = {.addressed = settings_find_person(settings, "bob")};
    add_load(past, "bob", 9, NOON);
    g_autoptr(Decision) decision = make_decision("audit", NOON);
    assign_owner(decision, NULL, &wish, past, settings);
    g_assert_cmpstr(decision->owner, ==, "bob");
    g_assert_nonnull(strstr(find_candidate(decision, "bob")->because, "addressed to them"));
    /* Not when it is not theirs to take. */
    wish.addressed = settings_find_person(settings, "ada");
    g_autoptr(Decision) unfit = make_decision("audit", NOON);
    assign_owner(unfit, NULL, &wish, past, settings);
    g_assert_cmpstr(unfit->owner, ==, "cyd");
}

static const char AWAY[] =
    "  - {id: ada, name: Ada, email: ada@a.example, capacity: 20, away: [{from: 2026-03-01, to: 2026-03-14}]}\n"
    "  - {id: bob, name: Bob, email: bob@a.example, capacity: 20, deputy: cyd, away: [{from: 2026-03-01, to: 2026-03-31}]}\n"
    "  - {id: cyd, name: Cyd, email: cyd@a.example, capacity: 20}\n";

static void test_absent_gets_none(void)
{
    g_autoptr(Settings) settings = load(AWAY);
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    add_load(past, "cyd", 19, NOON);
    assign_owner(decision, NULL, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "cyd");
    g_assert_cmpstr(find_candidate(decision, "ada")->because, ==, "away: 2026-03-01 to 2026-03-14");
    g_assert_cmpuint(assign_count_free(decision, past, settings), ==, 1);
}

static void test_duty_and_deputy(void)
{
    g_autoptr(Settings) settings = load(AWAY);
    g_autoptr(Past) past = past_new();
    RouteRule route = {.name = (char *)"exception", .owner = (char *)"exceptions"};
    g_autoptr(Decision) by_deputy = make_decision(NULL, NOON);
    assign_owner(by_deputy, &route, NULL, past, settings);
    g_assert_cmpstr(by_deputy->owner, ==, "cyd");
    g_assert_nonnull(strstr(find_candidate(by_deputy, "cyd")->because, "deputy of bob"));
    g_autoptr(Decision) by_holder = make_decision(NULL, NOON + 40 * 86400);
    assign_owner(by_holder, &route, NULL, past, settings);
    g_assert_cmpstr(by_holder->owner, ==, "bob");
}

static void test_all_away_has_an_owner(void)
{
    g_autoptr(Settings) settings =
        load("  - {id: ada, name: A, email: ada@a.example, deputy: bob, away: [{from: 2026-03-01, to: 2026-03-31}]}\n"
             "  - {id: bob, name: B, email: b@a.example, deputy: ada, away: [{from: 2026-03-01, to: 2026-03-31}]}\n");
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    assign_owner(decision, NULL, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "ada");
}

/* ---- shares over many leads ---- */

typedef struct {
    const Settings *settings;
    Past *past;
    UsherTime now;
    GHashTable *given; /* id -> count */
} Simulation;

static PersonLoad *find_load(Simulation *simulation, const char *id)
{
    for (guint i = 0; i < simulation->past->loads->len; i++) {
        PersonLoad *load_of = g_ptr_array_index(simulation->past->loads, i);
        if (strcmp(load_of->person, id) == 0) {
            return load_of;
        }
    }
    add_load(simulation->past, id, 0, 0);
    return g_ptr_array_index(simulation->past->loads, simulation->past->loads->len - 1);
}

static void take_turns(Simulation *simulation, const Decision *decision)
{
    for (guint i = 0; i < decision->turns->len; i++) {
        const PersonTurn *changed = g_ptr_array_index(decision->turns, i);
        find_load(simulation, changed->person)->turn = changed->turn;
    }
}

static guint get_given(Simulation *simulation, const char *id)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(simulation->given, id));
}

static void give(Simulation *simulation)
{
    g_autoptr(Decision) decision = make_decision("tax", simulation->now);
    assign_owner(decision, NULL, NULL, simulation->past, simulation->settings);
    take_turns(simulation, decision);
    PersonLoad *load_of = find_load(simulation, decision->owner);
    load_of->open_leads++;
    load_of->last_assigned = simulation->now;
    g_hash_table_insert(simulation->given, g_strdup(decision->owner), GUINT_TO_POINTER(get_given(simulation, decision->owner) + 1));
    simulation->now += 60;
}

static void start(Simulation *simulation, const Settings *settings)
{
    simulation->settings = settings;
    simulation->past = past_new();
    simulation->now = NOON;
    simulation->given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void end(Simulation *simulation)
{
    past_free(simulation->past);
    g_hash_table_unref(simulation->given);
}

static void test_shares_follow_weights(void)
{
    g_autoptr(Settings) settings = load("  - {id: ada, name: A, email: ada@a.example, capacity: 1000, weight: 1}\n"
                                        "  - {id: bob, name: B, email: b@a.example, capacity: 1000, weight: 2}\n"
                                        "  - {id: cyd, name: C, email: c@a.example, capacity: 1000, weight: 3}\n");
    Simulation simulation;
    start(&simulation, settings);
    for (guint i = 0; i < 600; i++) {
        give(&simulation);
    }
    g_assert_cmpuint(get_given(&simulation, "ada"), >=, 98);
    g_assert_cmpuint(get_given(&simulation, "ada"), <=, 102);
    g_assert_cmpuint(get_given(&simulation, "bob"), >=, 198);
    g_assert_cmpuint(get_given(&simulation, "bob"), <=, 202);
    g_assert_cmpuint(get_given(&simulation, "cyd"), >=, 298);
    g_assert_cmpuint(get_given(&simulation, "cyd"), <=, 302);
    end(&simulation);
}

/* The absent person's open leads stay on their desk; whoever is back shares from then on, and nobody pays back the weeks between. */
static void test_return_brings_no_flood(void)
{
    g_autoptr(Settings) settings = load(AWAY);
    Simulation simulation;
    start(&simulation, settings);
    add_load(simulation.past, "cyd", 16, NOON - 86400);
    for (guint i = 0; i < 40; i++) {
        give(&simulation);
        find_load(&simulation, "cyd")->open_leads = 16; /* a lead a day is closed, too */
    }
    g_assert_cmpuint(get_given(&simulation, "ada"), ==, 0);
    g_assert_cmpuint(get_given(&simulation, "bob"), ==, 0);
    simulation.now = NOON + 14 * 86400;
    /* Her desk is empty and cyd's is not: she gets more than he does, but not all. */
    for (guint i = 0; i < 12; i++) {
        give(&simulation);
    }
    g_assert_cmpuint(get_given(&simulation, "ada"), >, 6);
    g_assert_cmpuint(get_given(&simulation, "ada"), <=, 11);
    g_assert_cmpuint(get_given(&simulation, "cyd"), >, 40);
    end(&simulation);
}

/* ---- simulated quarters ---- */

#define QUARTER_DAYS 91
#define MOST_LEADS 4000
#define PEOPLE 5

typedef struct {
    guint owner;
    UsherTime closes;
} OpenLead;

/* Sums up to each lead, for each person: what they got, and their shares of the leads they could take. */
typedef struct {
    guint count;
    guint got[MOST_LEADS + 1][PEOPLE];
    double owed[MOST_LEADS + 1][PEOPLE];
} Ledger;

static char *make_people(GRand *random)
{
    GString *text = g_string_new(NULL);
    static const char *const ids[PEOPLE] = {"ada", "bob", "cyd", "dan", "eve"};
    g_autoptr(GDateTime) start_day = g_date_time_new_from_unix_utc(NOON);
    for (guint i = 0; i < PEOPLE; i++) {
        g_autoptr(GDateTime) from = g_date_time_add_days(start_day, g_rand_int_range(random, 3, 60));
        g_autoptr(GDateTime) to = g_date_time_add_days(from, g_rand_int_range(random, 4, 20));
        g_autofree char *first = g_date_time_format(from, "%Y-%m-%d"), *last = g_date_time_format(to, "%Y-%m-%d");
        g_string_append_printf(text,
                               "  - {id: %s, name: %s, email: %s@a.example, capacity: %d, weight: %d, deputy: %s, %s"
                               "away: [{from: %s, to: %s}]}\n",
                               ids[i], ids[i], ids[i], g_rand_int_range(random, 15, 60), g_rand_int_range(random, 1, 4),
                               ids[(i + 1) % PEOPLE], i == 1 ? "services: [tax, audit], " : "", first, last);
    }
    return g_string_free(text, FALSE);
}

static void close_leads(Simulation *simulation, GArray *open)
{
    for (guint i = open->len; i-- > 0;) {
        const OpenLead *lead = &g_array_index(open, OpenLead, i);
        if (lead->closes <= simulation->now) {
            const Person *person = g_ptr_array_index(simulation->settings->people, lead->owner);
            find_load(simulation, person->id)->open_leads--;
            g_array_remove_index_fast(open, i);
        }
    }
}

/* By our own count of who could take it. */
static void add_shares(const Simulation *simulation, const Decision *decision, Ledger *ledger)
{
    double total = 0;
    for (guint i = 0; i < PEOPLE; i++) {
        const Person *person = g_ptr_array_index(simulation->settings->people, i);
        total += find_candidate(decision, person->id)->is_eligible ? person->capacity * person->weight : 0;
    }
    for (guint i = 0; i < PEOPLE; i++) {
        const Person *person = g_ptr_array_index(simulation->settings->people, i);
        gboolean could = find_candidate(decision, person->id)->is_eligible;
        ledger->got[ledger->count + 1][i] = ledger->got[ledger->count][i] + (could && strcmp(decision->owner, person->id) == 0);
        ledger->owed[ledger->count + 1][i] =
            ledger->owed[ledger->count][i] + (could ? person->capacity * person->weight / total : 0);
    }
    ledger->count++;
}

static guint find_person_index(const Settings *settings, const char *id)
{
    for (guint i = 0; i < settings->people->len; i++) {
        if (strcmp(((const Person *)g_ptr_array_index(settings->people, i))->id, id) == 0) {
            return i;
        }
    }
    g_assert_not_reached();
}

static void give_in_quarter(Simulation *simulation, GArray *open, Ledger *ledger, GRand *random)
{
    const char *const services[] = {"tax", "tax", "audit", "advisory", NULL};
    g_autoptr(Decision) decision = make_decision(services[g_rand_int_range(random, 0, 5)], simulation->now);
    guint free_people = assign_count_free(decision, simulation->past, simulation->settings);
    assign_owner(decision, NULL, NULL, simulation->past, simulation->settings);
    take_turns(simulation, decision);
    PersonLoad *load_of = find_load(simulation, decision->owner);
    load_of->open_leads++;
    load_of->last_assigned = simulation->now;
    OpenLead lead = {find_person_index(simulation->settings, decision->owner),
                     simulation->now + g_rand_int_range(random, 1, 30) * 86400};
    g_array_append_val(open, lead);
    if (free_people > 0) {
        add_shares(simulation, decision, ledger);
    }
}

/* The bound of assign.h, for any stretch of leads, and so for the first week after an absence as well. */
static void check_bounds(const Ledger *ledger, guint seed)
{
    for (guint from = 0; from < ledger->count; from++) {
        for (guint to = from + 1; to <= ledger->count; to++) {
            for (guint i = 0; i < PEOPLE; i++) {
                double got = ledger->got[to][i] - ledger->got[from][i], owed = ledger->owed[to][i] - ledger->owed[from][i];
                if (got > 1.5 * owed + 2.0001 || got < 0.5 * owed - 2.0001) {
                    g_error("seed %u, leads %u to %u, person %u: %.0f of a share of %.2f", seed, from, to, i, got, owed);
                }
            }
        }
    }
}

static void run_quarter(guint seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autofree char *people = make_people(random);
    g_autoptr(Settings) settings = load(people);
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(OpenLead));
    g_autofree Ledger *ledger = g_new0(Ledger, 1);
    Simulation simulation;
    start(&simulation, settings);
    guint pause_s = (guint)g_rand_int_range(random, 8000, 30000);
    while (simulation.now < NOON + QUARTER_DAYS * 86400 && ledger->count < MOST_LEADS) {
        close_leads(&simulation, open);
        give_in_quarter(&simulation, open, ledger, random);
        simulation.now += g_rand_int_range(random, 60, 2 * (gint)pause_s);
    }
    check_bounds(ledger, seed);
    end(&simulation);
}

static void test_quarters(void)
{
    for (guint seed = 1; seed <= 12; seed++) {
        run_quarter(seed);
    }
}

/* Three share what comes, 30 a week, each lead open for two weeks; one is away for two weeks. How many more than usual she gets in the first week back. */
static void test_first_week_back(void)
{
    g_autoptr(Settings) settings =
        load("  - {id: ada, name: A, email: ada@a.example, capacity: 40, away: [{from: 2026-03-30, to: 2026-04-12}]}\n"
             "  - {id: bob, name: B, email: b@a.example, capacity: 40}\n"
             "  - {id: cyd, name: C, email: c@a.example, capacity: 40}\n");
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(OpenLead));
    Simulation simulation;
    guint before[14] = {0}, total = 0;
    start(&simulation, settings);
    for (guint week = 0; week < 13; week++) {
        for (guint i = 0; i < 30; i++) {
            close_leads(&simulation, open);
            give(&simulation);
            PersonLoad *cyd = find_load(&simulation, "cyd"), *bob = find_load(&simulation, "bob"),
                       *ada = find_load(&simulation, "ada");
            OpenLead lead = {cyd->last_assigned == simulation.now - 60   ? 2
                             : bob->last_assigned == simulation.now - 60 ? 1
                                                                         : 0,
                             simulation.now + 14 * 86400};
            g_assert_nonnull(ada);
            g_array_append_val(open, lead);
            simulation.now += 7 * 86400 / 30 - 60;
        }
        before[week + 1] = get_given(&simulation, "ada");
        total += before[week + 1] - before[week];
        g_test_message("week %u: ada got %u of 30", week + 1, before[week + 1] - before[week]);
    }
    g_assert_cmpuint(total, ==, before[13]);
    /* Away in the weeks 5 and 6; then at most half as much again as the usual 10, and 2; and no drought after that. */
    g_assert_cmpuint(before[6] - before[4], <=, 1);
    for (guint week = 6; week < 13; week++) {
        g_assert_cmpuint(before[week + 1] - before[week], <=, 17);
        g_assert_cmpuint(before[week + 1] - before[week], >=, 5);
    }
    g_assert_cmpuint(before[7] - before[6], >, 10);
    end(&simulation);
}

/* Whoever stands in for two who are away gets no more than a share: what was given for them counts as their own. */
static void test_stand_in_shares(void)
{
    g_autoptr(Settings) settings = load("  - {id: ada, name: A, email: ada@a.example, services: [audit], capacity: 200}\n"
                                        "  - {id: bob, name: B, email: b@a.example, services: [audit], capacity: 200}\n"
                                        "  - {id: cyd, name: C, email: c@a.example, services: [tax], deputy: bob,"
                                        " away: [{from: 2026-03-01, to: 2026-05-31}]}\n");
    Simulation simulation;
    start(&simulation, settings);
    for (guint i = 0; i < 90; i++) {
        if (i % 3 == 0) {
            give(&simulation); /* tax: to bob, for cyd */
        }
        g_autoptr(Decision) decision = make_decision("audit", simulation.now);
        assign_owner(decision, NULL, NULL, simulation.past, settings);
        take_turns(&simulation, decision);
        find_load(&simulation, decision->owner)->open_leads++;
    }
    guint ada = find_load(&simulation, "ada")->open_leads, bob = find_load(&simulation, "bob")->open_leads;
    g_assert_cmpuint(ada + bob, ==, 120);
    g_assert_cmpuint(bob, <=, 63);
    g_assert_cmpuint(ada, >=, 57);
    end(&simulation);
}

/* The same past gives the same owner, reasons and turns. */
static void test_same_answer(void)
{
    g_autoptr(Settings) settings = load(THREE);
    g_autoptr(Past) past = past_new();
    add_load(past, "ada", 5, 10);
    g_autoptr(Decision) first = make_decision("tax", NOON);
    assign_owner(first, NULL, NULL, past, settings);
    for (guint i = 0; i < 100; i++) {
        g_autoptr(Decision) again = make_decision("tax", NOON);
        assign_owner(again, NULL, NULL, past, settings);
        g_assert_cmpstr(again->owner, ==, first->owner);
        g_assert_cmpuint(again->turns->len, ==, first->turns->len);
        for (guint n = 0; n < again->candidates->len; n++) {
            g_assert_cmpstr(((const Candidate *)g_ptr_array_index(again->candidates, n))->because, ==,
                            ((const Candidate *)g_ptr_array_index(first->candidates, n))->because);
        }
    }
}

static void check_slots(Settings *settings, const char *now, gint64 length_s, const char *first, const char *second)
{
    Rulebook rulebook = {.settings = settings,
                         .slots = {{SPAN_BUSINESS_TIME, 4 * 3600}, length_s, g_array_new(FALSE, FALSE, sizeof(gint64))}};
    const gint64 times_s[] = {10 * 3600, 12 * 3600 + 1800, 15 * 3600};
    const char *const expected[] = {first, second};
    UsherTime at = 0;
    g_assert_true(clock_parse(now, &at, NULL));
    g_array_append_vals(rulebook.slots.times_s, times_s, G_N_ELEMENTS(times_s));
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("tax", at);
    decision->owner = g_strdup("ada");
    assign_offer_slots(decision, past, &rulebook);
    g_assert_cmpuint(decision->slots->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < decision->slots->len; i++) {
        g_autofree char *offered = clock_format(((const SlotOffer *)g_ptr_array_index(decision->slots, i))->at);
        g_assert_cmpstr(offered, ==, expected[i]);
    }
    g_array_unref(rulebook.slots.times_s);
}

/* A call is offered where all of it lies within the owner's hours: not over lunch, not over the weekend; at the time on the clock, whatever the clocks do. */
static void test_slots(void)
{
    g_autoptr(Settings) settings =
        load("  - {id: ada, name: Ada, email: ada@a.example, capacity: 20, hours: 'mon-fri 09:00-13:00 13:30-17:00'}\n"
             "  - {id: bob, name: Bob, email: bob@a.example, capacity: 20}\n");
    check_slots(settings, "2026-03-02T09:00:00Z", 1800, "2026-03-02T15:00:00Z", "2026-03-03T15:00:00Z");
    check_slots(settings, "2026-03-02T16:00:00Z", 1800, "2026-03-03T12:30:00Z", "2026-03-04T15:00:00Z");
    /* an hour from half past twelve is open at both ends and has lunch within */
    check_slots(settings, "2026-03-02T16:00:00Z", 5400, "2026-03-03T15:00:00Z", "2026-03-04T15:00:00Z");
    check_slots(settings, "2026-03-27T16:00:00Z", 1800, "2026-03-30T11:30:00Z", "2026-03-31T14:00:00Z");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/assign/service", test_service_decides_first);
    g_test_add_func("/assign/load", test_least_loaded_against_capacity);
    g_test_add_func("/assign/ties", test_ties);
    g_test_add_func("/assign/nobody-free", test_nobody_free);
    g_test_add_func("/assign/stand-in", test_stand_in_for_the_only_one);
    g_test_add_func("/assign/stand-in-with-room", test_stand_in_with_room_first);
    g_test_add_func("/assign/nobody-for-the-service", test_nobody_for_the_service);
    g_test_add_func("/assign/largest-capacity", test_largest_capacity_first);
    g_test_add_func("/assign/hours", test_hours);
    g_test_add_func("/assign/outside-hours", test_outside_all_hours);
    g_test_add_func("/assign/not-for", test_not_for);
    g_test_add_func("/assign/addressed", test_addressed);
    g_test_add_func("/assign/addressed-preferred", test_addressed_is_preferred);
    g_test_add_func("/assign/absent", test_absent_gets_none);
    g_test_add_func("/assign/duty", test_duty_and_deputy);
    g_test_add_func("/assign/all-away", test_all_away_has_an_owner);
    g_test_add_func("/assign/shares", test_shares_follow_weights);
    g_test_add_func("/assign/return", test_return_brings_no_flood);
    g_test_add_func("/assign/quarters", test_quarters);
    g_test_add_func("/assign/first-week-back", test_first_week_back);
    g_test_add_func("/assign/stand-in-shares", test_stand_in_shares);
    g_test_add_func("/assign/same-answer", test_same_answer);
    g_test_add_func("/assign/slots", test_slots);
    return g_test_run();
}
