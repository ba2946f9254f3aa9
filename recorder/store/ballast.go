package store

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// ballastSize is the room kept for what must still be written when the disk is
// full, the jobs that are Urgent: opt-outs, erasures, switching off. A change
// takes a few pages of 4 KiB in the write-ahead log.
const ballastSize = 4 << 20

// ballastEvery is how often a ballast that was let go is tried again.
const ballastEvery = time.Second

// ballast puts the ballast in place, if there is room for it. False: the disk
// is full but for what is urgent.
func (s *Store) ballast() bool {
	if info, err := os.Lstat(s.path(ballastFile)); err == nil && info.Size() == ballastSize {
		return true
	}
	f, err := os.OpenFile(s.path(ballastFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	_, err = f.Write(make([]byte, ballastSize))
	if errors.Join(err, f.Sync(), f.Close()) != nil {
		_ = os.Remove(s.path(ballastFile))
		return false
	}
	return true
}

// release lets the ballast go. False: it was gone already.
func (s *Store) release() bool {
	s.short, s.tried = true, time.Now()
	return !errors.Is(os.Remove(s.path(ballastFile)), fs.ErrNotExist)
}

// room says that there is room for more than what is urgent.
func (s *Store) room() bool {
	if s.short && time.Since(s.tried) > ballastEvery {
		s.short, s.tried = !s.ballast(), time.Now()
	}
	return !s.short
}
