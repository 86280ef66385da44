/*
 * record/manners.h - what the claim of mails asks before one goes outside
 */
#ifndef USHER_RECORD_MANNERS_H
#define USHER_RECORD_MANNERS_H

#include "store.h"

/* As the column `rank`: the order in which mails go that are due together. */
typedef enum { RANK_ANSWER, RANK_INTERNAL, RANK_UNASKED, RANK_COUNT } MailRank;

/* One claim's look at what may go outside. */
typedef struct {
    const MailManners *manners; /* NULL: everything may */
    UsherTime now;
    gint64 room;         /* so many mails may still go outside */
    gint64 under_way;    /* mails to outsiders that somebody is sending */
    gboolean has_opened; /* the fuse, by this look */
    GHashTable *delayed; /* char*: rank and domain -> gint64*: how many wait for a later minute */
} Gate;

/* Looks at the fuse, and opens it when the time has come. */
gboolean gate_open(Record *record, Gate *gate, const MailManners *manners, UsherTime now, GError **error);
void gate_clear(Gate *gate);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Gate, gate_clear)

/* In quiet hours, moves what is due to people who have not just asked to their end. */
gboolean gate_keep_quiet(Record *record, const Gate *gate, GError **error);

/* *later: when a mail to that registrable domain may go; 0: now. */
gboolean gate_find_time(Record *record, Gate *gate, const char *domain, MailRank rank, UsherTime *later, GError **error);

#endif
