package receipt

import (
	"crypto/ed25519"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// While keys are rotated, every receipt names the key that signed it.
func TestRotatingWhileSigning(t *testing.T) {
	first, _ := ring(t)
	r := NewRotating(first)
	var keys JWKS
	var rings []*Keyring
	var old []ed25519.PublicKey
	for range 20 {
		k, public := ring(t, old...)
		old = append(old, public)
		rings = append(rings, k)
	}
	keys.Keys = append(append(keys.Keys, first.Keys().Keys...), rings[len(rings)-1].Keys().Keys...)
	var all sync.WaitGroup
	signed := make(chan string, 4*60)
	for range 4 {
		all.Go(func() {
			for range 60 {
				jws, err := Sign(sample(), r)
				if err != nil {
					t.Error(err)
					return
				}
				signed <- jws
			}
		})
	}
	for _, k := range rings {
		r.Replace(k)
	}
	all.Wait()
	close(signed)
	n := 0
	for jws := range signed {
		_, err := Verify(jws, keys)
		require.NoError(t, err)
		n++
	}
	require.Equal(t, rings[len(rings)-1].KeyID(), r.KeyID())
	t.Logf("%d receipts signed while the key changed %d times", n, len(rings))
}

// A body and its signature belong together, for one use.
func TestDetached(t *testing.T) {
	k, _ := ring(t)
	body := []byte(`[{"id":"acme/1"}]`)
	jws, err := SignDetached(body, "mayfly-webhook", k)
	require.NoError(t, err)
	require.NoError(t, VerifyDetached(body, jws, "mayfly-webhook", k.Keys()))
	require.ErrorIs(t, VerifyDetached(body, jws, "mayfly-other", k.Keys()), ErrDetached)
	other, _ := ring(t)
	require.ErrorIs(t, VerifyDetached(body, jws, "mayfly-webhook", other.Keys()), ErrUnknownKey)
	for i := range body {
		broken := append([]byte(nil), body...)
		broken[i] ^= 1
		require.Error(t, VerifyDetached(broken, jws, "mayfly-webhook", k.Keys()), "byte %d", i)
	}
	whole, err := Sign(sample(), k)
	require.NoError(t, err)
	for _, bad := range []string{"", "..", "a..b", whole} {
		require.Error(t, VerifyDetached(body, bad, "mayfly-webhook", k.Keys()), bad)
	}
	_, err = Verify(jws, k.Keys())
	require.Error(t, err, "a delivery is no receipt")
}

// A signer that was taken in the hand goes on with its key.
func TestRotatingHolds(t *testing.T) {
	first, _ := ring(t)
	next, _ := ring(t)
	r := NewRotating(first)
	held := r.Now()
	r.Replace(next)
	require.Equal(t, first.KeyID(), held.KeyID())
	require.Equal(t, next.KeyID(), r.Now().KeyID())
	jws, err := Sign(sample(), held)
	require.NoError(t, err)
	_, err = Verify(jws, first.Keys())
	require.NoError(t, err)
}
