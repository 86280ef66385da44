/*
 * followup.h - what we owe from here on: promises and the cadence
 *
 * Pure. Adds promises to the Decision; those whose evidence is the decision itself are kept at once.
 */
#ifndef USHER_FOLLOWUP_H
#define USHER_FOLLOWUP_H

#include "usher/model/decision.h"
#include "usher/rulebook/rulebook.h"

/*
 * The promises of a new lead. The row of the conditions must be the lead's (qualify has left it so). What a person keeps (a verb) is never due while
 * business is closed, but when it opens again.
 */
void followup_plan(Decision *decision, const Rulebook *rulebook);

/*
 * By when a person is to have done what the rules promise for the same business day; 0 when nothing is. The row must be the lead's, its route taken; promises need no owner for
 * this.
 */
UsherTime followup_find_due_today(const Decision *decision, const Rulebook *rulebook);

/*
 * After the mails are planned, with the row as it was: a promise that a mail keeps stands only when that mail is owed (nobody may be written
 * to who must not be). In its place comes the next of that kind whose condition holds, which a person may keep, or none.
 */
void followup_settle(Decision *decision, const Rulebook *rulebook);

/*
 * The promises of a lead that is judged again, beside those of it that are open (PromiseState; may be NULL): what was promised for an earlier moment keeps
 * that moment.
 */
void followup_adopt_open(Decision *decision, const GPtrArray *open);

/* TRUE when `kept_by` is "mail:PURPOSE" and the decision has a mail of that purpose. */
gboolean followup_has_mail(const Decision *decision, const char *kept_by);

/* Names in decision->kept what of `open` (PromiseState) a verb keeps. */
void followup_keep_by_verb(Decision *decision, const GPtrArray *open, const char *verb);

/*
 * The promise of that kind that the rules ask for, when the row is the lead's and none of `open` (PromiseState) is of that kind: for a lead that something else
 * than a judgement has moved.
 */
void followup_owe(Decision *decision, const GPtrArray *open, const char *kind, const Rulebook *rulebook);

/* In shadow mode: promises that a mail of this decision keeps are kept at once, since the mail itself never goes. */
void followup_keep_by_shadow(Decision *decision);

/*
 * The task that a rule of rules/tasks.yaml makes at `now`: in the hours of who is to do it, on one of its days. *task (owned by the caller) is NULL when there is none; its key is
 * "recurring:NAME:HOLDER:DAY". FALSE with USHER_ERROR_INPUT when its wording cannot be rendered.
 */
gboolean followup_find_recurring(const TaskRule *rule, const Settings *settings, UsherTime now, Task **task, GError **error);

/* Puts that one of `promises` (PromiseState) into decision->broken if it is past its time at decision->at. */
void followup_find_broken(Decision *decision, const GPtrArray *promises, gint64 id);

#endif
