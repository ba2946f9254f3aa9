package realtime

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"mayfly/session"
)

// writer appends JSON. Whenever its array has to grow, the old one is cleared:
// append alone would leave words behind.
type writer struct {
	b   []byte
	ids *IDs
}

// room makes sure that n more bytes fit.
func (w *writer) room(n int) {
	if cap(w.b)-len(w.b) >= n {
		return
	}
	grown := make([]byte, len(w.b), max(2*cap(w.b), len(w.b)+n, 1024))
	copy(grown, w.b)
	clear(w.b)
	w.b = grown
}

// raw appends JSON that is written in this package.
func (w *writer) raw(s string) {
	w.room(len(s))
	w.b = append(w.b, s...)
}

func (w *writer) int(n int64) {
	w.room(20)
	w.b = strconv.AppendInt(w.b, n, 10)
}

// float appends a number. What is no number is 0: JSON has no word for it.
func (w *writer) float(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	w.room(32)
	w.b = strconv.AppendFloat(w.b, f, 'f', -1, 64)
}

func (w *writer) bool(v bool) {
	if v {
		w.raw("true")
	} else {
		w.raw("false")
	}
}

// string appends a string literal. Bytes that are not UTF-8 become U+FFFD.
func (w *writer) string(s string) {
	w.raw(`"`)
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' || c == 0x7f {
				w.raw(s[start:i])
				w.escape(c)
				start = i + 1
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			w.raw(s[start:i])
			w.raw("\ufffd")
			start = i + 1
		}
		i += n
	}
	w.raw(s[start:])
	w.raw(`"`)
}

const hexDigits = "0123456789abcdef"

// escape appends the escape of an ASCII character.
func (w *writer) escape(c byte) {
	w.room(6)
	switch c {
	case '"', '\\':
		w.b = append(w.b, '\\', c)
	case '\n':
		w.b = append(w.b, '\\', 'n')
	case '\r':
		w.b = append(w.b, '\\', 'r')
	case '\t':
		w.b = append(w.b, '\\', 't')
	default:
		w.b = append(w.b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// escaped is the number of bytes of the escape of an ASCII character, 1 if it
// needs none.
func escaped(c byte) int {
	switch {
	case c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t':
		return 2
	case c < ' ' || c == 0x7f:
		return 6
	}
	return 1
}

// text appends a string literal with the bytes that fill appends, escaped
// where they are: there is no second copy of what was said.
func (w *writer) text(size int, fill func([]byte) []byte) {
	w.room(size + 2)
	w.b = append(w.b, '"')
	start := len(w.b)
	w.b = fill(w.b)
	w.escapeFrom(start)
	w.room(1)
	w.b = append(w.b, '"')
}

// speech appends words as a string literal.
func (w *writer) speech(s session.Speech) { w.text(s.Len(), s.AppendTo) }

// bytes appends a string literal.
func (w *writer) bytes(b []byte) {
	w.room(len(b) + 2)
	w.b = append(w.b, '"')
	start := len(w.b)
	w.b = append(w.b, b...)
	w.escapeFrom(start)
	w.room(1)
	w.b = append(w.b, '"')
}

// escapeFrom turns what follows start into the inside of a string literal, in
// place, from its end.
func (w *writer) escapeFrom(start int) {
	if !utf8.Valid(w.b[start:]) {
		w.repair(start)
	}
	extra := 0
	for _, c := range w.b[start:] {
		extra += escaped(c) - 1
	}
	if extra == 0 {
		return
	}
	w.room(extra)
	from, to := len(w.b), len(w.b)+extra
	w.b = w.b[:to]
	for from < to {
		from--
		c := w.b[from]
		switch escaped(c) {
		case 1:
			to--
			w.b[to] = c
		case 2:
			to -= 2
			w.b[to], w.b[to+1] = '\\', short(c)
		default:
			to -= 6
			copy(w.b[to:], `\u00`)
			w.b[to+4], w.b[to+5] = hexDigits[c>>4], hexDigits[c&15]
		}
	}
}

// short is the letter of a short escape.
func short(c byte) byte {
	switch c {
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return c
}

// repair replaces what is not UTF-8 after start by U+FFFD. It happens only
// where a back end broke its promise, and may cost a copy.
func (w *writer) repair(start int) {
	broken := append([]byte(nil), w.b[start:]...)
	w.room(2 * len(broken)) // U+FFFD has three bytes
	w.b = w.b[:start]
	for b := broken; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		w.b = utf8.AppendRune(w.b, r)
		b = b[n:]
	}
	clear(broken)
}

// json appends words that are JSON, or otherwise if there are none.
func (w *writer) json(s session.Speech, otherwise string) {
	if s.Len() == 0 {
		w.raw(otherwise)
		return
	}
	w.room(s.Len())
	w.b = s.AppendTo(w.b)
}

func (w *writer) item(no session.ItemNo) {
	if name := w.ids.chosen[no]; name != nil {
		w.bytes(name)
		return
	}
	w.room(w.ids.size() + 2)
	w.b = append(w.b, '"')
	w.b = w.ids.append(w.b, "item_", uint64(no))
	w.b = append(w.b, '"')
}

// previous appends an item's id, or null for no item.
func (w *writer) previous(no session.ItemNo) {
	if no == 0 {
		w.raw("null")
		return
	}
	w.item(no)
}

func (w *writer) turn(no session.TurnNo) {
	w.room(w.ids.size() + 2)
	w.b = append(w.b, '"')
	w.b = w.ids.AppendTurn(w.b, no)
	w.b = append(w.b, '"')
}

// time appends a time in UTC to the millisecond, as of RFC 3339.
func (w *writer) time(t time.Time) {
	w.room(32)
	w.b = append(w.b, '"')
	w.b = t.UTC().AppendFormat(w.b, "2006-01-02T15:04:05.000Z")
	w.b = append(w.b, '"')
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// samples appends base64 of signed 16 bit little-endian samples as a string
// literal.
func (w *writer) samples(pcm []int16) {
	n := (2*len(pcm) + 2) / 3 * 4
	w.room(n + 2)
	at := len(w.b) + 1
	w.b = w.b[:at+n+1]
	w.b[at-1], w.b[at+n] = '"', '"'
	out := w.b[at : at+n]
	for len(pcm) >= 3 { // six bytes, eight digits
		// Samples are little-endian and base64 is big-endian.
		a, b, c := swap(pcm[0]), swap(pcm[1]), swap(pcm[2])
		v := uint64(a)<<32 | uint64(b)<<16 | uint64(c)
		o := out[:8:8]
		o[0] = base64Digits[v>>42&63]
		o[1] = base64Digits[v>>36&63]
		o[2] = base64Digits[v>>30&63]
		o[3] = base64Digits[v>>24&63]
		o[4] = base64Digits[v>>18&63]
		o[5] = base64Digits[v>>12&63]
		o[6] = base64Digits[v>>6&63]
		o[7] = base64Digits[v&63]
		out, pcm = out[8:], pcm[3:]
	}
	switch len(pcm) {
	case 1:
		v := uint32(swap(pcm[0])) << 8
		out[0], out[1], out[2], out[3] = base64Digits[v>>18&63], base64Digits[v>>12&63], base64Digits[v>>6&63], '='
	case 2:
		v := uint64(swap(pcm[0]))<<32 | uint64(swap(pcm[1]))<<16
		for i := range 6 {
			out[i] = base64Digits[v>>(42-6*i)&63]
		}
		out[6], out[7] = '=', '='
	}
}

func swap(s int16) uint16 { return uint16(s)<<8 | uint16(s)>>8 }

// base64 appends base64 of bytes as a string literal.
func (w *writer) base64(b []byte) {
	w.room(base64.StdEncoding.EncodedLen(len(b)) + 2)
	w.b = append(w.b, '"')
	w.b = base64.StdEncoding.AppendEncode(w.b, b)
	w.b = append(w.b, '"')
}
