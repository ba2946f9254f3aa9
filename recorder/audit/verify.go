package audit

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/session"
)

// Report is what Verify found. Every entry is in one of the three counts.
type Report struct {
	Tenant     string
	Logs       int
	Recomputed uint64 // the leaf is there, and the tree was computed from it
	Dropped    uint64 // the leaf was dropped, and a fact in the log says so
	Stored     uint64 // the leaf was dropped by a fact that was itself dropped since; its hash is in the tree
	DroppedBy  []Drop
	Signed     uint64    // entries under a checkpoint in the export that a known key signed
	Newest     time.Time // of the newest entry whose leaf is there
	SetBack    []SetBack // where the clock went back, at most 100
	Agreed     int       // earlier checkpoints that the logs still agree with
	Heads      []Checkpoint
}

// Drop is a fact that says which entries were dropped.
type Drop struct {
	Fact  uint64 // number of its entry
	Count uint64
}

// SetBack is an entry whose time is earlier than that of the one before it, by
// more than writing them takes: the machine's clock was set back.
type SetBack struct {
	Number uint64
	By     time.Duration
}

const (
	setBackLeast = time.Minute
	setBackMost  = 100
)

// BadEntry says where a log is not what was written, and in what.
type BadEntry struct {
	Log   string
	Index int64 // from 0; -1: the log as a whole
	Why   error
}

func (e *BadEntry) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("%s: %v", e.Log, e.Why)
	}
	return fmt.Sprintf("%s, entry %d: %v", e.Log, e.Index, e.Why)
}

func (e *BadEntry) Unwrap() error { return e.Why }

// What can be wrong with a log.
var (
	ErrChanged    = errors.New("the entry is not the one that was written")
	ErrMissing    = errors.New("the entry is missing, and no fact says that it was dropped")
	ErrEarly      = errors.New("the entry was dropped before the end of its retention")
	ErrOrder      = errors.New("the lines are not in their order: one was moved, doubled or left out")
	ErrTree       = errors.New("a stored hash is not the one that follows from the entries")
	ErrRoot       = errors.New("the root is not the one that follows from the entries")
	ErrGap        = errors.New("a log, or a part of one, is missing before this one")
	ErrPrior      = errors.New("the entry does not say what the log before came to")
	ErrDisagrees  = errors.New("the log does not agree with an earlier checkpoint: it was changed, or cut, since")
	ErrUnsigned   = errors.New("from here on no known key signed what the log came to: a gateway's export is signed to its end")
	ErrNotAnAudit = errors.New("this is not an export of an audit log")
	ErrTruncated  = errors.New("the export ends too early: export it again, and compare the sizes of the files")
)

// Verify reads an export and computes every log again from its entries. It
// trusts no hash in the export, except as the only thing left of an entry
// that was dropped. If a key is known (nil: none is), every log must have a
// checkpoint of its whole size, signed by it, that agrees. Earlier checkpoints,
// published when the log was younger, are what shows that somebody with the
// database and the key wrote it anew, or cut its end off: all of this tenant
// must agree. The error is a *BadEntry for the first entry that is wrong.
func Verify(export io.Reader, known note.Verifiers, earlier []Checkpoint) (Report, error) {
	v := &verifier{in: bufio.NewScanner(export), known: known, earlier: map[string][]awaited{}}
	v.in.Buffer(make([]byte, 64<<10), 1<<20)
	v.in.Split(wholeLines)
	for _, c := range earlier {
		v.earlier[c.Log] = append(v.earlier[c.Log], awaited{Checkpoint: c})
	}
	if err := v.run(); err != nil {
		return v.report, err
	}
	if err := v.account(); err != nil {
		return v.report, err
	}
	return v.report, v.unsigned
}

type verifier struct {
	in      *bufio.Scanner
	known   note.Verifiers
	earlier map[string][]awaited // by log; those of logs that were read are gone
	report  Report
	log     Log
	awaited []awaited  // of this log, at sizes still to come
	head    Checkpoint // of the log before
	tree    frontier
	stored  []byte // hashes of one entry
	read    []Log
	absent  uint64 // number of the last entry without a leaf
	present bool   // an entry with a leaf was seen
	drops   []drop
	last    time.Time // of the entry before

	unsigned error // the first entry that no checkpoint in the export is about
}

// wholeLines is bufio.ScanLines for lines that end: an export that ends too early
// mostly does so within one.
func wholeLines(data []byte, atEOF bool) (n int, line []byte, err error) {
	if atEOF && len(data) > 0 && bytes.IndexByte(data, '\n') < 0 {
		return 0, nil, ErrTruncated
	}
	return bufio.ScanLines(data, atEOF)
}

func (v *verifier) line() (*cursor, error) {
	if !v.in.Scan() {
		if err := v.in.Err(); err != nil && err != ErrTruncated {
			return nil, fmt.Errorf("%w (%v)", ErrNotAnAudit, err)
		}
		return nil, ErrTruncated
	}
	return &cursor{rest: v.in.Bytes()}, nil
}

func (v *verifier) run() error {
	c, err := v.line()
	if err != nil {
		return ErrNotAnAudit
	}
	if !c.take(`{"mayfly_audit":1,"logs":`) {
		return ErrNotAnAudit
	}
	logs := c.signed()
	if c.bad || logs < 1 || !c.take(`}`) {
		return ErrNotAnAudit
	}
	for range logs {
		if err := v.oneLog(); err != nil {
			return err
		}
	}
	if v.in.Scan() || v.in.Err() != nil {
		return fmt.Errorf("%w: something follows after its end", ErrNotAnAudit)
	}
	return v.passed(1<<63 - 1)
}

// bad names an entry of the log that is being read.
func (v *verifier) bad(n int64, why error) error {
	return &BadEntry{Log: v.log.Name(), Index: n, Why: why}
}

func (v *verifier) oneLog() error {
	c, err := v.line()
	if err != nil {
		return err
	}
	root, checkpoint, err := v.header(c)
	if err != nil {
		return err
	}
	signed, err := v.await(checkpoint)
	if err != nil {
		return err
	}
	if v.known != nil && signed < v.log.Size && v.unsigned == nil {
		v.unsigned = v.bad(signed, ErrUnsigned)
	}
	v.tree = frontier{}
	if err := v.agree(); err != nil {
		return err
	}
	for n := range v.log.Size {
		c, err := v.line()
		if err != nil {
			return v.bad(n, err)
		}
		if err := v.entry(n, c); err != nil {
			return err
		}
		if err := v.agree(); err != nil {
			return err
		}
	}
	head := Checkpoint{Log: v.log.Name(), Head: Head{Month: v.log.Month, Size: v.log.Size, Root: v.tree.root()}}
	if root != tlog.Hash(head.Root).String() {
		return v.bad(-1, ErrRoot)
	}
	if len(v.awaited) > 0 {
		return v.disagrees(v.awaited[0])
	}
	v.head = head
	v.report.Logs++
	v.report.Heads = append(v.report.Heads, head)
	return nil
}

// header reads the line of a log and checks that it follows on the one before.
func (v *verifier) header(c *cursor) (root string, checkpoint []byte, err error) {
	if !c.take(`{"log":`) {
		return "", nil, ErrNotAnAudit
	}
	var l Log
	if l.Tenant, l.Month, err = parseName(string(c.text())); err != nil {
		return "", nil, fmt.Errorf("%w: %v", ErrNotAnAudit, err)
	}
	l.Base = c.optional("base", 1<<63)
	c.bad = c.bad || !c.key("size")
	l.Size = c.signed()
	c.bad = c.bad || !c.key("root")
	root = string(c.text())
	c.bad = c.bad || !c.key("checkpoint")
	checkpoint, err = base64.StdEncoding.Strict().DecodeString(string(c.text()))
	if c.bad || err != nil || !c.take(`}`) || len(c.rest) > 0 || l.Size < 1 {
		return "", nil, ErrNotAnAudit
	}
	v.log = l
	v.read = append(v.read, l)
	switch {
	case v.report.Logs == 0:
		v.report.Tenant = l.Tenant
		if l.Base != 0 {
			return "", nil, v.bad(-1, ErrGap)
		}
	case l.Tenant != v.report.Tenant:
		return "", nil, v.bad(-1, fmt.Errorf("%w: logs of two tenants", ErrNotAnAudit))
	case l.Month <= v.head.Month || l.Base != v.report.entries():
		return "", nil, v.bad(-1, ErrGap)
	}
	return root, checkpoint, nil
}

func (r *Report) entries() uint64 { return r.Recomputed + r.Dropped + r.Stored }

// entry reads the line of one entry.
func (v *verifier) entry(n int64, c *cursor) error {
	c.bad = !c.take(`{"n":`)
	got := c.signed()
	switch {
	case c.bad:
		return v.bad(n, ErrTruncated)
	case got != n:
		return v.bad(n, ErrOrder)
	}
	c.bad = !c.key("hashes")
	stored, err := base64.StdEncoding.Strict().AppendDecode(v.stored[:0], c.text())
	c.bad = c.bad || err != nil
	v.stored = stored
	if c.take(`,"damaged":`) {
		return v.bad(n, ErrChanged)
	}
	leaf := c.take(`,"leaf":`)
	if c.bad || !bytes.HasSuffix(c.rest, []byte("}")) {
		return v.bad(n, ErrMalformed)
	}
	data := c.rest[:len(c.rest)-1]
	if len(stored) < tlog.HashSize {
		return v.bad(n, ErrMissing)
	}
	hash := tlog.Hash(stored[:tlog.HashSize])
	switch {
	case leaf:
		if tlog.RecordHash(data) != hash {
			return v.bad(n, ErrChanged)
		}
		err = v.leaf(n, data)
	case len(data) > 0:
		err = v.bad(n, ErrMalformed)
	default:
		err = v.dropped(n)
	}
	if err != nil {
		return err
	}
	for _, node := range v.tree.add(hash) {
		if !bytes.HasPrefix(stored, node[:]) {
			return v.bad(n, ErrTree)
		}
		stored = stored[tlog.HashSize:]
	}
	if len(stored) > 0 {
		return v.bad(n, ErrTree)
	}
	return nil
}

// leaf counts an entry whose leaf is there.
func (v *verifier) leaf(n int64, data []byte) error {
	l, err := ParseLeaf(data)
	if err != nil {
		return v.bad(n, err)
	}
	prior := Head{}
	if n == 0 {
		prior = v.head.Head
	}
	if l.Prior != prior {
		return v.bad(n, ErrPrior)
	}
	// The fact that begins a month begins a log. So nobody who appends to a log
	// says that it is another year already.
	if MonthOf(l.At) > v.log.Month {
		return v.bad(n, fmt.Errorf("%w: it is of a later month than its log", ErrMalformed))
	}
	v.present = true
	v.report.Recomputed++
	if by := v.last.Sub(l.At); by > setBackLeast && len(v.report.SetBack) < setBackMost {
		v.report.SetBack = append(v.report.SetBack, SetBack{v.log.Base + uint64(n) + 1, by})
	}
	v.last = l.At
	if l.At.After(v.report.Newest) {
		v.report.Newest = l.At
	}
	if l.Fact.Kind == session.AuditPruned {
		v.drops = append(v.drops, drop{fact: v.log.Base + uint64(n) + 1, at: l.At, upTo: l.Fact.Before, count: l.Fact.Count})
	}
	return nil
}

// dropped counts an entry of which only the hash is left. Which fact dropped
// it is known at the end, since facts come later than what they drop.
func (v *verifier) dropped(n int64) error {
	if v.present {
		return v.bad(n, ErrMissing)
	}
	v.report.Stored++
	v.absent = v.log.Base + uint64(n) + 1
	return nil
}
