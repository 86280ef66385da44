/*
 * record/messages.c - captured mails: made durable once, claimed by lease, read again
 *
 * The digest is the identity of a mail: a second arrival of the same one adds only a delivery, because two doors, or a server
 * that did not hear our answer, may bring it twice.
 */
#include "store.h"

#include "usher/base/error.h"

#define CHUNK_BYTES (256 * 1024)

/* ---- capture ---- */

/* *id is 0 when the digest is known. */
static gboolean insert_message(Record *record, const RecordCapture *capture, gint64 *id, GError **error)
{
    const Arrival *arrival = capture->arrival;
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "INSERT INTO message (digest, message_id, received, size_bytes, is_cut, is_headers_only) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (digest) DO NOTHING",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, arrival->digest);
    statement_bind_text(statement, capture->message_id);
    statement_bind_int(statement, arrival->received);
    statement_bind_int(statement, (gint64)arrival->size_bytes);
    statement_bind_int(statement, capture->is_cut);
    statement_bind_int(statement, capture->is_headers_only);
    return statement_insert(statement, id, error);
}

static gboolean find_by_digest(Record *record, const char *digest, gint64 *id, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT id FROM message WHERE digest = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, digest);
    StepResult step = statement_step(statement, error);
    if (step != STEP_FAILED)
        *id = step == STEP_ROW ? statement_read_int(statement) : 0;
    return step != STEP_FAILED;
}

static gboolean insert_chunk(Record *record, gint64 message, gint64 chunk, const void *bytes, gsize length, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "INSERT INTO message_raw (message, chunk, bytes) VALUES ($1, $2, $3)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, message);
    statement_bind_int(statement, chunk);
    statement_bind_bytes(statement, bytes, length);
    return statement_run(statement, NULL, error);
}

/* A source may give less than it is asked for; a chunk is filled before it is written. */
static gboolean fill_chunk(const RecordCapture *capture, gint64 offset, char *buffer, gsize *length, GError **error)
{
    *length = 0;
    while (*length < CHUNK_BYTES) {
        gssize got = capture->read(capture->data, offset + (gint64)*length, buffer + *length, CHUNK_BYTES - *length, error);
        if (got < 0)
            return FALSE;
        if (got == 0)
            return TRUE;
        *length += (gsize)got;
    }
    return TRUE;
}

static gboolean insert_bytes(Record *record, gint64 message, const RecordCapture *capture, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK_BYTES);
    gsize length = CHUNK_BYTES;
    for (gint64 chunk = 0; length == CHUNK_BYTES; chunk++) {
        if (!fill_chunk(capture, chunk * CHUNK_BYTES, buffer, &length, error))
            return FALSE;
        if (length > 0 && !insert_chunk(record, message, chunk, buffer, length, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean insert_delivery(Record *record, gint64 message, const RecordCapture *capture, GError **error)
{
    const Arrival *arrival = capture->arrival;
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "INSERT INTO delivery (message, at, door, queue_id, envelope_from, envelope_to) VALUES ($1, $2, $3, $4, $5, $6)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, message);
    statement_bind_int(statement, arrival->captured ? arrival->captured : arrival->received);
    statement_bind_text(statement, arrival->door);
    statement_bind_text(statement, capture->queue_id);
    statement_bind_text(statement, arrival->envelope_from);
    store_bind_lines(statement, arrival->envelope_to);
    return statement_run(statement, NULL, error);
}

gboolean record_capture(Record *record, const RecordCapture *capture, gint64 *id, gboolean *is_new, GError **error)
{
    store_must_write(record);
    gint64 row = 0;
    if (!insert_message(record, capture, &row, error))
        return FALSE;
    gboolean is_first = row != 0;
    if (is_first ? !insert_bytes(record, row, capture, error) : !find_by_digest(record, capture->arrival->digest, &row, error))
        return FALSE;
    if (!insert_delivery(record, row, capture, error))
        return FALSE;
    *id = row;
    *is_new = is_first;
    return TRUE;
}

/* ---- claiming ---- */

static gboolean has_text(const GPtrArray *texts, const char *text)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)(guintptr)texts, text, g_str_equal, NULL);
}

/* Door and envelope sender are those of the first delivery, recipients those of all. */
static gboolean read_deliveries(Record *record, Arrival *arrival, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT door, envelope_from, envelope_to FROM delivery WHERE message = $1 ORDER BY id LIMIT 100", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, arrival->id);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        g_autofree char *door = statement_dup_text(statement);
        g_autofree char *from = statement_dup_text(statement);
        g_autoptr(GPtrArray) to = g_ptr_array_new_with_free_func(g_free);
        store_read_lines(statement, to);
        if (arrival->door == NULL) {
            arrival->door = g_steal_pointer(&door);
            arrival->envelope_from = g_steal_pointer(&from);
        }
        for (guint i = 0; i < to->len; i++) {
            if (!has_text(arrival->envelope_to, g_ptr_array_index(to, i)))
                g_ptr_array_add(arrival->envelope_to, g_strdup(g_ptr_array_index(to, i)));
        }
    }
    return step == STEP_DONE;
}

gboolean message_read_arrival(Record *record, gint64 id, Arrival **read, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT digest, received, size_bytes, attempts, is_headers_only FROM message WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, id);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    g_autoptr(Arrival) arrival = arrival_new(NULL, 0);
    arrival->id = id;
    arrival->digest = statement_dup_text(statement);
    arrival->received = statement_read_int(statement);
    arrival->size_bytes = (gsize)statement_read_int(statement);
    arrival->attempts = (guint)statement_read_int(statement);
    arrival->is_headers_only = statement_read_int(statement) != 0;
    if (!read_deliveries(record, arrival, error))
        return FALSE;
    *read = g_steal_pointer(&arrival);
    return TRUE;
}

gboolean record_find_message(Record *record, const char *digest, Arrival **arrival, GError **error)
{
    gint64 id = 0;
    if (!find_by_digest(record, digest, &id, error))
        return FALSE;
    *arrival = NULL;
    return id == 0 || message_read_arrival(record, id, arrival, error);
}

/* *taken is NULL when it is not free. */
static gboolean claim(Record *record, gint64 id, const char *claimer, UsherTime now, UsherTime until, Arrival **taken,
                      GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "UPDATE message SET claimer = $1, claimed_until = $2, attempts = attempts + 1"
                                                    " WHERE id = $3 AND decided = 0 AND (claimed_until <= $4 OR claimer = $1)",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, claimer);
    statement_bind_int(statement, until);
    statement_bind_int(statement, id);
    statement_bind_int(statement, now);
    gint64 changes = 0;
    if (!statement_run(statement, &changes, error))
        return FALSE;
    *taken = NULL;
    return changes == 0 || message_read_arrival(record, id, taken, error);
}

gboolean record_claim_message(Record *record, gint64 id, const char *claimer, UsherTime now, UsherTime until, Arrival **arrival,
                              GError **error)
{
    store_must_write(record);
    Arrival *taken = NULL;
    if (!claim(record, id, claimer, now, until, &taken, error))
        return FALSE;
    *arrival = taken;
    return TRUE;
}

/* The oldest that are free. One that was tried before stands alone; it waits while younger ones that were not are before it. */
static gboolean find_free(Record *record, UsherTime now, guint most, GArray *ids, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT id, attempts FROM message WHERE decided = 0 AND claimed_until <= $1 ORDER BY id LIMIT $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    statement_bind_int(statement, most);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        gint64 id = statement_read_int(statement);
        gboolean is_tried = statement_read_int(statement) > 0;
        if (is_tried && ids->len > 0)
            continue;
        g_array_append_val(ids, id);
        if (is_tried)
            return TRUE;
    }
    return step == STEP_DONE;
}

gboolean record_claim_messages(Record *record, const char *claimer, UsherTime now, UsherTime until, guint most,
                               GPtrArray **arrivals, GError **error)
{
    store_must_write(record);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!find_free(record, now, most, ids, error))
        return FALSE;
    g_autoptr(GPtrArray) taken = g_ptr_array_new_with_free_func((GDestroyNotify)arrival_free);
    for (guint i = 0; i < ids->len; i++) {
        Arrival *arrival = NULL;
        if (!claim(record, g_array_index(ids, gint64, i), claimer, now, until, &arrival, error))
            return FALSE;
        if (arrival != NULL)
            g_ptr_array_add(taken, arrival);
    }
    *arrivals = g_steal_pointer(&taken);
    return TRUE;
}

gboolean record_release_messages(Record *record, const char *claimer, gboolean is_counted, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "UPDATE message SET claimer = NULL, claimed_until = 0, attempts = attempts - $1 WHERE decided = 0 AND claimer = $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, is_counted ? 0 : 1);
    statement_bind_text(statement, claimer);
    return statement_run(statement, NULL, error);
}

/* ---- reading again ---- */

static gboolean has_message(Record *record, gint64 message, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT 1 FROM message WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, message);
    StepResult step = statement_step(statement, error);
    if (step == STEP_DONE)
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no captured mail \"%" G_GINT64_FORMAT "\"", message);
    return step == STEP_ROW;
}

GBytes *record_read_raw(Record *record, gint64 message, gsize max_bytes, GError **error)
{
    if (!has_message(record, message, error))
        return NULL;
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT bytes FROM message_raw WHERE message = $1 ORDER BY chunk", error);
    if (statement == NULL)
        return NULL;
    statement_bind_int(statement, message);
    g_autoptr(GByteArray) all = g_byte_array_new();
    StepResult step = STEP_ROW;
    while (all->len < max_bytes && (step = statement_step(statement, error)) == STEP_ROW) {
        gsize length = 0;
        const guint8 *bytes = statement_read_bytes(statement, &length);
        g_byte_array_append(all, bytes, (guint)MIN(length, max_bytes - all->len));
    }
    return step == STEP_FAILED ? NULL : g_byte_array_free_to_bytes(g_steal_pointer(&all));
}
