/*
 * assign/partner.c - a lead that is nothing for the firm -> the partner it is passed on to, with the reason for and against every one
 *
 * Takes what was asked and the list of partners with what has passed between us; gives a name. Nobody fits: none, and a person decides.
 *
 * A partner fits who does what is asked and works where they are. What is asked is known from the lead's service, from the firm's words for services that it
 * does not have itself (rules/fields.yaml), or from the partner's own words for what they do. Of those who fit the one comes first who says so rather than does
 * everything, who is near rather than anywhere, to whom we owe most (what came from them less what went to them, in a year), and then the one to whom
 * nobody was sent for longest.
 */
#include "usher/assign.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/text.h"

#define MAX_ASKED_BYTES (16 * 1024)
#define MAX_WORDS 3000
#define MAX_KEPT 30   /* reasons that are kept */
#define LEAST_STEM 6  /* letters that two forms of a word have in common */
#define MOST_ENDING 3 /* letters in which they may differ */
#define LEAST_ALONE 8 /* letters of a word that says enough without "law" beside it */

typedef struct {
    const Decision *decision;
    const Rulebook *rulebook;
    char *asked;       /* subject and text */
    GPtrArray *words;  /* char*: the words of it, folded */
    GPtrArray *trades; /* FieldChoice: services the firm does not have, by whose words it is asked for; borrowed */
    GPtrArray *shown;  /* char*: for each trade the words that showed it */
} Asked;

typedef struct {
    const Party *partner;
    gboolean is_said; /* it is among their services; else they do everything */
    gboolean is_near;
    char *because; /* what fits, or what does not */
    gboolean is_fit;
} Fit;

/* ---- words ---- */

static void fit_free(Fit *fit)
{
    g_free(fit->because);
    g_free(fit);
}

static GPtrArray *split_words(const char *text, guint most)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folded = text_fold(text);
    for (const char *at = folded; *at && words->len < most;) {
        const char *start = at;
        while (*at && g_unichar_isalnum(g_utf8_get_char(at))) {
            at = g_utf8_next_char(at);
        }
        if (at > start) {
            g_ptr_array_add(words, g_strndup(start, (gsize)(at - start)));
        } else {
            at = g_utf8_next_char(at);
        }
    }
    return words;
}

/* "conveyancing" and "conveyancer", "extension" and "extensions"; short words only as they are. */
static gboolean is_same_word(const char *one, const char *other)
{
    gsize common = 0;
    while (one[common] && one[common] == other[common]) {
        common++;
    }
    gsize first = strlen(one + common), second = strlen(other + common);
    return first + second == 0 || (common >= LEAST_STEM && first <= MOST_ENDING && second <= MOST_ENDING) ||
           (common >= 4 && first + second == 1 && (one[common] == 's' || other[common] == 's'));
}

/* Words that many services have in common. */
static gboolean is_general(const char *word)
{
    static const char *const general[] = {"law",    "legal",     "service",    "services",   "advice",      "work",
                                          "matter", "matters",   "of",         "the",        "for",         "in",
                                          "help",   "solicitor", "solicitors", "specialist", "specialists", NULL};
    return g_strv_contains(general, word);
}

static gboolean has_phrase(const GPtrArray *words, const GPtrArray *phrase)
{
    for (guint i = 0; phrase->len > 0 && i + phrase->len <= words->len; i++) {
        guint same = 0;
        while (same < phrase->len && is_same_word(g_ptr_array_index(words, i + same), g_ptr_array_index(phrase, same))) {
            same++;
        }
        if (same == phrase->len) {
            return TRUE;
        }
    }
    return FALSE;
}

/* "immigration law" is asked for by "immigration"; "family law" is not by "family". */
static gboolean has_term(const GPtrArray *words, const char *term)
{
    g_autoptr(GPtrArray) all = split_words(term, MAX_WORDS);
    g_autoptr(GPtrArray) telling = g_ptr_array_new();
    for (guint i = 0; i < all->len; i++) {
        if (!is_general(g_ptr_array_index(all, i))) {
            g_ptr_array_add(telling, g_ptr_array_index(all, i));
        }
    }
    gboolean says_enough =
        telling->len > 1 || (telling->len == 1 && strlen(g_ptr_array_index(telling, 0)) >= LEAST_ALONE) || telling->len == all->len;
    return has_phrase(words, says_enough ? telling : all);
}

/* "wills and probate" are two things. */
static GPtrArray *split_terms(const char *service)
{
    GPtrArray *terms = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folded = text_fold(service);
    g_auto(GStrv) pieces = g_strsplit_set(folded, "&/+", -1);
    for (char **piece = pieces; *piece; piece++) {
        g_auto(GStrv) parts = g_strsplit(*piece, " and ", -1);
        for (char **part = parts; *part; part++) {
            if (*g_strstrip(*part)) {
                g_ptr_array_add(terms, g_strdup(*part));
            }
        }
    }
    return terms;
}

/* ---- what is asked ---- */

static char *dup_span(const char *text, const PatternMatch *match)
{
    g_autofree char *span = g_strndup(text + match->start[0], match->end[0] - match->start[0]);
    return text_to_line(span, 80);
}

static void find_trade(Asked *asked, const FieldChoice *trade, const PatternText *text)
{
    for (guint i = 0; i < trade->patterns->len; i++) {
        const PatternRule *rule = g_ptr_array_index(trade->patterns, i);
        PatternMatch match;
        if (pattern_match_text(rule->pattern, text, 0, &match) == PATTERN_MATCH) {
            g_ptr_array_add(asked->trades, (gpointer)(guintptr)trade);
            g_ptr_array_add(asked->shown, dup_span(asked->asked, &match));
            return;
        }
    }
}

static void find_trades(Asked *asked)
{
    g_autoptr(PatternText) text = pattern_text_new(asked->asked, strlen(asked->asked));
    for (guint i = 0; i < asked->rulebook->fields->len; i++) {
        const FieldRule *field = g_ptr_array_index(asked->rulebook->fields, i);
        for (guint j = 0; field->is_service && field->others && j < field->others->len; j++) {
            find_trade(asked, g_ptr_array_index(field->others, j), text);
        }
    }
}

static void asked_clear(Asked *asked)
{
    g_clear_pointer(&asked->asked, g_free);
    g_clear_pointer(&asked->words, g_ptr_array_unref);
    g_clear_pointer(&asked->trades, g_ptr_array_unref);
    g_clear_pointer(&asked->shown, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, asked_clear)

static Asked read_asked(const Decision *decision, const char *subject, const char *text, const Rulebook *rulebook)
{
    const char *need = field_find_value(decision->fields, "need");
    g_autofree char *whole = g_strconcat(subject ? subject : "", "\n", text ? text : "", "\n", need ? need : "", NULL);
    Asked asked = {.decision = decision, .rulebook = rulebook};
    asked.asked = strlen(whole) > MAX_ASKED_BYTES ? g_utf8_substring(whole, 0, g_utf8_strlen(whole, MAX_ASKED_BYTES) - 1)
                                                  : g_steal_pointer(&whole);
    asked.words = split_words(asked.asked, MAX_WORDS);
    asked.trades = g_ptr_array_new();
    asked.shown = g_ptr_array_new_with_free_func(g_free);
    find_trades(&asked);
    return asked;
}

/* ---- whether a partner does it ---- */

/* What shows that this is asked; NULL. Owned by the caller. */
static char *find_service(const Asked *asked, const char *service)
{
    const char *known = field_find_value(asked->decision->fields, "service");
    g_autoptr(GPtrArray) terms = split_terms(service);
    for (guint i = 0; i < terms->len; i++) {
        const char *term = g_ptr_array_index(terms, i);
        g_autoptr(GPtrArray) words = split_words(term, MAX_WORDS);
        if (known && has_term(words, known)) {
            return g_strdup_printf("does %s", service);
        }
        for (guint j = 0; j < asked->trades->len; j++) {
            if (has_term(words, ((const FieldChoice *)g_ptr_array_index(asked->trades, j))->value)) {
                return g_strdup_printf("does %s (\"%s\")", service, (const char *)g_ptr_array_index(asked->shown, j));
            }
        }
        if (has_term(asked->words, term)) {
            return g_strdup_printf("does %s, which they name", service);
        }
    }
    return NULL;
}

static char *find_any_service(const Asked *asked, const Party *partner)
{
    for (guint i = 0; i < partner->terms->services->len; i++) {
        char *found = find_service(asked, g_ptr_array_index(partner->terms->services, i));
        if (found) {
            return found;
        }
    }
    return NULL;
}

/* ---- whether a partner is there ---- */

/* "BS" has "BS1 4ST", and so has "BS1"; "B" has not. */
static gboolean is_in_postcode_area(const char *area, const char *postcode)
{
    gsize length = strlen(area);
    if (length == 0 || length > 4 || g_ascii_strncasecmp(postcode, area, length) != 0) {
        return FALSE;
    }
    gboolean has_digit = g_ascii_isdigit(area[length - 1]) || (length > 1 && g_ascii_isdigit(area[length - 2]));
    return has_digit ? postcode[length] == ' ' || postcode[length] == '\0' : g_ascii_isdigit(postcode[length]);
}

static gboolean is_everywhere(const char *area)
{
    static const char *const everywhere[] = {"uk",         "united kingdom", "nationwide", "national",
                                             "everywhere", "anywhere",       "all",        NULL};
    g_autofree char *folded = text_fold(area);
    return g_strv_contains(everywhere, folded);
}

/* The area of theirs that the lead is in; "" when they work everywhere, or nobody knows where the lead is; NULL when it is elsewhere. Borrowed. */
static const char *find_area(const Decision *decision, const Party *partner)
{
    const char *postcode = field_find_value(decision->fields, "postcode"),
               *location = field_find_value(decision->fields, "location");
    g_autoptr(GPtrArray) words = split_words(location ? location : "", MAX_WORDS);
    const GPtrArray *areas = partner->terms->areas;
    gboolean is_anywhere = areas->len == 0 || (!postcode && !location);
    for (guint i = 0; i < areas->len; i++) {
        const char *area = g_ptr_array_index(areas, i);
        g_autoptr(GPtrArray) phrase = split_words(area, MAX_WORDS);
        if ((postcode && is_in_postcode_area(area, postcode)) || has_phrase(words, phrase)) {
            return area;
        }
        is_anywhere |= is_everywhere(area);
    }
    return is_anywhere ? "" : NULL;
}

/* ---- one partner ---- */

static gboolean is_address_of(const Party *partner, const char *address, const Rulebook *rulebook)
{
    g_autofree char *domain = text_address_domain(address);
    for (guint i = 0; i < partner->addresses->len; i++) {
        const char *known = g_ptr_array_index(partner->addresses, i);
        g_autofree char *known_domain = text_address_domain(known);
        if (strcmp(known, address) == 0 ||
            (domain && known_domain && !rulebook_is_free_mail(rulebook, known_domain) && strcmp(domain, known_domain) == 0)) {
            return TRUE;
        }
    }
    for (guint i = 0; domain && i < partner->domains->len; i++) {
        if (domain_is_within(domain, g_ptr_array_index(partner->domains, i))) {
            return TRUE;
        }
    }
    return FALSE;
}

const Party *assign_find_source(const Mailbox *referrer, const GPtrArray *partners, const Rulebook *rulebook)
{
    for (guint i = 0; referrer && *referrer->address && i < partners->len; i++) {
        const Party *partner = g_ptr_array_index(partners, i);
        if (is_address_of(partner, referrer->address, rulebook)) {
            return partner;
        }
    }
    return NULL;
}

static char *say_fit(const Party *partner, const char *service, const char *area)
{
    const PartnerTerms *terms = partner->terms;
    return g_strdup_printf("%s%s%s; %u came from them, %u went to them in a year", service, *area ? ", is in " : "", area,
                           terms->sent_us, terms->sent_them);
}

static Fit *judge_partner(const Asked *asked, const Party *partner, const Party *source)
{
    Fit *fit = g_new0(Fit, 1);
    g_autofree char *service = find_any_service(asked, partner);
    const char *area = find_area(asked->decision, partner);
    fit->partner = partner;
    fit->is_said = service != NULL;
    fit->is_near = area && *area;
    if (partner == source) {
        fit->because = g_strdup("it came from them");
    } else if (!service && partner->terms->services->len > 0) {
        fit->because = g_strdup("does not do what is asked");
    } else if (!area) {
        fit->because = g_strdup_printf("%s, but not where they are", service ? service : "does everything");
    } else {
        fit->is_fit = TRUE;
        fit->because = say_fit(partner, service ? service : "does everything", area);
    }
    return fit;
}

static gint compare_flags(gboolean first, gboolean second)
{
    return (gint)(second != FALSE) - (gint)(first != FALSE);
}

/* By name at last, as they stand on the list. */
static gint compare_fits(gconstpointer a, gconstpointer b)
{
    const Fit *first = *(Fit *const *)a, *second = *(Fit *const *)b;
    const PartnerTerms *one = first->partner->terms, *other = second->partner->terms;
    gint order = compare_flags(first->is_fit, second->is_fit);
    order = order ? order : compare_flags(first->is_said, second->is_said);
    order = order ? order : compare_flags(first->is_near, second->is_near);
    gint64 debt = (gint64)one->sent_us - one->sent_them, other_debt = (gint64)other->sent_us - other->sent_them;
    order = order ? order : debt > other_debt ? -1 : debt < other_debt;
    order = order ? order : one->last_sent < other->last_sent ? -1 : one->last_sent > other->last_sent;
    return order ? order : strcmp(first->partner->name, second->partner->name);
}

static GPtrArray *judge_partners(const Decision *decision, const Past *past, const char *subject, const char *text,
                                 const Rulebook *rulebook)
{
    GPtrArray *fits = g_ptr_array_new_with_free_func((GDestroyNotify)fit_free);
    if (past->partners->len == 0) {
        return fits;
    }
    g_auto(Asked) asked = read_asked(decision, subject, text, rulebook);
    const Party *source = assign_find_source(decision->referrer, past->partners, rulebook);
    for (guint i = 0; i < past->partners->len; i++) {
        g_ptr_array_add(fits, judge_partner(&asked, g_ptr_array_index(past->partners, i), source));
    }
    g_ptr_array_sort(fits, compare_fits);
    return fits;
}

/* ---- the choice ---- */

gboolean assign_has_partner(const Decision *decision, const Past *past, const char *subject, const char *text,
                            const Rulebook *rulebook)
{
    g_autoptr(GPtrArray) fits = judge_partners(decision, past, subject, text, rulebook);
    const Fit *first = fits->len > 0 ? g_ptr_array_index(fits, 0) : NULL;
    return first && first->is_fit && first->is_said;
}

void assign_partner(Decision *decision, const RouteRule *route, const Past *past, const char *subject, const char *text,
                    const Rulebook *rulebook)
{
    g_clear_pointer(&decision->partner, g_free);
    g_ptr_array_set_size(decision->partners, 0);
    if (route->wants_partner) {
        g_autoptr(GPtrArray) fits = judge_partners(decision, past, subject, text, rulebook);
        for (guint i = 0; i < fits->len && i < MAX_KEPT; i++) {
            const Fit *fit = g_ptr_array_index(fits, i);
            g_ptr_array_add(decision->partners, candidate_new(fit->partner->name, fit->is_fit, fit->because));
        }
        const Fit *first = fits->len > 0 ? g_ptr_array_index(fits, 0) : NULL;
        decision->partner = first && first->is_fit ? g_strdup(first->partner->name) : NULL;
        decision_add_event(decision, "usher", "partner", "%s%s%s",
                           decision->partner ? decision->partner : "nobody on the list of partners fits",
                           decision->partner ? ": " : "", decision->partner ? first->because : "");
    }
    condition_set_put(rulebook->conditions, "partner", decision->partner);
}
