/*
 * record/decisions.c - a Decision, written whole into the transaction it is given
 *
 * Marking the message comes first and is what makes a decision happen once: when somebody else has decided it meanwhile,
 * nothing of this decision is written. A judgement (score, verdicts, candidates, route) is written when the decision carries
 * one, which is when it can say why the route was taken; else what stands on the lead stays.
 */
#include "store.h"

#include "usher/base/error.h"

/* ---- the message ---- */

static gboolean mark_decided(Record *record, const Decision *decision, gboolean *is_ours, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "UPDATE message SET decided = $1, claimer = NULL, claimed_until = 0, kind = $2, kind_rule = $3, "
                       "kind_evidence = $4, disposition = $5,"
                       " reason = $6, rules_hash = $7, lead = NULLIF($8, 0), alike = $9 WHERE id = $10 AND decided = 0",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, decision->at);
    statement_bind_text(statement, kind_get_name(decision->kind));
    statement_bind_text(statement, decision->kind_rule);
    statement_bind_text(statement, decision->kind_evidence);
    statement_bind_text(statement, disposition_get_name(decision->disposition));
    statement_bind_text(statement, decision->reason);
    statement_bind_text(statement, decision->rules_hash);
    statement_bind_int(statement, decision->lead);
    statement_bind_text(statement, decision->alike);
    statement_bind_int(statement, decision->arrival);
    gint64 changes = 0;
    if (!statement_run(statement, &changes, error))
        return FALSE;
    *is_ours = changes > 0;
    return TRUE;
}

/* ---- what is known ---- */

static gboolean find_field_count(Record *record, gint64 lead, gint64 *count, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT COALESCE(MAX(ordinal) + 1, 0) FROM field WHERE lead = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    StepResult step = statement_step(statement, error);
    *count = step == STEP_ROW ? statement_read_int(statement) : 0;
    return step != STEP_FAILED;
}

static gboolean put_field(Record *record, const Decision *decision, gint64 ordinal, const Field *field, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO field (lead, name, ordinal, message, value, raw, rule, place, start, length, evidence)"
                       " VALUES ($1, $2, $3, NULLIF($4, 0), $5, $6, $7, $8, $9, $10, $11)"
                       " ON CONFLICT (lead, name) DO UPDATE SET message = excluded.message, value = excluded.value, raw = "
                       "excluded.raw, rule = excluded.rule,"
                       " place = excluded.place, start = excluded.start, length = excluded.length, evidence = excluded.evidence",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, decision->lead);
    statement_bind_text(statement, field->name);
    statement_bind_int(statement, ordinal);
    statement_bind_int(statement, decision->arrival);
    statement_bind_text(statement, field->value);
    statement_bind_text(statement, field->raw);
    statement_bind_text(statement, field->rule);
    statement_bind_text(statement, field->where);
    statement_bind_int(statement, (gint64)field->start);
    statement_bind_int(statement, (gint64)field->length);
    statement_bind_text(statement, field->evidence);
    return statement_run(statement, NULL, error);
}

static gboolean take_field_back(Record *record, gint64 lead, const char *name, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "DELETE FROM field WHERE lead = $1 AND name = $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_text(statement, name);
    return statement_run(statement, NULL, error);
}

static gboolean put_fields(Record *record, const Decision *decision, GError **error)
{
    gint64 ordinal = 0;
    for (guint i = 0; i < decision->taken_back->len; i++) {
        if (!take_field_back(record, decision->lead, g_ptr_array_index(decision->taken_back, i), error))
            return FALSE;
    }
    if (decision->fields->len > 0 && !decision->opens_lead && !find_field_count(record, decision->lead, &ordinal, error))
        return FALSE;
    for (guint i = 0; i < decision->fields->len; i++) {
        if (!put_field(record, decision, ordinal + i, g_ptr_array_index(decision->fields, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean put_person(Record *record, gint64 lead, const Mailbox *person, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "INSERT INTO address (address, lead, name) VALUES ($1, $2, $3) ON CONFLICT (address, lead) DO NOTHING",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person->address);
    statement_bind_int(statement, lead);
    statement_bind_text(statement, person->name);
    return statement_run(statement, NULL, error);
}

static gboolean put_people(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->people->len; i++) {
        if (!put_person(record, decision->lead, g_ptr_array_index(decision->people, i), error))
            return FALSE;
    }
    return TRUE;
}

/* A captured mail's own id stands with the message. */
static gboolean put_thread(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->thread_ids->len; i++) {
        const char *id = g_ptr_array_index(decision->thread_ids, i);
        gboolean is_own = decision->arrival != 0 && g_strcmp0(id, decision->message_id) == 0;
        if (!is_own && !thread_add(record, decision->lead, id, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the judgement ---- */

static gboolean put_score_part(Record *record, gint64 lead, gint64 ordinal, const ScorePart *part, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "INSERT INTO score_part (lead, ordinal, rule, points, because) VALUES ($1, $2, $3, $4, $5)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_int(statement, ordinal);
    statement_bind_text(statement, part->rule);
    statement_bind_int(statement, part->points);
    statement_bind_text(statement, part->because);
    return statement_run(statement, NULL, error);
}

static gboolean put_score_parts(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->score_parts->len; i++) {
        if (!put_score_part(record, decision->lead, i, g_ptr_array_index(decision->score_parts, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean update_judged_lead(Record *record, const Decision *decision, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "UPDATE lead SET tier = $1, score = $2, route = $3, rules_hash = $4, likely_value = $5 WHERE id = $6",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, decision->tier);
    statement_bind_int(statement, decision->score);
    statement_bind_text(statement, decision->route);
    statement_bind_text(statement, decision->rules_hash);
    statement_bind_int(statement, decision->likely_value);
    statement_bind_int(statement, decision->lead);
    return statement_run(statement, NULL, error);
}

static gboolean judge_again(Record *record, const Decision *decision, GError **error)
{
    return update_judged_lead(record, decision, error) &&
           store_run_ints(record, "DELETE FROM score_part WHERE lead = $1", &decision->lead, 1, NULL, error) &&
           store_run_ints(record, "DELETE FROM judgement WHERE lead = $1", &decision->lead, 1, NULL, error) &&
           put_score_parts(record, decision, error) && judgement_insert(record, decision, error);
}

/* ---- the lead ---- */

static gboolean check_opening(const Decision *decision, GError **error)
{
    if (decision->lead == decision->arrival && decision->arrival != 0 && decision->owner != NULL && decision->channel != NULL &&
        decision->source != NULL)
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                "message \"%" G_GINT64_FORMAT "\" cannot open lead \"%" G_GINT64_FORMAT
                "\": it needs the number of a captured message, an owner, a channel and a source",
                decision->arrival, decision->lead);
    return FALSE;
}

static gboolean put_lead(Record *record, const Decision *decision, GError **error)
{
    if (decision->opens_lead)
        return check_opening(decision, error) && lead_insert(record, decision, error) && put_score_parts(record, decision, error) &&
               judgement_insert(record, decision, error);
    if (!decision->is_history && !lead_wake(record, decision->lead, error))
        return FALSE;
    if (!lead_move(record, decision->lead, decision->status, decision->exception, decision->owner, decision->at, error))
        return FALSE;
    if ((decision->refers_on || decision->route_because != NULL) && !lead_put_partner(record, decision, error))
        return FALSE;
    return decision->route_because == NULL || judge_again(record, decision, error);
}

static gboolean change_promises(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->kept->len; i++) {
        if (!promise_keep_kind(record, decision->lead, g_ptr_array_index(decision->kept, i), decision->at, error))
            return FALSE;
    }
    if (!promise_put_watched(record, decision->watched, error) || !promise_add_notices(record, decision->notices, error))
        return FALSE;
    for (guint i = 0; i < decision->withdrawn->len; i++) {
        if (!promise_withdraw_kind(record, decision->lead, g_ptr_array_index(decision->withdrawn, i), decision->at, error))
            return FALSE;
    }
    return promise_add_all(record, decision->lead, decision->promises, error);
}

static gboolean change_lead(Record *record, const Decision *decision, GError **error)
{
    return enrolment_end(record, decision, error) && put_lead(record, decision, error) && lead_put_turns(record, decision, error) &&
           put_fields(record, decision, error) && put_people(record, decision, error) &&
           (decision->fields->len == 0 || merge_put_keys(record, decision->lead, decision->fields, error)) &&
           (decision->merges == 0 || merge_leads(record, decision->lead, decision->merges, decision->at, error)) &&
           (decision->parts == 0 || merge_undo(record, decision->parts, error)) && put_thread(record, decision, error) &&
           (!decision->stops_mail || outbox_hold(record, decision->lead, error)) && enrolment_write(record, decision, error) &&
           slots_put(record, decision, error) && change_promises(record, decision, error);
}

/* ---- the whole ---- */

static gboolean mark_addresses(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->marked_addresses->len; i++) {
        g_autoptr(Statement) statement = driver_prepare(
            record->driver,
            "INSERT INTO address_mark (address, why, at) VALUES ($1, 'bounced', $2) ON CONFLICT (address) DO NOTHING", error);
        if (statement == NULL)
            return FALSE;
        statement_bind_text(statement, g_ptr_array_index(decision->marked_addresses, i));
        statement_bind_int(statement, decision->at);
        if (!statement_run(statement, NULL, error))
            return FALSE;
        if (decision->kind == KIND_BOUNCE && decision->returned == 0 &&
            !outbox_mark_bounced(record, decision->lead, g_ptr_array_index(decision->marked_addresses, i), error))
            return FALSE;
    }
    return decision->returned == 0 || outbox_mark_returned(record, decision->returned, error);
}

static gboolean add_suppressions(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->suppressions->len; i++) {
        if (!record_add_suppression(record, g_ptr_array_index(decision->suppressions, i), "prospect", decision->lead, NULL, error))
            return FALSE;
    }
    return TRUE;
}

/* Distinguishes a message that is decided from one that was never captured. */
static gboolean check_message(Record *record, gint64 message, GError **error)
{
    g_autoptr(GBytes) nothing = record_read_raw(record, message, 0, error);
    return nothing != NULL;
}

gboolean record_write_decision(Record *record, const Decision *decision, gboolean is_shadow, GError **error)
{
    store_must_write(record);
    gboolean is_ours = TRUE;
    if (decision->arrival != 0 && !mark_decided(record, decision, &is_ours, error))
        return FALSE;
    if (!is_ours)
        return check_message(record, decision->arrival, error);
    if (decision->touch != NULL && !touch_write(record, decision, &is_ours, error))
        return FALSE;
    /* Somebody has done that step: all that is left of it is that the next one comes. */
    if (!is_ours)
        return enrolment_end(record, decision, error) && enrolment_write(record, decision, error);
    if (!task_end_all(record, decision, error) || (decision->lead != 0 && !change_lead(record, decision, error)) ||
        !task_add_all(record, decision, error))
        return FALSE;
    return mark_addresses(record, decision, error) && add_suppressions(record, decision, error) &&
           outbox_add_all(record, decision, is_shadow, error) &&
           history_add(record, decision->lead, decision->at, decision->events, error);
}

/* ---- beside ---- */

gboolean record_keep_rulebook(Record *record, const char *hash, const char *source, UsherTime now, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "INSERT INTO rulebook (hash, source, since) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, hash);
    statement_bind_text(statement, source);
    statement_bind_int(statement, now);
    return statement_run(statement, NULL, error);
}

Decision *record_find_standing(Record *record, gint64 id, UsherTime now, const char *rules_hash, GError **error)
{
    g_autoptr(Lead) lead = NULL;
    if (!lead_find(record, id, &lead, error))
        return NULL;
    if (lead == NULL) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no lead %" G_GINT64_FORMAT "; \"usher leads\" lists them", id);
        return NULL;
    }
    Decision *decision = decision_new(now, rules_hash);
    decision->lead = id;
    decision->track = lead->track;
    decision->channel = g_steal_pointer(&lead->channel);
    decision->source = g_steal_pointer(&lead->source);
    decision->status = lead->status;
    decision->is_history = lead->is_history;
    decision->score = lead->score;
    decision->likely_value = lead->likely_value;
    decision->tier = g_steal_pointer(&lead->tier);
    decision->route = g_steal_pointer(&lead->route);
    decision->exception = g_steal_pointer(&lead->exception);
    decision->owner = g_steal_pointer(&lead->owner);
    decision->partner = g_steal_pointer(&lead->partner);
    return decision;
}
