/*
 * model/mail.h - a mail that Usher owes somebody, before it is bytes
 */
#ifndef USHER_MODEL_MAIL_H
#define USHER_MODEL_MAIL_H

#include "usher/base/clock.h"
#include "usher/model/message.h"

/* States of a mail in the outbox, as they are written: "pending", "sent", "failed", "held", "shadow". */
typedef enum {
    MAIL_PENDING, /* to be sent when due */
    MAIL_SENT,    /* a server has taken responsibility, or it lies in the Maildir */
    MAIL_FAILED,  /* refused for good, or tried for too long */
    MAIL_HELD,    /* held back by a person or a conflict */
    MAIL_SHADOW,  /* recorded in shadow mode: never sent */
    MAIL_STATE_COUNT
} MailState;

const char *mail_state_get_name(MailState state);
gboolean mail_state_find(const char *name, MailState *state);

/*
 * An outgoing mail has exactly one recipient. Its key says what it is for, once for ever: the same key is
 * never queued twice ("ack:17", "brief:17:jane").
 */
typedef struct OutgoingMail {
    gint64 id; /* row in the outbox; 0 before it is recorded */
    gint64 lead;
    char *purpose; /* "ack", "referrer-ack", "introduction", "brief", ... as in rules/routes.yaml */
    char *key;
    char *template_name;
    char *recipient_role; /* "prospect", "referrer", "owner", ... as in rules/routes.yaml */
    gboolean is_internal; /* to a person of the firm */
    gboolean
        is_unasked; /* its recipient, outside, has not just asked or told us something: it keeps quiet hours, and others go first */
    Mailbox *to;
    Mailbox *from;     /* header From */
    Mailbox *reply_to; /* NULL */
    UsherTime due;     /* not before */
    UsherTime date;    /* its Date header */
    char *subject;
    char *text;            /* text/plain */
    char *html;            /* text/html; NULL for none */
    char *message_id;      /* without brackets */
    char *in_reply_to;     /* without brackets; NULL */
    GPtrArray *references; /* char*, oldest first */
    gint64 enrolment;      /* it is a step of this one; 0 */
    gboolean is_marketing; /* not about a matter that its recipient has open with us */
    char *
        unsubscribe; /* mark by which its recipient may ask to be left alone (unsubscribe_make_token); NULL: the mail offers it not */
    gint64 attach_message; /* captured message to attach as message/rfc822; 0 for none */
    /* what became of it */
    MailState state;
    guint attempts;
    UsherTime sent;    /* 0 */
    char *last_answer; /* the server's last words, one line; NULL */
} OutgoingMail;

/*
 * The Message-ID (without brackets) of the mail with that key: usher.NAME.MARK@domain, NAME the first 16 characters of a digest of key
 * and secret, MARK = token_make_mark(secret, "message-id:" NAME). The same key gives the same id, so a mail sent again after a
 * lost answer is recognisable, and our own mail is known by its id alone. The caller owns the text.
 */
char *message_id_make(const char *secret, const char *key, const char *domain);

/* TRUE when the id (without brackets) was made with this secret. */
gboolean message_id_is_own(const char *message_id, const char *secret);

#define UNSUBSCRIBE_TOKEN_CHARS 20 /* a-z and 2-7 */

/*
 * The mark by which the recipient of the mail with that key may ask to be left alone. It says nothing by itself: what it stands for is the mail in the outbox that has
 * it. Only somebody with the secret can make one. The caller owns the text.
 */
char *unsubscribe_make_token(const char *secret, const char *key);

/* The mark in the subject "unsubscribe MARK" that our links write; NULL. Owned by the caller. */
char *unsubscribe_find_token(const char *subject);

/* TRUE for what looks like such a mark. */
gboolean unsubscribe_is_token(const char *text);

/* What a signed mark in the local part of an address of ours stands for. */
typedef enum {
    MARK_LEAD = 'l', /* answers to a mail about that lead come there */
    MARK_MAIL = 'b', /* what becomes of that mail of the outbox comes there: its envelope sender (VERP) */
} MarkKind;

/*
 * The address with a mark that only somebody with the secret can make: "enquiries+l17-MARK@example.org". NULL when the local part has no room for it (RFC 5321
 * section 4.5.3.1.1). The caller owns the text.
 */
char *marked_address_make(const char *secret, MarkKind kind, gint64 number, const char *address);

/* The number in an address that was made with this secret, whatever the case of its letters; 0 when it was not. */
gint64 marked_address_find(const char *secret, MarkKind kind, const char *address);

OutgoingMail *outgoing_mail_new(void);
void outgoing_mail_free(OutgoingMail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutgoingMail, outgoing_mail_free)

#endif
