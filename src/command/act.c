/*
 * command/act.c - usher act: a person acts on a lead
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "usher/act.h"
#include "usher/base/error.h"

static char *describe_verbs(void)
{
    GString *text = g_string_new("Verbs:\n");
    for (const Verb *verb = act_get_verbs(); verb->name; verb++) {
        g_autofree char *call = g_strdup_printf("%s %s", verb->name, verb->arguments);
        g_string_append_printf(text, "  %-28s%s\n", call, verb->summary);
    }
    return g_string_free(text, FALSE);
}

static json_t *list_verbs(void)
{
    json_t *list = json_array();
    for (const Verb *verb = act_get_verbs(); verb->name; verb++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "verb", verb->name, "arguments", verb->arguments, "summary", verb->summary));
    }
    return list;
}

static int print_verbs(const Instance *instance)
{
    if (instance->is_json) {
        json_print(list_verbs());
    } else {
        g_autofree char *verbs = describe_verbs();
        fputs(verbs, stdout);
    }
    return 0;
}

static void print_cadence_events(const Decision *decision, const char *actor)
{
    for (guint i = 0; i < decision->events->len; i++) {
        const Event *event = g_ptr_array_index(decision->events, i);
        if (strcmp(event->what, "cadence") == 0 && strcmp(event->actor, actor) == 0) {
            printf("%s\n", event->detail);
        }
    }
}

static int print_result(const Instance *instance, gint64 lead, const Decision *decision, const char *actor)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeadFile) file = record_read_lead(instance->record, lead, &error);
    if (!file) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_print(json_from_lead_file(file));
    } else {
        printf("Lead %" G_GINT64_FORMAT ": %s, owner %s\n", lead, status_get_name(file->lead->status), file->lead->owner);
        print_cadence_events(decision, actor);
    }
    return 0;
}

int command_act(Instance *instance, int argc, char **argv)
{
    g_autofree char *actor = NULL;
    gboolean is_asked = FALSE;
    const GOptionEntry entries[] = {
        {"as", 0, 0, G_OPTION_ARG_STRING, &actor, "who acts: the id of a person (default: operator)", "PERSON"},
        {"verbs", 0, 0, G_OPTION_ARG_NONE, &is_asked, "lists the verbs (without LEAD and VERB)", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (argc == 2 && strcmp(argv[1], "--verbs") == 0) {
        return print_verbs(instance);
    }
    instance_read_options(command_find("act"), argc, &argv, entries, 2, G_MAXINT);
    gint64 lead = 0;
    if (!instance_read_lead(argv[1], &lead)) {
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    if (actor && !settings_find_person(instance->rulebook->settings, actor)) {
        fprintf(stderr, "usher: --as: there is no person \"%s\" in usher.yaml\n", actor);
        return EX_USAGE;
    }
    Command command = {.lead = lead, .verb = argv[2], .arguments = argv + 3, .actor = actor ? actor : "operator"};
    Worker worker = instance_get_worker(instance);
    g_autoptr(GError) error = NULL;
    g_autoptr(Decision) decision = NULL;
    if (!pipeline_work_command(&worker, &command, &decision, &error)) {
        return instance_fail(error);
    }
    wake_send(instance->rulebook->settings->store);
    return print_result(instance, lead, decision, command.actor);
}
