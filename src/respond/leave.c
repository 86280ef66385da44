/*
 * respond/leave.c - how the recipient of a mail may ask to be left alone: by a page, by one click of their mail program, by a mail
 *
 * What stands in the links is the mark of the mail (OutgoingMail.unsubscribe) and nothing else: neither who they are nor what they were sent. Without web pages there
 * is the mail alone, which always works.
 */
#include "values.h"

#include "usher/respond.h"

static char *make_page_url(const Settings *settings, const char *token)
{
    if (settings->web_listen == NULL || settings->web_url == NULL)
        return NULL;
    return g_strdup_printf("%s%su/%s", settings->web_url, g_str_has_suffix(settings->web_url, "/") ? "" : "/", token);
}

static char *make_mailto_url(const Settings *settings, const char *token)
{
    g_autofree char *address = g_uri_escape_string(respond_find_intake_address(settings), "@", FALSE);

    return g_strdup_printf("mailto:%s?subject=unsubscribe%%20%s", address, token);
}

void respond_put_leave(TemplateValues *values, OutgoingMail *mail, const char *secret, const Settings *settings)
{
    g_autofree char *page = NULL;
    g_autofree char *mailto = NULL;

    g_clear_pointer(&mail->unsubscribe, g_free);
    if (mail->is_marketing) {
        mail->unsubscribe = unsubscribe_make_token(secret, mail->key);
        page = make_page_url(settings, mail->unsubscribe);
        mailto = make_mailto_url(settings, mail->unsubscribe);
    }
    template_values_put(values, "unsubscribe_url", page);
    template_values_put(values, "unsubscribe_mailto_url", mailto);
}

char *respond_make_leave_header(const OutgoingMail *mail, const Settings *settings, gboolean *is_one_click)
{
    g_autofree char *page = NULL;
    g_autofree char *mailto = NULL;

    *is_one_click = FALSE;
    if (mail->unsubscribe == NULL)
        return NULL;
    page = make_page_url(settings, mail->unsubscribe);
    mailto = make_mailto_url(settings, mail->unsubscribe);
    *is_one_click = page != NULL && g_str_has_prefix(page, "https://");
    return page != NULL ? g_strdup_printf("<%s>, <%s>", page, mailto) : g_strdup_printf("<%s>", mailto);
}
