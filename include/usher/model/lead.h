/*
 * model/lead.h - a lead and what is known of it, as plain values
 */
#ifndef USHER_MODEL_LEAD_H
#define USHER_MODEL_LEAD_H

#include "usher/base/clock.h"
#include "usher/model/message.h"
#include "usher/model/names.h"

/* One thing known of a lead, with the rule that found it and the words that show it. */
typedef struct {
    char *name;  /* "phone" */
    char *value; /* normalised */
    char *raw;   /* as it was written */
    char *rule;  /* "channels/contact-form-7.yaml:12", "fields.yaml:40 label", "header From" */
    char *where; /* what the span counts in: "text", "subject", "from", "note", "command" */
    gsize start; /* span of raw in that text, in bytes; 0,0 when it stands in no text */
    gsize length;
    char *evidence; /* the words around it, one line */
} Field;

typedef struct {
    char *rule; /* name of the score part */
    gint points;
    char *because; /* in words, with the values that made it true */
} ScorePart;

/* One person considered as owner, and why (not) they. */
typedef struct {
    char *person; /* id */
    gboolean is_eligible;
    char *because; /* "takes tax, 4 of 20 open leads", "away until 2 January" */
} Candidate;

/* A verdict with the rule that gave it. */
typedef struct {
    gboolean is_known;
    gboolean is_met;
    char *rule;
    char *because;
} BantVerdict;

/* Another lead of the same person. */
typedef struct {
    gint64 lead;
    LeadStatus status;
    char *owner;   /* id */
    char *service; /* NULL */
    char *because; /* it may be the same enquiry by somebody else's address: "the same telephone number"; NULL: the same person's */
} LeadLink;

/* One dimension of what a lead is: "requirement" is "clear". */
typedef struct {
    char *dimension; /* as rules/qualify.yaml calls it */
    char *verdict;
    char *rule;          /* "qualify.yaml:40" */
    char *because;       /* in words, with the values that made it true */
    char *said;          /* a short sentence for the brief; NULL, also for what is read from the record */
    gint64 likely_value; /* whole pounds; 0: this dimension says nothing of it */
} DimensionVerdict;

typedef struct Lead {
    gint64 id;
    Track track;
    char *channel;
    char *source;
    LeadStatus status;
    char *tier; /* NULL */
    gint score;
    gint64 likely_value; /* whole pounds; 0: not known */
    char *route;         /* NULL */
    char *exception;     /* NULL */
    char *owner;         /* id of a person */
    char *rules_hash;    /* of the rulebook that judged it */
    UsherTime created;
    UsherTime updated;
    gboolean is_history; /* read out of old mail: not live, whatever its status says, until somebody answers */
    Mailbox *referrer;   /* NULL */
    char *partner;       /* the partner it is, or is to be, referred on to; NULL */
    gint64 merged_into;  /* the lead that this one is part of; 0 */
    GPtrArray *fields;   /* Field */
} Lead;

/*
 * What tells that two leads with different addresses may be one: keys of a telephone number and of a name with its company. char*, for people to read up to the
 * colon. The caller owns the list.
 */
GPtrArray *lead_list_keys(const GPtrArray *fields);

/* A lead in the exception queue. */
typedef struct {
    Lead *lead;
    UsherTime since; /* when it came to the queue */
    UsherTime due;   /* when somebody is to have decided; 0 when nobody promised that */
    char *action;    /* the recommended first action */
} QueueLine;
void queue_line_free(QueueLine *line);

Lead *lead_new(void);
void lead_free(Lead *lead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lead, lead_free)

Field *field_new(const char *name, const char *value);
Field *field_dup(const Field *field);
void field_free(Field *field);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Field, field_free)
/* The first field of that name in a list of Field; NULL. Borrowed. */
Field *field_find(const GPtrArray *fields, const char *name);
/* Its value; NULL when there is no such field. Borrowed. */
const char *field_find_value(const GPtrArray *fields, const char *name);

LeadLink *lead_link_new(const Lead *lead);
void lead_link_free(LeadLink *link);
ScorePart *score_part_new(const char *rule, gint points, const char *because);
void score_part_free(ScorePart *part);
DimensionVerdict *dimension_verdict_new(const char *dimension, const char *verdict, const char *rule, const char *because);
void dimension_verdict_free(DimensionVerdict *verdict);
Candidate *candidate_new(const char *person, gboolean is_eligible, const char *because);
void candidate_free(Candidate *candidate);

/* Who it is about, by the best name there is: "Priya Anand, Northgate Bakery Ltd", else an address or a number. The caller owns it. */
char *lead_dup_name(const Lead *lead);

/* TRUE when the field "cleared" (NULL is none) says that a person has let the lead out of this exception. NULL is no exception. */
gboolean field_clears(const Field *cleared, const char *exception);

#endif
