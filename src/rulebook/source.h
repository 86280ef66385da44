/*
 * rulebook/source.h - one file of the firm's, read whole
 */
#ifndef USHER_RULEBOOK_SOURCE_H
#define USHER_RULEBOOK_SOURCE_H

#include <glib.h>

#define SOURCE_MAX_BYTES 1048576

/*
 * The bytes of a regular file of at most SOURCE_MAX_BYTES, with a NUL behind them that is not counted; owned by the caller. NULL with
 * USHER_ERROR_CONFIG and a text without the file's name ("there is no such file"). Never waits: a pipe or a device is refused.
 */
char *source_read(const char *path, gsize *length, GError **error);

#endif
