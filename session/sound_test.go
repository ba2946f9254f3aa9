package session

import (
	"fmt"
	"testing"
	"time"
)

// ear watches one side's sound: whether the person was told that it is kept,
// during all of an exchange.
type ear struct {
	on, mixed bool
	spoilt    map[TurnNo]bool
}

func (e *ear) saying() { e.mixed = e.mixed || !e.on }

func (e *ear) told(on, said bool) {
	e.on = on
	e.mixed = e.mixed || said && !on
}

func (e *ear) ended(t TurnNo, said bool) {
	if e.spoilt == nil {
		e.spoilt = map[TurnNo]bool{}
	}
	e.spoilt[t] = e.mixed
	e.mixed = said && (e.mixed || !e.on)
}

// mayKeepSound is the rule for sound, written a second time: beside words that
// may be kept, and on a yes to that alone. With voice, of the person too.
func (o *observer) mayKeepSound(voice bool) error {
	need := AudioRecording
	if voice {
		need |= VoiceInput
	}
	switch p := &o.policy; {
	case o.mayKeep() != nil:
		return o.mayKeep()
	case !p.Audio || p.AudioRetention <= 0, voice && !p.Microphone:
		return fmt.Errorf("the tenant does not allow it")
	case !o.granted.Has(need):
		return fmt.Errorf("the person did not say yes to it")
	case (o.opted|o.no|o.refused)&need != 0:
		return fmt.Errorf("the person said no to it")
	}
	return nil
}

// hear holds what must be true of sound that is kept.
func (o *observer) hear(e Effect) error {
	switch e := e.(type) {
	case RecordingIs:
		o.sound.told(e.Sound, o.said)
		o.voice.told(e.Voice, o.said)
		if e.Voice && !e.Sound || e.Sound && !e.On {
			return fmt.Errorf("said to keep sound without words, or a voice without sound")
		}
		for voice, on := range map[bool]bool{false: e.Sound, true: e.Voice} {
			if err := o.mayKeepSound(voice); on && err != nil {
				return fmt.Errorf("said to keep sound (voice: %v): %w", voice, err)
			}
		}
	case Keep:
		g := e.Grant
		if g.Voice() && g.Sound() <= 0 {
			return fmt.Errorf("a voice is kept without sound")
		}
		if g.Sound() <= 0 {
			return nil
		}
		o.soundKept++
		if g.Voice() {
			o.voiceKept++
		}
		if err := o.mayKeepSound(g.Voice()); err != nil {
			return fmt.Errorf("sound kept (voice: %v): %w", g.Voice(), err)
		}
		if o.sound.spoilt[g.Turn()] || g.Voice() && o.voice.spoilt[g.Turn()] {
			return fmt.Errorf("a part of the sound of turn %d is kept", g.Turn())
		}
		if g.Sound() > g.Retention() || g.Sound() > o.policy.AudioRetention {
			return fmt.Errorf("sound is kept for longer than it may be")
		}
	}
	return nil
}

// What is kept of a turn, against a rule written by hand: every combination of
// the policy's switches, of what the person says yes to, and of what they say
// no to later. // R10 R11 R12 R41 R42
func TestSoundEveryCombination(t *testing.T) {
	bit := func(n, i int) bool { return n>>i&1 == 1 }
	set := func(n int) (p Purposes) {
		for i, one := range []Purposes{Transcript, AudioRecording, VoiceInput} {
			if bit(n, i) {
				p |= one
			}
		}
		return p
	}
	n, words, sound, voice := 0, 0, 0, 0
	for switches := range 1 << 6 {
		p := Policy{
			Number: 1, Retention: time.Hour, Transcript: bit(switches, 0), Audio: bit(switches, 1), Microphone: bit(switches, 2),
			Told: bit(switches, 3), Unavailable: bit(switches, 4),
		}
		if bit(switches, 5) {
			p.AudioRetention = 2 * time.Hour
		}
		for yes := range 1 << 3 {
			for no := range 1 << 3 {
				for how := range 4 {
					n++
					l := begin(t, p).told()
					granted := set(yes) & l.s.consent.asked
					if l.s.State() == Consenting {
						l.do(Consented{Granted: granted, Refused: l.s.consent.asked &^ granted})
					}
					said := set(no)
					switch {
					case no == 0:
					case how == 0:
						l.do(OptedOut{Purposes: said})
					case how == 1:
						l.do(Withdrawn{Purposes: said})
					case how == 2:
						l.do(MinorFound{})
						said = Stored
					default: // in the middle of a turn
						l.do(Said{Item: Item{Words: speech("a question")}}, Requested{}, onePart(l.s.reply.turn+1), Withdrawn{Purposes: said})
						l.do(ReplyEnd{Turn: l.s.reply.turn})
						l.kept, l.grants = nil, nil
					}
					l.turn()

					var want Grant
					keeps := p.Transcript && !p.Unavailable && !said.Has(Transcript) &&
						(granted.Has(Transcript) || p.Told)
					if keeps {
						want.retention = time.Hour
						if p.Audio && p.AudioRetention > 0 && granted.Has(AudioRecording) && !said.Has(AudioRecording) {
							want.sound = time.Hour // never longer than the words
							want.voice = p.Microphone && granted.Has(VoiceInput) && !said.Has(VoiceInput)
						}
					}
					var got Grant
					if len(l.grants) > 0 {
						got = l.grants[0]
					}
					if got.retention != want.retention || got.sound != want.sound || got.voice != want.voice {
						t.Fatalf("%+v, yes to %b, no (%d) to %b: kept %v, sound %v, voice %v; want %v, %v, %v",
							p, granted, how, said, got.retention, got.sound, got.voice, want.retention, want.sound, want.voice)
					}
					if l.is.On != keeps || l.is.Sound != (want.sound > 0) || l.is.Voice != want.voice {
						t.Fatalf("%+v, yes to %b, no (%d) to %b: the person is told %+v, and that is not so", p, granted, how, said, l.is)
					}
					if keeps {
						words++
					}
					if want.sound > 0 {
						sound++
					}
					if want.voice {
						voice++
					}
				}
			}
		}
	}
	t.Logf("n = %d combinations: %d keep words, %d sound, %d the person's", n, words, sound, voice)
	if words == 0 || sound == 0 || voice == 0 || sound == words || voice == sound {
		t.Fatal("the combinations prove nothing")
	}
}

// Sound that is agreed to, or allowed again, in the middle of an exchange is
// kept from the next on: a part of an exchange is never kept.
func TestSoundFromTheNextExchange(t *testing.T) {
	p := full
	p.Audio, p.AudioRetention = true, time.Minute
	l := begin(t, p).told().do(Consented{Granted: Transcript | VoiceInput, Refused: AudioRecording}).turn()
	l.do(Said{Item: Item{Words: speech("a question")}}, Requested{}, onePart(l.s.reply.turn+1), Consented{Granted: AudioRecording})
	l.do(ReplyEnd{Turn: l.s.reply.turn}).turn()
	if len(l.grants) != 3 || l.grants[0].Sound() != 0 || l.grants[1].Sound() != 0 || l.grants[2].Sound() != time.Minute || !l.grants[2].Voice() {
		t.Fatalf("%+v", l.grants)
	}
	// The tenant switches it off, and nothing brings it back.
	q := p
	q.Audio = false
	l.do(PolicyChanged{Policy: q}, PolicyChanged{Policy: p}).turn()
	if last := l.grants[3]; last.Sound() != 0 || last.Retention() != time.Hour || l.is.Sound || !l.is.On {
		t.Fatalf("%+v %+v", last, l.is)
	}
}
