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

/* ---- marks in addresses ---- */

#define MOST_LOCAL_BYTES 64
#define MOST_NUMBER_CHARS 18

static char *make_address_mark(const char *secret, MarkKind kind, gint64 number)
{
    g_autofree char *marked = g_strdup_printf("address:%c:%" G_GINT64_FORMAT, (char)kind, number);
    return token_make_mark(secret, marked);
}

char *marked_address_make(const char *secret, MarkKind kind, gint64 number, const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    if (!at || at == address || number <= 0)
        return NULL;
    g_autofree char *mark = make_address_mark(secret, kind, number);
    g_autofree char *local =
        g_strdup_printf("%.*s+%c%" G_GINT64_FORMAT "-%s", (int)(at - address), address, (char)kind, number, mark);
    return strlen(local) <= MOST_LOCAL_BYTES ? g_strconcat(local, at, NULL) : NULL;
}

gint64 marked_address_find(const char *secret, MarkKind kind, const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    const char *plus = at ? g_strrstr_len(address, at - address, "+") : NULL;
    if (!plus || !secret || g_ascii_tolower(plus[1]) != (char)kind)
        return 0;
    gsize digits = strspn(plus + 2, "0123456789");
    const char *mark = plus + 2 + digits + 1;
    if (digits == 0 || digits > MOST_NUMBER_CHARS || mark[-1] != '-' || at - mark != TOKEN_MARK_CHARS)
        return 0;
    gint64 number = g_ascii_strtoll(plus + 2, NULL, 10);
    g_autofree char *marked = g_strdup_printf("address:%c:%" G_GINT64_FORMAT, (char)kind, number);
    g_autofree char *given = g_ascii_strdown(mark, TOKEN_MARK_CHARS);
    return token_check_mark(secret, marked, given) ? number : 0;
}

char *unsubscribe_find_token(const char *subject)
{
    g_autofree char *folded = g_ascii_strdown(subject ? subject : "", -1);
    const char *word = g_strstrip(folded);
    if (!g_str_has_prefix(word, "unsubscribe "))
        return NULL;
    word += strlen("unsubscribe ");
    return unsubscribe_is_token(word) ? g_strdup(word) : NULL;
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
