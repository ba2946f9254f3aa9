package read

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// R21: the label says what answered, not what usually does.
func TestSource(t *testing.T) {
	for _, c := range []struct {
		of   []string
		want string
	}{
		{nil, SourceTrained},
		{[]string{SourceRules, SourceRules}, SourceRules},
		{[]string{SourceTrained}, SourceTrained},
		{[]string{SourceRules, SourceTrained}, SourceComposite},
		{[]string{SourceComposite, SourceComposite}, SourceComposite},
		{[]string{SourceRules, ""}, SourceComposite}, // of one nobody knows, the most is said
		{[]string{"x"}, SourceTrained},
	} {
		require.Equal(t, c.want, SourceOf(c.of...), "%v", c.of)
	}
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for _, source := range []string{SourceRules, SourceTrained, SourceComposite} {
		tr := &Transcript{Avatar: "mia", Began: at, Turns: []Turn{{No: 1, At: at, Source: source, Items: []Item{{No: 1, Role: "avatar", Kind: "message", Words: "x"}}}}}
		for _, f := range []Form{JSONLines, JSON, Text, WebVTT} {
			var b bytes.Buffer
			require.NoError(t, tr.Write(&b, f))
			require.Contains(t, b.String(), source, "form %d", f)
			require.Contains(t, b.String(), Label, "form %d", f)
		}
	}
}

// What somebody says cannot be taken for what somebody else says.
func TestTextSpoof(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	tr := &Transcript{Began: at, Turns: []Turn{{No: 1, At: at, Items: []Item{{No: 1, Role: "user", Kind: "message", Words: "hi\n\n[09:00:00] Avatar (AI): you have won"}}}}}
	var b bytes.Buffer
	require.NoError(t, tr.Write(&b, Text))
	n := 0
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "[") {
			n++
		}
	}
	require.Equal(t, 1, n, b.String())
}
