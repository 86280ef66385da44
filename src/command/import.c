/*
 * command/import.c - usher import: old mail, for the record
 *
 * Looks into all sources first, so that their mails can be taken in the order in which they came, whatever file they lie in. Then, batch by
 * batch: a batch is captured and claimed in one transaction, so that a daemon at work beside it decides what comes in now and leaves these
 * to us, and decided in another. Killed at any moment, nothing is lost or doubled: what was captured is known by its digest when
 * the same command is given again, and what was not decided yet is decided then, or by the daemon.
 *
 * Nothing is sent: a mail whose first delivery is this door is history for whoever decides it (model/arrival.h).
 *
 * SIGINT and SIGTERM end it after the batch in hand.
 */
#include "rows.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "claimer.h"
#include "import_progress.h"
#include "store.h"
#include "usher/base/error.h"
#include "usher/capture/import.h"

#define MAILS_AT_ONCE 100
#define BYTES_AT_ONCE (4 * 1024 * 1024)
#define DEADLINE_S 120 /* a mail that takes longer is a mail that stops the program, and after two tries goes to a person */
#define SHOWN_REMARKS 50
#define MAX_REMARKS 1000 /* in JSON */

typedef struct {
    Instance *instance;
    Worker worker;
    ImportIndex *index;
    ImportProgress *progress;
    char *spool;
    gboolean is_dry;
    GHashTable *seen; /* of a dry run: the beginnings of digests */
    guint read, new_mails, known, own, decided;
    guint ended[DISPOSITION_COUNT];
} Import;

static volatile sig_atomic_t is_stopped;

static void note_signal(int number)
{
    (void)number;
    is_stopped = 1;
}

static void listen_to_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- a batch ---- */

typedef struct {
    Import *import;
    GPtrArray *mails;    /* CapturedMail */
    GPtrArray *arrivals; /* Arrival, claimed */
    guint new_mails, known;
} ImportBatch;

/*
 * A mail that is on record already wants no further delivery from its old copy. When it is of the history, and an import that was stopped has left it
 * undecided, it is ours to decide; what came by another door is not.
 */
static gboolean capture_mail(Record *record, ImportBatch *batch, CapturedMail *mail, GError **error)
{
    const Import *import = batch->import;
    StoreTarget target = {.record = record};
    UsherTime now = instance_now(import->instance);
    g_autoptr(Arrival) known = NULL;
    gint64 id = 0;
    gboolean is_new = FALSE;
    if (!record_find_message(record, captured_mail_get_digest(mail), &known, error) ||
        (!known && !store_mail(&target, mail, now, &id, &is_new, error))) {
        return FALSE;
    }
    batch->new_mails += is_new;
    batch->known += !is_new;
    if (known && !arrival_is_history(known)) {
        return TRUE;
    }
    id = known ? known->id : id;
    Arrival *arrival = NULL;
    if (!record_claim_message(record, id, import->worker.claimer, now, now + PIPELINE_LEASE_S, &arrival, error)) {
        return FALSE;
    }
    if (arrival) {
        g_ptr_array_add(batch->arrivals, arrival);
    }
    return TRUE;
}

static gboolean capture_batch(Record *record, gpointer data, GError **error)
{
    ImportBatch *batch = data;
    for (guint i = 0; i < batch->mails->len; i++) {
        if (!capture_mail(record, batch, g_ptr_array_index(batch->mails, i), error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static void count_decision(const Decision *decision, gpointer data)
{
    Import *import = data;
    import->decided++;
    import->ended[decision->disposition]++;
}

static gboolean work_batch(Import *import, GPtrArray *mails, GError **error)
{
    ImportBatch batch = {.import = import, .mails = mails};
    batch.arrivals = g_ptr_array_new_with_free_func((GDestroyNotify)arrival_free);
    if (!record_run(import->worker.record, capture_batch, &batch, error)) {
        g_ptr_array_unref(batch.arrivals);
        return FALSE;
    }
    import->new_mails += batch.new_mails;
    import->known += batch.known;
    alarm(DEADLINE_S);
    gboolean is_done = pipeline_work_claimed(&import->worker, batch.arrivals, error);
    alarm(0);
    return is_done;
}

/* What a dry run would take: a mail that lies in two folders counts once. */
static gboolean count_batch(Import *import, const GPtrArray *mails, GError **error)
{
    for (guint i = 0; i < mails->len; i++) {
        const char *digest = captured_mail_get_digest(g_ptr_array_index(mails, i));
        g_autofree char *beginning = g_strndup(digest, 16);
        g_autoptr(Arrival) arrival = NULL;
        if (import->instance->record && !record_find_message(import->instance->record, digest, &arrival, error)) {
            return FALSE;
        }
        gboolean is_first = g_hash_table_add(import->seen, GSIZE_TO_POINTER(g_ascii_strtoull(beginning, NULL, 16)));
        gboolean is_known = arrival != NULL || !is_first;
        import->known += is_known;
        import->new_mails += !is_known;
    }
    return TRUE;
}

/* ---- all of them ---- */

static void free_mail(gpointer mail)
{
    captured_mail_free(mail);
}

/* Reads mails from `place` on until it is enough for a batch. Gives the next place; what cannot be read is a fault of the index. */
static gboolean read_batch(Import *import, guint *place, GPtrArray *mails, GError **error)
{
    const Settings *settings = import->instance->rulebook->settings;
    guint found = import_index_get_counts(import->index)->found;
    gint64 bytes = 0;
    for (; *place < found && mails->len < MAILS_AT_ONCE && bytes < BYTES_AT_ONCE; (*place)++) {
        g_autoptr(GError) failure = NULL;
        g_autoptr(CapturedMail) mail =
            import_index_read(import->index, *place, import->spool, settings->max_message_bytes, &failure);
        if (failure && !g_error_matches(failure, USHER_ERROR, USHER_ERROR_INPUT)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
        if (!mail) {
            continue;
        }
        import->read++;
        bytes += captured_mail_get_size(mail);
        if (captured_mail_is_own(mail, import->worker.secret)) {
            import->own++;
        } else {
            g_ptr_array_add(mails, g_steal_pointer(&mail));
        }
    }
    return TRUE;
}

static gboolean import_all(Import *import, GError **error)
{
    guint found = import_index_get_counts(import->index)->found;
    for (guint place = 0; place < found && !is_stopped;) {
        g_autoptr(GPtrArray) mails = g_ptr_array_new_with_free_func(free_mail);
        if (!read_batch(import, &place, mails, error) ||
            !(import->is_dry ? count_batch(import, mails, error) : work_batch(import, mails, error))) {
            return FALSE;
        }
        import_progress_show(import->progress, place, found);
    }
    return TRUE;
}

static gboolean look_at_search(guint found, gpointer data)
{
    const Import *import = data;
    import_progress_search(import->progress, found);
    return is_stopped != 0;
}

static void find_mails(Import *import, char **paths, int count, UsherTime since)
{
    ImportOptions options = {
        .now = instance_now(import->instance),
        .since = since,
        .own_intake = import->instance->rulebook->settings->maildirs,
        .look = look_at_search,
        .data = import,
    };
    import->index = import_index_new(&options);
    for (int i = 0; i < count && !is_stopped; i++) {
        import_index_add(import->index, paths[i]);
    }
    import_index_sort(import->index);
}

/* ---- what it came to ---- */

static void print_count(guint count, const char *what)
{
    if (count > 0) {
        printf("%8u  %s\n", count, what);
    }
}

static void print_remarks(const GPtrArray *remarks)
{
    for (guint i = 0; i < remarks->len && i < SHOWN_REMARKS; i++) {
        const ImportRemark *remark = g_ptr_array_index(remarks, i);
        fprintf(stderr, "usher: \"%s\" %s\n", remark->path, remark->why);
    }
    if (remarks->len > SHOWN_REMARKS) {
        fprintf(stderr, "usher: and %u more; --json names up to %d\n", remarks->len - SHOWN_REMARKS, MAX_REMARKS);
    }
}

static void print_summary(const Import *import)
{
    const ImportCounts *counts = import_index_get_counts(import->index);
    printf("%8u  mails read%s\n", import->read, import->is_dry ? "; nothing was recorded" : "");
    print_count(import->new_mails, import->is_dry ? "would be taken" : "new");
    print_count(import->known, "known already");
    print_count(import->own, "our own, which are on record where they were sent");
    print_count(counts->older, "left out: older than --since");
    print_count(counts->deleted, "left out: marked as deleted or as a draft");
    if (import->decided > 0) {
        puts("What became of them:");
    }
    print_count(import->ended[DISPOSITION_LEAD], "opened a lead of the history");
    print_count(import->ended[DISPOSITION_JOINED], "joined a lead: the same person wrote again");
    print_count(import->ended[DISPOSITION_REPLY], "replies");
    print_count(import->ended[DISPOSITION_RECORDED], "recorded: what was sent, automatic replies, bounces and the like");
    print_count(import->ended[DISPOSITION_IGNORED], "ignored: bulk and spam");
    print_count(import->ended[DISPOSITION_QUARANTINED], "could not be read: see usher leads \"exception = 'undecided'\"");
    print_count(import_index_get_faults(import->index)->len, "files could not be taken");
}

static json_t *from_remarks(const GPtrArray *remarks)
{
    json_t *list = json_array();
    for (guint i = 0; i < remarks->len && i < MAX_REMARKS; i++) {
        const ImportRemark *remark = g_ptr_array_index(remarks, i);
        json_array_append_new(list, json_pack("{s:s, s:s}", "path", remark->path, "why", remark->why));
    }
    return list;
}

static void print_json(const Import *import, gboolean is_complete)
{
    const ImportCounts *counts = import_index_get_counts(import->index);
    const GPtrArray *faults = import_index_get_faults(import->index);
    json_t *object = json_object();
    const struct {
        const char *name;
        guint count;
    } rows[] = {
        {"found", counts->found},
        {"read", import->read},
        {"new", import->new_mails},
        {"known", import->known},
        {"own", import->own},
        {"older", counts->older},
        {"deleted", counts->deleted},
        {"leads", import->ended[DISPOSITION_LEAD]},
        {"joined", import->ended[DISPOSITION_JOINED]},
        {"replies", import->ended[DISPOSITION_REPLY]},
        {"recorded", import->ended[DISPOSITION_RECORDED]},
        {"ignored", import->ended[DISPOSITION_IGNORED]},
        {"quarantined", import->ended[DISPOSITION_QUARANTINED]},
        {"faults", faults->len},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_object_set_new(object, rows[i].name, json_integer(rows[i].count));
    }
    json_object_set_new(object, "not_taken", from_remarks(faults));
    json_object_set_new(object, "left_out", from_remarks(import_index_get_notes(import->index)));
    json_object_set_new(object, "dry_run", json_boolean(import->is_dry));
    json_object_set_new(object, "complete", json_boolean(is_complete));
    json_print(object);
}

static int tell(const Import *import, const GError *failure)
{
    gboolean is_complete = !failure && !is_stopped;
    import_progress_end(import->progress);
    print_remarks(import_index_get_notes(import->index));
    print_remarks(import_index_get_faults(import->index));
    if (import->instance->is_json) {
        print_json(import, is_complete);
    } else {
        print_summary(import);
    }
    if (!is_complete) {
        fflush(stdout);
        fprintf(stderr, "usher: stopped%s%s after %u of %u mails; the same command goes on from there\n", failure ? ": " : "",
                failure ? failure->message : "", import->read, import_index_get_counts(import->index)->found);
        return EX_TEMPFAIL;
    }
    return import_index_get_faults(import->index)->len > 0 ? EXIT_PROBLEM : 0;
}

/* ---- the command ---- */

/* "2024-03-01", midnight in the firm's zone, or a whole moment. */
static gboolean read_since(const char *text, const Settings *settings, UsherTime *since)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *midnight = g_strconcat(text, "T00:00:00Z", NULL);
    UsherTime moment;
    if (clock_parse(midnight, &moment, NULL)) {
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
        g_autoptr(GDateTime) local = g_date_time_new(calendar_get_zone(settings->calendar), g_date_time_get_year(utc),
                                                     g_date_time_get_month(utc), g_date_time_get_day_of_month(utc), 0, 0, 0);
        *since = g_date_time_to_unix(local);
        return TRUE;
    }
    if (clock_parse(text, since, &error)) {
        return TRUE;
    }
    fprintf(stderr, "usher: --since: \"%s\" is no date: write it as 2024-03-01 or 2024-03-01T09:00:00Z\n", text);
    return FALSE;
}

static UsherTime read_clock(gpointer data)
{
    return instance_now(((const Import *)data)->instance);
}

/* A dry run leaves no trace: it makes no store, and looks into the one that is there. */
static gboolean open_store(Import *import)
{
    Instance *instance = import->instance;
    const char *store = instance->rulebook->settings->store;
    g_autoptr(GError) error = NULL;
    import->spool = import->is_dry ? g_strdup(g_get_tmp_dir()) : g_path_get_dirname(store);
    if (import->is_dry && access(store, F_OK) != 0) {
        import->worker.secret = "";
        return TRUE;
    }
    instance->record = record_open(store, import->is_dry, &error);
    if (!instance->record || (!import->is_dry && !record_run(instance->record, claimer_release_dead, NULL, &error))) {
        instance_fail(error);
        return FALSE;
    }
    import->worker = instance_get_worker(instance);
    import->worker.now = read_clock;
    import->worker.decided = count_decision;
    import->worker.data = import;
    return TRUE;
}

static int run_import(Import *import, char **paths, int count, UsherTime since)
{
    g_autoptr(GError) error = NULL;
    import->progress = import_progress_new();
    import->seen = g_hash_table_new(NULL, NULL);
    find_mails(import, paths, count, since);
    import_all(import, &error);
    int status = tell(import, error);
    import_index_free(import->index);
    import_progress_free(import->progress);
    g_hash_table_unref(import->seen);
    return status;
}

int command_import(Instance *instance, int argc, char **argv)
{
    g_autofree char *since_text = NULL;
    gboolean is_dry = FALSE;
    const GOptionEntry entries[] = {
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &is_dry, "read and count what would be taken; record nothing", NULL},
        {"since", 0, 0, G_OPTION_ARG_STRING, &since_text, "leave out what came before that day", "DATE"},
        G_OPTION_ENTRY_NULL,
    };
    int count = instance_read_options(command_find("import"), argc, &argv, entries, 1, G_MAXINT);
    if (!instance_load(instance)) {
        return EX_CONFIG;
    }
    UsherTime since = 0;
    if (since_text && !read_since(since_text, instance->rulebook->settings, &since)) {
        return EX_USAGE;
    }
    Import import = {.instance = instance, .is_dry = is_dry};
    listen_to_signals();
    int status = open_store(&import) ? run_import(&import, argv + 1, count, since) : EX_CONFIG;
    g_free(import.spool);
    return status;
}
