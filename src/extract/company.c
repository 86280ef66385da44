/*
 * extract/company.c - whose company is it?
 *
 * A mail names more companies than the person's own: the one they want to buy, the one that does not pay, the referrer's. The domain of an address
 * tells them apart: "Tranter Developments Limited" is that of somebody at tranterdevelopments.example. Domains that are everybody's, or say
 * nothing of the name, tell nothing.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/text.h"

#define LEAST_CHARS 4 /* of a domain's name: shorter ones begin many a word */

/* Letters and digits only, in lower case and without accents: "Stroud Forge & Foundry" and "stroud-forge" begin alike. */
static char *make_compact(const char *text)
{
    g_autofree char *ascii = g_str_to_ascii(text, NULL);
    GString *compact = g_string_new(NULL);
    for (const char *at = ascii; *at; at++) {
        if (g_ascii_isalnum(*at)) {
            g_string_append_c(compact, g_ascii_tolower(*at));
        }
    }
    return g_string_free(compact, FALSE);
}

/* The name of a domain: "stroudforge" of "mail.stroud-forge.co.uk". NULL when it is too short to tell anything. */
static char *find_domain_name(const char *address)
{
    g_autofree char *domain = text_address_domain(address);
    g_autofree char *registrable = domain ? domain_get_registrable(domain) : NULL;
    if (!registrable) {
        return NULL;
    }
    registrable[strcspn(registrable, ".")] = '\0';
    char *name = make_compact(registrable);
    if (strlen(name) < LEAST_CHARS) {
        g_clear_pointer(&name, g_free);
    }
    return name;
}

static gboolean begins_with_name(const char *company, const char *name)
{
    g_autofree char *compact = make_compact(company);
    return g_str_has_prefix(compact, name) || (g_str_has_prefix(compact, "the") && g_str_has_prefix(compact + 3, name));
}

const char *extract_find_company_of(const char *company, const char *address)
{
    g_autofree char *name = find_domain_name(address);
    const char *of = strstr(company, " of ");
    if (name && begins_with_name(company, name)) {
        return company;
    }
    return name && of && begins_with_name(of + strlen(" of "), name) ? of + strlen(" of ") : NULL;
}
