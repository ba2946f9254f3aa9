package session

import (
	"strconv"
	"sync"
)

// Speech is something that a person or an avatar said, typed or wrote.
//
// It does not print: every fmt verb, slog handler and encoder sees a length
// at most, because the words sit behind a closure and not in a field. It can
// be forgotten: the bytes are cleared in place, in every copy of the Speech,
// and nothing in this package ever turns them into a string, which could not
// be cleared. The zero Speech is empty.
type Speech struct{ open func() *words }

// words is the one place where the bytes of a Speech live.
type words struct {
	mu sync.Mutex
	b  []byte // Guarded by mu. nil once forgotten.
}

// NewSpeech takes ownership of b: the caller must not use it afterwards.
func NewSpeech(b []byte) Speech {
	if len(b) == 0 {
		return Speech{}
	}
	w := &words{b: b}
	return Speech{open: func() *words { return w }}
}

// Len is the number of bytes, zero once forgotten.
func (s Speech) Len() int {
	if s.open == nil {
		return 0
	}
	w := s.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.b)
}

// AppendTo appends the words to dst and returns it. It is the only way to the
// words, and only the packages listed as doors in cmd/mayfly/imports_test.go
// may call it. The caller owns the copy and clears it when it is done.
func (s Speech) AppendTo(dst []byte) []byte {
	if s.open == nil {
		return dst
	}
	w := s.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(dst, w.b...)
}

// Slice is a copy of the bytes from start to end, cut to what there is. It is
// another Speech: forgetting one does not forget the other.
func (s Speech) Slice(start, end int) Speech {
	if s.open == nil {
		return Speech{}
	}
	w := s.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	end = min(max(end, 0), len(w.b))
	start = min(max(start, 0), end)
	return NewSpeech(append([]byte(nil), w.b[start:end]...))
}

// Forget clears the bytes in place. It may be called more than once and from
// any goroutine; whoever opens the Speech afterwards finds it empty.
func (s Speech) Forget() {
	if s.open == nil {
		return
	}
	w := s.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.b[:cap(w.b)])
	w.b = nil
}

// cut shortens the Speech to its first n bytes and clears the rest. A
// character is not cut in two: n moves back to the start of one.
func (s Speech) cut(n int) {
	if s.open == nil {
		return
	}
	w := s.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	if n < 0 || n >= len(w.b) {
		return
	}
	for n > 0 && w.b[n]&0xC0 == 0x80 {
		n--
	}
	clear(w.b[n:cap(w.b)])
	w.b = w.b[:n]
}

// add appends the words of t to s, in place, and returns s: an empty s
// becomes a fresh copy of t. The old backing array is cleared when the words
// move to a larger one.
func (s Speech) add(t Speech) Speech {
	if t.open == nil {
		return s
	}
	if s.open == nil {
		return NewSpeech(t.AppendTo(nil))
	}
	tail := t.AppendTo(nil)
	w := s.open()
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.b
	w.b = append(w.b, tail...)
	if len(old) > 0 && len(w.b) > 0 && &old[0] != &w.b[0] {
		clear(old[:cap(old)])
	}
	clear(tail)
	return s
}

// String gives the length, never the words.
func (s Speech) String() string { return "speech(" + strconv.Itoa(s.Len()) + ")" }

// GoString gives the length, never the words.
func (s Speech) GoString() string { return s.String() }

// MarshalText gives the length, never the words: an encoder that was not
// written for Speech cannot leak it.
func (s Speech) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
