package recorder

import (
	"context"
	"time"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// orphans are keys of months that are over and that seal nothing: the turn that
// they were made for was not stored after all.
func (r *Recorder) orphans(ctx context.Context, now time.Time) ([]session.ID, error) {
	type key struct {
		id, session session.ID
		tenant      string
	}
	rows, err := r.store.Keys().QueryContext(ctx, "SELECT id, tenant, session FROM session_key WHERE epoch < $1", seal.EpochOf(now))
	keys, err := all(rows, err, func(k *key, scan func(...any) error) error {
		var id, of []byte
		err := scan(&id, &k.tenant, &of)
		k.id, k.session = idOf(id), idOf(of)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []session.ID
	for _, k := range keys {
		var used bool
		if err := r.store.DB().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM conversation WHERE tenant = $1 AND session = $2)
			OR EXISTS (SELECT 1 FROM request WHERE tenant = $1 AND id = $2)
			OR EXISTS (SELECT 1 FROM report WHERE tenant = $1 AND id = $2)
			OR EXISTS (SELECT 1 FROM likeness WHERE tenant = $1 AND id = $2)
			OR EXISTS (SELECT 1 FROM knowledge WHERE tenant = $1 AND id = $2)`, k.tenant, k.session[:]).Scan(&used); err != nil {
			return nil, err
		}
		if !used {
			out = append(out, k.id)
		}
	}
	return out, nil
}
