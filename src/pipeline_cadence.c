/*
 * pipeline_cadence.c - a step of a cadence that is due: decided, and written in the transaction that found it due
 *
 * A step is a mail, or a task for the lead's owner. What keeps a mail from being written on one lead (its wording fails, it must not be written to) is that lead's
 * matter and told there; the others go on. Each step is decided behind a savepoint of its own, and its touch (record/enrolments.c) makes it happen once.
 */
#include "pipeline_parts.h"
#include "pipeline_shell.h"

#define STEPS_AT_ONCE 50
#define RUSH_LOOK 1000 /* late steps are counted no further */

/* ---- the decision ---- */

static const CadenceStep *get_step(const Cadence *cadence, guint index)
{
    return index < cadence->steps->len ? g_ptr_array_index(cadence->steps, index) : NULL;
}

static const char *say_channel(const char *channel)
{
    return strcmp(channel, "call") == 0 ? "Telephone" : strcmp(channel, "linkedin") == 0 ? "LinkedIn" : "To do";
}

static Task *make_task(const Decision *decision, const Enrolment *enrolment, const CadenceStep *step, const Lead *lead,
                       const Rulebook *rulebook)
{
    g_autofree char *who = lead_dup_name(lead);
    g_autofree char *said = g_strdup_printf("%s: %s", say_channel(step->channel), who);
    Task *task = followup_make_task(step->channel, lead, said, step->guidance, rulebook->settings, decision->at);
    task->key = g_strdup_printf("step:%" G_GINT64_FORMAT ":%u", enrolment->id, enrolment->step + 1);
    return task;
}

/* The wording gives no mail for this lead: a person has to look, and nothing of the cadence goes before they have. */
static void give_to_person(Decision *decision, const Enrolment *enrolment, const char *why, const Past *past,
                           const Rulebook *rulebook)
{
    decision->status = STATUS_EXCEPTION;
    g_free(decision->exception);
    decision->exception = g_strdup("review");
    decision->stops_cadence = g_strdup_printf("step %u of %s: %s", enrolment->step + 1, enrolment->cadence, why);
    RespondInput input = {.past = past};
    respond_fill_row(decision, &input, rulebook);
    followup_owe(decision, past->promises, "exception-review", rulebook);
}

static TouchOutcome leave_out(Decision *decision, const Cadence *cadence)
{
    decision_add_event(decision, "usher", "cadence", "step %u of %s is left out: its condition does not hold",
                       decision->enrolment->step + 1, cadence->name);
    return TOUCH_SKIPPED;
}

/* FALSE when it has to wait for another day. */
static gboolean do_mail(Decision *decision, const Cadence *cadence, const RespondInput *input, const Rulebook *rulebook,
                        TouchOutcome *outcome)
{
    const Enrolment *enrolment = decision->enrolment;
    g_autofree char *why = NULL;
    *outcome = TOUCH_LEFT_OUT;
    switch (respond_plan_step(decision, enrolment, cadence, input, rulebook, &why)) {
    case STEP_WRITTEN:
        decision_add_event(decision, "usher", "cadence", "step %u of %s: mail, %s", enrolment->step + 1, cadence->name,
                           get_step(cadence, enrolment->step)->template_name);
        *outcome = TOUCH_MAIL;
        return TRUE;
    case STEP_NOT_WANTED:
        *outcome = leave_out(decision, cadence);
        return TRUE;
    case STEP_NOT_ALLOWED:
        decision_add_event(decision, "usher", "cadence", "step %u of %s, a mail, is left out: %s", enrolment->step + 1,
                           cadence->name, why);
        return TRUE;
    case STEP_NOT_NOW:
        return FALSE;
    case STEP_NEVER:
        decision->stops_cadence = g_steal_pointer(&why);
        return TRUE;
    case STEP_NOT_WRITTEN:
        break;
    }
    give_to_person(decision, enrolment, why, input->past, rulebook);
    return TRUE;
}

static TouchOutcome do_task(Decision *decision, const Cadence *cadence, const RespondInput *input, const Lead *lead,
                            const Rulebook *rulebook)
{
    const Enrolment *enrolment = decision->enrolment;
    const CadenceStep *step = get_step(cadence, enrolment->step);
    if (!respond_wants_step(decision, step, input, rulebook)) {
        return leave_out(decision, cadence);
    }
    Task *task = make_task(decision, enrolment, step, lead, rulebook);
    decision_add_event(decision, "usher", "cadence", "step %u of %s: %s, for %s", enrolment->step + 1, cadence->name, step->channel,
                       task->person);
    g_ptr_array_add(decision->tasks, task);
    return TOUCH_TASK;
}

/* Nothing is written in the name of somebody who is on holiday and cannot follow it up. */
static UsherTime find_return(const char *owner, const Settings *settings, UsherTime now)
{
    const Person *person = owner ? settings_find_person(settings, owner) : NULL;
    const Absence *absence = person ? person_find_absence(person, now) : NULL;
    return absence ? absence->until : 0;
}

/* What was decided about the lead a moment before may have moved or ended it. */
static gboolean is_still_due(const Enrolment *due, const Past *past)
{
    const Enrolment *active = enrolment_find_active(past->enrolments);
    return active && active->id == due->id && active->step == due->step && active->due == due->due;
}

Decision *pipeline_decide_step(const Enrolment *due, const Cadence *cadence, const StepLook *look, const Past *past,
                               const Rulebook *rulebook, const char *secret, UsherTime now)
{
    const LeadMatch *match = past_find_match(past, due->lead);
    const CadenceStep *step = get_step(cadence, due->step);
    if (!match || !is_still_due(due, past)) {
        return NULL;
    }
    g_autoptr(Decision) decision = pipeline_start_on_lead(match->lead, rulebook, now);
    decision->enrolment = enrolment_dup(due);
    const Calendar *calendar = followup_find_calendar(decision->owner, rulebook->settings);
    RespondInput input = {.past = past, .secret = secret};
    if (!step) {
        decision->enrolment->state = ENROLMENT_FINISHED;
        return g_steal_pointer(&decision);
    }
    StepLook seen = *look;
    seen.away_until = find_return(decision->owner, rulebook->settings, now);
    if (followup_put_off(decision->enrolment, cadence, &seen, calendar, &rulebook->manners, now)) {
        return g_steal_pointer(&decision);
    }
    TouchOutcome outcome;
    if (strcmp(step->channel, "mail") != 0) {
        outcome = do_task(decision, cadence, &input, match->lead, rulebook);
    } else if (!do_mail(decision, cadence, &input, rulebook, &outcome)) {
        followup_put_off_a_day(decision->enrolment, calendar, now);
        /* cppcheck-suppress invalidLifetime ; it is handed over */
        return g_steal_pointer(&decision);
    }
    decision->touch = touch_new(due->step, step->channel, outcome);
    followup_advance(decision->enrolment, cadence, calendar, now);
    if (decision->enrolment->state == ENROLMENT_FINISHED && !decision->stops_cadence) {
        decision_add_event(decision, "usher", "cadence", "%s is finished", cadence->name);
    }
    /* cppcheck-suppress invalidLifetime ; it is handed over */
    return g_steal_pointer(&decision);
}

/* Its version cannot be used any more under these rules: the lead would wait for ever. */
static Decision *decide_unusable(const Enrolment *due, const char *why, const Past *past, const Rulebook *rulebook, UsherTime now)
{
    const LeadMatch *match = past_find_match(past, due->lead);
    if (!match || !is_still_due(due, past)) {
        return NULL;
    }
    Decision *decision = pipeline_start_on_lead(match->lead, rulebook, now);
    give_to_person(decision, due, why, past, rulebook);
    return decision;
}

/* ---- the work ---- */

typedef struct {
    const Worker *worker;
    UsherTime now;
    guint count; /* steps on which something was written: what cannot be is not asked for again and again */
    gboolean is_rush, is_fused;
    gint64 day; /* of the firm's zone */
    const Enrolment *due;
    const char *why; /* what went wrong */
} StepWork;

/* Days since 1970 of the firm's zone. */
static gint64 find_day(const Worker *worker, UsherTime now)
{
    gboolean is_business, is_last;
    UsherTime noon = calendar_at(worker->rulebook->settings->calendar, now, 43200, &is_business, &is_last);
    return noon / 86400;
}

static Past *find_step_past(Record *record, const StepWork *work, GError **error)
{
    g_autoptr(PastKeys) keys = past_keys_new();
    keys->lead = work->due->lead;
    keys->now = work->now;
    g_autoptr(Past) past = record_find_past(record, keys, error);
    return past && record_add_cadence(record, past, work->due->lead, error) ? g_steal_pointer(&past) : NULL;
}

/* A mail is not written while the list of conflicts knows more than the lead was judged by: it is looked through again first. */
static gboolean may_write(Record *record, const StepWork *work, gboolean *may, GError **error)
{
    gboolean is_doubtful = FALSE;
    *may = TRUE;
    if (!record_is_doubtful_lead(record, work->due->lead, &is_doubtful, error)) {
        return FALSE;
    }
    return !is_doubtful || pipeline_doubt_lead(record, work->worker, work->due->lead, work->now, may, error);
}

static Decision *decide(Record *record, const StepWork *work, const Past *past, const char *owner, GError **error)
{
    const Worker *worker = work->worker;
    StepLook look = {.is_rush = work->is_rush, .is_fused = work->is_fused};
    g_autoptr(GError) failure = NULL;
    const Cadence *cadence = pipeline_find_cadence(record, worker->rulebook, work->due, &failure);
    if (!cadence && !g_error_matches(failure, USHER_ERROR, USHER_ERROR_RETRY)) {
        return decide_unusable(work->due, failure->message, past, worker->rulebook, work->now);
    }
    if (!cadence) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (!record_count_cadence_mails(record, owner, work->day, &look.mails_today, error)) {
        return NULL;
    }
    return pipeline_decide_step(work->due, cadence, &look, past, worker->rulebook, worker->secret, work->now);
}

static gboolean do_step(Record *record, gpointer data, GError **error)
{
    StepWork *work = data;
    gboolean may = FALSE;
    if (!may_write(record, work, &may, error)) {
        return FALSE;
    }
    work->count += may ? 0 : 1;
    g_autoptr(Past) past = may ? find_step_past(record, work, error) : NULL;
    if (!past) {
        return !may;
    }
    const LeadMatch *match = past_find_match(past, work->due->lead);
    const char *owner = match && match->lead->owner ? match->lead->owner : "";
    g_autoptr(GError) failure = NULL;
    g_autoptr(Decision) decision = decide(record, work, past, owner, &failure);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (!decision) {
        return TRUE;
    }
    work->count++;
    return pipeline_write(record, work->worker, decision, error) &&
           (decision->mails->len == 0 || record_add_cadence_mail(record, owner, work->day, error));
}

static gboolean stop_step(Record *record, gpointer data, GError **error)
{
    StepWork *work = data;
    g_autoptr(Past) past = find_step_past(record, work, error);
    g_autoptr(Decision) decision = past ? decide_unusable(work->due, work->why, past, work->worker->rulebook, work->now) : NULL;
    work->count += decision ? 1 : 0;
    return past && (!decision || pipeline_write(record, work->worker, decision, error));
}

/* What fails on one lead is given to a person; the others go on. */
static gboolean do_or_stop(Record *record, StepWork *work, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (record_run(record, do_step, work, &failure)) {
        return TRUE;
    }
    if (g_error_matches(failure, USHER_ERROR, USHER_ERROR_RETRY)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    g_warning("step %u of %s on lead %" G_GINT64_FORMAT ": %s", work->due->step + 1, work->due->cadence, work->due->lead,
              failure->message);
    work->why = failure->message;
    return record_run(record, stop_step, work, error);
}

static gboolean do_steps(Record *record, gpointer data, GError **error)
{
    StepWork *work = data;
    const CadenceManners *manners = &work->worker->rulebook->manners;
    g_autoptr(GPtrArray) due = NULL;
    guint late = 0;
    work->count = 0;
    if (!record_find_due_steps(record, work->now, STEPS_AT_ONCE, &due, error) ||
        (due->len > manners->late_at_once &&
         !record_count_late_steps(record, work->now - manners->late_after_s, RUSH_LOOK, &late, error))) {
        return FALSE;
    }
    if (due->len > 0 && !record_is_fuse_open(record, &work->is_fused, error)) {
        return FALSE;
    }
    work->is_rush = late > manners->late_at_once;
    for (guint i = 0; i < due->len; i++) {
        work->due = g_ptr_array_index(due, i);
        if (!do_or_stop(record, work, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean pipeline_work_steps(const Worker *worker, guint *count, GError **error)
{
    StepWork work = {.worker = worker, .now = worker->now(worker->data)};
    work.day = find_day(worker, work.now);
    if (!pipeline_run_job(worker, do_steps, &work, error)) {
        return FALSE;
    }
    *count = work.count;
    return TRUE;
}

/* ---- what will go ---- */

void step_preview_free(StepPreview *preview)
{
    enrolment_free(preview->enrolment);
    outgoing_mail_free(preview->mail);
    g_free(preview);
}

/* Whoever reads what will go must not unsubscribe the prospect by trying a link. */
static void break_link(OutgoingMail *mail)
{
    char **const parts[] = {&mail->text, &mail->html};
    for (guint i = 0; i < G_N_ELEMENTS(parts) && mail->unsubscribe; i++) {
        g_auto(GStrv) pieces = g_strsplit(*parts[i] ? *parts[i] : "", mail->unsubscribe, -1);
        char *broken = *parts[i] ? g_strjoinv("...", pieces) : NULL;
        g_free(*parts[i]);
        *parts[i] = broken;
    }
}

static gboolean preview(Record *record, StepWork *work, GPtrArray *previews, GError **error)
{
    const Worker *worker = work->worker;
    const Cadence *cadence = pipeline_find_cadence(record, worker->rulebook, work->due, NULL);
    g_autoptr(Past) past = cadence ? find_step_past(record, work, error) : NULL;
    const CadenceStep *step = cadence ? get_step(cadence, work->due->step) : NULL;
    if (!past) {
        return cadence == NULL;
    }
    if (!step || strcmp(step->channel, "mail") != 0) {
        return TRUE;
    }
    StepLook look = {0};
    g_autoptr(Decision) decision =
        pipeline_decide_step(work->due, cadence, &look, past, worker->rulebook, worker->secret, MAX(work->due->due, work->now));
    if (decision && decision->mails->len > 0) {
        StepPreview *shown = g_new0(StepPreview, 1);
        shown->enrolment = enrolment_dup(work->due);
        shown->mail = g_ptr_array_steal_index(decision->mails, 0);
        break_link(shown->mail);
        g_ptr_array_add(previews, shown);
    }
    return TRUE;
}

gboolean pipeline_preview_steps(Record *record, const Worker *worker, const char *person, UsherTime now, UsherTime until,
                                guint most, GPtrArray **previews, GError **error)
{
    g_autoptr(GPtrArray) due = NULL;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)step_preview_free);
    StepWork work = {.worker = worker, .now = now};
    if (!record_list_steps_of(record, person, until, most, &due, error)) {
        return FALSE;
    }
    for (guint i = 0; i < due->len; i++) {
        work.due = g_ptr_array_index(due, i);
        if (!preview(record, &work, found, error)) {
            return FALSE;
        }
    }
    *previews = g_steal_pointer(&found);
    return TRUE;
}
