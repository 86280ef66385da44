/*
 * send/stream.c - a connection that libetpan reads and writes through, over GIO
 *
 * Takes a host and a port; gives a mailstream. A failure closes nothing by itself: reads and writes give -1 from then on where
 * they cannot go on, and stream_get_failure says why in a sentence.
 *
 * libetpan's own streams verify no certificate, abort the process on a descriptor above 1023, take any signal for an error, have no timeout
 * on plain sockets and spin at the end of a connection. GIO's streams do none of that. What GIO does not do is done here: a step has a deadline in all, however slowly
 * its bytes come in, and an answer has a greatest length, because libetpan keeps reading as long as there is no line end.
 */
#include "stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "usher/base/error.h"

#define BUFFER_BYTES 8192
#define MAX_ANSWER_BYTES (64 * 1024)
#define CONNECT_S 15 /* for one address of a host */
#define GRACE_S 5    /* for a decisive answer after a cancel */

struct Stream {
    GCancellable *cancellable;
    GSocketConnection *connection;
    GSocket *socket; /* of the connection */
    GIOStream *tls;  /* NULL: plain */
    GTlsCertificateFlags certificate_errors;
    GInputStream *in; /* of tls or connection */
    GOutputStream *out;
    mailstream *buffered; /* NULL once libetpan has closed it */
    gint64 deadline_us;
    guint socket_timeout_s;
    gsize answer_bytes;
    gboolean is_decisive;
    char *failure;
};

static Stream *stream_of(mailstream_low *low)
{
    return low->data;
}

static ssize_t fail(Stream *stream, const char *what)
{
    if (!stream->failure) {
        stream->failure = g_strdup(what);
    }
    return -1;
}

static ssize_t fail_by_error(Stream *stream, const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
        return fail(stream, "no answer from the server within the time allowed");
    }
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        return fail(stream, "stopped while waiting for the server");
    }
    return fail(stream, error->message);
}

static gint64 get_remaining_us(const Stream *stream)
{
    return MAX(stream->deadline_us - g_get_monotonic_time(), 0);
}

/* GSocket counts in whole seconds and for each operation alone: so it is set anew before each, rounded up. */
static gboolean arm_timeout(Stream *stream)
{
    gint64 remaining_us = get_remaining_us(stream);
    if (remaining_us == 0) {
        return FALSE;
    }
    guint timeout_s = (guint)((remaining_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
    if (timeout_s != stream->socket_timeout_s) {
        g_socket_set_timeout(stream->socket, timeout_s);
        stream->socket_timeout_s = timeout_s;
    }
    return TRUE;
}

/* ---- what libetpan calls ---- */

/* Waits for the decisive answer as long as nobody cancels, and a little longer when somebody does. */
static void await_decisive_answer(Stream *stream)
{
    if (g_pollable_input_stream_is_readable(G_POLLABLE_INPUT_STREAM(stream->in))) {
        return;
    }
    g_socket_condition_timed_wait(stream->socket, G_IO_IN, get_remaining_us(stream), stream->cancellable, NULL);
    if (g_cancellable_is_cancelled(stream->cancellable)) {
        stream->deadline_us = MIN(stream->deadline_us, g_get_monotonic_time() + GRACE_S * G_USEC_PER_SEC);
    }
}

/* The end of the connection is -1: at 0 libetpan would go on reading. */
static ssize_t read_low(mailstream_low *low, void *buffer, size_t size)
{
    Stream *stream = stream_of(low);
    if (stream->answer_bytes >= MAX_ANSWER_BYTES) {
        return fail(stream, "the server's answer is endless");
    }
    if (stream->is_decisive) {
        await_decisive_answer(stream);
    }
    if (!arm_timeout(stream)) {
        return fail(stream, "no answer from the server within the time allowed");
    }
    g_autoptr(GError) error = NULL;
    gssize count = g_input_stream_read(stream->in, buffer, size, stream->is_decisive ? NULL : stream->cancellable, &error);
    if (count < 0) {
        return fail_by_error(stream, error);
    }
    if (count == 0) {
        return fail(stream, "the server closed the connection");
    }
    stream->answer_bytes += (gsize)count;
    return count;
}

static ssize_t write_low(mailstream_low *low, const void *buffer, size_t size)
{
    Stream *stream = stream_of(low);
    if (!arm_timeout(stream)) {
        return fail(stream, "the server did not take the mail within the time allowed");
    }
    g_autoptr(GError) error = NULL;
    gssize count = g_output_stream_write(stream->out, buffer, size, stream->cancellable, &error);
    return count < 0 ? fail_by_error(stream, error) : count;
}

static int close_low(mailstream_low *low)
{
    Stream *stream = stream_of(low);
    g_socket_set_timeout(stream->socket, 1);
    g_io_stream_close(stream->tls ? stream->tls : G_IO_STREAM(stream->connection), NULL, NULL);
    return 0;
}

static void free_low(mailstream_low *low)
{
    stream_of(low)->buffered = NULL;
    free(low);
}

static int get_fd_low(mailstream_low *low)
{
    return g_socket_get_fd(stream_of(low)->socket);
}

static mailstream_low_driver driver = {
    .mailstream_read = read_low,
    .mailstream_write = write_low,
    .mailstream_close = close_low,
    .mailstream_free = free_low,
    .mailstream_get_fd = get_fd_low,
};

mailstream *stream_make_mailstream(Stream *stream)
{
    g_return_val_if_fail(!stream->buffered, NULL);
    mailstream_low *low = mailstream_low_new(stream, &driver);
    stream->buffered = low ? mailstream_new(low, BUFFER_BYTES) : NULL;
    if (!stream->buffered) {
        g_error("out of memory");
    }
    return stream->buffered;
}

/* ---- opening ---- */

static void use_streams(Stream *stream, GIOStream *io)
{
    stream->in = g_io_stream_get_input_stream(io);
    stream->out = g_io_stream_get_output_stream(io);
}

Stream *stream_open(const char *host, guint port, guint patience_s, GCancellable *cancellable, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, MIN(patience_s, CONNECT_S));
    g_autoptr(GSocketConnectable) address = g_network_address_new(host, (guint16)port);
    g_autoptr(GError) cause = NULL;
    g_autoptr(Stream) stream = g_new0(Stream, 1);
    stream->cancellable = g_object_ref(cancellable);
    stream_begin_step(stream, patience_s);
    stream->connection = g_socket_client_connect(client, address, cancellable, &cause);
    if (!stream->connection) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "no connection to \"%s\" port %u: %s", host, port, cause->message);
        return NULL;
    }
    stream->socket = g_socket_connection_get_socket(stream->connection);
    /* Without it each small write waits for the other side's delayed acknowledgement: 40 ms. */
    g_socket_set_option(stream->socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
    use_streams(stream, G_IO_STREAM(stream->connection));
    return g_steal_pointer(&stream);
}

void stream_free(Stream *stream)
{
    if (!stream) {
        return;
    }
    g_clear_pointer(&stream->buffered, mailstream_close);
    g_clear_object(&stream->tls);
    g_clear_object(&stream->connection);
    g_clear_object(&stream->cancellable);
    g_free(stream->failure);
    g_free(stream);
}

/* ---- TLS ---- */

static gboolean note_certificate_errors(GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags errors,
                                        gpointer data)
{
    (void)tls;
    (void)certificate;
    ((Stream *)data)->certificate_errors = errors;
    return FALSE;
}

static char *describe_certificate_errors(GTlsCertificateFlags errors)
{
    static const struct {
        GTlsCertificateFlags flag;
        const char *text;
    } texts[] = {
        {G_TLS_CERTIFICATE_UNKNOWN_CA, "it is not signed by an authority we know (smtp: ca_file)"},
        {G_TLS_CERTIFICATE_BAD_IDENTITY, "it is for another name (smtp: host)"},
        {G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet"},
        {G_TLS_CERTIFICATE_EXPIRED, "it has expired"},
        {G_TLS_CERTIFICATE_REVOKED, "it has been revoked"},
        {G_TLS_CERTIFICATE_INSECURE, "its algorithm is insecure"},
        {G_TLS_CERTIFICATE_GENERIC_ERROR, "it is not valid"},
    };
    g_autoptr(GString) all = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (errors & texts[i].flag) {
            g_string_append_printf(all, "%s%s", all->len ? "; " : "", texts[i].text);
        }
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static gboolean use_authorities(GTlsConnection *tls, const char *ca_file, GError **error)
{
    if (!ca_file) {
        return TRUE;
    }
    g_autoptr(GError) cause = NULL;
    g_autoptr(GTlsDatabase) database = g_tls_file_database_new(ca_file, &cause);
    if (!database) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "cannot read the certificate authorities in \"%s\": %s", ca_file,
                    cause->message);
        return FALSE;
    }
    g_tls_connection_set_database(tls, database);
    return TRUE;
}

static void set_handshake_error(const Stream *stream, const char *host, const GError *cause, GError **error)
{
    if (stream->certificate_errors) {
        g_autofree char *what = describe_certificate_errors(stream->certificate_errors);
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "the certificate of \"%s\" is refused: %s", host, what);
    } else {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "no TLS with \"%s\": %s", host, cause->message);
    }
}

gboolean stream_start_tls(Stream *stream, const char *host, const char *ca_file, GError **error)
{
    if (!g_tls_backend_supports_tls(g_tls_backend_get_default())) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY,
                    "TLS is asked for, but GLib has none: install the package \"glib-networking\"");
        return FALSE;
    }
    g_autoptr(GSocketConnectable) identity = g_network_address_new(host, 0);
    g_autoptr(GError) cause = NULL;
    g_autoptr(GIOStream) tls = g_tls_client_connection_new(G_IO_STREAM(stream->connection), identity, &cause);
    if (!tls) {
        set_handshake_error(stream, host, cause, error);
        return FALSE;
    }
    if (!use_authorities(G_TLS_CONNECTION(tls), ca_file, error)) {
        return FALSE;
    }
    g_signal_connect(tls, "accept-certificate", G_CALLBACK(note_certificate_errors), stream);
    arm_timeout(stream);
    gboolean is_safe = g_tls_connection_handshake(G_TLS_CONNECTION(tls), stream->cancellable, &cause);
    g_signal_handlers_disconnect_by_data(tls, stream);
    if (!is_safe) {
        set_handshake_error(stream, host, cause, error);
        return FALSE;
    }
    stream->tls = g_steal_pointer(&tls);
    use_streams(stream, stream->tls);
    return TRUE;
}

/* ---- state ---- */

void stream_begin_step(Stream *stream, guint patience_s)
{
    stream->deadline_us = g_get_monotonic_time() + (gint64)patience_s * G_USEC_PER_SEC;
    stream->answer_bytes = 0;
    stream->is_decisive = FALSE;
}

void stream_begin_decisive_step(Stream *stream, guint patience_s)
{
    stream_begin_step(stream, patience_s);
    stream->is_decisive = TRUE;
}

gboolean stream_is_encrypted(const Stream *stream)
{
    return stream->tls != NULL;
}

gboolean stream_is_loopback(const Stream *stream)
{
    g_autoptr(GSocketAddress) remote = g_socket_get_remote_address(stream->socket, NULL);
    return G_IS_INET_SOCKET_ADDRESS(remote) &&
           g_inet_address_get_is_loopback(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(remote)));
}

char *stream_make_literal(const Stream *stream)
{
    g_autoptr(GSocketAddress) local = g_socket_get_local_address(stream->socket, NULL);
    if (!G_IS_INET_SOCKET_ADDRESS(local)) {
        return g_strdup("[127.0.0.1]");
    }
    GInetAddress *address = g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(local));
    g_autofree char *text = g_inet_address_to_string(address);
    gboolean is_ipv6 = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6;
    return g_strdup_printf("[%s%s]", is_ipv6 ? "IPv6:" : "", text);
}

gboolean stream_is_quiet(const Stream *stream)
{
    return stream->buffered && stream->buffered->read_buffer_len == 0 &&
           !g_pollable_input_stream_is_readable(G_POLLABLE_INPUT_STREAM(stream->in));
}

const char *stream_get_failure(const Stream *stream)
{
    return stream->failure;
}
