/*
 * pipeline_shell.c - what all work around the pure middle needs: jobs, the past of a lead, and the one way a Decision is written
 */
#include "pipeline_shell.h"

#include "usher/base/error.h"

#define STORE_PAUSE_S 5 /* between two tries to write what must not be forgotten */

gboolean pipeline_run_job(const Worker *worker, RecordJob job, gpointer data, GError **error)
{
    return worker->recorder ? recorder_run(worker->recorder, job, data, error) : record_run(worker->record, job, data, error);
}

/* Claims are to survive us, not the loss of power: after that nobody works on anything any more. */
gboolean pipeline_run_claim(const Worker *worker, RecordJob job, gpointer data, GError **error)
{
    return worker->recorder ? recorder_run_unflushed(worker->recorder, job, data, error)
                            : record_run_unflushed(worker->record, job, data, error);
}

UsherTime pipeline_read_clock(const Worker *worker)
{
    return worker->now(worker->data);
}

/*
 * Tries again while the store is locked or full. A locked store has made the job wait already, a full disk fails at once: so each try takes
 * STORE_PAUSE_S. `tries` 0: for ever.
 */
gboolean pipeline_run_patiently(const Worker *worker, RecordJob job, gpointer data, guint tries, const char *what, GError **error)
{
    for (guint count = 1;; count++) {
        g_autoptr(GError) failure = NULL;
        gint64 until_us = g_get_monotonic_time() + STORE_PAUSE_S * G_USEC_PER_SEC;
        if (pipeline_run_job(worker, job, data, &failure)) {
            return TRUE;
        }
        if (count == tries || !g_error_matches(failure, USHER_ERROR, USHER_ERROR_RETRY)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
        if (count == 1) {
            g_warning("%s, but that cannot be written yet; it is tried until it can: %s", what, failure->message);
        }
        g_usleep((gulong)MAX(until_us - g_get_monotonic_time(), 0));
    }
}

/* ---- the past ---- */

/* All that is needed to judge that lead again: what stands on it, and whom the firm's lists know of its people. */
gboolean pipeline_add_standing(Record *record, Past *past, gint64 id, const Rulebook *rulebook, GError **error)
{
    if (!record_add_standing(record, past, id, PIPELINE_READ_BYTES, error)) {
        return FALSE;
    }
    for (guint i = 0; i < past->matches->len; i++) {
        const Lead *lead = ((const LeadMatch *)g_ptr_array_index(past->matches, i))->lead;
        if (lead->id == id) {
            g_autoptr(GPtrArray) asks = pipeline_get_lead_asks(lead, rulebook);
            return record_add_parties(record, past, asks, error);
        }
    }
    return TRUE;
}

const Cadence *pipeline_find_cadence(Record *record, const Rulebook *rulebook, const Enrolment *enrolment, GError **error)
{
    const Cadence *known = rulebook_find_version(rulebook, enrolment->cadence, enrolment->version);
    if (known) {
        return known;
    }
    Cadence *former = record_read_cadence(record, enrolment->cadence, enrolment->version, rulebook, error);
    if (former) {
        rulebook_take_former(rulebook, former);
    }
    return former;
}

/* A version that cannot be used any more is told of by whoever needs it. */
static gboolean know_cadence(Record *record, const Past *past, const Rulebook *rulebook, GError **error)
{
    const Enrolment *active = enrolment_find_active(past->enrolments);
    g_autoptr(GError) failure = NULL;
    if (active && !pipeline_find_cadence(record, rulebook, active, &failure) &&
        !g_error_matches(failure, USHER_ERROR, USHER_ERROR_INPUT)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    return TRUE;
}

Past *pipeline_find_past_by(Record *record, const PastKeys *keys, const Rulebook *rulebook, GError **error)
{
    g_autoptr(Past) past = record_find_past(record, keys, error);
    if (!past || (past->matches->len > 0 && !pipeline_add_standing(record, past, keys->lead, rulebook, error)) ||
        !know_cadence(record, past, rulebook, error)) {
        return NULL;
    }
    return g_steal_pointer(&past);
}

/* The past of a lead that is acted on, not by a mail. */
Past *pipeline_find_past_of(Record *record, gint64 lead, UsherTime now, const Rulebook *rulebook, GError **error)
{
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->lead = lead;
    keys->now = now;
    keys->wants_partners = TRUE;
    return pipeline_find_past_by(record, keys, rulebook, error);
}

/* ---- writing ---- */

gboolean pipeline_write(Record *record, const Worker *worker, const Decision *decision, GError **error)
{
    const Rulebook *rulebook = worker->rulebook;
    const Enrolment *enrolment = decision->enrolment;
    gboolean is_present = enrolment && (enrolment->id == 0 || decision->moves_version);
    const Cadence *begun = is_present ? rulebook_find_cadence(rulebook, enrolment->cadence) : NULL;
    return (!begun || record_keep_cadence(record, begun, decision->at, error)) &&
           record_write_decision(record, decision, rulebook->settings->delivery.is_shadow, error);
}

gboolean pipeline_doubt_lead(Record *record, const Worker *worker, gint64 lead, UsherTime now, gboolean *may_go, GError **error)
{
    g_autoptr(Past) past = pipeline_find_past_of(record, lead, now, worker->rulebook, error);
    if (!past) {
        return FALSE;
    }
    g_autoptr(Decision) decision = pipeline_decide_doubt(lead, past, worker->rulebook, worker->secret, now);
    *may_go = decision == NULL;
    return !decision || pipeline_write(record, worker, decision, error);
}
