/*
 * test_parse_corpora.c - reads every mail of the corpora and checks what must hold for all of them
 *
 * The corpora lie outside of the project: CORPORA=DIR names them, ../shared/corpora is the default; when they are absent
 * this is said and skipped. For every file: no crash, not slow, valid UTF-8 and spans that stand where they say. For each file that facts.tsv
 * gives a mark of a machine, or a class that is one: nothing automatic may go to its sender.
 *
 * 300 of the mails are cut at 20 places, have bytes changed and are joined to their neighbours, from a fixed seed.
 *
 * LIST=1 lists each violation. SLOW_MS sets what is slow (1000; sanitizers and valgrind are patient).
 */
#include <string.h>

#include "usher/base/text.h"
#include "usher/parse.h"

static const char *corpora;

/* The rulebook's part that judging a kind needs: nobody's addresses. */
static Settings settings;
static Rulebook rulebook = {.settings = &settings};

static gboolean is_machine_class(const char *class)
{
    static const char *const classes[] = {
        "bounce", "out-of-office", "auto-reply", "challenge-response", "feedback-report", "delivery-notice",
        "report", "not-a-lead",    NULL};
    return g_strv_contains(classes, class);
}

static void check_valid(const char *name, const char *text)
{
    if (text != NULL && !g_utf8_validate(text, -1, NULL))
        g_error("%s is not valid UTF-8", name);
}

static void check_message(const Message *message)
{
    check_valid("subject", message->subject);
    check_valid("text", message->text);
    check_valid("new_text", message->new_text);
    check_valid("signature", message->signature);
    g_assert_cmpuint(strlen(message->text), <=, 65536);
    g_assert_cmpuint(message->headers->len, <=, 1000);
    g_assert_cmpuint(message->labelled->len, <=, 500);
    for (guint i = 0; i < message->labelled->len; i++) {
        const LabelledLine *line = g_ptr_array_index(message->labelled, i);
        check_valid("label", line->label);
        check_valid("value", line->value);
        g_assert_cmpuint(line->start + line->length, <=, strlen(message->text));
        g_assert_true(strncmp(message->text + line->start, line->value, line->length) == 0);
    }
    for (guint i = 0; i < message->headers->len; i++) {
        const HeaderLine *line = g_ptr_array_index(message->headers, i);
        check_valid("header name", line->name);
        check_valid("header value", line->value);
        g_assert_null(strpbrk(line->value, "\r\n"));
    }
}

typedef struct {
    guint files, slow, markers, answered;
    gint64 slowest_us, total_us;
    char *slowest;
} Count;

static gint64 get_slow_us(void)
{
    const char *set = g_getenv("SLOW_MS");
    return (set == NULL ? 1000 : g_ascii_strtoll(set, NULL, 10)) * 1000;
}

/* Whether something automatic might go to the sender. */
static gboolean read_one(const char *path, Count *count)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    gint64 start = g_get_monotonic_time();
    g_autoptr(Message) message = parse_message(bytes, length, length, "mx.example.org");
    gint64 took = g_get_monotonic_time() - start;
    count->files++;
    count->total_us += took;
    if (took > count->slowest_us) {
        count->slowest_us = took;
        g_free(count->slowest);
        count->slowest = g_strdup(path);
    }
    count->slow += took > get_slow_us();
    check_message(message);
    g_autoptr(Arrival) arrival = arrival_new("import", 0);
    g_autoptr(KindVerdict) verdict = parse_judge_kind(message, arrival, NULL, &rulebook);
    check_valid("evidence", verdict->evidence);
    return !verdict->must_not_answer;
}

static void check_set(gconstpointer data)
{
    const char *set = data;
    g_autofree char *facts_path = g_build_filename(corpora, set, "facts.tsv", NULL);
    g_autofree char *facts = NULL;
    g_assert_true(g_file_get_contents(facts_path, &facts, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(facts, "\n", -1);
    Count count = {0};
    for (guint i = 1; lines[i] != NULL; i++) {
        g_auto(GStrv) columns = g_strsplit(lines[i], "\t", 3);
        if (g_strv_length(columns) < 3)
            continue;
        g_autofree char *path = g_build_filename(corpora, set, columns[0], NULL);
        gboolean may_answer = read_one(path, &count);
        gboolean is_machine = g_strstrip(columns[2])[0] != '\0' || is_machine_class(columns[1]);
        count.markers += is_machine;
        if (is_machine && may_answer) {
            count.answered++;
            if (g_getenv("LIST") != NULL)
                g_test_message("would answer %s/%s: %s %s", set, columns[0], columns[1], columns[2]);
        }
    }
    g_test_message("%s: %u mails, %u of machines, %u of those would be answered, slowest %.1f ms (%s), mean %.0f us", set,
                   count.files, count.markers, count.answered, (double)count.slowest_us / 1000, count.slowest,
                   (double)count.total_us / MAX(count.files, 1));
    /* spam-with-image.msg is counted as a bounce by its set, and has no sign of one but the name of its file */
    g_assert_cmpuint(count.answered, <=, strcmp(set, "bounce-bounceparser") == 0);
    g_assert_cmpuint(count.slow, ==, 0);
    g_free(count.slowest);
}

static void read_bytes(const char *bytes, gsize length)
{
    g_autoptr(Message) message = parse_message(bytes, length, length, NULL);
    check_message(message);
}

static void mutate(GRand *random, const char *bytes, gsize length, const char *other, gsize other_length)
{
    for (guint i = 0; i < 20; i++) {
        gsize cut = (gsize)g_rand_int_range(random, 0, (gint32)length + 1);
        g_autofree char *copy = g_malloc(length + other_length + 1);
        memcpy(copy, bytes, length);
        read_bytes(copy, cut);
        for (guint flips = 0; flips < 1 + i * 4 && length > 0; flips++)
            copy[g_rand_int_range(random, 0, (gint32)length)] = (char)g_rand_int_range(random, 0, 256);
        read_bytes(copy, length);
        memcpy(copy + cut, other, other_length);
        if (i % 10 == 0)
            read_bytes(copy, cut + other_length);
    }
}

/* Paths of all mails, from the facts of all sets. */
static GPtrArray *list_mails(const GPtrArray *names)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (guint n = 0; n < names->len; n++) {
        g_autofree char *facts_path = g_build_filename(corpora, g_ptr_array_index(names, n), "facts.tsv", NULL);
        g_autofree char *facts = NULL;
        g_assert_true(g_file_get_contents(facts_path, &facts, NULL, NULL));
        g_auto(GStrv) lines = g_strsplit(facts, "\n", -1);
        for (guint i = 1; lines[i] != NULL && lines[i][0] != '\0'; i++) {
            lines[i][strcspn(lines[i], "\t")] = '\0';
            g_ptr_array_add(paths, g_build_filename(corpora, g_ptr_array_index(names, n), lines[i], NULL));
        }
    }
    return paths;
}

static void check_mutations(gconstpointer data)
{
    g_autoptr(GPtrArray) paths = list_mails(data);
    GRand *random = g_rand_new_with_seed(20260302);
    g_autofree char *other = g_strdup("");
    gsize other_length = 0;
    for (guint i = 0; i < 300; i++) {
        g_autofree char *bytes = NULL;
        gsize length = 0;
        g_assert_true(g_file_get_contents(g_ptr_array_index(paths, (guint)g_rand_int_range(random, 0, (gint32)paths->len)), &bytes,
                                          &length, NULL));
        length = MIN(length, 100000);
        mutate(random, bytes, length, other, other_length);
        g_free(other);
        other = g_steal_pointer(&bytes);
        other_length = length;
    }
    g_rand_free(random);
}

static void skip_all(void)
{
    g_test_skip("no corpora: CORPORA names no directory");
}

static int compare_names(gconstpointer one, gconstpointer other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static void add_sets(GDir *directory, GPtrArray *names)
{
    const char *name;
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *facts = g_build_filename(corpora, name, "facts.tsv", NULL);
        if (g_file_test(facts, G_FILE_TEST_EXISTS))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions();
    parse_open();
    corpora = g_getenv("CORPORA") != NULL ? g_getenv("CORPORA") : "../shared/corpora";
    settings.domains = g_ptr_array_new();
    settings.people = g_ptr_array_new();
    settings.intake = g_ptr_array_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GDir *directory = g_dir_open(corpora, 0, NULL);
    if (directory == NULL) {
        g_test_add_func("/parse/corpora", skip_all);
        return g_test_run();
    }
    add_sets(directory, names);
    g_dir_close(directory);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_strdup_printf("/parse/corpora/%s", (const char *)g_ptr_array_index(names, i));
        g_test_add_data_func(path, g_ptr_array_index(names, i), check_set);
    }
    g_test_add_data_func("/parse/corpora/mutations", names, check_mutations);
    int result = g_test_run();
    g_ptr_array_unref(settings.domains);
    g_ptr_array_unref(settings.people);
    g_ptr_array_unref(settings.intake);
    return result;
}
