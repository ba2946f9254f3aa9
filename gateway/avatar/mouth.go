package avatar

import (
	"context"
	"time"

	"mayfly/gateway/avatar/voice"
	"mayfly/session"
)

// mouth turns lines into sound: the engine's own, or the voice's. Owned by one
// goroutine.
type mouth struct {
	*performance
	sounds  *soundQueue
	base    int    // samples of the item so far
	lost    bool   // the voice failed
	waiting []line // what the engine is to sound, and nothing of it was heard
	heard   bool   // of the engine's own sound
}

// speak goes on until there are no more lines.
func (m *mouth) speak(ctx context.Context, lines <-chan line) {
	for l := range lines {
		switch {
		case ctx.Err() != nil || m.lost && l.pcm == nil:
		case l.pcm != nil:
			m.play(ctx, l.pcm, len(lines) > 0)
		case l.own:
			m.Follow.Expect(l.text, l.at)
			if !m.heard {
				m.waiting = append(m.waiting, l)
				m.sounds.taken()
				continue
			}
		default:
			m.settle(ctx)
			m.voice(ctx, l)
		}
		clear(l.text)
		clear(l.pcm)
		m.sounds.taken()
	}
	m.settle(ctx)
	if m.Follow != nil {
		m.Follow.Forget()
	}
}

// play lets a piece of the engine's own sound out.
func (m *mouth) play(ctx context.Context, pcm []int16, more bool) {
	if !m.heard {
		m.heard = true
		m.drop()
	}
	_ = m.Follow.Hear(pcm, more, func(c voice.Chunk) error { return m.emit(ctx, c, 0, 0) })
}

// settle ends the engine's own sound. What it should have sounded and did not
// is said by the voice, unless something of its sound was heard: nobody is
// told the same twice.
func (m *mouth) settle(ctx context.Context) {
	if m.heard {
		m.heard = false
		_ = m.Follow.Finish(func(c voice.Chunk) error { return m.emit(ctx, c, 0, 0) })
	}
	for _, l := range m.waiting {
		m.voice(ctx, l)
	}
	m.drop()
}

func (m *mouth) drop() {
	for _, l := range m.waiting {
		clear(l.text)
	}
	m.waiting = m.waiting[:0]
}

// voice has the voice say a line.
func (m *mouth) voice(ctx context.Context, l line) {
	if m.lost || ctx.Err() != nil {
		return
	}
	err := errUnwanted // there is no voice
	if m.Voice != nil {
		if m.Follow != nil && m.Options.By != nil { // it speaks in the engine's place
			m.Options.By(m.Voice)
		}
		from := m.base
		err = m.Voice.Speak(ctx, l.text, m.Options, func(c voice.Chunk) error { return m.emit(ctx, c, from, l.at) })
	}
	if err != nil && ctx.Err() == nil {
		m.lost = true
		if m.VoiceLost != nil {
			m.VoiceLost()
		}
	}
}

// emit queues a piece of sound. Its times count from a sample of the item, its
// words from a byte; a negative one: they are not on the screen.
func (m *mouth) emit(ctx context.Context, c voice.Chunk, from, at int) error {
	if m.timing.FirstSpeech.IsZero() {
		m.timing.FirstSpeech = time.Now()
	}
	m.base += len(c.PCM)
	ms := uint32(from * 1000 / voice.Rate)
	return m.sounds.put(ctx, func(s *sound) {
		s.pcm = append(s.pcm, c.PCM...)
		for _, v := range c.Visemes {
			s.visemes = append(s.visemes, session.Viseme{At: ms + uint32(v.At), Shape: uint8(v.Shape), Weight: uint8(min(max(v.Weight, 0), 1) * 255)})
		}
		for _, w := range c.Words {
			if at < 0 {
				break
			}
			s.spans = append(s.spans, session.Span{At: ms + uint32(w.At), Length: uint32(w.Length), Start: uint32(at + w.Start), End: uint32(at + w.End)})
		}
	})
}
