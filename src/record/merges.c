/*
 * record/merges.c - leads that are one: what may be the same, merged, and parted again
 *
 * A lead that is part of another keeps all that is its own (mails, fields, history): whoever looks for it by its thread or its addresses is led to the one
 * it is part of. So parting them again needs nothing but taking that word back.
 */
#include "store.h"

#include "usher/base/error.h"

#define MOST_DOUBLES 5

/* ---- merging ---- */

/* *is_load: it counts against its owner's capacity now. */
static gboolean find_load(Record *record, gint64 lead, char **owner, gboolean *is_load, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT owner, is_live, status FROM lead WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *owner = statement_dup_text(statement);
    gboolean is_live = statement_read_int(statement) != 0;
    LeadStatus status = STATUS_NEW;
    status_find(statement_read_text(statement), &status);
    *is_load = is_live && status_is_work(status);
    return TRUE;
}

/* What waits for people outside is not sent while the lead is part of another. */
static gboolean hold_mails(Record *record, gint64 lead, GError **error)
{
    return store_run_ints(record,
                          "UPDATE outbox SET state = 'held', last_answer = 'its lead is part of another' WHERE lead = $1"
                          " AND state = 'pending' AND is_internal = 0",
                          &lead, 1, NULL, error);
}

static gboolean release_mails(Record *record, gint64 lead, GError **error)
{
    return store_run_ints(record,
                          "UPDATE outbox SET state = 'pending', last_answer = NULL WHERE lead = $1 AND state = 'held'"
                          " AND last_answer = 'its lead is part of another'",
                          &lead, 1, NULL, error);
}

gboolean merge_leads(Record *record, gint64 lead, gint64 other, UsherTime now, GError **error)
{
    g_autofree char *owner = NULL;
    gboolean was_load = FALSE;
    gint64 values[] = {lead, now, other}, moment[] = {now, other};
    return find_load(record, other, &owner, &was_load, error) &&
           store_run_ints(record, "UPDATE lead SET merged_into = $1, merged_at = $2 WHERE merged_into = $3", values, 3, NULL,
                          error) &&
           lead_change_load(record, owner, was_load ? -1 : 0, 0, error) &&
           store_run_ints(record, "UPDATE lead SET merged_into = $1, merged_at = $2, is_live = 0, updated = $2 WHERE id = $3",
                          values, 3, NULL, error) &&
           store_run_ints(record, "UPDATE promise SET kept = $1, withdrawn = $1 WHERE lead = $2 AND kept = 0", moment, 2, NULL,
                          error) &&
           task_cancel_all(record, other, "the lead is part of another", now, error) &&
           enrolment_stop(record, other, ENROLMENT_MERGED, now, error) && hold_mails(record, other, error) &&
           suppression_follow_merge(record, other, now, error);
}

static gboolean find_status(Record *record, gint64 lead, gboolean *is_live, gboolean *is_load, GError **error)
{
    g_autoptr(Lead) found = NULL;
    if (!lead_find(record, lead, &found, error))
        return FALSE;
    *is_live = found != NULL && status_is_live(found->status) && !found->is_history;
    *is_load = *is_live && status_is_work(found->status);
    return TRUE;
}

gboolean merge_undo(Record *record, gint64 other, GError **error)
{
    g_autofree char *owner = NULL;
    gboolean was_load = FALSE, is_live = FALSE, is_load = FALSE;
    if (!find_load(record, other, &owner, &was_load, error) || !find_status(record, other, &is_live, &is_load, error))
        return FALSE;
    gint64 values[] = {is_live, other};
    return release_mails(record, other, error) && lead_change_load(record, owner, is_load ? 1 : 0, 0, error) &&
           store_run_ints(record,
                          "UPDATE promise SET kept = 0, withdrawn = 0 WHERE lead = $1 AND withdrawn = (SELECT merged_at FROM lead "
                          "WHERE lead.id = promise.lead)",
                          &other, 1, NULL, error) &&
           task_restore_merged(record, other, error) && enrolment_restore_merged(record, other, error) &&
           store_run_ints(record, "UPDATE lead SET merged_into = NULL, merged_at = 0, is_live = $1 WHERE id = $2", values, 2, NULL,
                          error);
}

/* ---- what may be the same ---- */

gboolean merge_put_keys(Record *record, gint64 lead, const GPtrArray *fields, GError **error)
{
    g_autoptr(GPtrArray) keys = lead_list_keys(fields);
    for (guint i = 0; i < keys->len; i++) {
        g_autoptr(Statement) statement = driver_prepare(
            record->driver, "INSERT INTO lead_key (key, lead) VALUES ($1, $2) ON CONFLICT (key, lead) DO NOTHING", error);
        if (statement == NULL)
            return FALSE;
        statement_bind_text(statement, g_ptr_array_index(keys, i));
        statement_bind_int(statement, lead);
        if (!statement_run(statement, NULL, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean has_match(const GPtrArray *matches, gint64 lead)
{
    for (guint i = 0; i < matches->len; i++) {
        if (((const LeadMatch *)g_ptr_array_index(matches, i))->lead->id == lead)
            return TRUE;
    }
    return FALSE;
}

static gboolean add_double(Record *record, Past *past, gint64 id, const char *key, GError **error)
{
    g_autoptr(Lead) lead = NULL;
    if (past_find_match(past, id) != NULL || has_match(past->doubles, id))
        return TRUE;
    if (!lead_find(record, id, &lead, error))
        return FALSE;
    g_auto(GStrv) parts = g_strsplit(key, ":", 2);
    if (lead != NULL)
        g_ptr_array_add(past->doubles, lead_match_new(g_steal_pointer(&lead), MATCH_PHONE, parts[0], FALSE));
    return TRUE;
}

static gboolean find_by_key(Record *record, Past *past, const char *key, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT l.id FROM lead_key k JOIN lead l ON l.id = k.lead WHERE k.key = $1 AND l.is_live = 1"
                       " ORDER BY k.lead DESC LIMIT $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, key);
    statement_bind_int(statement, MOST_DOUBLES);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        if (!add_double(record, past, statement_read_int(statement), key, error))
            return FALSE;
    }
    return step == STEP_DONE;
}

gboolean merge_find_doubles(Record *record, const PastKeys *keys, Past *past, GError **error)
{
    for (guint i = 0; i < keys->lead_keys->len; i++) {
        if (!find_by_key(record, past, g_ptr_array_index(keys->lead_keys, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean find_merged_last(Record *record, gint64 lead, gint64 *merged, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT id FROM lead WHERE merged_into = $1 ORDER BY merged_at DESC, id DESC LIMIT 1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    StepResult step = statement_step(statement, error);
    *merged = step == STEP_ROW ? statement_read_int(statement) : 0;
    return step != STEP_FAILED;
}

gboolean merge_find_other(Record *record, const PastKeys *keys, Past *past, GError **error)
{
    gint64 other = keys->other;
    if (keys->wants_merged && !find_merged_last(record, keys->lead, &other, error))
        return FALSE;
    return other == 0 || lead_find(record, other, &past->other, error);
}
