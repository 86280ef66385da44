/*
 * test_rulebook.c - the rule files: what they give, how an instance overrides them, and where each kind of mistake is told
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "usher/base/token.h"
#include "usher/rulebook/rulebook.h"

/* A small rulebook without a mistake, in the place of what ships. */
static const struct {
    const char *name;
    const char *text;
} GOOD[] = {
    {"rules/fields.yaml", "fields:\n"
                          "  - name: name\n"
                          "    type: name\n"
                          "    ask: your name\n"
                          "    labels: [Name, 'Your name:']\n"
                          "    required: [inbound, referral]\n"
                          "  - {name: email, type: email, labels: [email]}\n"
                          "  - name: phone\n"
                          "    type: phone\n"
                          "    labels: [phone]\n"
                          "    patterns: ['\\btel (?<value>\\d+)']\n"
                          "  - {name: budget, type: money}\n"
                          "  - name: service\n"
                          "    type: choice\n"
                          "    choices: services\n"
                          "    words:\n"
                          "      tax: ['\\bvat\\b']\n"
                          "      plumbing: ['\\bpipes\\b']\n"
                          "  - name: timeline\n"
                          "    type: choice\n"
                          "    choices:\n"
                          "      immediate: ['\\basap\\b']\n"
                          "      exploring: ['\\bexploring\\b']\n"},
    {"rules/channels/form.yaml", "channel: form\n"
                                 "order: 20\n"
                                 "kind: form\n"
                                 "source: website\n"
                                 "track: inbound\n"
                                 "recognise:\n"
                                 "  - body: '^This e-mail was sent'\n"
                                 "  - {header: X-Mailer, matches: 'PHPMailer', labels: 3, machine: true}\n"
                                 "fields:\n"
                                 "  - '^From: (?<name>.*?) <(?<email>[^>]+)>'\n"
                                 "  - {field: budget, in: subject, pattern: 'worth (\\d+)'}\n"
                                 "labels: true\n"
                                 "ends: ['^-- ?$']\n"},
    {"rules/qualify.yaml", "conditions: {urgent: \"timeline = 'immediate'\"}\n"
                           "score:\n"
                           "  - {name: referral, points: 10, when: \"track = 'referral'\", because: introduced}\n"
                           "  - {name: asked, points: 20, because: somebody asks}\n"
                           "tiers: [{name: hot, when: score >= 30}, {name: cold}]\n"
                           "bant: {budget: {met: budget >= 1000, known: budget IS NOT NULL, because: a budget was named}}\n"
                           "contradictions: [{name: odd, when: \"budget < 0\", because: less than nothing}]\n"},
    {"rules/cadences.yaml", "cadences:\n  warm:\n    - {after: 2 business days, channel: call, guidance: Ask.}\n    - {after: 1 "
                            "week, channel: mail, template: follow-up}\n"},
    {"rules/routes.yaml",
     "routes:\n"
     "  - {name: exception, exception: missing-data, when: missing > 0, owner: exceptions, mails: [brief], action: Ask.}\n"
     "  - {name: sales}\n"
     "actions: [{when: \"timeline = 'immediate'\", text: Telephone today.}]\n"
     "mails:\n"
     "  - {purpose: ack, to: prospect, template: ack, when: \"track = 'inbound'\"}\n"
     "  - {purpose: brief, to: owner, template: brief, attach: true}\n"
     "  - {purpose: reply, to: owner, template: brief, on: reply}\n"
     "limits: {answers_per_address: 5}\n"},
    {"rules/promises.yaml", "promises:\n"
                            "  - {kind: ack, due: 5 minutes, kept_by: mail:ack, owner: manager, stated: true}\n"
                            "  - {kind: first-contact, due: same business day, at_most: 24 business hours, kept_by: "
                            "'verb:contacted,won', when: \"tier = 'hot'\"}\n"
                            "  - {kind: qualify, due: 1 hour, kept_by: decision}\n"},
    {"rules/free-mail.yaml", "free_mail: [gmail.com, yahoo.co.uk]\n"},
    {"rules/tasks.yaml", "tasks:\n  - {name: post, to: fallback, every: monday, at: \"11:00\", text: Open the post}\n"},
    {"rules/targets.yaml", "targets: {exceptions: 10, first_contact_hours: 7.5}\n"},
    {"templates/ack.txt",
     "Subject: Thank you\n\nHello {{first_name}}, {{#urgent}}at once{{/urgent}}{{#phone}}{{phone}}{{/phone}}\n"},
    {"templates/brief.txt", "Subject: Lead {{lead}}\n\n{{#field}}{{name}}: {{value}}\n{{/field}}{{> foot}}\n"},
    {"templates/brief.html", "<p>{{> foot}}</p>\n"},
    {"templates/_foot.txt", "{{firm_name}}\n"},
    {"templates/_foot.html", "{{firm_name}}\n"},
    {"templates/follow-up.txt", "Subject: Again\n\nHello\n"},
};

static const char USHER[] = "firm: {name: A, domains: [a.example], services: [tax, audit]}\n"
                            "delivery: {maildir: out, from: x@a.example}\n"
                            "people: [{id: jane, name: Jane, email: jane@a.example}]\n"
                            "duties: {fallback: jane}\n";

static char *root, *instance, *shared;

static void put(const char *base, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(base, name, NULL), *folder = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_unlink(path);
    g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) directory = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name; directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_remove(path);
}

/* An instance with nothing of its own but usher.yaml, over the small rulebook. */
static void start(void)
{
    remove_tree(instance);
    remove_tree(shared);
    for (guint i = 0; i < G_N_ELEMENTS(GOOD); i++)
        put(shared, GOOD[i].name, GOOD[i].text);
    put(instance, "usher.yaml", USHER);
}

static char *dup_told(const Problems *problems)
{
    GString *told = g_string_new(NULL);
    const GPtrArray *list = problems_get_list(problems);
    for (guint i = 0; i < list->len; i++) {
        const Problem *problem = g_ptr_array_index(list, i);
        g_string_append_printf(told, "%s%s:%u:%u: %s%s", i > 0 ? "\n" : "", problem->file, problem->line, problem->column,
                               problem->is_warning ? "warning: " : "", problem->what);
    }
    return g_string_free(told, FALSE);
}

/* What is told of the instance as it lies there; a rulebook comes out if and only if there is no error. */
static void assert_told(const char *expected)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Rulebook) rulebook = rulebook_load(instance, shared, problems);
    g_autofree char *told = dup_told(problems);
    g_assert_cmpstr(told, ==, expected);
    g_assert_true((rulebook == NULL) == (problems_count_errors(problems) > 0));
}

/* The same with one file of the instance's own. */
static void assert_file_told(const char *name, const char *text, const char *expected)
{
    start();
    put(instance, name, text);
    assert_told(expected);
}

static Rulebook *load_good(void)
{
    g_autoptr(Problems) problems = problems_new();
    Rulebook *rulebook = rulebook_load(instance, shared, problems);
    g_autofree char *told = dup_told(problems);
    g_assert_cmpstr(told, ==, "");
    g_assert_nonnull(rulebook);
    return rulebook;
}

/* ---- what it gives ---- */

static void test_fields(void)
{
    start();
    g_autoptr(Rulebook) rulebook = load_good();
    const FieldRule *name = rulebook_find_field(rulebook, "name"), *phone = rulebook_find_field(rulebook, "phone");
    g_assert_cmpuint(rulebook->fields->len, ==, 6);
    g_assert_cmpstr(name->place, ==, "fields.yaml:2");
    g_assert_cmpstr(name->ask, ==, "your name");
    g_assert_true(name->required[TRACK_INBOUND] && name->required[TRACK_REFERRAL] && !name->required[TRACK_OUTBOUND]);
    g_assert_true(g_hash_table_lookup(rulebook->labels, "your name") == name);
    g_assert_cmpint(phone->type, ==, FIELD_PHONE);
    g_assert_cmpstr(phone->ask, ==, "phone");
    g_assert_cmpstr(((const PatternRule *)g_ptr_array_index(phone->patterns, 0))->place, ==, "fields.yaml:11");
    g_assert_null(rulebook_find_field(rulebook, "fax"));
    g_assert_true(condition_set_has_column(rulebook->conditions, "budget"));
}

static gboolean matches(const FieldChoice *choice, const char *text)
{
    PatternMatch match;
    for (guint i = 0; i < choice->patterns->len; i++) {
        const PatternRule *rule = g_ptr_array_index(choice->patterns, i);
        if (pattern_match(rule->pattern, text, strlen(text), 0, &match) == PATTERN_MATCH)
            return TRUE;
    }
    return FALSE;
}

/* The firm's own services, each by its name and its words; words for others are passed over where they ship. */
static void test_services(void)
{
    start();
    g_autoptr(Rulebook) rulebook = load_good();
    const FieldRule *service = rulebook_find_field(rulebook, "service");
    g_assert_true(service->is_service);
    g_assert_cmpuint(service->choices->len, ==, 2);
    const FieldChoice *tax = g_ptr_array_index(service->choices, 0), *audit = g_ptr_array_index(service->choices, 1);
    g_assert_cmpstr(tax->value, ==, "tax");
    g_assert_true(matches(tax, "my Tax return") && matches(tax, "a VAT matter") && !matches(tax, "a taxi"));
    g_assert_true(matches(audit, "audit?") && !matches(audit, "auditor"));
}

/* Words ship under short names: they are those of the only service that has the name in its own. */
static void test_service_words(void)
{
    start();
    put(instance, "usher.yaml",
        "firm: {name: A, domains: [a.example], services: [Tax and trusts, taxis]}\ndelivery: {maildir: out, from: x@a.example}\n"
        "people: [{id: jane, name: Jane, email: jane@a.example}]\nduties: {fallback: jane}\n");
    g_autoptr(Rulebook) rulebook = load_good();
    const FieldRule *service = rulebook_find_field(rulebook, "service");
    const FieldChoice *trusts = g_ptr_array_index(service->choices, 0), *taxis = g_ptr_array_index(service->choices, 1);
    g_assert_true(matches(trusts, "a VAT matter") && matches(trusts, "tax and trusts") && !matches(taxis, "a VAT matter"));
    put(instance, "usher.yaml",
        "firm: {name: A, domains: [a.example], services: [private tax, business tax]}\ndelivery: {maildir: out, from: "
        "x@a.example}\n"
        "people: [{id: jane, name: Jane, email: jane@a.example}]\nduties: {fallback: jane}\n");
    g_autoptr(Rulebook) two = load_good();
    service = rulebook_find_field(two, "service");
    g_assert_false(matches(g_ptr_array_index(service->choices, 0), "a VAT matter"));
    g_assert_false(matches(g_ptr_array_index(service->choices, 1), "a VAT matter"));
}

static void test_channels(void)
{
    start();
    put(instance, "rules/channels/portal.yaml",
        "channel: portal\norder: 10\nkind: enquiry\nrecognise: [{from: '@portal\\.example$', forward: false}]\n"
        "fields: [{field: email, in: from, pattern: '<(.*)>'}]\nrelays: ['@portal\\.example$']\nfree_text: need\n");
    g_autoptr(Rulebook) rulebook = load_good();
    g_assert_cmpuint(rulebook->channels->len, ==, 2);
    const Channel *portal = g_ptr_array_index(rulebook->channels, 0), *form = rulebook_find_channel(rulebook, "form");
    g_assert_cmpstr(portal->name, ==, "portal");
    g_assert_cmpstr(portal->source, ==, "portal");
    g_assert_false(portal->has_track);
    g_assert_false(portal->reads_labels);
    g_assert_cmpuint(portal->ends->len, ==, 0);
    g_assert_cmpuint(portal->relays->len, ==, 1);
    g_assert_true(portal->reads_need_only && !form->reads_need_only);
    g_assert_cmpint(((const ChannelField *)g_ptr_array_index(portal->fields, 0))->in, ==, IN_FROM);
    g_assert_true(form->has_track && form->track == TRACK_INBOUND && form->kind == KIND_FORM && form->reads_labels);
    g_assert_cmpstr(form->place, ==, "channels/form.yaml:1");
    const RecogniseRule *second = g_ptr_array_index(form->recognise, 1);
    g_assert_cmpuint(second->tests->len, ==, 3);
    const RecogniseTest *header = g_ptr_array_index(second->tests, 0), *labels = g_ptr_array_index(second->tests, 1);
    g_assert_true(header->kind == TEST_HEADER && labels->kind == TEST_LABELS && labels->least == 3);
    g_assert_cmpstr(header->header, ==, "X-Mailer");
    g_assert_cmpstr(header->pattern->place, ==, "channels/form.yaml:8");
    const ChannelField *groups = g_ptr_array_index(form->fields, 0), *budget = g_ptr_array_index(form->fields, 1);
    g_assert_true(groups->field == NULL && groups->in == IN_BODY && budget->in == IN_SUBJECT);
    g_assert_cmpstr(budget->field, ==, "budget");
}

static void test_qualify(void)
{
    start();
    g_autoptr(Rulebook) rulebook = load_good();
    const ScoreRule *referral = g_ptr_array_index(rulebook->score, 0), *asked = g_ptr_array_index(rulebook->score, 1);
    g_assert_cmpint(referral->points, ==, 10);
    g_assert_cmpstr(referral->when.place, ==, "qualify.yaml:3");
    condition_set_put(rulebook->conditions, "track", "inbound");
    g_assert_false(condition_rule_holds(&referral->when));
    g_assert_true(condition_rule_holds(&asked->when));
    condition_set_put(rulebook->conditions, "track", "referral");
    g_assert_true(condition_rule_holds(&referral->when));
    g_assert_true(rulebook->bant[BANT_BUDGET].is_defined && !rulebook->bant[BANT_NEED].is_defined);
    g_assert_cmpstr(((const NamedCondition *)g_ptr_array_index(rulebook->named, 0))->name, ==, "urgent");
    g_assert_cmpuint(rulebook->tiers->len, ==, 2);
    g_assert_cmpuint(rulebook->contradictions->len, ==, 1);
}

static void test_routes(void)
{
    start();
    g_autoptr(Rulebook) rulebook = load_good();
    const RouteRule *exception = g_ptr_array_index(rulebook->routes, 0), *sales = g_ptr_array_index(rulebook->routes, 1);
    const MailRule *ack = g_ptr_array_index(rulebook->mails, 0), *brief = g_ptr_array_index(rulebook->mails, 1),
                   *reply = g_ptr_array_index(rulebook->mails, 2);
    g_assert_cmpstr(exception->exception, ==, "missing-data");
    g_assert_cmpint(exception->status, ==, STATUS_EXCEPTION);
    g_assert_cmpstr(exception->owner, ==, "exceptions");
    g_assert_cmpuint(exception->mails->len, ==, 1);
    g_assert_cmpstr(exception->place, ==, "routes.yaml:2");
    g_assert_cmpint(sales->status, ==, STATUS_NEW);
    g_assert_cmpstr(sales->action, ==, "");
    g_assert_true(sales->mails == NULL && sales->owner == NULL && sales->exception == NULL);
    g_assert_true(ack->to == TO_PROSPECT && ack->on == ON_LEAD && !ack->attaches_original && ack->template != NULL);
    g_assert_true(brief->to == TO_OWNER && brief->attaches_original && reply->on == ON_REPLY);
    g_assert_true(brief->template == reply->template); /* loaded once */
    g_assert_cmpuint(rulebook->templates->len, ==, 3);
    g_assert_cmpuint(rulebook->limits.answers_per_address, ==, 5);
    g_assert_cmpuint(rulebook->limits.answers_per_domain, ==, 100);
    g_assert_cmpuint(rulebook->limits.answers_per_text, ==, 20);
    g_assert_true(rulebook_is_free_mail(rulebook, "yahoo.co.uk"));
    g_assert_false(rulebook_is_free_mail(rulebook, "co.uk"));
    g_assert_cmpuint(rulebook->limits.attempts, ==, 30);
    g_assert_cmpuint(rulebook->limits.mails_per_hour, ==, 400);
    g_assert_cmpint(rulebook->limits.quiet_from_s, ==, 20 * 3600);
    g_assert_cmpint(rulebook->limits.quiet_until_s, ==, 7 * 3600);
}

static UsherTime at(const char *text)
{
    UsherTime moment = 0;
    GError *error = NULL;
    clock_parse(text, &moment, &error);
    g_assert_no_error(error);
    return moment;
}

/* In the firm's zone, over midnight and over the change of the clocks. */
static void test_quiet_hours(void)
{
    g_autoptr(Calendar) london = calendar_new("Europe/London", "mon-fri 09:00-17:30", NULL);
    const Limits night = {.quiet_from_s = 20 * 3600, .quiet_until_s = 7 * 3600};
    const Limits noon = {.quiet_from_s = 12 * 3600, .quiet_until_s = 13 * 3600};
    const Limits none = {0};
    g_assert_cmpint(limits_find_quiet_end(&night, london, at("2026-03-02T19:59:59Z")), ==, 0);
    g_assert_cmpint(limits_find_quiet_end(&night, london, at("2026-03-02T20:00:00Z")), ==, at("2026-03-03T07:00:00Z"));
    g_assert_cmpint(limits_find_quiet_end(&night, london, at("2026-03-03T06:59:59Z")), ==, at("2026-03-03T07:00:00Z"));
    g_assert_cmpint(limits_find_quiet_end(&night, london, at("2026-03-03T07:00:00Z")), ==, 0);
    g_assert_cmpint(limits_find_quiet_end(&night, london, at("2026-03-28T22:00:00Z")), ==, at("2026-03-29T06:00:00Z"));
    /* late in the night before the clocks go forward: a day of 24 hours later is the day after next */
    g_assert_cmpint(limits_find_quiet_end(&night, london, at("2026-03-28T23:30:00Z")), ==, at("2026-03-29T06:00:00Z"));
    g_assert_cmpint(limits_find_quiet_end(&night, london, at("2026-10-24T22:00:00Z")), ==, at("2026-10-25T07:00:00Z"));
    g_assert_cmpint(limits_find_quiet_end(&noon, london, at("2026-03-02T12:30:00Z")), ==, at("2026-03-02T13:00:00Z"));
    g_assert_cmpint(limits_find_quiet_end(&noon, london, at("2026-03-02T11:30:00Z")), ==, 0);
    g_assert_cmpint(limits_find_quiet_end(&none, london, at("2026-03-02T23:30:00Z")), ==, 0);
}

static void test_promises(void)
{
    start();
    g_autoptr(Rulebook) rulebook = load_good();
    const PromiseRule *ack = g_ptr_array_index(rulebook->promises, 0), *contact = g_ptr_array_index(rulebook->promises, 1);
    g_assert_true(ack->due.unit == SPAN_ELAPSED && ack->due.amount == 300 && ack->is_stated && !ack->has_cap);
    g_assert_cmpstr(ack->owner, ==, "manager");
    g_assert_true(contact->due.unit == SPAN_END_OF_DAY && contact->has_cap && contact->cap.unit == SPAN_BUSINESS_TIME);
    g_assert_null(contact->owner);
    g_assert_cmpstr(contact->kept_by, ==, "verb:contacted,won");
}

static void test_cadences_and_targets(void)
{
    start();
    g_autoptr(Rulebook) rulebook = load_good();
    const Cadence *warm = rulebook_find_cadence(rulebook, "warm");
    const CadenceStep *call = g_ptr_array_index(warm->steps, 0), *mail = g_ptr_array_index(warm->steps, 1);
    g_assert_true(call->after.unit == SPAN_BUSINESS_DAYS && call->after.amount == 2 && call->template == NULL);
    g_assert_cmpstr(call->guidance, ==, "Ask.");
    g_assert_cmpstr(mail->template_name, ==, "follow-up");
    g_assert_nonnull(mail->template);
    g_assert_null(rulebook_find_cadence(rulebook, "cold"));
    const Target *hours = g_ptr_array_index(rulebook->targets, 1);
    g_assert_cmpstr(hours->name, ==, "first_contact_hours");
    g_assert_cmpfloat(hours->value, ==, 7.5);
}

/* The same text has the same hash wherever it lies; any file that is used changes it, one that is not does not. */
static void test_hash(void)
{
    start();
    g_autoptr(Rulebook) first = load_good();
    g_assert_cmpuint(strlen(first->hash), ==, TOKEN_DIGEST_CHARS);
    g_assert_nonnull(strstr(first->source, "==> rules/fields.yaml <==\nfields:\n"));
    g_assert_nonnull(strstr(first->source, "==> usher.yaml <==\nfirm:"));
    g_assert_nonnull(strstr(first->source, "==> templates/_foot.html <==\n{{firm_name}}"));
    put(instance, "rules/targets.yaml", "targets: {exceptions: 10, first_contact_hours: 7.5}\n");
    put(shared, "templates/unused.txt", "Subject: x\n\n");
    g_autoptr(Rulebook) same = load_good();
    g_assert_cmpstr(first->hash, ==, same->hash);
    put(instance, "templates/follow-up.txt", "Subject: Once more\n\nHello\n");
    g_autoptr(Rulebook) other = load_good();
    g_assert_cmpstr(first->hash, !=, other->hash);
}

/* Each file of an instance stands in for the one that ships; the others stay. */
static void test_override(void)
{
    start();
    put(instance, "rules/qualify.yaml",
        "conditions: {urgent: score > 1}\nscore: [{name: all, points: 1, because: always}]\ntiers: [{name: hot}]\n");
    g_autoptr(Rulebook) rulebook = load_good();
    g_assert_cmpuint(rulebook->score->len, ==, 1);
    g_assert_cmpuint(rulebook->fields->len, ==, 6);
}

/* ---- what ships ---- */

static void test_shipped(void)
{
    g_autofree char *starter = NULL;
    remove_tree(instance);
    g_assert_true(g_file_get_contents("rules/starter/usher.yaml", &starter, NULL, NULL));
    put(instance, "usher.yaml", starter);
    put(instance, "intake/new/1", "");
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Rulebook) rulebook = rulebook_load(instance, ".", problems);
    g_autofree char *told = dup_told(problems);
    g_assert_cmpstr(told, ==, "");
    rulebook_warn_of_untold(rulebook, problems);
    g_assert_cmpuint(problems_get_list(problems)->len, ==, 0);
    g_assert_nonnull(rulebook_find_cadence(rulebook, "hot"));
    g_assert_nonnull(rulebook_find_cadence(rulebook, "nurture"));
    g_assert_cmpuint(rulebook->targets->len, >=, 5);
    g_assert_cmpint(rulebook->settings->delivery.method, ==, DELIVERY_MAILDIR);
    g_assert_true(g_str_has_prefix(rulebook->settings->delivery.maildir, instance));
}

/* Every name that conditions and templates may use stands in the manual of the rules. */
static void test_manual(void)
{
    g_autofree char *manual = NULL;
    g_assert_true(g_file_get_contents("doc/rules.md", &manual, NULL, NULL));
    g_auto(GStrv) words = g_strsplit_set(manual, " `|(),:\n", -1);
    for (guint i = 0; rulebook_column_names[i] != NULL; i++)
        g_assert_true(g_strv_contains((const char *const *)words, rulebook_column_names[i]));
    for (guint i = 0; rulebook_template_names[i] != NULL; i++) {
        const char *dot = strchr(rulebook_template_names[i], '.');
        g_assert_true(g_strv_contains((const char *const *)words, dot != NULL ? dot + 1 : rulebook_template_names[i]));
    }
}

/* The columns that conditions can ask for are those that are listed. */
static void test_columns(void)
{
    start();
    g_autoptr(Rulebook) rulebook = load_good();
    for (guint i = 0; rulebook_column_names[i] != NULL; i++)
        g_assert_true(condition_set_has_column(rulebook->conditions, rulebook_column_names[i]));
}

/* ---- mistakes, each where it stands ---- */

static void test_field_mistakes(void)
{
    assert_file_told(
        "rules/fields.yaml",
        "fields:\n"
        "  - {name: name, type: name, lables: [name]}\n"
        "  - {name: email, type: emial}\n"
        "  - {name: phone, type: phone, labels: [tel, 'TEL:'], patterns: ['\\btel (?<value>\\d+']}\n"
        "  - {name: fax, type: phone, labels: [Tel], patterns: [\\d+, '']}\n"
        "  - {name: budget, type: money, choices: {a: ['b']}}\n"
        "  - {name: timeline, type: choice}\n"
        "  - {name: service, type: choice, choices: services, words: {taxx: ['x'], cheese: ['y']}}\n"
        "  - {name: score, type: number}\n"
        "  - {name: Big Name, type: text}\n"
        "  - {name: action, type: text}\n"
        "  - {name: phone, type: text, required: [inbuond]}\n"
        "  - {type: text}\n"
        "  - word\n"
        "feilds: []\n",
        "rules/fields.yaml:2:30: unknown key \"lables\"; did you mean \"labels\"?\n"
        "rules/fields.yaml:3:25: \"emial\" is not known here; did you mean \"email\"?\n"
        "rules/fields.yaml:4:85: the pattern cannot be read: missing closing parenthesis\n"
        "rules/fields.yaml:5:39: \"tel\" is a label of the field \"phone\" already (fields.yaml:4): leave it with one of them\n"
        "rules/fields.yaml:5:56: a pattern must stand in single quotes: '\\d+'\n"
        "rules/fields.yaml:5:61: an empty pattern matches everything: write one or leave the key out\n"
        "rules/fields.yaml:6:42: only a field of type choice has choices: write type: choice, or take them out\n"
        "rules/fields.yaml:7:5: \"choices\" is missing: name each with its patterns: choices: {yes: ['\\byes\\b']}, or write "
        "choices: services\n"
        "rules/fields.yaml:8:62: \"taxx\" is no service of the firm; did you mean \"tax\"?\n"
        "rules/fields.yaml:8:75: warning: \"cheese\" is no service of the firm: its words find a partner only; add it to firm: "
        "services in "
        "usher.yaml, or "
        "take it out here\n"
        "rules/fields.yaml:9:12: \"score\" is a name that templates use for something else: call the field otherwise\n"
        "rules/fields.yaml:10:12: \"Big Name\" cannot be a name: use a-z, 0-9 and _, a letter first\n"
        "rules/fields.yaml:11:12: \"action\" is a name that templates use for something else: call the field otherwise\n"
        "rules/fields.yaml:12:12: the field \"phone\" stands here twice (first in fields.yaml:4): give each a name of its own\n"
        "rules/fields.yaml:12:42: \"inbuond\" is not known here; did you mean \"inbound\"?\n"
        "rules/fields.yaml:13:5: \"name\" is missing: give it a name of a-z, 0-9 and _\n"
        "rules/fields.yaml:14:5: each of \"fields\" must be a mapping (\"key: value\"), not \"word\"\n"
        "rules/fields.yaml:15:1: unknown key \"feilds\"; did you mean \"fields\"?");
}

/* The very character of a pattern, in a block and behind doubled quotes too. */
static void test_pattern_columns(void)
{
    assert_file_told("rules/channels/form.yaml",
                     "channel: form\n"
                     "kind: form\n"
                     "recognise:\n"
                     "  - body: |-\n"
                     "      (?x) good\n"
                     "        [a-\n"
                     "  - subject: 'don''t *+?'\n"
                     "  - {from: 'a{2,1}'}\n",
                     "rules/channels/form.yaml:6:12: the pattern cannot be read: missing terminating ] for character class\n"
                     "rules/channels/form.yaml:7:24: the pattern cannot be read: quantifier does not follow a repeatable item\n"
                     "rules/channels/form.yaml:8:18: the pattern cannot be read: numbers out of order in {} quantifier");
}

static void test_channel_mistakes(void)
{
    assert_file_told(
        "rules/channels/own.yaml",
        "channel: form\n"
        "order: first\n"
        "kind: replay\n"
        "track: outbuond\n"
        "recognise:\n"
        "  - {header: X-Mailer}\n"
        "  - {matches: 'x'}\n"
        "  - {labels: three, machine: perhaps, other_party: 0}\n"
        "  - {}\n"
        "  - {bdoy: 'x'}\n"
        "fields:\n"
        "  - 'no group'\n"
        "  - 'a (?<phnoe>\\d+) (?<zzz>x)'\n"
        "  - {field: emial, pattern: 'x', in: head}\n"
        "  - {field: email}\n"
        "labels: 3\n"
        "ends: '^--'\n",
        "rules/channels/own.yaml:1:10: \"form\" stands in rules/channels/form.yaml:1 already: give each a name of its own\n"
        "rules/channels/own.yaml:2:8: \"order\" must be a whole number from 0 to 100000, not \"first\"\n"
        "rules/channels/own.yaml:3:7: \"replay\" is not known here; did you mean \"reply\"?\n"
        "rules/channels/own.yaml:4:8: \"outbuond\" is not known here; did you mean \"outbound\"?\n"
        "rules/channels/own.yaml:6:14: \"header\" needs a pattern: {header: X-Mailer, matches: 'PHPMailer'}\n"
        "rules/channels/own.yaml:7:15: \"matches\" needs the header it looks at: {header: X-Mailer, matches: 'PHPMailer'}\n"
        "rules/channels/own.yaml:8:14: \"labels\" must be a whole number from 1 to 100, not \"three\"\n"
        "rules/channels/own.yaml:8:30: \"machine\" must be true or false, not \"perhaps\"\n"
        "rules/channels/own.yaml:8:52: \"other_party\" must be a whole number from 1 to 100, not \"0\"\n"
        "rules/channels/own.yaml:9:5: recognises every mail: name at least one test, as subject: 'New enquiry'\n"
        "rules/channels/own.yaml:10:6: unknown key \"bdoy\"; did you mean \"body\"?\n"
        "rules/channels/own.yaml:12:5: names no field: put one round the value, as (?<phone>...), or write {field: phone, pattern: "
        "'...'}\n"
        "rules/channels/own.yaml:13:11: there is no field \"phnoe\" in rules/fields.yaml; did you mean \"phone\"?\n"
        "rules/channels/own.yaml:13:25: there is no field \"zzz\": add it to rules/fields.yaml, or name one that is there\n"
        "rules/channels/own.yaml:14:13: there is no field \"emial\" in rules/fields.yaml; did you mean \"email\"?\n"
        "rules/channels/own.yaml:14:38: \"head\" is not known here; it must be one of: body, subject, from\n"
        "rules/channels/own.yaml:15:5: \"pattern\" is missing: write pattern: 'Budget: (?<value>.*)'\n"
        "rules/channels/own.yaml:16:9: \"labels\" must be true or false, not \"3\"\n"
        "rules/channels/own.yaml:17:7: \"ends\" must be a list, not \"^--\"");
}

static void test_channel_without_recognise(void)
{
    assert_file_told(
        "rules/channels/own.yaml", "channel: own\nkind: sent\n",
        "rules/channels/own.yaml:1:1: \"recognise\" is missing: say how it is known: recognise: [{subject: 'New enquiry'}]\n"
        "rules/channels/own.yaml:2:7: \"sent\" depends on what is on record, no channel can tell it: write enquiry, form, "
        "referral, chat, social, download, booking or log");
}

/* What a firm names once: numbers, facts and the dimensions it judges by. */
static void test_named_once(void)
{
    start();
    put(instance, "rules/qualify.yaml",
        "thresholds: {least: 1000}\n"
        "facts: {worth: budget >= least}\n"
        "dimensions:\n"
        "  size:\n"
        "    - {name: big one, when: worth, because: a good budget, say: big, likely: budget}\n"
        "    - {name: other, because: no budget, likely: 500}\n"
        "conditions: {urgent: budget > 1, good: \"worth AND size = 'big one' AND likely_value > least\"}\n"
        "tiers: [{name: hot, when: \"size = 'big one'\"}, {name: cold}]\n");
    g_autoptr(Rulebook) rulebook = load_good();
    const Dimension *size = rulebook_find_dimension(rulebook, "size");
    g_assert_cmpuint(size->verdicts->len, ==, 2);
    const VerdictRule *big = g_ptr_array_index(size->verdicts, 0), *other = g_ptr_array_index(size->verdicts, 1);
    g_assert_cmpstr(big->likely_field, ==, "budget");
    g_assert_cmpstr(big->place, ==, "qualify.yaml:5");
    g_assert_cmpint(other->likely_value, ==, 500);
    g_assert_null(other->said);
    condition_set_clear(rulebook->conditions);
    condition_set_put(rulebook->conditions, "budget", "999");
    g_autofree ConditionResult *small = rulebook_put_facts(rulebook);
    g_assert_cmpint(small[0], ==, CONDITION_FALSE);
    condition_set_put(rulebook->conditions, "budget", "1000");
    g_autofree ConditionResult *enough = rulebook_put_facts(rulebook);
    g_assert_cmpint(enough[0], ==, CONDITION_TRUE);
    condition_set_put(rulebook->conditions, "size", "big one");
    g_assert_true(condition_rule_holds(&((const TierRule *)g_ptr_array_index(rulebook->tiers, 0))->when));
}

static void test_named_once_mistakes(void)
{
    start();
    put(instance, "rules/qualify.yaml",
        "thresholds: {least: lots, budget: 3}\n"
        "facts: {worth: budget > 1, rich: worth}\n"
        "dimensions:\n"
        "  service: [{name: a, because: b}]\n"
        "  size:\n"
        "    - {name: big, when: \"size = 'x' AND score > 1\", because: b, likely: company}\n"
        "    - {when: budget > 5}\n"
        "  none: []\n"
        "conditions: {urgent: 1, size: budget > 1}\n"
        "tiers: [{name: hot, when: \"size = 'bgi'\"}, {name: cold}]\n");
    assert_told(
        "rules/qualify.yaml:1:21: \"least\" must be a whole number from -1000000000000 to 1000000000000, not \"lots\"\n"
        "rules/qualify.yaml:1:27: \"budget\" is the name of something else already: choose another\n"
        "rules/qualify.yaml:2:34: \"worth\" is not known yet here: facts are judged first, then contradictions, BANT and "
        "dimensions, then score, tier and route\n"
        "rules/qualify.yaml:4:3: \"service\" is the name of something else already: choose another\n"
        "rules/qualify.yaml:6:26: \"size\" is not known yet here: facts are judged first, then contradictions, BANT and "
        "dimensions, then score, tier and route\n"
        "rules/qualify.yaml:6:34: \"size\" is never 'x'; it can be: big\n"
        "rules/qualify.yaml:6:41: \"score\" is not known yet here: facts are judged first, then contradictions, BANT and "
        "dimensions, then score, tier and route\n"
        "rules/qualify.yaml:6:73: \"company\" is neither a sum in whole pounds nor a field of type money or number: likely: 12000\n"
        "rules/qualify.yaml:7:7: \"name\" is missing: say what the answer is called: name: clear\n"
        "rules/qualify.yaml:7:7: \"because\" is missing: say in words why, for the history: because: names a service\n"
        "rules/qualify.yaml:7:7: warning: a lead for which none of them holds has no verdict: let the last one stand without a "
        "condition (when:)\n"
        "rules/qualify.yaml:8:3: warning: \"none\" has no verdicts: list them, or take the dimension away\n"
        "rules/qualify.yaml:9:25: \"size\" is the name of something else already: choose another\n"
        "rules/qualify.yaml:10:36: \"size\" is never 'bgi'; did you mean 'big'?");
}

/* SQL is content with all of it, and none of it says what was meant. */
static void test_senseless_conditions(void)
{
    assert_file_told("rules/qualify.yaml",
                     "conditions:\n"
                     "  urgent: budget > 'lots' OR 5 = timeline\n"
                     "  a: \"score IN (1, 'two') OR '10' < score OR source BETWEEN 1 AND 2\"\n"
                     "  b: budget / 0 > 1 OR score % 0.0 > 1 OR score / 0.5 > 1\n"
                     "  c: \"text || budget = 'x5' OR timeline > source OR length(text) > 5 OR budget NOT IN (1, 2)\"\n"
                     "tiers: [{name: hot}]\n",
                     "rules/qualify.yaml:2:21: warning: a text (lots) is compared with a number (budget), which never says what is "
                     "meant: compare texts with texts in quotes, numbers with numbers without\n"
                     "rules/qualify.yaml:2:34: warning: a text (timeline) is compared with a number (5), which never says what is "
                     "meant: compare texts with texts in quotes, numbers with numbers without\n"
                     "rules/qualify.yaml:3:21: warning: a text (two) is compared with a number (score), which never says what is "
                     "meant: compare texts with texts in quotes, numbers with numbers without\n"
                     "rules/qualify.yaml:3:61: warning: a text (source) is compared with a number (1), which never says what is "
                     "meant: compare texts with texts in quotes, numbers with numbers without\n"
                     "rules/qualify.yaml:3:67: warning: a text (source) is compared with a number (2), which never says what is "
                     "meant: compare texts with texts in quotes, numbers with numbers without\n"
                     "rules/qualify.yaml:4:15: warning: a division by zero is unknown, so that the condition never holds: divide "
                     "by something else\n"
                     "rules/qualify.yaml:4:32: warning: a division by zero is unknown, so that the condition never holds: divide "
                     "by something else");
}

static void test_differs(void)
{
    start();
    put(instance, "rules/qualify.yaml",
        "conditions: {urgent: 1}\ntiers: [{name: hot}]\n"
        "contradictions:\n"
        "  - {name: a, differs: budget, by: 2, in: [label, signature], because: two budgets}\n"
        "  - {name: b, differs: phone, when: \"track = 'inbound'\", because: two numbers}\n");
    g_autoptr(Rulebook) rulebook = load_good();
    const ContradictionRule *budget = g_ptr_array_index(rulebook->contradictions, 0);
    const ContradictionRule *phone = g_ptr_array_index(rulebook->contradictions, 1);
    g_assert_cmpstr(budget->differs, ==, "budget");
    g_assert_cmpuint(budget->by, ==, 2);
    g_assert_cmpuint(budget->places, ==, SAID_ON_LABEL | SAID_IN_SIGNATURE);
    g_assert_cmpuint(phone->by, ==, 1);
    g_assert_cmpuint(phone->places, ==, SAID_ON_LABEL | SAID_IN_TEXT);
    g_assert_nonnull(phone->when.condition);
    assert_file_told("rules/qualify.yaml",
                     "conditions: {urgent: 1}\ntiers: [{name: hot}]\n"
                     "contradictions:\n"
                     "  - {name: a, differs: bugdet, because: b}\n"
                     "  - {name: c, differs: budget, in: [lable], because: b}\n"
                     "  - {name: d, differs: budget, by: 0, because: b}\n",
                     "rules/qualify.yaml:4:24: there is no field \"bugdet\" in rules/fields.yaml: differs: budget\n"
                     "rules/qualify.yaml:5:37: \"lable\" is not known here; did you mean \"label\"?\n"
                     "rules/qualify.yaml:6:24: \"budget\" is compared by an earlier rule already: one rule a field\n"
                     "rules/qualify.yaml:6:36: \"by\" must be a whole number from 1 to 1000, not \"0\"");
}

static void test_qualify_mistakes(void)
{
    assert_file_told(
        "rules/qualify.yaml",
        "conditions:\n"
        "  urgent: timelin = 'immediate'\n"
        "  'so so': score > 1\n"
        "  phone: score > 1\n"
        "score:\n"
        "  - {name: a, points: ten, when: missing > 5, because: b}\n"
        "  - {name: a, points: 5, when: score >, because: b}\n"
        "  - {name: c, points: 5, when: (score > 1}\n"
        "  - {points: 5, because: b, when: [x]}\n"
        "  - {name: d, because: ' ', wehn: score > 1}\n"
        "tiers:\n"
        "  - {name: cold}\n"
        "  - {name: hot, when: score >= 70}\n"
        "bant:\n"
        "  bugdet: {met: score > 1, because: b}\n"
        "  need: {because: b}\n"
        "  timing: {met: text REGEXP '(', because: b}\n"
        "contradictions:\n"
        "  - {name: x, because: y}\n"
        "  - {name: x, because: y, when: timeline}\n",
        "rules/qualify.yaml:2:11: there is no column \"timelin\": did you mean \"timeline\"? (A text stands in single quotes: "
        "'timelin')\n"
        "rules/qualify.yaml:3:3: \"so so\" cannot name a condition: use a-z, 0-9 and _, a letter first\n"
        "rules/qualify.yaml:4:3: \"phone\" is a name that templates use for something else: call the condition otherwise\n"
        "rules/qualify.yaml:6:23: \"points\" must be a whole number from -1000 to 1000, not \"ten\"\n"
        "rules/qualify.yaml:7:12: \"a\" stands here twice (first in line 6): give each a name of its own\n"
        "rules/qualify.yaml:7:39: the condition ends too early: something is missing at the end or before a bracket\n"
        "rules/qualify.yaml:8:5: \"because\" is missing: say in words why, for the brief and the history: because: a telephone "
        "number is given\n"
        "rules/qualify.yaml:8:42: an opening bracket without its closing one\n"
        "rules/qualify.yaml:9:5: \"name\" is missing: give it a name of a-z, 0-9, _ and -\n"
        "rules/qualify.yaml:9:35: \"when\" must be a text, not a list\n"
        "rules/qualify.yaml:10:5: \"points\" is missing: say what it is worth: points: 10\n"
        "rules/qualify.yaml:10:24: \"because\" is blank: say in words why, for the brief and the history: because: a telephone "
        "number is given\n"
        "rules/qualify.yaml:10:29: unknown key \"wehn\"; did you mean \"when\"?\n"
        "rules/qualify.yaml:13:5: warning: is never reached: what stands in line 12 always holds; move it up or give that one a "
        "condition (when:)\n"
        "rules/qualify.yaml:15:3: unknown key \"bugdet\"; did you mean \"budget\"?\n"
        "rules/qualify.yaml:16:9: \"met\" is missing: say when it is met: met: budget >= 1000\n"
        "rules/qualify.yaml:17:31: the pattern cannot be read: missing closing parenthesis\n"
        "rules/qualify.yaml:19:5: \"when\" is missing: say what contradicts: when: budget > revenue\n"
        "rules/qualify.yaml:20:12: \"x\" stands here twice (first in line 19): give each a name of its own\n"
        "rules/qualify.yaml:20:33: the condition gives a text and not yes or no: compare it with something");
}

/* A column without a value yet is told: such a rule would never hold. */
static void test_late_columns(void)
{
    assert_file_told("rules/qualify.yaml",
                     "conditions: {urgent: \"tier = 'hot'\", other: route IS NULL}\n"
                     "score: [{name: a, points: 1, when: \"bant >= 2 AND tier = 'hot'\", because: b}]\n"
                     "tiers: [{name: hot, when: score > 1 AND exception IS NULL}, {name: cold}]\n"
                     "bant: {budget: {met: contradictions = 0 AND score > 1, because: b}}\n"
                     "contradictions: [{name: c, when: missing > 1 AND bant > 1, because: b}]\n",
                     "rules/qualify.yaml:1:45: \"route\" is not known yet here: facts are judged first, then contradictions, BANT "
                     "and dimensions, "
                     "then score, tier and route\n"
                     "rules/qualify.yaml:2:51: \"tier\" is not known yet here: facts are judged first, then contradictions, BANT "
                     "and dimensions, "
                     "then score, tier and route\n"
                     "rules/qualify.yaml:3:41: \"exception\" is not known yet here: facts are judged first, then contradictions, "
                     "BANT and dimensions, "
                     "then score, tier and route\n"
                     "rules/qualify.yaml:4:22: \"contradictions\" is not known yet here: facts are judged first, then "
                     "contradictions, BANT and dimensions, "
                     "then score, tier and route\n"
                     "rules/qualify.yaml:4:45: \"score\" is not known yet here: facts are judged first, then contradictions, BANT "
                     "and dimensions, "
                     "then score, tier and route\n"
                     "rules/qualify.yaml:5:50: \"bant\" is not known yet here: facts are judged first, then contradictions, BANT "
                     "and dimensions, "
                     "then score, tier and route");
}

/* A word that its column never holds is told with the nearest one it can. */
static void test_words_in_conditions(void)
{
    assert_file_told(
        "rules/promises.yaml",
        "promises:\n"
        "  - {kind: a, due: 1h, kept_by: decision, when: \"timeline = 'imediate'\"}\n"
        "  - {kind: b, due: 1h, kept_by: decision, when: \"track IN ('inbound', 'outbuond') AND text = 'anything'\"}\n"
        "  - {kind: c, due: 1h, kept_by: decision, when: \"tier <> 'hott' OR kind NOT IN ('from') OR status IS NOT 'wonn'\"}\n"
        "  - {kind: d, due: 1h, kept_by: decision, when: \"exception = 'missing data' OR channel = 'fomr'\"}\n"
        "  - {kind: e, due: 1h, kept_by: decision, when: \"service = 'txa' OR route = 'sales' OR name = 'it''s'\"}\n"
        "  - {kind: f, due: 1h, kept_by: decision, when: \"lower(timeline) = 'x' AND 'y' = 'z'\"}\n",
        "rules/promises.yaml:2:62: \"timeline\" is never 'imediate'; did you mean 'immediate'?\n"
        "rules/promises.yaml:3:72: \"track\" is never 'outbuond'; did you mean 'outbound'?\n"
        "rules/promises.yaml:4:59: \"tier\" is never 'hott'; did you mean 'hot'?\n"
        "rules/promises.yaml:4:82: \"kind\" is never 'from'; did you mean 'form'?\n"
        "rules/promises.yaml:4:107: \"status\" is never 'wonn'; did you mean 'won'?\n"
        "rules/promises.yaml:5:49: warning: \"channel\" is never 'fomr'; did you mean 'form'?\n"
        "rules/promises.yaml:5:63: \"exception\" is never 'missing data'; did you mean 'missing-data'?\n"
        "rules/promises.yaml:6:49: warning: \"service\" is never 'txa'; did you mean 'tax'?");
}

static void test_route_mistakes(void)
{
    assert_file_told(
        "rules/routes.yaml",
        "routes:\n"
        "  - {name: exception, when: missing > 0}\n"
        "  - {name: exception, exception: missing-dat, when: scoer > 0}\n"
        "  - {name: sale, when: score > 0}\n"
        "  - {name: sales, exception: review, when: score > 0, owner: manger, status: nwe}\n"
        "  - {name: sales, when: score > 0, mails: [ack, breif]}\n"
        "  - {name: nurture, when: score > 0, mails: ack}\n"
        "actions: [{when: score > 0}]\n"
        "mails:\n"
        "  - {purpose: ack, to: prospekt, template: akc}\n"
        "  - {purpose: brief, to: owner, template: brief, on: raply, attach: 1}\n"
        "  - {to: owner, template: ../brief}\n"
        "  - {purpose: x}\n"
        "limits: {attempts: 0, answers: 3}\n",
        "rules/routes.yaml:2:5: a route \"exception\" needs its kind: add exception: missing-data\n"
        "rules/routes.yaml:3:34: \"missing-dat\" is not known here; did you mean \"missing-data\"?\n"
        "rules/routes.yaml:3:53: there is no column \"scoer\": did you mean \"score\"? (A text stands in single quotes: 'scoer')\n"
        "rules/routes.yaml:4:12: \"sale\" is not known here; did you mean \"sales\"?\n"
        "rules/routes.yaml:5:30: only a route \"exception\" has an exception: take it out, or write name: exception\n"
        "rules/routes.yaml:5:62: \"manger\" is not known here; did you mean \"manager\"?\n"
        "rules/routes.yaml:5:78: \"nwe\" is not known here; did you mean \"new\"?\n"
        "rules/routes.yaml:6:49: no mail in rules/routes.yaml has the purpose \"breif\"; did you mean \"brief\"?\n"
        "rules/routes.yaml:7:5: warning: a lead for which no route holds becomes an exception: let the last one stand without a "
        "condition (when:)\n"
        "rules/routes.yaml:7:45: \"mails\" must be a list, not \"ack\"\n"
        "rules/routes.yaml:8:11: \"text\" is missing: say what to do first: text: Telephone today.\n"
        "rules/routes.yaml:10:24: \"prospekt\" is not known here; did you mean \"prospect\"?\n"
        "rules/routes.yaml:10:44: there is no template \"akc\" (templates/akc.txt); did you mean \"ack\"?\n"
        "rules/routes.yaml:11:54: \"raply\" is not known here; did you mean \"reply\"?\n"
        "rules/routes.yaml:11:69: \"attach\" must be true or false, not \"1\"\n"
        "rules/routes.yaml:12:5: \"purpose\" is missing: give it a name of a-z, 0-9, _ and -\n"
        "rules/routes.yaml:12:27: \"../brief\" is no name of a template: write what stands before .txt, of a-z, 0-9, _ and -\n"
        "rules/routes.yaml:13:5: \"to\" is missing: say who gets it: to: prospect, referrer, owner, exceptions, conflicts or "
        "manager\n"
        "rules/routes.yaml:13:5: \"template\" is missing: name its wording, a file in templates/ without .txt: template: ack\n"
        "rules/routes.yaml:14:20: \"attempts\" must be a whole number from 1 to 100000, not \"0\"\n"
        "rules/routes.yaml:14:23: unknown key \"answers\"; known here: answers_per_address, answers_per_domain, "
        "answers_per_free_mail, answers_per_conversation, answers_per_text, notices_per_lead, form_alarm_per_hour, "
        "form_answers_per_hour, "
        "attempts, mails_per_hour, domain_per_minute, free_mail_per_minute, quiet");
}

static void test_limit_mistakes(void)
{
    assert_file_told(
        "rules/routes.yaml",
        "routes: [{name: sales}]\nmails: [{purpose: ack, to: owner, template: ack, on: fuse}]\nlimits: {quiet: 25:00-07:00}\n",
        "rules/routes.yaml:2:9: a mail on: fuse is about no lead: write to: manager, exceptions or conflicts\n"
        "rules/routes.yaml:3:17: \"25:00-07:00\" are no quiet hours: write quiet: 20:00-07:00, or quiet: none");
    assert_file_told(
        "rules/free-mail.yaml", "free_mail: [mail.yahoo.co.uk, gmail.com, a@b.example]\n",
        "rules/free-mail.yaml:1:13: \"mail.yahoo.co.uk\" is no domain of a provider: write what stands behind the @, as gmail.com "
        "or "
        "yahoo.co.uk\n"
        "rules/free-mail.yaml:1:42: \"a@b.example\" is no domain of a provider: write what stands behind the @, as gmail.com or "
        "yahoo.co.uk");
    assert_file_told(
        "rules/routes.yaml",
        "routes: [{name: sales}]\n"
        "mails:\n"
        "  - {purpose: ack, to: prospect, template: ack, on: guard}\n"
        "  - {purpose: brief, to: owner, template: brief}\n"
        "limits: {form_alarm_per_hour: 400, answers_per_text: none}\n",
        "rules/routes.yaml:3:5: a mail on: guard or on: alarm tells the firm that answers were stopped: write to: exceptions or "
        "manager\n"
        "rules/routes.yaml:5:9: warning: form_alarm_per_hour (400) is above form_answers_per_hour (300): answers to forms would "
        "stop before "
        "anybody is told\n"
        "rules/routes.yaml:5:54: \"answers_per_text\" must be a whole number from 1 to 100000, not \"none\"");
}

static void test_promise_mistakes(void)
{
    assert_file_told(
        "rules/promises.yaml",
        "promises:\n"
        "  - {kind: ack, due: soon, kept_by: mail:akc}\n"
        "  - {kind: ack, due: 5 minutes, kept_by: 'verb:contacted,wonn,engaged', at_most: 1 fortnight}\n"
        "  - {kind: b, due: 5 minutes, kept_by: faith, owner: boss, stated: often}\n"
        "  - {kind: c, kept_by: 'verb:'}\n"
        "  - {due: 1 hour}\n",
        "rules/promises.yaml:2:22: \"soon\" is no length of time (at most ten years): write \"5 minutes\", \"4 hours\", \"2 "
        "days\", \"1 week\", \"24 business hours\", \"5 business days\" or \"same business day\"\n"
        "rules/promises.yaml:2:37: no mail in rules/routes.yaml has the purpose \"akc\"; did you mean \"ack\"?\n"
        "rules/promises.yaml:3:5: warning: is never reached: what stands in line 2 always holds; move it up or give that one a "
        "condition (when:)\n"
        "rules/promises.yaml:3:58: there is no verb \"wonn\"; did you mean \"won\"?\n"
        "rules/promises.yaml:3:82: \"1 fortnight\" is no length of time (at most ten years): write \"5 minutes\", \"4 hours\", \"2 "
        "days\", \"1 week\", \"24 business hours\", \"5 business days\" or \"same business day\"\n"
        "rules/promises.yaml:4:40: \"faith\" keeps no promise: say what keeps it: kept_by: mail:ack, decision, or "
        "verb:contacted,engaged\n"
        "rules/promises.yaml:4:54: \"boss\" is not known here; it must be one of: fallback, exceptions, conflicts, manager\n"
        "rules/promises.yaml:4:68: \"stated\" must be true or false, not \"often\"\n"
        "rules/promises.yaml:5:5: \"due\" is missing: say by when: due: 24 business hours\n"
        "rules/promises.yaml:5:30: names no verb: say what keeps it: kept_by: mail:ack, decision, or verb:contacted,engaged\n"
        "rules/promises.yaml:6:5: \"kind\" is missing: give it a name of a-z, 0-9, _ and -\n"
        "rules/promises.yaml:6:5: \"kept_by\" is missing: say what keeps it: kept_by: mail:ack, decision, or "
        "verb:contacted,engaged");
}

/* What holds for all promises: who is told of broken ones, when, how many in one mail. */
static void test_mistakes_for_all_promises(void)
{
    assert_file_told("rules/promises.yaml",
                     "all:\n"
                     "  runs: {people: always, machines: busines hours, owner: always}\n"
                     "  escalate: [{to: onwer}, {after: 1 hour}, {to: deputy, after: soon}, {to: manager, later: 1 hour}]\n"
                     "  at_any_hour: [hto, scorching]\n"
                     "  together: {more_than: 1001, template: breif}\n"
                     "  warn: 1 hour\n"
                     "promises: []\n",
                     "rules/promises.yaml:2:36: \"busines hours\" is not known here; did you mean \"business hours\"?\n"
                     "rules/promises.yaml:2:51: unknown key \"owner\"; known here: people, machines\n"
                     "rules/promises.yaml:3:19: \"onwer\" is not known here; did you mean \"owner\"?\n"
                     "rules/promises.yaml:3:27: \"to\" is missing: say who is told: to: owner, deputy or manager\n"
                     "rules/promises.yaml:3:64: \"soon\" is no length of time (at most ten years): write \"5 minutes\", \"4 "
                     "hours\", \"2 days\", \"1 week\", \"24 business hours\", \"5 business days\" or \"same business day\"\n"
                     "rules/promises.yaml:3:85: unknown key \"later\"; did you mean \"after\"?\n"
                     "rules/promises.yaml:4:17: \"hto\" is not known here; did you mean \"hot\"?\n"
                     "rules/promises.yaml:4:22: \"scorching\" is not known here; it must be one of: hot, cold\n"
                     "rules/promises.yaml:5:25: \"more_than\" must be a whole number from 0 to 1000, not \"1001\"\n"
                     "rules/promises.yaml:5:41: there is no template \"breif\" (templates/breif.txt); did you mean \"brief\"?\n"
                     "rules/promises.yaml:6:3: unknown key \"warn\"; known here: runs, escalate, at_any_hour, together");
    assert_file_told("rules/promises.yaml", "all: {runs: always, escalate: owner, at_any_hour: hot, together: {more_than: 3}}\n",
                     "rules/promises.yaml:1:13: \"runs\" must be a mapping (\"key: value\"), not \"always\"\n"
                     "rules/promises.yaml:1:31: say in steps who is told when it is broken: escalate: [{to: owner}, {to: manager, "
                     "after: 4 business hours}], or [] for nobody\n"
                     "rules/promises.yaml:1:51: \"at_any_hour\" must be a list, not \"hot\"\n"
                     "rules/promises.yaml:1:66: \"template\" is missing: name its wording, a file in templates/ without .txt: "
                     "template: promises-broken");
    assert_file_told("rules/promises.yaml", "all: {together: {template: brief}, escalate: {to: owner}}\npromises: []\n",
                     "rules/promises.yaml:1:46: say in steps who is told when it is broken: escalate: [{to: owner}, {to: manager, "
                     "after: 4 business hours}], or [] for nobody");
    assert_file_told("rules/promises.yaml", "all: [hot]\npromises: []\n",
                     "rules/promises.yaml:1:6: \"all\" must be a mapping (\"key: value\"), not a list");
}

/* The same of one: its warning, its steps, whether it runs by night, what makes it owed. */
static void test_mistakes_of_one_promise(void)
{
    assert_file_told(
        "rules/promises.yaml",
        "promises:\n"
        "  - {kind: a, due: 1 day, kept_by: 'verb:won', warn: 2 business days}\n"
        "  - {kind: b, due: 1 day, kept_by: 'verb:won', warn: early, runs: by night}\n"
        "  - {kind: c, due: 1 day, kept_by: 'verb:won', escalate: manager}\n"
        "  - {kind: d, due: 1 day, kept_by: 'verb:won', escalate: [{to: referrer}, {to: manager, after: later}]}\n"
        "  - {kind: e, due: 1 day, kept_by: 'verb:won', lapses_to: lost, warn: 1 hour}\n"
        "  - {kind: f, due: 1 day, kept_by: 'verb:won', lapses_to: lots, escalate: []}\n"
        "  - {kind: g, due: 1 day, kept_by: 'verb:won', on: replies}\n"
        "  - {kind: h, due: 1 day, kept_by: 'verb:won', on: reply, warn: 1 hour, runs: always, escalate: []}\n",
        "rules/promises.yaml:2:54: a warning comes some hours before it is due: write warn: 2 business hours, or warn: 30 minutes\n"
        "rules/promises.yaml:3:54: \"early\" is no length of time (at most ten years): write \"5 minutes\", \"4 hours\", \"2 "
        "days\", \"1 week\", \"24 business hours\", \"5 business days\" or \"same business day\"\n"
        "rules/promises.yaml:3:67: \"by night\" is not known here; it must be one of: business hours, always\n"
        "rules/promises.yaml:4:58: say in steps who is told when it is broken: escalate: [{to: owner}, {to: manager, after: 4 "
        "business hours}], or [] for nobody\n"
        "rules/promises.yaml:5:64: \"referrer\" is not known here; it must be one of: owner, deputy, manager, fallback, "
        "exceptions, conflicts\n"
        "rules/promises.yaml:5:96: \"later\" is no length of time (at most ten years): write \"5 minutes\", \"4 hours\", \"2 "
        "days\", \"1 week\", \"24 business hours\", \"5 business days\" or \"same business day\"\n"
        "rules/promises.yaml:6:71: a promise that lapses is the prospect's to keep: nobody is warned of it; take this out, or "
        "lapses_to\n"
        "rules/promises.yaml:7:59: \"lots\" is not known here; did you mean \"lost\"?\n"
        "rules/promises.yaml:8:52: \"replies\" is not known here; it must be one of: lead, reply");
}

/* What is promised to somebody outside is the firm's word, and a machine has no hours. */
static void test_hours_of_promises(void)
{
    assert_file_told("rules/promises.yaml",
                     "promises:\n"
                     "  - {kind: a, due: 1 business hour, kept_by: 'verb:won', hours: owner}\n"
                     "  - {kind: b, due: 1 business hour, kept_by: 'verb:won', hours: firm, stated: true}\n"
                     "  - {kind: c, due: 1 business hour, kept_by: 'verb:won', hours: owner, stated: true}\n"
                     "  - {kind: d, due: 1 hour, kept_by: 'mail:ack', hours: owner}\n"
                     "  - {kind: e, due: 1 hour, kept_by: 'verb:won', hours: ownr}\n",
                     "rules/promises.yaml:4:65: what is stated to the prospect is counted in the firm's hours: take \"hours\" or "
                     "\"stated\" out\n"
                     "rules/promises.yaml:5:56: only what a person keeps (kept_by: verb:...) can be counted in their own hours\n"
                     "rules/promises.yaml:6:56: \"ownr\" is not known here; did you mean \"owner\"?");
}

/* What the rules leave untold, as `check` says it of a rulebook without mistakes. */
static void assert_untold(const char *name, const char *text, const char *expected)
{
    g_autoptr(Problems) problems = problems_new(), untold = problems_new();
    start();
    put(instance, name, text);
    g_autoptr(Rulebook) rulebook = rulebook_load(instance, shared, problems);
    g_assert_nonnull(rulebook);
    rulebook_warn_of_untold(rulebook, untold);
    g_assert_cmpuint(problems_count_errors(untold), ==, 0);
    g_autofree char *told = dup_told(untold);
    g_assert_cmpstr(told, ==, expected);
}

#define NO_FUSE                                                                                                                    \
    "rules/routes.yaml:1:1: warning: no mail is \"on: fuse\": nobody would be told when the fuse is open and no mail goes "        \
    "outside any more; add {purpose: fuse, to: manager, template: fuse, on: fuse} to the mails"
#define NO_BROKEN                                                                                                                  \
    "rules/routes.yaml:1:1: warning: no mail is \"on: broken\": nobody would be told of a broken promise; add {purpose: "          \
    "escalation, to: answerable, template: escalation, on: broken} to the mails"
#define NO_WARNED                                                                                                                  \
    "rules/routes.yaml:1:1: warning: no mail is \"on: warned\": nobody would be reminded of a promise (warn:) before it is due; "  \
    "add {purpose: promise-due, to: answerable, template: promise-due, on: warned} to the mails"
#define NO_ESCALATION                                                                                                              \
    "rules/promises.yaml:1:1: warning: no promise is escalated: nobody would be told of any that is broken; add escalate: [{to: "  \
    "owner}, {to: manager, after: 4 business hours}] under all:"

static void test_untold(void)
{
    static const char TELLS_ALL[] = "routes: [{name: sales}]\nmails:\n"
                                    "  - {purpose: ack, to: prospect, template: ack}\n"
                                    "  - {purpose: fuse, to: manager, template: brief, on: fuse}\n"
                                    "  - {purpose: broken, to: answerable, template: brief, on: broken}\n";
    assert_untold("rules/routes.yaml", TELLS_ALL, "");
    assert_untold("rules/tasks.yaml", "tasks: []\n", NO_FUSE "\n" NO_BROKEN);
    assert_untold(
        "rules/promises.yaml",
        "promises: [{kind: a, due: 1 day, warn: 1 hour, kept_by: 'verb:won'}, {kind: b, due: 1 day, kept_by: 'verb:won'}]\n",
        NO_FUSE "\n" NO_BROKEN "\n" NO_WARNED);
    assert_untold("rules/promises.yaml",
                  "all: {escalate: []}\n"
                  "promises: [{kind: a, due: 1 day, kept_by: 'verb:won'}, {kind: b, due: 1 day, kept_by: 'verb:won'}]\n",
                  NO_ESCALATION "\n" NO_FUSE);
    assert_untold("rules/promises.yaml",
                  "promises: [{kind: a, due: 1 day, kept_by: 'verb:won', escalate: []}, {kind: b, due: 1 day, kept_by: "
                  "'verb:won', lapses_to: lost}]\n",
                  NO_ESCALATION "\n" NO_FUSE);
    assert_untold("rules/promises.yaml",
                  "all: {escalate: []}\n"
                  "promises: [{kind: a, due: 1 day, kept_by: 'verb:won', escalate: [{to: manager}]}]\n",
                  NO_FUSE "\n" NO_BROKEN);
}

/* Who is put into which, and the manners. */
static void test_enrol_mistakes(void)
{
    assert_file_told("rules/cadences.yaml",
                     "cadences: {warm: [{after: 1 day, channel: call, guidance: Ask.}]}\n"
                     "enrol:\n"
                     "  - {cadence: wram, when: score > 1}\n"
                     "  - {cadence: chilly, when: score > 1}\n"
                     "  - {when: score > 1}\n"
                     "  - {cadence: warm, if: score > 1}\n"
                     "  - {cadence: warm}\n"
                     "  - {cadence: warm, when: score > 1}\n"
                     "manners:\n"
                     "  most_a_day: none\n"
                     "  late_after: 2 business hours\n"
                     "  out_of_office: a while\n"
                     "  late: 5\n",
                     "rules/cadences.yaml:3:15: there is no cadence \"wram\" in rules/cadences.yaml; did you mean \"warm\"?\n"
                     "rules/cadences.yaml:4:15: there is no cadence \"chilly\" in rules/cadences.yaml; there are: warm\n"
                     "rules/cadences.yaml:5:5: \"cadence\" is missing: name the cadence: cadence: nurture\n"
                     "rules/cadences.yaml:6:21: unknown key \"if\"; known here: cadence, when\n"
                     "rules/cadences.yaml:7:5: warning: is never reached: what stands in line 6 always holds; move it up or give "
                     "that one a condition (when:)\n"
                     "rules/cadences.yaml:8:5: warning: is never reached: what stands in line 6 always holds; move it up or give "
                     "that one a condition (when:)\n"
                     "rules/cadences.yaml:10:15: \"most_a_day\" must be a whole number from 1 to 10000, not \"none\"\n"
                     "rules/cadences.yaml:11:15: must be a plain length of time, as 2 hours: business hours are counted elsewhere\n"
                     "rules/cadences.yaml:12:18: \"a while\" is no length of time (at most ten years): write \"5 minutes\", \"4 "
                     "hours\", \"2 days\", \"1 week\", \"24 business hours\", \"5 business days\" or \"same business day\"\n"
                     "rules/cadences.yaml:13:3: unknown key \"late\"; known here: most_a_day, late_after, late_at_once, "
                     "out_of_office, after_return, after_own_mail, one_click");
    assert_file_told("rules/cadences.yaml", "cadences: {warm: {marketing: perhaps, own_mail: waits, step: []}}\n",
                     "rules/cadences.yaml:1:18: \"steps\" is missing: say what is done: steps: [...]\n"
                     "rules/cadences.yaml:1:30: \"marketing\" must be true or false, not \"perhaps\"\n"
                     "rules/cadences.yaml:1:49: \"waits\" is not known here; it must be one of: ends, pauses\n"
                     "rules/cadences.yaml:1:56: unknown key \"step\"; did you mean \"steps\"?");
}

static void test_cadence_mistakes(void)
{
    assert_file_told(
        "rules/cadences.yaml",
        "cadences:\n"
        "  warm:\n"
        "    - {after: later, channel: mail}\n"
        "    - {after: 1 day, channel: mail, template: folow-up}\n"
        "    - {after: 1 day, channel: call, template: follow-up}\n"
        "    - {channel: fax}\n"
        "  cold:\n"
        "  hot: soon\n"
        "cadence: {}\n",
        "rules/cadences.yaml:3:7: a mail needs its wording: add template: with the name of a file in templates/\n"
        "rules/cadences.yaml:3:15: \"later\" is no length of time (at most ten years): write \"5 minutes\", \"4 hours\", \"2 "
        "days\", \"1 week\", \"24 business hours\", \"5 business days\" or \"same business day\"\n"
        "rules/cadences.yaml:4:47: there is no template \"folow-up\" (templates/folow-up.txt); did you mean \"follow-up\"?\n"
        "rules/cadences.yaml:5:7: somebody has to know what to do: add guidance: in a sentence\n"
        "rules/cadences.yaml:5:47: only a step of channel mail has a template: write channel: mail, or guidance: in place of it\n"
        "rules/cadences.yaml:6:7: \"after\" is missing: say how long after the start: after: 2 business days\n"
        "rules/cadences.yaml:6:17: \"fax\" is not known here; it must be one of: mail, call, linkedin, task\n"
        "rules/cadences.yaml:7:8: the cadence \"cold\" has no step: add {after: 2 business days, channel: call, guidance: Ask how "
        "it goes.}\n"
        "rules/cadences.yaml:8:8: \"hot\" must be a list, not \"soon\"\n"
        "rules/cadences.yaml:9:1: unknown key \"cadence\"; did you mean \"cadences\"?");
}

static void test_task_mistakes(void)
{
    assert_file_told("rules/tasks.yaml",
                     "tasks:\n"
                     "  - {name: post, to: jame, every: business day, at: \"11:00\", text: Open the post}\n"
                     "  - {name: post, to: jane, every: mondays, at: 11am, text: Open the post}\n"
                     "  - {name: inboxes, every: monday, at: \"11:00\", template: inboxs}\n"
                     "  - {name: both, to: jane, every: monday, at: \"11:00\", template: ack, text: Open the post}\n"
                     "  - {name: none, to: manager, at: \"11:00\", guidance: Be quick, txt: Open the post}\n",
                     "rules/tasks.yaml:2:22: \"jame\" is neither a duty (fallback, exceptions, conflicts, manager) nor the id of a "
                     "person in usher.yaml\n"
                     "rules/tasks.yaml:3:12: \"post\" stands here twice (first in line 2): give each a name of its own\n"
                     "rules/tasks.yaml:3:35: \"mondays\" is not known here; did you mean \"monday\"?\n"
                     "rules/tasks.yaml:3:48: write a time of day as \"10:00\", in quotes\n"
                     "rules/tasks.yaml:4:5: \"to\" is missing: say who is to do it: to: fallback, or the id of a person\n"
                     "rules/tasks.yaml:4:59: there is no template \"inboxs\": write templates/inboxs.txt, or name another\n"
                     "rules/tasks.yaml:5:66: a task has either a template or a text with its guidance: take one of them out\n"
                     "rules/tasks.yaml:6:5: \"every\" is missing: say when: every: business day\n"
                     "rules/tasks.yaml:6:5: \"text\" is missing: say what is to be done: text: Look through the post; or name a "
                     "wording in templates/: template: post\n"
                     "rules/tasks.yaml:6:64: unknown key \"txt\"; did you mean \"text\"?");
}

static void test_task_rules(void)
{
    start();
    put(instance, "rules/tasks.yaml",
        "tasks:\n"
        "  - {name: a, to: jane, every: friday, at: \"11:30\", text: Open the post, guidance: All of it.}\n"
        "  - {name: b, to: manager, every: last business day of the month, at: \"09:00\", template: ack}\n");
    g_autoptr(Rulebook) rulebook = load_good();
    const TaskRule *first = rulebook->tasks->pdata[0], *second = rulebook->tasks->pdata[1];
    g_assert_cmpuint(rulebook->tasks->len, ==, 2);
    g_assert_cmpstr(first->person, ==, "jane");
    g_assert_null(first->duty);
    g_assert_cmpint(first->every, ==, EVERY_WEEKDAY);
    g_assert_cmpuint(first->weekday, ==, 5);
    g_assert_cmpint(first->at_s, ==, 11 * 3600 + 1800);
    g_assert_cmpstr(first->said, ==, "Open the post");
    g_assert_cmpstr(first->guidance, ==, "All of it.");
    g_assert_cmpstr(second->duty, ==, "manager");
    g_assert_cmpint(second->every, ==, EVERY_LAST_OF_MONTH);
    g_assert_nonnull(second->template);
}

static void test_target_mistakes(void)
{
    assert_file_told("rules/targets.yaml",
                     "targets: {exceptoins: 10, exceptions: many, outbound_response: -1, referral_close: 1e99}\n",
                     "rules/targets.yaml:1:11: unknown key \"exceptoins\"; did you mean \"exceptions\"?\n"
                     "rules/targets.yaml:1:39: \"exceptions\" must be a number, as 30 or 7.5, not \"many\"\n"
                     "rules/targets.yaml:1:64: \"outbound_response\" must be a number, as 30 or 7.5, not \"-1\"\n"
                     "rules/targets.yaml:1:84: \"referral_close\" must be a number, as 30 or 7.5, not \"1e99\"");
}

/* Who changes the wording of one form of a mail mostly means the other too. */
static void test_one_form(void)
{
    start();
    put(instance, "templates/_foot.txt", "-- \n{{firm_name}}\n");
    assert_told("templates/_foot.txt:1:1: warning: templates/_foot.html is still the one that ships: change its wording too, in a "
                "templates/_foot.html of your own");
    put(instance, "templates/_foot.html", "{{firm_name}}\n");
    assert_told("");
}

/* Rules of the firm's own that cannot be read are never passed over for those that ship. */
static void test_unreadable(void)
{
    start();
    g_autofree char *link = g_build_filename(instance, "rules", "qualify.yaml", NULL);
    put(instance, "rules/targets.yaml", "targets: {exceptions: 10}\n");
    g_assert_cmpint(symlink("/nowhere/qualify.yaml", link), ==, 0);
    g_autofree char *told = g_strdup_printf("rules/qualify.yaml:1:1: there is no such file (%s)", link);
    g_autoptr(Problems) problems = problems_new();
    g_assert_null(rulebook_load(instance, shared, problems));
    g_autofree char *all = dup_told(problems);
    g_assert_nonnull(strstr(all, told));
}

static void test_template_mistakes(void)
{
    start();
    put(instance, "templates/ack.txt", "Subject: Thank you\n\nHello {{frist_name}}\n{{#urgent}}now{{/urgnt}}\n");
    put(instance, "templates/_foot.txt", "{{firm}}\n");
    put(instance, "templates/_foot.html", "{{firm_name}}\n");
    assert_told(
        "templates/_foot.txt:1:1: no value is called \"firm\" here: doc/rules.md lists the names, and each field has its own\n"
        "templates/ack.txt:3:7: no value is called \"frist_name\" here: doc/rules.md lists the names, and each field has its own; "
        "did you mean \"first_name\"?\n"
        "templates/ack.txt:4:1: the section \"urgent\" does not end: write {{/urgent}}\n"
        "templates/ack.txt:4:15: {{/urgnt}} stands where {{/urgent}} is wanted");
}

static void test_strays(void)
{
    start();
    put(instance, "rules/route.yaml", "routes: []\n");
    put(instance, "rules/notes.yml", "x\n");
    put(instance, "rules/README", "x\n");
    put(instance, "rules/channels/own.yml", "x\n");
    put(instance, "templates/akc.txt", "x\n");
    put(instance, "templates/notes.md", "x\n");
    assert_told("rules/channels/own.yml:1:1: warning: nothing reads a file of this name; did you mean \"NAME.yaml\"?\n"
                "rules/notes.yml:1:1: warning: nothing reads a file of this name; did you mean \"routes.yaml\"?\n"
                "rules/route.yaml:1:1: warning: nothing reads a file of this name; did you mean \"routes.yaml\"?\n"
                "templates/akc.txt:1:1: warning: no mail, cadence or task uses this file: name it in "
                "rules/routes.yaml, rules/cadences.yaml or rules/tasks.yaml, or take it away");
}

/* ---- all in one run, and nothing twice ---- */

static void test_all_files_at_once(void)
{
    start();
    put(instance, "usher.yaml",
        "firm: {name: A, domains: [a.example], services: [tax]}\ndelivery: {maildir: out, from: x@a.example}\npeople: [{id: jane, "
        "name: Jane}]\nduties: {fallback: jnae}\n");
    put(instance, "rules/qualify.yaml", "score: [{name: a, points: 1, when: scoer > 1, because: b}]\n");
    put(instance, "rules/targets.yaml", "targets: [\n");
    put(instance, "rules/cadences.yaml", "cadences: {warm: [{after: 1 day, channel: mail, template: missing}]}\n");
    assert_told(
        "rules/cadences.yaml:1:59: there is no template \"missing\": write templates/missing.txt, or name another\n"
        "rules/qualify.yaml:1:36: there is no column \"scoer\": did you mean \"score\"? (A text stands in single quotes: 'scoer')\n"
        "rules/targets.yaml:2:1: is no YAML: did not find expected node content while parsing a flow node\n"
        "templates/ack.txt:3:23: no value is called \"urgent\" here: doc/rules.md lists the names, and each field has its own\n"
        "usher.yaml:3:10: \"email\" is missing: Usher writes to each person: add email: jane@example.org\n"
        "usher.yaml:4:20: \"jnae\" is the id of nobody in people; did you mean \"jane\"?");
}

/* A file that cannot be read takes its own problem with it and no others. */
static void test_broken_files(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        if (!g_str_has_prefix(GOOD[i].name, "rules/"))
            continue;
        start();
        put(instance, GOOD[i].name, "a: [\n");
        g_autoptr(Problems) problems = problems_new();
        g_assert_null(rulebook_load(instance, shared, problems));
        g_autofree char *told = dup_told(problems);
        g_autofree char *expected =
            g_strdup_printf("%s:2:1: is no YAML: did not find expected node content while parsing a flow node", GOOD[i].name);
        g_assert_cmpstr(told, ==, expected);
    }
}

static void test_without_shared(void)
{
    start();
    g_autoptr(Problems) problems = problems_new();
    g_assert_null(rulebook_load(instance, NULL, problems));
    g_autofree char *told = dup_told(problems);
    g_assert_nonnull(strstr(told, "rules/fields.yaml:1:1: there is no such file, neither in "));
    g_autoptr(Problems) others = problems_new();
    g_assert_null(rulebook_load("/nonexistent", shared, others));
    g_assert_cmpuint(problems_count_errors(others), ==, 1);
}

/* Bytes of every file changed at random (the same ones every time): whatever comes, it is loaded or refused with a reason. */
static void test_garbage(void)
{
    static const char alphabet[] = "[]{}&*!|>'\"%@`:,-?# \n\t\\x()0\xC3\xFF";
    g_autoptr(GRand) random = g_rand_new_with_seed(20260302);
    for (guint round = 0; round < 300; round++) {
        guint file = (guint)g_rand_int_range(random, 0, G_N_ELEMENTS(GOOD));
        g_autofree char *text = g_strdup(GOOD[file].text);
        for (gint change = g_rand_int_range(random, 1, 5); change > 0; change--)
            text[g_rand_int_range(random, 0, (gint32)strlen(GOOD[file].text))] =
                alphabet[g_rand_int_range(random, 0, (gint32)sizeof alphabet - 1)];
        start();
        put(instance, GOOD[file].name, text);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Rulebook) rulebook = rulebook_load(instance, shared, problems);
        g_assert_true((rulebook == NULL) == (problems_count_errors(problems) > 0));
        problems_get_list(problems);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    root = g_dir_make_tmp("usher-rulebook-XXXXXX", NULL);
    instance = g_build_filename(root, "instance", NULL);
    shared = g_build_filename(root, "shared", NULL);
    g_test_add_func("/rulebook/fields", test_fields);
    g_test_add_func("/rulebook/services", test_services);
    g_test_add_func("/rulebook/service-words", test_service_words);
    g_test_add_func("/rulebook/channels", test_channels);
    g_test_add_func("/rulebook/qualify", test_qualify);
    g_test_add_func("/rulebook/routes", test_routes);
    g_test_add_func("/rulebook/promises", test_promises);
    g_test_add_func("/rulebook/cadences-and-targets", test_cadences_and_targets);
    g_test_add_func("/rulebook/hash", test_hash);
    g_test_add_func("/rulebook/override", test_override);
    g_test_add_func("/rulebook/shipped", test_shipped);
    g_test_add_func("/rulebook/manual", test_manual);
    g_test_add_func("/rulebook/columns", test_columns);
    g_test_add_func("/rulebook/field-mistakes", test_field_mistakes);
    g_test_add_func("/rulebook/pattern-columns", test_pattern_columns);
    g_test_add_func("/rulebook/channel-mistakes", test_channel_mistakes);
    g_test_add_func("/rulebook/channel-without-recognise", test_channel_without_recognise);
    g_test_add_func("/rulebook/named-once", test_named_once);
    g_test_add_func("/rulebook/named-once-mistakes", test_named_once_mistakes);
    g_test_add_func("/rulebook/senseless-conditions", test_senseless_conditions);
    g_test_add_func("/rulebook/differs", test_differs);
    g_test_add_func("/rulebook/qualify-mistakes", test_qualify_mistakes);
    g_test_add_func("/rulebook/late-columns", test_late_columns);
    g_test_add_func("/rulebook/words-in-conditions", test_words_in_conditions);
    g_test_add_func("/rulebook/route-mistakes", test_route_mistakes);
    g_test_add_func("/rulebook/promise-mistakes", test_promise_mistakes);
    g_test_add_func("/rulebook/mistakes-for-all-promises", test_mistakes_for_all_promises);
    g_test_add_func("/rulebook/mistakes-of-one-promise", test_mistakes_of_one_promise);
    g_test_add_func("/rulebook/limit-mistakes", test_limit_mistakes);
    g_test_add_func("/rulebook/quiet-hours", test_quiet_hours);
    g_test_add_func("/rulebook/hours-of-promises", test_hours_of_promises);
    g_test_add_func("/rulebook/untold", test_untold);
    g_test_add_func("/rulebook/cadence-mistakes", test_cadence_mistakes);
    g_test_add_func("/rulebook/enrol-mistakes", test_enrol_mistakes);
    g_test_add_func("/rulebook/task-mistakes", test_task_mistakes);
    g_test_add_func("/rulebook/task-rules", test_task_rules);
    g_test_add_func("/rulebook/target-mistakes", test_target_mistakes);
    g_test_add_func("/rulebook/one-form", test_one_form);
    g_test_add_func("/rulebook/unreadable", test_unreadable);
    g_test_add_func("/rulebook/template-mistakes", test_template_mistakes);
    g_test_add_func("/rulebook/strays", test_strays);
    g_test_add_func("/rulebook/all-files-at-once", test_all_files_at_once);
    g_test_add_func("/rulebook/broken-files", test_broken_files);
    g_test_add_func("/rulebook/without-shared", test_without_shared);
    g_test_add_func("/rulebook/garbage", test_garbage);
    int result = g_test_run();
    remove_tree(root);
    g_free(root);
    g_free(instance);
    g_free(shared);
    return result;
}
