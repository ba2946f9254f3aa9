-- +goose Up
-- Keys as the configuration file had them last, by which it is seen that
-- somebody wrote another into it. made is 0 for those that came with their
-- tenant.
CREATE TABLE file_key (
	tenant  TEXT    NOT NULL,
	id      BLOB    NOT NULL,
	role    TEXT    NOT NULL,
	expires INTEGER NOT NULL,
	made    INTEGER NOT NULL,
	gone    INTEGER NOT NULL,
	PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE file_key;
