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

#include "usher/base/text.h"

/* About us, the text or the moment, though words that condemn may stand beside. */
static const char *const excuses[] = {
    /* full */
    "mailbox full",
    "mailbox is full",
    "inbox is full",
    "mailbox for user is full",
    "mailbox exceed",
    "mailbox has exceeded",
    "over quota",
    "overquota",
    "over-quota",
    "quota exceed",
    "exceeded quota",
    "exceeded storage",
    "exceeded its quota",
    "exceeds the quota",
    "disk quota",
    "storage limit",
    "out of storage",
    "over the quota",
    "full mailbox",
    "size limit for this mailbox",
    "mailfolder is full",
    "user is over",
    "quota violation",
    "mailbox size limit",
    "too much mail",
    "not enough storage",
    "no space left",
    "allocated storage",
    "insufficient disk",
    "insufficient system storage",
    "quotaexceeded",
    "storagequota",
    "mailbox quota",
    "exceeded his",
    "exceeded their",
    "out of space",
    "insufficient space",
    /* the sender */
    "sender address",
    "sender rejected",
    "sender domain",
    "sender verify",
    "sender was rejected",
    "sending domain",
    "domain of sender",
    "sender denied",
    "sender not allowed",
    "unauthenticated",
    "not verified",
    "not accepting mail from",
    "bad sender",
    "invalid sender",
    "after mail from",
    "after pipelined mail from",
    "reply to mail from",
    "following mail from",
    "after initial connection",
    "initial server greeting",
    "after ehlo",
    "after helo",
    "reply to ehlo",
    "reply to helo",
    "performing the ehlo",
    "performing the helo",
    "after starttls",
    "after auth ",
    "permission to post",
    "not allowed to post",
    "member of the group",
    "not permitted to",
    "not authorized",
    "you do not have permission",
    "restricted group",
    "valid sender",
    "sender unknown",
    "sender verification",
    "sender is not",
    "senders are not",
    "sending address",
    "from address",
    "from domain",
    "mail from command",
    "your address",
    "your domain",
    "your ip",
    "your hostname",
    "your host name",
    "your reverse",
    "your server",
    "authentication required",
    "authentication failed",
    "requires authentication",
    "must authenticate",
    "only accepts mail from",
    "only accept mail from",
    "accept messages from",
    "absender",
    "expéditeur",
    "remitente",
    "mittente",
    "afzender",
    "отправител",
    "送信者",
    /* what was sent, and from where */
    "spam",
    "ube,",
    "virus",
    "malware",
    "phish",
    "dmarc",
    "spf ",
    "dkim",
    "blocked using",
    "blacklist",
    "blocklist",
    "block list",
    "block-list",
    "dnsbl",
    "bl?ip",
    "banned",
    "reputation",
    "reverse dns",
    "ptr ",
    " ptr",
    "rdns",
    "ip name lookup",
    "policy",
    "policies",
    "content reject",
    "rejected by content",
    "message rejected",
    "message refused",
    "message content",
    "message size",
    "mail size",
    "too large",
    "too big",
    "size exceeds",
    "maximum size",
    "maximum message size",
    "rate limit",
    "mail at a rate",
    "too many recipients",
    "frequency limited",
    "connection limit",
    "client host",
    "duplicate header",
    "addresses in from",
    "protocol violation",
    "rfc 5322",
    "rfc5322",
    "rfc 2822",
    "rfc2822",
    "invalid ip",
    "unsolicited",
    "junk mail",
    "bulk mail",
    "suspicious",
    "blacklisted",
    "block listed",
    "spamhaus",
    "barracudacentral",
    "ip is listed",
    "is listed at",
    "is listed in",
    "is listed on",
    "is listed by",
    "are listed",
    "attachment type",
    "attachments are",
    "message too",
    "message exceeds",
    "message is too",
    "too long",
    "throttl",
    "receiving mail too",
    "receiving too",
    "relaying",
    "relay access",
    "relay denied",
    "relay not permitted",
    "unable to relay",
    "not permitted to relay",
    "tls required",
    "starttls",
    "certificate",
    " helo",
    " ehlo",
    "invalid header",
    "missing header",
    "open proxy",
    "greylist",
    "graylist",
    "access denied, ",
    "malformed address",
    "syntax error",
    /* the moment, said in so many words */
    "found, try again",
    "temporarily",
    "temporary",
    "mailer error",
    "system error",
    "generated during the delivery attempt",
    "authentication information",
    "command died",
    "file write error",
    "transaction failed",
    "not accepting connections",
    /* switched off, or only perhaps there */
    "account has been disabled. ",
    "is disabled",
    "account disabled",
    "suspended",
    "on hold",
    "is locked",
    "is blocked",
    "est bloque",
    "may not exist, or",
    "deactivated",
    "is inactive",
    "account inactive",
    "inactive user",
    "inactive account",
    "inactive mailbox",
    "has been frozen",
    "account expired",
    "has expired",
    "gesperrt",
    "deaktiviert",
    "désactivé",
    "geblokkeerd",
    "disattivat",
    "bloccat",
    "desactivad",
    "bloquead",
    "заблокирован",
    "отключен",
};

/* Nobody is there, said in so many words; further down stand the words that say it of a noun. */
static const char *const condemnations[] = {
    "mailbox unavailable",
    "mailbox not available",
    "mailbox is unavailable",
    "mailbox is not available",
    "no mailbox here",
    "no valid recipient",
    "not our customer",
    "isn't in my",
    "user not local",
    "not local to",
    "no longer",
    "has moved",
    "address has changed",
    "recipnotfound",
    "recipientnotfound",
    "nosuchuser",
    "userunknown",
    "bad-mailbox",
    "bad-domain",
    "bad destination",
    "bad address",
    "bad recipient",
    "illegal alias",
    "unrouteable",
    "unroutable",
    "invalid final delivery",
    "address rejected: access denied",
    "nxdomain",
    "no data known",
    "no mail exchanger",
    "mail exchanger",
    "null mx",
    "nullmx",
    "nomx",
    "no mx",
    "no smtp service",
    "mx records point to non-existent",
    "lookup failure: host",
    "malformed or unexpected name server reply",
    "cannot resolve",
    "unresolvable",
    "does not have a",
    "doesn't have a",
    "doesn't have an",
    "doesn't receive email",
    "does not receive email",
    "does not accept mail",
    "does not accept email",
    "does not accept any mail",
    "does not receive mail",
    "never accepts mail",
    "sends no mail and receives no",
    "リストにありません",
    "存在しません",
    "見つかりません",
    "収容されていません",
    "登録されていません",
    "使われておりません",
    "用户不存在",
    "收件人不存在",
    "地址不存在",
};

/* Words that stand near each other, in either order, in one sentence. */
typedef struct {
    const char *nouns, *signs; /* parted by "|" */
} Pair;

/* "@" is any address: they are masked before the words are read. */
#define NOUNS_PERSON                                                                                                               \
    "@|user|users|recipient|recipients|mailbox|mailboxes|mail-box|mail "                                                           \
    "box|account|address|addresses|addressee|alias|person|userid|"                                                                 \
    "user id|username|user name|localpart|local part|customer|subscriber|inbox|mail drop|rcpt|"                                    \
    "benutzer|empfänger|empfängeradresse|adresse|mailadresse|konto|postfach|mailbox|adressat|utilisateur|destinataire|"          \
    "destinataires|boîte|compte|usuario|destinatario|buzón|cuenta|dirección|utente|casella|indirizzo|destinatari|gebruiker|"    \
    "ontvanger|geadresseerde|postbus|adres|e-mailadres|usuário|destinatário|endereço|conta|użytkownik|odbiorca|skrzynka|"      \
    "användare|mottagare|mottagaren|adressen|kontot|bruger|modtager|modtageren|bruker|mottaker|mottakeren|"                       \
    "пользователь|пользователя|адрес|адреса|адресат|получатель|ящик"

/* "~" is any host or domain. */
static const Pair full_pairs[] = {
    {"mailbox|mail box|mail-box|inbox|mailfolder|folder|quota|storage|disk|space|box|user|recipient|account|message store|maildrop",
     "is full|full|quota exceeded|exceeded|exceeds|over quota|overquota|over its quota|over their quota|over his quota|out of "
     "space|no space|insufficient|is over|limit reached|too many messages"},
    {"postfach|mailbox|speicherplatz|konto|quota", "voll|überfüllt|überschritten|ausgeschöpft"},
    {"boîte|boite|mailbox|quota|espace", "pleine|saturée|plein|dépassé|insuffisant"},
    {"buzón|cuenta|cuota|casilla|bandeja|almacenamiento", "lleno|llena|excedid|superad|sobrepas"},
    {"casella|quota|spazio|mailbox", "piena|superat|esaurit|pieno"},
    {"postvak|mailbox|postbus|quotum|schijfruimte", "vol|overschreden"},
    {"caixa|cota|quota", "cheia|excedid"},
    {"skrzynka|brevlåda|postkasse|postkassen|postilaatikko", "pełna|przepełniona|full|fuld|täynnä"},
};

static const Pair gone_pairs[] = {
    {NOUNS_PERSON,
     "unknown|no such|not known|isn't known|invalid|not valid|isn't valid|not a valid|not found|n't found|not be found|n't be "
     "found|not find|n't "
     "find|unable to find|not exist|n't exist|nonexist|non-exist|not recognized|not recognised|unrecognized|unrecognised|not "
     "listed|n't listed|not registered|unregistered|undefined|not defined|not here|not a mailbox|no mailbox by|no account by|no "
     "user by|unresolvable|not our|deliverable address|"
     "unbekannt|unbekannter|unbekannte|existiert nicht|nicht bekannt|nicht gefunden|nicht vorhanden|nicht ermittelt|ungültig|nicht "
     "mehr|inconnu|inconnue|n'existe pas|n'existe plus|introuvable|invalide|trouvé|no existe|desconocid|no encontrad|no se "
     "encontr|no se ha encontrado|inválid|non esiste|sconosciut|inesistente|non trovat|non è stato trovato|non valid|onbekend|"
     "bestaat niet|niet gevonden|ongeldig|não existe|desconhecid|não encontrad|inexistente|nie istnieje|nieznany|nie znaleziono|"
     "okänd|ukendt|ukjent|finns inte|findes ikke|finnes ikke|existerar inte|не существует|не найден|неизвест|не зарегистрирован"},
    {"account|mailbox|address|user|recipient|konto|postfach|adresse",
     "has been closed|is closed|was closed|been deleted|was deleted|is deleted|been removed|was removed|been terminated|is "
     "terminated|been cancelled|been canceled|has left|has retired|ceased|was cancelled|gelöscht|supprimé|eliminad|verwijderd"},
    {"domain|host|hostname|host name|domain name|dns|name server|nameserver|mx|server "
     "name|zone|domäne|domaine|dominio|domein|домен",
     "unknown|not found|n't found|not be found|n't be found|not find|no such|not exist|n't "
     "exist|nonexist|non-exist|unresolvable|not "
     "resolve|n't resolve|not be resolved|unable to resolve|invalid domain|invalid host|domain is invalid|domain invalid|bad "
     "domain|bad host|is not reachable|no longer|unbekannt|existiert "
     "nicht|inconnu|n'existe pas|no existe|non esiste|onbekend|bestaat niet|не существует|name service error|lookup failed"},
    {"~", "does not exist|doesn't exist|not found|unknown host|unknown domain|no such domain|could not be resolved"},
};

/* The way there and the moment: what mail systems add below what decided. */
static const char *const troubles[] = {
    "try again",
    "try later",
    "will be retried",
    "still be retried",
    "will keep trying",
    "not yet been delivered",
    "warning message only",
    "transient",
    "timed out",
    "timeout",
    "time out",
    "queue too long",
    "expired",
    "giving up",
    "could not deliver for",
    "multiple retries",
    "retry time",
    "failing for a long time",
    "routing loop",
    "too many hops",
    "hop count",
    "mail loop",
    "loops back",
    "loop detected",
    "not responding",
    "lost connection",
    "protocol error",
    "connection reset",
    "connection refused",
    "no route to host",
    "network error",
    "service unavailable",
    "currently unavailable",
    "service not available",
    "unable to establish",
    "unable to connect",
    "could not connect",
    "cannot connect",
    "no connection",
    "did not accept our requests",
    "local error",
    "system error",
    "internal error",
    "configuration error",
    "exit status",
    "deferred",
    "delayed",
    "temporar",
    "disabled",
    "locked",
    "inactive",
    "not active",
    "deactivated",
    "blocked",
    "bloque ",
    "violation",
    "relay",
    "access denied",
    "ip address",
    "too many",
    "not allowed",
    "not accepted",
    "message has been",
};

/* RFC 3463 codes that tell of the address itself. */
static const char *const gone_codes[] = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.1.351", "5.4.4"};

enum { REACH_BYTES = 48, CJK_LEAD = 0xe3 };

/* The words of the tables, folded once as what they are compared with. */
static GPtrArray *excuse_words, *condemnation_words, *trouble_words; /* char* */
typedef struct {
    GPtrArray *nouns, *signs; /* char* */
} WordPair;
static WordPair full_words[G_N_ELEMENTS(full_pairs)], gone_words[G_N_ELEMENTS(gone_pairs)];

static void add_folded(GPtrArray *into, const char *word)
{
    g_ptr_array_add(into, g_str_is_ascii(word) ? g_strdup(word) : text_fold(word));
}

static GPtrArray *fold_words(const char *const *words, gsize count)
{
    GPtrArray *folded = g_ptr_array_new();
    for (gsize i = 0; i < count; i++)
        add_folded(folded, words[i]);
    return folded;
}

static GPtrArray *fold_list(const char *list)
{
    GPtrArray *folded = g_ptr_array_new();
    g_auto(GStrv) words = g_strsplit(list, "|", -1);
    for (guint i = 0; words[i] != NULL; i++)
        add_folded(folded, words[i]);
    return folded;
}

static void fold_pairs(const Pair *pairs, gsize count, WordPair *into)
{
    for (gsize i = 0; i < count; i++)
        into[i] = (WordPair){fold_list(pairs[i].nouns), fold_list(pairs[i].signs)};
}

void reason_open(void)
{
    excuse_words = fold_words(excuses, G_N_ELEMENTS(excuses));
    condemnation_words = fold_words(condemnations, G_N_ELEMENTS(condemnations));
    trouble_words = fold_words(troubles, G_N_ELEMENTS(troubles));
    fold_pairs(full_pairs, G_N_ELEMENTS(full_pairs), full_words);
    fold_pairs(gone_pairs, G_N_ELEMENTS(gone_pairs), gone_words);
}

static gboolean holds_one(const char *text, const GPtrArray *words)
{
    for (guint i = 0; i < words->len; i++)
        if (strstr(text, g_ptr_array_index(words, i)) != NULL)
            return TRUE;
    return FALSE;
}

/* A whole word of Latin letters in [from, to); other scripts part their words otherwise. */
static gboolean holds_noun(const char *text, gsize from, gsize to, const char *noun)
{
    gsize length = strlen(noun);
    for (gsize at = from; at + length <= to; at++)
        if (memcmp(text + at, noun, length) == 0 && (at == 0 || !g_ascii_isalpha(text[at - 1])) &&
            !g_ascii_isalpha(text[at + length]))
            return TRUE;
    return FALSE;
}

/* One of the nouns stands around [at, at + length), no full stop between them. */
static gboolean has_noun_near(const char *text, gsize at, gsize length, const GPtrArray *nouns)
{
    gsize from = at > REACH_BYTES ? at - REACH_BYTES : 0, to = at + length;
    for (gsize i = at; i > from + 1; i--)
        if (text[i - 2] == '.' && text[i - 1] == ' ') {
            from = i;
            break;
        }
    while (to < at + length + REACH_BYTES && text[to] != '\0' && !(text[to] == '.' && text[to + 1] == ' '))
        to++;
    for (guint i = 0; i < nouns->len; i++)
        if (holds_noun(text, from, to, g_ptr_array_index(nouns, i)))
            return TRUE;
    return FALSE;
}

static gboolean holds_pair(const char *text, const WordPair *pairs, gsize count)
{
    for (gsize i = 0; i < count; i++)
        for (guint n = 0; n < pairs[i].signs->len; n++) {
            const char *sign = g_ptr_array_index(pairs[i].signs, n);
            for (const char *at = strstr(text, sign); at != NULL; at = strstr(at + 1, sign))
                if (has_noun_near(text, (gsize)(at - text), strlen(sign), pairs[i].nouns))
                    return TRUE;
        }
    return FALSE;
}

/* Where mail systems send one to read why: the name of such a page tells of a list that refuses, or nothing. */
static gboolean is_block_list(const char *link, gsize length)
{
    static const char *const names[] = {"spam", "block", "bl?", "rbl", "dnsbl"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_strstr_len(link, (gssize)length, names[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* "antispam@example.org" and "mx.spamfilter.example" are names and no words: '@', '~', or 0. */
static char find_mask(const char *token, gsize length)
{
    if (g_strstr_len(token, (gssize)length, "://") != NULL)
        return is_block_list(token, length) ? 0 : '^';
    if (g_str_has_prefix(token, "resolver.") || g_str_has_prefix(token, "storedrv."))
        return 0;
    if (memchr(token, '@', length) != NULL)
        return '@';
    const char *dot = memchr(token, '.', length);
    return dot != NULL && dot > token && g_ascii_isalnum(dot[-1]) && (gsize)(dot - token) + 2 < length && g_ascii_isalpha(dot[1])
               ? '~'
               : 0;
}

/* With "@" for every address, "~" for every host and "^" for a link. Owned. */
static char *mask_names(const char *text)
{
    static const char *const ends = " <>()[]\"',;|";
    GString *masked = g_string_sized_new(strlen(text));
    for (const char *at = text; *at != '\0';) {
        gsize length = strcspn(at, ends);
        char mask = find_mask(at, length);
        if (length == 0) {
            g_string_append_c(masked, *at++);
            continue;
        }
        gsize name = mask == 0 ? 0 : length;
        while (name > 1 && strchr(".:!", at[name - 1]) != NULL)
            name--;
        if (mask != 0)
            g_string_append_c(masked, mask);
        g_string_append_len(masked, at + name, (gssize)(length - name));
        at += length;
    }
    return g_string_free(masked, FALSE);
}

/* Folded, on one line; scripts that write no blanks lose those of the line breaks. Owned. */
static char *fold_said(const char *words)
{
    g_autofree char *folded = text_fold(words);
    GString *said = g_string_sized_new(strlen(folded));
    for (const char *at = folded; *at != '\0'; at++) {
        if (strncmp(at, "\xe2\x80\x99", 3) == 0 || strncmp(at, "\xe2\x80\x98", 3) == 0) {
            g_string_append_c(said, '\'');
            at += 2;
        } else if (*at != ' ' || at == folded || g_ascii_isprint(at[-1]) || (guchar)at[1] < CJK_LEAD)
            g_string_append_c(said, *at);
    }
    return g_string_free(said, FALSE);
}

gboolean reason_is_plain(const char *words)
{
    static const char *const plain[] = {"user unknown", "unknown user", "no such user", "unknown recipient", "null mx"};
    g_autofree char *folded = g_ascii_strdown(words, -1);
    for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
        if (strstr(folded, plain[i]) != NULL)
            return TRUE;
    return FALSE;
}

static gboolean is_gone_code(const char *status)
{
    for (gsize i = 0; i < G_N_ELEMENTS(gone_codes); i++)
        if (strcmp(status, gone_codes[i]) == 0)
            return TRUE;
    return FALSE;
}

static BounceReason judge_status(const char *status)
{
    if (status == NULL)
        return REASON_NONE;
    if (is_gone_code(status))
        return REASON_GONE;
    return status[0] == '4' || g_str_has_prefix(status, "5.2.") || g_str_has_prefix(status, "5.3.") ||
                   g_str_has_prefix(status, "5.6.") || g_str_has_prefix(status, "5.7.")
               ? REASON_PASSING
               : REASON_NONE;
}

BounceReason reason_judge(const char *status, const char *words)
{
    g_autofree char *said = fold_said(words);
    g_autofree char *bare = mask_names(said);
    if (holds_one(bare, excuse_words) || holds_pair(bare, full_words, G_N_ELEMENTS(full_words)))
        return REASON_PASSING;
    if (holds_one(bare, condemnation_words) || holds_pair(bare, gone_words, G_N_ELEMENTS(gone_words)))
        return REASON_GONE;
    return holds_one(bare, trouble_words) ? REASON_PASSING : judge_status(status);
}
