/*
 * command/referrers.c - usher referrers: who sends us leads, what became of them, and what was sent back
 */
#include "rows.h"

#include <string.h>
#include <sysexits.h>

static json_t *list_referrers(const GPtrArray *lines)
{
    json_t *list = json_array();
    for (guint i = 0; i < lines->len; i++) {
        const ReferrerLine *line = g_ptr_array_index(lines, i);
        json_array_append_new(list, json_pack("{s:s?, s:s, s:s?, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "name", line->name,
                                              "email", line->address, "partner", line->partner, "leads", (int)line->leads, "open",
                                              (int)line->open, "won", (int)line->won, "lost", (int)line->lost, "referred_on",
                                              (int)line->referred_on, "sent_back", (int)line->sent_back, "thanked",
                                              (int)line->thanked, "last", json_from_moment(line->last)));
    }
    return list;
}

static void print_referrers(const GPtrArray *lines, const Settings *settings)
{
    if (lines->len == 0) {
        puts("Nobody with an address has referred anybody.");
        return;
    }
    Table *table =
        table_new("REFERRER", "ADDRESS", "LEADS", "OPEN", "WON", "LOST", "PASSED ON", "SENT BACK", "THANKED", "LAST", NULL);
    for (guint i = 0; i < lines->len; i++) {
        const ReferrerLine *line = g_ptr_array_index(lines, i);
        const guint counts[] = {line->leads, line->open, line->won, line->lost, line->referred_on, line->sent_back, line->thanked};
        g_auto(GStrv) cells = g_new0(char *, G_N_ELEMENTS(counts) + 1);
        for (guint j = 0; j < G_N_ELEMENTS(counts); j++) {
            cells[j] = g_strdup_printf("%u", counts[j]);
        }
        g_autofree char *last = print_moment(settings, line->last);
        g_autofree char *who = g_strdup_printf("%s%s%s%s", line->name ? line->name : "-", line->partner ? " (" : "",
                                               line->partner ? line->partner : "", line->partner ? ")" : "");
        table_add(table, who, line->address, cells[0], cells[1], cells[2], cells[3], cells[4], line->partner ? cells[5] : "-",
                  cells[6], last, NULL);
    }
    table_print(table, stdout);
}

/* The day begins in the firm's zone. */
static gboolean read_since(const char *text, const Settings *settings, UsherTime *since)
{
    g_autoptr(GDateTime) day = NULL;
    g_autofree char *whole = g_strconcat(text, "T00:00:00", NULL);
    day = strlen(text) == strlen("2026-03-02") ? g_date_time_new_from_iso8601(whole, calendar_get_zone(settings->calendar)) : NULL;
    if (!day) {
        fprintf(stderr, "usher: \"%s\" is no day: write --since 2026-03-02\n", text);
        return FALSE;
    }
    *since = g_date_time_to_unix(day);
    return TRUE;
}

int command_referrers(Instance *instance, int argc, char **argv)
{
    g_autofree char *text = NULL;
    const GOptionEntry entries[] = {
        {"since", 0, 0, G_OPTION_ARG_STRING, &text, "only what came from that day on (2026-03-02)", "DATE"},
        G_OPTION_ENTRY_NULL,
    };
    UsherTime since = 0;
    instance_read_options(command_find("referrers"), argc, &argv, entries, 0, 0);
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    if (text && !read_since(text, instance->rulebook->settings, &since)) {
        return EX_USAGE;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lines = NULL;
    if (!record_list_referrers(instance->record, since, &lines, &error)) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_print(list_referrers(lines));
    } else {
        print_referrers(lines, instance->rulebook->settings);
    }
    return 0;
}
