/*
 * test_send.c - transports against a server that lies, and into Maildirs
 *
 * The server is a thread that plays a script, one line a move: "> text" says a line, "< COMMAND" expects one, "content" takes a mail up to its
 * final dot; the others are in play_move. "----" ends a connection, the next part of the script waits for another.
 *
 * With USHER_SEND_HOST in the environment the program is no test but sends mails to a real server and says what became of them: system/smtp.t uses
 * it so. USHER_SEND_PORT, _TLS (none, starttls, implicit), _USER, _PASSWORD_FILE, _CA_FILE, _FROM, _TO, _COUNT, _ID.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "usher/base/token.h"
#include "usher/send.h"

#define MAIL "From: enquiries@hartleyfinch.example\r\nSubject: Thank you\r\n\r\nHello.\r\n.\r\nGoodbye.\r\n"

/* ---- the lying server ---- */

typedef struct {
    char *script;
    GSocketListener *listener;
    guint16 port;
    GCancellable *stop;
    GThread *thread;
    Transport *transport; /* for the move "cancel" */
    GString *heard;       /* all lines that came in */
    guint connections;
} Server;

typedef struct {
    Server *server;
    GDataInputStream *in;
    GOutputStream *out;
} Visit;

static gboolean say(const Visit *visit, const char *text)
{
    return g_output_stream_write_all(visit->out, text, strlen(text), NULL, visit->server->stop, NULL);
}

static char *hear(const Visit *visit)
{
    gsize length = 0;
    char *line = g_data_input_stream_read_line(visit->in, &length, visit->server->stop, NULL);
    if (line) {
        g_string_append_printf(visit->server->heard, "%s\n", line);
    }
    return line;
}

static gboolean hear_content(const Visit *visit)
{
    for (;;) {
        g_autofree char *line = hear(visit);
        if (!line) {
            return FALSE;
        }
        if (strcmp(line, ".") == 0) {
            return TRUE;
        }
    }
}

static void pour(const Visit *visit)
{
    g_autofree char *flood = g_strnfill(65536, 'x');
    while (say(visit, flood)) {
    }
}

/* FALSE when the connection is over. */
static gboolean play_move(const Visit *visit, const char *move)
{
    if (g_str_has_prefix(move, "> ")) {
        g_autofree char *line = g_strconcat(move + 2, "\r\n", NULL);
        g_autofree char *text = g_strcompress(line);
        return say(visit, text);
    }
    if (g_str_has_prefix(move, "< ")) {
        g_autofree char *line = hear(visit);
        return line && g_ascii_strncasecmp(line, move + 2, strlen(move + 2)) == 0;
    }
    if (g_str_has_prefix(move, "half ")) {
        say(visit, move + 5);
        return FALSE;
    }
    if (strcmp(move, "content") == 0) {
        return hear_content(visit);
    }
    if (strcmp(move, "bytes") == 0) {
        return g_buffered_input_stream_fill(G_BUFFERED_INPUT_STREAM(visit->in), 1, visit->server->stop, NULL) > 0;
    }
    if (strcmp(move, "cancel") == 0) {
        transport_cancel(visit->server->transport);
        return TRUE;
    }
    if (strcmp(move, "pour") == 0) {
        pour(visit);
        return FALSE;
    }
    g_assert_cmpstr(move, ==, "hang");
    while (hear_content(visit)) {
    }
    return FALSE;
}

static void play_part(Server *server, GSocketConnection *connection, const char *part)
{
    g_autoptr(GDataInputStream) in = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    g_data_input_stream_set_newline_type(in, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
    Visit visit = {.server = server, .in = in, .out = g_io_stream_get_output_stream(G_IO_STREAM(connection))};
    g_auto(GStrv) moves = g_strsplit(part, "\n", -1);
    for (guint i = 0; moves[i]; i++) {
        if (*moves[i] && !play_move(&visit, moves[i])) {
            break;
        }
    }
    g_io_stream_close(G_IO_STREAM(connection), NULL, NULL);
}

static gpointer serve(gpointer data)
{
    Server *server = data;
    g_auto(GStrv) parts = g_strsplit(server->script, "----\n", -1);
    for (guint i = 0; parts[i]; i++) {
        g_autoptr(GSocketConnection) connection = g_socket_listener_accept(server->listener, NULL, server->stop, NULL);
        if (!connection) {
            break;
        }
        server->connections++;
        play_part(server, connection, parts[i]);
    }
    return NULL;
}

static Server *server_new(const char *script)
{
    Server *server = g_new0(Server, 1);
    server->script = g_strdup(script);
    server->listener = g_socket_listener_new();
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) any_port = g_inet_socket_address_new(loopback, 0);
    g_autoptr(GSocketAddress) address = NULL;
    g_assert_true(g_socket_listener_add_address(server->listener, any_port, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                                &address, NULL));
    server->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address));
    server->stop = g_cancellable_new();
    server->heard = g_string_new(NULL);
    return server;
}

static void server_stop(Server *server)
{
    if (server->thread) {
        g_cancellable_cancel(server->stop);
        g_thread_join(g_steal_pointer(&server->thread));
    }
}

static void server_free(Server *server)
{
    server_stop(server);
    g_socket_listener_close(server->listener);
    g_object_unref(server->listener);
    g_object_unref(server->stop);
    g_string_free(server->heard, TRUE);
    g_free(server->script);
    g_free(server);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_free)

/* What one mail came to. */
typedef struct {
    SendResult result;
    gboolean is_down;
    char *answer;
} Fate;

static void fate_clear(Fate *fate)
{
    g_free(fate->answer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fate, fate_clear)

static char local_host[] = "127.0.0.1";

static Delivery make_delivery(const Server *server)
{
    return (Delivery){.method = DELIVERY_SMTP, .smtp_host = local_host, .smtp_port = server->port};
}

static Transport *open_transport(Server *server, const Delivery *delivery)
{
    server->transport = transport_new(delivery);
    transport_set_patience(server->transport, 1, 1);
    server->thread = g_thread_new("server", serve, server);
    return server->transport;
}

static Fate send_bytes(Transport *transport, const char *from, const char *to, const char *bytes, gsize length)
{
    g_autoptr(GBytes) mail = g_bytes_new(bytes, length);
    Fate fate = {0};
    fate.result = transport_send(transport, from, to, "id@hartleyfinch.example", mail, &fate.answer);
    fate.is_down = transport_is_down(transport);
    g_assert_nonnull(fate.answer);
    g_assert_null(strpbrk(fate.answer, "\r\n"));
    return fate;
}

static Fate send_mail(Transport *transport)
{
    return send_bytes(transport, "", "ann@customer.example", MAIL, strlen(MAIL));
}

/* Plays a script against one mail. */
static Fate play(const char *script, char **heard)
{
    g_autoptr(Server) server = server_new(script);
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    Fate fate = send_mail(transport);
    server_stop(server);
    if (heard) {
        *heard = g_strdup(server->heard->str);
    }
    return fate;
}

#define HELLO "> 220 mx.test ESMTP\n< EHLO\n> 250 mx.test\n"
#define ACCEPT "< MAIL FROM:\n> 250 ok\n< RCPT TO:\n> 250 ok\n< DATA\n> 354 go on\ncontent\n"

/* ---- a mail that arrives ---- */

static void test_delivers(void)
{
    g_autofree char *heard = NULL;
    g_auto(Fate) fate = play(HELLO ACCEPT "> 250-2.0.0 Ok:\n> 250 2.0.0 queued as 4711\n", &heard);
    g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
    g_assert_cmpstr(fate.answer, ==, "250 2.0.0 Ok: 2.0.0 queued as 4711");
    g_assert_false(fate.is_down);
    g_assert_nonnull(strstr(heard, "EHLO "));
    g_assert_nonnull(strstr(heard, "MAIL FROM:<>\nRCPT TO:<ann@customer.example>\nDATA\n"));
    g_assert_nonnull(strstr(heard, "\n\nHello.\n..\nGoodbye.\n.\n"));
}

static void test_line_ends(void)
{
    g_autoptr(Server) server = server_new(HELLO ACCEPT "> 250 ok\n");
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    const char *mail = "Subject: x\n\none\n.\rtwo\r\n.\r.\nthree";
    g_auto(Fate) fate = send_bytes(transport, "", "ann@customer.example", mail, strlen(mail));
    g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
    server_stop(server);
    g_assert_nonnull(strstr(server->heard->str, "Subject: x\n\none\n..\ntwo\n..\n..\nthree\n.\n"));
}

static void test_keeps_session(void)
{
    g_autoptr(GString) script = g_string_new(HELLO);
    for (guint i = 0; i < 100; i++) {
        g_string_append(script, ACCEPT "> 250 ok\n");
    }
    g_string_append(script, "< QUIT\n----\n" HELLO ACCEPT "> 250 ok\n< QUIT\n");
    g_autoptr(Server) server = server_new(script->str);
    Delivery delivery = make_delivery(server);
    Transport *transport = open_transport(server, &delivery);
    for (guint i = 0; i < 101; i++) {
        g_auto(Fate) fate = send_mail(transport);
        g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
    }
    transport_free(transport);
    g_thread_join(g_steal_pointer(&server->thread));
    g_assert_cmpuint(server->connections, ==, 2);
    g_assert_null(strstr(server->heard->str, "RSET"));
    g_assert_true(g_str_has_suffix(server->heard->str, "QUIT\n"));
}

#define HELLO_PIPELINING "> 220 mx.test ESMTP\n< EHLO\n> 250-mx.test\n> 250 PIPELINING\n"

static void test_pipelining(void)
{
    g_auto(Fate) fate =
        play(HELLO_PIPELINING "< MAIL\n< RCPT\n< DATA\n> 250 ok\\r\\n250 ok\\r\\n354 go on\ncontent\n> 250 ok\n", NULL);
    g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
}

static void test_pipelining_refused(void)
{
    g_autoptr(Server) server = server_new(
        HELLO_PIPELINING "< MAIL\n< RCPT\n< DATA\n> 250 ok\\r\\n550 5.1.1 nobody\\r\\n554 5.5.1 no recipient\n"
                         "< RSET\n> 250 ok\n< MAIL\n< RCPT\n< DATA\n> 250 ok\\r\\n250 ok\\r\\n354 go on\ncontent\n> 250 ok\n");
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    g_auto(Fate) first = send_mail(transport);
    g_auto(Fate) second = send_mail(transport);
    g_assert_cmpint(first.result, ==, SEND_REFUSED);
    g_assert_cmpstr(first.answer, ==, "550 5.1.1 nobody");
    g_assert_cmpint(second.result, ==, SEND_DELIVERED);
    g_assert_cmpuint(server->connections, ==, 1);
}

/* A server that refuses the only recipient and still wants the content gets none. */
static void test_pipelining_insists(void)
{
    g_autofree char *heard = NULL;
    g_auto(Fate) fate = play(HELLO_PIPELINING "< MAIL\n< RCPT\n< DATA\n> 250 ok\\r\\n550 no\\r\\n354 go on\nhang\n", &heard);
    g_assert_cmpint(fate.result, ==, SEND_REFUSED);
    g_assert_true(g_str_has_suffix(heard, "DATA\n"));
}

/* ---- what answers mean ---- */

typedef struct {
    const char *name;
    const char *script;
    SendResult result;
    gboolean is_down;
    const char *answer;
} Answer;

static const Answer answers[] = {
    {"banner-554", "> 554 5.7.1 not you\n", SEND_LATER, TRUE, "554 5.7.1 not you"},
    {"banner-421", "> 421 busy\n", SEND_LATER, TRUE, "421 busy"},
    {"banner-closed-in-the-middle", "half 220 mx.te", SEND_LATER, TRUE, "the server closed the connection"},
    {"banner-garbage", "> SSH-2.0-OpenSSH\n", SEND_LATER, TRUE, "no SMTP answer: SSH-2.0-OpenSSH"},
    {"banner-hangs", "hang\n", SEND_LATER, TRUE, "no answer from the server within the time allowed"},
    {"banner-endless-line", "pour\n", SEND_LATER, TRUE, "the server's answer is endless"},
    {"ehlo-refused", "> 220 hi\n< EHLO\n> 550 5.7.1 bad name\n", SEND_LATER, TRUE, "at EHLO: 550 5.7.1 bad name"},
    {"ehlo-endless", "> 220 hi\n< EHLO\n> 250-x\npour\n", SEND_LATER, TRUE, "the server's answer is endless"},
    {"mail-421", HELLO "< MAIL\n> 421 4.3.2 going down\n", SEND_LATER, TRUE, "421 4.3.2 going down"},
    {"mail-451", HELLO "< MAIL\n> 451 4.3.0 later\n< RSET\n> 250 ok\n", SEND_LATER, FALSE, "451 4.3.0 later"},
    {"mail-452", HELLO "< MAIL\n> 452 4.3.1 full\n< RSET\n> 250 ok\n", SEND_LATER, FALSE, "452 4.3.1 full"},
    {"mail-530", HELLO "< MAIL\n> 530 5.7.0 log in first\n< RSET\n> 250 ok\n", SEND_LATER, TRUE, "530 5.7.0 log in first"},
    {"mail-538", HELLO "< MAIL\n> 538 5.7.11 encrypt first\n< RSET\n> 250 ok\n", SEND_LATER, TRUE, "538 5.7.11 encrypt first"},
    {"mail-550", HELLO "< MAIL\n> 550 5.1.8 no such sender\n< RSET\n> 250 ok\n", SEND_REFUSED, FALSE, "550 5.1.8 no such sender"},
    {"mail-dropped", HELLO "< MAIL\n", SEND_LATER, TRUE, "the server closed the connection"},
    {"mail-354", HELLO "< MAIL\n> 354 go on\n", SEND_LATER, TRUE, "354 go on"},
    {"mail-code-of-four-digits", HELLO "< MAIL\n> 2500 ok\n", SEND_LATER, TRUE, "no SMTP answer: ok"},
    {"rcpt-450", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 450 4.2.0 greylisted\n< RSET\n> 250 ok\n", SEND_LATER, FALSE,
     "450 4.2.0 greylisted"},
    {"rcpt-452", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 452 4.2.2 too many\n< RSET\n> 250 ok\n", SEND_LATER, FALSE,
     "452 4.2.2 too many"},
    {"rcpt-550", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 550-5.1.1 no\n> 550 5.1.1 such user\n< RSET\n> 250 ok\n", SEND_REFUSED, FALSE,
     "550 5.1.1 no 5.1.1 such user"},
    {"rcpt-552", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 552 5.2.2 mailbox full\n< RSET\n> 250 ok\n", SEND_REFUSED, FALSE,
     "552 5.2.2 mailbox full"},
    {"rcpt-421", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 421 4.7.0 enough\n", SEND_LATER, TRUE, "421 4.7.0 enough"},
    {"rcpt-252", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 252 perhaps\n< DATA\n> 354 go\ncontent\n> 250 ok\n", SEND_DELIVERED, FALSE,
     "250 ok"},
    {"data-451", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n> 451 4.3.0 milter\n< RSET\n> 250 ok\n", SEND_LATER, FALSE,
     "451 4.3.0 milter"},
    {"data-554", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n> 554 5.5.1 no\n< RSET\n> 250 ok\n", SEND_REFUSED, FALSE,
     "554 5.5.1 no"},
    {"data-250", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n> 250 ok\n", SEND_LATER, TRUE, "250 ok"},
    {"data-dropped", HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n", SEND_LATER, TRUE, "the server closed the connection"},
    {"content-451", HELLO ACCEPT "> 451 4.3.0 queue file write error\n", SEND_LATER, FALSE, "451 4.3.0 queue file write error"},
    {"content-452", HELLO ACCEPT "> 452 4.3.1 disk full\n", SEND_LATER, FALSE, "452 4.3.1 disk full"},
    {"content-421", HELLO ACCEPT "> 421 4.3.2 going down\n", SEND_LATER, TRUE, "421 4.3.2 going down"},
    {"content-550", HELLO ACCEPT "> 550 5.7.1 spam\n", SEND_REFUSED, FALSE, "550 5.7.1 spam"},
    {"content-552", HELLO ACCEPT "> 552 5.3.4 too big\n", SEND_REFUSED, FALSE, "552 5.3.4 too big"},
    {"content-lost", HELLO ACCEPT, SEND_UNKNOWN, FALSE, "it may be there: the server closed the connection"},
    {"content-half-answered", HELLO ACCEPT "half 250 2.0.", SEND_UNKNOWN, FALSE, "it may be there"},
    {"content-hangs", HELLO ACCEPT "hang\n", SEND_UNKNOWN, FALSE, "it may be there: no answer from the server"},
    {"content-garbage", HELLO ACCEPT "> thank you\n", SEND_UNKNOWN, FALSE, "it may be there: no SMTP answer: thank you"},
    {"content-endless", HELLO ACCEPT "> 250-ok\npour\n", SEND_UNKNOWN, FALSE, "it may be there: the server's answer is endless"},
    {"cancelled-while-waiting", HELLO "< MAIL\ncancel\nhang\n", SEND_LATER, TRUE, "stopped while waiting for the server"},
    {"cancelled-after-content", HELLO ACCEPT "cancel\n> 250 ok\n", SEND_DELIVERED, FALSE, "250 ok"},
    {"cancelled-after-content-and-no-answer", HELLO ACCEPT "cancel\nhang\n", SEND_UNKNOWN, FALSE, "it may be there"},
    {"answer-with-control-characters", HELLO ACCEPT "> 550 \\033[31mno\\001\\377\n", SEND_REFUSED, FALSE, "550 "},
};

static void test_answer(gconstpointer data)
{
    const Answer *expected = data;
    g_auto(Fate) fate = play(expected->script, NULL);
    g_test_message("%s", fate.answer);
    g_assert_cmpint(fate.result, ==, expected->result);
    g_assert_cmpint(fate.is_down, ==, expected->is_down);
    g_assert_nonnull(strstr(fate.answer, expected->answer));
    g_assert_true(g_utf8_validate(fate.answer, -1, NULL));
    g_assert_cmpuint(strlen(fate.answer), <, 2000);
}

static void test_no_listener(void)
{
    g_autoptr(Server) server = server_new("");
    g_socket_listener_close(server->listener);
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = transport_new(&delivery);
    g_auto(Fate) fate = send_mail(transport);
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
    g_assert_nonnull(strstr(fate.answer, "no connection to \"127.0.0.1\""));
}

static void test_after_cancel(void)
{
    g_autoptr(Server) server = server_new("");
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = transport_new(&delivery);
    transport_cancel(transport);
    g_auto(Fate) fate = send_mail(transport);
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
}

/* More than the kernel takes for a server that does not read: the loss is seen before the final dot is out. */
static void test_lost_in_content(void)
{
    g_autoptr(Server) server = server_new(HELLO "< MAIL\n> 250 ok\n< RCPT\n> 250 ok\n< DATA\n> 354 go on\n< From:\n");
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    g_autofree char *body = g_strnfill(32 * 1024 * 1024, 'a');
    memcpy(body, "From: a\r\n\r\n", 11);
    g_auto(Fate) fate = send_bytes(transport, "", "ann@customer.example", body, strlen(body));
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
}

/* ---- sessions in doubt ---- */

static void check_second_session(const char *script)
{
    g_autoptr(Server) server = server_new(script);
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    g_auto(Fate) first = send_mail(transport);
    g_auto(Fate) second = send_mail(transport);
    g_test_message("%s, %s", first.answer, second.answer);
    g_assert_cmpstr(second.answer, ==, "250 second");
    g_assert_cmpint(second.result, ==, SEND_DELIVERED);
    server_stop(server);
    g_assert_cmpuint(server->connections, ==, 2);
}

static void test_closed_while_kept(void)
{
    check_second_session(HELLO ACCEPT "> 250 first\n----\n" HELLO ACCEPT "> 250 second\n");
}

static void test_told_to_go_while_kept(void)
{
    check_second_session(HELLO ACCEPT "> 250 first\n< MAIL\n> 421 4.4.2 too long\n----\n" HELLO ACCEPT "> 250 second\n");
}

/* An answer too many would be taken for that of the next mail. */
static void test_answer_too_many(void)
{
    check_second_session(HELLO ACCEPT "> 250 first\\r\\n250 again\nhang\n----\n" HELLO ACCEPT "> 250 second\n");
}

static void test_reset_fails(void)
{
    check_second_session(HELLO "< MAIL\n> 550 no\n< RSET\n> 500 what\nhang\n----\n" HELLO ACCEPT "> 250 second\n");
}

/* A kept session that is gone gets one new one, not one after the other. */
static void test_gone_twice(void)
{
    g_autoptr(Server) server = server_new(HELLO ACCEPT "> 250 ok\n< MAIL\n----\n" HELLO "< MAIL\n----\n" HELLO ACCEPT "> 250 ok\n");
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    g_auto(Fate) first = send_mail(transport);
    g_auto(Fate) second = send_mail(transport);
    g_assert_cmpint(first.result, ==, SEND_DELIVERED);
    g_assert_cmpint(second.result, ==, SEND_LATER);
    g_assert_true(second.is_down);
}

/* ---- addresses and sizes ---- */

static void test_unsafe_addresses(void)
{
    static const char *const unsafe[] = {
        "",
        "a@b.example>\r\nRCPT TO:<x@b.example",
        "a b@c.example",
        "a@b.example\n",
        "a\t@b.example",
        "<a@b.example>",
        "a@b.exa<mple",
        "a@b.example\x7f",
        "a\xc2\x85@b.example",
        "a\xe2\x80\xa8@b.example",
        "\xff@b.example",
        "nobody",
    };
    g_autoptr(Server) server = server_new(HELLO);
    Delivery delivery = make_delivery(server);
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    for (gsize i = 0; i < G_N_ELEMENTS(unsafe); i++) {
        g_auto(Fate) to = send_bytes(transport, "", unsafe[i], MAIL, strlen(MAIL));
        g_assert_cmpint(to.result, ==, SEND_REFUSED);
        if (*unsafe[i]) {
            g_auto(Fate) from = send_bytes(transport, unsafe[i], "ann@customer.example", MAIL, strlen(MAIL));
            g_assert_cmpint(from.result, ==, SEND_REFUSED);
        }
    }
    g_autofree char *local = g_strnfill(250, 'a');
    g_autofree char *too_long = g_strconcat(local, "@b.example", NULL);
    g_auto(Fate) fate = send_bytes(transport, "", too_long, MAIL, strlen(MAIL));
    g_assert_cmpint(fate.result, ==, SEND_REFUSED);
    server_stop(server);
    g_assert_cmpuint(server->connections, ==, 0);
}

/* Sends one mail to a server with these offers; gives its MAIL and RCPT lines, and the fate. */
static Fate send_with_offers(const char *offers, const char *to, const char *mail, char **envelope)
{
    g_autofree char *script = g_strconcat("> 220 hi\n< EHLO\n> 250-mx.test\n", offers, ACCEPT "> 250 ok\n", NULL);
    g_autoptr(Server) server = server_new(script);
    Delivery delivery = make_delivery(server);
    Transport *transport = open_transport(server, &delivery);
    Fate fate = send_bytes(transport, "", to, mail, strlen(mail));
    transport_free(transport);
    server_stop(server);
    const char *start = strstr(server->heard->str, "MAIL");
    const char *end = strstr(server->heard->str, "DATA");
    *envelope = start && end ? g_strndup(start, (gsize)(end - start)) : g_strdup("");
    return fate;
}

static void test_size(void)
{
    g_autofree char *envelope = NULL;
    g_auto(Fate) fits = send_with_offers("> 250 SIZE 1000\n", "a@b.example", "S: x\n\nhello\n", &envelope);
    g_assert_cmpint(fits.result, ==, SEND_DELIVERED);
    g_assert_cmpstr(envelope, ==, "MAIL FROM:<> SIZE=15\nRCPT TO:<a@b.example>\n");
    g_autofree char *none = NULL;
    g_auto(Fate) too_big = send_with_offers("> 250 SIZE 14\n", "a@b.example", "S: x\n\nhello\n", &none);
    g_assert_cmpint(too_big.result, ==, SEND_REFUSED);
    g_assert_cmpstr(too_big.answer, ==, "the mail has 15 bytes, the server takes 14");
    g_assert_cmpstr(none, ==, "");
    g_autofree char *unlimited = NULL;
    g_auto(Fate) any = send_with_offers("> 250 SIZE 0\n", "a@b.example", MAIL, &unlimited);
    g_assert_cmpint(any.result, ==, SEND_DELIVERED);
}

static void test_8bit(void)
{
    g_autofree char *offered = NULL;
    g_auto(Fate) with = send_with_offers("> 250 8BITMIME\n", "a@b.example", "Subject: x\n\n\xc2\xa3 5\n", &offered);
    g_assert_cmpstr(offered, ==, "MAIL FROM:<> BODY=8BITMIME\nRCPT TO:<a@b.example>\n");
    g_autofree char *not_offered = NULL;
    g_auto(Fate) without = send_with_offers("> 250 SMTPUTF8\n", "a@b.example", "Subject: x\n\n\xc2\xa3 5\n", &not_offered);
    g_assert_cmpstr(not_offered, ==, "MAIL FROM:<>\nRCPT TO:<a@b.example>\n");
}

static void test_international_addresses(void)
{
    g_autofree char *none = NULL;
    g_auto(Fate) refused = send_with_offers("> 250 8BITMIME\n", "j\xc3\xb6rg@b.example", MAIL, &none);
    g_assert_cmpint(refused.result, ==, SEND_REFUSED);
    g_assert_nonnull(strstr(refused.answer, "SMTPUTF8"));
    g_assert_cmpstr(none, ==, "");
    g_autofree char *local = NULL;
    g_auto(Fate) taken = send_with_offers("> 250 SMTPUTF8\n", "j\xc3\xb6rg@b.example", MAIL, &local);
    g_assert_cmpint(taken.result, ==, SEND_DELIVERED);
    g_assert_cmpstr(local, ==, "MAIL FROM:<> SMTPUTF8\nRCPT TO:<j\xc3\xb6rg@b.example>\n");
    g_autofree char *domain = NULL;
    g_auto(Fate) ascii = send_with_offers("> 250 8BITMIME\n",
                                          "jane@b\xc3\xbc"
                                          "cher.example",
                                          MAIL, &domain);
    g_assert_cmpint(ascii.result, ==, SEND_DELIVERED);
    g_assert_cmpstr(domain, ==, "MAIL FROM:<>\nRCPT TO:<jane@xn--bcher-kva.example>\n");
    g_autofree char *header = NULL;
    g_auto(Fate) utf8 = send_with_offers("> 250 SMTPUTF8\n", "a@b.example", "To: j\xc3\xb6rg@b.example\n\nx\n", &header);
    g_assert_cmpint(utf8.result, ==, SEND_DELIVERED);
    g_assert_cmpstr(header, ==, "MAIL FROM:<> SMTPUTF8\nRCPT TO:<a@b.example>\n");
}

/* ---- TLS and login, as far as a server without either can show ---- */

static void test_starttls_not_offered(void)
{
    g_autoptr(Server) server = server_new(HELLO "hang\n");
    Delivery delivery = make_delivery(server);
    delivery.tls = TLS_STARTTLS;
    Transport *transport = open_transport(server, &delivery);
    g_auto(Fate) fate = send_mail(transport);
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
    g_assert_nonnull(strstr(fate.answer, "does not offer STARTTLS"));
    transport_free(transport);
    server_stop(server);
    g_assert_null(strstr(server->heard->str, "MAIL"));
}

static void check_starttls_refused(const char *moves, const char *answer)
{
    g_autofree char *script = g_strconcat("> 220 hi\n< EHLO\n> 250-mx.test\n> 250 STARTTLS\n< STARTTLS\n", moves, NULL);
    g_autoptr(Server) server = server_new(script);
    Delivery delivery = make_delivery(server);
    delivery.tls = TLS_STARTTLS;
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    g_auto(Fate) fate = send_mail(transport);
    g_test_message("%s", fate.answer);
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
    g_assert_nonnull(strstr(fate.answer, answer));
    server_stop(server);
    g_assert_null(strstr(server->heard->str, "MAIL"));
}

static void test_starttls_injection(void)
{
    check_starttls_refused("> 220 go\\r\\n250-mx.test\\r\\n250 AUTH PLAIN\nhang\n", "plain text after STARTTLS");
}

static void test_starttls_is_no_tls(void)
{
    check_starttls_refused("> 220 go\nbytes\n> 250 and on in plain text\n", "no TLS with \"127.0.0.1\"");
    check_starttls_refused("> 454 4.7.0 not now\n", "at STARTTLS: 454 4.7.0 not now");
}

typedef struct {
    char *folder;
    char *file;
} PasswordFile;

static PasswordFile make_password_file(const char *content)
{
    PasswordFile password = {.folder = g_dir_make_tmp("usher-send-XXXXXX", NULL)};
    password.file = g_build_filename(password.folder, "password", NULL);
    g_assert_true(g_file_set_contents(password.file, content, -1, NULL));
    return password;
}

static void password_file_clear(PasswordFile *password)
{
    g_unlink(password->file);
    g_rmdir(password->folder);
    g_free(password->file);
    g_free(password->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PasswordFile, password_file_clear)

static Fate log_in(const char *moves, char *password_file, char **heard)
{
    static char user[] = "usher";
    g_autofree char *script = g_strconcat("> 220 hi\n< EHLO\n> 250-mx.test\n", moves, NULL);
    g_autoptr(Server) server = server_new(script);
    Delivery delivery = make_delivery(server);
    delivery.user = user;
    delivery.password_file = password_file;
    Transport *transport = open_transport(server, &delivery);
    Fate fate = send_mail(transport);
    transport_free(transport);
    server_stop(server);
    *heard = g_strdup(server->heard->str);
    return fate;
}

/* The tab makes libetpan's own reader of EHLO loop for ever. */
static void test_auth_plain(void)
{
    g_auto(PasswordFile) password = make_password_file("s3cret\n");
    g_autofree char *heard = NULL;
    g_auto(Fate) fate =
        log_in("> 250 AUTH LOGIN\tXMAGIC PLAIN\n< AUTH PLAIN\n> 334 \n< AHVzaGVyAHMzY3JldA==\n> 235 ok\n" ACCEPT "> 250 ok\n",
               password.file, &heard);
    g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
}

static void test_auth_login(void)
{
    g_auto(PasswordFile) password = make_password_file("s3cret");
    g_autofree char *heard = NULL;
    g_auto(Fate) fate =
        log_in("> 250 AUTH=LOGIN\n< AUTH LOGIN\n> 334 VXNlcm5hbWU6\n< dXNoZXI=\n> 334 UGFzc3dvcmQ6\n< czNjcmV0\n> 235 ok\n" ACCEPT
               "> 250 ok\n",
               password.file, &heard);
    g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
}

static void test_auth_long_password(void)
{
    g_autofree char *long_password = g_strnfill(1000, 'p');
    g_auto(PasswordFile) password = make_password_file(long_password);
    g_autofree char *heard = NULL;
    g_auto(Fate) fate =
        log_in("> 250 AUTH PLAIN\n< AUTH PLAIN\n> 334 \n< AHVzaGVyAHBwcHB\n> 235 ok\n" ACCEPT "> 250 ok\n", password.file, &heard);
    g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
}

static void check_login_fails(const char *moves, char *password_file, const char *answer)
{
    g_autofree char *heard = NULL;
    g_auto(Fate) fate = log_in(moves, password_file, &heard);
    g_test_message("%s", fate.answer);
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
    g_assert_nonnull(strstr(fate.answer, answer));
    g_assert_null(strstr(fate.answer, "s3cret"));
    g_assert_null(strstr(heard, "MAIL"));
}

static void test_auth_fails(void)
{
    g_auto(PasswordFile) password = make_password_file("s3cret\n");
    g_auto(PasswordFile) empty = make_password_file("\n");
    g_autofree char *too_long = g_strnfill(1025, 'p');
    g_auto(PasswordFile) huge = make_password_file(too_long);
    static char absent[] = "/nonexistent/password";
    check_login_fails("> 250 AUTH PLAIN\n< AUTH\n> 334 \n< \n> 535 5.7.8 wrong\n< QUIT\n", password.file, "535 5.7.8 wrong");
    check_login_fails("> 250 AUTH PLAIN\n< AUTH\n> 454 4.7.0 later\n", password.file, "454 4.7.0 later");
    check_login_fails("> 250 AUTH PLAIN\n< AUTH\n> 334 \n< \n", password.file, "the server closed the connection");
    check_login_fails("> 250 AUTH CRAM-MD5\n", password.file, "offers no login by PLAIN or LOGIN");
    check_login_fails("> 250 SIZE\n", password.file, "offers no login");
    check_login_fails("> 250 AUTH PLAIN\n", empty.file, "does not hold a password");
    check_login_fails("> 250 AUTH PLAIN\n", huge.file, "does not hold a password");
    check_login_fails("> 250 AUTH PLAIN\n", absent, "cannot read the password from \"/nonexistent/password\"");
    check_login_fails("> 250 AUTH PLAIN\n", NULL, "none is named");
}

static void test_shadow(void)
{
    g_autoptr(Server) server = server_new(HELLO);
    Delivery delivery = make_delivery(server);
    delivery.is_shadow = TRUE;
    g_autoptr(Transport) transport = open_transport(server, &delivery);
    g_auto(Fate) fate = send_mail(transport);
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
    server_stop(server);
    g_assert_cmpuint(server->connections, ==, 0);
}

/* ---- Maildir ---- */

typedef struct {
    char *folder;
    char *path;
    Transport *transport;
} Box;

static void box_set_up(Box *box, gconstpointer data)
{
    (void)data;
    box->folder = g_dir_make_tmp("usher-send-XXXXXX", NULL);
    box->path = g_build_filename(box->folder, "deep", "out", NULL);
    Delivery delivery = {.method = DELIVERY_MAILDIR, .maildir = box->path};
    box->transport = transport_new(&delivery);
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name = NULL;
    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_all(inner);
    }
    g_remove(path);
}

static void box_tear_down(Box *box, gconstpointer data)
{
    (void)data;
    transport_free(box->transport);
    remove_all(box->folder);
    g_free(box->path);
    g_free(box->folder);
}

/* The names in a folder of the box, one a line. */
static char *list(const Box *box, const char *name)
{
    g_autofree char *path = g_build_filename(box->path, name, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    GString *names = g_string_new(NULL);
    const char *file = NULL;
    while (folder && (file = g_dir_read_name(folder))) {
        g_string_append_printf(names, "%s\n", file);
    }
    return g_string_free(names, FALSE);
}

static guint count_lines(const char *text)
{
    guint count = 0;
    for (; *text; text++) {
        count += *text == '\n';
    }
    return count;
}

static void test_maildir(Box *box, gconstpointer data)
{
    (void)data;
    g_auto(Fate) fate = send_bytes(box->transport, "", "ann@customer.example", MAIL, strlen(MAIL));
    g_assert_cmpint(fate.result, ==, SEND_DELIVERED);
    g_autofree char *names = list(box, "new");
    g_autofree char *temporary = list(box, "tmp");
    g_assert_cmpuint(count_lines(names), ==, 1);
    g_assert_cmpstr(temporary, ==, "");
    g_autofree char *file = g_build_filename(box->path, "new", g_strchomp(names), NULL);
    g_autofree char *content = NULL;
    g_assert_true(g_file_get_contents(file, &content, NULL, NULL));
    g_assert_cmpstr(content, ==,
                    "Return-Path: <>\nDelivered-To: ann@customer.example\n"
                    "From: enquiries@hartleyfinch.example\nSubject: Thank you\n\nHello.\n.\nGoodbye.\n");
    GStatBuf status;
    g_assert_cmpint(g_stat(file, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

static void test_maildir_again(Box *box, gconstpointer data)
{
    (void)data;
    g_auto(Fate) first = send_bytes(box->transport, "", "ann@customer.example", MAIL, strlen(MAIL));
    g_auto(Fate) again = send_bytes(box->transport, "", "ann@customer.example", MAIL, strlen(MAIL));
    g_assert_cmpint(again.result, ==, SEND_DELIVERED);
    g_assert_true(g_str_has_prefix(again.answer, "already in "));
    g_autofree char *names = list(box, "new");
    g_assert_cmpuint(count_lines(names), ==, 1);
    g_auto(Fate) other = send_bytes(box->transport, "", "bob@customer.example", MAIL, strlen(MAIL));
    g_assert_cmpint(other.result, ==, SEND_DELIVERED);
    g_autofree char *both = list(box, "new");
    g_assert_cmpuint(count_lines(both), ==, 2);
}

static void test_maildir_after_reading(Box *box, gconstpointer data)
{
    (void)data;
    g_auto(Fate) first = send_bytes(box->transport, "", "ann@customer.example", MAIL, strlen(MAIL));
    g_autofree char *name = g_strchomp(list(box, "new"));
    g_autofree char *seen = g_strconcat(name, ":2,RS", NULL);
    g_autofree char *from = g_build_filename(box->path, "new", name, NULL);
    g_autofree char *to = g_build_filename(box->path, "cur", seen, NULL);
    g_assert_cmpint(g_rename(from, to), ==, 0);
    g_auto(Fate) again = send_bytes(box->transport, "", "ann@customer.example", MAIL, strlen(MAIL));
    g_assert_cmpint(again.result, ==, SEND_DELIVERED);
    g_autofree char *names = list(box, "new");
    g_assert_cmpstr(names, ==, "");
}

static void test_maildir_cannot(Box *box, gconstpointer data)
{
    (void)data;
    g_autofree char *in_the_way = g_build_filename(box->folder, "deep", NULL);
    g_assert_true(g_file_set_contents(in_the_way, "", 0, NULL));
    g_auto(Fate) fate = send_bytes(box->transport, "", "ann@customer.example", MAIL, strlen(MAIL));
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_assert_true(fate.is_down);
    g_assert_nonnull(strstr(fate.answer, "(delivery: maildir)"));
    g_auto(Fate) unsafe = send_bytes(box->transport, "", "a@b.example\nX: y", MAIL, strlen(MAIL));
    g_assert_cmpint(unsafe.result, ==, SEND_REFUSED);
}

/* A full disk: the file does not grow beyond 64 KiB. What was begun does not stay. */
static void test_maildir_full(Box *box, gconstpointer data)
{
    (void)data;
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    struct rlimit small = {.rlim_cur = 65536, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    g_autofree char *body = g_strnfill(100000, 'a');
    g_auto(Fate) fate = send_bytes(box->transport, "", "ann@customer.example", body, strlen(body));
    setrlimit(RLIMIT_FSIZE, &before);
    g_assert_cmpint(fate.result, ==, SEND_LATER);
    g_autofree char *temporary = list(box, "tmp");
    g_autofree char *names = list(box, "new");
    g_assert_cmpstr(temporary, ==, "");
    g_assert_cmpstr(names, ==, "");
}

/* ---- by hand against a real server ---- */

static TlsMode read_tls_mode(void)
{
    const char *word = g_getenv("USHER_SEND_TLS");
    return g_strcmp0(word, "starttls") == 0 ? TLS_STARTTLS : g_strcmp0(word, "implicit") == 0 ? TLS_IMPLICIT : TLS_NONE;
}

static guint read_number(const char *name, guint otherwise)
{
    const char *text = g_getenv(name);
    return text ? (guint)g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static char *dup_environment(const char *name, const char *otherwise)
{
    const char *text = g_getenv(name);
    return g_strdup(text ? text : otherwise);
}

static void send_numbered(Transport *transport, guint number)
{
    static const char *const words[] = {"delivered", "later", "unknown", "refused"};
    g_autofree char *from = dup_environment("USHER_SEND_FROM", "");
    g_autofree char *to = dup_environment("USHER_SEND_TO", "ann@customer.example");
    g_autofree char *prefix = dup_environment("USHER_SEND_ID", "mail");
    g_autofree char *id = g_strdup_printf("%s-%u@hartleyfinch.example", prefix, number);
    g_autofree char *text = g_strdup_printf(
        "From: enquiries@hartleyfinch.example\r\nTo: %s\r\nMessage-ID: <%s>\r\nSubject: Mail %u\r\n\r\nHello.\r\n.\r\n", to, id,
        number);
    g_autoptr(GBytes) mail = g_bytes_new(text, strlen(text));
    g_autofree char *answer = NULL;
    SendResult result = transport_send(transport, from, to, id, mail, &answer);
    g_print("%s%s: %s\n", words[result], transport_is_down(transport) ? " down" : "", answer);
}

static int send_by_environment(const char *host)
{
    g_autofree char *name = g_strdup(host);
    g_autofree char *user = dup_environment("USHER_SEND_USER", NULL);
    g_autofree char *password_file = dup_environment("USHER_SEND_PASSWORD_FILE", NULL);
    g_autofree char *ca_file = dup_environment("USHER_SEND_CA_FILE", NULL);
    Delivery delivery = {
        .method = DELIVERY_SMTP, .smtp_host = name, .user = user, .password_file = password_file, .ca_file = ca_file};
    delivery.smtp_port = read_number("USHER_SEND_PORT", 25);
    delivery.tls = read_tls_mode();
    g_autoptr(Transport) transport = transport_new(&delivery);
    transport_set_patience(transport, 20, 20);
    guint count = read_number("USHER_SEND_COUNT", 1);
    for (guint i = 1; i <= count; i++) {
        send_numbered(transport, i);
    }
    return 0;
}

static void add_answers(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *path = g_strconcat("/send/answer/", answers[i].name, NULL);
        g_test_add_data_func(path, &answers[i], test_answer);
    }
}

static void add_maildir(const char *path, void (*test)(Box *, gconstpointer))
{
    g_test_add(path, Box, NULL, box_set_up, test, box_tear_down);
}

int main(int argc, char **argv)
{
    token_open();
    if (g_getenv("USHER_SEND_HOST")) {
        return send_by_environment(g_getenv("USHER_SEND_HOST"));
    }
    signal(SIGXFSZ, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/send/delivers", test_delivers);
    g_test_add_func("/send/line-ends", test_line_ends);
    g_test_add_func("/send/keeps-session", test_keeps_session);
    g_test_add_func("/send/pipelining", test_pipelining);
    g_test_add_func("/send/pipelining/refused", test_pipelining_refused);
    g_test_add_func("/send/pipelining/insists", test_pipelining_insists);
    add_answers();
    g_test_add_func("/send/no-listener", test_no_listener);
    g_test_add_func("/send/after-cancel", test_after_cancel);
    g_test_add_func("/send/lost-in-content", test_lost_in_content);
    g_test_add_func("/send/doubt/closed-while-kept", test_closed_while_kept);
    g_test_add_func("/send/doubt/told-to-go-while-kept", test_told_to_go_while_kept);
    g_test_add_func("/send/doubt/answer-too-many", test_answer_too_many);
    g_test_add_func("/send/doubt/reset-fails", test_reset_fails);
    g_test_add_func("/send/doubt/gone-twice", test_gone_twice);
    g_test_add_func("/send/unsafe-addresses", test_unsafe_addresses);
    g_test_add_func("/send/size", test_size);
    g_test_add_func("/send/8bit", test_8bit);
    g_test_add_func("/send/international-addresses", test_international_addresses);
    g_test_add_func("/send/starttls/not-offered", test_starttls_not_offered);
    g_test_add_func("/send/starttls/injection", test_starttls_injection);
    g_test_add_func("/send/starttls/is-no-tls", test_starttls_is_no_tls);
    g_test_add_func("/send/auth/plain", test_auth_plain);
    g_test_add_func("/send/auth/login", test_auth_login);
    g_test_add_func("/send/auth/long-password", test_auth_long_password);
    g_test_add_func("/send/auth/fails", test_auth_fails);
    g_test_add_func("/send/shadow", test_shadow);
    add_maildir("/send/maildir", test_maildir);
    add_maildir("/send/maildir/again", test_maildir_again);
    add_maildir("/send/maildir/after-reading", test_maildir_after_reading);
    add_maildir("/send/maildir/cannot", test_maildir_cannot);
    add_maildir("/send/maildir/full", test_maildir_full);
    return g_test_run();
}
