package audit

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// Export writes all logs of a tenant as JSON Lines, from which Verify needs
// nothing else: a line about the export; for each log a line of what it came
// to, with the last checkpoint that was published of it, by the log's name;
// for each entry its hashes as they are stored, and its leaf if that is still
// there. It checks nothing, and signs nothing: what was tampered with is
// exported as it is, for Verify to see. The tx has to be one that sees one
// moment.
func Export(ctx context.Context, tx Tx, tenant string, published map[string][]byte, to io.Writer) error {
	logs, err := Logs(ctx, tx, tenant)
	if err != nil {
		return err
	}
	if len(logs) == 0 {
		return ErrNoLog
	}
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
	rows, err := tx.QueryContext(ctx, `SELECT n, hashes, leaf FROM audit_entry WHERE log = $1 AND n >= $2 AND n < $3`, l.id, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	entries := make([]row, to-from)
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.n, &r.hashes, &r.leaf); err != nil {
			return err
		}
		entries[r.n-from] = r
	}
	line := make([]byte, 0, leafMax)
	for n := from; n < to; n++ {
		r := entries[n-from]
		line = append(strconv.AppendInt(append(line[:0], `{"n":`...), n, 10), `,"hashes":"`...)
		line = append(base64.StdEncoding.AppendEncode(line, r.hashes), '"')
		if r.leaf != nil {
			line = appendLeaf(line, r.leaf)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return rows.Err()
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
