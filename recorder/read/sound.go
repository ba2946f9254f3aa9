package read

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// Sound opens the sound of one side of a turn, past the moment after: a whole
// file, or an error. ErrNothing if there is none.
func Sound(ctx context.Context, tx *sql.Tx, keys *seal.Keys, tenant string, id session.ID, turn uint64, side seal.Side, after time.Time) (file []byte, err error) {
	row := fmt.Sprintf("the sound of turn %d of session %s", turn, id)
	rows, err := tx.QueryContext(ctx, "SELECT chunk, key, sealed FROM sound WHERE tenant = $1 AND session = $2 AND turn = $3 AND side = $4 AND until > $5 ORDER BY chunk",
		tenant, id[:], int64(turn), int64(side), after.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type chunk struct {
		no     int
		sealed []byte
	}
	var chunks []chunk
	var keyID session.ID
	for rows.Next() {
		var c chunk
		var key []byte
		if err := rows.Scan(&c.no, &key, &c.sealed); err != nil {
			return nil, err
		}
		copy(keyID[:], key)
		chunks = append(chunks, c)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(chunks) == 0 {
		return nil, ErrNothing
	}
	key, err := keys.Read(ctx, tenant, id, keyID)
	if err != nil {
		return nil, DamagedError{row, err}
	}
	defer func() {
		if err != nil {
			clear(file)
			file = nil
		}
	}()
	file = make([]byte, 0, len(chunks)*seal.ChunkSize)
	for i, c := range chunks {
		if c.no != i {
			return file, DamagedError{row, errors.New("a part of it is missing")}
		}
		plain, err := key.Unseal(seal.SoundPlace(tenant, id, turn, side, i, i == len(chunks)-1), c.sealed)
		if err != nil {
			return file, DamagedError{row, err}
		}
		file = append(file, plain...)
		clear(plain)
	}
	return file, nil
}
