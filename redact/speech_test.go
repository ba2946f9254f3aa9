package redact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
	"mayfly/session"
)

// R79: words stay words that do not print, and those that were given are
// left to whoever forgets them.
func TestSpeech(t *testing.T) {
	said := session.NewSpeech([]byte("Write to jane@example.com"))
	got := newRedactor(t, redact.Options{}).Speech(said)
	require.Equal(t, "Write to [email]", string(got.AppendTo(nil)))
	require.Equal(t, "speech(16)", got.String())
	require.Equal(t, "Write to jane@example.com", string(said.AppendTo(nil)))
	said.Forget()
	require.Equal(t, 16, got.Len())
	require.Zero(t, newRedactor(t, redact.Options{}).Speech(said).Len())
}
