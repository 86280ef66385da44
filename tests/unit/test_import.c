/*
 * test_import.c - old mail: dates as mail writes them, where the mails of an mbox begin and end, what is found and what is left out
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/capture/import_parts.h"
#include "usher/base/token.h"
#include "usher/capture/import.h"

#define NOW 1772443800 /* 2026-03-02T09:30:00Z */

static char *directory; /* of the present test */

static void set_up(void)
{
    directory = g_dir_make_tmp("usher-import-XXXXXX", NULL);
    g_assert_nonnull(directory);
}

static void remove_tree(const char *path)
{
    GDir *list = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name = list ? g_dir_read_name(list) : NULL; name; name = g_dir_read_name(list)) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        remove_tree(entry);
    }
    if (list)
        g_dir_close(list);
    g_assert_cmpint(remove(path), ==, 0);
}

static void tear_down(void)
{
    remove_tree(directory);
    g_clear_pointer(&directory, g_free);
}

static char *write_bytes(const char *name, const char *bytes, gsize length)
{
    char *path = g_build_filename(directory, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    return path;
}

static char *write_text(const char *name, const char *text)
{
    return write_bytes(name, text, strlen(text));
}

static ImportIndex *look_into(const char *path, UsherTime since)
{
    ImportOptions options = {.now = NOW, .since = since};
    ImportIndex *index = import_index_new(&options);
    import_index_add(index, path);
    import_index_sort(index);
    return index;
}

static char *read_mail(ImportIndex *index, guint place)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CapturedMail) mail = import_index_read(index, place, directory, 1 << 20, &error);
    g_assert_no_error(error);
    g_autofree char *bytes = g_malloc0((gsize)captured_mail_get_size(mail) + 1);
    for (gint64 done = 0; done < captured_mail_get_size(mail);) {
        gssize got = captured_mail_read(mail, done, bytes + done, 4096, &error);
        g_assert_cmpint(got, >, 0);
        done += got;
    }
    return g_steal_pointer(&bytes);
}

/* The mails of an mbox, each with its lines parted by "|". */
static void assert_mails(const char *mbox, const char *const *expected)
{
    set_up();
    g_autofree char *path = write_text("box", mbox);
    g_autoptr(ImportIndex) index = look_into(path, 0);
    guint count = g_strv_length((char **)(guintptr)expected);
    g_assert_cmpuint(import_index_get_counts(index)->found, ==, count);
    for (guint i = 0; i < count; i++) {
        g_autofree char *mail = read_mail(index, i);
        g_strdelimit(mail, "\n", '|');
        g_assert_cmpstr(mail, ==, expected[i]);
    }
    tear_down();
}

/* ---- dates ---- */

static void test_dates(void)
{
    const struct {
        const char *text;
        UsherTime moment; /* 0: none */
    } rows[] = {
        {"Mon, 2 Mar 2026 09:15:00 +0000", 1772442900},
        {"Mon, 2 Mar 2026 10:15:00 +0100 (CET)", 1772442900},
        {"2 Mar 2026 09:15 GMT", 1772442900},
        {"Mon,  2 Mar 26 04:15:00 EST", 1772442900},
        {"Mon Mar  2 09:15:00 2026", 1772442900},
        {"Mon Mar  2 09:15:00 GMT 2026", 1772442900},
        {"Mon Mar 02 09:15:00 +0000 2026", 1772442900},
        {"Mon Mar  2 10:15:00 2026 +0100", 1772442900},
        {"Thu, 1 Jan 98 00:00:00 UT", 883612800},
        {"Mon, 2 Mar 2026 09:15:00 +0000 (a (nested) comment", 1772442900},
        {"Mon, 30 Feb 2026 09:15:00 +0000", 0},
        {"Mon, 2 Mar 2026 25:15:00 +0000", 0},
        {"Mon, 2 Mar 2026", 0},
        {"Mon, 2 Mar 2026 09:15:00 +0000 or so, he said", 0},
        {"99999999999999999999 Mar 2026 09:15:00", 0},
        {"::::", 0},
        {"", 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        UsherTime moment = 0;
        gboolean is_date = import_read_date(rows[i].text, &moment);
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(is_date, ==, rows[i].moment != 0);
        g_assert_cmpint(is_date ? moment : 0, ==, rows[i].moment);
    }
    UsherTime moment = 0;
    g_assert_true(import_read_received("from a (b; c) by d; Mon, 2 Mar 2026 09:15:00 +0000 (odd; comment)", &moment));
    g_assert_cmpint(moment, ==, 1772442900);
    g_assert_false(import_read_received("from a by b", &moment));
}

static void test_postmarks(void)
{
    UsherTime moment;
    g_assert_true(import_read_postmark("From pat@client.example Mon Mar  2 09:15:00 2026", &moment));
    g_assert_cmpint(moment, ==, 1772442900);
    g_assert_true(import_read_postmark("From - Mon Mar 02 09:15:00 2026", &moment));
    g_assert_true(import_read_postmark("From 1750000000000@xxx Mon Mar 02 09:15:00 +0000 2026", &moment));
    g_assert_true(import_read_postmark("From pat Mon Mar  2 09:15:00 2026 remote from client", &moment));
    g_assert_false(import_read_postmark("From Monday on we are open", &moment));
    g_assert_false(import_read_postmark("From Mon Mar  2 09:15:00 2026 on we were open", &moment));
    g_assert_false(import_read_postmark("From pat@client.example", &moment));
}

/* ---- mbox ---- */

#define MARK "From pat@client.example Mon Mar  2 09:15:00 2026\n"
#define HEAD "From: pat@client.example\n"

static void test_mbox_plain(void)
{
    assert_mails(MARK HEAD "\none\n\n" MARK HEAD "Subject: x\n\ntwo\n",
                 (const char *const[]){"From: pat@client.example||one|", "From: pat@client.example|Subject: x||two|", NULL});
    assert_mails("\n" MARK HEAD "\nwithout a line end",
                 (const char *const[]){"From: pat@client.example||without a line end", NULL});
    assert_mails("From nobody knows when\n" HEAD "\none\n", (const char *const[]){"From: pat@client.example||one|", NULL});
    assert_mails(MARK HEAD "\n\n" MARK HEAD "\n",
                 (const char *const[]){"From: pat@client.example||", "From: pat@client.example||", NULL});
}

static void test_mbox_quoted(void)
{
    assert_mails(MARK HEAD "\n>From here\n>>From there\n> From\n>Fro\n>\n>From",
                 (const char *const[]){"From: pat@client.example||From here|>From there|> From|>Fro|>|>From", NULL});
}

/* Lines that look like a separator in one way or two. */
static void test_mbox_false_separators(void)
{
    assert_mails(MARK HEAD "\nFrom Monday on\n\nFrom then on\n" MARK "x\n",
                 (const char *const[]){"From: pat@client.example||From Monday on||From then on|"
                                       "From pat@client.example Mon Mar  2 09:15:00 2026|x|",
                                       NULL});
    assert_mails(
        MARK HEAD "\nhe wrote\n\n" MARK "that it is so\n\n" MARK HEAD "\ntwo\n",
        (const char *const[]){"From: pat@client.example||he wrote||From pat@client.example Mon Mar  2 09:15:00 2026|that it is so|",
                              "From: pat@client.example||two|", NULL});
}

static void test_mbox_crlf(void)
{
    set_up();
    g_autofree char *lf = write_text("lf", MARK HEAD "\none\n\nFrom here\n>From there\n\n" MARK HEAD "\ntwo\n");
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(lf, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *joined = g_strjoinv("\r\n", lines);
    g_autofree char *crlf = write_text("crlf", joined);
    g_autoptr(ImportIndex) first = look_into(lf, 0), second = look_into(crlf, 0);
    g_assert_cmpuint(import_index_get_counts(first)->found, ==, 2);
    g_assert_cmpuint(import_index_get_counts(second)->found, ==, 2);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(CapturedMail) a = import_index_read(first, i, directory, 1 << 20, NULL);
        g_autoptr(CapturedMail) b = import_index_read(second, i, directory, 1 << 20, NULL);
        g_assert_cmpstr(captured_mail_get_digest(a), ==, captured_mail_get_digest(b));
    }
    tear_down();
}

/* With a length that is true nothing is a separator before its end, and nothing is quoted; a length that is not true is not believed. */
static void test_mbox_content_length(void)
{
    const char *body = "\nhe wrote\n\n" MARK HEAD "\n>From x\n";
    g_autofree char *right = g_strdup_printf(MARK "Content-Length: %zu\n%s\n" MARK HEAD "\ntwo\n", strlen(body) - 1, body);
    assert_mails(right, (const char *const[]){"Content-Length: 93||he wrote||From pat@client.example Mon Mar  2 09:15:00 2026|"
                                              "From: pat@client.example||>From x|",
                                              "From: pat@client.example||two|", NULL});
    assert_mails(MARK "Content-Length: 9999\n\none\n\n" MARK HEAD "\n>From two\n",
                 (const char *const[]){"Content-Length: 9999||one|", "From: pat@client.example||From two|", NULL});
    assert_mails(MARK "Content-Length: 2\n\none\n\n" MARK HEAD "\ntwo\n",
                 (const char *const[]){"Content-Length: 2||one|", "From: pat@client.example||two|", NULL});
}

/* Pieces of a line fall on both sides of every buffer. */
static void test_mbox_long_lines(void)
{
    g_autofree char *marks = g_strnfill(300000, '>');
    g_autofree char *words = g_strnfill(400001, 'x');
    g_autofree char *mbox = g_strdup_printf(MARK HEAD "\n%sFrom here\n%s\n\n" MARK HEAD "\ntwo\n", marks, words);
    g_autofree char *first = g_strdup_printf("From: pat@client.example||%sFrom here|%s|", marks + 1, words);
    assert_mails(mbox, (const char *const[]){first, "From: pat@client.example||two|", NULL});
}

static void test_mbox_marked_mails(void)
{
    assert_mails(MARK "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1\n\nnotes\n\n" MARK HEAD
                      "X-Mozilla-Status: 0009\n\ngone\n\n" MARK HEAD "X-Mozilla-Status: 0001\n\nhere\n",
                 (const char *const[]){"From: pat@client.example|X-Mozilla-Status: 0001||here|", NULL});
    assert_mails(MARK HEAD "X-Gmail-Labels: =?UTF-8?Q?Inbox,Spam?=\n\nspam\n\n" MARK HEAD
                           "X-Gmail-Labels: Trash,Unread\n\ngone\n\n" MARK HEAD "X-Gmail-Labels: Inbox,Spam filters\n\nhere\n",
                 (const char *const[]){"From: pat@client.example|X-Gmail-Labels: Inbox,Spam filters||here|", NULL});
}

/* ---- sources ---- */

static void test_moments(void)
{
    set_up();
    g_free(write_text("cur/a", "Received: by mx; Mon, 2 Feb 2026 09:00:00 +0000\nReceived: by x; Mon, 5 Jan 2026 09:00:00 +0000\n"
                               "Date: Mon, 1 Dec 2025 09:00:00 +0000\n\na\n"));
    g_free(write_text("cur/b", "Date: Sun, 1 Feb 2026 09:00:00 +0000\nDate: Sun, 1 Feb 2015 09:00:00 +0000\n\nb\n"));
    g_free(write_text("cur/c", "Received: by mx\nDate: Fri, 1 Jan 2038 09:00:00 +0000\n\nc\n"));
    g_autofree char *empty = g_build_filename(directory, "new", NULL), *c = g_build_filename(directory, "cur", "c", NULL);
    g_assert_cmpint(g_mkdir(empty, 0700), ==, 0);
    struct timespec times[2] = {{.tv_sec = 1770000000}, {.tv_sec = 1770000000}};
    g_assert_cmpint(utimensat(AT_FDCWD, c, times, 0), ==, 0);
    g_autoptr(ImportIndex) index = look_into(directory, 0);
    const struct {
        const char *text;
        UsherTime came;
    } rows[] = {{"b\n", 1769936400}, {"c\n", 1770000000}, {"a\n", 1770022800}};
    g_assert_cmpuint(import_index_get_counts(index)->found, ==, G_N_ELEMENTS(rows));
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = read_mail(index, i);
        g_autoptr(CapturedMail) mail = import_index_read(index, i, directory, 1 << 20, NULL);
        g_assert_true(g_str_has_suffix(text, rows[i].text));
        g_assert_cmpint(captured_mail_get_received(mail), ==, rows[i].came);
    }
    g_autoptr(ImportIndex) later = look_into(directory, 1770000000);
    g_assert_cmpuint(import_index_get_counts(later)->found, ==, 2);
    g_assert_cmpuint(import_index_get_counts(later)->older, ==, 1);
    tear_down();
}

static gboolean is_remarked(const GPtrArray *remarks, const char *name, const char *why)
{
    for (guint i = 0; i < remarks->len; i++) {
        const ImportRemark *remark = g_ptr_array_index(remarks, i);
        if (g_str_has_suffix(remark->path, name) && strstr(remark->why, why) != NULL)
            return TRUE;
    }
    return FALSE;
}

static void test_faults(void)
{
    set_up();
    g_free(write_text("good.eml", HEAD "\ngood\n"));
    g_free(write_text("empty.eml", ""));
    g_free(write_bytes("box.gz", "\x1f\x8b\x08\x00", 4));
    g_free(write_text("notes.txt", "Buy milk\n"));
    g_free(write_text("data.jsonl", "{\"a\": 1}\n"));
    g_free(write_text("box.msf", "// <!-- mork\n"));
    g_free(write_text("Trash", MARK HEAD "\nrubbish\n"));
    g_autofree char *loop = g_build_filename(directory, "loop", NULL), *link = g_build_filename(directory, "link", NULL);
    g_autofree char *pipe = g_build_filename(directory, "pipe", NULL), *absent = g_build_filename(directory, "absent", NULL);
    g_assert_cmpint(symlink("loop", loop), ==, 0);
    g_assert_cmpint(symlink(".", link), ==, 0);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_autoptr(ImportIndex) index = look_into(directory, 0);
    import_index_add(index, absent);
    import_index_add(index, loop);
    const GPtrArray *faults = import_index_get_faults(index);
    g_assert_cmpuint(import_index_get_counts(index)->found, ==, 1);
    g_assert_true(is_remarked(faults, "/empty.eml", "is empty"));
    g_assert_true(is_remarked(faults, "/box.gz", "is compressed (gzip)"));
    g_assert_true(is_remarked(faults, "/notes.txt", "is no mail"));
    g_assert_true(is_remarked(faults, "/data.jsonl", "is no mail"));
    g_assert_true(is_remarked(faults, "/loop", "is a symbolic link"));
    g_assert_true(is_remarked(faults, "/link", "is a symbolic link"));
    g_assert_true(is_remarked(faults, "/pipe", "is no regular file"));
    g_assert_true(is_remarked(faults, "/absent", "No such file"));
    g_assert_cmpuint(faults->len, ==, 9);
    g_assert_true(is_remarked(import_index_get_notes(index), "/Trash", "left out for its name"));
    tear_down();
}

static void test_maildir(void)
{
    set_up();
    static const char *const mails[] = {"cur/1.a:2,S",       "cur/2.b:2,ST",       "cur/3.c:2,D",        "new/4.d",
                                        ".Sent/cur/5.e:2,S", ".Trash/cur/6.f:2,S", "Clients/cur/7.g:2,", ".Sent.2024/cur/8.h:2,S"};
    static const char *const others[] = {"new", "tmp", ".Sent/new", ".Trash/new", "Clients/new", ".Sent.2024/new", "cur/odd"};
    for (guint i = 0; i < G_N_ELEMENTS(mails); i++)
        g_free(write_text(mails[i], HEAD "\nmail\n"));
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *path = g_build_filename(directory, others[i], NULL);
        g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
    }
    g_free(write_text("dovecot-uidlist", "3 V1 N2\n"));
    g_free(write_text("subscriptions", "Sent\n"));
    g_free(write_text("tmp/half", HEAD));
    g_autoptr(ImportIndex) index = look_into(directory, 0);
    g_assert_cmpuint(import_index_get_counts(index)->found, ==, 5);
    g_assert_cmpuint(import_index_get_counts(index)->deleted, ==, 2);
    g_assert_cmpuint(import_index_get_faults(index)->len, ==, 1);
    g_assert_true(is_remarked(import_index_get_faults(index), "cur/odd", "is a directory"));
    g_assert_true(is_remarked(import_index_get_notes(index), "/.Trash", "left out"));

    /* What is new in a Maildir that a door of ours reads is to be answered, and no history. */
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    g_ptr_array_add(own, directory);
    ImportOptions options = {.now = NOW, .own_intake = own};
    g_autoptr(ImportIndex) beside = import_index_new(&options);
    import_index_add(beside, directory);
    g_assert_cmpuint(import_index_get_counts(beside)->found, ==, 4);
    g_assert_true(is_remarked(import_index_get_notes(beside), "/new", "left to the daemon"));
    tear_down();
}

/* A file that changes between the two passes. */
static void test_changed_files(void)
{
    set_up();
    g_autofree char *box = write_text("box", MARK HEAD "\none\n\n" MARK HEAD "\ntwo\n");
    g_autofree char *gone = write_text("gone.eml", HEAD "\nx\n");
    g_autoptr(ImportIndex) index = look_into(directory, 0);
    g_assert_cmpuint(import_index_get_counts(index)->found, ==, 3);
    g_assert_cmpint(truncate(box, 60), ==, 0);
    g_assert_cmpint(g_unlink(gone), ==, 0);
    for (guint i = 0; i < 3; i++)
        g_assert_null(import_index_read(index, i, directory, 1 << 20, NULL));
    g_assert_true(is_remarked(import_index_get_faults(index), "/box", "shorter"));
    g_assert_true(is_remarked(import_index_get_faults(index), "/gone.eml", "No such file"));
    tear_down();
}

/* Any bytes at all make some mails or none, and each can be read. */
static void test_any_bytes(void)
{
    static const char *const pieces[] = {MARK,       HEAD, "\n",          "\r\n", "From ", ">From x\n", "Content-Length: 10\n",
                                         "\xff\xfe", "x",  "Date: Mon, ", "\t",   ";"};
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    set_up();
    for (guint round = 0; round < 300; round++) {
        g_autoptr(GString) mbox = g_string_new(MARK);
        for (guint i = 0; i < 60; i++)
            g_string_append(mbox, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        if (round % 3 == 0)
            mbox->str[g_rand_int_range(random, 0, (gint)mbox->len)] = '\0';
        g_autofree char *path = write_bytes("box", mbox->str, mbox->len);
        g_autoptr(ImportIndex) index = look_into(path, 0);
        for (guint i = 0; i < import_index_get_counts(index)->found; i++)
            g_free(read_mail(index, i));
    }
    tear_down();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    g_test_add_func("/import/dates", test_dates);
    g_test_add_func("/import/postmarks", test_postmarks);
    g_test_add_func("/import/mbox/plain", test_mbox_plain);
    g_test_add_func("/import/mbox/quoted", test_mbox_quoted);
    g_test_add_func("/import/mbox/false-separators", test_mbox_false_separators);
    g_test_add_func("/import/mbox/crlf", test_mbox_crlf);
    g_test_add_func("/import/mbox/content-length", test_mbox_content_length);
    g_test_add_func("/import/mbox/long-lines", test_mbox_long_lines);
    g_test_add_func("/import/mbox/marked", test_mbox_marked_mails);
    g_test_add_func("/import/moments", test_moments);
    g_test_add_func("/import/faults", test_faults);
    g_test_add_func("/import/maildir", test_maildir);
    g_test_add_func("/import/changed-files", test_changed_files);
    g_test_add_func("/import/any-bytes", test_any_bytes);
    return g_test_run();
}
