package recorder

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// manyFacts writes n facts of other sessions into the tenant's log.
func manyFacts(tb testing.TB, r *Recorder, n int) {
	tb.Helper()
	for done := 0; done < n; {
		var batch []audit.Record
		for range min(n-done, 5000) {
			batch = append(batch, audit.Record{Tenant: "acme", At: r.now(), Fact: session.Fact{Kind: session.EngineAsked, Session: idNo(1000 + done/8), Turn: 1}})
			done++
		}
		require.NoError(tb, r.store.Do(context.Background(), func(tx *sql.Tx) error { return audit.AppendAll(context.Background(), tx, batch) }))
	}
}

// The facts of a session are found however many came after it, in their order,
// those of its end and of later erasures too, and of no other tenant. // R46
func TestFactsOfASession(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	note := func(tenant string, k session.FactKind, id session.ID) {
		require.NoError(t, r.store.Do(ctx, func(tx *sql.Tx) error { return r.fact(tx, tenant, session.Fact{Kind: k, Session: id}) }))
	}
	note("acme", session.SessionStarted, idNo(1))
	note("acme", session.SessionStarted, idNo(2))
	note("acme", session.SessionEnded, idNo(1))
	n := int(3000 * *scale)
	t.Logf("n = %d facts in between", n)
	manyFacts(t, r, n)
	c.move(40 * day) // another month's log
	note("acme", session.TranscriptErased, idNo(1))
	note("umbrella", session.SessionStarted, idNo(1))
	facts, err := r.SessionFacts(ctx, "acme", idNo(1))
	require.NoError(t, err)
	var kinds []session.FactKind
	for _, e := range facts {
		kinds = append(kinds, e.Fact.Kind)
		require.Equal(t, idNo(1), e.Fact.Session)
	}
	require.Equal(t, []session.FactKind{session.SessionStarted, session.SessionEnded, session.TranscriptErased}, kinds)
	require.Less(t, facts[0].Number, facts[1].Number)
	require.NotEqual(t, facts[1].Log, facts[2].Log)
	none, err := r.SessionFacts(ctx, "acme", idNo(3))
	require.NoError(t, err)
	require.Empty(t, none)

	// What the leaf says counts, not the column beside it.
	other := idNo(3)
	require.NoError(t, r.store.Do(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE audit_entry SET session = $1 WHERE session = (SELECT session FROM audit_entry WHERE session IS NOT NULL ORDER BY log, n LIMIT 1)", other[:])
		return err
	}))
	none, err = r.SessionFacts(ctx, "acme", other)
	require.NoError(t, err)
	require.Empty(t, none)
}

// What goes at the end of its retention goes from the index too. // R66
func TestFactsOfASessionEnd(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	require.NoError(t, r.store.Do(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, "acme", session.Fact{Kind: session.SessionStarted, Session: idNo(1)})
	}))
	c.move(audit.Retention + 2*day)
	_, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, count(t, r, "SELECT count(*) FROM audit_entry WHERE session IS NOT NULL AND leaf IS NULL"))
	id := idNo(1)
	require.Zero(t, count(t, r, "SELECT count(*) FROM audit_entry WHERE session = $1", id[:]))
}

// BenchmarkSessionFacts is what POST /v1/me/receipt reads: the facts of a
// session that 100,000 others came after.
func BenchmarkSessionFacts(b *testing.B) {
	ctx := context.Background()
	r, _ := started(b)
	require.NoError(b, r.store.Do(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, "acme", session.Fact{Kind: session.SessionStarted, Session: idNo(1)})
	}))
	manyFacts(b, r, 99_000)
	for b.Loop() {
		facts, err := r.SessionFacts(ctx, "acme", idNo(1))
		require.NoError(b, err)
		require.Len(b, facts, 1)
	}
}
