/*
 * web/page.c - the pages, rendered from the firm's templates
 *
 * A page is whole in itself: no script, no picture, nothing from elsewhere. Its style is allowed by its hash, so that a firm may change it without anybody
 * loosening the policy.
 */
#include "usher/web.h"

#include <string.h>

void web_leave_free(WebLeave *leave)
{
    if (leave == NULL)
        return;
    g_free(leave->address);
    g_free(leave->cadence);
    g_free(leave);
}

char *web_mask_address(const char *address)
{
    const char *at = strrchr(address, '@');
    gboolean has_local = at != NULL && at > address;
    const char *second = has_local && g_utf8_validate(address, -1, NULL) ? g_utf8_next_char(address) : address;
    return g_strdup_printf("%.*s\xE2\x80\xA6%s", (int)(has_local ? second - address : 0), address, at != NULL ? at : "");
}

char *web_make_page(const Rulebook *rulebook, PageKind page, const WebLeave *leave, SuppressionScope scope, gboolean is_html,
                    GError **error)
{
    g_autoptr(TemplateValues) values = template_values_new();
    g_autofree char *masked = leave != NULL ? web_mask_address(leave->address) : NULL;
    g_autofree char *subject = NULL, *text = NULL, *html = NULL;
    gboolean is_done = page == PAGE_DONE;
    template_values_put(values, "firm_name", rulebook->settings->firm_name);
    template_values_put(values, "postal_address", rulebook->settings->postal_address);
    template_values_put(values, "leave_address", masked);
    template_values_put_flag(values, "leave_sequence", leave != NULL && leave->cadence != NULL);
    template_values_put_flag(values, "left_sequence", is_done && scope == SCOPE_SEQUENCE);
    template_values_put_flag(values, "left_marketing", is_done && scope == SCOPE_MARKETING);
    template_values_put_flag(values, "left_all", is_done && scope == SCOPE_ALL);
    if (!template_render(rulebook->pages[page], values, &subject, &text, &html, error))
        return NULL;
    return is_html && html != NULL ? g_steal_pointer(&html) : g_steal_pointer(&text);
}

static char *hash_style(const char *style, gsize length)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 hash[32];
    gsize size = sizeof hash;
    g_checksum_update(checksum, (const guchar *)style, (gssize)length);
    g_checksum_get_digest(checksum, hash, &size);
    return g_base64_encode(hash, size);
}

char *web_make_policy(const char *html)
{
    const char *start = strstr(html, "<style>");
    const char *end = start != NULL ? strstr(start, "</style>") : NULL;
    g_autofree char *hash = end != NULL ? hash_style(start + 7, (gsize)(end - start - 7)) : NULL;
    return g_strdup_printf("default-src 'none'; style-src %s%s%s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                           hash != NULL ? "'sha256-" : "'none'", hash != NULL ? hash : "", hash != NULL ? "'" : "");
}
