/*
 * extract/date.c - a calendar date as people in Britain write it -> "2026-03-31"
 *
 * Day before month ("31/03/2026", "31st of March 2026", "31 Mar 2026"), the month's name in front ("March 31, 2026") or ISO 8601. A day without
 * its year ("31 March") or its month ("the 20th") is the next one, and days said in words are read by words_for_days.c: both need to know when it was said.
 */
#include "parts.h"

#include <string.h>

#define MAX_NUMBERS 3

typedef struct {
    guint numbers[MAX_NUMBERS];
    guint digits[MAX_NUMBERS];
    guint count;
    gboolean is_ordinal; /* the first number is "20th" */
    guint month;         /* named; 0 when none is */
} DateParts;

static guint find_month(const char *word)
{
    static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december"};
    gsize length = 0;
    while (g_ascii_isalpha(word[length])) {
        length++;
    }
    for (guint i = 0; length >= 3 && i < G_N_ELEMENTS(months); i++) {
        if (g_ascii_strncasecmp(word, months[i], length) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static gboolean is_ordinal(const char *at)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (g_ascii_strncasecmp(at, endings[i], 2) == 0 && !g_ascii_isalnum(at[2])) {
            return TRUE;
        }
    }
    return FALSE;
}

static void read_parts(const char *at, DateParts *parts)
{
    while (*at && parts->count < MAX_NUMBERS) {
        if (g_ascii_isdigit(*at)) {
            gsize digits = strspn(at, "0123456789");
            parts->numbers[parts->count] = digits <= 4 ? (guint)g_ascii_strtoull(at, NULL, 10) : 0;
            parts->digits[parts->count++] = (guint)digits;
            at += digits;
            parts->is_ordinal |= parts->count == 1 && is_ordinal(at);
            at += g_ascii_isalpha(*at) ? strspn(at, "stndrhSTNDRH") : 0; /* 31st */
        } else if (g_ascii_isalpha(*at)) {
            if (parts->month == 0) {
                parts->month = find_month(at);
            }
            while (g_ascii_isalpha(*at)) {
                at++;
            }
        } else {
            at++;
        }
    }
}

static gboolean set_date(GDate *day, guint year, guint month, guint number)
{
    if (year < 1900 || year > 2200 || month < 1 || month > 12 || number < 1 || number > 31 ||
        !g_date_valid_dmy((GDateDay)number, (GDateMonth)month, (GDateYear)year)) {
        return FALSE;
    }
    g_date_set_dmy(day, (GDateDay)number, (GDateMonth)month, (GDateYear)year);
    return TRUE;
}

/* "31 March": the next one. */
static gboolean set_coming_date(GDate *day, guint month, guint number, const GDate *today)
{
    guint year = g_date_get_year(today);
    if (set_date(day, year, month, number) && g_date_compare(day, today) >= 0) {
        return TRUE;
    }
    return set_date(day, year + 1, month, number);
}

/* "The 20th": of this month, or of the next one that has such a day. */
static gboolean set_coming_number(GDate *day, guint number, const GDate *today)
{
    GDate month = *today;
    g_date_set_day(&month, 1);
    for (guint i = 0; i < 12; i++, g_date_add_months(&month, 1)) {
        if (set_date(day, g_date_get_year(&month), g_date_get_month(&month), number) && g_date_compare(day, today) >= 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean read_written_date(const DateParts *parts, const GDate *today, GDate *day)
{
    const guint *numbers = parts->numbers;
    if (parts->month && parts->count >= 2 && parts->digits[1] == 4) {
        return set_date(day, numbers[1], parts->month, numbers[0]);
    }
    if (parts->month) {
        return parts->count == 1 && parts->digits[0] <= 2 && today && set_coming_date(day, parts->month, numbers[0], today);
    }
    if (parts->count == 1 && parts->is_ordinal && parts->digits[0] <= 2 && today) {
        return set_coming_number(day, numbers[0], today);
    }
    if (parts->count < 3) {
        return FALSE;
    }
    if (parts->digits[0] == 4) {
        return set_date(day, numbers[0], numbers[1], numbers[2]);
    }
    guint year = parts->digits[2] == 2 ? 2000 + numbers[2] : numbers[2];
    return (parts->digits[2] == 2 || parts->digits[2] == 4) && set_date(day, year, numbers[1], numbers[0]);
}

gboolean extract_read_day(const char *raw, const GDate *today, GDate *day)
{
    DateParts parts = {0};
    read_parts(raw, &parts);
    gboolean is_written =
        parts.month && parts.count > 0 && parts.digits[0] <= 2; /* "29 February" of a year without one is no other day */
    return read_written_date(&parts, today, day) || (today && !is_written && extract_read_day_words(raw, today, day));
}
