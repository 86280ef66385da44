/*
 * respond/values.c - what the templates are told of a lead
 *
 * Takes a judged Decision and what was read of the mail; gives the names of rulebook.h with their values. Every value
 * that a stranger wrote is one line (the words alone are lines of their own), has a limit, and is escaped by the
 * template for the place it stands in. Names of people are looked at more closely, since they go to others than those
 * who wrote them.
 */
#include "values.h"

#include "usher/base/text.h"
#include "usher/base/token.h"

#include <string.h>

enum {
    MAX_VALUE_CHARS = 500,
    MAX_LISTED_CHARS = 160,
    MAX_NAME_CHARS = 80,
    MAX_WORDS_CHARS = 8000,
    MAX_WORDS_LINES = 400,
    MAX_ITEMS = 100,
    TWO_DAYS_S = 2 * 24 * 60 * 60,
};

/* ---- names of people ---- */

/*
 * A full stop is part of a name behind an initial or at the end of a word ("J.R. Smith", "St. John"), not within one
 * ("pills.example").
 */
static gboolean is_name_stop(const char *name, const char *stop)
{
    gboolean is_after_initial = stop > name && (stop - 1 == name || stop[-2] == ' ' || stop[-2] == '.');

    return stop[1] == '\0' || stop[1] == ' ' || stop[1] == ',' || is_after_initial;
}

static gboolean is_name(const char *name)
{
    gboolean has_letter = FALSE;

    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        has_letter = has_letter || g_unichar_isalpha(c);
        if (c == '.' ? !is_name_stop(name, at)
                     : !g_unichar_isalpha(c) && !g_unichar_ismark(c) && strchr(" -',&()", (int)(c < 0x80 ? c : ' ')) == NULL)
            return FALSE;
    }
    return has_letter && !g_str_has_prefix(name, "www.");
}

char *respond_dup_name(const char *name)
{
    g_autofree char *line = text_to_line(name != NULL ? name : "", MAX_NAME_CHARS);

    return is_name(line) ? g_steal_pointer(&line) : NULL;
}

static gboolean is_title(const char *word)
{
    static const char *const titles[] = {"mr",  "mrs",  "ms",   "miss", "mx",  "dr",   "prof", "professor",
                                         "sir", "dame", "lord", "lady", "rev", "revd", "cllr", NULL};
    g_autofree char *folded = text_fold(word);

    return g_strv_contains(titles, folded);
}

static gboolean is_initial(const char *word)
{
    return g_utf8_strlen(word, -1) < 2 || (g_utf8_strlen(word, -1) < 3 && g_str_has_suffix(word, "."));
}

char *respond_dup_first_name(const char *name)
{
    g_autofree char *whole = respond_dup_name(name);
    g_auto(GStrv) words = NULL;
    guint count;
    guint first;

    if (whole == NULL)
        return g_strdup("there");
    words = g_strsplit(whole, " ", -1);
    count = g_strv_length(words);
    first = is_title(words[0]) ? 1 : 0;
    /* A title and one name belong together; behind an initial the whole name is wanted. */
    if (count - first < 2 || is_initial(words[first]))
        return count == 1 || first == 1 || is_initial(words[first]) ? g_steal_pointer(&whole) : g_strdup(words[0]);
    return g_strdup(words[first]);
}

/* ---- fields ---- */

const char *respond_find_field(const Decision *decision, const Lead *lead, const char *name)
{
    const char *value = field_find_value(decision->fields, name);

    return value != NULL || lead == NULL ? value : field_find_value(lead->fields, name);
}

static void put_line(TemplateValues *values, const char *name, const char *value, gsize max_chars)
{
    g_autofree char *line = value != NULL ? text_to_line(value, max_chars) : NULL;

    template_values_put(values, name, line);
}

static void put_fields(TemplateValues *values, const Decision *decision, const Lead *lead, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->fields->len; i++) {
        const FieldRule *rule = rulebook->fields->pdata[i];

        g_autofree char *said = respond_say_field(rule->type, respond_find_field(decision, lead, rule->name), rulebook->settings);

        put_line(values, rule->name, said, MAX_VALUE_CHARS);
    }
}

/* "referrer_name" -> "Referrer name". */
static char *make_label(const char *name)
{
    char *label = g_strdelimit(g_strdup(name), "_", ' ');

    label[0] = g_ascii_toupper(label[0]);
    return label;
}

/* In the order of fields.yaml, which begins with what is looked for first. */
static void list_fields(TemplateValues *values, const GPtrArray *fields, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->fields->len && i < MAX_ITEMS; i++) {
        const FieldRule *rule = rulebook->fields->pdata[i];
        const Field *field = field_find(fields, rule->name);
        TemplateValues *item;
        g_autofree char *label = NULL, *said = NULL;

        if (field == NULL)
            continue;
        said = respond_say_field(rule->type, field->value, rulebook->settings);
        label = make_label(field->name);
        item = template_values_add_item(values, "field");
        template_values_put(item, "name", label);
        put_line(item, "value", said, MAX_LISTED_CHARS);
        put_line(item, "evidence", field->evidence, MAX_LISTED_CHARS);
    }
}

/* ---- links ---- */

/* RFC 6068: everything but unreserved characters and @ is percent-encoded. */
static void put_links(TemplateValues *values, const char *email, const char *phone, const char *reply_subject)
{
    if (text_is_address(email)) {
        g_autofree char *address = g_uri_escape_string(email, "@", FALSE);
        g_autofree char *subject = reply_subject != NULL ? g_uri_escape_string(reply_subject, NULL, FALSE) : NULL;
        g_autofree char *url = g_strconcat("mailto:", address, subject != NULL ? "?subject=" : NULL, subject, NULL);

        template_values_put(values, "email_url", url);
    }
    if (phone != NULL && phone[0] == '+') {
        g_autofree char *number = g_strndup(phone, strspn(phone, "+0123456789"));
        g_autofree char *url = g_strconcat("tel:", number, NULL);

        template_values_put(values, "phone_url", url);
    }
}

/* Where answers shall come: our own address when it is an intake, else the first intake that takes enquiries. */
const char *respond_find_intake_address(const Settings *settings)
{
    const IntakeAddress *own = settings_find_intake(settings, settings->delivery.from);

    if (own != NULL && !(own->has_kind && own->kind == KIND_LOG))
        return settings->delivery.from;
    for (guint i = 0; i < settings->intake->len; i++) {
        const IntakeAddress *intake = settings->intake->pdata[i];

        if (!intake->has_kind || intake->kind != KIND_LOG)
            return intake->address;
    }
    return settings->delivery.from;
}

/* What a colleague may do by a mail that their program writes for them. */
static const struct {
    const char *verb, *name;
} commands[] = {
    {"clear", "clear_url"},
    {"claim", "claim_url"},
    {"contacted", "contacted_url"},
    {"meeting", "meeting_url"},
    {"won", "won_url"},
    {"lost", "lost_url"},
    {"nurture", "nurture_url"},
    {"not-qualified", "not_qualified_url"},
    {"insufficient-data", "insufficient_data_url"},
};

char *respond_make_command_url(gint64 lead, gint64 task, const char *order, const char *person, const char *secret,
                               const Settings *settings)
{
    if (settings->authserv_id == NULL || person == NULL || (lead == 0 && task == 0))
        return NULL;
    gint64 id = lead != 0 ? lead : task;
    g_autofree char *address = g_uri_escape_string(respond_find_intake_address(settings), "@", FALSE);
    g_autofree char *what = g_strdup_printf("%s:%" G_GINT64_FORMAT ":%s", lead != 0 ? "command" : "task", id, person);
    g_autofree char *mark = token_make_mark(secret, what);
    g_autofree char *subject = g_strdup_printf("%s %" G_GINT64_FORMAT ": %s [%s:%" G_GINT64_FORMAT ":%s]",
                                               lead != 0 ? "Lead" : "Task", id, order, lead != 0 ? "usher" : "task", id, mark);
    g_autofree char *escaped = g_uri_escape_string(subject, NULL, FALSE), *body = g_uri_escape_string(order, NULL, FALSE);
    return g_strdup_printf("mailto:%s?subject=%s&body=%s", address, escaped, body);
}

void respond_put_commands(TemplateValues *values, gint64 lead, const char *person, const char *secret, const Settings *settings)
{
    template_values_put_flag(values, "commands", settings->authserv_id != NULL && person != NULL && lead != 0);
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *url = respond_make_command_url(lead, 0, commands[i].verb, person, secret, settings);
        template_values_put(values, commands[i].name, url);
    }
}

/* ---- the lead ---- */

static void put_lead(TemplateValues *values, const Decision *decision, const Settings *settings)
{
    const Person *owner = decision->owner != NULL ? settings_find_person(settings, decision->owner) : NULL;
    g_autofree char *number = decision->lead != 0 ? g_strdup_printf("%" G_GINT64_FORMAT, decision->lead) : NULL;
    g_autofree char *score = g_strdup_printf("%d", decision->score);
    g_autofree char *owner_first_name = owner != NULL ? respond_dup_first_name(owner->name) : NULL;

    template_values_put(values, "lead", number);
    template_values_put(values, "score", score);
    template_values_put(values, "tier", decision->tier);
    template_values_put(values, "status", status_get_name(decision->status));
    template_values_put(values, "route", decision->route);
    template_values_put(values, "exception", decision->exception);
    template_values_put(values, "action", decision->action);
    template_values_put(values, "channel", decision->channel);
    /* "by email, source email" says it twice. */
    template_values_put(values, "source", g_strcmp0(decision->source, decision->channel) != 0 ? decision->source : NULL);
    template_values_put(values, "owner_name", owner != NULL ? owner->name : NULL);
    template_values_put(values, "owner_first_name", owner_first_name);
    template_values_put(values, "owner_email", owner != NULL ? owner->email : NULL);
}

static void put_firm(TemplateValues *values, const Settings *settings)
{
    template_values_put(values, "firm_name", settings->firm_name);
    template_values_put(values, "postal_address", settings->postal_address);
    template_values_put(values, "booking_url", settings->booking_url);
    template_values_put_flag(values, "seen_by_milter", settings_sees_colleagues(settings));
}

/* What this decision promises, else what was promised before and is still owed. 0: nothing. */
static UsherTime find_stated_due(const Decision *decision, const GPtrArray *open, const Rulebook *rulebook)
{
    const Promise *stated = decision_find_stated(decision);
    for (guint i = 0; stated == NULL && open != NULL && i < open->len; i++) {
        const PromiseState *promise = g_ptr_array_index(open, i);
        const PromiseRule *rule = rulebook_find_promise_rule(rulebook, promise);
        if (promise->lead == decision->lead && promise->kept == 0 && rule != NULL && rule->is_stated)
            return promise->due;
    }
    return stated != NULL ? stated->due : 0;
}

static void put_promise(TemplateValues *values, const Decision *decision, const RespondInput *input, const Rulebook *rulebook)
{
    UsherTime due = find_stated_due(decision, input->past != NULL ? input->past->promises : NULL, rulebook);
    g_autofree char *said = due != 0 ? calendar_say(rulebook->settings->calendar, due, decision->at) : NULL;
    template_values_put(values, "promise_said", said);
}

/* The verdict says why and by what values; the rule knows what to ask the prospect about it. */
static void list_contradiction(TemplateValues *values, const char *said, const Rulebook *rulebook)
{
    TemplateValues *item = template_values_add_item(values, "contradiction");
    put_line(item, "because", said, MAX_LISTED_CHARS);
    for (guint i = 0; i < rulebook->contradictions->len; i++) {
        const ContradictionRule *rule = rulebook->contradictions->pdata[i];
        if (rule->because != NULL && g_str_has_prefix(said, rule->because)) {
            template_values_put(item, "ask", rule->ask);
            return;
        }
    }
}

/* "10am on Tuesday 3 March": with the day even where that is tomorrow, since it is read on another day. */
static void put_slot(TemplateValues *values, const char *name, UsherTime at, const Settings *settings)
{
    g_autofree char *said = calendar_say(settings->calendar, at, at - TWO_DAYS_S);
    template_values_put(values, name, said);
}

static void put_slots(TemplateValues *values, const Decision *decision, const Settings *settings)
{
    static const char *const names[] = {"slot_1", "slot_2"};
    for (guint i = 0; i < decision->slots->len && i < G_N_ELEMENTS(names); i++)
        put_slot(values, names[i], ((const SlotOffer *)decision->slots->pdata[i])->at, settings);
    if (decision->slot_taken != 0)
        put_slot(values, "slot_taken", decision->slot_taken, settings);
}

static void list_judgement(TemplateValues *values, const Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < decision->score_parts->len && i < MAX_ITEMS; i++) {
        const ScorePart *part = decision->score_parts->pdata[i];
        TemplateValues *item = template_values_add_item(values, "score_part");
        g_autofree char *points = g_strdup_printf("%+d", part->points);

        template_values_put(item, "points", points);
        template_values_put(item, "rule", part->rule);
        put_line(item, "because", part->because, MAX_LISTED_CHARS);
    }
    for (guint i = 0; i < decision->missing->len && i < MAX_ITEMS; i++) {
        const char *name = decision->missing->pdata[i];
        const FieldRule *rule = rulebook_find_field(rulebook, name);

        TemplateValues *item = template_values_add_item(values, "missing");
        g_autofree char *label = make_label(name);

        template_values_put(item, "name", label);
        template_values_put(item, "ask", rule != NULL && rule->ask != NULL ? rule->ask : name);
    }
    for (guint i = 0; i < decision->contradictions->len && i < MAX_ITEMS; i++)
        list_contradiction(values, decision->contradictions->pdata[i], rulebook);
}

/* What the verdicts say of the lead, in one line: "a medium matter for us; wants to start at once". */
static void put_in_short(TemplateValues *values, const GPtrArray *dimensions)
{
    g_autoptr(GString) words = g_string_new(NULL);

    for (guint i = 0; i < dimensions->len; i++) {
        const DimensionVerdict *verdict = dimensions->pdata[i];

        if (verdict->said != NULL)
            g_string_append_printf(words, "%s%s", words->len > 0 ? "; " : "", verdict->said);
    }
    put_line(values, "in_short", words->len > 0 ? words->str : NULL, MAX_VALUE_CHARS);
}

static void list_dimensions(TemplateValues *values, const Decision *decision)
{
    g_autofree char *likely = decision->likely_value > 0 ? text_from_pounds(decision->likely_value) : NULL;

    template_values_put(values, "likely_value", likely);
    put_in_short(values, decision->dimensions);
    for (guint i = 0; i < decision->dimensions->len && i < MAX_ITEMS; i++) {
        const DimensionVerdict *verdict = decision->dimensions->pdata[i];
        TemplateValues *item = template_values_add_item(values, "dimension");
        g_autofree char *label = make_label(verdict->dimension);

        template_values_put(values, verdict->dimension, verdict->verdict);
        template_values_put(item, "name", label);
        template_values_put(item, "verdict", verdict->verdict);
        put_line(item, "because", verdict->because, MAX_LISTED_CHARS);
    }
}

static void list_promises(TemplateValues *values, const char *name, const GPtrArray *promises, const Decision *decision,
                          const Settings *settings)
{
    for (guint i = 0; i < promises->len && i < MAX_ITEMS; i++) {
        const PromiseState *promise = promises->pdata[i];
        const Person *owner = settings_find_person(settings, promise->owner);
        TemplateValues *item = template_values_add_item(values, name);
        g_autofree char *due = calendar_say(settings->calendar, promise->due, decision->at);
        g_autofree char *said = g_strdelimit(g_strdup(promise->kind), "-_", ' ');

        template_values_put(item, "kind", promise->kind);
        template_values_put(item, "said", said);
        template_values_put(item, "due", due);
        template_values_put(item, "owner", owner != NULL ? owner->name : promise->owner);
    }
}

void respond_put_answerable(TemplateValues *values, const Decision *decision, const char *person)
{
    const GPtrArray *promises = decision->broken->len > 0 ? decision->broken : decision->warned;
    gboolean is_answerable = person != NULL && promises->len > 0;

    for (guint i = 0; i < promises->len; i++)
        is_answerable = is_answerable && g_strcmp0(((const PromiseState *)promises->pdata[i])->owner, person) == 0;
    template_values_put_flag(values, "answerable", is_answerable);
}

static void list_orders(TemplateValues *values, const Decision *decision)
{
    for (guint i = 0; i < decision->orders->len && i < MAX_ITEMS; i++) {
        const MailOrder *order = decision->orders->pdata[i];
        TemplateValues *item = template_values_add_item(values, "order");

        put_line(item, "said", order->said, MAX_VALUE_CHARS);
        put_line(item, "result", order->result, MAX_VALUE_CHARS);
        template_values_put_flag(item, "done", order->is_done);
    }
}

static void list_bant(TemplateValues *values, const Decision *decision, const Rulebook *rulebook)
{
    if (!decision->opens_lead)
        return;
    for (guint i = 0; i < BANT_COUNT; i++) {
        const BantVerdict *verdict = &decision->bant[i];
        TemplateValues *item;

        if (!rulebook->bant[i].is_defined)
            continue;
        item = template_values_add_item(values, "bant");
        template_values_put(item, "name", bant_get_name(i));
        template_values_put(item, "verdict", verdict->is_met ? "yes" : verdict->is_known ? "no" : "not known");
    }
}

/* ---- the mail ---- */

/* "9.12am on Monday 2 March 2026": to be read on any day. */
static void put_received(TemplateValues *values, const Decision *decision, const RespondInput *input, const Settings *settings)
{
    UsherTime received = input->arrival != NULL && input->arrival->received != 0 ? input->arrival->received : decision->at;
    g_autofree char *said = calendar_say(settings->calendar, received, 0);

    template_values_put(values, "received", said);
}

static void put_words(TemplateValues *values, const char *said)
{
    g_autofree char *words = text_to_block(said, MAX_WORDS_CHARS);
    g_auto(GStrv) lines = NULL;

    g_strstrip(words);
    if (*words == '\0')
        return;
    template_values_put(values, "words", words);
    lines = g_strsplit(words, "\n", MAX_WORDS_LINES + 1);
    for (guint i = 0; i < MAX_WORDS_LINES && lines[i] != NULL; i++)
        template_values_put(template_values_add_item(values, "words_line"), "text", lines[i]);
    if (g_strv_length(lines) > MAX_WORDS_LINES)
        template_values_put(template_values_add_item(values, "words_line"), "text", "…");
}

/* Somebody's name, or the address where there is none. */
static void put_party(TemplateValues *values, const char *name_as, const char *first_name_as, const char *address_as,
                      const Mailbox *party)
{
    g_autofree char *name = party != NULL ? respond_dup_name(party->name) : NULL;
    g_autofree char *first_name = name != NULL ? respond_dup_first_name(name) : NULL;

    if (party == NULL)
        return;
    template_values_put(values, name_as, name != NULL ? name : party->address);
    if (first_name_as != NULL)
        template_values_put(values, first_name_as, first_name);
    if (address_as != NULL)
        template_values_put(values, address_as, *party->address != '\0' ? party->address : NULL);
}

/* On a lead on record a stranger's address never stands in place of the prospect's. */
static const char *find_email(const Decision *decision, const Mailbox *person, const LeadMatch *match)
{
    gboolean is_believed = match == NULL || match->is_known_address;

    if (person != NULL && *person->address != '\0' && is_believed)
        return person->address;
    return respond_find_field(decision, match != NULL ? match->lead : NULL, "email");
}

static void put_prospect(TemplateValues *values, const Decision *decision, const RespondInput *input, const LeadMatch *match)
{
    const Lead *lead = match != NULL ? match->lead : NULL;
    const Mailbox *person = input->extraction != NULL ? input->extraction->person : NULL;
    const char *known = respond_find_field(decision, lead, "name");
    g_autofree char *name = respond_dup_name(known != NULL ? known : person != NULL ? person->name : NULL);
    g_autofree char *first_name = respond_dup_first_name(name);
    const char *email = find_email(decision, person, match);
    g_autofree char *subject = input->message != NULL ? respond_make_reply_subject(input->message->subject) : NULL;

    template_values_put(values, "name", name);
    template_values_put(values, "first_name", first_name);
    put_line(values, "email", email, MAX_VALUE_CHARS);
    put_links(values, email, respond_find_field(decision, lead, "phone"), subject);
}

static void put_message(TemplateValues *values, const Message *message)
{
    put_line(values, "subject", message->subject, MAX_LISTED_CHARS);
    for (guint i = 0; i < message->attachments->len && i < MAX_ITEMS; i++) {
        const Attachment *attachment = message->attachments->pdata[i];

        put_line(template_values_add_item(values, "attachment"), "filename",
                 *attachment->filename != '\0' ? attachment->filename : attachment->content_type, MAX_LISTED_CHARS);
    }
}

/* On a lead on record: who wrote, when it was neither the prospect nor one of us. Whom the lead does not know may be anybody. */
static void put_writer(TemplateValues *values, const Message *message, const LeadMatch *match, const Settings *settings)
{
    const char *address = message != NULL && message->from != NULL ? message->from->address : "";
    const char *referrer = match != NULL ? field_find_value(match->lead->fields, "referrer_email") : NULL;

    if (match == NULL || match->is_known_address || *address == '\0' || settings_is_own_address(settings, address))
        return;
    if (g_strcmp0(referrer, address) == 0) {
        const char *name = field_find_value(match->lead->fields, "referrer_name");

        put_line(values, "written_by", name != NULL ? name : address, MAX_VALUE_CHARS);
        return;
    }
    put_line(values, "written_by", address, MAX_VALUE_CHARS);
    put_line(values, "stranger_email", address, MAX_VALUE_CHARS);
}

/* A mail of which only the headers were kept: what it says is where it went. */
static void put_headers_only(TemplateValues *values, const RespondInput *input, const Settings *settings)
{
    if (input->arrival == NULL || !input->arrival->is_headers_only)
        return;
    template_values_put_flag(values, "headers_only", TRUE);
    for (guint i = 0; i < input->arrival->envelope_to->len; i++) {
        const char *address = input->arrival->envelope_to->pdata[i];

        if (!settings_is_own_address(settings, address))
            continue;
        put_line(values, "written_to", address, MAX_VALUE_CHARS);
        return;
    }
}

static void put_extraction(TemplateValues *values, const Extraction *extraction)
{
    put_words(values, extraction->words != NULL ? extraction->words : "");
    put_party(values, "forwarded_by", NULL, NULL, extraction->forwarded_by);
}

/* Several mails were passed on in one: whoever reads it is told, since they stand below each other. */
static void put_passed_count(TemplateValues *values, const Decision *decision, const Extraction *extraction)
{
    g_autofree char *count = g_strdup_printf("%u", extraction->people_told);
    if (decision->kind != KIND_LOG && extraction->people_told > 1)
        template_values_put(values, "mails_passed_on", count);
}

/* A colleague passed on what the prospect had written to them. */
static void put_passed_on(TemplateValues *values, const Decision *decision, const Extraction *extraction)
{
    if (decision->kind == KIND_REPLY && extraction->is_own_forward)
        put_party(values, "passed_on_by", NULL, NULL, extraction->forwarded_by);
}

char *respond_make_reply_subject(const char *subject)
{
    g_autofree char *line = text_to_line(subject, MAX_LISTED_CHARS);

    if (*line == '\0')
        return NULL;
    return g_ascii_strncasecmp(line, "re:", 3) == 0 ? g_steal_pointer(&line) : g_strconcat("Re: ", line, NULL);
}

static void put_number(TemplateValues *values, const char *name, gint64 number)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);

    template_values_put(values, name, text);
}

static void list_linked(TemplateValues *values, const Decision *decision, const Settings *settings)
{
    for (guint i = 0; i < decision->linked->len && i < MAX_ITEMS; i++) {
        const LeadLink *link = decision->linked->pdata[i];
        const Person *owner = link->owner != NULL ? settings_find_person(settings, link->owner) : NULL;
        TemplateValues *item = template_values_add_item(values, link->because != NULL ? "double" : "linked");
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, link->lead);

        template_values_put(item, "lead", number);
        put_line(item, "service", link->service, MAX_VALUE_CHARS);
        template_values_put(item, "status", status_get_name(link->status));
        template_values_put(item, "owner_name", owner != NULL ? owner->name : link->owner);
        template_values_put(item, "because", link->because);
        put_number(item, "this_lead", decision->lead);
    }
}

/* Whom of the firm's lists the lead's people are or may be. */
static void put_parties(TemplateValues *values, const Decision *decision, const Settings *settings)
{
    const PartyMatch *client = decision_find_client(decision);
    if (client != NULL) {
        const Person *owner = settings_find_person(settings, client->party->owner);
        g_autofree char *evidence = party_match_describe(client);

        put_line(values, "client_name", client->party->name, MAX_VALUE_CHARS);
        put_line(values, "client_evidence", evidence, MAX_LISTED_CHARS);
        template_values_put(values, "client_owner_name", owner != NULL ? owner->name : NULL);
    }
    /* What was checked is between the firm and whoever cleared it. */
    gboolean is_cleared = decision_is_cleared(decision, "conflict-check");
    for (guint i = 0; i < decision->conflicts->len && i < MAX_ITEMS && !is_cleared; i++) {
        const PartyMatch *match = decision->conflicts->pdata[i];
        TemplateValues *item = template_values_add_item(values, "conflict");
        g_autofree char *because = party_match_describe(match);

        put_line(item, "party", match->party->name, MAX_LISTED_CHARS);
        put_line(item, "because", because, MAX_LISTED_CHARS);
        put_line(item, "matter", *match->party->matter != '\0' ? match->party->matter : NULL, MAX_LISTED_CHARS);
        put_line(item, "note", *match->party->note != '\0' ? match->party->note : NULL, MAX_LISTED_CHARS);
    }
}

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

static const char *find_because(const Decision *decision)
{
    for (guint i = 0; i < decision->partners->len; i++) {
        const Candidate *candidate = decision->partners->pdata[i];

        if (g_strcmp0(candidate->person, decision->partner) == 0)
            return candidate->because;
    }
    return NULL;
}

/* To whom the lead is, or is to be, passed on, and from whom it came. */
static void put_partner(TemplateValues *values, const Decision *decision, const Past *past, const Rulebook *rulebook)
{
    const Party *partner = past_find_partner(past, decision->partner);

    put_line(values, "partner_name", decision->partner, MAX_VALUE_CHARS);
    put_line(values, "from_partner", decision->from_partner, MAX_VALUE_CHARS);
    put_line(values, "partner_because", find_because(decision), MAX_VALUE_CHARS);
    template_values_put_flag(values, "partner_wanted", decision->partner != NULL || decision->partners->len > 0);
    template_values_put_flag(values, "shares_contact", rulebook->shares_contact);
    if (partner == NULL)
        return;
    put_line(values, "partner_contact", or_null(partner->terms->contact), MAX_VALUE_CHARS);
    put_line(values, "partner_phone", or_null(partner->terms->phone), MAX_VALUE_CHARS);
    put_line(values, "partner_share", or_null(partner->terms->share), MAX_VALUE_CHARS);
    put_line(values, "partner_email", partner->addresses->len > 0 ? partner->addresses->pdata[0] : NULL, MAX_VALUE_CHARS);
}

TemplateValues *respond_make_values(const Decision *decision, const RespondInput *input, const LeadMatch *match,
                                    const Rulebook *rulebook)
{
    TemplateValues *values = template_values_new();
    const Lead *lead = match != NULL ? match->lead : NULL;

    for (guint i = 0; i < decision->flags->len; i++)
        template_values_put_flag(values, decision->flags->pdata[i], TRUE);
    put_fields(values, decision, lead, rulebook);
    put_lead(values, decision, rulebook->settings);
    put_firm(values, rulebook->settings);
    put_promise(values, decision, input, rulebook);
    put_received(values, decision, input, rulebook->settings);
    put_prospect(values, decision, input, match);
    /* behind a notification stands a machine, and behind a calendar's mail the prospect */
    if (!kind_is_notification(decision->kind) && !kind_is_automatic(decision->kind))
        put_writer(values, input->message, match, rulebook->settings);
    put_parties(values, decision, rulebook->settings);
    put_partner(values, decision, input->past, rulebook);
    list_linked(values, decision, rulebook->settings);
    put_slots(values, decision, rulebook->settings);
    put_line(values, "unreachable", decision->unreachable, MAX_VALUE_CHARS);
    if (decision->undelivered != NULL) {
        const Person *colleague = settings_find_person(rulebook->settings, decision->undelivered);

        put_line(values, "colleague", colleague != NULL ? colleague->name : decision->undelivered, MAX_VALUE_CHARS);
        put_line(values, "colleague_why", decision->undelivered_why, MAX_VALUE_CHARS);
    }
    put_line(values, "moved_from", decision->moved_from, MAX_VALUE_CHARS);
    put_headers_only(values, input, rulebook->settings);
    put_party(values, "referrer_name", "referrer_first_name", "referrer_email", decision->referrer);
    if (input->message != NULL)
        put_message(values, input->message);
    if (input->extraction != NULL)
        put_extraction(values, input->extraction);
    if (input->extraction != NULL)
        put_passed_on(values, decision, input->extraction);
    if (input->extraction != NULL)
        put_passed_count(values, decision, input->extraction);
    list_fields(values, input->message == NULL && lead != NULL ? lead->fields : decision->fields, rulebook);
    list_judgement(values, decision, rulebook);
    list_bant(values, decision, rulebook);
    list_dimensions(values, decision);
    list_promises(values, "broken_promise", decision->broken, decision, rulebook->settings);
    list_promises(values, "due_promise", decision->warned, decision, rulebook->settings);
    list_orders(values, decision);
    return values;
}

void respond_put_recipient(TemplateValues *values, const Mailbox *to, const char *reply_subject, gboolean is_original_attached)
{
    put_party(values, "to_name", "to_first_name", NULL, to);
    template_values_put(values, "reply_subject", reply_subject);
    template_values_put_flag(values, "original_attached", is_original_attached);
}
