/*
 * report/alarm.c - the alarm of the fuse, to whoever the rules name
 *
 * The key has the number of the opening in it: each is told once, by whichever daemon has opened it.
 */
#include "internal_mail.h"

#include "usher/base/text.h"

static const char *find_duty(MailTo to)
{
    return to == TO_EXCEPTIONS ? "exceptions" : to == TO_CONFLICTS ? "conflicts" : "manager";
}

static TemplateValues *make_values(const FuseAlarm *alarm, const Person *person, const Rulebook *rulebook)
{
    TemplateValues *values = template_values_new();
    g_autofree char *waiting = g_strdup_printf("%" G_GINT64_FORMAT, alarm->waiting);
    g_autofree char *limit = g_strdup_printf("%u", rulebook->limits.mails_per_hour);
    g_auto(GStrv) words = g_strsplit(person->name, " ", 2);
    template_values_put(values, "fuse_reason", alarm->why);
    template_values_put(values, "fuse_waiting", waiting);
    template_values_put(values, "fuse_limit", limit);
    template_values_put(values, "to_name", person->name);
    template_values_put(values, "to_first_name", words[0]);
    template_values_put(values, "firm_name", rulebook->settings->firm_name);
    template_values_put(values, "postal_address", rulebook->settings->postal_address);
    return values;
}

OutgoingMail *report_make_fuse_alarm(const MailRule *rule, const FuseAlarm *alarm, const Rulebook *rulebook, const char *secret,
                                     UsherTime now, GError **error)
{
    const Settings *settings = rulebook->settings;
    const Person *holder = settings_find_duty(settings, find_duty(rule->to));
    const Person *person = holder ? settings_find_present(settings, holder, now) : NULL;
    if (!person || !text_is_address(person->email)) {
        return NULL;
    }
    g_autofree char *key = g_strdup_printf("%s:%" G_GINT64_FORMAT ":%s", rule->purpose, alarm->opening, person->id);
    g_autoptr(OutgoingMail) mail = internal_mail_start(rule->purpose, key, person, settings, secret, now);
    mail->template_name = g_strdup(rule->template_name);
    mail->recipient_role = g_strdup(find_duty(rule->to));
    g_autoptr(TemplateValues) values = make_values(alarm, person, rulebook);
    if (!template_render(rule->template, values, &mail->subject, &mail->text, &mail->html, error)) {
        return NULL;
    }
    return g_steal_pointer(&mail);
}
