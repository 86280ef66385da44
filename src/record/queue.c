/*
 * record/queue.c - the exception queue: leads that wait for a person
 *
 * A lead is in the queue while its status is `exception`. It came there with its last judgement; when somebody is to have decided stands in its
 * promise of a review.
 */
#include "store.h"

static QueueLine *read_line(Statement *statement)
{
    QueueLine *line = g_new0(QueueLine, 1);
    line->since = statement_read_int(statement);
    line->due = statement_read_int(statement);
    line->action = statement_dup_text(statement);
    line->lead = lead_read(statement);
    return line;
}

static gboolean read_lines(Record *record, guint most, GPtrArray *lines, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT COALESCE((SELECT j.at FROM judgement j WHERE j.lead = lead.id), created),"
        " COALESCE((SELECT MIN(p.due) FROM promise p WHERE p.lead = lead.id AND p.kind = 'exception-review' AND p.kept = 0), 0),"
        " (SELECT j.action FROM judgement j WHERE j.lead = lead.id), " LEAD_COLUMNS
        " FROM lead WHERE status = 'exception' AND is_live = 1 ORDER BY 1, id LIMIT $1",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, most);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(lines, read_line(statement));
    return step == STEP_DONE;
}

gboolean record_list_queue(Record *record, guint most, GPtrArray **lines, GError **error)
{
    g_auto(StoreView) view = {NULL};
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)queue_line_free);
    if (!store_view(record, &view, error) || !read_lines(record, most, found, error))
        return FALSE;
    for (guint i = 0; i < found->len; i++) {
        Lead *lead = ((const QueueLine *)g_ptr_array_index(found, i))->lead;
        if (!lead_add_fields(record, lead->id, lead->fields, error))
            return FALSE;
    }
    *lines = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_has_mail(Record *record, const char *key, gboolean *is_known, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT 1 FROM outbox WHERE key = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, key);
    StepResult step = statement_step(statement, error);
    *is_known = step == STEP_ROW;
    return step != STEP_FAILED;
}
