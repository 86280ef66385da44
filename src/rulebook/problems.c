/*
 * rulebook/problems.c - the list of mistakes found in the firm's files
 *
 * Whoever reads a file adds to it and reads on, so that one run tells everything. The texts quote what people and strangers wrote:
 * they are made printable here, once, so that no terminal sees a control character.
 */
#include <string.h>

#include "usher/base/text.h"
#include "usher/rulebook/yaml.h"

#define PROBLEM_MAX_CHARS 600

struct Problems {
    GPtrArray *list;
    guint errors;
};

static void problem_free(Problem *problem)
{
    g_free(problem->file);
    g_free(problem->what);
    g_free(problem);
}

Problems *problems_new(void)
{
    Problems *problems = g_new0(Problems, 1);
    problems->list = g_ptr_array_new_with_free_func((GDestroyNotify)problem_free);
    return problems;
}

void problems_free(Problems *problems)
{
    if (problems == NULL)
        return;
    g_ptr_array_unref(problems->list);
    g_free(problems);
}

static int compare_places(gconstpointer left, gconstpointer right)
{
    const Problem *a = *(const Problem *const *)left, *b = *(const Problem *const *)right;
    int order = strcmp(a->file, b->file);
    if (order != 0)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column == b->column ? 0 : a->column < b->column ? -1 : 1;
}

static void add_problem(Problems *problems, const char *file, guint line, guint column, gboolean is_warning, char *take_text)
{
    g_autofree char *text = take_text;
    Problem *problem = g_new0(Problem, 1);
    problem->file = g_strdup(file);
    problem->line = line;
    problem->column = column;
    problem->what = text_to_line(text, PROBLEM_MAX_CHARS);
    problem->is_warning = is_warning;
    g_ptr_array_add(problems->list, problem);
    problems->errors += is_warning ? 0 : 1;
}

void problems_add(Problems *problems, const char *file, guint line, guint column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_problem(problems, file, line, column, FALSE, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void problems_add_warning(Problems *problems, const char *file, guint line, guint column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_problem(problems, file, line, column, TRUE, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

guint problems_count_errors(const Problems *problems)
{
    return problems->errors;
}

const GPtrArray *problems_get_list(const Problems *problems)
{
    /* g_ptr_array_sort is a stable merge sort: what was found first at a place stays first. */
    g_ptr_array_sort(problems->list, compare_places);
    return problems->list;
}
