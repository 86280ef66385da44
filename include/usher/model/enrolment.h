/*
 * model/enrolment.h - where a lead stands in a cadence
 *
 * A lead is in one cadence at a time. An enrolment keeps the version of the cadence that it began with; the steps it has done are kept apart (touch), once
 * for ever, so that no step is done twice whatever happens to the enrolment.
 */
#ifndef USHER_MODEL_ENROLMENT_H
#define USHER_MODEL_ENROLMENT_H

#include "usher/base/clock.h"

#include <glib.h>

/* As they are written: "active", "stopped", "finished". One that is paused is active and due later. */
typedef enum { ENROLMENT_ACTIVE, ENROLMENT_STOPPED, ENROLMENT_FINISHED, ENROLMENT_STATE_COUNT } EnrolmentState;

const char *enrolment_state_get_name(EnrolmentState state);
gboolean enrolment_state_find(const char *name, EnrolmentState *state);

typedef struct Enrolment {
    gint64 id; /* 0 before it is recorded */
    gint64 lead;
    char *cadence; /* its name: "nurture" */
    char *version; /* the version of it that this lead goes through */
    guint round;   /* 1 for the first time that the lead is in this cadence */
    UsherTime started;
    UsherTime origin; /* steps are counted from here: the start, moved on by pauses and by time that the daemon was down */
    guint step;       /* the next one, from 0 */
    UsherTime due;    /* when it is */
    EnrolmentState state;
    char *why;         /* why it was stopped or is paused, in words; NULL */
    char *put_by;      /* who put the lead into it: a person's id, "operator"; NULL: the rules did */
    UsherTime changed; /* when `state` or `why` became what they are */
} Enrolment;

Enrolment *enrolment_new(gint64 lead, const char *cadence, const char *version);
Enrolment *enrolment_dup(const Enrolment *enrolment); /* NULL gives NULL */
void enrolment_free(Enrolment *enrolment);            /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Enrolment, enrolment_free)

/* The one that the lead is in now, of all on record of it (Enrolment; may be NULL); NULL. Borrowed. */
const Enrolment *enrolment_find_active(const GPtrArray *enrolments);

/* What became of a step, as it is written: "mail", "task", "skipped", "left out". */
typedef enum { TOUCH_MAIL, TOUCH_TASK, TOUCH_SKIPPED, TOUCH_LEFT_OUT } TouchOutcome;

const char *touch_outcome_get_name(TouchOutcome outcome);

/* A step of an enrolment that is done by a decision. */
typedef struct Touch {
    guint step;
    char *channel; /* "mail", "call", "linkedin", "task" */
    TouchOutcome outcome;
} Touch;

Touch *touch_new(guint step, const char *channel, TouchOutcome outcome);
void touch_free(Touch *touch); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Touch, touch_free)

#endif
