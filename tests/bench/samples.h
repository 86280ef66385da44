/*
 * samples.h - the mails and the firm that benches work with
 *
 * Every number is another person with another address, domain and Message-ID: each mail becomes a lead with an acknowledgement and a brief.
 */
#ifndef USHER_TESTS_SAMPLES_H
#define USHER_TESTS_SAMPLES_H

#include "usher/record.h"
#include "usher/rulebook/rulebook.h"

typedef enum {
    SAMPLE_PLAIN,       /* 3 KB, text */
    SAMPLE_ALTERNATIVE, /* 15 KB, text and HTML */
    SAMPLE_PDF,         /* 250 KB, text and a PDF */
    SAMPLE_COUNT
} SampleKind;

#define SAMPLE_NOW ((UsherTime)1772442900) /* 2026-03-02T09:15:00Z, a Monday */

/* "3 KB plain" */
const char *sample_get_name(SampleKind kind);

GBytes *sample_make(SampleKind kind, guint number);

/*
 * The shipped rules with the firm of the tests (tests/instance), whose people have room for 10,000 leads each and whose store is `store`. `delivery` is the YAML below "delivery:"; NULL
 * leaves the Maildir. The instance is written into `directory`. Ends the program when it has errors.
 */
Rulebook *sample_load_rulebook(const char *directory, const char *store, const char *delivery);

/* Captures `count` mails from number `first` on, a hundred a transaction. */
void sample_capture(Record *record, SampleKind kind, guint first, guint count);

#endif
