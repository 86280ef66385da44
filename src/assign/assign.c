/*
 * assign/assign.c - a lead -> a named owner, with the reason for and against everybody
 *
 * Takes the lead, what everybody carries at present, where they stand in the turns, and the firm's people; sets owner, candidates and turns. There is always an
 * owner. The order of the rules is told in assign.h.
 *
 * The load is what lies on a desk now, which alone would give everything to whoever comes back to an empty one. So two counts bound it, each in parts of a lead:
 * `may` grows by one and a half times a person's share with each lead that they could take, `due` by half of it, and a lead that is given takes one off both. Who has no
 * `may` left is passed over while somebody has; who is `due` a whole lead goes first. While somebody is away or full both stand still.
 */
#include "usher/assign.h"

#include <string.h>

/* The bounds of a share, in parts of a lead. */
#define MOST_MAY (2 * ONE_TURN)
#define LEAST_MAY (-ONE_TURN)
#define MOST_DUE (2 * ONE_TURN)

typedef enum { IS_FREE, IS_FULL, IS_AWAY, IS_BARRED, IS_UNFIT } Hindrance;

typedef struct {
    const Person *person;
    guint open_leads;
    UsherTime last_assigned;
    Turn turn;
    Hindrance hindrance;
    gboolean is_contender; /* free, and nobody has a better claim */
    const char *bar;       /* the entry of not_for */
    gboolean is_off;       /* not at work now, by hours of their own */
} Standing;

/* Everybody's standing for one lead. */
typedef struct {
    Decision *decision;
    const Past *past;
    const Settings *settings;
    const AssignWish *wish;
    const char *service; /* NULL */
    GArray *standings;   /* Standing */
} Choice;

/* ---- who can take it ---- */

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

static Hindrance find_hindrance(Standing *standing, const Decision *decision, const char *service)
{
    const Person *person = standing->person;
    if (person->capacity == 0 || person->weight == 0 || !takes_service(person, service)) {
        return IS_UNFIT;
    }
    if (assign_is_barred(person, decision, &standing->bar)) {
        return IS_BARRED;
    }
    if (person_find_absence(person, decision->at)) {
        return IS_AWAY;
    }
    return standing->open_leads >= person->capacity ? IS_FULL : IS_FREE;
}

static Standing find_standing(const Person *person, const Decision *decision, const Past *past, const char *service)
{
    const PersonLoad *load = past ? past_find_load(past, person->id) : NULL;
    Standing standing = {.person = person,
                         .open_leads = load ? load->open_leads : 0,
                         .last_assigned = load ? load->last_assigned : 0,
                         .turn = load ? load->turn : TURN_AT_FIRST};
    standing.hindrance = find_hindrance(&standing, decision, service);
    return standing;
}

guint assign_count_free(const Decision *decision, const Past *past, const Settings *settings)
{
    const char *service = field_find_value(decision->fields, "service");
    guint free_people = 0;
    for (guint i = 0; i < settings->people->len; i++) {
        free_people += find_standing(g_ptr_array_index(settings->people, i), decision, past, service).hindrance == IS_FREE;
    }
    /* Whoever looks after a client has room for them. */
    const PartyMatch *client = decision_find_client(decision);
    gboolean is_looked_after = client && settings_find_person(settings, client->party->owner);
    return is_looked_after ? MAX(free_people, 1) : free_people;
}

/* ---- who is before whom ---- */

static guint64 get_width(const Standing *standing)
{
    return (guint64)standing->person->capacity * standing->person->weight;
}

/* Negative when a is before b. Cross-multiplied, so that nothing is rounded. Nobody who takes none by rotation is before somebody who does. */
static int compare_loads(const Standing *a, const Standing *b)
{
    guint64 a_width = get_width(a), b_width = get_width(b);
    if ((a_width == 0) != (b_width == 0)) {
        return a_width == 0 ? 1 : -1;
    }
    guint64 left = (guint64)(a->open_leads + 1) * b_width;
    guint64 right = (guint64)(b->open_leads + 1) * a_width;
    if (left != right) {
        return left < right ? -1 : 1;
    }
    if (a->last_assigned != b->last_assigned) {
        return a->last_assigned < b->last_assigned ? -1 : 1;
    }
    return strcmp(a->person->id, b->person->id);
}

/* 0: the turn is overdue; 1: it may be theirs; 2: they have had more than their share. */
static int find_class(const Standing *standing)
{
    return standing->turn.due >= ONE_TURN ? 0 : standing->turn.may >= ONE_TURN ? 1 : 2;
}

static int compare_standings(const Standing *a, const Standing *b)
{
    int a_class = find_class(a), b_class = find_class(b);
    if (a_class != b_class) {
        return a_class - b_class;
    }
    if (a_class == 0 && a->turn.due != b->turn.due) {
        return a->turn.due > b->turn.due ? -1 : 1;
    }
    if (a_class == 2 && a->turn.may != b->turn.may) {
        return a->turn.may > b->turn.may ? -1 : 1;
    }
    return compare_loads(a, b);
}

/* ---- hours ---- */

static void find_hours(Choice *choice)
{
    for (guint i = 0; i < choice->standings->len; i++) {
        Standing *standing = &g_array_index(choice->standings, Standing, i);
        const Calendar *own = standing->person->calendar;
        standing->is_off = standing->hindrance == IS_FREE && own && !calendar_is_open(own, choice->decision->at);
    }
}

/* Whether they are at work before what is promised for today is due. */
static gboolean is_in_time(const Choice *choice, const Standing *standing, UsherTime firm_opens)
{
    const Calendar *own = standing->person->calendar;
    UsherTime at = choice->decision->at;
    UsherTime at_work = !own ? firm_opens : standing->is_off ? calendar_next_open(own, at) : at;
    return at_work < choice->wish->due_today;
}

/* All who are free; for today those of them who are in time, where anybody is. */
static void find_contenders(Choice *choice)
{
    gboolean is_today = choice->wish && choice->wish->due_today != 0, is_anybody_in_time = FALSE;
    UsherTime firm_opens = is_today ? calendar_next_open(choice->settings->calendar, choice->decision->at) : 0;
    for (guint i = 0; i < choice->standings->len; i++) {
        Standing *standing = &g_array_index(choice->standings, Standing, i);
        standing->is_contender = standing->hindrance == IS_FREE && (!is_today || is_in_time(choice, standing, firm_opens));
        is_anybody_in_time |= standing->is_contender;
    }
    for (guint i = 0; i < choice->standings->len && !is_anybody_in_time; i++) {
        Standing *standing = &g_array_index(choice->standings, Standing, i);
        standing->is_contender = standing->hindrance == IS_FREE;
    }
}

/* ---- turns ---- */

static void grow_turns(Choice *choice)
{
    guint64 total = 0;
    for (guint i = 0; i < choice->standings->len; i++) {
        const Standing *standing = &g_array_index(choice->standings, Standing, i);
        total += standing->is_contender ? get_width(standing) : 0;
    }
    for (guint i = 0; i < choice->standings->len; i++) {
        Standing *standing = &g_array_index(choice->standings, Standing, i);
        if (standing->is_contender) {
            gint64 share = (gint64)(get_width(standing) * ONE_TURN / total);
            standing->turn.may = MIN(standing->turn.may + share + share / 2, MOST_MAY);
            standing->turn.due = MIN(standing->turn.due + share / 2, MOST_DUE);
        }
    }
}

static void take_turn(Standing *standing)
{
    standing->turn.may = MAX(standing->turn.may - ONE_TURN, LEAST_MAY);
    standing->turn.due = MAX(standing->turn.due - ONE_TURN, 0);
}

static void put_turns(const Choice *choice, const Person *owner)
{
    for (guint i = 0; i < choice->standings->len; i++) {
        const Standing *standing = &g_array_index(choice->standings, Standing, i);
        if (standing->is_contender || standing->person == owner) {
            g_ptr_array_add(choice->decision->turns, person_turn_new(standing->person->id, standing->turn));
        }
    }
}

/* ---- reasons ---- */

static void add_candidate(Decision *decision, const Person *person, gboolean is_eligible, const char *because)
{
    g_ptr_array_add(decision->candidates, candidate_new(person->id, is_eligible, because));
}

static char *say_hindrance(const Standing *standing, const Choice *choice)
{
    const Person *person = standing->person;
    switch (standing->hindrance) {
    case IS_UNFIT:
        return person->capacity == 0 || person->weight == 0 ? g_strdup("takes no leads by rotation")
                                                            : g_strdup_printf("does not take %s", choice->service);
    case IS_BARRED:
        return g_strdup_printf("must not have leads of %s", standing->bar);
    case IS_AWAY:
        return g_strdup_printf("away: %s", person_find_absence(person, choice->decision->at)->said);
    case IS_FULL:
        return g_strdup_printf("full: %u of %u open leads", standing->open_leads, person->capacity);
    case IS_FREE:
        return NULL;
    }
    return NULL;
}

static const char *say_hours(const Standing *standing)
{
    if (!standing->is_contender) {
        return "; not at work in time, and this is promised for today";
    }
    return standing->is_off ? "; not at work now" : "";
}

static char *say_standing(const Standing *standing, const Standing *best, const Choice *choice)
{
    const char *service = choice->service;
    GString *said = g_string_new(NULL);
    g_string_append_printf(said, "takes %s%s, %u of %u open leads", service ? "" : "any service, none is named",
                           service ? service : "", standing->open_leads, standing->person->capacity);
    g_string_append(said, say_hours(standing));
    if (choice->wish && choice->wish->addressed == standing->person) {
        g_string_append(said, "; the enquiry is addressed to them");
    } else if (standing == best && find_class(standing) == 0) {
        g_string_append(said, "; has waited the longest for a share");
    } else if (standing->is_contender && find_class(standing) == 2 && find_class(best) < 2) {
        g_string_append(said, "; has had more than a share of late");
    }
    return g_string_free(said, FALSE);
}

static void put_candidates(const Choice *choice, const Standing *best)
{
    for (guint i = 0; i < choice->standings->len; i++) {
        const Standing *standing = &g_array_index(choice->standings, Standing, i);
        gboolean is_free = standing->hindrance == IS_FREE;
        g_autofree char *because = is_free ? say_standing(standing, best, choice) : say_hindrance(standing, choice);
        add_candidate(choice->decision, standing->person, is_free, because);
    }
}

static void set_owner(Decision *decision, const Person *person)
{
    g_free(decision->owner);
    decision->owner = g_strdup(person->id);
}

/* ---- by rotation ---- */

static Standing *find_best(const Choice *choice)
{
    Standing *best = NULL;
    for (guint i = 0; i < choice->standings->len; i++) {
        Standing *standing = &g_array_index(choice->standings, Standing, i);
        if (standing->hindrance == IS_FREE && choice->wish && choice->wish->addressed == standing->person) {
            return standing;
        }
        if (standing->is_contender && (!best || compare_standings(standing, best) < 0)) {
            best = standing;
        }
    }
    return best;
}

/* FALSE when nobody is free. */
static gboolean assign_by_rotation(Choice *choice)
{
    find_hours(choice);
    find_contenders(choice);
    grow_turns(choice);
    Standing *best = find_best(choice);
    put_candidates(choice, best);
    if (!best) {
        return FALSE;
    }
    set_owner(choice->decision, best->person);
    take_turn(best);
    put_turns(choice, best->person);
    return TRUE;
}

/* ---- when nobody is free ---- */

/* The first in a line of deputies who is present and may have it; NULL when there is none. */
static const Person *find_stand_in(const Person *person, const Decision *decision, const Settings *settings)
{
    const Person *at = person;
    for (guint steps = 0; at && steps < settings->people->len; steps++) {
        if (!person_find_absence(at, decision->at) && !assign_is_barred(at, decision, NULL)) {
            return at;
        }
        at = at->deputy ? settings_find_person(settings, at->deputy) : NULL;
    }
    return NULL;
}

static Standing *find_standing_of(const Choice *choice, const Person *person)
{
    for (guint i = 0; i < choice->standings->len; i++) {
        Standing *standing = &g_array_index(choice->standings, Standing, i);
        if (standing->person == person) {
            return standing;
        }
    }
    return NULL;
}

static gboolean has_room(const Standing *standing)
{
    return standing->open_leads < standing->person->capacity;
}

static Standing *find_least_over(const Choice *choice)
{
    Standing *best = NULL;
    for (guint i = 0; i < choice->standings->len; i++) {
        Standing *standing = &g_array_index(choice->standings, Standing, i);
        if (standing->hindrance == IS_FULL && (!best || compare_loads(standing, best) < 0)) {
            best = standing;
        }
    }
    return best;
}

/* *instead_of: whom they stand in for. */
static Standing *find_best_stand_in(const Choice *choice, const Standing **instead_of)
{
    Standing *best = NULL;
    for (guint i = 0; i < choice->standings->len; i++) {
        const Standing *standing = &g_array_index(choice->standings, Standing, i);
        if (standing->hindrance != IS_AWAY && standing->hindrance != IS_BARRED) {
            continue;
        }
        const Person *person = find_stand_in(standing->person, choice->decision, choice->settings);
        Standing *deputy = person ? find_standing_of(choice, person) : NULL;
        if (deputy && (!best || (has_room(deputy) && !has_room(best)) ||
                       (has_room(deputy) == has_room(best) && compare_loads(deputy, best) < 0))) {
            best = deputy;
            *instead_of = standing;
        }
    }
    return best;
}

static void give_over(const Choice *choice, Standing *standing, const char *because)
{
    add_candidate(choice->decision, standing->person, TRUE, because);
    set_owner(choice->decision, standing->person);
    take_turn(standing);
    put_turns(choice, standing->person);
    decision_add_event(choice->decision, "usher", "capacity", "nobody who takes %s is free; it goes to %s: %s",
                       choice->service ? choice->service : "leads", standing->person->id, because);
}

/* FALSE when nobody takes the service, or nobody of them is there and has a deputy who is. */
static gboolean assign_without_room(const Choice *choice)
{
    const Standing *instead_of = NULL;
    Standing *over = find_least_over(choice), *deputy = over ? NULL : find_best_stand_in(choice, &instead_of);
    if (!over && !deputy) {
        return FALSE;
    }
    g_autofree char *because = NULL;
    if (over) {
        because = g_strdup_printf("the least over capacity of those who take %s: %u of %u open leads",
                                  choice->service ? choice->service : "leads", over->open_leads, over->person->capacity);
    } else {
        g_autofree char *why = say_hindrance(instead_of, choice);
        because = g_strdup_printf("stands in for %s (%s)", instead_of->person->id, why);
    }
    give_over(choice, over ? over : deputy, because);
    return TRUE;
}

/* ---- by duty ---- */

/* Whoever has the duty, or stands in; the holder when nobody does. */
static void assign_to_duty(Decision *decision, const char *duty, const Settings *settings)
{
    const Person *holder = settings_find_duty(settings, duty);
    if (!holder) {
        holder = settings_find_duty(settings, "fallback");
    }
    const Person *present = find_stand_in(holder, decision, settings);
    if (!present) {
        present = settings_find_present(settings, holder, decision->at);
    }
    gboolean is_away = person_find_absence(holder, decision->at) != NULL;
    g_autofree char *because = present == holder ? g_strdup_printf("has the duty \"%s\"", duty)
                                                 : g_strdup_printf("deputy of %s, who has the duty \"%s\" and %s", holder->id, duty,
                                                                   is_away ? "is away" : "must not have this lead");
    add_candidate(decision, present, TRUE, because);
    set_owner(decision, present);
}

/*
 * A client's enquiry belongs to whoever looks after them, or their deputy while they are away; how much they carry does not matter. FALSE when nobody of
 * the firm does.
 */
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

/* ---- the whole ---- */

static GArray *find_standings(const Decision *decision, const Past *past, const Settings *settings, const char *service)
{
    GArray *standings = g_array_sized_new(FALSE, FALSE, sizeof(Standing), settings->people->len);
    for (guint i = 0; i < settings->people->len; i++) {
        Standing standing = find_standing(g_ptr_array_index(settings->people, i), decision, past, service);
        g_array_append_val(standings, standing);
    }
    return standings;
}

void assign_owner(Decision *decision, const RouteRule *route, const AssignWish *wish, const Past *past, const Settings *settings)
{
    if (route && route->owner) {
        assign_to_duty(decision, route->owner, settings);
        return;
    }
    if (assign_to_client_owner(decision, settings)) {
        return;
    }
    const char *service = field_find_value(decision->fields, "service");
    g_autoptr(GArray) standings = find_standings(decision, past, settings, service);
    Choice choice = {decision, past, settings, wish, service, standings};
    if (assign_by_rotation(&choice) || assign_without_room(&choice)) {
        return;
    }
    assign_to_duty(decision, "fallback", settings);
    decision_add_event(decision, "usher", "fallback", "nobody is free for this lead; it goes to %s, the fallback owner",
                       decision->owner);
}
