package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/admin"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

// Without the master key nobody knows under which pseudonym a person is. That
// is said: "nothing was erased" would be believed, and a hold under the name
// would hold nothing, and keep the name. // R48
func TestSubjectWithoutMasterKey(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	document := []byte(`{}`)
	inFolder(t, folder, func(r *recorder.Recorder) {
		_, err := r.ChangeTenant(ctx, recorder.Change{Tenant: "acme", Source: tenant.SourceStore, Document: document})
		require.NoError(t, err)
		require.NoError(t, r.PreparePseudonyms(ctx, "acme"))
		_, err = adminStore{r}.EraseWhere(ctx, "acme", admin.Query{Subject: "alice"}, admin.Access{})
		require.NoError(t, err)
	})
	require.NoError(t, os.Remove(filepath.Join(folder, "master.key")))
	inFolder(t, folder, func(r *recorder.Recorder) {
		s := adminStore{r}
		who := admin.Access{Actor: session.ID{1}}
		_, err := s.EraseWhere(ctx, "acme", admin.Query{Subject: "alice"}, who)
		require.ErrorIs(t, err, admin.ErrNotReady)
		_, err = s.List(ctx, "acme", admin.Query{Subject: "alice"}, who)
		require.ErrorIs(t, err, admin.ErrNotReady)
		_, err = s.PlaceHold(ctx, "acme", admin.Hold{Kind: "subject", Value: "alice", Reason: "complaint", Case: "1", Review: time.Now().Add(24 * time.Hour), By: who.Actor})
		require.ErrorIs(t, err, admin.ErrNotReady)
		_, err = s.EraseWhere(ctx, "acme", admin.Query{Subject: "sub_0123456789abcdefghijkl"}, who)
		require.NoError(t, err, "by the pseudonym itself it works without the key")
		_, err = s.EraseWhere(ctx, "acme", admin.Query{Avatar: "ada"}, who)
		require.NoError(t, err)
	})
}
