/*
 * record/claims.c - who holds claims on work
 *
 * A claim ends with its lease; a claimer that is known to be dead need not be waited for. Who is dead only the caller can know.
 */
#include "store.h"

static gboolean list_from(Record *record, const char *sql, GPtrArray *claimers, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL) {
        return FALSE;
    }
    StepResult step = statement_step(statement, error);
    for (; step == STEP_ROW; step = statement_step(statement, error)) {
        g_ptr_array_add(claimers, g_strdup(statement_read_text(statement)));
    }
    return step != STEP_FAILED;
}

gboolean record_list_claimers(Record *record, GPtrArray **claimers, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    if (!list_from(record, "SELECT DISTINCT claimer FROM message WHERE decided = 0 AND claimer IS NOT NULL", found, error) ||
        !list_from(record, "SELECT DISTINCT claimer FROM outbox WHERE claimed_until > 0 AND claimer IS NOT NULL", found, error)) {
        return FALSE;
    }
    *claimers = g_steal_pointer(&found);
    return TRUE;
}
