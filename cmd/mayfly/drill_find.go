package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf16"
)

// finder looks for texts in files. It never closes a file of a database: with
// any file that is closed the process loses all its locks on it (POSIX), those
// by which the database keeps other processes out too. It is not safe for
// concurrent use.
type finder struct {
	kept []*os.File
}

// find looks for a text in all files below a folder, as it is and in the forms
// that programs give it, and gives their names. Sockets and the like are passed
// over, and what goes away meanwhile is gone.
func (s *finder) find(ctx context.Context, folder, text string) (found []string, err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	forms := formsOf(text)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !d.Type().IsRegular():
			return nil
		}
		f, err := s.open(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !isDatabase(name) {
			defer f.Close()
		}
		there, err := standsIn(ctx, io.NewSectionReader(f, 0, math.MaxInt64), forms)
		if there {
			found = append(found, name)
		}
		return err
	})
	return found, err
}

// isDatabase says whether a file is one that the gateway has open: copies, as of
// a backup, are in folders below.
func isDatabase(name string) bool {
	return strings.HasSuffix(name, ".db") && !strings.Contains(name, "/")
}

// open opens a file; one of a database once.
func (s *finder) open(root *os.Root, name string) (*os.File, error) {
	if !isDatabase(name) {
		return root.Open(name)
	}
	now, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	for _, f := range s.kept {
		if was, err := f.Stat(); err == nil && os.SameFile(was, now) {
			return f, nil
		}
	}
	f, err := root.Open(name)
	if err == nil {
		s.kept = append(s.kept, f)
	}
	return f, err
}

// formsOf are the forms in which a text may be stored.
func formsOf(text string) [][]byte {
	b := []byte(text)
	backwards := slices.Clone(b)
	slices.Reverse(backwards)
	all := [][]byte{b, bytes.ToLower(b), bytes.ToUpper(b), backwards, []byte(hex.EncodeToString(b)), bytes.ToUpper([]byte(hex.EncodeToString(b)))}
	for _, to := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for cut := range 3 { // where the text stands in threes
			part := b[cut:]
			part = part[:len(part)/3*3]
			all = append(all, []byte(to.EncodeToString(part)))
		}
	}
	for _, big := range []int{0, 1} {
		var wide []byte
		for _, u := range utf16.Encode([]rune(text)) {
			pair := [2]byte{byte(u), byte(u >> 8)}
			wide = append(wide, pair[big], pair[1-big])
		}
		all = append(all, wide)
	}
	return all
}

// standsIn says whether one of the forms stands in what is read.
func standsIn(ctx context.Context, r io.Reader, forms [][]byte) (bool, error) {
	longest := 0
	for _, f := range forms {
		longest = max(longest, len(f))
	}
	buffer := make([]byte, 1<<20)
	have := 0
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := io.ReadFull(r, buffer[have:])
		have += n
		for _, f := range forms {
			if bytes.Contains(buffer[:have], f) {
				return true, nil
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = nil
			}
			return false, err
		}
		have = copy(buffer, buffer[have-longest:have])
	}
}
