/*
 * record/party_rows.h - the numbers that stand in the tables of parties, for the files that write and that find them
 */
#ifndef USHER_RECORD_PARTY_ROWS_H
#define USHER_RECORD_PARTY_ROWS_H

#include "driver.h"
#include "usher/record.h"

/* party_name.what */
typedef enum {
    PARTY_ROW_NAME = 1,
    PARTY_ROW_OTHER_NAME = 2,
    PARTY_ROW_ADDRESS = 3,
    PARTY_ROW_DOMAIN = 4,
    PARTY_ROW_SERVICE = 5, /* of partners, as the next one */
    PARTY_ROW_AREA = 6,
} PartyNameRow;
/* party_key.kind beside those of base/party_name.h */
typedef enum { PARTY_KEY_ADDRESS = 11, PARTY_KEY_DOMAIN = 12 } PartyKeyRow;

/* Columns id, name, own, note; own: the owner of a client, the matter of a conflict, the contact of a partner, whose phone, reciprocity and share follow. */
Party *party_row_read(Statement *statement, PartyList list);
/* All else that it is known by. */
gboolean party_add_known_by(Record *record, Party *party, GError **error);

#endif
