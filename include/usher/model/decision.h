/*
 * model/decision.h - what was decided, as one plain value
 *
 * A Decision is the whole answer to one occasion (a mail, a command, a moment): recorded in one transaction, printed by
 * explain, compared by replay. The same occasion, past, rulebook and moment give the same Decision, byte for byte.
 */
#ifndef USHER_MODEL_DECISION_H
#define USHER_MODEL_DECISION_H

#include "usher/model/enrolment.h"
#include "usher/model/lead.h"
#include "usher/model/mail.h"
#include "usher/model/past.h"
#include "usher/model/task.h"

/* Something we owe by a time. */
typedef struct {
    char *kind;  /* "ack" */
    char *owner; /* person who answers for it */
    UsherTime due;
    char *kept_by;        /* the evidence that keeps it: "mail:ack", "decision", "verb:contacted" */
    UsherTime kept;       /* kept by this very decision; 0 */
    gboolean is_stated;   /* the acknowledgement names its time to the prospect */
    gboolean is_repeated; /* made anew each time the lead comes to owe it; else once on a lead */
    PromiseCount count;   /* how `due` was counted */
    UsherTime look;       /* when there is next something to do about it: to warn, or to see that it is late */
} Promise;

/* Where a person stands in the turns from now on. */
typedef struct {
    char *person;
    Turn turn;
} PersonTurn;

/* A line of history. */
typedef struct {
    char *actor;  /* "usher", a person's id, "prospect", "operator" */
    char *what;   /* "captured", "assigned", "status", "note", ... */
    char *detail; /* one line or a short text for people; "" */
    gint64 lead;  /* another lead whose history it is; 0: the decision's */
} Event;

/* What somebody of the firm told us by mail to do, a line of it, and what came of it. */
typedef struct {
    char *said;   /* "clear", "not-qualified no budget" */
    char *result; /* in words; NULL before it is tried */
    gboolean is_done;
} MailOrder;

typedef struct Decision {
    UsherTime at;
    char *rules_hash;

    /* the mail; for commands and moments arrival is 0 */
    gint64 arrival;
    char *message_id; /* of the mail; NULL */
    MessageKind kind;
    char *kind_rule;
    char *kind_evidence;
    char *back_on; /* "2026-03-30": of an automatic reply, the day its writer is back; NULL */
    Disposition disposition;
    char *reason; /* why it ended there, in words */
    char *alike;  /* what it is counted by: "text:DIGEST" of a person's words, "channel:NAME" of a form's notification; NULL */

    /* the lead */
    gint64 lead; /* 0: touches no lead, or opens one that is not captured (explain) */
    gboolean opens_lead;
    gboolean is_history; /* of the lead from here on: it is not live whatever its status; FALSE wakes one that was */
    Track track;
    char *channel;
    char *source;
    LeadStatus status;
    GPtrArray *fields;         /* Field: for an existing lead those to add */
    GPtrArray *rivals;         /* Field: second, different values that the mail gives of fields which a contradiction compares */
    GPtrArray *missing;        /* char* */
    guint completeness;        /* of the fields required on the lead's track, how many per cent are known */
    GPtrArray *contradictions; /* char* */
    GPtrArray *flags;          /* char*: the named conditions of qualify.yaml that hold */
    gint score;
    GPtrArray *score_parts; /* ScorePart */
    BantVerdict bant[BANT_COUNT];
    GPtrArray *dimensions; /* DimensionVerdict, in the order of the rules */
    gint64 likely_value;   /* whole pounds, of the first dimension that says one; 0: not known */
    char *tier;
    char *route;
    char *route_because;
    char *moved_from; /* route and exception that the lead has left by this decision; NULL */
    char *exception;  /* NULL */
    char *action;     /* recommended first action; "" (set by decision_new) */
    char *owner;
    GPtrArray *candidates; /* Candidate */
    GPtrArray *turns;      /* PersonTurn: of those whose turn has changed by this assignment */
    char *cadence;         /* the one it is put into by this judgement; NULL */
    char *partner;         /* the partner it is, or is to be, referred on to; NULL */
    GPtrArray *partners;   /* Candidate: every partner that was considered, the chosen one first */
    char *from_partner;    /* the partner it came from; NULL */
    gboolean refers_on;    /* it is given to `partner` by this decision */
    GPtrArray *clients;    /* PartyMatch: clients of ours that the prospect is or may be, the surest first */
    GPtrArray *conflicts;  /* PartyMatch: conflict parties that somebody of the lead is or may be */
    GPtrArray *linked;     /* LeadLink: other leads of the same person, open ones first; of a lead that is opened */
    GPtrArray *people;     /* Mailbox: addresses of the prospect's side, for later matching */
    Mailbox *referrer;     /* NULL */

    /* what follows */
    GPtrArray *mails;        /* OutgoingMail */
    GPtrArray *promises;     /* Promise made */
    GPtrArray *kept;         /* char*: kinds of the lead's open promises that are kept now */
    GPtrArray *watched;      /* PromiseState: open promises as they stand from now on: due, warned, broken, escalated, look */
    UsherTime snoozed_until; /* what the owner owes is owed then, no sooner; 0 */
    GPtrArray *notices;      /* PromiseNotice: who is to be told of them */
    GPtrArray *broken;       /* PromiseState: broken promises that somebody is told of by this decision */
    GPtrArray *warned;       /* PromiseState: the same of those that fall due soon */
    char *answerable;        /* id of who is told of them; NULL */
    GPtrArray *tasks;        /* Task: what people are to do from now on */
    GPtrArray *tasks_done;   /* TaskEnd: open tasks that are done or left out */
    GPtrArray *slots;        /* SlotOffer: times of the owner's that are offered to the prospect */
    UsherTime slot_taken;    /* one that was offered before and that they take now; 0 */
    char *actor;             /* the id of who acts by mail; NULL */
    GPtrArray *orders;       /* MailOrder: what they say is to be done */
    gint64 occasion;         /* the mail that this decision is the answer to, when it is another decision's; 0 */
    char *lapsed;            /* kind of the promise that was the prospect's to keep and was not kept in time; NULL */
    char *undelivered;       /* id of the colleague to whom mail about this lead does not get through; NULL */
    char *undelivered_why;   /* the words of the server; NULL */
    char *unreachable;       /* an address of the prospect's side that takes no mail, and why, in words; NULL */
    GPtrArray *withdrawn;    /* char*: kinds of the lead's open promises that are owed no longer, since it took another way */
    Enrolment
        *enrolment; /* where the lead stands in a cadence from here on: a new one (id 0), or the one on record; NULL: as it is */
    Touch *touch;   /* the step of it that is done by this very decision; NULL */
    gboolean moves_version;      /* the enrolment on record goes on in another version than it began with */
    gint64 answers;              /* another lead, in whose thread a stranger answers: its cadence ends; 0 */
    char *stops_cadence;         /* why its cadence ends, in words; NULL */
    UsherTime pauses_cadence;    /* its cadence goes on then, no sooner; 0 */
    char *paused_because;        /* ... and why, in words; NULL */
    gboolean is_of_person;       /* both hold for all leads on which the same address is written to, not for this one alone */
    gint64 merges;               /* that lead is part of this one from now on; 0 */
    gint64 parts;                /* that lead is one of its own again; 0 */
    GPtrArray *taken_back;       /* char*: names of fields that are known no longer */
    GPtrArray *events;           /* Event */
    GPtrArray *thread_ids;       /* char*: Message-IDs to be known as this lead's */
    GPtrArray *marked_addresses; /* char*: addresses found dead by a bounce */
    GPtrArray *suppressions;     /* Suppression: who is to be left alone from now on, and by what */
    gint64 returned;             /* the mail of the outbox that came back for good, where that is known; 0 */
    gboolean stops_mail;         /* pending automatic mail to the prospect is to be held */
} Decision;

Decision *decision_new(UsherTime at, const char *rules_hash);
void decision_free(Decision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Decision, decision_free)

Promise *promise_new(const char *kind, const char *owner, UsherTime due, const char *kept_by);
void promise_free(Promise *promise);
/* The promise whose time the acknowledgement names; NULL when there is none. Borrowed. */
const Promise *decision_find_stated(const Decision *decision);
PersonTurn *person_turn_new(const char *person, Turn turn);
void person_turn_free(PersonTurn *turn);
MailOrder *mail_order_new(const char *said);
void mail_order_free(MailOrder *order);
Event *event_new(const char *actor, const char *what, const char *detail);
void event_free(Event *event);

/* The client of ours that the prospect is: by address, domain or the company's name. A person's own name alone proves nothing. NULL. Borrowed. */
const PartyMatch *decision_find_client(const Decision *decision);
const PartyMatch *decision_find_client_among(const GPtrArray *clients); /* PartyMatch */

/* TRUE when a person has let the lead out of this exception: `act LEAD clear`. NULL is none. */
gboolean decision_is_cleared(const Decision *decision, const char *exception);

/* Adds an event; `format` as in printf. */
void decision_add_event(Decision *decision, const char *actor, const char *what, const char *format, ...) G_GNUC_PRINTF(4, 5);

#endif
