/*
 * shipped.h - for tests: the shipped rulebook with the tests' firm, and mails as one writes them down
 */
#ifndef USHER_TESTS_SHIPPED_H
#define USHER_TESTS_SHIPPED_H

#include <string.h>

#include "usher/extract.h"
#include "usher/parse.h"

#define SHIPPED_NOW 1772445600 /* Monday 2 March 2026, 10:00 UTC */

static inline Rulebook *load_shipped(void)
{
    g_autoptr(Problems) problems = problems_new();
    Rulebook *rulebook = rulebook_load("tests/instance", ".", problems);
    const GPtrArray *list = problems_get_list(problems);
    for (guint i = 0; i < list->len; i++) {
        const Problem *problem = g_ptr_array_index(list, i);
        g_test_message("%s:%u:%u: %s", problem->file, problem->line, problem->column, problem->what);
    }
    g_assert_nonnull(rulebook);
    return rulebook;
}

/* A mail that has been read as far as extract goes. */
typedef struct {
    Message *message;
    Arrival *arrival;
    const Channel *channel;
    KindVerdict *verdict;
    Extraction *extraction;
} ReadMail;

static inline void read_mail_free(ReadMail *mail)
{
    extraction_free(mail->extraction);
    kind_verdict_free(mail->verdict);
    message_free(mail->message);
    arrival_free(mail->arrival);
    g_free(mail);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReadMail, read_mail_free)

/* `headers` are whole lines. A mail that names no To goes to the enquiries, one that names no type is plain text. */
static inline ReadMail *read_mail(const Rulebook *rulebook, const char *headers, const char *body)
{
    g_autoptr(GString) bytes = g_string_new(headers);
    if (!strstr(headers, "To: ") || strstr(headers, "To: ") == strstr(headers, "Reply-To: ") + strlen("Reply-")) {
        g_string_append(bytes, "To: enquiries@hartleyfinch.example\n");
    }
    if (!strstr(headers, "Content-Type:")) {
        g_string_append(bytes, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n");
    }
    g_string_append_printf(bytes, "Message-ID: <m@mail.example>\nDate: Mon, 02 Mar 2026 09:00:00 +0000\nMIME-Version: 1.0\n\n%s",
                           body);
    ReadMail *mail = g_new0(ReadMail, 1);
    mail->arrival = arrival_new("explain", SHIPPED_NOW);
    mail->message = parse_message(bytes->str, bytes->len, bytes->len, rulebook->settings->authserv_id);
    mail->channel = extract_find_channel(mail->message, rulebook);
    mail->verdict = parse_judge_kind(mail->message, mail->arrival, mail->channel, rulebook);
    mail->extraction = extract_lead(mail->message, mail->verdict, mail->channel, mail->arrival, rulebook);
    return mail;
}

static inline const char *get_field(const ReadMail *mail, const char *name)
{
    return field_find_value(mail->extraction->fields, name);
}

static inline const char *get_person(const ReadMail *mail)
{
    return mail->extraction->person ? mail->extraction->person->address : NULL;
}

#endif
