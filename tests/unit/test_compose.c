/*
 * test_compose.c - the bytes of our mails: what a mail program reads out of them, and what no stranger can put in
 *
 * What was put together is read back by GMime's parser, which shares nothing with the way it was made but the encoders.
 */
#include "usher/base/error.h"
#include "usher/base/text.h"
#include "usher/base/token.h"
#include "usher/respond.h"

#include <gmime/gmime.h>
#include <string.h>

typedef struct {
    OutgoingMail *mail;
    Settings settings;
} Room;

static void set_up(Room *room, gconstpointer data)
{
    OutgoingMail *mail = outgoing_mail_new();

    (void)data;
    token_open();
    g_mime_init();
    room->mail = mail;
    room->settings.calendar = calendar_new("Europe/London", "mon-fri 09:00-17:30", NULL);
    room->settings.delivery.from = (char *)(guintptr) "enquiries@hartleyfinch.example";
    room->settings.domains = g_ptr_array_new();
    room->settings.intake = g_ptr_array_new();
    mail->to = mailbox_new("Helen Marsh", "helen@marshjoinery.example");
    mail->from = mailbox_new("Hartley Finch LLP", "enquiries@hartleyfinch.example");
    mail->reply_to = mailbox_new("Hartley Finch LLP", "enquiries@hartleyfinch.example");
    mail->subject = g_strdup("Re: VAT inspection");
    mail->text = g_strdup("Dear Helen,\n\nthank you.\n.\nFrom us\n\n-- \nHartley Finch\n");
    mail->html = g_strdup("<p>Dear Helen, caf\xc3\xa9 = 3 &pound;</p>\n");
    mail->message_id = message_id_make("secret", "ack:17", "hartleyfinch.example");
    mail->date = 1785661938; /* 2026-08-02T09:12:18Z */
}

static void tear_down(Room *room, gconstpointer data)
{
    (void)data;
    outgoing_mail_free(room->mail);
    calendar_free(room->settings.calendar);
    g_ptr_array_unref(room->settings.domains);
    g_ptr_array_unref(room->settings.intake);
}

static char *compose(const Room *room, GBytes *original)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = respond_compose(room->mail, original, &room->settings, &error);
    gsize length = 0;
    const char *start;

    g_assert_no_error(error);
    start = g_bytes_get_data(bytes, &length);
    g_assert_null(memchr(start, '\0', length));
    return g_strndup(start, length);
}

static GMimeMessage *parse(const char *bytes)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, strlen(bytes));
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

/* The value of a header of the mail itself; NULL when it is not there. */
static char *find_header(const char *bytes, const char *name)
{
    GMimeMessage *message = parse(bytes);
    char *value = g_strdup(g_mime_object_get_header(GMIME_OBJECT(message), name));

    g_object_unref(message);
    return value;
}

static void assert_header(const char *bytes, const char *name, const char *expected)
{
    g_autofree char *value = find_header(bytes, name);

    g_assert_cmpstr(value, ==, expected);
}

static void assert_lines(const char *bytes, gsize max_bytes)
{
    g_auto(GStrv) lines = g_strsplit(bytes, "\r\n", -1);

    g_assert_true(g_str_has_suffix(bytes, "\r\n"));
    for (guint i = 0; lines[i] != NULL; i++) {
        g_assert_null(strpbrk(lines[i], "\r\n"));
        g_assert_cmpuint(strlen(lines[i]), <=, max_bytes);
        g_assert_true(g_str_is_ascii(lines[i]));
    }
}

/* The decoded content of a part by its place, "1.2". */
static char *read_part(const char *bytes, const char *place, char **type)
{
    GMimeMessage *message = parse(bytes);
    GMimeObject *object = g_mime_message_get_mime_part(message);
    g_auto(GStrv) numbers = g_strsplit(place, ".", -1);
    GByteArray *array;
    GMimeStream *stream;
    char *content;

    for (guint i = 0; numbers[i] != NULL && *numbers[i] != '\0'; i++)
        object = g_mime_multipart_get_part(GMIME_MULTIPART(object), (int)g_ascii_strtoll(numbers[i], NULL, 10) - 1);
    stream = g_mime_stream_mem_new();
    if (GMIME_IS_MESSAGE_PART(object))
        g_mime_object_write_to_stream(GMIME_OBJECT(g_mime_message_part_get_message(GMIME_MESSAGE_PART(object))), NULL, stream);
    else
        g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(object)), stream);
    array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    content = array->len > 0 ? g_strndup((const char *)array->data, array->len) : g_strdup("");
    *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object));
    g_object_unref(stream);
    g_object_unref(message);
    return content;
}

static void assert_part(const char *bytes, const char *place, const char *expected_type, const char *expected)
{
    g_autofree char *type = NULL;
    g_autofree char *content = read_part(bytes, place, &type);
    g_auto(GStrv) lines = g_strsplit(content, "\r\n", -1);
    g_autofree char *unfolded = g_strjoinv("\n", lines);

    g_assert_cmpstr(type, ==, expected_type);
    g_assert_cmpstr(unfolded, ==, expected);
}

/*
 * The end of line before a boundary belongs to the boundary (RFC 2046 section 5.1.1), so the reader gives the last one or not: it is not
 * compared.
 */
static void assert_same_part(const char *bytes, const char *expected)
{
    g_autofree char *type = NULL;
    g_autofree char *content = read_part(bytes, "1", &type);
    g_auto(GStrv) lines = g_strsplit(content, "\r\n", -1);
    g_autofree char *unfolded = g_strjoinv("\n", lines);
    gsize length = strlen(unfolded);

    g_assert_cmpuint(strlen(expected) - length, <=, 1);
    g_assert_cmpmem(unfolded, length, expected, length);
}

/* ---- what a mail program reads ---- */

static void test_headers(Room *room, gconstpointer data)
{
    g_autofree char *bytes = NULL;
    g_autofree char *message_id = g_strdup_printf("<%s>", room->mail->message_id);

    (void)data;
    g_ptr_array_add(room->mail->references, g_strdup("one@x.example"));
    g_ptr_array_add(room->mail->references, g_strdup("two@x.example"));
    room->mail->in_reply_to = g_strdup("two@x.example");
    bytes = compose(room, NULL);
    assert_lines(bytes, 78);
    g_assert_true(g_str_has_prefix(bytes, "Date: Sun, 2 Aug 2026 10:12:18 +0100\r\n"));
    g_assert_nonnull(strstr(bytes, message_id));
    assert_header(bytes, "From", "Hartley Finch LLP <enquiries@hartleyfinch.example>");
    assert_header(bytes, "To", "Helen Marsh <helen@marshjoinery.example>");
    assert_header(bytes, "Reply-To", "Hartley Finch LLP <enquiries@hartleyfinch.example>");
    assert_header(bytes, "Subject", "Re: VAT inspection");
    assert_header(bytes, "In-Reply-To", "<two@x.example>");
    assert_header(bytes, "References", "<one@x.example> <two@x.example>");
    assert_header(bytes, "Auto-Submitted", "auto-replied");
    assert_header(bytes, "MIME-Version", "1.0");
    assert_header(bytes, "Cc", NULL);
    assert_header(bytes, "Bcc", NULL);
    assert_header(bytes, "Return-Path", NULL);
    g_assert_nonnull(strstr(bytes, "X-Auto-Response-Suppress: "));
}

/* Nobody has just asked for the mail of a cadence: it answers nothing. */
static void test_unasked(Room *room, gconstpointer data)
{
    g_autofree char *bytes = NULL;

    (void)data;
    room->mail->enrolment = 7;
    bytes = compose(room, NULL);
    assert_header(bytes, "Auto-Submitted", "auto-generated");
}

/* The value of a header with its folds taken out. */
static char *dup_header(const char *bytes, const char *name)
{
    g_autofree char *start = g_strdup_printf("\r\n%s: ", name);
    const char *at = strstr(bytes, start);
    GString *value;

    if (at == NULL)
        return NULL;
    value = g_string_new(NULL);
    for (at += strlen(start); *at != '\0' && !(at[0] == '\r' && at[2] != ' '); at++)
        if (*at != '\r' && *at != '\n')
            g_string_append_c(value, *at);
    return g_string_free(value, FALSE);
}

static void test_leave(Room *room, gconstpointer data)
{
    g_autofree char *none = compose(room, NULL);
    g_autofree char *token = unsubscribe_make_token("secret", "nurture:17:1");
    g_autofree char *by_mail = g_strdup_printf("<mailto:enquiries@hartleyfinch.example?subject=unsubscribe%%20%s>", token);
    g_autofree char *by_page = g_strdup_printf("<https://leads.hartleyfinch.example/u/%s>, %s", token, by_mail);

    (void)data;
    g_assert_null(strstr(none, "List-Unsubscribe"));
    g_assert_true(unsubscribe_is_token(token));
    room->mail->unsubscribe = g_strdup(token);
    g_autofree char *mail = compose(room, NULL);
    g_autofree char *mail_links = dup_header(mail, "List-Unsubscribe");
    g_assert_cmpstr(mail_links, ==, by_mail);
    g_assert_null(strstr(mail, "List-Unsubscribe-Post"));

    room->settings.web_listen = (char *)(guintptr) "127.0.0.1:8025";
    room->settings.web_url = (char *)(guintptr) "https://leads.hartleyfinch.example";
    g_autofree char *page = compose(room, NULL);
    g_autofree char *page_links = dup_header(page, "List-Unsubscribe");
    g_assert_cmpstr(page_links, ==, by_page);
    assert_header(page, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");

    /* RFC 8058 section 3.1 wants https. */
    room->settings.web_url = (char *)(guintptr) "http://leads.hartleyfinch.example/";
    g_autofree char *plain = compose(room, NULL);
    g_assert_nonnull(strstr(plain, "<http://leads.hartleyfinch.example/u/"));
    g_assert_null(strstr(plain, "List-Unsubscribe-Post"));
}

static void test_unsubscribe_token(Room *room, gconstpointer data)
{
    g_autofree char *token = unsubscribe_make_token("secret", "nurture:17:1");
    g_autofree char *again = unsubscribe_make_token("secret", "nurture:17:1");
    g_autofree char *other = unsubscribe_make_token("secret", "nurture:17:2");
    g_autofree char *stranger = unsubscribe_make_token("another", "nurture:17:1");

    (void)data;
    (void)room;
    g_assert_cmpstr(token, ==, again);
    g_assert_cmpstr(token, !=, other);
    g_assert_cmpstr(token, !=, stranger);
    g_assert_false(unsubscribe_is_token(NULL));
    g_assert_false(unsubscribe_is_token(""));
    g_assert_false(unsubscribe_is_token("abcdefghijklmnopqrst0"));
    g_assert_false(unsubscribe_is_token("ABCDEFGHIJKLMNOPQRST"));
    g_assert_false(unsubscribe_is_token("abcdefghijklmnopqrs/"));
}

static void test_parts(Room *room, gconstpointer data)
{
    g_autofree char *bytes = compose(room, NULL);

    (void)data;
    assert_part(bytes, "1", "text/plain", room->mail->text);
    assert_part(bytes, "2", "text/html", room->mail->html);
    g_assert_nonnull(strstr(bytes, "--=20\r\n"));
}

static void test_text_only(Room *room, gconstpointer data)
{
    g_autofree char *bytes = NULL;

    (void)data;
    g_clear_pointer(&room->mail->html, g_free);
    room->mail->is_internal = TRUE;
    bytes = compose(room, NULL);
    assert_part(bytes, "", "text/plain", room->mail->text);
    assert_header(bytes, "Auto-Submitted", "auto-generated");
    g_assert_null(strstr(bytes, "boundary"));
}

static void test_same_bytes(Room *room, gconstpointer data)
{
    g_autofree char *one = compose(room, NULL);
    g_autofree char *other = compose(room, NULL);

    (void)data;
    g_assert_cmpstr(one, ==, other);
}

static void test_names(Room *room, gconstpointer data)
{
    static const char *const names[] = {"Zo\xc3\xab O'Hara",
                                        "Marsh, Helen \"H\" (MD)",
                                        "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80",
                                        "a very long name that is to be folded because it does not fit onto one line of a header",
                                        "back\\slash <x@y.example>",
                                        "=?utf-8?Q?not_one?=",
                                        "J.R. Marsh"};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *bytes = NULL;
        GMimeMessage *message;
        InternetAddressList *list;
        InternetAddress *address;

        g_free(room->mail->to->name);
        room->mail->to->name = g_strdup(names[i]);
        bytes = compose(room, NULL);
        assert_lines(bytes, 78);
        message = parse(bytes);
        list = g_mime_message_get_addresses(message, GMIME_ADDRESS_TYPE_TO);
        g_assert_cmpint(internet_address_list_length(list), ==, 1);
        address = internet_address_list_get_address(list, 0);
        g_autofree char *name = text_to_line(internet_address_get_name(address), 1000);

        g_assert_cmpstr(name, ==, names[i]);
        g_assert_cmpstr(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)), ==, "helen@marshjoinery.example");
        g_object_unref(message);
    }
}

static void test_subjects(Room *room, gconstpointer data)
{
    static const char *const subjects[] = {
        "Re: VAT inspection \xe2\x80\x94 can you help? \xc2\xa3"
        "6,000 and a very long subject that has to be folded, we hope nicely, over lines",
        "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"
        "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"
        "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87",
        "",
        "a =?utf-8?Q?literal?= b",
        "\xc3\xa9",
        "x \xc3\xa9 y \xc3\xa9 z"};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(subjects); i++) {
        g_autofree char *bytes = NULL;

        g_free(room->mail->subject);
        room->mail->subject = g_strdup(subjects[i]);
        bytes = compose(room, NULL);
        assert_lines(bytes, 78);
        assert_header(bytes, "Subject", subjects[i]);
    }
}

static void test_international_domain(Room *room, gconstpointer data)
{
    g_autofree char *bytes = NULL;

    (void)data;
    g_free(room->mail->to->address);
    room->mail->to->address = g_strdup("helen@b\xc3\xbc"
                                       "cher.example");
    bytes = compose(room, NULL);
    assert_lines(bytes, 78);
    g_assert_nonnull(strstr(bytes, "<helen@xn--bcher-kva.example>"));
}

static void test_long_threads(Room *room, gconstpointer data)
{
    g_autofree char *bytes = NULL;
    g_autofree char *huge = g_strnfill(300, 'x');

    (void)data;
    for (int i = 0; i < 20; i++)
        g_ptr_array_add(room->mail->references, g_strdup_printf("a-long-id-of-a-mail-%d-0123456789@mail.marshjoinery.example", i));
    g_ptr_array_add(room->mail->references, g_strdup("evil@x>\r\nBcc: v@x.example"));
    g_ptr_array_add(room->mail->references, g_strdup("not ascii \xc3\xa9"));
    g_ptr_array_add(room->mail->references, g_strdup(huge));
    room->mail->in_reply_to = g_strdup("a b");
    bytes = compose(room, NULL);
    assert_lines(bytes, 78);
    assert_header(bytes, "Bcc", NULL);
    assert_header(bytes, "In-Reply-To", NULL);
    g_assert_null(strstr(bytes, "evil"));
    g_assert_null(strstr(bytes, huge));
}

/* ---- the original ---- */

static GBytes *make_original(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

static void test_original(Room *room, gconstpointer data)
{
    g_autoptr(GBytes) original = make_original("From: a@b.example\nSubject: x\n\nHello\n");
    g_autofree char *bytes = compose(room, original);

    (void)data;
    assert_lines(bytes, 78);
    assert_part(bytes, "1.1", "text/plain", room->mail->text);
    assert_part(bytes, "1.2", "text/html", room->mail->html);
    assert_part(bytes, "2", "message/rfc822", "From: a@b.example\nSubject: x\n\nHello\n");
    g_assert_nonnull(strstr(bytes, "From: a@b.example\r\nSubject: x\r\n\r\nHello\r\n"));
    g_assert_nonnull(
        strstr(bytes, "Content-Transfer-Encoding: 7bit\r\nContent-Disposition: attachment; filename=\"original.eml\"\r\n"));
}

static void test_original_8bit(Room *room, gconstpointer data)
{
    g_autoptr(GBytes) original = make_original("From: a@b.example\r\n\r\ncaf\xc3\xa9 \xff\r\nno end");
    g_autofree char *bytes = compose(room, original);
    const char *containers_end = strstr(bytes, "\r\n\r\n");

    (void)data;
    g_assert_nonnull(strstr(bytes, "\r\n\r\ncaf\xc3\xa9 \xff\r\nno end\r\n"));
    /* The mail as a whole says so too. */
    g_assert_true(strstr(bytes, "Content-Transfer-Encoding: 8bit") < containers_end);
}

/* What a message/rfc822 part cannot carry goes as a file, byte for byte. */
static void test_original_binary(Room *room, gconstpointer data)
{
    static const char nul[] = "Subject: x\r\n\r\na\0b";
    g_autofree char *long_line = g_strnfill(2000, 'x');
    GBytes *originals[3];

    (void)data;
    originals[0] = g_bytes_new(nul, sizeof nul - 1);
    originals[1] = make_original(long_line);
    originals[2] = make_original("Subject: x\rBcc: v@x.example\r\n\r\n");
    for (gsize i = 0; i < G_N_ELEMENTS(originals); i++) {
        g_autofree char *bytes = compose(room, originals[i]);
        const char *start = strstr(bytes, "filename=\"original.eml\"\r\n\r\n");
        g_autofree guchar *decoded = NULL;
        gsize length = 0;

        assert_lines(bytes, 78);
        g_assert_nonnull(strstr(bytes, "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"));
        start = strstr(start, "\r\n\r\n") + 4;
        g_autofree char *encoded = g_strndup(start, (gsize)(strstr(start, "\r\n\r\n") - start));

        decoded = g_base64_decode(encoded, &length);
        g_autoptr(GBytes) back = g_bytes_new(decoded, length);

        g_assert_true(g_bytes_equal(back, originals[i]));
        g_bytes_unref(originals[i]);
    }
}

static void test_original_large(Room *room, gconstpointer data)
{
    g_autoptr(GString) text = g_string_new("Subject: x\r\n\r\n");

    (void)data;
    while (text->len < 1024 * 1024)
        g_string_append(text, "a line of a large mail that somebody sent\r\n");
    g_autoptr(GBytes) original = make_original(text->str);
    g_autofree char *bytes = compose(room, original);

    g_assert_nonnull(strstr(bytes, text->str));
}

static void test_original_empty(Room *room, gconstpointer data)
{
    g_autoptr(GBytes) original = g_bytes_new(NULL, 0);
    g_autofree char *bytes = compose(room, original);

    (void)data;
    assert_lines(bytes, 78);
}

/* ---- hostile values ---- */

static void test_nothing_gets_into_the_headers(Room *room, gconstpointer data)
{
    static const char evil[] = "x\r\nBcc: v@x.example\r\n\r\nbody\n\xE2\x80\xAE\x01\x7f\xff";
    g_autofree char *bytes = NULL;

    (void)data;
    g_free(room->mail->to->name);
    g_free(room->mail->subject);
    room->mail->to->name = g_strdup(evil);
    room->mail->subject = g_strdup(evil);
    bytes = compose(room, NULL);
    assert_lines(bytes, 78);
    assert_header(bytes, "Bcc", NULL);
    g_assert_null(strstr(bytes, "\nBcc"));
    assert_header(bytes, "Subject", "x Bcc: v@x.example body \xEF\xBF\xBD");
}

static void assert_refused(Room *room, const char *address)
{
    g_autoptr(GError) error = NULL;

    g_free(room->mail->to->address);
    room->mail->to->address = g_strdup(address);
    g_assert_null(respond_compose(room->mail, NULL, &room->settings, &error));
    g_assert_error(error, USHER_ERROR, USHER_ERROR_INPUT);
    g_assert_null(strpbrk(error->message, "\r\n"));
}

static void test_odd_recipients(Room *room, gconstpointer data)
{
    (void)data;
    assert_refused(room, "");
    assert_refused(room, "helen");
    assert_refused(room, "helen@x");
    assert_refused(room, "helen@x.example>\r\nRCPT TO:<v@x.example");
    assert_refused(room, "helen@x.example, v@x.example");
    assert_refused(room, "he len@x.example");
}

/* Whatever a text is made of, it is read as it was written, and no line is too long or ends in a blank. */
static void test_quoted_any_text(Room *room, gconstpointer data)
{
    static const char *const pieces[] = {"a",
                                         "word",
                                         " ",
                                         "  ",
                                         "\n",
                                         "\t",
                                         "\xc3\xa9",
                                         "=",
                                         "=\n20",
                                         "\n.",
                                         "~",
                                         "From ",
                                         "\xf0\x9f\x98\x80",
                                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    (void)data;
    g_clear_pointer(&room->mail->html, g_free);
    for (guint round = 0; round < 3000; round++) {
        GString *text = g_string_new("x");
        g_autofree char *bytes = NULL;

        for (gint32 left = g_rand_int_range(random, 0, 40); left > 0; left--)
            g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        g_free(room->mail->text);
        g_string_append_c(text, '\n');
        room->mail->text = g_string_free(text, FALSE);
        bytes = compose(room, NULL);
        assert_lines(bytes, 78);
        g_assert_null(strstr(bytes, " \r\n"));
        assert_part(bytes, "", "text/plain", room->mail->text);
    }
}

/* ---- any text ---- */

/* What quoted-printable stumbles over, and stretches that pass as they are. Pieces are whole characters. */
static char *make_text(GRand *random)
{
    static const char *const pieces[] = {
        "=",
        "=3D",
        "=\n",
        " ",
        "  ",
        "\t",
        " \n",
        "\t\n",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\n.",
        "\n..\n",
        "\n.\n",
        "\nFrom ",
        "From ",
        ".",
        "a",
        "word",
        "Dear Helen,",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\xf0\x9f\x8d\x9e",
        "--",
        "\n--=_",
        "~",
        "!",
        "\x7f",
        "\x01",
        "a stretch of plain words that is longer than one line of an encoded part may be, so that it is broken",
        "https://hartleyfinch.example/a-very-long-link-without-any-blank?in=it&that=has&to=be&broken=somewhere&in=the&middle"};
    GString *text = g_string_new(NULL);

    for (guint count = (guint)g_rand_int_range(random, 0, 40); count > 0; count--) {
        guint length = (guint)g_rand_int_range(random, 0, 78);

        if (g_rand_int_range(random, 0, 8) != 0)
            g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        else
            for (guint i = 0; i < length; i++)
                g_string_append_c(text, (char)g_rand_int_range(random, 'a', 'z'));
    }
    return g_string_free(text, FALSE);
}

static void assert_encoded_lines(const char *bytes)
{
    const char *body = strstr(bytes, "\r\n\r\n");
    g_auto(GStrv) lines = g_strsplit(body, "\r\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        gsize length = strlen(lines[i]);

        g_assert_cmpuint(length, <=, 76);
        g_assert_null(strpbrk(lines[i], "\r\n"));
        g_assert_false(length > 0 && (lines[i][length - 1] == ' ' || lines[i][length - 1] == '\t'));
    }
}

/* Whatever a text holds, what is read is what was written, with an end of line at the end. */
static void test_any_text(Room *room, gconstpointer data)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(4711);

    (void)data;
    for (guint round = 0; round < 3000; round++) {
        g_autofree char *bytes = NULL;
        g_autofree char *expected = NULL;

        g_free(room->mail->text);
        room->mail->text = make_text(random);
        bytes = compose(room, NULL);
        assert_encoded_lines(bytes);
        g_assert_true(g_str_is_ascii(bytes));
        expected =
            g_str_has_suffix(room->mail->text, "\n") ? g_strdup(room->mail->text) : g_strconcat(room->mail->text, "\n", NULL);
        g_test_message("%u", round);
        assert_same_part(bytes, expected);
    }
}

#define ADD(name, function) g_test_add("/compose/" name, Room, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("headers", test_headers);
    ADD("unasked", test_unasked);
    ADD("leave", test_leave);
    ADD("unsubscribe-token", test_unsubscribe_token);
    ADD("parts", test_parts);
    ADD("text-only", test_text_only);
    ADD("any-text-is-read-as-written", test_quoted_any_text);
    ADD("same-bytes", test_same_bytes);
    ADD("names", test_names);
    ADD("subjects", test_subjects);
    ADD("international-domain", test_international_domain);
    ADD("long-threads", test_long_threads);
    ADD("original", test_original);
    ADD("original-8bit", test_original_8bit);
    ADD("original-binary", test_original_binary);
    ADD("original-large", test_original_large);
    ADD("original-empty", test_original_empty);
    ADD("nothing-gets-into-the-headers", test_nothing_gets_into_the_headers);
    ADD("odd-recipients", test_odd_recipients);
    ADD("any-text", test_any_text);
    return g_test_run();
}
