/*
 * base/holidays.c - the days of an iCalendar text (libical)
 *
 * The one home of libical in base. Nothing of it is touched before a firm names a file of holidays, and nothing stays
 * afterwards. Events with a time of day are no holidays and are passed over; cancelled ones too.
 */
#include "holidays.h"

#include <libical/ical.h>
#include <string.h>

#include "usher/base/error.h"

#define ICS_MAX_BYTES (1024 * 1024)
#define EVENT_MAX_DAYS 366
#define HOLIDAYS_MAX_DAYS 40000

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

static void add_days(GArray *days, guint32 first, guint32 count)
{
    for (guint32 i = 0; i < count && days->len < HOLIDAYS_MAX_DAYS; i++) {
        guint32 day = first + i;
        g_array_append_val(days, day);
    }
}

/* How many days the event lasts; DTEND is the first day after it (RFC 5545 section 3.6.1). */
static guint32 count_days(icalcomponent *event, guint32 first)
{
    struct icaltimetype end = icalcomponent_get_dtend(event);
    guint32 after = icaltime_is_null_time(end) ? 0 : day_number(end);
    return after > first ? MIN(after - first, EVENT_MAX_DAYS) : 1;
}

static gboolean is_excluded(icalcomponent *event, struct icaltimetype start, struct icaltimetype day)
{
    return icalproperty_recurrence_is_excluded(event, &start, &day) != 0;
}

static void add_recurrences(icalcomponent *event, struct icaltimetype start, guint32 length, GArray *days)
{
    for (icalproperty *property = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY); property;
         property = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY)) {
        struct icalrecurrencetype rule = icalproperty_get_rrule(property);
        if (rule.freq < ICAL_DAILY_RECURRENCE) /* finer than a day, or no frequency at all */
            continue;
        icalrecur_iterator *iterator = icalrecur_iterator_new(rule, start);
        if (!iterator)
            continue;
        for (struct icaltimetype day = icalrecur_iterator_next(iterator);
             !icaltime_is_null_time(day) && day.year <= HOLIDAYS_LAST_YEAR && days->len < HOLIDAYS_MAX_DAYS;
             day = icalrecur_iterator_next(iterator))
            if (day.year >= HOLIDAYS_FIRST_YEAR && !is_excluded(event, start, day))
                add_days(days, day_number(day), length);
        icalrecur_iterator_free(iterator);
    }
}

static void add_single_dates(icalcomponent *event, struct icaltimetype start, guint32 length, GArray *days)
{
    for (icalproperty *property = icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY); property;
         property = icalcomponent_get_next_property(event, ICAL_RDATE_PROPERTY)) {
        struct icaltimetype day = icalproperty_get_rdate(property).time;
        if (!icaltime_is_null_time(day) && day_number(day) && !is_excluded(event, start, day))
            add_days(days, day_number(day), length);
    }
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
    guint32 length = count_days(event, first);
    if (!icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY) && !is_excluded(event, start, start))
        add_days(days, first, length);
    add_recurrences(event, start, length, days);
    add_single_dates(event, start, length, days);
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

GArray *holidays_read(const char *ics, GError **error)
{
    if (strlen(ics) > ICS_MAX_BYTES) {
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "a file of holidays may have at most %d bytes", ICS_MAX_BYTES);
        return NULL;
    }
    icalerror_set_errors_are_fatal(FALSE);
    g_autoptr(OwnedComponent) root = icalparser_parse_string(ics);
    g_autoptr(GArray) days = g_array_new(FALSE, FALSE, sizeof(guint32));
    if (root && !add_all(root, days, error))
        return NULL;
    if (days->len > 0)
        return g_steal_pointer(&days);
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                "there is no holiday in it: an iCalendar file (RFC 5545) with one VEVENT for each day "
                "(DTSTART;VALUE=DATE:20261225) is wanted");
    return NULL;
}
