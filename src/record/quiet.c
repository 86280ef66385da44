/*
 * record/quiet.c - live leads on which nothing is to come and nothing has happened for long
 *
 * All live leads that have been let alone since are looked through, which takes long where there are many: once a day is enough.
 */
#include "store.h"

void quiet_lead_free(QuietLead *quiet)
{
    g_free(quiet->owner);
    g_free(quiet);
}

gboolean record_find_quiet_leads(Record *record, UsherTime before, gboolean is_nurture, guint most, GPtrArray **leads,
                                 GError **error)
{
    gint64 values[] = {before, is_nurture, most};
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)quiet_lead_free);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT id, owner, updated FROM lead WHERE is_live = 1 AND updated < $1 AND status <> 'exception'"
                       " AND CASE status WHEN 'nurture' THEN 1 ELSE 0 END = $2"
                       " AND NOT EXISTS (SELECT 1 FROM enrolment WHERE enrolment.lead = lead.id AND enrolment.state = 'active')"
                       " AND NOT EXISTS (SELECT 1 FROM promise WHERE promise.lead = lead.id AND promise.kept = 0)"
                       " AND NOT EXISTS (SELECT 1 FROM task WHERE task.lead = lead.id AND task.done = 0 AND task.cancelled = 0)"
                       " ORDER BY updated LIMIT $3",
                       error);
    if (statement == NULL)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        statement_bind_int(statement, values[i]);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        QuietLead *quiet = g_new0(QuietLead, 1);
        g_ptr_array_add(found, quiet);
        quiet->lead = statement_read_int(statement);
        quiet->owner = statement_dup_text(statement);
        quiet->since = statement_read_int(statement);
    }
    if (step == STEP_FAILED)
        return FALSE;
    *leads = g_steal_pointer(&found);
    return TRUE;
}
