/*
 * record/lead_parties.c - whom of the firm's lists a lead's people are or may be, as it was judged
 *
 * The names are written out: a list changes, what a judgement was made from does not.
 */
#include "store.h"

static gboolean insert_match(Record *record, gint64 lead, gint64 ordinal, const PartyMatch *match, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO lead_party (lead, ordinal, list, how, name, own, note, what, said, matched, why)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                       error);
    if (!statement) {
        return FALSE;
    }
    const Party *party = match->party;
    statement_bind_int(statement, lead);
    statement_bind_int(statement, ordinal);
    statement_bind_int(statement, party->list);
    statement_bind_int(statement, match->how);
    statement_bind_text(statement, party->name);
    statement_bind_text(statement, party->list == PARTY_CLIENT ? party->owner : party->matter);
    statement_bind_text(statement, party->note);
    statement_bind_text(statement, match->what);
    statement_bind_text(statement, match->said);
    statement_bind_text(statement, match->matched);
    statement_bind_text(statement, match->why);
    return statement_run(statement, NULL, error);
}

gboolean lead_parties_put(Record *record, const Decision *decision, GError **error)
{
    const GPtrArray *lists[] = {decision->clients, decision->conflicts};
    gint64 ordinal = 0;
    if (!decision->opens_lead &&
        !store_run_ints(record, "DELETE FROM lead_party WHERE lead = $1", &decision->lead, 1, NULL, error)) {
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint j = 0; j < lists[i]->len; j++) {
            if (!insert_match(record, decision->lead, ordinal++, g_ptr_array_index(lists[i], j), error)) {
                return FALSE;
            }
        }
    }
    return TRUE;
}

static PartyMatch *read_match(Statement *statement)
{
    PartyMatch *match = g_new0(PartyMatch, 1);
    PartyList list = (PartyList)statement_read_int(statement);
    match->how = (PartyHow)statement_read_int(statement);
    match->party = party_new(list, statement_read_text(statement));
    char **own = list == PARTY_CLIENT ? &match->party->owner : &match->party->matter;
    g_free(*own);
    *own = statement_dup_text(statement);
    g_free(match->party->note);
    match->party->note = statement_dup_text(statement);
    match->what = statement_dup_text(statement);
    match->said = statement_dup_text(statement);
    match->matched = statement_dup_text(statement);
    match->why = statement_dup_text(statement);
    return match;
}

gboolean lead_parties_read(Record *record, Decision *decision, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "SELECT list, how, name, own, note, what, said, matched, why FROM lead_party"
                                                    " WHERE lead = $1 ORDER BY ordinal",
                                                    error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, decision->lead);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        PartyMatch *match = read_match(statement);
        g_ptr_array_add(match->party->list == PARTY_CLIENT ? decision->clients : decision->conflicts, match);
    }
    return step == STEP_DONE;
}
