/*
 * record.h - what is on record, and the one transaction (all SQL stays inside)
 *
 * A Record is one connection, for one thread. Reading functions may be called on any Record; writing functions only inside
 * record_run or a recorder's job, which give them their transaction. SQL lives behind a small driver
 * (src/record/driver.h) in the dialect that SQLite and PostgreSQL share.
 *
 * A Record does not survive a fork: each process opens its own.
 *
 * A database that is locked for longer than 5 s, a full disk and the like are USHER_ERROR_RETRY; a database of a newer
 * Usher or no database at all is USHER_ERROR_CONFIG.
 */
#ifndef USHER_RECORD_H
#define USHER_RECORD_H

#include "usher/model/arrival.h"
#include "usher/model/decision.h"
#include "usher/model/party.h"
#include "usher/rulebook/rulebook.h"
#include "usher/model/suppression.h"

typedef struct Record Record;

/*
 * Opens the store at `path`, creating or migrating it where needed. With is_reader, it is opened for reading only and must
 * exist.
 */
Record *record_open(const char *path, gboolean is_reader, GError **error);
void record_close(Record *record); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Record, record_close)

/* Once in a process, before the rulebook is loaded: how the database keeps its memory can only be set before anything else uses it, as conditions do. */
void record_set_process(void);

/* How long a lock is waited for by what is opened from now on, in this process. 5 s unless set; for tests. */
void record_set_patience(guint milliseconds);

/* The instance's secret, made when the store is created. Borrowed until close. */
const char *record_get_secret(const Record *record);

/* ---- transactions ---- */

/* Work inside a transaction. FALSE with an error undoes all that it did. */
typedef gboolean (*RecordJob)(Record *record, gpointer data, GError **error);

/*
 * Runs one job in a transaction of its own. FALSE: nothing was written. Inside another job, it runs behind a savepoint: when it
 * fails, only what it did itself is undone and the job around it may go on, unless the error is USHER_ERROR_RETRY.
 */
gboolean record_run(Record *record, RecordJob job, gpointer data, GError **error);

/*
 * The same for what may be lost with the power, such as a claim: it survives the death of every process, but no flush of the disk is
 * waited for. The next job that is flushed, in whatever process, takes it along.
 */
gboolean record_run_unflushed(Record *record, RecordJob job, gpointer data, GError **error);

/*
 * The recorder: one thread that owns the write connection of a process. recorder_run hands it a job and waits (never from
 * within a job); jobs that wait at the same time are committed together, each behind its own savepoint, so that one that fails
 * undoes only itself. TRUE means committed and durable.
 */
typedef struct Recorder Recorder;
Recorder *recorder_open(const char *path, GError **error);
void recorder_close(Recorder *recorder); /* finishes what was handed in; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recorder, recorder_close)
gboolean recorder_run(Recorder *recorder, RecordJob job, gpointer data, GError **error);
/* As record_run_unflushed; committed together with jobs that are flushed, it is flushed too. */
gboolean recorder_run_unflushed(Recorder *recorder, RecordJob job, gpointer data, GError **error);
const char *recorder_get_secret(const Recorder *recorder);

/* ---- messages ---- */

/* What a door hands over. */
typedef struct {
    const Arrival *arrival; /* id 0; digest set */
    const char *message_id; /* NULL */
    const char *queue_id;   /* NULL */
    gboolean is_cut;
    gboolean is_headers_only; /* an interaction: no more than its header block was captured */
    /* Kept bytes from `offset` on; 0 at the end, -1 with an error. */
    gssize (*read)(gpointer data, gint64 offset, void *buffer, gsize size, GError **error);
    gpointer data;
} RecordCapture;

/*
 * Makes a mail durable: the message, its bytes in chunks, and the delivery. A digest that is known adds only a delivery;
 * *is_new says which. *id is the row in both cases.
 */
gboolean record_capture(Record *record, const RecordCapture *capture, gint64 *id, gboolean *is_new, GError **error);

/* How the captured mail with that digest came; *arrival (owned by the caller) is NULL when there is none. */
gboolean record_find_message(Record *record, const char *digest, Arrival **arrival, GError **error);

/*
 * Claims up to `most` undecided messages for `claimer` until `until`, oldest first, and counts the try in Arrival.attempts. A
 * message that was tried before comes alone, so that one that kills its reader takes no other with it. *arrivals: Arrival,
 * owned by the caller; may be empty.
 */
gboolean record_claim_messages(Record *record, const char *claimer, UsherTime now, UsherTime until, guint most,
                               GPtrArray **arrivals, GError **error);
/* The same for one message; *arrival is NULL when it is decided, or claimed by another. */
gboolean record_claim_message(Record *record, gint64 id, const char *claimer, UsherTime now, UsherTime until, Arrival **arrival,
                              GError **error);
/* Gives claimed but undecided messages back. is_counted: the try stays counted (a claimer that died); else it never was. */
gboolean record_release_messages(Record *record, const char *claimer, gboolean is_counted, GError **error);

/*
 * Whether one of these (char*: folded addresses, ids without brackets) belongs to a lead that is live: an address of its people, an id of its
 * mails or that they refer to. Reads only, by key; of an address or id that many leads have, the newest 20 count.
 */
gboolean record_is_on_live_lead(Record *record, const GPtrArray *addresses, const GPtrArray *ids, gboolean *is_on_lead,
                                GError **error);

/* The first max_bytes of a captured mail. NULL with USHER_ERROR_INPUT when there is no such message. */
GBytes *record_read_raw(Record *record, gint64 message, gsize max_bytes, GError **error);

/* ---- decisions ---- */

/*
 * What is on record under the keys. A lead that a command names comes first. is_known_address of a match: one of the keys'
 * addresses belongs to that lead. A message-id that is not on record but was referred to by a lead's mail is a MATCH_REFERENCE.
 * Matches by address are live leads only, and all matches with keys->is_live_only; at most 20 of each key. A mail of which only the headers
 * are on record is no MATCH_SAME_MESSAGE for the whole of it: Past.seen_on names its lead. Answers count the outside mails queued in the 24 hours before
 * `now`, among the newest most_to_domain of a registrable domain; a match counts the mails about its lead among its newest most_of_lead.
 */
Past *record_find_past(Record *record, const PastKeys *keys, GError **error);

/*
 * Adds to `past` what is on record of one lead, to act on it or to judge it again: all its promises, the keys of its mails, and the
 * mail that opened it (its first max_bytes) unless that one is in quarantine.
 */
gboolean record_add_standing(Record *record, Past *past, gint64 lead, gsize max_bytes, GError **error);

/*
 * Writes a Decision whole: the message's kind and disposition, the lead with fields, score parts, verdicts and candidates,
 * thread ids, addresses, promises, mails (as MAIL_SHADOW when is_shadow), kept promises, events. A mail whose key is known
 * already is left out, unless the one that has it was held: then it takes its place. Deciding a message that is decided already changes nothing and is TRUE.
 *
 * A lead that is opened has the number of its message: lead == arrival. On a lead that is on record:
 * - status is taken as it is, an owner that is not NULL becomes its owner, and `exception` NULL keeps the one it has while its
 *   status is exception;
 * - fields are added, one of a name that is there takes its place; those of taken_back go;
 * - the judgement (tier, score, parts, BANT, route, missing, contradictions, flags, action, candidates, cadence) is replaced
 *   when route_because is not NULL;
 * - stops_cadence ends the cadence the lead is in, and so does any status that is not live and an exception that people have to look at first; pauses_cadence
 *   moves what is due before it; with is_of_person both do so on all leads that are written to at the same address; `enrolment` starts one or changes the one on record. A decision whose `touch` is on record already is not
 *   written: somebody else has done that step;
 * - stops_mail holds the outside mails queued for it so far, not those of this decision or later ones;
 * - a promise of `watched` that is open stands as it says there, and the people of `notices` are told, each once of each; one of `kept` that is late is marked
 *   as broken too; one of `withdrawn` that is open is closed without being kept;
 * - its open tasks are cancelled when it is closed or becomes part of another, and go to its new owner when they were the old one's.
 *
 * A task whose key is known already is left out; one of tasks_done that is over stays as it is.
 *
 * marked_addresses are not written to any more: they bounced. `suppressions` are put on record as by record_add_suppression.
 * USHER_ERROR_INPUT for a message or lead that is not there.
 */
gboolean record_write_decision(Record *record, const Decision *decision, gboolean is_shadow, GError **error);

/* Open promises about which there is something to do at `now` (PromiseState.look), the longest waiting first: PromiseState, at most `most`. */
gboolean record_find_due_promises(Record *record, UsherTime now, guint most, GPtrArray **promises, GError **error);

/* The lead that a promise was made on; 0 when there is no such promise. */
gboolean record_find_lead_of_promise(Record *record, gint64 promise, gint64 *lead, GError **error);

/* Open promises of the lead that this keeps ("mail:ack") and that were due before `now`: PromiseState. */
gboolean record_find_late_promises(Record *record, gint64 lead, const char *kept_by, UsherTime now, GPtrArray **promises,
                                   GError **error);

/* A promise with the lead it was made on. */
typedef struct {
    PromiseState *promise;
    Lead *lead;
} PromiseLine;
void promise_line_free(PromiseLine *line);

/*
 * Promises with their leads, at most `most`: the open ones, what is due soonest first, with since 0; else those that were kept or found broken from `since` on, the newest first. Of one
 * person when `owner` is not NULL. What was withdrawn is left out. *lines (PromiseLine) is owned by the caller.
 */
gboolean record_list_promises(Record *record, const char *owner, UsherTime since, guint most, GPtrArray **lines, GError **error);

/* The first person who is to be told of promises at `now`; NULL: nobody is. Owned by the caller. */
gboolean record_find_told_person(Record *record, UsherTime now, char **person, GError **error);
/* What that person is to be told: PromiseNotice, the promise that is due first first, with its lead. At most `most`. */
gboolean record_list_notices(Record *record, const char *person, UsherTime now, guint most, GPtrArray **notices, GError **error);
/* They were told at that moment; 0: there is nothing to tell any more. */
gboolean record_end_notice(Record *record, gint64 notice, UsherTime told, GError **error);

/*
 * A Decision that stands for the lead as it is on record now (status, owner, tier, ... as they are), for a change to be added
 * to.
 */
Decision *record_find_standing(Record *record, gint64 lead, UsherTime now, const char *rules_hash, GError **error);

/* Keeps the text of a rulebook under its hash; known already is fine. */
gboolean record_keep_rulebook(Record *record, const char *hash, const char *source, UsherTime now, GError **error);

/* ---- cadences ---- */

/* Keeps a cadence under its name and version, with its steps and wordings; known already is fine. Before a lead is put into it. */
gboolean record_keep_cadence(Record *record, const Cadence *cadence, UsherTime now, GError **error);

/*
 * A version that was kept. Its conditions are compiled into the rulebook's set and stay there. NULL with USHER_ERROR_INPUT when there is none, or it cannot be used
 * under these rules any more. The caller owns it.
 */
Cadence *record_read_cadence(Record *record, const char *name, const char *version, const Rulebook *rulebook, GError **error);

/* Active enrolments that are due at `now`, what is due longest first: Enrolment, at most `most`. The effort does not grow with those that are not. */
gboolean record_find_due_steps(Record *record, UsherTime now, guint most, GPtrArray **enrolments, GError **error);
/* How many are due before a moment, counted no further than `most`. */
gboolean record_count_late_steps(Record *record, UsherTime before, guint most, guint *count, GError **error);
/* The active enrolments of a person's leads that are due before `until`, the next first: Enrolment, at most `most`. */
gboolean record_list_steps_of(Record *record, const char *person, UsherTime until, guint most, GPtrArray **enrolments,
                              GError **error);

/* Mails of cadences in a person's name on a day (days since 1970 in the firm's zone). */
gboolean record_count_cadence_mails(Record *record, const char *person, gint64 day, guint *count, GError **error);
gboolean record_add_cadence_mail(Record *record, const char *person, gint64 day, GError **error);

/* Adds to `past` what one lead's cadence asks for: its enrolments and the marks and counts of its addresses. */
gboolean record_add_cadence(Record *record, Past *past, gint64 lead, GError **error);

/* A live lead, and when anything last happened on it. */
typedef struct {
    gint64 lead;
    char *owner;
    UsherTime since;
} QuietLead;
void quiet_lead_free(QuietLead *quiet);
/*
 * Live leads on which nothing has happened since `before` and nothing is to come: no active enrolment, open promise or open task. Those in nurture, or all others but exceptions.
 * QuietLead, what was let alone longest first, at most `most`. Looks through all that were let alone so long.
 */
gboolean record_find_quiet_leads(Record *record, UsherTime before, gboolean is_nurture, guint most, GPtrArray **leads,
                                 GError **error);

/* TRUE in *is_doubtful when the list of conflicts has changed since the lead was judged. */
gboolean record_is_doubtful_lead(Record *record, gint64 lead, gboolean *is_doubtful, GError **error);

/* A version of a cadence and how many leads are or were in it. */
typedef struct {
    char *name, *version;
    UsherTime since;
    guint steps;
    gint64 active, finished, stopped;
} CadenceLine;
void cadence_line_free(CadenceLine *line);
/* By name, the oldest version first: CadenceLine. */
gboolean record_list_cadences(Record *record, GPtrArray **lines, GError **error);
/* Leads with a higher number than `after` that are in another version of a cadence, by number, at most `most`: added to `leads`. */
gboolean record_list_in_former(Record *record, const Cadence *present, gint64 after, guint most, GArray *leads, GError **error);

/* ---- outbox ---- */

/* How much mail may go outside, and when. Mail to colleagues is never kept back by this. */
typedef struct {
    guint mails_per_hour;       /* more than so many open the fuse */
    guint domain_per_minute;    /* mails to one registrable domain */
    guint free_mail_per_minute; /* the same to one of free_mail */
    GHashTable *free_mail;      /* char*: registrable domains; borrowed; NULL */
    UsherTime quiet_until;      /* until then nobody is written to who has not just asked; 0: no quiet hours now */
} MailManners;

/*
 * Claims up to `most` pending mails that are due for `claimer` until `until`, and counts the try: answers first, then mail to colleagues, then mail that nobody has asked for. *mails:
 * OutgoingMail, owned by the caller. A mail whose lead must not be written to (stopped, a conflict is being checked and it is no receipt, suppressed address, dead address) is held
 * instead, with an event, and not given out.
 *
 * `manners` (NULL: none) keeps mails to outsiders back without counting a try: those above a domain's rate and those of the quiet hours are due later; all wait while the
 * fuse is open. *has_opened: this claim has opened the fuse, since more was due than may go in an hour.
 */
gboolean record_claim_mails(Record *record, const char *claimer, UsherTime now, UsherTime until, guint most,
                            const MailManners *manners, GPtrArray **mails, gboolean *has_opened, GError **error);

/* The fuse: while it is open nothing goes outside. It stays open until somebody closes it. */
typedef struct {
    gint64 id; /* of this opening, or the last; 0: there was none */
    gboolean is_open;
    UsherTime opened;
    char *opened_by; /* "usher", or who did it */
    char *why;
    UsherTime closed; /* 0 while it is open */
    char *closed_by;
    gint64 sent_in_hour; /* mails that went outside in the hour before `now` */
    gint64 waiting;      /* mails to outsiders that are due and have not gone */
} FuseState;
void fuse_state_clear(FuseState *fuse);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FuseState, fuse_state_clear)

gboolean record_read_fuse(Record *record, UsherTime now, FuseState *fuse, GError **error);
/* The same without counting. */
gboolean record_is_fuse_open(Record *record, gboolean *is_open, GError **error);
/* *is_changed: FALSE when it was so already. */
gboolean record_open_fuse(Record *record, const char *who, const char *why, UsherTime now, gboolean *is_changed, GError **error);
/*
 * What has waited goes on, no more of it in an hour than MailManners.mails_per_hour; the fuse opens again only for as much that is queued from
 * now on.
 */
gboolean record_close_fuse(Record *record, const char *who, UsherTime now, gboolean *is_changed, GError **error);

/*
 * TRUE for an outside mail, other than a receipt, that was queued before the list of conflicts changed last: whether it may still go must be looked at again, in the
 * transaction that claims it.
 */
gboolean record_is_doubtful_mail(Record *record, const OutgoingMail *mail, gboolean *is_doubtful, GError **error);
/* A claimed mail is not to go: it is held, with an event, and its try is not counted. */
gboolean record_hold_mail(Record *record, const OutgoingMail *mail, const char *why, UsherTime now, GError **error);

/*
 * What became of a claimed mail: MAIL_SENT keeps the promises that "mail:PURPOSE" keeps and is an event of the lead;
 * MAIL_FAILED makes a live lead an exception "bounced" when the mail went outside, and is an event; MAIL_PENDING is tried again
 * at next_try. `answer`: one line.
 */
gboolean record_finish_mail(Record *record, const OutgoingMail *mail, MailState state, UsherTime now, UsherTime next_try,
                            const char *answer, GError **error);
/* Gives claimed mails back; is_counted as above. */
gboolean record_release_mails(Record *record, const char *claimer, gboolean is_counted, GError **error);

/* Makes the mails that wait for another try due now: what was in their way may be mended. That try is not counted. */
gboolean record_hasten_mails(Record *record, UsherTime now, GError **error);

/* When there is next something to do (a mail or a step of a cadence that is due, a promise that is late); 0 when there is nothing. */
gboolean record_find_next_due(Record *record, UsherTime *due, GError **error);

/* The claimers that hold claims on messages or mails: char*, each at least once. */
gboolean record_list_claimers(Record *record, GPtrArray **claimers, GError **error);

/* ---- who is left alone ---- */

/*
 * Puts it on record, and in the history of the leads of its address (the newest 50; not of `told`, which knows already: 0 for none). *is_new (NULL is fine) is FALSE when
 * it stood already and nobody of that address has opened a lead since: then nothing changes. What is queued is held when it is claimed; cadences
 * by which that address is written to, and which it covers, are stopped.
 */
gboolean record_add_suppression(Record *record, const Suppression *suppression, const char *actor, gint64 told, gboolean *is_new,
                                GError **error);
/* Takes back what stands of a folded address: of one scope (NULL: of each), of one cadence (NULL: of each). *count: how many. */
gboolean record_remove_suppressions(Record *record, const char *address, const SuppressionScope *scope, const char *cadence,
                                    const char *actor, UsherTime now, guint *count, GError **error);
/* Suppression, the newest first, at most `most`. */
gboolean record_list_suppressions(Record *record, guint most, GPtrArray **suppressions, GError **error);
/* Adds the leads of a folded address (gint64) to `leads`, the newest first, at most 50. */
gboolean record_list_leads_of(Record *record, const char *address, GArray *leads, GError **error);

/* *mark is NULL without an error when no mail has that mark. Reads only. */
gboolean record_find_leave_mark(Record *record, const char *token, LeaveMark **mark, GError **error);
/* The recipient of that mail wants it so; SCOPE_SEQUENCE of a mail of no cadence is SCOPE_MARKETING. `how`: "by the link". */
gboolean record_leave(Record *record, const LeaveMark *mark, SuppressionScope scope, const char *how, UsherTime now,
                      gboolean *is_new, GError **error);

/* ---- lists that the firm gives: its clients, parties it must not act against, its partners ---- */

typedef struct {
    guint added, changed, removed;
} PartyCounts;

/*
 * Puts parties (Party) of one list on record (USHER_ERROR_INPUT when it would have more than MOST_PARTNERS partners); one whose name is there (of a conflict: name and matter) is overwritten, or left as it is when it says the same. is_whole: all others of the list go.
 */
gboolean record_put_parties(Record *record, PartyList list, const GPtrArray *parties, gboolean is_whole, UsherTime now,
                            PartyCounts *counts, GError **error);
/* Takes out the parties of that name, whatever its case. *count: how many. */
gboolean record_remove_parties(Record *record, PartyList list, const char *name, guint *count, GError **error);
/* All of a list by name; the callback returns FALSE to stop. The party is borrowed. */
typedef gboolean (*RecordPartyVisitor)(const Party *party, gpointer data);
gboolean record_visit_parties(Record *record, PartyList list, RecordPartyVisitor visitor, gpointer data, GError **error);

/*
 * The parties of a list that the asks (PartyAsk) lead to: added to `matches` (PartyMatch), each party once by the surest way, the surest first. A domain
 * is looked for as it is; its parents are asks of their own. At most 20 by each key.
 */
gboolean record_find_parties(Record *record, PartyList list, const GPtrArray *asks, GPtrArray *matches, GError **error);

/* The same for both lists, into what the past knows of them already. */
gboolean record_add_parties(Record *record, Past *past, const GPtrArray *asks, GError **error);

/* The partners, at most MOST_PARTNERS, with what has passed between us in the year before `now`: into `past`, unless they are there. */
gboolean record_add_partners(Record *record, Past *past, UsherTime now, GError **error);

/* ---- tasks ---- */

/*
 * Open tasks (Task), what is due first first: of one person, of one lead, due before a moment; NULL and 0 do not ask. At most `most`. *tasks is owned by the
 * caller.
 */
gboolean record_list_tasks(Record *record, const char *person, gint64 lead, UsherTime due_before, guint most, GPtrArray **tasks,
                           GError **error);
/* All tasks, those that are over too, the newest first; of one lead when `lead` is not 0. */
gboolean record_list_past_tasks(Record *record, gint64 lead, guint most, GPtrArray **tasks, GError **error);
/* *task (owned by the caller) is NULL when there is none of that number. */
gboolean record_find_task(Record *record, gint64 id, Task **task, GError **error);
/* The open ones that a recurring rule has made. */
gboolean record_list_recurring(Record *record, const char *rule, guint most, GPtrArray **tasks, GError **error);
/* TRUE in *is_known when a task with that key was made, whatever became of it. */
gboolean record_has_task(Record *record, const char *key, gboolean *is_known, GError **error);

/* ---- lists of a day ---- */

/* Takes up the list of that key, once for ever: *is_ours is FALSE when it was taken up before. */
gboolean record_take_digest(Record *record, const char *key, UsherTime now, gboolean *is_ours, GError **error);
/* What a person has promised on live leads that is due before a moment, or late: PromiseState, the earliest first. What a mail or Usher itself keeps is left out. */
gboolean record_list_owed(Record *record, const char *person, UsherTime due_before, guint most, GPtrArray **promises,
                          GError **error);
/* The live leads that are a person's since that moment or later, with their fields: Lead. */
gboolean record_list_new_leads(Record *record, const char *person, UsherTime since, guint most, GPtrArray **leads, GError **error);
/* *lead (owned by the caller), with its fields, is NULL when there is none of that number. */
gboolean record_find_lead(Record *record, gint64 id, Lead **lead, GError **error);

/* ---- looking ---- */

/* All leads, newest first, one after the other; the callback returns FALSE to stop. The lead is borrowed. */
typedef gboolean (*RecordLeadVisitor)(const Lead *lead, gpointer data);
gboolean record_visit_leads(Record *record, RecordLeadVisitor visitor, gpointer data, GError **error);

/* One line of a lead's history with its moment. */
typedef struct {
    gint64 id;
    gint64 lead;
    UsherTime at;
    char *actor;
    char *what;
    char *detail;
} HistoryLine;
void history_line_free(HistoryLine *line);

/* A captured mail of a lead. */
typedef struct {
    gint64 id;
    UsherTime received;
    MessageKind kind;
    Disposition disposition;
    char *message_id; /* NULL */
    gboolean is_headers_only;
    char *doors; /* "milter, maildir" */
    char *reason;
} MessageLine;
void message_line_free(MessageLine *line);

/* A cadence that a lead is or was in. */
typedef struct {
    Enrolment *enrolment;
    guint steps;   /* of that version */
    char *channel; /* of its next step; NULL */
} EnrolmentLine;
void enrolment_line_free(EnrolmentLine *line);

/* All that `show` shows. */
typedef struct {
    Decision *decision; /* the judgement that stands, with the mails as they are now, and no events or thread ids */
    Lead *lead;
    GPtrArray *promises; /* PromiseState, all */
    GPtrArray *tasks;    /* Task, at most 100, the newest first */
    GPtrArray *cadences; /* EnrolmentLine, at most 20, the newest first */
    GPtrArray *history;  /* HistoryLine, oldest first */
    GPtrArray *messages; /* MessageLine, oldest first */
} LeadFile;
void lead_file_free(LeadFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeadFile, lead_file_free)
/* NULL with USHER_ERROR_INPUT when there is no such lead. */
LeadFile *record_read_lead(Record *record, gint64 lead, GError **error);

/* Mails of the outbox, newest first; of one lead when `lead` is not 0, of one state when state_name is not NULL; at most `most`. */
gboolean record_list_outbox(Record *record, gint64 lead, const char *state_name, guint most, GPtrArray **mails, GError **error);

/* The exception queue, what has waited longest first: QueueLine, at most `most`. */
gboolean record_list_queue(Record *record, guint most, GPtrArray **lines, GError **error);

/* Somebody who sent us leads, and what became of these. */
typedef struct {
    char *name; /* NULL */
    char *address;
    char *partner; /* the partner they are of; NULL */
    guint leads, open, won, lost, referred_on;
    guint sent_back; /* leads that went to that partner */
    guint thanked;   /* mails to them as a referrer that were sent */
    UsherTime last;
} ReferrerLine;
void referrer_line_free(ReferrerLine *line);

/* Those with an address who sent a lead at or after `since`, who sent most first: ReferrerLine, at most 1000. */
gboolean record_list_referrers(Record *record, UsherTime since, GPtrArray **lines, GError **error);

/* TRUE in *is_known when a mail with that key was planned. */
gboolean record_has_mail(Record *record, const char *key, gboolean *is_known, GError **error);

/* What is on record of a person who owns leads, or did. */
typedef struct {
    char *person;      /* id; of somebody who may be in usher.yaml no more */
    gint64 open_leads; /* that count against their capacity */
    gint64 live_leads; /* those, and what is in nurture */
    gint64 assigned;   /* leads that were given to them in the last days, today's included */
} PersonFigures;
void person_figures_free(PersonFigures *figures);
/* Everybody who ever had a lead, by id: PersonFigures. Days are of UTC. */
gboolean record_list_people(Record *record, UsherTime now, guint days, GPtrArray **people, GError **error);
/* Adds the live leads of a person to `leads` (gint64), the oldest first, at most `most`. */
gboolean record_list_live_leads(Record *record, const char *person, guint most, GArray *leads, GError **error);

/* Counts for `status`. */
typedef struct {
    gint64 messages, undecided, quarantined;
    gint64 leads, live_leads, exceptions;
    gint64 mails_pending, mails_sent, mails_failed, mails_held, mails_shadow;
    gint64 promises_open, promises_late;
    UsherTime oldest_undecided, oldest_pending, newest_message; /* 0: none */
} RecordCounts;
gboolean record_count(Record *record, UsherTime now, RecordCounts *counts, GError **error);

/* Checks the database and the chain of the history. FALSE with USHER_ERROR_INPUT naming the first thing that is wrong. */
gboolean record_verify(Record *record, GError **error);

#endif
