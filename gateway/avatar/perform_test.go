package avatar

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
	"mayfly/session"
)

// hum speaks 20 ms for every byte, at once, and fails at a byte "!".
type hum struct{ slow time.Duration }

func (hum) Name() string       { return "hum" }
func (hum) Speaks(string) bool { return true }
func (hum) Neural() bool       { return false }
func (h hum) Speak(ctx context.Context, text []byte, _ voice.Options, emit func(voice.Chunk) error) error {
	time.Sleep(h.slow)
	for i, b := range text {
		if b == '!' {
			return errors.New("the voice is broken")
		}
		c := voice.Chunk{PCM: make([]int16, voice.Rate/50), Visemes: []voice.Viseme{{At: 20 * i, Shape: voice.AA, Weight: 1}}}
		if i == 0 {
			c.Words = []voice.Word{{At: 0, Length: 20 * len(text), Start: 0, End: len(text)}}
		}
		if err := emit(c); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// audience keeps what was delivered, and when.
type audience struct {
	mu     sync.Mutex
	start  time.Time
	words  string
	sound  []time.Duration // when each piece came
	pieces []int           // samples of each
	shapes []session.Viseme
	spans  []session.Span
	leave  int // after so many pieces of sound; zero: never
}

func (a *audience) take(in session.Input) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := in.(*session.ReplyPart)
	a.words += string(p.Words.AppendTo(nil))
	a.shapes = append(a.shapes, p.Visemes...)
	a.spans = append(a.spans, p.Spans...)
	if len(p.PCM) > 0 {
		a.sound = append(a.sound, time.Since(a.start))
		a.pieces = append(a.pieces, len(p.PCM))
	}
	return a.leave == 0 || len(a.sound) < a.leave
}

func say(sentences ...string) func(func(Sentence) error) error {
	return func(tell func(Sentence) error) error {
		for _, s := range sentences {
			if err := tell(Sentence{Words: session.NewSpeech([]byte(s))}); err != nil {
				return err
			}
		}
		return nil
	}
}

// perform runs a stage in a bubble of time, which also fails if a goroutine is
// left behind.
func perform(t *testing.T, st Stage, a *audience, answer func(func(Sentence) error) error) (Timing, error) {
	t.Helper()
	a.start = time.Now()
	st.Deliver = a.take
	return st.Perform(t.Context(), 1, answer)
}

// Words leave at once; sound leaves at the pace at which it is heard, never
// further ahead than the lead, and the turn is over when it was heard. // R2
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{}
		timing, err := perform(t, Stage{Voice: hum{}, Lead: 100 * time.Millisecond, Frame: 480}, a, say(strings.Repeat("a", 25), strings.Repeat("b", 25)))
		require.NoError(t, err)
		require.Equal(t, 51, len(a.words))
		require.Equal(t, 50, len(a.sound))
		for i, at := range a.sound {
			heard := time.Duration(i+1) * 20 * time.Millisecond
			require.LessOrEqual(t, heard-at, 100*time.Millisecond, "piece %d runs ahead", i)
			require.GreaterOrEqual(t, heard-at, min(heard, 80*time.Millisecond)-time.Microsecond, "piece %d is late", i)
		}
		require.Equal(t, time.Second, timing.Done.Sub(a.start))
		require.Zero(t, timing.FirstSound.Sub(a.start))
	})
}

// The second sentence's marks are counted from the first sample of the item
// and its words from the first byte.
func TestMarksOfALaterSentence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{}
		_, err := perform(t, Stage{Voice: hum{}}, a, say("abc", "de"))
		require.NoError(t, err)
		require.Equal(t, "abc de", a.words)
		require.Equal(t, []session.Span{{At: 0, Length: 60, Start: 0, End: 3}, {At: 60, Length: 40, Start: 4, End: 6}}, a.spans)
		require.EqualValues(t, 80, a.shapes[4].At)
		require.EqualValues(t, 255, a.shapes[4].Weight)
	})
}

// While a sentence is heard the next is spoken: a voice that needs half a
// second for each leaves no gap.
func TestSentencesOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{}
		_, err := perform(t, Stage{Voice: hum{slow: 500 * time.Millisecond}, Frame: 480}, a, say(strings.Repeat("a", 50), strings.Repeat("b", 50)))
		require.NoError(t, err)
		for i := 1; i < len(a.sound); i++ {
			require.LessOrEqual(t, a.sound[i]-a.sound[i-1], 21*time.Millisecond, "a gap before piece %d", i)
		}
	})
}

// Whole frames leave, the last one filled with silence.
func TestWholeFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{}
		_, err := perform(t, Stage{Voice: hum{}, Frame: 960}, a, say("abc"))
		require.NoError(t, err)
		require.Equal(t, []int{960, 960}, a.pieces)
	})
}

// A voice that fails is told of once, and the rest is written.
func TestVoiceLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, lost := &audience{}, 0
		_, err := perform(t, Stage{Voice: hum{}, Frame: 480, VoiceLost: func() { lost++ }}, a, say("ab", "c!d", "ef"))
		require.NoError(t, err)
		require.Equal(t, "ab c!d ef", a.words)
		require.Equal(t, 1, lost)
		require.Len(t, a.sound, 3)
	})
}

// Nobody listens any more: everything stops, at once and without an error.
func TestUnwanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{leave: 3}
		asked := 0
		_, err := perform(t, Stage{Voice: hum{}, Frame: 480}, a, func(tell func(Sentence) error) error {
			for {
				asked++
				if err := tell(Sentence{Words: session.NewSpeech([]byte("more"))}); err != nil {
					return err
				}
			}
		})
		require.NoError(t, err)
		require.Len(t, a.sound, 3)
		require.Less(t, asked, 200, "an engine that never ends is held back")
	})
}

// A context that ends stops the turn within a frame.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a := &audience{start: time.Now()}
		time.AfterFunc(time.Second, cancel)
		st := Stage{Voice: hum{}, Frame: 480, Lead: 20 * time.Millisecond, Deliver: a.take}
		_, err := st.Perform(ctx, 1, say(strings.Repeat("a", 500)))
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(a.start))
		require.LessOrEqual(t, a.sound[len(a.sound)-1], time.Second)
	})
}

// An engine's failure comes back, after what it said was heard.
func TestEngineFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{}
		want := &Failure{Code: "backend_timeout"}
		_, err := perform(t, Stage{Voice: hum{}, Frame: 480}, a, func(tell func(Sentence) error) error {
			_ = tell(Sentence{Words: session.NewSpeech([]byte("abc"))})
			return want
		})
		require.ErrorIs(t, err, want)
		require.Len(t, a.sound, 3)
	})
}

// What is said aloud instead of the words has no marks in them.
func TestAloud(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{}
		_, err := perform(t, Stage{Voice: hum{}, Frame: 480}, a, func(tell func(Sentence) error) error {
			return tell(Sentence{Words: session.NewSpeech([]byte("geschrieben")), Aloud: session.NewSpeech([]byte("said"))})
		})
		require.NoError(t, err)
		require.Equal(t, "geschrieben", a.words)
		require.Len(t, a.sound, 4)
		require.Empty(t, a.spans)
		require.Len(t, a.shapes, 4)
	})
}

// Written, a turn is no slower than its engine.
func TestWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &audience{}
		timing, err := perform(t, Stage{}, a, say("One.", "Two."))
		require.NoError(t, err)
		require.Equal(t, "One. Two.", a.words)
		require.True(t, timing.FirstSound.IsZero())
		require.Zero(t, time.Since(a.start))
	})
}
