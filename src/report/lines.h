/*
 * report/lines.h - values that the lists of this stage have in common
 */
#ifndef USHER_REPORT_LINES_H
#define USHER_REPORT_LINES_H

#include "usher/report.h"

/* A text as one short line; NULL puts nothing. */
void report_put_line(TemplateValues *values, const char *name, const char *text);
/* A moment in words; 0 puts nothing. */
void report_put_moment(TemplateValues *values, const char *name, UsherTime moment, UsherTime now, const Settings *settings);
/* Who a lead is about, by the best name there is; one who may not know (it is held for a conflict) is told just that. Owned by the caller. */
char *report_find_name(const Lead *lead, gboolean is_barred);
/* What every list to that person has: the person's names and the firm's. Owned by the caller. */
TemplateValues *report_make_values(const Person *person, const Settings *settings);

#endif
