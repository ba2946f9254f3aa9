package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// flat finds a text that says that nothing is kept.
var flat = regexp.MustCompile(`(?i)\b(not|nothing|no|never|0 bytes|gone)\b.*\b(recorded|kept|keep|stored|left)\b|\b(recorded|kept|stored|left)\b.*\b(no|not|nothing|gone)\b`)

// elsewhere are texts that speak of something else than what becomes of a
// conversation, with what they speak of.
var elsewhere = map[string]string{"noTraces": "the browser", "withheld": "one turn, and why"}

// Nothing in a catalogue says that nothing is kept, without saying that it
// speaks of this gateway: what others keep is computed, and no page knows it.
// R18 R58
func TestNoFlatPromise(t *testing.T) {
	here := map[string]string{"en": "here", "de": "hier", "fr": "ici", "es": "aquí", "he": "כאן"}
	found := 0
	for key, text := range catalogue(t, "shared/words/en.js") {
		if !flat.MatchString(text) || elsewhere[key] != "" {
			continue
		}
		found++
		for language, word := range here {
			require.Contains(t, strings.ToLower(catalogue(t, "shared/words/"+language+".js")[key]), word, "%s: %s", language, key)
		}
	}
	require.GreaterOrEqual(t, found, 6)
	t.Logf("n=%d texts", found)
}
