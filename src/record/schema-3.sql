-- A lead that was read out of old mail: no owner's load, no promises, and found by its address only while old mail is read.
ALTER TABLE lead ADD COLUMN is_history SMALLINT NOT NULL DEFAULT 0;
