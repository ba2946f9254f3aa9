package tool

import (
	"io"
	"sync"
)

// forgetful is a request's body that can be cleared while a transport still
// holds a reader of it. There is one reader: a call is not sent twice.
type forgetful struct {
	mu   sync.Mutex
	b    []byte // Guarded by mu. nil once forgotten.
	size int    // Static once opened.
}

func (f *forgetful) open() io.ReadCloser {
	f.size = len(f.b)
	return &reading{of: f}
}

func (f *forgetful) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.b)
	f.b = nil
}

type reading struct {
	of *forgetful
	at int
}

// Read implements io.Reader.
func (r *reading) Read(dst []byte) (int, error) {
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	if r.at >= len(r.of.b) {
		return 0, io.EOF
	}
	n := copy(dst, r.of.b[r.at:])
	r.at += n
	return n, nil
}

// Close implements io.Closer.
func (r *reading) Close() error { return nil }
