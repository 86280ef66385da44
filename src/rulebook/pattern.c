/*
 * rulebook/pattern.c - the firm's regular expressions (the one home of PCRE2)
 *
 * Takes patterns as the firm wrote them; gives spans. A pattern that cannot be compiled is the firm's mistake and told with its
 * place. A pattern that hits a bound while it matches has failed, and the caller says so.
 *
 * PCRE2 counts the match limit anew at every start position, so the limit alone bounds nothing on a long text. The text is
 * therefore looked through in slices of start positions, with a deadline looked at between them. Slices grow while they are
 * cheap: many calls on a harmless text would cost more than the matching.
 *
 * Match data, match context and JIT stack are made once a thread.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "usher/rulebook/pattern.h"

#include "literals.h"
#include "usher/base/error.h"

#include <pcre2.h>
#include <string.h>

enum {
    MARK_LOG = 15,
    MARKED_LETTERS = 5, /* letters in a row tell texts apart: five well, three (of shorter words) poorly */
    MARKED_SHORT_LETTERS = 3,
    MAX_PATTERN_BYTES = 16 * 1024,
    MAX_SUBJECT_BYTES = 64 * 1024,
    MAX_PARENTHESES = 100,
    MATCH_LIMIT = 10000,
    HEAP_LIMIT_KIB = 4096,
    FIRST_SLICE_BYTES = 255,
    LAST_SLICE_BYTES = 2040,
    CHEAP_SLICE_US = 1000,
    DEADLINE_US = 50 * 1000,
    JIT_STACK_FIRST_BYTES = 32 * 1024,
    JIT_STACK_MOST_BYTES = 1024 * 1024,
};

typedef struct {
    const char *name; /* borrowed from Pattern.names */
    guint number;
} NamedGroup;

/* Where the first and the last letters of a word are marked in a PatternText. */
typedef struct {
    guint16 head, tail;
} WordMarks;

struct Pattern {
    pcre2_code *code;
    guint groups;      /* with the whole match */
    char **names;      /* each once, NULL-terminated */
    NamedGroup *named; /* in the order of their numbers */
    guint named_length;
    gboolean has_value; /* a group is called "value" */
    Literals *literals; /* words of which a match holds one; NULL: not known */
    WordMarks *marks;   /* of each of them */
};

/* What matching needs beside the pattern, once a thread. */
typedef struct {
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
} Workplace;

static void workplace_free(gpointer data)
{
    Workplace *place = data;

    pcre2_match_data_free(place->data);
    pcre2_match_context_free(place->context);
    pcre2_jit_stack_free(place->stack);
    g_free(place);
}

static GPrivate workplace_key = G_PRIVATE_INIT(workplace_free);

static Workplace *workplace_get(void)
{
    Workplace *place = g_private_get(&workplace_key);

    if (place != NULL)
        return place;
    place = g_new0(Workplace, 1);
    place->context = pcre2_match_context_create(NULL);
    place->data = pcre2_match_data_create(PATTERN_MAX_GROUPS, NULL);
    place->stack = pcre2_jit_stack_create(JIT_STACK_FIRST_BYTES, JIT_STACK_MOST_BYTES, NULL);
    if (place->context == NULL || place->data == NULL || place->stack == NULL)
        g_error("out of memory for matching patterns");
    pcre2_set_match_limit(place->context, MATCH_LIMIT);
    pcre2_set_heap_limit(place->context, HEAP_LIMIT_KIB);
    pcre2_jit_stack_assign(place->context, NULL, place->stack);
    g_private_set(&workplace_key, place);
    return place;
}

/* ---- compiling ---- */

static pcre2_code *compile_code(const char *text, gsize *error_offset, GError **error)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code;
    PCRE2_UCHAR words[256];
    PCRE2_SIZE offset = 0;
    int problem = 0;

    if (context == NULL)
        g_error("out of memory for compiling a pattern");
    pcre2_set_max_pattern_length(context, MAX_PATTERN_BYTES);
    pcre2_set_parens_nest_limit(context, MAX_PARENTHESES);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    code = pcre2_compile((PCRE2_SPTR)text, strlen(text),
                         PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_MULTILINE | PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C |
                             PCRE2_USE_OFFSET_LIMIT,
                         &problem, &offset, context);
    pcre2_compile_context_free(context);
    if (code == NULL) {
        pcre2_get_error_message(problem, words, sizeof words);
        *error_offset = MIN(offset, strlen(text));
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "the pattern cannot be read: %s", (const char *)words);
    }
    return code;
}

static int compare_named_groups(gconstpointer a, gconstpointer b)
{
    const NamedGroup *one = a;
    const NamedGroup *other = b;

    return (one->number > other->number) - (one->number < other->number);
}

/* PCRE2's table: entries of one size, each with the number in two bytes and the name with its NUL. */
static void read_group_names(Pattern *pattern)
{
    guint32 count = 0;
    guint32 size = 0;
    PCRE2_SPTR table = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table);
    pattern->named = g_new0(NamedGroup, count + 1);
    pattern->named_length = count;
    for (guint i = 0; i < count; i++) {
        const guint8 *entry = table + (gsize)i * size;
        const char *name = (const char *)entry + 2;

        /* The table is sorted by name: the groups of one name stand together. */
        if (names->len == 0 || strcmp(names->pdata[names->len - 1], name) != 0)
            g_ptr_array_add(names, g_strdup(name));
        pattern->named[i].name = names->pdata[names->len - 1];
        pattern->named[i].number = (guint)entry[0] << 8 | entry[1];
        pattern->has_value = pattern->has_value || strcmp(name, "value") == 0;
    }
    g_ptr_array_add(names, NULL);
    pattern->names = (char **)g_ptr_array_steal(names, NULL);
    qsort(pattern->named, count, sizeof *pattern->named, compare_named_groups);
}

/* ---- words that a match cannot do without ---- */

/* The last eight letters, the newest lowest, without their case. */
static guint64 shift_in(guint64 letters, char byte)
{
    guchar c = (guchar)byte;

    return letters << 8 | (c >= 'A' && c <= 'Z' ? c | 0x20u : c);
}

static guint16 find_mark(guint64 letters, guint count)
{
    guint64 last = letters & ((G_GUINT64_CONSTANT(1) << (8 * count)) - 1);

    return (guint16)((last * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15)) >> (64 - MARK_LOG));
}

static WordMarks make_marks(const char *word)
{
    gsize length = strlen(word);
    guint count = length >= MARKED_LETTERS ? MARKED_LETTERS : MARKED_SHORT_LETTERS;
    guint64 head = 0;
    guint64 tail = 0;

    for (guint i = 0; i < count; i++) {
        head = shift_in(head, word[i]);
        tail = shift_in(tail, word[length - count + i]);
    }
    return (WordMarks){find_mark(head, count), find_mark(tail, count)};
}

static void read_literals(Pattern *pattern, const char *text)
{
    pattern->literals = literals_find(text);
    if (pattern->literals == NULL)
        return;
    pattern->marks = g_new0(WordMarks, pattern->literals->words->len);
    for (guint i = 0; i < pattern->literals->words->len; i++)
        pattern->marks[i] = make_marks(pattern->literals->words->pdata[i]);
}

Pattern *pattern_compile(const char *text, gsize *error_offset, GError **error)
{
    g_autoptr(Pattern) pattern = g_new0(Pattern, 1);
    guint32 groups = 0;

    pattern->code = compile_code(text, error_offset, error);
    if (pattern->code == NULL)
        return NULL;
    pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups >= PATTERN_MAX_GROUPS) {
        *error_offset = 0;
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                    "the pattern has %u groups, at most %d are possible: write (?:...) where nothing is to be taken out", groups,
                    PATTERN_MAX_GROUPS - 1);
        return NULL;
    }
    pattern->groups = groups + 1;
    read_group_names(pattern);
    read_literals(pattern, text);
    /* Without JIT (a machine that has none) the interpreter does the same more slowly. */
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    return g_steal_pointer(&pattern);
}

void pattern_free(Pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    g_strfreev(pattern->names);
    literals_free(pattern->literals);
    g_free(pattern->marks);
    g_free(pattern->named);
    g_free(pattern);
}

/* ---- matching ---- */

/* The next start of a character at or after `offset`. */
static gsize next_character(const char *subject, gsize length, gsize offset)
{
    while (offset < length && ((guchar)subject[offset] & 0xC0) == 0x80)
        offset++;
    return offset;
}

/* A text longer than we look at ends at a character. */
static gsize cut_subject(const char *subject, gsize length)
{
    if (length <= MAX_SUBJECT_BYTES)
        return length;
    length = MAX_SUBJECT_BYTES;
    while (length > 0 && ((guchar)subject[length] & 0xC0) == 0x80)
        length--;
    return length;
}

static void fill_match(const Pattern *pattern, const Workplace *place, int pairs, PatternMatch *match)
{
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(place->data);

    match->groups = pattern->groups;
    for (guint i = 0; i < pattern->groups; i++) {
        gboolean is_set = i < (guint)pairs && spans[2 * i] != PCRE2_UNSET;

        match->start[i] = is_set ? spans[2 * i] : G_MAXSIZE;
        match->end[i] = is_set ? spans[2 * i + 1] : G_MAXSIZE;
    }
    /* \K in a lookahead can end a match before its start. */
    if (match->end[0] < match->start[0])
        match->end[0] = match->start[0];
}

/* The first match that starts in [start, last]. */
static PatternResult match_between(const Pattern *pattern, const char *subject, gsize length, gsize start, gsize last,
                                   gint64 deadline, PatternMatch *match)
{
    Workplace *place = workplace_get();
    gint64 began = last - start >= FIRST_SLICE_BYTES ? g_get_monotonic_time() : 0; /* of no use in one slice */
    gsize slice = FIRST_SLICE_BYTES;

    while (start <= last) {
        gint64 now;
        int result;

        pcre2_set_offset_limit(place->context, MIN(start + slice - 1, last));
        result = pcre2_match(pattern->code, (PCRE2_SPTR)subject, length, start, PCRE2_NO_UTF_CHECK, place->data, place->context);
        if (result > 0) {
            fill_match(pattern, place, result, match);
            return PATTERN_MATCH;
        }
        if (result != PCRE2_ERROR_NOMATCH)
            return PATTERN_LIMIT;
        if (last - start < slice)
            return PATTERN_NO_MATCH;
        start = next_character(subject, length, start + slice);
        now = g_get_monotonic_time();
        if (now > deadline)
            return PATTERN_LIMIT;
        slice = now - began < CHEAP_SLICE_US ? MIN(slice * 2, (gsize)LAST_SLICE_BYTES) : FIRST_SLICE_BYTES;
        began = now;
    }
    return PATTERN_NO_MATCH;
}

PatternResult pattern_match(const Pattern *pattern, const char *subject, gsize length, gsize start, PatternMatch *match)
{
    length = cut_subject(subject, length);
    return match_between(pattern, subject, length, start, length, g_get_monotonic_time() + DEADLINE_US, match);
}

/* ---- many patterns on one text ---- */

struct PatternText {
    const char *subject;
    gsize length;
    char *folded;       /* the same bytes, ASCII letters in lower case */
    gboolean is_unsure; /* letters stand in it that are an ASCII one when case does not count: words cannot be looked for */
    guint64 marks[(1 << MARK_LOG) / 64];
};

static void set_mark(PatternText *text, guint16 mark)
{
    text->marks[mark / 64] |= G_GUINT64_CONSTANT(1) << (mark % 64);
}

static gboolean has_mark(const PatternText *text, guint16 mark)
{
    return (text->marks[mark / 64] >> (mark % 64) & 1) != 0;
}

PatternText *pattern_text_new(const char *subject, gsize length)
{
    /* The Kelvin sign and the long s are k and s in another case. */
    static const guchar kelvin[] = {0xE2, 0x84, 0xAA};
    static const guchar long_s[] = {0xC5, 0xBF};
    PatternText *text = g_new0(PatternText, 1);
    guint64 letters = 0;
    guchar all = 0;

    text->subject = subject;
    text->length = cut_subject(subject, length);
    text->folded = g_malloc(text->length + 1);
    for (gsize i = 0; i < text->length; i++) {
        all |= (guchar)subject[i];
        letters = shift_in(letters, subject[i]);
        /* A NUL would end the search; no word holds one. */
        text->folded[i] = subject[i] != '\0' ? (char)(letters & 0xFF) : ' ';
        set_mark(text, find_mark(letters, MARKED_LETTERS));
        set_mark(text, find_mark(letters, MARKED_SHORT_LETTERS));
    }
    text->folded[text->length] = '\0';
    text->is_unsure = all >= 0x80 && (memmem(subject, text->length, kelvin, sizeof kelvin) != NULL ||
                                      memmem(subject, text->length, long_s, sizeof long_s) != NULL);
    return text;
}

void pattern_text_free(PatternText *text)
{
    if (text == NULL)
        return;
    g_free(text->folded);
    g_free(text);
}

/* Where the next of the pattern's words stands at or after `from`; G_MAXSIZE when none does. */
static gsize find_word(const Pattern *pattern, const PatternText *text, gsize from)
{
    gsize first = G_MAXSIZE;

    for (guint i = 0; from < text->length && i < pattern->literals->words->len; i++) {
        const char *word = pattern->literals->words->pdata[i];
        const char *found;

        if (!has_mark(text, pattern->marks[i].head) || !has_mark(text, pattern->marks[i].tail))
            continue;
        found = strstr(text->folded + from, word);
        if (found != NULL)
            first = MIN(first, (gsize)(found - text->folded));
    }
    return first;
}

/*
 * Every match holds one of the words, and begins at most before_bytes in front of it: so only starts from there up to the word are tried, word by
 * word. No earlier match is missed: it would hold a later word, and begin within the same stretch.
 */
PatternResult pattern_match_text(const Pattern *pattern, const PatternText *text, gsize start, PatternMatch *match)
{
    gboolean knows_words = pattern->literals != NULL && !text->is_unsure;
    gsize word = knows_words ? find_word(pattern, text, start) : 0;
    gint64 deadline;

    /* Mostly no word is there: then not even the clock is read. */
    if (word == G_MAXSIZE)
        return PATTERN_NO_MATCH;
    deadline = g_get_monotonic_time() + DEADLINE_US;
    if (!knows_words)
        return match_between(pattern, text->subject, text->length, start, text->length, deadline, match);
    for (; word != G_MAXSIZE; word = find_word(pattern, text, start)) {
        gsize before = pattern->literals->before_bytes;
        gsize from = before > word || word - before < start ? start : word - before;
        PatternResult result;

        if (before == G_MAXSIZE)
            return match_between(pattern, text->subject, text->length, start, text->length, deadline, match);
        while (from > start && ((guchar)text->subject[from] & 0xC0) == 0x80)
            from--;
        result = match_between(pattern, text->subject, text->length, from, word, deadline, match);
        if (result != PATTERN_NO_MATCH)
            return result;
        start = word + 1;
        if (g_get_monotonic_time() > deadline)
            return PATTERN_LIMIT;
    }
    return PATTERN_NO_MATCH;
}

/* ---- groups ---- */

int pattern_find_group(const Pattern *pattern, const PatternMatch *match, const char *name)
{
    int found = -1;

    for (guint i = 0; i < pattern->named_length; i++) {
        if (strcmp(pattern->named[i].name, name) != 0)
            continue;
        if (match == NULL || match->start[pattern->named[i].number] != G_MAXSIZE)
            return (int)pattern->named[i].number;
        if (found < 0)
            found = (int)pattern->named[i].number;
    }
    return found;
}

const char *const *pattern_get_group_names(const Pattern *pattern)
{
    return (const char *const *)pattern->names;
}

guint pattern_get_value_group(const Pattern *pattern, const PatternMatch *match)
{
    int named = pattern->has_value ? pattern_find_group(pattern, match, "value") : -1;

    if (named >= 0 && match->start[named] != G_MAXSIZE)
        return (guint)named;
    return named < 0 && match->groups > 1 && match->start[1] != G_MAXSIZE ? 1 : 0;
}
