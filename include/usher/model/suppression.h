/*
 * model/suppression.h - who asked to be left alone, and by what
 *
 * Three scopes, from the least to the most: one cadence; all marketing; everything that is sent automatically. Mail about a matter that somebody has
 * open with us is not marketing. "Everything" is about what went on until then: who writes to us again of their own accord is answered again.
 */
#ifndef USHER_MODEL_SUPPRESSION_H
#define USHER_MODEL_SUPPRESSION_H

#include "usher/base/clock.h"

#include <glib.h>

/* As they are written: "sequence", "marketing", "all". */
typedef enum { SCOPE_SEQUENCE, SCOPE_MARKETING, SCOPE_ALL, SCOPE_COUNT } SuppressionScope;

const char *scope_get_name(SuppressionScope scope);
gboolean scope_find(const char *name, SuppressionScope *scope);

typedef struct Suppression {
    char *address; /* folded */
    SuppressionScope scope;
    char *cadence; /* of SCOPE_SEQUENCE its name; else "" */
    char *why;     /* in words: "unsubscribed", "by the link in a mail of lead 17" */
    UsherTime at;
} Suppression;

Suppression *suppression_new(const char *address, SuppressionScope scope, const char *cadence, const char *why, UsherTime at);
void suppression_free(Suppression *suppression); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Suppression, suppression_free)

/* "the sequence nurture", "all marketing", "everything automatic". The caller owns the text. */
char *suppression_describe(const Suppression *suppression);

/* TRUE when it stands against a mail of that cadence (NULL: of none), that is marketing or not, about a lead of that moment. */
gboolean suppression_covers(const Suppression *suppression, gboolean is_marketing, const char *cadence, UsherTime lead_created);

/* Of `suppressions` (Suppression) the first of that folded address that covers such a mail; NULL. Borrowed. */
const Suppression *suppression_find(const GPtrArray *suppressions, const char *address, gboolean is_marketing, const char *cadence,
                                    UsherTime lead_created);

/* What the mark in a mail (OutgoingMail.unsubscribe) stands for. */
typedef struct {
    gint64 mail;
    gint64 lead;   /* 0: none */
    char *address; /* to which the mail went, folded */
    char *cadence; /* of which the mail was a step; NULL */
    char *purpose;
} LeaveMark;
void leave_mark_free(LeaveMark *mark); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeaveMark, leave_mark_free)

#endif
