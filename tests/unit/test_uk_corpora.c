/*
 * test_uk_corpora.c - telephone numbers, postcodes and company names of the United Kingdom, against sets with known results
 *
 * The sets lie outside of the project: CORPORA=DIR names them, ../shared/corpora is the default; when they are absent this is said and skipped.
 * Each test prints how many were read right; the goals stand beside it. LIST=1 names each miss.
 */
#include "shipped.h"

static Rulebook *rulebook;
static const char *corpora;

typedef struct {
    const char *what;
    guint right, all;
} Tally;

static void count(Tally *tally, gboolean is_right, const char *said, const char *expected, const char *found)
{
    tally->all++;
    tally->right += is_right ? 1 : 0;
    if (!is_right && g_getenv("LIST")) {
        g_test_message("%s: \"%s\" is %s, not %s", tally->what, said, found ? found : "nothing", expected ? expected : "nothing");
    }
}

/* At least so many per cent. */
static void assert_tally(const Tally *tally, guint least)
{
    g_test_message("%s: %u of %u right, at least %u %% wanted", tally->what, tally->right, tally->all, least);
    g_assert_cmpuint(tally->all, >, 0);
    g_assert_cmpuint(tally->right * 100, >=, tally->all * least);
}

/* The lines of a file of the sets, without the first when it is a heading; NULL (and the test is skipped) when it is not there. */
static char **read_lines(const char *name)
{
    g_autofree char *path = g_build_filename(corpora, name, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_autofree char *why = g_strdup_printf("\"%s\" is not there: set CORPORA to the folder of the test mails", path);
        g_test_skip(why);
        return NULL;
    }
    return g_strsplit(g_strchomp(text), "\n", -1);
}

/* A text as JSON writes it, of which the sets use no more than \" and \\. */
static char *read_json_text(const char *written)
{
    gsize length = strlen(written);
    g_autofree char *inner = length >= 2 && *written == '"' ? g_strndup(written + 1, length - 2) : g_strdup(written);
    return g_strcompress(inner);
}

static char *normalise(FieldType type, const char *raw)
{
    FieldRule rule = {.type = type};
    return extract_normalise(&rule, raw, rulebook->settings, SHIPPED_NOW);
}

/* Each spelling alone, and the same where people write it. */
static void test_phones(void)
{
    g_auto(GStrv) lines = read_lines("uk-phones/spellings.tsv");
    Tally alone = {"numbers alone", 0, 0}, said = {"numbers in a sentence", 0, 0};
    for (guint i = 1; lines && lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        if (g_strv_length(cells) < 5) {
            continue;
        }
        g_autofree char *raw = read_json_text(cells[3]);
        gboolean has_extension = cells[5] && *cells[5];
        g_autofree char *expected = g_strconcat(cells[4], has_extension ? ";ext=" : "", has_extension ? cells[5] : "", NULL);
        g_autofree char *number = normalise(FIELD_PHONE, raw);
        g_autofree char *body = g_strdup_printf("Hello,\n\nplease call me on %s after four.\n", raw);
        g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: hello\n", body);
        count(&alone, g_strcmp0(number, expected) == 0, raw, expected, number);
        count(&said, g_strcmp0(get_field(mail, "phone"), expected) == 0, raw, expected, get_field(mail, "phone"));
    }
    if (lines) {
        assert_tally(&alone, 99);
        assert_tally(&said, 95);
    }
}

static void test_no_phones(void)
{
    g_auto(GStrv) lines = read_lines("uk-phones/not-a-phone-number.txt");
    Tally tally = {"look-alikes left alone", 0, 0};
    for (guint i = 0; lines && lines[i]; i++) {
        g_autofree char *body = g_strdup_printf("Hello,\n\nit is about %s and we need help.\n", lines[i]);
        g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: hello\n", body);
        count(&tally, !get_field(mail, "phone"), lines[i], NULL, get_field(mail, "phone"));
    }
    if (lines) {
        assert_tally(&tally, 100);
    }
}

/* An example of every range that is given out: as it is dialled, and in free text. */
static void test_ranges(void)
{
    g_auto(GStrv) lines = read_lines("uk-phones/libphonenumber-44-examples.csv");
    Tally tally = {"examples of the ranges", 0, 0};
    for (guint i = 1; lines && lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], ";", -1);
        for (guint j = 0; cells[j]; j++) {
            g_strdelimit(cells[j], "\"", ' ');
            const char *digits = g_strstrip(cells[j]);
            gsize length = strlen(digits);
            if (length < 9 || length > 10 || strspn(digits, "0123456789") != length) {
                continue;
            }
            g_autofree char *dialled = g_strconcat("0", digits, NULL), *expected = g_strconcat("+44", digits, NULL);
            g_autofree char *number = normalise(FIELD_PHONE, dialled);
            count(&tally, g_strcmp0(number, expected) == 0, dialled, expected, number);
        }
    }
    if (lines && tally.all > 0) {
        assert_tally(&tally, 100);
    }
}

/* Forms that the sets write with A and 9 in place of letters and digits are no postcodes of anywhere. */
static gboolean is_shape(const char *postcode)
{
    return strspn(postcode, "A9 ") == strlen(postcode);
}

static void test_postcodes(void)
{
    static const char *const files[] = {"uk-postcodes/normalisation.tsv", "uk-postcodes/validation.tsv", "uk-postcodes/units.tsv",
                                        "uk-postcodes/areas.tsv"};
    Tally tally = {"postcodes", 0, 0};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_auto(GStrv) lines = read_lines(files[i]);
        for (guint j = 1; lines && lines[j]; j++) {
            g_auto(GStrv) cells = g_strsplit(lines[j], "\t", -1);
            if (g_strv_length(cells) != 2 || is_shape(cells[0])) {
                continue;
            }
            g_autofree char *postcode = normalise(FIELD_POSTCODE, cells[0]);
            gboolean is_none = strcmp(cells[1], "False") == 0 || strcmp(cells[1], "None") == 0 || !*cells[1];
            gboolean is_right = is_none ? !postcode : postcode != NULL;
            if (i == 0 && !is_none) {
                is_right = g_strcmp0(postcode, cells[1]) == 0;
            }
            count(&tally, is_right, cells[0], cells[1], postcode);
        }
        if (!lines) {
            return;
        }
    }
    assert_tally(&tally, 100);
}

/* All areas are known, and each has a place. */
static void test_areas(void)
{
    g_auto(GStrv) lines = read_lines("uk-postcodes/areas-124.txt");
    Tally tally = {"areas", 0, 0};
    for (guint i = 0; lines && lines[i]; i++) {
        g_autofree char *postcode = g_strconcat(g_strstrip(lines[i]), "1 1AA", NULL);
        g_autofree char *body = g_strdup_printf("Hello,\n\nwe are at 3 Quay Lane, %s.\n", postcode);
        g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: hello\n", body);
        count(&tally, g_strcmp0(get_field(mail, "postcode"), postcode) == 0 && get_field(mail, "location"), postcode, postcode,
              get_field(mail, "postcode"));
    }
    if (lines) {
        assert_tally(&tally, 100);
    }
}

/* British names with a legal form, where people write them. */
static void test_companies(void)
{
    g_auto(GStrv) lines = read_lines("uk-company-suffixes/companies.tsv");
    Tally tally = {"company names", 0, 0};
    for (guint i = 1; lines && lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        if (g_strv_length(cells) != 2 || strcmp(cells[1], "United Kingdom") != 0) {
            continue;
        }
        g_autofree char *body = g_strdup_printf("Hello,\n\nI am writing for %s and we need help.\n", cells[0]);
        g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: hello\n", body);
        g_autofree char *plain = g_strdup(cells[0]);
        if (g_str_has_suffix(plain, ".")) {
            plain[strlen(plain) - 1] = '\0';
        }
        const char *found = get_field(mail, "company");
        count(&tally, found && (strcmp(found, cells[0]) == 0 || strcmp(found, plain) == 0), cells[0], cells[0], found);
    }
    if (lines) {
        assert_tally(&tally, 95);
    }
}

static void test_legal_forms(void)
{
    g_auto(GStrv) lines = read_lines("uk-company-suffixes/uk-suffixes.tsv");
    Tally tally = {"legal forms", 0, 0};
    for (guint i = 1; lines && lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        if (g_strv_length(cells) < 3 || !strstr(cells[2], "Act ") || strstr(cells[0], "LP") == cells[0] ||
            strcmp(cells[0], "PC") == 0) {
            continue; /* LP and PC begin too many other words */
        }
        g_autofree char *name = g_strconcat("Northmoor Forge ", cells[0], NULL);
        g_autofree char *body = g_strdup_printf("Hello,\n\nI am writing for %s and we need help.\n", name);
        g_autoptr(ReadMail) mail = read_mail(rulebook, "From: Pam Ash <pam@example.org>\nSubject: hello\n", body);
        const char *found = get_field(mail, "company");
        count(&tally, found && g_str_has_prefix(name, found) && strlen(found) + 1 >= strlen(name), name, name, found);
    }
    if (lines) {
        assert_tally(&tally, 100);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    parse_open();
    corpora = g_getenv("CORPORA") ? g_getenv("CORPORA") : "../shared/corpora";
    rulebook = load_shipped();
    g_test_add_func("/uk/phones", test_phones);
    g_test_add_func("/uk/phones/look-alikes", test_no_phones);
    g_test_add_func("/uk/phones/ranges", test_ranges);
    g_test_add_func("/uk/postcodes", test_postcodes);
    g_test_add_func("/uk/postcodes/areas", test_areas);
    g_test_add_func("/uk/companies", test_companies);
    g_test_add_func("/uk/companies/legal-forms", test_legal_forms);
    int result = g_test_run();
    rulebook_free(rulebook);
    return result;
}
