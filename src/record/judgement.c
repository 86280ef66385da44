/*
 * record/judgement.c - why a lead was judged as it was, in one row
 *
 * BANT, candidates, what is missing and what was recommended are read as a whole, when somebody looks at the lead; one row a
 * lead takes a tenth of the time of a row each. A candidate is a line "+jane<TAB>takes tax" or "-tom<TAB>away until 2 January".
 */
#include "store.h"

#include <string.h>

static GPtrArray *write_candidates(const GPtrArray *candidates)
{
    GPtrArray *lines = g_ptr_array_new_full(candidates->len, g_free);
    for (guint i = 0; i < candidates->len; i++) {
        const Candidate *candidate = g_ptr_array_index(candidates, i);
        g_ptr_array_add(lines, g_strconcat(candidate->is_eligible ? "+" : "-", candidate->person, "\t", candidate->because, NULL));
    }
    return lines;
}

static void read_candidates(Statement *statement, GPtrArray *candidates)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    store_read_lines(statement, lines);
    for (guint i = 0; i < lines->len; i++) {
        char *line = g_ptr_array_index(lines, i);
        char *tab = strchr(line, '\t');
        if (tab == NULL)
            continue;
        *tab = '\0';
        g_ptr_array_add(candidates, candidate_new(line + 1, line[0] == '+', tab + 1));
    }
}

/* A line "value_band<TAB>large<TAB>qualify.yaml:50<TAB>40000<TAB>the budget is a large one for us". */
static GPtrArray *write_dimensions(const GPtrArray *dimensions)
{
    GPtrArray *lines = g_ptr_array_new_full(dimensions->len, g_free);
    for (guint i = 0; i < dimensions->len; i++) {
        const DimensionVerdict *verdict = g_ptr_array_index(dimensions, i);
        g_ptr_array_add(lines, g_strdup_printf("%s\t%s\t%s\t%" G_GINT64_FORMAT "\t%s", verdict->dimension, verdict->verdict,
                                               verdict->rule, verdict->likely_value, verdict->because));
    }
    return lines;
}

static void read_dimensions(Statement *statement, GPtrArray *dimensions)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    store_read_lines(statement, lines);
    for (guint i = 0; i < lines->len; i++) {
        g_auto(GStrv) cells = g_strsplit(g_ptr_array_index(lines, i), "\t", 5);
        if (g_strv_length(cells) < 5)
            continue;
        DimensionVerdict *verdict = dimension_verdict_new(cells[0], cells[1], cells[2], cells[4]);
        verdict->likely_value = g_ascii_strtoll(cells[3], NULL, 10);
        g_ptr_array_add(dimensions, verdict);
    }
}

static void bind_bant(Statement *statement, const BantVerdict *verdict)
{
    statement_bind_int(statement, verdict->is_known);
    statement_bind_int(statement, verdict->is_met);
    statement_bind_text(statement, verdict->rule);
    statement_bind_text(statement, verdict->because);
}

static void read_bant(Statement *statement, BantVerdict *verdict)
{
    verdict->is_known = statement_read_int(statement) != 0;
    verdict->is_met = statement_read_int(statement) != 0;
    verdict->rule = statement_dup_text(statement);
    verdict->because = statement_dup_text(statement);
}

gboolean judgement_insert(Record *record, const Decision *decision, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(record->driver,
                       "INSERT INTO judgement (lead, at, route_because, action, cadence, missing, contradictions, flags, "
                       "candidates, budget_known, budget_met, budget_rule,"
                       " budget_because, authority_known, authority_met, authority_rule, authority_because, need_known, need_met, "
                       "need_rule, need_because, timing_known,"
                       " timing_met, timing_rule, timing_because, dimensions, completeness, partners)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, "
                       "$22, $23, $24, $25, $26, $27, $28)",
                       error);
    if (statement == NULL)
        return FALSE;
    g_autoptr(GPtrArray) candidates = write_candidates(decision->candidates);
    statement_bind_int(statement, decision->lead);
    statement_bind_int(statement, decision->at);
    statement_bind_text(statement, decision->route_because);
    statement_bind_text(statement, decision->action);
    statement_bind_text(statement, decision->cadence);
    store_bind_lines(statement, decision->missing);
    store_bind_lines(statement, decision->contradictions);
    store_bind_lines(statement, decision->flags);
    store_bind_lines(statement, candidates);
    for (guint i = 0; i < BANT_COUNT; i++)
        bind_bant(statement, &decision->bant[i]);
    g_autoptr(GPtrArray) dimensions = write_dimensions(decision->dimensions);
    store_bind_lines(statement, dimensions);
    statement_bind_int(statement, decision->completeness);
    g_autoptr(GPtrArray) partners = write_candidates(decision->partners);
    store_bind_lines(statement, partners);
    return statement_run(statement, NULL, error) && lead_parties_put(record, decision, error);
}

gboolean judgement_read(Record *record, Decision *decision, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver,
        "SELECT at, route_because, action, cadence, missing, contradictions, flags, "
        "candidates, budget_known, budget_met, budget_rule, budget_because,"
        " authority_known, authority_met, authority_rule, authority_because, "
        "need_known, need_met, need_rule, need_because, timing_known, timing_met,"
        " timing_rule, timing_because, dimensions, completeness, COALESCE(partners, '') FROM judgement WHERE lead = $1",
        error);
    if (statement == NULL)
        return FALSE;
    statement_bind_int(statement, decision->lead);
    StepResult step = statement_step(statement, error);
    if (step != STEP_ROW)
        return step == STEP_DONE;
    decision->at = statement_read_int(statement);
    decision->route_because = statement_dup_text(statement);
    g_free(decision->action);
    decision->action = statement_dup_text(statement);
    decision->cadence = statement_dup_text(statement);
    store_read_lines(statement, decision->missing);
    store_read_lines(statement, decision->contradictions);
    store_read_lines(statement, decision->flags);
    read_candidates(statement, decision->candidates);
    for (guint i = 0; i < BANT_COUNT; i++)
        read_bant(statement, &decision->bant[i]);
    read_dimensions(statement, decision->dimensions);
    decision->completeness = (guint)statement_read_int(statement);
    read_candidates(statement, decision->partners);
    return lead_parties_read(record, decision, error);
}
