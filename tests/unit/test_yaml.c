/*
 * test_yaml.c - YAML files with places: what is refused, how values convert, and where mistakes are told
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "usher/rulebook/yaml.h"

static char *directory;

/* A file of these bytes, read; *problems is new. */
static YamlFile *read_bytes(const char *bytes, gsize length, Problems **problems)
{
    g_autofree char *path = g_build_filename(directory, "file.yaml", NULL);
    g_unlink(path); /* GLib 2.74 does not cut a longer file short without its costly flags */
    g_assert_true(g_file_set_contents_full(path, bytes, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    *problems = problems_new();
    return yaml_read(path, "rules/file.yaml", *problems);
}

static YamlFile *read_text(const char *text, Problems **problems)
{
    return read_bytes(text, strlen(text), problems);
}

/* All problems as "line:column: what" lines. */
static char *dup_told(const Problems *problems)
{
    GString *told = g_string_new(NULL);
    const GPtrArray *list = problems_get_list(problems);
    for (guint i = 0; i < list->len; i++) {
        const Problem *problem = g_ptr_array_index(list, i);
        g_string_append_printf(told, "%s%u:%u: %s%s", i > 0 ? "\n" : "", problem->line, problem->column,
                               problem->is_warning ? "warning: " : "", problem->what);
    }
    return g_string_free(told, FALSE);
}

static void assert_told(const Problems *problems, const char *expected)
{
    g_autofree char *told = dup_told(problems);
    g_assert_cmpstr(told, ==, expected);
}

static void test_values(void)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text("\xEF\xBB\xBF"
                                         "count: 12\nflag: true\nword: no\nlist: [a, b]\nempty:\nblock: |\n  one\n  two\n",
                                         &problems);
    const YamlNode *top = yaml_get_top(file);
    gint64 count = 0;
    gboolean flag = FALSE;
    g_assert_true(yaml_get_integer(yaml_find(top, "count"), 0, 20, &count));
    g_assert_cmpint(count, ==, 12);
    g_assert_true(yaml_get_boolean(yaml_find(top, "flag"), &flag));
    g_assert_true(flag);
    g_assert_cmpstr(yaml_get_text(yaml_find(top, "word")), ==, "no");
    g_assert_cmpuint(yaml_get_length(yaml_find(top, "list")), ==, 2);
    g_assert_cmpstr(yaml_get_text(yaml_get_item(yaml_find(top, "list"), 1)), ==, "b");
    g_assert_cmpuint(yaml_get_length(yaml_find(top, "empty")), ==, 0);
    g_assert_cmpuint(yaml_get_pairs(yaml_find(top, "empty")), ==, 0);
    g_assert_cmpstr(yaml_get_text(yaml_find(top, "block")), ==, "one\ntwo\n");
    g_assert_null(yaml_find(top, "absent"));
    g_assert_null(yaml_get_text(NULL));
    g_assert_cmpuint(yaml_get_pairs(top), ==, 6);
    g_assert_cmpstr(yaml_get_key(top, 3), ==, "list");
    g_assert_cmpuint(yaml_get_line(yaml_find(top, "list")), ==, 4);
    g_assert_cmpstr(yaml_get_file_name(top), ==, "rules/file.yaml");
    assert_told(problems, "");
}

static void test_empty_file(void)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text("# nothing yet\n", &problems);
    g_assert_cmpuint(yaml_get_pairs(yaml_get_top(file)), ==, 0);
    assert_told(problems, "");
}

static void test_wrong_types(void)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text(
        "count: ten\nflag: yes\ntext: [a]\nlist: {a: b}\nmapping: word\nhigh: 99\nempty:\npattern: \\d+\ndouble: \"\\bx\"\n",
        &problems);
    const YamlNode *top = yaml_get_top(file);
    gint64 count = 7;
    gboolean flag = TRUE;
    g_assert_false(yaml_get_integer(yaml_find(top, "count"), 0, 20, &count));
    g_assert_false(yaml_get_integer(yaml_find(top, "high"), 0, 20, &count));
    g_assert_cmpint(count, ==, 7);
    g_assert_false(yaml_get_boolean(yaml_find(top, "flag"), &flag));
    g_assert_null(yaml_get_text(yaml_find(top, "text")));
    g_assert_null(yaml_get_text(yaml_find(top, "empty")));
    g_assert_cmpuint(yaml_get_length(yaml_find(top, "list")), ==, 0);
    g_assert_cmpuint(yaml_get_pairs(yaml_find(top, "mapping")), ==, 0);
    g_assert_null(yaml_get_quoted(yaml_find(top, "pattern")));
    g_assert_null(yaml_get_quoted(yaml_find(top, "double")));
    assert_told(problems, "1:8: \"count\" must be a whole number from 0 to 20, not \"ten\"\n"
                          "2:7: \"flag\" must be true or false, not \"yes\"\n"
                          "3:7: \"text\" must be a text, not a list\n"
                          "4:7: \"list\" must be a list, not a mapping\n"
                          "5:10: \"mapping\" must be a mapping (\"key: value\"), not \"word\"\n"
                          "6:7: \"high\" must be a whole number from 0 to 20, not \"99\"\n"
                          "7:7: \"empty\" has no value: give it one or leave the key out\n"
                          "8:10: a pattern must stand in single quotes: '\\d+'\n"
                          "9:9: a pattern must stand in single quotes: in double quotes \\b and the like mean something else");
}

static void test_keys(void)
{
    static const char *const keys[] = {"weight", "name", NULL};
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text("name: a\nwieght: 1\ncolour: red\nWeight: 2\nname: b\n", &problems);
    g_assert_true(yaml_check_keys(yaml_get_top(file), keys));
    g_assert_cmpstr(yaml_get_text(yaml_find(yaml_get_top(file), "name")), ==, "a");
    assert_told(problems, "2:1: unknown key \"wieght\"; did you mean \"weight\"?\n"
                          "3:1: unknown key \"colour\"; known here: weight, name\n"
                          "4:1: unknown key \"Weight\"; did you mean \"weight\"?\n"
                          "5:1: \"name\" stands here twice (first in line 1): keep one of them");
}

/* Aliases, anchors, tags and odd keys are told, all of them, and reading goes on behind each. */
static void test_refused_kinds(void)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file =
        read_text("a: &one x\nb: *one\nc: !!binary aGk=\n[d]: e\n? {f: g}\n: h\ni: \"a\\0b\"\nj: ok\n", &problems);
    const YamlNode *top = yaml_get_top(file);
    g_assert_cmpstr(yaml_get_text(yaml_find(top, "j")), ==, "ok");
    g_assert_null(yaml_get_text(yaml_find(top, "b")));
    g_assert_cmpuint(yaml_get_length(yaml_find(top, "b")), ==, 0);
    g_assert_cmpuint(yaml_get_pairs(yaml_find(top, "i")), ==, 0);
    g_assert_false(yaml_is_mapping(yaml_find(top, "b")));
    assert_told(problems,
                "1:4: anchors (&one) are not used here: write the value out at each place\n"
                "2:4: aliases (*one) are not used here: write the value out, or quote a text that starts with \"*\"\n"
                "3:4: tags (tag:yaml.org,2002:binary) are not used here: leave it out, or quote a text that starts with \"!\"\n"
                "4:1: a key must be a word, not a list or a mapping: quote a text that starts with [ or {\n"
                "5:3: a key must be a word, not a list or a mapping: quote a text that starts with [ or {\n"
                "7:4: a text cannot hold a NUL character: take the \\0 out");
}

static void test_alias_to_itself(void)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text("a: &a [*a, *a]\n", &problems);
    g_assert_cmpuint(yaml_get_length(yaml_find(yaml_get_top(file), "a")), ==, 2);
    g_assert_cmpuint(problems_count_errors(problems), ==, 3);
}

static void test_syntax(void)
{
    static const struct {
        const char *text;
        const char *told;
    } cases[] = {
        {"a: b\n\tc: d\n", "2:1: is no YAML: found a tab character that violates indentation while scanning a plain scalar; indent "
                           "with blanks, not with tabs"},
        {"a: \"\\d\"\n", "1:5: is no YAML: found unknown escape character while parsing a quoted scalar; write patterns in single "
                         "quotes, where \\ is only \\"},
        {"a: b: c\n", "1:5: is no YAML: mapping values are not allowed in this context; quote a text that holds \": \", and check "
                      "the indentation"},
        {"a: 'x' y\n", "1:8: is no YAML: did not find expected key while parsing a block mapping; check the indentation, and quote "
                       "what follows a closing quote or bracket"},
        {"a: 'x\n", "2:1: is no YAML: found unexpected end of stream while scanning a quoted scalar; close the quote"},
        {"a: [x\nb: c\n",
         "2:2: is no YAML: did not find expected ',' or ']' while parsing a flow sequence; close the [ or put a comma"},
        {"a: b\n---\nc: d\n", "2:1: a second document starts here: one file holds one, take the \"---\" out"},
        {"a: \x01\n", "1:4: is no YAML: control characters are not allowed; save the file as plain UTF-8 text"},
        {"\xC3\xA9: b\nxy: \xFF\n", "2:5: is no YAML: invalid leading UTF-8 octet; save the file as plain UTF-8 text"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Problems) problems = NULL;
        g_autoptr(YamlFile) file = read_text(cases[i].text, &problems);
        g_assert_null(file);
        assert_told(problems, cases[i].told);
    }
}

static void test_top_is_list(void)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text("- a\n", &problems);
    g_assert_null(yaml_get_top(file));
    assert_told(problems, "1:1: the file must be a mapping (\"key: value\" lines), not a list");
}

static void assert_refused(const GString *text, const char *told)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_bytes(text->str, text->len, &problems);
    g_assert_null(file);
    assert_told(problems, told);
}

static void test_depth(void)
{
    g_autoptr(GString) flow = g_string_new("a: ");
    for (guint i = 0; i < 100000; i++)
        g_string_append_c(flow, '[');
    assert_refused(flow, "1:19: is nested deeper than 16: no rule needs that, look for a bracket too many");
    g_autoptr(GString) block = g_string_new(NULL);
    for (guint i = 0; i < 100000; i++)
        g_string_append(block, "- ");
    assert_refused(block, "1:33: is nested deeper than 16: no rule needs that, look for a bracket too many");
}

static void test_size(void)
{
    g_autoptr(GString) large = g_string_new("a: ");
    for (guint i = 0; i < 1024 * 1024; i++)
        g_string_append_c(large, 'x');
    g_autofree char *path = g_build_filename(directory, "file.yaml", NULL);
    g_autofree char *told = g_strdup_printf("1:1: is larger than 1048576 bytes: split it or take something out (%s)", path);
    assert_refused(large, told);
    g_autoptr(GString) many = g_string_new("a:\n");
    for (guint i = 0; i < 100001; i++)
        g_string_append(many, "- x\n");
    assert_refused(many, "99999:3: holds more than 100000 values: split the file or take something out");
}

static void test_unreadable(void)
{
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *absent = g_build_filename(directory, "absent.yaml", NULL),
                    *pipe = g_build_filename(directory, "pipe.yaml", NULL);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_assert_null(yaml_read(absent, "a.yaml", problems));
    g_assert_null(yaml_read(pipe, "b.yaml", problems));
    g_assert_null(yaml_read(directory, "c.yaml", problems));
    g_autofree char *told = dup_told(problems);
    g_autofree char *expected = g_strdup_printf(
        "1:1: there is no such file (%s)\n1:1: is no plain file (%s)\n1:1: is no plain file (%s)", absent, pipe, directory);
    g_assert_cmpstr(told, ==, expected);
    g_unlink(pipe);
}

/* Where the byte that follows `mark` in the scalar's text is told. */
static void assert_place(const char *text, const char *mark, guint line, guint column)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text(text, &problems);
    g_assert_nonnull(file);
    const YamlNode *node = yaml_find(yaml_get_top(file), "a");
    const char *value = yaml_get_text(node), *found = strstr(value, mark);
    g_assert_nonnull(found);
    yaml_problem_at(node, (gsize)(found - value), "here");
    const Problem *problem = g_ptr_array_index(problems_get_list(problems), 0);
    g_test_message("%s", text);
    g_assert_cmpuint(problem->line, ==, line);
    g_assert_cmpuint(problem->column, ==, column);
}

static void test_places(void)
{
    assert_place("a: one two\n", "two", 1, 8);
    assert_place("a: 'don''t X'\n", "X", 1, 12);
    assert_place("a: '\xC3\xA9\xC3\xA9 X'\n", "X", 1, 8);
    assert_place("a: \"q\\tt\\u00e9\\\\ X\"\n", "X", 1, 18);
    assert_place("a: 'one\n   two\n\n   X'\n", "X", 4, 4);
    assert_place("a: one\n   two  X\n", "X", 2, 9);
    assert_place("a: \"one\\\n   two X\"\n", "X", 2, 8);
    assert_place("a: |\n  one\n\n    two\n  X\n", "X", 5, 3);
    assert_place("a: |-  # 1 comment\n\n  one\n  X\n", "X", 4, 3);
    assert_place("a: >-\n  one\n  two\n\n  X\n", "X", 5, 3);
    assert_place("a: >-\n  one\n  two X\n", "X", 3, 7);
    assert_place("a: 'one\r\n   two X'\r\n", "X", 2, 8);
    /* not certain: told at the start of the scalar */
    assert_place("a: |2\n    one\n  X\n", "X", 1, 4);
}

static void test_place_beyond_text(void)
{
    g_autoptr(Problems) problems = NULL;
    g_autoptr(YamlFile) file = read_text("a: 'x'\n", &problems);
    yaml_problem_at(yaml_find(yaml_get_top(file), "a"), 99, "here");
    assert_told(problems, "1:4: here");
}

static void test_nearest(void)
{
    static const char *const words[] = {"starttls", "implicit", "none", "a", NULL};
    g_autofree char *vast = g_strnfill(100000, 'x');
    g_assert_cmpstr(yaml_find_nearest("startls", words), ==, "starttls");
    g_assert_cmpstr(yaml_find_nearest("STARTTLS", words), ==, "starttls");
    g_assert_cmpstr(yaml_find_nearest("noen", words), ==, "none");
    g_assert_cmpstr(yaml_find_nearest("tls-on", words), ==, NULL);
    g_assert_cmpstr(yaml_find_nearest("", words), ==, NULL);
    g_assert_cmpstr(yaml_find_nearest(vast, words), ==, NULL);
}

static void test_problems(void)
{
    g_autoptr(Problems) problems = problems_new();
    problems_add(problems, "b.yaml", 2, 1, "late");
    problems_add(problems, "a.yaml", 10, 3, "%s", "a\x1b[31m\nb");
    problems_add_warning(problems, "a.yaml", 10, 1, "first");
    problems_add(problems, "a.yaml", 9, 9, "early");
    g_assert_cmpuint(problems_count_errors(problems), ==, 3);
    assert_told(problems, "9:9: early\n10:1: warning: first\n10:3: a[31m b\n2:1: late");
}

/* Bytes of a rule file changed at random (the same ones every time): whatever comes, it is read or refused. */
static void test_garbage(void)
{
    static const char seed[] = "a: &x [1, 'two', \"th\\x41ree\"]\nb: {c: |\n  d\n, e: *x}\n? f\n: >-\n  g\n  h\n!!i j: k\n--- #l\n";
    static const char alphabet[] = "[]{}&*!|>'\"%@`:,-?# \n\t\\\0x\xC3\xFF";
    g_autoptr(GRand) random = g_rand_new_with_seed(20260302);
    for (guint round = 0; round < 3000; round++) {
        char bytes[sizeof seed - 1];
        memcpy(bytes, seed, sizeof bytes);
        for (gint change = g_rand_int_range(random, 1, 8); change > 0; change--)
            bytes[g_rand_int_range(random, 0, (gint32)sizeof bytes)] =
                alphabet[g_rand_int_range(random, 0, (gint32)sizeof alphabet - 1)];
        g_autoptr(Problems) problems = NULL;
        g_autoptr(YamlFile) file = read_bytes(bytes, sizeof bytes, &problems);
        const YamlNode *top = file != NULL ? yaml_get_top(file) : NULL;
        for (guint i = 0; i < yaml_get_pairs(top); i++) {
            const YamlNode *node = yaml_get_value(top, i);
            const char *text = yaml_get_quoted(node);
            yaml_problem_at(node, text != NULL ? strlen(text) / 2 : 0, "%s", yaml_get_key(top, i));
            yaml_get_length(node);
        }
        g_assert_true(file != NULL || problems_count_errors(problems) > 0);
        problems_get_list(problems);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    directory = g_dir_make_tmp("usher-yaml-XXXXXX", NULL);
    g_test_add_func("/yaml/values", test_values);
    g_test_add_func("/yaml/empty-file", test_empty_file);
    g_test_add_func("/yaml/wrong-types", test_wrong_types);
    g_test_add_func("/yaml/keys", test_keys);
    g_test_add_func("/yaml/refused-kinds", test_refused_kinds);
    g_test_add_func("/yaml/alias-to-itself", test_alias_to_itself);
    g_test_add_func("/yaml/syntax", test_syntax);
    g_test_add_func("/yaml/top-is-list", test_top_is_list);
    g_test_add_func("/yaml/depth", test_depth);
    g_test_add_func("/yaml/size", test_size);
    g_test_add_func("/yaml/unreadable", test_unreadable);
    g_test_add_func("/yaml/places", test_places);
    g_test_add_func("/yaml/place-beyond-text", test_place_beyond_text);
    g_test_add_func("/yaml/nearest", test_nearest);
    g_test_add_func("/yaml/problems", test_problems);
    g_test_add_func("/yaml/garbage", test_garbage);
    int result = g_test_run();
    g_autofree char *path = g_build_filename(directory, "file.yaml", NULL);
    g_unlink(path);
    g_rmdir(directory);
    g_free(directory);
    return result;
}
