/*
 * assign/assign.c - a lead -> a named owner, with the reason for and against everybody
 *
 * Takes the lead's service, what everybody carries at present and the firm's people; sets owner and candidates. There is always an owner.
 *
 * Eligible is who takes the service, is not away and has room. Of these the one with the least load wins, load being (open leads + 1) /
 * (capacity * weight): the share of a person's room that this lead would fill. With equal load the one whose last lead is the longest ago, then the lower
 * id, so that the same past always gives the same answer.
 *
 * The load is what lies on a desk now, never a count of turns: who comes back from an absence is owed nothing and gets no flood, only the leads that
 * an emptier desk attracts, up to the capacity that was set.
 */
#include "usher/assign.h"

#include <string.h>

typedef struct {
    const Person *person;
    guint open_leads;
    UsherTime last_assigned;
} Standing;

static Standing find_standing(const Person *person, const Past *past)
{
    const PersonLoad *load = past ? past_find_load(past, person->id) : NULL;
    return (Standing){person, load ? load->open_leads : 0, load ? load->last_assigned : 0};
}

static gboolean takes_service(const Person *person, const char *service)
{
    if (!service || person->services->len == 0) {
        return TRUE;
    }
    for (guint i = 0; i < person->services->len; i++) {
        if (g_ascii_strcasecmp(g_ptr_array_index(person->services, i), service) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Why this person cannot take the lead; NULL when they can. */
static char *find_hindrance(const Standing *standing, const char *service, UsherTime now)
{
    const Person *person = standing->person;
    if (person->capacity == 0 || person->weight == 0) {
        return g_strdup("takes no leads by rotation");
    }
    if (!takes_service(person, service)) {
        return g_strdup_printf("does not take %s", service);
    }
    const Absence *absence = person_find_absence(person, now);
    if (absence) {
        return g_strdup_printf("away: %s", absence->said);
    }
    if (standing->open_leads >= person->capacity) {
        return g_strdup_printf("full: %u of %u open leads", standing->open_leads, person->capacity);
    }
    return NULL;
}

static char *say_standing(const Standing *standing, const char *service)
{
    return g_strdup_printf("takes %s%s, %u of %u open leads", service ? "" : "any service, none is named", service ? service : "",
                           standing->open_leads, standing->person->capacity);
}

/* Negative when a stands before b. Cross-multiplied, so that nothing is rounded. */
static int compare_standings(const Standing *a, const Standing *b)
{
    guint64 left = (guint64)(a->open_leads + 1) * b->person->capacity * b->person->weight;
    guint64 right = (guint64)(b->open_leads + 1) * a->person->capacity * a->person->weight;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    if (a->last_assigned != b->last_assigned) {
        return a->last_assigned < b->last_assigned ? -1 : 1;
    }
    return strcmp(a->person->id, b->person->id);
}

guint assign_count_free(const Decision *decision, const Past *past, const Settings *settings)
{
    const char *service = field_find_value(decision->fields, "service");
    guint free_people = 0;
    for (guint i = 0; i < settings->people->len; i++) {
        Standing standing = find_standing(g_ptr_array_index(settings->people, i), past);
        g_autofree char *hindrance = find_hindrance(&standing, service, decision->at);
        free_people += hindrance == NULL;
    }
    /* Whoever looks after a client has room for them. */
    const PartyMatch *client = decision_find_client(decision);
    gboolean is_looked_after = client && settings_find_person(settings, client->party->owner);
    return is_looked_after ? MAX(free_people, 1) : free_people;
}

static void add_candidate(Decision *decision, const Person *person, gboolean is_eligible, const char *because)
{
    g_ptr_array_add(decision->candidates, candidate_new(person->id, is_eligible, because));
}

static void set_owner(Decision *decision, const Person *person)
{
    g_free(decision->owner);
    decision->owner = g_strdup(person->id);
}

/* By rotation; FALSE when nobody can take it. */
static gboolean assign_by_rotation(Decision *decision, const Past *past, const Settings *settings)
{
    const char *service = field_find_value(decision->fields, "service");
    Standing best = {0};
    for (guint i = 0; i < settings->people->len; i++) {
        Standing standing = find_standing(g_ptr_array_index(settings->people, i), past);
        g_autofree char *hindrance = find_hindrance(&standing, service, decision->at);
        g_autofree char *because = hindrance ? g_strdup(hindrance) : say_standing(&standing, service);
        add_candidate(decision, standing.person, hindrance == NULL, because);
        if (!hindrance && (!best.person || compare_standings(&standing, &best) < 0)) {
            best = standing;
        }
    }
    if (best.person) {
        set_owner(decision, best.person);
    }
    return best.person != NULL;
}

static void assign_to_duty(Decision *decision, const char *duty, const Settings *settings)
{
    const Person *holder = settings_find_duty(settings, duty);
    if (!holder) {
        holder = settings_find_duty(settings, "fallback");
    }
    const Person *present = settings_find_present(settings, holder, decision->at);
    g_autofree char *because = present == holder
                                   ? g_strdup_printf("has the duty \"%s\"", duty)
                                   : g_strdup_printf("deputy of %s, who has the duty \"%s\" and is away", holder->id, duty);
    add_candidate(decision, present, TRUE, because);
    set_owner(decision, present);
}

/* A client's enquiry belongs to whoever looks after them, or their deputy while they are away; how much they carry does not matter. FALSE when nobody of the firm does. */
static gboolean assign_to_client_owner(Decision *decision, const Settings *settings)
{
    const PartyMatch *client = decision_find_client(decision);
    const Person *owner = client ? settings_find_person(settings, client->party->owner) : NULL;
    if (!owner) {
        return FALSE;
    }
    const Person *present = settings_find_present(settings, owner, decision->at);
    const Absence *absence = person_find_absence(owner, decision->at);
    g_autofree char *because = g_strdup_printf("looks after %s, a client", client->party->name);
    if (present != owner) {
        g_autofree char *away = g_strdup_printf("%s; away: %s", because, absence->said);
        add_candidate(decision, owner, FALSE, away);
        g_free(because);
        because = g_strdup_printf("deputy of %s, who looks after %s, a client, and is away", owner->id, client->party->name);
    }
    add_candidate(decision, present, TRUE, because);
    set_owner(decision, present);
    return TRUE;
}

void assign_owner(Decision *decision, const RouteRule *route, const Past *past, const Settings *settings)
{
    if (route && route->owner) {
        assign_to_duty(decision, route->owner, settings);
        return;
    }
    if (assign_to_client_owner(decision, settings) || assign_by_rotation(decision, past, settings)) {
        return;
    }
    assign_to_duty(decision, "fallback", settings);
    decision_add_event(decision, "usher", "fallback", "nobody is free for this lead; it goes to %s, the fallback owner",
                       decision->owner);
}

gboolean assign_is_on_duty(const char *person, const char *duty, const Settings *settings)
{
    const Person *at = settings_find_duty(settings, duty);
    for (guint steps = 0; at && steps < settings->people->len; steps++) {
        if (strcmp(at->id, person) == 0) {
            return TRUE;
        }
        at = at->deputy ? settings_find_person(settings, at->deputy) : NULL;
    }
    return FALSE;
}
