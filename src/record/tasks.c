/*
 * record/tasks.c - what people are to do: made once by key, done, left out, and gone with its lead
 *
 * A task belongs to a person. One of a lead goes with it: to the lead's next owner when it was the old one's, and it is cancelled when the lead is closed or
 * made part of another.
 */
#include "store.h"

/* ---- writing ---- */

/* A key that is known makes no second task. */
static gboolean insert(Record *record, gint64 lead, UsherTime now, const Task *task, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "INSERT INTO task (key, lead, person, kind, said, guidance, due, created) "
                                                    "VALUES ($1, NULLIF($2, 0), $3, $4, $5, $6, $7, $8)"
                                                    " ON CONFLICT (key) DO NOTHING",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, task->key);
    statement_bind_int(statement, lead);
    statement_bind_text(statement, task->person);
    statement_bind_text(statement, task->kind);
    statement_bind_text(statement, task->said);
    statement_bind_text(statement, task->guidance);
    statement_bind_int(statement, task->due);
    statement_bind_int(statement, now);
    return statement_run(statement, NULL, error);
}

gboolean task_add_all(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->tasks->len; i++) {
        const Task *task = g_ptr_array_index(decision->tasks, i);
        if (!insert(record, task->lead != 0 ? task->lead : decision->lead, decision->at, task, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean end_task(Record *record, const TaskEnd *end, UsherTime now, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "UPDATE task SET done = CASE WHEN $1 = 0 THEN $2 ELSE 0 END, cancelled = CASE WHEN $1 = 0 THEN 0 ELSE $2 END,"
        " done_by = $3, outcome = $4 WHERE id = $5 AND done = 0 AND cancelled = 0",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, end->is_skipped);
    statement_bind_int(statement, now);
    statement_bind_text(statement, end->by);
    statement_bind_text(statement, end->outcome);
    statement_bind_int(statement, end->task);
    return statement_run(statement, NULL, error);
}

gboolean task_end_all(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->tasks_done->len; i++) {
        if (!end_task(record, g_ptr_array_index(decision->tasks_done, i), decision->at, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean cancel(Record *record, const char *sql, gint64 lead, const char *why, UsherTime now, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    statement_bind_text(statement, why);
    statement_bind_int(statement, lead);
    return statement_run(statement, NULL, error);
}

gboolean task_cancel_all(Record *record, gint64 lead, const char *why, UsherTime now, GError **error)
{
    return cancel(record, "UPDATE task SET cancelled = $1, outcome = $2 WHERE lead = $3 AND done = 0 AND cancelled = 0", lead, why,
                  now, error);
}

gboolean task_cancel_steps(Record *record, gint64 lead, const char *why, UsherTime now, GError **error)
{
    return cancel(
        record, "UPDATE task SET cancelled = $1, outcome = $2 WHERE lead = $3 AND done = 0 AND cancelled = 0 AND key LIKE 'step:%'",
        lead, why, now, error);
}

gboolean task_restore_merged(Record *record, gint64 lead, GError **error)
{
    return store_run_ints(record,
                          "UPDATE task SET cancelled = 0, outcome = NULL WHERE lead = $1 AND done_by IS NULL AND cancelled > 0"
                          " AND cancelled = (SELECT merged_at FROM lead WHERE lead.id = task.lead)",
                          &lead, 1, NULL, error);
}

gboolean task_hand_over(Record *record, gint64 lead, const char *old_owner, const char *new_owner, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "UPDATE task SET person = $1 WHERE lead = $2 AND person = $3 AND done = 0 AND cancelled = 0", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, new_owner);
    statement_bind_int(statement, lead);
    statement_bind_text(statement, old_owner);
    return statement_run(statement, NULL, error);
}

/* ---- reading ---- */

#define TASK_COLUMNS "id, key, COALESCE(lead, 0), person, kind, said, guidance, due, created, done, cancelled, done_by, outcome"

static Task *read_task(Statement *statement)
{
    Task *task = g_new0(Task, 1);
    task->id = statement_read_int(statement);
    task->key = statement_dup_text(statement);
    task->lead = statement_read_int(statement);
    task->person = statement_dup_text(statement);
    task->kind = statement_dup_text(statement);
    task->said = statement_dup_text(statement);
    task->guidance = statement_dup_text(statement);
    task->due = statement_read_int(statement);
    task->created = statement_read_int(statement);
    task->done = statement_read_int(statement);
    task->cancelled = statement_read_int(statement);
    task->done_by = statement_dup_text(statement);
    task->outcome = statement_dup_text(statement);
    return task;
}

static gboolean add_tasks(Statement *statement, GPtrArray *tasks, GError **error)
{
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(tasks, read_task(statement));
    return step == STEP_DONE;
}

#define OPEN_TASKS "SELECT " TASK_COLUMNS " FROM task WHERE done = 0 AND cancelled = 0 AND ($1 = 0 OR due < $1) AND "
#define IN_ORDER " ORDER BY due, id LIMIT $4"

gboolean record_list_tasks(Record *record, const char *person, gint64 lead, UsherTime due_before, guint most, GPtrArray **tasks,
                           GError **error)
{
    /* Worded so that each has its index. */
    const char *sql = person != NULL ? OPEN_TASKS "person = $2 AND ($3 = 0 OR lead = $3)" IN_ORDER
                      : lead != 0    ? OPEN_TASKS "$2 IS NULL AND lead = $3" IN_ORDER
                                     : OPEN_TASKS "$2 IS NULL AND $3 = 0" IN_ORDER;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)task_free);
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, due_before);
    statement_bind_text(statement, person);
    statement_bind_int(statement, lead);
    statement_bind_int(statement, most);
    if (!add_tasks(statement, found, error))
        return FALSE;
    *tasks = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_list_past_tasks(Record *record, gint64 lead, guint most, GPtrArray **tasks, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)task_free);
    const char *sql = lead != 0 ? "SELECT " TASK_COLUMNS " FROM task WHERE lead = $1 ORDER BY id DESC LIMIT $2"
                                : "SELECT " TASK_COLUMNS " FROM task WHERE $1 = 0 ORDER BY id DESC LIMIT $2";
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_int(statement, most);
    if (!add_tasks(statement, found, error))
        return FALSE;
    *tasks = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_list_recurring(Record *record, const char *rule, guint most, GPtrArray **tasks, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)task_free);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT " TASK_COLUMNS " FROM task WHERE done = 0 AND cancelled = 0 AND kind = $1 AND lead IS NULL AND key"
                       " IS NOT NULL ORDER BY due, id LIMIT $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, rule);
    statement_bind_int(statement, most);
    if (!add_tasks(statement, found, error))
        return FALSE;
    *tasks = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_find_task(Record *record, gint64 id, Task **task, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT " TASK_COLUMNS " FROM task WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, id);
    StepResult step = statement_step(statement, error);
    *task = step == STEP_ROW ? read_task(statement) : NULL;
    return step != STEP_FAILED;
}

gboolean record_has_task(Record *record, const char *key, gboolean *is_known, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT 1 FROM task WHERE key = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, key);
    StepResult step = statement_step(statement, error);
    *is_known = step == STEP_ROW;
    return step != STEP_FAILED;
}
