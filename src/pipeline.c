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

#include "pipeline_parts.h"

#define MAX_THREAD_IDS 50
#define MAX_KEY_ADDRESSES 50
#define MAX_MARKED 10
#define SHOWN_SUBJECT_CHARS 100

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
void pipeline_add_references(GPtrArray *into, const Message *message)
{
    guint count = message->references->len;
    for (guint i = 0; i < count && i < MAX_THREAD_IDS; i++) {
        guint from = i + 1 == MAX_THREAD_IDS ? count - 1 : i;
        g_ptr_array_add(into, g_strdup(g_ptr_array_index(message->references, from)));
    }
}

/* To whom one of us wrote: those in the header, and those only the envelope names. */
void pipeline_add_recipients(PastKeys *keys, const Reading *reading, const Settings *settings)
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

/* Where it came in, by the envelope, and where it was sent to by its own word: a mark counts in either, since nobody else can make it. */
static void add_marked(PastKeys *keys, const Reading *reading, const Settings *settings)
{
    const GPtrArray *lists[] = {reading->message->to, reading->message->cc};
    if (!settings->delivery.has_plus) {
        return;
    }
    for (guint i = 0; i < reading->arrival->envelope_to->len && keys->marked->len < MAX_MARKED; i++) {
        const char *address = g_ptr_array_index(reading->arrival->envelope_to, i);
        if (strchr(address, '+')) {
            g_ptr_array_add(keys->marked, g_strdup(address));
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint j = 0; j < lists[i]->len && keys->marked->len < MAX_MARKED; j++) {
            const char *address = ((const Mailbox *)g_ptr_array_index(lists[i], j))->address;
            if (strchr(address, '+') && settings_find_intake(settings, address)) {
                g_ptr_array_add(keys->marked, g_strdup(address));
            }
        }
    }
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
gboolean pipeline_is_passed_on_by_us(const Reading *reading)
{
    return reading->extraction->is_own_forward && reading->message->authentication != AUTHENTICATION_FAIL;
}

void pipeline_add_carried_ids(GPtrArray *ids, const Reading *reading)
{
    const ForwardedOriginal *original = pipeline_is_passed_on_by_us(reading) ? reading->message->original : NULL;
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
    keys->task = command_find_named_task(reading, rulebook->settings);
    keys->message_id = g_strdup(message->message_id);
    pipeline_add_references(keys->references, message);
    add_marked(keys, reading, rulebook->settings);
    pipeline_add_carried_ids(keys->references, reading);
    keys->from = message->from ? g_strdup(message->from->address) : NULL;
    if (reading->verdict->kind == KIND_LOG && reading->extraction->people_told <= 1 &&
        pipeline_is_colleagues_note(reading, rulebook->settings)) {
        keys->phone = g_strdup(field_find_value(reading->extraction->fields, "phone"));
    }
    if (reading->verdict->kind == KIND_UNSUBSCRIBE) {
        keys->leave_token = unsubscribe_find_token(message->subject);
    }
    add_key_address(keys, reading->extraction->person, rulebook->settings);
    add_key_address(keys, reading->extraction->referrer, rulebook->settings);
    add_key_address(keys, message->from, rulebook->settings);
    if (reading->verdict->kind == KIND_SENT) {
        pipeline_add_recipients(keys, reading, rulebook->settings);
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

/* ---- a new lead ---- */

static void tell_arrival(Decision *decision, const Reading *reading)
{
    g_autofree char *subject = text_to_line(reading->message->subject, SHOWN_SUBJECT_CHARS);
    decision_add_event(decision, "usher", "captured", "by %s, from %s: %s", reading->arrival->door,
                       pipeline_show_sender(reading->message), subject);
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
            if (match->how == MATCH_PERSON && pipeline_is_persons_own(reading->extraction, match->evidence)) {
                g_ptr_array_add(decision->linked, lead_link_new(match->lead));
            }
        }
    }
}

static void tell_other_leads(Decision *decision, const Past *past)
{
    const LeadMatch *before = pipeline_find_match(past, MATCH_HISTORY);
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
    g_autoptr(Decision) news = pipeline_start_decision(reading, rulebook, decision->at);
    pipeline_stand_on_lead(news, thread->lead);
    pipeline_judge_kind(news, KIND_REPLY, "thread", thread->evidence);
    decision_add_event(news, "stranger", "reply",
                       "%s: %s (an address this lead does not know: it is in review as lead %" G_GINT64_FORMAT ")",
                       pipeline_show_sender(reading->message), reading->message->subject, decision->lead);
    RespondInput input = {reading->message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
    respond_plan(news, NULL, &input, rulebook);
    for (guint i = 0; i < news->events->len; i++) {
        g_ptr_array_add(decision->events, event_of_lead(news->lead, g_ptr_array_index(news->events, i)));
    }
    decision->answers = news->lead;
    while (news->mails->len > 0) {
        g_ptr_array_add(decision->mails, g_ptr_array_steal_index(news->mails, 0));
    }
    decision_add_event(decision, "usher", "linked",
                       "it is written in the thread of lead %" G_GINT64_FORMAT ", which does not know %s", thread->lead->id,
                       pipeline_show_sender(reading->message));
}

static void open_lead(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook, const char *secret)
{
    decision->opens_lead = TRUE;
    decision->is_history = arrival_is_history(reading->arrival);
    decision->lead = reading->arrival->id;
    decision->alike = g_strdup(reading->alike);
    judge_take_opening(decision, reading);
    const LeadMatch *stranger_to = pipeline_find_stranger_to(reading, past);
    if (stranger_to) {
        pipeline_add_own_id(decision, reading->message);
    } else {
        pipeline_add_thread_ids(decision, reading);
    }
    tell_arrival(decision, reading);
    link_leads(decision, reading, past);

    Judging judging = {reading, past, rulebook, secret, NULL, stranger_to != NULL};
    judge_lead(decision, &judging);
    if (stranger_to) {
        tell_thread(decision, reading, past, stranger_to, rulebook, secret);
    }
    tell_other_leads(decision, past);
    pipeline_end_in(decision, DISPOSITION_LEAD, "a new lead: %s", decision->kind_evidence ? decision->kind_evidence : "");
}

/* ---- the decision ---- */

gint64 pipeline_find_lead(const Reading *reading, const Past *past)
{
    const LeadMatch *first = past->matches->len > 0 ? g_ptr_array_index(past->matches, 0) : NULL;
    gboolean is_of_people = !kind_is_automatic(reading->verdict->kind) && reading->verdict->kind != KIND_UNSUBSCRIBE;
    gboolean is_first = reading->verdict->kind == KIND_SENT || reading->arrival->is_headers_only;
    const LeadMatch *match = is_first ? first : is_of_people ? pipeline_choose_match(reading, past) : NULL;
    return match ? match->lead->id : 0;
}

Decision *pipeline_decide(const Reading *reading, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now)
{
    Decision *decision = pipeline_start_decision(reading, rulebook, arrival_find_moment(reading->arrival, now));
    if (reading->message->message_id && message_id_is_own(reading->message->message_id, secret)) {
        pipeline_end_in(decision, DISPOSITION_IGNORED, "a mail of our own came back to us");
        return decision;
    }
    if (pipeline_is_known_copy(decision, reading, past)) {
        return decision;
    }
    if (pipeline_decide_command_mail(decision, reading, past, rulebook, secret)) {
        return decision;
    }
    if (kind_is_automatic(decision->kind)) {
        pipeline_decide_automatic(decision, reading, past, rulebook, secret);
        return decision;
    }
    if (decision->kind == KIND_UNSUBSCRIBE) {
        pipeline_decide_unsubscribe(decision, reading, past, rulebook, secret);
        return decision;
    }
    if (decision->kind == KIND_SENT) {
        pipeline_decide_sent(decision, reading, past, rulebook);
        if (decision->lead && !arrival_is_history(reading->arrival)) {
            pipeline_tell_status(decision, ((const LeadMatch *)g_ptr_array_index(past->matches, 0))->lead, past, rulebook, secret);
        }
        return decision;
    }
    if (reading->arrival->is_headers_only) {
        pipeline_decide_interaction(decision, reading, past, rulebook, secret);
        return decision;
    }
    const LeadMatch *match = pipeline_choose_match(reading, past);
    if (match) {
        pipeline_join_lead(decision, reading, past, match, rulebook, secret);
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
        pipeline_end_in(decision, DISPOSITION_QUARANTINED, "%s", why);
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
    pipeline_end_in(decision, DISPOSITION_QUARANTINED, "%s", why);
    if (decision->is_history) {
        return decision;
    }
    RespondInput input = {.arrival = arrival, .past = nothing, .secret = secret};
    respond_plan(decision, &route, &input, rulebook);
    return decision;
}
