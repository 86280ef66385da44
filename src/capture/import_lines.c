/*
 * capture/import_lines.c - a file as lines of any length
 *
 * Gives each line with its place in the file. Of a line that is longer than LINE_BYTES only that much is shown: what the import looks for
 * stands at the beginning of lines. The memory is the same for a file of any size.
 */
#include "import_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (128 * 1024)
#define LINE_BYTES 4096

struct LineReader {
    int file;
    int failure;
    gint64 offset;   /* in the file of buffer[from] */
    gsize from, to;  /* what is in the buffer */
    char *buffer;    /* BUFFER_BYTES */
    char *shown;     /* LINE_BYTES + 1 */
    gsize shown_end; /* bytes of the present line in it */
};

LineReader *line_reader_new(void)
{
    LineReader *reader = g_new0(LineReader, 1);
    reader->buffer = g_malloc(BUFFER_BYTES);
    reader->shown = g_malloc(LINE_BYTES + 1);
    return reader;
}

void line_reader_free(LineReader *reader)
{
    if (reader == NULL)
        return;
    g_free(reader->buffer);
    g_free(reader->shown);
    g_free(reader);
}

void line_reader_start(LineReader *reader, int file, gint64 offset)
{
    reader->file = file;
    reader->failure = 0;
    reader->offset = offset;
    reader->from = reader->to = 0;
}

int line_reader_get_failure(const LineReader *reader)
{
    return reader->failure;
}

/* FALSE when there is nothing more. */
static gboolean fill(LineReader *reader)
{
    if (reader->from < reader->to)
        return TRUE;
    gssize got;
    do
        got = pread(reader->file, reader->buffer, BUFFER_BYTES, reader->offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        reader->failure = errno;
    reader->from = 0;
    reader->to = got > 0 ? (gsize)got : 0;
    return got > 0;
}

static void show(LineReader *reader, const char *bytes, gsize length)
{
    gsize shown = MIN(length, LINE_BYTES - reader->shown_end);
    memcpy(reader->shown + reader->shown_end, bytes, shown);
    reader->shown_end += shown;
}

/* Takes what the buffer has of the line; TRUE when that was its end. */
static gboolean take_piece(LineReader *reader)
{
    const char *piece = reader->buffer + reader->from;
    gsize length = reader->to - reader->from;
    const char *newline = memchr(piece, '\n', length);
    gsize text = newline != NULL ? (gsize)(newline - piece) : length;
    gsize taken = newline != NULL ? text + 1 : text;
    show(reader, piece, text);
    reader->from += taken;
    reader->offset += (gint64)taken;
    return newline != NULL;
}

gboolean line_reader_next(LineReader *reader, Line *line)
{
    line->offset = reader->offset;
    reader->shown_end = 0;
    while (fill(reader) && !take_piece(reader))
        continue;
    if (reader->failure != 0 || reader->offset == line->offset)
        return FALSE;
    if (reader->shown_end > 0 && reader->shown[reader->shown_end - 1] == '\r')
        reader->shown_end--;
    reader->shown[reader->shown_end] = '\0';
    line->end = reader->offset;
    line->text = reader->shown;
    line->length = reader->shown_end;
    return TRUE;
}
