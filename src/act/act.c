/*
 * act/act.c - the table of verbs
 *
 * Each verb is a row: what it is called, what it takes, the function that does it. Status verbs share one function, which finds
 * the status in the row. A verb that changes nothing is refused rather than recorded: a history of
 * non-events hides the events.
 */
#include "usher/act.h"

#include <string.h>

#include "usher/base/error.h"
#include "usher/base/text.h"

#define MAX_NOTE_CHARS 4000

typedef struct VerbRow VerbRow;

typedef struct {
    Decision *decision;
    const Lead *lead;
    const Lead *other; /* the second lead; NULL */
    const VerbRow *row;
    char **arguments;
    const char *actor;
    const Past *past;
    const GPtrArray *partners; /* Party: those on the list */
    const GPtrArray *tasks;    /* Task: its open ones */
    const Rulebook *rulebook;
} Act;

struct VerbRow {
    Verb verb;
    gboolean (*apply)(const Act *act, GError **error);
    LeadStatus status; /* for status verbs */
};

static char *join_words(char **words)
{
    g_autofree char *joined = g_strjoinv(" ", words);
    return text_to_block(joined, MAX_NOTE_CHARS);
}

static gboolean apply_status(const Act *act, GError **error)
{
    if (act->lead->status == act->row->status) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is \"%s\" already", act->lead->id,
                    status_get_name(act->lead->status));
        return FALSE;
    }
    g_autofree char *note = join_words(act->arguments);
    act->decision->status = act->row->status;
    decision_add_event(act->decision, act->actor, "status", "%s -> %s%s%s", status_get_name(act->lead->status),
                       status_get_name(act->row->status), *note ? ": " : "", note);
    return TRUE;
}

static gboolean give_to(const Act *act, const Person *person, const char *what, GError **error)
{
    if (g_strcmp0(act->lead->owner, person->id) == 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is %s's already", act->lead->id,
                    person->name);
        return FALSE;
    }
    g_free(act->decision->owner);
    act->decision->owner = g_strdup(person->id);
    decision_add_event(act->decision, act->actor, what, "%s -> %s", act->lead->owner ? act->lead->owner : "nobody", person->id);
    return TRUE;
}

static gboolean apply_claim(const Act *act, GError **error)
{
    const Person *person = settings_find_person(act->rulebook->settings, act->actor);
    if (!person) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "\"claim\" needs to know who claims: say it with --as PERSON, an id of usher.yaml (not \"%s\")", act->actor);
        return FALSE;
    }
    return give_to(act, person, "claimed", error);
}

static char *list_people(const Settings *settings)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        g_string_append_printf(list, "%s%s", i ? ", " : "", person->id);
    }
    return g_string_free(list, FALSE);
}

static gboolean apply_reassign(const Act *act, GError **error)
{
    const Person *person = settings_find_person(act->rulebook->settings, act->arguments[0]);
    if (!person) {
        g_autofree char *people = list_people(act->rulebook->settings);
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no person \"%s\" in usher.yaml; there are: %s",
                    act->arguments[0], people);
        return FALSE;
    }
    return give_to(act, person, "reassigned", error);
}

static gboolean apply_note(const Act *act, GError **error G_GNUC_UNUSED)
{
    g_autofree char *note = join_words(act->arguments);
    decision_add_event(act->decision, act->actor, "note", "%s", note);
    return TRUE;
}

/* What a person tells of the lead themselves: it stands over all that mails say. */
static Field *make_told_field(const Act *act, const char *name, const char *value)
{
    Field *field = field_new(name, value);
    field->raw = g_strdup(value);
    field->rule = g_strdup_printf("told by %s", act->actor);
    field->where = g_strdup("command");
    field->evidence = g_strdup(value);
    return field;
}

static gboolean take_field_back(const Act *act, const char *name, const char *known, GError **error)
{
    if (!known) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " has no %s to take back", act->lead->id, name);
        return FALSE;
    }
    g_ptr_array_add(act->decision->taken_back, g_strdup(name));
    decision_add_event(act->decision, act->actor, "field", "%s was %s: taken back", name, known);
    return TRUE;
}

static char *list_fields(const Rulebook *rulebook)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < rulebook->fields->len; i++) {
        g_string_append_printf(list, "%s%s", i ? ", " : "", ((const FieldRule *)g_ptr_array_index(rulebook->fields, i))->name);
    }
    return g_string_free(list, FALSE);
}

static gboolean apply_field(const Act *act, GError **error)
{
    const char *name = act->arguments[0];
    const char *known = field_find_value(act->lead->fields, name);
    if (!rulebook_find_field(act->rulebook, name)) {
        g_autofree char *fields = list_fields(act->rulebook);
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no field \"%s\"; there are: %s", name, fields);
        return FALSE;
    }
    g_autofree char *value = join_words(act->arguments + 1);
    if (!*value) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "\"field %s\" needs a value: field %s VALUE; a - takes back what is known", name, name);
        return FALSE;
    }
    if (strcmp(value, "-") == 0) {
        return take_field_back(act, name, known, error);
    }
    g_ptr_array_add(act->decision->fields, make_told_field(act, name, value));
    decision_add_event(act->decision, act->actor, "field", "%s%s%s: %s", name, known ? " was " : "", known ? known : "", value);
    return TRUE;
}

/* The exceptions that persons have let the lead out of are kept as a field, so that no later judgement puts it back. */
static gboolean apply_clear(const Act *act, GError **error)
{
    const char *exception = act->lead->exception;
    const char *before = field_find_value(act->lead->fields, "cleared");
    if (!exception) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is no exception: there is nothing to clear",
                    act->lead->id);
        return FALSE;
    }
    g_autofree char *cleared = before && strstr(before, exception)
                                   ? g_strdup(before)
                                   : g_strdup_printf("%s%s%s", before ? before : "", before ? " " : "", exception);
    g_autofree char *note = join_words(act->arguments);
    g_ptr_array_add(act->decision->fields, make_told_field(act, "cleared", cleared));
    decision_add_event(act->decision, act->actor, "cleared", "%s%s%s", exception, *note ? ": " : "", note);
    return TRUE;
}

/* Somebody has seen a conflict that no list has: the lead goes to whoever clears them, and nothing more goes out. */
static gboolean apply_hold(const Act *act, GError **error)
{
    const Person *clearing = settings_find_duty(act->rulebook->settings, "conflicts");
    if (g_strcmp0(act->lead->exception, "conflict-check") == 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is held already; \"clear\" lets it go on",
                    act->lead->id);
        return FALSE;
    }
    if (!status_is_live(act->lead->status)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is %s: there is nothing to hold",
                    act->lead->id, status_get_name(act->lead->status));
        return FALSE;
    }
    g_autofree char *note = join_words(act->arguments);
    g_free(act->decision->exception);
    act->decision->status = STATUS_EXCEPTION;
    act->decision->exception = g_strdup("conflict-check");
    act->decision->stops_mail = TRUE;
    if (clearing) {
        g_free(act->decision->owner);
        act->decision->owner = g_strdup(clearing->id);
    }
    decision_add_event(act->decision, act->actor, "held", "for a check of conflicts%s%s", *note ? ": " : "", note);
    return TRUE;
}

/* ---- two leads that are one ---- */

#define MERGED_FROM "merged from lead "

gint64 act_find_other(const char *verb, char **arguments)
{
    guint64 number = 0;
    gboolean is_found =
        strcmp(verb, "merge") == 0 && arguments[0] && g_ascii_string_to_unsigned(arguments[0], 10, 1, G_MAXINT64, &number, NULL);
    return is_found ? (gint64)number : 0;
}

static gboolean check_merge(const Act *act, GError **error)
{
    if (act->other && g_strcmp0(act->other->exception, "conflict-check") == 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "a conflict is being checked on lead %" G_GINT64_FORMAT ": it has to be cleared or closed before it is merged",
                    act->other->id);
        return FALSE;
    }
    if (!act->other) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no lead \"%s\" to merge; \"usher leads\" lists them",
                    act->arguments[0]);
        return FALSE;
    }
    if (act->other->id == act->lead->id) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " cannot be part of itself", act->lead->id);
        return FALSE;
    }
    if (act->other->merged_into != 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is part of lead %" G_GINT64_FORMAT " already",
                    act->other->id, act->other->merged_into);
        return FALSE;
    }
    return TRUE;
}

static void tell_other(const Act *act, const char *what, const char *detail)
{
    Event *event = event_new(act->actor, what, detail);
    event->lead = act->other->id;
    g_ptr_array_add(act->decision->events, event);
}

/* What the other knows and this one does not comes along, marked so that it can go again. */
static gboolean apply_merge(const Act *act, GError **error)
{
    if (!check_merge(act, error)) {
        return FALSE;
    }
    for (guint i = 0; i < act->other->fields->len; i++) {
        const Field *field = g_ptr_array_index(act->other->fields, i);
        if (!field_find(act->lead->fields, field->name) && strcmp(field->name, "cleared") != 0) {
            Field *copy = field_dup(field);
            g_free(copy->rule);
            copy->rule = g_strdup_printf(MERGED_FROM "%" G_GINT64_FORMAT ": %s", act->other->id, field->rule ? field->rule : "");
            g_ptr_array_add(act->decision->fields, copy);
        }
    }
    act->decision->merges = act->other->id;
    decision_add_event(act->decision, act->actor, "merged", "lead %" G_GINT64_FORMAT " is part of this one now", act->other->id);
    g_autofree char *detail = g_strdup_printf("is part of lead %" G_GINT64_FORMAT " now", act->lead->id);
    tell_other(act, "merged", detail);
    return TRUE;
}

static gboolean apply_undo(const Act *act, GError **error)
{
    if (act->lead->merged_into != 0) {
        act->decision->parts = act->lead->id;
        decision_add_event(act->decision, act->actor, "parted", "no part of lead %" G_GINT64_FORMAT " any more",
                           act->lead->merged_into);
        return TRUE;
    }
    if (!act->other) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "nothing was merged into lead %" G_GINT64_FORMAT ", and nothing else can be undone: act again the other way",
                    act->lead->id);
        return FALSE;
    }
    g_autofree char *mark = g_strdup_printf(MERGED_FROM "%" G_GINT64_FORMAT ":", act->other->id);
    for (guint i = 0; i < act->lead->fields->len; i++) {
        const Field *field = g_ptr_array_index(act->lead->fields, i);
        if (field->rule && g_str_has_prefix(field->rule, mark)) {
            g_ptr_array_add(act->decision->taken_back, g_strdup(field->name));
        }
    }
    act->decision->parts = act->other->id;
    decision_add_event(act->decision, act->actor, "parted", "lead %" G_GINT64_FORMAT " is one of its own again", act->other->id);
    g_autofree char *detail = g_strdup_printf("no part of lead %" G_GINT64_FORMAT " any more", act->lead->id);
    tell_other(act, "parted", detail);
    return TRUE;
}

/* ---- passing on ---- */

#define MOST_NAMED 20

/* By name, whatever its case, or by an address of theirs. */
static const Party *find_partner(const GPtrArray *partners, const char *text)
{
    g_autofree char *asked = text_fold(text), *address = text_fold_address(text);
    for (guint i = 0; i < partners->len; i++) {
        const Party *partner = g_ptr_array_index(partners, i);
        g_autofree char *name = text_fold(partner->name);
        if (strcmp(name, asked) == 0 || g_ptr_array_find_with_equal_func(partner->addresses, address, g_str_equal, NULL)) {
            return partner;
        }
    }
    return NULL;
}

/* A name may be several words: as many of the first as make one. *used: how many. */
static const Party *read_partner(const Act *act, guint *used)
{
    for (*used = g_strv_length(act->arguments); *used > 0; (*used)--) {
        g_autoptr(GStrvBuilder) words = g_strv_builder_new();
        for (guint i = 0; i < *used; i++) {
            g_strv_builder_add(words, act->arguments[i]);
        }
        g_auto(GStrv) taken = g_strv_builder_end(words);
        g_autofree char *name = g_strjoinv(" ", taken);
        const Party *partner = find_partner(act->partners, name);
        if (partner) {
            return partner;
        }
    }
    return NULL;
}

static char *list_partners(const GPtrArray *partners)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < partners->len && i < MOST_NAMED; i++) {
        g_string_append_printf(list, "%s%s", i ? ", " : "", ((const Party *)g_ptr_array_index(partners, i))->name);
    }
    g_string_append(list, partners->len > MOST_NAMED ? ", ... (\"usher partners list\" has all)" : "");
    return g_string_free(list, FALSE);
}

/* A slip in a partner's name must not send them to another one: with a list, what stands first is a name, or - for none. */
static gboolean choose_partner(const Act *act, const char **name, guint *used, GError **error)
{
    const char *first = act->arguments[0];
    const Party *partner = read_partner(act, used);
    if (partner) {
        *name = partner->name;
        return TRUE;
    }
    if (act->partners->len == 0 || (first && strcmp(first, "-") == 0)) {
        *used = first && strcmp(first, "-") == 0 ? 1 : 0;
        return TRUE;
    }
    partner = act->lead->partner ? find_partner(act->partners, act->lead->partner) : NULL;
    *name = !first && partner ? partner->name : NULL;
    if (*name) {
        return TRUE;
    }
    g_autofree char *list = list_partners(act->partners);
    if (first) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "\"%s\" is no partner; there are: %s; a - passes them on to nobody of these", first, list);
    } else {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "no partner is proposed for lead %" G_GINT64_FORMAT ": name one, or - for nobody of the list; there are: %s",
                    act->lead->id, list);
    }
    return FALSE;
}

void act_refer_on(Decision *decision, const Lead *lead, const char *partner, const char *actor, const char *why)
{
    g_autofree char *name = g_strdup(partner);
    g_free(decision->partner);
    decision->partner = g_steal_pointer(&name);
    decision->refers_on = TRUE;
    decision->status = STATUS_REFERRED_ON;
    decision_add_event(decision, actor, "status", "%s -> %s%s%s%s%s", status_get_name(lead->status),
                       status_get_name(STATUS_REFERRED_ON), decision->partner ? ": to " : "",
                       decision->partner ? decision->partner : "", *why ? ": " : "", why);
}

static gboolean apply_refer_on(const Act *act, GError **error)
{
    const char *name = NULL;
    guint used = 0;
    if (act->lead->status == STATUS_REFERRED_ON) {
        return apply_status(act, error);
    }
    if (!choose_partner(act, &name, &used, error)) {
        return FALSE;
    }
    g_autofree char *why = join_words(act->arguments + used);
    act_refer_on(act->decision, act->lead, name, act->actor, why);
    return TRUE;
}

/* ---- tasks ---- */

#define SHOWN_TASK_CHARS 120

static gboolean is_skip(const Act *act)
{
    return strcmp(act->row->verb.name, "skip") == 0;
}

static const Task *find_task(const Act *act, const char *word)
{
    guint64 number = 0;
    if (!g_ascii_string_to_unsigned(word, 10, 1, G_MAXINT64, &number, NULL)) {
        return NULL;
    }
    for (guint i = 0; i < act->tasks->len; i++) {
        const Task *task = g_ptr_array_index(act->tasks, i);
        if (task->id == (gint64)number) {
            return task;
        }
    }
    return NULL;
}

/* The only one of the lead, or the only one of who acts. */
static const Task *find_only_task(const Act *act)
{
    const Task *own = NULL;
    guint count = 0;
    if (act->tasks->len == 1) {
        return g_ptr_array_index(act->tasks, 0);
    }
    for (guint i = 0; i < act->tasks->len; i++) {
        const Task *task = g_ptr_array_index(act->tasks, i);
        if (g_strcmp0(task->person, act->actor) == 0) {
            own = task;
            count++;
        }
    }
    return count == 1 ? own : NULL;
}

static char *list_tasks(const GPtrArray *tasks)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < tasks->len && i < MOST_NAMED; i++) {
        const Task *task = g_ptr_array_index(tasks, i);
        g_autofree char *said = text_to_line(task->said, SHOWN_TASK_CHARS);
        g_string_append_printf(list, "%s%" G_GINT64_FORMAT " (%s)", i ? ", " : "", task->id, said);
    }
    return g_string_free(list, FALSE);
}

/* A number that is none of its tasks is a slip, and no text. */
static const Task *choose_task(const Act *act, guint *used, GError **error)
{
    const char *first = act->arguments[0];
    gboolean is_number = first && *first && strspn(first, "0123456789") == strlen(first);
    const Task *task = is_number ? find_task(act, first) : find_only_task(act);
    *used = is_number ? 1 : 0;
    if (task) {
        return task;
    }
    g_autofree char *list = list_tasks(act->tasks);
    if (act->tasks->len == 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " has no open task%s; \"note\" writes down %s",
                    act->lead->id, is_skip(act) ? ", and is in no cadence" : "",
                    is_skip(act) ? "what there is to say" : "what was done");
    } else if (is_number) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " has no open task %s; there are: %s",
                    act->lead->id, first, list);
    } else {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "lead %" G_GINT64_FORMAT " has several open tasks: name one by its number: %s", act->lead->id, list);
    }
    return NULL;
}

static gboolean apply_task(const Act *act, GError **error)
{
    guint used = 0;
    const Task *task = choose_task(act, &used, error);
    if (!task) {
        return FALSE;
    }
    g_autofree char *outcome = join_words(act->arguments + used);
    act_end_task(act->decision, task, is_skip(act), act->actor, outcome);
    return TRUE;
}

void act_end_task(Decision *decision, const Task *task, gboolean is_skipped, const char *actor, const char *outcome)
{
    g_ptr_array_add(decision->tasks_done, task_end_new(task->id, is_skipped, actor, *outcome ? outcome : NULL));
    decision_add_event(decision, actor, "task", "%s: %s%s%s", is_skipped ? "left out" : "done", task->said, *outcome ? ": " : "",
                       outcome);
}

/* ---- snooze ---- */

#define MOST_SNOOZE_S (366 * 86400)

/* "2026-03-09", "monday" (the next one), "3 days", a moment of RFC 3339. A day is when business opens on it, or next. 0 when it is none of these. */
static UsherTime read_until(const char *text, const Calendar *calendar, UsherTime now)
{
    static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    UsherTime moment = 0;
    Span span;
    if (clock_parse(text, &moment, NULL)) {
        return moment;
    }
    gboolean is_business, is_last;
    if (span_parse(text, &span, NULL)) {
        UsherTime end = calendar_add(calendar, now, span);
        gboolean is_of_days = span.unit == SPAN_BUSINESS_DAYS || (span.unit == SPAN_ELAPSED && span.amount % 86400 == 0);
        return calendar_next_open(calendar, is_of_days ? calendar_at(calendar, end, 0, &is_business, &is_last) : end);
    }
    GTimeZone *zone = calendar_get_zone(calendar);
    if (g_ascii_strcasecmp(text, "tomorrow") == 0) {
        return calendar_next_open(calendar, calendar_at(calendar, now, 86400, &is_business, &is_last));
    }
    g_autofree char *midnight = g_strconcat(text, "T00:00:00", NULL);
    g_autoptr(GDateTime) day = strlen(text) == 10 ? g_date_time_new_from_iso8601(midnight, zone) : NULL;
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now), local = g_date_time_to_timezone(utc, zone);
    for (guint i = 0; !day && i < G_N_ELEMENTS(days); i++) {
        if (g_ascii_strcasecmp(text, days[i]) == 0) {
            int ahead = ((int)i + 1 - g_date_time_get_day_of_week(local) + 7) % 7;
            g_autoptr(GDateTime) then = g_date_time_add_days(local, ahead ? ahead : 7);
            day = g_date_time_new(zone, g_date_time_get_year(then), g_date_time_get_month(then), g_date_time_get_day_of_month(then),
                                  0, 0, 0);
        }
    }
    return day ? calendar_next_open(calendar, g_date_time_to_unix(day)) : 0;
}

/* What is owed then may be done all that day; what was said to the minute is due then. */
static UsherTime find_due_on(const char *text, const Calendar *calendar, UsherTime until)
{
    UsherTime moment = 0;
    return clock_parse(text, &moment, NULL) ? moment : calendar_add(calendar, until, (Span){.unit = SPAN_END_OF_DAY});
}

/* As many of the first words as make a time: "3 business days they are away". */
static gboolean apply_snooze(const Act *act, GError **error)
{
    const Calendar *calendar = act->rulebook->settings->calendar;
    UsherTime now = act->decision->at, until = 0;
    guint used = MIN(g_strv_length(act->arguments), 3);
    for (; used > 0 && until == 0; used -= until == 0) {
        g_autofree char *word = g_strdup(act->arguments[0]);
        for (guint i = 1; i < used; i++) {
            char *longer = g_strconcat(word, " ", act->arguments[i], NULL);
            g_free(word);
            word = longer;
        }
        until = read_until(word, calendar, now);
    }
    if (until <= now || until > now + MOST_SNOOZE_S) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "\"%s\" is no time within the next year: write 2026-03-09, monday, tomorrow, 3 days or 2026-03-09T09:00:00Z",
                    act->arguments[0]);
        return FALSE;
    }
    g_autofree char *why = join_words(act->arguments + used), *said = calendar_say(calendar, until, now);
    act->decision->snoozed_until = find_due_on(act->arguments[0], calendar, until);
    act->decision->pauses_cadence = until;
    act->decision->paused_because = g_strdup("snoozed");
    decision_add_event(act->decision, act->actor, "snoozed", "until %s%s%s", said, *why ? ": " : "", why);
    return TRUE;
}

/* ---- cadences ---- */

static void note_why(const Act *act, char **words)
{
    g_autofree char *why = join_words(words);
    if (*why) {
        decision_add_event(act->decision, act->actor, "note", "%s", why);
    }
}

static gboolean check_in_cadence(const Act *act, const Enrolment *active, GError **error)
{
    if (!active) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "lead %" G_GINT64_FORMAT " is in no cadence", act->lead->id);
    }
    return active != NULL;
}

static gboolean end_cadence(const Act *act, GError **error)
{
    const Enrolment *active = enrolment_find_active(act->past->enrolments);
    if (!check_in_cadence(act, active, error)) {
        return FALSE;
    }
    Enrolment *ended = enrolment_dup(active);
    g_free(ended->why);
    ended->state = ENROLMENT_STOPPED;
    ended->why = g_strdup_printf("%s has ended it", act->actor);
    act->decision->enrolment = ended;
    decision_add_event(act->decision, act->actor, "cadence", "%s ends at step %u", active->cadence, active->step + 1);
    note_why(act, act->arguments + 1);
    return TRUE;
}

static char *list_cadences(const Rulebook *rulebook)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < rulebook->cadences->len; i++) {
        g_string_append_printf(list, "%s%s", i ? ", " : "", ((const Cadence *)g_ptr_array_index(rulebook->cadences, i))->name);
    }
    return g_string_free(list, FALSE);
}

/* A cadence that would end at once, or write to somebody who asked us not to, is not begun. */
static gboolean check_begin(const Act *act, const Cadence *cadence, GError **error)
{
    const Lead *lead = act->lead;
    const char *email = field_find_value(lead->fields, "email");
    g_autofree char *address = email ? text_fold_address(email) : NULL;
    const Suppression *left =
        address ? suppression_find(act->past->suppressions, address, cadence->is_marketing, cadence->name, lead->created) : NULL;
    if (lead->exception || lead->status == STATUS_EXCEPTION) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "lead %" G_GINT64_FORMAT " is an exception (%s) and goes through no cadence: \"clear\" it first", lead->id,
                    lead->exception ? lead->exception : "undecided");
    } else if (!status_is_live(lead->status)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "lead %" G_GINT64_FORMAT " is %s and goes through no cadence: open it first, with \"contacted\" or \"nurture\"",
                    lead->id, status_get_name(lead->status));
    } else if (left) {
        g_autofree char *what = suppression_describe(left);
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "%s has asked to be left alone (%s): nothing of %s may go to them",
                    address, what, cadence->name);
    } else {
        return TRUE;
    }
    return FALSE;
}

static gboolean apply_cadence(const Act *act, GError **error)
{
    const char *name = act->arguments[0];
    const Enrolment *active = enrolment_find_active(act->past->enrolments);
    const Cadence *cadence = rulebook_find_cadence(act->rulebook, name);
    if (!cadence && strcmp(name, "none") == 0) {
        return end_cadence(act, error);
    }
    if (!cadence) {
        g_autofree char *list = list_cadences(act->rulebook);
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "there is no cadence \"%s\"; there are: %s; \"none\" ends the one it is in", name, list);
        return FALSE;
    }
    if (active && strcmp(active->cadence, name) == 0 && strcmp(active->version, cadence->version) == 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "lead %" G_GINT64_FORMAT " is in %s already, at step %u of its present version", act->lead->id, name,
                    active->step + 1);
        return FALSE;
    }
    if (!check_begin(act, cadence, error)) {
        return FALSE;
    }
    g_free(act->decision->cadence);
    act->decision->cadence = g_strdup(name);
    note_why(act, act->arguments + 1);
    return TRUE;
}

/* Asked for by its name, or when there is no task that could be meant. */
static gboolean is_about_step(const Act *act)
{
    const char *first = act->arguments[0];
    gboolean is_named = first && g_ascii_strcasecmp(first, "step") == 0;
    gboolean is_number = first && *first && strspn(first, "0123456789") == strlen(first);
    return is_named || (act->tasks->len == 0 && !is_number && enrolment_find_active(act->past->enrolments) != NULL);
}

static gboolean skip_step(const Act *act, char **words, GError **error)
{
    const Enrolment *active = enrolment_find_active(act->past->enrolments);
    if (!check_in_cadence(act, active, error)) {
        return FALSE;
    }
    const Cadence *cadence = rulebook_find_version(act->rulebook, active->cadence, active->version);
    if (!cadence || active->step >= cadence->steps->len) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "the version of %s that lead %" G_GINT64_FORMAT
                    " goes through cannot be used under these rules any more: \"cadence %s\" moves it to the present one",
                    active->cadence, act->lead->id, active->cadence);
        return FALSE;
    }
    const CadenceStep *step = g_ptr_array_index(cadence->steps, active->step);
    act->decision->enrolment = enrolment_dup(active);
    act->decision->touch = touch_new(active->step, step->channel, TOUCH_SKIPPED);
    note_why(act, words);
    return TRUE;
}

static gboolean apply_skip(const Act *act, GError **error)
{
    const char *first = act->arguments[0];
    if (!is_about_step(act)) {
        return apply_task(act, error);
    }
    return skip_step(act, act->arguments + (first && g_ascii_strcasecmp(first, "step") == 0 ? 1 : 0), error);
}

static const VerbRow rows[] = {
    {{"claim", "", "take the lead: you are its owner from now on"}, apply_claim, 0},
    {{"reassign", "PERSON", "give the lead to another person"}, apply_reassign, 0},
    {{"note", "TEXT...", "add a note to the history"}, apply_note, 0},
    {{"field", "NAME VALUE...", "what you know better: sets a field (a - takes it back); the rules judge again"}, apply_field, 0},
    {{"snooze", "UNTIL...",
      "not before 2026-03-09, monday or 3 days: what you owe waits until then, not what the prospect was told"},
     apply_snooze,
     0},
    {{"clear", "[TEXT...]", "lets the lead out of its exception; the rules judge again"}, apply_clear, 0},
    {{"hold", "[TEXT...]", "there may be a conflict: nothing more goes out until it is cleared"}, apply_hold, 0},
    {{"merge", "OTHER", "lead OTHER is the same enquiry: it becomes part of this one"}, apply_merge, 0},
    {{"undo", "", "parts again what was merged last"}, apply_undo, 0},
    {{"done", "[TASK] [TEXT...]", "a task of the lead is done: its only one, or the one of that number"}, apply_task, 0},
    {{"skip", "[TASK|step] [TEXT...]", "a task of the lead is left out; or (step) the next step of its cadence"}, apply_skip, 0},
    {{"cadence", "NAME|none [TEXT...]", "puts the lead into that cadence, or its present version; none ends the one it is in"},
     apply_cadence,
     0},
    {{"contacted", "[TEXT...]", "the first contact was made"}, apply_status, STATUS_CONTACTED},
    {{"engaged", "[TEXT...]", "they are talking with us"}, apply_status, STATUS_ENGAGED},
    {{"meeting", "[TEXT...]", "a meeting is agreed"}, apply_status, STATUS_MEETING},
    {{"proposal", "[TEXT...]", "a proposal is with them"}, apply_status, STATUS_PROPOSAL},
    {{"won", "[TEXT...]", "they are a client"}, apply_status, STATUS_WON},
    {{"lost", "[TEXT...]", "they went elsewhere, or nowhere"}, apply_status, STATUS_LOST},
    {{"nurture", "[TEXT...]", "not now: keep in touch"}, apply_status, STATUS_NURTURE},
    {{"not-qualified", "[TEXT...]", "no work for us"}, apply_status, STATUS_NOT_QUALIFIED},
    {{"insufficient-data", "[TEXT...]", "they never told us enough"}, apply_status, STATUS_INSUFFICIENT_DATA},
    {{"refer-on", "[PARTNER] [TEXT...]", "passed on to a partner: the one proposed, or the one named (-: none of the list)"},
     apply_refer_on,
     STATUS_REFERRED_ON},
};

const Verb *act_get_verbs(void)
{
    static Verb verbs[G_N_ELEMENTS(rows) + 1];
    static gsize is_filled = 0;
    if (g_once_init_enter(&is_filled)) {
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
            verbs[i] = rows[i].verb;
        }
        g_once_init_leave(&is_filled, 1);
    }
    return verbs;
}

static const VerbRow *find_row(const char *verb, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].verb.name, verb) == 0) {
            return &rows[i];
        }
        g_string_append_printf(known, "%s%s", i ? ", " : "", rows[i].verb.name);
    }
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "there is no verb \"%s\"; there are: %s", verb, known->str);
    return NULL;
}

static gboolean check_arguments(const VerbRow *row, char **arguments, GError **error)
{
    const char *wanted = row->verb.arguments;
    guint count = g_strv_length(arguments);
    gboolean is_missing = count == 0 && *wanted && *wanted != '[';
    gboolean is_too_many =
        (count > 0 && !*wanted) || (count > 1 && !g_str_has_suffix(wanted, "...") && !g_str_has_suffix(wanted, "...]"));
    if (is_missing || is_too_many) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "\"%s\" takes %s", row->verb.name, *wanted ? wanted : "no argument");
        return FALSE;
    }
    return TRUE;
}

/*
 * A lead that may be against a client of ours is for whoever clears it, and leaves that desk in no other way than cleared or closed: every other verb would let go
 * of what is held, or show it to others.
 */
static gboolean check_held(const Act *act, const char *verb, GError **error)
{
    static const char *const allowed[] = {"clear", "note", "field", "hold", "not-qualified", "lost", "undo", "done", "skip", NULL};
    const Settings *settings = act->rulebook->settings;
    const Person *holder = settings_find_duty(settings, "conflicts");
    const char *name = holder ? holder->name : "whoever clears conflicts";
    if (g_strcmp0(act->lead->exception, "conflict-check") != 0) {
        return TRUE;
    }
    if (settings_find_person(settings, act->actor) && !settings_is_on_duty(settings, act->actor, "conflicts")) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "a conflict is being checked on lead %" G_GINT64_FORMAT ": only %s may act on it", act->lead->id, name);
        return FALSE;
    }
    if (!g_strv_contains(allowed, verb)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "a conflict is being checked on lead %" G_GINT64_FORMAT
                    ": \"clear\" it first, or close it with \"not-qualified\" "
                    "or \"lost\"",
                    act->lead->id);
        return FALSE;
    }
    return TRUE;
}

gboolean act_apply(Decision *decision, const Lead *lead, const Past *past, const char *verb, char **arguments, const char *actor,
                   const Rulebook *rulebook, GError **error)
{
    const VerbRow *row = find_row(verb, error);
    if (!row || !check_arguments(row, arguments, error)) {
        return FALSE;
    }
    if (lead->merged_into != 0 && strcmp(verb, "undo") != 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT,
                    "lead %" G_GINT64_FORMAT " is part of lead %" G_GINT64_FORMAT
                    ": act on that one, or part them with \"act %" G_GINT64_FORMAT " undo\"",
                    lead->id, lead->merged_into, lead->id);
        return FALSE;
    }
    Act act = {.decision = decision,
               .lead = lead,
               .other = past->other,
               .past = past,
               .row = row,
               .arguments = arguments,
               .actor = actor,
               .partners = past->partners,
               .tasks = past->tasks,
               .rulebook = rulebook};
    return check_held(&act, verb, error) && row->apply(&act, error);
}
