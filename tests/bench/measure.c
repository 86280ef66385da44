/*
 * measure.c - clocks, and medians over rounds
 */
#include "measure.h"

#include <stdarg.h>
#include <time.h>

typedef struct {
    char *name;
    const char *unit;
    GArray *values; /* double */
} Figure;

static GPtrArray *figures; /* Figure */

static gint64 read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

Moment measure_now(void)
{
    return (Moment){.wall_ns = read_clock(CLOCK_MONOTONIC), .cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID)};
}

double measure_wall_us(Moment since)
{
    return (double)(measure_now().wall_ns - since.wall_ns) / 1000;
}

double measure_cpu_us(Moment since)
{
    return (double)(measure_now().cpu_ns - since.cpu_ns) / 1000;
}

static void free_figure(gpointer item)
{
    Figure *figure = item;
    g_free(figure->name);
    g_array_unref(figure->values);
    g_free(figure);
}

static Figure *find_figure(const char *name, const char *unit)
{
    if (!figures) {
        figures = g_ptr_array_new_with_free_func(free_figure);
    }
    for (guint i = 0; i < figures->len; i++) {
        Figure *figure = g_ptr_array_index(figures, i);
        if (g_str_equal(figure->name, name)) {
            return figure;
        }
    }
    Figure *figure = g_new0(Figure, 1);
    figure->name = g_strdup(name);
    figure->unit = unit;
    figure->values = g_array_new(FALSE, FALSE, sizeof(double));
    g_ptr_array_add(figures, figure);
    return figure;
}

void measure_note(double value, const char *unit, const char *name_format, ...)
{
    va_list arguments;
    va_start(arguments, name_format);
    g_autofree char *name = g_strdup_vprintf(name_format, arguments);
    va_end(arguments);
    g_array_append_val(find_figure(name, unit)->values, value);
}

static gint compare_numbers(gconstpointer a, gconstpointer b)
{
    double first = *(const double *)a;
    double second = *(const double *)b;
    return (first > second) - (first < second);
}

double measure_get_quantile(GArray *numbers, double share)
{
    g_array_sort(numbers, compare_numbers);
    return numbers->len == 0 ? 0 : g_array_index(numbers, double, (guint)(share * (numbers->len - 1) + 0.5));
}

void measure_print(void)
{
    for (guint i = 0; figures && i < figures->len; i++) {
        Figure *figure = g_ptr_array_index(figures, i);
        g_print("%-68s  %10.1f  %s\n", figure->name, measure_get_quantile(figure->values, 0.5), figure->unit);
    }
    g_clear_pointer(&figures, g_ptr_array_unref);
}
