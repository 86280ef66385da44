/*
 * command/check.c - usher check: the whole rulebook, every mistake, in one run
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "people.h"
#include "usher/base/token.h"

static json_t *list_problems(const Problems *problems)
{
    json_t *list = json_array();
    const GPtrArray *all = problems_get_list(problems);
    for (guint i = 0; i < all->len; i++) {
        const Problem *problem = g_ptr_array_index(all, i);
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:i, s:s, s:b}", "file", problem->file, "line", (int)problem->line, "column",
                                        (int)problem->column, "what", problem->what, "warning", problem->is_warning));
    }
    return list;
}

static void print_summary(const Rulebook *rulebook)
{
    printf("The rulebook is good: %u fields, %u channels, %u score parts, %u routes, %u mails, %u promises, %u people.\nVersion "
           "%.16s\n",
           rulebook->fields->len, rulebook->channels->len, rulebook->score->len, rulebook->routes->len, rulebook->mails->len,
           rulebook->promises->len, rulebook->settings->people->len, rulebook->hash);
}

int command_check(Instance *instance, int argc, char **argv)
{
    instance_read_options(command_find("check"), argc, &argv, NULL, 0, 0);
    token_open();
    g_autoptr(Problems) problems = problems_new();
    instance->rulebook = rulebook_load(instance->directory, instance->shared, problems);
    if (instance->rulebook) {
        settings_warn_of_years(instance->rulebook->settings, instance_now(instance), problems);
        rulebook_warn_of_untold(instance->rulebook, problems);
        people_warn_of_leavers(instance, problems);
    }
    if (instance->is_json) {
        json_print(list_problems(problems));
    } else {
        instance_print_problems(problems, stdout);
        if (instance->rulebook) {
            print_summary(instance->rulebook);
        } else {
            guint count = problems_count_errors(problems);
            fprintf(stderr, "usher: %u error%s in \"%s\"\n", count, count == 1 ? "" : "s", instance->directory);
        }
    }
    return instance->rulebook ? 0 : EXIT_PROBLEM;
}
