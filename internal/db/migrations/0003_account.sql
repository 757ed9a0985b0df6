-- Who may sign in, and as what.

CREATE TABLE organisation (
	id     TEXT   NOT NULL PRIMARY KEY,
	name   TEXT   NOT NULL,
	sector TEXT   NOT NULL
);

CREATE TABLE account (
	id           TEXT    NOT NULL PRIMARY KEY,
	name         TEXT    NOT NULL,
	person       BIGINT  NOT NULL,
	role         TEXT    NOT NULL,
	team         TEXT    NOT NULL,
	organisation TEXT    NOT NULL,
	suspended    BOOLEAN NOT NULL,
	version      BIGINT  NOT NULL
);

CREATE TABLE session (
	token   BYTEA  NOT NULL PRIMARY KEY,
	account TEXT   NOT NULL,
	version BIGINT NOT NULL,
	started BIGINT NOT NULL,
	used    BIGINT NOT NULL,
	until   BIGINT NOT NULL
);

CREATE TABLE signin (
	token   BYTEA  NOT NULL PRIMARY KEY,
	account TEXT   NOT NULL,
	until   BIGINT NOT NULL
);

-- What the database is for, and other single facts about it.
CREATE TABLE fact (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);
