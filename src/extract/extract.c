/*
 * extract/extract.c - one message and its channel -> people and fields, each with its evidence
 *
 * Decides whose words are read and how far they go, then lets fields.c and people.c do their work. Nothing is read of a mail that a machine sent
 * for itself (a bounce, a newsletter): it opens no lead.
 *
 *   a notification (form, chat, booking)   the whole text, up to where its boilerplate begins
 *   a colleague's note                     the same as all else, and the subject above it
 *   a mail passed on                       what the original newly said; never the forwarder's note, in which their own number may stand
 *   all else                               what was newly said, without quoted history and signature
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_WORDS_CHARS 4000
#define DAY_S (24 * 60 * 60)
#define WRAPPED_BYTES 45 /* a shorter line was ended on purpose */
#define MAX_SIGNED_LINES 14
#define MAX_SIGNED_LINE_BYTES 90

/* ---- the track ---- */

static const IntakeAddress *find_intake_in(const GPtrArray *mailboxes, const Settings *settings)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
        const IntakeAddress *intake = settings_find_intake(settings, mailbox->address);
        if (intake) {
            return intake;
        }
    }
    return NULL;
}

const IntakeAddress *extract_find_intake(const Message *message, const Arrival *arrival, const Settings *settings)
{
    for (guint i = 0; i < arrival->envelope_to->len; i++) {
        const IntakeAddress *intake = settings_find_intake(settings, g_ptr_array_index(arrival->envelope_to, i));
        if (intake) {
            return intake;
        }
    }
    const IntakeAddress *intake = find_intake_in(message->to, settings);
    return intake ? intake : find_intake_in(message->cc, settings);
}

/* A partner who passes a mail on refers its writer to us. */
static gboolean is_of_partner(const Extracting *work)
{
    return work->is_passed_on && !work->is_own_sender && extract_may_pass_on(work->message, work->settings);
}

/* An introduction is a referral wherever it comes to; else the address knows more than the form. */
static Track find_track(const Extracting *work)
{
    const Channel *channel = work->channel;
    const IntakeAddress *intake = extract_find_intake(work->message, work->arrival, work->settings);
    if ((channel && channel->has_track && channel->track == TRACK_REFERRAL) || is_of_partner(work)) {
        return TRACK_REFERRAL;
    }
    if (intake && intake->has_track) {
        return intake->track;
    }
    return channel && channel->has_track ? channel->track : TRACK_INBOUND;
}

/* When the words were written: the mail's date, unless it is one that no mail can have that has arrived. */
static UsherTime find_written(const Extracting *work)
{
    UsherTime date = work->message->date, received = work->arrival->received;
    return date > 0 && date <= received + DAY_S ? date : received;
}

/* ---- whose words ---- */

/* From where on boilerplate may begin: behind the first label that is a field's, since forms draw lines above their answers too. */
static gsize find_first_label(const Extracting *work)
{
    for (guint i = 0; work->offset >= 0 && i < work->message->labelled->len; i++) {
        const LabelledLine *line = g_ptr_array_index(work->message->labelled, i);
        gsize from = (gsize)work->offset;
        if (line->start >= from && line->start < from + work->length && extract_find_label(work->rulebook, line->label)) {
            return line->start - from;
        }
    }
    return 0;
}

static void cut_boilerplate(Extracting *work)
{
    gsize from = work->channel && work->channel->ends->len > 0 ? find_first_label(work) : 0;
    for (guint i = 0; work->channel && i < work->channel->ends->len; i++) {
        const PatternRule *end = g_ptr_array_index(work->channel->ends, i);
        PatternMatch match;
        if (pattern_match(end->pattern, work->text, work->length, from, &match) == PATTERN_MATCH) {
            work->length = MIN(work->length, match.start[0]);
        }
    }
}

static void choose_text(Extracting *work)
{
    const Message *message = work->message;
    const char *text = message->new_text;
    if (work->is_passed_on && message->original->count > 1) {
        text = message->text; /* of all of them, for whoever sorts them out */
    } else if (work->is_passed_on) {
        text = message->original->text ? message->original->text : "";
    } else if (work->is_notification || !*text) {
        text = message->text;
    }
    const char *found = *text ? strstr(message->text, text) : NULL;
    work->text = text;
    work->length = strlen(text);
    work->offset = found ? found - message->text : -1;
    cut_boilerplate(work);
}

/* The end of the line on which the writer signs with their name or first name; `length` when they do not. */
static gsize find_sign_off(const char *text, gsize length, const Mailbox *writer)
{
    g_autofree char *name = text_fold(writer->name);
    g_autofree char *first = g_strndup(name, strcspn(name, " "));
    for (gsize at = 0; *name && at < length;) {
        gsize end = MIN(at + strcspn(text + at, "\n"), length);
        g_autofree char *written = g_strndup(text + at, end - at);
        g_autofree char *line = text_fold(written);
        if (strcmp(line, name) == 0 || strcmp(line, first) == 0) {
            return end;
        }
        at = end + 1;
    }
    return length;
}

/* What follows the name of somebody who tells of another is about themselves: their firm, position and number. */
static void cut_writers_own(Extracting *work, gboolean is_told)
{
    const Mailbox *writer = work->message->from;
    gsize end = writer ? find_sign_off(work->text, work->length, writer) : work->length;
    /* whoever tells of another without a copy to them writes down an address of theirs */
    if (!is_told || memchr(work->text, '@', end)) {
        work->length = end;
    }
}

/* TRUE for the line with which a person of that name signs: "Tom Reid", "Tom", "Tom Reid, Partner". */
static gboolean signs_as(const char *line, const char *name)
{
    g_autofree char *own = text_fold(name);
    g_autofree char *first = g_strndup(own, strcspn(own, " "));
    g_autofree char *folded = text_fold(line);
    gsize length = strlen(own);
    const char *behind = length > 0 && g_str_has_prefix(folded, own) ? folded + length : NULL;
    return length > 0 && (strcmp(folded, first) == 0 || (behind && (!*behind || strchr(",|(/", behind[strspn(behind, " ")]))));
}

/* TRUE when all of these lines may be what stands below a colleague's name: short ones, no question, no address of somebody else's. */
static gboolean is_below_name(const Extracting *work, char **lines)
{
    guint said = 0;
    for (guint i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        gsize length = strlen(line);
        g_auto(GStrv) words = strchr(line, '@') ? g_strsplit_set(line, " <>|,;:()", 20) : NULL;
        for (guint j = 0; words && words[j]; j++) {
            if (strchr(words[j], '@') && strchr(words[j], '.') && !settings_is_own_address(work->settings, words[j])) {
                return FALSE;
            }
        }
        said += length > 0;
        if (length > MAX_SIGNED_LINE_BYTES || g_str_has_suffix(line, "?")) {
            return FALSE;
        }
    }
    return said <= MAX_SIGNED_LINES;
}

/*
 * A colleague's signature below a note tells of the colleague: their number and position are never the prospect's. It begins at their own name
 * on a line of its own, below something that was said.
 */
static void cut_colleagues_signature(Extracting *work)
{
    const Mailbox *writer = work->message->from;
    const Person *person = writer ? settings_find_person_by_email(work->settings, writer->address) : NULL;
    g_autofree char *text = g_strndup(work->text, work->length);
    gboolean is_said = *work->message->subject != '\0';
    for (gsize at = 0; writer && at < work->length;) {
        gsize end = at + strcspn(text + at, "\n");
        g_autofree char *line = g_strstrip(g_strndup(text + at, end - at));
        if (is_said && *line && (signs_as(line, writer->name) || (person && signs_as(line, person->name)))) {
            g_auto(GStrv) below = g_strsplit(text + end, "\n", -1);
            if (is_below_name(work, below)) {
                work->length = at;
                return;
            }
        }
        is_said |= *line != '\0';
        at = end + 1;
    }
}

/*
 * Mail is wrapped at 60 to 80 columns, in the middle of "within the next three months". Such a line end becomes a blank, so that patterns
 * can be written as people speak; the ends of short lines (addresses, signatures, lists) stay.
 */
static char *flow_lines(const char *text, gsize length)
{
    char *flowed = g_strndup(text, length);
    char *line = flowed;
    for (char *end = strchr(line, '\n'); end; end = strchr(line, '\n')) {
        if (end - line >= WRAPPED_BYTES && (g_ascii_isalnum(end[1]) || g_str_has_prefix(end + 1, "£"))) {
            *end = ' ';
        }
        line = end + 1;
    }
    return flowed;
}

static gboolean speaks_of_other(const Extracting *work)
{
    if (work->is_notification) {
        return FALSE;
    }
    if (work->channel) {
        return work->channel->kind == KIND_REFERRAL && extract_speaks_of_other(work->message, work->channel, work->rulebook);
    }
    g_autoptr(GPtrArray) others = extract_list_others(work->message, work->settings);
    return work->extraction->track == TRACK_REFERRAL && others->len > 0;
}

/* A note is often a subject and nothing else, and its text a sentence that begins there. */
static char *find_note(const Extracting *work)
{
    g_autofree char *read = g_strndup(work->text, work->length);
    const char *subject = work->message->subject;
    g_autofree char *note =
        *subject && *g_strstrip(read) ? g_strconcat(subject, "\n\n", read, NULL) : g_strconcat(subject, read, NULL);
    return text_to_block(note, MAX_WORDS_CHARS);
}

/* What the person asked, for the people who will answer. */
static char *find_words(const Extracting *work)
{
    if (work->is_note) {
        return find_note(work);
    }
    const Field *need = work->is_notification ? field_find(work->extraction->fields, "need") : NULL;
    g_autofree char *read = g_strndup(work->text, work->length);
    char *words = text_to_block(need ? need->raw : read, MAX_WORDS_CHARS);
    return g_strstrip(words);
}

Extraction *extract_lead(const Message *message, const KindVerdict *verdict, const Channel *channel, const Arrival *arrival,
                         const Rulebook *rulebook)
{
    Extraction *extraction = g_new0(Extraction, 1);
    /* A colleague's own note is no form, however it is laid out. */
    gboolean is_note = verdict->kind == KIND_LOG && !extract_is_passed_on(message, rulebook->settings);
    const char *alone = is_note ? "log" : "email";
    const Channel *used = is_note ? extract_find_log_channel(message, rulebook) : channel;
    Extracting work = {
        .message = message,
        .verdict = verdict,
        .channel = used,
        .arrival = arrival,
        .rulebook = rulebook,
        .settings = rulebook->settings,
        .is_note = is_note,
        .extraction = extraction,
    };
    work.is_own_sender = extract_is_own_sender(message, rulebook->settings);
    work.is_passed_on = extract_is_passed_on(message, rulebook->settings);
    extraction->channel = g_strdup(work.channel ? work.channel->name : alone);
    extraction->source = g_strdup(work.channel && work.channel->source ? work.channel->source : alone);
    extraction->fields = g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
    extraction->rivals = g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
    extraction->track = find_track(&work);
    work.is_invitation = message->invitation && !work.channel && (verdict->kind == KIND_BOOKING || verdict->kind == KIND_CALENDAR);
    if (work.is_invitation && verdict->kind == KIND_BOOKING) {
        g_free(extraction->channel);
        g_free(extraction->source);
        extraction->channel = g_strdup("calendar");
        extraction->source = g_strdup("calendar");
    }
    gboolean is_about_booking = verdict->kind == KIND_CALENDAR && (work.is_invitation || work.channel);
    if (kind_is_automatic(verdict->kind) && !is_about_booking) {
        extraction->words = g_strdup("");
        return extraction;
    }
    work.is_notification = work.channel && (kind_is_notification(work.channel->kind) || is_about_booking);
    work.is_introduction = speaks_of_other(&work);
    extraction->is_own_forward = work.is_passed_on && work.is_own_sender;
    gboolean is_referral_told = extraction->track == TRACK_REFERRAL && !work.is_introduction && !work.is_passed_on && !is_note;
    work.reads_identity =
        work.is_notification || is_referral_told || (work.is_own_sender && !work.is_passed_on && !work.is_introduction);
    work.reads_signature = !work.is_passed_on && !work.is_introduction && !work.is_own_sender && !work.is_notification;
    work.written = find_written(&work);
    choose_text(&work);
    if (work.is_introduction || is_referral_told) {
        cut_writers_own(&work, is_referral_told);
    } else if (work.is_own_sender && !work.is_passed_on && !work.is_notification) {
        cut_colleagues_signature(&work);
    }
    g_autofree char *flowed = flow_lines(work.text, work.length);
    work.flowed = flowed;
    extract_text_fields(&work);
    extraction->people_told = is_note                                             ? extract_count_told(&work)
                              : work.is_passed_on && message->original->count > 1 ? message->original->count
                                                                                  : 0;
    extract_people(&work);
    if (work.reads_signature) {
        extract_signature_fields(&work);
    }
    if (!is_note) {
        extract_rivals(&work);
    }
    extraction->words = find_words(&work);
    return extraction;
}

void extraction_free(Extraction *extraction)
{
    if (!extraction) {
        return;
    }
    g_free(extraction->channel);
    g_free(extraction->source);
    g_ptr_array_unref(extraction->fields);
    g_ptr_array_unref(extraction->rivals);
    mailbox_free(extraction->person);
    mailbox_free(extraction->wrote_from);
    mailbox_free(extraction->referrer);
    mailbox_free(extraction->forwarded_by);
    g_free(extraction->words);
    g_free(extraction);
}
