/*
 * base/domain.c - registrable domains (libpsl)
 *
 * The list of the machine is used when it is newer than the one libpsl was built with; it is read at the first question and kept.
 */
#include "usher/base/domain.h"

#include <libpsl.h>
#include <string.h>

static const psl_ctx_t *get_list(void)
{
    static gsize list = 0;
    if (g_once_init_enter(&list)) {
        const psl_ctx_t *loaded = psl_latest(NULL);
        g_once_init_leave(&list, (gsize)(loaded ? loaded : psl_builtin()));
    }
    return (const psl_ctx_t *)list;
}

/* Lower case without a dot at the end (RFC 1034 section 3.1 writes one, mail does not). */
static char *tidy(const char *domain)
{
    char *lowered = g_str_is_ascii(domain) ? g_ascii_strdown(domain, -1) : g_utf8_casefold(domain, -1);
    gsize length = strlen(lowered);
    if (length > 1 && lowered[length - 1] == '.')
        lowered[length - 1] = '\0';
    return lowered;
}

char *domain_get_registrable(const char *domain)
{
    g_autofree char *tidied = tidy(domain);
    if (g_hostname_is_ip_address(tidied))
        return g_steal_pointer(&tidied);
    const char *registrable = psl_registrable_domain(get_list(), tidied);
    return registrable ? g_strdup(registrable) : g_steal_pointer(&tidied);
}

gboolean domain_is_within(const char *domain, const char *parent)
{
    g_autofree char *inner = tidy(domain);
    g_autofree char *outer = tidy(parent);
    gsize inner_length = strlen(inner), outer_length = strlen(outer);
    if (outer_length == 0 || inner_length < outer_length || strcmp(inner + inner_length - outer_length, outer) != 0)
        return FALSE;
    return inner_length == outer_length || inner[inner_length - outer_length - 1] == '.';
}
