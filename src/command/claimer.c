/*
 * command/claimer.c - the name under which a process claims work, by which others can tell whether it is still alive
 *
 * The name is HOST/BOOT/PID/START, with what tells its threads apart behind it (/0): the machine, this run of it, the process and when it began (in ticks since the boot), so that no later
 * process has the same. A process of this machine whose name is not that of a living process is dead, and its claims are given back at
 * once; those of other machines are left until their lease is over.
 */
#include "claimer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *read_boot(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL)) {
        return g_strdup("unknown");
    }
    return g_strndup(text, 8);
}

/* When the process began, from /proc/PID/stat: the 22nd word, counted behind the name in brackets. NULL when there is no such process. */
static char *read_start(const char *pid)
{
    g_autofree char *path = g_build_filename("/proc", pid, "stat", NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return NULL;
    }
    const char *behind_name = strrchr(text, ')');
    g_auto(GStrv) words = g_strsplit(behind_name ? behind_name + 1 : "", " ", -1);
    return g_strv_length(words) > 20 ? g_strdup(words[20]) : NULL;
}

char *claimer_make(void)
{
    g_autofree char *boot = read_boot();
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
    g_autofree char *start = read_start(pid);
    return g_strdup_printf("%s/%s/%s/%s", g_get_host_name(), boot, pid, start ? start : "0");
}

static gboolean is_dead(const char *claimer)
{
    g_auto(GStrv) parts = g_strsplit(claimer, "/", 5);
    if (g_strv_length(parts) < 4 || strcmp(parts[0], g_get_host_name()) != 0) {
        return FALSE;
    }
    g_autofree char *boot = read_boot();
    g_autofree char *start = read_start(parts[2]);
    /* Where /proc hides the processes of other users (hidepid) only this tells that there is one. */
    if (!start && strcmp(parts[1], boot) == 0 && kill((pid_t)atoi(parts[2]), 0) != 0 && errno == EPERM) {
        return FALSE;
    }
    return strcmp(parts[1], boot) != 0 || g_strcmp0(start, parts[3]) != 0;
}

gboolean claimer_release_dead(Record *record, gpointer unused, GError **error)
{
    (void)unused;
    g_autoptr(GPtrArray) claimers = NULL;
    if (!record_list_claimers(record, &claimers, error)) {
        return FALSE;
    }
    for (guint i = 0; i < claimers->len; i++) {
        const char *claimer = g_ptr_array_index(claimers, i);
        if (is_dead(claimer) &&
            (!record_release_messages(record, claimer, TRUE, error) || !record_release_mails(record, claimer, TRUE, error))) {
            return FALSE;
        }
    }
    return TRUE;
}
