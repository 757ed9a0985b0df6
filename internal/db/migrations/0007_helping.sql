-- Who is helped in a session by somebody who works here, while they are present.

CREATE TABLE helping (
	session BYTEA  NOT NULL PRIMARY KEY,
	person  BIGINT NOT NULL,
	started BIGINT NOT NULL,
	until   BIGINT NOT NULL,
	how     TEXT   NOT NULL
);
