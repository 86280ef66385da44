/*
 * report.h - what is told of many leads at once
 *
 * Pure: lists that were read from the record -> mails.
 */
#ifndef USHER_REPORT_H
#define USHER_REPORT_H

#include "usher/model/lead.h"
#include "usher/model/mail.h"
#include "usher/model/past.h"
#include "usher/rulebook/rulebook.h"

/*
 * The key of the digest that is due at `now`, "PURPOSE:DAY" or of a person's own list "PURPOSE:PERSON:DAY": the local day is one of the rule's and its time has come. One that was missed goes
 * later on the same day while business is open, never on another day. `person` (NULL: the rule is for a duty) gives hours and zone, and has no list while they are away. NULL when none is
 * due. The caller owns it.
 */
char *report_find_digest(const DigestRule *rule, const Person *person, const Settings *settings, UsherTime now);

/*
 * The digest under that key to the holder of its duty (who is away: to their deputy), about the exception queue (QueueLine). NULL when nobody can get it, or with
 * USHER_ERROR_INPUT when the template cannot be rendered. The caller owns it.
 */
OutgoingMail *report_make_digest(const DigestRule *rule, const char *key, const GPtrArray *queue, const Rulebook *rulebook,
                                 const char *secret, UsherTime now, GError **error);

/* What is told of the fuse when it has opened. */
typedef struct {
    gint64 opening; /* its number */
    const char *why;
    gint64 waiting; /* mails to outsiders that are kept back */
} FuseAlarm;

/*
 * The mail of a rule on: fuse to the holder of its duty (who is away: to their deputy). NULL when nobody can get it, or with USHER_ERROR_INPUT when the
 * template cannot be rendered. The caller owns it.
 */
OutgoingMail *report_make_fuse_alarm(const MailRule *rule, const FuseAlarm *alarm, const Rulebook *rulebook, const char *secret,
                                     UsherTime now, GError **error);

/* ---- promises.c: what somebody is to be told of promises ---- */

/* FALSE of a notice about a promise that is closed, or a warning of one that is past its time. */
gboolean report_is_owed(const PromiseNotice *notice, UsherTime now);

/*
 * Parts what one person is to be told now (PromiseNotice) into what they are told alone and what in one mail together (both borrowed): all of it together when it
 * is more than the rules say. What is held for a conflict check comes in the mail of many to who may not know whom it is about, since that names nobody.
 */
void report_part_promises(const GPtrArray *notices, const Rulebook *rulebook, UsherTime now, GPtrArray *alone, GPtrArray *together);

/*
 * One mail to one person about all those promises (PromiseNotice, at least one). NULL when they have no address or the rules have no wording, or with USHER_ERROR_INPUT when the
 * template cannot be rendered. The caller owns it.
 */
OutgoingMail *report_make_promises(const GPtrArray *notices, const Rulebook *rulebook, const char *secret, UsherTime now,
                                   GError **error);

/* ---- morning.c: what a day has for one person ---- */

/* One line of it; what it is not about is NULL. Links are "mailto:...", absent when nothing can be done by mail. */
typedef struct {
    Task *task;
    PromiseState *promise;
    OutgoingMail *mail; /* that will go in their name, not before mail->due */
    Lead *lead;         /* that it is about, with its fields */
    char *done_url, *skip_url, *hold_url, *contacted_url;
} MorningLine;
MorningLine *morning_line_new(void);
void morning_line_free(MorningLine *line);

typedef struct {
    GPtrArray *tasks, *promises, *mails, *leads; /* MorningLine; leads: those newly theirs */
} MorningList;
MorningList *morning_list_new(void);
void morning_list_free(MorningList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MorningList, morning_list_free)

/* From when on a lead is newly theirs: when they began to work on the last day of theirs before that of `now`. */
UsherTime report_find_last_start(const Calendar *calendar, UsherTime now);

/* The list as one mail under that key. NULL when it is empty or the person has no address, or with USHER_ERROR_INPUT when it cannot be rendered. The caller owns it. */
OutgoingMail *report_make_morning(const DigestRule *rule, const char *key, const Person *person, const MorningList *list,
                                  const Rulebook *rulebook, const char *secret, UsherTime now, GError **error);

#endif
