/*
 * record/slots.c - times that were offered for a call
 *
 * A row is a person's time that a prospect may still take. What has gone by goes with the next offer, so the table stays as small as what is open.
 */
#include "store.h"

#define MOST_OFFERS 500

gboolean slots_add_open(Record *record, UsherTime now, GPtrArray *slots, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT at, owner, lead FROM slot WHERE at > $1 ORDER BY at, owner LIMIT $2", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, now);
    statement_bind_int(statement, MOST_OFFERS);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        UsherTime at = statement_read_int(statement);
        g_autofree char *owner = statement_dup_text(statement);
        g_ptr_array_add(slots, slot_offer_new(statement_read_int(statement), owner, at));
    }
    return step == STEP_DONE;
}

static gboolean put_slot(Record *record, gint64 lead, const SlotOffer *slot, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "INSERT INTO slot (at, owner, lead) VALUES ($1, $2, $3) ON CONFLICT (at, owner) DO NOTHING", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, slot->at);
    statement_bind_text(statement, slot->owner);
    statement_bind_int(statement, lead);
    return statement_run(statement, NULL, error);
}

gboolean slots_put(Record *record, const Decision *decision, GError **error)
{
    if (decision->slots->len == 0) {
        return TRUE;
    }
    if (!store_run_ints(record, "DELETE FROM slot WHERE at <= $1", &decision->at, 1, NULL, error)) {
        return FALSE;
    }
    for (guint i = 0; i < decision->slots->len; i++) {
        if (!put_slot(record, decision->lead, g_ptr_array_index(decision->slots, i), error)) {
            return FALSE;
        }
    }
    return TRUE;
}
