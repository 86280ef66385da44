/*
 * parse/leave.c - is what was newly said nothing but the request to be left alone
 *
 * Takes the newly said text and its writer. The greeting, the sign-off with the lines below it, the writer's own name, marks of a sentence and what is
 * said for courtesy are taken off; all that is left must then be such a request: "stop", "please take me off your list", "no more emails".
 *
 * Whoever asks so has no matter in the same mail. A word that nobody expects here ("stop my landlord", "do not contact me on my work number")
 * leaves it what it is, a person's mail: who is suppressed by mistake hears nothing any more, who is not has at least reached a person.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum {
    MAX_SAID_BYTES = 600,
    MOST_WORDS = 24, /* a request has at most twelve, and as many are courtesy */
    MOST_GREETING_WORDS = 5,
    MOST_NAME_WORDS = 4,
    MIN_NAME_LETTERS = 3,
};

/* Parts of the pattern. The text is lower case, without apostrophes and other marks, each word with one blank behind it. */
#define ME "(?:me |us )"
#define NOT "(?:do not |dont |never |no longer )"
#define EMAIL "e ?mail "
#define WHICH "(?:any |all |of |more |further |future |these |those |this |such |your |the |other )*"
#define ITEMS                                                                                                                      \
    "(?:(?:marketing |promotional |unsolicited |unwanted |automated |sales |junk |spam )*"                                         \
    "(?:e ?mails? |mails? |messages? |newsletters? |mailings? |marketing |spam |junk |stuff |rubbish ))"
#define THESE "(?:(?:any )?(?:more )?(?:of )?(?:these |those ))"
#define FROM_YOU "(?:from (?:you |your (?:company |firm |business )|this (?:company |firm |address |sender )))?"
#define LIST                                                                                                                       \
    "(?:your |this |the |that |any |all |of |these )*(?:e ?mails? |mailing |marketing |contacts? |distribution |newsletter |mail " \
    "|sales )*(?:lists? |database |mailings? |newsletters? |e ?mails? |marketing |mails )"
#define OFF "(?:from |off |off of |out of )"
#define ADDRESS "(?:(?:my |this |our )(?:" EMAIL "address |address |" EMAIL "|name ))"
#define FROM_LIST "(?:(?:from |of )(?:" LIST "|all |everything |this |these ))?"
#define LATER                                                                                                                      \
    "(?:again |ever again |any ?more |any longer |any further |in future |in the future |from now on |now |immediately |at once "  \
    "|with immediate effect |asap |today |altogether )*"

/* The requests themselves, parted by "|". */
static const char requests[] =
    "stop (?:all )?" LATER "|(?:stop |cease )(?:e ?mailing |mailing |spamming )" ME "?" LATER
    "|(?:stop |cease )(?:messaging |contacting |pestering |bothering |writing to )" ME LATER "|stop (?:sending " ME
    "?|with )(?:" WHICH ITEMS "|" THESE ")(?:to " ME ")?" FROM_YOU LATER "|stop " WHICH ITEMS FROM_YOU LATER
    "|no (?:more |further )(?:of (?:these |your |those ))?" ITEMS "(?:to " ME "|for " ME ")?" FROM_YOU LATER
    "|no (?:more |further )(?:of (?:these |those )|contact )" LATER "|" NOT "(?:contact |" EMAIL
    "|mail |message |write to |bother |spam )" ME "(?:(?:at |on )this (?:" EMAIL ")?address )?" LATER "|" NOT "send " ME
    "?(?:" WHICH ITEMS "|" THESE "|anything (?:else |more )?|any more |more )" FROM_YOU LATER
    "|(?:unsubscribe |un subscribe |unsub )(?:" ME "|" ADDRESS ")?" FROM_LIST LATER "|opt " ME "?out " FROM_LIST LATER
    "|opting out " FROM_LIST "|(?:remove |take )(?:" ME "|" ADDRESS ")" OFF LIST LATER "|delete " ME OFF
    "(?:your |this |the )?(?:mailing |marketing |" EMAIL ")?list " LATER "|remove " ME "?" LATER "|take " ME "off " LATER
    "|leave " ME "alone " LATER
    "|(?:(?:i |we )(?:would like |want |wish )|id like |wed like )to (?:unsubscribe |opt out |be unsubscribed )" FROM_LIST LATER
    "|(?:(?:i |we )(?:would like |want |wish )|id like |wed like )to (?:be (?:removed |taken )" OFF LIST
    "|stop (?:receiving |getting )" WHICH ITEMS ")" FROM_YOU LATER "|(?:i |we )?" NOT
    "(?:want |wish |need )(?:to (?:receive |get |have |see ))?(?:" WHICH ITEMS "|" THESE ")" FROM_YOU LATER "|(?:i |we )?" NOT
    "(?:want |wish )to (?:hear from you |be (?:contacted |e ?mailed )|be on " LIST ")" FROM_YOU LATER
    /* German, French, Spanish, Italian, Dutch, Welsh */
    "|(?:newsletter )?(?:abmelden |abbestellen )|keine (?:weiteren )?(?:e ?mails |mails )mehr |desinscription |(?:desabonnez "
    "|desinscrivez )moi "
    "|me (?:desabonner |desinscrire )|(?:darme |dar )de baja |disiscrivetemi |cancellatemi dalla lista |uitschrijven |afmelden "
    "|dad ?danysgrifio ";

/* What is said beside it. An answer to a question is no such thing: "Yes, stop". */
static const char courtesies[] =
    "please |pls |plz |kindly |just |and |so |(?:many |no )?thanks |(?:no )?thank ?you |thx |very much |in advance |for your time "
    "|cheers |sorry "
    "|(?:can |could |would |will )you "
    "|(?:(?:i am |im |we are |were )?(?:not |no longer )interested )|(?:i |we )(?:never signed |did not sign |didnt sign )up "
    "(?:for |to )(?:this |these )"
    "|(?:(?:kind |kindest |best |warm |warmest )?regards )|(?:best |kind )wishes |all the best |yours (?:sincerely |faithfully "
    "|truly )?|sincerely "
    "|bitte |danke |merci |svp |s il vous plait |por favor |gracias |per favore |grazie |alstublieft |os gwelwch yn dda |diolch ";

static const char greetings[] = "(?:hi |hello |hey |dear |good (?:morning |afternoon |evening )|to whom it may concern )";

static GRegex *request;  /* the whole */
static GRegex *greeting; /* its beginning */

void leave_open(void)
{
    g_autofree char *whole =
        g_strdup_printf("(?(DEFINE)(?<asked>%s)(?<said>%s))^(?:%s(?:(?!stop )\\S+ )?)?(?&said)*(?&asked)(?:(?&said)|(?&asked))*$",
                        requests, courtesies, greetings);
    request = g_regex_new(whole, G_REGEX_OPTIMIZE, 0, NULL);
    greeting = g_regex_new(greetings, G_REGEX_OPTIMIZE | G_REGEX_ANCHORED, 0, NULL);
    g_assert(request && greeting);
}

/* Lower case without accents, apostrophes and marks, a blank behind each word; the writer's address is "me". Owned. */
static char *bare_words(const char *text, gsize length, const Mailbox *writer)
{
    g_autofree char *piece = g_strndup(text, length);
    g_autofree char *cased = g_utf8_casefold(piece, -1);
    g_autofree char *parted = g_utf8_normalize(cased, -1, G_NORMALIZE_DEFAULT);
    g_autofree char *address = g_utf8_casefold(writer && writer->address[0] != '\0' ? writer->address : "\n", -1);
    g_autoptr(GString) words = g_string_new(NULL);
    for (const char *at = parted ? parted : ""; *at != '\0'; at = g_utf8_next_char(at)) {
        if (g_str_has_prefix(at, address)) {
            g_string_append(words, " me ");
            at += strlen(address) - 1;
            continue;
        }
        gunichar letter = g_utf8_get_char(at);
        if (g_unichar_isalnum(letter) || letter == '@')
            g_string_append_unichar(words, letter);
        else if (letter != '\'' && letter != 0x2019 && letter != 0x2018 && !g_unichar_ismark(letter))
            g_string_append_c(words, ' ');
    }
    g_auto(GStrv) each = g_strsplit(words->str, " ", -1);
    g_string_truncate(words, 0);
    for (guint i = 0; each[i] != NULL; i++)
        if (each[i][0] != '\0')
            g_string_append_printf(words, "%s ", each[i]);
    return g_strdup(words->str);
}

static guint count_words(const char *words)
{
    guint count = 0;
    for (; *words != '\0'; words++)
        count += *words == ' ';
    return count;
}

/* One of the words of the writer's name or address, or how it begins: "Meg" of Megan. `known` as of bare_words. */
static gboolean is_own_word(const char *word, const char *known)
{
    if (strlen(word) < MIN_NAME_LETTERS)
        return strlen(word) == 1; /* an initial */
    for (const char *at = known; at != NULL && *at != '\0'; at = strchr(at, ' ') + 1)
        if (g_str_has_prefix(at, word))
            return TRUE;
    return FALSE;
}

static char *known_words(const Mailbox *writer)
{
    if (writer == NULL)
        return g_strdup("");
    g_autofree char *local = g_strndup(writer->address, strcspn(writer->address, "@"));
    g_autofree char *both = g_strconcat(writer->name ? writer->name : "", " ", local, NULL);
    return bare_words(both, strlen(both), NULL);
}

static gboolean is_own_name(Line bare, const char *known)
{
    g_autofree char *words = bare_words(bare.start, bare.length, NULL);
    g_auto(GStrv) each = g_strsplit(g_strstrip(words), " ", -1);
    guint longest = 0;
    for (guint i = 0; each[i] != NULL; i++) {
        if (i >= MOST_NAME_WORDS || !is_own_word(each[i], known))
            return FALSE;
        longest = MAX(longest, (guint)strlen(each[i]));
    }
    return longest >= MIN_NAME_LETTERS;
}

/* Somebody goes on speaking below the name: cards say no "I" and no "please". */
static gboolean says_more(const char *card)
{
    static const char *const speech[] = {" i ",    " im ",     " ive ", " we ",   " my ",   " our ",  " you ",
                                         " your ", " please ", " but ", " need ", " want ", " help ", " call ",
                                         " ring ", " stop ",   " can ", " is ",   " are ",  NULL};
    g_autofree char *words = bare_words(card, strlen(card), NULL);
    g_autofree char *framed = g_strconcat(" ", words, NULL);
    for (guint i = 0; speech[i] != NULL; i++)
        if (strstr(framed, speech[i]) != NULL)
            return TRUE;
    return spoken_by_person(card);
}

/* A name that a stranger may bear: one to three words, each with a capital, and nothing below. */
static gboolean is_any_name(const char *text)
{
    g_autofree char *name = g_strstrip(g_strdup(text));
    if (strchr(name, '\n') != NULL || !signature_is_card(name))
        return FALSE;
    g_auto(GStrv) words = g_strsplit(name, " ", -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (i >= 3 || !g_unichar_isupper(g_utf8_get_char(words[i])))
            return FALSE;
    return TRUE;
}

/* Where the sign-off or the writer's own card begins; the end when there is none. */
static const char *find_end(const char *said, const char *known)
{
    gboolean is_first = TRUE;
    Line line;
    for (const char *cursor = said; line_read(&cursor, &line);) {
        Line bare = line_strip(line);
        if (bare.length == 0)
            continue;
        const char *below = cursor + strspn(cursor, " \t\r\n");
        Line name = {below, strcspn(below, "\n")};
        gboolean is_card = !is_first && is_own_name(bare, known) && signature_is_card(line.start) && !says_more(line.start);
        gboolean is_signed = !is_first && signature_is_farewell(bare) && *below != '\0' && !says_more(below) &&
                             ((is_own_name(line_strip(name), known) && signature_is_card(below)) || is_any_name(below));
        if (is_card || is_signed)
            return line.start;
        is_first = FALSE;
    }
    return said + strlen(said);
}

/* "Hi Ben", "Dear Sir or Madam", "hello ben"; but not "Hi stop my landlord". */
static gboolean is_greeting(const char *said, gsize length)
{
    static const char *const others[] = {"there",    "all", "team", "sir", "sirs", "madam",   "or",        "and",     "both",
                                         "everyone", "mr",  "mrs",  "ms",  "dr",   "morning", "afternoon", "evening", NULL};
    g_autofree char *line = g_strndup(said, length);
    g_autofree char *words = bare_words(said, length, NULL);
    if (count_words(words) > MOST_GREETING_WORDS || !g_regex_match(greeting, words, 0, NULL))
        return FALSE;
    g_auto(GStrv) each = g_strsplit(g_strstrip(line), " ", -1);
    guint small = 0;
    for (guint i = 1; each[0] != NULL && each[i] != NULL; i++)
        small += g_unichar_islower(g_utf8_get_char(each[i])) && !g_strv_contains(others, each[i]);
    return small == 0 || (small == 1 && g_strv_length(each) == 2);
}

/* Behind "Hi Ben," and the like, up to its comma or the end of its line. */
static const char *skip_greeting(const char *said, const char *end)
{
    gsize length = strcspn(said, ",\n!.");
    return said + length < end && is_greeting(said, length) ? said + length : said;
}

/* "Could you take me off your list?" is one; "Stop?" asks something. */
static gboolean asks_back(const char *said, const char *words)
{
    static const char *const asks[] = {"can you ", "could you ", "would you ", "will you "};
    if (strchr(said, '?') == NULL)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(asks); i++)
        if (strstr(words, asks[i]) != NULL)
            return FALSE;
    return TRUE;
}

/* The request, with or without the writer's name behind it: "Unsubscribe please, Megan". `words` is cut. */
static gboolean is_request(char *words, const char *known)
{
    for (guint i = 0; i <= MOST_NAME_WORDS; i++) {
        if (g_regex_match(request, words, 0, NULL))
            return TRUE;
        gsize length = strlen(words);
        if (length == 0)
            return FALSE;
        words[length - 1] = '\0';
        char *blank = strrchr(words, ' ');
        if (blank == NULL || !is_own_word(blank + 1, known))
            return FALSE;
        blank[1] = '\0';
    }
    return FALSE;
}

static gboolean is_asked_between(const char *start, const char *end, const Mailbox *writer, const char *known)
{
    g_autofree char *words = bare_words(start, (gsize)(end - start), writer);
    return count_words(words) <= MOST_WORDS && !asks_back(start, words) && is_request(words, known);
}

gboolean leave_is_asked(const char *said, const Mailbox *writer)
{
    if (strlen(said) > MAX_SAID_BYTES)
        return FALSE;
    g_autofree char *known = known_words(writer);
    const char *end = find_end(said, known);
    return is_asked_between(skip_greeting(said, end), end, writer, known) || is_asked_between(said, end, writer, known);
}
