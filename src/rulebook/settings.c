/*
 * rulebook/settings.c - the firm's own file as a value: who is who, and whose address is whose
 *
 * Questions that the stages ask of the settings. How they come out of usher.yaml is settings_read.c.
 */
#include "usher/rulebook/settings.h"

#include <string.h>

#include "settings_read.h"
#include "usher/base/domain.h"
#include "usher/base/text.h"

void absence_free(Absence *absence)
{
    g_free(absence->said);
    g_free(absence);
}

void person_free(Person *person)
{
    if (person == NULL)
        return;
    g_free(person->id);
    g_free(person->name);
    g_free(person->email);
    g_free(person->role);
    g_free(person->deputy);
    g_ptr_array_unref(person->services);
    g_ptr_array_unref(person->away);
    g_ptr_array_unref(person->not_for);
    calendar_free(person->calendar);
    g_free(person);
}

void holiday_file_free(HolidayFile *file)
{
    g_free(file->name);
    calendar_free(file->calendar);
    g_free(file);
}

void intake_address_free(IntakeAddress *intake)
{
    g_free(intake->address);
    g_free(intake);
}

static void free_delivery(Delivery *delivery)
{
    g_free(delivery->maildir);
    g_free(delivery->smtp_host);
    g_free(delivery->user);
    g_free(delivery->password_file);
    g_free(delivery->ca_file);
    g_free(delivery->from);
}

static void free_firm(Settings *settings)
{
    g_free(settings->firm_name);
    g_ptr_array_unref(settings->domains);
    calendar_free(settings->calendar);
    g_ptr_array_unref(settings->holidays);
    g_free(settings->phone_region);
    g_ptr_array_unref(settings->services);
    g_free(settings->booking_url);
    g_free(settings->postal_address);
}

void settings_free(Settings *settings)
{
    if (settings == NULL)
        return;
    free_firm(settings);
    free_delivery(&settings->delivery);
    g_free(settings->directory);
    g_ptr_array_unref(settings->intake);
    g_ptr_array_unref(settings->partners);
    g_free(settings->milter);
    g_ptr_array_unref(settings->maildirs);
    g_free(settings->authserv_id);
    g_ptr_array_unref(settings->people);
    g_free(settings->duty_fallback);
    g_free(settings->duty_exceptions);
    g_free(settings->duty_conflicts);
    g_free(settings->duty_manager);
    g_free(settings->store);
    g_free(settings->web_listen);
    g_free(settings->web_url);
    g_free(settings);
}

Settings *settings_load(const char *directory, const char *shared_rules, Problems *problems)
{
    guint errors = problems_count_errors(problems);
    g_autoptr(GPtrArray) holiday_paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Settings) settings = settings_read(directory, shared_rules, holiday_paths, problems);
    return problems_count_errors(problems) == errors ? g_steal_pointer(&settings) : NULL;
}

const Person *settings_find_person(const Settings *settings, const char *id)
{
    for (guint i = 0; id != NULL && i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        if (strcmp(person->id, id) == 0)
            return person;
    }
    return NULL;
}

const Person *settings_find_person_by_email(const Settings *settings, const char *address)
{
    if (address == NULL)
        return NULL;
    g_autofree char *folded = text_fold_address(address);
    for (guint i = 0; i < settings->people->len; i++) {
        const Person *person = g_ptr_array_index(settings->people, i);
        if (g_strcmp0(person->email, folded) == 0)
            return person;
    }
    return NULL;
}

const Person *settings_find_duty(const Settings *settings, const char *duty)
{
    const struct {
        const char *name;
        const char *holder;
    } duties[] = {
        {"fallback", settings->duty_fallback},
        {"exceptions", settings->duty_exceptions},
        {"conflicts", settings->duty_conflicts},
        {"manager", settings->duty_manager},
    };
    for (guint i = 0; duty != NULL && i < G_N_ELEMENTS(duties); i++)
        if (strcmp(duties[i].name, duty) == 0)
            return settings_find_person(settings, duties[i].holder);
    return NULL;
}

static const IntakeAddress *find_exact_intake(const Settings *settings, const char *folded)
{
    for (guint i = 0; i < settings->intake->len; i++) {
        const IntakeAddress *intake = g_ptr_array_index(settings->intake, i);
        if (strcmp(intake->address, folded) == 0)
            return intake;
    }
    return NULL;
}

const IntakeAddress *settings_find_intake(const Settings *settings, const char *address)
{
    if (address == NULL)
        return NULL;
    g_autofree char *folded = text_fold_address(address);
    const IntakeAddress *intake = find_exact_intake(settings, folded);
    const char *at = strrchr(folded, '@'), *plus = strchr(folded, '+');
    if (intake != NULL || !settings->delivery.has_plus || at == NULL || plus == NULL || plus >= at)
        return intake;
    g_autofree char *without = g_strdup_printf("%.*s%s", (int)(plus - folded), folded, at);
    return find_exact_intake(settings, without);
}

gboolean settings_is_own_address(const Settings *settings, const char *address)
{
    g_autofree char *domain = address != NULL ? text_address_domain(address) : NULL;
    if (domain == NULL)
        return FALSE;
    for (guint i = 0; i < settings->domains->len; i++)
        if (domain_is_within(domain, g_ptr_array_index(settings->domains, i)))
            return TRUE;
    return settings_find_person_by_email(settings, address) != NULL || settings_find_intake(settings, address) != NULL;
}

const char *settings_find_log_address(const Settings *settings)
{
    for (guint i = 0; i < settings->intake->len; i++) {
        const IntakeAddress *intake = g_ptr_array_index(settings->intake, i);
        if (intake->has_kind && intake->kind == KIND_LOG)
            return intake->address;
    }
    return NULL;
}

gboolean settings_is_partner(const Settings *settings, const char *address)
{
    g_autofree char *folded = address != NULL ? text_fold_address(address) : NULL;
    g_autofree char *domain = address != NULL ? text_address_domain(address) : NULL;
    for (guint i = 0; domain != NULL && i < settings->partners->len; i++) {
        const char *partner = g_ptr_array_index(settings->partners, i);
        if (strchr(partner, '@') != NULL ? strcmp(partner, folded) == 0 : domain_is_within(domain, partner))
            return TRUE;
    }
    return FALSE;
}

const Absence *person_find_absence(const Person *person, UsherTime now)
{
    for (guint i = 0; i < person->away->len; i++) {
        const Absence *absence = g_ptr_array_index(person->away, i);
        if (absence->from <= now && now < absence->until)
            return absence;
    }
    return NULL;
}

const Calendar *settings_get_calendar(const Settings *settings, const Person *person)
{
    return person->calendar != NULL ? person->calendar : settings->calendar;
}

const Person *settings_find_present(const Settings *settings, const Person *person, UsherTime now)
{
    const Person *at = person;
    for (guint steps = 0; at != NULL && steps < settings->people->len; steps++) {
        if (person_find_absence(at, now) == NULL)
            return at;
        at = at->deputy != NULL ? settings_find_person(settings, at->deputy) : NULL;
    }
    return person;
}

gboolean settings_is_on_duty(const Settings *settings, const char *person, const char *duty)
{
    const Person *at = settings_find_duty(settings, duty);
    for (guint steps = 0; at != NULL && steps < settings->people->len; steps++) {
        if (strcmp(at->id, person) == 0)
            return TRUE;
        at = at->deputy != NULL ? settings_find_person(settings, at->deputy) : NULL;
    }
    return FALSE;
}

/* ---- holidays ---- */

gboolean settings_sees_colleagues(const Settings *settings)
{
    return settings->milter != NULL && settings->captures_interactions;
}

/* So long before a year begins it should be known. */
#define MONTHS_AHEAD 4

static void warn_of_year(const HolidayFile *file, int year, Problems *problems)
{
    int last = calendar_last_holiday_year(file->calendar);
    g_autofree char *until = last < year ? g_strdup_printf(" (the last are of %d)", last) : g_strdup("");
    problems_add_warning(
        problems, "usher.yaml", file->line, file->column,
        "the holiday file \"%s\" has no holidays of %d%s: what falls due then is counted as if there were none; put a newer file "
        "into rules/holidays/%s.ics",
        file->name, year, until, file->name);
}

void settings_warn_of_years(const Settings *settings, UsherTime now, Problems *problems)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now);
    g_autoptr(GDateTime) today = utc != NULL ? g_date_time_to_timezone(utc, calendar_get_zone(settings->calendar)) : NULL;
    g_autoptr(GDateTime) ahead = today != NULL ? g_date_time_add_months(today, MONTHS_AHEAD) : NULL;
    for (guint i = 0; ahead != NULL && i < settings->holidays->len; i++) {
        const HolidayFile *file = g_ptr_array_index(settings->holidays, i);
        int this_year = g_date_time_get_year(today), next_year = g_date_time_get_year(ahead);
        if (!calendar_knows_year(file->calendar, this_year))
            warn_of_year(file, this_year, problems);
        if (next_year != this_year && !calendar_knows_year(file->calendar, next_year))
            warn_of_year(file, next_year, problems);
    }
}
