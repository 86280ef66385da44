/*
 * assign/addressed.c - whom of the firm an enquiry is addressed to by name
 *
 * Takes the mail and the words of its writer; gives the one person who is alone in To, or whose name ends the first line. No list of greetings is needed for that, in
 * whatever language they are: a greeting is a short line above the rest that ends with a name. A name that the prospect bears too may be their own.
 */
#include "usher/assign.h"

#include <string.h>

#include "usher/base/text.h"

#define MOST_GREETING_WORDS 5

static const Person *find_in_to(const Message *message, const Settings *settings)
{
    const GPtrArray *to = message->original ? message->original->to : message->to;
    const Person *found = NULL;
    for (guint i = 0; i < to->len; i++) {
        const Person *person = settings_find_person_by_email(settings, ((const Mailbox *)g_ptr_array_index(to, i))->address);
        if (person && found && person != found) {
            return NULL;
        }
        found = person ? person : found;
    }
    return found;
}

/* The words of a text, folded, without punctuation. */
static char **split_words(const char *text, gssize length)
{
    g_autofree char *part = length < 0 ? g_strdup(text) : g_strndup(text, (gsize)length);
    g_autofree char *folded = text_fold(part);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_auto(GStrv) pieces = g_strsplit_set(folded, " \t,.;:!()\"", -1);
    for (guint i = 0; pieces[i]; i++) {
        if (*pieces[i]) {
            g_ptr_array_add(words, g_strdup(pieces[i]));
        }
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

/* The words of the first line, when it may be a greeting; the text goes on below it. */
static char **find_greeting(const char *words)
{
    const char *start = words + strspn(words, " \t\r\n");
    gsize length = strcspn(start, "\r\n");
    const char *below = start + length + strspn(start + length, " \t\r\n");
    if (length == 0 || length > 100 || !*below) {
        return NULL;
    }
    g_auto(GStrv) greeting = split_words(start, (gssize)length);
    guint count = g_strv_length(greeting);
    return count >= 1 && count <= MOST_GREETING_WORDS ? g_steal_pointer(&greeting) : NULL;
}

/* By the first or the last name. */
static gboolean has_name(const Person *person, const char *word)
{
    g_auto(GStrv) names = split_words(person->name, -1);
    guint count = g_strv_length(names);
    return count > 0 && (strcmp(names[0], word) == 0 || strcmp(names[count - 1], word) == 0);
}

static const Person *find_named(const char *words, const char *prospect, const Settings *settings)
{
    g_auto(GStrv) greeting = find_greeting(words);
    if (!greeting) {
        return NULL;
    }
    const char *last = greeting[g_strv_length(greeting) - 1];
    g_auto(GStrv) own = split_words(prospect ? prospect : "", -1);
    if (g_strv_contains((const char *const *)own, last)) {
        return NULL;
    }
    const Person *found = NULL;
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        if (!has_name(person, last)) {
            continue;
        }
        if (found) {
            return NULL;
        }
        found = person;
    }
    return found;
}

const Person *assign_find_addressed(const Message *message, const char *words, const char *prospect, gboolean is_notification,
                                    const Settings *settings)
{
    gboolean is_ours = message->from && settings_is_own_address(settings, message->from->address);
    if (!is_notification && (!is_ours || message->original)) {
        const Person *person = find_in_to(message, settings);
        if (person) {
            return person;
        }
    }
    return words ? find_named(words, prospect, settings) : NULL;
}
