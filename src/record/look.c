/*
 * record/look.c - what is on record, for people who look at it
 */
#include "store.h"

#define MOST_TASKS 100

#include "usher/base/error.h"

/* ---- all leads ---- */

gboolean record_visit_leads(Record *record, RecordLeadVisitor visitor, gpointer data, GError **error)
{
    g_auto(StoreView) view = {NULL};
    if (!store_view(record, &view, error))
        return FALSE;
    g_autoptr(Statement) statement = driver_prepare(record->driver, "SELECT " LEAD_COLUMNS " FROM lead ORDER BY id DESC", error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        g_autoptr(Lead) lead = lead_read(statement);
        if (!lead_add_fields(record, lead->id, lead->fields, error))
            return FALSE;
        if (!visitor(lead, data))
            return TRUE;
    }
    return step == STEP_DONE;
}

/* ---- one lead ---- */

void history_line_free(HistoryLine *line)
{
    if (line == NULL)
        return;
    g_free(line->actor);
    g_free(line->what);
    g_free(line->detail);
    g_free(line);
}

void message_line_free(MessageLine *line)
{
    if (line == NULL)
        return;
    g_free(line->message_id);
    g_free(line->doors);
    g_free(line->reason);
    g_free(line);
}

void lead_file_free(LeadFile *file)
{
    if (file == NULL)
        return;
    decision_free(file->decision);
    lead_free(file->lead);
    g_ptr_array_unref(file->promises);
    g_ptr_array_unref(file->cadences);
    g_clear_pointer(&file->tasks, g_ptr_array_unref);
    g_ptr_array_unref(file->history);
    g_ptr_array_unref(file->messages);
    g_free(file);
}

static Statement *ask_about(Record *record, const char *sql, gint64 lead, GError **error)
{
    Statement *statement = driver_prepare(record->driver, sql, error);
    if (statement != NULL)
        statement_bind_int(statement, lead);
    return statement;
}

static gboolean read_history(Record *record, gint64 lead, GPtrArray *history, GError **error)
{
    g_autoptr(Statement) statement = ask_about(
        record, "SELECT id, at, actor, what, COALESCE(detail, '(erased)') FROM event WHERE lead = $1 ORDER BY id", lead, error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        HistoryLine *line = g_new0(HistoryLine, 1);
        g_ptr_array_add(history, line);
        line->lead = lead;
        line->id = statement_read_int(statement);
        line->at = statement_read_int(statement);
        line->actor = statement_dup_text(statement);
        line->what = statement_dup_text(statement);
        line->detail = statement_dup_text(statement);
    }
    return step == STEP_DONE;
}

static char *find_doors(Record *record, gint64 message, GError **error)
{
    g_autoptr(Statement) statement =
        ask_about(record, "SELECT door FROM delivery WHERE message = $1 ORDER BY id LIMIT 100", message, error);
    if (statement == NULL)
        return NULL;
    g_autoptr(GString) doors = g_string_new(NULL);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_string_append_printf(doors, "%s%s", doors->len > 0 ? ", " : "", statement_read_text(statement));
    return step == STEP_FAILED ? NULL : g_string_free(g_steal_pointer(&doors), FALSE);
}

static gboolean read_messages(Record *record, gint64 lead, GPtrArray *messages, GError **error)
{
    g_autoptr(Statement) statement = ask_about(
        record,
        "SELECT id, received, kind, disposition, message_id, reason, is_headers_only FROM message WHERE lead = $1 ORDER BY id",
        lead, error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        MessageLine *line = g_new0(MessageLine, 1);
        g_ptr_array_add(messages, line);
        line->id = statement_read_int(statement);
        line->received = statement_read_int(statement);
        kind_find(statement_read_text(statement), &line->kind);
        disposition_find(statement_read_text(statement), &line->disposition);
        line->message_id = statement_dup_text(statement);
        line->reason = statement_dup_text(statement);
        line->is_headers_only = statement_read_int(statement) != 0;
        line->doors = find_doors(record, line->id, error);
        if (line->doors == NULL)
            return FALSE;
    }
    return step == STEP_DONE;
}

/* ---- the judgement that stands ---- */

static gboolean read_referrer(Record *record, Decision *decision, GError **error)
{
    g_autoptr(Statement) statement =
        ask_about(record, "SELECT referrer_name, referrer_address, from_partner FROM lead WHERE id = $1", decision->lead, error);
    if (statement == NULL || statement_step(statement, error) != STEP_ROW)
        return FALSE;
    mailbox_free(decision->referrer);
    decision->referrer = store_read_mailbox(statement);
    decision->from_partner = statement_dup_text(statement);
    return TRUE;
}

static gboolean read_opening_message(Record *record, Decision *decision, GError **error)
{
    g_autoptr(Statement) statement =
        ask_about(record, "SELECT message_id, kind, kind_rule, kind_evidence, disposition, reason FROM message WHERE id = $1",
                  decision->lead, error);
    if (statement == NULL || statement_step(statement, error) != STEP_ROW)
        return FALSE;
    decision->arrival = decision->lead;
    decision->opens_lead = TRUE;
    decision->message_id = statement_dup_text(statement);
    kind_find(statement_read_text(statement), &decision->kind);
    decision->kind_rule = statement_dup_text(statement);
    decision->kind_evidence = statement_dup_text(statement);
    disposition_find(statement_read_text(statement), &decision->disposition);
    decision->reason = statement_dup_text(statement);
    return TRUE;
}

static gboolean read_score_parts(Record *record, Decision *decision, GError **error)
{
    g_autoptr(Statement) statement =
        ask_about(record, "SELECT rule, points, because FROM score_part WHERE lead = $1 ORDER BY ordinal", decision->lead, error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        const char *rule = statement_read_text(statement);
        gint points = (gint)statement_read_int(statement);
        g_ptr_array_add(decision->score_parts, score_part_new(rule, points, statement_read_text(statement)));
    }
    return step == STEP_DONE;
}

static gboolean read_people(Record *record, Decision *decision, GError **error)
{
    g_autoptr(Statement) statement =
        ask_about(record, "SELECT name, address FROM address WHERE lead = $1 ORDER BY address", decision->lead, error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(decision->people, store_read_mailbox(statement));
    return step == STEP_DONE;
}

static gboolean read_mails(Record *record, Decision *decision, GError **error)
{
    g_autoptr(GPtrArray) mails = NULL;
    if (!record_list_outbox(record, decision->lead, NULL, 1000, &mails, error))
        return FALSE;
    for (guint i = mails->len; i > 0; i--)
        g_ptr_array_add(decision->mails, g_ptr_array_steal_index(mails, i - 1));
    return TRUE;
}

static void add_promises(Decision *decision, const GPtrArray *states)
{
    for (guint i = 0; i < states->len; i++) {
        const PromiseState *state = g_ptr_array_index(states, i);
        Promise *promise = promise_new(state->kind, state->owner, state->due, state->kept_by);
        promise->kept = state->kept;
        g_ptr_array_add(decision->promises, promise);
    }
}

/* What the judgement missed may have come since. */
static void drop_what_came(Decision *decision)
{
    for (guint i = decision->missing->len; i-- > 0;) {
        if (field_find(decision->fields, g_ptr_array_index(decision->missing, i)) != NULL)
            g_ptr_array_remove_index(decision->missing, i);
    }
}

static gboolean read_judgement(Record *record, LeadFile *file, GError **error)
{
    Decision *decision = file->decision;
    add_promises(decision, file->promises);
    gboolean is_read =
        judgement_read(record, decision, error) && read_referrer(record, decision, error) &&
        read_opening_message(record, decision, error) && lead_add_fields(record, decision->lead, decision->fields, error) &&
        read_score_parts(record, decision, error) && read_people(record, decision, error) && read_mails(record, decision, error);
    drop_what_came(decision);
    return is_read;
}

LeadFile *record_read_lead(Record *record, gint64 lead, GError **error)
{
    g_auto(StoreView) view = {NULL};
    if (!store_view(record, &view, error))
        return NULL;
    g_autoptr(LeadFile) file = g_new0(LeadFile, 1);
    file->promises = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    file->cadences = g_ptr_array_new_with_free_func((GDestroyNotify)enrolment_line_free);
    file->history = g_ptr_array_new_with_free_func((GDestroyNotify)history_line_free);
    file->messages = g_ptr_array_new_with_free_func((GDestroyNotify)message_line_free);
    file->decision = record_find_standing(record, lead, 0, NULL, error);
    if (file->decision == NULL || !lead_find(record, lead, &file->lead, error))
        return NULL;
    file->decision->rules_hash = g_strdup(file->lead->rules_hash);
    if (!record_list_past_tasks(record, lead, MOST_TASKS, &file->tasks, error) ||
        !promise_list(record, lead, FALSE, file->promises, error) || !enrolment_describe(record, lead, file->cadences, error) ||
        !read_history(record, lead, file->history, error) || !read_messages(record, lead, file->messages, error) ||
        !read_judgement(record, file, error))
        return NULL;
    return g_steal_pointer(&file);
}

/* ---- counts ---- */

typedef struct {
    const char *sql;
    gsize place;
    gboolean takes_now;
} Count;

#define COUNT_INTO(member) G_STRUCT_OFFSET(RecordCounts, member)

/* What grows without end is counted along its smallest index, all else along a partial one. */
static const Count counts_of[] = {
    {"SELECT COUNT(*) FROM message", COUNT_INTO(messages), FALSE},
    {"SELECT COUNT(*) FROM message WHERE decided = 0", COUNT_INTO(undecided), FALSE},
    {"SELECT COUNT(*) FROM message WHERE disposition = 'quarantined'", COUNT_INTO(quarantined), FALSE},
    {"SELECT COUNT(*) FROM lead", COUNT_INTO(leads), FALSE},
    {"SELECT COUNT(*) FROM lead WHERE is_live = 1", COUNT_INTO(live_leads), FALSE},
    {"SELECT COUNT(*) FROM lead WHERE status = 'exception' AND is_history = 0", COUNT_INTO(exceptions), FALSE},
    {"SELECT COUNT(*) FROM outbox WHERE state = 'pending'", COUNT_INTO(mails_pending), FALSE},
    {"SELECT COUNT(*) FROM outbox WHERE state = 'failed' AND state <> 'pending' AND state <> 'sent'", COUNT_INTO(mails_failed),
     FALSE},
    {"SELECT COUNT(*) FROM outbox WHERE state = 'held' AND state <> 'pending' AND state <> 'sent'", COUNT_INTO(mails_held), FALSE},
    {"SELECT COUNT(*) FROM outbox WHERE state = 'shadow' AND state <> 'pending' AND state <> 'sent'", COUNT_INTO(mails_shadow),
     FALSE},
    {"SELECT COUNT(*) FROM outbox", COUNT_INTO(mails_sent), FALSE},
    {"SELECT COUNT(*) FROM promise WHERE kept = 0", COUNT_INTO(promises_open), FALSE},
    {"SELECT (SELECT COUNT(*) FROM promise WHERE kept = 0 AND broken = 0 AND due < $1) +"
     " (SELECT COUNT(*) FROM promise WHERE kept = 0 AND broken > 0)",
     COUNT_INTO(promises_late), TRUE},
    {"SELECT COALESCE(MIN(d.at), 0) FROM message m JOIN delivery d ON d.message = m.id WHERE m.decided = 0",
     COUNT_INTO(oldest_undecided), FALSE},
    {"SELECT COALESCE(MIN(due), 0) FROM outbox WHERE state = 'pending'", COUNT_INTO(oldest_pending), FALSE},
    {"SELECT COALESCE((SELECT at FROM delivery ORDER BY id DESC LIMIT 1), 0)", COUNT_INTO(newest_message), FALSE},
};

gboolean record_count(Record *record, UsherTime now, RecordCounts *counts, GError **error)
{
    g_auto(StoreView) view = {NULL};
    if (!store_view(record, &view, error))
        return FALSE;
    RecordCounts found = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(counts_of); i++) {
        g_autoptr(Statement) statement = driver_prepare(record->driver, counts_of[i].sql, error);
        if (statement == NULL)
            return FALSE;
        if (counts_of[i].takes_now)
            statement_bind_int(statement, now);
        if (statement_step(statement, error) != STEP_ROW)
            return FALSE;
        *(gint64 *)G_STRUCT_MEMBER_P(&found, counts_of[i].place) = statement_read_int(statement);
    }
    found.mails_sent -= found.mails_pending + found.mails_failed + found.mails_held + found.mails_shadow;
    *counts = found;
    return TRUE;
}

/* ---- verifying ---- */

gboolean record_verify(Record *record, GError **error)
{
    g_auto(StoreView) view = {NULL};
    return store_view(record, &view, error) && driver_check(record->driver, error) && history_check_chain(record, error);
}
