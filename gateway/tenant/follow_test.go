package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// rows is a database of tenants in memory.
type rows struct {
	mu   sync.Mutex
	all  []Stored // Guarded by mu.
	mark uint64   // Guarded by mu.
	down error    // Guarded by mu.
}

func (r *rows) Mark(context.Context) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mark, r.down
}

func (r *rows) Load(context.Context) ([]Stored, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Stored(nil), r.all...), r.down
}

func (r *rows) set(down error, all ...Stored) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all, r.down = all, down
	r.mark++
}

func storedOf(t *testing.T, of *Tenant, number uint64) Stored {
	t.Helper()
	document, err := Document(of)
	require.NoError(t, err)
	return Stored{ID: of.ID, Source: SourceStore, Number: number, Document: document, Hash: DocumentHash(document)}
}

// changes notes what a directory says of changes.
type changes []string

func (c *changes) note(old, new *Tenant) {
	describe := func(t *Tenant) string {
		if t == nil {
			return "-"
		}
		return fmt.Sprintf("%s %d %v", t.ID, t.Number, t.Effective(&t.Avatars[0]).Transcript)
	}
	*c = append(*c, describe(old)+" > "+describe(new))
}

// Tenants of the file and of the database are one directory; each is in one
// place, and both can be forced off. R10
func TestDirectoryOfFileAndDatabase(t *testing.T) {
	ctx := t.Context()
	file := *recorded()
	file.Line = 12
	d, err := NewDirectory([]Tenant{file})
	require.NoError(t, err)
	require.True(t, d.Fresh(time.Now()), "without a database there is nothing to be behind")

	other := recorded()
	other.ID = "bolt"
	secret, hash := NewKey()
	row := storedOf(t, other, 4)
	row.Keys = []Key{{Hash: hash, Role: Admin, ID: session.ID{1}, Name: "Ann"}}
	var seen changes
	from := &rows{}
	from.set(nil, row)
	require.NoError(t, d.Load(ctx, from, seen.note))
	require.Equal(t, changes{"- > bolt 4 true"}, seen)
	got, ok := d.Lookup(secret, time.Now())
	require.True(t, ok)
	require.Equal(t, session.ID{1}, got.ID)
	require.Equal(t, "Ann", got.Name)
	require.Equal(t, SourceStore, got.Tenant.Source)
	require.Equal(t, SourceFile, d.Tenant("acme").Source)

	// A reload of the file keeps what is in the database, and the reverse.
	require.NoError(t, d.Replace([]Tenant{file}))
	require.NotNil(t, d.Tenant("bolt"))

	// Forced off: one of the database, one of the file, all.
	seen = nil
	off := row
	off.ForcedOff, off.ForcedReason = true, "an incident"
	from.set(nil, off, Stored{ID: "acme", Source: SourceFile, Number: 2})
	require.NoError(t, d.Load(ctx, from, seen.note))
	require.Equal(t, changes{"acme 0 true > acme 2 true", "bolt 4 true > bolt 4 false"}, seen)
	require.Equal(t, "an incident", d.Tenant("bolt").ForcedReason)
	seen = nil
	from.set(nil, row, Stored{ID: "acme", Source: SourceFile, Number: 2, ForcedOff: true})
	require.NoError(t, d.Load(ctx, from, seen.note))
	require.Equal(t, changes{"acme 2 true > acme 2 false", "bolt 4 false > bolt 4 true"}, seen)
	seen = nil
	from.set(nil, row, Stored{ForcedOff: true})
	require.NoError(t, d.Load(ctx, from, seen.note))
	require.Equal(t, changes{"acme 2 false > acme 0 false", "bolt 4 true > bolt 4 false"}, seen)

	// Gone.
	seen = nil
	from.set(nil)
	require.NoError(t, d.Load(ctx, from, seen.note))
	require.Equal(t, changes{"acme 0 false > acme 0 true", "bolt 4 false > -"}, seen)
	_, ok = d.Lookup(secret, time.Now())
	require.False(t, ok)
}

// One id in both places is a mistake that names both, whichever came first,
// and changes nothing.
func TestTenantInTwoPlaces(t *testing.T) {
	ctx := t.Context()
	file := *recorded()
	file.Line = 12
	d, err := NewDirectory([]Tenant{file})
	require.NoError(t, err)
	from := &rows{}
	from.set(nil, storedOf(t, recorded(), 1))
	const want = `the tenant "acme" is in line 12 of the configuration file and in the database; take it out of the file, or end the one in the database (mayfly tenant remove)`
	require.EqualError(t, d.Load(ctx, from, nil), want)
	require.Equal(t, SourceFile, d.Tenant("acme").Source)
	require.False(t, d.Fresh(time.Now()), "what could not be taken in is not confirmed")

	d, err = NewDirectory(nil)
	require.NoError(t, err)
	require.NoError(t, d.Load(ctx, from, nil))
	require.EqualError(t, d.Replace([]Tenant{file}), want)
	require.Equal(t, SourceStore, d.Tenant("acme").Source)
}

// A document that cannot be used leaves its tenant as it was, with recording
// off; the others go on.
func TestBadStoredDocument(t *testing.T) {
	ctx := t.Context()
	good := storedOf(t, recorded(), 1)
	other := recorded()
	other.ID = "bolt"
	d, err := NewDirectory(nil)
	require.NoError(t, err)
	from := &rows{}
	from.set(nil, good, storedOf(t, other, 1))
	require.NoError(t, d.Load(ctx, from, nil))

	for name, bad := range map[string]func(*Stored){
		"broken": func(s *Stored) { s.Document = []byte(`{"id":`); s.Hash = DocumentHash(s.Document) },
		"of a newer gateway": func(s *Stored) {
			s.Document = []byte(`{"id":"acme","name":"A","avatars":[{"id":"x","name":"X"}],"hologram":true}`)
			s.Hash = DocumentHash(s.Document)
		},
		"with another hash":   func(s *Stored) { s.Hash[0] ^= 1 },
		"with a flipped byte": func(s *Stored) { s.Document = []byte(string(s.Document[:40]) + "x" + string(s.Document[41:])) },
		"another tenant's":    func(s *Stored) { *s = storedOf(t, other, 1); s.ID = "acme" },
		"empty":               func(s *Stored) { s.Document = nil; s.Hash = DocumentHash(nil) },
		"transcript that is text": func(s *Stored) {
			s.Document = []byte(`{"id":"acme","name":"A","avatars":[{"id":"x","name":"X"}],"policy":{"transcript":"TRUE "}}`)
			s.Hash = DocumentHash(s.Document)
		},
	} {
		row := good
		row.Number = 2
		bad(&row)
		from.set(nil, row, storedOf(t, other, 2))
		err := d.Load(ctx, from, nil)
		require.ErrorContains(t, err, `the document of tenant "acme" in the database cannot be used, so the last good one counts`, name)
		require.NoError(t, func() error { _, err := from.Mark(ctx); return err }())
		acme := d.Tenant("acme")
		require.NotNil(t, acme, name)
		require.False(t, acme.Effective(&acme.Avatars[0]).Transcript, name)
		require.Equal(t, uint64(2), d.Tenant("bolt").Number, name)
		require.ErrorContains(t, d.Load(ctx, from, nil), "cannot be used", "it is said until it is right")

		from.set(nil, good, storedOf(t, other, 1))
		require.NoError(t, d.Load(ctx, from, nil), name)
		acme = d.Tenant("acme")
		require.True(t, acme.Effective(&acme.Avatars[0]).Transcript, name)
	}

	// With nothing good before, the tenant is not there.
	d, err = NewDirectory(nil)
	require.NoError(t, err)
	row := good
	row.Document = nil
	from.set(nil, row)
	require.Error(t, d.Load(ctx, from, nil))
	require.Nil(t, d.Tenant("acme"))
}

// A change in the database is seen within half a second; a database that is
// gone leaves what is known, which after three seconds allows nothing. R10
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		d, err := NewDirectory(nil)
		require.NoError(t, err)
		from := &rows{}
		from.set(nil, storedOf(t, recorded(), 1))
		var (
			seen   changes
			failed atomic.Int64
		)
		done := make(chan struct{})
		go func() {
			defer close(done)
			d.Follow(ctx, from, PollEvery, seen.note, func(error) { failed.Add(1) })
		}()
		time.Sleep(time.Millisecond) // between two polls
		synctest.Wait()
		require.Equal(t, changes{"- > acme 1 true"}, seen)
		require.True(t, d.Fresh(time.Now()))

		off := recorded()
		off.Policy.Transcript = false
		from.set(nil, storedOf(t, off, 2))
		time.Sleep(PollEvery)
		synctest.Wait()
		require.Equal(t, changes{"- > acme 1 true", "acme 1 true > acme 2 false"}, seen)

		// Nothing changes for a minute: nothing is said, and it stays fresh.
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(t, seen, 2)
		require.True(t, d.Fresh(time.Now()))
		require.Zero(t, failed.Load())

		from.set(errors.New("gone"), storedOf(t, recorded(), 3))
		time.Sleep(Stale - 2*time.Millisecond)
		synctest.Wait()
		require.Len(t, seen, 2)
		require.NotNil(t, d.Tenant("acme"))
		require.NotZero(t, failed.Load())
		require.True(t, d.Fresh(time.Now()))
		time.Sleep(PollEvery)
		synctest.Wait()
		require.False(t, d.Fresh(time.Now()))
		from.set(nil, storedOf(t, recorded(), 3))
		time.Sleep(PollEvery)
		synctest.Wait()
		require.True(t, d.Fresh(time.Now()))
		require.Len(t, seen, 3)

		stop()
		<-done
	})
}

// R10: how old an answer is does not depend on a clock that somebody sets back.
func TestConfirmedOnTheClockThatIsNotSet(t *testing.T) {
	d, err := NewDirectory([]Tenant{*recorded()})
	require.NoError(t, err)
	require.NoError(t, d.Load(t.Context(), &rows{}, nil))
	at := d.Confirmed()
	require.NotEqual(t, at.Round(0), at, "the monotonic reading is kept") // package time: Round strips it
	require.True(t, at.Equal(at.Round(0)))
}

// A directory that was asked to follow a database and never reached it has
// never been confirmed.
func TestNeverConfirmed(t *testing.T) {
	d, err := NewDirectory([]Tenant{*recorded()})
	require.NoError(t, err)
	from := &rows{}
	from.set(errors.New("gone"))
	require.Error(t, d.Load(t.Context(), from, nil))
	require.True(t, d.Confirmed().IsZero())
	require.False(t, d.Fresh(time.Now()))
}
