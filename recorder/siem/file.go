package siem

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// File is a file that records are appended to, a line each. It is its owner's
// alone (0600). When it has its size it becomes path.1, what was that path.2,
// and so on; the oldest goes. It is not for several goroutines.
type File struct {
	Path string
	Max  int64 // bytes, from which on the next records go into a new file
	Keep int   // files beside the one that is written to
}

// Append writes lines, and has them on the disk when it returns nil. On an
// error nothing of them is in the file. What a crash left of a line goes first:
// it is written again, since nobody was told that it was there.
func (f File) Append(lines [][]byte) (err error) {
	out, size, err := f.open()
	if err != nil {
		return err
	}
	if size > 0 && size >= f.Max {
		if err := errors.Join(out.Close(), f.rotate()); err != nil {
			return err
		}
		if out, size, err = f.open(); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	all := append(bytes.Join(lines, []byte("\n")), '\n')
	if _, err = out.WriteAt(all, size); err == nil {
		err = out.Sync()
	}
	if err != nil {
		err = errors.Join(err, out.Truncate(size))
	}
	return err
}

// open opens the file without what a crash left of a line.
func (f File) open() (*os.File, int64, error) {
	if at, err := os.Lstat(f.Path); err == nil && !at.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("siem: what is at the place of the file is none")
	}
	out, err := os.OpenFile(f.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, err
	}
	size, err := wholeLines(out)
	if err == nil {
		err = errors.Join(out.Chmod(0o600), out.Truncate(size))
	}
	if err != nil {
		return nil, 0, errors.Join(err, out.Close())
	}
	return out, size, nil
}

// wholeLines is the size of the file up to the end of its last whole line.
func wholeLines(in *os.File) (int64, error) {
	at, err := in.Stat()
	if err != nil {
		return 0, err
	}
	piece := make([]byte, MaxLine)
	for end := at.Size(); end > 0; {
		from := max(end-int64(len(piece)), 0)
		n, err := in.ReadAt(piece[:end-from], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if i := bytes.LastIndexByte(piece[:n], '\n'); i >= 0 {
			return from + int64(i) + 1, nil
		}
		end = from
	}
	return 0, nil
}

func (f File) rotate() error {
	for n := f.Keep; n > 0; n-- {
		from := f.Path
		if n > 1 {
			from = fmt.Sprintf("%s.%d", f.Path, n-1)
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", f.Path, n)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
