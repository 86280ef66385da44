/*
 * bench_assign - what it costs to find the owner of a lead among fifty people
 *
 *   bench_assign [LEADS]
 *
 * Two times: counting who is free, for the conditions, and choosing with a reason for everybody. Half of the people have hours of their own, which are looked up for
 * each lead; a tenth are away, and a tenth full.
 */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "usher/assign.h"

#define PEOPLE 50
#define ROUNDS 5
#define NOON 1772452800

static Settings *load_settings(void)
{
    g_autofree char *directory = g_dir_make_tmp("usher-bench-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "usher.yaml", NULL);
    GString *text = g_string_new("firm: {name: A, domains: [a.example], services: [tax, audit]}\n"
                                 "delivery: {maildir: out, from: x@a.example}\npeople:\n");
    for (guint i = 0; i < PEOPLE; i++) {
        g_string_append_printf(text, "  - {id: p%u, name: P%u, email: p%u@a.example, services: [tax], capacity: %u%s%s}\n", i, i, i,
                               20 + i, i % 2 ? ", hours: mon-fri 13:00-17:00" : "",
                               i % 10 == 3 ? ", away: [{from: 2026-03-01, to: 2026-03-09}]" : "");
    }
    g_string_append(text, "duties: {fallback: p0}\n");
    g_autoptr(Problems) problems = problems_new();
    g_file_set_contents(path, text->str, -1, NULL);
    Settings *settings = settings_load(directory, "rules", problems);
    g_remove(path);
    g_rmdir(directory);
    g_string_free(text, TRUE);
    g_assert_nonnull(settings);
    return settings;
}

static Past *make_past(void)
{
    Past *past = past_new();
    for (guint i = 0; i < PEOPLE; i++) {
        g_autofree char *id = g_strdup_printf("p%u", i);
        g_ptr_array_add(past->loads, person_load_new(id, i % 10 == 5 ? 100 : i % 7, NOON - i));
    }
    return past;
}

int main(int argc, char **argv)
{
    guint count = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 5000;
    g_autoptr(Settings) settings = load_settings();
    g_autoptr(Past) past = make_past();
    AssignWish today = {.due_today = NOON + 19800};
    for (guint round = 0; round < ROUNDS; round++) {
        Moment start = measure_now();
        for (guint i = 0; i < count; i++) {
            g_autoptr(Decision) decision = decision_new(NOON, "hash");
            g_ptr_array_add(decision->fields, field_new("service", "tax"));
            g_assert_cmpuint(assign_count_free(decision, past, settings), ==, 40);
            assign_owner(decision, NULL, round % 2 ? &today : NULL, past, settings);
        }
        measure_note(measure_cpu_us(start) / count, "us", "assignment among %u people, %s", PEOPLE,
                     round % 2 ? "promised for today" : "any day");
    }
    measure_print();
    return 0;
}
