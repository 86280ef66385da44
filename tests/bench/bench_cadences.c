/*
 * bench_cadences.c - cadences among many leads: finding what is due, and doing it
 *
 *   bench_cadences find STORE NAME          how long looking takes, beside more and more leads that are finished; "NAME: ..." stands before the figures
 *   bench_cadences steps STORE NAME STEPS   makes so many mails of the nurture cadence due and decides them, to the committed outbox
 *   bench_cadences prepare STORE STEPS      only makes them due, for a daemon that is measured from outside
 *
 * STORE is one of bench_due's. A fifth of its leads are put into the nurture cadence, at another step each and due within the next weeks, and as many have finished it, by
 * SQL, with the touches and tasks that brings. The leads of the steps that are due have an address and a domain each. Beside STORE an instance of the shipped rules is
 * written whose limits let through as much in a day as is measured.
 *
 * The bound of a look is the same look by SQLite's own API, nothing made of what it finds.
 */
#include <gio/gio.h>
#include <sqlite3.h>
#include <string.h>

#include "measure.h"
#include "samples.h"
#include "usher/base/token.h"
#include "usher/parse.h"
#include "usher/pipeline.h"

#define LIVE_SHARE 5 /* one lead in so many is in a cadence */
#define LOOKED_FOR 50
#define ROUNDS 200

typedef struct {
    const char *path, *name;
    Rulebook *rulebook;
    gint64 leads;
} Bench;

static void must(gboolean is_done, const GError *error)
{
    if (!is_done) {
        g_error("%s", error ? error->message : "an error that says nothing");
    }
}

static UsherTime read_bench_clock(gpointer data G_GNUC_UNUSED)
{
    return SAMPLE_NOW;
}

/* ---- rules ---- */

static void copy_rules(const char *directory, const char *name, const char *old, const char *with)
{
    g_autofree char *from = g_build_filename("rules", name, NULL), *to = g_build_filename(directory, "rules", name, NULL);
    g_autofree char *folder = g_path_get_dirname(to), *text = NULL;
    g_autoptr(GError) error = NULL;
    must(g_file_get_contents(from, &text, NULL, &error), error);
    g_auto(GStrv) parts = g_strsplit(text, old, -1);
    if (g_strv_length(parts) != 2) {
        g_error("%s does not say \"%s\" once", from, old);
    }
    g_autofree char *changed = g_strjoinv(with, parts);
    g_mkdir_with_parents(folder, 0755);
    must(g_file_set_contents(to, changed, -1, &error), error);
}

static Rulebook *load_rules(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path), *firm = g_build_filename(directory, "usher.yaml", NULL);
    copy_rules(directory, "cadences.yaml", "most_a_day: 30 ", "most_a_day: 10000 ");
    copy_rules(directory, "routes.yaml", "mails_per_hour: 400\n", "mails_per_hour: 100000\n");
    if (g_file_test(firm, G_FILE_TEST_EXISTS)) {
        g_autoptr(Problems) problems = problems_new();
        Rulebook *rulebook = rulebook_load(directory, ".", problems);
        if (!rulebook) {
            g_error("the rules in %s have errors", directory);
        }
        return rulebook;
    }
    return sample_load_rulebook(directory, path, NULL);
}

/* ---- the store ---- */

static sqlite3 *open_store(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        g_error("%s: %s", path, sqlite3_errmsg(db));
    }
    sqlite3_exec(db, "PRAGMA cache_size=-200000; PRAGMA synchronous=OFF", NULL, NULL, NULL);
    return db;
}

G_GNUC_PRINTF(2, 3)
static void run_format(sqlite3 *db, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sql = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        g_error("%s: %s", sqlite3_errmsg(db), sql);
    }
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

static gboolean keep_cadence(Record *record, gpointer data, GError **error)
{
    const Rulebook *rulebook = data;
    return record_keep_cadence(record, rulebook_find_cadence(rulebook, "nurture"), SAMPLE_NOW - 90 * 86400, error);
}

static gint64 find_cadence(const Bench *bench, sqlite3 *db)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Record) record = record_open(bench->path, FALSE, &error);
    must(record && record_run(record, keep_cadence, bench->rulebook, &error), error);
    g_autofree char *sql = g_strdup_printf("SELECT id FROM cadence WHERE name = 'nurture' AND version = '%s'",
                                           rulebook_find_cadence(bench->rulebook, "nurture")->version);
    return read_number(db, sql);
}

/* The live ones, each in its second round, at any of the three mails. */
static void enrol_live(const Bench *bench, sqlite3 *db)
{
    gint64 cadence = find_cadence(bench, db);
    run_format(db, "DELETE FROM enrolment; DELETE FROM touch; DELETE FROM task");
    run_format(db,
               "INSERT INTO enrolment (lead, cadence, round, started, origin, step, due, state, changed)"
               " SELECT id, %" G_GINT64_FORMAT ", 2, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", id / %d %% 3, %" G_GINT64_FORMAT
               " + id * 7919 %% 1200000, 'active', 0 FROM lead WHERE id %% %d = 0",
               cadence, SAMPLE_NOW - 3 * 86400, SAMPLE_NOW - 3 * 86400, LIVE_SHARE, SAMPLE_NOW + 86400, LIVE_SHARE);
    run_format(db, "UPDATE lead SET status = 'nurture', route = 'nurture' WHERE id %% %d = 0", LIVE_SHARE);
}

/* Leads from `first` on, up to `until`, have finished it, or it was stopped. */
static void finish(sqlite3 *db, gint64 first, gint64 until)
{
    run_format(db,
               "INSERT INTO enrolment (lead, cadence, round, started, origin, step, due, state, changed)"
               " SELECT id, (SELECT MAX(id) FROM cadence WHERE name = 'nurture'), 1, 0, 0, 4, %" G_GINT64_FORMAT
               " - id %% 8000000, CASE id %% 2 WHEN 0 THEN 'finished' ELSE 'stopped' END, 0 FROM lead WHERE id >= %" G_GINT64_FORMAT
               " AND id < %" G_GINT64_FORMAT,
               SAMPLE_NOW, first, until);
    run_format(db,
               "INSERT INTO task (key, lead, person, kind, said, guidance, due, created, done)"
               " SELECT 'step:' || id, id, owner, 'task', 'To do', '', %" G_GINT64_FORMAT ", 0, %" G_GINT64_FORMAT
               " FROM lead WHERE id >= %" G_GINT64_FORMAT " AND id < %" G_GINT64_FORMAT,
               SAMPLE_NOW - 86400, SAMPLE_NOW - 3600, first, until);
}

/* What they have had of it: three mails and a task each. Nothing looks among these but a step itself. */
static void add_touches(sqlite3 *db, gint64 first, gint64 until)
{
    for (guint step = 0; step < 4; step++) {
        run_format(db,
                   "INSERT INTO touch SELECT id, 'nurture', 1, %u, 0, '%s', '%s' FROM lead WHERE id >= %" G_GINT64_FORMAT
                   " AND id < %" G_GINT64_FORMAT,
                   step, step < 3 ? "mail" : "task", step < 3 ? "mail" : "task", first, until);
    }
}

/* `count` of the live ones, spread over the whole store. */
static void make_due(const Bench *bench, sqlite3 *db, gint64 count)
{
    gint64 apart = bench->leads / count / LIVE_SHARE * LIVE_SHARE;
    if (apart == 0) {
        g_error("%" G_GINT64_FORMAT " leads are too few for %" G_GINT64_FORMAT " steps", bench->leads, count);
    }
    run_format(db,
               "UPDATE enrolment SET due = %" G_GINT64_FORMAT " - id %% 300 WHERE state = 'active' AND lead %% %" G_GINT64_FORMAT
               " = 0 AND lead / %" G_GINT64_FORMAT " <= %" G_GINT64_FORMAT,
               SAMPLE_NOW, apart, apart, count);
    run_format(db,
               "UPDATE field SET value = 'reader@reader' || lead || '.example' WHERE name = 'email' AND lead IN (SELECT lead FROM "
               "enrolment WHERE state = 'active' AND due <= %" G_GINT64_FORMAT ")",
               SAMPLE_NOW);
    g_autofree char *sql =
        g_strdup_printf("SELECT COUNT(*) FROM enrolment WHERE state = 'active' AND due <= %" G_GINT64_FORMAT, SAMPLE_NOW);
    g_assert_cmpint(read_number(db, sql), ==, count);
}

/* Other work than what is measured waits: promises and mails of the store itself. */
static void quieten(sqlite3 *db)
{
    run_format(db, "UPDATE promise SET due = %" G_GINT64_FORMAT " WHERE kept = 0 AND due <= %" G_GINT64_FORMAT,
               SAMPLE_NOW + 30 * 86400, SAMPLE_NOW);
    run_format(db, "UPDATE outbox SET state = 'sent' WHERE state = 'pending'");
}

static void prepare(const Bench *bench, gint64 steps)
{
    sqlite3 *db = open_store(bench->path);
    enrol_live(bench, db);
    finish(db, 1, bench->leads / LIVE_SHARE + 1);
    add_touches(db, 1, bench->leads / LIVE_SHARE + 1);
    quieten(db);
    make_due(bench, db, steps);
    run_format(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_close(db);
}

/* ---- looking ---- */

static void note_medians(GArray *times, const char *name, const char *beside, const char *what)
{
    measure_note(measure_get_quantile(times, 0.5), "us", "%s: %s%s", name, what, beside);
    g_array_set_size(times, 0);
}

static void add_time(GArray *times, Moment start)
{
    double us = measure_wall_us(start);
    g_array_append_val(times, us);
}

static void measure_bound(const Bench *bench, sqlite3 *db, GArray *times, const char *beside)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(db,
                       "SELECT id, lead, step, due FROM enrolment WHERE state = 'active' AND due <= $1 ORDER BY due, id LIMIT 50",
                       -1, &statement, NULL);
    for (guint i = 0; i < ROUNDS; i++) {
        Moment start = measure_now();
        guint rows = 0;
        sqlite3_bind_int64(statement, 1, SAMPLE_NOW);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            rows++;
        }
        sqlite3_reset(statement);
        g_assert_cmpuint(rows, ==, LOOKED_FOR);
        add_time(times, start);
    }
    note_medians(times, bench->name, beside, "bound: 50 due steps by SQLite");
    sqlite3_finalize(statement);
}

static void measure_finding(const Bench *bench, Record *record, GArray *times, const char *beside)
{
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GPtrArray) due = NULL;
        Moment start = measure_now();
        must(record_find_due_steps(record, SAMPLE_NOW, LOOKED_FOR, &due, &error), error);
        add_time(times, start);
        g_assert_cmpuint(due->len, ==, LOOKED_FOR);
    }
    note_medians(times, bench->name, beside, "50 steps due, found and read");
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GPtrArray) promises = NULL;
        Moment start = measure_now();
        must(record_find_due_promises(record, SAMPLE_NOW, LOOKED_FOR, &promises, &error), error);
        add_time(times, start);
    }
    note_medians(times, bench->name, beside, "promises due, found and read");
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GPtrArray) tasks = NULL;
        Moment start = measure_now();
        must(record_list_tasks(record, "jane", 0, SAMPLE_NOW, LOOKED_FOR, &tasks, &error), error);
        add_time(times, start);
        g_assert_cmpuint(tasks->len, ==, LOOKED_FOR);
    }
    note_medians(times, bench->name, beside, "50 tasks of one person, found and read");
}

static void measure_idle(const Bench *bench, Record *record, GArray *times, const char *beside)
{
    Worker worker = {.record = record,
                     .rulebook = bench->rulebook,
                     .secret = record_get_secret(record),
                     .claimer = "bench",
                     .now = read_bench_clock};
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GError) error = NULL;
        ClockCounts counts = {0};
        Moment start = measure_now();
        must(pipeline_work_clock(&worker, &counts, &error), error);
        add_time(times, start);
        g_assert_cmpuint(counts.steps + counts.broken, ==, 0);
    }
    note_medians(times, bench->name, beside, "the clock looks, and nothing is due");
}

static void put_due(sqlite3 *db, gboolean is_due)
{
    run_format(db,
               "UPDATE enrolment SET due = due %s 10000000 WHERE state = 'active' AND lead IN (SELECT lead FROM enrolment WHERE "
               "state = 'active' ORDER BY due LIMIT 50)",
               is_due ? "-" : "+");
}

static void measure_beside(const Bench *bench, sqlite3 *db, gint64 finished)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *beside = g_strdup_printf(", %" G_GINT64_FORMAT " finished", finished);
    g_autoptr(Record) record = record_open(bench->path, FALSE, &error);
    must(record != NULL, error);
    measure_idle(bench, record, times, beside);
    put_due(db, TRUE);
    measure_bound(bench, db, times, beside);
    measure_finding(bench, record, times, beside);
    put_due(db, FALSE);
}

static void find(const Bench *bench)
{
    sqlite3 *db = open_store(bench->path);
    enrol_live(bench, db);
    quieten(db);
    /* For what is to be done there are fifty open tasks, among all those that are done. */
    run_format(db,
               "INSERT INTO task (lead, person, kind, said, guidance, due, created) SELECT id, 'jane', 'call', 'To do', '', "
               "%" G_GINT64_FORMAT ", 0 FROM lead LIMIT 50",
               SAMPLE_NOW - 60);
    gint64 finished = 0;
    for (gint64 wanted = bench->leads / 100; wanted <= bench->leads; wanted *= 10) {
        finish(db, finished + 1, wanted + 1);
        finished = wanted;
        measure_beside(bench, db, finished);
    }
    sqlite3_close(db);
}

/* ---- doing ---- */

static gint64 count_pending(const char *path)
{
    sqlite3 *db = open_store(path);
    gint64 count = read_number(db, "SELECT COUNT(*) FROM outbox WHERE state = 'pending' AND purpose = 'cadence'");
    sqlite3_close(db);
    return count;
}

static void do_steps(const Bench *bench, guint steps)
{
    g_autoptr(GError) error = NULL;
    guint count = 0, total = 0;
    Recorder *recorder = recorder_open(bench->path, &error);
    must(recorder != NULL, error);
    Worker worker = {.recorder = recorder,
                     .rulebook = bench->rulebook,
                     .secret = recorder_get_secret(recorder),
                     .claimer = "bench",
                     .now = read_bench_clock};
    Moment start = measure_now();
    do {
        must(pipeline_work_steps(&worker, &count, &error), error);
        total += count;
    } while (count > 0);
    measure_note(measure_cpu_us(start) / steps, "us CPU a step", "%s: steps to the committed outbox", bench->name);
    measure_note(steps / measure_wall_us(start) * 1e6, "steps/s", "%s: steps to the committed outbox, rate", bench->name);
    recorder_close(recorder);
    if (total != steps || count_pending(bench->path) != steps) {
        g_error("%u steps were done and %" G_GINT64_FORMAT " mails written: %u were expected", total, count_pending(bench->path),
                steps);
    }
}

int main(int argc, char **argv)
{
    const char *verb = argc > 3 ? argv[1] : "";
    gboolean is_find = g_str_equal(verb, "find") && argc == 4, is_steps = g_str_equal(verb, "steps") && argc == 5;
    if (!is_find && !is_steps && !(g_str_equal(verb, "prepare") && argc == 4)) {
        g_printerr("usage: bench_cadences find STORE NAME | steps STORE NAME STEPS | prepare STORE STEPS\n");
        return 64;
    }
    token_open();
    parse_open();
    record_set_process();
    Bench bench = {.path = argv[2], .name = argv[3], .rulebook = load_rules(argv[2])};
    sqlite3 *db = open_store(bench.path);
    bench.leads = read_number(db, "SELECT MAX(id) FROM lead");
    sqlite3_close(db);
    if (is_find) {
        find(&bench);
    } else {
        gint64 steps = g_ascii_strtoll(argv[argc - 1], NULL, 10);
        prepare(&bench, steps);
        if (is_steps) {
            do_steps(&bench, (guint)steps);
        }
    }
    measure_print();
    rulebook_free(bench.rulebook);
    return 0;
}
