package seal

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// What is sealed opens in its own place, under its own key, unchanged; in every
// other case it is damaged and nothing comes out.
func TestSealedForOnePlace(t *testing.T) {
	place := Place{Turn, "acme", session.ID{1}, 7}
	key := newKey("acme", session.ID{1}, 202611)
	sealed := key.Seal(place, []byte("words"))
	plain, err := key.Unseal(place, sealed)
	require.NoError(t, err)
	require.Equal(t, "words", string(plain))
	require.NotEqual(t, sealed, key.Seal(place, []byte("words")), "a nonce is used twice")

	for _, other := range []Place{
		{Correction, "acme", session.ID{1}, 7},
		{Turn, "acmf", session.ID{1}, 7},
		{Turn, "acm", session.ID{'e', 1}, 7},
		{Turn, "acme", session.ID{2}, 7},
		{Turn, "acme", session.ID{1}, 8},
		{},
	} {
		_, err := key.Unseal(other, sealed)
		require.ErrorIs(t, err, ErrDamaged, "%v", other)
	}
	_, err = newKey("acme", session.ID{1}, 202611).Unseal(place, sealed)
	require.ErrorIs(t, err, ErrDamaged)
	for bit := range 8 * len(sealed) {
		sealed[bit/8] ^= 1 << (bit % 8)
		_, err := key.Unseal(place, sealed)
		require.ErrorIs(t, err, ErrDamaged, "bit %d", bit)
		sealed[bit/8] ^= 1 << (bit % 8)
	}
	for n := range sealed {
		_, err := key.Unseal(place, sealed[:n])
		require.ErrorIs(t, err, ErrDamaged, "%d bytes", n)
	}
}

// An epoch is the month, in UTC, in which what it protects ends.
func TestEpoch(t *testing.T) {
	for at, want := range map[string]int{"2026-11-30T23:59:59Z": 202611, "2026-11-30T23:59:59-01:00": 202612, "2026-12-31T23:00:00-02:00": 202701} {
		u, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		require.Equal(t, want, EpochOf(u), at)
	}
}

// A master key is a file of its owner's, made once; it wraps for one purpose.
func TestMaster(t *testing.T) {
	file := filepath.Join(t.TempDir(), "master.key")
	_, err := LoadMaster(file)
	require.ErrorIs(t, err, ErrNoMaster)
	made, err := MakeMaster(file)
	require.NoError(t, err)
	_, err = MakeMaster(file)
	require.Error(t, err, "a master key is overwritten")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	w, err := LoadMaster(file)
	require.NoError(t, err)
	require.Equal(t, made.ID(), w.ID())
	wrapped, err := made.Wrap([]byte("a key"), []byte("one"))
	require.NoError(t, err)
	plain, err := w.Unwrap(wrapped, []byte("one"))
	require.NoError(t, err)
	require.Equal(t, "a key", string(plain))
	_, err = w.Unwrap(wrapped, []byte("another"))
	require.Error(t, err)

	require.NoError(t, os.Chmod(file, 0o400), "as systemd gives a credential")
	_, err = LoadMaster(file)
	require.NoError(t, err)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		require.NoError(t, os.Chmod(file, mode))
		_, err = LoadMaster(file)
		require.ErrorIs(t, err, ErrOpenMaster)
	}
}
