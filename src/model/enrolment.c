/*
 * model/enrolment.c - where a lead stands in a cadence
 */
#include "usher/model/enrolment.h"

#include "words.h"

static const char *const state_names[ENROLMENT_STATE_COUNT] = {"active", "stopped", "finished"};
static const char *const outcome_names[] = {"mail", "task", "skipped", "left out"};

const char *enrolment_state_get_name(EnrolmentState state)
{
    return state_names[state];
}

gboolean enrolment_state_find(const char *name, EnrolmentState *state)
{
    int found = words_find(state_names, ENROLMENT_STATE_COUNT, name);
    if (found >= 0)
        *state = (EnrolmentState)found;
    return found >= 0;
}

Enrolment *enrolment_new(gint64 lead, const char *cadence, const char *version)
{
    Enrolment *enrolment = g_new0(Enrolment, 1);
    enrolment->lead = lead;
    enrolment->cadence = g_strdup(cadence);
    enrolment->version = g_strdup(version);
    enrolment->round = 1;
    return enrolment;
}

Enrolment *enrolment_dup(const Enrolment *enrolment)
{
    if (!enrolment)
        return NULL;
    Enrolment *copy = g_memdup2(enrolment, sizeof *enrolment);
    copy->cadence = g_strdup(enrolment->cadence);
    copy->version = g_strdup(enrolment->version);
    copy->why = g_strdup(enrolment->why);
    copy->put_by = g_strdup(enrolment->put_by);
    return copy;
}

void enrolment_free(Enrolment *enrolment)
{
    if (!enrolment)
        return;
    g_free(enrolment->cadence);
    g_free(enrolment->version);
    g_free(enrolment->why);
    g_free(enrolment->put_by);
    g_free(enrolment);
}

const Enrolment *enrolment_find_active(const GPtrArray *enrolments)
{
    for (guint i = 0; enrolments && i < enrolments->len; i++) {
        const Enrolment *enrolment = g_ptr_array_index(enrolments, i);
        if (enrolment->state == ENROLMENT_ACTIVE)
            return enrolment;
    }
    return NULL;
}

const char *touch_outcome_get_name(TouchOutcome outcome)
{
    return outcome_names[outcome];
}

Touch *touch_new(guint step, const char *channel, TouchOutcome outcome)
{
    Touch *touch = g_new0(Touch, 1);
    touch->step = step;
    touch->channel = g_strdup(channel);
    touch->outcome = outcome;
    return touch;
}

void touch_free(Touch *touch)
{
    if (!touch)
        return;
    g_free(touch->channel);
    g_free(touch);
}
