package redact

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTrigger: eight bytes at a time stop where one at a time does.
func TestTrigger(t *testing.T) {
	parts := []string{"a", "at", " at ", "[at]", "(AT)", "_at_", "t", " ", "word", "5", "@", "é", "世", "٣", "ａ", "＠", "\xe0", "\xff", "[", "`at", "@at", "{at", "~at", "z"}
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
