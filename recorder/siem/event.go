// Package siem says what is in the audit log in the forms that a security
// team's collectors read: OCSF 1.9 in JSON, and CEF. One record is one line of
// printable ASCII, however hostile what is in the log: names from closed lists,
// opaque ids and numbers. It has no field for content, and fills none.
package siem

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// Stored is an entry of the log as it is stored, unread.
type Stored struct {
	Number uint64 // from 1, through all logs of the tenant
	Log    string // its name, tenant/2026-11
	Index  int64  // in that log, from 0
	Leaf   []byte
	// Dropped says that the leaf went at the end of its retention.
	Dropped bool
	Hash    []byte // RFC 6962 hash that the tree has of it
}

// Event is what one record says: an entry, or several that are summed up.
type Event struct {
	Tenant      string // empty: the gateway itself
	First, Last uint64 // numbers of the entries
	Entries     uint64 // how many: 1, or of a summary more
	Start, End  time.Time
	Log         string
	Index       int64
	LeafHash    [32]byte // zero: of a summary
	Kind        string   // of the fact, or VerifyFailed, or EntriesGone
	Fact        session.Fact

	meaning meaning
}

// UID names the record: the same whenever the same is sent again.
func (e *Event) UID() string {
	of := e.Tenant
	if of == "" {
		of = "~gateway"
	}
	if e.First == e.Last {
		return fmt.Sprintf("%s/%d", clean(of, maxName), e.First)
	}
	return fmt.Sprintf("%s/%d-%d", clean(of, maxName), e.First, e.Last)
}

// Severity is OCSF's, from 1 (informational) to 5 (critical).
func (e *Event) Severity() int { return e.meaning.severity }

// Type is OCSF's type_uid.
func (e *Event) Type() int { return e.meaning.class.uid*100 + e.meaning.activity }

// Read reads an entry and checks it against its hash. One that cannot be read,
// or is another than its hash was made of, is an event too.
func Read(tenant string, s Stored, now time.Time) Event {
	e := Event{Tenant: tenant, First: s.Number, Last: s.Number, Entries: 1, Log: s.Log, Index: s.Index, Start: now, End: now}
	e.LeafHash = tlog.RecordHash(s.Leaf)
	leaf, err := audit.ParseLeaf(s.Leaf)
	if err != nil || !bytes.Equal(e.LeafHash[:], s.Hash) {
		e.Kind, e.meaning = VerifyFailed, found[VerifyFailed]
		return e
	}
	e.Start, e.End, e.Fact, e.Kind, e.meaning = leaf.At, leaf.At, leaf.Fact, leaf.Fact.Kind.String(), meanings[leaf.Fact.Kind]
	if e.Fact.Reason == session.AuditFails {
		e.meaning = found[VerifyFailed] // somebody found out before this did
	}
	return e
}

// stretchOf is what is told of entries first to last that are not there.
func stretchOf(tenant, kind string, first, last Stored, now time.Time) Event {
	return Event{
		Tenant: tenant, First: first.Number, Last: last.Number, Entries: last.Number - first.Number + 1, Start: now, End: now,
		Log: last.Log, Index: first.Index, Kind: kind, meaning: found[kind],
	}
}
