/*
 * model/promise_count.c - how the time of a promise is counted
 */
#include "usher/model/promise_count.h"

PromiseTimes promise_count(const PromiseCount *count, const Calendar *hours, const Calendar *firm)
{
    PromiseTimes times = {.counted = calendar_add(hours, count->made, count->due)};
    gboolean moves = count->opens && count->due.unit == SPAN_ELAPSED && !calendar_is_open(hours, times.counted);
    times.opened = moves ? calendar_next_open(hours, times.counted) : times.counted;
    times.cap = count->has_cap ? calendar_add(firm, count->made, count->cap) : 0;
    times.due = count->has_cap ? MIN(times.opened, times.cap) : times.opened;
    return times;
}

void promise_count_copy(PromiseCount *to, const PromiseCount *from)
{
    PromiseCount copy = *from;
    copy.hours = g_strdup(from->hours);
    copy.place = g_strdup(from->place);
    promise_count_clear(to);
    *to = copy;
}

void promise_count_clear(PromiseCount *count)
{
    g_clear_pointer(&count->hours, g_free);
    g_clear_pointer(&count->place, g_free);
}
