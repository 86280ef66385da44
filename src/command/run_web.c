/*
 * command/run_web.c - the web process: the pages on which people unsubscribe
 *
 * It needs the store and nothing else: no mail passes through it. A request is answered by the server's own thread (web/server.c); this thread waits for signals and puts
 * out who has been connected for too long. When its place is taken it ends and is started again a little later: the rest of the daemon goes on without it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "run.h"
#include "usher/base/error.h"
#include "usher/web.h"

#define LOOK_MS 1000

typedef struct {
    RunContext *context;
    Record *reader; /* of the server's thread */
    Recorder *recorder;
    char *store;
} Web;

/* ---- the desk ---- */

/* A reader that failed is opened anew for the next question. */
static gboolean find_mark(Web *web, const char *token, LeaveMark **mark, GError **error)
{
    if (!web->reader) {
        web->reader = record_open(web->store, TRUE, error);
    }
    gboolean is_answered = web->reader && record_find_leave_mark(web->reader, token, mark, error);
    if (!is_answered) {
        g_clear_pointer(&web->reader, record_close);
    }
    return is_answered;
}

static gboolean find_leave(const char *token, WebLeave **leave, gpointer data, GError **error)
{
    g_autoptr(LeaveMark) mark = NULL;
    if (!find_mark(data, token, &mark, error)) {
        return FALSE;
    }
    if (mark) {
        WebLeave *found = g_new0(WebLeave, 1);
        found->address = g_steal_pointer(&mark->address);
        found->cadence = g_steal_pointer(&mark->cadence);
        *leave = found;
    }
    return TRUE;
}

typedef struct {
    const char *token, *how;
    SuppressionScope scope;
    UsherTime now;
    gboolean is_known;
} LeaveJob;

static gboolean write_leave(Record *record, gpointer data, GError **error)
{
    LeaveJob *job = data;
    g_autoptr(LeaveMark) mark = NULL;
    if (!record_find_leave_mark(record, job->token, &mark, error)) {
        return FALSE;
    }
    job->is_known = mark != NULL;
    return !mark || record_leave(record, mark, job->scope, job->how, job->now, NULL, error);
}

static gboolean take_leave(const char *token, SuppressionScope scope, gboolean is_one_click, gboolean *is_known, gpointer data,
                           GError **error)
{
    const Web *web = data;
    LeaveJob job = {
        .token = token,
        .how = is_one_click ? "by one click" : "by the link",
        .scope = scope,
        .now = run_now(web->context),
    };
    if (!recorder_run(web->recorder, write_leave, &job, error)) {
        return FALSE;
    }
    *is_known = job.is_known;
    return TRUE;
}

/* ---- the process ---- */

static void reload(const Web *web, WebServer *server)
{
    const Instance *instance = web->context->instance;
    g_autoptr(Problems) problems = problems_new();
    Rulebook *rulebook = rulebook_load(instance->directory, instance->shared, problems);
    if (!rulebook || !rulebook->settings->web_listen) {
        g_warning("%s: the old pages stay in force",
                  rulebook ? "the new settings have no \"web: listen:\"" : "the new rulebook has errors");
        rulebook_free(rulebook);
        return;
    }
    web_server_use(server, rulebook);
}

/* FALSE when it is time to end. */
static gboolean take_signal(const Web *web, WebServer *server, int signals)
{
    struct signalfd_siginfo info;
    if (read(signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return TRUE;
    }
    if (info.ssi_signo != SIGUSR1) {
        return FALSE;
    }
    reload(web, server);
    return TRUE;
}

static void wait_for_end(const Web *web, WebServer *server)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGUSR1);
    int signals = signalfd(-1, &ours, SFD_CLOEXEC);
    gboolean goes_on = signals >= 0;
    while (goes_on) {
        struct pollfd polled = {.fd = signals, .events = POLLIN};
        if (poll(&polled, 1, LOOK_MS) < 0 && errno != EINTR) {
            return;
        }
        web_server_drop_slow(server);
        goes_on = !polled.revents || take_signal(web, server, signals);
    }
}

int run_web(RunContext *context)
{
    Web web = {.context = context};
    g_autoptr(GError) error = NULL;
    const WebDesk desk = {.find = find_leave, .leave = take_leave, .data = &web};
    /* What strangers talk to gets no more rights than it has. */
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    g_autofree char *place = g_strdup(context->instance->rulebook->settings->web_listen);
    g_autofree char *store = g_strdup(context->instance->rulebook->settings->store);
    web.store = store;
    web.recorder = recorder_open(store, &error);
    WebServer *server = web.recorder ? web_server_open(place, &desk, g_steal_pointer(&context->instance->rulebook), &error) : NULL;
    if (!server) {
        g_warning("%s", error->message);
        recorder_close(web.recorder);
        return EX_TEMPFAIL;
    }
    g_message("web pages are served at %s", place);
    wait_for_end(&web, server);
    web_server_close(server);
    recorder_close(web.recorder);
    record_close(web.reader);
    return 0;
}
