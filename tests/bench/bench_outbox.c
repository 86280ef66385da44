/*
 * bench_outbox.c - due mails from the store to a server: claimed, rendered, sent and recorded
 *
 *   bench_outbox [MAILS]
 *
 * By one session and by several, to a sink in another process, as the daemon's sender does it: every outcome is durable before the session's next mail. The bound beside it is as
 * many single commits that wait for the disk.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "measure.h"
#include "samples.h"
#include "sink.h"
#include "usher/base/token.h"
#include "usher/parse.h"
#include "usher/pipeline.h"

#define MAILS_AT_ONCE 5 /* as src/command/run_engine.c */

typedef struct {
    Recorder *recorder;
    const Rulebook *rulebook;
    const Delivery *delivery;
    char *claimer;
} Session;

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

/* Each lead has two mails, one of them to the prospect. */
static Recorder *fill(const char *path, const Rulebook *rulebook, guint mails)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Record) record = record_open(path, FALSE, &error);
    must(record != NULL, error);
    sample_capture(record, SAMPLE_PLAIN, 0, mails / 2);
    Worker worker = {
        .record = record, .rulebook = rulebook, .secret = record_get_secret(record), .claimer = "bench", .now = read_bench_clock};
    guint count = 0;
    do {
        must(pipeline_work_messages(&worker, 100, &count, &error), error);
    } while (count > 0);
    Recorder *recorder = recorder_open(path, &error);
    must(recorder != NULL, error);
    return recorder;
}

static gpointer run_session(gpointer data)
{
    const Session *session = data;
    Worker worker = {.recorder = session->recorder,
                     .rulebook = session->rulebook,
                     .secret = recorder_get_secret(session->recorder),
                     .claimer = session->claimer,
                     .now = read_bench_clock};
    g_autoptr(Transport) transport = transport_new(session->delivery);
    guint count = 0;
    do {
        g_autoptr(GError) error = NULL;
        must(pipeline_work_mails(&worker, transport, MAILS_AT_ONCE, &count, &error), error);
    } while (count > 0);
    return NULL;
}

static void measure_sessions(const char *directory, guint sessions, guint mails)
{
    guint port = 0;
    char host[] = "127.0.0.1";
    g_autofree char *name = g_strdup_printf("outbox-%u.db", sessions);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    Rulebook *rulebook = sample_load_rulebook(directory, path, NULL);
    Recorder *recorder = fill(path, rulebook, mails);
    pid_t sink = sink_start(TRUE, &port);
    Delivery delivery = {.method = DELIVERY_SMTP, .smtp_host = host, .smtp_port = port};
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    Session *all = g_new0(Session, sessions);
    Moment start = measure_now();
    for (guint i = 0; i < sessions; i++) {
        all[i] = (Session){recorder, rulebook, &delivery, g_strdup_printf("bench/%u", i)};
        g_ptr_array_add(threads, g_thread_new("session", run_session, &all[i]));
    }
    for (guint i = 0; i < sessions; i++) {
        g_thread_join(g_ptr_array_index(threads, i));
        g_free(all[i].claimer);
    }
    measure_note(mails / measure_wall_us(start) * 1e6, "mails/s", "%u due mails sent, sessions: %u", mails, sessions);
    measure_note(measure_cpu_us(start) / mails, "us CPU a mail", "%u due mails sent, sessions: %u, CPU", mails, sessions);
    g_free(all);
    sink_stop(sink);
    recorder_close(recorder);
    rulebook_free(rulebook);
}

static gboolean write_little(Record *record, gpointer data, GError **error)
{
    const guint *number = data;
    g_autofree char *hash = g_strdup_printf("bench-%u", *number);
    return record_keep_rulebook(record, hash, "text", SAMPLE_NOW, error);
}

static void measure_commits(const char *directory, guint count)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(directory, "commits.db", NULL);
    g_autoptr(Record) record = record_open(path, FALSE, &error);
    must(record != NULL, error);
    Moment start = measure_now();
    for (guint i = 0; i < count; i++) {
        must(record_run(record, write_little, &i, &error), error);
    }
    measure_note(count / measure_wall_us(start) * 1e6, "commits/s", "bound: single durable commits");
}

int main(int argc, char **argv)
{
    guint mails = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 10000;
    token_open();
    parse_open();
    record_set_process();
    g_autofree char *directory = g_dir_make_tmp("usher-outbox-XXXXXX", NULL);
    measure_commits(directory, 1000);
    for (guint sessions = 1; sessions <= 8; sessions *= 2) {
        measure_sessions(directory, sessions, mails);
    }
    measure_print();
    g_autofree char *remove = g_strdup_printf("rm -rf %s", directory);
    return g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL) ? 0 : 1;
}
