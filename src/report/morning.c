/*
 * report/morning.c - what a day has for one person, as one mail: tasks, promises, mails that will go in their name, leads that are newly theirs
 *
 * Takes lines that were read from the record, each with its lead; gives the mail in a rule's wording. Moments are told in the person's own zone. An empty list is no mail.
 */
#include "internal_mail.h"
#include "lines.h"

#include <string.h>

#include "usher/base/phone.h"
#include "usher/base/text.h"

enum {
    MAX_LISTED = 200, /* of each part */
    MAX_GUIDANCE_CHARS = 1500,
    MAX_TEXT_CHARS = 3000, /* of a mail that will go */
    MAX_DAYS_BACK = 40,
    DAY_S = 86400,
    NOON_S = 43200,
};

/* ---- values ---- */

MorningLine *morning_line_new(void)
{
    return g_new0(MorningLine, 1);
}

void morning_line_free(MorningLine *line)
{
    if (!line) {
        return;
    }
    task_free(line->task);
    if (line->promise) {
        promise_state_free(line->promise);
    }
    outgoing_mail_free(line->mail);
    lead_free(line->lead);
    g_free(line->done_url);
    g_free(line->skip_url);
    g_free(line->hold_url);
    g_free(line->contacted_url);
    g_free(line);
}

MorningList *morning_list_new(void)
{
    MorningList *list = g_new0(MorningList, 1);
    GPtrArray **parts[] = {&list->tasks, &list->promises, &list->mails, &list->leads};
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        *parts[i] = g_ptr_array_new_with_free_func((GDestroyNotify)morning_line_free);
    }
    return list;
}

void morning_list_free(MorningList *list)
{
    if (!list) {
        return;
    }
    g_ptr_array_unref(list->tasks);
    g_ptr_array_unref(list->promises);
    g_ptr_array_unref(list->mails);
    g_ptr_array_unref(list->leads);
    g_free(list);
}

/* ---- the day ---- */

UsherTime report_find_last_start(const Calendar *calendar, UsherTime now)
{
    gboolean is_business = FALSE, is_last = FALSE;
    UsherTime noon = calendar_at(calendar, now, NOON_S, &is_business, &is_last);
    for (int days = 1; days <= MAX_DAYS_BACK; days++) {
        UsherTime opening = calendar_find_opening(calendar, noon - (gint64)days * DAY_S);
        if (opening != 0) {
            return opening;
        }
    }
    return now - DAY_S;
}

/* "Wednesday 20 May" */
static char *say_today(const Calendar *calendar, UsherTime now)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, calendar_get_zone(calendar));
    /* Not by strftime, whose names are those of the machine's language: calendar_say has ours. */
    g_autofree char *said = calendar_say(calendar, now, now - (gint64)14 * DAY_S);
    const char *on = strstr(said, " on ");
    g_autofree char *day = g_strdup(on ? on + strlen(" on ") : said);
    gsize length = strlen(day);
    g_autofree char *year = g_strdup_printf(" %d", g_date_time_get_year(local));
    if (g_str_has_suffix(day, year)) {
        day[length - strlen(year)] = '\0';
    }
    return g_steal_pointer(&day);
}

/* ---- lines ---- */

typedef struct {
    TemplateValues *values;
    const Settings *settings;
    const Calendar *calendar; /* the person's */
    UsherTime now;
} Filling;

static void put_moment(const Filling *filling, TemplateValues *item, const char *name, UsherTime moment)
{
    g_autofree char *said = calendar_say(filling->calendar, moment, filling->now);
    template_values_put(item, name, said);
}

static void put_number(TemplateValues *item, const char *name, gint64 number)
{
    g_autofree char *text = number ? g_strdup_printf("%" G_GINT64_FORMAT, number) : NULL;
    template_values_put(item, name, text);
}

/* The number for a phone to dial. */
static void put_lead(const Filling *filling, TemplateValues *item, const Lead *lead)
{
    if (!lead) {
        return;
    }
    const char *phone = field_find_value(lead->fields, "phone");
    g_autofree char *name = report_find_name(lead, FALSE);
    g_autofree char *digits = phone && *phone == '+' ? g_strndup(phone, strspn(phone, "+0123456789")) : NULL;
    g_autofree char *url = digits ? g_strconcat("tel:", digits, NULL) : NULL;
    g_autofree char *said = phone ? phone_say(phone, filling->settings->phone_region) : NULL;
    put_number(item, "lead", lead->id);
    report_put_line(item, "name", name);
    report_put_line(item, "phone", said);
    template_values_put(item, "phone_url", url);
}

/* Indented, for the plain text; in HTML the blanks fall together. */
static void put_block(TemplateValues *item, const char *name, const char *text, gsize max_chars)
{
    g_autofree char *block = text_to_block(text ? text : "", max_chars);
    g_auto(GStrv) lines = g_strsplit(g_strstrip(block), "\n", -1);
    g_autofree char *indented = g_strjoinv("\n    ", lines);
    template_values_put(item, name, indented);
}

/* Nobody is named twice in a breath. */
static void leave_out_name(TemplateValues *item, const Lead *lead, const char *said)
{
    const char *name = lead ? field_find_value(lead->fields, "name") : NULL;
    if (name && strstr(said, name)) {
        template_values_put(item, "name", NULL);
    }
}

static void add_task(const Filling *filling, const MorningLine *line)
{
    const Task *task = line->task;
    TemplateValues *item = template_values_add_item(filling->values, "task");
    put_lead(filling, item, line->lead);
    leave_out_name(item, line->lead, task->said);
    put_number(item, "number", task->id);
    report_put_line(item, "said", task->said);
    put_block(item, "guidance", task->guidance, MAX_GUIDANCE_CHARS);
    put_moment(filling, item, "due", task->due);
    template_values_put_flag(item, "overdue", task->due < filling->now);
    template_values_put(item, "done_url", line->done_url);
    template_values_put(item, "skip_url", line->skip_url);
}

static void add_promise(const Filling *filling, const MorningLine *line)
{
    TemplateValues *item = template_values_add_item(filling->values, "owed");
    g_autofree char *what = g_strdelimit(g_strdup(line->promise->kind), "-_", ' ');
    what[0] = g_ascii_toupper(what[0]);
    put_lead(filling, item, line->lead);
    template_values_put(item, "what", what);
    put_moment(filling, item, "due", line->promise->due);
    template_values_put_flag(item, "late", line->promise->due < filling->now);
    template_values_put(item, "contacted_url", line->contacted_url);
}

static void add_mail(const Filling *filling, const MorningLine *line)
{
    TemplateValues *item = template_values_add_item(filling->values, "coming");
    put_lead(filling, item, line->lead);
    put_moment(filling, item, "at", line->mail->due);
    report_put_line(item, "subject", line->mail->subject);
    put_block(item, "text", line->mail->text, MAX_TEXT_CHARS);
    template_values_put(item, "hold_url", line->hold_url);
    template_values_put(item, "skip_url", line->skip_url);
}

static void add_lead(const Filling *filling, const MorningLine *line)
{
    TemplateValues *item = template_values_add_item(filling->values, "fresh");
    const char *email = field_find_value(line->lead->fields, "email");
    g_autofree char *escaped = text_is_address(email) ? g_uri_escape_string(email, "@", FALSE) : NULL;
    g_autofree char *url = escaped ? g_strconcat("mailto:", escaped, NULL) : NULL;
    put_lead(filling, item, line->lead);
    report_put_line(item, "service", field_find_value(line->lead->fields, "service"));
    report_put_line(item, "tier", line->lead->tier);
    report_put_line(item, "email", email);
    template_values_put(item, "email_url", url);
}

typedef void (*AddLine)(const Filling *filling, const MorningLine *line);

static void add_part(const Filling *filling, const char *count_name, const GPtrArray *lines, AddLine add)
{
    put_number(filling->values, count_name, lines->len);
    for (guint i = 0; i < lines->len && i < MAX_LISTED; i++) {
        add(filling, g_ptr_array_index(lines, i));
    }
}

/* ---- the mail ---- */

OutgoingMail *report_make_morning(const DigestRule *rule, const char *key, const Person *person, const MorningList *list,
                                  const Rulebook *rulebook, const char *secret, UsherTime now, GError **error)
{
    const Settings *settings = rulebook->settings;
    if (list->tasks->len + list->promises->len + list->mails->len + list->leads->len == 0 || !text_is_address(person->email)) {
        return NULL;
    }
    g_autoptr(OutgoingMail) mail = internal_mail_start(rule->purpose, key, person, settings, secret, now);
    g_autoptr(TemplateValues) values = report_make_values(person, settings);
    Filling filling = {values, settings, settings_get_calendar(settings, person), now};
    g_autofree char *today = say_today(filling.calendar, now);
    mail->template_name = g_strdup(rule->template_name);
    mail->recipient_role = g_strdup("owners");
    template_values_put(values, "today", today);
    template_values_put_flag(values, "by_mail", settings->authserv_id != NULL);
    add_part(&filling, "tasks_count", list->tasks, add_task);
    add_part(&filling, "promises_count", list->promises, add_promise);
    add_part(&filling, "mails_count", list->mails, add_mail);
    add_part(&filling, "leads_count", list->leads, add_lead);
    if (!template_render(rule->template, values, &mail->subject, &mail->text, &mail->html, error)) {
        return NULL;
    }
    return g_steal_pointer(&mail);
}
