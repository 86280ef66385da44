/*
 * command/claimer.h - who works on what, and who of them is dead
 */
#ifndef USHER_COMMAND_CLAIMER_H
#define USHER_COMMAND_CLAIMER_H

#include "usher/record.h"

/* The name of this process as a claimer. The caller owns the text. */
char *claimer_make(void);

/* A RecordJob: gives back what dead processes of this machine had claimed, their tries counted. */
gboolean claimer_release_dead(Record *record, gpointer unused, GError **error);

#endif
