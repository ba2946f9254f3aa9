-- +goose Up
-- Changes that wait for a second admin.
CREATE TABLE proposal (
	tenant   TEXT    NOT NULL,
	number   INTEGER NOT NULL,
	base     INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	actor    BLOB    NOT NULL,
	document BLOB    NOT NULL,
	needs    TEXT    NOT NULL, -- joined by spaces
	PRIMARY KEY (tenant, number)
);

-- What the tenant says to the person about its answer.
ALTER TABLE request ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE request DROP COLUMN reason;
DROP TABLE proposal;
