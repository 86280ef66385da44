/*
 * command/run_engine.c - the engine process: decide, the clock, the sender
 *
 * The first thread decides: it sleeps until it is woken, or for a few seconds at the most. The others send, each in a
 * session of its own (delivery.sessions): a slow server holds up no decision. All write through the process's recorder. Finding nothing due costs a look at a small index, so
 * nothing keeps an account of when the next thing falls due.
 *
 * The engine may die on a mail; the try was counted when the mail was claimed, so after two tries it goes to a person. A mail
 * that takes longer than DEADLINE_S ends the process by SIGALRM, which is the same case.
 *
 * A session records what became of a mail before it begins the next, so that the death of the process leaves at most one mail a session of which nobody knows
 * whether the server took it. Several sessions are faster because their outcomes are made durable together. The first looks by itself and is woken; the others help when it finds more
 * than it can send at once.
 *
 * What another process had claimed when it died is given back at the next look (claimer.h).
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "claimer.h"
#include "run.h"
#include "usher/base/error.h"

#define DEADLINE_S 120
#define LOOK_MS 5000  /* looks by itself at least this often */
#define CLOCK_MS 1000 /* looks at the clock at most this often */
#define OWNERS_S 3600 /* how often it is made sure that every live lead has an owner whom the firm knows */
#define MESSAGES_AT_ONCE 10
#define MAILS_AT_ONCE 5
#define HELP_MS 30000 /* a session that helps looks by itself so often, and ends what its server has ended */
#define FIRST_DOWN_MS 2000
#define LONGEST_DOWN_MS 300000

/* A rulebook in use by two threads: freed when the last lets go. */
typedef struct {
    gint users;
    Rulebook *rulebook;
} SharedRulebook;

typedef struct {
    RunContext *context;
    Recorder *recorder;
    char *claimer;
    int wake_fd;
    int signals;
    GMutex lock; /* over all below */
    GCond due;
    SharedRulebook *rules;
    guint64 wakes; /* of the first session */
    guint64 helps; /* of the others */
    gboolean is_stopping;
    gint64 owners_us;    /* when the owners were looked at last; 0: not under these rules. Of the first thread alone */
    GPtrArray *sessions; /* Session; added to by the first thread alone */
} Engine;

/* One thread that sends, one mail at a time. */
typedef struct {
    Engine *engine;
    guint number; /* 0: the first */
    char *claimer;
    GThread *thread;
    Transport *transport; /* under the engine's lock; to be cancelled at the end */
} Session;

static SharedRulebook *share_rulebook(Rulebook *take_rulebook)
{
    SharedRulebook *shared = g_new0(SharedRulebook, 1);
    shared->users = 1;
    shared->rulebook = take_rulebook;
    return shared;
}

static SharedRulebook *take_rules(Engine *engine)
{
    g_mutex_lock(&engine->lock);
    SharedRulebook *shared = engine->rules;
    g_atomic_int_inc(&shared->users);
    g_mutex_unlock(&engine->lock);
    return shared;
}

static void drop_rules(SharedRulebook *shared)
{
    if (g_atomic_int_dec_and_test(&shared->users)) {
        rulebook_free(shared->rulebook);
        g_free(shared);
    }
}

/* ---- telling intake what was decided ---- */

static void tell_decision(const Decision *decision, gpointer data)
{
    const RunContext *context = data;
    g_autofree char *lead = decision->lead ? g_strdup_printf("%" G_GINT64_FORMAT, decision->lead) : g_strdup("");
    g_autofree char *datagram = g_strdup_printf("%" G_GINT64_FORMAT "\t%s\t%.60s\t%.60s", decision->arrival, lead,
                                                decision->tier ? decision->tier : "", decision->owner ? decision->owner : "");
    /* A full socket means that nobody waits for it. */
    (void)!send(context->notice_out, datagram, strlen(datagram), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static Worker make_worker(const Engine *engine, const SharedRulebook *shared)
{
    return (Worker){
        .recorder = engine->recorder,
        .rulebook = shared->rulebook,
        .secret = recorder_get_secret(engine->recorder),
        .claimer = engine->claimer,
        .now = run_now,
        .decided = tell_decision,
        .data = engine->context,
    };
}

/* ---- the sessions ---- */

static void wake_sender(Engine *engine)
{
    g_mutex_lock(&engine->lock);
    engine->wakes++;
    g_cond_broadcast(&engine->due);
    g_mutex_unlock(&engine->lock);
}

static void ask_for_help(Engine *engine)
{
    g_mutex_lock(&engine->lock);
    engine->helps++;
    g_cond_broadcast(&engine->due);
    g_mutex_unlock(&engine->lock);
}

static guint64 count_wakes(const Session *session)
{
    return session->number == 0 ? session->engine->wakes : session->engine->helps;
}

/* Sleeps until it is woken, `rules` are replaced or wait_ms are over; FALSE when the engine stops. */
static gboolean sleep_session(const Session *session, const SharedRulebook *rules, guint64 *seen_wakes, gint64 wait_ms,
                              gboolean is_woken_by_work)
{
    Engine *engine = session->engine;
    gint64 deadline = g_get_monotonic_time() + wait_ms * 1000;
    g_mutex_lock(&engine->lock);
    while (!engine->is_stopping && engine->rules == rules && !(is_woken_by_work && count_wakes(session) != *seen_wakes) &&
           g_cond_wait_until(&engine->due, &engine->lock, deadline)) {
    }
    *seen_wakes = count_wakes(session);
    gboolean goes_on = !engine->is_stopping;
    g_mutex_unlock(&engine->lock);
    return goes_on;
}

static void set_transport(Session *session, Transport *transport)
{
    Engine *engine = session->engine;
    g_mutex_lock(&engine->lock);
    Transport *old = session->transport;
    session->transport = transport;
    /* Who stops may have cancelled the old one a moment ago. */
    if (transport && engine->is_stopping) {
        transport_cancel(transport);
    }
    g_mutex_unlock(&engine->lock);
    g_clear_pointer(&old, transport_free);
}

/* Sends all that is due. Gives how long to wait before the next look, growing while the server is down. */
static gint64 send_due(const Session *session, const SharedRulebook *shared, gint64 down_ms)
{
    Engine *engine = session->engine;
    Worker worker = make_worker(engine, shared);
    guint count = 0;
    worker.claimer = session->claimer;
    do {
        g_autoptr(GError) error = NULL;
        if (!pipeline_work_mails(&worker, session->transport, MAILS_AT_ONCE, &count, &error)) {
            g_warning("sending: %s", error->message);
            return FIRST_DOWN_MS;
        }
        if (transport_is_down(session->transport) && !transport_is_cancelled(session->transport)) {
            return down_ms ? MIN(down_ms * 2, LONGEST_DOWN_MS) : FIRST_DOWN_MS;
        }
        if (count == MAILS_AT_ONCE && session->number == 0) {
            ask_for_help(engine);
        }
    } while (count > 0 && !g_atomic_int_get(&engine->is_stopping));
    transport_rest(session->transport);
    return 0;
}

/* The present rules in place of `shared`, with a transport that follows them. */
static SharedRulebook *renew_rules(Session *session, SharedRulebook *shared, gint64 *down_ms)
{
    SharedRulebook *current = take_rules(session->engine);
    if (current == shared) {
        drop_rules(current);
        return shared;
    }
    set_transport(session, transport_new(&current->rulebook->settings->delivery));
    if (shared) {
        drop_rules(shared);
    }
    *down_ms = 0;
    return current;
}

/* The first speaks for all. */
static void tell_of_server(const Session *session, gint64 down_ms, gint64 was_down_ms)
{
    if (session->number > 0) {
        return;
    }
    if (down_ms && !was_down_ms) {
        g_warning("the mail server does not take mail now; mails wait in the outbox and are tried again");
    } else if (!down_ms && was_down_ms) {
        g_message("the mail server takes mail again");
    }
}

static gpointer run_session(gpointer data)
{
    Session *session = data;
    SharedRulebook *shared = NULL;
    guint64 seen_wakes = 0;
    gint64 down_ms = 0, look_ms = session->number == 0 ? LOOK_MS : HELP_MS;
    do {
        shared = renew_rules(session, shared, &down_ms);
        gint64 was_down_ms = down_ms;
        /* A reload may leave fewer sessions than there are threads. */
        if (session->number < shared->rulebook->settings->delivery.sessions) {
            down_ms = send_due(session, shared, down_ms);
        }
        tell_of_server(session, down_ms, was_down_ms);
    } while (sleep_session(session, shared, &seen_wakes, down_ms ? down_ms : look_ms, !down_ms));
    set_transport(session, NULL);
    drop_rules(shared);
    return NULL;
}

/* As many as the rules want; those that are there stay. */
static void start_sessions(Engine *engine)
{
    guint wanted = engine->rules->rulebook->settings->delivery.sessions;
    while (engine->sessions->len < wanted) {
        Session *session = g_new0(Session, 1);
        session->engine = engine;
        session->number = engine->sessions->len;
        session->claimer = g_strdup_printf("%s/%u", engine->claimer, session->number);
        g_ptr_array_add(engine->sessions, session);
        session->thread = g_thread_new("sender", run_session, session);
    }
}

/* ---- deciding ---- */

static void decide_all(Engine *engine)
{
    SharedRulebook *shared = take_rules(engine);
    Worker worker = make_worker(engine, shared);
    guint count = 0;
    do {
        g_autoptr(GError) error = NULL;
        alarm(DEADLINE_S);
        gboolean is_done = pipeline_work_messages(&worker, MESSAGES_AT_ONCE, &count, &error);
        alarm(0);
        if (!is_done) {
            g_warning("deciding: %s", error->message);
            break;
        }
        if (count > 0) {
            wake_sender(engine);
        }
    } while (count > 0);
    drop_rules(shared);
}

/* TRUE when there is more to be done at once. */
static gboolean work_clock(Engine *engine)
{
    SharedRulebook *shared = take_rules(engine);
    Worker worker = make_worker(engine, shared);
    ClockCounts counts = {0};
    g_autoptr(GError) error = NULL;
    if (!pipeline_work_clock(&worker, &counts, &error)) {
        g_warning("what is due: %s", error->message);
    }
    if (counts.broken + counts.steps > 0) {
        wake_sender(engine);
    }
    drop_rules(shared);
    return counts.has_more && !error;
}

/* Whoever reloads may have mended what kept mails from going. */
static gboolean hasten_mails(Record *record, gpointer data, GError **error)
{
    const Engine *engine = data;
    return record_hasten_mails(record, run_now(engine->context), error);
}

static void reload(Engine *engine)
{
    const Instance *instance = engine->context->instance;
    g_autoptr(Problems) problems = problems_new();
    Rulebook *rulebook = rulebook_load(instance->directory, instance->shared, problems);
    if (!rulebook) {
        g_warning("the new rulebook has errors: the old one stays in force");
        return;
    }
    g_mutex_lock(&engine->lock);
    SharedRulebook *old = engine->rules;
    engine->rules = share_rulebook(rulebook);
    g_mutex_unlock(&engine->lock);
    drop_rules(old);
    g_autoptr(GError) error = NULL;
    if (!recorder_run(engine->recorder, hasten_mails, engine, &error)) {
        g_warning("mails that wait for another try keep their time: %s", error->message);
    }
    start_sessions(engine);
    wake_sender(engine);
    engine->owners_us = 0;
}

/* FALSE when it is time to end. */
static gboolean take_signal(Engine *engine)
{
    struct signalfd_siginfo info;
    if (read(engine->signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return TRUE;
    }
    if (info.ssi_signo == SIGUSR1) {
        reload(engine);
        return TRUE;
    }
    return FALSE;
}

static void drain_wakes(int wake_fd)
{
    char wakes[64];
    while (recv(wake_fd, wakes, sizeof wakes, 0) > 0) {
    }
}

static void release_dead(const Engine *engine)
{
    g_autoptr(GError) error = NULL;
    if (!recorder_run(engine->recorder, claimer_release_dead, NULL, &error)) {
        g_warning("the work of dead processes cannot be taken up: %s", error->message);
    }
}

/* At the start, after each reload, and once an hour. */
static void mend_owners(Engine *engine)
{
    gint64 now_us = g_get_monotonic_time();
    if (engine->owners_us && now_us - engine->owners_us < (gint64)OWNERS_S * G_USEC_PER_SEC) {
        return;
    }
    SharedRulebook *shared = take_rules(engine);
    Worker worker = make_worker(engine, shared);
    guint count = 0;
    do {
        g_autoptr(GError) error = NULL;
        if (!pipeline_work_owners(&worker, &count, &error)) {
            g_warning("owners of leads: %s", error->message);
            break;
        }
        if (count > 0) {
            g_message("leads of people who are no longer in usher.yaml were given to others: %u", count);
            wake_sender(engine);
        }
    } while (count > 0);
    drop_rules(shared);
    engine->owners_us = now_us;
}

/* TRUE, and the moment is noted, when so long has gone by since it was so last. */
static gboolean is_time(gint64 *last_us, gint64 every_ms)
{
    gint64 now_us = g_get_monotonic_time();
    if (*last_us && now_us - *last_us < every_ms * 1000) {
        return FALSE;
    }
    *last_us = now_us;
    return TRUE;
}

static void run_decider(Engine *engine)
{
    gboolean goes_on = TRUE, has_more = FALSE;
    gint64 released_us = 0, clock_us = 0;
    while (goes_on) {
        if (is_time(&released_us, LOOK_MS)) {
            release_dead(engine);
            mend_owners(engine);
        }
        decide_all(engine);
        /* Mails that come in one after the other wake us; the clock need not be looked at for each. */
        if (has_more || is_time(&clock_us, CLOCK_MS)) {
            has_more = work_clock(engine);
        }
        struct pollfd polled[] = {
            {.fd = engine->wake_fd, .events = POLLIN},
            {.fd = engine->signals, .events = POLLIN},
        };
        if (poll(polled, G_N_ELEMENTS(polled), has_more ? 0 : LOOK_MS) < 0 && errno != EINTR) {
            return;
        }
        if (polled[0].revents) {
            drain_wakes(engine->wake_fd);
            wake_sender(engine);
        }
        if (polled[1].revents) {
            goes_on = take_signal(engine);
        }
    }
}

/* ---- the process ---- */

static gboolean open_engine(Engine *engine, GError **error)
{
    const char *store = engine->rules->rulebook->settings->store;
    engine->recorder = recorder_open(store, error);
    if (!engine->recorder) {
        return FALSE;
    }
    engine->wake_fd = wake_listen(store, error);
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGUSR1);
    engine->signals = signalfd(-1, &ours, SFD_CLOEXEC);
    return engine->wake_fd >= 0;
}

static void stop_sessions(Engine *engine)
{
    g_mutex_lock(&engine->lock);
    g_atomic_int_set(&engine->is_stopping, TRUE);
    for (guint i = 0; i < engine->sessions->len; i++) {
        Session *session = g_ptr_array_index(engine->sessions, i);
        if (session->transport) {
            transport_cancel(session->transport);
        }
    }
    g_cond_broadcast(&engine->due);
    g_mutex_unlock(&engine->lock);
    for (guint i = 0; i < engine->sessions->len; i++) {
        g_thread_join(((Session *)g_ptr_array_index(engine->sessions, i))->thread);
    }
}

int run_engine(RunContext *context)
{
    Engine *engine = g_new0(Engine, 1);
    g_autoptr(GError) error = NULL;
    engine->context = context;
    engine->rules = share_rulebook(g_steal_pointer(&context->instance->rulebook));
    engine->claimer = claimer_make();
    if (!open_engine(engine, &error)) {
        g_warning("%s", error->message);
        return error->code == USHER_ERROR_CONFIG ? EX_CONFIG : EX_TEMPFAIL;
    }
    engine->sessions = g_ptr_array_new();
    start_sessions(engine);
    run_tell_ready(context);
    run_decider(engine);
    stop_sessions(engine);
    recorder_close(engine->recorder);
    drop_rules(engine->rules);
    return 0;
}
