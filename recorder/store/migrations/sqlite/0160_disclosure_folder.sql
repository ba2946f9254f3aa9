-- +goose Up
-- The folder that a disclosure is written into: one that was cut off goes on
-- there and nowhere else. A hash, since its path may have words in it.
ALTER TABLE authority_disclosure ADD COLUMN folder BLOB; -- SHA-256; NULL or empty: none yet

-- +goose Down
ALTER TABLE authority_disclosure DROP COLUMN folder;
