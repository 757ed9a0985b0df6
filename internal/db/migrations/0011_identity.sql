-- Who another service says that somebody is, and sign-ins there that are under way.

CREATE TABLE identity (
	provider TEXT   NOT NULL,
	subject  TEXT   NOT NULL,
	account  TEXT   NOT NULL,
	made     BIGINT NOT NULL,
	PRIMARY KEY (provider, subject)
);
CREATE INDEX identity_account ON identity (account);

CREATE TABLE departure (
	ticket   BYTEA  NOT NULL PRIMARY KEY,
	provider TEXT   NOT NULL,
	state    TEXT   NOT NULL,
	nonce    TEXT   NOT NULL,
	verifier TEXT   NOT NULL,
	account  TEXT   NOT NULL,
	until    BIGINT NOT NULL
);

CREATE INDEX account_person ON account (person);
ALTER TABLE session ADD COLUMN posts TEXT NOT NULL DEFAULT '';
