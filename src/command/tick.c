/*
 * command/tick.c - usher tick: what the daemon's clock does, once
 */
#include "rows.h"

#include <stdlib.h>
#include <sysexits.h>

#include "claimer.h"

#define BATCH 20

typedef struct {
    guint decided, tried, given;
    ClockCounts clock;
} TickCounts;

static gboolean work_all(const Worker *worker, Transport *transport, TickCounts *counts, GError **error)
{
    guint count = 0;
    if (!record_run(worker->record, claimer_release_dead, NULL, error)) {
        return FALSE;
    }
    do {
        if (!pipeline_work_owners(worker, &count, error)) {
            return FALSE;
        }
        counts->given += count;
    } while (count > 0);
    do {
        if (!pipeline_work_messages(worker, BATCH, &count, error)) {
            return FALSE;
        }
        counts->decided += count;
    } while (count > 0);
    if (!pipeline_work_clock(worker, &counts->clock, error)) {
        return FALSE;
    }
    do {
        if (!pipeline_work_mails(worker, transport, BATCH, &count, error)) {
            return FALSE;
        }
        counts->tried += count;
    } while (count > 0 && !transport_is_down(transport));
    return TRUE;
}

int command_tick(Instance *instance, int argc, char **argv)
{
    instance_read_options(command_find("tick"), argc, &argv, NULL, 0, 0);
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    Worker worker = instance_get_worker(instance);
    g_autoptr(Transport) transport = transport_new(&instance->rulebook->settings->delivery);
    g_autoptr(GError) error = NULL;
    TickCounts counts = {0};
    if (!work_all(&worker, transport, &counts, &error)) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_print(json_pack("{s:i, s:i, s:i, s:i, s:i}", "decided", (int)counts.decided, "promises_broken",
                             (int)counts.clock.broken, "steps", (int)counts.clock.steps, "mails_tried", (int)counts.tried,
                             "leads_given_to_others", (int)counts.given));
    } else {
        printf("%u messages decided, %u promises broken, %u mails tried\n", counts.decided, counts.clock.broken, counts.tried);
        if (counts.clock.steps > 0) {
            printf("steps of cadences: %u\n", counts.clock.steps);
        }
        if (counts.given > 0) {
            printf("leads of people who are no longer in usher.yaml given to others: %u\n", counts.given);
        }
    }
    return 0;
}
