/*
 * base/log.h - where log lines go
 *
 * Everything is logged with GLib's g_message, g_warning and g_debug; this module only decides where that ends.
 */
#ifndef USHER_BASE_LOG_H
#define USHER_BASE_LOG_H

#include <glib.h>

/*
 * Sends GLib's log to standard error (with the fields of the journal when standard error is the journal),
 * one line a message: control characters in a message are written as \xNN, so that nothing a stranger
 * sent can forge a line. Debug lines are dropped unless is_verbose. `process` (borrowed for ever, for
 * example "engine") stands in front of each line. Call before any thread; again in a child, to name that.
 */
void log_open(const char *process, gboolean is_verbose);

#endif
