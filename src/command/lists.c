/*
 * command/lists.c - usher clients, usher conflicts, usher partners: the lists that the firm gives
 *
 * They are kept in some other program and handed over as a CSV file, whole or in parts; what is on record is what was handed over.
 */
#include "lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "rows.h"
#include "usher/base/error.h"

#define MAX_FILE_BYTES (256 * 1024 * 1024)

typedef struct {
    Instance *instance;
    const char *command; /* "clients" */
    PartyList list;
    gboolean is_whole;
    gboolean is_dry;
    char *argument; /* NULL */
} ListCommand;

/* ---- import ---- */

static GBytes *read_stream(FILE *stream, const char *name)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 block[65536];
    gsize got;
    while ((got = fread(block, 1, sizeof block, stream)) > 0 && bytes->len <= MAX_FILE_BYTES) {
        g_byte_array_append(bytes, block, (guint)got);
    }
    if (ferror(stream)) {
        fprintf(stderr, "usher: \"%s\" cannot be read: %s\n", name, g_strerror(errno));
        return NULL;
    }
    if (bytes->len > MAX_FILE_BYTES) {
        fprintf(stderr, "usher: \"%s\" is longer than %d MB: import it in parts\n", name, MAX_FILE_BYTES / 1024 / 1024);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

static GBytes *read_file(const char *name)
{
    if (strcmp(name, "-") == 0) {
        return read_stream(stdin, "standard input");
    }
    FILE *stream = fopen(name, "re");
    if (!stream) {
        fprintf(stderr, "usher: \"%s\" cannot be read: %s\n", name, g_strerror(errno));
        return NULL;
    }
    GBytes *bytes = read_stream(stream, name);
    fclose(stream);
    return bytes;
}

typedef struct {
    const ListCommand *command;
    const PartyFile *file;
    gboolean is_whole;
    PartyCounts counts;
    gboolean is_rehearsed;
} ImportJob;

/* A rehearsal goes all the way and is undone. */
static gboolean run_import(Record *record, gpointer data, GError **error)
{
    ImportJob *job = data;
    UsherTime now = instance_now(job->command->instance);
    if (!record_put_parties(record, job->command->list, job->file->parties, job->is_whole, now, &job->counts, error)) {
        return FALSE;
    }
    job->is_rehearsed = job->command->is_dry;
    if (job->is_rehearsed) {
        g_set_error_literal(error, USHER_ERROR, USHER_ERROR_INPUT, "this was a rehearsal");
    }
    return !job->is_rehearsed;
}

static void print_bad_rows(const PartyFile *file, const char *name)
{
    for (guint i = 0; i < file->bad->len; i++) {
        const BadRow *bad = g_ptr_array_index(file->bad, i);
        if (bad->line > 0) {
            fprintf(stderr, "%s:%u: %s\n", name, bad->line, bad->what);
        } else {
            fprintf(stderr, "%s: %s\n", name, bad->what);
        }
    }
    for (guint i = 0; i < file->unknown->len; i++) {
        fprintf(stderr, "%s:1: the column \"%s\" is passed over\n", name, (const char *)g_ptr_array_index(file->unknown, i));
    }
}

static json_t *list_bad_rows(const PartyFile *file)
{
    json_t *list = json_array();
    for (guint i = 0; i < file->bad->len; i++) {
        const BadRow *bad = g_ptr_array_index(file->bad, i);
        json_array_append_new(list, json_pack("{s:i, s:s}", "line", (int)bad->line, "what", bad->what));
    }
    return list;
}

static void print_import(const ImportJob *job)
{
    const PartyCounts *counts = &job->counts;
    const ListCommand *command = job->command;
    if (command->instance->is_json) {
        json_print(json_pack("{s:i, s:i, s:i, s:b, s:b, s:o}", "added", (int)counts->added, "changed", (int)counts->changed,
                             "removed", (int)counts->removed, "replaced", job->is_whole, "dry_run", command->is_dry, "bad",
                             list_bad_rows(job->file)));
        return;
    }
    printf("%s%u added, %u changed, %u removed, %u bad row%s\n", command->is_dry ? "Would be done: " : "", counts->added,
           counts->changed, counts->removed, job->file->bad->len, job->file->bad->len == 1 ? "" : "s");
    if (command->is_whole && !job->is_whole) {
        puts("Nothing was taken off the list, because there are bad rows: mend them and import the file again.");
    }
}

/* A file with a mistake in it is no whole list: what is missing from it may be what could not be read. */
static int import_list(const ListCommand *command)
{
    g_autoptr(GBytes) bytes = read_file(command->argument);
    if (!bytes) {
        return EX_NOINPUT;
    }
    if (!instance_open(command->instance)) {
        return EX_CONFIG;
    }
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    g_autoptr(GError) error = NULL;
    g_autoptr(PartyFile) file = party_file_read(command->list, data ? data : "", length, command->instance->rulebook, &error);
    if (!file) {
        fprintf(stderr, "usher: \"%s\": %s\n", command->argument, error->message);
        return EX_DATAERR;
    }
    print_bad_rows(file, command->argument);
    ImportJob job = {.command = command, .file = file, .is_whole = command->is_whole && file->bad->len == 0};
    if (!record_run(command->instance->record, run_import, &job, &error) && !job.is_rehearsed) {
        return instance_fail(error);
    }
    print_import(&job);
    return file->bad->len > 0 ? EXIT_PROBLEM : 0;
}

/* ---- list ---- */

typedef struct {
    PartyList list;
    json_t *json; /* one of the two */
    Table *table;
    guint count;
} Listing;

static json_t *list_texts(const GPtrArray *texts)
{
    json_t *list = json_array();
    for (guint i = 0; i < texts->len; i++) {
        json_array_append_new(list, json_string(g_ptr_array_index(texts, i)));
    }
    return list;
}

static void add_terms(json_t *json, const PartnerTerms *terms)
{
    json_object_set_new(json, "contact", json_string(terms->contact));
    json_object_set_new(json, "phone", json_string(terms->phone));
    json_object_set_new(json, "services", list_texts(terms->services));
    json_object_set_new(json, "areas", list_texts(terms->areas));
    json_object_set_new(json, "reciprocity", json_string(terms->reciprocity));
    json_object_set_new(json, "share", json_string(terms->share));
    json_object_set_new(json, "sent_us", json_integer(terms->sent_us));
    json_object_set_new(json, "sent_them", json_integer(terms->sent_them));
    json_object_set_new(json, "last_sent", json_from_moment(terms->last_sent));
}

static json_t *json_from_party(const Party *party)
{
    json_t *json = json_pack("{s:s, s:o, s:o, s:o}", "name", party->name, "former_names", list_texts(party->names), "emails",
                             list_texts(party->addresses), "domains", list_texts(party->domains));
    gboolean is_client = party->list == PARTY_CLIENT;
    if (party->terms) {
        add_terms(json, party->terms);
    } else {
        json_object_set_new(json, is_client ? "owner" : "matter", json_string(is_client ? party->owner : party->matter));
    }
    json_object_set_new(json, "note", json_string(party->note));
    return json;
}

static char *join_texts(const GPtrArray *texts, const GPtrArray *more)
{
    GString *joined = g_string_new(NULL);
    for (guint i = 0; i < texts->len + more->len; i++) {
        const char *text = i < texts->len ? g_ptr_array_index(texts, i) : g_ptr_array_index(more, i - texts->len);
        g_string_append_printf(joined, "%s%s", i ? ", " : "", text);
    }
    return g_string_free(joined, FALSE);
}

static void add_partner(Listing *listing, const Party *party)
{
    const PartnerTerms *terms = party->terms;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autofree char *services = join_texts(terms->services, none), *areas = join_texts(terms->areas, none);
    g_autofree char *reach = join_texts(party->addresses, none);
    g_autofree char *counts = g_strdup_printf("%u / %u", terms->sent_us, terms->sent_them);
    table_add(listing->table, party->name, *terms->contact ? terms->contact : "-", *reach ? reach : terms->phone,
              *services ? services : "-", *areas ? areas : "everywhere", counts, *terms->share ? terms->share : "-", NULL);
}

static gboolean visit_party(const Party *party, gpointer data)
{
    Listing *listing = data;
    listing->count++;
    if (listing->json) {
        json_array_append_new(listing->json, json_from_party(party));
        return TRUE;
    }
    if (party->terms) {
        add_partner(listing, party);
        return TRUE;
    }
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autofree char *names = join_texts(party->names, none);
    g_autofree char *places = join_texts(party->addresses, party->domains);
    const char *own = listing->list == PARTY_CLIENT ? party->owner : party->matter;
    g_autofree char *note = g_strdelimit(g_strdup(party->note), "\n", ' ');
    table_add(listing->table, party->name, *own ? own : "-", *places ? places : "-", *names ? names : "-", *note ? note : "-",
              NULL);
    return TRUE;
}

/* Partners are shown with what has passed between us. */
static gboolean visit_list(const ListCommand *command, Listing *listing, GError **error)
{
    if (command->list != PARTY_PARTNER) {
        return record_visit_parties(command->instance->record, command->list, visit_party, listing, error);
    }
    g_autoptr(Past) past = past_new();
    if (!record_add_partners(command->instance->record, past, instance_now(command->instance), error)) {
        return FALSE;
    }
    for (guint i = 0; i < past->partners->len; i++) {
        visit_party(g_ptr_array_index(past->partners, i), listing);
    }
    return TRUE;
}

static int show_list(const ListCommand *command)
{
    if (!instance_open(command->instance)) {
        return EX_CONFIG;
    }
    Listing listing = {.list = command->list};
    if (command->instance->is_json) {
        listing.json = json_array();
    } else if (command->list == PARTY_PARTNER) {
        listing.table = table_new("NAME", "CONTACT", "REACHED AT", "SERVICES", "AREAS", "FROM / TO", "SHARE", NULL);
    } else {
        const char *own = command->list == PARTY_CLIENT ? "OWNER" : "MATTER";
        listing.table = table_new("NAME", own, "ADDRESSES", "OTHER NAMES", "NOTE", NULL);
    }
    g_autoptr(GError) error = NULL;
    gboolean is_done = visit_list(command, &listing, &error);
    if (listing.json) {
        json_print(listing.json);
    } else if (listing.count > 0) {
        table_print(listing.table, stdout);
    } else {
        table_free(listing.table);
        printf("The list is empty: \"usher %s import FILE\" fills it.\n", command->command);
    }
    return is_done ? 0 : instance_fail(error);
}

/* ---- remove ---- */

typedef struct {
    const ListCommand *command;
    guint count;
} RemoveJob;

static gboolean run_remove(Record *record, gpointer data, GError **error)
{
    RemoveJob *job = data;
    return record_remove_parties(record, job->command->list, job->command->argument, &job->count, error);
}

static int remove_from_list(const ListCommand *command)
{
    if (!instance_open(command->instance)) {
        return EX_CONFIG;
    }
    RemoveJob job = {.command = command};
    g_autoptr(GError) error = NULL;
    if (!record_run(command->instance->record, run_remove, &job, &error)) {
        return instance_fail(error);
    }
    if (job.count == 0) {
        fprintf(stderr, "usher: nobody on the list is called \"%s\"; \"usher %s list\" shows them\n", command->argument,
                command->command);
        return EXIT_PROBLEM;
    }
    if (command->instance->is_json) {
        json_print(json_pack("{s:i}", "removed", (int)job.count));
    } else {
        printf("%u removed\n", job.count);
    }
    return 0;
}

/* ---- the commands ---- */

static int fail_usage(const ListCommand *command, const char *what)
{
    fprintf(stderr, "usher: %s: %s\nusage: usher %s import [--replace] [--dry-run] FILE | list | remove NAME\n", command->command,
            what, command->command);
    return EX_USAGE;
}

static int run_verb(const ListCommand *command, const char *verb)
{
    gboolean is_import = strcmp(verb, "import") == 0, is_remove = strcmp(verb, "remove") == 0;
    if (!is_import && (command->is_whole || command->is_dry)) {
        return fail_usage(command, "--replace and --dry-run go with import");
    }
    if (is_import || is_remove) {
        if (!command->argument) {
            return fail_usage(command, is_import ? "which file?" : "who is to be removed?");
        }
        return is_import ? import_list(command) : remove_from_list(command);
    }
    if (strcmp(verb, "list") != 0) {
        return fail_usage(command, "it imports, lists or removes");
    }
    return command->argument ? fail_usage(command, "list takes no argument") : show_list(command);
}

static int run_command(ListCommand *command, int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"replace", 0, 0, G_OPTION_ARG_NONE, &command->is_whole, "import: the list becomes exactly this file", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &command->is_dry, "import: tells what would be done, and does nothing", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int count = instance_read_options(command_find(command->command), argc, &argv, entries, 1, 2);
    command->argument = count > 1 ? argv[2] : NULL;
    return run_verb(command, argv[1]);
}

int command_clients(Instance *instance, int argc, char **argv)
{
    ListCommand command = {.instance = instance, .command = "clients", .list = PARTY_CLIENT};
    return run_command(&command, argc, argv);
}

int command_conflicts(Instance *instance, int argc, char **argv)
{
    ListCommand command = {.instance = instance, .command = "conflicts", .list = PARTY_CONFLICT};
    return run_command(&command, argc, argv);
}

int command_partners(Instance *instance, int argc, char **argv)
{
    ListCommand command = {.instance = instance, .command = "partners", .list = PARTY_PARTNER};
    return run_command(&command, argc, argv);
}
