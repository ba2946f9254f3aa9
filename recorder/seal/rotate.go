package seal

import (
	"context"
	"errors"
	"os"
)

// nextFile is appended to the name of the master key's file while it is
// replaced.
const nextFile = ".next"

// Rotate wraps everything with a new master key: the one in file, or, if that
// is empty, one that is made here and takes the old one's file. The writer must
// be idle. If it stops half way, Open knows which of the two counts. old is
// the name of the key that was replaced.
func (k *Keys) Rotate(ctx context.Context, file string) (old string, err error) {
	k.rotating.Lock()
	defer k.rotating.Unlock()
	if err := k.State(); err != nil {
		return "", err
	}
	var next Wrapper
	made := file == ""
	if made {
		file = k.file + nextFile
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		next, err = MakeMaster(file)
	} else {
		next, err = LoadMaster(file)
	}
	if err != nil {
		return "", err
	}
	have := *k.wrapper.Load()
	if err := k.rewrap(ctx, have, next); err != nil {
		// A commit that failed may have been one: the database knows.
		if id, _, e := k.known(ctx); e != nil || id != next.ID() {
			return "", err
		}
	}
	k.wrapper.Store(&next)
	if made {
		err = errors.Join(os.Rename(file, k.file), syncFolder(k.file))
	} else {
		k.file = file
	}
	return have.ID(), err
}

// rewrap wraps the epochs' keys anew, all or none.
func (k *Keys) rewrap(ctx context.Context, have, next Wrapper) error {
	tx, err := k.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	type row struct {
		tenant  string
		epoch   int
		wrapped []byte
	}
	var all []row
	rows, err := tx.Query("SELECT tenant, epoch, wrapped FROM epoch_key")
	if err != nil {
		return err
	}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.tenant, &r.epoch, &r.wrapped); err != nil {
			return errors.Join(err, rows.Close())
		}
		all = append(all, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, r := range all {
		secret, err := have.Unwrap(r.wrapped, epochData(r.tenant, r.epoch))
		if err != nil {
			return err
		}
		wrapped, err := next.Wrap(secret, epochData(r.tenant, r.epoch))
		clear(secret)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE epoch_key SET wrapped = $1 WHERE tenant = $2 AND epoch = $3", wrapped, r.tenant, r.epoch); err != nil {
			return err
		}
	}
	sealed, err := next.Wrap([]byte("mayfly"), checkData(next.ID()))
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE master SET id = $1, checked = $2 WHERE one = 1", next.ID(), sealed); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	// What the old key wrapped is not to stay in the log.
	_, err = k.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
