package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// openData makes the data folder, for this user only, or checks the one that
// is there.
func openData(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made (%w); name another with --data", folder, reason(err))
	}
	info, err := os.Stat(folder)
	switch {
	case err != nil:
		return fmt.Errorf("the data folder %s cannot be reached (%w); name another with --data", folder, reason(err))
	case info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0:
		// Whoever can write to a folder can put his own file in place of ours.
		return fmt.Errorf("everybody on this machine can write to the data folder %s; chmod 700, or name a folder inside it with --data", folder)
	}
	probe := filepath.Join(folder, ".write-"+rand.Text())
	f, err := os.OpenFile(probe, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written to (%w); give it to this user, or name another with --data", folder, reason(err))
	}
	return errors.Join(f.Close(), os.Remove(probe))
}

// writeFile puts a file in place at once: readers see the old one or the new
// one, whole, even if the machine stops in between.
func writeFile(path string, data []byte, mode fs.FileMode) (err error) {
	folder := filepath.Dir(path)
	next := filepath.Join(folder, "."+filepath.Base(path)+"-"+rand.Text())
	f, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(next)
		}
	}()
	_, err = f.Write(data)
	// The umask took bits away that this file is meant to have.
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(next, path); err != nil {
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// reason is the system's word for what went wrong, without the path that the
// sentence around it names already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
