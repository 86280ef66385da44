/*
 * model/task.c - something that a person is to do by a time
 */
#include "usher/model/task.h"

Task *task_new(const char *kind, const char *person, UsherTime due, const char *said)
{
    Task *task = g_new0(Task, 1);
    task->kind = g_strdup(kind);
    task->person = g_strdup(person);
    task->due = due;
    task->said = g_strdup(said);
    task->guidance = g_strdup("");
    return task;
}

void task_free(Task *task)
{
    if (!task)
        return;
    g_free(task->key);
    g_free(task->person);
    g_free(task->kind);
    g_free(task->said);
    g_free(task->guidance);
    g_free(task->done_by);
    g_free(task->outcome);
    g_free(task);
}

gboolean task_is_open(const Task *task)
{
    return task->done == 0 && task->cancelled == 0;
}

TaskEnd *task_end_new(gint64 task, gboolean is_skipped, const char *by, const char *outcome)
{
    TaskEnd *end = g_new0(TaskEnd, 1);
    end->task = task;
    end->is_skipped = is_skipped;
    end->by = g_strdup(by);
    end->outcome = g_strdup(outcome);
    return end;
}

void task_end_free(TaskEnd *end)
{
    if (!end)
        return;
    g_free(end->by);
    g_free(end->outcome);
    g_free(end);
}
