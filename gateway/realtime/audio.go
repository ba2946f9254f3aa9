package realtime

import (
	"bytes"
	"encoding/base64"
	"sync"
)

// Audio is sound that came in a message, in the session's input format,
// decoded into memory that is lent: whoever gets one calls Release when done.
// The nil Audio is silence of no length.
type Audio struct{ b []byte }

// sounds lends the memory of Audio. Arrays of more than maxLent bytes are not
// kept.
var sounds = sync.Pool{New: func() any { return new(Audio) }}

const maxLent = 256 << 10

// Bytes is the sound, until Release.
func (a *Audio) Bytes() []byte {
	if a == nil {
		return nil
	}
	return a.b
}

// Release clears the sound and gives the memory back. The Audio must not be
// used afterwards.
func (a *Audio) Release() {
	if a == nil {
		return
	}
	clear(a.b[:cap(a.b)])
	a.b = a.b[:0]
	if cap(a.b) <= maxLent {
		sounds.Put(a)
	}
}

// audio decodes padded standard base64. An empty string is sound of no length.
func (d *decoder) audio(v []byte, at string) *Audio {
	if absent(v) || !d.kind(v, '"', at) {
		return nil
	}
	text := v[1 : len(v)-1]
	if bytes.IndexByte(text, '\\') >= 0 { // encoders that write \/ for /
		scratch := unquote(make([]byte, 0, len(text)), v)
		defer clear(scratch)
		text = scratch
	}
	// The decoder of the standard library skips line breaks; we do not.
	if len(text)%4 != 0 || bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		d.fail(CodeInvalidBase64, at)
		return nil
	}
	a := sounds.Get().(*Audio)
	if n := base64.StdEncoding.DecodedLen(len(text)); cap(a.b) < n {
		a.b = make([]byte, n)
	}
	n, err := base64.StdEncoding.Strict().Decode(a.b[:cap(a.b)], text)
	a.b = a.b[:n]
	if err != nil {
		a.Release()
		d.fail(CodeInvalidBase64, at)
		return nil
	}
	return a
}
