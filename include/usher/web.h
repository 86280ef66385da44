/*
 * web.h - the pages that strangers may open: the one on which they unsubscribe (libmicrohttpd stays inside)
 *
 * What the pages know and do stands behind a desk of three functions, so that nothing here knows the record. Reading a page changes nothing, ever: scanners follow
 * every link of a mail. Only a POST with a body acts: the one click of a mail program (RFC 8058) or the form of the page.
 */
#ifndef USHER_WEB_H
#define USHER_WEB_H

#include "usher/model/suppression.h"
#include "usher/rulebook/rulebook.h"

#define WEB_MAX_BODY_BYTES 4096

/* ---- form.c ---- */

/* What a body asks for. */
typedef enum {
    WEB_ASKS_NOTHING,   /* not one of the two below */
    WEB_ASKS_ONE_CLICK, /* "List-Unsubscribe=One-Click" */
    WEB_ASKS_SCOPE,     /* the page's form: "scope=marketing" */
} WebAsk;

/*
 * Reads a body of application/x-www-form-urlencoded (when content_type is NULL, too) or multipart/form-data (RFC 7578). *scope is set for WEB_ASKS_SCOPE. Any bytes may come.
 */
WebAsk web_read_form(const char *content_type, const char *body, gsize length, SuppressionScope *scope);

/* ---- page.c ---- */

/* What a mark stands for. */
typedef struct {
    char *address;
    char *cadence; /* NULL: the mail was of none */
} WebLeave;
void web_leave_free(WebLeave *leave); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebLeave, web_leave_free)

/* "p...@northgatebakery.example": the page may be opened by others than who got the mail. Owned by the caller. */
char *web_mask_address(const char *address);

/*
 * One of the pages (rulebook->pages) as HTML or as plain text. `leave` is NULL on PAGE_UNKNOWN; `scope` counts on PAGE_DONE. NULL with USHER_ERROR_INPUT when it cannot be
 * rendered. Owned by the caller.
 */
char *web_make_page(const Rulebook *rulebook, PageKind page, const WebLeave *leave, SuppressionScope scope, gboolean is_html,
                    GError **error);

/* The Content-Security-Policy of a page: nothing from anywhere, its own style by its hash. Owned by the caller. */
char *web_make_policy(const char *html);

/* ---- server.c ---- */

/* All of them are called by one thread. FALSE with an error: it cannot be said or done now, the visitor is asked to come again. */
typedef struct {
    /* *leave (owned by the caller) is NULL when no mail has that token. Reads only. */
    gboolean (*find)(const char *token, WebLeave **leave, gpointer data, GError **error);
    /* The recipient of that mail wants to be left alone. *is_known is FALSE when no mail has that token. */
    gboolean (*leave)(const char *token, SuppressionScope scope, gboolean is_one_click, gboolean *is_known, gpointer data,
                      GError **error);
    gpointer data;
} WebDesk;

typedef struct WebServer WebServer;

/*
 * Listens at "127.0.0.1:8025", "[::1]:8025" or "unix:/run/usher/web.sock" and answers from a thread of its own. The desk is copied. NULL with USHER_ERROR_RETRY when the
 * place is taken or cannot be had.
 */
WebServer *web_server_open(const char *listen, const WebDesk *desk, Rulebook *take_rulebook, GError **error);
/* Another rulebook from the next request on. */
void web_server_use(WebServer *server, Rulebook *take_rulebook);
/* Ends what has been connected for too long. To be called every second or so. */
void web_server_drop_slow(WebServer *server);
void web_server_close(WebServer *server); /* NULL is fine */

#endif
