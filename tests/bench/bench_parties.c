/*
 * bench_parties - what a look into a list of 100,000 parties costs, and what putting it in does
 *
 * Names are made of common words and surnames, so that words are shared as they are in a real list.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <time.h>

#include "usher/record.h"

static const char *const firsts[] = {"John", "Mary",  "David", "Susan", "Peter", "Anna",
                                     "Owen", "Priya", "Ahmed", "Zofia", "Liam",  "Grace"};
static const char *const starts[] = {"Stro", "Chap", "Tran", "Har", "Wes", "Nor", "Glo", "Pen",
                                     "Lan",  "Mer",  "Bra",  "Cal", "Dun", "Esk", "Fal", "Gar"};
static const char *const middles[] = {"ter", "dle", "ring", "wick", "mon", "ver", "sey", "lock",
                                      "ber", "den", "gate", "low",  "mar", "nor", "pel", "rid"};
static const char *const ends[] = {"ton", "ford", "ham", "ley", "worth", "by", "field", "bury", "combe", "hurst", "mere", "stead"};
static const char *const trades[] = {"Holdings", "Services", "Forge",   "Developments", "Engineering",
                                     "Foods",    "Print",    "Estates", "Care",         "Software"};

#define PICK(list, number) (list)[(number) % G_N_ELEMENTS(list)]

static char *make_name(guint number)
{
    guint n = number * 2654435761u >> 4;
    g_autofree char *word = g_strconcat(PICK(starts, n), PICK(middles, n / 16), PICK(ends, n / 256), NULL);
    if (number % 3 == 0) {
        return g_strdup_printf("%s %s%s", PICK(firsts, n / 4096), number % 2 ? "J. " : "", word);
    }
    return g_strdup_printf("%s %s %u Ltd", word, PICK(trades, n / 3072), number % 7 ? 0 : number % 50);
}

static GPtrArray *make_parties(guint count)
{
    GPtrArray *parties = g_ptr_array_new_with_free_func((GDestroyNotify)party_free);
    for (guint i = 0; i < count; i++) {
        g_autofree char *name = make_name(i);
        Party *party = party_new(PARTY_CONFLICT, name);
        g_free(party->matter);
        party->matter = g_strdup_printf("M%u", i);
        g_ptr_array_add(parties, party);
    }
    return parties;
}

static gboolean put_all(Record *record, gpointer data, GError **error)
{
    PartyCounts counts;
    return record_put_parties(record, PARTY_CONFLICT, data, FALSE, 1, &counts, error);
}

/* Of this thread, in microseconds: what others do on the machine does not count. */
static gint64 read_cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (gint64)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static gint compare_times(gconstpointer a, gconstpointer b)
{
    gint64 first = *(const gint64 *)a, second = *(const gint64 *)b;
    return first < second ? -1 : first > second;
}

/* What a lead asks: the name of a person and of a company, two addresses with their domains. */
static guint look(Record *record, guint number, GArray *times)
{
    g_autofree char *name = make_name(number * 31);
    g_autofree char *other = number % 2 ? g_strdup_printf("%sx", name) : g_strdup_printf("Nobody %u", number);
    g_autoptr(GPtrArray) asks = g_ptr_array_new_with_free_func((GDestroyNotify)party_ask_free);
    g_autoptr(GPtrArray) matches = g_ptr_array_new_with_free_func((GDestroyNotify)party_match_free);
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(asks, party_ask_new(PARTY_BY_NAME, "company", name));
    g_ptr_array_add(asks, party_ask_new(PARTY_BY_NAME, "name", other));
    g_ptr_array_add(asks, party_ask_new(PARTY_BY_ADDRESS, "email", "ann@tranter.example"));
    g_ptr_array_add(asks, party_ask_new(PARTY_BY_DOMAIN, "email", "tranter.example"));
    gint64 start = read_cpu();
    g_assert_true(record_find_parties(record, PARTY_CONFLICT, asks, matches, &error));
    gint64 took = read_cpu() - start;
    g_array_append_val(times, took);
    return matches->len;
}

int main(int argc, char **argv)
{
    guint count = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 100000;
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_dir_make_tmp("usher-bench-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "usher.db", NULL);
    g_autoptr(Record) record = record_open(path, FALSE, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) parties = make_parties(count);
    gint64 start = read_cpu();
    record_run(record, put_all, parties, &error);
    g_assert_no_error(error);
    printf("put in: %u parties in %.1f s of CPU\n", count, (double)(read_cpu() - start) / 1e6);
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
    guint found = 0;
    for (guint i = 0; i < 2000; i++) {
        found += look(record, i, times);
    }
    g_array_sort(times, compare_times);
    printf("a lead's look (2 names, an address, a domain): median %" G_GINT64_FORMAT " us, 99 %% %" G_GINT64_FORMAT
           " us, most %" G_GINT64_FORMAT " us of CPU; %u matches\n",
           g_array_index(times, gint64, 1000), g_array_index(times, gint64, 1980), g_array_index(times, gint64, 1999), found);
    const char *const names[] = {"usher.db", "usher.db-wal", "usher.db-shm"};
    g_clear_pointer(&record, record_close);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *file = g_build_filename(directory, names[i], NULL);
        g_unlink(file);
    }
    g_rmdir(directory);
    return 0;
}
