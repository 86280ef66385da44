/*
 * command/run_intake.c - the intake process: bytes become durable, and nothing else
 *
 * It never parses a mail, so no hostile mail can stop it. Threads: the recorder; libmilter's own; one for the Maildirs; one that hears
 * from the engine what was decided (for the headers of the delivered copy); one for SIGUSR1, which reads the settings anew.
 *
 * Settings that were replaced are kept until the process ends: a mail in hand may still look at them, and there are
 * as many as somebody sent a SIGHUP.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "run.h"
#include "store.h"
#include "usher/base/error.h"

#define NOTICES 1024 /* the latest decisions, for a mail that asks a moment too late */
#define MAILDIR_REREAD_MS 10000
#define MAILDIR_MISSING_MS 60000

typedef struct {
    gint64 message;
    char *lead, *tier, *owner;
} Notice;

typedef struct {
    RunContext *context;
    Recorder *recorder;
    StoreTarget target;
    GMutex reader_lock;
    Record *reader; /* asks for libmilter's threads, one at a time; NULL: not open (any more) */
    CaptureSink sink;
    GMutex lock; /* over all below */
    GCond heard;
    Notice notices[NOTICES];
    guint next_notice;
    const Settings *settings;
    GPtrArray *old_settings; /* Settings read since the start */
    guint settings_number;
    gboolean is_stopping;
    int stop_fd;
} Intake;

/* ---- capture ---- */

static gboolean store_and_wake(CapturedMail *mail, UsherTime now, gint64 *id, gpointer data, GError **error)
{
    Intake *intake = data;
    gboolean is_new = FALSE;
    if (!store_mail(&intake->target, mail, now, id, &is_new, error)) {
        return FALSE;
    }
    if (is_new) {
        wake_send(intake->context->instance->rulebook->settings->store);
    }
    return TRUE;
}

/* A reader that failed is opened anew for the next question. */
static gboolean ask_record(const InteractionQuestion *question, gboolean *is_on_lead, gpointer data, GError **error)
{
    Intake *intake = data;
    g_mutex_lock(&intake->reader_lock);
    if (!intake->reader) {
        intake->reader = record_open(intake->context->instance->rulebook->settings->store, TRUE, error);
    }
    gboolean is_answered =
        intake->reader && record_is_on_live_lead(intake->reader, question->addresses, question->ids, is_on_lead, error);
    if (!is_answered) {
        g_clear_pointer(&intake->reader, record_close);
    }
    g_mutex_unlock(&intake->reader_lock);
    return is_answered;
}

static UsherTime read_sink_clock(gpointer data)
{
    return run_now(((Intake *)data)->context);
}

/* ---- what the engine tells ---- */

static void keep_notice(Intake *intake, const char *datagram)
{
    g_auto(GStrv) parts = g_strsplit(datagram, "\t", 4);
    if (g_strv_length(parts) != 4) {
        return;
    }
    g_mutex_lock(&intake->lock);
    Notice *notice = &intake->notices[intake->next_notice++ % NOTICES];
    g_free(notice->lead);
    g_free(notice->tier);
    g_free(notice->owner);
    notice->message = g_ascii_strtoll(parts[0], NULL, 10);
    notice->lead = g_strdup(parts[1]);
    notice->tier = g_strdup(parts[2]);
    notice->owner = g_strdup(parts[3]);
    g_cond_broadcast(&intake->heard);
    g_mutex_unlock(&intake->lock);
}

static gpointer hear_notices(gpointer data)
{
    Intake *intake = data;
    char datagram[512];
    for (;;) {
        struct pollfd polled[] = {
            {.fd = intake->context->notice_in, .events = POLLIN},
            {.fd = intake->stop_fd, .events = POLLIN},
        };
        if (poll(polled, G_N_ELEMENTS(polled), -1) < 0 && errno != EINTR) {
            return NULL;
        }
        if (polled[1].revents) {
            return NULL;
        }
        ssize_t length = recv(intake->context->notice_in, datagram, sizeof datagram - 1, 0);
        if (length > 0) {
            datagram[length] = '\0';
            keep_notice(intake, datagram);
        }
    }
}

static const Notice *find_notice(const Intake *intake, gint64 message)
{
    for (guint i = 0; i < NOTICES; i++) {
        if (intake->notices[i].message == message) {
            return &intake->notices[i];
        }
    }
    return NULL;
}

static gboolean await_decision(gint64 id, guint wait_ms, char **lead, char **tier, char **owner, gpointer data)
{
    Intake *intake = data;
    gint64 deadline = g_get_monotonic_time() + (gint64)wait_ms * 1000;
    g_mutex_lock(&intake->lock);
    const Notice *notice = find_notice(intake, id);
    while (!notice && !intake->is_stopping && g_cond_wait_until(&intake->heard, &intake->lock, deadline)) {
        notice = find_notice(intake, id);
    }
    gboolean is_lead = notice && *notice->lead;
    if (is_lead) {
        *lead = g_strdup(notice->lead);
        *tier = g_strdup(notice->tier);
        *owner = g_strdup(notice->owner);
    }
    g_mutex_unlock(&intake->lock);
    return is_lead;
}

/* ---- settings ---- */

static void read_settings_anew(Intake *intake)
{
    const Instance *instance = intake->context->instance;
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *shared_rules = instance->shared ? g_build_filename(instance->shared, "rules", NULL) : NULL;
    Settings *settings = settings_load(instance->directory, shared_rules, problems);
    if (!settings) {
        g_warning("the new settings have errors: the old ones stay in force");
        return;
    }
    g_mutex_lock(&intake->lock);
    g_ptr_array_add(intake->old_settings, settings);
    intake->settings = settings;
    intake->settings_number++;
    g_mutex_unlock(&intake->lock);
    milter_use_settings(settings);
}

static gpointer hear_signals(gpointer data)
{
    Intake *intake = data;
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGUSR1);
    sigaddset(&ours, SIGUSR2); /* our own, to end this thread */
    for (;;) {
        int signal_number = 0;
        sigwait(&ours, &signal_number);
        if (signal_number == SIGUSR2) {
            return NULL;
        }
        read_settings_anew(intake);
    }
}

/* ---- Maildirs ---- */

static GPtrArray *open_watchers(Intake *intake, const Settings *settings, gboolean *is_complete)
{
    GPtrArray *watchers = g_ptr_array_new_with_free_func((GDestroyNotify)maildir_watcher_free);
    *is_complete = TRUE;
    for (guint i = 0; i < settings->maildirs->len; i++) {
        g_autoptr(GError) error = NULL;
        MaildirWatcher *watcher = maildir_watcher_new(g_ptr_array_index(settings->maildirs, i), settings, &intake->sink, &error);
        if (watcher) {
            g_ptr_array_add(watchers, watcher);
        } else {
            g_warning("%s; it is tried again every minute", error->message);
            *is_complete = FALSE;
        }
    }
    return watchers;
}

static void wait_for_watchers(const Intake *intake, const GPtrArray *watchers)
{
    g_autofree struct pollfd *polled = g_new0(struct pollfd, watchers->len + 1);
    polled[0] = (struct pollfd){.fd = intake->stop_fd, .events = POLLIN};
    for (guint i = 0; i < watchers->len; i++) {
        polled[i + 1] = (struct pollfd){.fd = maildir_watcher_get_fd(g_ptr_array_index(watchers, i)), .events = POLLIN};
    }
    if (poll(polled, watchers->len + 1, MAILDIR_REREAD_MS) < 0 && errno != EINTR) {
        g_warning("waiting for the Maildirs failed: %s", g_strerror(errno));
    }
}

static const Settings *look_at_settings(Intake *intake, guint *number, gboolean *is_stopping)
{
    g_mutex_lock(&intake->lock);
    const Settings *settings = intake->settings;
    *number = intake->settings_number;
    *is_stopping = intake->is_stopping;
    g_mutex_unlock(&intake->lock);
    return settings;
}

static gpointer watch_maildirs(gpointer data)
{
    Intake *intake = data;
    guint number = 0, opened_number = 0;
    gboolean is_stopping = FALSE, is_complete = FALSE;
    gint64 opened_ms = 0;
    g_autoptr(GPtrArray) watchers = NULL;
    for (;;) {
        const Settings *settings = look_at_settings(intake, &number, &is_stopping);
        if (is_stopping) {
            return NULL;
        }
        gint64 now_ms = g_get_monotonic_time() / 1000;
        if (!watchers || number != opened_number || (!is_complete && now_ms - opened_ms > MAILDIR_MISSING_MS)) {
            g_clear_pointer(&watchers, g_ptr_array_unref);
            watchers = open_watchers(intake, settings, &is_complete);
            opened_number = number;
            opened_ms = now_ms;
        }
        guint captured = 0;
        for (guint i = 0; i < watchers->len; i++) {
            captured += maildir_watcher_read(g_ptr_array_index(watchers, i));
        }
        /* Where some were there may be more: a read takes only so many. */
        if (captured == 0) {
            wait_for_watchers(intake, watchers);
        }
    }
}

/* ---- the process ---- */

static void wait_for_term(void)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    int signal_number = 0;
    sigwait(&ends, &signal_number);
}

static void tell_ready(gpointer data)
{
    run_tell_ready(((const Intake *)data)->context);
}

static int open_doors(Intake *intake)
{
    guint number = 0;
    gboolean is_stopping = FALSE;
    /* A reload may come already. */
    const Settings *settings = look_at_settings(intake, &number, &is_stopping);
    if (!settings->milter) {
        tell_ready(intake);
        wait_for_term();
        return 0;
    }
    g_autoptr(GError) error = NULL;
    if (!milter_run(settings, &intake->sink, &error)) {
        g_warning("%s", error->message);
        return EX_CONFIG;
    }
    return 0;
}

static void begin_stop(Intake *intake)
{
    g_mutex_lock(&intake->lock);
    intake->is_stopping = TRUE;
    g_cond_broadcast(&intake->heard);
    g_mutex_unlock(&intake->lock);
    if (eventfd_write(intake->stop_fd, 1) != 0) {
        g_warning("the threads cannot be told to stop: %s", g_strerror(errno));
    }
}

int run_intake(RunContext *context)
{
    static Intake only; /* there is one a process, and it lives as long */
    Intake *intake = &only;
    g_autoptr(GError) error = NULL;
    intake->context = context;
    intake->settings = context->instance->rulebook->settings;
    intake->old_settings = g_ptr_array_new();
    intake->stop_fd = eventfd(0, EFD_CLOEXEC);
    intake->recorder = recorder_open(intake->settings->store, &error);
    if (!intake->recorder) {
        g_warning("%s", error->message);
        return error->code == USHER_ERROR_CONFIG ? EX_CONFIG : EX_TEMPFAIL;
    }
    intake->target.recorder = intake->recorder;
    intake->sink = (CaptureSink){
        .store = store_and_wake,
        .await = await_decision,
        .ask = ask_record,
        .data = intake,
        .now = read_sink_clock,
        .secret = recorder_get_secret(intake->recorder),
        .opened = tell_ready, /* a server that was told "ready" may come at once */
    };
    GThread *notices = g_thread_new("notices", hear_notices, intake);
    GThread *signals = g_thread_new("signals", hear_signals, intake);
    GThread *maildirs = g_thread_new("maildirs", watch_maildirs, intake);
    int status = open_doors(intake);
    begin_stop(intake);
    kill(getpid(), SIGUSR2);
    g_thread_join(maildirs);
    g_thread_join(notices);
    g_thread_join(signals);
    record_close(intake->reader);
    recorder_close(intake->recorder);
    /* cppcheck-suppress memleak ; the threads went with their joins */
    return status;
}
