/*
 * command/store.c - from a door to the record
 *
 * The doors know bytes, the record knows rows; this is the only place that knows both.
 */
#include "store.h"

typedef struct {
    RecordCapture capture;
    gint64 id;
    gboolean is_new;
} StoreJob;

static gssize read_mail(gpointer data, gint64 offset, void *buffer, gsize size, GError **error)
{
    return captured_mail_read(data, offset, buffer, size, error);
}

static gboolean run_store_job(Record *record, gpointer data, GError **error)
{
    StoreJob *job = data;
    return record_capture(record, &job->capture, &job->id, &job->is_new, error);
}

gboolean store_mail(const StoreTarget *target, CapturedMail *mail, UsherTime now, gint64 *id, gboolean *is_new, GError **error)
{
    UsherTime received = captured_mail_get_received(mail);
    g_autoptr(Arrival) arrival = arrival_new(captured_mail_get_door(mail), received ? received : now);
    arrival->captured = now;
    arrival->digest = g_strdup(captured_mail_get_digest(mail));
    arrival->envelope_from = g_strdup(captured_mail_get_envelope_from(mail));
    arrival->size_bytes = (gsize)captured_mail_get_size(mail);
    const GPtrArray *recipients = captured_mail_get_envelope_to(mail);
    for (guint i = 0; i < recipients->len; i++) {
        g_ptr_array_add(arrival->envelope_to, g_strdup(g_ptr_array_index(recipients, i)));
    }
    StoreJob job = {
        .capture =
            {
                .arrival = arrival,
                .message_id = captured_mail_get_message_id(mail),
                .queue_id = captured_mail_get_queue_id(mail),
                .is_cut = captured_mail_is_cut(mail),
                .is_headers_only = captured_mail_is_headers_only(mail),
                .read = read_mail,
                .data = mail,
            },
    };
    gboolean is_done = target->recorder ? recorder_run(target->recorder, run_store_job, &job, error)
                                        : record_run(target->record, run_store_job, &job, error);
    if (is_done) {
        *id = job.id;
        *is_new = job.is_new;
    }
    return is_done;
}
