-- Version 2: a promise may be withdrawn, when its lead takes another way. It is closed then (`kept` has the moment) and counts neither as kept nor as
-- broken.

ALTER TABLE promise ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0;
