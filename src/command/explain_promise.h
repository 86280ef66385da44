/*
 * command/explain_promise.h - how the time of a promise was counted
 */
#ifndef USHER_COMMAND_EXPLAIN_PROMISE_H
#define USHER_COMMAND_EXPLAIN_PROMISE_H

#include "command.h"

/* Prints the count of a promise, named by its number ("4", "P4") or as LEAD:KIND ("17:first-contact"). Gives the exit code. */
int explain_promise(Instance *instance, const char *text);

#endif
