package hear

import (
	"slices"

	"mayfly/session"
)

// What it takes to be speech. A voice is periodic, which clicks, coughs and
// noise are not; and its colour moves, which that of hums, tones and "mm" does
// not.
const (
	maybeLoud   = 4 // frames
	maybeVoiced = 2
	periodic    = .62 // of frame.pitch
	moves       = 5.  // dB between the bands

	startLoud   = 12 // frames: 120 ms
	startVoiced = 7

	// While the avatar is heard: more of it, and with an open mouth.
	bargeLoud   = 20
	bargeVoiced = 10
	bargeMoves  = 8.
	openMid     = -17. // dB: with closed lips less is above 800 Hz
	bargeOpen   = 6    // frames

	// Whispers are not periodic. They last, and move more than noise does.
	whisperLoud  = 60
	whisperMoves = 14.

	lostQuiet  = 20  // frames of quiet after which Maybe was Nothing
	lostAfter  = 200 // frames after which what did not become speech will not
	backFrames = 3   // loud frames in a row that are speech going on
	hissFrames = 25  // of them without pitch: longer than any s or sh

	hum = 25 // frames: a steady sound of 250 ms before a silence is an "um"
)

// state is where a Detector stands.
type state uint8

const (
	silent  state = iota
	unsure        // Maybe was said, or would have been
	talking       // Started was said
	steady        // a sound that is no speech goes on
)

// Detector follows one person's sound. It is not for several goroutines.
type Detector struct {
	c       Config
	words   words
	playing bool

	ear   ear
	floor floor
	frame frame

	frames int64 // all
	state  state
	said   bool  // Maybe was, in this state
	begin  int64 // frame at which it began
	last   int64 // frame after the last one of voice
	ended  int64 // frame at which the last utterance ended

	loud, voiced, open, run int     // frames of what has begun
	colour                  colours // how its bands moved
	still                   int     // frames without movement before now
	pitched                 int64   // frame after the last one with a pitch
	whisper                 bool    // it is without

	quiet int64 // frames since anybody was heard, for Idle
	idled bool
}

// New makes a Detector.
func New(c Config) *Detector {
	d := &Detector{ear: newEar()}
	d.Set(c)
	return d
}

// Set changes the settings from the next sample on. What is under way goes on
// under them.
func (d *Detector) Set(c Config) {
	if c.Threshold <= 0 {
		c.Threshold = .5
	}
	c.Threshold = min(c.Threshold, 1)
	if c.PrefixMS == 0 {
		c.PrefixMS = 300
	}
	c.PrefixMS = max(c.PrefixMS, 0)
	if c.SilenceMS <= 0 {
		c.SilenceMS = 500
	}
	if c.Mode == Manual && d.c.Mode != Manual {
		d.Reset()
	}
	d.c = c
	d.words.speak(c.Language)
}

// Write listens to more sound and calls do with what it hears, in order. It
// does not allocate.
func (d *Detector) Write(pcm []int16, do func(Event)) {
	need, least := d.needs()
	for _, s := range pcm {
		if !d.ear.take(s, &d.frame, max(d.floor.level()+need-stayLess, least-stayLess)) {
			continue
		}
		d.floor.take(d.frame.level)
		d.frames++
		if d.c.Mode != Manual {
			d.hear(do)
		}
	}
}

// stayLess is how many dB less than to begin it takes to go on.
const stayLess = 4

// needs is how loud speech is at least: over the floor, and at all.
func (d *Detector) needs() (over, least float64) {
	return 4 + 10*d.c.Threshold, 20*d.c.Threshold - 62
}

// Partial tells the newest words of the utterance under way, all of them. It
// neither keeps nor forgets them.
func (d *Detector) Partial(words session.Speech) {
	if words.Len() == 0 {
		return
	}
	d.words.hear(words, d.state == talking && d.frames > d.last)
	if d.state == unsure && d.playing && !d.words.nod {
		d.loud = max(d.loud, bargeLoud) // somebody who says words interrupts
		d.voiced = max(d.voiced, bargeVoiced)
		d.open = max(d.open, d.voiced)
		d.colour.moved(bargeMoves)
	}
}

// Playing tells that the avatar is heard from now on, or no longer.
func (d *Detector) Playing(on bool) {
	if d.playing != on {
		d.playing = on
		d.quiet, d.idled = 0, false
	}
}

// Reset forgets the utterance under way, as when the client cleared or
// committed it. No event follows for it; speech that goes on begins another.
func (d *Detector) Reset() {
	d.to(silent)
	d.ear.forget()
	d.ended, d.last = d.frames, d.frames
	d.quiet, d.idled = 0, false
}

// to begins a state.
func (d *Detector) to(s state) {
	d.state, d.said = s, false
	d.loud, d.voiced, d.open, d.run, d.still = 0, 0, 0, 0, 0
	d.colour, d.whisper = colours{}, false
	d.words.forget()
}

// hear takes in the newest frame.
func (d *Detector) hear(do func(Event)) {
	need, least := d.needs()
	if d.state != silent {
		need, least = need-stayLess, least-stayLess
	}
	f := &d.frame
	loud := f.level > d.floor.level()+need && f.level > least
	d.quiet++
	if d.playing {
		d.quiet = 0
	}
	switch d.state {
	case silent:
		if loud {
			d.to(unsure)
			d.begin = d.frames - 1
			d.unsure(true, do)
		}
	case unsure:
		d.unsure(loud, do)
	case talking:
		d.talking(loud, do)
	case steady:
		if loud {
			d.last = d.frames
		} else if d.frames-d.last > lostQuiet {
			d.to(silent)
		}
	}
	if d.c.Mode == Server && d.c.IdleMS > 0 && !d.idled && d.state == silent && d.quiet*frameMS >= int64(d.c.IdleMS) {
		d.idled = true
		do(Event{Idle, d.frames * frameMS})
	}
}

// unsure gathers what it is that has begun.
func (d *Detector) unsure(loud bool, do func(Event)) {
	f := &d.frame
	if loud {
		d.last = d.frames
		d.loud++
		d.colour.take(f)
		if f.pitch > periodic {
			d.voiced++
			if f.mid > openMid {
				d.open++
			}
		}
	}
	if !d.said && d.loud >= maybeLoud && d.voiced >= maybeVoiced {
		d.said = true
		do(Event{Maybe, d.start()})
	}
	switch {
	case loud && d.speech():
		if !d.said {
			do(Event{Maybe, d.start()})
		}
		w, whisper := d.words, d.voiced < startVoiced
		d.to(talking)
		d.words, d.whisper, d.pitched = w, whisper, d.frames
		d.quiet, d.idled = 0, false
		do(Event{Started, d.start()})
	case !loud && d.frames-d.last >= lostQuiet:
		d.nothing(silent, do)
	case d.frames-d.begin >= lostAfter:
		d.nothing(steady, do)
	}
}

func (d *Detector) nothing(then state, do func(Event)) {
	said := d.said
	d.to(then)
	if said {
		do(Event{Nothing, d.last * frameMS})
	}
}

// speech says whether what has begun is.
func (d *Detector) speech() bool {
	moved := d.colour.whole()
	if d.playing {
		return d.loud >= bargeLoud && d.voiced >= bargeVoiced && d.open >= bargeOpen && 2*d.open >= d.voiced && moved >= bargeMoves
	}
	return d.loud >= startLoud && d.voiced >= startVoiced && moved >= moves ||
		d.loud >= whisperLoud && moved >= whisperMoves
}

// start is where what has begun begins, with its prefix, but not before the
// end of what was before.
func (d *Detector) start() int64 {
	return max(d.begin*frameMS-int64(d.c.PrefixMS), d.ended*frameMS, 0)
}

// talking waits for the end.
func (d *Detector) talking(loud bool, do func(Event)) {
	if loud {
		d.run++
	} else {
		d.run = 0
	}
	// One loud frame is a click. One with a pitch is a voice, and so are three
	// that follow on it; what hisses for longer is noise.
	if loud && d.frame.pitch > periodic {
		d.pitched = d.frames
	}
	if loud && (d.pitched == d.frames || d.run >= backFrames && (d.whisper || d.frames-d.pitched <= hissFrames)) {
		if d.frames-1 > d.last {
			d.words.stale() // what was heard in the pause is not the end
		}
		d.last = d.frames
		d.quiet, d.idled = 0, false
		d.colour.take(&d.frame)
		if d.frame.pitch > periodic && d.colour.recent() < moves {
			d.still++
		} else {
			d.still = 0
		}
		return
	}
	silence := (d.frames - d.last) * frameMS
	if silence < d.wait() {
		return
	}
	end := d.last
	d.to(silent)
	d.ended = end
	do(Event{Stopped, end * frameMS})
}

// wait is the silence after which the utterance is over, in ms.
func (d *Detector) wait() int64 {
	if d.c.Mode == Server {
		return int64(d.c.SilenceMS)
	}
	return waits[d.c.Eagerness.known()][d.words.standing(d.still >= hum)]
}

func (e Eagerness) known() Eagerness {
	if e > High {
		return Auto
	}
	return e
}

// colours follows how the balance of the bands moves.
type colours struct {
	mids, highs [20]float64 // the last 200 ms
	n           int
	most        float64 // the largest range that there was
}

func (c *colours) take(f *frame) {
	c.mids[c.n%len(c.mids)], c.highs[c.n%len(c.highs)] = f.mid, f.high
	c.n++
	c.most = max(c.most, c.recent())
}

// recent is the range of the last 200 ms, in dB, without the extremes.
func (c *colours) recent() float64 {
	n := min(c.n, len(c.mids))
	if n < 5 {
		return 0
	}
	return max(spread(c.mids, n), spread(c.highs, n))
}

func (c *colours) moved(dB float64) { c.most = max(c.most, dB) }

func (c *colours) whole() float64 { return c.most }

// spread is the second highest less the second lowest of the first n: one
// frame alone proves nothing.
func spread(x [20]float64, n int) float64 {
	slices.Sort(x[:n])
	return x[n-2] - x[1]
}
