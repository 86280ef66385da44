/*
 * model/decision.c - what was decided
 */
#include "usher/model/decision.h"

#include <string.h>

static GPtrArray *new_list(GDestroyNotify free_element)
{
    return g_ptr_array_new_with_free_func(free_element);
}

Decision *decision_new(UsherTime at, const char *rules_hash)
{
    Decision *decision = g_new0(Decision, 1);
    decision->at = at;
    decision->rules_hash = g_strdup(rules_hash);
    decision->action = g_strdup("");
    decision->fields = new_list((GDestroyNotify)field_free);
    decision->rivals = new_list((GDestroyNotify)field_free);
    decision->dimensions = new_list((GDestroyNotify)dimension_verdict_free);
    decision->missing = new_list(g_free);
    decision->contradictions = new_list(g_free);
    decision->flags = new_list(g_free);
    decision->score_parts = new_list((GDestroyNotify)score_part_free);
    decision->candidates = new_list((GDestroyNotify)candidate_free);
    decision->turns = new_list((GDestroyNotify)person_turn_free);
    decision->partners = new_list((GDestroyNotify)candidate_free);
    decision->clients = new_list((GDestroyNotify)party_match_free);
    decision->conflicts = new_list((GDestroyNotify)party_match_free);
    decision->linked = new_list((GDestroyNotify)lead_link_free);
    decision->slots = new_list((GDestroyNotify)slot_offer_free);
    decision->orders = new_list((GDestroyNotify)mail_order_free);
    decision->people = new_list((GDestroyNotify)mailbox_free);
    decision->mails = new_list((GDestroyNotify)outgoing_mail_free);
    decision->promises = new_list((GDestroyNotify)promise_free);
    decision->kept = new_list(g_free);
    decision->watched = new_list((GDestroyNotify)promise_state_free);
    decision->notices = new_list((GDestroyNotify)promise_notice_free);
    decision->broken = new_list((GDestroyNotify)promise_state_free);
    decision->warned = new_list((GDestroyNotify)promise_state_free);
    decision->withdrawn = new_list(g_free);
    decision->tasks = new_list((GDestroyNotify)task_free);
    decision->tasks_done = new_list((GDestroyNotify)task_end_free);
    decision->taken_back = new_list(g_free);
    decision->events = new_list((GDestroyNotify)event_free);
    decision->thread_ids = new_list(g_free);
    decision->marked_addresses = new_list(g_free);
    decision->suppressions = new_list((GDestroyNotify)suppression_free);
    return decision;
}

static void free_judgement(Decision *decision)
{
    g_ptr_array_unref(decision->fields);
    g_ptr_array_unref(decision->rivals);
    g_ptr_array_unref(decision->dimensions);
    g_ptr_array_unref(decision->missing);
    g_ptr_array_unref(decision->contradictions);
    g_ptr_array_unref(decision->flags);
    g_ptr_array_unref(decision->score_parts);
    for (int i = 0; i < BANT_COUNT; i++) {
        g_free(decision->bant[i].rule);
        g_free(decision->bant[i].because);
    }
    g_free(decision->tier);
    g_free(decision->route);
    g_free(decision->route_because);
    g_free(decision->moved_from);
    g_free(decision->lapsed);
    g_free(decision->unreachable);
    g_free(decision->undelivered);
    g_free(decision->undelivered_why);
    g_free(decision->exception);
    g_free(decision->action);
    g_free(decision->owner);
    g_ptr_array_unref(decision->candidates);
    g_ptr_array_unref(decision->turns);
    g_free(decision->cadence);
    enrolment_free(decision->enrolment);
    touch_free(decision->touch);
    g_free(decision->stops_cadence);
    g_free(decision->paused_because);
    g_free(decision->partner);
    g_ptr_array_unref(decision->partners);
    g_free(decision->from_partner);
    g_ptr_array_unref(decision->clients);
    g_ptr_array_unref(decision->conflicts);
    g_ptr_array_unref(decision->linked);
    g_ptr_array_unref(decision->slots);
    g_ptr_array_unref(decision->orders);
    g_free(decision->actor);
    g_ptr_array_unref(decision->people);
    mailbox_free(decision->referrer);
}

static void free_consequences(Decision *decision)
{
    g_ptr_array_unref(decision->mails);
    g_ptr_array_unref(decision->promises);
    g_ptr_array_unref(decision->withdrawn);
    g_ptr_array_unref(decision->tasks);
    g_ptr_array_unref(decision->tasks_done);
    g_ptr_array_unref(decision->taken_back);
    g_ptr_array_unref(decision->kept);
    g_ptr_array_unref(decision->watched);
    g_ptr_array_unref(decision->notices);
    g_ptr_array_unref(decision->broken);
    g_ptr_array_unref(decision->warned);
    g_free(decision->answerable);
    g_ptr_array_unref(decision->events);
    g_ptr_array_unref(decision->thread_ids);
    g_ptr_array_unref(decision->marked_addresses);
    g_ptr_array_unref(decision->suppressions);
}

void decision_free(Decision *decision)
{
    if (!decision)
        return;
    g_free(decision->rules_hash);
    g_free(decision->message_id);
    g_free(decision->kind_rule);
    g_free(decision->kind_evidence);
    g_free(decision->back_on);
    g_free(decision->reason);
    g_free(decision->alike);
    g_free(decision->channel);
    g_free(decision->source);
    free_judgement(decision);
    free_consequences(decision);
    g_free(decision);
}

Promise *promise_new(const char *kind, const char *owner, UsherTime due, const char *kept_by)
{
    Promise *promise = g_new0(Promise, 1);
    promise->kind = g_strdup(kind);
    promise->owner = g_strdup(owner);
    promise->due = due;
    promise->kept_by = g_strdup(kept_by);
    return promise;
}

void promise_free(Promise *promise)
{
    if (!promise)
        return;
    g_free(promise->kind);
    g_free(promise->owner);
    g_free(promise->kept_by);
    promise_count_clear(&promise->count);
    g_free(promise);
}

PersonTurn *person_turn_new(const char *person, Turn turn)
{
    PersonTurn *changed = g_new0(PersonTurn, 1);
    changed->person = g_strdup(person);
    changed->turn = turn;
    return changed;
}

void person_turn_free(PersonTurn *turn)
{
    if (!turn)
        return;
    g_free(turn->person);
    g_free(turn);
}

MailOrder *mail_order_new(const char *said)
{
    MailOrder *order = g_new0(MailOrder, 1);
    order->said = g_strdup(said);
    return order;
}

void mail_order_free(MailOrder *order)
{
    if (!order)
        return;
    g_free(order->said);
    g_free(order->result);
    g_free(order);
}

Event *event_new(const char *actor, const char *what, const char *detail)
{
    Event *event = g_new0(Event, 1);
    event->actor = g_strdup(actor);
    event->what = g_strdup(what);
    event->detail = g_strdup(detail ? detail : "");
    return event;
}

void event_free(Event *event)
{
    if (!event)
        return;
    g_free(event->actor);
    g_free(event->what);
    g_free(event->detail);
    g_free(event);
}

const PartyMatch *decision_find_client(const Decision *decision)
{
    return decision_find_client_among(decision->clients);
}

const PartyMatch *decision_find_client_among(const GPtrArray *clients)
{
    for (guint i = 0; i < clients->len; i++) {
        const PartyMatch *match = g_ptr_array_index(clients, i);
        if (match->how <= PARTY_BY_DOMAIN || (match->how == PARTY_BY_NAME && strcmp(match->what, "company") == 0)) {
            return match;
        }
    }
    return NULL;
}

/* What a mail says of itself clears nothing. */
gboolean decision_is_cleared(const Decision *decision, const char *exception)
{
    return field_clears(field_find(decision->fields, "cleared"), exception);
}

void decision_add_event(Decision *decision, const char *actor, const char *what, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *detail = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(decision->events, event_new(actor, what, detail));
}

const Promise *decision_find_stated(const Decision *decision)
{
    for (guint i = 0; i < decision->promises->len; i++) {
        const Promise *promise = g_ptr_array_index(decision->promises, i);
        if (promise->is_stated) {
            return promise;
        }
    }
    return NULL;
}
