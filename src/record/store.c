/*
 * record/store.c - opening the record, and its transactions
 */
#include "store.h"

#include <string.h>

#include "schema.h"
#include "usher/base/error.h"
#include "usher/base/token.h"

static gint patience_ms = 5000;

void record_set_process(void)
{
    driver_set_process();
}

void record_set_patience(guint milliseconds)
{
    g_atomic_int_set(&patience_ms, (gint)milliseconds);
}

/* ---- opening ---- */

static gboolean read_secret(Record *record, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT value FROM setting WHERE name = 'secret'", error);
    if (statement == NULL)
        return FALSE;
    StepResult step = statement_step(statement, error);
    if (step == STEP_ROW)
        record->secret = statement_dup_text(statement);
    return step != STEP_FAILED;
}

/* Two processes may start together: the first to write its secret wins, and both read that one. */
static gboolean make_secret(Record *record, gpointer data G_GNUC_UNUSED, GError **error)
{
    g_autofree char *secret = token_make_secret();
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "INSERT INTO setting (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, secret);
    return statement_run(statement, NULL, error) && read_secret(record, error);
}

static gboolean find_secret(Record *record, gboolean is_reader, GError **error)
{
    if (!read_secret(record, error))
        return FALSE;
    if (record->secret != NULL || (!is_reader && record_run(record, make_secret, NULL, error)))
        return TRUE;
    if (is_reader)
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "store \"%s\" has no secret yet: start \"usher run\" once",
                    driver_get_path(record->driver));
    return FALSE;
}

Record *record_open(const char *path, gboolean is_reader, GError **error)
{
    g_autoptr(Record) record = g_new0(Record, 1);
    record->driver = driver_open(path, is_reader, (guint)g_atomic_int_get(&patience_ms), error);
    if (record->driver == NULL)
        return NULL;
    if (is_reader ? !schema_check(record->driver, error) : !schema_put_in_place(record->driver, error))
        return NULL;
    if (!find_secret(record, is_reader, error))
        return NULL;
    return g_steal_pointer(&record);
}

void record_close(Record *record)
{
    if (record == NULL)
        return;
    driver_close(record->driver);
    g_free(record->secret);
    g_free(record);
}

const char *record_get_secret(const Record *record)
{
    return record->secret;
}

/* ---- transactions ---- */

static gboolean run_saved(Record *record, RecordJob job, gpointer data, GError **error)
{
    if (!driver_save(record->driver, error))
        return FALSE;
    if (!job(record, data, error)) {
        driver_undo_saved(record->driver);
        return FALSE;
    }
    return driver_keep_saved(record->driver, error);
}

static gboolean run_begun(Record *record, RecordJob job, gpointer data, GError **error)
{
    if (!job(record, data, error)) {
        driver_rollback(record->driver);
        return FALSE;
    }
    return driver_commit(record->driver, error);
}

gboolean record_run(Record *record, RecordJob job, gpointer data, GError **error)
{
    if (driver_is_in_transaction(record->driver))
        return run_saved(record, job, data, error);
    return driver_begin(record->driver, error) && run_begun(record, job, data, error);
}

gboolean record_run_unflushed(Record *record, RecordJob job, gpointer data, GError **error)
{
    if (driver_is_in_transaction(record->driver))
        return run_saved(record, job, data, error);
    return driver_begin_unflushed(record->driver, error) && run_begun(record, job, data, error);
}

void store_must_write(const Record *record)
{
    g_assert(driver_is_in_transaction(record->driver));
}

gboolean store_view(Record *record, StoreView *view, GError **error)
{
    view->driver = NULL;
    if (driver_is_in_transaction(record->driver))
        return TRUE;
    if (!driver_begin_reading(record->driver, error))
        return FALSE;
    view->driver = record->driver;
    return TRUE;
}

void store_view_end(StoreView *view)
{
    if (view->driver != NULL)
        driver_rollback(view->driver);
    view->driver = NULL;
}

/* ---- values ---- */

void store_bind_lines(Statement *statement, const GPtrArray *texts)
{
    GString *lines = g_string_new(NULL);
    for (guint i = 0; i < texts->len; i++) {
        gsize start = lines->len;
        g_string_append(lines, g_ptr_array_index(texts, i));
        g_strdelimit(lines->str + start, "\n", ' ');
        g_string_append_c(lines, '\n');
    }
    statement_bind_text_take(statement, g_string_free(lines, FALSE));
}

void store_read_lines(Statement *statement, GPtrArray *texts)
{
    const char *lines = statement_read_text(statement);
    for (const char *end; lines != NULL && (end = strchr(lines, '\n')) != NULL; lines = end + 1)
        g_ptr_array_add(texts, g_strndup(lines, (gsize)(end - lines)));
}

void store_bind_mailbox(Statement *statement, const Mailbox *mailbox)
{
    statement_bind_text(statement, mailbox != NULL ? mailbox->name : NULL);
    statement_bind_text(statement, mailbox != NULL ? mailbox->address : NULL);
}

Mailbox *store_read_mailbox(Statement *statement)
{
    g_autofree char *name = statement_dup_text(statement);
    const char *address = statement_read_text(statement);
    return address != NULL ? mailbox_new(name != NULL ? name : "", address) : NULL;
}

gboolean store_read_ints(Statement *statement, GArray *numbers, GError **error)
{
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        gint64 number = statement_read_int(statement);
        g_array_append_val(numbers, number);
    }
    return step == STEP_DONE;
}

gboolean store_run_ints(Record *record, const char *sql, const gint64 *values, guint count, gint64 *changes, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    for (guint i = 0; i < count; i++)
        statement_bind_int(statement, values[i]);
    return statement_run(statement, changes, error);
}
