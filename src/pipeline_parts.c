/*
 * pipeline_parts.c - what the decisions of the pipeline have in common: how one starts and ends, where it stands, what it learns
 *
 * Everything here takes a Decision in the making and adds to it; nothing looks anything up.
 */
#include <string.h>

#include "pipeline_parts.h"

/* A colleague who answers a brief, or tells of somebody we know: theirs is a note, and no word of the prospect's. */
gboolean pipeline_is_colleagues_note(const Reading *reading, const Settings *settings)
{
    const Message *message = reading->message;
    return message->from && !message->original && reading->verdict->kind != KIND_FORM &&
           message->authentication != AUTHENTICATION_FAIL && settings_is_own_address(settings, message->from->address);
}

Decision *pipeline_start_decision(const Reading *reading, const Rulebook *rulebook, UsherTime now)
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
void pipeline_end_in(Decision *decision, Disposition disposition, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_free(decision->reason);
    decision->disposition = disposition;
    decision->reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

const LeadMatch *pipeline_find_match(const Past *past, MatchKind how)
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
const LeadMatch *pipeline_find_thread(const Past *past)
{
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->how == MATCH_REFERENCE && match->is_known_address) {
            return match;
        }
    }
    return pipeline_find_match(past, MATCH_REFERENCE);
}

void pipeline_add_own_id(Decision *decision, const Message *message)
{
    if (message->message_id) {
        g_ptr_array_add(decision->thread_ids, g_strdup(message->message_id));
    }
}

void pipeline_add_thread_ids(Decision *decision, const Reading *reading)
{
    const Message *message = reading->message;
    pipeline_add_own_id(decision, message);
    pipeline_add_carried_ids(decision->thread_ids, reading);
    pipeline_add_references(decision->thread_ids, message);
}

/* What stays as it is when a mail is added to a lead that is on record. */
void pipeline_stand_on_lead(Decision *decision, const Lead *lead)
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

Decision *pipeline_start_on_lead(const Lead *lead, const Rulebook *rulebook, UsherTime now)
{
    Decision *decision = decision_new(now, rulebook->hash);
    pipeline_stand_on_lead(decision, lead);
    decision->kind = KIND_COMMAND;
    decision->disposition = DISPOSITION_RECORDED;
    return decision;
}

const char *pipeline_show_sender(const Message *message)
{
    return message->from && *message->from->address ? message->from->address : "nobody we can name";
}

/* A person of the firm by their id, as the history knows them; else their address. */
const char *pipeline_find_colleague(const Message *message, const Settings *settings)
{
    const Person *person = message->from ? settings_find_person_by_email(settings, message->from->address) : NULL;
    return person ? person->id : pipeline_show_sender(message);
}

void pipeline_tell_forged(Decision *decision, const Message *message, const char *what)
{
    decision_add_event(decision, "stranger", "forged",
                       "a mail that says it is from %s %s; our mail server found that forged, so nothing is done about it",
                       pipeline_show_sender(message), what);
}

/* Whoever is to know that the lead's status has become another. */
void pipeline_tell_status(Decision *decision, const Lead *lead, const Past *past, const Rulebook *rulebook, const char *secret)
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
    if (!decision->enrolment && !decision->stops_cadence) {
        followup_enrol(decision, lead->status, past->enrolments, rulebook);
    }
}

/* What was to begin by this very decision and does not is not told of. */
static void forget_beginning(Decision *decision)
{
    g_autofree char *begins = g_strdup_printf("%s begins,", decision->enrolment->cadence);
    for (guint i = decision->events->len; i-- > 0;) {
        const Event *event = g_ptr_array_index(decision->events, i);
        if (strcmp(event->what, "cadence") == 0 && g_str_has_prefix(event->detail, begins)) {
            g_ptr_array_remove_index(decision->events, i);
        }
    }
}

void pipeline_stop_cadence(Decision *decision, const char *why)
{
    if (decision->enrolment) {
        forget_beginning(decision);
    }
    g_clear_pointer(&decision->enrolment, enrolment_free);
    g_free(decision->stops_cadence);
    decision->stops_cadence = g_strdup(why);
}

/* What a person of the firm has set stays; of the rest the rules say what a later mail may change (`changes`), and only by what was said in it. */
static gboolean is_changed(const Field *field, const Field *known, const Rulebook *rulebook)
{
    const FieldRule *rule = rulebook_find_field(rulebook, field->name);
    return rule && rule->is_changed && strcmp(known->value, field->value) != 0 && g_strcmp0(known->where, "command") != 0 &&
           (g_strcmp0(field->where, "text") == 0 || g_strcmp0(field->where, "subject") == 0 ||
            g_strcmp0(field->where, "calendar") == 0);
}

/* What the mail tells that the lead did not know. */
void pipeline_add_new_fields(Decision *decision, const GPtrArray *fields, const Lead *lead, const Rulebook *rulebook)
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
void pipeline_judge_anew(Decision *decision, const Lead *lead, const Past *past, const Rulebook *rulebook, const char *secret,
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

gboolean pipeline_is_persons_own(const Extraction *extraction, const char *address)
{
    return (extraction->person && strcmp(extraction->person->address, address) == 0) ||
           (extraction->wrote_from && strcmp(extraction->wrote_from->address, address) == 0);
}

void pipeline_judge_kind(Decision *decision, MessageKind kind, const char *rule, const char *evidence)
{
    decision->kind = kind;
    g_free(decision->kind_rule);
    g_free(decision->kind_evidence);
    decision->kind_rule = g_strdup(rule);
    decision->kind_evidence = g_strdup(evidence);
}

/* Somebody goes on where old mail ended: from here on it is a lead like any other. */
void pipeline_wake(Decision *decision)
{
    if (decision->is_history) {
        decision->is_history = FALSE;
        decision_add_event(decision, "usher", "woken", "it was history, and %s goes on with it",
                           decision->kind == KIND_COMMAND ? "a person of the firm" : "a new mail");
    }
}

/* The owner gets a brief by this decision: it says all that a note about the reply would say. */
gboolean pipeline_tells_owner(const Decision *decision, const Settings *settings)
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
