/*
 * test_template.c - the firm's wording: what is rendered, where a mistake is, and that no value becomes anything but text
 */
#include "usher/base/error.h"
#include "usher/rulebook/template.h"

#include <glib/gstdio.h>
#include <string.h>

/* A directory with templates, and what was told of them. */
typedef struct {
    char *directory;
    GString *problems;
} Room;

static void set_up(Room *room, gconstpointer data)
{
    (void)data;
    room->directory = g_dir_make_tmp("usher-template-XXXXXX", NULL);
    room->problems = g_string_new(NULL);
}

static void tear_down(Room *room, gconstpointer data)
{
    GDir *directory = g_dir_open(room->directory, 0, NULL);
    const char *name;

    (void)data;
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *path = g_build_filename(room->directory, name, NULL);

        g_unlink(path);
    }
    g_dir_close(directory);
    g_rmdir(room->directory);
    g_free(room->directory);
    g_string_free(room->problems, TRUE);
}

static void write_file(const Room *room, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(room->directory, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *find_file(const char *name, gpointer data)
{
    const Room *room = data;
    char *path = g_build_filename(room->directory, name, NULL);

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        g_clear_pointer(&path, g_free);
    return path;
}

static gboolean knows_name(const char *name, gpointer data)
{
    static const char *const names[] = {"name",  "urgent",     "firm_name",   "booking_url", "profile_url",
                                        "field", "field.name", "field.value", "subject",     NULL};

    (void)data;
    return g_strv_contains(names, name);
}

static void note_problem(const char *file, guint line, guint column, const char *what, gpointer data)
{
    Room *room = data;

    g_string_append_printf(room->problems, "%s:%u:%u: %s\n", file, line, column, what);
}

static Template *load(Room *room)
{
    g_string_truncate(room->problems, 0);
    return template_load("mail", find_file, room, knows_name, NULL, note_problem, room);
}

static TemplateValues *make_values(void)
{
    TemplateValues *values = template_values_new();
    TemplateValues *item;

    template_values_put(values, "name", "Ann <b> & \"Co\" {{firm_name}} O'Hara");
    template_values_put(values, "firm_name", "Hartley Finch LLP");
    template_values_put(values, "booking_url", "https://book.example/?a=1&b=2");
    template_values_put_flag(values, "urgent", TRUE);
    item = template_values_add_item(values, "field");
    template_values_put(item, "name", "phone");
    template_values_put(item, "value", "+442079460345");
    item = template_values_add_item(values, "field");
    template_values_put(item, "name", "need");
    return values;
}

/* Renders `text` below a subject, and `html` when it is not NULL. */
static void assert_rendered(Room *room, const char *text, const char *expected, const char *html, const char *expected_html)
{
    g_autofree char *file = g_strconcat("Subject: x\n\n", text, NULL);
    g_autoptr(TemplateValues) values = make_values();
    g_autofree char *subject = NULL;
    g_autofree char *plain = NULL;
    g_autofree char *marked_up = NULL;

    write_file(room, "mail.txt", file);
    if (html != NULL)
        write_file(room, "mail.html", html);
    g_autoptr(Template) template = load(room);

    g_assert_cmpstr(room->problems->str, ==, "");
    g_assert_true(template_render(template, values, &subject, &plain, &marked_up, NULL));
    g_assert_cmpstr(plain, ==, expected);
    g_assert_cmpstr(marked_up, ==, expected_html);
}

static void test_values(Room *room, gconstpointer data)
{
    (void)data;
    assert_rendered(room, "Dear {{name}},\n{{ subject }}.", "Dear Ann <b> & \"Co\" {{firm_name}} O'Hara,\n.",
                    "<p title=\"{{name}}\">{{name}}",
                    "<p title=\"Ann &lt;b&gt; &amp; &quot;Co&quot; {{firm_name}} O&#39;Hara\">Ann &lt;b&gt; &amp; &quot;Co&quot; "
                    "{{firm_name}} O&#39;Hara");
}

static void test_sections(Room *room, gconstpointer data)
{
    (void)data;
    assert_rendered(room, "A\n{{#urgent}}\n\nB\n{{/urgent}}\nC\n{{^urgent}}\nno\n{{/urgent}}\nD\n", "A\n\nB\nC\nD\n", NULL, NULL);
    assert_rendered(room, "{{#field}}\n- {{name}}: {{value}}{{^value}}?{{/value}}\n{{/field}}\n{{name}}",
                    "- phone: +442079460345\n- need: ?\nAnn <b> & \"Co\" {{firm_name}} O'Hara", NULL, NULL);
    assert_rendered(room, "{{#firm_name}}by {{firm_name}}{{/firm_name}}{{#subject}}no{{/subject}}{{^subject}}none{{/subject}}",
                    "by Hartley Finch LLPnone", NULL, NULL);
    assert_rendered(room, "{{! a note }}\nA {{!x}}B\n  {{! y }}  \nC", "A B\nC", NULL, NULL);
    assert_rendered(room, "{{#field}}{{#urgent}}{{name}};{{/urgent}}{{/field}}", "phone;need;", NULL, NULL);
    assert_rendered(room, "", "", NULL, NULL);
}

static void test_partials(Room *room, gconstpointer data)
{
    (void)data;
    write_file(room, "_foot.txt", "-- \n{{firm_name}}\n");
    write_file(room, "_foot.html", "<p>{{name}}</p>");
    write_file(room, "_row.txt", "{{name}}={{value}}\n");
    assert_rendered(
        room, "A\n{{> foot}}\nB\n{{#field}}\n{{>row}}\n{{/field}}", "A\n-- \nHartley Finch LLP\nB\nphone=+442079460345\nneed=\n",
        "<a href=\"{{booking_url}}\">x</a>{{>foot}}",
        "<a href=\"https://book.example/?a=1&amp;b=2\">x</a><p>Ann &lt;b&gt; &amp; &quot;Co&quot; {{firm_name}} O&#39;Hara</p>");
}

static void test_line_ends(Room *room, gconstpointer data)
{
    (void)data;
    write_file(room, "mail.txt", "\xEF\xBB\xBFSubject: {{firm_name}}\r\n\r\nA\r\n{{#urgent}}\r\nB\r\n{{/urgent}}\r\n");
    g_autoptr(Template) template = load(room);
    g_autoptr(TemplateValues) values = make_values();
    g_autofree char *subject = NULL;
    g_autofree char *text = NULL;
    g_autofree char *html = NULL;

    g_assert_cmpstr(room->problems->str, ==, "");
    g_assert_true(template_render(template, values, &subject, &text, &html, NULL));
    g_assert_cmpstr(subject, ==, "Hartley Finch LLP");
    g_assert_cmpstr(text, ==, "A\nB\n");
    g_assert_null(html);
}

static void test_hostile_subject(Room *room, gconstpointer data)
{
    (void)data;
    write_file(room, "mail.txt", "Subject: Re: {{name}}\n\nx\n");
    g_autoptr(Template) template = load(room);
    g_autoptr(TemplateValues) values = template_values_new();
    g_autofree char *subject = NULL;
    g_autofree char *text = NULL;
    g_autofree char *html = NULL;

    template_values_put(values, "name", "a\r\nBcc: victim@example.org\r\n\r\n\xE2\x80\xAEgpj.exe\x01");
    g_assert_true(template_render(template, values, &subject, &text, &html, NULL));
    g_assert_cmpstr(subject, ==, "Re: a Bcc: victim@example.org gpj.exe");
}

static void assert_problem(Room *room, const char *name, const char *text, const char *expected)
{
    write_file(room, "mail.txt", "Subject: x\n\ny\n");
    write_file(room, "mail.html", "<p>");
    write_file(room, name, text);
    g_assert_null(load(room));
    g_test_message("%s", room->problems->str);
    if (!g_str_has_prefix(room->problems->str, expected))
        g_error("expected \"%s\" but was told \"%s\"", expected, room->problems->str);
    /* One mistake is told once. */
    g_assert_cmpuint(room->problems->len, ==, (gsize)(strchr(room->problems->str, '\n') - room->problems->str) + 1);
}

static void test_mistakes_have_a_place(Room *room, gconstpointer data)
{
    (void)data;
    assert_problem(room, "mail.txt", "Hello\n", "templates/mail.txt:1:1: the first line must be");
    assert_problem(room, "mail.txt", "Subject: x\nHello\n", "templates/mail.txt:2:1: an empty line");
    assert_problem(room, "mail.txt", "Subject: {{nmae}}\n\n", "templates/mail.txt:1:10: no value is called \"nmae\"");
    assert_problem(room, "mail.txt", "Subject: x\n\n\u20ac {{value}}\n", "templates/mail.txt:3:3: no value is called \"value\"");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{#filed}}{{/filed}}", "templates/mail.txt:3:1: no value is called \"filed\"");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{#field}}\n{{name}}",
                   "templates/mail.txt:3:1: the section \"field\" does not end");
    assert_problem(room, "mail.txt", "Subject: x\n\nA{{/field}}", "templates/mail.txt:3:2: {{/field}} closes");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{#field}}{{/name}}{{/field}}",
                   "templates/mail.txt:3:11: {{/name}} stands where {{/field}}");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{{name}}}", "templates/mail.txt:3:1: a raw tag");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{& name}}", "templates/mail.txt:3:1: a raw tag");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{=<% %>=}}", "templates/mail.txt:3:1: delimiters");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{field.name}}", "templates/mail.txt:3:1: \"field.name\" is no name");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{name", "templates/mail.txt:3:1: a tag that does not end");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{}}", "templates/mail.txt:3:1: \"\" is no name");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{> ../../etc/passwd}}",
                   "templates/mail.txt:3:1: \"../../etc/passwd\" is no name");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{> missing}}", "templates/mail.txt:3:1: there is no \"_missing.txt\"");
    assert_problem(room, "mail.txt", "Subject: x\n\n\xff", "templates/mail.txt:1:1: the template is not written in UTF-8");
}

static void test_values_in_html_stay_text(Room *room, gconstpointer data)
{
    (void)data;
    assert_problem(room, "mail.html", "<a href=\"{{name}}\">", "templates/mail.html:1:10: an address to go to");
    assert_problem(room, "mail.html", "<a href=\"https://x/{{profile_url}}\">", "templates/mail.html:1:20: an address to go to");
    assert_problem(room, "mail.html", "<a\n HREF='{{name}}'>", "templates/mail.html:2:8: an address to go to");
    assert_problem(room, "mail.html", "<p {{name}}>", "templates/mail.html:1:4: a value within a tag");
    assert_problem(room, "mail.html", "<p title={{name}}>", "templates/mail.html:1:10: a value within a tag");
    assert_problem(room, "mail.html", "<p onclick=\"{{name}}\">",
                   "templates/mail.html:1:13: a value cannot stand in this attribute");
    assert_problem(room, "mail.html", "<p style=\"color: {{name}}\">",
                   "templates/mail.html:1:18: a value cannot stand in this attribute");
    assert_problem(room, "mail.html", "<style>{{name}}</style>", "templates/mail.html:1:8: a value cannot stand within style");
    assert_problem(room, "mail.html", "<script type=\"a\">{{name}}</script>",
                   "templates/mail.html:1:18: a value cannot stand within style");
    assert_rendered(
        room, "", "", "<!-- don't {{firm_name}} --><style>p > a {}</style><p style=\"x\" title='{{firm_name}}'>{{firm_name}}</p>",
        "<!-- don't Hartley Finch LLP --><style>p > a {}</style><p style=\"x\" title='Hartley Finch LLP'>Hartley Finch LLP</p>");
}

static void test_links_open_pages_only(Room *room, gconstpointer data)
{
    g_autoptr(TemplateValues) values = template_values_new();
    g_autofree char *subject = NULL;
    g_autofree char *text = NULL;
    g_autofree char *html = NULL;

    (void)data;
    write_file(room, "mail.txt", "Subject: x\n\n");
    write_file(room, "mail.html", "{{#profile_url}}<a href=\"{{profile_url}}\">{{/profile_url}}");
    g_autoptr(Template) template = load(room);

    template_values_put(values, "profile_url", "javascript:alert(1)");
    g_assert_true(template_render(template, values, &subject, &text, &html, NULL));
    g_assert_cmpstr(html, ==, "");
}

static void test_circles(Room *room, gconstpointer data)
{
    (void)data;
    write_file(room, "_one.txt", "{{> two}}");
    write_file(room, "_two.txt", "{{> one}}");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{> one}}", "templates/_two.txt:1:1: \"templates/_one.txt\" includes itself");
    write_file(room, "_open.txt", "{{#field}}");
    assert_problem(room, "mail.txt", "Subject: x\n\n{{> open}}", "templates/_open.txt:1:1: the section \"field\" does not end");
}

static void test_missing(Room *room, gconstpointer data)
{
    (void)data;
    g_assert_null(load(room));
    g_assert_true(g_str_has_prefix(room->problems->str, "templates/mail.txt:1:1: there is no such template"));
}

static void test_depth(Room *room, gconstpointer data)
{
    g_autoptr(GString) text = g_string_new("Subject: x\n\n");

    (void)data;
    for (int i = 0; i < 1000; i++)
        g_string_append(text, "{{#urgent}}");
    write_file(room, "mail.txt", text->str);
    g_assert_null(load(room));
    g_assert_nonnull(strstr(room->problems->str, "nested more than"));
}

static void test_length_is_bounded(Room *room, gconstpointer data)
{
    g_autoptr(TemplateValues) values = template_values_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *huge = g_strnfill(2000, 'x');
    char *subject = NULL;
    char *text = NULL;
    char *html = NULL;

    (void)data;
    write_file(room, "mail.txt", "Subject: x\n\n{{#field}}{{value}}{{/field}}");
    g_autoptr(Template) template = load(room);

    for (int i = 0; i < 300; i++)
        template_values_put(template_values_add_item(values, "field"), "value", huge);
    g_assert_false(template_render(template, values, &subject, &text, &html, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_assert_null(text);
}

/* A firm's field may have the name of a list: the list stays. */
static void test_list_stays(Room *room, gconstpointer data)
{
    g_autoptr(TemplateValues) values = make_values();
    g_autofree char *subject = NULL;
    g_autofree char *text = NULL;
    g_autofree char *html = NULL;

    (void)data;
    write_file(room, "mail.txt", "Subject: x\n\n{{#field}}{{name}} {{/field}}");
    g_autoptr(Template) template = load(room);

    template_values_put(values, "field", "a text");
    g_assert_true(template_render(template, values, &subject, &text, &html, NULL));
    g_assert_cmpstr(text, ==, "phone need ");
}

#define ADD(name, function) g_test_add("/template/" name, Room, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("values", test_values);
    ADD("sections", test_sections);
    ADD("partials", test_partials);
    ADD("line-ends", test_line_ends);
    ADD("hostile-subject", test_hostile_subject);
    ADD("mistakes", test_mistakes_have_a_place);
    ADD("values-in-html-stay-text", test_values_in_html_stay_text);
    ADD("links-open-pages-only", test_links_open_pages_only);
    ADD("circles", test_circles);
    ADD("missing", test_missing);
    ADD("depth", test_depth);
    ADD("length", test_length_is_bounded);
    ADD("list-stays", test_list_stays);
    return g_test_run();
}
