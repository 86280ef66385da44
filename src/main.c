/*
 * main.c - the table of commands, and the options that stand before a command
 *
 * usher [-C DIR] [--now TIME] [--json] [--verbose] COMMAND ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "command/rows.h"
#include "usher/base/log.h"

const CommandRow command_rows[] = {
    {"init", command_init, "DIR", "writes a starter instance that passes check"},
    {"check", command_check, "", "reads the rulebook, templates, people and delivery; tells every mistake; exit 1"},
    {"run", command_run, "", "the daemon: every intake, the clock and the sender; SIGTERM drains, SIGHUP reloads"},
    {"deliver", command_deliver, "[--from ADDRESS] [--to ADDRESS]...",
     "captures and decides one mail from standard input (sysexits)"},
    {"import", command_import, "[--dry-run] [--since DATE] PATH...",
     "reads old mail (mbox, Maildir, .eml files) for the record; sends nothing; can be stopped and given again"},
    {"explain", command_explain, "[--to ADDRESS]... [FILE] | --promise ID",
     "the decision for a mail with its evidence, or how the time of a promise was counted; records and sends nothing"},
    {"tick", command_tick, "[--until TIME]", "does all that is due now (or at --now) and ends"},
    {"leads", command_leads, "[CONDITION]", "lists leads, those for which CONDITION holds (score >= 50 AND tier = 'hot')"},
    {"show", command_show, "LEAD", "everything about one lead: judgement, evidence, mails, promises, history"},
    {"queue", command_queue, "[--owner PERSON] [--exception KIND]", "what waits for a person to decide, the longest first"},
    {"promises", command_promises, "[--owner PERSON] [--late] [--all]", "what we owe, to whom and by when, the soonest first"},
    {"tasks", command_tasks, "[--owner PERSON] [--lead LEAD] [--all] [done TASK [TEXT...] | skip TASK | add PERSON DUE TEXT...]",
     "what people are to do, by when; that it is done"},
    {"cadences", command_cadences, "[show NAME [VERSION] | move [--dry-run] [--as PERSON] NAME]",
     "the sequences of follow-up steps by version, and how many leads are in each; moves leads to the present version"},
    {"outbox", command_outbox, "[--state STATE] [--lead LEAD] [--full]", "the mails we owe and what became of them"},
    {"fuse", command_fuse, "[--as PERSON] [status | close | open]",
     "whether too many mails have stopped all mail to outsiders, and lets it go on, or stops it by hand"},
    {"act", command_act, "[--as PERSON] LEAD VERB [ARGUMENT...]",
     "a person acts on a lead: claim, note, reassign, contacted, won, lost, ... (act --verbs)"},
    {"clients", command_clients, "import [--replace] [--dry-run] FILE | list | remove NAME",
     "the firm's clients, from a CSV file: their enquiries go to whoever looks after them"},
    {"conflicts", command_conflicts, "import [--replace] [--dry-run] FILE | list | remove NAME",
     "the parties the firm must not act against, from a CSV file"},
    {"partners", command_partners, "import [--replace] [--dry-run] FILE | list | remove NAME",
     "the firms that leads are passed on to, from a CSV file: what they do, and where"},
    {"referrers", command_referrers, "[--since DATE]", "who sent us leads, what became of them, and what was sent back"},
    {"suppress", command_suppress, "ADDRESS [--scope SCOPE] [--cadence NAME] [--remove] | --list [ADDRESS]",
     "leaves somebody alone: one sequence, all marketing, or everything automatic"},
    {"status", command_status, "", "how Usher is: counts, what waits, whether the daemon runs"},
    {NULL, NULL, NULL, NULL},
};

const CommandRow *command_find(const char *name)
{
    for (const CommandRow *row = command_rows; row->name; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static char *describe_commands(void)
{
    GString *text = g_string_new("Commands:\n");
    for (const CommandRow *row = command_rows; row->name; row++) {
        g_string_append_printf(text, "  %-10s%s\n", row->name, row->summary);
    }
    g_string_append(text, "\n\"usher COMMAND --help\" tells about one command; usher(8) and usher.yaml(5) about everything.\n");
    return g_string_free(text, FALSE);
}

static int fail_usage(const char *what)
{
    fprintf(stderr, "usher: %s\nusage: usher [-C DIR] [--now TIME] [--json] COMMAND\n\"usher --help\" lists the commands.\n", what);
    return EX_USAGE;
}

typedef struct {
    char *directory, *now;
    gboolean is_json, is_verbose, is_version;
} GlobalOptions;

static gboolean read_global_options(GlobalOptions *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"directory", 'C', 0, G_OPTION_ARG_FILENAME, &options->directory, "the instance (default /etc/usher)", "DIR"},
        {"now", 0, 0, G_OPTION_ARG_STRING, &options->now, "the present moment, RFC 3339, for tests and rehearsals", "TIME"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options->is_json, "output for programs", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &options->is_verbose, "log more", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->is_version, "print the version", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND [ARGUMENT...]");
    g_autofree char *commands = describe_commands();
    g_option_context_set_summary(context, "Usher turns enquiries that arrive by email into answered, owned, followed-up leads.");
    g_option_context_set_description(context, commands);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_strict_posix(context, TRUE);
    return g_option_context_parse(context, argc, argv, error);
}

static int run_command(Instance *instance, const char *name, int argc, char **argv)
{
    const CommandRow *row = command_find(name);
    if (!row) {
        g_autofree char *what = g_strdup_printf("there is no command \"%s\"", name);
        return fail_usage(what);
    }
    int status = row->run(instance, argc, argv);
    if (fflush(stdout) != 0) {
        perror("usher: standard output");
        return EX_IOERR;
    }
    return status;
}

int main(int argc, char **argv)
{
    GlobalOptions options = {0};
    g_autoptr(GError) error = NULL;
    g_set_prgname("usher");
    if (!read_global_options(&options, &argc, &argv, &error)) {
        return fail_usage(error->message);
    }
    if (options.is_version) {
        return puts("usher " USHER_VERSION) < 0;
    }
    if (argc > 1 && strcmp(argv[1], "--") == 0) {
        argv++;
        argc--;
    }
    if (argc < 2) {
        return fail_usage("a command is missing");
    }
    Instance instance = {
        .directory = options.directory ? options.directory : g_strdup("/etc/usher"),
        .shared = instance_find_shared(),
        .is_json = options.is_json,
        .is_verbose = options.is_verbose,
    };
    if (options.now && !clock_parse(options.now, &instance.now, &error)) {
        return fail_usage(error->message);
    }
    log_open(NULL, options.is_verbose);
    int status = run_command(&instance, argv[1], argc - 1, argv + 1);
    instance_close(&instance);
    g_free(options.now);
    return status;
}
