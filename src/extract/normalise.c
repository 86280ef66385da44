/*
 * extract/normalise.c - a value as a stranger wrote it -> the one form in which it is kept
 *
 * One function a type. NULL means "this is no such value", which is an answer: the next evidence is tried then.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/phone.h"
#include "usher/base/text.h"

#define MAX_TEXT_CHARS 2000
#define MAX_PHONE_BYTES 200
#define MAX_URL_BYTES 500

/* The character that "&amp;" or "&#039;" stands for, with the end of it; 0 when it stands for none. */
static gunichar read_entity(const char *at, const char **end)
{
    static const struct {
        const char *written;
        gunichar character;
    } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", ' '}};
    for (guint i = 0; i < G_N_ELEMENTS(entities); i++) {
        if (g_str_has_prefix(at, entities[i].written)) {
            *end = at + strlen(entities[i].written);
            return entities[i].character;
        }
    }
    if (at[1] != '#' || !g_ascii_isdigit(at[2])) {
        return 0;
    }
    char *after = NULL;
    guint64 number = g_ascii_strtoull(at + 2, &after, 10);
    *end = after + 1;
    return *after == ';' && number >= ' ' && number <= 0x10FFFF && g_unichar_validate((gunichar)number) ? (gunichar)number : 0;
}

/* Form tools write what was typed as HTML into plain text: "Carter &amp; Sons", "12 months&#039; storage". Owned by the caller. */
static char *resolve_entities(const char *raw)
{
    GString *text = g_string_sized_new(strlen(raw));
    while (*raw) {
        const char *end = NULL;
        gunichar character = *raw == '&' ? read_entity(raw, &end) : 0;
        if (character) {
            g_string_append_unichar(text, character);
            raw = end;
        } else {
            g_string_append_c(text, *raw++);
        }
    }
    return g_string_free(text, FALSE);
}

static char *normalise_text(const char *raw)
{
    char *line = text_to_line(raw, MAX_TEXT_CHARS);
    if (!*g_strstrip(line)) {
        g_free(line);
        return NULL;
    }
    return line;
}

/* The first address in the text: "Ann Lee <ann@example.org>", "mailto:ann@example.org", "ann@example.org". */
static char *normalise_email(const char *raw)
{
    const char *at_sign = strchr(raw, '@');
    if (!at_sign) {
        return NULL;
    }
    static const char stops[] = " \t\r\n<>()[]\"',;:|";
    const char *start = at_sign;
    while (start > raw && !strchr(stops, start[-1])) {
        start--;
    }
    g_autofree char *address = g_strndup(start, (gsize)(at_sign - start) + strcspn(at_sign, stops));
    gsize length = strlen(address);
    while (length > 0 && address[length - 1] == '.') {
        address[--length] = '\0';
    }
    return text_is_address(address) ? text_fold_address(address) : NULL;
}

/* The number; else the first of several, or the one among other words; else the one that was dictated in words. */
static char *normalise_phone(const char *raw, const Settings *settings)
{
    if (strlen(raw) > MAX_PHONE_BYTES) {
        return NULL;
    }
    char *number = strpbrk(raw, "0123456789") ? phone_normalise(raw, settings->phone_region) : NULL;
    gsize from = 0, to = 0, first = strcspn(raw, "/;|\n");
    if (!number && raw[first]) {
        g_autofree char *alone = g_strndup(raw, first);
        number = phone_normalise(alone, settings->phone_region);
    }
    if (!number && !phone_find(raw, 0, settings->phone_region, &from, &to, &number)) {
        g_autofree char *dialled = extract_write_dialled(raw);
        number = phone_normalise(dialled, settings->phone_region);
    }
    return number;
}

/* ---- days ---- */

/* The day on which it was said, where the firm is. FALSE when that is not known. */
static gboolean find_today(const Settings *settings, UsherTime written, GDate *today)
{
    g_autoptr(GDateTime) utc = written > 0 ? g_date_time_new_from_unix_utc(written) : NULL;
    g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, calendar_get_zone(settings->calendar)) : NULL;
    if (!local) {
        return FALSE;
    }
    g_date_set_dmy(today, (GDateDay)g_date_time_get_day_of_month(local), (GDateMonth)g_date_time_get_month(local),
                   (GDateYear)g_date_time_get_year(local));
    return TRUE;
}

static char *normalise_date(const FieldRule *rule, const char *raw, const Settings *settings, UsherTime written)
{
    GDate today, day;
    gboolean knows_today = find_today(settings, written, &today);
    if (!extract_read_day(raw, knows_today ? &today : NULL, &day) ||
        (rule->is_coming && knows_today && g_date_compare(&day, &today) < 0)) {
        return NULL;
    }
    return g_strdup_printf("%04u-%02u-%02u", g_date_get_year(&day), g_date_get_month(&day), g_date_get_day(&day));
}

/* The choice for a day: the one with the fewest days that are enough. NULL when the day has gone by, or is too far off for all of them. */
static char *choose_by_day(const FieldRule *rule, const char *raw, const Settings *settings, UsherTime written)
{
    GDate today, day;
    const FieldChoice *best = NULL;
    if (!find_today(settings, written, &today) || !extract_read_day(raw, &today, &day)) {
        return NULL;
    }
    gint days = g_date_days_between(&today, &day);
    for (guint i = 0; days >= 0 && i < rule->choices->len; i++) {
        const FieldChoice *choice = g_ptr_array_index(rule->choices, i);
        if (choice->days >= MAX((guint)days, 1) && (!best || choice->days < best->days)) {
            best = choice;
        }
    }
    return best ? g_strdup(best->value) : NULL;
}

static char *normalise_url(const char *raw)
{
    g_autofree char *line = g_strstrip(text_to_line(raw, MAX_URL_BYTES));
    gsize length = strcspn(line, " <>\"'()");
    if (length == 0 || length >= MAX_URL_BYTES) {
        return NULL;
    }
    line[length] = '\0';
    if (g_ascii_strncasecmp(line, "https://", 8) == 0 || g_ascii_strncasecmp(line, "http://", 7) == 0) {
        return g_steal_pointer(&line);
    }
    /* Another scheme (javascript:, data:) is no address to look at. */
    return strchr(line, '.') && !strchr(line, ':') && !strchr(line, '@') ? g_strconcat("https://", line, NULL) : NULL;
}

const FieldChoice *extract_find_choice(const FieldRule *rule, const PatternText *text, gsize *start, gsize *end, const char **place)
{
    const FieldChoice *found = NULL;
    for (guint i = 0; i < rule->choices->len; i++) {
        const FieldChoice *choice = g_ptr_array_index(rule->choices, i);
        for (guint j = 0; j < choice->patterns->len; j++) {
            const PatternRule *pattern = g_ptr_array_index(choice->patterns, j);
            PatternMatch match;
            if (pattern_match_text(pattern->pattern, text, 0, &match) == PATTERN_MATCH && (!found || match.start[0] < *start)) {
                found = choice;
                *start = match.start[0];
                *end = match.end[0];
                *place = pattern->place;
            }
        }
    }
    return found;
}

static char *normalise_choice(const FieldRule *rule, const char *raw, const Settings *settings, UsherTime written)
{
    g_autofree char *folded = text_fold(raw);
    for (guint i = 0; i < rule->choices->len; i++) {
        const FieldChoice *choice = g_ptr_array_index(rule->choices, i);
        g_autofree char *value = text_fold(choice->value);
        if (strcmp(value, folded) == 0) {
            return g_strdup(choice->value);
        }
    }
    gsize start = 0, end = 0;
    const char *place = NULL;
    g_autoptr(PatternText) text = pattern_text_new(raw, strlen(raw));
    const FieldChoice *choice = extract_find_choice(rule, text, &start, &end, &place);
    return choice ? g_strdup(choice->value) : choose_by_day(rule, raw, settings, written);
}

static char *normalise(const FieldRule *rule, const char *raw, const Settings *settings, UsherTime written)
{
    switch (rule->type) {
    case FIELD_TEXT:
        return normalise_text(raw);
    case FIELD_NAME:
        return extract_normalise_name(raw);
    case FIELD_EMAIL:
        return normalise_email(raw);
    case FIELD_PHONE:
        return normalise_phone(raw, settings);
    case FIELD_MONEY:
        return extract_normalise_money(raw);
    case FIELD_NUMBER:
        return extract_normalise_number(raw);
    case FIELD_DATE:
        return normalise_date(rule, raw, settings, written);
    case FIELD_URL:
        return normalise_url(raw);
    case FIELD_POSTCODE:
        return extract_normalise_postcode(raw);
    case FIELD_CHOICE:
        return normalise_choice(rule, raw, settings, written);
    }
    return NULL;
}

char *extract_normalise(const FieldRule *rule, const char *raw, const Settings *settings, UsherTime written)
{
    g_autofree char *resolved = strchr(raw, '&') ? resolve_entities(raw) : NULL;
    return normalise(rule, resolved ? resolved : raw, settings, written);
}
