/*
 * command/people.h - who has how many leads, as status and check show it
 */
#ifndef USHER_COMMAND_PEOPLE_H
#define USHER_COMMAND_PEOPLE_H

#include "command.h"

/* An array of one object for each person of usher.yaml, and for each other who still has live leads. `figures`: PersonFigures, counted over PEOPLE_SHARE_DAYS. */
json_t *people_to_json(const GPtrArray *figures, const Settings *settings);
void people_print(const GPtrArray *figures, const Settings *settings);

/* The days over which people's shares are counted. */
#define PEOPLE_SHARE_DAYS 30

/* A warning for each person who has live leads and stands in usher.yaml no more; none when there is no record yet. */
void people_warn_of_leavers(const Instance *instance, Problems *problems);

#endif
