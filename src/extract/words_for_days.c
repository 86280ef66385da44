/*
 * extract/words_for_days.c - a day said in words -> the day that is meant
 *
 * "by the end of March", "next Friday", "before Christmas", "the end of the tax year", "within two weeks", "Q2": read as people in Britain mean
 * them, on the day the mail was written. A stretch of time that is named alone means its first day (a month, a season), or its last where that is what
 * one works towards (this week, this month, a quarter, a year). A month or feast that has gone by is that of next year. FALSE for all else.
 */
#include "parts.h"

#include <string.h>

#define MAX_WORDS 12
#define MAX_COUNT 400 /* of days, weeks, months */

typedef struct {
    char **words;
    guint count;
    const GDate *today;
} Saying;

typedef struct {
    GDate first, last;
    gboolean ends; /* alone it means its last day */
} Stretch;

static gboolean has_word(const Saying *saying, const char *word)
{
    return g_strv_contains((const char *const *)saying->words, word);
}

/* The place of the first of these words in what is said; -1. *which is the word's own place in the list. */
static gint find_any(const Saying *saying, const char *const *list, guint *which)
{
    for (guint i = 0; i < saying->count; i++) {
        for (guint j = 0; list[j]; j++) {
            if (strcmp(saying->words[i], list[j]) == 0) {
                *which = j;
                return (gint)i;
            }
        }
    }
    return -1;
}

static void set_month(Stretch *stretch, GDateMonth month, GDateYear year, guint months)
{
    g_date_set_dmy(&stretch->first, 1, month, year);
    stretch->last = stretch->first;
    g_date_add_months(&stretch->last, months);
    g_date_subtract_days(&stretch->last, 1);
}

/* A stretch of every year: that of this year, or of the next when it has gone by. */
static void set_coming(Stretch *stretch, GDateMonth month, guint months, const GDate *today)
{
    set_month(stretch, month, g_date_get_year(today), months);
    if (g_date_compare(&stretch->last, today) < 0) {
        set_month(stretch, month, (GDateYear)(g_date_get_year(today) + 1), months);
    }
}

static void set_day(Stretch *stretch, GDateDay day, GDateMonth month, const GDate *today)
{
    g_date_set_dmy(&stretch->first, day, month, g_date_get_year(today));
    if (g_date_compare(&stretch->first, today) < 0) {
        g_date_add_years(&stretch->first, 1);
    }
    stretch->last = stretch->first;
}

/* ---- stretches of time ---- */

static const char *const month_words[] = {"january", "february", "march",    "april", "may", "june", "july", "august", "september",
                                          "october", "november", "december", "jan",   "feb", "mar",  "apr",  "jun",    "jul",
                                          "aug",     "sept",     "sep",      "oct",   "nov", "dec",  NULL};
static const GDateMonth month_numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 6, 7, 8, 9, 9, 10, 11, 12};

/* "May" is a verb unless something makes it a month: "we may need it". */
static gboolean is_verb(const Saying *saying, gint at)
{
    static const char *const before[] = {"of",  "by",    "in",   "before", "until", "next", "this",
                                         "mid", "early", "late", "end",    "start", NULL};
    if (strcmp(saying->words[at], "may") != 0 || saying->count == 1) {
        return FALSE;
    }
    gboolean has_year = (guint)at + 1 < saying->count && g_ascii_isdigit(*saying->words[at + 1]);
    return !has_year && (at == 0 || !g_strv_contains(before, saying->words[at - 1]));
}

static gboolean read_month(const Saying *saying, Stretch *stretch)
{
    guint which = 0;
    gint at = find_any(saying, month_words, &which);
    if (at < 0 || is_verb(saying, at)) {
        return FALSE;
    }
    const char *next = (guint)at + 1 < saying->count ? saying->words[at + 1] : "";
    guint64 year = strlen(next) == 4 ? g_ascii_strtoull(next, NULL, 10) : 0;
    if (year >= 1900 && year <= 2200) {
        set_month(stretch, month_numbers[which], (GDateYear)year, 1);
    } else {
        set_coming(stretch, month_numbers[which], 1, saying->today);
    }
    return TRUE;
}

static gboolean read_quarter(const Saying *saying, Stretch *stretch)
{
    static const char *const quarters[] = {"q1", "q2", "q3", "q4", NULL};
    guint which = 0;
    gint at = find_any(saying, quarters, &which);
    if (at < 0) {
        return FALSE;
    }
    const char *next = (guint)at + 1 < saying->count ? saying->words[at + 1] : "";
    guint64 year = strlen(next) == 4 ? g_ascii_strtoull(next, NULL, 10) : 0;
    if (year >= 1900 && year <= 2200) {
        set_month(stretch, (GDateMonth)(which * 3 + 1), (GDateYear)year, 3);
    } else {
        set_coming(stretch, (GDateMonth)(which * 3 + 1), 3, saying->today);
    }
    stretch->ends = TRUE;
    return TRUE;
}

static gboolean read_season(const Saying *saying, Stretch *stretch)
{
    static const char *const seasons[] = {"spring", "summer", "autumn", "winter", NULL};
    guint which = 0;
    if (find_any(saying, seasons, &which) < 0) {
        return FALSE;
    }
    set_coming(stretch, (GDateMonth)(which * 3 + 3), 3, saying->today);
    return TRUE;
}

/* Easter Sunday (the rule of Meeus, Jones and Butcher). */
static void set_easter(GDate *easter, guint year)
{
    guint a = year % 19, b = year / 100, c = year % 100;
    guint h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    guint l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    guint m = (a + 11 * h + 22 * l) / 451;
    guint days = h + l - 7 * m + 114;
    g_date_set_dmy(easter, (GDateDay)(days % 31 + 1), (GDateMonth)(days / 31), (GDateYear)year);
}

/* Feasts, quarter days, and the years of the Treasury. */
static gboolean read_feast(const Saying *saying, Stretch *stretch)
{
    static const char *const feasts[] = {"christmas", "xmas", "michaelmas", "midsummer", "boxing", "lady", NULL};
    static const GDateDay days[] = {25, 25, 29, 24, 26, 25};
    static const GDateMonth months[] = {12, 12, 9, 6, 12, 3};
    guint which = 0;
    if (has_word(saying, "easter")) {
        set_easter(&stretch->first, g_date_get_year(saying->today));
        if (g_date_compare(&stretch->first, saying->today) < 0) {
            set_easter(&stretch->first, g_date_get_year(saying->today) + 1u);
        }
        stretch->last = stretch->first;
        return TRUE;
    }
    if (find_any(saying, feasts, &which) < 0) {
        return FALSE;
    }
    set_day(stretch, days[which], months[which], saying->today);
    return TRUE;
}

static gboolean read_year(const Saying *saying, Stretch *stretch)
{
    if (!has_word(saying, "year") && !has_word(saying, "years")) {
        return FALSE;
    }
    if (has_word(saying, "tax")) {
        set_day(stretch, 5, G_DATE_APRIL, saying->today);
    } else if (has_word(saying, "financial")) {
        set_day(stretch, 31, G_DATE_MARCH, saying->today);
    } else if (has_word(saying, "new")) {
        set_day(stretch, 1, G_DATE_JANUARY, saying->today);
    } else {
        guint later = has_word(saying, "next") ? 1 : 0;
        set_month(stretch, G_DATE_JANUARY, (GDateYear)(g_date_get_year(saying->today) + later), 12);
        stretch->ends = later == 0;
    }
    return TRUE;
}

/* "the end of the month", "this week", "next quarter". */
static gboolean read_unit(const Saying *saying, Stretch *stretch)
{
    const GDate *today = saying->today;
    guint later = has_word(saying, "next") ? 1 : 0;
    if (has_word(saying, "week")) {
        stretch->first = *today;
        g_date_subtract_days(&stretch->first, (guint)g_date_get_weekday(today) - 1);
        g_date_add_days(&stretch->first, 7 * (later + (g_date_get_weekday(today) > G_DATE_FRIDAY ? 1 : 0)));
        stretch->last = stretch->first;
        g_date_add_days(&stretch->last, G_DATE_FRIDAY - G_DATE_MONDAY);
    } else if (has_word(saying, "month") || has_word(saying, "quarter")) {
        gboolean is_quarter = has_word(saying, "quarter");
        guint months = is_quarter ? 3 : 1, month = g_date_get_month(today);
        GDate first;
        g_date_set_dmy(&first, 1, (GDateMonth)(month - (month - 1) % months), g_date_get_year(today));
        g_date_add_months(&first, months * later);
        set_month(stretch, g_date_get_month(&first), g_date_get_year(&first), months);
    } else {
        return FALSE;
    }
    stretch->ends = TRUE;
    return TRUE;
}

static gboolean read_stretch(const Saying *saying, Stretch *stretch)
{
    return read_month(saying, stretch) || read_quarter(saying, stretch) || read_feast(saying, stretch) ||
           read_year(saying, stretch) || read_season(saying, stretch) || read_unit(saying, stretch);
}

static void choose_day(const Saying *saying, const Stretch *stretch, GDate *day)
{
    guint days = (guint)g_date_days_between(&stretch->first, &stretch->last);
    *day = stretch->ends ? stretch->last : stretch->first;
    if (has_word(saying, "end") || has_word(saying, "late") || has_word(saying, "close")) {
        *day = stretch->last;
    } else if (has_word(saying, "mid") || has_word(saying, "middle")) {
        *day = stretch->first;
        g_date_add_days(day, days / 2);
    } else if (has_word(saying, "start") || has_word(saying, "beginning") || has_word(saying, "early")) {
        *day = stretch->first;
    }
    /* "By March", said in March. */
    if (g_date_compare(day, saying->today) < 0 && g_date_compare(&stretch->last, saying->today) >= 0) {
        *day = stretch->last;
    }
}

/* ---- days ---- */

static gboolean read_weekday(const Saying *saying, GDate *day)
{
    static const char *const weekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL};
    guint which = 0;
    gint at = find_any(saying, weekdays, &which);
    if (at < 0) {
        return FALSE;
    }
    guint today = (guint)g_date_get_weekday(saying->today) - 1;
    guint ahead = (which + 7 - today) % 7;
    if (at > 0 && strcmp(saying->words[at - 1], "next") == 0) {
        ahead = which + 7 - today; /* that of next week */
    } else if (ahead == 0 && !has_word(saying, "this")) {
        ahead = 7;
    }
    ahead += has_word(saying, "week") && !has_word(saying, "this") ? 7
             : has_word(saying, "fortnight")                       ? 14
                                                                   : 0; /* Tuesday week, a week on Tuesday */
    *day = *saying->today;
    g_date_add_days(day, ahead);
    return TRUE;
}

static gboolean read_near_day(const Saying *saying, GDate *day)
{
    gboolean is_end = has_word(saying, "end") || has_word(saying, "close");
    gboolean is_today = has_word(saying, "today") || has_word(saying, "tonight") || has_word(saying, "cob") ||
                        has_word(saying, "cop") || has_word(saying, "eod") ||
                        (is_end && (has_word(saying, "day") || has_word(saying, "business") || has_word(saying, "play")));
    if (!is_today && !has_word(saying, "tomorrow")) {
        return FALSE;
    }
    *day = *saying->today;
    g_date_add_days(day, (has_word(saying, "tomorrow") ? 1 : 0) + (has_word(saying, "after") ? 1 : 0) +
                             (has_word(saying, "week") ? 7 : 0));
    return TRUE;
}

static void add_working_days(GDate *day, guint count)
{
    while (count > 0) {
        g_date_add_days(day, 1);
        count -= g_date_get_weekday(day) <= G_DATE_FRIDAY ? 1 : 0;
    }
}

/* "within two weeks", "in six months' time", "10 working days"; of "two to three weeks" the longer. */
static gboolean read_count(const Saying *saying, GDate *day)
{
    static const char *const units[] = {"day", "days", "week", "weeks", "fortnight", "month", "months", NULL};
    guint which = 0;
    gint at = find_any(saying, units, &which);
    if (at < 0 || !(has_word(saying, "within") || has_word(saying, "in") || g_ascii_isdigit(*saying->words[0]))) {
        return FALSE;
    }
    gboolean is_working =
        at > 0 && (strcmp(saying->words[at - 1], "working") == 0 || strcmp(saying->words[at - 1], "business") == 0);
    gint number_at = at - (is_working ? 2 : 1);
    guint64 count =
        number_at >= 0 && g_ascii_isdigit(*saying->words[number_at]) ? g_ascii_strtoull(saying->words[number_at], NULL, 10) : 1;
    if (count > MAX_COUNT) {
        return FALSE;
    }
    *day = *saying->today;
    if (which >= 5) {
        g_date_add_months(day, (guint)count);
    } else if (is_working) {
        add_working_days(day, (guint)count);
    } else {
        g_date_add_days(day, (guint)count * (which < 2 ? 1 : which == 4 ? 14 : 7));
    }
    return TRUE;
}

gboolean extract_read_day_words(const char *raw, const GDate *today, GDate *day)
{
    g_autofree char *folded = g_utf8_strdown(raw, -1);
    g_autofree char *written = extract_write_digits(folded);
    for (char *at = written; *at; at++) {
        if (!g_ascii_isalnum(*at)) {
            *at = ' ';
        }
    }
    g_auto(GStrv) all = g_strsplit(written, " ", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (guint i = 0; all[i] && words->len < MAX_WORDS; i++) {
        if (*all[i]) {
            g_ptr_array_add(words, all[i]);
        }
    }
    Saying saying = {(char **)words->pdata, words->len, today};
    Stretch stretch = {.ends = FALSE};
    g_ptr_array_add(words, NULL);
    saying.words = (char **)words->pdata;
    if (saying.count == 0 || has_word(&saying, "last")) {
        return FALSE;
    }
    if (read_count(&saying, day) || read_weekday(&saying, day)) {
        return TRUE;
    }
    if (read_stretch(&saying, &stretch)) {
        choose_day(&saying, &stretch, day);
        return TRUE;
    }
    return read_near_day(&saying, day);
}
