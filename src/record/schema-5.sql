-- Version 5: of mail between a colleague and somebody on an open lead only the header block is captured.

ALTER TABLE message ADD COLUMN is_headers_only SMALLINT NOT NULL DEFAULT 0;
