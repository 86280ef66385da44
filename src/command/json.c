/*
 * command/json.c - values as JSON, with the keys that usher(8) lists (the one home of jansson)
 *
 * A thing that is not there is null, a list that is empty is []. Moments are RFC 3339 in UTC.
 */
#include "command.h"

#include <stdio.h>
#include <unistd.h>

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

json_t *json_from_moment(UsherTime moment)
{
    if (!moment) {
        return json_null();
    }
    g_autofree char *text = clock_format(moment);
    return json_string(text);
}

static json_t *from_strings(const GPtrArray *strings)
{
    json_t *list = json_array();
    for (guint i = 0; i < strings->len; i++) {
        json_array_append_new(list, json_string(g_ptr_array_index(strings, i)));
    }
    return list;
}

static json_t *from_fields(const GPtrArray *fields)
{
    json_t *object = json_object();
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        json_t *value = json_object();
        json_object_set_new(value, "value", text_or_null(field->value));
        json_object_set_new(value, "raw", text_or_null(field->raw));
        json_object_set_new(value, "rule", text_or_null(field->rule));
        json_object_set_new(value, "evidence", text_or_null(field->evidence));
        json_object_set_new(value, "where", text_or_null(field->where));
        json_object_set_new(value, "start", json_integer((json_int_t)field->start));
        json_object_set_new(value, "length", json_integer((json_int_t)field->length));
        json_object_set_new(object, field->name, value);
    }
    return object;
}

static json_t *from_score_parts(const GPtrArray *parts)
{
    json_t *list = json_array();
    for (guint i = 0; i < parts->len; i++) {
        const ScorePart *part = g_ptr_array_index(parts, i);
        json_array_append_new(list, json_pack("{s:s, s:i, s:s}", "rule", part->rule, "points", part->points, "because",
                                              part->because ? part->because : ""));
    }
    return list;
}

static json_t *from_bant(const BantVerdict *verdicts)
{
    json_t *object = json_object();
    for (guint i = 0; i < BANT_COUNT; i++) {
        const BantVerdict *verdict = &verdicts[i];
        json_t *value = json_object();
        json_object_set_new(value, "met", verdict->is_known ? json_boolean(verdict->is_met) : json_null());
        json_object_set_new(value, "rule", text_or_null(verdict->rule));
        json_object_set_new(value, "because", text_or_null(verdict->because));
        json_object_set_new(object, bant_get_name((BantDimension)i), value);
    }
    return object;
}

static json_t *from_dimensions(const GPtrArray *dimensions)
{
    json_t *object = json_object();
    for (guint i = 0; i < dimensions->len; i++) {
        const DimensionVerdict *verdict = g_ptr_array_index(dimensions, i);
        json_object_set_new(
            object, verdict->dimension,
            json_pack("{s:s, s:s, s:s}", "verdict", verdict->verdict, "rule", verdict->rule, "because", verdict->because));
    }
    return object;
}

static json_t *from_likely_value(gint64 pounds)
{
    return pounds > 0 ? json_integer(pounds) : json_null();
}

static json_t *from_candidates(const GPtrArray *candidates)
{
    json_t *list = json_array();
    for (guint i = 0; i < candidates->len; i++) {
        const Candidate *candidate = g_ptr_array_index(candidates, i);
        json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "person", candidate->person, "eligible", candidate->is_eligible,
                                              "because", candidate->because ? candidate->because : ""));
    }
    return list;
}

static json_t *from_partners(const GPtrArray *partners)
{
    json_t *list = json_array();
    for (guint i = 0; i < partners->len; i++) {
        const Candidate *partner = g_ptr_array_index(partners, i);
        json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "partner", partner->person, "fits", partner->is_eligible,
                                              "because", partner->because ? partner->because : ""));
    }
    return list;
}

static json_t *from_mailbox(const Mailbox *mailbox)
{
    return mailbox ? json_pack("{s:s, s:s}", "name", mailbox->name, "address", mailbox->address) : json_null();
}

json_t *json_from_mail(const OutgoingMail *mail, gboolean with_content)
{
    json_t *object = json_object();
    if (mail->id) {
        json_object_set_new(object, "id", json_integer(mail->id));
        json_object_set_new(object, "lead", json_integer(mail->lead));
    }
    json_object_set_new(object, "purpose", text_or_null(mail->purpose));
    json_object_set_new(object, "to", text_or_null(mail->to ? mail->to->address : NULL));
    json_object_set_new(object, "role", text_or_null(mail->recipient_role));
    json_object_set_new(object, "template", text_or_null(mail->template_name));
    json_object_set_new(object, "due", json_from_moment(mail->due));
    json_object_set_new(object, "subject", text_or_null(mail->subject));
    json_object_set_new(object, "message_id", text_or_null(mail->message_id));
    if (mail->id) {
        json_object_set_new(object, "state", json_string(mail_state_get_name(mail->state)));
        json_object_set_new(object, "attempts", json_integer(mail->attempts));
        json_object_set_new(object, "sent", json_from_moment(mail->sent));
        json_object_set_new(object, "last_answer", text_or_null(mail->last_answer));
    }
    if (with_content) {
        json_object_set_new(object, "from", from_mailbox(mail->from));
        json_object_set_new(object, "reply_to", from_mailbox(mail->reply_to));
        json_object_set_new(object, "in_reply_to", text_or_null(mail->in_reply_to));
        json_object_set_new(object, "references", from_strings(mail->references));
        json_object_set_new(object, "text", text_or_null(mail->text));
        json_object_set_new(object, "html", text_or_null(mail->html));
    }
    return object;
}

static json_t *from_mails(const GPtrArray *mails, gboolean with_content)
{
    json_t *list = json_array();
    for (guint i = 0; i < mails->len; i++) {
        json_array_append_new(list, json_from_mail(g_ptr_array_index(mails, i), with_content));
    }
    return list;
}

static json_t *from_promises(const GPtrArray *promises)
{
    json_t *list = json_array();
    for (guint i = 0; i < promises->len; i++) {
        const Promise *promise = g_ptr_array_index(promises, i);
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string(promise->kind));
        json_object_set_new(object, "due", json_from_moment(promise->due));
        json_object_set_new(object, "owner", text_or_null(promise->owner));
        json_object_set_new(object, "kept_by", text_or_null(promise->kept_by));
        json_object_set_new(object, "kept", json_from_moment(promise->kept));
        json_array_append_new(list, object);
    }
    return list;
}

json_t *json_from_task(const Task *task, UsherTime now)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", json_integer(task->id));
    json_object_set_new(object, "lead", task->lead ? json_integer(task->lead) : json_null());
    json_object_set_new(object, "person", json_string(task->person));
    json_object_set_new(object, "kind", json_string(task->kind));
    json_object_set_new(object, "said", json_string(task->said));
    json_object_set_new(object, "guidance", json_string(task->guidance));
    json_object_set_new(object, "due", json_from_moment(task->due));
    json_object_set_new(object, "overdue", json_boolean(task_is_open(task) && task->due < now));
    json_object_set_new(object, "created", json_from_moment(task->created));
    json_object_set_new(object, "done", json_from_moment(task->done));
    json_object_set_new(object, "cancelled", json_from_moment(task->cancelled));
    json_object_set_new(object, "by", text_or_null(task->done_by));
    json_object_set_new(object, "outcome", text_or_null(task->outcome));
    return object;
}

json_t *json_from_promise(const PromiseState *promise)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", json_integer(promise->id));
    json_object_set_new(object, "kind", json_string(promise->kind));
    json_object_set_new(object, "due", json_from_moment(promise->due));
    json_object_set_new(object, "owner", text_or_null(promise->owner));
    json_object_set_new(object, "kept_by", text_or_null(promise->kept_by));
    json_object_set_new(object, "kept", json_from_moment(promise->kept));
    json_object_set_new(object, "broken", json_from_moment(promise->broken));
    json_object_set_new(object, "withdrawn", json_from_moment(promise->withdrawn));
    json_object_set_new(object, "warned", json_from_moment(promise->warned));
    json_object_set_new(object, "escalated", json_integer(promise->escalated));
    gboolean is_late = promise->kept > promise->due && promise->withdrawn == 0;
    json_object_set_new(object, "late_s", is_late ? json_integer(promise->kept - promise->due) : json_null());
    return object;
}

static json_t *from_promise_states(const GPtrArray *promises)
{
    json_t *list = json_array();
    for (guint i = 0; i < promises->len; i++) {
        json_array_append_new(list, json_from_promise(g_ptr_array_index(promises, i)));
    }
    return list;
}

static json_t *from_events(const GPtrArray *events)
{
    json_t *list = json_array();
    for (guint i = 0; i < events->len; i++) {
        const Event *event = g_ptr_array_index(events, i);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "actor", event->actor, "what", event->what, "detail", event->detail));
    }
    return list;
}

static json_t *from_enrolment(const Enrolment *enrolment, guint steps, const char *channel)
{
    gboolean is_active = enrolment->state == ENROLMENT_ACTIVE;
    json_t *object = json_object();
    json_object_set_new(object, "cadence", json_string(enrolment->cadence));
    json_object_set_new(object, "version", json_string(enrolment->version));
    json_object_set_new(object, "state", json_string(enrolment_state_get_name(enrolment->state)));
    json_object_set_new(object, "step", json_integer(enrolment->step + 1));
    json_object_set_new(object, "steps", json_integer(steps));
    json_object_set_new(object, "channel", is_active ? text_or_null(channel) : json_null());
    json_object_set_new(object, "due", is_active ? json_from_moment(enrolment->due) : json_null());
    json_object_set_new(object, "why", text_or_null(enrolment->why));
    json_object_set_new(object, "put_by", text_or_null(enrolment->put_by));
    json_object_set_new(object, "started", json_from_moment(enrolment->started));
    json_object_set_new(object, "changed", json_from_moment(enrolment->changed));
    return object;
}

static json_t *from_enrolments(const GPtrArray *lines)
{
    json_t *list = json_array();
    for (guint i = 0; i < lines->len; i++) {
        const EnrolmentLine *line = g_ptr_array_index(lines, i);
        json_array_append_new(list, from_enrolment(line->enrolment, line->steps, line->channel));
    }
    return list;
}

/* What a decision begins; null. */
static json_t *from_begun(const Enrolment *enrolment, const Rulebook *rulebook)
{
    const Cadence *cadence = enrolment ? rulebook_find_version(rulebook, enrolment->cadence, enrolment->version) : NULL;
    const CadenceStep *step =
        cadence && enrolment->step < cadence->steps->len ? g_ptr_array_index(cadence->steps, enrolment->step) : NULL;
    return step ? from_enrolment(enrolment, cadence->steps->len, step->channel) : json_null();
}

static json_t *from_history(const GPtrArray *history)
{
    json_t *list = json_array();
    for (guint i = 0; i < history->len; i++) {
        const HistoryLine *line = g_ptr_array_index(history, i);
        json_array_append_new(list, json_pack("{s:o, s:s, s:s, s:s?}", "at", json_from_moment(line->at), "actor", line->actor,
                                              "what", line->what, "detail", line->detail));
    }
    return list;
}

static json_t *from_messages(const GPtrArray *messages)
{
    json_t *list = json_array();
    for (guint i = 0; i < messages->len; i++) {
        const MessageLine *line = g_ptr_array_index(messages, i);
        json_array_append_new(list, json_pack("{s:I, s:o, s:s, s:s, s:s?, s:s?, s:b, s:s?}", "id", (json_int_t)line->id, "received",
                                              json_from_moment(line->received), "kind", kind_get_name(line->kind), "disposition",
                                              disposition_get_name(line->disposition), "message_id", line->message_id, "doors",
                                              line->doors, "headers_only", line->is_headers_only, "reason", line->reason));
    }
    return list;
}

static void add_mail_verdict(json_t *object, const Decision *decision)
{
    json_object_set_new(object, "kind", json_string(kind_get_name(decision->kind)));
    json_object_set_new(object, "kind_because",
                        json_pack("{s:s?, s:s?}", "rule", decision->kind_rule, "evidence", decision->kind_evidence));
    if (decision->back_on != NULL)
        json_object_set_new(object, "back_on", json_string(decision->back_on));
    json_object_set_new(object, "disposition", json_string(disposition_get_name(decision->disposition)));
    json_object_set_new(object, "reason", text_or_null(decision->reason));
}

static json_t *from_party_matches(const GPtrArray *matches)
{
    json_t *list = json_array();
    for (guint i = 0; i < matches->len; i++) {
        const PartyMatch *match = g_ptr_array_index(matches, i);
        const Party *party = match->party;
        gboolean is_client = party->list == PARTY_CLIENT;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s}", "name", party->name,
                                              is_client ? "owner" : "matter", is_client ? party->owner : party->matter, "how",
                                              party_how_get_name(match->how), "field", match->what, "said", match->said, "matched",
                                              match->matched, "differs", match->why, "note", party->note));
    }
    return list;
}

static void add_judgement(json_t *object, const Decision *decision, gboolean is_lead)
{
    json_object_set_new(object, "lead", decision->lead ? json_integer(decision->lead) : json_null());
    json_object_set_new(object, "track", is_lead ? json_string(track_get_name(decision->track)) : json_null());
    json_object_set_new(object, "channel", text_or_null(decision->channel));
    json_object_set_new(object, "source", text_or_null(decision->source));
    json_object_set_new(object, "status", is_lead ? json_string(status_get_name(decision->status)) : json_null());
    json_object_set_new(object, "fields", from_fields(decision->fields));
    json_object_set_new(object, "missing", from_strings(decision->missing));
    json_object_set_new(object, "completeness", is_lead ? json_integer(decision->completeness) : json_null());
    json_object_set_new(object, "contradictions", from_strings(decision->contradictions));
    json_object_set_new(object, "flags", from_strings(decision->flags));
    json_object_set_new(object, "score", is_lead ? json_integer(decision->score) : json_null());
    json_object_set_new(object, "score_parts", from_score_parts(decision->score_parts));
    json_object_set_new(object, "bant", is_lead ? from_bant(decision->bant) : json_object());
    json_object_set_new(object, "dimensions", from_dimensions(decision->dimensions));
    json_object_set_new(object, "likely_value", from_likely_value(decision->likely_value));
    json_object_set_new(object, "tier", text_or_null(decision->tier));
    json_object_set_new(object, "route", text_or_null(decision->route));
    json_object_set_new(object, "route_because", text_or_null(decision->route_because));
    json_object_set_new(object, "exception", text_or_null(decision->exception));
    json_object_set_new(object, "action", text_or_null(decision->action));
    json_object_set_new(object, "owner", text_or_null(decision->owner));
    json_object_set_new(object, "candidates", from_candidates(decision->candidates));
    if (decision->partner || decision->partners->len > 0) {
        json_object_set_new(object, "partner", text_or_null(decision->partner));
        json_object_set_new(object, "partners", from_partners(decision->partners));
    }
    if (decision->clients->len > 0) {
        json_object_set_new(object, "clients", from_party_matches(decision->clients));
    }
    if (decision->conflicts->len > 0) {
        json_object_set_new(object, "conflicts", from_party_matches(decision->conflicts));
    }
    json_object_set_new(object, "referrer", from_mailbox(decision->referrer));
    json_object_set_new(object, "cadence", text_or_null(decision->cadence));
}

json_t *json_from_decision(const Decision *decision, const Rulebook *rulebook)
{
    json_t *object = json_object();
    add_mail_verdict(object, decision);
    add_judgement(object, decision, decision->opens_lead || decision->lead);
    json_object_set_new(object, "mails", from_mails(decision->mails, TRUE));
    json_object_set_new(object, "promises", from_promises(decision->promises));
    json_object_set_new(object, "enrolment", from_begun(decision->enrolment, rulebook));
    json_object_set_new(object, "events", from_events(decision->events));
    json_object_set_new(object, "at", json_from_moment(decision->at));
    json_object_set_new(object, "rules", text_or_null(decision->rules_hash));
    return object;
}

json_t *json_from_lead(const Lead *lead)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", json_integer(lead->id));
    json_object_set_new(object, "track", json_string(track_get_name(lead->track)));
    json_object_set_new(object, "channel", text_or_null(lead->channel));
    json_object_set_new(object, "source", text_or_null(lead->source));
    json_object_set_new(object, "status", json_string(status_get_name(lead->status)));
    json_object_set_new(object, "merged_into", lead->merged_into ? json_integer(lead->merged_into) : json_null());
    json_object_set_new(object, "is_history", json_boolean(lead->is_history));
    json_object_set_new(object, "tier", text_or_null(lead->tier));
    json_object_set_new(object, "score", json_integer(lead->score));
    json_object_set_new(object, "likely_value", from_likely_value(lead->likely_value));
    json_object_set_new(object, "route", text_or_null(lead->route));
    json_object_set_new(object, "exception", text_or_null(lead->exception));
    json_object_set_new(object, "owner", text_or_null(lead->owner));
    json_object_set_new(object, "partner", text_or_null(lead->partner));
    json_object_set_new(object, "created", json_from_moment(lead->created));
    json_object_set_new(object, "updated", json_from_moment(lead->updated));
    json_object_set_new(object, "rules", text_or_null(lead->rules_hash));
    json_object_set_new(object, "fields", from_fields(lead->fields));
    return object;
}

/* A lead's file is of no moment: whether a task is overdue is for who reads it. */
static json_t *from_tasks(const GPtrArray *tasks)
{
    json_t *list = json_array();
    for (guint i = 0; i < tasks->len; i++) {
        json_t *task = json_from_task(g_ptr_array_index(tasks, i), 0);
        json_object_del(task, "overdue");
        json_array_append_new(list, task);
    }
    return list;
}

json_t *json_from_lead_file(const LeadFile *file)
{
    json_t *object = json_from_lead(file->lead);
    json_t *judgement = json_object();
    add_mail_verdict(judgement, file->decision);
    add_judgement(judgement, file->decision, TRUE);
    json_object_update_missing(object, judgement);
    json_decref(judgement);
    json_object_set_new(object, "mails", from_mails(file->decision->mails, TRUE));
    json_object_set_new(object, "promises", from_promise_states(file->promises));
    json_object_set_new(object, "tasks", from_tasks(file->tasks));
    json_object_set_new(object, "enrolments", from_enrolments(file->cadences));
    json_object_set_new(object, "messages", from_messages(file->messages));
    json_object_set_new(object, "history", from_history(file->history));
    return object;
}

void json_print(json_t *take_value)
{
    size_t flags = JSON_PRESERVE_ORDER | JSON_ENCODE_ANY | (isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);
    json_dumpf(take_value, stdout, flags);
    fputc('\n', stdout);
    json_decref(take_value);
}
