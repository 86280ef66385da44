/*
 * command/suppress.c - usher suppress: who is to be left alone, and by what
 *
 * An address is suppressed for one cadence, for all marketing, or for everything that is sent automatically. What is queued for it is held when its turn comes, what
 * it was enrolled in stops, and the history of its leads tells of it.
 */
#include "rows.h"

#include <string.h>
#include <sysexits.h>

#include "usher/base/text.h"

#define MOST_SHOWN 10000

typedef struct {
    const Instance *instance;
    char *address; /* folded */
    SuppressionScope scope;
    gboolean has_scope;
    const char *cadence;
    const char *why;
    gboolean is_new;
    guint count;
} Job;

static gboolean put(Record *record, gpointer data, GError **error)
{
    Job *job = data;
    g_autoptr(Suppression) suppression =
        suppression_new(job->address, job->scope, job->cadence, job->why, instance_now(job->instance));
    return record_add_suppression(record, suppression, "operator", 0, &job->is_new, error);
}

static gboolean take_back(Record *record, gpointer data, GError **error)
{
    Job *job = data;
    return record_remove_suppressions(record, job->address, job->has_scope ? &job->scope : NULL, job->cadence, "operator",
                                      instance_now(job->instance), &job->count, error);
}

/* ---- what was done ---- */

static void tell_put(const Job *job)
{
    g_autoptr(Suppression) suppression = suppression_new(job->address, job->scope, job->cadence, job->why, 0);
    g_autofree char *which = suppression_describe(suppression);
    if (job->instance->is_json) {
        json_print(json_pack("{s:s, s:s, s:s?, s:b}", "address", job->address, "scope", scope_get_name(job->scope), "cadence",
                             job->cadence, "added", job->is_new));
    } else {
        printf("%s: %s%s\n", job->address, which, job->is_new ? "" : " (that stood already)");
    }
}

static void tell_taken_back(const Job *job)
{
    if (job->instance->is_json) {
        json_print(json_pack("{s:s, s:i}", "address", job->address, "removed", (int)job->count));
    } else if (job->count == 0) {
        printf("%s: nothing of that kind stood\n", job->address);
    } else {
        printf("%s: may be written to again (%u taken back)\n", job->address, job->count);
    }
}

/* ---- the list ---- */

static json_t *list_leads(Record *record, const char *address, GError **error)
{
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!record_list_leads_of(record, address, leads, error)) {
        return NULL;
    }
    json_t *list = json_array();
    for (guint i = 0; i < leads->len; i++) {
        json_array_append_new(list, json_integer(g_array_index(leads, gint64, i)));
    }
    return list;
}

static void print_rows(const json_t *list, const Settings *settings)
{
    gsize i;
    const json_t *row;
    if (json_array_size(list) == 0) {
        puts("Nobody has asked to be left alone.");
        return;
    }
    Table *table = table_new("ADDRESS", "SCOPE", "SEQUENCE", "SINCE", "LEADS", "WHY", NULL);
    json_array_foreach(list, i, row)
    {
        const json_t *leads = json_object_get(row, "leads");
        const char *cadence = json_string_value(json_object_get(row, "cadence"));
        g_autofree char *since = print_moment(settings, json_integer_value(json_object_get(row, "since")));
        g_autoptr(GString) numbers = g_string_new(json_array_size(leads) == 0 ? "-" : NULL);
        for (gsize j = 0; j < json_array_size(leads); j++) {
            g_string_append_printf(numbers, "%s%" G_GINT64_FORMAT, j > 0 ? "," : "",
                                   (gint64)json_integer_value(json_array_get(leads, j)));
        }
        table_add(table, json_string_value(json_object_get(row, "address")), json_string_value(json_object_get(row, "scope")),
                  cadence ? cadence : "-", since, numbers->str, json_string_value(json_object_get(row, "why")), NULL);
    }
    table_print(table, stdout);
}

static void say_moments(json_t *list)
{
    gsize i;
    json_t *row;
    json_array_foreach(list, i, row)
    {
        json_object_set_new(row, "since", json_from_moment(json_integer_value(json_object_get(row, "since"))));
    }
}

static int list_all(const Instance *instance, const char *address)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) found = NULL;
    if (!record_list_suppressions(instance->record, MOST_SHOWN, &found, &error)) {
        return instance_fail(error);
    }
    json_t *list = json_array();
    for (guint i = 0; i < found->len; i++) {
        const Suppression *at = g_ptr_array_index(found, i);
        if (address && strcmp(at->address, address) != 0) {
            continue;
        }
        json_t *leads = list_leads(instance->record, at->address, &error);
        if (!leads) {
            json_decref(list);
            return instance_fail(error);
        }
        json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:s, s:I, s:o}", "address", at->address, "scope",
                                              scope_get_name(at->scope), "cadence", *at->cadence ? at->cadence : NULL, "why",
                                              at->why, "since", (json_int_t)at->at, "leads", leads));
    }
    if (instance->is_json) {
        say_moments(list);
        json_print(list);
    } else {
        print_rows(list, instance->rulebook->settings);
        json_decref(list);
    }
    return 0;
}

/* ---- the command ---- */

static gboolean read_scope(Job *job, const char *said)
{
    job->scope = job->cadence ? SCOPE_SEQUENCE : SCOPE_ALL;
    job->has_scope = said || job->cadence;
    if (said && !scope_find(said, &job->scope)) {
        fprintf(stderr, "usher: \"%s\" is no scope; there are: sequence, marketing, all\n", said);
        return FALSE;
    }
    if (job->cadence && job->scope != SCOPE_SEQUENCE) {
        fputs("usher: --cadence goes with --scope sequence only\n", stderr);
        return FALSE;
    }
    return TRUE;
}

/* One that was suppressed when it was in the rules may still be taken back. */
static gboolean check_cadence(const Job *job, gboolean is_removed)
{
    if (is_removed || job->scope != SCOPE_SEQUENCE) {
        return TRUE;
    }
    if (!job->cadence) {
        fputs("usher: of which sequence? Give --cadence NAME\n", stderr);
        return FALSE;
    }
    if (!rulebook_find_cadence(job->instance->rulebook, job->cadence)) {
        fprintf(stderr, "usher: there is no cadence \"%s\" in rules/cadences.yaml\n", job->cadence);
        return FALSE;
    }
    return TRUE;
}

static int change(Instance *instance, Job *job, gboolean is_removed)
{
    g_autoptr(GError) error = NULL;
    if (!record_run(instance->record, is_removed ? take_back : put, job, &error)) {
        return instance_fail(error);
    }
    if (is_removed) {
        tell_taken_back(job);
    } else {
        tell_put(job);
    }
    return is_removed && job->count == 0 ? EXIT_PROBLEM : 0;
}

int command_suppress(Instance *instance, int argc, char **argv)
{
    g_autofree char *scope = NULL, *cadence = NULL, *why = NULL;
    gboolean is_list = FALSE, is_removed = FALSE;
    const GOptionEntry entries[] = {
        {"scope", 0, 0, G_OPTION_ARG_STRING, &scope, "sequence, marketing, or all (when absent)", "SCOPE"},
        {"cadence", 0, 0, G_OPTION_ARG_STRING, &cadence, "the sequence, for --scope sequence", "NAME"},
        {"why", 0, 0, G_OPTION_ARG_STRING, &why, "for the history: they asked by telephone", "TEXT"},
        {"remove", 0, 0, G_OPTION_ARG_NONE, &is_removed, "they may be written to again", NULL},
        {"list", 0, 0, G_OPTION_ARG_NONE, &is_list, "everybody who is left alone, or only ADDRESS", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int count = instance_read_options(command_find("suppress"), argc, &argv, entries, 0, 1);
    g_autofree char *address = count > 0 ? text_fold_address(argv[1]) : NULL;
    Job job = {.instance = instance, .address = address, .cadence = cadence, .why = why ? why : "by the operator"};
    if (!is_list && (!address || !text_is_address(address))) {
        fprintf(stderr, "usher: %s%s%s: give the address that is to be left alone, or --list\n", address ? "\"" : "no address",
                address ? address : "", address ? "\" is no address" : "");
        return EX_USAGE;
    }
    if (!read_scope(&job, scope)) {
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    if (is_list) {
        return list_all(instance, address);
    }
    return check_cadence(&job, is_removed) ? change(instance, &job, is_removed) : EX_USAGE;
}
