/*
 * command/status.c - usher status: how Usher is
 *
 * Exit 1 when something needs a person: mail undecided or unsent for longer than ten minutes, an open fuse, or no daemon at work.
 */
#include "rows.h"

#include <stdlib.h>
#include <sysexits.h>

#include "fuse.h"
#include "people.h"
#include "run.h"

#define LATE_S 600

static json_t *from_counts(const RecordCounts *counts, gboolean is_running, const Rulebook *rulebook)
{
    json_t *object = json_object();
    const struct {
        const char *name;
        gint64 count;
    } rows[] = {
        {"messages", counts->messages},           {"undecided", counts->undecided},
        {"quarantined", counts->quarantined},     {"leads", counts->leads},
        {"live_leads", counts->live_leads},       {"exceptions", counts->exceptions},
        {"mails_pending", counts->mails_pending}, {"mails_sent", counts->mails_sent},
        {"mails_failed", counts->mails_failed},   {"mails_held", counts->mails_held},
        {"mails_shadow", counts->mails_shadow},   {"promises_open", counts->promises_open},
        {"promises_late", counts->promises_late},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_object_set_new(object, rows[i].name, json_integer(rows[i].count));
    }
    json_object_set_new(object, "oldest_undecided", json_from_moment(counts->oldest_undecided));
    json_object_set_new(object, "oldest_pending", json_from_moment(counts->oldest_pending));
    json_object_set_new(object, "newest_message", json_from_moment(counts->newest_message));
    json_object_set_new(object, "running", json_boolean(is_running));
    json_object_set_new(object, "shadow", json_boolean(rulebook->settings->delivery.is_shadow));
    json_object_set_new(object, "rules", json_string(rulebook->hash));
    json_object_set_new(object, "version", json_string(USHER_VERSION));
    return object;
}

static void print_counts(const RecordCounts *counts, gboolean is_running, const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    g_autofree char *undecided = print_moment(settings, counts->oldest_undecided);
    g_autofree char *pending = print_moment(settings, counts->oldest_pending);
    g_autofree char *newest = print_moment(settings, counts->newest_message);
    printf("usher %s, rules %.16s%s\n", USHER_VERSION, rulebook->hash,
           settings->delivery.is_shadow ? ", SHADOW: nothing leaves" : "");
    printf("daemon     %s\n", is_running ? "running" : "not running");
    printf("messages   %" G_GINT64_FORMAT ", newest %s; undecided %" G_GINT64_FORMAT " (oldest %s); quarantined %" G_GINT64_FORMAT
           "\n",
           counts->messages, newest, counts->undecided, undecided, counts->quarantined);
    printf("leads      %" G_GINT64_FORMAT ", live %" G_GINT64_FORMAT ", exceptions %" G_GINT64_FORMAT "\n", counts->leads,
           counts->live_leads, counts->exceptions);
    printf("mails      pending %" G_GINT64_FORMAT " (oldest %s), sent %" G_GINT64_FORMAT ", failed %" G_GINT64_FORMAT
           ", held %" G_GINT64_FORMAT ", shadow %" G_GINT64_FORMAT "\n",
           counts->mails_pending, pending, counts->mails_sent, counts->mails_failed, counts->mails_held, counts->mails_shadow);
    printf("promises   open %" G_GINT64_FORMAT ", late %" G_GINT64_FORMAT "\n", counts->promises_open, counts->promises_late);
}

/* First of all, so that nobody misses it. */
static void print_fuse(const FuseState *fuse, const Settings *settings)
{
    g_autofree char *opened = print_moment(settings, fuse->opened);
    if (fuse->is_open) {
        printf("FUSE OPEN since %s: %s.\nNothing goes outside; waiting: %" G_GINT64_FORMAT
               ". \"usher fuse close\" lets it go on.\n",
               opened, fuse->why, fuse->waiting);
    }
}

static gboolean is_late(UsherTime since, UsherTime now)
{
    return since && now - since > LATE_S;
}

int command_status(Instance *instance, int argc, char **argv)
{
    instance_read_options(command_find("status"), argc, &argv, NULL, 0, 0);
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    g_autoptr(GError) error = NULL;
    RecordCounts counts = {0};
    UsherTime now = instance_now(instance);
    g_autoptr(GPtrArray) people = NULL;
    g_auto(FuseState) fuse = {0};
    if (!record_count(instance->record, now, &counts, &error) || !record_read_fuse(instance->record, now, &fuse, &error) ||
        !record_list_people(instance->record, now, PEOPLE_SHARE_DAYS, &people, &error)) {
        return instance_fail(error);
    }
    gboolean is_running = run_is_at_work(instance->rulebook->settings->store);
    if (instance->is_json) {
        json_t *object = from_counts(&counts, is_running, instance->rulebook);
        json_object_set_new(object, "people", people_to_json(people, instance->rulebook->settings));
        json_object_set_new(object, "fuse", fuse_to_json(&fuse, instance->rulebook));
        json_print(object);
    } else {
        print_fuse(&fuse, instance->rulebook->settings);
        print_counts(&counts, is_running, instance->rulebook);
        people_print(people, instance->rulebook->settings);
    }
    gboolean needs_person =
        !is_running || fuse.is_open || is_late(counts.oldest_undecided, now) || is_late(counts.oldest_pending, now);
    return needs_person ? EXIT_PROBLEM : 0;
}
