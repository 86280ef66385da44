/*
 * assign.h - a lead -> a named owner, with the reason for and against everybody
 *
 * Pure. There is always an owner afterwards. Where the route names no duty, and no client of ours is at stake (who belongs to whoever looks after them):
 *
 * 1. Eligible is who gets leads by rotation (capacity > 0), takes the service (who names none takes any; a lead that names none is for everybody), may act
 *    for this party (not_for), is not away, and has room (open leads that are work < capacity).
 * 2. Whom the enquiry is addressed to gets it. Of the others, for a lead that is promised for today, those are preferred who are at work before that is due;
 *    where nobody is, all are equal.
 * 3. Of these the least loaded, (open leads + 1) / (capacity * weight); then whose last lead is the longest ago; then the lower id. So a person with twice
 *    the capacity gets twice as many, whether or not a service is named.
 * 4. Within bounds. A person's share of a lead is their capacity * weight against that of all who could take it. Of any n leads in a row that somebody could
 *    take, they get at most half as much again as their share of them and 2 more, and at least half their share less 2. So who is new or back from an
 *    absence, with an empty desk, is not flooded: at most one and a half times the usual, and that only until their desk is like the others'. Nothing is saved
 *    up while somebody is away or full, and nothing is paid back later: what is counted (Turn) is kept between -1 and 2 leads.
 *
 * Nobody eligible: of those who take the service and are present, whoever is the least over capacity; else the stand-in (the line of deputies) of somebody who is away or
 * must not have it, whatever they take, the one with room first; what a stand-in gets counts against their own capacity and turns. Else the fallback duty. An
 * event says so.
 */
#ifndef USHER_ASSIGN_H
#define USHER_ASSIGN_H

#include "usher/model/decision.h"
#include "usher/model/message.h"
#include "usher/rulebook/rulebook.h"

/* What is known of a lead beside the decision. */
typedef struct {
    UsherTime due_today;     /* until when somebody is to have made the contact, when that is the same business day; 0 else */
    const Person *addressed; /* whom the enquiry is addressed to by name; NULL */
} AssignWish;

/* How many people could take the lead now. */
guint assign_count_free(const Decision *decision, const Past *past, const Settings *settings);

/*
 * Sets owner, candidates and, when the lead was given out by turns, turns. `route` (may be NULL) may name a duty; the duty's holder when away, or barred from the lead, is
 * replaced by the deputy. `wish` NULL: none.
 */
void assign_owner(Decision *decision, const RouteRule *route, const AssignWish *wish, const Past *past, const Settings *settings);

/*
 * The one person of the firm whom an enquiry is addressed to: the only one in its To, or the only one named at the end of the short first line of `words` ("Dear Jane,",
 * "Hello Ms Mills"), unless the prospect bears that name. NULL when there is none. A notification (is_notification) goes To whoever its sender was told. Borrowed.
 */
const Person *assign_find_addressed(const Message *message, const char *words, const char *prospect, gboolean is_notification,
                                    const Settings *settings);

/* TRUE when the person must not have leads of this party: not_for in usher.yaml. *which (may be NULL) says which entry; borrowed. */
gboolean assign_is_barred(const Person *person, const Decision *decision, const char **which);

/* Two times for a call with the owner, by the rules for slots, on two different days and offered to nobody else yet; none when there are not two. */
void assign_offer_slots(Decision *decision, const Past *past, const Rulebook *rulebook);

/*
 * The partner that the lead is passed on to and the reasons for and against all of them, of a route that wants one; the column `partner` of the conditions is put in
 * any case. Nobody fits: none, with an event. `subject` and `text` (may be NULL): what was said.
 */
void assign_partner(Decision *decision, const RouteRule *route, const Past *past, const char *subject, const char *text,
                    const Rulebook *rulebook);

/* TRUE when a partner has what is asked among their services, and works there. */
gboolean assign_has_partner(const Decision *decision, const Past *past, const char *subject, const char *text,
                            const Rulebook *rulebook);

/* The partner (Party) whom the referrer (may be NULL) is of: by address or by a domain that is no provider's. NULL. Borrowed. */
const Party *assign_find_source(const Mailbox *referrer, const GPtrArray *partners, const Rulebook *rulebook);

#endif
