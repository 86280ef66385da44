/*
 * capture/import.h - old mail: mbox files, Maildirs and single mails, read for the record
 *
 * An ImportIndex is a table of where the mails of all given sources lie and when each came; the mails themselves stay where they are and are
 * read one by one. Nothing in a source is changed. Sources are read in a first pass, so that the mails of an inbox and of a
 * folder of sent mail can be taken in the order of their dates.
 *
 * What cannot be read does not stop the rest: it becomes a fault, with its path and what to do.
 */
#ifndef USHER_CAPTURE_IMPORT_H
#define USHER_CAPTURE_IMPORT_H

#include "usher/capture.h"

typedef struct ImportIndex ImportIndex;

/* A file or directory, and what was wrong with it or why it was left out. */
typedef struct {
    char *path;
    char *why;
} ImportRemark;

typedef struct {
    UsherTime now;               /* no mail came later */
    UsherTime since;             /* older mails are left out; 0: none */
    const GPtrArray *own_intake; /* char*: Maildirs whose `new` a door of ours reads; borrowed, NULL for none */
    /* Told now and then how many mails were found; TRUE to stop. NULL: nobody wants to know. */
    gboolean (*look)(guint found, gpointer data);
    gpointer data;
} ImportOptions;

typedef struct {
    guint found;   /* mails in the index */
    guint older;   /* left out for ImportOptions.since */
    guint deleted; /* left out: marked as deleted or as a draft by the program that keeps them */
} ImportCounts;

ImportIndex *import_index_new(const ImportOptions *options);
void import_index_free(ImportIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportIndex, import_index_free)

/*
 * Adds the mails of a path: an mbox (mboxo, mboxrd, mboxcl, with LF or CRLF), a file with one mail, a Maildir with its
 * subfolders (Maildir++ and nested), or a directory of any of these. A symbolic link is followed only when it is the path itself. In
 * directories, folders that are named as drafts, rubbish or spam are left out, with a remark.
 */
void import_index_add(ImportIndex *index, const char *path);

/* Puts the mails in order: when they came, then as the sources were added. */
void import_index_sort(ImportIndex *index);

const ImportCounts *import_index_get_counts(const ImportIndex *index);
/* ImportRemark: what could not be taken. Grows while mails are read. */
const GPtrArray *import_index_get_faults(const ImportIndex *index);
/* ImportRemark: what was left out on purpose. */
const GPtrArray *import_index_get_notes(const ImportIndex *index);

/*
 * Reads the mail in that place of the order, with its moment (captured_mail_set_received) and what envelope its headers tell; finished. NULL with
 * USHER_ERROR_INPUT when its file cannot be read any more (which becomes a fault, too), USHER_ERROR_RETRY when the spool is full.
 */
CapturedMail *import_index_read(ImportIndex *index, guint place, const char *spool_directory, gint64 max_bytes, GError **error);

#endif
