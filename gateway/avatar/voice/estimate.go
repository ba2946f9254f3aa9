package voice

// estimate makes visemes and word times for a voice that gives sound alone,
// as it comes: it follows the sounds that are expected with a tracker, and
// says at each moment what is the likeliest. What it finds out later about
// what has been told stays as it was told. The mouth rests in silence, which
// is what one sees first when it is wrong.
type estimate struct {
	sounds  []Sound
	tracker *tracker
	times   []timed
	tempo   float64 // ms heard for each ms expected
	paced   int     // sounds that had begun when the tempo was last looked at
	rest    []int16 // less than a frame
	quiet   []bool  // of each frame
	frames  int     // told so far
	samples int     // heard
	shape   Shape
	begun   bool
	last    int // Start of the last word, -1 for none
	words   []Word
	visemes []Viseme
}

const (
	silence   = .012 // of full scale: the level below which nothing is heard
	restAfter = 6    // frames of silence in which the mouth rests
	usualTop  = .15  // of full scale: the loudest that a frame of most voices is, at least
)

// newEstimate looks at what is expected to be heard. tempo is how many ms
// will be heard for each that is expected.
func newEstimate(sounds []Sound, tempo float64) *estimate {
	return &estimate{sounds: sounds, tracker: newTracker(sounds, tempo, usualTop), times: make([]timed, len(sounds)), tempo: tempo, last: -1}
}

// measured is the tempo of all that was heard, if that was enough to tell.
func (e *estimate) measured() (tempo float64, ok bool) {
	due := expected(e.sounds)
	return float64(e.tracker.heard*fitMS) / due, due > 700
}

// expected is how long sounds last without their pauses, in ms.
func expected(sounds []Sound) (ms float64) {
	for i := range sounds {
		if s := &sounds[i]; !s.pause() {
			ms += s.MS
		}
	}
	return ms
}

// hear takes a piece of sound.
func (e *estimate) hear(pcm []int16) {
	e.rest = append(e.rest, pcm...)
	e.samples += len(pcm)
	n := 0
	for ; n+fitSamples <= len(e.rest); n += fitSamples {
		level, hiss := frame(e.rest[n : n+fitSamples])
		e.take(feature{level, hiss})
	}
	e.rest = e.rest[:copy(e.rest, e.rest[n:])]
}

// take hears one frame.
func (e *estimate) take(x feature) {
	e.quiet = append(e.quiet, x.level < silence)
	e.tracker.hear(x.level, x.hiss)
}

// marks gives the marks of the sound from where it was last told to so many
// ms. They are valid until the next call.
func (e *estimate) marks(until int) ([]Viseme, []Word) {
	e.visemes, e.words = e.visemes[:0], e.words[:0]
	known := e.tracker.way(e.times, false)
	from := e.frames
	for ; e.frames < len(e.quiet) && e.frames*fitMS < until; e.frames++ {
		at := e.frames * fitMS
		s := e.heardAt(at, known)
		if s == nil || e.quiet[e.frames] && (e.shape == Sil || e.rests(e.frames)) {
			e.show(at, Sil, 1)
		} else {
			e.show(at, s.Shape, s.weight())
		}
	}
	for i := range known {
		if e.times[i].at < until {
			e.word(i, max(e.times[i].at, from*fitMS))
		}
	}
	e.adapt(known)
	return e.visemes, e.words
}

// rests says whether a silence is more than the closing of a P.
func (e *estimate) rests(frame int) bool {
	for n := range restAfter {
		if frame+n < len(e.quiet) && !e.quiet[frame+n] {
			return false
		}
	}
	return true
}

// heardAt is the sound that is heard at a time, nil for none.
func (e *estimate) heardAt(ms, known int) *Sound {
	for i := known - 1; i >= 0; i-- {
		switch t := e.times[i]; {
		case t.at <= ms && ms < t.end && !e.sounds[i].pause():
			return &e.sounds[i]
		case t.end <= ms:
			return nil
		}
	}
	return nil
}

// adapt learns the tempo when a pause is reached.
func (e *estimate) adapt(known int) {
	if known == 0 || !e.sounds[known-1].pause() || known == e.paced {
		return
	}
	e.paced = known
	if due := expected(e.sounds[:known]); due > 700 {
		e.tempo = .5*e.tempo + .5*min(max(float64(e.tracker.heard*fitMS)/due, .3), 3)
		e.tracker.pace(e.tempo)
	}
}

// word tells the word of a sound, if it was not told.
func (e *estimate) word(sound, at int) {
	s := &e.sounds[sound]
	if s.pause() || s.Start <= e.last {
		return
	}
	e.last = s.Start
	length := 0.0
	for i := sound; i < len(e.sounds) && e.sounds[i].Start == s.Start; i++ {
		length += e.sounds[i].MS * e.tempo
	}
	e.words = append(e.words, Word{At: at, Length: max(1, int(length)), Start: s.Start, End: s.End})
}

// show gives the mouth a shape.
func (e *estimate) show(at int, s Shape, weight float32) {
	if s != e.shape || !e.begun {
		e.visemes = append(e.visemes, Viseme{at, s, weight})
		e.shape, e.begun = s, true
	}
}

// finish gives the words that were not heard, at the end, and closes the
// mouth.
func (e *estimate) finish() ([]Viseme, []Word) {
	at := e.samples * 1000 / Rate
	e.visemes, e.words = e.visemes[:0], e.words[:0]
	for i := range e.sounds {
		e.word(i, at)
	}
	if e.begun {
		e.show(at, Sil, 1)
	}
	return e.visemes, e.words
}

// forget clears what the estimate knows of the text.
func (e *estimate) forget() {
	e.tracker.forget()
	clear(e.sounds)
	clear(e.times)
	clear(e.quiet)
	clear(e.rest[:cap(e.rest)])
	clear(e.words[:cap(e.words)])
	clear(e.visemes[:cap(e.visemes)])
}
