-- What an organisation asks people to think of when they plan. A plan keeps nothing of it.

CREATE TABLE prompt (
	id           TEXT   NOT NULL PRIMARY KEY,
	organisation TEXT   NOT NULL,
	part         TEXT   NOT NULL,
	words        TEXT   NOT NULL,
	made         BIGINT NOT NULL
);
CREATE INDEX prompt_organisation ON prompt (organisation, made);
