package redact

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// R79: a Stream keeps no words that have left, but the few that its
// recognisers look back at, and none once it is closed.
func TestStreamForgets(t *testing.T) {
	r, err := New(Options{})
	require.NoError(t, err)
	s := r.Stream()
	seen := map[*byte][]byte{} // every buffer that it had
	var out []byte
	for range 300 {
		out = s.Append(out, []byte("Jane said so. Call +46 8 928 571 38 or jane@exa"))
		out = s.Append(out, []byte("mple.com, she said. "+strings.Repeat("And more! ", 40)))
		all := s.b[:cap(s.b)]
		seen[&all[0]] = all
		require.LessOrEqual(t, s.emitted, contextBytes)
		require.Zero(t, len(bytes.Trim(all[len(s.b):], "\x00")))
	}
	out = s.Close(out)
	require.NotContains(t, string(out), "@")
	for _, b := range seen {
		require.Zero(t, len(bytes.Trim(b, "\x00")))
	}
}
