-- +goose Up
-- When the operator may reach what is stored for a tenant, why, and how often
-- that was done. An access is open from opened until until, while ended is 0.
CREATE TABLE operator_access (
	id     BLOB    PRIMARY KEY,
	tenant TEXT    NOT NULL,
	reason TEXT    NOT NULL,
	file   TEXT    NOT NULL, -- the case
	opened INTEGER NOT NULL,
	until  INTEGER NOT NULL,
	ended  INTEGER NOT NULL DEFAULT 0,
	used   INTEGER NOT NULL DEFAULT 0 -- readings and changes
);
CREATE INDEX operator_access_tenant ON operator_access (tenant);

-- What an authority is to be given, and whose word that is. Nothing is handed
-- over before second is somebody.
CREATE TABLE authority_disclosure (
	id        BLOB    PRIMARY KEY,
	tenant    TEXT    NOT NULL,
	basis     TEXT    NOT NULL,
	file      TEXT    NOT NULL, -- the case
	session   BLOB    NOT NULL, -- zero: not of one session only
	subject   TEXT    NOT NULL, -- empty: not of one person only
	begins    INTEGER NOT NULL, -- 0: not from a time on only
	ends      INTEGER NOT NULL, -- 0: not up to a time only
	proposed  INTEGER NOT NULL,
	actor     BLOB    NOT NULL, -- zero: the operator
	confirmed INTEGER NOT NULL DEFAULT 0,
	second    BLOB    NOT NULL, -- zero: nobody yet
	handed    INTEGER NOT NULL DEFAULT 0, -- when it was handed over
	ended     INTEGER NOT NULL DEFAULT 0, -- when it was taken back
	sessions  INTEGER NOT NULL DEFAULT 0,
	turns     INTEGER NOT NULL DEFAULT 0,
	hash      BLOB    NOT NULL -- SHA-256 of the manifest of what was handed over
);
CREATE INDEX authority_disclosure_tenant ON authority_disclosure (tenant);

-- How many there were, of all tenants: it is published, and outlives them.
CREATE TABLE disclosure_year (
	year  INTEGER PRIMARY KEY,
	count INTEGER NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE disclosure_year;
DROP TABLE authority_disclosure;
DROP TABLE operator_access;
