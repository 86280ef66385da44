/*
 * parse/rewritten.c - who wrote a mail that came through a group of the firm's own
 *
 * Takes a message whose From is the firm's; gives it back to the outsider who wrote it, where the group says who that is. Groups do this for senders
 * whose domain forbids that others send for it (DMARC). The sender only ever loses a colleague's rights by it, so that anybody may write these headers.
 */
#include "parts.h"

#include <string.h>

#include "usher/parse.h"

/* The name in front of " via Sales", without the quotes that Google puts round it; NULL when there is none. Owned. */
static char *read_name(const char *name)
{
    const char *via = strstr(name, " via ");
    if (via == NULL)
        return NULL;
    g_autofree char *front = g_strstrip(g_strndup(name, (gsize)(via - name)));
    gsize length = strlen(front);
    gboolean is_quoted = length > 2 && front[0] == '\'' && front[length - 1] == '\'';
    return is_quoted ? g_strndup(front + 1, length - 2) : g_steal_pointer(&front);
}

static gboolean is_outsider(const Mailbox *mailbox, const Settings *settings)
{
    return mailbox != NULL && mailbox->address[0] != '\0' && !settings_is_own_address(settings, mailbox->address);
}

/* Owned; NULL when nobody outside is named. */
static Mailbox *find_writer(const Message *message, gboolean is_via, const Settings *settings)
{
    static const char *const names[] = {"X-Original-From", "X-Original-Sender"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = message_find_header(message, names[i]);
        g_autoptr(Mailbox) writer = value == NULL ? NULL : address_read_mailbox(value);
        if (is_outsider(writer, settings))
            return g_steal_pointer(&writer);
    }
    return is_via && is_outsider(message->reply_to, settings) ? mailbox_dup(message->reply_to) : NULL;
}

void parse_restore_sender(Message *message, const Settings *settings)
{
    if (message->from == NULL || !settings_is_own_address(settings, message->from->address))
        return;
    g_autofree char *name = read_name(message->from->name);
    Mailbox *writer = find_writer(message, name != NULL, settings);
    if (writer == NULL)
        return;
    if (writer->name[0] == '\0' && name != NULL) {
        g_free(writer->name);
        writer->name = g_steal_pointer(&name);
    }
    mailbox_free(message->from);
    message->from = writer;
    if (message->authentication != AUTHENTICATION_FAIL)
        message->authentication = AUTHENTICATION_NONE;
}
