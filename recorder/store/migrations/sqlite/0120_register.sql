-- +goose Up
-- Who may be sent something of a tenant's sessions, each time that changed. The
-- first is what the tenant began with, be it nobody.
CREATE TABLE register_version (
	tenant   TEXT    NOT NULL,
	number   INTEGER NOT NULL,
	policy   INTEGER NOT NULL, -- the version of the tenant that made it
	at       INTEGER NOT NULL,
	hash     BLOB    NOT NULL,
	document BLOB    NOT NULL,
	PRIMARY KEY (tenant, number)
);

-- +goose Down
DROP TABLE register_version;
