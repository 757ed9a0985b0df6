-- A person's log and everything folded from it. Every personal row begins with the
-- person; no statement joins two people's rows.

CREATE TABLE change (
	person  BIGINT NOT NULL,
	seq     BIGINT NOT NULL,
	at      BIGINT NOT NULL,
	actor   TEXT   NOT NULL,
	purpose TEXT   NOT NULL,
	parts   BYTEA  NOT NULL,
	prev    BYTEA  NOT NULL,
	hash    BYTEA  NOT NULL,
	PRIMARY KEY (person, seq)
);
-- postgres: ALTER TABLE change ALTER COLUMN parts SET STORAGE EXTERNAL;

CREATE TABLE unsequenced (
	person BIGINT NOT NULL,
	seq    BIGINT NOT NULL,
	PRIMARY KEY (person, seq)
);

CREATE TABLE header (
	person $KEY,
	seq    BIGINT NOT NULL,
	codes  BIGINT NOT NULL,
	head   BYTEA  NOT NULL
);
-- postgres: ALTER TABLE header ALTER COLUMN head SET STORAGE EXTERNAL;

CREATE TABLE block (
	person BIGINT NOT NULL,
	n      BIGINT NOT NULL,
	bytes  BYTEA  NOT NULL,
	PRIMARY KEY (person, n)
);
-- postgres: ALTER TABLE block ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE blob (
	person BIGINT NOT NULL,
	sha256 BYTEA  NOT NULL,
	n      BIGINT NOT NULL,
	bytes  BYTEA  NOT NULL,
	PRIMARY KEY (person, sha256, n)
);

CREATE TABLE look (
	person  BIGINT NOT NULL,
	writer  BIGINT NOT NULL,
	n       BIGINT NOT NULL,
	at      BIGINT NOT NULL,
	actor   TEXT   NOT NULL,
	behalf  BIGINT NOT NULL,
	purpose TEXT   NOT NULL,
	what    TEXT   NOT NULL,
	because TEXT   NOT NULL,
	judged  TEXT   NOT NULL,
	seen    BYTEA  NOT NULL,
	seed    BYTEA  NOT NULL,
	prev    BYTEA  NOT NULL,
	hash    BYTEA  NOT NULL,
	PRIMARY KEY (person, writer, n)
);
CREATE INDEX look_stream ON look (writer, n);

CREATE TABLE stream (
	writer    $KEY,
	started   BIGINT NOT NULL,
	sequenced BIGINT NOT NULL
);

-- Across people: only keyed hashes, and who holds what.

CREATE TABLE claim (
	kind   TEXT   NOT NULL,
	hmac   BYTEA  NOT NULL,
	person BIGINT NOT NULL,
	PRIMARY KEY (kind, hmac)
);

CREATE TABLE term (
	hmac   BYTEA  NOT NULL,
	person BIGINT NOT NULL,
	PRIMARY KEY (hmac, person)
);

CREATE TABLE held (
	party  TEXT   NOT NULL,
	person BIGINT NOT NULL,
	id     TEXT   NOT NULL,
	role   TEXT   NOT NULL,
	until  BIGINT NOT NULL,
	PRIMARY KEY (party, person, id)
);

CREATE TABLE candidate (
	person BIGINT NOT NULL,
	other  BIGINT NOT NULL,
	score  BIGINT NOT NULL,
	why    TEXT   NOT NULL,
	at     BIGINT NOT NULL,
	answer TEXT   NOT NULL,
	PRIMARY KEY (person, other)
);

CREATE TABLE replayed (
	person BIGINT NOT NULL,
	hash   BYTEA  NOT NULL,
	PRIMARY KEY (person, hash)
);
