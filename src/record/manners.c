/*
 * record/manners.c - how much mail may go outside now: the fuse, the rate to one domain, the quiet hours
 *
 * Asked in the transaction that claims mails, so that two senders of one store never let through more than one would. Everything is
 * counted along an index and no further than the limit it is compared with: what went out years ago costs nothing.
 *
 * A mail that has to wait keeps its tries: `due` is moved on, and last_answer says why. While the fuse is open, or closed and its hour full, nothing is
 * moved: those mails are only not looked for.
 *
 * After somebody has closed the fuse what had gathered goes on, but no faster than the limit lets it. So the fuse judges only what was queued
 * since: else it would open again at the first mail.
 */
#include "manners.h"

#include "usher/base/error.h"

#define MINUTE_S 60
#define HOUR_S 3600
#define CLOCKS_DIFFER_S 300 /* between the machines of one store; what is further ahead was written before a clock was set back */

void fuse_state_clear(FuseState *fuse)
{
    g_clear_pointer(&fuse->opened_by, g_free);
    g_clear_pointer(&fuse->why, g_free);
    g_clear_pointer(&fuse->closed_by, g_free);
    *fuse = (FuseState){0};
}

/* A statement that takes numbers and gives one. */
static gboolean read_one(Record *record, const char *sql, const gint64 *values, guint count, gint64 *found, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    for (guint i = 0; i < count; i++)
        statement_bind_int(statement, values[i]);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *found = statement_read_int(statement);
    return TRUE;
}

/* ---- the fuse ---- */

static gboolean read_last_fuse(Record *record, FuseState *fuse, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT id, opened, opened_by, why, closed, closed_by FROM fuse ORDER BY id DESC LIMIT 1", error);
    if (statement == NULL)
        return FALSE;
    StepResult step = statement_step(statement, error);
    if (step != STEP_ROW)
        return step == STEP_DONE;
    fuse->id = statement_read_int(statement);
    fuse->opened = statement_read_int(statement);
    fuse->opened_by = statement_dup_text(statement);
    fuse->why = statement_dup_text(statement);
    fuse->closed = statement_read_int(statement);
    fuse->closed_by = statement_dup_text(statement);
    fuse->is_open = fuse->closed == 0;
    return TRUE;
}

/* Since `since`; of mails queued after `queued_after`; counted to `most`. */
static gboolean count_sent(Record *record, UsherTime now, UsherTime since, UsherTime queued_after, gint64 most, gint64 *count,
                           GError **error)
{
    const gint64 values[] = {since, now + CLOCKS_DIFFER_S, queued_after, most};
    return read_one(record,
                    "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE is_internal = 0 AND sent > 0 AND sent > $1 AND sent <= $2"
                    " AND queued > $3 LIMIT $4) AS recent",
                    values, G_N_ELEMENTS(values), count, error);
}

static gboolean count_waiting(Record *record, UsherTime now, UsherTime queued_after, gint64 most, gint64 *count, GError **error)
{
    const gint64 values[] = {now, queued_after, most};
    return read_one(record,
                    "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE state = 'pending' AND rank IN (0, 2) AND due <= $1"
                    " AND claimed_until <= $1 AND queued > $2 LIMIT $3) AS waiting",
                    values, G_N_ELEMENTS(values), count, error);
}

/* Those that somebody is sending at this moment: few. */
static gboolean count_under_way(Record *record, UsherTime now, gint64 *count, GError **error)
{
    return read_one(record,
                    "SELECT COUNT(*) FROM outbox WHERE claimed_until > 0 AND claimer > '' AND claimed_until > $1 AND "
                    "is_internal = 0 AND state = 'pending'",
                    &now, 1, count, error);
}

gboolean record_read_fuse(Record *record, UsherTime now, FuseState *fuse, GError **error)
{
    g_auto(StoreView) view = {NULL};
    fuse_state_clear(fuse);
    return store_view(record, &view, error) && read_last_fuse(record, fuse, error) &&
           count_sent(record, now, now - HOUR_S, 0, G_MAXINT32, &fuse->sent_in_hour, error) &&
           count_waiting(record, now, 0, G_MAXINT32, &fuse->waiting, error);
}

gboolean record_is_fuse_open(Record *record, gboolean *is_open, GError **error)
{
    g_auto(FuseState) fuse = {0};
    if (!read_last_fuse(record, &fuse, error))
        return FALSE;
    *is_open = fuse.is_open;
    return TRUE;
}

gboolean record_open_fuse(Record *record, const char *who, const char *why, UsherTime now, gboolean *is_changed, GError **error)
{
    store_must_write(record);
    g_auto(FuseState) fuse = {0};
    if (!read_last_fuse(record, &fuse, error))
        return FALSE;
    *is_changed = !fuse.is_open;
    if (fuse.is_open)
        return TRUE;
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "INSERT INTO fuse (opened, opened_by, why) VALUES ($1, $2, $3)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    statement_bind_text(statement, who);
    statement_bind_text(statement, why);
    return statement_run(statement, NULL, error) && history_add_one(record, 0, now, who, "fuse opened", why, error);
}

gboolean record_close_fuse(Record *record, const char *who, UsherTime now, gboolean *is_changed, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "UPDATE fuse SET closed = $1, closed_by = $2 WHERE closed = 0", error);
    if (statement == NULL)
        return FALSE;
    gint64 changes = 0;
    statement_bind_int(statement, now);
    statement_bind_text(statement, who);
    if (!statement_run(statement, &changes, error))
        return FALSE;
    *is_changed = changes > 0;
    return changes == 0 || history_add_one(record, 0, now, who, "fuse closed", "mail to outsiders goes on", error);
}

/* The hour is full and more is due. What was queued since somebody closed the fuse last decides whether it opens again. */
static gboolean judge_demand(Record *record, Gate *gate, UsherTime closed, GError **error)
{
    const MailManners *manners = gate->manners;
    gint64 most = (gint64)manners->mails_per_hour + 1, sent = 0, waiting = 0;
    if (!count_waiting(record, gate->now, closed, most, &waiting, error))
        return FALSE;
    if (waiting == 0)
        return TRUE;
    if (!count_sent(record, gate->now, gate->now - HOUR_S, closed, most, &sent, error))
        return FALSE;
    if (sent + gate->under_way + waiting < most)
        return TRUE;
    g_autofree char *why = g_strdup_printf("more than %u automatic mails to outsiders in an hour", manners->mails_per_hour);
    return record_open_fuse(record, "usher", why, gate->now, &gate->has_opened, error);
}

gboolean gate_open(Record *record, Gate *gate, const MailManners *manners, UsherTime now, GError **error)
{
    g_auto(FuseState) fuse = {0};
    gint64 sent = 0;
    *gate = (Gate){.manners = manners, .now = now, .room = G_MAXINT32};
    if (manners == NULL)
        return TRUE;
    gate->delayed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!read_last_fuse(record, &fuse, error) || !count_under_way(record, now, &gate->under_way, error))
        return FALSE;
    if (fuse.is_open) {
        gate->room = 0;
        return TRUE;
    }
    UsherTime since =
        MAX(now - HOUR_S, fuse.closed - 1); /* nothing went while it was open: what went in that second went after it */
    if (!count_sent(record, now, since, 0, manners->mails_per_hour, &sent, error))
        return FALSE;
    gate->room = MAX((gint64)manners->mails_per_hour - sent - gate->under_way, 0);
    return gate->room > 0 || judge_demand(record, gate, fuse.closed, error);
}

void gate_clear(Gate *gate)
{
    g_clear_pointer(&gate->delayed, g_hash_table_unref);
}

/* ---- quiet hours ---- */

gboolean gate_keep_quiet(Record *record, const Gate *gate, GError **error)
{
    if (gate->manners == NULL || gate->manners->quiet_until <= gate->now)
        return TRUE;
    const gint64 values[] = {gate->manners->quiet_until, gate->now};
    return store_run_ints(record,
                          "UPDATE outbox SET due = $1, last_answer = 'waits for the end of the quiet hours' WHERE state = "
                          "'pending' AND rank = 2 AND due <= $2 AND claimed_until <= $2",
                          values, G_N_ELEMENTS(values), NULL, error);
}

/* ---- one domain ---- */

/* How many went to the domain in the last minute or are on their way, which are few: they are found by who has claimed them, and not by the domain, for which many may wait. */
static gboolean count_to_domain(Record *record, const Gate *gate, const char *domain, guint most, gint64 *count, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE is_internal = 0 AND sent > 0 AND to_domain = $1"
        " AND sent > $2 AND sent <= $3 LIMIT $4) AS recent) + (SELECT COUNT(*) FROM outbox WHERE claimed_until > 0"
        " AND claimer > '' AND claimed_until > $5 AND is_internal = 0 AND to_domain || '' = $1 AND state = 'pending')",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, domain);
    statement_bind_int(statement, gate->now - MINUTE_S);
    statement_bind_int(statement, gate->now + CLOCKS_DIFFER_S);
    statement_bind_int(statement, most);
    statement_bind_int(statement, gate->now);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *count = statement_read_int(statement);
    return TRUE;
}

/* Those that wait for a later minute already, and go before this one: answers wait for answers only. */
static gboolean count_delayed(Record *record, const Gate *gate, const char *domain, MailRank rank, gint64 *count, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND to_domain = $1 AND "
                                                    "rank IN (0, $2) AND due > $3",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, domain);
    statement_bind_int(statement, rank);
    statement_bind_int(statement, gate->now);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *count = statement_read_int(statement);
    return TRUE;
}

/* Counted once in a transaction, and from then on kept: a thousand mails to one domain are not counted a thousand times. Borrowed. */
static gint64 *count_delayed_once(Record *record, Gate *gate, const char *key, const char *domain, MailRank rank, GError **error)
{
    gint64 count = 0;
    if (!count_delayed(record, gate, domain, rank, &count, error))
        return NULL;
    gint64 *delayed = g_memdup2(&count, sizeof count);
    g_hash_table_insert(gate->delayed, g_strdup(key), delayed);
    return delayed;
}

gboolean gate_find_time(Record *record, Gate *gate, const char *domain, MailRank rank, UsherTime *later, GError **error)
{
    gint64 count = 0;
    *later = 0;
    if (gate->manners == NULL)
        return TRUE;
    gboolean is_free = gate->manners->free_mail != NULL && g_hash_table_contains(gate->manners->free_mail, domain);
    guint limit = is_free ? gate->manners->free_mail_per_minute : gate->manners->domain_per_minute;
    g_autofree char *key = g_strdup_printf("%d %s", (int)rank, domain);
    gint64 *delayed = g_hash_table_lookup(gate->delayed, key); /* it was full a moment ago, and is so still */
    if (delayed == NULL) {
        if (!count_to_domain(record, gate, domain, limit, &count, error))
            return FALSE;
        if (count < (gint64)limit)
            return TRUE;
        delayed = count_delayed_once(record, gate, key, domain, rank, error);
        if (delayed == NULL)
            return FALSE;
    }
    *later = gate->now + MINUTE_S * (1 + *delayed / limit);
    ++*delayed;
    return TRUE;
}
