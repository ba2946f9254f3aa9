package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/audit"
	"mayfly/recorder/store"
	"mayfly/session"
)

// sealedOf is what is stored of some sessions: what a raw search looks for.
func sealedOf(tb testing.TB, r *Recorder, ids ...session.ID) (needles [][]byte) {
	tb.Helper()
	for _, id := range ids {
		rows, err := r.store.DB().Query("SELECT sealed FROM turn WHERE session = $1", id[:])
		found, err := all(rows, err, func(b *[]byte, scan func(...any) error) error { return scan(b) })
		require.NoError(tb, err)
		require.NotEmpty(tb, found)
		needles = append(needles, found...)
		rows, err = r.store.Keys().Query("SELECT wrapped FROM session_key WHERE session = $1", id[:])
		found, err = all(rows, err, func(b *[]byte, scan func(...any) error) error { return scan(b) })
		require.NoError(tb, err)
		require.NotEmpty(tb, found)
		needles = append(needles, found...)
	}
	return needles
}

func readable(tb testing.TB, r *Recorder, n int) bool {
	tb.Helper()
	var out bytes.Buffer
	err := r.Read(context.Background(), "acme", idNo(n), access("quality"), Text, &out)
	if err != nil {
		require.ErrorIs(tb, err, ErrUnknown)
	}
	return err == nil
}

// Nothing that was erased or has expired after a backup comes back from it:
// not when it is asked for, and not as bytes. What was not, does.
func TestRestoreForgets(t *testing.T) { // R82
	ctx := context.Background()
	for _, way := range []string{"tombstones", "folder"} {
		t.Run(way, func(t *testing.T) {
			r, c := started(t)
			for i := 1; i <= 7; i++ {
				retention := 200 * day
				if i == 6 {
					retention = day
				}
				talk, of := newTalker(t, retention), conversation(i)
				of.Subject = "p" + string(rune('0'+i))
				require.NoError(t, keep(r, of, talk.say("canary question", "canary answer")))
				require.NoError(t, keep(r, of, talk.say("more", "and more")))
			}
			key := Key{ID: session.ID{9}, Tenant: "acme", Hash: [32]byte{1}, Role: "admin", Made: c.now(), Expires: c.now().Add(300 * day)}
			require.NoError(t, r.AddKey(ctx, key))
			key.ID, key.Hash = session.ID{8}, [32]byte{2}
			require.NoError(t, r.AddKey(ctx, key))
			gone := sealedOf(t, r, idNo(1), idNo(2), idNo(6), idNo(7))
			backup := filepath.Join(t.TempDir(), "backup")
			rep, err := r.Backup(ctx, backup)
			require.NoError(t, err)
			require.Equal(t, 7, rep.Sessions)
			require.Equal(t, 14, rep.Turns)
			require.EqualValues(t, 7, rep.Keys)
			require.NoFileExists(t, filepath.Join(backup, "master.key"))
			require.Len(t, factsOf(t, r, "", session.BackedUp), 1)

			c.move(2 * day)
			_, err = r.Erase(ctx, "acme", idNo(1), Access{Self: true})
			require.NoError(t, err)
			_, err = r.EraseWhere(ctx, Query{Tenant: "acme", Subject: "p2"}, access("rights"))
			require.NoError(t, err)
			require.NoError(t, r.EraseItem(ctx, "acme", idNo(3), 2, Access{Self: true}))
			require.NoError(t, r.RevokeKey(ctx, "acme", key.ID, admin))
			_, err = r.Sweep(ctx)
			require.NoError(t, err)
			require.NoError(t, keep(r, conversation(9), newTalker(t, month).say("too late", "for the backup")))
			// The last one goes after the keys were copied and before the rest is.
			o := RestoreOptions{From: backup, To: filepath.Join(t.TempDir(), "data"), MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now}
			_, err = r.Erase(ctx, "acme", idNo(7), access("rights"))
			require.NoError(t, err)
			switch way {
			case "tombstones":
				var file bytes.Buffer
				require.NoError(t, r.Tombstones(ctx, &file))
				require.NotContains(t, file.String(), "canary")
				o.Tombstones = filepath.Join(t.TempDir(), "tombstones.jsonl")
				require.NoError(t, os.WriteFile(o.Tombstones, file.Bytes(), 0o600))
			case "folder":
				o.Tombstones = r.store.Folder()
			}
			c.move(time.Hour)
			rep, err = Restore(ctx, o)
			require.NoError(t, err)
			require.Equal(t, 3, rep.Sessions)
			require.NotEmpty(t, rep.Unreached)
			require.NoDirExists(t, o.To+".restoring")

			back, err := Open(ctx, Options{Folder: o.To, MasterKey: o.MasterKey, Now: c.now})
			require.NoError(t, err)
			defer back.Close()
			require.NoError(t, back.Ready())
			for n, want := range map[int]bool{1: false, 2: false, 3: true, 4: true, 5: true, 6: false, 7: false, 9: false} {
				require.Equal(t, want, readable(t, back, n), "session %d", n)
			}
			require.NotContains(t, text(t, back, idNo(3), Text), "canary", "the turn that lost an item")
			require.Contains(t, text(t, back, idNo(3), Text), "and more")
			for i, needle := range gone {
				require.False(t, inFiles(rawFiles(t, back), needle), "needle %d of %d came back", i, len(gone))
			}
			for _, needle := range sealedOf(t, back, idNo(4)) {
				require.True(t, inFiles(rawFiles(t, back), needle), "the search must find what is there")
			}
			keys, err := back.Keys(ctx, "acme")
			require.NoError(t, err)
			for _, k := range keys {
				require.Equal(t, k.ID == session.ID{8}, !k.Revoked.IsZero(), "a key that was revoked stays so")
			}
			off, _, err := back.Off(ctx)
			require.NoError(t, err)
			require.True(t, off, "recording waits until somebody has looked")
			for _, tenant := range []string{"acme", ""} {
				gap := factsOf(t, back, tenant, session.Restored)
				require.Len(t, gap, 1)
				require.EqualValues(t, (2*day+time.Hour)/time.Second, gap[0].Count)
				require.NotZero(t, gap[0].Hash)
			}
			var export bytes.Buffer
			require.NoError(t, back.ExportAudit(ctx, "acme", publisher(t, c), func(audit.Checkpoint, []byte) {}, &export))
			_, err = audit.Verify(&export, nil, nil)
			require.NoError(t, err)

			// A backup of what was restored knows it all too.
			again := filepath.Join(t.TempDir(), "again")
			_, err = back.Backup(ctx, again)
			require.NoError(t, err)
			require.NotZero(t, count(t, back, "SELECT count(*) FROM tombstone WHERE session = $1", idSlice(1)))
		})
	}
}

func idSlice(n int) []byte { id := idNo(n); return id[:] }

// Nobody knows what was erased since: then no transcript comes back at all.
func TestRestoreWithoutTombstones(t *testing.T) { // R82
	ctx := context.Background()
	r, c := started(t)
	spoken(t, r, 3, month)
	require.NoError(t, r.AddKey(ctx, Key{ID: session.ID{9}, Tenant: "acme", Role: "admin", Made: c.now(), Expires: c.now().Add(month)}))
	gone := sealedOf(t, r, idNo(1), idNo(2), idNo(3))
	backup := filepath.Join(t.TempDir(), "backup")
	_, err := r.Backup(ctx, backup)
	require.NoError(t, err)
	_, err = r.Erase(ctx, "acme", idNo(1), Access{Self: true})
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "data")
	rep, err := Restore(ctx, RestoreOptions{From: backup, To: to, Now: c.now})
	require.NoError(t, err)
	require.Equal(t, 3, rep.Removed)
	require.Zero(t, rep.Turns)
	back := open(t, to, c)
	require.ErrorContains(t, back.Ready(), "master key", "it has to be put there, and is not made anew")
	tenants, err := back.Tenants(ctx)
	require.NoError(t, err)
	require.Len(t, tenants, 1)
	for _, needle := range gone {
		require.False(t, inFiles(rawFiles(t, back), needle))
	}
	keys, err := back.Keys(ctx, "acme")
	require.NoError(t, err)
	require.False(t, keys[0].Revoked.IsZero())
}

// The end of a tenant is not taken back, and nothing of another's goes with it.
func TestRestoreForgetsATenant(t *testing.T) { // R16, R82
	ctx := context.Background()
	r, c := started(t)
	allow(t, r, "other", "mia")
	spoken(t, r, 2, month)
	of := conversation(3)
	of.Tenant = "other"
	require.NoError(t, keep(r, of, newTalker(t, month).say("q", "a")))
	gone := sealedOf(t, r, idNo(1), idNo(2))
	backup := filepath.Join(t.TempDir(), "backup")
	_, err := r.Backup(ctx, backup)
	require.NoError(t, err)
	_, err = r.RemoveTenant(ctx, "acme", admin)
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "data")
	rep, err := Restore(ctx, RestoreOptions{From: backup, To: to, Tombstones: r.store.Folder(), MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
	require.NoError(t, err)
	require.Equal(t, 2, rep.Removed)
	back := open(t, to, c)
	_, err = back.Tenant(ctx, "acme")
	require.ErrorIs(t, err, ErrUnknown)
	_, err = back.Tenant(ctx, "other")
	require.NoError(t, err)
	require.Equal(t, 1, count(t, back, "SELECT count(*) FROM turn"))
	require.Equal(t, 1, keysLeft(t, back))
	for _, needle := range gone {
		require.False(t, inFiles(rawFiles(t, back), needle))
	}
}

// A backup that is made while turns are stored and erased is of one moment,
// sound, and opens.
func TestBackupWhileRunning(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	stop := make(chan struct{})
	var all, under sync.WaitGroup
	under.Add(4)
	for i := range 4 {
		talk := newTalker(t, month)
		all.Go(func() {
			begun := sync.OnceFunc(under.Done)
			defer begun()
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id := 100*i + n%20
				c.move(time.Millisecond) // what is stored after an erasure is younger
				if err := keep(r, conversation(id), talk.say("q", "a")); err != nil {
					t.Error(err)
					return
				}
				if n%7 == 0 {
					_, _ = r.Erase(ctx, "acme", idNo(id), Access{Self: true})
					continue
				}
				begun() // one turn at least is there from now on
			}
		})
	}
	under.Wait()
	n := max(int(3**scale), 1)
	for range n {
		time.Sleep(100 * time.Millisecond)
		backup := filepath.Join(t.TempDir(), "backup")
		rep, err := r.Backup(ctx, backup)
		require.NoError(t, err)
		require.NotZero(t, rep.Turns)
		var file bytes.Buffer
		require.NoError(t, r.Tombstones(ctx, &file))
		stones := filepath.Join(t.TempDir(), "tombstones")
		require.NoError(t, os.WriteFile(stones, file.Bytes(), 0o600))
		to := filepath.Join(t.TempDir(), "data")
		_, err = Restore(ctx, RestoreOptions{From: backup, To: to, Tombstones: stones, MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
		require.NoError(t, err)
		back, err := Open(ctx, Options{Folder: to, MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
		require.NoError(t, err)
		kept, err := back.List(ctx, Query{Tenant: "acme"}, Access{})
		require.NoError(t, err)
		require.NotEmpty(t, kept)
		for _, k := range kept {
			var out bytes.Buffer
			require.NoError(t, back.Read(ctx, "acme", k.Session, access("quality"), Text, &out))
		}
		t.Logf("%d turns in the backup, %d sessions read after it was restored", rep.Turns, len(kept))
		require.NoError(t, back.Close())
	}
	close(stop)
	all.Wait()
}

// What cannot be restored is refused, with what to do, and nothing is left.
func TestRestoreRefused(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	spoken(t, r, 1, month)
	backup := filepath.Join(t.TempDir(), "backup")
	_, err := r.Backup(ctx, backup)
	require.NoError(t, err)
	_, err = r.Backup(ctx, backup)
	require.ErrorIs(t, err, ErrNotEmpty)

	change := func(t *testing.T, name string, with func([]byte) []byte) string {
		copied := t.TempDir()
		require.NoError(t, os.CopyFS(copied, os.DirFS(backup)))
		path := filepath.Join(copied, name)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		b = with(b)
		require.NoError(t, os.Remove(path))
		if b != nil {
			require.NoError(t, os.WriteFile(path, b, 0o600))
		}
		return copied
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	remove := func([]byte) []byte { return nil }
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "x"), nil, 0o600))
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "tombstones")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	var file bytes.Buffer
	require.NoError(t, r.Tombstones(ctx, &file))
	good := file.String()
	c.move(-time.Minute)
	file.Reset()
	require.NoError(t, r.Tombstones(ctx, &file))
	early := file.String()
	c.move(time.Minute)

	for name, o := range map[string]struct {
		RestoreOptions
		err  error
		text string
	}{
		"not empty":         {RestoreOptions{To: full}, ErrNotEmpty, full},
		"no manifest":       {RestoreOptions{From: change(t, "manifest.json", remove)}, ErrNoBackup, "manifest.json"},
		"manifest changed":  {RestoreOptions{From: change(t, "manifest.json", func(b []byte) []byte { return b[1:] })}, ErrBadBackup, "another one"},
		"data flipped":      {RestoreOptions{From: change(t, "mayfly.db", flip)}, ErrBadBackup, "mayfly.db"},
		"data cut":          {RestoreOptions{From: change(t, "mayfly.db", cut)}, ErrBadBackup, "mayfly.db"},
		"keys flipped":      {RestoreOptions{From: change(t, "keys/keys.db", flip)}, ErrBadBackup, "keys.db"},
		"no keys":           {RestoreOptions{From: change(t, "keys/keys.db", remove)}, nil, "say where its keys are"},
		"no tombstones":     {RestoreOptions{Tombstones: filepath.Join(full, "none")}, os.ErrNotExist, "none"},
		"tombstones cut":    {RestoreOptions{Tombstones: write(good[:len(good)-1])}, ErrBadStones, "mayfly tombstones"},
		"tombstones edited": {RestoreOptions{Tombstones: write("x" + good)}, ErrBadStones, ""},
		"tombstones empty":  {RestoreOptions{Tombstones: write("")}, ErrBadStones, ""},
		"tombstones early":  {RestoreOptions{Tombstones: write(early)}, ErrBadStones, "before the backup was made"},
		"too old":           {RestoreOptions{Now: func() time.Time { return c.now().Add(tombstoneKept + time.Hour) }}, ErrTooOld, "younger one"},
	} {
		if o.From == "" {
			o.From = backup
		}
		if o.To == "" {
			o.To = filepath.Join(t.TempDir(), "data")
		}
		if o.Now == nil {
			o.Now = c.now
		}
		_, err := Restore(ctx, o.RestoreOptions)
		require.Error(t, err, name)
		if o.err != nil {
			require.ErrorIs(t, err, o.err, name)
		}
		require.ErrorContains(t, err, o.text, name)
		if name != "not empty" {
			require.NoDirExists(t, o.To, name)
		}
		require.NoDirExists(t, o.To+".restoring", name)
	}
	require.FileExists(t, filepath.Join(full, "x"))
}

// A database that a newer program wrote is refused with what is needed.
func TestRestoreNewer(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	_, err := r.store.DB().Exec("SELECT 1")
	require.NoError(t, err)
	require.NoError(t, r.store.Idle(ctx, func(w *sql.DB) error {
		_, err := w.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		return err
	}))
	backup := filepath.Join(t.TempDir(), "backup")
	_, err = r.Backup(ctx, backup)
	require.NoError(t, err)
	to := filepath.Join(t.TempDir(), "data")
	_, err = Restore(ctx, RestoreOptions{From: backup, To: to, Now: c.now})
	var newer store.ErrNewer
	require.ErrorAs(t, err, &newer)
	require.NoDirExists(t, to)
}
