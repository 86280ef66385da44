/*
 * send.h - bytes -> a server or a Maildir (libetpan over GIO stays inside)
 *
 * A transport is opened once and used for many mails. It belongs to one thread.
 */
#ifndef USHER_SEND_H
#define USHER_SEND_H

#include "usher/rulebook/settings.h"

typedef struct Transport Transport;

typedef enum {
    SEND_DELIVERED, /* the server took it (2xx to the final dot), or it lies in the Maildir */
    SEND_LATER,     /* 4xx, no connection, lost before the final dot: try again */
    SEND_UNKNOWN,   /* lost after the final dot: it may be there; the next try has the same Message-ID */
    SEND_REFUSED,   /* 5xx to this mail: final */
} SendResult;

#define SEND_STEP_S 60 /* to open a session with TLS and login; for the answers to MAIL, RCPT and DATA together */
#define SEND_FINAL_S                                                                                                               \
    300 /* for the content to be taken; for the answer to its final dot (RFC 5321 section 4.5.3.2 would give 600) */
#define SEND_LONGEST_S (3 * SEND_STEP_S + 2 * SEND_FINAL_S) /* no transport_send takes longer */

/* Opens nothing yet; connects with the first mail. */
Transport *transport_new(const Delivery *delivery);
void transport_free(Transport *transport); /* QUITs an open session; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transport, transport_free)

/*
 * Sends one mail to one recipient. envelope_from is "" for the null sender. *answer (owned by the caller) is the server's last words or what happened,
 * one line. A session is kept for the next mail, ended after 100 mails or 30 s of idleness (when next looked at) or any doubt about its state. The server's certificate and name are verified whenever
 * TLS is asked for; STARTTLS that is not offered is SEND_LATER with an answer that says so, never plain text. A password goes over TLS or loopback only. A server that
 * refuses our login is SEND_LATER: it is our fault, not the mail's. An address with
 * control characters, blanks or angle brackets is SEND_REFUSED before anything is sent. With delivery->is_shadow everything is SEND_LATER.
 */
SendResult transport_send(Transport *transport, const char *envelope_from, const char *envelope_to, const char *message_id,
                          GBytes *mail, char **answer);

/* TRUE when the last SEND_LATER was about the connection or login and not about the mail: others would meet the same now. */
gboolean transport_is_down(const Transport *transport);

/*
 * Makes transport_send return soon with SEND_LATER, now and ever after; from any thread. A mail whose final dot is out has five more seconds for its answer, and
 * is SEND_UNKNOWN without one.
 */
void transport_cancel(Transport *transport);
gboolean transport_is_cancelled(const Transport *transport);

/* Ends a kept session that has been idle too long or that the server has ended. For the pauses between mails. */
void transport_rest(Transport *transport);

/* Other limits than SEND_STEP_S and SEND_FINAL_S, at least 1. For tests. */
void transport_set_patience(Transport *transport, guint step_s, guint final_s);

#endif
