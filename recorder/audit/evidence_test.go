package audit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is signed over a folder of evidence opens with the key that signed it,
// and is nothing else that the key signs: no checkpoint is one, and it is no
// checkpoint, whatever the lines are. R65
func TestEvidenceIsNoCheckpoint(t *testing.T) {
	secret, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	by, public, err := OpenKey(secret)
	require.NoError(t, err)
	known, err := ParseKeys(public)
	require.NoError(t, err)
	for _, lines := range []string{"tenant acme\n", "5\nAAAA\n", "1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"} {
		signed, err := SignEvidence(lines, by)
		require.NoError(t, err)
		have, name, err := OpenEvidence(signed, known)
		require.NoError(t, err)
		require.Equal(t, lines, have)
		require.Equal(t, "example.org/audit", name)
		_, err = OpenCheckpoint(signed, known)
		require.Error(t, err)
		_, err = ReadCheckpoints(signed, known)
		require.Error(t, err)
		for i := range signed {
			other := append([]byte{}, signed...)
			other[i] ^= 1
			if got, _, err := OpenEvidence(other, known); err == nil {
				require.Equal(t, lines, got, "byte %d", i)
			}
		}
	}
	checkpoint, err := (Checkpoint{Log: "acme/2026-11", Head: Head{Size: 1}}).sign(by)
	require.NoError(t, err)
	_, _, err = OpenEvidence(checkpoint, known)
	require.ErrorIs(t, err, ErrNotSigned)
	other, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	forger, _, err := OpenKey(other)
	require.NoError(t, err)
	forged, err := SignEvidence("tenant acme\n", forger)
	require.NoError(t, err)
	_, _, err = OpenEvidence(forged, known)
	require.ErrorIs(t, err, ErrNotSigned)
}
