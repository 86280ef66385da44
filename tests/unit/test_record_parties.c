/*
 * test_record_parties - lists of parties on record, and finding them
 */
#include "record_fixture.h"

typedef struct {
    PartyList list;
    GPtrArray *parties;
    gboolean is_whole;
    PartyCounts counts;
} Job;

static gboolean put(Record *record, gpointer data, GError **error)
{
    Job *job = data;
    return record_put_parties(record, job->list, job->parties, job->is_whole, NOW, &job->counts, error);
}

/* name|former names|addresses|domains|matter or owner, each list by commas */
static Party *make_party(PartyList list, const char *text)
{
    g_auto(GStrv) pieces = g_strsplit(text, "|", 5);
    Party *party = party_new(list, pieces[0]);
    GPtrArray *const lists[] = {party->names, party->addresses, party->domains};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_auto(GStrv) texts = g_strsplit(pieces[i + 1], ",", -1);
        for (char **at = texts; *at; at++) {
            g_ptr_array_add(lists[i], g_strdup(*at));
        }
    }
    char **own = list == PARTY_CLIENT ? &party->owner : &party->matter;
    g_free(*own);
    *own = g_strdup(pieces[4]);
    return party;
}

static PartyCounts put_all(Store *store, PartyList list, gboolean is_whole, const char *const *texts)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) parties = g_ptr_array_new_with_free_func((GDestroyNotify)party_free);
    for (; *texts; texts++) {
        g_ptr_array_add(parties, make_party(list, *texts));
    }
    Job job = {.list = list, .parties = parties, .is_whole = is_whole};
    record_run(store->record, put, &job, &error);
    g_assert_no_error(error);
    return job.counts;
}

/* "address:Tranter Ltd, near name:Globex", the surest first. */
static char *find(Store *store, PartyList list, PartyHow how, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) asks = g_ptr_array_new_with_free_func((GDestroyNotify)party_ask_free);
    g_autoptr(GPtrArray) matches = g_ptr_array_new_with_free_func((GDestroyNotify)party_match_free);
    g_ptr_array_add(asks, party_ask_new(how, "company", text));
    record_find_parties(store->record, list, asks, matches, &error);
    g_assert_no_error(error);
    GString *found = g_string_new(NULL);
    for (guint i = 0; i < matches->len; i++) {
        const PartyMatch *match = g_ptr_array_index(matches, i);
        g_string_append_printf(found, "%s%s:%s", i ? ", " : "", party_how_get_name(match->how), match->party->name);
        g_autofree char *said = party_match_describe(match);
        g_assert_nonnull(strstr(said, match->matched));
    }
    return g_string_free(found, FALSE);
}

static void check(Store *store, PartyList list, PartyHow how, const char *text, const char *expected)
{
    g_autofree char *found = find(store, list, how, text);
    g_assert_cmpstr(found, ==, expected);
}

static const char *const first_list[] = {"Tranter Ltd t/a Chapel Forge|Initech plc|ann@tranter.example|tranter.example|M1",
                                         "Globex GmbH||||M2", "John Smith||||M3", NULL};

static void test_finding(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Globex", "");
    PartyCounts counts = put_all(store, PARTY_CONFLICT, FALSE, first_list);
    g_assert_cmpuint(counts.added, ==, 3);
    check(store, PARTY_CONFLICT, PARTY_BY_ADDRESS, "ann@tranter.example", "address:Tranter Ltd t/a Chapel Forge");
    check(store, PARTY_CONFLICT, PARTY_BY_ADDRESS, "bob@tranter.example", "");
    check(store, PARTY_CONFLICT, PARTY_BY_DOMAIN, "tranter.example", "domain:Tranter Ltd t/a Chapel Forge");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "TRANTER LIMITED", "name:Tranter Ltd t/a Chapel Forge");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "the chapel forge", "name:Tranter Ltd t/a Chapel Forge");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Initech", "name:Tranter Ltd t/a Chapel Forge");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Trantor", "near name:Tranter Ltd t/a Chapel Forge");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Globex Group", "near name:Globex GmbH");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "J. Smith", "near name:John Smith");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Jane Smith", "");
    check(store, PARTY_CLIENT, PARTY_BY_NAME, "Globex", "");
}

static void test_surest_way(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const list[] = {"Tranter||||", "Trantor||||", NULL};
    put_all(store, PARTY_CLIENT, FALSE, list);
    check(store, PARTY_CLIENT, PARTY_BY_NAME, "Tranter", "name:Tranter, near name:Trantor");
}

static void test_replacing(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const second[] = {"TRANTER LTD t/a Chapel Forge||||M1", "Globex GmbH||||M9", NULL};
    put_all(store, PARTY_CONFLICT, FALSE, first_list);
    PartyCounts counts = put_all(store, PARTY_CONFLICT, FALSE, second);
    g_assert_cmpuint(counts.added, ==, 1);
    g_assert_cmpuint(counts.changed, ==, 1);
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Initech", "");
    check(store, PARTY_CONFLICT, PARTY_BY_DOMAIN, "tranter.example", "");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Globex", "name:Globex GmbH, name:Globex GmbH");
    counts = put_all(store, PARTY_CONFLICT, TRUE, second);
    g_assert_cmpuint(counts.removed, ==, 2);
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "John Smith", "");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Globex", "name:Globex GmbH");
}

typedef struct {
    const char *name;
    guint count;
} Removal;

static gboolean take_out(Record *record, gpointer data, GError **error)
{
    Removal *removal = data;
    return record_remove_parties(record, PARTY_CONFLICT, removal->name, &removal->count, error);
}

static void test_removing(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const names[] = {"john smith", "Nobody", "", "John Smith"};
    static const guint counts[] = {1, 0, 0, 0};
    put_all(store, PARTY_CONFLICT, FALSE, first_list);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        Removal removal = {.name = names[i]};
        record_run(store->record, take_out, &removal, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(removal.count, ==, counts[i]);
    }
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "John Smith", "");
    check(store, PARTY_CONFLICT, PARTY_BY_NAME, "Globex", "name:Globex GmbH");
}

#define ADD(path, function) g_test_add(path, Store, NULL, store_set_up, function, store_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/record-parties/finding", test_finding);
    ADD("/record-parties/surest-way", test_surest_way);
    ADD("/record-parties/replacing", test_replacing);
    ADD("/record-parties/removing", test_removing);
    return g_test_run();
}
