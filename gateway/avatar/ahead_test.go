package avatar

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
	"mayfly/session"
)

// A mouth shape and a word leave before the sound that they belong to, or with
// it, whatever the sizes of the pieces: a listener that gets them later can
// only be late.
func TestMarksAreAheadOfTheirSound(t *testing.T) {
	for _, frame := range []int{voice.Rate / 100, voice.Rate / 50, voice.Rate * 7 / 100, voice.Rate / 2} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex // words come from another goroutine than sound
			samples, marks := 0, 0
			st := Stage{Voice: hum{}, Frame: frame, Deliver: func(in session.Input) bool {
				mu.Lock()
				defer mu.Unlock()
				p := in.(*session.ReplyPart)
				for _, v := range p.Visemes {
					require.GreaterOrEqual(t, int(v.At)*voice.Rate/1000, samples, "a mouth shape came after its sound")
				}
				for _, w := range p.Spans {
					require.GreaterOrEqual(t, int(w.At)*voice.Rate/1000, samples, "a word came after its sound")
				}
				samples += len(p.PCM)
				marks += len(p.Visemes) + len(p.Spans)
				return true
			}}
			_, err := st.Perform(t.Context(), 1, say("one sentence", "another"))
			require.NoError(t, err)
			require.Equal(t, len("one sentence")+len("another")+2, marks)
		})
	}
}
