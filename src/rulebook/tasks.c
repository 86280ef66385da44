/*
 * rulebook/tasks.c - rules/tasks.yaml: what somebody is to do again and again
 *
 * Takes the file; gives TaskRules. What is to be done stands in the rule itself (text, guidance), or in a template, which can name the firm's own addresses: its subject is
 * the text, and what stands below it the guidance.
 */
#include <string.h>

#include "read.h"
#include "reader.h"

#define MAX_TEXT_CHARS 300

void task_rule_free(TaskRule *task)
{
    g_free(task->name);
    g_free(task->duty);
    g_free(task->person);
    g_free(task->said);
    g_free(task->guidance);
    g_free(task->place);
    g_free(task);
}

/* A duty, or a person; a duty goes before a person of that id. */
static void read_to(const RulebookReader *reader, TaskRule *task, const YamlNode *node)
{
    static const char *const duties[] = {"fallback", "exceptions", "conflicts", "manager", NULL};
    const char *word = yaml_get_text(node);
    if (word == NULL || !reader->knows_firm)
        return;
    if (g_strv_contains(duties, word))
        task->duty = g_strdup(word);
    else if (settings_find_person(reader->rulebook->settings, word) != NULL)
        task->person = g_strdup(word);
    else
        yaml_problem(node,
                     "\"%.60s\" is neither a duty (fallback, exceptions, conflicts, manager) nor the id of a person in usher.yaml",
                     word);
}

static void read_every(TaskRule *task, const YamlNode *node)
{
    static const char *const words[] = {"business day",
                                        "last business day of the week",
                                        "first business day of the month",
                                        "last business day of the month",
                                        "monday",
                                        "tuesday",
                                        "wednesday",
                                        "thursday",
                                        "friday",
                                        "saturday",
                                        "sunday",
                                        NULL};
    static const TaskRecurrence recurrences[] = {EVERY_BUSINESS_DAY, EVERY_LAST_OF_WEEK, EVERY_FIRST_OF_MONTH, EVERY_LAST_OF_MONTH};
    int found = read_word(node, words);
    if (found < 0)
        return;
    task->every = found < (int)G_N_ELEMENTS(recurrences) ? recurrences[found] : EVERY_WEEKDAY;
    task->weekday = task->every == EVERY_WEEKDAY ? (guint)found - G_N_ELEMENTS(recurrences) + 1 : 0;
}

static void read_content(RulebookReader *reader, TaskRule *task, const YamlNode *node)
{
    const YamlNode *template = yaml_find(node, "template"), *text = yaml_find(node, "text"),
                   *guidance = yaml_find(node, "guidance");
    if (template != NULL && (text != NULL || guidance != NULL)) {
        yaml_problem(template, "a task has either a template or a text with its guidance: take one of them out");
        return;
    }
    if (template != NULL) {
        task->template = reader_read_template(reader, template);
        return;
    }
    const char *said = read_required_text(
        node, "text", "say what is to be done: text: Look through the post; or name a wording in templates/: template: post");
    if (said != NULL && g_utf8_strlen(said, -1) > MAX_TEXT_CHARS)
        yaml_problem(text, "is longer than %d characters: put the rest into guidance:", MAX_TEXT_CHARS);
    task->said = g_strdup(said);
    task->guidance = g_strdup(read_text(node, "guidance"));
}

static void read_task(RulebookReader *reader, const YamlNode *node, GHashTable *seen)
{
    static const char *const keys[] = {"name", "to", "every", "at", "text", "guidance", "template", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    TaskRule *task = g_new0(TaskRule, 1);
    const char *name = read_name(node, "name");
    const YamlNode *to = read_required(node, "to", "say who is to do it: to: fallback, or the id of a person");
    const YamlNode *every = read_required(node, "every", "say when: every: business day"),
                   *at = read_required(node, "at", "say by what time: at: \"11:00\"");
    task->name = g_strdup(name != NULL ? name : "");
    task->place = read_place(node);
    if (name != NULL)
        read_is_twice(seen, name, yaml_find(node, "name"));
    if (to != NULL)
        read_to(reader, task, to);
    if (every != NULL)
        read_every(task, every);
    task->at_s = at != NULL ? read_clock(at) : 0;
    read_content(reader, task, node);
    g_ptr_array_add(reader->rulebook->tasks, task);
}

static void read_quiet(QuietRule *quiet, const YamlNode *node)
{
    static const char *const keys[] = {"after", "nurture_after", "most_a_day", "guidance", NULL};
    if (yaml_is_empty(node) || !yaml_check_keys(node, keys))
        return;
    const YamlNode *after = read_required(node, "after", "say how long: after: 10 business days");
    const YamlNode *nurture = yaml_find(node, "nurture_after");
    const char *guidance = read_text(node, "guidance");
    quiet->most_a_day = 5;
    quiet->is_on = after != NULL && read_span(after, &quiet->after);
    quiet->nurture_after = quiet->after;
    if (nurture != NULL)
        read_span(nurture, &quiet->nurture_after);
    read_number(node, "most_a_day", 1, 1000, &quiet->most_a_day);
    g_free(quiet->guidance);
    quiet->guidance = g_strdup(guidance != NULL ? guidance : "");
}

void rulebook_read_tasks(RulebookReader *reader)
{
    static const char *const keys[] = {"tasks", "quiet", NULL};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const YamlNode *top = reader_open(reader, "rules/tasks.yaml");
    if (top == NULL || !yaml_check_keys(top, keys))
        return;
    const YamlNode *list = yaml_find(top, "tasks");
    for (guint i = 0, length = yaml_get_length(list); i < length; i++)
        read_task(reader, yaml_get_item(list, i), seen);
    read_quiet(&reader->rulebook->quiet, yaml_find(top, "quiet"));
}
