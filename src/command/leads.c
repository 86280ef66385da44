/*
 * command/leads.c - usher leads: the leads for which a condition holds
 *
 * CONDITION is the rules' own language, evaluated the same way (rulebook/condition.h).
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "usher/base/error.h"

typedef struct {
    ConditionSet *set;
    Condition *condition; /* NULL: all */
    const Settings *settings;
    Table *table; /* one of the two */
    json_t *list;
    guint count;
} Listing;

static void fill_row(ConditionSet *set, const Lead *lead)
{
    condition_set_clear(set);
    condition_set_put_integer(set, "id", lead->id);
    condition_set_put(set, "track", track_get_name(lead->track));
    condition_set_put(set, "channel", lead->channel);
    condition_set_put(set, "source", lead->source);
    condition_set_put(set, "status", status_get_name(lead->status));
    condition_set_put_integer(set, "score", lead->score);
    if (lead->likely_value > 0) {
        condition_set_put_integer(set, "likely_value", lead->likely_value);
    }
    condition_set_put_integer(set, "history", lead->is_history);
    condition_set_put(set, "tier", lead->tier);
    condition_set_put(set, "route", lead->route);
    condition_set_put(set, "exception", lead->exception);
    condition_set_put(set, "owner", lead->owner);
    g_autofree char *created = clock_format(lead->created);
    condition_set_put(set, "created", created);
    for (guint i = 0; i < lead->fields->len; i++) {
        const Field *field = g_ptr_array_index(lead->fields, i);
        if (condition_set_has_column(set, field->name)) {
            condition_set_put(set, field->name, field->value);
        }
    }
}

static ConditionSet *make_set(const Rulebook *rulebook)
{
    static const char *const texts[] = {"track", "channel", "source", "status", "tier", "route", "exception", "owner", "created"};
    ConditionSet *set = condition_set_new();
    condition_set_add_column(set, "id", COLUMN_INTEGER, NULL);
    condition_set_add_column(set, "score", COLUMN_INTEGER, NULL);
    condition_set_add_column(set, "history", COLUMN_INTEGER, NULL);
    condition_set_add_column(set, "likely_value", COLUMN_INTEGER, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        condition_set_add_column(set, texts[i], COLUMN_TEXT, NULL);
    }
    for (guint i = 0; i < rulebook->fields->len; i++) {
        const FieldRule *field = g_ptr_array_index(rulebook->fields, i);
        gboolean is_number = field->type == FIELD_MONEY || field->type == FIELD_NUMBER;
        condition_set_add_column(set, field->name, is_number ? COLUMN_REAL : COLUMN_TEXT, NULL);
    }
    return set;
}

static void add_to_table(Listing *listing, const Lead *lead)
{
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, lead->id);
    g_autofree char *score = g_strdup_printf("%d", lead->score);
    g_autofree char *created = print_moment(listing->settings, lead->created);
    const char *name = field_find_value(lead->fields, "name");
    const char *email = field_find_value(lead->fields, "email");
    const char *service = field_find_value(lead->fields, "service");
    const char *stand = lead->exception ? lead->exception : status_get_name(lead->status);
    g_autofree char *merged = lead->merged_into ? g_strdup_printf("part of %" G_GINT64_FORMAT, lead->merged_into) : g_strdup(stand);
    g_autofree char *shown = g_strdup_printf("%s%s", merged, lead->is_history ? " (history)" : "");
    table_add(listing->table, id, created, track_get_name(lead->track), shown, lead->tier ? lead->tier : "-", score,
              lead->owner ? lead->owner : "-", service ? service : "-", name ? name : "-", email ? email : "-", NULL);
}

static gboolean visit_lead(const Lead *lead, gpointer data)
{
    Listing *listing = data;
    if (listing->condition) {
        fill_row(listing->set, lead);
        if (condition_test(listing->condition) != CONDITION_TRUE) {
            return TRUE;
        }
    }
    listing->count++;
    if (listing->list) {
        json_array_append_new(listing->list, json_from_lead(lead));
    } else {
        add_to_table(listing, lead);
    }
    return TRUE;
}

int command_leads(Instance *instance, int argc, char **argv)
{
    int count = instance_read_options(command_find("leads"), argc, &argv, NULL, 0, 1);
    if (count > 0 && *argv[1] != '\0' && argv[1][strspn(argv[1], "0123456789")] == '\0') {
        fprintf(stderr, "usher: \"%s\" is no condition: \"usher show %s\" shows that lead\n", argv[1], argv[1]);
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(ConditionSet) set = make_set(instance->rulebook);
    Listing listing = {.set = set, .settings = instance->rulebook->settings};
    gsize offset = 0;
    if (count > 0 && !(listing.condition = condition_compile(set, argv[1], &offset, &error))) {
        fprintf(stderr, "usher: CONDITION, column %" G_GSIZE_FORMAT ": %s\n", offset + 1, error->message);
        return EX_USAGE;
    }
    if (instance->is_json) {
        listing.list = json_array();
    } else {
        listing.table = table_new("LEAD", "CAME IN", "TRACK", "STATUS", "TIER", "SCORE", "OWNER", "SERVICE", "NAME", "EMAIL", NULL);
    }
    gboolean is_done = record_visit_leads(instance->record, visit_lead, &listing, &error);
    if (listing.list) {
        json_print(listing.list);
    } else if (listing.count > 0) {
        table_print(listing.table, stdout);
    } else {
        table_free(listing.table);
        puts(count > 0 ? "No lead fits." : "There are no leads yet.");
    }
    return is_done ? 0 : instance_fail(error);
}
