/*
 * base/hours.c - weekly hours as a person writes them
 *
 * Blocks parted by commas, each of days ("mon", "mon-thu") and one or more stretches ("09:00-17:30"). Several blocks
 * may name the same day; what touches or overlaps becomes one stretch.
 */
#include "hours.h"

#include <string.h>

#include "usher/base/error.h"

#define HOURS_MAX_BYTES 1000

/* A day by its English name or the beginning of it, three letters at least; -1. */
static int find_day(const char *text, gsize length)
{
    static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    for (int i = 0; i < DAYS_PER_WEEK; i++)
        if (length >= 3 && length <= strlen(days[i]) && g_ascii_strncasecmp(text, days[i], length) == 0)
            return i;
    return -1;
}

/* "mon" or "mon-thu"; a range may go over the end of the week. */
static gboolean read_days(const char *text, gboolean chosen[DAYS_PER_WEEK])
{
    gsize first_length = strcspn(text, "-");
    int first = find_day(text, first_length);
    int last = text[first_length] ? find_day(text + first_length + 1, strlen(text + first_length + 1)) : first;
    if (first < 0 || last < 0)
        return FALSE;
    for (int day = first;; day = (day + 1) % DAYS_PER_WEEK) {
        chosen[day] = TRUE;
        if (day == last)
            return TRUE;
    }
}

/* "9:00" or "09:00" up to 24:00 as seconds; moves on; -1. */
static int read_clock(const char **text)
{
    gsize digits = strspn(*text, "0123456789");
    const char *at = *text + digits;
    if (digits < 1 || digits > 2 || at[0] != ':' || !g_ascii_isdigit(at[1]) || !g_ascii_isdigit(at[2]))
        return -1;
    int hour = digits == 1 ? g_ascii_digit_value(**text) : g_ascii_digit_value(**text) * 10 + g_ascii_digit_value((*text)[1]);
    int minute = g_ascii_digit_value(at[1]) * 10 + g_ascii_digit_value(at[2]);
    int seconds = hour * 3600 + minute * 60;
    *text = at + 3;
    return minute < 60 && seconds <= 24 * 3600 ? seconds : -1;
}

static gboolean read_stretch(const char *text, OpenHours *stretch)
{
    stretch->from_s = read_clock(&text);
    if (stretch->from_s < 0 || *text++ != '-')
        return FALSE;
    stretch->to_s = read_clock(&text);
    return !*text && stretch->to_s > stretch->from_s;
}

static gboolean read_block(const char *block, GArray *week[DAYS_PER_WEEK])
{
    g_auto(GStrv) words = g_strsplit_set(block, " \t\r\n", -1);
    gboolean chosen[DAYS_PER_WEEK] = {FALSE};
    gboolean has_days = FALSE, has_stretch = FALSE;
    for (char **word = words; *word; word++) {
        OpenHours stretch;
        if (!**word)
            continue;
        if (!has_days) {
            if (!read_days(*word, chosen))
                return FALSE;
            has_days = TRUE;
            continue;
        }
        if (!read_stretch(*word, &stretch))
            return FALSE;
        has_stretch = TRUE;
        for (int day = 0; day < DAYS_PER_WEEK; day++)
            if (chosen[day])
                g_array_append_val(week[day], stretch);
    }
    return has_stretch;
}

static int compare_stretches(gconstpointer a, gconstpointer b)
{
    return ((const OpenHours *)a)->from_s - ((const OpenHours *)b)->from_s;
}

static void join_stretches(GArray *day)
{
    g_array_sort(day, compare_stretches);
    for (guint i = 1; i < day->len;) {
        OpenHours *before = &g_array_index(day, OpenHours, i - 1);
        const OpenHours *here = &g_array_index(day, OpenHours, i);
        if (here->from_s > before->to_s) {
            i++;
            continue;
        }
        before->to_s = MAX(before->to_s, here->to_s);
        g_array_remove_index(day, i);
    }
}

gboolean hours_parse(const char *text, GArray *week[DAYS_PER_WEEK], GError **error)
{
    g_auto(GStrv) blocks = g_strsplit(text && strlen(text) <= HOURS_MAX_BYTES ? text : "", ",", -1);
    gboolean is_good = blocks[0] != NULL;
    for (char **block = blocks; is_good && *block; block++)
        is_good = read_block(*block, week);
    for (int day = 0; day < DAYS_PER_WEEK; day++)
        join_stretches(week[day]);
    if (!is_good) {
        g_autofree char *shown = g_strescape(text ? text : "", NULL);
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                    "the hours \"%.100s\" cannot be read: write days, then from-to in local time, for example "
                    "\"mon-thu 09:00-17:30, fri 09:00-16:00\" (a stretch ends on the day it begins, 24:00 at the latest)",
                    shown);
    }
    return is_good;
}
