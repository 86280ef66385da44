/*
 * command/rows.h - the commands, one file each; main.c's table names them
 */
#ifndef USHER_COMMAND_ROWS_H
#define USHER_COMMAND_ROWS_H

#include "command.h"

int command_init(Instance *instance, int argc, char **argv);
int command_check(Instance *instance, int argc, char **argv);
int command_run(Instance *instance, int argc, char **argv);
int command_deliver(Instance *instance, int argc, char **argv);
int command_import(Instance *instance, int argc, char **argv);
int command_explain(Instance *instance, int argc, char **argv);
int command_tick(Instance *instance, int argc, char **argv);
int command_leads(Instance *instance, int argc, char **argv);
int command_show(Instance *instance, int argc, char **argv);
int command_promises(Instance *instance, int argc, char **argv);
int command_queue(Instance *instance, int argc, char **argv);
int command_tasks(Instance *instance, int argc, char **argv);
int command_cadences(Instance *instance, int argc, char **argv);
int command_outbox(Instance *instance, int argc, char **argv);
int command_fuse(Instance *instance, int argc, char **argv);
int command_act(Instance *instance, int argc, char **argv);
int command_clients(Instance *instance, int argc, char **argv);
int command_conflicts(Instance *instance, int argc, char **argv);
int command_referrers(Instance *instance, int argc, char **argv);
int command_partners(Instance *instance, int argc, char **argv);
int command_suppress(Instance *instance, int argc, char **argv);
int command_status(Instance *instance, int argc, char **argv);

/* The row of the table with that name; NULL. */
const CommandRow *command_find(const char *name);

#endif
