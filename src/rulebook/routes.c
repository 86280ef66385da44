/*
 * rulebook/routes.c - rules/routes.yaml: where a lead goes, what is written to whom, and how much at most; rules/free-mail.yaml
 *
 * Takes the file; gives routes, recommended first actions, mails with their templates, and limits. The mails are read first,
 * since a route names their purposes.
 */
#include <string.h>

#include "read.h"
#include "reader.h"
#include "usher/base/domain.h"

#define MAX_LIMIT 100000
#define MOST_SLOT_S (8 * 3600)
#define QUIET_FROM_S (20 * 3600)
#define QUIET_UNTIL_S (7 * 3600)

void route_rule_free(RouteRule *route)
{
    condition_rule_clear(&route->when);
    g_free(route->name);
    g_free(route->exception);
    g_free(route->owner);
    if (route->mails != NULL)
        g_ptr_array_unref(route->mails);
    g_free(route->action);
    g_free(route->place);
    g_free(route);
}

void action_rule_free(ActionRule *action)
{
    condition_rule_clear(&action->when);
    g_free(action->text);
    g_free(action);
}

void mail_rule_free(MailRule *mail)
{
    condition_rule_clear(&mail->when);
    g_free(mail->purpose);
    g_free(mail->template_name);
    g_free(mail->promise);
    g_free(mail->daily);
    g_free(mail->place);
    g_free(mail);
}

/* ---- mails ---- */

static MailOccasion read_occasion(const YamlNode *node)
{
    static const char *const occasions[] = {"lead",    "reply",  "owner",       "broken",  "note", "guard",  "alarm", "lapsed",
                                            "bounced", "status", "undelivered", "command", "fuse", "warned", NULL};
    int occasion = node != NULL ? read_word(node, occasions) : -1;
    return occasion >= 0 ? (MailOccasion)occasion : ON_LEAD;
}

/* Whom it goes to outside gets an answer to each of theirs. */
static void read_daily(const RulebookReader *reader, const YamlNode *node, MailRule *mail)
{
    const YamlNode *place = yaml_find(node, "daily");
    const char *field = yaml_get_text(place);
    if (field == NULL)
        return;
    if (rulebook_find_field(reader->rulebook, field) == NULL)
        yaml_problem(
            place,
            "there is no field \"%.60s\" in rules/fields.yaml: daily names the field of whose values each has one such mail a day",
            field);
    else if (mail->to == TO_PROSPECT || mail->to == TO_REFERRER)
        yaml_problem(place, "only a mail to a colleague can be told once a day: take \"daily\" out");
    else
        mail->daily = g_strdup(field);
}

static void read_sender(const YamlNode *node, MailRule *mail)
{
    static const char *const senders[] = {"firm", "owner", NULL};
    mail->is_from_owner = node != NULL && read_word(node, senders) == 1;
    if (mail->is_from_owner && mail->to != TO_PROSPECT && mail->to != TO_REFERRER && mail->to != TO_PARTNER)
        yaml_problem(node, "a mail to a colleague is from the firm: take \"from\" out");
}

static void read_mail(RulebookReader *reader, const YamlNode *node)
{
    static const char *const keys[] = {"purpose", "to", "template", "when", "on", "promise", "daily", "attach", "from", NULL};
    static const char *const receivers[] = {"prospect", "referrer", "owner", "exceptions", "conflicts", "manager",
                                            "linked",   "partner",  "actor", "answerable", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    MailRule *mail = g_new0(MailRule, 1);
    const char *purpose = read_name(node, "purpose");
    const YamlNode *to =
        read_required(node, "to", "say who gets it: to: prospect, referrer, owner, exceptions, conflicts or manager");
    const YamlNode *template =
        read_required(node, "template", "name its wording, a file in templates/ without .txt: template: ack");
    int receiver = to != NULL ? read_word(to, receivers) : -1;
    mail->purpose = g_strdup(purpose != NULL ? purpose : "");
    mail->to = receiver >= 0 ? (MailTo)receiver : TO_OWNER;
    mail->template = template != NULL ? reader_read_template(reader, template) : NULL;
    mail->template_name = g_strdup(yaml_is_scalar(template) && !yaml_is_empty(template) ? yaml_get_text(template) : NULL);
    mail->on = read_occasion(yaml_find(node, "on"));
    mail->place = read_place(node);
    mail->promise = g_strdup(read_text(node, "promise"));
    if (mail->promise != NULL && mail->on != ON_BROKEN && mail->on != ON_LAPSED && mail->on != ON_WARNED)
        yaml_problem(yaml_find(node, "promise"),
                     "only a mail on: broken, on: warned or on: lapsed is about a promise: take it out, or add on: broken");
    if (mail->to == TO_ANSWERABLE && mail->on != ON_BROKEN && mail->on != ON_WARNED)
        yaml_problem(to, "only a mail on: broken or on: warned has somebody who answers for the promise: write to: owner");
    read_daily(reader, node, mail);
    read_boolean(node, "attach", &mail->attaches_original);
    read_sender(yaml_find(node, "from"), mail);
    if ((mail->on == ON_GUARD || mail->on == ON_ALARM) &&
        (mail->to == TO_PROSPECT || mail->to == TO_REFERRER || mail->to == TO_PARTNER))
        yaml_problem(node,
                     "a mail on: guard or on: alarm tells the firm that answers were stopped: write to: exceptions or manager");
    if (mail->on == ON_FUSE && mail->to != TO_EXCEPTIONS && mail->to != TO_CONFLICTS && mail->to != TO_MANAGER)
        yaml_problem(node, "a mail on: fuse is about no lead: write to: manager, exceptions or conflicts");
    reader_read_condition(reader, yaml_find(node, "when"), &mail->when);
    g_ptr_array_add(reader->rulebook->mails, mail);
}

gboolean reader_check_purpose(const RulebookReader *reader, const YamlNode *node, const char *purpose)
{
    g_autoptr(GPtrArray) purposes = g_ptr_array_new();
    for (guint i = 0; i < reader->rulebook->mails->len; i++)
        g_ptr_array_add(purposes, ((const MailRule *)g_ptr_array_index(reader->rulebook->mails, i))->purpose);
    g_ptr_array_add(purposes, NULL);
    const char *const *all = (const char *const *)(gconstpointer)purposes->pdata;
    if (!reader->knows_mails || g_strv_contains(all, purpose))
        return TRUE;
    g_autofree char *list = yaml_join_words(all);
    const char *near = yaml_find_nearest(purpose, all);
    if (near != NULL)
        yaml_problem(node, "no mail in rules/routes.yaml has the purpose \"%s\"; did you mean \"%s\"?", purpose, near);
    else
        yaml_problem(node, "no mail in rules/routes.yaml has the purpose \"%.60s\"; there are: %s", purpose, list);
    return FALSE;
}

/* ---- routes ---- */

static LeadStatus find_status(const char *route)
{
    LeadStatus status = STATUS_NEW;
    status_find(route, &status); /* routes are called as the statuses they lead to, but for sales */
    return status;
}

static void read_exception(RouteRule *route, const YamlNode *node)
{
    static const char *const exceptions[] = {"missing-data", "conflicting-info", "out-of-scope", "conflict-check",
                                             "undecided",    "review",           "bounced",      NULL};
    const YamlNode *exception = yaml_find(node, "exception");
    gboolean is_exception = strcmp(route->name, "exception") == 0;
    if (is_exception && exception == NULL)
        yaml_problem(node, "a route \"exception\" needs its kind: add exception: missing-data");
    if (!is_exception && exception != NULL)
        yaml_problem(exception, "only a route \"exception\" has an exception: take it out, or write name: exception");
    int found = exception != NULL ? read_word(exception, exceptions) : -1;
    route->exception = is_exception && found >= 0 ? g_strdup(exceptions[found]) : NULL;
}

static void read_purposes(const RulebookReader *reader, RouteRule *route, const YamlNode *list)
{
    if (list == NULL)
        return;
    route->mails = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        const char *purpose = yaml_get_text(yaml_get_item(list, i));
        if (purpose != NULL && reader_check_purpose(reader, yaml_get_item(list, i), purpose))
            g_ptr_array_add(route->mails, g_strdup(purpose));
    }
}

static void read_route(RulebookReader *reader, const YamlNode *node, const YamlNode **always)
{
    static const char *const keys[] = {"name", "exception", "when", "owner", "status", "mails", "action", "slots", "partner", NULL};
    static const char *const names[] = {"sales", "nurture", "exception", "referred-on", "not-qualified", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    RouteRule *route = g_new0(RouteRule, 1);
    const YamlNode *name = read_required(node, "name", "write name: sales, nurture, exception, referred-on or not-qualified");
    const YamlNode *status = yaml_find(node, "status");
    int found = name != NULL ? read_word(name, names) : -1;
    const char *action = read_text(node, "action");
    route->name = g_strdup(found >= 0 ? names[found] : "");
    route->place = read_place(node);
    route->status = find_status(route->name);
    if (status != NULL)
        read_status(status, &route->status);
    if (found >= 0)
        read_exception(route, node);
    route->owner = reader_read_duty(yaml_find(node, "owner"));
    read_purposes(reader, route, yaml_find(node, "mails"));
    route->action = g_strdup(action != NULL ? action : "");
    read_boolean(node, "slots", &route->offers_slots);
    route->wants_partner = strcmp(route->name, "referred-on") == 0;
    read_boolean(node, "partner", &route->wants_partner);
    reader_read_condition(reader, yaml_find(node, "when"), &route->when);
    reader_check_reached(node, &route->when, always);
    g_ptr_array_add(reader->rulebook->routes, route);
}

static void read_routes(RulebookReader *reader, const YamlNode *top)
{
    static const char *const late[] = {"route", "exception", "partner", NULL};
    const YamlNode *always = NULL;
    const YamlNode *list =
        read_required(top, "routes", "say where leads go: routes: [{name: sales, when: score >= 50}, {name: nurture}]");
    guint length = yaml_get_length(list);
    reader->late = late;
    for (guint i = 0; i < length; i++)
        read_route(reader, yaml_get_item(list, i), &always);
    reader->late = NULL;
    if (length > 0 && always == NULL)
        yaml_warning(yaml_get_item(list, length - 1),
                     "a lead for which no route holds becomes an exception: let the last one stand without a condition (when:)");
}

/* ---- actions and limits ---- */

static void read_action(RulebookReader *reader, const YamlNode *node)
{
    static const char *const keys[] = {"when", "text", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    ActionRule *action = g_new0(ActionRule, 1);
    action->text = g_strdup(read_required_text(node, "text", "say what to do first: text: Telephone today."));
    reader_read_condition(reader, yaml_find(node, "when"), &action->when);
    g_ptr_array_add(reader->rulebook->actions, action);
}

/* Each limit, and what it is where the file does not say. */
static const struct {
    const char *key;
    gsize offset;
    guint value;
} limit_rows[] = {
    {"answers_per_address", G_STRUCT_OFFSET(Limits, answers_per_address), 3},
    {"answers_per_domain", G_STRUCT_OFFSET(Limits, answers_per_domain), 100},
    {"answers_per_free_mail", G_STRUCT_OFFSET(Limits, answers_per_free_mail), 1000},
    {"answers_per_conversation", G_STRUCT_OFFSET(Limits, answers_per_conversation), 5},
    {"answers_per_text", G_STRUCT_OFFSET(Limits, answers_per_text), 20},
    {"notices_per_lead", G_STRUCT_OFFSET(Limits, notices_per_lead), 30},
    {"form_alarm_per_hour", G_STRUCT_OFFSET(Limits, form_alarm_per_hour), 60},
    {"form_answers_per_hour", G_STRUCT_OFFSET(Limits, form_answers_per_hour), 300},
    {"attempts", G_STRUCT_OFFSET(Limits, attempts), 30},
    {"mails_per_hour", G_STRUCT_OFFSET(Limits, mails_per_hour), 400},
    {"domain_per_minute", G_STRUCT_OFFSET(Limits, domain_per_minute), 30},
    {"free_mail_per_minute", G_STRUCT_OFFSET(Limits, free_mail_per_minute), 120},
};

/* "20:00-07:00" or "none". */
static void read_quiet(Limits *limits, const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return;
    gint64 from_s = 0, until_s = 0;
    g_auto(GStrv) parts = g_strsplit(text, "-", 2);
    gboolean is_none = strcmp(text, "none") == 0;
    if (!is_none && (g_strv_length(parts) != 2 || !read_clock_text(parts[0], &from_s) || !read_clock_text(parts[1], &until_s) ||
                     from_s == until_s)) {
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "%s are no quiet hours: write quiet: 20:00-07:00, or quiet: none", shown);
        return;
    }
    limits->quiet_from_s = from_s;
    limits->quiet_until_s = until_s;
}

/* Limits that can never be reached, since another one is reached before. */
static void check_limits(const Limits *limits, const YamlNode *node)
{
    if (limits->answers_per_address > limits->answers_per_domain)
        yaml_warning(node, "answers_per_address (%u) is above answers_per_domain (%u), which stops the answers first",
                     limits->answers_per_address, limits->answers_per_domain);
    if (limits->form_alarm_per_hour > limits->form_answers_per_hour)
        yaml_warning(
            node,
            "form_alarm_per_hour (%u) is above form_answers_per_hour (%u): answers to forms would stop before anybody is told",
            limits->form_alarm_per_hour, limits->form_answers_per_hour);
    if (limits->domain_per_minute > limits->free_mail_per_minute)
        yaml_warning(node, "domain_per_minute (%u) is more than free_mail_per_minute (%u): providers that take more get less",
                     limits->domain_per_minute, limits->free_mail_per_minute);
}

static void read_limits(Limits *limits, const YamlNode *node)
{
    const char *keys[G_N_ELEMENTS(limit_rows) + 2] = {NULL};
    keys[G_N_ELEMENTS(limit_rows)] = "quiet";
    limits->quiet_from_s = QUIET_FROM_S;
    limits->quiet_until_s = QUIET_UNTIL_S;
    for (guint i = 0; i < G_N_ELEMENTS(limit_rows); i++) {
        keys[i] = limit_rows[i].key;
        G_STRUCT_MEMBER(guint, limits, limit_rows[i].offset) = limit_rows[i].value;
    }
    if (yaml_is_empty(node) || !yaml_check_keys(node, keys))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(limit_rows); i++)
        read_number(node, limit_rows[i].key, 1, MAX_LIMIT, &G_STRUCT_MEMBER(guint, limits, limit_rows[i].offset));
    read_quiet(limits, yaml_find(node, "quiet"));
    check_limits(limits, node);
}

UsherTime limits_find_quiet_end(const Limits *limits, const Calendar *calendar, UsherTime now)
{
    if (limits->quiet_from_s == limits->quiet_until_s)
        return 0;
    UsherTime from = calendar_at_day(calendar, now, 0, limits->quiet_from_s);
    UsherTime until = calendar_at_day(calendar, now, 0, limits->quiet_until_s);
    if (from < until)
        return now >= from && now < until ? until : 0;
    if (now < until)
        return until;
    return now >= from ? calendar_at_day(calendar, now, 1, limits->quiet_until_s) : 0;
}

/* ---- slots ---- */

static void read_slots(SlotRules *slots, const YamlNode *node)
{
    static const char *const keys[] = {"first_after", "length", "times", NULL};
    static const gint64 usual_s[] = {10 * 3600, 14 * 3600 + 1800};
    *slots = (SlotRules){{SPAN_BUSINESS_TIME, 4 * 3600}, 30 * 60, g_array_new(FALSE, FALSE, sizeof(gint64))};
    if (!yaml_is_empty(node) && yaml_check_keys(node, keys)) {
        const YamlNode *after = yaml_find(node, "first_after"), *length = yaml_find(node, "length");
        const YamlNode *times = yaml_find(node, "times");
        Span span = {SPAN_ELAPSED, slots->length_s};
        if (after != NULL)
            read_span(after, &slots->first_after);
        if (length != NULL && read_span(length, &span) &&
            (span.unit != SPAN_ELAPSED || span.amount > MOST_SLOT_S || span.amount < 60))
            yaml_problem(length, "a call lasts minutes or hours, 8 hours at the most: write length: 30 minutes");
        else
            slots->length_s = span.amount;
        for (guint i = 0, count = yaml_get_length(times); i < count; i++) {
            gint64 time_s = read_clock(yaml_get_item(times, i));
            g_array_append_val(slots->times_s, time_s);
        }
    }
    if (slots->times_s->len == 0)
        g_array_append_vals(slots->times_s, usual_s, G_N_ELEMENTS(usual_s));
}

/* ---- providers of mail for everybody ---- */

static void read_free_domain(Rulebook *rulebook, const YamlNode *node)
{
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return;
    g_autofree char *registrable = domain_get_registrable(text);
    g_autofree char *lower = g_ascii_strdown(text, -1);
    if (strchr(text, '.') == NULL || strchr(text, '@') != NULL || strcmp(registrable, lower) != 0)
        yaml_problem(node, "\"%.60s\" is no domain of a provider: write what stands behind the @, as gmail.com or yahoo.co.uk",
                     text);
    else
        g_hash_table_add(rulebook->free_mail, g_steal_pointer(&registrable));
}

void rulebook_read_free_mail(RulebookReader *reader)
{
    static const char *const keys[] = {"free_mail", NULL};
    const YamlNode *top = reader_open(reader, "rules/free-mail.yaml");
    if (top == NULL)
        return;
    yaml_check_keys(top, keys);
    const YamlNode *list = yaml_find(top, "free_mail");
    for (guint i = 0, length = yaml_get_length(list); i < length; i++)
        read_free_domain(reader->rulebook, yaml_get_item(list, i));
}

gboolean rulebook_is_free_mail(const Rulebook *rulebook, const char *domain)
{
    g_autofree char *registrable = domain_get_registrable(domain);
    return g_hash_table_contains(rulebook->free_mail, registrable);
}

static void read_partners(Rulebook *rulebook, const YamlNode *node)
{
    static const char *const keys[] = {"shares_contact", NULL};
    if (node != NULL && yaml_check_keys(node, keys))
        read_boolean(node, "shares_contact", &rulebook->shares_contact);
}

void rulebook_read_routes(RulebookReader *reader)
{
    static const char *const keys[] = {"routes", "actions", "mails", "limits", "slots", "partners", NULL};
    const YamlNode *top = reader_open(reader, "rules/routes.yaml");
    if (top == NULL)
        return;
    const YamlNode *mails = yaml_find(top, "mails"), *actions = yaml_find(top, "actions");
    yaml_check_keys(top, keys);
    reader->knows_mails = TRUE;
    for (guint i = 0, length = yaml_get_length(mails); i < length; i++)
        read_mail(reader, yaml_get_item(mails, i));
    read_routes(reader, top);
    for (guint i = 0, length = yaml_get_length(actions); i < length; i++)
        read_action(reader, yaml_get_item(actions, i));
    read_partners(reader->rulebook, yaml_find(top, "partners"));
    read_limits(&reader->rulebook->limits, yaml_find(top, "limits"));
    read_slots(&reader->rulebook->slots, yaml_find(top, "slots"));
}
