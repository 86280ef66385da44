/*
 * record/daily.c - what a person's own list of the day is made of: what they owe, and what is newly theirs
 */
#include "store.h"

gboolean record_take_digest(Record *record, const char *key, UsherTime now, gboolean *is_ours, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "INSERT INTO digest (key, at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, key);
    statement_bind_int(statement, now);
    gint64 changes = 0;
    if (!statement_run(statement, &changes, error))
        return FALSE;
    *is_ours = changes > 0;
    return TRUE;
}

gboolean record_list_new_leads(Record *record, const char *person, UsherTime since, guint most, GPtrArray **leads, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)lead_free);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT " LEAD_COLUMNS
                       " FROM lead WHERE owner = $1 AND is_live = 1 AND owned_since >= $2 ORDER BY owned_since, id LIMIT $3",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, since);
    statement_bind_int(statement, most);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(found, lead_read(statement));
    if (step != STEP_DONE)
        return FALSE;
    for (guint i = 0; i < found->len; i++) {
        Lead *lead = g_ptr_array_index(found, i);
        if (!lead_add_fields(record, lead->id, lead->fields, error))
            return FALSE;
    }
    *leads = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_find_lead(Record *record, gint64 id, Lead **lead, GError **error)
{
    return lead_find(record, id, lead, error);
}
