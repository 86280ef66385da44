/*
 * tests/unit/test_record_manners.c - how much mail goes outside: the fuse, the rate to a domain, the quiet hours
 */
#include "record_fixture.h"

#define CASE(name, function) g_test_add(name, Store, NULL, store_set_up, function, store_tear_down)

typedef struct {
    UsherTime now;
    guint most;
    MailManners manners;
    gboolean has_opened;
    GPtrArray *mails;
} Post;

static const MailManners wide = {.mails_per_hour = 100, .domain_per_minute = 100, .free_mail_per_minute = 100};

static gboolean claim_job(Record *record, gpointer data, GError **error)
{
    Post *post = data;
    return record_claim_mails(record, "s1", post->now, post->now + 60, post->most, &post->manners, &post->mails, &post->has_opened,
                              error);
}

static gboolean finish_job(Record *record, gpointer data, GError **error)
{
    const Post *post = data;
    for (guint i = 0; i < post->mails->len; i++) {
        if (!record_finish_mail(record, g_ptr_array_index(post->mails, i), MAIL_SENT, post->now, 0, "250 ok", error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Claims what may go, without sending it. */
static Post claim(Store *store, UsherTime now, guint most, MailManners manners)
{
    GError *error = NULL;
    Post post = {.now = now, .most = most, .manners = manners};
    record_run(store->record, claim_job, &post, &error);
    g_assert_no_error(error);
    return post;
}

static gboolean release_job(Record *record, gpointer data G_GNUC_UNUSED, GError **error)
{
    return record_release_mails(record, "s1", FALSE, error);
}

/* The purposes of what goes, in its order: "ack ack brief"; sent, so that it counts. */
static char *send_due(Store *store, UsherTime now, guint most, MailManners manners, gboolean *has_opened)
{
    GError *error = NULL;
    Post post = claim(store, now, most, manners);
    GString *said = g_string_new(NULL);
    for (guint i = 0; i < post.mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(post.mails, i);
        g_string_append_printf(said, "%s%s", said->len > 0 ? " " : "", mail->purpose);
    }
    record_run(store->record, finish_job, &post, &error);
    g_assert_no_error(error);
    if (has_opened) {
        *has_opened = post.has_opened;
    }
    g_ptr_array_unref(post.mails);
    return g_string_free(said, FALSE);
}

static void expect(Store *store, UsherTime now, MailManners manners, const char *wanted)
{
    g_autofree char *said = send_due(store, now, 50, manners, NULL);
    g_assert_cmpstr(said, ==, wanted);
}

static void queue(Store *store, const char *name, const char *address, UsherTime at, gboolean is_internal, gboolean is_unasked)
{
    g_autoptr(Decision) decision = decision_new(at, "rules-1");
    g_autofree char *purpose = g_strdup(name);
    OutgoingMail *mail = queue_mail(decision, purpose, address, is_internal);
    static guint number;
    g_free(mail->key);
    mail->key = g_strdup_printf("%s:%u", name, ++number);
    mail->is_unasked = is_unasked;
    write_decision(store, decision);
}

static FuseState read_fuse(Store *store, UsherTime now)
{
    GError *error = NULL;
    FuseState fuse = {0};
    record_read_fuse(store->record, now, &fuse, &error);
    g_assert_no_error(error);
    return fuse;
}

static gboolean close_job(Record *record, gpointer data, GError **error)
{
    const UsherTime *now = data;
    gboolean is_changed = FALSE;
    return record_close_fuse(record, "ada", *now, &is_changed, error);
}

static void close_fuse(Store *store, UsherTime now)
{
    GError *error = NULL;
    record_run(store->record, close_job, &now, &error);
    g_assert_no_error(error);
}

/* ---- the fuse ---- */

static void test_fuse_opens(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners three = wide;
    gboolean has_opened = FALSE;
    three.mails_per_hour = 3;
    for (guint i = 0; i < 3; i++) {
        queue(store, "ack", "pat@one.example", NOW, FALSE, FALSE);
    }
    g_autofree char *exactly = send_due(store, NOW, 50, three, &has_opened);
    g_assert_cmpstr(exactly, ==, "ack ack ack");
    g_assert_false(has_opened);
    g_autofree char *nothing = send_due(store, NOW, 50, three, &has_opened);
    g_assert_cmpstr(nothing, ==, "");
    g_assert_false(has_opened);
    queue(store, "ack", "pat@one.example", NOW + 10, FALSE, FALSE);
    queue(store, "brief", "jane@hartleyfinch.example", NOW + 10, TRUE, FALSE);
    g_autofree char *inside = send_due(store, NOW + 10, 50, three, &has_opened);
    g_assert_cmpstr(inside, ==, "brief");
    g_assert_true(has_opened);
    g_auto(FuseState) fuse = read_fuse(store, NOW + 10);
    g_assert_true(fuse.is_open);
    g_assert_cmpint(fuse.sent_in_hour, ==, 3);
    g_assert_cmpint(fuse.waiting, ==, 1);
    g_assert_cmpstr(fuse.why, ==, "more than 3 automatic mails to outsiders in an hour");
    /* It opens once, and the hour that passes does not close it; nor does another process. */
    store_close_again(store);
    store_open_again(store);
    g_autofree char *later = send_due(store, NOW + 20000, 50, three, &has_opened);
    g_assert_cmpstr(later, ==, "");
    g_assert_false(has_opened);
}

static void test_an_hour_passes(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners two = wide;
    two.mails_per_hour = 2;
    queue(store, "ack", "pat@one.example", NOW, FALSE, FALSE);
    queue(store, "ack", "pat@one.example", NOW, FALSE, FALSE);
    expect(store, NOW, two, "ack ack");
    queue(store, "ack", "pat@one.example", NOW + 3600, FALSE, FALSE);
    expect(store, NOW + 3600, two, "ack");
    g_auto(FuseState) fuse = read_fuse(store, NOW + 3600);
    g_assert_false(fuse.is_open);
}

/* What is being sent by another counts as if it had been. */
static void test_under_way_counts(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners two = wide;
    two.mails_per_hour = 2;
    for (guint i = 0; i < 3; i++) {
        queue(store, "ack", "pat@one.example", NOW, FALSE, FALSE);
    }
    Post first = claim(store, NOW, 1, two), second = claim(store, NOW, 5, two), third = claim(store, NOW, 5, two);
    g_assert_cmpuint(first.mails->len, ==, 1);
    g_assert_cmpuint(second.mails->len, ==, 1);
    g_assert_cmpuint(third.mails->len, ==, 0);
    g_assert_true(third.has_opened);
    g_ptr_array_unref(first.mails);
    g_ptr_array_unref(second.mails);
    g_ptr_array_unref(third.mails);
}

/* A mail that was tried in vain has not gone: an hour without a server opens nothing. */
static void test_tries_do_not_count(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners two = wide;
    two.mails_per_hour = 2;
    queue(store, "ack", "pat@one.example", NOW, FALSE, FALSE);
    for (guint i = 0; i < 5; i++) {
        Post post = claim(store, NOW + i, 5, two);
        g_assert_cmpuint(post.mails->len, ==, 1);
        record_run(store->record, release_job, NULL, NULL);
        g_ptr_array_unref(post.mails);
    }
    g_auto(FuseState) fuse = read_fuse(store, NOW + 5);
    g_assert_false(fuse.is_open);
}

static void test_closed_by_hand(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners two = wide;
    gboolean has_opened = FALSE;
    two.mails_per_hour = 2;
    for (guint i = 0; i < 7; i++) {
        queue(store, "step", "pat@one.example", NOW, FALSE, TRUE);
    }
    expect(store, NOW, two, "step step");
    expect(store, NOW, two, "");
    close_fuse(store, NOW + 60);
    /* What has gathered goes on by the hour, and does not open it again ... */
    expect(store, NOW + 60, two, "step step");
    expect(store, NOW + 61, two, "");
    queue(store, "ack", "pat@one.example", NOW + 100, FALSE, FALSE);
    expect(store, NOW + 101, two, "");
    g_auto(FuseState) closed = read_fuse(store, NOW + 101);
    g_assert_false(closed.is_open);
    g_assert_cmpstr(closed.closed_by, ==, "ada");
    g_assert_cmpint(closed.waiting, ==, 4);
    /* ... answers first ... */
    expect(store, NOW + 60 + 3600, two, "ack step");
    /* ... but as much that is new opens it. */
    for (guint i = 0; i < 3; i++) {
        queue(store, "ack", "pat@one.example", NOW + 4000, FALSE, FALSE);
    }
    g_autofree char *nothing = send_due(store, NOW + 4000, 50, two, &has_opened);
    g_assert_cmpstr(nothing, ==, "");
    g_assert_true(has_opened);
    g_auto(FuseState) again = read_fuse(store, NOW + 4000);
    g_assert_true(again.is_open);
    g_assert_cmpint(again.id, ==, 2);
}

/* ---- one domain ---- */

static void test_domain_waits(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners two = wide;
    two.domain_per_minute = 2;
    for (guint i = 0; i < 5; i++) {
        queue(store, "step", "pat@mail.one.example", NOW, FALSE, TRUE);
    }
    queue(store, "other", "pat@two.example", NOW, FALSE, TRUE);
    expect(store, NOW, two, "step step other");
    GPtrArray *pending = NULL;
    g_assert_true(record_list_outbox(store->record, 0, "pending", 10, &pending, NULL));
    g_assert_cmpuint(pending->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        const OutgoingMail *mail = g_ptr_array_index(pending, 2 - i);
        g_assert_cmpint(mail->due, ==, NOW + 60 * (1 + i / 2));
        g_assert_cmpuint(mail->attempts, ==, 0);
        g_assert_cmpstr(mail->last_answer, ==, "waits: there are as many mails to one.example in a minute as may be");
    }
    g_ptr_array_unref(pending);
    /* An answer goes before those that nobody has asked for. */
    queue(store, "ack", "sam@one.example", NOW + 1, FALSE, FALSE);
    expect(store, NOW + 1, two, "");
    expect(store, NOW + 61, two, "ack step");
    expect(store, NOW + 121, two, "step step");
}

/* A mass to one domain is spread over the minutes at once, and in one go. */
static void test_mass_to_one_domain(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners ten = wide;
    ten.domain_per_minute = 10;
    ten.mails_per_hour = 5000;
    for (guint i = 0; i < 300; i++) {
        queue(store, "step", "pat@one.example", NOW, FALSE, TRUE);
    }
    expect(store, NOW, ten, "step step step step step step step step step step");
    GPtrArray *pending = NULL;
    g_assert_true(record_list_outbox(store->record, 0, "pending", 5000, &pending, NULL));
    g_assert_cmpuint(pending->len, ==, 290);
    g_assert_cmpint(((const OutgoingMail *)g_ptr_array_index(pending, 0))->due, ==, NOW + 60 * 29);
    g_ptr_array_unref(pending);
}

static void test_free_mail_has_its_own_rate(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GHashTable) free_mail = g_hash_table_new(g_str_hash, g_str_equal);
    MailManners manners = wide;
    g_hash_table_add(free_mail, (gpointer)(guintptr) "mail.example");
    manners.domain_per_minute = 1;
    manners.free_mail_per_minute = 3;
    manners.free_mail = free_mail;
    for (guint i = 0; i < 4; i++) {
        queue(store, "ack", "pat@mail.example", NOW, FALSE, FALSE);
    }
    expect(store, NOW, manners, "ack ack ack");
    expect(store, NOW + 60, manners, "ack");
}

/* ---- quiet hours, and the order ---- */

static void test_quiet(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    MailManners quiet = wide;
    quiet.quiet_until = NOW + 7200;
    queue(store, "step", "pat@one.example", NOW, FALSE, TRUE);
    queue(store, "ack", "pat@one.example", NOW, FALSE, FALSE);
    queue(store, "brief", "jane@hartleyfinch.example", NOW, TRUE, FALSE);
    expect(store, NOW, quiet, "ack brief");
    Post post = claim(store, NOW + 7200, 5, wide);
    g_assert_cmpuint(post.mails->len, ==, 1);
    const OutgoingMail *step = g_ptr_array_index(post.mails, 0);
    g_assert_cmpint(step->due, ==, NOW + 7200);
    g_assert_cmpuint(step->attempts, ==, 1);
    g_assert_cmpint(step->date, ==, NOW + 7200); /* it waited long: dated when it goes */
    g_ptr_array_unref(post.mails);
}

static void test_order(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    queue(store, "step", "pat@one.example", NOW - 60, FALSE, TRUE);
    queue(store, "brief", "jane@hartleyfinch.example", NOW - 30, TRUE, FALSE);
    queue(store, "ack", "pat@one.example", NOW, FALSE, FALSE);
    expect(store, NOW, wide, "ack brief step");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    CASE("/manners/fuse/opens", test_fuse_opens);
    CASE("/manners/fuse/an-hour-passes", test_an_hour_passes);
    CASE("/manners/fuse/under-way-counts", test_under_way_counts);
    CASE("/manners/fuse/tries-do-not-count", test_tries_do_not_count);
    CASE("/manners/fuse/closed-by-hand", test_closed_by_hand);
    CASE("/manners/domain/waits", test_domain_waits);
    CASE("/manners/domain/mass", test_mass_to_one_domain);
    CASE("/manners/domain/free-mail", test_free_mail_has_its_own_rate);
    CASE("/manners/quiet", test_quiet);
    CASE("/manners/order", test_order);
    return g_test_run();
}
