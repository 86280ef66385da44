/*
 * command/outbox.c - usher outbox: the mails we owe and what became of them
 */
#include "rows.h"

#include <stdlib.h>
#include <sysexits.h>

#define MOST_MAILS 1000

static void print_full(const GPtrArray *mails)
{
    for (guint i = 0; i < mails->len; i++) {
        fputs(i ? "\n----------------------------------------------------------------------\n\n" : "", stdout);
        print_mail(g_ptr_array_index(mails, i), stdout);
    }
}

/* Why a mail that is due, or was, has not gone. NULL: nothing keeps it back. */
static const char *find_wait(const OutgoingMail *mail, const FuseState *fuse)
{
    if (mail->state != MAIL_PENDING || mail->is_internal) {
        return NULL;
    }
    return fuse->is_open ? "held by the fuse" : mail->last_answer;
}

static char *describe_state(const OutgoingMail *mail, const FuseState *fuse)
{
    const char *wait = find_wait(mail, fuse);
    gboolean is_waiting = wait && mail->attempts == 0;
    return g_strdup_printf("%s%s", mail_state_get_name(mail->state),
                           fuse->is_open && wait ? " (fuse)"
                           : is_waiting          ? " (waits)"
                                                 : "");
}

static void print_rows(const GPtrArray *mails, const FuseState *fuse, const Settings *settings)
{
    if (mails->len == 0) {
        puts("The outbox has no such mail.");
        return;
    }
    Table *table = table_new("MAIL", "LEAD", "PURPOSE", "STATE", "TRIES", "DUE", "SENT", "TO", "SUBJECT", NULL);
    for (guint i = 0; i < mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(mails, i);
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, mail->id);
        g_autofree char *lead = g_strdup_printf("%" G_GINT64_FORMAT, mail->lead);
        g_autofree char *tries = g_strdup_printf("%u", mail->attempts);
        g_autofree char *due = print_moment(settings, mail->due);
        g_autofree char *sent = print_moment(settings, mail->sent);
        g_autofree char *state = describe_state(mail, fuse);
        table_add(table, id, lead, mail->purpose, state, tries, due, sent, mail->to->address, mail->subject, NULL);
    }
    table_print(table, stdout);
    if (fuse->is_open) {
        puts("\nThe fuse is open: mail to outsiders waits until \"usher fuse close\".");
    }
}

int command_outbox(Instance *instance, int argc, char **argv)
{
    g_autofree char *state = NULL;
    gint64 lead = 0;
    gboolean is_full = FALSE;
    const GOptionEntry entries[] = {
        {"state", 0, 0, G_OPTION_ARG_STRING, &state, "only mails in this state: pending, sent, failed, held, shadow", "STATE"},
        {"lead", 0, 0, G_OPTION_ARG_INT64, &lead, "only mails of this lead", "LEAD"},
        {"full", 0, 0, G_OPTION_ARG_NONE, &is_full, "the whole text of each mail", NULL},
        G_OPTION_ENTRY_NULL,
    };
    instance_read_options(command_find("outbox"), argc, &argv, entries, 0, 0);
    MailState known;
    if (state && !mail_state_find(state, &known)) {
        fprintf(stderr, "usher: \"%s\" is no state of a mail; there are: pending, sent, failed, held, shadow\n", state);
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) mails = NULL;
    g_auto(FuseState) fuse = {0};
    if (!record_list_outbox(instance->record, lead, state, MOST_MAILS, &mails, &error) ||
        !record_read_fuse(instance->record, instance_now(instance), &fuse, &error)) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_t *list = json_array();
        for (guint i = 0; i < mails->len; i++) {
            json_t *mail = json_from_mail(g_ptr_array_index(mails, i), TRUE);
            const char *wait = find_wait(g_ptr_array_index(mails, i), &fuse);
            json_object_set_new(mail, "waits", wait ? json_string(wait) : json_null());
            json_array_append_new(list, mail);
        }
        json_print(list);
    } else if (is_full) {
        print_full(mails);
    } else {
        print_rows(mails, &fuse, instance->rulebook->settings);
    }
    return 0;
}
