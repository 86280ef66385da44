/*
 * parse/address.c - addresses that stand in text
 *
 * For header fields GMime reads addresses; here they are found in what people and mail programs write into bodies, and in From fields
 * that no parser accepts. Nothing is repaired: what text_is_address refuses is not an address.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

static gboolean is_local_char(guchar c)
{
    return g_ascii_isalnum(c) || c >= 0x80 || (c != '\0' && strchr(".!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

static gboolean is_domain_char(guchar c)
{
    return g_ascii_isalnum(c) || c >= 0x80 || c == '.' || c == '-';
}

gboolean address_find(const char *text, gsize *start, gsize *end)
{
    gsize floor = *start;
    const char *at = text + floor;
    while ((at = strchr(at, '@')) != NULL) {
        gsize from = (gsize)(at - text), to = from + 1;
        while (from > floor && is_local_char((guchar)text[from - 1]) && (gsize)(at - text) - from < 64)
            from--;
        while (is_domain_char((guchar)text[to]) && to - from < 254)
            to++;
        while (to > from && (text[to - 1] == '.' || text[to - 1] == '-'))
            to--;
        const char *equals = memrchr(text + from, '=', (gsize)(at - (text + from)));
        if (equals != NULL)
            from = (gsize)(equals + 1 - text); /* "smtp=jane@example.org", "to=<...>" */
        while (from < to && strchr(".'*", text[from]) != NULL)
            from++;
        g_autofree char *candidate = g_strndup(text + from, to - from);
        if (text + from < at && g_utf8_validate(candidate, -1, NULL) && text_is_address(candidate)) {
            *start = from;
            *end = to;
            return TRUE;
        }
        at++;
        floor = (gsize)(at - text);
    }
    return FALSE;
}

/* A display name without its quotes, brackets and the words that mail programs put between it and the address. */
static char *clean_name(const char *start, gsize length)
{
    g_autofree char *raw = g_strndup(start, length);
    char *bracket = strpbrk(raw, "<[(");
    if (bracket != NULL)
        *bracket = '\0';
    g_autofree char *line = text_to_line(raw, 200);
    char *begin = line;
    while (*begin != '\0' && strchr(" \"'*,;", *begin) != NULL)
        begin++;
    gsize left = strlen(begin);
    while (left > 0 && strchr(" \"'*,;", begin[left - 1]) != NULL)
        left--;
    return g_strndup(begin, left);
}

const char *address_find_behalf(const char *text)
{
    static const char *const words[] = {" on behalf of ", " im Auftrag von ", " de la part de ",
                                        " namens ",       " en nombre de ",   " per conto di "};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *found = strcasestr(text, words[i]);
        if (found != NULL && found > text)
            return found + strlen(words[i]);
    }
    return NULL;
}

Mailbox *address_read_mailbox(const char *text)
{
    gsize start = 0, end = 0;
    if (!address_find(text, &start, &end)) {
        g_autofree char *name = clean_name(text, strlen(text));
        return name[0] == '\0' ? NULL : mailbox_new(name, "");
    }
    g_autofree char *raw = g_strndup(text + start, end - start);
    g_autofree char *address = text_fold_address(raw);
    g_autofree char *name = clean_name(text, start);
    if (strchr(name, '@') != NULL)
        name[0] = '\0';
    return mailbox_new(name, address);
}

Mailbox *address_read_behalf(const char *text)
{
    const char *behalf = address_find_behalf(text);
    return behalf == NULL ? NULL : address_read_mailbox(behalf);
}

/* The name at the end of `text`: what is in quotes there, else the last words that begin with a capital. Owned; "" when there is none. */
static char *find_last_name(const char *text)
{
    static const char *const quotes[][2] = {{"\"", "\""}, {"« ", " »"}, {"«", "»"}, {"“", "”"},
                                            {"„", "“"},   {"„", "”"},   {"»", "«"}, {"'", "'"}};
    g_autofree char *line = text_to_line(text, 400);
    g_strchomp(line);
    for (guint i = 0; i < G_N_ELEMENTS(quotes); i++) {
        if (!g_str_has_suffix(line, quotes[i][1]))
            continue;
        g_autofree char *inside = g_strndup(line, strlen(line) - strlen(quotes[i][1]));
        const char *open = g_strrstr(inside, quotes[i][0]);
        if (open != NULL)
            return text_to_line(open + strlen(quotes[i][0]), 200);
    }
    char *name = line + strlen(line);
    while (name > line) {
        char *word = name - 1;
        while (word > line && word[-1] != ' ')
            word--;
        if (!g_unichar_isupper(g_utf8_get_char(word)) || strpbrk(word, ",:;") != NULL)
            break;
        name = word;
    }
    return g_strdup(name);
}

Mailbox *address_read_introduced(const char *text)
{
    gsize start = 0, end = 0;
    if (!address_find(text, &start, &end))
        return NULL;
    g_autofree char *raw = g_strndup(text + start, end - start);
    g_autofree char *address = text_fold_address(raw);
    while (start > 0 && strchr("<([ ", text[start - 1]) != NULL)
        start--;
    g_autofree char *before = g_strndup(text, start);
    g_autofree char *name = find_last_name(before);
    return mailbox_new(name, address);
}

/* Behind the next comma or semicolon that stands outside of quotes and brackets. */
static const char *find_list_end(const char *at)
{
    gboolean is_quoted = FALSE;
    guint brackets = 0;
    for (; *at != '\0'; at++) {
        if (*at == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && *at == '<')
            brackets++;
        else if (!is_quoted && *at == '>' && brackets > 0)
            brackets--;
        else if (!is_quoted && brackets == 0 && (*at == ',' || *at == ';'))
            return at;
    }
    return at;
}

void address_read_list(const char *text, GPtrArray *into)
{
    for (const char *at = text; *at != '\0' && into->len < PARSE_MAX_MAILBOXES;) {
        const char *end = find_list_end(at);
        g_autofree char *item = g_strndup(at, (gsize)(end - at));
        Mailbox *mailbox = address_read_mailbox(item);
        if (mailbox != NULL)
            g_ptr_array_add(into, mailbox);
        at = *end == '\0' ? end : end + 1;
    }
}
