/*
 * measure.h - what benches measure with, and how they say it
 *
 * A bench notes each figure under a name once a round; measure_print gives the median over the rounds, a line a figure: NAME, VALUE and UNIT, two blanks
 * or more between them. tests/bench/run reads these lines.
 */
#ifndef USHER_TESTS_MEASURE_H
#define USHER_TESTS_MEASURE_H

#include <glib.h>

typedef struct {
    gint64 wall_ns;
    gint64 cpu_ns; /* of this process, all its threads, in user and kernel */
} Moment;

Moment measure_now(void);
double measure_wall_us(Moment since);
double measure_cpu_us(Moment since);

/* One more value of the figure with that name. */
void measure_note(double value, const char *unit, const char *name_format, ...) G_GNUC_PRINTF(3, 4);

/* The medians, in the order in which the names were first noted. Forgets them. */
void measure_print(void);

/* Median; sorts the numbers (double). 0 for none. */
double measure_get_quantile(GArray *numbers, double share);

#endif
