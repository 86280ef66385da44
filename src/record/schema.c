/*
 * record/schema.c - puts the schema in place, step by step
 *
 * The first step is schema.sql. A change of the schema is a further file (schema-2.sql, ...) and a further row of the table
 * below; a new database goes through the same steps as an old one, so that there is no second description of the schema to
 * drift away.
 */
#include "schema.h"

#include "usher/base/error.h"

static const char schema[] = {
#include "src/record/schema.sql.inc"
    0};

static const char withdrawn_promises[] = {
#include "src/record/schema-2.sql.inc"
    0};

static const char leads_of_history[] = {
#include "src/record/schema-3.sql.inc"
    0};

static const char lists[] = {
#include "src/record/schema-4.sql.inc"
    0};

static const char interactions[] = {
#include "src/record/schema-5.sql.inc"
    0};

static const char parties_of_leads[] = {
#include "src/record/schema-6.sql.inc"
    0};

static const char alike_mails[] = {
#include "src/record/schema-7.sql.inc"
    0};

static const char merged_leads[] = {
#include "src/record/schema-8.sql.inc"
    0};

static const char partners[] = {
#include "src/record/schema-9.sql.inc"
    0};

static const char dimensions_of_leads[] = {
#include "src/record/schema-10.sql.inc"
    0};

static const char offered_slots[] = {
#include "src/record/schema-11.sql.inc"
    0};

static const char turns_of_people[] = {
#include "src/record/schema-12.sql.inc"
    0};

static const char tasks[] = {
#include "src/record/schema-13.sql.inc"
    0};

static const char cadences[] = {
#include "src/record/schema-14.sql.inc"
    0};

static const char sending_manners[] = {
#include "src/record/schema-15.sql.inc"
    0};

static const char counts_of_promises[] = {
#include "src/record/schema-16.sql.inc"
    0};

static const char left_alone[] = {
#include "src/record/schema-17.sql.inc"
    0};

static const char watched_promises[] = {
#include "src/record/schema-18.sql.inc"
    0};

static const char quiet_leads[] = {
#include "src/record/schema-19.sql.inc"
    0};

static const char days_of_people[] = {
#include "src/record/schema-20.sql.inc"
    0};

static const char choices_of_cadences[] = {
#include "src/record/schema-21.sql.inc"
    0};

static const char *const steps[] = {schema,
                                    withdrawn_promises,
                                    leads_of_history,
                                    lists,
                                    interactions,
                                    parties_of_leads,
                                    alike_mails,
                                    merged_leads,
                                    partners,
                                    dimensions_of_leads,
                                    offered_slots,
                                    turns_of_people,
                                    tasks,
                                    cadences,
                                    sending_manners,
                                    counts_of_promises,
                                    left_alone,
                                    watched_promises,
                                    quiet_leads,
                                    days_of_people,
                                    choices_of_cadences};

static gboolean check_version(Driver *driver, gint64 version, guint count, GError **error)
{
    if (version <= (gint64)count)
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                "store \"%s\" was written by a newer Usher (version %" G_GINT64_FORMAT
                ", this one knows %u): install that Usher, or point store: elsewhere",
                driver_get_path(driver), version, count);
    return FALSE;
}

static gboolean check_is_ours(Driver *driver, GError **error)
{
    gboolean is_empty = FALSE;
    if (!driver_is_empty(driver, &is_empty, error))
        return FALSE;
    if (!is_empty)
        g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG, "store \"%s\" is a database of another program: point store: elsewhere",
                    driver_get_path(driver));
    return is_empty;
}

/* Inside the transaction: another process may have been faster, so the version is read again. */
static gboolean take_step(Driver *driver, const char *const *all, guint count, GError **error)
{
    gint64 version = 0;
    if (!driver_get_version(driver, &version, error) || !check_version(driver, version, count, error))
        return FALSE;
    if (version == (gint64)count)
        return TRUE;
    if (version == 0 && !check_is_ours(driver, error))
        return FALSE;
    return driver_run_script(driver, all[version], error) && driver_set_version(driver, version + 1, error);
}

gboolean schema_apply(Driver *driver, const char *const *all, guint count, GError **error)
{
    gint64 version = 0;
    if (!driver_get_version(driver, &version, error) || !check_version(driver, version, count, error))
        return FALSE;
    for (; version < (gint64)count; version++) {
        if (!driver_begin(driver, error))
            return FALSE;
        if (!take_step(driver, all, count, error)) {
            driver_rollback(driver);
            return FALSE;
        }
        if (!driver_commit(driver, error))
            return FALSE;
    }
    return TRUE;
}

gboolean schema_put_in_place(Driver *driver, GError **error)
{
    return schema_apply(driver, steps, G_N_ELEMENTS(steps), error);
}

gboolean schema_check(Driver *driver, GError **error)
{
    gint64 version = 0;
    if (!driver_get_version(driver, &version, error) || !check_version(driver, version, G_N_ELEMENTS(steps), error))
        return FALSE;
    if (version == (gint64)G_N_ELEMENTS(steps))
        return TRUE;
    g_set_error(error, USHER_ERROR, USHER_ERROR_CONFIG,
                "store \"%s\" has no records of this Usher yet: start \"usher run\" or \"usher tick\" once",
                driver_get_path(driver));
    return FALSE;
}
