/*
 * rulebook/condition.h - the firm's conditions: SQL expressions over what is known of one lead
 *
 * SQLite evaluates them, in a private in-memory connection behind an authorizer, on a table `lead` with one row. No
 * other data, file or function is within reach, and the effort is bounded. One prepared statement a condition: an
 * error in one harms one. Not thread-safe: a set belongs to the thread that uses it.
 */
#ifndef USHER_RULEBOOK_CONDITION_H
#define USHER_RULEBOOK_CONDITION_H

#include <glib.h>

typedef struct ConditionSet ConditionSet;
typedef struct Condition Condition;

typedef enum { COLUMN_TEXT, COLUMN_INTEGER, COLUMN_REAL } ColumnType;

/* Unknown (NULL in SQL) is not true; an error (a limit, a bad pattern) is not true either and is said. */
typedef enum { CONDITION_FALSE, CONDITION_TRUE, CONDITION_UNKNOWN, CONDITION_FAILED } ConditionResult;

/* A set over no columns yet. */
ConditionSet *condition_set_new(void);
void condition_set_free(ConditionSet *set); /* frees its conditions too */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConditionSet, condition_set_free)

/*
 * Adds a column before the first compile. Column names are words of a-z, 0-9 and _. FALSE when the name is taken or
 * no such word.
 */
gboolean condition_set_add_column(ConditionSet *set, const char *name, ColumnType type, GError **error);
/* A whole number under a name: the same on every row, and not to be put. Else as condition_set_add_column. */
gboolean condition_set_add_constant(ConditionSet *set, const char *name, gint64 value, GError **error);
/* TRUE with its type when there is such a column. */
gboolean condition_set_find_type(const ConditionSet *set, const char *name, ColumnType *type);
gboolean condition_set_has_column(const ConditionSet *set, const char *name);

/*
 * Compiles an expression: columns, texts in single quotes, numbers, the operators of SQL, `column REGEXP 'pattern'`
 * (pattern.h; the pattern written out), and the functions abs coalesce ifnull iif instr length lower ltrim nullif
 * round rtrim substr trim upper. NULL with USHER_ERROR_CONFIG, a text that says what would be right (a near column
 * name, "quote the text"), and the byte offset of the mistake in *error_offset. The condition belongs to the set.
 */
Condition *condition_compile(ConditionSet *set, const char *expression, gsize *error_offset, GError **error);

/*
 * Empties the row (all NULL), then sets columns. A text given to an INTEGER or REAL column is converted; what is no
 * number becomes NULL, a fraction in an INTEGER column is cut off. A name that is no column is passed over.
 */
void condition_set_clear(ConditionSet *set);
void condition_set_put(ConditionSet *set, const char *column, const char *value); /* NULL value: unknown */
void condition_set_put_integer(ConditionSet *set, const char *column, gint64 value);

/* Evaluates on the present row. */
ConditionResult condition_evaluate(Condition *condition);

/*
 * The same where unknown is as good as false, and told as false: what cannot change the answer is not looked at, so that a
 * pattern behind "track = 'referral' AND" costs nothing for all other leads, and cannot fail for them.
 */
ConditionResult condition_test(Condition *condition);

/* Why the last evaluation that failed did so; NULL when none has. Borrowed until the next one. */
const char *condition_get_failure(const Condition *condition);

/*
 * The expression as written, and the columns it reads with their present values, for the `because` of a verdict:
 * "score = 55, timeline = 'immediate', budget unknown".
 */
const char *condition_get_text(const Condition *condition);
char *condition_explain(const Condition *condition); /* owned by the caller */

#endif
