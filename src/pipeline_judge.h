/*
 * pipeline_judge.h - a lead judged, when it is opened and again when more is known of it
 *
 * The same stages in the same order both times: what is known -> verdicts, route, owner, promises, mails.
 */
#ifndef USHER_PIPELINE_JUDGE_H
#define USHER_PIPELINE_JUDGE_H

#include "usher/pipeline.h"

typedef struct {
    const Reading *opening; /* the mail that opened the lead, as it reads now */
    const Past *past;
    const Rulebook *rulebook;
    const char *secret;
    const RouteRule *forced; /* the route it takes whatever the rules say, because an answer did not come; NULL */
    gboolean is_stranger;    /* who wrote holds a mail of somebody else's lead: nobody is sure who they are */
} Judging;

/* Fields and people of the mail that opens the lead, and its kind, go into the decision. */
void judge_take_opening(Decision *decision, const Reading *opening);

/* Verdicts, route, owner, promises and mails of a decision that opens a lead and has its fields. */
void judge_lead(Decision *decision, const Judging *judging);

/* TRUE when somebody of the lead is a party of the conflicts that its last judgement did not know: a clearance was not about that one. */
gboolean judge_has_unchecked(const Past *past);

/*
 * The mail that opened the lead, read again, its person being who the lead knows by now; the words of a later mail (may be NULL) stand above its own.
 * Of a mail that could not be read, what people have told stands alone. NULL when `past` is not the lead's; the caller owns it.
 */
Reading *judge_read_opening(const Past *past, const Decision *decision, const Lead *lead, const Extraction *later,
                            const Rulebook *rulebook);

/*
 * The same for a lead on record: decision->fields, which are new or changed, go over those it has, those of decision->taken_back are left out. The verdicts that
 * stand from now on go into the decision. The lead takes another route only where nobody of the firm has moved it off the way the rules gave it, or
 * when `is_cleared`: a person lets it out of its exception. Then what is owed on the new way and was not owed before is added, and what is owed
 * no longer is withdrawn. The history gets the old and the new verdict. `why`: what made it necessary, in words.
 */
void judge_lead_again(Decision *decision, const Lead *lead, const Judging *judging, gboolean is_cleared, const char *why);

/*
 * Whose the lead is to be, by the rules, since its owner is nobody of the firm any more: the holder of the duty that its route names, or by rotation. Sets owner and
 * turns. Gives the reason in words, owned by the caller.
 */
char *judge_next_owner(Decision *decision, const Lead *lead, const Judging *judging);

#endif
