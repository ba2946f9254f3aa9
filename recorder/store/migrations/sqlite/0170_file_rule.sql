-- +goose Up
-- Rules of a provider that the configuration file has are followed as its keys
-- are. Their ids are made under the tenant's own key.
ALTER TABLE file_key ADD COLUMN rule INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE file_key DROP COLUMN rule;
