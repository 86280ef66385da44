/*
 * pipeline_work.c - the shell around the pure middle: claim, read the past, decide, record, send what is committed
 *
 * Takes a Worker; each function does what there is and says how much that was. All writing happens in jobs, which the Worker's record runs
 * by itself or its recorder runs together with the jobs of others.
 *
 * A batch of messages is decided inside the transaction that records it, because each decision has to see the one before: two mails of
 * one person in one batch are one lead. Parsing, which is most of the effort, is done before the transaction begins.
 */
#include "pipeline_daily.h"

#include "pipeline_shell.h"

#include <string.h>

#include "usher/act.h"
#include "usher/base/error.h"
#include "usher/base/text.h"
#include "usher/followup.h"
#include "usher/report.h"
#include "usher/respond.h"

#define MAIL_LONGEST_S (2 * SEND_LONGEST_S) /* one mail may be sent twice: with the original, and without */
#define MAIL_LEASE_S (2 * MAIL_LONGEST_S)   /* of a batch of mails; what cannot be sent within it is given back */
#define ATTACH_BYTES (10 * 1024 * 1024)     /* originals larger than this are quoted, not attached */
#define FINISH_TRIES 12                     /* of a command; the daemon does not give up */
#define GIVE_BACK_TRIES 6
#define FIRST_PAUSE_S 60
#define LONGEST_PAUSE_S (4 * 3600)

/* ---- messages ---- */

typedef struct {
    const Worker *worker;
    UsherTime now;
    guint most;
    gint64 only;          /* this message; 0: any */
    GPtrArray *arrivals;  /* Arrival; an item becomes NULL when its Reading takes it */
    GPtrArray *raws;      /* GBytes */
    GPtrArray *readings;  /* Reading, or NULL for one that is to be quarantined */
    GPtrArray *decisions; /* Decision */
    const char *why;      /* for the quarantine of a single message */
} Batch;

static void free_arrival(gpointer arrival)
{
    if (arrival) {
        arrival_free(arrival);
    }
}

static void free_reading(gpointer reading)
{
    reading_free(reading);
}

static void batch_clear(Batch *batch)
{
    g_clear_pointer(&batch->arrivals, g_ptr_array_unref);
    g_clear_pointer(&batch->raws, g_ptr_array_unref);
    g_clear_pointer(&batch->readings, g_ptr_array_unref);
    g_clear_pointer(&batch->decisions, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Batch, batch_clear)

static gboolean claim_one(Record *record, Batch *batch, UsherTime until, GError **error)
{
    Arrival *arrival = NULL;
    if (!record_claim_message(record, batch->only, batch->worker->claimer, batch->now, until, &arrival, error)) {
        return FALSE;
    }
    batch->arrivals = g_ptr_array_new_with_free_func(free_arrival);
    if (arrival) {
        g_ptr_array_add(batch->arrivals, arrival);
    }
    return TRUE;
}

static gboolean read_raws(Record *record, gpointer data, GError **error)
{
    Batch *batch = data;
    g_clear_pointer(&batch->raws, g_ptr_array_unref);
    batch->raws = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; i < batch->arrivals->len; i++) {
        const Arrival *arrival = g_ptr_array_index(batch->arrivals, i);
        GBytes *raw = record_read_raw(record, arrival->id, PIPELINE_READ_BYTES, error);
        if (!raw) {
            return FALSE;
        }
        g_ptr_array_add(batch->raws, raw);
    }
    return TRUE;
}

static gboolean claim_batch(Record *record, gpointer data, GError **error)
{
    Batch *batch = data;
    UsherTime until = batch->now + PIPELINE_LEASE_S;
    g_clear_pointer(&batch->arrivals, g_ptr_array_unref);
    if (batch->only
            ? !claim_one(record, batch, until, error)
            : !record_claim_messages(record, batch->worker->claimer, batch->now, until, batch->most, &batch->arrivals, error)) {
        return FALSE;
    }
    return read_raws(record, batch, error);
}

static void read_batch(Batch *batch)
{
    batch->readings = g_ptr_array_new_with_free_func(free_reading);
    for (guint i = 0; i < batch->arrivals->len; i++) {
        Arrival *arrival = g_ptr_array_index(batch->arrivals, i);
        if (arrival->attempts > PIPELINE_MAX_TRIES || !batch->raws) {
            g_ptr_array_add(batch->readings, NULL);
            continue;
        }
        gsize length = 0;
        const char *bytes = g_bytes_get_data(g_ptr_array_index(batch->raws, i), &length);
        batch->arrivals->pdata[i] = NULL;
        g_ptr_array_add(batch->readings, pipeline_read(arrival, bytes ? bytes : "", length, batch->worker->rulebook));
    }
}

static Decision *decide_one(Record *record, const Batch *batch, guint index, GError **error)
{
    const Worker *worker = batch->worker;
    const Reading *reading = g_ptr_array_index(batch->readings, index);
    if (!reading) {
        const Arrival *arrival = g_ptr_array_index(batch->arrivals, index);
        const char *why = batch->why ? batch->why : "reading this mail stopped the program twice";
        return pipeline_decide_quarantine(arrival, why, worker->rulebook, worker->secret, batch->now);
    }
    g_autoptr(PastKeys) keys = pipeline_get_keys(reading, worker->rulebook, batch->now);
    g_autoptr(Past) past = record_find_past(record, keys, error);
    gint64 lead = past ? pipeline_find_lead(reading, past) : 0;
    if (!past || (lead != 0 && !pipeline_add_standing(record, past, lead, worker->rulebook, error))) {
        return NULL;
    }
    Decision *decision = pipeline_decide(reading, past, worker->rulebook, worker->secret, batch->now);
    followup_tell_late(decision, past->promises, worker->rulebook);
    return decision;
}

/* What a person orders by mail, one after the other; one that is not allowed undoes none of the others. */
static gboolean run_order(Record *record, const Batch *batch, const Decision *decision, MailOrder *order, GError **error)
{
    const Worker *worker = batch->worker;
    g_autoptr(Past) past = pipeline_find_past_of(record, decision->lead, batch->now, worker->rulebook, error);
    if (!past) {
        return FALSE;
    }
    g_autoptr(GError) failure = NULL;
    g_autoptr(Decision) done =
        pipeline_decide_order(order, decision->lead, decision->actor, past, worker->rulebook, worker->secret, batch->now, &failure);
    order->is_done = done != NULL;
    order->result = done ? pipeline_say_done(done, decision->actor, worker->rulebook->settings) : g_strdup(failure->message);
    return !done || pipeline_write(record, worker, done, error);
}

static gboolean run_orders(Record *record, const Batch *batch, Decision *decision, GError **error)
{
    const Worker *worker = batch->worker;
    for (guint i = 0; i < decision->orders->len; i++) {
        if (!run_order(record, batch, decision, g_ptr_array_index(decision->orders, i), error)) {
            return FALSE;
        }
    }
    if (decision->orders->len == 0) {
        return TRUE;
    }
    g_autoptr(Past) past = pipeline_find_past_of(record, decision->lead, batch->now, worker->rulebook, error);
    if (!past) {
        return FALSE;
    }
    g_autoptr(Decision) told = pipeline_decide_confirmation(decision, past, worker->rulebook, worker->secret, batch->now);
    return pipeline_write(record, worker, told, error);
}

static gboolean decide_batch(Record *record, gpointer data, GError **error)
{
    Batch *batch = data;
    g_clear_pointer(&batch->decisions, g_ptr_array_unref);
    batch->decisions = g_ptr_array_new_with_free_func((GDestroyNotify)decision_free);
    for (guint i = 0; i < batch->readings->len; i++) {
        Decision *decision = decide_one(record, batch, i, error);
        if (!decision) {
            return FALSE;
        }
        g_ptr_array_add(batch->decisions, decision);
        gboolean is_shadow = batch->worker->rulebook->settings->delivery.is_shadow;
        if (is_shadow) {
            followup_keep_by_shadow(decision);
        }
        if (!pipeline_write(record, batch->worker, decision, error) || !run_orders(record, batch, decision, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static void tell_decisions(const Batch *batch)
{
    if (!batch->worker->decided) {
        return;
    }
    for (guint i = 0; i < batch->decisions->len; i++) {
        batch->worker->decided(g_ptr_array_index(batch->decisions, i), batch->worker->data);
    }
}

static gboolean quarantine(const Worker *worker, const Arrival *of, const char *why, GError **error)
{
    g_auto(Batch) batch = {.worker = worker, .now = pipeline_read_clock(worker), .why = why};
    batch.arrivals = g_ptr_array_new_with_free_func(free_arrival);
    Arrival *arrival = arrival_new(of->door, of->received);
    arrival->id = of->id;
    arrival->is_headers_only = of->is_headers_only;
    g_ptr_array_add(batch.arrivals, arrival);
    read_batch(&batch);
    if (!pipeline_run_job(worker, decide_batch, &batch, error)) {
        return FALSE;
    }
    tell_decisions(&batch);
    return TRUE;
}

/* After a batch failed on one of its messages: each in a transaction of its own, so that the one at fault goes to a person. */
static gboolean decide_singly(const Batch *batch, GError **error)
{
    for (guint i = 0; i < batch->readings->len; i++) {
        const Reading *reading = g_ptr_array_index(batch->readings, i);
        const Arrival *arrival = reading ? reading->arrival : g_ptr_array_index(batch->arrivals, i);
        g_auto(Batch) single = {.worker = batch->worker, .now = batch->now};
        single.arrivals = g_ptr_array_new();
        g_ptr_array_add(single.arrivals, batch->arrivals->pdata[i]);
        single.readings = g_ptr_array_new();
        g_ptr_array_add(single.readings, batch->readings->pdata[i]);
        g_autoptr(GError) failure = NULL;
        if (pipeline_run_job(batch->worker, decide_batch, &single, &failure)) {
            tell_decisions(&single);
        } else if (g_error_matches(failure, USHER_ERROR, USHER_ERROR_RETRY)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        } else if (!quarantine(batch->worker, arrival, failure->message, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean decide_claimed(Batch *batch, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (pipeline_run_job(batch->worker, decide_batch, batch, &failure)) {
        tell_decisions(batch);
        return TRUE;
    }
    g_clear_pointer(&batch->decisions, g_ptr_array_unref);
    if (g_error_matches(failure, USHER_ERROR, USHER_ERROR_RETRY)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    return decide_singly(batch, error);
}

static gboolean release_messages(Record *record, gpointer data, GError **error)
{
    return record_release_messages(record, ((const Worker *)data)->claimer, FALSE, error);
}

/* The store's trouble is not the mails': their tries are not counted, or a full disk would send them to the quarantine. */
static void give_back_messages(const Worker *worker)
{
    g_autoptr(GError) error = NULL;
    if (!pipeline_run_patiently(worker, release_messages, (gpointer)(guintptr)worker, GIVE_BACK_TRIES,
                                "mails that could not be decided are given back", &error)) {
        g_warning("mails that could not be decided now wait for %d s: %s", PIPELINE_LEASE_S, error->message);
    }
}

static gboolean work_taken(Batch *batch, GError **error)
{
    if (batch->arrivals->len == 0) {
        return TRUE;
    }
    read_batch(batch);
    g_autoptr(GError) failure = NULL;
    if (decide_claimed(batch, &failure)) {
        return TRUE;
    }
    if (g_error_matches(failure, USHER_ERROR, USHER_ERROR_RETRY)) {
        give_back_messages(batch->worker);
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static gboolean work_batch(Batch *batch, GError **error)
{
    return pipeline_run_claim(batch->worker, claim_batch, batch, error) && work_taken(batch, error);
}

gboolean pipeline_work_claimed(const Worker *worker, GPtrArray *take_arrivals, GError **error)
{
    g_auto(Batch) batch = {.worker = worker, .now = pipeline_read_clock(worker), .arrivals = take_arrivals};
    g_ptr_array_set_free_func(batch.arrivals, free_arrival);
    if (!pipeline_run_claim(worker, read_raws, &batch, error)) {
        give_back_messages(worker);
        return FALSE;
    }
    return work_taken(&batch, error);
}

gboolean pipeline_work_messages(const Worker *worker, guint most, guint *count, GError **error)
{
    g_auto(Batch) batch = {.worker = worker, .now = pipeline_read_clock(worker), .most = most};
    if (!work_batch(&batch, error)) {
        return FALSE;
    }
    *count = batch.arrivals->len;
    return TRUE;
}

gboolean pipeline_work_message(const Worker *worker, gint64 message, Decision **decision, GError **error)
{
    g_auto(Batch) batch = {.worker = worker, .now = pipeline_read_clock(worker), .most = 1, .only = message};
    if (!work_batch(&batch, error)) {
        return FALSE;
    }
    gboolean is_decided = batch.decisions && batch.decisions->len > 0;
    *decision = is_decided ? g_ptr_array_steal_index(batch.decisions, 0) : NULL;
    return TRUE;
}

/* ---- commands ---- */

typedef struct {
    const Worker *worker;
    const Command *command;
    UsherTime now;
    guint count;
    Decision *decision;
} Order;

static gboolean write_command(Record *record, gpointer data, GError **error)
{
    Order *order = data;
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->lead = order->command->lead;
    keys->now = order->now;
    keys->wants_partners = TRUE;
    keys->other = act_find_other(order->command->verb, order->command->arguments);
    keys->wants_merged = strcmp(order->command->verb, "undo") == 0;
    g_autoptr(Past) past = pipeline_find_past_by(record, keys, order->worker->rulebook, error);
    if (!past) {
        return FALSE;
    }
    g_clear_pointer(&order->decision, decision_free);
    order->decision =
        pipeline_decide_command(order->command, past, order->worker->rulebook, order->worker->secret, order->now, error);
    return order->decision && pipeline_write(record, order->worker, order->decision, error);
}

gboolean pipeline_work_command(const Worker *worker, const Command *command, Decision **decision, GError **error)
{
    Order order = {.worker = worker, .command = command, .now = pipeline_read_clock(worker)};
    gboolean is_done = pipeline_run_job(worker, write_command, &order, error);
    if (is_done && decision) {
        *decision = g_steal_pointer(&order.decision);
    }
    g_clear_pointer(&order.decision, decision_free);
    return is_done;
}

/* ---- owners ---- */

#define LEADS_AT_ONCE 20

static gboolean give_to_others(Record *record, Order *order, const GArray *leads, GError **error)
{
    const Worker *worker = order->worker;
    for (guint i = 0; i < leads->len; i++) {
        gint64 lead = g_array_index(leads, gint64, i);
        g_autoptr(Past) past = pipeline_find_past_of(record, lead, order->now, worker->rulebook, error);
        if (!past) {
            return FALSE;
        }
        g_autoptr(Decision) decision = pipeline_decide_leaver(lead, past, worker->rulebook, worker->secret, order->now);
        if (decision && !pipeline_write(record, worker, decision, error)) {
            return FALSE;
        }
        order->count += decision != NULL;
    }
    return TRUE;
}

static gboolean mend_owners(Record *record, gpointer data, GError **error)
{
    Order *order = data;
    g_autoptr(GPtrArray) people = NULL;
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!record_list_people(record, order->now, 0, &people, error)) {
        return FALSE;
    }
    for (guint i = 0; i < people->len && leads->len < LEADS_AT_ONCE; i++) {
        const PersonFigures *figures = g_ptr_array_index(people, i);
        if (figures->live_leads > 0 && !settings_find_person(order->worker->rulebook->settings, figures->person) &&
            !record_list_live_leads(record, figures->person, LEADS_AT_ONCE - leads->len, leads, error)) {
            return FALSE;
        }
    }
    order->count = 0;
    return give_to_others(record, order, leads, error);
}

gboolean pipeline_work_owners(const Worker *worker, guint *count, GError **error)
{
    Order order = {.worker = worker, .now = pipeline_read_clock(worker)};
    if (!pipeline_run_job(worker, mend_owners, &order, error)) {
        return FALSE;
    }
    *count = order.count;
    return TRUE;
}

/* ---- digests ---- */

#define MOST_QUEUED 1000

static gboolean write_digest(Record *record, const Order *order, const DigestRule *rule, const char *key, GError **error)
{
    const Rulebook *rulebook = order->worker->rulebook;
    g_autoptr(GPtrArray) queue = NULL;
    if (!record_list_queue(record, MOST_QUEUED, &queue, error)) {
        return FALSE;
    }
    if (queue->len == 0) {
        return TRUE;
    }
    g_autoptr(GError) failure = NULL;
    OutgoingMail *mail = report_make_digest(rule, key, queue, rulebook, order->worker->secret, order->now, &failure);
    if (!mail) {
        g_warning("%s of today is left out: %s", rule->purpose,
                  failure ? failure->message : "nobody with an address has that duty");
        return TRUE;
    }
    g_autoptr(Decision) decision = decision_new(order->now, rulebook->hash);
    g_ptr_array_add(decision->mails, mail);
    return pipeline_write(record, order->worker, decision, error);
}

static gboolean write_digests(Record *record, gpointer data, GError **error)
{
    Order *order = data;
    const Rulebook *rulebook = order->worker->rulebook;
    if (!pipeline_write_recurring(record, order->worker, order->now, error)) {
        return FALSE;
    }
    for (guint i = 0; i < rulebook->digests->len; i++) {
        const DigestRule *rule = g_ptr_array_index(rulebook->digests, i);
        g_autofree char *key = rule->duty ? report_find_digest(rule, NULL, rulebook->settings, order->now) : NULL;
        gboolean is_ours = FALSE;
        if (!rule->duty && !pipeline_write_mornings(record, order->worker, rule, order->now, error)) {
            return FALSE;
        }
        if (key && (!record_take_digest(record, key, order->now, &is_ours, error) ||
                    (is_ours && !write_digest(record, order, rule, key, error)))) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean pipeline_work_digests(const Worker *worker, GError **error)
{
    Order order = {.worker = worker, .now = pipeline_read_clock(worker)};
    return pipeline_run_job(worker, write_digests, &order, error);
}

/* ---- mails ---- */

typedef struct {
    const Worker *worker;
    UsherTime now;
    guint most;
    GPtrArray *mails;     /* OutgoingMail */
    GPtrArray *originals; /* GBytes, or NULL */
} Post;

typedef struct {
    const Worker *worker;
    const OutgoingMail *mail;
    MailState state;
    UsherTime now, next_try;
    const char *answer;
} Outcome;

static void free_bytes(gpointer bytes)
{
    if (bytes) {
        g_bytes_unref(bytes);
    }
}

static void post_clear(Post *post)
{
    g_clear_pointer(&post->mails, g_ptr_array_unref);
    g_clear_pointer(&post->originals, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Post, post_clear)

/* Takes the mails to outsiders about that lead out of what was claimed. */
static gboolean hold_mails_of(Record *record, Post *post, gint64 lead, GError **error)
{
    for (guint i = post->mails->len; i-- > 0;) {
        const OutgoingMail *mail = g_ptr_array_index(post->mails, i);
        if (mail->lead != lead || mail->is_internal || strcmp(mail->purpose, "receipt") == 0) {
            continue;
        }
        if (!record_hold_mail(record, mail, "the list of conflicts has changed since it was written", post->now, error)) {
            return FALSE;
        }
        g_ptr_array_remove_index(post->mails, i);
    }
    return TRUE;
}

static gboolean doubt(Record *record, Post *post, gint64 lead, GError **error)
{
    gboolean may_go = TRUE;
    return pipeline_doubt_lead(record, post->worker, lead, post->now, &may_go, error) &&
           (may_go || hold_mails_of(record, post, lead, error));
}

/* The last look, in the transaction that claims the mails: the list of conflicts may have changed since they were written. */
static gboolean look_again(Record *record, Post *post, GError **error)
{
    for (guint i = post->mails->len; i-- > 0; i = MIN(i, post->mails->len)) {
        const OutgoingMail *mail = g_ptr_array_index(post->mails, i);
        gboolean is_doubtful = FALSE;
        if (!record_is_doubtful_mail(record, mail, &is_doubtful, error) ||
            (is_doubtful && !doubt(record, post, mail->lead, error))) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Whoever the rules name learns in the same transaction that nothing goes outside any more. */
static gboolean tell_of_fuse(Record *record, const Post *post, GError **error)
{
    const Rulebook *rulebook = post->worker->rulebook;
    g_auto(FuseState) fuse = {0};
    if (!record_read_fuse(record, post->now, &fuse, error)) {
        return FALSE;
    }
    g_warning("the fuse has opened: %s; waiting until \"usher fuse close\": %" G_GINT64_FORMAT, fuse.why, fuse.waiting);
    g_autoptr(Decision) decision = decision_new(post->now, rulebook->hash);
    const FuseAlarm alarm = {fuse.id, fuse.why, fuse.waiting};
    for (guint i = 0; i < rulebook->mails->len; i++) {
        const MailRule *rule = g_ptr_array_index(rulebook->mails, i);
        if (rule->on != ON_FUSE) {
            continue;
        }
        g_autoptr(GError) failure = NULL;
        OutgoingMail *mail = report_make_fuse_alarm(rule, &alarm, rulebook, post->worker->secret, post->now, &failure);
        if (mail) {
            g_ptr_array_add(decision->mails, mail);
        } else {
            g_warning("the alarm %s is left out: %s", rule->purpose,
                      failure ? failure->message : "nobody with an address has that duty");
        }
    }
    return record_write_decision(record, decision, FALSE, error);
}

static gboolean claim_due(Record *record, Post *post, GError **error)
{
    const Worker *worker = post->worker;
    const Limits *limits = &worker->rulebook->limits;
    const MailManners manners = {
        .mails_per_hour = limits->mails_per_hour,
        .domain_per_minute = limits->domain_per_minute,
        .free_mail_per_minute = limits->free_mail_per_minute,
        .free_mail = worker->rulebook->free_mail,
        .quiet_until = limits_find_quiet_end(limits, worker->rulebook->settings->calendar, post->now),
    };
    for (gboolean has_opened = TRUE; has_opened;) {
        g_clear_pointer(&post->mails, g_ptr_array_unref);
        if (!record_claim_mails(record, worker->claimer, post->now, post->now + MAIL_LEASE_S, post->most, &manners, &post->mails,
                                &has_opened, error)) {
            return FALSE;
        }
        if (has_opened && !tell_of_fuse(record, post, error)) {
            return FALSE;
        }
        /* The alarm goes at once when there was nothing else. */
        has_opened = has_opened && post->mails->len == 0;
    }
    return TRUE;
}

static gboolean claim_post(Record *record, gpointer data, GError **error)
{
    Post *post = data;
    post_clear(post);
    if (!claim_due(record, post, error) || !look_again(record, post, error)) {
        return FALSE;
    }
    post->originals = g_ptr_array_new_with_free_func(free_bytes);
    for (guint i = 0; i < post->mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(post->mails, i);
        GBytes *original = mail->attach_message ? record_read_raw(record, mail->attach_message, ATTACH_BYTES + 1, error) : NULL;
        if (mail->attach_message && !original) {
            return FALSE;
        }
        if (original && g_bytes_get_size(original) > ATTACH_BYTES) {
            g_clear_pointer(&original, g_bytes_unref);
        }
        g_ptr_array_add(post->originals, original);
    }
    return TRUE;
}

/* A promise that this mail keeps, and that was due before: the history says how late it was. */
static gboolean tell_late(Record *record, const Outcome *outcome, GError **error)
{
    const Rulebook *rulebook = outcome->worker->rulebook;
    const OutgoingMail *mail = outcome->mail;
    g_autoptr(GPtrArray) late = NULL;
    g_autofree char *kept_by = g_strconcat("mail:", mail->purpose, NULL);
    if (outcome->state != MAIL_SENT || mail->lead == 0) {
        return TRUE;
    }
    if (!record_find_late_promises(record, mail->lead, kept_by, outcome->now, &late, error)) {
        return FALSE;
    }
    g_autoptr(Decision) decision =
        late->len > 0 ? record_find_standing(record, mail->lead, outcome->now, rulebook->hash, error) : NULL;
    for (guint i = 0; decision && i < late->len; i++) {
        followup_add_late_event(decision, g_ptr_array_index(late, i), rulebook);
    }
    return late->len == 0 || (decision && record_write_decision(record, decision, FALSE, error));
}

static gboolean finish_mail(Record *record, gpointer data, GError **error)
{
    const Outcome *outcome = data;
    const Worker *worker = outcome->worker;
    const OutgoingMail *mail = outcome->mail;
    g_autoptr(Decision) refused = NULL;
    if (outcome->state == MAIL_FAILED && mail->lead != 0) {
        g_autoptr(Past) past = pipeline_find_past_of(record, mail->lead, outcome->now, worker->rulebook, error);
        if (!past) {
            return FALSE;
        }
        refused = pipeline_decide_refused(mail, outcome->answer, past, worker->rulebook, worker->secret, outcome->now);
    }
    return tell_late(record, outcome, error) &&
           record_finish_mail(record, mail, outcome->state, outcome->now, outcome->next_try, outcome->answer, error) &&
           (!refused || pipeline_write(record, worker, refused, error));
}

static gboolean release_mails(Record *record, gpointer data, GError **error)
{
    const Post *post = data;
    return record_release_mails(record, post->worker->claimer, FALSE, error);
}

/* Growing pauses: a minute, doubled at each try, four hours at the most. */
static gint64 find_pause(guint attempts)
{
    gint64 pause_s = FIRST_PAUSE_S;
    for (guint i = 1; i < attempts && pause_s < LONGEST_PAUSE_S; i++) {
        pause_s *= 2;
    }
    return MIN(pause_s, LONGEST_PAUSE_S);
}

static void judge_outcome(Outcome *outcome, SendResult result, const Limits *limits)
{
    gboolean is_last = outcome->mail->attempts >= limits->attempts;
    switch (result) {
    case SEND_DELIVERED:
        outcome->state = MAIL_SENT;
        return;
    case SEND_REFUSED:
        outcome->state = MAIL_FAILED;
        return;
    case SEND_LATER:
    case SEND_UNKNOWN:
        outcome->state = is_last ? MAIL_FAILED : MAIL_PENDING;
        outcome->next_try = outcome->now + find_pause(outcome->mail->attempts);
        return;
    }
}

/*
 * Records what became of a mail. The mail may be out already: given up here it would go out a second time when its lease is over. So a store that is
 * locked or full is waited for; a daemon, which could send nothing without it anyway, waits until it ends.
 */
static gboolean record_outcome(const Worker *worker, Outcome *outcome, GError **error)
{
    return pipeline_run_patiently(worker, finish_mail, outcome, worker->recorder ? 0 : FINISH_TRIES, "a mail was sent or refused",
                                  error);
}

/*
 * The null sender, or one that is this mail's alone (VERP): nothing that is written back to either can start a loop (RFC 3834 section 3.3), and what comes back to the second
 * finds its mail even when it returns nothing of it. What comes back of mail to a colleague is never wanted.
 */
static SendResult send_bytes(const Worker *worker, Transport *transport, const OutgoingMail *mail, GBytes *bytes, char **answer)
{
    const Delivery *delivery = &worker->rulebook->settings->delivery;
    g_autofree char *own =
        delivery->has_plus && !mail->is_internal ? marked_address_make(worker->secret, MARK_MAIL, mail->id, delivery->from) : NULL;
    return transport_send(transport, own ? own : "", mail->to->address, mail->message_id, bytes, answer);
}

/*
 * A server may refuse a mail for the original in it: it is too long with it, or a filter finds something there. What we have to say goes without it then.
 */
static SendResult send_without_original(const Worker *worker, Transport *transport, const OutgoingMail *mail, char **answer)
{
    g_autofree char *refusal = g_steal_pointer(answer);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = respond_compose(mail, NULL, worker->rulebook->settings, &error);
    g_autofree char *second = NULL;
    SendResult result = bytes ? send_bytes(worker, transport, mail, bytes, &second) : SEND_REFUSED;
    *answer = g_strdup_printf("%s (without the original mail, which was refused: %s)", second ? second : error->message, refusal);
    return result;
}

/* *is_tried is FALSE when the transport was told to stop before the mail was out: it is given back as if it had never been claimed. */
static gboolean send_one(const Worker *worker, Transport *transport, const OutgoingMail *mail, GBytes *original, gboolean *is_tried,
                         GError **error)
{
    const Settings *settings = worker->rulebook->settings;
    g_autofree char *answer = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) bytes = respond_compose(mail, original, settings, &failure);
    SendResult result = bytes ? send_bytes(worker, transport, mail, bytes, &answer) : SEND_REFUSED;
    if (bytes && original && result == SEND_REFUSED) {
        result = send_without_original(worker, transport, mail, &answer);
    }
    *is_tried = result != SEND_LATER || !transport_is_cancelled(transport);
    if (!*is_tried) {
        return TRUE;
    }
    Outcome outcome = {
        .worker = worker, .mail = mail, .now = pipeline_read_clock(worker), .answer = failure ? failure->message : answer};
    judge_outcome(&outcome, result, &worker->rulebook->limits);
    return record_outcome(worker, &outcome, error);
}

gboolean pipeline_work_mails(const Worker *worker, Transport *transport, guint most, guint *count, GError **error)
{
    g_auto(Post) post = {.worker = worker, .now = pipeline_read_clock(worker), .most = most};
    if (!pipeline_run_claim(worker, claim_post, &post, error)) {
        return FALSE;
    }
    guint tried = 0;
    for (guint i = 0; i < post.mails->len; i++) {
        gboolean is_tried = FALSE;
        if (!send_one(worker, transport, g_ptr_array_index(post.mails, i), g_ptr_array_index(post.originals, i), &is_tried,
                      error)) {
            return FALSE;
        }
        if (!is_tried) {
            break;
        }
        tried++;
        /* A mail is begun only while its lease surely outlasts it: another sender must not take it up meanwhile. */
        if (transport_is_down(transport) || pipeline_read_clock(worker) - post.now > MAIL_LEASE_S - MAIL_LONGEST_S) {
            break;
        }
    }
    *count = tried;
    return tried == post.mails->len || pipeline_run_claim(worker, release_mails, &post, error);
}
