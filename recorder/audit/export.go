package audit

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// errPruned means that entries reached the end of their retention while they
// were exported: the fact that says so is none of those that are.
var errPruned = errors.New("audit: entries were dropped while they were exported")

// Export writes all logs of a tenant, oldest first, as JSON Lines, from which
// Verify needs nothing else: a line about the export; for each log a line of
// what it came to, with the last checkpoint that was published of it, by the
// log's name; for each entry its hashes as they are stored, and its leaf if that
// is still there. It checks nothing, and signs nothing: what was tampered with is
// exported as it is, for Verify to see. Whoever takes it may be slow: between
// two pieces nothing of the database is held.
func Export(ctx context.Context, tx Tx, logs []Log, published map[string][]byte, to io.Writer) error {
	w := bufio.NewWriterSize(to, 64<<10)
	fmt.Fprintf(w, `{"mayfly_audit":1,"logs":%d}`+"\n", len(logs))
	for _, l := range logs {
		if err := exportLog(ctx, tx, l, published[l.Name()], w); err != nil {
			return err
		}
	}
	return w.Flush()
}

func exportLog(ctx context.Context, tx Tx, l Log, checkpoint []byte, w *bufio.Writer) error {
	// A tree that is damaged has no root: the export says so by leaving it out.
	head, err := HeadOf(ctx, tx, l)
	fmt.Fprintf(w, `{"log":"%s","base":%d,"size":%d,"root":"`, l.Name(), l.Base, l.Size)
	if err == nil {
		w.WriteString(tlog.Hash(head.Root).String())
	}
	fmt.Fprintf(w, `","checkpoint":"%s"}`+"\n", base64.StdEncoding.EncodeToString(checkpoint))

	for n := int64(0); n < l.Size; n += exported {
		if err := exportEntries(ctx, tx, l, n, min(n+exported, l.Size), w); err != nil {
			return err
		}
	}
	return nil
}

// exported is how many entries are read at a time.
const exported = 1000

func exportEntries(ctx context.Context, tx Tx, l Log, from, to int64, w *bufio.Writer) error {
	entries, err := stored(ctx, tx, l, from, to)
	if err != nil {
		return err
	}
	line := make([]byte, 0, leafMax)
	for i, r := range entries {
		line = append(strconv.AppendInt(append(line[:0], `{"n":`...), from+int64(i), 10), `,"hashes":"`...)
		line = append(base64.StdEncoding.AppendEncode(line, r.hashes), '"')
		if r.leaf != nil {
			line = appendLeaf(line, r.leaf)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

// stored reads entries of a log. One that is not there is zero.
func stored(ctx context.Context, tx Tx, l Log, from, to int64) ([]row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT e.n, e.hashes, e.leaf, e.leaf IS NULL AND e.n >= $4 AND e.n < l.dropped FROM audit_entry e JOIN audit_log l ON l.id = e.log
		WHERE e.log = $1 AND e.n >= $2 AND e.n < $3`, l.id, from, to, l.Dropped)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	entries := make([]row, to-from)
	for rows.Next() {
		var r row
		var since bool
		if err := rows.Scan(&r.n, &r.hashes, &r.leaf, &since); err != nil {
			return nil, err
		}
		if since {
			return nil, errPruned
		}
		entries[r.n-from] = r
	}
	return entries, rows.Err()
}

// appendLeaf appends a leaf as it is, or in base64 if it is not one that
// mayfly wrote: a damaged one must not break the line.
func appendLeaf(line, leaf []byte) []byte {
	if _, err := ParseLeaf(leaf); err == nil {
		return append(append(line, `,"leaf":`...), leaf...)
	}
	line = append(line, `,"damaged":"`...)
	return append(base64.StdEncoding.AppendEncode(line, leaf), '"')
}
