package read

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// Without seals everything that is stored of a session anew with another key,
// without one item. It returns the turn that the item was in. A turn of which
// nothing is left goes.
func Without(ctx context.Context, tx *sql.Tx, keys *seal.Keys, tenant string, id session.ID, item uint32, key *seal.Key) (uint64, error) {
	t, err := Load(ctx, tx, keys, tenant, id, time.Time{})
	if err != nil {
		return 0, err
	}
	it, turn := t.Item(item)
	if it == nil {
		return 0, ErrNothing
	}
	if _, err := tx.Exec("DELETE FROM correction WHERE tenant = $1 AND session = $2 AND item = $3", tenant, id[:], item); err != nil {
		return 0, err
	}
	for i := range t.Turns {
		t.Turns[i].Items = slices.DeleteFunc(t.Turns[i].Items, func(it Item) bool { return it.No == item })
		if err := reseal(tx, t, &t.Turns[i], key); err != nil {
			return 0, err
		}
	}
	return turn, nil
}

// reseal replaces the rows of a turn.
func reseal(tx *sql.Tx, t *Transcript, turn *Turn, key *seal.Key) error {
	if len(turn.Items) == 0 {
		_, err := tx.Exec("DELETE FROM turn WHERE tenant = $1 AND session = $2 AND turn = $3", t.Tenant, t.Session[:], int64(turn.No))
		return err
	}
	plain, err := json.Marshal(struct {
		Turn  uint64 `json:"turn"`
		Items []Item `json:"items"`
	}{turn.No, turn.Items})
	if err != nil {
		return err
	}
	sealed := key.Seal(seal.Place{Kind: seal.Turn, Tenant: t.Tenant, Session: t.Session, Number: turn.No}, plain)
	clear(plain)
	if _, err := tx.Exec("UPDATE turn SET items = $1, key = $2, sealed = $3 WHERE tenant = $4 AND session = $5 AND turn = $6",
		len(turn.Items), key.ID[:], sealed, t.Tenant, t.Session[:], int64(turn.No)); err != nil {
		return err
	}
	for _, it := range turn.Items {
		if it.Corrected == nil {
			continue
		}
		sealed := key.Seal(seal.Place{Kind: seal.Correction, Tenant: t.Tenant, Session: t.Session, Number: uint64(it.No)}, []byte(it.Corrected.Words))
		if _, err := tx.Exec("UPDATE correction SET key = $1, sealed = $2 WHERE tenant = $3 AND session = $4 AND item = $5",
			key.ID[:], sealed, t.Tenant, t.Session[:], it.No); err != nil {
			return err
		}
	}
	return nil
}
