/*
 * followup/watch.c - a promise near its time, at it, and past it: who of the firm is told, and when
 *
 * Takes an open promise, its rule and the moment; says what has come of it: a warning, that it is broken, the next step of its escalation. Whoever is told is
 * told in their own hours, and not twice of the same (the record keeps one notice a promise and person); of a lead of the top tiers they are told at any hour.
 *
 * The steps after the first are counted from the moment at which the promise was found broken, not from when it was due: after a night of downtime everybody
 * still has their chance before the next one hears of it.
 */
#include "usher/followup.h"

#include <string.h>

#include "usher/base/error.h"

#define DAY_S 86400
#define FARTHEST_S (800 * DAY_S)

/* The latest moment from which `span` leads to `end` or to sooner. */
static UsherTime count_back(const Calendar *calendar, UsherTime end, Span span)
{
    if (span.unit == SPAN_ELAPSED) {
        return end - span.amount;
    }
    UsherTime before = end - span.amount, after = end;
    for (gint64 stride_s = DAY_S; calendar_add(calendar, before, span) > end && stride_s < FARTHEST_S; stride_s *= 2) {
        before -= stride_s;
    }
    while (after - before > 1) {
        UsherTime middle = before + (after - before) / 2;
        if (calendar_add(calendar, middle, span) <= end) {
            before = middle;
        } else {
            after = middle;
        }
    }
    return before;
}

/* Who is there for somebody: themselves, or the first in their line of deputies who is not away. */
static const Person *find_present(const Settings *settings, const char *id, UsherTime now)
{
    const Person *person = id ? settings_find_person(settings, id) : NULL;
    return person ? settings_find_present(settings, person, now) : NULL;
}

/* ---- before it is due ---- */

/* A warning that would come while they are closed comes as many of their own working hours before it is due; too late for that, when they are back. 0: never. */
static UsherTime find_warning(const PromiseRule *rule, const Calendar *own, const Calendar *firm, UsherTime made, UsherTime due)
{
    UsherTime at = count_back(firm, due, rule->warning);
    if (at <= made) {
        return 0;
    }
    if (!calendar_is_open(own, at)) {
        at = count_back(own, due, (Span){SPAN_BUSINESS_TIME, rule->warning.amount});
    }
    if (at <= made) {
        at = calendar_next_open(own, made);
    }
    return at > made && at < due ? at : 0;
}

UsherTime followup_find_look(const PromiseRule *rule, const char *owner, UsherTime made, UsherTime due, const Settings *settings)
{
    const Person *person = find_present(settings, owner, made);
    UsherTime at = 0;
    if (rule && rule->has_warning && person) {
        at = find_warning(rule, settings_get_calendar(settings, person), settings->calendar, made, due);
    }
    return at ? at : due + 1;
}

/* ---- who is told ---- */

static gboolean is_urgent(const Decision *decision, const Rulebook *rulebook)
{
    return decision->tier &&
           g_ptr_array_find_with_equal_func(rulebook->promise_defaults.at_any_hour, decision->tier, g_str_equal, NULL);
}

static UsherTime find_hour(const Decision *decision, const Person *person, const Rulebook *rulebook)
{
    const Calendar *own = settings_get_calendar(rulebook->settings, person);
    return is_urgent(decision, rulebook) ? decision->at : calendar_next_open(own, decision->at);
}

static void add_notice(Decision *decision, const PromiseState *promise, const Person *person, gboolean is_warning, UsherTime at)
{
    g_ptr_array_add(decision->notices, promise_notice_new(person->id, promise_state_dup(promise), is_warning, at));
}

/* The first in the owner's line of deputies who is present, and not the owner. NULL: there is none. */
static const Person *find_deputy(const Settings *settings, const char *owner, UsherTime now)
{
    const Person *person = settings_find_person(settings, owner);
    const Person *deputy = person && person->deputy ? find_present(settings, person->deputy, now) : NULL;
    return deputy && strcmp(deputy->id, owner) != 0 ? deputy : NULL;
}

static const Person *find_told(const EscalationStep *step, const PromiseState *promise, const Settings *settings, UsherTime now)
{
    if (strcmp(step->to, "owner") == 0) {
        return find_present(settings, promise->owner, now);
    }
    if (strcmp(step->to, "deputy") == 0) {
        return find_deputy(settings, promise->owner, now);
    }
    const Person *holder = settings_find_duty(settings, step->to);
    return holder ? settings_find_present(settings, holder, now) : NULL;
}

static const GArray *find_steps(const PromiseRule *rule, const Rulebook *rulebook)
{
    return rule && rule->escalate ? rule->escalate : rulebook->promise_defaults.escalate;
}

static UsherTime find_step_time(const GArray *steps, guint index, UsherTime broken, const Calendar *calendar)
{
    const EscalationStep *step = &g_array_index(steps, EscalationStep, index);
    return step->after.amount > 0 || step->after.unit == SPAN_END_OF_DAY ? calendar_add(calendar, broken, step->after) : broken;
}

/* Who holds more than one part is told once. */
static gboolean was_told(const GArray *steps, guint count, const Person *person, const PromiseState *promise,
                         const Settings *settings, UsherTime now)
{
    for (guint i = 0; i < count; i++) {
        if (find_told(&g_array_index(steps, EscalationStep, i), promise, settings, now) == person) {
            return TRUE;
        }
    }
    return FALSE;
}

static void take_step(Decision *decision, PromiseState *promise, const GArray *steps, const Rulebook *rulebook)
{
    const EscalationStep *step = &g_array_index(steps, EscalationStep, promise->escalated);
    const Person *person = find_told(step, promise, rulebook->settings, decision->at);
    if (person && !was_told(steps, promise->escalated, person, promise, rulebook->settings, decision->at)) {
        add_notice(decision, promise, person, FALSE, find_hour(decision, person, rulebook));
        if (promise->escalated > 0) {
            decision_add_event(decision, "usher", "escalated", "%s to %s (%s)", promise->kind, person->id, step->to);
        }
    }
    promise->escalated++;
}

/* All steps whose time has come. */
static void escalate(Decision *decision, PromiseState *promise, const Rulebook *rulebook)
{
    const GArray *steps = find_steps(rulebook_find_promise_rule(rulebook, promise), rulebook);
    promise->look = 0;
    while (promise->escalated < steps->len) {
        UsherTime at = find_step_time(steps, promise->escalated, promise->broken, rulebook->settings->calendar);
        if (at > decision->at) {
            promise->look = at;
            return;
        }
        take_step(decision, promise, steps, rulebook);
    }
}

/* ---- the look ---- */

static void warn(Decision *decision, PromiseState *promise, const Rulebook *rulebook)
{
    const Person *person = find_present(rulebook->settings, promise->owner, decision->at);
    UsherTime at = person ? find_hour(decision, person, rulebook) : promise->due;
    promise->look = promise->due + 1;
    if (promise->warned != 0 || at >= promise->due) {
        return;
    }
    promise->warned = at;
    add_notice(decision, promise, person, TRUE, at);
}

static void break_promise(Decision *decision, PromiseState *promise, const Rulebook *rulebook)
{
    promise->broken = decision->at;
    decision_add_event(decision, "usher", "promise broken",
                       "%s of lead %" G_GINT64_FORMAT " was due and is not kept; %s answers for it", promise->kind, promise->lead,
                       promise->owner);
    escalate(decision, promise, rulebook);
}

void followup_watch(Decision *decision, const PromiseState *promise, const Rulebook *rulebook)
{
    if (promise->kept != 0 || promise->look == 0 || promise->look > decision->at) {
        return;
    }
    PromiseState *watched = promise_state_dup(promise);
    if (watched->broken != 0) {
        escalate(decision, watched, rulebook);
    } else if (watched->due < decision->at) {
        break_promise(decision, watched, rulebook);
    } else {
        warn(decision, watched, rulebook);
    }
    g_ptr_array_add(decision->watched, watched);
}

/* ---- kept late ---- */

void followup_add_late_event(Decision *decision, const PromiseState *promise, const Rulebook *rulebook)
{
    g_autofree char *late = calendar_say_late(rulebook->settings->calendar, promise->due, decision->at);
    decision_add_event(decision, "usher", "kept late", "%s, %s after it was due", promise->kind, late);
}

void followup_tell_late(Decision *decision, const GPtrArray *promises, const Rulebook *rulebook)
{
    for (guint i = 0; i < promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(promises, i);
        const PromiseRule *rule = rulebook_find_promise_rule(rulebook, promise);
        gboolean is_late = promise->lead == decision->lead && promise->kept == 0 && promise->due < decision->at;
        if (is_late && !(rule && rule->can_lapse) &&
            g_ptr_array_find_with_equal_func(decision->kept, promise->kind, g_str_equal, NULL)) {
            followup_add_late_event(decision, promise, rulebook);
        }
    }
}

/* ---- snoozed ---- */

static void put_off(Decision *decision, const PromiseState *promise, const PromiseRule *rule, const Settings *settings)
{
    PromiseState *watched = promise_state_dup(promise);
    if (watched->broken) {
        watched->look = watched->look ? MAX(watched->look, decision->snoozed_until) : 0;
    } else {
        watched->due = MAX(watched->due, decision->snoozed_until);
        watched->look =
            watched->warned ? watched->due + 1 : followup_find_look(rule, watched->owner, decision->at, watched->due, settings);
    }
    g_ptr_array_add(decision->watched, watched);
}

gboolean followup_snooze(Decision *decision, const GPtrArray *promises, gboolean has_cadence, const Rulebook *rulebook,
                         GError **error)
{
    const PromiseState *stated = NULL;
    for (guint i = 0; i < promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(promises, i);
        const PromiseRule *rule = rulebook_find_promise_rule(rulebook, promise);
        if (promise->lead != decision->lead || promise->kept || !g_str_has_prefix(promise->kept_by, "verb:") ||
            (rule && rule->can_lapse)) {
            continue;
        }
        if (rule && rule->is_stated) {
            stated = promise;
        } else {
            put_off(decision, promise, rule, rulebook->settings);
        }
    }
    g_autofree char *due = stated ? calendar_say(rulebook->settings->calendar, stated->due, decision->at) : NULL;
    if (stated && decision->watched->len == 0 && !has_cadence) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "the prospect was told to expect the %s by %s, and that cannot wait: contact them, or reassign the lead",
                    stated->kind, due);
        return FALSE;
    }
    if (stated) {
        decision_add_event(decision, "usher", "not snoozed", "%s stays due %s: the prospect was told so", stated->kind, due);
    }
    return TRUE;
}
