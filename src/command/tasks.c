/*
 * command/tasks.c - usher tasks: what people are to do, and that it is done
 *
 *   usher tasks [--owner PERSON] [--lead LEAD] [--all]
 *   usher tasks done|skip [--as PERSON] TASK [TEXT...]
 *   usher tasks add [--lead LEAD] PERSON DUE TEXT...
 *
 * A task of a lead is ended by the verb on that lead, so that it stands in the lead's history; one without a lead is ended here.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "usher/base/error.h"
#include "usher/base/text.h"

#define MOST_LINES 1000
#define MAX_SAID_CHARS 300
#define MAX_OUTCOME_CHARS 4000

typedef struct {
    Instance *instance;
    char *owner, *actor, *lead_text;
    gint64 lead; /* 0 */
    gboolean is_all;
} TasksCommand;

/* ---- looking ---- */

static json_t *list_as_json(const GPtrArray *tasks, UsherTime now)
{
    json_t *list = json_array();
    for (guint i = 0; i < tasks->len; i++) {
        json_array_append_new(list, json_from_task(g_ptr_array_index(tasks, i), now));
    }
    return list;
}

static char *say_stand(const Task *task, UsherTime now, const Settings *settings)
{
    g_autofree char *ended = print_moment(settings, task->done ? task->done : task->cancelled);
    const char *by = task->done_by ? " by " : "", *who = task->done_by ? task->done_by : "";
    if (task_is_open(task)) {
        return g_strdup(task->due < now ? "overdue" : "open");
    }
    return g_strdup_printf("%s %s%s%s", task->done ? "done" : "left out", ended, by, who);
}

static void print_tasks(const GPtrArray *tasks, const Settings *settings, UsherTime now)
{
    if (tasks->len == 0) {
        puts("There are no tasks.");
        return;
    }
    Table *table = table_new("TASK", "DUE", "PERSON", "LEAD", "STAND", "WHAT", NULL);
    for (guint i = 0; i < tasks->len; i++) {
        const Task *task = g_ptr_array_index(tasks, i);
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, task->id);
        g_autofree char *lead = task->lead ? g_strdup_printf("%" G_GINT64_FORMAT, task->lead) : g_strdup("-");
        g_autofree char *due = print_moment(settings, task->due), *stand = say_stand(task, now, settings);
        table_add(table, id, due, task->person, lead, stand, task->said, NULL);
    }
    table_print(table, stdout);
    puts("\n\"usher tasks done TASK\" says that one is done; \"usher tasks skip TASK\" leaves one out.");
}

static void keep_of(GPtrArray *tasks, const char *person)
{
    for (guint i = tasks->len; i-- > 0;) {
        if (person && g_strcmp0(((const Task *)g_ptr_array_index(tasks, i))->person, person) != 0) {
            g_ptr_array_remove_index(tasks, i);
        }
    }
}

static int list_tasks(const TasksCommand *command)
{
    const Instance *instance = command->instance;
    UsherTime now = instance_now(instance);
    g_autoptr(GPtrArray) tasks = NULL;
    g_autoptr(GError) error = NULL;
    gboolean is_read = command->is_all
                           ? record_list_past_tasks(instance->record, command->lead, MOST_LINES, &tasks, &error)
                           : record_list_tasks(instance->record, command->owner, command->lead, 0, MOST_LINES, &tasks, &error);
    if (!is_read) {
        return instance_fail(error);
    }
    keep_of(tasks, command->owner);
    if (instance->is_json) {
        json_print(list_as_json(tasks, now));
    } else {
        print_tasks(tasks, instance->rulebook->settings, now);
    }
    return 0;
}

/* ---- done, left out ---- */

typedef struct {
    const TasksCommand *command;
    const Decision *decision;
} Writing;

static gboolean write_decision(Record *record, gpointer data, GError **error)
{
    const Writing *writing = data;
    return record_write_decision(record, writing->decision, FALSE, error);
}

static int print_task(const TasksCommand *command, gint64 id)
{
    const Instance *instance = command->instance;
    g_autoptr(Task) task = NULL;
    g_autoptr(GError) error = NULL;
    if (!record_find_task(instance->record, id, &task, &error)) {
        return instance_fail(error);
    }
    UsherTime now = instance_now(instance);
    if (instance->is_json) {
        json_print(json_from_task(task, now));
    } else {
        g_autofree char *stand = say_stand(task, now, instance->rulebook->settings);
        const Calendar *calendar = followup_find_calendar(task->person, instance->rulebook->settings);
        g_autofree char *due = task_is_open(task) ? calendar_say(calendar, task->due, now) : NULL;
        printf("Task %" G_GINT64_FORMAT ": %s%s%s (%s)\n", task->id, stand, due ? ", due " : "", due ? due : "", task->said);
    }
    return 0;
}

static gboolean end_on_lead(const TasksCommand *command, const Task *task, char **arguments, const char *verb, GError **error)
{
    Worker worker = instance_get_worker(command->instance);
    Command act = {.lead = task->lead, .verb = verb, .arguments = arguments, .actor = command->actor};
    return pipeline_work_command(&worker, &act, NULL, error);
}

static gboolean end_alone(const TasksCommand *command, const Task *task, char **words, const char *verb, GError **error)
{
    const Instance *instance = command->instance;
    g_autofree char *joined = g_strjoinv(" ", words);
    g_autofree char *outcome = text_to_block(joined, MAX_OUTCOME_CHARS);
    g_autoptr(Decision) decision = pipeline_decide_task_end(task, strcmp(verb, "skip") == 0, command->actor, outcome,
                                                            instance->rulebook, instance_now(instance), error);
    Writing writing = {command, decision};
    return decision && record_run(instance->record, write_decision, &writing, error);
}

static int end_task(const TasksCommand *command, char **arguments, const char *verb)
{
    guint64 id = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(Task) task = NULL;
    if (!g_ascii_string_to_unsigned(arguments[0], 10, 1, G_MAXINT64, &id, NULL)) {
        fprintf(stderr, "usher: \"%s\" is no number of a task; \"usher tasks\" lists them\n", arguments[0]);
        return EX_USAGE;
    }
    if (!record_find_task(command->instance->record, (gint64)id, &task, &error)) {
        return instance_fail(error);
    }
    if (!task) {
        fprintf(stderr, "usher: there is no task %s; \"usher tasks\" lists them\n", arguments[0]);
        return EX_DATAERR;
    }
    gboolean is_ended = task->lead && task_is_open(task) ? end_on_lead(command, task, arguments, verb, &error)
                                                         : end_alone(command, task, arguments + 1, verb, &error);
    return is_ended ? print_task(command, task->id) : instance_fail(error);
}

/* ---- a new one ---- */

static UsherTime read_local(const char *text, GTimeZone *zone)
{
    g_autofree char *whole = g_strdup_printf("%.10sT%s:00", text, strlen(text) > 10 ? text + 11 : "00:00");
    g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601(whole, zone);
    return moment ? g_date_time_to_unix(moment) : 0;
}

/* "2026-03-05 11:00", "2026-03-05" (by the close of business), "2 business days". */
static gboolean read_due(const char *text, const Calendar *calendar, UsherTime now, UsherTime *due)
{
    gsize length = strlen(text);
    gboolean is_day = length == 10 && text[4] == '-' && text[7] == '-';
    gboolean is_time = length == 16 && text[4] == '-' && (text[10] == ' ' || text[10] == 'T') && text[13] == ':';
    Span span = {.unit = SPAN_END_OF_DAY};
    if (clock_parse(text, due, NULL)) {
        return TRUE;
    }
    if (is_day || is_time) {
        UsherTime local = read_local(text, calendar_get_zone(calendar));
        *due = local && is_day ? calendar_add(calendar, local, span) : local;
        return local != 0;
    }
    gboolean is_span = strcmp(text, "today") == 0 || span_parse(text, &span, NULL);
    *due = is_span ? calendar_add(calendar, now, span) : 0;
    return is_span;
}

/* *id: its number. */
typedef struct {
    const TasksCommand *command;
    Task *task;
    gint64 id;
} Adding;

static gboolean add_task(Record *record, gpointer data, GError **error)
{
    Adding *adding = data;
    const Instance *instance = adding->command->instance;
    const Task *task = adding->task;
    UsherTime now = instance_now(instance);
    g_autoptr(Decision) decision = decision_new(now, instance->rulebook->hash);
    decision->kind = KIND_COMMAND;
    Task *copy = task_new(task->kind, task->person, task->due, task->said);
    copy->lead = task->lead;
    g_ptr_array_add(decision->tasks, copy);
    decision_add_event(decision, adding->command->actor, "task", "for %s: %s", task->person, task->said);
    ((Event *)g_ptr_array_index(decision->events, 0))->lead = task->lead;
    if (task->lead) {
        g_autoptr(Decision) standing = record_find_standing(record, task->lead, now, decision->rules_hash, error);
        if (!standing) {
            return FALSE;
        }
        if (!status_is_live(standing->status)) {
            g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is %s: nothing is to be done on it",
                        task->lead, status_get_name(standing->status));
            return FALSE;
        }
    }
    g_autoptr(GPtrArray) newest = NULL;
    if (!record_write_decision(record, decision, FALSE, error) || !record_list_past_tasks(record, 0, 1, &newest, error)) {
        return FALSE;
    }
    adding->id = newest->len ? ((const Task *)g_ptr_array_index(newest, 0))->id : 0;
    return TRUE;
}

static int add(const TasksCommand *command, char **arguments)
{
    const Settings *settings = command->instance->rulebook->settings;
    const Person *person = settings_find_person(settings, arguments[0]);
    UsherTime due = 0;
    if (!person) {
        fprintf(stderr, "usher: there is no person \"%s\" in usher.yaml\n", arguments[0]);
        return EX_DATAERR;
    }
    if (!read_due(arguments[1], settings_get_calendar(settings, person), instance_now(command->instance), &due)) {
        fprintf(stderr,
                "usher: \"%s\" is no time: write 2026-03-05, \"2026-03-05 11:00\" (where %s works), today, or how long from now: "
                "\"2 business days\"\n",
                arguments[1], person->name);
        return EX_DATAERR;
    }
    g_autofree char *joined = g_strjoinv(" ", arguments + 2);
    g_autofree char *said = text_to_line(joined, MAX_SAID_CHARS);
    g_autoptr(Task) task = task_new("task", person->id, due, said);
    task->lead = command->lead;
    Adding adding = {command, task, 0};
    g_autoptr(GError) error = NULL;
    return record_run(command->instance->record, add_task, &adding, &error) ? print_task(command, adding.id) : instance_fail(error);
}

/* ---- the command ---- */

static int check_options(TasksCommand *command)
{
    const Settings *settings = command->instance->rulebook->settings;
    const char *people[] = {command->owner, command->actor};
    for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
        if (people[i] && !settings_find_person(settings, people[i])) {
            fprintf(stderr, "usher: %s: there is no person \"%s\" in usher.yaml\n", i ? "--as" : "--owner", people[i]);
            return EX_USAGE;
        }
    }
    if (!command->actor) {
        command->actor = g_strdup("operator");
    }
    return command->lead_text && !instance_read_lead(command->lead_text, &command->lead) ? EX_USAGE : 0;
}

static int run_tasks(TasksCommand *command, char **argv, int count)
{
    const char *verb = count ? argv[1] : NULL;
    int status = check_options(command);
    if (status) {
        return status;
    }
    if (!verb) {
        return list_tasks(command);
    }
    gboolean is_end = strcmp(verb, "done") == 0 || strcmp(verb, "skip") == 0;
    if (is_end && count >= 2) {
        return end_task(command, argv + 2, verb);
    }
    if (strcmp(verb, "add") == 0 && count >= 4) {
        return add(command, argv + 2);
    }
    fprintf(stderr, "usher: write \"usher tasks\", \"usher tasks done TASK [TEXT...]\", \"usher tasks skip TASK\" or "
                    "\"usher tasks add PERSON DUE TEXT...\"\n");
    return EX_USAGE;
}

int command_tasks(Instance *instance, int argc, char **argv)
{
    TasksCommand command = {.instance = instance};
    const GOptionEntry entries[] = {
        {"owner", 0, 0, G_OPTION_ARG_STRING, &command.owner, "only those of this person", "PERSON"},
        {"lead", 0, 0, G_OPTION_ARG_STRING, &command.lead_text, "only those of this lead; with add: the lead it is about", "LEAD"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &command.is_all, "those that are over too, the newest first", NULL},
        {"as", 0, 0, G_OPTION_ARG_STRING, &command.actor, "who has done it: the id of a person (default: operator)", "PERSON"},
        G_OPTION_ENTRY_NULL,
    };
    int count = instance_read_options(command_find("tasks"), argc, &argv, entries, 0, G_MAXINT);
    int status = instance_open(instance) ? run_tasks(&command, argv, count) : EX_CONFIG;
    g_free(command.owner);
    g_free(command.actor);
    g_free(command.lead_text);
    return status;
}
