/*
 * pipeline_daily.h - what comes round by the calendar
 */
#ifndef USHER_PIPELINE_DAILY_H
#define USHER_PIPELINE_DAILY_H

#include "usher/pipeline.h"

/* The tasks of rules/tasks.yaml that are to be made by now and were not made yet today; inside a job. */
gboolean pipeline_write_recurring(Record *record, const Worker *worker, UsherTime now, GError **error);

/* To everybody whose day begins the list of it, unless that was looked at already; inside a job. */
gboolean pipeline_write_mornings(Record *record, const Worker *worker, const DigestRule *rule, UsherTime now, GError **error);

#endif
