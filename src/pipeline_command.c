/*
 * pipeline_command.c - a mail of one of us that acts on a lead: whether it is one, and whether it is believed
 *
 * A mail from a person of the firm whose first line is a verb is a command when it bears the mark of a lead: in its subject, as the links of a brief set it
 * ("[usher:17:MARK]", made for one lead and one person; "[task:12:MARK]" for a task without a lead), or by answering a mail of ours about that lead to that very person, whose Message-ID only we
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

#define LEAD_MARK "[usher:"
#define TASK_MARK "[task:"
#define MOST_NOTE_CHARS 1000
#define MOST_LINES 10
#define MOST_LINE_CHARS 500

/* ---- the mark in the subject ---- */

static gboolean read_mark(const char *subject, const char *opens, gint64 *id, char **mark)
{
    const char *at = strstr(subject, opens);
    if (!at) {
        return FALSE;
    }
    at += strlen(opens);
    const char *colon = strchr(at, ':'), *end = colon ? strchr(colon, ']') : NULL;
    g_autofree char *digits = colon ? g_strndup(at, (gsize)(colon - at)) : NULL;
    guint64 number = 0;
    if (!end || !g_ascii_string_to_unsigned(digits, 10, 1, G_MAXINT64, &number, NULL)) {
        return FALSE;
    }
    *id = (gint64)number;
    *mark = g_strndup(colon + 1, (gsize)(end - colon - 1));
    return TRUE;
}

/* `of`: "command" for a lead, "task". */
static gboolean is_mark_of(const char *mark, const char *of, gint64 id, const char *person, const char *secret)
{
    g_autofree char *what = g_strdup_printf("%s:%" G_GINT64_FORMAT ":%s", of, id, person);
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

/* The number of a task at the beginning, or the word "step" in its place: how many bytes it has. "10:30" is none. */
static gsize measure_task(const Verb *verb, const char *rest)
{
    gboolean takes_task = verb && g_str_has_prefix(verb->arguments, "[TASK");
    gboolean is_step = takes_task && strstr(verb->arguments, "|step]") && g_ascii_strncasecmp(rest, "step", 4) == 0;
    gsize length = is_step ? 4 : takes_task ? strspn(rest, "0123456789") : 0;
    gsize end = length + strspn(rest + length, ":.,!");
    return rest[end] && rest[end] != ' ' ? 0 : length;
}

/* The line as a command, "verb words"; NULL when it is ordinary words. */
static char *read_line(const char *line, gboolean is_marked)
{
    g_autofree char *said = text_to_line(line, MOST_LINE_CHARS);
    gsize length = strcspn(said, " :.!,");
    g_autofree char *word = g_strndup(said, length);
    const Verb *verb = find_verb(word);
    const char *rest = said + length + strspn(said + length, " :.!,");
    gsize digits = measure_task(verb, rest);
    g_autofree char *task = g_strndup(rest, digits);
    const char *more = rest + digits + strspn(rest + digits, " :.!,");
    gboolean is_colon = said[length] == ':' || (digits && rest[digits] == ':');
    gboolean needs_more = verb && *verb->arguments && *verb->arguments != '[';
    if (!verb || (*more && !is_colon && !needs_more && !is_marked)) {
        return NULL;
    }
    return g_strdup_printf("%s%s%s%s%s", verb->name, digits ? " " : "", task, *more ? " " : "", more);
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
    return find_person(reading, settings) && read_mark(reading->message->subject, LEAD_MARK, &lead, &mark) ? lead : 0;
}

gint64 command_find_named_task(const Reading *reading, const Settings *settings)
{
    gint64 task = 0;
    g_autofree char *mark = NULL;
    return find_person(reading, settings) && read_mark(reading->message->subject, TASK_MARK, &task, &mark) ? task : 0;
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

static void refuse_unproved(MailCommand *command, const Reading *reading, const Settings *settings)
{
    if (reading->message->authentication != AUTHENTICATION_PASS) {
        command->refusal = g_strdup_printf("our mail server %s has not found its sender authentic", settings->authserv_id);
    }
}

static MailCommand *read_on_task(const Reading *reading, const Person *person, const Past *past, const Settings *settings,
                                 const char *secret)
{
    gint64 named = 0;
    g_autofree char *mark = NULL;
    if (!read_mark(reading->message->subject, TASK_MARK, &named, &mark)) {
        return NULL;
    }
    g_autoptr(MailCommand) command = g_new0(MailCommand, 1);
    command->person = person;
    command->lines = read_lines(reading->message, TRUE);
    if (command->lines->len == 0) {
        return NULL;
    }
    if (!is_mark_of(mark, "task", named, person->id, secret) || !past->task || past->task->id != named) {
        command->refusal = g_strdup_printf("the mark in its subject is none of ours for %s", person->id);
        return g_steal_pointer(&command);
    }
    command->task = past->task;
    refuse_unproved(command, reading, settings);
    return g_steal_pointer(&command);
}

/* Who answers a button with ordinary words tells something of that lead. */
static void add_note(MailCommand *command, const Message *message)
{
    g_autofree char *words = text_to_line(message->new_text, MOST_NOTE_CHARS);
    if (*g_strstrip(words)) {
        g_ptr_array_add(command->lines, g_strconcat("note ", words, NULL));
    }
}

MailCommand *command_read(const Reading *reading, const Past *past, const Settings *settings, const char *secret)
{
    const Person *person = find_person(reading, settings);
    gint64 named = 0;
    g_autofree char *mark = NULL;
    MailCommand *on_task = person ? read_on_task(reading, person, past, settings, secret) : NULL;
    if (on_task) {
        return on_task;
    }
    gboolean is_marked = person && read_mark(reading->message->subject, LEAD_MARK, &named, &mark);
    gint64 answered = person && !is_marked ? find_answered(reading, past, person->id, settings, secret) : 0;
    if (!is_marked && answered == 0) {
        return NULL;
    }
    g_autoptr(MailCommand) command = g_new0(MailCommand, 1);
    command->person = person;
    command->lines = read_lines(reading->message, is_marked);
    if (is_marked && command->lines->len == 0) {
        add_note(command, reading->message);
    }
    if (command->lines->len == 0) {
        return NULL;
    }
    if (is_marked && (!is_mark_of(mark, "command", named, person->id, secret) || !past_find_match(past, named))) {
        command->refusal = g_strdup_printf("the mark in its subject is none of ours for %s", person->id);
        return g_steal_pointer(&command);
    }
    command->lead = is_marked ? named : answered;
    refuse_unproved(command, reading, settings);
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
