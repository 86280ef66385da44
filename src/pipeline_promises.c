/*
 * pipeline_promises.c - the clock's work about promises: warn, mark as broken, escalate, and tell people
 *
 * Two looks, each in jobs of bounded size. The first finds the promises about which there is something to do and writes what that is, people who are to be told among
 * it. The second takes one person after the other and tells each all that they are to hear now: only then is it known whether that is one mail or many.
 */
#include "pipeline_shell.h"

#include "usher/report.h"

#define PROMISES_AT_ONCE 100
#define MOST_NOTICES 1000

typedef struct {
    const Worker *worker;
    UsherTime now;
    guint count, broken; /* those about which something was written: what cannot be is not asked for again and again */
} Watch;

static gboolean watch_promises(Record *record, gpointer data, GError **error)
{
    Watch *watch = data;
    const Worker *worker = watch->worker;
    g_autoptr(GPtrArray) due = NULL;
    if (!record_find_due_promises(record, watch->now, PROMISES_AT_ONCE, &due, error)) {
        return FALSE;
    }
    watch->count = watch->broken = 0;
    for (guint i = 0; i < due->len; i++) {
        const PromiseState *promise = g_ptr_array_index(due, i);
        g_autoptr(Past) past = pipeline_find_past_of(record, promise->lead, watch->now, worker->rulebook, error);
        if (!past) {
            return FALSE;
        }
        g_autoptr(Decision) decision = pipeline_decide_promise(promise, past, worker->rulebook, worker->secret, watch->now);
        if (!pipeline_write(record, watch->worker, decision, error)) {
            return FALSE;
        }
        gboolean is_looked_at = decision->watched->len > 0 || decision->withdrawn->len > 0;
        watch->count += is_looked_at;
        watch->broken += is_looked_at && promise->broken == 0 && promise->due < watch->now;
    }
    return TRUE;
}

static gboolean tell_alone(Record *record, const Watch *watch, const PromiseNotice *notice, GError **error)
{
    const Worker *worker = watch->worker;
    g_autoptr(Past) past = pipeline_find_past_of(record, notice->promise->lead, watch->now, worker->rulebook, error);
    if (!past) {
        return FALSE;
    }
    g_autoptr(Decision) decision = pipeline_decide_notice(notice, past, worker->rulebook, worker->secret, watch->now);
    return pipeline_write(record, watch->worker, decision, error);
}

static gboolean tell_together(Record *record, const Watch *watch, const GPtrArray *notices, GError **error)
{
    const Worker *worker = watch->worker;
    g_autoptr(GError) failure = NULL;
    OutgoingMail *mail = report_make_promises(notices, worker->rulebook, worker->secret, watch->now, &failure);
    if (!mail) {
        g_warning("the mail of promises is left out: %s", failure ? failure->message : "nobody with an address is to be told");
        return TRUE;
    }
    g_autoptr(Decision) decision = decision_new(watch->now, worker->rulebook->hash);
    g_ptr_array_add(decision->mails, mail);
    return pipeline_write(record, watch->worker, decision, error);
}

static gboolean end_notices(Record *record, const Watch *watch, const GPtrArray *notices, GError **error)
{
    for (guint i = 0; i < notices->len; i++) {
        const PromiseNotice *notice = g_ptr_array_index(notices, i);
        gboolean is_told = report_is_owed(notice, watch->now);
        if (!record_end_notice(record, notice->id, is_told ? watch->now : 0, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* One person, all that they are to be told now. */
static gboolean tell_person(Record *record, gpointer data, GError **error)
{
    Watch *watch = data;
    g_autofree char *person = NULL;
    g_autoptr(GPtrArray) notices = NULL, alone = g_ptr_array_new(), together = g_ptr_array_new();
    watch->count = 0;
    if (!record_find_told_person(record, watch->now, &person, error)) {
        return FALSE;
    }
    if (!person) {
        return TRUE;
    }
    if (!record_list_notices(record, person, watch->now, MOST_NOTICES, &notices, error)) {
        return FALSE;
    }
    watch->count = notices->len;
    report_part_promises(notices, watch->worker->rulebook, watch->now, alone, together);
    for (guint i = 0; i < alone->len; i++) {
        if (!tell_alone(record, watch, g_ptr_array_index(alone, i), error)) {
            return FALSE;
        }
    }
    return (together->len == 0 || tell_together(record, watch, together, error)) && end_notices(record, watch, notices, error);
}

/* All that is due is looked at before anybody is told: then what one person is to hear of it is known. */
gboolean pipeline_work_promises(const Worker *worker, guint *count, GError **error)
{
    Watch watch = {.worker = worker, .now = pipeline_read_clock(worker)};
    guint broken = 0;
    do {
        if (!pipeline_run_job(worker, watch_promises, &watch, error)) {
            return FALSE;
        }
        broken += watch.broken;
    } while (watch.count > 0);
    do {
        if (!pipeline_run_job(worker, tell_person, &watch, error)) {
            return FALSE;
        }
    } while (watch.count > 0);
    *count = broken;
    return TRUE;
}
