/*
 * followup/cadence.c - which cadence a lead is put into, and when its steps are due
 *
 * Takes the rules and where a lead stands; gives the enrolment as it is from here on. A step that a person does is due when its day begins for them; a mail
 * is due at a moment of its own within the hours of that day, which depends on nothing but the lead, the cadence and the step: so that what is due on one
 * day is spread over it, and is the same however often it is asked.
 *
 * What is late goes when it is seen, in hours; when there is much of it, it is spread over what is left of the day first, once.
 */
#include "usher/followup.h"

#include <string.h>

#include "usher/base/token.h"

#define DAY_S 86400
#define LEAST_WINDOW_S 1800 /* what is left of a day when nothing is begun any more */
#define LATE "it was late"

/* ---- when ---- */

/* A number that is the same for the same step for ever. */
static guint64 find_lot(const Enrolment *enrolment)
{
    g_autofree char *text =
        g_strdup_printf("%" G_GINT64_FORMAT ":%s:%u:%u", enrolment->lead, enrolment->cadence, enrolment->round, enrolment->step);
    g_autofree char *digest = token_digest_bytes(text, strlen(text));
    digest[15] = '\0';
    return g_ascii_strtoull(digest, NULL, 16);
}

static UsherTime find_close(const Calendar *calendar, UsherTime open)
{
    return calendar_add(calendar, open, (Span){SPAN_END_OF_DAY, 0});
}

static UsherTime find_midnight(const Calendar *calendar, UsherTime moment)
{
    gboolean is_business, is_last;
    return calendar_at(calendar, moment, 0, &is_business, &is_last);
}

/* When business opens on the first business day after the present one. */
static UsherTime find_next_day(const Calendar *calendar, UsherTime moment)
{
    return calendar_next_open(calendar, find_close(calendar, calendar_next_open(calendar, moment)) + 1);
}

/* A moment in what is left of the first business day from `from` on. */
static UsherTime spread(const Enrolment *enrolment, const Calendar *calendar, UsherTime from)
{
    UsherTime open = calendar_next_open(calendar, from), close = find_close(calendar, open);
    if (close - open < LEAST_WINDOW_S) {
        UsherTime next = find_next_day(calendar, open);
        open = next > open ? next : open;
        close = find_close(calendar, open);
    }
    guint64 window_s = (guint64)MAX(close - open - LEAST_WINDOW_S / 2, 1);
    return calendar_next_open(calendar, open + (gint64)(find_lot(enrolment) % window_s));
}

/* A step that is due so many days later may be done from the beginning of that day on. */
static UsherTime find_day(const CadenceStep *step, UsherTime origin, const Calendar *calendar)
{
    UsherTime moment = calendar_add(calendar, origin, step->after), first = calendar_next_open(calendar, origin);
    gboolean is_of_days =
        step->after.unit == SPAN_BUSINESS_DAYS || (step->after.unit == SPAN_ELAPSED && step->after.amount % DAY_S == 0);
    if (step->after.unit == SPAN_END_OF_DAY || step->after.amount == 0) {
        return first;
    }
    return MAX(first, calendar_next_open(calendar, is_of_days ? find_midnight(calendar, moment) : moment));
}

static const CadenceStep *get_step(const Enrolment *enrolment, const Cadence *cadence)
{
    return enrolment->step < cadence->steps->len ? g_ptr_array_index(cadence->steps, enrolment->step) : NULL;
}

static gboolean is_mail(const CadenceStep *step)
{
    return strcmp(step->channel, "mail") == 0;
}

static UsherTime find_due(const Enrolment *enrolment, const Cadence *cadence, const Calendar *calendar)
{
    const CadenceStep *step = get_step(enrolment, cadence);
    UsherTime day = find_day(step, enrolment->origin, calendar);
    return is_mail(step) ? spread(enrolment, calendar, day) : day;
}

/* ---- who ---- */

const Calendar *followup_find_calendar(const char *owner, const Settings *settings)
{
    const Person *person = owner ? settings_find_person(settings, owner) : NULL;
    return person ? settings_get_calendar(settings, person) : settings->calendar;
}

static gboolean was_in(const GPtrArray *enrolments, const char *cadence)
{
    for (guint i = 0; enrolments && i < enrolments->len; i++) {
        if (strcmp(((const Enrolment *)g_ptr_array_index(enrolments, i))->cadence, cadence) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void put_into(Decision *decision, const Cadence *cadence, const Rulebook *rulebook)
{
    Enrolment *enrolment = enrolment_new(decision->lead, cadence->name, cadence->version);
    enrolment->started = enrolment->origin = decision->at;
    enrolment->due = find_due(enrolment, cadence, followup_find_calendar(decision->owner, rulebook->settings));
    enrolment_free(decision->enrolment);
    decision->enrolment = enrolment;
    g_free(decision->cadence);
    decision->cadence = g_strdup(cadence->name);
}

static const EnrolRule *find_rule(const Rulebook *rulebook)
{
    for (guint i = 0; i < rulebook->enrols->len; i++) {
        const EnrolRule *rule = g_ptr_array_index(rulebook->enrols, i);
        if (condition_rule_holds(&rule->when)) {
            return rule;
        }
    }
    return NULL;
}

static const char *say_end(const Decision *decision)
{
    if (decision->exception) {
        return decision->exception;
    }
    return status_is_live(decision->status) ? "the lead takes another way" : status_get_name(decision->status);
}

/* Later judgements do not undo what a person has decided; another status may. */
static gboolean is_persons_choice(const Decision *decision, LeadStatus before, const Enrolment *active)
{
    return active && active->put_by && (decision->status == before || decision->status == STATUS_CONTACTED);
}

void followup_enrol(Decision *decision, LeadStatus before, const GPtrArray *enrolments, const Rulebook *rulebook)
{
    const Enrolment *active = enrolment_find_active(enrolments);
    gboolean is_live = status_is_live(decision->status) && !decision->exception && !decision->is_history;
    const EnrolRule *rule = is_live ? find_rule(rulebook) : NULL;
    const Cadence *cadence = rule ? rulebook_find_cadence(rulebook, rule->cadence) : NULL;
    if ((cadence && active && strcmp(active->cadence, cadence->name) == 0) ||
        (is_live && is_persons_choice(decision, before, active))) {
        return;
    }
    if (active && !decision->stops_cadence) {
        decision->stops_cadence = g_strdup(say_end(decision));
    }
    if (cadence && !was_in(enrolments, cadence->name)) {
        put_into(decision, cadence, rulebook);
        decision_add_event(decision, "usher", "cadence", "%s begins, %u steps", cadence->name, cadence->steps->len);
    }
}

/* ---- a step that is due ---- */

static void put_off_to(Enrolment *enrolment, UsherTime due)
{
    gint64 days_s = (due - enrolment->due) / DAY_S * DAY_S;
    enrolment->origin += MAX(days_s, 0);
    enrolment->due = due;
}

void followup_put_off_a_day(Enrolment *enrolment, const Calendar *calendar, UsherTime now)
{
    put_off_to(enrolment, spread(enrolment, calendar, find_next_day(calendar, now)));
}

gboolean followup_put_off(Enrolment *enrolment, const Cadence *cadence, const StepLook *look, const Calendar *calendar,
                          const CadenceManners *manners, UsherTime now)
{
    const CadenceStep *step = get_step(enrolment, cadence);
    gboolean is_late = now - enrolment->due > manners->late_after_s;
    if (!step || !is_mail(step)) {
        return FALSE;
    }
    if (look->away_until > now || !calendar_is_open(calendar, now)) {
        put_off_to(enrolment, spread(enrolment, calendar, MAX(now, look->away_until)));
        return TRUE;
    }
    if (is_late && look->is_rush && g_strcmp0(enrolment->why, LATE) != 0) {
        g_free(enrolment->why);
        enrolment->why = g_strdup(LATE);
        put_off_to(enrolment, MAX(spread(enrolment, calendar, now), now + 1));
        return TRUE;
    }
    if (look->is_fused || look->mails_today >= manners->most_a_day) {
        followup_put_off_a_day(enrolment, calendar, now);
        return TRUE;
    }
    return FALSE;
}

/* What came late may have come on the very day of the next one. */
static gboolean is_second_mail(const Enrolment *enrolment, const Cadence *cadence, const Calendar *calendar, UsherTime now)
{
    const CadenceStep *before = enrolment->step > 0 ? g_ptr_array_index(cadence->steps, enrolment->step - 1) : NULL;
    return before && is_mail(before) && find_midnight(calendar, enrolment->due) == find_midnight(calendar, now);
}

/* When the step that it is at is due, no sooner than now; a mail does not follow another on one day. */
static void find_next(Enrolment *enrolment, const Cadence *cadence, const Calendar *calendar, UsherTime now)
{
    if (enrolment->step >= cadence->steps->len) {
        enrolment->state = ENROLMENT_FINISHED;
        return;
    }
    enrolment->due = find_due(enrolment, cadence, calendar);
    if (is_mail(get_step(enrolment, cadence)) && (enrolment->due <= now || is_second_mail(enrolment, cadence, calendar, now))) {
        enrolment->due = spread(enrolment, calendar, find_next_day(calendar, now));
    }
}

void followup_advance(Enrolment *enrolment, const Cadence *cadence, const Calendar *calendar, UsherTime now)
{
    gint64 late_s = (now - enrolment->due) / DAY_S * DAY_S;
    enrolment->origin += MAX(late_s, 0);
    enrolment->step++;
    g_clear_pointer(&enrolment->why, g_free);
    find_next(enrolment, cadence, calendar, now);
}

/* A span of days ends with a day: what waited for it goes on from the beginning of that one. */
static UsherTime find_resumption(const Calendar *calendar, UsherTime from, Span span, UsherTime now)
{
    UsherTime again = calendar_add(calendar, from, span);
    return calendar_next_open(calendar, find_midnight(calendar, MAX(again, now)));
}

UsherTime followup_find_return(const char *back_on, const Rulebook *rulebook, UsherTime now)
{
    const Calendar *calendar = rulebook->settings->calendar;
    const CadenceManners *manners = &rulebook->manners;
    g_autoptr(GDateTime) day = NULL;
    if (back_on) {
        g_autofree char *midnight = g_strdup_printf("%sT00:00:00", back_on);
        day = g_date_time_new_from_iso8601(midnight, calendar_get_zone(calendar));
    }
    return day ? find_resumption(calendar, g_date_time_to_unix(day), manners->after_return, now)
               : find_resumption(calendar, now, manners->out_of_office, now);
}

void followup_follow_own_mail(Decision *decision, const GPtrArray *enrolments, const Rulebook *rulebook)
{
    const Enrolment *active = enrolment_find_active(enrolments);
    const Cadence *cadence = active ? rulebook_find_cadence(rulebook, active->cadence) : NULL;
    const Calendar *calendar = rulebook->settings->calendar;
    if (!cadence || !cadence->outlasts_own_mail) {
        decision->stops_cadence = g_strdup("one of us has written to them");
        return;
    }
    decision->pauses_cadence = find_resumption(calendar, decision->at, rulebook->manners.after_own_mail, decision->at);
    g_autofree char *until = calendar_say(calendar, decision->pauses_cadence, decision->at);
    decision->paused_because = g_strdup_printf("one of us has written to them; it goes on %s", until);
}

/* ---- what a person says ---- */

static const char *say_channel(const char *channel)
{
    return strcmp(channel, "mail") == 0       ? "a mail"
           : strcmp(channel, "call") == 0     ? "a call"
           : strcmp(channel, "linkedin") == 0 ? "LinkedIn"
                                              : "a task";
}

static char *say_when(const Decision *decision, const Rulebook *rulebook)
{
    return calendar_say(followup_find_calendar(decision->owner, rulebook->settings), decision->enrolment->due, decision->at);
}

/* What has been done, and what comes next, as an event of who did it. */
static void say_next(Decision *decision, const Cadence *cadence, const char *what, const char *actor, const Rulebook *rulebook)
{
    const CadenceStep *next = get_step(decision->enrolment, cadence);
    if (!next) {
        decision_add_event(decision, actor, "cadence", "%s: %s; that was the last, and nothing follows", cadence->name, what);
        return;
    }
    g_autofree char *when = say_when(decision, rulebook);
    decision_add_event(decision, actor, "cadence", "%s: %s; next is step %u, %s, %s", cadence->name, what,
                       decision->enrolment->step + 1, say_channel(next->channel), when);
}

void followup_put_into(Decision *decision, const Cadence *cadence, const char *actor, const Rulebook *rulebook)
{
    put_into(decision, cadence, rulebook);
    const CadenceStep *first = get_step(decision->enrolment, cadence);
    g_autofree char *when = say_when(decision, rulebook);
    decision->enrolment->put_by = g_strdup(actor);
    decision_add_event(decision, actor, "cadence", "%s begins, %u steps; the first is %s, %s", cadence->name, cadence->steps->len,
                       say_channel(first->channel), when);
}

void followup_move(Decision *decision, const Enrolment *active, const Cadence *cadence, const char *actor, const Rulebook *rulebook)
{
    const Calendar *calendar = followup_find_calendar(decision->owner, rulebook->settings);
    Enrolment *enrolment = enrolment_dup(active);
    g_free(enrolment->version);
    enrolment->version = g_strdup(cadence->version);
    enrolment_free(decision->enrolment);
    decision->enrolment = enrolment;
    decision->moves_version = TRUE;
    find_next(enrolment, cadence, calendar, decision->at);
    /* What was put off, since they are away, waits on. */
    if (enrolment->why) {
        enrolment->due = MAX(enrolment->due, active->due);
    }
    say_next(decision, cadence, "it goes on in the present version", actor, rulebook);
}

void followup_leave_out(Decision *decision, const Cadence *cadence, const char *actor, const Rulebook *rulebook)
{
    g_autofree char *what =
        g_strdup_printf("step %u, %s, is left out", decision->touch->step + 1, say_channel(decision->touch->channel));
    followup_advance(decision->enrolment, cadence, followup_find_calendar(decision->owner, rulebook->settings), decision->at);
    say_next(decision, cadence, what, actor, rulebook);
}
