/*
 * test_fields.c - what people write, and what is read of it: a sentence, a field, the value
 *
 * Each row is one enquiry, written on Monday 2 March 2026. NULL as value: the field must not be there.
 */
#include "shipped.h"

static Rulebook *rulebook;

typedef struct {
    const char *text;
    const char *field;
    const char *value;
} Row;

static const Row phones[] = {
    {"Please ring me on 07700 900123.", "phone", "+447700900123"},
    {"You can reach me on +44 (0)20 7946 0958 most days.", "phone", "+442079460958"},
    {"My number is 0044 117 496 0123.", "phone", "+441174960123"},
    {"The office is on (0117) 496-0123 ext 204.", "phone", "+441174960123;ext=204"},
    {"Call 0117 496 0123 x204 and ask for Pam.", "phone", "+441174960123;ext=204"},
    {"Mobile 07700900456, landline 020 7946 0345.", "phone", "+447700900456"},
    {"020 7946 0345 / 07700 900456, whichever suits.", "phone", "+442079460345"},
    {"It's oh one one seven, four nine six, double oh one two.", "phone", "+441174960012"},
    {"Ring oh seven seven double-oh nine hundred four five six.", "phone", "+447700900456"},
    {"Our VAT number is GB 123 4567 89.", "phone", NULL},
    {"Company number 01234567, registered in England.", "phone", NULL},
    {"Your reference 0207946/2026 and claim 020794609.", "phone", NULL},
    {"The claim number is 1234 5678 9012.", "phone", NULL},
    {"We met on 01-05-2025 09:30.", "phone", NULL},
    {"Sort code 20-00-00, account 55779911.", "phone", NULL},
    {"My national insurance number is AB 12 34 56 C.", "phone", NULL},
};

static const Row sums[] = {
    {"We have a budget of £10m for the site.", "budget", "10000000"},
    {"Our budget is 250k.", "budget", "250000"},
    {"Budget: somewhere between 10 and 50k.", "budget", "10000"},
    {"The budget is 10-15k plus VAT.", "budget", "10000"},
    {"We have five thousand pounds to spend, our budget is five thousand pounds.", "budget", "5000"},
    {"We can spend up to £2,000 on this.", "budget", "2000"},
    {"There is a budget of £1.2 million.", "budget", "1200000"},
    {"My budget is a couple of grand.", "budget", "2000"},
    {"We have budgeted €20,000 for the audit.", "budget", "EUR 20000"},
    {"The budget is CHF 30'000.", "budget", "CHF 30000"},
    {"We have set aside $5k.", "budget", "USD 5000"},
    {"We have £4,500 plus VAT set aside.", "budget", "4500"},
    {"We would be happy to pay about £750.", "budget", "750"},
    {"Our budget for 2026 is twenty-five thousand pounds.", "budget", "25000"},
    {"We could stretch to half a million.", "budget", "500000"},
    {"Our budget by 31 March needs your help.", "budget", NULL},
    {"The house cost £450,000 in 2019.", "budget", NULL},
    {"I pay £12,000 a year in rent.", "budget", NULL},
    {"The budget meeting for the 2019 accounts is over.", "budget", NULL},
    {"We turn over £3m.", "revenue", "3000000"},
    {"We turned over just under 750k last year.", "revenue", "750000"},
    {"A business with £1.5 million turnover.", "revenue", "1500000"},
    {"Our annual revenue is around five million pounds.", "revenue", "5000000"},
    {"We passed the VAT turnover threshold of £90,000.", "revenue", NULL},
    {"Our budget is £5k and our turnover £2m.", "budget", "5000"},
    {"Our budget is £5k and our turnover £2m.", "revenue", "2000000"},
    {"We need help with a tax return, we have a £5k budget, 07700 900123.", "budget", "5000"},
    {"We have no budget yet, ring 020 7946 0123.", "budget", NULL},
    {"£10-15k for the audit would be fine.", "budget", "10000"},
    {"We paid £10k for the audit last year.", "budget", NULL},
    {"Turnover c. £3.4 million.", "revenue", "3400000"},
};

static const Row counts[] = {
    {"We are a team of 40.", "employees", "40"},
    {"We have 12 staff.", "employees", "12"},
    {"We have 20-50 employees.", "employees", "20"},
    {"We employ about 1,200 people.", "employees", "1200"},
    {"We are a team of twelve.", "employees", "12"},
    {"Our workforce of thirty-five is growing.", "employees", "35"},
    {"There are about 15 of us in the office.", "employees", "15"},
    {"I was in a team of 5 years ago.", "employees", NULL},
    {"We have been going for 12 years.", "employees", NULL},
};

static const Row companies[] = {
    {"I run Tranter Developments Limited.", "company", "Tranter Developments Limited"},
    {"Becws Eifion Cyf needs an audit.", "company", "Becws Eifion Cyf"},
    {"Ynni Dwyfor CCC is growing.", "company", "Ynni Dwyfor CCC"},
    {"Morgan a Rees PAC needs help.", "company", "Morgan a Rees PAC"},
    {"Lamb & Sons is our shop.", "company", "Lamb & Sons"},
    {"This is for Harbour Arts C.I.C. in Hull.", "company", "Harbour Arts C.I.C."},
    {"Stroud Forge (UK) Ltd needs an auditor.", "company", "Stroud Forge (UK) Ltd"},
    {"Northmoor Ltd t/a Northmoor Cycles needs help.", "company", "Northmoor Ltd t/a Northmoor Cycles"},
    {"I am Ann Lee trading as Lee Joinery.", "company", "Ann Lee trading as Lee Joinery"},
    {"Werkhaus Lindner GmbH has opened here.", "company", "Werkhaus Lindner GmbH"},
    {"Dear Hartley Finch LLP, can you help?", "company", NULL},
};

static const Row days[] = {
    {"We need this done by the end of March.", "deadline", "2026-03-31"},
    {"It must be filed by 31 March.", "deadline", "2026-03-31"},
    {"It has to be filed before 1st February.", "deadline", "2027-02-01"},
    {"We need it by Friday.", "deadline", "2026-03-06"},
    {"We need an answer next Friday.", "deadline", "2026-03-13"},
    {"Could it be done by a week on Tuesday?", "deadline", "2026-03-10"},
    {"We want it signed before Christmas.", "deadline", "2026-12-25"},
    {"Can you do it this side of Easter?", "deadline", "2026-04-05"},
    {"It needs doing by the end of the tax year.", "deadline", "2026-04-05"},
    {"They want an answer within two weeks.", "deadline", "2026-03-16"},
    {"They want an answer within 10 working days.", "deadline", "2026-03-16"},
    {"It needs to be ready by the end of Q2.", "deadline", "2026-06-30"},
    {"We need this sorted before year end.", "deadline", "2026-12-31"},
    {"Please reply by close of business on Thursday.", "deadline", "2026-03-05"},
    {"The deadline is Wednesday 11 March.", "deadline", "2026-03-11"},
    {"We have until mid-April to answer.", "deadline", "2026-04-15"},
    {"It must be sorted by the 20th.", "deadline", "2026-03-20"},
    {"We need an answer by the 1st.", "deadline", "2026-04-01"},
    {"We need it by COP tomorrow.", "deadline", "2026-03-03"},
    {"They want an answer within the fortnight.", "deadline", "2026-03-16"},
    {"Not before June, audit.", "deadline", NULL},
    {"We need an audit for the year end 31 March.", "deadline", NULL},
    {"We were there by the 19th century.", "deadline", NULL},
    {"It was due by 31 January 2026.", "deadline", NULL},
    {"It was agreed before Christmas last year.", "deadline", NULL},
    {"I was born on 12 May 1961.", "deadline", NULL},
    {"This is about the 2019 accounts.", "deadline", NULL},
    {"He left before March 2019.", "deadline", NULL},
};

static const Row timelines[] = {
    {"Please get back to us as soon as possible.", "timeline", "immediate"},
    {"We need this sorted before year end.", "timeline", "exploring"},
    {"We need the return filed by the end of the tax year.", "timeline", "1-3 months"},
    {"We would like to start in May.", "timeline", "1-3 months"},
    {"We plan to move in July.", "timeline", "3-6 months"},
    {"We hope to begin in the new year.", "timeline", "exploring"},
    {"There is no rush.", "timeline", "exploring"},
    {"It would be some time next year.", "timeline", "exploring"},
    {"We would like to start in about four months.", "timeline", "3-6 months"},
    {"This is not urgent.", "timeline", "exploring"},
    {"We need it by Friday.", "timeline", "immediate"},
    {"We need it A.S.A.P. please.", "timeline", "immediate"},
    {"They want an answer within the fortnight.", "timeline", "immediate"},
    {"Not before June, audit.", "timeline", "1-3 months"},
    {"We need an audit for the year end 31 March.", "timeline", NULL},
    {"We need accounts for the year ended 31 March 2027.", "timeline", NULL},
    {"We need an audit for our financial year end.", "timeline", NULL},
    {"We started in May 2019.", "timeline", NULL},
    {"There is no rush.", "urgency", "low"},
    {"This is not urgent at all.", "urgency", "low"},
    {"This is time critical.", "urgency", "high"},
    {"It is not very urgent.", "urgency", "low"},
};

static const Row people[] = {
    {"I'm the FD of a haulage firm.", "role", "FD"},
    {"I am finance director at a school.", "role", "finance director"},
    {"I am writing on behalf of our trustees.", "role", "trustees"},
    {"I am the executor of my aunt's will.", "role", "executor"},
    {"We are based in Stow-on-the-Wold.", "location", "Stow-on-the-Wold"},
    {"Our shop is in Leeds.", "location", "Leeds"},
    {"We are at 3 Quay Lane, BS6 5QA.", "location", "Bristol"},
    {"We are at 12 High St, Bangor, LL57 1AA.", "location", "Bangor"},
    {"We are at Rose Cottage, Mill Lane, BS6 5QA.", "location", "Bristol"},
    {"I wrote to 1 Fleet Street, London EC4Y 1AA last week.", "location", NULL},
    {"HMRC hearing is on 2 April, need litigation support.", "service", "litigation"},
    {"The brother of Sue Hall rang about VAT.", "service", "tax"},
    {"We want to sue our builder.", "service", "litigation"},
    {"I spoke to sue in your office.", "service", NULL},
    {"Kate Moor at NatWest told me to get in touch.", "referrer_name", "Kate Moor"},
    {"We need help with a tax return, 07700 900123.", "need", "help with a tax return"},
    {"My postcode is sw10 0bq.", "postcode", "SW10 0BQ"},
    {"The flat is in Sw10 0bq.", "postcode", "SW10 0BQ"},
    {"The property is at M139LR.", "postcode", "M13 9LR"},
    {"I wrote to 1 Fleet Street, EC4Y 1AA last week.", "postcode", NULL},
    {"See form P11D 2AB please, and model QX1 1AA.", "postcode", NULL},
    {"We found you through Google.", "awareness", "Google"},
    {"I heard about you from my accountant.", "awareness", "my accountant"},
    {"You were highly recommended.", "awareness", "highly recommended"},
    {"We were referred to you by our accountant Sue Hall.", "referrer_name", "Sue Hall"},
    {"We were referred to you by our accountant Sue Hall.", "referrer_relationship", "partner"},
    {"My sister recommended you.", "referrer_relationship", "family"},
    {"My old friend Gwen Pugh recommended you.", "referrer_relationship", "friend"},
    {"Your client Omar Aziz gave me your name.", "referrer_relationship", "client"},
    {"We need help with a boundary dispute.", "service", "litigation"},
    {"Can you do our statutory accounts?", "service", "audit"},
};

static void assert_spans(const ReadMail *mail)
{
    for (guint i = 0; i < mail->extraction->fields->len; i++) {
        const Field *field = g_ptr_array_index(mail->extraction->fields, i);
        if (strcmp(field->where, "text") == 0 && field->length > 0) {
            g_assert_cmpmem(mail->message->text + field->start, field->length, field->raw, strlen(field->raw));
        }
    }
}

static void test_rows(gconstpointer data)
{
    guint wrong = 0;
    const Row *rows = data;
    for (const Row *row = rows; row->text; row++) {
        g_autofree char *body = g_strdup_printf("Hello,\n\n%s\n\nRegards\nPam\n", row->text);
        g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: hello\n", body);
        const char *value = get_field(mail, row->field);
        assert_spans(mail);
        if (g_strcmp0(value, row->value) != 0) {
            const Field *field = field_find(mail->extraction->fields, row->field);
            g_test_message("\"%s\": %s is %s, not %s (%s)", row->text, row->field, value ? value : "not found",
                           row->value ? row->value : "absent", field ? field->rule : "");
            wrong++;
        }
    }
    g_assert_cmpuint(wrong, ==, 0);
}

/* ---- values alone ---- */

static void assert_values(FieldType type, const char *const (*pairs)[2], guint count)
{
    for (guint i = 0; i < count; i++) {
        FieldRule rule = {.type = type};
        g_autofree char *value = extract_normalise(&rule, pairs[i][0], rulebook->settings, SHIPPED_NOW);
        g_test_message("%s", pairs[i][0]);
        g_assert_cmpstr(value, ==, pairs[i][1]);
    }
}

static void test_names(void)
{
    static const char *const pairs[][2] = {
        {"SMITH, John", "John Smith"},
        {"john smith", "John Smith"},
        {"Dr. Anne-Marie O'Neill", "Dr. Anne-Marie O'Neill"},
        {"DR ANNE-MARIE O’NEILL", "Dr Anne-Marie O’Neill"},
        {"Mr & Mrs Patel", "Mr & Mrs Patel"},
        {"MR & MRS PATEL", "Mr & Mrs Patel"},
        {"LUDWIG VAN DER BERG", "Ludwig van der Berg"},
        {"van der Berg, Jan", "Jan van der Berg"},
        {"Llewellyn-Jones, Siân", "Siân Llewellyn-Jones"},
        {"fiona mcdonald", "Fiona McDonald"},
        {"rhys ap owen", "Rhys ap Owen"},
        {"Lee, Ann, MBE", "Ann Lee, MBE"},
        {"MACLEOD, Mr Iain", "Mr Iain Macleod"},
    };
    assert_values(FIELD_NAME, pairs, G_N_ELEMENTS(pairs));
}

static void test_postcodes(void)
{
    static const char *const pairs[][2] = {
        {"sw10 0bq", "SW10 0BQ"}, {"M139LR", "M13 9LR"},   {"EC1A1BB", "EC1A 1BB"},  {"w1a 0ax", "W1A 0AX"},
        {"BT35 8GE", "BT35 8GE"}, {"je2  3ab", "JE2 3AB"}, {"SW1A OAA", "SW1A 0AA"}, {"W9", NULL},
        {"QX1 1AA", NULL},        {"M13 9LI", NULL},       {"90210", NULL},          {"not sure", NULL},
    };
    assert_values(FIELD_POSTCODE, pairs, G_N_ELEMENTS(pairs));
}

static void test_days(void)
{
    static const char *const pairs[][2] = {
        {"end of March", "2026-03-31"},
        {"mid-April 2027", "2027-04-15"},
        {"by March", "2026-03-31"},
        {"May", "2026-05-01"},
        {"we may need it", NULL},
        {"this week", "2026-03-06"},
        {"next week", "2026-03-13"},
        {"end of next month", "2026-04-30"},
        {"Q3", "2026-09-30"},
        {"Friday", "2026-03-06"},
        {"next Friday", "2026-03-13"},
        {"Tuesday week", "2026-03-10"},
        {"Friday of next week", "2026-03-13"},
        {"this Friday", "2026-03-06"},
        {"tomorrow", "2026-03-03"},
        {"in a fortnight", "2026-03-16"},
        {"in six months' time", "2026-09-02"},
        {"a few weeks", "2026-03-23"},
        {"Michaelmas", "2026-09-29"},
        {"Lady Day", "2026-03-25"},
        {"summer", "2026-06-01"},
        {"end of the financial year", "2026-03-31"},
        {"the new year", "2027-01-01"},
        {"any day", NULL},
        {"last March", NULL},
        {"no idea", NULL},
        {"2 to 3 weeks", "2026-03-23"},
        {"29 February", NULL},
        {"31/02/2026", NULL},
        {"Friday 13 March", "2026-03-13"},
    };
    assert_values(FIELD_DATE, pairs, G_N_ELEMENTS(pairs));
}

static void test_sums(void)
{
    static const char *const pairs[][2] = {
        {"two hundred and fifty thousand pounds", "250000"},
        {"a couple of hundred thousand", "200000"},
        {"a million", "1000000"},
        {"one and a half million", "1500000"},
        {"10 to 15 thousand", "10000"},
        {"12 500 euros", "EUR 12500"},
        {"CHF 2'000", "CHF 2000"},
        {"£10k (about €12k)", "10000"},
        {"500 in Europe", "500"},
        {"£3,500 + VAT", "3500"},
        {"around 5 grand", "5000"},
        {"twenty five thousand", "25000"},
        {"none", NULL},
    };
    assert_values(FIELD_MONEY, pairs, G_N_ELEMENTS(pairs));
}

/* Without a date to start from nothing is guessed. */
static void test_undated(void)
{
    FieldRule rule = {.type = FIELD_DATE};
    g_autofree char *friday = extract_normalise(&rule, "next Friday", rulebook->settings, 0);
    g_autofree char *whole = extract_normalise(&rule, "31 March 2026", rulebook->settings, 0);
    g_assert_null(friday);
    g_assert_cmpstr(whole, ==, "2026-03-31");
}

/* What was quoted of our own mail is nobody's number or address. */
static void test_own_signature(void)
{
    g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: Re: your letter\n",
                                         "Thank you, we would like to go ahead.\n\nOn Mon, 2 Mar 2026 at 09:00, Jane Mills "
                                         "<jane@hartleyfinch.example> wrote:\n> Regards\n> Jane Mills\n> Hartley Finch LLP\n"
                                         "> 1 Fleet Street, London EC4Y 1AA\n> Tel: 020 7946 0999\n");
    g_assert_null(get_field(mail, "phone"));
    g_assert_null(get_field(mail, "postcode"));
    g_assert_null(get_field(mail, "location"));
    g_assert_null(get_field(mail, "company"));
}

/* ---- whatever is written ---- */

static gboolean is_boundary(const char *text, gsize at)
{
    return ((guchar)text[at] & 0xC0) != 0x80;
}

/* The spans of every case's mail stand where they say. */
static void test_all_cases(void)
{
    g_autoptr(GDir) cases = g_dir_open("tests/cases", 0, NULL);
    guint count = 0;
    g_assert_nonnull(cases);
    for (const char *name = g_dir_read_name(cases); name; name = g_dir_read_name(cases)) {
        g_autofree char *path = g_build_filename("tests/cases", name, "input.eml", NULL);
        g_autofree char *bytes = NULL;
        gsize length = 0;
        if (!g_file_get_contents(path, &bytes, &length, NULL)) {
            continue;
        }
        g_autoptr(Message) message = parse_message(bytes, length, length, rulebook->settings->authserv_id);
        g_autoptr(Arrival) arrival = arrival_new("explain", SHIPPED_NOW);
        const Channel *channel = extract_find_channel(message, rulebook);
        g_autoptr(KindVerdict) verdict = parse_judge_kind(message, arrival, channel, rulebook);
        g_autoptr(Extraction) extraction = extract_lead(message, verdict, channel, arrival, rulebook);
        for (guint i = 0; i < extraction->fields->len; i++) {
            const Field *field = g_ptr_array_index(extraction->fields, i);
            const char *text = strcmp(field->where, "text") == 0 ? message->text : message->subject;
            g_assert_true(g_utf8_validate(field->value, -1, NULL) && g_utf8_validate(field->raw, -1, NULL));
            if (field->length > 0 && (text == message->text || strcmp(field->where, "subject") == 0)) {
                g_test_message("%s: %s", name, field->name);
                g_assert_cmpuint(field->start + field->length, <=, strlen(text));
                g_assert_true(is_boundary(text, field->start) && is_boundary(text, field->start + field->length));
                g_assert_cmpmem(text + field->start, field->length, field->raw, strlen(field->raw));
                count++;
            }
        }
    }
    g_test_message("%u spans", count);
    g_assert_cmpuint(count, >, 100);
}

#define HOSTILE_BYTES (64 * 1024)

static void test_hostile(void)
{
    static const char *const pieces[] = {"7",
                                         "0",
                                         "0 ",
                                         "£1",
                                         "£1 ",
                                         "£1,",
                                         "Alan ",
                                         "Ann Lee ",
                                         "AB1 ",
                                         "one ",
                                         "half a ",
                                         "a hundred and ",
                                         "by the end of ",
                                         "budget ",
                                         "by Friday ",
                                         "1-",
                                         "Ltd ",
                                         "oh ",
                                         "turnover £1 ",
                                         "\u00e9\u00e9 "};
    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) body = g_string_new(NULL);
        while (body->len < HOSTILE_BYTES) {
            g_string_append(body, pieces[i]);
        }
        gint64 began = g_get_monotonic_time();
        g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: hello\n", body->str);
        gint64 spent = g_get_monotonic_time() - began;
        g_test_message("\"%s\": %" G_GINT64_FORMAT " ms", pieces[i], spent / 1000);
        g_assert_cmpstr(get_person(mail), ==, "pam@example.org");
        assert_spans(mail);
        g_assert_cmpint(spent, <, 10 * G_USEC_PER_SEC);
    }
}

#define ADD_ROWS(name)                                                                                                             \
    {                                                                                                                              \
        static Row ended[G_N_ELEMENTS(name) + 1];                                                                                  \
        memcpy(ended, name, sizeof name);                                                                                          \
        g_test_add_data_func("/fields/" #name, ended, test_rows);                                                                  \
    }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    parse_open();
    rulebook = load_shipped();
    ADD_ROWS(phones)
    ADD_ROWS(sums)
    ADD_ROWS(counts)
    ADD_ROWS(companies)
    ADD_ROWS(days)
    ADD_ROWS(timelines)
    ADD_ROWS(people)
    g_test_add_func("/fields/values/names", test_names);
    g_test_add_func("/fields/values/postcodes", test_postcodes);
    g_test_add_func("/fields/values/days", test_days);
    g_test_add_func("/fields/values/sums", test_sums);
    g_test_add_func("/fields/values/undated", test_undated);
    g_test_add_func("/fields/own-signature", test_own_signature);
    g_test_add_func("/fields/spans", test_all_cases);
    g_test_add_func("/fields/hostile", test_hostile);
    int result = g_test_run();
    rulebook_free(rulebook);
    return result;
}
