/*
 * record/sqlite.c - the driver for SQLite
 *
 * A write-ahead log, flushed at every commit (synchronous=FULL): what is committed survives the loss of power. The page cache
 * is small because several processes keep connections open all day. One that writes has more: of some fifty decisions in one transaction it holds every page
 * that they change, which else go out, and come back, in the middle of it.
 *
 * A lock is waited for by short sleeps of our own: SQLite's own waiting sleeps up to 100 ms at a time, which is long for a mail
 * server that stands at the end of a message while the engine commits in the other process.
 */
#include "driver.h"

#include "usher/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_VALUE_BYTES (16 * 1024 * 1024)
#define MOST_UNDO_BYTES (128 * 1024 - 1) /* as much as SQLite writes in one go: with more it takes the disk for full */

struct Driver {
    sqlite3 *db;
    char *path;
    GHashTable *statements; /* address of the SQL -> Statement */
    guint patience_ms;
    gboolean is_unflushed; /* commits do not flush for now */
    gint64 waiting_since_us;
};

struct Statement {
    Driver *driver;
    sqlite3_stmt *handle;
    int parameters;
    int bound;
    int read;
    int failure; /* the first that a binding met */
    gboolean is_busy;
    gboolean is_cached;
};

/* ---- failures ---- */

static UsherError get_consequence(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_PROTOCOL:
    case SQLITE_ABORT:
    case SQLITE_SCHEMA:
    case SQLITE_CANTOPEN:
        return USHER_ERROR_RETRY;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return USHER_ERROR_INPUT;
    default:
        return USHER_ERROR_CONFIG;
    }
}

static const char *get_remedy(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another process holds it; it will be tried again";
    case SQLITE_FULL:
        return "make room on its disk";
    case SQLITE_IOERR:
        return "look at the disk and at its limits";
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return "look at the permissions of the file and of its directory";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "put the last backup in its place";
    default:
        return "see the log";
    }
}

static void set_failure(Driver *driver, int code, GError **error)
{
    g_set_error(error, USHER_ERROR, get_consequence(code), "store \"%s\": %s (%d): %s", driver->path, sqlite3_errmsg(driver->db),
                code, get_remedy(code));
}

static gboolean check_result(Driver *driver, int code, GError **error)
{
    if (code == SQLITE_OK)
        return TRUE;
    set_failure(driver, code, error);
    return FALSE;
}

/* ---- opening ---- */

static int wait_for_lock(void *data, int count)
{
    Driver *driver = data;
    gint64 now = g_get_monotonic_time();
    if (count == 0)
        driver->waiting_since_us = now;
    if (now - driver->waiting_since_us >= (gint64)driver->patience_ms * 1000)
        return 0;
    g_usleep(count < 10 ? 200 : count < 50 ? 1000 : 5000);
    return 1;
}

/*
 * SQLite takes this only before it is used for anything. Its counting of memory takes a lock at each allocation, 8 % of a decision. What a job behind a savepoint
 * may have to undo is kept in memory: it is some twenty pages, which by default are just too many and go to a file, two writes each.
 */
void driver_set_process(void)
{
    static gsize is_set = 0;
    if (g_once_init_enter(&is_set)) {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, MOST_UNDO_BYTES);
        g_once_init_leave(&is_set, 1);
    }
}

/*
 * A store that root's command makes belongs to whose directory it lies in: the daemon could not write a store of root's. (SQLite does
 * the same with the files beside it.)
 */
static void give_to_owner_of_directory(const char *path, int fd)
{
    g_autofree char *directory = g_path_get_dirname(path);
    struct stat owner;
    if (geteuid() == 0 && stat(directory, &owner) == 0 && fchown(fd, owner.st_uid, owner.st_gid) != 0)
        g_warning("store \"%s\": cannot be given to the owner of its directory: %s", path, g_strerror(errno));
}

/* What leads wrote to a firm is nobody else's business: the file is never open to the world, whatever the umask. */
static gboolean create_file(const char *path, GError **error)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0660);
    if (fd < 0 && errno != EEXIST) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                    "store \"%s\": cannot be created: %s; look at the directory and its permissions", path, g_strerror(errno));
        return FALSE;
    }
    if (fd >= 0) {
        give_to_owner_of_directory(path, fd);
        close(fd);
    }
    return TRUE;
}

static gboolean harden(Driver *driver, GError **error)
{
    sqlite3_extended_result_codes(driver->db, 1);
    sqlite3_busy_handler(driver->db, wait_for_lock, driver);
    sqlite3_limit(driver->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE_BYTES);
    sqlite3_limit(driver->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(driver->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(driver->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(driver->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(driver->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    return driver_run_script(driver, "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA cache_size=-1024;", error);
}

/* Processes that start together on a new store meet here, and SQLite does not wait for a lock that it has to raise. */
static gboolean start_log(Driver *driver, GError **error)
{
    gint64 deadline_us = g_get_monotonic_time() + (gint64)driver->patience_ms * 1000;
    int code;
    while ((code = sqlite3_exec(driver->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL)) == SQLITE_BUSY &&
           g_get_monotonic_time() < deadline_us)
        g_usleep(1000);
    return check_result(driver, code, error);
}

static gboolean check_log(Driver *driver, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(driver, "PRAGMA journal_mode", error);
    if (statement == NULL || statement_step(statement, error) != STEP_ROW)
        return FALSE;
    if (g_strcmp0(statement_read_text(statement), "wal") == 0)
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                "store \"%s\" must lie on a local disk: no write-ahead log can be kept there", driver->path);
    return FALSE;
}

/* The log grows to 8 MB before it is copied back, and shrinks after a burst. */
static gboolean set_log(Driver *driver, gboolean is_reader, GError **error)
{
    if (is_reader)
        return driver_run_script(driver, "PRAGMA query_only=ON;", error);
    return start_log(driver, error) && check_log(driver, error) &&
           driver_run_script(driver, "PRAGMA cache_size=-4096; PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=67108864;",
                             error);
}

Driver *driver_open(const char *path, gboolean is_reader, guint patience_ms, GError **error)
{
    if (!is_reader && !create_file(path, error))
        return NULL;
    g_autoptr(Driver) driver = g_new0(Driver, 1);
    driver->path = g_strdup(path);
    driver->patience_ms = patience_ms;
    driver->statements = g_hash_table_new(NULL, NULL);
    int code =
        sqlite3_open_v2(path, &driver->db, SQLITE_OPEN_NOMUTEX | (is_reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE), NULL);
    if (code != SQLITE_OK) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "store \"%s\": %s: it must exist and be readable by this user", path,
                    sqlite3_errstr(code));
        return NULL;
    }
    if (!harden(driver, error) || !set_log(driver, is_reader, error))
        return NULL;
    return g_steal_pointer(&driver);
}

static void finalize_statement(gpointer key G_GNUC_UNUSED, gpointer value, gpointer data G_GNUC_UNUSED)
{
    Statement *statement = value;
    sqlite3_finalize(statement->handle);
    g_free(statement);
}

void driver_close(Driver *driver)
{
    if (driver == NULL)
        return;
    g_hash_table_foreach(driver->statements, finalize_statement, NULL);
    g_hash_table_destroy(driver->statements);
    sqlite3_close_v2(driver->db);
    g_free(driver->path);
    g_free(driver);
}

const char *driver_get_path(const Driver *driver)
{
    return driver->path;
}

/* ---- the database as a whole ---- */

static gboolean read_one_int(Driver *driver, const char *sql, gint64 *value, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(driver, sql, error);
    if (statement == NULL || statement_step(statement, error) != STEP_ROW)
        return FALSE;
    *value = statement_read_int(statement);
    return TRUE;
}

gboolean driver_get_version(Driver *driver, gint64 *version, GError **error)
{
    return read_one_int(driver, "PRAGMA user_version", version, error);
}

gboolean driver_set_version(Driver *driver, gint64 version, GError **error)
{
    g_autofree char *sql = g_strdup_printf("PRAGMA user_version=%" G_GINT64_FORMAT, version);
    return driver_run_script(driver, sql, error);
}

gboolean driver_is_empty(Driver *driver, gboolean *is_empty, GError **error)
{
    gint64 count = 0;
    if (!read_one_int(driver, "SELECT COUNT(*) FROM sqlite_schema", &count, error))
        return FALSE;
    *is_empty = count == 0;
    return TRUE;
}

gboolean driver_run_script(Driver *driver, const char *sql, GError **error)
{
    return check_result(driver, sqlite3_exec(driver->db, sql, NULL, NULL, NULL), error);
}

static gboolean check_references(Driver *driver, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(driver, "SELECT \"table\", rowid FROM pragma_foreign_key_check", error);
    if (statement == NULL)
        return FALSE;
    StepResult step = statement_step(statement, error);
    if (step != STEP_ROW)
        return step == STEP_DONE;
    const char *table = statement_read_text(statement);
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                "store \"%s\": row %" G_GINT64_FORMAT " of table \"%s\" refers to what is not there", driver->path,
                statement_read_int(statement), table);
    return FALSE;
}

gboolean driver_expect_many(Driver *driver, gboolean is_many, GError **error)
{
    return driver_run_script(driver, is_many ? "PRAGMA cache_size=-131072" : "PRAGMA cache_size=-1024", error);
}

gboolean driver_check(Driver *driver, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(driver, "PRAGMA integrity_check(1)", error);
    if (statement == NULL || statement_step(statement, error) != STEP_ROW)
        return FALSE;
    const char *result = statement_read_text(statement);
    if (g_strcmp0(result, "ok") != 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "store \"%s\" is damaged: %s; put the last backup in its place",
                    driver->path, result);
        return FALSE;
    }
    return check_references(driver, error);
}

/* ---- transactions ---- */

static gboolean run(Driver *driver, const char *sql, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(driver, sql, error);
    return statement != NULL && statement_run(statement, NULL, error);
}

static void run_quietly(Driver *driver, const char *sql)
{
    g_autoptr(GError) error = NULL;
    if (!run(driver, sql, &error))
        g_warning("%s", error->message);
}

gboolean driver_is_in_transaction(Driver *driver)
{
    return !sqlite3_get_autocommit(driver->db);
}

/* A full disk makes SQLite undo the whole transaction; nothing may then be taken for written. */
static gboolean check_still_open(Driver *driver, GError **error)
{
    if (driver_is_in_transaction(driver))
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY,
                "store \"%s\": the transaction was undone after a failure; it will be tried again", driver->path);
    return FALSE;
}

/* In a write-ahead log the next flush, whoever makes it, takes along all that stands before it. */
static gboolean set_unflushed(Driver *driver, gboolean is_unflushed, GError **error)
{
    if (driver->is_unflushed == is_unflushed)
        return TRUE;
    if (!driver_run_script(driver, is_unflushed ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", error))
        return FALSE;
    driver->is_unflushed = is_unflushed;
    return TRUE;
}

gboolean driver_begin(Driver *driver, GError **error)
{
    return set_unflushed(driver, FALSE, error) && run(driver, "BEGIN IMMEDIATE", error);
}

gboolean driver_begin_unflushed(Driver *driver, GError **error)
{
    return set_unflushed(driver, TRUE, error) && run(driver, "BEGIN IMMEDIATE", error);
}

gboolean driver_begin_reading(Driver *driver, GError **error)
{
    return run(driver, "BEGIN", error);
}

gboolean driver_commit(Driver *driver, GError **error)
{
    if (!check_still_open(driver, error))
        return FALSE;
    if (run(driver, "COMMIT", error))
        return TRUE;
    driver_rollback(driver);
    return FALSE;
}

void driver_rollback(Driver *driver)
{
    if (driver_is_in_transaction(driver))
        run_quietly(driver, "ROLLBACK");
}

gboolean driver_save(Driver *driver, GError **error)
{
    return check_still_open(driver, error) && run(driver, "SAVEPOINT job", error);
}

gboolean driver_keep_saved(Driver *driver, GError **error)
{
    return check_still_open(driver, error) && run(driver, "RELEASE job", error);
}

void driver_undo_saved(Driver *driver)
{
    if (!driver_is_in_transaction(driver))
        return;
    run_quietly(driver, "ROLLBACK TO job");
    run_quietly(driver, "RELEASE job");
}

/* ---- statements ---- */

static gboolean has_numbered_parameters(sqlite3_stmt *handle)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(handle); i++) {
        const char *name = sqlite3_bind_parameter_name(handle, i);
        if (name == NULL || name[0] != '$' || g_ascii_strtoll(name + 1, NULL, 10) != i)
            return FALSE;
    }
    return TRUE;
}

static Statement *prepare_new(Driver *driver, const char *sql, gboolean is_cached, GError **error)
{
    sqlite3_stmt *handle = NULL;
    int code = sqlite3_prepare_v3(driver->db, sql, -1, is_cached ? SQLITE_PREPARE_PERSISTENT : 0, &handle, NULL);
    if (code != SQLITE_OK) {
        set_failure(driver, code, error);
        return NULL;
    }
    g_assert(has_numbered_parameters(handle));
    Statement *statement = g_new0(Statement, 1);
    statement->driver = driver;
    statement->handle = handle;
    statement->parameters = sqlite3_bind_parameter_count(handle);
    statement->is_cached = is_cached;
    return statement;
}

Statement *driver_prepare(Driver *driver, const char *sql, GError **error)
{
    Statement *statement = g_hash_table_lookup(driver->statements, sql);
    if (statement == NULL || statement->is_busy) {
        gboolean is_cached = statement == NULL;
        statement = prepare_new(driver, sql, is_cached, error);
        if (statement == NULL)
            return NULL;
        if (is_cached)
            g_hash_table_insert(driver->statements, (gpointer)(guintptr)sql, statement);
    }
    statement->is_busy = TRUE;
    statement->bound = 0;
    statement->failure = SQLITE_OK;
    return statement;
}

void statement_end(Statement *statement)
{
    if (statement == NULL)
        return;
    if (!statement->is_cached) {
        finalize_statement(NULL, statement, NULL);
        return;
    }
    sqlite3_reset(statement->handle);
    statement->is_busy = FALSE;
}

static void note_binding(Statement *statement, int code)
{
    if (statement->failure == SQLITE_OK)
        statement->failure = code;
}

void statement_bind_int(Statement *statement, gint64 value)
{
    note_binding(statement, sqlite3_bind_int64(statement->handle, ++statement->bound, value));
}

void statement_bind_text(Statement *statement, const char *text)
{
    note_binding(statement, sqlite3_bind_text(statement->handle, ++statement->bound, text, -1, SQLITE_STATIC));
}

void statement_bind_text_take(Statement *statement, char *take_text)
{
    note_binding(statement, sqlite3_bind_text(statement->handle, ++statement->bound, take_text, -1, g_free));
}

void statement_bind_bytes(Statement *statement, const void *bytes, gsize length)
{
    note_binding(statement,
                 sqlite3_bind_blob64(statement->handle, ++statement->bound, length > 0 ? bytes : "", length, SQLITE_STATIC));
}

StepResult statement_step(Statement *statement, GError **error)
{
    g_assert(statement->bound == statement->parameters);
    statement->read = 0;
    int code = statement->failure == SQLITE_OK ? sqlite3_step(statement->handle) : statement->failure;
    if (code == SQLITE_ROW)
        return STEP_ROW;
    if (code == SQLITE_DONE)
        return STEP_DONE;
    set_failure(statement->driver, code, error);
    return STEP_FAILED;
}

gboolean statement_run(Statement *statement, gint64 *changes, GError **error)
{
    StepResult step;
    do
        step = statement_step(statement, error);
    while (step == STEP_ROW);
    if (step == STEP_DONE && changes != NULL)
        *changes = sqlite3_changes64(statement->driver->db);
    return step == STEP_DONE;
}

gboolean statement_insert(Statement *statement, gint64 *id, GError **error)
{
    gint64 changes = 0;
    if (!statement_run(statement, &changes, error))
        return FALSE;
    *id = changes > 0 ? sqlite3_last_insert_rowid(statement->driver->db) : 0;
    return TRUE;
}

gint64 statement_read_int(Statement *statement)
{
    return sqlite3_column_int64(statement->handle, statement->read++);
}

const char *statement_read_text(Statement *statement)
{
    return (const char *)sqlite3_column_text(statement->handle, statement->read++);
}

char *statement_dup_text(Statement *statement)
{
    return g_strdup(statement_read_text(statement));
}

gconstpointer statement_read_bytes(Statement *statement, gsize *length)
{
    gconstpointer bytes = sqlite3_column_blob(statement->handle, statement->read);
    *length = (gsize)sqlite3_column_bytes(statement->handle, statement->read++);
    return bytes;
}
