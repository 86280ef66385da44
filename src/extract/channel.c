/*
 * extract/channel.c - by which channel did a mail come?
 *
 * Tries the channels in their order; the first of which one rule holds with all its tests is the answer. Each test is one small
 * function. What is tested of a forward is the forwarded mail where a person of the firm passed it on, so that a colleague may pass on an
 * introduction or a form as well as a plain enquiry; what the forwarder wrote above it is tested by rules that ask for a forward.
 * What several rules ask for is found out once: a mail that none of fifty channels knows must still be cheap.
 *
 * What a colleague writes to the log address is tried against the channels of kind log only, and no other mail is.
 *
 * The `body` of a rule is the whole text; with `forward: true` it is the forwarder's note, and with `other_party` only what was newly
 * said, because quoted history may speak of introductions long made; of a note to
 * the log address too, since a colleague's signature may name a network.
 */
#include "parts.h"

#include <string.h>

/* Local parts of machines; compared up to the first character that is no letter once "-", "_" and "." are taken out. */
static const char *const robots[] = {
    "noreply",    "donotreply",    "notification",  "notifications",  "notify",          "mailerdaemon",
    "postmaster", "wordpress",     "bounce",        "bounces",        "wwwdata",         "apache",
    "nobody",     "autoresponder", "formresponses", "formsubmission", "messagesnoreply", NULL,
};

gboolean extract_is_robot(const char *address)
{
    g_autoptr(GString) local = g_string_new(NULL);
    for (const char *at = address; *at && *at != '@' && *at != '+'; at++) {
        if (*at != '-' && *at != '_' && *at != '.') {
            g_string_append_c(local, g_ascii_tolower(*at));
        }
    }
    return g_strv_contains(robots, local->str) || g_str_has_prefix(local->str, "noreply") ||
           g_str_has_suffix(local->str, "noreply");
}

gboolean extract_is_own_sender(const Message *message, const Settings *settings)
{
    return message->from && *message->from->address && settings_is_own_address(settings, message->from->address);
}

static gboolean has_address(const GPtrArray *mailboxes, const char *address)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
        if (strcmp(mailbox->address, address) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void add_others(GPtrArray *others, const GPtrArray *mailboxes, const Mailbox *writer, const Settings *settings)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
        gboolean is_writer = writer && strcmp(writer->address, mailbox->address) == 0;
        if (*mailbox->address && !is_writer && !has_address(others, mailbox->address) && !extract_is_robot(mailbox->address) &&
            !settings_is_own_address(settings, mailbox->address)) {
            g_ptr_array_add(others, mailbox);
        }
    }
}

static gboolean is_of(const Mailbox *mailbox, const char *address)
{
    return mailbox && strcmp(mailbox->address, address) == 0;
}

static gboolean names_us(const GPtrArray *mailboxes, const Settings *settings)
{
    for (guint i = 0; i < mailboxes->len; i++) {
        const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
        if (*mailbox->address && settings_is_own_address(settings, mailbox->address)) {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * A stranger's mail that names nobody of ours came by Bcc, as spam and newsletters do: whom it names there was not put in touch with us, and must not
 * be written to.
 */
GPtrArray *extract_list_others(const Message *message, const Settings *settings)
{
    GPtrArray *others = g_ptr_array_new();
    const ForwardedOriginal *original = message->original;
    gboolean is_own_sender = extract_may_pass_on(message, settings);
    gboolean reads_original = original && is_own_sender;
    const Mailbox *writer = reads_original ? original->from : message->from;
    const GPtrArray *cc = reads_original ? original->cc : message->cc;
    const GPtrArray *to = reads_original ? original->to : message->to;
    if (is_own_sender || names_us(to, settings) || names_us(cc, settings)) {
        add_others(others, cc, writer, settings);
        add_others(others, to, writer, settings);
    }
    for (guint i = others->len; reads_original && i-- > 0;) {
        const Mailbox *mailbox = g_ptr_array_index(others, i);
        if (is_of(original->passed_by, mailbox->address) || is_of(message->from, mailbox->address)) {
            g_ptr_array_remove_index(others, i);
        }
    }
    return others;
}

const FieldRule *extract_find_label(const Rulebook *rulebook, const char *label)
{
    const FieldRule *rule = g_hash_table_lookup(rulebook->labels, label);
    const char *bracket = rule ? NULL : strchr(label, '(');
    if (!bracket || bracket == label) {
        return rule;
    }
    g_autofree char *bare = g_strstrip(g_strndup(label, (gsize)(bracket - label)));
    return g_hash_table_lookup(rulebook->labels, bare);
}

gboolean extract_is_relay(const Channel *channel, const char *address)
{
    for (guint i = 0; channel && i < channel->relays->len; i++) {
        const PatternRule *relay = g_ptr_array_index(channel->relays, i);
        PatternMatch match;
        if (pattern_match(relay->pattern, address, strlen(address), 0, &match) == PATTERN_MATCH) {
            return TRUE;
        }
    }
    return FALSE;
}

/* ---- what is tested ---- */

typedef enum { NOT_ASKED, HOLDS_NOT, HOLDS } Answer;

/* A mail as the channels see it; strings are owned where they are not const. */
typedef struct {
    const Message *message;
    const Rulebook *rulebook;
    const ForwardedOriginal *original; /* what a person of the firm passed on; NULL */
    char *own_from, *own_reply_to;     /* "Name <address>"; NULL */
    char *from, *reply_to;             /* of the original where there is one */
    PatternText *text;                 /* the body, of the original where there is one */
    guint labels;
    gboolean has_labels; /* `labels` was counted */
    Answer machine;
} Looking;

static char *write_mailbox(const Mailbox *mailbox)
{
    return mailbox ? g_strdup_printf("%s <%s>", mailbox->name, mailbox->address) : NULL;
}

static void looking_open(Looking *looking, const Message *message, const Rulebook *rulebook, gboolean is_note)
{
    gboolean reads_original = message->original && extract_may_pass_on(message, rulebook->settings);
    const ForwardedOriginal *original = reads_original ? message->original : NULL;
    const char *text = is_note ? message->new_text : original && *original->body ? original->body : message->text;
    *looking = (Looking){.message = message, .rulebook = rulebook, .original = original};
    looking->own_from = write_mailbox(message->from);
    looking->own_reply_to = write_mailbox(message->reply_to);
    looking->from = write_mailbox(original ? original->from : message->from);
    looking->reply_to = write_mailbox(original ? NULL : message->reply_to);
    looking->text = pattern_text_new(text, strlen(text));
}

static void looking_close(Looking *looking)
{
    g_free(looking->own_from);
    g_free(looking->own_reply_to);
    g_free(looking->from);
    g_free(looking->reply_to);
    pattern_text_free(looking->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Looking, looking_close)

/* ---- the tests ---- */

static gboolean is_in(const PatternRule *rule, const char *subject)
{
    PatternMatch match;
    return subject && pattern_match(rule->pattern, subject, strlen(subject), 0, &match) == PATTERN_MATCH;
}

static gboolean is_in_text(const PatternRule *rule, const PatternText *text)
{
    PatternMatch match;
    return pattern_match_text(rule->pattern, text, 0, &match) == PATTERN_MATCH;
}

/* Who passes a mail on often writes a subject of their own above it. */
static gboolean is_in_subject(const PatternRule *rule, const Looking *looking)
{
    return is_in(rule, looking->message->subject) || (looking->original && is_in(rule, looking->original->subject));
}

static gboolean is_in_header(const RecogniseTest *test, const Message *message)
{
    for (guint i = 0; i < message->headers->len; i++) {
        const HeaderLine *line = g_ptr_array_index(message->headers, i);
        if (g_ascii_strcasecmp(line->name, test->header) == 0 && is_in(test->pattern, line->value)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean has_test(const RecogniseRule *rule, TestKind kind)
{
    for (guint i = 0; i < rule->tests->len; i++) {
        const RecogniseTest *test = g_ptr_array_index(rule->tests, i);
        if (test->kind == kind) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_in_body(const RecogniseTest *test, const RecogniseRule *rule, const Looking *looking)
{
    const Message *message = looking->message;
    if (has_test(rule, TEST_FORWARD)) {
        return message->original && is_in(test->pattern, message->original->note);
    }
    if (has_test(rule, TEST_OTHER_PARTY)) {
        return is_in(test->pattern, looking->original ? looking->original->text : message->new_text);
    }
    return is_in_text(test->pattern, looking->text);
}

/* The address on a labelled line, where one is: who a form says it is about. */
static const LabelledLine *find_labelled_address(const Message *message, const Rulebook *rulebook)
{
    for (guint i = 0; i < message->labelled->len; i++) {
        const LabelledLine *line = g_ptr_array_index(message->labelled, i);
        const FieldRule *field = extract_find_label(rulebook, line->label);
        if (field && field->type == FIELD_EMAIL && strchr(line->value, '@')) {
            return line;
        }
    }
    return NULL;
}

static gboolean is_machine(const Message *message, const Rulebook *rulebook)
{
    if (!message->from || !*message->from->address || extract_is_own_sender(message, rulebook->settings) ||
        extract_is_robot(message->from->address)) {
        return TRUE;
    }
    if (message->reply_to && *message->reply_to->address && strcmp(message->reply_to->address, message->from->address) != 0) {
        return TRUE;
    }
    const LabelledLine *line = find_labelled_address(message, rulebook);
    if (!line) {
        return FALSE;
    }
    g_autofree char *said = g_ascii_strdown(line->value, -1);
    return strstr(said, message->from->address) == NULL;
}

/* What this mail itself says: quoted history and a forwarder's note are not it. "" when that cannot be told. */
static const char *find_own_words(const Message *message, const Settings *settings)
{
    if (extract_is_passed_on(message, settings)) {
        return message->original->text ? message->original->text : "";
    }
    return message->new_text;
}

/* How many different fields stand on labelled lines; 0 when none of them is an address or a telephone number. */
static guint count_labels(const Message *message, const Rulebook *rulebook)
{
    const char *words = find_own_words(message, rulebook->settings);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    gboolean has_contact = FALSE;
    for (guint i = 0; i < message->labelled->len; i++) {
        const LabelledLine *line = g_ptr_array_index(message->labelled, i);
        const FieldRule *field = extract_find_label(rulebook, line->label);
        if (field && (!*words || strstr(words, line->value))) {
            g_hash_table_add(seen, field->name);
            has_contact |= field->type == FIELD_EMAIL || field->type == FIELD_PHONE;
        }
    }
    return has_contact ? g_hash_table_size(seen) : 0;
}

static gboolean has_labels(Looking *looking, guint least)
{
    if (!looking->has_labels) {
        looking->labels = count_labels(looking->message, looking->rulebook);
        looking->has_labels = TRUE;
    }
    return looking->labels >= least;
}

static gboolean has_machine(Looking *looking)
{
    if (looking->machine == NOT_ASKED) {
        looking->machine = is_machine(looking->message, looking->rulebook) ? HOLDS : HOLDS_NOT;
    }
    return looking->machine == HOLDS;
}

static gboolean test_holds(const RecogniseTest *test, const RecogniseRule *rule, Looking *looking)
{
    gboolean is_of_forwarder = looking->original && has_test(rule, TEST_FORWARD);
    switch (test->kind) {
    case TEST_FROM:
        return is_in(test->pattern, is_of_forwarder ? looking->own_from : looking->from);
    case TEST_REPLY_TO:
        return is_in(test->pattern, is_of_forwarder ? looking->own_reply_to : looking->reply_to);
    case TEST_SUBJECT:
        return is_in_subject(test->pattern, looking);
    case TEST_BODY:
        return is_in_body(test, rule, looking);
    case TEST_HEADER:
        return is_in_header(test, looking->message);
    case TEST_LABELS:
        return has_labels(looking, test->least);
    case TEST_OTHER_PARTY: {
        g_autoptr(GPtrArray) others = extract_list_others(looking->message, looking->rulebook->settings);
        return others->len >= test->least;
    }
    case TEST_FORWARD:
        return extract_is_passed_on(looking->message, looking->rulebook->settings) == test->is_wanted;
    case TEST_MACHINE:
        return has_machine(looking) == test->is_wanted;
    }
    return FALSE;
}

static gboolean rule_holds(const RecogniseRule *rule, Looking *looking)
{
    for (guint i = 0; i < rule->tests->len; i++) {
        if (!test_holds(g_ptr_array_index(rule->tests, i), rule, looking)) {
            return FALSE;
        }
    }
    return rule->tests->len > 0;
}

gboolean extract_speaks_of_other(const Message *message, const Channel *channel, const Rulebook *rulebook)
{
    g_auto(Looking) looking = {0};
    looking_open(&looking, message, rulebook, FALSE);
    for (guint i = 0; i < channel->recognise->len; i++) {
        const RecogniseRule *rule = g_ptr_array_index(channel->recognise, i);
        if (has_test(rule, TEST_OTHER_PARTY) && rule_holds(rule, &looking)) {
            return TRUE;
        }
    }
    return FALSE;
}

static const Channel *find_channel(const Message *message, const Rulebook *rulebook, gboolean is_note)
{
    g_auto(Looking) looking = {0};
    looking_open(&looking, message, rulebook, is_note);
    for (guint i = 0; i < rulebook->channels->len; i++) {
        const Channel *channel = g_ptr_array_index(rulebook->channels, i);
        for (guint j = 0; (channel->kind == KIND_LOG) == is_note && j < channel->recognise->len; j++) {
            if (rule_holds(g_ptr_array_index(channel->recognise, j), &looking)) {
                return channel;
            }
        }
    }
    return NULL;
}

const Channel *extract_find_channel(const Message *message, const Rulebook *rulebook)
{
    return find_channel(message, rulebook, FALSE);
}

const Channel *extract_find_log_channel(const Message *message, const Rulebook *rulebook)
{
    return find_channel(message, rulebook, TRUE);
}
