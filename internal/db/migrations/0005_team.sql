-- What the teams are called that accounts are in.

CREATE TABLE team (
	id           TEXT NOT NULL PRIMARY KEY,
	name         TEXT NOT NULL,
	organisation TEXT NOT NULL
);
