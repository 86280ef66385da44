/*
 * pipeline_clock.c - all that time brings about, in one place: for the daemon, which looks every few seconds, and for "usher tick", which looks once
 *
 * Each part does what is due by now and says how much that was; it is done in small transactions, so that capture is never kept waiting for it. What fails in
 * one part keeps none of the others from its work.
 */
#include "usher/pipeline.h"

typedef gboolean (*WorkPart)(const Worker *worker, guint *count, GError **error);

/* Until nothing is left of it. */
static gboolean work_off(const Worker *worker, WorkPart part, guint *total, GError **error)
{
    guint count = 0;
    do {
        if (!part(worker, &count, error)) {
            return FALSE;
        }
        *total += count;
    } while (count > 0);
    return TRUE;
}

gboolean pipeline_work_clock(const Worker *worker, ClockCounts *counts, GError **error)
{
    g_autoptr(GError) first = NULL;
    gboolean is_done = work_off(worker, pipeline_work_promises, &counts->broken, &first);
    is_done = work_off(worker, pipeline_work_steps, &counts->steps, first ? NULL : &first) && is_done;
    is_done = pipeline_work_quiet(worker, first ? NULL : &first) && is_done;
    is_done = pipeline_work_digests(worker, first ? NULL : &first) && is_done;
    if (first) {
        g_propagate_error(error, g_steal_pointer(&first));
    }
    return is_done;
}
