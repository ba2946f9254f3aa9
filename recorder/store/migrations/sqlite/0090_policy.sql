-- +goose Up
-- What the servers behind an avatar took and gave, where that is bounded.
ALTER TABLE usage ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;

-- What a person whose likeness an avatar has gave for it, sealed under a key of
-- its own. At its end the key is destroyed and the row goes.
CREATE TABLE likeness (
	tenant     TEXT    NOT NULL,
	permission TEXT    NOT NULL,
	kind       TEXT    NOT NULL, -- evidence, voice, picture
	id         BLOB    NOT NULL, -- that facts and tombstones have of the permission
	name       TEXT    NOT NULL, -- of the file
	at         INTEGER NOT NULL,
	until      INTEGER NOT NULL,
	hash       BLOB    NOT NULL, -- SHA-256 of the bytes
	size       INTEGER NOT NULL,
	key        BLOB    NOT NULL,
	sealed     BLOB    NOT NULL,
	PRIMARY KEY (tenant, permission, kind)
);
CREATE INDEX likeness_until ON likeness (until);

-- +goose Down
DROP TABLE likeness;
ALTER TABLE usage DROP COLUMN tokens;
