package redact

import "errors"

// Side says whose sound it is.
type Side uint8

// The sides.
const (
	Reply  Side = iota // the avatar's, as far as it was let out
	Person             // the person's own
)

// Sides lists both.
func Sides() []Side { return []Side{Reply, Person} }

// String is the side in paths and files.
func (s Side) String() string {
	if s == Person {
		return "person"
	}
	return "avatar"
}

// ErrNoSound means that no session gave leave to keep this sound.
var ErrNoSound = errors.New("redact: no session granted this sound")

// sound is what may be stored of one side, as a file.
type sound struct {
	ms int
	b  []byte
}

// Attach lays the sound of one side beside the words, to be stored with them
// or not at all. Nothing in sound is hidden: who agrees to it is told so. The
// file is the Turn's from then on; ms is how long it sounds, in milliseconds.
func (t Turn) Attach(side Side, ms int, file []byte) error {
	g := t.Grant()
	if g.Sound() <= 0 || side > Person || side == Person && !g.Voice() || len(file) == 0 || ms <= 0 || t.Len() == 0 {
		clear(file)
		return ErrNoSound
	}
	o := t.open()
	clear(o.sounds[side].b)
	o.sounds[side] = sound{ms, file}
	return nil
}

// Sound says how long the sound of one side is, in milliseconds, and how many
// bytes; zero if there is none.
func (t Turn) Sound(side Side) (ms, bytes int) {
	if t.open == nil || side > Person {
		return 0, 0
	}
	s := &t.open().sounds[side]
	return s.ms, len(s.b)
}

// AppendSoundTo appends the sound of one side, a file, to dst. It is the only
// way to it; only the packages listed as doors may call it. The caller owns
// the copy and clears it when it is done.
func (t Turn) AppendSoundTo(dst []byte, side Side) []byte {
	if t.open == nil || side > Person {
		return dst
	}
	return append(dst, t.open().sounds[side].b...)
}
