/*
 * extract.h - Message and channel rules -> channel, people and fields, each with its evidence
 *
 * Pure. Fields are taken from the strongest evidence to the weakest: the channel's own pattern, a labelled line, free text, headers,
 * signature. The first to give a field wins; what a weaker source says otherwise is kept as a contradiction only where a rule asks for it.
 */
#ifndef USHER_EXTRACT_H
#define USHER_EXTRACT_H

#include "usher/model/lead.h"
#include "usher/model/past.h"
#include "usher/model/message.h"
#include "usher/parse.h"
#include "usher/rulebook/rulebook.h"

/*
 * Settles whose words a mail is that carries another one (message->original). People of the firm and known partners pass mails on: of what went through
 * several hands the innermost outsider's is kept. Everybody else speaks for themselves, and what they forward is history: then there is no original any
 * more. It stays, never certain, where they introduce its writer, and where they say nothing of their own. To be called once, before all else here.
 */
void extract_settle_forward(Message *message, const Arrival *arrival, const Rulebook *rulebook);

/*
 * The first channel, in their order, that recognises the mail; NULL when none does. Borrowed from the rulebook. Those of kind log are left out: they
 * tell apart what colleagues write to the log address, and extract_lead asks them then.
 */
const Channel *extract_find_channel(const Message *message, const Rulebook *rulebook);

typedef struct Extraction {
    char *channel; /* name of the channel, "email" when none was recognised */
    char *source;
    Track track;
    GPtrArray *fields;          /* Field */
    GPtrArray *rivals;          /* Field: of fields that a contradiction compares, a second value that does not go with the first */
    Mailbox *person;            /* the prospect; NULL when nobody can be named */
    Mailbox *wrote_from;        /* the address the person wrote from when they want answers at another, which is `person`; NULL */
    gboolean person_is_certain; /* FALSE: somebody must look before anything is sent to them */
    Mailbox *referrer;          /* NULL */
    Mailbox *forwarded_by;      /* a person of the firm or a referrer who passed it on; NULL */
    char *words;                /* what the person asked, in their words, for the brief */
    gboolean is_own_forward;
    guint
        people_told; /* how many people a colleague's note seems to tell of, or mails are passed on in one; 0 for all other mail */
} Extraction;

/*
 * Fields and people of one message. The firm's own addresses are never the prospect; the sender of a form's notification never is either.
 */
Extraction *extract_lead(const Message *message, const KindVerdict *verdict, const Channel *channel, const Arrival *arrival,
                         const Rulebook *rulebook);
void extraction_free(Extraction *extraction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Extraction, extraction_free)

/*
 * The short answers of a reply to a mail of ours that asked for the fields `asked` (char*: names, in the order of the questions): Field, owned by the
 * caller. Only for such a reply: of any other mail they are nothing certain.
 */
GPtrArray *extract_answers(const Message *message, const GPtrArray *asked, const Rulebook *rulebook, UsherTime written);

/*
 * The one of the times that were offered (SlotOffer) that a reply takes, when it names one alone and refuses nothing; NULL. Times are said as in `zone`. Borrowed.
 */
const SlotOffer *extract_find_slot(const char *text, const GPtrArray *slots, GTimeZone *zone);

/* TRUE when one of two names may be the other, without its title or a part of it: "Mr Patel", "Raj Patel", "Raj". */
gboolean extract_is_same_name(const char *one, const char *other);

/*
 * Normalises a value as the field's type asks; NULL when it is no such value. `written` is when it was said, for days in words ("next Friday"); 0: not
 * known. Owned by the caller.
 */
char *extract_normalise(const FieldRule *rule, const char *raw, const Settings *settings, UsherTime written);

#endif
