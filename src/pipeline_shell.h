/*
 * pipeline_shell.h - what the files of the shell around the pipeline share
 */
#ifndef USHER_PIPELINE_SHELL_H
#define USHER_PIPELINE_SHELL_H

#include "usher/pipeline.h"

#define PIPELINE_READ_BYTES (2 * 1024 * 1024) /* what the parser is given of a mail */

gboolean pipeline_run_job(const Worker *worker, RecordJob job, gpointer data, GError **error);
/* Claims are to survive us, not the loss of power: after that nobody works on anything any more. */
gboolean pipeline_run_claim(const Worker *worker, RecordJob job, gpointer data, GError **error);
/* Tries again while the store is locked or full; `tries` 0: for ever. `what` is to be written, in words for the log. */
gboolean pipeline_run_patiently(const Worker *worker, RecordJob job, gpointer data, guint tries, const char *what, GError **error);

UsherTime pipeline_read_clock(const Worker *worker);

/* All that is needed to judge that lead again: what stands on it, and whom the firm's lists know of its people. */
gboolean pipeline_add_standing(Record *record, Past *past, gint64 id, const Rulebook *rulebook, GError **error);
Past *pipeline_find_past_by(Record *record, const PastKeys *keys, const Rulebook *rulebook, GError **error);
/* The past of a lead that is acted on, not by a mail. */
Past *pipeline_find_past_of(Record *record, gint64 lead, UsherTime now, const Rulebook *rulebook, GError **error);

/* The version of its cadence that the lead goes through; one that was only kept is read once. NULL as record_read_cadence. Borrowed from the rulebook. */
const Cadence *pipeline_find_cadence(Record *record, const Rulebook *rulebook, const Enrolment *enrolment, GError **error);

/* Writes a Decision whole, with the version of a cadence that it begins; in shadow mode when the rules say so. */
gboolean pipeline_write(Record *record, const Worker *worker, const Decision *decision, GError **error);

/* Looks again whether somebody of the lead is on the list of conflicts by now. *may_go is FALSE when the lead was stopped for it. */
gboolean pipeline_doubt_lead(Record *record, const Worker *worker, gint64 lead, UsherTime now, gboolean *may_go, GError **error);

#endif
