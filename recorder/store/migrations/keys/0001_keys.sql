-- +goose Up
-- Which master key wraps the rest. check is sealed with it, so that a wrong
-- one is known by this row.
CREATE TABLE master (
	one     INTEGER PRIMARY KEY CHECK (one = 1),
	id      TEXT    NOT NULL,
	checked BLOB    NOT NULL
);

-- One key per tenant and month in which what it protects ends.
CREATE TABLE epoch_key (
	tenant  TEXT    NOT NULL,
	epoch   INTEGER NOT NULL, -- 202611
	wrapped BLOB    NOT NULL,
	PRIMARY KEY (tenant, epoch)
);

CREATE TABLE session_key (
	id      BLOB    PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	session BLOB    NOT NULL,
	epoch   INTEGER NOT NULL,
	wrapped BLOB    NOT NULL
);
CREATE INDEX session_key_session ON session_key (tenant, session);
CREATE INDEX session_key_epoch ON session_key (tenant, epoch);

-- +goose Down
DROP TABLE session_key;
DROP TABLE epoch_key;
DROP TABLE master;
