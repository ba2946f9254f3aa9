package upstream

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/egress"
	"mayfly/session"
)

var _ avatar.Transcriber = (*Transcriber)(nil)

// ear starts a server and returns a transcriber that reaches it the way the
// gateway does. Everything is closed, and looked for, in the end.
func ear(t testing.TB, script upstreamtest.Script, limits Limits) (*Transcriber, *upstreamtest.Server) {
	before := goleak.IgnoreCurrent()
	server, err := upstreamtest.Start(script)
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: server.URL(), Local: true}}})
	require.NoError(t, err)
	socket, err := out.Socket("b")
	require.NoError(t, err)
	t.Cleanup(func() {
		server.Close()
		goleak.VerifyNone(t, before)
	})
	return NewTranscriber(TranscriberOptions{Socket: socket, URL: server.URL(), Model: "scripted", Writer: "writer", Provider: "Example", Limits: limits}), server
}

// tone is so many samples that are not silent.
func tone(samples int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(i%64*200 - 6400)
	}
	return pcm
}

func text(s session.Speech) string { return string(s.AppendTo(nil)) }

// A server is told to write down what it is sent, to detect no turns and to
// keep no trace; the sound comes while somebody speaks; it is committed when
// they have ended; nobody asks for an answer; the connection ends with the
// words. R57
func TestHears(t *testing.T) {
	tr, server := ear(t, upstreamtest.Script{}, patient)
	require.Equal(t, avatar.Label{Source: avatar.Trained, Provider: "Example", System: "writer"}, tr.Label())
	var guesses []string
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "de-AT", Partial: func(s session.Speech) { guesses = append(guesses, text(s)) }})
	time.Sleep(20 * time.Millisecond)
	require.Zero(t, server.Accepted(), "nobody has spoken")
	require.NoError(t, u.Write(tone(8000)))
	require.Eventually(t, func() bool {
		if s := server.Sessions(); len(s) == 1 {
			pcm, _ := s[0].Sound()
			return len(pcm) > 20000 // of 24,000
		}
		return false
	}, 10*time.Second, time.Millisecond, "it is sent while somebody speaks")
	x := server.Sessions()[0]
	require.Empty(t, x.Events("input_audio_buffer.commit"))
	require.NoError(t, u.Write(tone(8000)))
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.Equal(t, upstreamtest.Transcribed, text(words))
	require.Equal(t, []string{"Where", "Where is", "Where is the", upstreamtest.Transcribed}, guesses)
	pcm, _ := x.Sound()
	require.InDelta(t, 48000, len(pcm), 200, "a second, at the rate that was announced")
	require.Len(t, x.Events("input_audio_buffer.commit"), 1)
	for _, e := range x.Events("") { // whatever leaves is on this list
		delete(e, "event_id")
		switch e["type"] {
		case "session.update":
			require.Len(t, e, 2)
		case "input_audio_buffer.append":
			require.Len(t, e, 2)
			require.NotEmpty(t, e["audio"])
		case "input_audio_buffer.commit":
			require.Len(t, e, 1)
		default:
			t.Errorf("%v leaves", e)
		}
	}
	settings := x.Events("session.update")
	require.Len(t, settings, 1)
	require.Equal(t, map[string]any{
		"type": "realtime", "output_modalities": []any{"text"}, "tracing": nil,
		"audio": map[string]any{"input": map[string]any{
			"format": map[string]any{"type": "audio/pcm", "rate": 24000.0}, "turn_detection": nil,
			"transcription": map[string]any{"model": "writer", "language": "de"},
		}},
	}, settings[0]["session"])
	require.Eventually(t, func() bool { return server.Open() == 0 }, 10*time.Second, time.Millisecond)
	require.Error(t, u.Write(tone(1)))
}

// Another Mayfly gives its notice before it listens: it is sent no sound until
// then, and all of it afterwards.
func TestHearsAfterTheNotice(t *testing.T) {
	tr, server := ear(t, upstreamtest.Script{Notice: 300 * time.Millisecond}, patient)
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en"})
	began := time.Now()
	require.NoError(t, u.Write(tone(16000)))
	require.Eventually(t, func() bool {
		return len(server.Sessions()) == 1 && len(server.Sessions()[0].Events("session.update")) == 1
	}, 10*time.Second, time.Millisecond)
	x := server.Sessions()[0]
	require.Eventually(t, func() bool { return len(x.Events("input_audio_buffer.append")) > 0 }, 10*time.Second, time.Millisecond)
	require.GreaterOrEqual(t, time.Since(began), 300*time.Millisecond)
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.Equal(t, upstreamtest.Transcribed, text(words))
	pcm, _ := x.Sound()
	require.InDelta(t, 48000, len(pcm), 200)
}

// Each way of misbehaving ends in words that the server really wrote of this
// utterance, or in a typed error without anything of what it said. B6, B7, R35
func TestHostileEars(t *testing.T) {
	for mode, code := range map[upstreamtest.Mode]string{
		upstreamtest.Answers: "", upstreamtest.Refuses: avatar.Unreachable, upstreamtest.Silent: avatar.TimedOut,
		upstreamtest.Unauthorised: avatar.Refused, upstreamtest.Forbidden: avatar.Refused, upstreamtest.TooMany: avatar.Overloaded,
		upstreamtest.TooManyAbsurd: avatar.Overloaded, upstreamtest.HTML: avatar.Invalid, upstreamtest.Redirects: avatar.Unreachable,
		upstreamtest.EndlessHead: avatar.Unreachable, upstreamtest.Stalls: avatar.TimedOut, upstreamtest.StallsAfterWords: avatar.TimedOut,
		upstreamtest.Drips: avatar.TimedOut, upstreamtest.Endless: avatar.Invalid, upstreamtest.Floods: avatar.Invalid, upstreamtest.Huge: avatar.Invalid,
		upstreamtest.CutInCharacter: avatar.Invalid, upstreamtest.CutInWord: avatar.Unreachable, upstreamtest.ErrorInReply: avatar.Refused,
		upstreamtest.BusyInReply: avatar.Overloaded, upstreamtest.FailedReply: avatar.Invalid, upstreamtest.GoesOn: "", upstreamtest.OtherID: "",
		upstreamtest.SpeaksFirst: "", upstreamtest.Labels: "", upstreamtest.Commands: "", upstreamtest.Binary: avatar.Invalid,
		upstreamtest.NotANumber: avatar.Invalid, upstreamtest.DoubleNames: avatar.Invalid, upstreamtest.Deep: avatar.Invalid, upstreamtest.NotUTF8: avatar.Invalid,
		upstreamtest.Vectors: avatar.Invalid, upstreamtest.Feels: avatar.Invalid, upstreamtest.Unsettled: avatar.TimedOut,
		upstreamtest.RefusesSettings: avatar.Refused, upstreamtest.Empty: "", upstreamtest.EndsSession: avatar.Refused,
		upstreamtest.GoesAway: avatar.Unreachable, upstreamtest.Overloaded: avatar.Overloaded,
	} {
		t.Run(mode.String(), func(t *testing.T) {
			limits := untilFailure(code)
			tr, server := ear(t, upstreamtest.Script{Mode: mode, Canary: serverCanary, Pace: 300 * time.Millisecond}, limits)
			var told []string
			u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(s session.Speech) { told = append(told, text(s)) }})
			require.NoError(t, u.Write(tone(16000)))
			words, err := u.End(t.Context())
			if code != "" {
				f, ok := errors.AsType[*avatar.Failure](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, code, f.Code)
				require.NotContains(t, err.Error(), serverCanary)
				require.Zero(t, words.Len())
			} else {
				require.NoError(t, err)
				require.Equal(t, map[bool]string{false: upstreamtest.Transcribed, true: ""}[mode == upstreamtest.Empty], text(words))
			}
			for _, g := range told {
				require.NotContains(t, g, serverCanary)
			}
			counts := tr.Counts()
			require.Equal(t, mode == upstreamtest.Vectors || mode == upstreamtest.Feels, counts.Dropped == 1)
			if mode == upstreamtest.Commands {
				require.GreaterOrEqual(t, counts.Ignored, uint64(5))
			}
			require.Eventually(t, func() bool { return server.Open() == 0 }, 20*time.Second, time.Millisecond)
			for _, x := range server.Sessions() {
				require.Empty(t, x.Events("response.create"))
			}
		})
	}
}

// Who is given up is heard no more: the connection ends at once, whatever it
// waits for, and the sound is cleared. Nothing leaves that may not. R3 R41
func TestEarsStop(t *testing.T) {
	for name, script := range map[string]upstreamtest.Script{
		"while it connects":     {Mode: upstreamtest.Silent},
		"before it is settled":  {Mode: upstreamtest.Unsettled},
		"while somebody speaks": {},
	} {
		t.Run(name, func(t *testing.T) {
			tr, server := ear(t, script, patient)
			u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en"})
			require.NoError(t, u.Write(tone(16000)))
			require.Eventually(t, func() bool { return server.Accepted() == 1 }, 10*time.Second, time.Millisecond)
			own := u.(*utterance)
			own.mu.Lock()
			kept := own.sound
			own.mu.Unlock()
			u.Drop()
			require.Eventually(t, func() bool { return server.Open() == 0 }, 10*time.Second, time.Millisecond)
			for _, s := range kept {
				require.Zero(t, s)
			}
			require.Error(t, u.Write(tone(1)))
			_, _, last, err := own.take()
			require.ErrorIs(t, err, context.Canceled, "who is about to send finds nothing")
			require.False(t, last, "what was sent so far would be written down")
			_, err = u.End(t.Context())
			require.ErrorIs(t, err, context.Canceled)
			for _, x := range server.Sessions() {
				require.Empty(t, x.Events("input_audio_buffer.commit"))
			}
		})
	}
	t.Run("while it writes", func(t *testing.T) {
		tr, server := ear(t, upstreamtest.Script{Mode: upstreamtest.StallsAfterWords}, patient)
		heard := make(chan struct{}, 1)
		u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(session.Speech) { heard <- struct{}{} }})
		require.NoError(t, u.Write(tone(16000)))
		done := make(chan error, 1)
		go func() { _, err := u.End(t.Context()); done <- err }()
		<-heard
		u.Drop()
		require.ErrorIs(t, <-done, context.Canceled)
		require.Eventually(t, func() bool { return server.Open() == 0 }, 10*time.Second, time.Millisecond)
	})
	t.Run("may not", func(t *testing.T) {
		tr, server := ear(t, upstreamtest.Script{}, patient)
		u := tr.Hear(t.Context(), avatar.Hearing{Dial: func(int) bool { return false }})
		require.NoError(t, u.Write(tone(16000)))
		_, err := u.End(t.Context())
		f, _ := errors.AsType[*avatar.Failure](err)
		require.NotNil(t, f)
		require.Equal(t, avatar.NotAllowed, f.Code)
		require.Zero(t, server.Accepted())
	})
	t.Run("too short", func(t *testing.T) {
		tr, server := ear(t, upstreamtest.Script{}, patient)
		u := tr.Hear(t.Context(), avatar.Hearing{})
		require.NoError(t, u.Write(tone(800)))
		words, err := u.End(t.Context())
		require.NoError(t, err)
		require.Zero(t, words.Len())
		require.Empty(t, server.Sessions()[0].Events("input_audio_buffer.commit"))
	})
}
