/*
 * act.h - what a person may do with a lead: one table of verbs
 *
 * The command line, mail commands and the dashboard use the same verbs. Pure: a verb writes what follows from it into a Decision.
 */
#ifndef USHER_ACT_H
#define USHER_ACT_H

#include "usher/model/decision.h"
#include "usher/rulebook/rulebook.h"

typedef struct {
    const char *name;
    const char *arguments; /* "PERSON", "TEXT...", "[TEXT...]"; "" for none */
    const char *summary;
} Verb;

/* All verbs, ended by one without a name. */
const Verb *act_get_verbs(void);

/*
 * Applies a verb to `lead` (borrowed): status, owner, events and the verb's own detail go into `decision`, which must stand for that lead. `past` has the second lead
 * that act_find_other names, for undo the one that was merged into it last; the partners it may be passed on to; its open tasks and its enrolments, whose version the rulebook must know.
 * What a verb starts in a cadence is for the caller to finish: decision->cadence names one to put the lead into, decision->touch a step to leave out. `actor` is a person's id or "operator". FALSE with USHER_ERROR_INPUT when there is no such verb, an argument is missing or
 * wrong, or the lead is not in a state for it; the text says what would do.
 */
gboolean act_apply(Decision *decision, const Lead *lead, const Past *past, const char *verb, char **arguments, const char *actor,
                   const Rulebook *rulebook, GError **error);

/* The lead is given to that partner; NULL: to somebody who is on no list. `why` (may be "") goes into the history. */
void act_refer_on(Decision *decision, const Lead *lead, const char *partner, const char *actor, const char *why);

/* An open task is done or left out by `actor`; `outcome` (may be "") says what came of it. */
void act_end_task(Decision *decision, const Task *task, gboolean is_skipped, const char *actor, const char *outcome);

/* The number of the second lead that the verb is about; 0 when there is none, or no number. */
gint64 act_find_other(const char *verb, char **arguments);

#endif
