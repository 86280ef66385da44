/*
 * send/smtp.h - one SMTP session (RFC 5321) with a server, for many mails
 */
#ifndef USHER_SEND_SMTP_H
#define USHER_SEND_SMTP_H

#include <gio/gio.h>

#include "usher/send.h"

typedef struct SmtpSession SmtpSession;

/* How long the steps may take. */
typedef struct {
    guint step_s;  /* to open a session; for MAIL, RCPT and DATA together */
    guint final_s; /* for the content to be taken; for the answer to its final dot */
} Patience;

/* What became of one mail. */
typedef struct {
    SendResult result;
    gboolean is_down;  /* as transport_is_down */
    gboolean is_stale; /* the session was gone before the mail began: worth a new one */
    char *answer;      /* owned by the caller */
} SendOutcome;

/*
 * Connects, encrypts as delivery->tls says, and logs in if there is a user. Keeps `delivery` borrowed. NULL with USHER_ERROR_RETRY that says what the operator can do.
 */
SmtpSession *smtp_session_open(const Delivery *delivery, const Patience *patience, GCancellable *cancellable, GError **error);

/* Says QUIT if the session is in order. */
void smtp_session_close(SmtpSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpSession, smtp_session_close)

/* FALSE when the session should be closed before another mail: used up, idle too long, or in doubt. */
gboolean smtp_session_is_fit(const SmtpSession *session);

/* Sends one mail. The addresses have been checked: nothing in them may end a command. Fills *outcome. */
void smtp_session_send(SmtpSession *session, const char *from, const char *to, GBytes *mail, SendOutcome *outcome);

#endif
