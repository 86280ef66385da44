/*
 * samples.c - the mails and the firm that benches work with
 */
#include "samples.h"

#include <string.h>

#include "usher/capture.h"

#define CAPTURE_GROUP 100

/* ---- mails ---- */

static const char *const given_names[] = {"Amy", "Brian", "Carol", "David", "Emma", "Frank", "Grace", "Henry"};
static const char *const family_names[] = {"Archer", "Baker", "Carter", "Draper", "Fletcher", "Mason", "Potter", "Turner"};

/* What people write to firms, in the paragraphs that are repeated until the mail is long enough. */
static const char *const paragraphs[] = {
    "We are a bakery of twelve people in Bristol with two shops and a stall on the market, and our accountant has retired after "
    "twenty years.",
    "Until now all of our books were kept by hand, and with the new rules for digital records we feel that we ought to change that "
    "soon.",
    "Last month we passed the threshold for VAT, as far as we can see, and nobody here has done a VAT return before.",
    "There is also the matter of the new oven, which cost more than the van did, and we would like to know how that is to be "
    "shown.",
    "My sister, who keeps the second shop, thinks that we should become a limited company; I am not so sure that it is worth the "
    "trouble.",
    "Could you tell us what you would need from us, how long it takes and what it would cost for a business of our size?",
};

static void add_headers(GString *mail, guint number, const char *given, const char *family)
{
    g_string_append_printf(
        mail,
        "Return-Path: <%s@client%u.example>\nDelivered-To: enquiries@hartleyfinch.example\n"
        "Received: from mail.client%u.example (mail.client%u.example [192.0.2.7])\n\tby mx.hartleyfinch.example (Postfix) with "
        "ESMTPS id 4QxYz%07u\n"
        "\tfor <enquiries@hartleyfinch.example>; Mon,  2 Mar 2026 09:14:59 +0000 (UTC)\n"
        "Authentication-Results: mx.hartleyfinch.example; dkim=pass header.d=client%u.example; spf=pass "
        "smtp.mailfrom=%s@client%u.example\n"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=client%u.example; s=2026;\n\th=from:to:subject:date:message-id;\n"
        "\tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n\tb="
        "c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl\n"
        "Message-ID: <20260302091458.%07u@client%u.example>\nDate: Mon, 02 Mar 2026 09:14:58 +0000\n"
        "From: %s %s <%s@client%u.example>\nTo: enquiries@hartleyfinch.example\nSubject: Help with our VAT return\n"
        "User-Agent: Mozilla Thunderbird\nContent-Language: en-GB\nMIME-Version: 1.0\n",
        given, number, number, number, number, number, given, number, number, number, number, given, family, given, number);
}

static void add_paragraphs(GString *mail, gsize until, const char *before, const char *after)
{
    for (guint i = 0; mail->len < until; i = (i + 1) % G_N_ELEMENTS(paragraphs)) {
        g_string_append_printf(mail, "%s%s%s", before, paragraphs[i], after);
    }
}

static void add_closing(GString *mail, guint number, const char *given, const char *family)
{
    g_string_append_printf(mail,
                           "We would like to begin next month; our budget is about 4,000 pounds. My number is 020 7946 0%03u.\n\n"
                           "Kind regards\n%s %s\nDirector\n%s Bakery Ltd\n\n-- \n%s %s\n%s Bakery Ltd, 1 Harbour Lane, Bristol\n",
                           number % 1000, given, family, family, given, family, family);
}

static void add_pdf(GString *mail, gsize until)
{
    while (mail->len < until) {
        g_string_append(mail, "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0ZURl\n");
    }
}

const char *sample_get_name(SampleKind kind)
{
    static const char *const names[SAMPLE_COUNT] = {"3 KB plain", "15 KB alternative", "250 KB with a PDF"};
    return names[kind];
}

GBytes *sample_make(SampleKind kind, guint number)
{
    const char *given = given_names[number % G_N_ELEMENTS(given_names)];
    const char *family = family_names[number / G_N_ELEMENTS(given_names) % G_N_ELEMENTS(family_names)];
    GString *mail = g_string_new(NULL);
    add_headers(mail, number, given, family);
    if (kind == SAMPLE_ALTERNATIVE) {
        g_string_append(mail, "Content-Type: multipart/alternative; boundary=\"b1\"\n\n--b1\n");
    } else if (kind == SAMPLE_PDF) {
        g_string_append(mail, "Content-Type: multipart/mixed; boundary=\"b1\"\n\n--b1\n");
    }
    g_string_append(mail, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGood morning,\n\n");
    add_paragraphs(mail, kind == SAMPLE_ALTERNATIVE ? 5000 : 2750, "", "\n\n");
    add_closing(mail, number, given, family);
    if (kind == SAMPLE_ALTERNATIVE) {
        g_string_append(
            mail, "\n--b1\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>p { margin: 0 }</style></head><body>\n");
        add_paragraphs(mail, 15000, "<p class=\"MsoNormal\" style=\"margin:0\"><span lang=\"EN-GB\">",
                       "</span></p>\n<p>&nbsp;</p>\n");
        g_string_append(mail, "</body></html>\n--b1--\n");
    } else if (kind == SAMPLE_PDF) {
        g_string_append(mail, "\n--b1\nContent-Type: application/pdf; name=\"accounts.pdf\"\nContent-Disposition: attachment; "
                              "filename=\"accounts.pdf\"\n"
                              "Content-Transfer-Encoding: base64\n\n");
        add_pdf(mail, 250000);
        g_string_append(mail, "\n--b1--\n");
    }
    return g_string_free_to_bytes(mail);
}

/* ---- the firm ---- */

static char *replace(const char *text, const char *old, const char *with)
{
    g_auto(GStrv) parts = g_strsplit(text, old, -1);
    return g_strjoinv(with, parts);
}

Rulebook *sample_load_rulebook(const char *directory, const char *store, const char *delivery)
{
    g_autofree char *firm = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents("tests/instance/usher.yaml", &firm, NULL, &error)) {
        g_error("benches are run from the top of the checkout: %s", error->message);
    }
    g_autofree char *roomy = replace(firm, "capacity: 20", "capacity: 10000");
    g_autofree char *delivering = replace(roomy, "  maildir: outgoing\n", delivery ? delivery : "  maildir: outgoing\n");
    g_autofree char *text = replace(delivering, "usher.db", store);
    g_autofree char *path = g_build_filename(directory, "usher.yaml", NULL);
    if (!g_file_set_contents(path, text, -1, &error)) {
        g_error("%s", error->message);
    }
    g_autoptr(Problems) problems = problems_new();
    Rulebook *rulebook = rulebook_load(directory, ".", problems);
    if (!rulebook) {
        const Problem *first = g_ptr_array_index(problems_get_list(problems), 0);
        g_error("%s:%u:%u: %s", first->file, first->line, first->column, first->what);
    }
    /* It is the speed that is measured, and no manners. */
    rulebook->limits.mails_per_hour = rulebook->limits.domain_per_minute = rulebook->limits.free_mail_per_minute = 100 * 1000;
    return rulebook;
}

/* ---- capture ---- */

typedef struct {
    SampleKind kind;
    guint first;
    guint count;
} Lot;

static gssize read_mail(gpointer data, gint64 offset, void *buffer, gsize size, GError **error)
{
    return captured_mail_read(data, offset, buffer, size, error);
}

static gboolean capture_one(Record *record, GBytes *bytes, GError **error)
{
    g_autoptr(CapturedMail) mail = captured_mail_new("milter", g_get_tmp_dir(), 50 << 20);
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length);
    if (!captured_mail_append(mail, data, length, error)) {
        return FALSE;
    }
    captured_mail_finish(mail);
    g_autoptr(Arrival) arrival = arrival_new("milter", SAMPLE_NOW);
    arrival->digest = g_strdup(captured_mail_get_digest(mail));
    arrival->size_bytes = length;
    arrival->envelope_from = g_strdup("client@example.org");
    g_ptr_array_add(arrival->envelope_to, g_strdup("enquiries@hartleyfinch.example"));
    RecordCapture capture = {.arrival = arrival, .message_id = captured_mail_get_message_id(mail), .read = read_mail, .data = mail};
    gint64 id;
    gboolean is_new;
    return record_capture(record, &capture, &id, &is_new, error);
}

static gboolean capture_lot(Record *record, gpointer data, GError **error)
{
    const Lot *lot = data;
    for (guint i = 0; i < lot->count; i++) {
        g_autoptr(GBytes) bytes = sample_make(lot->kind, lot->first + i);
        if (!capture_one(record, bytes, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

void sample_capture(Record *record, SampleKind kind, guint first, guint count)
{
    g_autoptr(GError) error = NULL;
    for (guint done = 0; done < count; done += CAPTURE_GROUP) {
        Lot lot = {kind, first + done, MIN(CAPTURE_GROUP, count - done)};
        if (!record_run(record, capture_lot, &lot, &error)) {
            g_error("%s", error->message);
        }
    }
}
