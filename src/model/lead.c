/*
 * model/lead.c - a lead and what is known of it
 */
#include "usher/model/lead.h"

#include "usher/base/party_name.h"

#include <string.h>

Lead *lead_new(void)
{
    Lead *lead = g_new0(Lead, 1);
    lead->fields = g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
    return lead;
}

void lead_free(Lead *lead)
{
    if (!lead)
        return;
    g_free(lead->channel);
    g_free(lead->source);
    g_free(lead->tier);
    g_free(lead->route);
    g_free(lead->exception);
    g_free(lead->owner);
    g_free(lead->rules_hash);
    mailbox_free(lead->referrer);
    g_free(lead->partner);
    g_ptr_array_unref(lead->fields);
    g_free(lead);
}

Field *field_new(const char *name, const char *value)
{
    Field *field = g_new0(Field, 1);
    field->name = g_strdup(name);
    field->value = g_strdup(value);
    return field;
}

Field *field_dup(const Field *field)
{
    Field *copy = field_new(field->name, field->value);
    copy->raw = g_strdup(field->raw);
    copy->rule = g_strdup(field->rule);
    copy->where = g_strdup(field->where);
    copy->start = field->start;
    copy->length = field->length;
    copy->evidence = g_strdup(field->evidence);
    return copy;
}

void field_free(Field *field)
{
    if (!field)
        return;
    g_free(field->name);
    g_free(field->value);
    g_free(field->raw);
    g_free(field->rule);
    g_free(field->where);
    g_free(field->evidence);
    g_free(field);
}

Field *field_find(const GPtrArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        Field *field = g_ptr_array_index(fields, i);
        if (strcmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

const char *field_find_value(const GPtrArray *fields, const char *name)
{
    const Field *field = field_find(fields, name);
    return field ? field->value : NULL;
}

LeadLink *lead_link_new(const Lead *lead)
{
    LeadLink *link = g_new0(LeadLink, 1);
    link->lead = lead->id;
    link->status = lead->status;
    link->owner = g_strdup(lead->owner);
    link->service = g_strdup(field_find_value(lead->fields, "service"));
    return link;
}

void lead_link_free(LeadLink *link)
{
    g_free(link->owner);
    g_free(link->service);
    g_free(link->because);
    g_free(link);
}

ScorePart *score_part_new(const char *rule, gint points, const char *because)
{
    ScorePart *part = g_new0(ScorePart, 1);
    part->rule = g_strdup(rule);
    part->points = points;
    part->because = g_strdup(because);
    return part;
}

void score_part_free(ScorePart *part)
{
    if (!part)
        return;
    g_free(part->rule);
    g_free(part->because);
    g_free(part);
}

DimensionVerdict *dimension_verdict_new(const char *dimension, const char *verdict, const char *rule, const char *because)
{
    DimensionVerdict *judged = g_new0(DimensionVerdict, 1);
    judged->dimension = g_strdup(dimension);
    judged->verdict = g_strdup(verdict);
    judged->rule = g_strdup(rule);
    judged->because = g_strdup(because);
    return judged;
}

void dimension_verdict_free(DimensionVerdict *verdict)
{
    if (!verdict)
        return;
    g_free(verdict->dimension);
    g_free(verdict->verdict);
    g_free(verdict->rule);
    g_free(verdict->because);
    g_free(verdict->said);
    g_free(verdict);
}

Candidate *candidate_new(const char *person, gboolean is_eligible, const char *because)
{
    Candidate *candidate = g_new0(Candidate, 1);
    candidate->person = g_strdup(person);
    candidate->is_eligible = is_eligible;
    candidate->because = g_strdup(because);
    return candidate;
}

void candidate_free(Candidate *candidate)
{
    if (!candidate)
        return;
    g_free(candidate->person);
    g_free(candidate->because);
    g_free(candidate);
}

void queue_line_free(QueueLine *line)
{
    if (line == NULL)
        return;
    lead_free(line->lead);
    g_free(line->action);
    g_free(line);
}

/* The first name that the text gives, however it is written. NULL when there is none. */
static char *dup_name_key(const char *text)
{
    g_autoptr(GPtrArray) names = text ? party_names_read(text) : NULL;
    if (!names || names->len == 0)
        return NULL;
    g_autoptr(GPtrArray) keys = party_name_list_keys(g_ptr_array_index(names, 0));
    for (guint i = 0; i < keys->len; i++) {
        const PartyKey *key = g_ptr_array_index(keys, i);
        if (key->kind == PARTY_KEY_EXACT)
            return g_strdup(key->text);
    }
    return NULL;
}

GPtrArray *lead_list_keys(const GPtrArray *fields)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    const char *phone = field_find_value(fields, "phone");
    g_autofree char *name = dup_name_key(field_find_value(fields, "name"));
    g_autofree char *company = dup_name_key(field_find_value(fields, "company"));
    if (phone)
        g_ptr_array_add(keys, g_strdup_printf("the same telephone number:%s", phone));
    if (name && company)
        g_ptr_array_add(keys, g_strdup_printf("the same name and company:%s|%s", name, company));
    return keys;
}

char *lead_dup_name(const Lead *lead)
{
    const char *name = field_find_value(lead->fields, "name"), *company = field_find_value(lead->fields, "company");
    const char *email = field_find_value(lead->fields, "email"), *phone = field_find_value(lead->fields, "phone");
    const char *first = name ? name : email ? email : phone ? phone : "nobody we can name";
    return g_strdup_printf("%s%s%s", first, company ? ", " : "", company ? company : "");
}

gboolean field_clears(const Field *cleared, const char *exception)
{
    if (!exception || !cleared || g_strcmp0(cleared->where, "command") != 0)
        return FALSE;
    g_auto(GStrv) words = g_strsplit(cleared->value, " ", -1);
    return g_strv_contains((const char *const *)words, exception);
}
