/*
 * command/queue.c - usher queue: what waits for a person, the longest first
 */
#include "rows.h"

#include <sysexits.h>

#define MOST_LINES 1000

static json_t *list_queue(const GPtrArray *queue, UsherTime now)
{
    json_t *list = json_array();
    for (guint i = 0; i < queue->len; i++) {
        const QueueLine *line = g_ptr_array_index(queue, i);
        json_t *object = json_from_lead(line->lead);
        json_object_set_new(object, "since", json_from_moment(line->since));
        json_object_set_new(object, "due", json_from_moment(line->due));
        json_object_set_new(object, "overdue", json_boolean(line->due != 0 && line->due < now));
        json_object_set_new(object, "action", json_string(line->action ? line->action : ""));
        json_array_append_new(list, object);
    }
    return list;
}

static void print_queue(const GPtrArray *queue, const Settings *settings, UsherTime now)
{
    if (queue->len == 0) {
        puts("The exception queue is empty.");
        return;
    }
    Table *table = table_new("LEAD", "EXCEPTION", "SINCE", "DECIDE BY", "OWNER", "NAME", "FIRST", NULL);
    for (guint i = 0; i < queue->len; i++) {
        const QueueLine *line = g_ptr_array_index(queue, i);
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, line->lead->id);
        g_autofree char *since = print_moment(settings, line->since), *due = print_moment(settings, line->due);
        g_autofree char *by = g_strdup_printf("%s%s", due, line->due && line->due < now ? " overdue" : "");
        const char *name = field_find_value(line->lead->fields, "name"), *email = field_find_value(line->lead->fields, "email");
        table_add(table, id, line->lead->exception ? line->lead->exception : "-", since, line->due ? by : "-", line->lead->owner,
                  name    ? name
                  : email ? email
                          : "-",
                  line->action ? line->action : "-", NULL);
    }
    table_print(table, stdout);
    puts("\n\"usher show LEAD\" has the whole story; \"usher act LEAD clear\" lets one go on by the rules; \"usher act --verbs\" "
         "lists what else.");
}

/* Leaves those of one owner, of one exception; NULL: any. */
static void keep_wanted(GPtrArray *queue, const char *owner, const char *exception)
{
    for (guint i = queue->len; i-- > 0;) {
        const Lead *lead = ((const QueueLine *)g_ptr_array_index(queue, i))->lead;
        gboolean is_wanted =
            (!owner || g_strcmp0(lead->owner, owner) == 0) && (!exception || g_strcmp0(lead->exception, exception) == 0);
        if (!is_wanted) {
            g_ptr_array_remove_index(queue, i);
        }
    }
}

int command_queue(Instance *instance, int argc, char **argv)
{
    g_autofree char *owner = NULL, *exception = NULL;
    const GOptionEntry entries[] = {
        {"owner", 0, 0, G_OPTION_ARG_STRING, &owner, "only what this person has", "PERSON"},
        {"exception", 0, 0, G_OPTION_ARG_STRING, &exception,
         "only this kind: missing-data, conflicting-info, out-of-scope, conflict-check, undecided, review, bounced", "KIND"},
        G_OPTION_ENTRY_NULL,
    };
    instance_read_options(command_find("queue"), argc, &argv, entries, 0, 0);
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) queue = NULL;
    if (!record_list_queue(instance->record, MOST_LINES, &queue, &error)) {
        return instance_fail(error);
    }
    if (owner && !settings_find_person(instance->rulebook->settings, owner)) {
        fprintf(stderr, "usher: --owner: there is no person \"%s\" in usher.yaml\n", owner);
        return EX_USAGE;
    }
    keep_wanted(queue, owner, exception);
    UsherTime now = instance_now(instance);
    if (instance->is_json) {
        json_print(list_queue(queue, now));
    } else {
        print_queue(queue, instance->rulebook->settings, now);
    }
    return 0;
}
