/*
 * command/explain.c - usher explain: the Decision for a mail, thrown away after it is printed
 *
 * The mail is decided with what is on record, as the engine would, or with nothing on record when the instance has no store yet. Of a mail that
 * is on record itself, what came of it is left out of account: asked why it was judged so, the answer is a judgement and not "it is here already".
 * A promise is explained in explain_promise.c.
 */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "explain_promise.h"
#include "usher/base/error.h"

#define READ_BYTES (2 * 1024 * 1024)

/* The first READ_BYTES of a stream; *size counts on, to `most` at the most: a device has no end. */
static char *read_stream(FILE *stream, gsize most, gsize *length, gsize *size)
{
    char *bytes = g_malloc(READ_BYTES + 1);
    errno = 0;
    *length = fread(bytes, 1, READ_BYTES, stream);
    *size = *length;
    char rest[4096];
    for (size_t more = sizeof rest; more > 0 && *size < most; *size += more) {
        more = fread(rest, 1, sizeof rest, stream);
    }
    bytes[*length] = '\0';
    return bytes;
}

static Past *find_past(Instance *instance, const PastKeys *keys, char **secret, GError **error)
{
    if (access(instance->rulebook->settings->store, F_OK) != 0) {
        *secret = g_strdup("");
        return past_new();
    }
    instance->record = record_open(instance->rulebook->settings->store, TRUE, error);
    if (!instance->record) {
        return NULL;
    }
    *secret = g_strdup(record_get_secret(instance->record));
    return record_find_past(instance->record, keys, error);
}

/* The number of the message with this Message-ID on one of the leads found; 0 when there is none. */
static gint64 find_itself(Record *record, const Past *past, const char *message_id)
{
    for (guint i = 0; i < past->matches->len; i++) {
        const LeadMatch *match = g_ptr_array_index(past->matches, i);
        g_autoptr(LeadFile) file = match->how == MATCH_SAME_MESSAGE ? record_read_lead(record, match->lead->id, NULL) : NULL;
        for (guint j = 0; file && j < file->messages->len; j++) {
            const MessageLine *line = g_ptr_array_index(file->messages, j);
            if (g_strcmp0(line->message_id, message_id) == 0) {
                return line->id;
            }
        }
    }
    return 0;
}

/* The past of a mail that is on record: without the mail, and without the lead that it opened. */
static Past *leave_out_itself(Instance *instance, Reading *reading, Past *take_past, GError **error)
{
    g_autoptr(Past) past = take_past;
    gint64 itself = find_itself(instance->record, past, reading->message->message_id);
    if (itself == 0) {
        return g_steal_pointer(&past);
    }
    reading->arrival->id = itself;
    g_autoptr(PastKeys) keys = pipeline_get_keys(reading, instance->rulebook, instance_now(instance));
    g_autoptr(Past) before = record_find_past(instance->record, keys, error);
    for (guint i = before ? before->matches->len : 0; i-- > 0;) {
        const LeadMatch *match = g_ptr_array_index(before->matches, i);
        if (match->lead->id == itself) {
            g_ptr_array_remove_index(before->matches, i);
        }
    }
    return g_steal_pointer(&before);
}

static int explain_mail(Instance *instance, FILE *stream, const char *name, char **recipients)
{
    gsize length = 0, size = 0;
    g_autofree char *bytes = read_stream(stream, (gsize)instance->rulebook->settings->max_message_bytes, &length, &size);
    if (ferror(stream)) {
        fprintf(stderr, "usher: %s cannot be read: %s\n", name, g_strerror(errno));
        return EX_NOINPUT;
    }
    if (length == 0) {
        fprintf(stderr, "usher: %s is empty: there is no mail to explain\n", name);
        return EX_DATAERR;
    }
    Arrival *arrival = arrival_new("explain", instance_now(instance));
    arrival->size_bytes = size;
    for (guint i = 0; recipients && recipients[i]; i++) {
        g_ptr_array_add(arrival->envelope_to, g_ascii_strdown(recipients[i], -1));
    }
    g_autoptr(Reading) reading = pipeline_read(arrival, bytes, length, instance->rulebook);
    g_autoptr(PastKeys) keys = pipeline_get_keys(reading, instance->rulebook, instance_now(instance));
    g_autofree char *secret = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Past) past = find_past(instance, keys, &secret, &error);
    if (past && instance->record) {
        past = leave_out_itself(instance, reading, g_steal_pointer(&past), &error);
    }
    if (!past) {
        return instance_fail(error);
    }
    g_autoptr(Decision) decision = pipeline_decide(reading, past, instance->rulebook, secret, instance_now(instance));
    if (instance->is_json) {
        json_print(json_from_decision(decision, instance->rulebook));
    } else {
        print_decision(decision, instance->rulebook, stdout);
    }
    return 0;
}

int command_explain(Instance *instance, int argc, char **argv)
{
    g_auto(GStrv) recipients = NULL;
    g_autofree char *promise = NULL;
    const GOptionEntry entries[] = {
        {"to", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &recipients, "envelope recipient; may be given more than once", "ADDRESS"},
        {"promise", 0, 0, G_OPTION_ARG_STRING, &promise, "instead of a mail: how the time of this promise was counted, day by day",
         "ID|LEAD:KIND"},
        G_OPTION_ENTRY_NULL,
    };
    int count = instance_read_options(command_find("explain"), argc, &argv, entries, 0, 1);
    if (promise && (count > 0 || recipients)) {
        fputs("usher explain: --promise takes no mail: leave FILE and --to out\n", stderr);
        return EX_USAGE;
    }
    if (promise) {
        return explain_promise(instance, promise);
    }
    if (!instance_load(instance)) {
        return EX_CONFIG;
    }
    if (count == 0 || strcmp(argv[1], "-") == 0) {
        return explain_mail(instance, stdin, "standard input", recipients);
    }
    FILE *file = fopen(argv[1], "rbe");
    if (!file) {
        fprintf(stderr, "usher: \"%s\" cannot be read: %s\n", argv[1], g_strerror(errno));
        return EX_NOINPUT;
    }
    g_autofree char *name = g_strdup_printf("\"%s\"", argv[1]);
    int status = explain_mail(instance, file, name, recipients);
    fclose(file);
    return status;
}
