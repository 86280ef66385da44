/*
 * capture/import_date.c - the dates in headers and in the lines between the mails of an mbox
 *
 * Takes texts of strangers; gives a moment, or says that it is none. The words of a date are taken in any order that leaves no doubt, which
 * covers RFC 5322 with its obsolete forms, asctime(3), and what stands between them. Whatever is no part of a date makes the whole none: a line of
 * prose that begins with "From " must not divide a mail.
 */
#include "import_parts.h"

#include <string.h>

#define MAX_DATE_CHARS 200
#define SECONDS_PER_DAY 86400
#define JULIAN_OF_1970 719163

typedef struct {
    int day, month, year, hour, minute, second; /* -1: not yet */
    gboolean has_zone;
    gint64 zone_s; /* east of UTC */
} Parts;

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* The names of RFC 5322 section 4.3, and those that European servers write. All others are UTC, as it says there. */
static const struct {
    const char *name;
    int hours;
} zones[] = {
    {"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8},
    {"pdt", -7}, {"bst", 1},  {"ist", 1},  {"cet", 1},  {"met", 1},  {"cest", 2}, {"mest", 2},
};

static int find_word(const char *word, const char *const *list, guint count)
{
    for (guint i = 0; i < count; i++)
        if (g_ascii_strncasecmp(word, list[i], 3) == 0)
            return (int)i;
    return -1;
}

static gboolean is_weekday(const char *word)
{
    return g_ascii_isalpha(*word) && find_word(word, days, G_N_ELEMENTS(days)) >= 0;
}

/* A name of the month or of the zone; the day of the week says nothing that the date does not. */
static gboolean take_name(Parts *parts, const char *word)
{
    int month = find_word(word, months, G_N_ELEMENTS(months));
    if (month >= 0 && parts->month < 0) {
        parts->month = month + 1;
        return TRUE;
    }
    if (parts->hour < 0)
        return is_weekday(word);
    if (strlen(word) > 5 || parts->has_zone)
        return is_weekday(word);
    parts->has_zone = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(zones); i++)
        if (g_ascii_strcasecmp(word, zones[i].name) == 0)
            parts->zone_s = zones[i].hours * 3600;
    return TRUE;
}

/* As many digits as there are, up to `most`; -1 when there is none or more. */
static int read_number(const char **at, guint most)
{
    int number = 0;
    guint count = 0;
    for (; g_ascii_isdigit(**at); (*at)++) {
        if (++count > most)
            return -1;
        number = number * 10 + (**at - '0');
    }
    return count > 0 ? number : -1;
}

static gboolean take_time(Parts *parts, const char *word)
{
    if (parts->hour >= 0)
        return FALSE;
    parts->hour = read_number(&word, 2);
    if (*word++ != ':')
        return FALSE;
    parts->minute = read_number(&word, 2);
    parts->second = 0;
    if (*word == ':') {
        word++;
        parts->second = read_number(&word, 2);
    }
    return *word == '\0' && parts->hour >= 0 && parts->hour < 24 && parts->minute >= 0 && parts->minute < 60 &&
           parts->second >= 0 && parts->second <= 60;
}

static gboolean take_zone(Parts *parts, const char *word)
{
    int sign = *word++ == '-' ? -1 : 1;
    gboolean is_long = strlen(word) == 4;
    int number = read_number(&word, 4);
    if (!is_long || number < 0 || *word != '\0' || number % 100 > 59 || number / 100 > 14)
        return FALSE;
    parts->zone_s = sign * (number / 100 * 3600 + number % 100 * 60);
    parts->has_zone = TRUE;
    return TRUE;
}

/* Years of two digits are of 1950 to 2049, of three since 1900 (RFC 5322 section 4.3). */
static gboolean take_number(Parts *parts, const char *word)
{
    gsize length = strlen(word);
    int number = read_number(&word, 4);
    if (number < 0 || *word != '\0')
        return FALSE;
    if (length <= 2 && parts->day < 0) {
        parts->day = number;
        return TRUE;
    }
    if (parts->year >= 0)
        return FALSE;
    parts->year = length == 4 ? number : length == 2 && number < 50 ? number + 2000 : number + 1900;
    return TRUE;
}

static gboolean take_word(Parts *parts, const char *word)
{
    if (g_ascii_isalpha(*word))
        return take_name(parts, word);
    if (*word == '+' || *word == '-')
        return take_zone(parts, word);
    if (strchr(word, ':') != NULL)
        return take_time(parts, word);
    return take_number(parts, word);
}

static gboolean make_moment(const Parts *parts, UsherTime *moment)
{
    if (parts->day < 1 || parts->month < 1 || parts->year < 1900 || parts->hour < 0 ||
        !g_date_valid_dmy((GDateDay)parts->day, (GDateMonth)parts->month, (GDateYear)parts->year))
        return FALSE;
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)parts->day, (GDateMonth)parts->month, (GDateYear)parts->year);
    gint64 whole_days = (gint64)g_date_get_julian(&date) - JULIAN_OF_1970;
    *moment = whole_days * SECONDS_PER_DAY + parts->hour * 3600 + parts->minute * 60 + parts->second - parts->zone_s;
    return TRUE;
}

/* A comment in brackets is a blank; depth is counted, a comment without an end reaches to the end. */
static void blank_comments(char *text)
{
    int depth = 0;
    for (char *at = text; *at != '\0'; at++) {
        depth += *at == '(';
        gboolean is_end = *at == ')' && depth > 0;
        if (depth > 0 || *at == ',')
            *at = ' ';
        depth -= is_end;
    }
}

gboolean import_read_date(const char *text, UsherTime *moment)
{
    g_autofree char *plain = g_strndup(text, MAX_DATE_CHARS);
    blank_comments(plain);
    Parts parts = {-1, -1, -1, -1, -1, -1, FALSE, 0};
    g_auto(GStrv) words = g_strsplit_set(plain, " \t\r\n", -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0' && !take_word(&parts, words[i]))
            return FALSE;
    return make_moment(&parts, moment);
}

gboolean import_read_received(const char *text, UsherTime *moment)
{
    for (const char *at = text + strlen(text); at > text; at--)
        if (at[-1] == ';' && import_read_date(at, moment))
            return TRUE;
    return FALSE;
}

gboolean import_read_postmark(const char *line, UsherTime *moment)
{
    g_autofree char *plain = g_strdup(line);
    char *uucp = strstr(plain, " remote from ");
    if (uucp != NULL)
        *uucp = '\0';
    for (const char *at = strchr(plain, ' '); at != NULL; at = strchr(at + 1, ' '))
        if (is_weekday(at + 1) && import_read_date(at + 1, moment))
            return TRUE;
    return FALSE;
}
