/*
 * parse/introduction.c - where the quoted history of a mail begins
 *
 * Takes the place of a line in a text; tells whether it opens the history, and the line below. History opens with "On ... wrote:" (which may run
 * over some lines), with a mark such as "-----Original Message-----", or with a block of From, Sent, To and Subject, each in the language of
 * whoever wrote it, and with a rule above any of them.
 *
 * An introduction is told by its form: a date, an address, a verb and the colon. The less of them there is, the more the lines below have to look
 * like a quotation: a text that a person wrote and that happens to end in a colon stays theirs. The lines above an introduction never
 * become part of it. All is bounded: MAX_INTRODUCTION_BYTES and MAX_BLOCK_LINES.
 */
#include "parts.h"

#include <string.h>

enum {
    MAX_INTRODUCTION_BYTES = 400,
    MAX_INTRODUCTION_LINES = 6,
    MAX_BLOCK_LINES = 25,
    MAX_NAME_BYTES = 80,
    MIN_RULE = 3,
};

/* The first words of an introduction. */
static const char *const begins[] = {
    "On ",     "Le ",    "Am ",   "El ",   "Il ",        "Op ", "Den ",     "D. ",      "Em ",   "No dia ",
    "W dniu ", "W dn. ", "Dnia ", "Dne ",  "Dňa ",       "Pe ", "În data ", "La data ", "La ",   "På ",
    "Vào ",    "Pada ",  "At ",   "Dana ", "Gesendet: ", "在",  "於",       "于",       "Kell ", "El día ",
};

/* What somebody did whose words are quoted. The longer ones first where one holds the other. */
static const char *const verbs[] = {
    "wrote",      "writes",      "schrieb",     "geschrieben",
    "a écrit",    "écrivait",    "escribió",    "ha scritto",
    "scrive",     "schreef",     "geschreven",  "skrev",
    "följande",   "escreveu",    "napisał",     "napisała",
    "napisał(a)", "pisze",       "napsal",      "napsala",
    "napsal(a)",  "napísal",     "napísala",    "napísal(a)",
    "a scris",    "kirjoitti",   "írta",        "yazdı",
    "yazmış",     "написал",     "написала",    "написал(а)",
    "пишет",      "написав",     "написала",    "написав(ла)",
    "пише",       "napisao",     "napisala",    "napisao/la",
    "napisao je", "je napisao",  "napisala je", "napisao/napisala je",
    "kirjutas",   "rašė",        "rakstīja",    "đã viết",
    "menulis",    "写道",        "寫道",        "のメール",
    "書きました", "작성",        "님이 작성",   "έγραψε",
    "כתב",        "כתבה",        "كتب",         "napisal",
    "je napisal", "va escriure",
};

static gboolean ends_with(const char *text, gsize length, const char *end)
{
    gsize size = strlen(end);
    return length >= size && memcmp(text + length - size, end, size) == 0;
}

static gboolean begins_with(const char *text, gsize length, const char *begin)
{
    gsize size = strlen(begin);
    return length >= size && memcmp(text, begin, size) == 0;
}

/* The length without blanks behind, the no-break space among them. */
static gsize cut_blanks(const char *text, gsize length)
{
    Line bare = line_strip((Line){text, length});
    return (gsize)(bare.start + bare.length - text);
}

/* The length of the colon, ASCII or full-width, at the end; 0 when there is none. */
static gsize count_colon(const char *text, gsize length)
{
    if (length > 0 && text[length - 1] == ':')
        return 1;
    return ends_with(text, length, "：") ? 3 : 0;
}

static gboolean has_begin(const char *text, gsize length)
{
    for (guint i = 0; i < G_N_ELEMENTS(begins); i++)
        if (begins_with(text, length, begins[i]))
            return TRUE;
    return FALSE;
}

static gboolean has_verb_end(const char *text, gsize length)
{
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (ends_with(text, length, verbs[i]))
            return TRUE;
    return FALSE;
}

/* Behind the last verb; NULL when there is none. */
static const char *find_verb(const char *text, gsize length)
{
    const char *found = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
        const char *at = g_strrstr_len(text, (gssize)length, verbs[i]);
        if (at != NULL && at + strlen(verbs[i]) > found)
            found = at + strlen(verbs[i]);
    }
    return found;
}

/* "10:15", "10.15", "10h15": digits, one of these, two digits. */
static gboolean has_time(const char *text, gsize length)
{
    for (gsize i = 1; i + 2 < length; i++)
        if (strchr(":.h", text[i]) != NULL && g_ascii_isdigit(text[i - 1]) && g_ascii_isdigit(text[i + 1]) &&
            g_ascii_isdigit(text[i + 2]))
            return TRUE;
    return FALSE;
}

static guint count_digits(const char *text, gsize length)
{
    guint digits = 0;
    for (gsize i = 0; i < length; i++)
        digits += g_ascii_isdigit(text[i]);
    return digits;
}

/* An address in brackets, or behind "mailto:". */
static gboolean has_bracketed_address(const char *text, gsize length)
{
    for (gsize i = 1; i < length; i++) {
        gsize open = i;
        if (text[i] != '@')
            continue;
        while (open > 0 && strchr(" <([:\n", text[open - 1]) == NULL)
            open--;
        if (open > 0 && strchr("<([:\n", text[open - 1]) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* What stands behind the verb is a name and a date, no sentence that goes on: hardly a word begins with a small letter. */
static gboolean is_name(const char *text, gsize length)
{
    guint small = 0;
    if (length > MAX_NAME_BYTES)
        return FALSE;
    for (gsize i = 0; i < length; i++)
        small += (i == 0 || text[i - 1] == ' ') && g_ascii_islower(text[i]);
    return small <= 2;
}

/* Whether a line of several ends a sentence, so that the introduction begins below it. "mrt." and "2." are none. */
static gboolean ends_sentence(Line line)
{
    if (line.length == 0 || strchr("!?", line.start[line.length - 1]) != NULL)
        return TRUE;
    gsize word = 0;
    while (word + 1 < line.length && line.start[line.length - 2 - word] != ' ')
        word++;
    return line.start[line.length - 1] == '.' && word > 5;
}

/* The parts of what may be an introduction. */
typedef struct {
    const char *text;
    gsize length;       /* without the colon */
    gsize first_length; /* of its first line */
    gboolean has_colon, has_address, has_begin;
    guint digits;
} Candidate;

static Candidate look_at(const char *text, gsize length)
{
    length = cut_blanks(text, length);
    gsize colon = count_colon(text, length);
    length = cut_blanks(text, length - colon);
    const char *end = memchr(text, '\n', length);
    return (Candidate){.text = text,
                       .length = length,
                       .first_length = end == NULL ? length : (gsize)(end - text),
                       .has_colon = colon > 0,
                       .has_address = memchr(text, '@', length) != NULL,
                       .has_begin = has_begin(text, length),
                       .digits = count_digits(text, length)};
}

static gboolean is_one_line(const Candidate *candidate)
{
    return candidate->first_length == candidate->length;
}

/* "On 2 March 2026, Jane Doe wrote", "Am 02.03.2026 um 10:15 schrieb Jane Doe <jane@example.org>" */
static gboolean is_begun(const Candidate *candidate)
{
    if (!candidate->has_begin || (candidate->digits == 0 && !candidate->has_address))
        return FALSE;
    if (has_verb_end(candidate->text, candidate->length))
        return TRUE;
    const char *tail = find_verb(candidate->text, candidate->length);
    if (tail == NULL)
        return FALSE;
    gsize left = (gsize)(candidate->text + candidate->length - tail);
    return candidate->has_address ? left < MAX_INTRODUCTION_BYTES : is_name(tail, left);
}

/*
 * In whatever language: a date, and an address in brackets; over two lines or three, the first one has the address and the verb, or it alone has
 * the date and the time.
 */
static gboolean is_dated(const Candidate *candidate)
{
    if (candidate->digits < 4 || !has_bracketed_address(candidate->text, candidate->length))
        return FALSE;
    if (is_one_line(candidate) ||
        (has_bracketed_address(candidate->text, candidate->first_length) && find_verb(candidate->text, candidate->first_length)))
        return TRUE;
    gsize rest = candidate->length - candidate->first_length;
    return has_time(candidate->text, candidate->first_length) && count_digits(candidate->text, candidate->first_length) >= 4 &&
           !has_time(candidate->text + candidate->first_length, rest) &&
           !has_begin(candidate->text + candidate->first_length + 1, rest - 1);
}

/* "10/04/2026 5:02 PM, Jane Doe wrote", "Jane Doe <jane@example.org> wrote" */
static gboolean is_written(const Candidate *candidate)
{
    if (!is_one_line(candidate) || !has_verb_end(candidate->text, candidate->length))
        return FALSE;
    return candidate->has_address || (g_ascii_isdigit(*candidate->text) && has_time(candidate->text, candidate->length));
}

/* Nearly no text ends as an introduction does: in a colon, or in a verb behind an address. */
static gboolean may_be_introduction(const char *text, gsize length)
{
    length = cut_blanks(text, length);
    return count_colon(text, length) > 0 || memchr(text, '@', length) != NULL;
}

static gboolean is_introduction(const char *text, gsize length)
{
    if (!may_be_introduction(text, length))
        return FALSE;
    Candidate candidate = look_at(text, length);
    if (candidate.length == 0)
        return FALSE;
    if (candidate.has_colon)
        return is_begun(&candidate) || is_dated(&candidate) || is_written(&candidate);
    return candidate.has_begin && candidate.has_address && has_time(candidate.text, candidate.length) && is_one_line(&candidate) &&
           has_verb_end(candidate.text, candidate.length);
}

static const char *skip_blank_lines(const char *cursor)
{
    return cursor + strspn(cursor, " \t\r\n");
}

/* A line, or two of which the first one has a date, that end in a colon right above quoted lines, in whatever language. */
static gboolean introduces_quotation(const char *text, gsize length, const char *next)
{
    if (*skip_blank_lines(next) != '>' || !may_be_introduction(text, length))
        return FALSE;
    Candidate candidate = look_at(text, length);
    if (candidate.length < 11 || !candidate.has_colon)
        return FALSE;
    if (is_one_line(&candidate))
        return candidate.digits > 0 || candidate.has_address ||
               (candidate.length < MAX_NAME_BYTES && has_verb_end(candidate.text, candidate.length));
    const char *rest = text + candidate.first_length + 1;
    gsize left = candidate.length - candidate.first_length - 1;
    gboolean is_dated_above = count_digits(text, candidate.first_length) >= 2 && !has_begin(rest, left) && !has_time(rest, left);
    return candidate.has_begin ? candidate.digits > 0 || candidate.has_address : is_dated_above;
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

/* Zoho: "---- On Tue, 22 Dec 2015 14:17:36 +0530 Jane Doe wrote ----"; Notes: "-----Jane Doe <jane@example.org> wrote: -----" */
static gboolean is_ruled_introduction(Line line)
{
    if (line.length < 12 || line.length > MAX_INTRODUCTION_BYTES || memcmp(line.start, "---", 3) != 0)
        return FALSE;
    while (line.length > 0 && (*line.start == '-' || *line.start == ' '))
        line = (Line){line.start + 1, line.length - 1};
    gboolean is_begun = has_begin(line.start, line.length) && has_time(line.start, line.length);
    gboolean has_end = line.length > 0 && line.start[line.length - 1] == '-';
    const char *tail = NULL;
    if (is_begun || (has_end && has_bracketed_address(line.start, line.length)))
        tail = find_verb(line.start, line.length);
    return tail != NULL && (gsize)(line.start + line.length - tail) < MAX_NAME_BYTES;
}

static gboolean has_wide_colon(const char *text, gsize length)
{
    return memchr(text, 0xEF, length) != NULL && memmem(text, length, "：", 3) != NULL;
}

/* Whether a line soon ends as an introduction does: most text is told apart by that alone. */
static gboolean has_colon_end(const char *text, gsize reach)
{
    for (const char *at = memchr(text, ':', reach); at != NULL; at = memchr(at + 1, ':', reach - (gsize)(at + 1 - text)))
        if (strchr("\n \t", at[1]) != NULL || (guchar)at[1] == 0xC2)
            return TRUE;
    return has_wide_colon(text, reach);
}

/* Empty lines belong to an introduction only in front of an address on a line of its own. */
static gboolean is_gap(Line bare, const char *cursor)
{
    return bare.length == 0 && *skip_blank_lines(cursor) == '<';
}

/* "On 2 March 2026 10:15 Jane Doe <jane@example.org> wrote", the colon lost. */
static gboolean read_without_colon(const char *line, gsize reach, const char **next)
{
    const char *cursor = line;
    Line one;
    if (memchr(line, '@', reach) == NULL || !line_read(&cursor, &one) || one.length > MAX_INTRODUCTION_BYTES ||
        !is_introduction(one.start, one.length))
        return FALSE;
    *next = cursor;
    return TRUE;
}

/* The introduction that begins at `line`, over at most MAX_INTRODUCTION_LINES lines. */
gboolean introduction_read(const char *line, const char **next)
{
    if (read_date_first(line, next))
        return TRUE;
    gsize reach = strnlen(line, MAX_INTRODUCTION_BYTES);
    if (!has_colon_end(line, reach))
        return read_without_colon(line, reach, next);
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
        if (ends_sentence(bare))
            return FALSE;
    }
    return FALSE;
}

gboolean introduction_ends_line(Line line)
{
    return is_introduction(line.start, line.length);
}

/* Whether the block goes on below a line that is no header line: an empty one, more addresses, or the rest of a subject. */
static gboolean block_goes_on(Line bare, const char *below)
{
    if (bare.length > 0 && memchr(bare.start, '@', bare.length) != NULL)
        return TRUE;
    Line next;
    if (!line_read(&below, &next))
        return FALSE;
    next = line_strip_emphasis(line_strip_quote(next));
    return words_read_header(next.start, next.length, NULL) != WORD_NONE;
}

/*
 * The block of header lines that Outlook and the like put above a mail: From first, or near the top, and at least two more of date, to, subject; with
 * a subject or an address in it, since "From: London, To: Leeds, Date: Monday" is what a customer of a taxi firm writes.
 */
static gboolean read_header_block(const char *line, const char **next)
{
    const char *cursor = line;
    Line one;
    guint found = 0, from_at = MAX_BLOCK_LINES;
    gboolean is_proven = FALSE;
    for (guint lines = 0; lines < MAX_BLOCK_LINES && line_read(&cursor, &one); lines++) {
        Line bare = line_strip_emphasis(line_strip_quote(one));
        HeaderWord word = words_read_header(bare.start, bare.length, NULL);
        if (lines == 0 && word != WORD_FROM && word != WORD_DATE && word != WORD_SUBJECT)
            return FALSE;
        if (word == WORD_NONE && !block_goes_on(bare, cursor))
            break;
        if (word == WORD_NONE)
            continue;
        if (word == WORD_FROM && from_at == MAX_BLOCK_LINES)
            from_at = lines;
        if (from_at == MAX_BLOCK_LINES && lines > 3)
            return FALSE;
        is_proven = is_proven || (word == WORD_SUBJECT && from_at == 0) || memchr(bare.start, '@', bare.length) != NULL;
        found++;
        *next = cursor;
    }
    return from_at < MAX_BLOCK_LINES && found >= (from_at == 0 ? 3 : 4) && is_proven;
}

/* A line of nothing but dashes and the like. */
static gboolean is_rule(Line line)
{
    if (line.length < MIN_RULE || strchr("_-=*~", *line.start) == NULL)
        return FALSE;
    for (gsize i = 1; i < line.length; i++)
        if (line.start[i] != *line.start)
            return FALSE;
    return TRUE;
}

/* "------ Some words ------" */
static gboolean is_worded_rule(Line line)
{
    return line.length > 8 && line.length < 200 && strchr("-=_", *line.start) != NULL && line.start[1] == *line.start &&
           line.start[line.length - 1] == *line.start && line.start[line.length - 2] == *line.start;
}

/* Help desks: "## Please reply above this line ##" */
static gboolean is_reply_line(Line line)
{
    if (line.length < 15 || line.length > 120 || strchr("#-*=_", *line.start) == NULL)
        return FALSE;
    g_autofree char *text = g_strndup(line.start, line.length);
    g_autofree char *folded = g_ascii_strdown(text, -1);
    return strstr(folded, "above this line") != NULL || strstr(folded, "oberhalb dieser") != NULL ||
           strstr(folded, "au-dessus de cette ligne") != NULL;
}

static gboolean opens_with_mark(Line bare, const char *cursor, const char **next)
{
    gboolean is_original = FALSE;
    if (!words_is_forward_mark(bare.start, bare.length, &is_original) && !is_ruled_introduction(bare) && !is_reply_line(bare))
        return is_worded_rule(bare) && read_header_block(skip_blank_lines(cursor), next);
    *next = cursor;
    return TRUE;
}

gboolean quote_opens_history(const char *line, const char **next)
{
    const char *cursor = line;
    Line one;
    if (!line_read(&cursor, &one))
        return FALSE;
    Line whole = line_strip(one);
    if (is_rule(whole)) {
        const char *below = skip_blank_lines(cursor);
        return read_header_block(below, next) || (*below != '>' && introduction_read(below, next));
    }
    Line bare = line_strip_emphasis(whole);
    if (bare.length == 0)
        return FALSE;
    if (opens_with_mark(bare, cursor, next))
        return TRUE;
    if (memchr(bare.start, ':', MIN(bare.length, 60)) != NULL || has_wide_colon(bare.start, MIN(bare.length, 60)))
        if (read_header_block(bare.start, next))
            return TRUE;
    return introduction_read(bare.start, next);
}
