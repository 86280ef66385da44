/*
 * pipeline_clock.c - all that time brings about, in one place: for the daemon, which looks every few seconds, and for "usher tick", which looks once
 *
 * Each part does what is due by now and says how much that was; it is done in small transactions, so that capture is never kept waiting for it. What fails in
 * one part keeps none of the others from its work.
 */
#include "usher/pipeline.h"

typedef gboolean (*WorkPart)(const Worker *worker, guint *count, GError **error);

#define MOST_ROUNDS 4

/* Until nothing is left of it, or it is another's turn. */
static gboolean work_off(const Worker *worker, WorkPart part, guint *total, gboolean *has_more, GError **error)
{
    guint count = 1;
    for (guint round = 0; count > 0 && round < MOST_ROUNDS; round++) {
        if (!part(worker, &count, error)) {
            return FALSE;
        }
        *total += count;
    }
    *has_more |= count > 0;
    return TRUE;
}

gboolean pipeline_work_clock(const Worker *worker, ClockCounts *counts, GError **error)
{
    g_autoptr(GError) first = NULL;
    counts->has_more = FALSE;
    gboolean is_done = work_off(worker, pipeline_work_promises, &counts->broken, &counts->has_more, &first);
    is_done = work_off(worker, pipeline_work_steps, &counts->steps, &counts->has_more, first ? NULL : &first) && is_done;
    is_done = pipeline_work_quiet(worker, first ? NULL : &first) && is_done;
    is_done = pipeline_work_digests(worker, first ? NULL : &first) && is_done;
    if (first) {
        g_propagate_error(error, g_steal_pointer(&first));
    }
    return is_done;
}
