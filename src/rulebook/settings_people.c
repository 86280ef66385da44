/*
 * rulebook/settings_people.c - the people of usher.yaml and their duties
 *
 * Takes the nodes `people` and `duties`; puts Person values and the four duties into the Settings. Who is named must exist, and everybody
 * must have an address of their own: a brief that goes to an intake address would come back as an enquiry.
 */
#include <string.h>

#include "read.h"
#include "settings_read.h"
#include "usher/base/error.h"
#include "usher/base/party_name.h"
#include "usher/base/text.h"

#define DEFAULT_CAPACITY 20
#define MAX_CAPACITY 10000
#define MAX_WEIGHT 100

typedef struct {
    Settings *settings;
    const char *zone;
    const char *hours;
    GHashTable *ids;       /* id -> node */
    GHashTable *addresses; /* folded address -> node */
} PeopleReader;

static const char *const duty_keys[] = {"fallback", "exceptions", "conflicts", "manager", NULL};

/* Midnight at the start of a day written as 2026-12-24; 0 with a problem. `days` later. */
static UsherTime read_day(const YamlNode *node, GTimeZone *zone, int days)
{
    const char *text = yaml_get_text(node);
    if (text == NULL)
        return 0;
    g_autofree char *midnight = g_strconcat(text, "T00:00:00", NULL);
    g_autoptr(GDateTime) day = strlen(text) == strlen("2026-12-24") ? g_date_time_new_from_iso8601(midnight, zone) : NULL;
    if (day == NULL) {
        g_autofree char *shown = yaml_dup_shown(node);
        yaml_problem(node, "%s is no day: write it as 2026-12-24", shown);
        return 0;
    }
    g_autoptr(GDateTime) later = g_date_time_add_days(day, days);
    return g_date_time_to_unix(later);
}

static void read_absence(const PeopleReader *reader, Person *person, const YamlNode *node)
{
    static const char *const keys[] = {"from", "to", NULL};
    if (!yaml_check_keys(node, keys))
        return;
    const YamlNode *from = read_required(node, "from", "write {from: 2026-12-24, to: 2027-01-02}");
    const YamlNode *to = read_required(node, "to", "write {from: 2026-12-24, to: 2027-01-02}, for one day the same twice");
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(reader->zone);
    UsherTime start = from != NULL ? read_day(from, zone, 0) : 0;
    UsherTime end = to != NULL ? read_day(to, zone, 1) : 0;
    if (start == 0 || end == 0)
        return;
    if (end <= start) {
        yaml_problem(to, "\"to\" lies before \"from\": swap them");
        return;
    }
    Absence *absence = g_new0(Absence, 1);
    absence->from = start;
    absence->until = end;
    absence->said = g_strdup_printf("%s to %s", yaml_get_text(from), yaml_get_text(to));
    g_ptr_array_add(person->away, absence);
}

static void read_person_services(const PeopleReader *reader, Person *person, const YamlNode *node)
{
    const GPtrArray *known = reader->settings->services;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (guint i = 0; i < known->len; i++)
        g_ptr_array_add(words, g_ptr_array_index(known, i));
    g_ptr_array_add(words, NULL);
    guint length = yaml_get_length(node);
    for (guint i = 0; i < length; i++) {
        const YamlNode *item = yaml_get_item(node, i);
        const char *text = yaml_get_text(item);
        const char *const *all = (const char *const *)(gconstpointer)words->pdata;
        if (text == NULL)
            continue;
        if (g_strv_contains(all, text)) {
            g_ptr_array_add(person->services, g_strdup(text));
            continue;
        }
        const char *near = yaml_find_nearest(text, all);
        g_autofree char *shown = yaml_dup_shown(item), *list = yaml_join_words(all);
        if (near != NULL)
            yaml_problem(item, "%s is no service of the firm; did you mean \"%s\"?", shown, near);
        else
            yaml_problem(item, "%s is no service of the firm: add it to firm: services (now: %s)", shown, list);
    }
}

static gboolean check_id(const YamlNode *node, const char *id)
{
    static const char *const reserved[] = {"usher", "prospect", "operator", NULL};
    if (!g_strv_contains(reserved, id))
        return TRUE;
    yaml_problem(node, "\"%s\" is a name that the history uses for others: take another id", id);
    return FALSE;
}

static void read_person_address(PeopleReader *reader, Person *person, const YamlNode *node)
{
    person->email = settings_read_address(node, "email", "Usher writes to each person: add email: jane@example.org");
    if (person->email == NULL)
        return;
    const YamlNode *place = yaml_find(node, "email");
    if (settings_find_intake(reader->settings, person->email) != NULL)
        yaml_problem(place,
                     "\"%s\" is an intake address: give the person an address of their own, or briefs come back as enquiries",
                     person->email);
    else
        read_is_twice(reader->addresses, person->email, place);
}

static void read_person_hours(const PeopleReader *reader, Person *person, const YamlNode *node)
{
    const YamlNode *hours_node = yaml_find(node, "hours"), *zone_node = yaml_find(node, "timezone");
    const char *hours = yaml_get_text(hours_node), *zone = yaml_get_text(zone_node);
    if (hours == NULL && zone == NULL)
        return;
    person->calendar = settings_make_calendar(hours_node != NULL ? hours_node : zone_node, zone != NULL ? zone : reader->zone,
                                              hours != NULL ? hours : reader->hours, reader->settings->holidays);
}

static void read_bars(Person *person, const YamlNode *list)
{
    for (guint i = 0, length = yaml_get_length(list); i < length; i++) {
        const YamlNode *item = yaml_get_item(list, i);
        const char *text = yaml_get_text(item);
        if (text == NULL)
            continue;
        g_autoptr(GPtrArray) names = party_names_read(text);
        if (names->len == 0)
            yaml_problem(item, "\"%.60s\" names nobody: write an address, a domain or the name of a company or person", text);
        else
            g_ptr_array_add(person->not_for, g_strdup(text));
    }
}

static Person *person_new(void)
{
    Person *person = g_new0(Person, 1);
    person->services = g_ptr_array_new_with_free_func(g_free);
    person->away = g_ptr_array_new_with_free_func((GDestroyNotify)absence_free);
    person->not_for = g_ptr_array_new_with_free_func(g_free);
    person->capacity = DEFAULT_CAPACITY;
    person->weight = 1;
    return person;
}

static void read_person(PeopleReader *reader, const YamlNode *node)
{
    static const char *const keys[] = {"id",     "name", "email", "role",     "services", "capacity", "weight",
                                       "deputy", "away", "hours", "timezone", "not_for",  NULL};
    if (!yaml_check_keys(node, keys))
        return;
    Person *person = person_new();
    const char *id = read_name(node, "id");
    const YamlNode *away = yaml_find(node, "away"), *id_node = yaml_find(node, "id");
    /* A wrong id is kept too: what refers to it is not a second mistake. */
    person->id = g_strdup(yaml_is_scalar(id_node) && !yaml_is_empty(id_node) ? yaml_get_text(id_node) : "");
    person->name = g_strdup(read_required_text(node, "name", "write name: Jane Mills"));
    person->role = g_strdup(read_text(node, "role"));
    person->deputy = g_strdup(read_text(node, "deputy"));
    read_number(node, "capacity", 0, MAX_CAPACITY, &person->capacity);
    read_number(node, "weight", 1, MAX_WEIGHT, &person->weight);
    read_person_address(reader, person, node);
    read_person_services(reader, person, yaml_find(node, "services"));
    read_person_hours(reader, person, node);
    read_bars(person, yaml_find(node, "not_for"));
    for (guint i = 0, length = yaml_get_length(away); i < length; i++)
        read_absence(reader, person, yaml_get_item(away, i));
    if (id != NULL && check_id(id_node, id))
        read_is_twice(reader->ids, id, id_node);
    g_ptr_array_add(reader->settings->people, person);
}

/* The id at the node when somebody has it. */
static const char *read_person_id(const PeopleReader *reader, const YamlNode *node)
{
    const char *id = yaml_get_text(node);
    if (id == NULL || settings_find_person(reader->settings, id) != NULL)
        return id;
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    for (guint i = 0; i < reader->settings->people->len; i++) {
        const Person *person = g_ptr_array_index(reader->settings->people, i);
        if (*person->id != '\0')
            g_ptr_array_add(ids, person->id);
    }
    g_ptr_array_add(ids, NULL);
    const char *const *all = (const char *const *)(gconstpointer)ids->pdata;
    const char *near = yaml_find_nearest(id, all);
    g_autofree char *shown = yaml_dup_shown(node), *list = yaml_join_words(all);
    if (near != NULL)
        yaml_problem(node, "%s is the id of nobody in people; did you mean \"%s\"?", shown, near);
    else if (*list != '\0')
        yaml_problem(node, "%s is the id of nobody in people; it must be one of: %s", shown, list);
    else
        yaml_problem(node, "%s is the id of nobody in people", shown);
    return NULL;
}

static void check_deputies(const PeopleReader *reader, const YamlNode *people)
{
    for (guint i = 0, length = yaml_is_sequence(people) ? yaml_get_length(people) : 0; i < length; i++) {
        const YamlNode *node = yaml_get_item(people, i), *place = yaml_find(node, "deputy"), *id = yaml_find(node, "id");
        if (!yaml_is_scalar(place) || yaml_is_empty(place))
            continue;
        const char *deputy = read_person_id(reader, place);
        if (deputy != NULL && yaml_is_scalar(id) && !yaml_is_empty(id) && strcmp(deputy, yaml_get_text(id)) == 0)
            yaml_problem(place, "\"%s\" cannot stand in for themselves: name somebody else", deputy);
    }
}

static void read_duties(const PeopleReader *reader, const YamlNode *top)
{
    Settings *settings = reader->settings;
    char **holders[] = {&settings->duty_fallback, &settings->duty_exceptions, &settings->duty_conflicts, &settings->duty_manager};
    const YamlNode *duties = read_required(top, "duties", "say who answers for what no rule assigns: duties: {fallback: jane}");
    if (duties == NULL || !yaml_check_keys(duties, duty_keys))
        return;
    read_required(duties, "fallback", "name the person who gets what nobody else takes: fallback: jane");
    for (guint i = 0; i < G_N_ELEMENTS(holders); i++) {
        const YamlNode *node = yaml_find(duties, duty_keys[i]);
        const char *id = node != NULL ? read_person_id(reader, node) : settings->duty_fallback;
        *holders[i] = g_strdup(id);
    }
}

void settings_read_people(Settings *settings, const YamlNode *top, const char *zone, const char *hours)
{
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    PeopleReader reader = {settings, zone, hours, ids, addresses};
    const YamlNode *people =
        read_required(top, "people", "name at least one: people: [{id: jane, name: Jane Mills, email: jane@example.org}]");
    guint length = yaml_get_length(people);
    for (guint i = 0; i < length; i++)
        read_person(&reader, yaml_get_item(people, i));
    if (people != NULL && length == 0 && (yaml_is_sequence(people) || yaml_is_empty(people)))
        yaml_problem(
            people,
            "\"people\" names nobody: every lead needs an owner, add {id: jane, name: Jane Mills, email: jane@example.org}");
    check_deputies(&reader, people);
    read_duties(&reader, top);
}
