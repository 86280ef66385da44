/*
 * pipeline_command.h - a mail of one of us that acts on a lead
 */
#ifndef USHER_PIPELINE_COMMAND_H
#define USHER_PIPELINE_COMMAND_H

#include "usher/pipeline.h"

typedef struct {
    gint64 lead;          /* 0: what it names is not proved to be a lead of theirs */
    const Task *task;     /* of no lead, on which it acts instead; NULL. Borrowed from the past */
    const Person *person; /* who it says it is from */
    GPtrArray *lines;     /* char*: "clear", "not-qualified: no budget" */
    char *refusal;        /* why it is not believed; NULL */
} MailCommand;

/* The lead that the mark in the subject of such a mail names, before anything is proved; 0. */
gint64 command_find_named(const Reading *reading, const Settings *settings);

/* The task without a lead that it names; 0. */
gint64 command_find_named_task(const Reading *reading, const Settings *settings);

/* What the mail orders; NULL when it is no such mail. Owned by the caller. */
MailCommand *command_read(const Reading *reading, const Past *past, const Settings *settings, const char *secret);
void mail_command_free(MailCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailCommand, mail_command_free)

#endif
