/*
 * respond/guard.c - what the counts of the last hours say about answering a mail
 *
 * Takes what a mail says and what was counted of mails like it; gives what it is counted by, and in words why it must not be answered.
 * Pure. The numbers are those of rules/routes.yaml.
 *
 * Marks and headers are judged elsewhere (parse). Here stands what stops a machine that has none of them: it says the same words again and
 * again, whoever it says it is. A form's mails are exempt, since they all come from one sender and the acknowledgement goes to the address
 * that was typed; that address has its limits as any other, which protects each victim of somebody who types in strangers' addresses, and the
 * sum of a form has an alarm at a low number, by which nobody is left unanswered, and an end at a high one.
 */
#include "usher/respond.h"

#include "values.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/text.h"
#include "usher/base/token.h"

#define TEXT_PREFIX "text:"
#define CHANNEL_PREFIX "channel:"
#define COMPARED_BYTES 200  /* of the words: a machine's own stand before what it repeats of ours */
#define SHORT_TEXT_BYTES 40 /* a text of fewer says little: it is the subject that makes it the same */
#define DIGEST_CHARS 32
#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)

/* ---- what a mail is counted by ---- */

/* A ticket's number, an address or a link: what a machine changes from mail to mail. */
static gboolean is_changing(const char *word, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if (g_ascii_isdigit(word[i]) || word[i] == '@' || word[i] == '/') {
            return TRUE;
        }
    }
    return FALSE;
}

/* "Re:", "AW:", "Fwd:": it grows with each round. */
static gboolean is_prefix(const char *word, gsize length)
{
    return length <= 4 && length > 1 && word[length - 1] == ':';
}

/* The letters of the words that do not change, in lower case, until there are COMPARED_BYTES. */
static void add_words(GString *words, const char *text, gboolean is_subject)
{
    while (*text && words->len < COMPARED_BYTES) {
        gsize length = strcspn(text, " \t\r\n");
        gboolean is_left_out = is_changing(text, length) || (is_subject && is_prefix(text, length));
        for (gsize i = 0; i < length && !is_left_out && words->len < COMPARED_BYTES; i++) {
            if (g_ascii_isalpha(text[i]) || (guchar)text[i] >= 0x80) {
                g_string_append_c(words, g_ascii_tolower(text[i]));
            }
        }
        text += length;
        text += strspn(text, " \t\r\n");
    }
}

static char *make_text_digest(const Message *message, const Extraction *extraction)
{
    g_autoptr(GString) words = g_string_sized_new(COMPARED_BYTES);
    add_words(words, message->original ? message->original->text : message->new_text, FALSE);
    if (words->len < SHORT_TEXT_BYTES) {
        add_words(words, message->subject, TRUE);
    }
    if (words->len == 0) {
        return NULL;
    }
    /* People who send the same words, out of a leaflet or a link of our own site, have each their own number. */
    const char *phone = field_find_value(extraction->fields, "phone");
    if (phone) {
        g_string_append(words, phone);
    }
    g_autofree char *digest = token_digest_bytes(words->str, words->len);
    return g_strdup_printf(TEXT_PREFIX "%.*s", DIGEST_CHARS, digest);
}

char *respond_make_alike(const Message *message, const KindVerdict *verdict, const Extraction *extraction, const Settings *settings)
{
    if (kind_is_notification(verdict->kind)) {
        return g_strconcat(CHANNEL_PREFIX, extraction->channel, NULL);
    }
    gboolean is_from_outside = message->from && !settings_is_own_address(settings, message->from->address);
    gboolean is_asking = verdict->kind == KIND_ENQUIRY || verdict->kind == KIND_REFERRAL;
    return is_asking && is_from_outside ? make_text_digest(message, extraction) : NULL;
}

gint64 respond_find_alike_span(const char *alike)
{
    return alike && g_str_has_prefix(alike, CHANNEL_PREFIX) ? HOUR_S : DAY_S;
}

/* ---- what the counts say ---- */

const AnswerCount *respond_find_answer_count(const Past *past, const char *address)
{
    for (guint i = 0; i < past->answers->len; i++) {
        const AnswerCount *count = g_ptr_array_index(past->answers, i);
        if (strcmp(count->address, address) == 0) {
            return count;
        }
    }
    return NULL;
}

char *respond_find_domain_stop(const Past *past, const char *address, const Rulebook *rulebook)
{
    const AnswerCount *count = respond_find_answer_count(past, address);
    const Limits *limits = &rulebook->limits;
    if (!count || count->to_domain < MIN(limits->answers_per_domain, limits->answers_per_free_mail)) {
        return NULL;
    }
    g_autofree char *domain = text_address_domain(address);
    g_autofree char *registrable = domain_get_registrable(domain ? domain : "");
    guint limit = rulebook_is_free_mail(rulebook, registrable) ? limits->answers_per_free_mail : limits->answers_per_domain;
    if (count->to_domain < limit) {
        return NULL;
    }
    return g_strdup_printf("the domain of %s was written to %u times in 24 hours already", address, count->to_domain);
}

static char *find_form_stop(const Past *past, const char *channel, const Limits *limits)
{
    if (past->alike < limits->form_answers_per_hour) {
        return NULL;
    }
    return g_strdup_printf("more than %u mails by the channel %s in an hour: the form may be under attack",
                           limits->form_answers_per_hour, channel);
}

static char *find_text_stop(const Past *past, const Limits *limits)
{
    if (past->alike < limits->answers_per_text) {
        return NULL;
    }
    return g_strdup_printf("more than %u mails with the same words in 24 hours: a machine may be writing from changing addresses",
                           limits->answers_per_text);
}

char *respond_find_stop(const Decision *decision, const Extraction *extraction, const Past *past, const Rulebook *rulebook)
{
    const char *alike = decision->alike;
    char *stop = NULL;
    if (alike && g_str_has_prefix(alike, CHANNEL_PREFIX)) {
        stop = find_form_stop(past, alike + strlen(CHANNEL_PREFIX), &rulebook->limits);
    } else if (alike) {
        stop = find_text_stop(past, &rulebook->limits);
    }
    if (!stop && extraction->person && *extraction->person->address) {
        stop = respond_find_domain_stop(past, extraction->person->address, rulebook);
    }
    return stop;
}

char *respond_find_alarm(const Decision *decision, const Past *past, const Limits *limits)
{
    if (!decision->alike || !g_str_has_prefix(decision->alike, CHANNEL_PREFIX) || past->alike < limits->form_alarm_per_hour) {
        return NULL;
    }
    return g_strdup_printf("more than %u mails by the channel %s in an hour", limits->form_alarm_per_hour,
                           decision->alike + strlen(CHANNEL_PREFIX));
}
