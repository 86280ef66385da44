/*
 * parse/authentication.c - what our own mail server found out about the sender (RFC 8601)
 *
 * Takes the message and the name our server signs its findings with; gives pass, fail or nothing known. Only results that carry
 * this name count, and only those above the second Received header: what stands further down came with the mail, and a stranger may write
 * our name there. Of several results for one method the topmost counts. A pass counts only when it is about the domain of the From address.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/text.h"

typedef struct {
    const char *from_domain;
    gboolean dmarc_known, dmarc_passed, dmarc_failed;
    gboolean aligned_passed;
    gboolean spf_failed;
} Findings;

static gboolean is_aligned(const char *domain, const char *from_domain)
{
    if (domain == NULL || from_domain == NULL)
        return FALSE;
    g_autofree char *one = domain_get_registrable(domain);
    g_autofree char *other = domain_get_registrable(from_domain);
    return one != NULL && other != NULL && g_ascii_strcasecmp(one, other) == 0;
}

/* The value of `key=` in one result, without quotes; the domain of it when it is an address. NULL; owned. */
static char *find_property(const char *result, const char *key)
{
    for (const char *at = strstr(result, key); at != NULL; at = strstr(at + 1, key)) {
        if (at > result && at[-1] != ' ')
            continue;
        const char *value = at + strlen(key);
        g_autofree char *word = g_strndup(value, strcspn(value, " ;\t("));
        g_strdelimit(word, "\"", ' ');
        g_strstrip(word);
        const char *domain = strrchr(word, '@');
        return g_ascii_strdown(domain == NULL ? word : domain + 1, -1);
    }
    return NULL;
}

static gboolean has_result(const char *result, const char *method, const char *value)
{
    gsize length = strlen(method);
    if (strncmp(result, method, length) != 0 || result[length] != '=')
        return FALSE;
    const char *said = result + length + 1;
    gsize said_length = strcspn(said, " \t(;");
    return said_length == strlen(value) && strncmp(said, value, said_length) == 0;
}

static void read_result(Findings *findings, const char *result)
{
    if (g_str_has_prefix(result, "dmarc=") && !findings->dmarc_known) {
        g_autofree char *domain = find_property(result, "header.from=");
        findings->dmarc_known = TRUE;
        findings->dmarc_passed = has_result(result, "dmarc", "pass") && is_aligned(domain, findings->from_domain);
        findings->dmarc_failed = has_result(result, "dmarc", "fail");
    } else if (has_result(result, "dkim", "pass")) {
        g_autofree char *signer = find_property(result, "header.d=");
        g_autofree char *identity = signer == NULL ? find_property(result, "header.i=") : NULL;
        findings->aligned_passed |= is_aligned(signer == NULL ? identity : signer, findings->from_domain);
    } else if (g_str_has_prefix(result, "spf=")) {
        g_autofree char *domain = find_property(result, "smtp.mailfrom=");
        gboolean is_ours = is_aligned(domain, findings->from_domain);
        findings->aligned_passed |= is_ours && has_result(result, "spf", "pass");
        findings->spf_failed |= is_ours && has_result(result, "spf", "fail");
    }
}

/* Results are parted by semicolons; the first piece names the author. */
static void read_header(Findings *findings, const char *value, const char *authserv_id)
{
    g_auto(GStrv) pieces = g_strsplit(value, ";", 50);
    if (pieces[0] == NULL)
        return;
    g_strstrip(pieces[0]);
    pieces[0][strcspn(pieces[0], " \t(")] = '\0';
    if (g_ascii_strcasecmp(pieces[0], authserv_id) != 0)
        return;
    for (guint i = 1; pieces[i] != NULL; i++) {
        g_autofree char *result = g_ascii_strdown(g_strstrip(pieces[i]), -1);
        read_result(findings, result);
    }
}

Authentication authentication_read(const Message *message, const char *authserv_id)
{
    if (authserv_id == NULL || message->from == NULL || message->from->address[0] == '\0')
        return AUTHENTICATION_NONE;
    g_autofree char *domain = text_address_domain(message->from->address);
    Findings findings = {.from_domain = domain};
    guint received = 0;
    for (guint i = 0; i < message->headers->len; i++) {
        const HeaderLine *line = g_ptr_array_index(message->headers, i);
        if (g_ascii_strcasecmp(line->name, "Received") == 0 && ++received > 1)
            break;
        if (g_ascii_strcasecmp(line->name, "Authentication-Results") == 0)
            read_header(&findings, line->value, authserv_id);
    }
    if (findings.dmarc_passed)
        return AUTHENTICATION_PASS;
    if (findings.dmarc_failed)
        return AUTHENTICATION_FAIL;
    if (findings.aligned_passed)
        return AUTHENTICATION_PASS;
    return findings.spf_failed ? AUTHENTICATION_FAIL : AUTHENTICATION_NONE;
}
