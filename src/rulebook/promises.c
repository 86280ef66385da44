/*
 * rulebook/promises.c - rules/promises.yaml: what we owe, by when, and what keeps it
 *
 * Takes the file; gives PromiseRules in order. What keeps a promise must exist: a mail of that purpose, or a verb.
 */
#include <string.h>

#include "read.h"
#include "reader.h"

#define KEPT_BY_REMEDY "say what keeps it: kept_by: mail:ack, decision, or verb:contacted,engaged"

/* The verbs of the command line, of mail and of the dashboard; and what comes about by itself: the prospect replies, the rules take the lead another way. */
static const char *const verbs[] = {
    "claim",    "contacted", "engaged", "meeting",  "proposal", "won",  "lost",  "nurture", "not-qualified", "insufficient-data",
    "refer-on", "reassign",  "done",    "skip",     "snooze",   "note", "field", "clear",   "hold",          "merge",
    "undo",     "cadence",   "reply",   "rerouted", NULL};

void promise_rule_free(PromiseRule *promise)
{
    condition_rule_clear(&promise->when);
    g_free(promise->kind);
    g_free(promise->owner);
    g_free(promise->kept_by);
    g_free(promise->place);
    g_clear_pointer(&promise->escalate, g_array_unref);
    g_free(promise);
}

/* ---- escalation ---- */

static void clear_step(gpointer step)
{
    g_free(((EscalationStep *)step)->to);
}

static GArray *new_steps(void)
{
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(EscalationStep));
    g_array_set_clear_func(steps, clear_step);
    return steps;
}

void promise_defaults_init(PromiseDefaults *defaults)
{
    EscalationStep first = {.to = g_strdup("owner")};
    defaults->escalate = new_steps();
    g_array_append_val(defaults->escalate, first);
    defaults->at_any_hour = g_ptr_array_new_with_free_func(g_free);
    defaults->machines_run_always = TRUE;
    defaults->alone = G_MAXUINT;
}

void promise_defaults_clear(PromiseDefaults *defaults)
{
    g_array_unref(defaults->escalate);
    g_ptr_array_unref(defaults->at_any_hour);
    g_free(defaults->template_name);
}

static void read_step(const YamlNode *node, GArray *steps)
{
    static const char *const keys[] = {"to", "after", NULL};
    static const char *const receivers[] = {"owner", "deputy", "manager", "fallback", "exceptions", "conflicts", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    const YamlNode *to = read_required(node, "to", "say who is told: to: owner, deputy or manager"),
                   *after = yaml_find(node, "after");
    int receiver = to != NULL ? read_word(to, receivers) : -1;
    EscalationStep step = {.to = g_strdup(receiver >= 0 ? receivers[receiver] : "owner")};
    if (after != NULL)
        read_span(after, &step.after);
    g_array_append_val(steps, step);
}

/* Nobody at all is an empty list. NULL when there is no such key. */
static GArray *read_steps(const YamlNode *list)
{
    if (list == NULL)
        return NULL;
    GArray *steps = new_steps();
    gboolean is_list = yaml_is_sequence(list);
    if (!is_list)
        yaml_problem(list, "say in steps who is told when it is broken: escalate: [{to: owner}, {to: manager, after: 4 business "
                           "hours}], or [] for nobody");
    for (guint i = 0, length = is_list ? yaml_get_length(list) : 0; i < length; i++)
        read_step(yaml_get_item(list, i), steps);
    return steps;
}

/* ---- which run out of hours ---- */

static void read_runs(const YamlNode *node, gboolean *runs_always)
{
    static const char *const words[] = {"business hours", "always", NULL};
    int word = node != NULL ? read_word(node, words) : -1;
    if (word >= 0)
        *runs_always = word == 1;
}

/* ---- what holds for all ---- */

static void read_tiers(const RulebookReader *reader, const YamlNode *list, GPtrArray *tiers)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < reader->rulebook->tiers->len; i++)
        g_ptr_array_add(names, ((const TierRule *)g_ptr_array_index(reader->rulebook->tiers, i))->name);
    g_ptr_array_add(names, NULL);
    const char *const *all = (const char *const *)(gconstpointer)names->pdata;
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        const YamlNode *node = yaml_get_item(list, i);
        /* Without tiers qualify.yaml is what is wrong. */
        int tier = all[0] != NULL ? read_word(node, all) : -1;
        if (tier >= 0)
            g_ptr_array_add(tiers, g_strdup(all[tier]));
    }
}

static void read_together(RulebookReader *reader, const YamlNode *node, PromiseDefaults *defaults)
{
    static const char *const keys[] = {"more_than", "template", NULL};
    if (node == NULL || !yaml_check_keys(node, keys))
        return;
    const YamlNode *template =
        read_required(node, "template", "name its wording, a file in templates/ without .txt: template: promises-broken");
    read_number(node, "more_than", 0, 1000, &defaults->alone);
    defaults->template = template != NULL ? reader_read_template(reader, template) : NULL;
    defaults->template_name = g_strdup(yaml_is_scalar(template) ? yaml_get_text(template) : NULL);
}

static void read_defaults(RulebookReader *reader, const YamlNode *node)
{
    static const char *const keys[] = {"runs", "escalate", "at_any_hour", "together", NULL}, *const runners[] = {"people",
                                                                                                                 "machines", NULL};
    PromiseDefaults *defaults = &reader->rulebook->promise_defaults;
    if (node == NULL || !yaml_check_keys(node, keys))
        return;
    const YamlNode *runs = yaml_find(node, "runs");
    if (runs != NULL && yaml_check_keys(runs, runners)) {
        read_runs(yaml_find(runs, "people"), &defaults->people_run_always);
        read_runs(yaml_find(runs, "machines"), &defaults->machines_run_always);
    }
    GArray *steps = read_steps(yaml_find(node, "escalate"));
    if (steps != NULL) {
        g_array_unref(defaults->escalate);
        defaults->escalate = steps;
    }
    read_tiers(reader, yaml_find(node, "at_any_hour"), defaults->at_any_hour);
    read_together(reader, yaml_find(node, "together"), defaults);
}

/* ---- promises ---- */

/* The verbs of "verb:contacted,engaged", each told where it stands. */
static void check_verbs(const YamlNode *node, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text + strlen("verb:"), ",", -1);
    gsize offset = strlen("verb:");
    for (guint i = 0; words[i] != NULL; i++) {
        const char *word = words[i], *near = yaml_find_nearest(word, verbs);
        g_autofree char *all = yaml_join_words(verbs);
        if (!g_strv_contains(verbs, word) && near != NULL)
            yaml_problem_at(node, offset, "there is no verb \"%s\"; did you mean \"%s\"?", word, near);
        else if (!g_strv_contains(verbs, word))
            yaml_problem_at(node, offset, "there is no verb \"%.60s\"; there are: %s (parted by commas, without blanks)", word,
                            all);
        offset += strlen(word) + 1;
    }
    if (words[0] == NULL)
        yaml_problem_at(node, offset, "names no verb: " KEPT_BY_REMEDY);
}

static char *read_kept_by(const RulebookReader *reader, const YamlNode *promise)
{
    const char *text = read_required_text(promise, "kept_by", KEPT_BY_REMEDY);
    const YamlNode *node = yaml_find(promise, "kept_by");
    if (text == NULL)
        return NULL;
    if (g_str_has_prefix(text, "mail:")) {
        reader_check_purpose(reader, node, text + strlen("mail:"));
    } else if (g_str_has_prefix(text, "verb:")) {
        check_verbs(node, text);
    } else if (strcmp(text, "decision") != 0) {
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "%s keeps no promise: " KEPT_BY_REMEDY, shown);
    }
    return g_strdup(text);
}

/* Of one kind the first whose condition holds is made: what stands behind one without a condition never is. */
static void check_reached(const YamlNode *node, const PromiseRule *promise, GHashTable *always)
{
    const YamlNode *former = g_hash_table_lookup(always, promise->kind);
    reader_check_reached(node, &promise->when, &former);
    if (former != NULL)
        g_hash_table_insert(always, g_strdup(promise->kind), (gpointer)(gintptr)former);
}

/* What the acknowledgement states is the firm's word, in the firm's hours; and what a mail keeps keeps nobody's hours. */
static void read_hours(const YamlNode *node, PromiseRule *promise)
{
    static const char *const words[] = {"firm", "owner", NULL};
    const YamlNode *hours = yaml_find(node, "hours");
    promise->in_own_hours = hours != NULL && read_word(hours, words) == 1;
    if (promise->in_own_hours && promise->is_stated)
        yaml_problem(hours, "what is stated to the prospect is counted in the firm's hours: take \"hours\" or \"stated\" out");
    else if (promise->in_own_hours && promise->kept_by != NULL && !g_str_has_prefix(promise->kept_by, "verb:"))
        yaml_problem(hours, "only what a person keeps (kept_by: verb:...) can be counted in their own hours");
}

static void read_warning(const YamlNode *node, PromiseRule *promise)
{
    if (node == NULL || !read_span(node, &promise->warning))
        return;
    promise->has_warning = promise->warning.unit == SPAN_ELAPSED || promise->warning.unit == SPAN_BUSINESS_TIME;
    if (!promise->has_warning)
        yaml_problem(node, "a warning comes some hours before it is due: write warn: 2 business hours, or warn: 30 minutes");
}

/* What is to be done when it is broken. Nobody of the firm breaks what is the prospect's to do. */
static void read_watch(const YamlNode *node, PromiseRule *promise)
{
    const YamlNode *warn = yaml_find(node, "warn"), *steps = yaml_find(node, "escalate");
    if (promise->can_lapse && (warn != NULL || steps != NULL))
        yaml_problem(warn != NULL ? warn : steps,
                     "a promise that lapses is the prospect's to keep: nobody is warned of it; take this out, or lapses_to");
    read_warning(warn, promise);
    promise->escalate = read_steps(steps);
}

static void read_promise(RulebookReader *reader, const YamlNode *node, GHashTable *always)
{
    static const char *const keys[] = {"kind", "due",       "at_most", "kept_by", "owner",    "hours", "stated", "again",
                                       "on",   "lapses_to", "runs",    "warn",    "escalate", "when",  NULL};
    static const char *const occasions[] = {"lead", "reply", NULL};
    const YamlNode *on = yaml_find(node, "on");
    if (!yaml_check_keys(node, keys))
        return;
    PromiseRule *promise = g_new0(PromiseRule, 1);
    const char *kind = read_name(node, "kind");
    const YamlNode *due = read_required(node, "due", "say by when: due: 24 business hours"), *cap = yaml_find(node, "at_most");
    promise->kind = g_strdup(kind != NULL ? kind : "");
    promise->place = read_place(node);
    if (due != NULL)
        read_span(due, &promise->due);
    promise->has_cap = cap != NULL && read_span(cap, &promise->cap);
    promise->owner = reader_read_duty(yaml_find(node, "owner"));
    promise->kept_by = read_kept_by(reader, node);
    read_boolean(node, "stated", &promise->is_stated);
    read_boolean(node, "again", &promise->is_repeated);
    promise->is_on_reply = on != NULL && read_word(on, occasions) == 1;
    read_hours(node, promise);
    const YamlNode *lapse = yaml_find(node, "lapses_to");
    promise->can_lapse = lapse != NULL && read_status(lapse, &promise->lapses_to);
    const PromiseDefaults *defaults = &reader->rulebook->promise_defaults;
    gboolean is_by_person = promise->kept_by != NULL && g_str_has_prefix(promise->kept_by, "verb:");
    promise->runs_always = is_by_person ? defaults->people_run_always : defaults->machines_run_always;
    read_runs(yaml_find(node, "runs"), &promise->runs_always);
    read_watch(node, promise);
    reader_read_condition(reader, yaml_find(node, "when"), &promise->when);
    if (kind != NULL)
        check_reached(node, promise, always);
    g_ptr_array_add(reader->rulebook->promises, promise);
}

/* ---- digests ---- */

void digest_rule_free(DigestRule *digest)
{
    g_free(digest->purpose);
    g_free(digest->duty);
    g_free(digest->template_name);
    g_free(digest->place);
    g_free(digest);
}

/* Everybody, each about their own day; or the holder of a duty. */
static char *read_recipient(const YamlNode *node)
{
    static const char *const words[] = {"owners", "fallback", "exceptions", "conflicts", "manager", NULL};
    int found = node != NULL ? read_word(node, words) : -1;
    return found > 0 ? g_strdup(words[found]) : NULL;
}

static void read_digest_time(DigestRule *digest, const YamlNode *node)
{
    digest->is_at_start = g_strcmp0(yaml_get_text(node), "start of hours") == 0;
    digest->at_s = node != NULL && !digest->is_at_start ? read_clock(node) : 0;
}

static void read_digest(RulebookReader *reader, const YamlNode *node)
{
    static const char *const keys[] = {"purpose", "to", "template", "at", "on", NULL};
    static const char *const days[] = {"business days", "last business day of the week", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    DigestRule *digest = g_new0(DigestRule, 1);
    const char *purpose = read_name(node, "purpose");
    const YamlNode *to = read_required(node, "to", "say who gets it: to: owners, fallback, exceptions, conflicts or manager");
    const YamlNode *template =
        read_required(node, "template", "name its wording, a file in templates/ without .txt: template: exception-digest");
    const YamlNode *at = read_required(node, "at", "say when: at: \"10:00\", or start of hours"), *on = yaml_find(node, "on");
    digest->purpose = g_strdup(purpose != NULL ? purpose : "");
    digest->duty = read_recipient(to);
    digest->template = template != NULL ? reader_read_template(reader, template) : NULL;
    digest->template_name = g_strdup(yaml_is_scalar(template) ? yaml_get_text(template) : NULL);
    read_digest_time(digest, at);
    digest->is_end_of_week = on != NULL && read_word(on, days) == 1;
    digest->place = read_place(node);
    g_ptr_array_add(reader->rulebook->digests, digest);
}

void rulebook_read_promises(RulebookReader *reader)
{
    static const char *const keys[] = {"all", "promises", "digests", NULL};
    g_autoptr(GHashTable) always = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const YamlNode *top = reader_open(reader, "rules/promises.yaml");
    if (top == NULL)
        return;
    yaml_check_keys(top, keys);
    read_defaults(reader, yaml_find(top, "all"));
    const YamlNode *list = yaml_find(top, "promises");
    for (guint i = 0, length = yaml_get_length(list); i < length; i++)
        read_promise(reader, yaml_get_item(list, i), always);
    const YamlNode *digests = yaml_find(top, "digests");
    for (guint i = 0, length = yaml_get_length(digests); i < length; i++)
        read_digest(reader, yaml_get_item(digests, i));
}

const PromiseRule *rulebook_find_promise(const Rulebook *rulebook, const char *kind)
{
    for (guint i = 0; i < rulebook->promises->len; i++) {
        const PromiseRule *promise = g_ptr_array_index(rulebook->promises, i);
        if (strcmp(promise->kind, kind) == 0)
            return promise;
    }
    return NULL;
}

PromiseCount promise_rule_get_count(const PromiseRule *rule, UsherTime made)
{
    return (PromiseCount){
        .made = made,
        .due = rule->due,
        .has_cap = rule->has_cap,
        .cap = rule->cap,
        .opens = !rule->runs_always,
        .place = rule->place,
    };
}

const PromiseRule *rulebook_find_promise_rule(const Rulebook *rulebook, const PromiseState *promise)
{
    const Span *due = &promise->count.due;
    for (guint i = 0; promise->count.made != 0 && i < rulebook->promises->len; i++) {
        const PromiseRule *rule = g_ptr_array_index(rulebook->promises, i);
        if (strcmp(rule->kind, promise->kind) == 0 && g_strcmp0(rule->kept_by, promise->kept_by) == 0 &&
            rule->due.unit == due->unit && rule->due.amount == due->amount)
            return rule;
    }
    return rulebook_find_promise(rulebook, promise->kind);
}
