/*
 * web/server.c - a small HTTP server for pages that strangers open (the one home of libmicrohttpd)
 *
 * One thread answers all requests, one after the other: what they ask for takes microseconds, and nobody is to get more of the machine by asking more often. Everything
 * a visitor controls has a limit: connections, headers, the body, how long they are silent, and how long they are here at all. libmicrohttpd counts silence only; who sends a
 * byte now and then is put out by web_server_drop_slow.
 *
 * GET, HEAD and OPTIONS change nothing. A token is never logged, only a part of its digest.
 */
#include "usher/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "usher/base/error.h"
#include "usher/base/token.h"
#include "usher/model/mail.h"

#define MOST_CONNECTIONS 200
#define MOST_OF_ADDRESS 20 /* where visitors come by themselves; a proxy has one address for all of them */
#define SILENCE_S 10
#define STAY_S 30
#define MEMORY_BYTES 16384 /* of one connection: its headers */
#define BACKLOG 128
#define LEAVE_PATH "/u/"

struct WebServer {
    struct MHD_Daemon *daemon;
    WebDesk desk;
    char *socket_path; /* NULL: TCP */
    GMutex lock;       /* over all below */
    Rulebook *rulebook;
    GHashTable *stays; /* socket -> gint64*, when it came */
};

typedef struct {
    GString *body;
    gboolean is_too_long;
} Request;

/* ---- answering ---- */

static enum MHD_Result answer(struct MHD_Connection *connection, guint status, const char *type, const char *policy,
                              const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), (void *)(guintptr)text, MHD_RESPMEM_MUST_COPY);
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Type", type},
        {"Content-Security-Policy", policy},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"X-Robots-Tag", "noindex, nofollow"},
        {"Cache-Control", "no-store"},
        {"Connection", "close"},
        {"Allow", status == MHD_HTTP_METHOD_NOT_ALLOWED || status == MHD_HTTP_NO_CONTENT ? "GET, HEAD, POST, OPTIONS" : NULL},
        {"Retry-After", status == MHD_HTTP_SERVICE_UNAVAILABLE ? "60" : NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
        if (headers[i].value != NULL)
            MHD_add_response_header(response, headers[i].name, headers[i].value);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, guint status, const char *text)
{
    return answer(connection, status, "text/plain; charset=utf-8", "default-src 'none'", text);
}

static enum MHD_Result answer_later(struct MHD_Connection *connection, const GError *error)
{
    g_warning("a page cannot be served now: %s", error->message);
    return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                       "Please try again in a minute, or reply \"stop\" to any mail of ours.\n");
}

static gboolean wants_html(struct MHD_Connection *connection)
{
    const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
    return accept != NULL && strstr(accept, "text/html") != NULL;
}

static enum MHD_Result answer_page(const WebServer *server, struct MHD_Connection *connection, guint status, PageKind page,
                                   const WebLeave *leave, SuppressionScope scope)
{
    g_autoptr(GError) error = NULL;
    gboolean is_html = wants_html(connection);
    g_autofree char *text = web_make_page(server->rulebook, page, leave, scope, is_html, &error);
    if (text == NULL)
        return answer_later(connection, error);
    g_autofree char *policy = is_html ? web_make_policy(text) : g_strdup("default-src 'none'");
    return answer(connection, status, is_html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8", policy, text);
}

/* ---- unsubscribing ---- */

/* For the log: who knows the token finds it, who reads the log does not find the token. Owned by the caller. */
static char *show_token(const char *token)
{
    char *digest = token_digest_bytes(token, strlen(token));
    digest[12] = '\0';
    return digest;
}

static enum MHD_Result leave(const WebServer *server, struct MHD_Connection *connection, const char *token, const WebLeave *who,
                             SuppressionScope scope, gboolean is_one_click)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *shown = show_token(token);
    /* A mail that is of no sequence has none to leave. */
    SuppressionScope taken = scope == SCOPE_SEQUENCE && who->cadence == NULL ? SCOPE_MARKETING : scope;
    gboolean is_known = FALSE;
    if (!server->desk.leave(token, taken, is_one_click, &is_known, server->desk.data, &error))
        return answer_later(connection, error);
    g_message("unsubscribed: %s, %s%s", shown, scope_get_name(taken), is_one_click ? ", by one click" : "");
    return answer_page(server, connection, MHD_HTTP_OK, PAGE_DONE, who, taken);
}

static enum MHD_Result take_post(const WebServer *server, struct MHD_Connection *connection, const char *token, const WebLeave *who,
                                 const Request *request)
{
    SuppressionScope scope = server->rulebook->manners.one_click;
    const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    WebAsk ask = web_read_form(type, request->body->str, request->body->len, &scope);
    if (ask == WEB_ASKS_NOTHING)
        return answer_page(server, connection, MHD_HTTP_BAD_REQUEST, PAGE_LEAVE, who, scope);
    return leave(server, connection, token, who, scope, ask == WEB_ASKS_ONE_CLICK);
}

static enum MHD_Result serve_leave(const WebServer *server, struct MHD_Connection *connection, const char *token,
                                   const char *method, const Request *request)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(WebLeave) who = NULL;
    if (unsubscribe_is_token(token) && !server->desk.find(token, &who, server->desk.data, &error))
        return answer_later(connection, error);
    if (who == NULL)
        return answer_page(server, connection, MHD_HTTP_NOT_FOUND, PAGE_UNKNOWN, NULL, SCOPE_ALL);
    if (strcmp(method, MHD_HTTP_METHOD_POST) == 0)
        return take_post(server, connection, token, who, request);
    return answer_page(server, connection, MHD_HTTP_OK, PAGE_LEAVE, who, SCOPE_ALL);
}

/* ---- requests ---- */

static enum MHD_Result serve_health(const WebServer *server, struct MHD_Connection *connection)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(WebLeave) nobody = NULL;
    if (!server->desk.find("", &nobody, server->desk.data, &error))
        return answer_later(connection, error);
    return answer_text(connection, MHD_HTTP_OK, "ok\n");
}

static gboolean is_known_method(const char *method)
{
    static const char *const methods[] = {MHD_HTTP_METHOD_GET, MHD_HTTP_METHOD_HEAD, MHD_HTTP_METHOD_POST, MHD_HTTP_METHOD_OPTIONS,
                                          NULL};
    return g_strv_contains(methods, method);
}

static enum MHD_Result serve(const WebServer *server, struct MHD_Connection *connection, const char *path, const char *method,
                             const Request *request)
{
    if (!is_known_method(method))
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "This can be read, and a form can be posted; nothing else.\n");
    if (strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0)
        return answer_text(connection, MHD_HTTP_NO_CONTENT, "");
    if (g_str_has_prefix(path, LEAVE_PATH))
        return serve_leave(server, connection, path + strlen(LEAVE_PATH), method, request);
    if (strcmp(path, "/health") == 0 && strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return serve_health(server, connection);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "There is nothing here.\n");
}

static Request *request_new(struct MHD_Connection *connection)
{
    Request *request = g_new0(Request, 1);
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    request->body = g_string_new(NULL);
    request->is_too_long = length != NULL && g_ascii_strtoull(length, NULL, 10) > WEB_MAX_BODY_BYTES;
    return request;
}

static void take_body(Request *request, const char *bytes, gsize length)
{
    request->is_too_long |= request->body->len + length > WEB_MAX_BODY_BYTES;
    if (!request->is_too_long)
        g_string_append_len(request->body, bytes, (gssize)length);
}

/* libmicrohttpd calls it when the headers are there, with each piece of the body, and at the end. */
static enum MHD_Result take_request(void *data, struct MHD_Connection *connection, const char *path, const char *method,
                                    const char *version G_GNUC_UNUSED, const char *bytes, size_t *length, void **kept)
{
    WebServer *server = data;
    Request *request = *kept;
    if (request == NULL) {
        *kept = request = request_new(connection);
        return request->is_too_long ? answer_text(connection, MHD_HTTP_CONTENT_TOO_LARGE, "That is too long.\n") : MHD_YES;
    }
    if (*length > 0) {
        take_body(request, bytes, *length);
        *length = 0;
        return MHD_YES;
    }
    if (request->is_too_long)
        return answer_text(connection, MHD_HTTP_CONTENT_TOO_LARGE, "That is too long.\n");
    g_mutex_lock(&server->lock);
    enum MHD_Result result = serve(server, connection, path, method, request);
    g_mutex_unlock(&server->lock);
    return result;
}

static void end_request(void *data G_GNUC_UNUSED, struct MHD_Connection *connection G_GNUC_UNUSED, void **kept,
                        enum MHD_RequestTerminationCode why G_GNUC_UNUSED)
{
    Request *request = *kept;
    *kept = NULL;
    if (request == NULL)
        return;
    g_string_free(request->body, TRUE);
    g_free(request);
}

/* ---- connections ---- */

static void note_connection(void *data, struct MHD_Connection *connection, void **kept G_GNUC_UNUSED,
                            enum MHD_ConnectionNotificationCode what)
{
    WebServer *server = data;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    gpointer socket_key = GINT_TO_POINTER(info->connect_fd + 1);
    g_mutex_lock(&server->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        gint64 *since = g_new(gint64, 1);
        *since = g_get_monotonic_time();
        g_hash_table_insert(server->stays, socket_key, since);
    } else {
        g_hash_table_remove(server->stays, socket_key);
    }
    g_mutex_unlock(&server->lock);
}

/* A socket that stands in the table is open: libmicrohttpd tells of its end before it closes it. */
void web_server_drop_slow(WebServer *server)
{
    GHashTableIter iter;
    gpointer key, value;
    g_mutex_lock(&server->lock);
    g_hash_table_iter_init(&iter, server->stays);
    while (g_hash_table_iter_next(&iter, &key, &value))
        if (g_get_monotonic_time() - *(const gint64 *)value > STAY_S * G_USEC_PER_SEC)
            shutdown(GPOINTER_TO_INT(key) - 1, SHUT_RDWR);
    g_mutex_unlock(&server->lock);
}

/* ---- the place ---- */

static int listen_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    unlink(path);
    if (listener >= 0 && (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0660) != 0 ||
                          listen(listener, BACKLOG) != 0)) {
        close(listener);
        listener = -1;
    }
    return listener;
}

static int listen_at(const struct addrinfo *place)
{
    int is_on = 1;
    int listener = socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener >= 0 && (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &is_on, sizeof is_on) != 0 ||
                          bind(listener, place->ai_addr, place->ai_addrlen) != 0 || listen(listener, BACKLOG) != 0)) {
        close(listener);
        listener = -1;
    }
    return listener;
}

/* "127.0.0.1:8025", "[::1]:8025" */
static int listen_tcp(const char *place)
{
    const char *colon = strrchr(place, ':');
    gboolean is_bracketed = *place == '[' && colon > place + 1 && colon[-1] == ']';
    g_autofree char *host =
        is_bracketed ? g_strndup(place + 1, (gsize)(colon - place - 2)) : g_strndup(place, (gsize)(colon - place));
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int listener = -1;
    if (getaddrinfo(host, colon + 1, &wanted, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    for (const struct addrinfo *at = found; at != NULL && listener < 0; at = at->ai_next)
        listener = listen_at(at);
    freeaddrinfo(found);
    return listener;
}

static gboolean is_local(const char *place)
{
    return g_str_has_prefix(place, "unix:") || g_str_has_prefix(place, "127.") || g_str_has_prefix(place, "[::1]") ||
           g_str_has_prefix(place, "localhost:");
}

/* ---- the server ---- */

static G_GNUC_PRINTF(2, 0) void log_library(void *data G_GNUC_UNUSED, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    g_debug("libmicrohttpd: %s", g_strchomp(text));
}

static struct MHD_Daemon *start_daemon(WebServer *server, int listener, const char *place)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, take_request, server, MHD_OPTION_EXTERNAL_LOGGER,
        log_library, NULL, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)MOST_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned int)(is_local(place) ? 0 : MOST_OF_ADDRESS), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)SILENCE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES, MHD_OPTION_NOTIFY_COMPLETED, end_request,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, note_connection, server, MHD_OPTION_END);
}

WebServer *web_server_open(const char *place, const WebDesk *desk, Rulebook *take_rulebook, GError **error)
{
    WebServer *server = g_new0(WebServer, 1);
    gboolean is_unix = g_str_has_prefix(place, "unix:");
    server->desk = *desk;
    server->rulebook = take_rulebook;
    server->stays = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_mutex_init(&server->lock);
    int listener = is_unix ? listen_unix(place + 5) : listen_tcp(place);
    if (listener >= 0 && is_unix)
        server->socket_path = g_strdup(place + 5);
    server->daemon = listener >= 0 ? start_daemon(server, listener, place) : NULL;
    if (server->daemon != NULL)
        return server;
    g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "web pages cannot be served at \"%s\": %s", place, g_strerror(errno));
    if (listener >= 0)
        close(listener);
    web_server_close(server);
    return NULL;
}

void web_server_use(WebServer *server, Rulebook *take_rulebook)
{
    g_mutex_lock(&server->lock);
    Rulebook *old = server->rulebook;
    server->rulebook = take_rulebook;
    g_mutex_unlock(&server->lock);
    rulebook_free(old);
}

void web_server_close(WebServer *server)
{
    if (server == NULL)
        return;
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    if (server->socket_path != NULL)
        unlink(server->socket_path);
    g_free(server->socket_path);
    rulebook_free(server->rulebook);
    g_hash_table_unref(server->stays);
    g_mutex_clear(&server->lock);
    g_free(server);
}
