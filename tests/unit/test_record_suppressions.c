/*
 * tests/unit/test_record_suppressions.c - who is left alone, by what, and what that holds
 */
#include "record_fixture.h"

#define CASE(name, function) g_test_add(name, Store, NULL, store_set_up, function, store_tear_down)
#define SARAH "sarah@harbourlane.example"

typedef struct {
    Suppression *suppression;
    const char *address;
    const SuppressionScope *scope;
    const char *token;
    gboolean is_new;
    guint count;
    GPtrArray *mails;
} Job;

static gboolean add_job(Record *record, gpointer data, GError **error)
{
    Job *job = data;
    return record_add_suppression(record, job->suppression, "operator", 0, &job->is_new, error);
}

/* TRUE when it is new. */
static gboolean leave_alone(Store *store, SuppressionScope scope, const char *cadence, UsherTime at)
{
    GError *error = NULL;
    g_autoptr(Suppression) suppression = suppression_new(SARAH, scope, cadence, "as a test", at);
    Job job = {.suppression = suppression};
    record_run(store->record, add_job, &job, &error);
    g_assert_no_error(error);
    return job.is_new;
}

static gboolean remove_job(Record *record, gpointer data, GError **error)
{
    Job *job = data;
    return record_remove_suppressions(record, SARAH, job->scope, NULL, "operator", NOW, &job->count, error);
}

static guint take_back(Store *store, const SuppressionScope *scope)
{
    GError *error = NULL;
    Job job = {.scope = scope};
    record_run(store->record, remove_job, &job, &error);
    g_assert_no_error(error);
    return job.count;
}

static gboolean claim_job(Record *record, gpointer data, GError **error)
{
    Job *job = data;
    gboolean has_opened = FALSE;
    return record_claim_mails(record, "s1", NOW + 1000, NOW + 1060, 100, NULL, &job->mails, &has_opened, error);
}

/* The purposes of what may go, by id: "ack nurture". */
static char *claim(Store *store)
{
    GError *error = NULL;
    Job job = {0};
    GString *purposes = g_string_new(NULL);
    record_run(store->record, claim_job, &job, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < job.mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(job.mails, i);
        if (!mail->is_internal) {
            g_string_append_printf(purposes, "%s%s", purposes->len > 0 ? " " : "", mail->purpose);
        }
    }
    g_ptr_array_unref(job.mails);
    return g_string_free(purposes, FALSE);
}

/* A lead of Sarah's that is in a cadence, with a mail of it, another marketing mail, and the acknowledgement. */
static gint64 make_enrolled(Store *store, const char *digest, const char *cadence)
{
    g_autoptr(Decision) opening = new_lead(capture(store, digest, "Subject: tax\r\n\r\nHelp.\r\n"));
    add_field(opening, "email", SARAH);
    opening->enrolment = enrolment_new(opening->lead, cadence, "v1");
    opening->enrolment->started = opening->enrolment->origin = NOW;
    opening->enrolment->due = NOW + 5000;
    write_decision(store, opening);
    GError *error = NULL;
    g_autoptr(Past) past = past_new();
    record_add_cadence(store->record, past, opening->lead, &error);
    g_assert_no_error(error);
    g_autoptr(Decision) step = standing(store, opening->lead, NOW + 1);
    OutgoingMail *mail = queue_mail(step, "step", SARAH, FALSE);
    mail->enrolment = ((const Enrolment *)g_ptr_array_index(past->enrolments, 0))->id;
    mail->is_marketing = TRUE;
    mail->unsubscribe = unsubscribe_make_token("secret", mail->key);
    queue_mail(step, "news", SARAH, FALSE)->is_marketing = TRUE;
    write_decision(store, step);
    return opening->lead;
}

static EnrolmentState find_state(Store *store, gint64 lead)
{
    g_autoptr(Past) past = past_new();
    g_assert_true(record_add_cadence(store->record, past, lead, NULL));
    return ((const Enrolment *)g_ptr_array_index(past->enrolments, 0))->state;
}

static void test_a_sequence(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_enrolled(store, "a", "nurture");
    gint64 other = make_enrolled(store, "b", "hot");
    g_assert_true(leave_alone(store, SCOPE_SEQUENCE, "nurture", NOW + 10));
    g_autofree char *purposes = claim(store);
    g_assert_cmpstr(purposes, ==, "ack ack news news step");
    g_assert_cmpint(find_state(store, lead), ==, ENROLMENT_STOPPED);
    g_assert_cmpint(find_state(store, other), ==, ENROLMENT_ACTIVE);
}

static void test_marketing(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    make_enrolled(store, "a", "nurture");
    g_assert_true(leave_alone(store, SCOPE_MARKETING, NULL, NOW + 10));
    g_autofree char *purposes = claim(store);
    g_assert_cmpstr(purposes, ==, "ack");
}

static void test_everything(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_enrolled(store, "a", "nurture");
    g_assert_true(leave_alone(store, SCOPE_ALL, NULL, NOW + 10));
    g_autofree char *purposes = claim(store);
    g_assert_cmpstr(purposes, ==, "");
    g_assert_cmpint(find_state(store, lead), ==, ENROLMENT_STOPPED);
}

/* Who writes of their own accord afterwards is answered, and still gets no marketing. */
static void test_a_later_lead(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(leave_alone(store, SCOPE_ALL, NULL, NOW - 10));
    make_enrolled(store, "a", "nurture");
    g_autofree char *purposes = claim(store);
    g_assert_cmpstr(purposes, ==, "ack");
}

static void test_twice(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "a");
    g_assert_true(leave_alone(store, SCOPE_ALL, NULL, NOW + 10));
    g_assert_false(leave_alone(store, SCOPE_ALL, NULL, NOW + 20));
    g_autoptr(LeadFile) file = read_lead(store, lead);
    const HistoryLine *line = g_ptr_array_index(file->history, file->history->len - 1);
    g_assert_cmpstr(line->what, ==, "suppressed");
    g_assert_cmpstr(line->detail, ==, SARAH ": everything automatic (as a test)");
    g_assert_cmpint(line->at, ==, NOW + 10);
    /* Unless there is a lead since. */
    g_autoptr(Decision) later = new_lead(capture(store, "b", "Subject: more\r\n\r\nHelp.\r\n"));
    later->at = NOW + 30;
    write_decision(store, later);
    g_assert_true(leave_alone(store, SCOPE_ALL, NULL, NOW + 40));
}

static void test_taking_back(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    const SuppressionScope all = SCOPE_ALL;
    gint64 lead = make_lead(store, "a");
    leave_alone(store, SCOPE_ALL, NULL, NOW);
    leave_alone(store, SCOPE_MARKETING, NULL, NOW);
    leave_alone(store, SCOPE_SEQUENCE, "nurture", NOW);
    g_assert_cmpuint(take_back(store, &all), ==, 1);
    g_autoptr(GPtrArray) left = NULL;
    g_assert_true(record_list_suppressions(store->record, 10, &left, NULL));
    g_assert_cmpuint(left->len, ==, 2);
    g_assert_cmpuint(take_back(store, NULL), ==, 2);
    g_assert_cmpuint(take_back(store, NULL), ==, 0);
    g_autofree char *purposes = claim(store);
    g_assert_cmpstr(purposes, ==, "ack");
    g_autoptr(LeadFile) file = read_lead(store, lead);
    g_assert_cmpuint(file->history->len, ==, 2 + 3 + 3);
    g_assert_true(record_verify(store->record, NULL));
}

static void test_marks(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_enrolled(store, "a", "nurture");
    g_autofree char *key = g_strdup_printf("step:%" G_GINT64_FORMAT, lead);
    g_autofree char *token = unsubscribe_make_token("secret", key);
    g_autofree char *forged = unsubscribe_make_token("guess", key);
    g_autoptr(LeaveMark) none = NULL;
    g_autoptr(LeaveMark) mark = NULL;
    g_assert_true(record_find_leave_mark(store->record, forged, &none, NULL));
    g_assert_null(none);
    g_assert_true(record_find_leave_mark(store->record, "", &none, NULL));
    g_assert_null(none);
    g_assert_true(record_find_leave_mark(store->record, token, &mark, NULL));
    g_assert_cmpint(mark->lead, ==, lead);
    g_assert_cmpstr(mark->address, ==, SARAH);
    g_assert_cmpstr(mark->cadence, ==, "nurture");
    g_assert_cmpstr(mark->purpose, ==, "step");
}

int main(int argc, char **argv)
{
    token_open();
    g_test_init(&argc, &argv, NULL);
    CASE("/suppressions/sequence", test_a_sequence);
    CASE("/suppressions/marketing", test_marketing);
    CASE("/suppressions/everything", test_everything);
    CASE("/suppressions/a-later-lead", test_a_later_lead);
    CASE("/suppressions/twice", test_twice);
    CASE("/suppressions/taking-back", test_taking_back);
    CASE("/suppressions/marks", test_marks);
    return g_test_run();
}
