/*
 * parse/kind.c - what a mail is by itself
 *
 * Takes the message with its signs of a machine, how it arrived, the channel that recognised it and the rulebook's people and intake addresses;
 * gives one kind with the rule and the words that decided. What the record knows (threads, open leads) is asked later and by others.
 *
 * "Never answer" is judged apart from the kind: a portal's notification is a lead, and still nothing may go to its sender.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/text.h"
#include "usher/parse.h"

static KindVerdict *verdict_new(MessageKind kind, const char *rule, const char *evidence)
{
    KindVerdict *verdict = g_new0(KindVerdict, 1);
    verdict->kind = kind;
    verdict->rule = g_strdup(rule);
    verdict->evidence = g_strdup(evidence);
    return verdict;
}

void kind_verdict_free(KindVerdict *verdict)
{
    if (verdict == NULL)
        return;
    g_free(verdict->rule);
    g_free(verdict->evidence);
    g_free(verdict);
}

static const Settings *get_settings(const Rulebook *rulebook)
{
    return rulebook == NULL ? NULL : rulebook->settings;
}

static gboolean is_own(const Settings *settings, const Mailbox *mailbox)
{
    return settings != NULL && mailbox != NULL && mailbox->address[0] != '\0' &&
           settings_is_own_address(settings, mailbox->address);
}

/* The domain that stands in a header of a list: "<enquiries.firm.example>", "list enquiries@firm.example". */
static gboolean names_own_domain(const Settings *settings, const char *evidence)
{
    if (settings == NULL || settings->domains == NULL)
        return FALSE;
    for (guint i = 0; i < settings->domains->len; i++)
        if (strcasestr(evidence, g_ptr_array_index(settings->domains, i)) != NULL)
            return TRUE;
    return FALSE;
}

static gboolean is_list_rule(const AutomaticMark *mark)
{
    return mark->kind == KIND_BULK && (g_str_has_prefix(mark->rule, "list-") || strcmp(mark->rule, "precedence") == 0);
}

/* An intake address may be a group of the firm's own, which marks everything as list mail. */
static gboolean comes_through_own_group(const Message *message, const Settings *settings)
{
    const char *id = message_find_header(message, "List-Id");
    return id != NULL && names_own_domain(settings, id);
}

static gboolean has_null_sender(const Arrival *arrival)
{
    return arrival->envelope_from != NULL && arrival->envelope_from[0] == '\0';
}

/* The first mark that decides. `is_weak`: look among those. A null sender is the second sign that a doubtful one needs. */
static const AutomaticMark *find_mark(const Message *message, const Arrival *arrival, gboolean is_weak, gboolean skips_lists)
{
    gboolean takes_doubtful = has_null_sender(arrival);
    for (guint i = 0; i < message->automatic->len; i++) {
        const AutomaticMark *mark = g_ptr_array_index(message->automatic, i);
        if (mark->is_doubtful && (!takes_doubtful || mark->kind == KIND_UNSUBSCRIBE || strcmp(mark->rule, "null-sender") == 0))
            continue;
        if (mark->is_weak == is_weak && mark->kind != KIND_ENQUIRY && !(skips_lists && is_list_rule(mark)))
            return mark;
    }
    return NULL;
}

static const IntakeAddress *find_intake_in(const Settings *settings, const GPtrArray *mailboxes)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
        const IntakeAddress *intake = settings_find_intake(settings, mailbox->address);
        if (intake != NULL && intake->has_kind)
            return intake;
    }
    return NULL;
}

/* The intake address that says what comes to it: by the envelope, and by the headers where a door knows no envelope. */
static const IntakeAddress *find_intake_kind(const Message *message, const Arrival *arrival, const Settings *settings)
{
    if (settings == NULL)
        return NULL;
    for (guint i = 0; i < arrival->envelope_to->len; i++) {
        const IntakeAddress *intake = settings_find_intake(settings, g_ptr_array_index(arrival->envelope_to, i));
        if (intake != NULL && intake->has_kind)
            return intake;
    }
    if (arrival->envelope_to->len > 0)
        return NULL;
    const IntakeAddress *intake = find_intake_in(settings, message->to);
    return intake != NULL ? intake : find_intake_in(settings, message->cc);
}

static const Mailbox *find_outsider(const Settings *settings, const GPtrArray *mailboxes)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
        if (mailbox->address[0] != '\0' && !is_own(settings, mailbox))
            return mailbox;
    }
    return NULL;
}

/* A blind copy: of a mail that came to no intake address, who is outside is among the recipients. */
static const char *find_outsider_in_envelope(const Settings *settings, const Arrival *arrival)
{
    for (guint i = 0; arrival->is_headers_only && i < arrival->envelope_to->len; i++)
        if (!settings_is_own_address(settings, arrival->envelope_to->pdata[i]))
            return arrival->envelope_to->pdata[i];
    return NULL;
}

/* A person of the firm who writes to somebody outside; passing a mail on to us is no such thing. */
static const char *find_written_to(const Message *message, const Arrival *arrival, const Settings *settings)
{
    if (message->original != NULL || !is_own(settings, message->from))
        return NULL;
    const Mailbox *outsider = find_outsider(settings, message->to);
    if (outsider == NULL)
        outsider = find_outsider(settings, message->cc);
    return outsider != NULL ? outsider->address : find_outsider_in_envelope(settings, arrival);
}

static const Mailbox *find_outsider_invited(const Message *message, const Settings *settings)
{
    const Invitation *invitation = message->invitation;
    gboolean is_outsiders = invitation->organizer != NULL && !is_own(settings, invitation->organizer);
    return is_outsiders ? invitation->organizer : find_outsider(settings, invitation->attendees);
}

/*
 * Somebody outside asks for a time with us, by their own calendar or by a tool for bookings (RFC 5546 section 3.2.2). Answers, cancellations and what
 * is only published are no bookings, nor is what one of us sends.
 */
static const Mailbox *find_booking(const Message *message, const Settings *settings)
{
    const Invitation *invitation = message->invitation;
    if (invitation == NULL || invitation->is_cancelled || strcmp(invitation->method, "REQUEST") != 0 ||
        is_own(settings, message->from))
        return NULL;
    return find_outsider_invited(message, settings);
}

/* A null sender alone is that of some forwarders and scripts, too: it asks for silence. On an answer it is a machine's (RFC 3834 section 3.3). */
static gboolean answers_something(const Message *message)
{
    return message->references->len > 0 || words_is_reply_subject(message->subject);
}

static KindVerdict *judge(const Message *message, const Arrival *arrival, const Channel *channel, const Settings *settings)
{
    gboolean skips_lists = comes_through_own_group(message, settings);
    const AutomaticMark *strong = find_mark(message, arrival, FALSE, skips_lists);
    if (strong != NULL)
        return verdict_new(strong->kind, strong->rule, strong->evidence);
    if (has_null_sender(arrival) && answers_something(message))
        return verdict_new(KIND_AUTO_REPLY, "null-sender", "envelope sender: <>");
    const AutomaticMark *weak = find_mark(message, arrival, TRUE, skips_lists);
    const Mailbox *booked = weak != NULL && channel == NULL && weak->kind == KIND_CALENDAR ? find_booking(message, settings) : NULL;
    if (booked != NULL)
        return verdict_new(KIND_BOOKING, "calendar request", booked->address);
    if (weak != NULL && channel == NULL)
        return verdict_new(weak->kind, weak->rule, weak->evidence);
    const IntakeAddress *intake = find_intake_kind(message, arrival, settings);
    /* what a stranger writes to the log is no note of ours */
    if (intake != NULL && (intake->kind != KIND_LOG || is_own(settings, message->from)))
        return verdict_new(intake->kind, "intake address", intake->address);
    if (channel != NULL)
        return verdict_new(channel->kind, channel->place == NULL ? channel->name : channel->place, channel->name);
    const char *outsider = find_written_to(message, arrival, settings);
    if (outsider != NULL)
        return verdict_new(KIND_SENT, "a person of the firm writes out", outsider);
    gboolean is_named = message->from != NULL && message->from->address[0] != '\0';
    return verdict_new(KIND_ENQUIRY, "a person writes", is_named ? message->from->address : "no sender is named");
}

static gboolean must_not_answer(const Message *message, const Arrival *arrival, const Settings *settings)
{
    if (message->from == NULL || message->from->address[0] == '\0' || is_own(settings, message->from))
        return TRUE;
    if (has_null_sender(arrival))
        return TRUE;
    gboolean skips_lists = comes_through_own_group(message, settings);
    for (guint i = 0; i < message->automatic->len; i++)
        if (!(skips_lists && is_list_rule(g_ptr_array_index(message->automatic, i))))
            return TRUE;
    return FALSE;
}

KindVerdict *parse_judge_kind(const Message *message, const Arrival *arrival, const Channel *channel, const Rulebook *rulebook)
{
    const Settings *settings = get_settings(rulebook);
    KindVerdict *verdict = judge(message, arrival, channel, settings);
    verdict->must_not_answer = must_not_answer(message, arrival, settings);
    return verdict;
}
