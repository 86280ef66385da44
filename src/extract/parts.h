/*
 * extract/parts.h - what the files of extract share
 *
 * An Extracting is the work on one message: whose words are read (`text`), and what has been found so far. Everything in it but the
 * Extraction is borrowed.
 */
#ifndef USHER_EXTRACT_PARTS_H
#define USHER_EXTRACT_PARTS_H

#include "usher/extract.h"

typedef struct {
    const Message *message;
    const KindVerdict *verdict;
    const Channel *channel; /* NULL */
    const Arrival *arrival;
    const Rulebook *rulebook;
    const Settings *settings;
    gboolean is_own_sender;   /* the From address is the firm's */
    gboolean is_passed_on;    /* a forward of somebody else's mail */
    gboolean is_notification; /* a machine tells of the person: the person is in the text */
    gboolean is_note;         /* a person of the firm tells of somebody, at the log address */
    gboolean is_invitation;   /* a calendar's own mail about an appointment, of no channel */
    gboolean is_introduction; /* the writer speaks of the person, who is in To or Cc */
    gboolean reads_identity;  /* the person's address is looked for in the text, the sender is somebody else */
    const char *text;         /* the words that are read, without boilerplate */
    const char *flowed;       /* the same, byte for byte, with blanks where lines were only wrapped */
    gsize length;
    gssize offset;            /* where they begin in message->text; -1 when they are no part of it */
    gboolean reads_signature; /* it is the person's own */
    UsherTime written;        /* when they were written; 0 when not known */
    Extraction *extraction;
} Extracting;

/* extract/forward.c */
gboolean extract_is_passed_on(const Message *message, const Settings *settings);
/* TRUE when a mail that this sender passes on is a lead of whoever wrote it: a person of the firm, or a partner (usher.yaml, `intake.partners`). */
gboolean extract_may_pass_on(const Message *message, const Settings *settings);

/* extract/extract.c: the intake address the mail came to, the envelope's before the headers'; NULL. */
const IntakeAddress *extract_find_intake(const Message *message, const Arrival *arrival, const Settings *settings);

/* extract/channel.c */
gboolean extract_is_own_sender(const Message *message, const Settings *settings);
/* The addresses of To and Cc (of the original, where a person of the firm passed it on) that are neither the writer's nor the firm's. Mailbox, borrowed. */
GPtrArray *extract_list_others(const Message *message, const Settings *settings);
/* TRUE for an address behind which nobody reads: no-reply, notifications, a web server's own. */
gboolean extract_is_robot(const char *address);
/* TRUE for an address of the channel's own service, which is never the person's. `channel` may be NULL. */
gboolean extract_is_relay(const Channel *channel, const char *address);
/* The field rule of a label; marks such as "(required)" at its end do not matter. NULL. */
const FieldRule *extract_find_label(const Rulebook *rulebook, const char *label);

/* The first channel of kind log that recognises what a colleague newly said in a note; NULL. */
const Channel *extract_find_log_channel(const Message *message, const Rulebook *rulebook);

/* TRUE when the channel was recognised by somebody else in To or Cc, of whom the writer speaks. */
gboolean extract_speaks_of_other(const Message *message, const Channel *channel, const Rulebook *rulebook);

/* extract/rivals.c: second values of fields that a contradiction compares. */
void extract_rivals(Extracting *work);

/* extract/fields.c: a value of the field, read once more and kept nowhere: what stands between two places of message->text, the first one found between two
 * places of work->text (*end: where it ends there), the signature's. NULL when there is none; owned by the caller. */
Field *extract_read_value(const Extracting *work, const FieldRule *rule, gsize start, gsize end);
Field *extract_read_between(const Extracting *work, const FieldRule *rule, gsize from, gsize to, gsize *end);
Field *extract_read_signature(const Extracting *work, const FieldRule *rule);

/* extract/fields.c: the channel's patterns, the labelled lines, free text; then the signature. */
void extract_text_fields(Extracting *work);
void extract_signature_fields(Extracting *work);
/* Adds a field that stands in no text. */
void extract_add_fact(Extracting *work, const char *name, const char *raw, const char *where, const char *rule);

/*
 * extract/company.c: where in `company` the name begins that goes with the domain of the address: at its start, or after "of" ("Ann Lee of Lee
 * Joinery Ltd"). NULL when it does not.
 */
const char *extract_find_company_of(const char *company, const char *address);

/* extract/note.c: how many different people a colleague's note tells of, by their names and addresses. */
guint extract_count_told(const Extracting *work);

/* extract/people.c: prospect, referrer and who passed it on; and the fields that name them. */
void extract_people(Extracting *work);

/* extract/money.c: NULL when the text is no such thing. */
char *extract_normalise_money(const char *raw);
char *extract_normalise_number(const char *raw);
/* extract/date.c: the day that is meant on `today` (NULL: not known). FALSE when the text names none. */
gboolean extract_read_day(const char *raw, const GDate *today, GDate *day);
/* extract/words_for_days.c: "the end of March", "next Friday", "within two weeks", as said on `today`. */
gboolean extract_read_day_words(const char *raw, const GDate *today, GDate *day);
/* extract/spoken.c: the text with its number words as digits; a number that was dictated digit by digit. Owned by the caller. */
char *extract_write_digits(const char *raw);
char *extract_write_dialled(const char *raw);
/* extract/postcode.c: "SW10 0BQ"; NULL when it is none of the United Kingdom's; and where it lies ("London SW"), NULL when not known. */
char *extract_normalise_postcode(const char *raw);
const char *extract_find_postal_area(const char *postcode);
/* extract/name.c */
char *extract_normalise_name(const char *raw);

/* The choice that stands first in the text (each by its own name or its patterns), with its span and rule; NULL. */
const FieldChoice *extract_find_choice(const FieldRule *rule, const PatternText *text, gsize *start, gsize *end,
                                       const char **place);

#endif
