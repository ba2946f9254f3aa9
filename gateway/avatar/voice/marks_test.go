package voice

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Marks leave in portions, each before its sound ends, and all of them once;
// also those that are added when later ones of an earlier clause have left.
func TestMarksAreDue(t *testing.T) {
	var m Marks
	for at := 0; at < 1000; at += 10 {
		m.Visemes = append(m.Visemes, Viseme{At: at})
	}
	m.Words = []Word{{At: 5}, {At: 700}}
	told, words, batches := 0, 0, 0
	for ms := 40; ms <= 1500; ms += 40 {
		if ms == 1000 {
			for at := 960; at < 1500; at += 10 {
				m.Visemes = append(m.Visemes, Viseme{At: at})
			}
		}
		vs, ws := m.Due(ms)
		if len(vs) > 0 {
			batches++
			require.LessOrEqual(t, vs[len(vs)-1].At, ms+portion)
		}
		told, words = told+len(vs), words+len(ws)
		require.GreaterOrEqual(t, told, min(100, ms/10), "those that begin in the sound have left")
	}
	require.Less(t, batches, 12)
	vs, ws := m.Due(math.MaxInt)
	require.Equal(t, 154, told+len(vs))
	require.Equal(t, 2, words+len(ws))
	vs, ws = m.Due(math.MaxInt)
	require.Empty(t, vs)
	require.Empty(t, ws)
}
