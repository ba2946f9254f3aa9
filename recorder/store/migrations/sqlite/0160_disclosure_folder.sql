-- +goose Up
-- The folder that a disclosure is written into: one that was cut off goes on
-- there and nowhere else. A hash, since its path may have words in it.
ALTER TABLE authority_disclosure ADD COLUMN folder BLOB NOT NULL DEFAULT x''; -- SHA-256; empty: none yet

-- +goose Down
ALTER TABLE authority_disclosure DROP COLUMN folder;
