-- Codes on paper, each of which signs somebody in once.

CREATE TABLE printed (
	code    BYTEA  NOT NULL PRIMARY KEY,
	account TEXT   NOT NULL,
	made    BIGINT NOT NULL
);
CREATE INDEX printed_account ON printed (account);
