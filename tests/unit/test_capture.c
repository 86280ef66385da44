/*
 * test_capture.c - the identity of a mail, its spool, and the Maildir door
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usher/base/error.h"
#include "usher/base/token.h"
#include "usher/capture.h"
#include "usher/model/mail.h"

#define SECRET "6f0b2d3c0a1e4f5d6c7b8a99887766554433221100ffeeddccbbaa9988776655"
#define MAIL_TEXT                                                                                                                  \
    "Received: from mail.example.org by mx.example.net; Mon, 2 Mar 2026 09:15:00 +0000\n"                                          \
    "From: Amy Reed\n <amy@example.org>\n"                                                                                         \
    "To: enquiries@hartleyfinch.example\n"                                                                                         \
    "Subject: \tHelp with\n\tour VAT  \n"                                                                                          \
    "Date: Mon, 2 Mar 2026 09:14:58 +0000\n"                                                                                       \
    "Message-ID: <20260302.1@example.org>\n"                                                                                       \
    "\n"                                                                                                                           \
    "Hello,\n\n\nplease ring me on 020 7946 0123.\n\nAmy\n"

static char *directory; /* of the present test */

/* ---- mails ---- */

static CapturedMail *take(const char *text, gssize length, gsize piece)
{
    gsize size = length < 0 ? strlen(text) : (gsize)length;
    CapturedMail *mail = captured_mail_new("test", directory, 50 << 20);
    for (gsize from = 0; from < size; from += piece)
        g_assert_true(captured_mail_append(mail, text + from, MIN(piece, size - from), NULL));
    captured_mail_finish(mail);
    return mail;
}

static char *digest(const char *text)
{
    g_autoptr(CapturedMail) mail = take(text, -1, 1 << 20);
    return g_strdup(captured_mail_get_digest(mail));
}

static char *replace(const char *text, const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(text, from, -1);
    return g_strjoinv(to, parts);
}

static void assert_same(const char *a, const char *b)
{
    g_autofree char *of_a = digest(a), *of_b = digest(b);
    g_assert_cmpstr(of_a, ==, of_b);
}

static void assert_other(const char *a, const char *b)
{
    g_autofree char *of_a = digest(a), *of_b = digest(b);
    g_assert_cmpstr(of_a, !=, of_b);
}

static void test_digest_line_ends(void)
{
    g_autofree char *crlf = replace(MAIL_TEXT, "\n", "\r\n");
    g_autofree char *cr = replace(MAIL_TEXT, "\n", "\r");
    assert_same(MAIL_TEXT, crlf);
    assert_same(MAIL_TEXT, cr);
}

static void test_digest_any_split(void)
{
    g_autofree char *crlf = replace(MAIL_TEXT, "\n", "\r\n");
    g_autofree char *whole = digest(crlf);
    for (gsize piece = 1; piece < strlen(crlf); piece++) {
        g_autoptr(CapturedMail) mail = take(crlf, -1, piece);
        g_assert_cmpstr(captured_mail_get_digest(mail), ==, whole);
        g_assert_cmpstr(captured_mail_get_message_id(mail), ==, "20260302.1@example.org");
    }
}

static void test_digest_ignores_the_way(void)
{
    assert_same(MAIL_TEXT, "Delivered-To: enquiries@hartleyfinch.example\nX-Spam: no\n" MAIL_TEXT "\n\n");
    assert_same(MAIL_TEXT, "From amy@example.org Mon Mar  2 09:15:00 2026\n" MAIL_TEXT);
    g_autofree char *refolded = replace(MAIL_TEXT, "Reed\n <amy", "Reed <amy");
    assert_same(MAIL_TEXT, refolded);
    g_autofree char *no_last_line_end = g_strndup(MAIL_TEXT, strlen(MAIL_TEXT) - 1);
    assert_same(MAIL_TEXT, no_last_line_end);
}

static void test_digest_tells_apart(void)
{
    static const char *const changes[][2] = {
        {"20260302.1", "20260302.2"},   {"09:14:58", "09:14:59"},     {"amy@", "ann@"}, {"our VAT", "our PAYE"}, {"0123.", "0124."},
        {"Hello,\n\n\n", "Hello,\n\n"}, {"\n\nHello", "\n\n\nHello"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *changed = replace(MAIL_TEXT, changes[i][0], changes[i][1]);
        g_assert_cmpstr(changed, !=, MAIL_TEXT);
        assert_other(MAIL_TEXT, changed);
    }
    /* A value does not flow into the next, nor a header into the body. */
    assert_other("From: a\nDate: b\n\nc", "From: a\n\nbc");
    assert_other("Subject: a\n\nb", "Subject: a\n\n\nb");
    /* The first of its kind counts. */
    assert_other("Subject: a\nSubject: b\n\nc", "Subject: b\nSubject: a\n\nc");
}

static void test_header_ends_where_postfix_ends_it(void)
{
    assert_same("Subject: a\nno header\nb\n", "Subject: a\n\nno header\nb\n");
    assert_same("Subject : a\n\nb", "Subject: a\n\nb");
    assert_same("just text\nSubject: a\n", "\njust text\nSubject: a\n");
    assert_same(" blank first\n", "\n blank first\n");
    assert_same("Subject: a", "Subject: a\n\n");
    g_autofree char *long_name = g_strnfill(5000, 'x');
    g_autofree char *without_end = g_strconcat(long_name, ": y\nSubject: a\n", NULL);
    g_autofree char *with_end = g_strconcat("\n", without_end, NULL);
    assert_same(without_end, with_end);
}

static void test_garbage(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (guint round = 0; round < 200; round++) {
        char bytes[700];
        for (guint i = 0; i < sizeof bytes; i++)
            bytes[i] = "\r\n: \tFromSubject\0\xff\x80<>aM-"[g_rand_int_range(rand, 0, 27)];
        g_autoptr(CapturedMail) whole = take(bytes, sizeof bytes, sizeof bytes);
        g_autoptr(CapturedMail) pieces = take(bytes, sizeof bytes, (gsize)g_rand_int_range(rand, 1, 9));
        g_assert_cmpstr(captured_mail_get_digest(whole), ==, captured_mail_get_digest(pieces));
        g_assert_cmpint(captured_mail_get_size(whole), ==, sizeof bytes);
    }
}

static void test_hostile_header(void)
{
    g_autofree char *subject = g_strnfill(1 << 20, 's');
    g_autofree char *id = g_strnfill(5000, 'i');
    g_autofree char *text = g_strconcat("Subject: ", subject, "\nMessage-ID: <", id, ">\n\nbody\n", NULL);
    g_autoptr(CapturedMail) mail = take(text, -1, 4099);
    g_assert_cmpint(captured_mail_get_size(mail), ==, (gint64)strlen(text));
    g_assert_null(captured_mail_get_message_id(mail));
}

static void test_message_id_is_text(void)
{
    g_autoptr(CapturedMail) mail = take("Message-ID: <a\xff\x01"
                                        "b@example.org> (x)\n\n",
                                        -1, 100);
    g_assert_true(g_utf8_validate(captured_mail_get_message_id(mail), -1, NULL));
    g_assert_null(strchr(captured_mail_get_message_id(mail), '\x01'));
    g_autoptr(CapturedMail) bare = take("Message-ID: bare@example.org\n\n", -1, 100);
    g_assert_cmpstr(captured_mail_get_message_id(bare), ==, "bare@example.org");
    g_autoptr(CapturedMail) empty = take("Message-ID: <>\n\n", -1, 100);
    g_assert_null(captured_mail_get_message_id(empty));
}

static void test_own_mail(void)
{
    g_autofree char *id = message_id_make(SECRET, "ack:17", "hartleyfinch.example");
    g_autofree char *text = g_strdup_printf("Message-ID: <%s>\n\nThank you.\n", id);
    g_autoptr(CapturedMail) own = take(text, -1, 7);
    g_autoptr(CapturedMail) foreign = take(MAIL_TEXT, -1, 7);
    g_assert_true(captured_mail_is_own(own, SECRET));
    g_assert_false(captured_mail_is_own(foreign, SECRET));
}

static void test_envelope(void)
{
    g_autoptr(CapturedMail) mail = captured_mail_new("test", directory, 1000);
    g_assert_null(captured_mail_get_envelope_from(mail));
    captured_mail_set_envelope_from(mail, "<>");
    g_assert_cmpstr(captured_mail_get_envelope_from(mail), ==, "");
    captured_mail_set_envelope_from(mail, "<Amy@Example.ORG>");
    g_assert_cmpstr(captured_mail_get_envelope_from(mail), ==, "amy@example.org");
    captured_mail_add_envelope_to(mail, "<Enquiries@HartleyFinch.example>");
    captured_mail_add_envelope_to(mail, "enquiries@hartleyfinch.example");
    captured_mail_add_envelope_to(mail, "log@hartleyfinch.example\r\nX: y");
    const GPtrArray *to = captured_mail_get_envelope_to(mail);
    g_assert_cmpuint(to->len, ==, 2);
    g_assert_cmpstr(to->pdata[0], ==, "enquiries@hartleyfinch.example");
    g_assert_null(strchr(to->pdata[1], '\n'));
    for (guint i = 0; i < 3000; i++) {
        g_autofree char *address = g_strdup_printf("%u@example.org", i);
        captured_mail_add_envelope_to(mail, address);
    }
    g_assert_cmpuint(to->len, ==, 1000);
}

/* ---- bytes ---- */

static void assert_reads_back(CapturedMail *mail, const char *expected, gsize length)
{
    g_autoptr(GByteArray) got = g_byte_array_new();
    guint8 buffer[30000];
    for (;;) {
        gssize some = captured_mail_read(mail, got->len, buffer, sizeof buffer, NULL);
        g_assert_cmpint(some, >=, 0);
        if (some == 0)
            break;
        g_byte_array_append(got, buffer, (guint)some);
    }
    g_assert_cmpmem(got->data, got->len, expected, length);
}

static char *make_bytes(gsize length)
{
    char *bytes = g_malloc(length);
    for (gsize i = 0; i < length; i++)
        bytes[i] = (char)('a' + (i * 7 + i / 251) % 26);
    return bytes;
}

static guint count_entries(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint count = 0;
    while (g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

static void test_bytes_in_memory_and_spool(void)
{
    const gsize sizes[] = {
        0, 1, CAPTURE_MEMORY_BYTES - 1, CAPTURE_MEMORY_BYTES, CAPTURE_MEMORY_BYTES + 1, 3 * CAPTURE_MEMORY_BYTES + 5};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *bytes = make_bytes(sizes[i]);
        g_autoptr(CapturedMail) mail = take(bytes, (gssize)sizes[i], 65535);
        g_assert_cmpint(captured_mail_get_size(mail), ==, (gint64)sizes[i]);
        g_assert_false(captured_mail_is_cut(mail));
        assert_reads_back(mail, bytes, sizes[i]);
        g_assert_cmpuint(count_entries(directory), ==, 0); /* the spool has no name */
    }
}

static void test_cut(void)
{
    const gint64 limits[] = {0, 1000, CAPTURE_MEMORY_BYTES, CAPTURE_MEMORY_BYTES + 1000};
    const gsize size = 2 * CAPTURE_MEMORY_BYTES;
    g_autofree char *bytes = make_bytes(size);
    g_autoptr(CapturedMail) whole = take(bytes, (gssize)size, size);
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autoptr(CapturedMail) mail = captured_mail_new("test", directory, limits[i]);
        for (gsize from = 0; from < size; from += 4096)
            g_assert_true(captured_mail_append(mail, bytes + from, 4096, NULL));
        captured_mail_finish(mail);
        g_assert_true(captured_mail_is_cut(mail));
        g_assert_cmpint(captured_mail_get_size(mail), ==, (gint64)size);
        g_assert_cmpstr(captured_mail_get_digest(mail), ==, captured_mail_get_digest(whole));
        assert_reads_back(mail, bytes, (gsize)limits[i]);
    }
}

/* A full disk, played by a limit on the size of files. In a process of its own, for the limit stays. */
static int fill_spool(void)
{
    const struct rlimit limit = {CAPTURE_MEMORY_BYTES, CAPTURE_MEMORY_BYTES};
    g_autofree char *bytes = make_bytes(CAPTURE_MEMORY_BYTES);
    g_autoptr(GError) error = NULL;
    g_autoptr(CapturedMail) mail = captured_mail_new("test", directory, 50 << 20);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    gboolean memory = captured_mail_append(mail, bytes, CAPTURE_MEMORY_BYTES, NULL);
    gboolean spool = captured_mail_append(mail, bytes, CAPTURE_MEMORY_BYTES, NULL);
    gboolean full = !captured_mail_append(mail, bytes, 1, &error);
    return memory && spool && full && g_error_matches(error, USHER_ERROR, USHER_ERROR_RETRY) ? 0 : 1;
}

static void test_spool_full(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(fill_spool());
    int status;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
}

static void test_spool_missing(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = make_bytes(CAPTURE_MEMORY_BYTES);
    g_autoptr(CapturedMail) mail = captured_mail_new("test", "/nonexistent/spool", 50 << 20);
    g_assert_true(captured_mail_append(mail, bytes, CAPTURE_MEMORY_BYTES, NULL));
    g_assert_false(captured_mail_append(mail, bytes, 1, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_RETRY);
    g_assert_nonnull(strstr(error->message, "\"/nonexistent/spool\""));
}

/* ---- Maildir ---- */

static struct {
    GPtrArray *texts;     /* what was stored */
    GPtrArray *envelopes; /* "from to to" */
    guint calls;
    gboolean is_failing;
} store;

static gboolean keep(CapturedMail *mail, UsherTime now, gint64 *id, gpointer data, GError **error)
{
    g_assert_null(data);
    g_assert_cmpint(now, ==, 1772442900);
    g_assert_cmpstr(captured_mail_get_door(mail), ==, "maildir");
    store.calls++;
    if (store.is_failing) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "the disk is full");
        return FALSE;
    }
    g_autofree char *text = g_malloc0((gsize)captured_mail_get_size(mail) + 1);
    captured_mail_read(mail, 0, text, (gsize)captured_mail_get_size(mail), NULL);
    g_ptr_array_add(store.texts, g_steal_pointer(&text));
    const GPtrArray *to = captured_mail_get_envelope_to(mail);
    const char *from = captured_mail_get_envelope_from(mail);
    GString *envelope = g_string_new(from == NULL ? "?" : from);
    for (guint i = 0; i < to->len; i++)
        g_string_append_printf(envelope, " %s", (const char *)to->pdata[i]);
    g_ptr_array_add(store.envelopes, g_string_free(envelope, FALSE));
    *id = store.calls;
    return TRUE;
}

static UsherTime get_now(gpointer data G_GNUC_UNUSED)
{
    return 1772442900;
}

static const CaptureSink sink = {.store = keep, .now = get_now, .secret = SECRET};

static char *path_of(const char *name)
{
    return g_build_filename(directory, "mail", name, NULL);
}

static void drop(const char *name, const char *text)
{
    g_autofree char *path = path_of(name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static gboolean exists(const char *name)
{
    g_autofree char *path = path_of(name);
    return g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

static MaildirWatcher *open_watcher(void)
{
    static const char *const parts[] = {"tmp", "new", "cur"};
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = path_of(parts[i]);
        g_assert_cmpint(g_mkdir_with_parents(part, 0700), ==, 0);
    }
    g_autofree char *path = path_of("");
    g_autofree char *store_path = g_build_filename(directory, "usher.db", NULL);
    Settings settings = {.store = store_path, .max_message_bytes = 50 << 20};
    g_clear_pointer(&store.texts, g_ptr_array_unref);
    g_clear_pointer(&store.envelopes, g_ptr_array_unref);
    store.texts = g_ptr_array_new_with_free_func(g_free);
    store.envelopes = g_ptr_array_new_with_free_func(g_free);
    store.calls = 0;
    store.is_failing = FALSE;
    MaildirWatcher *watcher = maildir_watcher_new(path, &settings, &sink, NULL);
    g_assert_nonnull(watcher);
    return watcher;
}

static gboolean is_awake(const MaildirWatcher *watcher)
{
    struct pollfd poller = {.fd = maildir_watcher_get_fd(watcher), .events = POLLIN};
    return poll(&poller, 1, 0) == 1;
}

static void expect_warning(const char *pattern)
{
    g_test_expect_message("usher", G_LOG_LEVEL_WARNING, pattern);
}

static void test_maildir_captures_in_order(void)
{
    MaildirWatcher *watcher = open_watcher();
    g_assert_false(is_awake(watcher));
    drop("new/1772442902.b", "Subject: second\n\n");
    drop("new/1772442901.a", "Return-Path: <Amy@example.org>\nX-Original-To: log@hartleyfinch.example\nDelivered-To: "
                             "Jane@hartleyfinch.example\nReceived: x\n"
                             "Delivered-To: mallory@example.net\nSubject: first\n\n");
    drop("new/.hidden", "Subject: not for us\n\n");
    drop("tmp/1772442900.c", "Subject: not yet\n\n");
    g_assert_true(is_awake(watcher));
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 2);
    g_assert_false(is_awake(watcher));
    g_assert_cmpuint(store.texts->len, ==, 2);
    g_assert_true(g_str_has_suffix(store.texts->pdata[0], "first\n\n"));
    g_assert_cmpstr(store.texts->pdata[1], ==, "Subject: second\n\n");
    g_assert_cmpstr(store.envelopes->pdata[0], ==, "amy@example.org log@hartleyfinch.example jane@hartleyfinch.example");
    g_assert_cmpstr(store.envelopes->pdata[1], ==, "?");
    g_assert_true(exists("cur/1772442901.a:2,"));
    g_assert_true(exists("cur/1772442902.b:2,"));
    g_assert_true(exists("new/.hidden"));
    g_assert_true(exists("tmp/1772442900.c"));
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_assert_cmpuint(store.calls, ==, 2);
    maildir_watcher_free(watcher);
}

static void test_maildir_keeps_what_cannot_be_stored(void)
{
    MaildirWatcher *watcher = open_watcher();
    drop("new/1", "Subject: a\n\n");
    store.is_failing = TRUE;
    expect_warning("*new/1\" was not taken*disk is full*");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_test_assert_expected_messages();
    g_assert_true(exists("new/1"));
    store.is_failing = FALSE;
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
    g_assert_true(exists("cur/1:2,"));
    maildir_watcher_free(watcher);
}

static void test_maildir_gives_up_early_when_all_fails(void)
{
    MaildirWatcher *watcher = open_watcher();
    for (guint i = 10; i < 60; i++) {
        g_autofree char *name = g_strdup_printf("new/%u", i);
        drop(name, "Subject: a\n\n");
    }
    store.is_failing = TRUE;
    for (guint i = 0; i < 3; i++)
        expect_warning("*was not taken*");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_test_assert_expected_messages();
    g_assert_cmpuint(store.calls, ==, 3);
    store.is_failing = FALSE;
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 50);
    maildir_watcher_free(watcher);
}

static void test_maildir_leaves_what_is_no_mail(void)
{
    MaildirWatcher *watcher = open_watcher();
    g_autofree char *link = path_of("new/1.link"), *pipe = path_of("new/2.pipe"), *folder = path_of("new/3.folder");
    g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    drop("new/4.empty", "");
    drop("new/5.mail", "Subject: a\n\n");
    expect_warning("*1.link\" is a symbolic link*");
    expect_warning("*2.pipe\" is no regular file*");
    expect_warning("*3.folder\" is no regular file*");
    expect_warning("*4.empty\" is empty*");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
    g_test_assert_expected_messages();
    g_assert_true(exists("new/1.link"));
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0); /* and says nothing more */
    drop("new/4.empty", "Subject: late\n\n");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
    maildir_watcher_free(watcher);
}

static void read_unreadable(MaildirWatcher *watcher)
{
    g_autofree char *path = path_of("new/1");
    drop("new/1", "Subject: a\n\n");
    drop("new/2", "Subject: b\n\n");
    g_assert_cmpint(g_chmod(path, 0), ==, 0);
    expect_warning("*new/1\"*Permission denied*left there*");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_test_assert_expected_messages();
    g_assert_cmpint(g_chmod(path, 0600), ==, 0);
    g_assert_true(is_awake(watcher));
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
}

/* Root may read everything: it becomes nobody for the time. */
static void test_maildir_unreadable(void)
{
    static const char *const parts[] = {"", "mail", "mail/new", "mail/cur"};
    const uid_t nobody = 65534;
    gboolean is_root = geteuid() == 0;
    MaildirWatcher *watcher = open_watcher();
    for (guint i = 0; is_root && i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = g_build_filename(directory, parts[i], NULL);
        g_assert_cmpint(chown(part, nobody, nobody), ==, 0);
    }
    g_assert_true(!is_root || seteuid(nobody) == 0);
    read_unreadable(watcher);
    g_assert_true(!is_root || seteuid(0) == 0);
    maildir_watcher_free(watcher);
}

static void test_maildir_own_mail_is_moved(void)
{
    MaildirWatcher *watcher = open_watcher();
    g_autofree char *id = message_id_make(SECRET, "ack:17", "hartleyfinch.example");
    g_autofree char *text = g_strdup_printf("Message-ID: <%s>\n\nThank you.\n", id);
    drop("new/1", text);
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_assert_cmpuint(store.calls, ==, 0);
    g_assert_true(exists("cur/1:2,"));
    maildir_watcher_free(watcher);
}

static void test_maildir_never_overwrites(void)
{
    MaildirWatcher *watcher = open_watcher();
    drop("cur/1:2,", "older\n");
    drop("new/1", "Subject: a\n\n");
    expect_warning("*new/1\" was captured, but cannot be moved*");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
    g_test_assert_expected_messages();
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0); /* not once more */
    g_assert_cmpuint(store.calls, ==, 1);
    g_autofree char *older = path_of("cur/1:2,");
    g_assert_cmpint(g_unlink(older), ==, 0);
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_assert_cmpuint(store.calls, ==, 1);
    g_assert_true(exists("cur/1:2,"));
    g_assert_false(exists("new/1"));
    maildir_watcher_free(watcher);
}

static void test_maildir_put_in_place_of_the_old(void)
{
    MaildirWatcher *watcher = open_watcher();
    g_autofree char *new_path = path_of("new"), *old_path = path_of("old");
    g_assert_cmpint(g_rename(new_path, old_path), ==, 0);
    expect_warning("*cannot use*new\"*");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 0);
    g_test_assert_expected_messages();
    g_assert_cmpint(g_mkdir(new_path, 0700), ==, 0);
    drop("new/1", "Subject: a\n\n");
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
    drop("new/2", "Subject: b\n\n");
    g_assert_true(is_awake(watcher));
    maildir_watcher_free(watcher);
}

static void test_maildir_must_be_one(void)
{
    Settings settings = {.store = (char *)"/nonexistent/usher.db"};
    g_autoptr(GError) error = NULL;
    g_assert_null(maildir_watcher_new(directory, &settings, &sink, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_CONFIG);
    g_assert_nonnull(strstr(error->message, "/new\""));
    g_assert_cmpuint(count_entries(directory), ==, 0); /* nothing was created */
}

static void test_maildir_large_mail(void)
{
    MaildirWatcher *watcher = open_watcher();
    g_autofree char *body = make_bytes(3 << 20);
    body[(3 << 20) - 1] = '\0';
    g_autofree char *text = g_strconcat("Subject: large\n\n", body, NULL);
    drop("new/1", text);
    g_assert_cmpuint(maildir_watcher_read(watcher), ==, 1);
    g_assert_cmpuint(store.calls, ==, 1);
    g_assert_true(exists("cur/1:2,"));
    maildir_watcher_free(watcher);
}

/* ---- all of it ---- */

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name = dir == NULL ? NULL : g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        remove_all(entry);
    }
    g_remove(path);
}

typedef struct {
    const char *name;
    void (*run)(void);
} Test;

static void run_in_directory(gconstpointer test)
{
    directory = g_dir_make_tmp("usher-capture-XXXXXX", NULL);
    ((const Test *)test)->run();
    remove_all(directory);
    g_clear_pointer(&directory, g_free);
}

static const Test tests[] = {
    {"/capture/digest/line-ends", test_digest_line_ends},
    {"/capture/digest/any-split", test_digest_any_split},
    {"/capture/digest/ignores-the-way", test_digest_ignores_the_way},
    {"/capture/digest/tells-apart", test_digest_tells_apart},
    {"/capture/digest/header-end", test_header_ends_where_postfix_ends_it},
    {"/capture/digest/garbage", test_garbage},
    {"/capture/digest/hostile-header", test_hostile_header},
    {"/capture/mail/message-id", test_message_id_is_text},
    {"/capture/mail/own", test_own_mail},
    {"/capture/mail/envelope", test_envelope},
    {"/capture/mail/bytes", test_bytes_in_memory_and_spool},
    {"/capture/mail/cut", test_cut},
    {"/capture/mail/spool-full", test_spool_full},
    {"/capture/mail/spool-missing", test_spool_missing},
    {"/capture/maildir/order", test_maildir_captures_in_order},
    {"/capture/maildir/store-fails", test_maildir_keeps_what_cannot_be_stored},
    {"/capture/maildir/all-fails", test_maildir_gives_up_early_when_all_fails},
    {"/capture/maildir/no-mail", test_maildir_leaves_what_is_no_mail},
    {"/capture/maildir/unreadable", test_maildir_unreadable},
    {"/capture/maildir/own", test_maildir_own_mail_is_moved},
    {"/capture/maildir/never-overwrites", test_maildir_never_overwrites},
    {"/capture/maildir/replaced", test_maildir_put_in_place_of_the_old},
    {"/capture/maildir/must-be-one", test_maildir_must_be_one},
    {"/capture/maildir/large", test_maildir_large_mail},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    token_open();
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].name, &tests[i], run_in_directory);
    int result = g_test_run();
    g_clear_pointer(&store.texts, g_ptr_array_unref);
    g_clear_pointer(&store.envelopes, g_ptr_array_unref);
    return result;
}
