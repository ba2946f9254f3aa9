-- +goose Up
-- Whether the sound of turns may be kept with them. No row: not allowed.
ALTER TABLE recording ADD COLUMN sound INTEGER NOT NULL DEFAULT 0;

-- The sound of a turn, a file of Ogg Opus for each side, sealed in chunks with
-- a key of the turn's own. It goes with its turn at the latest, and its key
-- with it.
CREATE TABLE sound (
	tenant  TEXT    NOT NULL,
	session BLOB    NOT NULL,
	turn    INTEGER NOT NULL,
	side    INTEGER NOT NULL, -- 0: the avatar's, 1: the person's
	chunk   INTEGER NOT NULL, -- from 0
	at      INTEGER NOT NULL,
	until   INTEGER NOT NULL,
	ms      INTEGER NOT NULL, -- how long the whole file sounds
	key     BLOB    NOT NULL,
	sealed  BLOB    NOT NULL,
	PRIMARY KEY (tenant, session, turn, side, chunk)
);
CREATE INDEX sound_until ON sound (until);

-- +goose StatementBegin
CREATE TRIGGER sound_of_turn AFTER DELETE ON turn BEGIN
	DELETE FROM sound WHERE tenant = OLD.tenant AND session = OLD.session AND turn = OLD.turn;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER key_of_sound AFTER DELETE ON sound BEGIN
	INSERT INTO doomed (key) VALUES (OLD.key) ON CONFLICT (key) DO NOTHING;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER key_of_sound;
DROP TRIGGER sound_of_turn;
DROP TABLE sound;
ALTER TABLE recording DROP COLUMN sound;
