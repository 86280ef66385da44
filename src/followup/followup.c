/*
 * followup/followup.c - what we owe from here on: promises made, kept and broken
 *
 * Takes a judged Decision (its row in the conditions) and the promise rules; adds the promises with their due times. Of several rules of one kind the
 * first whose condition holds is made. What the decision itself is evidence of is kept at once.
 *
 * Whether a promise may fall due while business is closed, or does when it opens again, the rules say (`runs`). What follows when one comes near its time or
 * is past it stands in watch.c.
 */
#include "usher/followup.h"

#include <string.h>

static gboolean is_kept_by_person(const char *kept_by)
{
    return g_str_has_prefix(kept_by, "verb:");
}

static gboolean is_promised(const Decision *decision, const char *kind)
{
    for (guint i = 0; i < decision->promises->len; i++) {
        const Promise *promise = g_ptr_array_index(decision->promises, i);
        if (strcmp(promise->kind, kind) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Who answers for it: the holder of the duty, the lead's owner else. */
static const char *find_owner(const PromiseRule *rule, const Decision *decision, const Settings *settings)
{
    const Person *holder = rule->owner ? settings_find_duty(settings, rule->owner) : NULL;
    return holder ? holder->id : decision->owner;
}

static void add_promise(Decision *decision, const PromiseRule *rule, const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    const char *owner = find_owner(rule, decision, settings);
    const Person *person = rule->in_own_hours && owner ? settings_find_person(settings, owner) : NULL;
    PromiseCount count = promise_rule_get_count(rule, decision->at);
    count.hours = person && person->calendar ? person->id : NULL;
    const Calendar *hours = count.hours ? person->calendar : settings->calendar;
    UsherTime due = promise_count(&count, hours, settings->calendar).due;
    Promise *promise = promise_new(rule->kind, owner, due, rule->kept_by);
    promise_count_copy(&promise->count, &count);
    promise->is_stated = rule->is_stated;
    promise->is_repeated = rule->is_repeated;
    promise->look = followup_find_look(rule, promise->owner, decision->at, due, settings);
    if (strcmp(rule->kept_by, "decision") == 0) {
        promise->kept = decision->at;
    }
    g_ptr_array_add(decision->promises, promise);
}

/* What the judgement of a lead makes owed; the row is the lead's. */
static gboolean is_owed(const PromiseRule *rule)
{
    return !rule->is_on_reply && condition_rule_holds(&rule->when);
}

void followup_plan(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->promises->len; i++) {
        const PromiseRule *rule = g_ptr_array_index(rulebook->promises, i);
        if (!is_promised(decision, rule->kind) && is_owed(rule)) {
            add_promise(decision, rule, rulebook);
        }
    }
}

/* Of several rules of one kind the first that holds is made. */
static gboolean is_made(const Rulebook *rulebook, guint index)
{
    const PromiseRule *rule = g_ptr_array_index(rulebook->promises, index);
    for (guint i = 0; i < index; i++) {
        const PromiseRule *before = g_ptr_array_index(rulebook->promises, i);
        if (strcmp(before->kind, rule->kind) == 0 && is_owed(before)) {
            return FALSE;
        }
    }
    return is_owed(rule);
}

UsherTime followup_find_due_today(const Decision *decision, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->promises->len; i++) {
        const PromiseRule *rule = g_ptr_array_index(rulebook->promises, i);
        if (rule->due.unit == SPAN_END_OF_DAY && is_kept_by_person(rule->kept_by) && is_made(rulebook, i)) {
            PromiseCount count = promise_rule_get_count(rule, decision->at);
            return promise_count(&count, rulebook->settings->calendar, rulebook->settings->calendar).due;
        }
    }
    return 0;
}

gboolean followup_has_mail(const Decision *decision, const char *kept_by)
{
    if (!g_str_has_prefix(kept_by, "mail:")) {
        return FALSE;
    }
    for (guint i = 0; i < decision->mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(decision->mails, i);
        if (strcmp(mail->purpose, kept_by + strlen("mail:")) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static const PromiseRule *find_rule(const Rulebook *rulebook, const Promise *promise)
{
    PromiseState made = {.kind = promise->kind, .kept_by = promise->kept_by, .count = promise->count};
    return rulebook_find_promise_rule(rulebook, &made);
}

/* An open promise that is due sooner than what would be promised now is the one that counts: it has been said already. */
void followup_adopt_open(Decision *decision, const GPtrArray *open, const Rulebook *rulebook)
{
    for (guint i = 0; open && i < open->len; i++) {
        const PromiseState *state = g_ptr_array_index(open, i);
        for (guint j = 0; j < decision->promises->len; j++) {
            Promise *promise = g_ptr_array_index(decision->promises, j);
            if (state->kept == 0 && strcmp(promise->kind, state->kind) == 0 && state->due < promise->due) {
                promise->due = state->due;
                promise_count_copy(&promise->count, &state->count);
                promise->look = followup_find_look(find_rule(rulebook, promise), promise->owner, decision->at, promise->due,
                                                   rulebook->settings);
            }
        }
    }
}

/* TRUE for what no mail keeps, and for what a mail of this decision keeps. */
static gboolean can_be_kept(const Decision *decision, const char *kept_by)
{
    return !g_str_has_prefix(kept_by, "mail:") || followup_has_mail(decision, kept_by);
}

void followup_settle(Decision *decision, const Rulebook *rulebook)
{
    for (guint i = decision->promises->len; i-- > 0;) {
        const Promise *promise = g_ptr_array_index(decision->promises, i);
        if (!can_be_kept(decision, promise->kept_by)) {
            g_ptr_array_remove_index(decision->promises, i);
        }
    }
    for (guint i = 0; i < rulebook->promises->len; i++) {
        const PromiseRule *rule = g_ptr_array_index(rulebook->promises, i);
        if (!is_promised(decision, rule->kind) && can_be_kept(decision, rule->kept_by) && is_owed(rule)) {
            add_promise(decision, rule, rulebook);
        }
    }
}

/* TRUE when `verb` is one of "verb:A,B,C". */
static gboolean is_kept_by_verb(const char *kept_by, const char *verb)
{
    if (!kept_by || !is_kept_by_person(kept_by)) {
        return FALSE;
    }
    g_auto(GStrv) verbs = g_strsplit(kept_by + strlen("verb:"), ",", -1);
    for (guint i = 0; verbs[i]; i++) {
        if (strcmp(g_strstrip(verbs[i]), verb) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

void followup_keep_by_verb(Decision *decision, const GPtrArray *open, const char *verb)
{
    for (guint i = 0; i < open->len; i++) {
        const PromiseState *promise = g_ptr_array_index(open, i);
        if (promise->kept == 0 && is_kept_by_verb(promise->kept_by, verb)) {
            g_ptr_array_add(decision->kept, g_strdup(promise->kind));
        }
    }
}

/* What somebody owes already that the same would keep is not owed a second time. */
static gboolean is_kept_with_another(const PromiseRule *rule, const GPtrArray *open, gint64 lead)
{
    for (guint i = 0; i < open->len; i++) {
        const PromiseState *promise = g_ptr_array_index(open, i);
        if (promise->lead == lead && promise->kept == 0 &&
            (strcmp(promise->kind, rule->kind) == 0 || is_kept_by_verb(promise->kept_by, "contacted"))) {
            return TRUE;
        }
    }
    return FALSE;
}

void followup_owe_answer(Decision *decision, const GPtrArray *open, const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->promises->len && status_is_live(decision->status); i++) {
        const PromiseRule *rule = g_ptr_array_index(rulebook->promises, i);
        if (rule->is_on_reply && !is_promised(decision, rule->kind) && !is_kept_with_another(rule, open, decision->lead) &&
            condition_rule_holds(&rule->when)) {
            add_promise(decision, rule, rulebook);
        }
    }
}

void followup_owe(Decision *decision, const GPtrArray *open, const char *kind, const Rulebook *rulebook)
{
    for (guint i = 0; i < open->len; i++) {
        const PromiseState *promise = g_ptr_array_index(open, i);
        if (promise->lead == decision->lead && promise->kept == 0 && strcmp(promise->kind, kind) == 0) {
            return;
        }
    }
    for (guint i = 0; i < rulebook->promises->len; i++) {
        const PromiseRule *rule = g_ptr_array_index(rulebook->promises, i);
        if (strcmp(rule->kind, kind) == 0 && !is_promised(decision, kind) && condition_rule_holds(&rule->when)) {
            add_promise(decision, rule, rulebook);
        }
    }
}

void followup_keep_by_shadow(Decision *decision)
{
    for (guint i = 0; i < decision->promises->len; i++) {
        Promise *promise = g_ptr_array_index(decision->promises, i);
        if (promise->kept == 0 && followup_has_mail(decision, promise->kept_by)) {
            promise->kept = decision->at;
        }
    }
}
