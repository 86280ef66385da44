/*
 * command/lists.h - a list of clients, conflict parties or partners as the firm hands it over: a CSV file
 */
#ifndef USHER_COMMAND_LISTS_H
#define USHER_COMMAND_LISTS_H

#include "usher/base/csv.h"
#include "usher/model/party.h"
#include "usher/rulebook/rulebook.h"

/* A row that cannot be taken, and why. */
typedef struct {
    guint line; /* 0: the file as a whole */
    char *what;
} BadRow;

typedef struct {
    GPtrArray *parties; /* Party: the good rows, those of one party joined */
    GPtrArray *bad;     /* BadRow, by line */
    GPtrArray *unknown; /* char*: columns that mean nothing here */
} PartyFile;

/*
 * Reads the file's bytes. Rows of the same name (of a conflict: name and matter) are one party with all that they say. NULL with USHER_ERROR_INPUT when it is
 * no such table at all.
 */
PartyFile *party_file_read(PartyList list, const char *bytes, gsize length, const Rulebook *rulebook, GError **error);
void party_file_free(PartyFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PartyFile, party_file_free)

#endif
