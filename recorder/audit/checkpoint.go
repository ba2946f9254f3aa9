package audit

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log came to, signed: whoever has one can tell later
// that nothing before it was changed or left out. Its form is C2SP's
// tlog-checkpoint; its origin is the signer's name and the log's, as
// example.org/audit/acme/2026-11.
type Checkpoint struct {
	Log string // tenant/2026-11
	Head
}

// ErrCheckpoint means that something is not a checkpoint, or not one that a
// known key signed.
var ErrCheckpoint = errors.New("not a checkpoint of this gateway")

// sign is the checkpoint as a signed note.
func (c Checkpoint) sign(by note.Signer) ([]byte, error) {
	text := fmt.Sprintf("%s/%s\n%d\n%s\n", by.Name(), c.Log, c.Size, tlog.Hash(c.Root))
	return note.Sign(&note.Note{Text: text}, by)
}

// Publish signs what a log came to, if it grew out of what was published of it
// last (zero: nothing was). Whoever calls it keeps that outside the database:
// so a database that somebody rewrote gets no signature.
func Publish(ctx context.Context, tx Tx, l Log, last Checkpoint, by note.Signer) (Checkpoint, []byte, error) {
	head, err := HeadOf(ctx, tx, l)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c := Checkpoint{Log: l.Name(), Head: head}
	if last.Size > 0 {
		disagrees := &BadEntry{Log: c.Log, Index: -1, Why: fmt.Errorf("%w (checkpoint of %d entries)", ErrDisagrees, last.Size)}
		if last.Log != c.Log || last.Size > c.Size {
			return Checkpoint{}, nil, disagrees
		}
		proof, err := ProveGrowth(ctx, tx, l, c.Size, last.Size)
		if err != nil {
			return Checkpoint{}, nil, err
		}
		if tlog.CheckTree(proof, c.Size, c.Root, last.Size, last.Root) != nil {
			return Checkpoint{}, nil, disagrees
		}
	}
	signed, err := c.sign(by)
	return c, signed, err
}

// OpenCheckpoint reads a checkpoint and checks its signature.
func OpenCheckpoint(signed []byte, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open(signed, known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %v", ErrCheckpoint, err)
	}
	lines := strings.SplitN(n.Text, "\n", 4)
	if len(lines) != 4 {
		return Checkpoint{}, fmt.Errorf("%w: it has fewer than three lines", ErrCheckpoint)
	}
	var c Checkpoint
	var ok bool
	if c.Log, ok = strings.CutPrefix(lines[0], n.Sigs[0].Name+"/"); !ok {
		return Checkpoint{}, fmt.Errorf("%w: its origin is not that of the key that signed it", ErrCheckpoint)
	}
	if _, c.Month, err = parseName(c.Log); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %v", ErrCheckpoint, err)
	}
	c.Size, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || c.Size < 0 || lines[1] != strconv.FormatInt(c.Size, 10) {
		return Checkpoint{}, fmt.Errorf("%w: its second line is not a size", ErrCheckpoint)
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("%w: its third line is not a hash", ErrCheckpoint)
	}
	c.Root = [32]byte(root)
	return c, nil
}
