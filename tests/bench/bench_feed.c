/*
 * bench_feed.c - feeds mails of 3 KB to a mail server or to a milter, over several sessions at once
 *
 *   bench_feed smtp PORT SESSIONS MAILS [FIRST]       to 127.0.0.1, each session kept open
 *   bench_feed milter SOCKET SESSIONS MAILS [FIRST]   as a mail server speaks to its milter
 *   bench_feed empty SOCKET                           is a milter that reads all and accepts all
 *
 * Each mail is another person's, numbered from FIRST. Tells how many mails a second were taken, and how long the answer to the end of a message takes.
 * The empty milter asks for the same steps as Usher's and answers as few of them: what is left of a milter that does nothing.
 */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <libmilter/mfapi.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "milter_client.h"
#include "samples.h"
#include "usher/base/token.h"

#define INTAKE "enquiries@hartleyfinch.example"

typedef struct {
    const char *way;
    const char *target; /* port or socket */
    guint first;
    gint next; /* of the numbers, shared by all sessions */
    gint last;
    GMutex lock;
    GArray *latencies; /* double, microseconds */
} Feed;

/* ---- to a mail server ---- */

static void say(int fd, const char *text, gsize length)
{
    for (gsize done = 0; done < length;) {
        ssize_t written = write(fd, text + done, length - done);
        if (written <= 0) {
            g_error("the server has hung up");
        }
        done += (gsize)written;
    }
}

/* Reads until as many answers have come, of which the last must begin with `code`. Lines of one answer but its last have a "-" behind the code. */
static void await(int fd, guint answers, const char *code)
{
    char buffer[4096];
    gsize length = 0;
    for (const char *line = buffer; answers > 0;) {
        const char *end = memchr(line, '\n', length - (gsize)(line - buffer));
        if (end && line[3] == ' ') {
            answers--;
        }
        if (end && answers == 0 && strncmp(line, code, strlen(code)) != 0) {
            g_error("the server said \"%.*s\", not %s", (int)(end - line), line, code);
        }
        if (end) {
            line = end + 1;
            continue;
        }
        ssize_t count = read(fd, buffer + length, sizeof buffer - length);
        if (count <= 0) {
            g_error("the server has hung up");
        }
        length += (gsize)count;
    }
}

static int open_session(guint16 port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        g_error("nobody answers at port %u", port);
    }
    await(fd, 1, "220");
    say(fd, "EHLO feed.example\r\n", strlen("EHLO feed.example\r\n"));
    await(fd, 1, "250");
    return fd;
}

/* No line of the samples begins with a dot. */
static char *make_content(guint number)
{
    g_autoptr(GBytes) mail = sample_make(SAMPLE_PLAIN, number);
    g_autofree char *text = g_strndup(g_bytes_get_data(mail, NULL), g_bytes_get_size(mail));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *content = g_strjoinv("\r\n", lines);
    return g_strconcat(content, ".\r\n", NULL);
}

static double send_by_smtp(int fd, guint number)
{
    g_autofree char *envelope = g_strdup_printf("MAIL FROM:<person@client%u.example>\r\nRCPT TO:<" INTAKE ">\r\nDATA\r\n", number);
    g_autofree char *content = make_content(number);
    say(fd, envelope, strlen(envelope));
    await(fd, 3, "354");
    say(fd, content, strlen(content) - 3);
    Moment start = measure_now();
    say(fd, ".\r\n", 3);
    await(fd, 1, "250");
    return measure_wall_us(start);
}

/* ---- to a milter ---- */

/* Names and values in turn; a folded value keeps its line ends. */
static GPtrArray *split_headers(const char *mail, const char **body)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    const char *line = mail;
    while (*line != '\n') {
        const char *colon = strchr(line, ':');
        const char *end = strchr(colon, '\n');
        while (end[1] == '\t' || end[1] == ' ') {
            end = strchr(end + 1, '\n');
        }
        g_ptr_array_add(parts, g_strndup(line, (gsize)(colon - line)));
        g_ptr_array_add(parts, g_strndup(colon + 2, (gsize)(end - colon - 2)));
        line = end + 1;
    }
    g_ptr_array_add(parts, NULL);
    *body = line + 1;
    return parts;
}

static double send_by_milter(MilterClient *client, guint number)
{
    g_autoptr(GBytes) mail = sample_make(SAMPLE_PLAIN, number);
    g_autofree char *text = g_strndup(g_bytes_get_data(mail, NULL), g_bytes_get_size(mail));
    const char *body = NULL;
    g_autoptr(GPtrArray) headers = split_headers(text, &body);
    milter_client_mail(client, "<person@client.example>");
    milter_client_recipient(client, "<" INTAKE ">");
    for (guint i = 0; i + 1 < headers->len; i += 2) {
        milter_client_header(client, headers->pdata[i], headers->pdata[i + 1]);
    }
    milter_client_end_header(client);
    milter_client_body(client, body, strlen(body));
    Moment start = measure_now();
    if (milter_client_end_message(client, "4QxYz1ABCD") != MILTER_ACCEPT) {
        g_error("a mail was not accepted");
    }
    return measure_wall_us(start);
}

/* ---- the sessions ---- */

static gpointer run_session(gpointer data)
{
    Feed *feed = data;
    gboolean is_smtp = g_str_equal(feed->way, "smtp");
    int fd = is_smtp ? open_session((guint16)g_ascii_strtoull(feed->target, NULL, 10)) : -1;
    g_autoptr(MilterClient) client = is_smtp ? NULL : milter_client_open(feed->target);
    if (!is_smtp && !client) {
        g_error("no milter at \"%s\"", feed->target);
    }
    for (gint number; (number = g_atomic_int_add(&feed->next, 1)) < feed->last;) {
        double us = is_smtp ? send_by_smtp(fd, (guint)number) : send_by_milter(client, (guint)number);
        g_mutex_lock(&feed->lock);
        g_array_append_val(feed->latencies, us);
        g_mutex_unlock(&feed->lock);
    }
    if (is_smtp) {
        say(fd, "QUIT\r\n", strlen("QUIT\r\n"));
        close(fd);
    }
    return NULL;
}

static void run_feed(Feed *feed, guint sessions)
{
    g_autofree GThread **threads = g_new0(GThread *, sessions);
    Moment start = measure_now();
    for (guint i = 0; i < sessions; i++) {
        threads[i] = g_thread_new("session", run_session, feed);
    }
    for (guint i = 0; i < sessions; i++) {
        g_thread_join(threads[i]);
    }
    double rate = feed->latencies->len / measure_wall_us(start) * 1e6;
    measure_note(rate, "mails/s", "rate");
    measure_note(measure_get_quantile(feed->latencies, 0.5), "us", "end of message, median");
    measure_note(measure_get_quantile(feed->latencies, 0.99), "us", "end of message, 99 in 100");
    measure_print();
}

/* ---- the empty milter ---- */

static sfsistat on_negotiate(SMFICTX *context G_GNUC_UNUSED, unsigned long actions G_GNUC_UNUSED, unsigned long steps,
                             unsigned long third G_GNUC_UNUSED, unsigned long fourth G_GNUC_UNUSED, unsigned long *wanted_actions,
                             unsigned long *wanted_steps, unsigned long *wanted_third, unsigned long *wanted_fourth)
{
    *wanted_actions = 0;
    *wanted_steps = (steps & (SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_HDR_LEADSPC)) |
                    SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_BODY;
    *wanted_third = *wanted_fourth = 0;
    return SMFIS_CONTINUE;
}

static sfsistat on_envelope(SMFICTX *context G_GNUC_UNUSED, char **arguments G_GNUC_UNUSED)
{
    return SMFIS_NOREPLY;
}

static sfsistat on_header(SMFICTX *context G_GNUC_UNUSED, char *name G_GNUC_UNUSED, char *value G_GNUC_UNUSED)
{
    return SMFIS_NOREPLY;
}

static sfsistat on_header_end(SMFICTX *context G_GNUC_UNUSED)
{
    return SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX *context G_GNUC_UNUSED, unsigned char *bytes G_GNUC_UNUSED, size_t length G_GNUC_UNUSED)
{
    return SMFIS_NOREPLY;
}

static sfsistat on_message_end(SMFICTX *context G_GNUC_UNUSED)
{
    return SMFIS_ACCEPT;
}

static int run_empty_milter(const char *socket_path)
{
    char name[] = "empty";
    struct smfiDesc description = {.xxfi_name = name,
                                   .xxfi_version = SMFI_VERSION,
                                   .xxfi_envfrom = on_envelope,
                                   .xxfi_envrcpt = on_envelope,
                                   .xxfi_header = on_header,
                                   .xxfi_eoh = on_header_end,
                                   .xxfi_body = on_body,
                                   .xxfi_eom = on_message_end,
                                   .xxfi_negotiate = on_negotiate};
    g_autofree char *connection = g_strconcat("unix:", socket_path, NULL);
    if (smfi_setconn(connection) != MI_SUCCESS || smfi_register(description) != MI_SUCCESS) {
        g_error("no milter at \"%s\"", socket_path);
    }
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    token_open();
    if (argc == 3 && g_str_equal(argv[1], "empty")) {
        return run_empty_milter(argv[2]);
    }
    if (argc < 5) {
        g_printerr("usage: bench_feed smtp PORT SESSIONS MAILS [FIRST] | milter SOCKET SESSIONS MAILS [FIRST] | empty SOCKET\n");
        return 64;
    }
    guint first = argc > 5 ? (guint)g_ascii_strtoull(argv[5], NULL, 10) : 0;
    guint count = (guint)g_ascii_strtoull(argv[4], NULL, 10);
    Feed feed = {.way = argv[1],
                 .target = argv[2],
                 .next = (gint)first,
                 .last = (gint)(first + count),
                 .latencies = g_array_new(FALSE, FALSE, sizeof(double))};
    run_feed(&feed, (guint)g_ascii_strtoull(argv[3], NULL, 10));
    g_array_unref(feed.latencies);
    return 0;
}
