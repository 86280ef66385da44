/*
 * test_extract.c - who writes, through which channel, and what they say: by the shipped rules, from mails as people and machines write them
 */
#include "shipped.h"

static Rulebook *rulebook;

/* Every span that is said to stand in a text stands there. */
static void assert_evidence(const ReadMail *mail)
{
    for (guint i = 0; i < mail->extraction->fields->len; i++) {
        const Field *field = g_ptr_array_index(mail->extraction->fields, i);
        g_assert_nonnull(field->rule);
        g_assert_nonnull(field->evidence);
        g_assert_null(strchr(field->evidence, '\n'));
        const char *text = strcmp(field->where, "text") == 0      ? mail->message->text
                           : strcmp(field->where, "subject") == 0 ? mail->message->subject
                                                                  : NULL;
        if (text && field->length > 0) {
            g_assert_cmpuint(field->start + field->length, <=, strlen(text));
            g_assert_cmpmem(text + field->start, field->length, field->raw, strlen(field->raw));
        }
    }
}

static ReadMail *read_one(const char *headers, const char *body)
{
    ReadMail *mail = read_mail(rulebook, headers, body);
    assert_evidence(mail);
    return mail;
}

/* ---- values ---- */

static void assert_value(FieldType type, const char *raw, const char *expected)
{
    FieldRule rule = {.type = type};
    g_autofree char *value = extract_normalise(&rule, raw, rulebook->settings, SHIPPED_NOW);
    g_assert_cmpstr(value, ==, expected);
}

static void test_names(void)
{
    assert_value(FIELD_NAME, "SMITH, John", "John Smith");
    assert_value(FIELD_NAME, "john smith", "John Smith");
    assert_value(FIELD_NAME, "JOHN O'BRIEN-JONES", "John O'Brien-Jones");
    assert_value(FIELD_NAME, "John McAllister", "John McAllister");
    assert_value(FIELD_NAME, "\"John Smith\"", "John Smith");
    assert_value(FIELD_NAME, "Sara Ahmed via LinkedIn", "Sara Ahmed");
    assert_value(FIELD_NAME, "Ann Lee, MBE", "Ann Lee, MBE");
    assert_value(FIELD_NAME, "Sîan Llewellyn", "Sîan Llewellyn");
    assert_value(FIELD_NAME, "  Ann\r\n Lee ", "Ann Lee");
    assert_value(FIELD_NAME, "ann@example.org", NULL);
    assert_value(FIELD_NAME, "https://example.org", NULL);
    assert_value(FIELD_NAME, "12345", NULL);
    assert_value(FIELD_NAME, "", NULL);
}

static void test_money(void)
{
    assert_value(FIELD_MONEY, "£10m", "10000000");
    assert_value(FIELD_MONEY, "250k", "250000");
    assert_value(FIELD_MONEY, "GBP 12,500.00", "12500");
    assert_value(FIELD_MONEY, "between £10 and 50k", "10000");
    assert_value(FIELD_MONEY, "£5,000 - £10,000", "5000");
    assert_value(FIELD_MONEY, "£500 to £2k", "500");
    assert_value(FIELD_MONEY, "1.5 million", "1500000");
    assert_value(FIELD_MONEY, "EUR 10.000", "EUR 10000");
    assert_value(FIELD_MONEY, "$3,000", "USD 3000");
    assert_value(FIELD_MONEY, "not sure", NULL);
    assert_value(FIELD_NUMBER, "about 1,200 people", "1200");
    assert_value(FIELD_NUMBER, "10-50", "10");
    assert_value(FIELD_NUMBER, "none", NULL);
}

static void test_dates(void)
{
    assert_value(FIELD_DATE, "31/03/2026", "2026-03-31");
    assert_value(FIELD_DATE, "2026-03-31", "2026-03-31");
    assert_value(FIELD_DATE, "31st of March 2026", "2026-03-31");
    assert_value(FIELD_DATE, "March 31, 2026", "2026-03-31");
    assert_value(FIELD_DATE, "1.4.26", "2026-04-01");
    assert_value(FIELD_DATE, "31/02/2026", NULL);
    assert_value(FIELD_DATE, "31 March", "2026-03-31");
    assert_value(FIELD_DATE, "1st of March", "2027-03-01");
    assert_value(FIELD_DATE, "soon", NULL);
}

static void test_other_values(void)
{
    assert_value(FIELD_EMAIL, "Ann Lee <Ann.Lee@Example.ORG>", "ann.lee@example.org");
    assert_value(FIELD_EMAIL, "mailto:ann@example.org.", "ann@example.org");
    assert_value(FIELD_EMAIL, "ann at example.org", NULL);
    assert_value(FIELD_PHONE, "+44 (0)20 7946 0958", "+442079460958");
    assert_value(FIELD_PHONE, "twelve", NULL);
    assert_value(FIELD_URL, "www.example.org/a", "https://www.example.org/a");
    assert_value(FIELD_URL, "javascript:alert(1)", NULL);
    assert_value(FIELD_TEXT, " two\r\nlines\t", "two lines");
    assert_value(FIELD_TEXT, "Carter &amp; Sons&#039; shop, &quot;B&amp;amp;B&quot;", "Carter & Sons' shop, \"B&amp;B\"");
    assert_value(FIELD_TEXT, "R&D, AT&T &copy &#; &#99999999; &#7;", "R&D, AT&T &copy &#; &#99999999; &#7;");
    assert_value(FIELD_NAME, "Se&#225;n O&#039;Neill", "Se\u00e1n O'Neill");
    assert_value(FIELD_TEXT, " \n ", NULL);
}

static void test_choice(void)
{
    const FieldRule *timeline = rulebook_find_field(rulebook, "timeline");
    static const char *const said[][2] = {
        {"Immediate", "immediate"},    {"as soon as possible", "immediate"},
        {"1-3 months", "1-3 months"},  {"within the next two months", "1-3 months"},
        {"3-6 months", "3-6 months"},  {"in six months", "3-6 months"},
        {"just looking", "exploring"}, {"not urgent, we are still exploring", "exploring"},
        {"who knows", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(said); i++) {
        g_autofree char *value = extract_normalise(timeline, said[i][0], rulebook->settings, SHIPPED_NOW);
        g_assert_cmpstr(value, ==, said[i][1]);
    }
}

/* ---- direct enquiries ---- */

static void test_direct(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Helen Marsh <helen@marsh.example>\nSubject: VAT inspection\n",
                 "Dear Hartley Finch LLP,\n\nI am the managing director of Marsh Joinery Ltd, a firm of some 35\n"
                 "employees in Bristol. We need help with our VAT return within the next\nthree months and have a budget "
                 "of £6k. Jane Mills gave me your name. Invoice 020794609 of 01/05/2025 is attached.\n\nRegards\nHelen\n"
                 "Marsh Joinery Ltd\nTel: 0117 496 0142\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "email");
    g_assert_cmpint(mail->extraction->track, ==, TRACK_INBOUND);
    g_assert_cmpstr(get_person(mail), ==, "helen@marsh.example");
    g_assert_true(mail->extraction->person_is_certain);
    g_assert_cmpstr(get_field(mail, "name"), ==, "Helen Marsh");
    g_assert_cmpstr(get_field(mail, "company"), ==, "Marsh Joinery Ltd");
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+441174960142");
    g_assert_cmpstr(get_field(mail, "service"), ==, "tax");
    g_assert_cmpstr(get_field(mail, "timeline"), ==, "1-3 months");
    g_assert_cmpstr(get_field(mail, "budget"), ==, "6000");
    g_assert_cmpstr(get_field(mail, "employees"), ==, "35");
    g_assert_cmpstr(get_field(mail, "role"), ==, "managing director");
    g_assert_cmpstr(get_field(mail, "location"), ==, NULL);
    g_assert_nonnull(strstr(get_field(mail, "need"), "our VAT return"));
    g_assert_nonnull(strstr(mail->extraction->words, "a budget of £6k"));
    g_assert_cmpstr(field_find(mail->extraction->fields, "phone")->rule, !=, NULL);
}

static void test_quoted_history_is_not_read(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Ann Lee <ann@example.org>\nSubject: Re: audit\n",
                 "Thank you, that would suit us.\n\nOn Mon, 2 Mar 2026 at 09:00, Jane Mills <jane@hartleyfinch.example> wrote:\n"
                 "> Phone: 020 7946 0999\n> Company: Hartley Finch LLP\n> This is urgent.\n");
    g_assert_cmpstr(get_person(mail), ==, "ann@example.org");
    g_assert_null(get_field(mail, "phone"));
    g_assert_null(get_field(mail, "company"));
    g_assert_null(get_field(mail, "timeline"));
}

static void test_relay_without_rule(void)
{
    g_autoptr(ReadMail) mail = read_one(
        "From: Site <wordpress@portal.example>\nReply-To: Ann Lee <ann@example.org>\nSubject: hello\n", "Could you help us?\n");
    g_assert_cmpstr(get_person(mail), ==, "ann@example.org");
    g_assert_null(mail->extraction->wrote_from);
    g_autoptr(ReadMail) nobody = read_one("From: Site <wordpress@portal.example>\nSubject: hello\n", "Could you help us?\n");
    g_assert_null(get_person(nobody));
    g_assert_false(nobody->extraction->person_is_certain);
}

static void test_answered_elsewhere(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Ann Lee <office@example.org>\nReply-To: <ann@example.com>\nSubject: tax\n", "Could you help us?\n");
    g_assert_cmpstr(get_person(mail), ==, "ann@example.com");
    g_assert_cmpstr(get_field(mail, "email"), ==, "ann@example.com");
    g_assert_cmpstr(get_field(mail, "name"), ==, "Ann Lee");
    g_assert_cmpstr(mail->extraction->wrote_from->address, ==, "office@example.org");
    g_autoptr(ReadMail) ours = read_one("From: Ann Lee <ann@example.org>\nReply-To: enquiries@hartleyfinch.example\nSubject: tax\n",
                                        "Could you help us?\n");
    g_assert_cmpstr(get_person(ours), ==, "ann@example.org");
}

static void test_nothing_is_read_of_machines(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: News <news@example.org>\nList-Id: <news.example.org>\nPrecedence: bulk\nSubject: urgent offer\n",
                 "Call us today on 020 7946 0123, tax help\n");
    g_assert_cmpuint(mail->extraction->fields->len, ==, 0);
    g_assert_null(get_person(mail));
}

/* ---- forms ---- */

static void test_contact_form_7(void)
{
    g_autoptr(ReadMail) mail = read_one(
        "From: Hartley Finch <wordpress@hartleyfinch.example>\nReply-To: priya@example.com\nSubject: Hartley Finch \"VAT\"\n",
        "From: Priya Nair <priya@example.com>\nSubject: VAT\n\nMessage Body:\nHello,\n\nWe are in BS6 5QA. Ring me on 07700 "
        "900461.\n\n"
        "Thanks\nPriya\n\n-- \nThis e-mail was sent from a contact form on Hartley Finch (https://www.hartleyfinch.example)\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "contact-form-7");
    g_assert_cmpstr(mail->extraction->source, ==, "website");
    g_assert_cmpint(mail->verdict->kind, ==, KIND_FORM);
    g_assert_cmpstr(get_person(mail), ==, "priya@example.com");
    g_assert_cmpstr(mail->extraction->person->name, ==, "Priya Nair");
    g_assert_true(mail->extraction->person_is_certain);
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+447700900461");
    g_assert_cmpstr(get_field(mail, "postcode"), ==, "BS6 5QA");
    g_assert_true(g_str_has_prefix(mail->extraction->words, "Hello,\n\nWe are in"));
    g_assert_true(g_str_has_suffix(mail->extraction->words, "Priya"));
}

static const char FORM_HEADERS[] = "From: Site <wordpress@site.example>\nSubject: New submission\n";

static void test_form_of_lines(void)
{
    g_autoptr(ReadMail) mail =
        read_one(FORM_HEADERS,
                 "New submission received:\n\nFirst name: Julie\nLast name: GARNER\nYour Email (required): Julie@Example.com\n"
                 "Mobile: 01632 960901\nBudget: 5-10k\nMessage: Hello,\na lot of moss.\n\nDelivery: end of March would be ideal.\n"
                 "Thank you\n\n---\nTime: 6 March 2025\nPhone: 020 7946 0000\nSource: Contact Page\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "web-form");
    g_assert_cmpstr(get_field(mail, "name"), ==, "Julie Garner");
    g_assert_cmpstr(get_person(mail), ==, "julie@example.com");
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+441632960901");
    g_assert_cmpstr(get_field(mail, "budget"), ==, "5000");
    g_assert_cmpstr(mail->extraction->words, ==, "Hello,\na lot of moss.\n\nDelivery: end of March would be ideal.\nThank you");
}

static void test_form_as_table(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Site <wordpress@site.example>\nSubject: Ninja Forms Submission\nContent-Type: text/html; charset=utf-8\n",
                 "<table><tr><td>Name:</td><td>Gareth Pugh</td></tr><tr><td>Company</td><td>Pugh &amp; Daughters LLP</td></tr>"
                 "<tr><td>Email:</td><td><a href='mailto:g@example.com'>g@example.com</a></td></tr>"
                 "<tr><td>How can we help?</td><td>Do you take new clients?<br>Two of us.</td></tr></table>");
    g_assert_cmpstr(mail->extraction->channel, ==, "ninja-forms");
    g_assert_cmpstr(get_person(mail), ==, "g@example.com");
    g_assert_cmpstr(get_field(mail, "company"), ==, "Pugh & Daughters LLP");
    g_assert_nonnull(strstr(mail->extraction->words, "Two of us."));
}

static void test_form_without_identity(void)
{
    g_autoptr(ReadMail) by_reply_to =
        read_one("From: Site <wordpress@hartleyfinch.example>\nReply-To: ann@example.com\nSubject: form submission\n",
                 "Name: Ann Lee\nPhone: 020 7946 0111\nMessage: Please ring.\n");
    g_assert_cmpstr(get_person(by_reply_to), ==, "ann@example.com");
    g_autoptr(ReadMail) nobody =
        read_one("From: Site <wordpress@hartleyfinch.example>\nSubject: form submission\n",
                 "Name: Ann Lee\nPhone: 020 7946 0111\nEmail: jane@hartleyfinch.example\nMessage: Please ring.\n");
    g_assert_cmpstr(nobody->extraction->channel, ==, "web-form");
    g_assert_null(get_person(nobody));
    g_assert_null(get_field(nobody, "email"));
    g_assert_cmpstr(get_field(nobody, "phone"), ==, "+442079460111");
}

static void test_signature_is_no_form(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Ann Lee <ann@example.org>\nSubject: Audit enquiry\n",
                 "Could you quote for an audit?\n\nName: Ann Lee\nEmail: ann@example.org\nPhone: 020 7946 0111\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "email");
    g_assert_cmpint(mail->verdict->kind, ==, KIND_ENQUIRY);
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+442079460111");
}

/* ---- services that tell of a person ---- */

/* The person is in the body; the service's own addresses are nobody's, in the text and in Reply-To alike. */
static void test_relay_is_nobody(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Ann Lee <reply-to+5d1f@wixforms.com>\nReply-To: Ann Lee <1f0c8f1e@ascend.wix.com>\nSubject: "
                 "[site] Contact form - new submission\n",
                 "Ann Lee just submitted your form: Contact\non your site: firm\n\nMessage Details:\n\n"
                 "Phone: 020 7946 0111\n\nMessage: Please ring.\n\nView Submissions\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "wix");
    g_assert_null(get_person(mail));
    g_assert_null(get_field(mail, "email"));
    g_assert_cmpstr(get_field(mail, "name"), ==, "Ann Lee");
}

static void test_sender_is_read(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: \"Neel Sharma\" <inmail-hit-reply@linkedin.com>\nReply-To: <6a2b1f0e@reply.linkedin.com>\n"
                 "Subject: A merger\nList-Unsubscribe: <https://www.linkedin.example/u>\n",
                 "We need an auditor.\n\nNeel Sharma\nReply\nhttps://www.linkedin.com/comm/messaging/thread/2-x/?t=1\n");
    g_assert_cmpint(mail->verdict->kind, ==, KIND_SOCIAL);
    g_assert_null(get_person(mail));
    g_assert_cmpstr(get_field(mail, "name"), ==, "Neel Sharma");
    g_assert_cmpstr(get_field(mail, "platform"), ==, "linkedin");
    g_assert_cmpstr(get_field(mail, "need"), ==, "We need an auditor.");
}

/* "Court" is the property's name here, and the postcode is where it stands. */
static void test_only_the_need_is_read(void)
{
    g_autoptr(ReadMail) mail = read_one(
        "From: Zoopla <members@zoopla.co.uk>\nSubject: Tenant enquiry from Ann Lee via Zoopla\n",
        "You have a new Tenant enquiry\nName:\n\nAnn Lee\nEmail:\n\nann@example.org\nAddress:\n\nHall Court, London NW8 9ES\n"
        "Message:\n\nMay I see it? Call 020 7946 0111.\nType of property:\n\nStudio\nRegards, The Zoopla Team\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "zoopla");
    g_assert_cmpstr(get_person(mail), ==, "ann@example.org");
    g_assert_cmpstr(get_field(mail, "property"), ==, "Hall Court, London NW8 9ES");
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+442079460111");
    g_assert_null(get_field(mail, "service"));
    g_assert_null(get_field(mail, "postcode"));
}

/* The colleague's mail is not from Formspree, what was passed on is. */
static void test_passed_on_is_recognised(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: enquiries@hartleyfinch.example\nSubject: FW: New Order\n",
                 "---------- Forwarded message ---------\nFrom: Formspree <noreply@formspree.io>\n"
                 "Date: Mon, 2 Mar 2026 at 09:10\nSubject: New Order\nTo: <jane@hartleyfinch.example>\n\n"
                 "name:\nAnn Lee\n\nemail:\nann@example.org\n\nmessage:\nAn audit, please.\n\n"
                 "Submitted 02:49 PM - 07 May 2025\n---\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "formspree");
    g_assert_cmpstr(get_person(mail), ==, "ann@example.org");
    g_assert_cmpstr(get_field(mail, "need"), ==, "An audit, please.");
}

/* Below a colleague's own name a supplier's address may stand. */
static void test_address_in_passing(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: enquiries@hartleyfinch.example\nSubject: Review\n",
                 "The review is on Friday.\n\nJane | partners: rates@vendor.example\n");
    g_assert_false(mail->extraction->person_is_certain);
    g_autoptr(ReadMail) told =
        read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: enquiries@hartleyfinch.example\nSubject: Call\n",
                 "Name: Ann Lee\nEmail: ann@example.org\nNeeds an audit.\n");
    g_assert_cmpstr(get_person(told), ==, "ann@example.org");
    g_assert_true(told->extraction->person_is_certain);
}

/* ---- referrals ---- */

static const char INTRODUCTION[] =
    "Hi all,\n\nmay I introduce Ben Carter, copied in, of Carter Tools Ltd. They need an audit next month. Call me on\n"
    "020 7946 0777 if anything is unclear. My name is Anna Reyes.\n\nBest\nAnna\nPartner\n020 7946 0777\n";

/* ---- whose company ---- */

static void test_own_company(void)
{
    g_autoptr(ReadMail) mail = read_one("From: Will Tranter <will@tranter-homes.example>\nSubject: due diligence\n",
                                        "We want to buy Northgate Scaffolding Ltd.\n\nWill Tranter\nTranter Homes Limited\n");
    g_assert_cmpstr(get_field(mail, "company"), ==, "Tranter Homes Limited");
    g_autoptr(ReadMail) signed_mail =
        read_one("From: Will Tranter <will@tranter-homes.example>\nSubject: due diligence\n",
                 "We want to buy Northgate Scaffolding Ltd.\n\n-- \nWill Tranter\nTranter Homes Limited\n");
    g_assert_cmpstr(get_field(signed_mail, "company"), ==, "Tranter Homes Limited");
    g_autoptr(ReadMail) other =
        read_one("From: Will Tranter <will@example.org>\nSubject: due diligence\n", "We want to buy Northgate Scaffolding Ltd.\n");
    g_assert_cmpstr(get_field(other, "company"), ==, "Northgate Scaffolding Ltd");
}

static void test_company_of_the_introduced(void)
{
    g_autoptr(ReadMail) named = read_one("From: Mary Ellis <mary@ellispress.example>\nTo: enquiries@hartleyfinch.example\n"
                                         "Cc: Sam Mehta <sam@mehtalogistics.example>\nSubject: Introduction\n",
                                         "May I introduce Sam Mehta of Mehta Logistics Ltd, a client of Ellis Press Ltd.\n");
    g_assert_cmpstr(get_field(named, "company"), ==, "Mehta Logistics Ltd");
    g_autoptr(ReadMail) unnamed =
        read_one("From: Mary Ellis <mary@ellispress.example>\nTo: enquiries@hartleyfinch.example\n"
                 "Cc: Sam Mehta <sam@example.org>\nSubject: Introduction\n",
                 "We at Ellis Press Ltd would like to introduce Sam.\n\nMary\nHead of Sales\nThe Bindery Ltd\n");
    g_assert_null(get_field(unnamed, "company"));
    g_assert_null(get_field(unnamed, "role"));
    g_assert_true(g_str_has_suffix(unnamed->extraction->words, "Mary"));
    g_autoptr(ReadMail) told =
        read_one("From: Mary Ellis <mary@example.org>\nTo: referrals@hartleyfinch.example\nSubject: somebody for you\n",
                 "Sam Mehta, sam@mehtalogistics.example, needs help with VAT.\n\nMary Ellis\nHead of Sales\n");
    g_assert_null(get_field(told, "role"));
    g_autoptr(ReadMail) own =
        read_one("From: Mary Ellis <mary@example.org>\nTo: referrals@hartleyfinch.example\nSubject: somebody for you\n",
                 "I need help with VAT.\n\nMary Ellis\nHead of Sales\n");
    g_assert_cmpstr(get_field(own, "role"), ==, "Head of Sales");
}

static void test_log(void)
{
    g_autoptr(ReadMail) note =
        read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: log@hartleyfinch.example\nSubject: call\n",
                 "Name: Ann Lee\nPhone: 020 7946 0111\nEmail: ann@example.org\nWants help with VAT.\n");
    g_assert_cmpint(note->verdict->kind, ==, KIND_LOG);
    g_assert_cmpstr(note->extraction->channel, ==, "log-call");
    g_assert_cmpstr(note->extraction->source, ==, "telephone");
    g_assert_cmpuint(note->extraction->people_told, ==, 1);
    g_assert_cmpstr(get_person(note), ==, "ann@example.org");
    g_assert_cmpstr(get_field(note, "name"), ==, "Ann Lee");
    g_assert_cmpstr(get_field(note, "service"), ==, "tax");
    g_autoptr(ReadMail) stranger =
        read_one("From: Al Quick <al@example.org>\nTo: log@hartleyfinch.example\nSubject: hello\n", "We need help with VAT.\n");
    g_assert_cmpint(stranger->verdict->kind, ==, KIND_ENQUIRY);
    g_assert_cmpstr(get_person(stranger), ==, "al@example.org");
}

static void test_log_referral(void)
{
    g_autoptr(ReadMail) note =
        read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: log@hartleyfinch.example\nSubject: referral\n",
                 "Recommended by Sue Green at Green Wealth Ltd (sue@green.example): Raj Patel, 07700 900123, VAT\n");
    g_assert_cmpint(note->extraction->track, ==, TRACK_REFERRAL);
    g_assert_cmpstr(note->extraction->referrer->name, ==, "Sue Green");
    g_assert_cmpstr(note->extraction->referrer->address, ==, "sue@green.example");
    g_assert_cmpstr(get_field(note, "name"), ==, "Raj Patel");
    g_assert_null(note->extraction->person);
    g_assert_null(get_field(note, "email"));
    g_assert_null(get_field(note, "company")); /* that one is the referrer's */
    g_assert_cmpuint(note->extraction->people_told, ==, 1);
}

static void test_log_of_several(void)
{
    static const char *const notes[] = {
        "Ann Lee 020 7946 0111 VAT\nTom Brown 0117 496 0222 audit\n",
        "- Ann Lee, Lee Ltd, ann@example.org\n- Mr Brown, 0117 496 0222, audit\n",
        "ann@example.org and tom@example.com both want a price\n",
        "Name: Ann Lee\nPhone: 020 7946 0111\n\nName: Tom Brown\nPhone: 0117 496 0222\n",
        "Spoke to Ann Lee about VAT. Met Tom Brown on the way back.\n",
    };
    for (guint i = 0; i < G_N_ELEMENTS(notes); i++) {
        g_autoptr(ReadMail) note =
            read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: log@hartleyfinch.example\nSubject: two\n", notes[i]);
        g_assert_cmpuint(note->extraction->people_told, ==, 2);
        g_assert_null(note->extraction->person);
        g_assert_null(get_field(note, "phone"));
        g_assert_null(get_field(note, "name"));
    }
    g_autoptr(ReadMail) one =
        read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: log@hartleyfinch.example\nSubject: Call - Ann Lee\n",
                 "Ann rang, Mrs Lee to you: 020 7946 0111, ann@example.org. Jane Mills took it.\n");
    g_assert_cmpuint(one->extraction->people_told, ==, 1);
    g_assert_cmpstr(get_person(one), ==, "ann@example.org");
}

static void test_same_name(void)
{
    g_assert_true(extract_is_same_name("Mr Patel", "Raj Patel"));
    g_assert_true(extract_is_same_name("Raj", "Patel, Raj"));
    g_assert_false(extract_is_same_name("Raj Patel", "Sunil Patel"));
    g_assert_false(extract_is_same_name("Ann Lee", "Ann Lees"));
}

static void test_introduction_in_cc(void)
{
    g_autoptr(ReadMail) mail =
        read_one("From: Anna Reyes <anna@reyes.example>\nCc: Ben Carter <ben@carter.example>, jane@hartleyfinch.example\n"
                 "Subject: Introduction\n",
                 INTRODUCTION);
    g_assert_cmpstr(mail->extraction->channel, ==, "introduction");
    g_assert_cmpint(mail->verdict->kind, ==, KIND_REFERRAL);
    g_assert_cmpint(mail->extraction->track, ==, TRACK_REFERRAL);
    g_assert_cmpstr(get_person(mail), ==, "ben@carter.example");
    g_assert_true(mail->extraction->person_is_certain);
    g_assert_cmpstr(mail->extraction->referrer->address, ==, "anna@reyes.example");
    g_assert_cmpstr(get_field(mail, "name"), ==, "Ben Carter");
    g_assert_cmpstr(get_field(mail, "referrer_name"), ==, "Anna Reyes");
    g_assert_cmpstr(get_field(mail, "company"), ==, "Carter Tools Ltd");
    g_assert_cmpstr(get_field(mail, "service"), ==, "audit");
    g_assert_null(get_field(mail, "phone")); /* that one is the referrer's */
}

static void test_several_introduced(void)
{
    g_autoptr(ReadMail) mail = read_one(
        "From: Anna Reyes <anna@reyes.example>\nCc: ben@carter.example, eve@other.example\nSubject: Introduction\n", INTRODUCTION);
    g_assert_cmpstr(get_person(mail), ==, "ben@carter.example");
    g_assert_false(mail->extraction->person_is_certain);
}

static void test_copy_is_no_introduction(void)
{
    g_autoptr(ReadMail) by_bcc =
        read_one("From: Offers <offers@shop.example>\nTo: victim@other.example\nSubject: Introducing our referral plan\n",
                 "May I introduce you to our new plan? Meet Anna.\n");
    g_assert_cmpstr(by_bcc->extraction->channel, ==, "email");
    g_assert_cmpstr(get_person(by_bcc), ==, "offers@shop.example");
    g_autoptr(ReadMail) thanks =
        read_one("From: Ann Lee <ann@example.org>\nCc: Ben Lee <ben@example.org>\nSubject: Tax\n",
                 "Ben, who is copied in, recommended you. I need help with tax and am copying my wife as well.\n");
    g_assert_cmpstr(get_person(thanks), ==, "ann@example.org");
    g_autoptr(ReadMail) mail = read_one("From: Ann Lee <ann@example.org>\nCc: Ben Lee <ben@example.org>\nSubject: Meeting\n",
                                        "Could we have an introductory call about tax? My colleague is copied.\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "email");
    g_assert_cmpstr(get_person(mail), ==, "ann@example.org");
    g_assert_true(mail->extraction->person_is_certain);
}

static void test_referral_address(void)
{
    g_autoptr(ReadMail) told =
        read_one("From: Anna Reyes <anna@reyes.example>\nTo: referrals@hartleyfinch.example\nSubject: somebody for you\n",
                 "Please write to Ben Carter, ben@carter.example, about his audit.\n");
    g_assert_cmpint(told->extraction->track, ==, TRACK_REFERRAL);
    g_assert_cmpstr(get_person(told), ==, "ben@carter.example");
    g_assert_false(told->extraction->person_is_certain); /* a stranger's word sends no mail to somebody else */
    g_assert_cmpstr(told->extraction->referrer->address, ==, "anna@reyes.example");
    g_autoptr(ReadMail) by_colleague =
        read_one("From: Jane Mills <jane@hartleyfinch.example>\nTo: referrals@hartleyfinch.example\nSubject: Ben\n",
                 "Name: Ben Carter\nEmail: ben@carter.example\nhe needs an audit\n");
    g_assert_cmpstr(get_person(by_colleague), ==, "ben@carter.example");
    g_assert_true(by_colleague->extraction->person_is_certain);
    g_autoptr(ReadMail) himself =
        read_one("From: Ben Carter <ben@carter.example>\nTo: referrals@hartleyfinch.example\nSubject: audit\n",
                 "I was recommended by Anna Reyes and need an audit.\n");
    g_assert_cmpstr(get_person(himself), ==, "ben@carter.example");
    g_assert_null(himself->extraction->referrer);
    g_assert_cmpstr(get_field(himself, "referrer_name"), ==, "Anna Reyes");
}

/* ---- forwards ---- */

static char *make_forward(const char *note, const char *from)
{
    return g_strdup_printf(
        "%s\n\n---------- Forwarded message ----------\nFrom: %s\nDate: Mon, 2 Mar 2026 at 08:00\nSubject: Machine move\n"
        "To: Jane Mills <jane@hartleyfinch.example>\n\nDear Jane,\n\nWe have an urgent dispute with a "
        "supplier.\n\nRegards,\nRajesh Kumar\n"
        "Northpower Ltd\n+44 7700 900345\n",
        note, from);
}

static void test_forward_by_colleague(void)
{
    g_autofree char *body =
        make_forward("Please log this one. Call me on 07700 900999. Jane Mills", "Rajesh Kumar <rajesh@northpower.example>");
    g_autoptr(ReadMail) mail = read_one("From: Jane Mills <jane@hartleyfinch.example>\nSubject: Fwd: Machine move\n", body);
    g_assert_cmpstr(mail->extraction->channel, ==, "forward");
    g_assert_cmpint(mail->extraction->track, ==, TRACK_INBOUND);
    g_assert_cmpstr(get_person(mail), ==, "rajesh@northpower.example");
    g_assert_true(mail->extraction->person_is_certain);
    g_assert_true(mail->extraction->is_own_forward);
    g_assert_cmpstr(mail->extraction->forwarded_by->address, ==, "jane@hartleyfinch.example");
    g_assert_null(mail->extraction->referrer);
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+447700900345");
    g_assert_cmpstr(get_field(mail, "company"), ==, "Northpower Ltd");
    g_assert_nonnull(strstr(mail->extraction->words, "urgent dispute"));
    g_assert_null(strstr(mail->extraction->words, "log this one"));
}

static void test_forged_forward(void)
{
    g_autofree char *body = make_forward("please log", "Rajesh Kumar <rajesh@northpower.example>");
    g_autoptr(ReadMail) mail =
        read_one("Authentication-Results: mx.hartleyfinch.example; dmarc=fail header.from=hartleyfinch.example\n"
                 "From: Jane Mills <jane@hartleyfinch.example>\nSubject: Fwd: Machine move\n",
                 body);
    g_assert_cmpstr(get_person(mail), ==, "rajesh@northpower.example");
    g_assert_false(mail->extraction->person_is_certain);
}

static void test_referral_by_forward(void)
{
    g_autofree char *body =
        make_forward("Could I introduce you to my client Rajesh? His mail is below.", "Rajesh Kumar <rajesh@northpower.example>");
    g_autoptr(ReadMail) mail = read_one("From: Anna Reyes <anna@reyes.example>\nSubject: Fwd: Machine move\n", body);
    g_assert_cmpstr(mail->extraction->channel, ==, "introduction");
    g_assert_cmpint(mail->extraction->track, ==, TRACK_REFERRAL);
    g_assert_cmpstr(get_person(mail), ==, "rajesh@northpower.example");
    /* A block that anybody can type: somebody looks before Rajesh is written to. */
    g_assert_false(mail->extraction->person_is_certain);
    g_assert_cmpstr(mail->extraction->referrer->address, ==, "anna@reyes.example");
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+447700900345");
}

static void test_stranger_forwards(void)
{
    g_autofree char *body = make_forward("see below", "Rajesh Kumar <rajesh@northpower.example>");
    g_autoptr(ReadMail) mail = read_one("From: Anna Reyes <anna@reyes.example>\nSubject: Fwd: Machine move\n", body);
    g_assert_cmpint(mail->extraction->track, ==, TRACK_INBOUND);
    g_assert_cmpstr(get_person(mail), ==, "rajesh@northpower.example");
    g_assert_false(mail->extraction->person_is_certain);
    g_assert_false(mail->extraction->is_own_forward);
    g_autofree char *ours = make_forward("what about this?", "Tom Reid <tom@hartleyfinch.example>");
    g_autoptr(ReadMail) own_mail = read_one("From: Anna Reyes <anna@reyes.example>\nSubject: Fwd: Machine move\n", ours);
    g_assert_cmpstr(get_person(own_mail), ==, "anna@reyes.example");
    g_assert_true(own_mail->extraction->person_is_certain);
}

static void test_colleague_forwards_form(void)
{
    g_autoptr(ReadMail) mail = read_one("From: Jane Mills <jane@hartleyfinch.example>\nSubject: Fwd: Contact Us\n",
                                        "Jane Mills\n020 7946 0999\n\nBegin forwarded message:\n\nFrom: Site "
                                        "<notifications@forms.example>\nDate: May 20, 2026 at 14:46:39 BST\n"
                                        "To: jane@hartleyfinch.example\nSubject: Contact Us got a new submission\n\nFull "
                                        "Name:\nMarcel Mercer\n\nPhone:\n07700900340\n\n"
                                        "Email:\nmarcel@example.com\n\nHow can we help?:\nWe need an audit.\n");
    g_assert_cmpstr(mail->extraction->channel, ==, "web-form");
    g_assert_cmpstr(get_person(mail), ==, "marcel@example.com");
    g_assert_true(mail->extraction->person_is_certain);
    g_assert_cmpstr(get_field(mail, "phone"), ==, "+447700900340");
    g_assert_cmpstr(mail->extraction->forwarded_by->address, ==, "jane@hartleyfinch.example");
}

static void test_own_note_without_identity(void)
{
    g_autoptr(ReadMail) mail = read_one("From: Jane Mills <jane@hartleyfinch.example>\nSubject: Q3\n",
                                        "Team, the review is on Friday.\n\nHartley Finch LLP\n");
    g_assert_null(get_person(mail));
    g_assert_null(get_field(mail, "company"));
}

/* ---- hostile values ---- */

static void test_hostile_values(void)
{
    g_autoptr(ReadMail) mail =
        read_one(FORM_HEADERS, "Name: Ann\u202e Lee\r\nEmail: ann@example.org>\r\nRCPT TO:<x@example.org\nPhone: 020 7946 0111\n"
                               "Message: {{owner}} <script>\nProfile: javascript:alert(1)\n");
    for (guint i = 0; i < mail->extraction->fields->len; i++) {
        const Field *field = g_ptr_array_index(mail->extraction->fields, i);
        g_assert_null(strpbrk(field->value, "\r\n"));
        g_assert_null(strstr(field->value, "\u202e"));
    }
    g_assert_cmpstr(get_person(mail), ==, "ann@example.org");
    g_assert_null(get_field(mail, "profile_url"));
}

static void test_much_text(void)
{
    g_autoptr(GString) body = g_string_new(NULL);
    while (body->len < 60000) {
        g_string_append(body, "urgent tax VAT need 0117 Ltd budget of £, we need (((((( director aaaaaaaaaaaaaaaaaaaaaaa \n");
    }
    gint64 began = g_get_monotonic_time();
    g_autoptr(ReadMail) mail = read_one("From: Ann Lee <ann@example.org>\nSubject: x\n", body->str);
    g_assert_cmpstr(get_person(mail), ==, "ann@example.org");
    g_assert_cmpint(g_utf8_strlen(mail->extraction->words, -1), <=, 4001);
    g_assert_cmpint(g_get_monotonic_time() - began, <, 5 * G_USEC_PER_SEC);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    parse_open();
    rulebook = load_shipped();
    g_test_add_func("/extract/values/names", test_names);
    g_test_add_func("/extract/values/money", test_money);
    g_test_add_func("/extract/values/dates", test_dates);
    g_test_add_func("/extract/values/other", test_other_values);
    g_test_add_func("/extract/values/choice", test_choice);
    g_test_add_func("/extract/direct", test_direct);
    g_test_add_func("/extract/quoted", test_quoted_history_is_not_read);
    g_test_add_func("/extract/relay", test_relay_without_rule);
    g_test_add_func("/extract/answered-elsewhere", test_answered_elsewhere);
    g_test_add_func("/extract/company/own", test_own_company);
    g_test_add_func("/extract/company/introduced", test_company_of_the_introduced);
    g_test_add_func("/extract/log", test_log);
    g_test_add_func("/extract/log/referral", test_log_referral);
    g_test_add_func("/extract/log/several", test_log_of_several);
    g_test_add_func("/extract/same-name", test_same_name);
    g_test_add_func("/extract/machines", test_nothing_is_read_of_machines);
    g_test_add_func("/extract/form/contact-form-7", test_contact_form_7);
    g_test_add_func("/extract/form/lines", test_form_of_lines);
    g_test_add_func("/extract/form/table", test_form_as_table);
    g_test_add_func("/extract/form/no-identity", test_form_without_identity);
    g_test_add_func("/extract/form/signature", test_signature_is_no_form);
    g_test_add_func("/extract/service/relay", test_relay_is_nobody);
    g_test_add_func("/extract/service/sender", test_sender_is_read);
    g_test_add_func("/extract/service/need-only", test_only_the_need_is_read);
    g_test_add_func("/extract/service/passed-on", test_passed_on_is_recognised);
    g_test_add_func("/extract/own-note/in-passing", test_address_in_passing);
    g_test_add_func("/extract/referral/cc", test_introduction_in_cc);
    g_test_add_func("/extract/referral/several", test_several_introduced);
    g_test_add_func("/extract/referral/copy", test_copy_is_no_introduction);
    g_test_add_func("/extract/referral/address", test_referral_address);
    g_test_add_func("/extract/forward/colleague", test_forward_by_colleague);
    g_test_add_func("/extract/forward/forged", test_forged_forward);
    g_test_add_func("/extract/forward/referral", test_referral_by_forward);
    g_test_add_func("/extract/forward/stranger", test_stranger_forwards);
    g_test_add_func("/extract/forward/form", test_colleague_forwards_form);
    g_test_add_func("/extract/own-note", test_own_note_without_identity);
    g_test_add_func("/extract/hostile", test_hostile_values);
    g_test_add_func("/extract/much-text", test_much_text);
    int result = g_test_run();
    rulebook_free(rulebook);
    return result;
}
