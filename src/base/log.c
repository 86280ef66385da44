/*
 * base/log.c - where log lines go
 *
 * A line is written with one call, so that the lines of several processes on one standard error do not mix. What
 * a stranger may have put into a message (line ends, escape sequences, bytes that are no UTF-8) is written as \xNN.
 */
#include "usher/base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_process = "";
static gboolean log_is_verbose;

static gboolean is_plain(const char *at, const char *next)
{
    guchar first = (guchar)*at;
    gboolean is_c1_control = first == 0xC2 && next == at + 2 && (guchar)at[1] < 0xA0;
    return first >= 0x20 && first != 0x7F && !is_c1_control;
}

static void append_escaped(GString *line, const char *text, gsize length)
{
    const char *end = text + length;
    while (text < end) {
        gboolean is_valid = (gint32)g_utf8_get_char_validated(text, end - text) > 0;
        const char *next = is_valid ? g_utf8_next_char(text) : text + 1;
        if (is_valid && is_plain(text, next))
            g_string_append_len(line, text, next - text);
        else
            for (; text < next; text++)
                g_string_append_printf(line, "\\x%02X", (guchar)*text);
        text = next;
    }
}

static const GLogField *find_field(const GLogField *fields, gsize count, const char *key)
{
    for (gsize i = 0; i < count; i++)
        if (strcmp(fields[i].key, key) == 0)
            return &fields[i];
    return NULL;
}

static char *escape_message(const GLogField *fields, gsize count)
{
    GString *text = g_string_new(NULL);
    const GLogField *message = find_field(fields, count, "MESSAGE");
    if (message && message->value)
        append_escaped(text, message->value, message->length < 0 ? strlen(message->value) : (gsize)message->length);
    return g_string_free(text, FALSE);
}

/* GLib's own complaints keep their domain: it tells whose they are. */
static const char *find_domain(const GLogField *fields, gsize count)
{
    const GLogField *domain = find_field(fields, count, "GLIB_DOMAIN");
    if (!domain || !domain->value || domain->length >= 0 || strcmp(domain->value, G_LOG_DOMAIN) == 0)
        return NULL;
    return domain->value;
}

static const char *level_word(GLogLevelFlags level)
{
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return "error: ";
    if (level & G_LOG_LEVEL_WARNING)
        return "warning: ";
    return level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG) ? "debug: " : "";
}

static GLogWriterOutput write_to_stderr(GLogLevelFlags level, const char *domain, const char *message)
{
    g_autofree char *line = g_strdup_printf("usher%s%s: %s%s%s%s\n", *log_process ? "/" : "", log_process, level_word(level),
                                            domain ? domain : "", domain ? ": " : "", message);
    gsize length = strlen(line), done = 0;
    while (done < length) {
        gssize written = write(STDERR_FILENO, line + done, length - done);
        if (written < 0)
            return G_LOG_WRITER_UNHANDLED;
        done += (gsize)written;
    }
    return G_LOG_WRITER_HANDLED;
}

static GLogWriterOutput write_to_journal(GLogLevelFlags level, const GLogField *fields, gsize count, const char *message)
{
    g_autofree GLogField *copy = g_new(GLogField, count + 1);
    memcpy(copy, fields, count * sizeof *fields);
    for (gsize i = 0; i < count; i++)
        if (strcmp(copy[i].key, "MESSAGE") == 0)
            copy[i] = (GLogField){"MESSAGE", message, -1};
    copy[count] = (GLogField){"USHER_PROCESS", log_process, -1};
    return g_log_writer_journald(level, copy, count + 1, NULL);
}

static GLogWriterOutput write_log(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
    (void)data;
    if (!log_is_verbose && level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG))
        return G_LOG_WRITER_HANDLED;
    g_autofree char *message = escape_message(fields, count);
    if (g_log_writer_is_journald(STDERR_FILENO) && write_to_journal(level, fields, count, message) == G_LOG_WRITER_HANDLED)
        return G_LOG_WRITER_HANDLED;
    return write_to_stderr(level, find_domain(fields, count), message);
}

void log_open(const char *process, gboolean is_verbose)
{
    log_process = process ? process : "";
    log_is_verbose = is_verbose;
    /* A child names itself anew; GLib ends a program that sets its writer twice. */
    static gsize is_set;
    if (g_once_init_enter(&is_set)) {
        g_log_set_writer_func(write_log, NULL, NULL);
        g_once_init_leave(&is_set, 1);
    }
}
