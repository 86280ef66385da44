/*
 * record/past.c - what a decision needs to know of what is on record
 *
 * Everything is read by key and bounded: a robot's address with ten thousand leads costs no more than a person's with one.
 */
#include "store.h"

#include <string.h>

#include "usher/base/domain.h"
#include "usher/base/text.h"

#define MOST_MATCHES 20
#define MOST_FORMER 3
#define DAY_S (24 * 3600)
#define MOST_KEYS 500  /* of one lead */
#define MOST_TASKS 100 /* open ones of one lead */

typedef struct {
    Record *record;
    const PastKeys *keys;
    Past *past;
} Search;

/* ---- leads ---- */

/* TRUE in *is_known when who sent the mail is of that lead. */
static gboolean is_known_address(const Search *search, gint64 lead, gboolean *is_known, GError **error)
{
    *is_known = FALSE;
    if (search->keys->from == NULL)
        return TRUE;
    g_autoptr(Statement) statement = driver_prepare(
        search->record->driver,
        "SELECT 1 FROM address a JOIN lead l ON l.id = a.lead WHERE a.address = $1 AND (l.id = $2 OR l.merged_into = $2)", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, search->keys->from);
    statement_bind_int(statement, lead);
    StepResult step = statement_step(statement, error);
    *is_known = step == STEP_ROW;
    return step != STEP_FAILED;
}

/*
 * Among the newest mails of the lead: older ones do not matter, since there are no more in a day than the limits let through and people ask for.
 */
static gboolean count_mails(const Search *search, LeadMatch *match, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver,
                       "SELECT COUNT(CASE WHEN is_internal = 0 AND queued > $1 THEN 1 END), COUNT(CASE WHEN is_internal = 1 AND "
                       "queued > $1 THEN 1 END) FROM (SELECT is_internal, queued FROM outbox WHERE lead = $2 ORDER BY id DESC "
                       "LIMIT $3) AS recent",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, search->keys->now - DAY_S);
    statement_bind_int(statement, match->lead->id);
    statement_bind_int(statement, search->keys->most_of_lead);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    match->answered = (guint)statement_read_int(statement);
    match->told = (guint)statement_read_int(statement);
    return TRUE;
}

/* The search goes from the strongest proof to the weakest: what is found already was found better. */
static gboolean add_match(const Search *search, gint64 id, MatchKind how, const char *evidence, GError **error)
{
    LeadMatch *known = past_find_match(search->past, id);
    if (known != NULL) {
        known->has_person |= how == MATCH_PERSON;
        return TRUE;
    }
    g_autoptr(Lead) lead = NULL;
    gboolean is_known = FALSE;
    if (!lead_find(search->record, id, &lead, error))
        return FALSE;
    if (lead != NULL && lead->merged_into != 0 && how != MATCH_COMMAND)
        return add_match(search, lead->merged_into, how, evidence, error);
    if (!is_known_address(search, id, &is_known, error))
        return FALSE;
    if (lead == NULL || (search->keys->is_live_only && !status_is_live(lead->status)))
        return TRUE;
    LeadMatch *match = lead_match_new(g_steal_pointer(&lead), how, evidence, is_known);
    match->has_person = how == MATCH_PERSON;
    g_ptr_array_add(search->past->matches, match);
    return count_mails(search, match, error);
}

/* What the statement finds by a key, and up to the limit that is its last parameter, matches. */
static gboolean add_found(const Search *search, Statement *statement, MatchKind how, const char *key, GError **error)
{
    statement_bind_int(statement, MOST_MATCHES);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        if (!add_match(search, statement_read_int(statement), how, key, error))
            return FALSE;
    }
    return step == STEP_DONE;
}

/* The whole mail that this is the headers of, or the other way round: what it does not say itself it does not prove. */
static gboolean find_seen(const Search *search, GError **error)
{
    if (search->keys->message_id == NULL || search->keys->is_headers_only)
        return TRUE;
    g_autoptr(Statement) statement = driver_prepare(search->record->driver,
                                                    "SELECT lead FROM message WHERE message_id = $1 AND lead IS NOT NULL AND "
                                                    "is_headers_only = 1 ORDER BY id DESC LIMIT 1",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, search->keys->message_id);
    StepResult step = statement_step(statement, error);
    if (step == STEP_ROW)
        search->past->seen_on = statement_read_int(statement);
    return step != STEP_FAILED;
}

/* A mail with that id is on record; the mail itself is not its own past. Of a whole mail nothing but a whole mail is the same. */
static gboolean find_by_message(const Search *search, const char *id, MatchKind how, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(search->record->driver,
                                                    "SELECT lead FROM message WHERE message_id = $1 AND lead IS NOT NULL AND id <> "
                                                    "$2 AND is_headers_only <= $3 ORDER BY id DESC LIMIT $4",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, id);
    statement_bind_int(statement, search->keys->arrival);
    statement_bind_int(statement, search->keys->is_headers_only || how == MATCH_REFERENCE);
    return add_found(search, statement, how, id, error);
}

/* A mail with that id is one of ours, or was referred to by one on record. */
static gboolean find_by_thread(const Search *search, const char *id, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver, "SELECT lead FROM thread_id WHERE id = $1 ORDER BY lead DESC LIMIT $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, id);
    return add_found(search, statement, MATCH_REFERENCE, id, error);
}

static gboolean find_by_person(const Search *search, const char *address, GError **error)
{
    /* Old mail is older than the leads that were opened after it. */
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver,
                       "SELECT l.id FROM address a JOIN lead o ON o.id = a.lead JOIN lead l ON l.id = COALESCE(o.merged_into, "
                       "o.id)"
                       " WHERE a.address = $1 AND l.is_live = 1 AND ($2 = 0 OR l.created <= $3) ORDER BY l.id DESC LIMIT $4",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, address);
    statement_bind_int(statement, search->keys->is_history);
    statement_bind_int(statement, search->keys->now);
    return add_found(search, statement, MATCH_PERSON, address, error);
}

static gboolean find_by_phone(const Search *search, const char *phone, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver,
                       "SELECT l.id FROM lead_key k JOIN lead l ON l.id = k.lead WHERE k.key = 'the same "
                       "telephone number:' || $1 AND l.is_live = 1 ORDER BY k.lead DESC LIMIT $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, phone);
    return add_found(search, statement, MATCH_PHONE, phone, error);
}

/* For old mail a lead of history is open unless it was closed at once; for what comes in now it is only known. */
static gboolean find_history(const Search *search, const char *address, gboolean is_open, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver,
                       "SELECT a.lead FROM address a JOIN lead l ON l.id = a.lead WHERE a.address = $1 AND l.is_history = 1"
                       " AND ($2 = 0 OR l.status NOT IN ('won', 'lost', 'not-qualified', 'insufficient-data', 'referred-on'))"
                       " ORDER BY a.lead DESC LIMIT $3",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, address);
    statement_bind_int(statement, is_open);
    return add_found(search, statement, is_open ? MATCH_PERSON : MATCH_HISTORY, address, error);
}

/* What became of them before: nothing joins a lead that is closed. */
static gboolean find_former(const Search *search, const char *address, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver,
                       "SELECT a.lead FROM address a JOIN lead l ON l.id = a.lead WHERE a.address = $1 AND l.is_live = 0"
                       " AND l.is_history = 0 AND l.merged_into IS NULL ORDER BY a.lead DESC LIMIT $2",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, address);
    statement_bind_int(statement, MOST_FORMER);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        g_autoptr(Lead) lead = NULL;
        if (!lead_find(search->record, statement_read_int(statement), &lead, error))
            return FALSE;
        if (lead != NULL)
            g_ptr_array_add(search->past->former, lead_match_new(g_steal_pointer(&lead), MATCH_PERSON, address, TRUE));
    }
    return step == STEP_DONE;
}

static gboolean find_by_address(const Search *search, const char *address, GError **error)
{
    return find_by_person(search, address, error) && find_former(search, address, error) &&
           (!search->keys->is_history || find_history(search, address, TRUE, error)) && find_history(search, address, FALSE, error);
}

/* What a person named outranks all that was found. */
static gint get_rank(const LeadMatch *match)
{
    return match->how == MATCH_COMMAND ? -1 : (gint)match->how;
}

static gint compare_matches(gconstpointer a, gconstpointer b)
{
    const LeadMatch *first = *(LeadMatch *const *)a;
    const LeadMatch *second = *(LeadMatch *const *)b;
    if (first->how != second->how)
        return get_rank(first) - get_rank(second);
    return first->lead->id > second->lead->id ? -1 : first->lead->id < second->lead->id;
}

/* What came back to the envelope sender of one mail of ours is about that mail, whatever it says itself. */
static gboolean find_by_returned(const Search *search, gint64 mail, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver, "SELECT COALESCE(lead, 0), to_address, message_id FROM outbox WHERE id = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, mail);
    StepResult step = statement_step(statement, error);
    if (step != STEP_ROW)
        return step == STEP_DONE;
    gint64 lead = statement_read_int(statement);
    g_autofree char *to = statement_dup_text(statement);
    g_autofree char *message_id = statement_dup_text(statement);
    if (search->past->returned == 0) {
        search->past->returned = mail;
        search->past->returned_lead = lead;
        search->past->returned_to = g_steal_pointer(&to);
    }
    return lead == 0 || add_match(search, lead, MATCH_REFERENCE, message_id, error);
}

/* Addresses that we have signed. One whose mark is not ours says nothing. */
static gboolean find_by_marks(const Search *search, GError **error)
{
    for (guint i = 0; i < search->keys->marked->len; i++) {
        const char *address = g_ptr_array_index(search->keys->marked, i);
        gint64 mail = marked_address_find(search->record->secret, MARK_MAIL, address);
        gint64 lead = marked_address_find(search->record->secret, MARK_LEAD, address);
        if ((mail != 0 && !find_by_returned(search, mail, error)) ||
            (lead != 0 && !add_match(search, lead, MATCH_REFERENCE, address, error)))
            return FALSE;
    }
    return TRUE;
}

/* Who has the mark got the mail: nobody else can know it. */
static gboolean find_leave(const Search *search, GError **error)
{
    if (search->keys->leave_token == NULL)
        return TRUE;
    if (!record_find_leave_mark(search->record, search->keys->leave_token, &search->past->leave, error))
        return FALSE;
    const LeaveMark *leave = search->past->leave;
    return leave == NULL || leave->lead == 0 || add_match(search, leave->lead, MATCH_COMMAND, "", error);
}

/* The mail's own id may be known before the mail: somebody answered to it, and that answer came first. */
static gboolean find_matches(const Search *search, GError **error)
{
    const PastKeys *keys = search->keys;
    if (keys->lead != 0 && !add_match(search, keys->lead, MATCH_COMMAND, "", error))
        return FALSE;
    if (!find_leave(search, error))
        return FALSE;
    const char *own = keys->message_id;
    if (!find_seen(search, error))
        return FALSE;
    if (own != NULL && (!find_by_message(search, own, MATCH_SAME_MESSAGE, error) || !find_by_thread(search, own, error)))
        return FALSE;
    if (!find_by_marks(search, error))
        return FALSE;
    for (guint i = 0; i < keys->references->len; i++) {
        const char *id = g_ptr_array_index(keys->references, i);
        if (!find_by_message(search, id, MATCH_REFERENCE, error) || !find_by_thread(search, id, error))
            return FALSE;
    }
    for (guint i = 0; i < keys->addresses->len; i++) {
        if (!find_by_address(search, g_ptr_array_index(keys->addresses, i), error))
            return FALSE;
    }
    if (keys->phone != NULL && !find_by_phone(search, keys->phone, error))
        return FALSE;
    g_ptr_array_sort(search->past->matches, compare_matches);
    return TRUE;
}

static gboolean find_promises(const Search *search, GError **error)
{
    if (search->past->matches->len == 0)
        return TRUE;
    const LeadMatch *first = g_ptr_array_index(search->past->matches, 0);
    return promise_list(search->record, first->lead->id, TRUE, search->past->promises, error);
}

/* ---- people ---- */

static gboolean find_loads(const Search *search, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver, "SELECT id, open_leads, last_assigned, may, due FROM person ORDER BY id", error);
    if (statement == NULL)
        return FALSE;
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        g_autofree char *person = statement_dup_text(statement);
        guint open_leads = (guint)statement_read_int(statement);
        PersonLoad *load = person_load_new(person, open_leads, statement_read_int(statement));
        load->turn.may = statement_read_int(statement);
        load->turn.due = statement_read_int(statement);
        g_ptr_array_add(search->past->loads, load);
    }
    return step == STEP_DONE;
}

/* ---- addresses ---- */

/* Counted no further than the highest limit of a domain: an address is told apart among the newest mails to its domain. */
static gboolean find_answers(const Search *search, const char *address, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(search->record->driver,
                                                    "SELECT COUNT(*), COUNT(CASE WHEN to_address = $1 THEN 1 END) FROM (SELECT "
                                                    "to_address FROM outbox WHERE is_internal = 0 AND to_domain = $2"
                                                    " AND queued > $3 ORDER BY queued DESC LIMIT $4) AS recent",
                                                    error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, address);
    g_autofree char *domain = text_address_domain(address);
    statement_bind_text_take(statement, domain_get_registrable(domain != NULL ? domain : ""));
    statement_bind_int(statement, search->keys->now - DAY_S);
    statement_bind_int(statement, search->keys->most_to_domain);
    StepResult step = statement_step(statement, error);
    if (step != STEP_ROW)
        return FALSE;
    guint to_domain = (guint)statement_read_int(statement);
    guint to_address = (guint)statement_read_int(statement);
    g_ptr_array_add(search->past->answers, answer_count_new(address, to_address, to_domain));
    return TRUE;
}

static gboolean find_mark(const Search *search, const char *address, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver, "SELECT why FROM address_mark WHERE address = $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, address);
    StepResult step = statement_step(statement, error);
    if (step == STEP_ROW)
        g_hash_table_insert(search->past->known_addresses, g_strdup(address), statement_dup_text(statement));
    return step != STEP_FAILED;
}

/* What stands against writing to it. */
static gboolean find_objections(const Search *search, const char *address, GError **error)
{
    return find_mark(search, address, error) && suppression_add_known(search->record, address, search->past->suppressions, error);
}

static gboolean find_addresses(const Search *search, GError **error)
{
    for (guint i = 0; i < search->keys->addresses->len; i++) {
        const char *address = g_ptr_array_index(search->keys->addresses, i);
        if (!find_answers(search, address, error) || !find_objections(search, address, error))
            return FALSE;
    }
    return TRUE;
}

/* Mails like this one. */
static gboolean find_alike(const Search *search, GError **error)
{
    const PastKeys *keys = search->keys;
    if (keys->alike == NULL)
        return TRUE;
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver,
                       "SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE alike = $1 AND decided > $2 LIMIT $3) AS recent", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, keys->alike);
    statement_bind_int(statement, keys->now - keys->alike_span_s);
    statement_bind_int(statement, keys->most_alike);
    if (statement_step(statement, error) != STEP_ROW)
        return FALSE;
    search->past->alike = (guint)statement_read_int(statement);
    return TRUE;
}

Past *record_find_past(Record *record, const PastKeys *keys, GError **error)
{
    g_auto(StoreView) view = {NULL};
    if (!store_view(record, &view, error))
        return NULL;
    g_autoptr(Past) past = past_new();
    Search search = {record, keys, past};
    if (!find_matches(&search, error) || !find_promises(&search, error) || !find_loads(&search, error) ||
        !find_addresses(&search, error) || !slots_add_open(record, keys->now, past->slots, error) || !find_alike(&search, error) ||
        (keys->task != 0 && !record_find_task(record, keys->task, &past->task, error)) ||
        !merge_find_doubles(record, keys, past, error) || !merge_find_other(record, keys, past, error) ||
        !record_add_parties(record, past, keys->asks, error) ||
        (keys->wants_partners && !record_add_partners(record, past, keys->now, error)))
        return NULL;
    return g_steal_pointer(&past);
}

/* ---- whether somebody is on a live lead ---- */

/* `sql` takes a text and a limit, and finds leads by the text. */
static gboolean has_live_lead(Record *record, const char *sql, const char *key, gboolean *has, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql, error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, key);
    statement_bind_int(statement, MOST_MATCHES);
    StepResult step = statement_step(statement, error);
    *has = step == STEP_ROW;
    return step != STEP_FAILED;
}

static gboolean has_live_person(Record *record, const char *address, gboolean *has, GError **error)
{
    return has_live_lead(record,
                         "SELECT 1 FROM (SELECT lead FROM address WHERE address = $1 ORDER BY lead DESC LIMIT $2) AS found"
                         " JOIN lead ON lead.id = found.lead WHERE lead.is_live = 1 AND lead.is_history = 0 LIMIT 1",
                         address, has, error);
}

static gboolean has_live_thread(Record *record, const char *id, gboolean *has, GError **error)
{
    if (!has_live_lead(record,
                       "SELECT 1 FROM (SELECT lead FROM thread_id WHERE id = $1 ORDER BY lead DESC LIMIT $2) AS found"
                       " JOIN lead ON lead.id = found.lead WHERE lead.is_live = 1 LIMIT 1",
                       id, has, error))
        return FALSE;
    return *has || has_live_lead(record,
                                 "SELECT 1 FROM (SELECT lead FROM message WHERE message_id = $1 AND lead IS NOT NULL"
                                 " ORDER BY id DESC LIMIT $2) AS found"
                                 " JOIN lead ON lead.id = found.lead WHERE lead.is_live = 1 LIMIT 1",
                                 id, has, error);
}

gboolean record_is_on_live_lead(Record *record, const GPtrArray *addresses, const GPtrArray *ids, gboolean *is_on_lead,
                                GError **error)
{
    gboolean has = FALSE;
    g_auto(StoreView) view = {NULL};
    if (!store_view(record, &view, error))
        return FALSE;
    for (guint i = 0; i < addresses->len && !has; i++)
        if (!has_live_person(record, g_ptr_array_index(addresses, i), &has, error))
            return FALSE;
    for (guint i = 0; i < ids->len && !has; i++)
        if (!has_live_thread(record, g_ptr_array_index(ids, i), &has, error))
            return FALSE;
    *is_on_lead = has;
    return TRUE;
}

/* ---- the one lead that is acted on ---- */

static gboolean find_written_keys(Record *record, Past *past, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT key FROM outbox WHERE lead = $1 AND NOT (is_internal = 0 AND (state IN ('held', 'failed') OR"
        " (state = 'pending' AND id <= (SELECT held_through FROM lead WHERE lead.id = $1)))) ORDER BY id DESC LIMIT $2",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, past->lead);
    statement_bind_int(statement, MOST_KEYS);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_hash_table_add(past->written_keys, statement_dup_text(statement));
    return step == STEP_DONE;
}

/* A mail that stopped its reader twice is not read a third time. */
static gboolean is_readable(Record *record, gint64 message, gboolean *answer, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT 1 FROM message WHERE id = $1 AND disposition <> 'quarantined'", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, message);
    StepResult step = statement_step(statement, error);
    *answer = step == STEP_ROW;
    return step != STEP_FAILED;
}

static gboolean find_checked(Record *record, Past *past, GError **error)
{
    g_autoptr(Decision) judged = decision_new(0, NULL);
    judged->lead = past->lead;
    if (!lead_parties_read(record, judged, error))
        return FALSE;
    g_ptr_array_set_size(past->checked, 0);
    while (judged->conflicts->len > 0)
        g_ptr_array_add(past->checked, g_ptr_array_steal_index(judged->conflicts, 0));
    return TRUE;
}

static gboolean find_tasks(Record *record, Past *past, GError **error)
{
    GPtrArray *tasks = NULL;
    if (!record_list_tasks(record, NULL, past->lead, 0, MOST_TASKS, &tasks, error))
        return FALSE;
    g_ptr_array_unref(past->tasks);
    past->tasks = tasks;
    return TRUE;
}

gboolean record_add_standing(Record *record, Past *past, gint64 lead, gsize max_bytes, GError **error)
{
    g_auto(StoreView) view = {NULL};
    gboolean can_read = FALSE;
    if (!store_view(record, &view, error))
        return FALSE;
    past->lead = lead;
    g_ptr_array_set_size(past->promises, 0);
    g_ptr_array_set_size(past->enrolments, 0);
    if (!find_tasks(record, past, error) || !promise_list(record, lead, FALSE, past->promises, error) ||
        !enrolment_list(record, lead, past->enrolments, error) || !find_written_keys(record, past, error) ||
        !suppression_add_of_lead(record, lead, past->suppressions, error) || !find_checked(record, past, error) ||
        !is_readable(record, lead, &can_read, error))
        return FALSE;
    if (!can_read)
        return TRUE;
    past->opening_bytes = record_read_raw(record, lead, max_bytes, error);
    return past->opening_bytes != NULL && message_read_arrival(record, lead, &past->opening, error);
}

/* ---- a lead's cadence ---- */

static gboolean find_last_mail(Record *record, Past *past, gint64 lead, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT message_id, subject, refers_to FROM outbox WHERE lead = $1 AND recipient_role = 'prospect'"
                       " AND state = 'sent' ORDER BY id DESC LIMIT 1",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    StepResult step = statement_step(statement, error);
    if (step == STEP_ROW) {
        past->last_id = statement_dup_text(statement);
        past->last_subject = statement_dup_text(statement);
        store_read_lines(statement, past->last_references);
    }
    return step != STEP_FAILED;
}

gboolean record_add_cadence(Record *record, Past *past, gint64 lead, GError **error)
{
    const LeadMatch *match = past_find_match(past, lead);
    const char *address = match != NULL ? field_find_value(match->lead->fields, "email") : NULL;
    g_autoptr(PastKeys) keys = past_keys_new();
    Search search = {record, keys, past};
    g_ptr_array_set_size(past->enrolments, 0);
    if (!enrolment_list(record, lead, past->enrolments, error) || !find_last_mail(record, past, lead, error))
        return FALSE;
    return address == NULL || find_objections(&search, address, error);
}
