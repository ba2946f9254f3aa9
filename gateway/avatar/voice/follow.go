package voice

// Follower finds the words and the mouth in sound that comes by itself, from
// an engine that has a voice of its own: what is expected is told to it piece
// by piece, and the sound comes when it likes. It is used by one goroutine at
// a time.
type Follower struct {
	reader   Reader
	language string

	estimate *estimate // nil: nothing is expected yet
	texts    []int     // where each expected text begins in the estimate's sounds
	frames   []feature // since the estimate began
	base     int       // ms of sound before the estimate began
	held     []int16
	told     int // samples emitted
	rest     []int16
	speed    float64
}

// feature is what a tracker hears of a frame.
type feature struct{ level, hiss float64 }

// settled is how many sounds into the next text the one before is over with.
const settled = 12

// NewFollower makes a Follower for one reply.
func NewFollower(r Reader, o Options) *Follower {
	return &Follower{reader: r, language: o.Language, speed: o.speed()}
}

// Expect says what will be heard next. at is where the text begins in the
// whole of the words, in bytes: the words' places are of the whole.
func (f *Follower) Expect(text []byte, at int) {
	sounds := read(f.reader, text, f.language)
	for i := range sounds {
		sounds[i].Start += at
		sounds[i].End += at
	}
	if f.estimate == nil {
		f.begin(sounds, usual/f.speed)
		f.texts = append(f.texts[:0], 0)
		return
	}
	e := f.estimate
	f.texts = append(f.texts, len(e.sounds))
	e.tracker.extend(len(e.sounds), sounds)
	e.sounds = append(e.sounds, sounds...)
	e.times = append(e.times, make([]timed, len(sounds))...)
	clear(sounds)
}

func (f *Follower) begin(sounds []Sound, tempo float64) {
	f.estimate = newEstimate(sounds, tempo)
	e := f.estimate
	for _, x := range f.frames { // what was heard before anything was expected
		e.take(x)
	}
}

// Hear takes sound and emits what it can tell about. more says that the next
// piece is here already, so that it is worth to listen ahead for what a sound
// was.
func (f *Follower) Hear(pcm []int16, more bool, emit func(Chunk) error) error {
	f.held = grow(f.held, pcm)
	f.rest = append(f.rest, pcm...)
	n := 0
	for ; n+fitSamples <= len(f.rest); n += fitSamples {
		level, hiss := frame(f.rest[n : n+fitSamples])
		x := feature{level, hiss}
		f.frames = append(f.frames, x)
		if f.estimate != nil {
			f.estimate.take(x)
		}
	}
	f.rest = f.rest[:copy(f.rest, f.rest[n:])]
	ahead := 0
	if more && f.told > 0 { // the first is not kept waiting
		ahead = glimpse * Rate / 1000
	}
	for len(f.held) >= chunkSamples+ahead {
		if err := f.out(chunkSamples, emit); err != nil {
			return err
		}
	}
	f.turn()
	return nil
}

func (f *Follower) out(n int, emit func(Chunk) error) error {
	f.told += n
	c := Chunk{PCM: f.held[:n]}
	if f.estimate != nil {
		c.Visemes, c.Words = f.estimate.marks(f.told*1000/Rate - f.base)
		f.shift(c)
	}
	err := emit(c)
	f.held = f.held[:copy(f.held, f.held[n:])]
	return err
}

// shift makes times of the estimate's those of the whole.
func (f *Follower) shift(c Chunk) {
	for i := range c.Visemes {
		c.Visemes[i].At += f.base
	}
	for i := range c.Words {
		c.Words[i].At += f.base
	}
}

// turn lets go of a text that is over, so that a long reply costs no more than
// a short one.
func (f *Follower) turn() {
	e := f.estimate
	if e == nil || len(f.texts) < 2 {
		return
	}
	first := f.texts[1]
	known := e.tracker.way(e.times, false)
	if known < min(first+settled, len(e.sounds)) || known <= first {
		return
	}
	from := min(e.times[first].at/fitMS, e.frames)
	if from <= 0 {
		return
	}
	later := newEstimate(append([]Sound(nil), e.sounds[first:]...), e.tempo)
	later.tracker.top = e.tracker.top
	for _, x := range f.frames[from:] {
		later.take(x)
	}
	later.frames, later.shape, later.begun, later.last = e.frames-from, e.shape, e.begun, e.last
	f.frames = f.frames[:copy(f.frames, f.frames[from:])]
	f.base += from * fitMS
	f.texts = f.texts[:copy(f.texts, f.texts[1:])]
	for i := range f.texts {
		f.texts[i] -= first
	}
	f.estimate = later
	e.forget()
}

// Finish emits what is held and what was expected and not heard. Nothing may
// follow.
func (f *Follower) Finish(emit func(Chunk) error) error {
	for len(f.held) > 0 {
		if err := f.out(min(chunkSamples, len(f.held)), emit); err != nil {
			return err
		}
	}
	e := f.estimate
	if e == nil {
		return nil
	}
	e.samples = f.told - f.base*Rate/1000
	return e.close(func(c Chunk) error {
		f.shift(c)
		return emit(c)
	})
}

// Forget clears what was said.
func (f *Follower) Forget() {
	if f.estimate != nil {
		f.estimate.forget()
	}
	clear(f.frames[:cap(f.frames)])
	clear(f.held[:cap(f.held)])
	clear(f.rest[:cap(f.rest)])
}
