/*
 * record/people.c - who has how many leads, and which
 *
 * Everything is read along small indexes: leads that are live, and a row a person and day of what was given out.
 */
#include "store.h"

#define DAY_S 86400

void person_figures_free(PersonFigures *figures)
{
    g_free(figures->person);
    g_free(figures);
}

gboolean record_list_people(Record *record, UsherTime now, guint days, GPtrArray **people, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT known.id, COALESCE(person.open_leads, 0),"
                       " (SELECT COUNT(*) FROM lead WHERE lead.owner = known.id AND lead.is_live = 1),"
                       " (SELECT COALESCE(SUM(leads), 0) FROM assigned WHERE assigned.person = known.id AND assigned.day > $1)"
                       " FROM (SELECT id FROM person UNION SELECT owner FROM lead WHERE is_live = 1) AS known"
                       " LEFT JOIN person ON person.id = known.id ORDER BY known.id",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now / DAY_S - days);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)person_figures_free);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        PersonFigures *figures = g_new0(PersonFigures, 1);
        figures->person = statement_dup_text(statement);
        figures->open_leads = statement_read_int(statement);
        figures->live_leads = statement_read_int(statement);
        figures->assigned = statement_read_int(statement);
        g_ptr_array_add(found, figures);
    }
    if (step != STEP_DONE)
        return FALSE;
    *people = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_list_live_leads(Record *record, const char *person, guint most, GArray *leads, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT id FROM lead WHERE owner = $1 AND is_live = 1 ORDER BY id LIMIT $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, person);
    statement_bind_int(statement, most);
    return store_read_ints(statement, leads, error);
}
