package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// publisher publishes into a folder, at a time that the test sets.
func publisher(t testing.TB, folder, secret string, now *time.Time) *Published {
	t.Helper()
	by, public, err := OpenKey(secret)
	require.NoError(t, err)
	p, err := OpenPublished(folder, by, public, func() time.Time { return *now })
	require.NoError(t, err)
	return p
}

// R65: what was published is kept beside the database, and a log that was
// written anew since, cut or removed gets no signature, after a restart too.
func TestPublished(t *testing.T) {
	ctx := context.Background()
	folder, now := t.TempDir(), november
	secret, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	_, public, err := OpenKey(secret + "\n")
	require.NoError(t, err)
	known, err := ParseKeys("# the key\n\n" + public + "\n")
	require.NoError(t, err)
	db := database(t)
	r := rand.New(rand.NewPCG(31, 31))
	add := func(n int) Log {
		for range n {
			append1(t, db, "acme", november, fact(r))
		}
		l, err := Find(ctx, db, "acme", MonthOf(november))
		require.NoError(t, err)
		return l
	}
	p := publisher(t, folder, secret, &now)
	l := add(3)
	grown, err := p.Grown(l)
	require.NoError(t, err)
	require.True(t, grown)
	first, signed, grew, err := p.Publish(ctx, db, l)
	require.NoError(t, err)
	require.True(t, grew)
	_, again, grew, err := p.Publish(ctx, db, l)
	require.NoError(t, err)
	require.False(t, grew)
	require.Equal(t, signed, again)
	now = now.AddDate(0, 0, 1)
	l = add(2)
	_, second, grew, err := p.Publish(ctx, db, l)
	require.NoError(t, err)
	require.True(t, grew)
	files, err := filepath.Glob(filepath.Join(folder, "acme", "2026-11", "*"))
	require.NoError(t, err)
	require.Len(t, files, 2, "the last of each day")
	for _, f := range files {
		info, err := os.Stat(f)
		require.NoError(t, err)
		require.EqualValues(t, 0o600, info.Mode().Perm())
	}

	// Both forms in which somebody may have kept them.
	all, err := ReadCheckpoints(append(append(bytes.Clone(signed), '\n'), second...), known)
	require.NoError(t, err)
	require.Len(t, all, 2)
	line, err := json.Marshal(map[string]any{"time": now, "level": "INFO", "msg": "audit checkpoint", "log": Tell(first, signed).Log, "count": 3, "root": Tell(first, signed).Root, "signature": Tell(first, signed).Signature})
	require.NoError(t, err)
	all, err = ReadCheckpoints([]byte(`{"msg":"stopping","count":3}`+"\n"+string(line)+"\n{broken\n"), known)
	require.NoError(t, err)
	require.Equal(t, []Checkpoint{first}, all)
	// As collectors keep it: with something before it, or in a line of theirs.
	docker, err := json.Marshal(map[string]any{"log": string(line) + "\n", "stream": "stderr", "time": now})
	require.NoError(t, err)
	for _, lines := range []string{
		"Nov 26 10:00:00 host mayfly[7]: {\"msg\":\"stopping\"}\nNov 26 10:00:00 host mayfly[7]: " + string(line) + "\n",
		"<14>1 2026-11-26T10:00:00Z host mayfly 7 - - " + string(line),
		`{"log":"{\"msg\":\"stopping\"}\n","stream":"stderr"}` + "\n" + string(docker) + "\n" + `{"log":"a line of words\n"}`,
	} {
		all, err = ReadCheckpoints([]byte(lines), known)
		require.NoError(t, err, lines)
		require.Equal(t, []Checkpoint{first}, all)
	}
	for _, bad := range []string{"", "\n", "x", `{"msg":"stopping"}`, strings.Replace(string(line), `"count":3`, `"count":4`, 1), strings.Replace(string(line), `"signature":"`, `"signature":"AAAA`, 1), string(signed[:len(signed)-9])} {
		_, err := ReadCheckpoints([]byte(bad), known)
		require.ErrorIs(t, err, ErrCheckpoint, bad)
	}

	// After a restart the longest counts, and another's key is none.
	p = publisher(t, folder, secret, &now)
	last, err := p.Last(l.Name())
	require.NoError(t, err)
	require.Equal(t, second, last)
	require.Empty(t, p.Missing([]Log{l}))
	require.Len(t, p.Missing(nil), 1, "a log that was removed")
	meddle(t, db, r, "edit")
	rewrite(t, db)
	l = add(1)
	_, _, _, err = p.Publish(ctx, db, l)
	require.ErrorIs(t, err, ErrDisagrees)
	last, err = p.Last(l.Name())
	require.NoError(t, err)
	require.Equal(t, second, last, "what does not agree is not signed")
	other, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	p = publisher(t, folder, other, &now)
	last, err = p.Last(l.Name())
	require.NoError(t, err)
	require.Nil(t, last)

	// Where nothing can be kept, on a full disk, nothing is signed; later it is.
	blocked := filepath.Join(t.TempDir(), "checkpoints")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	p = publisher(t, blocked, other, &now)
	_, signed, grew, err = p.Publish(ctx, db, l)
	require.Error(t, err)
	require.Nil(t, signed)
	require.False(t, grew)
	require.NoError(t, os.Remove(blocked))
	_, _, grew, err = publisher(t, blocked, other, &now).Publish(ctx, db, l)
	require.NoError(t, err)
	require.True(t, grew)

	// No name leads out of the folder.
	for _, name := range []string{"../../2026-11", "../2026-11", "acme/../2026-11", "/2026-11", "a\x1b[31mb/2026-11", ".../2026-11", ""} {
		_, err := p.Last(name)
		require.ErrorIs(t, err, ErrNoLog, name)
	}
}

// A log that was looked up before somebody else published more of it was not
// cut: it is published as it is now. In a folder of any name a log that was
// removed is missed.
func TestPublishedMeanwhile(t *testing.T) { // R65
	ctx := context.Background()
	now := november
	secret, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	db := database(t)
	r := rand.New(rand.NewPCG(32, 32))
	p := publisher(t, filepath.Join(t.TempDir(), "a [b] *"), secret, &now)
	add := func(n int) Log {
		for range n {
			append1(t, db, "acme", november, fact(r))
		}
		l, err := Find(ctx, db, "acme", MonthOf(november))
		require.NoError(t, err)
		return l
	}
	seen := add(3)
	more := add(2)
	want, signed, grew, err := p.Publish(ctx, db, more)
	require.NoError(t, err)
	require.True(t, grew)
	c, again, grew, err := p.Publish(ctx, db, seen)
	require.NoError(t, err)
	require.False(t, grew)
	require.Equal(t, want, c)
	require.Equal(t, signed, again)
	require.Len(t, p.Missing(nil), 1)

	_, err = db.Exec("UPDATE audit_log SET size = size - 1")
	require.NoError(t, err)
	_, _, _, err = p.Publish(ctx, db, seen)
	require.ErrorIs(t, err, ErrDisagrees, "one that was cut")
}

// A log of another name, or another month, is no new one as long as one is
// missing that was published: what was wiped in it is not signed anew. Other
// tenants' logs are.
func TestPublishedUnderAnotherName(t *testing.T) { // R65
	ctx := context.Background()
	secret, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	now := november
	for name, change := range map[string]string{
		"an older month": `UPDATE audit_log SET month = 202401 WHERE tenant = 'acme'`,
		"a later month":  `UPDATE audit_log SET month = 202701 WHERE tenant = 'acme'`,
	} {
		t.Run(name, func(t *testing.T) {
			p := publisher(t, t.TempDir(), secret, &now)
			db := database(t)
			for _, tenant := range []string{"acme", "acme-2"} {
				append1(t, db, tenant, november, session.Fact{Kind: session.SignedIn})
				logs, err := Logs(ctx, db, tenant)
				require.NoError(t, err)
				_, _, grew, err := p.Publish(ctx, db, logs[0])
				require.NoError(t, err)
				require.True(t, grew)
			}
			_, err := db.Exec(change)
			require.NoError(t, err)
			logs, err := Logs(ctx, db, "acme")
			require.NoError(t, err)
			_, _, _, err = p.Publish(ctx, db, logs[0])
			require.ErrorIs(t, err, ErrDisagrees)
			require.ErrorContains(t, err, "acme/2026-11")
			append1(t, db, "acme-2", november.AddDate(0, 1, 0), session.Fact{Kind: session.SignedIn})
			logs, err = Logs(ctx, db, "acme-2")
			require.NoError(t, err)
			_, _, grew, err := p.Publish(ctx, db, logs[1])
			require.NoError(t, err)
			require.True(t, grew, "a new month is")
		})
	}
}

// What is no key is not taken for one, and a secret one is not said back.
func TestKeys(t *testing.T) {
	secret, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	for _, bad := range []string{"", "x", secret[:len(secret)-4], secret + "AAAA", strings.Replace(secret, "example", "exampel", 1)} {
		_, _, err := OpenKey(bad)
		require.Equal(t, ErrKey, err)
	}
	for _, bad := range []string{"", "\n# only a comment\n", secret, "example.org/audit+00000000+AAAA"} {
		_, err := ParseKeys(bad)
		require.ErrorIs(t, err, ErrKey)
		require.NotContains(t, err.Error(), "PRIVATE")
	}
}
