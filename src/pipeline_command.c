/*
 * pipeline_command.c - a mail of one of us that acts on a lead: whether it is one, and whether it is believed
 *
 * A mail from a person of the firm whose first line is a verb is a command when it bears the mark of a lead: in its subject, as the links of a brief set it
 * ("[usher:17:MARK]", made for one lead and one person), or by answering a mail of ours about that lead to that very person, whose Message-ID only we
 * can make. It is believed when our own mail server has found the address authentic besides. Whatever lacks one of the two is refused, on record, and
 * nothing else follows. Without a trusted name of that server (authserv_id) there are no commands by mail at all.
 *
 * A colleague's answer in ordinary words stays a note: of a verb that needs nothing behind it, the line must have it alone or followed by a colon, unless
 * the subject has the mark.
 */
#include "pipeline_command.h"

#include <string.h>

#include "usher/act.h"
#include "usher/base/text.h"
#include "usher/base/token.h"

#define MARK_OPENS "[usher:"
#define MOST_LINES 10
#define MOST_LINE_CHARS 500

/* ---- the mark in the subject ---- */

static gboolean read_mark(const char *subject, gint64 *lead, char **mark)
{
    const char *at = strstr(subject, MARK_OPENS);
    if (!at) {
        return FALSE;
    }
    at += strlen(MARK_OPENS);
    const char *colon = strchr(at, ':'), *end = colon ? strchr(colon, ']') : NULL;
    g_autofree char *digits = colon ? g_strndup(at, (gsize)(colon - at)) : NULL;
    guint64 number = 0;
    if (!end || !g_ascii_string_to_unsigned(digits, 10, 1, G_MAXINT64, &number, NULL)) {
        return FALSE;
    }
    *lead = (gint64)number;
    *mark = g_strndup(colon + 1, (gsize)(end - colon - 1));
    return TRUE;
}

static gboolean is_mark_of(const char *mark, gint64 lead, const char *person, const char *secret)
{
    g_autofree char *what = g_strdup_printf("command:%" G_GINT64_FORMAT ":%s", lead, person);
    return token_check_mark(secret, what, mark);
}

/* ---- the lines ---- */

static const Verb *find_verb(const char *word)
{
    for (const Verb *verb = act_get_verbs(); verb->name; verb++) {
        if (g_ascii_strcasecmp(verb->name, word) == 0) {
            return verb;
        }
    }
    return NULL;
}

/* The line as a command, "verb words"; NULL when it is ordinary words. */
static char *read_line(const char *line, gboolean is_marked)
{
    g_autofree char *said = text_to_line(line, MOST_LINE_CHARS);
    gsize length = strcspn(said, " :.!,");
    g_autofree char *word = g_strndup(said, length);
    const Verb *verb = find_verb(word);
    const char *rest = said + length + strspn(said + length, " :.!,");
    gboolean is_colon = said[length] == ':';
    gboolean needs_more = verb && *verb->arguments && *verb->arguments != '[';
    if (!verb || (*rest && !is_colon && !needs_more && !is_marked)) {
        return NULL;
    }
    return g_strdup_printf("%s%s%s", verb->name, *rest ? " " : "", rest);
}

/* From the top, as far as there is a verb on each line. */
static GPtrArray *read_lines(const Message *message, gboolean is_marked)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const char *text = message->new_text;
    while (*text && lines->len < MOST_LINES) {
        gsize length = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, length);
        gboolean is_blank = strspn(line, " \t\r") == length;
        char *order = is_blank ? NULL : read_line(g_strstrip(line), is_marked);
        if (order) {
            g_ptr_array_add(lines, order);
        } else if (!is_blank || lines->len > 0) {
            break;
        }
        text += length + (text[length] == '\n');
    }
    return lines;
}

/* ---- who, and on what ---- */

/* Whom the mail says it is from, where commands by mail are possible at all. */
static const Person *find_person(const Reading *reading, const Settings *settings)
{
    const Message *message = reading->message;
    if (!settings->authserv_id || !message->from || message->original || reading->arrival->is_headers_only ||
        arrival_is_history(reading->arrival) || kind_is_automatic(reading->verdict->kind) || message->automatic->len > 0 ||
        reading->verdict->kind == KIND_SENT) {
        return NULL;
    }
    return settings_find_person_by_email(settings, message->from->address);
}

gint64 command_find_named(const Reading *reading, const Settings *settings)
{
    gint64 lead = 0;
    g_autofree char *mark = NULL;
    return find_person(reading, settings) && read_mark(reading->message->subject, &lead, &mark) ? lead : 0;
}

/* The lead about which the mail answers one of ours to that very person; 0. */
static gint64 find_answered(const Reading *reading, const Past *past, const char *person, const Settings *settings,
                            const char *secret)
{
    g_autofree char *domain = text_address_domain(settings->delivery.from);
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        g_autofree char *key = g_strdup_printf("brief:%" G_GINT64_FORMAT ":%s", match->lead->id, person);
        g_autofree char *id = message_id_make(secret, key, domain ? domain : "localhost");
        if (match->how == MATCH_REFERENCE &&
            g_ptr_array_find_with_equal_func(reading->message->references, id, g_str_equal, NULL)) {
            return match->lead->id;
        }
    }
    return 0;
}

MailCommand *command_read(const Reading *reading, const Past *past, const Settings *settings, const char *secret)
{
    const Person *person = find_person(reading, settings);
    gint64 named = 0;
    g_autofree char *mark = NULL;
    gboolean is_marked = person && read_mark(reading->message->subject, &named, &mark);
    gint64 answered = person && !is_marked ? find_answered(reading, past, person->id, settings, secret) : 0;
    if (!is_marked && answered == 0) {
        return NULL;
    }
    g_autoptr(MailCommand) command = g_new0(MailCommand, 1);
    command->person = person;
    command->lines = read_lines(reading->message, is_marked);
    if (command->lines->len == 0) {
        return NULL;
    }
    if (is_marked && (!is_mark_of(mark, named, person->id, secret) || !past_find_match(past, named))) {
        command->refusal = g_strdup_printf("the mark in its subject is none of ours for %s", person->id);
        return g_steal_pointer(&command);
    }
    command->lead = is_marked ? named : answered;
    if (reading->message->authentication != AUTHENTICATION_PASS) {
        command->refusal = g_strdup_printf("our mail server %s has not found its sender authentic", settings->authserv_id);
    }
    return g_steal_pointer(&command);
}

void mail_command_free(MailCommand *command)
{
    if (!command) {
        return;
    }
    g_ptr_array_unref(command->lines);
    g_free(command->refusal);
    g_free(command);
}
