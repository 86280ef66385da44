/*
 * command/import_progress.h - how far an import has come, on standard error
 */
#ifndef USHER_COMMAND_IMPORT_PROGRESS_H
#define USHER_COMMAND_IMPORT_PROGRESS_H

#include <glib.h>

typedef struct ImportProgress ImportProgress;

/* Begins to count the time. */
ImportProgress *import_progress_new(void);
void import_progress_free(ImportProgress *progress);

/* While the sources are looked into: how many mails were found so far. */
void import_progress_search(ImportProgress *progress, guint found);
/* `done` of `all` mails are through. A bar on a terminal, else a line now and then. */
void import_progress_show(ImportProgress *progress, guint done, guint all);
/* Takes the bar away. */
void import_progress_end(ImportProgress *progress);

#endif
