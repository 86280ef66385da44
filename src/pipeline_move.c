/*
 * pipeline_move.c - leads of older versions of a cadence go on in the present one, because a person says so
 *
 * Each is moved as by the verb on that lead, behind a savepoint of its own: what may not be done on one keeps none of the others. Some are moved in one
 * transaction, so that capture is never kept waiting for it; who has stopped half way gives the command again.
 */
#include "pipeline_shell.h"

#include "usher/base/error.h"

#define LEADS_AT_ONCE 50

typedef struct {
    const Worker *worker;
    CadenceMove *move;
    UsherTime now;
    gint64 lead;
    guint count, moved, left; /* in this transaction */
    gint64 after;
} Moving;

static gboolean move_lead(Record *record, gpointer data, GError **error)
{
    const Moving *moving = data;
    const Worker *worker = moving->worker;
    char *arguments[] = {(char *)(guintptr)moving->move->cadence, NULL};
    Command command = {.lead = moving->lead, .verb = "cadence", .arguments = arguments, .actor = moving->move->actor};
    g_autoptr(Past) past = pipeline_find_past_of(record, moving->lead, moving->now, worker->rulebook, error);
    if (!past) {
        return FALSE;
    }
    g_autoptr(Decision) decision = pipeline_decide_command(&command, past, worker->rulebook, worker->secret, moving->now, error);
    return decision && pipeline_write(record, worker, decision, error);
}

static gboolean move_one(Record *record, Moving *moving, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (record_run(record, move_lead, moving, &failure)) {
        moving->moved++;
        return TRUE;
    }
    if (g_error_matches(failure, USHER_ERROR, USHER_ERROR_RETRY)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    g_warning("lead %" G_GINT64_FORMAT " is not moved: %s", moving->lead, failure->message);
    moving->left++;
    return TRUE;
}

static gboolean move_some(Record *record, gpointer data, GError **error)
{
    Moving *moving = data;
    const Cadence *present = rulebook_find_cadence(moving->worker->rulebook, moving->move->cadence);
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    moving->count = moving->moved = moving->left = 0;
    moving->after = moving->move->after;
    if (!record_list_in_former(record, present, moving->after, LEADS_AT_ONCE, leads, error)) {
        return FALSE;
    }
    for (guint i = 0; i < leads->len; i++) {
        moving->lead = moving->after = g_array_index(leads, gint64, i);
        if (!move_one(record, moving, error)) {
            return FALSE;
        }
    }
    moving->count = leads->len;
    return TRUE;
}

gboolean pipeline_work_move(const Worker *worker, CadenceMove *move, guint *count, GError **error)
{
    Moving moving = {.worker = worker, .move = move, .now = pipeline_read_clock(worker)};
    if (!rulebook_find_cadence(worker->rulebook, move->cadence)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no cadence \"%s\" in rules/cadences.yaml", move->cadence);
        return FALSE;
    }
    if (!pipeline_run_job(worker, move_some, &moving, error)) {
        return FALSE;
    }
    move->after = moving.after;
    move->moved += moving.moved;
    move->left += moving.left;
    *count = moving.count;
    return TRUE;
}
