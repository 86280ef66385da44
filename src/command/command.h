/*
 * command/command.h - what all commands share: the instance they work on, options, exit codes, output
 */
#ifndef USHER_COMMAND_H
#define USHER_COMMAND_H

#include <jansson.h>

#include "usher/pipeline.h"

/* Exit codes: 0 done, 1 a problem was found, and those of sysexits.h where a mail server reads them. */
#define EXIT_PROBLEM 1

/* The instance and the options in front of the command. */
typedef struct {
    char *directory; /* of usher.yaml, rules/, templates/ */
    char *shared;    /* of the rules/ and templates/ that ship */
    UsherTime now;   /* of --now; 0: the machine's clock */
    gboolean is_json;
    gboolean is_verbose;
    Rulebook *rulebook; /* after instance_load */
    Record *record;     /* after instance_open */
} Instance;

typedef struct {
    const char *name;
    int (*run)(Instance *instance, int argc, char **argv);
    const char *arguments; /* "[FILE]" */
    const char *summary;
} CommandRow;

/* The table, ended by a row without a name. */
extern const CommandRow command_rows[];

/* ---- instance.c ---- */

UsherTime instance_now(const Instance *instance);

/*
 * Reads options of a command with GOption: `entries` may be NULL. Prints help and exits for --help, and says what is wrong and exits with 64 for
 * what it does not know. At least `least` and at most `most` arguments stay in argv[1..]. Gives how many.
 */
int instance_read_options(const CommandRow *row, int argc, char ***argv, const GOptionEntry *entries, int least, int most);

/* Loads the rulebook; problems go to standard error. FALSE when there was an error. */
gboolean instance_load(Instance *instance);
/* Loads the rulebook and opens the record. FALSE with what is wrong on standard error. */
gboolean instance_open(Instance *instance);
void instance_close(Instance *instance);

/* The worker of a command-line process on an open instance. */
Worker instance_get_worker(Instance *instance);

/* Prints "usher: MESSAGE" on standard error and gives the exit code that fits the error (75 for RETRY, 65 for INPUT, 78 for CONFIG). */
int instance_fail(const GError *error);

/* Finds the directory of the rules/ and templates/ that ship, near the program; NULL when there is none. */
char *instance_find_shared(void);

/* Prints all problems, "file:line:column: what", on `stream`. */
void instance_print_problems(const Problems *problems, FILE *stream);

/* Reads the whole number of a lead: "17" or "L17". FALSE, said on standard error, when it is none. */
gboolean instance_read_lead(const char *text, gint64 *lead);

/* ---- json.c: values as JSON, keys as usher(8) lists them; each gives a new reference ---- */

json_t *json_from_decision(const Decision *decision, const Rulebook *rulebook);
json_t *json_from_lead(const Lead *lead);
json_t *json_from_task(const Task *task, UsherTime now);
json_t *json_from_mail(const OutgoingMail *mail, gboolean with_content);
json_t *json_from_promise(const PromiseState *promise);
json_t *json_from_lead_file(const LeadFile *file);
json_t *json_from_moment(UsherTime moment); /* null for 0 */
/* Prints and releases; UTF-8, sorted as written, indented on a terminal. */
void json_print(json_t *take_value);

/* ---- print.c: values for people ---- */

void print_decision(const Decision *decision, const Rulebook *rulebook, FILE *stream);
void print_lead_file(const LeadFile *file, const Rulebook *rulebook, FILE *stream);
void print_mail(const OutgoingMail *mail, FILE *stream);
/* Rows with aligned columns: cells[row][column], the first row is the heading. */
typedef struct Table Table;
Table *table_new(const char *first_heading, ...) G_GNUC_NULL_TERMINATED;
void table_add(Table *table, const char *first_cell, ...) G_GNUC_NULL_TERMINATED;
void table_free(Table *table);
void table_print(Table *take_table, FILE *stream); /* prints and frees */
/* A moment in the firm's zone: "Mon 2 Mar 09:15". Owned by the caller. */
char *print_moment(const Settings *settings, UsherTime moment);
/* Where a promise stands: "open", "warned", "late by 2 h of business time, told manager", "kept ...". Owned by the caller. */
char *print_promise_stand(const PromiseState *promise, const Rulebook *rulebook, UsherTime now);

/* ---- wake.c: processes wake each other ---- */

/* Opens the socket that wakes the engine of the instance whose store is at `store`. -1 with USHER_ERROR_CONFIG. */
int wake_listen(const char *store, GError **error);
/* Wakes whoever listens; nobody there is fine. */
void wake_send(const char *store);

#endif
