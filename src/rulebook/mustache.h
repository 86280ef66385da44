/*
 * rulebook/mustache.h - the language of the templates (a part of rulebook/template.c)
 *
 * Mustache as its specification has it: values, sections, inverted sections, comments and partials, tags alone on a
 * line leave no line behind. Left out on purpose: raw values, changed delimiters, functions, and the indentation of
 * partials.
 */
#ifndef USHER_SRC_RULEBOOK_MUSTACHE_H
#define USHER_SRC_RULEBOOK_MUSTACHE_H

#include "usher/rulebook/template.h"

typedef struct Mustache Mustache;

/* A file that was read for a template. */
typedef struct {
    char *name; /* as the operator knows it: "templates/ack.txt" */
    char *text;
} TemplateFile;

/* What a template is read with. */
typedef struct {
    /* The file of a partial, owned by the reader; NULL when there is none. */
    const TemplateFile *(*find_partial)(const char *name, gpointer data);
    TemplateKnowsName knows_name;
    gpointer knows_data;
    TemplateProblem problem;
    gpointer problem_data;
    gpointer data;
    gboolean is_html;
} MustacheReader;

/* Compiles the bytes start..end of a file. NULL when a problem was told. */
Mustache *mustache_compile(const MustacheReader *reader, const TemplateFile *file, gsize start, gsize end);
void mustache_free(Mustache *mustache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mustache, mustache_free)

/* Appends to `result`; FALSE when that would become longer than max_bytes. */
gboolean mustache_render(const Mustache *mustache, const TemplateValues *values, gsize max_bytes, GString *result);

/* Tells a problem at a byte of a file. */
void mustache_tell(const MustacheReader *reader, const TemplateFile *file, gsize offset, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

#endif
