/*
 * model/mail.c - a mail that Usher owes somebody
 */
#include "usher/model/mail.h"

#include <string.h>

#include "usher/base/token.h"
#include "words.h"

#define ID_PREFIX "usher."
#define ID_NAME_CHARS 16

static const char *const mail_state_words[] = {
    [MAIL_PENDING] = "pending", [MAIL_SENT] = "sent", [MAIL_FAILED] = "failed", [MAIL_HELD] = "held", [MAIL_SHADOW] = "shadow",
};
G_STATIC_ASSERT(G_N_ELEMENTS(mail_state_words) == MAIL_STATE_COUNT);

const char *mail_state_get_name(MailState state)
{
    g_return_val_if_fail(state < MAIL_STATE_COUNT, "");
    return mail_state_words[state];
}

gboolean mail_state_find(const char *name, MailState *state)
{
    int found = words_find(mail_state_words, MAIL_STATE_COUNT, name);
    if (found >= 0)
        *state = (MailState)found;
    return found >= 0;
}

/* The secret goes in too, so that nobody can tell from an id which key it stands for. */
static char *make_name(const char *secret, const char *key)
{
    TokenDigest *digest = token_digest_new();
    token_digest_add(digest, secret, strlen(secret));
    token_digest_add(digest, "\n", 1);
    token_digest_add(digest, key, strlen(key));
    char *name = token_digest_finish(digest);
    name[ID_NAME_CHARS] = '\0';
    return name;
}

char *message_id_make(const char *secret, const char *key, const char *domain)
{
    g_autofree char *name = make_name(secret, key);
    g_autofree char *marked = g_strconcat("message-id:", name, NULL);
    g_autofree char *mark = token_make_mark(secret, marked);
    return g_strdup_printf(ID_PREFIX "%s.%s@%s", name, mark, domain);
}

gboolean message_id_is_own(const char *message_id, const char *secret)
{
    const gsize mark_at = strlen(ID_PREFIX) + ID_NAME_CHARS + 1;
    const gsize domain_at = mark_at + TOKEN_MARK_CHARS;
    if (!message_id || !secret || !g_str_has_prefix(message_id, ID_PREFIX))
        return FALSE;
    if (strcspn(message_id, "@") != domain_at || message_id[domain_at] != '@' || message_id[mark_at - 1] != '.')
        return FALSE;
    g_autofree char *marked = g_strdup_printf("message-id:%.*s", ID_NAME_CHARS, message_id + strlen(ID_PREFIX));
    g_autofree char *mark = g_strndup(message_id + mark_at, TOKEN_MARK_CHARS);
    return token_check_mark(secret, marked, mark);
}

char *unsubscribe_make_token(const char *secret, const char *key)
{
    g_autofree char *marked = g_strconcat("unsubscribe:", key, NULL);
    return token_make_mark(secret, marked);
}

gboolean unsubscribe_is_token(const char *text)
{
    G_STATIC_ASSERT(UNSUBSCRIBE_TOKEN_CHARS == TOKEN_MARK_CHARS);
    return text && strlen(text) == UNSUBSCRIBE_TOKEN_CHARS &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz234567") == UNSUBSCRIBE_TOKEN_CHARS;
}

OutgoingMail *outgoing_mail_new(void)
{
    OutgoingMail *mail = g_new0(OutgoingMail, 1);
    mail->references = g_ptr_array_new_with_free_func(g_free);
    mail->state = MAIL_PENDING;
    return mail;
}

void outgoing_mail_free(OutgoingMail *mail)
{
    if (!mail)
        return;
    g_free(mail->purpose);
    g_free(mail->key);
    g_free(mail->template_name);
    g_free(mail->recipient_role);
    mailbox_free(mail->to);
    mailbox_free(mail->from);
    mailbox_free(mail->reply_to);
    g_free(mail->subject);
    g_free(mail->text);
    g_free(mail->html);
    g_free(mail->message_id);
    g_free(mail->in_reply_to);
    g_ptr_array_unref(mail->references);
    g_free(mail->unsubscribe);
    g_free(mail->last_answer);
    g_free(mail);
}
