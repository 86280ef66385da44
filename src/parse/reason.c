/*
 * parse/reason.c - whether an address can take mail at all, by what a mail system said of it
 *
 * Takes the words of a refusal and its status code (RFC 3463); gives whether they tell of the address (nobody there, no such host, moved, takes no
 * mail), of something that passes (a full mailbox, a refusal of this text or this sender, a policy, a time-out), or of neither.
 *
 * Mail systems give 550 and 5.x.x to all of these alike, and an address that is written off for a full mailbox is a client lost: so words are
 * asked first, then the code. The words are those of mail software and of large providers, in order: what excuses the address outranks what
 * condemns it, since "the sender does not exist" holds words of both.
 */
#include "parts.h"

#include <string.h>

/* About us, the text or the moment, though words that condemn may stand beside. */
static const char *const excuses[] = {
    /* full */
    "mailbox full", "mailbox is full", "inbox is full", "mailbox for user is full", "mailbox exceed", "mailbox has exceeded", "over quota",
    "overquota", "over-quota", "quota exceed", "exceeded quota", "exceeded storage", "exceeded its quota", "exceeds the quota",
    "disk quota", "storage limit", "out of storage", "over the quota", "full mailbox", "size limit for this mailbox",
    "mailfolder is full", "user is over", "quota violation", "mailbox size limit", "too much mail", "not enough storage",
    "no space left", "allocated storage", "insufficient disk", "insufficient system storage", "quotaexceeded", "storagequota", "mailbox quota",
    "exceeded his", "exceeded their", "out of space", "insufficient space", "boite pleine", "postfach voll", "buzón lleno", "casella piena",
    /* the sender */
    "sender address", "sender rejected", "sender domain", "sender verify", "sender was rejected", "sending domain",
    "domain of sender", "sender denied", "sender not allowed", "unauthenticated", "not verified", "not accepting mail from",
    "bad sender", "invalid sender", "after mail from", "permission to post", "not allowed to post", "member of the group",
    "not permitted to", "not authorized", "you do not have permission", "restricted group", "valid sender",
    /* what was sent, and from where */
    "spam", "ube,", "virus", "malware", "phish", "dmarc", "spf ", "dkim", "blocked using", "blacklist", "blocklist",
    "block list", "block-list", "dnsbl", "bl?ip", "banned", "reputation", "reverse dns", "ptr ", "rdns", "ip name lookup", "policy",
    "policies", "content reject", "rejected by content", "message rejected", "message refused", "message content", "message size",
    "mail size", "too large", "too big", "size exceeds", "maximum size", "maximum message size", "rate limit", "mail at a rate",
    "too many recipients", "frequency limited", "connection limit", "client host", "duplicate header", "addresses in from", "protocol violation",
    "rfc 5322", "rfc5322", "rfc 2822", "rfc2822", "invalid ip", "open proxy", "greylist", "graylist",
    "access denied, ", "malformed address", "syntax error",
    /* the moment, said in so many words */
    "found, try again", "temporarily", "temporary", "mailer error", "system error", "generated during the delivery attempt", "authentication information", "command died", "file write error", "transaction failed", "not accepting connections",
    /* switched off, or only perhaps there */
    "account has been disabled. ", "is disabled", "account disabled", "suspended", "on hold", "is locked", "is blocked", "est bloque", "may not exist, or",
};

/* Nobody is there. */
static const char *const condemnations[] = {
    "user unknown", "unknown user", "unknown recipient", "recipient unknown", "unknown address", "address unknown", "addressee unknown",
    "unknown mailbox", "mailbox unknown", "unknown account", "unknown local", "unrecognized recipient", "no such user",
    "no such recipient", "no such address", "no such mailbox", "no such account", "no such person", "no such local", "no mailbox here",
    "no mailbox by", "no mailbox found", "no account by", "no user by", "not our customer", "isn't in my", "not a valid", "not valid", "invalid recipient",
    "invalid address", "user address", "invalid mailbox", "invalid user", "destinataire invalide", "not found", "recipnotfound", "recipientnotfound",
    "couldn't be found", "could not be found", "can't be found", "cannot be found", "couldn't find", "could not find", "does not exist",
    "doesn't exist", "do not exist", "not exist", "nonexist", "non-exist", "no longer", "not listed", "not recognized", "not recognised",
    "unrouteable", "unroutable", "not known", "is unknown", "does not have a", "doesn't have a", "doesn't have an", "has moved", "no such domain",
    "unknown host", "host unknown", "unknown domain", "no such host", "domain unknown", "domain name not found", "domain not found",
    "invalid domain", "bad destination", "bad address", "no mail exchanger", "mail exchanger", "null mx", "nullmx", "nomx", "no mx", "no smtp service", "invalid final delivery", "リストにありません", "存在しません", "見つかりません",
    "doesn't receive email", "does not accept mail", "does not receive mail", "unresolvable", "cannot resolve", "domain is not reachable",
    "malformed or unexpected name server reply", "mailbox unavailable", "not a mailbox", "undefined mailbox", "no valid recipient",
    "address rejected", "discontinued", "lookup failure: host", "name service error", "is not reachable", "account does not", "unbekannt", "existiert nicht", "inconnu", "n'existe pas", "no existe", "desconocid", "non esiste",
    "sconosciuto", "onbekend", "bestaat niet", "nie istnieje", "user not",
    "recipient not", "mailbox not",
};

/* The way there and the moment: what mail systems add below what decided. */
static const char *const troubles[] = {
    "try again", "try later", "will be retried", "still be retried", "will keep trying", "not yet been delivered", "warning message only",
    "transient", "timed out", "timeout", "time out", "queue too long", "expired", "giving up", "could not deliver for", "multiple retries",
    "retry time", "failing for a long time", "routing loop", "too many hops", "hop count", "mail loop", "loops back", "loop detected", "not responding",
    "lost connection", "connection reset", "connection refused", "no route to host", "network error", "service unavailable",
    "currently unavailable", "service not available", "unable to establish", "unable to connect", "could not connect", "cannot connect",
    "no connection", "did not accept our requests", "local error", "system error", "internal error", "configuration error", "exit status",
    "deferred", "delayed", "temporar", "disabled", "locked", "inactive", "not active", "deactivated", "blocked", "bloque ", "violation", "relay", "security",
    "access denied", "ip address", "550 rejected", "too many", "not allowed", "not accepted", "message has been",
};

/* RFC 3463 codes that tell of the address itself. */
static const char *const gone_codes[] = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.1.351", "5.4.4"};

static gboolean holds_one(const char *text, const char *const *words, gsize count)
{
    for (gsize i = 0; i < count; i++)
        if (strstr(text, words[i]) != NULL)
            return TRUE;
    return FALSE;
}

gboolean reason_is_plain(const char *words)
{
    static const char *const plain[] = {"user unknown", "unknown user", "no such user", "unknown recipient"};
    g_autofree char *folded = g_ascii_strdown(words, -1);
    return holds_one(folded, plain, G_N_ELEMENTS(plain));
}

BounceReason reason_judge(const char *status, const char *words)
{
    g_autofree char *folded = g_ascii_strdown(words, -1);
    if (holds_one(folded, excuses, G_N_ELEMENTS(excuses)))
        return REASON_PASSING;
    if (holds_one(folded, condemnations, G_N_ELEMENTS(condemnations)))
        return REASON_GONE;
    if (holds_one(folded, troubles, G_N_ELEMENTS(troubles)))
        return REASON_PASSING;
    if (status == NULL)
        return REASON_NONE;
    for (gsize i = 0; i < G_N_ELEMENTS(gone_codes); i++)
        if (strcmp(status, gone_codes[i]) == 0)
            return REASON_GONE;
    return status[0] == '4' || g_str_has_prefix(status, "5.2.") || g_str_has_prefix(status, "5.3.") || g_str_has_prefix(status, "5.6.") ||
                   g_str_has_prefix(status, "5.7.")
               ? REASON_PASSING
               : REASON_NONE;
}
