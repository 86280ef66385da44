/*
 * command/instance.c - the instance a command works on: its directory, rulebook and record
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "claimer.h"
#include "usher/base/error.h"
#include "usher/base/token.h"
#include "usher/parse.h"

UsherTime instance_now(const Instance *instance)
{
    return instance->now ? instance->now : clock_read();
}

static gboolean has_rules(const char *directory)
{
    g_autofree char *probe = g_build_filename(directory, "rules", "fields.yaml", NULL);
    return g_file_test(probe, G_FILE_TEST_EXISTS);
}

/* In a checkout the program lies in build/ (or build/VARIANT) below rules/; installed, share/usher lies beside bin/ or sbin/. */
char *instance_find_shared(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = program ? g_path_get_dirname(program) : NULL;
    for (int up = 0; directory && up < 4; up++) {
        g_autofree char *installed = g_build_filename(directory, "share", "usher", NULL);
        if (has_rules(installed)) {
            return g_steal_pointer(&installed);
        }
        if (has_rules(directory)) {
            return g_steal_pointer(&directory);
        }
        char *parent = g_path_get_dirname(directory);
        g_free(directory);
        directory = parent;
    }
    return NULL;
}

static void print_usage_and_exit(const CommandRow *row, const char *what)
{
    fprintf(stderr, "usher %s: %s\nusage: usher %s %s\n\"usher %s --help\" tells more.\n", row->name, what, row->name,
            row->arguments, row->name);
    exit(EX_USAGE);
}

int instance_read_options(const CommandRow *row, int argc, char ***argv, const GOptionEntry *entries, int least, int most)
{
    g_autoptr(GOptionContext) context = g_option_context_new(row->arguments);
    g_autofree char *name = g_strdup_printf("usher %s", row->name);
    g_set_prgname(name);
    g_option_context_set_summary(context, row->summary);
    if (entries) {
        g_option_context_add_main_entries(context, entries, NULL);
    }
    g_autoptr(GError) error = NULL;
    if (!g_option_context_parse(context, &argc, argv, &error)) {
        print_usage_and_exit(row, error->message);
    }
    int count = argc - 1;
    if (count > 0 && strcmp((*argv)[1], "--") == 0) {
        (*argv)++;
        count--;
    }
    if (count < least) {
        print_usage_and_exit(row, "an argument is missing");
    }
    if (count > most) {
        print_usage_and_exit(row, "there are more arguments than it takes");
    }
    return count;
}

void instance_print_problems(const Problems *problems, FILE *stream)
{
    const GPtrArray *list = problems_get_list(problems);
    for (guint i = 0; i < list->len; i++) {
        const Problem *problem = g_ptr_array_index(list, i);
        fprintf(stream, "%s:%u:%u: %s%s\n", problem->file, problem->line, problem->column, problem->is_warning ? "warning: " : "",
                problem->what);
    }
}

gboolean instance_load(Instance *instance)
{
    g_autofree char *file = g_build_filename(instance->directory, "usher.yaml", NULL);
    if (access(file, R_OK) != 0) {
        gboolean is_absent = errno == ENOENT || errno == ENOTDIR;
        fprintf(stderr, "usher: \"%s\" cannot be read: %s. %s\n", file, g_strerror(errno),
                is_absent ? "Name the instance with -C DIR, or make one with \"usher init DIR\"."
                          : "Run usher as a user who may read it.");
        return FALSE;
    }
    token_open();
    parse_open();
    record_set_process();
    g_autoptr(Problems) problems = problems_new();
    instance->rulebook = rulebook_load(instance->directory, instance->shared, problems);
    if (!instance->rulebook) {
        instance_print_problems(problems, stderr);
        fprintf(stderr, "usher: the rulebook in \"%s\" has errors (%u); nothing was done.\n", instance->directory,
                problems_count_errors(problems));
    }
    return instance->rulebook != NULL;
}

gboolean instance_open(Instance *instance)
{
    if (!instance_load(instance)) {
        return FALSE;
    }
    g_autoptr(GError) error = NULL;
    instance->record = record_open(instance->rulebook->settings->store, FALSE, &error);
    if (!instance->record) {
        instance_fail(error);
        return FALSE;
    }
    return TRUE;
}

void instance_close(Instance *instance)
{
    g_clear_pointer(&instance->record, record_close);
    g_clear_pointer(&instance->rulebook, rulebook_free);
    g_clear_pointer(&instance->directory, g_free);
    g_clear_pointer(&instance->shared, g_free);
}

static UsherTime read_instance_clock(gpointer data)
{
    return instance_now(data);
}

Worker instance_get_worker(Instance *instance)
{
    static char *claimer;
    if (!claimer) {
        claimer = claimer_make();
    }
    return (Worker){
        .record = instance->record,
        .rulebook = instance->rulebook,
        .secret = record_get_secret(instance->record),
        .claimer = claimer,
        .now = read_instance_clock,
        .data = instance,
    };
}

int instance_fail(const GError *error)
{
    fprintf(stderr, "usher: %s\n", error->message);
    if (error->domain != USHER_ERROR) {
        return EX_SOFTWARE;
    }
    switch ((UsherError)error->code) {
    case USHER_ERROR_RETRY:
        return EX_TEMPFAIL;
    case USHER_ERROR_INPUT:
        return EX_DATAERR;
    case USHER_ERROR_CONFIG:
        return EX_CONFIG;
    }
    return EX_SOFTWARE;
}

gboolean instance_read_lead(const char *text, gint64 *lead)
{
    const char *digits = g_ascii_toupper(*text) == 'L' ? text + 1 : text;
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(digits, 10, 1, G_MAXINT64, &number, NULL)) {
        fprintf(stderr, "usher: \"%s\" is no lead: it takes a number such as 17; \"usher leads\" lists them\n", text);
        return FALSE;
    }
    *lead = (gint64)number;
    return TRUE;
}
