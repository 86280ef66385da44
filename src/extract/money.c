/*
 * extract/money.c - sums and counts as people write them -> whole numbers
 *
 * "£10m", "250k", "about GBP 12,500.00", "between 10 and 50k", "five thousand pounds": whole pounds as digits; another currency keeps its code in front ("EUR 10000"). Of a
 * range the lower bound is taken, since it is what the person is sure of; a factor that stands only at the upper bound counts for both. A
 * count ("10-50 people") is read in the same way. NULL when there is no number.
 */
#include "parts.h"

#include <string.h>

#define MAX_AMOUNT 1e15

static const struct {
    const char *sign;
    const char *code; /* "" for pounds */
} currencies[] = {
    {"£", ""},       {"gbp", ""},     {"pounds", ""},      {"pound", ""},          {"quid", ""},    {"sterling", ""},
    {"€", "EUR "},   {"eur", "EUR "}, {"euro", "EUR "},    {"euros", "EUR "},      {"us$", "USD "}, {"usd", "USD "},
    {"a$", "AUD "},  {"aud", "AUD "}, {"c$", "CAD "},      {"cad", "CAD "},        {"chf", "CHF "}, {"francs", "CHF "},
    {"sfr", "CHF "}, {"$", "USD "},   {"dollars", "USD "}, {"us dollars", "USD "},
};

static const struct {
    const char *word;
    double factor;
} factors[] = {
    {"hundred", 1e2}, {"thousand", 1e3}, {"thou", 1e3}, {"grand", 1e3}, {"million", 1e6}, {"billion", 1e9}, {"bn", 1e9},
    {"mn", 1e6},      {"mill", 1e6},     {"mil", 1e6},  {"k", 1e3},     {"m", 1e6},       {"b", 1e9},
};

/* TRUE when the sign at `at` is a word of its own: "eur" is none in "europe". */
static gboolean is_sign_at(const char *text, const char *at, const char *sign)
{
    gsize length = strlen(sign);
    gboolean is_cut_before = g_ascii_isalpha(*sign) && at > text && g_ascii_isalpha(at[-1]);
    return !is_cut_before && !(g_ascii_isalpha(sign[length - 1]) && g_ascii_isalpha(at[length]));
}

static const char *find_sign(const char *text, const char *sign)
{
    const char *at = strstr(text, sign);
    while (at && !is_sign_at(text, at, sign)) {
        at = strstr(at + 1, sign);
    }
    return at;
}

/* The currency that is named first: "£10k (about €12k)" is in pounds. */
static const char *find_currency(const char *folded)
{
    const char *code = "", *first = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(currencies); i++) {
        const char *at = find_sign(folded, currencies[i].sign);
        if (at && (!first || at < first)) {
            first = at;
            code = currencies[i].code;
        }
    }
    return code;
}

/* TRUE when a mark between thousands stands at `at`: "12,500", "12 500", "12'500". */
static gboolean parts_thousands(const char *at)
{
    return (*at == ' ' || *at == '\'') && g_ascii_isdigit(at[1]) && g_ascii_isdigit(at[2]) && g_ascii_isdigit(at[3]) &&
           !g_ascii_isdigit(at[4]);
}

/* One number at `at`, with marks between thousands; *end is behind it. */
static double read_number(const char *at, const char **end)
{
    g_autoptr(GString) digits = g_string_new(NULL);
    for (; g_ascii_isdigit(*at) || ((*at == ',' || *at == '.') && g_ascii_isdigit(at[1])) || parts_thousands(at); at++) {
        if (g_ascii_isdigit(*at) || *at == '.') {
            g_string_append_c(digits, *at);
        }
    }
    *end = at;
    /* "10.000" and "1.000.000" have no pence: thousands as the continent writes them. */
    const char *dot = strchr(digits->str, '.');
    if (dot && (strchr(dot + 1, '.') || strlen(dot + 1) == 3)) {
        g_autoptr(GString) whole = g_string_new(digits->str);
        g_string_replace(whole, ".", "", 0);
        return g_ascii_strtod(whole->str, NULL);
    }
    return g_ascii_strtod(digits->str, NULL);
}

/* The factor that stands at `at` (blanks may come first), 1 when none does; one may follow another: "2 hundred thousand". */
static double read_factor(const char *at, const char **end)
{
    double factor = 1;
    *end = at;
    for (guint i = 0; i < G_N_ELEMENTS(factors); i++) {
        const char *word = *end + strspn(*end, " ");
        gsize length = strlen(factors[i].word);
        if (g_ascii_strncasecmp(word, factors[i].word, length) == 0 && !g_ascii_isalpha(word[length])) {
            gboolean is_hundred = factors[i].factor < 1e3;
            *end = word + length;
            factor *= factors[i].factor;
            if (!is_hundred) {
                return factor;
            }
        }
    }
    return factor;
}

/* The number after a dash, "to" or "and" at `at`; FALSE when there is none. */
static gboolean read_upper(const char *at, double *number, double *factor)
{
    static const char *const joins[] = {"-", "–", "—", "to", "and", NULL};
    at += strspn(at, " ");
    for (guint i = 0; joins[i]; i++) {
        if (g_str_has_prefix(at, joins[i])) {
            const char *digits = at + strlen(joins[i]);
            digits += strcspn(digits, "0123456789\n");
            if (!g_ascii_isdigit(*digits) || digits - at > 12) {
                return FALSE;
            }
            *number = read_number(digits, &digits);
            *factor = read_factor(digits, &digits);
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean read_amount(const char *text, double *amount)
{
    const char *at = text + strcspn(text, "0123456789");
    if (!*at) {
        return FALSE;
    }
    double number = read_number(at, &at);
    double factor = read_factor(at, &at);
    double upper = 0, upper_factor = 1;
    if (factor == 1 && read_upper(at, &upper, &upper_factor) && upper_factor > 1 && number <= upper) {
        factor = upper_factor;
    }
    *amount = number * factor;
    return *amount <= MAX_AMOUNT;
}

char *extract_normalise_money(const char *raw)
{
    g_autofree char *folded = g_utf8_strdown(raw, -1);
    g_autofree char *written = extract_write_digits(folded);
    double amount;
    if (!read_amount(written, &amount)) {
        return NULL;
    }
    return g_strdup_printf("%s%.0f", find_currency(written), amount);
}

char *extract_normalise_number(const char *raw)
{
    double amount;
    g_autofree char *folded = g_utf8_strdown(raw, -1);
    g_autofree char *written = extract_write_digits(folded);
    return read_amount(written, &amount) ? g_strdup_printf("%.0f", amount) : NULL;
}
