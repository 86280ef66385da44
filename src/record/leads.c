/*
 * record/leads.c - the row of a lead: read, opened, moved
 *
 * Owner and status are changed here and nowhere else, together with the load of the people concerned: who has how many open
 * leads is read at every assignment, and counting a million leads each time is not an answer.
 */
#include "store.h"

#include "usher/base/error.h"

#define DAY_S 86400

/* ---- reading ---- */

static LeadStatus read_status(Statement *statement)
{
    LeadStatus status = STATUS_EXCEPTION;
    status_find(statement_read_text(statement), &status);
    return status;
}

Lead *lead_read(Statement *statement)
{
    Lead *lead = lead_new();
    lead->id = statement_read_int(statement);
    track_find(statement_read_text(statement), &lead->track);
    lead->channel = statement_dup_text(statement);
    lead->source = statement_dup_text(statement);
    lead->status = read_status(statement);
    lead->tier = statement_dup_text(statement);
    lead->score = (gint)statement_read_int(statement);
    lead->route = statement_dup_text(statement);
    lead->exception = statement_dup_text(statement);
    lead->owner = statement_dup_text(statement);
    lead->rules_hash = statement_dup_text(statement);
    lead->created = statement_read_int(statement);
    lead->updated = statement_read_int(statement);
    lead->is_history = statement_read_int(statement) != 0;
    lead->merged_into = statement_read_int(statement);
    lead->likely_value = statement_read_int(statement);
    lead->partner = statement_dup_text(statement);
    lead->referrer = store_read_mailbox(statement);
    return lead;
}

gboolean lead_add_fields(Record *record, gint64 id, GPtrArray *fields, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT name, value, raw, rule, place, start, length, evidence FROM field WHERE lead = $1 ORDER BY ordinal",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, id);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        g_autofree char *name = statement_dup_text(statement);
        Field *field = field_new(name, statement_read_text(statement));
        field->raw = statement_dup_text(statement);
        field->rule = statement_dup_text(statement);
        field->where = statement_dup_text(statement);
        field->start = (gsize)statement_read_int(statement);
        field->length = (gsize)statement_read_int(statement);
        field->evidence = statement_dup_text(statement);
        g_ptr_array_add(fields, field);
    }
    return step == STEP_DONE;
}

gboolean lead_find(Record *record, gint64 id, Lead **lead, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT " LEAD_COLUMNS " FROM lead WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, id);
    StepResult step = statement_step(statement, error);
    if (step != STEP_ROW) {
        *lead = NULL;
        return step == STEP_DONE;
    }
    g_autoptr(Lead) found = lead_read(statement);
    if (!lead_add_fields(record, id, found->fields, error))
        return FALSE;
    *lead = g_steal_pointer(&found);
    return TRUE;
}

/* ---- the load of people ---- */

static gboolean count_assigned(Record *record, const char *person, UsherTime at, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "INSERT INTO assigned (person, day, leads) VALUES ($1, $2, 1) ON CONFLICT"
                                                    " (person, day) DO UPDATE SET leads = assigned.leads + 1",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, at / DAY_S);
    return statement_run(statement, NULL, error);
}

gboolean lead_change_load(Record *record, const char *person, gint64 change, UsherTime assigned, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "INSERT INTO person (id, open_leads, last_assigned) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET"
        " open_leads = person.open_leads + excluded.open_leads,"
        " last_assigned = CASE WHEN excluded.last_assigned > 0 THEN excluded.last_assigned ELSE person.last_assigned END",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, change);
    statement_bind_int(statement, assigned);
    return statement_run(statement, NULL, error) && (assigned == 0 || count_assigned(record, person, assigned, error));
}

/* ---- opening ---- */

gboolean lead_insert(Record *record, const Decision *decision, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "INSERT INTO lead (id, track, channel, source, status, is_live, owner, tier, score, route, exception, rules_hash, created, "
        "updated,"
        " referrer_name, referrer_address, is_history, likely_value, partner, from_partner, owned_since) VALUES ($1, $2, $3, $4, "
        "$5, $6, $7, "
        "$8, $9, $10, $11, $12, "
        "$13, $14, $15, "
        "$16, "
        "$17, $18, $19, $20, $13)",
        error);
    if (statement == NULL)
        return FALSE;
    gboolean is_live = status_is_live(decision->status) && !decision->is_history;
    statement_bind_int(statement, decision->lead);
    statement_bind_text(statement, track_get_name(decision->track));
    statement_bind_text(statement, decision->channel);
    statement_bind_text(statement, decision->source);
    statement_bind_text(statement, status_get_name(decision->status));
    statement_bind_int(statement, is_live);
    statement_bind_text(statement, decision->owner);
    statement_bind_text(statement, decision->tier);
    statement_bind_int(statement, decision->score);
    statement_bind_text(statement, decision->route);
    statement_bind_text(statement, decision->exception);
    statement_bind_text(statement, decision->rules_hash);
    statement_bind_int(statement, decision->at);
    statement_bind_int(statement, decision->at);
    store_bind_mailbox(statement, decision->referrer);
    statement_bind_int(statement, decision->is_history);
    statement_bind_int(statement, decision->likely_value);
    statement_bind_text(statement, decision->partner);
    statement_bind_text(statement, decision->from_partner);
    if (!statement_run(statement, NULL, error))
        return FALSE;
    /* Nobody was given anything when they were given history. */
    return decision->is_history ||
           lead_change_load(record, decision->owner, status_is_work(decision->status) ? 1 : 0, decision->at, error);
}

gboolean thread_add(Record *record, gint64 lead, const char *message_id, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "INSERT INTO thread_id (id, lead) VALUES ($1, $2) ON CONFLICT (id, lead) DO NOTHING", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, message_id);
    statement_bind_int(statement, lead);
    return statement_run(statement, NULL, error);
}

gboolean lead_put_partner(Record *record, const Decision *decision, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "UPDATE lead SET partner = $1, referred_on = CASE WHEN $2 = 1 THEN $3 ELSE referred_on END WHERE id = $4",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, decision->partner);
    statement_bind_int(statement, decision->refers_on);
    statement_bind_int(statement, decision->at);
    statement_bind_int(statement, decision->lead);
    return statement_run(statement, NULL, error);
}

/* ---- turns ---- */

static gboolean put_turn(Record *record, const PersonTurn *changed, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO person (id, open_leads, last_assigned, may, due) VALUES ($1, 0, 0, $2, $3)"
                       " ON CONFLICT (id) DO UPDATE SET may = excluded.may, due = excluded.due",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, changed->person);
    statement_bind_int(statement, changed->turn.may);
    statement_bind_int(statement, changed->turn.due);
    return statement_run(statement, NULL, error);
}

gboolean lead_put_turns(Record *record, const Decision *decision, GError **error)
{
    for (guint i = 0; i < decision->turns->len && !decision->is_history; i++)
        if (!put_turn(record, g_ptr_array_index(decision->turns, i), error))
            return FALSE;
    return TRUE;
}

/* ---- moving ---- */

gboolean lead_wake(Record *record, gint64 id, GError **error)
{
    return store_run_ints(record, "UPDATE lead SET is_history = 0 WHERE id = $1 AND is_history = 1", &id, 1, NULL, error);
}

/* *is_load: it counts against the owner's capacity. */
static gboolean find_stand(Record *record, gint64 id, char **owner, gboolean *is_load, gboolean *is_history, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT owner, is_live, is_history, status FROM lead WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, id);
    StepResult step = statement_step(statement, error);
    if (step == STEP_ROW) {
        *owner = statement_dup_text(statement);
        gboolean is_live = statement_read_int(statement) != 0;
        *is_history = statement_read_int(statement) != 0;
        *is_load = is_live && status_is_work(read_status(statement));
    } else if (step == STEP_DONE) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no lead %" G_GINT64_FORMAT "; \"usher leads\" lists them", id);
    }
    return step == STEP_ROW;
}

/* What is no exception has none; one that is and says nothing new keeps the one it has. What old mail adds is no news. */
#define UPDATED_NOW "updated = CASE WHEN updated > $1 THEN updated ELSE $1 END"
#define EXCEPTION_NOW "CASE WHEN $5 = 0 THEN NULL ELSE COALESCE($6, exception) END"

static gboolean run_stand(Record *record, const char *sql, gint64 id, LeadStatus status, gboolean is_live, const char *exception,
                          const char *owner, UsherTime now, gint64 *changes, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    statement_bind_text(statement, status_get_name(status));
    statement_bind_int(statement, is_live);
    statement_bind_text(statement, owner);
    statement_bind_int(statement, status == STATUS_EXCEPTION);
    statement_bind_text(statement, exception);
    statement_bind_int(statement, id);
    return statement_run(statement, changes, error);
}

/* Where a lead stays, as most do, the indexes of where leads stand are left alone: SQLite writes all that a statement names, changed or not. */
static gboolean update_stand(Record *record, gint64 id, LeadStatus status, gboolean is_live, const char *exception,
                             const char *owner, UsherTime now, GError **error)
{
    gint64 changes = 0;
    return run_stand(record,
                     "UPDATE lead SET " UPDATED_NOW " WHERE status = $2 AND is_live = $3 AND owner = $4"
                     " AND exception IS NOT DISTINCT FROM " EXCEPTION_NOW " AND id = $7",
                     id, status, is_live, exception, owner, now, &changes, error) &&
           (changes > 0 ||
            run_stand(record,
                      "UPDATE lead SET " UPDATED_NOW ", status = $2, is_live = $3,"
                      " owned_since = CASE WHEN owner = $4 THEN owned_since ELSE $1 END, owner = $4, exception = " EXCEPTION_NOW
                      " WHERE id = $7",
                      id, status, is_live, exception, owner, now, NULL, error));
}

/* No cadence goes on on a lead that has an outcome, or that people have to look at before anything else is done. */
static gboolean end_cadence(Record *record, gint64 id, LeadStatus status, gboolean is_live, const char *exception, UsherTime now,
                            GError **error)
{
    if (is_live && status != STATUS_EXCEPTION)
        return TRUE;
    const char *why = status == STATUS_EXCEPTION && exception != NULL ? exception : status_get_name(status);
    return enrolment_stop(record, id, why, now, error);
}

gboolean lead_move(Record *record, gint64 id, LeadStatus status, const char *exception, const char *owner, UsherTime now,
                   GError **error)
{
    g_autofree char *old_owner = NULL;
    gboolean was_load = FALSE, is_history = FALSE;
    if (!find_stand(record, id, &old_owner, &was_load, &is_history, error))
        return FALSE;
    const char *new_owner = owner != NULL ? owner : old_owner;
    gint is_live = status_is_live(status) && !is_history ? 1 : 0;
    gint is_load = is_live && status_is_work(status) ? 1 : 0;
    if (!update_stand(record, id, status, is_live, exception, new_owner, now, error) ||
        !end_cadence(record, id, status, is_live, exception, now, error))
        return FALSE;
    if (!status_is_live(status)) {
        g_autofree char *why = g_strdup_printf("the lead is %s", status_get_name(status));
        if (!task_cancel_all(record, id, why, now, error))
            return FALSE;
    }
    if (g_str_equal(old_owner, new_owner))
        return is_load == was_load || lead_change_load(record, new_owner, is_load - was_load, 0, error);
    return lead_change_load(record, old_owner, -was_load, 0, error) &&
           (is_history || lead_change_load(record, new_owner, is_load, now, error)) &&
           promise_hand_over(record, id, old_owner, new_owner, error) && task_hand_over(record, id, old_owner, new_owner, error);
}
