/*
 * respond/plan.c - a judged lead -> the mails we owe
 *
 * Takes a Decision with its route, what was read of the mail, and what is on record; adds one OutgoingMail for each
 * mail rule that holds, or an event that says why there is none. Nothing here fails: a mail that cannot be written is
 * told and left out, the others go on.
 *
 * Who may be written to is decided by a row of small questions, each with its answer in words (find_objection). A
 * machine, a mailing list or a forged sender must never get an answer, and one person's address never stands in
 * another's mail: each mail has one recipient and no Cc.
 */
#include "usher/respond.h"

#include "values.h"

#include "usher/base/domain.h"
#include "usher/base/text.h"

#include <string.h>

enum { MAX_REFERENCES = 20, MAX_ID_BYTES = 250 };

typedef struct {
    Decision *decision;
    const RespondInput *input;
    const Rulebook *rulebook;
    const LeadMatch *match; /* the lead on record it joined; NULL for a new one */
    MailOccasion occasion;
    Mailbox *partner; /* ON_STATUS: whom the lead is passed on to; NULL */
    TemplateValues *values;
    GPtrArray *written; /* char*: outside addresses that have a mail of this decision already */
    char *stopped;      /* why answers or notices were stopped; NULL */
    char *alarm;        /* a form's alarm; NULL */
} Planning;

/* ---- who ---- */

static const char *const role_words[] = {
    [TO_PROSPECT] = "prospect",   [TO_REFERRER] = "referrer",    [TO_OWNER] = "owner",   [TO_EXCEPTIONS] = "exceptions",
    [TO_CONFLICTS] = "conflicts", [TO_MANAGER] = "manager",      [TO_LINKED] = "linked", [TO_PARTNER] = "partner",
    [TO_ACTOR] = "actor",         [TO_ANSWERABLE] = "answerable"};

static gboolean is_outside(MailTo to)
{
    return to == TO_PROSPECT || to == TO_REFERRER || to == TO_PARTNER;
}

/* Whose own mail does not get through is told by way of their deputy, or of whoever is left. */
static const Person *find_reachable(const Settings *settings, const Person *holder, const Decision *decision)
{
    if (holder == NULL || g_strcmp0(holder->id, decision->undelivered) != 0)
        return holder;
    if (holder->deputy != NULL)
        return settings_find_person(settings, holder->deputy);
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = settings->people->pdata[i];

        if (person != holder)
            return person;
    }
    return holder;
}

static const Person *find_colleague(const Planning *planning, MailTo to)
{
    const Settings *settings = planning->rulebook->settings;

    if (to == TO_OWNER)
        return planning->decision->owner != NULL ? settings_find_person(settings, planning->decision->owner) : NULL;
    if (to == TO_ACTOR)
        return planning->decision->actor != NULL ? settings_find_person(settings, planning->decision->actor) : NULL;
    if (to == TO_ANSWERABLE)
        return planning->decision->answerable != NULL ? settings_find_person(settings, planning->decision->answerable) : NULL;
    return find_reachable(settings, settings_find_duty(settings, role_words[to]), planning->decision);
}

static const Mailbox *find_outsider(const Planning *planning, MailTo to)
{
    if (to == TO_REFERRER)
        return planning->decision->referrer;
    if (to == TO_PARTNER)
        return planning->partner;
    return planning->input->extraction != NULL ? planning->input->extraction->person : NULL;
}

static gboolean is_same_address(const Mailbox *mailbox, const char *folded)
{
    g_autofree char *other = mailbox != NULL ? text_fold_address(mailbox->address) : NULL;

    return g_strcmp0(other, folded) == 0;
}

/* What the mail at hand is; when only the lead's status is another, the mail that opened it. */
static MessageKind find_kind(const Planning *planning)
{
    gboolean is_opening = planning->occasion == ON_STATUS && planning->input->verdict != NULL;

    return is_opening ? planning->input->verdict->kind : planning->decision->kind;
}

static const Field *find_field(const Planning *planning, const char *name)
{
    const Field *field = field_find(planning->decision->fields, name);

    return field == NULL && planning->occasion == ON_STATUS && planning->match != NULL
               ? field_find(planning->match->lead->fields, name)
               : field;
}

/*
 * TRUE when the person typed this address into a form of ours: a recognised channel's mail that our own site sent, or
 * whose body has it. Such a form repeats it in Reply-To, which makes it no machine's address.
 */
static gboolean is_typed(const Planning *planning, const char *folded)
{
    const RespondInput *input = planning->input;
    const Field *email = find_field(planning, "email");
    if (!kind_is_notification(find_kind(planning)) || email == NULL || g_strcmp0(email->value, folded) != 0)
        return FALSE;
    const Mailbox *from = input->message->from;
    gboolean is_our_site = from != NULL && settings_is_own_address(planning->rulebook->settings, from->address);
    return !is_same_address(from, folded) && !is_same_address(input->message->sender, folded) &&
           (is_our_site || g_strcmp0(email->where, "text") == 0);
}

/* TRUE when the address is one that the mail itself came from. */
static gboolean is_sender(const RespondInput *input, const char *folded)
{
    const Message *message = input->message;
    const char *envelope = input->arrival != NULL ? input->arrival->envelope_from : NULL;
    g_autofree char *folded_envelope = envelope != NULL ? text_fold_address(envelope) : NULL;

    return is_same_address(message->from, folded) || is_same_address(message->sender, folded) ||
           is_same_address(message->reply_to, folded) || g_strcmp0(folded_envelope, folded) == 0;
}

/* How often outsiders were written to about this lead and those that its thread names. */
static guint count_conversation(const Planning *planning)
{
    const GPtrArray *matches = planning->input->past->matches;
    guint count = 0;

    for (guint i = 0; i < matches->len; i++) {
        const LeadMatch *match = matches->pdata[i];

        if (match->how != MATCH_PERSON || match->lead->id == planning->decision->lead)
            count += match->answered;
    }
    return count;
}

/* What the limits say against one more mail; NULL when there is room. Owned by the caller. */
static char *find_limit(const Planning *planning, const char *folded)
{
    const RespondInput *input = planning->input;
    const Limits *limits = &planning->rulebook->limits;
    const AnswerCount *count = respond_find_answer_count(input->past, folded);
    guint in_conversation = count_conversation(planning);

    if (input->stopped != NULL)
        return g_strdup(input->stopped);
    if (count != NULL && count->to_address >= limits->answers_per_address)
        return g_strdup_printf("%s was written to %u times in 24 hours already", folded, count->to_address);
    if (in_conversation >= limits->answers_per_conversation)
        return g_strdup_printf("%u mails went out in this conversation in 24 hours already", in_conversation);
    return respond_find_domain_stop(input->past, folded, planning->rulebook);
}

/* On a lead on record only those are its prospect whom it knows: a stranger may hold a mail of the thread. */
static gboolean is_prospect_of_record(const Planning *planning, const char *folded)
{
    const char *known = planning->match != NULL ? field_find_value(planning->match->lead->fields, "email") : NULL;
    g_autofree char *folded_known = known != NULL ? text_fold_address(known) : NULL;

    return planning->decision->opens_lead || g_strcmp0(folded_known, folded) == 0 ||
           (planning->match != NULL && planning->match->is_known_address && is_sender(planning->input, folded));
}

/* The party that nobody may be written to for, when the status of a lead changes; a near miss counts while it is being checked. */
static const PartyMatch *find_conflict(const Planning *planning)
{
    const GPtrArray *conflicts = planning->input->past->conflicts;
    const Lead *lead = planning->match != NULL ? planning->match->lead : NULL;
    const PartyMatch *first = conflicts->len > 0 ? conflicts->pdata[0] : NULL;
    gboolean is_cleared = field_clears(find_field(planning, "cleared"), "conflict-check");
    gboolean is_checked = lead != NULL && g_strcmp0(lead->exception, "conflict-check") == 0;

    return first != NULL && !is_cleared && (is_checked || first->how != PARTY_BY_NEAR_NAME) ? first : NULL;
}

/* What there is against it when only the lead's status has changed. NULL: nothing. */
static const char *find_status_objection(const Planning *planning, MailTo to)
{
    const Lead *lead = planning->match != NULL ? planning->match->lead : NULL;

    if (find_conflict(planning) != NULL || (lead != NULL && g_strcmp0(lead->exception, "conflict-check") == 0))
        return "there may be a conflict";
    for (guint i = 0; to == TO_PARTNER && i < planning->decision->mails->len; i++)
        if (strcmp(((const OutgoingMail *)planning->decision->mails->pdata[i])->recipient_role, role_words[TO_PROSPECT]) == 0)
            return NULL;
    return to == TO_PARTNER ? "the prospect is not told of them" : NULL;
}

/* What asks us not to write; NULL. Who asked to be left alone and then writes to us about something new wants an answer to that. */
static const Suppression *find_suppression(const Planning *planning, const char *folded)
{
    const Decision *decision = planning->decision;
    gboolean asks_again = decision->opens_lead && decision->kind == KIND_ENQUIRY && is_sender(planning->input, folded);
    UsherTime created = planning->match != NULL ? planning->match->lead->created : 0;

    return asks_again ? NULL : suppression_find(planning->input->past->suppressions, folded, FALSE, NULL, created);
}

/* Why nothing may go to this outsider; NULL when it may. Owned by the caller. */
static char *find_objection(const Planning *planning, MailTo to, const Mailbox *outsider)
{
    const RespondInput *input = planning->input;
    const Settings *settings = planning->rulebook->settings;
    g_autofree char *folded = NULL;
    const char *dead;
    const Suppression *left;

    if (outsider == NULL || *outsider->address == '\0')
        return g_strdup("no address is known");
    if (!text_is_address(outsider->address))
        return g_strdup("the address cannot be written to");
    if (kind_is_automatic(planning->decision->kind))
        return g_strdup("a machine sent the mail");
    if (planning->occasion == ON_STATUS && find_status_objection(planning, to) != NULL)
        return g_strdup(find_status_objection(planning, to));
    if (to == TO_PROSPECT && (input->extraction == NULL || !input->extraction->person_is_certain))
        return g_strdup("it is not certain who that is");
    folded = text_fold_address(outsider->address);
    if (settings_is_own_address(settings, folded) || g_strcmp0(folded, settings->delivery.from) == 0)
        return g_strdup_printf("%s is the firm's own", folded);
    if (to == TO_PROSPECT && !is_prospect_of_record(planning, folded))
        return g_strdup_printf("the lead does not know %s", folded);
    if (input->verdict != NULL && input->message != NULL && input->verdict->must_not_answer && is_sender(input, folded) &&
        !is_typed(planning, folded))
        return g_strdup_printf("%s sent it and must not be answered", folded);
    if (input->message != NULL && input->message->authentication == AUTHENTICATION_FAIL && is_sender(input, folded) &&
        !is_typed(planning, folded))
        return g_strdup_printf("our mail server found the sender %s forged", folded);
    dead = g_hash_table_lookup(input->past->known_addresses, folded);
    if (dead != NULL)
        return g_strdup_printf("%s: %s", folded, dead);
    left = find_suppression(planning, folded);
    if (left != NULL)
        return g_strdup_printf("%s: %s", folded, left->why);
    if (g_ptr_array_find_with_equal_func(planning->written, folded, g_str_equal, NULL))
        return g_strdup_printf("%s gets another mail about this already", folded);
    return find_limit(planning, folded);
}

/* ---- threads ---- */

/* An id goes into our headers only when it is one: no blanks, brackets or characters beyond ASCII. */
static gboolean is_usable_id(const char *id)
{
    gsize length = id != NULL ? strlen(id) : 0;

    if (length == 0 || length > MAX_ID_BYTES)
        return FALSE;
    for (const char *at = id; *at != '\0'; at++)
        if (!g_ascii_isgraph(*at) || *at == '<' || *at == '>')
            return FALSE;
    return TRUE;
}

static gboolean is_among(const GPtrArray *mailboxes, const char *folded)
{
    for (guint i = 0; i < mailboxes->len; i++)
        if (is_same_address(mailboxes->pdata[i], folded))
            return TRUE;
    return FALSE;
}

/*
 * TRUE when the recipient has the mail that came in, because they wrote it or got a copy: only then is ours an answer
 * to it. Forms and portals name the person in Reply-To, who never saw what they sent us.
 */
static gboolean has_incoming_mail(const Planning *planning, const Mailbox *to)
{
    const Message *message = planning->input->message;
    gboolean is_from_person = planning->decision->kind == KIND_ENQUIRY;
    g_autofree char *folded = NULL;

    if (message == NULL)
        return FALSE;
    folded = text_fold_address(to->address);
    return is_same_address(message->from, folded) || (is_from_person && is_same_address(message->reply_to, folded)) ||
           is_among(message->to, folded) || is_among(message->cc, folded);
}

/* RFC 5322 section 3.6.4: the references of the mail that is answered, then its own id. */
static void answer_message(OutgoingMail *mail, const Message *message)
{
    if (!is_usable_id(message->message_id))
        return;
    for (guint i = MIN(message->references->len, (guint)MAX_REFERENCES); i-- > 0;) {
        const char *id = message->references->pdata[i];

        if (is_usable_id(id) && strcmp(id, message->message_id) != 0)
            g_ptr_array_add(mail->references, g_strdup(id));
    }
    g_ptr_array_add(mail->references, g_strdup(message->message_id));
    mail->in_reply_to = g_strdup(message->message_id);
}

static char *make_own_id(const Planning *planning, const char *key)
{
    g_autofree char *domain = text_address_domain(planning->rulebook->settings->delivery.from);

    return message_id_make(planning->input->secret, key, domain != NULL ? domain : "localhost");
}

/* What tells one occasion on a lead from the next. */
static gint64 find_occasion_number(const Decision *decision, MailOccasion on)
{
    if (on == ON_BROKEN)
        return ((const PromiseState *)g_ptr_array_index(decision->broken, 0))->id;
    if (on == ON_WARNED)
        return ((const PromiseState *)g_ptr_array_index(decision->warned, 0))->id;
    if (decision->occasion != 0)
        return decision->occasion;
    return decision->arrival != 0 && on != ON_OWNER && on != ON_STATUS ? decision->arrival : decision->at;
}

/* "guard:2026-03-02:tom", "form-alarm:channel:wpforms:2026-03-02T09:ada": a storm is told of once a day, an alarm once an hour. */
static char *make_notice_key(const Decision *decision, const MailRule *rule, const char *person, GTimeZone *zone)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(decision->at);
    g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
    g_autofree char *said = local != NULL ? g_date_time_format(local, rule->on == ON_ALARM ? "%Y-%m-%dT%H" : "%Y-%m-%d") : NULL;

    if (rule->on == ON_GUARD)
        return g_strdup_printf("%s:%s:%s", rule->purpose, said, person);
    if (rule->on == ON_UNDELIVERED)
        return g_strdup_printf("%s:%s:%s:%s", rule->purpose, decision->undelivered, said, person);
    return g_strdup_printf("%s:%s:%s:%s", rule->purpose, decision->alike, said, person);
}

static gboolean is_notice(const MailRule *rule)
{
    return rule->on == ON_GUARD || rule->on == ON_ALARM || rule->on == ON_UNDELIVERED;
}

/* "capacity:tax:2026-03-02:ada" */
static char *make_daily_key(const Planning *planning, const MailRule *rule, const char *person)
{
    const Decision *decision = planning->decision;
    const char *value = respond_find_field(decision, planning->match != NULL ? planning->match->lead : NULL, rule->daily);
    g_autofree char *day = calendar_format_day(planning->rulebook->settings->calendar, decision->at);

    return g_strdup_printf("%s:%s:%s:%s", rule->purpose, value != NULL ? value : "", day, person);
}

/* The prospect is told each thing once, and of each partner; others are told of each status. */
static char *make_status_key(const Decision *decision, const MailRule *rule)
{
    const char *what = decision->refers_on ? decision->partner : rule->to == TO_PROSPECT ? NULL : status_get_name(decision->status);

    return g_strdup_printf("%s:%" G_GINT64_FORMAT "%s%s", rule->purpose, decision->lead, what != NULL ? ":" : "",
                           what != NULL ? what : "");
}

/*
 * A colleague is told once of a new lead, once of each mail that joins it, once of each time it is given to them, once of each promise that was
 * broken.
 */
static char *make_key(const Planning *planning, const MailRule *rule, const char *person)
{
    const Decision *decision = planning->decision;
    GTimeZone *zone = calendar_get_zone(planning->rulebook->settings->calendar);

    if (rule->daily != NULL && person != NULL)
        return make_daily_key(planning, rule, person);
    if (is_notice(rule))
        return make_notice_key(decision, rule, person, zone);
    if (person == NULL && rule->on == ON_STATUS)
        return make_status_key(decision, rule);
    if (person == NULL)
        return g_strdup_printf("%s:%" G_GINT64_FORMAT, rule->purpose, decision->lead);
    if (rule->on == ON_LEAD)
        return g_strdup_printf("%s:%" G_GINT64_FORMAT ":%s", rule->purpose, decision->lead, person);
    return g_strdup_printf("%s:%" G_GINT64_FORMAT ":%s:%" G_GINT64_FORMAT, rule->purpose, decision->lead, person,
                           find_occasion_number(decision, rule->on));
}

/* What a person is told of a lead stands below its brief in their mail program. */
static void answer_brief(const Planning *planning, OutgoingMail *mail, const char *person)
{
    g_autofree char *key = NULL;
    char *id;

    if (planning->decision->opens_lead || planning->decision->lead == 0)
        return;
    key = g_strdup_printf("brief:%" G_GINT64_FORMAT ":%s", planning->decision->lead, person);
    id = make_own_id(planning, key);
    g_ptr_array_add(mail->references, id);
    mail->in_reply_to = g_strdup(id);
}

/* ---- writing ---- */

/* What a partner answers is between them and whoever passed the lead on. */
static void answer_to_owner(const Planning *planning, OutgoingMail *mail)
{
    const Person *owner = find_colleague(planning, TO_OWNER);

    if (owner == NULL || !text_is_address(owner->email))
        return;
    mailbox_free(mail->reply_to);
    mail->reply_to = mailbox_new(owner->name, owner->email);
}

/* It answers a mail that came in; what a colleague tells of somebody that one has not sent. */
static gboolean is_answer(const Planning *planning)
{
    const Decision *decision = planning->decision;

    return decision->arrival != 0 && planning->occasion != ON_STATUS && decision->kind != KIND_LOG &&
           decision->kind != KIND_COMMAND;
}

/* An address that other servers let us write from: the firm's own mail server speaks for its domain. */
static gboolean is_in_own_domain(const Settings *settings, const char *address)
{
    g_autofree char *domain = text_is_address(address) ? text_address_domain(address) : NULL;

    for (guint i = 0; domain != NULL && i < settings->domains->len; i++)
        if (domain_is_within(domain, settings->domains->pdata[i]))
            return TRUE;
    return FALSE;
}

void respond_set_sender(OutgoingMail *mail, const Person *owner, const Settings *settings, const char *secret)
{
    const char *name = owner != NULL ? owner->name : settings->firm_name;
    const char *own = owner != NULL && is_in_own_domain(settings, owner->email) ? owner->email : settings->delivery.from;
    const char *intake = respond_find_intake_address(settings);
    g_autofree char *marked =
        settings->delivery.has_plus && mail->lead != 0 ? marked_address_make(secret, MARK_LEAD, mail->lead, intake) : NULL;

    mailbox_free(mail->from);
    mailbox_free(mail->reply_to);
    mail->from = mailbox_new(name, own);
    mail->reply_to = mailbox_new(name, marked != NULL ? marked : intake);
}

/* Colleagues get it from the firm: a mail from one of them would look like theirs, and their answer is no command then. */
static void set_sender(const Planning *planning, const MailRule *rule, OutgoingMail *mail)
{
    const Settings *settings = planning->rulebook->settings;

    if (!mail->is_internal) {
        respond_set_sender(mail, rule->is_from_owner ? find_colleague(planning, TO_OWNER) : NULL, settings,
                           planning->input->secret);
        return;
    }
    mail->from = mailbox_new(settings->firm_name, settings->delivery.from);
    mail->reply_to = mailbox_new(settings->firm_name, respond_find_intake_address(settings));
}

static OutgoingMail *start_mail(const Planning *planning, const MailRule *rule, const Mailbox *to, const char *person)
{
    const Decision *decision = planning->decision;
    OutgoingMail *mail = outgoing_mail_new();
    g_autofree char *name = text_to_line(to->name, 100);

    mail->lead = decision->lead;
    mail->purpose = g_strdup(rule->purpose);
    mail->key = make_key(planning, rule, person);
    mail->template_name = g_strdup(rule->template_name);
    mail->recipient_role = g_strdup(role_words[rule->to]);
    mail->is_internal = person != NULL;
    mail->is_unasked = person == NULL && !is_answer(planning);
    mail->to = mailbox_new(name, to->address);
    set_sender(planning, rule, mail);
    mail->due = decision->at;
    mail->date = decision->at;
    mail->message_id = make_own_id(planning, mail->key);
    /* A lead has the number of the mail that opened it. */
    mail->attach_message = !rule->attaches_original ? 0 : decision->arrival == 0 ? decision->lead : decision->arrival;
    if (planning->input->arrival != NULL && planning->input->arrival->is_headers_only)
        mail->attach_message = 0;
    if (rule->to == TO_PARTNER)
        answer_to_owner(planning, mail);
    return mail;
}

static void write_mail(Planning *planning, const MailRule *rule, const Mailbox *to, const char *person)
{
    g_autoptr(OutgoingMail) mail = start_mail(planning, rule, to, person);
    g_autoptr(GError) error = NULL;
    g_autofree char *reply_subject = NULL;

    if (person != NULL) {
        if (!is_notice(rule))
            answer_brief(planning, mail, person);
    } else if (has_incoming_mail(planning, to)) {
        answer_message(mail, planning->input->message);
        reply_subject = respond_make_reply_subject(planning->input->message->subject);
    }
    respond_put_recipient(planning->values, to, reply_subject, mail->attach_message != 0);
    respond_put_answerable(planning->values, planning->decision, person);
    respond_put_leave(planning->values, mail, planning->input->secret, planning->rulebook->settings);
    respond_put_commands(planning->values, planning->decision->lead, person, planning->input->secret, planning->rulebook->settings);
    if (!template_render(rule->template, planning->values, &mail->subject, &mail->text, &mail->html, &error)) {
        decision_add_event(planning->decision, "usher", "mail left out", "%s to the %s: %s", rule->purpose, role_words[rule->to],
                           error->message);
        return;
    }
    g_ptr_array_add(planning->decision->mails, g_steal_pointer(&mail));
}

static void write_outside(Planning *planning, const MailRule *rule)
{
    const Mailbox *outsider = find_outsider(planning, rule->to);
    g_autofree char *objection = find_objection(planning, rule->to, outsider);

    if (objection != NULL) {
        decision_add_event(planning->decision, "usher", "mail left out", "%s to the %s: %s", rule->purpose, role_words[rule->to],
                           objection);
        return;
    }
    g_ptr_array_add(planning->written, text_fold_address(outsider->address));
    write_mail(planning, rule, outsider, NULL);
}

/* What joins a lead is told of until that is a storm itself; then it stands on the lead, and one notice says so. */
static gboolean is_too_much(Planning *planning, const MailRule *rule)
{
    const LeadMatch *match = planning->match;

    if (rule->on != ON_REPLY || match == NULL || match->told < planning->rulebook->limits.notices_per_lead)
        return FALSE;
    g_free(planning->stopped);
    planning->stopped =
        g_strdup_printf("%u mails told colleagues of lead %" G_GINT64_FORMAT " in 24 hours already", match->told, match->lead->id);
    decision_add_event(planning->decision, "usher", "mail left out", "%s to the %s: %s", rule->purpose, role_words[rule->to],
                       planning->stopped);
    return TRUE;
}

static void write_inside(Planning *planning, const MailRule *rule)
{
    const Person *colleague = find_colleague(planning, rule->to);
    g_autoptr(Mailbox) to = NULL;

    if (colleague == NULL || !text_is_address(colleague->email)) {
        decision_add_event(planning->decision, "usher", "mail left out", "%s to the %s: nobody with an address has that part",
                           rule->purpose, role_words[rule->to]);
        return;
    }
    if (is_too_much(planning, rule))
        return;
    to = mailbox_new(colleague->name, colleague->email);
    write_mail(planning, rule, to, colleague->id);
}

static gboolean has_link_before(const GPtrArray *linked, guint end, const char *owner)
{
    for (guint i = 0; i < end; i++) {
        const LeadLink *link = linked->pdata[i];

        if (link->because == NULL && status_is_live(link->status) && g_strcmp0(link->owner, owner) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Whoever has another open lead of this person is told; the lead's own owner reads it in the brief. */
static void write_linked(Planning *planning, const MailRule *rule)
{
    const GPtrArray *linked = planning->decision->linked;

    for (guint i = 0; i < linked->len; i++) {
        const LeadLink *link = linked->pdata[i];
        const Person *owner = link->owner != NULL ? settings_find_person(planning->rulebook->settings, link->owner) : NULL;
        g_autoptr(Mailbox) to = NULL;

        if (owner == NULL || link->because != NULL || !status_is_live(link->status) ||
            g_strcmp0(owner->id, planning->decision->owner) == 0 || has_link_before(linked, i, owner->id) ||
            !text_is_address(owner->email))
            continue;
        to = mailbox_new(owner->name, owner->email);
        write_mail(planning, rule, to, owner->id);
    }
}

/* ---- which ---- */

static gboolean is_person_known(const Extraction *extraction)
{
    return extraction != NULL && extraction->person != NULL && *extraction->person->address != '\0' &&
           extraction->person_is_certain;
}

/* When something joined a lead nobody has judged it, and the row is still that of another. */
static gboolean is_existing_client(const Planning *planning)
{
    return decision_find_client(planning->decision) != NULL || decision_find_client_among(planning->input->past->clients) != NULL;
}

static void fill_row(const Planning *planning)
{
    const Decision *decision = planning->decision;
    const Message *message = planning->input->message;
    ConditionSet *row = planning->rulebook->conditions;

    condition_set_clear(row);
    for (guint i = 0; i < planning->rulebook->fields->len; i++) {
        const char *name = ((const FieldRule *)planning->rulebook->fields->pdata[i])->name;

        condition_set_put(row, name, respond_find_field(decision, planning->match != NULL ? planning->match->lead : NULL, name));
    }
    condition_set_put(row, "track", track_get_name(decision->track));
    condition_set_put(row, "channel", decision->channel);
    condition_set_put(row, "source", decision->source);
    condition_set_put(row, "kind", kind_get_name(find_kind(planning)));
    if (planning->occasion == ON_STATUS)
        condition_set_put_integer(row, "person_known", is_person_known(planning->input->extraction));
    condition_set_put(row, "status", status_get_name(decision->status));
    condition_set_put(row, "tier", decision->tier);
    condition_set_put(row, "route", decision->route);
    condition_set_put(row, "exception", decision->exception);
    condition_set_put(row, "partner", decision->partner);
    condition_set_put_integer(row, "score", decision->score);
    condition_set_put_integer(row, "history", decision->is_history);
    condition_set_put_integer(row, "existing_client", is_existing_client(planning));
    if (message != NULL) {
        condition_set_put(row, "text", message->new_text);
        condition_set_put(row, "subject", message->subject);
        condition_set_put_integer(row, "attachments", message->attachments->len);
    }
    g_free(rulebook_put_facts(planning->rulebook));
}

static gboolean is_named(const RouteRule *route, const char *purpose)
{
    return route == NULL || route->mails == NULL || g_ptr_array_find_with_equal_func(route->mails, purpose, g_str_equal, NULL);
}

/* A mail about promises that were broken or have lapsed may be about one kind of them only. */
static gboolean is_about(const MailRule *rule, const Decision *decision)
{
    const GPtrArray *told = decision->broken->len > 0 ? decision->broken : decision->warned;
    const char *kind = told->len > 0 ? ((const PromiseState *)g_ptr_array_index(told, 0))->kind : decision->lapsed;

    return rule->promise == NULL || g_strcmp0(rule->promise, kind) == 0;
}

static MailOccasion find_occasion(const Decision *decision)
{
    if (decision->opens_lead)
        return ON_LEAD;
    if (decision->broken->len > 0)
        return ON_BROKEN;
    if (decision->warned->len > 0)
        return ON_WARNED;
    if (decision->orders->len > 0)
        return ON_COMMAND;
    if (decision->lapsed != NULL)
        return ON_LAPSED;
    if (decision->unreachable != NULL)
        return ON_BOUNCED;
    if (decision->undelivered != NULL)
        return ON_UNDELIVERED;
    if (decision->kind == KIND_LOG)
        return ON_NOTE;
    return decision->kind == KIND_COMMAND ? ON_OWNER : ON_REPLY;
}

/* A limit that was reached is told of, whatever the route writes. */
static void write_notices(Planning *planning, MailOccasion occasion, const char *reason)
{
    if (reason == NULL)
        return;
    template_values_put(planning->values, "guard_reason", reason);
    for (guint i = 0; i < planning->rulebook->mails->len; i++) {
        const MailRule *rule = planning->rulebook->mails->pdata[i];

        if (rule->on == occasion && condition_rule_holds(&rule->when))
            write_inside(planning, rule);
    }
}

static void write_mails(Planning *planning, const RouteRule *route, MailOccasion occasion)
{
    for (guint i = 0; i < planning->rulebook->mails->len; i++) {
        const MailRule *rule = planning->rulebook->mails->pdata[i];

        if (rule->on != occasion || !is_about(rule, planning->decision) || !is_named(route, rule->purpose) ||
            !condition_rule_holds(&rule->when))
            continue;
        if (rule->to == TO_LINKED)
            write_linked(planning, rule);
        else if (is_outside(rule->to))
            write_outside(planning, rule);
        else
            write_inside(planning, rule);
    }
}

/* Whom to write to at the partner's; without an address where none is known. */
static Mailbox *find_partner(const Decision *decision, const Past *past)
{
    const Party *partner = past_find_partner(past, decision->partner);
    const char *address = partner != NULL && partner->addresses->len > 0 ? partner->addresses->pdata[0] : "";

    return partner != NULL ? mailbox_new(*partner->terms->contact != '\0' ? partner->terms->contact : partner->name, address)
                           : NULL;
}

static void plan_for(Decision *decision, const RouteRule *route, MailOccasion occasion, const RespondInput *input,
                     const Rulebook *rulebook)
{
    g_autoptr(Mailbox) partner = find_partner(decision, input->past);
    g_autoptr(GPtrArray) written = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(TemplateValues) values = NULL;
    Planning planning = {.decision = decision, .input = input, .rulebook = rulebook, .written = written, .partner = partner};

    planning.occasion = occasion;
    if (occasion != ON_LEAD) {
        planning.match = past_find_match(input->past, decision->lead);
        fill_row(&planning);
    }
    values = respond_make_values(decision, input, planning.match, rulebook);
    planning.values = values;
    planning.stopped = g_strdup(input->stopped);
    planning.alarm = respond_find_alarm(decision, input->past, &rulebook->limits);
    if (planning.stopped != NULL)
        decision_add_event(decision, "usher", "guarded", "%s", planning.stopped);
    if (planning.alarm != NULL)
        decision_add_event(decision, "usher", "form alarm", "%s", planning.alarm);
    write_mails(&planning, route, occasion);
    write_notices(&planning, ON_GUARD, planning.stopped);
    write_notices(&planning, ON_ALARM, planning.alarm);
    g_free(planning.stopped);
    g_free(planning.alarm);
}

void respond_plan(Decision *decision, const RouteRule *route, const RespondInput *input, const Rulebook *rulebook)
{
    plan_for(decision, route, find_occasion(decision), input, rulebook);
}

void respond_plan_status(Decision *decision, const RespondInput *input, const Rulebook *rulebook)
{
    plan_for(decision, NULL, ON_STATUS, input, rulebook);
}

void respond_fill_row(Decision *decision, const RespondInput *input, const Rulebook *rulebook)
{
    Planning planning = {.decision = decision, .input = input, .rulebook = rulebook, .occasion = ON_REPLY};

    planning.match = past_find_match(input->past, decision->lead);
    fill_row(&planning);
}

/* ---- a step of a cadence ---- */

static Planning start_step(const Decision *decision, const RespondInput *input, const Rulebook *rulebook)
{
    return (Planning){
        .decision = (Decision *)(guintptr)decision,
        .input = input,
        .rulebook = rulebook,
        .occasion = ON_STATUS,
        .match = past_find_match(input->past, decision->lead),
    };
}

gboolean respond_wants_step(const Decision *decision, const CadenceStep *step, const RespondInput *input, const Rulebook *rulebook)
{
    Planning planning = start_step(decision, input, rulebook);

    if (step->when.condition == NULL)
        return TRUE;
    fill_row(&planning);
    return condition_rule_holds(&step->when);
}

/* Of somebody who is not answering a mail of theirs there is less to ask. *objection stays NULL when there is none. */
static StepWriting find_step_objection(const Planning *planning, const Cadence *cadence, const char *address, char **objection)
{
    const Settings *settings = planning->rulebook->settings;
    g_autofree char *folded = address != NULL ? text_fold_address(address) : NULL;
    const char *dead = folded != NULL ? g_hash_table_lookup(planning->input->past->known_addresses, folded) : NULL;
    const Suppression *left;

    if (find_status_objection(planning, TO_PROSPECT) != NULL) {
        *objection = g_strdup(find_status_objection(planning, TO_PROSPECT));
        return STEP_NEVER;
    }
    if (dead != NULL) {
        *objection = g_strdup_printf("%s: %s", folded, dead);
        return STEP_NEVER;
    }
    left = folded != NULL ? suppression_find(planning->input->past->suppressions, folded, cadence->is_marketing, cadence->name,
                                             planning->match->lead->created)
                          : NULL;
    if (left != NULL) {
        *objection = g_strdup_printf("%s asked to be left alone", folded);
        return STEP_NEVER;
    }
    if (address == NULL || !text_is_address(address))
        *objection = g_strdup(address == NULL ? "no address is known" : "the address cannot be written to");
    else if (settings_is_own_address(settings, folded) || g_strcmp0(folded, settings->delivery.from) == 0)
        *objection = g_strdup_printf("%s is the firm's own", folded);
    if (*objection != NULL)
        return STEP_NOT_ALLOWED;
    *objection = find_limit(planning, folded);
    return *objection != NULL ? STEP_NOT_NOW : STEP_WRITTEN;
}

static void follow_last_mail(OutgoingMail *mail, const Past *past)
{
    for (guint i = 0; i < past->last_references->len; i++)
        g_ptr_array_add(mail->references, g_strdup(past->last_references->pdata[i]));
    g_ptr_array_add(mail->references, g_strdup(past->last_id));
    mail->in_reply_to = g_strdup(past->last_id);
}

static OutgoingMail *start_step_mail(const Planning *planning, const Enrolment *enrolment, const Cadence *cadence,
                                     const char *address)
{
    const Decision *decision = planning->decision;
    const Settings *settings = planning->rulebook->settings;
    const CadenceStep *step = cadence->steps->pdata[enrolment->step];
    g_autofree char *name = respond_dup_name(respond_find_field(decision, planning->match->lead, "name"));
    OutgoingMail *mail = outgoing_mail_new();

    mail->lead = decision->lead;
    mail->enrolment = enrolment->id;
    mail->is_marketing = cadence->is_marketing;
    mail->purpose = g_strdup("cadence");
    mail->key = g_strdup_printf("cadence:%" G_GINT64_FORMAT ":%s:%u:%u", decision->lead, cadence->name, enrolment->round,
                                enrolment->step + 1);
    mail->template_name = g_strdup(step->template_name);
    mail->recipient_role = g_strdup(role_words[TO_PROSPECT]);
    mail->to = mailbox_new(name != NULL ? name : "", address);
    respond_set_sender(mail, find_colleague(planning, TO_OWNER), settings, planning->input->secret);
    mail->due = mail->date = decision->at;
    mail->message_id = make_own_id(planning, mail->key);
    return mail;
}

/* A mail without a subject or without words is none. */
static char *find_flaw(const OutgoingMail *mail)
{
    g_autofree char *words = g_strstrip(g_strdup(mail->text));

    if (*mail->subject == '\0')
        return g_strdup_printf("templates/%s.txt gives no subject for this lead", mail->template_name);
    return *words == '\0' ? g_strdup_printf("templates/%s.txt gives no words for this lead", mail->template_name) : NULL;
}

static StepWriting write_step(Planning *planning, const Template *template, OutgoingMail *take_mail, char **why)
{
    const Past *past = planning->input->past;
    g_autoptr(OutgoingMail) mail = take_mail;
    g_autoptr(GError) error = NULL;
    g_autofree char *reply_subject = NULL;

    if (!mail->is_marketing && past->last_id != NULL) {
        follow_last_mail(mail, past);
        reply_subject = respond_make_reply_subject(past->last_subject);
    }
    respond_put_recipient(planning->values, mail->to, reply_subject, FALSE);
    respond_put_leave(planning->values, mail, planning->input->secret, planning->rulebook->settings);
    if (!template_render(template, planning->values, &mail->subject, &mail->text, &mail->html, &error)) {
        *why = g_strdup(error->message);
        return STEP_NOT_WRITTEN;
    }
    *why = find_flaw(mail);
    if (*why != NULL)
        return STEP_NOT_WRITTEN;
    g_ptr_array_add(planning->decision->mails, g_steal_pointer(&mail));
    return STEP_WRITTEN;
}

StepWriting respond_plan_step(Decision *decision, const Enrolment *enrolment, const Cadence *cadence, const RespondInput *input,
                              const Rulebook *rulebook, char **why)
{
    const CadenceStep *step = cadence->steps->pdata[enrolment->step];
    g_autoptr(TemplateValues) values = NULL;
    Planning planning = start_step(decision, input, rulebook);
    StepWriting objection;
    const char *address;

    *why = NULL;
    if (!respond_wants_step(decision, step, input, rulebook))
        return STEP_NOT_WANTED;
    address = field_find_value(planning.match->lead->fields, "email");
    objection = find_step_objection(&planning, cadence, address, why);
    if (objection != STEP_WRITTEN)
        return objection;
    values = respond_make_values(decision, input, planning.match, rulebook);
    planning.values = values;
    return write_step(&planning, step->template, start_step_mail(&planning, enrolment, cadence, address), why);
}
