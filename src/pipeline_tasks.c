/*
 * pipeline_tasks.c - decisions about tasks that belong to no lead
 *
 * Those of a lead are ended by a verb on that lead (act.h).
 */
#include "pipeline_parts.h"

#include <string.h>

static gboolean check_end(const Task *task, gboolean is_skipped, GError **error)
{
    if (!task_is_open(task)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "task %" G_GINT64_FORMAT " is %s already", task->id,
                    task->done ? "done" : "left out");
        return FALSE;
    }
    if (task->lead != 0) {
        const char *verb = is_skipped ? "skip" : "done";
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "task %" G_GINT64_FORMAT " is of lead %" G_GINT64_FORMAT ": \"act %" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT
                    "\" does it",
                    task->id, task->lead, task->lead, verb, task->id);
        return FALSE;
    }
    return TRUE;
}

Decision *pipeline_decide_task_end(const Task *task, gboolean is_skipped, const char *actor, const char *outcome,
                                   const Rulebook *rulebook, UsherTime now, GError **error)
{
    if (!check_end(task, is_skipped, error)) {
        return NULL;
    }
    Decision *decision = decision_new(now, rulebook->hash);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    act_end_task(decision, task, is_skipped, actor, outcome);
    return decision;
}

/* ---- by mail ---- */

/* The line "done 12 nothing there": what came of it. */
static const char *skip_number(const char *words, gint64 task)
{
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, task);
    gsize length = strlen(number);
    gboolean is_first = g_str_has_prefix(words, number) && (words[length] == ' ' || words[length] == '\0');
    return is_first ? words + length + (words[length] == ' ') : words;
}

static gboolean follow_order(Decision *decision, const Task *task, const char *said, GError **error)
{
    gsize length = strcspn(said, " ");
    g_autofree char *verb = g_strndup(said, length);
    gboolean is_skipped = strcmp(verb, "skip") == 0;
    if (!is_skipped && strcmp(verb, "done") != 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "task %" G_GINT64_FORMAT " is of no lead: write done or skip", task->id);
        return FALSE;
    }
    if (!check_end(task, is_skipped, error)) {
        return FALSE;
    }
    const char *words = said[length] ? said + length + 1 : "";
    act_end_task(decision, task, is_skipped, decision->actor, skip_number(words, task->id));
    return TRUE;
}

/* In a decision of its own, as after orders on a lead; its mails are this one's. */
static void tell_actor(Decision *decision, const char *said, const char *result, gboolean is_done, const Past *past,
                       const Rulebook *rulebook, const char *secret)
{
    g_autoptr(Decision) told = decision_new(decision->at, rulebook->hash);
    MailOrder *order = mail_order_new(said);
    RespondInput input = {.past = past, .secret = secret};
    order->result = g_strdup(result);
    order->is_done = is_done;
    g_ptr_array_add(told->orders, order);
    told->kind = KIND_COMMAND;
    told->actor = g_strdup(decision->actor);
    told->occasion = decision->arrival;
    respond_plan(told, NULL, &input, rulebook);
    while (told->mails->len > 0) {
        g_ptr_array_add(decision->mails, g_ptr_array_steal_index(told->mails, 0));
    }
}

void pipeline_act_on_task(Decision *decision, const MailCommand *command, const Past *past, const Rulebook *rulebook,
                          const char *secret)
{
    const Task *task = command->task;
    const char *said = g_ptr_array_index(command->lines, 0);
    g_autoptr(GError) error = NULL;
    gboolean is_done = follow_order(decision, task, said, &error);
    tell_actor(decision, said, is_done ? task->said : error->message, is_done, past, rulebook, secret);
    pipeline_end_in(decision, DISPOSITION_RECORDED, "%s acts on task %" G_GINT64_FORMAT ": %s", command->person->id, task->id,
                    is_done ? said : error->message);
}
