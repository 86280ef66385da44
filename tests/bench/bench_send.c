/*
 * bench_send.c - mails a second and CPU a mail through transport_send, beside plain sockets doing the same
 *
 *   bench_send [COUNT [HOST PORT]]
 *
 * Without HOST to a sink of its own, another process that says yes to everything as fast as it can; with HOST to that server, plain. CPU is that of this
 * process alone. The bound is the same bytes written and read by hand with two round trips a mail, and no check of anything.
 */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usher/base/token.h"
#include "usher/send.h"

#define MAIL_BYTES 3000

/* ---- the sink ---- */

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0) {
        _exit(1);
    }
}

/* Lines come in together or not; an answer goes out when all that has come is answered. */
static void serve(int fd, gboolean is_pipelining)
{
    g_autofree char *buffer = g_malloc(1 << 20);
    gsize length = 0;
    gboolean in_content = FALSE;
    put(fd, "220 sink\r\n");
    for (;;) {
        ssize_t count = read(fd, buffer + length, (1 << 20) - length);
        if (count <= 0) {
            return;
        }
        length += (gsize)count;
        g_autoptr(GString) answers = g_string_new(NULL);
        char *line = buffer;
        for (char *end; (end = memchr(line, '\n', length - (gsize)(line - buffer))); line = end + 1) {
            if (in_content) {
                if (line[0] == '.' && end - line == 2) {
                    in_content = FALSE;
                    g_string_append(answers, "250 2.0.0 Ok: queued\r\n");
                }
            } else if (line[0] == 'D') {
                in_content = TRUE;
                g_string_append(answers, "354 go on\r\n");
            } else if (line[0] == 'E') {
                g_string_append(answers, is_pipelining ? "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n" : "250-sink\r\n250 8BITMIME\r\n");
            } else {
                g_string_append(answers, "250 2.1.0 Ok\r\n");
            }
        }
        length -= (gsize)(line - buffer);
        memmove(buffer, line, length);
        if (answers->len) {
            put(fd, answers->str);
        }
    }
}

static pid_t start_sink(gboolean is_pipelining, guint *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        g_error("no sink");
    }
    *port = ntohs(address.sin_port);
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            int fd = accept(listener, NULL, NULL);
            int one = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            serve(fd, is_pipelining);
            close(fd);
        }
    }
    close(listener);
    return pid;
}

/* ---- measuring ---- */

typedef struct {
    gint64 wall_us;
    gint64 cpu_us;
} Moment;

static Moment read_moment(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    gint64 cpu_us = ((gint64)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    return (Moment){.wall_us = g_get_monotonic_time(), .cpu_us = cpu_us};
}

static void report(const char *what, guint count, Moment before)
{
    Moment after = read_moment();
    double wall_s = (double)(after.wall_us - before.wall_us) / G_USEC_PER_SEC;
    double cpu_us = (double)(after.cpu_us - before.cpu_us) / count;
    g_print("%-40s %8.0f mails/s  %6.1f us CPU a mail\n", what, count / wall_s, cpu_us);
}

static GBytes *make_mail(void)
{
    GString *text = g_string_new("From: enquiries@hartleyfinch.example\r\nTo: ann@customer.example\r\nSubject: Thank you\r\n\r\n");
    while (text->len < MAIL_BYTES) {
        g_string_append(text, "We have your enquiry, and one of us will telephone before noon tomorrow.\r\n");
    }
    return g_string_free_to_bytes(text);
}

static void measure_transport(const char *what, char *host, guint port, GBytes *mail, guint count)
{
    Delivery delivery = {.method = DELIVERY_SMTP, .smtp_host = host, .smtp_port = port};
    g_autoptr(Transport) transport = transport_new(&delivery);
    Moment before = read_moment();
    for (guint i = 0; i < count; i++) {
        g_autofree char *answer = NULL;
        if (transport_send(transport, "", "ann@customer.example", "id@hartleyfinch.example", mail, &answer) != SEND_DELIVERED) {
            g_error("%s", answer);
        }
    }
    report(what, count, before);
}

static void await_answer(int fd, const char *last)
{
    char buffer[512];
    ssize_t count = read(fd, buffer, sizeof buffer);
    if (count <= 0 || !memmem(buffer, (gsize)count, last, strlen(last))) {
        g_error("the sink did not answer");
    }
}

static void measure_sockets(guint port, GBytes *mail, guint count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((guint16)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        g_error("no connection to the sink");
    }
    await_answer(fd, "220");
    g_autofree char *content = g_strdup_printf("%.*s.\r\n", (int)g_bytes_get_size(mail), (const char *)g_bytes_get_data(mail, NULL));
    Moment before = read_moment();
    for (guint i = 0; i < count; i++) {
        put(fd, "MAIL FROM:<>\r\nRCPT TO:<ann@customer.example>\r\nDATA\r\n");
        await_answer(fd, "354");
        put(fd, content);
        await_answer(fd, "queued");
    }
    report("bound: plain sockets, pipelining", count, before);
    close(fd);
}

static void measure_sink(gboolean is_pipelining, GBytes *mail, guint count)
{
    char host[] = "127.0.0.1";
    guint port = 0;
    pid_t sink = start_sink(is_pipelining, &port);
    if (is_pipelining) {
        measure_sockets(port, mail, count);
    }
    measure_transport(is_pipelining ? "to a sink with PIPELINING" : "to a sink without PIPELINING", host, port, mail, count);
    kill(sink, SIGKILL);
    waitpid(sink, NULL, 0);
}

int main(int argc, char **argv)
{
    token_open();
    g_autoptr(GBytes) mail = make_mail();
    guint count = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 5000;
    if (argc > 3) {
        measure_transport("to the server, session kept", argv[2], (guint)g_ascii_strtoull(argv[3], NULL, 10), mail, count);
        return 0;
    }
    measure_sink(TRUE, mail, count);
    measure_sink(FALSE, mail, count);
    return 0;
}
