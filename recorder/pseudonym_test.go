package recorder

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// R15 R77: a person has one pseudonym with a tenant, after a restart and under
// a new master key too, and another with every other tenant.
func TestPseudonyms(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	r, err := Open(ctx, Options{Folder: folder})
	require.NoError(t, err)
	require.Empty(t, r.Pseudonym("acme", []byte("jane")), "nothing can be made before")
	require.NoError(t, r.PreparePseudonyms(ctx, "acme"))
	require.NoError(t, r.PreparePseudonyms(ctx, "other"))
	jane := r.Pseudonym("acme", []byte("jane"))
	require.Regexp(t, `^sub_[A-Za-z0-9_-]{22}$`, jane)
	require.NotEqual(t, jane, r.Pseudonym("other", []byte("jane")))
	require.NotEqual(t, jane, r.Pseudonym("acme", []byte("june")))
	require.Empty(t, r.Pseudonym("acme", nil))
	require.NoError(t, r.RotateMaster(ctx, ""))
	require.NoError(t, r.Close())

	r, err = Open(ctx, Options{Folder: folder})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	require.NoError(t, r.PreparePseudonyms(ctx, "acme"))
	require.Equal(t, jane, r.Pseudonym("acme", []byte("jane")))
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.NoError(t, r.PreparePseudonyms(ctx, "acme"))
	require.Equal(t, jane, r.Pseudonym("acme", []byte("jane")))
}
