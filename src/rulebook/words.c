/*
 * rulebook/words.c - the words in conditions against what their columns can hold
 *
 * SQL is content with `timeline = 'imediate'`: it is never true, and nobody hears of it. So the texts that a condition compares
 * with a column of known words (choices, tracks, kinds, tiers, routes, ...) are looked up here, once everything is read. The form
 * looked for is a column, a comparison or [NOT] IN, and texts in single quotes; whatever looks otherwise is left alone. For the same
 * reason a column is told that has no value yet when the rule is judged.
 */
#include <string.h>

#include "reader.h"

typedef enum { TOKEN_WORD, TOKEN_TEXT, TOKEN_SIGN } TokenType;

typedef struct {
    TokenType type;
    char *text;   /* of a text: without its quotes */
    gsize offset; /* of the text's first character, in bytes */
} Token;

static void token_clear(Token *token)
{
    g_free(token->text);
}

static gboolean is_word_character(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* The end of the token that starts at `start`, behind its closing quote. The condition was compiled, so every quote ends. */
static gsize find_token_end(const char *text, gsize start)
{
    gsize end = start + 1;
    if (text[start] == '\'') {
        while (text[end] != '\0' && (text[end] != '\'' || text[end + 1] == '\''))
            end += text[end] == '\'' ? 2 : 1;
        return text[end] != '\0' ? end + 1 : end;
    }
    while (is_word_character(text[start]) && is_word_character(text[end]))
        end++;
    while (text[end] != '\0' && strchr("<>=!", text[start]) != NULL && strchr("<>=", text[end]) != NULL)
        end++;
    return end;
}

static Token make_token(const char *text, gsize start, gsize end)
{
    Token token = {TOKEN_SIGN, NULL, start};
    if (text[start] == '\'') {
        token.type = TOKEN_TEXT;
        token.offset = start + 1;
        g_autofree char *inside = g_strndup(text + start + 1, end > start + 2 ? end - start - 2 : 0);
        g_auto(GStrv) pieces = g_strsplit(inside, "''", -1);
        token.text = g_strjoinv("'", pieces);
        return token;
    }
    if (is_word_character(text[start]))
        token.type = TOKEN_WORD;
    token.text = g_strndup(text + start, end - start);
    return token;
}

static GArray *split_tokens(const char *text)
{
    GArray *tokens = g_array_new(FALSE, FALSE, sizeof(Token));
    g_array_set_clear_func(tokens, (GDestroyNotify)token_clear);
    for (gsize at = 0; text[at] != '\0';) {
        if (g_ascii_isspace(text[at])) {
            at++;
            continue;
        }
        gsize end = find_token_end(text, at);
        Token token = make_token(text, at, end);
        g_array_append_val(tokens, token);
        at = end;
    }
    return tokens;
}

/* ---- what columns can hold ---- */

typedef struct {
    GPtrArray *words;    /* const char*, NULL-terminated; NULL: any text */
    gboolean is_certain; /* else another word may come from elsewhere, so that it is only warned of */
} ColumnWords;

static void add_choices(const FieldRule *field, ColumnWords *column)
{
    for (guint i = 0; i < field->choices->len; i++)
        g_ptr_array_add(column->words, ((const FieldChoice *)g_ptr_array_index(field->choices, i))->value);
    column->is_certain = !field->is_service; /* rules may be ready for a service the firm will offer one day */
}

static void add_enumeration(const char *name, GPtrArray *words)
{
    if (strcmp(name, "track") == 0)
        for (guint i = 0; i < TRACK_COUNT; i++)
            g_ptr_array_add(words, (gpointer)(gintptr)track_get_name((Track)i));
    if (strcmp(name, "kind") == 0)
        for (guint i = 0; i < KIND_COUNT; i++)
            g_ptr_array_add(words, (gpointer)(gintptr)kind_get_name((MessageKind)i));
    if (strcmp(name, "status") == 0)
        for (guint i = 0; i < STATUS_COUNT; i++)
            g_ptr_array_add(words, (gpointer)(gintptr)status_get_name((LeadStatus)i));
}

static void add_rule_names(const Rulebook *rulebook, const char *name, ColumnWords *column)
{
    static const char *const exceptions[] = {"undecided",    "review",           "bounced",     "conflict-check",
                                             "missing-data", "conflicting-info", "out-of-scope"};
    if (strcmp(name, "tier") == 0)
        for (guint i = 0; i < rulebook->tiers->len; i++)
            g_ptr_array_add(column->words, ((const TierRule *)g_ptr_array_index(rulebook->tiers, i))->name);
    const Dimension *dimension = rulebook_find_dimension(rulebook, name);
    for (guint i = 0; dimension != NULL && i < dimension->verdicts->len; i++)
        g_ptr_array_add(column->words, ((const VerdictRule *)g_ptr_array_index(dimension->verdicts, i))->name);
    if (strcmp(name, "route") == 0)
        for (guint i = 0; i < rulebook->routes->len; i++)
            g_ptr_array_add(column->words, ((const RouteRule *)g_ptr_array_index(rulebook->routes, i))->name);
    if (strcmp(name, "exception") == 0)
        for (guint i = 0; i < G_N_ELEMENTS(exceptions); i++)
            g_ptr_array_add(column->words, (gpointer)(gintptr)exceptions[i]);
    if (strcmp(name, "channel") == 0) {
        for (guint i = 0; i < rulebook->channels->len; i++)
            g_ptr_array_add(column->words, ((const Channel *)g_ptr_array_index(rulebook->channels, i))->name);
        column->is_certain = FALSE;
    }
}

static ColumnWords get_column_words(const Rulebook *rulebook, const char *name)
{
    ColumnWords column = {g_ptr_array_new(), TRUE};
    const FieldRule *field = rulebook_find_field(rulebook, name);
    if (field != NULL && field->type == FIELD_CHOICE) {
        add_choices(field, &column);
    } else if (field == NULL) {
        add_enumeration(name, column.words);
        add_rule_names(rulebook, name, &column);
    }
    g_ptr_array_add(column.words, NULL);
    return column;
}

/* ---- looking at conditions ---- */

static void check_word(const YamlNode *node, const char *name, const ColumnWords *column, const Token *token)
{
    const char *const *all = (const char *const *)(gconstpointer)column->words->pdata;
    if (column->words->len <= 1 || g_strv_contains(all, token->text))
        return;
    g_autofree char *list = yaml_join_words(all);
    const char *near = yaml_find_nearest(token->text, all);
    g_autofree char *what = near != NULL ? g_strdup_printf("\"%s\" is never '%s'; did you mean '%s'?", name, token->text, near)
                                         : g_strdup_printf("\"%s\" is never '%.60s'; it can be: %s", name, token->text, list);
    if (column->is_certain)
        yaml_problem_at(node, token->offset, "%s", what);
    else
        yaml_warning(node, "%s", what);
}

static gboolean is_word(const GArray *tokens, guint i, const char *word)
{
    return i < tokens->len && g_ascii_strcasecmp(g_array_index(tokens, Token, i).text, word) == 0 &&
           g_array_index(tokens, Token, i).type != TOKEN_TEXT;
}

static gboolean is_text(const GArray *tokens, guint i)
{
    return i < tokens->len && g_array_index(tokens, Token, i).type == TOKEN_TEXT;
}

static gboolean is_equality(const GArray *tokens, guint i)
{
    static const char *const signs[] = {"=", "==", "<>", "!="};
    for (guint s = 0; s < G_N_ELEMENTS(signs); s++)
        if (is_word(tokens, i, signs[s]))
            return TRUE;
    return FALSE;
}

/* The texts that the column at `i` is compared with. */
static void check_column(const Rulebook *rulebook, const YamlNode *node, const GArray *tokens, guint i)
{
    const char *name = g_array_index(tokens, Token, i).text;
    ColumnWords column = get_column_words(rulebook, name);
    guint next = i + 1;
    if (is_word(tokens, next, "IS"))
        next++;
    if (is_word(tokens, next, "NOT"))
        next++;
    if (is_equality(tokens, next))
        next++;
    if (is_text(tokens, next) && next > i + 1)
        check_word(node, name, &column, &g_array_index(tokens, Token, next));
    if (is_word(tokens, next, "IN") && is_word(tokens, next + 1, "("))
        for (next += 2; is_text(tokens, next); next += is_word(tokens, next + 1, ",") ? 2 : 1)
            check_word(node, name, &column, &g_array_index(tokens, Token, next));
    g_ptr_array_unref(column.words);
}

/* ---- texts and numbers ---- */

typedef enum { SORT_UNKNOWN, SORT_TEXT, SORT_NUMBER } Sort;

static gboolean is_number(const char *text)
{
    char *end = NULL;
    g_ascii_strtod(text, &end);
    return end != text && *end == '\0';
}

static Sort find_column_sort(const Rulebook *rulebook, const char *name)
{
    ColumnType type;
    if (!condition_set_find_type(rulebook->conditions, name, &type))
        return SORT_UNKNOWN;
    return type == COLUMN_TEXT ? SORT_TEXT : SORT_NUMBER;
}

/* Of an operand that is a single token; what a calculation or a function gives is not known. A number in quotes is taken for one by SQL. */
static Sort find_sort(const Rulebook *rulebook, const GArray *tokens, guint i)
{
    if (i >= tokens->len)
        return SORT_UNKNOWN;
    const Token *token = &g_array_index(tokens, Token, i);
    if (token->type == TOKEN_TEXT)
        return SORT_TEXT;
    if (token->type == TOKEN_WORD)
        return g_ascii_isdigit(*token->text) ? SORT_NUMBER : find_column_sort(rulebook, token->text);
    return SORT_UNKNOWN;
}

static void check_sorts(const Rulebook *rulebook, const YamlNode *node, const GArray *tokens, guint left, guint right)
{
    Sort sorts[] = {find_sort(rulebook, tokens, left), find_sort(rulebook, tokens, right)};
    if (sorts[0] == SORT_UNKNOWN || sorts[1] == SORT_UNKNOWN || sorts[0] == sorts[1])
        return;
    const Token *text = &g_array_index(tokens, Token, sorts[0] == SORT_TEXT ? left : right);
    const Token *number = &g_array_index(tokens, Token, sorts[0] == SORT_TEXT ? right : left);
    if (text->type == TOKEN_TEXT && is_number(text->text) && !g_ascii_isdigit(*number->text))
        return;
    yaml_warning_at(node, g_array_index(tokens, Token, right).offset,
                    "a text (%.60s) is compared with a number (%.60s), which never says what is meant: compare texts with texts in "
                    "quotes, numbers with numbers without",
                    text->text, number->text);
}

static gboolean is_comparison(const GArray *tokens, guint i)
{
    static const char *const signs[] = {"<", "<=", ">", ">=", "BETWEEN"};
    for (guint s = 0; s < G_N_ELEMENTS(signs); s++)
        if (is_word(tokens, i, signs[s]))
            return TRUE;
    return is_equality(tokens, i);
}

/* Both sides of the comparison at `i`. Pieces put together with || are no single operand. */
static void check_comparison(const Rulebook *rulebook, const YamlNode *node, const GArray *tokens, guint i)
{
    guint left = i - 1;
    if (i == 0 || (left > 0 && is_word(tokens, left - 1, "|")) || is_word(tokens, i + 2, "|"))
        return;
    if (is_word(tokens, left, "NOT") && left > 0)
        left--;
    if (is_word(tokens, i, "IN") && is_word(tokens, i + 1, "(")) {
        for (guint next = i + 2; next < tokens->len && find_sort(rulebook, tokens, next) != SORT_UNKNOWN;
             next += is_word(tokens, next + 1, ",") ? 2 : 1)
            check_sorts(rulebook, node, tokens, left, next);
        return;
    }
    if (!is_comparison(tokens, i))
        return;
    check_sorts(rulebook, node, tokens, left, i + 1);
    if (is_word(tokens, i, "BETWEEN") && is_word(tokens, i + 2, "AND"))
        check_sorts(rulebook, node, tokens, left, i + 3);
}

/* "/ 0" and "% 0.0": unknown on every lead. */
static void check_division(const YamlNode *node, const GArray *tokens, guint i)
{
    if ((!is_word(tokens, i, "/") && !is_word(tokens, i, "%")) || i + 1 >= tokens->len)
        return;
    const Token *divisor = &g_array_index(tokens, Token, i + 1);
    gboolean has_fraction = is_word(tokens, i + 2, ".") && i + 3 < tokens->len;
    const char *fraction = has_fraction ? g_array_index(tokens, Token, i + 3).text : "";
    if (divisor->type == TOKEN_WORD && divisor->text[strspn(divisor->text, "0")] == '\0' && fraction[strspn(fraction, "0")] == '\0')
        yaml_warning_at(node, divisor->offset,
                        "a division by zero is unknown, so that the condition never holds: divide by something else");
}

void reader_check_late(const YamlNode *condition, const char *const *late)
{
    g_autoptr(GArray) tokens = split_tokens(yaml_get_text(condition));
    for (guint i = 0; i < tokens->len; i++) {
        const Token *token = &g_array_index(tokens, Token, i);
        if (token->type == TOKEN_WORD && g_strv_contains(late, token->text))
            yaml_problem_at(condition, token->offset,
                            "\"%s\" is not known yet here: facts are judged first, then contradictions, BANT and dimensions, then "
                            "score, tier and "
                            "route",
                            token->text);
    }
}

void reader_check_words(const RulebookReader *reader)
{
    for (guint i = 0; i < reader->conditions->len; i++) {
        const YamlNode *node = g_ptr_array_index(reader->conditions, i);
        g_autoptr(GArray) tokens = split_tokens(yaml_get_text(node));
        for (guint t = 0; t < tokens->len; t++) {
            if (g_array_index(tokens, Token, t).type == TOKEN_WORD)
                check_column(reader->rulebook, node, tokens, t);
            check_comparison(reader->rulebook, node, tokens, t);
            check_division(node, tokens, t);
        }
    }
}
