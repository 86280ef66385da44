/*
 * test_respond.c - which mails are owed, to whom, in what words, and to whom never
 *
 * The rulebook is put together by hand; the wording is what ships in templates/ (the tests run in the project's directory).
 */
#include "usher/base/token.h"
#include "usher/respond.h"

#include "../../src/respond/values.h"

#include <string.h>

#define FIRM "enquiries@hartleyfinch.example"
#define NOW 1772442738 /* 2026-03-02T09:12:18Z, a Monday */

typedef struct {
    Rulebook rulebook;
    Settings settings;
    GPtrArray *templates;
    Decision *decision;
    Message *message;
    Extraction *extraction;
    KindVerdict verdict;
    Arrival *arrival;
    Past *past;
    RespondInput input;
    RouteRule route;
} Room;

/* ---- the room ---- */

static char *find_template(const char *name, gpointer data)
{
    char *path = g_build_filename("templates", name, NULL);

    (void)data;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        g_clear_pointer(&path, g_free);
    return path;
}

static gboolean knows_any_name(const char *name, gpointer data)
{
    (void)name;
    (void)data;
    return TRUE;
}

static void fail_on_problem(const char *file, guint line, guint column, const char *what, gpointer data)
{
    (void)data;
    g_error("%s:%u:%u: %s", file, line, column, what);
}

static void free_person(gpointer data)
{
    Person *person = data;

    g_free(person->id);
    g_free(person->name);
    g_free(person->email);
    g_free(person);
}

static void add_person(Room *room, const char *id, const char *name, const char *email)
{
    Person *person = g_new0(Person, 1);

    person->id = g_strdup(id);
    person->name = g_strdup(name);
    person->email = g_strdup(email);
    g_ptr_array_add(room->settings.people, person);
}

static void free_intake(gpointer data)
{
    IntakeAddress *intake = data;

    g_free(intake->address);
    g_free(intake);
}

static void add_intake(Room *room, const char *address, gboolean is_log)
{
    IntakeAddress *intake = g_new0(IntakeAddress, 1);

    intake->address = g_strdup(address);
    intake->has_kind = is_log;
    intake->kind = is_log ? KIND_LOG : KIND_ENQUIRY;
    g_ptr_array_add(room->settings.intake, intake);
}

static void make_settings(Room *room)
{
    static char firm_name[] = "Hartley Finch LLP";
    static char booking_url[] = "https://book.hartleyfinch.example/";
    static char postal_address[] = "1 Fleet Street, London EC4Y 1AA";
    static char from[] = FIRM;
    static char jane[] = "jane";
    static char tom[] = "tom";
    static char region[] = "GB";

    room->settings.firm_name = firm_name;
    room->settings.booking_url = booking_url;
    room->settings.phone_region = region;
    room->settings.postal_address = postal_address;
    room->settings.delivery.from = from;
    room->settings.duty_fallback = jane;
    room->settings.duty_exceptions = tom;
    room->settings.duty_conflicts = tom;
    room->settings.duty_manager = jane;
    room->settings.calendar = calendar_new("Europe/London", "mon-fri 09:00-17:30", NULL);
    room->settings.domains = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(room->settings.domains, g_strdup("hartleyfinch.example"));
    room->settings.intake = g_ptr_array_new_with_free_func(free_intake);
    add_intake(room, "log@hartleyfinch.example", TRUE);
    add_intake(room, FIRM, FALSE);
    room->settings.people = g_ptr_array_new_with_free_func(free_person);
    add_person(room, "jane", "Jane Mills", "jane@hartleyfinch.example");
    add_person(room, "tom", "Tom Reid", "tom@hartleyfinch.example");
}

static MailRule *add_mail(Room *room, const char *purpose, MailTo to, const char *template_name, MailOccasion on, const char *when)
{
    MailRule *rule = g_new0(MailRule, 1);
    gsize offset = 0;

    rule->purpose = g_strdup(purpose);
    rule->to = to;
    rule->template_name = g_strdup(template_name);
    rule->template = template_load(template_name, find_template, NULL, knows_any_name, NULL, fail_on_problem, NULL);
    rule->on = on;
    if (when != NULL)
        rule->when.condition = condition_compile(room->rulebook.conditions, when, &offset, NULL);
    g_ptr_array_add(room->rulebook.mails, rule);
    return rule;
}

static void free_mail_rule(gpointer data)
{
    MailRule *rule = data;

    g_free(rule->purpose);
    g_free(rule->template_name);
    template_free(rule->template);
    g_free(rule);
}

static void add_field_rule(Room *room, const char *name, const char *ask)
{
    FieldRule *rule = g_new0(FieldRule, 1);

    rule->name = g_strdup(name);
    rule->type = strcmp(name, "phone") == 0 ? FIELD_PHONE : FIELD_TEXT;
    rule->ask = g_strdup(ask);
    g_ptr_array_add(room->rulebook.fields, rule);
    condition_set_add_column(room->rulebook.conditions, name, COLUMN_TEXT, NULL);
}

static void free_field_rule(gpointer data)
{
    FieldRule *rule = data;

    g_free(rule->name);
    g_free(rule->ask);
    g_free(rule);
}

static void make_rulebook(Room *room)
{
    static const char *const fields[][2] = {{"name", "a name"},
                                            {"email", "an address"},
                                            {"company", "the company"},
                                            {"phone", "a telephone number"},
                                            {"role", "what they do"},
                                            {"service", "the service"},
                                            {"timeline", "when you would like to start"},
                                            {"need", "what is needed"}};

    room->rulebook.settings = &room->settings;
    room->rulebook.conditions = condition_set_new();
    room->rulebook.fields = g_ptr_array_new_with_free_func(free_field_rule);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        add_field_rule(room, fields[i][0], fields[i][1]);
    condition_set_add_column(room->rulebook.conditions, "track", COLUMN_TEXT, NULL);
    condition_set_add_column(room->rulebook.conditions, "score", COLUMN_INTEGER, NULL);
    room->rulebook.promises = g_ptr_array_new();
    room->rulebook.contradictions = g_ptr_array_new();
    room->rulebook.dimensions = g_ptr_array_new();
    room->rulebook.facts = g_ptr_array_new();
    room->rulebook.free_mail = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(room->rulebook.free_mail, (gpointer) "gmail.com");
    room->rulebook.limits = (Limits){3, 30, 60, 5, 20, 30, 60, 300, 30, 400, 30, 120, 0, 0};
    for (guint i = 0; i < BANT_COUNT; i++)
        room->rulebook.bant[i].is_defined = TRUE;
    room->rulebook.mails = g_ptr_array_new_with_free_func(free_mail_rule);
    add_mail(room, "ack", TO_PROSPECT, "ack", ON_LEAD, "track = 'inbound'");
    add_mail(room, "introduction", TO_PROSPECT, "introduction", ON_LEAD, "track = 'referral'");
    add_mail(room, "referrer-ack", TO_REFERRER, "referrer-ack", ON_LEAD, "track = 'referral'");
    add_mail(room, "brief", TO_OWNER, "brief", ON_LEAD, NULL)->attaches_original = TRUE;
    add_mail(room, "reply", TO_OWNER, "reply", ON_REPLY, NULL)->attaches_original = TRUE;
    add_mail(room, "guard", TO_EXCEPTIONS, "guard", ON_GUARD, NULL);
    add_mail(room, "form-alarm", TO_MANAGER, "form-alarm", ON_ALARM, NULL);
}

static void add_field(Room *room, const char *name, const char *value)
{
    Field *field = field_new(name, value);

    field->evidence = g_strdup(value);
    g_ptr_array_add(room->decision->fields, field);
    condition_set_put(room->rulebook.conditions, name, value);
}

static void judge(Room *room)
{
    Decision *decision = room->decision;

    decision->arrival = 17;
    decision->lead = 17;
    decision->opens_lead = TRUE;
    decision->kind = KIND_ENQUIRY;
    decision->channel = g_strdup("email");
    decision->source = g_strdup("direct");
    decision->owner = g_strdup("jane");
    decision->tier = g_strdup("hot");
    decision->route = g_strdup("sales");
    g_free(decision->action);
    decision->action = g_strdup("Telephone today; they want to start at once.");
    decision->score = 80;
    g_ptr_array_add(decision->score_parts, score_part_new("asked", 20, "somebody asks for us"));
    g_ptr_array_add(decision->score_parts, score_part_new("at-once", 60, "wants to start at once: timeline immediate"));
    g_ptr_array_add(decision->missing, g_strdup("timeline"));
    g_ptr_array_add(decision->flags, g_strdup("urgent"));
    g_ptr_array_add(decision->flags, g_strdup("incomplete"));
    Promise *stated = promise_new("first-contact", "jane", NOW + 8 * 3600 + 1062, "verb:contacted");
    stated->is_stated = TRUE;
    g_ptr_array_add(decision->promises, stated);
    add_field(room, "name", "Helen Marsh");
    add_field(room, "email", "helen@marshjoinery.example");
    add_field(room, "company", "Marsh Joinery Ltd");
    add_field(room, "phone", "+441174960142");
    add_field(room, "service", "tax");
}

static void set_up(Room *room, gconstpointer data)
{
    (void)data;
    token_open();
    make_settings(room);
    make_rulebook(room);
    room->decision = decision_new(NOW, "rules");
    condition_set_put(room->rulebook.conditions, "track", "inbound");
    judge(room);
    room->message = message_new();
    room->message->message_id = g_strdup("abc@marshjoinery.example");
    room->message->from = mailbox_new("Helen Marsh", "helen@marshjoinery.example");
    g_free(room->message->subject);
    room->message->subject = g_strdup("VAT inspection next week");
    g_ptr_array_add(room->message->to, mailbox_new("", FIRM));
    room->extraction = g_new0(Extraction, 1);
    room->extraction->person = mailbox_new("Helen Marsh", "helen@marshjoinery.example");
    room->extraction->person_is_certain = TRUE;
    room->extraction->words = g_strdup("We need help with our VAT.\n\nIt is urgent.");
    room->past = past_new();
    room->arrival = arrival_new("maildir", NOW);
    room->arrival->envelope_from = g_strdup("bounces@marshjoinery.example");
    room->input = (RespondInput){room->message, &room->verdict, room->extraction, room->past, "secret", room->arrival, NULL};
}

static void tear_down(Room *room, gconstpointer data)
{
    (void)data;
    decision_free(room->decision);
    message_free(room->message);
    mailbox_free(room->extraction->person);
    mailbox_free(room->extraction->forwarded_by);
    g_free(room->extraction->words);
    g_free(room->extraction);
    past_free(room->past);
    arrival_free(room->arrival);
    g_ptr_array_unref(room->rulebook.mails);
    g_ptr_array_unref(room->rulebook.promises);
    g_ptr_array_unref(room->rulebook.contradictions);
    g_ptr_array_unref(room->rulebook.dimensions);
    g_ptr_array_unref(room->rulebook.facts);
    g_hash_table_unref(room->rulebook.free_mail);
    g_ptr_array_unref(room->rulebook.fields);
    condition_set_free(room->rulebook.conditions);
    g_ptr_array_unref(room->settings.people);
    g_ptr_array_unref(room->settings.intake);
    g_ptr_array_unref(room->settings.domains);
    calendar_free(room->settings.calendar);
}

static void plan(Room *room)
{
    respond_plan(room->decision, &room->route, &room->input, &room->rulebook);
}

static const OutgoingMail *find_mail(const Room *room, const char *purpose)
{
    for (guint i = 0; i < room->decision->mails->len; i++) {
        const OutgoingMail *mail = room->decision->mails->pdata[i];

        if (strcmp(mail->purpose, purpose) == 0)
            return mail;
    }
    return NULL;
}

static const OutgoingMail *get_mail(const Room *room, const char *purpose)
{
    const OutgoingMail *mail = find_mail(room, purpose);

    if (mail == NULL)
        g_error("there is no %s", purpose);
    return mail;
}

static const char *find_left_out(const Room *room)
{
    for (guint i = 0; i < room->decision->events->len; i++) {
        const Event *event = room->decision->events->pdata[i];

        if (strcmp(event->what, "mail left out") == 0)
            return event->detail;
    }
    return NULL;
}

static void assert_left_out(Room *room, const char *words)
{
    plan(room);
    g_assert_null(find_mail(room, "ack"));
    g_assert_nonnull(find_left_out(room));
    g_test_message("%s", find_left_out(room));
    g_assert_nonnull(strstr(find_left_out(room), words));
    g_assert_nonnull(find_mail(room, "brief"));
}

static void assert_has(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        g_error("\"%s\" is not in:\n%s", words, text);
}

static void assert_has_not(const char *text, const char *words)
{
    if (strstr(text, words) != NULL)
        g_error("\"%s\" is in:\n%s", words, text);
}

/* ---- an enquiry ---- */

static void test_ack(Room *room, gconstpointer data)
{
    const OutgoingMail *ack;

    (void)data;
    plan(room);
    g_assert_cmpuint(room->decision->mails->len, ==, 2);
    ack = get_mail(room, "ack");
    g_assert_cmpstr(ack->key, ==, "ack:17");
    g_assert_cmpstr(ack->recipient_role, ==, "prospect");
    g_assert_cmpstr(ack->template_name, ==, "ack");
    g_assert_false(ack->is_internal);
    g_assert_cmpstr(ack->to->address, ==, "helen@marshjoinery.example");
    g_assert_cmpstr(ack->from->address, ==, FIRM);
    g_assert_cmpstr(ack->from->name, ==, "Hartley Finch LLP");
    g_assert_cmpstr(ack->reply_to->address, ==, FIRM);
    g_assert_cmpint(ack->due, ==, NOW);
    g_assert_cmpint(ack->date, ==, NOW);
    g_assert_cmpint(ack->attach_message, ==, 0);
    g_assert_true(message_id_is_own(ack->message_id, "secret"));
    g_assert_true(g_str_has_suffix(ack->message_id, "@hartleyfinch.example"));
    g_assert_cmpstr(ack->subject, ==, "Re: VAT inspection next week");
    assert_has(ack->text, "Dear Helen,");
    assert_has(ack->text, "Jane Mills will be in touch with you by 5.30pm today.");
    assert_has(ack->text, "https://book.hartleyfinch.example/");
    assert_has(ack->text, "-- \nHartley Finch LLP\n1 Fleet Street, London EC4Y 1AA\n");
    assert_has(ack->html, "Dear Helen,");
    assert_has(ack->html, "<strong>5.30pm today</strong>");
    assert_has(ack->html, "href=\"https://book.hartleyfinch.example/\"");
    assert_has_not(ack->text, "\n\n\n");
}

/* Nothing of what they wrote, of how it was judged, or of anybody's address stands in what goes out. */
static void test_ack_repeats_nothing_private(Room *room, gconstpointer data)
{
    static const char *const private[] = {"VAT", "441174960142", "Marsh Joinery", "hot", "80", "jane@", "score", "helen@"};
    const OutgoingMail *ack;

    (void)data;
    plan(room);
    ack = get_mail(room, "ack");
    for (gsize i = 0; i < G_N_ELEMENTS(private); i++) {
        g_autofree char *html = g_strdup(strstr(ack->html, "Dear"));

        assert_has_not(ack->text, private[i]);
        assert_has_not(html, private[i]);
    }
}

static void test_ack_without_extras(Room *room, gconstpointer data)
{
    const OutgoingMail *ack;

    (void)data;
    g_ptr_array_set_size(room->decision->flags, 0);
    g_ptr_array_set_size(room->decision->promises, 0);
    g_ptr_array_remove_index(room->decision->fields, 0);
    g_free(room->extraction->person->name);
    room->extraction->person->name = g_strdup("");
    room->message->from->address[0] = 'x';
    plan(room);
    ack = get_mail(room, "ack");
    assert_has(ack->text, "Hello,\n");
    assert_has(ack->text, "Jane Mills will be in touch with you as soon as possible.");
    assert_has_not(ack->text, "book.hartleyfinch");
    assert_has_not(ack->html, "book.hartleyfinch");
    assert_has_not(ack->text, "\n\n\n");
    /* It answers no mail that this recipient has. */
    g_assert_cmpstr(ack->subject, ==, "Your enquiry to Hartley Finch LLP");
    g_assert_null(ack->in_reply_to);
    g_assert_cmpuint(ack->references->len, ==, 0);
}

static void test_thread(Room *room, gconstpointer data)
{
    const OutgoingMail *ack;

    (void)data;
    g_ptr_array_add(room->message->references, g_strdup("newer@x.example"));
    g_ptr_array_add(room->message->references, g_strdup("bad id>\r\nBcc: v@x.example"));
    g_ptr_array_add(room->message->references, g_strdup("older@x.example"));
    plan(room);
    ack = get_mail(room, "ack");
    g_assert_cmpstr(ack->in_reply_to, ==, "abc@marshjoinery.example");
    g_assert_cmpuint(ack->references->len, ==, 3);
    g_assert_cmpstr(ack->references->pdata[0], ==, "older@x.example");
    g_assert_cmpstr(ack->references->pdata[1], ==, "newer@x.example");
    g_assert_cmpstr(ack->references->pdata[2], ==, "abc@marshjoinery.example");
    g_assert_null(get_mail(room, "brief")->in_reply_to);
}

/* A form names the person in Reply-To, who never saw its mail. */
static void test_form_starts_a_thread(Room *room, gconstpointer data)
{
    (void)data;
    room->decision->kind = KIND_FORM;
    mailbox_free(room->message->from);
    room->message->from = mailbox_new("WordPress", "wordpress@hartleyfinch.example");
    room->message->reply_to = mailbox_new("", "helen@marshjoinery.example");
    plan(room);
    g_assert_null(get_mail(room, "ack")->in_reply_to);
    g_assert_cmpstr(get_mail(room, "ack")->subject, ==, "Your enquiry to Hartley Finch LLP");
}

static void test_brief(Room *room, gconstpointer data)
{
    const OutgoingMail *brief;

    (void)data;
    g_ptr_array_add(room->decision->contradictions, g_strdup("wants it at once, and says there is no hurry"));
    g_ptr_array_add(room->message->attachments, attachment_new("returns.pdf", "application/pdf", 1000));
    room->decision->bant[BANT_NEED].is_known = room->decision->bant[BANT_NEED].is_met = TRUE;
    plan(room);
    brief = get_mail(room, "brief");
    g_test_message("%s\n%s", brief->subject, brief->text);
    g_assert_cmpstr(brief->key, ==, "brief:17:jane");
    g_assert_true(brief->is_internal);
    g_assert_cmpstr(brief->to->address, ==, "jane@hartleyfinch.example");
    g_assert_cmpint(brief->attach_message, ==, 17);
    g_assert_cmpstr(brief->subject, ==, "New hot lead: Helen Marsh, Marsh Joinery Ltd (tax)");
    g_assert_true(g_str_has_prefix(brief->text, "FIRST: Telephone today; they want to start at once.\n"));
    assert_has(brief->text, "Came in 9.12am on Monday 2 March 2026 by email");
    assert_has(brief->text, "> We need help with our VAT.\n> \n> It is urgent.\n");
    assert_has(brief->text, "Attached: returns.pdf");
    assert_has(brief->text, "- Timeline");
    assert_has(brief->text, "wants it at once, and says there is no hurry");
    assert_has(brief->text, "Phone: 0117 496 0142");
    assert_has(brief->text, "SCORE 80, hot, sales");
    assert_has(brief->text, "+60  at-once: wants to start at once");
    assert_has(brief->text, "need: yes");
    assert_has(brief->text, "budget: not known");
    assert_has_not(brief->text, "source email");
    assert_has_not(brief->text, "nothing to fill in");
    assert_has(brief->text, "have it noted: usher act 17 contacted");
    assert_has(brief->text, "The original mail is attached.");
    assert_has(brief->text, "usher act 17");
    assert_has(brief->html, "href=\"tel:+441174960142\"");
    assert_has(brief->html, "href=\"mailto:helen@marshjoinery.example?subject=Re%3A%20VAT%20inspection%20next%20week\"");
    assert_has(brief->html, "We need help with our VAT.<br>");
    assert_has_not(brief->text, "\n\n\n");
}

/* With a milter that looks for it nobody has to say that they have written. */
static void test_seen_by_milter(Room *room, gconstpointer data)
{
    static char milter[] = "inet:8891@127.0.0.1";

    (void)data;
    room->settings.milter = milter;
    room->settings.captures_interactions = TRUE;
    plan(room);
    assert_has(get_mail(room, "brief")->text, "a reply to the\nprospect is enough");
    assert_has_not(get_mail(room, "brief")->text, "have it noted");
    assert_has(get_mail(room, "brief")->html, "nothing to fill in");
}

static void test_not_seen_by_milter(Room *room, gconstpointer data)
{
    static char milter[] = "inet:8891@127.0.0.1";

    (void)data;
    room->settings.milter = milter;
    plan(room);
    assert_has_not(get_mail(room, "brief")->html, "nothing to fill in");
    assert_has(get_mail(room, "brief")->html, "have it noted");
}

/* What a machine compares is not what a person reads. */
static void test_said_as_people_write(Room *room, gconstpointer data)
{
    static const struct {
        FieldType type;
        const char *value, *said;
    } rows[] = {
        {FIELD_PHONE, "+441632960123", "01632 960123"},
        {FIELD_PHONE, "ask at reception", "ask at reception"},
        {FIELD_DATE, "2026-06-30", "30 June 2026"},
        {FIELD_DATE, "soon", "soon"},
        {FIELD_MONEY, "15000", "£15,000"},
        {FIELD_MONEY, "EUR5000", "EUR5000"},
        {FIELD_MONEY, "99999999999999999999", "99999999999999999999"},
        {FIELD_TEXT, "15000", "15000"},
        {FIELD_TEXT, NULL, NULL},
    };

    (void)data;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *said = respond_say_field(rows[i].type, rows[i].value, &room->settings);

        g_assert_cmpstr(said, ==, rows[i].said);
    }
}

static void test_same_every_time(Room *room, gconstpointer data)
{
    (void)data;
    plan(room);
    plan(room);
    g_assert_cmpuint(room->decision->mails->len, ==, 4);
    for (guint i = 0; i < 2; i++) {
        const OutgoingMail *one = room->decision->mails->pdata[i];
        const OutgoingMail *other = room->decision->mails->pdata[i + 2];

        g_assert_cmpstr(one->message_id, ==, other->message_id);
        g_assert_cmpstr(one->text, ==, other->text);
        g_assert_cmpstr(one->html, ==, other->html);
    }
}

/* ---- a referral ---- */

static void make_referral(Room *room)
{
    g_free(room->message->subject);
    room->message->subject = g_strdup("RE: Introduction");
    mailbox_free(room->message->from);
    room->message->from = mailbox_new("Anna Reyes", "anna@calder-law.example");
    g_ptr_array_add(room->message->cc, mailbox_new("Helen Marsh", "Helen@marshjoinery.example"));
    room->decision->referrer = mailbox_new("Anna Reyes", "anna@calder-law.example");
    condition_set_put(room->rulebook.conditions, "track", "referral");
}

static void test_referral(Room *room, gconstpointer data)
{
    const OutgoingMail *introduction;
    const OutgoingMail *thanks;

    (void)data;
    make_referral(room);
    plan(room);
    g_assert_cmpuint(room->decision->mails->len, ==, 3);
    introduction = get_mail(room, "introduction");
    g_test_message("%s\n%s", introduction->subject, introduction->text);
    g_assert_true(g_str_has_prefix(
        introduction->text, "Dear Helen,\n\nAnna Reyes has kindly introduced you to us, and we are very glad to be\nin touch.\n"));
    assert_has(introduction->html, "<strong>Anna Reyes</strong> has kindly introduced you");
    g_assert_cmpstr(introduction->subject, ==, "RE: Introduction");
    g_assert_cmpstr(introduction->in_reply_to, ==, "abc@marshjoinery.example");
    assert_has_not(introduction->text, "anna@");
    assert_has_not(introduction->html, "anna@");
    thanks = get_mail(room, "referrer-ack");
    g_test_message("%s\n%s", thanks->subject, thanks->text);
    g_assert_cmpstr(thanks->to->address, ==, "anna@calder-law.example");
    assert_has(thanks->text, "Dear Anna,");
    assert_has(thanks->text, "introducing Helen Marsh to us");
    assert_has_not(thanks->text, "helen@");
    assert_has_not(thanks->html, "helen@");
    assert_has_not(thanks->text, "4411");
    assert_has(get_mail(room, "brief")->text, "Introduced by Anna Reyes (anna@calder-law.example)");
}

/* A prospect who was told of and has no mail of ours yet gets one that starts a thread of its own. */
static void test_referral_told(Room *room, gconstpointer data)
{
    const OutgoingMail *introduction;

    (void)data;
    make_referral(room);
    g_ptr_array_set_size(room->message->cc, 0);
    plan(room);
    introduction = get_mail(room, "introduction");
    g_assert_null(introduction->in_reply_to);
    g_assert_cmpstr(introduction->subject, ==, "Anna Reyes suggested we get in touch");
    g_assert_cmpstr(get_mail(room, "referrer-ack")->in_reply_to, ==, "abc@marshjoinery.example");
}

/* An advertisement where a name belongs is not carried to somebody else. */
static void test_names_must_be_names(Room *room, gconstpointer data)
{
    static const char *const bad[] = {
        "Buy pills https://x.example now", "www.pills.example", "pills.example", "call +447700900123", "a@b.example", "50% off"};

    (void)data;
    make_referral(room);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        const OutgoingMail *introduction;

        g_free(room->decision->referrer->name);
        room->decision->referrer->name = g_strdup(bad[i]);
        g_free(((Field *)room->decision->fields->pdata[0])->value);
        ((Field *)room->decision->fields->pdata[0])->value = g_strdup(bad[i]);
        g_ptr_array_set_size(room->decision->mails, 0);
        plan(room);
        introduction = get_mail(room, "introduction");
        assert_has_not(introduction->text, bad[i]);
        g_assert_true(g_str_has_prefix(introduction->text, "Hello,\n\nanna@calder-law.example has kindly"));
        assert_has_not(get_mail(room, "referrer-ack")->text, bad[i]);
    }
}

static void test_first_names(Room *room, gconstpointer data)
{
    static const char *const cases[][2] = {{"Helen Marsh", "Dear Helen,"},
                                           {"Dr Helen Marsh", "Dear Helen,"},
                                           {"Mr Marsh", "Dear Mr Marsh,"},
                                           {"Helen", "Dear Helen,"},
                                           {"J Marsh", "Dear J Marsh,"},
                                           {"J.R. Marsh", "Dear J.R.,"},
                                           {"Zo\xc3\xab O'Hara-Smith", "Dear Zo\xc3\xab,"},
                                           {"", "Hello,"}};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_free(((Field *)room->decision->fields->pdata[0])->value);
        ((Field *)room->decision->fields->pdata[0])->value = g_strdup(cases[i][0]);
        g_ptr_array_set_size(room->decision->mails, 0);
        plan(room);
        assert_has(get_mail(room, "ack")->text, cases[i][1]);
    }
}

/* ---- who gets nothing ---- */

static void test_uncertain(Room *room, gconstpointer data)
{
    (void)data;
    room->extraction->person_is_certain = FALSE;
    assert_left_out(room, "ack to the prospect: it is not certain who that is");
}

static void set_person(Room *room, const char *address)
{
    mailbox_free(room->extraction->person);
    room->extraction->person = address != NULL ? mailbox_new("", address) : NULL;
}

static void test_nobody(Room *room, gconstpointer data)
{
    (void)data;
    set_person(room, NULL);
    assert_left_out(room, "no address is known");
}

static void test_odd_address(Room *room, gconstpointer data)
{
    (void)data;
    set_person(room, "helen@x.example>\r\nRCPT TO:<v@x.example");
    assert_left_out(room, "cannot be written to");
}

static void test_own_address(Room *room, gconstpointer data)
{
    (void)data;
    set_person(room, "Wordpress@Web.HartleyFinch.example");
    assert_left_out(room, "is the firm's own");
}

static void test_must_not_answer(Room *room, gconstpointer data)
{
    (void)data;
    room->verdict.must_not_answer = TRUE;
    assert_left_out(room, "must not be answered");
}

static void test_must_not_answer_envelope(Room *room, gconstpointer data)
{
    (void)data;
    room->verdict.must_not_answer = TRUE;
    set_person(room, "Bounces@marshjoinery.example");
    assert_left_out(room, "must not be answered");
}

/* A portal's mail must not be answered to the portal; the person it tells of is somebody else. */
static void test_must_not_answer_other(Room *room, gconstpointer data)
{
    (void)data;
    room->verdict.must_not_answer = TRUE;
    set_person(room, "helen@home.example");
    plan(room);
    g_assert_cmpstr(get_mail(room, "ack")->to->address, ==, "helen@home.example");
}

/* Our own site repeats what the person typed in Reply-To; what the form's mail came from is still never answered. */
static void test_typed_into_our_form(Room *room, gconstpointer data)
{
    (void)data;
    room->decision->kind = KIND_FORM;
    room->verdict.must_not_answer = TRUE;
    mailbox_free(room->message->from);
    room->message->from = mailbox_new("WordPress", "wordpress@hartleyfinch.example");
    room->message->reply_to = mailbox_new("", "helen@marshjoinery.example");
    plan(room);
    g_assert_nonnull(find_mail(room, "ack"));
}

static void test_typed_into_a_strange_form(Room *room, gconstpointer data)
{
    (void)data;
    room->decision->kind = KIND_FORM;
    room->verdict.must_not_answer = TRUE;
    mailbox_free(room->message->from);
    room->message->from = mailbox_new("Portal", "leads@portal.example");
    room->message->reply_to = mailbox_new("", "helen@marshjoinery.example");
    assert_left_out(room, "must not be answered");
}

static void test_dead_address(Room *room, gconstpointer data)
{
    (void)data;
    g_hash_table_insert(room->past->known_addresses, g_strdup("helen@marshjoinery.example"), g_strdup("bounced on 1 March"));
    assert_left_out(room, "bounced on 1 March");
}

static void test_address_limit(Room *room, gconstpointer data)
{
    (void)data;
    g_ptr_array_add(room->past->answers, answer_count_new("helen@marshjoinery.example", 3, 3));
    assert_left_out(room, "written to 3 times");
}

static void test_domain_limit(Room *room, gconstpointer data)
{
    (void)data;
    g_ptr_array_add(room->past->answers, answer_count_new("helen@marshjoinery.example", 0, 30));
    assert_left_out(room, "the domain of helen@marshjoinery.example was written to 30 times");
}

static void test_free_mail_limit(Room *room, gconstpointer data)
{
    (void)data;
    g_free(room->extraction->person->address);
    room->extraction->person->address = g_strdup("helen.marsh@gmail.com");
    g_ptr_array_add(room->past->answers, answer_count_new("helen.marsh@gmail.com", 0, 59));
    plan(room);
    g_assert_nonnull(find_mail(room, "ack"));
}

static void test_conversation_limit(Room *room, gconstpointer data)
{
    Lead *lead = lead_new();
    LeadMatch *match;

    (void)data;
    lead->id = 3;
    match = lead_match_new(lead, MATCH_REFERENCE, "x@y.example", TRUE);
    match->answered = 5;
    g_ptr_array_add(room->past->matches, match);
    assert_left_out(room, "5 mails went out in this conversation");
}

/* ---- what mails are counted by ---- */

static char *make_alike(Room *room, const char *text, const char *subject)
{
    g_autofree char *old_text = room->message->new_text;
    g_autofree char *old_subject = room->message->subject;

    room->message->new_text = g_strdup(text);
    room->message->subject = g_strdup(subject);
    return respond_make_alike(room->message, &room->verdict, room->extraction, &room->settings);
}

static void assert_alike(Room *room, const char *text, const char *subject, const char *other_text, const char *other_subject,
                         gboolean is_wanted)
{
    g_autofree char *first = make_alike(room, text, subject);
    g_autofree char *second = make_alike(room, other_text, other_subject);

    g_assert_true(g_str_has_prefix(first, "text:"));
    g_assert_true((g_strcmp0(first, second) == 0) == is_wanted);
}

static void test_alike(Room *room, gconstpointer data)
{
    static const char thanks[] =
        "Thank you for writing. Your ticket is #4711, see https://robot.example/t/4711 or write to t4711@robot.example.";
    static const char again[] =
        "THANK YOU  for writing.\nYour ticket is #9, see https://robot.example/t/9 or write to t9@robot.example!";
    g_autofree char *form = NULL;
    g_autofree char *nothing = NULL;

    (void)data;
    room->extraction->fields = g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
    room->verdict.kind = KIND_ENQUIRY;
    assert_alike(room, thanks, "[#4711]", again, "another", TRUE);
    assert_alike(room, thanks, "x", "Thank you for writing. Your bread is ready and waits for you in the shop.", "x", FALSE);
    /* a few words are the same with the same subject only */
    assert_alike(room, "Please call me.", "Tax", "Please call me!", "Audit", FALSE);
    assert_alike(room, "Received.", "Re: Tax 1", "received", "AW: Re: tax 2", TRUE);
    assert_alike(room, "", "Ticket 12 opened", " \n", "Ticket 13 opened", TRUE);
    nothing = make_alike(room, "12 34", "#1");
    g_assert_null(nothing);

    room->extraction->channel = g_strdup("wpforms");
    room->verdict.kind = KIND_FORM;
    form = make_alike(room, thanks, "x");
    g_assert_cmpstr(form, ==, "channel:wpforms");
    g_assert_cmpint(respond_find_alike_span(form), ==, 3600);
    g_clear_pointer(&room->extraction->channel, g_free);
    g_ptr_array_unref(g_steal_pointer(&room->extraction->fields));
}

static void test_stop(Room *room, gconstpointer data)
{
    g_autofree char *stop = NULL, *at_limit = NULL;

    (void)data;
    room->decision->alike = g_strdup("text:0123");
    room->past->alike = 19;
    stop = respond_find_stop(room->decision, room->extraction, room->past, &room->rulebook);
    g_assert_null(stop);
    room->past->alike = 20;
    at_limit = respond_find_stop(room->decision, room->extraction, room->past, &room->rulebook);
    assert_has(at_limit, "more than 20 mails with the same words");
    room->input.stopped = at_limit;
    plan(room);
    g_assert_null(find_mail(room, "ack"));
    g_assert_nonnull(find_mail(room, "guard"));
    /* the same day gives the same key: the outbox takes it once */
    g_assert_cmpstr(find_mail(room, "guard")->key, ==, "guard:2026-03-02:tom");
}

static void test_form_alarm(Room *room, gconstpointer data)
{
    (void)data;
    room->decision->alike = g_strdup("channel:wpforms");
    room->decision->kind = KIND_FORM;
    room->past->alike = 60;
    plan(room);
    g_assert_nonnull(find_mail(room, "ack"));
    g_assert_null(find_mail(room, "guard"));
    g_assert_cmpstr(find_mail(room, "form-alarm")->key, ==, "form-alarm:channel:wpforms:2026-03-02T09:jane");
}

static void test_machine(Room *room, gconstpointer data)
{
    (void)data;
    room->decision->kind = KIND_AUTO_REPLY;
    assert_left_out(room, "a machine sent the mail");
}

static void test_same_person_twice(Room *room, gconstpointer data)
{
    (void)data;
    make_referral(room);
    g_free(room->decision->referrer->address);
    room->decision->referrer->address = g_strdup("HELEN@marshjoinery.example");
    plan(room);
    g_assert_nonnull(find_mail(room, "introduction"));
    g_assert_null(find_mail(room, "referrer-ack"));
    assert_has(find_left_out(room), "gets another mail about this already");
}

static void test_route_names_its_mails(Room *room, gconstpointer data)
{
    g_autoptr(GPtrArray) mails = g_ptr_array_new();
    static char brief[] = "brief";

    (void)data;
    g_ptr_array_add(mails, brief);
    room->route.mails = mails;
    plan(room);
    g_assert_cmpuint(room->decision->mails->len, ==, 1);
    g_assert_nonnull(find_mail(room, "brief"));
}

static void test_owner_without_address(Room *room, gconstpointer data)
{
    (void)data;
    g_free(room->decision->owner);
    room->decision->owner = g_strdup("nobody");
    plan(room);
    g_assert_null(find_mail(room, "brief"));
    assert_has(find_left_out(room), "brief to the owner: nobody");
}

/* ---- something joins a lead ---- */

static void join(Room *room, gboolean is_known_address)
{
    Lead *lead = lead_new();

    lead->id = 17;
    g_ptr_array_add(lead->fields, field_new("name", "Helen Marsh"));
    g_ptr_array_add(lead->fields, field_new("email", "helen@marshjoinery.example"));
    g_ptr_array_add(room->past->matches, lead_match_new(lead, MATCH_REFERENCE, "x@y.example", is_known_address));
    room->decision->opens_lead = FALSE;
    room->decision->arrival = 23;
    room->decision->kind = KIND_REPLY;
    g_ptr_array_set_size(room->decision->fields, 0);
}

static void test_reply(Room *room, gconstpointer data)
{
    const OutgoingMail *reply;
    g_autofree char *brief_id = NULL;

    (void)data;
    join(room, TRUE);
    respond_plan(room->decision, NULL, &room->input, &room->rulebook);
    g_assert_cmpuint(room->decision->mails->len, ==, 1);
    reply = get_mail(room, "reply");
    g_test_message("%s\n%s", reply->subject, reply->text);
    brief_id = message_id_make("secret", "brief:17:jane", "hartleyfinch.example");
    g_assert_cmpstr(reply->key, ==, "reply:17:jane:23");
    g_assert_cmpstr(reply->in_reply_to, ==, brief_id);
    g_assert_cmpint(reply->attach_message, ==, 23);
    g_assert_cmpstr(reply->subject, ==, "Helen Marsh has written again: VAT inspection next week");
    assert_has(reply->text, "> We need help with our VAT.");
    assert_has_not(reply->text, "TAKE CARE");
}

static void test_reply_of_a_stranger(Room *room, gconstpointer data)
{
    (void)data;
    join(room, FALSE);
    add_mail(room, "again", TO_PROSPECT, "ack", ON_REPLY, NULL);
    mailbox_free(room->message->from);
    room->message->from = mailbox_new("Helen Marsh", "mallory@evil.example");
    set_person(room, "mallory@evil.example");
    respond_plan(room->decision, NULL, &room->input, &room->rulebook);
    assert_has(get_mail(room, "reply")->text, "TAKE CARE: it was written from mallory@evil.example");
    g_assert_null(find_mail(room, "again"));
    assert_has(find_left_out(room), "the lead does not know mallory@evil.example");
}

/* The row of the conditions is still that of the lead before: it must be this one's. */
static void test_reply_has_its_own_row(Room *room, gconstpointer data)
{
    (void)data;
    add_mail(room, "referral-news", TO_MANAGER, "reply", ON_REPLY, "track = 'referral'");
    add_mail(room, "known", TO_MANAGER, "reply", ON_REPLY, "name = 'Helen Marsh' AND track = 'inbound'");
    join(room, TRUE);
    condition_set_clear(room->rulebook.conditions);
    condition_set_put(room->rulebook.conditions, "track", "referral");
    respond_plan(room->decision, NULL, &room->input, &room->rulebook);
    g_assert_null(find_mail(room, "referral-news"));
    g_assert_nonnull(find_mail(room, "known"));
}

/* ---- hostile values ---- */

static void test_hostile_values(Room *room, gconstpointer data)
{
    static const char evil[] = "<script>alert(1)</script>\r\nBcc: v@x.example\r\n\r\n{{score}}{{{words}}} \xE2\x80\xAE\x01\"'&";

    (void)data;
    make_referral(room);
    for (guint i = 0; i < room->decision->fields->len; i++) {
        Field *field = room->decision->fields->pdata[i];

        if (strcmp(field->name, "email") == 0)
            continue;
        g_free(field->value);
        field->value = g_strdup(evil);
    }
    g_free(room->extraction->words);
    room->extraction->words = g_strdup(evil);
    g_free(room->message->subject);
    room->message->subject = g_strdup(evil);
    g_free(room->decision->referrer->name);
    room->decision->referrer->name = g_strdup(evil);
    g_ptr_array_add(room->message->attachments, attachment_new(evil, "a/b", 1));
    plan(room);
    g_assert_cmpuint(room->decision->mails->len, ==, 3);
    for (guint i = 0; i < room->decision->mails->len; i++) {
        const OutgoingMail *mail = room->decision->mails->pdata[i];

        g_test_message("%s", mail->subject);
        g_assert_null(strpbrk(mail->subject, "\r\n\x01"));
        assert_has_not(mail->subject, "\xE2\x80\xAE");
        g_assert_null(strpbrk(mail->to->name, "\r\n\x01"));
        assert_has_not(mail->html, "<script");
        assert_has_not(mail->html, "\xE2\x80\xAE");
        assert_has_not(mail->text, "\nBcc:");
        assert_has_not(mail->text, "\x01");
    }
    assert_has(get_mail(room, "brief")->text, "{{score}}{{{words}}}");
    assert_has(get_mail(room, "brief")->html, "&lt;script&gt;alert(1)&lt;/script&gt;");
}

static void test_long_words(Room *room, gconstpointer data)
{
    g_autoptr(GString) words = g_string_new(NULL);

    (void)data;
    while (words->len < 200000)
        g_string_append(words, "x\n");
    g_free(room->extraction->words);
    room->extraction->words = g_strdup(words->str);
    plan(room);
    g_assert_cmpuint(strlen(get_mail(room, "brief")->text), <, 20000);
    assert_has(get_mail(room, "brief")->text, "> …");
}

/* Not timed, only told: what an enquiry costs from decision to the bytes of both mails. */
static void test_cost(Room *room, gconstpointer data)
{
    enum { ROUNDS = 2000 };
    gint64 began;
    gint64 planned;
    gsize bytes = 0;

    (void)data;
    began = g_get_monotonic_time();
    for (int i = 0; i < ROUNDS; i++) {
        g_ptr_array_set_size(room->decision->mails, 0);
        plan(room);
    }
    planned = g_get_monotonic_time();
    for (int i = 0; i < ROUNDS; i++) {
        for (guint k = 0; k < room->decision->mails->len; k++) {
            g_autoptr(GBytes) mail = respond_compose(room->decision->mails->pdata[k], NULL, &room->settings, NULL);

            bytes += g_bytes_get_size(mail);
        }
    }
    g_test_message("acknowledgement and brief: planned in %.1f us, put together in %.1f us, %" G_GSIZE_FORMAT " bytes",
                   (double)(planned - began) / ROUNDS, (double)(g_get_monotonic_time() - planned) / ROUNDS, bytes / ROUNDS);
}

#define ADD(name, function) g_test_add("/respond/" name, Room, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("ack", test_ack);
    ADD("ack-repeats-nothing-private", test_ack_repeats_nothing_private);
    ADD("ack-without-extras", test_ack_without_extras);
    ADD("thread", test_thread);
    ADD("form-starts-a-thread", test_form_starts_a_thread);
    ADD("brief", test_brief);
    ADD("seen-by-milter", test_seen_by_milter);
    ADD("not-seen-by-milter", test_not_seen_by_milter);
    ADD("said-as-people-write", test_said_as_people_write);
    ADD("same-every-time", test_same_every_time);
    ADD("referral", test_referral);
    ADD("referral-told", test_referral_told);
    ADD("names-must-be-names", test_names_must_be_names);
    ADD("first-names", test_first_names);
    ADD("uncertain", test_uncertain);
    ADD("nobody", test_nobody);
    ADD("odd-address", test_odd_address);
    ADD("own-address", test_own_address);
    ADD("must-not-answer", test_must_not_answer);
    ADD("must-not-answer-envelope", test_must_not_answer_envelope);
    ADD("must-not-answer-other", test_must_not_answer_other);
    ADD("typed-into-our-form", test_typed_into_our_form);
    ADD("typed-into-a-strange-form", test_typed_into_a_strange_form);
    ADD("dead-address", test_dead_address);
    ADD("address-limit", test_address_limit);
    ADD("domain-limit", test_domain_limit);
    ADD("free-mail-limit", test_free_mail_limit);
    ADD("conversation-limit", test_conversation_limit);
    ADD("alike", test_alike);
    ADD("stop", test_stop);
    ADD("form-alarm", test_form_alarm);
    ADD("machine", test_machine);
    ADD("same-person-twice", test_same_person_twice);
    ADD("route-names-its-mails", test_route_names_its_mails);
    ADD("owner-without-address", test_owner_without_address);
    ADD("reply", test_reply);
    ADD("reply-of-a-stranger", test_reply_of_a_stranger);
    ADD("reply-has-its-own-row", test_reply_has_its_own_row);
    ADD("hostile-values", test_hostile_values);
    ADD("long-words", test_long_words);
    ADD("cost", test_cost);
    return g_test_run();
}
