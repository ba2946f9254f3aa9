package avatar

import (
	"context"

	"mayfly/session"
)

// sound is a piece of a line's sound with its marks.
type sound struct {
	pcm     []int16
	visemes []session.Viseme
	spans   []session.Span
}

// soundsAhead is how many pieces a voice may be ahead of what is heard. At 20
// to 100 ms each that covers the first byte of the next line from a server.
const soundsAhead = 64

// soundQueue carries pieces from the voice to the pacer and the emptied
// pieces back, so that the steady path allocates nothing.
type soundQueue struct {
	full  chan *sound
	empty chan *sound
	room  chan struct{} // a line was taken
}

func newSoundQueue() *soundQueue {
	return &soundQueue{
		full:  make(chan *sound, soundsAhead),
		empty: make(chan *sound, soundsAhead),
		room:  make(chan struct{}, 1),
	}
}

// put fills a piece and queues it, waiting while the voice is far ahead.
func (q *soundQueue) put(ctx context.Context, fill func(*sound)) error {
	var s *sound
	select {
	case s = <-q.empty:
	default:
		s = &sound{}
	}
	fill(s)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case q.full <- s:
		return nil
	}
}

// give takes an emptied piece back. Its samples were somebody's words.
func (q *soundQueue) give(s *sound) {
	clear(s.pcm)
	s.pcm, s.visemes, s.spans = s.pcm[:0], s.visemes[:0], s.spans[:0]
	select {
	case q.empty <- s:
	default:
	}
}

// taken tells a waiting engine that the voice took a line.
func (q *soundQueue) taken() {
	select {
	case q.room <- struct{}{}:
	default:
	}
}
