/*
 * send/transport.c - which way a mail goes out, and the session that is kept for the next
 *
 * Takes mails one at a time; gives for each what became of it and one line to keep. Copies the settings it is made from, so that a reload
 * may free them.
 *
 * What could end a command or open another is refused here, before a connection is even made, whichever way the mail goes.
 */
#include "usher/send.h"

#include <gio/gio.h>
#include <string.h>

#include "maildir.h"
#include "smtp.h"
#include "usher/base/text.h"

#define MAX_ADDRESS_BYTES 254 /* RFC 5321 section 4.5.3.1.3, without the brackets */
#define MAX_ANSWER_CHARS 500

struct Transport {
    Delivery delivery;
    Patience patience;
    GCancellable *cancellable;
    SmtpSession *session; /* NULL: none is open */
    gboolean is_down;
};

Transport *transport_new(const Delivery *delivery)
{
    Transport *transport = g_new0(Transport, 1);
    transport->delivery = *delivery;
    transport->delivery.maildir = g_strdup(delivery->maildir);
    transport->delivery.smtp_host = g_strdup(delivery->smtp_host);
    transport->delivery.user = g_strdup(delivery->user);
    transport->delivery.password_file = g_strdup(delivery->password_file);
    transport->delivery.ca_file = g_strdup(delivery->ca_file);
    transport->delivery.from = g_strdup(delivery->from);
    transport->cancellable = g_cancellable_new();
    /* Held open for the life of the transport: GLib makes and closes an eventfd for every wait otherwise. */
    g_cancellable_get_fd(transport->cancellable);
    transport_set_patience(transport, SEND_STEP_S, SEND_FINAL_S);
    return transport;
}

void transport_free(Transport *transport)
{
    if (!transport) {
        return;
    }
    smtp_session_close(transport->session);
    g_cancellable_release_fd(transport->cancellable);
    g_object_unref(transport->cancellable);
    g_free(transport->delivery.maildir);
    g_free(transport->delivery.smtp_host);
    g_free(transport->delivery.user);
    g_free(transport->delivery.password_file);
    g_free(transport->delivery.ca_file);
    g_free(transport->delivery.from);
    g_free(transport);
}

void transport_set_patience(Transport *transport, guint step_s, guint final_s)
{
    transport->patience = (Patience){.step_s = MAX(step_s, 1), .final_s = MAX(final_s, 1)};
}

/* Nothing that could end a path or a command, and nothing that another program may read differently. */
static gboolean is_safe_address(const char *address)
{
    gsize length = strlen(address);
    if (length == 0 || length > MAX_ADDRESS_BYTES || !g_utf8_validate(address, (gssize)length, NULL) || !strchr(address, '@')) {
        return FALSE;
    }
    for (const char *at = address; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_iscntrl(c) || g_unichar_isspace(c) || c == '<' || c == '>') {
            return FALSE;
        }
    }
    return TRUE;
}

static void set_failure(SendOutcome *outcome, SendResult result, const char *answer)
{
    outcome->result = result;
    outcome->is_down = result == SEND_LATER;
    outcome->answer = text_to_line(answer, MAX_ANSWER_CHARS);
}

static void deliver_to_maildir(const Transport *transport, const char *from, const char *to, const char *message_id, GBytes *mail,
                               SendOutcome *outcome)
{
    g_autoptr(GError) error = NULL;
    outcome->result = SEND_DELIVERED;
    if (!maildir_deliver(transport->delivery.maildir, from, to, message_id, mail, &outcome->answer, &error)) {
        set_failure(outcome, SEND_LATER, error->message);
    }
}

static gboolean ensure_session(Transport *transport, SendOutcome *outcome)
{
    g_autoptr(GError) error = NULL;
    if (!transport->session) {
        transport->session = smtp_session_open(&transport->delivery, &transport->patience, transport->cancellable, &error);
    }
    if (!transport->session) {
        set_failure(outcome, SEND_LATER, error->message);
    }
    return transport->session != NULL;
}

static void send_in_session(Transport *transport, const char *from, const char *to, GBytes *mail, SendOutcome *outcome)
{
    if (ensure_session(transport, outcome)) {
        smtp_session_send(transport->session, from, to, mail, outcome);
        transport_rest(transport);
    }
}

/* A server may close a kept session at any moment; a mail that meets this at its first command gets one new session. */
static void deliver_by_smtp(Transport *transport, const char *from, const char *to, GBytes *mail, SendOutcome *outcome)
{
    transport_rest(transport);
    gboolean was_kept = transport->session != NULL;
    send_in_session(transport, from, to, mail, outcome);
    if (was_kept && outcome->is_stale && !g_cancellable_is_cancelled(transport->cancellable)) {
        g_clear_pointer(&outcome->answer, g_free);
        *outcome = (SendOutcome){.result = SEND_LATER};
        send_in_session(transport, from, to, mail, outcome);
    }
}

static void deliver(Transport *transport, const char *from, const char *to, const char *message_id, GBytes *mail,
                    SendOutcome *outcome)
{
    if (!is_safe_address(to) || (*from && !is_safe_address(from))) {
        set_failure(outcome, SEND_REFUSED, "the address cannot be written in SMTP; nothing was sent");
    } else if (transport->delivery.is_shadow) {
        set_failure(outcome, SEND_LATER, "shadow mode: nothing leaves (delivery: shadow)");
    } else if (g_cancellable_is_cancelled(transport->cancellable)) {
        set_failure(outcome, SEND_LATER, "stopped before it was sent");
    } else if (transport->delivery.method == DELIVERY_MAILDIR) {
        deliver_to_maildir(transport, from, to, message_id, mail, outcome);
    } else {
        deliver_by_smtp(transport, from, to, mail, outcome);
    }
}

SendResult transport_send(Transport *transport, const char *envelope_from, const char *envelope_to, const char *message_id,
                          GBytes *mail, char **answer)
{
    SendOutcome outcome = {.result = SEND_LATER};
    deliver(transport, envelope_from, envelope_to, message_id, mail, &outcome);
    transport->is_down = outcome.result == SEND_LATER && outcome.is_down;
    *answer = outcome.answer;
    return outcome.result;
}

void transport_rest(Transport *transport)
{
    if (transport->session && !smtp_session_is_fit(transport->session)) {
        g_clear_pointer(&transport->session, smtp_session_close);
    }
}

gboolean transport_is_down(const Transport *transport)
{
    return transport->is_down;
}

gboolean transport_is_cancelled(const Transport *transport)
{
    return g_cancellable_is_cancelled(transport->cancellable);
}

void transport_cancel(Transport *transport)
{
    g_cancellable_cancel(transport->cancellable);
}
