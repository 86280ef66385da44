/*
 * extract/date.c - a calendar date as people in Britain write it -> "2026-03-31"
 *
 * Day before month ("31/03/2026", "31st of March 2026", "31 Mar 2026"), the month's name in front ("March 31, 2026") or ISO 8601. A date without its
 * year is none: the pure middle does not guess which year a person means.
 */
#include "parts.h"

#include <string.h>

#define MAX_NUMBERS 3

typedef struct {
    guint numbers[MAX_NUMBERS];
    guint digits[MAX_NUMBERS];
    guint count;
    guint month; /* named; 0 when none is */
} DateParts;

static guint find_month(const char *word)
{
    static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    for (guint i = 0; i < G_N_ELEMENTS(months); i++) {
        if (g_ascii_strncasecmp(word, months[i], 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static void read_parts(const char *at, DateParts *parts)
{
    while (*at && parts->count < MAX_NUMBERS) {
        if (g_ascii_isdigit(*at)) {
            gsize digits = strspn(at, "0123456789");
            parts->numbers[parts->count] = digits <= 4 ? (guint)g_ascii_strtoull(at, NULL, 10) : 0;
            parts->digits[parts->count++] = (guint)digits;
            at += digits;
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

static char *format_date(guint year, guint month, guint day)
{
    if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year)) {
        return NULL;
    }
    return g_strdup_printf("%04u-%02u-%02u", year, month, day);
}

char *extract_normalise_date(const char *raw)
{
    DateParts parts = {0};
    read_parts(raw, &parts);
    const guint *numbers = parts.numbers;
    if (parts.month && parts.count >= 2 && parts.digits[1] == 4) {
        return format_date(numbers[1], parts.month, numbers[0]);
    }
    if (parts.month || parts.count < 3) {
        return NULL;
    }
    if (parts.digits[0] == 4) {
        return format_date(numbers[0], numbers[1], numbers[2]);
    }
    guint year = parts.digits[2] == 2 ? 2000 + numbers[2] : numbers[2];
    return parts.digits[2] == 2 || parts.digits[2] == 4 ? format_date(year, numbers[1], numbers[0]) : NULL;
}
