/*
 * rulebook/template_values.h - what a template finds under a name (a part of rulebook/template.c)
 */
#ifndef USHER_SRC_RULEBOOK_TEMPLATE_VALUES_H
#define USHER_SRC_RULEBOOK_TEMPLATE_VALUES_H

#include "usher/rulebook/template.h"

typedef struct {
    char *text;       /* NULL: a flag or a list */
    gboolean is_true; /* its section is on */
    GPtrArray *items; /* TemplateValues; NULL: no list */
    char name[];
} TemplateValue;

/* NULL when nothing was put under that name. */
const TemplateValue *template_values_find(const TemplateValues *values, const char *name);

#endif
