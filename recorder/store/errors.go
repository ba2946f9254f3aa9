package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Errors of a Store.
var (
	// ErrBusy means that too much waits for the disk already.
	ErrBusy = errors.New("too much waits to be stored already")
	// ErrClosed means that the store takes nothing any more.
	ErrClosed = errors.New("the store is closed")
	// ErrFull means that the disk is full.
	ErrFull = errors.New("the disk is full")
	// ErrStill means that the disk has not answered for a second and a half.
	ErrStill = errors.New("the disk does not answer")
	// ErrLocked means that another process has the database.
	ErrLocked = errors.New("another process uses this database; stop it, or talk to it")
	// ErrKeyKept means that a change is durable, but the key that it dooms
	// could not be destroyed yet. It is tried again.
	ErrKeyKept = errors.New("the key is not destroyed yet; it is tried again")
)

// ErrNewer means that the database was written by a newer program.
type ErrNewer struct {
	File   string
	Has    int64  // its schema
	Knows  int64  // the newest schema that this program knows
	Wanted string // version of the program that wrote it
}

func (e ErrNewer) Error() string {
	return fmt.Sprintf("the database %s has schema %d and this mayfly knows %d: run mayfly %s or newer, or restore a backup that this one made",
		e.File, e.Has, e.Knows, e.Wanted)
}

// named replaces what SQLite says where there is a word of our own for it.
func named(err error) error {
	if err == nil {
		return nil
	}
	switch code(err) & 0xff {
	case lib.SQLITE_FULL:
		return ErrFull
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return ErrLocked
	}
	return err
}

func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
