/*
 * base/csv.h - tables that people export from spreadsheets and other programs (libcsv stays inside)
 *
 * RFC 4180 as it is met: fields separated by commas, semicolons or tabs (the header line tells which), quoted ones with line breaks and doubled quotes; UTF-8 with or without byte
 * order mark, UTF-16 with one, windows-1252 else. The first line names the columns, in any order. Blank lines do not count.
 */
#ifndef USHER_BASE_CSV_H
#define USHER_BASE_CSV_H

#include <glib.h>

/* A column that is wanted. */
typedef struct {
    const char *name;           /* as it is called in messages: "former names" */
    const char *const *aliases; /* other headings of it, folded (base/text.h), NULL-terminated; NULL for none */
} CsvColumn;

typedef struct CsvTable CsvTable;

/*
 * Reads a whole table. `columns`: those that are wanted, ended by one without a name; headings that are none of them are passed over. NULL with
 * USHER_ERROR_INPUT when the header line has none of them or one of them twice: the text says which would do.
 */
CsvTable *csv_table_read(const char *bytes, gsize length, const CsvColumn *columns, GError **error);
void csv_table_free(CsvTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CsvTable, csv_table_free)

/* TRUE when the header line has that column (by its place in `columns`). */
gboolean csv_table_has_column(const CsvTable *table, guint column);
/* Headings that nobody asked for: char*, borrowed. */
const GPtrArray *csv_table_get_unknown(const CsvTable *table);

/* Where reading had to end before the end ("line 7: a quotation mark is opened here and never closed"); NULL: all was read. Borrowed. */
const char *csv_table_get_break(const CsvTable *table);

/* Rows below the header line. */
guint csv_table_count_rows(const CsvTable *table);
/* The line of the file on which the row begins, from 1. */
guint csv_table_get_line(const CsvTable *table, guint row);
/* How many fields the row has more than the header line; then something is in the wrong place. */
guint csv_table_count_surplus(const CsvTable *table, guint row);
/* What stands in the column, without blanks at the ends; "" when the row or the table has none. Borrowed. */
const char *csv_table_get(const CsvTable *table, guint row, guint column);

#endif
