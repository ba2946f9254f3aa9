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
	begun     bool   // data has seen the first line
	came      func() // data calls it with every line
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

// data returns the data of the next server-sent event that has some, or of an
// object that stands there without "data:", valid until the next call. Comments
// and the other fields are passed over.
func (l *lines) data() ([]byte, error) {
	for {
		line, err := l.next()
		if err != nil {
			return nil, err
		}
		if !l.begun {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
			l.begun = true
		}
		l.came()
		data, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			if !bytes.HasPrefix(line, []byte{'{'}) {
				continue // ": keep-alive", "event: x", "id: 1", ""
			}
			data = line // an error object without "data:"
		}
		if data = bytes.TrimSpace(data); len(data) > 0 {
			return data, nil
		}
	}
}

// all returns everything to the end. What it returns, also with an error, is
// for the caller to clear.
func (l *lines) all() ([]byte, error) {
	var all []byte
	for {
		line, err := l.next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		if len(all)+len(line) > cap(all) {
			grown := make([]byte, len(all), 2*cap(all)+len(line)+1)
			copy(grown, all)
			clear(all)
			all = grown
		}
		all = append(append(all, line...), '\n')
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
