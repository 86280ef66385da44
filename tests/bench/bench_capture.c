/*
 * bench_capture.c - durable intake: the milter spoken to directly, against append and fdatasync of the same mails
 *
 *     build/bench/bench_capture [DIRECTORY]
 *
 * A server process opens a record in DIRECTORY (default: beside the program) and runs the milter with the sink that `usher run` uses: group commit by one recorder
 * thread. This process plays the mail server with 1, 10 and 50 sessions that send mails of 3 KB one after the other. A second server stores nothing: what is
 * left is the protocol. The bound is a file to which the same mails are appended, with one fdatasync a mail. Rounds of all of these alternate, and what is printed
 * are medians over the rounds; ratios are taken within a round, for machines are noisy.
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
#include "milter_client.h"
#include "usher/base/token.h"
#include "usher/capture.h"

#ifndef ROUNDS
#define ROUNDS 5
#endif
#define ROUND_US (1 * G_TIME_SPAN_SECOND)
#define MAIL_BYTES 3000
#define INTAKE "<enquiries@hartleyfinch.example>"

static const guint session_counts[] = {1, 10, 50};
#define SERIES G_N_ELEMENTS(session_counts)

/* One measurement. */
typedef struct {
    double rate;         /* mails a second */
    double cpu_us;       /* of the server, a mail */
    double p50_us;       /* from the end of the message to its answer */
    double p99_us;
} Figure;

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
    const char *const headers[] = {
        "Received", "from mail.example.org (mail.example.org [192.0.2.7])\n\tby mx.hartleyfinch.example (Postfix) with ESMTPS id 4QxYz1ABCD\n\tfor <enquiries@hartleyfinch.example>",
        "DKIM-Signature", "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;\n\th=from:to:subject:date:message-id; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
        "From", "Amy Reed <amy@example.org>", "To", "enquiries@hartleyfinch.example", "Subject", "Help with our VAT return", "Date", "Mon, 2 Mar 2026 09:14:58 +0000",
        "Message-ID", id, "MIME-Version", "1.0", "Content-Type", "text/plain; charset=utf-8", "Content-Transfer-Encoding", "7bit", NULL};
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

static gboolean store_nothing(CapturedMail *mail G_GNUC_UNUSED, UsherTime now G_GNUC_UNUSED, gint64 *id, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
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
    const CaptureSink sink = {.store = server->is_storing ? store_in_record : store_nothing, .data = &target, .now = get_now,
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

static int compare_numbers(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double get_quantile(GArray *numbers, double share)
{
    g_array_sort(numbers, compare_numbers);
    return numbers->len == 0 ? 0 : g_array_index(numbers, double, (guint)(share *(numbers->len - 1) + 0.5));
}

typedef struct {
    const Server *server;
    gint64 until;
    GArray *latencies;  /* double, microseconds */
} Session;

static gpointer run_session(gpointer data)
{
    Session *session = data;
    g_autoptr(MilterClient) client = milter_client_open(session->server->socket_path);
    while (g_get_monotonic_time() < session->until) {
        send_up_to_end(client);
        gint64 start = g_get_monotonic_time();
        if (milter_client_end_message(client, "4QxYz1ABCD") != MILTER_ACCEPT)
            g_error("a mail was not accepted");
        double latency = (double)(g_get_monotonic_time() - start);
        g_array_append_val(session->latencies, latency);
    }
    return NULL;
}

static Figure measure_milter(const Server *server, guint sessions)
{
    g_autofree GThread **threads = g_new0(GThread *, sessions);
    g_autofree Session *all = g_new0(Session, sessions);
    g_autoptr(GArray) latencies = g_array_new(FALSE, FALSE, sizeof(double));
    double cpu_us = read_cpu_us(server);
    gint64 start = g_get_monotonic_time();
    for (guint i = 0; i < sessions; i++) {
        all[i] = (Session){server, start + ROUND_US, g_array_new(FALSE, FALSE, sizeof(double))};
        threads[i] = g_thread_new("session", run_session, &all[i]);
    }
    for (guint i = 0; i < sessions; i++) {
        g_thread_join(threads[i]);
        g_array_append_vals(latencies, all[i].latencies->data, all[i].latencies->len);
        g_array_unref(all[i].latencies);
    }
    double seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    return (Figure){
        .rate = latencies->len / seconds,
        .cpu_us = (read_cpu_us(server) - cpu_us) / latencies->len,
        .p50_us = get_quantile(latencies, 0.5),
        .p99_us = get_quantile(latencies, 0.99),
    };
}

/* The bound. */
static Figure measure_append(const char *path)
{
    g_autoptr(GArray) latencies = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *mail = g_strnfill(MAIL_BYTES, 'm');
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    gint64 start = g_get_monotonic_time(), now = start;
    while (now < start + ROUND_US) {
        gint64 before = now;
        if (write(file, mail, MAIL_BYTES) != MAIL_BYTES || fdatasync(file) != 0)
            g_error("\"%s\" cannot be written", path);
        now = g_get_monotonic_time();
        double latency = (double)(now - before);
        g_array_append_val(latencies, latency);
    }
    close(file);
    return (Figure){.rate = latencies->len * 1e6 / (double)(now - start), .p50_us = get_quantile(latencies, 0.5), .p99_us = get_quantile(latencies, 0.99)};
}

/* ---- the table ---- */

typedef struct {
    Figure append;
    Figure empty[SERIES];
    Figure stored[SERIES];
} Round;

static double get_median(const Round *rounds, double (*get)(const Round *, guint), guint index)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < ROUNDS; i++) {
        double number = get(&rounds[i], index);
        g_array_append_val(numbers, number);
    }
    return get_quantile(numbers, 0.5);
}

#define GETTER(name, expression)                                                                                                             \
    static double name(const Round *round, guint i G_GNUC_UNUSED)                                                                            \
    {                                                                                                                                        \
        return expression;                                                                                                                   \
    }
GETTER(get_append_rate, round->append.rate)
GETTER(get_append_p50, round->append.p50_us)
GETTER(get_append_p99, round->append.p99_us)
GETTER(get_empty_rate, round->empty[i].rate)
GETTER(get_empty_cpu, round->empty[i].cpu_us)
GETTER(get_empty_p50, round->empty[i].p50_us)
GETTER(get_empty_p99, round->empty[i].p99_us)
GETTER(get_empty_ratio, round->empty[i].rate / round->append.rate)
GETTER(get_stored_rate, round->stored[i].rate)
GETTER(get_stored_cpu, round->stored[i].cpu_us)
GETTER(get_stored_p50, round->stored[i].p50_us)
GETTER(get_stored_p99, round->stored[i].p99_us)
GETTER(get_stored_ratio, round->stored[i].rate / round->append.rate)
GETTER(get_syncs_at_end, round->stored[0].p50_us / round->append.p50_us)

static void print_table(const Round *rounds, double peak_mb)
{
    g_print("%-34s %9s %8s %9s %9s %9s\n", "mails of 3 KB", "mails/s", "x bound", "CPU us", "p50 ms", "p99 ms");
    g_print("%-34s %9.0f %8.2f %9s %9.3f %9.3f\n", "append + fdatasync (the bound)", get_median(rounds, get_append_rate, 0), 1.0, "",
            get_median(rounds, get_append_p50, 0) / 1000, get_median(rounds, get_append_p99, 0) / 1000);
    for (guint i = 0; i < SERIES; i++)
        g_print("milter, nothing stored, %2u sessions %8.0f %8.2f %9.0f %9.3f %9.3f\n", session_counts[i], get_median(rounds, get_empty_rate, i),
                get_median(rounds, get_empty_ratio, i), get_median(rounds, get_empty_cpu, i), get_median(rounds, get_empty_p50, i) / 1000,
                get_median(rounds, get_empty_p99, i) / 1000);
    for (guint i = 0; i < SERIES; i++)
        g_print("milter, durable, %2u sessions %15.0f %8.2f %9.0f %9.3f %9.3f\n", session_counts[i], get_median(rounds, get_stored_rate, i),
                get_median(rounds, get_stored_ratio, i), get_median(rounds, get_stored_cpu, i), get_median(rounds, get_stored_p50, i) / 1000,
                get_median(rounds, get_stored_p99, i) / 1000);
    g_print("p50 and p99: from the end of the message to its answer. CPU: of the intake process, a mail.\n");
    g_print("added at end of message, one session, durable: %.2f fdatasyncs of the bound; peak memory of the intake process: %.1f MB\n",
            get_median(rounds, get_syncs_at_end, 0), peak_mb);
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
    static Round rounds[ROUNDS];
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
    for (guint i = 0; i < ROUNDS; i++) {
        rounds[i].append = measure_append(append_path);
        for (guint s = 0; s < SERIES; s++) {
            rounds[i].empty[s] = measure_milter(&empty, session_counts[s]);
            rounds[i].stored[s] = measure_milter(&storing, session_counts[s]);
        }
    }
    print_table(rounds, read_peak_mb(&storing));
    stop_server(&empty);
    stop_server(&storing);
    remove_files(directory);
    return 0;
}
