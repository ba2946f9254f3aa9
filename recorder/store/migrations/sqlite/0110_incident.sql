-- +goose Up
-- Incidents of a tenant, or of the gateway itself (''). There is no word in
-- them that somebody said: kinds from a list, times, numbers and ids.
CREATE TABLE incident (
	id       BLOB    PRIMARY KEY,
	tenant   TEXT    NOT NULL,
	kind     TEXT    NOT NULL,
	cause    BLOB    NOT NULL, -- what makes two of a kind the same, hashed
	drill    INTEGER NOT NULL,
	opened   INTEGER NOT NULL,
	noticed  INTEGER NOT NULL,
	first    INTEGER NOT NULL, -- the time that it concerns
	last     INTEGER NOT NULL,
	times    INTEGER NOT NULL, -- how often it was seen
	sessions INTEGER NOT NULL, -- that it may concern
	state    TEXT    NOT NULL, -- open, reported, closed
	late     INTEGER NOT NULL  -- 1: it was told that nobody reported it in time
);
CREATE INDEX incident_tenant ON incident (tenant, noticed);

-- What was done about an incident, in order.
CREATE TABLE incident_step (
	incident BLOB    NOT NULL,
	n        INTEGER NOT NULL,
	tenant   TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	what     TEXT    NOT NULL, -- opened, noted, reported, closed
	actor    BLOB    NOT NULL,
	choice   TEXT    NOT NULL, -- from the list of what
	note     TEXT    NOT NULL, -- of an admin or operator
	PRIMARY KEY (incident, n)
);

-- +goose Down
DROP TABLE incident_step;
DROP TABLE incident;
