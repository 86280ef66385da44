/*
 * respond/values.h - what the templates are told of a lead and what the counts say (parts of respond/plan.c)
 */
#ifndef USHER_SRC_RESPOND_VALUES_H
#define USHER_SRC_RESPOND_VALUES_H

#include "usher/respond.h"

/*
 * Everything that is the same in all mails of one decision. `match` is the lead on record that the mail joined; NULL
 * for a new one.
 */
TemplateValues *respond_make_values(const Decision *decision, const RespondInput *input, const LeadMatch *match,
                                    const Rulebook *rulebook);

/* What depends on whom the mail goes to. */
void respond_put_recipient(TemplateValues *values, const Mailbox *to, const char *reply_subject, gboolean is_original_attached);

/* Whether `person` (an id; NULL: an outsider) is the one who answers for the promises that the decision tells of. */
void respond_put_answerable(TemplateValues *values, const Decision *decision, const char *person);

/* Where answers shall come: our own address when it is an intake, else the first intake that takes enquiries. Borrowed. */
const char *respond_find_intake_address(const Settings *settings);

/* How `person` (an id; NULL: an outsider) may act on the lead by mail: links with a mark that is made for the two. */
void respond_put_commands(TemplateValues *values, gint64 lead, const char *person, const char *secret, const Settings *settings);

/* The first value of a field, of this decision or of the lead on record; NULL. Borrowed. */
const char *respond_find_field(const Decision *decision, const Lead *lead, const char *name);

/* The value of a field as people write it: "01632 960123", "30 June 2026", "£15,000". NULL of NULL. Owned by the caller. */
char *respond_say_field(FieldType type, const char *value, const Settings *settings);

/*
 * The name of somebody as it may stand in a mail to somebody else; NULL when it looks like anything but a name: a
 * stranger can write an advertisement where a name belongs, and we would deliver it. Owned by the caller.
 */
char *respond_dup_name(const char *name);

/* "Helen" of "Dr Helen Marsh", "Mr Marsh" of "Mr Marsh", "J Marsh" of "J Marsh"; "there" without a name. Owned by the caller. */
char *respond_dup_first_name(const char *name);

/* "Re: VAT inspection"; NULL when there is no subject. Owned by the caller. */
char *respond_make_reply_subject(const char *subject);

/* ---- leave.c ---- */

/*
 * Gives a marketing mail its mark (mail->unsubscribe), and the templates the links with it: unsubscribe_url (a page; absent without web pages) and
 * unsubscribe_mailto_url. For any other mail both are absent.
 */
void respond_put_leave(TemplateValues *values, OutgoingMail *mail, const char *secret, const Settings *settings);
/* The value of its List-Unsubscribe (RFC 2369); NULL for a mail without a mark. *is_one_click: it is fit for RFC 8058. Owned by the caller. */
char *respond_make_leave_header(const OutgoingMail *mail, const Settings *settings, gboolean *is_one_click);

/* ---- guard.c ---- */

/* What was counted of mails to that folded address; NULL. Borrowed. */
const AnswerCount *respond_find_answer_count(const Past *past, const char *address);
/* Why the domain of that folded address gets no more; NULL. Owned by the caller. */
char *respond_find_domain_stop(const Past *past, const char *address, const Rulebook *rulebook);
/* The alarm of the decision's form, in words; NULL while it does not ring. Owned by the caller. */
char *respond_find_alarm(const Decision *decision, const Past *past, const Limits *limits);

#endif
