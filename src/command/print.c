/*
 * command/print.c - values for people on a terminal
 *
 * What a stranger wrote has been made printable when it was read (base/text.h), so nothing here can move the cursor.
 */
#include "command.h"

#include <stdarg.h>
#include <string.h>

#include "usher/base/text.h"

#define MAX_CELL_CHARS 80
#define MAX_DETAIL_CHARS 4000

/* ---- tables ---- */

struct Table {
    GPtrArray *rows; /* GPtrArray of char* */
};

static GPtrArray *read_cells(const char *first, va_list rest)
{
    GPtrArray *cells = g_ptr_array_new_with_free_func(g_free);
    for (const char *cell = first; cell; cell = va_arg(rest, const char *)) {
        g_ptr_array_add(cells, g_strdup(cell));
    }
    return cells;
}

Table *table_new(const char *first_heading, ...)
{
    Table *table = g_new0(Table, 1);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    va_list rest;
    va_start(rest, first_heading);
    g_ptr_array_add(table->rows, read_cells(first_heading, rest));
    va_end(rest);
    return table;
}

void table_free(Table *table)
{
    g_ptr_array_unref(table->rows);
    g_free(table);
}

void table_add(Table *table, const char *first_cell, ...)
{
    va_list rest;
    va_start(rest, first_cell);
    g_ptr_array_add(table->rows, read_cells(first_cell, rest));
    va_end(rest);
}

static glong measure_column(const Table *table, guint column)
{
    glong widest = 0;
    for (guint i = 0; i < table->rows->len; i++) {
        const GPtrArray *cells = g_ptr_array_index(table->rows, i);
        if (column < cells->len) {
            widest = MAX(widest, MIN(MAX_CELL_CHARS, g_utf8_strlen(g_ptr_array_index(cells, column), -1)));
        }
    }
    return widest;
}

static void print_row(const GPtrArray *cells, const glong *widths, FILE *stream)
{
    for (guint i = 0; i < cells->len; i++) {
        const char *cell = g_ptr_array_index(cells, i);
        g_autofree char *shown = g_utf8_substring(cell, 0, MIN(MAX_CELL_CHARS, g_utf8_strlen(cell, -1)));
        gboolean is_last = i + 1 == cells->len;
        fprintf(stream, "%s%*s", shown, is_last ? 0 : (int)(widths[i] - g_utf8_strlen(shown, -1) + 2), "");
    }
    fputc('\n', stream);
}

void table_print(Table *take_table, FILE *stream)
{
    const GPtrArray *heading = g_ptr_array_index(take_table->rows, 0);
    g_autofree glong *widths = g_new0(glong, heading->len);
    for (guint i = 0; i < heading->len; i++) {
        widths[i] = measure_column(take_table, i);
    }
    for (guint i = 0; i < take_table->rows->len; i++) {
        print_row(g_ptr_array_index(take_table->rows, i), widths, stream);
    }
    table_free(take_table);
}

char *print_moment(const Settings *settings, UsherTime moment)
{
    if (!moment) {
        return g_strdup("-");
    }
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, calendar_get_zone(settings->calendar));
    return g_date_time_format(local, "%a %-d %b %H:%M");
}

/* ---- parts of a judgement ---- */

static void write_label(FILE *stream, const char *label)
{
    fprintf(stream, "%-14s", label);
}

static void print_line(FILE *stream, const char *label, const char *value)
{
    if (value && *value) {
        write_label(stream, label);
        fprintf(stream, "%s\n", value);
    }
}

static void print_list(FILE *stream, const char *label, const GPtrArray *strings)
{
    if (strings->len == 0) {
        return;
    }
    write_label(stream, label);
    for (guint i = 0; i < strings->len; i++) {
        fprintf(stream, "%s%s", i ? ", " : "", (const char *)g_ptr_array_index(strings, i));
    }
    fputc('\n', stream);
}

static void print_fields(FILE *stream, const GPtrArray *fields)
{
    if (fields->len == 0) {
        return;
    }
    fputs("\nFields\n", stream);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = g_ptr_array_index(fields, i);
        g_auto(GStrv) lines = g_strsplit(field->value, "\n", -1);
        fprintf(stream, "  %-15s%s\n", field->name, lines[0] ? lines[0] : "");
        for (guint j = 1; lines[0] && lines[j]; j++) {
            fprintf(stream, "  %-15s%s\n", "", lines[j]);
        }
        fprintf(stream, "  %-15s  by %s%s%s%s\n", "", field->rule ? field->rule : "?",
                field->evidence && *field->evidence ? ": \"" : "", field->evidence ? field->evidence : "",
                field->evidence && *field->evidence ? "\"" : "");
    }
}

static void print_dimensions(FILE *stream, const Decision *decision)
{
    if (decision->dimensions->len > 0) {
        fputs("\nDimensions\n", stream);
    }
    for (guint i = 0; i < decision->dimensions->len; i++) {
        const DimensionVerdict *verdict = g_ptr_array_index(decision->dimensions, i);
        fprintf(stream, "  %-15s%-14s%s\n", verdict->dimension, verdict->verdict, verdict->because);
    }
}

static void print_score(FILE *stream, const Decision *decision)
{
    fprintf(stream, "\nScore %d, tier %s\n", decision->score, decision->tier ? decision->tier : "none");
    for (guint i = 0; i < decision->score_parts->len; i++) {
        const ScorePart *part = g_ptr_array_index(decision->score_parts, i);
        fprintf(stream, "  %+4d  %-22s%s\n", part->points, part->rule, part->because ? part->because : "");
    }
    for (guint i = 0; i < BANT_COUNT; i++) {
        const BantVerdict *verdict = &decision->bant[i];
        const char *said = !verdict->is_known ? "not known" : verdict->is_met ? "yes" : "no";
        fprintf(stream, "  %4s  %-10s%-12s%s\n", "", bant_get_name((BantDimension)i), said,
                verdict->because ? verdict->because : "");
    }
}

static void print_candidates(FILE *stream, const char *title, int width, const GPtrArray *candidates)
{
    if (candidates->len == 0) {
        return;
    }
    fprintf(stream, "\n%s\n", title);
    for (guint i = 0; i < candidates->len; i++) {
        const Candidate *candidate = g_ptr_array_index(candidates, i);
        fprintf(stream, "  %-4s%-*s%s\n", candidate->is_eligible ? "yes" : "no", width, candidate->person,
                candidate->because ? candidate->because : "");
    }
}

static void print_choices(FILE *stream, const Decision *decision)
{
    print_candidates(stream, "Who could take it", 12, decision->candidates);
    print_candidates(stream, "Which partner", 28, decision->partners);
}

static void print_mail_rows(FILE *stream, const GPtrArray *mails, const Settings *settings)
{
    if (mails->len == 0) {
        return;
    }
    fputs("\nMails\n", stream);
    for (guint i = 0; i < mails->len; i++) {
        const OutgoingMail *mail = g_ptr_array_index(mails, i);
        g_autofree char *when = print_moment(settings, mail->sent ? mail->sent : mail->due);
        fprintf(stream, "  %-14s%s%-9s%s  %s: %s\n", mail->purpose, strlen(mail->purpose) < 14 ? "" : " ",
                mail->id ? mail_state_get_name(mail->state) : "would go", when, mail->to->address, mail->subject);
        if (mail->last_answer && mail->state != MAIL_SENT) {
            fprintf(stream, "  %-14s%s\n", "", mail->last_answer);
        }
    }
}

/* "Anna Reyes <anna@example.org>", or the address alone. Owned by the caller. */
static char *show_mailbox(const Mailbox *mailbox)
{
    return *mailbox->name ? g_strdup_printf("%s <%s>", mailbox->name, mailbox->address) : g_strdup(mailbox->address);
}

static void print_mailbox(FILE *stream, const char *label, const Mailbox *mailbox)
{
    if (mailbox) {
        g_autofree char *shown = show_mailbox(mailbox);
        print_line(stream, label, shown);
    }
}

static void print_parties(FILE *stream, const char *sure, const char *near, const GPtrArray *matches)
{
    for (guint i = 0; i < matches->len; i++) {
        const PartyMatch *match = g_ptr_array_index(matches, i);
        const Party *party = match->party;
        const char *own = party->list == PARTY_CLIENT ? party->owner : party->matter;
        g_autofree char *because = party_match_describe(match);
        g_autofree char *said = g_strdup_printf("%s%s%s%s: %s", party->name, *own ? " (" : "", own, *own ? ")" : "", because);
        print_line(stream, match->how == PARTY_BY_NEAR_NAME ? near : sure, said);
    }
}

static void print_judgement(const Decision *decision, FILE *stream)
{
    print_line(stream, "track", track_get_name(decision->track));
    print_line(stream, "channel", decision->channel);
    print_line(stream, "source", decision->source);
    print_line(stream, "status", status_get_name(decision->status));
    print_line(stream, "history", decision->is_history ? "read out of old mail; nobody is asked to do anything about it" : NULL);
    print_line(stream, "route", decision->route);
    print_line(stream, "because", decision->route_because);
    print_line(stream, "exception", decision->exception);
    print_line(stream, "owner", decision->owner);
    print_line(stream, "partner", decision->partner);
    print_line(stream, "from partner", decision->from_partner);
    print_parties(stream, "client", "close to client", decision->clients);
    print_parties(stream, "conflict", "close to", decision->conflicts);
    print_mailbox(stream, "referrer", decision->referrer);
    print_line(stream, "first action", decision->action);
    if (decision->likely_value > 0) {
        g_autofree char *worth = text_from_pounds(decision->likely_value);
        print_line(stream, "likely value", worth);
    }
    if (decision->route) {
        write_label(stream, "complete");
        fprintf(stream, "%u %%\n", decision->completeness);
    }
    print_list(stream, "missing", decision->missing);
    print_list(stream, "contradictory", decision->contradictions);
}

static const CadenceStep *find_step(const Enrolment *enrolment, const Rulebook *rulebook)
{
    const Cadence *cadence = rulebook_find_version(rulebook, enrolment->cadence, enrolment->version);
    return cadence && enrolment->step < cadence->steps->len ? g_ptr_array_index(cadence->steps, enrolment->step) : NULL;
}

static void print_begun(const Decision *decision, const Rulebook *rulebook, FILE *stream)
{
    const CadenceStep *step = decision->enrolment ? find_step(decision->enrolment, rulebook) : NULL;
    if (!step) {
        print_line(stream, "cadence", decision->cadence);
        return;
    }
    g_autofree char *due = print_moment(rulebook->settings, decision->enrolment->due);
    g_autofree char *said = g_strdup_printf("%s, first step: %s, %s", decision->cadence, step->channel, due);
    print_line(stream, "cadence", said);
}

static void print_verdict(const Decision *decision, FILE *stream)
{
    print_line(stream, "kind", kind_get_name(decision->kind));
    g_autofree char *because = g_strdup_printf("%s: %s", decision->kind_rule ? decision->kind_rule : "?",
                                               decision->kind_evidence ? decision->kind_evidence : "");
    print_line(stream, "because", because);
    print_line(stream, "disposition", disposition_get_name(decision->disposition));
    print_line(stream, "reason", decision->reason);
}

static void print_events(const Decision *decision, FILE *stream)
{
    for (guint i = 0; i < decision->events->len; i++) {
        const Event *event = g_ptr_array_index(decision->events, i);
        fprintf(stream, "%s%s: %s\n", i ? "  " : "\nEvents\n  ", event->what, event->detail);
    }
}

/* ---- whole things ---- */

void print_decision(const Decision *decision, const Rulebook *rulebook, FILE *stream)
{
    print_verdict(decision, stream);
    if (!decision->opens_lead && !decision->lead) {
        print_events(decision, stream); /* whose address a bounce is about, and why */
        return;
    }
    print_judgement(decision, stream);
    print_begun(decision, rulebook, stream);
    print_fields(stream, decision->fields);
    print_dimensions(stream, decision);
    print_score(stream, decision);
    print_choices(stream, decision);
    print_mail_rows(stream, decision->mails, rulebook->settings);
    if (decision->promises->len > 0) {
        fputs("\nPromises\n", stream);
    }
    for (guint i = 0; i < decision->promises->len; i++) {
        const Promise *promise = g_ptr_array_index(decision->promises, i);
        g_autofree char *due = print_moment(rulebook->settings, promise->due);
        fprintf(stream, "  %-18sby %s  %s\n", promise->kind, due, promise->kept ? "kept" : promise->owner);
    }
    print_events(decision, stream);
}

/* "owner, deputy": whom it was escalated to so far. NULL: nobody. */
static char *say_told(const PromiseState *promise, const Rulebook *rulebook)
{
    const PromiseRule *rule = rulebook_find_promise_rule(rulebook, promise);
    const GArray *steps = rule && rule->escalate ? rule->escalate : rulebook->promise_defaults.escalate;
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 0; i < promise->escalated && i < steps->len; i++) {
        g_string_append_printf(words, "%s%s", i ? ", " : "", g_array_index(steps, EscalationStep, i).to);
    }
    return words->len ? g_strdup(words->str) : NULL;
}

static char *say_kept(const PromiseState *promise, const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    g_autofree char *kept = print_moment(settings, promise->kept);
    if (promise->withdrawn) {
        return g_strdup_printf("withdrawn %s", kept);
    }
    if (!promise->broken) {
        return g_strdup_printf("kept %s", kept);
    }
    g_autofree char *late = calendar_say_late(settings->calendar, promise->due, promise->kept);
    return g_strdup_printf("broken, kept late %s: %s", kept, late);
}

char *print_promise_stand(const PromiseState *promise, const Rulebook *rulebook, UsherTime now)
{
    if (promise->kept) {
        return say_kept(promise, rulebook);
    }
    if (!promise->broken && promise->due >= now) {
        return g_strdup(promise->warned && promise->warned <= now ? "warned" : "open");
    }
    g_autofree char *late = calendar_say_late(rulebook->settings->calendar, promise->due, now);
    g_autofree char *told = say_told(promise, rulebook);
    return g_strdup_printf("late by %s%s%s", late, told ? ", told " : "", told ? told : "");
}

static void print_promise_states(FILE *stream, const GPtrArray *promises, const Rulebook *rulebook)
{
    for (guint i = 0; i < promises->len; i++) {
        const PromiseState *promise = g_ptr_array_index(promises, i);
        g_autofree char *due = print_moment(rulebook->settings, promise->due);
        /* How late an open one is depends on when one asks; here is what is on record. */
        g_autofree char *stand = promise->kept     ? print_promise_stand(promise, rulebook, 0)
                                 : promise->broken ? g_strdup("broken")
                                                   : g_strdup(promise->warned ? "open, warned" : "open");
        fprintf(stream, "%s%-18sby %s  %s\n", i ? "  " : "\nPromises\n  ", promise->kind, due, stand);
    }
}

static void print_task_rows(FILE *stream, const GPtrArray *tasks, const Settings *settings)
{
    for (guint i = 0; i < tasks->len; i++) {
        const Task *task = g_ptr_array_index(tasks, i);
        g_autofree char *due = print_moment(settings, task->due);
        g_autofree char *outcome = text_to_line(task->outcome ? task->outcome : "", MAX_DETAIL_CHARS);
        const char *stand = task->done ? "done" : task->cancelled ? "left out" : "open";
        fprintf(stream, "%s%" G_GINT64_FORMAT "  by %s  %-10s%-10s%s%s%s\n", i ? "  " : "\nTasks\n  ", task->id, due, task->person,
                stand, task->said, *outcome ? ": " : "", outcome);
    }
}

static void print_enrolment(FILE *stream, const EnrolmentLine *line, const Rulebook *rulebook)
{
    const Enrolment *enrolment = line->enrolment;
    const Cadence *present = rulebook_find_cadence(rulebook, enrolment->cadence);
    gboolean is_old = !present || strcmp(present->version, enrolment->version) != 0;
    gboolean is_active = enrolment->state == ENROLMENT_ACTIVE;
    g_autofree char *when = print_moment(rulebook->settings, is_active ? enrolment->due : enrolment->changed);
    g_autofree char *version = is_old ? g_strdup_printf(", version %s, not the present one", enrolment->version) : g_strdup("");
    fprintf(stream, "  %-12s", enrolment->cadence);
    if (is_active) {
        fprintf(stream, "next: step %u of %u, %s, %s%s", enrolment->step + 1, line->steps, line->channel ? line->channel : "?",
                when, version);
    } else if (enrolment->state == ENROLMENT_FINISHED) {
        fprintf(stream, "finished %s, %u steps%s", when, line->steps, version);
    } else {
        fprintf(stream, "ended %s before step %u of %u%s", when, enrolment->step + 1, line->steps, version);
    }
    fprintf(stream, "%s%s%s%s%s\n", enrolment->put_by ? ", put into it by " : "", enrolment->put_by ? enrolment->put_by : "",
            enrolment->why ? ": " : "", enrolment->why && is_active ? "it waits: " : "", enrolment->why ? enrolment->why : "");
}

static void print_enrolments(FILE *stream, const GPtrArray *lines, const Rulebook *rulebook)
{
    if (lines->len > 0) {
        fputs("\nCadence\n", stream);
    }
    for (guint i = 0; i < lines->len; i++) {
        print_enrolment(stream, g_ptr_array_index(lines, i), rulebook);
    }
}

void print_lead_file(const LeadFile *file, const Rulebook *rulebook, FILE *stream)
{
    const Settings *settings = rulebook->settings;
    g_autofree char *created = print_moment(settings, file->lead->created);
    fprintf(stream, "Lead %" G_GINT64_FORMAT ", %s\n", file->lead->id, created);
    print_judgement(file->decision, stream);
    print_fields(stream, file->lead->fields);
    print_dimensions(stream, file->decision);
    print_score(stream, file->decision);
    print_choices(stream, file->decision);
    print_mail_rows(stream, file->decision->mails, settings);
    print_promise_states(stream, file->promises, rulebook);
    print_task_rows(stream, file->tasks, settings);
    print_enrolments(stream, file->cadences, rulebook);
    for (guint i = 0; i < file->messages->len; i++) {
        const MessageLine *line = g_ptr_array_index(file->messages, i);
        g_autofree char *when = print_moment(settings, line->received);
        fprintf(stream, "%s%s  %-12s%-12sby %s%s: %s\n", i ? "  " : "\nMessages\n  ", when, kind_get_name(line->kind),
                disposition_get_name(line->disposition), line->doors ? line->doors : "?",
                line->is_headers_only ? ", headers only" : "", line->reason ? line->reason : "");
    }
    for (guint i = 0; i < file->history->len; i++) {
        const HistoryLine *line = g_ptr_array_index(file->history, i);
        g_autofree char *when = print_moment(settings, line->at);
        g_autofree char *detail = text_to_line(line->detail ? line->detail : "(erased)", MAX_DETAIL_CHARS);
        fprintf(stream, "%s%s  %-10s%-15s%s\n", i ? "  " : "\nHistory\n  ", when, line->actor, line->what, detail);
    }
}

void print_mail(const OutgoingMail *mail, FILE *stream)
{
    g_autofree char *to = show_mailbox(mail->to);
    fprintf(stream, "%s, %s\nTo: %s\nSubject: %s\n\n%s\n", mail->purpose, mail_state_get_name(mail->state), to, mail->subject,
            mail->text);
}
