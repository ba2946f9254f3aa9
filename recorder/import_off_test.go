package recorder

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Recording that is switched off while an import runs: no turn follows, and
// what came in before goes again. // R11, R15
func TestImportStopsAtOff(t *testing.T) {
	for name, off := range map[string]func(*Recorder) error{
		"the tenant": func(r *Recorder) error { return r.ForceOff(context.Background(), "umbrella", true, "a test", admin) },
		"everybody":  func(r *Recorder) error { return r.ForceOff(context.Background(), "", true, "a test", admin) },
		"the policy": func(r *Recorder) error {
			_, err := r.ChangeTenant(context.Background(), Change{Tenant: "umbrella", Base: 1, Source: "store", Document: []byte(`{}`), By: admin, Recording: map[string]bool{"mia": false}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			r, c := started(t)
			talked(t, r, 4)
			folder := filepath.Join(t.TempDir(), "export")
			_, err := r.Export(ctx, Query{Tenant: "acme"}, mover, folder, nil)
			require.NoError(t, err)
			other := open(t, t.TempDir(), c)
			allow(t, other, "umbrella", "mia")
			_, err = other.Import(ctx, "umbrella", folder, mover, func(done, _ int) {
				if done == 2 {
					require.NoError(t, off(other))
				}
			})
			require.ErrorIs(t, err, ErrMayNotKeep)
			require.Zero(t, count(t, other, "SELECT count(*) FROM turn"))
			require.Zero(t, count(t, other, "SELECT count(*) FROM conversation"))
		})
	}
}
