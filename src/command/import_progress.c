/*
 * command/import_progress.c - how far an import has come
 *
 * On a terminal one line that is written over, ten times a second at the most; elsewhere (a log, a pipe) a plain line every LINE_EVERY_US. It
 * goes to standard error, so that what the command tells at its end stays apart.
 */
#include "import_progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_CHARS 30
#define DRAW_EVERY_US 100000
#define LINE_EVERY_US (10 * G_USEC_PER_SEC)

struct ImportProgress {
    gboolean is_terminal;
    gboolean has_drawn;
    gint64 shown_us; /* when something was shown last */
    gint64 began_us; /* when the first mail was worked on; 0 */
};

ImportProgress *import_progress_new(void)
{
    ImportProgress *progress = g_new0(ImportProgress, 1);
    progress->is_terminal = isatty(STDERR_FILENO);
    progress->shown_us = g_get_monotonic_time();
    progress->began_us = progress->shown_us;
    return progress;
}

void import_progress_free(ImportProgress *progress)
{
    g_free(progress);
}

static gboolean is_time(ImportProgress *progress)
{
    gint64 now = g_get_monotonic_time();
    if (now - progress->shown_us < (progress->is_terminal ? DRAW_EVERY_US : LINE_EVERY_US)) {
        return FALSE;
    }
    progress->shown_us = now;
    return TRUE;
}

void import_progress_search(ImportProgress *progress, guint found)
{
    if (is_time(progress)) {
        fprintf(stderr,
                progress->is_terminal ? "\r\033[Klooking into the files: %u mails" : "usher: looking into the files: %u mails\n",
                found);
        progress->has_drawn = TRUE;
    }
    progress->began_us = g_get_monotonic_time();
}

static char *make_bar(guint done, guint all)
{
    guint filled = (guint)((guint64)done * BAR_CHARS / MAX(all, 1));
    char *bar = g_strnfill(BAR_CHARS, ' ');
    for (guint i = 0; i < filled && i < BAR_CHARS; i++) {
        bar[i] = '=';
    }
    return bar;
}

/* "about 3 min left"; empty while nobody can tell. */
static char *make_rest(double rate, guint left)
{
    double seconds = rate > 0 ? left / rate : 0;
    if (seconds < 2) {
        return g_strdup("");
    }
    return seconds < 90 ? g_strdup_printf(", about %.0f s left", seconds) : g_strdup_printf(", about %.0f min left", seconds / 60);
}

void import_progress_show(ImportProgress *progress, guint done, guint all)
{
    if (!is_time(progress)) {
        return;
    }
    double seconds = (double)(progress->shown_us - progress->began_us) / G_USEC_PER_SEC;
    double rate = seconds > 0.5 ? done / seconds : 0;
    g_autofree char *rest = make_rest(rate, all - done);
    g_autofree char *speed = rate > 0 ? g_strdup_printf(", %.0f a second", rate) : g_strdup("");
    if (progress->is_terminal) {
        g_autofree char *bar = make_bar(done, all);
        fprintf(stderr, "\r\033[K[%s] %3u %%  %u of %u%s%s", bar, (guint)((guint64)done * 100 / MAX(all, 1)), done, all, speed,
                rest);
        progress->has_drawn = TRUE;
    } else {
        fprintf(stderr, "usher: %u of %u mails%s%s\n", done, all, speed, rest);
    }
    fflush(stderr);
}

void import_progress_end(ImportProgress *progress)
{
    if (progress->is_terminal && progress->has_drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
}
