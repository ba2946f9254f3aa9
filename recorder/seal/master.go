package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Wrapper wraps keys with one that never leaves it: a file here, a key
// service elsewhere. The associated data must be the same both ways.
type Wrapper interface {
	// ID tells one master key from another and says nothing about it.
	ID() string
	Wrap(key, data []byte) ([]byte, error)
	Unwrap(wrapped, data []byte) ([]byte, error)
}

// head is what a file with a master key begins with.
const head = "mayfly-master-key-1 "

// Errors of a master key's file.
var (
	ErrNoMaster   = errors.New("the master key is not there")
	ErrOpenMaster = errors.New("others can read the master key")
	ErrBadMaster  = errors.New("this is not a master key")
)

// master is a Wrapper with the key in memory.
type master struct {
	id   string
	aead sealer
}

func newMaster(key []byte) (*master, error) {
	wrap, err := hkdf.Key(sha256.New, key, nil, "mayfly wraps epoch keys", 32)
	if err != nil {
		return nil, err
	}
	name, err := hkdf.Key(sha256.New, key, nil, "mayfly names a master key", 8)
	if err != nil {
		return nil, err
	}
	return &master{hex.EncodeToString(name), newSealer(wrap)}, nil
}

func (m *master) ID() string { return m.id }

func (m *master) Wrap(key, data []byte) ([]byte, error) { return m.aead.Seal(nil, nil, key, data), nil }

func (m *master) Unwrap(wrapped, data []byte) ([]byte, error) {
	return m.aead.Open(nil, nil, wrapped, data)
}

// LoadMaster reads a master key from a file that only its owner can read, as
// a credential of systemd is.
func LoadMaster(file string) (Wrapper, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoMaster, file)
	}
	if err != nil {
		return nil, fmt.Errorf("the master key cannot be read: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: chmod 600 %s", ErrOpenMaster, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the master key cannot be read: %w", err)
	}
	defer clear(text)
	line, ok := strings.CutPrefix(strings.TrimSuffix(string(text), "\n"), head)
	key, err := base64.RawURLEncoding.Strict().DecodeString(line)
	if !ok || err != nil || len(key) != 32 {
		return nil, fmt.Errorf("%w: %s must hold one line, %q and 43 characters", ErrBadMaster, file, strings.TrimSpace(head))
	}
	defer clear(key)
	return newMaster(key)
}

// MakeMaster makes a master key in a file that is not there yet.
func MakeMaster(file string) (Wrapper, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	defer clear(key)
	text := append(base64.RawURLEncoding.AppendEncode([]byte(head), key), '\n')
	defer clear(text)
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the master key cannot be made: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close(), syncFolder(file)); err != nil {
		return nil, errors.Join(fmt.Errorf("the master key cannot be made: %w", err), os.Remove(file))
	}
	return newMaster(key)
}

// syncFolder makes a name in the file's folder durable.
func syncFolder(file string) error {
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
