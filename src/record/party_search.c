/*
 * record/party_search.c - the parties of a list that a lead's people may be
 *
 * Each ask becomes a handful of keys, each key one look at an index, whatever the length of the list. A name with one letter wrong is found through the
 * words that are on record: those that differ in a letter are put in its place, and what is then a name on the list is a near miss.
 */
#include "store.h"

#include <string.h>

#include "party_rows.h"
#include "usher/base/party_name.h"

#define MOST_BY_KEY 20
#define MOST_NEAR_WORDS 40

typedef struct {
    Record *record;
    PartyList list;
    const PartyAsk *ask;
    GPtrArray *matches; /* PartyMatch */
} Search;

static gboolean has_any(const Search *search, gboolean *has, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver, "SELECT 1 FROM party_name WHERE list = $1 LIMIT 1", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, search->list);
    StepResult step = statement_step(statement, error);
    *has = step == STEP_ROW;
    return step != STEP_FAILED;
}

static gboolean has_party(const Search *search, gint64 id, PartyHow how)
{
    for (guint i = 0; i < search->matches->len; i++) {
        const PartyMatch *match = g_ptr_array_index(search->matches, i);
        if (match->party->list == search->list && match->party->id == id && match->how <= how) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A surer way takes the place of the one before. */
static void add_match(const Search *search, Party *take_party, PartyHow how, const char *matched, const char *why)
{
    for (guint i = 0; i < search->matches->len; i++) {
        const PartyMatch *match = g_ptr_array_index(search->matches, i);
        if (match->party->list == search->list && match->party->id == take_party->id) {
            g_ptr_array_remove_index(search->matches, i);
            break;
        }
    }
    PartyMatch *match = g_new0(PartyMatch, 1);
    match->party = take_party;
    match->how = how;
    match->what = g_strdup(search->ask->what);
    match->said = g_strdup(search->ask->text);
    match->matched = g_strdup(matched);
    match->why = g_strdup(why);
    g_ptr_array_add(search->matches, match);
}

static gboolean read_party(const Search *search, gint64 id, Party **party, GError **error)
{
    const char *sql = search->list == PARTY_CLIENT ? "SELECT id, name, owner, note FROM client WHERE id = $1"
                                                   : "SELECT id, name, matter, note FROM conflict_party WHERE id = $1";
    g_autoptr(Statement) statement = driver_prepare(search->record->driver, sql, error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, id);
    StepResult step = statement_step(statement, error);
    *party = step == STEP_ROW ? party_row_read(statement, search->list) : NULL;
    return step != STEP_FAILED;
}

static gboolean find_by_key(const Search *search, const char *key, gint kind, PartyHow how, const char *why, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(search->record->driver,
                                                    "SELECT n.party, n.said FROM party_key k JOIN party_name n ON n.id = k.name"
                                                    " WHERE k.key = $1 AND k.list = $2 AND k.kind = $3 LIMIT $4",
                                                    error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text(statement, key);
    statement_bind_int(statement, search->list);
    statement_bind_int(statement, kind);
    statement_bind_int(statement, MOST_BY_KEY);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        gint64 id = statement_read_int(statement);
        if (has_party(search, id, how)) {
            continue;
        }
        const char *matched = statement_read_text(statement);
        Party *party = NULL;
        if (!read_party(search, id, &party, error)) {
            return FALSE;
        }
        if (party) {
            add_match(search, party, how, matched, why);
        }
    }
    return step == STEP_DONE;
}

/* ---- one letter ---- */

static gboolean add_words_near(const Search *search, const char *near, const char *word, GPtrArray *words, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(search->record->driver, "SELECT word FROM party_word WHERE near = $1 LIMIT $2", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text(statement, near);
    statement_bind_int(statement, MOST_NEAR_WORDS);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        const char *other = statement_read_text(statement);
        if (party_word_is_near(word, other) && !g_ptr_array_find_with_equal_func(words, other, g_str_equal, NULL)) {
            g_ptr_array_add(words, g_strdup(other));
        }
    }
    return step == STEP_DONE;
}

static gboolean find_with_other_word(const Search *search, const PartyName *name, guint index, GError **error)
{
    const PartyWord *word = g_ptr_array_index(name->words, index);
    g_autoptr(GPtrArray) neighbours = party_word_list_neighbours(word->text);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < neighbours->len; i++) {
        if (!add_words_near(search, g_ptr_array_index(neighbours, i), word->text, words, error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < words->len; i++) {
        g_autofree char *key = party_name_make_key_with(name, index, g_ptr_array_index(words, i));
        if (!find_by_key(search, key, PARTY_KEY_EXACT, PARTY_BY_NEAR_NAME, "one letter differs", error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- asks ---- */

static gboolean find_by_name(const Search *search, const PartyName *name, GError **error)
{
    g_autoptr(GPtrArray) probes = party_name_list_probes(name);
    for (guint i = 0; i < probes->len; i++) {
        const PartyProbe *probe = g_ptr_array_index(probes, i);
        PartyHow how = probe->why ? PARTY_BY_NEAR_NAME : PARTY_BY_NAME;
        if (!find_by_key(search, probe->text, (gint)probe->kind, how, probe->why, error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < name->words->len; i++) {
        if (!((const PartyWord *)g_ptr_array_index(name->words, i))->is_initials && !find_with_other_word(search, name, i, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean find_by_ask(const Search *search, GError **error)
{
    const PartyAsk *ask = search->ask;
    if (ask->how == PARTY_BY_ADDRESS) {
        return find_by_key(search, ask->text, PARTY_KEY_ADDRESS, PARTY_BY_ADDRESS, NULL, error);
    }
    if (ask->how == PARTY_BY_DOMAIN) {
        return find_by_key(search, ask->text, PARTY_KEY_DOMAIN, PARTY_BY_DOMAIN, NULL, error);
    }
    g_autoptr(GPtrArray) names = party_names_read(ask->text);
    for (guint i = 0; i < names->len; i++) {
        if (!find_by_name(search, g_ptr_array_index(names, i), error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gint compare_matches(gconstpointer a, gconstpointer b)
{
    const PartyMatch *first = *(PartyMatch *const *)a, *second = *(PartyMatch *const *)b;
    if (first->how != second->how) {
        return (gint)first->how - (gint)second->how;
    }
    return first->party->id < second->party->id ? -1 : first->party->id > second->party->id;
}

gboolean record_find_parties(Record *record, PartyList list, const GPtrArray *asks, GPtrArray *matches, GError **error)
{
    Search search = {.record = record, .list = list, .matches = matches};
    gboolean has = FALSE;
    if (asks->len > 0 && !has_any(&search, &has, error)) {
        return FALSE;
    }
    for (guint i = 0; i < asks->len && has; i++) {
        search.ask = g_ptr_array_index(asks, i);
        if (!(search.ask->is_other && list == PARTY_CLIENT) && !find_by_ask(&search, error)) {
            return FALSE;
        }
    }
    g_ptr_array_sort(matches, compare_matches);
    return TRUE;
}

gboolean record_add_parties(Record *record, Past *past, const GPtrArray *asks, GError **error)
{
    return record_find_parties(record, PARTY_CLIENT, asks, past->clients, error) &&
           record_find_parties(record, PARTY_CONFLICT, asks, past->conflicts, error);
}
