/*
 * record/partners.c - the firm's partners, with what has passed between us and them
 *
 * They are few, so they are read as a whole and chosen from elsewhere (assign/partner.c). What has passed between us is counted along an index of the
 * leads concerned, of a year back.
 */
#include "store.h"

#include "party_rows.h"
#include "usher/base/error.h"

#define YEAR_S (365 * 24 * 3600)

#define PARTNERS_SQL                                                                                                               \
    "SELECT id, name, contact, note, phone, reciprocity, share,"                                                                   \
    " (SELECT COUNT(*) FROM lead l WHERE l.from_partner = partner.name AND l.created > $1),"                                       \
    " (SELECT COUNT(*) FROM lead l WHERE l.partner = partner.name AND l.referred_on > 0 AND l.referred_on > $1),"                  \
    " (SELECT COALESCE(MAX(l.referred_on), 0) FROM lead l WHERE l.partner = partner.name AND l.referred_on > 0)"                   \
    " FROM partner ORDER BY folded LIMIT $2"

static gboolean read_partners(Record *record, UsherTime now, GPtrArray *partners, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, PARTNERS_SQL, error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, now - YEAR_S);
    statement_bind_int(statement, MOST_PARTNERS);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        Party *partner = party_row_read(statement, PARTY_PARTNER);
        partner->terms->sent_us = (guint)statement_read_int(statement);
        partner->terms->sent_them = (guint)statement_read_int(statement);
        partner->terms->last_sent = statement_read_int(statement);
        g_ptr_array_add(partners, partner);
        if (!party_add_known_by(record, partner, error)) {
            return FALSE;
        }
    }
    return step == STEP_DONE;
}

gboolean record_add_partners(Record *record, Past *past, UsherTime now, GError **error)
{
    g_auto(StoreView) view = {NULL};
    if (past->partners->len > 0) {
        return TRUE;
    }
    return store_view(record, &view, error) && read_partners(record, now, past->partners, error);
}

gboolean partners_check_count(Record *record, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT COUNT(*) FROM partner", error);
    if (!statement || statement_step(statement, error) != STEP_ROW) {
        return FALSE;
    }
    gint64 count = statement_read_int(statement);
    if (count <= MOST_PARTNERS) {
        return TRUE;
    }
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                "that would make %" G_GINT64_FORMAT
                " partners, and no more than %d are looked at: nothing was taken over; leave out those"
                " nobody is sent to",
                count, MOST_PARTNERS);
    return FALSE;
}

static gboolean note_source(Record *record, const char *address, const char *name, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "UPDATE lead SET from_partner = $1 WHERE referrer_address = $2 AND from_partner IS NULL", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text(statement, name);
    statement_bind_text(statement, address);
    return statement_run(statement, NULL, error);
}

gboolean partners_note_source(Record *record, const Party *partner, GError **error)
{
    for (guint i = 0; i < partner->addresses->len; i++) {
        if (!note_source(record, g_ptr_array_index(partner->addresses, i), partner->name, error)) {
            return FALSE;
        }
    }
    return TRUE;
}
