/*
 * test_party_name - names that are the same, nearly the same, and not: judged as the record does, by keys and probes
 */
#include <glib.h>
#include <string.h>

#include "usher/base/party_name.h"

typedef enum { SAME, NEAR, OTHER } Verdict;

static const char *const verdict_words[] = {"the same", "near", "other"};

static gboolean has_key(const GPtrArray *keys, PartyKeyKind kind, const char *text)
{
    for (guint i = 0; i < keys->len; i++) {
        const PartyKey *key = g_ptr_array_index(keys, i);
        if (key->kind == kind && strcmp(key->text, text) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean share_neighbour(const char *a, const char *b)
{
    g_autoptr(GPtrArray) of_a = party_word_list_neighbours(a);
    g_autoptr(GPtrArray) of_b = party_word_list_neighbours(b);
    for (guint i = 0; i < of_a->len; i++) {
        if (g_ptr_array_find_with_equal_func(of_b, g_ptr_array_index(of_a, i), g_str_equal, NULL)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* One letter wrong in one word, found by the words' neighbours. */
static gboolean has_typo(const PartyName *kept, const PartyName *asked, const GPtrArray *keys)
{
    for (guint i = 0; i < asked->words->len; i++) {
        const PartyWord *word = g_ptr_array_index(asked->words, i);
        for (guint j = 0; j < kept->words->len; j++) {
            const PartyWord *other = g_ptr_array_index(kept->words, j);
            g_autofree char *key = party_name_make_key_with(asked, i, other->text);
            if (share_neighbour(word->text, other->text) && party_word_is_near(word->text, other->text) &&
                has_key(keys, PARTY_KEY_EXACT, key)) {
                return TRUE;
            }
        }
    }
    return FALSE;
}

static Verdict judge_names(const PartyName *kept, const PartyName *asked)
{
    g_autoptr(GPtrArray) keys = party_name_list_keys(kept);
    g_autoptr(GPtrArray) probes = party_name_list_probes(asked);
    Verdict verdict = has_typo(kept, asked, keys) ? NEAR : OTHER;
    for (guint i = 0; i < probes->len; i++) {
        const PartyProbe *probe = g_ptr_array_index(probes, i);
        if (has_key(keys, probe->kind, probe->text)) {
            verdict = MIN(verdict, probe->why ? NEAR : SAME);
        }
    }
    return verdict;
}

static Verdict judge(const char *kept, const char *asked)
{
    g_autoptr(GPtrArray) all_kept = party_names_read(kept);
    g_autoptr(GPtrArray) all_asked = party_names_read(asked);
    Verdict verdict = OTHER;
    for (guint i = 0; i < all_kept->len; i++) {
        for (guint j = 0; j < all_asked->len; j++) {
            verdict = MIN(verdict, judge_names(g_ptr_array_index(all_kept, i), g_ptr_array_index(all_asked, j)));
        }
    }
    return verdict;
}

static const struct {
    Verdict verdict;
    const char *kept, *asked;
} pairs[] = {
    /* case, accents, punctuation, blanks */
    {SAME, "Tranter Developments", "TRANTER DEVELOPMENTS"},
    {SAME, "Café Élan", "cafe elan"},
    {SAME, "Müller Maschinenbau", "Muller Maschinenbau"},
    {SAME, "Müller Maschinenbau", "Mueller Maschinenbau"},
    {SAME, "Mueller Maschinenbau", "Müller Maschinenbau"},
    {SAME, "Søren Ørsted", "Soren Orsted"},
    {SAME, "Łukasz Wójcik", "Lukasz Wojcik"},
    {SAME, "Weiß & Söhne", "WEISS und Soehne"},
    {SAME, "Æthelred Foods", "Aethelred Foods"},
    {SAME, "O'Brien", "O’Brien"},
    {SAME, "O'Brien", "OBrien"},
    {SAME, "Stroud-Forge", "Stroud Forge"},
    {SAME, "StroudForge", "Stroud Forge"},
    {SAME, "Foot.Loose", "Foot Loose"},
    {SAME, "  Chapel   House ", "Chapel House"},
    /* legal forms */
    {SAME, "Tranter Developments Ltd", "Tranter Developments Limited"},
    {SAME, "Tranter Developments Ltd.", "Tranter Developments"},
    {SAME, "Tranter Developments Ltd", "Tranter Developments PLC"},
    {SAME, "Globex GmbH", "Globex"},
    {SAME, "Globex GmbH & Co. KG", "Globex"},
    {SAME, "Initech S.A.", "Initech SA"},
    {SAME, "Initech S. A.", "Initech"},
    {SAME, "Plan B S.A.", "Plan B"},
    {SAME, "Hooli S.p.A.", "Hooli"},
    {SAME, "Hooli SpA", "Hooli S.P.A."},
    {SAME, "Umbrella Sp. z o.o.", "Umbrella"},
    {SAME, "Umbrella s.r.o.", "Umbrella"},
    {SAME, "Acme Pty Ltd", "Acme"},
    {SAME, "Acme A/S", "Acme ApS"},
    {SAME, "Acme, Inc.", "ACME Corporation"},
    {SAME, "SARL Dupont", "Dupont"},
    {SAME, "Gwynedd Coed Cyf", "Gwynedd Coed Cyfyngedig"},
    {SAME, "Gwynedd Coed Cyf.", "Gwynedd Coed Ltd"},
    {SAME, "Smith & Co", "Smith and Company"},
    {SAME, "Limited", "LIMITED"},
    /* the, and, titles, initials, order */
    {SAME, "The Black Horse", "Black Horse"},
    {SAME, "Black Horse, The", "The Black Horse Ltd"},
    {SAME, "Y Bwthyn Cyf", "Bwthyn"},
    {SAME, "Marks & Spencer", "Marks and Spencer plc"},
    {SAME, "Marks + Spencer", "Spencer & Marks"},
    {SAME, "J. P. Morgan", "JP Morgan"},
    {SAME, "J.P.Morgan", "J P Morgan & Co"},
    {SAME, "Smith, John", "John Smith"},
    {SAME, "Mr John Smith", "SMITH John"},
    {SAME, "Smith, Dr John", "John Smith"},
    {SAME, "Developments Tranter", "Tranter Developments"},
    /* several names */
    {SAME, "Tranter Ltd t/a The Chapel Forge", "Chapel Forge"},
    {SAME, "Tranter Ltd trading as Chapel Forge", "Tranter"},
    {SAME, "Mary Evans (née Price)", "Mary Evans"},
    {SAME, "Globex Ltd (formerly Initech plc)", "Initech"},
    {SAME, "Initech plc (now Globex Ltd)", "Globex Limited"},
    {SAME, "Globex, formerly known as Initech", "INITECH"},
    {SAME, "Globex", "Initech Ltd (formerly Globex Ltd)"},
    {SAME, "Bara Cymru Cyf (gynt Becws Mon)", "Becws Môn"},
    {SAME, "Mary Nee", "Nee, Mary"},
    /* near */
    {NEAR, "Tranter Developments Ltd", "Trantor Developments"},
    {NEAR, "Tranter", "Trantre Ltd"},
    {NEAR, "Tranter", "Tanter"},
    {NEAR, "Jon Smith", "John Smith"},
    {NEAR, "Tranter Holdings Ltd", "Tranter Ltd"},
    {NEAR, "Tranter", "Tranter (UK) Limited"},
    {NEAR, "Stroud Forge Foundry", "Stroud Forge"},
    {NEAR, "Stroud Forge", "Stroud Chapel Forge Ltd"},
    {NEAR, "John Smith", "J Smith"},
    {NEAR, "J. Smith", "Smith, John"},
    {NEAR, "John Michael Smith", "J. M. Smith"},
    {NEAR, "John Michael Smith", "John M Smith"},
    {NEAR, "John Smith", "John M Smith"},
    {NEAR, "J M Smith", "John Smith"},
    {NEAR, "J M Smith", "J Smith"},
    {NEAR, "Chapel House Spa", "Chapel House"},
    /* other */
    {OTHER, "John Smith", "Jane Smith"},
    {OTHER, "John Smith", "Smith Ltd"},
    {OTHER, "Tranter Holdings", "Globex Holdings"},
    {OTHER, "Acme 4", "Acme 5"},
    {OTHER, "Unit 21 Ltd", "Unit 22 Ltd"},
    {OTHER, "Ford", "Fork Lifts"},
    {OTHER, "Stroud Forge", "Stroud Bakery"},
    {OTHER, "Jo Lee", "Joe Lee"},
    {OTHER, "Services Ltd", "Holdings Ltd"},
    {OTHER, "Chapel Forge", "Forge"},
};

static void test_pairs(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        Verdict verdict = judge(pairs[i].kept, pairs[i].asked);
        if (verdict != pairs[i].verdict) {
            g_test_message("\"%s\" and \"%s\": %s, not %s", pairs[i].kept, pairs[i].asked, verdict_words[verdict],
                           verdict_words[pairs[i].verdict]);
            g_test_fail();
        }
    }
}

/* Whoever is on the list and whoever writes: it makes no difference. */
static void test_pairs_turned(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (judge(pairs[i].asked, pairs[i].kept) != pairs[i].verdict) {
            g_test_message("\"%s\" and \"%s\" differ the other way round", pairs[i].asked, pairs[i].kept);
            g_test_fail();
        }
    }
}

static void test_nothing(void)
{
    static const char *const texts[] = {"", "  ", "-", "()", "&"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) names = party_names_read(texts[i]);
        g_assert_cmpuint(names->len, ==, 0);
    }
}

/* What a stranger sends costs no more than a name does. */
static void test_monsters(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < 20000; i++) {
        g_string_append_printf(text, "t/a word%u \xff(now ", i);
    }
    g_autoptr(GPtrArray) names = party_names_read(text->str);
    g_assert_cmpuint(names->len, <=, 8);
    for (guint i = 0; i < names->len; i++) {
        const PartyName *name = g_ptr_array_index(names, i);
        g_autoptr(GPtrArray) probes = party_name_list_probes(name);
        g_assert_cmpuint(name->words->len, <=, 12);
        g_assert_cmpuint(probes->len, <=, 100);
    }
}

static void test_legal_forms(void)
{
    static const char *const yes[] = {"Ltd", "LTD.", "Limited", "GmbH", "S.A.", "A/S", "plc", "Cyf", "S.p.A.", "Inc."};
    static const char *const no[] = {"Tranter", "Group", "", "the"};
    for (guint i = 0; i < G_N_ELEMENTS(yes); i++) {
        g_assert_true(party_word_is_legal_form(yes[i]));
    }
    for (guint i = 0; i < G_N_ELEMENTS(no); i++) {
        g_assert_false(party_word_is_legal_form(no[i]));
    }
}

static void test_near_words(void)
{
    g_assert_true(party_word_is_near("forge", "forge1"));
    g_assert_true(party_word_is_near("forge", "orge"));
    g_assert_true(party_word_is_near("forge", "froge"));
    g_assert_true(party_word_is_near("forge", "fxrge"));
    g_assert_true(party_word_is_near("müller", "muller"));
    g_assert_false(party_word_is_near("forge", "forge"));
    g_assert_false(party_word_is_near("forge", "frgoe"));
    g_assert_false(party_word_is_near("forge", ""));
    g_assert_false(party_word_is_near("tim", "tom"));
    g_assert_true(party_word_is_near("jon", "john"));
    g_assert_false(party_word_is_near("a", ""));
    g_assert_false(party_word_is_near("", ""));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/party-name/pairs", test_pairs);
    g_test_add_func("/party-name/pairs-turned", test_pairs_turned);
    g_test_add_func("/party-name/nothing", test_nothing);
    g_test_add_func("/party-name/monsters", test_monsters);
    g_test_add_func("/party-name/legal-forms", test_legal_forms);
    g_test_add_func("/party-name/near-words", test_near_words);
    return g_test_run();
}
