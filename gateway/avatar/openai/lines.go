package openai

import (
	"bytes"
	"io"
)

// lines reads lines into one buffer that can be cleared.
type lines struct {
	from      io.Reader
	longest   int // bytes of a line
	left      int // bytes of everything
	buf       []byte
	start     int // of what has not been handed out
	scanned   int // buf[start:scanned] has no line feed
	exhausted bool
}

// next returns the next line without its end, valid until the next call. The
// last one may lack its line feed; after it comes io.EOF, or the reader's
// error. A line or a reply that is too long is errTooMuch.
func (l *lines) next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.buf[l.scanned:], '\n'); i >= 0 {
			line := l.buf[l.start : l.scanned+i]
			l.start = l.scanned + i + 1
			l.scanned = l.start
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		l.scanned = len(l.buf)
		if l.exhausted {
			if l.start == len(l.buf) {
				return nil, io.EOF
			}
			line := l.buf[l.start:]
			l.start = len(l.buf)
			return line, nil
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

func (l *lines) fill() error {
	if len(l.buf)-l.start > l.longest || l.left <= 0 {
		return errTooMuch
	}
	if l.start > 0 {
		n := copy(l.buf, l.buf[l.start:])
		clear(l.buf[n:])
		l.buf = l.buf[:n]
		l.scanned -= l.start
		l.start = 0
	}
	if cap(l.buf)-len(l.buf) < 1024 {
		grown := make([]byte, len(l.buf), max(8<<10, 2*cap(l.buf)))
		copy(grown, l.buf)
		clear(l.buf[:cap(l.buf)])
		l.buf = grown
	}
	n, err := l.from.Read(l.buf[len(l.buf):min(cap(l.buf), len(l.buf)+l.left)])
	l.buf = l.buf[:len(l.buf)+n]
	l.left -= n
	if err == io.EOF {
		l.exhausted = true
		return nil
	}
	return err
}

func (l *lines) forget() { clear(l.buf[:cap(l.buf)]) }
