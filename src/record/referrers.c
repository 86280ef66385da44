/*
 * record/referrers.c - who sends us leads, and what became of them
 *
 * Grouped along the index of the leads that have a referrer: only these are read. A referrer is told apart by the address; one who was only named is left out, because
 * two of a name may be two.
 */
#include "store.h"

#include "usher/base/text.h"

#define MOST_REFERRERS 1000

#define REFERRERS_SQL                                                                                                              \
    "SELECT MAX(referrer_name), referrer_address, MAX(from_partner), COUNT(*), COUNT(CASE WHEN is_live = 1 THEN 1 END),"           \
    " COUNT(CASE WHEN status = 'won' THEN 1 END), COUNT(CASE WHEN status = 'lost' THEN 1 END),"                                    \
    " COUNT(CASE WHEN status = 'referred-on' THEN 1 END), MAX(created) FROM lead"                                                  \
    " WHERE referrer_address IS NOT NULL AND created >= $1 GROUP BY referrer_address ORDER BY COUNT(*) DESC, referrer_address"     \
    " LIMIT $2"

void referrer_line_free(ReferrerLine *line)
{
    if (!line) {
        return;
    }
    g_free(line->name);
    g_free(line->address);
    g_free(line->partner);
    g_free(line);
}

static gboolean count_one(Statement *statement, guint *count, GError **error)
{
    if (statement_step(statement, error) != STEP_ROW) {
        return FALSE;
    }
    *count = (guint)statement_read_int(statement);
    return TRUE;
}

/* What went to them as a referrer: thanks, and what they were told of the progress. */
static gboolean count_thanks(Record *record, ReferrerLine *line, UsherTime since, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT COUNT(*) FROM outbox WHERE is_internal = 0 AND to_domain = $1 AND queued >= $2"
                       " AND to_address = $3 AND recipient_role = 'referrer' AND state = 'sent'",
                       error);
    if (!statement) {
        return FALSE;
    }
    char *domain = text_address_domain(line->address);
    statement_bind_text_take(statement, domain ? domain : g_strdup(""));
    statement_bind_int(statement, since);
    statement_bind_text(statement, line->address);
    return count_one(statement, &line->thanked, error);
}

static gboolean count_sent_back(Record *record, ReferrerLine *line, UsherTime since, GError **error)
{
    if (!line->partner) {
        return TRUE;
    }
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT COUNT(*) FROM lead WHERE partner = $1 AND referred_on > 0 AND referred_on >= $2", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text(statement, line->partner);
    statement_bind_int(statement, since);
    return count_one(statement, &line->sent_back, error);
}

static ReferrerLine *read_line(Statement *statement)
{
    ReferrerLine *line = g_new0(ReferrerLine, 1);
    line->name = statement_dup_text(statement);
    line->address = statement_dup_text(statement);
    line->partner = statement_dup_text(statement);
    line->leads = (guint)statement_read_int(statement);
    line->open = (guint)statement_read_int(statement);
    line->won = (guint)statement_read_int(statement);
    line->lost = (guint)statement_read_int(statement);
    line->referred_on = (guint)statement_read_int(statement);
    line->last = statement_read_int(statement);
    return line;
}

gboolean record_list_referrers(Record *record, UsherTime since, GPtrArray **lines, GError **error)
{
    g_auto(StoreView) view = {NULL};
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)referrer_line_free);
    if (!store_view(record, &view, error)) {
        return FALSE;
    }
    g_autoptr(Statement) statement = driver_prepare(record->driver, REFERRERS_SQL, error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, since);
    statement_bind_int(statement, MOST_REFERRERS);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        ReferrerLine *line = read_line(statement);
        g_ptr_array_add(found, line);
        if (!count_thanks(record, line, since, error) || !count_sent_back(record, line, since, error)) {
            return FALSE;
        }
    }
    if (step != STEP_DONE) {
        return FALSE;
    }
    *lines = g_steal_pointer(&found);
    return TRUE;
}
