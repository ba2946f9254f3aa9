-- +goose Up
-- Documents that avatars answer from, as an admin gave them: each sealed under
-- a key of its own, which is destroyed with it.
CREATE TABLE knowledge (
	tenant TEXT    NOT NULL,
	avatar TEXT    NOT NULL,
	name   TEXT    NOT NULL, -- of the file
	id     BLOB    NOT NULL, -- that keys and tombstones have of it
	at     INTEGER NOT NULL,
	hash   BLOB    NOT NULL, -- SHA-256 of the bytes
	size   INTEGER NOT NULL, -- bytes of the file
	words  INTEGER NOT NULL,
	spoken INTEGER NOT NULL, -- bytes of its words
	key    BLOB    NOT NULL,
	sealed BLOB    NOT NULL,
	PRIMARY KEY (tenant, avatar, name)
);

-- +goose Down
DROP TABLE knowledge;
