package avatar

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"mayfly/gateway/avatar/voice"
	"mayfly/session"
)

// Stage is where a turn is performed: sentences become text at once, and
// sound at the pace at which it is heard.
type Stage struct {
	Voice   voice.Voice   // nil: written only, but for what the engine itself sounds
	Options voice.Options // the listener's
	// Follow finds the mouth in the engine's own sound, for this turn. Nil:
	// the engine has no voice of its own.
	Follow *voice.Follower
	Lead   time.Duration // how far sound may run ahead of the clock; zero means 400 ms
	Frame  int           // samples of a piece of sound; zero means 40 ms of them
	// Deliver hands a piece to the session and says whether the turn is still
	// wanted. It is called from one goroutine at a time for sound and from
	// another for text.
	Deliver func(session.Input) bool
	// VoiceLost is called, at most once, when the voice fails and the rest of
	// the turn goes on in writing.
	VoiceLost func()
}

// Timing is when things first happened in a turn; zero if they did not.
type Timing struct {
	FirstSentence time.Time
	FirstSpeech   time.Time // the voice gave its first sample
	FirstSound    time.Time // a sample was delivered
	Done          time.Time
}

// errUnwanted ends a performance that nobody wants any more.
var errUnwanted = errors.New("avatar: the turn is over")

// Perform carries one turn from answer, which says the sentences, to Deliver.
// It returns when all of it was delivered, when ctx ends, or when the turn is
// no longer wanted, and leaves no goroutine behind. The error is answer's, or
// nil if the turn was cut short.
func (st *Stage) Perform(ctx context.Context, turn session.TurnNo, answer func(say func(Sentence) error) error) (Timing, error) {
	p := &performance{Stage: st, turn: turn}
	var err error
	if st.Voice == nil && st.Follow == nil {
		err = answer(func(s Sentence) error { return p.write(s, nil) })
	} else {
		err = p.speak(ctx, answer)
	}
	p.timing.Done = time.Now()
	if errors.Is(err, errUnwanted) || ctx.Err() != nil {
		err = nil
	}
	return p.timing, err
}

// performance is one run of a Stage.
type performance struct {
	*Stage
	turn  session.TurnNo
	bytes int  // of words delivered so far
	alone bool // the engine's own sound is over, or there is none

	timing Timing // Owned by the goroutine that has the field to fill.
}

// line is a sentence on its way to the voice, or a piece of the engine's sound.
type line struct {
	text []byte
	at   int     // where it begins in the item's words; negative: it is not in them
	own  bool    // the engine brings its sound
	pcm  []int16 // the sound
}

// write delivers a sentence as text and, if there is a voice, passes it on.
func (p *performance) write(s Sentence, lines chan<- line) error {
	if len(s.Sound) > 0 && lines != nil && p.Follow != nil && !p.alone {
		lines <- line{pcm: slices.Clone(s.Sound)}
	}
	if s.Words.Len() == 0 {
		return nil
	}
	p.alone = p.alone || !s.Sounded || p.Follow == nil
	if p.timing.FirstSentence.IsZero() {
		p.timing.FirstSentence = time.Now()
	}
	var text []byte
	at := p.bytes
	if at > 0 {
		spaced := s.Words.AppendTo([]byte{' '})
		s.Words.Forget()
		s.Words = session.NewSpeech(spaced)
		at++
	}
	p.bytes += s.Words.Len()
	if lines != nil {
		if s.Aloud.Len() > 0 {
			text, at = s.Aloud.AppendTo(nil), -1 // its words are not those on the screen
			s.Aloud.Forget()
		} else if text = s.Words.AppendTo(nil); at > p.bytes-s.Words.Len() {
			text = text[1:]
		}
	}
	if !p.Deliver(&session.ReplyPart{Turn: p.turn, Words: s.Words}) {
		clear(text)
		return errUnwanted
	}
	if lines != nil {
		lines <- line{text: text, at: at, own: !p.alone}
	}
	return nil
}

// speak runs the three stages side by side: the engine writes, the voice
// speaks, and this goroutine lets the sound out at its pace. So the second
// sentence is written and spoken while the first is heard.
func (p *performance) speak(ctx context.Context, answer func(say func(Sentence) error) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var (
		wg     sync.WaitGroup
		lines  = make(chan line, 64) // an engine may write ahead this far
		sounds = newSoundQueue()
		asked  error
	)
	wg.Add(2)
	go func() {
		defer wg.Done()
		defer close(lines)
		asked = answer(func(s Sentence) error {
			if ctx.Err() != nil {
				return errUnwanted
			}
			if len(lines) == cap(lines) {
				// Nobody can listen that fast. Wait for the voice, not for ever.
				select {
				case <-ctx.Done():
					return errUnwanted
				case <-sounds.room:
				}
			}
			return p.write(s, lines)
		})
		if errors.Is(asked, errUnwanted) {
			cancel()
		}
	}()
	go func() {
		defer wg.Done()
		defer close(sounds.full)
		m := mouth{performance: p, sounds: sounds}
		m.speak(ctx, lines)
	}()
	unwanted := p.pace(ctx, sounds)
	cancel()
	for range sounds.full {
		// What the voice still had in hand.
	}
	wg.Wait()
	if unwanted && asked == nil {
		return errUnwanted
	}
	return asked
}

// pace lets the sound out on an absolute clock, so that a late piece does not
// make all later ones late, and says whether the turn was given up.
func (p *performance) pace(ctx context.Context, sounds *soundQueue) (unwanted bool) {
	lead, frame := p.Lead, p.Frame
	if lead <= 0 {
		lead = 400 * time.Millisecond
	}
	if frame <= 0 {
		frame = voice.Rate * 40 / 1000
	}
	var (
		part  = &session.ReplyPart{Turn: p.turn}
		timer = time.NewTimer(0)
		start time.Time
		sent  int
		held  = make([]int16, 0, 2*frame) // a frame that is not yet full
	)
	defer timer.Stop()
	defer clear(held[:cap(held)])
	out := func(pcm []int16, s *sound) bool {
		now := time.Now()
		played := time.Duration(sent) * time.Second / voice.Rate
		if start.IsZero() || now.Sub(start) > played+lead/2 {
			// The first piece, or the voice fell behind: what is heard starts anew.
			start = now.Add(-played)
		}
		ahead := played + time.Duration(len(pcm))*time.Second/voice.Rate
		if wait := ahead - now.Sub(start) - lead; wait > 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return false
			case <-timer.C:
			}
		}
		part.PCM, part.Visemes, part.Spans = pcm, nil, nil
		if s != nil {
			part.Visemes, part.Spans = s.visemes, s.spans
		}
		if !p.Deliver(part) {
			return false
		}
		if p.timing.FirstSound.IsZero() && len(pcm) > 0 {
			p.timing.FirstSound = time.Now()
		}
		sent += len(pcm)
		return true
	}
	for s := range sounds.full {
		marked := s
		rest := s.pcm
		ok := true
		for ok && len(held)+len(rest) >= frame {
			take := frame - len(held)
			held = append(held, rest[:take]...)
			rest = rest[take:]
			ok = out(held, marked)
			held, marked = held[:0], nil
		}
		held = append(held, rest...)
		if ok && marked != nil && (len(marked.visemes) > 0 || len(marked.spans) > 0) {
			ok = out(nil, marked)
		}
		sounds.give(s)
		if !ok {
			return ctx.Err() == nil
		}
	}
	if len(held) > 0 {
		// The last frame is filled with silence: an encoder takes whole ones.
		n := len(held)
		held = held[:frame]
		clear(held[n:])
		if !out(held, nil) {
			return ctx.Err() == nil
		}
	}
	// The turn is over when it was heard, not when it was sent.
	if wait := time.Duration(sent)*time.Second/voice.Rate - time.Since(start); sent > 0 && wait > 0 {
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return false
}
