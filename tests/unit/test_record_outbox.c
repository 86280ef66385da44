/*
 * tests/unit/test_record_outbox.c - mails from the decision to the server's answer
 */
#include "record_fixture.h"

#define CASE(name, function) g_test_add(name, Store, NULL, store_set_up, function, store_tear_down)

typedef struct {
    const char *claimer;
    UsherTime now;
    guint most;
    gboolean is_counted;
    const MailManners *manners; /* NULL */
    gboolean has_opened;
    GPtrArray *mails;
} Post;

static gboolean claim_job(Record *record, gpointer data, GError **error)
{
    Post *post = data;
    return record_claim_mails(record, post->claimer, post->now, post->now + 60, post->most, post->manners, &post->mails,
                              &post->has_opened, error);
}

static GPtrArray *claim_mails(Store *store, const char *claimer, UsherTime now, guint most)
{
    GError *error = NULL;
    Post post = {.claimer = claimer, .now = now, .most = most};
    record_run(store->record, claim_job, &post, &error);
    g_assert_no_error(error);
    return post.mails;
}

static gboolean release_job(Record *record, gpointer data, GError **error)
{
    const Post *post = data;
    return record_release_mails(record, post->claimer, post->is_counted, error);
}

static void release_mails(Store *store, const char *claimer, gboolean is_counted)
{
    GError *error = NULL;
    Post post = {.claimer = claimer, .is_counted = is_counted};
    record_run(store->record, release_job, &post, &error);
    g_assert_no_error(error);
}

typedef struct {
    const OutgoingMail *mail;
    MailState state;
    UsherTime now, next_try;
    const char *answer;
} Outcome;

static gboolean finish_job(Record *record, gpointer data, GError **error)
{
    const Outcome *outcome = data;
    return record_finish_mail(record, outcome->mail, outcome->state, outcome->now, outcome->next_try, outcome->answer, error);
}

static void finish(Store *store, const OutgoingMail *mail, MailState state, UsherTime now, UsherTime next_try, const char *answer)
{
    GError *error = NULL;
    Outcome outcome = {mail, state, now, next_try, answer};
    record_run(store->record, finish_job, &outcome, &error);
    g_assert_no_error(error);
}

static const OutgoingMail *get_mail(const GPtrArray *mails, guint index)
{
    g_assert_cmpuint(index, <, mails->len);
    return g_ptr_array_index(mails, index);
}

static UsherTime find_next_due(Store *store)
{
    UsherTime due = -1;
    g_assert_true(record_find_next_due(store->record, &due, NULL));
    return due;
}

static GPtrArray *list(Store *store, gint64 lead, const char *state)
{
    GPtrArray *mails = NULL;
    g_assert_true(record_list_outbox(store->record, lead, state, 100, &mails, NULL));
    return mails;
}

static void expect_last_line(Store *store, gint64 lead, const char *what, const char *detail)
{
    g_autoptr(LeadFile) file = read_lead(store, lead);
    g_assert_cmpuint(file->history->len, >, 0);
    const HistoryLine *line = g_ptr_array_index(file->history, file->history->len - 1);
    g_assert_cmpstr(line->what, ==, what);
    g_assert_cmpstr(line->detail, ==, detail);
}

/* ---- claiming ---- */

static void test_claimed_by_one(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(GPtrArray) early = claim_mails(store, "s1", NOW - 1, 10);
    g_assert_cmpuint(early->len, ==, 0);
    g_autoptr(GPtrArray) one = claim_mails(store, "s1", NOW, 1);
    g_assert_cmpuint(one->len, ==, 1);
    const OutgoingMail *ack = get_mail(one, 0);
    g_assert_cmpstr(ack->purpose, ==, "ack");
    g_assert_cmpint(ack->lead, ==, lead);
    g_assert_cmpuint(ack->attempts, ==, 1);
    g_assert_cmpstr(ack->subject, ==, "Your enquiry");
    g_assert_cmpstr(ack->text, ==, "Thank you.\nJane");
    g_assert_cmpstr(ack->in_reply_to, ==, "first@harbourlane.example");
    g_assert_cmpuint(ack->references->len, ==, 2);
    g_autoptr(GPtrArray) other = claim_mails(store, "s2", NOW, 10);
    g_assert_cmpuint(other->len, ==, 1);
    g_assert_cmpstr(get_mail(other, 0)->purpose, ==, "brief");
    g_assert_true(get_mail(other, 0)->is_internal);
}

/* A sender that died: the same mail, the same Message-ID, counted. */
static void test_given_out_again_after_the_lease(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    make_lead(store, "a");
    g_autoptr(GPtrArray) lost = claim_mails(store, "s1", NOW, 10);
    g_autoptr(GPtrArray) nothing = claim_mails(store, "s2", NOW + 59, 10);
    g_assert_cmpuint(nothing->len, ==, 0);
    g_autoptr(GPtrArray) again = claim_mails(store, "s2", NOW + 60, 10);
    g_assert_cmpuint(again->len, ==, 2);
    g_assert_cmpstr(get_mail(again, 0)->message_id, ==, get_mail(lost, 0)->message_id);
    g_assert_cmpuint(get_mail(again, 0)->attempts, ==, 2);
    release_mails(store, "s2", FALSE);
    g_autoptr(GPtrArray) released = claim_mails(store, "s3", NOW + 61, 10);
    g_assert_cmpuint(released->len, ==, 2);
    g_assert_cmpuint(get_mail(released, 0)->attempts, ==, 2);
    release_mails(store, "s3", TRUE);
    g_autoptr(GPtrArray) counted = claim_mails(store, "s3", NOW + 62, 10);
    g_assert_cmpuint(get_mail(counted, 0)->attempts, ==, 3);
}

static void test_a_key_is_queued_once(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(Decision) again = standing(store, lead, NOW + 10);
    queue_mail(again, "ack", "sarah@harbourlane.example", FALSE);
    queue_mail(again, "follow-up", "sarah@harbourlane.example", FALSE);
    write_decision(store, again);
    g_autoptr(GPtrArray) mails = list(store, lead, NULL);
    g_assert_cmpuint(mails->len, ==, 3);
    g_assert_cmpstr(get_mail(mails, 0)->purpose, ==, "follow-up");
}

/* ---- holding ---- */

static void test_stopped_lead_holds_what_waits(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    gint64 other = make_lead(store, "b");
    g_autoptr(Decision) stop = standing(store, lead, NOW);
    stop->stops_mail = TRUE;
    queue_mail(stop, "receipt", "sarah@harbourlane.example", FALSE);
    write_decision(store, stop);

    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 10);
    g_assert_cmpuint(mails->len, ==, 4);
    g_autoptr(GPtrArray) held = list(store, 0, "held");
    g_assert_cmpuint(held->len, ==, 1);
    g_assert_cmpint(get_mail(held, 0)->lead, ==, lead);
    g_assert_cmpstr(get_mail(held, 0)->purpose, ==, "ack");
    g_assert_cmpint(count_all(store, NOW).mails_held, ==, 1);
    expect_last_line(store, lead, "held", "ack to sarah@harbourlane.example: mail of this lead was stopped");
    expect_last_line(store, other, "assigned", "to jane");
}

static void test_marked_address_is_held(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(Decision) bounce = decision_new(NOW, "rules-1");
    bounce->kind = KIND_BOUNCE;
    g_ptr_array_add(bounce->marked_addresses, g_strdup("sarah@harbourlane.example"));
    write_decision(store, bounce);
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 10);
    g_assert_cmpuint(mails->len, ==, 1);
    g_assert_cmpstr(get_mail(mails, 0)->purpose, ==, "brief");
    expect_last_line(store, lead, "held", "ack to sarah@harbourlane.example: the address is marked: bounced");
}

static void test_bounced_mail_is_marked(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    gint64 other = make_lead(store, "b");
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 10);
    for (guint i = 0; i < mails->len; i++) {
        finish(store, get_mail(mails, i), MAIL_SENT, NOW + 1, 0, NULL);
    }
    g_autoptr(Decision) bounce = standing(store, lead, NOW + 2);
    bounce->kind = KIND_BOUNCE;
    g_ptr_array_add(bounce->marked_addresses, g_strdup("sarah@harbourlane.example"));
    write_decision(store, bounce);
    g_autoptr(GPtrArray) failed = list(store, 0, "failed");
    g_assert_cmpuint(failed->len, ==, 1);
    g_assert_cmpint(get_mail(failed, 0)->lead, ==, lead);
    g_assert_cmpstr(get_mail(failed, 0)->purpose, ==, "ack");
    g_autoptr(GPtrArray) sent = list(store, other, "sent");
    g_assert_cmpuint(sent->len, ==, 2);
}

/* Many that are held do not hide one that may go. */
static void test_held_mails_do_not_hide_others(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(Decision) stop = standing(store, lead, NOW);
    stop->stops_mail = TRUE;
    write_decision(store, stop);
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 1);
    g_assert_cmpuint(mails->len, ==, 1);
    g_assert_cmpstr(get_mail(mails, 0)->purpose, ==, "brief");
}

/* ---- finishing ---- */

static void test_sent_keeps_its_promise(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 10);
    finish(store, get_mail(mails, 0), MAIL_SENT, NOW + 2, 0, "250 2.0.0 Ok: queued");
    g_autoptr(LeadFile) file = read_lead(store, lead);
    const PromiseState *ack = g_ptr_array_index(file->promises, 0);
    const PromiseState *contact = g_ptr_array_index(file->promises, 1);
    g_assert_cmpint(ack->kept, ==, NOW + 2);
    g_assert_cmpint(contact->kept, ==, 0);
    expect_last_line(store, lead, "sent", "ack to sarah@harbourlane.example: 250 2.0.0 Ok: queued");
    g_autoptr(GPtrArray) sent = list(store, 0, "sent");
    g_assert_cmpuint(sent->len, ==, 1);
    g_assert_cmpint(get_mail(sent, 0)->sent, ==, NOW + 2);
    g_assert_cmpstr(get_mail(sent, 0)->last_answer, ==, "250 2.0.0 Ok: queued");

    /* a slower sender that says otherwise comes too late */
    finish(store, get_mail(mails, 0), MAIL_PENDING, NOW + 90, NOW + 100, "lost");
    finish(store, get_mail(mails, 0), MAIL_SENT, NOW + 91, 0, "250 again");
    expect_last_line(store, lead, "sent", "ack to sarah@harbourlane.example: 250 2.0.0 Ok: queued");
    g_assert_cmpint(count_all(store, NOW).mails_sent, ==, 1);
    g_autoptr(GPtrArray) rest = claim_mails(store, "s2", NOW + 200, 10);
    g_assert_cmpuint(rest->len, ==, 1);
}

static void test_tried_again_when_due(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 10);
    finish(store, get_mail(mails, 0), MAIL_PENDING, NOW + 1, NOW + 120, "451 4.7.1 Greylisted");
    finish(store, get_mail(mails, 1), MAIL_SENT, NOW + 1, 0, NULL);
    g_autoptr(GPtrArray) early = claim_mails(store, "s1", NOW + 119, 10);
    g_assert_cmpuint(early->len, ==, 0);
    g_assert_cmpint(find_next_due(store), ==, NOW + 120);
    g_autoptr(GPtrArray) later = claim_mails(store, "s1", NOW + 120, 10);
    g_assert_cmpuint(later->len, ==, 1);
    g_assert_cmpuint(get_mail(later, 0)->attempts, ==, 2);
    g_assert_cmpstr(get_mail(later, 0)->last_answer, ==, "451 4.7.1 Greylisted");
    expect_last_line(store, lead, "sent", "brief to jane@hartleyfinch.example");
}

static void test_refused_outside_is_an_exception(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 10);
    finish(store, get_mail(mails, 1), MAIL_FAILED, NOW + 1, 0, "550 no such person");
    g_autoptr(LeadFile) before = read_lead(store, lead);
    g_assert_cmpint(before->lead->status, ==, STATUS_NEW);
    finish(store, get_mail(mails, 0), MAIL_FAILED, NOW + 1, 0, "550 5.1.1 unknown");
    g_autoptr(LeadFile) file = read_lead(store, lead);
    g_assert_cmpint(file->lead->status, ==, STATUS_EXCEPTION);
    g_assert_cmpstr(file->lead->exception, ==, "bounced");
    g_assert_cmpstr(file->lead->owner, ==, "jane");
    expect_last_line(store, lead, "failed", "ack to sarah@harbourlane.example: 550 5.1.1 unknown");
    RecordCounts counts = count_all(store, NOW);
    g_assert_cmpint(counts.mails_failed, ==, 2);
    g_assert_cmpint(counts.exceptions, ==, 1);
    g_assert_cmpint(counts.live_leads, ==, 1);
}

static void test_refused_on_a_closed_lead_leaves_it_closed(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 10);
    g_autoptr(Decision) lost = standing(store, lead, NOW + 1);
    lost->status = STATUS_LOST;
    write_decision(store, lost);
    finish(store, get_mail(mails, 0), MAIL_FAILED, NOW + 2, 0, "550");
    g_autoptr(LeadFile) file = read_lead(store, lead);
    g_assert_cmpint(file->lead->status, ==, STATUS_LOST);
    g_assert_cmpint(count_all(store, NOW).live_leads, ==, 0);
}

/* ---- what is due next ---- */

static void test_next_due(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(find_next_due(store), ==, 0);
    make_lead(store, "a");
    g_assert_cmpint(find_next_due(store), ==, NOW);
    g_autoptr(GPtrArray) mails = claim_mails(store, "s1", NOW, 1);
    g_assert_cmpint(find_next_due(store), ==, NOW);
    g_autoptr(GPtrArray) rest = claim_mails(store, "s1", NOW, 10);
    g_assert_cmpint(find_next_due(store), ==, NOW + 60);
    finish(store, get_mail(mails, 0), MAIL_SENT, NOW, 0, NULL);
    finish(store, get_mail(rest, 0), MAIL_SENT, NOW, 0, NULL);
    g_assert_cmpint(find_next_due(store), ==, NOW + 3601);
}

static void test_counts(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    make_lead(store, "a");
    capture(store, "b", "waits");
    RecordCounts counts = count_all(store, NOW + 301);
    g_assert_cmpint(counts.messages, ==, 2);
    g_assert_cmpint(counts.undecided, ==, 1);
    g_assert_cmpint(counts.quarantined, ==, 0);
    g_assert_cmpint(counts.leads, ==, 1);
    g_assert_cmpint(counts.live_leads, ==, 1);
    g_assert_cmpint(counts.mails_pending, ==, 2);
    g_assert_cmpint(counts.mails_sent, ==, 0);
    g_assert_cmpint(counts.promises_open, ==, 2);
    g_assert_cmpint(counts.promises_late, ==, 1);
    g_assert_cmpint(counts.oldest_undecided, ==, NOW);
    g_assert_cmpint(counts.oldest_pending, ==, NOW);
    g_assert_cmpint(counts.newest_message, ==, NOW);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    CASE("/outbox/claim/one", test_claimed_by_one);
    CASE("/outbox/claim/after-the-lease", test_given_out_again_after_the_lease);
    CASE("/outbox/key", test_a_key_is_queued_once);
    CASE("/outbox/hold/stopped", test_stopped_lead_holds_what_waits);
    CASE("/outbox/hold/marked", test_marked_address_is_held);
    CASE("/outbox/bounced", test_bounced_mail_is_marked);
    CASE("/outbox/hold/hides-nothing", test_held_mails_do_not_hide_others);
    CASE("/outbox/finish/sent", test_sent_keeps_its_promise);
    CASE("/outbox/finish/later", test_tried_again_when_due);
    CASE("/outbox/finish/refused", test_refused_outside_is_an_exception);
    CASE("/outbox/finish/closed", test_refused_on_a_closed_lead_leaves_it_closed);
    CASE("/outbox/next-due", test_next_due);
    CASE("/outbox/counts", test_counts);
    return g_test_run();
}
