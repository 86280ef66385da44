/*
 * report/promises.c - what one person is to be told of promises: each in a mail of its own, or many in one
 *
 * Takes the notices of one person; parts them, and gives the mail of many. After a night of downtime that is one mail, not forty.
 */
#include "internal_mail.h"
#include "lines.h"
#include "usher/base/text.h"

enum { MAX_LISTED = 200 };

gboolean report_is_owed(const PromiseNotice *notice, UsherTime now)
{
    const PromiseState *promise = notice->promise;
    return promise->kept == 0 && (!notice->is_warning || promise->due >= now);
}

/* Whom it is about only whoever clears conflicts may know. */
static gboolean is_barred(const PromiseNotice *notice, const Settings *settings)
{
    return notice->lead && g_strcmp0(notice->lead->exception, "conflict-check") == 0 &&
           !settings_is_on_duty(settings, notice->person, "conflicts");
}

void report_part_promises(const GPtrArray *notices, const Rulebook *rulebook, UsherTime now, GPtrArray *alone, GPtrArray *together)
{
    const PromiseDefaults *defaults = &rulebook->promise_defaults;
    guint count = 0;
    for (guint i = 0; i < notices->len; i++) {
        count += report_is_owed(g_ptr_array_index(notices, i), now);
    }
    gboolean are_many = defaults->template && count > defaults->alone;
    for (guint i = 0; i < notices->len; i++) {
        PromiseNotice *notice = g_ptr_array_index(notices, i);
        if (report_is_owed(notice, now)) {
            g_ptr_array_add(are_many || is_barred(notice, rulebook->settings) ? together : alone, notice);
        }
    }
}

static void add_line(TemplateValues *values, const PromiseNotice *notice, const Settings *settings, UsherTime now)
{
    const PromiseState *promise = notice->promise;
    const Person *owner = settings_find_person(settings, promise->owner);
    TemplateValues *item = template_values_add_item(values, notice->is_warning ? "due_soon" : "overdue");
    g_autofree char *lead = g_strdup_printf("%" G_GINT64_FORMAT, promise->lead);
    g_autofree char *name = notice->lead ? report_find_name(notice->lead, is_barred(notice, settings)) : NULL;
    g_autofree char *said = g_strdelimit(g_strdup(promise->kind), "-_", ' ');
    template_values_put(item, "lead", lead);
    template_values_put(item, "said", said);
    report_put_line(item, "name", name);
    report_put_line(item, "owner", owner ? owner->name : promise->owner);
    report_put_moment(item, "due", promise->due, now, settings);
}

static TemplateValues *make_values(const GPtrArray *notices, const Person *person, const Settings *settings, UsherTime now)
{
    TemplateValues *values = report_make_values(person, settings);
    g_autofree char *count = g_strdup_printf("%u", notices->len);
    g_autofree char *more = notices->len > MAX_LISTED ? g_strdup_printf("%u", notices->len - MAX_LISTED) : NULL;
    template_values_put(values, "promise_count", count);
    template_values_put(values, "more_promises", more);
    for (guint i = 0; i < notices->len && i < MAX_LISTED; i++) {
        add_line(values, g_ptr_array_index(notices, i), settings, now);
    }
    return values;
}

OutgoingMail *report_make_promises(const GPtrArray *notices, const Rulebook *rulebook, const char *secret, UsherTime now,
                                   GError **error)
{
    const PromiseDefaults *defaults = &rulebook->promise_defaults;
    const PromiseNotice *first = g_ptr_array_index(notices, 0);
    const Person *person = settings_find_person(rulebook->settings, first->person);
    if (!person || !text_is_address(person->email) || !defaults->template) {
        return NULL;
    }
    g_autofree char *key = g_strdup_printf("promises:%s:%" G_GINT64_FORMAT, person->id, first->id);
    g_autoptr(OutgoingMail) mail = internal_mail_start("promises", key, person, rulebook->settings, secret, now);
    mail->template_name = g_strdup(defaults->template_name);
    mail->recipient_role = g_strdup("answerable");
    g_autoptr(TemplateValues) values = make_values(notices, person, rulebook->settings, now);
    if (!template_render(defaults->template, values, &mail->subject, &mail->text, &mail->html, error)) {
        return NULL;
    }
    return g_steal_pointer(&mail);
}
