/*
 * command/fuse.c - usher fuse: whether mail goes outside, and how somebody lets it go on, or stops it
 *
 * `status` exits with 1 while it is open, for scripts that watch it.
 */
#include "fuse.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
    const char *who;
    UsherTime now;
    gboolean is_changed;
} FuseAct;

static gboolean open_job(Record *record, gpointer data, GError **error)
{
    FuseAct *act = data;
    return record_open_fuse(record, act->who, "opened by hand", act->now, &act->is_changed, error);
}

static gboolean close_job(Record *record, gpointer data, GError **error)
{
    FuseAct *act = data;
    return record_close_fuse(record, act->who, act->now, &act->is_changed, error);
}

json_t *fuse_to_json(const FuseState *fuse, const Rulebook *rulebook)
{
    json_t *object = json_object();
    json_object_set_new(object, "open", json_boolean(fuse->is_open));
    json_object_set_new(object, "opened", json_from_moment(fuse->opened));
    json_object_set_new(object, "opened_by", fuse->opened_by ? json_string(fuse->opened_by) : json_null());
    json_object_set_new(object, "why", fuse->why ? json_string(fuse->why) : json_null());
    json_object_set_new(object, "closed", json_from_moment(fuse->closed));
    json_object_set_new(object, "closed_by", fuse->closed_by ? json_string(fuse->closed_by) : json_null());
    json_object_set_new(object, "sent_in_hour", json_integer(fuse->sent_in_hour));
    json_object_set_new(object, "mails_per_hour", json_integer(rulebook->limits.mails_per_hour));
    json_object_set_new(object, "waiting", json_integer(fuse->waiting));
    return object;
}

static void print_state(const FuseState *fuse, const Rulebook *rulebook)
{
    g_autofree char *opened = print_moment(rulebook->settings, fuse->opened);
    g_autofree char *closed = print_moment(rulebook->settings, fuse->closed);
    if (fuse->is_open) {
        printf("OPEN since %s, by %s: %s\nNothing goes outside. \"usher fuse close\" lets it go on.\n", opened, fuse->opened_by,
               fuse->why);
    } else if (fuse->id) {
        printf("closed since %s, by %s: mail goes outside\n", closed, fuse->closed_by);
    } else {
        puts("closed: mail goes outside");
    }
    printf("to outsiders in the last hour %" G_GINT64_FORMAT " of %u; waiting %" G_GINT64_FORMAT "\n", fuse->sent_in_hour,
           rulebook->limits.mails_per_hour, fuse->waiting);
}

static gboolean act(Instance *instance, const char *verb, FuseAct *fuse_act, GError **error)
{
    if (strcmp(verb, "status") == 0) {
        return TRUE;
    }
    RecordJob job = strcmp(verb, "close") == 0 ? close_job : open_job;
    if (!record_run(instance->record, job, fuse_act, error)) {
        return FALSE;
    }
    if (!fuse_act->is_changed) {
        fprintf(stderr, "usher: it is %s already\n", job == close_job ? "closed" : "open");
    }
    return TRUE;
}

int command_fuse(Instance *instance, int argc, char **argv)
{
    g_autofree char *actor = NULL;
    const GOptionEntry entries[] = {
        {"as", 0, 0, G_OPTION_ARG_STRING, &actor, "who closes or opens it: the id of a person (default: operator)", "PERSON"},
        G_OPTION_ENTRY_NULL,
    };
    int count = instance_read_options(command_find("fuse"), argc, &argv, entries, 0, 1);
    const char *verb = count > 0 ? argv[1] : "status";
    if (strcmp(verb, "status") != 0 && strcmp(verb, "close") != 0 && strcmp(verb, "open") != 0) {
        fprintf(stderr, "usher: \"%s\" cannot be done with the fuse; there are: status, close, open\n", verb);
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    if (actor && !settings_find_person(instance->rulebook->settings, actor)) {
        fprintf(stderr, "usher: --as: there is no person \"%s\" in usher.yaml\n", actor);
        return EX_USAGE;
    }
    g_autoptr(GError) error = NULL;
    FuseAct fuse_act = {.who = actor ? actor : "operator", .now = instance_now(instance)};
    g_auto(FuseState) fuse = {0};
    if (!act(instance, verb, &fuse_act, &error) || !record_read_fuse(instance->record, fuse_act.now, &fuse, &error)) {
        return instance_fail(error);
    }
    if (fuse_act.is_changed) {
        wake_send(instance->rulebook->settings->store);
    }
    if (instance->is_json) {
        json_print(fuse_to_json(&fuse, instance->rulebook));
    } else {
        print_state(&fuse, instance->rulebook);
    }
    return strcmp(verb, "status") == 0 && fuse.is_open ? EXIT_PROBLEM : 0;
}
