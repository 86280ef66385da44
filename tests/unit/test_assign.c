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
    assign_owner(decision, NULL, past, settings);
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
    assign_owner(decision, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "bob");
}

static void test_ties(void)
{
    g_autoptr(Settings) settings = load("  - {id: zed, name: Z, email: z@a.example, capacity: 5}\n"
                                        "  - {id: ada, name: A, email: ada@a.example, capacity: 5}\n"
                                        "  - {id: bob, name: B, email: b@a.example, capacity: 5}\n");
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) by_id = make_decision("tax", NOON);
    assign_owner(by_id, NULL, past, settings);
    g_assert_cmpstr(by_id->owner, ==, "ada");
    g_autoptr(Decision) longest_ago = make_decision("tax", NOON);
    add_load(past, "ada", 0, NOON - 10);
    add_load(past, "bob", 0, NOON - 30);
    add_load(past, "zed", 0, NOON - 50);
    assign_owner(longest_ago, NULL, past, settings);
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
    assign_owner(decision, NULL, past, settings);
    g_assert_cmpstr(decision->owner, ==, "ada");
    g_assert_cmpstr(find_candidate(decision, "bob")->because, ==, "full: 11 of 10 open leads");
    g_assert_cmpuint(decision->events->len, ==, 1);
    g_assert_cmpstr(((const Event *)g_ptr_array_index(decision->events, 0))->what, ==, "fallback");
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
    assign_owner(decision, NULL, past, settings);
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
    assign_owner(by_deputy, &route, past, settings);
    g_assert_cmpstr(by_deputy->owner, ==, "cyd");
    g_assert_nonnull(strstr(find_candidate(by_deputy, "cyd")->because, "deputy of bob"));
    g_autoptr(Decision) by_holder = make_decision(NULL, NOON + 40 * 86400);
    assign_owner(by_holder, &route, past, settings);
    g_assert_cmpstr(by_holder->owner, ==, "bob");
}

static void test_all_away_has_an_owner(void)
{
    g_autoptr(Settings) settings =
        load("  - {id: ada, name: A, email: ada@a.example, deputy: bob, away: [{from: 2026-03-01, to: 2026-03-31}]}\n"
             "  - {id: bob, name: B, email: b@a.example, deputy: ada, away: [{from: 2026-03-01, to: 2026-03-31}]}\n");
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = make_decision("tax", NOON);
    assign_owner(decision, NULL, past, settings);
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

static guint get_given(Simulation *simulation, const char *id)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(simulation->given, id));
}

static void give(Simulation *simulation)
{
    g_autoptr(Decision) decision = make_decision("tax", simulation->now);
    assign_owner(decision, NULL, simulation->past, simulation->settings);
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
    add_load(simulation.past, "ada", 8, NOON - 86400);
    add_load(simulation.past, "cyd", 8, NOON - 86400);
    for (guint i = 0; i < 40; i++) {
        give(&simulation);
        find_load(&simulation, "cyd")->open_leads = 8; /* a lead a day is closed, too */
    }
    g_assert_cmpuint(get_given(&simulation, "ada"), ==, 0);
    g_assert_cmpuint(get_given(&simulation, "bob"), ==, 0);
    simulation.now = NOON + 14 * 86400;
    for (guint i = 0; i < 10; i++) {
        give(&simulation);
    }
    g_assert_cmpuint(get_given(&simulation, "ada"), ==, 5);
    end(&simulation);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/assign/service", test_service_decides_first);
    g_test_add_func("/assign/load", test_least_loaded_against_capacity);
    g_test_add_func("/assign/ties", test_ties);
    g_test_add_func("/assign/nobody-free", test_nobody_free);
    g_test_add_func("/assign/absent", test_absent_gets_none);
    g_test_add_func("/assign/duty", test_duty_and_deputy);
    g_test_add_func("/assign/all-away", test_all_away_has_an_owner);
    g_test_add_func("/assign/shares", test_shares_follow_weights);
    g_test_add_func("/assign/return", test_return_brings_no_flood);
    return g_test_run();
}
