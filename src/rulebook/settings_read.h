/*
 * rulebook/settings_read.h - usher.yaml read as far as it can be
 */
#ifndef USHER_RULEBOOK_SETTINGS_READ_H
#define USHER_RULEBOOK_SETTINGS_READ_H

#include "usher/rulebook/settings.h"

/*
 * Like settings_load, but gives what could be read even when there were mistakes, so that the rules can be checked against it in the
 * same run. Lists are never NULL; texts and calendars may be then. NULL only when the file is not there or no YAML. The paths of the holiday
 * files are added to `holiday_paths` (char*).
 */
Settings *settings_read(const char *directory, const char *shared_rules, GPtrArray *holiday_paths, Problems *problems);

void absence_free(Absence *absence);
void person_free(Person *person);
void intake_address_free(IntakeAddress *intake);
void holiday_file_free(HolidayFile *file);

/* The people and duties of usher.yaml; the firm must have been read. `zone` and `hours` are the firm's. (settings_people.c) */
void settings_read_people(Settings *settings, const YamlNode *top, const char *zone, const char *hours);

/* An address that mail can go to, folded and owned by the caller; NULL with a problem. `remedy` is for an absent one. */
char *settings_read_address(const YamlNode *mapping, const char *key, const char *remedy);

/*
 * A calendar of zone, hours and holidays (HolidayFile). A mistake is told at the node of the hours (NULL: it cannot be theirs).
 */
Calendar *settings_make_calendar(const YamlNode *hours_node, const char *zone, const char *hours, const GPtrArray *holidays);

#endif
