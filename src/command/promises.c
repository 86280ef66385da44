/*
 * command/promises.c - usher promises: what we owe, to whom, by when
 */
#include "rows.h"

#include <sysexits.h>

#define MOST_LINES 1000
#define DAYS_BACK 30
#define DAY_S 86400

static const char *find_name(const Lead *lead)
{
    const char *name = lead ? field_find_value(lead->fields, "name") : NULL,
               *email = lead ? field_find_value(lead->fields, "email") : NULL;
    return name ? name : email ? email : "-";
}

static gboolean is_late(const PromiseState *promise, UsherTime now)
{
    return promise->broken || (promise->kept == 0 && promise->due < now);
}

static json_t *list_as_json(const GPtrArray *lines, const Rulebook *rulebook, UsherTime now)
{
    json_t *list = json_array();
    for (guint i = 0; i < lines->len; i++) {
        const PromiseLine *line = g_ptr_array_index(lines, i);
        g_autofree char *stand = print_promise_stand(line->promise, rulebook, now);
        json_t *object = json_from_promise(line->promise);
        json_object_set_new(object, "lead", json_integer(line->promise->lead));
        json_object_set_new(object, "name", json_string(find_name(line->lead)));
        json_object_set_new(object, "stand", json_string(stand));
        json_object_set_new(object, "late", json_boolean(is_late(line->promise, now)));
        json_array_append_new(list, object);
    }
    return list;
}

static void print_list(const GPtrArray *lines, const Rulebook *rulebook, UsherTime now)
{
    if (lines->len == 0) {
        puts("Nothing is owed.");
        return;
    }
    Table *table = table_new("PROMISE", "LEAD", "WHAT", "OWNER", "DUE", "STAND", "NAME", NULL);
    for (guint i = 0; i < lines->len; i++) {
        const PromiseLine *line = g_ptr_array_index(lines, i);
        const PromiseState *promise = line->promise;
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, promise->id);
        g_autofree char *lead = g_strdup_printf("%" G_GINT64_FORMAT, promise->lead);
        g_autofree char *due = print_moment(rulebook->settings, promise->due);
        g_autofree char *stand = print_promise_stand(promise, rulebook, now);
        table_add(table, id, lead, promise->kind, promise->owner, due, stand, find_name(line->lead), NULL);
    }
    table_print(table, stdout);
}

static void keep_late(GPtrArray *lines, UsherTime now)
{
    for (guint i = lines->len; i-- > 0;) {
        if (!is_late(((const PromiseLine *)g_ptr_array_index(lines, i))->promise, now)) {
            g_ptr_array_remove_index(lines, i);
        }
    }
}

/* The open ones; behind them, when all are asked for, what was closed of late. */
static GPtrArray *read_lines(const Instance *instance, const char *owner, gboolean is_all, UsherTime now, GError **error)
{
    g_autoptr(GPtrArray) lines = NULL, closed = NULL;
    if (!record_list_promises(instance->record, owner, 0, MOST_LINES, &lines, error)) {
        return NULL;
    }
    if (is_all && !record_list_promises(instance->record, owner, now - (gint64)DAYS_BACK * DAY_S, MOST_LINES, &closed, error)) {
        return NULL;
    }
    if (closed) {
        g_ptr_array_extend_and_steal(lines, g_steal_pointer(&closed));
    }
    return g_steal_pointer(&lines);
}

int command_promises(Instance *instance, int argc, char **argv)
{
    g_autofree char *owner = NULL;
    gboolean wants_late = FALSE, is_all = FALSE;
    const GOptionEntry entries[] = {
        {"owner", 0, 0, G_OPTION_ARG_STRING, &owner, "only what this person answers for", "PERSON"},
        {"late", 0, 0, G_OPTION_ARG_NONE, &wants_late, "only what is late", NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &is_all, "what was kept in the last 30 days, too, with how late", NULL},
        G_OPTION_ENTRY_NULL,
    };
    instance_read_options(command_find("promises"), argc, &argv, entries, 0, 0);
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    if (owner && !settings_find_person(instance->rulebook->settings, owner)) {
        fprintf(stderr, "usher: --owner: there is no person \"%s\" in usher.yaml\n", owner);
        return EX_USAGE;
    }
    UsherTime now = instance_now(instance);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lines = read_lines(instance, owner, is_all, now, &error);
    if (!lines) {
        return instance_fail(error);
    }
    if (wants_late) {
        keep_late(lines, now);
    }
    if (instance->is_json) {
        json_print(list_as_json(lines, instance->rulebook, now));
    } else {
        print_list(lines, instance->rulebook, now);
    }
    return 0;
}
