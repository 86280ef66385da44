/*
 * rulebook/condition.c - the firm's conditions: SQL expressions over what is known of one lead
 *
 * Takes columns, expressions and values; gives true, false, unknown or failed. What cannot be compiled is told with its place and
 * what would be right.
 *
 * SQLite is a language here and no store: a private in-memory connection, one strict table `lead` with one row, one
 * prepared statement a condition. An authorizer lets through the columns of that row and a short list of functions.
 * It cannot see comments or brackets that would end our own frame round the expression, so a small lexical guard
 * looks for these first. The guard also finds the patterns behind REGEXP: each must be written out as a text, is
 * compiled at once, and is looked up by that text when it is evaluated (SQLite forgets what a function remembers of
 * its arguments at every reset, and no stranger's text is ever a pattern).
 *
 * Values wait in an array and go into the row with one UPDATE when the next condition is evaluated.
 */
#include "usher/rulebook/condition.h"

#include "usher/base/error.h"
#include "usher/base/text.h"
#include "usher/rulebook/pattern.h"
#include "usher/rulebook/yaml.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_EXPRESSION_BYTES = 16 * 1024,
    MAX_COLUMNS = 500,
    MAX_VALUE_BYTES = 1024 * 1024,
    PROGRESS_OPERATIONS = 1000,
    MAX_PROGRESS = 200,
    EXPLAINED_CHARS = 60,
    SEARCHED_TEXTS = 2,         /* texts kept ready for patterns: what was said, and that with the subject */
    SEARCHED_LEAST_BYTES = 200, /* a shorter one is looked through as quickly as it is made ready */
};

static const char FRAME_START[] = "SELECT (\n";
static const char FRAME_END[] = "\n) FROM lead";
/* SQLite evaluates both sides of an AND that is a value, but leaves a WHERE as soon as it cannot hold. */
static const char TEST_START[] = "SELECT 1 FROM lead WHERE (\n";
static const char TEST_END[] = "\n)";

/* The functions a condition may call; like, glob and regexp are the operators of those names. */
static const char *const FUNCTIONS[] = {"abs",   "coalesce", "ifnull", "iif",    "instr",  "length",    "lower",
                                        "ltrim", "nullif",   "round",  "rtrim",  "substr", "substring", "trim",
                                        "upper", "like",     "glob",   "regexp", NULL};
static const char FUNCTIONS_SAID[] =
    "abs, coalesce, ifnull, iif, instr, length, lower, ltrim, nullif, round, rtrim, substr, trim, upper";

typedef struct {
    char *name;
    ColumnType type;
    char *text;           /* COLUMN_TEXT; NULL: unknown */
    gboolean is_set;      /* COLUMN_INTEGER, COLUMN_REAL: known */
    gboolean is_constant; /* in the row from the start, and in no UPDATE */
    gint64 integer;
    double real;
} Column;

/* A text of the row, made ready once for all patterns that are looked for in it. */
typedef struct {
    char *copy;
    gsize length;
    PatternText *text;
} SearchedText;

struct Condition {
    ConditionSet *set;
    sqlite3_stmt *statement;
    sqlite3_stmt *test; /* a row when it holds */
    char *text;
    char *failure;   /* why it failed last; NULL */
    GArray *columns; /* guint: those it reads, in their order in the expression */
};

struct ConditionSet {
    sqlite3 *db;
    GPtrArray *columns;   /* Column */
    GHashTable *by_name;  /* char* -> Column, borrowed */
    GHashTable *patterns; /* char* -> Pattern: what stands behind REGEXP */
    SearchedText searched[SEARCHED_TEXTS];
    guint next_searched;   /* the one to be given up next */
    GPtrArray *conditions; /* Condition */
    sqlite3_stmt *update;  /* puts the array into the row; NULL until the first compile */
    gboolean is_stale;     /* the row is older than the array */
    guint progress;
    /* while a statement is prepared */
    gboolean is_own; /* it is one of ours */
    guint selects;
    GArray *reads; /* guint */
    char *refusal; /* why the authorizer refused; NULL */
    char *refused_word;
};

/* ---- columns ---- */

static void column_free(gpointer data)
{
    Column *column = data;

    g_free(column->name);
    g_free(column->text);
    g_free(column);
}

static void condition_free(gpointer data)
{
    Condition *condition = data;

    sqlite3_finalize(condition->statement);
    sqlite3_finalize(condition->test);
    g_array_unref(condition->columns);
    g_free(condition->text);
    g_free(condition->failure);
    g_free(condition);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Condition, condition_free)

static gboolean is_column_word(const char *name)
{
    if (!g_ascii_islower(name[0]) && name[0] != '_')
        return FALSE;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

gboolean condition_set_add_column(ConditionSet *set, const char *name, ColumnType type, GError **error)
{
    Column *column;

    if (!is_column_word(name) || strcmp(name, "rowid") == 0 || strcmp(name, "oid") == 0 || strcmp(name, "_rowid_") == 0) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "\"%s\" cannot be a name: use a-z, 0-9 and _, a letter first", name);
        return FALSE;
    }
    if (condition_set_has_column(set, name)) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "the name \"%s\" is taken already: choose another", name);
        return FALSE;
    }
    if (set->update != NULL || set->columns->len >= MAX_COLUMNS) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                    "\"%s\" cannot be added: there are %u names, at most %d are possible, all before the first condition", name,
                    set->columns->len, MAX_COLUMNS);
        return FALSE;
    }
    column = g_new0(Column, 1);
    column->name = g_strdup(name);
    column->type = type;
    g_ptr_array_add(set->columns, column);
    g_hash_table_insert(set->by_name, column->name, column);
    return TRUE;
}

gboolean condition_set_add_constant(ConditionSet *set, const char *name, gint64 value, GError **error)
{
    Column *column;

    if (!condition_set_add_column(set, name, COLUMN_INTEGER, error))
        return FALSE;
    column = g_hash_table_lookup(set->by_name, name);
    column->is_constant = TRUE;
    column->is_set = TRUE;
    column->integer = value;
    column->real = (double)value;
    return TRUE;
}

gboolean condition_set_has_column(const ConditionSet *set, const char *name)
{
    return g_hash_table_contains(set->by_name, name);
}

gboolean condition_set_find_type(const ConditionSet *set, const char *name, ColumnType *type)
{
    const Column *column = g_hash_table_lookup(set->by_name, name);

    if (column != NULL)
        *type = column->type;
    return column != NULL;
}

static guint find_column_number(const ConditionSet *set, const char *name)
{
    for (guint i = 0; i < set->columns->len; i++)
        if (strcmp(((const Column *)set->columns->pdata[i])->name, name) == 0)
            return i;
    return G_MAXUINT;
}

/* ---- what SQLite asks while it compiles and runs ---- */

static int refuse(ConditionSet *set, const char *word, char *take_why)
{
    if (set->refusal == NULL) {
        set->refusal = take_why;
        set->refused_word = g_strdup(word);
    } else {
        g_free(take_why);
    }
    return SQLITE_DENY;
}

static int authorize_read(ConditionSet *set, const char *table, const char *name)
{
    guint number;

    if (g_strcmp0(table, "lead") != 0)
        return refuse(set, table, g_strdup("only the lead's own row can be read"));
    /* An expression without a column is reported as a read of the empty name. */
    if (name[0] == '\0')
        return SQLITE_OK;
    number = find_column_number(set, name);
    if (number == G_MAXUINT)
        return refuse(set, name, g_strdup_printf("there is no column \"%s\"", name));
    for (guint i = 0; i < set->reads->len; i++)
        if (g_array_index(set->reads, guint, i) == number)
            return SQLITE_OK;
    g_array_append_val(set->reads, number);
    return SQLITE_OK;
}

static int authorize(void *data, int action, const char *first, const char *second, const char *database, const char *trigger)
{
    ConditionSet *set = data;

    (void)database;
    (void)trigger;
    if (set->is_own)
        return SQLITE_OK;
    if (action == SQLITE_SELECT)
        return set->selects++ == 0 ? SQLITE_OK : refuse(set, "select", g_strdup("a SELECT within a condition is not possible"));
    if (action == SQLITE_READ)
        return authorize_read(set, first, second);
    if (action == SQLITE_FUNCTION) {
        if (second != NULL && g_strv_contains(FUNCTIONS, second))
            return SQLITE_OK;
        return refuse(set, second,
                      g_strdup_printf("the function \"%s\" cannot be used here: possible are %s", second, FUNCTIONS_SAID));
    }
    return refuse(set, "", g_strdup("only an expression over the lead's columns is possible"));
}

static int stop_when_endless(void *data)
{
    ConditionSet *set = data;

    return ++set->progress > MAX_PROGRESS;
}

static void clear_searched(SearchedText *searched)
{
    g_clear_pointer(&searched->text, pattern_text_free);
    g_clear_pointer(&searched->copy, g_free);
}

/* SQLite evaluates both sides of an AND, so the same text is looked through for every pattern of every condition. */
static const PatternText *get_searched(ConditionSet *set, const char *subject, gsize length)
{
    SearchedText *searched;

    for (guint i = 0; i < SEARCHED_TEXTS; i++)
        if (set->searched[i].text != NULL && set->searched[i].length == length &&
            memcmp(set->searched[i].copy, subject, length) == 0)
            return set->searched[i].text;
    searched = &set->searched[set->next_searched++ % SEARCHED_TEXTS];
    clear_searched(searched);
    searched->copy = g_strndup(subject, length);
    searched->length = length;
    searched->text = pattern_text_new(searched->copy, length);
    return searched->text;
}

static PatternResult search_subject(ConditionSet *set, const Pattern *pattern, const char *subject, gsize length)
{
    PatternMatch match;

    if (length < SEARCHED_LEAST_BYTES)
        return pattern_match(pattern, subject, length, 0, &match);
    return pattern_match_text(pattern, get_searched(set, subject, length), 0, &match);
}

/* pattern REGEXP: SQLite calls regexp(pattern, subject). */
static void evaluate_regexp(sqlite3_context *context, int count, sqlite3_value **values)
{
    ConditionSet *set = sqlite3_user_data(context);
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *subject = (const char *)sqlite3_value_text(values[1]);
    const Pattern *pattern = text != NULL ? g_hash_table_lookup(set->patterns, text) : NULL;

    (void)count;
    if (subject == NULL)
        return;
    if (pattern == NULL) {
        sqlite3_result_error(context, "a pattern must be written out as a text", -1);
        return;
    }
    switch (search_subject(set, pattern, subject, (gsize)sqlite3_value_bytes(values[1]))) {
    case PATTERN_LIMIT:
        sqlite3_result_error(context, "a pattern takes too much effort on this text", -1);
        break;
    case PATTERN_MATCH:
        sqlite3_result_int(context, 1);
        break;
    case PATTERN_NO_MATCH:
        sqlite3_result_int(context, 0);
        break;
    }
}

/* ---- the connection ---- */

static void set_limits(sqlite3 *db)
{
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 20000);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES + 64 * 1024);
    sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 50);
    sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200);
    sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 1);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, 0);
    sqlite3_limit(db, SQLITE_LIMIT_FUNCTION_ARG, 8);
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
}

ConditionSet *condition_set_new(void)
{
    ConditionSet *set = g_new0(ConditionSet, 1);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

    set->columns = g_ptr_array_new_with_free_func(column_free);
    set->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    set->patterns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)pattern_free);
    set->conditions = g_ptr_array_new_with_free_func(condition_free);
    set->reads = g_array_new(FALSE, FALSE, sizeof(guint));
    if (sqlite3_open_v2(":memory:", &set->db, flags, NULL) != SQLITE_OK)
        g_error("no memory for the conditions' table");
    sqlite3_db_config(set->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(set->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(set->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(set->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(set->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_create_function_v2(set->db, "regexp", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, set, evaluate_regexp,
                               NULL, NULL, NULL);
    sqlite3_set_authorizer(set->db, authorize, set);
    sqlite3_progress_handler(set->db, PROGRESS_OPERATIONS, stop_when_endless, set);
    return set;
}

void condition_set_free(ConditionSet *set)
{
    if (set == NULL)
        return;
    g_ptr_array_unref(set->conditions);
    sqlite3_finalize(set->update);
    sqlite3_close(set->db);
    for (guint i = 0; i < SEARCHED_TEXTS; i++)
        clear_searched(&set->searched[i]);
    g_hash_table_unref(set->patterns);
    g_hash_table_unref(set->by_name);
    g_ptr_array_unref(set->columns);
    g_array_unref(set->reads);
    g_free(set->refusal);
    g_free(set->refused_word);
    g_free(set);
}

static void run_own(ConditionSet *set, const char *sql)
{
    if (sqlite3_exec(set->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        g_error("the conditions' table: %s", sqlite3_errmsg(set->db));
}

/* The table, its one row, and the statement that fills it. From here on no column can be added. */
static void make_table(ConditionSet *set)
{
    static const char *const types[] = {[COLUMN_TEXT] = "TEXT", [COLUMN_INTEGER] = "INTEGER", [COLUMN_REAL] = "REAL"};
    g_autoptr(GString) table = g_string_new("CREATE TABLE lead (\"no column\" INTEGER");
    g_autoptr(GString) update = g_string_new("UPDATE lead SET \"no column\" = 0");

    /* Names are words of a-z, 0-9 and _ (is_column_word); in quotes they may be SQL's own words too. */
    for (guint i = 0; i < set->columns->len; i++) {
        const Column *column = set->columns->pdata[i];

        g_string_append_printf(table, ", \"%s\" %s", column->name, types[column->type]);
        if (column->is_constant)
            g_string_append_printf(table, " DEFAULT %" G_GINT64_FORMAT, column->integer);
        else
            g_string_append_printf(update, ", \"%s\" = ?%u", column->name, i + 1);
    }
    g_string_append(table, ") STRICT");
    set->is_own = TRUE;
    run_own(set, "PRAGMA journal_mode = OFF");
    run_own(set, table->str);
    run_own(set, "INSERT INTO lead DEFAULT VALUES");
    /* One transaction for ever: nothing is kept, and opening one for each statement costs as much as evaluating it. */
    run_own(set, "BEGIN");
    sqlite3_limit(set->db, SQLITE_LIMIT_VARIABLE_NUMBER, MAX_COLUMNS);
    if (sqlite3_prepare_v3(set->db, update->str, -1, SQLITE_PREPARE_PERSISTENT, &set->update, NULL) != SQLITE_OK)
        g_error("the conditions' row: %s", sqlite3_errmsg(set->db));
    set_limits(set->db);
    set->is_own = FALSE;
    set->is_stale = TRUE;
}

/* ---- the row ---- */

void condition_set_clear(ConditionSet *set)
{
    for (guint i = 0; i < set->columns->len; i++) {
        Column *column = set->columns->pdata[i];

        if (column->is_constant)
            continue;
        g_clear_pointer(&column->text, g_free);
        column->is_set = FALSE;
    }
    set->is_stale = TRUE;
}

static void put_number(Column *column, const char *value)
{
    char *end = NULL;
    double number;

    errno = 0;
    number = g_ascii_strtod(value, &end);
    column->is_set = end != value && *end == '\0' && errno == 0 && isfinite(number);
    if (!column->is_set)
        return;
    column->real = number;
    /* Whole numbers beyond 2^53 would lose their last digits on the way through a double. */
    errno = 0;
    column->integer = g_ascii_strtoll(value, &end, 10);
    if (*end != '\0' || errno != 0)
        column->integer = (gint64)CLAMP(number, -9e15, 9e15);
}

/* Cut at a character. (g_strndup with the limit would write all of its bytes.) */
static char *dup_value(const char *value)
{
    gsize length = strnlen(value, MAX_VALUE_BYTES + 1);

    if (length <= MAX_VALUE_BYTES)
        return g_strdup(value);
    for (length = MAX_VALUE_BYTES; length > 0 && ((guchar)value[length] & 0xC0) == 0x80;)
        length--;
    return g_strndup(value, length);
}

void condition_set_put(ConditionSet *set, const char *name, const char *value)
{
    Column *column = g_hash_table_lookup(set->by_name, name);

    if (column == NULL || column->is_constant)
        return;
    set->is_stale = TRUE;
    if (column->type == COLUMN_TEXT) {
        g_free(column->text);
        column->text = value != NULL ? dup_value(value) : NULL;
        return;
    }
    column->is_set = FALSE;
    if (value != NULL)
        put_number(column, value);
}

void condition_set_put_integer(ConditionSet *set, const char *name, gint64 value)
{
    Column *column = g_hash_table_lookup(set->by_name, name);

    if (column == NULL || column->is_constant)
        return;
    set->is_stale = TRUE;
    if (column->type == COLUMN_TEXT) {
        g_free(column->text);
        column->text = g_strdup_printf("%" G_GINT64_FORMAT, value);
        return;
    }
    column->is_set = TRUE;
    column->integer = value;
    column->real = (double)value;
}

static void bind_column(sqlite3_stmt *statement, int place, const Column *column)
{
    if (column->type == COLUMN_TEXT && column->text != NULL)
        sqlite3_bind_text(statement, place, column->text, -1, SQLITE_STATIC);
    else if (column->type == COLUMN_INTEGER && column->is_set)
        sqlite3_bind_int64(statement, place, column->integer);
    else if (column->type == COLUMN_REAL && column->is_set)
        sqlite3_bind_double(statement, place, column->real);
    else
        sqlite3_bind_null(statement, place);
}

static gboolean write_row(ConditionSet *set)
{
    gboolean is_written;

    set->progress = 0;
    for (guint i = 0; i < set->columns->len; i++)
        if (!((const Column *)set->columns->pdata[i])->is_constant)
            bind_column(set->update, (int)i + 1, set->columns->pdata[i]);
    is_written = sqlite3_step(set->update) == SQLITE_DONE;
    sqlite3_reset(set->update);
    set->is_stale = !is_written;
    return is_written;
}

/* A row in which everything is known, so that a mistake does not hide behind an unknown. */
static void write_sample_row(ConditionSet *set)
{
    for (guint i = 0; i < set->columns->len; i++) {
        const Column *column = set->columns->pdata[i];

        if (column->is_constant)
            continue;
        if (column->type == COLUMN_TEXT)
            sqlite3_bind_text(set->update, (int)i + 1, "sample", -1, SQLITE_STATIC);
        else if (column->type == COLUMN_INTEGER)
            sqlite3_bind_int64(set->update, (int)i + 1, 1);
        else
            sqlite3_bind_double(set->update, (int)i + 1, 1.0);
    }
    set->progress = 0;
    sqlite3_step(set->update);
    sqlite3_reset(set->update);
    set->is_stale = TRUE;
}

/* ---- the lexical guard ---- */

/* A mistake at `offset`. Takes the words. Always FALSE, to be returned. */
static gboolean fail_at(gsize offset, char *take_words, gsize *error_offset, GError **error)
{
    *error_offset = offset;
    g_set_error_literal(error, USHER_ERROR, USHER_ERROR_CONFIG, take_words);
    g_free(take_words);
    return FALSE;
}

static gboolean is_word_character(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (guchar)c >= 0x80;
}

/* The end (behind the closing quote) of the quoted text that starts at `start`; 0 when it does not end. */
static gsize find_quote_end(const char *text, gsize start)
{
    char quote = text[start];
    gsize i = start + 1;

    for (; text[i] != '\0'; i++) {
        if (text[i] != quote)
            continue;
        if (text[i + 1] != quote)
            return i + 1;
        i++;
    }
    return 0;
}

static gsize skip_blanks(const char *text, gsize i)
{
    while (g_ascii_isspace(text[i]))
        i++;
    return i;
}

/* The text between the quotes, doubled quotes made single. */
static char *dup_quoted(const char *text, gsize start, gsize end)
{
    GString *plain = g_string_new(NULL);

    for (gsize i = start + 1; i + 1 < end; i++) {
        g_string_append_c(plain, text[i]);
        if (text[i] == '\'')
            i++;
    }
    return g_string_free(plain, FALSE);
}

/* The pattern behind a REGEXP that ends at `after`: compiled and kept under its text. *next is where to go on. */
static gboolean take_pattern(ConditionSet *set, const char *text, gsize after, gsize *next, gsize *error_offset, GError **error)
{
    gsize start = skip_blanks(text, after);
    gsize end = text[start] == '\'' ? find_quote_end(text, start) : 0;
    g_autofree char *words = NULL;
    Pattern *pattern;
    gsize offset = 0;
    char follows;

    if (end == 0)
        return fail_at(start, g_strdup("after REGEXP a pattern is wanted as a text: text REGEXP 'urgent'"), error_offset, error);
    follows = text[skip_blanks(text, end)];
    if (follows != '\0' && follows != ')' && follows != ',' && !g_ascii_isalpha(follows))
        return fail_at(end, g_strdup("a pattern cannot be put together: write it out as one text"), error_offset, error);
    words = dup_quoted(text, start, end);
    *next = end;
    if (g_hash_table_contains(set->patterns, words))
        return TRUE;
    pattern = pattern_compile(words, &offset, error);
    if (pattern == NULL) {
        *error_offset = start + 1 + offset;
        return FALSE;
    }
    g_hash_table_insert(set->patterns, g_steal_pointer(&words), pattern);
    return TRUE;
}

/* What stands at `i` outside of quotes and words. */
static gboolean guard_sign(const char *text, gsize i, guint *depth, gsize *error_offset, GError **error)
{
    if (g_str_has_prefix(text + i, "--") || g_str_has_prefix(text + i, "/*"))
        return fail_at(i,
                       g_strdup("a comment cannot stand in a condition: leave it out (two minus signs: put a blank between them)"),
                       error_offset, error);
    if (text[i] == ';')
        return fail_at(i, g_strdup("a semicolon cannot stand in a condition: leave it out"), error_offset, error);
    if (strchr("`[]?@:#$", text[i]) != NULL)
        return fail_at(
            i,
            g_strdup_printf("'%c' cannot stand in a condition: write columns by their names and texts in single quotes", text[i]),
            error_offset, error);
    if (text[i] == '(')
        ++*depth;
    else if (text[i] == ')' && (*depth)-- == 0)
        return fail_at(i, g_strdup("a closing bracket without its opening one"), error_offset, error);
    return TRUE;
}

/* Refuses what would break out of our frame; takes the patterns out. */
static gboolean guard_expression(ConditionSet *set, const char *text, gsize *error_offset, GError **error)
{
    guint depth = 0;
    gsize i = 0;

    while (text[i] != '\0') {
        if (text[i] == '\'' || text[i] == '"') {
            gsize end = find_quote_end(text, i);

            if (end == 0)
                return fail_at(i, g_strdup("a quoted text that does not end"), error_offset, error);
            i = end;
        } else if (is_word_character(text[i]) && text[i] != '$') {
            gsize start = i;

            while (is_word_character(text[i]))
                i++;
            if (i - start == strlen("regexp") && g_ascii_strncasecmp(text + start, "regexp", i - start) == 0 &&
                !take_pattern(set, text, i, &i, error_offset, error))
                return FALSE;
        } else {
            if (!guard_sign(text, i, &depth, error_offset, error))
                return FALSE;
            i++;
        }
    }
    if (depth > 0)
        return fail_at(i, g_strdup("an opening bracket without its closing one"), error_offset, error);
    return TRUE;
}

/* ---- compiling ---- */

/* Where `word` stands in `text` as a word of its own; 0 when it does not. */
static gsize find_word(const char *text, const char *word)
{
    gsize length = strlen(word);

    for (gsize i = 0; length > 0 && text[i] != '\0'; i++)
        if (g_ascii_strncasecmp(text + i, word, length) == 0 && !is_word_character(text[i + length]) &&
            (i == 0 || !is_word_character(text[i - 1])))
            return i;
    return 0;
}

static char *say_no_column(const ConditionSet *set, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *nearest;

    for (guint i = 0; i < set->columns->len; i++)
        g_ptr_array_add(names, ((const Column *)set->columns->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    nearest = yaml_find_nearest(name, (const char *const *)names->pdata);
    if (nearest != NULL)
        return g_strdup_printf("there is no column \"%s\": did you mean \"%s\"? (A text stands in single quotes: '%s')", name,
                               nearest, name);
    return g_strdup_printf("there is no column \"%s\": if it is a text, put it in single quotes: '%s'", name, name);
}

/* SQLite's words made ours. */
static char *say_mistake(const ConditionSet *set, const char *words)
{
    static const char no_column[] = "no such column: ";
    static const char no_function[] = "no such function: ";

    if (set->refusal != NULL)
        return g_strdup(set->refusal);
    if (g_str_has_prefix(words, no_column))
        return say_no_column(set, words + strlen(no_column));
    if (g_str_has_prefix(words, no_function))
        return g_strdup_printf("there is no function \"%s\": possible are %s", words + strlen(no_function), FUNCTIONS_SAID);
    /* Our own frame's bracket is where an unfinished expression is noticed. */
    if (strcmp(words, "near \")\": syntax error") == 0)
        return g_strdup("the condition ends too early: something is missing at the end or before a bracket");
    return g_strdup_printf("the condition cannot be read: %s", words);
}

static gboolean prepare(Condition *condition, gsize *error_offset, GError **error)
{
    ConditionSet *set = condition->set;
    g_autofree char *sql = g_strconcat(FRAME_START, condition->text, FRAME_END, NULL);
    const char *tail = NULL;
    gsize length = strlen(condition->text);
    int offset;

    set->selects = 0;
    g_array_set_size(set->reads, 0);
    g_clear_pointer(&set->refusal, g_free);
    g_clear_pointer(&set->refused_word, g_free);
    if (sqlite3_prepare_v3(set->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &condition->statement, &tail) != SQLITE_OK) {
        offset = sqlite3_error_offset(set->db);
        offset = offset < 0 ? 0 : offset - (int)strlen(FRAME_START);
        if (set->refused_word != NULL)
            offset = (int)find_word(condition->text, set->refused_word);
        return fail_at(MIN((gsize)MAX(offset, 0), length), say_mistake(set, sqlite3_errmsg(set->db)), error_offset, error);
    }
    if (tail == NULL || *tail != '\0' || sqlite3_column_count(condition->statement) != 1 ||
        sqlite3_bind_parameter_count(condition->statement) != 0)
        return fail_at(0, g_strdup("this is more than one expression"), error_offset, error);
    g_array_append_vals(condition->columns, set->reads->data, set->reads->len);
    return TRUE;
}

/* Runs it once where everything is known: what fails at run time or gives a text is told now and not with the first lead. */
static gboolean try_on_sample(Condition *condition, gsize *error_offset, GError **error)
{
    ConditionSet *set = condition->set;
    gboolean is_text;
    int result;

    write_sample_row(set);
    set->progress = 0;
    result = sqlite3_step(condition->statement);
    is_text = result == SQLITE_ROW && (sqlite3_column_type(condition->statement, 0) == SQLITE_TEXT ||
                                       sqlite3_column_type(condition->statement, 0) == SQLITE_BLOB);
    sqlite3_reset(condition->statement);
    if (result != SQLITE_ROW)
        return fail_at(0, g_strdup_printf("the condition fails: %s", sqlite3_errmsg(set->db)), error_offset, error);
    if (is_text)
        return fail_at(0, g_strdup("the condition gives a text and not yes or no: compare it with something"), error_offset, error);
    return TRUE;
}

/* After `prepare`: what the same expression may read is known to be allowed. */
static void prepare_test(Condition *condition)
{
    ConditionSet *set = condition->set;
    g_autofree char *sql = g_strconcat(TEST_START, condition->text, TEST_END, NULL);

    set->is_own = TRUE;
    if (sqlite3_prepare_v3(set->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &condition->test, NULL) != SQLITE_OK)
        g_error("a condition that was compiled cannot be tested: %s", sqlite3_errmsg(set->db));
    set->is_own = FALSE;
}

Condition *condition_compile(ConditionSet *set, const char *expression, gsize *error_offset, GError **error)
{
    g_autoptr(Condition) condition = g_new0(Condition, 1);

    condition->set = set;
    condition->text = g_strdup(expression);
    condition->columns = g_array_new(FALSE, FALSE, sizeof(guint));
    if (set->update == NULL)
        make_table(set);
    if (expression[strspn(expression, " \t\r\n")] == '\0') {
        fail_at(0, g_strdup("the condition is empty: write an expression, or leave the key out"), error_offset, error);
        return NULL;
    }
    if (strlen(expression) > MAX_EXPRESSION_BYTES) {
        fail_at(0, g_strdup_printf("the condition is longer than %d bytes", MAX_EXPRESSION_BYTES), error_offset, error);
        return NULL;
    }
    if (!guard_expression(set, expression, error_offset, error) || !prepare(condition, error_offset, error) ||
        !try_on_sample(condition, error_offset, error))
        return NULL;
    prepare_test(condition);
    g_ptr_array_add(set->conditions, condition);
    return g_steal_pointer(&condition);
}

/* ---- evaluating ---- */

static ConditionResult fail_evaluation(Condition *condition, const char *why)
{
    g_free(condition->failure);
    condition->failure = g_strdup(why);
    return CONDITION_FAILED;
}

static ConditionResult read_result(Condition *condition)
{
    switch (sqlite3_column_type(condition->statement, 0)) {
    case SQLITE_NULL:
        return CONDITION_UNKNOWN;
    case SQLITE_INTEGER:
        return sqlite3_column_int64(condition->statement, 0) != 0 ? CONDITION_TRUE : CONDITION_FALSE;
    case SQLITE_FLOAT:
        return sqlite3_column_double(condition->statement, 0) != 0.0 ? CONDITION_TRUE : CONDITION_FALSE;
    default:
        return fail_evaluation(condition, "it gave a text and not yes or no");
    }
}

/* Steps once on the present row; *step is SQLite's answer. FALSE when the row cannot be written. */
static gboolean step_on_row(ConditionSet *set, sqlite3_stmt *statement, int *step)
{
    if (set->is_stale && !write_row(set))
        return FALSE;
    set->progress = 0;
    *step = sqlite3_step(statement);
    return TRUE;
}

ConditionResult condition_evaluate(Condition *condition)
{
    ConditionResult result;
    int step;

    if (!step_on_row(condition->set, condition->statement, &step))
        return fail_evaluation(condition, "the lead's values are too large");
    result = step == SQLITE_ROW ? read_result(condition) : fail_evaluation(condition, sqlite3_errmsg(condition->set->db));
    sqlite3_reset(condition->statement);
    return result;
}

ConditionResult condition_test(Condition *condition)
{
    ConditionResult result = CONDITION_FALSE;
    int step;

    if (!step_on_row(condition->set, condition->test, &step))
        return fail_evaluation(condition, "the lead's values are too large");
    if (step == SQLITE_ROW)
        result = CONDITION_TRUE;
    else if (step != SQLITE_DONE)
        result = fail_evaluation(condition, sqlite3_errmsg(condition->set->db));
    sqlite3_reset(condition->test);
    return result;
}

const char *condition_get_text(const Condition *condition)
{
    return condition->text;
}

const char *condition_get_failure(const Condition *condition)
{
    return condition->failure;
}

static void append_value(GString *said, const Column *column)
{
    g_autofree char *line = NULL;

    if (column->type == COLUMN_TEXT && column->text != NULL) {
        line = text_to_line(column->text, EXPLAINED_CHARS);
        g_string_append_printf(said, "%s = '%s'", column->name, line);
    } else if (column->type == COLUMN_INTEGER && column->is_set) {
        g_string_append_printf(said, "%s = %" G_GINT64_FORMAT, column->name, column->integer);
    } else if (column->type == COLUMN_REAL && column->is_set) {
        char digits[G_ASCII_DTOSTR_BUF_SIZE];

        g_string_append_printf(said, "%s = %s", column->name, g_ascii_formatd(digits, sizeof digits, "%.15g", column->real));
    } else {
        g_string_append_printf(said, "%s unknown", column->name);
    }
}

char *condition_explain(const Condition *condition)
{
    GString *said = g_string_new(NULL);

    for (guint i = 0; i < condition->columns->len; i++) {
        if (i > 0)
            g_string_append(said, ", ");
        append_value(said, condition->set->columns->pdata[g_array_index(condition->columns, guint, i)]);
    }
    return g_string_free(said, FALSE);
}
