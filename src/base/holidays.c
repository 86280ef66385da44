/*
 * base/holidays.c - the days of an iCalendar text (libical)
 *
 * The one home of libical in base. Nothing of it is touched before a firm names a file of holidays, and nothing stays
 * afterwards but its days and what they are called. Events with a time of day are no holidays and are passed over; cancelled ones too.
 */
#include "holidays.h"

#include <libical/ical.h>
#include <string.h>

#include "usher/base/error.h"
#include "usher/base/text.h"

#define ICS_MAX_BYTES (1024 * 1024)
#define EVENT_MAX_DAYS 366
#define HOLIDAYS_MAX_DAYS 40000
#define NAME_MAX_CHARS 80

typedef icalcomponent OwnedComponent;
static void free_component(OwnedComponent *component)
{
    icalcomponent_free(component);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OwnedComponent, free_component)

static guint32 day_number(struct icaltimetype day)
{
    GDate date;
    g_date_clear(&date, 1);
    if (!g_date_valid_dmy((GDateDay)day.day, (GDateMonth)day.month, (GDateYear)day.year))
        return 0;
    g_date_set_dmy(&date, (GDateDay)day.day, (GDateMonth)day.month, (GDateYear)day.year);
    return g_date_get_julian(&date);
}

/* An event whose days are being added. */
typedef struct {
    icalcomponent *event;
    struct icaltimetype start;
    guint32 length; /* days */
    char *name;     /* GRefString */
    GArray *days;   /* Holiday */
} Event;

static void add_days(const Event *event, guint32 first)
{
    for (guint32 i = 0; i < event->length && event->days->len < HOLIDAYS_MAX_DAYS; i++) {
        Holiday holiday = {first + i, g_ref_string_acquire(event->name)};
        g_array_append_val(event->days, holiday);
    }
}

/* How many days the event lasts; DTEND is the first day after it (RFC 5545 section 3.6.1). */
static guint32 count_days(icalcomponent *event, guint32 first)
{
    struct icaltimetype end = icalcomponent_get_dtend(event);
    guint32 after = icaltime_is_null_time(end) ? 0 : day_number(end);
    return after > first ? MIN(after - first, EVENT_MAX_DAYS) : 1;
}

static gboolean is_excluded(const Event *event, struct icaltimetype day)
{
    struct icaltimetype start = event->start;
    return icalproperty_recurrence_is_excluded(event->event, &start, &day) != 0;
}

static void add_recurrences(const Event *event)
{
    for (icalproperty *property = icalcomponent_get_first_property(event->event, ICAL_RRULE_PROPERTY); property;
         property = icalcomponent_get_next_property(event->event, ICAL_RRULE_PROPERTY)) {
        struct icalrecurrencetype rule = icalproperty_get_rrule(property);
        if (rule.freq < ICAL_DAILY_RECURRENCE) /* finer than a day, or no frequency at all */
            continue;
        icalrecur_iterator *iterator = icalrecur_iterator_new(rule, event->start);
        if (!iterator)
            continue;
        for (struct icaltimetype day = icalrecur_iterator_next(iterator);
             !icaltime_is_null_time(day) && day.year <= HOLIDAYS_LAST_YEAR && event->days->len < HOLIDAYS_MAX_DAYS;
             day = icalrecur_iterator_next(iterator))
            if (day.year >= HOLIDAYS_FIRST_YEAR && !is_excluded(event, day))
                add_days(event, day_number(day));
        icalrecur_iterator_free(iterator);
    }
}

static void add_single_dates(const Event *event)
{
    for (icalproperty *property = icalcomponent_get_first_property(event->event, ICAL_RDATE_PROPERTY); property;
         property = icalcomponent_get_next_property(event->event, ICAL_RDATE_PROPERTY)) {
        struct icaltimetype day = icalproperty_get_rdate(property).time;
        if (!icaltime_is_null_time(day) && day_number(day) && !is_excluded(event, day))
            add_days(event, day_number(day));
    }
}

/* What people call it, on one line; a GRefString. */
static char *make_name(icalcomponent *event)
{
    const char *summary = icalcomponent_get_summary(event);
    g_autofree char *valid = g_utf8_make_valid(summary ? summary : "", -1);
    g_autofree char *line = text_to_line(valid, NAME_MAX_CHARS);
    return g_ref_string_new(*line ? line : "holiday");
}

static gboolean is_cancelled(icalcomponent *event)
{
    return icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED;
}

/* FALSE when the event has no beginning that can be read. */
static gboolean add_event(icalcomponent *event, GArray *days)
{
    struct icaltimetype start = icalcomponent_get_dtstart(event);
    if (icaltime_is_null_time(start) || !icaltime_is_valid_time(start))
        return FALSE;
    if (!icaltime_is_date(start) || is_cancelled(event))
        return TRUE;
    guint32 first = day_number(start);
    if (first == 0)
        return FALSE;
    Event dated = {event, start, count_days(event, first), make_name(event), days};
    if (!icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY) && !is_excluded(&dated, start))
        add_days(&dated, first);
    add_recurrences(&dated);
    add_single_dates(&dated);
    g_ref_string_release(dated.name);
    return TRUE;
}

static gboolean add_calendar(icalcomponent *calendar, GArray *days, GError **error)
{
    for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        if (add_event(event, days))
            continue;
        const char *summary = icalcomponent_get_summary(event);
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                    "the holiday \"%.60s\" has no day that can be read: write DTSTART;VALUE=DATE:20261225", summary ? summary : "");
        return FALSE;
    }
    return TRUE;
}

/* Several calendars in one text come below an XROOT. */
static gboolean add_all(icalcomponent *root, GArray *days, GError **error)
{
    if (icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT)
        return add_calendar(root, days, error);
    for (icalcomponent *calendar = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT); calendar;
         calendar = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT))
        if (!add_calendar(calendar, days, error))
            return FALSE;
    return TRUE;
}

static void clear_holiday(gpointer data)
{
    g_ref_string_release(((Holiday *)data)->name);
}

GArray *holidays_read(const char *ics, GError **error)
{
    if (strlen(ics) > ICS_MAX_BYTES) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "a file of holidays may have at most %d bytes", ICS_MAX_BYTES);
        return NULL;
    }
    icalerror_set_errors_are_fatal(FALSE);
    g_autoptr(OwnedComponent) root = icalparser_parse_string(ics);
    g_autoptr(GArray) days = g_array_new(FALSE, FALSE, sizeof(Holiday));
    g_array_set_clear_func(days, clear_holiday);
    if (root && !add_all(root, days, error))
        return NULL;
    if (days->len > 0)
        return g_steal_pointer(&days);
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                "there is no holiday in it: an iCalendar file (RFC 5545) with one VEVENT for each day "
                "(DTSTART;VALUE=DATE:20261225) is wanted");
    return NULL;
}
