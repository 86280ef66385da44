/*
 * qualify.h - fields -> score with parts, BANT, tier, flags, what is missing or contradictory, and the route
 *
 * Pure. Writes its verdicts into the Decision; reads track, channel, source, kind and fields from it.
 */
#ifndef USHER_QUALIFY_H
#define USHER_QUALIFY_H

#include "usher/model/decision.h"
#include "usher/model/message.h"
#include "usher/rulebook/rulebook.h"

/* What the row of the conditions needs beside the Decision. */
typedef struct {
    const char *text; /* what was said; NULL for a command */
    const char *subject;
    guint attachments;
    gboolean is_own_forward;
    gboolean has_person; /* somebody to answer is known and certain */
    guint free_people;
    gboolean has_partner; /* a partner has what is asked among their services */
    guint people_told;    /* of whom a colleague's note tells */
    gboolean is_guarded;  /* a limit of rules/routes.yaml stops the answers to mails like this one */
} QualifyFacts;

/* Score parts, score, BANT, tier, flags, missing, contradictions. */
void qualify_judge(Decision *decision, const QualifyFacts *facts, const Rulebook *rulebook);

/*
 * The route: the first whose condition holds; without any, the fallback owner gets it as an exception "undecided", with an event that says so.
 * Sets route, route_because, exception, status, action, cadence. Call after qualify_judge.
 */
const RouteRule *qualify_find_route(Decision *decision, const Rulebook *rulebook);

/* Puts the lead on that route, whatever its condition says. Takes `take_because`: why, in words. */
void qualify_take_route(Decision *decision, const RouteRule *route, char *take_because, const Rulebook *rulebook);

#endif
