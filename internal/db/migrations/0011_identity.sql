-- Who is who at services that sign people in, and sign-ins with them under way.

CREATE TABLE identity (
	provider TEXT   NOT NULL,
	subject  TEXT   NOT NULL,
	account  TEXT   NOT NULL,
	made     BIGINT NOT NULL,
	used     BIGINT NOT NULL,
	PRIMARY KEY (provider, subject)
);
CREATE INDEX identity_account ON identity (account);

CREATE TABLE departure (
	ticket   BYTEA  NOT NULL PRIMARY KEY,
	provider TEXT   NOT NULL,
	account  TEXT   NOT NULL,
	asked    TEXT   NOT NULL,
	until    BIGINT NOT NULL
);

ALTER TABLE session ADD COLUMN vouched TEXT NOT NULL DEFAULT '';
