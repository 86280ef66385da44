/*
 * pipeline_daily.c - what comes round by the calendar: tasks that somebody has again and again
 *
 * Each is made once a day by its key, whoever makes it and however often it is tried; a day that was missed is not made up for.
 */
#include "pipeline_daily.h"

#include "usher/followup.h"

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
    return end_former(record, decision, take_task, error) &&
           record_write_decision(record, decision, worker->rulebook->settings->delivery.is_shadow, error);
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
