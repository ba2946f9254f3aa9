package recorder

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// likeness is a file of a permission.
func likeness(until time.Time) Likeness {
	return Likeness{Tenant: "acme", Permission: "p-17", Kind: "evidence", Name: "signed.pdf", Until: until}
}

// needlesOf are the bytes by which a stored likeness would be known in a file:
// what is sealed, and its wrapped key.
func needlesOf(tb testing.TB, r *Recorder) (out [][]byte) {
	tb.Helper()
	rows, err := r.store.DB().Query("SELECT key, sealed FROM likeness")
	require.NoError(tb, err)
	type row struct{ key, sealed []byte }
	stored, err := all(rows, err, func(o *row, scan func(...any) error) error { return scan(&o.key, &o.sealed) })
	require.NoError(tb, err)
	for _, o := range stored {
		var wrapped []byte
		require.NoError(tb, r.store.Keys().QueryRow("SELECT wrapped FROM session_key WHERE id = $1", o.key).Scan(&wrapped))
		out = append(out, wrapped, o.sealed[:64])
	}
	return out
}

// What belongs to a permission is sealed, served while the permission lasts,
// and at its end no file holds a byte of it, nor its key; however it ends. // R37
func TestLikenessGoesWithItsPermission(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(*testing.T, *Recorder, *clock){
		"expiry": func(t *testing.T, r *Recorder, c *clock) {
			c.move(48 * time.Hour)
			l, data, err := r.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
			require.ErrorIs(t, err, ErrUnknown, "%+v", l)
			require.Empty(t, data, "not even before it is swept")
			rep, err := r.Sweep(ctx)
			require.NoError(t, err)
			require.Equal(t, 1, rep.Likenesses)
		},
		"the permission is taken out": func(t *testing.T, r *Recorder, c *clock) {
			_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{}`), By: admin})
			require.NoError(t, err)
			_, _, err = r.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
			require.ErrorIs(t, err, ErrUnknown)
			_, err = r.Sweep(ctx)
			require.NoError(t, err)
		},
		"shortened": func(t *testing.T, r *Recorder, c *clock) {
			_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{}`), By: admin,
				Permissions: map[string]time.Time{"p-17": c.now().Add(time.Hour)}})
			require.NoError(t, err)
			_, _, err = r.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
			require.NoError(t, err)
			c.move(time.Hour)
			_, err = r.Sweep(ctx)
			require.NoError(t, err)
		},
		"destroyed": func(t *testing.T, r *Recorder, _ *clock) {
			n, err := r.DestroyLikeness(ctx, "acme", "p-17", admin)
			require.NoError(t, err)
			require.Equal(t, 1, n)
		},
		"the tenant ends": func(t *testing.T, r *Recorder, _ *clock) {
			_, err := r.RemoveTenant(ctx, "acme", admin)
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := started(t)
			plain := bytes.Repeat([]byte("the face of a person "), 5000)
			require.NoError(t, r.PutLikeness(ctx, likeness(c.now().Add(24*time.Hour)), plain, admin))
			require.False(t, inFiles(rawFiles(t, r), plain[:64]), "it is sealed")
			l, data, err := r.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
			require.NoError(t, err)
			require.Equal(t, plain, data)
			require.Equal(t, "signed.pdf", l.Name)
			require.Equal(t, []session.FactKind{session.LikenessRead, session.LikenessStored}, kinds(t, r, "acme")[:2])
			needles := needlesOf(t, r)
			require.Len(t, needles, 2)
			for _, needle := range needles {
				require.True(t, inFiles(rawFiles(t, r), needle), "the search must find what is there")
			}
			end(t, r, c)
			require.Empty(t, whereLeft(t, r, needles))
			_, _, err = r.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
			require.ErrorIs(t, err, ErrUnknown)
			if name != "the tenant ends" {
				require.Equal(t, session.LikenessDestroyed, factsOf(t, r, "acme", session.LikenessDestroyed)[0].Kind)
			}
		})
	}
}

// What replaces another takes its place and destroys its key; a permission that
// is renewed keeps what belongs to it, past the month that it was to end in.
func TestLikenessIsReplacedAndRenewed(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	end := c.now().Add(24 * time.Hour)
	require.NoError(t, r.PutLikeness(ctx, likeness(end), bytes.Repeat([]byte("old"), 100), admin))
	old := needlesOf(t, r)
	require.NoError(t, r.PutLikeness(ctx, likeness(end), bytes.Repeat([]byte("new"), 100), admin))
	require.Empty(t, whereLeft(t, r, old))
	_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{}`), By: admin, Permissions: map[string]time.Time{"p-17": end.AddDate(0, 3, 0)}})
	require.NoError(t, err)
	c.move(70 * 24 * time.Hour)
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	_, data, err := r.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte("new"), 100), data)
	all, err := r.Likenesses(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, all, 1)

	for _, bad := range []Likeness{{}, {Tenant: "acme", Permission: "p", Kind: "face", Until: end}, likeness(c.now())} {
		require.ErrorIs(t, r.PutLikeness(ctx, bad, []byte("x"), admin), ErrInvalid)
	}
	require.ErrorIs(t, r.PutLikeness(ctx, likeness(end), nil, admin), ErrInvalid)
	nobody := likeness(c.now().Add(time.Hour))
	nobody.Tenant = "nobody"
	require.ErrorIs(t, r.PutLikeness(ctx, nobody, []byte("x"), admin), ErrUnknown)
}

// What was destroyed after a backup was made does not come back from it. // R37 R82
func TestLikenessStaysDestroyed(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	require.NoError(t, r.PutLikeness(ctx, likeness(c.now().Add(24*time.Hour)), bytes.Repeat([]byte("a face"), 100), admin))
	needles := needlesOf(t, r)
	folder := filepath.Join(t.TempDir(), "backup")
	_, err := r.Backup(ctx, folder)
	require.NoError(t, err)
	c.move(time.Minute)
	_, err = r.DestroyLikeness(ctx, "acme", "p-17", admin)
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "data")
	_, err = Restore(ctx, RestoreOptions{From: folder, To: to, Tombstones: r.store.Folder(), MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
	require.NoError(t, err)
	back := open(t, to, c)
	require.Empty(t, whereLeft(t, back, needles))
	_, _, err = back.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
	require.ErrorIs(t, err, ErrUnknown)
}

// What has ended is not there again because its permission was renewed before
// the sweep came to it. // R37
func TestLikenessStaysEnded(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	end := c.now().Add(24 * time.Hour)
	require.NoError(t, r.PutLikeness(ctx, likeness(end), bytes.Repeat([]byte("a face"), 100), admin))
	needles := needlesOf(t, r)
	c.move(25 * time.Hour)
	_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{}`), By: admin, Permissions: map[string]time.Time{"p-17": end.AddDate(1, 0, 0)}})
	require.NoError(t, err)
	_, _, err = r.ReadLikeness(ctx, "acme", "p-17", "evidence", admin)
	require.ErrorIs(t, err, ErrUnknown)
	rep, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Likenesses)
	require.Empty(t, whereLeft(t, r, needles))
}
