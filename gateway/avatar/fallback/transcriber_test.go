package fallback

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// ears is a transcriber whose every utterance ends as it was told to.
type ears struct {
	asked int
	err   error
	ended func()    // before that; nil: at once
	heard [][]int16 // by utterance
	alive int       // utterances that were not dropped
}

func (e *ears) Label() avatar.Label { return avatar.Label{System: "ears"} }
func (e *ears) Hear(_ context.Context, h avatar.Hearing) avatar.Utterance {
	e.asked++
	e.alive++
	e.heard = append(e.heard, nil)
	return &listening{ears: e, may: h.May}
}

type listening struct {
	*ears
	may     func() bool
	dropped bool
}

func (h *listening) Write(pcm []int16) error {
	h.heard[len(h.heard)-1] = append(h.heard[len(h.heard)-1], pcm...)
	return nil
}

func (h *listening) Drop() {
	if !h.dropped {
		h.dropped = true
		h.alive--
	}
}

func (h *listening) End(context.Context) (session.Speech, error) {
	if h.ended != nil {
		h.ended()
	}
	switch {
	case !h.may():
		return session.Speech{}, &avatar.Failure{Code: avatar.NotAllowed}
	case h.err != nil:
		return session.Speech{}, h.err
	}
	return session.NewSpeech([]byte("words")), nil
}

// What one transcriber does not write down the next one hears, all of it and
// from memory; nobody else is sent what somebody has understood or refused.
func TestHearers(t *testing.T) {
	broken := func(code string) error { return &avatar.Failure{Code: code} }
	for name, c := range map[string]struct {
		first  error
		forbid []int // places that may not be sent anything
		code   string
		asked  int // of the second
	}{
		"it hears":              {},
		"nobody listens":        {first: broken(avatar.Unreachable), asked: 1},
		"it is slow":            {first: broken(avatar.TimedOut), asked: 1},
		"it writes nonsense":    {first: broken(avatar.Invalid), asked: 1},
		"it lets nobody in":     {first: &avatar.Failure{Code: avatar.Refused, Shut: true}, asked: 1},
		"it refuses the words":  {first: broken(avatar.Refused), code: avatar.Refused},
		"it is forbidden":       {forbid: []int{0}, asked: 1},
		"the other is":          {first: broken(avatar.TimedOut), forbid: []int{1}, code: avatar.TimedOut, asked: 1},
		"both are":              {forbid: []int{0, 1}, code: avatar.NotAllowed, asked: 1},
		"the person has left":   {first: context.Canceled, code: "left"},
		"it is a fault of ours": {first: errors.New("oops"), code: "left"},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := &ears{err: c.first}, &ears{}
			servers := []*Server{NewServer(Transcription, "first", Rules{}), NewServer(Transcription, "second", Rules{})}
			tr := NewTranscriber(Hearer{first, servers[0]}, Hearer{second, servers[1]})
			u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Dial: func(i int) bool { return !slices.Contains(c.forbid, i) }})
			var all []int16
			for i := range int16(7) {
				all = append(all, i, -i, 7)
				require.NoError(t, u.Write([]int16{i, -i, 7}))
			}
			kept := u.(*utterance).sound
			words, err := u.End(t.Context())
			switch f, ok := errors.AsType[*avatar.Failure](err); {
			case c.code == "left":
				require.Equal(t, c.first, err)
			case c.code != "":
				require.True(t, ok)
				require.Equal(t, c.code, f.Code)
			default:
				require.NoError(t, err)
				require.Equal(t, 5, words.Len())
			}
			require.Equal(t, all, first.heard[0])
			require.Equal(t, c.asked, second.asked)
			if c.asked > 0 {
				require.Equal(t, all, second.heard[0], "the whole of it, in order")
			}
			require.Equal(t, make([]int16, len(kept)), kept, "the sound is forgotten")
			require.Zero(t, first.alive+second.alive)
			require.Error(t, u.Write([]int16{1}))
			fails := c.asked > 0 && !slices.Contains(c.forbid, 0)
			require.Equal(t, fails, !servers[0].Health().Since.IsZero(), "who leaves, or is refused, says nothing about it")
			require.True(t, servers[1].Health().Since.IsZero())
		})
	}
}

// What is given up goes to nobody else, and one utterance is bounded.
func TestHearersStop(t *testing.T) {
	first, second := &ears{err: &avatar.Failure{Code: avatar.TimedOut}}, &ears{}
	tr := NewTranscriber(Hearer{first, NewServer(Transcription, "first", Rules{})}, Hearer{second, NewServer(Transcription, "second", Rules{})})
	u := tr.Hear(t.Context(), avatar.Hearing{})
	first.ended = u.Drop
	_, err := u.End(t.Context())
	require.Error(t, err)
	require.Zero(t, second.asked, "nobody waits for it any more")
	require.Zero(t, first.alive)

	first.ended = nil
	u = tr.Hear(t.Context(), avatar.Hearing{})
	require.NoError(t, u.Write(make([]int16, avatar.MaxUtterance)))
	require.Error(t, u.Write(make([]int16, 1)))
	u.Drop()
	_, err = u.End(t.Context())
	require.ErrorIs(t, err, context.Canceled)
}

// A transcriber that rests is sent no sound: the next one hears from the
// beginning, and where there is none the utterance fails at once with the code.
func TestHearerRests(t *testing.T) {
	first, second := &ears{err: &avatar.Failure{Code: avatar.TimedOut}}, &ears{}
	s := NewServer(Transcription, "first", Rules{})
	both := NewTranscriber(Hearer{first, s}, Hearer{second, NewServer(Transcription, "second", Rules{})})
	for range 5 {
		u := both.Hear(t.Context(), avatar.Hearing{})
		require.NoError(t, u.Write(make([]int16, 160)))
		_, err := u.End(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 3, first.asked)
	require.Equal(t, 5, second.asked)
	u := NewTranscriber(Hearer{first, s}).Hear(t.Context(), avatar.Hearing{})
	require.NoError(t, u.Write(make([]int16, 160)))
	_, err := u.End(t.Context())
	f, _ := errors.AsType[*avatar.Failure](err)
	require.Equal(t, avatar.TimedOut, f.Code)
	require.Equal(t, 3, first.asked)

	first.err = context.Canceled
	s.breaker = NewBreaker(Rules{})
	for range 5 {
		_, err := NewTranscriber(Hearer{first, s}).Hear(t.Context(), avatar.Hearing{}).End(t.Context())
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, 8, first.asked, "who leaves says nothing about it")
}

// A trial whose utterance is dropped, or whose session ends, does not keep the
// next one away.
func TestTrialDropped(t *testing.T) {
	e := &ears{err: &avatar.Failure{Code: avatar.TimedOut}}
	g := NewTranscriber(Hearer{e, NewServer(Transcription, "ears", Rules{Failures: 1, Rest: 1})})
	_, err := g.Hear(t.Context(), avatar.Hearing{}).End(t.Context())
	require.Error(t, err)
	g.Hear(t.Context(), avatar.Hearing{}).Drop()
	ctx, cancel := context.WithCancel(t.Context())
	g.Hear(ctx, avatar.Hearing{})
	cancel()
	require.Eventually(t, func() bool {
		u := g.Hear(t.Context(), avatar.Hearing{})
		defer u.Drop()
		return u.(*utterance).now != nil
	}, 30*time.Second, time.Millisecond)
	require.GreaterOrEqual(t, e.asked, 4)
}

// A connection that ends while somebody begins to speak ends the utterance, and
// nothing else: it holds no sound, and its server is free for the next.
func TestHearersOfALostConnection(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	const n = 2000
	server := NewServer(Transcription, "first", Rules{})
	for range n {
		first := &ears{}
		u := NewTranscriber(Hearer{first, server}, Hearer{&ears{}, nil}).Hear(ctx, avatar.Hearing{}).(*utterance)
		for over := false; !over; runtime.Gosched() {
			u.mu.Lock()
			over = u.dropped
			u.mu.Unlock()
		}
		u.mu.Lock()
		require.True(t, u.request == nil || u.request.over, "the server waits for nobody")
		require.Zero(t, first.alive)
		u.mu.Unlock()
		require.Error(t, u.Write([]int16{1}))
		u.Drop()
	}
	t.Logf("n = %d utterances", n)
}
