package voice

import (
	"context"
	"io"
	"math"
	"strings"
	"time"
)

// speed gives the factor of the options, 0.5 to 2.
func (o Options) speed() float64 {
	if o.Speed == 0 || math.IsNaN(o.Speed) {
		return 1
	}
	return math.Min(2, math.Max(.5, o.Speed))
}

// primary is the first subtag of a language tag, in small letters.
func primary(language string) string {
	p, _, _ := strings.Cut(language, "-")
	return strings.ToLower(p)
}

// How much is heard before what it is about is told, in ms. What follows says
// what a sound was; a voice that speaks much faster than it is heard can be
// waited for, once there is something to listen to.
const (
	glimpse   = 240
	foresight = 1000
	atEase    = 500 // ms that a listener has still to hear
)

// relay reads sound and emits it with estimated marks, a little later than it
// comes.
func relay(ctx context.Context, r io.Reader, rate int, e *estimate, emit func(Chunk) error) error {
	var held []int16
	defer func() { clear(held[:cap(held)]) }()
	told := 0
	var began time.Time   // when the first was emitted
	ahead := func() int { // samples to hear before the next may go
		if told > 0 && time.Duration(told)*time.Second/Rate-time.Since(began) > atEase*time.Millisecond {
			return foresight * Rate / 1000
		}
		return glimpse * Rate / 1000
	}
	out := func(n int) error {
		if told == 0 {
			began = time.Now()
		}
		told += n
		c := Chunk{PCM: held[:n]}
		c.Visemes, c.Words = e.marks(told * 1000 / Rate)
		err := emit(c)
		held = held[:copy(held, held[n:])]
		return err
	}
	s := stream{rate: rate}
	err := s.copyTo(r, func(pcm []int16) error {
		held = grow(held, pcm)
		e.hear(pcm)
		for len(held) >= chunkSamples+ahead() {
			if err := out(chunkSamples); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	for err == nil && len(held) > 0 {
		if err = ctx.Err(); err == nil {
			err = out(min(chunkSamples, len(held)))
		}
	}
	if err != nil {
		return err
	}
	return e.close(emit)
}

// whole reads sound to its end, has it marked and emits it. It is for programs
// that make a sentence much faster than it is heard.
func whole(ctx context.Context, r io.Reader, rate int, mark func(pcm []int16) Marks, emit func(Chunk) error) error {
	var pcm []int16
	defer func() { clear(pcm) }()
	s := stream{rate: rate}
	err := s.copyTo(r, func(piece []int16) error {
		pcm = grow(pcm, piece)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	m := mark(pcm)
	defer m.Clear()
	for i := 0; i < len(pcm); i += chunkSamples {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min(i+chunkSamples, len(pcm))
		due := end * 1000 / Rate
		if end == len(pcm) {
			due = math.MaxInt
		}
		c := Chunk{PCM: pcm[i:end]}
		c.Visemes, c.Words = m.Due(due)
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}

// search finds the marks of expected sounds in sound.
func search(sounds []Sound) func(pcm []int16) Marks {
	return func(pcm []int16) Marks {
		defer clear(sounds)
		vs, ws := marks(sounds, fit(sounds, pcm))
		return Marks{Visemes: vs, Words: ws}
	}
}

// grow appends and leaves no copy behind.
func grow(pcm, piece []int16) []int16 {
	if len(pcm)+len(piece) > cap(pcm) {
		more := append(make([]int16, 0, 2*cap(pcm)+Rate), pcm...)
		clear(pcm)
		pcm = more
	}
	return append(pcm, piece...)
}

// close emits the marks that are left, with 20 ms of silence to carry them.
func (e *estimate) close(emit func(Chunk) error) error {
	if vs, ws := e.finish(); len(vs)+len(ws) > 0 {
		return emit(Chunk{PCM: make([]int16, Rate/50), Visemes: vs, Words: ws})
	}
	return nil
}
