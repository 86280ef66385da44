/*
 * test_parse_leave.c - who asks to be left alone, and who only uses the words
 */
#include <string.h>

#include "usher/parse.h"

static const char *judge(const char *from, const char *body)
{
    g_autofree char *mail =
        g_strdup_printf("From: %s\nTo: ben@firm.example\nSubject: Re: How is it coming along?\nIn-Reply-To: <1@firm.example>\n"
                        "Content-Type: text/plain; charset=utf-8\n\n%s\n",
                        from, body);
    g_autoptr(Message) message = parse_message(mail, strlen(mail), strlen(mail), "mx.firm.example");
    g_autoptr(Arrival) arrival = arrival_new("deliver", 1);
    g_autoptr(KindVerdict) verdict = parse_judge_kind(message, arrival, NULL, NULL);
    return kind_get_name(verdict->kind);
}

static void assert_each(const char *const *bodies, const char *kind)
{
    for (guint i = 0; bodies[i] != NULL; i++) {
        g_test_message("%s", bodies[i]);
        g_assert_cmpstr(judge("Megan Price <mprice@corner.example>", bodies[i]), ==, kind);
    }
}

static void test_requests(void)
{
    static const char *const bodies[] = {
        "stop",
        "STOP!!!",
        "stop please",
        "Please stop.",
        "Stop, thank you",
        "stop\n\nMegan",
        "stop\n\nM. Price",
        "Stop\n\nKind regards\nMegan Price",
        "Stop\n\nKind regards,\n\nMegan Price\nDirector, Corner Bakery Ltd",
        "Stop\n\nMegan Price\n020 7946 0142",
        "Stop\n\nThanks, Megan",
        "Hi Ben,\n\nstop",
        "hi ben\n\nstop please",
        "Hello stop",
        "Hi please stop.",
        "Hi Ben please stop emailing me",
        "Dear Sir or Madam, please unsubscribe me.",
        "stop\n\nSent from my iPhone",
        "stop\n-- \nMegan Price\nCorner Bakery Ltd",
        "stop\n\nOn Mon, 2 Mar 2026 at 09:30, Ben Cole <ben@firm.example> wrote:\n> Please call me.",
        "Please take me off your list.",
        "Take me off this mailing list please",
        "No more emails please",
        "No more of these, thanks.",
        "please do not contact me again",
        "Do not contact me",
        "don't send me any more of these",
        "Don\xE2\x80\x99t email me again!",
        "Please don't send me any more marketing emails",
        "unsubscribe me please",
        "UNSUBSCRIBE",
        "Unsubscribe mprice@corner.example",
        "Please unsubscribe me from all marketing",
        "Please remove me from your mailing list",
        "Please remove my email address from your database. Thanks",
        "Could you please remove me from your list?",
        "No thanks. Please take me off your list.",
        "Not interested, please stop emailing me.",
        "I no longer wish to receive these emails",
        "I do not want any more emails from you.",
        "We would like to unsubscribe",
        "I'd like to be removed from your mailing list please.",
        "Please leave me alone",
        "Stop sending me this stuff",
        "please stop contacting me",
        "opt out",
        "Unsubscribe please, Megan",
        "Please remove me.\n\nBest wishes,\nMegan",
        "Me d\xC3\xA9sabonner svp",
        NULL};
    assert_each(bodies, "unsubscribe");
    g_assert_cmpstr(judge("m17@corner.example", "stop\n\nRegards\nMegan Price"), ==, "unsubscribe");
    g_assert_cmpstr(judge("Ann Stopford <ann.stopford@corner.example>", "please stop"), ==, "unsubscribe");
}

static void test_matters(void)
{
    static const char *const bodies[] = {"please stop my landlord from contacting me",
                                         "Stop my landlord",
                                         "I want to unsubscribe my company from the register",
                                         "We would like to be removed as directors of the old company",
                                         "do not contact me on my work number",
                                         "Please do not contact me before Friday",
                                         "stop by on Tuesday?",
                                         "Stop?",
                                         "Stop by",
                                         "When can you stop the bailiffs?",
                                         "Yes please, stop",
                                         "No, don't stop",
                                         "Do not unsubscribe me",
                                         "Please do not remove me from your list",
                                         "Please remove me as director at Companies House",
                                         "Remove my name from the lease",
                                         "Please take me off the deeds",
                                         "Please remove me from the board",
                                         "Stop the sale",
                                         "Stop HMRC",
                                         "stop please, HMRC are at the door",
                                         "No more delays please",
                                         "Please stop sending letters to my old address",
                                         "My brother keeps emailing me. Please stop him.",
                                         "Hi stop my landlord, stop",
                                         "Stop the emails from my ex-partner",
                                         "He will not stop contacting me",
                                         "Please stop.\n\nThe bailiffs come on Friday.",
                                         "stop\n\nKind regards\nMegan Price\n\nPS my VAT return is late",
                                         "stop\n\nKind regards\nMegan Price\n\nI still need the VAT return",
                                         "stop\n\nMegan Price is the name on the lease",
                                         "Stop\n\nLandlord",
                                         "unsubscribe me, and call me about the lease",
                                         "Not interested",
                                         "No thanks",
                                         "Please delete all my data under the GDPR",
                                         "Please send no more emails to my husband, write to me",
                                         "Unsubscribe tom@corner.example, he has left us",
                                         "Hi Ben,",
                                         "Please",
                                         "Could you stop the auction?",
                                         "I do not want to hear from your colleague, only from you",
                                         "Leave me alone with the children, he said",
                                         NULL};
    assert_each(bodies, "enquiry");
}

/* What a stranger may send: long, broken, or repeated. */
static void test_hostile(void)
{
    g_autoptr(GString) long_one = g_string_new(NULL);
    for (guint i = 0; i < 20000; i++)
        g_string_append(long_one, "stop of all ");
    g_assert_cmpstr(judge("a@b.example", long_one->str), ==, "enquiry");
    g_assert_cmpstr(judge("a@b.example", "stop sending of of of of of of of of of of of of of of of of of of of of all"), ==,
                    "enquiry");
    g_assert_cmpstr(judge("a@b.example", "\xFF\xFE stop my \xC0 friend"), ==, "enquiry");
    g_assert_cmpstr(judge("\" \" <@>", "stop\n\n "), ==, "unsubscribe");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    parse_open();
    g_test_add_func("/parse/leave/requests", test_requests);
    g_test_add_func("/parse/leave/matters", test_matters);
    g_test_add_func("/parse/leave/hostile", test_hostile);
    return g_test_run();
}
