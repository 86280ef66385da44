/*
 * record/store.h - what the files of this part share: the Record, and the pieces of a transaction that several of them write
 *
 * All functions that write are called inside a transaction (store_must_write says so).
 */
#ifndef USHER_RECORD_STORE_H
#define USHER_RECORD_STORE_H

#include "driver.h"
#include "usher/record.h"

struct Record {
    Driver *driver;
    char *secret;
};

/* Stops the program when it is about to write outside a transaction. */
void store_must_write(const Record *record);

/* A transaction that only reads, so that several reads see one moment; nothing when there is one already. */
typedef struct {
    Driver *driver; /* NULL: none to end */
} StoreView;
gboolean store_view(Record *record, StoreView *view, GError **error);
void store_view_end(StoreView *view);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreView, store_view_end)

/* Lists of texts are kept as lines. A text that would be two lines becomes one. */
void store_bind_lines(Statement *statement, const GPtrArray *texts);
void store_read_lines(Statement *statement, GPtrArray *texts);

/* Name and address, or two NULLs. */
void store_bind_mailbox(Statement *statement, const Mailbox *mailbox);
Mailbox *store_read_mailbox(Statement *statement);

/* Adds the first column of all rows, numbers, to `numbers` (gint64). */
gboolean store_read_ints(Statement *statement, GArray *numbers, GError **error);

/* Statements that take only numbers, and whose rows do not matter. */
gboolean store_run_ints(Record *record, const char *sql, const gint64 *values, guint count, gint64 *changes, GError **error);

/* ---- recorder.c ---- */

/* How many jobs wait for the recorder; for tests that need to know. */
guint recorder_count_waiting(Recorder *recorder);

/* ---- messages.c ---- */

/* How a captured mail came; it must be there. */
gboolean message_read_arrival(Record *record, gint64 id, Arrival **read, GError **error);

/* ---- leads.c ---- */

/* The columns that lead_read reads, in their order. */
#define LEAD_COLUMNS                                                                                                               \
    "id, track, channel, source, status, tier, score, route, exception, owner, rules_hash, created, updated, is_history, "         \
    "COALESCE(merged_into, 0), likely_value, partner, referrer_name, referrer_address"
Lead *lead_read(Statement *statement);
/* NULL without an error when there is no such lead. */
gboolean lead_find(Record *record, gint64 id, Lead **lead, GError **error);
gboolean lead_add_fields(Record *record, gint64 id, GPtrArray *fields, GError **error);

/* Where a lead stands, changed together with the load of its owners. NULL owner: as it is. */
gboolean lead_insert(Record *record, const Decision *decision, GError **error);
gboolean lead_move(Record *record, gint64 id, LeadStatus status, const char *exception, const char *owner, UsherTime now,
                   GError **error);

/* Where people stand in the turns after the decision; history takes nobody's turn. */
gboolean lead_put_turns(Record *record, const Decision *decision, GError **error);

/* A lead of history is one like any other from now on; lead_move then counts it. */
gboolean lead_wake(Record *record, gint64 id, GError **error);

/* ---- merges.c ---- */

/* `other` is part of `lead` from now on: not live, its mails held, nothing owed on it. */
gboolean merge_leads(Record *record, gint64 lead, gint64 other, UsherTime now, GError **error);
/* `other` is a lead of its own again, with what was owed on it. */
gboolean merge_undo(Record *record, gint64 other, GError **error);
/* What tells it may be the same as another. */
gboolean merge_put_keys(Record *record, gint64 lead, const GPtrArray *fields, GError **error);
/* Fills past->doubles and past->other by the keys. */
gboolean merge_find_doubles(Record *record, const PastKeys *keys, Past *past, GError **error);
gboolean merge_find_other(Record *record, const PastKeys *keys, Past *past, GError **error);

/* Open leads of a person changed by `change`; `assigned` 0 leaves the moment of the last assignment as it is. */
gboolean lead_change_load(Record *record, const char *person, gint64 change, UsherTime assigned, GError **error);

/* The partner the lead is, or is to be, referred on to. */
gboolean lead_put_partner(Record *record, const Decision *decision, GError **error);

/* That Message-ID proves this lead from now on. */
/* slots.c: the times offered from `now` on (SlotOffer), and those that a decision offers. */
gboolean slots_add_open(Record *record, UsherTime now, GPtrArray *slots, GError **error);
gboolean slots_put(Record *record, const Decision *decision, GError **error);

gboolean thread_add(Record *record, gint64 lead, const char *message_id, GError **error);

/* ---- judgement.c ---- */

/* The judgement of the decision's lead, which must have none. */
gboolean judgement_insert(Record *record, const Decision *decision, GError **error);
/* Fills the decision with what judgement_insert wrote for its lead. */
gboolean judgement_read(Record *record, Decision *decision, GError **error);

/* ---- lead_parties.c ---- */

/* Whom of the lists the lead's people are, in place of what stood there. */
gboolean lead_parties_put(Record *record, const Decision *decision, GError **error);
gboolean lead_parties_read(Record *record, Decision *decision, GError **error);

/* ---- partners.c ---- */

/* FALSE with USHER_ERROR_INPUT when the list has become longer than what is looked at. */
gboolean partners_check_count(Record *record, GError **error);
/* What came from an address of theirs before they were a partner counts as theirs. */
gboolean partners_note_source(Record *record, const Party *partner, GError **error);

/* ---- history.c ---- */

gboolean history_add(Record *record, gint64 lead, UsherTime at, const GPtrArray *events, GError **error);
gboolean history_add_one(Record *record, gint64 lead, UsherTime at, const char *actor, const char *what, const char *detail,
                         GError **error);
gboolean history_check_chain(Record *record, GError **error);

/* ---- promises.c ---- */

gboolean promise_add_all(Record *record, gint64 lead, const GPtrArray *promises, GError **error);
/* Open promises of that kind are kept; those that are late become broken ones kept late. */
gboolean promise_keep_kind(Record *record, gint64 lead, const char *kind, UsherTime now, GError **error);
/* The same by the evidence that keeps them. */
gboolean promise_keep_by(Record *record, gint64 lead, const char *kept_by, UsherTime now, GError **error);
/* Open promises of that kind are owed no longer: neither kept nor broken. */
gboolean promise_withdraw_kind(Record *record, gint64 lead, const char *kind, UsherTime now, GError **error);
/* How those that are open stand from now on (PromiseState), and whom to tell of them (PromiseNotice). */
gboolean promise_put_watched(Record *record, const GPtrArray *watched, GError **error);
gboolean promise_add_notices(Record *record, const GPtrArray *notices, GError **error);
/* What the old owner owed on this lead is the new one's to keep. */
gboolean promise_hand_over(Record *record, gint64 lead, const char *old_owner, const char *new_owner, GError **error);
/* When a promise is next looked at, or somebody told of one; 0: never. */
gboolean promise_find_next_look(Record *record, UsherTime *next, GError **error);
/* Of a lead; open ones only, or all. */
gboolean promise_list(Record *record, gint64 lead, gboolean is_open, GPtrArray *promises, GError **error);

/* ---- tasks.c ---- */

/* Those that the decision makes, and those that it ends. A task that is over already stays as it is. */
gboolean task_add_all(Record *record, const Decision *decision, GError **error);
gboolean task_end_all(Record *record, const Decision *decision, GError **error);
/* The lead's open tasks are not to be done any more; those that were cancelled when it became part of another are open again. */
gboolean task_cancel_all(Record *record, gint64 lead, const char *why, UsherTime now, GError **error);
gboolean task_restore_merged(Record *record, gint64 lead, GError **error);
/* The same of those that are steps of a cadence, which has ended. */
gboolean task_cancel_steps(Record *record, gint64 lead, const char *why, UsherTime now, GError **error);
/* The old owner's open tasks on it are the new one's. */
gboolean task_hand_over(Record *record, gint64 lead, const char *old_owner, const char *new_owner, GError **error);

/* ---- enrolments.c ---- */

/* Ends the cadence that the lead is in, if it is in one, with an event. */
gboolean enrolment_stop(Record *record, gint64 lead, const char *why, UsherTime now, GError **error);
/* Why it ends when its lead becomes part of another; those go on when the lead is one of its own again. */
#define ENROLMENT_MERGED "the lead is part of another"
gboolean enrolment_restore_merged(Record *record, gint64 lead, GError **error);
/* Ends what a decision ends: before the lead is moved, which would end it without its reason. */
gboolean enrolment_end(Record *record, const Decision *decision, GError **error);
/* What a decision changes of it else. */
gboolean enrolment_write(Record *record, const Decision *decision, GError **error);
/* The step that a decision does; *is_ours is FALSE when it is on record already. */
gboolean touch_write(Record *record, const Decision *decision, gboolean *is_ours, GError **error);
/* All of a lead: Enrolment, newest first. */
gboolean enrolment_list(Record *record, gint64 lead, GPtrArray *enrolments, GError **error);
/* The same with what their versions say: EnrolmentLine. */
gboolean enrolment_describe(Record *record, gint64 lead, GPtrArray *lines, GError **error);

/* ---- suppressions.c ---- */

/* What stands of a folded address, and of all addresses of a lead. */
gboolean suppression_add_known(Record *record, const char *address, GPtrArray *suppressions, GError **error);
gboolean suppression_add_of_lead(Record *record, gint64 lead, GPtrArray *suppressions, GError **error);
/* Who is left alone by a lead that has just become part of another is by that one, too: its marketing ends. */
gboolean suppression_follow_merge(Record *record, gint64 merged, UsherTime now, GError **error);

/* ---- outbox.c ---- */

gboolean outbox_add_all(Record *record, const Decision *decision, gboolean is_shadow, GError **error);
/* What waits for outside recipients of the lead now is not to go any more. */
gboolean outbox_hold(Record *record, gint64 lead, GError **error);
/* The last mail of that lead that went to the address came back. */
/* That mail, which was sent, came back for good. */
gboolean outbox_mark_returned(Record *record, gint64 mail, GError **error);
gboolean outbox_mark_bounced(Record *record, gint64 lead, const char *address, GError **error);

#endif
