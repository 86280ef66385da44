-- Version 16: how the time of a promise was counted is kept with it, so that it can be explained later: when it was made, by what words of the rule, and in whose hours.
-- `made` is 0 of those that are older than this.

ALTER TABLE promise ADD COLUMN made BIGINT NOT NULL DEFAULT 0;
ALTER TABLE promise ADD COLUMN span TEXT;
ALTER TABLE promise ADD COLUMN at_most TEXT;
ALTER TABLE promise ADD COLUMN opens SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE promise ADD COLUMN hours TEXT;
ALTER TABLE promise ADD COLUMN place TEXT;
