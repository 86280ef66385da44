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
#define MAX_PHONE_BYTES 60
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

static char *normalise_phone(const char *raw, const Settings *settings)
{
    return strlen(raw) <= MAX_PHONE_BYTES ? phone_normalise(raw, settings->phone_region) : NULL;
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

static char *normalise_choice(const FieldRule *rule, const char *raw)
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
    return choice ? g_strdup(choice->value) : NULL;
}

static char *normalise(const FieldRule *rule, const char *raw, const Settings *settings)
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
        return extract_normalise_date(raw);
    case FIELD_URL:
        return normalise_url(raw);
    case FIELD_CHOICE:
        return normalise_choice(rule, raw);
    }
    return NULL;
}

char *extract_normalise(const FieldRule *rule, const char *raw, const Settings *settings)
{
    g_autofree char *resolved = strchr(raw, '&') ? resolve_entities(raw) : NULL;
    return normalise(rule, resolved ? resolved : raw, settings);
}
