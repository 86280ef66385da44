/*
 * rulebook/rulebook.c - the firm's written process, compiled once
 *
 * Takes the directory of an instance and that of what ships; gives the Rulebook, or nothing and every mistake. The single files are read
 * by the functions that reader.h lists. Its hash is a digest of all files that made it, under their names: the same text gives the
 * same hash on every machine, and a changed holiday or greeting another one.
 */
#include "usher/rulebook/rulebook.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"
#include "settings_read.h"
#include "source.h"
#include "usher/base/token.h"

/* Columns beside one for each field, and what they hold. */
static const struct {
    const char *name;
    ColumnType type;
} columns[] = {
    {"track", COLUMN_TEXT},
    {"channel", COLUMN_TEXT},
    {"source", COLUMN_TEXT},
    {"kind", COLUMN_TEXT},
    {"status", COLUMN_TEXT},
    {"text", COLUMN_TEXT},
    {"subject", COLUMN_TEXT},
    {"score", COLUMN_INTEGER},
    {"bant", COLUMN_INTEGER},
    {"bant_known", COLUMN_INTEGER},
    {"likely_value", COLUMN_INTEGER},
    {"missing", COLUMN_INTEGER},
    {"completeness", COLUMN_INTEGER},
    {"contradictions", COLUMN_INTEGER},
    {"fields", COLUMN_INTEGER},
    {"tier", COLUMN_TEXT},
    {"route", COLUMN_TEXT},
    {"exception", COLUMN_TEXT},
    {"attachments", COLUMN_INTEGER},
    {"person_known", COLUMN_INTEGER},
    {"own_forward", COLUMN_INTEGER},
    {"free_people", COLUMN_INTEGER},
    {"history", COLUMN_INTEGER},
    {"people_told", COLUMN_INTEGER},
    {"existing_client", COLUMN_INTEGER},
    {"conflict", COLUMN_INTEGER},
    {"conflict_near", COLUMN_INTEGER},
    {"guarded", COLUMN_INTEGER},
    {"partner", COLUMN_TEXT},
    {"partner_fits", COLUMN_INTEGER},
};

const char *const rulebook_column_names[] = {
    "track",        "channel",       "source",       "kind",           "status",
    "text",         "subject",       "score",        "bant",           "bant_known",
    "likely_value", "missing",       "completeness", "contradictions", "fields",
    "tier",         "route",         "exception",    "attachments",    "person_known",
    "own_forward",  "free_people",   "history",      "people_told",    "existing_client",
    "conflict",     "conflict_near", "guarded",      "partner",        "partner_fits",
    NULL,
};
G_STATIC_ASSERT(G_N_ELEMENTS(rulebook_column_names) == G_N_ELEMENTS(columns) + 1);

const char *const rulebook_template_names[] = {
    "lead",
    "tier",
    "score",
    "status",
    "route",
    "exception",
    "owner_name",
    "owner_first_name",
    "owner_email",
    "name",
    "first_name",
    "email",
    "company",
    "words",
    "subject",
    "received",
    "channel",
    "source",
    "referrer_name",
    "referrer_first_name",
    "referrer_email",
    "forwarded_by",
    "firm_name",
    "postal_address",
    "booking_url",
    "promise_said",
    "action",
    "to_name",
    "to_first_name",
    "reply_subject",
    "email_url",
    "phone_url",
    "unsubscribe_url",
    "unsubscribe_mailto_url",
    "leave_address",
    "leave_sequence",
    "left_sequence",
    "left_marketing",
    "left_all",
    "stranger_email",
    "moved_from",
    "likely_value",
    "dimension",
    "dimension.name",
    "dimension.verdict",
    "dimension.because",
    "in_short",
    "client_name",
    "partner_name",
    "partner_contact",
    "partner_email",
    "partner_phone",
    "partner_share",
    "partner_because",
    "from_partner",
    "partner_wanted",
    "shares_contact",
    "client_owner_name",
    "client_evidence",
    "linked",
    "linked.lead",
    "linked.service",
    "linked.status",
    "linked.owner_name",
    "linked.because",
    "double",
    "double.lead",
    "double.service",
    "double.status",
    "double.owner_name",
    "double.because",
    "double.this_lead",
    "conflict",
    "conflict.party",
    "conflict.matter",
    "conflict.because",
    "conflict.note",
    "written_by",
    "passed_on_by",
    "mails_passed_on",
    "written_to",
    "headers_only",
    "guard_reason",
    "fuse_reason",
    "fuse_waiting",
    "fuse_limit",
    "original_attached",
    "field",
    "field.name",
    "field.value",
    "field.evidence",
    "score_part",
    "score_part.points",
    "score_part.rule",
    "score_part.because",
    "missing",
    "missing.name",
    "missing.ask",
    "contradiction",
    "contradiction.because",
    "contradiction.ask",
    "broken_promise",
    "broken_promise.kind",
    "broken_promise.due",
    "broken_promise.said",
    "broken_promise.owner",
    "due_promise",
    "due_promise.kind",
    "due_promise.due",
    "due_promise.said",
    "due_promise.owner",
    "promise_count",
    "more_promises",
    "overdue",
    "overdue.lead",
    "overdue.name",
    "overdue.said",
    "overdue.due",
    "overdue.owner",
    "due_soon",
    "due_soon.lead",
    "due_soon.name",
    "due_soon.said",
    "due_soon.due",
    "due_soon.owner",
    "queue_count",
    "unreachable",
    "colleague",
    "colleague_why",
    "answerable",
    "seen_by_milter",
    "commands",
    "clear_url",
    "claim_url",
    "contacted_url",
    "meeting_url",
    "won_url",
    "lost_url",
    "nurture_url",
    "not_qualified_url",
    "insufficient_data_url",
    "order",
    "order.said",
    "order.result",
    "order.done",
    "slot_1",
    "slot_2",
    "slot_taken",
    "log_address",
    "today",
    "tasks_count",
    "promises_count",
    "mails_count",
    "leads_count",
    "by_mail",
    "task",
    "task.number",
    "task.said",
    "task.guidance",
    "task.lead",
    "task.name",
    "task.phone",
    "task.phone_url",
    "task.due",
    "task.overdue",
    "task.done_url",
    "task.skip_url",
    "owed",
    "owed.what",
    "owed.lead",
    "owed.name",
    "owed.phone",
    "owed.phone_url",
    "owed.due",
    "owed.late",
    "owed.contacted_url",
    "coming",
    "coming.lead",
    "coming.name",
    "coming.at",
    "coming.subject",
    "coming.text",
    "coming.hold_url",
    "coming.skip_url",
    "fresh",
    "fresh.lead",
    "fresh.name",
    "fresh.service",
    "fresh.tier",
    "fresh.phone",
    "fresh.phone_url",
    "fresh.email",
    "fresh.email_url",
    "queued",
    "queued.lead",
    "queued.name",
    "queued.exception",
    "queued.since",
    "queued.due",
    "queued.overdue",
    "queued.owner",
    "queued.action",
    "attachment",
    "attachment.filename",
    "bant",
    "bant.name",
    "bant.verdict",
    "words_line",
    "words_line.text",
    NULL,
};

/* Those of them that are fields: their value is the field's. */
static const char *const field_template_names[] = {"name", "email", "company", "referrer_name", "referrer_email", NULL};

/* The files of rules/ in an instance. */
static const char *const rule_files[] = {"fields.yaml",   "qualify.yaml", "routes.yaml",  "promises.yaml",
                                         "cadences.yaml", "tasks.yaml",   "targets.yaml", "free-mail.yaml",
                                         "channels",      "holidays",     "starter",      NULL};

gboolean reader_is_taken(const char *name)
{
    return g_strv_contains(rulebook_template_names, name) && !g_strv_contains(field_template_names, name);
}

/* ---- an empty one, and the end of one ---- */

static GPtrArray *new_list(gpointer free_item)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)free_item);
}

static Rulebook *rulebook_new(void)
{
    Rulebook *rulebook = g_new0(Rulebook, 1);
    rulebook->conditions = condition_set_new();
    rulebook->fields = new_list(field_rule_free);
    rulebook->free_mail = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    rulebook->labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    rulebook->channels = new_list(channel_free);
    rulebook->facts = new_list(named_condition_free);
    rulebook->named = new_list(named_condition_free);
    rulebook->dimensions = new_list(dimension_free);
    rulebook->score = new_list(score_rule_free);
    rulebook->tiers = new_list(tier_rule_free);
    rulebook->contradictions = new_list(contradiction_rule_free);
    rulebook->routes = new_list(route_rule_free);
    rulebook->actions = new_list(action_rule_free);
    rulebook->mails = new_list(mail_rule_free);
    rulebook->promises = new_list(promise_rule_free);
    promise_defaults_init(&rulebook->promise_defaults);
    rulebook->digests = new_list(digest_rule_free);
    rulebook->cadences = new_list(cadence_free);
    rulebook->enrols = new_list(enrol_rule_free);
    rulebook->tasks = new_list(task_rule_free);
    rulebook->former = new_list(cadence_free);
    rulebook->targets = new_list(target_free);
    rulebook->templates = new_list(template_free);
    return rulebook;
}

void rulebook_free(Rulebook *rulebook)
{
    if (rulebook == NULL)
        return;
    GPtrArray *lists[] = {rulebook->fields,         rulebook->channels, rulebook->named,   rulebook->score,     rulebook->tiers,
                          rulebook->contradictions, rulebook->routes,   rulebook->actions, rulebook->mails,     rulebook->promises,
                          rulebook->digests,        rulebook->cadences, rulebook->targets, rulebook->templates, rulebook->facts,
                          rulebook->dimensions,     rulebook->enrols,   rulebook->tasks,   rulebook->former};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    for (guint i = 0; i < BANT_COUNT; i++)
        bant_rule_clear(&rulebook->bant[i]);
    g_free(rulebook->quiet.guidance);
    g_clear_pointer(&rulebook->slots.times_s, g_array_unref);
    promise_defaults_clear(&rulebook->promise_defaults);
    g_hash_table_unref(rulebook->free_mail);
    g_hash_table_unref(rulebook->labels);
    condition_set_free(rulebook->conditions);
    settings_free(rulebook->settings);
    g_free(rulebook->hash);
    g_free(rulebook->source);
    g_free(rulebook);
}

/* ---- what made it ---- */

typedef struct {
    TokenDigest *digest;
    GString *source;
    Problems *problems;
} SourceWriter;

static gboolean write_source(gpointer key, gpointer value, gpointer data)
{
    SourceWriter *writer = data;
    g_autoptr(GError) error = NULL;
    const char *name = key;
    gsize length = 0;
    g_autofree char *bytes = source_read(value, &length, &error);
    if (bytes == NULL) {
        problems_add(writer->problems, name, 1, 1, "%s", error->message);
        return FALSE;
    }
    /* The length parts one file from the next: no two sets of files give the same bytes. */
    g_autofree char *head = g_strdup_printf("%s %" G_GSIZE_FORMAT "\n", name, length);
    g_autofree char *text = g_utf8_make_valid(bytes, (gssize)length);
    token_digest_add(writer->digest, head, strlen(head));
    token_digest_add(writer->digest, bytes, length);
    g_string_append_printf(writer->source, "==> %s <==\n%s%s", name, text, length > 0 && bytes[length - 1] == '\n' ? "" : "\n");
    return FALSE;
}

static void write_sources(RulebookReader *reader)
{
    SourceWriter writer = {token_digest_new(), g_string_new(NULL), reader->problems};
    g_tree_foreach(reader->sources, write_source, &writer);
    reader->rulebook->hash = token_digest_finish(writer.digest);
    reader->rulebook->source = g_string_free(writer.source, FALSE);
}

/* ---- files that nobody reads ---- */

static void warn_stray(const RulebookReader *reader, const char *folder, const char *name, const char *near)
{
    g_autofree char *shown = g_strconcat(folder, "/", name, NULL);
    if (near != NULL)
        problems_add_warning(reader->problems, shown, 1, 1, "nothing reads a file of this name; did you mean \"%s\"?", near);
    else
        problems_add_warning(reader->problems, shown, 1, 1, "nothing reads a file of this name: rename it or take it away");
}

static void check_rule_folder(const RulebookReader *reader)
{
    g_autofree char *path = g_build_filename(reader->directory, "rules", NULL);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory != NULL && (name = g_dir_read_name(directory)) != NULL;)
        if (*name != '.' && !g_strv_contains(rule_files, name) &&
            (strstr(name, ".y") != NULL || yaml_find_nearest(name, rule_files) != NULL))
            warn_stray(reader, "rules", name, yaml_find_nearest(name, rule_files));
}

static void check_channel_folder(const RulebookReader *reader)
{
    g_autofree char *path = g_build_filename(reader->directory, "rules", "channels", NULL);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory != NULL && (name = g_dir_read_name(directory)) != NULL;)
        if (g_str_has_suffix(name, ".yml"))
            warn_stray(reader, "rules/channels", name, "NAME.yaml");
}

/* Most people see the HTML of a mail: the firm's own wording in one form beside what ships in the other is seldom meant. */
static void check_other_form(const RulebookReader *reader, const char *name)
{
    gboolean is_text = g_str_has_suffix(name, ".txt");
    if (*name == '.' || (!is_text && !g_str_has_suffix(name, ".html")))
        return;
    g_autofree char *stem = g_strndup(name, strlen(name) - strlen(is_text ? ".txt" : ".html"));
    g_autofree char *other = g_strdup_printf("templates/%s.%s", stem, is_text ? "html" : "txt");
    g_autofree char *source = g_strconcat("templates/", name, NULL);
    g_autofree char *shipped = reader_find_file(reader, other);
    if (g_tree_lookup(reader->sources, source) != NULL && shipped != NULL && !reader_is_own(reader, other))
        problems_add_warning(reader->problems, source, 1, 1,
                             "%s is still the one that ships: change its wording too, in a %s of your own", other, other);
}

static void check_template_folder(const RulebookReader *reader)
{
    g_autofree char *path = g_build_filename(reader->directory, "templates", NULL);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
        g_autofree char *source = g_strconcat("templates/", name, NULL);
        check_other_form(reader, name);
        gboolean is_template = *name != '.' && (g_str_has_suffix(name, ".txt") || g_str_has_suffix(name, ".html"));
        if (is_template && g_tree_lookup(reader->sources, source) == NULL)
            problems_add_warning(reader->problems, source, 1, 1,
                                 "no mail, cadence or task uses this file: name it in rules/routes.yaml, rules/cadences.yaml or "
                                 "rules/tasks.yaml, or take it away");
    }
}

/* ---- folders that cannot be read ---- */

/* What the firm wrote must not be passed over silently, for then what ships would be in force instead. */
static void check_folders(const RulebookReader *reader)
{
    static const char *const folders[] = {"rules", "rules/channels", "rules/holidays", "templates"};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(reader->directory, folders[i], NULL);
        g_autofree char *above = g_path_get_dirname(path);
        if (access(above, X_OK) == 0 && access(path, R_OK | X_OK) != 0 && errno != ENOENT && errno != ENOTDIR)
            problems_add(reader->problems, folders[i], 1, 1, "%s cannot be read: %s; let the user that runs usher read it", path,
                         g_strerror(errno));
    }
}

/* ---- loading ---- */

static void add_columns(ConditionSet *set)
{
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
        condition_set_add_column(set, columns[i].name, columns[i].type, NULL);
}

static void read_settings(RulebookReader *reader)
{
    g_autofree char *shared_rules = g_build_filename(reader->shared != NULL ? reader->shared : "", "rules", NULL);
    g_autofree char *path = g_build_filename(reader->directory, "usher.yaml", NULL);
    g_autoptr(GPtrArray) holidays = g_ptr_array_new_with_free_func(g_free);
    reader->rulebook->settings = settings_read(reader->directory, shared_rules, holidays, reader->problems);
    reader->knows_firm = reader->rulebook->settings != NULL;
    if (!reader->knows_firm)
        return;
    reader_add_source(reader, "usher.yaml", path);
    for (guint i = 0; i < holidays->len; i++) {
        g_autofree char *base = g_path_get_basename(g_ptr_array_index(holidays, i));
        g_autofree char *name = g_strconcat("rules/holidays/", base, NULL);
        reader_add_source(reader, name, g_ptr_array_index(holidays, i));
    }
}

/* Pages are served only where somebody listens. */
static void read_pages(RulebookReader *reader)
{
    static const char *const names[PAGE_COUNT] = {
        [PAGE_LEAVE] = "unsubscribe-page", [PAGE_DONE] = "unsubscribe-done", [PAGE_UNKNOWN] = "unsubscribe-unknown"};
    const Settings *settings = reader->rulebook->settings;
    for (guint i = 0; settings != NULL && settings->web_listen != NULL && i < PAGE_COUNT; i++)
        reader->rulebook->pages[i] = reader_load_template(reader, names[i]);
}

static void read_all(RulebookReader *reader)
{
    read_settings(reader);
    check_folders(reader);
    add_columns(reader->rulebook->conditions);
    rulebook_read_fields(reader);
    rulebook_read_channels(reader);
    rulebook_read_qualify(reader);
    rulebook_read_cadences(reader);
    rulebook_read_routes(reader);
    rulebook_read_promises(reader);
    rulebook_read_tasks(reader);
    rulebook_read_targets(reader);
    rulebook_read_free_mail(reader);
    read_pages(reader);
    reader_check_words(reader);
    check_rule_folder(reader);
    check_channel_folder(reader);
    check_template_folder(reader);
    condition_set_clear(reader->rulebook->conditions);
}

static int compare_sources(gconstpointer left, gconstpointer right, gpointer data)
{
    (void)data;
    return strcmp(left, right);
}

Rulebook *rulebook_load(const char *directory, const char *shared, Problems *problems)
{
    g_autoptr(Rulebook) rulebook = rulebook_new();
    g_autoptr(GPtrArray) files = new_list(yaml_close);
    g_autoptr(GTree) sources = g_tree_new_full(compare_sources, NULL, g_free, g_free);
    g_autoptr(GHashTable) templates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) conditions = g_ptr_array_new();
    guint errors = problems_count_errors(problems);
    RulebookReader reader = {
        .rulebook = rulebook,
        .directory = directory,
        .shared = shared,
        .problems = problems,
        .files = files,
        .sources = sources,
        .templates = templates,
        .told = told,
        .conditions = conditions,
    };
    read_all(&reader);
    g_free(reader.unknown_name);
    if (problems_count_errors(problems) == errors)
        write_sources(&reader);
    return problems_count_errors(problems) == errors ? g_steal_pointer(&rulebook) : NULL;
}
