-- Organisations, staff, places and definitions, as each source tells of them.

CREATE TABLE listed (
	n          $KEY,
	source     TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	foreign_id TEXT   NOT NULL,
	name       TEXT   NOT NULL,
	updated    BIGINT NOT NULL,
	origin     BYTEA  NOT NULL,
	refs       TEXT   NOT NULL,
	bytes      BYTEA  NOT NULL
);
CREATE UNIQUE INDEX listed_alias ON listed (source, kind, foreign_id);

-- The identifiers that each of them has, for finding it by one.
CREATE TABLE listed_identifier (
	source     TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	identifier TEXT   NOT NULL,
	n          BIGINT NOT NULL,
	PRIMARY KEY (source, kind, identifier, n)
);
CREATE INDEX listed_identifier_n ON listed_identifier (n);
