/*
 * test_parse.c - reading mails: what stands in them, what kind they are, and what hostile ones may not do
 */
#include <string.h>

#include "usher/base/text.h"
#include "usher/parse.h"

static Settings settings;
static Rulebook rulebook = {.settings = &settings};

static Message *read_text(const char *mail)
{
    return parse_message(mail, strlen(mail), strlen(mail), "mx.firm.example");
}

static KindVerdict *judge(const Message *message, const char *envelope_from, const Channel *channel)
{
    g_autoptr(Arrival) arrival = arrival_new("deliver", 1);
    arrival->envelope_from = g_strdup(envelope_from);
    return parse_judge_kind(message, arrival, channel, &rulebook);
}

static void assert_kind(const char *mail, MessageKind kind, gboolean must_not_answer)
{
    g_autoptr(Message) message = read_text(mail);
    g_autoptr(KindVerdict) verdict = judge(message, NULL, NULL);
    g_assert_cmpstr(kind_get_name(verdict->kind), ==, kind_get_name(kind));
    g_assert_cmpint(verdict->must_not_answer, ==, must_not_answer);
    g_assert_nonnull(verdict->rule);
    g_assert_nonnull(verdict->evidence);
}

static void test_plain(void)
{
    g_autoptr(Message) message = read_text("Received: from a.example by mx.firm.example; Mon, 2 Mar 2026 09:00:00 +0000\r\n"
                                           "From: =?utf-8?q?Zo=C3=AB_Hart?= <Zoe.Hart@Example.ORG>\r\n"
                                           "To: enquiries@firm.example, \"Tom Reid\" <tom@firm.example>\r\n"
                                           "Cc: undisclosed: x@example.org;\r\n"
                                           "Reply-To: zoe@example.net\r\n"
                                           "Subject: Help with\r\n a VAT return\r\n"
                                           "Message-ID: <one@example.org>\r\n"
                                           "In-Reply-To: <two@example.org>\r\n"
                                           "References: <four@example.org> <three@example.org>\r\n\t<two@example.org>\r\n"
                                           "Date: Mon, 2 Mar 2026 09:15:00 +0100\r\n\r\n"
                                           "Dear all,\r\nplease call me.\r\n-- \r\nZo\xC3\xAB Hart\r\n020 7946 0123\r\n");
    g_assert_cmpstr(message->from->name, ==, "Zoë Hart");
    g_assert_cmpstr(message->from->address, ==, "zoe.hart@example.org");
    g_assert_cmpuint(message->to->len, ==, 2);
    g_assert_cmpstr(((Mailbox *)g_ptr_array_index(message->cc, 0))->address, ==, "x@example.org");
    g_assert_cmpstr(message->reply_to->address, ==, "zoe@example.net");
    g_assert_cmpstr(message->subject, ==, "Help with a VAT return");
    g_assert_cmpstr(message->message_id, ==, "one@example.org");
    g_assert_cmpint(message->date, ==, 1772439300);
    g_assert_cmpuint(message->references->len, ==, 3);
    g_assert_cmpstr(g_ptr_array_index(message->references, 0), ==, "two@example.org");
    g_assert_cmpstr(g_ptr_array_index(message->references, 2), ==, "four@example.org");
    g_assert_cmpstr(message->new_text, ==, "Dear all,\nplease call me.");
    g_assert_cmpstr(message->signature, ==, "Zoë Hart\n020 7946 0123");
    g_assert_null(message->original);
    g_assert_cmpuint(message->automatic->len, ==, 0);
    g_assert_cmpstr(message_find_header(message, "in-reply-to"), ==, "<two@example.org>");
    g_autoptr(KindVerdict) verdict = judge(message, "zoe.hart@example.org", NULL);
    g_assert_cmpint(verdict->kind, ==, KIND_ENQUIRY);
    g_assert_false(verdict->must_not_answer);
}

static const char *find_label(const Message *message, const char *label)
{
    for (guint i = 0; i < message->labelled->len; i++) {
        const LabelledLine *line = g_ptr_array_index(message->labelled, i);
        g_assert_cmpmem(message->text + line->start, line->length, line->value, strlen(line->value));
        if (strcmp(line->label, label) == 0)
            return line->value;
    }
    return NULL;
}

#define FORM "From: wordpress@site.example\nTo: enquiries@firm.example\nSubject: New entry\n"

static void test_labels(void)
{
    g_autoptr(Message) message = read_text(
        FORM "\nYour Name: Jane Doe\n*Phone:* 020 7946 0123\n- Company : Acme Ltd\nAt 10:30 we met\nhttp://a.example\n"
             "Email:\njane@example.org\n\nCall me at:\n\n\tnoon\n--- Your message ---\n\nFirst line\n\nSecond line\n--- End ---\n\n"
             "Budget\n10,000\nEmpty:\nLast: z\n");
    g_assert_cmpstr(find_label(message, "your name"), ==, "Jane Doe");
    g_assert_cmpstr(find_label(message, "phone"), ==, "020 7946 0123");
    g_assert_cmpstr(find_label(message, "company"), ==, "Acme Ltd");
    g_assert_cmpstr(find_label(message, "email"), ==, "jane@example.org");
    g_assert_cmpstr(find_label(message, "call me at"), ==, "noon");
    g_assert_cmpstr(find_label(message, "your message"), ==, "First line\n\nSecond line");
    g_assert_cmpstr(find_label(message, "budget"), ==, "10,000");
    g_assert_cmpstr(find_label(message, "last"), ==, "z");
    g_assert_null(find_label(message, "empty"));
    g_assert_null(find_label(message, "http"));
    g_assert_null(find_label(message, "at 10"));
}

static void test_html_labels(void)
{
    g_autoptr(Message) message =
        read_text(FORM "Content-Type: text/html; charset=utf-8\n\n<html><head><title>x</title><style>p{}</style></head><body><div "
                       "style=\"display:none\">Name: Hidden</div>"
                       "<table><tr><td><b>Name</b></td><td><p>Jane&nbsp;Doe</p></td></tr><tr><th>Email:</th><td><a "
                       "href=\"mailto:jane@example.org\">jane@example.org</a></td></tr>"
                       "<tr><td>Phone</td><td></td></tr><tr bgcolor=\"#EAF2FA\"><td "
                       "colspan=\"2\"><strong>Message</strong></td></tr><tr><td width=20>&nbsp;</td><td>Please<br>call</td></tr>"
                       "</table><ul><li>tax</li><li>audit</li></ul><a "
                       "href=\"https://firm.example/x\">here</a><script>alert(1)</script></body></html>");
    g_assert_cmpstr(find_label(message, "name"), ==, "Jane Doe");
    g_assert_cmpstr(find_label(message, "email"), ==, "jane@example.org");
    g_assert_nonnull(strstr(message->text, "- tax\n- audit"));
    g_assert_nonnull(strstr(message->text, "here <https://firm.example/x>"));
    g_assert_null(strstr(message->text, "Hidden"));
    g_assert_null(strstr(message->text, "alert"));
    g_assert_true(g_str_has_prefix(find_label(message, "message"), "Please"));
}

static void test_alternatives(void)
{
    const char *head =
        FORM "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n";
    const char *tail = "\n--b\nContent-Type: text/html\n\n<p>the <b>rich</b> one</p>\n--b--\n";
    g_autofree char *full = g_strconcat(head, "the plain one", tail, NULL);
    g_autoptr(Message) plain = read_text(full);
    g_assert_cmpstr(plain->new_text, ==, "the plain one");
    g_autofree char *empty = g_strconcat(head, " ", tail, NULL);
    g_autoptr(Message) rich = read_text(empty);
    g_assert_cmpstr(rich->new_text, ==, "the rich one");
    g_autofree char *stub = g_strconcat(head, "Your mail client cannot display HTML.", tail, NULL);
    g_autoptr(Message) sent_on = read_text(stub);
    g_assert_cmpstr(sent_on->new_text, ==, "the rich one");
}

static void test_attachments(void)
{
    g_autoptr(Message) message = read_text(
        "From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: "
        "text/plain\n\nhello\n"
        "--b\nContent-Type: application/pdf; name=\"../x\\\\y/plan.pdf\"\nContent-Transfer-Encoding: base64\n\nAAAA\n"
        "--b\nContent-Type: text/plain; name=notes.txt\nContent-Disposition: attachment; filename=notes.txt\n\nsecret\n--b--\n");
    g_assert_cmpuint(message->attachments->len, ==, 2);
    const Attachment *plan = g_ptr_array_index(message->attachments, 0);
    g_assert_cmpstr(plan->filename, ==, ".._x_y_plan.pdf");
    g_assert_cmpstr(plan->content_type, ==, "application/pdf");
    g_assert_cmpuint(plan->size_bytes, ==, 4);
    g_assert_null(strstr(message->text, "secret"));
}

static void test_flowed(void)
{
    g_autoptr(Message) message = read_text("From: a@example.org\nContent-Type: text/plain; format=flowed\n\nThis goes \non here.\n "
                                           "From the start\n\n> quoted \n> too\n-- \nJane\n");
    g_assert_cmpstr(message->new_text, ==, "This goes on here.\nFrom the start");
    g_assert_nonnull(strstr(message->text, "> quoted too\n"));
    g_assert_cmpstr(message->signature, ==, "Jane");
}

static void assert_new_text(const char *body, const char *expected)
{
    g_autofree char *mail = g_strconcat("From: a@example.org\nSubject: Re: x\nIn-Reply-To: <z@example.org>\n\n", body, NULL);
    g_autoptr(Message) message = read_text(mail);
    g_assert_cmpstr(message->new_text, ==, expected);
    g_assert_null(message->original);
}

static void test_quotes(void)
{
    assert_new_text("Yes please.\n\nOn Mon, 2 Mar 2026 at 09:15, Tom Reid <tom@firm.example> wrote:\n> When?\n", "Yes please.");
    assert_new_text("Yes please.\n\nOn Mon, 2 Mar 2026 at 09:15, Tom Reid\n<tom@firm.example> wrote:\n\n> When?\n", "Yes please.");
    assert_new_text("Yes.\n\n-----Original Message-----\nFrom: Tom\nSent: Monday\nTo: me\nSubject: x\n\nWhen?\n", "Yes.");
    assert_new_text("Yes.\n\nFrom: Tom Reid <tom@firm.example>\nSent: 02 March 2026 09:15\nTo: me\nSubject: x\n\nWhen?\n", "Yes.");
    assert_new_text(
        "Yes.\n\n________________________________\nFrom: Tom <tom@firm.example>\nSent: Monday\nTo: me\nSubject: x\n\nWhen?\n",
        "Yes.");
    assert_new_text("Oui.\n\nLe lun. 2 mars 2026 \xC3\xA0 09:15, Tom <tom@firm.example> a \xC3\xA9"
                    "crit\xC2\xA0:\n> Quand ?\n",
                    "Oui.");
    assert_new_text("On Monday Tom wrote:\n> When?\nTomorrow.\n> Where?\nHere.\n", "Tomorrow.\nHere.");
    assert_new_text("All fine\n\nSent from my iPhone\n\nOn 2 Mar 2026, at 09:15, Tom <tom@firm.example> wrote:\n\n> x\n",
                    "All fine");
    assert_new_text("On Monday we met your colleague, who wrote down what we need.\n",
                    "On Monday we met your colleague, who wrote down what we need.");
}

static void assert_forward(const char *subject, const char *body, const char *from, const char *text, const char *note,
                           gboolean is_certain)
{
    g_autofree char *mail = g_strconcat("From: tom@firm.example\nSubject: ", subject, "\n\n", body, NULL);
    g_autoptr(Message) message = read_text(mail);
    g_assert_nonnull(message->original);
    g_assert_cmpstr(message->original->from->address, ==, from);
    g_assert_cmpstr(message->original->text, ==, text);
    g_assert_cmpstr(message->original->note, ==, note);
    g_assert_cmpstr(message->new_text, ==, note);
    g_assert_cmpint(message->original->is_certain, ==, is_certain);
}

static void test_forwards(void)
{
    assert_forward("Fwd: Help",
                   "for you\n\n---------- Forwarded message ---------\nFrom: Jane Doe <jane@example.org>\nDate: Mon, 2 Mar "
                   "2026\nSubject: Help\nTo: <tom@firm.example>\n\n\nPlease call.\n",
                   "jane@example.org", "Please call.", "for you", TRUE);
    assert_forward("Fwd: Help",
                   "\n\n> Begin forwarded message:\n> \n> From: Jane Doe <jane@example.org>\n> Subject: Help\n> Date: 2 March "
                   "2026\n> To: tom@firm.example\n> \n> Please call.\n",
                   "jane@example.org", "Please call.", "", TRUE);
    assert_forward("FW: Help",
                   "see below\n\nFrom: Jane Doe <jane@example.org>\nSent: 02 March 2026\nTo: Tom\nSubject: Help\n\nPlease call.\n",
                   "jane@example.org", "Please call.", "see below", TRUE);
    assert_forward("Help",
                   "see below\n\nFrom: Jane Doe <jane@example.org>\nSent: 02 March 2026\nTo: Tom\nSubject: Help\n\nPlease call.\n",
                   "jane@example.org", "Please call.", "see below", FALSE);
    assert_forward("WG: Hilfe",
                   "\n-----Urspr\xC3\xBCngliche Nachricht-----\nVon: Jane Doe [mailto:jane@example.org]\nGesendet: Montag\nAn: "
                   "Tom\nBetreff: Hilfe\n\nBitte rufen.\n",
                   "jane@example.org", "Bitte rufen.", "", TRUE);
    assert_forward("Fwd: Help",
                   "---------- Forwarded message ---------\nFrom: Jane Doe\nDate: Mon, 2 Mar 2026\nSubject: Help\nTo: "
                   "<tom@firm.example>\n\nPlease call.\n",
                   "", "Please call.", "", FALSE);
}

static void test_forward_inside(void)
{
    g_autoptr(Message) message = read_text("From: tom@firm.example\nSubject: new one\nMIME-Version: 1.0\nContent-Type: "
                                           "multipart/mixed; boundary=b\n\n--b\n\nfor you\n--b\nContent-Type: message/rfc822\n\n"
                                           "From: Jane Doe <jane@example.org>\nTo: tom@firm.example\nSubject: Help\nDate: Mon, 2 "
                                           "Mar 2026 09:15:00 +0000\n\nPhone: 020 7946 0123\n--b--\n");
    g_assert_nonnull(message->original);
    g_assert_cmpstr(message->original->how, ==, "message/rfc822");
    g_assert_cmpstr(message->original->from->name, ==, "Jane Doe");
    g_assert_cmpstr(message->original->from->address, ==, "jane@example.org");
    g_assert_cmpstr(message->original->subject, ==, "Help");
    g_assert_cmpstr(message->original->text, ==, "Phone: 020 7946 0123");
    g_assert_cmpstr(message->new_text, ==, "for you");
    g_assert_true(message->original->is_certain);
    g_assert_cmpstr(find_label(message, "phone"), ==, "020 7946 0123");
}

#define HUMAN "From: Jane Doe <jane@example.org>\nTo: enquiries@firm.example\n"

static void test_marks(void)
{
    assert_kind(HUMAN "Subject: Hello\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: Hello\nAuto-Submitted: no\nPrecedence: first-class\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: questions about List-Id: and more\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: Out of office furniture wanted\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: Re: your automatic reply\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: x\nX-List-Id: something\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: x\nAuto-Submitted: auto-replied (vacation)\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind(HUMAN "Subject: Automatic reply: Hello\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind(HUMAN "Subject: Abwesenheitsnotiz: Hallo\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind(HUMAN "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_Bonjour?=\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind(HUMAN "Subject: Jane Doe is out of the office (returning 12/03/2026)\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind(HUMAN "Subject: x\nPrecedence: auto_reply\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind(HUMAN "Subject: x\nX-Autoreply: yes\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind("Return-Path: <>\n" HUMAN "Subject: Re: x\n\nHi\n", KIND_AUTO_REPLY, TRUE);
    assert_kind("Return-Path: <>\nFrom: MAILER-DAEMON\nSubject: x\n\nHi\n", KIND_BOUNCE, TRUE);
    assert_kind("From: Mail Delivery System <postmaster@example.org>\nSubject: Undelivered Mail Returned to Sender\n\nHi\n",
                KIND_BOUNCE, TRUE);
    assert_kind(HUMAN "Subject: x\nList-Id: News <news.example.com>\n\nHi\n", KIND_BULK, TRUE);
    assert_kind(HUMAN "Subject: x\nprecedence: List\n\nHi\n", KIND_BULK, TRUE);
    assert_kind(HUMAN "Subject: x\nList-Unsubscribe: <https://example.com/u>\nPrecedence: bulk\n\nHi\n", KIND_BULK, TRUE);
    assert_kind(HUMAN "Subject: x\nX-Spam-Flag: YES\n\nHi\n", KIND_SPAM, TRUE);
    assert_kind(HUMAN "Subject: x\nX-Spam-Status: No, score=1\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: x\nX-MS-Exchange-Organization-SCL: 6\n\nHi\n", KIND_SPAM, TRUE);
    assert_kind(HUMAN "Subject: x\nX-MS-Exchange-Organization-SCL: -1\n\nHi\n", KIND_ENQUIRY, FALSE);
    assert_kind(HUMAN "Subject: unsubscribe\n\n\n", KIND_UNSUBSCRIBE, TRUE);
    assert_kind(HUMAN "Subject: Re: offer\n\nPlease remove me from your list.\n", KIND_UNSUBSCRIBE, TRUE);
    assert_kind("From: a@example.com\rList-Id: x\r\rHi\r", KIND_BULK, TRUE);
    assert_kind("Subject: nobody wrote this\n\nHi\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: x\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n", KIND_CALENDAR, TRUE);
    /* A portal we have no channel for may carry a lead: a person looks, nobody is answered. */
    assert_kind("From: no-reply@portal.example\nSubject: Your invoice\n\nHi\n", KIND_ENQUIRY, TRUE);
}

static void test_envelope(void)
{
    static const struct {
        const char *mail;
        MessageKind kind;
    } mails[] = {
        {HUMAN "Subject: Hello\n\nWe need help with VAT.\n", KIND_ENQUIRY},
        {HUMAN "Subject: Re: Hello\n\nHi\n", KIND_AUTO_REPLY},
        {HUMAN "Subject: Hello\nIn-Reply-To: <1@firm.example>\n\nHi\n", KIND_AUTO_REPLY},
        {HUMAN "Subject: Delivery failure\n\nHi\n", KIND_BOUNCE},
        {HUMAN "Subject: x\nX-Loop: y\n\nHi\n", KIND_BULK},
    };
    for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(Message) message = read_text(mails[i].mail);
        g_autoptr(KindVerdict) verdict = judge(message, "", NULL);
        g_test_message("%s", mails[i].mail);
        g_assert_cmpint(verdict->kind, ==, mails[i].kind);
        g_assert_true(verdict->must_not_answer);
    }
}

/* One sign that people's mail bears too makes a lead that is not answered; two make it a machine's. */
static void test_doubtful(void)
{
    assert_kind(HUMAN "Subject: Returned mail from HMRC\n\nHMRC returned our post. Can you help?\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: Delivery failure\n\nOur courier failed and we mean to sue.\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: Undeliverable goods dispute\n\nThe goods never came.\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: Mail system error caused loss\n\nWe lost an order.\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN
                "Subject: Delivery failure\n\nMy mail to HMRC came back with 550 5.1.1 <x@hmrc.example>: unknown user. Can you "
                "help?\n",
                KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: Auto reply product audit\n\nWe build such a thing and want an audit.\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: Automatic reply: how to set one up\n\nCould you advise our staff?\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: On leave: employer refuses\n\nMy employer will not grant it.\n", KIND_ENQUIRY, TRUE);
    assert_kind("From: Ann <postmaster@parish.example>\nSubject: The parish hall\n\nThe roof is to be mended.\n", KIND_ENQUIRY,
                TRUE);
    assert_kind("From: Ann <postmaster@parish.example>\nSubject: Undelivered: x\n\nNot here.\n", KIND_BOUNCE, TRUE);
    assert_kind(HUMAN "Subject: Undeliverable: x\n\n<tim@example.org>: 550 5.1.1 no such user\n", KIND_BOUNCE, TRUE);
    assert_kind(HUMAN "Subject: Stop\n\nPlease help us to stop a bailiff, they come on Friday.\n", KIND_ENQUIRY, TRUE);
    assert_kind(HUMAN "Subject: Unsubscribe\n\nPlease take me off your mailing list. Regards, Jane\n", KIND_UNSUBSCRIBE, TRUE);
    static const char *const headers[] = {"X-Auto-Response-Suppress: DR, OOF, AutoReply",
                                          "List-Unsubscribe: <mailto:x@example.org>", "X-Loop: jane@example.org",
                                          "X-Autogenerated: Forward", "Return-Path: <>"};
    for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
        for (guint n = i; n < G_N_ELEMENTS(headers); n++) {
            g_autofree char *mail = g_strconcat(HUMAN "Subject: Tax\n", headers[i], n == i ? "" : "\n", n == i ? "" : headers[n],
                                                "\n\nWe need help with tax.\n", NULL);
            g_autoptr(Message) message = read_text(mail);
            g_autoptr(KindVerdict) verdict = judge(message, NULL, NULL);
            g_test_message("%s", mail);
            g_assert_true((verdict->kind == KIND_ENQUIRY) == (n == i));
            g_assert_true(verdict->must_not_answer);
        }
}

/* The kind of a mail without any header of a machine. */
static MessageKind judge_plain(const char *subject, const char *text)
{
    g_autofree char *mail = g_strconcat("From: Jane <jane@example.org>\nTo: us@firm.example\nMIME-Version: 1.0\nContent-Type: "
                                        "text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: ",
                                        subject, "\n\n", text, "\n", NULL);
    g_autoptr(Message) message = read_text(mail);
    g_autoptr(KindVerdict) verdict = judge(message, NULL, NULL);
    return verdict->kind;
}

/* What programs write without any header that says so. */
static void test_machine_texts(void)
{
    static const struct {
        const char *subject, *text;
        MessageKind kind;
    } mails[] = {
        {"[Support] Re: Hello", "##- Please type your reply above this line -##\n\nYour request (1) has been received.",
         KIND_AUTO_REPLY},
        {"[Ticket #1] We have received your request", "Your request has been received and is being reviewed.", KIND_AUTO_REPLY},
        {"Thank you for contacting us", "We have received your message. Please do not reply to this email.", KIND_AUTO_REPLY},
        {"Christmas", "Our office is closed. This is an automated response.", KIND_AUTO_REPLY},
        {"Re: Hello (verification)", "jane@example.org is protected by SpamArrest. Click below.", KIND_AUTO_REPLY},
        {"Re: Hello", "Your message was waitlisted. Add yourself to my Guest List.", KIND_AUTO_REPLY},
        {"Re: Hello", "I'm out of the office, returning Monday. If it is urgent please contact Tom.", KIND_AUTO_REPLY},
        {"Re: Hello", "I am in court and will not be able to respond to emails until tomorrow.", KIND_AUTO_REPLY},
        {"Re: Hello", "\xF0\x9F\x91\x8D Jane Doe reacted via Gmail", KIND_AUTO_REPLY},
        {"Recall: Hello", "Jane Doe would like to recall the message, \"Hello\".", KIND_AUTO_REPLY},
        {"Cron <root@web1> /usr/bin/backup", "done", KIND_BULK},
        {"Receipt for your payment to X", "You sent a payment of 12.00 to X.", KIND_BULK},
        /* people */
        {"Re: Hello", "I'm out of the office until Monday. Yes, please go ahead.", KIND_ENQUIRY},
        {"Re: Hello", "I am on leave next week, so Tuesday at ten suits better.", KIND_ENQUIRY},
        {"Hello", "The council writes: this is an automated response. Can you make them answer?", KIND_ENQUIRY},
        {"Tax", "We have received your brochure and need help with VAT.", KIND_ENQUIRY},
    };
    for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_test_message("%s", mails[i].text);
        g_assert_cmpint(judge_plain(mails[i].subject, mails[i].text), ==, mails[i].kind);
    }
    assert_kind("From: LinkedIn <invitations@linkedin.com>\nSubject: Amy wants to connect\n\nHi Jane\n", KIND_BULK, TRUE);
    assert_kind("From: no-reply@forms.example\nSubject: A message\n\nJane asks for help. This is an automated message.\n",
                KIND_ENQUIRY, TRUE);
}

static void test_channel_outranks_weak(void)
{
    Channel form = {.name = (char[]){"portal"}, .kind = KIND_FORM};
    g_autoptr(Message) portal = read_text("From: no-reply@portal.example\nSubject: New lead\nList-Unsubscribe: "
                                          "<https://a.example/>\nAuto-Submitted: auto-generated\n\nName: Jane\n");
    g_autoptr(KindVerdict) lead = judge(portal, NULL, &form);
    g_assert_cmpint(lead->kind, ==, KIND_FORM);
    g_assert_true(lead->must_not_answer);
    g_autoptr(Message) bounce = read_text("From: MAILER-DAEMON@portal.example\nSubject: Undelivered Mail\n\nName: Jane\n");
    g_autoptr(KindVerdict) returned = judge(bounce, NULL, &form);
    g_assert_cmpint(returned->kind, ==, KIND_BOUNCE);
    g_autoptr(Message) away = read_text(HUMAN "Subject: Automatic reply: x\n\nName: Jane\n");
    g_autoptr(KindVerdict) absent = judge(away, NULL, &form);
    g_assert_cmpint(absent->kind, ==, KIND_AUTO_REPLY);
}

static void test_own(void)
{
    g_autoptr(Message) out =
        read_text("From: tom@firm.example\nTo: jane@example.org\nCc: enquiries@firm.example\nSubject: Hello\n\nHi\n");
    g_autoptr(KindVerdict) sent = judge(out, NULL, NULL);
    g_assert_cmpint(sent->kind, ==, KIND_SENT);
    g_assert_true(sent->must_not_answer);
    g_autoptr(Message) told = read_text("From: tom@firm.example\nTo: log@firm.example\nSubject: met somebody\n\nHi\n");
    g_autoptr(KindVerdict) log = judge(told, NULL, NULL);
    g_assert_cmpint(log->kind, ==, KIND_LOG);
    /* an intake address that is a group of the firm's own marks everything as list mail */
    g_autoptr(Message) group = read_text(
        HUMAN
        "Subject: Hello\nPrecedence: list\nList-Id: <enquiries.firm.example>\nList-Post: <mailto:enquiries@firm.example>\n\nHi\n");
    g_autoptr(KindVerdict) enquiry = judge(group, NULL, NULL);
    g_assert_cmpint(enquiry->kind, ==, KIND_ENQUIRY);
    g_assert_false(enquiry->must_not_answer);
}

#define DSN                                                                                                                        \
    "From: MAILER-DAEMON@mx.example.org\nTo: bounces@firm.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: "   \
    "1.0\n"                                                                                                                        \
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nI am sorry.\n\n--b\nContent-Type: "         \
    "message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"

static void test_bounces(void)
{
    g_autoptr(Message) report =
        read_text(DSN "Final-Recipient: rfc822; Jane@Example.ORG\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 "
                      "5.1.1\n no such user\n\n"
                      "Final-Recipient: rfc822; tim@example.org\nAction: delayed\nStatus: 4.4.1\n\nFinal-Recipient: rfc822; "
                      "fine@example.org\nAction: relayed\nStatus: 2.0.0\n\n"
                      "--b\nContent-Type: message/rfc822\n\nMessage-ID: <ack.1@firm.example>\nFrom: "
                      "enquiries@firm.example\nSubject: Thank you\n\nHi\n--b--\n");
    g_assert_cmpuint(report->bounced->len, ==, 2);
    const BounceRecipient *jane = g_ptr_array_index(report->bounced, 0), *tim = g_ptr_array_index(report->bounced, 1);
    g_assert_cmpstr(jane->address, ==, "jane@example.org");
    g_assert_cmpstr(jane->status, ==, "5.1.1");
    g_assert_true(jane->is_permanent);
    g_assert_cmpstr(jane->diagnostic, ==, "smtp; 550 5.1.1 no such user");
    g_assert_cmpstr(tim->address, ==, "tim@example.org");
    g_assert_false(tim->is_permanent);
    g_assert_cmpstr(g_ptr_array_index(report->references, 0), ==, "ack.1@firm.example");
    g_assert_null(report->original);
    g_assert_cmpstr(report->new_text, ==, "I am sorry.");
    g_autoptr(Message) qmail = read_text("From: MAILER-DAEMON@mx.example.org\nTo: bounces@firm.example\nSubject: failure "
                                         "notice\n\nHi. This is the qmail-send program.\n\n"
                                         "<jane@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this "
                                         "line is a copy of the message.\n\nFrom: enquiries@firm.example\n");
    g_assert_cmpuint(qmail->bounced->len, ==, 1);
    jane = g_ptr_array_index(qmail->bounced, 0);
    g_assert_cmpstr(jane->address, ==, "jane@example.org");
    g_assert_true(jane->is_permanent);
    g_assert_cmpstr(jane->status, ==, "5.1.1");
}

static void test_back_phrases(void)
{
    static const struct {
        const char *said, *back_on;
    } phrases[] = {
        {"I will be back tomorrow.", "2026-03-03"},
        {"I am away this week and will be back on the 9th.", "2026-03-09"},
        {"I am on maternity leave until September.", "2026-09-01"},
        {"Ich bin ab dem 09.03.2026 wieder erreichbar.", "2026-03-09"},
        {"Am 9. März bin ich wieder da.", "2026-03-09"},
        {"Estaré fuera de la oficina hasta el 9 de marzo.", "2026-03-09"},
        {"Rientrerò il 9 marzo 2026.", "2026-03-09"},
        {"Op 9 maart ben ik weer bereikbaar.", "2026-03-09"},
        {"Estarei ausente até 9 de março de 2026.", "2026-03-09"},
        {"Jag är tillbaka den 9 mars.", "2026-03-09"},
        {"Jestem poza biurem do 9 marca 2026.", "2026-03-09"},
        {"私は3月9日まで不在です。", "2026-03-09"},
        {"I may be back late, private calls to 0117 496 0123.", NULL},
        {"I have left the firm.", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(phrases); i++) {
        g_autofree char *mail =
            g_strconcat("From: jane@example.org\nTo: us@firm.example\nSubject: Automatic reply: Hello\nDate: Mon, "
                        "02 Mar 2026 09:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; "
                        "charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nThank you for your mail. ",
                        phrases[i].said, " Kind regards\n", NULL);
        g_autoptr(Message) message = read_text(mail);
        g_assert_cmpstr(message->back_on, ==, phrases[i].back_on);
    }
}

static void test_away_subjects(void)
{
    static const char *const plain[] = {"[Automatic reply] Your mail",
                                        "Automatic acknowledgement",
                                        "Ateb awtomatig: x",
                                        "Neges awtomatig",
                                        "Freagra uathoibríoch: x",
                                        "ਸਵੈਚਲਿਤ ਜਵਾਬ: x",
                                        "خودکار جواب: x",
                                        "Automatiskt svar: x",
                                        "Automatisk svar: x",
                                        "Automaattinen vastaus: x",
                                        "Automatická odpověď: x",
                                        "Automatikus válasz: x",
                                        "Răspuns automat: x",
                                        "Otomatik Yanıt: x",
                                        "Odpowiedź automatyczna: x",
                                        "Автоматический ответ: x",
                                        "自動応答: x",
                                        "自动答复: x",
                                        "Αυτόματη απάντηση: x"};
    for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
        g_assert_cmpint(judge_plain(plain[i], "Hello."), ==, KIND_AUTO_REPLY);
    static const struct {
        const char *subject, *text;
    } told[] = {
        {"Out of the office until 9 March", "I am out of the office."},
        {"OOO until Monday", "I am on leave."},
        {"Out of office", "Away until the 9th. Urgent tax matters: call 0161 496 0312."},
        {"Currently out of the office", "I am on holiday. If it is urgent, could you ring Tom?"},
        {"Away from the office until Monday", "I will reply on my return."},
        {"Allan o'r swyddfa", "Rwyf allan o'r swyddfa."},
        {"Nicht im Büro", "Ich bin im Urlaub."},
        {"Abwesend bis 20.03.", "Ich bin nicht im Büro."},
        {"Assente: x", "Sono assente fino al 20 marzo."},
        {"Ausência: x", "Estou ausente."},
    };
    for (guint i = 0; i < G_N_ELEMENTS(told); i++) {
        g_test_message("%s", told[i].subject);
        g_assert_cmpint(judge_plain(told[i].subject, told[i].text), ==, KIND_AUTO_REPLY);
    }
    static const char *const confirmed[] = {"Annual leave", "Maternity leave", "I have left the firm", "Jane is on annual leave",
                                            "No longer with the firm"};
    for (guint i = 0; i < G_N_ELEMENTS(confirmed); i++)
        g_assert_cmpint(judge_plain(confirmed[i], "In my absence, please contact Tom Reid."), ==, KIND_AUTO_REPLY);
    g_assert_cmpint(judge_plain("Read: Your enquiry", "Your message\n\nwas read on 2 March 2026."), ==, KIND_RECEIPT);
}

/* People write of leave and absence too. */
static void test_away_people(void)
{
    static const struct {
        const char *subject, *text;
    } people[] = {
        {"Maternity leave: am I entitled?", "On my return from maternity leave my post was gone."},
        {"Maternity leave", "During my absence my employer gave my work away. Can you help?"},
        {"Annual leave", "How much annual leave does a part-time worker have?"},
        {"On annual leave entitlement", "I am on annual leave this week, so please ring me."},
        {"I have left the firm I worked for", "They owe me two months' pay. Please contact me."},
        {"I no longer work at a bakery", "I was dismissed and want advice."},
        {"Out of office hours support", "We need a helpdesk that works out of office hours."},
        {"Auto: insurance for a fleet", "We have twelve vans."},
        {"OOO Example: company accounts", "We are a Russian company."},
        {"Read: the attached lease", "Please read it and tell me what you think."},
        {"Sick leave dispute", "I am currently on sick leave and my employer does not pay."},
        {"Advice", "I am out of the office today but do ring my mobile."},
    };
    for (guint i = 0; i < G_N_ELEMENTS(people); i++)
        g_assert_cmpint(judge_plain(people[i].subject, people[i].text), ==, KIND_ENQUIRY);
}

static void test_away_headers(void)
{
    static const char *const headers[] = {"X-Mailer: vacation 1.2", "Delivered-To: autoresponder", "X-Autoresponse: yes",
                                          "X-Out-Of-Office: yes", "Auto-Submitted: auto-replied (vacation)"};
    for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autofree char *mail =
            g_strconcat("From: jane@example.org\nTo: us@firm.example\nSubject: Re: Hello\n", headers[i], "\n\nI am away.\n", NULL);
        g_autoptr(Message) message = read_text(mail);
        g_autoptr(KindVerdict) verdict = judge(message, NULL, NULL);
        g_assert_cmpint(verdict->kind, ==, KIND_AUTO_REPLY);
    }
}

/* Nothing but a winmail.dat is never answered; with words beside it a person writes. */
static void test_winmail(void)
{
#define WINMAIL(WORDS)                                                                                                             \
    "From: jane@example.org\nTo: us@firm.example\nSubject: Accounts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; "           \
    "boundary=b\n\n--b\nContent-Type: text/plain\n\n" WORDS "\n--b\nContent-Type: application/ms-tnef; "                           \
    "name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+IgA=\n--b--\n"
    g_autoptr(Message) bare = read_text(WINMAIL(""));
    g_autoptr(KindVerdict) silent = judge(bare, NULL, NULL);
    g_assert_true(silent->must_not_answer);
    g_autoptr(Message) told = read_text(WINMAIL("Could you quote for our accounts?"));
    g_autoptr(KindVerdict) verdict = judge(told, NULL, NULL);
    g_assert_cmpint(verdict->kind, ==, KIND_ENQUIRY);
    g_assert_false(verdict->must_not_answer);
}

#define DAEMON "From: MAILER-DAEMON@mx.example.org\nTo: bounces@firm.example\nSubject: Undelivered Mail Returned to Sender\n\n"

/* Whether the address is given up for good: -1 when none was found. */
static int bounce(const char *words)
{
    g_autofree char *mail = g_strconcat(DAEMON, words, NULL);
    g_autoptr(Message) message = read_text(mail);
    if (message->bounced->len != 1)
        return -1;
    const BounceRecipient *recipient = g_ptr_array_index(message->bounced, 0);
    g_assert_cmpstr(recipient->address, ==, "jane@example.org");
    return recipient->is_permanent;
}

static void test_bounce_reasons(void)
{
    g_assert_cmpint(bounce("<jane@example.org>: host mx.example.org said: 550 5.1.1 User unknown\n"), ==, TRUE);
    g_assert_cmpint(bounce("<jane@example.org>: host mx.example.org said: 550 sorry, no mailbox here by that name\n"), ==, TRUE);
    g_assert_cmpint(bounce("<jane@example.org>: Name service error: Domain name not found: example.org\n"), ==, TRUE);
    g_assert_cmpint(bounce("<jane@example.org>: host mx.example.org said: 552 5.2.2 Mailbox full\n"), ==, FALSE);
    g_assert_cmpint(bounce("<jane@example.org>: said: 550 5.1.1 user is over quota\n"), ==, FALSE);
    g_assert_cmpint(bounce("<jane@example.org>: said: 554 5.7.1 rejected due to our policies\n"), ==, FALSE);
    g_assert_cmpint(bounce("<jane@example.org>: said: 553 5.1.8 Domain of sender address does not exist\n"), ==, FALSE);
    g_assert_cmpint(bounce("<jane@example.org>: said: 450 4.2.0 Recipient address rejected: Greylisted\n"), ==, FALSE);
    g_assert_cmpint(bounce("<jane@example.org>: Connection timed out. I'm not going to try again.\n"), ==, FALSE);
    g_assert_cmpint(bounce("<jane@example.org>: said: 550 unknown user (in reply to end of DATA\n  command)\n"), ==, FALSE);
    g_assert_cmpint(bounce("<jane@example.org>:\nuser unknown. It has not yet been delivered and will be retried.\n"), ==, FALSE);
}

/* Forms of many mail systems and languages, each with words that no table holds as a whole. */
static void test_bounce_permanent(void)
{
    static const char *const gone[] = {
        "<jane@example.org>: said: 550 5.1.1 undeliverable address: 550 unknown",
        "jane@example.org\n  SMTP error from remote mail server after RCPT TO:<jane@example.org>:\n  550 Addressee unknown",
        "jane@example.org\n    all relevant MX records point to non-existent hosts",
        "<jane@example.org>:\nSorry, I couldn't find any host named example.org. (#5.1.2)",
        "<jane@example.org>:\nRemote host said: 550 #5.1.0 Address rejected jane@example.org [RCPT_TO]",
        "<jane@example.org>: 550 <jane@example.org>: Recipient address rejected",
        "<jane@example.org>: said: 550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        "<jane@example.org>: said: 550 5.7.1 No such user (in reply to RCPT TO command)",
        "<jane@example.org>: said: 550 5.2.1 User unknown (in reply to RCPT TO command)",
        "jane@example.org\nhost mx.antispam.example [192.0.2.1] said: 550 No such user here",
        "<jane@example.org>: 550 Account has been closed, see https://policy.example.org/closed",
        "jane@example.org\nThe email address you entered couldn\u2019t be found.",
        "jane@example.org\nThe mailbox you tried to\n  reach was deleted",
        "jane@example.org: DNS lookup failed: NXDOMAIN",
        "jane@example.org\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.",
        "jane@example.org\n550 Benutzer unbekannt",
        "jane@example.org\nL'adresse que vous avez entrée est introuvable.",
        "jane@example.org\nNo se encontró la dirección que escribió.",
        "jane@example.org\n550 Utente sconosciuto",
        "jane@example.org\nHet e-mailadres is niet gevonden.",
        "jane@example.org\n550 Usuário desconhecido",
        "jane@example.org\n550 Użytkownik nie istnieje",
        "jane@example.org\n550 Пользователь не найден",
        "jane@example.org\n宛先のメールアドレスが見つかり\nませんでした。",
    };
    for (guint i = 0; i < G_N_ELEMENTS(gone); i++)
        g_assert_cmpint(bounce(gone[i]), ==, TRUE);
}

static void test_bounce_passing(void)
{
    static const char *const passing[] = {
        "<jane@example.org>: 550 5.0.0 Rejected",
        "<jane@example.org>: 554 5.0.0 Our server does not want this.",
        "<jane@example.org>: 550 <jane@example.org>: Recipient address rejected: come back on Monday",
        "<jane@example.org>: 550 5.1.1 Mailbox is full",
        "<jane@example.org>: 550 5.2.1 User unknown",
        "<jane@example.org>: 550 Sender verify failed: user does not exist",
        "jane@example.org\n  SMTP error after MAIL FROM:<us@firm.example>: 550 5.1.7 No such domain firm.example",
        "jane@example.org\n  SMTP error after end of data: 553 firm.example does not exist",
        "<jane@example.org>: 501 5.5.4 Invalid domain name in HELO",
        "<jane@example.org>: 554 5.6.0 Message contains invalid header",
        "<jane@example.org>: 550 Your reverse DNS could not be found",
        "<jane@example.org>: 550 Account suspended for abuse",
        "<jane@example.org>: 550 5.7.1 Unable to relay for jane@example.org",
        "<jane@example.org>: Name service error for mx.example.org: Host not found, try again",
        "<jane@example.org>: 550 Das Postfach ist voll",
        "<jane@example.org>: 550 La boîte du destinataire est pleine",
        "<jane@example.org>: 550 El buzón del usuario está lleno",
        "<jane@example.org>: 550 Postvak vol",
    };
    for (guint i = 0; i < G_N_ELEMENTS(passing); i++)
        g_assert_cmpint(bounce(passing[i]), ==, FALSE);
}

/* What a person sees: the code that says most, and no code of a command that went well. */
static void test_bounce_status(void)
{
    g_autoptr(Message) better = read_text(DAEMON "<jane@example.org>: 5.0.0 said: 550 5.1.1 User unknown\n");
    g_assert_cmpstr(((const BounceRecipient *)g_ptr_array_index(better->bounced, 0))->status, ==, "5.1.1");
    g_autoptr(Message) transcript = read_text(DAEMON "Out: 250 2.1.5 Ok\n<jane@example.org>: 451 4.3.0 queue file error\n");
    g_assert_cmpstr(((const BounceRecipient *)g_ptr_array_index(transcript->bounced, 0))->status, ==, "4.3.0");
    g_autoptr(Message) version = read_text(DAEMON "<jane@example.org>: Exim 4.96.2 said: 550 User unknown\n");
    g_assert_null(((const BounceRecipient *)g_ptr_array_index(version->bounced, 0))->status);
}

/* Who helps, who wrote and who is local to the provider. */
static void test_bounce_names(void)
{
    g_assert_cmpint(bounce("support@isp.example can help.\n\n<jane@example.org>: user unknown\n"), ==, TRUE);
    g_autoptr(Message) local = read_text("From: MAILER-DAEMON@provider.example\nTo: bounces@firm.example\nSubject: Mail Delivery "
                                         "Problem\n\nYour mail could not be delivered, as they take no mail from us@firm.example:\n"
                                         "\tjane.doe\n");
    g_assert_cmpuint(local->bounced->len, ==, 1);
    g_assert_cmpstr(((const BounceRecipient *)g_ptr_array_index(local->bounced, 0))->address, ==, "jane.doe@provider.example");
    g_autoptr(Message) nobody =
        read_text("From: <>\nTo: us@firm.example\n\nYou sent mail to jane@example.org. That's not a valid user "
                  "here.\n");
    g_autoptr(KindVerdict) verdict = judge(nobody, NULL, NULL);
    g_assert_cmpint(verdict->kind, ==, KIND_BOUNCE);
    g_assert_true(((const BounceRecipient *)g_ptr_array_index(nobody->bounced, 0))->is_permanent);
}

static void test_bounce_places(void)
{
    g_assert_cmpint(bounce("There was an error delivering your mail to <jane@example.org>.\n550 no such user\n"), ==, TRUE);
    g_assert_cmpint(bounce("  ----- Transcript -----\n550 <jane@example.org>... User unknown\n"), ==, TRUE);
    g_assert_cmpint(bounce("> jane@example.org\n\n550 no such user\n"), ==, TRUE);
    g_assert_cmpint(bounce("Not delivered.\n\n--- Original message follows.\nFrom: us@firm.example\nTo: jane@example.org\n"), ==,
                    FALSE);
    g_autoptr(Message) two = read_text(DAEMON "<jane@example.org>: 550 user unknown\n\n<tim@example.org>: 552 mailbox full\n");
    g_assert_cmpuint(two->bounced->len, ==, 2);
    g_assert_true(((const BounceRecipient *)g_ptr_array_index(two->bounced, 0))->is_permanent);
    g_assert_false(((const BounceRecipient *)g_ptr_array_index(two->bounced, 1))->is_permanent);
    g_autoptr(Message) challenge =
        read_text(DSN "Final-Recipient: rfc822; jane@example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: "
                      "smtp; 550\n\n--b--\n");
    g_assert_cmpint(((const AutomaticMark *)g_ptr_array_index(challenge->automatic, 0))->kind, ==, KIND_BOUNCE);
}

static char *back_on(const char *words)
{
    g_autofree char *mail =
        g_strconcat("From: jane@example.org\nTo: enquiries@firm.example\nSubject: Automatic reply: Your enquiry\nDate: Mon, 2 "
                    "Mar 2026 09:00:00 +0000\n\n",
                    words, "\n", NULL);
    g_autoptr(Message) message = read_text(mail);
    return g_strdup(message->back_on == NULL ? "" : message->back_on);
}

static void test_back_on(void)
{
    static const struct {
        const char *said, *day;
    } cases[] = {
        {"I am out of the office until 9 March 2026.", "2026-03-09"},
        {"I am on leave and will be returning on Monday 9th March.", "2026-03-09"},
        {"I will be out of the office from 2 March until 13 March and return on 16 March.", "2026-03-16"},
        {"Back on 09/03/2026. For anything urgent ring Tom.", "2026-03-09"},
        {"I shall return on 2026-04-07.", "2026-04-07"},
        {"I am away until 3/1.", "2027-01-03"},
        {"I will be back on Thursday.", "2026-03-05"},
        {"Ich bin bis 9. M\xc3\xa4rz nicht im B\xc3\xbcro.", "2026-03-09"},
        {"I will be travelling for work on July 10-31.", "2026-07-31"},
        {"I am out of the office 4 to 6 March.", "2026-03-06"},
        {"Ich bin ab dem 23.3. wieder erreichbar.", "2026-03-23"},
        {"Ich bin ab 9.30 Uhr wieder da.", ""},
        {"Rwyf allan o'r swyddfa tan ddydd Llun 23 Mawrth.", "2026-03-23"},
        {"Byddaf yn dychwelyd ar 23 o Fawrth 2026.", "2026-03-23"},
        {"Jestem na urlopie do 22 marca. Wracam 23 marca.", "2026-03-23"},
        {"Sunt \xc3\xaen concediu p\xc3\xa2n\xc4\x83 pe 22 martie.", "2026-03-22"},
        {"Atostogauju iki kovo 22 d.", "2026-03-22"},
        {"Я в отпуске до 22 марта", "2026-03-22"},
        {"I returned your call on 1 March 2024.", ""},
        {"I am out of the office. Ring 020 7946 0123.", ""},
        {"I will be back soon. Our sale ends on 9 March 2031.", ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *day = back_on(cases[i].said);
        g_test_message("%s", cases[i].said);
        g_assert_cmpstr(day, ==, cases[i].day);
    }
    g_autoptr(Message) person = read_text(HUMAN "Subject: Lease\n\nI am back on 9 March 2026.\n");
    g_assert_null(person->back_on);
}

static void test_legal_footers(void)
{
    static const char *const footers[] = {
        "***********\nThis email is confidential.\n***********\n",
        "This email and any attachments are confidential and intended solely for the use of the addressee. It was scanned for "
        "viruses.\n",
        "--------------------\nThe information in this email is privileged.\n",
    };
    for (guint i = 0; i < G_N_ELEMENTS(footers); i++) {
        g_autofree char *mail = g_strconcat(HUMAN "Subject: Lease\n\nPlease ring me.\n\nJane\n\n", footers[i], NULL);
        g_autoptr(Message) message = read_text(mail);
        g_assert_cmpstr(message->new_text, ==, "Please ring me.\n\nJane");
        g_assert_nonnull(strstr(message->text, footers[i]));
    }
    g_autoptr(Message) asks = read_text(HUMAN "Subject: Lease\n\nIs what I tell you confidential? My laptop had a virus.\n");
    g_assert_cmpstr(asks->new_text, ==, "Is what I tell you confidential? My laptop had a virus.");
    g_autoptr(Message) only = read_text(HUMAN "Subject: Lease\n\n***********\nThis email is confidential.\n***********\n");
    g_assert_nonnull(strstr(only->new_text, "confidential"));
}

static void test_lost_boundary(void)
{
    g_autoptr(Message) lost =
        read_text(HUMAN "Subject: Lease\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=right\n\n--wrong\n\nPlease "
                        "ring me.\n\n--wrong--\n");
    g_assert_nonnull(strstr(lost->text, "Please ring me."));
}

static Authentication authenticate(const char *headers)
{
    g_autofree char *mail = g_strconcat(headers, HUMAN "Subject: x\n\nHi\n", NULL);
    g_autoptr(Message) message = read_text(mail);
    return message->authentication;
}

static void test_authentication(void)
{
    g_assert_cmpint(authenticate(""), ==, AUTHENTICATION_NONE);
    g_assert_cmpint(authenticate("Authentication-Results: mx.firm.example; dmarc=pass (p=none) header.from=example.org\n"), ==,
                    AUTHENTICATION_PASS);
    g_assert_cmpint(authenticate("Authentication-Results: mx.other.example; dmarc=pass header.from=example.org\n"), ==,
                    AUTHENTICATION_NONE);
    g_assert_cmpint(authenticate("Authentication-Results: mx.firm.example; dmarc=fail header.from=example.org\n"), ==,
                    AUTHENTICATION_FAIL);
    g_assert_cmpint(authenticate("Authentication-Results: mx.firm.example; dkim=pass header.d=mail.example.org\n"), ==,
                    AUTHENTICATION_PASS);
    g_assert_cmpint(authenticate("Authentication-Results: mx.firm.example; dkim=pass header.d=evil.example\n"), ==,
                    AUTHENTICATION_NONE);
    g_assert_cmpint(authenticate("Received: by mx.firm.example\nReceived: from evil.example\nAuthentication-Results: "
                                 "mx.firm.example; dmarc=pass header.from=example.org\n"),
                    ==, AUTHENTICATION_NONE);
}

static gpointer parse_in_thread(gpointer data)
{
    GString *mail = data;
    g_autoptr(Message) message = parse_message(mail->str, mail->len, mail->len, NULL);
    return GUINT_TO_POINTER(message->headers->len + 1);
}

/* Parses on a stack of 1 MB. */
static guint parse_on_small_stack(GString *mail)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1024 * 1024);
    pthread_t thread;
    gpointer result = NULL;
    g_assert_cmpint(pthread_create(&thread, &attributes, parse_in_thread, mail), ==, 0);
    pthread_join(thread, &result);
    pthread_attr_destroy(&attributes);
    g_string_free(mail, TRUE);
    return GPOINTER_TO_UINT(result) - 1;
}

static void repeat(GString *mail, const char *text, guint times)
{
    for (guint i = 0; i < times; i++)
        g_string_append(mail, text);
}

static void test_hostile(void)
{
    static const char *const address_headers[] = {"To: ", "from : ", "CC:", "Reply-To: ", "Sender: ", "Bcc: "};
    static const char *const shapes[] = {"a:", "a: ", "a:\n ", "<", "(", "\"", "a,", "a@b,", "=?utf-8?q?a?= ", "[", "@a:"};
    for (guint h = 0; h < G_N_ELEMENTS(address_headers); h++)
        for (guint s = 0; s < G_N_ELEMENTS(shapes); s++) {
            GString *mail = g_string_new("Subject: x\n");
            g_string_append(mail, address_headers[h]);
            repeat(mail, shapes[s], 200000 / (guint)strlen(shapes[s]));
            g_string_append(mail, "\n\nHi\n");
            parse_on_small_stack(mail);
        }
    GString *digest = g_string_new("From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n");
    for (guint i = 0; i < 2500; i++) {
        g_string_append(digest, "\n--b\n\nTo: ");
        repeat(digest, "a,", 400);
        g_string_append(digest, "\n\nHi\n");
    }
    parse_on_small_stack(digest);
    GString *inside = g_string_new(
        "From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\nTo: ");
    repeat(inside, "a:", 100000);
    g_string_append(inside, "\n\nHi\n--b--\n");
    parse_on_small_stack(inside);
}

static void test_floods(void)
{
    GString *headers = g_string_new("From: a@example.org\n");
    repeat(headers, "X-Flood: y\n", 150000);
    g_string_append(headers, "\nHi\n");
    g_assert_cmpuint(parse_on_small_stack(headers), ==, 1000);
    GString *long_header = g_string_new("From: a@example.org\nSubject: ");
    repeat(long_header, "long ", 200000);
    g_string_append(long_header, "\n\nHi\n");
    g_assert_cmpuint(parse_on_small_stack(long_header), ==, 2);
    GString *nested = g_string_new("From: a@example.org\nMIME-Version: 1.0\n");
    for (guint i = 0; i < 10000; i++)
        g_string_append_printf(nested, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
    g_string_append(nested, "\nHi\n");
    g_assert_cmpuint(parse_on_small_stack(nested), ==, 3);
    GString *parts = g_string_new("From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n");
    repeat(parts, "\n--b\n", 300000);
    g_assert_cmpuint(parse_on_small_stack(parts), ==, 3);
    GString *text = g_string_new("From: a@example.org\n\n");
    repeat(text, "Label: value\n", 500000);
    g_assert_cmpuint(parse_on_small_stack(text), ==, 1);
    GString *html = g_string_new("From: a@example.org\nContent-Type: text/html\n\n");
    repeat(html, "<blockquote><div><table><tr><td>", 60000);
    g_assert_cmpuint(parse_on_small_stack(html), ==, 2);
    GString *marks = g_string_new("From: a@example.org\n\n");
    repeat(marks, "On x wrote:\n> a@\n", 10000);
    g_assert_cmpuint(parse_on_small_stack(marks), ==, 1);
}

static void test_garbage(void)
{
    g_autoptr(Message) empty = parse_message("", 0, 0, NULL);
    g_assert_true(empty->is_unreadable);
    char bytes[4096];
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7919 % 251);
    g_autoptr(Message) garbage = parse_message(bytes, sizeof bytes, sizeof bytes, NULL);
    g_assert_true(g_utf8_validate(garbage->text, -1, NULL));
    g_autoptr(KindVerdict) verdict = judge(garbage, NULL, NULL);
    g_assert_true(verdict->must_not_answer);
    g_autoptr(Message) nul = parse_message("From: a@example.org\0b\nSubject: x\0y\n\nh\0i\n", 41, 41, NULL);
    g_assert_cmpstr(nul->new_text, ==, "hi");
}

static void test_lines(void)
{
    g_autoptr(Message) mac = read_text("From: a@example.org\rSubject: Old\r\rHello\rthere\r");
    g_assert_cmpstr(mac->subject, ==, "Old");
    g_assert_cmpstr(mac->new_text, ==, "Hello\nthere");
    g_assert_cmpuint(mac->notes->len, ==, 1);
    g_autoptr(Message) mbox =
        read_text("From jane@example.org Mon Mar  2 09:15:00 2026\nFrom: a@example.org\nSubject: Box\n\nHello\n");
    g_assert_cmpstr(mbox->subject, ==, "Box");
    g_autoptr(Message) control = read_text("From: a@example.org\nSubject: =?utf-8?q?a=0D=0ABcc:_x=E2=80=AEy?=\n\nHello\n");
    g_assert_null(strpbrk(control->subject, "\r\n"));
    g_assert_null(strstr(control->subject, "\xE2\x80\xAE"));
}

static void test_charsets(void)
{
    g_autoptr(Message) latin = read_text("From: a@example.org\nContent-Type: text/plain; charset=iso-8859-1\n\n\x93"
                                         "caf\xE9\x94 \x80"
                                         "5\n");
    g_assert_cmpstr(latin->new_text, ==, "“café” €5");
    g_autoptr(Message) bogus = read_text("From: a@example.org\nContent-Type: text/plain; charset=bogus\n\ncaf\xC3\xA9\n");
    g_assert_cmpstr(bogus->new_text, ==, "café");
    g_assert_cmpstr(g_ptr_array_index(bogus->notes, 0), ==, "charset guessed");
    g_autoptr(Message) header = read_text("From: Zo\xEB <a@example.org>\nSubject: caf\xE9 \x96 \x80"
                                          "5\n\nHello\n");
    g_assert_cmpstr(header->from->name, ==, "Zoë");
    g_assert_cmpstr(header->subject, ==, "café – €5");
}

/* Charsets and encodings that a whole mail may be in, and broken ones: nothing is lost that can be read. */
static void test_encodings(void)
{
    static const struct {
        const char *head, *body, *expected;
    } mails[] = {
        {"text/plain; charset=utf-7", "caf+AOk- +IKw-5\n", "café €5"},
        {"text/plain; charset=koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4, \xEE\xC9\xCE\xC1\n", "Привет, Нина"},
        {"text/plain; charset=iso-2022-jp", "\x1B$B$3$s$K$A$O\x1B(B, Jo\n", "こんにちは, Jo"},
        {"text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64", "SABlAGwAbABvACAArCA1AAoA\n", "Hello €5"},
        {"text/plain; charset=utf-16\nContent-Transfer-Encoding: base64", "/v8ASABpAAoAeQBvAHU=\n", "Hi\nyou"},
        {"text/plain; charset=utf-16\nContent-Transfer-Encoding: base64", "//5IAGkA\n", "Hi"},
        {"text/plain; charset=utf-8; format=flowed; delsp=yes", "We would like to grow the farm- \nhouse \nshop.\n",
         "We would like to grow the farm-houseshop."},
        {"text/plain; charset=utf-8; format=flowed; delsp=yes", "We need  \nan audit.  \nSoon.\n", "We need an audit. Soon."},
        {"text/plain; charset=utf-8; format=flowed; delsp=\"No\"", "We need \nan audit.\n", "We need an audit."},
        /* base64 with blanks and lines between, cut (the last group is gone), with what is no letter of it, and with nothing */
        {"text/plain\nContent-Transfer-Encoding: base64", "V2Ug bmVl\nZCBhIHdpbGw=\n", "We need a will"},
        {"text/plain\nContent-Transfer-Encoding: base64", "V2UgbmVlZCBhIHdpbGwgbm93\nIQ", "We need a will now"},
        {"text/plain\nContent-Transfer-Encoding: base64", "V2Ug*bmVl!ZCBhIHdpbGw=\n", "We need a will"},
        {"text/plain\nContent-Transfer-Encoding: base64", "", ""},
        /* quoted-printable with lower case, a soft line end, "=" that is none, and one at the very end */
        {"text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable", "caf=c3=A9 is =\nopen, 2=2 = =XY\n",
         "café is open, 2=2 = =XY"},
        {"text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable", "caf=C3=A9=", "café"},
        {"text/plain; charset=utf-8\nContent-Transfer-Encoding: x-nobody-knows", "as it is\n", "as it is"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autofree char *mail =
            g_strconcat("From: a@example.org\nMIME-Version: 1.0\nContent-Type: ", mails[i].head, "\n\n", mails[i].body, NULL);
        g_autoptr(Message) message = read_text(mail);
        g_test_message("%u: %s", i, mails[i].head);
        g_assert_cmpstr(message->new_text, ==, mails[i].expected);
    }
}

/* Not in any transfer encoding: zeros and all. */
static void test_utf_16(void)
{
    static const char mail[] =
        "From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-16\n\n\xFF\xFEH\0i\0,\0 \0J\0o\0";
    g_autoptr(Message) message = parse_message(mail, sizeof mail - 1, sizeof mail - 1, NULL);
    g_assert_cmpstr(message->new_text, ==, "Hi, Jo");
}

static void check_html(const char *html, const char *expected)
{
    g_autofree char *mail = g_strconcat("From: a@example.org\nContent-Type: text/html; charset=utf-8\n\n", html, "\n", NULL);
    g_autoptr(Message) message = read_text(mail);
    g_assert_cmpstr(message->text, ==, expected);
}

static void test_lists(void)
{
    check_html("<p>We need</p><ul><li>tax</li>\n <li><p>audit</p></li><li></li><li><b>a</b> will</li></ul><p>Thanks</p>",
               "We need\n\n- tax\n- audit\n\n- a will\n\nThanks\n");
    check_html("<ol><li>tax<ul><li>VAT</ul><li>audit</ol>x", "1. tax\n\n- VAT\n\n2. audit\n\nx\n");
    check_html("<ol start=4><li>tax</li><li><br>audit</li></ol>", "4. tax\n5. audit\n");
    check_html("<ol start=x><li>tax</ol><li>bare", "1. tax\n\n- bare\n");
    check_html("<blockquote type=cite><ul><li>tax<li>audit</ul></blockquote>", "> - tax\n> - audit\n");
    /* the value of a label */
    check_html(
        "<table><tr><td>Services</td><td><ul><li>Tax</li><li>Audit</li></ul></td></tr><tr><td>Phone</td><td>1</td></tr></table>",
        "Services\tTax\nAudit\n\nPhone\t1\n");
    g_autoptr(Message) form =
        read_text(FORM "Content-Type: text/html\n\n<ul><li>Name: Jane Doe</li><li><b>Company</b><br>Doe "
                       "Ltd</li></ul><ol><li><b>Phone</b><br>020 7946 0345</li><li><b>Fax</b></li><li><b>Role</b></li></ol>"
                       "<table><tr><td><b>Service</b></td></tr><tr><td>&nbsp;</td><td><ul><li>Tax</li></ul></td></tr></table>");
    g_assert_cmpstr(find_label(form, "name"), ==, "Jane Doe");
    g_assert_cmpstr(find_label(form, "company"), ==, "Doe Ltd");
    g_assert_cmpstr(find_label(form, "service"), ==, "Tax");
    g_assert_cmpstr(find_label(form, "phone"), ==, "020 7946 0345");
    g_assert_null(find_label(form, "fax"));
}

static void test_telephone_links(void)
{
    check_html("Please <a href=\"tel:+44-20-7946-0345\">call us</a>.", "Please call us (+44-20-7946-0345).\n");
    check_html("<a href=\"TEL:020%207946%200345;ext=4\">Ring</a>", "Ring (020 7946 0345)\n");
    check_html("<a href=\"tel:+442079460345\">020 7946 0345</a>", "020 7946 0345\n");
    check_html("<a href=\"tel:javascript\">x</a> <a href=\"tel:\">y</a> <a href=\"tel:1%0A2\">z</a>", "x y z\n");
}

static void test_on_behalf(void)
{
    g_autoptr(Message) desk = read_text("From: Desk <desk@tool.example> On Behalf Of Jane Roe <jane@roe.example>\n\nHello\n");
    g_assert_cmpstr(desk->from->address, ==, "desk@tool.example");
    g_assert_cmpstr(desk->reply_to->address, ==, "jane@roe.example");
    g_assert_cmpstr(desk->reply_to->name, ==, "Jane Roe");
    g_autoptr(Message) said =
        read_text("From: Desk <desk@tool.example> On Behalf Of jane@roe.example\nReply-To: other@roe.example\n\nHello\n");
    g_assert_cmpstr(said->reply_to->address, ==, "other@roe.example");
    g_autoptr(Message) name = read_text("From: \"Desk on behalf of Jane Roe\" <desk@tool.example>\n\nHello\n");
    g_assert_cmpstr(name->from->name, ==, "Jane Roe");
    g_assert_cmpstr(name->from->address, ==, "desk@tool.example");
    static const char *const forwards[][3] = {
        {"desk@tool.example [mailto:desk@tool.example] On Behalf Of Jane Roe", "Jane Roe", ""},
        {"Desk <desk@tool.example> On Behalf Of Jane Roe <jane@roe.example>", "Jane Roe", "jane@roe.example"},
        {"Desk <desk@tool.example> im Auftrag von jane@roe.example", "", "jane@roe.example"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(forwards); i++) {
        g_autofree char *mail =
            g_strconcat("From: tom@firm.example\nSubject: Fw: Audit\n\n-----Original Message-----\nFrom: ", forwards[i][0],
                        "\nSent: 02 March 2026 09:00\nTo: Tom\nSubject: Audit\n\nWe need an audit.\n", NULL);
        g_autoptr(Message) message = read_text(mail);
        g_assert_nonnull(message->original);
        g_assert_cmpstr(message->original->from->name, ==, forwards[i][1]);
        g_assert_cmpstr(message->original->from->address, ==, forwards[i][2]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions();
    parse_open();
    settings.domains = g_ptr_array_new();
    settings.people = g_ptr_array_new();
    settings.intake = g_ptr_array_new();
    IntakeAddress intake = {.address = (char[]){"log@firm.example"}, .has_kind = TRUE, .kind = KIND_LOG};
    g_ptr_array_add(settings.intake, &intake);
    g_ptr_array_add(settings.domains, (char[]){"firm.example"});
    g_test_add_func("/parse/plain", test_plain);
    g_test_add_func("/parse/labels", test_labels);
    g_test_add_func("/parse/labels/html", test_html_labels);
    g_test_add_func("/parse/alternatives", test_alternatives);
    g_test_add_func("/parse/attachments", test_attachments);
    g_test_add_func("/parse/flowed", test_flowed);
    g_test_add_func("/parse/quotes", test_quotes);
    g_test_add_func("/parse/forwards", test_forwards);
    g_test_add_func("/parse/forwards/inside", test_forward_inside);
    g_test_add_func("/parse/marks", test_marks);
    g_test_add_func("/parse/marks/envelope", test_envelope);
    g_test_add_func("/parse/marks/channel", test_channel_outranks_weak);
    g_test_add_func("/parse/marks/own", test_own);
    g_test_add_func("/parse/marks/doubtful", test_doubtful);
    g_test_add_func("/parse/marks/machine-texts", test_machine_texts);
    g_test_add_func("/parse/away/subjects", test_away_subjects);
    g_test_add_func("/parse/away/people", test_away_people);
    g_test_add_func("/parse/away/headers", test_away_headers);
    g_test_add_func("/parse/away/back", test_back_phrases);
    g_test_add_func("/parse/winmail", test_winmail);
    g_test_add_func("/parse/bounces", test_bounces);
    g_test_add_func("/parse/bounces/reasons", test_bounce_reasons);
    g_test_add_func("/parse/bounces/places", test_bounce_places);
    g_test_add_func("/parse/bounces/permanent", test_bounce_permanent);
    g_test_add_func("/parse/bounces/passing", test_bounce_passing);
    g_test_add_func("/parse/bounces/status", test_bounce_status);
    g_test_add_func("/parse/bounces/names", test_bounce_names);
    g_test_add_func("/parse/back-on", test_back_on);
    g_test_add_func("/parse/legal-footers", test_legal_footers);
    g_test_add_func("/parse/lost-boundary", test_lost_boundary);
    g_test_add_func("/parse/authentication", test_authentication);
    g_test_add_func("/parse/hostile", test_hostile);
    g_test_add_func("/parse/floods", test_floods);
    g_test_add_func("/parse/garbage", test_garbage);
    g_test_add_func("/parse/lines", test_lines);
    g_test_add_func("/parse/charsets", test_charsets);
    g_test_add_func("/parse/encodings", test_encodings);
    g_test_add_func("/parse/encodings/utf-16", test_utf_16);
    g_test_add_func("/parse/html/lists", test_lists);
    g_test_add_func("/parse/html/telephone", test_telephone_links);
    g_test_add_func("/parse/on-behalf", test_on_behalf);
    int result = g_test_run();
    g_ptr_array_unref(settings.domains);
    g_ptr_array_unref(settings.people);
    g_ptr_array_unref(settings.intake);
    return result;
}
