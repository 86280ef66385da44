/*
 * command/run.c - usher run: the supervisor
 *
 * Checks the rulebook and the store, then starts its children and starts again what dies: intake (bytes become durable), engine (decide,
 * clock, send) and, where usher.yaml says so, web (the pages). It does nothing else, so there is little in it that could fail.
 *
 * SIGTERM and SIGINT end the children, which finish what they have in hand. SIGHUP reads the rulebook: a good one is handed on
 * (SIGUSR1 to the children), a bad one is told mistake by mistake and the old one stays in force. The children get no
 * SIGHUP because libmilter takes it for a stop.
 *
 * A child that dies is started again after a pause that grows from a tenth of a second to ten seconds. A child that ends with EX_CONFIG
 * cannot work at all: then everything stops and says so. The daemon is ready without its pages: mail must not wait for them.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "rows.h"
#include "usher/base/log.h"

#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 10000
#define CALM_MS 60000  /* a child that lived so long starts with the first pause again */
#define DRAIN_MS 30000 /* then it is killed: everything it had is durable */

typedef struct {
    const char *name;
    int (*run)(RunContext *context);
    gboolean is_waited_for; /* the daemon is ready when it is */
    pid_t pid;              /* 0: not running */
    gint64 started_ms;
    gint64 restart_ms; /* when to start it again */
    gint64 pause_ms;
} Child;

typedef struct {
    RunContext context;
    Child children[3];
    guint count; /* of them */
    int signals; /* signalfd */
    int ready_in;
    guint ready; /* children that said so */
    gboolean is_ready_told;
    gboolean is_stopping;
    gint64 kill_ms;
    int status;
} Supervisor;

static gint64 read_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

UsherTime run_now(gpointer context)
{
    return clock_read() + ((const RunContext *)context)->offset_s;
}

/* ---- the lock that says a daemon is at work ---- */

static int open_lock(const char *store, int flags)
{
    g_autofree char *path = g_strconcat(store, ".run", NULL);
    return open(path, flags | O_CLOEXEC, 0640);
}

gboolean run_is_at_work(const char *store)
{
    int lock = open_lock(store, O_RDONLY);
    gboolean is_taken = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (lock >= 0) {
        close(lock);
    }
    return is_taken;
}

/* ---- telling ---- */

void run_tell_ready(const RunContext *context)
{
    if (write(context->ready_fd, "r", 1) != 1) {
        g_warning("the supervisor cannot be told: %s", g_strerror(errno));
    }
}

/* sd_notify(3) by hand: one datagram to the socket that systemd names. */
static void tell_systemd(const char *state)
{
    const char *name = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!name || (*name != '/' && *name != '@') || strlen(name) >= sizeof address.sun_path) {
        return;
    }
    g_strlcpy(address.sun_path, name, sizeof address.sun_path);
    if (*name == '@') {
        address.sun_path[0] = '\0';
    }
    int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    if (sender < 0 || sendto(sender, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length) < 0) {
        g_warning("systemd cannot be told \"%s\": %s", state, g_strerror(errno));
    }
    if (sender >= 0) {
        close(sender);
    }
}

static void tell_in_force(const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    const Delivery *delivery = &settings->delivery;
    g_autofree char *where = delivery->method == DELIVERY_MAILDIR
                                 ? g_strdup_printf("Maildir %s", delivery->maildir)
                                 : g_strdup_printf("%s port %u", delivery->smtp_host, delivery->smtp_port);
    g_message("rules %.16s in force; milter: %s; Maildirs: %u; delivery: %s%s", rulebook->hash,
              settings->milter ? settings->milter : "none", settings->maildirs->len, where,
              delivery->is_shadow ? ", SHADOW: nothing leaves" : "");
}

/* A daemon runs for years: what `check` would say of the years ahead stands in the log, too. */
static void warn_of_years(const Instance *instance)
{
    g_autoptr(Problems) problems = problems_new();
    settings_warn_of_years(instance->rulebook->settings, instance_now(instance), problems);
    const GPtrArray *list = problems_get_list(problems);
    for (guint i = 0; i < list->len; i++) {
        const Problem *problem = g_ptr_array_index(list, i);
        g_warning("%s:%u:%u: %s", problem->file, problem->line, problem->column, problem->what);
    }
}

/* ---- children ---- */

static void start_child(Supervisor *supervisor, Child *child)
{
    fflush(NULL);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        g_warning("%s cannot be started: %s", child->name, g_strerror(errno));
        child->restart_ms = read_ms() + LONGEST_PAUSE_MS;
        return;
    }
    if (pid == 0) {
        /* A child without its supervisor would hold the doors against the next one. */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) {
            _exit(EX_TEMPFAIL);
        }
        close(supervisor->signals);
        close(supervisor->ready_in);
        log_open(child->name, supervisor->context.instance->is_verbose);
        _exit(child->run(&supervisor->context));
    }
    child->pid = pid;
    child->started_ms = read_ms();
    child->restart_ms = 0;
}

static void signal_children(const Supervisor *supervisor, int signal_number)
{
    for (guint i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].pid > 0) {
            kill(supervisor->children[i].pid, signal_number);
        }
    }
}

static void begin_stop(Supervisor *supervisor, int status)
{
    if (supervisor->is_stopping) {
        return;
    }
    g_message("stopping: what is in hand is finished first");
    supervisor->is_stopping = TRUE;
    supervisor->status = status;
    supervisor->kill_ms = read_ms() + DRAIN_MS;
    tell_systemd("STOPPING=1");
    signal_children(supervisor, SIGTERM);
}

static void note_death(Supervisor *supervisor, Child *child, int wait_status)
{
    child->pid = 0;
    if (supervisor->is_stopping) {
        return;
    }
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EX_CONFIG) {
        begin_stop(supervisor, EX_CONFIG);
        return;
    }
    gboolean was_calm = read_ms() - child->started_ms > CALM_MS;
    child->pause_ms = was_calm || child->pause_ms == 0 ? FIRST_PAUSE_MS : MIN(child->pause_ms * 2, LONGEST_PAUSE_MS);
    child->restart_ms = read_ms() + child->pause_ms;
    if (WIFSIGNALED(wait_status)) {
        g_warning("%s was ended by signal %d (%s); it is started again in %" G_GINT64_FORMAT " ms", child->name,
                  WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)), child->pause_ms);
    } else {
        g_warning("%s ended with %d; it is started again in %" G_GINT64_FORMAT " ms", child->name, WEXITSTATUS(wait_status),
                  child->pause_ms);
    }
}

static void reap_children(Supervisor *supervisor)
{
    int wait_status = 0;
    for (pid_t pid = waitpid(-1, &wait_status, WNOHANG); pid > 0; pid = waitpid(-1, &wait_status, WNOHANG)) {
        for (guint i = 0; i < supervisor->count; i++) {
            if (supervisor->children[i].pid == pid) {
                note_death(supervisor, &supervisor->children[i], wait_status);
            }
        }
    }
}

static void start_due_children(Supervisor *supervisor)
{
    for (guint i = 0; i < supervisor->count; i++) {
        Child *child = &supervisor->children[i];
        if (child->pid == 0 && !supervisor->is_stopping && read_ms() >= child->restart_ms) {
            start_child(supervisor, child);
        }
    }
}

static gboolean is_any_running(const Supervisor *supervisor)
{
    for (guint i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].pid > 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_each_running(const Supervisor *supervisor)
{
    for (guint i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].pid <= 0) {
            return FALSE;
        }
    }
    return TRUE;
}

static guint count_waited_for(const Supervisor *supervisor)
{
    guint count = 0;
    for (guint i = 0; i < supervisor->count; i++) {
        count += supervisor->children[i].is_waited_for ? 1 : 0;
    }
    return count;
}

/* ---- reloading ---- */

static gboolean keep_rulebook(Record *record, gpointer data, GError **error)
{
    const Instance *instance = data;
    return record_keep_rulebook(record, instance->rulebook->hash, instance->rulebook->source, instance_now(instance), error);
}

/* Opens the store once, so that it is there and of our version, and leaves it: a connection must not cross a fork. */
static gboolean prepare_store(Instance *instance, GError **error)
{
    g_autoptr(Record) record = record_open(instance->rulebook->settings->store, FALSE, error);
    return record && record_run(record, keep_rulebook, instance, error);
}

static void swap_texts(char **a, char **b)
{
    char *text = *a;
    *a = *b;
    *b = text;
}

/* A process that is started again later has to meet the others where they are. The old settings are freed with the new places. */
static void keep_places(Settings *settings, Settings *old)
{
    swap_texts(&settings->store, &old->store);
    swap_texts(&settings->milter, &old->milter);
    swap_texts(&settings->web_listen, &old->web_listen);
}

static void reload(Supervisor *supervisor)
{
    Instance *instance = supervisor->context.instance;
    g_autoptr(Problems) problems = problems_new();
    Rulebook *rulebook = rulebook_load(instance->directory, instance->shared, problems);
    const GPtrArray *list = problems_get_list(problems);
    for (guint i = 0; i < list->len; i++) {
        const Problem *problem = g_ptr_array_index(list, i);
        g_warning("%s:%u:%u: %s", problem->file, problem->line, problem->column, problem->what);
    }
    if (!rulebook) {
        g_warning("the new rulebook has errors (%u): the old one stays in force (rules %.16s)", problems_count_errors(problems),
                  instance->rulebook->hash);
        return;
    }
    if (strcmp(rulebook->settings->store, instance->rulebook->settings->store) != 0 ||
        g_strcmp0(rulebook->settings->milter, instance->rulebook->settings->milter) != 0 ||
        g_strcmp0(rulebook->settings->web_listen, instance->rulebook->settings->web_listen) != 0) {
        g_warning("\"store\", \"milter\" or \"web: listen\" was changed: that takes effect with the next start");
    }
    keep_places(rulebook->settings, instance->rulebook->settings);
    rulebook_free(instance->rulebook);
    instance->rulebook = rulebook;
    g_autoptr(GError) error = NULL;
    if (!prepare_store(instance, &error)) {
        g_warning("the new rulebook could not be kept on record: %s", error->message);
    }
    signal_children(supervisor, SIGUSR1);
    tell_in_force(rulebook);
    warn_of_years(instance);
}

/* ---- the loop ---- */

static void take_signal(Supervisor *supervisor)
{
    struct signalfd_siginfo info;
    if (read(supervisor->signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    switch (info.ssi_signo) {
    case SIGHUP:
        tell_systemd("RELOADING=1");
        reload(supervisor);
        tell_systemd("READY=1");
        return;
    case SIGCHLD:
        reap_children(supervisor);
        return;
    default:
        begin_stop(supervisor, 0);
        return;
    }
}

static void take_ready(Supervisor *supervisor)
{
    char byte;
    if (read(supervisor->ready_in, &byte, 1) != 1 || supervisor->is_ready_told) {
        return;
    }
    supervisor->ready++;
    if (supervisor->ready == count_waited_for(supervisor)) {
        supervisor->is_ready_told = TRUE;
        g_message("ready");
        tell_systemd("READY=1");
    }
}

static void enforce_stop(Supervisor *supervisor)
{
    if (supervisor->is_stopping && read_ms() >= supervisor->kill_ms) {
        g_warning("a process did not finish in %d s and is killed; all it had is on record", DRAIN_MS / 1000);
        signal_children(supervisor, SIGKILL);
        supervisor->kill_ms = read_ms() + DRAIN_MS;
    }
}

static int supervise(Supervisor *supervisor)
{
    while (!supervisor->is_stopping || is_any_running(supervisor)) {
        start_due_children(supervisor);
        struct pollfd polled[] = {
            {.fd = supervisor->signals, .events = POLLIN},
            {.fd = supervisor->ready_in, .events = POLLIN},
        };
        gboolean is_calm = is_each_running(supervisor) && !supervisor->is_stopping;
        if (poll(polled, G_N_ELEMENTS(polled), is_calm ? -1 : FIRST_PAUSE_MS) < 0 && errno != EINTR) {
            return EX_OSERR;
        }
        if (polled[0].revents) {
            take_signal(supervisor);
        }
        if (polled[1].revents & POLLIN) {
            take_ready(supervisor);
        }
        enforce_stop(supervisor);
    }
    return supervisor->status;
}

static int open_signals(void)
{
    sigset_t all, ours;
    sigfillset(&all);
    /* These say that the program itself is wrong; SIGALRM is the engine's own deadline. */
    const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGALRM};
    for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
        sigdelset(&all, kept[i]);
    }
    sigprocmask(SIG_BLOCK, &all, NULL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGHUP);
    sigaddset(&ours, SIGCHLD);
    return signalfd(-1, &ours, SFD_CLOEXEC);
}

static gboolean open_channels(Supervisor *supervisor)
{
    int ready[2], notices[2];
    supervisor->signals = open_signals();
    if (supervisor->signals < 0 || pipe2(ready, O_CLOEXEC) != 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, notices) != 0) {
        perror("usher: run");
        return FALSE;
    }
    supervisor->ready_in = ready[0];
    supervisor->context.ready_fd = ready[1];
    supervisor->context.notice_in = notices[0];
    supervisor->context.notice_out = notices[1];
    return TRUE;
}

int command_run(Instance *instance, int argc, char **argv)
{
    instance_read_options(command_find("run"), argc, &argv, NULL, 0, 0);
    if (!instance_load(instance)) {
        return EX_CONFIG;
    }
    log_open(NULL, instance->is_verbose);
    g_autoptr(GError) error = NULL;
    if (!prepare_store(instance, &error)) {
        return instance_fail(error);
    }
    int lock = open_lock(instance->rulebook->settings->store, O_RDONLY | O_CREAT);
    /* Who only looks holds it for a moment. */
    if (lock < 0 || flock(lock, LOCK_SH) != 0) {
        g_warning("the file that says a daemon is at work cannot be locked: %s", g_strerror(errno));
    }
    Supervisor supervisor = {
        .context = {.instance = instance, .offset_s = instance->now ? instance->now - clock_read() : 0},
        .children = {{.name = "intake", .run = run_intake, .is_waited_for = TRUE},
                     {.name = "engine", .run = run_engine, .is_waited_for = TRUE},
                     {.name = "web", .run = run_web}},
        .count = instance->rulebook->settings->web_listen ? 3 : 2,
    };
    if (!open_channels(&supervisor)) {
        return EX_OSERR;
    }
    tell_in_force(instance->rulebook);
    warn_of_years(instance);
    int status = supervise(&supervisor);
    g_message("stopped");
    close(lock);
    return status;
}
