/*
 * tests/unit/test_record_tasks.c - tasks on record: made once, done or left out, gone with their lead
 */
#include "record_fixture.h"
#include "usher/rulebook/rulebook.h"

static Task *add_task(Decision *decision, const char *key, const char *person, UsherTime due)
{
    Task *task = task_new("call", person, due, "Call Sarah Webb");
    task->key = g_strdup(key);
    g_free(task->guidance);
    task->guidance = g_strdup("Ask for the year end.\nBe brief.");
    g_ptr_array_add(decision->tasks, task);
    return task;
}

typedef struct {
    const Cadence *cadence;
} KeptCadence;

static gboolean keep_cadence(Record *record, gpointer data, GError **error)
{
    return record_keep_cadence(record, ((const KeptCadence *)data)->cadence, NOW, error);
}

static void make_task(Store *store, gint64 lead, const char *key, const char *person, UsherTime due)
{
    g_autoptr(Decision) decision = lead != 0 ? standing(store, lead, NOW) : decision_new(NOW, "rules-1");
    add_task(decision, key, person, due);
    write_decision(store, decision);
}

static GPtrArray *list(Store *store, const char *person, gint64 lead, UsherTime due_before)
{
    GError *error = NULL;
    GPtrArray *tasks = NULL;
    g_assert_true(record_list_tasks(store->record, person, lead, due_before, 100, &tasks, &error));
    g_assert_no_error(error);
    return tasks;
}

static guint count(Store *store, const char *person, gint64 lead, UsherTime due_before)
{
    g_autoptr(GPtrArray) tasks = list(store, person, lead, due_before);
    return tasks->len;
}

static gint64 find_first(Store *store, gint64 lead)
{
    g_autoptr(GPtrArray) tasks = list(store, NULL, lead, 0);
    g_assert_cmpuint(tasks->len, >, 0);
    return ((const Task *)g_ptr_array_index(tasks, 0))->id;
}

static Task *find(Store *store, gint64 id)
{
    GError *error = NULL;
    Task *task = NULL;
    g_assert_true(record_find_task(store->record, id, &task, &error));
    g_assert_no_error(error);
    return task;
}

static void move(Store *store, gint64 lead, LeadStatus status, const char *owner)
{
    g_autoptr(Decision) decision = standing(store, lead, NOW + 60);
    decision->status = status;
    g_free(decision->owner);
    decision->owner = g_strdup(owner);
    write_decision(store, decision);
}

static void test_task_is_read_as_it_was_written(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "one");
    make_task(store, lead, "step:1:2", "jane", NOW + 3600);
    g_autoptr(Task) task = find(store, find_first(store, lead));
    g_assert_cmpstr(task->key, ==, "step:1:2");
    g_assert_cmpint(task->lead, ==, lead);
    g_assert_cmpstr(task->person, ==, "jane");
    g_assert_cmpstr(task->kind, ==, "call");
    g_assert_cmpstr(task->said, ==, "Call Sarah Webb");
    g_assert_cmpstr(task->guidance, ==, "Ask for the year end.\nBe brief.");
    g_assert_cmpint(task->due, ==, NOW + 3600);
    g_assert_cmpint(task->created, ==, NOW);
    g_assert_true(task_is_open(task));
    g_assert_null(task->done_by);
    g_assert_null(find(store, task->id + 1));
}

static void test_key_makes_one_task(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    GError *error = NULL;
    gboolean is_known = TRUE;
    g_assert_true(record_has_task(store->record, "recurring:inboxes:jane:2026-03-02", &is_known, &error));
    g_assert_false(is_known);
    make_task(store, 0, "recurring:inboxes:jane:2026-03-02", "jane", NOW);
    make_task(store, 0, "recurring:inboxes:jane:2026-03-02", "jane", NOW);
    make_task(store, 0, NULL, "jane", NOW);
    make_task(store, 0, NULL, "jane", NOW);
    g_assert_cmpuint(count(store, "jane", 0, 0), ==, 3);
    g_assert_true(record_has_task(store->record, "recurring:inboxes:jane:2026-03-02", &is_known, &error));
    g_assert_true(is_known);
}

static void test_lists_ask_for_what_they_say(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "one");
    make_task(store, lead, "a", "jane", NOW + 200);
    make_task(store, lead, "b", "tom", NOW + 100);
    make_task(store, 0, "c", "jane", NOW + 300);
    g_assert_cmpuint(count(store, NULL, 0, 0), ==, 3);
    g_assert_cmpuint(count(store, "jane", 0, 0), ==, 2);
    g_assert_cmpuint(count(store, "jane", lead, 0), ==, 1);
    g_assert_cmpuint(count(store, NULL, lead, 0), ==, 2);
    g_assert_cmpuint(count(store, NULL, 0, NOW + 200), ==, 1);
    g_assert_cmpuint(count(store, "jane", 0, NOW + 201), ==, 1);
    g_autoptr(GPtrArray) tasks = list(store, NULL, 0, 0);
    g_assert_cmpstr(((const Task *)g_ptr_array_index(tasks, 0))->key, ==, "b");
    g_assert_cmpstr(((const Task *)g_ptr_array_index(tasks, 2))->key, ==, "c");
}

static void end(Store *store, gint64 task, gboolean is_skipped, UsherTime at, const char *outcome)
{
    g_autoptr(Decision) decision = decision_new(at, "rules-1");
    g_ptr_array_add(decision->tasks_done, task_end_new(task, is_skipped, "jane", outcome));
    write_decision(store, decision);
}

static void test_done_and_skipped_once(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "one");
    make_task(store, lead, "a", "jane", NOW);
    make_task(store, lead, "b", "jane", NOW + 1);
    gint64 first = find_first(store, lead);
    end(store, first, FALSE, NOW + 10, "She will call back.");
    end(store, first, TRUE, NOW + 20, "too late");
    gint64 second = find_first(store, lead);
    end(store, second, TRUE, NOW + 30, NULL);
    g_autoptr(Task) done = find(store, first), skipped = find(store, second);
    g_assert_cmpint(done->done, ==, NOW + 10);
    g_assert_cmpint(done->cancelled, ==, 0);
    g_assert_cmpstr(done->done_by, ==, "jane");
    g_assert_cmpstr(done->outcome, ==, "She will call back.");
    g_assert_cmpint(skipped->done, ==, 0);
    g_assert_cmpint(skipped->cancelled, ==, NOW + 30);
    g_assert_null(skipped->outcome);
    g_assert_cmpuint(count(store, NULL, 0, 0), ==, 0);
    GError *error = NULL;
    g_autoptr(GPtrArray) past = NULL;
    g_assert_true(record_list_past_tasks(store->record, lead, 10, &past, &error));
    g_assert_cmpuint(past->len, ==, 2);
}

static void test_outcome_of_the_lead_cancels(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "one"), other = make_lead(store, "two");
    make_task(store, lead, "a", "jane", NOW);
    make_task(store, lead, "b", "jane", NOW + 1);
    make_task(store, other, "c", "jane", NOW);
    gint64 first = find_first(store, lead);
    end(store, first, FALSE, NOW + 10, NULL);
    gint64 second = find_first(store, lead);
    move(store, lead, STATUS_NURTURE, "jane");
    g_assert_cmpuint(count(store, NULL, lead, 0), ==, 1);
    move(store, lead, STATUS_WON, "jane");
    g_assert_cmpuint(count(store, NULL, lead, 0), ==, 0);
    g_assert_cmpuint(count(store, NULL, 0, 0), ==, 1);
    g_autoptr(Task) done = find(store, first), cancelled = find(store, second);
    g_assert_cmpint(done->cancelled, ==, 0);
    g_assert_cmpint(cancelled->cancelled, ==, NOW + 60);
    g_assert_cmpstr(cancelled->outcome, ==, "the lead is won");
}

static void test_tasks_go_with_the_lead(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "one");
    make_task(store, lead, "a", "jane", NOW);
    make_task(store, lead, "b", "ada", NOW);
    make_task(store, 0, "c", "jane", NOW);
    move(store, lead, STATUS_NEW, "tom");
    g_assert_cmpuint(count(store, "tom", 0, 0), ==, 1);
    g_assert_cmpuint(count(store, "ada", 0, 0), ==, 1);
    g_assert_cmpuint(count(store, "jane", 0, 0), ==, 1);
}

static void test_merged_and_parted(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "one"), other = make_lead(store, "two");
    make_task(store, other, "a", "jane", NOW);
    make_task(store, other, "b", "jane", NOW);
    end(store, find_first(store, other), TRUE, NOW + 120, NULL);
    g_autoptr(Decision) merged = standing(store, lead, NOW + 120);
    merged->merges = other;
    write_decision(store, merged);
    g_assert_cmpuint(count(store, NULL, 0, 0), ==, 0);
    g_autoptr(Decision) parted = standing(store, lead, NOW + 180);
    parted->parts = other;
    write_decision(store, parted);
    g_assert_cmpuint(count(store, NULL, other, 0), ==, 1);
}

/* What a cadence asked for goes with it; what a person has written down stays. */
static void test_end_of_a_cadence_cancels_its_steps(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    gint64 lead = make_lead(store, "one");
    g_autoptr(Decision) begun = standing(store, lead, NOW);
    begun->enrolment = enrolment_new(lead, "hot", "v1");
    begun->enrolment->started = begun->enrolment->origin = NOW;
    begun->enrolment->due = NOW + 3600;
    GError *error = NULL;
    g_autoptr(Cadence) cadence = cadence_new("hot", "v1", FALSE);
    KeptCadence kept = {cadence};
    g_assert_true(record_run(store->record, keep_cadence, &kept, &error));
    write_decision(store, begun);
    make_task(store, lead, "step:1:1", "jane", NOW);
    make_task(store, lead, NULL, "jane", NOW + 1);
    g_autoptr(Decision) stopped = standing(store, lead, NOW + 60);
    stopped->stops_cadence = g_strdup("they have answered");
    write_decision(store, stopped);
    g_autoptr(GPtrArray) open = list(store, NULL, lead, 0);
    g_assert_cmpuint(open->len, ==, 1);
    const Task *left = g_ptr_array_index(open, 0);
    g_assert_null(left->key);
    g_autoptr(GPtrArray) all = NULL;
    g_assert_true(record_list_past_tasks(store->record, lead, 10, &all, &error));
    g_assert_cmpstr(((const Task *)g_ptr_array_index(all, 1))->outcome, ==, "they have answered");
}

static void test_tasks_of_nothing_are_empty(Store *store, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpuint(count(store, NULL, 0, 0), ==, 0);
    g_assert_cmpuint(count(store, "nobody", 99, NOW), ==, 0);
    g_assert_null(find(store, 0));
}

#define CASE(path, function) g_test_add(path, Store, NULL, store_set_up, function, store_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    CASE("/tasks/read", test_task_is_read_as_it_was_written);
    CASE("/tasks/key", test_key_makes_one_task);
    CASE("/tasks/lists", test_lists_ask_for_what_they_say);
    CASE("/tasks/ended", test_done_and_skipped_once);
    CASE("/tasks/outcome", test_outcome_of_the_lead_cancels);
    CASE("/tasks/handed-over", test_tasks_go_with_the_lead);
    CASE("/tasks/merged", test_merged_and_parted);
    CASE("/tasks/cadence-ends", test_end_of_a_cadence_cancels_its_steps);
    CASE("/tasks/nothing", test_tasks_of_nothing_are_empty);
    return g_test_run();
}
