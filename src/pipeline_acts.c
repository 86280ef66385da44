/*
 * pipeline_acts.c - decisions that no mail of the prospect brings about: what people do, and what time does
 *
 * A verb, on the command line or by mail; a promise that is past its time; a mail that was refused; a list that has changed; an owner who has left.
 */
#include <string.h>

#include "pipeline_parts.h"

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
    gboolean is_cleared = field_clears(field_find(lead->fields, "cleared"), "conflict-check");
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

/* What a verb has begun in a cadence (act.h) is finished: when the next step is due only the calendar says. */
static void follow_cadence_verb(Decision *decision, const Command *command, const Past *past, const Rulebook *rulebook)
{
    const Enrolment *active = enrolment_find_active(past->enrolments);
    const Cadence *named = decision->cadence ? rulebook_find_cadence(rulebook, decision->cadence) : NULL;
    if (decision->touch && active) {
        followup_leave_out(decision, rulebook_find_version(rulebook, active->cadence, active->version), command->actor, rulebook);
    } else if (named && active && strcmp(active->cadence, named->name) == 0) {
        followup_move(decision, active, named, command->actor, rulebook);
    } else if (named) {
        followup_put_into(decision, named, command->actor, rulebook);
    }
}

char *pipeline_say_done(const Decision *decision, const char *actor, const Settings *settings)
{
    const Person *owner = decision->owner ? settings_find_person(settings, decision->owner) : NULL;
    GString *said = g_string_new(NULL);
    g_string_append_printf(said, "Lead %" G_GINT64_FORMAT " stands at %s and is with %s", decision->lead,
                           status_get_name(decision->status),
                           owner             ? owner->name
                           : decision->owner ? decision->owner
                                             : "nobody");
    for (guint i = 0; i < decision->events->len; i++) {
        const Event *event = g_ptr_array_index(decision->events, i);
        if (strcmp(event->what, "cadence") == 0 && g_strcmp0(event->actor, actor) == 0) {
            g_string_append_printf(said, "; %s", event->detail);
        }
    }
    return g_string_free(g_string_append_c(said, '.'), FALSE);
}

/* Who has been reached need not be telephoned for it any more. */
static void end_calls(Decision *decision, const GPtrArray *tasks, const char *actor)
{
    for (guint i = 0; i < tasks->len; i++) {
        const Task *task = g_ptr_array_index(tasks, i);
        if (strcmp(task->kind, "call") == 0 && task->key && g_str_has_prefix(task->key, "step:")) {
            act_end_task(decision, task, FALSE, actor, "contacted");
        }
    }
}

static gboolean is_outreach(const Enrolment *enrolment, const Rulebook *rulebook)
{
    const Cadence *cadence = rulebook_find_cadence(rulebook, enrolment->cadence);
    return cadence && cadence->is_marketing;
}

/* It is the cadence now that writes to them first: nobody owes a word of their own beside it. What was told to the prospect stays owed. */
static void withdraw_first_word(Decision *decision, const Past *past)
{
    g_autofree char *ack = g_strdup_printf("ack:%" G_GINT64_FORMAT, decision->lead);
    if (g_hash_table_contains(past->written_keys, ack)) {
        return;
    }
    for (guint i = 0; i < past->promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(past->promises, i);
        if (promise->kept == 0 && (strcmp(promise->kind, "first-contact") == 0 || strcmp(promise->kind, "discovery-call") == 0)) {
            g_ptr_array_add(decision->withdrawn, g_strdup(promise->kind));
        }
    }
}

Decision *pipeline_decide_command(const Command *command, const Past *past, const Rulebook *rulebook, const char *secret,
                                  UsherTime now, GError **error)
{
    const LeadMatch *match = pipeline_find_match(past, MATCH_COMMAND);
    if (!match) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no lead %" G_GINT64_FORMAT "; \"usher leads\" lists them",
                    command->lead);
        return NULL;
    }
    g_autoptr(Decision) decision = pipeline_start_on_lead(match->lead, rulebook, now);
    if (!act_apply(decision, match->lead, past, command->verb, command->arguments, command->actor, rulebook, error) ||
        !check_refer_on(decision, match->lead, past, error) || !normalise_told(decision, rulebook, error)) {
        return NULL;
    }
    gboolean has_cadence = enrolment_find_active(past->enrolments) != NULL;
    if (decision->snoozed_until && !followup_snooze(decision, past->promises, has_cadence, rulebook, error)) {
        return NULL;
    }
    follow_cadence_verb(decision, command, past, rulebook);
    followup_keep_by_verb(decision, past->promises, command->verb);
    if (strcmp(command->verb, "contacted") == 0) {
        end_calls(decision, past->tasks, command->actor);
    }
    if (decision->enrolment && decision->enrolment->id == 0 && is_outreach(decision->enrolment, rulebook)) {
        withdraw_first_word(decision, past);
    }
    if (status_is_live(decision->status) &&
        (decision->status != match->lead->status || g_strcmp0(decision->owner, match->lead->owner) != 0 || decision->cadence)) {
        pipeline_wake(decision);
    }
    add_told_address(decision);
    g_autofree char *why = g_strdup_printf("%s by %s", command->verb, command->actor);
    pipeline_judge_anew(decision, match->lead, past, rulebook, secret, NULL,
                        strcmp(command->verb, "clear") == 0 || is_within_reach_again(decision, match->lead), why);
    if (!status_is_live(decision->status)) {
        decision->stops_mail = TRUE;
    }
    /* Who is given a lead by somebody else is told. */
    if (g_strcmp0(decision->owner, match->lead->owner) != 0 && g_strcmp0(decision->owner, command->actor) != 0 &&
        !pipeline_tells_owner(decision, rulebook->settings)) {
        RespondInput input = {.past = past, .secret = secret};
        respond_plan(decision, NULL, &input, rulebook);
    }
    if (strcmp(command->verb, "hold") == 0) {
        followup_owe(decision, past->promises, "exception-review", rulebook);
    }
    pipeline_tell_status(decision, match->lead, past, rulebook, secret);
    followup_tell_late(decision, past->promises, rulebook);
    /* cppcheck-suppress invalidLifetime ; it is handed over */
    return g_steal_pointer(&decision);
}

/* Nothing is done here: what is ordered is done after this decision is on record, one verb after the other. */
gboolean pipeline_decide_command_mail(Decision *decision, const Reading *reading, const Past *past, const Rulebook *rulebook,
                                      const char *secret)
{
    const Settings *settings = rulebook->settings;
    g_autoptr(MailCommand) command = command_read(reading, past, settings, secret);
    const LeadMatch *match = command && command->lead != 0 ? past_find_match(past, command->lead) : NULL;
    if (!command) {
        return FALSE;
    }
    pipeline_judge_kind(decision, KIND_COMMAND, "a person of the firm acts by mail", g_ptr_array_index(command->lines, 0));
    if (match) {
        pipeline_stand_on_lead(decision, match->lead);
        pipeline_add_own_id(decision, reading->message);
    }
    if (command->refusal) {
        if (match || command->task) {
            decision_add_event(decision, "stranger", "refused", "a command from %s (%s) was refused: %s",
                               pipeline_show_sender(reading->message), (const char *)g_ptr_array_index(command->lines, 0),
                               command->refusal);
        }
        pipeline_end_in(decision, DISPOSITION_RECORDED, "a command from %s was refused: %s", pipeline_show_sender(reading->message),
                        command->refusal);
        return TRUE;
    }
    decision->actor = g_strdup(command->person->id);
    if (command->task) {
        pipeline_act_on_task(decision, command, past, rulebook, secret);
        return TRUE;
    }
    for (guint i = 0; i < command->lines->len; i++) {
        g_ptr_array_add(decision->orders, mail_order_new(g_ptr_array_index(command->lines, i)));
    }
    pipeline_end_in(decision, DISPOSITION_RECORDED, "%s acts on lead %" G_GINT64_FORMAT ": %s", command->person->id, command->lead,
                    (const char *)g_ptr_array_index(command->lines, 0));
    return TRUE;
}

Decision *pipeline_decide_order(const MailOrder *order, gint64 lead, const char *actor, const Past *past, const Rulebook *rulebook,
                                const char *secret, UsherTime now, GError **error)
{
    const LeadMatch *match = pipeline_find_match(past, MATCH_COMMAND);
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
    const LeadMatch *match = pipeline_find_match(past, MATCH_COMMAND);
    Decision *decision = pipeline_start_on_lead(match->lead, rulebook, now);
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
    pipeline_tell_status(decision, lead, base->past, base->rulebook, base->secret);
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
    if (!pipeline_tells_owner(decision, base->rulebook->settings)) {
        RespondInput input = {.past = base->past, .secret = base->secret};
        decision->lapsed = g_strdup(promise->kind);
        respond_plan(decision, NULL, &input, base->rulebook);
    }
}

/* As it is now: what was decided about the lead a moment before may have settled it. NULL then. */
static const PromiseState *find_open(const PromiseState *promise, const Past *past)
{
    for (guint i = 0; i < past->promises->len; i++) {
        const PromiseState *known = g_ptr_array_index(past->promises, i);
        if (known->id == promise->id) {
            return known->kept == 0 ? known : NULL;
        }
    }
    return NULL;
}

static Decision *start_moment(const Past *past, const Rulebook *rulebook, UsherTime now)
{
    const LeadMatch *match = pipeline_find_match(past, MATCH_COMMAND);
    Decision *decision = pipeline_start_on_lead(match->lead, rulebook, now);
    return decision;
}

Decision *pipeline_decide_promise(const PromiseState *promise, const Past *past, const Rulebook *rulebook, const char *secret,
                                  UsherTime now)
{
    const Lead *lead = pipeline_find_match(past, MATCH_COMMAND)->lead;
    const PromiseState *open = find_open(promise, past);
    const PromiseRule *rule = open ? rulebook_find_promise_rule(rulebook, open) : NULL;
    Decision *decision = start_moment(past, rulebook, now);
    if (rule && rule->can_lapse && open->broken == 0 && open->due < now) {
        Judging judging = {NULL, past, rulebook, secret, NULL, FALSE};
        if (rule->lapses_to == STATUS_REFERRED_ON && !may_be_conflict(lead, past)) {
            lapse_to_partner(decision, open, lead, &judging);
        } else {
            lapse(decision, open, lead, &judging, rule->lapses_to);
        }
    } else if (open) {
        followup_watch(decision, open, rulebook);
    }
    return decision;
}

Decision *pipeline_decide_notice(const PromiseNotice *notice, const Past *past, const Rulebook *rulebook, const char *secret,
                                 UsherTime now)
{
    Decision *decision = start_moment(past, rulebook, now);
    RespondInput input = {.past = past, .secret = secret};
    decision->answerable = g_strdup(notice->person);
    g_ptr_array_add(notice->is_warning ? decision->warned : decision->broken, promise_state_dup(notice->promise));
    respond_plan(decision, NULL, &input, rulebook);
    return decision;
}

Decision *pipeline_decide_refused(const OutgoingMail *mail, const char *answer, const Past *past, const Rulebook *rulebook,
                                  const char *secret, UsherTime now)
{
    const LeadMatch *match = pipeline_find_match(past, MATCH_COMMAND);
    if (!match || !status_is_live(match->lead->status)) {
        return NULL;
    }
    Decision *decision = pipeline_start_on_lead(match->lead, rulebook, now);
    if (mail->is_internal) {
        pipeline_put_undelivered(decision, mail->to->address, answer, rulebook->settings);
    } else {
        pipeline_put_out_of_reach(decision, mail->to->address, answer);
    }
    pipeline_tell_out_of_reach(decision, past, secret, rulebook);
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

/*
 * The rules do not move a lead that a person has moved; this does. One that is closed and still owes mails (it was referred on a moment ago) would keep
 * them for ever, and one that is live would be written to all the same: somebody has to decide about it.
 */
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
    const LeadMatch *match = pipeline_find_match(past, MATCH_COMMAND);
    if (!match || match->lead->id != lead || !may_be_conflict(match->lead, past)) {
        return NULL;
    }
    g_autoptr(Decision) decision = pipeline_start_on_lead(match->lead, rulebook, now);
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
    RespondInput input = {.past = past, .secret = secret};
    gboolean is_given = g_strcmp0(decision->exception, "conflict-check") != 0;
    if (is_given) {
        give_to_clearing(decision, rulebook->settings);
    }
    if (g_strcmp0(decision->owner, match->lead->owner) != 0 && !pipeline_tells_owner(decision, rulebook->settings)) {
        respond_plan(decision, NULL, &input, rulebook);
    }
    if (is_given) {
        respond_fill_row(decision, &input, rulebook);
        followup_owe(decision, past->promises, "exception-review", rulebook);
    }
    decision_add_event(decision, "usher", "conflict", "the list has changed since mails were written: %s; they are held", because);
    /* cppcheck-suppress invalidLifetime ; it is handed over */
    return g_steal_pointer(&decision);
}

Decision *pipeline_decide_leaver(gint64 lead, const Past *past, const Rulebook *rulebook, const char *secret, UsherTime now)
{
    const LeadMatch *match = pipeline_find_match(past, MATCH_COMMAND);
    if (!match || match->lead->id != lead || settings_find_person(rulebook->settings, match->lead->owner)) {
        return NULL;
    }
    Decision *decision = pipeline_start_on_lead(match->lead, rulebook, now);
    Judging judging = {.past = past, .rulebook = rulebook, .secret = secret};
    g_autofree char *because = judge_next_owner(decision, match->lead, &judging);
    decision_add_event(decision, "usher", "reassigned", "%s is no longer in usher.yaml: %s -> %s, %s", match->lead->owner,
                       match->lead->owner, decision->owner, because);
    RespondInput input = {.past = past, .secret = secret};
    respond_plan(decision, NULL, &input, rulebook);
    return decision;
}
