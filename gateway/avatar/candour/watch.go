package candour

import (
	"unicode/utf8"

	"mayfly/session"
)

// A reply's sentence is read together with the end of what was said before
// it, so many bytes: "Am I an AI?" – "No."
const contextBytes = 512

// watch reads one reply, sentence by sentence.
type watch struct {
	reader    *reader
	locale    string // the language in which the reply should be
	corrected bool   // the reply was corrected already
	before    []byte // the end of what the engine said so far
}

// claims says in which language the words, after those before them, claim to
// be human or deny to be an AI. The empty locale means that they do not.
func (w *watch) claims(words session.Speech) string {
	r := w.reader
	defer r.wipe()
	r.text.add(w.before)
	if len(w.before) > 0 {
		r.text.push(space)
	}
	from := len(r.text.runes)
	r.load(words)
	r.text.add(r.raw)
	w.remember(r.raw)
	return r.read(from, claims, w.locale)
}

// remember keeps the end of what was said.
func (w *watch) remember(b []byte) {
	if w.before == nil {
		w.before = make([]byte, 0, 2*contextBytes)
	}
	if len(b) > contextBytes {
		b = b[len(b)-contextBytes:]
		for len(b) > 0 && !utf8.RuneStart(b[0]) {
			b = b[1:]
		}
	}
	old := w.before
	if over := len(old) + 1 + len(b) - contextBytes; over > 0 {
		over = min(over, len(old))
		for over < len(old) && !utf8.RuneStart(old[over]) {
			over++
		}
		n := copy(old, old[over:])
		clear(old[n:])
		w.before = old[:n]
	}
	if len(w.before) > 0 {
		w.before = append(w.before, ' ')
	}
	w.before = append(w.before, b...)
}

// forget clears what was kept.
func (w *watch) forget() { clear(w.before[:cap(w.before)]) }
