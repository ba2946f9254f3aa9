package tenant

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"mayfly/gateway/again"
)

// PollEvery is how often a database is asked whether something changed.
const PollEvery = 500 * time.Millisecond

// Stale is how old the last answer of the database may be. What is older
// allows no recording.
const Stale = 3 * time.Second

// Source is a database of tenants.
type Source interface {
	// Load gives all that is stored, as one snapshot: the tenants whose
	// document is there, and what it knows of those of the file.
	Load(ctx context.Context) ([]Stored, error)
	// Mark is a number that grows with every change of what Load gives.
	Mark(ctx context.Context) (uint64, error)
}

// Stored is what a database knows of a tenant.
type Stored struct {
	ID           string // empty: of the whole gateway, only ForcedOff and its reason count
	Source       string // SourceFile: Document is a copy of what the file says, and not used
	Number       uint64 // version of the document
	At           time.Time
	Document     []byte
	Hash         [sha256.Size]byte // of Document
	ForcedOff    bool
	ForcedReason string
	Keys         []Key // that are live, beside those of the file
}

// tenant is the tenant as the document and the rows say.
func (s *Stored) tenant() (*Tenant, error) {
	if s.Hash != DocumentHash(s.Document) {
		return nil, fault("its hash is another's", "restore the version before (mayfly tenant)")
	}
	t, err := parseDocument(s.Document, time.Time{})
	if err != nil {
		return nil, err
	}
	if t.ID != s.ID {
		return nil, fault("it is the document of another tenant", "restore the version before (mayfly tenant)")
	}
	t.Source = SourceStore
	s.apply(t)
	return t, nil
}

// apply adds what is not in the document.
func (s *Stored) apply(t *Tenant) {
	t.Number, t.Changed = s.Number, s.At
	t.ForcedOff, t.ForcedReason = s.ForcedOff, s.ForcedReason
	t.Keys = slices.Concat(t.Keys, s.Keys)
}

// demonstration is the demonstration with what was changed in it. It keeps the
// keys and origins of the process, and the files that hold the keys of its back
// ends. A document that cannot be used leaves it as it was, with recording off.
func (s *Stored) demonstration(t Tenant) Tenant {
	own, err := s.tenant()
	if err != nil {
		s.apply(&t)
		t.Source = SourceStore
		t.ForcedOff, t.ForcedReason = true, "its document cannot be read"
		return t
	}
	for i := range own.Avatars {
		if like := t.Find(own.Avatars[i].ID); like != nil {
			own.Avatars[i].BackEnd.keyFrom(like.BackEnd)
			own.Avatars[i].Speech.keyFrom(like.Speech)
			own.Avatars[i].Transcriber.keyFrom(like.Transcriber)
		}
	}
	own.Demo, own.Origins, own.Public = true, t.Origins, t.Public
	own.Keys = slices.Concat(t.Keys, own.Keys)
	return *own
}

// keyFrom takes over where the key of the same server is.
func (b *BackEnd) keyFrom(of *BackEnd) {
	if b != nil && of != nil && b.URL.Scheme == of.URL.Scheme && b.URL.Host == of.URL.Host {
		b.KeyFile = of.KeyFile
	}
}

// forceOff applies what is said of the whole gateway.
func (t *Tenant) forceOff(all Stored) {
	if all.ForcedOff {
		t.ForcedOff, t.ForcedReason = true, all.ForcedReason
	}
}

// Load takes in what the database has, now, and from then on belongs to that
// database. changed, if not nil, is called for each tenant that is not as it
// was, after the exchange: old is nil for a new one, new for one that is gone.
//
// If the database cannot be read, or has a tenant that the file has as well,
// nothing changes, and Confirmed grows old. A single document that cannot be
// used leaves its tenant as it was, with recording off; the error says so.
func (d *Directory) Load(ctx context.Context, from Source, changed func(old, new *Tenant)) error {
	d.mu.Lock()
	before, after, err := d.load(ctx, from)
	tell := d.renewed
	d.mu.Unlock()
	if changed != nil {
		eachChange(before, after, changed)
	}
	if after != nil {
		for _, f := range tell {
			f()
		}
	}
	return err
}

func (d *Directory) load(ctx context.Context, from Source) (before, after *snapshot, err error) {
	d.asked.Store(true)
	asked := time.Now()
	mark, err := from.Mark(ctx) // first: a change in between is loaded again, not missed
	if err != nil {
		return nil, nil, err
	}
	if d.source == nil || mark != d.mark {
		stored, err := from.Load(ctx)
		if err != nil {
			return nil, nil, err
		}
		before = d.current.Load()
		s, trouble, err := build(d.files, stored, before, d.own)
		if err != nil {
			return nil, nil, err
		}
		d.stored, d.mark, d.trouble = stored, mark, trouble
		d.current.Store(s)
		after = s
	}
	d.source = from
	d.confirmed.Store(&asked)
	return before, after, d.trouble
}

func eachChange(before, after *snapshot, changed func(old, new *Tenant)) {
	if after == nil {
		return
	}
	for _, t := range after.tenants {
		if old := before.ids[t.ID]; old == nil || !same(old, t) {
			changed(old, t)
		}
	}
	for _, old := range before.tenants {
		if after.ids[old.ID] == nil {
			changed(old, nil)
		}
	}
}

// same says whether nothing changed that a session could notice.
func same(a, b *Tenant) bool {
	if a.Source != b.Source || a.Number != b.Number || a.ForcedOff != b.ForcedOff || a.ForcedReason != b.ForcedReason {
		return false
	}
	one, err1 := Document(a)
	two, err2 := Document(b)
	return err1 == nil && err2 == nil && bytes.Equal(one, two)
}

// Follow asks the database every so often, until ctx ends, and takes in what
// changed. failed, if not nil, is called with what went wrong each time
// something does.
func (d *Directory) Follow(ctx context.Context, from Source, every time.Duration, changed func(old, new *Tenant), failed func(error)) {
	again.Every(ctx, every, func(time.Time) {
		once, cancel := context.WithTimeout(ctx, Stale)
		defer cancel()
		if err := d.Load(once, from, changed); err != nil && failed != nil && !errors.Is(err, context.Canceled) {
			failed(err)
		}
	})
}

// Confirmed is when the database last said that the tenants are these; the zero
// time if it never did. It is now where there is no database to be behind.
func (d *Directory) Confirmed() time.Time {
	if !d.asked.Load() {
		return time.Now()
	}
	if at := d.confirmed.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// Fresh says whether what the directory knows may still allow a recording.
func (d *Directory) Fresh(now time.Time) bool { return now.Sub(d.Confirmed()) < Stale }
