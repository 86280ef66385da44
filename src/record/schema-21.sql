-- Version 21: who has put a lead into a cadence, when it was a person: the rules do not take it out again at their next look.

ALTER TABLE enrolment ADD COLUMN put_by TEXT;
