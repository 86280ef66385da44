/*
 * model/names.h - the words of the field, as enumerations and as they are written
 *
 * Each enumeration has one table of words; the words are the contract (JSON, rules, database).
 */
#ifndef USHER_MODEL_NAMES_H
#define USHER_MODEL_NAMES_H

#include <glib.h>

/* What a captured mail is. Every one gets exactly one. */
typedef enum {
    KIND_ENQUIRY,
    KIND_FORM,
    KIND_REFERRAL,
    KIND_CHAT,
    KIND_SOCIAL,
    KIND_DOWNLOAD,
    KIND_BOOKING,
    KIND_LOG,
    KIND_REPLY,
    KIND_SENT,
    KIND_COMMAND,
    KIND_BOUNCE,
    KIND_AUTO_REPLY,
    KIND_UNSUBSCRIBE,
    KIND_CALENDAR,
    KIND_RECEIPT,
    KIND_BULK,
    KIND_SPAM,
    KIND_COUNT
} MessageKind;

/* Where a captured mail ended. Every one ends in exactly one. */
typedef enum {
    DISPOSITION_LEAD,        /* opened a lead */
    DISPOSITION_JOINED,      /* joined an open lead: the same person, the same matter */
    DISPOSITION_REPLY,       /* an answer on a lead */
    DISPOSITION_RECORDED,    /* kept on a lead's record or on its own, asks for nothing (bounce, auto-reply, calendar, receipt) */
    DISPOSITION_IGNORED,     /* bulk, spam or our own mail: seen, counted, never answered */
    DISPOSITION_QUARANTINED, /* could not be decided: a person looks at it */
    DISPOSITION_COUNT
} Disposition;

typedef enum { TRACK_INBOUND, TRACK_REFERRAL, TRACK_OUTBOUND, TRACK_COUNT } Track;

typedef enum {
    STATUS_NEW,
    STATUS_CONTACTED,
    STATUS_ENGAGED,
    STATUS_MEETING,
    STATUS_PROPOSAL,
    STATUS_WON,
    STATUS_LOST,
    STATUS_NURTURE,
    STATUS_EXCEPTION,
    STATUS_NOT_QUALIFIED,
    STATUS_INSUFFICIENT_DATA,
    STATUS_REFERRED_ON,
    STATUS_COUNT
} LeadStatus;

/* The four dimensions of BANT. */
typedef enum { BANT_BUDGET, BANT_AUTHORITY, BANT_NEED, BANT_TIMING, BANT_COUNT } BantDimension;

/* "enquiry", "not-qualified", ...: borrowed for ever. */
const char *kind_get_name(MessageKind kind);
const char *disposition_get_name(Disposition disposition);
const char *track_get_name(Track track);
const char *status_get_name(LeadStatus status);
const char *bant_get_name(BantDimension dimension);

/* FALSE when the word is not one of the table; the output is untouched then. */
gboolean kind_find(const char *name, MessageKind *kind);
gboolean disposition_find(const char *name, Disposition *disposition);
gboolean track_find(const char *name, Track *track);
gboolean status_find(const char *name, LeadStatus *status);

/* TRUE for a status in which somebody still has to act: everything but won, lost, not-qualified, insufficient-data, referred-on. */
gboolean status_is_live(LeadStatus status);
/* TRUE for a live lead that its owner has work with now: it counts against their capacity. One in nurture waits by itself, for months. */
gboolean status_is_work(LeadStatus status);

/* TRUE for kinds that a machine sent and that are never answered: bounce, auto-reply, calendar, receipt, bulk, spam. */
gboolean kind_is_automatic(MessageKind kind);

/* TRUE for kinds by which a machine tells of a person, who is in the text: form, chat, social, download, booking. */
gboolean kind_is_notification(MessageKind kind);

#endif
