-- +goose Up
-- Answers that people reported, sealed. Each is its own thing: it has its own
-- key and its own end, and is there whether turns are recorded or not. The
-- columns that a hold or a query looks at are those of conversation.
CREATE TABLE report (
	id         BLOB    PRIMARY KEY,
	tenant     TEXT    NOT NULL,
	session    BLOB    NOT NULL,
	avatar     TEXT    NOT NULL,
	began      INTEGER NOT NULL, -- the session
	locale     TEXT    NOT NULL,
	subject    TEXT    NOT NULL,
	receipt    BLOB    NOT NULL,
	at         INTEGER NOT NULL,
	until      INTEGER NOT NULL,
	policy     INTEGER NOT NULL,
	reason     TEXT    NOT NULL,
	lines      INTEGER NOT NULL,
	restricted INTEGER NOT NULL DEFAULT 0,
	state      TEXT    NOT NULL,
	done       INTEGER NOT NULL,
	actor      BLOB    NOT NULL, -- who answered
	answer     TEXT    NOT NULL, -- as the person reads it
	key        BLOB    NOT NULL,
	sealed     BLOB    NOT NULL
);
CREATE INDEX report_session ON report (tenant, session);
CREATE INDEX report_receipt ON report (receipt);
CREATE INDEX report_until ON report (until);

-- +goose Down
DROP TABLE report;
