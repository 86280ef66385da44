/*
 * record/parties.c - the lists of clients, conflict parties and partners: put in, taken out, shown
 *
 * A party is written with all that it is known by and all the keys of that, so that finding it is one look at an index (party_search.c). The lists
 * share those tables and differ in one: what belongs to one list only stands there. Partners are few and read as a whole (partners.c): they have no keys.
 */
#include "store.h"

#include <string.h>

#include "party_rows.h"
#include "usher/base/party_name.h"
#include "usher/base/text.h"
#include "usher/base/token.h"

typedef struct {
    Record *record;
    PartyList list;
    UsherTime now;
} Writing;

/* What is done with the one table of each list. own: what belongs to that list only. */
typedef struct {
    const char *find;   /* id, digest by folded; of conflicts by matter too */
    const char *insert; /* folded, own, name, note, since, digest; of partners phone, reciprocity, share */
    const char *update; /* the same without folded; then id */
    const char *remove;
    const char *ids;
    const char *visit;
} ListSql;

static const ListSql sql_of[] = {
    [PARTY_CLIENT] = {"SELECT id, digest FROM client WHERE folded = $1",
                      "INSERT INTO client (folded, owner, name, note, since, digest) VALUES ($1, $2, $3, $4, $5, $6)",
                      "UPDATE client SET owner = $1, name = $2, note = $3, since = $4, digest = $5 WHERE id = $6",
                      "DELETE FROM client WHERE id = $1", "SELECT id FROM client WHERE $1 = '' OR folded = $1",
                      "SELECT id, name, owner, note FROM client ORDER BY folded"},
    [PARTY_CONFLICT] = {"SELECT id, digest FROM conflict_party WHERE folded = $1 AND matter = $2",
                        "INSERT INTO conflict_party (folded, matter, name, note, since, digest) VALUES ($1, $2, $3, $4, $5, $6)",
                        "UPDATE conflict_party SET matter = $1, name = $2, note = $3, since = $4, digest = $5 WHERE id = $6",
                        "DELETE FROM conflict_party WHERE id = $1", "SELECT id FROM conflict_party WHERE $1 = '' OR folded = $1",
                        "SELECT id, name, matter, note FROM conflict_party ORDER BY folded, matter"},
    [PARTY_PARTNER] = {"SELECT id, digest FROM partner WHERE folded = $1",
                       "INSERT INTO partner (folded, contact, name, note, since, digest, phone, reciprocity, share)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                       "UPDATE partner SET contact = $1, name = $2, note = $3, since = $4, digest = $5, phone = $6,"
                       " reciprocity = $7, share = $8 WHERE id = $9",
                       "DELETE FROM partner WHERE id = $1", "SELECT id FROM partner WHERE $1 = '' OR folded = $1",
                       "SELECT id, name, contact, note, phone, reciprocity, share FROM partner ORDER BY folded"},
};

static const char *get_own(const Party *party)
{
    return party->list == PARTY_CLIENT ? party->owner : party->list == PARTY_CONFLICT ? party->matter : party->terms->contact;
}

static char *fold_name(const char *name)
{
    char *folded = text_fold(name);
    if (*folded) {
        return folded;
    }
    g_free(folded);
    return g_strdup(name);
}

/* ---- keys ---- */

static gboolean insert_name(const Writing *writing, gint64 party, PartyNameRow what, const char *said, gint64 *id, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(writing->record->driver, "INSERT INTO party_name (list, party, what, said) VALUES ($1, $2, $3, $4)", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, writing->list);
    statement_bind_int(statement, party);
    statement_bind_int(statement, what);
    statement_bind_text(statement, said);
    return statement_insert(statement, id, error);
}

static gboolean insert_key(const Writing *writing, const char *key, gint kind, gint64 name, GError **error)
{
    g_autoptr(Statement) statement =
        driver_prepare(writing->record->driver,
                       "INSERT INTO party_key (key, list, kind, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text(statement, key);
    statement_bind_int(statement, writing->list);
    statement_bind_int(statement, kind);
    statement_bind_int(statement, name);
    return statement_run(statement, NULL, error);
}

static gboolean insert_near(const Writing *writing, const char *near, const char *word, gint64 *changes, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        writing->record->driver, "INSERT INTO party_word (near, word) VALUES ($1, $2) ON CONFLICT DO NOTHING", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text(statement, near);
    statement_bind_text(statement, word);
    return statement_run(statement, changes, error);
}

/* The word itself comes first: when it is there, so are its neighbours. */
static gboolean insert_word(const Writing *writing, const char *word, GError **error)
{
    g_autoptr(GPtrArray) neighbours = party_word_list_neighbours(word);
    gboolean is_new = TRUE;
    for (guint i = 0; i < neighbours->len && is_new; i++) {
        gint64 changes = 0;
        if (!insert_near(writing, g_ptr_array_index(neighbours, i), word, &changes, error)) {
            return FALSE;
        }
        is_new = i > 0 || changes > 0;
    }
    return TRUE;
}

static gboolean put_name_keys(const Writing *writing, const PartyName *name, gint64 id, GError **error)
{
    g_autoptr(GPtrArray) keys = party_name_list_keys(name);
    for (guint i = 0; i < keys->len; i++) {
        const PartyKey *key = g_ptr_array_index(keys, i);
        if (!insert_key(writing, key->text, (gint)key->kind, id, error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < name->words->len; i++) {
        const PartyWord *word = g_ptr_array_index(name->words, i);
        if (!word->is_initials && !insert_word(writing, word->text, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* A text may give several names: "X Ltd t/a Y". */
static gboolean put_names(const Writing *writing, gint64 party, const char *text, PartyNameRow what, GError **error)
{
    g_autoptr(GPtrArray) names = party_names_read(text);
    gint64 id = 0;
    if (!insert_name(writing, party, what, text, &id, error)) {
        return FALSE;
    }
    for (guint i = 0; i < names->len; i++) {
        if (!put_name_keys(writing, g_ptr_array_index(names, i), id, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean put_plain(const Writing *writing, gint64 party, const GPtrArray *texts, PartyNameRow what, PartyKeyRow kind,
                          GError **error)
{
    for (guint i = 0; i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        gint64 id = 0;
        if (!insert_name(writing, party, what, text, &id, error) || !insert_key(writing, text, (gint)kind, id, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean put_lines(const Writing *writing, gint64 party, const GPtrArray *texts, PartyNameRow what, GError **error)
{
    for (guint i = 0; i < texts->len; i++) {
        gint64 id = 0;
        if (!insert_name(writing, party, what, g_ptr_array_index(texts, i), &id, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean put_partner_lines(const Writing *writing, gint64 id, const Party *party, GError **error)
{
    return put_lines(writing, id, party->names, PARTY_ROW_OTHER_NAME, error) &&
           put_lines(writing, id, party->addresses, PARTY_ROW_ADDRESS, error) &&
           put_lines(writing, id, party->domains, PARTY_ROW_DOMAIN, error) &&
           put_lines(writing, id, party->terms->services, PARTY_ROW_SERVICE, error) &&
           put_lines(writing, id, party->terms->areas, PARTY_ROW_AREA, error);
}

static gboolean put_all_keys(const Writing *writing, gint64 id, const Party *party, GError **error)
{
    if (writing->list == PARTY_PARTNER) {
        return put_partner_lines(writing, id, party, error);
    }
    if (!put_names(writing, id, party->name, PARTY_ROW_NAME, error)) {
        return FALSE;
    }
    for (guint i = 0; i < party->names->len; i++) {
        if (!put_names(writing, id, g_ptr_array_index(party->names, i), PARTY_ROW_OTHER_NAME, error)) {
            return FALSE;
        }
    }
    return put_plain(writing, id, party->addresses, PARTY_ROW_ADDRESS, PARTY_KEY_ADDRESS, error) &&
           put_plain(writing, id, party->domains, PARTY_ROW_DOMAIN, PARTY_KEY_DOMAIN, error);
}

static gboolean drop_keys(const Writing *writing, gint64 party, GError **error)
{
    const gint64 values[] = {writing->list, party};
    return store_run_ints(writing->record,
                          "DELETE FROM party_key WHERE name IN (SELECT id FROM party_name WHERE list = $1 AND party = $2)", values,
                          2, NULL, error) &&
           store_run_ints(writing->record, "DELETE FROM party_name WHERE list = $1 AND party = $2", values, 2, NULL, error);
}

/* ---- parties ---- */

static void bind_identity(Statement *statement, const Party *party)
{
    statement_bind_text_take(statement, fold_name(party->name));
    if (party->list == PARTY_CONFLICT) {
        statement_bind_text(statement, party->matter);
    }
}

static void add_texts(TokenDigest *digest, const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        token_digest_add(digest, text, strlen(text) + 1);
    }
    token_digest_add(digest, "", 1);
}

/* Of all that is known of it. */
static char *make_digest(const Party *party)
{
    const char *texts[] = {party->name, party->owner, party->matter, party->note};
    TokenDigest *digest = token_digest_new();
    if (party->terms) {
        const PartnerTerms *terms = party->terms;
        const char *said[] = {terms->contact, terms->phone, terms->reciprocity, terms->share};
        for (guint i = 0; i < G_N_ELEMENTS(said); i++) {
            token_digest_add(digest, said[i], strlen(said[i]) + 1);
        }
        add_texts(digest, terms->services);
        add_texts(digest, terms->areas);
    }
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        token_digest_add(digest, texts[i], strlen(texts[i]) + 1);
    }
    add_texts(digest, party->names);
    add_texts(digest, party->addresses);
    add_texts(digest, party->domains);
    return token_digest_finish(digest);
}

/* *digest is of the party as it was put in; NULL when there is none. */
static gboolean find_party(const Writing *writing, const Party *party, gint64 *id, char **digest, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(writing->record->driver, sql_of[writing->list].find, error);
    if (!statement) {
        return FALSE;
    }
    bind_identity(statement, party);
    StepResult step = statement_step(statement, error);
    *id = step == STEP_ROW ? statement_read_int(statement) : 0;
    *digest = step == STEP_ROW ? statement_dup_text(statement) : NULL;
    return step != STEP_FAILED;
}

static void bind_party(Statement *statement, const Party *party, UsherTime now)
{
    statement_bind_text(statement, get_own(party));
    statement_bind_text(statement, party->name);
    statement_bind_text(statement, party->note);
    statement_bind_int(statement, now);
    statement_bind_text_take(statement, make_digest(party));
    if (party->terms) {
        statement_bind_text(statement, party->terms->phone);
        statement_bind_text(statement, party->terms->reciprocity);
        statement_bind_text(statement, party->terms->share);
    }
}

static gboolean insert_party(const Writing *writing, const Party *party, gint64 *id, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(writing->record->driver, sql_of[writing->list].insert, error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text_take(statement, fold_name(party->name));
    bind_party(statement, party, writing->now);
    return statement_insert(statement, id, error);
}

static gboolean update_party(const Writing *writing, gint64 id, const Party *party, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(writing->record->driver, sql_of[writing->list].update, error);
    if (!statement) {
        return FALSE;
    }
    bind_party(statement, party, writing->now);
    statement_bind_int(statement, id);
    return statement_run(statement, NULL, error) && drop_keys(writing, id, error);
}

static gboolean put_party(const Writing *writing, const Party *party, PartyCounts *counts, GError **error)
{
    gint64 id = 0;
    g_autofree char *known = NULL;
    if (!find_party(writing, party, &id, &known, error)) {
        return FALSE;
    }
    g_autofree char *digest = make_digest(party);
    if (g_strcmp0(known, digest) == 0) {
        return TRUE;
    }
    counts->changed += id != 0;
    counts->added += id == 0;
    gboolean is_put = id != 0 ? update_party(writing, id, party, error) : insert_party(writing, party, &id, error);
    return is_put && put_all_keys(writing, id, party, error) &&
           (writing->list != PARTY_PARTNER || partners_note_source(writing->record, party, error));
}

static gboolean delete_party(const Writing *writing, gint64 id, GError **error)
{
    return drop_keys(writing, id, error) && store_run_ints(writing->record, sql_of[writing->list].remove, &id, 1, NULL, error);
}

/* ---- many ---- */

static gboolean list_ids(const Writing *writing, const char *folded, GArray *ids, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(writing->record->driver, sql_of[writing->list].ids, error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_text(statement, folded);
    return store_read_ints(statement, ids, error);
}

static gboolean drop_others(const Writing *writing, const GPtrArray *kept, PartyCounts *counts, GError **error)
{
    g_autoptr(GHashTable) stays = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < kept->len; i++) {
        gint64 id = 0;
        g_autofree char *digest = NULL;
        if (!find_party(writing, g_ptr_array_index(kept, i), &id, &digest, error)) {
            return FALSE;
        }
        g_hash_table_add(stays, g_memdup2(&id, sizeof id));
    }
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!list_ids(writing, "", ids, error)) {
        return FALSE;
    }
    for (guint i = 0; i < ids->len; i++) {
        gint64 id = g_array_index(ids, gint64, i);
        if (g_hash_table_contains(stays, &id)) {
            continue;
        }
        counts->removed++;
        if (!delete_party(writing, id, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean put_parties(const Writing *writing, const GPtrArray *parties, PartyCounts *counts, GError **error)
{
    for (guint i = 0; i < parties->len; i++) {
        if (!put_party(writing, g_ptr_array_index(parties, i), counts, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* A long list writes all over its indexes: without memory for them it takes twice as long, and others wait. */
gboolean record_put_parties(Record *record, PartyList list, const GPtrArray *parties, gboolean is_whole, UsherTime now,
                            PartyCounts *counts, GError **error)
{
    store_must_write(record);
    Writing writing = {record, list, now};
    *counts = (PartyCounts){0};
    if (!driver_expect_many(record->driver, TRUE, error)) {
        return FALSE;
    }
    gboolean is_put = put_parties(&writing, parties, counts, error) &&
                      (!is_whole || drop_others(&writing, parties, counts, error)) &&
                      (list != PARTY_PARTNER || partners_check_count(record, error));
    return driver_expect_many(record->driver, FALSE, is_put ? error : NULL) && is_put;
}

gboolean record_remove_parties(Record *record, PartyList list, const char *name, guint *count, GError **error)
{
    store_must_write(record);
    Writing writing = {.record = record, .list = list};
    g_autofree char *folded = fold_name(name);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    *count = 0;
    if (!*folded) {
        return TRUE;
    }
    if (!list_ids(&writing, folded, ids, error)) {
        return FALSE;
    }
    for (guint i = 0; i < ids->len; i++) {
        if (!delete_party(&writing, g_array_index(ids, gint64, i), error)) {
            return FALSE;
        }
    }
    *count = ids->len;
    return TRUE;
}

/* ---- looking ---- */

static GPtrArray *find_texts(const Party *party, PartyNameRow what)
{
    switch (what) {
    case PARTY_ROW_ADDRESS:
        return party->addresses;
    case PARTY_ROW_DOMAIN:
        return party->domains;
    case PARTY_ROW_SERVICE:
        return party->terms->services;
    case PARTY_ROW_AREA:
        return party->terms->areas;
    case PARTY_ROW_NAME:
    case PARTY_ROW_OTHER_NAME:
        break;
    }
    return party->names;
}

gboolean party_add_known_by(Record *record, Party *party, GError **error)
{
    g_autoptr(Statement) statement = driver_prepare(
        record->driver, "SELECT what, said FROM party_name WHERE list = $1 AND party = $2 AND what > $3 ORDER BY id", error);
    if (!statement) {
        return FALSE;
    }
    statement_bind_int(statement, party->list);
    statement_bind_int(statement, party->id);
    statement_bind_int(statement, PARTY_ROW_NAME);
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        gint64 what = statement_read_int(statement);
        g_ptr_array_add(find_texts(party, (PartyNameRow)what), statement_dup_text(statement));
    }
    return step == STEP_DONE;
}

static void take_text(char **into, Statement *statement)
{
    g_free(*into);
    *into = statement_dup_text(statement);
}

Party *party_row_read(Statement *statement, PartyList list)
{
    gint64 id = statement_read_int(statement);
    Party *party = party_new(list, statement_read_text(statement));
    char **own = list == PARTY_CLIENT ? &party->owner : list == PARTY_CONFLICT ? &party->matter : &party->terms->contact;
    party->id = id;
    take_text(own, statement);
    take_text(&party->note, statement);
    if (party->terms) {
        take_text(&party->terms->phone, statement);
        take_text(&party->terms->reciprocity, statement);
        take_text(&party->terms->share, statement);
    }
    return party;
}

gboolean record_visit_parties(Record *record, PartyList list, RecordPartyVisitor visitor, gpointer data, GError **error)
{
    g_auto(StoreView) view = {NULL};
    if (!store_view(record, &view, error)) {
        return FALSE;
    }
    g_autoptr(Statement) statement = driver_prepare(record->driver, sql_of[list].visit, error);
    if (!statement) {
        return FALSE;
    }
    StepResult step;
    while ((step = statement_step(statement, error)) == STEP_ROW) {
        g_autoptr(Party) party = party_row_read(statement, list);
        if (!party_add_known_by(record, party, error)) {
            return FALSE;
        }
        if (!visitor(party, data)) {
            return TRUE;
        }
    }
    return step == STEP_DONE;
}
