/*
 * model/party.h - who the firm knows already: its clients, the parties it must not act against, and its partners
 *
 * All three are lists that the firm gives. A party is asked for by what a lead says of its people; a match tells what said it and how sure it is.
 */
#ifndef USHER_MODEL_PARTY_H
#define USHER_MODEL_PARTY_H

#include "usher/base/clock.h"

/* The numbers stand in the record. */
typedef enum { PARTY_CLIENT = 1, PARTY_CONFLICT = 2, PARTY_PARTNER = 3 } PartyList;

/* More partners than these are not looked at. */
#define MOST_PARTNERS 500

/* What is said of a partner, a firm that leads are passed on to, beside what is said of every party; and what has passed between us in a year. */
typedef struct {
    char *contact;       /* who answers there; "" */
    char *phone;         /* as it was written; "" */
    GPtrArray *services; /* char*: what they do, in their own words */
    GPtrArray *areas;    /* char*: towns and postcode areas; empty: everywhere */
    char *reciprocity;   /* what was agreed, in words; "" */
    char *share;         /* what they pay us for a client, in words; "" */
    guint sent_us;       /* leads that came from them */
    guint sent_them;     /* leads that went to them */
    UsherTime last_sent; /* when one went to them last, ever; 0 */
} PartnerTerms;

typedef struct Party {
    gint64 id; /* 0 before it is recorded */
    PartyList list;
    char *name;
    GPtrArray *names;     /* char*: former names and others; empty in a match */
    GPtrArray *addresses; /* char*: folded; empty in a match */
    GPtrArray *domains;   /* char*: lower case; empty in a match */
    char *owner;          /* of a client: the id of the person who looks after it; "" */
    char *matter;         /* of a conflict: the matter it belongs to; "" */
    char *note;           /* "" */
    PartnerTerms *terms;  /* of a partner; NULL else */
} Party;

Party *party_new(PartyList list, const char *name);
void party_free(Party *party);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Party, party_free)

/* From the surest to the least sure. */
typedef enum { PARTY_BY_ADDRESS, PARTY_BY_DOMAIN, PARTY_BY_NAME, PARTY_BY_NEAR_NAME } PartyHow;

/* "address", "domain", "name", "near name": borrowed for ever. */
const char *party_how_get_name(PartyHow how);

/* What a lead says of its people, to be looked for. */
typedef struct {
    PartyHow how; /* address, domain or name */
    char *what;   /* the field it stands in: "company", "referrer_email" */
    char *text;
    gboolean is_other; /* of somebody beside the prospect: no client is looked for */
} PartyAsk;

PartyAsk *party_ask_new(PartyHow how, const char *what, const char *text);
void party_ask_free(PartyAsk *ask);

typedef struct {
    Party *party;
    PartyHow how;
    char *what;    /* of the ask */
    char *said;    /* the ask's text */
    char *matched; /* what of the party it is: one of its names, an address, a domain */
    char *why;     /* of a near name: what differs, in words; NULL */
} PartyMatch;

PartyMatch *party_match_dup(const PartyMatch *match);
void party_match_free(PartyMatch *match);
/* In words: "Trantor Ltd" is close to "Tranter Ltd": one letter differs. Owned by the caller. */
char *party_match_describe(const PartyMatch *match);

#endif
