/*
 * tests/unit/record_fixture.h - a store in a directory of its own, and leads to put into it
 *
 * Everything here stops the test when it fails; only the functions under test are asked for their errors.
 */
#ifndef USHER_TEST_RECORD_FIXTURE_H
#define USHER_TEST_RECORD_FIXTURE_H

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "usher/base/error.h"
#include "usher/base/token.h"
#include "usher/record.h"

#define NOW ((UsherTime)1772442900) /* 2026-03-02T09:15:00Z */

typedef struct {
    char *directory;
    char *path;
    Record *record;
} Store;

static inline void store_close_again(Store *store)
{
    g_clear_pointer(&store->record, record_close);
}

static inline void store_open_again(Store *store)
{
    GError *error = NULL;
    g_assert_null(store->record);
    store->record = record_open(store->path, FALSE, &error);
    g_assert_no_error(error);
}

static inline void store_set_up(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    store->directory = g_dir_make_tmp("usher-record-XXXXXX", NULL);
    g_assert_nonnull(store->directory);
    store->path = g_build_filename(store->directory, "usher.db", NULL);
    store_open_again(store);
}

static inline void store_tear_down(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    const char *names[] = {"usher.db", "usher.db-wal", "usher.db-shm", "usher.db-journal"};
    store_close_again(store);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(store->directory, names[i], NULL);
        g_unlink(path);
    }
    g_assert_cmpint(g_rmdir(store->directory), ==, 0);
    g_free(store->directory);
    g_free(store->path);
}

/* ---- mails to capture ---- */

typedef struct {
    Arrival *arrival;
    const char *message_id;
    const char *bytes;
    gsize length;
    gssize most; /* bytes given at one reading; 0: all that is asked for */
    gboolean is_headers_only;
    gint64 fails_at; /* reading from here on fails; 0: never */
    gint64 id;
    gboolean is_new;
} TestMail;

static inline gssize read_test_mail(gpointer data, gint64 offset, void *buffer, gsize size, GError **error)
{
    const TestMail *mail = data;
    if (mail->fails_at > 0 && offset >= mail->fails_at) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "the spool cannot be read");
        return -1;
    }
    gsize left = mail->length - (gsize)offset;
    gsize given = MIN(left, mail->most > 0 ? MIN(size, (gsize)mail->most) : size);
    memcpy(buffer, mail->bytes + offset, given);
    return (gssize)given;
}

static inline gboolean capture_test_mail(Record *record, gpointer data, GError **error)
{
    TestMail *mail = data;
    RecordCapture capture = {.arrival = mail->arrival,
                             .message_id = mail->message_id,
                             .is_headers_only = mail->is_headers_only,
                             .read = read_test_mail,
                             .data = mail};
    return record_capture(record, &capture, &mail->id, &mail->is_new, error);
}

static inline TestMail test_mail(const char *digest, const char *door, const char *text)
{
    TestMail mail = {.arrival = arrival_new(door, NOW), .bytes = text, .length = strlen(text)};
    mail.arrival->digest = g_strdup(digest);
    mail.arrival->size_bytes = mail.length;
    mail.arrival->envelope_from = g_strdup("sarah@harbourlane.example");
    g_ptr_array_add(mail.arrival->envelope_to, g_strdup("enquiries@hartleyfinch.example"));
    return mail;
}

static inline void test_mail_clear(TestMail *mail)
{
    arrival_free(mail->arrival);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestMail, test_mail_clear)

/* Captures a mail and gives its row. */
static inline gint64 capture(Store *store, const char *digest, const char *text)
{
    GError *error = NULL;
    g_auto(TestMail) mail = test_mail(digest, "milter", text);
    g_autofree char *message_id = g_strdup_printf("%s@harbourlane.example", digest);
    mail.message_id = message_id;
    record_run(store->record, capture_test_mail, &mail, &error);
    g_assert_no_error(error);
    return mail.id;
}

/* ---- decisions ---- */

static inline OutgoingMail *queue_mail(Decision *decision, const char *purpose, const char *address, gboolean is_internal)
{
    OutgoingMail *mail = outgoing_mail_new();
    mail->lead = decision->lead;
    mail->purpose = g_strdup(purpose);
    mail->key = g_strdup_printf("%s:%" G_GINT64_FORMAT, purpose, decision->lead);
    mail->template_name = g_strdup(purpose);
    mail->recipient_role = g_strdup(is_internal ? "owner" : "prospect");
    mail->is_internal = is_internal;
    mail->to = mailbox_new("Somebody", address);
    mail->from = mailbox_new("Hartley Finch", "enquiries@hartleyfinch.example");
    mail->due = decision->at;
    mail->date = decision->at;
    mail->subject = g_strdup("Your enquiry");
    mail->text = g_strdup("Thank you.\nJane");
    mail->html = g_strdup("<p>Thank you.</p>");
    mail->message_id = g_strdup_printf("usher.%s@hartleyfinch.example", mail->key);
    mail->in_reply_to = g_strdup("first@harbourlane.example");
    g_ptr_array_add(mail->references, g_strdup("zero@harbourlane.example"));
    g_ptr_array_add(mail->references, g_strdup("first@harbourlane.example"));
    g_ptr_array_add(decision->mails, mail);
    return mail;
}

/* A lead with everything on it, opened by that message. */
static inline Decision *new_lead(gint64 arrival)
{
    Decision *decision = decision_new(NOW, "rules-1");
    decision->arrival = arrival;
    decision->lead = arrival;
    decision->opens_lead = TRUE;
    decision->kind = KIND_FORM;
    decision->kind_rule = g_strdup("channel");
    decision->kind_evidence = g_strdup("contact-form-7");
    decision->disposition = DISPOSITION_LEAD;
    decision->reason = g_strdup("a new lead");
    decision->track = TRACK_INBOUND;
    decision->channel = g_strdup("contact-form-7");
    decision->source = g_strdup("website");
    decision->status = STATUS_NEW;
    decision->owner = g_strdup("jane");
    decision->score = 60;
    decision->tier = g_strdup("warm");
    decision->route = g_strdup("sales");
    decision->route_because = g_strdup("score >= 50");
    g_ptr_array_add(decision->people, mailbox_new("Sarah Webb", "sarah@harbourlane.example"));
    decision_add_event(decision, "usher", "captured", "by milter");
    decision_add_event(decision, "usher", "assigned", "to %s", decision->owner);
    g_ptr_array_add(decision->promises, promise_new("ack", "ada", NOW + 300, "mail:ack"));
    g_ptr_array_add(decision->promises, promise_new("first-contact", "jane", NOW + 3600, "verb:contacted"));
    queue_mail(decision, "ack", "sarah@harbourlane.example", FALSE);
    queue_mail(decision, "brief", "jane@hartleyfinch.example", TRUE);
    return decision;
}

static inline void add_field(Decision *decision, const char *name, const char *value)
{
    Field *field = field_new(name, value);
    field->raw = g_strdup(value);
    field->rule = g_strdup("fields.yaml:3 label");
    field->where = g_strdup("text");
    field->start = 12;
    field->length = strlen(value);
    field->evidence = g_strdup_printf("%s: %s", name, value);
    g_ptr_array_add(decision->fields, field);
}

typedef struct {
    const Decision *decision;
    gboolean is_shadow;
} TestWriting;

static inline gboolean write_decision_job(Record *record, gpointer data, GError **error)
{
    const TestWriting *writing = data;
    return record_write_decision(record, writing->decision, writing->is_shadow, error);
}

static inline gboolean try_decision(Store *store, const Decision *decision, GError **error)
{
    TestWriting writing = {decision, FALSE};
    return record_run(store->record, write_decision_job, &writing, error);
}

static inline void write_decision(Store *store, const Decision *decision)
{
    GError *error = NULL;
    try_decision(store, decision, &error);
    g_assert_no_error(error);
}

/* A lead of Sarah's, recorded; its number. */
static inline gint64 make_lead(Store *store, const char *digest)
{
    g_autoptr(Decision) decision = new_lead(capture(store, digest, "Subject: tax\r\n\r\nHelp.\r\n"));
    write_decision(store, decision);
    return decision->lead;
}

static inline Decision *standing(Store *store, gint64 lead, UsherTime now)
{
    GError *error = NULL;
    Decision *decision = record_find_standing(store->record, lead, now, "rules-1", &error);
    g_assert_no_error(error);
    return decision;
}

static inline LeadFile *read_lead(Store *store, gint64 lead)
{
    GError *error = NULL;
    LeadFile *file = record_read_lead(store->record, lead, &error);
    g_assert_no_error(error);
    return file;
}

static inline RecordCounts count_all(Store *store, UsherTime now)
{
    GError *error = NULL;
    RecordCounts counts;
    record_count(store->record, now, &counts, &error);
    g_assert_no_error(error);
    return counts;
}

#endif
