-- How often what people had told was used in place of asking them again. Nobody stands in it.

CREATE TABLE retold (
	token        TEXT   NOT NULL PRIMARY KEY,
	day          TEXT   NOT NULL,
	area         TEXT   NOT NULL,
	organisation TEXT   NOT NULL,
	team         TEXT   NOT NULL,
	n            BIGINT NOT NULL
);
CREATE INDEX retold_organisation ON retold (organisation, day);
CREATE INDEX retold_day ON retold (day);
