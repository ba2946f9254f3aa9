package recorder

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// RotateMaster wraps all keys with a new master key: the one in newFile, which
// the configuration names from then on, or, if that is empty, one that is made
// here and takes the old one's place. It is all or nothing, whenever it stops.
func (r *Recorder) RotateMaster(ctx context.Context, newFile string) error {
	var old string
	err := r.store.Idle(ctx, func(*sql.DB) (err error) {
		old, err = r.keys.Rotate(ctx, newFile)
		return err
	})
	if old == "" {
		return err
	}
	return errors.Join(err, r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, "", session.Fact{Kind: session.MasterKeyRotated, Hash: sha256.Sum256([]byte(old))})
	}))
}

// MakeMasterKey makes a master key in a file that is not there yet.
func MakeMasterKey(file string) error {
	_, err := seal.MakeMaster(file)
	return err
}
