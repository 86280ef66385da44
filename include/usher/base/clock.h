/*
 * base/clock.h - moments in time as values
 *
 * A moment is a count of seconds since 1970-01-01T00:00:00Z (UsherTime). Zero stands for "no moment".
 * Only the command layer asks what time it is; everything below is handed `now`.
 */
#ifndef USHER_BASE_CLOCK_H
#define USHER_BASE_CLOCK_H

#include <glib.h>

typedef gint64 UsherTime;

/* The present moment of the machine's clock. For the command layer only. */
UsherTime clock_read(void);

/*
 * Reads a moment in RFC 3339 form ("2026-03-02T09:15:00Z", "2026-03-02T09:15:00+01:00"; a blank in place of T is
 * accepted as in RFC 3339 section 5.6). FALSE with USHER_ERROR_INPUT when the text is not such a moment.
 */
gboolean clock_parse(const char *text, UsherTime *moment, GError **error);

/* The moment in RFC 3339 form in UTC, "2026-03-02T09:15:00Z". The caller owns the text. Empty text for zero. */
char *clock_format(UsherTime moment);

/* The moment as a Date header value by RFC 5322 section 3.3, with the offset of `zone`. The caller owns the text. */
char *clock_format_rfc5322(UsherTime moment, GTimeZone *zone);

#endif
