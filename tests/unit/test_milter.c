/*
 * test_milter.c - the milter door, spoken to as a mail server speaks to it
 *
 * Each test has a milter of its own in a process of its own (libmilter runs once in a process). Its sink writes a line for each
 * mail it stored; single letters through a pipe change its behaviour while it runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../bench/milter_client.h"
#include "usher/base/error.h"
#include "usher/base/token.h"
#include "usher/capture.h"
#include "usher/model/mail.h"

#define SECRET "6f0b2d3c0a1e4f5d6c7b8a99887766554433221100ffeeddccbbaa9988776655"
#define INTAKE "<enquiries@hartleyfinch.example>"
#define OTHER_INTAKE "<referrals@hartleyfinch.example>"
#define STAFF "<jane@hartleyfinch.example>"
#define LARGE_BYTES (40 << 20)

static const char *const headers[] = {"From",       "Amy <amy@example.org>", "Subject", "Help with\n our VAT",
                                      "Message-ID", "<1@example.org>",       NULL};
static const char body[] = "Hello,\r\n\r\nplease ring me on 020 7946 0123.\r\n";

/* Of the present test. */
static char *directory;
static char *socket_path;
static char *stored_path;
static pid_t server;
static int control, answers; /* pipes: letters in, the same letter back when it is done */

/* ---- in the server's process ---- */

static struct {
    GMutex lock;
    GCond changed;
    gboolean is_failing;
    gboolean is_mute; /* the record cannot be asked */
    guint asked;
    gboolean is_held;
    guint calls;
    Settings settings[2];
    int control, answers;
} state;

static void write_line(CapturedMail *mail)
{
    const char *queue_id = captured_mail_get_queue_id(mail), *from = captured_mail_get_envelope_from(mail);
    const GPtrArray *to = captured_mail_get_envelope_to(mail);
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "%s from=%s to=", captured_mail_get_door(mail), from);
    for (guint i = 0; i < to->len; i++)
        g_string_append_printf(line, "%s%s", i == 0 ? "" : ",", (const char *)to->pdata[i]);
    g_string_append_printf(line, " id=%s queue=%s size=%" G_GINT64_FORMAT " cut=%d text=", captured_mail_get_message_id(mail),
                           queue_id == NULL ? "-" : queue_id, captured_mail_get_size(mail), captured_mail_is_cut(mail));
    char text[400];
    gssize length = captured_mail_read(mail, 0, text, sizeof text, NULL);
    g_autofree char *escaped = g_strndup(text, (gsize)MAX(length, 0));
    g_autofree char *shown = g_strescape(escaped, NULL);
    g_string_append_printf(line, "%s\n", shown);
    int file = open(stored_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (write(file, line->str, line->len) < 0)
        _exit(9);
    close(file);
    g_string_free(line, TRUE);
}

static gboolean keep(CapturedMail *mail, UsherTime now, gint64 *id, gpointer data, GError **error)
{
    g_assert_true(now == 1772442900 && data == &state);
    g_mutex_lock(&state.lock);
    while (state.is_held)
        g_cond_wait(&state.changed, &state.lock);
    gboolean is_failing = state.is_failing;
    *id = ++state.calls;
    if (is_failing)
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "the disk is full");
    else
        write_line(mail);
    g_mutex_unlock(&state.lock);
    return !is_failing;
}

static gboolean await(gint64 id, guint wait_ms, char **lead, char **tier, char **owner, gpointer data G_GNUC_UNUSED)
{
    g_assert_cmpuint(wait_ms, ==, 200);
    if (id > 2)
        return FALSE;
    *lead = g_strdup_printf("%d", (int)id + 16);
    *tier = g_strdup("hot\r\nBcc: mallory@example.net");
    *owner = id == 1 ? g_strdup("j\xc3\xa4ne") : NULL;
    return TRUE;
}

/* Priya is on an open lead, and so is whoever refers to its mail. */
static gboolean ask(const InteractionQuestion *question, gboolean *is_on_lead, gpointer data G_GNUC_UNUSED, GError **error)
{
    g_mutex_lock(&state.lock);
    gboolean is_mute = state.is_mute;
    state.asked++;
    g_mutex_unlock(&state.lock);
    if (is_mute)
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "the database is locked");
    *is_on_lead = g_ptr_array_find_with_equal_func(question->addresses, "priya@northgate.example", g_str_equal, NULL) ||
                  g_ptr_array_find_with_equal_func(question->ids, "lead@northgate.example", g_str_equal, NULL);
    return !is_mute;
}

static UsherTime get_now(gpointer data G_GNUC_UNUSED)
{
    return 1772442900;
}

static void tell_opened(gpointer data G_GNUC_UNUSED)
{
    if (write(state.answers, "!", 1) != 1)
        _exit(9);
}

static void obey(char letter)
{
    g_mutex_lock(&state.lock);
    switch (letter) {
    case 'f':
        state.is_failing = TRUE;
        break;
    case 'm':
        state.is_mute = TRUE;
        break;
    case 'a': /* tells on the control pipe whether it was asked since */
        if (write(state.answers, state.asked > 0 ? "+" : "-", 1) != 1)
            _exit(9);
        state.asked = 0;
        break;
    case 'h':
        state.is_held = TRUE;
        break;
    case 'r':
        state.is_held = FALSE;
        break;
    default:
        break;
    }
    g_cond_broadcast(&state.changed);
    g_mutex_unlock(&state.lock);
    if (letter == 's')
        milter_use_settings(&state.settings[1]);
    if (letter == 'x')
        milter_stop();
}

static gpointer listen_to_control(gpointer unused G_GNUC_UNUSED)
{
    char letter;
    while (read(state.control, &letter, 1) == 1) {
        obey(letter);
        if (write(state.answers, &letter, 1) != 1)
            _exit(9);
    }
    return NULL;
}

static void fill_settings(Settings *settings, const char *intake)
{
    IntakeAddress *address = g_new0(IntakeAddress, 1);
    address->address = g_strdup(intake);
    settings->intake = g_ptr_array_new();
    settings->people = g_ptr_array_new();
    settings->domains = g_ptr_array_new();
    g_ptr_array_add(settings->domains, (gpointer)(guintptr) "hartleyfinch.example");
    settings->captures_interactions = *intake == 'e'; /* not in those of referrals@ */
    g_ptr_array_add(settings->intake, address);
    settings->store = g_build_filename(directory, "usher.db", NULL);
    settings->milter = g_strconcat("unix:", socket_path, NULL);
    settings->max_message_bytes = 50 << 20;
    settings->milter_wait_ms = 200;
}

static void log_nothing(const char *domain G_GNUC_UNUSED, GLogLevelFlags level G_GNUC_UNUSED, const char *text G_GNUC_UNUSED,
                        gpointer data G_GNUC_UNUSED)
{
}

static int serve(void)
{
    static const CaptureSink sink = {
        .store = keep, .await = await, .ask = ask, .data = &state, .now = get_now, .secret = SECRET, .opened = tell_opened};
    g_autoptr(GError) error = NULL;
    sigset_t all;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_ERROR); /* GTest makes warnings fatal */
    g_log_set_default_handler(log_nothing, NULL);
    fill_settings(&state.settings[0], "enquiries@hartleyfinch.example");
    fill_settings(&state.settings[1], "referrals@hartleyfinch.example");
    g_thread_unref(g_thread_new("control", listen_to_control, NULL));
    if (milter_run(&state.settings[0], &sink, &error))
        return 0;
    if (write(state.answers, error->message, strlen(error->message)) < 0)
        return 9;
    return error->code == USHER_ERROR_CONFIG ? 3 : 4;
}

/* ---- in the test's process ---- */

static pid_t start_process(void)
{
    int in[2], out[2];
    g_assert_cmpint(pipe(in), ==, 0);
    g_assert_cmpint(pipe(out), ==, 0);
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        close(in[1]);
        close(out[0]);
        state.control = in[0];
        state.answers = out[1];
        _exit(serve());
    }
    close(in[0]);
    close(out[1]);
    control = in[1];
    answers = out[0];
    return child;
}

static char read_answer(void)
{
    char letter = 0;
    return read(answers, &letter, 1) == 1 ? letter : 0;
}

/* How many threads of the server wait for the signals that stop it: only then are they not blocked in them. */
static guint count_waiting_for_signals(void)
{
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task", (int)server);
    g_autoptr(GDir) dir = g_dir_open(tasks, 0, NULL);
    guint count = 0;
    for (const char *task = g_dir_read_name(dir); task != NULL; task = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(tasks, task, "status", NULL);
        g_autofree char *text = NULL;
        const char *line = g_file_get_contents(path, &text, NULL, NULL) ? strstr(text, "SigBlk:") : NULL;
        if (line != NULL && (g_ascii_strtoull(line + strlen("SigBlk:"), NULL, 16) & (G_GUINT64_CONSTANT(1) << (SIGTERM - 1))) == 0)
            count++;
    }
    return count;
}

static void start_server(void)
{
    server = start_process();
    g_assert_cmpint(read_answer(), ==, '!');
    while (count_waiting_for_signals() < 2) /* the main thread and libmilter's: whoever came later might get the signal */
        g_usleep(100);
}

static void tell(char letter)
{
    g_assert_cmpint(write(control, &letter, 1), ==, 1);
    g_assert_cmpint(read_answer(), ==, letter);
}

static int await_end(void)
{
    int status;
    g_assert_cmpint(waitpid(server, &status, 0), ==, server);
    server = 0;
    close(control);
    close(answers);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void stop_server(void)
{
    kill(server, SIGTERM);
    g_assert_cmpint(await_end(), ==, 0);
    g_assert_cmpint(access(socket_path, F_OK), !=, 0);
}

static char *read_stored(void)
{
    char *text = NULL;
    if (!g_file_get_contents(stored_path, &text, NULL, NULL))
        text = g_strdup("");
    return text;
}

static guint count_stored(void)
{
    g_autofree char *text = read_stored();
    guint lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    return lines;
}

static MilterClient *open_client(void)
{
    MilterClient *client = milter_client_open(socket_path);
    g_assert_nonnull(client);
    return client;
}

static MilterReply send_mail(MilterClient *client, const char *to)
{
    return milter_client_send(client, "<amy@example.org>", to, headers, body, strlen(body));
}

static gboolean has_change(const MilterClient *client, const char *change)
{
    const GPtrArray *changes = milter_client_get_changes(client);
    for (guint i = 0; i < changes->len; i++)
        if (strcmp(changes->pdata[i], change) == 0)
            return TRUE;
    return FALSE;
}

static guint count_descriptors(void)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int)server);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint count = 0;
    while (g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static guint64 get_peak_memory_kb(void)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)server);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *line = strstr(text, "VmHWM:");
    g_assert_nonnull(line);
    return g_ascii_strtoull(line + strlen("VmHWM:"), NULL, 10);
}

/* ---- the tests ---- */

static void test_accepts_what_is_stored(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    milter_client_mail(client, "<Amy@example.org>");
    milter_client_recipient(client, STAFF);
    milter_client_recipient(client, "<Enquiries@HartleyFinch.example>");
    for (guint i = 0; headers[i] != NULL; i += 2)
        milter_client_header(client, headers[i], headers[i + 1]);
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_CONTINUE);
    milter_client_body(client, body, strlen(body));
    g_assert_cmpuint(count_stored(), ==, 0);
    g_assert_cmpint(milter_client_end_message(client, "4QxYz1ABCD"), ==, MILTER_ACCEPT);
    g_autofree char *stored = read_stored();
    g_assert_cmpstr(
        stored, ==,
        "milter from=amy@example.org to=jane@hartleyfinch.example,enquiries@hartleyfinch.example id=1@example.org queue=4QxYz1ABCD "
        "size=134 cut=0 "
        "text=From: Amy <amy@example.org>\\r\\nSubject: Help with\\r\\n our VAT\\r\\nMessage-ID: <1@example.org>\\r\\n\\r\\n"
        "Hello,\\r\\n\\r\\nplease ring me on 020 7946 0123.\\r\\n\n");
    stop_server();
}

/* What is not asked for costs nobody a turn: one answer at the end of the header block, one at the end of the message. */
static void test_negotiates_few_answers(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    const guint32 connect = 0x1, helo = 0x2, no_answer_header = 0x80, unknown = 0x100, data = 0x200, no_answer_mail = 0x4000,
                  no_answer_recipient = 0x8000, no_answer_body = 0x80000, leading_blank = 0x100000;
    g_assert_cmphex(milter_client_get_steps(client), ==,
                    connect | helo | no_answer_header | unknown | data | no_answer_mail | no_answer_recipient | no_answer_body |
                        leading_blank);
    stop_server();
}

static void test_refuses_what_cannot_be_stored(void)
{
    start_server();
    tell('f');
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_REPLY_CODE);
    g_assert_true(g_str_has_prefix(milter_client_get_text(client), "451 4.3.0 "));
    g_assert_cmpuint(milter_client_get_changes(client)->len, ==, 0);
    g_assert_cmpuint(count_stored(), ==, 0);
    stop_server();
}

static void test_lets_other_mail_pass(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    milter_client_mail(client, "<amy@example.org>");
    milter_client_recipient(client, STAFF);
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_ACCEPT); /* before any body */
    g_assert_cmpint(send_mail(client, STAFF), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 0);
    stop_server();
}

#define PRIYA "<priya@northgate.example>"

static MilterReply send_headers(MilterClient *client, const char *from, const char *to, const char *header_from,
                                const char *refers_to)
{
    milter_client_mail(client, from);
    milter_client_recipient(client, to);
    milter_client_header(client, "From", header_from);
    if (refers_to != NULL)
        milter_client_header(client, "References", refers_to);
    milter_client_header(client, "Message-ID", "<17@northgate.example>");
    return milter_client_end_header(client);
}

/* TRUE when the record was asked since the last time. */
static gboolean was_asked(void)
{
    g_assert_cmpint(write(control, "a", 1), ==, 1);
    char answer = read_answer();
    g_assert_cmpint(read_answer(), ==, 'a');
    return answer == '+';
}

static void test_keeps_headers_of_interactions(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_headers(client, STAFF, PRIYA, "Jane Mills " STAFF, NULL), ==, MILTER_ACCEPT); /* before any body */
    g_autofree char *sent = read_stored();
    g_assert_cmpstr(
        sent, ==,
        "milter from=jane@hartleyfinch.example to=priya@northgate.example id=17@northgate.example queue=- size=84 cut=0 "
        "text=From: Jane Mills <jane@hartleyfinch.example>\\r\\nMessage-ID: <17@northgate.example>\\r\\n\\r\\n\n");
    g_assert_cmpint(send_headers(client, "<bounces@mail.example>", STAFF, "\"P. <Anand>\" " PRIYA, NULL), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 2);
    const char *thread = "<0@elsewhere.example>\n <lead@northgate.example> <2@elsewhere.example>";
    g_assert_cmpint(send_headers(client, "<x@elsewhere.example>", STAFF, "<x@elsewhere.example>", thread), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 3);
    g_assert_true(was_asked());
    stop_server();
}

static void test_interactions_of_nobody(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_headers(client, STAFF, "<tom@hartleyfinch.example>", STAFF, "<lead@northgate.example>"), ==,
                    MILTER_ACCEPT);
    g_assert_cmpint(send_headers(client, "<x@elsewhere.example>", STAFF, STAFF, "<lead@northgate.example>"), ==, MILTER_ACCEPT);
    g_assert_cmpint(send_headers(client, "<x@elsewhere.example>", PRIYA, "<x@elsewhere.example>", NULL), ==, MILTER_ACCEPT);
    g_assert_false(was_asked()); /* colleagues among themselves, and others among themselves, are nobody's business */
    g_assert_cmpint(send_headers(client, "<x@elsewhere.example>", STAFF, "<x@elsewhere.example>", NULL), ==, MILTER_ACCEPT);
    g_assert_true(was_asked());
    milter_client_mail(client, STAFF);
    for (guint i = 0; i < 25; i++) {
        g_autofree char *address = g_strdup_printf("<client%u@elsewhere.example>", i);
        milter_client_recipient(client, i == 3 ? PRIYA : address);
    }
    milter_client_header(client, "From", STAFF);
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_ACCEPT); /* a mailing */
    tell('s');
    g_assert_cmpint(send_headers(client, STAFF, PRIYA, STAFF, NULL), ==, MILTER_ACCEPT); /* switched off */
    g_assert_false(was_asked());
    g_assert_cmpuint(count_stored(), ==, 0);
    stop_server();
}

static void test_our_own_mail_is_no_interaction(void)
{
    g_autofree char *id = message_id_make(SECRET, "ack:17", "hartleyfinch.example");
    g_autofree char *value = g_strdup_printf("<%s>", id);
    const char *const own[] = {"Message-ID", value, "From", INTAKE, NULL};
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(milter_client_send(client, "<>", PRIYA, own, body, strlen(body)), ==, MILTER_ACCEPT);
    g_assert_false(was_asked());
    g_assert_cmpuint(count_stored(), ==, 0);
    stop_server();
}

/* It is not ours: whatever is wrong with the store, it goes its way. */
static void test_interactions_are_never_refused(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    tell('f');
    g_assert_cmpint(send_headers(client, STAFF, PRIYA, STAFF, NULL), ==, MILTER_ACCEPT);
    tell('m');
    g_assert_cmpint(send_headers(client, STAFF, PRIYA, STAFF, NULL), ==, MILTER_ACCEPT);
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_REPLY_CODE); /* while what is ours stays with its server */
    g_assert_cmpuint(count_stored(), ==, 0);
    stop_server();
}

static void test_lets_own_mail_pass(void)
{
    g_autofree char *id = message_id_make(SECRET, "ack:17", "hartleyfinch.example");
    g_autofree char *value = g_strdup_printf("<%s>", id);
    const char *const own[] = {"Message-ID", value, "Subject", "Thank you", NULL};
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(milter_client_send(client, "<>", INTAKE, own, body, strlen(body)), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 0);
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 1);
    stop_server();
}

static void test_many_mails_on_one_connection(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    for (guint i = 0; i < 20; i++)
        g_assert_cmpint(send_mail(client, i % 2 ? INTAKE : STAFF), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 10);
    g_autofree char *stored = read_stored();
    g_assert_null(strstr(stored, "jane@")); /* nothing is left of the mail before */
    stop_server();
}

static void test_abort(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    milter_client_mail(client, "<amy@example.org>");
    milter_client_recipient(client, INTAKE);
    milter_client_abort(client);
    milter_client_mail(client, "<bob@example.org>");
    milter_client_recipient(client, STAFF);
    milter_client_header(client, "Subject", "the recipient before was another mail's");
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_ACCEPT);
    milter_client_mail(client, "<amy@example.org>");
    milter_client_recipient(client, INTAKE);
    milter_client_header(client, "Subject", "left in the middle");
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_CONTINUE);
    milter_client_body(client, body, strlen(body));
    milter_client_abort(client);
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 1);
    g_autofree char *stored = read_stored();
    g_assert_null(strstr(stored, "left in the middle"));
    stop_server();
}

static void test_headers(void)
{
    static const char *const forged[] = {"X-Usher-Lead", "666",   "Subject", "a", "x-usher-lead", "667", "X-USHER-Other", "x",
                                         "X-Ushers",     "stays", NULL};
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(milter_client_send(client, "<amy@example.org>", INTAKE, forged, body, strlen(body)), ==, MILTER_ACCEPT);
    const GPtrArray *changes = milter_client_get_changes(client);
    g_assert_cmpuint(changes->len, ==, 6);
    g_assert_true(has_change(client, "change x-usher-lead 2: "));
    g_assert_true(has_change(client, "change x-usher-lead 1: "));
    g_assert_true(has_change(client, "change x-usher-other 1: "));
    g_assert_cmpstr(changes->pdata[3], ==, "add X-Usher-Lead: 17");
    g_assert_cmpstr(changes->pdata[4], ==, "add X-Usher-Tier: hot Bcc: mallory@example.net");
    g_assert_cmpstr(changes->pdata[5], ==, "add X-Usher-Owner: j??ne");
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(changes->len, ==, 2); /* the second lead has no owner yet */
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(changes->len, ==, 0); /* the third is not decided in time */
    stop_server();
}

/* Nobody outside writes our headers, in no mail: it is passed on without them, and not kept. */
static void test_foreign_headers_elsewhere(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    milter_client_mail(client, "<amy@example.org>");
    milter_client_recipient(client, "<jane@hartleyfinch.example>");
    milter_client_header(client, "X-Usher-Lead", "666");
    milter_client_header(client, "Subject", "a");
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_CONTINUE);
    g_assert_cmpint(milter_client_end_message(client, NULL), ==, MILTER_ACCEPT);
    g_assert_cmpuint(milter_client_get_changes(client)->len, ==, 1);
    g_assert_true(has_change(client, "change x-usher-lead 1: "));
    g_assert_cmpuint(count_stored(), ==, 0);
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 1);
    stop_server();
}

static void test_many_foreign_headers(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    milter_client_mail(client, "<amy@example.org>");
    milter_client_recipient(client, INTAKE);
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("X-Usher-%u", i);
        milter_client_header(client, name, "x");
    }
    milter_client_header(client, "X-Usher-Owner", "mallory");
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_CONTINUE);
    g_assert_cmpint(milter_client_end_message(client, NULL), ==, MILTER_ACCEPT);
    g_assert_true(has_change(client, "change x-usher-owner 1: "));
    g_assert_cmpuint(milter_client_get_changes(client)->len, <=, 210);
    stop_server();
}

static void test_large_mail(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    guint64 before_kb = get_peak_memory_kb();
    g_autofree char *large = g_strnfill(LARGE_BYTES, 'x');
    for (gsize i = 76; i < LARGE_BYTES; i += 78)
        memcpy(large + i, "\r\n", MIN(2, LARGE_BYTES - i));
    milter_client_send(client, "<amy@example.org>", INTAKE, headers, large, LARGE_BYTES);
    g_autofree char *stored = read_stored();
    g_assert_nonnull(strstr(stored, "size=41943130 cut=0"));
    g_assert_cmpuint(count_stored(), ==, 2);
#ifndef __SANITIZE_ADDRESS__
    g_assert_cmpuint(get_peak_memory_kb() - before_kb, <, 4096);
#else
    g_assert_cmpuint(get_peak_memory_kb(), >=, before_kb);
#endif
    stop_server();
}

static void test_spool_cannot_be_used(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_autofree char *other = g_strconcat(directory, ".moved", NULL);
    g_autofree char *large = g_strnfill(4 * CAPTURE_MEMORY_BYTES, 'x');
    g_assert_cmpint(g_rename(directory, other), ==, 0);
    MilterReply large_reply = milter_client_send(client, "<amy@example.org>", INTAKE, headers, large, strlen(large));
    g_assert_cmpint(g_rename(other, directory), ==, 0);
    g_assert_cmpint(large_reply, ==, MILTER_REPLY_CODE);
    g_assert_cmpuint(count_stored(), ==, 0);
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    stop_server();
}

static void test_hang_up_leaves_nothing(void)
{
    start_server();
    g_autofree char *large = g_strnfill(4 * CAPTURE_MEMORY_BYTES, 'x');
    MilterClient *quiet = open_client();
    g_assert_cmpint(send_mail(quiet, INTAKE), ==, MILTER_ACCEPT);
    guint before = count_descriptors();
    for (guint i = 0; i < 10; i++) {
        MilterClient *client = open_client();
        milter_client_mail(client, "<amy@example.org>");
        milter_client_recipient(client, INTAKE);
        g_assert_cmpint(milter_client_end_header(client), ==, MILTER_CONTINUE);
        milter_client_body(client, large, strlen(large));
        milter_client_abandon(client);
    }
    while (count_descriptors() > before) /* connections and spools */
        g_usleep(1000);
    g_assert_cmpuint(count_stored(), ==, 1);
    milter_client_close(quiet);
    stop_server();
}

static void test_other_settings(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_mail(client, OTHER_INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 0);
    tell('s');
    g_assert_cmpint(send_mail(client, OTHER_INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 1);
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    g_assert_cmpuint(count_stored(), ==, 1);
    stop_server();
}

static gpointer send_in_thread(gpointer unused G_GNUC_UNUSED)
{
    g_autoptr(MilterClient) client = open_client();
    guint accepted = 0;
    for (guint i = 0; i < 30; i++)
        accepted += send_mail(client, INTAKE) == MILTER_ACCEPT;
    return GUINT_TO_POINTER(accepted);
}

static void test_many_sessions(void)
{
    GThread *threads[30];
    guint accepted = 0;
    start_server();
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("client", send_in_thread, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        accepted += GPOINTER_TO_UINT(g_thread_join(threads[i]));
    g_assert_cmpuint(accepted, ==, 900);
    g_assert_cmpuint(count_stored(), ==, 900);
    stop_server();
}

static void wait_until_closing(void)
{
    while (access(socket_path, F_OK) == 0)
        g_usleep(1000);
}

/* SIGTERM: the mail in hand comes to its end, a new one is refused, and the process ends at once after. */
static void test_drains(void)
{
    start_server();
    g_autoptr(MilterClient) in_hand = open_client(), late = open_client();
    milter_client_mail(in_hand, "<amy@example.org>");
    milter_client_recipient(in_hand, INTAKE);
    g_assert_cmpint(milter_client_end_header(in_hand), ==, MILTER_CONTINUE);
    kill(server, SIGTERM);
    wait_until_closing();
    /* The gate shuts a moment after the socket has gone; until it has, a new mail is one in hand too, and is taken. */
    g_assert_cmpint(send_mail(late, INTAKE), !=, MILTER_LOST);
    guint before = count_stored();
    milter_client_body(in_hand, body, strlen(body));
    g_assert_cmpint(milter_client_end_message(in_hand, NULL), ==, MILTER_ACCEPT);
    gint64 answered_us = g_get_monotonic_time();
    g_assert_cmpint(await_end(), ==, 0);
    g_assert_cmpuint(count_stored(), ==, before + 1);
    g_assert_cmpint(g_get_monotonic_time() - answered_us, <, 2 * G_TIME_SPAN_SECOND);
}

static gpointer end_message(gpointer client)
{
    return GINT_TO_POINTER(milter_client_end_message(client, NULL));
}

/* The same with a mail that is being stored: its sender hears that it was. */
static void test_drains_store(void)
{
    start_server();
    tell('h');
    g_autoptr(MilterClient) client = open_client();
    milter_client_mail(client, "<amy@example.org>");
    milter_client_recipient(client, INTAKE);
    g_assert_cmpint(milter_client_end_header(client), ==, MILTER_CONTINUE);
    GThread *thread = g_thread_new("client", end_message, client);
    kill(server, SIGTERM);
    wait_until_closing();
    tell('r');
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), ==, MILTER_ACCEPT);
    g_assert_cmpint(await_end(), ==, 0);
    g_assert_cmpuint(count_stored(), ==, 1);
}

static void test_stop(void)
{
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    tell('x');
    g_assert_cmpint(await_end(), ==, 0);
    g_assert_cmpint(access(socket_path, F_OK), !=, 0);
}

static void test_takes_over_a_dead_socket(void)
{
    start_server();
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    close(control);
    close(answers);
    g_assert_cmpint(access(socket_path, F_OK), ==, 0);
    start_server();
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT);
    stop_server();
}

/* Starts a second server, which must end with CONFIG and say this. */
static void assert_cannot_start(const char *words)
{
    char text[1000];
    pid_t first = server;
    int first_control = control, first_answers = answers;
    server = start_process();
    gssize length = read(answers, text, sizeof text - 1);
    g_assert_cmpint(length, >, 0);
    text[length] = '\0';
    g_assert_nonnull(strstr(text, words));
    g_assert_cmpint(await_end(), ==, 3);
    server = first;
    control = first_control;
    answers = first_answers;
}

static void test_socket_cannot_be_opened(void)
{
    start_server();
    assert_cannot_start("another process serves it");
    g_autoptr(MilterClient) client = open_client();
    g_assert_cmpint(send_mail(client, INTAKE), ==, MILTER_ACCEPT); /* and goes on doing so */
    stop_server();
    g_autofree char *right_path = g_steal_pointer(&socket_path);
    socket_path = g_strdup("/nonexistent/milter.sock");
    assert_cannot_start("its directory does not exist");
    g_free(socket_path);
    g_autofree char *word = g_strnfill(200, 'x');
    socket_path = g_build_filename(directory, word, NULL);
    assert_cannot_start("longer than");
    g_free(socket_path);
    socket_path = g_build_filename(directory, "file", NULL);
    g_assert_true(g_file_set_contents(socket_path, "not a socket", -1, NULL));
    assert_cannot_start("cannot open the milter socket");
    g_assert_cmpint(access(socket_path, F_OK), ==, 0);
    g_unlink(socket_path);
}

/* ---- all of it ---- */

typedef struct {
    const char *name;
    void (*run)(void);
} Test;

static void run_in_directory(gconstpointer test)
{
    directory = g_dir_make_tmp("usher-milter-XXXXXX", NULL);
    socket_path = g_build_filename(directory, "milter.sock", NULL);
    stored_path = g_build_filename(directory, "stored", NULL);
    ((const Test *)test)->run();
    g_unlink(stored_path);
    g_assert_cmpint(g_rmdir(directory), ==, 0); /* nothing else is left */
    g_clear_pointer(&socket_path, g_free);
    g_clear_pointer(&stored_path, g_free);
    g_clear_pointer(&directory, g_free);
}

static const Test tests[] = {
    {"/milter/stored", test_accepts_what_is_stored},
    {"/milter/negotiation", test_negotiates_few_answers},
    {"/milter/store-fails", test_refuses_what_cannot_be_stored},
    {"/milter/other-mail", test_lets_other_mail_pass},
    {"/milter/own-mail", test_lets_own_mail_pass},
    {"/milter/interactions/headers", test_keeps_headers_of_interactions},
    {"/milter/interactions/of-nobody", test_interactions_of_nobody},
    {"/milter/interactions/own", test_our_own_mail_is_no_interaction},
    {"/milter/interactions/never-refused", test_interactions_are_never_refused},
    {"/milter/many-mails", test_many_mails_on_one_connection},
    {"/milter/abort", test_abort},
    {"/milter/headers", test_headers},
    {"/milter/foreign-headers", test_many_foreign_headers},
    {"/milter/foreign-headers-elsewhere", test_foreign_headers_elsewhere},
    {"/milter/large", test_large_mail},
    {"/milter/spool", test_spool_cannot_be_used},
    {"/milter/hang-up", test_hang_up_leaves_nothing},
    {"/milter/settings", test_other_settings},
    {"/milter/sessions", test_many_sessions},
    {"/milter/drain", test_drains},
    {"/milter/drain-store", test_drains_store},
    {"/milter/stop", test_stop},
    {"/milter/dead-socket", test_takes_over_a_dead_socket},
    {"/milter/socket", test_socket_cannot_be_opened},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    signal(SIGPIPE, SIG_IGN);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].name, &tests[i], run_in_directory);
    return g_test_run();
}
