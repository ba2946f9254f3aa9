-- +goose Up
-- How far a collector of the operator was sent the log of a tenant, or the
-- gateway's own (''), and the last record of that chain.
CREATE TABLE siem_cursor (
	collector TEXT    NOT NULL,
	tenant    TEXT    NOT NULL,
	number    INTEGER NOT NULL, -- of the last entry that was taken
	uid       TEXT    NOT NULL, -- of the last record
	type      INTEGER NOT NULL,
	hash      BLOB    NOT NULL, -- its fingerprint
	PRIMARY KEY (collector, tenant)
);

-- +goose Down
DROP TABLE siem_cursor;
