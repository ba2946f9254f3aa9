-- +goose Up
-- When the first turn of a session that is still there is due to go, or
-- earlier: what a sweep looks for. One index entry for each session takes the
-- place of one for each turn.
ALTER TABLE conversation ADD COLUMN due INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET due = COALESCE((SELECT min(t.until) FROM turn t WHERE t.tenant = conversation.tenant AND t.session = conversation.session), 0);
CREATE INDEX conversation_due ON conversation (due);
DROP INDEX turn_until;

-- +goose Down
CREATE INDEX turn_until ON turn (until);
DROP INDEX conversation_due;
ALTER TABLE conversation DROP COLUMN due;
