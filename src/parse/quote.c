/*
 * parse/quote.c - what somebody newly said, apart from the history they quote and their signature
 *
 * Takes a text (HTML was made into text with ">" in front of quoted lines); gives the lines that are neither quoted nor below a line that
 * opens the history (introduction.c), and the signature (signature.c). When nothing would be left and no history was seen, everything is
 * kept: better too much than nothing. What follows the opening line is history unless it is an answer between the quoted lines.
 */
#include "parts.h"

#include <string.h>

enum { MIN_WRAPPED_LINE = 50 };

/* A quoted line. Some frame a text with ">>> <<<", which is none. */
static gboolean is_quoted(Line bare)
{
    gsize initials = 0; /* "JD> ", as some old programs quote */
    while (initials < 3 && initials < bare.length && g_ascii_isupper(bare.start[initials]))
        initials++;
    if (initials > 0)
        return bare.length > initials && bare.start[initials] == '>' &&
               (bare.length == initials + 1 || bare.start[initials + 1] == ' ');
    return bare.length > 0 && *bare.start == '>' && (bare.length < 3 || memcmp(bare.start + bare.length - 3, "<<<", 3) != 0);
}

/*
 * The rest of a quoted line that was broken when it was sent: the quoted line above is long, or ends in a link, and ends no sentence, the one below is
 * quoted too, and no capital stands in front. Anything else between quoted lines is an answer.
 */
static gboolean is_broken_quote(Line above, Line bare, const char *below)
{
    Line next;
    gboolean has_link = memmem(above.start, above.length, "://", 3) != NULL && memchr(bare.start, ' ', bare.length) == NULL;
    if ((above.length < MIN_WRAPPED_LINE && !has_link) || bare.length > above.length ||
        strchr(".?!:", above.start[above.length - 1]) != NULL)
        return FALSE;
    return !g_unichar_isupper(g_utf8_get_char(bare.start)) && line_read(&below, &next) && is_quoted(line_strip(next));
}

/* Whether there is an answer between the quoted lines that follow `cursor`: a quoted line, then one that is not. */
static gboolean has_answer_below(const char *cursor)
{
    Line line, above = {NULL, 0};
    gboolean was_quoted = FALSE;
    while (line_read(&cursor, &line)) {
        Line bare = line_strip(line);
        gboolean is_rest = above.length > 0 && bare.length > 0 && is_broken_quote(above, bare, cursor);
        above = is_quoted(bare) ? bare : (Line){NULL, 0};
        if (bare.length == 0)
            continue;
        const char *next;
        if (is_quoted(bare) || is_rest)
            was_quoted = TRUE;
        else if (signature_opens(line, cursor))
            return FALSE;
        else if (was_quoted)
            return !quote_opens_history(bare.start, &next);
        else
            return FALSE;
    }
    return FALSE;
}

typedef struct {
    GString *said;
    GString *signature;
    gboolean keeps_signature; /* in `said` */
    gboolean in_signature;
    gboolean has_history;
    const char *below; /* the text below an introduction that opens the mail; NULL */
} Cut;

static void take_line(Cut *cut, Line line)
{
    GString *into = cut->in_signature && !cut->keeps_signature ? cut->signature : cut->said;
    g_string_append_len(into, line.start, (gssize)line.length);
    g_string_append_c(into, '\n');
}

static char *finish(GString *text)
{
    g_strstrip(text->str);
    return g_string_free(text, FALSE);
}

/* An answer and "On ... wrote:" on one line, above quoted lines: the answer is taken. */
static gboolean take_shared_line(Cut *cut, Line bare, const char *below)
{
    if (bare.length < 20 || bare.start[bare.length - 1] != ':' || *below != '>')
        return FALSE;
    const char *on = g_strstr_len(bare.start + 1, (gssize)bare.length - 1, " On ");
    if (*bare.start == '-' || on == NULL || !introduction_ends_line((Line){on + 1, (gsize)(bare.start + bare.length - on - 1)}))
        return FALSE;
    Line answer = {bare.start, (gsize)(on - bare.start)};
    while (answer.length > 0 && answer.start[answer.length - 1] == '-')
        answer.length--;
    take_line(cut, answer);
    return cut->has_history = TRUE;
}

static void cut_lines(Cut *cut, const char *text)
{
    const char *cursor = text;
    Line line, above = {NULL, 0};
    while (line_read(&cursor, &line)) {
        Line bare = line_strip(line);
        gboolean is_rest = above.length > 0 && bare.length > 0 && is_broken_quote(above, bare, cursor);
        above = is_quoted(bare) ? bare : (Line){NULL, 0};
        if (above.length > 0 || is_rest) {
            cut->in_signature = FALSE;
            continue;
        }
        if (take_shared_line(cut, bare, cursor))
            continue;
        const char *next = NULL;
        if (bare.length > 0 && quote_opens_history(line.start, &next)) {
            if (!cut->has_history && introduction_read(bare.start, &next))
                cut->below = next;
            cut->has_history = TRUE;
            if (!has_answer_below(next))
                return;
            cut->in_signature = FALSE;
            cursor = next;
            continue;
        }
        if (bare.length > 0 && signature_opens(line, cursor)) {
            cut->in_signature = TRUE;
            if (signature_is_mark(line) && !cut->keeps_signature)
                continue;
        }
        take_line(cut, line);
    }
}

static gboolean has_quoted_line(const char *text)
{
    Line line;
    while (line_read(&text, &line))
        if (is_quoted(line_strip(line)))
            return TRUE;
    return FALSE;
}

/*
 * Where the mail begins with an introduction and quotes nothing below it, the program of the writer has lost the marks of quotation and
 * answer alike: what stands below is kept.
 */
static char *cut_text(const char *text, gboolean keeps_signature, const Mailbox *writer, char **signature)
{
    Cut cut = {.said = g_string_new(NULL), .signature = g_string_new(NULL), .keeps_signature = keeps_signature};
    cut_lines(&cut, text);
    char *said = finish(cut.said);
    if (said[0] == '\0' && cut.below != NULL && !has_quoted_line(cut.below)) {
        g_free(said);
        said = cut_text(cut.below, keeps_signature, writer, NULL);
    }
    if (!keeps_signature) {
        g_autofree char *whole = said;
        said = disclaimer_cut(whole);
        signature_cut_unmarked(said, writer, cut.signature);
    }
    g_autofree char *signed_with = finish(cut.signature);
    if (said[0] == '\0' && !cut.has_history) {
        g_free(said);
        said = g_strstrip(g_strdup(text));
        signed_with[0] = '\0';
    }
    if (signature != NULL)
        *signature = g_steal_pointer(&signed_with);
    return said;
}

char *quote_cut(const char *text, const Mailbox *writer, char **signature)
{
    return cut_text(text, FALSE, writer, signature);
}

char *quote_cut_history(const char *text)
{
    return cut_text(text, TRUE, NULL, NULL);
}
