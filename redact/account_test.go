package redact

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// An address that is spelled out is found before an account, too: the country
// of that is no part of the domain. R78
func TestAddressBeforeAccount(t *testing.T) {
	t.Parallel()
	r, err := New(Options{})
	require.NoError(t, err)
	for text, want := range map[string]string{
		"é at example dot org . DE89 3704 0044 0532 0130 00":        "[email] . [iban]",
		"anna at example dot org . DE89 3704 0044 0532 0130 00":     "[email] . [iban]",
		"anna at example dot org. DE89 3704 0044 0532 0130 00":      "[email]. [iban]",
		"anna at example dot org dot DE89 3704 0044 0532 0130 00":   "[email] dot [iban]",
		"anna at example dot org . DE89370400440532013000":          "[email] . [iban]",
		"anna at mail dot example dot org . GB82WEST12345698765432": "[email] . [iban]",
	} {
		once := string(r.Append(nil, []byte(text)))
		require.Equal(t, want, once, text)
		require.Equal(t, once, string(r.Append(nil, []byte(once))), "twice changes nothing")
	}
}
