/*
 * tests/unit/test_pipeline.c - the pure middle as a whole: the same answer to the same question, and the ends a mail can come to
 */
#include <string.h>

#include "../../src/command/command.h"
#include "usher/base/token.h"
#include "usher/parse.h"

#define NOW 1772443800 /* 2026-03-02T09:30:00Z */
#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static Rulebook *rulebook;

static Decision *decide_file(const char *path, const Past *past, UsherTime now)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    Arrival *arrival = arrival_new("test", now);
    arrival->id = 7;
    arrival->size_bytes = length;
    g_autoptr(Reading) reading = pipeline_read(arrival, bytes, length, rulebook);
    return pipeline_decide(reading, past, rulebook, SECRET, now);
}

static char *dump(const Decision *decision)
{
    json_t *value = json_from_decision(decision, rulebook);
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    return text;
}

/* A colleague's mail with a mark in its subject, as a button of a brief writes it. */
static Decision *decide_command_mail(const char *person, const char *marked_for, const char *results, const char *body)
{
    g_autofree char *what = g_strdup_printf("command:17:%s", marked_for);
    g_autofree char *mark = token_make_mark(SECRET, what);
    g_autofree char *bytes = g_strdup_printf("Received: from office by mx.hartleyfinch.example; Mon, 2 Mar 2026 09:20:00 +0000\n"
                                             "%sFrom: %s@hartleyfinch.example\nTo: enquiries@hartleyfinch.example\n"
                                             "Subject: Lead 17: won [usher:17:%s]\nMessage-ID: <c@hartleyfinch.example>\n\n%s\n",
                                             results, person, mark, body);
    Arrival *arrival = arrival_new("test", NOW);
    arrival->id = 7;
    arrival->size_bytes = strlen(bytes);
    g_autoptr(Reading) reading = pipeline_read(arrival, bytes, strlen(bytes), rulebook);
    g_autoptr(PastKeys) keys = pipeline_get_keys(reading, rulebook, NOW);
    g_assert_cmpint(keys->lead, ==, 17);
    g_autoptr(Past) past = past_new();
    Lead *lead = lead_new();
    lead->id = 17;
    lead->owner = g_strdup("jane");
    lead->channel = g_strdup("email");
    lead->source = g_strdup("email");
    g_ptr_array_add(past->matches, lead_match_new(lead, MATCH_COMMAND, "", FALSE));
    return pipeline_decide(reading, past, rulebook, SECRET, NOW);
}

#define PASSED "Authentication-Results: mx.hartleyfinch.example; dmarc=pass header.from=hartleyfinch.example\n"
#define ELSEWHERE "Authentication-Results: mx.stranger.example; dmarc=pass header.from=hartleyfinch.example\n"

static void test_command_mail(void)
{
    g_autoptr(Decision) believed = decide_command_mail("jane", "jane", PASSED, "won they signed\n\nJane");
    g_assert_cmpint(believed->kind, ==, KIND_COMMAND);
    g_assert_cmpint(believed->orders->len, ==, 1);
    g_assert_cmpstr(((const MailOrder *)g_ptr_array_index(believed->orders, 0))->said, ==, "won they signed");
    g_assert_cmpstr(believed->actor, ==, "jane");
    g_assert_cmpint(believed->lead, ==, 17);

    /* Somebody else's mark: nothing of the lead is touched. */
    g_autoptr(Decision) stolen = decide_command_mail("tom", "jane", PASSED, "won");
    g_assert_cmpint(stolen->orders->len, ==, 0);
    g_assert_cmpint(stolen->lead, ==, 0);
    g_assert_cmpint(stolen->disposition, ==, DISPOSITION_RECORDED);

    /* The right mark, and a finding that is not of our own mail server. */
    g_autoptr(Decision) unproved = decide_command_mail("jane", "jane", ELSEWHERE, "won");
    g_assert_cmpint(unproved->orders->len, ==, 0);
    g_assert_cmpint(unproved->mails->len, ==, 0);
    g_assert_cmpint(unproved->lead, ==, 17);
    g_assert_nonnull(strstr(unproved->reason, "refused"));

    /* More lines than are taken. */
    g_autofree char *many = g_strnfill(0, ' ');
    for (guint i = 0; i < 30; i++) {
        g_autofree char *more = g_strconcat(many, "note: again\n", NULL);
        g_free(many);
        many = g_steal_pointer(&more);
    }
    g_autoptr(Decision) long_one = decide_command_mail("jane", "jane", PASSED, many);
    g_assert_cmpint(long_one->orders->len, ==, 10);
}

static void test_quarantine(void)
{
    g_autoptr(Arrival) arrival = arrival_new("test", NOW);
    arrival->id = 9;
    g_autoptr(Decision) decision = pipeline_decide_quarantine(arrival, "reading it stopped the program", rulebook, SECRET, NOW);
    g_assert_cmpint(decision->disposition, ==, DISPOSITION_QUARANTINED);
    g_assert_true(decision->opens_lead);
    g_assert_cmpint(decision->status, ==, STATUS_EXCEPTION);
    g_assert_cmpstr(decision->exception, ==, "undecided");
    g_assert_cmpstr(decision->owner, ==, "tom");
    g_assert_cmpuint(decision->mails->len, ==, 1);
    const OutgoingMail *brief = g_ptr_array_index(decision->mails, 0);
    g_assert_cmpstr(brief->purpose, ==, "brief");
    g_assert_cmpstr(brief->to->address, ==, "tom@hartleyfinch.example");
    g_assert_cmpint(brief->attach_message, ==, 9);
}

static void test_own_mail(void)
{
    g_autofree char *id = message_id_make(SECRET, "ack:7", "hartleyfinch.example");
    g_autofree char *mail = g_strdup_printf("From: Pat <pat@client.example>\nTo: enquiries@hartleyfinch.example\nSubject: x\n"
                                            "Message-ID: <%s>\n\nWe need help with tax.\n",
                                            id);
    Arrival *arrival = arrival_new("test", NOW);
    arrival->size_bytes = strlen(mail);
    g_autoptr(Reading) reading = pipeline_read(arrival, mail, strlen(mail), rulebook);
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = pipeline_decide(reading, past, rulebook, SECRET, NOW);
    g_assert_cmpint(decision->disposition, ==, DISPOSITION_IGNORED);
    g_assert_cmpuint(decision->mails->len, ==, 0);
}

static Past *past_with_lead(MatchKind how, const char *evidence, gboolean is_known)
{
    Lead *lead = lead_new();
    lead->id = 3;
    lead->channel = g_strdup("email");
    lead->source = g_strdup("email");
    lead->owner = g_strdup("jane");
    lead->tier = g_strdup("hot");
    lead->route = g_strdup("sales");
    g_ptr_array_add(lead->fields, field_new("email", "helen.marsh@marshjoinery.example"));
    g_ptr_array_add(lead->fields, field_new("service", "tax"));
    Past *past = past_new();
    g_ptr_array_add(past->matches, lead_match_new(lead, how, evidence, is_known));
    return past;
}

static void assert_no_outside_mail(const Decision *decision)
{
    for (guint i = 0; i < decision->mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(decision->mails, i);
        g_assert_true(mail->is_internal);
    }
}

static void test_joins(void)
{
    g_autoptr(Past) same_person = past_with_lead(MATCH_PERSON, "helen.marsh@marshjoinery.example", TRUE);
    g_autoptr(Decision) joined = decide_file("samples/1-enquiry.eml", same_person, NOW);
    g_assert_cmpint(joined->disposition, ==, DISPOSITION_JOINED);
    g_assert_cmpint(joined->lead, ==, 3);
    g_assert_false(joined->opens_lead);
    assert_no_outside_mail(joined);

    g_autoptr(Past) thread = past_with_lead(MATCH_REFERENCE, "usher.x.y@hartleyfinch.example", TRUE);
    g_autoptr(Decision) reply = decide_file("samples/1-enquiry.eml", thread, NOW);
    g_assert_cmpint(reply->kind, ==, KIND_REPLY);
    g_assert_cmpint(reply->disposition, ==, DISPOSITION_REPLY);
    assert_no_outside_mail(reply);

    g_autoptr(Past) same_message = past_with_lead(MATCH_SAME_MESSAGE, "7d1c02e4-sample1@marshjoinery.example", TRUE);
    g_autoptr(Decision) again = decide_file("samples/1-enquiry.eml", same_message, NOW);
    g_assert_cmpint(again->disposition, ==, DISPOSITION_JOINED);
    g_assert_cmpuint(again->mails->len, ==, 0);
}

/* A form that gives every mail the same Message-ID: the second person has a lead of their own. */
static void test_message_id_of_another(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_SAME_MESSAGE, "b5e0f2a17c-sample2@hartleyfinch.example", FALSE);
    g_autoptr(Decision) decision = decide_file("samples/2-web-form.eml", past, NOW);
    g_assert_cmpint(decision->disposition, ==, DISPOSITION_LEAD);
    g_assert_cmpuint(decision->mails->len, ==, 2);
}

static Decision *decide_text(const char *mail, const Past *past)
{
    Arrival *arrival = arrival_new("test", NOW);
    arrival->id = 7;
    arrival->size_bytes = strlen(mail);
    g_autoptr(Reading) reading = pipeline_read(arrival, mail, strlen(mail), rulebook);
    return pipeline_decide(reading, past, rulebook, SECRET, NOW);
}

/* ---- the same answer to the same question ---- */

/* A lead that said too little, so that whatever more is said has it judged again. */
static Past *past_with_thin_lead(void)
{
    static const char mail[] =
        "From: Helen Marsh <helen.marsh@marshjoinery.example>\nTo: enquiries@hartleyfinch.example\nSubject: Hello\n"
        "Message-ID: <thin@marshjoinery.example>\n\nCould somebody ring me back?\n";
    Past *past = past_with_lead(MATCH_PERSON, "helen.marsh@marshjoinery.example", TRUE);
    Lead *lead = ((LeadMatch *)g_ptr_array_index(past->matches, 0))->lead;
    g_ptr_array_set_size(lead->fields, 0);
    g_ptr_array_add(lead->fields, field_new("email", "helen.marsh@marshjoinery.example"));
    g_free(lead->route);
    lead->route = g_strdup("exception");
    lead->exception = g_strdup("missing-data");
    lead->status = STATUS_EXCEPTION;
    past->lead = lead->id;
    past->opening = arrival_new("test", NOW - 3600);
    past->opening->id = lead->id;
    past->opening_bytes = g_bytes_new_static(mail, strlen(mail));
    return past;
}

typedef struct {
    const char *file;
    Past *past;
    char *answer;
} Occasion;

static char *answer_to(const Occasion *occasion)
{
    g_autoptr(Decision) decision = decide_file(occasion->file, occasion->past, NOW);
    return dump(decision);
}

/* A decision leaves nothing behind in the rulebook that the next one could see: whatever came before, the answer is the same byte for byte. */
static void test_same_answer(void)
{
    Occasion occasions[] = {
        {"samples/1-enquiry.eml", past_new(), NULL},
        {"samples/2-web-form.eml", past_new(), NULL},
        {"samples/3-referral.eml", past_new(), NULL},
        {"samples/4-out-of-office.eml", past_new(), NULL},
        {"samples/5-newsletter.eml", past_new(), NULL},
        {"tests/cases/contradiction-everything/input.eml", past_new(), NULL},
        {"tests/cases/odd-empty-mail/input.eml", past_new(), NULL},
        {"samples/1-enquiry.eml", past_with_lead(MATCH_PERSON, "helen.marsh@marshjoinery.example", TRUE), NULL},
        {"samples/2-web-form.eml", past_with_lead(MATCH_PERSON, "d.okafor@riverside-foods.example", TRUE), NULL},
        {"samples/1-enquiry.eml", past_with_thin_lead(), NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(occasions); i++) {
        occasions[i].answer = answer_to(&occasions[i]);
    }
    g_assert_nonnull(strstr(occasions[9].answer, "re-qualified"));
    g_assert_nonnull(strstr(occasions[7].answer, "\"disposition\":\"joined\""));
    g_autoptr(GRand) shuffle = g_rand_new_with_seed(1);
    for (guint run = 0; run < 1000; run++) {
        guint i = (guint)g_rand_int_range(shuffle, 0, G_N_ELEMENTS(occasions));
        char *again = answer_to(&occasions[i]);
        g_assert_cmpstr(again, ==, occasions[i].answer);
        free(again);
    }
    for (guint i = 0; i < G_N_ELEMENTS(occasions); i++) {
        past_free(occasions[i].past);
        free(occasions[i].answer);
    }
}

static const Event *find_event(const Decision *decision, const char *what)
{
    for (guint i = 0; i < decision->events->len; i++) {
        const Event *event = g_ptr_array_index(decision->events, i);
        if (strcmp(event->what, what) == 0) {
            return event;
        }
    }
    return NULL;
}

/* Whoever holds a mail of the thread is told to the owner, and nothing they say becomes the lead's: a person looks who that is. */
static void test_stranger_in_thread(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_REFERENCE, "usher.x.y@hartleyfinch.example", FALSE);
    g_autoptr(Decision) decision = decide_text("From: Helen Marsh <helen@stranger.example>\nTo: enquiries@hartleyfinch.example\n"
                                               "Subject: Re: VAT\nIn-Reply-To: <usher.x.y@hartleyfinch.example>\n\n"
                                               "Ring me on 07700 900666.\n",
                                               past);
    const LeadMatch *thread = g_ptr_array_index(past->matches, 0);
    g_assert_cmpint(decision->disposition, ==, DISPOSITION_LEAD);
    g_assert_cmpstr(decision->exception, ==, "review");
    g_assert_cmpstr(find_event(decision, "reply")->actor, ==, "stranger");
    g_assert_cmpint(find_event(decision, "reply")->lead, ==, thread->lead->id);
    g_assert_cmpuint(decision->thread_ids->len, ==, 0); /* the thread stays that of its lead */
    g_assert_cmpuint(decision->mails->len, ==, 2);
    g_assert_cmpstr(((const OutgoingMail *)g_ptr_array_index(decision->mails, 0))->purpose, ==, "brief");
    const OutgoingMail *mail = g_ptr_array_index(decision->mails, 1);
    g_assert_cmpint(mail->lead, ==, thread->lead->id);
    g_assert_nonnull(strstr(mail->text, "TAKE CARE"));
    g_assert_nonnull(strstr(mail->text, "helen.marsh@marshjoinery.example"));
    g_assert_nonnull(strstr(mail->subject, "helen@stranger.example"));
    assert_no_outside_mail(decision);
}

static void test_referrer_in_thread(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_REFERENCE, "usher.x.y@hartleyfinch.example", FALSE);
    const LeadMatch *match = g_ptr_array_index(past->matches, 0);
    g_ptr_array_add(match->lead->fields, field_new("referrer_email", "anna@calder.example"));
    g_ptr_array_add(match->lead->fields, field_new("referrer_name", "Anna Reyes"));
    g_autoptr(Decision) decision = decide_text("From: A. Reyes <anna@calder.example>\nTo: enquiries@hartleyfinch.example\n"
                                               "Subject: Re: Introduction\nIn-Reply-To: <usher.x.y@hartleyfinch.example>\n\n"
                                               "You are welcome. 020 7946 0801\n",
                                               past);
    g_assert_cmpstr(find_event(decision, "reply")->actor, ==, "referrer");
    g_assert_cmpuint(decision->fields->len, ==, 0);
    const OutgoingMail *mail = g_ptr_array_index(decision->mails, 0);
    g_assert_true(g_str_has_prefix(mail->subject, "Anna Reyes has written on the lead of"));
    g_assert_null(strstr(mail->text, "TAKE CARE"));
}

/* A colleague who answers a brief tells us something; nobody is written to for it. */
static void test_colleague_in_thread(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_REFERENCE, "usher.x.y@hartleyfinch.example", FALSE);
    g_autoptr(Decision) decision =
        decide_text("From: Jane Mills <jane@hartleyfinch.example>\nTo: enquiries@hartleyfinch.example\nSubject: Re: New lead\n"
                    "In-Reply-To: <usher.x.y@hartleyfinch.example>\n\nWill ring at two.\n",
                    past);
    g_assert_cmpint(decision->kind, ==, KIND_LOG);
    g_assert_cmpint(decision->disposition, ==, DISPOSITION_RECORDED);
    g_assert_cmpint(decision->lead, ==, 3);
    g_assert_cmpstr(find_event(decision, "note")->actor, ==, "jane");
    g_assert_cmpstr(find_event(decision, "note")->detail, ==, "Will ring at two.");
    g_assert_cmpuint(decision->mails->len, ==, 0);
}

#define REPORT                                                                                                                     \
    "From: MAILER-DAEMON@mx.example.org\nTo: enquiries@hartleyfinch.example\nSubject: Undelivered\nMIME-Version: 1.0\n"            \
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n"      \
    "\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\n\n--b--\n"

/* A report is believed when it returns a mail of ours, and about the addresses of its lead; a colleague's mailbox is no matter of the lead. */
static void test_bounces(void)
{
    g_autofree char *own = g_strdup_printf(REPORT, "helen.marsh@marshjoinery.example");
    g_autofree char *other = g_strdup_printf(REPORT, "somebody@example.org");
    g_autofree char *colleague = g_strdup_printf(REPORT, "jane@hartleyfinch.example");
    g_autofree char *id = message_id_make(SECRET, "ack:3", "hartleyfinch.example");
    g_autoptr(Past) ours = past_with_lead(MATCH_REFERENCE, id, FALSE);
    g_autoptr(Past) theirs = past_with_lead(MATCH_PERSON, "helen.marsh@marshjoinery.example", FALSE);
    g_autoptr(Decision) bounced = decide_text(own, ours);
    g_assert_cmpuint(bounced->marked_addresses->len, ==, 1);
    g_assert_cmpint(bounced->status, ==, STATUS_EXCEPTION);
    g_assert_true(bounced->stops_mail);
    g_autoptr(Decision) of_alias = decide_text(other, ours);
    g_assert_cmpuint(of_alias->marked_addresses->len, ==, 0);
    g_assert_cmpint(of_alias->status, ==, STATUS_EXCEPTION);
    g_autoptr(Decision) of_colleague = decide_text(colleague, ours);
    g_assert_cmpuint(of_colleague->marked_addresses->len, ==, 0);
    g_assert_cmpint(of_colleague->status, ==, STATUS_NEW);
    g_autoptr(Decision) forged = decide_text(own, theirs);
    g_assert_cmpuint(forged->marked_addresses->len, ==, 0);
    g_assert_cmpint(forged->status, ==, STATUS_NEW);
}

/* The newest lead of a person is of another matter; the mail belongs to the older one. */
static void test_same_matter_among_several(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_PERSON, "helen.marsh@marshjoinery.example", TRUE);
    g_autoptr(Past) other = past_with_lead(MATCH_PERSON, "helen.marsh@marshjoinery.example", TRUE);
    LeadMatch *newest = g_ptr_array_steal_index(other->matches, 0);
    newest->lead->id = 5;
    g_ptr_array_set_size(newest->lead->fields, 0);
    g_ptr_array_add(newest->lead->fields, field_new("email", "helen.marsh@marshjoinery.example"));
    g_ptr_array_add(newest->lead->fields, field_new("service", "litigation"));
    g_ptr_array_insert(past->matches, 0, newest);
    g_autoptr(Decision) decision = decide_file("samples/1-enquiry.eml", past, NOW);
    g_assert_cmpint(decision->disposition, ==, DISPOSITION_JOINED);
    g_assert_cmpint(decision->lead, ==, 3);
}

static void test_other_matter(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_PERSON, "d.okafor@riverside-foods.example", TRUE);
    g_autoptr(Decision) decision = decide_file("samples/2-web-form.eml", past, NOW);
    g_assert_cmpint(decision->disposition, ==, DISPOSITION_LEAD);
    gboolean is_linked = FALSE;
    for (guint i = 0; i < decision->events->len; i++) {
        const Event *event = g_ptr_array_index(decision->events, i);
        is_linked = is_linked || strcmp(event->what, "linked") == 0;
    }
    g_assert_true(is_linked);
}

static Decision *decide_old(const char *path, const Past *past, UsherTime came)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    Arrival *arrival = arrival_new(DOOR_IMPORT, came);
    arrival->id = 7;
    arrival->size_bytes = length;
    g_autoptr(Reading) reading = pipeline_read(arrival, bytes, length, rulebook);
    return pipeline_decide(reading, past, rulebook, SECRET, NOW);
}

/* What old mail says is judged and recorded; nothing follows from it. */
static void test_history(void)
{
    g_autoptr(Past) nothing = past_new();
    const char *const files[] = {"samples/1-enquiry.eml", "samples/3-referral.eml"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(Decision) now = decide_file(files[i], nothing, NOW);
        g_autoptr(Decision) old = decide_old(files[i], nothing, NOW - 100000);
        g_assert_true(old->opens_lead && old->is_history && !now->is_history);
        g_assert_cmpint(old->at, ==, NOW - 100000);
        g_assert_cmpstr(old->route, ==, now->route);
        g_assert_cmpstr(old->owner, ==, now->owner);
        g_assert_cmpuint(old->fields->len, ==, now->fields->len);
        g_assert_cmpuint(old->mails->len + old->promises->len, ==, 0);
        g_assert_cmpuint(now->mails->len, >, 0);
        g_assert_null(old->cadence);
    }
    g_autoptr(Decision) future = decide_old(files[0], nothing, NOW + 100000);
    g_assert_cmpint(future->at, ==, NOW);
    g_autoptr(Arrival) bad = arrival_new(DOOR_IMPORT, NOW - 5);
    g_autoptr(Decision) unread = pipeline_decide_quarantine(bad, "it stopped the program", rulebook, SECRET, NOW);
    g_assert_true(unread->is_history && unread->mails->len == 0 && unread->at == NOW - 5);
}

static void test_history_is_woken(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_REFERENCE, "old@marshjoinery.example", TRUE);
    const LeadMatch *match = g_ptr_array_index(past->matches, 0);
    match->lead->is_history = TRUE;
    g_autoptr(Decision) reply = decide_file("samples/1-enquiry.eml", past, NOW);
    g_assert_cmpint(reply->disposition, ==, DISPOSITION_REPLY);
    g_assert_false(reply->is_history);
    g_assert_cmpuint(reply->mails->len, >, 0);
    g_autoptr(Decision) old_reply = decide_old("samples/1-enquiry.eml", past, NOW - 10);
    g_assert_cmpint(old_reply->disposition, ==, DISPOSITION_REPLY);
    g_assert_true(old_reply->is_history);
    g_assert_cmpuint(old_reply->mails->len, ==, 0);

    g_autoptr(Past) known = past_with_lead(MATCH_HISTORY, "helen.marsh@marshjoinery.example", TRUE);
    g_autoptr(Decision) opened = decide_file("samples/1-enquiry.eml", known, NOW);
    g_assert_true(opened->opens_lead && !opened->is_history);
    const Event *last = g_ptr_array_index(opened->events, opened->events->len - 1);
    g_assert_cmpstr(last->what, ==, "linked");

    g_autoptr(Past) twin = past_with_lead(MATCH_SAME_MESSAGE, "7d1c02e4-sample1@marshjoinery.example", TRUE);
    ((LeadMatch *)g_ptr_array_index(twin->matches, 0))->lead->is_history = TRUE;
    g_autoptr(Decision) again = decide_file("samples/1-enquiry.eml", twin, NOW);
    g_assert_true(again->opens_lead);
}

/* A person's word wakes it too, a note about it does not. */
static void test_history_and_verbs(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_COMMAND, "3", FALSE);
    ((LeadMatch *)g_ptr_array_index(past->matches, 0))->lead->is_history = TRUE;
    char *none[] = {NULL}, *text[] = {(char[]){"asked"}, NULL};
    const struct {
        const char *verb;
        char **arguments;
        gboolean is_history;
    } rows[] = {{"note", text, TRUE}, {"lost", none, TRUE}, {"engaged", none, FALSE}, {"claim", none, FALSE}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Command command = {.lead = 3, .verb = rows[i].verb, .arguments = rows[i].arguments, .actor = "tom"};
        g_autoptr(Decision) decision = pipeline_decide_command(&command, past, rulebook, SECRET, NOW, NULL);
        g_assert_nonnull(decision);
        g_assert_cmpint(decision->is_history, ==, rows[i].is_history);
    }
}

static void test_verbs(void)
{
    g_autoptr(Past) past = past_with_lead(MATCH_COMMAND, "3", FALSE);
    PromiseState *promise = promise_state_new("first-contact", "jane", NOW + 3600);
    promise->kept_by = g_strdup("verb:contacted,meeting");
    g_ptr_array_add(past->promises, promise);
    char *shoe[] = {(char[]){"shoe_size"}, (char[]){"42"}, NULL}, *wrong[] = {(char[]){"phone"}, (char[]){"later"}, NULL};
    char *none[] = {NULL}, *tom[] = {(char[]){"tom"}, NULL}, *nobody[] = {(char[]){"bob"}, NULL};
    const struct {
        const char *verb;
        char **arguments;
        const char *actor;
        gboolean is_allowed;
    } rows[] = {
        {"contacted", none, "jane", TRUE},     {"reassign", tom, "operator", TRUE}, {"reassign", nobody, "operator", FALSE},
        {"reassign", none, "operator", FALSE}, {"claim", none, "tom", TRUE},        {"claim", none, "jane", FALSE},
        {"claim", none, "operator", FALSE},    {"sell", none, "jane", FALSE},       {"note", none, "jane", FALSE},
        {"won", none, "jane", TRUE},           {"field", shoe, "jane", FALSE},      {"field", wrong, "jane", FALSE},
        {"clear", none, "jane", FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Command command = {.lead = 3, .verb = rows[i].verb, .arguments = rows[i].arguments, .actor = rows[i].actor};
        g_autoptr(GError) error = NULL;
        g_autoptr(Decision) decision = pipeline_decide_command(&command, past, rulebook, SECRET, NOW, &error);
        g_assert_true((decision != NULL) == rows[i].is_allowed);
        g_assert_true((error == NULL) == rows[i].is_allowed);
        if (decision && strcmp(rows[i].verb, "contacted") == 0) {
            g_assert_cmpint(decision->status, ==, STATUS_CONTACTED);
            g_assert_cmpuint(decision->kept->len, ==, 1);
        }
        if (decision && strcmp(rows[i].verb, "reassign") == 0) {
            g_assert_cmpuint(decision->mails->len, ==, 1);
            const OutgoingMail *mail = g_ptr_array_index(decision->mails, 0);
            g_assert_cmpstr(mail->to->address, ==, "tom@hartleyfinch.example");
            g_assert_cmpint(mail->attach_message, ==, 3);
        } else if (decision) {
            g_assert_cmpuint(decision->mails->len, ==, 0);
        }
        if (decision && strcmp(rows[i].verb, "won") == 0) {
            g_assert_true(decision->stops_mail);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    parse_open();
    g_autoptr(Problems) problems = problems_new();
    rulebook = rulebook_load("tests/instance", ".", problems);
    g_assert_nonnull(rulebook);
    g_test_add_func("/pipeline/same-answer", test_same_answer);
    g_test_add_func("/pipeline/quarantine", test_quarantine);
    g_test_add_func("/pipeline/command-mail", test_command_mail);
    g_test_add_func("/pipeline/own-mail", test_own_mail);
    g_test_add_func("/pipeline/joins", test_joins);
    g_test_add_func("/pipeline/message-id-of-another", test_message_id_of_another);
    g_test_add_func("/pipeline/stranger-in-thread", test_stranger_in_thread);
    g_test_add_func("/pipeline/referrer-in-thread", test_referrer_in_thread);
    g_test_add_func("/pipeline/colleague-in-thread", test_colleague_in_thread);
    g_test_add_func("/pipeline/bounces", test_bounces);
    g_test_add_func("/pipeline/same-matter-among-several", test_same_matter_among_several);
    g_test_add_func("/pipeline/other-matter", test_other_matter);
    g_test_add_func("/pipeline/verbs", test_verbs);
    g_test_add_func("/pipeline/history", test_history);
    g_test_add_func("/pipeline/history-is-woken", test_history_is_woken);
    g_test_add_func("/pipeline/history-and-verbs", test_history_and_verbs);
    int status = g_test_run();
    rulebook_free(rulebook);
    return status;
}
