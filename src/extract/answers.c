/*
 * extract/answers.c - short answers to what we asked for: "1. tax 2. next month", a word below each of our quoted questions
 *
 * Takes a reply to a mail of ours that asked for fields by name, and the fields in the order in which they were asked for; gives the answers that are
 * values of their fields. Such answers say nothing by themselves ("tax", "March"), so they are read only where it is certain what was asked:
 *
 *   - on the line of the question, or below it: between the lines of our mail as the reply quotes it
 *   - behind the number of the question: "1. tax 2. next month 3. 07700 900123"
 *   - a line for each question and nothing else, when each line is a value of its field
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_LINES 400
#define MAX_ANSWER_LINES 5
#define MAX_ANSWER_CHARS 500
#define MAX_SHORT_CHARS 80

typedef struct {
    GPtrArray *fields; /* Field */
    const GPtrArray *asked;
    const Rulebook *rulebook;
    UsherTime written;
} Answers;

static void take_answer(Answers *answers, const FieldRule *rule, const char *said)
{
    g_autofree char *line = text_to_line(said, MAX_ANSWER_CHARS);
    g_autofree char *value = *line ? extract_normalise(rule, line, answers->rulebook->settings, answers->written) : NULL;
    /* What they need may be none of our services by name: it is what they need all the same. */
    const FieldRule *need = !value && rule->is_service && *line ? rulebook_find_field(answers->rulebook, "need") : NULL;
    const FieldRule *told = value ? rule : need;
    if (!told || field_find(answers->fields, told->name)) {
        return;
    }
    Field *field = field_new(told->name, value ? value : line);
    field->raw = g_strdup(line);
    field->rule = g_strdup_printf("%s answer", rule->place);
    field->where = g_strdup("text");
    field->evidence = g_strdup(line);
    g_ptr_array_add(answers->fields, field);
}

/* ---- answers at our questions ---- */

/* What stands behind the marks of quotation. */
static const char *skip_quote(const char *line, gboolean *is_quoted)
{
    *is_quoted = FALSE;
    for (line += strspn(line, " \t"); *line == '>'; line += 1 + strspn(line + 1, " \t")) {
        *is_quoted = TRUE;
    }
    return line;
}

/* The field that the line asks for; *said: what stands behind the question on the same line. */
static const FieldRule *find_question(const Answers *answers, const char *line, const char **said)
{
    gsize colon = strcspn(line, ":?");
    g_autofree char *question = g_strndup(line, colon);
    g_autofree char *folded = text_fold(question);
    for (guint i = 0; *folded && i < answers->rulebook->fields->len; i++) {
        const FieldRule *rule = g_ptr_array_index(answers->rulebook->fields, i);
        g_autofree char *ask = text_fold(rule->ask ? rule->ask : "");
        if (*ask && strcmp(ask, folded) == 0) {
            *said = line + colon + strspn(line + colon, ":? \t");
            return rule;
        }
    }
    return NULL;
}

/*
 * The lines below a question, up to a blank one, the next question or a quoted line. Below a question without a mark of quotation (some programs set
 * none) only the very next line.
 */
static char *read_below(const Answers *answers, char **lines, guint at, gboolean is_quoted_question)
{
    g_autoptr(GString) said = g_string_new(NULL);
    for (guint taken = 0; lines[at] && taken < MAX_ANSWER_LINES; at++) {
        gboolean is_quoted = FALSE;
        const char *line = skip_quote(lines[at], &is_quoted), *rest;
        gboolean is_blank = !*line || strspn(line, " \t\r") == strlen(line);
        if (is_blank && taken == 0 && is_quoted_question) {
            continue;
        }
        if (is_blank || is_quoted || find_question(answers, line, &rest)) {
            break;
        }
        g_string_append_printf(said, "%s%s", taken++ ? " " : "", line);
    }
    return g_string_free(g_steal_pointer(&said), FALSE);
}

static void read_at_questions(Answers *answers, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", MAX_LINES);
    for (guint i = 0; lines[i]; i++) {
        gboolean is_quoted = FALSE;
        const char *said = NULL;
        const FieldRule *rule = find_question(answers, skip_quote(lines[i], &is_quoted), &said);
        if (rule && *said) {
            take_answer(answers, rule, said);
        } else if (rule) {
            g_autofree char *below = read_below(answers, lines, i + 1, is_quoted);
            take_answer(answers, rule, below);
        }
    }
}

/* ---- numbered answers ---- */

/* Where "N." or "N)" begins, behind a blank or at the start of a line; *end: behind it. NULL. */
static const char *find_number(const char *text, guint number, const char **end)
{
    g_autofree char *digits = g_strdup_printf("%u", number);
    for (const char *at = strstr(text, digits); at; at = strstr(at + 1, digits)) {
        const char *mark = at + strlen(digits);
        gboolean is_start = at == text || strchr(" \t\n(,;", at[-1]);
        if (is_start && *mark && strchr(".):", *mark) && (mark[1] == ' ' || mark[1] == '\t')) {
            *end = mark + 2;
            return at;
        }
    }
    return NULL;
}

/* All of them in their order, or as far as they go; one number alone is no list unless it was the only question. */
static void read_numbered(Answers *answers, const char *text)
{
    const char *from = NULL, *begin = find_number(text, 1, &from);
    for (guint number = 1; begin && number <= answers->asked->len; number++) {
        const char *next_from = NULL, *next = find_number(from, number + 1, &next_from);
        gsize length = next ? (gsize)(next - from) : strcspn(from, "\n");
        g_autofree char *said = g_strndup(from, length);
        const FieldRule *rule = rulebook_find_field(answers->rulebook, g_ptr_array_index(answers->asked, number - 1));
        if (rule && (next || number > 1 || answers->asked->len == 1)) {
            g_strstrip(said);
            said[strcspn(said, "\n")] = '\0';
            take_answer(answers, rule, said);
        }
        begin = next;
        from = next_from;
    }
}

/* ---- a line for each question ---- */

static gboolean is_courtesy(const char *line, const Message *message)
{
    static const char *const openings[] = {"hi",     "hello",       "dear",      "good morning", "good afternoon",
                                           "thanks", "sorry",       "thank you", "kind regards", "regards",
                                           "best",   "many thanks", NULL};
    g_autofree char *folded = text_fold(line);
    g_autofree char *name = text_fold(message->from ? message->from->name : "");
    g_autofree char *first = g_strndup(name, strcspn(name, " "));
    for (guint i = 0; openings[i]; i++) {
        gsize length = strlen(openings[i]);
        if (strncmp(folded, openings[i], length) == 0 && !g_ascii_isalnum(folded[length])) {
            return TRUE;
        }
    }
    return !*folded || strcmp(folded, name) == 0 || strcmp(folded, first) == 0;
}

static gboolean is_value(const Answers *answers, const char *name, const char *line)
{
    const FieldRule *rule = rulebook_find_field(answers->rulebook, name);
    g_autofree char *value = rule ? extract_normalise(rule, line, answers->rulebook->settings, answers->written) : NULL;
    return value || (rule && rule->is_service);
}

static void read_lines(Answers *answers, const Message *message)
{
    g_auto(GStrv) lines = g_strsplit(message->new_text, "\n", MAX_LINES);
    g_autoptr(GPtrArray) said = g_ptr_array_new();
    gboolean are_values = TRUE;
    for (guint i = 0; lines[i]; i++) {
        if (!is_courtesy(g_strstrip(lines[i]), message)) {
            are_values &= said->len < answers->asked->len && g_utf8_strlen(lines[i], -1) <= MAX_SHORT_CHARS &&
                          is_value(answers, g_ptr_array_index(answers->asked, MIN(said->len, answers->asked->len - 1)), lines[i]);
            g_ptr_array_add(said, lines[i]);
        }
    }
    for (guint i = 0; are_values && said->len == answers->asked->len && i < said->len; i++) {
        take_answer(answers, rulebook_find_field(answers->rulebook, g_ptr_array_index(answers->asked, i)),
                    g_ptr_array_index(said, i));
    }
}

GPtrArray *extract_answers(const Message *message, const GPtrArray *asked, const Rulebook *rulebook, UsherTime written)
{
    Answers answers = {g_ptr_array_new_with_free_func((GDestroyNotify)field_free), asked, rulebook, written};
    if (asked->len > 0) {
        read_at_questions(&answers, message->text);
        read_numbered(&answers, message->new_text);
    }
    if (asked->len > 0 && answers.fields->len == 0) {
        read_lines(&answers, message);
    }
    return answers.fields;
}
