-- +goose Up
-- One audit log per tenant and month. The last one of a tenant is appended to;
-- those before it are final.
CREATE TABLE audit_log (
	id     INTEGER PRIMARY KEY,
	tenant TEXT    NOT NULL,
	month  INTEGER NOT NULL, -- 202611
	base   INTEGER NOT NULL, -- entries in the tenant's logs before this one
	size   INTEGER NOT NULL,
	UNIQUE (tenant, month)
);

-- Entry n of a log, with the hashes of the tree that it completes, 32 bytes
-- each, from the entry's own upwards. At the end of an entry's retention its
-- leaf goes; the hashes stay.
CREATE TABLE audit_entry (
	log    INTEGER NOT NULL,
	n      INTEGER NOT NULL,
	hashes BLOB    NOT NULL,
	leaf   BLOB,
	PRIMARY KEY (log, n)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE audit_entry;
DROP TABLE audit_log;
