/*
 * assign/slots.c - two times for a call that the owner of a lead can offer
 *
 * Takes the decision with its owner, the times that are offered already and the rules (routes.yaml, `slots`); adds two times on two different days, or
 * none when there are not two within a month. They lie within the owner's own hours, outside their absence, and no sooner than the rules say.
 */
#include "usher/assign.h"

#include <string.h>

#define MOST_DAYS 31

typedef struct {
    const Person *owner;
    const Calendar *calendar;
    const SlotRules *rules;
    const GPtrArray *offered; /* SlotOffer */
    UsherTime earliest;
} Search;

static gboolean is_offered(const Search *search, UsherTime at)
{
    for (guint i = 0; i < search->offered->len; i++) {
        const SlotOffer *slot = g_ptr_array_index(search->offered, i);
        if (slot->at == at && strcmp(slot->owner, search->owner->id) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_free(const Search *search, UsherTime at)
{
    gint64 length_s = search->rules->length_s;
    return at >= search->earliest && calendar_measure(search->calendar, at, at + length_s) == length_s &&
           !person_find_absence(search->owner, at) && !is_offered(search, at);
}

/* The first free time on the local day so many days after the earliest; the second offer begins with the last time of day, so that the two differ in that, too. 0: none. */
static UsherTime find_on(const Search *search, int days, gboolean is_second)
{
    const GArray *times = search->rules->times_s;
    for (guint i = 0; i < times->len; i++) {
        gint64 time_s = g_array_index(times, gint64, is_second ? times->len - 1 - i : i);
        UsherTime at = calendar_at_day(search->calendar, search->earliest, days, time_s);
        if (is_free(search, at)) {
            return at;
        }
    }
    return 0;
}

void assign_offer_slots(Decision *decision, const Past *past, const Rulebook *rulebook)
{
    const Settings *settings = rulebook->settings;
    const Person *owner = decision->owner ? settings_find_person(settings, decision->owner) : NULL;
    if (!owner) {
        return;
    }
    const Calendar *calendar = settings_get_calendar(settings, owner);
    UsherTime earliest = calendar_add(calendar, decision->at, rulebook->slots.first_after);
    Search search = {owner, calendar, &rulebook->slots, past->slots, earliest};
    UsherTime found[2] = {0, 0};
    guint count = 0;
    for (int days = 0; days < MOST_DAYS && count < G_N_ELEMENTS(found); days++) {
        found[count] = find_on(&search, days, count > 0);
        count += found[count] != 0;
    }
    for (guint i = 0; count == G_N_ELEMENTS(found) && i < count; i++) {
        g_ptr_array_add(decision->slots, slot_offer_new(decision->lead, owner->id, found[i]));
    }
}
