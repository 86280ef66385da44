/*
 * capture/import_index.h - the table behind an ImportIndex; private to capture/import*.c
 */
#ifndef USHER_CAPTURE_IMPORT_INDEX_H
#define USHER_CAPTURE_IMPORT_INDEX_H

#include "import_parts.h"
#include "usher/capture/import.h"

typedef struct {
    guint directory; /* in ImportIndex.directories */
    const char *name;
    gint64 size; /* when it was looked into */
} ImportSource;

typedef struct {
    UsherTime came;
    gint64 offset, length;
    guint source;
    gboolean is_quoted; /* lines ">From " are to lose a ">" */
} ImportItem;

struct ImportIndex {
    ImportOptions options;
    ImportCounts counts;
    GPtrArray *directories; /* char* */
    GStringChunk *names;
    GArray *sources; /* ImportSource */
    GArray *items;   /* ImportItem */
    GPtrArray *faults, *notes;
    LineReader *reader;
    gboolean is_stopped;
    int file; /* the one that was read last; -1 */
    guint file_source;
};

void import_remark_free(gpointer remark);
void import_index_remark(GPtrArray *remarks, const char *path, const char *why);
char *import_index_make_path(const ImportIndex *index, guint source);

#endif
