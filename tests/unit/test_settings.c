/*
 * test_settings.c - usher.yaml: what it gives, its defaults, and where each kind of mistake is told
 */
#include <glib/gstdio.h>
#include <string.h>

#include "usher/rulebook/settings.h"

/* The example of the design, word for word. */
static const char EXAMPLE[] =
    "firm:\n"
    "  name: Hartley Finch LLP\n"
    "  domains: [hartleyfinch.example]\n"
    "  timezone: Europe/London\n"
    "  hours: mon-fri 09:00-17:30\n"
    "  holidays: england-and-wales\n"
    "  services: [tax, audit, advisory, litigation]\n"
    "  booking_url: https://book.hartleyfinch.example/\n"
    "  postal_address: 1 Fleet Street, London EC4Y 1AA\n"
    "intake:\n"
    "  addresses:\n"
    "    - {address: enquiries@hartleyfinch.example}\n"
    "    - {address: referrals@hartleyfinch.example, track: referral}\n"
    "    - {address: log@hartleyfinch.example, kind: log}\n"
    "  milter: unix:/run/usher/milter.sock\n"
    "  maildirs: [/var/mail/enquiries]\n"
    "  authserv_id: mx.hartleyfinch.example\n"
    "delivery:                       # smtp: or maildir:, one of them\n"
    "  smtp: {host: 127.0.0.1, port: 25, tls: none}      # none, starttls, implicit; user, password_file, ca_file\n"
    "  from: enquiries@hartleyfinch.example\n"
    "  shadow: false\n"
    "people:\n"
    "  - {id: jane, name: Jane Mills, email: jane@hartleyfinch.example, services: [tax, audit], capacity: 20,\n"
    "     weight: 1, deputy: tom, away: [{from: 2026-12-24, to: 2027-01-02}]}\n"
    "  - {id: tom, name: Tom Reid, email: tom@hartleyfinch.example, services: [advisory, litigation], capacity: 20}\n"
    "  - {id: ada, name: Ada Finch, email: ada@hartleyfinch.example, capacity: 0}\n"
    "duties: {fallback: jane, exceptions: tom, conflicts: ada, manager: ada}\n"
    "store: usher.db\n"
    "web: {listen: 127.0.0.1:8025, url: https://leads.hartleyfinch.example}\n";

/* The least that is needed; %s: more top keys. */
#define LEAST                                                                                                                      \
    "firm: {name: A, domains: [a.example]}\ndelivery: {maildir: out, from: x@a.example}\n"                                         \
    "people: [{id: jane, name: Jane, email: jane@a.example}]\nduties: {fallback: jane}\n"

static char *directory;

static Settings *load(const char *text, Problems *problems)
{
    g_autofree char *path = g_build_filename(directory, "usher.yaml", NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return settings_load(directory, "rules", problems);
}

static char *dup_told(const Problems *problems)
{
    GString *told = g_string_new(NULL);
    const GPtrArray *list = problems_get_list(problems);
    for (guint i = 0; i < list->len; i++) {
        const Problem *problem = g_ptr_array_index(list, i);
        g_assert_cmpstr(problem->file, ==, "usher.yaml");
        g_string_append_printf(told, "%s%u:%u: %s%s", i > 0 ? "\n" : "", problem->line, problem->column,
                               problem->is_warning ? "warning: " : "", problem->what);
    }
    return g_string_free(told, FALSE);
}

/* The text has exactly these problems; with an error in it nothing is given out. */
static void assert_told(const char *text, const char *expected)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load(text, problems);
    g_autofree char *told = dup_told(problems);
    g_assert_cmpstr(told, ==, expected);
    g_assert_true((settings == NULL) == (problems_count_errors(problems) > 0));
}

static UsherTime moment(const char *text)
{
    UsherTime time = 0;
    g_assert_true(clock_parse(text, &time, NULL));
    return time;
}

static void test_example(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load(EXAMPLE, problems);
    g_autofree char *told = dup_told(problems);
    g_assert_cmpstr(told, ==, "16:14: warning: there is no Maildir here: /var/mail/enquiries/new: No such file or directory");
    g_assert_cmpstr(settings->firm_name, ==, "Hartley Finch LLP");
    g_assert_cmpstr(g_ptr_array_index(settings->domains, 0), ==, "hartleyfinch.example");
    g_assert_cmpuint(settings->services->len, ==, 4);
    g_assert_cmpstr(settings->booking_url, ==, "https://book.hartleyfinch.example/");
    g_assert_cmpstr(settings->postal_address, ==, "1 Fleet Street, London EC4Y 1AA");
    g_assert_cmpstr(settings->phone_region, ==, "GB");
    g_assert_cmpuint(settings->intake->len, ==, 3);
    g_assert_cmpstr(settings->milter, ==, "unix:/run/usher/milter.sock");
    g_assert_cmpuint(settings->milter_wait_ms, ==, 200);
    g_assert_true(settings->captures_interactions);
    g_assert_cmpint(settings->max_message_bytes, ==, 64 * 1024 * 1024);
    g_assert_cmpstr(g_ptr_array_index(settings->maildirs, 0), ==, "/var/mail/enquiries");
    g_assert_cmpstr(settings->authserv_id, ==, "mx.hartleyfinch.example");
    g_assert_cmpint(settings->delivery.method, ==, DELIVERY_SMTP);
    g_assert_cmpuint(settings->delivery.smtp_port, ==, 25);
    g_assert_cmpint(settings->delivery.tls, ==, TLS_NONE);
    g_assert_false(settings->delivery.is_shadow);
    g_assert_cmpstr(settings->web_listen, ==, "127.0.0.1:8025");
    g_assert_cmpstr(settings->web_url, ==, "https://leads.hartleyfinch.example");
    g_autofree char *store = g_build_filename(directory, "usher.db", NULL);
    g_assert_cmpstr(settings->store, ==, store);
}

/* The holidays that ship close the firm; its hours open it. */
static void test_calendar(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load(EXAMPLE, problems);
    g_assert_true(calendar_is_open(settings->calendar, moment("2026-03-02T09:15:00Z")));
    g_assert_false(calendar_is_open(settings->calendar, moment("2026-03-02T17:45:00Z")));
    g_assert_false(calendar_is_open(settings->calendar, moment("2026-04-03T10:00:00Z"))); /* Good Friday */
    g_assert_false(calendar_is_open(settings->calendar, moment("2026-12-28T10:00:00Z"))); /* in place of Boxing Day */
    g_assert_true(calendar_is_open(settings->calendar, moment("2026-12-29T10:00:00Z")));
    g_assert_cmpint(calendar_last_holiday_year(settings->calendar), >=, 2028);
}

static void test_people(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load(EXAMPLE, problems);
    const Person *jane = settings_find_person(settings, "jane");
    g_assert_cmpstr(jane->name, ==, "Jane Mills");
    g_assert_cmpstr(jane->deputy, ==, "tom");
    g_assert_cmpuint(jane->services->len, ==, 2);
    g_assert_cmpuint(jane->capacity, ==, 20);
    g_assert_null(jane->calendar);
    g_assert_true(settings_find_person_by_email(settings, "JANE@HartleyFinch.example") == jane);
    g_assert_null(settings_find_person(settings, "nobody"));
    g_assert_null(settings_find_person(settings, NULL));
    g_assert_cmpstr(settings_find_duty(settings, "exceptions")->id, ==, "tom");
    g_assert_cmpstr(settings_find_duty(settings, "manager")->id, ==, "ada");
    g_assert_null(settings_find_duty(settings, "tea"));
    g_assert_cmpuint(settings_find_person(settings, "ada")->capacity, ==, 0);
}

static void test_absence(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load(EXAMPLE, problems);
    const Person *jane = settings_find_person(settings, "jane");
    g_assert_null(person_find_absence(jane, moment("2026-12-23T23:59:59Z")));
    g_assert_cmpstr(person_find_absence(jane, moment("2026-12-24T00:00:00Z"))->said, ==, "2026-12-24 to 2027-01-02");
    g_assert_nonnull(person_find_absence(jane, moment("2027-01-02T23:59:59Z")));
    g_assert_null(person_find_absence(jane, moment("2027-01-03T00:00:00Z")));
}

static void test_own_addresses(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load(EXAMPLE, problems);
    g_assert_true(settings_is_own_address(settings, "anybody@hartleyfinch.example"));
    g_assert_true(settings_is_own_address(settings, "www@mail.HARTLEYFINCH.example"));
    g_assert_false(settings_is_own_address(settings, "x@nothartleyfinch.example"));
    g_assert_false(settings_is_own_address(settings, "no address"));
    g_assert_false(settings_is_own_address(settings, NULL));
    const IntakeAddress *referrals = settings_find_intake(settings, "Referrals@hartleyfinch.example");
    g_assert_true(referrals->has_track && referrals->track == TRACK_REFERRAL && !referrals->has_kind);
    g_assert_true(settings_find_intake(settings, "log@hartleyfinch.example")->kind == KIND_LOG);
    g_assert_null(settings_find_intake(settings, "jane@hartleyfinch.example"));
}

static void test_defaults(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load(LEAST, problems);
    g_autofree char *told = dup_told(problems), *out = g_build_filename(directory, "out", NULL),
                    *store = g_build_filename(directory, "usher.db", NULL);
    g_assert_cmpstr(told, ==, "");
    g_assert_cmpint(settings->delivery.method, ==, DELIVERY_MAILDIR);
    g_assert_cmpstr(settings->delivery.maildir, ==, out);
    g_assert_cmpstr(settings->store, ==, store);
    g_assert_cmpstr(settings->duty_exceptions, ==, "jane");
    g_assert_cmpstr(settings->duty_conflicts, ==, "jane");
    g_assert_cmpstr(settings->duty_manager, ==, "jane");
    g_assert_cmpstr(settings->postal_address, ==, "");
    g_assert_null(settings->booking_url);
    g_assert_null(settings->milter);
    g_assert_null(settings->web_listen);
    g_assert_cmpuint(settings->intake->len, ==, 0);
    const Person *jane = settings_find_person(settings, "jane");
    g_assert_cmpuint(jane->capacity, ==, 20);
    g_assert_cmpuint(jane->weight, ==, 1);
    g_assert_true(calendar_is_open(settings->calendar, moment("2026-06-01T08:30:00Z"))); /* 9.30am in London */
}

static void test_own_hours(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        load("firm: {name: A, domains: [a.example], hours: mon-fri 09:00-17:00}\n"
             "delivery: {maildir: out, from: x@a.example}\n"
             "people:\n"
             "  - {id: jane, name: Jane, email: jane@a.example, timezone: America/New_York, role: Partner,"
             " not_for: [b.example, pat@c.example, Smith & Sons]}\n"
             "  - {id: tom, name: Tom, email: tom@a.example}\n"
             "duties: {fallback: jane}\nintake: {addresses: [{address: x@a.example}]}\n",
             problems);
    const Person *jane = settings_find_person(settings, "jane"), *tom = settings_find_person(settings, "tom");
    g_assert_cmpstr(jane->role, ==, "Partner");
    g_assert_cmpuint(jane->not_for->len, ==, 3);
    g_assert_cmpstr(jane->not_for->pdata[1], ==, "pat@c.example");
    g_assert_false(calendar_is_open(settings_get_calendar(settings, jane), moment("2026-03-02T10:30:00Z")));
    g_assert_true(calendar_is_open(settings_get_calendar(settings, jane), moment("2026-03-02T20:30:00Z")));
    g_assert_null(tom->role);
    g_assert_true(settings_get_calendar(settings, tom) == settings->calendar);
}

static void test_smtp_defaults(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings =
        load("firm: {name: A, domains: [a.example]}\n"
             "delivery: {smtp: {host: mail.a.example}, from: x@a.example}\n"
             "people: [{id: jane, name: Jane, email: jane@a.example, hours: sat 10:00-12:00}]\nduties: {fallback: jane}\n"
             "intake: {addresses: [{address: x@a.example}], milter: 'unix:milter.sock'}\n",
             problems);
    g_autofree char *milter = g_strdup_printf("unix:%s/milter.sock", directory);
    g_assert_cmpint(settings->delivery.tls, ==, TLS_STARTTLS);
    g_assert_cmpuint(settings->delivery.smtp_port, ==, 587);
    g_assert_cmpstr(settings->milter, ==, milter);
    const Person *jane = settings_find_person(settings, "jane");
    g_assert_true(calendar_is_open(jane->calendar, moment("2026-03-07T10:30:00Z")));
    g_assert_false(calendar_is_open(jane->calendar, moment("2026-03-02T10:30:00Z")));
}

static void test_no_file(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_assert_null(settings_load("/nonexistent", "rules", problems));
    g_autofree char *told = dup_told(problems);
    g_assert_cmpstr(told, ==, "1:1: there is no /nonexistent/usher.yaml: \"usher init /nonexistent\" writes one");
}

static void test_empty(void)
{
    assert_told(
        "",
        "1:1: \"firm\" is missing: say who you are: firm: {name: Hartley Finch LLP, domains: [hartleyfinch.example]}\n"
        "1:1: \"delivery\" is missing: say how mail goes out: delivery: {smtp: {host: 127.0.0.1}, from: enquiries@example.org}\n"
        "1:1: \"people\" is missing: name at least one: people: [{id: jane, name: Jane Mills, email: jane@example.org}]\n"
        "1:1: \"duties\" is missing: say who answers for what no rule assigns: duties: {fallback: jane}");
}

/* One of everything in one file: all are told in one run. */
static void test_all_at_once(void)
{
    assert_told("firm:\n"
                "  name: '  '\n"
                "  domians: [a.example]\n"
                "  domains: ['a b', b@c.example]\n"
                "  timezone: Europe/Londres\n"
                "  hours: always\n"
                "  holidays: england-and-whales\n"
                "  services: [tax, audit, tax, 'a,b']\n"
                "  booking_url: book.a.example\n"
                "  phone_region: UKR\n"
                "delivery: {maildir: out, from: x@elsewhere.example}\n"
                "people: [{id: jane, name: Jane, email: jane@a.example}]\n"
                "duties: {fallback: jane}\n"
                "wbe: {listen: 127.0.0.1:1}\n",
                "2:9: \"name\" is blank: write name: Hartley Finch LLP\n"
                "3:3: unknown key \"domians\"; did you mean \"domains\"?\n"
                "4:13: \"a b\" is no domain: write what stands behind the @, as example.org\n"
                "4:20: \"b@c.example\" is no domain: write what stands behind the @, as example.org\n"
                "5:13: the time zone \"Europe/Londres\" is not known: write an IANA name like Europe/London, and see that tzdata "
                "is installed\n"
                "6:10: the hours \"always\" cannot be read: write days, then from-to in local time, for example \"mon-thu "
                "09:00-17:30, fri 09:00-16:00\" (a stretch ends on the day it begins, 24:00 at the latest)\n"
                "7:13: there is no holiday file for \"england-and-whales\"; did you mean \"england-and-wales\"?\n"
                "8:26: \"tax\" stands here twice (first in line 8): give each a name of its own\n"
                "8:31: \"a,b\" cannot name a service: write at most 60 characters on one line, without commas and backslashes\n"
                "9:16: \"book.a.example\" is no web address: write it as https://book.example.org/\n"
                "10:17: \"UKR\" is no country code: write two capital letters, as GB\n"
                "14:1: unknown key \"wbe\"; did you mean \"web\"?");
}

static void test_intake(void)
{
    assert_told(LEAST "intake:\n"
                      "  addresses:\n"
                      "    - {address: nobody}\n"
                      "    - {address: X@a.example, track: referal}\n"
                      "    - {address: x@A.example, kind: lgo}\n"
                      "    - y@a.example\n"
                      "    - {adress: z@a.example}\n"
                      "  milter: /run/usher.sock\n"
                      "  milter_wait_ms: soon\n"
                      "  maildirs: mail\n"
                      "  max_message_bytes: 12\n"
                      "web: {listen: here, url: ftp://a.example/}\n"
                      "store: postgresql://db.example/usher\n",
                "7:17: \"nobody\" is no mail address: write it as jane@example.org\n"
                "8:37: \"referal\" is not known here; did you mean \"referral\"?\n"
                "9:17: \"x@a.example\" stands here twice (first in line 8): give each a name of its own\n"
                "9:36: \"lgo\" is not known here; did you mean \"log\"?\n"
                "10:7: write an intake address as {address: y@a.example}\n"
                "11:7: \"address\" is missing: write {address: enquiries@example.org}\n"
                "11:8: unknown key \"adress\"; did you mean \"address\"?\n"
                "12:11: \"/run/usher.sock\" is no place for a milter: write unix:/run/usher/milter.sock, or inet:8891@127.0.0.1\n"
                "13:19: \"milter_wait_ms\" must be a whole number from 0 to 10000, not \"soon\"\n"
                "14:13: \"maildirs\" must be a list, not \"mail\"\n"
                "15:22: \"max_message_bytes\" must be a whole number from 65536 to 1073741824, not \"12\"\n"
                "16:15: \"here\" is no place to listen at: write 127.0.0.1:8025 or unix:/run/usher/web.sock\n"
                "16:26: \"ftp://a.example/\" is no web address: write it as https://book.example.org/\n"
                "17:8: the store must be a file, as usher.db: other stores are not in this version");
}

static void test_milter_without_address(void)
{
    assert_told(LEAST "intake: {milter: 'inet:8891@127.0.0.1'}\n",
                "5:18: the milter takes only mail to an intake address: add addresses: [{address: enquiries@example.org}]");
}

#define FIRM "firm: {name: A, domains: [a.example], services: [tax, audit]}\n"
#define MAILDIR "delivery: {maildir: out, from: x@a.example}\n"

static void test_delivery(void)
{
    static const char rest[] = "people: [{id: jane, name: Jane, email: jane@a.example}]\nduties: {fallback: jane}\n";
    static const struct {
        const char *delivery;
        const char *told;
    } cases[] = {
        {"{from: x@a.example}", "2:11: says nowhere to: add smtp: {host: 127.0.0.1}, or maildir: outgoing"},
        {"{smtp: {host: m.a}, maildir: out, from: x@a.example}", "2:40: smtp: and maildir: stand here both: keep one of them"},
        {"{maildir: out}", "2:11: \"from\" is missing: say whom our mail is from: from: enquiries@example.org"},
        {"{maildir: out, from: x@b.example}",
         "2:32: warning: \"x@b.example\" is in none of the firm's domains: other servers will take our mail for forged"},
        {"{maildir: out, from: x@a.example, shadow: maybe}", "2:53: \"shadow\" must be true or false, not \"maybe\""},
        {"{smtp: {host: m.a.example, tls: ssl}, from: x@a.example}",
         "2:43: \"ssl\" is not known here; it must be one of: none, starttls, implicit"},
        {"{smtp: {port: 0}, from: x@a.example}", "2:18: \"host\" is missing: name the mail server: host: 127.0.0.1\n2:25: \"port\" "
                                                 "must be a whole number from 1 to 65535, not \"0\""},
        {"{smtp: {host: m.a.example, user: u}, from: x@a.example}",
         "2:44: \"user\" needs a password: add password_file: with the path of a file that holds it"},
        {"{smtp: {host: m.a.example, tls: none, user: u, password_file: /etc/passwd}, from: x@a.example}",
         "2:43: a password goes over TLS only: write tls: starttls or tls: implicit"},
        {"{smtp: {host: m.a.example, user: u, password_file: /nonexistent}, from: x@a.example}",
         "2:62: warning: /nonexistent cannot be read here: No such file or directory"},
        {"{maildir: out, from: x@a.example, plus_addresses: true, sessions: 99}",
         "2:61: answers and bounces would come to \"x@a.example\", which is no intake address: add it to intake.addresses\n"
         "2:77: \"sessions\" must be a whole number from 1 to 16, not \"99\""},
        {"smtp", "2:11: \"delivery\" must be a mapping (\"key: value\"), not \"smtp\""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat(FIRM "delivery: ", cases[i].delivery, "\n", rest, NULL);
        assert_told(text, cases[i].told);
    }
}

static void test_own_hours_mistakes(void)
{
    assert_told(FIRM MAILDIR "intake: {addresses: [{address: x@a.example}]}\n"
                             "people:\n"
                             "  - {id: jane, name: Jane, email: jane@a.example, timezone: Europe/Lundon, not_for: ['!!']}\n"
                             "duties: {fallback: jane}\n",
                "5:61: the time zone \"Europe/Lundon\" is not known: write an IANA name like Europe/London, and see that tzdata is "
                "installed\n"
                "5:86: \"!!\" names nobody: write an address, a domain or the name of a company or person");
}

static void test_people_mistakes(void)
{
    assert_told(
        FIRM MAILDIR "intake: {addresses: [{address: in@a.example}]}\n"
                     "people:\n"
                     "  - {id: jane, name: Jane}\n"
                     "  - {id: tom, name: Tom, email: tom at a.example, services: [taxes, plumbing]}\n"
                     "  - {id: tom, name: Tim, email: tim@a.example, capacity: -1, weight: 0, deputy: tmo}\n"
                     "  - {id: Ada L, name: Ada, email: TIM@a.example, deputy: Ada L}\n"
                     "  - {id: usher, name: Una, email: in@a.example, hours: 9-5}\n"
                     "  - {name: Eve, email: eve@a.example, away: [{from: 2026-13-01, to: 2026-12-24}, {from: 2026-12-24, to: "
                     "2026-12-23}, {from: 2026-1-1}]}\n"
                     "  - bob\n"
                     "  -\n"
                     "duties: {fallback: jnae, exceptions: zebedee, managr: tom}\n",
        "2:32: warning: \"x@a.example\" is no intake address: answers to our mail would not be seen\n"
        "5:5: \"email\" is missing: Usher writes to each person: add email: jane@example.org\n"
        "6:33: \"tom at a.example\" is no mail address: write it as jane@example.org\n"
        "6:62: \"taxes\" is no service of the firm; did you mean \"tax\"?\n"
        "6:69: \"plumbing\" is no service of the firm: add it to firm: services (now: tax, audit)\n"
        "7:10: \"tom\" stands here twice (first in line 6): give each a name of its own\n"
        "7:58: \"capacity\" must be a whole number from 0 to 10000, not \"-1\"\n"
        "7:70: \"weight\" must be a whole number from 1 to 100, not \"0\"\n"
        "7:81: \"tmo\" is the id of nobody in people; did you mean \"tom\"?\n"
        "8:10: \"Ada L\" is no name: it must start with a-z and hold only a-z, 0-9, _ and -\n"
        "8:35: \"tim@a.example\" stands here twice (first in line 7): give each a name of its own\n"
        "8:58: \"Ada L\" cannot stand in for themselves: name somebody else\n"
        "9:10: \"usher\" is a name that the history uses for others: take another id\n"
        "9:35: \"in@a.example\" is an intake address: give the person an address of their own, or briefs come back as enquiries\n"
        "9:56: the hours \"9-5\" cannot be read: write days, then from-to in local time, for example \"mon-thu 09:00-17:30, fri "
        "09:00-16:00\" (a stretch ends on the day it begins, 24:00 at the latest)\n"
        "10:5: \"id\" is missing: give it a name of a-z, 0-9, _ and -\n"
        "10:53: \"2026-13-01\" is no day: write it as 2026-12-24\n"
        "10:105: \"to\" lies before \"from\": swap them\n"
        "10:118: \"to\" is missing: write {from: 2026-12-24, to: 2027-01-02}, for one day the same twice\n"
        "10:125: \"2026-1-1\" is no day: write it as 2026-12-24\n"
        "11:5: each of \"people\" must be a mapping (\"key: value\"), not \"bob\"\n"
        "12:4: each of \"people\" must be a mapping (\"key: value\"), not nothing\n"
        "13:20: \"jnae\" is the id of nobody in people; did you mean \"jane\"?\n"
        "13:38: \"zebedee\" is the id of nobody in people; it must be one of: jane, tom, Ada L, usher\n"
        "13:47: unknown key \"managr\"; did you mean \"manager\"?");
}

static void test_nobody(void)
{
    assert_told(
        FIRM MAILDIR "people: []\nduties: {}\n",
        "3:9: \"people\" names nobody: every lead needs an owner, add {id: jane, name: Jane Mills, email: jane@example.org}\n"
        "4:9: \"fallback\" is missing: name the person who gets what nobody else takes: fallback: jane");
}

static void test_bad_holiday_file(void)
{
    g_autofree char *rules = g_build_filename(directory, "rules", "holidays", NULL),
                    *path = g_build_filename(rules, "ours.ics", NULL);
    g_assert_cmpint(g_mkdir_with_parents(rules, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, "BEGIN:NOTHING\n", -1, NULL));
    g_autoptr(Problems) problems = problems_new();
    g_assert_null(load("firm: {name: A, domains: [a.example], holidays: [england-and-wales, ours]}\n" MAILDIR
                       "people: [{id: jane, name: Jane, email: jane@a.example}]\nduties: {fallback: jane}\n",
                       problems));
    const Problem *problem = g_ptr_array_index(problems_get_list(problems), 0);
    g_assert_cmpuint(problem->line, ==, 1);
    g_assert_cmpuint(problem->column, ==, 69);
    g_assert_nonnull(strstr(problem->what, "ours.ics: there is no holiday in it"));
    g_unlink(path);
    g_rmdir(rules);
    g_autofree char *parent = g_path_get_dirname(rules);
    g_rmdir(parent);
}

static char *dup_warned_of_years(const Settings *settings, const char *now)
{
    g_autoptr(Problems) problems = problems_new();
    settings_warn_of_years(settings, moment(now), problems);
    return dup_told(problems);
}

/* Each file by itself: one that goes on for ever does not cover up for one that has ended. */
static void test_years_of_holidays(void)
{
    g_autofree char *rules = g_build_filename(directory, "rules", "holidays", NULL),
                    *path = g_build_filename(rules, "ours.ics", NULL);
    g_assert_cmpint(g_mkdir_with_parents(rules, 0700), ==, 0);
    g_assert_true(
        g_file_set_contents(path,
                            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20280310\nRRULE:FREQ=YEARLY\nSUMMARY:Founder's day\n"
                            "END:VEVENT\nEND:VCALENDAR\n",
                            -1, NULL));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Settings) settings = load("firm: {name: A, domains: [a.example], holidays: [england-and-wales, ours]}\n" MAILDIR
                                        "people: [{id: jane, name: Jane, email: jane@a.example}]\nduties: {fallback: jane}\n",
                                        problems);
    g_assert_nonnull(settings);
    g_autofree char *covered = dup_warned_of_years(settings, "2028-03-01T12:00:00Z"),
                    *ends = dup_warned_of_years(settings, "2028-09-01T12:00:00Z"),
                    *ended = dup_warned_of_years(settings, "2029-03-01T12:00:00Z"),
                    *before = dup_warned_of_years(settings, "2027-03-01T12:00:00Z"),
                    *last_day = dup_warned_of_years(settings, "2028-08-31T12:00:00Z");
    g_assert_cmpstr(covered, ==, "");
    g_assert_cmpstr(last_day, ==, "");
    g_assert_cmpstr(ends, ==,
                    "1:50: warning: the holiday file \"england-and-wales\" has no holidays of 2029 (the last are of 2028): what "
                    "falls due then is "
                    "counted as if there were none; put a newer file into rules/holidays/england-and-wales.ics");
    g_assert_cmpstr(ended, ==, ends);
    g_assert_cmpstr(before, ==,
                    "1:69: warning: the holiday file \"ours\" has no holidays of 2027: what falls due then is counted as if there "
                    "were none; put a newer "
                    "file into rules/holidays/ours.ics");
    g_unlink(path);
    g_rmdir(rules);
    g_autofree char *parent = g_path_get_dirname(rules);
    g_rmdir(parent);
}

/* Every prefix of the example, and the example with a byte knocked out, is loaded or refused with a reason. */
static void test_cut_anywhere(void)
{
    for (gsize cut = 0; cut < sizeof EXAMPLE; cut += 7) {
        g_autoptr(Problems) problems = problems_new();
        g_autofree char *text = g_strndup(EXAMPLE, cut), *holed = g_strdup(EXAMPLE);
        g_autoptr(Settings) settings = load(text, problems);
        g_assert_true(settings != NULL || problems_count_errors(problems) > 0);
        holed[cut] = holed[cut] == '\0' ? '\0' : '\'';
        g_autoptr(Problems) others = problems_new();
        g_autoptr(Settings) other = load(holed, others);
        g_assert_true(other != NULL || problems_count_errors(others) > 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    directory = g_dir_make_tmp("usher-settings-XXXXXX", NULL);
    g_test_add_func("/settings/example", test_example);
    g_test_add_func("/settings/calendar", test_calendar);
    g_test_add_func("/settings/people", test_people);
    g_test_add_func("/settings/absence", test_absence);
    g_test_add_func("/settings/own-addresses", test_own_addresses);
    g_test_add_func("/settings/defaults", test_defaults);
    g_test_add_func("/settings/smtp-defaults", test_smtp_defaults);
    g_test_add_func("/settings/own-hours", test_own_hours);
    g_test_add_func("/settings/own-hours-mistakes", test_own_hours_mistakes);
    g_test_add_func("/settings/no-file", test_no_file);
    g_test_add_func("/settings/empty", test_empty);
    g_test_add_func("/settings/all-at-once", test_all_at_once);
    g_test_add_func("/settings/intake", test_intake);
    g_test_add_func("/settings/milter-without-address", test_milter_without_address);
    g_test_add_func("/settings/delivery", test_delivery);
    g_test_add_func("/settings/people-mistakes", test_people_mistakes);
    g_test_add_func("/settings/nobody", test_nobody);
    g_test_add_func("/settings/bad-holiday-file", test_bad_holiday_file);
    g_test_add_func("/settings/holidays/years", test_years_of_holidays);
    g_test_add_func("/settings/cut-anywhere", test_cut_anywhere);
    int result = g_test_run();
    g_autofree char *path = g_build_filename(directory, "usher.yaml", NULL);
    g_unlink(path);
    g_rmdir(directory);
    g_free(directory);
    return result;
}
