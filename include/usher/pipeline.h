/*
 * pipeline.h - the order of the stages, and the work that goes through them
 *
 * pipeline_read and pipeline_decide are the pure middle: values in, a value out. The pipeline_work_* functions are the narrow shell around it:
 * they claim, read the past, decide, record in one transaction, and send only what is committed.
 */
#ifndef USHER_PIPELINE_H
#define USHER_PIPELINE_H

#include "usher/extract.h"
#include "usher/followup.h"
#include "usher/model/decision.h"
#include "usher/record.h"
#include "usher/rulebook/rulebook.h"
#include "usher/send.h"

/* A mail read as far as the mail alone allows. */
typedef struct Reading {
    const Rulebook *rulebook; /* by which it is read; borrowed, outlives this */
    Arrival *arrival;
    Message *message;
    const Channel *channel; /* of the rulebook; NULL */
    KindVerdict *verdict;
    Extraction *extraction;
    char *alike; /* what the mail is counted by (Decision.alike); NULL */
} Reading;

/* Parse and extract. Takes the arrival. Never NULL. `length` bytes of a mail of arrival->size_bytes. */
Reading *pipeline_read(Arrival *take_arrival, const char *bytes, gsize length, const Rulebook *rulebook);
void reading_free(Reading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reading, reading_free)

/* By what the record is to be asked. */
PastKeys *pipeline_get_keys(const Reading *reading, const Rulebook *rulebook, UsherTime now);

/*
 * The lead on record that the mail belongs to; 0 when it belongs to none. Its record_add_standing goes into `past` before the decision, so that it can be
 * judged again when the mail tells more.
 */
gint64 pipeline_find_lead(const Reading *reading, const Past *past);

/* What the record is to be asked of the firm's lists for a lead on record. PartyAsk, owned by the caller. */
GPtrArray *pipeline_get_lead_asks(const Lead *lead, const Rulebook *rulebook);

/* The one decision about a mail. */
Decision *pipeline_decide(const Reading *reading, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now);

/* The decision about a mail that could not be read by `attempts` tries: the exception queue. */
Decision *pipeline_decide_quarantine(const Arrival *arrival, const char *why, const Rulebook *rulebook, const char *secret,
                                     UsherTime now);

/* A person's command on a lead. */
typedef struct {
    gint64 lead;
    const char *verb;
    char **arguments;  /* NULL-terminated */
    const char *actor; /* a person's id, or "operator" */
} Command;

/* NULL with USHER_ERROR_INPUT when the verb, its arguments or the lead's state do not allow it: the text says what would. */
Decision *pipeline_decide_command(const Command *command, const Past *past, const Rulebook *rulebook, const char *secret,
                                  UsherTime now, GError **error);

/*
 * The decision about a lead with a mail about to go, since the list of conflicts has changed: `past` as for a promise below. NULL when nobody of it is on that list now. What
 * waits for outsiders is stopped; the lead takes the way of the rules.
 */
Decision *pipeline_decide_doubt(gint64 lead, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now);

/*
 * The decision about an open promise at whose moment to look (PromiseState.look) it is: a warning, that it is broken, a step of its escalation, or that it lapses. `past` has its
 * lead as the command's, with what record_add_standing adds.
 */
Decision *pipeline_decide_promise(const PromiseState *promise, const Past *past, const Rulebook *rulebook, const char *secret,
                                  UsherTime now);

/* The mail to somebody who is to be told of a promise; `past` as above. */
Decision *pipeline_decide_notice(const PromiseNotice *notice, const Past *past, const Rulebook *rulebook, const char *secret,
                                 UsherTime now);

/*
 * The decision about a lead one of whose mails to an outsider was refused for good, or given up: it cannot be reached there, its owner is told and a time is set by
 * which somebody decides. NULL when nothing follows from it.
 */
Decision *pipeline_decide_refused(const OutgoingMail *mail, const char *answer, const Past *past, const Rulebook *rulebook,
                                  const char *secret, UsherTime now);

/*
 * The decision about a live lead whose owner is no longer in usher.yaml: another gets it by the rules, with a handover as when a person gives it to them, and what the owner
 * had promised on it. NULL when its owner is there. `past` as for a promise above.
 */
Decision *pipeline_decide_leaver(gint64 lead, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now);

/*
 * What follows from a task without a lead being done or left out by `actor` (a person's id, or "operator"). NULL with USHER_ERROR_INPUT when it is over already, or has
 * a lead, on which the verb acts.
 */
Decision *pipeline_decide_task_end(const Task *task, gboolean is_skipped, const char *actor, const char *outcome,
                                   const Rulebook *rulebook, UsherTime now, GError **error);

/* One of the orders of a mail by a person of the firm (Decision.orders), as pipeline_decide_command; of a lead that is held only who clears conflicts may. */
Decision *pipeline_decide_order(const MailOrder *order, gint64 lead, const char *actor, const Past *past, const Rulebook *rulebook,
                                const char *secret, UsherTime now, GError **error);

/* What came of a command, for who gave it: "Lead 1 stands at contacted and is with Jane Mills.", and what it did to the cadence. Owned by the caller. */
char *pipeline_say_done(const Decision *decision, const char *actor, const Settings *settings);

/* The decision that tells who acted by mail what came of it: `orders` with their results. */
Decision *pipeline_decide_confirmation(const Decision *orders, const Past *past, const Rulebook *rulebook, const char *secret,
                                       UsherTime now);

/*
 * The decision about a step of a cadence that is due: the mail or the task that it is, or why there is none, and what is due next; or only that it is due later. `past` has the lead as the
 * command's, with what record_add_cadence adds. NULL when it is not due any more.
 */
Decision *pipeline_decide_step(const Enrolment *due, const Cadence *cadence, const StepLook *look, const Past *past,
                               const Rulebook *rulebook, const char *secret, UsherTime now);

/* Everything a worker needs. */
typedef struct {
    Record *record;     /* writes by itself (the command line), or ... */
    Recorder *recorder; /* ... through the recorder of the process (the daemon); one of the two */
    const Rulebook *rulebook;
    const char *secret;
    const char *claimer; /* unique: "engine-1234" */
    UsherTime (*now)(gpointer data);
    /* told after each recorded decision; may be NULL */
    void (*decided)(const Decision *decision, gpointer data);
    gpointer data;
} Worker;

/* How long a claim on a message holds. */
#define PIPELINE_LEASE_S 120

/* How many times a message is tried before it goes to a person. */
#define PIPELINE_MAX_TRIES 2

/*
 * Claims, decides and records up to `most` messages, in one transaction. *count: how many. FALSE with USHER_ERROR_RETRY when the store does
 * not answer. A message that has been tried PIPELINE_MAX_TRIES times already (its reader died) is quarantined.
 */
gboolean pipeline_work_messages(const Worker *worker, guint most, guint *count, GError **error);
/* The same for one captured message. *decision is NULL when another has it or it is decided already; else owned by the caller. */
gboolean pipeline_work_message(const Worker *worker, gint64 message, Decision **decision, GError **error);

/*
 * Decides and records messages that the worker has claimed itself (record_claim_message), in their order and in one transaction: Arrival, which are
 * taken. FALSE with USHER_ERROR_RETRY as above; they are given back then.
 */
gboolean pipeline_work_claimed(const Worker *worker, GPtrArray *take_arrivals, GError **error);

/* Records a person's command. *decision (may be NULL) is owned by the caller. FALSE with USHER_ERROR_INPUT when it is not allowed. */
gboolean pipeline_work_command(const Worker *worker, const Command *command, Decision **decision, GError **error);

/*
 * Gives the live leads of people who are no longer in usher.yaml to others, some at a time. *count: how many; 0 when every live lead has an owner whom the firm knows.
 */
gboolean pipeline_work_owners(const Worker *worker, guint *count, GError **error);

/* Does what is to be done about promises: warns, marks as broken, escalates, and tells each person once. *count: how many were found broken. */
gboolean pipeline_work_promises(const Worker *worker, guint *count, GError **error);

/* Does the steps of cadences that are due, some at a time, each once whoever else does. *count: how many were done or put off. */
gboolean pipeline_work_steps(const Worker *worker, guint *count, GError **error);

/* Leads that go on in the present version of their cadence, because a person says so. */
typedef struct {
    const char *cadence; /* its name, of the rules */
    const char *actor;   /* a person's id, or "operator" */
    gint64 after;        /* leads up to this number were looked at; 0 at first */
    guint moved;
    guint left; /* those that could not be moved; each is said in the log */
} CadenceMove;
/* Some at a time, in one transaction. *count: how many were looked at; 0 when none is left. */
gboolean pipeline_work_move(const Worker *worker, CadenceMove *move, guint *count, GError **error);

/* A mail of a cadence that will go unless something comes between. */
typedef struct {
    Enrolment *enrolment; /* due: when it will go */
    OutgoingMail *mail;   /* as it would be written now */
} StepPreview;
void step_preview_free(StepPreview *preview);
/* Those that will go in a person's name before `until`, the next first: StepPreview, at most `most`. */
gboolean pipeline_preview_steps(Record *record, const Worker *worker, const char *person, UsherTime now, UsherTime until,
                                guint most, GPtrArray **previews, GError **error);

/* Makes the recurring tasks and writes the digests that are due and were not made yet today; an empty queue needs no digest. */
gboolean pipeline_work_digests(const Worker *worker, GError **error);

/* Once a day: asks the owners of live leads that nothing else would remind anybody of (rules/tasks.yaml, `quiet`). */
gboolean pipeline_work_quiet(const Worker *worker, GError **error);

/* What time brought about. */
typedef struct {
    guint broken;      /* promises that were past their time */
    guint steps;       /* steps of cadences that were due */
    gboolean has_more; /* there is more to be done at once: so that a new enquiry need not wait for all of it */
} ClockCounts;

/* What is due by now, some at a time, in the order in which one thing may settle another; adds to *counts. What fails keeps none of the rest from being done. */
gboolean pipeline_work_clock(const Worker *worker, ClockCounts *counts, GError **error);

/*
 * Sends what is due, up to `most` mails. *count: how many were tried. Stops early when the transport is down. A mail is marked in its own
 * transaction right after the server's answer, before the next one goes out.
 */
gboolean pipeline_work_mails(const Worker *worker, Transport *transport, guint most, guint *count, GError **error);

#endif
