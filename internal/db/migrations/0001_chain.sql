-- The numbered, hash-chained lines of each person and the Merkle tree over all of
-- them; and what is to be done outside the database once it is committed.

CREATE TABLE leaf (
	stream  TEXT   NOT NULL,
	subject BIGINT NOT NULL,
	j       BIGINT NOT NULL,
	n       BIGINT NOT NULL,
	kind    BIGINT NOT NULL,
	writer  BIGINT NOT NULL,
	ref     BIGINT NOT NULL,
	hash    BYTEA  NOT NULL,
	PRIMARY KEY (stream, subject, j)
);
CREATE UNIQUE INDEX leaf_n ON leaf (stream, n);

CREATE TABLE node (
	stream TEXT   NOT NULL,
	i      BIGINT NOT NULL,
	hash   BYTEA  NOT NULL,
	PRIMARY KEY (stream, i)
);

CREATE TABLE checkpoint (
	stream TEXT   NOT NULL,
	epoch  BIGINT NOT NULL,
	size   BIGINT NOT NULL,
	at     BIGINT NOT NULL,
	note   TEXT   NOT NULL,
	PRIMARY KEY (stream, epoch, size)
);

CREATE TABLE lease (
	name   TEXT   NOT NULL PRIMARY KEY,
	holder TEXT   NOT NULL,
	until  BIGINT NOT NULL
);

CREATE TABLE outbox (
	person  BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	n       BIGINT NOT NULL,
	topic   TEXT   NOT NULL,
	payload BYTEA  NOT NULL,
	due     BIGINT NOT NULL,
	tries   BIGINT NOT NULL,
	PRIMARY KEY (person, seq, n)
);
CREATE INDEX outbox_due ON outbox (topic, due);
