/*
 * send/stream.h - a connection that libetpan reads and writes through, over GIO
 */
#ifndef USHER_SEND_STREAM_H
#define USHER_SEND_STREAM_H

#include <gio/gio.h>
#include <libetpan/libetpan.h>

typedef struct Stream Stream;

/*
 * Connects to host and port within the deadline of `patience_s` seconds, which stands until stream_begin_step. Holds a reference to `cancellable`.
 * NULL with USHER_ERROR_RETRY.
 */
Stream *stream_open(const char *host, guint port, guint patience_s, GCancellable *cancellable, GError **error);

/* Closes the socket if libetpan has not. */
void stream_free(Stream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stream, stream_free)

/* The stream for libetpan, which owns it (mailstream_close); it may not be used after stream_free. */
mailstream *stream_make_mailstream(Stream *stream);

/*
 * Everything from here on is encrypted. The server's certificate has to be valid now, for `host`, and signed by an authority of ca_file (NULL: of the
 * system). FALSE with USHER_ERROR_RETRY that says what is wrong with it.
 */
gboolean stream_start_tls(Stream *stream, const char *host, const char *ca_file, GError **error);

/* The next step: it has patience_s seconds in all, and its answer may be 64 KiB long. */
void stream_begin_step(Stream *stream, guint patience_s);

/*
 * The answer that is waited for decides whether a mail has gone out: a cancel leaves it five more seconds.
 */
void stream_begin_decisive_step(Stream *stream, guint patience_s);

gboolean stream_is_encrypted(const Stream *stream);
gboolean stream_is_loopback(const Stream *stream);

/* Our end as an address literal of RFC 5321 section 4.1.3: "[192.0.2.1]". The caller owns the text. */
char *stream_make_literal(const Stream *stream);

/* TRUE when nothing has come in that was not asked for, the end of the connection included. */
gboolean stream_is_quiet(const Stream *stream);

/* The first thing that went wrong; NULL when nothing did. Borrowed. */
const char *stream_get_failure(const Stream *stream);

#endif
