-- Who an organisation's administrators let work here, and what waits for a second of them.

CREATE TABLE administration (
	batch        BIGINT NOT NULL,
	n            BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	organisation TEXT   NOT NULL,
	by_account   TEXT   NOT NULL,
	by_name      TEXT   NOT NULL,
	account      TEXT   NOT NULL,
	did          TEXT   NOT NULL,
	before       TEXT   NOT NULL,
	after        TEXT   NOT NULL,
	PRIMARY KEY (batch, n)
);
CREATE INDEX administration_organisation ON administration (organisation, at);

CREATE TABLE seconding (
	id           TEXT   NOT NULL PRIMARY KEY,
	organisation TEXT   NOT NULL,
	what         TEXT   NOT NULL,
	account      TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	by_account   TEXT   NOT NULL,
	by_name      TEXT   NOT NULL,
	until        BIGINT NOT NULL
);
