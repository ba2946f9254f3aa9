package redact

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTrigger: eight bytes at a time stop where one at a time does.
func TestTrigger(t *testing.T) {
	parts := []string{"a", "at", " at ", "[at]", "(AT)", "_at_", "t", " ", "word", "5", "@", "é", "世", "٣", "ａ", "＠", "\xe0", "\xff", "[", "`at", "@at", "{at", "~at", "z", "arroba", " arroba ", "(arobase)", "chiocciola", " chiocciola", "Klammer", "[Klammeraffe", "apen", " apenstaartje", "ät", " ät", " małpa", "cc", "mm", "Собака", " собака", " שטרודל", "（at", ";", "&commat;", "?", "<"}
	random := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		var b []byte
		for range 1 + random.IntN(12) {
			b = append(b, parts[random.IntN(len(parts))]...)
		}
		want := 0
		for want < len(b) {
			n, hit := triggers(b, want)
			if hit {
				break
			}
			want += n
		}
		require.Equalf(t, want, trigger(b, 0), "%q", b)
	}
}

// TestMaybeNamed: no name of a secret is passed over by what is seen at once.
func TestMaybeNamed(t *testing.T) {
	for _, l := range secretNames {
		for _, between := range []string{"", "_", "-", ".", "1", " ", "_2."} {
			for _, tail := range []string{"", "_", "1", "-2"} {
				n := len(l.end) - 1
				for _, name := range []string{l.end[:n] + between + l.end[n:] + tail, "my_" + l.end + tail, "X" + l.end} {
					w := window{b: []byte("say " + name), last: true}
					w.aim(0)
					if w.namedWhole(len(w.b), 0, len(w.b)-labelReach) != noValue {
						require.True(t, w.maybeNamed(len(w.b), len(w.b)-labelReach), name)
					}
				}
			}
		}
	}
	w := window{b: []byte("say this"), last: true}
	require.False(t, w.maybeNamed(len(w.b), 0))
}
