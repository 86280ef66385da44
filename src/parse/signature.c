/*
 * parse/signature.c - where a signature begins, with a mark above it or without one
 *
 * Takes lines of what somebody wrote; tells the marks ("-- ", a rule above a name, "Sent from my phone" in the languages of the programs), and
 * takes a signature without a mark off the end of a text. That needs a farewell or an empty line, the writer's own name below it, and lines that say
 * how to reach this person; every line must be short. A postscript, a question or a sentence below the name leaves all where it is, and so does
 * somebody else's name: what was newly said is never put away for the sake of a clean cut, the address of a friend who is introduced least of all.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum {
    MAX_SENT_FROM_BYTES = 140,
    MAX_TAIL_BYTES = 1500,
    MAX_TAIL_LINES = 16,
    MAX_SHORT_CARD_LINES = 6,
    MAX_SIGNATURE_LINE = 90,
    MAX_NAME_BYTES = 60,
    MAX_FAREWELL_BYTES = 48,
    MIN_PHONE_DIGITS = 9,
    MAX_PHONE_DIGITS = 16,
};

/* What mobile programs put below a mail, by its first words. */
static const char *const sent_from[] = {
    "Sent from my ",
    "Sent from Outlook",
    "Sent from Yahoo",
    "Sent from Samsung",
    "Sent from Mail for ",
    "Sent from Proton",
    "Sent from Gmail",
    "Sent from AOL",
    "Sent from Spark",
    "Sent from Blue",
    "Sent from myMail",
    "Sent from iPhone",
    "Sent from iPad",
    "Sent from Windows Mail",
    "Sent from Superhuman",
    "Sent from Nine",
    "Sent via ",
    "Sent with Proton",
    "Sent with Airmail",
    "Sent with Spark",
    "Sent with Unibox",
    "Sent with Polymail",
    "Sent with Mailbird",
    "Sent with BlackBerry",
    "Sent using ",
    "Sent by my ",
    "Sent on my ",
    "Get Outlook for ",
    "Download Outlook for ",
    "Von meinem ",
    "Von meiner ",
    "Gesendet von meine",
    "Gesendet von Outlook",
    "Gesendet von Mail",
    "Gesendet von Yahoo",
    "Gesendet mit der ",
    "Gesendet mit ",
    "Gesendet über ",
    "Gesendet aus Outlook",
    "Gesendet von iPhone",
    "Diese Nachricht wurde von mein",
    "Holen Sie sich Outlook",
    "Outlook für iOS",
    "Outlook für Android",
    "Envoyé de mon ",
    "Envoyé depuis ",
    "Envoyé à partir d",
    "Envoyé avec ",
    "Envoyé par ",
    "Envoyé de mon",
    "Télécharger Outlook",
    "Obtenez Outlook",
    "Obtenir Outlook",
    "Provenance : ",
    "Enviado desde ",
    "Enviado do ",
    "Enviado a partir d",
    "Enviado via ",
    "Enviado con ",
    "Enviado com ",
    "Enviado de ",
    "Obtener Outlook",
    "Obter o Outlook",
    "Descargar Outlook",
    "Inviato da",
    "Inviato dal ",
    "Ottieni Outlook",
    "Scarica Outlook",
    "Verstuurd vanaf ",
    "Verzonden vanaf ",
    "Verzonden vanuit ",
    "Verzonden met ",
    "Verstuurd met ",
    "Outlook voor ",
    "Download Outlook voor ",
    "Sendt fra ",
    "Hent Outlook ",
    "Få Outlook ",
    "Skaff deg Outlook",
    "Skickat från ",
    "Skickades från ",
    "Skickat med ",
    "Hämta Outlook",
    "Lähetetty ",
    "Hanki Outlook",
    "Wysłane z ",
    "Wysłano z ",
    "Pobierz Outlook",
    "Pobierz program Outlook",
    "Pobierz aplikację Outlook",
    "Odesláno z",
    "Získejte Outlook",
    "Získat Outlook",
    "Stáhnout Outlook",
    "Odoslané z",
    "Odoslané zo ",
    "Elküldve az ",
    "Az Outlook ",
    "Trimis de pe ",
    "Trimis din ",
    "Obțineți Outlook",
    "Saadetud minu ",
    "Poslano s ",
    "Poslano iz ",
    "Poslano sa ",
    "Отправлено с ",
    "Отправлено из ",
    "Отправлено от ",
    "Скачать Outlook",
    "Надіслано з",
    "Отримати Outlook",
    "iPhone'umdan ",
    "iPhone’umdan ",
    "iPhone'dan ",
    "Outlook'u edinin",
    "iPhoneから",
    "iPadから",
    "Outlook for iOS",
    "发自我的",
    "發自我的",
    "從我的 ",
    "从我的 ",
    "寄自我的",
    "나의 iPhone",
    "나의 iPad",
    "내 iPhone",
    "获取 Outlook",
};

/* Last words of a letter, folded as text_fold does. */
static const char *const farewells[] = {
    "regards",
    "kind regards",
    "kindest regards",
    "best regards",
    "warm regards",
    "warmest regards",
    "many regards",
    "with kind regards",
    "with best regards",
    "with regards",
    "rgds",
    "kr",
    "br",
    "best",
    "all the best",
    "best wishes",
    "with best wishes",
    "kind wishes",
    "cheers",
    "thanks",
    "thank you",
    "many thanks",
    "thanks in advance",
    "thanks and regards",
    "thanks & regards",
    "many thanks and regards",
    "thanks again",
    "thank you in advance",
    "thank you and regards",
    "yours",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "sincerely",
    "sincerely yours",
    "respectfully",
    "warmly",
    "mit freundlichen grussen",
    "freundliche grusse",
    "viele grusse",
    "beste grusse",
    "liebe grusse",
    "herzliche grusse",
    "schone grusse",
    "mfg",
    "vg",
    "lg",
    "gruss",
    "cordialement",
    "bien cordialement",
    "bien a vous",
    "salutations",
    "sinceres salutations",
    "meilleures salutations",
    "merci",
    "saludos",
    "un saludo",
    "saludos cordiales",
    "atentamente",
    "gracias",
    "cordiali saluti",
    "distinti saluti",
    "saluti",
    "grazie",
    "met vriendelijke groet",
    "met vriendelijke groeten",
    "vriendelijke groet",
    "vriendelijke groeten",
    "mvg",
    "groeten",
    "groet",
    "atenciosamente",
    "cumprimentos",
    "com os melhores cumprimentos",
    "obrigado",
    "obrigada",
    "abraco",
    "att",
    "med vanliga halsningar",
    "vanliga halsningar",
    "mvh",
    "hilsen",
    "med venlig hilsen",
    "venlig hilsen",
    "med vennlig hilsen",
    "vennlig hilsen",
    "ystavallisin terveisin",
    "terveisin",
    "pozdrawiam",
    "z powazaniem",
    "s pozdravem",
    "s pozdravom",
    "udvozlettel",
    "cu stima",
    "cu respect",
    "lugupidamisega",
    "srdacan pozdrav",
    "lijep pozdrav",
    "saygılarımla",
    "saygilarimla",
    "iyi calismalar",
    "с уважением",
    "з повагою",
};

/* A bit for each pair of bytes with which one of sent_from begins: nearly every line is told apart by them alone. */
static guint8 sent_from_pairs[0x10000 / 8];

static guint pair_of(const char *text)
{
    return (guint)(guchar)text[0] << 8 | (guchar)text[1];
}

void signature_open(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(sent_from); i++) {
        guint pair = pair_of(sent_from[i]);
        sent_from_pairs[pair / 8] |= (guint8)(1 << pair % 8);
    }
}

static gboolean begins_with_any(Line bare, const char *const *words, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        gsize size = strlen(words[i]);
        if (bare.length >= size && memcmp(bare.start, words[i], size) == 0)
            return TRUE;
    }
    return FALSE;
}

static guint count_digits(Line bare)
{
    guint digits = 0;
    for (gsize i = 0; i < bare.length; i++)
        digits += g_ascii_isdigit(bare.start[i]);
    return digits;
}

/* A line that says how to reach somebody: an address, a page, a number. */
static gboolean is_contact(Line bare)
{
    if (bare.start == NULL || bare.length == 0 || bare.length > MAX_SIGNATURE_LINE)
        return FALSE;
    if (memchr(bare.start, '@', bare.length) != NULL || memmem(bare.start, bare.length, "www.", 4) != NULL ||
        memmem(bare.start, bare.length, "://", 3) != NULL)
        return TRUE;
    guint digits = count_digits(bare), letters = 0;
    for (gsize i = 0; i < bare.length; i++)
        letters += g_ascii_isalpha(bare.start[i]);
    return digits >= MIN_PHONE_DIGITS && digits <= MAX_PHONE_DIGITS && letters <= 12;
}

/* "Jane Doe", "Dr J. van Doe, FCA": one to six words, the first with a capital, no digits and no marks of a sentence. */
static gboolean is_name_line(Line bare)
{
    if (bare.length < 2 || bare.length > MAX_NAME_BYTES || !g_unichar_isupper(g_utf8_get_char(bare.start)))
        return FALSE;
    guint words = 1, small = 0;
    for (gsize i = 0; i < bare.length; i++) {
        if (strchr(":;?!@/0123456789", bare.start[i]) != NULL)
            return FALSE;
        words += bare.start[i] == ' ';
        small += i > 0 && bare.start[i - 1] == ' ' && g_ascii_islower(bare.start[i]);
    }
    return words <= 6 && small <= 2;
}

gboolean signature_is_farewell(Line bare)
{
    if (bare.length < 2 || bare.length > MAX_FAREWELL_BYTES || count_digits(bare) > 0)
        return FALSE;
    g_autofree char *text = g_strndup(bare.start, bare.length);
    g_autofree char *folded = text_fold(text);
    for (guint i = 0; i < G_N_ELEMENTS(farewells); i++)
        if (strcmp(folded, farewells[i]) == 0)
            return TRUE;
    return FALSE;
}

/* What a person would say goes on: too long for a signature, or a question. */
static gboolean is_speech(Line bare)
{
    if (bare.length > MAX_SIGNATURE_LINE)
        return TRUE;
    if (bare.length == 0)
        return FALSE;
    char last = bare.start[bare.length - 1];
    return last == '?' || last == '!' || (last == '.' && bare.length > 40) ||
           (bare.length > 2 && memcmp(bare.start, "PS", 2) == 0) || (bare.length > 4 && memcmp(bare.start, "P.S.", 4) == 0);
}

/* Whether all from `text` to its end is a name with what belongs to it. */
static gboolean is_card(const char *text, guint least_contacts, guint most_lines)
{
    Line line;
    guint lines = 0, contacts = 0;
    while (line_read(&text, &line)) {
        Line bare = line_strip(line);
        if (bare.length == 0)
            continue;
        if (is_speech(bare) || ++lines > most_lines || (lines == 1 && !is_name_line(bare)))
            return FALSE;
        contacts += is_contact(bare);
    }
    return contacts >= least_contacts;
}

gboolean signature_is_card(const char *text)
{
    return is_card(text, 0, MAX_SHORT_CARD_LINES);
}

gboolean signature_is_mark(Line line)
{
    Line bare = line_strip(line);
    return (bare.length == 2 && memcmp(bare.start, "--", 2) == 0) || (bare.length == 3 && memcmp(bare.start, "—", 3) == 0) ||
           (bare.length == 3 && memcmp(bare.start, "–", 3) == 0);
}

static gboolean is_rule(Line bare)
{
    gsize same = 0;
    while (same < bare.length && bare.start[same] == *bare.start)
        same++;
    return bare.length >= 2 && same == bare.length && strchr("_-=*~", *bare.start) != NULL;
}

/* A short rule with a few last lines below it: "____" above a name. */
static gboolean is_trailing_rule(Line bare, const char *below)
{
    if (bare.length < 3 || bare.length > 40 || *bare.start != '_' || !is_rule(bare))
        return FALSE;
    guint lines = 0;
    for (Line line; lines <= 6 && line_read(&below, &line);)
        lines += line_strip(line).length > 0;
    return lines <= 6;
}

/* "Sent from a tin can and a piece of string": nothing stands below but the history. */
static gboolean is_own_sent_from(Line bare, const char *below)
{
    static const char *const begins[] = {"Sent from ", "Sent by "};
    if (bare.length > 80 || strchr(".?!,:", bare.start[bare.length - 1]) != NULL ||
        !begins_with_any(bare, begins, G_N_ELEMENTS(begins)))
        return FALSE;
    below += strspn(below, " \t\r\n");
    const char *next;
    return *below == '\0' || quote_opens_history(below, &next);
}

gboolean signature_opens(Line line, const char *below)
{
    Line bare = line_strip_emphasis(line_strip(line));
    if (bare.length < 2)
        return FALSE;
    if (signature_is_mark(line) || is_trailing_rule(line_strip(line), below))
        return TRUE;
    while (bare.length > 0 && strchr("[(<_", *bare.start) != NULL)
        bare = (Line){bare.start + 1, bare.length - 1};
    if (bare.length < 8 || bare.length > MAX_SENT_FROM_BYTES)
        return FALSE;
    guint pair = pair_of(bare.start);
    if (!(sent_from_pairs[pair / 8] & 1 << pair % 8))
        return FALSE;
    return begins_with_any(bare, sent_from, G_N_ELEMENTS(sent_from)) || is_own_sent_from(bare, below);
}

/* Whether the first line of the card holds a word of the writer's name, or of the address. */
static gboolean is_writers(const char *card, const Mailbox *writer)
{
    card += strspn(card, " \t\r\n-_=*~");
    g_autofree char *first = g_strndup(card, strcspn(card, "\n"));
    g_autofree char *folded = text_fold(first);
    g_autofree char *local = g_strndup(writer->address, strcspn(writer->address, "@"));
    g_autofree char *known = g_strconcat(writer->name, " ", local, NULL);
    g_autofree char *known_folded = text_fold(known);
    g_auto(GStrv) words = g_strsplit_set(known_folded, " .,-_\"'()", 20);
    for (guint i = 0; words[i] != NULL; i++)
        if (strlen(words[i]) >= 3 && strstr(folded, words[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* The line at which the signature begins, among the last ones of the text; NULL when there is none. */
static char *find_unmarked(char *said, const Mailbox *writer)
{
    gsize length = strlen(said);
    char *from = length > MAX_TAIL_BYTES ? said + length - MAX_TAIL_BYTES : said;
    while (from > said && *from != '\0' && from[-1] != '\n')
        from++;
    gboolean is_after_empty = FALSE;
    Line line;
    for (const char *cursor = from; line_read(&cursor, &line);) {
        Line bare = line_strip(line);
        gboolean is_end = *cursor == '\0';
        if (!is_end && (is_rule(bare) || signature_is_farewell(bare)) && is_card(cursor, 1, MAX_TAIL_LINES) &&
            is_writers(cursor, writer))
            return (char *)(gsize)line.start;
        if (is_after_empty && bare.length > 0 && !is_end && is_card(line.start, 2, 8) && is_writers(line.start, writer))
            return (char *)(gsize)line.start;
        is_after_empty = bare.length == 0;
    }
    return NULL;
}

/* Whether there is anything at the end that is_contact could find. */
static gboolean may_hold_card(const char *said)
{
    gsize length = strlen(said);
    const char *tail = length > 400 ? said + length - 400 : said;
    return strpbrk(tail, "@") != NULL || strstr(tail, "www.") != NULL || strstr(tail, "://") != NULL ||
           count_digits((Line){tail, strlen(tail)}) >= MIN_PHONE_DIGITS;
}

void signature_cut_unmarked(char *said, const Mailbox *writer, GString *into)
{
    char *start = writer != NULL && may_hold_card(said) ? find_unmarked(said, writer) : NULL;
    if (start == NULL)
        return;
    gsize above = (gsize)(start - said);
    while (above > 0 && strchr(" \t\n", said[above - 1]) != NULL)
        above--;
    if (above == 0)
        return;
    if (into->len > 0)
        g_string_prepend_c(into, '\n');
    g_string_prepend(into, start);
    said[above] = '\0';
}
