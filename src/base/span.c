/*
 * base/span.c - lengths of time as a person writes them
 */
#include "usher/base/calendar.h"

#include <string.h>

#include "usher/base/error.h"

#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400
#define WEEK_S (7 * DAY_S)
#define BUSINESS_WEEK_DAYS 5
#define SPAN_MAX_S ((gint64)3660 * DAY_S)

static const struct {
    const char *words; /* with blanks around each */
    gint64 seconds;
    gint64 business_days; /* 0: counted in business time */
} units[] = {
    {" m min mins minute minutes ", MINUTE_S, 0},
    {" h hr hrs hour hours ", HOUR_S, 0},
    {" d day days ", DAY_S, 1},
    {" w wk wks week weeks ", WEEK_S, BUSINESS_WEEK_DAYS},
};

static const char *const end_of_day_words[] = {"same business day", "same working day", "same day", "end of day"};

static gboolean is_end_of_day(const char *text)
{
    for (gsize i = 0; i < G_N_ELEMENTS(end_of_day_words); i++)
        if (strcmp(text, end_of_day_words[i]) == 0)
            return TRUE;
    return FALSE;
}

/* Lower case, no blanks at the ends, single blanks between words and none behind the number. */
static char *tidy(const char *text)
{
    GString *tidied = g_string_new(NULL);
    for (; *text; text++) {
        if (!g_ascii_isspace(*text))
            g_string_append_c(tidied, g_ascii_tolower(*text));
        else if (tidied->len > 0 && tidied->str[tidied->len - 1] != ' ')
            g_string_append_c(tidied, ' ');
    }
    return g_strchomp(g_string_free(tidied, FALSE));
}

static gboolean read_unit(const char *word, gboolean is_business, gint64 number, Span *span)
{
    g_autofree char *key = g_strdup_printf(" %s ", word);
    if (!*word || strchr(word, ' '))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (!strstr(units[i].words, key) || number > SPAN_MAX_S / units[i].seconds)
            continue;
        if (is_business && units[i].business_days)
            *span = (Span){SPAN_BUSINESS_DAYS, number * units[i].business_days};
        else
            *span = (Span){is_business ? SPAN_BUSINESS_TIME : SPAN_ELAPSED, number * units[i].seconds};
        return TRUE;
    }
    return FALSE;
}

static gboolean read_span(const char *text, Span *span)
{
    if (is_end_of_day(text)) {
        *span = (Span){SPAN_END_OF_DAY, 0};
        return TRUE;
    }
    if (!g_ascii_isdigit(*text))
        return FALSE;
    char *rest;
    guint64 number = g_ascii_strtoull(text, &rest, 10);
    if (number > SPAN_MAX_S)
        return FALSE;
    while (*rest == ' ')
        rest++;
    gboolean is_business = g_str_has_prefix(rest, "business ") || g_str_has_prefix(rest, "working ");
    if (is_business)
        rest = strchr(rest, ' ') + 1;
    return read_unit(rest, is_business, (gint64)number, span);
}

gboolean span_parse(const char *text, Span *span, GError **error)
{
    g_autofree char *tidied = tidy(text ? text : "");
    if (read_span(tidied, span))
        return TRUE;
    g_autofree char *shown = g_strescape(tidied, NULL);
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                "\"%.60s\" is no length of time (at most ten years): write \"5 minutes\", \"4 hours\", \"2 days\", \"1 week\", "
                "\"24 business hours\", \"5 business days\" or \"same business day\"",
                shown);
    return FALSE;
}

/* The largest unit that holds a whole number of them; a day or two are said in hours, as rules do. */
static char *format_seconds(gint64 seconds, const char *business)
{
    static const struct {
        gint64 seconds;
        const char *word;
    } shown[] = {{DAY_S, "day"}, {HOUR_S, "hour"}, {MINUTE_S, "minute"}};
    gsize i = *business || seconds < 3 * DAY_S ? 1 : 0; /* a business day is no number of seconds */
    while (i + 1 < G_N_ELEMENTS(shown) && (seconds < shown[i].seconds || seconds % shown[i].seconds != 0))
        i++;
    gint64 count = seconds / shown[i].seconds;
    return g_strdup_printf("%" G_GINT64_FORMAT " %s%s%s", count, business, shown[i].word, count == 1 ? "" : "s");
}

char *span_format(Span span)
{
    switch (span.unit) {
    case SPAN_ELAPSED:
        return format_seconds(span.amount, "");
    case SPAN_BUSINESS_TIME:
        return format_seconds(span.amount, "business ");
    case SPAN_BUSINESS_DAYS:
        return g_strdup_printf("%" G_GINT64_FORMAT " business day%s", span.amount, span.amount == 1 ? "" : "s");
    case SPAN_END_OF_DAY:
        break;
    }
    return g_strdup(end_of_day_words[0]);
}
