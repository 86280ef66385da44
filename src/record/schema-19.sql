-- Version 19: live leads by when anything last happened on them.

CREATE INDEX lead_live_updated ON lead (updated) WHERE is_live = 1;
