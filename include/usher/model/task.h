/*
 * model/task.h - something that a person is to do by a time, and that is no mail
 *
 * A call, a message on LinkedIn, anything a colleague writes down, a social inbox to look through. It is open until somebody says that it is done, or
 * that it is left out, or until its lead is closed.
 */
#ifndef USHER_MODEL_TASK_H
#define USHER_MODEL_TASK_H

#include "usher/base/clock.h"

typedef struct {
    gint64 id;      /* 0: not on record yet */
    char *key;      /* makes it once: "step:ENROLMENT:N", "recurring:NAME:PERSON:DAY"; NULL: nothing like it is known */
    gint64 lead;    /* 0: of no lead; of a task that a decision makes: the decision's lead, when it has one */
    char *person;   /* id of who is to do it */
    char *kind;     /* "call", "linkedin", "task", or the name of the rule that repeats it */
    char *said;     /* what is to be done, one line */
    char *guidance; /* how, in a few lines; "" */
    UsherTime due;
    UsherTime created;
    UsherTime done;      /* 0 while it is not */
    UsherTime cancelled; /* nobody is to do it any more; 0 */
    char *done_by;       /* id of who did it or left it out; NULL: Usher */
    char *outcome;       /* what came of it, or why it is cancelled; NULL */
} Task;

Task *task_new(const char *kind, const char *person, UsherTime due, const char *said);
void task_free(Task *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Task, task_free)
gboolean task_is_open(const Task *task);

/* That an open task is over. */
typedef struct {
    gint64 task;
    gboolean is_skipped; /* it is left out; else it is done */
    char *by;            /* person's id */
    char *outcome;       /* in their words; NULL */
} TaskEnd;

TaskEnd *task_end_new(gint64 task, gboolean is_skipped, const char *by, const char *outcome);
void task_end_free(TaskEnd *end);

#endif
