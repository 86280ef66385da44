/*
 * bench_capture.c - durable intake: the milter spoken to directly, against append and fdatasync of the same mails
 *
 *     build/bench/bench_capture [DIRECTORY]
 *
 * A server process opens a record in DIRECTORY (default: beside the program) and runs the milter with the sink that `usher run`
 * uses: group commit by one recorder thread. This process plays the mail server with 1, 10 and 50 sessions that send mails of 3
 * KB one after the other. A second server stores nothing: what is left is the protocol. The bound is a file to which the same
 * mails are appended, with one fdatasync a mail. Rounds of all of these alternate; ratios are taken within a round, for machines
 * are noisy.
 *
 * "At the end" is what a mail waits from the end of the message to the answer.
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/command/store.h"
#include "measure.h"
#include "milter_client.h"
#include "usher/base/token.h"
#include "usher/capture.h"

#define ROUNDS 5
#define ROUND_US (1 * G_TIME_SPAN_SECOND)
#define MAIL_BYTES 3000
#define INTAKE "<enquiries@hartleyfinch.example>"

/* ---- the mails ---- */

static char *mail_body;

/* Each mail has an id of its own: the record knows a mail that it has already. */
static char *make_message_id(void)
{
    static gint number;
    return g_strdup_printf("<%d.%d@example.org>", g_atomic_int_add(&number, 1), (int)getpid());
}

static MilterReply send_up_to_end(MilterClient *client)
{
    g_autofree char *id = make_message_id();
    const char *const headers[] = {"Received",
                                   "from mail.example.org (mail.example.org [192.0.2.7])\n\tby mx.hartleyfinch.example (Postfix) "
                                   "with ESMTPS id 4QxYz1ABCD\n\tfor <enquiries@hartleyfinch.example>",
                                   "DKIM-Signature",
                                   "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; "
                                   "s=s1;\n\th=from:to:subject:date:message-id; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
                                   "From",
                                   "Amy Reed <amy@example.org>",
                                   "To",
                                   "enquiries@hartleyfinch.example",
                                   "Subject",
                                   "Help with our VAT return",
                                   "Date",
                                   "Mon, 2 Mar 2026 09:14:58 +0000",
                                   "Message-ID",
                                   id,
                                   "MIME-Version",
                                   "1.0",
                                   "Content-Type",
                                   "text/plain; charset=utf-8",
                                   "Content-Transfer-Encoding",
                                   "7bit",
                                   NULL};
    milter_client_mail(client, "<amy@example.org>");
    milter_client_recipient(client, INTAKE);
    for (guint i = 0; headers[i] != NULL; i += 2)
        milter_client_header(client, headers[i], headers[i + 1]);
    MilterReply reply = milter_client_end_header(client);
    milter_client_body(client, mail_body, strlen(mail_body));
    return reply;
}

static void make_body(void)
{
    GString *text = g_string_new(NULL);
    while (text->len < MAIL_BYTES - 800)
        g_string_append(text, "We run a small shop in Bristol and our accountant has just retired, so we look\r\n");
    mail_body = g_string_free(text, FALSE);
}

/* ---- the server ---- */

typedef struct {
    char *socket_path;
    char *store_path;
    gboolean is_storing;
    pid_t process;
} Server;

static gboolean store_in_record(CapturedMail *mail, UsherTime now, gint64 *id, gpointer data, GError **error)
{
    gboolean is_new;
    return store_mail(data, mail, now, id, &is_new, error);
}

static gboolean store_nothing(CapturedMail *mail G_GNUC_UNUSED, UsherTime now G_GNUC_UNUSED, gint64 *id,
                              gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    *id = 1;
    return TRUE;
}

static UsherTime get_now(gpointer data G_GNUC_UNUSED)
{
    return 1772442900;
}

static void serve(const Server *server)
{
    g_autoptr(GError) error = NULL;
    sigset_t all;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    StoreTarget target = {.recorder = server->is_storing ? recorder_open(server->store_path, &error) : NULL};
    IntakeAddress address = {.address = (char *)(guintptr) "enquiries@hartleyfinch.example"};
    g_autofree char *milter = g_strconcat("unix:", server->socket_path, NULL);
    Settings settings = {.store = server->store_path, .milter = milter, .intake = g_ptr_array_new(), .max_message_bytes = 50 << 20};
    g_ptr_array_add(settings.intake, &address);
    const CaptureSink sink = {.store = server->is_storing ? store_in_record : store_nothing,
                              .data = &target,
                              .now = get_now,
                              .secret = "6f0b2d3c0a1e4f5d6c7b8a99887766554433221100ffeeddccbbaa9988776655"};
    if (error != NULL || !milter_run(&settings, &sink, &error))
        g_error("%s", error->message);
    recorder_close(target.recorder);
    _exit(0);
}

static void start_server(Server *server)
{
    server->process = fork();
    if (server->process == 0)
        serve(server);
    for (;;) {
        g_autoptr(MilterClient) client = milter_client_open(server->socket_path);
        if (client != NULL)
            return;
        g_usleep(10000);
    }
}

static void stop_server(Server *server)
{
    kill(server->process, SIGTERM);
    waitpid(server->process, NULL, 0);
}

static char *read_process(const Server *server, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int)server->process, name);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        g_error("\"%s\" cannot be read: the server has died", path);
    return text;
}

/* User and system time of the server, in microseconds. */
static double read_cpu_us(const Server *server)
{
    g_autofree char *text = read_process(server, "stat");
    g_auto(GStrv) words = g_strsplit(strrchr(text, ')') + 2, " ", 15);
    return (g_ascii_strtod(words[11], NULL) + g_ascii_strtod(words[12], NULL)) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static double read_peak_mb(const Server *server)
{
    g_autofree char *text = read_process(server, "status");
    return g_ascii_strtod(strstr(text, "VmHWM:") + strlen("VmHWM:"), NULL) / 1024;
}

/* ---- measuring ---- */

typedef struct {
    const Server *server;
    gint64 until;
    GArray *latencies; /* double, microseconds */
} Session;

static gpointer run_session(gpointer data)
{
    Session *session = data;
    g_autoptr(MilterClient) client = milter_client_open(session->server->socket_path);
    while (g_get_monotonic_time() < session->until) {
        send_up_to_end(client);
        Moment end = measure_now();
        if (milter_client_end_message(client, "4QxYz1ABCD") != MILTER_ACCEPT)
            g_error("a mail was not accepted");
        double latency = measure_wall_us(end);
        g_array_append_val(session->latencies, latency);
    }
    return NULL;
}

/* What the disk allows, in this round. */
typedef struct {
    double rate;
    double middle_us;
} Bound;

/* Appends as one session would, a mail at a time. */
static Bound measure_append(const char *path)
{
    g_autoptr(GArray) latencies = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *mail = g_strnfill(MAIL_BYTES, 'm');
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    Moment start = measure_now();
    do {
        Moment before = measure_now();
        if (write(file, mail, MAIL_BYTES) != MAIL_BYTES || fdatasync(file) != 0)
            g_error("\"%s\" cannot be written", path);
        double latency = measure_wall_us(before);
        g_array_append_val(latencies, latency);
    } while (measure_wall_us(start) < ROUND_US);
    close(file);
    Bound bound = {latencies->len * 1e6 / measure_wall_us(start), measure_get_quantile(latencies, 0.5)};
    measure_note(bound.rate, "mails/s", "append and fdatasync (the bound)");
    measure_note(bound.middle_us, "us", "append and fdatasync, median");
    return bound;
}

/* Sends with so many sessions at once; latencies of all. */
static GArray *run_sessions(const Server *server, guint count)
{
    g_autofree GThread **threads = g_new0(GThread *, count);
    g_autofree Session *sessions = g_new0(Session, count);
    GArray *latencies = g_array_new(FALSE, FALSE, sizeof(double));
    gint64 until = g_get_monotonic_time() + ROUND_US;
    for (guint i = 0; i < count; i++) {
        sessions[i] = (Session){server, until, g_array_new(FALSE, FALSE, sizeof(double))};
        threads[i] = g_thread_new("session", run_session, &sessions[i]);
    }
    for (guint i = 0; i < count; i++) {
        g_thread_join(threads[i]);
        g_array_append_vals(latencies, sessions[i].latencies->data, sessions[i].latencies->len);
        g_array_unref(sessions[i].latencies);
    }
    return latencies;
}

static void measure_milter(const Server *server, guint sessions, Bound bound)
{
    double cpu_us = read_cpu_us(server);
    Moment start = measure_now();
    g_autoptr(GArray) latencies = run_sessions(server, sessions);
    double rate = latencies->len * 1e6 / measure_wall_us(start), middle_us = measure_get_quantile(latencies, 0.5);
    const char *what = server->is_storing ? "durable" : "nothing stored";
    measure_note(rate, "mails/s", "milter, %s, sessions: %u", what, sessions);
    measure_note(100 * rate / bound.rate, "% of the bound", "milter, %s, sessions: %u, share", what, sessions);
    measure_note((read_cpu_us(server) - cpu_us) / latencies->len, "us CPU a mail", "milter, %s, sessions: %u, CPU", what, sessions);
    measure_note(middle_us, "us", "milter, %s, sessions: %u, at the end, median", what, sessions);
    measure_note(measure_get_quantile(latencies, 0.99), "us", "milter, %s, sessions: %u, at the end, 99 in 100", what, sessions);
    if (server->is_storing && sessions == 1)
        measure_note(100 * middle_us / bound.middle_us, "% of append and fdatasync",
                     "milter, durable, sessions: 1, at the end, share");
}

static void measure_round(const Server *empty, const Server *storing, const char *append_path)
{
    static const guint session_counts[] = {1, 10, 50};
    Bound bound = measure_append(append_path);
    for (guint i = 0; i < G_N_ELEMENTS(session_counts); i++) {
        measure_milter(empty, session_counts[i], bound);
        measure_milter(storing, session_counts[i], bound);
    }
}

static void remove_files(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_unlink(path);
    }
    g_rmdir(directory);
}

int main(int argc, char **argv)
{
    g_autofree char *parent = argc > 1 ? g_strdup(argv[1]) : g_path_get_dirname(argv[0]);
    g_autofree char *template = g_build_filename(parent, "bench-XXXXXX", NULL);
    g_autofree char *directory = g_mkdtemp(g_steal_pointer(&template));
    g_autofree char *append_path = g_build_filename(directory, "append", NULL);
    Server empty = {g_build_filename(directory, "empty.sock", NULL), g_build_filename(directory, "none.db", NULL), FALSE, 0};
    Server storing = {g_build_filename(directory, "storing.sock", NULL), g_build_filename(directory, "usher.db", NULL), TRUE, 0};
    signal(SIGPIPE, SIG_IGN);
    token_open();
    make_body();
    start_server(&empty);
    start_server(&storing);
    for (guint i = 0; i < ROUNDS; i++)
        measure_round(&empty, &storing, append_path);
    measure_note(read_peak_mb(&storing), "MB", "intake process, peak memory");
    measure_print();
    stop_server(&empty);
    stop_server(&storing);
    remove_files(directory);
    return 0;
}
