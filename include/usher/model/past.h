/*
 * model/past.h - what the decision needs to know of what is on record
 *
 * It is read before the decision, by keys that the message gives, and handed in as a value: the pure middle
 * never looks anything up.
 */
#ifndef USHER_MODEL_PAST_H
#define USHER_MODEL_PAST_H

#include "usher/model/arrival.h"
#include "usher/model/enrolment.h"
#include "usher/model/lead.h"
#include "usher/model/party.h"
#include "usher/model/promise_count.h"
#include "usher/model/suppression.h"
#include "usher/model/task.h"

/* By what to look into the record. */
typedef struct PastKeys {
    char *message_id;         /* of the mail; NULL */
    GPtrArray *references;    /* char*: ids it refers to */
    GPtrArray *marked;        /* char*: addresses of ours that it came to and that may have a mark in them */
    char *from;               /* folded address of who sent it; NULL */
    char *phone;              /* number of whom a colleague's note tells, in E.164; NULL */
    GPtrArray *addresses;     /* char*: folded addresses of everybody who may be the person of a lead, likeliest first */
    GPtrArray *asks;          /* PartyAsk: what may be of a client or of a conflict */
    gint64 lead;              /* the lead a command names; 0 */
    gint64 other;             /* a second one that it names; 0 */
    gboolean wants_merged;    /* the lead that was made part of the command's lead last is wanted */
    GPtrArray *lead_keys;     /* char*: of lead_list_keys, to find what may be the same */
    gint64 task;              /* a task that the mail names; 0 */
    char *leave_token;        /* the mark (OutgoingMail.unsubscribe) that the mail names; NULL */
    gint64 arrival;           /* the captured message itself, which is not its own past; 0 */
    gboolean is_history;      /* the mail is history: leads of history are open for it */
    gboolean is_headers_only; /* the mail is an interaction: a copy of it is on record as the same message, whole or not */
    gboolean is_live_only;    /* only live leads match */
    gboolean wants_partners;  /* the mail may be of somebody who is passed on */
    char *alike;              /* what Decision.alike will be; NULL */
    gint64 alike_span_s;      /* how far back mails like it are counted */
    UsherTime now;            /* the moment of the mail */
    /* Beyond these nothing has to be counted: past_keys_new sets them to what most firms need. */
    guint most_to_domain;
    guint most_of_lead;
    guint most_alike;
} PastKeys;

PastKeys *past_keys_new(void);
void past_keys_free(PastKeys *keys);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PastKeys, past_keys_free)

/* How a lead on record was found, from the strongest proof to the weakest. */
typedef enum {
    MATCH_SAME_MESSAGE, /* a mail with this very Message-ID is on that lead */
    MATCH_REFERENCE,    /* it refers to a mail of that lead, ours or theirs, or came to an address that we have marked for it */
    MATCH_PERSON,       /* the address belongs to somebody with an open lead */
    MATCH_PHONE,        /* the telephone number is that of somebody with an open lead */
    MATCH_HISTORY,      /* the address belongs to somebody whose lead is history: nothing joins it for that */
    MATCH_COMMAND,      /* a command names it */
} MatchKind;

typedef struct {
    Lead *lead;
    MatchKind how;
    char *evidence;            /* the id or the address that matched */
    gboolean is_known_address; /* the mail's From is one of that lead's addresses */
    gboolean has_person;       /* one of the keys' addresses belongs to that lead, which is live */
    guint answered;            /* mails to outsiders about that lead that were queued in the last 24 hours */
    guint told;                /* the same of mails to people of the firm */
} LeadMatch;

/* Of a lead: how leads that are given out by turns are counted. */
#define ONE_TURN 1000000

/* Where a person stands in the turns, in parts of a lead (assign.h says what for). */
typedef struct {
    gint64 may; /* what they may still have above their share */
    gint64 due; /* what they are owed of it */
} Turn;
/* Of somebody who never had a turn. */
#define TURN_AT_FIRST ((Turn){ONE_TURN, 0})

typedef struct {
    char *person;
    guint open_leads; /* that are work now: those in nurture are not counted */
    UsherTime last_assigned;
    Turn turn;
} PersonLoad;

typedef struct {
    gint64 id;
    gint64 lead;
    char *kind; /* "ack" */
    char *owner;
    UsherTime due;
    UsherTime kept;      /* 0 while open */
    UsherTime broken;    /* 0 unless it was not kept in time */
    UsherTime withdrawn; /* 0 unless the lead took another way and nobody owes it any more; kept is the same moment then */
    char *kept_by;       /* "mail:ack", "decision", "verb:contacted"; from rules/promises.yaml */
    PromiseCount count;  /* how `due` was counted; made = 0 of old ones */
    UsherTime warned;    /* whoever answers for it was warned then; 0 */
    guint escalated;     /* how many steps of its rule were taken since it was broken */
    UsherTime look;      /* when there is next something to do about it; 0: nothing any more */
} PromiseState;

/* Somebody of the firm is to be told of a promise: that it falls due soon, or that it is broken. */
typedef struct {
    gint64 id; /* 0 before it is on record */
    char *person;
    gboolean is_warning;
    UsherTime due; /* not before */
    PromiseState *promise;
    Lead *lead; /* with its fields; NULL before it is on record */
} PromiseNotice;

/* How often we have written automatically of late (24 hours), to an address and to its registrable domain. */
typedef struct {
    char *address;
    guint to_address;
    guint to_domain;
} AnswerCount;

/* A time that somebody of the firm has offered for a call. */
typedef struct {
    gint64 lead;
    char *owner; /* whose time it is: a person's id */
    UsherTime at;
} SlotOffer;

typedef struct Past {
    gint64 returned;      /* the mail of the outbox at whose own envelope sender it came in; 0 */
    gint64 returned_lead; /* the lead which that is about; 0 */
    char *returned_to;    /* to whom that went; NULL */
    gint64 seen_on;       /* the lead on which the headers of this very mail are on record already; 0 */
    GPtrArray *matches;   /* LeadMatch, strongest first, then newest */
    GPtrArray *loads;     /* PersonLoad of every person on record */
    GPtrArray *promises;  /* PromiseState: open promises of the first match */
    GPtrArray *answers;   /* AnswerCount, one for each of the keys' addresses */
    GPtrArray *doubles;   /* LeadMatch: live leads of other addresses that may be the same enquiry; evidence: why */
    Lead *other;          /* the second lead of a command, or the one merged last; NULL */
    GPtrArray *former;    /* LeadMatch: closed leads of the keys' addresses, newest first */
    GPtrArray *slots;     /* SlotOffer: times that were offered and are still to come, the next first */
    GPtrArray *clients;   /* PartyMatch: of the list of clients, the surest first */
    GPtrArray *conflicts; /* PartyMatch: of the list of conflicts, the surest first */
    guint alike;          /* mails counted together with this one (PastKeys.alike) that were decided before it, in its span */
    Task *task;           /* the one that the mail names; NULL */
    GPtrArray *partners;  /* Party: all partners by name, with what has passed between us; read when the keys ask for them */
    GHashTable *known_addresses; /* char* -> char*: of the keys' addresses those that bounced, and why */
    LeaveMark *leave;            /* what the mark of the keys stands for; its lead is the first match. NULL: nothing */
    GPtrArray
        *suppressions; /* Suppression: of the keys' addresses, and of those of the lead that record_add_standing was asked for */

    /* Of the one lead that is acted on, when record_add_standing was asked for it: then `promises` are all of that lead's, closed ones too. */
    gint64 lead;           /* 0: none */
    Arrival *opening;      /* how the mail came that opened it; NULL when that cannot be read */
    GBytes *opening_bytes; /* that mail; NULL */
    GPtrArray *tasks;      /* Task: those of it that are open, what is due first first */
    GPtrArray *checked;    /* PartyMatch: the conflicts that its judgement knew */
    GPtrArray *enrolments; /* Enrolment: newest first, at most 20 */
    char *last_id; /* Message-ID of the last mail that went to the prospect; NULL. Only by record_add_cadence, as the next two */
    char *last_subject;         /* NULL */
    GPtrArray *last_references; /* char* */
    GHashTable *written_keys;   /* char*: keys of the mails that were planned for it so far */
} Past;

Past *past_new(void); /* nothing on record */
void past_free(Past *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Past, past_free)

LeadMatch *lead_match_new(Lead *take_lead, MatchKind how, const char *evidence, gboolean is_known_address);
void lead_match_free(LeadMatch *match);
/* The match that is this lead; NULL. Borrowed. */
LeadMatch *past_find_match(const Past *past, gint64 lead);
PersonLoad *person_load_new(const char *person, guint open_leads, UsherTime last_assigned);
void person_load_free(PersonLoad *load);
/* NULL when nothing is on record of that person. */
const PersonLoad *past_find_load(const Past *past, const char *person);
SlotOffer *slot_offer_new(gint64 lead, const char *owner, UsherTime at);
void slot_offer_free(SlotOffer *slot);
/* The partner of that name; NULL when there is none on the list, or no name. Borrowed. */
const Party *past_find_partner(const Past *past, const char *name);
PromiseState *promise_state_new(const char *kind, const char *owner, UsherTime due);
void promise_state_free(PromiseState *promise);
/* A copy, owned by the caller. */
PromiseState *promise_state_dup(const PromiseState *promise);
PromiseNotice *promise_notice_new(const char *person, PromiseState *take_promise, gboolean is_warning, UsherTime due);
void promise_notice_free(PromiseNotice *notice);
AnswerCount *answer_count_new(const char *address, guint to_address, guint to_domain);
void answer_count_free(AnswerCount *count);

#endif
