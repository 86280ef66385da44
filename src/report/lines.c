/*
 * report/lines.c - values that the lists of this stage have in common
 */
#include "lines.h"

#include "usher/base/text.h"

enum { MAX_VALUE_CHARS = 160 };

void report_put_line(TemplateValues *values, const char *name, const char *text)
{
    g_autofree char *line = text ? text_to_line(text, MAX_VALUE_CHARS) : NULL;
    template_values_put(values, name, line);
}

void report_put_moment(TemplateValues *values, const char *name, UsherTime moment, UsherTime now, const Settings *settings)
{
    g_autofree char *said = moment ? calendar_say(settings->calendar, moment, now) : NULL;
    template_values_put(values, name, said);
}

char *report_find_name(const Lead *lead, gboolean is_barred)
{
    return is_barred ? g_strdup("held for a conflict check") : lead_dup_name(lead);
}

TemplateValues *report_make_values(const Person *person, const Settings *settings)
{
    TemplateValues *values = template_values_new();
    g_auto(GStrv) words = g_strsplit(person->name, " ", 2);
    template_values_put(values, "to_name", person->name);
    template_values_put(values, "to_first_name", words[0]);
    template_values_put(values, "firm_name", settings->firm_name);
    template_values_put(values, "postal_address", settings->postal_address);
    template_values_put_flag(values, "seen_by_milter", settings_sees_colleagues(settings));
    return values;
}
