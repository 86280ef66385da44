/*
 * record/history.c - the append-only history and its chain
 *
 * hash = digest of (hash of the line before, lead, moment, actor, what, digest of the detail), each ended by a NUL. A line that
 * was changed, taken out or slipped in breaks every hash after it. The detail goes in by its digest, so that it can be erased
 * and the chain still be checked.
 */
#include "store.h"

#include <string.h>

#include "usher/base/error.h"
#include "usher/base/token.h"

static void add_text(TokenDigest *digest, const char *text)
{
    token_digest_add(digest, text, strlen(text) + 1);
}

static void add_int(TokenDigest *digest, gint64 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, value);
    add_text(digest, text);
}

static char *make_hash(const char *previous, gint64 lead, UsherTime at, const char *actor, const char *what,
                       const char *detail_digest)
{
    TokenDigest *digest = token_digest_new();
    add_text(digest, previous);
    add_int(digest, lead);
    add_int(digest, at);
    add_text(digest, actor);
    add_text(digest, what);
    add_text(digest, detail_digest);
    return token_digest_finish(digest);
}

static char *find_last_hash(Record *record, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT hash FROM event ORDER BY id DESC LIMIT 1", error);
    if (statement == NULL)
        return NULL;
    StepResult step = statement_step(statement, error);
    if (step == STEP_FAILED)
        return NULL;
    return step == STEP_ROW ? statement_dup_text(statement) : g_strdup("");
}

static gboolean insert_event(Record *record, gint64 lead, UsherTime at, const Event *event, const char *hash, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO event (lead, at, actor, what, detail, hash) VALUES (NULLIF($1, 0), $2, $3, $4, $5, $6)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_int(statement, at);
    statement_bind_text(statement, event->actor);
    statement_bind_text(statement, event->what);
    statement_bind_text(statement, event->detail);
    statement_bind_text(statement, hash);
    return statement_run(statement, NULL, error);
}

gboolean history_add(Record *record, gint64 lead, UsherTime at, const GPtrArray *events, GError **error)
{
    if (events->len == 0)
        return TRUE;
    g_autofree char *previous = find_last_hash(record, error);
    if (previous == NULL)
        return FALSE;
    for (guint i = 0; i < events->len; i++) {
        const Event *event = g_ptr_array_index(events, i);
        g_autofree char *detail_digest = token_digest_bytes(event->detail, strlen(event->detail));
        gint64 of_lead = event->lead != 0 ? event->lead : lead;
        char *hash = make_hash(previous, of_lead, at, event->actor, event->what, detail_digest);
        g_free(previous);
        previous = hash;
        if (!insert_event(record, of_lead, at, event, hash, error))
            return FALSE;
    }
    return TRUE;
}

gboolean history_add_one(Record *record, gint64 lead, UsherTime at, const char *actor, const char *what, const char *detail,
                         GError **error)
{
    g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func((GDestroyNotify)event_free);
    g_ptr_array_add(events, event_new(actor, what, detail));
    return history_add(record, lead, at, events, error);
}

static char *read_hash_again(Statement *statement, const char *previous)
{
    gint64 lead = statement_read_int(statement);
    UsherTime at = statement_read_int(statement);
    const char *actor = statement_read_text(statement);
    const char *what = statement_read_text(statement);
    const char *detail = statement_read_text(statement);
    const char *erased = statement_read_text(statement);
    g_autofree char *digest = detail != NULL ? token_digest_bytes(detail, strlen(detail)) : g_strdup(erased != NULL ? erased : "");
    return make_hash(previous, lead, at, actor, what, digest);
}

gboolean history_check_chain(Record *record, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT id, lead, at, actor, what, detail, erased, hash FROM event ORDER BY id", error);
    if (statement == NULL)
        return FALSE;
    g_autofree char *previous = g_strdup("");
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        gint64 id = statement_read_int(statement);
        char *hash = read_hash_again(statement, previous);
        g_free(previous);
        previous = hash;
        if (g_strcmp0(hash, statement_read_text(statement)) != 0) {
            g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                        "store \"%s\": line %" G_GINT64_FORMAT
                        " of the history, or the one before it, was changed or taken out after it was written",
                        driver_get_path(record->driver), id);
            return FALSE;
        }
    }
    return step == STEP_DONE;
}
