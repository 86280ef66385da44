/*
 * assign.h - a lead -> a named owner, with the reason for and against everybody
 *
 * Pure. Eligible first (service, capacity, absence), then least loaded against capacity and weight, then longest ago, then by id.
 */
#ifndef USHER_ASSIGN_H
#define USHER_ASSIGN_H

#include "usher/model/decision.h"
#include "usher/rulebook/rulebook.h"

/* How many people could take the lead now. */
guint assign_count_free(const Decision *decision, const Past *past, const Settings *settings);

/*
 * Sets owner and candidates. Where the route names no duty, a client of ours goes to who looks after them, away to their deputy. `route` may name a duty; the duty's holder when away is replaced by the deputy. Nobody eligible: the fallback owner, with an event. There is
 * always an owner afterwards.
 */
void assign_owner(Decision *decision, const RouteRule *route, const Past *past, const Settings *settings);

/* Two times for a call with the owner, by the rules for slots, on two different days and offered to nobody else yet; none when there are not two. */
void assign_offer_slots(Decision *decision, const Past *past, const Rulebook *rulebook);

/* TRUE for the holder of the duty and for everybody in the line of deputies. */
gboolean assign_is_on_duty(const char *person, const char *duty, const Settings *settings);

#endif
