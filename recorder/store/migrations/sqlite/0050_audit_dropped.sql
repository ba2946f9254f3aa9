-- +goose Up
-- How many of the log's leaves were dropped: all before this one.
ALTER TABLE audit_log ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE audit_log DROP COLUMN dropped;
