/*
 * record/schema.h - puts the schema in place, step by step
 */
#ifndef USHER_RECORD_SCHEMA_H
#define USHER_RECORD_SCHEMA_H

#include "driver.h"

/*
 * Brings the database from the version it has to version `count` by running the steps in between, each in a transaction of its
 * own with the number it leads to. Step n (from 0) leads to version n + 1. Several processes may do it at once. FALSE with
 * USHER_ERROR_CONFIG for a database of a newer version or of somebody else.
 */
gboolean schema_apply(Driver *driver, const char *const *steps, guint count, GError **error);

/* schema_apply with the steps of this Usher. */
gboolean schema_put_in_place(Driver *driver, GError **error);

/* For readers: FALSE with USHER_ERROR_CONFIG unless the database has exactly the version of this Usher. */
gboolean schema_check(Driver *driver, GError **error);

#endif
