package voice

import (
	"io"
	"sync"
)

// input is a text on its way into a program: a copy in one line, since
// programs take a line's end for the end of an utterance, and cleared after.
type input struct {
	text []byte
	at   int
}

func feed(text []byte) *input {
	in := &input{text: make([]byte, len(text)+1)}
	copy(in.text, text)
	for i, c := range in.text[:len(text)] {
		if c < ' ' || c == 0x7f {
			in.text[i] = ' '
		}
	}
	in.text[len(text)] = '\n'
	return in
}

// Read implements io.Reader.
func (in *input) Read(b []byte) (int, error) {
	if in.at == len(in.text) {
		return 0, io.EOF
	}
	n := copy(b, in.text[in.at:])
	in.at += n
	return n, nil
}

func (in *input) clear() { clear(in.text) }

// capped keeps the first bytes written to it and drops the rest. A program's
// output is written by one goroutine and taken by another.
type capped struct {
	mu   sync.Mutex
	room int
	kept []byte // guarded by mu
}

// Write implements io.Writer and never fails: a program that talks too much
// must not block.
func (c *capped) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := min(len(b), c.room-len(c.kept))
	c.kept = append(c.kept, b[:k]...)
	return len(b), nil
}

// take gives a copy of what was kept so far.
func (c *capped) take() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]byte(nil), c.kept...)
}

func (c *capped) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.kept[:cap(c.kept)])
}
