package audit

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/session"
)

// long is one log with n entries.
func long(t testing.TB, db *sql.DB, n int) Log {
	t.Helper()
	ctx := context.Background()
	for n > 0 {
		records := make([]Record, min(n, 10_000))
		for i := range records {
			records[i] = Record{Tenant: "acme", At: november, Fact: session.Fact{Kind: session.EngineAsked, Session: session.ID{1}, Turn: session.TurnNo(i), Policy: 9}}
		}
		inTx(t, db, func(tx *sql.Tx) error { return AppendAll(ctx, tx, records) })
		n -= len(records)
	}
	l, err := Find(ctx, db, "acme", MonthOf(november))
	require.NoError(t, err)
	return l
}

// tileReader is a client: it has nothing of the log but tiles.
type tileReader struct {
	t     testing.TB
	db    *sql.DB
	log   Log
	tiles int
}

func (r *tileReader) Height() int { return tileHeight }

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := Tile(context.Background(), r.db, r.log, t.L, t.N, t.W)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
		r.tiles++
	}
	return all, nil
}

func (r *tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// R65: from tiles, a checkpoint and nothing else a client proves that an entry
// is in the log and that the log only grew; the entries of the bundles are
// those that were proved.
func TestTiles(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(30, 30))
	sizes := []int{1, 255, 256, 257, 1000}
	if !testing.Short() {
		sizes = append(sizes, 66_000)
	}
	for _, size := range sizes {
		db := database(t)
		l := long(t, db, size)
		head, err := HeadOf(ctx, db, l)
		require.NoError(t, err)
		client := &tileReader{t: t, db: db, log: l}
		reader := tlog.TileHashReader(tlog.Tree{N: l.Size, Hash: tlog.Hash(head.Root)}, client)
		for range 20 {
			n := r.Int64N(l.Size)
			proof, err := tlog.ProveRecord(l.Size, n, reader)
			require.NoError(t, err)
			bundle, width := n/TileWidth, min(TileWidth, l.Size-n/TileWidth*TileWidth)
			data, err := Bundle(ctx, db, l, bundle, int(width))
			require.NoError(t, err)
			var leaf []byte
			for range n%TileWidth + 1 {
				size := binary.BigEndian.Uint16(data)
				leaf, data = data[2:2+size], data[2+size:]
			}
			require.NoError(t, tlog.CheckRecord(proof, l.Size, tlog.Hash(head.Root), n, tlog.RecordHash(leaf)))
			from := 1 + r.Int64N(l.Size)
			young := l
			young.Size = from
			was, err := HeadOf(ctx, db, young)
			require.NoError(t, err)
			grown, err := tlog.ProveTree(l.Size, from, reader)
			require.NoError(t, err)
			require.NoError(t, tlog.CheckTree(grown, l.Size, tlog.Hash(head.Root), from, tlog.Hash(was.Root)))
		}
		require.NoError(t, db.Close())
	}
}

// What a log does not have is not there, however it is asked for.
func TestTilesThatAreNot(t *testing.T) {
	ctx := context.Background()
	db := database(t)
	l := long(t, db, 300)
	for _, at := range []struct {
		level int
		n     int64
		width int
	}{{0, 1, 45}, {0, 2, 1}, {0, -1, 1}, {0, 0, 0}, {0, 0, -1}, {0, 0, 257}, {1, 0, 2}, {1, 1, 1}, {2, 0, 1}, {8, 0, 1}, {63, 0, 1}, {-1, 0, 1}, {0, 1<<62 - 1, 1}, {0, 1<<63 - 1, 256}} {
		_, err := Tile(ctx, db, l, at.level, at.n, at.width)
		require.ErrorIs(t, err, ErrNoTile, "%+v", at)
		if at.level == 0 {
			_, err := Bundle(ctx, db, l, at.n, at.width)
			require.ErrorIs(t, err, ErrNoTile, "%+v", at)
		}
	}
	whole, err := Tile(ctx, db, l, 0, 1, 44)
	require.NoError(t, err)
	part, err := Tile(ctx, db, l, 0, 1, 7)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(whole, part))
	inTx(t, db, func(tx *sql.Tx) error {
		_, err := Prune(ctx, tx, "acme", november, november.Add(1), 5)
		return err
	})
	_, err = Bundle(ctx, db, l, 0, 256)
	require.ErrorIs(t, err, ErrNoTile, "of a bundle entries were dropped")
	_, err = Tile(ctx, db, l, 0, 0, 256)
	require.NoError(t, err, "their hashes stay")
}
