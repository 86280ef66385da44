/*
 * command/cadences.c - usher cadences: the sequences of follow-up steps by version, and the leads in them
 *
 *   usher cadences
 *   usher cadences show NAME [VERSION]
 *   usher cadences move [--dry-run] [--as PERSON] NAME
 *
 * A lead finishes the version it began with; "move" takes all that are in older ones to the present one, each with the step it is at.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "usher/base/text.h"

#define MAX_SAID_CHARS 400

typedef struct {
    Instance *instance;
    char *actor;
    gboolean is_dry;
} CadencesCommand;

/* ---- all ---- */

static gboolean is_present(const CadenceLine *line, const Rulebook *rulebook)
{
    const Cadence *cadence = rulebook_find_cadence(rulebook, line->name);
    return cadence && strcmp(cadence->version, line->version) == 0;
}

static gboolean is_kept(const GPtrArray *lines, const Cadence *cadence)
{
    for (guint i = 0; i < lines->len; i++) {
        const CadenceLine *line = g_ptr_array_index(lines, i);
        if (strcmp(line->name, cadence->name) == 0 && strcmp(line->version, cadence->version) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Nobody was put into it yet, so that it is in the rules only: since is 0. */
static void add_unused(GPtrArray *lines, const Cadence *cadence)
{
    CadenceLine *line = g_new0(CadenceLine, 1);
    line->name = g_strdup(cadence->name);
    line->version = g_strdup(cadence->version);
    line->steps = cadence->steps->len;
    g_ptr_array_add(lines, line);
}

static void move_lines(GPtrArray *from, const char *name, GPtrArray *to)
{
    for (guint i = 0; i < from->len;) {
        gboolean is_moved = !name || strcmp(((const CadenceLine *)g_ptr_array_index(from, i))->name, name) == 0;
        if (is_moved) {
            g_ptr_array_add(to, g_ptr_array_steal_index(from, i));
        } else {
            i++;
        }
    }
}

/* In the order of the rules, the oldest version first; what the rules know no longer stands last. */
static GPtrArray *find_lines(const Instance *instance, GError **error)
{
    const GPtrArray *cadences = instance->rulebook->cadences;
    g_autoptr(GPtrArray) kept = NULL;
    if (!record_list_cadences(instance->record, &kept, error)) {
        return NULL;
    }
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)cadence_line_free);
    for (guint i = 0; i < cadences->len; i++) {
        const Cadence *cadence = g_ptr_array_index(cadences, i);
        gboolean is_used = is_kept(kept, cadence);
        move_lines(kept, cadence->name, lines);
        if (!is_used) {
            add_unused(lines, cadence);
        }
    }
    move_lines(kept, NULL, lines);
    return lines;
}

static json_t *list_as_json(const GPtrArray *lines, const Rulebook *rulebook)
{
    json_t *list = json_array();
    for (guint i = 0; i < lines->len; i++) {
        const CadenceLine *line = g_ptr_array_index(lines, i);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:b, s:o, s:i, s:I, s:I, s:I}", "cadence", line->name, "version", line->version,
                                        "present", is_present(line, rulebook), "since", json_from_moment(line->since), "steps",
                                        (int)line->steps, "active", (json_int_t)line->active, "finished",
                                        (json_int_t)line->finished, "stopped", (json_int_t)line->stopped));
    }
    return list;
}

static void print_lines(const GPtrArray *lines, const Rulebook *rulebook)
{
    gint64 behind = 0;
    Table *table = table_new("CADENCE", "VERSION", "SINCE", "STEPS", "ACTIVE", "FINISHED", "ENDED", "", NULL);
    for (guint i = 0; i < lines->len; i++) {
        const CadenceLine *line = g_ptr_array_index(lines, i);
        gboolean is_now = is_present(line, rulebook);
        g_autofree char *since = print_moment(rulebook->settings, line->since);
        g_autofree char *steps = g_strdup_printf("%u", line->steps);
        g_autofree char *active = g_strdup_printf("%" G_GINT64_FORMAT, line->active);
        g_autofree char *finished = g_strdup_printf("%" G_GINT64_FORMAT, line->finished);
        g_autofree char *stopped = g_strdup_printf("%" G_GINT64_FORMAT, line->stopped);
        table_add(table, line->name, line->version, since, steps, active, finished, stopped, is_now ? "present" : "", NULL);
        behind += is_now || !rulebook_find_cadence(rulebook, line->name) ? 0 : line->active;
    }
    table_print(table, stdout);
    if (behind > 0) {
        printf("\n%" G_GINT64_FORMAT " %s an older version; \"usher cadences move NAME\" takes %s to the present one.\n", behind,
               behind == 1 ? "lead finishes" : "leads finish", behind == 1 ? "it" : "them");
    }
}

static int list_cadences(const CadencesCommand *command)
{
    const Instance *instance = command->instance;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lines = find_lines(instance, &error);
    if (!lines) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_print(list_as_json(lines, instance->rulebook));
    } else {
        print_lines(lines, instance->rulebook);
    }
    return 0;
}

/* ---- one ---- */

static int fail_unknown(const Rulebook *rulebook, const char *name)
{
    fprintf(stderr, "usher: there is no cadence \"%s\" in rules/cadences.yaml; there are:", name);
    for (guint i = 0; i < rulebook->cadences->len; i++) {
        fprintf(stderr, "%s %s", i ? "," : "", ((const Cadence *)g_ptr_array_index(rulebook->cadences, i))->name);
    }
    fputc('\n', stderr);
    return EX_DATAERR;
}

static json_t *step_as_json(const CadenceStep *step, guint number)
{
    const char *when = step->when.condition ? condition_get_text(step->when.condition) : NULL;
    return json_pack("{s:i, s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "step", (int)number, "after", step->after_said, "channel",
                     step->channel, "template", step->template_name, "wording",
                     step->template ? template_get_wording(step->template) : NULL, "guidance", step->guidance, "when", when);
}

static json_t *cadence_as_json(const Cadence *cadence)
{
    json_t *steps = json_array();
    for (guint i = 0; i < cadence->steps->len; i++) {
        json_array_append_new(steps, step_as_json(g_ptr_array_index(cadence->steps, i), i + 1));
    }
    return json_pack("{s:s, s:s, s:b, s:o}", "cadence", cadence->name, "version", cadence->version, "marketing",
                     cadence->is_marketing, "steps", steps);
}

static void print_cadence(const Cadence *cadence, gboolean is_now)
{
    printf("%s, version %s%s%s\n\n", cadence->name, cadence->version, is_now ? ", the present one" : "",
           cadence->is_marketing ? ", marketing" : "");
    for (guint i = 0; i < cadence->steps->len; i++) {
        const CadenceStep *step = g_ptr_array_index(cadence->steps, i);
        g_autofree char *guidance = text_to_line(step->guidance ? step->guidance : "", MAX_SAID_CHARS);
        printf("%3u  after %-18s%-10s%s\n", i + 1, step->after_said, step->channel,
               step->template_name ? step->template_name : guidance);
        if (step->when.condition) {
            printf("%34sonly when %s\n", "", condition_get_text(step->when.condition));
        }
    }
}

/* *take_former is set when it has to be freed. */
static const Cadence *find_version(const Instance *instance, const char *name, const char *version, Cadence **take_former,
                                   GError **error)
{
    const Cadence *present = rulebook_find_cadence(instance->rulebook, name);
    if (!version || (present && strcmp(present->version, version) == 0)) {
        return present;
    }
    *take_former = record_read_cadence(instance->record, name, version, instance->rulebook, error);
    return *take_former;
}

static int show_cadence(const CadencesCommand *command, const char *name, const char *version)
{
    const Instance *instance = command->instance;
    const Cadence *present = rulebook_find_cadence(instance->rulebook, name);
    g_autoptr(Cadence) former = NULL;
    g_autoptr(GError) error = NULL;
    const Cadence *cadence = find_version(instance, name, version, &former, &error);
    if (!cadence) {
        return error ? instance_fail(error) : fail_unknown(instance->rulebook, name);
    }
    if (instance->is_json) {
        json_print(cadence_as_json(cadence));
    } else {
        print_cadence(cadence, cadence == present);
    }
    return 0;
}

/* ---- moving ---- */

static gboolean count_behind(const Instance *instance, const char *name, gint64 *behind, GError **error)
{
    g_autoptr(GPtrArray) lines = find_lines(instance, error);
    *behind = 0;
    for (guint i = 0; lines && i < lines->len; i++) {
        const CadenceLine *line = g_ptr_array_index(lines, i);
        *behind += strcmp(line->name, name) == 0 && !is_present(line, instance->rulebook) ? line->active : 0;
    }
    return lines != NULL;
}

static void show_progress(const CadenceMove *move, gint64 behind)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%u of %" G_GINT64_FORMAT, move->moved + move->left, behind);
    }
}

static gboolean move_all(Instance *instance, CadenceMove *move, gint64 behind, GError **error)
{
    Worker worker = instance_get_worker(instance);
    for (guint count = 1; count > 0;) {
        if (!pipeline_work_move(&worker, move, &count, error)) {
            return FALSE;
        }
        show_progress(move, behind);
    }
    if (isatty(STDERR_FILENO)) {
        fputc('\n', stderr);
    }
    wake_send(instance->rulebook->settings->store);
    return TRUE;
}

static int move_leads(const CadencesCommand *command, const char *name)
{
    Instance *instance = command->instance;
    CadenceMove move = {.cadence = name, .actor = command->actor ? command->actor : "operator"};
    gint64 behind = 0;
    g_autoptr(GError) error = NULL;
    if (!rulebook_find_cadence(instance->rulebook, name)) {
        return fail_unknown(instance->rulebook, name);
    }
    if (!count_behind(instance, name, &behind, &error) || (!command->is_dry && !move_all(instance, &move, behind, &error))) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_print(json_pack("{s:s, s:I, s:i, s:i}", "cadence", name, "behind", (json_int_t)behind, "moved", (int)move.moved,
                             "not_moved", (int)move.left));
    } else if (command->is_dry) {
        printf("%" G_GINT64_FORMAT " %s of %s would be moved; nothing was done.\n", behind,
               behind == 1 ? "lead in an older version" : "leads in older versions", name);
    } else {
        printf("%u %s moved to the present version of %s", move.moved, move.moved == 1 ? "lead" : "leads", name);
        printf(move.left ? ", %u not.\n" : ".\n", move.left);
    }
    return move.left > 0 ? EXIT_PROBLEM : 0;
}

/* ---- the command ---- */

static int run_cadences(const CadencesCommand *command, char **argv, int count)
{
    const char *verb = count ? argv[1] : "";
    if (command->actor && !settings_find_person(command->instance->rulebook->settings, command->actor)) {
        fprintf(stderr, "usher: --as: there is no person \"%s\" in usher.yaml\n", command->actor);
        return EX_USAGE;
    }
    if (count == 0) {
        return list_cadences(command);
    }
    if (strcmp(verb, "show") == 0 && (count == 2 || count == 3)) {
        return show_cadence(command, argv[2], count == 3 ? argv[3] : NULL);
    }
    if (strcmp(verb, "move") == 0 && count == 2) {
        return move_leads(command, argv[2]);
    }
    fprintf(stderr, "usher: write \"usher cadences\", \"usher cadences show NAME [VERSION]\" or \"usher cadences move NAME\"\n");
    return EX_USAGE;
}

int command_cadences(Instance *instance, int argc, char **argv)
{
    CadencesCommand command = {.instance = instance};
    const GOptionEntry entries[] = {
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &command.is_dry, "with move: says how many leads that would be, and does nothing",
         NULL},
        {"as", 0, 0, G_OPTION_ARG_STRING, &command.actor, "who moves them: the id of a person (default: operator)", "PERSON"},
        G_OPTION_ENTRY_NULL,
    };
    int count = instance_read_options(command_find("cadences"), argc, &argv, entries, 0, 3);
    int status = instance_open(instance) ? run_cadences(&command, argv, count) : EX_CONFIG;
    g_free(command.actor);
    return status;
}
