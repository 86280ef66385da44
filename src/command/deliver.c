/*
 * command/deliver.c - usher deliver: one mail on standard input, for Postfix's pipe(8)
 *
 * Exit codes are those of sysexits.h: 0 means the mail is durable, 75 that whoever brought it has to keep it and try again. A broken
 * rulebook is such a case too: the mail waits in the queue until it is mended. Once the mail is captured the answer is 0,
 * whatever becomes of the decision; the daemon or the next tick takes it up.
 */
#include "rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "store.h"
#include "usher/base/error.h"

static gboolean read_mail(CapturedMail *mail, GError **error)
{
    g_autofree char *buffer = g_malloc(CAPTURE_CHUNK_BYTES);
    for (;;) {
        ssize_t length = read(STDIN_FILENO, buffer, CAPTURE_CHUNK_BYTES);
        if (length == 0) {
            captured_mail_finish(mail);
            return TRUE;
        }
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length < 0) {
            g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "standard input cannot be read: %s", g_strerror(errno));
            return FALSE;
        }
        if (!captured_mail_append(mail, buffer, (gsize)length, error)) {
            return FALSE;
        }
    }
}

static void print_result(const Instance *instance, gint64 id, const Decision *decision)
{
    if (instance->is_json) {
        json_print(decision ? json_from_decision(decision, instance->rulebook) : json_pack("{s:I}", "message", (json_int_t)id));
    } else if (decision && instance->is_verbose) {
        print_decision(decision, instance->rulebook, stdout);
    }
}

static int decide_mail(Instance *instance, gint64 id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Decision) decision = NULL;
    Worker worker = instance_get_worker(instance);
    if (!pipeline_work_message(&worker, id, &decision, &error)) {
        g_warning("the mail is captured as message %" G_GINT64_FORMAT ", but not decided yet: %s", id, error->message);
    }
    wake_send(instance->rulebook->settings->store);
    print_result(instance, id, decision);
    return 0;
}

static int store_and_decide(Instance *instance, CapturedMail *mail)
{
    g_autoptr(GError) error = NULL;
    StoreTarget target = {.record = instance->record};
    gint64 id = 0;
    gboolean is_new = FALSE;
    if (!store_mail(&target, mail, instance_now(instance), &id, &is_new, &error)) {
        instance_fail(error);
        return EX_TEMPFAIL;
    }
    return decide_mail(instance, id);
}

/* Up to and with the empty line that ends the header block; all of it when there is none. */
static gsize measure_headers(const char *bytes, gsize length)
{
    for (const char *at = bytes; (at = memchr(at, '\n', length - (gsize)(at - bytes))); at++) {
        gsize rest = length - (gsize)(at + 1 - bytes);
        if (rest >= 1 && at[1] == '\n') {
            return length - rest + 1;
        }
        if (rest >= 2 && at[1] == '\r' && at[2] == '\n') {
            return length - rest + 2;
        }
    }
    return length;
}

/* The rest of the mail is read and let go: whoever writes it waits for that. */
static gboolean read_headers(CapturedMail *mail, GError **error)
{
    g_autofree char *head = g_malloc(CAPTURE_MEMORY_BYTES);
    gsize length = fread(head, 1, CAPTURE_MEMORY_BYTES, stdin);
    char rest[4096];
    while (fread(rest, 1, sizeof rest, stdin) > 0) {
        continue;
    }
    if (ferror(stdin)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "standard input cannot be read: %s", g_strerror(errno));
        return FALSE;
    }
    return captured_mail_append(mail, head, measure_headers(head, length), error);
}

/* As the milter does with mail that goes to no intake address. */
static int capture_interaction(Instance *instance, CapturedMail *mail)
{
    g_autoptr(GError) error = NULL;
    const Settings *settings = instance->rulebook->settings;
    if (!read_headers(mail, &error)) {
        return instance_fail(error);
    }
    gboolean is_possible =
        !captured_mail_is_own(mail, record_get_secret(instance->record)) &&
        interaction_is_possible(settings, captured_mail_get_envelope_from(mail), captured_mail_get_envelope_to(mail));
    g_autoptr(InteractionQuestion) question = is_possible ? interaction_make_question(settings, mail) : NULL;
    gboolean is_on_lead = FALSE;
    if (question && !record_is_on_live_lead(instance->record, question->addresses, question->ids, &is_on_lead, &error)) {
        return instance_fail(error);
    }
    if (!is_on_lead) {
        g_message("this mail is not between a colleague and somebody on an open lead; nothing of it is kept");
        return 0;
    }
    captured_mail_finish_headers(mail);
    return store_and_decide(instance, mail);
}

static int capture_mail(Instance *instance, CapturedMail *mail)
{
    g_autoptr(GError) error = NULL;
    if (!read_mail(mail, &error)) {
        return instance_fail(error);
    }
    if (captured_mail_get_size(mail) == 0) {
        fputs("usher: standard input is empty: there is no mail to deliver\n", stderr);
        return EX_DATAERR;
    }
    if (captured_mail_is_own(mail, record_get_secret(instance->record))) {
        g_message("a mail of our own came back to us; it is not captured again");
        return 0;
    }
    return store_and_decide(instance, mail);
}

int command_deliver(Instance *instance, int argc, char **argv)
{
    g_autofree char *from = NULL;
    g_auto(GStrv) recipients = NULL;
    gboolean is_interaction = FALSE;
    /* As FILENAME they are bytes: an address beyond ASCII is none that a locale could refuse. */
    const GOptionEntry entries[] = {
        {"from", 'f', 0, G_OPTION_ARG_FILENAME, &from, "envelope sender; empty or <> for the null sender", "ADDRESS"},
        {"to", 't', 0, G_OPTION_ARG_FILENAME_ARRAY, &recipients, "envelope recipient; may be given more than once", "ADDRESS"},
        {"interaction", 0, 0, G_OPTION_ARG_NONE, &is_interaction,
         "the headers alone, and only of mail between a colleague and somebody on an open lead, as the milter does", NULL},
        G_OPTION_ENTRY_NULL,
    };
    instance_read_options(command_find("deliver"), argc, &argv, entries, 0, 0);
    if (!instance_open(instance)) {
        return EX_TEMPFAIL;
    }
    const Settings *settings = instance->rulebook->settings;
    g_autofree char *spool = g_path_get_dirname(settings->store);
    g_autoptr(CapturedMail) mail = captured_mail_new("deliver", spool, settings->max_message_bytes);
    if (from) {
        captured_mail_set_envelope_from(mail, from);
    }
    for (guint i = 0; recipients && recipients[i]; i++) {
        captured_mail_add_envelope_to(mail, recipients[i]);
    }
    return is_interaction ? capture_interaction(instance, mail) : capture_mail(instance, mail);
}
