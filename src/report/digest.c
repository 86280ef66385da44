/*
 * report/digest.c - the exception queue as a mail, to whoever works it
 *
 * Takes the queue as it is on record; gives one mail of a rule's wording for one day. The key has the day in it, so that a day has one digest, whoever
 * makes it and however often it is tried.
 */
#include "internal_mail.h"
#include "lines.h"

#include "usher/base/text.h"

enum {
    MAX_LISTED = 200,
    LATEST_S = 3600, /* so late a digest may still go when business is closed; while it is open it may go at any time of its day */
};

/* Whose hours count: the person's own; of a duty the firm's, or those of who has it when it is for the start of them. */
static const Calendar *find_calendar(const DigestRule *rule, const Person *person, const Settings *settings, UsherTime now)
{
    const Person *holder = !person && rule->is_at_start ? settings_find_duty(settings, rule->duty) : NULL;
    const Person *reader = holder ? settings_find_present(settings, holder, now) : person;
    return reader ? settings_get_calendar(settings, reader) : settings->calendar;
}

char *report_find_digest(const DigestRule *rule, const Person *person, const Settings *settings, UsherTime now)
{
    const Calendar *calendar = find_calendar(rule, person, settings, now);
    gboolean is_business = FALSE, is_last = FALSE;
    UsherTime due = calendar_at(calendar, now, rule->at_s, &is_business, &is_last);
    if (!is_business || (rule->is_end_of_week && !is_last) || (person && person_find_absence(person, now))) {
        return NULL;
    }
    due = rule->is_at_start ? calendar_find_opening(calendar, now) : due;
    if (now < due || (now > due + LATEST_S && !calendar_is_open(calendar, now))) {
        return NULL;
    }
    g_autofree char *day = calendar_format_day(calendar, now);
    return g_strdup_printf("%s:%s%s%s", rule->purpose, person ? person->id : "", person ? ":" : "", day);
}

static void add_line(TemplateValues *values, const QueueLine *line, const Person *reader, const Settings *settings, UsherTime now)
{
    gboolean is_barred = g_strcmp0(line->lead->exception, "conflict-check") == 0 && g_strcmp0(line->lead->owner, reader->id) != 0;
    TemplateValues *item = template_values_add_item(values, "queued");
    const Person *owner = settings_find_person(settings, line->lead->owner);
    g_autofree char *lead = g_strdup_printf("%" G_GINT64_FORMAT, line->lead->id);
    g_autofree char *name = report_find_name(line->lead, is_barred);
    template_values_put(item, "lead", lead);
    report_put_line(item, "name", name);
    report_put_line(item, "exception", line->lead->exception);
    report_put_line(item, "action", is_barred ? NULL : line->action);
    report_put_line(item, "owner", owner ? owner->name : line->lead->owner);
    report_put_moment(item, "since", line->since, now, settings);
    report_put_moment(item, "due", line->due, now, settings);
    template_values_put_flag(item, "overdue", line->due != 0 && line->due < now);
}

static TemplateValues *make_values(const GPtrArray *queue, const Person *person, const Settings *settings, UsherTime now)
{
    TemplateValues *values = report_make_values(person, settings);
    g_autofree char *count = g_strdup_printf("%u", queue->len);
    template_values_put(values, "queue_count", count);
    for (guint i = 0; i < queue->len && i < MAX_LISTED; i++) {
        add_line(values, g_ptr_array_index(queue, i), person, settings, now);
    }
    return values;
}

OutgoingMail *report_make_digest(const DigestRule *rule, const char *key, const GPtrArray *queue, const Rulebook *rulebook,
                                 const char *secret, UsherTime now, GError **error)
{
    const Settings *settings = rulebook->settings;
    const Person *holder = settings_find_duty(settings, rule->duty);
    const Person *person = holder ? settings_find_present(settings, holder, now) : NULL;
    if (!person || !text_is_address(person->email)) {
        return NULL;
    }
    g_autoptr(OutgoingMail) mail = internal_mail_start(rule->purpose, key, person, settings, secret, now);
    mail->template_name = g_strdup(rule->template_name);
    mail->recipient_role = g_strdup(rule->duty);
    g_autoptr(TemplateValues) values = make_values(queue, person, settings, now);
    if (!template_render(rule->template, values, &mail->subject, &mail->text, &mail->html, error)) {
        return NULL;
    }
    return g_steal_pointer(&mail);
}
