-- +goose Up
-- How far a tenant's receiver was told of the facts in its log.
CREATE TABLE webhook_cursor (
	tenant  TEXT    PRIMARY KEY,
	number  INTEGER NOT NULL, -- of the last entry that needs no telling any more
	failing INTEGER NOT NULL  -- since when nothing was taken; 0: it is
);

-- The digital source type of what answered in a turn.
ALTER TABLE turn ADD COLUMN source TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE turn DROP COLUMN source;
DROP TABLE webhook_cursor;
