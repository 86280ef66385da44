/*
 * command/explain_promise.c - usher explain --promise: how the time of a promise was counted, day by day
 *
 * Takes what is on record of one promise; prints each local day from the moment it was made to its due time, with its hours or why it is closed, and where the promise
 * stands now. The days come from the very walk that gives deadlines (base/calendar_count.c), so they are how it was counted and not a second opinion.
 *
 * They are counted with the calendar of today. Where that gives another time than the one that was promised, hours, holidays or people have changed since, and that is
 * said: what was promised stands.
 */
#include "explain_promise.h"

#include <string.h>
#include <sysexits.h>

typedef struct {
    const PromiseState *promise;
    const Settings *settings;
    PromiseCount count;       /* borrowed: the one on record, or the likeliest */
    gboolean is_guessed;      /* it was made before counts were kept */
    const Person *person;     /* in whose hours it is counted; NULL: the firm's */
    const Calendar *calendar; /* theirs */
    PromiseTimes times;
    UsherTime now;
} Explained;

/* One stretch of the count: the span, the way to the next opening, the cap. */
typedef struct {
    const Explained *explained;
    const char *what; /* "count", "opening", "at_most" */
    Span span;
    UsherTime from, to;
    const Calendar *calendar;
    const Person *person;
    GPtrArray *days; /* Day */
} Part;

typedef struct {
    char *date;       /* "2026-12-25" */
    char *shown;      /* "Fri 25 Dec 2026" */
    GPtrArray *hours; /* char*: "09:00-17:30" */
    char *closed;     /* why it is; NULL */
    gint64 skipped_s;
    gint64 used, left; /* days or seconds, as the span is counted */
} Day;

/* ---- words ---- */

static gboolean counts_days(Span span)
{
    return span.unit == SPAN_BUSINESS_DAYS || span.unit == SPAN_END_OF_DAY || (span.unit == SPAN_BUSINESS_TIME && span.amount == 0);
}

/* "22 h 30 min"; seconds only where there are no minutes. */
static char *say_seconds(gint64 seconds)
{
    gint64 hours = seconds / 3600, minutes = seconds % 3600 / 60;
    if (seconds < 60) {
        return g_strdup_printf("%" G_GINT64_FORMAT " s", seconds);
    }
    if (hours == 0) {
        return g_strdup_printf("%" G_GINT64_FORMAT " min", minutes);
    }
    return minutes == 0 ? g_strdup_printf("%" G_GINT64_FORMAT " h", hours)
                        : g_strdup_printf("%" G_GINT64_FORMAT " h %" G_GINT64_FORMAT " min", hours, minutes);
}

static char *say_amount(Span span, gint64 amount)
{
    if (amount == 0) {
        return g_strdup("-");
    }
    return counts_days(span) ? g_strdup_printf("%" G_GINT64_FORMAT " day%s", amount, amount == 1 ? "" : "s") : say_seconds(amount);
}

static char *format_moment(const Calendar *calendar, UsherTime moment, const char *form)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, calendar_get_zone(calendar));
    return g_date_time_format(local, form);
}

static const char *get_zone_name(const Calendar *calendar)
{
    return g_time_zone_get_identifier(calendar_get_zone(calendar));
}

/* In the firm's zone, and in that of the person whose hours count where it is another. */
static char *say_moment(const Explained *explained, UsherTime moment)
{
    const Calendar *firm = explained->settings->calendar;
    g_autofree char *here = format_moment(firm, moment, "%a %-d %b %Y %H:%M");
    if (strcmp(get_zone_name(firm), get_zone_name(explained->calendar)) == 0) {
        return g_steal_pointer(&here);
    }
    g_autofree char *there = format_moment(explained->calendar, moment, "%a %-d %b %H:%M");
    return g_strdup_printf("%s (%s there)", here, there);
}

static char *say_closed(const Part *part, const CountedDay *day)
{
    static const char *const weekdays[] = {"Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"};
    if (day->hours) {
        return NULL;
    }
    if (day->holiday) {
        return g_strdup(day->holiday);
    }
    if (day->weekday >= 5) {
        return g_strdup("weekend");
    }
    return part->person ? g_strdup_printf("%s does not work on %s", part->person->name, weekdays[day->weekday])
                        : g_strdup_printf("no business on %s", weekdays[day->weekday]);
}

/* ---- the count ---- */

static void free_day(gpointer data)
{
    Day *day = data;
    g_free(day->date);
    g_free(day->shown);
    g_ptr_array_unref(day->hours);
    g_free(day->closed);
    g_free(day);
}

static void add_day(const CountedDay *counted, gpointer data)
{
    Part *part = data;
    Day *day = g_new0(Day, 1);
    day->date = calendar_format_day(part->calendar, counted->begin);
    day->shown = format_moment(part->calendar, counted->begin, "%a %-d %b %Y");
    day->hours = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; counted->hours && i < counted->hours->len; i++) {
        const OpenHours *hours = &g_array_index(counted->hours, OpenHours, i);
        g_ptr_array_add(day->hours, g_strdup_printf("%02d:%02d-%02d:%02d", hours->from_s / 3600, hours->from_s / 60 % 60,
                                                    hours->to_s / 3600, hours->to_s / 60 % 60));
    }
    day->closed = say_closed(part, counted);
    day->skipped_s = counted->skipped_s;
    day->used = counted->used;
    day->left = counted->left;
    g_ptr_array_add(part->days, day);
}

static Part *make_part(const Explained *explained, const char *what, UsherTime from, Span span)
{
    gboolean is_firms = strcmp(what, "at_most") == 0;
    Part *part = g_new0(Part, 1);
    part->explained = explained;
    part->what = what;
    part->span = span;
    part->from = from;
    part->calendar = is_firms ? explained->settings->calendar : explained->calendar;
    part->person = is_firms ? NULL : explained->person;
    part->days = g_ptr_array_new_with_free_func(free_day);
    part->to = calendar_count(part->calendar, from, span, add_day, part);
    return part;
}

static void free_part(gpointer data)
{
    g_ptr_array_unref(((Part *)data)->days);
    g_free(data);
}

/* All that has a part in the due time. A cap that is not sooner has none. */
static GPtrArray *make_parts(const Explained *explained)
{
    const PromiseCount *count = &explained->count;
    const PromiseTimes *times = &explained->times;
    GPtrArray *parts = g_ptr_array_new_with_free_func(free_part);
    g_ptr_array_add(parts, make_part(explained, "count", count->made, count->due));
    if (times->opened != times->counted) {
        g_ptr_array_add(parts, make_part(explained, "opening", times->counted, (Span){SPAN_BUSINESS_TIME, 0}));
    }
    if (times->due < times->opened) {
        g_ptr_array_add(parts, make_part(explained, "at_most", count->made, count->cap));
    }
    return parts;
}

/* ---- how it stands ---- */

static const char *get_state(const Explained *explained)
{
    const PromiseState *promise = explained->promise;
    if (promise->withdrawn) {
        return "withdrawn";
    }
    if (promise->kept) {
        return promise->kept > promise->due ? "kept late" : "kept";
    }
    return explained->now > promise->due ? "late" : "open";
}

/* The moment to be compared with the due time: when it was closed, or now. */
static UsherTime get_end(const Explained *explained)
{
    return explained->promise->kept ? explained->promise->kept : explained->now;
}

/* "1 h 30 min of business left (66 h 30 min by the clock)" */
static char *say_between(const Explained *explained, UsherTime from, UsherTime to, const char *what)
{
    g_autofree char *business = say_seconds(calendar_measure(explained->calendar, from, to)), *elapsed = say_seconds(to - from);
    return g_strdup_printf("%s of business %s (%s by the clock)", business, what, elapsed);
}

static char *say_state(const Explained *explained)
{
    const PromiseState *promise = explained->promise;
    UsherTime end = get_end(explained), from = MIN(end, promise->due), to = MAX(end, promise->due);
    const char *what = end > promise->due ? "late" : promise->kept ? "before it was due" : "left";
    g_autofree char *between = say_between(explained, from, to, what);
    g_autofree char *at = promise->kept ? say_moment(explained, promise->kept) : NULL;
    if (promise->withdrawn) {
        return g_strdup_printf("withdrawn %s: nobody owes it any more", at);
    }
    if (promise->kept) {
        return g_strdup_printf("kept %s, %s", at, between);
    }
    return g_strdup_printf("%s, %s", end > promise->due ? "not kept" : "open", between);
}

/* ---- for people ---- */

static void print_line(const char *label, const char *text)
{
    printf("%-14s%s\n", label, text);
}

static char *say_rule(const PromiseCount *count)
{
    g_autofree char *due = span_format(count->due), *cap = count->has_cap ? span_format(count->cap) : NULL;
    return g_strconcat(due, cap ? ", at most " : "", cap ? cap : "", count->place ? " (" : "", count->place ? count->place : "",
                       count->place ? ")" : "", NULL);
}

static void print_heading(const Explained *explained)
{
    const PromiseState *promise = explained->promise;
    g_autofree char *made = say_moment(explained, explained->count.made), *due = say_moment(explained, promise->due),
                    *rule = say_rule(&explained->count), *state = say_state(explained);
    g_autofree char *hours = g_strdup_printf("%s hours, %s", explained->person ? explained->person->name : "the firm's",
                                             get_zone_name(explained->calendar));
    g_autofree char *own = explained->person
                               ? g_strdup_printf("%s's own hours, %s", explained->person->name, get_zone_name(explained->calendar))
                               : NULL;
    printf("Promise %" G_GINT64_FORMAT " of lead %" G_GINT64_FORMAT ": %s; %s answers for it\n", promise->id, promise->lead,
           promise->kind, promise->owner);
    print_line("made", made);
    print_line("due", due);
    print_line("rule", rule);
    print_line("counted in", own ? own : hours);
    print_line("stands", state);
}

static void print_notes(const Explained *explained)
{
    const PromiseTimes *times = &explained->times;
    if (explained->is_guessed) {
        puts("\nIt was made before Usher kept how promises are counted: this is the likeliest rule of today's, from the moment the "
             "lead came in.");
    }
    if (explained->count.hours && !explained->person) {
        printf("\nIt was counted in the hours of \"%s\", who is not in usher.yaml any more; here it is counted in the firm's.\n",
               explained->count.hours);
    }
    if (times->due != explained->promise->due) {
        g_autofree char *due = say_moment(explained, times->due);
        printf("\nCounted today it would be due %s: hours, holidays or rules have changed since. What was promised stands.\n", due);
    }
    if (times->cap > times->opened) {
        g_autofree char *cap = say_moment(explained, times->cap), *most = span_format(explained->count.cap);
        printf("\nAt most %s would be %s: later, so it changes nothing.\n", most, cap);
    }
}

static char *say_hours(const Part *part, const Day *day)
{
    if (part->span.unit == SPAN_ELAPSED) {
        return g_strdup_printf("round the clock%s%s", day->skipped_s ? ", " : "",
                               day->skipped_s > 0   ? "the clocks go forward"
                               : day->skipped_s < 0 ? "the clocks go back"
                                                    : "");
    }
    if (day->closed) {
        return g_strdup_printf("closed: %s", day->closed);
    }
    GString *said = g_string_new(NULL);
    for (guint i = 0; i < day->hours->len; i++) {
        g_string_append_printf(said, "%s%s", i ? ", " : "", (const char *)g_ptr_array_index(day->hours, i));
    }
    if (day->skipped_s) {
        g_string_append(said, day->skipped_s > 0 ? "; the clocks go forward" : "; the clocks go back");
    }
    return g_string_free(said, FALSE);
}

static void print_part(const Part *part)
{
    g_autofree char *to = say_moment(part->explained, part->to), *span = span_format(part->span);
    if (strcmp(part->what, "opening") == 0) {
        printf("\n%s then: it is due after that\n", part->person ? "They are not at work" : "Business is closed");
    } else {
        printf("\n%s%s\n", strcmp(part->what, "at_most") == 0 ? "That is later than it may be: at most " : "Counted: ", span);
    }
    Table *table = table_new("DAY", "HOURS", "COUNTED", "LEFT", NULL);
    for (guint i = 0; i < part->days->len; i++) {
        const Day *day = g_ptr_array_index(part->days, i);
        g_autofree char *hours = say_hours(part, day), *used = say_amount(part->span, day->used),
                        *left = say_amount(part->span, day->left);
        table_add(table, day->shown, hours, used, left, NULL);
    }
    table_print(table, stdout);
    printf("until %s\n", to);
}

static void print_explained(const Explained *explained, const GPtrArray *parts)
{
    print_heading(explained);
    for (guint i = 0; i < parts->len; i++) {
        print_part(g_ptr_array_index(parts, i));
    }
    print_notes(explained);
}

/* ---- for programs ---- */

static json_t *from_day(const Part *part, const Day *day)
{
    gboolean is_days = counts_days(part->span);
    json_t *hours = json_array();
    for (guint i = 0; i < day->hours->len; i++) {
        json_array_append_new(hours, json_string(g_ptr_array_index(day->hours, i)));
    }
    return json_pack("{s:s, s:o, s:s?, s:I, s:I, s:I}", "date", day->date, "hours", hours, "closed", day->closed, "clocks_skip_s",
                     (json_int_t)day->skipped_s, is_days ? "used_days" : "used_s", (json_int_t)day->used,
                     is_days ? "left_days" : "left_s", (json_int_t)day->left);
}

static json_t *from_part(const Part *part)
{
    g_autofree char *span = span_format(part->span);
    json_t *days = json_array();
    for (guint i = 0; i < part->days->len; i++) {
        json_array_append_new(days, from_day(part, g_ptr_array_index(part->days, i)));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "what", part->what, "span", span, "from", json_from_moment(part->from), "to",
                     json_from_moment(part->to), "days", days);
}

static json_t *from_between(const Explained *explained, UsherTime from, UsherTime to)
{
    return from < to ? json_pack("{s:I, s:I}", "business_s", (json_int_t)calendar_measure(explained->calendar, from, to),
                                 "elapsed_s", (json_int_t)(to - from))
                     : json_null();
}

static json_t *from_explained(const Explained *explained, const GPtrArray *parts)
{
    const PromiseState *promise = explained->promise;
    const PromiseCount *count = &explained->count;
    g_autofree char *due = span_format(count->due), *cap = count->has_cap ? span_format(count->cap) : NULL;
    json_t *list = json_array();
    for (guint i = 0; i < parts->len; i++) {
        json_array_append_new(list, from_part(g_ptr_array_index(parts, i)));
    }
    json_t *object =
        json_pack("{s:I, s:I, s:s, s:s, s:s?, s:s, s:o, s:o, s:o, s:o}", "id", (json_int_t)promise->id, "lead",
                  (json_int_t)promise->lead, "kind", promise->kind, "owner", promise->owner, "kept_by", promise->kept_by, "state",
                  get_state(explained), "made", json_from_moment(count->made), "due", json_from_moment(promise->due), "kept",
                  json_from_moment(promise->kept), "broken", json_from_moment(promise->broken));
    json_t *counted =
        json_pack("{s:s?, s:s, s:s?, s:s?, s:s, s:b, s:o, s:b, s:o}", "rule", count->place, "span", due, "at_most", cap, "hours_of",
                  explained->person ? explained->person->id : NULL, "timezone", get_zone_name(explained->calendar),
                  "rule_is_guessed", explained->is_guessed, "counted_today", json_from_moment(explained->times.due), "agrees",
                  explained->times.due == promise->due, "count", list);
    json_object_update_missing(object, counted);
    json_decref(counted);
    json_object_set_new(object, "left", from_between(explained, get_end(explained), promise->due));
    json_object_set_new(object, "late", from_between(explained, promise->due, get_end(explained)));
    return object;
}

/* ---- the command ---- */

/* Of a promise that was made before counts were kept: the rule of its kind that gives its time from when the lead came in, else the first. */
static PromiseCount guess_count(const PromiseState *promise, const Lead *lead, const Rulebook *rulebook)
{
    PromiseCount first = {.made = lead->created};
    gboolean has_first = FALSE;
    for (guint i = 0; i < rulebook->promises->len; i++) {
        const PromiseRule *rule = g_ptr_array_index(rulebook->promises, i);
        if (strcmp(rule->kind, promise->kind) != 0) {
            continue;
        }
        PromiseCount count = promise_rule_get_count(rule, lead->created);
        if (promise_count(&count, rulebook->settings->calendar, rulebook->settings->calendar).due == promise->due) {
            return count;
        }
        first = has_first ? first : count;
        has_first = TRUE;
    }
    return first;
}

static int explain(Instance *instance, const PromiseState *promise, const Lead *lead)
{
    const Settings *settings = instance->rulebook->settings;
    Explained explained = {.promise = promise, .settings = settings, .count = promise->count, .now = instance_now(instance)};
    if (promise->count.made == 0) {
        explained.is_guessed = TRUE;
        explained.count = guess_count(promise, lead, instance->rulebook);
    }
    const char *hours = explained.count.hours;
    explained.person = hours ? settings_find_person(settings, hours) : NULL;
    explained.calendar = explained.person ? settings_get_calendar(settings, explained.person) : settings->calendar;
    explained.times = promise_count(&explained.count, explained.calendar, settings->calendar);
    g_autoptr(GPtrArray) parts = make_parts(&explained);
    if (instance->is_json) {
        json_print(from_explained(&explained, parts));
    } else {
        print_explained(&explained, parts);
    }
    return 0;
}

/* The promise of that kind that is open, else the last one; NULL. */
static const PromiseState *find_of_kind(const LeadFile *file, const char *kind)
{
    const PromiseState *found = NULL;
    for (guint i = 0; i < file->promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(file->promises, i);
        if (strcmp(promise->kind, kind) == 0 && (!found || found->kept != 0)) {
            found = promise;
        }
    }
    return found;
}

static const PromiseState *find_by_id(const LeadFile *file, gint64 id)
{
    for (guint i = 0; i < file->promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(file->promises, i);
        if (promise->id == id) {
            return promise;
        }
    }
    return NULL;
}

static int fail_not_found(const char *text, const LeadFile *file)
{
    fprintf(stderr, "usher: there is no promise \"%s\"", text);
    for (guint i = 0; file && i < file->promises->len; i++) {
        fprintf(stderr, "%s%s", i ? ", " : "; the lead has: ", ((const PromiseState *)g_ptr_array_index(file->promises, i))->kind);
    }
    fputs("\nName it by its number, or as LEAD:KIND, for example 17:first-contact.\n", stderr);
    return EX_DATAERR;
}

int explain_promise(Instance *instance, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ":", 2);
    const char *digits = words[0] ? words[0] : "";
    guint64 number = 0;
    digits += (words[1] ? g_ascii_toupper(*digits) == 'L' : g_ascii_toupper(*digits) == 'P') ? 1 : 0;
    if (!g_ascii_string_to_unsigned(digits, 10, 1, G_MAXINT64, &number, NULL)) {
        fprintf(stderr, "usher: \"%s\" is no promise: name it by its number, or as LEAD:KIND, for example 17:first-contact\n",
                text);
        return EX_USAGE;
    }
    if (!instance_open(instance)) {
        return EX_CONFIG;
    }
    g_autoptr(GError) error = NULL;
    gint64 lead = (gint64)number;
    if (!words[1] && !record_find_lead_of_promise(instance->record, (gint64)number, &lead, &error)) {
        return instance_fail(error);
    }
    g_autoptr(LeadFile) file = lead ? record_read_lead(instance->record, lead, &error) : NULL;
    if (lead && !file) {
        return instance_fail(error);
    }
    const PromiseState *promise = !file ? NULL : words[1] ? find_of_kind(file, words[1]) : find_by_id(file, (gint64)number);
    return promise ? explain(instance, promise, file->lead) : fail_not_found(text, file);
}
