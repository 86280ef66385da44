/*
 * record/promises.c - what we owe, and whether it was kept
 *
 * A promise is open while it is not kept. One that is found late is marked broken, and stays so when it is kept later: then it
 * carries both moments.
 */
#include "store.h"

/* Spans are kept as people write them; the texts are borrowed until the statement has run. */
static void bind_count(Statement *statement, const PromiseCount *count, const char *span, const char *cap)
{
    statement_bind_int(statement, count->made);
    statement_bind_text(statement, span);
    statement_bind_text(statement, cap);
    statement_bind_int(statement, count->opens);
    statement_bind_text(statement, count->hours);
    statement_bind_text(statement, count->place);
}

static gboolean insert(Record *record, gint64 lead, const Promise *promise, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO promise (lead, kind, owner, due, kept_by, kept, made, span, at_most, opens, hours, place, look)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_text(statement, promise->kind);
    statement_bind_text(statement, promise->owner);
    statement_bind_int(statement, promise->due);
    statement_bind_text(statement, promise->kept_by);
    statement_bind_int(statement, promise->kept);
    const PromiseCount *count = &promise->count;
    g_autofree char *span = span_format(count->due), *cap = count->has_cap ? span_format(count->cap) : NULL;
    bind_count(statement, count, span, cap);
    statement_bind_int(statement, promise->look != 0 ? promise->look : promise->due + 1);
    return statement_run(statement, NULL, error);
}

gboolean promise_add_all(Record *record, gint64 lead, const GPtrArray *promises, GError **error)
{
    for (guint i = 0; i < promises->len; i++) {
        if (!insert(record, lead, g_ptr_array_index(promises, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean keep(Record *record, const char *sql, gint64 lead, const char *what, UsherTime now, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    statement_bind_int(statement, lead);
    statement_bind_text(statement, what);
    return statement_run(statement, NULL, error);
}

gboolean promise_keep_kind(Record *record, gint64 lead, const char *kind, UsherTime now, GError **error)
{
    return keep(record,
                "UPDATE promise SET kept = $1, broken = CASE WHEN broken = 0 AND due < $1 THEN $1 ELSE broken END"
                " WHERE lead = $2 AND kind = $3 AND kept = 0",
                lead, kind, now, error);
}

gboolean promise_keep_by(Record *record, gint64 lead, const char *kept_by, UsherTime now, GError **error)
{
    return keep(record,
                "UPDATE promise SET kept = $1, broken = CASE WHEN broken = 0 AND due < $1 THEN $1 ELSE broken END"
                " WHERE lead = $2 AND kept_by = $3 AND kept = 0",
                lead, kept_by, now, error);
}

gboolean promise_withdraw_kind(Record *record, gint64 lead, const char *kind, UsherTime now, GError **error)
{
    return keep(record, "UPDATE promise SET kept = $1, withdrawn = $1 WHERE lead = $2 AND kind = $3 AND kept = 0", lead, kind, now,
                error);
}

static gboolean put_watched(Record *record, const PromiseState *promise, GError **error)
{
    gint64 values[] = {promise->due, promise->warned, promise->broken, promise->escalated, promise->look, promise->id};
    return store_run_ints(
        record, "UPDATE promise SET due = $1, warned = $2, broken = $3, escalated = $4, look = $5 WHERE id = $6 AND kept = 0",
        values, G_N_ELEMENTS(values), NULL, error);
}

gboolean promise_put_watched(Record *record, const GPtrArray *watched, GError **error)
{
    for (guint i = 0; i < watched->len; i++) {
        if (!put_watched(record, g_ptr_array_index(watched, i), error))
            return FALSE;
    }
    return TRUE;
}

/* ---- who is to be told ---- */

static gboolean add_notice(Record *record, const PromiseNotice *notice, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO promise_notice (promise, person, is_warning, due) VALUES ($1, $2, $3, $4)"
                       " ON CONFLICT (promise, person, is_warning) DO NOTHING",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, notice->promise->id);
    statement_bind_text(statement, notice->person);
    statement_bind_int(statement, notice->is_warning);
    statement_bind_int(statement, notice->due);
    return statement_run(statement, NULL, error);
}

gboolean promise_add_notices(Record *record, const GPtrArray *notices, GError **error)
{
    for (guint i = 0; i < notices->len; i++) {
        if (!add_notice(record, g_ptr_array_index(notices, i), error))
            return FALSE;
    }
    return TRUE;
}

/* Who has given a lead away need not hear of it any more. */
static gboolean drop_notices(Record *record, gint64 lead, const char *person, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "DELETE FROM promise_notice WHERE told = 0 AND person = $1 AND promise IN (SELECT id FROM promise WHERE lead = $2)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, lead);
    return statement_run(statement, NULL, error);
}

gboolean promise_hand_over(Record *record, gint64 lead, const char *old_owner, const char *new_owner, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "UPDATE promise SET owner = $1 WHERE lead = $2 AND owner = $3 AND kept = 0", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, new_owner);
    statement_bind_int(statement, lead);
    statement_bind_text(statement, old_owner);
    return statement_run(statement, NULL, error) && drop_notices(record, lead, old_owner, error);
}

gboolean record_end_notice(Record *record, gint64 notice, UsherTime told, GError **error)
{
    store_must_write(record);
    gint64 values[] = {told, notice};
    return told != 0 ? store_run_ints(record, "UPDATE promise_notice SET told = $1 WHERE id = $2", values, 2, NULL, error)
                     : store_run_ints(record, "DELETE FROM promise_notice WHERE id = $1", &notice, 1, NULL, error);
}

/* ---- reading ---- */

#define PROMISE_COLUMNS                                                                                                            \
    "p.id, p.lead, p.kind, p.owner, p.due, p.kept_by, p.kept, p.broken, p.withdrawn, p.made, p.span, p.at_most, p.opens, "         \
    "p.hours, p.place,"                                                                                                            \
    " p.warned, p.escalated, p.look"

/* What cannot be read was not kept: then the count is as of an old promise. */
static void read_count(Statement *statement, PromiseCount *count)
{
    UsherTime made = statement_read_int(statement);
    g_autofree char *span = statement_dup_text(statement), *cap = statement_dup_text(statement);
    count->made = span != NULL && span_parse(span, &count->due, NULL) ? made : 0;
    count->has_cap = cap != NULL && span_parse(cap, &count->cap, NULL);
    count->opens = statement_read_int(statement) != 0;
    count->hours = statement_dup_text(statement);
    count->place = statement_dup_text(statement);
}

static PromiseState *read_promise(Statement *statement)
{
    gint64 id = statement_read_int(statement);
    gint64 lead = statement_read_int(statement);
    g_autofree char *kind = statement_dup_text(statement);
    g_autofree char *owner = statement_dup_text(statement);
    PromiseState *promise = promise_state_new(kind, owner, statement_read_int(statement));
    promise->id = id;
    promise->lead = lead;
    promise->kept_by = statement_dup_text(statement);
    promise->kept = statement_read_int(statement);
    promise->broken = statement_read_int(statement);
    promise->withdrawn = statement_read_int(statement);
    read_count(statement, &promise->count);
    promise->warned = statement_read_int(statement);
    promise->escalated = (guint)statement_read_int(statement);
    promise->look = statement_read_int(statement);
    return promise;
}

static gboolean read_promises(Record *record, const char *sql, gint64 first, gint64 second, GPtrArray *promises, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, first);
    statement_bind_int(statement, second);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(promises, read_promise(statement));
    return step == STEP_DONE;
}

gboolean promise_list(Record *record, gint64 lead, gboolean is_open, GPtrArray *promises, GError **error)
{
    return read_promises(record,
                         "SELECT " PROMISE_COLUMNS " FROM promise p WHERE p.lead = $1 AND (p.kept = 0 OR $2 = 0) ORDER BY p.id",
                         lead, is_open, promises, error);
}

gboolean record_list_owed(Record *record, const char *person, UsherTime due_before, guint most, GPtrArray **promises,
                          GError **error)
{
    g_autoptr(GPtrArray) owed = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT " PROMISE_COLUMNS " FROM promise p WHERE p.owner = $1 AND p.kept = 0 AND p.due < $2 AND p.kept_by LIKE 'verb:%'"
        " AND EXISTS (SELECT 1 FROM lead WHERE lead.id = p.lead AND lead.is_live = 1) ORDER BY p.due, p.id LIMIT $3",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, due_before);
    statement_bind_int(statement, most);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(owed, read_promise(statement));
    if (step != STEP_DONE)
        return FALSE;
    *promises = g_steal_pointer(&owed);
    return TRUE;
}

gboolean record_find_due_promises(Record *record, UsherTime now, guint most, GPtrArray **promises, GError **error)
{
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    if (!read_promises(record,
                       "SELECT " PROMISE_COLUMNS
                       " FROM promise p WHERE p.kept = 0 AND p.look > 0 AND p.look <= $1 ORDER BY p.look LIMIT $2",
                       now, most, due, error))
        return FALSE;
    *promises = g_steal_pointer(&due);
    return TRUE;
}

gboolean record_find_lead_of_promise(Record *record, gint64 promise, gint64 *lead, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT lead FROM promise WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, promise);
    StepResult step = statement_step(statement, error);
    *lead = step == STEP_ROW ? statement_read_int(statement) : 0;
    return step != STEP_FAILED;
}

/* ---- notices that are due ---- */

gboolean record_find_told_person(Record *record, UsherTime now, char **person, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT person FROM promise_notice WHERE told = 0 AND due <= $1 ORDER BY person LIMIT 1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    StepResult step = statement_step(statement, error);
    *person = step == STEP_ROW ? statement_dup_text(statement) : NULL;
    return step != STEP_FAILED;
}

static PromiseNotice *read_notice(Statement *statement, const char *person)
{
    PromiseState *promise = read_promise(statement);
    PromiseNotice *notice = promise_notice_new(person, promise, FALSE, 0);
    notice->id = statement_read_int(statement);
    notice->is_warning = statement_read_int(statement) != 0;
    notice->due = statement_read_int(statement);
    return notice;
}

static gboolean add_leads(Record *record, const GPtrArray *notices, GError **error)
{
    for (guint i = 0; i < notices->len; i++) {
        PromiseNotice *notice = g_ptr_array_index(notices, i);
        if (!lead_find(record, notice->promise->lead, &notice->lead, error))
            return FALSE;
    }
    return TRUE;
}

gboolean record_list_notices(Record *record, const char *person, UsherTime now, guint most, GPtrArray **notices, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)promise_notice_free);
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT " PROMISE_COLUMNS ", n.id, n.is_warning, n.due FROM promise_notice n JOIN promise p ON p.id = n.promise"
        " WHERE n.told = 0 AND n.person = $1 AND n.due <= $2 ORDER BY p.due, n.id LIMIT $3",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, now);
    statement_bind_int(statement, most);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(list, read_notice(statement, person));
    if (step != STEP_DONE || !add_leads(record, list, error))
        return FALSE;
    *notices = g_steal_pointer(&list);
    return TRUE;
}

gboolean promise_find_next_look(Record *record, UsherTime *next, GError **error)
{
    static const char *const queries[] = {"SELECT MIN(look) FROM promise WHERE kept = 0 AND look > 0",
                                          "SELECT MIN(due) FROM promise_notice WHERE told = 0"};
    *next = 0;
    for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autoptr(Statement) statement = driver_prepare(record->driver, queries[i], error);
        if (statement == NULL || statement_step(statement, error) == STEP_FAILED)
            return FALSE;
        UsherTime at = statement_read_int(statement);
        *next = *next == 0 || (at != 0 && at < *next) ? at : *next;
    }
    return TRUE;
}

/* ---- looking ---- */

gboolean record_find_late_promises(Record *record, gint64 lead, const char *kept_by, UsherTime now, GPtrArray **promises,
                                   GError **error)
{
    g_autoptr(GPtrArray) late = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT " PROMISE_COLUMNS " FROM promise p WHERE p.lead = $1 AND p.kept_by = $2 AND p.kept = 0 AND p.due < $3", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_text(statement, kept_by);
    statement_bind_int(statement, now);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(late, read_promise(statement));
    if (step != STEP_DONE)
        return FALSE;
    *promises = g_steal_pointer(&late);
    return TRUE;
}

void promise_line_free(PromiseLine *line)
{
    promise_state_free(line->promise);
    lead_free(line->lead);
    g_free(line);
}

/* The conditions are written out: only then the partial indexes serve. */
static Statement *prepare_list(Record *record, const char *owner, UsherTime since, guint most, GError **error)
{
    static const char open[] = "SELECT " PROMISE_COLUMNS " FROM promise p WHERE p.kept = 0 AND ($1 = '' OR p.owner = $1) AND $2 = 0"
                               " ORDER BY p.due LIMIT $3";
    static const char closed[] = "SELECT " PROMISE_COLUMNS " FROM promise p WHERE p.kept > 0 AND ($1 = '' OR p.owner = $1)"
                                 " AND p.kept >= $2 AND p.withdrawn = 0 ORDER BY p.kept DESC LIMIT $3";
    const char *sql = since == 0 ? open : closed;
    Statement *statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return NULL;
    statement_bind_text(statement, owner != NULL ? owner : "");
    statement_bind_int(statement, since);
    statement_bind_int(statement, most);
    return statement;
}

gboolean record_list_promises(Record *record, const char *owner, UsherTime since, guint most, GPtrArray **lines, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)promise_line_free);
    g_autoptr(Statement) statement = prepare_list(record, owner, since, most, error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        PromiseLine *line = g_new0(PromiseLine, 1);
        line->promise = read_promise(statement);
        g_ptr_array_add(list, line);
    }
    for (guint i = 0; step == STEP_DONE && i < list->len; i++) {
        PromiseLine *line = g_ptr_array_index(list, i);
        if (!lead_find(record, line->promise->lead, &line->lead, error))
            return FALSE;
    }
    if (step != STEP_DONE)
        return FALSE;
    *lines = g_steal_pointer(&list);
    return TRUE;
}
