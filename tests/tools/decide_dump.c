/*
 * decide_dump.c - whom mails would be answered, as JSON
 *
 * Takes paths on standard input, one a line; gives for each, in that order, one JSON object a line: who sent the mail, its kind at each door, and every mail
 * to an outsider that the whole way through the pipeline would write, with the rules that ship and the tests' firm. Each mail is taken
 * through the doors as they differ in what they know: without an envelope, with an ordinary sender, and with the sender that its Return-Path names, the
 * null sender too. Nothing is on record. To be run at the top of the project.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "usher/base/token.h"
#include "usher/parse.h"
#include "usher/pipeline.h"

#define NOW 1772443800 /* 2026-03-02T09:30:00Z */
#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static Rulebook *rulebook;

/* "<>" gives ""; NULL without such a header. */
static char *find_return_path(const Message *message)
{
    const char *value = message_find_header(message, "Return-Path");
    return value ? g_strndup(value + strspn(value, "< "), strcspn(value + strspn(value, "< "), "> ")) : NULL;
}

static Reading *read_by(const char *bytes, gsize length, const char *envelope_from)
{
    Arrival *arrival = arrival_new("deliver", NOW);
    arrival->id = 7;
    arrival->size_bytes = length;
    arrival->envelope_from = g_strdup(envelope_from);
    g_ptr_array_add(arrival->envelope_to, g_strdup("enquiries@hartleyfinch.example"));
    return pipeline_read(arrival, bytes, length, rulebook);
}

static void add_outside(json_t *list, const Decision *decision, const char *door)
{
    for (guint i = 0; i < decision->mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(decision->mails, i);
        if (!mail->is_internal)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "door", door, "purpose", mail->purpose, "to",
                                                  mail->to->address, "kind", kind_get_name(decision->kind)));
    }
}

static void decide_by(json_t *dump, const char *bytes, gsize length, const char *door, const char *envelope_from)
{
    g_autoptr(Reading) reading = read_by(bytes, length, envelope_from);
    g_autoptr(Past) past = past_new();
    g_autoptr(Decision) decision = pipeline_decide(reading, past, rulebook, SECRET, NOW);
    json_object_set_new(json_object_get(dump, "kinds"), door, json_string(kind_get_name(decision->kind)));
    add_outside(json_object_get(dump, "outside"), decision, door);
}

static json_t *list_senders(const Message *message, const char *return_path)
{
    json_t *list = json_array();
    const Mailbox *senders[] = {message->from, message->sender};
    for (guint i = 0; i < G_N_ELEMENTS(senders); i++)
        if (senders[i] && *senders[i]->address)
            json_array_append_new(list, json_string(senders[i]->address));
    if (return_path && *return_path)
        json_array_append_new(list, json_string(return_path));
    return list;
}

static json_t *dump_file(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &bytes, &length, &error))
        return json_pack("{s:s, s:s}", "path", path, "error", error->message);
    g_autoptr(Message) message = parse_message(bytes, length, length, NULL);
    g_autofree char *return_path = find_return_path(message);
    json_t *dump =
        json_pack("{s:s, s:o, s:{}, s:[]}", "path", path, "senders", list_senders(message, return_path), "kinds", "outside");
    decide_by(dump, bytes, length, "maildir", NULL);
    decide_by(dump, bytes, length, "smtp", "someone@client.example");
    decide_by(dump, bytes, length, "smtp as sent", return_path ? return_path : "someone@client.example");
    return dump;
}

int main(void)
{
    token_open();
    parse_open();
    g_autoptr(Problems) problems = problems_new();
    rulebook = rulebook_load("tests/instance", ".", problems);
    if (!rulebook) {
        fprintf(stderr, "decide_dump: the rules do not load; run it at the top of the project\n");
        return 1;
    }
    GIOChannel *input = g_io_channel_unix_new(0);
    char *path = NULL;
    gsize end = 0;
    while (g_io_channel_read_line(input, &path, NULL, &end, NULL) == G_IO_STATUS_NORMAL) {
        path[end] = '\0';
        json_t *dump = dump_file(path);
        if (dump == NULL || json_dumpf(dump, stdout, JSON_COMPACT) != 0)
            printf("{\"error\": \"not printable\"}");
        printf("\n");
        json_decref(dump);
        g_free(path);
    }
    g_io_channel_unref(input);
    rulebook_free(rulebook);
    return 0;
}
