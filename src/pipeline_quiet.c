/*
 * pipeline_quiet.c - a live lead that nothing reminds anybody of: its owner is asked what is next
 *
 * What is owed has its promise, what is to be done its task, what follows its cadence. A lead that has none of these any more - the prospect has answered, so the
 * cadence is over; somebody telephoned, so the promise is kept - would be forgotten if nobody thought of it. Once a day, when the firm opens, those that have been let alone for as
 * long as the rules say are put on their owners' lists, what was let alone longest first, and only some a day.
 */
#include "pipeline_daily.h"
#include "pipeline_shell.h"

#include "usher/followup.h"

#define MOST_LOOKED 1000

typedef struct {
    const Worker *worker;
    UsherTime now;
    char *key;          /* of the day: "quiet:2026-03-02" */
    GHashTable *counts; /* char* person -> how many they were given today */
} QuietLook;

/* In the firm's days, however they are counted: no lead that is younger can be quiet. */
static gboolean is_quiet(const QuietLead *quiet, Span after, const Calendar *calendar, UsherTime now)
{
    return calendar_add(calendar, quiet->since, after) <= now;
}

static Task *make_task(const QuietLook *look, const QuietLead *quiet, const Lead *lead)
{
    const Rulebook *rulebook = look->worker->rulebook;
    g_autofree char *who = lead_dup_name(lead);
    g_autofree char *since =
        calendar_say_date(followup_find_task_calendar(lead->owner, rulebook->settings, look->now), quiet->since);
    g_autofree char *said = g_strdup_printf("Quiet since %s: %s", since, who);
    Task *task = followup_make_task("task", lead, said, rulebook->quiet.guidance, rulebook->settings, look->now);
    task->key = g_strdup_printf("quiet:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, quiet->lead, quiet->since);
    return task;
}

static gboolean ask_owner(Record *record, const QuietLook *look, const QuietLead *quiet, GError **error)
{
    const Worker *worker = look->worker;
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->lead = quiet->lead;
    keys->now = look->now;
    g_autoptr(Past) past = record_find_past(record, keys, error);
    g_autoptr(Decision) decision =
        past ? record_find_standing(record, quiet->lead, look->now, worker->rulebook->hash, error) : NULL;
    const LeadMatch *match = past ? past_find_match(past, quiet->lead) : NULL;
    if (!decision || !match) {
        return decision != NULL;
    }
    Task *task = make_task(look, quiet, match->lead);
    g_ptr_array_add(decision->tasks, task);
    decision_add_event(decision, "usher", "task", "for %s: %s", task->person, task->said);
    return pipeline_write(record, worker, decision, error);
}

static gboolean ask_owners(Record *record, QuietLook *look, Span after, gboolean is_nurture, GError **error)
{
    const Rulebook *rulebook = look->worker->rulebook;
    gint64 least_s = after.unit == SPAN_BUSINESS_DAYS ? after.amount * 86400 : after.unit == SPAN_ELAPSED ? after.amount : 0;
    g_autoptr(GPtrArray) leads = NULL;
    if (!record_find_quiet_leads(record, look->now - least_s, is_nurture, MOST_LOOKED, &leads, error)) {
        return FALSE;
    }
    for (guint i = 0; i < leads->len; i++) {
        const QuietLead *quiet = g_ptr_array_index(leads, i);
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(look->counts, quiet->owner));
        if (count >= rulebook->quiet.most_a_day || !is_quiet(quiet, after, rulebook->settings->calendar, look->now)) {
            continue;
        }
        g_hash_table_insert(look->counts, g_strdup(quiet->owner), GUINT_TO_POINTER(count + 1));
        if (!ask_owner(record, look, quiet, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean look_through(Record *record, gpointer data, GError **error)
{
    QuietLook *look = data;
    const QuietRule *rule = &look->worker->rulebook->quiet;
    gboolean is_first = FALSE;
    g_hash_table_remove_all(look->counts);
    if (!record_take_digest(record, look->key, look->now, &is_first, error)) {
        return FALSE;
    }
    return !is_first ||
           (ask_owners(record, look, rule->after, FALSE, error) && ask_owners(record, look, rule->nurture_after, TRUE, error));
}

gboolean pipeline_work_quiet(const Worker *worker, GError **error)
{
    const Calendar *calendar = worker->rulebook->settings->calendar;
    QuietLook look = {.worker = worker, .now = pipeline_read_clock(worker)};
    if (!worker->rulebook->quiet.is_on || !calendar_is_open(calendar, look.now)) {
        return TRUE;
    }
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *day = calendar_format_day(calendar, look.now);
    g_autofree char *key = g_strdup_printf("quiet:%s", day);
    look.counts = counts;
    look.key = key;
    return pipeline_run_job(worker, look_through, &look, error);
}
