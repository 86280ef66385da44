/*
 * sink.h - an SMTP server that says yes to everything as fast as it can, in a process of its own
 */
#ifndef USHER_TESTS_SINK_H
#define USHER_TESTS_SINK_H

#include <glib.h>
#include <sys/types.h>

/* Listens on 127.0.0.1 at *port, any number of connections. Ends with this process, or with sink_stop. */
pid_t sink_start(gboolean is_pipelining, guint *port);
void sink_stop(pid_t sink);

#endif
