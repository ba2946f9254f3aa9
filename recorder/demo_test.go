package recorder

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A key of the demonstration, where anybody on the machine is an admin, opens
// nothing of a tenant that takes its id afterwards. Changes of the
// demonstration itself leave its keys.
func TestKeysOfTheDemonstrationEnd(t *testing.T) {
	ctx := context.Background()
	c := newClock()
	r := open(t, t.TempDir(), c)
	change := func(base uint64, source string) {
		t.Helper()
		_, err := r.ChangeTenant(ctx, Change{Tenant: "demo", Base: base, Source: source, Document: []byte(`{}`), By: admin})
		require.NoError(t, err)
	}
	live := func() (n int) {
		keys, err := r.Keys(ctx, "demo")
		require.NoError(t, err)
		for _, k := range keys {
			if k.Revoked.IsZero() {
				n++
			}
		}
		return n
	}
	change(0, "demo")
	require.NoError(t, r.AddKey(ctx, Key{ID: idNo(1), Tenant: "demo", Hash: [32]byte{1}, Role: "admin"}))
	change(1, "demo")
	require.Equal(t, 1, live())
	change(2, "store")
	require.Zero(t, live())
	require.Len(t, factsOf(t, r, "demo", session.KeyRevoked), 1)
	require.NoError(t, r.AddKey(ctx, Key{ID: idNo(2), Tenant: "demo", Hash: [32]byte{2}, Role: "admin"}))
	change(3, "store")
	require.Equal(t, 1, live())
}
