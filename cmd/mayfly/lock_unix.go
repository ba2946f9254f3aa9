//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lock is this process's hold on its data folder. It ends with the process,
// however that ends.
type lock struct{ file *os.File }

// takeLock takes the data folder for this process alone: two would replace
// each other's files. The file stays when the process ends; removing it would
// let a third take a lock on a file that the second no longer sees.
func takeLock(folder string) (*lock, error) {
	path := filepath.Join(folder, "LOCK")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the lock %s cannot be opened (%w); give the folder to this user, or name another with --data", path, reason(err))
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		who := ""
		if head, err := io.ReadAll(io.LimitReader(f, 20)); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(head))); err == nil {
				who = fmt.Sprintf(" (process %d)", pid)
			}
		}
		_ = f.Close()
		return nil, fmt.Errorf("another mayfly%s uses the data folder %s; stop it, or give this one its own with --data", who, folder)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("the data folder %s cannot be locked (%w); name one on a local disk with --data", folder, err)
	}
	// Who holds it is told to people, and decides nothing.
	pid := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if _, err = f.WriteAt(pid, 0); err == nil { // in place: a full disk has no other block
		err = f.Truncate(int64(len(pid)))
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("the lock %s cannot be written (%w); make room, or name another folder with --data", path, reason(err))
	}
	return &lock{f}, nil
}

// release lets the folder go. It may be called once.
func (l *lock) release() error { return l.file.Close() }
