-- +goose Up
-- Times are Unix milliseconds, ids 16 bytes, hashes 32. Statement text is
-- shared with PostgreSQL; only these files differ.

-- Values of the database itself: 'mark' grows with every change that the
-- gateway must see, 'off' is 1 while recording is off for everybody.
CREATE TABLE setting (
	name  TEXT    PRIMARY KEY,
	value INTEGER NOT NULL,
	note  TEXT    NOT NULL DEFAULT ''
) WITHOUT ROWID;
INSERT INTO setting (name, value) VALUES ('mark', 1), ('off', 0);

CREATE TABLE tenant (
	id            TEXT    PRIMARY KEY,
	number        INTEGER NOT NULL,
	forced_off    INTEGER NOT NULL DEFAULT 0,
	forced_reason TEXT    NOT NULL DEFAULT '',
	ended         INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE tenant_version (
	tenant   TEXT    NOT NULL,
	number   INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	actor    BLOB    NOT NULL,
	source   TEXT    NOT NULL,
	document BLOB    NOT NULL,
	hash     BLOB    NOT NULL,
	PRIMARY KEY (tenant, number)
);

-- What the policy in force allows, one row per avatar. No row: not allowed.
CREATE TABLE recording (
	tenant  TEXT    NOT NULL,
	avatar  TEXT    NOT NULL,
	allowed INTEGER NOT NULL,
	PRIMARY KEY (tenant, avatar)
) WITHOUT ROWID;

CREATE TABLE credential (
	id      BLOB    PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	hash    BLOB    NOT NULL UNIQUE,
	role    TEXT    NOT NULL,
	name    TEXT    NOT NULL,
	made    INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	revoked INTEGER NOT NULL,
	actor   BLOB    NOT NULL,
	reason  TEXT    NOT NULL
);
CREATE INDEX credential_tenant ON credential (tenant);

-- One session of which something is stored. It is written once, with the first
-- turn; what grows is summed up from the turns.
CREATE TABLE conversation (
	session    BLOB    NOT NULL,
	tenant     TEXT    NOT NULL,
	avatar     TEXT    NOT NULL,
	began      INTEGER NOT NULL,
	locale     TEXT    NOT NULL,
	subject    TEXT    NOT NULL,
	receipt    BLOB    NOT NULL,
	purposes   TEXT    NOT NULL,
	restricted INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant, session)
);
CREATE INDEX conversation_subject ON conversation (tenant, subject);
CREATE INDEX conversation_receipt ON conversation (receipt);

-- One turn, sealed. Where its words begin and end is nobody's business here.
CREATE TABLE turn (
	tenant  TEXT    NOT NULL,
	session BLOB    NOT NULL,
	turn    INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	until   INTEGER NOT NULL,
	policy  INTEGER NOT NULL,
	items   INTEGER NOT NULL,
	key     BLOB    NOT NULL,
	sealed  BLOB    NOT NULL,
	PRIMARY KEY (tenant, session, turn)
);
CREATE INDEX turn_until ON turn (until);

-- A correction lies over an item; the item stays as it was.
CREATE TABLE correction (
	tenant  TEXT    NOT NULL,
	session BLOB    NOT NULL,
	item    INTEGER NOT NULL,
	turn    INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	actor   BLOB    NOT NULL,
	key     BLOB    NOT NULL,
	sealed  BLOB    NOT NULL,
	PRIMARY KEY (tenant, session, item)
);

-- Keys that are to be destroyed: the change that dooms them is durable, their
-- end is not yet.
CREATE TABLE doomed (
	key BLOB PRIMARY KEY
);

CREATE TABLE hold (
	id      BLOB    PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	kind    TEXT    NOT NULL, -- session, subject, avatar
	value   TEXT    NOT NULL, -- as people write it; of a session its id
	session BLOB    NOT NULL, -- the id of kind session, else zero
	reason  TEXT    NOT NULL,
	file    TEXT    NOT NULL, -- the case
	review  INTEGER NOT NULL,
	placed  INTEGER NOT NULL,
	lifted  INTEGER NOT NULL DEFAULT 0,
	actor   BLOB    NOT NULL,
	second  BLOB    NOT NULL
);
CREATE INDEX hold_tenant ON hold (tenant);

-- What must not come back from a backup. item 0: the whole turn; turn 0: the
-- whole session; a zero session: the whole tenant. Only what was stored up to
-- its time is meant.
CREATE TABLE tombstone (
	tenant  TEXT    NOT NULL,
	session BLOB    NOT NULL,
	turn    INTEGER NOT NULL,
	item    INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	PRIMARY KEY (tenant, session, turn, item)
);
CREATE INDEX tombstone_at ON tombstone (at);

-- What people ask for. The note is sealed.
CREATE TABLE request (
	id      BLOB    PRIMARY KEY,
	tenant  TEXT    NOT NULL,
	session BLOB    NOT NULL,
	kind    TEXT    NOT NULL,
	state   TEXT    NOT NULL,
	at      INTEGER NOT NULL,
	done    INTEGER NOT NULL,
	actor   BLOB    NOT NULL,
	item    INTEGER NOT NULL,
	key     BLOB    NOT NULL,
	note    BLOB    NOT NULL
);
CREATE INDEX request_tenant ON request (tenant, state);

CREATE TABLE usage (
	tenant   TEXT    NOT NULL,
	day      INTEGER NOT NULL, -- days since 1970
	avatar   BLOB    NOT NULL, -- the id that facts have of it
	sessions INTEGER NOT NULL,
	seconds  INTEGER NOT NULL,
	turns    INTEGER NOT NULL,
	PRIMARY KEY (tenant, day, avatar)
);

-- +goose Down
DROP TABLE usage;
DROP TABLE request;
DROP TABLE tombstone;
DROP TABLE hold;
DROP TABLE doomed;
DROP TABLE correction;
DROP TABLE turn;
DROP TABLE conversation;
DROP TABLE credential;
DROP TABLE recording;
DROP TABLE tenant_version;
DROP TABLE tenant;
DROP TABLE setting;
