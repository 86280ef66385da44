/*
 * bench_send.c - mails a second and CPU a mail through transport_send, beside plain sockets doing the same
 *
 *   bench_send [COUNT [HOST PORT]]
 *
 * Without HOST to a sink of its own, another process; with HOST to that server, plain. CPU is that of this
 * process alone. The bound is the same bytes written and read by hand with two round trips a mail, and no check of anything.
 */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "sink.h"
#include "usher/base/token.h"
#include "usher/send.h"

#define MAIL_BYTES 3000

/* ---- measuring ---- */

static void report(const char *what, guint count, Moment before)
{
    double wall_s = measure_wall_us(before) / G_USEC_PER_SEC;
    measure_note(count / wall_s, "mails/s", "%s", what);
    measure_note(measure_cpu_us(before) / count, "us CPU a mail", "%s, CPU", what);
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
    Moment before = measure_now();
    for (guint i = 0; i < count; i++) {
        g_autofree char *answer = NULL;
        if (transport_send(transport, "", "ann@customer.example", "id@hartleyfinch.example", mail, &answer) != SEND_DELIVERED) {
            g_error("%s", answer);
        }
    }
    report(what, count, before);
}

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0) {
        g_error("the sink has gone");
    }
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
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((guint16)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        g_error("no connection to the sink");
    }
    await_answer(fd, "220");
    g_autofree char *content =
        g_strdup_printf("%.*s.\r\n", (int)g_bytes_get_size(mail), (const char *)g_bytes_get_data(mail, NULL));
    Moment before = measure_now();
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
    pid_t sink = sink_start(is_pipelining, &port);
    if (is_pipelining) {
        measure_sockets(port, mail, count);
    }
    measure_transport(is_pipelining ? "to a sink with PIPELINING" : "to a sink without PIPELINING", host, port, mail, count);
    sink_stop(sink);
}

int main(int argc, char **argv)
{
    token_open();
    g_autoptr(GBytes) mail = make_mail();
    guint count = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 5000;
    if (argc > 3) {
        measure_transport("to the server, session kept", argv[2], (guint)g_ascii_strtoull(argv[3], NULL, 10), mail, count);
        measure_print();
        return 0;
    }
    measure_sink(TRUE, mail, count);
    measure_sink(FALSE, mail, count);
    measure_print();
    return 0;
}
