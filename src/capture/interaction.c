/*
 * capture/interaction.c - which mail between a colleague and the outside the record is to be asked about
 *
 * Takes the settings, the envelope and the header block; gives a question for the record, or none. Nearly all mail of a firm passes
 * here and is not ours, so what the envelope alone can tell comes first, and everything is bounded: how many recipients are looked at, how
 * many addresses and ids are asked for.
 */
#include "usher/capture.h"

#include <string.h>

#include "usher/base/text.h"

#define MOST_RECIPIENTS_SEEN 100

void interaction_question_free(InteractionQuestion *question)
{
    if (question == NULL)
        return;
    g_ptr_array_unref(question->addresses);
    g_ptr_array_unref(question->ids);
    g_free(question);
}

static char *dup_bare(const char *path)
{
    gsize length = strlen(path);
    gboolean has_brackets = length >= 2 && path[0] == '<' && path[length - 1] == '>';
    return has_brackets ? g_strndup(path + 1, length - 2) : g_strdup(path);
}

static gboolean is_colleague(const Settings *settings, const char *path)
{
    g_autofree char *address = path != NULL ? dup_bare(path) : NULL;
    return address != NULL && settings_is_own_address(settings, address);
}

/* Of the first recipients: how many are outside, and whether one of us is among them. */
static guint count_outside(const Settings *settings, const GPtrArray *recipients, gboolean *has_colleague)
{
    guint outside = 0;
    *has_colleague = FALSE;
    for (guint i = 0; i < recipients->len && i < MOST_RECIPIENTS_SEEN; i++) {
        if (is_colleague(settings, recipients->pdata[i]))
            *has_colleague = TRUE;
        else
            outside++;
    }
    return outside;
}

/* Between others it may still be one of us who writes by another server; between colleagues it never is. */
gboolean interaction_is_possible(const Settings *settings, const char *envelope_from, const GPtrArray *recipients)
{
    gboolean has_colleague;
    if (!settings->captures_interactions || recipients->len == 0)
        return FALSE;
    guint outside = count_outside(settings, recipients, &has_colleague);
    return is_colleague(settings, envelope_from) ? outside > 0 && outside <= INTERACTION_MOST_PEOPLE : TRUE;
}

static void add_address(GPtrArray *addresses, const char *address)
{
    if (text_is_address(address) && !g_ptr_array_find_with_equal_func(addresses, address, g_str_equal, NULL))
        g_ptr_array_add(addresses, g_strdup(address));
}

static GPtrArray *list_outside(const Settings *settings, const CapturedMail *mail, const char *writer)
{
    GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
    const GPtrArray *recipients = captured_mail_get_envelope_to(mail);
    gboolean has_colleague;
    guint outside = count_outside(settings, recipients, &has_colleague);
    if (!is_colleague(settings, writer)) {
        if (has_colleague)
            add_address(addresses, writer);
        return addresses;
    }
    for (guint i = 0; outside <= INTERACTION_MOST_PEOPLE && i < recipients->len && i < MOST_RECIPIENTS_SEEN; i++)
        if (!is_colleague(settings, recipients->pdata[i]))
            add_address(addresses, recipients->pdata[i]);
    return addresses;
}

InteractionQuestion *interaction_make_question(const Settings *settings, const CapturedMail *mail)
{
    const char *sender = captured_mail_get_envelope_from(mail);
    g_autofree char *writer = captured_mail_dup_writer(mail);
    if (writer == NULL)
        writer = g_strdup(sender != NULL ? sender : "");
    g_autoptr(GPtrArray) addresses = list_outside(settings, mail, writer);
    if (addresses->len == 0)
        return NULL;
    InteractionQuestion *question = g_new0(InteractionQuestion, 1);
    question->addresses = g_steal_pointer(&addresses);
    question->ids = captured_mail_list_references(mail);
    return question;
}
