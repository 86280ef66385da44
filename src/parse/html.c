/*
 * parse/html.c - HTML mail as the text a person reads
 *
 * Takes valid UTF-8; gives plain text. Cells of a table row are parted by a tab and each row is a line, so that a table of labels and values
 * reads as such; items of a list are lines with "- " or "1. " in front; quoted mail (<blockquote>) gets ">" in front of its lines as in plain text; what is hidden
 * with display:none is left out; links keep their address where it is not what is shown, telephone links too.
 *
 * libxml2's push parser with SAX callbacks builds no tree and does not recurse, so nothing nested can hurt it; it is quadratic only in
 * the attributes of one element, which is why callers hand over 128 KiB at most. Blanks are decided late: a wish for a blank, tab or line end is
 * kept until there is text after it, and the strongest wish wins.
 */
#include "parts.h"

#include <string.h>

#include <libxml/HTMLparser.h>

typedef enum { GAP_NONE, GAP_BLANK, GAP_TAB, GAP_LINE, GAP_PARAGRAPH } Gap;

enum { MAX_LINK_BYTES = 300, MAX_QUOTE_DEPTH = 10, MAX_ITEM_NUMBER = 9999, NUMBER_NONE = -1, NUMBER_PLAIN = -2 };

typedef struct {
    GString *out;
    Gap gap;
    gboolean
        is_cell_start; /* in a cell behind another one of its row, before its first text: line ends do not part it from its label */
    guint cells;       /* in this row, that hold text */
    guint dropped;     /* depth inside of an element that is not shown */
    guint dropped_hidden; /* of those, because of display:none */
    gboolean shows_hidden;
    guint preformatted;
    guint quotes;           /* depth of quotation */
    GString *quote_stack;   /* a character for each open blockquote: 'q' when it quotes */
    GArray *lists;          /* int for each open list: of its next item, NUMBER_NONE for bullets, NUMBER_PLAIN for neither */
    gboolean is_item_start; /* in an item of a list, before its first text: that stands behind the bullet */
    char *link;             /* href of the open link; NULL */
    gsize link_start;       /* where its text begins in out */
} Reading;

/* What an element does to the text around it. */
typedef enum {
    ELEMENT_OTHER = 0,
    ELEMENT_DROPPED = 1 << 0,
    ELEMENT_PARAGRAPH = 1 << 1,
    ELEMENT_LINE = 1 << 2,
    ELEMENT_VOID = 1 << 3,
    ELEMENT_CELL = 1 << 4,
    ELEMENT_ROW = 1 << 5,
    ELEMENT_BREAK = 1 << 6,
    ELEMENT_RULE = 1 << 7,
    ELEMENT_QUOTE = 1 << 8,
    ELEMENT_LINK = 1 << 9,
    ELEMENT_PREFORMATTED = 1 << 10,
    ELEMENT_LIST = 1 << 11,
    ELEMENT_NUMBERED = 1 << 12,
    ELEMENT_ITEM = 1 << 13,
} Element;

static const struct {
    const char *name;
    guint element;
} elements[] = {
    {"script", ELEMENT_DROPPED},
    {"style", ELEMENT_DROPPED},
    {"title", ELEMENT_DROPPED},
    {"template", ELEMENT_DROPPED},
    {"noscript", ELEMENT_DROPPED},
    {"object", ELEMENT_DROPPED},
    {"svg", ELEMENT_DROPPED},
    {"p", ELEMENT_PARAGRAPH},
    {"h1", ELEMENT_PARAGRAPH},
    {"h2", ELEMENT_PARAGRAPH},
    {"h3", ELEMENT_PARAGRAPH},
    {"h4", ELEMENT_PARAGRAPH},
    {"h5", ELEMENT_PARAGRAPH},
    {"h6", ELEMENT_PARAGRAPH},
    {"table", ELEMENT_PARAGRAPH},
    {"ul", ELEMENT_PARAGRAPH | ELEMENT_LIST},
    {"ol", ELEMENT_PARAGRAPH | ELEMENT_LIST | ELEMENT_NUMBERED},
    {"dl", ELEMENT_PARAGRAPH},
    {"pre", ELEMENT_PARAGRAPH | ELEMENT_PREFORMATTED},
    {"blockquote", ELEMENT_PARAGRAPH | ELEMENT_QUOTE},
    {"div", ELEMENT_LINE},
    {"li", ELEMENT_LINE | ELEMENT_ITEM},
    {"dt", ELEMENT_LINE},
    {"dd", ELEMENT_LINE},
    {"section", ELEMENT_LINE},
    {"article", ELEMENT_LINE},
    {"header", ELEMENT_LINE},
    {"footer", ELEMENT_LINE},
    {"center", ELEMENT_LINE},
    {"form", ELEMENT_LINE},
    {"fieldset", ELEMENT_LINE},
    {"address", ELEMENT_LINE},
    {"caption", ELEMENT_LINE},
    {"thead", ELEMENT_LINE},
    {"tbody", ELEMENT_LINE},
    {"option", ELEMENT_LINE},
    {"tr", ELEMENT_LINE | ELEMENT_ROW},
    {"td", ELEMENT_CELL},
    {"th", ELEMENT_CELL},
    {"a", ELEMENT_LINK},
    {"br", ELEMENT_VOID | ELEMENT_BREAK},
    {"hr", ELEMENT_VOID | ELEMENT_RULE},
    {"img", ELEMENT_VOID},
    {"input", ELEMENT_VOID},
    {"meta", ELEMENT_VOID},
    {"link", ELEMENT_VOID},
    {"area", ELEMENT_VOID},
    {"base", ELEMENT_VOID},
    {"col", ELEMENT_VOID},
    {"wbr", ELEMENT_VOID},
    {"embed", ELEMENT_VOID},
};

static GHashTable *elements_by_name;

void html_open(void)
{
    xmlInitParser();
    elements_by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(elements); i++)
        g_hash_table_insert(elements_by_name, g_strdup(elements[i].name), GUINT_TO_POINTER(elements[i].element));
}

static guint find_element(const xmlChar *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(elements_by_name, name));
}

static void want_gap(Reading *reading, Gap gap)
{
    if ((reading->is_cell_start || reading->is_item_start) && gap != GAP_TAB)
        return;
    reading->gap = MAX(reading->gap, gap);
}

static void write_quote_marks(Reading *reading)
{
    for (guint i = 0; i < MIN(reading->quotes, MAX_QUOTE_DEPTH); i++)
        g_string_append(reading->out, "> ");
}

static void write_bullet(Reading *reading)
{
    GArray *lists = reading->lists;
    int *number = lists->len > 0 ? &g_array_index(lists, int, lists->len - 1) : NULL;
    reading->is_item_start = FALSE;
    if (number != NULL && *number >= 0)
        g_string_append_printf(reading->out, "%d. ", (*number)++);
    else if (number == NULL || *number == NUMBER_NONE)
        g_string_append(reading->out, "- ");
}

static void write_gap(Reading *reading)
{
    GString *out = reading->out;
    gboolean is_at_start = out->len == 0;
    if (is_at_start)
        write_quote_marks(reading);
    else if (reading->gap == GAP_BLANK)
        g_string_append_c(out, ' ');
    else if (reading->gap == GAP_TAB)
        g_string_append_c(out, '\t');
    else if (reading->gap >= GAP_LINE) {
        if (reading->gap == GAP_PARAGRAPH) {
            g_string_append_c(out, '\n');
            write_quote_marks(reading);
        }
        g_string_append_c(out, '\n');
        write_quote_marks(reading);
    }
    reading->gap = GAP_NONE;
    reading->is_cell_start = FALSE;
    if (reading->is_item_start)
        write_bullet(reading);
}

/* Bytes of a blank at `at`: ASCII, no-break space, or the invisible characters with which newsletters pad; 0 when it is none. */
static gsize blank_length(const char *at, gsize left)
{
    const guchar *bytes = (const guchar *)at;
    if (bytes[0] == ' ' || bytes[0] == '\n' || bytes[0] == '\t' || bytes[0] == '\r')
        return 1;
    if (left >= 2 && bytes[0] == 0xC2 && (bytes[1] == 0xA0 || bytes[1] == 0xAD))
        return 2;
    if (left >= 3 && bytes[0] == 0xE2 && bytes[1] == 0x80 && (bytes[2] == 0x8B || bytes[2] == 0x8C || bytes[2] == 0x8D))
        return 3;
    return 0;
}

static void write_preformatted(Reading *reading, const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '\n') {
            reading->gap = reading->gap >= GAP_LINE ? GAP_PARAGRAPH : GAP_LINE;
        } else if (text[i] != '\r') {
            write_gap(reading);
            g_string_append_c(reading->out, text[i]);
        }
    }
}

static void on_characters(void *context, const xmlChar *characters, int length)
{
    Reading *reading = context;
    if (reading->dropped > 0 || length <= 0)
        return;
    const char *text = (const char *)characters;
    gsize left = (gsize)length;
    if (reading->preformatted > 0) {
        write_preformatted(reading, text, left);
        return;
    }
    while (left > 0) {
        gsize blank = blank_length(text, left);
        if (blank > 0) {
            if (!reading->is_cell_start && !reading->is_item_start)
                reading->gap = MAX(reading->gap, GAP_BLANK);
            text += blank;
            left -= blank;
            continue;
        }
        gsize run = 1;
        while (run < left && blank_length(text + run, left - run) == 0)
            run++;
        write_gap(reading);
        g_string_append_len(reading->out, text, (gssize)run);
        text += run;
        left -= run;
    }
}

static const char *find_attribute(const xmlChar **attributes, const char *name)
{
    if (attributes == NULL)
        return NULL;
    for (guint i = 0; attributes[i] != NULL; i += 2)
        if (strcmp((const char *)attributes[i], name) == 0)
            return (const char *)attributes[i + 1];
    return NULL;
}

static gboolean style_says(const xmlChar **attributes, const char *property, const char *value)
{
    const char *style = find_attribute(attributes, "style");
    if (style == NULL || strcasestr(style, property) == NULL)
        return FALSE;
    g_autofree char *folded = g_ascii_strdown(style, -1);
    for (char *at = strstr(folded, property); at != NULL; at = strstr(at, property)) {
        at += strlen(property);
        at += strspn(at, " \t\r\n");
        if (*at != ':')
            continue;
        at++;
        at += strspn(at, " \t\r\n");
        if (g_str_has_prefix(at, value))
            return TRUE;
    }
    return FALSE;
}

/* Mail programs indent with blockquotes too, and then take their border away. */
static gboolean is_quotation(const xmlChar **attributes)
{
    if (find_attribute(attributes, "type") != NULL || find_attribute(attributes, "cite") != NULL)
        return TRUE;
    return !style_says(attributes, "border", "none") && !style_says(attributes, "border-width", "0");
}

static void open_quotation(Reading *reading, const xmlChar **attributes)
{
    gboolean quotes = is_quotation(attributes);
    g_string_append_c(reading->quote_stack, quotes ? 'q' : '-');
    if (quotes)
        reading->quotes++;
    reading->is_cell_start = FALSE;
    want_gap(reading, GAP_LINE);
}

static void close_quotation(Reading *reading)
{
    GString *stack = reading->quote_stack;
    if (stack->len == 0)
        return;
    if (stack->str[stack->len - 1] == 'q')
        reading->quotes--;
    g_string_truncate(stack, stack->len - 1);
}

static void open_cell(Reading *reading)
{
    if (reading->out->len == 0 || reading->cells == 0) {
        reading->cells = 0;
        return;
    }
    reading->gap = GAP_TAB;
    reading->is_cell_start = TRUE;
}

static void close_cell(Reading *reading)
{
    if (reading->is_cell_start)
        reading->gap = GAP_TAB; /* empty: the next one takes its place */
    else
        reading->cells++;
    reading->is_cell_start = FALSE;
}

static void open_link(Reading *reading, const xmlChar **attributes)
{
    const char *href = find_attribute(attributes, "href");
    g_clear_pointer(&reading->link, g_free);
    if (href == NULL)
        return;
    if (g_ascii_strncasecmp(href, "mailto:", 7) == 0)
        reading->link = g_strndup(href + 7, strcspn(href + 7, "?"));
    else if (g_ascii_strncasecmp(href, "tel:", 4) == 0 || g_ascii_strncasecmp(href, "http", 4) == 0)
        reading->link = g_strdup(href);
    reading->link_start = reading->out->len;
}

/* "call us" gets the number behind it (RFC 3966), in brackets; what shows a number already does not. */
static void show_number(Reading *reading, const char *link, const char *shown)
{
    enum { LEAST_DIGITS = 6 };
    guint digits = 0;
    for (const char *at = shown; *at != '\0'; at++)
        digits += g_ascii_isdigit(*at) != 0;
    g_autofree char *unescaped = g_uri_unescape_string(link + strlen("tel:"), NULL);
    if (digits >= LEAST_DIGITS || unescaped == NULL)
        return;
    g_autofree char *number = g_strstrip(g_strndup(unescaped, strcspn(unescaped, ";?")));
    if (number[0] != '\0' && strspn(number, "+0123456789 ()-.") == strlen(number))
        g_string_append_printf(reading->out, " (%s)", number);
}

/* The address of a link is kept when it says something that its text does not. */
static void close_link(Reading *reading)
{
    g_autofree char *link = g_steal_pointer(&reading->link);
    if (link == NULL || reading->link_start >= reading->out->len || strlen(link) > MAX_LINK_BYTES)
        return;
    const char *shown = reading->out->str + reading->link_start;
    if (g_ascii_strncasecmp(link, "tel:", 4) == 0) {
        show_number(reading, link, shown);
        return;
    }
    const char *host = strstr(link, "://");
    g_autofree char *shown_folded = g_ascii_strdown(shown, -1);
    g_autofree char *wanted = g_ascii_strdown(host == NULL ? link : host + 3, -1);
    gsize length = strlen(wanted);
    while (length > 0 && wanted[length - 1] == '/')
        wanted[--length] = '\0';
    if (length == 0 || strstr(shown_folded, wanted) != NULL)
        return;
    if (strpbrk(link, " \t\r\n<>") == NULL)
        g_string_append_printf(reading->out, " <%s>", link);
}

/* The ways in which newsletters hide the line that only the list of mails shall show. */
static gboolean is_hidden(const xmlChar **attributes)
{
    static const char *const styles[][2] = {
        {"display", "none"}, {"visibility", "hidden"}, {"mso-hide", "all"}, {"max-height", "0"}};
    if (attributes == NULL)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(styles); i++)
        if (style_says(attributes, styles[i][0], styles[i][1]))
            return TRUE;
    for (guint i = 0; attributes[i] != NULL; i += 2)
        if (strcmp((const char *)attributes[i], "hidden") == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_dropped(Reading *reading, guint element, const xmlChar **attributes)
{
    if (element & ELEMENT_DROPPED)
        return TRUE;
    if (reading->shows_hidden || !is_hidden(attributes))
        return FALSE;
    reading->dropped_hidden++;
    return TRUE;
}

static void write_rule(Reading *reading)
{
    want_gap(reading, GAP_LINE);
    write_gap(reading);
    g_string_append(reading->out, "________________________________");
    want_gap(reading, GAP_LINE);
}

static void write_break(Reading *reading)
{
    if (!reading->is_cell_start && !reading->is_item_start)
        reading->gap = reading->gap >= GAP_LINE ? GAP_PARAGRAPH : GAP_LINE;
}

/* In a cell behind its label a list is the value, whose items need no bullets. */
static void open_list(Reading *reading, guint element, const xmlChar **attributes)
{
    const char *start = find_attribute(attributes, "start");
    guint64 first = 1;
    if (start != NULL)
        g_ascii_string_to_unsigned(start, 10, 0, MAX_ITEM_NUMBER, &first, NULL);
    int number = reading->is_cell_start ? NUMBER_PLAIN : element & ELEMENT_NUMBERED ? (int)first : NUMBER_NONE;
    g_array_append_val(reading->lists, number);
}

static void close_list(Reading *reading)
{
    if (reading->lists->len > 0)
        g_array_set_size(reading->lists, reading->lists->len - 1);
    reading->is_item_start = FALSE;
}

/* What a list does, beside parting lines. */
static void open_list_element(Reading *reading, guint element, const xmlChar **attributes)
{
    if (element & ELEMENT_LIST)
        open_list(reading, element, attributes);
    if (element & ELEMENT_ITEM)
        reading->is_item_start = !reading->is_cell_start;
}

static void open_element(Reading *reading, guint element, const xmlChar **attributes)
{
    if (element & ELEMENT_BREAK)
        write_break(reading);
    else if (element & ELEMENT_RULE)
        write_rule(reading);
    else if (element & ELEMENT_CELL)
        open_cell(reading);
    else if (element & ELEMENT_QUOTE)
        open_quotation(reading, attributes);
    else if (element & ELEMENT_LINK)
        open_link(reading, attributes);
    else if (element & (ELEMENT_PARAGRAPH | ELEMENT_LINE))
        want_gap(reading, element & ELEMENT_PARAGRAPH ? GAP_PARAGRAPH : GAP_LINE);
    if (element & ELEMENT_ROW)
        reading->cells = 0;
    if (element & ELEMENT_PREFORMATTED)
        reading->preformatted++;
    open_list_element(reading, element, attributes);
}

static void on_start_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
    Reading *reading = context;
    guint element = find_element(name);
    if (reading->dropped > 0)
        reading->dropped += !(element & ELEMENT_VOID);
    else if (!(element & ELEMENT_VOID) && is_dropped(reading, element, attributes))
        reading->dropped = 1;
    else
        open_element(reading, element, attributes);
}

static void on_end_element(void *context, const xmlChar *name)
{
    Reading *reading = context;
    guint element = find_element(name);
    if (element & ELEMENT_VOID)
        return;
    if (reading->dropped > 0) {
        reading->dropped--;
        return;
    }
    if (element & ELEMENT_CELL)
        close_cell(reading);
    if (element & ELEMENT_LINK)
        close_link(reading);
    if (element & ELEMENT_QUOTE)
        close_quotation(reading);
    if (element & ELEMENT_PREFORMATTED && reading->preformatted > 0)
        reading->preformatted--;
    if (element & ELEMENT_ITEM)
        reading->is_item_start = FALSE; /* an empty one */
    if (element & ELEMENT_LIST)
        close_list(reading);
    if (element & (ELEMENT_PARAGRAPH | ELEMENT_LINE))
        want_gap(reading, element & ELEMENT_PARAGRAPH ? GAP_PARAGRAPH : GAP_LINE);
}

static char *read_html(const char *html, gsize length, gboolean shows_hidden, gboolean *was_hidden)
{
    static const xmlSAXHandler callbacks = {
        .startElement = on_start_element,
        .endElement = on_end_element,
        .characters = on_characters,
        .ignorableWhitespace = on_characters,
    };
    Reading reading = {.out = g_string_sized_new(length / 2),
                       .shows_hidden = shows_hidden,
                       .quote_stack = g_string_new(NULL),
                       .lists = g_array_new(FALSE, FALSE, sizeof(int))};
    xmlSAXHandler handler = callbacks;
    htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(&handler, &reading, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
    htmlCtxtUseOptions(parser,
                       HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    htmlParseChunk(parser, html, (int)length, 1);
    htmlFreeParserCtxt(parser);
    *was_hidden = reading.dropped_hidden > 0;
    g_free(reading.link);
    g_string_free(reading.quote_stack, TRUE);
    g_array_unref(reading.lists);
    if (reading.out->len > 0)
        g_string_append_c(reading.out, '\n');
    return g_string_free(reading.out, FALSE);
}

/* Without Word's "<![if !supportLists]>", which libxml2 takes for text. NULL when there are none; owned. */
static char *cut_conditions(const char *html, gsize length)
{
    const char *end = html + length, *at = memmem(html, length, "<![", 3);
    if (at == NULL)
        return NULL;
    GString *out = g_string_sized_new(length);
    const char *done = html;
    while (at != NULL) {
        const char *close = memchr(at, '>', (gsize)(end - at));
        if (close == NULL)
            break;
        gboolean ends_comment = close - at > 3 && memcmp(close - 2, "--", 2) == 0;
        g_string_append_len(out, done, at - done);
        done = ends_comment ? close - 2 : close + 1;
        at = memmem(done, (gsize)(end - done), "<![", 3);
    }
    g_string_append_len(out, done, end - done);
    return g_string_free(out, FALSE);
}

char *html_to_text(const char *html, gsize length)
{
    g_autofree char *plain = cut_conditions(html, length);
    const char *source = plain == NULL ? html : plain;
    length = plain == NULL ? length : strlen(plain);
    gboolean was_hidden = FALSE;
    char *text = read_html(source, length, FALSE, &was_hidden);
    if (text[0] != '\0' || !was_hidden)
        return text;
    /* nothing is left to read: better what was hidden than nothing */
    g_free(text);
    return read_html(source, length, TRUE, &was_hidden);
}
