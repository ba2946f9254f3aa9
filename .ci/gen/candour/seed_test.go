package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/candour"
)

// The seeds are rich enough in every language, and none contradicts another.
func TestSeeds(t *testing.T) {
	require.NoError(t, os.Chdir("../../.."))
	for _, l := range candour.Locales() {
		all, err := load(l)
		require.NoError(t, err)
		texts := map[string]bool{}
		frames := map[int]bool{}
		var asked, others int
		for _, s := range all {
			if s.noise {
				continue
			}
			frames[s.frame] = true
			before, seen := texts[s.text]
			if seen {
				require.Equal(t, before, s.ask, "%s: %q is both", l, s.text)
				continue
			}
			texts[s.text] = s.ask
			if s.ask {
				asked++
			} else {
				others++
			}
		}
		t.Logf("%s: %d questions and %d near misses of %d frames", l, asked, others, len(frames))
		require.GreaterOrEqual(t, asked, 400)
		require.GreaterOrEqual(t, others, 600)
	}
}
