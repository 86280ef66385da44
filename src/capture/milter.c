/*
 * capture/milter.c - the door beside Postfix (the one home of libmilter)
 *
 * Takes what a mail server tells by the milter protocol. Mail to an intake address is collected, stored through the sink at the
 * end of the message, and only then accepted; when it cannot be stored the answer is "451 4.3.0" and the server keeps it. All
 * other mail, and mail that Usher itself wrote, is accepted at the end of its header block. Of the former the header block is looked at
 * when it may be an interaction (interaction.c), and kept when the record says so. That mail is not ours: whatever goes wrong with it here, it
 * is accepted.
 *
 * What libmilter (8.17, as Debian builds it) does, and why this file is as it is:
 * - The callbacks of one connection run on different threads: all state hangs on the connection (smfi_setpriv), none on the
 *   thread.
 * - Each command that is answered costs a turn to the server and back. So every answer that nobody needs is negotiated away
 *   (SMFIP_NR_*): what is left is one at the end of the header block and one at the end of the message. In between a failure can
 *   only be remembered.
 * - Threads get the process's default stack of 8 MB; little of ours is needed in a callback, so the default is made small first.
 * - It waits for SIGHUP, SIGTERM and SIGINT on a thread of its own and then leaves every mail where it is, after up to 5 s. Linux
 *   gives a signal for the process to its main thread before any other that would take it. So the main thread waits for these
 *   signals while libmilter runs on another: it lets the mails in hand come to their end (for DRAIN_S at most) and only then
 *   stops libmilter. Called on another thread all this still works, but libmilter may be the one who gets the signal.
 * - Stopped, it may call back once more. The gate refuses whatever comes after milter_run has returned, with a temporary failure.
 */
#include "usher/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "usher/base/error.h"
#include "usher/base/text.h"

#define STACK_BYTES ((gsize)512 * 1024)
#define DRAIN_S 10
#define LAST_ANSWER_US 20000 /* what libmilter needs, at most, to write an answer that its callback has given */
#define MAX_RECIPIENTS 1000
#define MAX_HEADER_NAMES 200 /* different X-Usher-... names from outside that are removed */
#define MAX_VALUE_CHARS 200  /* of a header we add */
#define WARN_EVERY_US (60 * G_USEC_PER_SEC)
#define HEADER_PREFIX "X-Usher-"

static const char *const added_headers[] = {"X-Usher-Lead", "X-Usher-Tier", "X-Usher-Owner"};

/* A connection and the mail it is at. */
typedef struct {
    char *envelope_from;
    GPtrArray *recipients;      /* char*, as they came */
    gboolean is_ours;           /* one of them is an intake address */
    gboolean is_refused;        /* came too late, or could not be kept: a temporary failure at the next answer */
    gboolean has_leading_blank; /* values come with the blank after their colon */
    CapturedMail *mail;         /* NULL: none in hand */
    gboolean is_judged;         /* whether it may be an interaction was asked */
    CapturedMail *seen;         /* the header block of what may be one; NULL: none */
    GHashTable *foreign;        /* X-Usher-... header name in lower case -> how many; NULL: none */
} Session;

/* The one milter of the process. */
static struct {
    const CaptureSink *sink;
    GRWLock settings_lock;
    const Settings *settings; /* borrowed; NULL: none of the mails to come is judged */
    GMutex gate;
    GCond changed;
    guint mails;          /* in hand */
    guint storing;        /* of them, inside the sink */
    gboolean is_draining; /* takes no more mail */
    gboolean is_closed;   /* the sink must not be touched any more */
    gboolean has_ended;   /* smfi_main has returned */
    gboolean has_failed;  /* with a failure */
    gint64 warned_us;     /* when an interaction that could not be kept was last told */
    gboolean is_running;
    gboolean is_stop_wanted; /* milter_stop may come first */
    pthread_t waiter;        /* who runs milter_run */
} milter;

/* ---- the gate ---- */

static gboolean enter_mail(void)
{
    g_mutex_lock(&milter.gate);
    gboolean may = !milter.is_draining;
    if (may)
        milter.mails++;
    g_mutex_unlock(&milter.gate);
    return may;
}

/* Nobody listens before the drain; a broadcast is a system call. */
static void leave_mail(void)
{
    g_mutex_lock(&milter.gate);
    milter.mails--;
    if (milter.is_draining)
        g_cond_broadcast(&milter.changed);
    g_mutex_unlock(&milter.gate);
}

static gboolean enter_store(void)
{
    g_mutex_lock(&milter.gate);
    gboolean may = !milter.is_closed;
    if (may)
        milter.storing++;
    g_mutex_unlock(&milter.gate);
    return may;
}

static void leave_store(void)
{
    g_mutex_lock(&milter.gate);
    milter.storing--;
    if (milter.is_draining)
        g_cond_broadcast(&milter.changed);
    g_mutex_unlock(&milter.gate);
}

/* ---- settings ---- */

/* Without settings nobody can say whose the mail is: then it is refused, never let past. */
static void judge_recipient(Session *session, const char *address)
{
    g_rw_lock_reader_lock(&milter.settings_lock);
    if (milter.settings == NULL)
        session->is_refused = TRUE;
    else if (!session->is_ours)
        session->is_ours = settings_find_intake(milter.settings, address) != NULL;
    g_rw_lock_reader_unlock(&milter.settings_lock);
}

static CapturedMail *make_mail(const Settings *settings, gint64 most_bytes)
{
    g_autofree char *directory = g_path_get_dirname(settings->store);
    return captured_mail_new("milter", directory, MIN(most_bytes, settings->max_message_bytes));
}

/* An empty mail as the present settings want it; NULL when there are none any more. */
static CapturedMail *new_mail(void)
{
    CapturedMail *mail = NULL;
    g_rw_lock_reader_lock(&milter.settings_lock);
    if (milter.settings != NULL)
        mail = make_mail(milter.settings, G_MAXINT64);
    g_rw_lock_reader_unlock(&milter.settings_lock);
    return mail;
}

/* The same for the header block of what may be an interaction, which never needs the spool; NULL when it is none. */
static CapturedMail *new_seen_mail(const Session *session)
{
    CapturedMail *mail = NULL;
    g_rw_lock_reader_lock(&milter.settings_lock);
    if (milter.settings != NULL && interaction_is_possible(milter.settings, session->envelope_from, session->recipients))
        mail = make_mail(milter.settings, CAPTURE_MEMORY_BYTES);
    g_rw_lock_reader_unlock(&milter.settings_lock);
    return mail;
}

static InteractionQuestion *make_question(const CapturedMail *mail)
{
    InteractionQuestion *question = NULL;
    g_rw_lock_reader_lock(&milter.settings_lock);
    if (milter.settings != NULL)
        question = interaction_make_question(milter.settings, mail);
    g_rw_lock_reader_unlock(&milter.settings_lock);
    return question;
}

static guint get_wait_ms(void)
{
    g_rw_lock_reader_lock(&milter.settings_lock);
    guint wait_ms = milter.settings == NULL ? 0 : milter.settings->milter_wait_ms;
    g_rw_lock_reader_unlock(&milter.settings_lock);
    return wait_ms;
}

void milter_use_settings(const Settings *settings)
{
    g_rw_lock_writer_lock(&milter.settings_lock);
    milter.settings = settings;
    g_rw_lock_writer_unlock(&milter.settings_lock);
}

/* ---- the mail in hand ---- */

static void drop_mail(Session *session)
{
    if (session->mail == NULL)
        return;
    g_clear_pointer(&session->mail, captured_mail_free);
    leave_mail();
}

/* Forgets all of a mail; the connection stays. */
static void forget_mail(Session *session)
{
    drop_mail(session);
    g_clear_pointer(&session->envelope_from, g_free);
    g_clear_pointer(&session->foreign, g_hash_table_unref);
    g_clear_pointer(&session->seen, captured_mail_free);
    g_ptr_array_set_size(session->recipients, 0);
    session->is_judged = FALSE;
    session->is_ours = FALSE;
    session->is_refused = FALSE;
}

static void refuse_mail(Session *session)
{
    drop_mail(session);
    session->is_refused = TRUE;
}

static void put_envelope(const Session *session, CapturedMail *mail)
{
    captured_mail_set_envelope_from(mail, session->envelope_from);
    for (guint i = 0; i < session->recipients->len; i++)
        captured_mail_add_envelope_to(mail, session->recipients->pdata[i]);
}

/* Makes sure that a mail of ours is in hand. FALSE: it is not ours, or refused. */
static gboolean open_mail(Session *session)
{
    if (!session->is_ours || session->is_refused || session->mail != NULL)
        return session->mail != NULL;
    if (!enter_mail()) {
        session->is_refused = TRUE;
        return FALSE;
    }
    session->mail = new_mail();
    if (session->mail == NULL) {
        leave_mail();
        session->is_refused = TRUE;
        return FALSE;
    }
    put_envelope(session, session->mail);
    return TRUE;
}

/* The same for the header block of a mail that is not ours, but may be an interaction. It is not counted as in hand: nothing waits for it. */
static gboolean open_seen_mail(Session *session)
{
    if (session->is_ours || session->is_refused || session->is_judged || milter.sink->ask == NULL)
        return session->seen != NULL;
    session->is_judged = TRUE;
    session->seen = new_seen_mail(session);
    if (session->seen != NULL)
        put_envelope(session, session->seen);
    return session->seen != NULL;
}

static void append(Session *session, const void *bytes, gsize length)
{
    g_autoptr(GError) error = NULL;
    if (session->mail == NULL || captured_mail_append(session->mail, bytes, length, &error))
        return;
    g_warning("milter: a mail was not taken: %s", error->message);
    refuse_mail(session);
}

/* The server writes folds with LF; the mail has CRLF at every line end, as the body comes. */
static char *write_header(const Session *session, const char *name, const char *value)
{
    GString *line = g_string_new(name);
    g_string_append_c(line, ':');
    if (!session->has_leading_blank)
        g_string_append_c(line, ' ');
    for (const char *from = value; *from != '\0';) {
        gsize length = strcspn(from, "\n");
        gsize kept = length > 0 && from[length] == '\n' && from[length - 1] == '\r' ? length - 1 : length;
        g_string_append_len(line, from, (gssize)kept);
        if (from[length] == '\n')
            g_string_append(line, "\r\n");
        from += length + (from[length] == '\n');
    }
    g_string_append(line, "\r\n");
    return g_string_free(line, FALSE);
}

static void count_foreign_header(Session *session, const char *name)
{
    if (g_ascii_strncasecmp(name, HEADER_PREFIX, strlen(HEADER_PREFIX)) != 0)
        return;
    if (session->foreign == NULL)
        session->foreign = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *key = g_ascii_strdown(name, -1);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(session->foreign, key));
    gboolean is_one_of_ours = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(added_headers); i++)
        is_one_of_ours |= g_ascii_strcasecmp(name, added_headers[i]) == 0;
    if (count > 0 || is_one_of_ours || g_hash_table_size(session->foreign) < MAX_HEADER_NAMES)
        g_hash_table_insert(session->foreign, g_steal_pointer(&key), GUINT_TO_POINTER(count + 1));
}

/* ---- answers ---- */

static sfsistat answer_try_later(SMFICTX *context)
{
    char code[] = "451", extended[] = "4.3.0", text[] = "Usher could not take this mail, try again later";
    smfi_setreply(context, code, extended, text);
    return SMFIS_TEMPFAIL;
}

/* libmilter's prototypes lack const; it copies. */
static void change_header(SMFICTX *context, const char *name, guint index, const char *value)
{
    g_autofree char *own_name = g_strdup(name);
    g_autofree char *own_value = g_strdup(value);
    if (index > 0)
        smfi_chgheader(context, own_name, (int)index, own_value);
    else
        smfi_addheader(context, own_name, own_value);
}

/* From the last to the first: servers differ in whether the others move up. */
static void remove_foreign_headers(SMFICTX *context, const Session *session)
{
    if (session->foreign == NULL)
        return;
    GHashTableIter iter;
    gpointer name, count;
    g_hash_table_iter_init(&iter, session->foreign);
    while (g_hash_table_iter_next(&iter, &name, &count))
        for (guint index = GPOINTER_TO_UINT(count); index > 0; index--)
            change_header(context, name, index, NULL);
}

/* A server that gives values with the blank after their colon takes them so too. */
static void add_header(SMFICTX *context, const Session *session, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    g_autofree char *text = text_to_line(value, MAX_VALUE_CHARS);
    g_autofree char *line = g_strconcat(session->has_leading_blank ? " " : "", text, NULL);
    for (char *c = line; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    change_header(context, name, 0, line);
}

static void add_headers(SMFICTX *context, const Session *session, gint64 id)
{
    const CaptureSink *sink = milter.sink;
    g_autofree char *lead = NULL;
    g_autofree char *tier = NULL;
    g_autofree char *owner = NULL;
    if (sink->await == NULL || !sink->await(id, get_wait_ms(), &lead, &tier, &owner, sink->data))
        return;
    const char *const values[] = {lead, tier, owner};
    for (guint i = 0; i < G_N_ELEMENTS(added_headers); i++)
        add_header(context, session, added_headers[i], values[i]);
}

/* ---- interactions ---- */

static void warn_seldom(const GError *error)
{
    gint64 now_us = g_get_monotonic_time();
    g_mutex_lock(&milter.gate);
    gboolean is_told = milter.warned_us != 0 && now_us - milter.warned_us < WARN_EVERY_US;
    if (!is_told)
        milter.warned_us = now_us;
    g_mutex_unlock(&milter.gate);
    if (!is_told)
        g_warning("milter: a mail between a colleague and somebody outside went its way, but cannot be put on record: %s",
                  error->message);
}

static void set_queue_id(SMFICTX *context, CapturedMail *mail)
{
    char name[] = "i";
    const char *queue_id = smfi_getsymval(context, name);
    if (queue_id != NULL)
        captured_mail_set_queue_id(mail, queue_id);
}

static gboolean ask_and_store(SMFICTX *context, CapturedMail *mail, const InteractionQuestion *question, GError **error)
{
    const CaptureSink *sink = milter.sink;
    gboolean is_on_lead = FALSE;
    gint64 id = 0;
    if (!sink->ask(question, &is_on_lead, sink->data, error))
        return FALSE;
    if (!is_on_lead)
        return TRUE;
    set_queue_id(context, mail);
    captured_mail_finish_headers(mail);
    return sink->store(mail, sink->now(sink->data), &id, sink->data, error);
}

/* The header block has ended: keeps it when it is an interaction. */
static void keep_interaction(SMFICTX *context, const Session *session)
{
    g_autoptr(GError) error = NULL;
    CapturedMail *mail = session->seen;
    captured_mail_append(mail, "\r\n", 2, NULL);
    g_autoptr(InteractionQuestion) question = captured_mail_is_own(mail, milter.sink->secret) ? NULL : make_question(mail);
    if (question == NULL || !enter_store())
        return;
    if (!ask_and_store(context, mail, question, &error))
        warn_seldom(error);
    leave_store();
}

/* ---- callbacks ---- */

static Session *get_session(SMFICTX *context)
{
    Session *session = smfi_getpriv(context);
    if (session == NULL) {
        session = g_new0(Session, 1);
        session->recipients = g_ptr_array_new_with_free_func(g_free);
        smfi_setpriv(context, session);
    }
    return session;
}

static sfsistat on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps, unsigned long unused_2 G_GNUC_UNUSED,
                             unsigned long unused_3 G_GNUC_UNUSED, unsigned long *wanted_actions, unsigned long *wanted_steps,
                             unsigned long *wanted_2, unsigned long *wanted_3)
{
    const unsigned long not_sent = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA;
    const unsigned long not_answered =
        SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_BODY; /* libmilter makes up for servers without */
    *wanted_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_SETSYMLIST);
    *wanted_steps = (steps & (not_sent | SMFIP_HDR_LEADSPC)) | not_answered;
    *wanted_2 = *wanted_3 = 0;
    if (actions & SMFIF_SETSYMLIST) {
        char queue_id[] = "i";
        smfi_setsymlist(context, SMFIM_ENVFROM, queue_id);
        smfi_setsymlist(context, SMFIM_ENVRCPT, queue_id);
        smfi_setsymlist(context, SMFIM_EOM, queue_id);
    }
    get_session(context)->has_leading_blank = (steps & SMFIP_HDR_LEADSPC) != 0;
    return SMFIS_CONTINUE;
}

static sfsistat on_mail(SMFICTX *context, char **arguments)
{
    Session *session = get_session(context);
    forget_mail(session);
    session->envelope_from = g_strdup(arguments[0]);
    return SMFIS_NOREPLY;
}

static sfsistat on_recipient(SMFICTX *context, char **arguments)
{
    Session *session = get_session(context);
    g_autofree char *address = g_strdup(arguments[0] + (*arguments[0] == '<'));
    gsize length = strlen(address);
    if (length > 0 && address[length - 1] == '>')
        address[length - 1] = '\0';
    judge_recipient(session, address);
    if (session->recipients->len < MAX_RECIPIENTS)
        g_ptr_array_add(session->recipients, g_steal_pointer(&address));
    return SMFIS_NOREPLY;
}

static sfsistat on_header(SMFICTX *context, char *name, char *value)
{
    Session *session = get_session(context);
    count_foreign_header(session, name);
    gboolean is_ours = open_mail(session);
    if (!is_ours && !open_seen_mail(session))
        return SMFIS_NOREPLY;
    g_autofree char *line = write_header(session, name, value);
    if (is_ours)
        append(session, line, strlen(line));
    else
        captured_mail_append(session->seen, line, strlen(line), NULL);
    return SMFIS_NOREPLY;
}

static sfsistat on_header_end(SMFICTX *context)
{
    Session *session = get_session(context);
    if (open_mail(session))
        append(session, "\r\n", 2);
    gboolean is_own = session->mail != NULL && captured_mail_is_own(session->mail, milter.sink->secret);
    if (session->mail != NULL && !is_own)
        return SMFIS_CONTINUE;
    if (session->is_refused) {
        forget_mail(session);
        return answer_try_later(context);
    }
    if (session->seen != NULL)
        keep_interaction(context, session);
    /* Headers can be changed only at the end of the mail: one that wears our headers is seen through to it, though none of it is kept. */
    drop_mail(session);
    if (session->foreign != NULL)
        return SMFIS_CONTINUE;
    forget_mail(session);
    return SMFIS_ACCEPT;
}

static sfsistat on_body(SMFICTX *context, unsigned char *bytes, size_t length)
{
    append(get_session(context), bytes, length);
    return SMFIS_NOREPLY;
}

/* Stores the mail in hand, and what of the decision is known is written into the delivered copy. FALSE: it is not stored. */
static gboolean store_mail(SMFICTX *context, Session *session)
{
    g_autoptr(GError) error = NULL;
    set_queue_id(context, session->mail);
    captured_mail_finish(session->mail);
    const CaptureSink *sink = milter.sink;
    gint64 id = 0;
    if (!sink->store(session->mail, sink->now(sink->data), &id, sink->data, &error)) {
        g_warning("milter: a mail was not taken: %s", error->message);
        return FALSE;
    }
    remove_foreign_headers(context, session);
    add_headers(context, session, id);
    return TRUE;
}

static sfsistat on_message_end(SMFICTX *context)
{
    Session *session = get_session(context);
    gboolean is_stored = FALSE;
    if (session->mail == NULL && !session->is_refused && session->foreign != NULL) {
        remove_foreign_headers(context, session);
        forget_mail(session);
        return SMFIS_ACCEPT;
    }
    if (session->mail != NULL && enter_store()) {
        is_stored = store_mail(context, session);
        leave_store();
    }
    forget_mail(session);
    return is_stored ? SMFIS_ACCEPT : answer_try_later(context);
}

static sfsistat on_abort(SMFICTX *context)
{
    forget_mail(get_session(context));
    return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *context)
{
    Session *session = smfi_getpriv(context);
    if (session == NULL)
        return SMFIS_CONTINUE;
    forget_mail(session);
    g_ptr_array_unref(session->recipients);
    g_free(session);
    smfi_setpriv(context, NULL);
    return SMFIS_CONTINUE;
}

/* ---- start and stop ---- */

/* The path of a unix-domain address; NULL for another kind. */
static const char *find_socket_path(const char *address)
{
    if (*address == '/')
        return address;
    if (g_str_has_prefix(address, "unix:") || g_str_has_prefix(address, "local:"))
        return strchr(address, ':') + 1;
    return NULL;
}

/* TRUE when somebody answers there. */
static gboolean is_served(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gboolean is = probe >= 0 && connect(probe, (const struct sockaddr *)&address, sizeof address) == 0;
    if (probe >= 0)
        close(probe);
    return is;
}

/* libmilter tells only syslog why a socket cannot be opened, and takes the path of another process that lives: so look first. */
static gboolean check_socket_path(const char *path, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);
    const char *why = NULL;
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        why = "the path is longer than a socket's may be";
    else if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) != 0)
        why = errno == ENOENT ? "its directory does not exist" : "its directory cannot be written";
    else if (is_served(path))
        why = "another process serves it; stop that one first";
    if (why != NULL)
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "cannot open the milter socket \"%s\": %s", path, why);
    return why == NULL;
}

/* The mail server and Usher share a group; nobody else has business with the socket. */
static gboolean open_socket(const char *address, GError **error)
{
    const char *path = find_socket_path(address);
    if (path != NULL && !check_socket_path(path, error))
        return FALSE;
    g_autofree char *own_address = g_strdup(address);
    mode_t mask = umask(0007);
    gboolean is_open = smfi_setconn(own_address) == MI_SUCCESS && smfi_opensocket(TRUE) == MI_SUCCESS;
    umask(mask);
    if (!is_open)
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                    "cannot open the milter socket \"%s\"; the system's log says why (unix:/PATH or inet:PORT@HOST would do)",
                    address);
    return is_open;
}

static gboolean register_callbacks(GError **error)
{
    char name[] = "usher";
    const struct smfiDesc description = {
        .xxfi_name = name,
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_recipient,
        .xxfi_header = on_header,
        .xxfi_eoh = on_header_end,
        .xxfi_body = on_body,
        .xxfi_eom = on_message_end,
        .xxfi_abort = on_abort,
        .xxfi_close = on_close,
        .xxfi_negotiate = on_negotiate,
    };
    if (smfi_register(description) == MI_SUCCESS)
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "libmilter is not the version that Usher was built with; build again");
    return FALSE;
}

static void limit_stacks(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

static void fill_stop_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGHUP);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
}

static gpointer run_libmilter(gpointer unused G_GNUC_UNUSED)
{
    gboolean has_failed = smfi_main() != MI_SUCCESS;
    g_mutex_lock(&milter.gate);
    milter.has_ended = TRUE;
    milter.has_failed = has_failed;
    g_mutex_unlock(&milter.gate);
    milter_stop();
    return NULL;
}

/* Up to 5 s pass before the listener looks up: nobody waits for it. */
static gpointer stop_libmilter(gpointer unused G_GNUC_UNUSED)
{
    smfi_stop();
    return NULL;
}

void milter_stop(void)
{
    g_mutex_lock(&milter.gate);
    milter.is_stop_wanted = TRUE;
    if (milter.is_running)
        pthread_kill(milter.waiter, SIGHUP); /* as good as any that it waits for */
    g_mutex_unlock(&milter.gate);
}

/* Lets the mails in hand come to their end, then shuts the gate. */
static void drain(void)
{
    gint64 until = g_get_monotonic_time() + DRAIN_S * G_TIME_SPAN_SECOND;
    g_mutex_lock(&milter.gate);
    milter.is_draining = TRUE;
    while (milter.mails > 0 && !milter.has_ended && g_cond_wait_until(&milter.changed, &milter.gate, until))
        continue;
    milter.is_closed = TRUE;
    while (milter.storing > 0)
        g_cond_wait(&milter.changed, &milter.gate);
    g_mutex_unlock(&milter.gate);
    g_usleep(LAST_ANSWER_US);
}

/* Waits for a signal to stop; it is blocked in all threads, this one too. */
static void wait_for_stop(const sigset_t *signals)
{
    g_mutex_lock(&milter.gate);
    milter.waiter = pthread_self();
    milter.is_running = TRUE;
    gboolean is_over = milter.is_stop_wanted;
    g_mutex_unlock(&milter.gate);
    if (is_over)
        return;
    while (sigwaitinfo(signals, NULL) < 0 && errno == EINTR)
        continue;
}

static void close_milter(const char *address, const sigset_t *signals)
{
    const char *path = find_socket_path(address);
    if (path != NULL)
        unlink(path);
    drain();
    milter_use_settings(NULL);
    g_mutex_lock(&milter.gate);
    milter.is_running = FALSE;
    gboolean has_ended = milter.has_ended;
    g_mutex_unlock(&milter.gate);
    if (!has_ended)
        g_thread_unref(g_thread_new("milter-stop", stop_libmilter, NULL));
    /* A second signal for the same purpose must not end the process when its owner lets signals in again. */
    const struct timespec at_once = {0};
    while (sigtimedwait(signals, NULL, &at_once) > 0)
        continue;
}

gboolean milter_run(const Settings *settings, const CaptureSink *sink, GError **error)
{
    sigset_t signals, before;
    fill_stop_signals(&signals);
    if (!register_callbacks(error) || !open_socket(settings->milter, error))
        return FALSE;
    g_autofree char *address = g_strdup(settings->milter);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    limit_stacks();
    milter.sink = sink;
    milter_use_settings(settings);
    g_thread_unref(g_thread_new("milter", run_libmilter, NULL));
    if (sink->opened != NULL)
        sink->opened(sink->data);
    wait_for_stop(&signals);
    close_milter(address, &signals);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!milter.has_failed)
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "the milter on \"%s\" ended by itself; the system's log says why", address);
    return FALSE;
}
