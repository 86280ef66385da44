/*
 * pipeline_parts.h - what the files of the pipeline share
 */
#ifndef USHER_PIPELINE_PARTS_H
#define USHER_PIPELINE_PARTS_H

#include "usher/pipeline.h"
#include "pipeline_command.h"
#include "pipeline_judge.h"
#include "pipeline_parties.h"
#include "usher/act.h"
#include "usher/assign.h"
#include "usher/base/domain.h"
#include "usher/base/error.h"
#include "usher/base/text.h"
#include "usher/followup.h"
#include "usher/parse.h"
#include "usher/qualify.h"
#include "usher/respond.h"

/* The newest ids of the thread, and its first one, which a long thread must not lose: it may be ours (RFC 5322 section 3.6.4). */
void pipeline_add_references(GPtrArray *into, const Message *message);

/* To whom one of us wrote: those in the header, and those only the envelope names. */
void pipeline_add_recipients(PastKeys *keys, const Reading *reading, const Settings *settings);

/* A colleague who answers a brief, or tells of somebody we know: theirs is a note, and no word of the prospect's. */
gboolean pipeline_is_colleagues_note(const Reading *reading, const Settings *settings);

/* A colleague has attached a mail: the thread it is of is theirs to tell. A forged colleague tells nothing. */
gboolean pipeline_is_passed_on_by_us(const Reading *reading);

void pipeline_add_carried_ids(GPtrArray *ids, const Reading *reading);

Decision *pipeline_start_decision(const Reading *reading, const Rulebook *rulebook, UsherTime now);

G_GNUC_PRINTF(3, 4)
void pipeline_end_in(Decision *decision, Disposition disposition, const char *format, ...);

const LeadMatch *pipeline_find_match(const Past *past, MatchKind how);

/* The lead in whose thread the mail is written: of several rather one that knows the writer. */
const LeadMatch *pipeline_find_thread(const Past *past);

void pipeline_add_own_id(Decision *decision, const Message *message);

void pipeline_add_thread_ids(Decision *decision, const Reading *reading);

/* What stays as it is when a mail is added to a lead that is on record. */
void pipeline_stand_on_lead(Decision *decision, const Lead *lead);

/* A decision about a lead on record that no mail brings about: it stands on the lead. */
Decision *pipeline_start_on_lead(const Lead *lead, const Rulebook *rulebook, UsherTime now);

const char *pipeline_show_sender(const Message *message);

/* A person of the firm by their id, as the history knows them; else their address. */
const char *pipeline_find_colleague(const Message *message, const Settings *settings);

void pipeline_tell_forged(Decision *decision, const Message *message, const char *what);

/* A lead that is checked for a conflict stays that, whatever its addresses take. */
void pipeline_put_out_of_reach(Decision *decision, const char *address, const char *why);

/* What we write to a colleague does not get through: nobody else would know that they know nothing. */
void pipeline_put_undelivered(Decision *decision, const char *address, const char *why, const Settings *settings);

/* The owner is told, and somebody is to have decided by a time. */
void pipeline_tell_out_of_reach(Decision *decision, const Past *past, const char *secret, const Rulebook *rulebook);

void pipeline_decide_automatic(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                               const char *secret);

void pipeline_decide_unsubscribe(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                                 const char *secret);

/* Whoever is to know that the lead's status has become another. */
void pipeline_tell_status(Decision *decision, const Lead *lead, const Past *past, const Rulebook *rulebook, const char *secret);

/* Somebody has answered, or something else has come between: the lead's cadence is over, and none begins by this decision. */
void pipeline_stop_cadence(Decision *decision, const char *why);

/* A mail of one of us, believed unless our own mail server found the address forged (one from inside carries no finding). */
void pipeline_decide_sent(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook);

/* What the mail tells that the lead did not know. */
void pipeline_add_new_fields(Decision *decision, const GPtrArray *fields, const Lead *lead, const Rulebook *rulebook);

/* The rules look again, at all that is known by now. */
void pipeline_judge_anew(Decision *decision, const Lead *lead, const Past *past, const Rulebook *rulebook, const char *secret,
                         const Extraction *later, gboolean is_cleared, const char *why);

gboolean pipeline_is_persons_own(const Extraction *extraction, const char *address);

/*
 * The lead in whose thread a stranger writes: nobody whom it knows, nor its referrer, nor of the prospect's company. A lead that knows no address
 * has no strangers. NULL: it is none.
 */
const LeadMatch *pipeline_find_stranger_to(const Reading *reading, const Past *past);

const LeadMatch *pipeline_choose_match(const Reading *reading, const Past *past);

void pipeline_judge_kind(Decision *decision, MessageKind kind, const char *rule, const char *evidence);

/* Somebody goes on where old mail ended: from here on it is a lead like any other. */
void pipeline_wake(Decision *decision);

/* The owner gets a brief by this decision: it says all that a note about the reply would say. */
gboolean pipeline_tells_owner(const Decision *decision, const Settings *settings);

void pipeline_join_lead(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                        const Rulebook *rulebook, const char *secret);

/* Somebody outside wrote to one of us: a reply on their lead, and never a lead of its own. */
void pipeline_decide_interaction(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                                 const char *secret);

/* The headers of a mail that is on a lead already, whole or not: it is counted once. */
gboolean pipeline_is_known_copy(Decision *decision, const Reading *reading, const Past *past);

/* Nothing is done here: what is ordered is done after this decision is on record, one verb after the other. */
gboolean pipeline_decide_command_mail(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                                      const char *secret);

/* What a mail that is believed says of a task without a lead; who wrote it is told what came of that. (pipeline_tasks.c) */
void pipeline_act_on_task(Decision *decision, const MailCommand *command, const Past *past, const Rulebook *rulebook,
                          const char *secret);

#endif
