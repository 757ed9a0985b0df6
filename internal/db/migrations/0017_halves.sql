-- A sign-in link that two made: it works with a code that only the one who asked sees.

ALTER TABLE signin ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE signin ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signin ADD COLUMN asker TEXT NOT NULL DEFAULT '';
