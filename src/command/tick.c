/*
 * command/tick.c - usher tick: what the daemon's clock does, once, or for a stretch of time in one go
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
    do {
        if (!pipeline_work_clock(worker, &counts->clock, error)) {
            return FALSE;
        }
    } while (counts->clock.has_more);
    do {
        if (!pipeline_work_mails(worker, transport, BATCH, &count, error)) {
            return FALSE;
        }
        counts->tried += count;
    } while (count > 0 && !transport_is_down(transport));
    return TRUE;
}

/* ---- a stretch of time ---- */

#define LOOK_S 900 /* looks at least at each quarter of an hour, when what comes round by the calendar does */
#define LEAST_S 60
#define LONGEST_S (400 * 86400)

/* The next moment to look at: when something is due, or in a while. */
static gboolean find_next(const Worker *worker, UsherTime now, UsherTime until, UsherTime *next, GError **error)
{
    UsherTime due = 0;
    if (!record_find_next_due(worker->record, &due, error)) {
        return FALSE;
    }
    UsherTime round = (now / LOOK_S + 1) * LOOK_S;
    *next = MIN(due > now + LEAST_S ? MIN(due, round) : due > 0 ? now + LEAST_S : round, until);
    return TRUE;
}

static gboolean read_until(const Instance *instance, const char *text, UsherTime *until)
{
    g_autoptr(GError) error = NULL;
    if (!clock_parse(text, until, &error)) {
        fprintf(stderr, "usher: --until: %s\n", error->message);
        return FALSE;
    }
    if (instance->now == 0 || *until < instance->now || *until - instance->now > LONGEST_S) {
        fprintf(stderr,
                "usher: --until is for rehearsals: say where they begin with --now TIME, and end no more than %d days later\n",
                LONGEST_S / 86400);
        return FALSE;
    }
    return TRUE;
}

/* As the daemon would have looked from the instance's present moment until then; that is its present moment afterwards. */
static gboolean work_until(Instance *instance, const Worker *worker, Transport *transport, UsherTime until, TickCounts *counts,
                           GError **error)
{
    while (work_all(worker, transport, counts, error)) {
        if (instance->now >= until) {
            return TRUE;
        }
        if (!find_next(worker, instance->now, until, &instance->now, error)) {
            return FALSE;
        }
    }
    return FALSE;
}

static void print_counts(const TickCounts *counts)
{
    printf("%u messages decided, %u promises broken, %u mails tried\n", counts->decided, counts->clock.broken, counts->tried);
    if (counts->clock.steps > 0) {
        printf("steps of cadences: %u\n", counts->clock.steps);
    }
    if (counts->given > 0) {
        printf("leads of people who are no longer in usher.yaml given to others: %u\n", counts->given);
    }
}

int command_tick(Instance *instance, int argc, char **argv)
{
    g_autofree char *until_said = NULL;
    const GOptionEntry entries[] = {{"until", 0, 0, G_OPTION_ARG_STRING, &until_said,
                                     "goes on as the daemon would, from --now until then; for rehearsals", "TIME"},
                                    G_OPTION_ENTRY_NULL};
    UsherTime until = 0;
    instance_read_options(command_find("tick"), argc, &argv, entries, 0, 0);
    if (until_said && !read_until(instance, until_said, &until)) {
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    Worker worker = instance_get_worker(instance);
    g_autoptr(Transport) transport = transport_new(&instance->rulebook->settings->delivery);
    g_autoptr(GError) error = NULL;
    TickCounts counts = {0};
    gboolean is_done =
        until ? work_until(instance, &worker, transport, until, &counts, &error) : work_all(&worker, transport, &counts, &error);
    if (!is_done) {
        return instance_fail(error);
    }
    if (instance->is_json) {
        json_print(json_pack("{s:i, s:i, s:i, s:i, s:i}", "decided", (int)counts.decided, "promises_broken",
                             (int)counts.clock.broken, "steps", (int)counts.clock.steps, "mails_tried", (int)counts.tried,
                             "leads_given_to_others", (int)counts.given));
    } else {
        print_counts(&counts);
    }
    return 0;
}
