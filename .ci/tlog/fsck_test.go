package tlogtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite"

	"mayfly.test/started"
	"mayfly/recorder"
	"mayfly/session"
)

// entries is how many facts the log is of: more than one tile of tiles would
// be 65,536, which the limit on requests makes slow.
const entries = 20_000

// filled is a data folder with a log of that many.
func filled(t *testing.T) started.Home {
	t.Helper()
	home := started.Home(t.TempDir())
	require.NoError(t, os.Mkdir(home.Data(), 0o700))
	r, err := recorder.Open(t.Context(), recorder.Options{Folder: home.Data()})
	require.NoError(t, err)
	for n := range entries {
		r.Note("acme", session.Fact{Kind: session.EngineAsked, Session: session.ID{1}, Turn: session.TurnNo(n)}, nil)
	}
	require.NoError(t, r.Close())
	return home
}

// month is the one of the log.
func month() string { return time.Now().UTC().Format("2006-01") }

// fetch reads the log as Tessera's client does, with a reviewer's key.
func fetch(t *testing.T, g *gateway) *client.HTTPFetcher {
	t.Helper()
	root, err := url.Parse(g.url + "/audit/acme/" + month() + "/")
	require.NoError(t, err)
	f, err := client.NewHTTPFetcher(root, nil)
	require.NoError(t, err)
	f.SetAuthorizationHeader("Bearer " + reviewer)
	return f
}

// key is the log's public key, and its origin.
func key(t *testing.T, g *gateway) (v note.Verifier, origin string) {
	t.Helper()
	v, err := note.NewVerifier(strings.TrimSpace(string(g.get("/.well-known/mayfly-audit-keys.txt"))))
	require.NoError(t, err)
	return v, v.Name() + "/acme/" + month()
}

// leafHashes are those of a bundle.
func leafHashes(data []byte) (all [][]byte, err error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(data); err != nil {
		return nil, err
	}
	for _, e := range b.Entries {
		all = append(all, rfc6962.DefaultHasher.HashLeaf(e))
	}
	return all, nil
}

// check runs Tessera's fsck over what the gateway serves.
func check(t *testing.T, g *gateway) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	v, origin := key(t, g)
	return fsck.New(origin, v, fetch(t, g), leafHashes, fsck.Opts{N: 2}).Check(ctx)
}

// R65: a verifier that others wrote accepts the log that the gateway serves,
// and its client proves from tiles that entries are in it and that it only
// grew.
func TestFsckAccepts(t *testing.T) {
	g := start(t, filled(t))
	require.NoError(t, check(t, g))

	ctx := t.Context()
	f := fetch(t, g)
	v, origin := key(t, g)
	first, err := f.ReadCheckpoint(ctx) // longer than what fsck saw: it read
	require.NoError(t, err)
	cp, _, _, err := log.ParseCheckpoint(first, origin, v)
	require.NoError(t, err)
	require.Greater(t, cp.Size, uint64(entries))
	builder, err := client.NewProofBuilder(ctx, cp.Size, f.ReadTile)
	require.NoError(t, err)
	proved := 0
	for _, n := range []uint64{0, 1, 255, 256, 9_999, cp.Size - 1} {
		bundle, err := client.GetEntryBundle(ctx, f.ReadEntryBundle, n/256, cp.Size)
		require.NoError(t, err)
		p, err := builder.InclusionProof(ctx, n)
		require.NoError(t, err)
		leaf := rfc6962.DefaultHasher.HashLeaf(bundle.Entries[n%256])
		require.NoError(t, proof.VerifyInclusion(rfc6962.DefaultHasher, n, cp.Size, leaf, p, cp.Hash))
		proved++
	}
	time.Sleep(15 * time.Second) // for the limit on requests of one address
	g.get("/audit/acme/export")
	second, err := f.ReadCheckpoint(ctx)
	require.NoError(t, err)
	later, _, _, err := log.ParseCheckpoint(second, origin, v)
	require.NoError(t, err)
	require.Greater(t, later.Size, cp.Size)
	builder, err = client.NewProofBuilder(ctx, later.Size, f.ReadTile)
	require.NoError(t, err)
	p, err := builder.ConsistencyProof(ctx, cp.Size, later.Size)
	require.NoError(t, err)
	require.NoError(t, proof.VerifyConsistency(rfc6962.DefaultHasher, cp.Size, later.Size, p, cp.Hash, later.Hash))
	t.Logf("a log of %d entries: fsck accepts it, %d inclusion proofs and one of growth hold", cp.Size, proved)
}

// What was tampered with in the database it rejects, whatever it was.
func TestFsckRejects(t *testing.T) {
	const entry = `WHERE n = %d AND log = (SELECT id FROM audit_log WHERE tenant = 'acme')`
	for name, change := range map[string][]string{
		"a bit of an entry": {fmt.Sprintf(`UPDATE audit_entry SET leaf = replace(leaf, '"turn":7,', '"turn":6,') `+entry, 7)},
		"a stored hash":     {fmt.Sprintf(`UPDATE audit_entry SET hashes = randomblob(length(hashes)) `+entry, 300)},
		"two entries swapped": {
			fmt.Sprintf(`UPDATE audit_entry SET leaf = (SELECT leaf FROM audit_entry `+entry+`) `+entry, 12, 11),
		},
		"an entry dropped": {fmt.Sprintf(`UPDATE audit_entry SET leaf = NULL `+entry, 5_000)},
		"the end cut off": {
			`DELETE FROM audit_entry WHERE n >= 15000 AND log = (SELECT id FROM audit_log WHERE tenant = 'acme')`,
			`UPDATE audit_log SET size = 15000 WHERE tenant = 'acme'`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			home := filled(t)
			g := start(t, home)
			g.get("/audit/acme/checkpoint") // published, as it was
			g.Stop()
			db, err := sql.Open("sqlite", "file:"+filepath.Join(home.Data(), "mayfly.db"))
			require.NoError(t, err)
			for _, query := range change {
				res, err := db.Exec(query)
				require.NoError(t, err)
				n, err := res.RowsAffected()
				require.NoError(t, err)
				require.NotZero(t, n)
			}
			require.NoError(t, db.Close())
			g = start(t, home)
			err = check(t, g)
			require.Error(t, err)
			t.Logf("%.100s", err)
		})
	}
}
