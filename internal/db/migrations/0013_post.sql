-- What else an account does for a living, of which each session is for one.

CREATE TABLE post (
	account      TEXT   NOT NULL,
	n            BIGINT NOT NULL,
	role         TEXT   NOT NULL,
	team         TEXT   NOT NULL,
	organisation TEXT   NOT NULL,
	PRIMARY KEY (account, n)
);

ALTER TABLE session ADD COLUMN post BIGINT NOT NULL DEFAULT 0;
