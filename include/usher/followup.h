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
 * The promises of a new lead. The row of the conditions must be the lead's (qualify has left it so). Which of them may fall due while business is closed the
 * rules say.
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
void followup_adopt_open(Decision *decision, const GPtrArray *open, const Rulebook *rulebook);

/* TRUE when `kept_by` is "mail:PURPOSE" and the decision has a mail of that purpose. */
gboolean followup_has_mail(const Decision *decision, const char *kept_by);

/* Names in decision->kept what of `open` (PromiseState) a verb keeps. */
void followup_keep_by_verb(Decision *decision, const GPtrArray *open, const char *verb);

/*
 * The promise of that kind that the rules ask for, when the row is the lead's and none of `open` (PromiseState) is of that kind: for a lead that something else
 * than a judgement has moved.
 */
void followup_owe(Decision *decision, const GPtrArray *open, const char *kind, const Rulebook *rulebook);

/* ---- cadences (cadence.c) ---- */

/* The hours that an owner keeps; the firm's when nobody is known by that id. Borrowed. */
const Calendar *followup_find_calendar(const char *owner, const Settings *settings);

/*
 * Puts the lead into the cadence that the rules name for it, when it was never in that one. The row of the conditions must be the lead's, its route and status taken. Another
 * one that it is in ends, also when there is none for it any more; but what a person has put it into goes on until its status, `before` this decision, becomes another than
 * "contacted".
 */
void followup_enrol(Decision *decision, LeadStatus before, const GPtrArray *enrolments, const Rulebook *rulebook);

/* The same without asking the rules, because `actor` (a person's id, or "operator") says so: from its first step on, whatever was before. */
void followup_put_into(Decision *decision, const Cadence *cadence, const char *actor, const Rulebook *rulebook);

/* The enrolment goes on in that version of its cadence, with the step that it is at. */
void followup_move(Decision *decision, const Enrolment *active, const Cadence *cadence, const char *actor,
                   const Rulebook *rulebook);

/* The step that decision->enrolment is at is left out (decision->touch) because `actor` says so. */
void followup_leave_out(Decision *decision, const Cadence *cadence, const char *actor, const Rulebook *rulebook);

/* What there is to know of others when a step is due. */
typedef struct {
    guint mails_today;    /* cadence mails in the owner's name that were written today */
    UsherTime away_until; /* when the owner is back; 0: they are there */
    gboolean is_fused;    /* the fuse is open: nothing would go */
    gboolean is_rush;     /* more steps are late than may go at once */
} StepLook;

/*
 * TRUE when the step that is due must wait still: its owner is away, business is closed for them, too much is late, or enough went in their name today. The enrolment is due later then, and what
 * follows by as many days. Only mails wait.
 */
gboolean followup_put_off(Enrolment *enrolment, const Cadence *cadence, const StepLook *look, const Calendar *calendar,
                          const CadenceManners *manners, UsherTime now);

/* The same step on the next business day. */
void followup_put_off_a_day(Enrolment *enrolment, const Calendar *calendar, UsherTime now);

/* The step is done: what is next, and when. */
void followup_advance(Enrolment *enrolment, const Cadence *cadence, const Calendar *calendar, UsherTime now);

/*
 * When a cadence goes on for somebody who is away: back_on ("2026-03-30", the day they are back; NULL: not said), or what the rules take an absence to be; and what they allow after it.
 */
UsherTime followup_find_return(const char *back_on, const Rulebook *rulebook, UsherTime now);

/* One of us has written to the prospect: the cadence ends, or waits where it outlasts that. */
void followup_follow_own_mail(Decision *decision, const GPtrArray *enrolments, const Rulebook *rulebook);

/*
 * What the rules owe for a reply of the prospect (`on: reply`), when the row is the lead's: unless one of `open` (PromiseState) has somebody of the firm get in touch with them anyway.
 */
void followup_owe_answer(Decision *decision, const GPtrArray *open, const Rulebook *rulebook);

/* In shadow mode: promises that a mail of this decision keeps are kept at once, since the mail itself never goes. */
void followup_keep_by_shadow(Decision *decision);

/*
 * A task on a lead, without a key still: for its owner, or whoever stands in for them today, by the end of their day. `guidance` may be NULL. The caller owns it.
 */
Task *followup_make_task(const char *kind, const Lead *lead, const char *said, const char *guidance, const Settings *settings,
                         UsherTime now);
/* The hours of whoever that would be for an owner. Borrowed. */
const Calendar *followup_find_task_calendar(const char *owner, const Settings *settings, UsherTime now);

/*
 * The task that a rule of rules/tasks.yaml makes at `now`: in the hours of who is to do it, on one of its days. *task (owned by the caller) is NULL when there is none; its key is
 * "recurring:NAME:HOLDER:DAY". FALSE with USHER_ERROR_INPUT when its wording cannot be rendered.
 */
gboolean followup_find_recurring(const TaskRule *rule, const Settings *settings, UsherTime now, Task **task, GError **error);

/* ---- watch.c: before it is due, and after ---- */

/*
 * When there is next something to do about a promise that was made at `made`: to warn `owner` of it, by its rule and in their hours, or else the moment after
 * `due`, at which it is broken.
 */
UsherTime followup_find_look(const PromiseRule *rule, const char *owner, UsherTime made, UsherTime due, const Settings *settings);

/*
 * What is to be done about an open promise of the lead at decision->at: the owner is to be warned, or it is broken, or it is broken for so long that the next one is to be
 * told. Goes into watched, notices and events of the decision. Each person is told of it when they are at work, of a lead of the tiers that the rules name at once.
 */
void followup_watch(Decision *decision, const PromiseState *promise, const Rulebook *rulebook);

/* Tells in an event of each promise in decision->kept (its open ones are among `promises`, PromiseState) how late it is kept, when it is. What was the prospect's is not told of. */
void followup_tell_late(Decision *decision, const GPtrArray *promises, const Rulebook *rulebook);

/*
 * What the owner owes is owed at decision->snoozed_until, no sooner; one that is broken stays so, and nobody else is told of it before then. What the prospect was told a time of stays:
 * FALSE with USHER_ERROR_INPUT when nothing else is open and it is in no cadence (has_cadence) that could wait.
 */
gboolean followup_snooze(Decision *decision, const GPtrArray *promises, gboolean has_cadence, const Rulebook *rulebook,
                         GError **error);

/* The event of one promise that is kept at decision->at and was due before that. */
void followup_add_late_event(Decision *decision, const PromiseState *promise, const Rulebook *rulebook);

#endif
