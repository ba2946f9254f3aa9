package recorder

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// R15 R77 R78: a person has one pseudonym with a tenant, after a restart and under
// a new master key too, and another with every other tenant. So has what is
// hashed in what they say.
func TestPseudonyms(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	r, err := Open(ctx, Options{Folder: folder})
	require.NoError(t, err)
	require.Empty(t, r.Pseudonym("acme", []byte("jane")), "nothing can be made before")
	require.Nil(t, r.Keyer("acme"))
	require.NoError(t, r.PreparePseudonyms(ctx, "acme"))
	require.NoError(t, r.PreparePseudonyms(ctx, "other"))
	jane := r.Pseudonym("acme", []byte("jane"))
	require.Regexp(t, `^sub_[A-Za-z0-9_-]{22}$`, jane)
	require.NotEqual(t, jane, r.Pseudonym("other", []byte("jane")))
	require.NotEqual(t, jane, r.Pseudonym("acme", []byte("june")))
	require.Empty(t, r.Pseudonym("acme", nil))
	token := r.Keyer("acme").Token(redact.Email, []byte("jane@example.com"))
	require.NotEqual(t, token, r.Keyer("other").Token(redact.Email, []byte("jane@example.com")), "another tenant's is another")
	require.NotEqual(t, token, r.Keyer("acme").Token(redact.Phone, []byte("jane@example.com")))
	require.NotEqual(t, token, r.Keyer("acme").Token(redact.Email, []byte("june@example.com")))
	require.NoError(t, r.RotateMaster(ctx, ""))
	require.NoError(t, r.Close())

	r, err = Open(ctx, Options{Folder: folder})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	require.NoError(t, r.PreparePseudonyms(ctx, "acme"))
	require.Equal(t, jane, r.Pseudonym("acme", []byte("jane")))
	require.Equal(t, token, r.Keyer("acme").Token(redact.Email, []byte("jane@example.com")))
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.NoError(t, r.PreparePseudonyms(ctx, "acme"))
	require.Equal(t, jane, r.Pseudonym("acme", []byte("jane")))
}
