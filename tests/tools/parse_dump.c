/*
 * parse_dump.c - what src/parse reads in mails, as JSON
 *
 * Takes paths on standard input, one a line; gives one JSON object a line for each, in that order. tests/accuracy compares them with what is
 * known of the mails. A file that cannot be read gives {"path": ..., "error": ...}. Nobody's rulebook: no address is the firm's.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "usher/parse.h"

static Settings settings;
static Rulebook rulebook = {.settings = &settings};

static json_t *dump_mailbox(const Mailbox *mailbox)
{
    return mailbox == NULL ? json_null() : json_pack("{s:s, s:s}", "name", mailbox->name, "address", mailbox->address);
}

static json_t *dump_mailboxes(const GPtrArray *mailboxes)
{
    json_t *list = json_array();
    for (guint i = 0; i < mailboxes->len; i++)
        json_array_append_new(list, dump_mailbox(g_ptr_array_index(mailboxes, i)));
    return list;
}

static json_t *dump_original(const ForwardedOriginal *original)
{
    if (original == NULL)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:s, s:s?, s:s, s:s, s:s, s:s, s:b}", "from", dump_mailbox(original->from), "to",
                     dump_mailboxes(original->to), "cc", dump_mailboxes(original->cc), "subject", original->subject, "date",
                     original->date, "body", original->body, "text", original->text, "note", original->note, "how", original->how,
                     "is_certain", original->is_certain);
}

static json_t *dump_bounced(const GPtrArray *bounced)
{
    json_t *list = json_array();
    for (guint i = 0; i < bounced->len; i++) {
        const BounceRecipient *recipient = g_ptr_array_index(bounced, i);
        json_array_append_new(list, json_pack("{s:s, s:s?, s:b, s:s?}", "address", recipient->address, "status", recipient->status,
                                              "is_permanent", recipient->is_permanent, "diagnostic", recipient->diagnostic));
    }
    return list;
}

static json_t *dump_marks(const GPtrArray *marks)
{
    json_t *list = json_array();
    for (guint i = 0; i < marks->len; i++) {
        const AutomaticMark *mark = g_ptr_array_index(marks, i);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "rule", mark->rule, "evidence", mark->evidence, "is_weak", mark->is_weak));
    }
    return list;
}

static json_t *dump_message(const char *path, const Message *message)
{
    g_autoptr(Arrival) arrival = arrival_new("import", 0);
    g_autoptr(KindVerdict) verdict = parse_judge_kind(message, arrival, NULL, &rulebook);
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:s?}", "path", path, "kind",
                     kind_get_name(verdict->kind), "rule", verdict->rule, "must_not_answer", verdict->must_not_answer, "subject",
                     message->subject, "from", dump_mailbox(message->from), "text", message->text, "new_text", message->new_text,
                     "signature", message->signature, "original", dump_original(message->original), "bounced",
                     dump_bounced(message->bounced), "automatic", dump_marks(message->automatic), "is_unreadable",
                     message->is_unreadable, "back_on", message->back_on);
}

static json_t *dump_file(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &bytes, &length, &error))
        return json_pack("{s:s, s:s}", "path", path, "error", error->message);
    g_autoptr(Message) message = parse_message(bytes, length, length, "mx.example.org");
    return dump_message(path, message);
}

int main(void)
{
    parse_open();
    settings.domains = g_ptr_array_new();
    settings.people = g_ptr_array_new();
    settings.intake = g_ptr_array_new();
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
    g_ptr_array_unref(settings.domains);
    g_ptr_array_unref(settings.people);
    g_ptr_array_unref(settings.intake);
    return 0;
}
