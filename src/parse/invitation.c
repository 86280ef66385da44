/*
 * parse/invitation.c - what an iCalendar object in a mail asks for (RFC 5545, iTIP of RFC 5546)
 *
 * Takes the text of a text/calendar part, written by a stranger; gives its method and of its first event who, what and when. Anything else in it
 * (recurrence, alarms, definitions of time zones) is passed over, and what cannot be read is left out. libical stays with the holidays, which the
 * firm itself has chosen: it would work out whatever rules of summer time a stranger cares to define.
 *
 * A time counts when it is in UTC or names a zone of the IANA database, or one of those that Outlook writes for Europe and North America; otherwise
 * only its words are kept.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

#define MAX_LINES 2000
#define MAX_LINE_BYTES 2000
#define MAX_ATTENDEES 50
#define MAX_SHOWN_CHARS 200

static const char *const windows_zones[][2] = {
    {"GMT Standard Time", "Europe/London"},
    {"Greenwich Standard Time", "Atlantic/Reykjavik"},
    {"W. Europe Standard Time", "Europe/Berlin"},
    {"Central Europe Standard Time", "Europe/Budapest"},
    {"Central European Standard Time", "Europe/Warsaw"},
    {"Romance Standard Time", "Europe/Paris"},
    {"GTB Standard Time", "Europe/Bucharest"},
    {"Eastern Standard Time", "America/New_York"},
    {"Central Standard Time", "America/Chicago"},
    {"Mountain Standard Time", "America/Denver"},
    {"Pacific Standard Time", "America/Los_Angeles"},
};

/* ---- lines ---- */

/* Section 3.1: a line that begins with a blank goes on with the one before. */
static char *unfold(const char *text)
{
    GString *unfolded = g_string_new(NULL);
    for (const char *at = text; *at; at++) {
        if (*at == '\r')
            continue;
        if (*at == '\n' && (at[1] == ' ' || at[1] == '\t'))
            at++;
        else
            g_string_append_c(unfolded, *at);
    }
    return g_string_free(unfolded, FALSE);
}

/* Where the value of a line begins: behind the first colon that stands in no quotes; NULL. */
static const char *find_value(const char *line)
{
    gboolean is_quoted = FALSE;
    for (; *line; line++) {
        if (*line == '"')
            is_quoted = !is_quoted;
        else if (*line == ':' && !is_quoted)
            return line + 1;
    }
    return NULL;
}

static gboolean is_property(const char *line, const char *name)
{
    gsize length = strlen(name);
    return g_ascii_strncasecmp(line, name, length) == 0 && (line[length] == ':' || line[length] == ';');
}

/* The value of a parameter, without its quotes; NULL. Owned by the caller. */
static char *find_parameter(const char *line, const char *value, const char *name)
{
    gboolean is_quoted = FALSE;
    for (const char *at = line; at < value; at++) {
        is_quoted ^= *at == '"';
        if (*at != ';' || is_quoted || g_ascii_strncasecmp(at + 1, name, strlen(name)) != 0 || at[1 + strlen(name)] != '=')
            continue;
        const char *start = at + strlen(name) + 2;
        gboolean has_quotes = *start == '"';
        start += has_quotes;
        gsize length = strcspn(start, has_quotes ? "\"" : ";:,");
        return g_strndup(start, MIN(length, (gsize)(value - start)));
    }
    return NULL;
}

/* Section 3.3.11: "\n", "\," and "\;" in a text; one line of it. */
static char *read_line(const char *value)
{
    GString *plain = g_string_new(NULL);
    for (; *value; value++) {
        if (*value == '\\' && value[1]) {
            value++;
            g_string_append_c(plain, *value == 'n' || *value == 'N' ? ' ' : *value);
        } else {
            g_string_append_c(plain, *value);
        }
    }
    char *line = text_to_line(plain->str, MAX_SHOWN_CHARS);
    g_string_free(plain, TRUE);
    return line;
}

/* ---- values ---- */

static Mailbox *read_party(const char *line, const char *value)
{
    if (g_ascii_strncasecmp(value, "mailto:", 7) != 0)
        return NULL;
    g_autofree char *name = find_parameter(line, value, "CN");
    g_autofree char *shown = text_to_line(name == NULL || strchr(name, '@') != NULL ? "" : name, MAX_SHOWN_CHARS);
    g_autofree char *address = g_strstrip(g_strdup(value + 7));
    return text_is_address(address) ? mailbox_new(shown, address) : NULL;
}

static gboolean is_zone_name(const char *name)
{
    gboolean has_slash = FALSE;
    for (const char *at = name; *at; at++) {
        has_slash |= *at == '/';
        if (!g_ascii_isalnum(*at) && strchr("/_+-", *at) == NULL)
            return FALSE;
    }
    return has_slash && g_ascii_isupper(name[0]) && strlen(name) < 64;
}

static GTimeZone *find_zone(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(windows_zones); i++)
        if (g_ascii_strcasecmp(name, windows_zones[i][0]) == 0)
            return g_time_zone_new_identifier(windows_zones[i][1]);
    if (strcmp(name, "UTC") == 0)
        return g_time_zone_new_utc();
    return is_zone_name(name) ? g_time_zone_new_identifier(name) : NULL;
}

static int read_digits(const char *at, guint count)
{
    int number = 0;
    for (guint i = 0; i < count; i++) {
        if (!g_ascii_isdigit(at[i]))
            return -1;
        number = 10 * number + (at[i] - '0');
    }
    return number;
}

static UsherTime find_moment(const int *parts, const char *zone_name, gboolean is_utc)
{
    GTimeZone *zone = is_utc ? g_time_zone_new_utc() : zone_name != NULL ? find_zone(zone_name) : NULL;
    if (zone == NULL)
        return 0;
    g_autoptr(GDateTime) moment = g_date_time_new(zone, parts[0], parts[1], parts[2], parts[3], parts[4], 0);
    g_time_zone_unref(zone);
    return moment == NULL ? 0 : MAX(g_date_time_to_unix(moment), 0);
}

/* DTSTART: "20260305T100000Z", with TZID in local time, or a day alone. */
static void read_start(Invitation *invitation, const char *line, const char *value)
{
    int parts[5] = {read_digits(value, 4), 0, 0, 0, 0};
    if (parts[0] < 0 || (parts[1] = read_digits(value + 4, 2)) < 0 || (parts[2] = read_digits(value + 6, 2)) < 0)
        return;
    g_free(invitation->start_said);
    if (value[8] != 'T' || (parts[3] = read_digits(value + 9, 2)) < 0 || (parts[4] = read_digits(value + 11, 2)) < 0) {
        invitation->start_said = g_strdup_printf("%04d-%02d-%02d", parts[0], parts[1], parts[2]);
        return;
    }
    g_autofree char *zone = find_parameter(line, value, "TZID");
    g_autofree char *shown = text_to_line(zone == NULL ? "" : zone, 60);
    invitation->start_said = g_strdup_printf("%04d-%02d-%02d %02d:%02d%s%s%s", parts[0], parts[1], parts[2], parts[3], parts[4],
                                             *shown ? " (" : "", shown, *shown ? ")" : "");
    invitation->start = find_moment(parts, zone, read_digits(value + 13, 2) >= 0 && value[15] == 'Z');
}

static void replace(char **place, char *take)
{
    g_free(*place);
    *place = take;
}

static void read_event_line(Invitation *invitation, const char *line)
{
    const char *value = find_value(line);
    if (value == NULL)
        return;
    if (is_property(line, "UID")) {
        replace(&invitation->uid, read_line(value));
    } else if (is_property(line, "SUMMARY")) {
        replace(&invitation->summary, read_line(value));
    } else if (is_property(line, "DTSTART")) {
        read_start(invitation, line, value);
    } else if (is_property(line, "STATUS")) {
        invitation->is_cancelled |= g_ascii_strcasecmp(value, "CANCELLED") == 0;
    } else if (is_property(line, "ORGANIZER")) {
        mailbox_free(invitation->organizer);
        invitation->organizer = read_party(line, value);
    } else if (is_property(line, "ATTENDEE") && invitation->attendees->len < MAX_ATTENDEES) {
        Mailbox *attendee = read_party(line, value);
        if (attendee != NULL)
            g_ptr_array_add(invitation->attendees, attendee);
    }
}

/* The lines of the first VEVENT itself, without what is nested in it. */
typedef struct {
    Invitation *invitation;
    guint nested;
    gboolean is_inside, is_over;
} Reading;

static void read_calendar_line(Reading *reading, const char *line)
{
    gboolean begins = g_ascii_strncasecmp(line, "BEGIN:", 6) == 0, ends = g_ascii_strncasecmp(line, "END:", 4) == 0;
    if (!reading->is_inside) {
        reading->is_inside = !reading->is_over && begins && g_ascii_strcasecmp(line + 6, "VEVENT") == 0;
        if (is_property(line, "METHOD"))
            replace(&reading->invitation->method, g_ascii_strup(line + strlen("METHOD:"), 20));
        return;
    }
    if (begins) {
        reading->nested++;
    } else if (ends && reading->nested > 0) {
        reading->nested--;
    } else if (ends) {
        reading->is_inside = FALSE;
        reading->is_over = TRUE;
    } else if (reading->nested == 0) {
        read_event_line(reading->invitation, line);
    }
}

Invitation *invitation_read(const char *text, const char *method)
{
    g_autofree char *unfolded = unfold(text);
    g_auto(GStrv) lines = g_strsplit(unfolded, "\n", MAX_LINES);
    Reading reading = {.invitation = invitation_new()};
    for (guint i = 0; lines[i] != NULL; i++)
        if (strlen(lines[i]) <= MAX_LINE_BYTES)
            read_calendar_line(&reading, g_strchomp(lines[i]));
    if (*method != '\0')
        replace(&reading.invitation->method, g_strdup(method));
    reading.invitation->is_cancelled |= strcmp(reading.invitation->method, "CANCEL") == 0;
    if (!reading.is_over)
        g_clear_pointer(&reading.invitation, invitation_free);
    return reading.invitation;
}
