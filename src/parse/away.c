/*
 * parse/away.c - the day on which the writer of an out-of-office reply is back
 *
 * Takes a message that bears the marks of an automatic reply; sets message->back_on ("2026-03-09"), or leaves it NULL where no day is given. A day
 * after a word such as "return" or "back" is surer than one after "until", and that surer than the last day in a sentence about being away.
 *
 * Dates are read as people in Britain write them (9 March 2026, Monday 9th March, 09/03/2026), and as ISO 8601; 12/25/2026 can only be
 * American. A year that is not said, and a bare day of the week, are counted from the date of the mail. A day that lies before the mail or more than
 * thirteen months after it is none.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum { MAX_SCANNED_BYTES = 4 * 1024, WINDOW_BYTES = 60, MAX_TOKENS = 16, MAX_AWAY_DAYS = 400 };

typedef struct {
    int number; /* -1 for a word */
    guint digits;
    char word[16]; /* cut: no name of a month is longer */
    char before;   /* the character in front of it */
    gboolean is_ordinal;
} Token;

static const char *const months[] = {
    "jan january januar janvier enero gennaio januari janeiro stycznia ionawr ianuarie sausio",
    "feb february februar fevrier febrero febbraio februari fevereiro lutego chwefror februarie vasario",
    "mar march marz mars marzo maart marco marts marca mawrth fawrth martie kovo",
    "apr april avril abril aprile kwietnia ebrill aprilie balandzio",
    "may mai mayo maggio mei maio maj maja fai geguzes",
    "jun june juni juin junio giugno junho czerwca mehefin fehefin iunie birzelio",
    "jul july juli juillet julio luglio julho lipca gorffennaf orffennaf iulie liepos",
    "aug august aout agosto augustus augusti sierpnia awst rugpjucio",
    "sep sept september septembre septiembre settembre setembro wrzesnia medi fedi septembrie rugsejo",
    "oct october oktober octobre octubre ottobre outubro pazdziernika hydref octombrie spalio",
    "nov november novembre noviembre novembro listopada tachwedd dachwedd noiembrie lapkricio",
    "dec december dezember decembre diciembre dicembre dezembro desember grudnia rhagfyr ragfyr decembrie gruodzio"};
static const char *const weekdays[] = {"mon monday montag lundi lunes maandag",
                                       "tue tues tuesday dienstag mardi martes dinsdag",
                                       "wed wednesday mittwoch mercredi miercoles woensdag",
                                       "thu thur thurs thursday donnerstag jeudi jueves donderdag",
                                       "fri friday freitag vendredi viernes vrijdag",
                                       "sat saturday samstag samedi sabado zaterdag",
                                       "sun sunday sonntag dimanche domingo zondag"};

/* Surest first. Within a group the first that a day follows counts. */
static const char *const back_words[] = {"return",  "back ",  "wieder ", "zuruck",    "de retour", "di ritorno", "de vuelta",
                                         "terug",   "vuelvo", "regres",  "rientr",    "de volta",  "tillbaka",   "tilbage",
                                         "tilbake", " ab ",   "yn ol",   "dychwelyd", "wracam",    "wroce",      "powrot",
                                         "grizt",   "revin",  "vernus",  NULL};
/* The day stands in front of these. */
static const char *const again_words[] = {" wieder", " weer ", " igen", NULL};
static const char *const until_words[] = {"until",  "till ", "through ", " thru ",         "up to ",   "bis ",     "jusqu",
                                          "hasta ", " ate ", "t.o.m",    " till och med ", "fino al",  "tot ",     " tan ",
                                          " hyd ",  " do ",  " iki ",    "pana pe ",       "pana la ", "pana in ", NULL};
static const char *const away_words[] = {"out of the office",
                                         "out of office",
                                         "on leave",
                                         "annual leave",
                                         "on holiday",
                                         "on vacation",
                                         "away ",
                                         "travel",
                                         "urlaub",
                                         "not in the office",
                                         "absent",
                                         "afwezig",
                                         "assente",
                                         "ausente",
                                         "poza biurem",
                                         "nieobecn",
                                         "franvarande",
                                         "fravaer",
                                         NULL};

/* The place of `word` in a table of names, 1 for the first; 0 for none. */
static int find_name(const char *word, const char *const *names, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        g_auto(GStrv) each = g_strsplit(names[i], " ", -1);
        if (g_strv_contains((const char *const *)each, word))
            return (int)i + 1;
    }
    return 0;
}

static int find_month(const Token *token)
{
    return token->number >= 0 ? 0 : find_name(token->word, months, G_N_ELEMENTS(months));
}

/* Skips "th" and the like behind a number. */
static const char *skip_ordinal(const char *at)
{
    static const char *const ends[] = {"st", "nd", "rd", "th"};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
        if (strncmp(at, ends[i], 2) == 0 && !g_ascii_isalpha(at[2]))
            return at + 2;
    return at;
}

static guint read_tokens(const char *text, gsize reach, Token *tokens)
{
    guint count = 0;
    const char *end = text + strnlen(text, reach);
    for (const char *at = text; at < end && count < MAX_TOKENS;) {
        char before = at > text ? at[-1] : ' ';
        Token token = {.number = -1, .before = before};
        if (g_ascii_isdigit(*at)) {
            token.digits = (guint)strspn(at, "0123456789");
            token.number = token.digits > 4 ? 9999 : (int)g_ascii_strtoll(at, NULL, 10);
            at += token.digits;
            token.is_ordinal = skip_ordinal(at) != at;
            at = skip_ordinal(at);
        } else if (g_ascii_isalpha(*at)) {
            gsize length = strspn(at, "abcdefghijklmnopqrstuvwxyz");
            g_strlcpy(token.word, at, MIN(length + 1, sizeof(token.word)));
            at += length;
        } else {
            at++;
            continue;
        }
        static const char *const small[] = {"of", "the", "de", "o", "d", NULL};
        if (!g_strv_contains(small, token.word))
            tokens[count++] = token;
    }
    return count;
}

static gboolean set_date(GDate *date, int day, int month, int year)
{
    int full = year < 100 ? 2000 + year : year;
    if (full < 1990 || full > 2199 ||
        !g_date_valid_dmy((GDateDay)CLAMP(day, 0, 255), (GDateMonth)CLAMP(month, 0, 13), (GDateYear)full))
        return FALSE;
    g_date_set_dmy(date, (GDateDay)day, (GDateMonth)month, (GDateYear)full);
    return TRUE;
}

/* Without a year: the first such day that is not before the mail. */
static gboolean set_next(GDate *date, int day, int month, const GDate *written)
{
    if (!g_date_valid(written))
        return FALSE;
    int year = g_date_get_year(written);
    if (!set_date(date, day, month, year))
        return FALSE;
    return g_date_compare(date, written) >= 0 || set_date(date, day, month, year + 1);
}

static gboolean is_year(const Token *token)
{
    return token->number >= 0 && (token->digits == 4 || (token->digits == 2 && strchr("/.-'", token->before) != NULL));
}

/* "9 March 2026", "March 9, 2026", with or without the year. */
static gboolean read_named(const Token *tokens, guint left, const GDate *written, GDate *date)
{
    if (left < 2)
        return FALSE;
    int first = find_month(&tokens[0]), second = find_month(&tokens[1]);
    int month = first > 0 ? first : second, day = first > 0 ? tokens[1].number : tokens[0].number;
    if (month == 0 || day < 1 || day > 31)
        return FALSE;
    if (first > 0 && left > 2 && tokens[2].before == '-' && tokens[2].number >= day && tokens[2].number <= 31)
        day = tokens[2].number; /* "July 10-31" */
    return left > 2 && tokens[2].before != '-' && is_year(&tokens[2]) ? set_date(date, day, month, tokens[2].number)
                                                                      : set_next(date, day, month, written);
}

/* "2026-03-09", "09/03/2026", "9.3.26", "09/03". */
static gboolean read_numbers(const Token *tokens, guint left, const GDate *written, GDate *date)
{
    if (left < 2 || tokens[0].number < 0 || tokens[1].number < 0 || strchr("/.-", tokens[1].before) == NULL)
        return FALSE;
    gboolean is_threefold = left > 2 && tokens[2].number >= 0 && tokens[2].before == tokens[1].before;
    if (tokens[0].digits == 4)
        return is_threefold && set_date(date, tokens[2].number, tokens[1].number, tokens[0].number);
    int day = tokens[0].number, month = tokens[1].number;
    if (month > 12)
        day = tokens[1].number, month = tokens[0].number;
    if (is_threefold)
        return is_year(&tokens[2]) && set_date(date, day, month, tokens[2].number);
    static const char *const hours[] = {"uhr", "am", "pm", "h", NULL};
    gboolean is_dotted = tokens[1].before == '.' && tokens[1].digits <= 2 && tokens[1].number == month &&
                         !(left > 2 && g_strv_contains(hours, tokens[2].word));
    return (tokens[1].before == '/' || is_dotted) && set_next(date, day, month, written);
}

static gboolean read_weekday(const Token *token, const GDate *written, GDate *date)
{
    int day = token->number >= 0 ? 0 : find_name(token->word, weekdays, G_N_ELEMENTS(weekdays));
    if (day == 0 || !g_date_valid(written))
        return FALSE;
    *date = *written;
    do
        g_date_add_days(date, 1);
    while ((int)g_date_get_weekday(date) != day);
    return TRUE;
}

/* "on the 9th": in the month of the mail, or the next one. */
static gboolean read_ordinal(const Token *token, const GDate *written, GDate *date)
{
    if (!token->is_ordinal || token->number < 1 || token->number > 31 || !g_date_valid(written))
        return FALSE;
    GDate month = *written;
    if (token->number < g_date_get_day(written)) {
        g_date_set_day(&month, 1);
        g_date_add_months(&month, 1);
    }
    return set_date(date, token->number, (int)g_date_get_month(&month), g_date_get_year(&month));
}

static gboolean read_tomorrow(const Token *token, const GDate *written, GDate *date)
{
    if (strcmp(token->word, "tomorrow") != 0 || !g_date_valid(written))
        return FALSE;
    *date = *written;
    g_date_add_days(date, 1);
    return TRUE;
}

/* "until September": its first day. Short names are words too ("may", "mar"). */
static gboolean read_month(const Token *token, const GDate *written, GDate *date)
{
    int month = strlen(token->word) < 4 ? 0 : find_month(token);
    return month > 0 && set_next(date, 1, month, written);
}

typedef gboolean (*ReadFunc)(const Token *token, const GDate *written, GDate *date);

/* The first day that is said within `reach` bytes; the last one when `takes_last`. */
static gboolean read_day(const char *text, gsize reach, gboolean takes_last, const GDate *written, GDate *date)
{
    Token tokens[MAX_TOKENS];
    guint count = read_tokens(text, reach, tokens);
    gboolean is_found = FALSE;
    for (guint i = 0; i < count && (takes_last || !is_found); i++)
        is_found =
            read_named(tokens + i, count - i, written, date) || read_numbers(tokens + i, count - i, written, date) || is_found;
    static const ReadFunc vaguer[] = {read_ordinal, read_weekday, read_tomorrow, read_month};
    for (guint n = 0; n < G_N_ELEMENTS(vaguer) && !takes_last; n++)
        for (guint i = 0; i < count && !is_found; i++)
            is_found = vaguer[n](&tokens[i], written, date);
    return is_found;
}

static gboolean is_plausible(const GDate *date, const GDate *written)
{
    int days = g_date_valid(written) ? g_date_days_between(written, date) : 0;
    return days >= 0 && days <= MAX_AWAY_DAYS;
}

/* A full stop with a blank behind it, but not that of "9. March". */
static gboolean is_stop(const char *text, gsize at)
{
    if (strchr(".!?", text[at]) == NULL || strchr(" \n", text[at + 1]) == NULL)
        return FALSE;
    return at < 2 || text[at] != '.' || !g_ascii_isdigit(text[at - 1]) ||
           (g_ascii_isdigit(text[at - 2]) && at > 2 && text[at - 3] != ' ');
}

/* To the end of the sentence, or an empty line. */
static gsize measure_sentence(const char *text)
{
    gsize length = 0;
    while (text[length] != '\0' && !is_stop(text, length) && strncmp(text + length, "\n\n", 2) != 0)
        length++;
    return length;
}

static gboolean read_after(const char *text, const char *const *words, gboolean takes_last, const GDate *written, GDate *date)
{
    for (guint i = 0; words[i] != NULL; i++)
        for (const char *at = strstr(text, words[i]); at != NULL; at = strstr(at + 1, words[i])) {
            gsize sentence = measure_sentence(at);
            gsize reach = takes_last ? MIN(sentence, 3 * WINDOW_BYTES) : MIN(sentence, WINDOW_BYTES);
            if (read_day(at + strlen(words[i]), reach > strlen(words[i]) ? reach - strlen(words[i]) : 0, takes_last, written,
                         date) &&
                is_plausible(date, written))
                return TRUE;
        }
    return FALSE;
}

/* "Ab dem 9. März bin ich wieder da", where the day was not found behind such a word. */
static gboolean read_before(const char *text, const GDate *written, GDate *date)
{
    for (guint i = 0; again_words[i] != NULL; i++) {
        const char *at = strstr(text, again_words[i]), *start = at;
        while (start != NULL && start > text && at - start < WINDOW_BYTES && !is_stop(text, (gsize)(start - text)) &&
               strncmp(start, "\n\n", 2) != 0)
            start--;
        if (start != NULL && read_day(start, (gsize)(at - start), TRUE, written, date) && is_plausible(date, written))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_sign(const AutomaticMark *mark)
{
    return mark->kind == KIND_AUTO_REPLY && !mark->is_doubtful;
}

static gboolean is_auto_reply(const Message *message)
{
    for (guint i = 0; i < message->automatic->len; i++)
        if (is_sign(g_ptr_array_index(message->automatic, i)))
            return TRUE;
    return FALSE;
}

/* "3月9日" as " march 9 ". Owned. */
static char *spell_months(const char *text)
{
    GString *spelled = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gsize digits = strspn(at, "0123456789");
        int number = digits == 0 || digits > 2 ? 0 : (int)g_ascii_strtoll(at, NULL, 10);
        if (number >= 1 && number <= 12 && g_str_has_prefix(at + digits, "月")) {
            g_auto(GStrv) names = g_strsplit(months[number - 1], " ", 3);
            g_string_append_printf(spelled, " %s ", names[1]);
            at += digits;
        } else if (digits > 1) {
            g_string_append_len(spelled, at, (gssize)digits);
            at += digits - 1;
        } else {
            g_string_append_len(spelled, at, g_utf8_next_char(at) - at);
        }
    }
    return g_string_free(spelled, FALSE);
}

/* The few words of Russian and Ukrainian dates as English ones; the script itself is lost below. Owned. */
static char *spell_cyrillic(const char *text)
{
    static const char *const words[][2] = {
        {"января", "january"},  {"февраля", "february"}, {"марта", "march"},    {"апреля", "april"},       {"мая", "may"},
        {"июня", "june"},       {"июля", "july"},        {"августа", "august"}, {"сентября", "september"}, {"октября", "october"},
        {"ноября", "november"}, {"декабря", "december"}, {"березня", "march"},  {"квітня", "april"},       {" до ", " until "},
        {" по ", " until "},    {"вернусь", "return"},   {"буду с ", "return "}};
    GString *spelled = g_string_new(text);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        g_string_replace(spelled, words[i][0], words[i][1], 0);
    return g_string_free(spelled, FALSE);
}

/* Lower case without accents, with its line ends. Owned. */
static char *fold_lines(const char *text)
{
    g_autofree char *start = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), MAX_SCANNED_BYTES));
    g_autofree char *named = spell_cyrillic(start);
    g_autofree char *spelled = strstr(named, "月") == NULL ? g_strdup(named) : spell_months(named);
    g_autofree char *plain = g_str_to_ascii(spelled, "C");
    return g_ascii_strdown(plain, -1);
}

void away_read(Message *message)
{
    if (!is_auto_reply(message))
        return;
    GDate written, date;
    g_date_clear(&written, 1);
    g_date_clear(&date, 1);
    if (message->date > 0)
        g_date_set_time_t(&written, (time_t)message->date);
    g_autofree char *whole = g_strconcat(message->subject, "\n\n", message->new_text, NULL);
    g_autofree char *text = fold_lines(whole);
    if (!read_after(text, back_words, FALSE, &written, &date) && !read_after(text, until_words, FALSE, &written, &date) &&
        !read_before(text, &written, &date) && !read_after(text, away_words, TRUE, &written, &date) &&
        !(strstr(whole, "月") != NULL && read_day(text, strlen(text), TRUE, &written, &date) && is_plausible(&date, &written)))
        return;
    message->back_on =
        g_strdup_printf("%04d-%02d-%02d", (int)g_date_get_year(&date), (int)g_date_get_month(&date), (int)g_date_get_day(&date));
}
