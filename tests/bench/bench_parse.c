/*
 * bench_parse.c - what reading a mail costs, beside what GMime alone takes for the same bytes
 *
 * Takes nothing; prints a line for each sample: bytes, CPU time of parse_message and parse_judge_kind, CPU time of GMime's parser
 * alone.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <gmime/gmime.h>

#include "usher/parse.h"

#define HEADERS                                                                                                                    \
    "Return-Path: <jane@example.org>\nDelivered-To: enquiries@firm.example\nReceived: from mail.example.org (mail.example.org "    \
    "[192.0.2.7])\n"                                                                                                               \
    "\tby mx.firm.example (Postfix) with ESMTPS id 4F2A31\n\tfor <enquiries@firm.example>; Mon, 02 Mar 2026 09:15:02 +0000 "       \
    "(UTC)\n"                                                                                                                      \
    "Authentication-Results: mx.firm.example; dkim=pass header.d=example.org; spf=pass smtp.mailfrom=jane@example.org\n"           \
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=2026;\n\th=from:to:subject:date:message-id; "          \
    "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n"                                                                           \
    "\tb=c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl\n"                                   \
    "Message-ID: <20260302091501.1234@example.org>\nDate: Mon, 02 Mar 2026 09:15:01 +0000\nFrom: Jane Doe "                        \
    "<jane@example.org>\nTo: enquiries@firm.example\n"                                                                             \
    "Subject: Advice on a VAT registration\nUser-Agent: Mozilla Thunderbird\nContent-Language: en-GB\nMIME-Version: 1.0\n"

#define SENTENCE "We are a bakery of twelve people in Bristol and think that we have passed the VAT threshold this month.\n"

static void repeat(GString *mail, const char *text, gsize until)
{
    while (mail->len < until)
        g_string_append(mail, text);
}

static GString *make_plain(void)
{
    GString *mail = g_string_new(HEADERS "Content-Type: text/plain; charset=utf-8\n\nHello,\n\n");
    repeat(mail, SENTENCE, 2700);
    g_string_append(mail, "\nPhone: 0117 496 0123\nCompany: Doe Bakery Ltd\n\nKind regards\nJane Doe\n-- \nJane Doe\nDoe Bakery "
                          "Ltd\n0117 496 0123\n");
    return mail;
}

static GString *make_alternative(void)
{
    GString *mail = g_string_new(
        HEADERS "Content-Type: multipart/alternative; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain; charset=utf-8\n\n");
    repeat(mail, SENTENCE, 6000);
    g_string_append(mail, "\n--b1\nContent-Type: text/html; charset=utf-8\n\n<html><body>");
    repeat(mail, "<p style=\"margin:0\">" SENTENCE "</p>\n", 15000);
    g_string_append(mail, "</body></html>\n--b1--\n");
    return mail;
}

static GString *make_html(void)
{
    GString *mail = g_string_new(HEADERS "Content-Type: text/html; charset=utf-8\n\n<html><body><table>");
    repeat(mail, "<tr><td style=\"padding:4px\"><b>Label of it</b></td><td>the value &amp; more of it</td></tr>\n", 15000);
    g_string_append(mail, "</table></body></html>\n");
    return mail;
}

static GString *make_pdf(void)
{
    GString *mail =
        g_string_new(HEADERS "Content-Type: multipart/mixed; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain; charset=utf-8\n\n");
    repeat(mail, SENTENCE, 3000);
    g_string_append(mail, "\n--b1\nContent-Type: application/pdf; name=\"accounts.pdf\"\nContent-Transfer-Encoding: base64\n\n");
    repeat(mail, "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0ZURl\n", 250000);
    g_string_append(mail, "\n--b1--\n");
    return mail;
}

static void read_with_usher(const GString *mail)
{
    g_autoptr(Message) message = parse_message(mail->str, mail->len, mail->len, "mx.firm.example");
    g_autoptr(Arrival) arrival = arrival_new("bench", 1);
    g_autoptr(KindVerdict) verdict = parse_judge_kind(message, arrival, NULL, NULL);
    g_assert(verdict->kind == KIND_ENQUIRY);
}

static void read_with_gmime(const GString *mail)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(mail->str, mail->len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
}

static double get_cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The best of many batches: the machine is never quite idle. */
static double measure(void (*read)(const GString *), const GString *mail)
{
    double best = 0;
    for (guint batch = 0; batch < 40; batch++) {
        double start = get_cpu_us();
        for (guint i = 0; i < 50; i++)
            read(mail);
        double took = (get_cpu_us() - start) / 50;
        best = batch == 0 ? took : MIN(best, took);
    }
    return best;
}

static void report(const char *name, GString *mail)
{
    printf("%-12s %7zu bytes  parse and kind %7.1f us  GMime alone %7.1f us\n", name, mail->len, measure(read_with_usher, mail),
           measure(read_with_gmime, mail));
    g_string_free(mail, TRUE);
}

int main(void)
{
    parse_open();
    report("plain", make_plain());
    report("alternative", make_alternative());
    report("html table", make_html());
    report("with a PDF", make_pdf());
    return 0;
}
