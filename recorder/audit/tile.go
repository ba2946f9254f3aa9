package audit

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"golang.org/x/mod/sumdb/tlog"
)

// A log is read from outside in tiles (C2SP tlog-tiles): 256 hashes of one
// level, or 256 entries. Whoever reads them proves everything without us: that
// an entry is in the log, and that the log only grew.
const (
	// TileWidth is how many hashes or entries a whole tile has.
	TileWidth = 1 << tileHeight
	// tileHeight is the levels of the tree between two levels of tiles.
	tileHeight = 8
	// maxTileLevel is the highest level of tiles that a log can have.
	maxTileLevel = 7
)

// ErrNoTile means that a log has no such tile: it is not as long yet, or the
// entries were dropped at the end of their retention.
var ErrNoTile = errors.New("the log has no such tile")

// Tile is the first width hashes, 32 bytes each, of the tile n of a level:
// level 0 has the entries' own hashes, each level above the hashes of 256
// below.
func Tile(ctx context.Context, tx Tx, l Log, level int, n int64, width int) ([]byte, error) {
	if level < 0 || level > maxTileLevel || !within(n, width, l.Size>>(level*tileHeight)) {
		return nil, ErrNoTile
	}
	indexes := make([]int64, width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(level*tileHeight, n*TileWidth+int64(i))
	}
	read, err := hashesOf(ctx, tx, l).ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, width*tlog.HashSize)
	for _, h := range read {
		out = append(out, h[:]...)
	}
	return out, nil
}

// Bundle is the first width entries of the bundle n, each with its length in
// two bytes before it. A bundle of which an entry was dropped is not there.
func Bundle(ctx context.Context, tx Tx, l Log, n int64, width int) ([]byte, error) {
	if !within(n, width, l.Size) {
		return nil, ErrNoTile
	}
	rows, err := tx.QueryContext(ctx, `SELECT leaf FROM audit_entry WHERE log = $1 AND n >= $2 AND n < $3 AND leaf IS NOT NULL ORDER BY n`, l.id, n*TileWidth, n*TileWidth+int64(width))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []byte
	for rows.Next() {
		var leaf []byte
		if err := rows.Scan(&leaf); err != nil {
			return nil, err
		}
		if len(leaf) > math.MaxUint16 {
			return nil, ErrMalformed
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(leaf))), leaf...)
		width--
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if width != 0 {
		return nil, ErrNoTile
	}
	return out, nil
}

// within says whether the first width of tile n are among size.
func within(n int64, width int, size int64) bool {
	return n >= 0 && n <= size/TileWidth && width >= 1 && width <= TileWidth && n*TileWidth+int64(width) <= size
}
