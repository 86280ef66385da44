/*
 * extract/fields.c - read the fields of a lead out of one message
 *
 * Takes the words of the person (or of the machine that tells of them) and the field rules; adds fields to the Extraction, each with the rule and the
 * span of text that gave it. A field that is not there is no failure.
 *
 * A channel's own pattern outranks a labelled line, and that outranks free text: portals put the recipient's own telephone number into the
 * footer, where free text would find it first. Whatever is the firm's own (its addresses, its people, its name) is passed over and the next
 * evidence tried.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/party_name.h"
#include "usher/base/phone.h"
#include "usher/base/text.h"

#define MAX_TRIES 8 /* matches of one pattern that are looked at before it is given up */
#define MAX_VALUE_BYTES 8000
#define EVIDENCE_BYTES 60 /* to either side of the words */
#define EVIDENCE_CHARS 160
#define MAX_POSTCODE_REACH 24 /* bytes from a town to the end of the postcode behind it */

/* ---- one field ---- */

static gboolean is_own_name(const Settings *settings, const char *value)
{
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        if (g_ascii_strcasecmp(person->name, value) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The name without the legal forms at its end; one word always stays. */
static char *fold_company(const char *name)
{
    char *folded = text_fold(name);
    for (char *last = strrchr(folded, ' '); last && party_word_is_legal_form(last + 1); last = strrchr(folded, ' ')) {
        *last = '\0';
    }
    return folded;
}

/* The firm by its name, with whatever legal form: "Hartley Finch", "Hartley Finch Ltd". */
static gboolean is_own_company(const Settings *settings, const char *value)
{
    g_autofree char *own = settings->firm_name ? fold_company(settings->firm_name) : NULL;
    g_autofree char *said = fold_company(value);
    return own && strcmp(own, said) == 0;
}

/* TRUE when the firm itself was found, or a machine that nobody can answer. */
static gboolean is_ours(const Extracting *work, const FieldRule *rule, const char *value)
{
    if (rule->type == FIELD_EMAIL) {
        return settings_is_own_address(work->settings, value) || extract_is_robot(value) || extract_is_relay(work->channel, value);
    }
    if (rule->type == FIELD_NAME) {
        return is_own_name(work->settings, value);
    }
    if (rule->type == FIELD_POSTCODE) {
        return strstr(work->settings->postal_address, value) != NULL;
    }
    return strcmp(rule->name, "company") == 0 && is_own_company(work->settings, value);
}

/* TRUE when the note names the company with the referrer: "Sue Green at Green Wealth Ltd". */
static gboolean is_company_of(const Extracting *work, const char *name, const char *company)
{
    static const char *const between[] = {" at ", " of ", " from ", ", ", " ("};
    for (guint i = 0; i < G_N_ELEMENTS(between); i++) {
        g_autofree char *both = g_strconcat(name, between[i], company, NULL);
        if (strstr(work->text, both) || strstr(work->message->subject, both)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What a note tells of whoever recommended us is not the prospect's. */
static gboolean is_referrers_in_note(const Extracting *work, const FieldRule *rule, const char *value)
{
    const Field *name = field_find(work->extraction->fields, "referrer_name");
    const char *address = field_find_value(work->extraction->fields, "referrer_email");
    if (rule->type == FIELD_EMAIL) {
        return strcmp(rule->name, "email") == 0 && g_strcmp0(address, value) == 0;
    }
    if (!name || strcmp(rule->name, "referrer_name") == 0) {
        return FALSE;
    }
    return rule->type == FIELD_NAME ? extract_is_same_name(name->value, value)
                                    : strcmp(rule->name, "company") == 0 && is_company_of(work, name->raw, value);
}

/* In a text about somebody else the writer's own company is not theirs. */
static gboolean is_referrers(const Extracting *work, const FieldRule *rule, const char *value)
{
    const Mailbox *writer = work->message->from;
    if (work->is_note) {
        return is_referrers_in_note(work, rule, value);
    }
    return work->is_introduction && writer && strcmp(rule->name, "company") == 0 && extract_find_company_of(value, writer->address);
}

/* The words around a span, cut at the ends of its lines. */
static char *show_evidence(const char *text, gsize length, gsize start, gsize end)
{
    gsize from = start, to = end;
    while (from > 0 && start - from < EVIDENCE_BYTES && text[from - 1] != '\n') {
        from--;
    }
    while (to < length && to - end < EVIDENCE_BYTES && text[to] != '\n') {
        to++;
    }
    while (from > 0 && ((guchar)text[from] & 0xC0) == 0x80) {
        from--;
    }
    while (to < length && ((guchar)text[to] & 0xC0) == 0x80) {
        to++;
    }
    g_autofree char *words = g_strndup(text + from, to - from);
    return text_to_line(words, EVIDENCE_CHARS);
}

static gboolean has_field(const Extracting *work, const char *name)
{
    return field_find(work->extraction->fields, name) != NULL;
}

/* A text that is known by name ("text", "subject"). */
typedef struct {
    const char *text;
    gsize length;
    const char *where;
    gssize offset; /* of this text in the one that is named; -1 when it is no part of it */
} Passage;

static void put_field(Extracting *work, const FieldRule *rule, const char *value, const Passage *passage, gsize start, gsize end,
                      const char *place, const char *how)
{
    Field *field = field_new(rule->name, value);
    field->raw = g_strndup(passage->text + start, end - start);
    field->rule = g_strconcat(place, how, NULL);
    field->where = g_strdup(passage->where);
    field->start = passage->offset >= 0 ? (gsize)passage->offset + start : 0;
    field->length = passage->offset >= 0 ? end - start : 0;
    field->evidence = show_evidence(passage->text, passage->length, start, end);
    g_ptr_array_add(work->extraction->fields, field);
}

/* TRUE when the figures of the span are those of a telephone number on its line, or some of them. */
static gboolean is_in_phone_number(const Extracting *work, const Passage *passage, gsize start, gsize end)
{
    gsize first = start, last = start, from = 0, to = 0;
    while (first > 0 && passage->text[first - 1] != '\n') {
        first--;
    }
    while (last < passage->length && passage->text[last] != '\n') {
        last++;
    }
    g_autofree char *line = g_strndup(passage->text + first, last - first);
    for (gsize at = 0; at < last - first; at = MAX(to, at + 1)) {
        g_autofree char *number = NULL;
        if (!phone_find(line, at, work->settings->phone_region, &from, &to, &number)) {
            return FALSE;
        }
        if (first + from < end && start < first + to) {
            /* "£1,250 to 1,500" might be dialled, too */
            return !memmem(passage->text + start, end - start, "£", strlen("£")) && strchr("0+(", line[from]) != NULL;
        }
    }
    return FALSE;
}

/* TRUE when the firm's own postcode stands behind the town. */
static gboolean is_in_own_address(const Extracting *work, const Passage *passage, const char *town, gsize end)
{
    g_autofree char *behind = g_strndup(passage->text + end, MIN(passage->length - end, MAX_POSTCODE_REACH));
    const char *postcode = behind + strspn(behind, ", \n");
    const char *own = strstr(work->settings->postal_address, town);
    own = own ? own + strlen(town) : NULL;
    own = own ? own + strspn(own, ", \n") : NULL;
    gsize length = own ? strcspn(own, ",\n") : 0;
    return length > 0 && g_ascii_strncasecmp(own, postcode, length) == 0;
}

/* Adds the field when the words of the span are such a value and not the firm's own. FALSE when not. */
static gboolean add_span(Extracting *work, const FieldRule *rule, const Passage *passage, gsize start, gsize end, const char *place,
                         const char *how)
{
    if (end <= start || end - start > MAX_VALUE_BYTES) {
        return FALSE;
    }
    g_autofree char *raw = g_strndup(passage->text + start, end - start);
    g_autofree char *value = extract_normalise(rule, raw, work->settings, work->written);
    if (!value || is_ours(work, rule, value) || is_referrers(work, rule, value) ||
        (rule->type == FIELD_MONEY && is_in_phone_number(work, passage, start, end)) ||
        (strcmp(rule->name, "location") == 0 && is_in_own_address(work, passage, value, end))) {
        return FALSE;
    }
    put_field(work, rule, value, passage, start, end, place, how);
    return TRUE;
}

void extract_add_fact(Extracting *work, const char *name, const char *raw, const char *where, const char *rule_text)
{
    const FieldRule *rule = rulebook_find_field(work->rulebook, name);
    if (!rule || !raw || !*raw || has_field(work, name)) {
        return;
    }
    g_autofree char *value = extract_normalise(rule, raw, work->settings, work->written);
    if (value) {
        Passage passage = {raw, strlen(raw), where, -1};
        put_field(work, rule, value, &passage, 0, passage.length, rule_text, "");
    }
}

static Passage passage_of_text(const Extracting *work)
{
    Passage passage = {work->text, work->length, work->offset >= 0 ? "text" : "original", work->offset};
    return passage;
}

static Passage passage_of_subject(const Extracting *work)
{
    const ForwardedOriginal *original = work->is_passed_on ? work->message->original : NULL;
    const char *subject = original && *original->subject ? original->subject : work->message->subject;
    Passage passage = {subject, strlen(subject), "subject", subject == work->message->subject ? 0 : -1};
    return passage;
}

/* ---- the channel's own patterns ---- */

static void read_named_groups(Extracting *work, const ChannelField *rule, const Passage *passage, const PatternMatch *match)
{
    const char *const *names = pattern_get_group_names(rule->pattern->pattern);
    for (guint i = 0; names[i]; i++) {
        const FieldRule *field = rulebook_find_field(work->rulebook, names[i]);
        int group = pattern_find_group(rule->pattern->pattern, match, names[i]);
        if (field && group >= 0 && match->start[group] != G_MAXSIZE && !has_field(work, names[i])) {
            add_span(work, field, passage, match->start[group], match->end[group], rule->pattern->place, "");
        }
    }
}

/* The sender as "Name <address>"; of a mail passed on, the sender of the original. Owned by the caller. */
static char *write_sender(const Extracting *work)
{
    const Mailbox *from = work->is_passed_on ? work->message->original->from : work->message->from;
    return from ? g_strdup_printf("%s <%s>", from->name, from->address) : g_strdup("");
}

static void read_channel_fields(Extracting *work)
{
    g_autofree char *sender = write_sender(work);
    Passage passages[] = {
        [IN_BODY] = passage_of_text(work),
        [IN_SUBJECT] = passage_of_subject(work),
        [IN_FROM] = {sender, strlen(sender), "from", -1},
    };
    for (guint i = 0; work->channel && i < work->channel->fields->len; i++) {
        const ChannelField *rule = g_ptr_array_index(work->channel->fields, i);
        Passage passage = passages[rule->in];
        PatternMatch match;
        if (pattern_match(rule->pattern->pattern, passage.text, passage.length, 0, &match) != PATTERN_MATCH) {
            continue;
        }
        if (!rule->field) {
            read_named_groups(work, rule, &passage, &match);
        } else if (!has_field(work, rule->field)) {
            guint group = pattern_get_value_group(rule->pattern->pattern, &match);
            add_span(work, rulebook_find_field(work->rulebook, rule->field), &passage, match.start[group], match.end[group],
                     rule->pattern->place, "");
        }
    }
}

/* ---- labelled lines ---- */

/* Where the line (or the line above it) begins on which the label of this value stands. */
static gsize find_label_start(const char *text, gsize value_start)
{
    gsize line = value_start;
    while (line > 0 && text[line - 1] != '\n') {
        line--;
    }
    gboolean is_below = TRUE;
    for (gsize i = line; i < value_start; i++) {
        is_below &= g_ascii_isspace(text[i]) != 0;
    }
    while (is_below && line > 0 && (text[line - 1] == '\n' || g_ascii_isspace(text[line - 1]))) {
        line--;
    }
    while (line > 0 && text[line - 1] != '\n') {
        line--;
    }
    return line;
}

/*
 * What a person writes into a message box may run over many lines: up to the next label that is a field's, since "Delivery: in March" inside
 * of it is theirs, or to the end of what is read.
 */
static gsize find_message_end(const Extracting *work, guint index, gsize text_end)
{
    const GPtrArray *lines = work->message->labelled;
    const LabelledLine *line = g_ptr_array_index(lines, index);
    for (guint i = index + 1; i < lines->len; i++) {
        const LabelledLine *next = g_ptr_array_index(lines, i);
        if (next->start >= line->start + line->length && extract_find_label(work->rulebook, next->label)) {
            return MIN(find_label_start(work->message->text, next->start), text_end);
        }
    }
    return text_end;
}

static gsize trim_end(const char *text, gsize start, gsize end)
{
    while (end > start && g_ascii_isspace(text[end - 1])) {
        end--;
    }
    return end;
}

/* What a signature says of whoever wrote it. */
static const char *const signed_fields[] = {"company", "phone", "role", "location", NULL};

/* The labelled lines between `from` and `to`, of all fields or (`only`, NULL-terminated) of some. */
static void read_labelled_lines(Extracting *work, gsize from, gsize to, const char *const *only, const char *how)
{
    const char *text = work->message->text;
    Passage passage = {text, strlen(text), "text", 0};
    for (guint i = 0; i < work->message->labelled->len; i++) {
        const LabelledLine *line = g_ptr_array_index(work->message->labelled, i);
        const FieldRule *rule = line->start >= from && line->start < to ? extract_find_label(work->rulebook, line->label) : NULL;
        if (!rule || has_field(work, rule->name) || (strcmp(rule->name, "email") == 0 && !work->reads_identity) ||
            (only && !g_strv_contains(only, rule->name))) {
            continue;
        }
        gboolean is_message = work->is_notification && strcmp(rule->name, "need") == 0;
        gsize end = is_message ? find_message_end(work, i, to) : MIN(line->start + line->length, to);
        add_span(work, rule, &passage, line->start, trim_end(text, line->start, end), rule->place, how);
    }
}

/* ---- free text ---- */

/* `searched` is the passage's text as patterns see it, of the same length. */
static gboolean read_pattern(Extracting *work, const FieldRule *rule, const PatternRule *pattern, const Passage *passage,
                             const PatternText *searched, const char *how)
{
    gsize start = 0;
    for (guint tries = 0; tries < MAX_TRIES && start < passage->length; tries++) {
        PatternMatch match;
        if (pattern_match_text(pattern->pattern, searched, start, &match) != PATTERN_MATCH) {
            return FALSE;
        }
        guint group = pattern_get_value_group(pattern->pattern, &match);
        if (match.start[group] != G_MAXSIZE &&
            add_span(work, rule, passage, match.start[group], match.end[group], pattern->place, how)) {
            return TRUE;
        }
        start = MAX(match.end[0], match.start[0] + 1);
        while (start < passage->length && ((guchar)passage->text[start] & 0xC0) == 0x80) {
            start++;
        }
    }
    return FALSE;
}

static gboolean read_choice(Extracting *work, const FieldRule *rule, const Passage *passage, const PatternText *searched)
{
    gsize start = 0, end = 0;
    const char *place = NULL;
    const FieldChoice *choice = extract_find_choice(rule, searched, &start, &end, &place);
    if (choice) {
        put_field(work, rule, choice->value, passage, start, end, place, "");
    }
    return choice != NULL;
}

/* A service that is asked for by its own name, whatever else points elsewhere: "HMRC hearing, need litigation support". The first that is named. */
static gboolean read_asked(Extracting *work, const FieldRule *rule, const Passage *passage, const PatternText *searched)
{
    const char *value = NULL, *place = NULL;
    gsize start = 0, end = 0;
    for (guint i = 0; passage->length > 0 && i < rule->choices->len; i++) {
        const FieldChoice *choice = g_ptr_array_index(rule->choices, i);
        for (guint j = 0; j < choice->asked->len; j++) {
            const PatternRule *asked = g_ptr_array_index(choice->asked, j);
            PatternMatch match;
            gboolean is_found = pattern_match_text(asked->pattern, searched, 0, &match) == PATTERN_MATCH;
            guint group = is_found ? pattern_get_value_group(asked->pattern, &match) : 0;
            if (is_found && (!value || match.start[group] < start)) {
                value = choice->value;
                place = asked->place;
                start = match.start[group];
                end = match.end[group];
            }
        }
    }
    if (value) {
        put_field(work, rule, value, passage, start, end, place, "");
    }
    return value != NULL;
}

static gboolean read_passage(Extracting *work, const FieldRule *rule, const Passage *passage, const PatternText *searched,
                             const char *how)
{
    if (passage->length == 0) {
        return FALSE;
    }
    if (rule->type == FIELD_CHOICE && read_choice(work, rule, passage, searched)) {
        return TRUE;
    }
    for (guint i = 0; i < rule->patterns->len; i++) {
        if (read_pattern(work, rule, g_ptr_array_index(rule->patterns, i), passage, searched, how)) {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * What a text does not tell of the person: in a text about somebody else the writer's own name and number; and an address in passing, unless
 * somebody tells of another person (a form has a label for the address).
 */
static gboolean is_in_passing(const Extracting *work, const FieldRule *rule)
{
    if (rule->type == FIELD_EMAIL) {
        return !work->reads_identity || work->is_notification;
    }
    return work->is_introduction && (rule->type == FIELD_PHONE || strcmp(rule->name, "name") == 0);
}

/* What a portal or a network writes round the person's words tells of the property or of us, not of them. */
static Passage passage_of_free_text(const Extracting *work)
{
    Passage text = passage_of_text(work);
    const Field *need = work->channel && work->channel->reads_need_only ? field_find(work->extraction->fields, "need") : NULL;
    const char *found = need ? g_strstr_len(work->text, (gssize)work->length, need->raw) : NULL;
    if (found) {
        text.text = found;
        text.length = strlen(need->raw);
        text.offset = text.offset >= 0 ? text.offset + (found - work->text) : -1;
    }
    return text;
}

/* What colleagues write of somebody stands in the subject as often as in the text, and surer. */
static gboolean read_told(Extracting *work, const FieldRule *rule, const Passage *subject, const PatternText *searched_subject,
                          const Passage *text, const PatternText *searched_text)
{
    for (guint i = 0; i < rule->told->len; i++) {
        const PatternRule *pattern = g_ptr_array_index(rule->told, i);
        if (read_pattern(work, rule, pattern, subject, searched_subject, " told") ||
            read_pattern(work, rule, pattern, text, searched_text, " told")) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A note is read before all else, and of it the referrer first: whoever is told of besides is the prospect. */
static void read_note(Extracting *work, const Passage *subject, const PatternText *searched_subject, const Passage *text,
                      const PatternText *searched_text)
{
    static const char *const first[] = {"referrer_name", "referrer_email"};
    for (guint i = 0; i < G_N_ELEMENTS(first) && work->extraction->track == TRACK_REFERRAL; i++) {
        const FieldRule *rule = rulebook_find_field(work->rulebook, first[i]);
        if (rule && !has_field(work, first[i]) && !read_told(work, rule, subject, searched_subject, text, searched_text)) {
            read_passage(work, rule, text, searched_text, "");
        }
    }
    for (guint i = 0; i < work->rulebook->fields->len; i++) {
        const FieldRule *rule = g_ptr_array_index(work->rulebook->fields, i);
        if (!has_field(work, rule->name)) {
            read_told(work, rule, subject, searched_subject, text, searched_text);
        }
    }
}

/* The text with blanks where it names somebody: "ring back: sue black" asks for no litigation. Owned by the caller. */
static char *blank_names(const Extracting *work, const char *text, gsize length)
{
    static const char *const named[] = {"name", "referrer_name"};
    char *blank = g_strndup(text, length);
    for (guint i = 0; i < G_N_ELEMENTS(named); i++) {
        const Field *field = field_find(work->extraction->fields, named[i]);
        gsize size = field ? strlen(field->raw) : 0;
        for (char *at = size > 0 ? strstr(blank, field->raw) : NULL; at; at = strstr(at + size, field->raw)) {
            memset(at, ' ', size);
        }
    }
    return blank;
}

/* The subject is what somebody else wrote above another mail. */
static gboolean has_old_subject(const Extracting *work)
{
    return work->message->has_old_subject && !work->is_passed_on;
}

/*
 * A subject names the matter more surely than any sentence, where it is the writer's own; one that is inherited, less. Whoever is named in either is no
 * matter.
 */
static void read_service(Extracting *work, const FieldRule *rule, const Passage *subject, const Passage *text, const char *flowed)
{
    g_autofree char *blank_subject = blank_names(work, subject->text, subject->length);
    g_autofree char *blank_text = blank_names(work, flowed, text->length);
    g_autoptr(PatternText) searched_subject = pattern_text_new(blank_subject, subject->length);
    g_autoptr(PatternText) searched_text = pattern_text_new(blank_text, text->length);
    gboolean is_old = has_old_subject(work);
    const Passage *passages[] = {is_old ? text : subject, is_old ? subject : text};
    const PatternText *searched[] = {is_old ? searched_text : searched_subject, is_old ? searched_subject : searched_text};
    for (guint i = 0; i < G_N_ELEMENTS(passages); i++) {
        if (read_asked(work, rule, passages[i], searched[i]) || read_passage(work, rule, passages[i], searched[i], "")) {
            return;
        }
    }
}

/* `searched_all` is all the text, as patterns see it. */
static void read_free_text(Extracting *work, const PatternText *searched_all)
{
    Passage subject = passage_of_subject(work);
    Passage text = passage_of_free_text(work);
    const char *flowed = work->flowed + (text.text - work->text);
    gboolean is_all = text.text == work->text && text.length == work->length;
    g_autoptr(PatternText) searched_subject = pattern_text_new(subject.text, subject.length);
    g_autoptr(PatternText) searched_part = is_all ? NULL : pattern_text_new(flowed, text.length);
    const PatternText *searched_text = is_all ? searched_all : searched_part;
    if (work->is_note) {
        read_note(work, &subject, searched_subject, &text, searched_text);
    }
    for (guint i = 0; i < work->rulebook->fields->len; i++) {
        const FieldRule *rule = g_ptr_array_index(work->rulebook->fields, i);
        if (has_field(work, rule->name) || is_in_passing(work, rule)) {
            continue;
        }
        if (rule->is_service) {
            read_service(work, rule, &subject, &text, flowed);
        } else if (!read_passage(work, rule, &text, searched_text, "")) {
            read_passage(work, rule, &subject, searched_subject, "");
        }
    }
}

/* ---- what one field tells of another ---- */

/* The same evidence for another field. */
static void put_derived(Extracting *work, const Field *from, const char *name, const char *value, const char *how)
{
    Field *field = field_dup(from);
    g_free(field->name);
    g_free(field->value);
    g_free(field->rule);
    field->name = g_strdup(name);
    field->value = g_strdup(value);
    field->rule = g_strconcat(from->rule, how, NULL);
    g_ptr_array_add(work->extraction->fields, field);
}

/* The day by which it is needed says how soon, where nothing else does. */
static void derive_from_days(Extracting *work)
{
    for (guint i = 0; i < work->rulebook->fields->len; i++) {
        const FieldRule *rule = g_ptr_array_index(work->rulebook->fields, i);
        const Field *date =
            rule->days_of && !has_field(work, rule->name) ? field_find(work->extraction->fields, rule->days_of) : NULL;
        g_autofree char *value = date ? extract_normalise(rule, date->value, work->settings, work->written) : NULL;
        if (value) {
            put_derived(work, date, rule->name, value, " days");
        }
    }
}

/* A postcode says where. */
static void derive_location(Extracting *work)
{
    const Field *postcode = field_find(work->extraction->fields, "postcode");
    const char *place = postcode && !has_field(work, "location") ? extract_find_postal_area(postcode->value) : NULL;
    if (place && rulebook_find_field(work->rulebook, "location")) {
        put_derived(work, postcode, "location", place, " postcode");
    }
}

/* Forms that ask for the two halves of a name. */
static void join_names(Extracting *work)
{
    const Field *given = field_find(work->extraction->fields, "given_name");
    const Field *family = field_find(work->extraction->fields, "family_name");
    if (!given && !family) {
        return;
    }
    g_autofree char *name =
        given && family ? g_strdup_printf("%s %s", given->value, family->value) : g_strdup(given ? given->value : family->value);
    extract_add_fact(work, "name", name, "text", given ? given->rule : family->rule);
}

/* ---- the person's own company ---- */

/* The address of whom the text is about, as far as it is known before people are told apart; NULL. */
static const char *find_likely_address(const Extracting *work)
{
    const Mailbox *person = work->is_passed_on ? work->message->original->from : work->message->from;
    if (work->is_notification) {
        return field_find_value(work->extraction->fields, "email");
    }
    if (work->is_introduction) {
        g_autoptr(GPtrArray) others = extract_list_others(work->message, work->settings);
        person = others->len == 1 ? g_ptr_array_index(others, 0) : NULL;
    }
    return person && *person->address ? person->address : NULL;
}

/* Adds the first company that goes with the address. FALSE when there is none. */
static gboolean read_company_of(Extracting *work, const FieldRule *rule, const PatternRule *pattern, const Passage *passage,
                                const PatternText *searched, const char *address, const char *how)
{
    gsize start = 0;
    PatternMatch match;
    for (guint tries = 0; tries < MAX_TRIES && pattern_match_text(pattern->pattern, searched, start, &match) == PATTERN_MATCH;
         tries++) {
        guint group = pattern_get_value_group(pattern->pattern, &match);
        g_autofree char *raw = g_strndup(passage->text + match.start[group], match.end[group] - match.start[group]);
        const char *own = extract_find_company_of(raw, address);
        gsize from = match.start[group] + (own ? (gsize)(own - raw) : 0);
        if (own && add_span(work, rule, passage, from, match.end[group], pattern->place, how)) {
            return TRUE;
        }
        start = MAX(match.end[0], match.start[0] + 1);
    }
    return FALSE;
}

static Passage passage_of_signature(const Extracting *work)
{
    const char *signature = work->message->signature;
    const char *found = *signature ? strstr(work->message->text, signature) : NULL;
    Passage passage = {signature, strlen(signature), "text", found ? found - work->message->text : -1};
    return passage;
}

/* A text may name several companies; the one that goes with the person's address is theirs, wherever it stands. */
static void read_own_company(Extracting *work, const PatternText *searched_text)
{
    const FieldRule *rule = rulebook_find_field(work->rulebook, "company");
    const char *address = rule && !has_field(work, rule->name) ? find_likely_address(work) : NULL;
    if (!address) {
        return;
    }
    Passage text = passage_of_text(work), signature = passage_of_signature(work);
    g_autoptr(PatternText) searched_signature = pattern_text_new(signature.text, signature.length);
    gboolean is_signed = work->message->from && strcmp(work->message->from->address, address) == 0;
    for (guint i = 0; i < rule->patterns->len; i++) {
        const PatternRule *pattern = g_ptr_array_index(rule->patterns, i);
        if (read_company_of(work, rule, pattern, &text, searched_text, address, "") ||
            (is_signed && read_company_of(work, rule, pattern, &signature, searched_signature, address, " signature"))) {
            return;
        }
    }
}

void extract_text_fields(Extracting *work)
{
    read_channel_fields(work);
    /* "When: Thursday" in an invitation is its own time, not when the work is to begin */
    if (work->offset >= 0 && !work->is_invitation && (!work->channel || work->channel->reads_labels)) {
        read_labelled_lines(work, (gsize)work->offset, (gsize)work->offset + work->length, NULL, " label");
    }
    Passage signature = passage_of_signature(work);
    if (work->reads_signature && signature.length > 0 && signature.offset >= 0) {
        gsize from = (gsize)signature.offset;
        read_labelled_lines(work, from, from + signature.length, signed_fields, " signature label");
    }
    join_names(work);
    g_autoptr(PatternText) searched = pattern_text_new(work->flowed, work->length);
    read_own_company(work, searched);
    read_free_text(work, searched);
    derive_from_days(work);
    derive_location(work);
}

/* ---- the signature ---- */

void extract_signature_fields(Extracting *work)
{
    Passage passage = passage_of_signature(work);
    g_autoptr(PatternText) searched = pattern_text_new(passage.text, passage.length);
    for (guint i = 0; signed_fields[i]; i++) {
        const FieldRule *rule = rulebook_find_field(work->rulebook, signed_fields[i]);
        if (rule && !has_field(work, signed_fields[i])) {
            read_passage(work, rule, &passage, searched, " signature");
        }
    }
}

/* ---- once more ---- */

/* Work whose findings go to `aside`. */
static Extracting work_aside(const Extracting *work, Extraction *aside)
{
    Extracting other = *work;
    aside->track = work->extraction->track;
    aside->fields = g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
    other.extraction = aside;
    return other;
}

static Field *take_found(Extraction *aside)
{
    Field *found = aside->fields->len > 0 ? g_ptr_array_steal_index(aside->fields, 0) : NULL;
    g_ptr_array_unref(aside->fields);
    return found;
}

Field *extract_read_value(const Extracting *work, const FieldRule *rule, gsize start, gsize end)
{
    Extraction aside = {0};
    Extracting other = work_aside(work, &aside);
    Passage passage = {work->message->text, strlen(work->message->text), "text", 0};
    add_span(&other, rule, &passage, start, trim_end(passage.text, start, end), rule->place, " label");
    return take_found(&aside);
}

Field *extract_read_between(const Extracting *work, const FieldRule *rule, gsize from, gsize to, gsize *end)
{
    Extraction aside = {0};
    Extracting other = work_aside(work, &aside);
    Passage passage = {work->text + from, to - from, work->offset >= 0 ? "text" : "original",
                       work->offset >= 0 ? work->offset + (gssize)from : (gssize)from};
    g_autoptr(PatternText) searched = pattern_text_new(work->flowed + from, passage.length);
    read_passage(&other, rule, &passage, searched, "");
    Field *found = take_found(&aside);
    if (found) {
        *end = found->start + found->length - (gsize)MAX(work->offset, 0);
    }
    return found;
}

Field *extract_read_signature(const Extracting *work, const FieldRule *rule)
{
    Extraction aside = {0};
    Extracting other = work_aside(work, &aside);
    Passage passage = passage_of_signature(work);
    g_autoptr(PatternText) searched = pattern_text_new(passage.text, passage.length);
    read_passage(&other, rule, &passage, searched, " signature");
    return take_found(&aside);
}
