/*
 * test_text.c - base/text: bytes to text, lines, blocks, folding, addresses
 */
#include <string.h>

#include "usher/base/text.h"

typedef struct {
    const char *bytes;
    gssize length; /* -1: up to NUL */
    const char *charset;
    const char *expected;
    gboolean is_guess;
} BytesCase;

static const BytesCase bytes_cases[] = {
    {"plain", -1, NULL, "plain", FALSE},
    {"plain", -1, "", "plain", FALSE},
    {"plain", -1, "us-ascii", "plain", FALSE},
    {"plain", -1, "no-such-charset", "plain", TRUE},
    {"caf\xC3\xA9", -1, "utf-8", "caf\xC3\xA9", FALSE},
    {"caf\xC3\xA9", -1, "\"UTF-8\"", "caf\xC3\xA9", FALSE},
    {"caf\xC3\xA9", -1, NULL, "caf\xC3\xA9", TRUE},
    {"caf\xC3\xA9", -1, "us-ascii", "caf\xC3\xA9", TRUE},
    {"caf\xC3\xA9", -1, "x-klingon", "caf\xC3\xA9", TRUE},
    {"caf\xE9", -1, "iso-8859-1", "caf\xC3\xA9", FALSE},
    {"caf\xE9", -1, "utf-8", "caf\xC3\xA9", TRUE},
    {"caf\xE9", -1, NULL, "caf\xC3\xA9", TRUE},
    {"\x93hi\x94 \x80"
     "5",
     -1, "ISO-8859-1",
     "\xE2\x80\x9Chi\xE2\x80\x9D \xE2\x82\xAC"
     "5",
     FALSE},
    {"\x93hi\x94", -1, "us-ascii", "\xE2\x80\x9Chi\xE2\x80\x9D", TRUE},
    {"\x81", -1, "windows-1252", "\xEF\xBF\xBD", FALSE},
    {"z\xB3oty \xA3", -1, "iso-8859-2", "z\xC5\x82oty \xC5\x81", FALSE},
    {"\xCF\xF0\xE8\xE2\xE5\xF2", -1, "windows-1251", "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82", FALSE},
    {"\x1B$B$3$s\x1B(B", -1, "iso-2022-jp", "\xE3\x81\x93\xE3\x82\x93", FALSE},
    {"\xFF\xFEh\0i\0", 6, "utf-16", "hi", FALSE},
    {"h\0i\0\0\0!\0", 8, "utf-16le", "hi!", FALSE},
    {"\xEF\xBB\xBFhi", -1, "utf-8", "hi", FALSE},
    {"a\0b\0\0c", 6, "utf-8", "abc", FALSE},
    {"\0\0", 2, NULL, "", FALSE},
    {"", 0, NULL, "", FALSE},
    /* cut in the middle of a character */
    {"\xC3\xA9t\xC3", -1, "utf-8", "\xC3\xA9t\xEF\xBF\xBD", TRUE},
    /* UTF-8 with a footer of one Latin-1 byte */
    {"\xC3\xA9\xC3\xA8\xC3\xA0 caf\xE9!", -1, "utf-8", "\xC3\xA9\xC3\xA8\xC3\xA0 caf\xEF\xBF\xBD!", TRUE},
    /* names that are no names: a path, endless, control characters */
    {"caf\xE9", -1, "../../tmp/evil", "caf\xC3\xA9", TRUE},
    {"caf\xE9", -1, "UTF-8//TRANSLIT", "caf\xC3\xA9", TRUE},
    {"caf\xE9", -1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "caf\xC3\xA9", TRUE},
    {"caf\xE9", -1, "utf-8\x01", "caf\xC3\xA9", TRUE},
    /* declared Shift_JIS, but these bytes are not */
    {"caf\xC3\xA9\xFF", -1, "shift_jis", "caf\xC3\x83\xC2\xA9\xC3\xBF", TRUE},
};

static void test_from_bytes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bytes_cases); i++) {
        const BytesCase *c = &bytes_cases[i];
        gboolean is_guess = !c->is_guess;
        gsize length = c->length < 0 ? strlen(c->bytes) : (gsize)c->length;
        g_autofree char *text = text_from_bytes(c->bytes, length, c->charset, &is_guess);
        g_test_message("case %zu, charset %s", i, c->charset ? c->charset : "none");
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_cmpstr(text, ==, c->expected);
        g_assert_cmpint(is_guess, ==, c->is_guess);
    }
    g_autofree char *without = text_from_bytes("caf\xE9", 4, NULL, NULL);
    g_assert_cmpstr(without, ==, "caf\xC3\xA9");
}

static void test_from_any_bytes(void)
{
    static const char *const charsets[] = {NULL,      "utf-8",  "us-ascii",    "iso-8859-1", "windows-1251", "utf-16", "utf-7",
                                           "gb18030", "euc-jp", "iso-2022-kr", "hz",         "big5",         "ucs-4",  "nonsense"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(3066);
    for (int round = 0; round < 4000; round++) {
        char bytes[64];
        gsize length = (gsize)g_rand_int_range(rand, 0, sizeof bytes + 1);
        for (gsize i = 0; i < length; i++)
            bytes[i] = (char)(g_rand_boolean(rand) ? g_rand_int_range(rand, 0, 256) : g_rand_int_range(rand, 32, 127));
        g_autofree char *text = text_from_bytes(bytes, length, charsets[g_rand_int_range(rand, 0, G_N_ELEMENTS(charsets))], NULL);
        g_assert_true(g_utf8_validate(text, -1, NULL));
    }
}

static void check_line(const char *text, gsize max_chars, const char *expected)
{
    g_autofree char *line = text_to_line(text, max_chars);
    g_assert_cmpstr(line, ==, expected);
}

static void test_to_line(void)
{
    check_line("Tax return", 100, "Tax return");
    check_line("", 100, "");
    check_line(" ", 100, "");
    check_line("  two  blanks ", 100, "two blanks");
    check_line("Hello\r\nBcc: victim@example.org", 100, "Hello Bcc: victim@example.org");
    check_line("a\rb\nc\td\ve\ff", 100, "a b c d e f");
    check_line("bell\aescape\x1B[2Jdel\x7F", 100, "bellescape[2Jdel");
    check_line("next\xC2\x85line\xE2\x80\xA8sep\xE2\x80\xA9para", 100, "next line sep para");
    check_line("hard\xC2\xA0\xC2\xA0"
               "blank\xE3\x80\x80wide",
               100, "hard blank wide");
    check_line("c1\xC2\x9B"
               "31m",
               100, "c131m");
    check_line("evil\xE2\x80\xAEgnp.exe\xE2\x80\xAC \xE2\x81\xA6x\xE2\x81\xA9\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", 100,
               "evilgnp.exe x");
    check_line("zero\xE2\x80\x8Bwidth\xE2\x80\x8D\xEF\xBB\xBF\xE2\x81\xA0", 100, "zerowidth");
    check_line("Zo\xC3\xAB \xF0\x9F\x98\x80", 100, "Zo\xC3\xAB \xF0\x9F\x98\x80");
    check_line("bad\xFF\xC3", 100, "bad\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void test_to_line_cut(void)
{
    check_line("exactly", 7, "exactly");
    check_line("exactly8", 7, "exactl\xE2\x80\xA6");
    check_line("four five", 5, "four\xE2\x80\xA6");
    check_line("four five", 6, "four \xE2\x80\xA6");
    check_line("\xC3\xA9\xC3\xA9\xC3\xA9", 2, "\xC3\xA9\xE2\x80\xA6");
    check_line("\xC3\xA9\xC3\xA9", 2, "\xC3\xA9\xC3\xA9");
    check_line("ab\r\n\r\n", 2, "ab");
    check_line("ab", 1, "\xE2\x80\xA6");
    check_line("ab", 0, "");
    check_line("a", 1, "a");
}

/* Whatever comes in, what comes out may stand in a header. */
static void test_to_line_any(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(822);
    for (int round = 0; round < 4000; round++) {
        char bytes[41];
        gsize length = (gsize)g_rand_int_range(rand, 0, 41);
        for (gsize i = 0; i < length; i++)
            bytes[i] = (char)g_rand_int_range(rand, 1, 256);
        bytes[length] = '\0';
        gsize most = (gsize)g_rand_int_range(rand, 0, 45);
        g_autofree char *line = text_to_line(bytes, most);
        g_assert_true(g_utf8_validate(line, -1, NULL));
        g_assert_cmpuint((gsize)g_utf8_strlen(line, -1), <=, most);
        g_assert_null(strpbrk(line, "\r\n\t"));
        g_assert_null(strstr(line, "  "));
        for (const char *at = line; *at; at = g_utf8_next_char(at))
            g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
        g_autofree char *again = text_to_line(line, most);
        g_assert_cmpstr(again, ==, line);
    }
}

static void check_block(const char *text, gsize max_chars, const char *expected)
{
    g_autofree char *block = text_to_block(text, max_chars);
    g_assert_cmpstr(block, ==, expected);
}

static void test_to_block(void)
{
    check_block("one\ntwo\tthree  four\n", 100, "one\ntwo\tthree  four\n");
    check_block("one\r\ntwo\rthree\n\r\n", 100, "one\ntwo\nthree\n\n");
    check_block("\x1B[31mred\x07\xC2\x9B", 100, "[31mred");
    check_block("\xE2\x80\xAEreversed\xE2\x80\xAC", 100, "reversed");
    check_block("Zo\xC3\xAB\xE2\x80\xA8next\xFF", 100, "Zo\xC3\xAB\nnext\xEF\xBF\xBD");
    check_block("ab\r\ncd", 3, "ab\n");
    check_block("ab\r\ncd", 4, "ab\nc");
    check_block("\xC3\xA9\xC3\xA9\xC3\xA9", 2, "\xC3\xA9\xC3\xA9");
    check_block("abc", 0, "");
    check_block("", 10, "");
    /* a family joined by zero-width joiners stays one */
    check_block("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", 10, "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7");
}

static void check_fold(const char *text, const char *expected)
{
    g_autofree char *folded = text_fold(text);
    g_assert_cmpstr(folded, ==, expected);
    g_autofree char *again = text_fold(folded);
    g_assert_cmpstr(again, ==, expected);
}

static void test_fold(void)
{
    check_fold("Your  Name", "your name");
    check_fold("* Phone:", "phone");
    check_fold(" \tE-Mail Address (*) ", "e-mail address");
    check_fold("", "");
    check_fold("***", "");
    check_fold("Stra\xC3\x9F"
               "e",
               "strasse");
    check_fold("\xC3\x89milie Zo\xC3\xABlle", "emilie zoelle");
    check_fold("E\xCC\x81milie", "emilie");
    check_fold("\xC4\xB0stanbul", "istanbul");
    check_fold("\xEF\xBC\xA1\xEF\xBC\xA2\xEF\xBC\xA3", "abc");
    check_fold("\xE2\x80\x9CName\xE2\x80\x9D \xE2\x80\x93", "name");
    check_fold("hard\xC2\xA0"
               "blank",
               "hard blank");
    check_fold("in\xE2\x80\x8Bvisible", "invisible");
    check_fold("bell\a", "bell");
}

static void test_is_address(void)
{
    static const char *const good[] = {
        "jane@example.org",
        "j.o'brien+tag@mail.example.co.uk",
        "a@b.cd",
        "!#$%&'*+-/=?^_`{|}~@example.org",
        "j\xC3\xBCrgen@example.org",
        "x@xn--mller-kva.example",
        "x@m\xC3\xBCller.example",
        "UPPER@EXAMPLE.ORG",
        "1@2.example",
    };
    static const char *const bad[] = {
        "",
        "@",
        "jane",
        "jane@",
        "@example.org",
        "jane@localhost",
        "jane@example..org",
        "jane@.example.org",
        "jane@example.org.",
        ".jane@example.org",
        "jane.@example.org",
        "ja..ne@example.org",
        "jane doe@example.org",
        "jane@exa mple.org",
        "<jane@example.org>",
        "jane@example.org>",
        "\"jane\"@example.org",
        "jane,bob@example.org",
        "jane@example.org,bob@example.org",
        "a@b@example.org",
        "jane@[192.0.2.1]",
        "jane@192.0.2.1",
        "jane@-example.org",
        "jane@example-.org",
        "jane@exa_mple.org",
        "jane\r\n@example.org",
        "jane@example.org\r\nRCPT TO:<x@example.org>",
        "ja\tne@example.org",
        "jane\x7F@example.org",
        "jane@example.org\xFF",
        "ja\xE2\x80\xAEne@example.org",
        "ja\xC2\xA0ne@example.org",
        "ja\xE2\x80\x8Bne@example.org",
        "jane;bob@example.org",
        "jane(x)@example.org",
        "jane\\@example.org",
        "jane:@example.org",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_test_message("good: %s", good[i]);
        g_assert_true(text_is_address(good[i]));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("bad: %s", bad[i]);
        g_assert_false(text_is_address(bad[i]));
    }
    g_assert_false(text_is_address(NULL));
}

static void test_is_address_length(void)
{
    g_autofree char *local = g_strnfill(64, 'a');
    g_autofree char *label = g_strnfill(60, 'b');
    g_autofree char *longest = g_strdup_printf("%s@%s.%s.%s.example", local, label, label, "c");
    g_assert_true(text_is_address(longest));
    g_autofree char *long_local = g_strdup_printf("a%s@example.org", local);
    g_assert_false(text_is_address(long_local));
    g_autofree char *long_label = g_strdup_printf("a@%s%s.example", label, label);
    g_assert_false(text_is_address(long_label));
    g_autofree char *long_address = g_strdup_printf("%s@%s.%s.%s.%s.example", local, label, label, label, label);
    g_assert_false(text_is_address(long_address));
}

static void test_address_parts(void)
{
    g_autofree char *domain = text_address_domain("Jane@Mail.Example.ORG");
    g_assert_cmpstr(domain, ==, "mail.example.org");
    g_autofree char *last = text_address_domain("\"a@b\"@Example.org");
    g_assert_cmpstr(last, ==, "example.org");
    g_assert_null(text_address_domain("jane"));
    g_assert_null(text_address_domain("jane@"));
    g_assert_null(text_address_domain(NULL));
    g_autofree char *folded = text_fold_address("J.Mills@Example.ORG");
    g_assert_cmpstr(folded, ==, "j.mills@example.org");
    g_autofree char *unicode = text_fold_address("J\xC3\x9CRGEN@M\xC3\x9CLLER.example");
    g_assert_cmpstr(unicode, ==, "j\xC3\xBCrgen@m\xC3\xBCller.example");
    g_autofree char *sharp = text_fold_address("stra\xC3\x9F"
                                               "e@example.org");
    g_assert_cmpstr(sharp, ==,
                    "stra\xC3\x9F"
                    "e@example.org");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/from-bytes", test_from_bytes);
    g_test_add_func("/text/from-bytes/any", test_from_any_bytes);
    g_test_add_func("/text/to-line", test_to_line);
    g_test_add_func("/text/to-line/cut", test_to_line_cut);
    g_test_add_func("/text/to-line/any", test_to_line_any);
    g_test_add_func("/text/to-block", test_to_block);
    g_test_add_func("/text/fold", test_fold);
    g_test_add_func("/text/is-address", test_is_address);
    g_test_add_func("/text/is-address/length", test_is_address_length);
    g_test_add_func("/text/address-parts", test_address_parts);
    return g_test_run();
}
