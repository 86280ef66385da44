/*
 * model/message.h - a mail after reading, as a plain value
 *
 * Everything in it is valid UTF-8 and owned by it. Nothing in it is trusted: names and subjects are what a stranger wrote, only made
 * printable (base/text.h). Lists are never NULL; a text that was not there is NULL unless said otherwise (where "" is said, message_new
 * has set it: free it before putting another in its place).
 */
#ifndef USHER_MODEL_MESSAGE_H
#define USHER_MODEL_MESSAGE_H

#include "usher/base/clock.h"
#include "usher/model/names.h"

typedef struct {
    char *name;    /* display name, one line; "" when there is none */
    char *address; /* local-part@domain, folded by text_fold_address; "" when it cannot be read */
} Mailbox;

typedef struct {
    char *name;  /* as written, "List-Id" */
    char *value; /* decoded, one line */
} HeaderLine;

typedef struct {
    char *filename;     /* one line without path separators; "" when there is none */
    char *content_type; /* "application/pdf" */
    gsize size_bytes;   /* as carried, before decoding */
} Attachment;

/* The original inside a forwarded mail. */
typedef struct {
    Mailbox *from;       /* NULL when it could not be found */
    GPtrArray *to;       /* Mailbox */
    GPtrArray *cc;       /* Mailbox */
    char *subject;       /* "" when there is none */
    char *date;          /* as written; NULL */
    char *body;          /* all that stands below its header lines, without the marks of quotation; "" */
    char *text;          /* what was newly said in it, its signature left in place: the body without the history it quotes */
    char *note;          /* what the forwarder wrote above it; "" */
    char *how;           /* how it was found: "message/rfc822", "forwarded message block" */
    Mailbox *passed_by;  /* who had passed it on to whoever passed it on to us, with the note; NULL */
    GPtrArray *ids;      /* char*: of a mail carried inside its Message-ID and those it refers to, without brackets */
    guint count;         /* mails carried inside; this is the first of them */
    gboolean is_certain; /* FALSE: somebody has to look */
} ForwardedOriginal;

/* One recipient of a delivery status notification (RFC 3464). */
typedef struct {
    char *address;         /* "" when not said */
    char *status;          /* "5.1.1"; NULL */
    gboolean is_permanent; /* the address will never take mail; a full mailbox or a refusal of this mail is not */
    char *diagnostic;      /* one line; NULL */
    gboolean is_given_up;  /* the report says that it failed, so that nothing more is tried; FALSE for a delay */
} BounceRecipient;

/*
 * A sign that a machine sent this mail, with the words that show it. `kind` is what the sign speaks for: KIND_BOUNCE,
 * KIND_AUTO_REPLY, KIND_BULK, KIND_SPAM, KIND_CALENDAR, KIND_RECEIPT or KIND_UNSUBSCRIBE. A sign with KIND_ENQUIRY speaks for no kind of its own: it
 * only forbids an answer to the sender.
 */
typedef struct {
    MessageKind kind;
    char *rule;           /* the name of the sign: "auto-submitted", "null-sender", "list-id", ... */
    char *evidence;       /* the words: "Auto-Submitted: auto-replied" */
    gboolean is_weak;     /* TRUE: forbids an answer to the sender, but a declared channel (a form, a portal) may still be a lead */
    gboolean is_doubtful; /* TRUE: people's mail bears it too and no second sign is there: it only forbids an answer */
} AutomaticMark;

/* What our own mail server found out about the From address (RFC 8601, trusted authserv-id only). */
typedef enum { AUTHENTICATION_NONE, AUTHENTICATION_PASS, AUTHENTICATION_FAIL } Authentication;

/* The event of a text/calendar part (RFC 5545), as far as it says who, what and when. */
typedef struct {
    char *method;         /* "REQUEST", "REPLY", "CANCEL", "PUBLISH", ...; "" when not said */
    char *uid;            /* ""; the same for all mails about one event */
    char *summary;        /* ""; one line */
    UsherTime start;      /* 0 when its time zone is not known */
    char *start_said;     /* as it was written: "2026-03-05 10:00 (Europe/London)"; NULL */
    Mailbox *organizer;   /* NULL */
    GPtrArray *attendees; /* Mailbox */
    gboolean is_cancelled;
} Invitation;

/* One line of the form `Label: value` (or a row of a table, or a label above its value), split once for all label rules. */
typedef struct {
    char *label; /* folded by text_fold: "your name" */
    char *value; /* trimmed; may hold several lines when the value stood below its label */
    gsize start; /* span of the value in Message.text, in bytes */
    gsize length;
} LabelledLine;

typedef struct Message {
    char *message_id;            /* without angle brackets; NULL when absent */
    GPtrArray *references;       /* char*: ids of In-Reply-To and References without brackets, nearest first, at most 200 */
    char *subject;               /* one line; "" */
    gboolean has_old_subject;    /* it is the subject of what is answered or passed on: "Re:", "Fwd:" */
    UsherTime date;              /* 0 when absent or unreadable */
    Mailbox *from;               /* NULL when there is none */
    Mailbox *sender;             /* NULL */
    Mailbox *reply_to;           /* NULL */
    GPtrArray *to;               /* Mailbox, at most 200 */
    GPtrArray *cc;               /* Mailbox, at most 200 */
    GPtrArray *headers;          /* HeaderLine: all, in order, at most 1000 */
    GPtrArray *attachments;      /* Attachment */
    char *text;                  /* the whole text: best alternative, HTML turned into text; "" ; at most 64 KiB */
    char *new_text;              /* what was newly said: without quoted history and signature; "" */
    char *signature;             /* "" */
    GPtrArray *labelled;         /* LabelledLine, of text, in order, at most 500 */
    ForwardedOriginal *original; /* NULL when it is no forward */
    Invitation *invitation;      /* NULL when there is none */
    GPtrArray *bounced;          /* BounceRecipient */
    GPtrArray *automatic;        /* AutomaticMark, strongest first */
    char *back_on;               /* "2026-03-09": the day an automatic reply says its writer is back; NULL */
    Authentication authentication;
    GPtrArray *notes;       /* char*: what was odd, for the record: "charset guessed", "text cut at 65536 bytes" */
    gboolean is_unreadable; /* no header block could be read at all */
    gsize size_bytes;       /* of the whole mail as captured */
} Message;

Message *message_new(void);
void message_free(Message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

Mailbox *mailbox_new(const char *name, const char *address);
Mailbox *mailbox_dup(const Mailbox *mailbox); /* NULL gives NULL */
void mailbox_free(Mailbox *mailbox);          /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mailbox, mailbox_free)

HeaderLine *header_line_new(const char *name, const char *value);
void header_line_free(HeaderLine *line);
/* The value of the first header of that name, case ignored; NULL. Borrowed from the message. */
const char *message_find_header(const Message *message, const char *name);

Attachment *attachment_new(const char *filename, const char *content_type, gsize size_bytes);
void attachment_free(Attachment *attachment);

ForwardedOriginal *forwarded_original_new(void);
void forwarded_original_free(ForwardedOriginal *original);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ForwardedOriginal, forwarded_original_free)

Invitation *invitation_new(void);
void invitation_free(Invitation *invitation); /* NULL is fine */

BounceRecipient *bounce_recipient_new(const char *address, const char *status, gboolean is_permanent, const char *diagnostic);
void bounce_recipient_free(BounceRecipient *recipient);

AutomaticMark *automatic_mark_new(MessageKind kind, const char *rule, const char *evidence, gboolean is_weak);
void automatic_mark_free(AutomaticMark *mark);

LabelledLine *labelled_line_new(const char *label, const char *value, gsize start, gsize length);
void labelled_line_free(LabelledLine *line);

#endif
