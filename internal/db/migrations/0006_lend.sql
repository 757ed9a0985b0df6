-- Places in a circle that wait to be taken up by whoever has the code.

CREATE TABLE invitation (
	hmac   BYTEA  NOT NULL PRIMARY KEY,
	person BIGINT NOT NULL,
	member TEXT   NOT NULL,
	until  BIGINT NOT NULL
);
CREATE INDEX invitation_member ON invitation (person, member);
