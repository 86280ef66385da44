/*
 * record/party_rows.h - the numbers that stand in the tables of parties, for the files that write and that find them
 */
#ifndef USHER_RECORD_PARTY_ROWS_H
#define USHER_RECORD_PARTY_ROWS_H

#include "driver.h"
#include "usher/model/party.h"

/* party_name.what */
typedef enum { PARTY_ROW_NAME = 1, PARTY_ROW_OTHER_NAME = 2, PARTY_ROW_ADDRESS = 3, PARTY_ROW_DOMAIN = 4 } PartyNameRow;
/* party_key.kind beside those of base/party_name.h */
typedef enum { PARTY_KEY_ADDRESS = 11, PARTY_KEY_DOMAIN = 12 } PartyKeyRow;

/* Columns id, name, owner or matter, note. */
Party *party_row_read(Statement *statement, PartyList list);

#endif
