-- Ways to prove who one is, and what is known of a session.

ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN strong BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE session ADD COLUMN proved BIGINT NOT NULL DEFAULT 0;

CREATE TABLE passkey (
	id         BYTEA  NOT NULL PRIMARY KEY,
	account    TEXT   NOT NULL,
	credential TEXT   NOT NULL,
	name       TEXT   NOT NULL,
	made       BIGINT NOT NULL,
	used       BIGINT NOT NULL
);
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE challenge (
	ticket  BYTEA  NOT NULL PRIMARY KEY,
	account TEXT   NOT NULL,
	asked   TEXT   NOT NULL,
	until   BIGINT NOT NULL
);
