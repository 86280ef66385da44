/*
 * record/suppressions.c - who asked to be left alone, and by what
 *
 * A suppression is asked of when a mail is claimed (outbox.c), so it holds for what is queued already. Each one is told in the history of the leads of its
 * address. One that stands already is left as it is, unless the person opened a lead since: then it is about that one, too.
 *
 * What a mail's mark stands for is read from the outbox: the mark itself says nothing to anybody.
 */
#include "store.h"

#include "usher/base/error.h"

#define MOST_LEADS 50 /* of one address, whose history tells of it */
#define COLUMNS "address, scope, cadence, why, at"

static Suppression *read_suppression(Statement *statement)
{
    SuppressionScope scope = SCOPE_ALL;
    g_autofree char *address = statement_dup_text(statement);
    scope_find(statement_read_text(statement), &scope);
    g_autofree char *cadence = statement_dup_text(statement);
    g_autofree char *why = statement_dup_text(statement);
    return suppression_new(address, scope, cadence, why, statement_read_int(statement));
}

static gboolean read_all(Statement *statement, GPtrArray *suppressions, GError **error)
{
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW)
        g_ptr_array_add(suppressions, read_suppression(statement));
    return step == STEP_DONE;
}

gboolean suppression_add_known(Record *record, const char *address, GPtrArray *suppressions, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT " COLUMNS " FROM suppression WHERE address = $1 ORDER BY scope, cadence", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, address);
    return read_all(statement, suppressions, error);
}

gboolean suppression_add_of_lead(Record *record, gint64 lead, GPtrArray *suppressions, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT " COLUMNS
        " FROM suppression WHERE address IN (SELECT address FROM address WHERE lead = $1) ORDER BY address, scope, cadence",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, lead);
    return read_all(statement, suppressions, error);
}

/* ---- putting on record ---- */

/* *is_known: it stands already, and nobody of that address has opened a lead since. */
static gboolean find_standing(Record *record, const Suppression *suppression, gboolean *is_known, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT 1 FROM suppression s WHERE address = $1 AND scope = $2 AND cadence = $3 AND NOT EXISTS"
                       " (SELECT 1 FROM address a JOIN lead l ON l.id = a.lead WHERE a.address = $1 AND l.created > s.at)",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, suppression->address);
    statement_bind_text(statement, scope_get_name(suppression->scope));
    statement_bind_text(statement, suppression->cadence);
    StepResult step = statement_step(statement, error);
    *is_known = step == STEP_ROW;
    return step != STEP_FAILED;
}

static gboolean put(Record *record, const Suppression *suppression, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO suppression (" COLUMNS ") VALUES ($1, $2, $3, $4, $5)"
                       " ON CONFLICT (address, scope, cadence) DO UPDATE SET why = excluded.why, at = excluded.at",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, suppression->address);
    statement_bind_text(statement, scope_get_name(suppression->scope));
    statement_bind_text(statement, suppression->cadence);
    statement_bind_text(statement, suppression->why);
    statement_bind_int(statement, suppression->at);
    return statement_run(statement, NULL, error);
}

static gboolean find_leads(Record *record, const char *address, GArray *leads, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "SELECT lead FROM address WHERE address = $1 ORDER BY lead DESC LIMIT $2", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, address);
    statement_bind_int(statement, MOST_LEADS);
    return store_read_ints(statement, leads, error);
}

static gboolean tell_leads(Record *record, const Suppression *suppression, const char *actor, const char *what, UsherTime now,
                           gint64 told, GError **error)
{
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autofree char *which = suppression_describe(suppression);
    g_autofree char *detail = g_strdup_printf("%s: %s%s%s%s", suppression->address, which, *suppression->why != '\0' ? " (" : "",
                                              suppression->why, *suppression->why != '\0' ? ")" : "");
    if (!find_leads(record, suppression->address, leads, error))
        return FALSE;
    for (guint i = leads->len; i-- > 0;) {
        gint64 lead = g_array_index(leads, gint64, i);
        if (lead != told && !history_add_one(record, lead, now, actor, what, detail, error))
            return FALSE;
    }
    return TRUE;
}

/*
 * Those through which their recipient is written to: a colleague of theirs who leaves stops nothing. Who is written to by a lead that has become part of
 * another is the person of that one, whatever address that one has.
 */
static gboolean find_enrolled(Record *record, const Suppression *suppression, GArray *leads, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT DISTINCT e.lead FROM address a JOIN lead l ON l.id = a.lead"
        " JOIN enrolment e ON e.lead = COALESCE(l.merged_into, l.id) AND e.state = 'active' JOIN cadence c ON c.id = e.cadence"
        " WHERE a.address = $1 AND EXISTS (SELECT 1 FROM field f WHERE f.lead = a.lead AND f.name = 'email' AND f.value = $1)"
        " AND ($2 = 'all' OR ($2 = 'marketing' AND c.is_marketing = 1) OR ($2 = 'sequence' AND c.name = $3)) ORDER BY e.lead",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, suppression->address);
    statement_bind_text(statement, scope_get_name(suppression->scope));
    statement_bind_text(statement, suppression->cadence);
    return store_read_ints(statement, leads, error);
}

static gboolean stop_enrolments(Record *record, const Suppression *suppression, GError **error)
{
    g_autoptr(GArray) leads = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autofree char *which = suppression_describe(suppression);
    g_autofree char *why = g_strdup_printf("they asked to be left alone: %s", which);
    if (!find_enrolled(record, suppression, leads, error))
        return FALSE;
    for (guint i = 0; i < leads->len; i++)
        if (!enrolment_stop(record, g_array_index(leads, gint64, i), why, suppression->at, error))
            return FALSE;
    return TRUE;
}

/* Of everything automatic only marketing: the other lead may be a matter that they have opened since. */
gboolean suppression_follow_merge(Record *record, gint64 merged, UsherTime now, GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func((GDestroyNotify)suppression_free);
    if (!suppression_add_of_lead(record, merged, known, error))
        return FALSE;
    for (guint i = 0; i < known->len; i++) {
        Suppression *suppression = g_ptr_array_index(known, i);
        suppression->at = now;
        suppression->scope = MIN(suppression->scope, SCOPE_MARKETING);
        if (!stop_enrolments(record, suppression, error))
            return FALSE;
    }
    return TRUE;
}

gboolean record_add_suppression(Record *record, const Suppression *suppression, const char *actor, gint64 told, gboolean *is_new,
                                GError **error)
{
    store_must_write(record);
    gboolean is_known = FALSE;
    if (!find_standing(record, suppression, &is_known, error))
        return FALSE;
    if (is_new != NULL)
        *is_new = !is_known;
    return is_known ||
           (put(record, suppression, error) && tell_leads(record, suppression, actor, "suppressed", suppression->at, told, error) &&
            stop_enrolments(record, suppression, error));
}

/* ---- taking back ---- */

static gboolean take_out(Record *record, const Suppression *suppression, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver, "DELETE FROM suppression WHERE address = $1 AND scope = $2 AND cadence = $3", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, suppression->address);
    statement_bind_text(statement, scope_get_name(suppression->scope));
    statement_bind_text(statement, suppression->cadence);
    return statement_run(statement, NULL, error);
}

static gboolean is_meant(const Suppression *suppression, const SuppressionScope *scope, const char *cadence)
{
    return (scope == NULL || suppression->scope == *scope) && (cadence == NULL || g_str_equal(suppression->cadence, cadence));
}

gboolean record_remove_suppressions(Record *record, const char *address, const SuppressionScope *scope, const char *cadence,
                                    const char *actor, UsherTime now, guint *count, GError **error)
{
    store_must_write(record);
    g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func((GDestroyNotify)suppression_free);
    if (!suppression_add_known(record, address, known, error))
        return FALSE;
    *count = 0;
    for (guint i = 0; i < known->len; i++) {
        const Suppression *suppression = g_ptr_array_index(known, i);
        if (!is_meant(suppression, scope, cadence))
            continue;
        if (!take_out(record, suppression, error) || !tell_leads(record, suppression, actor, "unsuppressed", now, 0, error))
            return FALSE;
        (*count)++;
    }
    return TRUE;
}

/* ---- looking ---- */

gboolean record_list_suppressions(Record *record, guint most, GPtrArray **suppressions, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT " COLUMNS " FROM suppression ORDER BY at DESC, address, scope, cadence LIMIT $1", error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, most);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)suppression_free);
    if (!read_all(statement, found, error))
        return FALSE;
    *suppressions = g_steal_pointer(&found);
    return TRUE;
}

gboolean record_list_leads_of(Record *record, const char *address, GArray *leads, GError **error)
{
    return find_leads(record, address, leads, error);
}

/* ---- the mark in a mail ---- */

gboolean record_find_leave_mark(Record *record, const char *token, LeaveMark **mark, GError **error)
{
    *mark = NULL;
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "SELECT id, COALESCE((SELECT merged_into FROM lead WHERE lead.id = outbox.lead), lead), to_address, "
                       "purpose, (SELECT name FROM cadence WHERE id = (SELECT cadence FROM enrolment e"
                       " WHERE e.id = outbox.enrolment)) FROM outbox WHERE unsubscribe = $1 AND unsubscribe IS NOT NULL"
                       " ORDER BY id DESC LIMIT 1",
                       error);
    if (statement == NULL)
        return FALSE;
    statement_bind_text(statement, token);
    StepResult step = statement_step(statement, error);
    if (step == STEP_ROW) {
        LeaveMark *found = g_new0(LeaveMark, 1);
        found->mail = statement_read_int(statement);
        found->lead = statement_read_int(statement);
        found->address = statement_dup_text(statement);
        found->purpose = statement_dup_text(statement);
        found->cadence = statement_dup_text(statement);
        *mark = found;
    }
    return step != STEP_FAILED;
}

gboolean record_leave(Record *record, const LeaveMark *mark, SuppressionScope scope, const char *how, UsherTime now,
                      gboolean *is_new, GError **error)
{
    SuppressionScope taken = scope == SCOPE_SEQUENCE && mark->cadence == NULL ? SCOPE_MARKETING : scope;
    g_autofree char *why =
        mark->lead != 0 ? g_strdup_printf("%s in a mail of lead %" G_GINT64_FORMAT, how, mark->lead) : g_strdup(how);
    g_autoptr(Suppression) suppression = suppression_new(mark->address, taken, mark->cadence, why, now);
    return record_add_suppression(record, suppression, "prospect", 0, is_new, error);
}
