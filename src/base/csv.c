/*
 * base/csv.c - tables that people export from spreadsheets and other programs
 *
 * libcsv is fed line by line: it does not count them, and a mistake must be told with its line. A row that begins on a line may end on a later one,
 * when a quoted field has line breaks.
 */
#include "usher/base/csv.h"

#include <csv.h>
#include <string.h>

#include "usher/base/error.h"
#include "usher/base/text.h"

#define MAX_FIELD_BYTES (1024 * 1024)
#define NO_PLACE G_MAXUINT

typedef struct {
    guint line;
    GPtrArray *fields; /* char* */
} Row;

struct CsvTable {
    GPtrArray *rows; /* Row; the header line is taken out */
    guint width;     /* fields of the header line */
    GArray *places;  /* guint: where each wanted column stands; NO_PLACE */
    GPtrArray *unknown;
    char *break_text; /* NULL */
};

static void row_free(Row *row)
{
    g_ptr_array_unref(row->fields);
    g_free(row);
}

/* ---- reading ---- */

typedef struct {
    struct csv_parser parser;
    GPtrArray *rows;
    Row *row;   /* the one that is being read */
    guint line; /* that is being fed */
    guint row_line;
    gboolean is_too_long;
    char *break_text; /* why reading ended early; NULL */
} Feeding;

static void take_field(void *bytes, size_t length, void *data)
{
    Feeding *feeding = data;
    if (!feeding->row) {
        feeding->row = g_new0(Row, 1);
        feeding->row->line = feeding->row_line;
        feeding->row->fields = g_ptr_array_new_with_free_func(g_free);
    }
    feeding->is_too_long |= length > MAX_FIELD_BYTES;
    char *field = bytes ? g_strndup(bytes, length) : g_strdup("");
    g_ptr_array_add(feeding->row->fields, g_strstrip(field));
}

static gboolean is_blank(const Row *row)
{
    for (guint i = 0; i < row->fields->len; i++) {
        if (*(const char *)g_ptr_array_index(row->fields, i)) {
            return FALSE;
        }
    }
    return TRUE;
}

static void end_row(int character G_GNUC_UNUSED, void *data)
{
    Feeding *feeding = data;
    feeding->row_line = feeding->line + 1;
    if (!feeding->row) {
        return;
    }
    if (is_blank(feeding->row)) {
        row_free(feeding->row);
    } else {
        g_ptr_array_add(feeding->rows, feeding->row);
    }
    feeding->row = NULL;
}

/* Whichever of them stands most often in the first line, outside of quotes. */
static char find_separator(const char *text)
{
    static const char separators[] = {',', ';', '\t'};
    guint counts[G_N_ELEMENTS(separators)] = {0};
    gboolean is_quoted = FALSE;
    for (const char *at = text + strspn(text, "\r\n"); *at && (is_quoted || (*at != '\n' && *at != '\r')); at++) {
        is_quoted ^= *at == '"';
        for (guint i = 0; i < G_N_ELEMENTS(separators) && !is_quoted; i++) {
            counts[i] += *at == separators[i];
        }
    }
    guint best = 0;
    for (guint i = 1; i < G_N_ELEMENTS(separators); i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return separators[best];
}

static gboolean break_at(Feeding *feeding, guint line, const char *what)
{
    feeding->break_text = g_strdup_printf("line %u: %s", line, what);
    return FALSE;
}

/* Lines end with LF, CR LF or, from old programs, CR. */
static gsize find_line_end(const char *text)
{
    gsize length = strcspn(text, "\r\n");
    if (text[length] == '\r' && text[length + 1] == '\n') {
        return length + 2;
    }
    return text[length] ? length + 1 : length;
}

static gboolean feed_lines(Feeding *feeding, const char *text)
{
    feeding->row_line = 1;
    for (const char *at = text; *at;) {
        gsize length = find_line_end(at);
        feeding->line++;
        if (!feeding->row && feeding->parser.pstate == 0) {
            feeding->row_line = feeding->line;
        }
        if (csv_parse(&feeding->parser, at, length, take_field, end_row, feeding) != length) {
            return break_at(feeding, feeding->line, csv_strerror(csv_error(&feeding->parser)));
        }
        if (feeding->is_too_long || csv_get_buffer_size(&feeding->parser) > 2 * MAX_FIELD_BYTES) {
            return break_at(feeding, feeding->row_line, "a field is longer than a megabyte; is a quotation mark missing?");
        }
        at += length;
    }
    csv_set_opts(&feeding->parser,
                 CSV_STRICT | CSV_STRICT_FINI); /* only now: a stray quotation mark within a row is none of ours */
    if (csv_fini(&feeding->parser, take_field, end_row, feeding) != 0) {
        return break_at(feeding, feeding->row_line, "a quotation mark is opened here and never closed");
    }
    return TRUE;
}

/* What was read before the text broke is kept; whoever asked is told where it did. */
static void read_rows(CsvTable *table, const char *text)
{
    Feeding feeding = {.rows = table->rows};
    if (csv_init(&feeding.parser, 0) != 0) {
        return;
    }
    csv_set_delim(&feeding.parser, (unsigned char)find_separator(text));
    feed_lines(&feeding, text);
    csv_free(&feeding.parser);
    g_clear_pointer(&feeding.row, row_free);
    table->break_text = feeding.break_text;
}

/* Excel's "Unicode text" is UTF-16 with a byte order mark. */
static char *read_text(const char *bytes, gsize length)
{
    gboolean is_wide = length >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0);
    return text_from_bytes(bytes, length, is_wide ? "utf-16" : NULL, NULL);
}

/* ---- columns ---- */

static gboolean is_called(const CsvColumn *column, const char *heading)
{
    return strcmp(heading, column->name) == 0 || (column->aliases && g_strv_contains(column->aliases, heading));
}

static guint find_column(const CsvColumn *columns, const char *heading)
{
    guint i = 0;
    while (columns[i].name && !is_called(&columns[i], heading)) {
        i++;
    }
    return columns[i].name ? i : NO_PLACE;
}

/* "Former_Names" is "former names". */
static char *fold_heading(const char *field)
{
    g_autofree char *spaced = g_strdelimit(g_strdup(field), "_-", ' ');
    return text_fold(spaced);
}

static gboolean place_column(CsvTable *table, guint at, const CsvColumn *columns, const char *field, GError **error)
{
    g_autofree char *heading = fold_heading(field);
    guint column = find_column(columns, heading);
    if (column == NO_PLACE) {
        g_ptr_array_add(table->unknown, g_strdup(field));
        return TRUE;
    }
    guint *place = &g_array_index(table->places, guint, column);
    if (*place != NO_PLACE) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "the header line has two columns for \"%s\"; rename one of them",
                    columns[column].name);
        return FALSE;
    }
    *place = at;
    return TRUE;
}

static gboolean fail_without_columns(const CsvColumn *columns, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint i = 0; columns[i].name; i++) {
        g_string_append_printf(known, "%s%s", i ? ", " : "", columns[i].name);
    }
    g_set_error(error, USHER_ERROR, USHER_ERROR_INPUT, "the first line must name the columns; there are: %s", known->str);
    return FALSE;
}

static gboolean read_header(CsvTable *table, const CsvColumn *columns, GError **error)
{
    guint found = 0;
    for (guint i = 0; columns[i].name; i++) {
        guint place = NO_PLACE;
        g_array_append_val(table->places, place);
    }
    if (table->rows->len == 0) {
        return fail_without_columns(columns, error);
    }
    const Row *header = g_ptr_array_index(table->rows, 0);
    table->width = header->fields->len;
    for (guint i = 0; i < header->fields->len; i++) {
        if (!place_column(table, i, columns, g_ptr_array_index(header->fields, i), error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < table->places->len; i++) {
        found += g_array_index(table->places, guint, i) != NO_PLACE;
    }
    g_ptr_array_remove_index(table->rows, 0);
    return found > 0 || fail_without_columns(columns, error);
}

/* ---- the table ---- */

CsvTable *csv_table_read(const char *bytes, gsize length, const CsvColumn *columns, GError **error)
{
    g_autoptr(CsvTable) table = g_new0(CsvTable, 1);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)row_free);
    table->places = g_array_new(FALSE, FALSE, sizeof(guint));
    table->unknown = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = read_text(bytes, length);
    read_rows(table, text);
    return read_header(table, columns, error) ? g_steal_pointer(&table) : NULL;
}

void csv_table_free(CsvTable *table)
{
    if (!table) {
        return;
    }
    g_ptr_array_unref(table->rows);
    g_array_unref(table->places);
    g_ptr_array_unref(table->unknown);
    g_free(table->break_text);
    g_free(table);
}

gboolean csv_table_has_column(const CsvTable *table, guint column)
{
    return g_array_index(table->places, guint, column) != NO_PLACE;
}

const GPtrArray *csv_table_get_unknown(const CsvTable *table)
{
    return table->unknown;
}

const char *csv_table_get_break(const CsvTable *table)
{
    return table->break_text;
}

guint csv_table_count_rows(const CsvTable *table)
{
    return table->rows->len;
}

static const Row *get_row(const CsvTable *table, guint row)
{
    return g_ptr_array_index(table->rows, row);
}

guint csv_table_get_line(const CsvTable *table, guint row)
{
    return get_row(table, row)->line;
}

/* Empty fields at the end are what spreadsheets leave behind. */
guint csv_table_count_surplus(const CsvTable *table, guint row)
{
    const GPtrArray *fields = get_row(table, row)->fields;
    guint width = fields->len;
    while (width > table->width && !*(const char *)g_ptr_array_index(fields, width - 1)) {
        width--;
    }
    return width > table->width ? width - table->width : 0;
}

const char *csv_table_get(const CsvTable *table, guint row, guint column)
{
    const GPtrArray *fields = get_row(table, row)->fields;
    guint place = g_array_index(table->places, guint, column);
    return place < fields->len ? g_ptr_array_index(fields, place) : "";
}
