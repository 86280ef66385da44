/*
 * rulebook/template.c - the firm's wording: files -> templates -> subject, text and HTML
 *
 * Reads NAME.txt (a line "Subject: ...", an empty line, the text) and NAME.html with the partials they name, each
 * file once, and tells everything that is wrong with its place. A template that was read can be rendered with any
 * values: the only failure left is a result that is too long. The language itself is rulebook/mustache.c.
 */
#include "usher/rulebook/template.h"

#include "mustache.h"

#include "usher/base/error.h"
#include "usher/base/text.h"

#include <string.h>

enum { MAX_FILE_BYTES = 256 * 1024, MAX_RESULT_BYTES = 512 * 1024, MAX_SUBJECT_CHARS = 250 };

struct Template {
    Mustache *subject;
    Mustache *text;
    Mustache *html; /* NULL */
    char *wording;  /* a GKeyFile: each file of it under its name */
};

/* What is read with one template. */
typedef struct {
    TemplateFindFile find_file;
    gpointer find_data;
    GHashTable *files; /* char* file name -> TemplateFile */
    MustacheReader reader;
} Loading;

static void template_file_free(gpointer data)
{
    TemplateFile *file = data;

    g_free(file->name);
    g_free(file->text);
    g_free(file);
}

/* ---- files ---- */

static void G_GNUC_PRINTF(3, 4) tell_at_start(const Loading *loading, const char *shown, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list arguments;

    va_start(arguments, format);
    what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    loading->reader.problem(shown, 1, 1, what, loading->reader.problem_data);
}

/* Line ends become LF; a byte order mark goes. */
static char *clean_text(char *take_text)
{
    GString *clean = g_string_new(NULL);
    const char *at = g_str_has_prefix(take_text, "\xEF\xBB\xBF") ? take_text + 3 : take_text;

    for (; *at != '\0'; at++)
        if (*at != '\r')
            g_string_append_c(clean, *at);
    g_free(take_text);
    return g_string_free(clean, FALSE);
}

static char *read_text(const Loading *loading, const char *path, const char *shown)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize length = 0;

    if (!g_file_get_contents(path, &text, &length, &error)) {
        tell_at_start(loading, shown, "the template cannot be read: %s", error->message);
        return NULL;
    }
    if (length > MAX_FILE_BYTES) {
        tell_at_start(loading, shown, "the template is larger than %d KiB", MAX_FILE_BYTES / 1024);
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        tell_at_start(loading, shown, "the template is not written in UTF-8: save it as UTF-8");
        return NULL;
    }
    return clean_text(g_steal_pointer(&text));
}

/* The file of that name, read once; NULL when there is none, or when it cannot be used, which has then been told. */
static const TemplateFile *get_file(Loading *loading, const char *file_name)
{
    TemplateFile *file = g_hash_table_lookup(loading->files, file_name);
    g_autofree char *path = NULL;
    g_autofree char *shown = NULL;
    char *text;

    if (file != NULL)
        return file;
    path = loading->find_file(file_name, loading->find_data);
    if (path == NULL)
        return NULL;
    shown = g_strconcat("templates/", file_name, NULL);
    text = read_text(loading, path, shown);
    if (text == NULL)
        return NULL;
    file = g_new0(TemplateFile, 1);
    file->name = g_steal_pointer(&shown);
    file->text = text;
    g_hash_table_insert(loading->files, g_strdup(file_name), file);
    return file;
}

static const TemplateFile *find_partial(const char *name, gpointer data)
{
    Loading *loading = data;
    g_autofree char *file_name = g_strconcat("_", name, loading->reader.is_html ? ".html" : ".txt", NULL);

    return get_file(loading, file_name);
}

/* ---- the two parts ---- */

/* The spans of the subject and of the text below it; FALSE (told) when the file does not begin as it should. */
static gboolean split_subject(const Loading *loading, const TemplateFile *file, gsize *subject_start, gsize *subject_end,
                              gsize *text_start)
{
    static const char label[] = "Subject:";
    const char *line_end = strchr(file->text, '\n');

    if (!g_str_has_prefix(file->text, label)) {
        mustache_tell(&loading->reader, file, 0, "the first line must be \"Subject: ...\"");
        return FALSE;
    }
    if (line_end == NULL || (line_end[1] != '\n' && line_end[1] != '\0')) {
        mustache_tell(&loading->reader, file, line_end == NULL ? 0 : (gsize)(line_end + 1 - file->text),
                      "an empty line must stand between the subject and the text");
        return FALSE;
    }
    *subject_start = strlen(label);
    *subject_end = (gsize)(line_end - file->text);
    *text_start = *subject_end + (line_end[1] == '\n' ? 2 : 1);
    return TRUE;
}

static gboolean load_text(Loading *loading, const char *name, Template *template)
{
    g_autofree char *file_name = g_strconcat(name, ".txt", NULL);
    const TemplateFile *file;
    gsize subject_start;
    gsize subject_end;
    gsize text_start;

    loading->reader.is_html = FALSE;
    file = get_file(loading, file_name);
    if (file == NULL || !split_subject(loading, file, &subject_start, &subject_end, &text_start))
        return FALSE;
    template->subject = mustache_compile(&loading->reader, file, subject_start, subject_end);
    template->text = mustache_compile(&loading->reader, file, text_start, strlen(file->text));
    return template->subject != NULL && template->text != NULL;
}

static gboolean compile_html(Loading *loading, const char *file_name, Template *template)
{
    const TemplateFile *file;

    loading->reader.is_html = TRUE;
    file = get_file(loading, file_name);
    if (file == NULL)
        return FALSE;
    template->html = mustache_compile(&loading->reader, file, 0, strlen(file->text));
    return template->html != NULL;
}

static gboolean load_html(Loading *loading, const char *name, Template *template)
{
    g_autofree char *file_name = g_strconcat(name, ".html", NULL);
    g_autofree char *path = loading->find_file(file_name, loading->find_data);

    return path == NULL || compile_html(loading, file_name, template);
}

/* TRUE when the text file is there: its absence is told here, what else is wrong where it is found. */
static gboolean check_present(const Loading *loading, const char *name)
{
    g_autofree char *file_name = g_strconcat(name, ".txt", NULL);
    g_autofree char *path = loading->find_file(file_name, loading->find_data);
    g_autofree char *shown = g_strconcat("templates/", file_name, NULL);

    if (path == NULL)
        tell_at_start(loading, shown, "there is no such template: write it, or name another");
    return path != NULL;
}

#define WORDING_GROUP "files"

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static char *write_wording(GHashTable *files)
{
    g_autoptr(GKeyFile) written = g_key_file_new();
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(files), compare_names);

    for (const GList *at = names; at != NULL; at = at->next)
        g_key_file_set_string(written, WORDING_GROUP, at->data, ((const TemplateFile *)g_hash_table_lookup(files, at->data))->text);
    return g_key_file_to_data(written, NULL, NULL);
}

Template *template_load(const char *name, TemplateFindFile find_file, gpointer find_data, TemplateKnowsName knows_name,
                        gpointer knows_data, TemplateProblem problem, gpointer problem_data)
{
    g_autoptr(Template) template = g_new0(Template, 1);
    g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, template_file_free);
    Loading loading = {.find_file = find_file, .find_data = find_data, .files = files};
    gboolean is_good;

    loading.reader = (MustacheReader){.find_partial = find_partial,
                                      .data = &loading,
                                      .knows_name = knows_name,
                                      .knows_data = knows_data,
                                      .problem = problem,
                                      .problem_data = problem_data};
    if (!check_present(&loading, name))
        return NULL;
    is_good = load_text(&loading, name, template);
    is_good = load_html(&loading, name, template) && is_good;
    if (is_good)
        template->wording = write_wording(files);
    return is_good ? g_steal_pointer(&template) : NULL;
}

/* ---- a wording that outlives its files ---- */

static char *find_no_file(const char *file_name G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    return NULL;
}

static gboolean knows_every_name(const char *name G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    return TRUE;
}

static void keep_first_problem(const char *file, guint line, guint column G_GNUC_UNUSED, const char *what, gpointer data)
{
    char **first = data;

    if (*first == NULL)
        *first = g_strdup_printf("%s:%u: %s", file, line, what);
}

static gboolean read_wording(GHashTable *files, const char *wording, GError **error)
{
    g_autoptr(GKeyFile) written = g_key_file_new();
    g_auto(GStrv) names = NULL;

    if (!g_key_file_load_from_data(written, wording, (gsize)-1, G_KEY_FILE_NONE, NULL)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "the wording that was kept cannot be read");
        return FALSE;
    }
    names = g_key_file_get_keys(written, WORDING_GROUP, NULL, NULL);
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        TemplateFile *file = g_new0(TemplateFile, 1);

        file->name = g_strconcat("templates/", names[i], NULL);
        file->text = g_key_file_get_string(written, WORDING_GROUP, names[i], NULL);
        g_hash_table_insert(files, g_strdup(names[i]), file);
    }
    return TRUE;
}

const char *template_get_wording(const Template *template)
{
    return template->wording;
}

Template *template_revive(const char *name, const char *wording, GError **error)
{
    g_autoptr(Template) template = g_new0(Template, 1);
    g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, template_file_free);
    g_autofree char *first = NULL;
    g_autofree char *html_name = g_strconcat(name, ".html", NULL);
    Loading loading = {.find_file = find_no_file, .files = files};

    loading.reader = (MustacheReader){.find_partial = find_partial,
                                      .data = &loading,
                                      .knows_name = knows_every_name,
                                      .problem = keep_first_problem,
                                      .problem_data = &first};
    if (!read_wording(files, wording, error))
        return NULL;
    if (!load_text(&loading, name, template) ||
        (g_hash_table_contains(files, html_name) && !compile_html(&loading, html_name, template))) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "the wording that was kept cannot be used: %s",
                    first != NULL ? first : "the template is not in it");
        return NULL;
    }
    template->wording = g_strdup(wording);
    return g_steal_pointer(&template);
}

void template_free(Template *template)
{
    if (template == NULL)
        return;
    g_free(template->wording);
    mustache_free(template->subject);
    mustache_free(template->text);
    mustache_free(template->html);
    g_free(template);
}

/* ---- rendering ---- */

static char *render(const Mustache *mustache, const TemplateValues *values, GError **error)
{
    g_autoptr(GString) result = g_string_sized_new(4096);

    if (!mustache_render(mustache, values, MAX_RESULT_BYTES, result)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "the mail would be longer than %d KiB", MAX_RESULT_BYTES / 1024);
        return NULL;
    }
    return g_string_free(g_steal_pointer(&result), FALSE);
}

gboolean template_render(const Template *template, const TemplateValues *values, char **subject, char **text, char **html,
                         GError **error)
{
    g_autofree char *rough = render(template->subject, values, error);
    g_autofree char *plain = rough != NULL ? render(template->text, values, error) : NULL;
    g_autofree char *marked_up = plain != NULL && template->html != NULL ? render(template->html, values, error) : NULL;

    if (plain == NULL || (template->html != NULL && marked_up == NULL))
        return FALSE;
    *subject = text_to_line(g_strstrip(rough), MAX_SUBJECT_CHARS);
    *text = g_steal_pointer(&plain);
    *html = g_steal_pointer(&marked_up);
    return TRUE;
}
