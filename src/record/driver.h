/*
 * record/driver.h - the small interface between the record and an SQL engine
 *
 * A Driver is one connection, for one thread at a time and one process (it does not survive a fork). The SQL handed to it is
 * the dialect that SQLite and PostgreSQL share: parameters are $1, $2, ... in the order of their first use, conflicts are
 * settled by ON CONFLICT. What a new row is numbered is asked of the driver: RETURNING, which both know, costs SQLite 30 us
 * each time.
 *
 * Statements are prepared once: the key of the cache is the address of the SQL text, so it must be a literal. Parameters are
 * bound and columns are read one after the other, in their order; never read two columns in one argument list, the order would
 * be the compiler's.
 *
 * Failures are told by what follows from them (base/error.h): a lock, a full disk, a failing device are RETRY; a value that the
 * schema refuses is INPUT; a damaged, foreign or missing database is CONFIG.
 */
#ifndef USHER_RECORD_DRIVER_H
#define USHER_RECORD_DRIVER_H

#include <glib.h>

typedef struct Driver Driver;
typedef struct Statement Statement;

/* As record_set_process. */
void driver_set_process(void);

/* Opens the database, creating an empty one when there is none; a reader's must exist and is never written. */
Driver *driver_open(const char *path, gboolean is_reader, guint patience_ms, GError **error);
void driver_close(Driver *driver); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Driver, driver_close)

const char *driver_get_path(const Driver *driver);

/* The number of the schema that is in place; 0 for none. Set inside the transaction that puts it there. */
gboolean driver_get_version(Driver *driver, gint64 *version, GError **error);
gboolean driver_set_version(Driver *driver, gint64 version, GError **error);
/* TRUE when there is no table at all. */
gboolean driver_is_empty(Driver *driver, gboolean *is_empty, GError **error);
/* Runs several statements that take nothing and give nothing. */
gboolean driver_run_script(Driver *driver, const char *sql, GError **error);
/* Looks for damage. FALSE with USHER_ERROR_INPUT naming the first. */
gboolean driver_check(Driver *driver, GError **error);

/* More of the database is kept in memory while a great many rows are written; FALSE: as little as usual again. */
gboolean driver_expect_many(Driver *driver, gboolean is_many, GError **error);

/* ---- transactions ---- */

gboolean driver_begin(Driver *driver, GError **error); /* to write: takes the lock at once */
/* The same, but its commit waits for no flush of the disk: it survives this process, and with the power it may be lost. */
gboolean driver_begin_unflushed(Driver *driver, GError **error);
gboolean driver_begin_reading(Driver *driver, GError **error); /* one unchanging view for several reads */
/* When it fails everything since begin is undone. */
gboolean driver_commit(Driver *driver, GError **error);
void driver_rollback(Driver *driver);
/* FALSE also after a failure that made the engine undo the transaction by itself. */
gboolean driver_is_in_transaction(Driver *driver);

/* Savepoints nest; each is ended by either of the two. */
gboolean driver_save(Driver *driver, GError **error);
gboolean driver_keep_saved(Driver *driver, GError **error);
void driver_undo_saved(Driver *driver);

/* ---- statements ---- */

/* A statement ready to be bound. Ended by statement_end, which is what its autoptr does. */
Statement *driver_prepare(Driver *driver, const char *sql, GError **error);
void statement_end(Statement *statement); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Statement, statement_end)

/* Each binds the next parameter. Texts and bytes are borrowed until the statement is ended. */
void statement_bind_int(Statement *statement, gint64 value);
void statement_bind_text(Statement *statement, const char *text);     /* NULL is NULL */
void statement_bind_text_take(Statement *statement, char *take_text); /* NULL is NULL */
void statement_bind_bytes(Statement *statement, const void *bytes, gsize length);

typedef enum { STEP_ROW, STEP_DONE, STEP_FAILED } StepResult;

/* The next row. */
StepResult statement_step(Statement *statement, GError **error);
/* Steps to the end. *changes (may be NULL): rows that were written. */
gboolean statement_run(Statement *statement, gint64 *changes, GError **error);
/* Runs an INSERT of one row that is numbered by the engine. *id: its number; 0 when ON CONFLICT left it out. */
gboolean statement_insert(Statement *statement, gint64 *id, GError **error);

/* Each reads the next column of the row. What is borrowed is good until the next step. */
gint64 statement_read_int(Statement *statement);       /* NULL is 0 */
const char *statement_read_text(Statement *statement); /* NULL is NULL */
char *statement_dup_text(Statement *statement);
gconstpointer statement_read_bytes(Statement *statement, gsize *length);

#endif
