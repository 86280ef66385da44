/*
 * tests/unit/test_record_store.c - the store itself: versions, locks, full disks, groups of jobs, the chain of the history
 */
#include "record_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/record/schema.h"
#include "../../src/record/store.h"

#define CASE(name, function) g_test_add(name, Store, NULL, store_set_up, function, store_tear_down)

/* What somebody with a tool of SQLite's could do to the file; gives SQLite's result. */
static int run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

/* What the counting of past/ asks, as the planner sees it: a robot's ten thousandth mail must cost no more than its first. */
static void test_counts_go_by_index(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const counts[] = {
        "SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE alike = $1 AND decided > $2 LIMIT $3) AS recent",
        "SELECT COUNT(is_internal) FROM (SELECT is_internal, queued FROM outbox WHERE lead = $2 ORDER BY id DESC LIMIT $3) AS "
        "recent",
        "SELECT COUNT(*) FROM (SELECT to_address FROM outbox WHERE is_internal = 0 AND to_domain = $2 AND queued > $3 ORDER BY "
        "queued DESC LIMIT "
        "$4) AS recent"};
    sqlite3 *db = NULL;
    g_assert_cmpint(sqlite3_open(store->path, &db), ==, SQLITE_OK);
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autofree char *sql = g_strconcat("EXPLAIN QUERY PLAN ", counts[i], NULL);
        gboolean is_search = FALSE;
        sqlite3_stmt *statement = NULL;
        g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), ==, SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(statement, 3);
            g_test_message("%s", step);
            is_search |= strstr(step, "USING INDEX") != NULL || strstr(step, "USING COVERING INDEX") != NULL;
            g_assert_false(g_str_has_prefix(step, "SCAN message") || g_str_has_prefix(step, "SCAN outbox"));
            g_assert_null(strstr(step, "TEMP B-TREE"));
        }
        g_assert_true(is_search);
        sqlite3_finalize(statement);
    }
    sqlite3_close(db);
}

static void expect_config(Store *store, gboolean is_reader)
{
    GError *error = NULL;
    g_assert_null(record_open(store->path, is_reader, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    g_assert_nonnull(strstr(error->message, store->path));
    g_clear_error(&error);
}

/* ---- opening ---- */

static void test_secret_is_kept(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *secret = g_strdup(record_get_secret(store->record));
    g_assert_cmpuint(strlen(secret), ==, 2 * TOKEN_SECRET_BYTES);
    store_close_again(store);
    store_open_again(store);
    g_assert_cmpstr(record_get_secret(store->record), ==, secret);
    g_autoptr(Record) reader = record_open(store->path, TRUE, NULL);
    g_assert_cmpstr(record_get_secret(reader), ==, secret);
}

static void test_store_is_not_open_to_the_world(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    struct stat status;
    g_assert_cmpint(stat(store->path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & S_IRWXO, ==, 0);
}

/* Root looks at an instance before the daemon has ever run: the daemon must be able to write what that makes. */
static void test_store_of_root_is_given_away(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    const char *names[] = {"usher.db", "usher.db-wal", "usher.db-shm"};
    if (geteuid() != 0) {
        g_test_skip("only root can give files away");
        return;
    }
    store_close_again(store);
    g_assert_cmpint(g_unlink(store->path), ==, 0);
    g_assert_cmpint(chown(store->directory, 65534, 65534), ==, 0);
    store_open_again(store);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(store->directory, names[i], NULL);
        struct stat seen;
        g_assert_cmpint(stat(path, &seen), ==, 0);
        g_assert_cmpuint(seen.st_uid, ==, 65534);
        g_assert_cmpuint(seen.st_gid, ==, 65534);
    }
}

static void test_newer_store_is_refused(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store_close_again(store);
    g_assert_cmpint(run_sql(store->path, "PRAGMA user_version=1000"), ==, SQLITE_OK);
    expect_config(store, FALSE);
    expect_config(store, TRUE);
}

static void test_store_of_another_program_is_refused(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store_close_again(store);
    g_assert_cmpint(g_unlink(store->path), ==, 0);
    g_assert_cmpint(run_sql(store->path, "CREATE TABLE recipe (name TEXT)"), ==, SQLITE_OK);
    expect_config(store, FALSE);
    g_assert_cmpint(run_sql(store->path, "INSERT INTO recipe VALUES ('soup')"), ==, SQLITE_OK);
}

static void test_what_is_no_database_is_refused(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store_close_again(store);
    g_assert_true(
        g_file_set_contents(store->path, "This is a letter and no database at all, and long enough to be sure of it.", -1, NULL));
    expect_config(store, FALSE);
    expect_config(store, TRUE);
}

static void test_reader_needs_a_store(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store_close_again(store);
    g_assert_cmpint(g_unlink(store->path), ==, 0);
    expect_config(store, TRUE);
    g_assert_false(g_file_test(store->path, G_FILE_TEST_EXISTS));
    g_autofree char *nowhere = g_build_filename(store->directory, "no-such-directory", "usher.db", NULL);
    GError *error = NULL;
    g_assert_null(record_open(nowhere, FALSE, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    g_clear_error(&error);
    store_open_again(store);
}

static void test_reader_sees_but_never_writes(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gint64 lead = make_lead(store, "a");
    g_autoptr(Record) reader = record_open(store->path, TRUE, &error);
    g_assert_no_error(error);
    g_autoptr(LeadFile) file = record_read_lead(reader, lead, &error);
    g_assert_no_error(error);
    g_auto(TestMail) mail = test_mail("b", "milter", "x");
    g_assert_false(record_run(reader, capture_test_mail, &mail, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_assert_cmpint(count_all(store, NOW).messages, ==, 1);
}

/* Several processes that start together on an empty directory. */
static void test_first_start_of_several(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store_close_again(store);
    g_assert_cmpint(g_unlink(store->path), ==, 0);
    pid_t children[6];
    for (guint i = 0; i < G_N_ELEMENTS(children); i++) {
        children[i] = fork();
        if (children[i] == 0) {
            GError *error = NULL;
            Record *record = record_open(store->path, FALSE, &error);
            if (error != NULL)
                g_printerr("%s\n", error->message);
            _exit(record != NULL && record_get_secret(record) != NULL ? 0 : 1);
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(children); i++) {
        int status = -1;
        g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
        g_assert_cmpint(status, ==, 0);
    }
    store_open_again(store);
}

/* ---- steps of the schema ---- */

static void test_schema_steps(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    const char *const steps[] = {"CREATE TABLE first (a TEXT);",
                                 "CREATE TABLE second (b TEXT); INSERT INTO first VALUES ('moved');"};
    const char *const broken[] = {steps[0], steps[1], "CREATE TABLE third (c TEXT); INSERT INTO nowhere VALUES (1);"};
    GError *error = NULL;
    gint64 version = -1;
    g_autofree char *path = g_build_filename(store->directory, "steps.db", NULL);
    Driver *driver = driver_open(path, FALSE, 100, &error);
    g_assert_no_error(error);
    g_assert_true(schema_apply(driver, steps, 1, &error));
    g_assert_true(driver_get_version(driver, &version, &error));
    g_assert_cmpint(version, ==, 1);
    g_assert_true(schema_apply(driver, steps, 2, &error));
    g_assert_true(schema_apply(driver, steps, 2, &error));
    g_assert_false(schema_apply(driver, broken, 3, &error));
    g_clear_error(&error);
    g_assert_true(driver_get_version(driver, &version, &error));
    g_assert_cmpint(version, ==, 2);
    g_assert_true(driver_run_script(driver, "CREATE TABLE third (d TEXT)", &error));
    g_assert_false(schema_apply(driver, steps, 1, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    g_clear_error(&error);
    driver_close(driver);
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* ---- savepoints ---- */

typedef struct {
    TestMail *mails;
    guint count;
} Nested;

static gboolean fail_after_capture(Record *record, gpointer data, GError **error)
{
    if (!capture_test_mail(record, data, error))
        return FALSE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "cannot be worked with");
    return FALSE;
}

static gboolean nested_job(Record *record, gpointer data, GError **error)
{
    Nested *nested = data;
    g_autoptr(GError) failure = NULL;
    g_assert_true(capture_test_mail(record, &nested->mails[0], error));
    g_assert_false(record_run(record, fail_after_capture, &nested->mails[1], &failure));
    g_assert_error(failure, USHER_ERROR, USHER_ERROR_INPUT);
    return record_run(record, capture_test_mail, &nested->mails[2], error);
}

static void test_job_in_a_job_undoes_only_itself(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    TestMail mails[] = {test_mail("a", "milter", "1"), test_mail("b", "milter", "2"), test_mail("c", "milter", "3")};
    Nested nested = {mails, 3};
    g_assert_true(record_run(store->record, nested_job, &nested, NULL));
    g_assert_cmpint(count_all(store, NOW).messages, ==, 2);
    for (guint i = 0; i < 3; i++)
        test_mail_clear(&mails[i]);
}

/* ---- locks ---- */

/* A process that holds the write lock until its pipe is closed; returns when it has the lock. */
static pid_t hold_lock(Store *store, int *release)
{
    int ready[2], hold[2];
    g_assert_cmpint(pipe(ready), ==, 0);
    g_assert_cmpint(pipe(hold), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        sqlite3 *db = NULL;
        close(hold[1]);
        int code = sqlite3_open(store->path, &db);
        if (code == SQLITE_OK)
            code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        byte = (char)code;
        if (write(ready[1], &byte, 1) != 1 || read(hold[0], &byte, 1) != 0)
            _exit(1);
        _exit(0);
    }
    char code = -1;
    g_assert_cmpint(read(ready[0], &code, 1), ==, 1);
    g_assert_cmpint(code, ==, SQLITE_OK);
    close(ready[0]);
    close(ready[1]);
    close(hold[0]);
    *release = hold[1];
    return child;
}

static void release_lock(pid_t child, int release)
{
    int status = -1;
    close(release);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
}

static void test_locked_store_is_tried_again(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    int release = -1;
    store_close_again(store);
    record_set_patience(50);
    store_open_again(store);
    pid_t child = hold_lock(store, &release);
    g_autoptr(Recorder) recorder = recorder_open(store->path, &error);
    g_assert_no_error(error);
    g_auto(TestMail) mail = test_mail("a", "milter", "1");
    g_assert_false(record_run(store->record, capture_test_mail, &mail, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_RETRY);
    g_clear_error(&error);
    g_assert_false(recorder_run(recorder, capture_test_mail, &mail, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_RETRY);
    g_clear_error(&error);
    g_assert_cmpint(count_all(store, NOW).messages, ==, 0);
    release_lock(child, release);
    g_assert_true(recorder_run(recorder, capture_test_mail, &mail, &error));
    g_assert_cmpint(count_all(store, NOW).messages, ==, 1);
    record_set_patience(5000);
}

/* ---- full disks ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = bytes;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

/* In a child, because the limit is the process's and its log would meet it too: gives 0 when all went as it should. */
static int capture_on_a_full_disk(const char *path)
{
    signal(SIGXFSZ, SIG_IGN);
    Recorder *recorder = recorder_open(path, NULL);
    gsize length = 900 * 1024;
    char *bytes = g_malloc0(length);
    TestMail small = test_mail("small", "milter", "fits");
    TestMail large = test_mail("large", "milter", "");
    large.bytes = bytes;
    large.length = length;
    GError *error = NULL;
    if (recorder == NULL || !recorder_run(recorder, capture_test_mail, &small, NULL))
        return 1;
    limit_files(512 * 1024);
    if (recorder_run(recorder, capture_test_mail, &large, &error) || !g_error_matches(error, USHER_ERROR, USHER_ERROR_RETRY))
        return 2;
    g_clear_error(&error);
    limit_files(RLIM_INFINITY);
    if (!recorder_run(recorder, capture_test_mail, &large, &error) || !large.is_new)
        return 3;
    recorder_close(recorder);
    return 0;
}

static void test_full_disk_leaves_nothing_half_written(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store_close_again(store);
    pid_t child = fork();
    if (child == 0)
        _exit(capture_on_a_full_disk(store->path));
    int status = -1;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    store_open_again(store);
    g_assert_cmpint(count_all(store, NOW).messages, ==, 2);
    g_autoptr(GBytes) raw = record_read_raw(store->record, 2, G_MAXSIZE, NULL);
    g_assert_cmpuint(g_bytes_get_size(raw), ==, 900 * 1024);
    g_assert_true(record_verify(store->record, NULL));
}

/* Killed in the middle of a transaction. */
static gboolean die_job(Record *record, gpointer data, GError **error)
{
    capture_test_mail(record, data, error);
    raise(SIGKILL);
    return TRUE;
}

static void test_killed_in_a_transaction(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store_close_again(store);
    pid_t child = fork();
    if (child == 0) {
        Record *record = record_open(store->path, FALSE, NULL);
        TestMail kept = test_mail("kept", "milter", "1");
        TestMail lost = test_mail("lost", "milter", "2");
        record_run(record, capture_test_mail, &kept, NULL);
        record_run(record, die_job, &lost, NULL);
        _exit(0);
    }
    int status = -1;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    /* somebody who only looks finds what was committed, too */
    store->record = record_open(store->path, TRUE, NULL);
    g_assert_cmpint(count_all(store, NOW).messages, ==, 1);
    store_close_again(store);
    store_open_again(store);
    g_assert_cmpint(count_all(store, NOW).messages, ==, 1);
    g_auto(TestMail) again = test_mail("lost", "milter", "2");
    g_assert_true(record_run(store->record, capture_test_mail, &again, NULL));
    g_assert_true(again.is_new);
}

/* ---- the recorder ---- */

#define THREADS 16
#define MAILS 40

typedef struct {
    Recorder *recorder;
    guint number;
    guint refused;
} Door;

static gpointer use_door(gpointer data)
{
    Door *door = data;
    for (guint i = 0; i < MAILS; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *digest = g_strdup_printf("%u-%u", door->number, i);
        g_auto(TestMail) mail = test_mail(digest, "milter", digest);
        gboolean is_bad = i % 8 == 3;
        gboolean is_kept = recorder_run(door->recorder, is_bad ? fail_after_capture : capture_test_mail, &mail, &error);
        g_assert_true(is_kept == !is_bad);
        g_assert_true((error == NULL) == is_kept);
        door->refused += !is_kept;
    }
    return NULL;
}

/* Jobs that fail in the middle of a group take none of their neighbours with them. */
static void test_recorder_under_many_threads(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    Recorder *recorder = recorder_open(store->path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(recorder_get_secret(recorder), ==, record_get_secret(store->record));
    Door doors[THREADS];
    GThread *threads[THREADS];
    for (guint i = 0; i < THREADS; i++) {
        doors[i] = (Door){recorder, i, 0};
        threads[i] = g_thread_new("door", use_door, &doors[i]);
    }
    guint refused = 0;
    for (guint i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
        refused += doors[i].refused;
    }
    recorder_close(recorder);
    g_assert_cmpuint(refused, ==, THREADS * MAILS / 8);
    g_assert_cmpint(count_all(store, NOW).messages, ==, THREADS * MAILS - refused);
    g_assert_true(record_verify(store->record, &error));
}

/* Fills a group while the recorder is busy with the first job, so that what follows is known to be one group. */
typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    gboolean is_in;
    gboolean may_go;
} Gate;

static gboolean gate_job(Record *record G_GNUC_UNUSED, gpointer data, GError **error G_GNUC_UNUSED)
{
    Gate *gate = data;
    pthread_mutex_lock(&gate->mutex);
    gate->is_in = TRUE;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->may_go)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
    return TRUE;
}

typedef struct {
    Recorder *recorder;
    RecordJob job;
    gpointer data;
    gboolean is_done;
    GError *error;
} Errand;

static gpointer run_errand(gpointer data)
{
    Errand *errand = data;
    errand->is_done = recorder_run(errand->recorder, errand->job, errand->data, &errand->error);
    return NULL;
}

/* The engine undoes the transaction by itself, as it does on a full disk. */
static gboolean ruin_job(Record *record, gpointer data G_GNUC_UNUSED, GError **error)
{
    driver_rollback(record->driver);
    g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "the disk is full");
    return FALSE;
}

static void test_ruined_group_fails_whole(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    Recorder *recorder = recorder_open(store->path, NULL);
    Gate gate = {.is_in = FALSE};
    pthread_mutex_init(&gate.mutex, NULL);
    pthread_cond_init(&gate.changed, NULL);
    TestMail first = test_mail("a", "milter", "1"), last = test_mail("b", "milter", "2");
    Errand errands[] = {{recorder, gate_job, &gate, FALSE, NULL},
                        {recorder, capture_test_mail, &first, FALSE, NULL},
                        {recorder, ruin_job, NULL, FALSE, NULL},
                        {recorder, capture_test_mail, &last, FALSE, NULL}};
    GThread *threads[4];
    threads[0] = g_thread_new("gate", run_errand, &errands[0]);
    pthread_mutex_lock(&gate.mutex);
    while (!gate.is_in)
        pthread_cond_wait(&gate.changed, &gate.mutex);
    pthread_mutex_unlock(&gate.mutex);
    for (guint i = 1; i < 4; i++) {
        threads[i] = g_thread_new("errand", run_errand, &errands[i]);
        while (recorder_count_waiting(recorder) < i)
            g_thread_yield();
    }
    pthread_mutex_lock(&gate.mutex);
    gate.may_go = TRUE;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
    for (guint i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    g_assert_true(errands[0].is_done);
    for (guint i = 1; i < 4; i++) {
        g_assert_false(errands[i].is_done);
        g_assert_error(errands[i].error, USHER_ERROR, USHER_ERROR_RETRY);
        g_clear_error(&errands[i].error);
    }
    g_assert_cmpint(count_all(store, NOW).messages, ==, 0);
    g_assert_true(recorder_run(recorder, capture_test_mail, &first, NULL));
    recorder_close(recorder);
    test_mail_clear(&first);
    test_mail_clear(&last);
    pthread_mutex_destroy(&gate.mutex);
    pthread_cond_destroy(&gate.changed);
}

/* ---- the history ---- */

static void test_history_refuses_changes(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    make_lead(store, "a");
    const char *forbidden[] = {
        "DELETE FROM event",
        "UPDATE event SET what = 'nothing'",
        "UPDATE event SET actor = 'jane' WHERE id = 1",
        "UPDATE event SET at = at + 1",
        "UPDATE event SET lead = NULL",
        "UPDATE event SET hash = 'x'",
        "UPDATE event SET detail = 'rewritten'",
        "UPDATE event SET detail = NULL",
    };
    for (guint i = 0; i < G_N_ELEMENTS(forbidden); i++)
        g_assert_cmpint(run_sql(store->path, forbidden[i]), ==, SQLITE_CONSTRAINT);
    g_assert_true(record_verify(store->record, NULL));
}

static void test_erased_detail_keeps_the_chain(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autofree char *digest = token_digest_bytes("by milter", strlen("by milter"));
    g_autofree char *sql = g_strdup_printf("UPDATE event SET detail = NULL, erased = '%s' WHERE id = 1", digest);
    g_assert_cmpint(run_sql(store->path, sql), ==, SQLITE_OK);
    g_assert_true(record_verify(store->record, NULL));
    g_autoptr(LeadFile) file = read_lead(store, lead);
    const HistoryLine *line = g_ptr_array_index(file->history, 0);
    g_assert_cmpstr(line->detail, ==, "(erased)");
    g_assert_cmpint(run_sql(store->path, "UPDATE event SET erased = 'other' WHERE id = 1"), ==, SQLITE_CONSTRAINT);
}

static void expect_tampering_found(Store *store, const char *sql)
{
    GError *error = NULL;
    g_autofree char *all = g_strconcat("DROP TRIGGER event_is_never_changed; DROP TRIGGER event_is_never_deleted;", sql, NULL);
    make_lead(store, "a");
    make_lead(store, "b");
    g_assert_true(record_verify(store->record, NULL));
    g_assert_cmpint(run_sql(store->path, all), ==, SQLITE_OK);
    g_assert_false(record_verify(store->record, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_clear_error(&error);
}

static void test_changed_event_is_found(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    expect_tampering_found(store, "UPDATE event SET detail = 'to tom' WHERE id = 2");
}

static void test_removed_event_is_found(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    expect_tampering_found(store, "DELETE FROM event WHERE id = 2");
}

static void test_removed_first_event_is_found(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    expect_tampering_found(store, "DELETE FROM event WHERE id = 1");
}

static void test_damage_is_found(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    make_lead(store, "a");
    g_assert_cmpint(run_sql(store->path, "PRAGMA foreign_keys=OFF; DELETE FROM lead"), ==, SQLITE_OK);
    g_assert_false(record_verify(store->record, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_clear_error(&error);
}

static void add_cases(void)
{
    CASE("/record/store/counts-go-by-index", test_counts_go_by_index);
    CASE("/store/open/secret", test_secret_is_kept);
    CASE("/store/open/private", test_store_is_not_open_to_the_world);
    CASE("/store/open/root", test_store_of_root_is_given_away);
    CASE("/store/open/newer", test_newer_store_is_refused);
    CASE("/store/open/foreign", test_store_of_another_program_is_refused);
    CASE("/store/open/no-database", test_what_is_no_database_is_refused);
    CASE("/store/open/reader-needs-store", test_reader_needs_a_store);
    CASE("/store/open/reader", test_reader_sees_but_never_writes);
    CASE("/store/open/several", test_first_start_of_several);
    CASE("/store/schema", test_schema_steps);
    CASE("/store/nested", test_job_in_a_job_undoes_only_itself);
}

static void add_failure_cases(void)
{
    CASE("/store/locked", test_locked_store_is_tried_again);
    CASE("/store/full", test_full_disk_leaves_nothing_half_written);
    CASE("/store/killed", test_killed_in_a_transaction);
    CASE("/store/recorder/threads", test_recorder_under_many_threads);
    CASE("/store/recorder/ruined", test_ruined_group_fails_whole);
    CASE("/store/history/refuses", test_history_refuses_changes);
    CASE("/store/history/erased", test_erased_detail_keeps_the_chain);
    CASE("/store/history/changed", test_changed_event_is_found);
    CASE("/store/history/removed", test_removed_event_is_found);
    CASE("/store/history/first-removed", test_removed_first_event_is_found);
    CASE("/store/history/damage", test_damage_is_found);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    add_cases();
    add_failure_cases();
    return g_test_run();
}
