/*
 * bench_due.c - finding what is due among many leads
 *
 *   bench_due fill PATH LEADS       writes a store with so many leads
 *   bench_due measure PATH NAME     finds what is due in it, a hundred promises and a hundred mails; "NAME: ..." stands before the figures
 *
 * A store is filled from a thousand leads that went through the whole pipeline: their rows, with short texts, are copied again and again under other numbers,
 * addresses and keys, by SQL, which takes seconds where the pipeline would take minutes. What a column needs is told by its name, so that a new column of an old kind
 * needs no word here. All mails are sent and all promises kept but each lead's last; of those a hundred, spread over the whole store, are due, and a hundred mails.
 *
 * The bound is the same hundred rows read by SQLite's own API from the same index, nothing made of them.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "samples.h"
#include "usher/base/token.h"
#include "usher/parse.h"
#include "usher/pipeline.h"

#define BASE_LEADS 1000
#define DUE 100
#define ROUNDS 200

static void must(gboolean is_done, const GError *error)
{
    if (!is_done) {
        g_error("%s", error ? error->message : "an error that says nothing");
    }
}

static void run_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        g_error("%s: %s", sqlite3_errmsg(db), sql);
    }
}

G_GNUC_PRINTF(2, 3)
static void run_format(sqlite3 *db, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sql = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    run_sql(db, sql);
}

static gint64 read_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW) {
        g_error("%s: %s", sqlite3_errmsg(db), sql);
    }
    gint64 number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* ---- the thousand ---- */

static UsherTime read_bench_clock(gpointer data G_GNUC_UNUSED)
{
    return SAMPLE_NOW;
}

static void write_base(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_path_get_dirname(path);
    Rulebook *rulebook = sample_load_rulebook(directory, path, NULL);
    g_autoptr(Record) record = record_open(path, FALSE, &error);
    must(record != NULL, error);
    sample_capture(record, SAMPLE_PLAIN, 0, BASE_LEADS);
    Worker worker = {
        .record = record, .rulebook = rulebook, .secret = record_get_secret(record), .claimer = "bench", .now = read_bench_clock};
    guint count = 0;
    do {
        must(pipeline_work_messages(&worker, 100, &count, &error), error);
    } while (count > 0);
    rulebook_free(rulebook);
}

/* Short texts: it is the rows and their indexes that are looked through. */
static void shorten(sqlite3 *db)
{
    run_sql(
        db,
        "DROP TRIGGER event_is_never_deleted; DROP TRIGGER event_is_never_changed;"
        "DELETE FROM event WHERE id NOT IN (SELECT MIN(id) FROM event GROUP BY lead UNION SELECT MAX(id) FROM event GROUP BY lead);"
        "UPDATE event SET detail = substr(detail, 1, 20);"
        "DELETE FROM field WHERE name NOT IN ('name', 'email', 'phone'); DELETE FROM score_part WHERE ordinal > 1;"
        "UPDATE judgement SET route_because = 'r', action = 'a', flags = '', missing = '', candidates = '', dimensions = '', "
        "budget_because = 'b', authority_because = 'b',"
        " need_because = 'b', timing_because = 'b'; UPDATE promise SET hours = NULL, place = NULL;"
        "UPDATE field SET evidence = NULL; UPDATE message SET reason = 'r', kind_evidence = 'e';"
        "UPDATE message_raw SET bytes = x'46726f6d3a20610a'; UPDATE outbox_text SET text = 'Thank you.', html = NULL;"
        "UPDATE outbox SET state = 'sent', sent = due, attempts = 1;"
        "UPDATE promise SET kept = due; UPDATE promise SET kept = 0 WHERE id IN (SELECT MAX(id) FROM promise GROUP BY lead);");
}

/* ---- the copies ---- */

/* What a copy's row has in a column: $1 is the number of the copy. Tables and columns that no copy may share come first. */
static char *make_expression(sqlite3 *db, const char *table, const char *column)
{
    static const char *const own_texts[] = {"message.digest",  "message.message_id", "outbox.key", "outbox.message_id",
                                            "address.address", "thread_id.id",       NULL};
    g_autofree char *full = g_strconcat(table, ".", column, NULL);
    if (g_strv_contains(own_texts, full)) {
        return g_strdup_printf("printf('%%08d.', $1) || %s", column);
    }
    if (g_str_equal(column, "id")) {
        g_autofree char *sql = g_strdup_printf("SELECT MAX(id) FROM %s", table);
        return g_strdup_printf("id + $1 * %" G_GINT64_FORMAT, read_number(db, sql));
    }
    if (g_str_equal(column, "lead") || g_str_equal(column, "message")) {
        return g_strdup_printf("%s + $1 * %d", column, BASE_LEADS);
    }
    if (g_str_equal(column, "attach_message")) {
        return g_strdup_printf("CASE WHEN attach_message > 0 THEN attach_message + $1 * %d ELSE 0 END", BASE_LEADS);
    }
    if (g_str_equal(column, "mail")) {
        return g_strdup_printf("mail + $1 * %" G_GINT64_FORMAT, read_number(db, "SELECT MAX(id) FROM outbox"));
    }
    return g_strdup(column);
}

static sqlite3_stmt *prepare_copy(sqlite3 *db, const char *table)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_autofree char *first = NULL;
    sqlite3_stmt *columns = NULL, *copy = NULL;
    g_string_printf(sql, "SELECT name FROM pragma_table_info('%s')", table);
    sqlite3_prepare_v2(db, sql->str, -1, &columns, NULL);
    g_string_printf(sql, "INSERT INTO %s SELECT ", table);
    while (sqlite3_step(columns) == SQLITE_ROW) {
        const char *column = (const char *)sqlite3_column_text(columns, 0);
        g_autofree char *expression = make_expression(db, table, column);
        g_string_append_printf(sql, "%s%s", first ? ", " : "", expression);
        first = first ? first : g_strdup(column);
    }
    sqlite3_finalize(columns);
    g_string_append_printf(sql, " FROM base.%s", table);
    if (sqlite3_prepare_v2(db, sql->str, -1, &copy, NULL) != SQLITE_OK) {
        g_error("%s: %s", sqlite3_errmsg(db), sql->str);
    }
    return copy;
}

/* The tables of which every lead has rows of its own, the referred before the referring. */
static const char *const tables[] = {"message", "message_raw", "delivery", "lead",   "judgement",   "field", "score_part",
                                     "address", "thread_id",   "promise",  "outbox", "outbox_text", "event"};

static void copy_base(sqlite3 *db, guint copies)
{
    sqlite3_stmt *statements[G_N_ELEMENTS(tables)];
    run_sql(db, "ATTACH ':memory:' AS base");
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        run_format(db, "CREATE TABLE base.%s AS SELECT * FROM main.%s", tables[i], tables[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        statements[i] = prepare_copy(db, tables[i]);
    }
    run_sql(db, "BEGIN");
    for (guint copy = 1; copy < copies; copy++) {
        for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
            sqlite3_bind_int64(statements[i], 1, copy);
            if (sqlite3_step(statements[i]) != SQLITE_DONE) {
                g_error("%s: %s", tables[i], sqlite3_errmsg(db));
            }
            sqlite3_reset(statements[i]);
        }
    }
    run_format(db, "UPDATE person SET open_leads = open_leads * %u", copies);
    run_sql(db, "COMMIT");
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        sqlite3_finalize(statements[i]);
    }
}

static void make_due(sqlite3 *db, guint leads)
{
    guint step = leads / DUE;
    run_format(db, "UPDATE promise SET due = %" G_GINT64_FORMAT ", look = %" G_GINT64_FORMAT " WHERE kept = 0",
               SAMPLE_NOW + 30 * 24 * 3600, SAMPLE_NOW + 30 * 24 * 3600 + 1);
    run_format(db, "UPDATE promise SET look = %" G_GINT64_FORMAT " WHERE kept = 0 AND lead %% %u = %u", SAMPLE_NOW - 60, step,
               step / 2);
    run_format(db, "UPDATE outbox SET state = 'pending', due = %" G_GINT64_FORMAT " WHERE purpose = 'ack' AND lead %% %u = %u",
               SAMPLE_NOW - 60, step, step / 2);
}

static void fill(const char *path, guint leads)
{
    sqlite3 *db = NULL;
    write_base(path);
    sqlite3_open(path, &db);
    run_sql(db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-500000");
    g_autofree char *triggers = NULL;
    sqlite3_stmt *read = NULL;
    sqlite3_prepare_v2(db, "SELECT group_concat(sql || ';', '') FROM sqlite_schema WHERE type = 'trigger'", -1, &read, NULL);
    sqlite3_step(read);
    triggers = g_strdup((const char *)sqlite3_column_text(read, 0));
    sqlite3_finalize(read);
    shorten(db);
    copy_base(db, leads / BASE_LEADS);
    make_due(db, leads);
    run_sql(db, triggers);
    /* On disk and as it was found, so that what is measured does not wait for it. */
    run_sql(db, "PRAGMA synchronous=FULL; PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL");
    sqlite3_close(db);
}

/* ---- measuring ---- */

static void note_medians(GArray *times, const char *name, const char *what)
{
    measure_note(measure_get_quantile(times, 0.5), "us", "%s: %s", name, what);
    g_array_set_size(times, 0);
}

static void add_time(GArray *times, Moment start)
{
    double us = measure_wall_us(start);
    g_array_append_val(times, us);
}

static void measure_bound(const char *path, const char *name)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    sqlite3_prepare_v2(
        db, "SELECT id, lead, kind, owner, due FROM promise WHERE kept = 0 AND look > 0 AND look <= $1 ORDER BY look LIMIT 100", -1,
        &statement, NULL);
    for (guint i = 0; i < ROUNDS; i++) {
        Moment start = measure_now();
        guint rows = 0;
        sqlite3_bind_int64(statement, 1, SAMPLE_NOW);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            rows += sqlite3_column_int64(statement, 1) != 0;
        }
        sqlite3_reset(statement);
        g_assert_cmpuint(rows, ==, DUE);
        add_time(times, start);
    }
    note_medians(times, name, "bound: 100 due rows by SQLite");
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* Found, claimed and read; undone, so that it can be done again. */
static gboolean claim_and_undo(Record *record, gpointer data, GError **error)
{
    g_autoptr(GPtrArray) mails = NULL;
    gboolean has_opened = FALSE;
    Moment start = measure_now();
    must(record_claim_mails(record, "bench", SAMPLE_NOW, SAMPLE_NOW + 60, DUE, NULL, &mails, &has_opened, error), *error);
    add_time(data, start);
    g_assert_cmpuint(mails->len, ==, DUE);
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "only measured");
    return FALSE;
}

static void measure_record(const char *path, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
    Moment opened = measure_now();
    g_autoptr(Record) record = record_open(path, FALSE, &error);
    must(record != NULL, error);
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GPtrArray) promises = NULL;
        Moment start = measure_now();
        must(record_find_due_promises(record, SAMPLE_NOW, DUE, &promises, &error), error);
        add_time(times, start);
        g_assert_cmpuint(promises->len, ==, DUE);
        if (i == 0) {
            measure_note(measure_wall_us(opened), "us", "%s: the record opened and the first 100 due found", name);
        }
    }
    note_medians(times, name, "100 promises due, found and read");
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GError) undone = NULL;
        record_run(record, claim_and_undo, times, &undone);
    }
    note_medians(times, name, "100 mails due, claimed and read");
    for (guint i = 0; i < ROUNDS; i++) {
        UsherTime due;
        Moment start = measure_now();
        must(record_find_next_due(record, &due, &error), error);
        add_time(times, start);
    }
    note_medians(times, name, "when something is due next");
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        g_printerr("usage: bench_due fill PATH LEADS | bench_due measure PATH NAME\n");
        return 64;
    }
    token_open();
    parse_open();
    record_set_process();
    if (g_str_equal(argv[1], "fill")) {
        fill(argv[2], (guint)g_ascii_strtoull(argv[3], NULL, 10));
        return 0;
    }
    measure_bound(argv[2], argv[3]);
    measure_record(argv[2], argv[3]);
    measure_print();
    return 0;
}
