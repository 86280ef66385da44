/*
 * extract/forward.c - whose words is a mail that carries another one?
 *
 * Takes a message with the original that was found in it; keeps the original, takes one from inside it, or drops it. Only people of the firm and known
 * partners pass on somebody's mail. An outsider who forwards a letter and asks for help is the prospect, and whoever wrote the letter is nobody we know: to
 * write to them would be a leak, and their number is not the prospect's. What is in doubt (an introduction by a stranger, a forward without a word) keeps
 * its original, and is looked at before anything is sent.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum { MOST_HANDS = 10, LEAST_OWN_WORDS = 5 };

gboolean extract_may_pass_on(const Message *message, const Settings *settings)
{
    const char *address = message->from ? message->from->address : "";
    return *address && (settings_is_own_address(settings, address) || settings_is_partner(settings, address));
}

/* One of the firm's, or of the sender's own. */
static gboolean is_no_outsiders(const ForwardedOriginal *original, const Message *message, const Settings *settings)
{
    if (!original->from || !*original->from->address) {
        return FALSE;
    }
    gboolean is_senders_own = message->from && strcmp(original->from->address, message->from->address) == 0;
    return is_senders_own || settings_is_own_address(settings, original->from->address);
}

/* A forward of one's own earlier mail, or of one of ours, is no mail passed on: its sender speaks for themselves. */
gboolean extract_is_passed_on(const Message *message, const Settings *settings)
{
    const ForwardedOriginal *original = message->original;
    return original && (extract_is_own_sender(message, settings) || !is_no_outsiders(original, message, settings));
}

/* ---- through several hands ---- */

static void replace_text(char **place, const char *text)
{
    g_free(*place);
    *place = g_strdup(text);
}

/* The note of the outer hand stands above the inner one's. */
static void join_notes(ForwardedOriginal *inner, const ForwardedOriginal *outer)
{
    if (*outer->note) {
        g_autofree char *both = *inner->note ? g_strconcat(outer->note, "\n\n", inner->note, NULL) : g_strdup(outer->note);
        replace_text(&inner->note, both);
    }
}

/* A colleague had it from a colleague: whoever wrote to the first of them. TRUE when there is such a mail. */
static gboolean take_inner(Message *message)
{
    ForwardedOriginal *outer = message->original, *inner = parse_find_inner(outer);
    if (!inner) {
        return FALSE;
    }
    join_notes(inner, outer);
    message->original = inner;
    forwarded_original_free(outer);
    return TRUE;
}

/* A client passed on a friend's mail with words that introduce them, and a colleague has passed it on to us. Without such words the client speaks. */
static void take_introduced(Message *message, const Rulebook *rulebook)
{
    ForwardedOriginal *outer = message->original, *inner = parse_find_inner(outer);
    if (!inner || !inner->from || !*inner->from->address || strcmp(inner->from->address, outer->from->address) == 0 ||
        settings_is_own_address(rulebook->settings, inner->from->address)) {
        forwarded_original_free(inner);
        return;
    }
    inner->passed_by = mailbox_dup(outer->from);
    message->original = inner;
    const Channel *channel = extract_find_channel(message, rulebook);
    gboolean is_introduced = channel && channel->kind == KIND_REFERRAL;
    message->original = is_introduced ? inner : outer;
    forwarded_original_free(is_introduced ? outer : inner);
}

static gboolean is_own_original(const Message *message, const Settings *settings)
{
    const Mailbox *from = message->original->from;
    return from && *from->address && settings_is_own_address(settings, from->address);
}

static void drop_original(Message *message)
{
    forwarded_original_free(message->original);
    message->original = NULL;
}

/* What Usher wrote to one of us (a brief), passed on: the colleague's own words are a note, and the brief's are not the prospect's. */
static gboolean is_own_notice(const Message *message, const Settings *settings)
{
    const ForwardedOriginal *original = message->original;
    if (!original->from || g_strcmp0(original->from->address, settings->delivery.from) != 0) {
        return FALSE;
    }
    for (guint i = 0; i < original->to->len; i++) {
        const Mailbox *to = g_ptr_array_index(original->to, i);
        if (*to->address && !settings_is_own_address(settings, to->address)) {
            return FALSE;
        }
    }
    return original->to->len > 0;
}

/* The only words of the mail are its subject. */
static void keep_some_words(Message *message)
{
    if (!*message->new_text) {
        replace_text(&message->new_text, message->subject);
    }
}

static void settle_trusted(Message *message, const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    guint hands = 0;
    while (hands < MOST_HANDS && is_own_original(message, settings) && take_inner(message)) {
        hands++;
    }
    if (is_own_notice(message, settings)) {
        drop_original(message);
        keep_some_words(message);
    } else if (message->original->from && *message->original->from->address && !is_own_original(message, settings)) {
        take_introduced(message, rulebook);
    }
}

/* ---- outsiders ---- */

static guint count_words(const char *text)
{
    guint count = 0;
    g_auto(GStrv) words = g_strsplit_set(text, " \t\n", -1);
    for (guint i = 0; words[i]; i++) {
        count += *words[i] != '\0';
    }
    return count;
}

static gboolean is_introduction(const Message *message, const Arrival *arrival, const Channel *channel, const Settings *settings)
{
    const IntakeAddress *intake = extract_find_intake(message, arrival, settings);
    return (channel && channel->kind == KIND_REFERRAL) || (intake && intake->has_track && intake->track == TRACK_REFERRAL);
}

/* Their own earlier mail says more than the words above it, where there are none. */
static void take_own_earlier(Message *message, const Settings *settings)
{
    if (!*message->new_text && !is_own_original(message, settings)) {
        replace_text(&message->new_text, message->original->text);
    }
    drop_original(message);
    keep_some_words(message);
}

void extract_settle_forward(Message *message, const Arrival *arrival, const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    if (!message->original) {
        return;
    }
    if (extract_may_pass_on(message, settings)) {
        settle_trusted(message, rulebook);
        return;
    }
    const Channel *channel = extract_find_channel(message, rulebook);
    if (channel && kind_is_notification(channel->kind)) {
        return; /* forms and portals write blocks of header lines too */
    }
    if (is_no_outsiders(message->original, message, settings)) {
        take_own_earlier(message, settings);
    } else if (!is_introduction(message, arrival, channel, settings) && count_words(message->original->note) >= LEAST_OWN_WORDS) {
        drop_original(message);
    }
}
