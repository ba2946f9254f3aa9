package recorder

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/export"
	"mayfly/redact"
	"mayfly/session"
)

// signed is a signature that a test can read.
func signed(manifest []byte) (string, error) { return "signed:" + string(manifest), nil }

// heardSome is a recorder that keeps sound, with three turns of it, and may
// export it.
func heardSome(tb testing.TB) (*Recorder, *clock) {
	tb.Helper()
	r, c, talk := heard(tb, month, 10*day)
	r.sign = signed
	require.NoError(tb, keep(r, conversation(1), sounded(tb, talk, 1, 70_000)))
	require.NoError(tb, keep(r, conversation(1), talk.say("in writing", "only")))
	require.NoError(tb, keep(r, conversation(1), sounded(tb, talk, 2, 500)))
	_, _, other := heard(tb, month, 20*day)
	require.NoError(tb, keep(r, conversation(2), sounded(tb, other, 3, 500)))
	return r, c
}

// Sound that is exported and imported elsewhere is the same, byte for byte, and
// ends when it would have ended. What is signed of it says what it is. // R17 R21
func TestSoundRoundTrip(t *testing.T) {
	ctx := context.Background()
	r, c := heardSome(t)
	first := filepath.Join(t.TempDir(), "export")
	out, err := r.Export(ctx, Query{Tenant: "acme"}, mover, first, nil)
	require.NoError(t, err)
	require.Equal(t, []int{2, 4, 6}, []int{out.Sessions, out.Turns, out.Sounds})
	base := filepath.Join(first, "sessions", idNo(1).String())
	file, err := os.ReadFile(base + ".1.person.opus")
	require.NoError(t, err)
	require.Equal(t, noise(3, 70_000), file)
	require.NoFileExists(t, base+".2.avatar.opus")

	text, err := os.ReadFile(base + ".1.avatar.opus.jws")
	require.NoError(t, err)
	var m export.SoundManifest
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(string(text), "signed:")), &m))
	require.Equal(t, export.NewSound(1, redact.Reply, time.Time{}, 1, noise(2, 70_000)).SHA256, m.SHA256)
	require.True(t, m.AI)
	require.Equal(t, export.Label, m.Description)
	require.NotEmpty(t, m.Source)
	text, err = os.ReadFile(base + ".1.person.opus.jws")
	require.NoError(t, err)
	m = export.SoundManifest{}
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(string(text), "signed:")), &m))
	require.False(t, m.AI)
	require.Empty(t, m.Source)

	to := open(t, t.TempDir(), c)
	allow(t, to, "acme", "mia")
	_, err = to.Import(ctx, "acme", first, mover, nil)
	require.ErrorIs(t, err, ErrMayNotHear)
	require.False(t, readable(t, to, 1), "half of it was imported")
	allowSound(t, to)
	in, err := to.Import(ctx, "acme", first, mover, nil)
	require.NoError(t, err)
	require.Equal(t, []int{2, 4, 6}, []int{in.Sessions, in.Turns, in.Sounds})
	to.sign = signed
	second := filepath.Join(t.TempDir(), "again")
	again, err := to.Export(ctx, Query{Tenant: "acme"}, mover, second, nil)
	require.NoError(t, err)
	require.Equal(t, out.Sounds, again.Sounds)
	files, err := filepath.Glob(filepath.Join(first, "sessions", "*"))
	require.NoError(t, err)
	require.Len(t, files, 2*3+6*2)
	for _, path := range files {
		a, err := os.ReadFile(path)
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(second, "sessions", filepath.Base(path)))
		require.NoError(t, err)
		require.Equal(t, a, b, path)
	}
	c.move(10*day + time.Second)
	_, err = to.Sweep(ctx)
	require.NoError(t, err)
	_, err = listen(to, 1, 1, redact.Reply)
	require.ErrorIs(t, err, ErrUnknown)
	_, err = listen(to, 2, 1, redact.Reply)
	require.NoError(t, err)
	late := open(t, t.TempDir(), c)
	allowSound(t, late)
	in, err = late.Import(ctx, "acme", first, mover, nil)
	require.NoError(t, err)
	require.Equal(t, []int{4, 2}, []int{in.Turns, in.Sounds}, "what has ended is not imported")
	var keys int
	require.NoError(t, late.store.Keys().QueryRow("SELECT count(*) FROM session_key").Scan(&keys))
	require.Equal(t, 3, keys, "of two sessions and one sound")

	r.sign = nil
	_, err = r.Export(ctx, Query{Tenant: "acme"}, mover, filepath.Join(t.TempDir(), "unsigned"), nil)
	require.ErrorIs(t, err, ErrNoSigner)
	r.sign = func([]byte) (string, error) { return "", errors.New("no") }
	_, err = r.Export(ctx, Query{Tenant: "acme"}, mover, filepath.Join(t.TempDir(), "refused"), nil)
	require.ErrorContains(t, err, "cannot be signed")
}

// Sound that was changed, swapped or taken away since it was exported is not
// imported, nor anything beside it.
func TestSoundImportIsChecked(t *testing.T) {
	ctx := context.Background()
	r, c := heardSome(t)
	whole := filepath.Join(t.TempDir(), "export")
	_, err := r.Export(ctx, Query{Tenant: "acme"}, mover, whole, nil)
	require.NoError(t, err)
	for name, change := range map[string]func(tb testing.TB, base string){
		"flipped": func(tb testing.TB, base string) {
			b, err := os.ReadFile(base + ".1.avatar.opus")
			require.NoError(tb, err)
			b[len(b)/2] ^= 1
			require.NoError(tb, os.WriteFile(base+".1.avatar.opus", b, 0o600))
		},
		"gone": func(tb testing.TB, base string) { require.NoError(tb, os.Remove(base+".1.person.opus")) },
		"swapped": func(tb testing.TB, base string) {
			require.NoError(tb, os.Rename(base+".1.person.opus", base+".x"))
			require.NoError(tb, os.Rename(base+".3.person.opus", base+".1.person.opus"))
			require.NoError(tb, os.Rename(base+".x", base+".3.person.opus"))
		},
		"swapped in the manifest too": func(tb testing.TB, base string) {
			path := filepath.Join(filepath.Dir(filepath.Dir(base)), export.ManifestFile)
			text, err := os.ReadFile(path)
			require.NoError(tb, err)
			id := filepath.Base(base)
			swap := strings.NewReplacer(id+".1.person.opus\"", id+".1.avatar.opus\"", id+".1.avatar.opus\"", id+".1.person.opus\"")
			require.NoError(tb, os.WriteFile(path, []byte(swap.Replace(string(text))), 0o600))
			require.NoError(tb, os.Rename(base+".1.person.opus", base+".x"))
			require.NoError(tb, os.Rename(base+".1.avatar.opus", base+".1.person.opus"))
			require.NoError(tb, os.Rename(base+".x", base+".1.avatar.opus"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "copy")
			require.NoError(t, os.CopyFS(folder, os.DirFS(whole)))
			change(t, filepath.Join(folder, "sessions", idNo(1).String()))
			to := open(t, t.TempDir(), c)
			allowSound(t, to)
			_, err := to.Import(ctx, "acme", folder, mover, nil)
			require.ErrorIs(t, err, export.ErrBadExport)
			for _, n := range []int{1, 2} {
				require.False(t, readable(t, to, n))
			}
		})
	}
	require.NoError(t, r.EraseItem(ctx, "acme", idNo(1), 1, Access{Self: true}))
	folder := filepath.Join(t.TempDir(), "after")
	out, err := r.Export(ctx, Query{Tenant: "acme"}, mover, folder, nil)
	require.NoError(t, err)
	require.Equal(t, 4, out.Sounds)
	require.NotZero(t, len(factsOf(t, r, "acme", session.TranscriptExported)))
}
