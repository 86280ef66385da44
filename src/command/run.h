/*
 * command/run.h - the daemon's processes: a supervisor and its children
 */
#ifndef USHER_COMMAND_RUN_H
#define USHER_COMMAND_RUN_H

#include "command.h"

/* What a child is given. The instance is loaded, its record is not open. */
typedef struct {
    Instance *instance;
    gint64 offset_s; /* what --now adds to the machine's clock */
    int ready_fd;    /* a byte written here says "ready" */
    int notice_in;   /* intake: what was decided, one datagram a message */
    int notice_out;  /* engine: the other end */
} RunContext;

/* The daemon's present moment: the machine's clock, moved by --now. A UsherTime (*)(gpointer) over a RunContext. */
UsherTime run_now(gpointer context);

/* Main functions of the children; they return an exit code. All signals are blocked when they begin. */
int run_intake(RunContext *context);
int run_engine(RunContext *context);
int run_web(RunContext *context); /* only where usher.yaml has web: listen: */

/* TRUE when a daemon is at work on that store. */
gboolean run_is_at_work(const char *store);

/* Tells the supervisor that this child is ready. */
void run_tell_ready(const RunContext *context);

#endif
