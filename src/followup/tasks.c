/*
 * followup/tasks.c - what somebody is to do again and again: whose task it is on a day, and by when
 *
 * The days are the firm's, the hours those of who is to do it. Whoever is away, or does not work on such a day, leaves it to the first deputy who does.
 */
#include "usher/followup.h"

#include <string.h>

#include "usher/base/text.h"

#define DAY_S 86400
#define NOON_S 43200
#define MOST_DEPUTIES 20
#define MAX_SAID_CHARS 300
#define MAX_GUIDANCE_CHARS 4000

/* ---- the day ---- */

/* Midday of a day "2026-03-02", in the firm's zone; so many days from it is midday or an hour beside it. */
static UsherTime find_noon(const Calendar *calendar, const char *day)
{
    g_autofree char *text = g_strdup_printf("%sT12:00:00", day);
    g_autoptr(GDateTime) noon = g_date_time_new_from_iso8601(text, calendar_get_zone(calendar));
    return noon ? g_date_time_to_unix(noon) : 0;
}

static gboolean is_business_day(const Calendar *calendar, UsherTime noon, int days)
{
    return calendar_find_opening(calendar, noon + (gint64)days * DAY_S) != 0;
}

/* TRUE when one of the days before it, or after it, that belong to the same stretch is a business day. */
static gboolean has_business(const Calendar *calendar, UsherTime noon, int from, int to)
{
    for (int days = from; days <= to; days++) {
        if (is_business_day(calendar, noon, days)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_its_day(const TaskRule *rule, const Calendar *calendar, const char *day)
{
    UsherTime noon = find_noon(calendar, day);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(noon);
    g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, calendar_get_zone(calendar)) : NULL;
    if (!local || !is_business_day(calendar, noon, 0)) {
        return FALSE;
    }
    int weekday = g_date_time_get_day_of_week(local), date = g_date_time_get_day_of_month(local);
    int length = g_date_get_days_in_month(g_date_time_get_month(local), (GDateYear)g_date_time_get_year(local));
    switch (rule->every) {
    case EVERY_BUSINESS_DAY:
        return TRUE;
    case EVERY_WEEKDAY:
        return weekday >= (int)rule->weekday && !has_business(calendar, noon, (int)rule->weekday - weekday, -1);
    case EVERY_LAST_OF_WEEK:
        return !has_business(calendar, noon, 1, 7 - weekday);
    case EVERY_FIRST_OF_MONTH:
        return !has_business(calendar, noon, 1 - date, -1);
    case EVERY_LAST_OF_MONTH:
        return !has_business(calendar, noon, 1, length - date);
    }
    return FALSE;
}

/* ---- the person ---- */

static const Person *find_holder(const TaskRule *rule, const Settings *settings)
{
    return rule->duty     ? settings_find_duty(settings, rule->duty)
           : rule->person ? settings_find_person(settings, rule->person)
                          : NULL;
}

/* Who works on the day of `now`: the holder, or the first in the line of deputies. NULL: nobody does. */
static const Person *find_worker(const Person *holder, const Settings *settings, UsherTime now)
{
    const Person *person = holder;
    for (int i = 0; person && i < MOST_DEPUTIES; i++) {
        if (!person_find_absence(person, now) && calendar_find_opening(settings_get_calendar(settings, person), now) != 0) {
            return person;
        }
        person = person->deputy ? settings_find_person(settings, person->deputy) : NULL;
    }
    return NULL;
}

/* ---- the task ---- */

static gboolean put_words(Task *task, const TaskRule *rule, const Person *person, const Settings *settings, GError **error)
{
    g_autofree char *said = g_strdup(rule->said), *guidance = g_strdup(rule->guidance);
    if (rule->template) {
        g_autoptr(TemplateValues) values = template_values_new();
        g_auto(GStrv) names = g_strsplit(person->name, " ", 2);
        g_autofree char *html = NULL;
        template_values_put(values, "log_address", settings_find_log_address(settings));
        template_values_put(values, "to_name", person->name);
        template_values_put(values, "to_first_name", names[0]);
        template_values_put(values, "firm_name", settings->firm_name);
        if (!template_render(rule->template, values, &said, &guidance, &html, error)) {
            return FALSE;
        }
    }
    g_free(task->said);
    g_free(task->guidance);
    task->said = text_to_line(said ? said : "", MAX_SAID_CHARS);
    task->guidance = text_to_block(guidance ? guidance : "", MAX_GUIDANCE_CHARS);
    g_strstrip(task->guidance);
    return TRUE;
}

gboolean followup_find_recurring(const TaskRule *rule, const Settings *settings, UsherTime now, Task **task, GError **error)
{
    *task = NULL;
    const Person *holder = find_holder(rule, settings);
    const Person *person = holder ? find_worker(holder, settings, now) : NULL;
    if (!person) {
        return TRUE;
    }
    const Calendar *calendar = settings_get_calendar(settings, person);
    g_autofree char *day = calendar_format_day(calendar, now);
    gboolean is_time = now >= calendar_find_opening(calendar, now) && calendar_is_open(calendar, now);
    if (!is_time || !is_its_day(rule, settings->calendar, day)) {
        return TRUE;
    }
    gboolean is_business = FALSE, is_last = FALSE;
    UsherTime due = calendar_at(calendar, now, rule->at_s, &is_business, &is_last);
    g_autoptr(Task) found = task_new(rule->name, person->id, due, "");
    found->key = g_strdup_printf("recurring:%s:%s:%s", rule->name, holder->id, day);
    if (!put_words(found, rule, person, settings, error)) {
        return FALSE;
    }
    *task = g_steal_pointer(&found);
    return TRUE;
}

/* ---- of a lead ---- */

#define MAX_LEAD_SAID_CHARS 200

static const Person *find_doer(const char *owner, const Settings *settings, UsherTime now)
{
    const Person *person = settings_find_person(settings, owner);
    return person ? settings_find_present(settings, person, now) : settings_find_duty(settings, "fallback");
}

const Calendar *followup_find_task_calendar(const char *owner, const Settings *settings, UsherTime now)
{
    return settings_get_calendar(settings, find_doer(owner, settings, now));
}

Task *followup_make_task(const char *kind, const Lead *lead, const char *said, const char *guidance, const Settings *settings,
                         UsherTime now)
{
    const Person *person = find_doer(lead->owner, settings, now);
    g_autofree char *line = text_to_line(said, MAX_LEAD_SAID_CHARS);
    Span end_of_day = {SPAN_END_OF_DAY, 0};
    Task *task = task_new(kind, person->id, calendar_add(settings_get_calendar(settings, person), now, end_of_day), line);
    task->lead = lead->id;
    g_free(task->guidance);
    task->guidance = g_strdup(guidance ? guidance : "");
    task->created = now;
    return task;
}
