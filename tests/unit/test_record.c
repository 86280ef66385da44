/*
 * tests/unit/test_record.c - messages, decisions, the past and what is shown of it
 */
#include "record_fixture.h"

#define CASE(name, function) g_test_add(name, Store, NULL, store_set_up, function, store_tear_down)

/* ---- claiming, in a transaction ---- */

typedef struct {
    const char *claimer;
    UsherTime now, until;
    guint most;
    gint64 id;
    GPtrArray *arrivals;
    Arrival *arrival;
    gboolean is_counted;
} Claim;

static gboolean claim_job(Record *record, gpointer data, GError **error)
{
    Claim *claim = data;
    if (claim->id != 0)
        return record_claim_message(record, claim->id, claim->claimer, claim->now, claim->until, &claim->arrival, error);
    return record_claim_messages(record, claim->claimer, claim->now, claim->until, claim->most, &claim->arrivals, error);
}

static GPtrArray *claim_messages(Store *store, const char *claimer, UsherTime now, guint most)
{
    GError *error = NULL;
    Claim claim = {.claimer = claimer, .now = now, .until = now + 60, .most = most};
    record_run(store->record, claim_job, &claim, &error);
    g_assert_no_error(error);
    return claim.arrivals;
}

static Arrival *claim_message(Store *store, gint64 id, const char *claimer, UsherTime now)
{
    GError *error = NULL;
    Claim claim = {.claimer = claimer, .now = now, .until = now + 60, .id = id};
    record_run(store->record, claim_job, &claim, &error);
    g_assert_no_error(error);
    return claim.arrival;
}

static gboolean release_job(Record *record, gpointer data, GError **error)
{
    const Claim *claim = data;
    return record_release_messages(record, claim->claimer, claim->is_counted, error);
}

static void release_messages(Store *store, const char *claimer, gboolean is_counted)
{
    GError *error = NULL;
    Claim claim = {.claimer = claimer, .is_counted = is_counted};
    record_run(store->record, release_job, &claim, &error);
    g_assert_no_error(error);
}

static const Arrival *get_arrival(const GPtrArray *arrivals, guint index)
{
    g_assert_cmpuint(index, <, arrivals->len);
    return g_ptr_array_index(arrivals, index);
}

/* ---- messages ---- */

static void test_capture_is_read_again(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gint64 id = capture(store, "d1", "Subject: hello\r\n\r\nworld\r\n");
    g_assert_cmpint(id, >, 0);
    g_autoptr(GBytes) raw = record_read_raw(store->record, id, 1000, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), "Subject: hello\r\n\r\nworld\r\n", 25);
    g_autoptr(GBytes) start = record_read_raw(store->record, id, 7, &error);
    g_assert_cmpmem(g_bytes_get_data(start, NULL), g_bytes_get_size(start), "Subject", 7);
    g_assert_null(record_read_raw(store->record, id + 1, 1000, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_clear_error(&error);
}

static void test_capture_survives_reopening(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 id = capture(store, "d1", "kept");
    store_close_again(store);
    store_open_again(store);
    g_autoptr(GBytes) raw = record_read_raw(store->record, id, 1000, NULL);
    g_assert_cmpmem(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), "kept", 4);
}

/* Several chunks, from a source that gives little at a time. */
static void test_capture_of_a_large_mail(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gsize length = 3 * 256 * 1024 + 17;
    g_autofree char *bytes = g_malloc(length);
    for (gsize i = 0; i < length; i++)
        bytes[i] = (char)(i * 7 + i / 1000);
    g_auto(TestMail) mail = test_mail("large", "maildir", "");
    mail.bytes = bytes;
    mail.length = length;
    mail.most = 10000;
    record_run(store->record, capture_test_mail, &mail, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) raw = record_read_raw(store->record, mail.id, G_MAXSIZE, &error);
    g_assert_cmpmem(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), bytes, length);
    g_autoptr(GBytes) part = record_read_raw(store->record, mail.id, 300000, &error);
    g_assert_cmpmem(g_bytes_get_data(part, NULL), g_bytes_get_size(part), bytes, 300000);
}

static void test_capture_of_an_unreadable_mail_leaves_nothing(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gsize length = 600 * 1024;
    g_autofree char *bytes = g_malloc0(length);
    g_auto(TestMail) mail = test_mail("broken", "maildir", "");
    mail.bytes = bytes;
    mail.length = length;
    mail.fails_at = 300 * 1024;
    mail.most = 100 * 1024;
    g_assert_false(record_run(store->record, capture_test_mail, &mail, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_RETRY);
    g_clear_error(&error);
    g_assert_cmpint(mail.id, ==, 0);
    g_assert_cmpint(count_all(store, NOW).messages, ==, 0);
}

static void test_same_mail_by_two_doors_is_one(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    g_auto(TestMail) first = test_mail("same", "milter", "text");
    g_auto(TestMail) second = test_mail("same", "maildir", "text");
    g_ptr_array_add(second.arrival->envelope_to, g_strdup("referrals@hartleyfinch.example"));
    record_run(store->record, capture_test_mail, &first, &error);
    record_run(store->record, capture_test_mail, &second, &error);
    g_assert_no_error(error);
    g_assert_true(first.is_new);
    g_assert_false(second.is_new);
    g_assert_cmpint(first.id, ==, second.id);
    g_assert_cmpint(count_all(store, NOW).messages, ==, 1);

    g_autoptr(GPtrArray) arrivals = claim_messages(store, "e1", NOW, 10);
    g_assert_cmpuint(arrivals->len, ==, 1);
    const Arrival *arrival = get_arrival(arrivals, 0);
    g_assert_cmpstr(arrival->door, ==, "milter");
    g_assert_cmpstr(arrival->envelope_from, ==, "sarah@harbourlane.example");
    g_assert_cmpuint(arrival->envelope_to->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(arrival->envelope_to, 1), ==, "referrals@hartleyfinch.example");
}

static void test_claim_by_lease(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 first = capture(store, "a", "1");
    gint64 second = capture(store, "b", "2");
    gint64 third = capture(store, "c", "3");
    g_autoptr(GPtrArray) mine = claim_messages(store, "e1", NOW, 2);
    g_assert_cmpuint(mine->len, ==, 2);
    g_assert_cmpint(get_arrival(mine, 0)->id, ==, first);
    g_assert_cmpint(get_arrival(mine, 1)->id, ==, second);
    g_assert_cmpuint(get_arrival(mine, 0)->attempts, ==, 1);
    g_assert_cmpstr(get_arrival(mine, 0)->digest, ==, "a");

    g_autoptr(GPtrArray) theirs = claim_messages(store, "e2", NOW, 10);
    g_assert_cmpuint(theirs->len, ==, 1);
    g_assert_cmpint(get_arrival(theirs, 0)->id, ==, third);
    g_assert_null(claim_message(store, first, "e2", NOW + 59));
    g_autoptr(Arrival) later = claim_message(store, first, "e2", NOW + 60);
    g_assert_cmpuint(later->attempts, ==, 2);
}

/* A message that stopped its reader comes alone; those that were never tried come together. */
static void test_tried_messages_come_alone(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 ids[4];
    const char *names[] = {"a", "b", "c", "d"};
    for (guint i = 0; i < 4; i++)
        ids[i] = capture(store, names[i], "x");
    g_autoptr(GPtrArray) lost = claim_messages(store, "e1", NOW, 2);
    release_messages(store, "e1", TRUE);

    g_autoptr(GPtrArray) first = claim_messages(store, "e2", NOW, 10);
    g_assert_cmpuint(first->len, ==, 1);
    g_assert_cmpint(get_arrival(first, 0)->id, ==, ids[0]);
    g_assert_cmpuint(get_arrival(first, 0)->attempts, ==, 2);
    g_autoptr(GPtrArray) second = claim_messages(store, "e2", NOW, 10);
    g_assert_cmpuint(second->len, ==, 1);
    g_assert_cmpint(get_arrival(second, 0)->id, ==, ids[1]);
    g_autoptr(GPtrArray) rest = claim_messages(store, "e2", NOW, 10);
    g_assert_cmpuint(rest->len, ==, 2);
    g_assert_cmpuint(get_arrival(rest, 1)->attempts, ==, 1);
}

static void test_released_uncounted_is_as_new(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    capture(store, "a", "1");
    capture(store, "b", "2");
    g_autoptr(GPtrArray) lost = claim_messages(store, "e1", NOW, 2);
    release_messages(store, "somebody else", FALSE);
    g_autoptr(GPtrArray) nothing = claim_messages(store, "e2", NOW, 10);
    g_assert_cmpuint(nothing->len, ==, 0);
    release_messages(store, "e1", FALSE);
    g_autoptr(GPtrArray) again = claim_messages(store, "e2", NOW, 10);
    g_assert_cmpuint(again->len, ==, 2);
    g_assert_cmpuint(get_arrival(again, 0)->attempts, ==, 1);
}

/* ---- decisions ---- */

static void add_verdicts(Decision *decision)
{
    add_field(decision, "phone", "+442079460123");
    add_field(decision, "email", "sarah@harbourlane.example");
    add_field(decision, "budget", "5000");
    g_ptr_array_add(decision->missing, g_strdup("timeline"));
    g_ptr_array_add(decision->missing, g_strdup("company"));
    g_ptr_array_add(decision->contradictions, g_strdup("urgent-no-call: wants it at once\nbut will not talk"));
    g_ptr_array_add(decision->flags, g_strdup("urgent"));
    g_ptr_array_add(decision->score_parts, score_part_new("referral", 10, "introduced"));
    g_ptr_array_add(decision->score_parts, score_part_new("budget", 50, "budget = 5000"));
    decision->bant[BANT_NEED].is_known = TRUE;
    decision->bant[BANT_NEED].is_met = TRUE;
    decision->bant[BANT_NEED].rule = g_strdup("qualify.yaml:20");
    decision->bant[BANT_NEED].because = g_strdup("a need was named");
    g_ptr_array_add(decision->candidates, candidate_new("jane", TRUE, "takes tax, 4 of 20"));
    g_ptr_array_add(decision->candidates, candidate_new("tom", FALSE, "away until 2 January"));
    decision->referrer = mailbox_new("Paul Osei", "paul@ferrybridge.example");
    decision->cadence = g_strdup("warm");
    g_free(decision->action);
    decision->action = g_strdup("Telephone today.");
    decision->message_id = g_strdup("first@harbourlane.example");
    g_ptr_array_add(decision->thread_ids, g_strdup("first@harbourlane.example"));
    g_ptr_array_add(decision->thread_ids, g_strdup("zero@harbourlane.example"));
}

static void check_judgement(const Decision *decision)
{
    g_assert_cmpstr(decision->tier, ==, "warm");
    g_assert_cmpint(decision->score, ==, 60);
    g_assert_cmpstr(decision->route_because, ==, "score >= 50");
    g_assert_cmpstr(decision->action, ==, "Telephone today.");
    g_assert_cmpstr(decision->cadence, ==, "warm");
    g_assert_cmpstr(decision->rules_hash, ==, "rules-1");
    g_assert_cmpstr(g_ptr_array_index(decision->missing, 1), ==, "company");
    g_assert_cmpuint(decision->contradictions->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(decision->flags, 0), ==, "urgent");
    const ScorePart *part = g_ptr_array_index(decision->score_parts, 1);
    g_assert_cmpstr(part->rule, ==, "budget");
    g_assert_cmpint(part->points, ==, 50);
    g_assert_true(decision->bant[BANT_NEED].is_met);
    g_assert_cmpstr(decision->bant[BANT_NEED].because, ==, "a need was named");
    g_assert_false(decision->bant[BANT_BUDGET].is_known);
    const Candidate *candidate = g_ptr_array_index(decision->candidates, 1);
    g_assert_cmpstr(candidate->person, ==, "tom");
    g_assert_false(candidate->is_eligible);
    g_assert_cmpstr(decision->referrer->address, ==, "paul@ferrybridge.example");
}

static void check_mail(const Decision *decision)
{
    g_assert_cmpuint(decision->mails->len, ==, 2);
    const OutgoingMail *mail = g_ptr_array_index(decision->mails, 0);
    g_assert_cmpstr(mail->purpose, ==, "ack");
    g_assert_cmpstr(mail->to->address, ==, "sarah@harbourlane.example");
    g_assert_cmpstr(mail->text, ==, "Thank you.\nJane");
    g_assert_cmpstr(mail->html, ==, "<p>Thank you.</p>");
    g_assert_cmpstr(g_ptr_array_index(mail->references, 1), ==, "first@harbourlane.example");
    g_assert_null(mail->reply_to);
    g_assert_cmpint(mail->state, ==, MAIL_PENDING);
}

static void test_lead_is_read_as_it_was_written(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) decision = new_lead(capture(store, "a", "1"));
    add_verdicts(decision);
    write_decision(store, decision);

    g_autoptr(LeadFile) file = read_lead(store, decision->lead);
    g_assert_cmpint(file->lead->id, ==, decision->arrival);
    g_assert_cmpint(file->lead->created, ==, NOW);
    g_assert_cmpstr(file->lead->owner, ==, "jane");
    check_judgement(file->decision);
    check_mail(file->decision);
    g_assert_cmpint(file->decision->kind, ==, KIND_FORM);
    g_assert_cmpstr(file->decision->kind_evidence, ==, "contact-form-7");
    const Field *field = g_ptr_array_index(file->decision->fields, 0);
    g_assert_cmpstr(field->name, ==, "phone");
    g_assert_cmpstr(field->where, ==, "text");
    g_assert_cmpuint(field->start, ==, 12);
    g_assert_cmpstr(field->evidence, ==, "phone: +442079460123");
    g_assert_cmpuint(file->promises->len, ==, 2);
    g_assert_cmpuint(file->history->len, ==, 2);
    const HistoryLine *line = g_ptr_array_index(file->history, 1);
    g_assert_cmpstr(line->detail, ==, "to jane");
    const MessageLine *message = g_ptr_array_index(file->messages, 0);
    g_assert_cmpstr(message->doors, ==, "milter");
    g_assert_cmpint(message->disposition, ==, DISPOSITION_LEAD);
}

static void test_decided_once(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) decision = new_lead(capture(store, "a", "1"));
    write_decision(store, decision);
    write_decision(store, decision);
    RecordCounts counts = count_all(store, NOW);
    g_assert_cmpint(counts.leads, ==, 1);
    g_assert_cmpint(counts.mails_pending, ==, 2);
    g_assert_cmpint(counts.promises_open, ==, 2);
    g_assert_cmpint(counts.undecided, ==, 0);
    g_autoptr(LeadFile) file = read_lead(store, decision->lead);
    g_assert_cmpuint(file->history->len, ==, 2);
    g_autoptr(GPtrArray) nothing = claim_messages(store, "e1", NOW + 1000, 10);
    g_assert_cmpuint(nothing->len, ==, 0);
    g_assert_null(claim_message(store, decision->arrival, "e1", NOW + 1000));
}

static void test_ignored_mail_is_no_lead(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) decision = decision_new(NOW, "rules-1");
    decision->arrival = capture(store, "a", "1");
    decision->kind = KIND_BULK;
    decision->disposition = DISPOSITION_IGNORED;
    decision_add_event(decision, "usher", "ignored", "bulk");
    write_decision(store, decision);
    RecordCounts counts = count_all(store, NOW);
    g_assert_cmpint(counts.leads, ==, 0);
    g_assert_cmpint(counts.undecided, ==, 0);
    g_assert_true(record_verify(store->record, NULL));
}

static void expect_refusal(Store *store, const Decision *decision)
{
    GError *error = NULL;
    RecordCounts before = count_all(store, NOW);
    g_assert_false(try_decision(store, decision, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_clear_error(&error);
    RecordCounts after = count_all(store, NOW);
    g_assert_cmpmem(&before, sizeof before, &after, sizeof after);
}

static void test_impossible_decisions_are_refused_whole(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) without_owner = new_lead(capture(store, "a", "1"));
    g_clear_pointer(&without_owner->owner, g_free);
    expect_refusal(store, without_owner);
    g_autoptr(Decision) no_message = new_lead(4711);
    expect_refusal(store, no_message);
    g_autoptr(Decision) no_lead = decision_new(NOW, "rules-1");
    no_lead->lead = 4711;
    expect_refusal(store, no_lead);
    g_autoptr(Decision) late_failure = new_lead(without_owner->arrival);
    late_failure->mails->len = 2;
    g_clear_pointer(&((OutgoingMail *)g_ptr_array_index(late_failure->mails, 1))->subject, g_free);
    expect_refusal(store, late_failure);
}

static void test_command_changes_what_it_says(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) opening = new_lead(capture(store, "a", "1"));
    add_verdicts(opening);
    write_decision(store, opening);

    g_autoptr(Decision) command = standing(store, opening->lead, NOW + 60);
    command->status = STATUS_CONTACTED;
    add_field(command, "phone", "+447700900123");
    add_field(command, "timeline", "immediate");
    g_ptr_array_add(command->kept, g_strdup("first-contact"));
    decision_add_event(command, "jane", "status", "new -> contacted");
    write_decision(store, command);

    g_autoptr(LeadFile) file = read_lead(store, opening->lead);
    g_assert_cmpint(file->lead->status, ==, STATUS_CONTACTED);
    g_assert_cmpint(file->lead->updated, ==, NOW + 60);
    check_judgement(file->decision);
    g_assert_cmpuint(file->lead->fields->len, ==, 4);
    g_assert_cmpstr(field_find_value(file->lead->fields, "phone"), ==, "+447700900123");
    const Field *last = g_ptr_array_index(file->lead->fields, 3);
    g_assert_cmpstr(last->name, ==, "timeline");
    const PromiseState *promise = g_ptr_array_index(file->promises, 1);
    g_assert_cmpint(promise->kept, ==, NOW + 60);
    g_assert_cmpint(promise->broken, ==, 0);
    g_assert_cmpuint(file->history->len, ==, 3);
}

/* What is still owed goes with the lead; what was kept stays with who kept it. */
static void test_promises_go_with_the_lead(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) opening = new_lead(capture(store, "a", "1"));
    add_verdicts(opening);
    write_decision(store, opening);
    g_autoptr(LeadFile) before = read_lead(store, opening->lead);
    g_autoptr(Decision) command = standing(store, opening->lead, NOW + 60);
    g_autofree char *old_owner = command->owner;
    command->owner = g_strdup("somebody-else");
    write_decision(store, command);
    g_autoptr(LeadFile) after = read_lead(store, opening->lead);
    guint handed = 0;
    for (guint i = 0; i < after->promises->len; i++) {
        const PromiseState *was = g_ptr_array_index(before->promises, i), *is = g_ptr_array_index(after->promises, i);
        gboolean goes = was->kept == 0 && g_strcmp0(was->owner, old_owner) == 0;
        g_assert_cmpstr(is->owner, ==, goes ? "somebody-else" : was->owner);
        handed += goes;
    }
    g_assert_cmpuint(handed, >, 0);
}

static void test_judged_again(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) opening = new_lead(capture(store, "a", "1"));
    add_verdicts(opening);
    write_decision(store, opening);
    g_autoptr(Decision) again = standing(store, opening->lead, NOW + 60);
    again->route_because = g_strdup("score < 50");
    again->score = 20;
    g_ptr_array_add(again->score_parts, score_part_new("source", 20, "website"));
    write_decision(store, again);
    g_autoptr(LeadFile) file = read_lead(store, opening->lead);
    g_assert_cmpint(file->decision->score, ==, 20);
    g_assert_cmpuint(file->decision->score_parts->len, ==, 1);
    g_assert_cmpuint(file->decision->candidates->len, ==, 0);
    g_assert_cmpuint(file->decision->missing->len, ==, 0);
    g_assert_cmpint(file->decision->at, ==, NOW + 60);
    g_assert_cmpuint(file->decision->fields->len, ==, 3);
}

static void test_exception_stays_until_left(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) opening = new_lead(capture(store, "a", "1"));
    opening->status = STATUS_EXCEPTION;
    opening->exception = g_strdup("missing-data");
    write_decision(store, opening);
    g_assert_cmpint(count_all(store, NOW).exceptions, ==, 1);
    g_autoptr(Decision) note = standing(store, opening->lead, NOW + 1);
    g_clear_pointer(&note->exception, g_free);
    write_decision(store, note);
    g_autoptr(Decision) left = standing(store, opening->lead, NOW + 2);
    g_assert_cmpstr(left->exception, ==, "missing-data");
    left->status = STATUS_ENGAGED;
    write_decision(store, left);
    g_autoptr(LeadFile) file = read_lead(store, opening->lead);
    g_assert_null(file->lead->exception);
    g_assert_cmpint(count_all(store, NOW).exceptions, ==, 0);
}

static void test_shadow_sends_nothing(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    g_autoptr(Decision) decision = new_lead(capture(store, "a", "1"));
    TestWriting writing = {decision, TRUE};
    record_run(store->record, write_decision_job, &writing, &error);
    g_assert_no_error(error);
    RecordCounts counts = count_all(store, NOW);
    g_assert_cmpint(counts.mails_shadow, ==, 2);
    g_assert_cmpint(counts.mails_pending, ==, 0);
    g_assert_cmpint(counts.promises_open, ==, 2);
}

/* ---- promises ---- */

static void test_broken_promises(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gint64 lead = make_lead(store, "a");
    g_autoptr(GPtrArray) none = NULL;
    g_assert_true(record_find_due_promises(store->record, NOW + 300, 10, &none, &error));
    g_assert_cmpuint(none->len, ==, 0);
    g_autoptr(GPtrArray) due = NULL;
    g_assert_true(record_find_due_promises(store->record, NOW + 301, 10, &due, &error));
    g_assert_cmpuint(due->len, ==, 1);
    PromiseState *ack = g_ptr_array_index(due, 0);
    g_assert_cmpstr(ack->kind, ==, "ack");
    g_assert_cmpint(ack->lead, ==, lead);

    for (guint i = 0; i < 2; i++) {
        g_autoptr(Decision) tick = standing(store, lead, NOW + 301);
        PromiseState *watched = promise_state_dup(ack);
        watched->broken = NOW + 301;
        watched->look = i == 0 ? NOW + 350 : 0;
        g_ptr_array_add(tick->watched, watched);
        g_ptr_array_add(tick->notices, promise_notice_new("jane", promise_state_dup(watched), FALSE, NOW + 310));
        write_decision(store, tick);
        if (i == 0) {
            g_autoptr(GPtrArray) again = NULL;
            g_assert_true(record_find_due_promises(store->record, NOW + 350, 10, &again, &error));
            g_assert_cmpuint(again->len, ==, 1);
            g_assert_cmpint(((const PromiseState *)g_ptr_array_index(again, 0))->broken, ==, NOW + 301);
        }
    }
    g_autoptr(GPtrArray) marked = NULL;
    g_assert_true(record_find_due_promises(store->record, NOW + 400, 10, &marked, &error));
    g_assert_cmpuint(marked->len, ==, 0);
    g_assert_cmpint(count_all(store, NOW + 301).promises_late, ==, 1);

    g_autoptr(Decision) late = standing(store, lead, NOW + 500);
    g_ptr_array_add(late->kept, g_strdup("ack"));
    write_decision(store, late);
    g_autoptr(LeadFile) file = read_lead(store, lead);
    const PromiseState *promise = g_ptr_array_index(file->promises, 0);
    g_assert_cmpint(promise->broken, ==, NOW + 301);
    g_assert_cmpint(promise->kept, ==, NOW + 500);
}

static gboolean end_notice_job(Record *record, gpointer data, GError **error)
{
    const PromiseNotice *notice = data;
    return record_end_notice(record, notice->id, NOW + 320, error);
}

/* A person is told once of a promise, whoever says so how often; not before the time, and not after they gave the lead away. */
static void test_notices(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gint64 lead = make_lead(store, "a");
    g_autoptr(GPtrArray) due = NULL;
    g_autofree char *early = NULL, *person = NULL, *nobody = NULL;
    g_assert_true(record_find_due_promises(store->record, NOW + 301, 10, &due, &error));
    for (guint i = 0; i < 2; i++) {
        g_autoptr(Decision) tick = standing(store, lead, NOW + 301);
        PromiseState *promise = promise_state_dup(g_ptr_array_index(due, 0));
        g_ptr_array_add(tick->notices, promise_notice_new(promise->owner, promise, FALSE, NOW + 310));
        write_decision(store, tick);
    }
    g_assert_true(record_find_told_person(store->record, NOW + 309, &early, &error));
    g_assert_null(early);
    g_assert_true(record_find_told_person(store->record, NOW + 310, &person, &error));
    g_assert_nonnull(person);
    g_autoptr(GPtrArray) notices = NULL;
    g_assert_true(record_list_notices(store->record, person, NOW + 310, 10, &notices, &error));
    g_assert_cmpuint(notices->len, ==, 1);
    const PromiseNotice *notice = g_ptr_array_index(notices, 0);
    g_assert_cmpint(notice->lead->id, ==, lead);
    g_assert_cmpstr(notice->promise->kind, ==, "ack");
    g_assert_true(record_run(store->record, end_notice_job, g_ptr_array_index(notices, 0), &error));
    g_assert_true(record_find_told_person(store->record, NOW + 400, &nobody, &error));
    g_assert_null(nobody);
}

static void test_kept_late_is_broken(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(Decision) late = standing(store, lead, NOW + 3601);
    g_ptr_array_add(late->kept, g_strdup("first-contact"));
    write_decision(store, late);
    g_autoptr(LeadFile) file = read_lead(store, lead);
    const PromiseState *promise = g_ptr_array_index(file->promises, 1);
    g_assert_cmpint(promise->kept, ==, NOW + 3601);
    g_assert_cmpint(promise->broken, ==, NOW + 3601);
}

/* ---- the past ---- */

typedef struct {
    gint64 id;
    Arrival **arrival;
} TestClaim;

static gboolean claim_test_mail(Record *record, gpointer data, GError **error)
{
    const TestClaim *claim = data;
    return record_claim_message(record, claim->id, "tester", NOW, NOW + 60, claim->arrival, error);
}

static Past *find_past(Store *store, const PastKeys *keys)
{
    GError *error = NULL;
    Past *past = record_find_past(store->record, keys, &error);
    g_assert_no_error(error);
    return past;
}

static const LeadMatch *get_match(const Past *past, guint index)
{
    g_assert_cmpuint(index, <, past->matches->len);
    return g_ptr_array_index(past->matches, index);
}

static void test_past_of_nothing(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW;
    g_ptr_array_add(keys->addresses, g_strdup("nobody@example.org"));
    g_autoptr(Past) past = find_past(store, keys);
    g_assert_cmpuint(past->matches->len, ==, 0);
    g_assert_cmpuint(past->loads->len, ==, 0);
    g_assert_cmpuint(past->promises->len, ==, 0);
    g_assert_cmpuint(past->answers->len, ==, 1);
    g_assert_cmpuint(g_hash_table_size(past->known_addresses), ==, 0);
}

static void test_past_by_message_reference_person(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) opening = new_lead(capture(store, "first", "1"));
    add_verdicts(opening);
    write_decision(store, opening);
    gint64 newer = make_lead(store, "newer");

    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW;
    g_ptr_array_add(keys->references, g_strdup("zero@harbourlane.example"));
    keys->from = g_strdup("sarah@harbourlane.example");
    g_ptr_array_add(keys->addresses, g_strdup("sarah@harbourlane.example"));
    g_autoptr(Past) past = find_past(store, keys);
    g_assert_cmpuint(past->matches->len, ==, 2);
    g_assert_cmpint(get_match(past, 0)->how, ==, MATCH_REFERENCE);
    g_assert_cmpint(get_match(past, 0)->lead->id, ==, opening->lead);
    g_assert_cmpstr(get_match(past, 0)->evidence, ==, "zero@harbourlane.example");
    g_assert_true(get_match(past, 0)->is_known_address);
    g_assert_cmpuint(get_match(past, 0)->lead->fields->len, ==, 3);
    g_assert_cmpint(get_match(past, 1)->how, ==, MATCH_PERSON);
    g_assert_cmpint(get_match(past, 1)->lead->id, ==, newer);
    g_assert_cmpuint(past->promises->len, ==, 2);

    /* our own mail is a proof too; a stranger's address is none */
    g_autoptr(PastKeys) answer = past_keys_new();
    answer->now = NOW;
    g_autofree char *ours = g_strdup_printf("usher.ack:%" G_GINT64_FORMAT "@hartleyfinch.example", newer);
    g_ptr_array_add(answer->references, g_steal_pointer(&ours));
    g_ptr_array_add(answer->addresses, g_strdup("stranger@example.org"));
    g_autoptr(Past) found = find_past(store, answer);
    g_assert_cmpint(get_match(found, 0)->lead->id, ==, newer);
    g_assert_false(get_match(found, 0)->is_known_address);

    g_autoptr(PastKeys) same = past_keys_new();
    same->now = NOW;
    same->message_id = g_strdup("newer@harbourlane.example");
    g_autoptr(Past) twin = find_past(store, same);
    g_assert_cmpint(get_match(twin, 0)->how, ==, MATCH_SAME_MESSAGE);
    same->arrival = newer;
    g_autoptr(Past) itself = find_past(store, same);
    g_assert_cmpuint(itself->matches->len, ==, 0);
    same->lead = opening->lead;
    g_autoptr(Past) command = find_past(store, same);
    g_assert_cmpint(get_match(command, 0)->how, ==, MATCH_COMMAND);
}

/* An id that a lead referred to before the mail itself came. */
static void test_past_of_a_mail_answered_before_it_came(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) opening = new_lead(capture(store, "first", "1"));
    g_ptr_array_add(opening->thread_ids, g_strdup("unseen@harbourlane.example"));
    write_decision(store, opening);
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW;
    keys->message_id = g_strdup("unseen@harbourlane.example");
    g_autoptr(Past) past = find_past(store, keys);
    g_assert_cmpint(get_match(past, 0)->how, ==, MATCH_REFERENCE);
}

static void test_past_forgets_closed_leads_of_a_person(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(Decision) won = standing(store, lead, NOW);
    won->status = STATUS_WON;
    write_decision(store, won);
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW;
    g_ptr_array_add(keys->addresses, g_strdup("sarah@harbourlane.example"));
    g_autoptr(Past) past = find_past(store, keys);
    g_assert_cmpuint(past->matches->len, ==, 0);
}

static void check_load(Store *store, const char *person, guint open_leads, UsherTime last_assigned)
{
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW;
    g_autoptr(Past) past = find_past(store, keys);
    const PersonLoad *load = past_find_load(past, person);
    g_assert_nonnull(load);
    g_assert_cmpuint(load->open_leads, ==, open_leads);
    g_assert_cmpint(load->last_assigned, ==, last_assigned);
}

static void move(Store *store, gint64 lead, LeadStatus status, const char *owner, UsherTime at)
{
    g_autoptr(Decision) decision = standing(store, lead, at);
    decision->status = status;
    if (owner != NULL) {
        g_free(decision->owner);
        decision->owner = g_strdup(owner);
    }
    write_decision(store, decision);
}

static guint find_by_address(Store *store, gboolean is_history, UsherTime now, MatchKind how)
{
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = now;
    keys->is_history = is_history;
    g_ptr_array_add(keys->addresses, g_strdup("sarah@harbourlane.example"));
    g_autoptr(Past) past = find_past(store, keys);
    guint count = 0;
    for (guint i = 0; i < past->matches->len; i++)
        count += get_match(past, i)->how == how;
    return count;
}

/* Nobody's load and found for old mail only, until somebody goes on with it. */
static void test_history_is_woken(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) old = new_lead(capture(store, "old", "1"));
    old->at = NOW - 1000;
    old->is_history = TRUE;
    write_decision(store, old);
    make_lead(store, "live");
    check_load(store, "jane", 1, NOW);
    g_assert_cmpuint(find_by_address(store, FALSE, NOW, MATCH_PERSON), ==, 1);
    g_assert_cmpuint(find_by_address(store, FALSE, NOW, MATCH_HISTORY), ==, 1);
    g_assert_cmpuint(find_by_address(store, TRUE, NOW, MATCH_PERSON), ==, 2);
    g_assert_cmpuint(find_by_address(store, TRUE, NOW - 500, MATCH_PERSON), ==, 1);

    move(store, old->lead, STATUS_CONTACTED, NULL, NOW - 500);
    check_load(store, "jane", 1, NOW);
    move(store, old->lead, STATUS_NOT_QUALIFIED, NULL, NOW - 400);
    g_assert_cmpuint(find_by_address(store, TRUE, NOW, MATCH_PERSON), ==, 1);
    g_assert_cmpuint(find_by_address(store, TRUE, NOW, MATCH_HISTORY), ==, 1);
    check_load(store, "jane", 1, NOW);

    g_autoptr(Decision) reply = standing(store, old->lead, NOW + 10);
    g_assert_true(reply->is_history);
    reply->is_history = FALSE;
    reply->status = STATUS_ENGAGED;
    write_decision(store, reply);
    check_load(store, "jane", 2, NOW);
    g_assert_cmpuint(find_by_address(store, FALSE, NOW, MATCH_PERSON), ==, 2);
    g_autoptr(Decision) after = standing(store, old->lead, NOW + 20);
    g_assert_false(after->is_history);
}

static gboolean is_on_live_lead(Store *store, const char *address, const char *id)
{
    GError *error = NULL;
    gboolean is_on_lead = FALSE;
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    if (address != NULL)
        g_ptr_array_add(addresses, (gpointer)(guintptr)address);
    if (id != NULL)
        g_ptr_array_add(ids, (gpointer)(guintptr)id);
    record_is_on_live_lead(store->record, addresses, ids, &is_on_lead, &error);
    g_assert_no_error(error);
    return is_on_lead;
}

static void test_who_is_on_a_live_lead(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_false(is_on_live_lead(store, "sarah@harbourlane.example", "first@harbourlane.example"));
    gint64 lead = make_lead(store, "first");
    g_assert_true(is_on_live_lead(store, "sarah@harbourlane.example", NULL));
    g_assert_true(is_on_live_lead(store, NULL, "first@harbourlane.example")); /* its mail */
    g_autofree char *ours = g_strdup_printf("usher.ack:%" G_GINT64_FORMAT "@hartleyfinch.example", lead);
    g_assert_true(is_on_live_lead(store, "x@elsewhere.example", ours)); /* ours to it */
    g_assert_false(is_on_live_lead(store, "x@elsewhere.example", "x@elsewhere.example"));
    g_autoptr(Decision) decision = standing(store, lead, NOW);
    decision->status = STATUS_LOST;
    write_decision(store, decision);
    g_assert_false(is_on_live_lead(store, "sarah@harbourlane.example", ours));
    g_assert_false(is_on_live_lead(store, NULL, "first@harbourlane.example"));
}

/* The headers of a mail are no proof of the whole of it, but the whole of them is. */
static void test_past_of_headers_only(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gint64 lead = make_lead(store, "first");
    g_auto(TestMail) mail = test_mail("headers-second", "milter", "Subject: tax\r\n\r\n");
    mail.message_id = "second@harbourlane.example";
    mail.is_headers_only = TRUE;
    record_run(store->record, capture_test_mail, &mail, &error);
    g_assert_no_error(error);
    g_autoptr(Arrival) arrival = NULL;
    record_run(store->record, claim_test_mail, &(TestClaim){mail.id, &arrival}, &error);
    g_assert_true(arrival->is_headers_only);
    g_autoptr(Decision) decision = standing(store, lead, NOW);
    decision->arrival = mail.id;
    decision->message_id = g_strdup(mail.message_id);
    write_decision(store, decision);

    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW;
    keys->message_id = g_strdup(mail.message_id);
    g_autoptr(Past) whole = find_past(store, keys);
    g_assert_cmpuint(whole->matches->len, ==, 0);
    g_assert_cmpint(whole->seen_on, ==, lead);
    keys->is_headers_only = TRUE;
    g_autoptr(Past) again = find_past(store, keys);
    g_assert_cmpint(get_match(again, 0)->how, ==, MATCH_SAME_MESSAGE);
    g_ptr_array_add(keys->references, g_steal_pointer(&keys->message_id)); /* somebody answers to it */
    keys->is_headers_only = FALSE;
    g_autoptr(Past) answer = find_past(store, keys);
    g_assert_cmpint(get_match(answer, 0)->how, ==, MATCH_REFERENCE);
    g_autoptr(LeadFile) file = read_lead(store, lead);
    g_assert_true(((const MessageLine *)file->messages->pdata[1])->is_headers_only);
}

static void test_loads_follow_owner_and_status(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 first = make_lead(store, "a");
    make_lead(store, "b");
    check_load(store, "jane", 2, NOW);
    move(store, first, STATUS_NEW, "tom", NOW + 10);
    check_load(store, "jane", 1, NOW);
    check_load(store, "tom", 1, NOW + 10);
    move(store, first, STATUS_LOST, NULL, NOW + 20);
    check_load(store, "tom", 0, NOW + 10);
    move(store, first, STATUS_LOST, "jane", NOW + 30);
    check_load(store, "jane", 1, NOW + 30);
    move(store, first, STATUS_ENGAGED, NULL, NOW + 40);
    check_load(store, "jane", 2, NOW + 30);
    g_assert_cmpint(count_all(store, NOW).live_leads, ==, 2);
}

/* A lead in nurture waits by itself: it is live, and no load. */
static void test_nurture_is_no_load(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    check_load(store, "jane", 1, NOW);
    move(store, lead, STATUS_NURTURE, NULL, NOW + 10);
    check_load(store, "jane", 0, NOW);
    move(store, lead, STATUS_NURTURE, "tom", NOW + 20);
    check_load(store, "tom", 0, NOW + 20);
    move(store, lead, STATUS_MEETING, NULL, NOW + 30);
    check_load(store, "tom", 1, NOW + 20);
    g_assert_cmpint(count_all(store, NOW).live_leads, ==, 1);
}

static const PersonFigures *find_figures(const GPtrArray *people, const char *id)
{
    for (guint i = 0; i < people->len; i++) {
        const PersonFigures *figures = g_ptr_array_index(people, i);
        if (strcmp(figures->person, id) == 0) {
            return figures;
        }
    }
    return NULL;
}

static void test_people_and_their_leads(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) people = NULL, later = NULL;
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    gint64 first = make_lead(store, "a"), second = make_lead(store, "b");
    make_lead(store, "c");
    move(store, first, STATUS_NURTURE, NULL, NOW);
    move(store, second, STATUS_NEW, "tom", NOW + 86400);
    g_assert_true(record_list_people(store->record, NOW + 86400, 30, &people, &error));
    g_assert_no_error(error);
    const PersonFigures *jane = find_figures(people, "jane"), *tom = find_figures(people, "tom");
    g_assert_cmpint(jane->open_leads, ==, 1);
    g_assert_cmpint(jane->live_leads, ==, 2);
    g_assert_cmpint(jane->assigned, ==, 3);
    g_assert_cmpint(tom->live_leads, ==, 1);
    g_assert_cmpint(tom->assigned, ==, 1);
    g_assert_true(record_list_people(store->record, NOW + (gint64)30 * 86400, 30, &later, &error));
    g_assert_cmpint(find_figures(later, "jane")->assigned, ==, 0);
    g_assert_cmpint(find_figures(later, "tom")->assigned, ==, 1);
    g_assert_true(record_list_live_leads(store->record, "jane", 10, leads, &error));
    g_assert_cmpuint(leads->len, ==, 2);
    g_assert_cmpint(g_array_index(leads, gint64, 0), ==, first);
}

/* Turns are kept with the decision, those of history are not. */
static void test_turns(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    gint64 lead = make_lead(store, "a");
    g_autoptr(Decision) decision = record_find_standing(store->record, lead, NOW, "rules", &error);
    g_ptr_array_add(decision->turns, person_turn_new("jane", (Turn){-5, 7}));
    g_ptr_array_add(decision->turns, person_turn_new("nia", (Turn){3, 0}));
    write_decision(store, decision);
    g_autoptr(PastKeys) keys = past_keys_new();
    g_autoptr(Past) past = find_past(store, keys);
    g_assert_cmpint(past_find_load(past, "jane")->turn.may, ==, -5);
    g_assert_cmpint(past_find_load(past, "jane")->turn.due, ==, 7);
    g_assert_cmpuint(past_find_load(past, "jane")->open_leads, ==, 1);
    g_assert_cmpint(past_find_load(past, "nia")->turn.may, ==, 3);
    g_assert_cmpuint(past_find_load(past, "nia")->open_leads, ==, 0);
}

static void check_answers(Store *store, const char *address, UsherTime now, guint to_address, guint to_domain)
{
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = now;
    g_ptr_array_add(keys->addresses, g_strdup(address));
    g_autoptr(Past) past = find_past(store, keys);
    const AnswerCount *count = g_ptr_array_index(past->answers, 0);
    g_assert_cmpuint(count->to_address, ==, to_address);
    g_assert_cmpuint(count->to_domain, ==, to_domain);
}

static void test_answers_of_a_day_are_counted(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    make_lead(store, "a");
    make_lead(store, "b");
    check_answers(store, "sarah@harbourlane.example", NOW + 5, 2, 2);
    check_answers(store, "sam@harbourlane.example", NOW + 5, 0, 2);
    check_answers(store, "jane@hartleyfinch.example", NOW + 5, 0, 0);
    check_answers(store, "sarah@harbourlane.example", NOW + 24 * 3600, 0, 0);
}

/* ---- mails that are counted together ---- */

static guint count_alike(Store *store, const char *alike, gint64 span_s, guint most, UsherTime now)
{
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = now;
    keys->alike = g_strdup(alike);
    keys->alike_span_s = span_s;
    keys->most_alike = most;
    g_autoptr(Past) past = find_past(store, keys);
    return past->alike;
}

static void test_alike_mails_are_counted(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < 12; i++) {
        g_autofree char *digest = g_strdup_printf("m%u", i);
        g_autoptr(Decision) decision = new_lead(capture(store, digest, "1"));
        decision->alike = g_strdup(i < 10 ? "text:same" : "channel:wpforms");
        decision->at = NOW + i * 600;
        write_decision(store, decision);
    }
    g_assert_cmpuint(count_alike(store, "text:same", 24 * 3600, 100, NOW + 6000), ==, 10);
    g_assert_cmpuint(count_alike(store, "text:same", 3600, 100, NOW + 6000), ==, 5);
    g_assert_cmpuint(count_alike(store, "text:same", 24 * 3600, 4, NOW + 6000), ==, 4);
    g_assert_cmpuint(count_alike(store, "channel:wpforms", 3600, 100, NOW + 7000), ==, 2);
    g_assert_cmpuint(count_alike(store, "text:other", 24 * 3600, 100, NOW + 6000), ==, 0);
}

static void test_mails_of_a_lead_are_counted(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW + 60;
    keys->lead = lead;
    g_autoptr(Past) past = find_past(store, keys);
    g_assert_cmpuint(get_match(past, 0)->answered, ==, 1);
    g_assert_cmpuint(get_match(past, 0)->told, ==, 1);
    keys->now = NOW + 24 * 3600;
    g_autoptr(Past) later = find_past(store, keys);
    g_assert_cmpuint(get_match(later, 0)->answered + get_match(later, 0)->told, ==, 0);
}

static void test_marked_addresses_are_known(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(Decision) bounce = decision_new(NOW, "rules-1");
    bounce->kind = KIND_BOUNCE;
    bounce->arrival = capture(store, "a", "1");
    g_ptr_array_add(bounce->marked_addresses, g_strdup("gone@example.org"));
    write_decision(store, bounce);
    g_autoptr(Decision) leave = decision_new(NOW, "rules-1");
    leave->kind = KIND_UNSUBSCRIBE;
    leave->arrival = capture(store, "b", "1");
    g_ptr_array_add(leave->suppressions, suppression_new("tired@example.org", SCOPE_ALL, NULL, "unsubscribed", NOW));
    write_decision(store, leave);
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->now = NOW;
    g_ptr_array_add(keys->addresses, g_strdup("gone@example.org"));
    g_ptr_array_add(keys->addresses, g_strdup("tired@example.org"));
    g_ptr_array_add(keys->addresses, g_strdup("fine@example.org"));
    g_autoptr(Past) past = find_past(store, keys);
    g_assert_cmpuint(g_hash_table_size(past->known_addresses), ==, 1);
    g_assert_cmpstr(g_hash_table_lookup(past->known_addresses, "gone@example.org"), ==, "bounced");
    g_assert_cmpuint(past->suppressions->len, ==, 1);
    g_assert_nonnull(suppression_find(past->suppressions, "tired@example.org", FALSE, NULL, NOW));
    g_assert_null(suppression_find(past->suppressions, "tired@example.org", FALSE, NULL, NOW + 1));
}

/* ---- looking ---- */

typedef struct {
    Store *store;
    GArray *ids;
    guint most;
} Visit;

/* Looks at another lead while the visit goes on: statements must not disturb each other. */
static gboolean visit(const Lead *lead, gpointer data)
{
    Visit *seen = data;
    g_array_append_val(seen->ids, lead->id);
    g_autoptr(LeadFile) file = read_lead(seen->store, lead->id);
    g_assert_cmpuint(file->lead->fields->len, ==, lead->fields->len);
    return seen->ids->len < seen->most;
}

static void test_leads_are_visited_newest_first(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 first = make_lead(store, "a");
    gint64 second = make_lead(store, "b");
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    Visit all = {store, ids, 10};
    g_assert_true(record_visit_leads(store->record, visit, &all, NULL));
    g_assert_cmpuint(ids->len, ==, 2);
    g_assert_cmpint(g_array_index(ids, gint64, 0), ==, second);
    g_assert_cmpint(g_array_index(ids, gint64, 1), ==, first);
    g_array_set_size(ids, 0);
    Visit one = {store, ids, 1};
    g_assert_true(record_visit_leads(store->record, visit, &one, NULL));
    g_assert_cmpuint(ids->len, ==, 1);
}

static void test_no_such_lead(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    g_assert_null(record_read_lead(store->record, 4711, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_null(record_find_standing(store->record, 4711, NOW, "r", &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_clear_error(&error);
}

static gboolean keep_rulebook_job(Record *record, gpointer data, GError **error)
{
    return record_keep_rulebook(record, data, "source", NOW, error) && record_keep_rulebook(record, data, "source", NOW + 1, error);
}

static void test_rulebook_is_kept_once(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    char hash[] = "abc";
    g_assert_true(record_run(store->record, keep_rulebook_job, hash, &error));
    g_assert_no_error(error);
}

static void add_message_cases(void)
{
    CASE("/record/interaction/live-lead", test_who_is_on_a_live_lead);
    CASE("/record/interaction/headers-only", test_past_of_headers_only);
    CASE("/record/capture/read-again", test_capture_is_read_again);
    CASE("/record/capture/reopened", test_capture_survives_reopening);
    CASE("/record/capture/large", test_capture_of_a_large_mail);
    CASE("/record/capture/unreadable", test_capture_of_an_unreadable_mail_leaves_nothing);
    CASE("/record/capture/two-doors", test_same_mail_by_two_doors_is_one);
    CASE("/record/claim/lease", test_claim_by_lease);
    CASE("/record/claim/tried-come-alone", test_tried_messages_come_alone);
    CASE("/record/claim/released", test_released_uncounted_is_as_new);
}

static void add_decision_cases(void)
{
    CASE("/record/decision/read-again", test_lead_is_read_as_it_was_written);
    CASE("/record/decision/once", test_decided_once);
    CASE("/record/decision/ignored", test_ignored_mail_is_no_lead);
    CASE("/record/decision/refused-whole", test_impossible_decisions_are_refused_whole);
    CASE("/record/decision/command", test_command_changes_what_it_says);
    CASE("/record/decision/promises-go-with-the-lead", test_promises_go_with_the_lead);
    CASE("/record/decision/judged-again", test_judged_again);
    CASE("/record/decision/exception", test_exception_stays_until_left);
    CASE("/record/decision/shadow", test_shadow_sends_nothing);
    CASE("/record/promise/broken", test_broken_promises);
    CASE("/record/promise/notices", test_notices);
    CASE("/record/promise/kept-late", test_kept_late_is_broken);
}

static void add_past_cases(void)
{
    CASE("/record/past/nothing", test_past_of_nothing);
    CASE("/record/past/matches", test_past_by_message_reference_person);
    CASE("/record/past/answered-before", test_past_of_a_mail_answered_before_it_came);
    CASE("/record/past/closed", test_past_forgets_closed_leads_of_a_person);
    CASE("/record/past/history", test_history_is_woken);
    CASE("/record/past/loads", test_loads_follow_owner_and_status);
    CASE("/record/past/nurture-is-no-load", test_nurture_is_no_load);
    CASE("/record/people", test_people_and_their_leads);
    CASE("/record/turns", test_turns);
    CASE("/record/past/answers", test_answers_of_a_day_are_counted);
    CASE("/record/past/alike", test_alike_mails_are_counted);
    CASE("/record/past/mails-of-a-lead", test_mails_of_a_lead_are_counted);
    CASE("/record/past/marks", test_marked_addresses_are_known);
    CASE("/record/look/visit", test_leads_are_visited_newest_first);
    CASE("/record/look/no-such-lead", test_no_such_lead);
    CASE("/record/rulebook", test_rulebook_is_kept_once);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    add_message_cases();
    add_decision_cases();
    add_past_cases();
    return g_test_run();
}
