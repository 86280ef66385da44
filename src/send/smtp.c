/*
 * send/smtp.c - one SMTP session with a server, for many mails, by libetpan
 *
 * Takes a Delivery and then mails; gives for each what became of it. Whatever is not a clear answer puts the session in doubt: it is
 * closed without QUIT and its next mail gets a new one, so that an answer is never taken for that of another mail.
 *
 * The commands are written here because libetpan's own are cut at 512 bytes without a word, know neither 8BITMIME nor SMTPUTF8, greet with whatever
 * gethostname says, and loop for ever over a tab in the answer to EHLO; its result codes cannot tell 450 from 550. Its reader of answers and its
 * writer of contents (dots, line ends) are what is used. Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go out together.
 *
 * Loss before the final dot has gone out is SEND_LATER; after it nobody knows, and that is said.
 */
#include "smtp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"
#include "usher/base/error.h"
#include "usher/base/text.h"

#define MAX_MAILS 100
#define MAX_IDLE_S 30
#define MAX_ANSWER_CHARS 400
#define MAX_PASSWORD_BYTES 1024

/* Exported by the library (its SONAME stands for them) but missing in its headers. */
int mailsmtp_send_command(mailsmtp *session, char *command);
int mailsmtp_send_command_private(mailsmtp *session, char *command);
int mailsmtp_read_response(mailsmtp *session);

struct SmtpSession {
    const Delivery *delivery;
    Patience patience;
    Stream *stream;
    mailsmtp *smtp;
    gboolean is_doubtful;
    /* offered by the server */
    gboolean offers_starttls, offers_pipelining, offers_8bitmime, offers_smtputf8, offers_plain, offers_login;
    guint64 max_bytes; /* 0: no limit told */
    guint mails;
    gint64 last_used_us;
};

/* A text that is overwritten before it is given back. */
typedef char *Secret;

static void secret_free(char *secret)
{
    if (secret) {
        explicit_bzero(secret, strlen(secret));
        g_free(secret);
    }
}
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(Secret, secret_free, NULL)

/* ---- commands and answers ---- */

static gboolean put(SmtpSession *session, char *lines)
{
    if (mailsmtp_send_command(session->smtp, lines) == 0) {
        return TRUE;
    }
    session->is_doubtful = TRUE;
    return FALSE;
}

/* The code of the next answer; 0 when none came or what came was none. */
static int read_answer(SmtpSession *session)
{
    int code = session->smtp->stream && !session->is_doubtful ? mailsmtp_read_response(session->smtp) : 0;
    if (code >= 200 && code <= 599) {
        return code;
    }
    session->is_doubtful = TRUE;
    return 0;
}

static int ask(SmtpSession *session, const char *line)
{
    g_autofree char *copy = g_strdup(line);
    return put(session, copy) ? read_answer(session) : 0;
}

/* As ask, and neither the log of the library nor its buffer keeps the line. */
static int ask_secretly(SmtpSession *session, char *line)
{
    if (mailsmtp_send_command_private(session->smtp, line) != 0) {
        session->is_doubtful = TRUE;
        return 0;
    }
    mailstream *buffered = session->smtp->stream;
    explicit_bzero(buffered->write_buffer, buffered->buffer_max_size);
    return read_answer(session);
}

/* The server's last words, or what happened, as one line. */
static char *describe_answer(const SmtpSession *session, int code)
{
    const char *failure = stream_get_failure(session->stream);
    if (code == 0 && failure) {
        return text_to_line(failure, MAX_ANSWER_CHARS);
    }
    const char *response = session->smtp->response ? session->smtp->response : "";
    g_autofree char *said = code ? g_strdup_printf("%d %s", code, response) : g_strdup_printf("no SMTP answer: %s", response);
    return text_to_line(said, MAX_ANSWER_CHARS);
}

static gboolean fail(const SmtpSession *session, int code, const char *doing, GError **error)
{
    g_autofree char *said = describe_answer(session, code);
    g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "\"%s\" port %u, %s: %s", session->delivery->smtp_host,
                session->delivery->smtp_port, doing, said);
    return FALSE;
}

/* ---- EHLO ---- */

static void note_mechanisms(SmtpSession *session, char *const *words)
{
    for (; *words; words++) {
        session->offers_plain |= g_ascii_strcasecmp(*words, "PLAIN") == 0;
        session->offers_login |= g_ascii_strcasecmp(*words, "LOGIN") == 0;
    }
}

static void note_offer(SmtpSession *session, const char *line)
{
    g_auto(GStrv) words = g_strsplit_set(line, " \t=\r", -1);
    const char *keyword = words[0] ? words[0] : "";
    session->offers_starttls |= g_ascii_strcasecmp(keyword, "STARTTLS") == 0;
    session->offers_pipelining |= g_ascii_strcasecmp(keyword, "PIPELINING") == 0;
    session->offers_8bitmime |= g_ascii_strcasecmp(keyword, "8BITMIME") == 0;
    session->offers_smtputf8 |= g_ascii_strcasecmp(keyword, "SMTPUTF8") == 0;
    if (g_ascii_strcasecmp(keyword, "SIZE") == 0 && words[1]) {
        session->max_bytes = g_ascii_strtoull(words[1], NULL, 10);
    }
    if (g_ascii_strcasecmp(keyword, "AUTH") == 0) {
        note_mechanisms(session, words + 1);
    }
}

static void note_offers(SmtpSession *session)
{
    session->offers_starttls = session->offers_pipelining = session->offers_8bitmime = session->offers_smtputf8 = FALSE;
    session->offers_plain = session->offers_login = FALSE;
    session->max_bytes = 0;
    g_auto(GStrv) lines = g_strsplit(session->smtp->response, "\n", -1);
    for (guint i = 1; lines[0] && lines[i]; i++) {
        note_offer(session, lines[i]);
    }
}

/* RFC 5321 section 4.1.4: a full name, else the address. */
static char *make_own_name(const SmtpSession *session)
{
    const char *host = g_get_host_name();
    gboolean is_full =
        strchr(host, '.') && strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(host);
    return is_full ? g_strdup(host) : stream_make_literal(session->stream);
}

static gboolean greet(SmtpSession *session, GError **error)
{
    g_autofree char *name = make_own_name(session);
    g_autofree char *line = g_strdup_printf("EHLO %s\r\n", name);
    int code = ask(session, line);
    if (code != 250) {
        return fail(session, code, "at EHLO", error);
    }
    note_offers(session);
    return TRUE;
}

/* ---- TLS ---- */

/* What lies in the buffer after the answer to STARTTLS was put there by somebody who could not encrypt it (CVE-2020-15953). */
static gboolean ask_starttls(SmtpSession *session, GError **error)
{
    if (!session->offers_starttls) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "\"%s\" port %u does not offer STARTTLS (smtp: tls); nothing was sent",
                    session->delivery->smtp_host, session->delivery->smtp_port);
        return FALSE;
    }
    int code = ask(session, "STARTTLS\r\n");
    if (code != 220) {
        return fail(session, code, "at STARTTLS", error);
    }
    if (session->smtp->stream->read_buffer_len == 0) {
        return TRUE;
    }
    session->is_doubtful = TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "\"%s\" port %u sent plain text after STARTTLS: somebody may be in between",
                session->delivery->smtp_host, session->delivery->smtp_port);
    return FALSE;
}

static gboolean start_tls(SmtpSession *session, GError **error)
{
    if (stream_start_tls(session->stream, session->delivery->smtp_host, session->delivery->ca_file, error)) {
        return TRUE;
    }
    session->is_doubtful = TRUE;
    return FALSE;
}

/* ---- AUTH (RFC 4954) ---- */

/* Not by GLib's readers: those leave copies behind as they grow. */
static gssize read_whole(int fd, char *buffer, gsize size)
{
    gsize length = 0;
    while (length < size) {
        ssize_t count = read(fd, buffer + length, size - length);
        if (count < 0 && errno != EINTR) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        length += count > 0 ? (gsize)count : 0;
    }
    return (gssize)length;
}

static char *read_password(const char *path, GError **error)
{
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    g_auto(Secret) buffer = g_malloc0(MAX_PASSWORD_BYTES + 2);
    gssize length = fd >= 0 ? read_whole(fd, buffer, MAX_PASSWORD_BYTES + 1) : -1;
    int reason = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (length < 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY, "cannot read the password from \"%s\" (smtp: password_file): %s",
                    path ? path : "", path ? g_strerror(reason) : "none is named");
        return NULL;
    }
    buffer[strcspn(buffer, "\r\n")] = '\0';
    if (buffer[0] == '\0' || length > MAX_PASSWORD_BYTES) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY,
                    "\"%s\" does not hold a password in its first line (smtp: password_file)", path);
        return NULL;
    }
    return g_steal_pointer(&buffer);
}

static int answer_with(SmtpSession *session, const char *bytes, gsize length)
{
    g_auto(Secret) encoded = g_base64_encode((const guchar *)bytes, length);
    g_auto(Secret) line = g_strconcat(encoded, "\r\n", NULL);
    return ask_secretly(session, line);
}

/* RFC 4616. The answer goes on a line of its own, so that no password is too long for a command. */
static int log_in_by_plain(SmtpSession *session, const char *password)
{
    int code = ask(session, "AUTH PLAIN\r\n");
    if (code != 334) {
        return code;
    }
    const char *user = session->delivery->user;
    gsize length = strlen(user) + strlen(password) + 2;
    g_auto(Secret) joined = g_strdup_printf("\n%s\n%s", user, password);
    joined[0] = joined[strlen(user) + 1] = '\0';
    code = answer_with(session, joined, length);
    explicit_bzero(joined, length);
    return code;
}

static int log_in_by_login(SmtpSession *session, const char *password)
{
    const char *user = session->delivery->user;
    int code = ask(session, "AUTH LOGIN\r\n");
    code = code == 334 ? answer_with(session, user, strlen(user)) : code;
    return code == 334 ? answer_with(session, password, strlen(password)) : code;
}

static gboolean may_show_password(const SmtpSession *session, GError **error)
{
    if (!stream_is_encrypted(session->stream) && !stream_is_loopback(session->stream)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY,
                    "\"%s\" is another machine: the password is not shown to it without TLS (smtp: tls)",
                    session->delivery->smtp_host);
        return FALSE;
    }
    if (!session->offers_plain && !session->offers_login) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_RETRY,
                    "\"%s\" port %u offers no login by PLAIN or LOGIN here (smtp: user, tls)", session->delivery->smtp_host,
                    session->delivery->smtp_port);
        return FALSE;
    }
    return TRUE;
}

static gboolean log_in(SmtpSession *session, GError **error)
{
    if (!may_show_password(session, error)) {
        return FALSE;
    }
    g_auto(Secret) password = read_password(session->delivery->password_file, error);
    if (!password) {
        return FALSE;
    }
    int code = session->offers_plain ? log_in_by_plain(session, password) : log_in_by_login(session, password);
    return code == 235 ? TRUE : fail(session, code, "at the login (smtp: user, password_file)", error);
}

/* ---- opening and closing ---- */

static gboolean read_banner(SmtpSession *session, GError **error)
{
    if (mailsmtp_connect(session->smtp, stream_make_mailstream(session->stream)) == MAILSMTP_NO_ERROR) {
        return TRUE;
    }
    session->is_doubtful = TRUE;
    int code = session->smtp->response_code;
    return fail(session, code >= 200 && code <= 599 ? code : 0, "at its greeting", error);
}

static gboolean open_dialogue(SmtpSession *session, GError **error)
{
    const Delivery *delivery = session->delivery;
    if (delivery->tls == TLS_IMPLICIT && !start_tls(session, error)) {
        return FALSE;
    }
    if (!read_banner(session, error) || !greet(session, error)) {
        return FALSE;
    }
    if (delivery->tls == TLS_STARTTLS && (!ask_starttls(session, error) || !start_tls(session, error) || !greet(session, error))) {
        return FALSE;
    }
    return !delivery->user || log_in(session, error);
}

SmtpSession *smtp_session_open(const Delivery *delivery, const Patience *patience, GCancellable *cancellable, GError **error)
{
    g_autoptr(SmtpSession) session = g_new0(SmtpSession, 1);
    session->delivery = delivery;
    session->patience = *patience;
    session->stream = stream_open(delivery->smtp_host, delivery->smtp_port, patience->step_s, cancellable, error);
    if (!session->stream) {
        return NULL;
    }
    session->smtp = mailsmtp_new(0, NULL);
    if (!session->smtp) {
        g_error("out of memory");
    }
    if (!open_dialogue(session, error)) {
        return NULL;
    }
    session->last_used_us = g_get_monotonic_time();
    return g_steal_pointer(&session);
}

void smtp_session_close(SmtpSession *session)
{
    if (!session) {
        return;
    }
    if (session->smtp && session->smtp->stream && session->is_doubtful) {
        mailstream_close(session->smtp->stream);
        session->smtp->stream = NULL;
    }
    if (session->stream) {
        stream_begin_step(session->stream, 1);
    }
    g_clear_pointer(&session->smtp, mailsmtp_free);
    stream_free(session->stream);
    g_free(session);
}

gboolean smtp_session_is_fit(const SmtpSession *session)
{
    return !session->is_doubtful && session->mails < MAX_MAILS &&
           g_get_monotonic_time() - session->last_used_us < MAX_IDLE_S * G_USEC_PER_SEC && stream_is_quiet(session->stream);
}

/* ---- one mail ---- */

static void set_outcome(SendOutcome *outcome, SendResult result, gboolean is_down, char *take_answer)
{
    outcome->result = result;
    outcome->is_down = is_down;
    g_free(outcome->answer);
    outcome->answer = take_answer;
}

/* These say "log in first", "your login is too weak", "encrypt first": whatever the mail, they would be said. */
static gboolean is_about_us(int code)
{
    return code == 530 || code == 534 || code == 535 || code == 538;
}

/* What an answer other than the hoped-for one means for the mail. */
static void judge(SmtpSession *session, int code, SendOutcome *outcome)
{
    gboolean is_refusal = code >= 500 && !is_about_us(code);
    gboolean is_down = code < 400 || code == 421 || is_about_us(code);
    set_outcome(outcome, is_refusal ? SEND_REFUSED : SEND_LATER, is_down, describe_answer(session, code));
    if (code < 400 || code == 421) {
        session->is_doubtful = TRUE;
    }
}

static gboolean has_high_bytes(const char *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if ((guchar)bytes[i] >= 0x80) {
            return TRUE;
        }
    }
    return FALSE;
}

static gsize find_body(const char *bytes, gsize length)
{
    const char *crlf = memmem(bytes, length, "\r\n\r\n", 4);
    const char *lf = memmem(bytes, crlf ? (gsize)(crlf - bytes) : length, "\n\n", 2);
    return lf ? (gsize)(lf - bytes) : crlf ? (gsize)(crlf - bytes) : length;
}

/* The address with an international domain as RFC 5890 writes it for those who know only ASCII; NULL when only SMTPUTF8 could carry it. */
static char *make_ascii_address(const char *address)
{
    const char *at = strrchr(address, '@');
    if (g_str_is_ascii(address) || !at) {
        return g_strdup(address);
    }
    g_autofree char *local = g_strndup(address, (gsize)(at - address));
    g_autofree char *domain = g_str_is_ascii(local) ? g_hostname_to_ascii(at + 1) : NULL;
    return domain ? g_strconcat(local, "@", domain, NULL) : NULL;
}

/* The two commands that name a mail. FALSE, with the outcome, when the server has said that it cannot take such a one. */
static gboolean make_commands(const SmtpSession *session, const char *from, const char *to, GBytes *mail, char **mail_line,
                              char **rcpt_line, SendOutcome *outcome)
{
    gsize length = 0;
    const char *bytes = g_bytes_get_data(mail, &length);
    gsize wire_bytes = mailstream_get_data_crlf_size(bytes, length);
    if (session->max_bytes && wire_bytes > session->max_bytes) {
        set_outcome(outcome, SEND_REFUSED, FALSE,
                    g_strdup_printf("the mail has %" G_GSIZE_FORMAT " bytes, the server takes %" G_GUINT64_FORMAT, wire_bytes,
                                    session->max_bytes));
        return FALSE;
    }
    g_autofree char *ascii_from = make_ascii_address(from);
    g_autofree char *ascii_to = make_ascii_address(to);
    if ((!ascii_from || !ascii_to) && !session->offers_smtputf8) {
        set_outcome(outcome, SEND_REFUSED, FALSE, g_strdup("the server does not take addresses beyond ASCII (SMTPUTF8)"));
        return FALSE;
    }
    gboolean is_8bit = has_high_bytes(bytes, length);
    gboolean is_utf8 =
        session->offers_smtputf8 && (!ascii_from || !ascii_to || (is_8bit && has_high_bytes(bytes, find_body(bytes, length))));
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_printf(line, "MAIL FROM:<%s>", ascii_from ? ascii_from : from);
    if (session->max_bytes) {
        g_string_append_printf(line, " SIZE=%" G_GSIZE_FORMAT, wire_bytes);
    }
    g_string_append_printf(line, "%s%s\r\n", is_8bit && session->offers_8bitmime ? " BODY=8BITMIME" : "",
                           is_utf8 ? " SMTPUTF8" : "");
    *mail_line = g_string_free(g_steal_pointer(&line), FALSE);
    *rcpt_line = g_strdup_printf("RCPT TO:<%s>\r\n", ascii_to ? ascii_to : to);
    return TRUE;
}

/* After a refusal: what is outstanding is read, and the server told to forget the mail. A DATA that was accepted all the same cannot be taken back. */
static void abandon_mail(SmtpSession *session, guint outstanding)
{
    for (; outstanding > 0 && !session->is_doubtful; outstanding--) {
        if (read_answer(session) < 400) {
            session->is_doubtful = TRUE;
        }
    }
    if (!session->is_doubtful && ask(session, "RSET\r\n") != 250) {
        session->is_doubtful = TRUE;
    }
}

/* MAIL, RCPT, DATA. TRUE when the server waits for the content. */
static gboolean start_mail(SmtpSession *session, char *const lines[3], SendOutcome *outcome)
{
    static const int hoped[] = {2, 2, 3};
    stream_begin_step(session->stream, session->patience.step_s);
    if (session->offers_pipelining) {
        g_autofree char *all = g_strconcat(lines[0], lines[1], lines[2], NULL);
        put(session, all);
    }
    for (guint i = 0; i < G_N_ELEMENTS(hoped); i++) {
        int code = 0;
        if (session->offers_pipelining || put(session, lines[i])) {
            code = read_answer(session);
        }
        if (code / 100 != hoped[i]) {
            judge(session, code, outcome);
            outcome->is_stale = i == 0 && (code == 0 || code == 421);
            abandon_mail(session, session->offers_pipelining ? 2 - i : 0);
            return FALSE;
        }
    }
    return TRUE;
}

/* libetpan ends the content with a line end of its own before the dot: one that is there already would become an empty line. */
static gsize cut_line_end(const char *bytes, gsize length)
{
    if (length > 0 && bytes[length - 1] == '\n') {
        length--;
        if (length > 0 && bytes[length - 1] == '\r') {
            length--;
        }
    }
    return length;
}

static void send_content(SmtpSession *session, GBytes *mail, SendOutcome *outcome)
{
    gsize length = 0;
    const char *bytes = g_bytes_get_data(mail, &length);
    stream_begin_step(session->stream, session->patience.final_s);
    if (mailstream_send_data(session->smtp->stream, bytes, cut_line_end(bytes, length), 0, NULL) != 0) {
        judge(session, 0, outcome);
        return;
    }
    stream_begin_decisive_step(session->stream, session->patience.final_s);
    int code = read_answer(session);
    if (code / 100 == 2) {
        set_outcome(outcome, SEND_DELIVERED, FALSE, describe_answer(session, code));
    } else if (code >= 400) {
        judge(session, code, outcome);
    } else {
        session->is_doubtful = TRUE;
        g_autofree char *what = describe_answer(session, code);
        set_outcome(outcome, SEND_UNKNOWN, FALSE, g_strdup_printf("no answer to the whole mail, it may be there: %s", what));
    }
}

void smtp_session_send(SmtpSession *session, const char *from, const char *to, GBytes *mail, SendOutcome *outcome)
{
    g_autofree char *mail_line = NULL;
    g_autofree char *rcpt_line = NULL;
    if (!make_commands(session, from, to, mail, &mail_line, &rcpt_line, outcome)) {
        return;
    }
    char data_line[] = "DATA\r\n";
    char *const lines[] = {mail_line, rcpt_line, data_line};
    session->mails++;
    if (start_mail(session, lines, outcome)) {
        send_content(session, mail, outcome);
    }
    session->last_used_us = g_get_monotonic_time();
}
