/*
 * record/enrolments.c - where each lead stands in a cadence, and which steps were done
 *
 * A step is done by the decision that writes its touch: the touch comes first, and where it is on record already nothing else of that decision is
 * written. So a step happens once, whoever looks at it and however often. A lead is in one cadence at a time; what starts another ends the one before.
 *
 * A version of a cadence is kept whole before the first lead is put into it, since a lead finishes the version it began with.
 */
#include "store.h"

#include "usher/base/error.h"

#define MOST_ENROLMENTS 20 /* of one lead, newest first */
#define MOST_LEADS 50      /* of one person, newest first */

#define ENROLMENT_COLUMNS                                                                                                          \
    "e.id, e.lead, c.name, c.version, e.round, e.started, e.origin, e.step, e.due, e.state, e.why, e.changed, e.put_by"

static Enrolment *read_enrolment(Statement *statement)
{
    gint64 id = statement_read_int(statement), lead = statement_read_int(statement);
    g_autofree char *cadence = statement_dup_text(statement);
    Enrolment *enrolment = enrolment_new(lead, cadence, statement_read_text(statement));
    enrolment->id = id;
    enrolment->round = (guint)statement_read_int(statement);
    enrolment->started = statement_read_int(statement);
    enrolment->origin = statement_read_int(statement);
    enrolment->step = (guint)statement_read_int(statement);
    enrolment->due = statement_read_int(statement);
    enrolment_state_find(statement_read_text(statement), &enrolment->state);
    enrolment->why = statement_dup_text(statement);
    enrolment->changed = statement_read_int(statement);
    enrolment->put_by = statement_dup_text(statement);
    return enrolment;
}

static gboolean read_enrolments(Statement *statement, GPtrArray *enrolments, GError **error)
{
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(enrolments, read_enrolment(statement));
    return step == STEP_DONE;
}

/* ---- versions ---- */

/* *is_new: it was not there. */
static gboolean put_version(Record *record, const char *name, const char *version, gboolean is_marketing, UsherTime now, gint64 *id,
                            GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO cadence (name, version, is_marketing, since) VALUES ($1, $2, $3, $4)"
                       " ON CONFLICT (name, version) DO NOTHING",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, name);
    statement_bind_text(statement, version);
    statement_bind_int(statement, is_marketing);
    statement_bind_int(statement, now);
    return statement_insert(statement, id, error);
}

static gboolean put_step(Record *record, gint64 cadence, gint64 ordinal, const CadenceStep *step, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO cadence_step (cadence, step, after, channel, condition, template, wording, guidance)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, cadence);
    statement_bind_int(statement, ordinal);
    statement_bind_text(statement, step->after_said);
    statement_bind_text(statement, step->channel);
    statement_bind_text(statement, step->when.condition != NULL ? condition_get_text(step->when.condition) : NULL);
    statement_bind_text(statement, step->template_name);
    statement_bind_text(statement, step->template != NULL ? template_get_wording(step->template) : NULL);
    statement_bind_text(statement, step->guidance);
    return statement_run(statement, NULL, error);
}

gboolean record_keep_cadence(Record *record, const Cadence *cadence, UsherTime now, GError **error)
{
    gint64 id = 0;
    store_must_write(record);
    if (!put_version(record, cadence->name, cadence->version, cadence->is_marketing, now, &id, error))
        return FALSE;
    for (guint i = 0; id != 0 && i < cadence->steps->len; i++)
        if (!put_step(record, id, i, g_ptr_array_index(cadence->steps, i), error))
            return FALSE;
    return TRUE;
}

static gboolean add_kept_step(Cadence *cadence, Statement *statement, const Rulebook *rulebook, GError **error)
{
    g_autofree char *after = statement_dup_text(statement), *channel = statement_dup_text(statement);
    g_autofree char *condition = statement_dup_text(statement), *template_name = statement_dup_text(statement);
    g_autofree char *wording = statement_dup_text(statement), *guidance = statement_dup_text(statement);
    CadenceStep kept = {.after_said = after, .channel = channel, .template_name = template_name, .guidance = guidance};
    return cadence_add_step(cadence, &kept, condition, wording, rulebook, error);
}

static gboolean add_kept_steps(Record *record, gint64 id, Cadence *cadence, const Rulebook *rulebook, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT after, channel, condition, template, wording, guidance FROM cadence_step WHERE cadence = $1 ORDER BY step", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, id);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        if (!add_kept_step(cadence, statement, rulebook, error))
            return FALSE;
    return step == STEP_DONE;
}

Cadence *record_read_cadence(Record *record, const char *name, const char *version, const Rulebook *rulebook, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT id, is_marketing FROM cadence WHERE name = $1 AND version = $2", error);
    if (statement == NULL)
        return NULL;
    statement_bind_text(statement, name);
    statement_bind_text(statement, version);
    StepResult step = statement_step(statement, error);
    if (step == STEP_DONE)
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "the cadence \"%s\" of version %s is not on record", name, version);
    if (step != STEP_ROW)
        return NULL;
    gint64 id = statement_read_int(statement);
    g_autoptr(Cadence) cadence = cadence_new(name, version, statement_read_int(statement) != 0);
    return add_kept_steps(record, id, cadence, rulebook, error) ? g_steal_pointer(&cadence) : NULL;
}

/* ---- one lead's ---- */

gboolean enrolment_list(Record *record, gint64 lead, GPtrArray *enrolments, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT " ENROLMENT_COLUMNS " FROM enrolment e JOIN cadence c ON c.id = e.cadence"
                       " WHERE e.lead = $1 ORDER BY e.id DESC LIMIT $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_int(statement, MOST_ENROLMENTS);
    return read_enrolments(statement, enrolments, error);
}

/* One that is finished ends all the same while a mail of it waits: that must not go any more. */
gboolean enrolment_stop(Record *record, gint64 lead, const char *why, UsherTime now, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "UPDATE enrolment SET state = 'stopped', why = $1, changed = $2 WHERE lead = $3 AND (state = 'active'"
                       " OR (state = 'finished' AND EXISTS"
                       " (SELECT 1 FROM outbox WHERE outbox.enrolment = enrolment.id AND outbox.state = 'pending')))",
                       error);
    gint64 changes = 0;
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, why);
    statement_bind_int(statement, now);
    statement_bind_int(statement, lead);
    g_autofree char *detail = g_strdup_printf("it ends: %s", why);
    return statement_run(statement, &changes, error) &&
           (changes == 0 || (task_cancel_steps(record, lead, why, now, error) &&
                             history_add_one(record, lead, now, "usher", "cadence", detail, error)));
}

gboolean enrolment_restore_merged(Record *record, gint64 lead, GError **error)
{
    return store_run_ints(record,
                          "UPDATE enrolment SET state = 'active', why = NULL WHERE lead = $1 AND state = 'stopped'"
                          " AND why = '" ENROLMENT_MERGED
                          "' AND changed = (SELECT merged_at FROM lead WHERE lead.id = enrolment.lead)",
                          &lead, 1, NULL, error);
}

/* Its steps keep their distance from each other. One that was to go later all the same is left alone. What waits in the outbox already waits on. */
static gboolean pause_enrolment(Record *record, gint64 lead, const Decision *decision, GError **error)
{
    gint64 values[] = {decision->pauses_cadence, lead};
    gint64 changes = 0;
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "UPDATE enrolment SET origin = origin + $1 - due, due = $1, why = $2, changed = $3"
                       " WHERE lead = $4 AND state = 'active' AND due < $1",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, decision->pauses_cadence);
    statement_bind_text(statement, decision->paused_because);
    statement_bind_int(statement, decision->at);
    statement_bind_int(statement, lead);
    if (!statement_run(statement, &changes, error) ||
        !store_run_ints(record,
                        "UPDATE outbox SET due = $1 WHERE state = 'pending' AND claimed_until = 0 AND due < $1 AND enrolment IN"
                        " (SELECT id FROM enrolment WHERE lead = $2 AND state <> 'stopped')",
                        values, 2, NULL, error))
        return FALSE;
    g_autofree char *detail = g_strdup_printf("it waits: %s", decision->paused_because);
    return changes == 0 || history_add_one(record, lead, decision->at, "usher", "cadence", detail, error);
}

/* The lead's own number is not among them. */
static gboolean find_leads_of_person(Record *record, gint64 lead, GArray *leads, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT DISTINCT a.lead FROM field f JOIN address a ON a.address = f.value JOIN enrolment e ON e.lead = a.lead"
        " JOIN field g ON g.lead = a.lead AND g.name = 'email' AND g.value = f.value"
        " WHERE f.lead = $1 AND f.name = 'email' AND a.lead <> $1 ORDER BY a.lead DESC LIMIT $2",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_int(statement, MOST_LEADS);
    return store_read_ints(statement, leads, error);
}

static gboolean end_others(Record *record, const Decision *decision, GError **error)
{
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autofree char *why =
        g_strdup_printf("%s (on lead %" G_GINT64_FORMAT ", by no thread)", decision->stops_cadence, decision->lead);
    if (!find_leads_of_person(record, decision->lead, leads, error))
        return FALSE;
    for (guint i = 0; i < leads->len; i++)
        if (!enrolment_stop(record, g_array_index(leads, gint64, i), why, decision->at, error))
            return FALSE;
    return TRUE;
}

static gboolean pause_all(Record *record, const Decision *decision, GError **error)
{
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (decision->is_of_person && !find_leads_of_person(record, decision->lead, leads, error))
        return FALSE;
    g_array_append_val(leads, decision->lead);
    for (guint i = 0; i < leads->len; i++)
        if (!pause_enrolment(record, g_array_index(leads, gint64, i), decision, error))
            return FALSE;
    return TRUE;
}

static gboolean find_version_id(Record *record, const Enrolment *enrolment, UsherTime now, gint64 *id, GError **error)
{
    if (!put_version(record, enrolment->cadence, enrolment->version, FALSE, now, id, error))
        return FALSE;
    if (*id != 0)
        return TRUE;
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT id FROM cadence WHERE name = $1 AND version = $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, enrolment->cadence);
    statement_bind_text(statement, enrolment->version);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *id = statement_read_int(statement);
    return TRUE;
}

/* Which time it is that the lead is put into that cadence, of whatever version. */
static gboolean find_round(Record *record, const Enrolment *enrolment, gint64 *number, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT COUNT(*) + 1 FROM enrolment e JOIN cadence c ON c.id = e.cadence WHERE e.lead = $1 AND c.name = $2",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, enrolment->lead);
    statement_bind_text(statement, enrolment->cadence);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *number = statement_read_int(statement);
    return TRUE;
}

static gboolean insert_enrolment(Record *record, const Enrolment *enrolment, UsherTime now, GError **error)
{
    gint64 cadence = 0, number = 0;
    if (!find_version_id(record, enrolment, now, &cadence, error) || !find_round(record, enrolment, &number, error) ||
        !enrolment_stop(record, enrolment->lead, "it is put into another", now, error))
        return FALSE;
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO enrolment (lead, cadence, round, started, origin, step, due, state, why, changed, put_by)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, enrolment->lead);
    statement_bind_int(statement, cadence);
    statement_bind_int(statement, number);
    statement_bind_int(statement, enrolment->started);
    statement_bind_int(statement, enrolment->origin);
    statement_bind_int(statement, enrolment->step);
    statement_bind_int(statement, enrolment->due);
    statement_bind_text(statement, enrolment_state_get_name(enrolment->state));
    statement_bind_text(statement, enrolment->why);
    statement_bind_int(statement, now);
    statement_bind_text(statement, enrolment->put_by);
    return statement_run(statement, NULL, error);
}

static gboolean move_version(Record *record, const Enrolment *enrolment, UsherTime now, GError **error)
{
    gint64 values[] = {0, enrolment->id};
    return find_version_id(record, enrolment, now, &values[0], error) &&
           store_run_ints(record, "UPDATE enrolment SET cadence = $1 WHERE id = $2 AND state = 'active'", values,
                          G_N_ELEMENTS(values), NULL, error);
}

static gboolean end_enrolment(Record *record, const Enrolment *enrolment, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "UPDATE enrolment SET state = $1 WHERE id = $2 AND state = 'active'", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, enrolment_state_get_name(enrolment->state));
    statement_bind_int(statement, enrolment->id);
    return statement_run(statement, NULL, error);
}

/* The state by itself: a statement that names it writes its indexes anew. */
static gboolean update_enrolment(Record *record, const Enrolment *enrolment, UsherTime now, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "UPDATE enrolment SET origin = $1, step = $2, due = $3, why = $4, changed = $5"
                                                    " WHERE id = $6 AND state = 'active'",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, enrolment->origin);
    statement_bind_int(statement, enrolment->step);
    statement_bind_int(statement, enrolment->due);
    statement_bind_text(statement, enrolment->why);
    statement_bind_int(statement, now);
    statement_bind_int(statement, enrolment->id);
    return statement_run(statement, NULL, error) &&
           (enrolment->state == ENROLMENT_ACTIVE || end_enrolment(record, enrolment, error)) &&
           (enrolment->state != ENROLMENT_STOPPED || task_cancel_steps(record, enrolment->lead, enrolment->why, now, error));
}

gboolean enrolment_end(Record *record, const Decision *decision, GError **error)
{
    if (decision->stops_cadence != NULL && (!enrolment_stop(record, decision->lead, decision->stops_cadence, decision->at, error) ||
                                            (decision->is_of_person && !end_others(record, decision, error))))
        return FALSE;
    return decision->answers == 0 ||
           enrolment_stop(record, decision->answers, "somebody has answered in their thread", decision->at, error);
}

gboolean enrolment_write(Record *record, const Decision *decision, GError **error)
{
    const Enrolment *enrolment = decision->enrolment;
    if (decision->pauses_cadence != 0 && !pause_all(record, decision, error))
        return FALSE;
    if (enrolment == NULL)
        return TRUE;
    if (decision->moves_version && !move_version(record, enrolment, decision->at, error))
        return FALSE;
    return enrolment->id == 0 ? insert_enrolment(record, enrolment, decision->at, error)
                              : update_enrolment(record, enrolment, decision->at, error);
}

/* ---- steps ---- */

gboolean touch_write(Record *record, const Decision *decision, gboolean *is_ours, GError **error)
{
    const Enrolment *enrolment = decision->enrolment;
    const Touch *touch = decision->touch;
    gint64 changes = 0;
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO touch (lead, cadence, round, step, at, channel, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7)"
                       " ON CONFLICT (lead, cadence, round, step) DO NOTHING",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, enrolment->lead);
    statement_bind_text(statement, enrolment->cadence);
    statement_bind_int(statement, enrolment->round);
    statement_bind_int(statement, touch->step);
    statement_bind_int(statement, decision->at);
    statement_bind_text(statement, touch->channel);
    statement_bind_text(statement, touch_outcome_get_name(touch->outcome));
    if (!statement_run(statement, &changes, error))
        return FALSE;
    *is_ours = changes > 0;
    return TRUE;
}

gboolean record_is_doubtful_lead(Record *record, gint64 lead, gboolean *is_doubtful, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "SELECT 1 FROM (SELECT MAX(since) AS newest FROM conflict_party) AS list WHERE "
                                                    "newest IS NOT NULL AND newest >= (SELECT at FROM judgement WHERE lead = $1)",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    StepResult step = statement_step(statement, error);
    *is_doubtful = step == STEP_ROW;
    return step != STEP_FAILED;
}

gboolean record_count_cadence_mails(Record *record, const char *person, gint64 day, guint *count, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT mails FROM cadence_mails WHERE person = $1 AND day = $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, day);
    StepResult step = statement_step(statement, error);
    *count = step == STEP_ROW ? (guint)statement_read_int(statement) : 0;
    return step != STEP_FAILED;
}

gboolean record_add_cadence_mail(Record *record, const char *person, gint64 day, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "INSERT INTO cadence_mails (person, day, mails) VALUES ($1, $2, 1)"
                                                    " ON CONFLICT (person, day) DO UPDATE SET mails = cadence_mails.mails + 1",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, day);
    return statement_run(statement, NULL, error);
}

gboolean record_find_due_steps(Record *record, UsherTime now, guint most, GPtrArray **enrolments, GError **error)
{
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func((GDestroyNotify)enrolment_free);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT " ENROLMENT_COLUMNS " FROM enrolment e JOIN cadence c ON c.id = e.cadence"
                       " WHERE e.state = 'active' AND e.due <= $1 ORDER BY e.due, e.id LIMIT $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    statement_bind_int(statement, most);
    if (!read_enrolments(statement, due, error))
        return FALSE;
    *enrolments = g_steal_pointer(&due);
    return TRUE;
}

gboolean record_count_late_steps(Record *record, UsherTime before, guint most, guint *count, GError **error)
{
    gint64 values[] = {before, most};
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT COUNT(*) FROM (SELECT 1 FROM enrolment WHERE state = 'active' AND due < $1 LIMIT $2) AS late",
        error);
    if (statement == NULL)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        statement_bind_int(statement, values[i]);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *count = (guint)statement_read_int(statement);
    return TRUE;
}

/* A person's, due before a moment: for what will go in their name. */
gboolean record_list_steps_of(Record *record, const char *person, UsherTime until, guint most, GPtrArray **enrolments,
                              GError **error)
{
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func((GDestroyNotify)enrolment_free);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT " ENROLMENT_COLUMNS " FROM enrolment e JOIN cadence c ON c.id = e.cadence"
                       " JOIN lead l ON l.id = e.lead WHERE e.state = 'active' AND e.due < $1"
                       " AND l.owner = $2 ORDER BY e.due, e.id LIMIT $3",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, until);
    statement_bind_text(statement, person);
    statement_bind_int(statement, most);
    if (!read_enrolments(statement, due, error))
        return FALSE;
    *enrolments = g_steal_pointer(&due);
    return TRUE;
}

/* ---- looking ---- */

void enrolment_line_free(EnrolmentLine *line)
{
    enrolment_free(line->enrolment);
    g_free(line->channel);
    g_free(line);
}

gboolean enrolment_describe(Record *record, gint64 lead, GPtrArray *lines, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT " ENROLMENT_COLUMNS ", (SELECT COUNT(*) FROM cadence_step s WHERE s.cadence = c.id),"
                       " (SELECT s.channel FROM cadence_step s WHERE s.cadence = c.id AND s.step = e.step)"
                       " FROM enrolment e JOIN cadence c ON c.id = e.cadence WHERE e.lead = $1 ORDER BY e.id DESC LIMIT $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_int(statement, MOST_ENROLMENTS);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        EnrolmentLine *line = g_new0(EnrolmentLine, 1);
        g_ptr_array_add(lines, line);
        line->enrolment = read_enrolment(statement);
        line->steps = (guint)statement_read_int(statement);
        line->channel = statement_dup_text(statement);
    }
    return step == STEP_DONE;
}

void cadence_line_free(CadenceLine *line)
{
    g_free(line->name);
    g_free(line->version);
    g_free(line);
}

gboolean record_list_cadences(Record *record, GPtrArray **lines, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)cadence_line_free);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT name, version, since, (SELECT COUNT(*) FROM cadence_step s WHERE s.cadence = c.id),"
                       " (SELECT COUNT(*) FROM enrolment e WHERE e.cadence = c.id AND e.state = 'active'),"
                       " (SELECT COUNT(*) FROM enrolment e WHERE e.cadence = c.id AND e.state = 'finished'),"
                       " (SELECT COUNT(*) FROM enrolment e WHERE e.cadence = c.id AND e.state = 'stopped')"
                       " FROM cadence c ORDER BY name, id",
                       error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        CadenceLine *line = g_new0(CadenceLine, 1);
        g_ptr_array_add(found, line);
        line->name = statement_dup_text(statement);
        line->version = statement_dup_text(statement);
        line->since = statement_read_int(statement);
        line->steps = (guint)statement_read_int(statement);
        line->active = statement_read_int(statement);
        line->finished = statement_read_int(statement);
        line->stopped = statement_read_int(statement);
    }
    if (step == STEP_FAILED)
        return FALSE;
    *lines = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_list_in_former(Record *record, const Cadence *present, gint64 after, guint most, GArray *leads, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT e.lead FROM enrolment e JOIN cadence c ON c.id = e.cadence"
                       " WHERE c.name = $1 AND c.version <> $2 AND e.state = 'active' AND e.lead > $3 ORDER BY e.lead LIMIT $4",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, present->name);
    statement_bind_text(statement, present->version);
    statement_bind_int(statement, after);
    statement_bind_int(statement, most);
    return store_read_ints(statement, leads, error);
}
