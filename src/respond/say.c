/*
 * respond/say.c - values of fields as people write them
 *
 * The record keeps what a machine can compare ("+441632960123", "2026-06-30", "15000"); a mail says "01632 960123", "30 June 2026", "£15,000".
 */
#include "values.h"

#include "usher/base/phone.h"
#include "usher/base/text.h"

#include <string.h>

enum { MAX_DIGITS = 15 };

/* Money of another currency keeps its sign. */
static char *say_money(const char *value)
{
    gsize length = strlen(value);
    gboolean is_pounds = length > 0 && length <= MAX_DIGITS && strspn(value, "0123456789") == length;

    return is_pounds ? text_from_pounds(g_ascii_strtoll(value, NULL, 10)) : g_strdup(value);
}

char *respond_say_field(FieldType type, const char *value, const Settings *settings)
{
    if (value == NULL)
        return NULL;
    if (type == FIELD_PHONE)
        return phone_say(value, settings->phone_region);
    if (type == FIELD_MONEY)
        return say_money(value);
    if (type == FIELD_DATE) {
        char *said = calendar_say_day(value);

        return said != NULL ? said : g_strdup(value);
    }
    return g_strdup(value);
}
