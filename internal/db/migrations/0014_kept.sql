-- What somebody had typed when their session ended, until they are back.

CREATE TABLE kept (
	account TEXT    NOT NULL,
	path    TEXT    NOT NULL,
	fields  TEXT    NOT NULL,
	sent    BOOLEAN NOT NULL,
	at      BIGINT  NOT NULL,
	PRIMARY KEY (account, path)
);
