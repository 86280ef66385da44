/*
 * capture.h - the doors: how mail becomes durable, exactly once
 *
 * A door takes bytes, never a parsed mail: no hostile mail can stop capture. It fills a CapturedMail (which spools what is large
 * to a file without a name), asks the CaptureSink to make it durable, and only then says yes to whoever brought it.
 *
 * Identity is a digest over the first Message-ID, From, Date, Subject (unfolded: a fold with the blanks around it is one blank;
 * outer blanks cut) and the body (line ends as LF, empty lines at the end cut): the same mail by two doors has one digest.
 */
#ifndef USHER_CAPTURE_H
#define USHER_CAPTURE_H

#include "usher/model/arrival.h"
#include "usher/rulebook/settings.h"

#define CAPTURE_MEMORY_BYTES (256 * 1024) /* kept in memory; what is beyond goes to the spool */
#define CAPTURE_CHUNK_BYTES (256 * 1024)
#define CAPTURE_MOST_REFERENCES 12

typedef struct CapturedMail CapturedMail;

/*
 * An empty mail coming in by `door`. `spool_directory` is where a mail larger than CAPTURE_MEMORY_BYTES is spooled; what exceeds
 * max_bytes is counted and digested but not kept (captured_is_cut).
 */
CapturedMail *captured_mail_new(const char *door, const char *spool_directory, gint64 max_bytes);
void captured_mail_free(CapturedMail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CapturedMail, captured_mail_free)

void captured_mail_set_envelope_from(CapturedMail *mail, const char *address); /* "" or "<>" for the null sender */
void captured_mail_add_envelope_to(CapturedMail *mail, const char *address);
void captured_mail_set_queue_id(CapturedMail *mail, const char *queue_id);
/* When it came to the firm, where that was before the door had it (import); 0: now. */
void captured_mail_set_received(CapturedMail *mail, UsherTime received);

/*
 * Appends raw bytes of the mail in order, header block first, with LF or CRLF. FALSE with USHER_ERROR_RETRY when the spool is
 * full; all that can be done with the mail then is to free it.
 */
gboolean captured_mail_append(CapturedMail *mail, const void *bytes, gsize length, GError **error);

/* Ends the mail: the digest is known from here on. */
void captured_mail_finish(CapturedMail *mail);
/*
 * Ends a mail of which only the header block was taken and no more is wanted. Its digest is none that a whole mail can have: the
 * same mail captured whole is another.
 */
void captured_mail_finish_headers(CapturedMail *mail);

/*
 * For a door that brings no envelope: takes it from the headers that the delivering server put on top, Return-Path for the
 * sender, X-Original-To and Delivered-To for the recipients. Only those above the first Received count, and of each the first:
 * what stands below came from outside. What is not there stays unknown. After captured_mail_finish.
 */
void captured_mail_read_envelope(CapturedMail *mail);

const char *captured_mail_get_door(const CapturedMail *mail);
const char *captured_mail_get_digest(const CapturedMail *mail);
/* Without brackets; NULL when there is none. Known from the end of the header block on. */
const char *captured_mail_get_message_id(const CapturedMail *mail);
const char *captured_mail_get_envelope_from(const CapturedMail *mail); /* NULL when not known */
const GPtrArray *captured_mail_get_envelope_to(const CapturedMail *mail);
const char *captured_mail_get_queue_id(const CapturedMail *mail); /* NULL */
UsherTime captured_mail_get_received(const CapturedMail *mail);   /* 0 */
gint64 captured_mail_get_size(const CapturedMail *mail);          /* all of it */
gboolean captured_mail_is_cut(const CapturedMail *mail);
gboolean captured_mail_is_headers_only(const CapturedMail *mail);
/* The folded address of its From header; NULL when none can be read. Owned by the caller. Known from the end of the header block on. */
char *captured_mail_dup_writer(const CapturedMail *mail);
/* What it refers to: char*, ids without brackets, at most CAPTURE_MOST_REFERENCES: In-Reply-To, then the newest and the oldest of References. */
GPtrArray *captured_mail_list_references(const CapturedMail *mail);
/* Reads kept bytes from `offset` into `buffer`. Gives how many; 0 at the end; -1 with USHER_ERROR_RETRY. */
gssize captured_mail_read(CapturedMail *mail, gint64 offset, void *buffer, gsize size, GError **error);

/* TRUE when the Message-ID is one that Usher with this secret wrote (respond.h): such a mail is never captured again. */
gboolean captured_mail_is_own(const CapturedMail *mail, const char *secret);

/*
 * An interaction: mail between a person of the firm and somebody outside who is on an open lead, not addressed to an intake. Its header block
 * alone is captured, so that contact, reply and follow-up are known without anybody noting them.
 *
 * Who is who: the writer is who stands in From, or the envelope's sender where that cannot be read. When one of us writes, the outside is
 * whom the envelope names, INTERACTION_MOST_PEOPLE at the most: a mail to more is a mailing, and none. When somebody outside writes to one of us,
 * the outside is the writer. Mail between colleagues, and between others, is none.
 */
#define INTERACTION_MOST_PEOPLE 20

typedef struct {
    GPtrArray *addresses; /* char*: folded addresses of the outside */
    GPtrArray *ids;       /* char*: what the mail refers to, without brackets */
} InteractionQuestion;
void interaction_question_free(InteractionQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InteractionQuestion, interaction_question_free)

/* The cheap question first: FALSE when the envelope alone shows that it is none, or the settings want none. Addresses with or without brackets. */
gboolean interaction_is_possible(const Settings *settings, const char *envelope_from, const GPtrArray *recipients);
/* What to ask the record about a mail whose header block has been taken; NULL when it is no interaction whatever is on record. */
InteractionQuestion *interaction_make_question(const Settings *settings, const CapturedMail *mail);

/*
 * Makes a mail durable. TRUE: committed (or known already: then only the delivery was added). *id is its row. FALSE with
 * USHER_ERROR_RETRY: nothing was kept, whoever brought it has to keep it. Called from many threads at once.
 */
typedef gboolean (*CaptureStore)(CapturedMail *mail, UsherTime now, gint64 *id, gpointer data, GError **error);

/*
 * What the milter may add to the delivered copy. FALSE when the decision was not there within wait_ms. Texts are owned by the
 * caller.
 */
typedef gboolean (*CaptureAwait)(gint64 id, guint wait_ms, char **lead, char **tier, char **owner, gpointer data);

/*
 * Whether the record has a live lead of one of the addresses, or one that one of the ids belongs to. FALSE with an error when it cannot be
 * asked. Called from many threads at once, while a server waits.
 */
typedef gboolean (*CaptureAsk)(const InteractionQuestion *question, gboolean *is_on_lead, gpointer data, GError **error);

typedef struct {
    CaptureStore store;
    CaptureAwait await; /* NULL: no headers */
    CaptureAsk ask;     /* NULL: no interactions */
    gpointer data;
    UsherTime (*now)(gpointer data);
    const char *secret;            /* to know our own mail; borrowed */
    void (*opened)(gpointer data); /* told when the milter's socket takes connections; NULL: nobody wants to know */
} CaptureSink;

/*
 * The milter (libmilter). Mail to an intake address of the present settings is captured; of an interaction the header block is; all other
 * mail is accepted at its header end and nothing of it is kept. An interaction is accepted there too, and never refused: when it cannot be
 * stored it is not on record, which is told once a minute at the most. X-Usher-* headers from outside are removed from every delivered copy. The answer is "accept"
 * after the commit and a temporary failure (451 4.3.0) when that failed.
 *
 * milter_run blocks until milter_stop, SIGTERM, SIGINT or SIGHUP (libmilter takes these for itself: all stop it). It lets the
 * mails in hand come to their end, for 10 s at most, and refuses new ones with 451; after its return the sink is not called any
 * more. It is to be called from the main thread: from another, libmilter may get the signal first, which then takes up to 5 s and
 * leaves mails in hand to their server. All threads must have these three signals blocked.
 *
 * Once in a process. FALSE with USHER_ERROR_CONFIG when the socket cannot be opened; a socket that another process serves is left
 * to it.
 */
gboolean milter_run(const Settings *settings, const CaptureSink *sink, GError **error);
void milter_stop(void);
/*
 * Puts other settings (intake addresses, limits, wait) in place for the mails to come. Borrowed until the next call or the end of
 * milter_run: when this returns, the former are not looked at any more. From any thread.
 */
void milter_use_settings(const Settings *settings);

/*
 * The Maildir watcher. Everything in `new` is captured in the order of names, then moved to `cur`; inotify only wakes it,
 * re-reading is the truth. A file that cannot be read is left where it is and told once. Our own mail is moved, not captured. The
 * envelope is what the headers on top say (captured_mail_read_envelope). The settings are looked at in maildir_watcher_new only.
 * NULL with USHER_ERROR_CONFIG when `new` and `cur` are not there or may not be used: nothing is created.
 */
typedef struct MaildirWatcher MaildirWatcher;
MaildirWatcher *maildir_watcher_new(const char *path, const Settings *settings, const CaptureSink *sink, GError **error);
void maildir_watcher_free(MaildirWatcher *watcher);
/* Captures what lies in `new` now, some hundreds at the most. Gives how many were captured; failures that need no person are retried at the next call. */
guint maildir_watcher_read(MaildirWatcher *watcher);
/* A descriptor that becomes readable when there may be something new. */
int maildir_watcher_get_fd(const MaildirWatcher *watcher);

#endif
