/*
 * parse/bounce.c - who a bounce is about, and whether it is for good
 *
 * Takes a message that carries a delivery report, or one that speaks like a mail system; gives message->bounced, and puts the id of the returned
 * mail in front of message->references, so that it is found on the record. RFC 3464 reports are read field by field. For those who write none,
 * the headers (X-Failed-Recipients) and the text are read: an address that is not ours, near words or codes that say why.
 *
 * A recipient that was delivered to, relayed or expanded is no bounce. A delay is one that is not permanent.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum { MAX_RECIPIENTS = 50, MAX_DIAGNOSTIC_CHARS = 300, MAX_SCANNED_BYTES = 8 * 1024 };

/* One block of a message/delivery-status part. */
typedef struct {
    char *final_recipient, *original_recipient, *action, *status, *diagnostic;
} StatusBlock;

static void status_block_clear(StatusBlock *block)
{
    g_clear_pointer(&block->final_recipient, g_free);
    g_clear_pointer(&block->original_recipient, g_free);
    g_clear_pointer(&block->action, g_free);
    g_clear_pointer(&block->status, g_free);
    g_clear_pointer(&block->diagnostic, g_free);
}

/* The first d.d.d in a text, from which class 2, 4 or 5 can be told. NULL; owned. */
static char *find_status(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at != '2' && *at != '4' && *at != '5') || at[1] != '.' || (at > text && (g_ascii_isdigit(at[-1]) || at[-1] == '.')))
            continue;
        gsize subject = strspn(at + 2, "0123456789");
        if (subject == 0 || subject > 3 || at[2 + subject] != '.')
            continue;
        gsize detail = strspn(at + 3 + subject, "0123456789");
        if (detail > 0 && detail <= 3 && at[3 + subject + detail] != '.')
            return g_strndup(at, 3 + subject + detail);
    }
    return NULL;
}

/* The class of the first SMTP answer ("550 ...") in a text: '4', '5' or 0. */
static char find_reply_class(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at != '4' && *at != '5') || (at > text && (g_ascii_isalnum(at[-1]) || at[-1] == '.')))
            continue;
        if (g_ascii_isdigit(at[1]) && at[1] <= '5' && g_ascii_isdigit(at[2]) &&
            (at[3] == ' ' || at[3] == '-' || at[3] == '#' || at[3] == ':'))
            return *at;
    }
    return 0;
}

static gboolean is_known(const Message *message, const char *address)
{
    for (guint i = 0; i < message->bounced->len; i++)
        if (strcmp(((const BounceRecipient *)g_ptr_array_index(message->bounced, i))->address, address) == 0)
            return TRUE;
    return FALSE;
}

static void add_recipient(Message *message, const char *address, const char *status, gboolean is_permanent, const char *diagnostic)
{
    if (message->bounced->len >= MAX_RECIPIENTS || is_known(message, address))
        return;
    g_autofree char *line = diagnostic == NULL ? NULL : text_to_line(diagnostic, MAX_DIAGNOSTIC_CHARS);
    g_ptr_array_add(message->bounced, bounce_recipient_new(address, status, is_permanent, line));
}

/* "rfc822; jane@example.org" as a folded address; "" when it cannot be read. Owned. */
static char *read_recipient(const char *value)
{
    const char *text = value == NULL ? "" : value;
    const char *semicolon = strchr(text, ';');
    gsize start = semicolon == NULL ? 0 : (gsize)(semicolon - text), end = 0;
    if (!address_find(text, &start, &end))
        return g_strdup("");
    g_autofree char *raw = g_strndup(text + start, end - start);
    return text_fold_address(raw);
}

static void finish_block(Message *message, StatusBlock *block)
{
    gboolean has_recipient = block->final_recipient != NULL || block->original_recipient != NULL;
    gboolean is_failure = block->action == NULL || g_ascii_strncasecmp(block->action, "fail", 4) == 0;
    gboolean is_delay = block->action != NULL && g_ascii_strncasecmp(block->action, "delay", 5) == 0;
    if (has_recipient && (is_failure || is_delay)) {
        g_autofree char *original = read_recipient(block->original_recipient);
        g_autofree char *final = read_recipient(block->final_recipient);
        g_autofree char *status = find_status(block->status == NULL ? "" : block->status);
        if (status == NULL && block->diagnostic != NULL)
            status = find_status(block->diagnostic);
        gboolean is_temporary = is_delay || (status != NULL && status[0] == '4');
        add_recipient(message, final[0] != '\0' ? final : original, status, !is_temporary, block->diagnostic);
    }
    status_block_clear(block);
}

static char **find_slot(StatusBlock *block, const char *line, gsize length)
{
    const struct {
        const char *name;
        char **slot;
    } fields[] = {
        {"Final-Recipient", &block->final_recipient},
        {"Original-Recipient", &block->original_recipient},
        {"Action", &block->action},
        {"Status", &block->status},
        {"Diagnostic-Code", &block->diagnostic},
    };
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strlen(fields[i].name) == length && g_ascii_strncasecmp(line, fields[i].name, length) == 0)
            return fields[i].slot;
    return NULL;
}

/* RFC 3464: a block about the mail, then one for each recipient, parted by empty lines. */
static void read_statuses(Message *message, const char *text)
{
    StatusBlock block = {0};
    char **slot = NULL;
    const char *cursor = text;
    Line line;
    while (line_read(&cursor, &line)) {
        Line bare = line_strip(line);
        if (bare.length == 0) {
            finish_block(message, &block);
            slot = NULL;
            continue;
        }
        const char *colon = memchr(bare.start, ':', bare.length);
        if (line.start[0] == ' ' || line.start[0] == '\t') {
            if (slot != NULL && *slot != NULL && strlen(*slot) < 2000) {
                char *longer = g_strdup_printf("%s %.*s", *slot, (int)bare.length, bare.start);
                g_free(*slot);
                *slot = longer;
            }
            continue;
        }
        slot = colon == NULL ? NULL : find_slot(&block, bare.start, (gsize)(colon - bare.start));
        if (slot == &block.final_recipient && *slot != NULL)
            finish_block(message, &block); /* the empty line between two recipients is missing */
        if (slot != NULL && *slot == NULL)
            *slot = g_strstrip(g_strndup(colon + 1, (gsize)(bare.start + bare.length - colon - 1)));
    }
    finish_block(message, &block);
}

static gboolean speaks_of_bounce(const Message *message)
{
    static const char *const begins[] = {"undeliver",
                                         "mail delivery",
                                         "delivery status",
                                         "failure notice",
                                         "returned mail",
                                         "delivery failure",
                                         "delivery notification",
                                         "mail system error",
                                         "message delivery failure",
                                         "non-delivery",
                                         "nondeliver",
                                         "permanent delivery failure",
                                         "delivery report",
                                         "[postmaster]",
                                         "notice: mail delivery",
                                         NULL};
    g_autofree char *subject = g_ascii_strdown(message->subject, -1);
    for (guint i = 0; begins[i] != NULL; i++)
        if (g_str_has_prefix(subject, begins[i]))
            return TRUE;
    const char *from = message_find_header(message, "From");
    g_autofree char *folded = g_ascii_strdown(from == NULL ? "" : from, -1);
    return strstr(folded, "mailer-daemon") != NULL || strstr(folded, "postmaster@") != NULL ||
           strstr(folded, "post_master@") != NULL || strstr(folded, "mail delivery sub") != NULL;
}

static gboolean says_temporary(const char *text)
{
    static const char *const words[] = {"delayed",
                                        "delay",
                                        "will be retried",
                                        "will keep trying",
                                        "not yet been delivered",
                                        "temporar",
                                        "warning message only",
                                        "still be retried",
                                        "transient",
                                        NULL};
    g_autofree char *folded = g_ascii_strdown(text, -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (strstr(folded, words[i]) != NULL)
            return TRUE;
    return FALSE;
}

static gboolean judge_permanent(const char *status, const char *around)
{
    if (status != NULL)
        return status[0] != '4';
    char class = find_reply_class(around);
    return class != 0 ? class == '5' : !says_temporary(around);
}

/* The part of the text that is the mail system's: what it returns stands below. */
static char *get_own_words(const Message *message)
{
    static const char *const ends[] = {
        "\n--- Below this line is a copy", "\n------ This is a copy",    "\n----- Original message -----",
        "\n   ----- Original message",     "\nReturned message follows", "\n----- Message header follows",
        "\n   ----- Message header",       "\n--- Original message",     "\nReceived: from "};
    gsize length = MIN(strlen(message->text), MAX_SCANNED_BYTES);
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        const char *found = g_strstr_len(message->text, (gssize)length, ends[i]);
        if (found != NULL)
            length = (gsize)(found - message->text);
    }
    return g_strndup(message->text, length);
}

static gboolean is_addressee(const Message *message, const char *address)
{
    for (guint i = 0; i < message->to->len; i++)
        if (strcmp(((const Mailbox *)g_ptr_array_index(message->to, i))->address, address) == 0)
            return TRUE;
    return (message->from != NULL && strcmp(message->from->address, address) == 0) || g_str_has_prefix(address, "postmaster@") ||
           g_str_has_prefix(address, "mailer-daemon@");
}

static void read_failed_header(Message *message, const char *words)
{
    const char *value = message_find_header(message, "X-Failed-Recipients");
    if (value == NULL)
        return;
    g_autofree char *status = find_status(words);
    gboolean is_permanent = judge_permanent(status, words);
    gsize start = 0, end = 0;
    for (; address_find(value, &start, &end); start = end) {
        g_autofree char *raw = g_strndup(value + start, end - start);
        g_autofree char *address = text_fold_address(raw);
        add_recipient(message, address, status, is_permanent, NULL);
    }
}

/* Most mail systems name those they failed for at the beginning of a line: "<jane@example.org>:", "  jane@example.org". */
static gboolean stands_first(const char *words, gsize start)
{
    while (start > 0 && strchr(" \t<'\"", words[start - 1]) != NULL)
        start--;
    return start == 0 || words[start - 1] == '\n';
}

static void add_from_words(Message *message, const char *words, const char *address, gsize end)
{
    const char *rest = words + end;
    g_autofree char *around = g_strndup(rest, MIN(strlen(rest), 600));
    g_autofree char *status = find_status(around);
    if (status == NULL)
        status = find_status(words);
    add_recipient(message, address, status, judge_permanent(status, words), around);
}

/* Those that stand first in their lines; where there is none, the first that stands anywhere: further ones are mostly hosts, helpers and senders. */
static void read_words(Message *message, const char *words)
{
    g_autofree char *first = NULL;
    gsize first_end = 0, start = 0, end = 0;
    for (; address_find(words, &start, &end); start = end) {
        g_autofree char *raw = g_strndup(words + start, end - start);
        g_autofree char *address = text_fold_address(raw);
        if (is_addressee(message, address))
            continue;
        if (stands_first(words, start))
            add_from_words(message, words, address, end);
        if (first == NULL) {
            first = g_steal_pointer(&address);
            first_end = end;
        }
    }
    if (message->bounced->len == 0 && first != NULL)
        add_from_words(message, words, first, first_end);
}

/* The id of the mail that came back is what ties the bounce to a lead. */
static void refer_to_returned(Message *message, const MailBody *body)
{
    g_autofree char *id = NULL;
    if (body->embedded != NULL && g_mime_message_get_message_id(body->embedded) != NULL) {
        id = text_to_line(g_mime_message_get_message_id(body->embedded), 998);
    } else if (body->returned_headers != NULL) {
        const char *cursor = body->returned_headers;
        Line line;
        while (id == NULL && line_read(&cursor, &line)) {
            if (line.length < 12 || g_ascii_strncasecmp(line.start, "Message-ID:", 11) != 0)
                continue;
            Line value = line_strip((Line){line.start + 11, line.length - 11});
            g_autofree char *raw = g_strndup(value.start, value.length);
            g_strdelimit(raw, "<>", ' ');
            id = text_to_line(g_strstrip(raw), 998);
        }
    }
    if (id != NULL && id[0] != '\0')
        g_ptr_array_insert(message->references, 0, g_steal_pointer(&id));
    if (message->references->len > PARSE_MAX_IDS)
        g_ptr_array_remove_index(message->references, PARSE_MAX_IDS);
}

void bounce_read(Message *message, const MailBody *body)
{
    gboolean is_report =
        body->statuses->len > 0 || (body->report_type != NULL && strcmp(body->report_type, "delivery-status") == 0);
    if (!is_report && message_find_header(message, "X-Failed-Recipients") == NULL && !speaks_of_bounce(message))
        return;
    for (guint i = 0; i < body->statuses->len; i++)
        read_statuses(message, g_ptr_array_index(body->statuses, i));
    g_autofree char *words = get_own_words(message);
    read_failed_header(message, words);
    if (message->bounced->len == 0 && body->statuses->len == 0)
        read_words(message, words);
    refer_to_returned(message, body);
}
