-- The services that people can find: as they are now, every version before, what waits for
-- a second person, and what people say is wrong.

CREATE TABLE service_head (
	id BIGINT NOT NULL PRIMARY KEY,
	n  BIGINT NOT NULL
);

CREATE TABLE service (
	id           TEXT   NOT NULL PRIMARY KEY,
	seq          BIGINT NOT NULL,
	version      BIGINT NOT NULL,
	organisation TEXT   NOT NULL,
	bytes        BYTEA  NOT NULL
);
CREATE INDEX service_seq ON service (seq);
CREATE INDEX service_organisation ON service (organisation);

CREATE TABLE service_past (
	service    TEXT   NOT NULL,
	version    BIGINT NOT NULL,
	at         BIGINT NOT NULL,
	by_account TEXT   NOT NULL,
	by_name    TEXT   NOT NULL,
	did        TEXT   NOT NULL,
	bytes      BYTEA  NOT NULL,
	PRIMARY KEY (service, version)
);

CREATE TABLE service_waiting (
	service    TEXT   NOT NULL PRIMARY KEY,
	version    BIGINT NOT NULL,
	at         BIGINT NOT NULL,
	by_account TEXT   NOT NULL,
	by_name    TEXT   NOT NULL,
	bytes      BYTEA  NOT NULL
);

CREATE TABLE service_report (
	id       TEXT   NOT NULL PRIMARY KEY,
	service  TEXT   NOT NULL,
	at       BIGINT NOT NULL,
	what     TEXT   NOT NULL,
	words    TEXT   NOT NULL,
	answered BIGINT NOT NULL,
	by_name  TEXT   NOT NULL
);
CREATE INDEX service_report_service ON service_report (service, answered);
