/*
 * web/form.c - what the body of a POST asks for
 *
 * Mail programs post "List-Unsubscribe=One-Click" as they like, urlencoded or multipart (RFC 8058 section 3.2); our own page posts urlencoded. A body is a few
 * hundred bytes: it is read where it stands, and whatever is odd about it asks for nothing.
 */
#include "usher/web.h"

#include <string.h>

#define MAX_BOUNDARY_CHARS 70 /* RFC 2046 section 5.1.1 */

static WebAsk judge_pair(const char *name, const char *value, SuppressionScope *scope)
{
    if (g_ascii_strcasecmp(name, "List-Unsubscribe") == 0 && g_ascii_strcasecmp(value, "One-Click") == 0)
        return WEB_ASKS_ONE_CLICK;
    return strcmp(name, "scope") == 0 && scope_find(value, scope) ? WEB_ASKS_SCOPE : WEB_ASKS_NOTHING;
}

/* ---- urlencoded ---- */

static char *decode(const char *text)
{
    g_autofree char *spaced = g_strdelimit(g_strdup(text), "+", ' ');
    return g_uri_unescape_string(spaced, NULL);
}

static WebAsk read_urlencoded(const char *body, gsize length, SuppressionScope *scope)
{
    g_autofree char *text = g_strndup(body, length);
    g_auto(GStrv) pairs = g_strsplit(g_strstrip(text), "&", 20);
    WebAsk ask = WEB_ASKS_NOTHING;
    for (guint i = 0; pairs[i] != NULL && ask == WEB_ASKS_NOTHING; i++) {
        char *equals = strchr(pairs[i], '=');
        if (equals == NULL)
            continue;
        *equals = '\0';
        g_autofree char *name = decode(pairs[i]);
        g_autofree char *value = decode(equals + 1);
        if (name != NULL && value != NULL)
            ask = judge_pair(name, value, scope);
    }
    return ask;
}

/* ---- multipart ---- */

/* The value of a parameter, quoted or not: `name="value"`; NULL when it is not there. Owned by the caller. */
static char *find_parameter(const char *header, const char *name)
{
    g_autofree char *wanted = g_strconcat(name, "=", NULL);
    const char *at = header;
    do {
        at = strcasestr(at, wanted);
        /* "name=" is within "filename=", too. */
        if (at != NULL && at > header && strchr("; \t\r\n", at[-1]) != NULL)
            break;
        at = at != NULL ? at + 1 : NULL;
    } while (at != NULL);
    if (at == NULL)
        return NULL;
    at += strlen(wanted);
    return *at == '"' ? g_strndup(at + 1, strcspn(at + 1, "\"")) : g_strndup(at, strcspn(at, "; \t\r\n"));
}

/* From behind a delimiter line on: the headers, an empty line, the value. */
static WebAsk judge_part(const char *part, gsize length, SuppressionScope *scope)
{
    const char *gap = memmem(part, length, "\r\n\r\n", 4);
    if (gap == NULL)
        return WEB_ASKS_NOTHING;
    g_autofree char *headers = g_strndup(part, (gsize)(gap - part));
    g_autofree char *value = g_strndup(gap + 4, length - (gsize)(gap + 4 - part));
    g_autofree char *name = find_parameter(headers, "name");
    return name != NULL ? judge_pair(name, g_strstrip(value), scope) : WEB_ASKS_NOTHING;
}

static WebAsk read_multipart(const char *boundary, const char *body, gsize length, SuppressionScope *scope)
{
    g_autofree char *delimiter = g_strconcat("--", boundary, NULL);
    gsize size = strlen(delimiter);
    const char *end = body + length;
    const char *at = memmem(body, length, delimiter, size);
    WebAsk ask = WEB_ASKS_NOTHING;
    while (at != NULL && ask == WEB_ASKS_NOTHING) {
        const char *part = at + size;
        const char *next = memmem(part, (gsize)(end - part), delimiter, size);
        if (next != NULL)
            ask = judge_part(part, (gsize)(next - part), scope);
        at = next;
    }
    return ask;
}

WebAsk web_read_form(const char *content_type, const char *body, gsize length, SuppressionScope *scope)
{
    if (length == 0 || length > WEB_MAX_BODY_BYTES)
        return WEB_ASKS_NOTHING;
    if (content_type == NULL || g_ascii_strncasecmp(content_type, "application/x-www-form-urlencoded", 33) == 0)
        return read_urlencoded(body, length, scope);
    if (g_ascii_strncasecmp(content_type, "multipart/form-data", 19) != 0)
        return WEB_ASKS_NOTHING;
    g_autofree char *boundary = find_parameter(content_type, "boundary");
    if (boundary == NULL || *boundary == '\0' || strlen(boundary) > MAX_BOUNDARY_CHARS)
        return WEB_ASKS_NOTHING;
    return read_multipart(boundary, body, length, scope);
}
