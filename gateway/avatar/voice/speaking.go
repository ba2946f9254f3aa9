package voice

import (
	"context"
	"io"
	"math"
	"strings"
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

// relay reads sound and emits it with estimated marks.
func relay(ctx context.Context, r io.Reader, rate int, e *estimate, emit func(Chunk) error) error {
	s := stream{rate: rate}
	err := s.copyTo(r, func(pcm []int16) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		vs, ws := e.chunk(pcm)
		return emit(Chunk{PCM: pcm, Visemes: vs, Words: ws})
	})
	if err != nil {
		return err
	}
	return e.close(emit)
}

// close emits the marks that are left, with 20 ms of silence to carry them.
func (e *estimate) close(emit func(Chunk) error) error {
	if vs, ws := e.finish(); len(vs)+len(ws) > 0 {
		return emit(Chunk{PCM: make([]int16, Rate/50), Visemes: vs, Words: ws})
	}
	return nil
}
