package fallback

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
)

// throat is a voice that makes so many pieces of sound of a text, and then
// fails from the how-manieth text on.
type throat struct {
	name  string
	fails int // from this text on; 0: never
	after int // pieces that it still makes then
	asked int
}

func (v *throat) Name() string       { return v.name }
func (v *throat) Speaks(string) bool { return true }
func (v *throat) Neural() bool       { return v.name != "here" }
func (v *throat) Speak(_ context.Context, _ []byte, _ voice.Options, emit func(voice.Chunk) error) error {
	v.asked++
	pieces, broken := 2, v.fails > 0 && v.asked >= v.fails
	if broken {
		pieces = v.after
	}
	for range pieces {
		if err := emit(voice.Chunk{PCM: make([]int16, 480)}); err != nil {
			return err
		}
	}
	if broken {
		return errors.New("gone")
	}
	return nil
}

// What a voice has not begun the next one says; what it has begun nobody says
// again, and the rest is written. A voice that failed is not asked again in
// the turn.
func TestVoices(t *testing.T) {
	for name, c := range map[string]struct {
		first  throat
		spoken []int  // pieces of each of three texts
		lost   int    // the first text that nobody spoke, or not wholly; 0: none
		by     string // who was heard
		second int    // texts that the second was asked for
	}{
		"speaks":               {first: throat{}, spoken: []int{2, 2, 2}, by: "first "},
		"never":                {first: throat{fails: 1}, spoken: []int{2, 2, 2}, by: "here ", second: 3},
		"between two texts":    {first: throat{fails: 2}, spoken: []int{2, 2, 2}, by: "first here ", second: 2},
		"in the middle of one": {first: throat{fails: 2, after: 1}, spoken: []int{2, 1, 0}, lost: 2, by: "first "},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := c.first, throat{name: "here"}
			first.name = "first"
			s := NewServer(Speech, "first", Rules{})
			v := NewVoice(Speaker{&first, s}, Speaker{&second, nil})
			require.True(t, v.Neural())
			by, lost := "", 0
			for i, want := range c.spoken {
				n := 0
				err := v.Speak(t.Context(), []byte("x"), voice.Options{By: func(v voice.Voice) { by += v.Name() + " " }}, func(voice.Chunk) error { n++; return nil })
				require.Equal(t, want, n)
				if err != nil && lost == 0 {
					lost = i + 1
				}
			}
			require.Equal(t, c.lost, lost)
			require.Equal(t, c.by, by, "each is told once, before it is heard")
			require.Equal(t, c.second, second.asked)
			require.Equal(t, c.first.fails == 0, s.Health().Since.IsZero())
		})
	}
}

// A speech server that rests, or may not be sent anything, is left out.
func TestVoiceRests(t *testing.T) {
	s := NewServer(Speech, "first", Rules{})
	first, second := &throat{name: "first", fails: 1}, &throat{name: "here"}
	say := func(o voice.Options) {
		v := NewVoice(Speaker{first, s}, Speaker{second, nil})
		require.NoError(t, v.Speak(t.Context(), []byte("x"), o, func(voice.Chunk) error { return nil }))
	}
	for range 5 {
		say(voice.Options{})
	}
	require.Equal(t, 3, first.asked)
	require.Equal(t, 5, second.asked)
	first.fails = 0
	s.breaker = NewBreaker(Rules{})
	say(voice.Options{Dial: func(int) bool { return false }})
	require.Equal(t, 3, first.asked)
	err := NewVoice(Speaker{first, s}).Speak(t.Context(), []byte("x"), voice.Options{Dial: func(int) bool { return false }}, nil)
	require.ErrorIs(t, err, errNobody)
}

// An emit that fails, and a listener who leaves, say nothing about a voice.
func TestVoiceUnwanted(t *testing.T) {
	s := NewServer(Speech, "first", Rules{Failures: 1})
	full := errors.New("full")
	second := &throat{name: "here"}
	v := NewVoice(Speaker{&throat{name: "first"}, s}, Speaker{second, nil})
	require.Equal(t, full, v.Speak(t.Context(), []byte("x"), voice.Options{}, func(voice.Chunk) error { return full }))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v = NewVoice(Speaker{&throat{name: "first", fails: 1}, s}, Speaker{second, nil})
	require.Error(t, v.Speak(ctx, []byte("x"), voice.Options{}, nil))
	require.Zero(t, second.asked)
	require.Equal(t, Closed, s.Health().State)
}
