/*
 * pipeline_parties.h - the firm's clients and conflicts: what a lead says that they may be found by, and what of it goes into a decision
 */
#ifndef USHER_PIPELINE_PARTIES_H
#define USHER_PIPELINE_PARTIES_H

#include "usher/pipeline.h"

/* Adds to `asks` (PartyAsk) what fields (Field) say of the people of a lead. */
void parties_ask_fields(GPtrArray *asks, const GPtrArray *fields, const Rulebook *rulebook);
/* Adds an address, and its domain. `is_other`: of somebody beside the prospect. NULL is fine. */
void parties_ask_address(GPtrArray *asks, const char *what, const char *address, gboolean is_other, const Rulebook *rulebook);

/* Whom the past knows of the lead's people goes into the decision, and into its history. */
void parties_take(Decision *decision, const Past *past, const Rulebook *rulebook);

#endif
