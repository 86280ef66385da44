/*
 * model/arrival.h - how a mail came to us: what is known of it besides its bytes
 */
#ifndef USHER_MODEL_ARRIVAL_H
#define USHER_MODEL_ARRIVAL_H

#include "usher/base/clock.h"
#include "usher/model/names.h"

typedef struct Arrival {
    gint64 id;              /* the row of the captured message; the id of the lead it may open; 0 when not captured (explain) */
    char *digest;           /* identity of the mail, see capture.h; NULL when not captured */
    char *door;             /* "milter", "maildir", "deliver", "import", "explain" */
    char *envelope_from;    /* "" for the null sender; NULL when the door does not know */
    GPtrArray *envelope_to; /* char*: folded addresses; empty when the door does not know */
    UsherTime received;     /* when it came to the firm: when it was captured; of history, what the mail itself says */
    UsherTime captured;     /* when a door took it, where that is another moment; 0 */
    gsize size_bytes;
    gboolean is_headers_only; /* an interaction between colleague and outside: nothing but its header block was captured */
    guint attempts;           /* how often it was claimed to be decided, this time included */
} Arrival;

Arrival *arrival_new(const char *door, UsherTime received);
Arrival *arrival_dup(const Arrival *arrival);
void arrival_free(Arrival *arrival);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arrival, arrival_free)

/* The door of old mail: `usher import`. */
#define DOOR_IMPORT "import"

/*
 * TRUE when the mail is history: it first came in as old mail. Whoever decides it, in whatever process, lets nothing follow from it but the
 * record: no mail, no promise, nobody's load.
 */
gboolean arrival_is_history(const Arrival *arrival);

/* The moment of which everything about this mail is told: `now`, or when it came, of history. */
UsherTime arrival_find_moment(const Arrival *arrival, UsherTime now);

#endif
