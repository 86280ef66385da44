/*
 * capture/import_parts.h - the parts of reading old mail: lines, dates, headers, the splitting of an mbox
 *
 * Private to capture; see usher/capture/import.h.
 */
#ifndef USHER_CAPTURE_IMPORT_PARTS_H
#define USHER_CAPTURE_IMPORT_PARTS_H

#include "usher/base/clock.h"

#include <glib.h>

/* ---- import_lines.c: a file as lines of any length ---- */

typedef struct {
    gint64 offset;    /* of its first byte in the file */
    gint64 end;       /* behind its line end */
    const char *text; /* without the line end; borrowed until the next line; ended by NUL */
    gsize length;     /* of text: a longer line is cut */
} Line;

typedef struct LineReader LineReader;

LineReader *line_reader_new(void);
void line_reader_free(LineReader *reader);
/* Begins to read `file` (borrowed) from `offset` on. */
void line_reader_start(LineReader *reader, int file, gint64 offset);
/* FALSE at the end, or when the file cannot be read: then line_reader_get_failure gives the errno. */
gboolean line_reader_next(LineReader *reader, Line *line);
int line_reader_get_failure(const LineReader *reader);

/* ---- import_date.c ---- */

/*
 * Reads a date as mail writes it: RFC 5322 section 3.3 with its obsolete forms, or the form of asctime(3). All of the text must be a date;
 * comments and the day of the week may be there. Without a zone it is UTC.
 */
gboolean import_read_date(const char *text, UsherTime *moment);

/* The same for the value of a Received header: what stands behind its last semicolon that is followed by a date. */
gboolean import_read_received(const char *text, UsherTime *moment);

/* The same for a line "From SENDER DATE" that begins a mail in an mbox (RFC 4155). FALSE when no date ends it. */
gboolean import_read_postmark(const char *line, UsherTime *moment);

/* ---- import_header.c: what the import needs to know of a header block ---- */

typedef struct {
    UsherTime received, date; /* of the top Received and of the first Date; 0 */
    gint64 content_length;    /* -1: not said */
    gboolean is_deleted;      /* marked by the program that keeps the mail: deleted, or a draft */
    gboolean is_internal;     /* no mail: a mail server's own notes in an mbox */
    /* private */
    GString *value;
    int field;
    gboolean has_received, has_date;
} ImportHeader;

void import_header_start(ImportHeader *header);
/* A line of the block, the empty one at its end too. */
void import_header_take(ImportHeader *header, const char *line);
void import_header_end(ImportHeader *header);
void import_header_clear(ImportHeader *header);
/* TRUE for "Name:" with such a name as headers really have; RFC 5322 allows names that look like prose or JSON. */
gboolean import_is_header_line(const char *line);

/* ---- import_mbox.c ---- */

typedef struct {
    gint64 offset; /* of the mail, behind the line "From " */
    gint64 length; /* without the empty line before the next */
    UsherTime postmark;
    gboolean is_verbatim; /* no line of it was quoted: its length says where it ends */
    const ImportHeader *header;
} MboxMail;

typedef gboolean (*MboxVisitor)(const MboxMail *mail, gpointer data);

/*
 * Visits each mail of the mbox `file`, from `offset` on. A line "From " begins a mail when it stands at the start of the file
 * or behind an empty line, ends with a date, and is followed by a header or an empty line. A Content-Length is believed when a mail or the end of the
 * file is where it says. FALSE with the errno in *failure when the file cannot be read, or 0 there when the visitor stopped.
 */
gboolean mbox_split(LineReader *reader, int file, gint64 offset, MboxVisitor visitor, gpointer data, int *failure);

#endif
