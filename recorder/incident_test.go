package recorder

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// about writes a fact about a session into a tenant's log, at a moment.
func about(tb testing.TB, r *Recorder, tenant string, at time.Time, k session.FactKind, id session.ID) {
	tb.Helper()
	require.NoError(tb, r.store.Do(context.Background(), func(tx *sql.Tx) error {
		return audit.AppendAll(context.Background(), tx, []audit.Record{{Tenant: tenant, At: at, Fact: session.Fact{Kind: k, Session: id}}})
	}))
}

// incidentFacts are the facts of some kinds in a tenant's log, oldest first.
func incidentFacts(tb testing.TB, r *Recorder, tenant string, kinds ...session.FactKind) (found []session.Fact) {
	tb.Helper()
	all, err := r.Facts(context.Background(), tenant, 0, 0)
	require.NoError(tb, err)
	for i := len(all) - 1; i >= 0; i-- {
		for _, k := range kinds {
			if all[i].Fact.Kind == k {
				found = append(found, all[i].Fact)
			}
		}
	}
	return found
}

// The clock runs from when an incident was noticed, for 72 hours: due then,
// late after it and not at it, told of once, however the clock is set. // R68
func TestIncidentClock(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	noticed := c.now().Add(-2 * time.Hour)
	i, opened, err := r.OpenIncident(ctx, IncidentReport{ID: idNo(1), Tenant: "acme", Kind: session.OtherIncident, Noticed: noticed, Actor: admin})
	require.NoError(t, err)
	require.True(t, opened)
	require.Equal(t, noticed.Add(72*time.Hour), i.Due())
	_, _, err = r.OpenIncident(ctx, IncidentReport{ID: idNo(2), Tenant: "acme", Kind: session.CanaryLeak, Drill: true, Noticed: noticed})
	require.NoError(t, err)

	state := func() (open, late, told int) {
		t.Helper()
		open, late, err := r.IncidentCounts(ctx)
		require.NoError(t, err)
		all, err := r.LateIncidents(ctx)
		require.NoError(t, err)
		have, err := r.Incident(ctx, "acme", idNo(1))
		require.NoError(t, err)
		require.Equal(t, late == 1, have.Overdue(c.now()))
		return open, late, len(all)
	}
	for _, step := range []struct {
		move             time.Duration
		open, late, told int
	}{
		{0, 1, 0, 0},
		{70 * time.Hour, 1, 0, 0}, // due now
		{time.Millisecond, 1, 1, 1},
		{0, 1, 1, 0},                          // told before
		{-90 * time.Hour, 1, 0, 0},            // set back: there is time again, and nothing is told
		{90*time.Hour + time.Second, 1, 1, 0}, // and forward: late, not told again
		{1000 * day, 1, 1, 0},
	} {
		c.move(step.move)
		open, late, told := state()
		require.Equal(t, []int{step.open, step.late, step.told}, []int{open, late, told}, "at %v", c.now())
	}
	require.NoError(t, r.StepIncident(ctx, "acme", idNo(1), IncidentStep{What: "reported", Choice: "authority", Actor: admin}))
	open, late, told := state()
	require.Equal(t, []int{0, 0, 0}, []int{open, late, told}, "reported, though late, and a drill is nobody's to report")
}

// An incident goes from open to reported to closed and never back, each step a
// fact in the log, with who did it; what is not on the lists is refused. // R68
func TestIncidentSteps(t *testing.T) {
	ctx := context.Background()
	r, _ := started(t)
	id := idNo(1)
	_, _, err := r.OpenIncident(ctx, IncidentReport{ID: id, Tenant: "acme", Kind: session.OutsidePolicy})
	require.NoError(t, err)
	step := func(what, choice, note string) error {
		return r.StepIncident(ctx, "acme", id, IncidentStep{What: what, Choice: choice, Note: note, Actor: admin})
	}
	require.ErrorIs(t, step("opened", "", ""), ErrInvalid)
	require.ErrorIs(t, step("reported", "resolved", ""), ErrInvalid)
	require.ErrorIs(t, step("noted", "other", string(make([]byte, MaxIncidentNote+1))), ErrInvalid)
	require.ErrorIs(t, step("noted", "other", "\xff"), ErrInvalid)
	require.ErrorIs(t, step("noted", "other", "two\nlines"), ErrInvalid)
	require.ErrorIs(t, r.StepIncident(ctx, "umbrella", id, IncidentStep{What: "closed", Choice: "resolved"}), ErrUnknown, "another tenant's")
	require.NoError(t, step("noted", "contained", "the rule is back"))
	require.NoError(t, step("reported", "authority", "ref 17"))
	require.ErrorIs(t, step("reported", "authority", ""), ErrExists)
	require.NoError(t, step("closed", "resolved", ""))
	require.ErrorIs(t, step("closed", "resolved", ""), ErrExists)
	require.ErrorIs(t, step("reported", "authority", ""), ErrExists)
	require.NoError(t, step("noted", "people_informed", ""))

	i, err := r.Incident(ctx, "acme", id)
	require.NoError(t, err)
	require.Equal(t, "closed", i.State)
	var done []string
	for _, s := range i.History {
		done = append(done, s.What+" "+s.Choice)
	}
	require.Equal(t, []string{"opened ", "noted contained", "reported authority", "closed resolved", "noted people_informed"}, done)
	facts := incidentFacts(t, r, "acme", session.IncidentOpened, session.IncidentReported, session.IncidentClosed)
	require.Len(t, facts, 3)
	for n, f := range facts {
		require.Equal(t, []any{session.IncidentOpened + session.FactKind(n), id, session.OutsidePolicy}, []any{f.Kind, f.Object, f.Reason})
		require.Equal(t, n > 0, f.Actor == admin)
	}
	for _, state := range []string{"open", "reported"} {
		none, err := r.Incidents(ctx, "acme", state)
		require.NoError(t, err)
		require.Empty(t, none)
	}
	none, err := r.Incidents(ctx, "umbrella", "")
	require.NoError(t, err)
	require.Empty(t, none)
}

// A storm of the same is one incident with a count, and one fact; another
// cause, kind or tenant is another; a closed one does not take in what comes
// later; and however many causes there are, what is kept is bounded. // R68
func TestIncidentStorm(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	allow(t, r, "umbrella")
	next := 0
	open := func(tenant string, kind session.Reason, cause string, times uint64) bool {
		next++
		_, opened, err := r.OpenIncident(ctx, IncidentReport{ID: idNo(next), Tenant: tenant, Kind: kind, Cause: IncidentCause(cause), Times: times})
		require.NoError(t, err)
		return opened
	}
	n := int(200 * *scale)
	for range n {
		c.move(time.Second)
		open("acme", session.UndeclaredEgress, "one", 50)
	}
	t.Logf("n = %d", n)
	all, err := r.Incidents(ctx, "acme", "")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, uint64(50*n), all[0].Times)
	require.Equal(t, time.Duration(n-1)*time.Second, all[0].To.Sub(all[0].From))
	require.Len(t, incidentFacts(t, r, "acme", session.IncidentOpened), 1)

	require.True(t, open("acme", session.UndeclaredEgress, "two", 1))
	require.True(t, open("acme", session.AuditDisagrees, "one", 1))
	require.True(t, open("umbrella", session.UndeclaredEgress, "one", 1))
	require.NoError(t, r.StepIncident(ctx, "acme", all[0].ID, IncidentStep{What: "closed", Choice: "resolved"}))
	require.True(t, open("acme", session.UndeclaredEgress, "one", 1))

	for i := range 2 * openIncidents {
		open("acme", session.UndeclaredEgress, "cause "+idNo(i).String(), 1)
	}
	all, err = r.Incidents(ctx, "acme", "open")
	require.NoError(t, err)
	require.Len(t, all, openIncidents)
	var times uint64
	for _, i := range all {
		times += i.Times
	}
	require.Equal(t, uint64(2*openIncidents+3), times, "none is lost")
}

// How many sessions it concerns comes from the log, without content: those that
// went on in its time, and no others; of the gateway those of all tenants; of a
// lost master key those of which something is stored. // R68
func TestIncidentSessions(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	allow(t, r, "umbrella")
	from, to := c.now().Add(time.Hour), c.now().Add(2*time.Hour)
	fact := func(at time.Duration, k session.FactKind, n int) { about(t, r, "acme", from.Add(at), k, idNo(n)) }
	fact(-30*time.Hour, session.SessionStarted, 1) // long before
	fact(-50*time.Minute, session.SessionStarted, 2)
	fact(-40*time.Minute, session.SessionEnded, 2)   // ended before
	fact(-30*time.Minute, session.SessionStarted, 3) // goes on through all of it
	fact(-20*time.Minute, session.SessionStarted, 4)
	fact(10*time.Minute, session.SessionEnded, 4)   // ends in it
	fact(20*time.Minute, session.SessionStarted, 5) // begins in it
	fact(30*time.Minute, session.TurnKept, 5)
	fact(40*time.Minute, session.KeyIssued, 99)     // no session
	fact(70*time.Minute, session.SessionStarted, 6) // after it
	fact(80*time.Minute, session.SessionEnded, 3)
	about(t, r, "umbrella", from.Add(5*time.Minute), session.SessionStarted, idNo(7))
	c.move(4 * time.Hour)
	for _, want := range []struct {
		tenant string
		n      int
	}{{"acme", 4}, {"umbrella", 1}, {"", 5}, {"nobody", 0}} {
		i, _, err := r.OpenIncident(ctx, IncidentReport{ID: idNo(100 + want.n), Tenant: want.tenant, Kind: session.OutsidePolicy, From: from, To: to})
		require.NoError(t, err)
		require.Equal(t, want.n, i.Sessions, "of %q", want.tenant)
	}
	facts := incidentFacts(t, r, "acme", session.IncidentOpened)
	require.Equal(t, uint64(4), facts[0].Count)

	require.NoError(t, keep(r, conversation(1), newTalker(t, month).say("q", "a")))
	i, _, err := r.OpenIncident(ctx, IncidentReport{ID: idNo(200), Kind: session.MasterKeyLost})
	require.NoError(t, err)
	require.Equal(t, 1, i.Sessions)
}

// While an incident is open its number follows what comes into the log of that
// time, and the time that it covers, looked at before or not. // R68
func TestIncidentSessionsFollow(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	see := func(want int) {
		t.Helper()
		for range 2 {
			i, err := r.Incident(ctx, "acme", idNo(100))
			require.NoError(t, err)
			require.Equal(t, want, i.Sessions)
		}
	}
	again := func(n int) {
		_, _, err := r.OpenIncident(ctx, IncidentReport{ID: idNo(n), Tenant: "acme", Kind: session.UndeclaredEgress})
		require.NoError(t, err)
	}
	again(100)
	at := c.now()
	see(0)
	about(t, r, "acme", at, session.SessionStarted, idNo(1))
	see(1)
	c.move(affectedSettles + time.Second)
	see(1)
	require.Len(t, r.affected.of, 1, "it is not counted again")
	about(t, r, "acme", c.now(), session.SessionStarted, idNo(2))
	see(1)
	again(101)
	see(2)
	c.move(affectedSettles + time.Second)
	see(2)
}

// Where the gateway's own log was cut, so that it takes no entry, an incident
// of the gateway is opened all the same; a tenant's is not opened without its
// fact. // R68
func TestIncidentOfACutLog(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	for _, tenant := range []string{"", "acme"} {
		about(t, r, tenant, c.now(), session.KeyIssued, idNo(50))
		about(t, r, tenant, c.now(), session.KeyIssued, idNo(51))
	}
	require.NoError(t, r.store.Do(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE audit_log SET size = size - 1")
		return err
	}))
	own, opened, err := r.OpenIncident(ctx, IncidentReport{ID: idNo(1), Kind: session.AuditDisagrees})
	require.NoError(t, err)
	require.True(t, opened)
	require.Equal(t, idNo(1), own.ID)
	_, opened, err = r.OpenIncident(ctx, IncidentReport{ID: idNo(2), Kind: session.AuditDisagrees})
	require.NoError(t, err)
	require.False(t, opened, "it is counted")
	i, err := r.Incident(ctx, "", idNo(1))
	require.NoError(t, err)
	require.Equal(t, uint64(2), i.Times)
	_, opened, err = r.OpenIncident(ctx, IncidentReport{ID: idNo(3), Tenant: "acme", Kind: session.AuditDisagrees})
	require.Error(t, err)
	require.False(t, opened)
	none, err := r.Incidents(ctx, "acme", "")
	require.NoError(t, err)
	require.Empty(t, none)
}

// An incident stays until it is closed and nobody can ask about it any more,
// and goes with its tenant. // R68 R42
func TestIncidentsEnd(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	for n := range 2 {
		_, _, err := r.OpenIncident(ctx, IncidentReport{ID: idNo(n), Tenant: "acme", Kind: session.OtherIncident, Cause: IncidentCause(idNo(n).String())})
		require.NoError(t, err)
	}
	require.NoError(t, r.StepIncident(ctx, "acme", idNo(0), IncidentStep{What: "closed", Choice: "false_alarm"}))
	count := func() (incidents, steps int) {
		require.NoError(t, r.store.DB().QueryRow("SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM incident_step)").Scan(&incidents, &steps))
		return
	}
	c.move(incidentKept)
	_, err := r.Sweep(ctx)
	require.NoError(t, err)
	incidents, steps := count()
	require.Equal(t, []int{2, 3}, []int{incidents, steps})
	c.move(time.Second)
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	incidents, steps = count()
	require.Equal(t, []int{1, 1}, []int{incidents, steps}, "the open one stays")
	_, err = r.RemoveTenant(ctx, "acme", admin)
	require.NoError(t, err)
	incidents, steps = count()
	require.Equal(t, []int{0, 0}, []int{incidents, steps})
}
