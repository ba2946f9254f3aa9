package browser

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// chronicle is the log of a tenant, made without a gateway, so that it can be
// tampered with in every way that there is.
type chronicle struct {
	tenant string
	logs   []*chronicleLog
	by     audit.Signer
	public string // key
}

// chronicleLog is the log of one month.
type chronicleLog struct {
	name   string
	base   uint64
	leaves [][]byte      // nil: dropped
	kept   []tlog.Hash   // of each leaf, also of those that were dropped
	stored [][]tlog.Hash // with each entry
	root   tlog.Hash
	note   []byte
}

// newChronicle makes logs of months with so many entries each.
func newChronicle(t testing.TB, r *rand.Rand, tenant string, sizes ...int) *chronicle {
	t.Helper()
	secret, err := audit.MakeKey("localhost/audit")
	must(t, err)
	c := &chronicle{tenant: tenant}
	c.by, c.public, err = audit.OpenKey(secret)
	must(t, err)
	kinds := []session.FactKind{session.SessionStarted, session.NoticeAcknowledged, session.ConsentGiven, session.RecordingAllowed, session.TranscriptRead, session.KeyIssued, session.SessionEnded}
	for i, size := range sizes {
		l := &chronicleLog{name: fmt.Sprintf("%s/2026-%02d", tenant, 5+i)}
		at := time.Date(2026, time.Month(5+i), 1, 8, 0, 0, 0, time.UTC)
		for n := range size {
			at = at.Add(time.Duration(r.IntN(2e6/size)+1) * time.Second)
			leaf := audit.Leaf{At: at, Fact: session.Fact{Kind: kinds[r.IntN(len(kinds))], Count: uint64(r.IntN(4)), Policy: uint64(r.IntN(3))}}
			for _, id := range []*session.ID{&leaf.Fact.Session, &leaf.Fact.Actor} {
				if r.IntN(2) == 0 {
					fill(r, id[:])
				}
			}
			if r.IntN(3) == 0 {
				leaf.Fact.Purposes, leaf.Fact.Reason = session.Transcript|session.VoiceInput, session.Idle
				fill(r, leaf.Fact.Hash[:])
			}
			fill(r, leaf.Salt[:])
			if n == 0 && i > 0 {
				before := c.logs[i-1]
				leaf.Prior = audit.Head{Month: audit.Month(202605 + i - 1), Size: int64(len(before.kept)), Root: before.root}
			}
			text, err := leaf.AppendTo(nil)
			must(t, err)
			l.leaves = append(l.leaves, text)
		}
		if i > 0 {
			l.base = c.logs[i-1].base + uint64(len(c.logs[i-1].kept))
		}
		c.logs = append(c.logs, l)
		l.grow(t)
		l.note = c.sign(t, l.name, len(l.kept), l.root, c.by)
	}
	return c
}

func fill(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
}

// grow computes the tree anew from the leaves.
func (l *chronicleLog) grow(t testing.TB) {
	var all []tlog.Hash
	known := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = all[n]
		}
		return out, nil
	})
	l.stored = nil
	for n, leaf := range l.leaves {
		if leaf != nil {
			l.kept = append(l.kept[:n], append([]tlog.Hash{tlog.RecordHash(leaf)}, l.kept[min(n+1, len(l.kept)):]...)...)
		}
		nodes, err := tlog.StoredHashesForRecordHash(int64(n), l.kept[n], known)
		must(t, err)
		all = append(all, nodes...)
		l.stored = append(l.stored, nodes)
	}
	var err error
	l.root, err = tlog.TreeHash(int64(len(l.leaves)), known)
	must(t, err)
}

// rootOf is what the log came to when it was younger.
func (l *chronicleLog) rootOf(t testing.TB, size int) tlog.Hash {
	young := &chronicleLog{leaves: l.leaves[:size], kept: append([]tlog.Hash(nil), l.kept[:size]...)}
	young.grow(t)
	return young.root
}

func (c *chronicle) sign(t testing.TB, log string, size int, root tlog.Hash, by audit.Signer) []byte {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s/%s\n%d\n%s\n", by.Name(), log, size, root)}, by)
	must(t, err)
	return signed
}

// export is the log as the gateway gives it out.
func (c *chronicle) export() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"mayfly_audit":1,"logs":%d}`+"\n", len(c.logs))
	for _, l := range c.logs {
		fmt.Fprintf(&b, `{"log":"%s","base":%d,"size":%d,"root":"%s","checkpoint":"%s"}`+"\n", l.name, l.base, len(l.leaves), l.root, base64.StdEncoding.EncodeToString(l.note))
		for n, leaf := range l.leaves {
			var stored []byte
			for _, h := range l.stored[n] {
				stored = append(stored, h[:]...)
			}
			fmt.Fprintf(&b, `{"n":%d,"hashes":"%s"`, n, base64.StdEncoding.EncodeToString(stored))
			if leaf != nil {
				fmt.Fprintf(&b, `,"leaf":%s`, leaf)
			}
			b.WriteString("}\n")
		}
	}
	return b.Bytes()
}
