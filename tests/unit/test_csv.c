/*
 * test_csv - tables as spreadsheets write them, and as they break
 */
#include "usher/base/csv.h"

#include <string.h>

static const char *const email_aliases[] = {"e mail", NULL};
static const CsvColumn columns[] = {{"name", NULL}, {"email", email_aliases}, {NULL, NULL}};

static CsvTable *read_bytes(const char *bytes, gsize length)
{
    GError *error = NULL;
    CsvTable *table = csv_table_read(bytes, length, columns, &error);
    g_assert_no_error(error);
    return table;
}

static void test_separators(void)
{
    static const char *const texts[] = {"name,email\nA,\"x,y\"\n", "email;name\r\n\"x,y\";A\r\n", "name\tE-Mail\nA\tx,y",
                                        "\xEF\xBB\xBFName;\"EMAIL\"\rA;x,y\r"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(CsvTable) table = read_bytes(texts[i], strlen(texts[i]));
        g_assert_cmpuint(csv_table_count_rows(table), ==, 1);
        g_assert_cmpstr(csv_table_get(table, 0, 0), ==, "A");
        g_assert_cmpstr(csv_table_get(table, 0, 1), ==, "x,y");
        g_assert_null(csv_table_get_break(table));
    }
}

static void test_charsets(void)
{
    static const char latin[] = "name\nZo\xEB \x96 Sons\n";
    static const char wide[] = "\xFF\xFEn\0a\0m\0e\0\t\0e\0m\0a\0i\0l\0\n\0Z\0\xEB\0\t\0x\0\n";
    g_autoptr(CsvTable) table = read_bytes(latin, sizeof latin - 1);
    g_assert_cmpstr(csv_table_get(table, 0, 0), ==, "Zoë – Sons");
    g_autoptr(CsvTable) other = read_bytes(wide, sizeof wide);
    g_assert_cmpstr(csv_table_get(other, 0, 0), ==, "Zë");
    g_assert_cmpstr(csv_table_get(other, 0, 1), ==, "x");
}

static void test_lines(void)
{
    static const char text[] = "name,email,colour\r\n\r\n\"A \"\"B\"\"\r\nC\",x\r\n,,\r\nD,,,,\r\nE,y,z,more\r\n";
    g_autoptr(CsvTable) table = read_bytes(text, sizeof text - 1);
    g_assert_cmpuint(csv_table_count_rows(table), ==, 3);
    g_assert_cmpuint(csv_table_get_line(table, 0), ==, 3);
    g_assert_cmpuint(csv_table_get_line(table, 1), ==, 6);
    g_assert_cmpuint(csv_table_get_line(table, 2), ==, 7);
    g_assert_cmpstr(csv_table_get(table, 0, 0), ==, "A \"B\"\r\nC");
    g_assert_cmpstr(csv_table_get(table, 1, 1), ==, "");
    g_assert_cmpuint(csv_table_count_surplus(table, 1), ==, 0);
    g_assert_cmpuint(csv_table_count_surplus(table, 2), ==, 1);
    g_assert_cmpuint(csv_table_get_unknown(table)->len, ==, 1);
}

static void test_broken(void)
{
    static const char open_quote[] = "name,email\nA,x\nB,\"y\nC,z\n";
    g_autoptr(CsvTable) table = read_bytes(open_quote, sizeof open_quote - 1);
    g_assert_cmpuint(csv_table_count_rows(table), ==, 1);
    g_assert_true(g_str_has_prefix(csv_table_get_break(table), "line 3: "));
    static const char stray[] = "name,email\nA 5\" pipe,x\nB,y\n";
    g_autoptr(CsvTable) other = read_bytes(stray, sizeof stray - 1);
    g_assert_cmpuint(csv_table_count_rows(other), ==, 2);
    g_assert_cmpstr(csv_table_get(other, 0, 0), ==, "A 5\" pipe");
    g_autoptr(GString) endless = g_string_new("name,email\nA,x\nB,\"");
    for (guint i = 0; i < 300000; i++) {
        g_string_append(endless, "no end, \n");
    }
    g_autoptr(CsvTable) cut = read_bytes(endless->str, endless->len);
    g_assert_cmpuint(csv_table_count_rows(cut), ==, 1);
    g_assert_nonnull(csv_table_get_break(cut));
}

static void test_headers(void)
{
    static const char *const texts[] = {"", "\n\n", "colour,taste\nred,sour\n", "name,Name\nA,B\n"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(csv_table_read(texts[i], strlen(texts[i]), columns, &error));
        g_assert_nonnull(error);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/csv/separators", test_separators);
    g_test_add_func("/csv/charsets", test_charsets);
    g_test_add_func("/csv/lines", test_lines);
    g_test_add_func("/csv/broken", test_broken);
    g_test_add_func("/csv/headers", test_headers);
    return g_test_run();
}
