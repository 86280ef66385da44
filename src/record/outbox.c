/*
 * record/outbox.c - every mail we owe: queued with the decision, claimed by lease, finished after the server's answer
 *
 * A mail is looked at once more when it is claimed, in the transaction that claims it: a lead that was stopped or an address
 * that was found dead since it was queued holds it back. A sender that died leaves its mails claimed; they are given out again
 * when the lease is over, with the same Message-ID.
 */
#include "manners.h"

#include "usher/base/domain.h"
#include "usher/base/error.h"
#include "usher/base/text.h"

#define OLD_DATE_S 3600

#define MAIL_COLUMNS                                                                                                               \
    "id, lead, purpose, key, template, recipient_role, is_internal, to_name, to_address, from_name, from_address, reply_name,"     \
    " reply_address, due, date, subject, message_id, in_reply_to, refers_to, attach_message, state, attempts, sent, last_answer,"  \
    " enrolment, is_marketing, unsubscribe"

static OutgoingMail *read_mail(Statement *statement)
{
    OutgoingMail *mail = outgoing_mail_new();
    mail->id = statement_read_int(statement);
    mail->lead = statement_read_int(statement);
    mail->purpose = statement_dup_text(statement);
    mail->key = statement_dup_text(statement);
    mail->template_name = statement_dup_text(statement);
    mail->recipient_role = statement_dup_text(statement);
    mail->is_internal = statement_read_int(statement) != 0;
    mail->to = store_read_mailbox(statement);
    mail->from = store_read_mailbox(statement);
    mail->reply_to = store_read_mailbox(statement);
    mail->due = statement_read_int(statement);
    mail->date = statement_read_int(statement);
    mail->subject = statement_dup_text(statement);
    mail->message_id = statement_dup_text(statement);
    mail->in_reply_to = statement_dup_text(statement);
    store_read_lines(statement, mail->references);
    mail->attach_message = statement_read_int(statement);
    mail_state_find(statement_read_text(statement), &mail->state);
    mail->attempts = (guint)statement_read_int(statement);
    mail->sent = statement_read_int(statement);
    mail->last_answer = statement_dup_text(statement);
    mail->enrolment = statement_read_int(statement);
    mail->is_marketing = statement_read_int(statement) != 0;
    mail->unsubscribe = statement_dup_text(statement);
    return mail;
}

static gboolean add_text(Record *record, OutgoingMail *mail, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT text, html FROM outbox_text WHERE mail = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, mail->id);
    StepResult step = statement_step(statement, error);
    if (step == STEP_ROW) {
        mail->text = statement_dup_text(statement);
        mail->html = statement_dup_text(statement);
    }
    return step != STEP_FAILED;
}

/* ---- queueing ---- */

/* Nearly always the decision's; a mail that opens a lead of its own may be news of another too. */
static gint64 get_lead(const OutgoingMail *mail, const Decision *decision)
{
    return mail->lead != 0 ? mail->lead : decision->lead;
}

static void bind_new_mail(Statement *statement, const OutgoingMail *mail, const Decision *decision, gboolean is_shadow)
{
    g_autofree char *domain = text_address_domain(mail->to->address);
    statement_bind_int(statement, get_lead(mail, decision));
    statement_bind_text(statement, mail->purpose);
    statement_bind_text(statement, mail->key);
    statement_bind_text(statement, mail->template_name);
    statement_bind_text(statement, mail->recipient_role);
    statement_bind_int(statement, mail->is_internal);
    store_bind_mailbox(statement, mail->to);
    statement_bind_text_take(statement, domain_get_registrable(domain != NULL ? domain : ""));
    store_bind_mailbox(statement, mail->from);
    store_bind_mailbox(statement, mail->reply_to);
    statement_bind_int(statement, decision->at);
    statement_bind_int(statement, mail->due != 0 ? mail->due : decision->at);
    statement_bind_int(statement, mail->date != 0 ? mail->date : decision->at);
    statement_bind_text(statement, mail->subject);
    statement_bind_text(statement, mail->message_id);
    statement_bind_text(statement, mail->in_reply_to);
    store_bind_lines(statement, mail->references);
    statement_bind_int(statement, mail->attach_message);
    statement_bind_text(statement, mail_state_get_name(is_shadow ? MAIL_SHADOW : mail->state));
    statement_bind_int(statement, mail->enrolment);
    statement_bind_int(statement, mail->is_marketing);
    gboolean is_unasked = mail->is_unasked || mail->enrolment != 0;
    statement_bind_int(statement, mail->is_internal ? RANK_INTERNAL : is_unasked ? RANK_UNASKED : RANK_ANSWER);
    statement_bind_text(statement, mail->unsubscribe);
}

/* *id is 0 when the key is known. */
static gboolean insert(Record *record, const OutgoingMail *mail, const Decision *decision, gboolean is_shadow, gint64 *id,
                       GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "INSERT INTO outbox (lead, purpose, key, template, recipient_role, is_internal, to_name, to_address, to_domain, from_name, "
        "from_address,"
        " reply_name, reply_address, queued, due, date, subject, message_id, in_reply_to, refers_to, attach_message, state,"
        " enrolment, is_marketing, rank, unsubscribe)"
        " VALUES (NULLIF($1, 0), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,"
        " NULLIF($23, 0), $24, $25, $26)"
        " ON CONFLICT (key) DO NOTHING",
        error);
    if (statement == NULL)
        return FALSE;
    bind_new_mail(statement, mail, decision, is_shadow);
    return statement_insert(statement, id, error);
}

static gboolean insert_text(Record *record, gint64 id, const OutgoingMail *mail, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "INSERT INTO outbox_text (mail, text, html) VALUES ($1, $2, $3)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, id);
    statement_bind_text(statement, mail->text);
    statement_bind_text(statement, mail->html);
    return statement_run(statement, NULL, error);
}

/* A mail that was held never went, and one that failed went nowhere: one with the same key may take its place, and the held one keeps its row. */
static gboolean give_up_key(Record *record, const char *key, gint64 *changes, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "UPDATE outbox SET key = key || ':' || CASE state WHEN 'failed' THEN 'failed:' ELSE 'held:' END || id,"
        " state = CASE state WHEN 'failed' THEN 'failed' ELSE 'held' END, last_answer = COALESCE(last_answer, "
        "'another took its place')"
        " WHERE key = $1 AND is_internal = 0 AND (state IN ('held', 'failed') OR (state = 'pending' AND claimed_until = 0 AND"
        " id <= (SELECT held_through FROM lead WHERE lead.id = outbox.lead)))",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, key);
    return statement_run(statement, changes, error);
}

static gboolean insert_anew(Record *record, const OutgoingMail *mail, const Decision *decision, gboolean is_shadow, gint64 *id,
                            GError **error)
{
    gint64 changes = 0;
    if (!insert(record, mail, decision, is_shadow, id, error))
        return FALSE;
    if (*id != 0 || mail->is_internal)
        return TRUE;
    return give_up_key(record, mail->key, &changes, error) &&
           (changes == 0 || insert(record, mail, decision, is_shadow, id, error));
}

gboolean outbox_add_all(Record *record, const Decision *decision, gboolean is_shadow, GError **error)
{
    for (guint i = 0; i < decision->mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(decision->mails, i);
        gint64 id = 0;
        if (!insert_anew(record, mail, decision, is_shadow, &id, error))
            return FALSE;
        if (id == 0)
            continue;
        if (!insert_text(record, id, mail, error) ||
            (decision->lead != 0 && !thread_add(record, get_lead(mail, decision), mail->message_id, error)))
            return FALSE;
    }
    return TRUE;
}

gboolean outbox_hold(Record *record, gint64 lead, GError **error)
{
    return store_run_ints(record,
                          "UPDATE lead SET held_through = (SELECT COALESCE(MAX(id), 0) FROM outbox WHERE lead = $1) WHERE id = $1",
                          &lead, 1, NULL, error);
}

gboolean outbox_mark_bounced(Record *record, gint64 lead, const char *address, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "UPDATE outbox SET state = 'failed', last_answer = 'it came back' WHERE id = (SELECT MAX(id) FROM outbox"
                       " WHERE lead = $1 AND to_address = $2 AND state = 'sent')",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_text(statement, address);
    return statement_run(statement, NULL, error);
}

gboolean outbox_mark_returned(Record *record, gint64 mail, GError **error)
{
    return store_run_ints(record,
                          "UPDATE outbox SET state = 'failed', last_answer = 'it came back' WHERE id = $1 AND state = 'sent'",
                          &mail, 1, NULL, error);
}

/* ---- claiming ---- */

static gboolean tell(Record *record, const OutgoingMail *mail, const char *what, UsherTime now, const char *answer, GError **error)
{
    gboolean has_answer = answer != NULL && *answer != '\0';
    g_autofree char *detail =
        g_strdup_printf("%s to %s%s%s", mail->purpose, mail->to->address, has_answer ? ": " : "", has_answer ? answer : "");
    return history_add_one(record, mail->lead, now, "usher", what, detail, error);
}

typedef struct {
    OutgoingMail *mail;
    char *domain;
    char *why_not; /* NULL: it may go */
} DueMail;

typedef struct {
    const char *claimer;
    UsherTime now, until;
    guint most;
    Gate gate;
    GPtrArray *taken; /* OutgoingMail */
} Claim;

static void due_mail_free(DueMail *due)
{
    outgoing_mail_free(due->mail);
    g_free(due->domain);
    g_free(due->why_not);
    g_free(due);
}

static gboolean find_due(Record *record, MailRank rank, UsherTime now, guint most, GPtrArray *found, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT CASE WHEN purpose = 'brief' AND (SELECT exception FROM lead WHERE lead.id = outbox.lead) = 'conflict-check'"
        " AND key <> 'brief:' || lead || ':' || (SELECT owner FROM lead WHERE lead.id = outbox.lead)"
        " THEN 'a conflict is being checked: it is for whoever clears it alone'"
        " WHEN is_internal = 1 THEN NULL"
        " WHEN enrolment IS NOT NULL AND (SELECT state FROM enrolment WHERE id = outbox.enrolment) = 'stopped'"
        " THEN 'its cadence was stopped: ' || COALESCE((SELECT why FROM enrolment WHERE id = outbox.enrolment), '')"
        " WHEN id <= (SELECT held_through FROM lead WHERE lead.id = outbox.lead) THEN 'mail of this lead was stopped'"
        " WHEN purpose <> 'receipt' AND (SELECT exception FROM lead WHERE lead.id = outbox.lead) = 'conflict-check'"
        " THEN 'a conflict is being checked'"
        " WHEN EXISTS (SELECT 1 FROM address_mark WHERE address = to_address) THEN 'the address is marked: bounced'"
        " ELSE (SELECT 'they asked to be left alone: ' || why FROM suppression s WHERE s.address = to_address"
        " AND ((is_marketing = 1 AND s.scope <> 'sequence')"
        " OR (s.scope = 'all' AND s.at >= COALESCE((SELECT created FROM lead WHERE lead.id = outbox.lead), 0))"
        " OR (s.scope = 'sequence' AND s.cadence = (SELECT name FROM cadence WHERE id = (SELECT cadence FROM enrolment e"
        " WHERE e.id = outbox.enrolment)))) LIMIT 1) END, to_domain, " MAIL_COLUMNS
        " FROM outbox WHERE state = 'pending' AND rank = $1 AND due <= $2 AND claimed_until <= $2 ORDER BY due, id LIMIT $3",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, rank);
    statement_bind_int(statement, now);
    statement_bind_int(statement, most);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        DueMail *due = g_new0(DueMail, 1);
        g_ptr_array_add(found, due);
        due->why_not = statement_dup_text(statement);
        due->domain = statement_dup_text(statement);
        due->mail = read_mail(statement);
    }
    return step == STEP_DONE;
}

gboolean record_is_doubtful_mail(Record *record, const OutgoingMail *mail, gboolean *is_doubtful, GError **error)
{
    *is_doubtful = FALSE;
    if (mail->is_internal || mail->lead == 0 || g_str_equal(mail->purpose, "receipt"))
        return TRUE;
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT 1 FROM conflict_party WHERE since >= (SELECT queued FROM outbox WHERE id = $1) LIMIT 1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, mail->id);
    StepResult step = statement_step(statement, error);
    *is_doubtful = step == STEP_ROW;
    return step != STEP_FAILED;
}

static gboolean hold(Record *record, const DueMail *due, UsherTime now, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "UPDATE outbox SET state = 'held', last_answer = $1 WHERE id = $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, due->why_not);
    statement_bind_int(statement, due->mail->id);
    return statement_run(statement, NULL, error) && tell(record, due->mail, "held", now, due->why_not, error);
}

/* One that had to wait for long is dated when it goes: filters take mail of hours ago for spam. Its bytes are the same from then on. */
static gboolean claim_mail(Record *record, const Claim *claim, OutgoingMail *mail, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "UPDATE outbox SET claimer = $1, claimed_until = $2, attempts = attempts + 1, date = $3 WHERE id = $4",
        error);
    if (statement == NULL)
        return FALSE;
    if (mail->attempts == 0 && !mail->is_internal && claim->now - mail->date > OLD_DATE_S)
        mail->date = claim->now;
    statement_bind_text(statement, claim->claimer);
    statement_bind_int(statement, claim->until);
    statement_bind_int(statement, mail->date);
    statement_bind_int(statement, mail->id);
    mail->attempts++;
    return statement_run(statement, NULL, error) && add_text(record, mail, error);
}

static gboolean delay(Record *record, const DueMail *due, UsherTime later, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "UPDATE outbox SET due = $1, last_answer = $2 WHERE id = $3", error);
    if (statement == NULL)
        return FALSE;
    g_autofree char *why = g_strdup_printf("waits: there are as many mails to %s in a minute as may be", due->domain);
    statement_bind_int(statement, later);
    statement_bind_text(statement, why);
    statement_bind_int(statement, due->mail->id);
    return statement_run(statement, NULL, error);
}

static gboolean take_mail(Record *record, Claim *claim, DueMail *due, MailRank rank, GError **error)
{
    UsherTime later = 0;
    if (due->why_not != NULL)
        return hold(record, due, claim->now, error);
    if (rank != RANK_INTERNAL && !gate_find_time(record, &claim->gate, due->domain, rank, &later, error))
        return FALSE;
    if (later != 0)
        return delay(record, due, later, error);
    if (!claim_mail(record, claim, due->mail, error))
        return FALSE;
    if (rank != RANK_INTERNAL)
        claim->gate.room--;
    g_ptr_array_add(claim->taken, g_steal_pointer(&due->mail));
    return TRUE;
}

/* How many more of that rank may be claimed. */
static guint find_room(const Claim *claim, MailRank rank)
{
    guint room = claim->most - claim->taken->len;
    return rank == RANK_INTERNAL ? room : (guint)MIN((gint64)room, claim->gate.room);
}

/* Those that are held or delayed are due no more: it looks until enough are taken, or none is left. */
static gboolean take_rank(Record *record, Claim *claim, MailRank rank, GError **error)
{
    guint found_count = 1;
    while (found_count > 0 && find_room(claim, rank) > 0) {
        g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)due_mail_free);
        if (!find_due(record, rank, claim->now, find_room(claim, rank), found, error))
            return FALSE;
        for (guint i = 0; i < found->len; i++) {
            if (!take_mail(record, claim, g_ptr_array_index(found, i), rank, error))
                return FALSE;
        }
        found_count = found->len;
    }
    return TRUE;
}

gboolean record_claim_mails(Record *record, const char *claimer, UsherTime now, UsherTime until, guint most,
                            const MailManners *manners, GPtrArray **mails, gboolean *has_opened, GError **error)
{
    store_must_write(record);
    g_autoptr(GPtrArray) taken = g_ptr_array_new_with_free_func((GDestroyNotify)outgoing_mail_free);
    Claim claim = {.claimer = claimer, .now = now, .until = until, .most = most, .taken = taken};
    gboolean is_done = gate_open(record, &claim.gate, manners, now, error) && gate_keep_quiet(record, &claim.gate, error);
    for (MailRank rank = 0; is_done && rank < RANK_COUNT; rank++)
        is_done = take_rank(record, &claim, rank, error);
    gate_clear(&claim.gate);
    if (!is_done)
        return FALSE;
    *mails = g_steal_pointer(&taken);
    *has_opened = claim.gate.has_opened;
    return TRUE;
}

gboolean record_hold_mail(Record *record, const OutgoingMail *mail, const char *why, UsherTime now, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "UPDATE outbox SET state = 'held', claimer = NULL, claimed_until = 0, attempts = "
                       "attempts - 1, last_answer = $1 WHERE id = $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, why);
    statement_bind_int(statement, mail->id);
    return statement_run(statement, NULL, error) && tell(record, mail, "held", now, why, error);
}

gboolean record_release_mails(Record *record, const char *claimer, gboolean is_counted, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "UPDATE outbox SET claimer = NULL, claimed_until = 0, attempts = attempts - $1 WHERE state = 'pending' AND claimer = $2",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, is_counted ? 0 : 1);
    statement_bind_text(statement, claimer);
    return statement_run(statement, NULL, error);
}

/* ---- finishing ---- */

/* A mail that was sent stays so, whatever a slower sender says of it later. */
static gboolean set_outcome(Record *record, const OutgoingMail *mail, MailState state, UsherTime now, UsherTime next_try,
                            const char *answer, gboolean *is_changed, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "UPDATE outbox SET state = $1, claimer = NULL, claimed_until = 0, due = CASE "
                                                    "WHEN $2 > 0 THEN $2 ELSE due END, sent = $3, last_answer = $4"
                                                    " WHERE id = $5 AND state <> 'sent'",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, mail_state_get_name(state));
    statement_bind_int(statement, state == MAIL_PENDING ? next_try : 0);
    statement_bind_int(statement, state == MAIL_SENT ? now : 0);
    statement_bind_text(statement, answer);
    statement_bind_int(statement, mail->id);
    gint64 changes = 0;
    if (!statement_run(statement, &changes, error))
        return FALSE;
    *is_changed = changes > 0;
    return TRUE;
}

static gboolean follow_sent(Record *record, const OutgoingMail *mail, UsherTime now, GError **error)
{
    if (mail->lead == 0)
        return TRUE;
    g_autofree char *kept_by = g_strconcat("mail:", mail->purpose, NULL);
    return promise_keep_by(record, mail->lead, kept_by, now, error);
}

/* Nobody was told: a person has to find another way. A lead that is closed stays closed. */
static gboolean follow_failed(Record *record, const OutgoingMail *mail, UsherTime now, GError **error)
{
    if (mail->lead == 0 || mail->is_internal)
        return TRUE;
    g_autoptr(Lead) lead = NULL;
    if (!lead_find(record, mail->lead, &lead, error))
        return FALSE;
    if (lead == NULL || !status_is_live(lead->status) || g_strcmp0(lead->exception, "conflict-check") == 0)
        return TRUE;
    return lead_move(record, mail->lead, STATUS_EXCEPTION, "bounced", NULL, now, error);
}

gboolean record_finish_mail(Record *record, const OutgoingMail *mail, MailState state, UsherTime now, UsherTime next_try,
                            const char *answer, GError **error)
{
    store_must_write(record);
    gboolean is_changed = FALSE;
    if (!set_outcome(record, mail, state, now, next_try, answer, &is_changed, error))
        return FALSE;
    if (!is_changed || state == MAIL_PENDING)
        return TRUE;
    if (!tell(record, mail, mail_state_get_name(state), now, answer, error))
        return FALSE;
    if (state == MAIL_SENT)
        return follow_sent(record, mail, now, error);
    return state != MAIL_FAILED || follow_failed(record, mail, now, error);
}

/* ---- looking ---- */

/* A mail that somebody has claimed is due again when the lease is over. Those come first and are few. */
static gboolean find_next_mail(Record *record, UsherTime *next, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT due, claimed_until FROM outbox WHERE state = 'pending' ORDER BY due, id", error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        UsherTime due = statement_read_int(statement);
        UsherTime claimed_until = statement_read_int(statement);
        UsherTime free_at = MAX(due, claimed_until);
        if (*next != 0 && due >= *next)
            return TRUE;
        if (*next == 0 || free_at < *next)
            *next = free_at;
    }
    return step == STEP_DONE;
}

/* The try that is gained is not counted: a mail is given up after its time, not after so many reloads. */
gboolean record_hasten_mails(Record *record, UsherTime now, GError **error)
{
    store_must_write(record);
    g_autoptr(Statement) statement = driver_prepare(record->driver,
                                                    "UPDATE outbox SET due = $1, attempts = attempts - 1 WHERE state = 'pending' "
                                                    "AND due > $1 AND attempts > 0 AND claimed_until <= $1",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, now);
    return statement_run(statement, NULL, error);
}

/* *next becomes the first moment that `sql` finds, when that is sooner. */
static gboolean find_next(Record *record, const char *sql, UsherTime *next, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    StepResult step = statement_step(statement, error);
    UsherTime due = step == STEP_ROW ? statement_read_int(statement) : 0;
    if (due != 0 && (*next == 0 || due < *next))
        *next = due;
    return step != STEP_FAILED;
}

gboolean record_find_next_due(Record *record, UsherTime *due, GError **error)
{
    UsherTime next = 0;
    if (!promise_find_next_look(record, &next, error) ||
        !find_next(record, "SELECT due FROM enrolment WHERE state = 'active' ORDER BY due LIMIT 1", &next, error) ||
        !find_next_mail(record, &next, error))
        return FALSE;
    *due = next;
    return TRUE;
}

/* The states are written out: only then the partial indexes serve. */
static const char *find_list(gint64 lead, const char *state_name)
{
    if (lead != 0)
        return "SELECT " MAIL_COLUMNS " FROM outbox WHERE lead = $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3";
    if (g_strcmp0(state_name, "pending") == 0)
        return "SELECT " MAIL_COLUMNS " FROM outbox WHERE 0 = $1 AND state = 'pending' AND state = $2 ORDER BY id DESC LIMIT $3";
    if (state_name != NULL && g_strcmp0(state_name, "sent") != 0)
        return "SELECT " MAIL_COLUMNS
               " FROM outbox WHERE 0 = $1 AND state <> 'pending' AND state <> 'sent' AND state = $2 ORDER BY id DESC LIMIT $3";
    return "SELECT " MAIL_COLUMNS " FROM outbox WHERE 0 = $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3";
}

gboolean record_list_outbox(Record *record, gint64 lead, const char *state_name, guint most, GPtrArray **mails, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, find_list(lead, state_name), error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    statement_bind_text(statement, state_name != NULL ? state_name : "");
    statement_bind_int(statement, most);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)outgoing_mail_free);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        OutgoingMail *mail = read_mail(statement);
        g_ptr_array_add(found, mail);
        if (!add_text(record, mail, error))
            return FALSE;
    }
    if (step == STEP_FAILED)
        return FALSE;
    *mails = g_steal_pointer(&found);
    return TRUE;
}
