/*
 * pipeline_daily.c - what comes round by the calendar: tasks that somebody has again and again, and the list of each person's day
 *
 * Each is made once a day by its key, whoever makes it and however often it is tried; a day that was missed is not made up for.
 */
#include "pipeline_daily.h"
#include "pipeline_shell.h"

#include <string.h>

#include "usher/followup.h"
#include "usher/report.h"
#include "usher/respond.h"

#define MOST_FORMER 100

/* One that was not done by the next gives way to it. */
static gboolean end_former(Record *record, Decision *decision, const Task *task, GError **error)
{
    g_autoptr(GPtrArray) former = NULL;
    if (!record_list_recurring(record, task->kind, MOST_FORMER, &former, error)) {
        return FALSE;
    }
    for (guint i = 0; i < former->len; i++) {
        const Task *open = g_ptr_array_index(former, i);
        g_ptr_array_add(decision->tasks_done, task_end_new(open->id, TRUE, NULL, "not done by the next time"));
    }
    return TRUE;
}

static gboolean write_task(Record *record, const Worker *worker, Task *take_task, UsherTime now, GError **error)
{
    g_autoptr(Decision) decision = decision_new(now, worker->rulebook->hash);
    g_ptr_array_add(decision->tasks, take_task);
    decision_add_event(decision, "usher", "task", "for %s: %s", take_task->person, take_task->said);
    return end_former(record, decision, take_task, error) && pipeline_write(record, worker, decision, error);
}

static gboolean write_recurring(Record *record, const Worker *worker, const TaskRule *rule, UsherTime now, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(Task) task = NULL;
    gboolean is_known = FALSE;
    if (!followup_find_recurring(rule, worker->rulebook->settings, now, &task, &failure)) {
        g_warning("the task \"%s\" of today is left out: %s", rule->name, failure->message);
        return TRUE;
    }
    if (!task) {
        return TRUE;
    }
    return record_has_task(record, task->key, &is_known, error) &&
           (is_known || write_task(record, worker, g_steal_pointer(&task), now, error));
}

gboolean pipeline_write_recurring(Record *record, const Worker *worker, UsherTime now, GError **error)
{
    const GPtrArray *rules = worker->rulebook->tasks;
    for (guint i = 0; i < rules->len; i++) {
        if (!write_recurring(record, worker, g_ptr_array_index(rules, i), now, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- a person's own list ---- */

#define MOST_LISTED 250
#define DAY_S 86400

typedef struct {
    Record *record;
    const Worker *worker;
    const Person *person;
    UsherTime now;
    UsherTime until; /* what is due before it is of today */
    MorningList *list;
} Morning;

/* Midnight after the local day. */
static UsherTime find_day_end(const Calendar *calendar, UsherTime now)
{
    gboolean is_business = FALSE, is_last = FALSE;
    UsherTime tomorrow = calendar_at(calendar, now, DAY_S / 2, &is_business, &is_last) + DAY_S;
    return calendar_at(calendar, tomorrow, 0, &is_business, &is_last);
}

/* *is_barred: it is held for a check of conflicts, of which only who clears them may read. */
static gboolean find_lead(const Morning *morning, gint64 id, Lead **lead, gboolean *is_barred, GError **error)
{
    const Settings *settings = morning->worker->rulebook->settings;
    *lead = NULL;
    *is_barred = FALSE;
    if (id == 0) {
        return TRUE;
    }
    if (!record_find_lead(morning->record, id, lead, error)) {
        return FALSE;
    }
    *is_barred = *lead && g_strcmp0((*lead)->exception, "conflict-check") == 0 &&
                 !settings_is_on_duty(settings, morning->person->id, "conflicts");
    return TRUE;
}

static char *make_url(const Morning *morning, gint64 lead, gint64 task, const char *order)
{
    return respond_make_command_url(lead, task, order, morning->person->id, morning->worker->secret,
                                    morning->worker->rulebook->settings);
}

static MorningLine *add_line(GPtrArray *lines, Lead *take_lead)
{
    MorningLine *line = morning_line_new();
    line->lead = take_lead;
    g_ptr_array_add(lines, line);
    return line;
}

/* A link of a task that has a lead names its number, since the lead may have several. */
static char *make_task_url(const Morning *morning, const Task *task, const char *verb)
{
    g_autofree char *numbered = g_strdup_printf("%s %" G_GINT64_FORMAT, verb, task->id);
    return make_url(morning, task->lead, task->id, task->lead ? numbered : verb);
}

static gboolean add_tasks(const Morning *morning, GError **error)
{
    g_autoptr(GPtrArray) tasks = NULL;
    if (!record_list_tasks(morning->record, morning->person->id, 0, morning->until, MOST_LISTED, &tasks, error)) {
        return FALSE;
    }
    for (guint i = 0; i < tasks->len; i++) {
        Task *task = g_ptr_array_index(tasks, i);
        g_autoptr(Lead) lead = NULL;
        gboolean is_barred = FALSE;
        if (!find_lead(morning, task->lead, &lead, &is_barred, error)) {
            return FALSE;
        }
        if (is_barred) {
            continue;
        }
        MorningLine *line = add_line(morning->list->tasks, g_steal_pointer(&lead));
        line->done_url = make_task_url(morning, task, "done");
        line->skip_url = make_task_url(morning, task, "skip");
        line->task = task;
        tasks->pdata[i] = NULL;
    }
    return TRUE;
}

static gboolean is_theirs_to_keep(const PromiseState *promise, const Rulebook *rulebook)
{
    const PromiseRule *rule = rulebook_find_promise(rulebook, promise->kind);
    return !rule || !rule->can_lapse;
}

static gboolean add_promises(const Morning *morning, GError **error)
{
    g_autoptr(GPtrArray) promises = NULL;
    if (!record_list_owed(morning->record, morning->person->id, morning->until, MOST_LISTED, &promises, error)) {
        return FALSE;
    }
    for (guint i = 0; i < promises->len; i++) {
        PromiseState *promise = g_ptr_array_index(promises, i);
        g_autoptr(Lead) lead = NULL;
        gboolean is_barred = FALSE;
        if (!find_lead(morning, promise->lead, &lead, &is_barred, error)) {
            return FALSE;
        }
        if (is_barred || !is_theirs_to_keep(promise, morning->worker->rulebook)) {
            continue;
        }
        MorningLine *line = add_line(morning->list->promises, g_steal_pointer(&lead));
        if (strstr(promise->kept_by, "contacted")) {
            line->contacted_url = make_url(morning, promise->lead, 0, "contacted");
        }
        line->promise = promise;
        promises->pdata[i] = NULL;
    }
    return TRUE;
}

/* What will go in their name today, as it would be written now: they may put it off or leave it out. */
static gboolean add_mails(const Morning *morning, GError **error)
{
    g_autoptr(GPtrArray) previews = NULL;
    if (!pipeline_preview_steps(morning->record, morning->worker, morning->person->id, morning->now, morning->until, MOST_LISTED,
                                &previews, error)) {
        return FALSE;
    }
    for (guint i = 0; i < previews->len; i++) {
        StepPreview *preview = g_ptr_array_index(previews, i);
        gint64 of_lead = preview->enrolment->lead;
        g_autoptr(Lead) lead = NULL;
        gboolean is_barred = FALSE;
        if (!find_lead(morning, of_lead, &lead, &is_barred, error)) {
            return FALSE;
        }
        if (is_barred) {
            continue;
        }
        MorningLine *line = add_line(morning->list->mails, g_steal_pointer(&lead));
        line->hold_url = make_url(morning, of_lead, 0, "snooze 1 business day");
        line->skip_url = make_url(morning, of_lead, 0, "skip step");
        line->mail = g_steal_pointer(&preview->mail);
        line->mail->due = MAX(preview->enrolment->due, morning->now);
    }
    return TRUE;
}

static gboolean add_new_leads(const Morning *morning, GError **error)
{
    const Calendar *calendar = settings_get_calendar(morning->worker->rulebook->settings, morning->person);
    UsherTime since = report_find_last_start(calendar, morning->now);
    g_autoptr(GPtrArray) leads = NULL;
    if (!record_list_new_leads(morning->record, morning->person->id, since, MOST_LISTED, &leads, error)) {
        return FALSE;
    }
    for (guint i = 0; i < leads->len; i++) {
        Lead *lead = g_ptr_array_index(leads, i);
        gboolean is_held = g_strcmp0(lead->exception, "conflict-check") == 0;
        if (!is_held || settings_is_on_duty(morning->worker->rulebook->settings, morning->person->id, "conflicts")) {
            add_line(morning->list->leads, lead);
            leads->pdata[i] = NULL;
        }
    }
    return TRUE;
}

static gboolean write_morning(Morning *morning, const DigestRule *rule, const char *key, GError **error)
{
    const Worker *worker = morning->worker;
    g_autoptr(MorningList) list = morning->list = morning_list_new();
    if (!add_tasks(morning, error) || !add_promises(morning, error) || !add_mails(morning, error) ||
        !add_new_leads(morning, error)) {
        return FALSE;
    }
    g_autoptr(GError) failure = NULL;
    OutgoingMail *mail =
        report_make_morning(rule, key, morning->person, list, worker->rulebook, worker->secret, morning->now, &failure);
    if (!mail) {
        if (failure) {
            g_warning("the list of today for %s is left out: %s", morning->person->id, failure->message);
        }
        return TRUE;
    }
    g_autoptr(Decision) decision = decision_new(morning->now, worker->rulebook->hash);
    g_ptr_array_add(decision->mails, mail);
    return pipeline_write(morning->record, worker, decision, error);
}

gboolean pipeline_write_mornings(Record *record, const Worker *worker, const DigestRule *rule, UsherTime now, GError **error)
{
    const Settings *settings = worker->rulebook->settings;
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        g_autofree char *key = report_find_digest(rule, person, settings, now);
        gboolean is_ours = FALSE;
        if (!key) {
            continue;
        }
        if (!record_take_digest(record, key, now, &is_ours, error)) {
            return FALSE;
        }
        Morning morning = {.record = record, .worker = worker, .person = person, .now = now};
        morning.until = find_day_end(settings_get_calendar(settings, person), now);
        if (is_ours && !write_morning(&morning, rule, key, error)) {
            return FALSE;
        }
    }
    return TRUE;
}
