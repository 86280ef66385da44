/*
 * test_model.c - the plain values: words, lists, message ids
 */
#include <string.h>

#include "usher/base/token.h"
#include "usher/model/arrival.h"
#include "usher/model/decision.h"

static void test_words(void)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        MessageKind kind = KIND_COUNT;
        g_assert_true(kind_find(kind_get_name((MessageKind)i), &kind));
        g_assert_cmpint(kind, ==, i);
    }
    for (int i = 0; i < DISPOSITION_COUNT; i++) {
        Disposition disposition = DISPOSITION_COUNT;
        g_assert_true(disposition_find(disposition_get_name((Disposition)i), &disposition));
        g_assert_cmpint(disposition, ==, i);
    }
    for (int i = 0; i < TRACK_COUNT; i++) {
        Track track = TRACK_COUNT;
        g_assert_true(track_find(track_get_name((Track)i), &track));
        g_assert_cmpint(track, ==, i);
    }
    for (int i = 0; i < STATUS_COUNT; i++) {
        LeadStatus status = STATUS_COUNT;
        g_assert_true(status_find(status_get_name((LeadStatus)i), &status));
        g_assert_cmpint(status, ==, i);
    }
    for (int i = 0; i < MAIL_STATE_COUNT; i++) {
        MailState state = MAIL_STATE_COUNT;
        g_assert_true(mail_state_find(mail_state_get_name((MailState)i), &state));
        g_assert_cmpint(state, ==, i);
    }
    g_assert_cmpstr(kind_get_name(KIND_AUTO_REPLY), ==, "auto-reply");
    g_assert_cmpstr(status_get_name(STATUS_INSUFFICIENT_DATA), ==, "insufficient-data");
    g_assert_cmpstr(bant_get_name(BANT_TIMING), ==, "timing");
}

static void test_unknown_words(void)
{
    MessageKind kind = KIND_LOG;
    LeadStatus status = STATUS_WON;
    MailState state = MAIL_HELD;
    g_assert_false(kind_find("Enquiry", &kind));
    g_assert_false(kind_find("", &kind));
    g_assert_false(kind_find(NULL, &kind));
    g_assert_false(status_find("closed", &status));
    g_assert_false(mail_state_find("queued", &state));
    g_assert_cmpint(kind, ==, KIND_LOG);
    g_assert_cmpint(status, ==, STATUS_WON);
    g_assert_cmpint(state, ==, MAIL_HELD);
}

static void test_claims(void)
{
    g_assert_true(status_is_live(STATUS_NEW));
    g_assert_true(status_is_live(STATUS_NURTURE));
    g_assert_true(status_is_live(STATUS_EXCEPTION));
    g_assert_false(status_is_live(STATUS_WON));
    g_assert_false(status_is_live(STATUS_REFERRED_ON));
    g_assert_true(kind_is_automatic(KIND_BOUNCE));
    g_assert_true(kind_is_automatic(KIND_BULK));
    g_assert_false(kind_is_automatic(KIND_ENQUIRY));
    g_assert_false(kind_is_automatic(KIND_UNSUBSCRIBE));
}

static void test_message(void)
{
    g_autoptr(Message) message = message_new();
    message->from = mailbox_new(NULL, "Jane@Example.ORG");
    g_assert_cmpstr(message->from->name, ==, "");
    g_assert_cmpstr(message->from->address, ==, "jane@example.org");
    message->sender = mailbox_dup(message->from);
    g_assert_null(mailbox_dup(NULL));
    g_ptr_array_add(message->to, mailbox_new("Tom", NULL));
    g_ptr_array_add(message->references, g_strdup("1@example.org"));
    g_ptr_array_add(message->headers, header_line_new("Subject", "first"));
    g_ptr_array_add(message->headers, header_line_new("subject", "second"));
    g_assert_cmpstr(message_find_header(message, "SUBJECT"), ==, "first");
    g_assert_null(message_find_header(message, "X-None"));
    g_ptr_array_add(message->attachments, attachment_new(NULL, "application/pdf", 10));
    g_ptr_array_add(message->labelled, labelled_line_new("phone", "020 7946 0345", 7, 13));
    g_ptr_array_add(message->bounced, bounce_recipient_new(NULL, "5.1.1", TRUE, NULL));
    g_ptr_array_add(message->automatic, automatic_mark_new(KIND_BULK, "list-id", "List-Id: x", FALSE));
    g_ptr_array_add(message->notes, g_strdup("charset guessed"));
    message->original = forwarded_original_new();
    message->original->from = mailbox_new("Ann", "ann@example.org");
    g_assert_cmpstr(message->text, ==, "");
    g_assert_cmpstr(message->original->note, ==, "");
}

static void test_lead(void)
{
    g_autoptr(Lead) lead = lead_new();
    g_ptr_array_add(lead->fields, field_new("phone", "+442079460345"));
    g_ptr_array_add(lead->fields, field_new("phone", "+441174960123"));
    Field *first = field_find(lead->fields, "phone");
    first->rule = g_strdup("header From");
    first->start = 3;
    g_autoptr(Field) copy = field_dup(first);
    g_assert_cmpstr(copy->value, ==, "+442079460345");
    g_assert_cmpstr(copy->rule, ==, "header From");
    g_assert_cmpuint(copy->start, ==, 3);
    g_assert_cmpstr(field_find_value(lead->fields, "phone"), ==, "+442079460345");
    g_assert_null(field_find(lead->fields, "email"));
    g_assert_null(field_find_value(lead->fields, "email"));
}

static void test_past(void)
{
    g_autoptr(Past) past = past_new();
    g_ptr_array_add(past->matches, lead_match_new(lead_new(), MATCH_PERSON, "jane@example.org", TRUE));
    g_ptr_array_add(past->loads, person_load_new("jane", 4, 100));
    g_ptr_array_add(past->loads, person_load_new("tom", 2, 0));
    g_ptr_array_add(past->promises, promise_state_new("ack", "jane", 300));
    g_ptr_array_add(past->answers, answer_count_new("jane@example.org", 1, 2));
    g_hash_table_insert(past->known_addresses, g_strdup("dead@example.org"), g_strdup("bounced"));
    g_assert_cmpuint(past_find_load(past, "tom")->open_leads, ==, 2);
    g_assert_null(past_find_load(past, "ada"));
    g_autoptr(PastKeys) keys = past_keys_new();
    g_ptr_array_add(keys->references, g_strdup("1@example.org"));
    g_ptr_array_add(keys->addresses, g_strdup("jane@example.org"));
}

static void test_decision(void)
{
    g_autoptr(Decision) decision = decision_new(1772442900, "hash");
    decision_add_event(decision, "usher", "assigned", "to %s, %d of %d", "jane", 4, 20);
    const Event *event = g_ptr_array_index(decision->events, 0);
    g_assert_cmpstr(event->detail, ==, "to jane, 4 of 20");
    g_assert_cmpstr(decision->action, ==, "");
    decision->bant[BANT_NEED].because = g_strdup("said so");
    decision->referrer = mailbox_new("Ann", "ann@example.org");
    OutgoingMail *mail = outgoing_mail_new();
    mail->to = mailbox_new("Bob", "bob@example.org");
    g_ptr_array_add(mail->references, g_strdup("1@example.org"));
    g_ptr_array_add(decision->mails, mail);
    g_ptr_array_add(decision->promises, promise_new("ack", "jane", 300, "mail:ack"));
    g_ptr_array_add(decision->score_parts, score_part_new("referral", 10, "introduced"));
    g_ptr_array_add(decision->candidates, candidate_new("jane", TRUE, "takes tax"));
    g_assert_cmpint(mail->state, ==, MAIL_PENDING);
    g_autoptr(Arrival) arrival = arrival_new("milter", 1772442900);
    g_ptr_array_add(arrival->envelope_to, g_strdup("enquiries@example.org"));
    g_assert_cmpstr(arrival->door, ==, "milter");
}

static void test_free_nothing(void)
{
    message_free(NULL);
    mailbox_free(NULL);
    lead_free(NULL);
    field_free(NULL);
    decision_free(NULL);
    past_free(NULL);
    arrival_free(NULL);
    outgoing_mail_free(NULL);
    forwarded_original_free(NULL);
}

static void test_message_id(void)
{
    g_autofree char *id = message_id_make("secret", "ack:17", "example.org");
    g_autofree char *again = message_id_make("secret", "ack:17", "example.org");
    g_autofree char *other_key = message_id_make("secret", "ack:18", "example.org");
    g_autofree char *other_secret = message_id_make("Secret", "ack:17", "example.org");
    g_assert_cmpstr(id, ==, again);
    g_assert_cmpstr(id, !=, other_key);
    g_assert_true(g_str_has_prefix(id, "usher."));
    g_assert_true(g_str_has_suffix(id, "@example.org"));
    g_assert_cmpuint(strlen(id), ==, strlen("usher.") + 16 + 1 + TOKEN_MARK_CHARS + strlen("@example.org"));
    g_assert_true(message_id_is_own(id, "secret"));
    g_assert_true(message_id_is_own(other_key, "secret"));
    g_assert_false(message_id_is_own(id, "Secret"));
    g_assert_false(message_id_is_own(other_secret, "secret"));
    /* the name does not give the key away to who has no secret */
    g_assert_cmpint(strncmp(id, other_secret, strlen("usher.") + 16), !=, 0);
}

static void test_message_id_foreign(void)
{
    g_autofree char *id = message_id_make("secret", "ack:17", "example.org");
    g_assert_false(message_id_is_own(NULL, "secret"));
    g_assert_false(message_id_is_own("", "secret"));
    g_assert_false(message_id_is_own("usher.", "secret"));
    g_assert_false(message_id_is_own("usher.@example.org", "secret"));
    g_assert_false(message_id_is_own("CAF=abc@mail.example.org", "secret"));
    for (gsize i = 0; i < strlen(id) && id[i] != '@'; i++) {
        g_autofree char *changed = g_strdup(id);
        changed[i] = changed[i] == 'b' ? 'c' : 'b';
        g_assert_false(message_id_is_own(changed, "secret"));
        g_autofree char *cut = g_strndup(id, i);
        g_assert_false(message_id_is_own(cut, "secret"));
    }
}

/* ---- marks in addresses ---- */

static void test_marked_address(void)
{
    const char *secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const char *other = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    g_autofree char *address = marked_address_make(secret, MARK_LEAD, 17, "enquiries@hartleyfinch.example");
    g_autofree char *loud = g_ascii_strup(address, -1);
    g_assert_true(g_str_has_prefix(address, "enquiries+l17-"));
    g_assert_true(g_str_has_suffix(address, "@hartleyfinch.example"));
    g_assert_cmpint(marked_address_find(secret, MARK_LEAD, address), ==, 17);
    g_assert_cmpint(marked_address_find(secret, MARK_LEAD, loud), ==, 17);
    g_assert_cmpint(marked_address_find(secret, MARK_MAIL, address), ==, 0);
    g_assert_cmpint(marked_address_find(other, MARK_LEAD, address), ==, 0);
    address[strlen("enquiries+l")] = '2';
    g_assert_cmpint(marked_address_find(secret, MARK_LEAD, address), ==, 0);
    const char *const none[] = {"",        "@",           "+@x",     "enquiries@x.example",
                                "a+l@x",   "a+l1@x",      "a+l1-@x", "a+l-aaaaaaaaaaaaaaaaaaaa@x",
                                "a+l1-aa", "a+l1-aa@x.y", "a@b+l1-", "a+l99999999999999999999-aaaaaaaaaaaaaaaaaaaa@x"};
    for (guint i = 0; i < G_N_ELEMENTS(none); i++) {
        g_assert_cmpint(marked_address_find(secret, MARK_LEAD, none[i]), ==, 0);
    }
    g_assert_null(marked_address_make(secret, MARK_LEAD, 17, "no address"));
    g_assert_null(marked_address_make(secret, MARK_LEAD, 0, "a@b.example"));
    g_assert_null(
        marked_address_make(secret, MARK_MAIL, 123456789, "a-name-of-somebody-that-is-rather-long-as-names-go@b.example"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    g_test_add_func("/model/words", test_words);
    g_test_add_func("/model/words/unknown", test_unknown_words);
    g_test_add_func("/model/claims", test_claims);
    g_test_add_func("/model/message", test_message);
    g_test_add_func("/model/lead", test_lead);
    g_test_add_func("/model/past", test_past);
    g_test_add_func("/model/decision", test_decision);
    g_test_add_func("/model/free-nothing", test_free_nothing);
    g_test_add_func("/model/message-id", test_message_id);
    g_test_add_func("/model/message-id/foreign", test_message_id_foreign);
    g_test_add_func("/model/marked-address", test_marked_address);
    return g_test_run();
}
