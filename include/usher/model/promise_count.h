/*
 * model/promise_count.h - how the time of a promise is counted
 *
 * What a rule says of the time, as it said when the promise was made. It is kept with the promise, so that the count can be shown later, whatever the rules say by then. The same
 * function gives the deadline and recounts it.
 */
#ifndef USHER_MODEL_PROMISE_COUNT_H
#define USHER_MODEL_PROMISE_COUNT_H

#include "usher/base/calendar.h"

typedef struct {
    UsherTime made; /* 0: not on record */
    Span due;
    gboolean has_cap;
    Span cap;       /* never later than that, in the firm's hours */
    gboolean opens; /* when it would fall into closed hours it is due when business opens again */
    char *hours;    /* id of the person in whose own hours it is counted; NULL: the firm's */
    char *place;    /* the rule: "rules/promises.yaml:12"; NULL: not on record */
} PromiseCount;

/* The moments a count goes through. */
typedef struct {
    UsherTime counted; /* the end of the span */
    UsherTime opened;  /* ... or the opening after it */
    UsherTime cap;     /* 0: there is none */
    UsherTime due;     /* opened, or the cap when that is sooner */
} PromiseTimes;

/* `hours`: the calendar of whose hours it is counted in; `firm`: that of the firm, for the cap. */
PromiseTimes promise_count(const PromiseCount *count, const Calendar *hours, const Calendar *firm);

void promise_count_copy(PromiseCount *to, const PromiseCount *from); /* frees what `to` had */
void promise_count_clear(PromiseCount *count);

#endif
