/*
 * model/past.c - what the decision needs to know of what is on record
 */
#include "usher/model/past.h"

#include <string.h>

PastKeys *past_keys_new(void)
{
    PastKeys *keys = g_new0(PastKeys, 1);
    keys->references = g_ptr_array_new_with_free_func(g_free);
    keys->marked = g_ptr_array_new_with_free_func(g_free);
    keys->addresses = g_ptr_array_new_with_free_func(g_free);
    keys->lead_keys = g_ptr_array_new_with_free_func(g_free);
    keys->asks = g_ptr_array_new_with_free_func((GDestroyNotify)party_ask_free);
    keys->most_to_domain = 1000;
    keys->most_of_lead = 100;
    keys->most_alike = 1000;
    return keys;
}

void past_keys_free(PastKeys *keys)
{
    if (!keys)
        return;
    g_free(keys->message_id);
    g_free(keys->phone);
    g_free(keys->from);
    g_free(keys->alike);
    g_free(keys->leave_token);
    g_ptr_array_unref(keys->references);
    g_ptr_array_unref(keys->marked);
    g_ptr_array_unref(keys->addresses);
    g_ptr_array_unref(keys->lead_keys);
    g_ptr_array_unref(keys->asks);
    g_free(keys);
}

Past *past_new(void)
{
    Past *past = g_new0(Past, 1);
    past->matches = g_ptr_array_new_with_free_func((GDestroyNotify)lead_match_free);
    past->doubles = g_ptr_array_new_with_free_func((GDestroyNotify)lead_match_free);
    past->loads = g_ptr_array_new_with_free_func((GDestroyNotify)person_load_free);
    past->promises = g_ptr_array_new_with_free_func((GDestroyNotify)promise_state_free);
    past->answers = g_ptr_array_new_with_free_func((GDestroyNotify)answer_count_free);
    past->former = g_ptr_array_new_with_free_func((GDestroyNotify)lead_match_free);
    past->slots = g_ptr_array_new_with_free_func((GDestroyNotify)slot_offer_free);
    past->clients = g_ptr_array_new_with_free_func((GDestroyNotify)party_match_free);
    past->conflicts = g_ptr_array_new_with_free_func((GDestroyNotify)party_match_free);
    past->partners = g_ptr_array_new_with_free_func((GDestroyNotify)party_free);
    past->tasks = g_ptr_array_new_with_free_func((GDestroyNotify)task_free);
    past->checked = g_ptr_array_new_with_free_func((GDestroyNotify)party_match_free);
    past->enrolments = g_ptr_array_new_with_free_func((GDestroyNotify)enrolment_free);
    past->last_references = g_ptr_array_new_with_free_func(g_free);
    past->known_addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    past->suppressions = g_ptr_array_new_with_free_func((GDestroyNotify)suppression_free);
    past->written_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return past;
}

void past_free(Past *past)
{
    if (!past)
        return;
    g_free(past->returned_to);
    g_ptr_array_unref(past->matches);
    g_ptr_array_unref(past->doubles);
    lead_free(past->other);
    task_free(past->task);
    g_ptr_array_unref(past->tasks);
    g_ptr_array_unref(past->loads);
    g_ptr_array_unref(past->promises);
    g_ptr_array_unref(past->answers);
    g_ptr_array_unref(past->former);
    g_ptr_array_unref(past->slots);
    g_ptr_array_unref(past->clients);
    g_ptr_array_unref(past->conflicts);
    g_ptr_array_unref(past->partners);
    g_ptr_array_unref(past->checked);
    g_ptr_array_unref(past->enrolments);
    g_free(past->last_id);
    g_free(past->last_subject);
    g_ptr_array_unref(past->last_references);
    g_hash_table_unref(past->known_addresses);
    g_ptr_array_unref(past->suppressions);
    leave_mark_free(past->leave);
    arrival_free(past->opening);
    g_bytes_unref(past->opening_bytes);
    g_hash_table_unref(past->written_keys);
    g_free(past);
}

LeadMatch *lead_match_new(Lead *take_lead, MatchKind how, const char *evidence, gboolean is_known_address)
{
    LeadMatch *match = g_new0(LeadMatch, 1);
    match->lead = take_lead;
    match->how = how;
    match->evidence = g_strdup(evidence);
    match->is_known_address = is_known_address;
    return match;
}

void lead_match_free(LeadMatch *match)
{
    if (!match)
        return;
    lead_free(match->lead);
    g_free(match->evidence);
    g_free(match);
}

LeadMatch *past_find_match(const Past *past, gint64 lead)
{
    for (guint i = 0; i < past->matches->len; i++) {
        LeadMatch *match = g_ptr_array_index(past->matches, i);
        if (match->lead->id == lead)
            return match;
    }
    return NULL;
}

PersonLoad *person_load_new(const char *person, guint open_leads, UsherTime last_assigned)
{
    PersonLoad *load = g_new0(PersonLoad, 1);
    load->person = g_strdup(person);
    load->open_leads = open_leads;
    load->last_assigned = last_assigned;
    load->turn = TURN_AT_FIRST;
    return load;
}

void person_load_free(PersonLoad *load)
{
    if (!load)
        return;
    g_free(load->person);
    g_free(load);
}

const PersonLoad *past_find_load(const Past *past, const char *person)
{
    for (guint i = 0; i < past->loads->len; i++) {
        const PersonLoad *load = g_ptr_array_index(past->loads, i);
        if (strcmp(load->person, person) == 0)
            return load;
    }
    return NULL;
}

const Party *past_find_partner(const Past *past, const char *name)
{
    for (guint i = 0; name && i < past->partners->len; i++) {
        const Party *partner = g_ptr_array_index(past->partners, i);
        if (strcmp(partner->name, name) == 0)
            return partner;
    }
    return NULL;
}

PromiseState *promise_state_new(const char *kind, const char *owner, UsherTime due)
{
    PromiseState *promise = g_new0(PromiseState, 1);
    promise->kind = g_strdup(kind);
    promise->owner = g_strdup(owner);
    promise->due = due;
    return promise;
}

void promise_state_free(PromiseState *promise)
{
    if (!promise)
        return;
    g_free(promise->kind);
    g_free(promise->owner);
    g_free(promise->kept_by);
    promise_count_clear(&promise->count);
    g_free(promise);
}

PromiseState *promise_state_dup(const PromiseState *promise)
{
    PromiseState *copy = g_new(PromiseState, 1);
    *copy = *promise;
    copy->kind = g_strdup(promise->kind);
    copy->owner = g_strdup(promise->owner);
    copy->kept_by = g_strdup(promise->kept_by);
    copy->count = (PromiseCount){0};
    promise_count_copy(&copy->count, &promise->count);
    return copy;
}

PromiseNotice *promise_notice_new(const char *person, PromiseState *take_promise, gboolean is_warning, UsherTime due)
{
    PromiseNotice *notice = g_new0(PromiseNotice, 1);
    notice->person = g_strdup(person);
    notice->promise = take_promise;
    notice->is_warning = is_warning;
    notice->due = due;
    return notice;
}

void promise_notice_free(PromiseNotice *notice)
{
    if (!notice)
        return;
    g_free(notice->person);
    promise_state_free(notice->promise);
    lead_free(notice->lead);
    g_free(notice);
}

SlotOffer *slot_offer_new(gint64 lead, const char *owner, UsherTime at)
{
    SlotOffer *slot = g_new0(SlotOffer, 1);
    slot->lead = lead;
    slot->owner = g_strdup(owner);
    slot->at = at;
    return slot;
}

void slot_offer_free(SlotOffer *slot)
{
    if (!slot)
        return;
    g_free(slot->owner);
    g_free(slot);
}

AnswerCount *answer_count_new(const char *address, guint to_address, guint to_domain)
{
    AnswerCount *count = g_new0(AnswerCount, 1);
    count->address = g_strdup(address);
    count->to_address = to_address;
    count->to_domain = to_domain;
    return count;
}

void answer_count_free(AnswerCount *count)
{
    if (!count)
        return;
    g_free(count->address);
    g_free(count);
}
