/*
 * pipeline_automatic.c - mails that a machine sent, and people who ask to be left alone
 *
 * Takes a reading of such a kind; records it on the lead it is about. Nothing here answers the sender, ever; who of the firm has to know is told.
 */
#include "pipeline_parts.h"

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
void pipeline_put_out_of_reach(Decision *decision, const char *address, const char *why)
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
void pipeline_put_undelivered(Decision *decision, const char *address, const char *why, const Settings *settings)
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
 * To whom the very mail went that came back, known by the envelope sender that only it had; NULL when that is not known. It had one recipient, so a report of several is
 * about more than it.
 */
static const char *find_written_to(const Past *past, const LeadMatch *bounced, const Message *message)
{
    return past->returned != 0 && past->returned_lead == bounced->lead->id && message->bounced->len == 1 ? past->returned_to : NULL;
}

/*
 * An alias bounces as the address behind it: that is not one that we write to, but the lead cannot be reached all the same. A colleague whose
 * mailbox is full is no matter of the lead.
 */
static void record_bounce(Decision *decision, const Message *message, const LeadMatch *bounced, const Past *past,
                          const Settings *settings)
{
    const BounceRecipient *dead = NULL;
    const char *written_to = bounced ? find_written_to(past, bounced, message) : NULL;
    for (guint i = 0; i < message->bounced->len; i++) {
        const BounceRecipient *recipient = g_ptr_array_index(message->bounced, i);
        if (bounced && (recipient->is_permanent || has_expired(recipient)) &&
            !settings_is_own_address(settings, recipient->address)) {
            dead = recipient;
        }
        if (bounced && (recipient->is_permanent || (recipient->status && *recipient->status == '5'))) {
            pipeline_put_undelivered(decision, recipient->address, recipient->diagnostic, settings);
        }
        if (written_to && (recipient->is_permanent || has_expired(recipient))) {
            decision->returned = past->returned;
        }
        const char *address = written_to ? written_to : recipient->address;
        if (bounced && recipient->is_permanent && is_address_of(bounced->lead, address)) {
            g_ptr_array_add(decision->marked_addresses, g_strdup(address));
        }
        tell_bounce(decision, recipient, bounced != NULL);
    }
    if (dead && status_is_live(decision->status)) {
        pipeline_put_out_of_reach(decision, *dead->address ? dead->address : "their address", dead->diagnostic);
        decision->stops_mail = TRUE;
    }
}

/* The owner is told, and somebody is to have decided by a time. */
void pipeline_tell_out_of_reach(Decision *decision, const Past *past, const char *secret, const Rulebook *rulebook)
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

/* Nothing is sent to somebody who is not there: it waits until they are back, and have had a day for what lay waiting. */
static void pause_cadence(Decision *decision, const Rulebook *rulebook)
{
    decision->pauses_cadence = followup_find_return(decision->back_on, rulebook, decision->at);
    g_autofree char *until = calendar_say(rulebook->settings->calendar, decision->pauses_cadence, decision->at);
    decision->paused_because = g_strdup_printf("they are away: it goes on %s", until);
    decision->is_of_person = TRUE;
}

void pipeline_decide_automatic(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                               const char *secret)
{
    const Settings *settings = rulebook->settings;
    if (decision->kind == KIND_BULK || decision->kind == KIND_SPAM) {
        pipeline_end_in(decision, DISPOSITION_IGNORED, "%s: %s", kind_get_name(decision->kind), decision->kind_evidence);
        return;
    }
    g_autofree char *absence = say_absence(decision);
    const Mailbox *from = reading->message->from;
    if (reading->arrival->is_headers_only && from && settings_is_own_address(settings, from->address)) {
        pipeline_end_in(decision, DISPOSITION_RECORDED, "a colleague's mailbox answered by itself: %s", decision->kind_evidence);
        return;
    }
    const LeadMatch *bounced = decision->kind == KIND_BOUNCE ? find_bounced(past, secret) : NULL;
    const LeadMatch *match = bounced ? bounced : past->matches->len > 0 ? g_ptr_array_index(past->matches, 0) : NULL;
    if (match) {
        pipeline_stand_on_lead(decision, match->lead);
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
    gboolean is_referrers = match && from && g_strcmp0(field_find_value(match->lead->fields, "referrer_email"), from->address) == 0;
    if (decision->kind == KIND_AUTO_REPLY && match && (match->is_known_address || match->how == MATCH_REFERENCE) && !is_referrers) {
        pause_cadence(decision, rulebook);
    }
    if (decision->kind == KIND_BOUNCE) {
        record_bounce(decision, reading->message, bounced, past, settings);
        pipeline_tell_out_of_reach(decision, past, secret, rulebook);
    }
    pipeline_end_in(decision, DISPOSITION_RECORDED, "%s, never answered: %s%s", kind_get_name(decision->kind),
                    decision->kind_evidence, absence);
}

/* By the link in a mail: who has its mark got it, whatever address they write from. What they are rid of is what one click stands for. */
static void leave_by_mark(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                          const char *secret)
{
    const LeaveMark *mark = past->leave;
    SuppressionScope scope = rulebook->manners.one_click;
    if (scope == SCOPE_SEQUENCE && !mark->cadence) {
        scope = SCOPE_MARKETING;
    }
    g_autofree char *why = g_strdup_printf("by the mail link in a mail of lead %" G_GINT64_FORMAT, mark->lead);
    Suppression *suppression = suppression_new(mark->address, scope, mark->cadence, why, decision->at);
    g_autofree char *which = suppression_describe(suppression);
    g_ptr_array_add(decision->suppressions, suppression);
    if (past->matches->len > 0) {
        pipeline_stand_on_lead(decision, ((const LeadMatch *)g_ptr_array_index(past->matches, 0))->lead);
        decision->stops_mail = scope == SCOPE_ALL;
        decision_add_event(decision, "prospect", "unsubscribe", "%s: %s (by the link in a mail)", mark->address, which);
        RespondInput input = {reading->message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
        respond_plan(decision, NULL, &input, rulebook);
    }
    pipeline_end_in(decision, DISPOSITION_RECORDED, "asks to be left alone: %s", which);
}

void pipeline_decide_unsubscribe(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                                 const char *secret)
{
    const Mailbox *from = reading->message->from;
    if (past->leave) {
        leave_by_mark(decision, reading, past, rulebook, secret);
        return;
    }
    if (reading->message->authentication == AUTHENTICATION_FAIL) {
        if (past->matches->len > 0) {
            pipeline_stand_on_lead(decision, ((const LeadMatch *)g_ptr_array_index(past->matches, 0))->lead);
        }
        pipeline_tell_forged(decision, reading->message, "asks to be left alone");
        pipeline_end_in(decision, DISPOSITION_RECORDED,
                        "asks to be left alone, but our mail server found %s forged: nobody is suppressed for it",
                        pipeline_show_sender(reading->message));
        return;
    }
    if (past->matches->len > 0) {
        const LeadMatch *match = g_ptr_array_index(past->matches, 0);
        pipeline_stand_on_lead(decision, match->lead);
        decision->stops_mail = TRUE;
        pipeline_stop_cadence(decision, "they ask to be left alone");
        decision_add_event(decision, "prospect", "unsubscribe", "%s", decision->kind_evidence);
        RespondInput input = {reading->message, reading->verdict, reading->extraction, past, secret, reading->arrival, NULL};
        respond_plan(decision, NULL, &input, rulebook);
    }
    if (from && text_is_address(from->address)) {
        g_ptr_array_add(decision->suppressions, suppression_new(from->address, SCOPE_ALL, NULL, "unsubscribed", decision->at));
    }
    pipeline_end_in(decision, DISPOSITION_RECORDED, "asks to be left alone: %s", decision->kind_evidence);
}
