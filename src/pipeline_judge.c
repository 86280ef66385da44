/*
 * pipeline_judge.c - a lead judged, when it is opened and again when more is known of it
 *
 * A second judgement is made as if the lead were opened now, from the mail that opened it and all that is known by now, into a decision of
 * its own. What differs from what stands is then taken over: the verdicts always; another way (route, owner, promises, mails) only while
 * the lead is where the rules put it. Whom a person has given it to, and where a person has put it, stays.
 */
#include "pipeline_judge.h"

#include <string.h>

#include "pipeline_parties.h"
#include "usher/assign.h"
#include "usher/base/text.h"
#include "usher/followup.h"
#include "usher/qualify.h"
#include "usher/respond.h"

/* ---- what is known ---- */

void judge_take_opening(Decision *decision, const Reading *opening)
{
    const Extraction *extraction = opening->extraction;
    for (guint i = 0; i < extraction->fields->len; i++) {
        g_ptr_array_add(decision->fields, field_dup(g_ptr_array_index(extraction->fields, i)));
    }
    for (guint i = 0; i < extraction->rivals->len; i++) {
        g_ptr_array_add(decision->rivals, field_dup(g_ptr_array_index(extraction->rivals, i)));
    }
    if (extraction->person && *extraction->person->address) {
        g_ptr_array_add(decision->people, mailbox_dup(extraction->person));
    }
    if (extraction->wrote_from) {
        g_ptr_array_add(decision->people, mailbox_dup(extraction->wrote_from));
    }
    decision->referrer = mailbox_dup(extraction->referrer);
    if (decision->kind == KIND_ENQUIRY && decision->referrer) {
        /* Somebody tells of another in words that no channel knows: it came to an address for referrals. */
        g_free(decision->kind_rule);
        g_free(decision->kind_evidence);
        decision->kind = KIND_REFERRAL;
        decision->kind_rule = g_strdup("a referrer writes");
        decision->kind_evidence = g_strdup(decision->referrer->address);
    }
}

/* ---- a judgement ---- */

static const char *find_text(const Message *message)
{
    return message->original ? message->original->text : message->new_text;
}

static QualifyFacts find_facts(const Decision *decision, const Judging *judging, gboolean is_guarded)
{
    const Message *message = judging->opening->message;
    const Extraction *extraction = judging->opening->extraction;
    return (QualifyFacts){
        .text = find_text(message),
        .subject = message->subject,
        .attachments = message->attachments->len,
        .is_own_forward = extraction->is_own_forward,
        /* Who did not answer what we asked is not thanked for it days later. */
        .has_person = !judging->forced && !judging->is_stranger && extraction->person && *extraction->person->address &&
                      extraction->person_is_certain,
        .free_people = assign_count_free(decision, judging->past, judging->rulebook->settings),
        .has_partner = assign_has_partner(decision, judging->past, message->subject, find_text(message), judging->rulebook),
        .people_told = extraction->people_told,
        .is_guarded = is_guarded,
    };
}

/* Counted are mails like the one at hand: a lead that was stopped goes its way when a person says something else on it, or acts on it. */
static char *find_stop(const Decision *decision, const Judging *judging)
{
    return respond_find_stop(decision, judging->opening->extraction, judging->past, judging->rulebook);
}

static AssignWish find_wish(const Decision *decision, const Judging *judging)
{
    const Extraction *extraction = judging->opening->extraction;
    const char *name = extraction->person ? extraction->person->name : NULL;
    gboolean is_notification = kind_is_notification(decision->kind) || decision->kind == KIND_LOG;
    return (AssignWish){
        .due_today = followup_find_due_today(decision, judging->rulebook),
        .addressed =
            assign_find_addressed(judging->opening->message, extraction->words, name, is_notification, judging->rulebook->settings),
    };
}

static const RouteRule *judge_verdicts(Decision *decision, const Judging *judging)
{
    const Message *message = judging->opening->message;
    const Party *source = assign_find_source(decision->referrer, judging->past->partners, judging->rulebook);
    g_free(decision->from_partner);
    decision->from_partner = source ? g_strdup(source->name) : NULL;
    parties_take(decision, judging->past, judging->rulebook);
    g_autofree char *stopped = find_stop(decision, judging);
    QualifyFacts facts = find_facts(decision, judging, stopped != NULL);
    qualify_judge(decision, &facts, judging->rulebook);
    const RouteRule *route = judging->forced;
    if (route) {
        qualify_take_route(decision, route, g_strdup("no answer came in time"), judging->rulebook);
    } else {
        route = qualify_find_route(decision, judging->rulebook);
    }
    AssignWish wish = find_wish(decision, judging);
    assign_owner(decision, route, &wish, judging->past, judging->rulebook->settings);
    assign_partner(decision, route, judging->past, message->subject, find_text(message), judging->rulebook);
    return route;
}

static gboolean is_address_of(const Mailbox *mailbox, const char *folded)
{
    g_autofree char *other = mailbox ? text_fold_address(mailbox->address) : NULL;
    return g_strcmp0(other, folded) == 0;
}

/* Whom it says it is from may know nothing of it. An address that was typed into a form is none that the mail came from. */
static gboolean is_forged(const Decision *decision, const Reading *opening)
{
    const Message *message = opening->message;
    const char *email = field_find_value(decision->fields, "email");
    if (!email || message->authentication != AUTHENTICATION_FAIL) {
        return FALSE;
    }
    g_autofree char *folded = text_fold_address(email);
    return is_address_of(message->from, folded) || is_address_of(message->sender, folded) ||
           (!kind_is_notification(opening->verdict->kind) && is_address_of(message->reply_to, folded));
}

/* Who is not answered, since the mail is forged, is not written to later either: it begins when one of us has acted on the lead. */
static void enrol(Decision *decision, const Judging *judging)
{
    const GPtrArray *enrolments = judging->past->lead == decision->lead ? judging->past->enrolments : NULL;
    const LeadMatch *match = past_find_match(judging->past, decision->lead);
    if (!is_forged(decision, judging->opening) || enrolment_find_active(enrolments)) {
        followup_enrol(decision, match ? match->lead->status : decision->status, enrolments, judging->rulebook);
        return;
    }
    g_clear_pointer(&decision->cadence, g_free);
    if (decision->opens_lead && status_is_live(decision->status) && !decision->exception) {
        decision_add_event(decision, "usher", "cadence", "none begins until one of us has acted: the mail is forged");
    }
}

/* Nobody is asked to do anything about history. */
static void judge_consequences(Decision *decision, const RouteRule *route, const Judging *judging)
{
    if (decision->is_history) {
        g_clear_pointer(&decision->cadence, g_free);
        return;
    }
    const Reading *opening = judging->opening;
    g_autofree char *stopped = find_stop(decision, judging);
    RespondInput input = {opening->message, opening->verdict, opening->extraction, judging->past, judging->secret,
                          opening->arrival, stopped};
    if (route->offers_slots) {
        assign_offer_slots(decision, judging->past, judging->rulebook);
    }
    followup_plan(decision, judging->rulebook);
    followup_adopt_open(decision, judging->past->lead == decision->lead ? judging->past->promises : NULL, judging->rulebook);
    respond_plan(decision, route, &input, judging->rulebook);
    followup_settle(decision, judging->rulebook);
    enrol(decision, judging);
}

/* "; requirement clear, value_band large": what was thought of it stays in the history when it is thought otherwise. */
static char *say_dimensions(const Decision *decision)
{
    GString *words = g_string_new(NULL);
    for (guint i = 0; i < decision->dimensions->len; i++) {
        const DimensionVerdict *verdict = g_ptr_array_index(decision->dimensions, i);
        g_string_append_printf(words, "%s%s %s", i > 0 ? ", " : "; ", verdict->dimension, verdict->verdict);
    }
    return g_string_free(words, FALSE);
}

static void tell_judgement(Decision *decision)
{
    g_autofree char *dimensions = say_dimensions(decision);
    decision_add_event(decision, "usher", "qualified", "score %d, tier %s%s", decision->score,
                       decision->tier ? decision->tier : "none", dimensions);
    decision_add_event(decision, "usher", "routed", "%s%s%s: %s", decision->route, decision->exception ? " " : "",
                       decision->exception ? decision->exception : "", decision->route_because ? decision->route_because : "");
    decision_add_event(decision, "usher", "assigned", "to %s", decision->owner);
}

void judge_lead(Decision *decision, const Judging *judging)
{
    const RouteRule *route = judge_verdicts(decision, judging);
    tell_judgement(decision);
    judge_consequences(decision, route, judging);
}

/* ---- again: what is known by now ---- */

/* Who is to be written to by now: a person of the firm, or the prospect, may have told another address since. */
static void refresh_person(Extraction *extraction, const Decision *decision, const Lead *lead)
{
    const Field *told = field_find(decision->fields, "email");
    const char *address = told ? told->value : field_find_value(lead->fields, "email");
    const char *name = field_find_value(decision->fields, "name");
    if (!address || (extraction->person && strcmp(extraction->person->address, address) == 0)) {
        return;
    }
    name = name ? name : field_find_value(lead->fields, "name");
    mailbox_free(extraction->person);
    extraction->person = mailbox_new(name ? name : "", address);
    extraction->person_is_certain = TRUE;
}

static void put_later_words(Extraction *extraction, const Extraction *later)
{
    g_autofree char *first = g_steal_pointer(&extraction->words);
    extraction->words = g_strdup_printf("%s\n\n* * *\n\n%s", later->words, first ? first : "");
}

/* A mail that cannot be read is judged by what people have told of it. */
static Arrival *make_unread(const Lead *lead)
{
    Arrival *arrival = arrival_new("told", lead->created);
    arrival->id = lead->id;
    return arrival;
}

Reading *judge_read_opening(const Past *past, const Decision *decision, const Lead *lead, const Extraction *later,
                            const Rulebook *rulebook)
{
    gsize length = 0;
    const char *bytes = past->opening ? g_bytes_get_data(past->opening_bytes, &length) : NULL;
    if (past->lead != lead->id) {
        return NULL;
    }
    Reading *opening =
        pipeline_read(past->opening ? arrival_dup(past->opening) : make_unread(lead), bytes ? bytes : "", length, rulebook);
    refresh_person(opening->extraction, decision, lead);
    if (later && later->words && *later->words) {
        put_later_words(opening->extraction, later);
    }
    return opening;
}

static gboolean is_named(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)(guintptr)names, name, g_str_equal, NULL);
}

/* What was said once more since, or told by a person, settles what the first mail left open. */
static void settle_rivals(Decision *judged, const Decision *decision, const Lead *lead)
{
    for (guint i = judged->rivals->len; i-- > 0;) {
        const Field *rival = g_ptr_array_index(judged->rivals, i);
        const Field *said = field_find(judged->fields, rival->name), *known = field_find(lead->fields, rival->name);
        gboolean is_as_said = said && known && g_strcmp0(known->where, said->where) == 0 && strcmp(known->value, said->value) == 0;
        if (!is_as_said || field_find(decision->fields, rival->name)) {
            g_ptr_array_remove_index(judged->rivals, i);
        }
    }
}

/* What is new stands over what was known. */
static void put_known(Decision *judged, const Decision *decision, const Lead *lead)
{
    settle_rivals(judged, decision, lead);
    g_ptr_array_set_size(judged->fields, 0);
    for (guint i = 0; i < decision->fields->len; i++) {
        g_ptr_array_add(judged->fields, field_dup(g_ptr_array_index(decision->fields, i)));
    }
    for (guint i = 0; i < lead->fields->len; i++) {
        const Field *field = g_ptr_array_index(lead->fields, i);
        if (!field_find(decision->fields, field->name) && !is_named(decision->taken_back, field->name)) {
            g_ptr_array_add(judged->fields, field_dup(field));
        }
    }
}

static Decision *start_again(const Decision *decision, const Lead *lead, const Judging *judging)
{
    Decision *judged = decision_new(decision->at, judging->rulebook->hash);
    judged->arrival = lead->id;
    judged->lead = lead->id;
    judged->opens_lead = TRUE;
    judged->is_history = decision->is_history;
    judged->kind = judging->opening->verdict->kind;
    judged->alike = g_strdup(judging->opening->alike);
    judge_take_opening(judged, judging->opening);
    judged->track = lead->track;
    judged->channel = g_strdup(lead->channel);
    judged->source = g_strdup(lead->source);
    put_known(judged, decision, lead);
    return judged;
}

/* ---- again: whether the lead may take another way ---- */

static const RouteRule *find_present_route(const Lead *lead, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->routes->len; i++) {
        const RouteRule *route = g_ptr_array_index(rulebook->routes, i);
        if (g_strcmp0(route->name, lead->route) == 0 && g_strcmp0(route->exception, lead->exception) == 0) {
            return route;
        }
    }
    return NULL;
}

/* TRUE while the lead stands where the rules put it: a person who moved it knows better. */
static gboolean is_where_it_was_put(const Lead *lead, const RouteRule *present, const Past *past)
{
    /* A mail that could not be read waits for the word of whoever has read it. */
    gboolean is_undecided = g_strcmp0(lead->exception, "undecided") == 0 && past->opening;
    return is_undecided || (present && present->status == lead->status && lead->status != STATUS_REFERRED_ON);
}

/* The owner changes when the lead leaves the desk of a duty, or comes to one; not when somebody has taken it from there. */
static gboolean keeps_owner(const Lead *lead, const RouteRule *present, const RouteRule *route, const Rulebook *rulebook,
                            gboolean is_other_way)
{
    const Person *owner = settings_find_person(rulebook->settings, lead->owner ? lead->owner : "");
    if (!is_other_way) {
        return owner != NULL;
    }
    if (route->owner) {
        return FALSE;
    }
    gboolean is_on_duty = (lead->exception || g_strcmp0(lead->route, "exception") == 0) &&
                          (!present || (present->owner && settings_is_on_duty(rulebook->settings, lead->owner, present->owner)));
    return owner && !is_on_duty;
}

/* ---- again: what is taken over ---- */

static void take_text(char **into, char **from)
{
    g_free(*into);
    *into = g_steal_pointer(from);
}

static void take_list(GPtrArray **into, GPtrArray **from)
{
    GPtrArray *old = *into;
    *into = *from;
    *from = old;
}

static void take_verdicts(Decision *decision, Decision *judged)
{
    decision->score = judged->score;
    decision->completeness = judged->completeness;
    decision->likely_value = judged->likely_value;
    take_text(&decision->tier, &judged->tier);
    take_list(&decision->score_parts, &judged->score_parts);
    take_list(&decision->dimensions, &judged->dimensions);
    take_list(&decision->missing, &judged->missing);
    take_list(&decision->contradictions, &judged->contradictions);
    take_list(&decision->flags, &judged->flags);
    take_list(&decision->candidates, &judged->candidates);
    take_list(&decision->partners, &judged->partners);
    if (decision->status != STATUS_REFERRED_ON) {
        take_text(&decision->partner, &judged->partner);
    }
    take_list(&decision->clients, &judged->clients);
    take_list(&decision->conflicts, &judged->conflicts);
    for (guint i = 0; i < BANT_COUNT; i++) {
        BantVerdict verdict = decision->bant[i];
        decision->bant[i] = judged->bant[i];
        judged->bant[i] = verdict;
    }
}

static const PromiseState *find_promise(const GPtrArray *promises, const char *kind, gboolean is_open)
{
    for (guint i = 0; i < promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(promises, i);
        if (strcmp(promise->kind, kind) == 0 && (is_open ? promise->kept == 0 : promise->withdrawn == 0)) {
            return promise;
        }
    }
    return NULL;
}

static void take_mails(Decision *decision, Decision *judged, const Past *past)
{
    while (judged->mails->len > 0) {
        OutgoingMail *mail = g_ptr_array_steal_index(judged->mails, 0);
        if (g_hash_table_contains(past->written_keys, mail->key)) {
            outgoing_mail_free(mail);
        } else {
            g_ptr_array_add(decision->mails, mail);
        }
    }
}

/* A promise is made once on a lead; again when its mail is owed only now, when the rule says so, or when it is due sooner now. */
static gboolean is_owed_now(const Decision *decision, const Promise *promise, const Past *past)
{
    const PromiseState *open = find_promise(past->promises, promise->kind, TRUE);
    if (open) {
        return promise->due < open->due;
    }
    return !find_promise(past->promises, promise->kind, FALSE) || promise->is_repeated ||
           followup_has_mail(decision, promise->kept_by);
}

/* Whether the open promise stands on the new way: it is owed there too, and not sooner. */
static gboolean still_stands(const Decision *judged, const PromiseState *open)
{
    for (guint i = 0; i < judged->promises->len; i++) {
        const Promise *promise = g_ptr_array_index(judged->promises, i);
        if (strcmp(promise->kind, open->kind) == 0) {
            return promise->due >= open->due;
        }
    }
    return FALSE;
}

static void take_promises(Decision *decision, Decision *judged, const Past *past)
{
    followup_keep_by_verb(decision, past->promises, "rerouted");
    for (guint i = 0; i < past->promises->len; i++) {
        const PromiseState *open = g_ptr_array_index(past->promises, i);
        if (open->kept == 0 && !still_stands(judged, open) && !is_named(decision->kept, open->kind)) {
            g_ptr_array_add(decision->withdrawn, g_strdup(open->kind));
        }
    }
    while (judged->promises->len > 0) {
        Promise *promise = g_ptr_array_steal_index(judged->promises, 0);
        if (is_owed_now(decision, promise, past)) {
            g_ptr_array_add(decision->promises, promise);
        } else {
            promise_free(promise);
        }
    }
}

static void take_events(Decision *decision, Decision *judged)
{
    g_ptr_array_extend_and_steal(decision->events, g_steal_pointer(&judged->events));
    judged->events = g_ptr_array_new();
}

static char *say_way(const char *route, const char *exception)
{
    return g_strdup_printf("%s%s%s", route ? route : "no route", exception ? " " : "", exception ? exception : "");
}

static void tell_verdict(Decision *decision, const Lead *lead, const char *why)
{
    if (lead->score == decision->score && g_strcmp0(lead->tier, decision->tier) == 0) {
        return;
    }
    gboolean is_other_tier = g_strcmp0(lead->tier, decision->tier) != 0;
    g_autofree char *dimensions = say_dimensions(decision);
    decision_add_event(decision, "usher", "re-qualified", "%s: score %d -> %d, tier %s%s%s%s", why, lead->score, decision->score,
                       lead->tier ? lead->tier : "none", is_other_tier ? " -> " : "",
                       !is_other_tier   ? ""
                       : decision->tier ? decision->tier
                                        : "none",
                       dimensions);
}

static void tell_way(Decision *decision, const Lead *lead)
{
    g_autofree char *now = say_way(decision->route, decision->exception);
    g_free(decision->moved_from);
    decision->moved_from = say_way(lead->route, lead->exception);
    decision_add_event(decision, "usher", "re-routed", "%s -> %s: %s", decision->moved_from, now, decision->route_because);
    if (g_strcmp0(lead->owner, decision->owner) != 0) {
        decision_add_event(decision, "usher", "assigned", "%s -> %s", lead->owner ? lead->owner : "nobody", decision->owner);
    }
}

/* The lead stays where it is; what the rules would say now is kept with the judgement. */
static void stay(Decision *decision, Decision *judged, gboolean is_same_way)
{
    g_autofree char *now = say_way(judged->route, judged->exception);
    g_free(decision->route_because);
    decision->route_because =
        is_same_way ? g_steal_pointer(&judged->route_because)
                    : g_strdup_printf("a person moved it; by the rules it would be %s now: %s", now, judged->route_because);
    if (is_same_way) {
        take_text(&decision->action, &judged->action);
    }
}

static void go_another_way(Decision *decision, Decision *judged, const Lead *lead, const Judging *judging)
{
    take_text(&decision->route, &judged->route);
    take_text(&decision->exception, &judged->exception);
    take_text(&decision->route_because, &judged->route_because);
    take_text(&decision->action, &judged->action);
    take_text(&decision->cadence, &judged->cadence);
    decision->enrolment = g_steal_pointer(&judged->enrolment);
    take_text(&decision->stops_cadence, &judged->stops_cadence);
    if (g_strcmp0(lead->owner, judged->owner) != 0) {
        take_list(&decision->turns, &judged->turns);
    }
    take_text(&decision->owner, &judged->owner);
    decision->status = judged->status;
    tell_way(decision, lead);
    take_list(&decision->slots, &judged->slots);
    take_mails(decision, judged, judging->past);
    take_promises(decision, judged, judging->past);
    take_events(decision, judged);
}

static gboolean is_checked(const PartyMatch *match, const GPtrArray *checked)
{
    for (guint i = 0; i < checked->len; i++) {
        const PartyMatch *known = g_ptr_array_index(checked, i);
        if (strcmp(known->party->name, match->party->name) == 0 && strcmp(known->party->matter, match->party->matter) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

gboolean judge_has_unchecked(const Past *past)
{
    for (guint i = 0; i < past->conflicts->len; i++) {
        if (!is_checked(g_ptr_array_index(past->conflicts, i), past->checked)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The words of `cleared` without the check of conflicts. */
static char *drop_clearance(const char *cleared)
{
    g_auto(GStrv) words = g_strsplit(cleared, " ", -1);
    g_autoptr(GString) left = g_string_new(NULL);
    for (guint i = 0; words[i]; i++) {
        if (strcmp(words[i], "conflict-check") != 0) {
            g_string_append_printf(left, "%s%s", left->len > 0 ? " " : "", words[i]);
        }
    }
    return g_string_free(g_steal_pointer(&left), FALSE);
}

/* Who cleared the lead has looked at the parties that were known then: another one is another question. */
static void forget_clearance(Decision *decision, const Lead *lead, const Past *past)
{
    Field *told = field_find(decision->fields, "cleared");
    const Field *known = told ? told : field_find(lead->fields, "cleared");
    if (!known || !strstr(known->value, "conflict-check") || !judge_has_unchecked(past)) {
        return;
    }
    g_autofree char *left = drop_clearance(known->value);
    if (told) {
        g_ptr_array_remove(decision->fields, told);
    }
    if (*left) {
        Field *field = field_new("cleared", left);
        field->rule = g_strdup("another party");
        field->where = g_strdup("command");
        g_ptr_array_add(decision->fields, field);
    } else {
        g_ptr_array_add(decision->taken_back, g_strdup("cleared"));
    }
    decision_add_event(decision, "usher", "conflict", "it was cleared before, but not of this party: it is checked again");
}

void judge_lead_again(Decision *decision, const Lead *lead, const Judging *judging, gboolean is_cleared, const char *why)
{
    forget_clearance(decision, lead, judging->past);
    const Rulebook *rulebook = judging->rulebook;
    g_autoptr(Decision) judged = start_again(decision, lead, judging);
    const RouteRule *route = judge_verdicts(judged, judging);
    const RouteRule *present = find_present_route(lead, rulebook);
    gboolean is_same_way =
        g_strcmp0(judged->route, lead->route) == 0 && g_strcmp0(judged->exception, lead->exception) == 0 && !is_cleared;
    gboolean goes = !is_same_way && (is_cleared || judging->forced || is_where_it_was_put(lead, present, judging->past));
    if (keeps_owner(lead, present, route, rulebook, goes)) {
        g_free(judged->owner);
        judged->owner = g_strdup(lead->owner);
    }
    if (goes) {
        judge_consequences(judged, route, judging);
    }
    take_verdicts(decision, judged);
    tell_verdict(decision, lead, why);
    if (goes) {
        go_another_way(decision, judged, lead, judging);
    } else {
        stay(decision, judged, is_same_way);
    }
}

/* ---- another owner ---- */

static char *dup_reason(const Decision *judged)
{
    for (guint i = judged->candidates->len; i-- > 0;) {
        const Candidate *candidate = g_ptr_array_index(judged->candidates, i);
        if (candidate->is_eligible && strcmp(candidate->person, judged->owner) == 0) {
            return g_strdup(candidate->because);
        }
    }
    return g_strdup("");
}

char *judge_next_owner(Decision *decision, const Lead *lead, const Judging *judging)
{
    const Rulebook *rulebook = judging->rulebook;
    g_autoptr(Decision) judged = decision_new(decision->at, rulebook->hash);
    judged->lead = lead->id;
    put_known(judged, decision, lead);
    parties_take(judged, judging->past, rulebook);
    gboolean is_conflict = g_strcmp0(lead->exception, "conflict-check") == 0;
    /* A lead that a person has put into an exception stands on no route. */
    char conflicts[] = "conflicts", exceptions[] = "exceptions";
    const RouteRule put_there = {.owner = is_conflict ? conflicts : exceptions};
    const RouteRule *present = find_present_route(lead, rulebook);
    assign_owner(judged, present ? present : lead->exception ? &put_there : NULL, NULL, judging->past, rulebook->settings);
    char *because = dup_reason(judged);
    take_text(&decision->owner, &judged->owner);
    take_list(&decision->turns, &judged->turns);
    return because;
}
