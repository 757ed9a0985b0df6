-- Where people may be written to, what was sent there to be answered, and how somebody
-- gets back in who lost their passkey.

CREATE TABLE contact (
	id       TEXT    NOT NULL PRIMARY KEY,
	account  TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	address  TEXT    NOT NULL,
	lang     TEXT    NOT NULL,
	made     BIGINT  NOT NULL,
	safe     BOOLEAN NOT NULL,
	alone    BOOLEAN NOT NULL,
	discreet BOOLEAN NOT NULL,
	enters   BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX contact_account ON contact (account, address);
CREATE INDEX contact_address ON contact (address);
CREATE UNIQUE INDEX contact_enters ON contact (address) WHERE enters;

CREATE TABLE attempt (
	ticket  BYTEA  NOT NULL PRIMARY KEY,
	what    TEXT   NOT NULL,
	account TEXT   NOT NULL,
	address TEXT   NOT NULL,
	mark    BYTEA  NOT NULL,
	code    BYTEA  NOT NULL,
	tries   BIGINT NOT NULL,
	made    BIGINT NOT NULL
);
CREATE INDEX attempt_mark ON attempt (mark);
CREATE INDEX attempt_made ON attempt (made);

CREATE TABLE recovery (
	account TEXT   NOT NULL PRIMARY KEY,
	holder  BYTEA  NOT NULL,
	stop    BYTEA  NOT NULL,
	begun   BIGINT NOT NULL,
	opens   BIGINT NOT NULL
);

-- What was passed on to people's addresses, so that it is passed on once.
CREATE TABLE told (
	what TEXT   NOT NULL PRIMARY KEY,
	at   BIGINT NOT NULL
);
