/*
 * respond.h - a judged lead -> the mails we owe, and those mails -> bytes (GMime stays inside)
 *
 * respond_plan is pure and fills the Decision; respond_compose turns one committed mail into bytes, the same bytes every time.
 *
 * A mail goes to exactly one recipient. Nothing goes to a machine, to the firm's own address as a prospect, to a dead
 * or suppressed address, or beyond the limits of rules/routes.yaml; what was left out, and why, is an event.
 */
#ifndef USHER_RESPOND_H
#define USHER_RESPOND_H

#include "usher/extract.h"
#include "usher/model/decision.h"
#include "usher/rulebook/rulebook.h"

typedef struct {
    const Message *message;       /* NULL for a command */
    const KindVerdict *verdict;   /* NULL for a command */
    const Extraction *extraction; /* NULL for a command */
    const Past *past;
    const char *secret;
    const Arrival *arrival; /* NULL for a command */
    const char *stopped;    /* respond_find_stop; NULL */
} RespondInput;

/*
 * Plans and renders what routes.yaml's mails say for this lead, with subject, text, HTML, threading and key. On a new
 * lead the row of the conditions must be the lead's (qualify has left it so); when something joined a lead (`route`
 * NULL, decision->opens_lead FALSE) the row is filled here, from the lead on record in `past`. The key is
 * "PURPOSE:LEAD", for a person of the firm "PURPOSE:LEAD:PERSON", and with ":ARRIVAL" when something joined the lead:
 * they are told of each. That answers were stopped is told once a day, a form's alarm once an hour: so are the keys of those.
 */
void respond_plan(Decision *decision, const RouteRule *route, const RespondInput *input, const Rulebook *rulebook);

/*
 * The same for a lead whose status has become another: the mails `on: status`. `input` has the mail that opened the lead, or none of it. The key is "PURPOSE:LEAD" for
 * the prospect, with the partner's name when the lead is given to one, else "PURPOSE:LEAD:STATUS": each is told once. Nothing goes outside while somebody of the lead is, by
 * `past`, a party the firm must not act against; and nothing to a partner of whom the prospect is not told.
 */
void respond_plan_status(Decision *decision, const RespondInput *input, const Rulebook *rulebook);

typedef enum {
    STEP_WRITTEN,     /* the mail stands in the decision */
    STEP_NOT_WANTED,  /* its condition does not hold */
    STEP_NOT_ALLOWED, /* there is nobody to write to */
    STEP_NOT_NOW,     /* a limit is reached: tomorrow */
    STEP_NEVER,       /* the prospect must not be written to any more */
    STEP_NOT_WRITTEN, /* its wording gives no mail for this lead */
} StepWriting;

/* Fills the row of the conditions with a lead on record that something has joined. */
void respond_fill_row(Decision *decision, const RespondInput *input, const Rulebook *rulebook);

/* TRUE when the condition of a step holds for the lead on record that the decision stands on. The row is filled only when there is one. */
gboolean respond_wants_step(const Decision *decision, const CadenceStep *step, const RespondInput *input, const Rulebook *rulebook);

/*
 * Writes the mail of a step to the prospect of that lead, in its owner's name and in the thread of the last mail they had from us, unless it is marketing: that
 * stands by itself. The key is "cadence:LEAD:NAME:ROUND:STEP". *why: what is against it, in words, owned by the caller; NULL when it is written.
 */
StepWriting respond_plan_step(Decision *decision, const Enrolment *enrolment, const Cadence *cadence, const RespondInput *input,
                              const Rulebook *rulebook, char **why);

/*
 * Sets from and reply_to of a mail to somebody outside, whose lead is set. With an owner it is from them: by their own address when that is in one of the firm's
 * domains, whose servers may send in its name (SPF, DKIM, DMARC), else by delivery.from under their name. NULL: from the firm. Answers come to the intake address in either case, so that they are seen, and with
 * delivery.plus_addresses to one with a signed mark of the lead.
 */
void respond_set_sender(OutgoingMail *mail, const Person *owner, const Settings *settings, const char *secret);

/*
 * What a mail is counted by (Decision.alike): the channel for what a form or the like tells, else a digest of what was newly said, without its
 * numbers, addresses and links. NULL for what is not counted. Owned by the caller.
 */
char *respond_make_alike(const Message *message, const KindVerdict *verdict, const Extraction *extraction,
                         const Settings *settings);
/* How far back mails counted by it are: an hour for a channel, a day for a text. */
gint64 respond_find_alike_span(const char *alike);

/*
 * Why nobody on the mail's side is answered any more, in words: the same words too often, too many mails of one form in an hour, too many answers to
 * one domain. NULL when they may be. decision->alike must be set. Owned by the caller.
 */
char *respond_find_stop(const Decision *decision, const Extraction *extraction, const Past *past, const Rulebook *rulebook);

/*
 * A link that writes a mail by which that person (an id) acts on the lead, or on a task without one (lead 0): "mailto:...", its body the order ("done 12"). NULL when nothing can be done by
 * mail. Owned by the caller.
 */
char *respond_make_command_url(gint64 lead, gint64 task, const char *order, const char *person, const char *secret,
                               const Settings *settings);

/*
 * The mail as bytes with CRLF line ends: multipart/alternative (with text first), or multipart/mixed around it when
 * `original` (may be NULL) is attached as message/rfc822 (as a file when it has bytes or lines that such a part
 * cannot carry). Carries Date, From, To, Reply-To, Subject, Message-ID, In-Reply-To, References, Auto-Submitted (RFC
 * 3834 section 5: "auto-replied" to an outside answer, "auto-generated" else), X-Auto-Response-Suppress; with a mark to unsubscribe by
 * List-Unsubscribe (RFC 2369), and List-Unsubscribe-Post (RFC 8058) when there are web pages by https. Lines are at
 * most 78 characters where that can be done. NULL with USHER_ERROR_INPUT when the recipient is no usable address.
 */
GBytes *respond_compose(const OutgoingMail *mail, GBytes *original, const Settings *settings, GError **error);

#endif
