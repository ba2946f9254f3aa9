// Package builtin is a voice made of rules alone: an English formant
// synthesiser after Klatt (1980), small enough to be part of the program.
//
// It reads words from memory and gives sound in memory. It never opens a
// file, starts a process or a goroutine, or keeps what it said. It is
// deterministic: the same text gives the same samples.
package builtin

import (
	"context"
	"math"
	"strings"

	"mayfly/gateway/avatar/voice"
)

// Voice is the synthesiser. It is read-only after New and may speak for any
// number of sessions at once.
type Voice struct{ tongue *tongue }

// New reads the rules and the lexicon that are part of the program. It fails
// only if those are malformed, which the tests of this package exclude.
func New() (*Voice, error) {
	t, err := newTongue()
	if err != nil {
		return nil, err
	}
	return &Voice{tongue: t}, nil
}

// Name is "builtin".
func (v *Voice) Name() string { return "builtin" }

// Neural is false: nothing of it was trained.
func (v *Voice) Neural() bool { return false }

// Speaks is true of English.
func (v *Voice) Speaks(language string) bool {
	primary, _, _ := strings.Cut(language, "-")
	return strings.EqualFold(primary, "en")
}

// firstChunk and laterChunk are the lengths of what emit is given, in frames.
const (
	firstChunk = 20 / frameMS
	laterChunk = 40 / frameMS
)

// Speak implements voice.Voice. Nothing is emitted after ctx has ended,
// whatever the sample.
func (v *Voice) Speak(ctx context.Context, text []byte, o voice.Options, emit func(voice.Chunk) error) error {
	speed := o.Speed
	if speed == 0 || math.IsNaN(speed) {
		speed = 1
	}
	speed = math.Min(2, math.Max(.5, speed))
	sc := newScanner(text)
	defer sc.close()
	out := output{ctx: ctx, emit: emit, tract: newTract(), pcm: make([]int16, 0, laterChunk*frameLen), want: firstChunk}
	defer out.close()
	for {
		c, ok := sc.next(v.tongue)
		if !ok {
			return out.flush(true)
		}
		us := plan(c, speed)
		err := out.speak(us, c)
		clear(us)
		clear(c.words)
		if err != nil {
			return err
		}
	}
}

// output is one Speak call's sound on its way out.
type output struct {
	ctx    context.Context
	emit   func(voice.Chunk) error
	tract  *tract
	pcm    []int16
	want   int // frames until the next chunk
	frames int // said so far
	marks  voice.Marks
	shape  voice.Shape // last one told
}

// speak renders a clause.
func (o *output) speak(us []unit, c clause) error {
	m := newMotion(us, c)
	defer clear(m.segments)
	o.mark(m, c)
	for {
		f, ok := m.next()
		if !ok {
			return nil
		}
		if err := o.ctx.Err(); err != nil {
			return err
		}
		o.pcm = o.tract.render(o.pcm, f)
		o.frames++
		if o.want--; o.want == 0 {
			if err := o.flush(false); err != nil {
				return err
			}
		}
	}
}

// flush emits what is ready; at the end also the marks that are left.
func (o *output) flush(end bool) error {
	o.want = laterChunk
	if len(o.pcm) == 0 {
		return nil
	}
	if err := o.ctx.Err(); err != nil {
		return err
	}
	due := o.frames * frameMS
	if end {
		due = math.MaxInt
	}
	c := voice.Chunk{PCM: o.pcm}
	c.Visemes, c.Words = o.marks.Due(due)
	err := o.emit(c)
	o.pcm = o.pcm[:0]
	return err
}

// close forgets the sound.
func (o *output) close() {
	clear(o.pcm[:cap(o.pcm)])
	o.marks.Clear()
}
