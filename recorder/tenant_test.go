package recorder

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// kinds are the kinds of a tenant's facts, newest first.
func kinds(tb testing.TB, r *Recorder, tenant string) (out []session.FactKind) {
	tb.Helper()
	facts, err := r.Facts(context.Background(), tenant, 0, 1000)
	require.NoError(tb, err)
	for _, f := range facts {
		out = append(out, f.Fact.Kind)
	}
	return out
}

// Versions follow each other; one that is based on another than the last is
// refused and changes nothing; each has its fact.
func TestVersions(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	ctx := context.Background()
	mark, err := r.Mark(ctx)
	require.NoError(t, err)
	change := Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{"a":1}`), Hash: [32]byte{1}, By: admin,
		Recording: map[string]bool{"mia": false}, Facts: []session.Fact{{Kind: session.RecordingForbidden}}}
	c.move(time.Hour)
	n, err := r.ChangeTenant(ctx, change)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	require.Equal(t, []session.FactKind{session.RecordingForbidden, session.TenantChanged, session.TenantAdded}, kinds(t, r, "acme"))
	next, err := r.Mark(ctx)
	require.NoError(t, err)
	require.Greater(t, next, mark)

	_, err = r.ChangeTenant(ctx, change)
	require.Equal(t, ErrStale{Have: 2}, err)
	change.Base = 0
	_, err = r.ChangeTenant(ctx, change)
	require.ErrorIs(t, err, ErrExists)
	change.Tenant, change.Base = "nobody", 1
	_, err = r.ChangeTenant(ctx, change)
	require.ErrorIs(t, err, ErrUnknown)
	require.Len(t, kinds(t, r, "acme"), 3)
	require.Empty(t, kinds(t, r, "nobody"))

	have, err := r.Tenant(ctx, "acme")
	require.NoError(t, err)
	require.Equal(t, Tenant{ID: "acme", Number: 2, At: c.now(), By: admin, Source: "store", Document: []byte(`{"a":1}`), Hash: [32]byte{1}}, have)
	versions, err := r.Versions(ctx, "acme", 0, 10)
	require.NoError(t, err)
	require.Len(t, versions, 2)
	require.EqualValues(t, 2, versions[0].Number)
	versions, err = r.Versions(ctx, "acme", 2, 10)
	require.NoError(t, err)
	require.Len(t, versions, 1)
	first, err := r.Version(ctx, "acme", 1)
	require.NoError(t, err)
	require.Equal(t, []byte(`{}`), first.Document)
	_, err = r.Version(ctx, "acme", 3)
	require.ErrorIs(t, err, ErrUnknown)
	_, err = r.Tenant(ctx, "nobody")
	require.ErrorIs(t, err, ErrUnknown)
}

// Of many who change the same version one wins, and the others learn which
// version there is.
func TestOneChangeWins(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	var all sync.WaitGroup
	results := make([]error, 20)
	for i := range results {
		all.Go(func() {
			_, results[i] = r.ChangeTenant(context.Background(), Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{}`)})
		})
	}
	all.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, ErrStale{Have: 2}, err)
	}
	require.Equal(t, 1, won)
}

// Forcing off lasts over versions and restarts, and is seen.
func TestForcedOff(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	ctx := context.Background()
	require.ErrorIs(t, r.ForceOff(ctx, "nobody", true, "", admin), ErrUnknown)
	require.NoError(t, r.ForceOff(ctx, "acme", true, "a complaint", admin))
	_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "file", Document: []byte(`{}`), Recording: map[string]bool{"mia": true}})
	require.NoError(t, err)
	require.NoError(t, r.ForceOff(ctx, "", true, "an incident", admin))
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	r = open(t, folder, c)
	have, err := r.Tenants(ctx)
	require.NoError(t, err)
	require.True(t, have[0].ForcedOff)
	require.Equal(t, "a complaint", have[0].ForcedReason)
	off, reason, err := r.Off(ctx)
	require.NoError(t, err)
	require.True(t, off)
	require.Equal(t, "an incident", reason)
	talk := newTalker(t, month)
	require.ErrorIs(t, keep(r, conversation(1), talk.say("no", "No.")), ErrDropped)
	require.NoError(t, r.ForceOff(ctx, "", false, "", admin))
	require.ErrorIs(t, keep(r, conversation(1), talk.say("no", "No.")), ErrDropped)
	require.NoError(t, r.ForceOff(ctx, "acme", false, "", admin))
	require.NoError(t, keep(r, conversation(1), talk.say("yes", "Yes.")))
	require.Contains(t, kinds(t, r, "acme"), session.RecordingForcedOff)
	require.Contains(t, kinds(t, r, ""), session.RecordingReleased)
}

// Keys are made, listed and revoked; the last one of an admin is not, and a
// tenant never reaches another's. // R74
func TestCredentials(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	allow(t, r, "other")
	ctx := context.Background()
	key := func(n byte, tenant, role string, expires time.Time) Key {
		return Key{ID: session.ID{n}, Tenant: tenant, Hash: [32]byte{n}, Role: role, Name: "a key", Expires: expires, By: admin, Reason: "first"}
	}
	require.ErrorIs(t, r.AddKey(ctx, key(9, "nobody", "admin", time.Time{})), ErrUnknown)
	require.NoError(t, r.AddKey(ctx, key(1, "acme", "admin", time.Time{})))
	require.NoError(t, r.AddKey(ctx, key(2, "acme", "reviewer", time.Time{})))
	require.NoError(t, r.AddKey(ctx, key(3, "other", "admin", time.Time{})))
	require.ErrorIs(t, r.AddKey(ctx, key(3, "other", "admin", time.Time{})), ErrExists)
	// One that will have expired does not count as a successor.
	require.NoError(t, r.AddKey(ctx, key(4, "acme", "admin", c.now().Add(time.Hour))))
	c.move(2 * time.Hour)
	require.ErrorIs(t, r.RevokeKey(ctx, "acme", session.ID{1}, admin), ErrLastKey)
	require.ErrorIs(t, r.RevokeKey(ctx, "acme", session.ID{3}, admin), ErrUnknown)
	require.NoError(t, r.RevokeKey(ctx, "acme", session.ID{2}, admin))
	require.ErrorIs(t, r.RevokeKey(ctx, "acme", session.ID{2}, admin), ErrUnknown)
	require.NoError(t, r.AddKey(ctx, key(5, "acme", "admin", time.Time{})))
	require.NoError(t, r.RevokeKey(ctx, "acme", session.ID{1}, admin))
	keys, err := r.Keys(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, keys, 4)
	require.Equal(t, c.now(), keys[0].Revoked)
	everybody, err := r.Keys(ctx, "")
	require.NoError(t, err)
	require.Len(t, everybody, 5)
}

// A reader says why, and may only for what the person agreed to; a restriction
// keeps out everybody but the person. What is refused writes no byte. // R40 R50
func TestReadingNeedsAReason(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	conv := conversation(1)
	require.NoError(t, keep(r, conv, newTalker(t, month).say("a question", "An answer.")))
	read := func(tenant string, who Access) (int, error) {
		var out bytes.Buffer
		err := r.Read(ctx, tenant, conv.Session, who, Text, &out)
		if err != nil {
			require.Zero(t, out.Len())
		}
		return out.Len(), err
	}
	for purpose, want := range map[string]error{"quality": nil, "rights": nil, "export": nil, "audit": ErrPurpose, "learning": ErrPurpose, "": ErrPurpose, "curiosity": ErrPurpose} {
		_, err := read("acme", access(purpose))
		require.ErrorIs(t, err, want, purpose)
	}
	_, err := read("other", access("rights"))
	require.ErrorIs(t, err, ErrUnknown)
	before := len(kinds(t, r, "acme"))
	n, err := read("acme", Access{Self: true})
	require.NoError(t, err)
	require.Positive(t, n)
	require.Len(t, kinds(t, r, "acme"), before+1)

	require.NoError(t, r.Restrict(ctx, "acme", conv.Session, true, Access{Self: true}))
	_, err = read("acme", access("quality"))
	require.ErrorIs(t, err, ErrRestricted)
	_, err = read("acme", Access{Self: true})
	require.NoError(t, err)
	require.NoError(t, r.Restrict(ctx, "acme", conv.Session, false, Access{Self: true}))
	_, err = read("acme", access("quality"))
	require.NoError(t, err)
}

// refusing is a writer that counts.
type refusing struct{ calls int }

func (w *refusing) Write(p []byte) (int, error) {
	w.calls++
	return len(p), nil
}

// If the fact of a reading cannot be written, nothing is read.
func TestReadingIsAFactFirst(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	conv := conversation(1)
	require.NoError(t, keep(r, conv, newTalker(t, month).say("a question", "An answer.")))
	pages(t, r, true)
	var w refusing
	require.Error(t, r.Read(context.Background(), "acme", conv.Session, access("quality"), Text, &w))
	require.Zero(t, w.calls)
	_, err := r.List(context.Background(), Query{Tenant: "acme"}, access("quality"))
	require.Error(t, err)
	pages(t, r, false)
}

// What is past its time is not read, swept or not. // R13
func TestPastItsTime(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	conv := conversation(1)
	require.NoError(t, keep(r, conv, newTalker(t, time.Hour).say("a question", "An answer.")))
	c.move(time.Hour - time.Millisecond)
	require.Contains(t, text(t, r, conv.Session, Text), "a question")
	c.move(time.Millisecond)
	require.ErrorIs(t, r.Read(context.Background(), "acme", conv.Session, access("quality"), Text, &bytes.Buffer{}), ErrUnknown)
}

// Erasing where reaches what the query chooses, in all of it, and nothing
// else. // R15
func TestEraseWhere(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	_, err := r.ChangeTenant(ctx, Change{Tenant: "other", Source: "store", Document: []byte(`{}`), Recording: map[string]bool{"mia": true}})
	require.NoError(t, err)
	for n := range 130 {
		conv := conversation(n)
		conv.Subject = []string{"ann", "bob"}[n%2]
		if n%13 == 0 {
			conv.Tenant = "other"
		}
		require.NoError(t, keep(r, conv, newTalker(t, month).say("a question", "An answer.")))
	}
	rep, err := r.EraseWhere(ctx, Query{Tenant: "acme", Subject: "ann"}, access("rights"))
	require.NoError(t, err)
	require.Equal(t, 60, rep.Sessions)
	require.NotEmpty(t, rep.Unreached)
	left, err := r.List(ctx, Query{Tenant: "acme", Limit: 1000}, Access{})
	require.NoError(t, err)
	require.Len(t, left, 60)
	for _, k := range left {
		require.Equal(t, "bob", k.Subject)
	}
	left, err = r.List(ctx, Query{Tenant: "other"}, Access{})
	require.NoError(t, err)
	require.Len(t, left, 10)
	_, err = r.EraseWhere(ctx, Query{Subject: "bob"}, access("rights"))
	require.ErrorIs(t, err, ErrUnknown)
	var keys int
	require.NoError(t, r.store.Keys().QueryRow("SELECT count(*) FROM session_key").Scan(&keys))
	require.Equal(t, 70, keys)
}

// Pages of a list follow each other without a gap.
func TestListPages(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	for n := range 25 {
		require.NoError(t, keep(r, conversation(n), newTalker(t, month).say("a question", "An answer.")))
	}
	var got []session.ID
	q := Query{Tenant: "acme", Limit: 10}
	for {
		page, err := r.List(context.Background(), q, Access{})
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, k := range page {
			got = append(got, k.Session)
		}
		q.After = page[len(page)-1].Session
	}
	require.Len(t, got, 25)
	for i, id := range got {
		require.Equal(t, idNo(24-i), id)
	}
}

// A request's note is there for the tenant, once, and its answer closes it.
func TestRequests(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	q := Request{ID: idNo(50), Tenant: "acme", Session: idNo(1), Kind: "object", Item: 3, Note: []byte("please stop")}
	require.NoError(t, r.MakeRequest(ctx, q))
	wrong := q
	wrong.Kind = "complain"
	require.ErrorIs(t, r.MakeRequest(ctx, wrong), ErrInvalid)
	have, err := r.Requests(ctx, "acme", "open")
	require.NoError(t, err)
	require.Len(t, have, 1)
	require.Equal(t, "please stop", string(have[0].Note))
	require.EqualValues(t, 3, have[0].Item)
	elsewhere, err := r.Requests(ctx, "other", "")
	require.NoError(t, err)
	require.Empty(t, elsewhere)
	require.ErrorIs(t, r.AnswerRequest(ctx, "other", q.ID, "refused", "", admin), ErrUnknown)
	require.ErrorIs(t, r.AnswerRequest(ctx, "acme", q.ID, "maybe", "", admin), ErrInvalid)
	require.NoError(t, r.AnswerRequest(ctx, "acme", q.ID, "refused", "", admin))
	require.ErrorIs(t, r.AnswerRequest(ctx, "acme", q.ID, "refused", "", admin), ErrUnknown)
	require.Contains(t, kinds(t, r, "acme"), session.RequestAnswered)
}

// The end of a tenant leaves its facts and its name, and nothing else of it;
// others are not touched. // R16
func TestTenantEnds(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	allow(t, r, "other", "mia")
	for n, tenant := range []string{"acme", "acme", "other"} {
		conv := conversation(n)
		conv.Tenant = tenant
		require.NoError(t, keep(r, conv, newTalker(t, month).say("a question", "An answer.")))
	}
	rep, err := r.RemoveTenant(ctx, "acme", admin)
	require.NoError(t, err)
	require.Equal(t, 2, rep.Sessions)
	require.EqualValues(t, 2, rep.Keys)
	_, err = r.Tenant(ctx, "acme")
	require.ErrorIs(t, err, ErrUnknown)
	_, err = r.RemoveTenant(ctx, "acme", admin)
	require.Equal(t, ErrUnknown, err)
	_, err = r.ChangeTenant(ctx, Change{Tenant: "acme", Source: "store", Document: []byte(`{}`)})
	require.Equal(t, ErrExists, err, "its name is given again")
	for _, table := range []string{"turn", "conversation", "recording", "tenant_version", "credential"} {
		var n int
		require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM "+table+" WHERE tenant = 'acme'").Scan(&n))
		require.Zero(t, n, table)
	}
	for _, table := range []string{"session_key", "epoch_key"} {
		var n int
		require.NoError(t, r.store.Keys().QueryRow("SELECT count(*) FROM "+table+" WHERE tenant = 'acme'").Scan(&n))
		require.Zero(t, n, table)
	}
	require.Equal(t, session.TenantEnded, kinds(t, r, "acme")[0])
	left, err := r.List(ctx, Query{Tenant: "other"}, Access{})
	require.NoError(t, err)
	require.Len(t, left, 1)
}
