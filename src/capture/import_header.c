/*
 * capture/import_header.c - what the import needs to know of a header block before it reads the mail
 *
 * Takes the lines of the block; gives when the mail came by what it says itself, how long it says it is, and whether the program
 * that keeps it has marked it as deleted: Thunderbird leaves what was deleted in its mbox until that is compacted, and mail servers keep notes
 * of their own there that look like a mail.
 */
#include "import_parts.h"

#include <stdlib.h>
#include <string.h>

#define MAX_VALUE_BYTES 8192
#define MOZILLA_EXPUNGED 0x0008

typedef enum {
    FIELD_NONE,
    FIELD_RECEIVED,
    FIELD_DATE,
    FIELD_LENGTH,
    FIELD_MOZILLA,
    FIELD_STATUS,
    FIELD_SUBJECT,
    FIELD_LABELS
} HeaderField;

static const struct {
    const char *name;
    HeaderField field;
} fields[] = {
    {"Received:", FIELD_RECEIVED},        {"Date:", FIELD_DATE},       {"Content-Length:", FIELD_LENGTH},
    {"X-Mozilla-Status:", FIELD_MOZILLA}, {"X-Status:", FIELD_STATUS}, {"Subject:", FIELD_SUBJECT},
    {"X-Gmail-Labels:", FIELD_LABELS},
};

void import_header_start(ImportHeader *header)
{
    if (header->value == NULL)
        header->value = g_string_new(NULL);
    header->received = header->date = 0;
    header->has_received = header->has_date = FALSE;
    header->content_length = -1;
    header->is_deleted = header->is_internal = FALSE;
    header->field = FIELD_NONE;
}

void import_header_clear(ImportHeader *header)
{
    if (header->value != NULL)
        g_string_free(header->value, TRUE);
    header->value = NULL;
}

static gint64 read_length(const char *value)
{
    guint64 length = 0;
    return g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64 / 2, &length, NULL) ? (gint64)length : -1;
}

/* Only the first of a kind counts: the top Received is the firm's own. */
static void take_date(gboolean (*read)(const char *, UsherTime *), const char *value, gboolean *is_known, UsherTime *moment)
{
    if (!*is_known && !read(value, moment))
        *moment = 0;
    *is_known = TRUE;
}

/* Google Takeout writes one mbox with all folders: "=?UTF-8?Q?Inbox,Spam?=", "Trash,Unread". */
static gboolean has_left_out_label(const char *value)
{
    static const char *const left_out[] = {"spam", "trash", "draft", "drafts", "bin", NULL};
    g_autofree char *folded = g_ascii_strdown(value, -1);
    g_auto(GStrv) labels = g_strsplit_set(folded, ",?", -1);
    for (guint i = 0; labels[i] != NULL; i++)
        if (g_strv_contains(left_out, g_strstrip(labels[i])))
            return TRUE;
    return FALSE;
}

static void finish_field(ImportHeader *header)
{
    const char *value = g_strstrip(header->value->str);
    switch ((HeaderField)header->field) {
    case FIELD_NONE:
        break;
    case FIELD_RECEIVED:
        take_date(import_read_received, value, &header->has_received, &header->received);
        break;
    case FIELD_DATE:
        take_date(import_read_date, value, &header->has_date, &header->date);
        break;
    case FIELD_LENGTH:
        header->content_length = read_length(value);
        break;
    case FIELD_MOZILLA:
        header->is_deleted |= (strtoul(value, NULL, 16) & MOZILLA_EXPUNGED) != 0;
        break;
    case FIELD_STATUS:
        header->is_deleted |= strpbrk(value, "DT") != NULL;
        break;
    case FIELD_SUBJECT:
        header->is_internal |=
            strstr(value, "FOLDER INTERNAL DATA") != NULL && g_str_has_prefix(value, "DON'T DELETE THIS MESSAGE");
        break;
    case FIELD_LABELS:
        header->is_deleted |= has_left_out_label(value);
        break;
    }
    header->field = FIELD_NONE;
}

static void begin_field(ImportHeader *header, const char *line)
{
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        gsize length = strlen(fields[i].name);
        if (g_ascii_strncasecmp(line, fields[i].name, length) == 0) {
            header->field = fields[i].field;
            g_string_assign(header->value, line + length);
            return;
        }
    }
}

void import_header_take(ImportHeader *header, const char *line)
{
    gboolean goes_on = *line == ' ' || *line == '\t';
    if (!goes_on) {
        finish_field(header);
        begin_field(header, line);
    } else if (header->field != FIELD_NONE && header->value->len < MAX_VALUE_BYTES) {
        g_string_append(header->value, line);
    }
}

void import_header_end(ImportHeader *header)
{
    finish_field(header);
}

gboolean import_is_header_line(const char *line)
{
    const char *at = line;
    while (g_ascii_isalnum(*at) || *at == '-' || *at == '_' || *at == '.')
        at++;
    const char *end = at;
    while (*at == ' ' || *at == '\t')
        at++;
    return end > line && *at == ':';
}
