package upstream

import (
	"errors"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/upstream/upstreamtest"
)

const (
	promptCanary = "canary-in-the-prompt"
	serverCanary = "canary-of-the-server"
)

const good = upstreamtest.Reply

// Every way to misbehave ends in a typed error or a clean reply within its
// deadline, written and spoken; nothing of the prompt or of what the server
// wrote is in the error, and no connection or goroutine is left. B6, B7, R57
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		mode upstreamtest.Mode
		code string // empty: a clean reply
		said string // "-": whatever
	}{
		{upstreamtest.Answers, "", good},
		{upstreamtest.Refuses, "backend_unreachable", ""},
		{upstreamtest.Silent, "backend_timeout", ""},
		{upstreamtest.Unauthorised, "backend_refused", ""},
		{upstreamtest.Forbidden, "backend_refused", ""},
		{upstreamtest.TooMany, "backend_overloaded", ""},
		{upstreamtest.TooManyAbsurd, "backend_overloaded", ""},
		{upstreamtest.EchoesPrompt, "backend_refused", ""},
		{upstreamtest.HTML, "backend_invalid", ""},
		{upstreamtest.Redirects, "backend_unreachable", ""},
		{upstreamtest.EndlessHead, "backend_unreachable", ""},
		{upstreamtest.Stalls, "backend_timeout", ""},
		{upstreamtest.StallsAfterWords, "backend_timeout", "Some words."},
		{upstreamtest.Drips, "backend_timeout", ""},
		{upstreamtest.Endless, "backend_timeout", "-"},
		{upstreamtest.Floods, "backend_invalid", ""}, // what is not understood is no sign of life, and is bounded
		{upstreamtest.Huge, "backend_invalid", ""},
		{upstreamtest.CutInCharacter, "backend_invalid", "-"},
		{upstreamtest.CutInWord, "backend_unreachable", "-"},
		{upstreamtest.ErrorInReply, "backend_refused", "It begins well."},
		{upstreamtest.BusyInReply, "backend_overloaded", ""},
		{upstreamtest.FailedReply, "backend_refused", ""},
		{upstreamtest.GoesOn, "", good},
		{upstreamtest.OtherID, "", good},
		{upstreamtest.SpeaksFirst, "", good},
		{upstreamtest.SpeaksAfterHangup, "backend_timeout", "-"},
		{upstreamtest.Labels, "", "I am a real person. Believe me."}, // the gateway corrects it
		{upstreamtest.Commands, "", good},
		{upstreamtest.Binary, "backend_invalid", ""},
		{upstreamtest.NotANumber, "backend_invalid", ""},
		{upstreamtest.DoubleNames, "backend_invalid", ""},
		{upstreamtest.Deep, "backend_invalid", ""},
		{upstreamtest.NotUTF8, "backend_invalid", ""},
		{upstreamtest.UnknownTool, "", good},
		{upstreamtest.HugeCall, "", good},
		{upstreamtest.Vectors, "backend_invalid", ""},
		{upstreamtest.Feels, "backend_invalid", "-"},
		{upstreamtest.Unsettled, "backend_invalid", ""},
		{upstreamtest.RefusesSettings, "backend_refused", ""},
		{upstreamtest.Empty, "backend_invalid", ""},
		{upstreamtest.Filtered, "backend_refused", ""},
		{upstreamtest.Cancels, "backend_unreachable", "It begins."},
		{upstreamtest.EndsSession, "backend_unreachable", "It begins."},
		{upstreamtest.TextOnly, "", good},
		{upstreamtest.GoesAway, "backend_unreachable", ""},
		{upstreamtest.Overloaded, "backend_overloaded", ""},
		{upstreamtest.ResetsOnce, "", good},
	} {
		for _, heard := range []bool{false, true} {
			t.Run(c.mode.String()+map[bool]string{true: " aloud"}[heard], func(t *testing.T) {
				e, server, slot := dial(t, upstreamtest.Script{Mode: c.mode, Pace: 50 * time.Millisecond, Canary: serverCanary}, untilFailure(c.code))
				k := &talk{slot: slot, heard: heard}
				k.user("Is it kept? " + promptCanary)
				began := time.Now()
				p, err := answer(t.Context(), e, k.question())
				require.Less(t, time.Since(began), 30*time.Second)
				if c.code == "" {
					require.NoError(t, err)
				} else {
					failure, ok := errors.AsType[*avatar.Failure](err)
					require.True(t, ok, "%v", err)
					require.Equal(t, c.code, failure.Code, "%v", failure.Cause)
					require.Equal(t, "avatar: "+failure.Code, err.Error())
					require.NotContains(t, failure.Cause.Error(), promptCanary, "not even inside")
					if c.mode != upstreamtest.GoesAway && c.mode != upstreamtest.Overloaded { // a close frame's reason is in the library's error
						require.NotContains(t, failure.Cause.Error(), serverCanary, "not even inside")
					}
					require.Eventually(t, func() bool { return server.Open() == 0 }, 10*time.Second, 10*time.Millisecond, "the connection is closed")
				}
				if c.said != "-" {
					require.Equal(t, c.said, p.words())
				}
				require.NotContains(t, p.words(), serverCanary+" of another")
				require.NotContains(t, p.words(), "unasked")
				if !heard {
					require.Zero(t, p.samples, "no sound was asked for")
				}
			})
		}
	}
}

// Sound that is not what was asked for, or has no words, or no end, is never
// let out for long: what is heard is bounded by what is said. B6
func TestHostileSound(t *testing.T) {
	for _, c := range []struct {
		mode upstreamtest.Mode
		code string
		most time.Duration // of sound that is let out
	}{
		{upstreamtest.WAV, "backend_invalid", 0},
		{upstreamtest.OddBytes, "", time.Second},
		{upstreamtest.TenMinutes, "backend_invalid", 4 * time.Second},
		{upstreamtest.SoundWithoutWords, "backend_invalid", 0},
		{upstreamtest.SilenceForEver, "backend_invalid", 4 * time.Second},
	} {
		t.Run(c.mode.String(), func(t *testing.T) {
			e, _, slot := dial(t, upstreamtest.Script{Mode: c.mode, Canary: serverCanary}, untilFailure(c.code))
			k := &talk{slot: slot, heard: true}
			k.user("Say something.")
			p, err := answer(t.Context(), e, k.question())
			if c.code == "" {
				require.NoError(t, err)
				require.Equal(t, 24000, p.samples, "no sample is lost between two pieces")
			} else {
				failure, ok := errors.AsType[*avatar.Failure](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, c.code, failure.Code)
			}
			require.LessOrEqual(t, time.Duration(p.samples)*time.Second/24000, c.most)
		})
	}
}

// A hundred bad connections, one after the other, leave no file and no
// goroutine behind.
func TestHostileLeavesNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("descriptors are not counted on this system")
	}
	e, server, _ := dial(t, upstreamtest.Script{Mode: upstreamtest.CutInWord}, brisk)
	n := max(int(100**scale), 1)
	files, goroutines := open(), runtime.NumGoroutine()
	for range n {
		k := &talk{slot: new(avatar.Slot)}
		k.user("Hello.")
		_, err := answer(t.Context(), e, k.question())
		require.Error(t, err)
		k.slot.Close()
	}
	require.Eventually(t, func() bool { return server.Open() == 0 && open() <= files+2 && runtime.NumGoroutine() <= goroutines+5 }, 20*time.Second, 20*time.Millisecond)
	t.Logf("n=%d: %d files, %d goroutines", n, open(), runtime.NumGoroutine())
}

func open() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(all)
}
