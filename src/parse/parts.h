/*
 * parts.h - what the files of src/parse give each other; nobody else includes it
 *
 * message.c holds the order: guard, GMime, body, labelled lines, forward, quotation, marks of a machine, bounce, the day of return, authentication.
 */
#ifndef USHER_PARSE_PARTS_H
#define USHER_PARSE_PARTS_H

#include <gmime/gmime.h>

#include "usher/model/message.h"

#define PARSE_MAX_BYTES (2 * 1024 * 1024)
#define PARSE_MAX_HEADERS 1000
#define PARSE_MAX_HEADER_BYTES (32 * 1024)
#define PARSE_MAX_ADDRESS_BYTES (16 * 1024)
#define PARSE_MAX_TEXT_BYTES (64 * 1024)
#define PARSE_MAX_HTML_BYTES (128 * 1024)
#define PARSE_MAX_MAILBOXES 200
#define PARSE_MAX_IDS 200
#define PARSE_MAX_LABELLED 500
#define PARSE_MAX_DEPTH 100 /* nested parts that are looked into */
#define PARSE_MAX_ATTACHMENTS 200
#define PARSE_MAX_EMBEDDED 20 /* mails carried side by side in another, or one in the other */

/* A line of text: [start, start + length) without its line end. */
typedef struct {
    const char *start;
    gsize length;
} Line;

/* Adds a line to message->notes, once. */
void message_note(Message *message, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * guard.c: the bytes in a form that GMime can be trusted with: inside of `bytes`, or inside of *copy, which the caller then owns (NULL
 * when nothing had to be changed). *guarded_length: how many.
 */
const char *guard_bytes(const char *bytes, gsize length, gsize *guarded_length, char **copy, Message *message);

/* message.c: a mail that stood encoded in a part, guarded as the whole was. NULL when it has no header. The caller holds it. */
GMimeMessage *message_construct(const char *bytes, gsize length, Message *message);

/* What the MIME tree held besides the attachments, which go into the message at once. */
typedef struct {
    GString *text;          /* the whole text, at most PARSE_MAX_TEXT_BYTES and one part more */
    char *report_type;      /* "delivery-status", "disposition-notification", "feedback-report"; NULL */
    GPtrArray *statuses;    /* char*: each message/delivery-status part */
    GMimeMessage *embedded; /* the first message/rfc822, held; NULL */
    GPtrArray *others;      /* GMimeMessage: the further ones, held, at most PARSE_MAX_EMBEDDED */
    char *returned_headers; /* of the mail that a report is about; NULL */
    char *calendar_method;  /* "REQUEST"; "" for a calendar without method; NULL for no calendar */
    gboolean is_flowed;
} MailBody;

/* body.c: walks the MIME tree of `mime`; attachments and oddities go into `message`. Never NULL. */
MailBody *mail_body_read(GMimeMessage *mime, Message *message);
void mail_body_free(MailBody *body);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailBody, mail_body_free)

/* invitation.c: the first event of a text/calendar part; `method` is what its Content-Type says, "" when nothing. NULL when there is none. */
Invitation *invitation_read(const char *text, const char *method);

void html_open(void);
/* html.c: HTML (valid UTF-8) as text. The caller owns it. */
char *html_to_text(const char *html, gsize length);

/* encoded.c: the raw value of a header with its encoded words (RFC 2047) read. The caller owns it. */
char *encoded_read(const char *raw);

/* labelled.c: fills message->labelled from message->text. */
void labelled_split(Message *message);

/*
 * quote.c: what was newly said in `text` by `writer` (may be NULL), and the signature ("" when none). The caller owns both; `signature` may be
 * NULL.
 */
char *quote_cut(const char *text, const Mailbox *writer, char **signature);
/* What was newly said, the signature left in its place. The caller owns it. */
char *quote_cut_history(const char *text);

/* introduction.c: TRUE when a line at `line` opens the quoted history: "On ... wrote:", "-----Original Message-----". *next: the line after it. */
gboolean quote_opens_history(const char *line, const char **next);
/* TRUE when it is "On ... wrote:" and the like, over several lines perhaps. */
gboolean introduction_read(const char *line, const char **next);
/* TRUE when `line`, perhaps the end of one, is an introduction as a whole. */
gboolean introduction_ends_line(Line line);

void signature_open(void);
/* signature.c: TRUE when `line` stands above a signature or opens one ("-- ", "Sent from my phone"); `below`: the lines after it. */
gboolean signature_opens(Line line, const char *below);
/* TRUE for a mark that is itself no part of the signature: "-- ". */
gboolean signature_is_mark(Line line);
/* TRUE for the last words of a letter: "Kind regards,". `bare` as of line_strip. */
gboolean signature_is_farewell(Line bare);
/* TRUE when all of `text` is a name and a few short lines below it, none of them a question or a sentence; whose name, and how to reach them, is not asked. */
gboolean signature_is_card(const char *text);
/*
 * Moves the signature that stands without a mark at the end of `said` (in place) in front of `into`: a farewell, the writer's name, and how to reach
 * them. `writer` may be NULL: nothing is moved then.
 */
void signature_cut_unmarked(char *said, const Mailbox *writer, GString *into);

/* disclaimer.c: `said` without the legal footers of mail servers. The caller owns it. */
char *disclaimer_cut(const char *said);

/* forward.c: appends a mail carried inside (message/rfc822) to the text of `body`, as a forward block, and keeps its headers as the original. */
void forward_read_embedded(Message *message, MailBody *body);
/* forward.c: fills message->original when the mail passes another one on. */
void forward_find(Message *message, const MailBody *body);

/* bounce.c: fills message->bounced from a delivery report, or from the words of those mail systems that write none. */
void bounce_read(Message *message, const MailBody *body);

/* reason.c: what the words of a refusal, or its status code where the words are silent, say of the address. `status` may be NULL. */
typedef enum { REASON_NONE, REASON_GONE, REASON_PASSING } BounceReason;
void reason_open(void);
BounceReason reason_judge(const char *status, const char *words);
/* TRUE when the words leave no doubt that nobody is there, so that a temporary code does not count. */
gboolean reason_is_plain(const char *words);

/* automatic.c: fills message->automatic. */
void automatic_open(void);
void automatic_find_marks(Message *message, const MailBody *body);

/* automatic.c: what each sign is worth beside the others, once the bounce is read too: one that is doubtful and stands alone only asks for silence. */
void automatic_weigh(Message *message);

/* spoken_by.c, all of what was newly said. TRUE when somebody asks or wants something of us. */
gboolean spoken_by_person(const char *said);
/* TRUE when it tells of being away, whatever else it tells. */
gboolean spoken_of_absence(const char *said);
/* TRUE when it tells of nothing but being away, and whom to turn to meanwhile. */
gboolean spoken_only_of_absence(const char *said);

void leave_open(void);
/* leave.c: TRUE when all of what `writer` (may be NULL) newly said is the request to be left alone. */
gboolean leave_is_asked(const char *said, const Mailbox *writer);

/* bounce.c: TRUE when the text names who was not reached and why, by a code or in a mail system's words. */
gboolean bounce_is_told(const Message *message);

/* away.c: fills message->back_on of an automatic reply, after its marks are found. */
void away_read(Message *message);

/* authentication.c: what a trusted Authentication-Results header says of the From address. */
Authentication authentication_read(const Message *message, const char *authserv_id);

/* words.c: the names that mail programs give the header lines of a quoted or forwarded mail, in their languages. */
typedef enum { WORD_NONE, WORD_FROM, WORD_DATE, WORD_TO, WORD_CC, WORD_SUBJECT, WORD_REPLY_TO } HeaderWord;
void words_open(void);
/* What the line `Label: value` is in such a block. *value: the trimmed rest (owned by the caller; may be NULL). `line` is `length` bytes. */
HeaderWord words_read_header(const char *line, gsize length, char **value);
/* TRUE when the line is one of the marks that stand above a forwarded mail. *is_original: it is "Original Message", which replies carry too. */
gboolean words_is_forward_mark(const char *line, gsize length, gboolean *is_original);
/* TRUE for a subject that begins with one of the marks of a forward: "Fwd:", "WG:", "TR:". */
gboolean words_is_forward_subject(const char *subject);
/* TRUE for a subject that begins with one of the marks of a reply: "Re:", "AW:", "SV:". */
gboolean words_is_reply_subject(const char *subject);
/* The subject without such marks, borrowed. */
const char *words_skip_subject_marks(const char *subject);

/* address.c: the next local-part@domain in `text` (NUL-terminated) at or after *start; TRUE sets the span [*start, *end). */
gboolean address_find(const char *text, gsize *start, gsize *end);
/* "Jane Doe <jane@example.org>", "jane@example.org", "Jane Doe [mailto:jane@example.org]" as a mailbox; NULL for nothing. Owned. */
Mailbox *address_read_mailbox(const char *text);
/* What stands behind "on behalf of", in some languages; borrowed, NULL when nothing does. */
const char *address_find_behalf(const char *text);
/*
 * Jane of "Desk <desk@tool.example> On Behalf Of Jane Roe <jane@roe.example>", as Outlook writes what a desk, a list or an assistant sent for somebody.
 * Without an address where none is said: the desk's is not hers. NULL when it is not of that form; owned.
 */
Mailbox *address_read_behalf(const char *text);
/* The mailbox in "On Monday, Jane Doe <jane@example.org> wrote:"; NULL when there is no address. Owned. */
Mailbox *address_read_introduced(const char *text);
/* All mailboxes of a list parted by commas or semicolons. Appends to `into`. */
void address_read_list(const char *text, GPtrArray *into);

/* lines.c: the text line by line. */
/* The line at *cursor, which is moved behind it; FALSE at the end of the text. */
gboolean line_read(const char **cursor, Line *line);
/* Without the marks of quotation ('>', blanks) in front and blanks behind. */
Line line_strip_quote(Line line);
Line line_strip(Line line);
/* Without the asterisks that plain text puts around what was bold. */
Line line_strip_emphasis(Line line);

#endif
