/*
 * command/people.c - who has how many leads, as status and check show it
 *
 * Takes what is on record of people and who they are in usher.yaml. The share of what was given out stands beside the share that capacity and weight give, so that a
 * skew is seen; whoever was away or full has less, and whoever stood in for them more.
 */
#include "people.h"

#include <string.h>

/* One person, in both worlds. */
typedef struct {
    const Person *person; /* NULL: not in usher.yaml */
    const char *id;
    gint64 open_leads, live_leads, assigned;
    double share, share_by_weight; /* per cent */
} Row;

typedef struct {
    GArray *rows; /* Row */
    gint64 assigned;
    guint64 width;
} PeopleTable;

static const PersonFigures *find_figures(const GPtrArray *figures, const char *id)
{
    for (guint i = 0; i < figures->len; i++) {
        const PersonFigures *at = g_ptr_array_index(figures, i);
        if (strcmp(at->person, id) == 0) {
            return at;
        }
    }
    return NULL;
}

static guint64 get_width(const Person *person)
{
    return (guint64)person->capacity * person->weight;
}

static void add_row(PeopleTable *table, const Person *person, const PersonFigures *figures)
{
    Row row = {.person = person, .id = person ? person->id : figures ? figures->person : ""};
    if (figures) {
        row.open_leads = figures->open_leads;
        row.live_leads = figures->live_leads;
        row.assigned = figures->assigned;
    }
    table->assigned += row.assigned;
    table->width += person ? get_width(person) : 0;
    g_array_append_val(table->rows, row);
}

/* Per cent, to a tenth. */
static double find_share(guint64 part, guint64 whole)
{
    return whole > 0 ? (double)(part * 1000 / whole) / 10 : 0;
}

static void find_shares(PeopleTable *table)
{
    for (guint i = 0; i < table->rows->len; i++) {
        Row *row = &g_array_index(table->rows, Row, i);
        row->share = find_share((guint64)row->assigned, (guint64)table->assigned);
        row->share_by_weight = find_share(row->person ? get_width(row->person) : 0, table->width);
    }
}

static GArray *make_rows(const GPtrArray *figures, const Settings *settings)
{
    PeopleTable table = {.rows = g_array_new(FALSE, FALSE, sizeof(Row))};
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        add_row(&table, person, find_figures(figures, person->id));
    }
    for (guint i = 0; i < figures->len; i++) {
        const PersonFigures *at = g_ptr_array_index(figures, i);
        if (at->live_leads > 0 && !settings_find_person(settings, at->person)) {
            add_row(&table, NULL, at);
        }
    }
    find_shares(&table);
    return table.rows;
}

static json_t *row_to_json(const Row *row)
{
    json_t *object =
        json_pack("{s:s, s:b, s:I, s:I, s:I, s:f, s:f}", "id", row->id, "in_usher_yaml", row->person != NULL, "open_leads",
                  (json_int_t)row->open_leads, "live_leads", (json_int_t)row->live_leads, "assigned_30_days",
                  (json_int_t)row->assigned, "share", row->share, "share_by_weight", row->share_by_weight);
    if (row->person) {
        json_object_set_new(object, "name", json_string(row->person->name));
        json_object_set_new(object, "role", row->person->role ? json_string(row->person->role) : json_null());
        json_object_set_new(object, "capacity", json_integer(row->person->capacity));
        json_object_set_new(object, "weight", json_integer(row->person->weight));
    }
    return object;
}

json_t *people_to_json(const GPtrArray *figures, const Settings *settings)
{
    g_autoptr(GArray) rows = make_rows(figures, settings);
    json_t *list = json_array();
    for (guint i = 0; i < rows->len; i++) {
        json_array_append_new(list, row_to_json(&g_array_index(rows, Row, i)));
    }
    return list;
}

static void print_row(const Row *row)
{
    if (!row->person) {
        printf("  %-10s not in usher.yaml any more; %" G_GINT64_FORMAT " live lead%s given to others at the next reload or tick\n",
               row->id, row->live_leads, row->live_leads == 1 ? " is" : "s are");
        return;
    }
    g_autofree char *open = row->person->capacity > 0
                                ? g_strdup_printf("%" G_GINT64_FORMAT " of %u", row->open_leads, row->person->capacity)
                                : g_strdup_printf("%" G_GINT64_FORMAT, row->open_leads);
    printf("  %-10s %-10s %6" G_GINT64_FORMAT " %7.0f %% %8.0f %%   %s%s%s\n", row->id, open, row->assigned, row->share,
           row->share_by_weight, row->person->name, row->person->role ? ", " : "", row->person->role ? row->person->role : "");
}

void people_print(const GPtrArray *figures, const Settings *settings)
{
    g_autoptr(GArray) rows = make_rows(figures, settings);
    printf("people     open       %d days    share   weight\n", PEOPLE_SHARE_DAYS);
    for (guint i = 0; i < rows->len; i++) {
        print_row(&g_array_index(rows, Row, i));
    }
}

void people_warn_of_leavers(const Instance *instance, Problems *problems)
{
    const Settings *settings = instance->rulebook->settings;
    if (!g_file_test(settings->store, G_FILE_TEST_EXISTS)) {
        return;
    }
    /* A record that cannot be read is no mistake of the rulebook. */
    g_autoptr(Record) record = record_open(settings->store, TRUE, NULL);
    g_autoptr(GPtrArray) figures = NULL;
    if (!record || !record_list_people(record, instance_now(instance), PEOPLE_SHARE_DAYS, &figures, NULL)) {
        return;
    }
    for (guint i = 0; i < figures->len; i++) {
        const PersonFigures *at = g_ptr_array_index(figures, i);
        if (at->live_leads > 0 && !settings_find_person(settings, at->person)) {
            problems_add_warning(
                problems, "usher.yaml", 1, 1,
                "people: \"%s\" is not named any more and has %" G_GINT64_FORMAT
                " live leads: they are given to others at the next reload or tick; put the person back if that is not meant",
                at->person, at->live_leads);
        }
    }
}
