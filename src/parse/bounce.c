/*
 * parse/bounce.c - who a bounce is about, and whether it is for good
 *
 * Takes a message that carries a delivery report, or one that speaks like a mail system; gives message->bounced, and puts the id of the returned
 * mail in front of message->references, so that it is found on the record. RFC 3464 reports are read field by field. For those who write none,
 * the headers (X-Failed-Recipients) and the text are read: an address that is not ours, near words or codes that say why.
 *
 * A recipient that was delivered to, relayed or expanded is no bounce. A delay is one that is not permanent. Permanent is said of the address, not
 * of this one mail: it will never take mail (reason.c). A full mailbox, a policy, a refusal of the text and a time-out are not permanent, and
 * neither is what gives no reason at all.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

enum { MAX_RECIPIENTS = 50, MAX_DIAGNOSTIC_CHARS = 300, MAX_SCANNED_BYTES = 8 * 1024 };

/* One block of a message/delivery-status part. */
typedef struct {
    char *final_recipient, *original_recipient, *action, *status, *diagnostic;
    char *category; /* PowerMTA sorts what it was told: "bad-mailbox", "quota-issues" */
} StatusBlock;

static void status_block_clear(StatusBlock *block)
{
    g_clear_pointer(&block->final_recipient, g_free);
    g_clear_pointer(&block->original_recipient, g_free);
    g_clear_pointer(&block->action, g_free);
    g_clear_pointer(&block->status, g_free);
    g_clear_pointer(&block->diagnostic, g_free);
    g_clear_pointer(&block->category, g_free);
}

/* The first d.d.d in a text, from which class 2, 4 or 5 can be told; one that says more than "5.0.0" before others. NULL; owned. */
static char *find_status(const char *text)
{
    g_autofree char *general = NULL;
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at != '2' && *at != '4' && *at != '5') || at[1] != '.' || (at > text && (g_ascii_isdigit(at[-1]) || at[-1] == '.')))
            continue;
        if (at[2] < '0' || at[2] > '7' || at[3] != '.')
            continue; /* subjects go to 7: "4.96.2" is a version */
        gsize detail = strspn(at + 4, "0123456789");
        if (detail > 0 && detail <= 3 && (at[4 + detail] != '.' || !g_ascii_isdigit(at[5 + detail]))) {
            g_autofree char *status = g_strndup(at, 4 + detail);
            if (!g_str_has_suffix(status, ".0.0"))
                return g_steal_pointer(&status);
            if (general == NULL)
                general = g_steal_pointer(&status);
        }
    }
    return g_steal_pointer(&general);
}

/* The first SMTP answer ("550 ...") of refusal in a text, borrowed; NULL. */
static const char *find_reply(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at != '4' && *at != '5') || (at > text && (g_ascii_isalnum(at[-1]) || at[-1] == '.')))
            continue;
        if (g_ascii_isdigit(at[1]) && at[1] <= '5' && g_ascii_isdigit(at[2]) &&
            (at[3] == ' ' || at[3] == '-' || at[3] == '#' || at[3] == ':'))
            return at;
    }
    return NULL;
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

/* An address that nobody would take, like "a..b"@example.org, still tells which mail came back. Owned. */
static char *read_odd_address(const char *text)
{
    g_autofree char *line = text_to_line(text, 254);
    g_strstrip(line);
    const char *at = strrchr(line, '@');
    return at != NULL && at > line && at[1] != '\0' && strpbrk(line, " <>;,|/") == NULL ? g_ascii_strdown(line, -1) : g_strdup("");
}

/* "rfc822; jane@example.org" as a folded address; "" when it cannot be read. Owned. */
static char *read_recipient(const char *value)
{
    const char *text = value == NULL ? "" : value;
    const char *semicolon = strchr(text, ';');
    gsize start = semicolon == NULL ? 0 : (gsize)(semicolon - text), end = 0;
    if (!address_find(text, &start, &end))
        return read_odd_address(semicolon == NULL ? text : semicolon + 1);
    g_autofree char *raw = g_strndup(text + start, end - start);
    return text_fold_address(raw);
}

static void finish_block(Message *message, StatusBlock *block)
{
    gboolean has_recipient = block->final_recipient != NULL || block->original_recipient != NULL;
    static const char *const arrived[] = {"delivered", "relayed", "expanded", NULL};
    g_autofree char *action = g_ascii_strdown(block->action == NULL ? "" : block->action, -1);
    action[strcspn(action, " \t(;")] = '\0';
    gboolean is_failure = !g_strv_contains(arrived, action);
    gboolean is_delay = block->action != NULL && g_ascii_strncasecmp(block->action, "delay", 5) == 0;
    if (has_recipient && (is_failure || is_delay)) {
        g_autofree char *original = read_recipient(block->original_recipient);
        g_autofree char *final = read_recipient(block->final_recipient);
        g_autofree char *status = find_status(block->status == NULL ? "" : block->status);
        g_autofree char *said = block->category == NULL || block->diagnostic == NULL
                                    ? g_strdup(block->diagnostic)
                                    : g_strdup_printf("%s (%s)", block->diagnostic, block->category);
        guint before = message->bounced->len;
        add_recipient(message, original[0] != '\0' ? original : final, status, !is_delay, said);
        if (message->bounced->len > before)
            ((BounceRecipient *)g_ptr_array_index(message->bounced, before))->is_given_up = g_str_has_prefix(action, "fail");
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
        {"X-PowerMTA-BounceCategory", &block->category},
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
        Line bare = line_strip_quote(line);
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

static gboolean is_daemon(const Message *message)
{
    const char *from = message_find_header(message, "From");
    g_autofree char *folded = g_ascii_strdown(from == NULL ? "" : from, -1);
    return strstr(folded, "mailer-daemon") != NULL || strstr(folded, "postmaster@") != NULL ||
           strstr(folded, "post_master@") != NULL || strstr(folded, "mail delivery sub") != NULL;
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
    return is_daemon(message);
}

/* A line below which the mail system returns what was sent: "------- Original message follows", "Received: from ...". */
static gboolean begins_returned(Line line)
{
    static const char *const names[] = {
        "original message", "returned message",    "unsent message",       "undelivered message",    "message header",
        "message text",     "copy of the message", "copy of your message", "header of the original", "headers of the original",
        "original mail",    "forwarded message",   "original text"};
    Line bare = line_strip(line);
    if (bare.length == 0 || bare.length > 120)
        return FALSE;
    g_autofree char *raw = g_strndup(bare.start, bare.length);
    g_autofree char *folded = g_ascii_strdown(raw, -1);
    if (g_str_has_prefix(folded, "received: from ") || g_str_has_prefix(folded, "return-path: "))
        return TRUE;
    if (folded[0] != '-' && folded[bare.length - 1] != ':' && strstr(folded, "follow") == NULL && strstr(folded, "below") == NULL &&
        !g_str_has_prefix(folded, "original message"))
        return FALSE;
    if (strstr(folded, "following address") != NULL || strstr(folded, "following recipient") != NULL)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strstr(folded, names[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* The part of the text that is the mail system's: what it returns stands below. */
static char *get_own_words(const Message *message)
{
    const char *cursor = message->text, *end = message->text;
    Line line;
    while (end - message->text < MAX_SCANNED_BYTES && line_read(&cursor, &line) && !begins_returned(line))
        end = cursor;
    return g_strndup(message->text, (gsize)(end - message->text));
}

static gboolean is_addressee(const Message *message, const char *address)
{
    for (guint i = 0; i < message->to->len; i++)
        if (strcmp(((const Mailbox *)g_ptr_array_index(message->to, i))->address, address) == 0)
            return TRUE;
    return (message->from != NULL && strcmp(message->from->address, address) == 0) || g_str_has_prefix(address, "mailer-daemon@");
}

/* "not accepting mail from us@firm.example", "sent by ...": who wrote, and not who did not get it. */
static gboolean stands_as_sender(const char *words, gsize start)
{
    static const char *const signs[] = {"mail from", "mails from", "message from", "messages from", "sender",
                                        "sent by",   "reply to",   "contact",      "mail von",      "nachricht von"};
    while (start > 0 && strchr(" \t\n<'\"[(:", words[start - 1]) != NULL)
        start--;
    for (guint i = 0; i < G_N_ELEMENTS(signs); i++) {
        gsize length = strlen(signs[i]);
        if (start >= length && g_ascii_strncasecmp(words + start - length, signs[i], length) == 0 &&
            (start == length || !g_ascii_isalpha(words[start - length - 1])))
            return TRUE;
    }
    return FALSE;
}

/* Whom to write to for help is mostly a postmaster, but one may have failed as well. */
static gboolean is_helper(const char *address)
{
    return g_str_has_prefix(address, "postmaster@") || g_str_has_prefix(address, "support@") ||
           g_str_has_prefix(address, "abuse@") || g_str_has_prefix(address, "helpdesk@");
}

static void read_failed_header(Message *message)
{
    const char *value = message_find_header(message, "X-Failed-Recipients");
    if (value == NULL)
        return;
    gsize start = 0, end = 0;
    for (; address_find(value, &start, &end); start = end) {
        g_autofree char *raw = g_strndup(value + start, end - start);
        g_autofree char *address = text_fold_address(raw);
        add_recipient(message, address, NULL, TRUE, NULL);
    }
}

/* What may stand in front of the address where a sentence names one that failed: "There was an error delivering your mail to <...>". */
static gboolean stands_named(const char *words, gsize start)
{
    static const char *const names[] = {"rcpt to",
                                        "mail to",
                                        "message to",
                                        "delivered to",
                                        "deliver to",
                                        "sent to",
                                        "email to",
                                        "addressed to email address",
                                        "unknown user",
                                        "user unknown",
                                        "userid",
                                        "user",
                                        "users",
                                        "recipient",
                                        "recipients",
                                        "address",
                                        "addresses",
                                        "failed recipient",
                                        "invalid address",
                                        "was addressed",
                                        "destination",
                                        "recipient address",
                                        "original address",
                                        "invalid user",
                                        "unknown recipient",
                                        "mailbox",
                                        "account",
                                        "to the address",
                                        "rcpt"};
    while (start > 0 && strchr(" \t\n<'\"[(:,=", words[start - 1]) != NULL)
        start--;
    gsize from = start > 60 ? start - 60 : 0;
    g_autofree char *raw = g_strndup(words + from, start - from);
    g_autofree char *before = g_ascii_strdown(raw, -1);
    g_strdelimit(before, "\n\t", ' ');
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize length = strlen(before), size = strlen(names[i]);
        if (g_str_has_suffix(before, names[i]) && (length == size || !g_ascii_isalnum(before[length - size - 1])))
            return TRUE;
    }
    return FALSE;
}

/* Most mail systems name those they failed for at the beginning of a line: "<jane@example.org>:", "  jane@example.org", "- jane@example.org". */
static gboolean stands_first(const char *words, gsize start)
{
    while (start > 0 && strchr(" \t<>'\"*-[", words[start - 1]) != NULL)
        start--;
    return start == 0 || words[start - 1] == '\n';
}

/* Sendmail's transcript: "550 <jane@example.org>... User unknown", "554 jane@example.org ...". */
static gboolean stands_coded(const char *words, gsize start)
{
    while (start > 0 && strchr(" \t<", words[start - 1]) != NULL)
        start--;
    return start >= 3 && (start == 3 || words[start - 4] == '\n') && strchr("45", words[start - 3]) != NULL &&
           g_ascii_isdigit(words[start - 2]) && g_ascii_isdigit(words[start - 1]);
}

typedef gboolean (*StandsFunc)(const char *words, gsize start);

/* The addresses that stand so in the words. */
static void add_standing(Message *message, const char *words, StandsFunc stands)
{
    gsize start = 0, end = 0;
    for (; address_find(words, &start, &end); start = end) {
        g_autofree char *raw = g_strndup(words + start, end - start);
        g_autofree char *address = text_fold_address(raw);
        if (!is_addressee(message, address) &&
            (stands != NULL ? stands(words, start)
                            : message->bounced->len == 0 && !is_helper(address) && !stands_as_sender(words, start)))
            add_recipient(message, address, NULL, TRUE, NULL);
    }
}

/* Whether the line names another of those that failed. */
static gboolean names_other(const Message *message, const char *line, const char *address)
{
    for (guint i = 0; i < message->bounced->len; i++) {
        const char *other = ((const BounceRecipient *)g_ptr_array_index(message->bounced, i))->address;
        if (other[0] != '\0' && strcmp(other, address) != 0 && strstr(line, other) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* The lines that name the address, with those below them up to the next address that failed. Owned. */
static char *gather_about(const Message *message, const char *words, const char *address)
{
    GString *about = g_string_new(NULL);
    const char *cursor = words;
    Line line;
    gboolean is_about = FALSE;
    while (address[0] != '\0' && line_read(&cursor, &line)) {
        g_autofree char *raw = g_strndup(line.start, line.length);
        g_autofree char *folded = g_ascii_strdown(raw, -1);
        if (strstr(folded, address) != NULL)
            is_about = TRUE;
        else if (is_about && (names_other(message, folded, address) || strstr(folded, "(smtp)... ") != NULL))
            is_about = FALSE;
        if (is_about)
            g_string_append_printf(about, "%s ", raw);
    }
    return g_string_free(about, FALSE);
}

/* An address that helps stands beside those that failed, with no answer of a server of its own. */
static void drop_helpers(Message *message, const char *words)
{
    for (guint i = message->bounced->len; i-- > 0 && message->bounced->len > 1;) {
        const BounceRecipient *recipient = g_ptr_array_index(message->bounced, i);
        g_autofree char *about = is_helper(recipient->address) ? gather_about(message, words, recipient->address) : NULL;
        if (about != NULL && find_reply(about) == NULL)
            g_ptr_array_remove_index(message->bounced, i);
    }
}

/* From the surest place to the weakest; in the last one the first only: further ones are mostly hosts, helpers and senders. */
static void read_words(Message *message, const char *words)
{
    const StandsFunc places[] = {stands_first, stands_coded, stands_named, NULL};
    for (guint i = 0; i < G_N_ELEMENTS(places) && message->bounced->len == 0; i++)
        add_standing(message, words, places[i]);
    drop_helpers(message, words);
}

/* An address that is refused only when the whole mail was read was taken before: that is a filter's word. */
static gboolean is_said_of_text(const char *words)
{
    static const char *const commands[] = {"end of data command", "command data",         "after end of data",
                                           "data command)",       "after pipelined data", "after data"};
    g_autofree char *line = text_to_line(words, MAX_SCANNED_BYTES);
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcasestr(line, commands[i]) != NULL)
            return TRUE;
    if (strstr(line, "550 : ") != NULL || strstr(line, "550: : ") != NULL)
        return TRUE; /* an answer to RCPT names the address */
    return strstr(line, ">>> DATA") != NULL && strstr(line, "503 ") == NULL && strcasestr(line, "no valid recipients") == NULL;
}

/* RFC 3463: 5.2.x is of a mailbox that is there, 5.7.x of who may write to it. */
static gboolean is_code_of_other(const char *status)
{
    return status != NULL && (g_str_has_prefix(status, "5.2.") || g_str_has_prefix(status, "5.7."));
}

/* What the refusal came after: "after RCPT TO:<...>", "(in reply to RCPT TO command)", "[RCPT_TO]"; "end of DATA". */
typedef struct {
    gboolean is_of_address, is_of_text;
} RefusedCommand;

static BounceReason judge_words(const char *words, const char *status, RefusedCommand command)
{
    BounceReason reason = reason_judge(NULL, words);
    if (reason == REASON_GONE && is_code_of_other(status) && strstr(words, "bad-mailbox") == NULL && !command.is_of_address)
        return REASON_PASSING;
    if (reason == REASON_GONE && g_strcmp0(status, "5.1.1") != 0 && (command.is_of_text || is_said_of_text(words)))
        return REASON_PASSING;
    const char *reply = status != NULL ? status : find_reply(words);
    gboolean is_temporary = reply != NULL && reply[0] == '4';
    if (reason == REASON_GONE && is_temporary)
        return reason_is_plain(words) ? REASON_GONE : REASON_PASSING;
    return reason;
}

/* A warning only: the mail system goes on trying. */
static gboolean says_delayed(const Message *message, const char *words)
{
    static const char *const signs[] = {"has not yet been delivered", "still be retried",      "will be retried",
                                        "attempts will continue",     "will keep trying",      "this is a warning message only",
                                        "temporary failure report",   "do not need to resend", "will continue to try"};
    if (strcasestr(message->subject, "delayed") != NULL)
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(signs); i++)
        if (strcasestr(words, signs[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* "5.0.0" says nothing: what the words give is taken for it. A code of success in a transcript is of another command. */
static void take_status(BounceRecipient *recipient, const char *words)
{
    if (recipient->status != NULL && !g_str_has_suffix(recipient->status, ".0.0"))
        return;
    g_autofree char *found = find_status(words);
    if (found == NULL || found[0] == '2' || (recipient->status != NULL && found[0] != recipient->status[0]))
        return;
    g_free(recipient->status);
    recipient->status = g_steal_pointer(&found);
}

/* The answer holds nothing but codes, the address and that it is refused: "550 <jane@example.org>: Recipient address rejected". */
static gboolean refuses_barely(const char *diagnostic, const char *address)
{
    static const char *const bare[] = {"smtp", "recipient", "address", "rejected", "refused", "rcpt", "to", "error", NULL};
    g_autofree char *folded = g_ascii_strdown(diagnostic, -1);
    const char *reply = find_reply(folded);
    char *named = reply == NULL || reply[0] != '5' || address[0] == '\0' ? NULL : strstr(reply, address);
    if (named == NULL)
        return FALSE;
    memset(named, ' ', strlen(address));
    g_auto(GStrv) words = g_strsplit_set(reply, " \t\n<>()[];:,.\"'#-", -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (words[i][0] != '\0' && !g_ascii_isdigit(words[i][0]) && !g_strv_contains(bare, words[i]))
            return FALSE;
    return TRUE;
}

static void judge_recipient(const Message *message, BounceRecipient *recipient, const char *words)
{
    if (!recipient->is_permanent)
        return;
    if (says_delayed(message, words)) {
        recipient->is_permanent = FALSE;
        return;
    }
    g_autofree char *about = gather_about(message, words, recipient->address);
    const char *said[] = {recipient->diagnostic == NULL ? "" : recipient->diagnostic, about,
                          message->bounced->len == 1 ? words : ""};
    for (guint i = 0; i < G_N_ELEMENTS(said); i++)
        take_status(recipient, said[i]);
    RefusedCommand command = {.is_of_text = is_said_of_text(said[2])};
    for (guint i = 0; i < G_N_ELEMENTS(said) && !command.is_of_text; i++)
        command.is_of_address = command.is_of_address || strstr(said[i], "RCPT") != NULL;
    BounceReason reason = REASON_NONE;
    for (guint i = 0; i < G_N_ELEMENTS(said) && reason == REASON_NONE; i++)
        reason = judge_words(said[i], recipient->status, command);
    if (reason == REASON_NONE)
        reason = reason_judge(recipient->status, "");
    /* where neither a word nor a code says why, nothing is proved */
    recipient->is_permanent =
        reason == REASON_GONE ||
        (reason == REASON_NONE && (refuses_barely(said[0], recipient->address) || refuses_barely(about, recipient->address)));
    if (recipient->diagnostic == NULL && about[0] != '\0')
        recipient->diagnostic = text_to_line(about, MAX_DIAGNOSTIC_CHARS);
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

/* To whom the returned mail was written: the last resort, and only where it was one. */
static void add_returned_addressee(Message *message, const MailBody *body)
{
    g_autoptr(GPtrArray) to = g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free);
    const char *value = body->embedded == NULL ? NULL : g_mime_object_get_header(GMIME_OBJECT(body->embedded), "To");
    if (value != NULL)
        address_read_list(value, to);
    const char *cursor = body->returned_headers != NULL ? body->returned_headers : message->text;
    Line line;
    while (to->len == 0 && line_read(&cursor, &line)) {
        Line bare = line_strip_quote(line);
        if (bare.length < 5 || bare.length > 1000 || g_ascii_strncasecmp(bare.start, "To: ", 4) != 0)
            continue;
        g_autofree char *rest = g_strndup(bare.start + 4, bare.length - 4);
        address_read_list(rest, to);
    }
    if (to->len != 1)
        return;
    const Mailbox *mailbox = g_ptr_array_index(to, 0);
    if (mailbox->address[0] != '\0' && !is_addressee(message, mailbox->address))
        add_recipient(message, mailbox->address, NULL, TRUE, NULL);
}

/* Large providers name their own users without the domain, each on a line of its own below "...:". */
static void add_local_names(Message *message, const char *words)
{
    const char *cursor = words;
    const char *domain = message->from == NULL ? NULL : strchr(message->from->address, '@');
    Line line, above = {NULL, 0};
    for (; domain != NULL && line_read(&cursor, &line); above = line_strip(line).length > 0 ? line : above) {
        Line bare = line_strip(line);
        gboolean is_indented = bare.length > 0 && bare.length <= 64 && bare.start > line.start;
        if (!is_indented || above.length == 0 || above.start[above.length - 1] != ':')
            continue;
        g_autofree char *name = g_strndup(bare.start, bare.length);
        g_autofree char *raw = g_strconcat(name, domain, NULL);
        if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != bare.length ||
            !text_is_address(raw))
            continue;
        g_autofree char *address = text_fold_address(raw);
        add_recipient(message, address, NULL, TRUE, words);
    }
}

/* A report whose only recipient cannot be read as an address: the words or the returned mail may still name it. */
static void name_nameless(Message *message, const MailBody *body, const char *words)
{
    if (message->bounced->len != 1)
        return;
    BounceRecipient *nameless = g_ptr_array_index(message->bounced, 0);
    if (nameless->address[0] != '\0')
        return;
    g_ptr_array_steal_index(message->bounced, 0);
    read_words(message, words);
    if (message->bounced->len == 0)
        add_returned_addressee(message, body);
    if (message->bounced->len > 0) {
        const BounceRecipient *named = g_ptr_array_index(message->bounced, 0);
        g_free(nameless->address);
        nameless->address = g_strdup(named->address);
    }
    g_ptr_array_set_size(message->bounced, 0);
    g_ptr_array_add(message->bounced, nameless);
}

static gboolean is_marked_bounce(const Message *message)
{
    for (guint i = 0; i < message->automatic->len; i++)
        if (((const AutomaticMark *)g_ptr_array_index(message->automatic, i))->kind == KIND_BOUNCE)
            return TRUE;
    return FALSE;
}

static gboolean tells_delivery(const MailBody *body)
{
    for (guint i = 0; i < body->statuses->len; i++)
        if (strcasestr(g_ptr_array_index(body->statuses, i), "Action:") != NULL)
            return TRUE;
    return FALSE;
}

gboolean bounce_is_told(const Message *message)
{
    if (message->bounced->len == 0)
        return FALSE;
    g_autofree char *words = get_own_words(message);
    g_autofree char *status = find_status(words);
    return status != NULL || find_reply(words) != NULL || reason_judge(NULL, words) != REASON_NONE;
}

/* Some mail systems write in the name of the very address that they could not reach. */
static void add_author(Message *message, const char *words)
{
    const char *author = message->from == NULL ? "" : message->from->address;
    g_autofree char *folded = g_ascii_strdown(words, -1);
    if (author[0] != '\0' && strstr(folded, author) != NULL &&
        (find_reply(words) != NULL || strstr(folded, "could not be delivered")))
        add_recipient(message, author, NULL, TRUE, NULL);
}

void bounce_read(Message *message, const MailBody *body)
{
    gboolean is_report =
        body->statuses->len > 0 || (body->report_type != NULL && strcmp(body->report_type, "delivery-status") == 0);
    if (!is_report && message_find_header(message, "X-Failed-Recipients") == NULL && !speaks_of_bounce(message) &&
        !is_marked_bounce(message))
        return;
    for (guint i = 0; i < body->statuses->len; i++)
        read_statuses(message, g_ptr_array_index(body->statuses, i));
    if (message->bounced->len == 0 && strstr(message->text, "Final-Recipient:") != NULL)
        read_statuses(message, message->text);
    g_autofree char *words = get_own_words(message);
    if (message->bounced->len == 0)
        read_failed_header(message);
    if (message->bounced->len == 0 && !tells_delivery(body))
        read_words(message, words);
    if (message->bounced->len == 0 && !tells_delivery(body))
        add_returned_addressee(message, body);
    if (message->bounced->len == 0 && !is_report && is_daemon(message))
        add_local_names(message, words);
    if (message->bounced->len == 0 && !is_report && !is_daemon(message))
        add_author(message, words);
    name_nameless(message, body, words);
    for (guint i = 0; i < message->bounced->len; i++)
        judge_recipient(message, g_ptr_array_index(message->bounced, i), words);
    refer_to_returned(message, body);
}
