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
                       "INSERT INTO promise (lead, kind, owner, due, kept_by, kept, made, span, at_most, opens, hours, place)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
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

gboolean promise_break(Record *record, const PromiseState *promise, UsherTime now, GError **error)
{
    gint64 values[] = {now, promise->id};
    return store_run_ints(record, "UPDATE promise SET broken = $1 WHERE id = $2 AND kept = 0 AND broken = 0", values, 2, NULL,
                          error);
}

/* ---- reading ---- */

#define PROMISE_COLUMNS "id, lead, kind, owner, due, kept_by, kept, broken, withdrawn, made, span, at_most, opens, hours, place"

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
    return read_promises(record, "SELECT " PROMISE_COLUMNS " FROM promise WHERE lead = $1 AND (kept = 0 OR $2 = 0) ORDER BY id",
                         lead, is_open, promises, error);
}

gboolean record_find_due_promises(Record *record, UsherTime now, guint most, GPtrArray **promises, GError **error)
{
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    if (!read_promises(record,
                       "SELECT " PROMISE_COLUMNS " FROM promise WHERE kept = 0 AND broken = 0 AND due < $1 ORDER BY due LIMIT $2",
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
