/*
 * parse.h - bytes -> Message, and what kind of mail it is (GMime and libxml2 stay inside)
 *
 * Pure: no disk, no clock. Odd mail is no error: whatever can be read is read, what was odd is noted, and there is always a Message.
 */
#ifndef USHER_PARSE_H
#define USHER_PARSE_H

#include "usher/model/arrival.h"
#include "usher/model/message.h"
#include "usher/rulebook/rulebook.h"

/* Must be called once in a process before parse_message. */
void parse_open(void);

/*
 * Reads a mail. Limits: the first 2 MiB of bytes, 1000 headers, 64 KiB of text, 128 KiB of HTML; header shapes that overflow GMime's stack are
 * neutralised first. `authserv_id` (may be NULL) is the only Authentication-Results author that is believed (RFC 8601 section 5).
 * `size_bytes` is the size of the whole mail. Never NULL.
 */
Message *parse_message(const char *bytes, gsize length, gsize size_bytes, const char *authserv_id);

/*
 * A group of the firm's own (Google Groups, Mailman) writes itself into From, as "Ann Oakley via Sales <sales@firm.example>": puts back who wrote, by
 * X-Original-From or X-Original-Sender, else Reply-To. The outsider's own address was checked by nobody then: authentication is none, unless it failed.
 */
void parse_restore_sender(Message *message, const Settings *settings);

/*
 * The mail that the original in turn passes on, below what its writer put above it; NULL when it is no forward. Owned by the caller.
 */
ForwardedOriginal *parse_find_inner(const ForwardedOriginal *original);

/* What a mail is by itself, before the record is asked, with the rule and the words that say so. */
typedef struct {
    MessageKind kind;
    char *rule;
    char *evidence;
    gboolean must_not_answer; /* nothing automatic may go to the From, Sender, Reply-To or envelope address, whatever the kind */
} KindVerdict;

/*
 * Judges the kind. `channel` is what the extraction recognised (NULL: none). Order: marks of a machine (a declared
 * channel outranks weak ones), the intake address's own kind, the channel's kind, a person of the firm writing out, enquiry.
 */
KindVerdict *parse_judge_kind(const Message *message, const Arrival *arrival, const Channel *channel, const Rulebook *rulebook);
void kind_verdict_free(KindVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KindVerdict, kind_verdict_free)

#endif
