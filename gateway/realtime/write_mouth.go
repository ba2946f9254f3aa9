package realtime

import "mayfly/session"

// Mouth is a mouth shape from its time on until the next.
type Mouth struct {
	At     int     // milliseconds from the item's first sample
	Shape  uint8   // number in the alphabet oculus15: 0 is silence
	Weight float32 // 0 to 1
}

// VisemeDelta writes avatar.viseme.delta: the shapes of 100 to 200 ms, ahead
// of the sound that they belong to. It writes nothing for no shapes.
func (f *Frames) VisemeDelta(p Part, shapes []Mouth) {
	if len(shapes) == 0 {
		return
	}
	f.part("avatar.viseme.delta", p)
	f.raw(`,"alphabet":"oculus15","audio_offset_ms":`)
	f.int(int64(shapes[0].At))
	f.raw(`,"frames":[`)
	for i, s := range shapes {
		if i > 0 {
			f.raw(`,`)
		}
		f.raw(`[`)
		f.int(int64(s.At))
		f.raw(`,`)
		f.int(int64(s.Shape))
		f.raw(`,`)
		f.weight(s.Weight)
		f.raw(`]`)
	}
	f.raw(`]`)
	f.end()
}

// weight writes 0 to 1 to two places: nobody sees a hundredth of a mouth.
func (w *writer) weight(v float32) {
	n := int64(0)
	if v > 0 {
		n = int64(min(v, 1)*100 + 0.5)
	}
	switch {
	case n == 0:
		w.raw(`0`)
	case n == 100:
		w.raw(`1`)
	case n < 10:
		w.raw(`0.0`)
		w.int(n)
	default:
		w.raw(`0.`)
		w.int(n)
	}
}

// VisemeDone writes avatar.viseme.done.
func (f *Frames) VisemeDone(p Part) {
	f.part("avatar.viseme.done", p)
	f.end()
}

// WordDelta writes avatar.word.delta: when a word is heard, in milliseconds
// from the item's first sample.
func (f *Frames) WordDelta(p Part, atMS, lengthMS int, word session.Speech) {
	f.part("avatar.word.delta", p)
	f.raw(`,"audio_offset_ms":`)
	f.int(int64(atMS))
	f.raw(`,"audio_duration_ms":`)
	f.int(int64(lengthMS))
	f.raw(`,"text":`)
	f.speech(word)
	f.end()
}
