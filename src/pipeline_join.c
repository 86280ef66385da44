/*
 * pipeline_join.c - mails that belong to a lead on record
 *
 * Finds the lead by the strongest proof there is, and adds what the mail tells: an answer, a note of a colleague, a booking, the contact that a colleague
 * made. Whoever has to know is told once; what the lead is worth is judged again.
 */
#include <string.h>

#include "pipeline_parts.h"

#define MAX_NOTE_CHARS 4000

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
    pipeline_add_recipients(keys, reading, settings);
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
    decision_add_event(decision, pipeline_find_colleague(reading->message, settings), "contact", "%s wrote to the prospect",
                       pipeline_show_sender(reading->message));
}

/* A mail of one of us, believed unless our own mail server found the address forged (one from inside carries no finding). */
void pipeline_decide_sent(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    const Message *message = reading->message;
    if (past->matches->len == 0) {
        pipeline_end_in(decision, DISPOSITION_RECORDED, "from a person of the firm, about no lead on record: %s",
                        decision->kind_evidence);
        return;
    }
    const LeadMatch *match = g_ptr_array_index(past->matches, 0);
    pipeline_stand_on_lead(decision, match->lead);
    if (message->authentication == AUTHENTICATION_FAIL) {
        pipeline_tell_forged(decision, message, "went to the prospect");
        pipeline_end_in(decision, DISPOSITION_RECORDED, "our mail server found %s forged: it is no contact",
                        pipeline_show_sender(message));
        return;
    }
    if (match->how == MATCH_SAME_MESSAGE || past->seen_on == decision->lead) {
        pipeline_end_in(decision, DISPOSITION_RECORDED, "another copy of a mail that is on lead %" G_GINT64_FORMAT " already",
                        decision->lead);
        return;
    }
    pipeline_add_thread_ids(decision, reading);
    const char *why_not = find_no_contact(reading, match, settings);
    if (!why_not) {
        keep_contact(decision, reading, past, match, settings);
        followup_follow_own_mail(decision, past->enrolments, rulebook);
        pipeline_end_in(decision, DISPOSITION_RECORDED, "a person of the firm wrote on lead %" G_GINT64_FORMAT, decision->lead);
        return;
    }
    decision_add_event(decision, pipeline_find_colleague(message, settings), "wrote", "%s wrote to %s; no contact: %s",
                       pipeline_show_sender(message), decision->kind_evidence, why_not);
    pipeline_end_in(decision, DISPOSITION_RECORDED, "on lead %" G_GINT64_FORMAT ", but no contact: %s", decision->lead, why_not);
}

/* ---- mails that belong to a lead on record ---- */

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

/*
 * A mail with this Message-ID of the same person. Some programs give every form the same id, and a stranger can copy one: a mail of
 * somebody else is an enquiry of its own.
 */
static const LeadMatch *find_twin(const Reading *reading, const Past *past)
{
    const LeadMatch *same = pipeline_find_match(past, MATCH_SAME_MESSAGE);
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
const LeadMatch *pipeline_find_stranger_to(const Reading *reading, const Past *past)
{
    const LeadMatch *thread = pipeline_find_thread(past);
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
    if (!pipeline_is_passed_on_by_us(reading)) {
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
        if (match->lead->status == STATUS_INSUFFICIENT_DATA && pipeline_is_persons_own(reading->extraction, match->evidence) &&
            !is_other_matter(reading->extraction->fields, match->lead)) {
            return match;
        }
    }
    return NULL;
}

const LeadMatch *pipeline_choose_match(const Reading *reading, const Past *past)
{
    const LeadMatch *twin = find_twin(reading, past);
    if (twin) {
        return twin;
    }
    if (reading->extraction->people_told > 1) {
        return NULL; /* of whichever of them a lead is, the others would be lost in it */
    }
    const LeadMatch *thread = pipeline_find_thread(past);
    gboolean is_in_thread =
        thread && reading->verdict->kind == KIND_ENQUIRY &&
        (reading->message->original ? is_forward_in_thread(reading, thread) : !pipeline_find_stranger_to(reading, past));
    if (is_in_thread) {
        return thread;
    }
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->how == MATCH_PERSON && pipeline_is_persons_own(reading->extraction, match->evidence) &&
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

static void join_as_note(Decision *decision, const Reading *reading, const Settings *settings)
{
    const Message *message = reading->message;
    gboolean is_told = reading->verdict->kind == KIND_LOG;
    g_autofree char *note = text_to_block(is_told ? reading->extraction->words : message->new_text, MAX_NOTE_CHARS);
    pipeline_judge_kind(decision, KIND_LOG, "a person of the firm tells", pipeline_show_sender(message));
    decision_add_event(decision, pipeline_find_colleague(message, settings), "note", "%s", *note ? note : message->subject);
    pipeline_end_in(decision, DISPOSITION_RECORDED, "a note on lead %" G_GINT64_FORMAT, decision->lead);
}

/* `what` is "reply", or another word where the reply is in the history already. */
static void tell_reply(Decision *decision, const Message *message, const LeadMatch *match, const char *what)
{
    if (match->is_known_address) {
        decision_add_event(decision, "prospect", what, "%s: %s", pipeline_show_sender(message), message->subject);
    } else if (g_strcmp0(field_find_value(match->lead->fields, "referrer_email"), pipeline_show_sender(message)) == 0) {
        decision_add_event(decision, "referrer", what, "%s: %s", pipeline_show_sender(message), message->subject);
    } else {
        decision_add_event(decision, "stranger", what, "%s: %s (an address this lead does not know: look before you rely on it)",
                           pipeline_show_sender(message), message->subject);
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
        pipeline_add_new_fields(decision, said, match->lead, rulebook);
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
    pipeline_add_new_fields(decision, answers, match->lead, rulebook);
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
    pipeline_judge_kind(decision, KIND_REPLY, "thread", evidence);
    /* what they pass on without a word is somebody else's */
    if (match->is_known_address && !message->original) {
        add_answers(decision, reading, past, match, rulebook, secret);
    }
    tell_reply(decision, message, match, past->seen_on == decision->lead ? "whole mail" : "reply");
    if (match->is_known_address) {
        take_slot(decision, message, past, rulebook->settings);
    }
    pipeline_end_in(decision, DISPOSITION_REPLY, "refers to a mail of lead %" G_GINT64_FORMAT, decision->lead);
}

/* A time was chosen: that is the first contact and the call agreed, whatever becomes of it. The status stays for people to change. */
static void join_as_booking(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                            const Rulebook *rulebook)
{
    const char *when = field_find_value(reading->extraction->fields, "booked_for");
    pipeline_add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
    decision_add_event(decision, "prospect", "booked", "%s: %s", when ? when : "a time that could not be read",
                       reading->message->subject);
    followup_keep_by_verb(decision, past->promises, "meeting");
    pipeline_end_in(decision, DISPOSITION_JOINED, "a time was booked on lead %" G_GINT64_FORMAT, decision->lead);
}

static void join_as_same_matter(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                                const Rulebook *rulebook)
{
    pipeline_add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
    decision_add_event(decision, "prospect", past->seen_on == decision->lead ? "whole mail" : "wrote again", "%s: %s",
                       pipeline_show_sender(reading->message), reading->message->subject);
    pipeline_end_in(decision, DISPOSITION_JOINED, "%s has an open lead in the same matter", match->evidence);
}

/* A colleague has it from the prospect, who wrote to them: it is told of as theirs, and who passed it on. */
static void join_as_passed_on(Decision *decision, const Reading *reading, const LeadMatch *match, const Rulebook *rulebook)
{
    const Message *message = reading->message;
    const char *writer = message->original->from ? message->original->from->address : "";
    pipeline_judge_kind(decision, KIND_REPLY, "passed on by a colleague", writer);
    if (is_persons_original(reading, match)) {
        pipeline_add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
    }
    decision_add_event(decision, pipeline_find_colleague(message, rulebook->settings), "passed on", "%s: %s", writer,
                       message->original->subject);
    pipeline_end_in(decision, DISPOSITION_REPLY, "a colleague passed it on: it is of lead %" G_GINT64_FORMAT, decision->lead);
}

/* They tell after all what they were asked for: what was put away for want of it is looked at again. */
static gboolean is_late_answer(const LeadMatch *match)
{
    return match->lead->status == STATUS_INSUFFICIENT_DATA && match->is_known_address;
}

/* They wait for a word of ours from now on. */
static void owe_answer(Decision *decision, const RespondInput *input, const Rulebook *rulebook)
{
    respond_fill_row(decision, input, rulebook);
    followup_owe_answer(decision, input->past->promises, rulebook);
}

void pipeline_join_lead(Decision *decision, const Reading *reading, const Past *past, const LeadMatch *match,
                        const Rulebook *rulebook, const char *secret)
{
    const Message *message = reading->message;
    pipeline_stand_on_lead(decision, match->lead);
    /* Old mail that is imported sets nothing off on a lead of today. */
    gboolean is_of_history = arrival_is_history(reading->arrival), is_judged = !is_of_history || decision->is_history;
    /* What refers to another lead's thread stays that lead's. */
    if (pipeline_find_stranger_to(reading, past)) {
        pipeline_add_own_id(decision, message);
    } else {
        pipeline_add_thread_ids(decision, reading);
    }
    if (kind_is_notification(decision->kind)) {
        decision->alike = g_strdup(reading->alike);
    }
    if (match->how == MATCH_SAME_MESSAGE) {
        decision_add_event(decision, "usher", "duplicate", "another mail with the Message-ID <%s> came in; kept, not answered",
                           match->evidence);
        pipeline_end_in(decision, DISPOSITION_JOINED, "a mail with this Message-ID is on lead %" G_GINT64_FORMAT " already",
                        decision->lead);
        return;
    }
    /* What one of us wrote, passed on: the words above it are a note, and nothing below them is the prospect's. */
    gboolean is_ours = pipeline_is_passed_on_by_us(reading) && is_own_original(reading);
    gboolean is_passed_on = pipeline_is_passed_on_by_us(reading) && !is_ours && decision->kind == KIND_ENQUIRY;
    gboolean is_note = is_ours || pipeline_is_colleagues_note(reading, rulebook->settings);
    if (is_ours) {
        join_as_note(decision, reading, rulebook->settings);
    } else if (is_note) {
        pipeline_add_new_fields(decision, reading->extraction->fields, match->lead, rulebook);
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
        pipeline_wake(decision);
    }
    if (is_judged) {
        gboolean is_late = !is_of_history && is_late_answer(match);
        if (is_late) {
            decision_add_event(decision, "usher", "woken", "it was put away for want of data, and they answer");
        }
        pipeline_judge_anew(decision, match->lead, past, rulebook, secret, reading->extraction, is_late,
                            is_note ? "a colleague told more" : "they told more");
    }
    if (!is_note && !is_of_history) {
        pipeline_stop_cadence(decision, decision->kind == KIND_BOOKING ? "they booked a time" : "they have answered");
        /* Without a thread nobody knows which of their matters it is about. */
        decision->is_of_person = match->how == MATCH_PERSON;
    }
    gboolean is_owners =
        (is_note || is_passed_on) && g_strcmp0(pipeline_find_colleague(message, rulebook->settings), decision->owner) == 0;
    if (is_of_history || is_owners || pipeline_tells_owner(decision, rulebook->settings)) {
        return;
    }
    RespondInput input = {message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
    respond_plan(decision, NULL, &input, rulebook);
    if (!is_note && decision->kind != KIND_BOOKING) {
        owe_answer(decision, &input, rulebook);
    }
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
void pipeline_decide_interaction(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                                 const char *secret)
{
    const Message *message = reading->message;
    const LeadMatch *match = past->matches->len > 0 ? g_ptr_array_index(past->matches, 0) : NULL;
    if (!match || !message->from || settings_is_own_address(rulebook->settings, message->from->address)) {
        pipeline_end_in(decision, DISPOSITION_RECORDED,
                        "a mail between a colleague and somebody outside, about no open lead (any more)");
        return;
    }
    pipeline_stand_on_lead(decision, match->lead);
    pipeline_add_thread_ids(decision, reading);
    g_autofree char *evidence =
        match->how == MATCH_PERSON ? g_strdup(match->evidence) : g_strdup_printf("refers to <%s>", match->evidence);
    pipeline_judge_kind(decision, KIND_REPLY, match->how == MATCH_PERSON ? "writes to a colleague" : "thread", evidence);
    tell_reply(decision, message, match, "reply");
    if (match->is_known_address) {
        followup_keep_by_verb(decision, past->promises, "reply");
    }
    pipeline_stop_cadence(decision, "they have answered one of us");
    decision->is_of_person = match->how == MATCH_PERSON;
    pipeline_wake(decision);
    pipeline_end_in(decision, DISPOSITION_REPLY, "on lead %" G_GINT64_FORMAT ", straight to a colleague", decision->lead);
    RespondInput input = {message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
    if (!has_owner_got_it(decision, reading, rulebook->settings)) {
        respond_plan(decision, NULL, &input, rulebook);
    }
    owe_answer(decision, &input, rulebook);
}

/* The headers of a mail that is on a lead already, whole or not: it is counted once. */
gboolean pipeline_is_known_copy(Decision *decision, const Reading *reading, const Past *past)
{
    const LeadMatch *same = reading->arrival->is_headers_only ? pipeline_find_match(past, MATCH_SAME_MESSAGE) : NULL;
    if (!same) {
        return FALSE;
    }
    pipeline_stand_on_lead(decision, same->lead);
    pipeline_end_in(decision, DISPOSITION_RECORDED, "another copy of a mail that is on lead %" G_GINT64_FORMAT " already",
                    decision->lead);
    return TRUE;
}
