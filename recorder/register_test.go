package recorder

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A register has a version for each time it changed, stored with the change
// itself, and none for a change of something else; they go with their tenant.
// R59
func TestRegisterVersions(t *testing.T) {
	ctx := context.Background()
	r := open(t, t.TempDir(), newClock())
	change := func(base uint64, document string) {
		c := Change{Tenant: "acme", Base: base, Source: "file", Document: []byte("{}"), Register: Register{Document: []byte(document), Hash: [32]byte{1, byte(len(document))}}}
		if document == "" {
			c.Register = Register{}
		}
		n, err := r.ChangeTenant(ctx, c)
		require.NoError(t, err)
		require.Equal(t, base+1, n)
	}
	for base, document := range []string{"[]", "[]", "[1]", "", "[1]", "[12]", "[1]"} {
		change(uint64(base), document)
	}
	all, err := r.Registers(ctx, "acme", 0, 10)
	require.NoError(t, err)
	var told []string
	for _, g := range all {
		require.Equal(t, [32]byte{1, byte(len(g.Document))}, g.Hash)
		require.False(t, g.At.IsZero())
		told = append(told, fmt.Sprint(g.Number, " of ", g.Policy, " ", string(g.Document)))
	}
	require.Equal(t, []string{"4 of 7 [1]", "3 of 6 [12]", "2 of 3 [1]", "1 of 1 []"}, told)
	some, err := r.Registers(ctx, "acme", 4, 2)
	require.NoError(t, err)
	require.Equal(t, all[1:3], some)
	none, err := r.Registers(ctx, "beta", 0, 10)
	require.NoError(t, err)
	require.Empty(t, none)

	// A change that is refused makes none.
	_, err = r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 2, Document: []byte("{}"), Register: Register{Document: []byte("[123]"), Hash: [32]byte{9}}})
	require.Error(t, err)
	// Those of before are not put below those that there are.
	require.NoError(t, r.BeginRegister(ctx, "acme", []Register{{Document: []byte("[0]"), Hash: [32]byte{7}}}))
	require.ErrorIs(t, r.BeginRegister(ctx, "beta", nil), ErrUnknown)
	is, err := r.Registers(ctx, "acme", 0, 10)
	require.NoError(t, err)
	require.Equal(t, all, is)

	_, err = r.RemoveTenant(ctx, "acme", admin)
	require.NoError(t, err)
	is, err = r.Registers(ctx, "acme", 0, 10)
	require.NoError(t, err)
	require.Empty(t, is)
}
