/*
 * base/text_address.c - addresses: which are safe to hand to SMTP, and when two are the same
 */
#include "usher/base/text.h"

#include <string.h>

#define ADDRESS_MAX_BYTES 254
#define LOCAL_PART_MAX_BYTES 64
#define LABEL_MAX_BYTES 63

/* Beyond ASCII (RFC 6531): letters, marks, digits and symbols, nothing that is blank or has no ink. */
static gboolean is_visible_unicode(gunichar c)
{
    return c > 0x7F && g_unichar_isgraph(c) && g_unichar_type(c) != G_UNICODE_FORMAT;
}

static gboolean is_atext(gunichar c)
{
    if (c > 0x7F)
        return is_visible_unicode(c);
    return g_ascii_isalnum((char)c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", (int)c));
}

static gboolean is_label_text(gunichar c)
{
    return c > 0x7F ? is_visible_unicode(c) : g_ascii_isalnum((char)c) || c == '-';
}

/* Runs of allowed characters parted by single dots; gives the number of runs, 0 when something else stands there. */
static guint count_runs(const char *text, gsize length, gsize max_run_bytes, gboolean (*is_allowed)(gunichar))
{
    guint runs = 1;
    const char *start = text, *end = text + length;
    for (const char *at = text; at < end; at = g_utf8_next_char(at)) {
        if (*at == '.') {
            if (at == start || at + 1 == end)
                return 0;
            start = at + 1;
            runs++;
        } else if (!is_allowed(g_utf8_get_char(at)) || (gsize)(at - start) >= max_run_bytes) {
            return 0;
        }
    }
    return length > 0 ? runs : 0;
}

static gboolean is_domain(const char *domain)
{
    if (count_runs(domain, strlen(domain), LABEL_MAX_BYTES, is_label_text) < 2)
        return FALSE;
    if (*domain == '-' || g_str_has_suffix(domain, "-") || strstr(domain, "-.") || strstr(domain, ".-"))
        return FALSE;
    /* 192.0.2.1 without brackets is no domain: a top-level domain is never all digits. */
    const char *last = strrchr(domain, '.') + 1;
    return last[strspn(last, "0123456789")] != '\0';
}

gboolean text_is_address(const char *text)
{
    if (!text || strlen(text) > ADDRESS_MAX_BYTES || !g_utf8_validate(text, -1, NULL))
        return FALSE;
    const char *at = strrchr(text, '@');
    if (!at || (gsize)(at - text) > LOCAL_PART_MAX_BYTES)
        return FALSE;
    return count_runs(text, (gsize)(at - text), LOCAL_PART_MAX_BYTES, is_atext) > 0 && is_domain(at + 1);
}

/* Not g_utf8_strdown, which follows the locale of the machine (a Turkish one has no dot on its small i). */
static char *lower(const char *text)
{
    if (g_str_is_ascii(text))
        return g_ascii_strdown(text, -1);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *lowered = g_string_sized_new(strlen(valid));
    for (const char *at = valid; *at; at = g_utf8_next_char(at))
        g_string_append_unichar(lowered, g_unichar_tolower(g_utf8_get_char(at)));
    return g_string_free(lowered, FALSE);
}

char *text_address_domain(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    return at && at[1] ? lower(at + 1) : NULL;
}

char *text_fold_address(const char *address)
{
    return lower(address);
}
