-- Version 7: mails that are counted together, to know a robot that says the same again and again from changing addresses, and a form that is
-- under attack. What the value says stands in model/decision.h (`alike`).

ALTER TABLE message ADD COLUMN alike TEXT;
CREATE INDEX message_alike ON message (alike, decided) WHERE alike IS NOT NULL;
