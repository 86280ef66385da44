/*
 * rulebook/literals.c - which words a pattern cannot match without
 *
 * Takes the text of a pattern; gives a set of words one of which stands in every match, and how far from the start of the match at most. Only where such a
 * word stands has a text to be looked through, and most texts hold none for most patterns: one look at the letters of a text saves some fifty searches.
 *
 * Only what is certain is said. The reader walks through the pattern once: of things one after the other the best is taken (long words, few of
 * them), of alternatives all are needed, and what may be absent (an optional group, a character class) says nothing. Syntax that is
 * not understood for certain (verbs, recursion, back references, conditions, extended mode, quoting) gives no answer at all.
 */
#include "literals.h"

#include <string.h>

enum { MAX_DEPTH = 60, MAX_WORDS = 200, MAX_BEFORE_BYTES = 2000, CHARACTER_BYTES = 4 };

typedef struct {
    const char *at;
    guint depth;
    gboolean is_lost; /* something stood there that is not understood */
} Reader;

/* One alternative while it is read. */
typedef struct {
    GString *run;       /* plain characters one after the other, up to here */
    gsize run_before;   /* bytes before the run, at most */
    gsize length_bytes; /* of all up to here, at most */
    Literals *best;
} Branch;

static Literals *read_alternatives(Reader *reader, gsize *length_bytes);

/* ---- lengths ---- */

static gsize add_lengths(gsize a, gsize b)
{
    return a > MAX_BEFORE_BYTES || b > MAX_BEFORE_BYTES || a + b > MAX_BEFORE_BYTES ? G_MAXSIZE : a + b;
}

static gsize repeat_length(gsize length, gsize most)
{
    return length == 0 ? 0 : length > MAX_BEFORE_BYTES || most > MAX_BEFORE_BYTES ? G_MAXSIZE : add_lengths(length * most, 0);
}

/* ---- sets of words ---- */

void literals_free(Literals *literals)
{
    if (literals == NULL)
        return;
    g_ptr_array_unref(literals->words);
    g_free(literals);
}

/* How well a set tells texts apart: long words, few of them, and where to look for the match. */
static gint get_worth(const Literals *set)
{
    gsize shortest = G_MAXSIZE;

    for (guint i = 0; i < set->words->len; i++)
        shortest = MIN(shortest, strlen(set->words->pdata[i]));
    return (gint)MIN(shortest, 20) * 8 - (gint)set->words->len - (set->before_bytes == G_MAXSIZE ? 24 : 0);
}

static void take_better(Branch *branch, Literals *take_set)
{
    if (take_set == NULL)
        return;
    if (branch->best != NULL && get_worth(branch->best) >= get_worth(take_set)) {
        literals_free(take_set);
        return;
    }
    literals_free(branch->best);
    branch->best = take_set;
}

/* Ends a run of plain characters; the next one begins behind all that is read. */
static void end_run(Branch *branch)
{
    if (branch->run->len >= LITERAL_LEAST_BYTES) {
        Literals *set = g_new0(Literals, 1);

        set->words = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(set->words, g_strdup(branch->run->str));
        set->before_bytes = branch->run_before;
        take_better(branch, set);
    }
    g_string_truncate(branch->run, 0);
    branch->run_before = branch->length_bytes;
}

/* ---- quantifiers ---- */

typedef struct {
    gsize least, most;
    gboolean is_there;
} Quantifier;

/* {n}, {n,} or {n,m} at `at`: how long it is; 0 when the brace is a plain one. */
static gsize measure_braces(const char *at, Quantifier *quantifier)
{
    const char *end = at + 1 + strspn(at + 1, "0123456789");
    gsize least = (gsize)MIN(g_ascii_strtoull(at + 1, NULL, 10), 100000);
    gsize most = least;

    if (end == at + 1)
        return 0;
    if (*end == ',') {
        most = g_ascii_isdigit(end[1]) ? (gsize)MIN(g_ascii_strtoull(end + 1, NULL, 10), 100000) : G_MAXSIZE;
        end += 1 + strspn(end + 1, "0123456789");
    }
    if (*end != '}')
        return 0;
    quantifier->least = least;
    quantifier->most = most;
    return (gsize)(end + 1 - at);
}

/* The quantifier behind an atom, if there is one. */
static Quantifier read_quantifier(Reader *reader)
{
    Quantifier quantifier = {1, 1, FALSE};
    gsize length = 1;

    if (*reader->at == '?' || *reader->at == '*' || *reader->at == '+') {
        quantifier.least = *reader->at == '+';
        quantifier.most = *reader->at == '?' ? 1 : G_MAXSIZE;
    } else {
        length = *reader->at == '{' ? measure_braces(reader->at, &quantifier) : 0;
    }
    quantifier.is_there = length > 0;
    reader->at += length;
    if (length > 0 && (*reader->at == '?' || *reader->at == '+'))
        reader->at++;
    return quantifier;
}

/* ---- atoms ---- */

/* A plain character. One that is repeated ends the run: only once is it certain. */
static void read_plain(Reader *reader, char c, Branch *branch)
{
    Quantifier quantifier;
    gsize length;

    reader->at++;
    quantifier = read_quantifier(reader);
    length = repeat_length(CHARACTER_BYTES, quantifier.most);
    if ((guchar)c >= 0x20 && (guchar)c <= 0x7E && !quantifier.is_there) {
        g_string_append_c(branch->run, g_ascii_tolower(c));
        branch->length_bytes = add_lengths(branch->length_bytes, length);
        return;
    }
    branch->length_bytes = add_lengths(branch->length_bytes, length);
    end_run(branch);
}

/* One character of unknown kind. */
static void skip_atom(Reader *reader, Branch *branch)
{
    Quantifier quantifier = read_quantifier(reader);

    branch->length_bytes = add_lengths(branch->length_bytes, repeat_length(CHARACTER_BYTES, quantifier.most));
    end_run(branch);
}

static void skip_class(Reader *reader)
{
    reader->at++;
    if (*reader->at == '^')
        reader->at++;
    if (*reader->at == ']')
        reader->at++;
    while (*reader->at != '\0' && *reader->at != ']') {
        if (reader->at[0] == '\\' && reader->at[1] != '\0') {
            reader->is_lost |= reader->at[1] == 'Q';
            reader->at += 2;
        } else if (reader->at[0] == '[' && reader->at[1] == ':' && strstr(reader->at, ":]") != NULL) {
            reader->at = strstr(reader->at, ":]") + 2;
        } else {
            reader->at++;
        }
    }
    if (*reader->at == ']')
        reader->at++;
}

/* What belongs to the escape behind reader->at: \p{Lu}, \pL, \x{a0}, \xa0. */
static void skip_escape_name(Reader *reader, char escape)
{
    const char *end = *reader->at == '{' ? strchr(reader->at, '}') : NULL;

    if (end != NULL)
        reader->at = end + 1;
    else if (escape == 'x')
        reader->at += MIN(strspn(reader->at, "0123456789abcdefABCDEF"), 2);
    else if (*reader->at != '\0')
        reader->at++;
}

static void read_escape(Reader *reader, Branch *branch)
{
    char c = reader->at[1];

    if (c != '\0' && strchr("bBAzZG", c) != NULL) {
        reader->at += 2;
    } else if (c != '\0' && strchr("dDwWsShHvVNtnrfea", c) != NULL) {
        reader->at += 2;
        skip_atom(reader, branch);
    } else if (c != '\0' && strchr("pPx", c) != NULL) {
        reader->at += 2;
        skip_escape_name(reader, c);
        skip_atom(reader, branch);
    } else if (g_ascii_ispunct(c)) {
        reader->at++;
        read_plain(reader, c, branch);
    } else {
        reader->is_lost = TRUE;
    }
}

/* ---- groups ---- */

typedef enum { GROUP_COUNTS, GROUP_ASSERTS, GROUP_EMPTY } GroupKind;

/* Flags, "i:" or "-i)". Extended mode and all that is no flag is not understood. */
static GroupKind read_group_flags(Reader *reader)
{
    gsize flags = strspn(reader->at, "imsnJU-^");

    reader->at += flags;
    if (*reader->at == ')')
        return GROUP_EMPTY;
    reader->is_lost |= *reader->at != ':' && !(flags == 0 && (*reader->at == '>' || *reader->at == '|'));
    reader->at++;
    return GROUP_COUNTS;
}

/* The name of a group behind "(?" or "(?P". */
static GroupKind read_group_name(Reader *reader, const char *at)
{
    const char *end = strchr(at + 1, *at == '<' ? '>' : '\'');

    reader->is_lost |= end == NULL;
    reader->at = end != NULL ? end + 1 : at;
    return GROUP_COUNTS;
}

/* Moves from behind "(" to the first character of the content. */
static GroupKind read_group_start(Reader *reader)
{
    const char *at = reader->at;

    if (*at != '?') {
        reader->is_lost |= *at == '*';
        return GROUP_COUNTS;
    }
    at++;
    if (*at == '!' || *at == '=' || (*at == '<' && (at[1] == '!' || at[1] == '='))) {
        reader->at = at + (*at == '<' ? 2 : 1);
        return GROUP_ASSERTS;
    }
    if (*at == '#') {
        reader->at = at + strcspn(at, ")");
        return GROUP_EMPTY;
    }
    if (*at == '<' || *at == '\'' || (*at == 'P' && at[1] == '<'))
        return read_group_name(reader, *at == 'P' ? at + 1 : at);
    reader->at = at;
    return read_group_flags(reader);
}

/* An assertion takes up no text and says nothing about the match; a group that may be absent says nothing either. */
static void read_group(Reader *reader, Branch *branch)
{
    Literals *set = NULL;
    Quantifier quantifier = {1, 1, FALSE};
    gsize length = 0;
    GroupKind kind;

    reader->at++;
    kind = read_group_start(reader);
    if (reader->is_lost || ++reader->depth > MAX_DEPTH) {
        reader->is_lost = TRUE;
        return;
    }
    end_run(branch);
    if (kind != GROUP_EMPTY)
        set = read_alternatives(reader, &length);
    reader->depth--;
    if (*reader->at == ')')
        reader->at++;
    if (kind != GROUP_EMPTY)
        quantifier = read_quantifier(reader);
    if (kind == GROUP_COUNTS && quantifier.least > 0 && set != NULL) {
        set->before_bytes = add_lengths(branch->length_bytes, set->before_bytes);
        take_better(branch, g_steal_pointer(&set));
    }
    literals_free(set);
    if (kind == GROUP_COUNTS)
        branch->length_bytes = add_lengths(branch->length_bytes, repeat_length(length, quantifier.most));
    branch->run_before = branch->length_bytes;
}

/* ---- sequences and alternatives ---- */

/* One alternative, up to "|", ")" or the end. */
static Literals *read_branch(Reader *reader, gsize *length_bytes)
{
    g_autoptr(GString) run = g_string_new(NULL);
    Branch branch = {.run = run};

    while (!reader->is_lost && *reader->at != '\0' && *reader->at != '|' && *reader->at != ')') {
        switch (*reader->at) {
        case '(':
            read_group(reader, &branch);
            break;
        case '[':
            skip_class(reader);
            skip_atom(reader, &branch);
            break;
        case '\\':
            read_escape(reader, &branch);
            break;
        case '.':
            reader->at++;
            skip_atom(reader, &branch);
            break;
        case '^':
        case '$':
            reader->at++;
            break;
        default:
            read_plain(reader, *reader->at, &branch);
        }
    }
    end_run(&branch);
    *length_bytes = branch.length_bytes;
    return branch.best;
}

/* All alternatives are needed: one that says nothing silences the others. */
static Literals *read_alternatives(Reader *reader, gsize *length_bytes)
{
    Literals *all = read_branch(reader, length_bytes);
    gboolean is_silent = all == NULL;

    while (!reader->is_lost && *reader->at == '|') {
        gsize length = 0;
        Literals *more;

        reader->at++;
        more = read_branch(reader, &length);
        *length_bytes = MAX(*length_bytes, length);
        is_silent = is_silent || more == NULL || all->words->len + more->words->len > MAX_WORDS;
        if (!is_silent) {
            all->before_bytes = MAX(all->before_bytes, more->before_bytes);
            for (guint i = 0; i < more->words->len; i++)
                g_ptr_array_add(all->words, g_strdup(more->words->pdata[i]));
        }
        literals_free(more);
    }
    if (is_silent || reader->is_lost)
        g_clear_pointer(&all, literals_free);
    return all;
}

Literals *literals_find(const char *pattern)
{
    Reader reader = {.at = pattern};
    gsize length = 0;
    Literals *all = read_alternatives(&reader, &length);

    /* Whatever is left over was not understood. */
    if (*reader.at != '\0')
        g_clear_pointer(&all, literals_free);
    return all;
}
