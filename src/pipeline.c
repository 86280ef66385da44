/*
 * pipeline.c - the order of the stages: the one file that knows it
 *
 * pipeline_read takes a mail as far as the mail alone allows; pipeline_decide turns it, with what is on record, into one
 * Decision. Both are pure. The work around them (claiming, recording, sending) is in pipeline_work.c.
 *
 * The decision has four ends: a mail that a machine sent is recorded or ignored; a mail of ours is ignored; a mail that belongs to a
 * lead on record joins it; all else opens a lead. Where it is not certain that a mail is a lead, it is one: a
 * person can close a lead that was none, nobody can find a lead that was never opened.
 */
#include "usher/pipeline.h"

#include <string.h>

#include "pipeline_command.h"
#include "pipeline_judge.h"
#include "pipeline_parties.h"

#include "usher/act.h"
#include "usher/assign.h"
#include "usher/base/domain.h"
#include "usher/base/error.h"
#include "usher/base/text.h"
#include "usher/followup.h"
#include "usher/parse.h"
#include "usher/qualify.h"
#include "usher/respond.h"

#define MAX_THREAD_IDS 50
#define MAX_KEY_ADDRESSES 50
#define SHOWN_SUBJECT_CHARS 100
#define MAX_NOTE_CHARS 4000

/* ---- reading ---- */

Reading *pipeline_read(Arrival *take_arrival, const char *bytes, gsize length, const Rulebook *rulebook)
{
    Reading *reading = g_new0(Reading, 1);
    reading->rulebook = rulebook;
    reading->arrival = take_arrival;
    reading->message = parse_message(bytes, length, take_arrival->size_bytes, rulebook->settings->authserv_id);
    parse_restore_sender(reading->message, rulebook->settings);
    if (!take_arrival->is_headers_only) {
        extract_settle_forward(reading->message, take_arrival, rulebook);
    }
    /* A channel is known by what its mails say, and of these nothing is there. */
    reading->channel = take_arrival->is_headers_only ? NULL : extract_find_channel(reading->message, rulebook);
    reading->verdict = parse_judge_kind(reading->message, reading->arrival, reading->channel, rulebook);
    reading->extraction = extract_lead(reading->message, reading->verdict, reading->channel, reading->arrival, rulebook);
    if (take_arrival->is_headers_only) {
        g_ptr_array_set_size(reading->extraction->fields, 0);
    }
    /* Neither old mail nor mail between others tells what goes on now. */
    if (arrival_is_history(reading->arrival) || reading->arrival->is_headers_only) {
        return reading;
    }
    reading->alike = respond_make_alike(reading->message, reading->verdict, reading->extraction, rulebook->settings);
    return reading;
}

void reading_free(Reading *reading)
{
    if (!reading) {
        return;
    }
    arrival_free(reading->arrival);
    message_free(reading->message);
    kind_verdict_free(reading->verdict);
    extraction_free(reading->extraction);
    g_free(reading->alike);
    g_free(reading);
}

static void add_address(PastKeys *keys, const char *address, const Settings *settings)
{
    if (!*address || keys->addresses->len >= MAX_KEY_ADDRESSES || settings_is_own_address(settings, address) ||
        g_ptr_array_find_with_equal_func(keys->addresses, address, g_str_equal, NULL)) {
        return;
    }
    g_ptr_array_add(keys->addresses, g_strdup(address));
}

static void add_key_address(PastKeys *keys, const Mailbox *mailbox, const Settings *settings)
{
    if (mailbox) {
        add_address(keys, mailbox->address, settings);
    }
}

/* The newest ids of the thread, and its first one, which a long thread must not lose: it may be ours (RFC 5322 section 3.6.4). */
static void add_references(GPtrArray *into, const Message *message)
{
    guint count = message->references->len;
    for (guint i = 0; i < count && i < MAX_THREAD_IDS; i++) {
        guint from = i + 1 == MAX_THREAD_IDS ? count - 1 : i;
        g_ptr_array_add(into, g_strdup(g_ptr_array_index(message->references, from)));
    }
}

/* To whom one of us wrote: those in the header, and those only the envelope names. */
static void add_recipients(PastKeys *keys, const Reading *reading, const Settings *settings)
{
    const Message *message = reading->message;
    for (guint i = 0; i < message->to->len; i++) {
        add_key_address(keys, g_ptr_array_index(message->to, i), settings);
    }
    for (guint i = 0; i < message->cc->len; i++) {
        add_key_address(keys, g_ptr_array_index(message->cc, i), settings);
    }
    for (guint i = 0; i < reading->arrival->envelope_to->len; i++) {
        add_address(keys, g_ptr_array_index(reading->arrival->envelope_to, i), settings);
    }
}

/* A colleague who answers a brief, or tells of somebody we know: theirs is a note, and no word of the prospect's. */
static gboolean is_colleagues_note(const Reading *reading, const Settings *settings)
{
    const Message *message = reading->message;
    return message->from && !message->original && reading->verdict->kind != KIND_FORM &&
           message->authentication != AUTHENTICATION_FAIL && settings_is_own_address(settings, message->from->address);
}

/* Whom the firm knows, or must not act against: a machine's mail is of nobody. */
static void ask_parties(GPtrArray *asks, const Reading *reading, const Rulebook *rulebook)
{
    const Extraction *extraction = reading->extraction;
    const Mailbox *referrer = extraction->referrer, *person = extraction->person, *from = extraction->wrote_from;
    if (kind_is_automatic(reading->verdict->kind)) {
        return;
    }
    parties_ask_address(asks, "email", person ? person->address : NULL, FALSE, rulebook);
    parties_ask_address(asks, "email", from ? from->address : NULL, FALSE, rulebook);
    parties_ask_fields(asks, extraction->fields, rulebook);
    parties_ask_address(asks, "referrer_email", referrer ? referrer->address : NULL, TRUE, rulebook);
}

/* Nothing is counted beyond what the limits ask for. */
static void set_counting(PastKeys *keys, const char *alike, const Limits *limits)
{
    keys->alike = g_strdup(alike);
    keys->alike_span_s = respond_find_alike_span(alike);
    keys->most_alike = MAX(limits->answers_per_text, limits->form_answers_per_hour);
    keys->most_to_domain = MAX(limits->answers_per_domain, limits->answers_per_free_mail);
    keys->most_of_lead = limits->answers_per_conversation + limits->notices_per_lead;
}

/* A colleague has attached a mail: the thread it is of is theirs to tell. A forged colleague tells nothing. */
static gboolean is_passed_on_by_us(const Reading *reading)
{
    return reading->extraction->is_own_forward && reading->message->authentication != AUTHENTICATION_FAIL;
}

static void add_carried_ids(GPtrArray *ids, const Reading *reading)
{
    const ForwardedOriginal *original = is_passed_on_by_us(reading) ? reading->message->original : NULL;
    for (guint i = 0; original && original->count == 1 && i < original->ids->len && i < MAX_THREAD_IDS; i++) {
        g_ptr_array_add(ids, g_strdup(g_ptr_array_index(original->ids, i)));
    }
}

PastKeys *pipeline_get_keys(const Reading *reading, const Rulebook *rulebook, UsherTime now)
{
    const Message *message = reading->message;
    PastKeys *keys = past_keys_new();
    keys->now = arrival_find_moment(reading->arrival, now);
    keys->is_history = arrival_is_history(reading->arrival);
    keys->arrival = reading->arrival->id;
    keys->is_headers_only = keys->is_live_only = reading->arrival->is_headers_only;
    set_counting(keys, reading->alike, &rulebook->limits);
    keys->wants_partners = !kind_is_automatic(reading->verdict->kind) && reading->verdict->kind != KIND_SENT &&
                           reading->verdict->kind != KIND_UNSUBSCRIBE && !reading->arrival->is_headers_only;
    keys->lead = command_find_named(reading, rulebook->settings);
    keys->message_id = g_strdup(message->message_id);
    add_references(keys->references, message);
    add_carried_ids(keys->references, reading);
    keys->from = message->from ? g_strdup(message->from->address) : NULL;
    if (reading->verdict->kind == KIND_LOG && reading->extraction->people_told <= 1 &&
        is_colleagues_note(reading, rulebook->settings)) {
        keys->phone = g_strdup(field_find_value(reading->extraction->fields, "phone"));
    }
    add_key_address(keys, reading->extraction->person, rulebook->settings);
    add_key_address(keys, reading->extraction->referrer, rulebook->settings);
    add_key_address(keys, message->from, rulebook->settings);
    if (reading->verdict->kind == KIND_SENT) {
        add_recipients(keys, reading, rulebook->settings);
    }
    ask_parties(keys->asks, reading, rulebook);
    if (!kind_is_automatic(reading->verdict->kind) && !reading->arrival->is_headers_only) {
        g_ptr_array_unref(keys->lead_keys);
        keys->lead_keys = lead_list_keys(reading->extraction->fields);
    }
    for (guint i = 0; i < message->bounced->len; i++) {
        const BounceRecipient *recipient = g_ptr_array_index(message->bounced, i);
        g_autoptr(Mailbox) failed = mailbox_new("", recipient->address);
        add_key_address(keys, failed, rulebook->settings);
    }
    return keys;
}

/* ---- what every decision about a mail starts with ---- */

static Decision *start_decision(const Reading *reading, const Rulebook *rulebook, UsherTime now)
{
    Decision *decision = decision_new(now, rulebook->hash);
    decision->arrival = reading->arrival->id;
    decision->message_id = g_strdup(reading->message->message_id);
    decision->kind = reading->verdict->kind;
    decision->kind_rule = g_strdup(reading->verdict->rule);
    decision->kind_evidence = g_strdup(reading->verdict->evidence);
    if (decision->kind == KIND_AUTO_REPLY) {
        decision->back_on = g_strdup(reading->message->back_on);
    }
    decision->channel = g_strdup(reading->extraction->channel);
    decision->source = g_strdup(reading->extraction->source);
    decision->track = reading->extraction->track;
    return decision;
}

G_GNUC_PRINTF(3, 4)
static void end_in(Decision *decision, Disposition disposition, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_free(decision->reason);
    decision->disposition = disposition;
    decision->reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

static const LeadMatch *find_match(const Past *past, MatchKind how)
{
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->how == how) {
            return match;
        }
    }
    return NULL;
}

/* The lead in whose thread the mail is written: of several rather one that knows the writer. */
static const LeadMatch *find_thread(const Past *past)
{
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->how == MATCH_REFERENCE && match->is_known_address) {
            return match;
        }
    }
    return find_match(past, MATCH_REFERENCE);
}

static void add_own_id(Decision *decision, const Message *message)
{
    if (message->message_id) {
        g_ptr_array_add(decision->thread_ids, g_strdup(message->message_id));
    }
}

static void add_thread_ids(Decision *decision, const Reading *reading)
{
    const Message *message = reading->message;
    add_own_id(decision, message);
    add_carried_ids(decision->thread_ids, reading);
    add_references(decision->thread_ids, message);
}

/* What stays as it is when a mail is added to a lead that is on record. */
static void stand_on_lead(Decision *decision, const Lead *lead)
{
    g_free(decision->channel);
    g_free(decision->source);
    decision->lead = lead->id;
    decision->track = lead->track;
    decision->channel = g_strdup(lead->channel);
    decision->source = g_strdup(lead->source);
    decision->status = lead->status;
    decision->is_history = lead->is_history;
    decision->score = lead->score;
    decision->tier = g_strdup(lead->tier);
    decision->route = g_strdup(lead->route);
    decision->exception = g_strdup(lead->exception);
    decision->owner = g_strdup(lead->owner);
    decision->partner = g_strdup(lead->partner);
    mailbox_free(decision->referrer);
    decision->referrer = mailbox_dup(lead->referrer);
}

static const char *show_sender(const Message *message)
{
    return message->from && *message->from->address ? message->from->address : "nobody we can name";
}

/* A person of the firm by their id, as the history knows them; else their address. */
static const char *find_colleague(const Message *message, const Settings *settings)
{
    const Person *person = message->from ? settings_find_person_by_email(settings, message->from->address) : NULL;
    return person ? person->id : show_sender(message);
}

static void tell_forged(Decision *decision, const Message *message, const char *what)
{
    decision_add_event(decision, "stranger", "forged",
                       "a mail that says it is from %s %s; our mail server found that forged, so nothing is done about it",
                       show_sender(message), what);
}

/* ---- mails of machines ---- */

/* A report is about a mail of ours when it returns the id that only we can make; anybody may write one about any address. */
static const LeadMatch *find_bounced(const Past *past, const char *secret)
{
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->how == MATCH_REFERENCE && message_id_is_own(match->evidence, secret)) {
            return match;
        }
    }
    return NULL;
}

static gboolean is_address_of(const Lead *lead, const char *address)
{
    return g_strcmp0(field_find_value(lead->fields, "email"), address) == 0 ||
           g_strcmp0(field_find_value(lead->fields, "referrer_email"), address) == 0;
}

static void tell_bounce(Decision *decision, const BounceRecipient *recipient, gboolean is_ours)
{
    decision_add_event(decision, "usher", "bounce", "%s: %s%s%s%s%s%s",
                       *recipient->address ? recipient->address : "an address not said",
                       recipient->is_permanent ? "permanent" : "temporary", recipient->status ? " " : "",
                       recipient->status ? recipient->status : "", recipient->diagnostic ? ", " : "",
                       recipient->diagnostic ? recipient->diagnostic : "",
                       is_ours ? "" : " (it returns no mail of ours: nothing is done about it)");
}

/* A lead that is checked for a conflict stays that, whatever its addresses take. */
static void put_out_of_reach(Decision *decision, const char *address, const char *why)
{
    gboolean is_known = g_strcmp0(decision->exception, "bounced") == 0;
    decision->status = STATUS_EXCEPTION;
    if (g_strcmp0(decision->exception, "conflict-check") != 0) {
        g_free(decision->exception);
        decision->exception = g_strdup("bounced");
    }
    if (!is_known) {
        decision->unreachable = g_strdup_printf("%s%s%s", address, why ? ": " : "", why ? why : "");
    }
}

/* What we write to a colleague does not get through: nobody else would know that they know nothing. */
static void put_undelivered(Decision *decision, const char *address, const char *why, const Settings *settings)
{
    const Person *person = settings_find_person_by_email(settings, address);
    if (person && !decision->undelivered) {
        decision->undelivered = g_strdup(person->id);
        decision->undelivered_why = g_strdup(why);
    }
}

/* RFC 3463: 4.4.7 on a report of failure is the end of all tries, and nothing against the address. Delays are no report of failure. */
static gboolean has_expired(const BounceRecipient *recipient)
{
    return recipient->is_given_up && g_strcmp0(recipient->status, "4.4.7") == 0;
}

/*
 * An alias bounces as the address behind it: that is not one that we write to, but the lead cannot be reached all the same. A colleague whose
 * mailbox is full is no matter of the lead.
 */
static void record_bounce(Decision *decision, const Message *message, const LeadMatch *bounced, const Settings *settings)
{
    const BounceRecipient *dead = NULL;
    for (guint i = 0; i < message->bounced->len; i++) {
        const BounceRecipient *recipient = g_ptr_array_index(message->bounced, i);
        if (bounced && (recipient->is_permanent || has_expired(recipient)) &&
            !settings_is_own_address(settings, recipient->address)) {
            dead = recipient;
        }
        if (bounced && (recipient->is_permanent || (recipient->status && *recipient->status == '5'))) {
            put_undelivered(decision, recipient->address, recipient->diagnostic, settings);
        }
        if (bounced && recipient->is_permanent && is_address_of(bounced->lead, recipient->address)) {
            g_ptr_array_add(decision->marked_addresses, g_strdup(recipient->address));
        }
        tell_bounce(decision, recipient, bounced != NULL);
    }
    if (dead && status_is_live(decision->status)) {
        put_out_of_reach(decision, *dead->address ? dead->address : "their address", dead->diagnostic);
        decision->stops_mail = TRUE;
    }
}

/* The owner is told, and somebody is to have decided by a time. */
static void tell_out_of_reach(Decision *decision, const Past *past, const char *secret, const Rulebook *rulebook)
{
    if (decision->undelivered && !decision->unreachable) {
        RespondInput input = {.past = past, .secret = secret};
        respond_plan(decision, NULL, &input, rulebook);
    }
    if (decision->unreachable) {
        RespondInput input = {.past = past, .secret = secret};
        respond_plan(decision, NULL, &input, rulebook);
        followup_owe(decision, past->promises, "exception-review", rulebook);
    }
}

/* "given up: Call about the audit, 10am on Thursday 5 March 2026" */
static void tell_appointment(Decision *decision, const Reading *reading)
{
    const char *when = field_find_value(reading->extraction->fields, "booked_for");
    decision_add_event(decision, "prospect", "calendar", "given up: %s%s%s", reading->message->subject, when ? ", " : "",
                       when ? when : "");
}

/* A time that was given up is told to the owner; who accepts or declines is on record only. */
static gboolean is_given_up(const Reading *reading)
{
    const Invitation *invitation = reading->message->invitation;
    gboolean is_of_channel = reading->channel && reading->channel->kind == KIND_CALENDAR;
    return reading->verdict->kind == KIND_CALENDAR && (invitation ? invitation->is_cancelled : is_of_channel);
}

/* "; away until 30 March 2026"; "" when no day is given. Owned. */
static char *say_absence(const Decision *decision)
{
    if (!decision->back_on) {
        return g_strdup("");
    }
    g_auto(GStrv) parts = g_strsplit(decision->back_on, "-", 3); /* YYYY-MM-DD, as parse writes it */
    gint64 day = g_ascii_strtoll(parts[2], NULL, 10), month = g_ascii_strtoll(parts[1], NULL, 10);
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    return g_strdup_printf("; away until %" G_GINT64_FORMAT " %s %s", day, months[CLAMP(month, 1, 12) - 1], parts[0]);
}

static void decide_automatic(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                             const char *secret)
{
    const Settings *settings = rulebook->settings;
    if (decision->kind == KIND_BULK || decision->kind == KIND_SPAM) {
        end_in(decision, DISPOSITION_IGNORED, "%s: %s", kind_get_name(decision->kind), decision->kind_evidence);
        return;
    }
    g_autofree char *absence = say_absence(decision);
    const Mailbox *from = reading->message->from;
    if (reading->arrival->is_headers_only && from && settings_is_own_address(settings, from->address)) {
        end_in(decision, DISPOSITION_RECORDED, "a colleague's mailbox answered by itself: %s", decision->kind_evidence);
        return;
    }
    const LeadMatch *bounced = decision->kind == KIND_BOUNCE ? find_bounced(past, secret) : NULL;
    const LeadMatch *match = bounced ? bounced : past->matches->len > 0 ? g_ptr_array_index(past->matches, 0) : NULL;
    if (match) {
        stand_on_lead(decision, match->lead);
        if (past->seen_on != decision->lead && is_given_up(reading)) {
            tell_appointment(decision, reading);
            RespondInput input = {reading->message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
            respond_plan(decision, NULL, &input, rulebook);
            followup_owe(decision, past->promises, "discovery-call", rulebook);
            if (field_find(match->lead->fields, "booked_for")) {
                g_ptr_array_add(decision->taken_back, g_strdup("booked_for"));
            }
        } else if (past->seen_on != decision->lead) {
            decision_add_event(decision, "usher", kind_get_name(decision->kind), "%s%s", decision->kind_evidence, absence);
        }
    }
    if (decision->kind == KIND_BOUNCE) {
        record_bounce(decision, reading->message, bounced, settings);
        tell_out_of_reach(decision, past, secret, rulebook);
    }
    end_in(decision, DISPOSITION_RECORDED, "%s, never answered: %s%s", kind_get_name(decision->kind), decision->kind_evidence,
           absence);
}

static void decide_unsubscribe(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                               const char *secret)
{
    const Mailbox *from = reading->message->from;
    if (reading->message->authentication == AUTHENTICATION_FAIL) {
        if (past->matches->len > 0) {
            stand_on_lead(decision, ((const LeadMatch *)g_ptr_array_index(past->matches, 0))->lead);
        }
        tell_forged(decision, reading->message, "asks to be left alone");
        end_in(decision, DISPOSITION_RECORDED,
               "asks to be left alone, but our mail server found %s forged: nobody is suppressed for it",
               show_sender(reading->message));
        return;
    }
    if (past->matches->len > 0) {
        const LeadMatch *match = g_ptr_array_index(past->matches, 0);
        stand_on_lead(decision, match->lead);
        decision->stops_mail = TRUE;
        decision_add_event(decision, "prospect", "unsubscribe", "%s", decision->kind_evidence);
        RespondInput input = {reading->message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
        respond_plan(decision, NULL, &input, rulebook);
    }
    if (from && text_is_address(from->address)) {
        g_ptr_array_add(decision->marked_addresses, g_strdup(from->address));
    }
    end_in(decision, DISPOSITION_RECORDED, "asks to be left alone: %s", decision->kind_evidence);
}

/* Whoever is to know that the lead's status has become another. */
static void tell_status(Decision *decision, const Lead *lead, const Past *past, const Rulebook *rulebook, const char *secret)
{
    if (decision->status == lead->status || decision->is_history) {
        return;
    }
    if (judge_has_unchecked(past) && field_find(lead->fields, "cleared")) {
        decision_add_event(decision, "usher", "mail left out",
                           "nobody outside is told: another party than was cleared may be a conflict");
        return;
    }
    g_autoptr(Reading) opening = judge_read_opening(past, decision, lead, NULL, rulebook);
    RespondInput input = {.past = past, .secret = secret};
    if (opening) {
        input.message = opening->message;
        input.verdict = opening->verdict;
        input.extraction = opening->extraction;
        input.arrival = opening->arrival;
    }
    respond_plan_status(decision, &input, rulebook);
}

/* ---- mails of the firm's own people ---- */

/* A company's domain is its own: who writes from there is of it. A provider's is everybody's. */
static gboolean is_same_company(const char *address, const char *known, const Rulebook *rulebook)
{
    g_autofree char *domain = address ? text_address_domain(address) : NULL;
    g_autofree char *known_domain = known ? text_address_domain(known) : NULL;
    if (!domain || !known_domain || rulebook_is_free_mail(rulebook, known_domain)) {
        return FALSE;
    }
    g_autofree char *registrable = domain_get_registrable(domain);
    g_autofree char *known_registrable = domain_get_registrable(known_domain);
    return strcmp(registrable, known_registrable) == 0;
}

/* Somebody else may be told in the prospect's thread (our accountant, a supplier); only a mail to the prospect's own side is a contact. */
static gboolean reaches_prospect(const Reading *reading, const LeadMatch *match, const Settings *settings)
{
    const char *email = field_find_value(match->lead->fields, "email");
    g_autoptr(PastKeys) keys = past_keys_new();
    add_recipients(keys, reading, settings);
    for (guint i = 0; i < keys->addresses->len; i++) {
        const char *address = g_ptr_array_index(keys->addresses, i);
        if (g_strcmp0(address, email) == 0 || is_same_company(address, email, reading->rulebook)) {
            return TRUE;
        }
    }
    return match->has_person;
}

/* Why what one of us wrote is no contact with the prospect; NULL when it is one. */
static const char *find_no_contact(const Reading *reading, const LeadMatch *match, const Settings *settings)
{
    if (reading->message->automatic->len > 0) {
        return "a machine of ours wrote it";
    }
    return reaches_prospect(reading, match, settings) ? NULL : "it did not go to the prospect";
}

/* Old mail that is older than the lead is part of its story, and no contact about it. */
static void keep_contact(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                         const Settings *settings)
{
    if (decision->at >= match->lead->created) {
        followup_keep_by_verb(decision, past->promises, "contacted");
        if (decision->status == STATUS_NEW) {
            decision->status = STATUS_CONTACTED;
        }
    }
    decision_add_event(decision, find_colleague(reading->message, settings), "contact", "%s wrote to the prospect",
                       show_sender(reading->message));
}

/* A mail of one of us, believed unless our own mail server found the address forged (one from inside carries no finding). */
static void decide_sent(Decision *decision, const Reading *reading, const Past *past, const Settings *settings)
{
    const Message *message = reading->message;
    if (past->matches->len == 0) {
        end_in(decision, DISPOSITION_RECORDED, "from a person of the firm, about no lead on record: %s", decision->kind_evidence);
        return;
    }
    const LeadMatch *match = g_ptr_array_index(past->matches, 0);
    stand_on_lead(decision, match->lead);
    if (message->authentication == AUTHENTICATION_FAIL) {
        tell_forged(decision, message, "went to the prospect");
        end_in(decision, DISPOSITION_RECORDED, "our mail server found %s forged: it is no contact", show_sender(message));
        return;
    }
    if (match->how == MATCH_SAME_MESSAGE || past->seen_on == decision->lead) {
        end_in(decision, DISPOSITION_RECORDED, "another copy of a mail that is on lead %" G_GINT64_FORMAT " already",
               decision->lead);
        return;
    }
    add_thread_ids(decision, reading);
    const char *why_not = find_no_contact(reading, match, settings);
    if (!why_not) {
        keep_contact(decision, reading, past, match, settings);
        end_in(decision, DISPOSITION_RECORDED, "a person of the firm wrote on lead %" G_GINT64_FORMAT, decision->lead);
        return;
    }
    decision_add_event(decision, find_colleague(message, settings), "wrote", "%s wrote to %s; no contact: %s", show_sender(message),
                       decision->kind_evidence, why_not);
    end_in(decision, DISPOSITION_RECORDED, "on lead %" G_GINT64_FORMAT ", but no contact: %s", decision->lead, why_not);
}

/* ---- mails that belong to a lead on record ---- */

/* What a person of the firm has set stays; of the rest the rules say what a later mail may change (`changes`), and only by what was said in it. */
static gboolean is_changed(const Field *field, const Field *known, const Rulebook *rulebook)
{
    const FieldRule *rule = rulebook_find_field(rulebook, field->name);
    return rule && rule->is_changed && strcmp(known->value, field->value) != 0 && g_strcmp0(known->where, "command") != 0 &&
           (g_strcmp0(field->where, "text") == 0 || g_strcmp0(field->where, "subject") == 0 ||
            g_strcmp0(field->where, "calendar") == 0);
}

/* What the mail tells that the lead did not know. */
static void add_new_fields(Decision *decision, const GPtrArray *fields, const Lead *lead, const Rulebook *rulebook)
{
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        const Field *known = field_find(lead->fields, field->name);
        if (known && !is_changed(field, known, rulebook)) {
            continue;
        }
        g_ptr_array_add(decision->fields, field_dup(field));
        decision_add_event(decision, "usher", "field", "%s%s%s: %s (\"%s\")", field->name, known ? " was " : "",
                           known ? known->value : "", field->value, field->evidence ? field->evidence : field->value);
    }
}

/* The rules look again, at all that is known by now. */
static void judge_anew(Decision *decision, const Lead *lead, const Past *past, const Rulebook *rulebook, const char *secret,
                       const Extraction *later, gboolean is_cleared, const char *why)
{
    /* A lead in review waits for a person to look: nothing that is written to it answers that. */
    gboolean is_in_review = lead->status == STATUS_EXCEPTION && g_strcmp0(lead->exception, "review") == 0;
    if ((decision->fields->len == 0 && decision->taken_back->len == 0 && !is_cleared) ||
        (is_in_review && decision->kind != KIND_COMMAND)) {
        return;
    }
    g_autoptr(Reading) opening = judge_read_opening(past, decision, lead, later, rulebook);
    if (opening) {
        Judging judging = {opening, past, rulebook, secret, NULL, FALSE};
        judge_lead_again(decision, lead, &judging, is_cleared, why);
    }
}

/* The same person with another matter: both name a service, and not the same one. */
static gboolean is_other_matter(const GPtrArray *fields, const Lead *lead)
{
    const char *asked = field_find_value(fields, "service");
    const char *known = field_find_value(lead->fields, "service");
    return asked && known && g_ascii_strcasecmp(asked, known) != 0;
}

/* The number may be a company's: the name must not be another one's. A note in which both names are missing is about that number. */
static gboolean is_same_caller(const GPtrArray *fields, const Lead *lead)
{
    const char *told = field_find_value(fields, "name");
    const char *known = field_find_value(lead->fields, "name");
    const char *told_email = field_find_value(fields, "email");
    const char *known_email = field_find_value(lead->fields, "email");
    gboolean has_other_address = told_email && known_email && g_ascii_strcasecmp(told_email, known_email) != 0;
    return !has_other_address && (!told || !known || extract_is_same_name(told, known));
}

static gboolean is_persons_own(const Extraction *extraction, const char *address)
{
    return (extraction->person && strcmp(extraction->person->address, address) == 0) ||
           (extraction->wrote_from && strcmp(extraction->wrote_from->address, address) == 0);
}

/*
 * A mail with this Message-ID of the same person. Some programs give every form the same id, and a stranger can copy one: a mail of
 * somebody else is an enquiry of its own.
 */
static const LeadMatch *find_twin(const Reading *reading, const Past *past)
{
    const LeadMatch *same = find_match(past, MATCH_SAME_MESSAGE);
    const char *known = same ? field_find_value(same->lead->fields, "email") : NULL;
    const char *address = reading->extraction->person ? reading->extraction->person->address : "";
    if (same && same->lead->is_history && !arrival_is_history(reading->arrival)) {
        return NULL; /* what is sent again after years is meant */
    }
    if (!same || known) {
        return same && g_ascii_strcasecmp(known, address) == 0 ? same : NULL;
    }
    /* Neither has an address: the telephone tells two callers apart. */
    const char *known_phone = field_find_value(same->lead->fields, "phone"),
               *phone = field_find_value(reading->extraction->fields, "phone");
    return !*address && g_strcmp0(known_phone, phone) == 0 ? same : NULL;
}

/*
 * The lead in whose thread a stranger writes: nobody whom it knows, nor its referrer, nor of the prospect's company. A lead that knows no address
 * has no strangers. NULL: it is none.
 */
static const LeadMatch *find_stranger_to(const Reading *reading, const Past *past)
{
    const LeadMatch *thread = find_thread(past);
    const Mailbox *from = reading->message->from;
    const char *email = thread ? field_find_value(thread->lead->fields, "email") : NULL;
    if (!email || thread->is_known_address || reading->message->original || reading->verdict->kind != KIND_ENQUIRY ||
        arrival_is_history(reading->arrival) || !from || !*from->address || reading->extraction->forwarded_by) {
        return NULL;
    }
    gboolean is_referrer = g_strcmp0(field_find_value(thread->lead->fields, "referrer_email"), from->address) == 0;
    return is_referrer || is_same_company(from->address, email, reading->rulebook) ? NULL : thread;
}

static gboolean is_own_original(const Reading *reading)
{
    const ForwardedOriginal *original = reading->message->original;
    return original && original->from && *original->from->address &&
           settings_is_own_address(reading->rulebook->settings, original->from->address);
}

/* TRUE when the writer of what a colleague passed on is the prospect of the lead, by this address or another one that it knows. */
static gboolean is_persons_original(const Reading *reading, const LeadMatch *match)
{
    const Extraction *extraction = reading->extraction;
    const char *email = field_find_value(match->lead->fields, "email");
    return extraction->person && !extraction->referrer &&
           (match->has_person || match->how == MATCH_PERSON || g_strcmp0(extraction->person->address, email) == 0);
}

/*
 * A forward within the thread of a lead: a colleague passes on what the prospect, somebody of their company or one of us wrote; or the prospect does, and
 * says nothing of their own. What is by anybody else is about somebody else.
 */
static gboolean is_forward_in_thread(const Reading *reading, const LeadMatch *thread)
{
    const Extraction *extraction = reading->extraction;
    if (!is_passed_on_by_us(reading)) {
        return reading->message->original && !extraction->is_own_forward && thread->is_known_address && !extraction->referrer;
    }
    const char *email = field_find_value(thread->lead->fields, "email");
    gboolean is_of_company =
        extraction->person && !extraction->referrer && is_same_company(extraction->person->address, email, reading->rulebook);
    return is_own_original(reading) || is_persons_original(reading, thread) || is_of_company;
}

/*
 * The lead on record that this mail belongs to. A forward may be about somebody else than its thread; then only the person's own open lead counts
 * for it. The thread proves the lead, an address only that its person is the same.
 */
/* Who never told us enough and writes after all goes on with that, whatever their mail program says it answers. */
static const LeadMatch *find_unanswered(const Reading *reading, const Past *past)
{
    for (guint i = 0; i < past->former->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->former, i);
        if (match->lead->status == STATUS_INSUFFICIENT_DATA && is_persons_own(reading->extraction, match->evidence) &&
            !is_other_matter(reading->extraction->fields, match->lead)) {
            return match;
        }
    }
    return NULL;
}

static const LeadMatch *choose_match(const Reading *reading, const Past *past)
{
    const LeadMatch *twin = find_twin(reading, past);
    if (twin) {
        return twin;
    }
    if (reading->extraction->people_told > 1) {
        return NULL; /* of whichever of them a lead is, the others would be lost in it */
    }
    const LeadMatch *thread = find_thread(past);
    gboolean is_in_thread = thread && reading->verdict->kind == KIND_ENQUIRY &&
                            (reading->message->original ? is_forward_in_thread(reading, thread) : !find_stranger_to(reading, past));
    if (is_in_thread) {
        return thread;
    }
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->how == MATCH_PERSON && is_persons_own(reading->extraction, match->evidence) &&
            !is_other_matter(reading->extraction->fields, match->lead)) {
            return match;
        }
        if (match->how == MATCH_PHONE && is_same_caller(reading->extraction->fields, match->lead) &&
            !is_other_matter(reading->extraction->fields, match->lead)) {
            return match;
        }
    }
    return find_unanswered(reading, past);
}

static void judge_kind(Decision *decision, MessageKind kind, const char *rule, const char *evidence)
{
    decision->kind = kind;
    g_free(decision->kind_rule);
    g_free(decision->kind_evidence);
    decision->kind_rule = g_strdup(rule);
    decision->kind_evidence = g_strdup(evidence);
}

static void join_as_note(Decision *decision, const Reading *reading, const Settings *settings)
{
    const Message *message = reading->message;
    gboolean is_told = reading->verdict->kind == KIND_LOG;
    g_autofree char *note = text_to_block(is_told ? reading->extraction->words : message->new_text, MAX_NOTE_CHARS);
    judge_kind(decision, KIND_LOG, "a person of the firm tells", show_sender(message));
    decision_add_event(decision, find_colleague(message, settings), "note", "%s", *note ? note : message->subject);
    end_in(decision, DISPOSITION_RECORDED, "a note on lead %" G_GINT64_FORMAT, decision->lead);
}

/* `what` is "reply", or another word where the reply is in the history already. */
static void tell_reply(Decision *decision, const Message *message, const LeadMatch *match, const char *what)
{
    if (match->is_known_address) {
        decision_add_event(decision, "prospect", what, "%s: %s", show_sender(message), message->subject);
    } else if (g_strcmp0(field_find_value(match->lead->fields, "referrer_email"), show_sender(message)) == 0) {
        decision_add_event(decision, "referrer", what, "%s: %s", show_sender(message), message->subject);
    } else {
        decision_add_event(decision, "stranger", what, "%s: %s (an address this lead does not know: look before you rely on it)",
                           show_sender(message), message->subject);
    }
}

/* What the lead was asked for when it came in. */
static GPtrArray *list_asked(const LeadMatch *match, const Past *past, const Rulebook *rulebook)
{
    g_autoptr(Decision) nothing = decision_new(0, rulebook->hash);
    g_autoptr(Reading) opening = judge_read_opening(past, nothing, match->lead, NULL, rulebook);
    GPtrArray *asked = g_ptr_array_new();
    for (guint i = 0; opening && i < rulebook->fields->len; i++) {
        const FieldRule *rule = g_ptr_array_index(rulebook->fields, i);
        if (rule->required[match->lead->track] && !field_find(opening->extraction->fields, rule->name)) {
            g_ptr_array_add(asked, rule->name);
        }
    }
    return asked;
}

/* TRUE when the mail answers the one in which we asked the lead for what is missing. */
static gboolean answers_our_questions(const Message *message, gint64 lead, const Settings *settings, const char *secret)
{
    g_autofree char *key = g_strdup_printf("ask:%" G_GINT64_FORMAT, lead);
    g_autofree char *domain = text_address_domain(settings->delivery.from);
    g_autofree char *id = message_id_make(secret, key, domain ? domain : "localhost");
    return g_ptr_array_find_with_equal_func(message->references, id, g_str_equal, NULL);
}

/* What was said, and before it what was answered in a word. */
static void add_answers(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                        const Rulebook *rulebook, const char *secret)
{
    const GPtrArray *said = reading->extraction->fields;
    if (!answers_our_questions(reading->message, match->lead->id, rulebook->settings, secret)) {
        add_new_fields(decision, said, match->lead, rulebook);
        return;
    }
    g_autoptr(GPtrArray) asked = list_asked(match, past, rulebook);
    g_autoptr(GPtrArray) answers = extract_answers(reading->message, asked, rulebook, reading->arrival->received);
    for (guint i = 0; i < said->len; i++) {
        const Field *field = g_ptr_array_index(said, i);
        if (!field_find(answers, field->name)) {
            g_ptr_array_add(answers, field_dup(field));
        }
    }
    add_new_fields(decision, answers, match->lead, rulebook);
}

/* Which of the times that this lead was offered they take, if that can be read. */
static void take_slot(Decision *decision, const Message *message, const Past *past, const Settings *settings)
{
    g_autoptr(GPtrArray) offered = g_ptr_array_new();
    for (guint i = 0; i < past->slots->len; i++) {
        SlotOffer *slot = g_ptr_array_index(past->slots, i);
        if (slot->lead == decision->lead) {
            g_ptr_array_add(offered, slot);
        }
    }
    const SlotOffer *taken = extract_find_slot(message->new_text, offered, calendar_get_zone(settings->calendar));
    if (taken) {
        g_autofree char *said = calendar_say(settings->calendar, taken->at, 0);
        decision->slot_taken = taken->at;
        decision_add_event(decision, "prospect", "slot", "takes the call with %s at %s", taken->owner, said);
    }
}

/* What a stranger says who holds a mail of the thread is passed on, and nothing of it believed; the referrer's number is not the prospect's. */
static void join_as_reply(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                          const Rulebook *rulebook, const char *secret)
{
    const Message *message = reading->message;
    g_autofree char *evidence = g_strdup_printf("refers to <%s>", match->evidence);
    judge_kind(decision, KIND_REPLY, "thread", evidence);
    /* what they pass on without a word is somebody else's */
    if (match->is_known_address && !message->original) {
        add_answers(decision, reading, past, match, rulebook, secret);
    }
    tell_reply(decision, message, match, past->seen_on == decision->lead ? "whole mail" : "reply");
    if (match->is_known_address) {
        take_slot(decision, message, past, rulebook->settings);
    }
    end_in(decision, DISPOSITION_REPLY, "refers to a mail of lead %" G_GINT64_FORMAT, decision->lead);
}

/* A time was chosen: that is the first contact and the call agreed, whatever becomes of it. The status stays for people to change. */
static void join_as_booking(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                            const Rulebook *rulebook)
{
    const char *when = field_find_value(reading->extraction->fields, "booked_for");
    add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
    decision_add_event(decision, "prospect", "booked", "%s: %s", when ? when : "a time that could not be read",
                       reading->message->subject);
    followup_keep_by_verb(decision, past->promises, "meeting");
    end_in(decision, DISPOSITION_JOINED, "a time was booked on lead %" G_GINT64_FORMAT, decision->lead);
}

static void join_as_same_matter(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                                const Rulebook *rulebook)
{
    add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
    decision_add_event(decision, "prospect", past->seen_on == decision->lead ? "whole mail" : "wrote again", "%s: %s",
                       show_sender(reading->message), reading->message->subject);
    end_in(decision, DISPOSITION_JOINED, "%s has an open lead in the same matter", match->evidence);
}

/* A colleague has it from the prospect, who wrote to them: it is told of as theirs, and who passed it on. */
static void join_as_passed_on(Decision *decision, const Reading *reading, const LeadMatch *match, const Rulebook *rulebook)
{
    const Message *message = reading->message;
    const char *writer = message->original->from ? message->original->from->address : "";
    judge_kind(decision, KIND_REPLY, "passed on by a colleague", writer);
    if (is_persons_original(reading, match)) {
        add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
    }
    decision_add_event(decision, find_colleague(message, rulebook->settings), "passed on", "%s: %s", writer,
                       message->original->subject);
    end_in(decision, DISPOSITION_REPLY, "a colleague passed it on: it is of lead %" G_GINT64_FORMAT, decision->lead);
}

/* They tell after all what they were asked for: what was put away for want of it is looked at again. */
static gboolean is_late_answer(const LeadMatch *match)
{
    return match->lead->status == STATUS_INSUFFICIENT_DATA && match->is_known_address;
}

/* Somebody goes on where old mail ended: from here on it is a lead like any other. */
static void wake(Decision *decision)
{
    if (decision->is_history) {
        decision->is_history = FALSE;
        decision_add_event(decision, "usher", "woken", "it was history, and %s goes on with it",
                           decision->kind == KIND_COMMAND ? "a person of the firm" : "a new mail");
    }
}

/* The owner gets a brief by this decision: it says all that a note about the reply would say. */
static gboolean tells_owner(const Decision *decision, const Settings *settings)
{
    const Person *owner = decision->owner ? settings_find_person(settings, decision->owner) : NULL;
    for (guint i = 0; owner && i < decision->mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(decision->mails, i);
        if (mail->is_internal && strcmp(mail->to->address, owner->email) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void join_lead(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                      const Rulebook *rulebook, const char *secret)
{
    const Message *message = reading->message;
    stand_on_lead(decision, match->lead);
    /* Old mail that is imported sets nothing off on a lead of today. */
    gboolean is_of_history = arrival_is_history(reading->arrival), is_judged = !is_of_history || decision->is_history;
    /* What refers to another lead's thread stays that lead's. */
    if (find_stranger_to(reading, past)) {
        add_own_id(decision, message);
    } else {
        add_thread_ids(decision, reading);
    }
    if (kind_is_notification(decision->kind)) {
        decision->alike = g_strdup(reading->alike);
    }
    if (match->how == MATCH_SAME_MESSAGE) {
        decision_add_event(decision, "usher", "duplicate", "another mail with the Message-ID <%s> came in; kept, not answered",
                           match->evidence);
        end_in(decision, DISPOSITION_JOINED, "a mail with this Message-ID is on lead %" G_GINT64_FORMAT " already", decision->lead);
        return;
    }
    /* What one of us wrote, passed on: the words above it are a note, and nothing below them is the prospect's. */
    gboolean is_ours = is_passed_on_by_us(reading) && is_own_original(reading);
    gboolean is_passed_on = is_passed_on_by_us(reading) && !is_ours && decision->kind == KIND_ENQUIRY;
    gboolean is_note = is_ours || is_colleagues_note(reading, rulebook->settings);
    if (is_ours) {
        join_as_note(decision, reading, rulebook->settings);
    } else if (is_note) {
        add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
        join_as_note(decision, reading, rulebook->settings);
    } else if (is_passed_on) {
        join_as_passed_on(decision, reading, match, rulebook);
    } else if (decision->kind == KIND_BOOKING) {
        join_as_booking(decision, reading, past, match, rulebook);
    } else if (match->how == MATCH_PERSON) {
        join_as_same_matter(decision, reading, past, match, rulebook);
    } else {
        join_as_reply(decision, reading, past, match, rulebook, secret);
    }
    if (!is_note &&
        (match->is_known_address || match->how == MATCH_PERSON || (is_passed_on && is_persons_original(reading, match)))) {
        followup_keep_by_verb(decision, past->promises, "reply");
    }
    if (!is_note && !is_of_history) {
        wake(decision);
    }
    if (is_judged) {
        gboolean is_late = !is_of_history && is_late_answer(match);
        if (is_late) {
            decision_add_event(decision, "usher", "woken", "it was put away for want of data, and they answer");
        }
        judge_anew(decision, match->lead, past, rulebook, secret, reading->extraction, is_late,
                   is_note ? "a colleague told more" : "they told more");
    }
    gboolean is_owners = (is_note || is_passed_on) && g_strcmp0(find_colleague(message, rulebook->settings), decision->owner) == 0;
    if (is_of_history || is_owners || tells_owner(decision, rulebook->settings)) {
        return;
    }
    RespondInput input = {message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
    respond_plan(decision, NULL, &input, rulebook);
}

/* ---- mail beside the intake addresses, of which there are only headers ---- */

static gboolean is_addressed(const Reading *reading, const char *address)
{
    const Message *message = reading->message;
    const GPtrArray *const lists[] = {message->to, message->cc};
    for (guint n = 0; n < G_N_ELEMENTS(lists); n++) {
        for (guint i = 0; i < lists[n]->len; i++) {
            if (strcmp(((const Mailbox *)g_ptr_array_index(lists[n], i))->address, address) == 0) {
                return TRUE;
            }
        }
    }
    return g_ptr_array_find_with_equal_func(reading->arrival->envelope_to, address, g_str_equal, NULL);
}

/* The owner has what was written to the owner; of what went to another colleague they are told. */
static gboolean has_owner_got_it(const Decision *decision, const Reading *reading, const Settings *settings)
{
    const Person *owner = decision->owner ? settings_find_person(settings, decision->owner) : NULL;
    return owner && owner->email && is_addressed(reading, owner->email);
}

/* Somebody outside wrote to one of us: a reply on their lead, and never a lead of its own. */
static void decide_interaction(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                               const char *secret)
{
    const Message *message = reading->message;
    const LeadMatch *match = past->matches->len > 0 ? g_ptr_array_index(past->matches, 0) : NULL;
    if (!match || !message->from || settings_is_own_address(rulebook->settings, message->from->address)) {
        end_in(decision, DISPOSITION_RECORDED, "a mail between a colleague and somebody outside, about no open lead (any more)");
        return;
    }
    stand_on_lead(decision, match->lead);
    add_thread_ids(decision, reading);
    g_autofree char *evidence =
        match->how == MATCH_PERSON ? g_strdup(match->evidence) : g_strdup_printf("refers to <%s>", match->evidence);
    judge_kind(decision, KIND_REPLY, match->how == MATCH_PERSON ? "writes to a colleague" : "thread", evidence);
    tell_reply(decision, message, match, "reply");
    if (match->is_known_address) {
        followup_keep_by_verb(decision, past->promises, "reply");
    }
    wake(decision);
    end_in(decision, DISPOSITION_REPLY, "on lead %" G_GINT64_FORMAT ", straight to a colleague", decision->lead);
    if (!has_owner_got_it(decision, reading, rulebook->settings)) {
        RespondInput input = {message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
        respond_plan(decision, NULL, &input, rulebook);
    }
}

/* The headers of a mail that is on a lead already, whole or not: it is counted once. */
static gboolean is_known_copy(Decision *decision, const Reading *reading, const Past *past)
{
    const LeadMatch *same = reading->arrival->is_headers_only ? find_match(past, MATCH_SAME_MESSAGE) : NULL;
    if (!same) {
        return FALSE;
    }
    stand_on_lead(decision, same->lead);
    end_in(decision, DISPOSITION_RECORDED, "another copy of a mail that is on lead %" G_GINT64_FORMAT " already", decision->lead);
    return TRUE;
}

/* ---- a new lead ---- */

static void tell_arrival(Decision *decision, const Reading *reading)
{
    g_autofree char *subject = text_to_line(reading->message->subject, SHOWN_SUBJECT_CHARS);
    decision_add_event(decision, "usher", "captured", "by %s, from %s: %s", reading->arrival->door, show_sender(reading->message),
                       subject);
    for (guint i = 0; i < reading->message->notes->len; i++) {
        decision_add_event(decision, "usher", "odd mail", "%s", (const char *)g_ptr_array_index(reading->message->notes, i));
    }
}

/* The open leads of this person, and what became of those before. The referrer's are another's. */
static void link_leads(Decision *decision, const Reading *reading, const Past *past)
{
    for (guint i = 0; i < past->doubles->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->doubles, i);
        LeadLink *link = lead_link_new(match->lead);
        link->because = g_strdup(match->evidence);
        g_ptr_array_add(decision->linked, link);
    }
    const GPtrArray *lists[] = {past->matches, past->former};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint j = 0; j < lists[i]->len; j++) {
            const LeadMatch *match = g_ptr_array_index(lists[i], j);
            if (match->how == MATCH_PERSON && is_persons_own(reading->extraction, match->evidence)) {
                g_ptr_array_add(decision->linked, lead_link_new(match->lead));
            }
        }
    }
}

static void tell_other_leads(Decision *decision, const Past *past)
{
    const LeadMatch *before = find_match(past, MATCH_HISTORY);
    for (guint i = 0; i < decision->linked->len; i++) {
        const LeadLink *link = g_ptr_array_index(decision->linked, i);
        if (link->because) {
            decision_add_event(decision, "usher", "double", "may be the same as lead %" G_GINT64_FORMAT ": %s", link->lead,
                               link->because);
        } else if (status_is_live(link->status)) {
            decision_add_event(decision, "usher", "linked",
                               "the same person has the open lead %" G_GINT64_FORMAT " in another matter", link->lead);
        } else {
            decision_add_event(decision, "usher", "linked", "the same person had lead %" G_GINT64_FORMAT ", which is %s",
                               link->lead, status_get_name(link->status));
        }
    }
    if (before) {
        decision_add_event(decision, "usher", "linked", "the same person wrote before: lead %" G_GINT64_FORMAT " of the history",
                           before->lead->id);
    }
}

static Event *event_of_lead(gint64 lead, const Event *event)
{
    Event *copy = event_new(event->actor, event->what, event->detail);
    copy->lead = lead;
    return copy;
}

/*
 * A stranger who holds a mail of a thread may be the prospect by another address, or anybody it was passed on to. Their mail is a lead of its own, in
 * review: so it stands in the exception queue until somebody has looked, and the thread's lead keeps its course, its fields and its addresses. Its
 * owner has the mail at once, with a warning, because it may well be for them.
 */
static void tell_thread(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *thread,
                        const Rulebook *rulebook, const char *secret)
{
    g_autoptr(Decision) news = start_decision(reading, rulebook, decision->at);
    stand_on_lead(news, thread->lead);
    judge_kind(news, KIND_REPLY, "thread", thread->evidence);
    decision_add_event(news, "stranger", "reply",
                       "%s: %s (an address this lead does not know: it is in review as lead %" G_GINT64_FORMAT ")",
                       show_sender(reading->message), reading->message->subject, decision->lead);
    RespondInput input = {reading->message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
    respond_plan(news, NULL, &input, rulebook);
    for (guint i = 0; i < news->events->len; i++) {
        g_ptr_array_add(decision->events, event_of_lead(news->lead, g_ptr_array_index(news->events, i)));
    }
    while (news->mails->len > 0) {
        g_ptr_array_add(decision->mails, g_ptr_array_steal_index(news->mails, 0));
    }
    decision_add_event(decision, "usher", "linked",
                       "it is written in the thread of lead %" G_GINT64_FORMAT ", which does not know %s", thread->lead->id,
                       show_sender(reading->message));
}

static void open_lead(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook, const char *secret)
{
    decision->opens_lead = TRUE;
    decision->is_history = arrival_is_history(reading->arrival);
    decision->lead = reading->arrival->id;
    decision->alike = g_strdup(reading->alike);
    judge_take_opening(decision, reading);
    const LeadMatch *stranger_to = find_stranger_to(reading, past);
    if (stranger_to) {
        add_own_id(decision, reading->message);
    } else {
        add_thread_ids(decision, reading);
    }
    tell_arrival(decision, reading);
    link_leads(decision, reading, past);

    Judging judging = {reading, past, rulebook, secret, NULL, stranger_to != NULL};
    judge_lead(decision, &judging);
    if (stranger_to) {
        tell_thread(decision, reading, past, stranger_to, rulebook, secret);
    }
    tell_other_leads(decision, past);
    end_in(decision, DISPOSITION_LEAD, "a new lead: %s", decision->kind_evidence ? decision->kind_evidence : "");
}

/* ---- a colleague acts by mail ---- */

static const LeadMatch *find_lead_match(const Past *past, gint64 lead)
{
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->lead->id == lead) {
            return match;
        }
    }
    return NULL;
}

/* Nothing is done here: what is ordered is done after this decision is on record, one verb after the other. */
static gboolean decide_command_mail(Decision *decision, const Reading *reading, const Past *past, const Settings *settings,
                                    const char *secret)
{
    g_autoptr(MailCommand) command = command_read(reading, past, settings, secret);
    const LeadMatch *match = command && command->lead != 0 ? find_lead_match(past, command->lead) : NULL;
    if (!command) {
        return FALSE;
    }
    judge_kind(decision, KIND_COMMAND, "a person of the firm acts by mail", g_ptr_array_index(command->lines, 0));
    if (match) {
        stand_on_lead(decision, match->lead);
        add_own_id(decision, reading->message);
    }
    if (command->refusal) {
        if (match) {
            decision_add_event(decision, "stranger", "refused", "a command from %s (%s) was refused: %s",
                               show_sender(reading->message), (const char *)g_ptr_array_index(command->lines, 0), command->refusal);
        }
        end_in(decision, DISPOSITION_RECORDED, "a command from %s was refused: %s", show_sender(reading->message),
               command->refusal);
        return TRUE;
    }
    decision->actor = g_strdup(command->person->id);
    for (guint i = 0; i < command->lines->len; i++) {
        g_ptr_array_add(decision->orders, mail_order_new(g_ptr_array_index(command->lines, i)));
    }
    end_in(decision, DISPOSITION_RECORDED, "%s acts on lead %" G_GINT64_FORMAT ": %s", command->person->id, command->lead,
           (const char *)g_ptr_array_index(command->lines, 0));
    return TRUE;
}

Decision *pipeline_decide_order(const MailOrder *order, gint64 lead, const char *actor, const Past *past, const Rulebook *rulebook,
                                const char *secret, UsherTime now, GError **error)
{
    const LeadMatch *match = find_match(past, MATCH_COMMAND);
    gboolean is_held = match && g_strcmp0(match->lead->exception, "conflict-check") == 0;
    if (is_held && !settings_is_on_duty(rulebook->settings, actor, "conflicts")) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "a conflict is being checked on lead %" G_GINT64_FORMAT ": only %s may act on it by mail", lead,
                    rulebook->settings->duty_conflicts);
        return NULL;
    }
    g_auto(GStrv) words = g_strsplit(order->said, " ", -1);
    Command command = {.lead = lead, .verb = words[0], .arguments = words + 1, .actor = actor};
    return pipeline_decide_command(&command, past, rulebook, secret, now, error);
}

Decision *pipeline_decide_confirmation(const Decision *orders, const Past *past, const Rulebook *rulebook, const char *secret,
                                       UsherTime now)
{
    const LeadMatch *match = find_match(past, MATCH_COMMAND);
    Decision *decision = decision_new(now, rulebook->hash);
    stand_on_lead(decision, match->lead);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    decision->actor = g_strdup(orders->actor);
    decision->occasion = orders->arrival;
    for (guint i = 0; i < orders->orders->len; i++) {
        const MailOrder *order = g_ptr_array_index(orders->orders, i);
        MailOrder *copy = mail_order_new(order->said);
        copy->result = g_strdup(order->result);
        copy->is_done = order->is_done;
        g_ptr_array_add(decision->orders, copy);
    }
    RespondInput input = {.past = past, .secret = secret};
    respond_plan(decision, NULL, &input, rulebook);
    return decision;
}

/* ---- the decision ---- */

gint64 pipeline_find_lead(const Reading *reading, const Past *past)
{
    const LeadMatch *first = past->matches->len > 0 ? g_ptr_array_index(past->matches, 0) : NULL;
    gboolean is_of_people = !kind_is_automatic(reading->verdict->kind) && reading->verdict->kind != KIND_UNSUBSCRIBE;
    gboolean is_first = reading->verdict->kind == KIND_SENT || reading->arrival->is_headers_only;
    const LeadMatch *match = is_first ? first : is_of_people ? choose_match(reading, past) : NULL;
    return match ? match->lead->id : 0;
}

Decision *pipeline_decide(const Reading *reading, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now)
{
    Decision *decision = start_decision(reading, rulebook, arrival_find_moment(reading->arrival, now));
    if (reading->message->message_id && message_id_is_own(reading->message->message_id, secret)) {
        end_in(decision, DISPOSITION_IGNORED, "a mail of our own came back to us");
        return decision;
    }
    if (is_known_copy(decision, reading, past)) {
        return decision;
    }
    if (decide_command_mail(decision, reading, past, rulebook->settings, secret)) {
        return decision;
    }
    if (kind_is_automatic(decision->kind)) {
        decide_automatic(decision, reading, past, rulebook, secret);
        return decision;
    }
    if (decision->kind == KIND_UNSUBSCRIBE) {
        decide_unsubscribe(decision, reading, past, rulebook, secret);
        return decision;
    }
    if (decision->kind == KIND_SENT) {
        decide_sent(decision, reading, past, rulebook->settings);
        if (decision->lead && !arrival_is_history(reading->arrival)) {
            tell_status(decision, ((const LeadMatch *)g_ptr_array_index(past->matches, 0))->lead, past, rulebook, secret);
        }
        return decision;
    }
    if (reading->arrival->is_headers_only) {
        decide_interaction(decision, reading, past, rulebook, secret);
        return decision;
    }
    const LeadMatch *match = choose_match(reading, past);
    if (match) {
        join_lead(decision, reading, past, match, rulebook, secret);
    } else {
        open_lead(decision, reading, past, rulebook, secret);
    }
    return decision;
}

/* Nothing is known of the mail but that it is there; the person who works the exception queue gets it as a brief with the original. */
Decision *pipeline_decide_quarantine(const Arrival *arrival, const char *why, const Rulebook *rulebook, const char *secret,
                                     UsherTime now)
{
    Decision *decision = decision_new(arrival_find_moment(arrival, now), rulebook->hash);
    decision->arrival = arrival->id;
    decision->is_history = arrival_is_history(arrival);
    decision->kind = KIND_ENQUIRY;
    decision->kind_rule = g_strdup("undecided");
    decision->kind_evidence = g_strdup(why);
    if (arrival->is_headers_only) {
        decision->kind = KIND_SENT; /* or a reply: nobody can tell, and whoever it was for has it */
        decision_add_event(decision, "usher", "quarantined", "the headers of a mail to or from a colleague: %s", why);
        end_in(decision, DISPOSITION_QUARANTINED, "%s", why);
        return decision;
    }
    decision->lead = arrival->id;
    decision->opens_lead = TRUE;
    decision->channel = g_strdup("email");
    decision->source = g_strdup("email");
    QualifyFacts facts = {0};
    qualify_judge(decision, &facts, rulebook);
    RouteRule route = {.name = (char[]){"exception"}, .exception = (char[]){"undecided"}, .owner = (char[]){"exceptions"}};
    decision->status = STATUS_EXCEPTION;
    decision->route = g_strdup(route.name);
    decision->route_because = g_strdup(why);
    decision->exception = g_strdup(route.exception);
    g_free(decision->action);
    decision->action = g_strdup("Read the original mail: Usher could not.");
    g_autoptr(Past) nothing = past_new();
    assign_owner(decision, &route, NULL, nothing, rulebook->settings);
    decision_add_event(decision, "usher", "quarantined", "%s", why);
    end_in(decision, DISPOSITION_QUARANTINED, "%s", why);
    if (decision->is_history) {
        return decision;
    }
    RespondInput input = {.arrival = arrival, .past = nothing, .secret = secret};
    respond_plan(decision, &route, &input, rulebook);
    return decision;
}

/* A field that a person tells is written as the field's type asks, like one that is found in a mail. */
static gboolean normalise_told(Decision *decision, const Rulebook *rulebook, GError **error)
{
    for (guint i = 0; i < decision->fields->len; i++) {
        Field *field = g_ptr_array_index(decision->fields, i);
        const FieldRule *rule = rulebook_find_field(rulebook, field->name);
        if (g_strcmp0(field->where, "command") != 0 || !rule) {
            continue; /* it comes from another lead, as it was found there */
        }
        char *value = extract_normalise(rule, field->raw, rulebook->settings, decision->at);
        if (!value) {
            g_autofree char *form = rulebook_describe_type(rule);
            g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "\"%s\" cannot be taken as %s: write %s", field->raw, field->name,
                        form);
            return FALSE;
        }
        g_free(field->value);
        field->value = value;
    }
    return TRUE;
}

/* Who writes from the address that a person has told is the prospect. */
static void add_told_address(Decision *decision)
{
    const Field *email = field_find(decision->fields, "email");
    if (email) {
        g_ptr_array_add(decision->people, mailbox_new("", email->value));
    }
}

/* Another address is what a lead waits for whose mail came back: it goes on as if it were cleared, and what was owed goes there. */
static gboolean is_within_reach_again(const Decision *decision, const Lead *lead)
{
    const char *told = field_find_value(decision->fields, "email"), *known = field_find_value(lead->fields, "email");
    return told && g_strcmp0(lead->exception, "bounced") == 0 && g_strcmp0(told, known) != 0;
}

/* Somebody of the lead may be a party the firm must not act against, and nobody has cleared that. */
static gboolean may_be_conflict(const Lead *lead, const Past *past)
{
    const Field *cleared = field_find(lead->fields, "cleared");
    gboolean is_cleared = cleared && g_strcmp0(cleared->where, "command") == 0 && strstr(cleared->value, "conflict-check");
    return past->conflicts->len > 0 && (!is_cleared || judge_has_unchecked(past));
}

/* The prospect and the partner could not be told: it is no passing on. */
static gboolean check_refer_on(const Decision *decision, const Lead *lead, const Past *past, GError **error)
{
    if (!decision->refers_on || !decision->partner || !may_be_conflict(lead, past)) {
        return TRUE;
    }
    g_autofree char *because = party_match_describe(g_ptr_array_index(past->conflicts, 0));
    g_set_error(
        error, USHER_ERROR, USHER_ERROR_INPUT,
        "there may be a conflict (%s), so nobody can be told: \"hold\" it for a check first, or write refer-on - to tell nobody",
        because);
    return FALSE;
}

Decision *pipeline_decide_command(const Command *command, const Past *past, const Rulebook *rulebook, const char *secret,
                                  UsherTime now, GError **error)
{
    const LeadMatch *match = find_match(past, MATCH_COMMAND);
    if (!match) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no lead %" G_GINT64_FORMAT "; \"usher leads\" lists them",
                    command->lead);
        return NULL;
    }
    g_autoptr(Decision) decision = decision_new(now, rulebook->hash);
    stand_on_lead(decision, match->lead);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    if (!act_apply(decision, match->lead, past->other, command->verb, command->arguments, command->actor, past->partners, rulebook,
                   error) ||
        !check_refer_on(decision, match->lead, past, error) || !normalise_told(decision, rulebook, error)) {
        return NULL;
    }
    followup_keep_by_verb(decision, past->promises, command->verb);
    if (status_is_live(decision->status) &&
        (decision->status != match->lead->status || g_strcmp0(decision->owner, match->lead->owner) != 0)) {
        wake(decision);
    }
    add_told_address(decision);
    g_autofree char *why = g_strdup_printf("%s by %s", command->verb, command->actor);
    judge_anew(decision, match->lead, past, rulebook, secret, NULL,
               strcmp(command->verb, "clear") == 0 || is_within_reach_again(decision, match->lead), why);
    if (!status_is_live(decision->status)) {
        decision->stops_mail = TRUE;
    }
    /* Who is given a lead by somebody else is told. */
    if (g_strcmp0(decision->owner, match->lead->owner) != 0 && g_strcmp0(decision->owner, command->actor) != 0 &&
        !tells_owner(decision, rulebook->settings)) {
        RespondInput input = {.past = past, .secret = secret};
        respond_plan(decision, NULL, &input, rulebook);
    }
    if (strcmp(command->verb, "hold") == 0) {
        followup_owe(decision, past->promises, "exception-review", rulebook);
    }
    tell_status(decision, match->lead, past, rulebook, secret);
    /* cppcheck-suppress invalidLifetime ; it is handed over */
    return g_steal_pointer(&decision);
}

/* ---- moments ---- */

static const RouteRule *find_route_to(LeadStatus status, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->routes->len; i++) {
        const RouteRule *route = g_ptr_array_index(rulebook->routes, i);
        if (route->status == status && !route->exception) {
            return route;
        }
    }
    return NULL;
}

/* Without a route to go by, the lead is only put down: nothing is owed on it any more. */
static void put_down(Decision *decision, LeadStatus status, const Past *past)
{
    decision->status = status;
    g_clear_pointer(&decision->exception, g_free);
    followup_keep_by_verb(decision, past->promises, "rerouted");
    for (guint i = 0; i < past->promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(past->promises, i);
        if (promise->kept == 0) {
            g_ptr_array_add(decision->withdrawn, g_strdup(promise->kind));
        }
    }
}

static void unkeep(Decision *decision, const char *kind)
{
    guint index = 0;
    while (g_ptr_array_find_with_equal_func(decision->kept, kind, g_str_equal, &index)) {
        g_ptr_array_remove_index(decision->kept, index);
    }
}

/* There was time to look at it, and nobody said otherwise: they are passed on to the partner, or left to a person where there is none any more. */
static void lapse_to_partner(Decision *decision, const PromiseState *promise, const Lead *lead, const Judging *base)
{
    g_ptr_array_add(decision->withdrawn, g_strdup(promise->kind));
    if (!past_find_partner(base->past, lead->partner)) {
        decision_add_event(decision, "usher", "lapsed", "%s: the partner is no longer on the list; a person has to decide",
                           promise->kind);
        return;
    }
    act_refer_on(decision, lead, lead->partner, "usher", "nobody said otherwise in time");
    followup_keep_by_verb(decision, base->past->promises, "refer-on");
    unkeep(decision, promise->kind);
    decision->stops_mail = TRUE;
    tell_status(decision, lead, base->past, base->rulebook, base->secret);
}

/* What was the prospect's to do is not done: nobody of the firm has broken anything, and the lead goes where the rules say. */
static void lapse(Decision *decision, const PromiseState *promise, const Lead *lead, const Judging *base, LeadStatus status)
{
    gboolean is_doubtful = may_be_conflict(lead, base->past);
    decision_add_event(decision, "usher", "lapsed", "%s: no answer came in time; %s -> %s", promise->kind,
                       lead->exception ? lead->exception : status_get_name(lead->status),
                       is_doubtful ? "by the rules, since there may be a conflict" : status_get_name(status));
    g_ptr_array_add(decision->withdrawn, g_strdup(promise->kind));
    g_autoptr(Reading) opening = judge_read_opening(base->past, decision, lead, NULL, base->rulebook);
    Judging judging = *base;
    judging.opening = opening;
    judging.forced = is_doubtful ? NULL : find_route_to(status, base->rulebook);
    if (opening && (judging.forced || is_doubtful)) {
        judge_lead_again(decision, lead, &judging, FALSE, promise->kind);
    } else {
        put_down(decision, status, base->past);
    }
    if (!status_is_live(decision->status)) {
        decision->stops_mail = TRUE;
    }
    if (!tells_owner(decision, base->rulebook->settings)) {
        RespondInput input = {.past = base->past, .secret = base->secret};
        decision->lapsed = g_strdup(promise->kind);
        respond_plan(decision, NULL, &input, base->rulebook);
    }
}

/* What was decided about the lead a moment before may have settled it. */
static gboolean is_still_open(const PromiseState *promise, const Past *past)
{
    for (guint i = 0; i < past->promises->len; i++) {
        const PromiseState *known = g_ptr_array_index(past->promises, i);
        if (known->id == promise->id) {
            return known->kept == 0 && known->broken == 0;
        }
    }
    return FALSE;
}

Decision *pipeline_decide_overdue(const PromiseState *promise, const Past *past, const Rulebook *rulebook, const char *secret,
                                  UsherTime now)
{
    const LeadMatch *match = find_match(past, MATCH_COMMAND);
    const PromiseRule *rule = rulebook_find_promise(rulebook, promise->kind);
    Decision *decision = decision_new(now, rulebook->hash);
    stand_on_lead(decision, match->lead);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    if (!is_still_open(promise, past)) {
        return decision;
    }
    if (rule && rule->can_lapse) {
        Judging judging = {NULL, past, rulebook, secret, NULL, FALSE};
        if (rule->lapses_to == STATUS_REFERRED_ON && !may_be_conflict(match->lead, past)) {
            lapse_to_partner(decision, promise, match->lead, &judging);
        } else {
            lapse(decision, promise, match->lead, &judging, rule->lapses_to);
        }
        return decision;
    }
    followup_find_broken(decision, past->promises, promise->id);
    RespondInput input = {.past = past, .secret = secret};
    respond_plan(decision, NULL, &input, rulebook);
    return decision;
}

Decision *pipeline_decide_refused(const OutgoingMail *mail, const char *answer, const Past *past, const Rulebook *rulebook,
                                  const char *secret, UsherTime now)
{
    const LeadMatch *match = find_match(past, MATCH_COMMAND);
    if (!match || !status_is_live(match->lead->status)) {
        return NULL;
    }
    Decision *decision = decision_new(now, rulebook->hash);
    stand_on_lead(decision, match->lead);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    if (mail->is_internal) {
        put_undelivered(decision, mail->to->address, answer, rulebook->settings);
    } else {
        put_out_of_reach(decision, mail->to->address, answer);
    }
    tell_out_of_reach(decision, past, secret, rulebook);
    return decision;
}

/* Who was cleared, or was found close to somebody and is written to by the rules all the same, goes on. */
static gboolean must_stop(const Decision *decision, const Past *past)
{
    if (g_strcmp0(decision->exception, "conflict-check") == 0) {
        return TRUE;
    }
    const PartyMatch *first = g_ptr_array_index(past->conflicts, 0);
    return first->how != PARTY_BY_NEAR_NAME;
}

/* A lead that is closed and still owes mails (it was referred on a moment ago) would keep them for ever: somebody has to decide about it again. */
static void give_to_clearing(Decision *decision, const Settings *settings)
{
    const Person *holder = settings_find_duty(settings, "conflicts");
    decision->status = STATUS_EXCEPTION;
    g_free(decision->exception);
    decision->exception = g_strdup("conflict-check");
    if (holder) {
        g_free(decision->owner);
        decision->owner = g_strdup(settings_find_present(settings, holder, decision->at)->id);
    }
}

Decision *pipeline_decide_doubt(gint64 lead, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now)
{
    const LeadMatch *match = find_match(past, MATCH_COMMAND);
    if (past->conflicts->len == 0 || !match || match->lead->id != lead) {
        return NULL;
    }
    const char *cleared = field_find_value(match->lead->fields, "cleared");
    if (cleared && strstr(cleared, "conflict-check") && !judge_has_unchecked(past)) {
        return NULL;
    }
    g_autoptr(Decision) decision = decision_new(now, rulebook->hash);
    stand_on_lead(decision, match->lead);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    g_autoptr(Reading) opening = judge_read_opening(past, decision, match->lead, NULL, rulebook);
    if (opening) {
        Judging judging = {opening, past, rulebook, secret, NULL, FALSE};
        judge_lead_again(decision, match->lead, &judging, FALSE, "the list of conflicts has changed");
    }
    if (!must_stop(decision, past)) {
        return NULL;
    }
    g_autofree char *because = party_match_describe(g_ptr_array_index(past->conflicts, 0));
    decision->stops_mail = TRUE;
    if (!status_is_live(decision->status)) {
        give_to_clearing(decision, rulebook->settings);
    }
    if (g_strcmp0(decision->owner, match->lead->owner) != 0 && !tells_owner(decision, rulebook->settings)) {
        RespondInput input = {.past = past, .secret = secret};
        respond_plan(decision, NULL, &input, rulebook);
    }
    decision_add_event(decision, "usher", "conflict", "the list has changed since mails were written: %s; they are held", because);
    /* cppcheck-suppress invalidLifetime ; it is handed over */
    return g_steal_pointer(&decision);
}

Decision *pipeline_decide_leaver(gint64 lead, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now)
{
    const LeadMatch *match = find_match(past, MATCH_COMMAND);
    if (!match || match->lead->id != lead || settings_find_person(rulebook->settings, match->lead->owner)) {
        return NULL;
    }
    Decision *decision = decision_new(now, rulebook->hash);
    stand_on_lead(decision, match->lead);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    Judging judging = {.past = past, .rulebook = rulebook, .secret = secret};
    g_autofree char *because = judge_next_owner(decision, match->lead, &judging);
    decision_add_event(decision, "usher", "reassigned", "%s is no longer in usher.yaml: %s -> %s, %s", match->lead->owner,
                       match->lead->owner, decision->owner, because);
    RespondInput input = {.past = past, .secret = secret};
    respond_plan(decision, NULL, &input, rulebook);
    return decision;
}
