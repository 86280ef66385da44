/*
 * parse/disclaimer.c - takes the legal footers off what somebody wrote
 *
 * Takes the newly said text; gives it without the paragraphs that a firm's mail server adds below every mail: "This email and any attachments are
 * confidential ...", "... has been scanned for viruses by ...". Two shapes: framed by rules of asterisks, dashes or underscores, where one
 * such word is enough, and a paragraph of its own, which must speak of the mail and say two such things. They are no part of the signature either: the
 * numbers and pages in them are nobody's who writes. Where nothing else would be left, all is kept.
 */
#include "parts.h"

#include <string.h>

enum { MIN_RULE = 8, MAX_OPEN_PARAGRAPHS = 4, MAX_LINES = 5000 };

/* What a footer speaks of, and what it says of it. */
static const char *const subjects[] = {
    "this email",         "this e-mail",         "this message",       "this communication",
    "this transmission",  "this footnote",       "the information in", "the information contained",
    "the contents of",    "e-mails and",         "emails and",         "e-mail communications",
    "communications via", "the original of this"};
static const char *const claims[] = {"confidential",
                                     "intended recipient",
                                     "intended solely",
                                     "intended only",
                                     "solely for the use",
                                     "solely intended",
                                     "privileged",
                                     "virus",
                                     "disclaimer",
                                     "legally binding",
                                     "in error",
                                     "unauthorised use",
                                     "unauthorized use",
                                     "swept",
                                     "scanned for",
                                     "may be monitored",
                                     "monitored and",
                                     "logged, monitored",
                                     "recorded for",
                                     "freedom of information act",
                                     "disclosure",
                                     "views of the author",
                                     "do not necessarily",
                                     "not necessarily reflect",
                                     "think before you print",
                                     "consider the environment",
                                     "registered in england",
                                     "malicious content",
                                     "malware"};

typedef struct {
    Line line;
    gboolean is_rule, is_empty, is_cut;
} Row;

static gboolean is_rule_line(Line bare)
{
    if (bare.length < MIN_RULE || strchr("*-_=#~", *bare.start) == NULL)
        return FALSE;
    gsize same = 0;
    for (gsize i = 0; i < bare.length; i++)
        same += bare.start[i] == *bare.start || bare.start[i] == ' ';
    return same == bare.length;
}

static guint count_words(const char *folded, const char *const *words, gsize count)
{
    guint found = 0;
    for (gsize i = 0; i < count; i++)
        found += strstr(folded, words[i]) != NULL;
    return found;
}

/* The rows [from, to) as one folded line. Owned. */
static char *join_rows(const Row *rows, guint from, guint to)
{
    GString *text = g_string_new(NULL);
    for (guint i = from; i < to; i++) {
        g_string_append_len(text, rows[i].line.start, (gssize)rows[i].line.length);
        g_string_append_c(text, ' ');
    }
    g_autofree char *joined = g_string_free(text, FALSE);
    return g_ascii_strdown(joined, -1);
}

static void cut_rows(Row *rows, guint from, guint to)
{
    for (guint i = from; i < to; i++)
        rows[i].is_cut = TRUE;
}

/* Paragraphs of their own; below a framed footer one claim is enough. */
static void cut_paragraphs(Row *rows, guint from, guint to, guint least)
{
    for (guint start = from; start < to;) {
        guint end = start;
        while (end < to && !rows[end].is_empty)
            end++;
        g_autofree char *folded = join_rows(rows, start, end);
        if (end > start && count_words(folded, subjects, G_N_ELEMENTS(subjects)) > 0 &&
            count_words(folded, claims, G_N_ELEMENTS(claims)) >= least)
            cut_rows(rows, start, end);
        start = end + 1;
    }
}

static guint count_paragraphs(const Row *rows, guint from, guint to)
{
    guint paragraphs = 0;
    for (guint i = from; i < to; i++)
        paragraphs += !rows[i].is_empty && (i == from || rows[i - 1].is_empty);
    return paragraphs;
}

/* What stands between the rule at `open` and the next rule or the end. Gives whether it was a footer. */
static gboolean cut_section(Row *rows, guint open, guint end, gboolean is_closed, gboolean was_cut)
{
    g_autofree char *folded = join_rows(rows, open + 1, end);
    gboolean claims_some = count_words(folded, claims, G_N_ELEMENTS(claims)) > 0;
    if (claims_some && (is_closed || (!was_cut && count_paragraphs(rows, open + 1, end) <= MAX_OPEN_PARAGRAPHS))) {
        cut_rows(rows, open, end);
        return TRUE;
    }
    cut_paragraphs(rows, open + 1, end, was_cut ? 1 : 2);
    return FALSE;
}

static void cut_all(Row *rows, guint count)
{
    guint open = count; /* the last rule */
    gboolean was_cut = FALSE;
    for (guint i = 0; i < count; i++) {
        if (!rows[i].is_rule)
            continue;
        if (open == count)
            cut_paragraphs(rows, 0, i, 2);
        else
            was_cut = cut_section(rows, open, i, TRUE, was_cut);
        open = i;
        rows[i].is_cut = was_cut;
    }
    if (open == count)
        cut_paragraphs(rows, 0, count, 2);
    else
        cut_section(rows, open, count, FALSE, was_cut);
}

/* Most mail has none, and is not looked at line by line. */
static gboolean may_hold_footer(const char *said)
{
    static const char *const gates[] = {"confiden", "virus", "intended", "privileg", "disclaim", "monitored", "environment"};
    gsize length = strlen(said);
    g_autofree char *folded = g_malloc(length + 1);
    for (gsize i = 0; i <= length; i++) /* as g_ascii_strdown, without a call for each byte */
        folded[i] = (char)(said[i] | (said[i] >= 'A' && said[i] <= 'Z' ? 0x20 : 0));
    return count_words(folded, gates, G_N_ELEMENTS(gates)) > 0;
}

char *disclaimer_cut(const char *said)
{
    if (!may_hold_footer(said))
        return g_strdup(said);
    g_autofree Row *rows = g_new0(Row, MAX_LINES);
    guint count = 0;
    const char *cursor = said;
    for (Line line; count < MAX_LINES && line_read(&cursor, &line); count++) {
        Line bare = line_strip(line);
        rows[count] = (Row){.line = line, .is_rule = is_rule_line(bare), .is_empty = bare.length == 0};
    }
    cut_all(rows, count);
    g_autoptr(GString) kept = g_string_sized_new(strlen(said));
    for (guint i = 0; i < count; i++) {
        if (rows[i].is_cut)
            continue;
        g_string_append_len(kept, rows[i].line.start, (gssize)rows[i].line.length);
        g_string_append_c(kept, '\n');
    }
    g_string_append(kept, cursor);
    g_autofree char *left = g_strstrip(g_strdup(kept->str));
    if (left[0] == '\0')
        return g_strdup(said);
    return g_steal_pointer(&left);
}
