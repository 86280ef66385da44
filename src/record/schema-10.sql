-- Version 10: what a lead is likely to be worth in whole pounds (0: not known), the verdicts on the dimensions of the rules, and how many per cent of what is
-- required are known. Of leads judged before, nothing is known of it until they are judged again.

ALTER TABLE lead ADD COLUMN likely_value BIGINT NOT NULL DEFAULT 0;
ALTER TABLE judgement ADD COLUMN dimensions TEXT NOT NULL DEFAULT '';
ALTER TABLE judgement ADD COLUMN completeness SMALLINT NOT NULL DEFAULT 0;
