package avatar

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
	"mayfly/session"
)

// own says a sentence that the engine sounds itself; piece is 100 ms of it.
func own(words string) Sentence {
	return Sentence{Words: session.NewSpeech([]byte(words)), Sounded: true}
}

func piece() Sentence {
	pcm := make([]int16, voice.Rate/10)
	for i := range pcm {
		pcm[i] = int16(6000 * (i % 50) / 50)
	}
	return Sentence{Sound: pcm}
}

func pieces(n int) (all []Sentence) {
	for range n {
		all = append(all, piece())
	}
	return all
}

// telling says all of it in order.
func telling(all ...Sentence) func(func(Sentence) error) error {
	return func(tell func(Sentence) error) error {
		for _, s := range all {
			if err := tell(s); err != nil {
				return err
			}
		}
		return nil
	}
}

func (a *audience) heard() time.Duration {
	n := 0
	for _, p := range a.pieces {
		n += p
	}
	return time.Duration(n) * time.Second / voice.Rate
}

// An engine that speaks itself is heard at its pace, with a mouth and words.
func TestOwnSound(t *testing.T) {
	a := new(audience)
	all := []Sentence{own("Good morning to you."), own("How are you today?")}
	for range 30 {
		all = append(all, piece())
	}
	timing, err := perform(t, Stage{Voice: hum{}, Follow: voice.NewFollower(nil, voice.Options{Language: "en"})}, a, telling(all...))
	require.NoError(t, err)
	require.Equal(t, "Good morning to you. How are you today?", a.words)
	require.InDelta(t, 3*time.Second, a.heard(), float64(80*time.Millisecond), "its own sound and nothing else")
	require.NotEmpty(t, a.shapes)
	var words []string
	for _, s := range a.spans {
		words = append(words, a.words[s.Start:s.End])
	}
	require.Equal(t, []string{"Good", "morning", "to", "you", "How", "are", "you", "today"}, words)
	require.False(t, timing.FirstSound.IsZero())
}

// A sentence that somebody changed ends the engine's own sound: what is heard
// from there on is the avatar's voice, and nothing of the engine's. R23
func TestOwnSoundEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []Sentence
		hums int // bytes that the voice says
		own  int // pieces of the engine's sound that are heard
	}{
		{"before any sound", append([]Sentence{own("One."), {Words: session.NewSpeech([]byte("Changed."))}, own("Three.")}, pieces(20)...), 4 + 8 + 6, 0},
		{"after some sound", append([]Sentence{own("One."), piece(), piece(), {Words: session.NewSpeech([]byte("Changed."))}, own("Three.")}, pieces(20)...), 8 + 6, 2},
		{"no sound at all", []Sentence{own("One."), own("Two.")}, 8, 0},
		{"sound without words", []Sentence{piece(), piece()}, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := new(audience)
			_, err := perform(t, Stage{Voice: hum{}, Follow: voice.NewFollower(nil, voice.Options{Language: "en"})}, a, telling(c.all...))
			require.NoError(t, err)
			require.InDelta(t, time.Duration(c.hums)*20*time.Millisecond+time.Duration(c.own)*100*time.Millisecond, a.heard(), float64(100*time.Millisecond))
		})
	}
}

// Where the avatar has no voice either, the rest is written, and it is said
// that the voice is lost.
func TestOwnSoundAndNoVoice(t *testing.T) {
	a := new(audience)
	lost := 0
	st := Stage{Follow: voice.NewFollower(nil, voice.Options{Language: "en"}), VoiceLost: func() { lost++ }}
	_, err := perform(t, st, a, telling(own("One."), piece(), Sentence{Words: session.NewSpeech([]byte("Changed."))}, own("Three."), piece()))
	require.NoError(t, err)
	require.Equal(t, "One. Changed. Three.", a.words)
	require.InDelta(t, 100*time.Millisecond, a.heard(), float64(60*time.Millisecond))
	require.Equal(t, 1, lost)
}

// Sound is not heard where only writing was asked for, or from an engine that
// is not known to speak.
func TestOwnSoundUnasked(t *testing.T) {
	for _, st := range []Stage{{}, {Voice: hum{}}} {
		a := new(audience)
		_, err := perform(t, st, a, telling(own("One."), piece(), piece()))
		require.NoError(t, err)
		require.Equal(t, "One.", a.words)
		want := time.Duration(0)
		if st.Voice != nil {
			want = 80 * time.Millisecond
		}
		require.Equal(t, want, a.heard())
	}
}

type closer struct{ n *int }

func (c closer) Close() error { *c.n++; return nil }

// What an engine keeps in a slot ends with the slot.
func TestSlot(t *testing.T) {
	n := 0
	s := new(Slot)
	require.Nil(t, s.Take("a"))
	s.Put("a", closer{&n})
	require.NotNil(t, s.Take("a"))
	require.Nil(t, s.Take("a"), "it is one turn's alone")
	s.Put("a", closer{&n})
	s.Put("a", closer{&n})
	require.Equal(t, 1, n, "the former one")
	s.Empty()
	require.Equal(t, 2, n)
	s.Put("b", closer{&n})
	s.Close()
	s.Close()
	require.Equal(t, 3, n)
	s.Put("c", closer{&n})
	require.Equal(t, 4, n, "too late")
	(*Slot)(nil).Put("d", closer{&n})
	require.Equal(t, 5, n)
	require.Nil(t, (*Slot)(nil).Take("d"))
}
