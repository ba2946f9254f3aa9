package recorder

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/export"
	"mayfly/recorder/read"
	"mayfly/session"
)

// talked stores sessions of all kinds: several turns, corrections, people.
func talked(tb testing.TB, r *Recorder, n int) {
	tb.Helper()
	rnd := rand.New(rand.NewPCG(3, 3))
	talk := newTalker(tb, month)
	for i := 1; i <= n; i++ {
		c := conversation(i)
		c.Receipt = [32]byte{byte(i)}
		c.Source = []string{read.SourceRules, read.SourceTrained, read.SourceComposite}[i%3]
		if i%3 > 0 {
			c.Subject = "p" + string(rune('0'+i%3))
		}
		for range 1 + i%4 {
			require.NoError(tb, keep(r, c, talk.say(strings.Repeat("what about <this> & \"that\"? שלום ", 1+rnd.IntN(4)), "An answer,\nin two lines.\t\u2028")))
		}
		if i%5 == 0 {
			item := firstItem(tb, text(tb, r, idNo(i), JSONLines))
			require.NoError(tb, r.Correct(context.Background(), "acme", idNo(i), item, []byte("I said something else"), Access{Self: i%2 == 0, Actor: admin}))
		}
	}
}

func firstItem(tb testing.TB, lines string) (no uint32) {
	tb.Helper()
	_, rest, ok := strings.Cut(lines, `"no":`)
	require.True(tb, ok)
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		no = 10*no + uint32(c-'0')
	}
	return no
}

var mover = Access{Actor: admin, Purpose: "export"}

// What is exported and imported elsewhere is the same: counts, and the hash of
// every file of a second export.
func TestRoundTrip(t *testing.T) { // R17, R49, R56
	ctx := context.Background()
	r, c := started(t)
	n := int(20 * *scale)
	talked(t, r, n)
	first := filepath.Join(t.TempDir(), "export")
	var steps []int
	out, err := r.Export(ctx, Query{Tenant: "acme"}, mover, first, func(done, of int) {
		require.Equal(t, n, of)
		steps = append(steps, done)
	})
	require.NoError(t, err)
	require.Equal(t, n, out.Sessions)
	require.Equal(t, count(t, r, "SELECT count(*) FROM turn"), out.Turns)
	require.Equal(t, count(t, r, "SELECT sum(items) FROM turn"), out.Items)
	require.Equal(t, n, steps[len(steps)-1])
	require.Len(t, factsOf(t, r, "acme", session.TranscriptExported), n)
	require.NoFileExists(t, filepath.Join(first, "progress.jsonl"))
	a, _, err := export.Open(first)
	require.NoError(t, err)
	require.Len(t, a.Files, 3*n)
	for _, f := range a.Files {
		b, err := os.ReadFile(filepath.Join(first, f.Name))
		require.NoError(t, err)
		require.Contains(t, string(b), export.Label, "%s", f.Name)
		require.Contains(t, string(b), "newscodes/digitalsourcetype/", "%s", f.Name)
		require.NotContains(t, string(b), "acme", "a file is the same whosever it is")
	}

	other := open(t, t.TempDir(), c)
	allow(t, other, "umbrella", "mia")
	in, err := other.Import(ctx, "umbrella", first, mover, nil)
	require.NoError(t, err)
	require.Equal(t, out, in)
	require.Len(t, factsOf(t, other, "umbrella", session.TranscriptImported), n)
	second := filepath.Join(t.TempDir(), "export")
	_, err = other.Export(ctx, Query{Tenant: "umbrella"}, mover, second, nil)
	require.NoError(t, err)
	b, _, err := export.Open(second)
	require.NoError(t, err)
	require.Equal(t, a.Files, b.Files)
	require.Equal(t, []int{a.Sessions, a.Turns, a.Items}, []int{b.Sessions, b.Turns, b.Items})

	again, err := other.Import(ctx, "umbrella", first, mover, nil)
	require.NoError(t, err)
	require.Zero(t, again.Sessions)
	require.Equal(t, n, again.There)
	require.Equal(t, n, keysLeft(t, other), "no key is left over")
	t.Logf("%d sessions, %d turns, %d items, %d files", out.Sessions, out.Turns, out.Items, len(a.Files))
}

// An export that is cut off anywhere goes on, and ends the same.
func TestExportGoesOn(t *testing.T) {
	ctx := context.Background()
	r, _ := started(t)
	n := 3*exported + 3
	for i := 1; i <= n; i++ {
		require.NoError(t, keep(r, conversation(i), newTalker(t, month).say("q", "a")))
	}
	whole := filepath.Join(t.TempDir(), "export")
	want, err := r.Export(ctx, Query{Tenant: "acme"}, mover, whole, nil)
	require.NoError(t, err)
	_, err = r.Export(ctx, Query{Tenant: "acme"}, mover, whole, nil)
	require.ErrorIs(t, err, export.ErrForeign, "what is finished is left alone")

	folder := filepath.Join(t.TempDir(), "export")
	for cuts := 0; ; cuts++ {
		ctx, cancel := context.WithCancel(ctx)
		step := 0
		got, err := r.Export(ctx, Query{Tenant: "acme"}, mover, folder, func(int, int) {
			if step++; step > cuts {
				cancel()
			}
		})
		if err == nil {
			require.NotZero(t, cuts)
			want.Manifest, got.Manifest = [32]byte{}, [32]byte{}
			require.Equal(t, want, got)
			break
		}
		require.ErrorIs(t, err, context.Canceled)
		_, err = r.Import(context.Background(), "acme", folder, mover, nil)
		require.ErrorIs(t, err, export.ErrNoExport)
		require.Equal(t, cuts+1, len(must(os.ReadDir(filepath.Join(folder, "sessions"))))/3/exported, "what was done stays done")
		// The line that was being written, and a file that was.
		f, err := os.OpenFile(filepath.Join(folder, "progress.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = f.WriteString(`{"tenant":"acme","sess`)
		require.NoError(t, errors.Join(err, f.Close()))
	}
	a, _, err := export.Open(whole)
	require.NoError(t, err)
	b, _, err := export.Open(folder)
	require.NoError(t, err)
	require.Equal(t, a.Files, b.Files)

	// What is erased while an export waits to go on is not in it.
	folder = filepath.Join(t.TempDir(), "export")
	cut, cancel := context.WithCancel(ctx)
	_, err = r.Export(cut, Query{Tenant: "acme"}, mover, folder, func(int, int) { cancel() })
	require.Error(t, err)
	first := strings.TrimSuffix(must(os.ReadDir(filepath.Join(folder, "sessions")))[0].Name(), ".jsonl")
	id, ok := session.ParseID(first)
	require.True(t, ok)
	_, err = r.Erase(ctx, "acme", id, Access{Self: true})
	require.NoError(t, err)
	got, err := r.Export(ctx, Query{Tenant: "acme"}, mover, folder, nil)
	require.NoError(t, err)
	require.Equal(t, n-1, got.Sessions)
	require.NoFileExists(t, filepath.Join(folder, "sessions", first+".jsonl"))
	_, err = r.Export(ctx, Query{Tenant: "acme"}, mover, t.TempDir(), nil)
	require.NoError(t, err, "an empty folder will do")
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "x"), nil, 0o600))
	_, err = r.Export(ctx, Query{Tenant: "acme"}, mover, full, nil)
	require.ErrorIs(t, err, export.ErrForeign)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Who may not read may not export, and what a person restricted stays.
func TestExportMayNot(t *testing.T) { // R50
	ctx := context.Background()
	r, _ := started(t)
	spoken(t, r, 3, month)
	_, err := r.Export(ctx, Query{Tenant: "acme"}, Access{Actor: admin, Purpose: "learning"}, filepath.Join(t.TempDir(), "x"), nil)
	require.ErrorIs(t, err, ErrPurpose)
	_, err = r.Export(ctx, Query{}, mover, filepath.Join(t.TempDir(), "x"), nil)
	require.ErrorIs(t, err, ErrUnknown)
	require.NoError(t, r.Restrict(ctx, "acme", idNo(2), true, Access{Self: true}))
	folder := filepath.Join(t.TempDir(), "export")
	out, err := r.Export(ctx, Query{Tenant: "acme"}, mover, folder, nil)
	require.NoError(t, err)
	require.Equal(t, 2, out.Sessions)
	require.Equal(t, 1, out.LeftOut)
	require.NoFileExists(t, filepath.Join(folder, "sessions", idNo(2).String()+".jsonl"))
}

// An import that is wrong anywhere is refused with the name of the file, and
// nothing of it is stored; one that fails half way is taken back.
func TestImportAllOrNothing(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	talked(t, r, 8)
	good := filepath.Join(t.TempDir(), "export")
	_, err := r.Export(ctx, Query{Tenant: "acme"}, mover, good, nil)
	require.NoError(t, err)
	m, _, err := export.Open(good)
	require.NoError(t, err)
	last := m.Files[len(m.Files)-3].Name

	other := open(t, t.TempDir(), c)
	allow(t, other, "acme", "mia")
	nothing := func(t *testing.T) {
		t.Helper()
		for _, table := range []string{"turn", "conversation", "correction"} {
			require.Zero(t, count(t, other, "SELECT count(*) FROM "+table), table)
		}
		require.Zero(t, count(t, other, "SELECT count(*) FROM tombstone"))
		require.Zero(t, keysLeft(t, other))
	}
	change := func(t *testing.T, name string, with func([]byte) []byte) string {
		copied := t.TempDir()
		require.NoError(t, os.CopyFS(copied, os.DirFS(good)))
		path := filepath.Join(copied, name)
		b := with(must(os.ReadFile(path)))
		require.NoError(t, os.Remove(path))
		if b != nil {
			require.NoError(t, os.WriteFile(path, b, 0o600))
		}
		return copied
	}
	replace := func(old, with string) func([]byte) []byte {
		return func(b []byte) []byte {
			require.Contains(t, string(b), old)
			return bytes.Replace(b, []byte(old), []byte(with), 1)
		}
	}
	for name, bad := range map[string]struct {
		folder string
		err    error
		text   string
	}{
		"flipped":        {change(t, last, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), export.ErrBadExport, last + " has another checksum"},
		"cut":            {change(t, last, func(b []byte) []byte { return b[:len(b)-1] }), export.ErrBadExport, last},
		"missing":        {change(t, last, func([]byte) []byte { return nil }), export.ErrBadExport, last + " is missing"},
		"captions":       {change(t, strings.Replace(last, ".jsonl", ".vtt", 1), func(b []byte) []byte { return append(b, 'x') }), export.ErrBadExport, ".vtt"},
		"no manifest":    {change(t, "manifest.json", func([]byte) []byte { return nil }), export.ErrNoExport, "manifest.json"},
		"manifest cut":   {change(t, "manifest.json", func(b []byte) []byte { return b[:len(b)/2] }), export.ErrBadExport, "manifest.json"},
		"counts":         {change(t, "manifest.json", replace(`"turns": `, `"turns": 1`)), export.ErrBadExport, "counts"},
		"another place":  {change(t, "manifest.json", replace(last, "sessions/../../../etc/passwd")), export.ErrBadExport, "not the name of a file"},
		"newer manifest": {change(t, "manifest.json", replace(`"mayfly_export": 1`, `"mayfly_export": 2`)), export.ErrBadExport, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := other.Import(ctx, "acme", bad.folder, mover, nil)
			require.ErrorIs(t, err, bad.err)
			require.ErrorContains(t, err, bad.text)
			nothing(t)
		})
	}
	t.Run("not allowed", func(t *testing.T) {
		require.NoError(t, other.ForceOff(ctx, "acme", true, "x", admin))
		_, err := other.Import(ctx, "acme", good, mover, nil)
		require.ErrorIs(t, err, ErrMayNotKeep)
		require.ErrorContains(t, err, `"mia"`)
		require.NoError(t, other.ForceOff(ctx, "acme", false, "", admin))
		_, err = other.Import(ctx, "nobody", good, mover, nil)
		require.ErrorIs(t, err, ErrMayNotKeep)
		nothing(t)
	})
	t.Run("cut off", func(t *testing.T) {
		cut, cancel := context.WithCancel(ctx)
		_, err := other.Import(cut, "acme", good, mover, func(done, _ int) {
			if done == 5 {
				require.NotZero(t, count(t, other, "SELECT count(*) FROM turn"))
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		nothing(t)
	})
	in, err := other.Import(ctx, "acme", good, mover, nil)
	require.NoError(t, err)
	require.Equal(t, 8, in.Sessions)
}

// An import brings back neither what was erased here nor what is past its
// time.
func TestImportForgets(t *testing.T) { // R48, R13
	ctx := context.Background()
	r, c := started(t)
	spoken(t, r, 3, month)
	require.NoError(t, keep(r, conversation(4), newTalker(t, day).say("q", "a")))
	folder := filepath.Join(t.TempDir(), "export")
	_, err := r.Export(ctx, Query{Tenant: "acme"}, mover, folder, nil)
	require.NoError(t, err)
	_, err = r.Erase(ctx, "acme", idNo(1), Access{Self: true})
	require.NoError(t, err)
	require.NoError(t, r.EraseItem(ctx, "acme", idNo(2), firstItem(t, text(t, r, idNo(2), JSONLines)), Access{Self: true}))
	c.move(day + time.Second)
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	in, err := r.Import(ctx, "acme", folder, mover, nil)
	require.NoError(t, err)
	require.Equal(t, 1, in.Erased)
	require.Equal(t, 1, in.Expired)
	require.Equal(t, 2, in.There)
	require.Zero(t, in.Sessions)
	require.False(t, readable(t, r, 1))
	require.False(t, readable(t, r, 4))
}
