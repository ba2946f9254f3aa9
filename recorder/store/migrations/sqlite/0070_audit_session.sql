-- +goose Up
-- The session that an entry is about, so that the facts of one session are
-- found without reading all others. It is no part of what is proved, and goes
-- with the leaf. A leaf that cannot be read has none here: it is found out where
-- it is read.
ALTER TABLE audit_entry ADD COLUMN session BLOB;
UPDATE audit_entry SET session = unhex(replace(json_extract(CAST(leaf AS TEXT), '$.session'), '-', '')) WHERE json_valid(CAST(leaf AS TEXT));
CREATE INDEX audit_entry_session ON audit_entry (session) WHERE session IS NOT NULL;

-- +goose Down
DROP INDEX audit_entry_session;
ALTER TABLE audit_entry DROP COLUMN session;
