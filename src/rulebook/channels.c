/*
 * rulebook/channels.c - rules/channels/NAME.yaml: how each source of mail is recognised, and its own patterns
 *
 * Takes the folder, the instance's files over those that ship and beside them; gives Channels in the order in which they are tried.
 */
#include <string.h>

#include "read.h"
#include "reader.h"

#define DEFAULT_ORDER 50
#define MAX_ORDER 100000
#define MAX_LEAST 100

static void recognise_test_free(RecogniseTest *test)
{
    g_free(test->header);
    pattern_rule_free(test->pattern);
    g_free(test);
}

static void recognise_rule_free(RecogniseRule *rule)
{
    g_ptr_array_unref(rule->tests);
    g_free(rule);
}

static void channel_field_free(ChannelField *field)
{
    g_free(field->field);
    pattern_rule_free(field->pattern);
    g_free(field);
}

void channel_free(Channel *channel)
{
    g_free(channel->name);
    g_free(channel->source);
    g_free(channel->place);
    g_ptr_array_unref(channel->recognise);
    g_ptr_array_unref(channel->fields);
    if (channel->ends != NULL)
        g_ptr_array_unref(channel->ends);
    if (channel->relays != NULL)
        g_ptr_array_unref(channel->relays);
    g_free(channel);
}

const Channel *rulebook_find_channel(const Rulebook *rulebook, const char *name)
{
    for (guint i = 0; i < rulebook->channels->len; i++) {
        const Channel *channel = g_ptr_array_index(rulebook->channels, i);
        if (strcmp(channel->name, name) == 0)
            return channel;
    }
    return NULL;
}

/* ---- recognise ---- */

static RecogniseTest *add_test(RecogniseRule *rule, TestKind kind)
{
    RecogniseTest *test = g_new0(RecogniseTest, 1);
    test->kind = kind;
    g_ptr_array_add(rule->tests, test);
    return test;
}

static void read_text_test(RecogniseRule *rule, TestKind kind, const YamlNode *node)
{
    PatternRule *pattern = node != NULL ? reader_read_pattern(node) : NULL;
    if (pattern != NULL)
        add_test(rule, kind)->pattern = pattern;
}

static void read_count_test(RecogniseRule *rule, TestKind kind, const YamlNode *node)
{
    gint64 least;
    if (node != NULL && yaml_get_integer(node, 1, MAX_LEAST, &least))
        add_test(rule, kind)->least = (guint)least;
}

static void read_claim_test(RecogniseRule *rule, TestKind kind, const YamlNode *node)
{
    gboolean is_wanted;
    if (node != NULL && yaml_get_boolean(node, &is_wanted))
        add_test(rule, kind)->is_wanted = is_wanted;
}

static void read_header_test(RecogniseRule *rule, const YamlNode *node)
{
    const YamlNode *header = yaml_find(node, "header"), *matches = yaml_find(node, "matches");
    if (header == NULL && matches != NULL)
        yaml_problem(matches, "\"matches\" needs the header it looks at: {header: X-Mailer, matches: 'PHPMailer'}");
    if (header != NULL && matches == NULL)
        yaml_problem(header, "\"header\" needs a pattern: {header: X-Mailer, matches: 'PHPMailer'}");
    const char *name = yaml_get_text(header);
    PatternRule *pattern = name != NULL && matches != NULL ? reader_read_pattern(matches) : NULL;
    if (pattern == NULL)
        return;
    RecogniseTest *test = add_test(rule, TEST_HEADER);
    test->header = g_strdup(name);
    test->pattern = pattern;
}

static RecogniseRule *read_recognise_rule(const YamlNode *node)
{
    static const char *const keys[] = {"from",   "reply_to",    "subject", "body",    "header", "matches",
                                       "labels", "other_party", "forward", "machine", NULL};
    if (!yaml_check_keys(node, keys))
        return NULL;
    RecogniseRule *rule = g_new0(RecogniseRule, 1);
    rule->tests = g_ptr_array_new_with_free_func((GDestroyNotify)recognise_test_free);
    /* What costs least to find out stands first. */
    read_claim_test(rule, TEST_FORWARD, yaml_find(node, "forward"));
    read_count_test(rule, TEST_OTHER_PARTY, yaml_find(node, "other_party"));
    read_text_test(rule, TEST_FROM, yaml_find(node, "from"));
    read_text_test(rule, TEST_REPLY_TO, yaml_find(node, "reply_to"));
    read_text_test(rule, TEST_SUBJECT, yaml_find(node, "subject"));
    read_header_test(rule, node);
    read_count_test(rule, TEST_LABELS, yaml_find(node, "labels"));
    read_claim_test(rule, TEST_MACHINE, yaml_find(node, "machine"));
    read_text_test(rule, TEST_BODY, yaml_find(node, "body"));
    if (yaml_get_pairs(node) == 0)
        yaml_problem(node, "recognises every mail: name at least one test, as subject: 'New enquiry'");
    return rule;
}

static void read_recognise(Channel *channel, const YamlNode *top)
{
    const YamlNode *list = read_required(top, "recognise", "say how it is known: recognise: [{subject: 'New enquiry'}]");
    guint length = yaml_get_length(list);
    if (list != NULL && length == 0 && (yaml_is_sequence(list) || yaml_is_empty(list)))
        yaml_problem(list, "\"recognise\" is empty: the channel would never be used; add {subject: 'New enquiry'}");
    for (guint i = 0; i < length; i++) {
        RecogniseRule *rule = read_recognise_rule(yaml_get_item(list, i));
        if (rule != NULL)
            g_ptr_array_add(channel->recognise, rule);
    }
}

/* ---- fields ---- */

/* Tells that no field is called so; `offset` is where in the node's text. */
static void tell_unknown_field(const RulebookReader *reader, const YamlNode *node, gsize offset, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < reader->rulebook->fields->len; i++)
        g_ptr_array_add(names, ((const FieldRule *)g_ptr_array_index(reader->rulebook->fields, i))->name);
    g_ptr_array_add(names, NULL);
    const char *near = yaml_find_nearest(name, (const char *const *)(gconstpointer)names->pdata);
    if (near != NULL)
        yaml_problem_at(node, offset, "there is no field \"%s\" in rules/fields.yaml; did you mean \"%s\"?", name, near);
    else
        yaml_problem_at(node, offset, "there is no field \"%.60s\": add it to rules/fields.yaml, or name one that is there", name);
}

static gboolean knows_field(const RulebookReader *reader, const char *name)
{
    return !reader->knows_fields || rulebook_find_field(reader->rulebook, name) != NULL;
}

/* Where the group of that name opens in a pattern: (?<name>, (?'name' or (?P<name>. */
static gsize find_group(const char *pattern, const char *name)
{
    static const struct {
        const char *before;
        const char *after;
    } forms[] = {{"(?<", ">"}, {"(?'", "'"}, {"(?P<", ">"}};
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *group = g_strconcat(forms[i].before, name, forms[i].after, NULL);
        const char *found = strstr(pattern, group);
        if (found != NULL)
            return (gsize)(found - pattern) + strlen(forms[i].before);
    }
    return 0;
}

static void check_groups(const RulebookReader *reader, const YamlNode *node, const PatternRule *rule)
{
    const char *const *names = pattern_get_group_names(rule->pattern);
    if (names[0] == NULL)
        yaml_problem(node, "names no field: put one round the value, as (?<phone>...), or write {field: phone, pattern: '...'}");
    for (guint i = 0; names[i] != NULL; i++)
        if (!knows_field(reader, names[i]))
            tell_unknown_field(reader, node, find_group(yaml_get_text(node), names[i]), names[i]);
}

static FieldPlace read_field_place(const YamlNode *node)
{
    static const char *const places[] = {[IN_BODY] = "body", [IN_SUBJECT] = "subject", [IN_FROM] = "from", NULL};
    const YamlNode *place = yaml_find(node, "in");
    int word = place != NULL ? read_word(place, places) : -1;
    return word >= 0 ? (FieldPlace)word : IN_BODY;
}

static void read_channel_field(const RulebookReader *reader, Channel *channel, const YamlNode *node)
{
    static const char *const keys[] = {"field", "pattern", "in", NULL};
    g_autofree char *field = NULL;
    FieldPlace in = IN_BODY;
    const YamlNode *place = node;
    if (!yaml_is_scalar(node)) {
        if (!yaml_check_keys(node, keys))
            return;
        const char *name = read_text(node, "field");
        field = g_strdup(name);
        in = read_field_place(node);
        place = read_required(node, "pattern", "write pattern: 'Budget: (?<value>.*)'");
        if (name != NULL && !knows_field(reader, name))
            tell_unknown_field(reader, yaml_find(node, "field"), 0, name);
    }
    PatternRule *pattern = place != NULL ? reader_read_pattern(place) : NULL;
    if (pattern == NULL)
        return;
    if (field == NULL)
        check_groups(reader, place, pattern);
    ChannelField *rule = g_new0(ChannelField, 1);
    rule->field = g_steal_pointer(&field);
    rule->pattern = pattern;
    rule->in = in;
    g_ptr_array_add(channel->fields, rule);
}

/* ---- one channel ---- */

static Channel *channel_new(void)
{
    Channel *channel = g_new0(Channel, 1);
    channel->order = DEFAULT_ORDER;
    channel->recognise = g_ptr_array_new_with_free_func((GDestroyNotify)recognise_rule_free);
    channel->fields = g_ptr_array_new_with_free_func((GDestroyNotify)channel_field_free);
    return channel;
}

static void read_channel_kind(Channel *channel, const YamlNode *top)
{
    const YamlNode *kind = read_required(top, "kind", "say what such a mail is: kind: form");
    const YamlNode *track = yaml_find(top, "track");
    if (kind != NULL)
        read_kind(kind, KIND_SPAM, &channel->kind);
    if (kind != NULL && (channel->kind == KIND_REPLY || channel->kind == KIND_SENT || channel->kind == KIND_COMMAND))
        yaml_problem(kind,
                     "\"%s\" depends on what is on record, no channel can tell it: write enquiry, form, referral, chat, social, "
                     "download, booking or log",
                     kind_get_name(channel->kind));
    channel->has_track = track != NULL && read_track(track, &channel->track);
}

static gboolean read_free_text(const YamlNode *top)
{
    static const char *const words[] = {"all", "need", NULL};
    const YamlNode *node = yaml_find(top, "free_text");
    return node != NULL && read_word(node, words) == 1;
}

static void read_channel(RulebookReader *reader, const char *file, GHashTable *seen)
{
    static const char *const keys[] = {"channel", "order",  "kind", "source", "track",     "recognise",
                                       "fields",  "labels", "ends", "relays", "free_text", NULL};
    g_autofree char *path = g_strconcat("rules/channels/", file, NULL);
    const YamlNode *top = reader_open(reader, path);
    if (top == NULL)
        return;
    yaml_check_keys(top, keys);
    Channel *channel = channel_new();
    const char *name = read_name(top, "channel"), *source = read_text(top, "source");
    const YamlNode *order = yaml_find(top, "order"), *fields = yaml_find(top, "fields");
    channel->name = g_strdup(name != NULL ? name : "");
    channel->source = g_strdup(source != NULL ? source : channel->name);
    channel->place = read_place(top);
    g_ptr_array_add(reader->rulebook->channels, channel);
    if (name != NULL)
        read_is_twice(seen, name, yaml_find(top, "channel"));
    if (order != NULL)
        yaml_get_integer(order, 0, MAX_ORDER, &channel->order);
    read_channel_kind(channel, top);
    read_recognise(channel, top);
    for (guint i = 0, length = yaml_get_length(fields); i < length; i++)
        read_channel_field(reader, channel, yaml_get_item(fields, i));
    read_boolean(top, "labels", &channel->reads_labels);
    channel->ends = reader_read_patterns(yaml_find(top, "ends"), NULL);
    channel->reads_need_only = read_free_text(top);
    channel->relays = reader_read_patterns(yaml_find(top, "relays"), NULL);
}

static int compare_channels(gconstpointer left, gconstpointer right)
{
    const Channel *a = *(const Channel *const *)left, *b = *(const Channel *const *)right;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return strcmp(a->name, b->name);
}

void rulebook_read_channels(RulebookReader *reader)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) files = reader_list_folder(reader, "rules/channels");
    for (guint i = 0; i < files->len; i++)
        if (g_str_has_suffix(g_ptr_array_index(files, i), ".yaml"))
            read_channel(reader, g_ptr_array_index(files, i), seen);
    g_ptr_array_sort(reader->rulebook->channels, compare_channels);
}
