/*
 * bench_rules.c - what judging a lead by 200 conditions and giving it to one of 50 people costs
 *
 *   bench_rules [LEADS [ROUNDS]]
 *
 * The rulebook is the one that ships, with score parts added until 200 conditions are there (every tenth looks through the text with a pattern), and a firm of 50
 * people. CPU is that of this process a lead, from its fields to its verdicts, route, owner and promises; the median of the rounds. "as shipped" is the same without
 * what was added.
 */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "usher/assign.h"
#include "usher/followup.h"
#include "usher/qualify.h"

#define CONDITIONS 200
#define PEOPLE 50
#define NOW 1772445600 /* Monday 2 March 2026, 10:00 UTC */

static const char text[] =
    "Hello,\n\nI am the managing director of Marsh Joinery Ltd, a joinery firm of 35 people outside Bristol. We have a VAT "
    "inspection next week and our "
    "bookkeeper has just left, so this is urgent.\n\nWe need somebody to look through our VAT returns before they arrive and to "
    "sit with us on the day. We have set "
    "aside a budget of \xC2\xA3"
    "6,000 for it.\n\nCould someone ring me today on 0117 496 0142? Any time before six.\n\nWith kind regards\n\nHelen Marsh\n";

/* ---- rulebooks ---- */

static guint count_rule(const ConditionRule *rule)
{
    return rule->condition != NULL;
}

#define COUNT_LIST(count, list, type)                                                                                              \
    for (guint i = 0; i < (list)->len; i++)                                                                                        \
    (count) += count_rule(&((const type *)g_ptr_array_index(list, i))->when)

static guint count_conditions(const Rulebook *rulebook)
{
    guint count = 0;
    COUNT_LIST(count, rulebook->facts, NamedCondition);
    COUNT_LIST(count, rulebook->named, NamedCondition);
    COUNT_LIST(count, rulebook->score, ScoreRule);
    COUNT_LIST(count, rulebook->tiers, TierRule);
    COUNT_LIST(count, rulebook->contradictions, ContradictionRule);
    COUNT_LIST(count, rulebook->routes, RouteRule);
    COUNT_LIST(count, rulebook->actions, ActionRule);
    COUNT_LIST(count, rulebook->mails, MailRule);
    COUNT_LIST(count, rulebook->promises, PromiseRule);
    for (guint i = 0; i < BANT_COUNT; i++)
        count += count_rule(&rulebook->bant[i].met) + count_rule(&rulebook->bant[i].known);
    for (guint d = 0; d < rulebook->dimensions->len; d++)
        COUNT_LIST(count, ((const Dimension *)g_ptr_array_index(rulebook->dimensions, d))->verdicts, VerdictRule);
    return count;
}

static char *read_shipped(const char *path)
{
    char *bytes = NULL;
    if (!g_file_get_contents(path, &bytes, NULL, NULL))
        g_error("%s cannot be read: run this from the top of the sources", path);
    return bytes;
}

static void put_file(const char *directory, const char *name, const char *bytes)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    if (!g_file_set_contents(path, bytes, -1, NULL))
        g_error("%s cannot be written", path);
}

/* The tests' firm with so many people more. */
static void put_firm(const char *directory)
{
    g_autofree char *firm = read_shipped("tests/instance/usher.yaml");
    g_auto(GStrv) halves = g_strsplit(firm, "people:\n", 2);
    g_autoptr(GString) people = g_string_new("people:\n");
    static const char *const services[] = {"tax", "audit", "advisory", "litigation"};
    for (guint i = 3; i < PEOPLE; i++)
        g_string_append_printf(
            people, "  - {id: p%u, name: Pat Number, email: p%u@hartleyfinch.example, services: [%s, %s], capacity: %u}\n", i, i,
            services[i % 4], services[(i + 1) % 4], 10 + i % 20);
    g_autofree char *all = g_strconcat(halves[0], people->str, halves[1], NULL);
    put_file(directory, "usher.yaml", all);
}

static void put_score_parts(const char *directory, guint count)
{
    static const char *const conditions[] = {
        "budget >= %u AND timeline IS NOT NULL",   "employees > %u OR revenue > 1000000",
        "length(need) > %u AND service = 'tax'",   "source = 'website' AND score IS NULL OR budget < %u",
        "COALESCE(phone, '') LIKE '+44%u%%'",      "attachments > %u AND missing = 0",
        "track = 'inbound' AND completeness > %u", "fields > %u AND company IS NOT NULL",
        "location = 'Bristol' AND employees < %u"};
    g_autofree char *shipped = read_shipped("rules/qualify.yaml");
    g_auto(GStrv) halves = g_strsplit(shipped, "\nscore:\n", 2);
    g_autoptr(GString) parts = g_string_new("\nscore:\n");
    for (guint i = 0; i < count; i++) {
        g_autoptr(GString) when =
            g_string_new(i % 10 == 0 ? "text REGEXP '\\\\b(word%u|inspection of number %u)\\\\b'" : conditions[i % 9]);
        g_autofree char *number = g_strdup_printf("%u", i);
        g_string_replace(when, "score IS NULL", "track IS NULL", 0);
        g_string_replace(when, "%u", number, 0);
        g_string_replace(when, "%%", "%", 0);
        g_string_append_printf(parts, "  - {name: added-%u, points: 1, when: \"%s\", because: added}\n", i, when->str);
    }
    g_autofree char *all = g_strconcat(halves[0], parts->str, halves[1], NULL);
    put_file(directory, "rules/qualify.yaml", all);
}

static Rulebook *load(const char *directory)
{
    g_autoptr(Problems) problems = problems_new();
    Rulebook *rulebook = rulebook_load(directory, ".", problems);
    for (guint i = 0; i < problems_get_list(problems)->len; i++) {
        const Problem *problem = g_ptr_array_index(problems_get_list(problems), i);
        g_printerr("%s:%u:%u: %s\n", problem->file, problem->line, problem->column, problem->what);
    }
    if (rulebook == NULL)
        g_error("the bench's rulebook is no good");
    return rulebook;
}

/* ---- a lead ---- */

static Decision *new_decision(void)
{
    static const char *const fields[][2] = {{"name", "Helen Marsh"},
                                            {"email", "helen.marsh@marshjoinery.example"},
                                            {"phone", "+441174960142"},
                                            {"company", "Marsh Joinery Ltd"},
                                            {"service", "tax"},
                                            {"timeline", "immediate"},
                                            {"need", "somebody to look through our VAT returns before they arrive"},
                                            {"budget", "6000"},
                                            {"employees", "35"},
                                            {"role", "managing director"},
                                            {"location", "Bristol"}};
    Decision *decision = decision_new(NOW, "hash");
    decision->kind = KIND_ENQUIRY;
    decision->track = TRACK_INBOUND;
    decision->opens_lead = TRUE;
    decision->channel = g_strdup("email");
    decision->source = g_strdup("email");
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        Field *field = field_new(fields[i][0], fields[i][1]);
        field->raw = g_strdup(fields[i][1]);
        field->rule = g_strdup("fields.yaml:1");
        field->evidence = g_strdup("some words of the mail around it, as many as are shown");
        g_ptr_array_add(decision->fields, field);
    }
    return decision;
}

static void judge(Decision *decision, const Past *past, const Rulebook *rulebook)
{
    QualifyFacts facts = {.text = text, .subject = "VAT inspection next week", .has_person = TRUE};
    facts.free_people = assign_count_free(decision, past, rulebook->settings);
    qualify_judge(decision, &facts, rulebook);
    assign_owner(decision, qualify_find_route(decision, rulebook), NULL, past, rulebook->settings);
    followup_plan(decision, rulebook);
}

static void measure(const Rulebook *rulebook, const Past *past, guint leads, const char *name)
{
    GPtrArray *decisions = g_ptr_array_new_with_free_func((GDestroyNotify)decision_free);
    for (guint i = 0; i < leads; i++)
        g_ptr_array_add(decisions, new_decision());
    Moment start = measure_now();
    for (guint i = 0; i < leads; i++)
        judge(g_ptr_array_index(decisions, i), past, rulebook);
    measure_note(measure_cpu_us(start) / leads, "us CPU", "judging a lead, %s, %u conditions and %u people", name,
                 count_conditions(rulebook), rulebook->settings->people->len);
    const Decision *last = g_ptr_array_index(decisions, leads - 1);
    if (g_strcmp0(last->route, "sales") != 0 || last->dimensions->len != 4)
        g_error("the lead went to %s: another work than was meant", last->route);
    g_ptr_array_unref(decisions);
}

static void remove_files(const char *directory)
{
    static const char *const names[] = {"rules/qualify.yaml", "usher.yaml", "rules", ""};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(directory, names[i], NULL);
        g_remove(path);
    }
}

int main(int argc, char **argv)
{
    guint leads = argc > 1 ? (guint)atol(argv[1]) : 2000, rounds = argc > 2 ? (guint)atol(argv[2]) : 5;
    g_autofree char *directory = g_dir_make_tmp("usher-bench-rules-XXXXXX", NULL);
    put_firm(directory);
    Rulebook *shipped = load(directory);
    put_score_parts(directory, CONDITIONS - MIN(CONDITIONS, count_conditions(shipped)));
    Rulebook *large = load(directory);
    g_autoptr(Past) past = past_new();
    for (guint i = 0; i < large->settings->people->len; i++)
        g_ptr_array_add(past->loads, person_load_new(((const Person *)g_ptr_array_index(large->settings->people, i))->id,
                                                     (gint)(i % 9), NOW - i));
    for (guint i = 0; i < rounds; i++) {
        measure(shipped, past, leads, "as shipped");
        measure(large, past, leads, "many rules");
    }
    measure_print();
    rulebook_free(shipped);
    rulebook_free(large);
    remove_files(directory);
    return 0;
}
