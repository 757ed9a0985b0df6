-- What somebody laid aside waits longer than what they were cut off from.

ALTER TABLE kept ADD COLUMN until BIGINT NOT NULL DEFAULT 0;
