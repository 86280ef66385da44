/*
 * bench_pipeline.c - what a mail costs from the record to the committed outbox, and until its two mails are out
 *
 *   bench_pipeline [MAILS [ROUNDS [PART [KIND]]]]   KIND: 0 plain, 1 alternative, 2 with a PDF
 *
 * PART is all, bounds, pipeline, stages or neighbours; or outbox, which only decides, for a profiler.
 *
 * CPU is that of this process, all its threads, in user and kernel, a mail; the medians of rounds in which everything alternates. Each run has a new store, into which the
 * mails were captured before the clock starts. The work is done by a recorder thread, as in the daemon. "By SMTP" is to a sink in another process, which is not
 * counted; "into nothing" is all that comes with a mail but the transport.
 *
 * The bounds do the least that could be done: GMime parses the mail and decodes its text; SQLite writes a lead, three events and two mails without a text.
 *
 * The stages are run one after the other over many mails, so that no clock is read between two mails.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gmime/gmime.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "samples.h"
#include "sink.h"
#include "usher/assign.h"
#include "usher/base/token.h"
#include "usher/followup.h"
#include "usher/parse.h"
#include "usher/pipeline.h"
#include "usher/qualify.h"
#include "usher/respond.h"

#define MAILS_OUT 2
#define MAILS_AT_ONCE 5 /* as the engine claims them */
#define NEIGHBOURS 2
#define LEASE_S 3600

typedef struct {
    char *directory;
    Rulebook *rulebook;
    guint count;
} Bench;

/* A store with mails in it, and who works on them. */
typedef struct {
    char *path;
    Recorder *recorder;
    Worker worker;
} Site;

static UsherTime read_bench_clock(gpointer data G_GNUC_UNUSED)
{
    return SAMPLE_NOW;
}

static void must(gboolean is_done, const GError *error)
{
    if (!is_done) {
        g_error("%s", error ? error->message : "an error that says nothing");
    }
}

/* ---- stores ---- */

static char *new_path(const Bench *bench)
{
    static guint number;
    g_autofree char *name = g_strdup_printf("store-%u.db", number++);
    return g_build_filename(bench->directory, name, NULL);
}

static void remove_store(const char *path)
{
    const char *const ends[] = {"", "-wal", "-shm"};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *name = g_strconcat(path, ends[i], NULL);
        g_unlink(name);
    }
}

static Record *open_record(const char *path)
{
    g_autoptr(GError) error = NULL;
    Record *record = record_open(path, FALSE, &error);
    must(record != NULL, error);
    return record;
}

static void site_open(Site *site, const Bench *bench, SampleKind kind, guint count)
{
    g_autoptr(GError) error = NULL;
    site->path = new_path(bench);
    g_autoptr(Record) record = open_record(site->path);
    sample_capture(record, kind, 0, count);
    site->recorder = recorder_open(site->path, &error);
    must(site->recorder != NULL, error);
    site->worker = (Worker){.recorder = site->recorder,
                            .rulebook = bench->rulebook,
                            .secret = recorder_get_secret(site->recorder),
                            .claimer = "bench",
                            .now = read_bench_clock};
}

static void site_close(Site *site)
{
    recorder_close(site->recorder);
    remove_store(site->path);
    g_free(site->path);
}

/* Figures of another work than was meant are worth nothing. */
static void check_outbox(const Site *site, guint pending, guint sent)
{
    g_autoptr(Record) record = open_record(site->path);
    g_autoptr(GError) error = NULL;
    RecordCounts counts;
    must(record_count(record, SAMPLE_NOW, &counts, &error), error);
    if (counts.mails_pending != pending || counts.mails_sent != sent || counts.quarantined != 0) {
        g_error("%" G_GINT64_FORMAT " mails pending, %" G_GINT64_FORMAT " sent, %" G_GINT64_FORMAT
                " quarantined: %u and %u and 0 were expected",
                counts.mails_pending, counts.mails_sent, counts.quarantined, pending, sent);
    }
}

/* ---- the pipeline ---- */

static void decide_all(const Site *site, guint by)
{
    guint count = 0;
    do {
        g_autoptr(GError) error = NULL;
        must(pipeline_work_messages(&site->worker, by, &count, &error), error);
    } while (count > 0);
}

static void send_by_smtp(const Site *site)
{
    guint port = 0, count = 0;
    char host[] = "127.0.0.1";
    pid_t sink = sink_start(TRUE, &port);
    Delivery delivery = {.method = DELIVERY_SMTP, .smtp_host = host, .smtp_port = port};
    g_autoptr(Transport) transport = transport_new(&delivery);
    do {
        g_autoptr(GError) error = NULL;
        must(pipeline_work_mails(&site->worker, transport, MAILS_AT_ONCE, &count, &error), error);
    } while (count > 0);
    sink_stop(sink);
}

typedef struct {
    GPtrArray *mails;     /* OutgoingMail */
    GPtrArray *originals; /* GBytes, or NULL */
    const OutgoingMail *mail;
} Post;

static void free_bytes(gpointer bytes)
{
    if (bytes) {
        g_bytes_unref(bytes);
    }
}

static gboolean claim_post(Record *record, gpointer data, GError **error)
{
    Post *post = data;
    gboolean has_opened = FALSE;
    if (!record_claim_mails(record, "bench", SAMPLE_NOW, SAMPLE_NOW + LEASE_S, MAILS_AT_ONCE, NULL, &post->mails, &has_opened,
                            error)) {
        return FALSE;
    }
    post->originals = g_ptr_array_new_with_free_func(free_bytes);
    for (guint i = 0; i < post->mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(post->mails, i);
        GBytes *original = mail->attach_message ? record_read_raw(record, mail->attach_message, 10 << 20, error) : NULL;
        g_ptr_array_add(post->originals, original);
    }
    return TRUE;
}

static gboolean finish_post(Record *record, gpointer data, GError **error)
{
    const Post *post = data;
    return record_finish_mail(record, post->mail, MAIL_SENT, SAMPLE_NOW, 0, "2.0.0 Ok", error);
}

static void send_into_nothing(const Site *site)
{
    const Settings *settings = site->worker.rulebook->settings;
    guint count = 0;
    do {
        g_autoptr(GError) error = NULL;
        Post post = {0};
        must(recorder_run(site->recorder, claim_post, &post, &error), error);
        count = post.mails->len;
        for (guint i = 0; i < count; i++) {
            post.mail = g_ptr_array_index(post.mails, i);
            g_autoptr(GBytes) bytes = respond_compose(post.mail, g_ptr_array_index(post.originals, i), settings, &error);
            must(bytes != NULL && recorder_run(site->recorder, finish_post, &post, &error), error);
        }
        g_ptr_array_unref(post.mails);
        g_ptr_array_unref(post.originals);
    } while (count > 0);
}

static void measure_pipeline(const Bench *bench, SampleKind kind, guint by, void (*send)(const Site *), const char *how)
{
    guint count = kind == SAMPLE_PDF ? bench->count / 5 : bench->count;
    const char *name = sample_get_name(kind);
    Site site;
    site_open(&site, bench, kind, count);
    Moment start = measure_now();
    decide_all(&site, by);
    double decided_us = measure_cpu_us(start) / count;
    measure_note(decided_us, "us CPU a mail", "%s, by %u: to the committed outbox", name, by);
    measure_note(count / measure_wall_us(start) * 1e6, "mails/s", "%s, by %u: to the committed outbox, rate", name, by);
    check_outbox(&site, MAILS_OUT * count, 0);
    if (send) {
        start = measure_now();
        send(&site);
        measure_note(decided_us + measure_cpu_us(start) / count, "us CPU a mail", "%s, by %u: and two mails %s", name, by, how);
        check_outbox(&site, 0, MAILS_OUT * count);
    }
    site_close(&site);
}

/* ---- beside others ---- */

static pid_t start_neighbour(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile guint work = 0;; work++) {
        }
    }
    return pid;
}

static void measure_beside_neighbours(const Bench *bench, guint by)
{
    pid_t neighbours[NEIGHBOURS];
    Site site;
    site_open(&site, bench, SAMPLE_PLAIN, bench->count);
    for (guint i = 0; i < NEIGHBOURS; i++) {
        neighbours[i] = start_neighbour();
    }
    Moment start = measure_now();
    decide_all(&site, by);
    measure_note(bench->count / measure_wall_us(start) * 1e6, "mails/s",
                 "%s, by %u, with two busy neighbours: to the committed outbox, rate", sample_get_name(SAMPLE_PLAIN), by);
    for (guint i = 0; i < NEIGHBOURS; i++) {
        kill(neighbours[i], SIGKILL);
        waitpid(neighbours[i], NULL, 0);
    }
    site_close(&site);
}

/* ---- stages ---- */

typedef struct {
    const Bench *bench;
    const char *name;
    guint count;
    Record *record;
    GPtrArray *arrivals; /* Arrival */
    GPtrArray *raws;     /* GBytes */
    GPtrArray *messages; /* Message */
    Reading *readings;
    GPtrArray *pasts;     /* Past */
    GPtrArray *decisions; /* Decision */
    Moment start;
} Stages;

static void stage_ends(Stages *stages, const char *what)
{
    measure_note(measure_cpu_us(stages->start) / stages->count, "us CPU a mail", "%s, stage: %s", stages->name, what);
    stages->start = measure_now();
}

static gboolean stage_claim(Record *record, gpointer data, GError **error)
{
    Stages *stages = data;
    if (!record_claim_messages(record, "bench", SAMPLE_NOW, SAMPLE_NOW + LEASE_S, stages->count, &stages->arrivals, error)) {
        return FALSE;
    }
    for (guint i = 0; i < stages->arrivals->len; i++) {
        const Arrival *arrival = g_ptr_array_index(stages->arrivals, i);
        g_ptr_array_add(stages->raws, record_read_raw(record, arrival->id, 2 << 20, error));
    }
    return TRUE;
}

static void stage_parse(Stages *stages)
{
    for (guint i = 0; i < stages->count; i++) {
        gsize length;
        const char *bytes = g_bytes_get_data(g_ptr_array_index(stages->raws, i), &length);
        g_ptr_array_add(stages->messages, parse_message(bytes, length, length, stages->bench->rulebook->settings->authserv_id));
    }
    stage_ends(stages, "parse");
}

static void stage_extract(Stages *stages)
{
    const Rulebook *rulebook = stages->bench->rulebook;
    for (guint i = 0; i < stages->count; i++) {
        Reading *reading = &stages->readings[i];
        reading->rulebook = rulebook;
        reading->arrival = g_ptr_array_index(stages->arrivals, i);
        reading->message = g_ptr_array_index(stages->messages, i);
        reading->channel = extract_find_channel(reading->message, rulebook);
        reading->verdict = parse_judge_kind(reading->message, reading->arrival, reading->channel, rulebook);
    }
    stage_ends(stages, "channel and kind");
    for (guint i = 0; i < stages->count; i++) {
        Reading *reading = &stages->readings[i];
        reading->extraction = extract_lead(reading->message, reading->verdict, reading->channel, reading->arrival, rulebook);
    }
    stage_ends(stages, "extract");
}

static void stage_past(Stages *stages)
{
    for (guint i = 0; i < stages->count; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(PastKeys) keys = pipeline_get_keys(&stages->readings[i], stages->bench->rulebook, SAMPLE_NOW);
        Past *past = record_find_past(stages->record, keys, &error);
        must(past != NULL, error);
        g_ptr_array_add(stages->pasts, past);
    }
    stage_ends(stages, "what is on record");
}

/* As pipeline_decide does for a new lead, but a stage at a time. */
static Decision *judge(const Reading *reading, const Past *past, const Rulebook *rulebook)
{
    Decision *decision = decision_new(SAMPLE_NOW, rulebook->hash);
    decision->track = reading->extraction->track;
    decision->kind = reading->verdict->kind;
    decision->channel = g_strdup(reading->extraction->channel);
    decision->source = g_strdup(reading->extraction->source);
    for (guint i = 0; i < reading->extraction->fields->len; i++) {
        g_ptr_array_add(decision->fields, field_dup(g_ptr_array_index(reading->extraction->fields, i)));
    }
    QualifyFacts facts = {.text = reading->message->new_text,
                          .subject = reading->message->subject,
                          .has_person = TRUE,
                          .free_people = assign_count_free(decision, past, rulebook->settings)};
    qualify_judge(decision, &facts, rulebook);
    const RouteRule *route = qualify_find_route(decision, rulebook);
    assign_owner(decision, route, NULL, past, rulebook->settings);
    followup_plan(decision, rulebook);
    return decision;
}

static void stage_decide(Stages *stages, const char *secret)
{
    const Rulebook *rulebook = stages->bench->rulebook;
    for (guint i = 0; i < stages->count; i++) {
        g_autoptr(Decision) decision = judge(&stages->readings[i], g_ptr_array_index(stages->pasts, i), rulebook);
    }
    stage_ends(stages, "qualify, assign, follow up");
    for (guint i = 0; i < stages->count; i++) {
        g_ptr_array_add(stages->decisions,
                        pipeline_decide(&stages->readings[i], g_ptr_array_index(stages->pasts, i), rulebook, secret, SAMPLE_NOW));
    }
    stage_ends(stages, "these three and respond");
}

static gboolean stage_write(Record *record, gpointer data, GError **error)
{
    Stages *stages = data;
    for (guint i = 0; i < stages->count; i++) {
        if (!record_write_decision(record, g_ptr_array_index(stages->decisions, i), FALSE, error)) {
            return FALSE;
        }
    }
    stage_ends(stages, "record (one transaction of all)");
    return TRUE;
}

static void free_readings(Stages *stages)
{
    for (guint i = 0; i < stages->count; i++) {
        kind_verdict_free(stages->readings[i].verdict);
        extraction_free(stages->readings[i].extraction);
    }
    g_free(stages->readings);
}

static void measure_stages(const Bench *bench, SampleKind kind)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = new_path(bench);
    guint count = kind == SAMPLE_PDF ? bench->count / 5 : bench->count;
    Record *record = open_record(path);
    Stages stages = {.bench = bench, .name = sample_get_name(kind), .count = count, .record = record};
    stages.raws = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    stages.messages = g_ptr_array_new_with_free_func((GDestroyNotify)message_free);
    stages.pasts = g_ptr_array_new_with_free_func((GDestroyNotify)past_free);
    stages.decisions = g_ptr_array_new_with_free_func((GDestroyNotify)decision_free);
    stages.readings = g_new0(Reading, count);
    sample_capture(record, kind, 0, count);
    stages.start = measure_now();
    must(record_run(record, stage_claim, &stages, &error), error);
    stage_ends(&stages, "claim");
    stage_parse(&stages);
    stage_extract(&stages);
    stage_past(&stages);
    stage_decide(&stages, record_get_secret(record));
    must(record_run(record, stage_write, &stages, &error), error);
    stage_ends(&stages, "commit (one for all)");
    free_readings(&stages);
    g_ptr_array_unref(stages.decisions);
    g_ptr_array_unref(stages.pasts);
    g_ptr_array_unref(stages.messages);
    g_ptr_array_unref(stages.raws);
    g_ptr_array_unref(stages.arrivals);
    record_close(record);
    remove_store(path);
}

/* ---- bounds ---- */

static void decode_text(GMimeObject *parent G_GNUC_UNUSED, GMimeObject *part, gpointer data)
{
    if (GMIME_IS_TEXT_PART(part)) {
        g_autofree char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
        *(gsize *)data += text ? strlen(text) : 0;
    }
}

static void measure_gmime(const Bench *bench, SampleKind kind)
{
    g_autoptr(GBytes) bytes = sample_make(kind, 1);
    gsize length, decoded = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    guint count = bench->count;
    Moment start = measure_now();
    for (guint i = 0; i < count; i++) {
        GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, length);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
        g_mime_message_foreach(message, decode_text, &decoded);
        g_object_unref(message);
        g_object_unref(parser);
        g_object_unref(stream);
    }
    measure_note(measure_cpu_us(start) / count, "us CPU a mail", "bound: GMime alone, %s", sample_get_name(kind));
}

static const char *const bound_sql[] = {
    "INSERT INTO lead (track, status, owner, score, text) VALUES ('inbound', 'new', 'jane', 50, $1)",
    "INSERT INTO event (lead, at, what, detail) VALUES (1, 1772442900, 'captured', $1)",
    "INSERT INTO event (lead, at, what, detail) VALUES (1, 1772442900, 'qualified', $1)",
    "INSERT INTO event (lead, at, what, detail) VALUES (1, 1772442900, 'assigned', $1)",
    "INSERT INTO outbox (lead, purpose, due, state, text) VALUES (1, 'ack', 1772442900, 'pending', $1)",
    "INSERT INTO outbox (lead, purpose, due, state, text) VALUES (1, 'brief', 1772442900, 'pending', $1)",
};

static void run_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        g_error("%s", sqlite3_errmsg(db));
    }
}

static void step_once(sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE) {
        g_error("the bound cannot be written");
    }
    sqlite3_reset(statement);
}

static void measure_sqlite(const Bench *bench, guint by)
{
    g_autofree char *path = new_path(bench);
    sqlite3 *db = NULL;
    sqlite3_stmt *statements[G_N_ELEMENTS(bound_sql)];
    sqlite3_open(path, &db);
    run_sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "CREATE TABLE lead (id INTEGER PRIMARY KEY, track TEXT, status TEXT, owner TEXT, score INTEGER, text TEXT);"
                "CREATE TABLE event (id INTEGER PRIMARY KEY, lead BIGINT, at BIGINT, what TEXT, detail TEXT); CREATE INDEX "
                "event_lead ON event (lead);"
                "CREATE TABLE outbox (id INTEGER PRIMARY KEY, lead BIGINT, purpose TEXT, due BIGINT, state TEXT, text TEXT);"
                "CREATE INDEX outbox_due ON outbox (due, id) WHERE state = 'pending'");
    for (guint i = 0; i < G_N_ELEMENTS(bound_sql); i++) {
        sqlite3_prepare_v2(db, bound_sql[i], -1, &statements[i], NULL);
        sqlite3_bind_text(statements[i], 1,
                          "a line of eighty characters, as the history has many of them, of what was done and why", -1,
                          SQLITE_STATIC);
    }
    Moment start = measure_now();
    for (guint done = 0; done < bench->count; done += by) {
        run_sql(db, "BEGIN IMMEDIATE");
        for (guint i = 0; i < by * G_N_ELEMENTS(bound_sql); i++) {
            step_once(statements[i % G_N_ELEMENTS(bound_sql)]);
        }
        run_sql(db, "COMMIT");
    }
    measure_note(measure_cpu_us(start) / bench->count, "us CPU a mail", "bound: SQLite lead, 3 events, 2 mails, by %u", by);
    measure_note(bench->count / measure_wall_us(start) * 1e6, "mails/s", "bound: SQLite lead, 3 events, 2 mails, by %u, rate", by);
    for (guint i = 0; i < G_N_ELEMENTS(bound_sql); i++) {
        sqlite3_finalize(statements[i]);
    }
    sqlite3_close(db);
    remove_store(path);
}

/* ---- all ---- */

static void measure_round(const Bench *bench, const char *part, SampleKind first, SampleKind last)
{
    gboolean is_all = g_str_equal(part, "all");
    for (SampleKind kind = first; kind <= last; kind++) {
        if (is_all || g_str_equal(part, "bounds")) {
            measure_gmime(bench, kind);
        }
        if (is_all || g_str_equal(part, "pipeline")) {
            measure_pipeline(bench, kind, 10, send_by_smtp, "by SMTP");
            measure_pipeline(bench, kind, 100, send_into_nothing, "into nothing");
        }
        if (g_str_equal(part, "outbox")) {
            measure_pipeline(bench, kind, 10, NULL, NULL);
        }
        if (is_all || g_str_equal(part, "stages")) {
            measure_stages(bench, kind);
        }
    }
    for (guint by = 1; (is_all || g_str_equal(part, "bounds")) && by <= 100; by *= 10) {
        measure_sqlite(bench, by);
    }
    for (guint by = 10; (is_all || g_str_equal(part, "neighbours")) && by <= 100; by *= 10) {
        measure_beside_neighbours(bench, by);
    }
}

int main(int argc, char **argv)
{
    guint count = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 1000;
    guint rounds = argc > 2 ? (guint)g_ascii_strtoull(argv[2], NULL, 10) : 3;
    gint only = argc > 4 ? (gint)g_ascii_strtoll(argv[4], NULL, 10) : -1;
    g_autoptr(GError) error = NULL;
    signal(SIGPIPE, SIG_IGN);
    token_open();
    parse_open();
    record_set_process();
    Bench bench = {.directory = g_dir_make_tmp("usher-bench-XXXXXX", &error), .count = MAX(count, 100)};
    must(bench.directory != NULL, error);
    bench.rulebook = sample_load_rulebook(bench.directory, "usher.db", NULL);
    for (guint i = 0; i < rounds; i++) {
        measure_round(&bench, argc > 3 ? argv[3] : "all", only < 0 ? 0 : (SampleKind)only,
                      only < 0 ? SAMPLE_COUNT - 1 : (SampleKind)only);
    }
    measure_print();
    g_autofree char *firm = g_build_filename(bench.directory, "usher.yaml", NULL);
    g_unlink(firm);
    g_rmdir(bench.directory);
    rulebook_free(bench.rulebook);
    g_free(bench.directory);
    return 0;
}
