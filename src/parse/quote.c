/*
 * parse/quote.c - what somebody newly said, apart from the history they quote and their signature
 *
 * Takes a text (HTML was made into text with ">" in front of quoted lines); gives the lines that are neither quoted nor below a mark that
 * opens the history, and the signature. When nothing would be left and no history was seen, everything is kept: better too much than
 * nothing.
 *
 * History opens with "On ... wrote:" (which may run over three lines), "-----Original Message-----", or the block of From, Sent, To and
 * Subject of Outlook. What follows it is history unless it is an answer between the quoted lines.
 */
#include "parts.h"

#include <string.h>

enum { MAX_INTRODUCTION_BYTES = 400, MAX_INTRODUCTION_LINES = 6, MAX_SIGNATURE_LINES = 15 };

/* How mail programs introduce a quotation: how the line begins, how it ends before the colon. */
static const struct {
    const char *begin, *end;
} introductions[] = {
    {"On ", "wrote"},          {"On ", "writes"},    {"Le ", "a écrit"},           {"Am ", "schrieb"},  {"El ", "escribió"},
    {"Il ", "ha scritto"},     {"Op ", "schreef"},   {"Op ", "geschreven"},        {"Den ", "skrev"},   {"Em ", "escreveu"},
    {"W dniu ", "napisał"},    {"W dniu ", "pisze"}, {"Dnia ", "napisał"},         {"Dne ", "napsal"},  {"Dňa ", "napísal"},
    {"Pe ", "a scris"},        {"På ", "skrev"},     {"Il giorno ", "ha scritto"}, {"Vào ", "đã viết"}, {"Am ", "geschrieben"},
    {"Gesendet: ", "schrieb"}, {"Den ", "följande"},
};

static gboolean ends_with(const char *text, gsize length, const char *end)
{
    gsize size = strlen(end);
    return length >= size && memcmp(text + length - size, end, size) == 0;
}

/* "Jane Doe <jane@example.org> wrote" */
static gboolean ends_with_verb(const char *text, gsize length)
{
    if (memchr(text, '@', length) == NULL)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(introductions); i++)
        if (ends_with(text, length, introductions[i].end))
            return TRUE;
    return FALSE;
}

/* In whatever language: a date, and an address in brackets, in a line that ends in a colon. */
static gboolean names_date_and_writer(const char *text, gsize length)
{
    guint digits = 0;
    gboolean has_address = FALSE;
    for (gsize i = 0; i < length; i++) {
        digits += g_ascii_isdigit(text[i]);
        if (text[i] == '@' && i > 0) {
            gsize open = i;
            while (open > 0 && text[open - 1] != ' ' && text[open - 1] != '<' && text[open - 1] != '(' && text[open - 1] != '[')
                open--;
            has_address = has_address || (open > 0 && text[open - 1] != ' ');
        }
    }
    return digits >= 4 && has_address;
}

/* Whether a collapsed paragraph is "On ... wrote:". */
static gboolean is_introduction(const char *text, gsize length)
{
    while (length > 0 && strchr(" \t\n\r", text[length - 1]) != NULL)
        length--;
    if (length == 0 || text[length - 1] != ':')
        return FALSE;
    length--;
    if (memchr(text, '\n', length) == NULL && (names_date_and_writer(text, length) || ends_with_verb(text, length)))
        return TRUE;
    while (length > 0 && (text[length - 1] == ' ' || (guchar)text[length - 1] == 0xA0 || (guchar)text[length - 1] == 0xC2))
        length--;
    for (guint i = 0; i < G_N_ELEMENTS(introductions); i++)
        if (g_str_has_prefix(text, introductions[i].begin)) {
            g_autofree char *tail = g_strndup(text, length);
            const char *found = g_strrstr(tail, introductions[i].end);
            if (found != NULL && (ends_with(tail, length, introductions[i].end) || strlen(found) < 80))
                return TRUE;
        }
    return FALSE;
}

static const char *skip_blank_lines(const char *cursor)
{
    return cursor + strspn(cursor, " \t\r\n");
}

/* A line or two, with a date or an address, that end in a colon right above quoted lines, in whatever language. */
static gboolean introduces_quotation(const char *text, gsize length, const char *next)
{
    while (length > 0 && strchr(" \t\n\r", text[length - 1]) != NULL)
        length--;
    if (length < 12 || text[length - 1] != ':' || *skip_blank_lines(next) != '>')
        return FALSE;
    gboolean has_digit = FALSE, has_at = FALSE;
    for (gsize i = 0; i < length; i++) {
        has_digit = has_digit || g_ascii_isdigit(text[i]);
        has_at = has_at || text[i] == '@';
    }
    return has_digit || has_at;
}

/* Gmail in some languages: "2016-03-03 17:21 GMT+01:00 Jane Doe <jane@example.org>:", of which the end may be lost. */
static gboolean read_date_first(const char *line, const char **next)
{
    gsize year = strspn(line, "0123456789");
    if (year != 4 || (line[4] != '-' && line[4] != '/'))
        return FALSE;
    const char *cursor = line;
    Line one;
    line_read(&cursor, &one);
    gboolean has_zone = g_strstr_len(line, (gssize)one.length, " GMT") != NULL && memchr(line, ':', one.length) != NULL;
    gboolean has_address = memchr(line, '@', one.length) != NULL && memchr(line, '<', one.length) != NULL;
    if (!has_zone && !(has_address && *skip_blank_lines(cursor) == '>'))
        return FALSE;
    *next = cursor;
    return TRUE;
}

/* Zoho: "---- On Tue, 22 Dec 2015 14:17:36 +0530 Jane Doe wrote ----" */
static gboolean is_ruled_introduction(Line line)
{
    return line.length > 12 && memcmp(line.start, "---", 3) == 0 && g_strstr_len(line.start, (gssize)line.length, " On ") != NULL &&
           g_strstr_len(line.start, (gssize)line.length, "wrote") != NULL;
}

/* Whether a line ends in a colon soon enough: most text is told apart by that alone. */
static gboolean has_colon_end(const char *text)
{
    gsize reach = strnlen(text, MAX_INTRODUCTION_BYTES);
    for (const char *at = memchr(text, ':', reach); at != NULL; at = memchr(at + 1, ':', reach - (gsize)(at + 1 - text)))
        if (at[1] == '\n' || at[1] == '\0' || at[1] == ' ' || at[1] == '\t')
            return TRUE;
    return FALSE;
}

/* Empty lines belong to an introduction only in front of an address on a line of its own. */
static gboolean is_gap(Line bare, const char *cursor)
{
    return bare.length == 0 && *skip_blank_lines(cursor) == '<';
}

/* The introduction that begins at `line`, over at most MAX_INTRODUCTION_LINES lines. */
static gboolean read_introduction(const char *line, const char **next)
{
    if (read_date_first(line, next))
        return TRUE;
    if (!has_colon_end(line))
        return FALSE;
    const char *cursor = line;
    Line one;
    for (guint lines = 0; lines < MAX_INTRODUCTION_LINES && line_read(&cursor, &one); lines++) {
        Line bare = line_strip(one);
        if (is_gap(bare, cursor))
            continue;
        gboolean is_rest_of_address = lines > 0 && bare.length > 1 && *bare.start == '>' && bare.start[bare.length - 1] == ':';
        if (bare.length == 0 || (*bare.start == '>' && !is_rest_of_address))
            return FALSE;
        gsize length = (gsize)(one.start + one.length - line);
        if (length > MAX_INTRODUCTION_BYTES)
            return FALSE;
        if (is_introduction(line, length) || (lines < 2 && introduces_quotation(line, length, cursor))) {
            *next = cursor;
            return TRUE;
        }
    }
    return FALSE;
}

/* The header block of Outlook: From first, then at least two of date, to, subject. */
static gboolean read_header_block(const char *line, const char **next)
{
    const char *cursor = line;
    Line one;
    guint found = 0;
    gboolean has_from = FALSE;
    for (guint lines = 0; lines < 10 && line_read(&cursor, &one); lines++) {
        Line bare = line_strip_emphasis(line_strip_quote(one));
        HeaderWord word = words_read_header(bare.start, bare.length, NULL);
        if (lines == 0 && word != WORD_FROM)
            return FALSE;
        has_from = has_from || word == WORD_FROM;
        if (word == WORD_NONE && bare.length == 0)
            break;
        found += word != WORD_NONE;
        if (word != WORD_NONE)
            *next = cursor;
    }
    return has_from && found >= 3;
}

static gboolean is_rule(Line line)
{
    if (line.length < 20 || strchr("_-=", *line.start) == NULL)
        return FALSE;
    for (gsize i = 1; i < line.length; i++)
        if (line.start[i] != *line.start)
            return FALSE;
    return TRUE;
}

gboolean quote_opens_history(const char *line, const char **next)
{
    const char *cursor = line;
    Line one;
    if (!line_read(&cursor, &one))
        return FALSE;
    Line bare = line_strip_emphasis(line_strip(one));
    if (bare.length == 0)
        return FALSE;
    gboolean is_original = FALSE;
    if (words_is_forward_mark(bare.start, bare.length, &is_original) || is_ruled_introduction(bare)) {
        *next = cursor;
        return TRUE;
    }
    if (is_rule(bare)) {
        return read_header_block(skip_blank_lines(cursor), next);
    }
    if (memchr(bare.start, ':', bare.length) != NULL && read_header_block(bare.start, next))
        return TRUE;
    return read_introduction(bare.start, next);
}

static gboolean is_signature_mark(Line line)
{
    return (line.length == 3 && memcmp(line.start, "-- ", 3) == 0) || (line.length == 2 && memcmp(line.start, "--", 2) == 0) ||
           (line.length == 3 && memcmp(line.start, "\xE2\x80\x94", 3) == 0);
}

static gboolean is_sent_from(Line line)
{
    static const char *const begins[] = {"Sent from my ",       "Sent from Outlook", "Sent from Yahoo", "Sent from Samsung",
                                         "Sent from Mail for ", "Get Outlook for ",  "Sent via ",       "Von meinem ",
                                         "Envoyé de mon ",      "Enviado desde mi "};
    for (guint i = 0; i < G_N_ELEMENTS(begins); i++)
        if (line.length < 80 && line.length >= strlen(begins[i]) && memcmp(line.start, begins[i], strlen(begins[i])) == 0)
            return TRUE;
    return FALSE;
}

/* A short rule with a few last lines below it: "____" above a name. */
static gboolean is_trailing_rule(Line bare, const char *below)
{
    if (bare.length < 3 || bare.length > 40 || strspn(bare.start, "_") != bare.length)
        return FALSE;
    guint lines = 0;
    for (Line line; lines <= 6 && line_read(&below, &line);)
        lines += line_strip(line).length > 0;
    return lines <= 6;
}

/* A quoted line. Some frame a text with ">>> <<<", which is none. */
static gboolean is_quoted(Line bare)
{
    return bare.length > 0 && *bare.start == '>' && (bare.length < 3 || memcmp(bare.start + bare.length - 3, "<<<", 3) != 0);
}

/* The rest of a quoted line that was broken when it was sent: no capital in front, quoted lines on both sides. */
static gboolean is_broken_quote(Line bare, const char *below)
{
    Line next;
    return !g_unichar_isupper(g_utf8_get_char(bare.start)) && line_read(&below, &next) && is_quoted(line_strip(next));
}

/* Whether there is an answer between the quoted lines that follow `cursor`: a quoted line, then one that is not. */
static gboolean has_answer_below(const char *cursor)
{
    Line line;
    gboolean was_quoted = FALSE;
    while (line_read(&cursor, &line)) {
        Line bare = line_strip(line);
        if (bare.length == 0)
            continue;
        const char *next;
        if (is_quoted(bare) || (was_quoted && is_broken_quote(bare, cursor)))
            was_quoted = TRUE;
        else if (is_signature_mark(line) || is_sent_from(bare))
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
    if (*bare.start == '-' || on == NULL || !is_introduction(on + 1, (gsize)(bare.start + bare.length - on - 1)))
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
    Line line;
    gboolean was_quoted = FALSE;
    while (line_read(&cursor, &line)) {
        Line bare = line_strip(line);
        gboolean is_rest = was_quoted && bare.length > 0 && is_broken_quote(bare, cursor);
        was_quoted = is_quoted(bare) || is_rest;
        if (was_quoted) {
            cut->in_signature = FALSE;
            continue;
        }
        if (take_shared_line(cut, bare, cursor))
            continue;
        const char *next = NULL;
        if (bare.length > 0 && quote_opens_history(line.start, &next)) {
            if (!cut->has_history && next != NULL && read_introduction(bare.start, &next))
                cut->below = next;
            cut->has_history = TRUE;
            if (!has_answer_below(next))
                return;
            cut->in_signature = FALSE;
            cursor = next;
            continue;
        }
        if (is_signature_mark(line) || is_trailing_rule(bare, cursor) || (!cut->in_signature && is_sent_from(bare))) {
            cut->in_signature = TRUE;
            if (is_signature_mark(line) && !cut->keeps_signature)
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
static char *cut_text(const char *text, gboolean keeps_signature, char **signature)
{
    Cut cut = {.said = g_string_new(NULL), .signature = g_string_new(NULL), .keeps_signature = keeps_signature};
    cut_lines(&cut, text);
    char *said = finish(cut.said);
    if (said[0] == '\0' && cut.below != NULL && !has_quoted_line(cut.below)) {
        g_free(said);
        said = cut_text(cut.below, keeps_signature, NULL);
    }
    if (!keeps_signature) {
        g_autofree char *whole = said;
        said = disclaimer_cut(whole, cut.signature);
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

char *quote_cut(const char *text, char **signature)
{
    return cut_text(text, FALSE, signature);
}

char *quote_cut_history(const char *text)
{
    return cut_text(text, TRUE, NULL);
}
