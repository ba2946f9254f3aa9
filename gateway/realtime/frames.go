package realtime

import (
	"strconv"
	"sync"
)

// Frames holds complete events on their way to a client. Each is a text with
// the header of an unmasked WebSocket text frame before it, so that all leave
// a WebSocket in one write; a data channel takes the texts one by one.
//
// A Frames without events holds no memory. It belongs to one connection and is
// used under its lock, except that one that was filled by Take belongs to
// whoever took it.
type Frames struct {
	writer
	lent *lent
	high int // bytes of the array that have ever been written to
}

// lent is memory out of the pool.
type lent struct {
	b     []byte
	spans []span
}

// span is where a text lies.
type span struct{ from, to int }

var buffers = sync.Pool{New: func() any { return &lent{b: make([]byte, 0, 4096)} }}

// NewFrames makes Frames whose events are named by ids.
func NewFrames(ids *IDs) *Frames { return &Frames{writer: writer{ids: ids}} }

// header is the room before a text: the header of a frame of 126 to 65535
// bytes, which is what most events are (RFC 6455 section 5.2).
const header = 4

// begin opens an event of the type.
func (f *Frames) begin(typ string) {
	if f.lent == nil {
		f.lent = buffers.Get().(*lent)
		f.b, f.high = f.lent.b[:0], 0
	}
	f.ids.events++
	f.room(header + 512)
	at := len(f.b) + header
	f.b = f.b[:at]
	f.lent.spans = append(f.lent.spans, span{at, at})
	f.b = append(f.b, `{"type":"`...)
	f.b = append(f.b, typ...)
	f.b = append(f.b, `","event_id":"event_`...)
	f.b = append(f.b, f.ids.prefix...)
	f.b = strconv.AppendUint(f.b, f.ids.events, 10)
	f.b = append(f.b, '"')
}

// end closes the event: it completes the header before it, in as few bytes as
// its length takes.
func (f *Frames) end() {
	f.raw("}")
	s := &f.lent.spans[len(f.lent.spans)-1]
	n := len(f.b) - s.from
	f.high = max(f.high, len(f.b))
	switch {
	case n <= 125:
		f.shift(s, -2)
		f.b[s.from-2], f.b[s.from-1] = 0x81, byte(n)
	case n <= 0xFFFF:
		f.b[s.from-4], f.b[s.from-3] = 0x81, 126
		f.b[s.from-2], f.b[s.from-1] = byte(n>>8), byte(n)
	default:
		f.shift(s, 6)
		h := f.b[s.from-10 : s.from]
		h[0], h[1] = 0x81, 127
		for i := range 8 {
			h[2+i] = byte(uint64(n) >> (56 - 8*i))
		}
	}
	s.to = s.from + n
}

// shift moves the last text by a few bytes to make its header fit.
func (f *Frames) shift(s *span, by int) {
	if by > 0 {
		f.room(by)
	}
	n := len(f.b) - s.from
	f.b = f.b[:s.from+by+n]
	copy(f.b[s.from+by:], f.b[s.from:s.from+n:cap(f.b)])
	s.from += by
	f.high = max(f.high, len(f.b))
}

// WebSocket is every frame, header and text, in the order in which they were
// written; nil if there are none. It is valid until the next event or Reset.
func (f *Frames) WebSocket() []byte {
	if f.lent == nil {
		return nil
	}
	return f.b
}

// Each calls do with every text in order and stops at an error, which it
// returns. A text is valid only during the call.
func (f *Frames) Each(do func(text []byte) error) error {
	if f.lent == nil {
		return nil
	}
	for _, s := range f.lent.spans {
		if err := do(f.b[s.from:s.to:s.to]); err != nil {
			return err
		}
	}
	return nil
}

// Count is the number of events.
func (f *Frames) Count() int {
	if f.lent == nil {
		return 0
	}
	return len(f.lent.spans)
}

// Size is the number of bytes of WebSocket.
func (f *Frames) Size() int { return len(f.WebSocket()) }

// Last is the number of bytes of the text of the last event, zero if there is
// none.
func (f *Frames) Last() int {
	if f.Count() == 0 {
		return 0
	}
	s := f.lent.spans[len(f.lent.spans)-1]
	return s.to - s.from
}

// Undo takes back the last event, so that a smaller one can take its place.
func (f *Frames) Undo() {
	if f.Count() == 0 {
		return
	}
	f.lent.spans = f.lent.spans[:len(f.lent.spans)-1]
	end := 0
	if n := len(f.lent.spans); n > 0 {
		end = f.lent.spans[n-1].to
	}
	clear(f.b[end:])
	f.b = f.b[:end]
}

// Take moves the events of g to f, which must have none. It is how a writer
// gets hold of what is pending while others go on appending to g.
func (f *Frames) Take(g *Frames) {
	f.b, f.lent, f.high = g.b, g.lent, g.high
	g.b, g.lent, g.high = nil, nil, 0
}

// Reset clears the events and gives their memory back.
func (f *Frames) Reset() {
	if f.lent == nil {
		return
	}
	clear(f.b[:f.high])
	if cap(f.b) <= maxLent {
		f.lent.b, f.lent.spans = f.b[:0], f.lent.spans[:0]
		buffers.Put(f.lent)
	}
	f.b, f.lent, f.high = nil, nil, 0
}
