package admin

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A proof run says what it covered and what is wrong, and is in the log before
// it is told. // R65
func TestProofRun(t *testing.T) {
	w := newWorld(t)
	from := w.options.Audit.(*logs)
	from.ran = Verified{Recomputed: 5, Dropped: 2, Stored: 1, Checkpoints: 3, Newest: w.at, DroppedBy: []Drop{{Fact: 6, Count: 2}}, SetBack: []SetBack{{Number: 4, By: time.Hour}}}
	got := w.ask("acme reviewer", "POST", "audit/verify", "")
	require.Equal(t, 200, got.status, got.body)
	require.JSONEq(t, `{"result":"good","entries":8,"recomputed":5,"dropped":2,"stored":1,"dropped_by":[{"fact":6,"count":2}],"checkpoints":3,"newest":"2026-11-26T09:00:00Z","set_back":[{"number":4,"seconds":3600}]}`, got.body)
	ran := w.facts("acme", session.AuditVerified)
	require.Len(t, ran, 1)
	require.Equal(t, session.AuditHolds, ran[0].Reason)
	require.EqualValues(t, 8, ran[0].Count)
	require.Zero(t, ran[0].Before)
	require.False(t, ran[0].Actor.IsZero())

	got = w.ask("acme admin", "POST", "audit/verify", "")
	require.Equal(t, 429, got.status, "not again at once")
	require.NotEmpty(t, got.header["Retry-After"])
	require.Equal(t, 200, w.ask("beta admin", "POST", "audit/verify", "").status, "others may")

	w.at = w.at.Add(verifyPause)
	from.ran = Verified{Recomputed: 2, Bad: &BadEntry{Log: "acme/2026-11", Month: "2026-11", Index: 2, Number: 3, Why: "entry_changed"}}
	got = w.ask("acme admin", "POST", "audit/verify", "")
	require.Contains(t, got.body, `"bad":{"log":"acme/2026-11","month":"2026-11","index":2,"why":"entry_changed"}`)
	require.Contains(t, got.body, `"result":"bad"`)
	ran = w.facts("acme", session.AuditVerified)
	require.Len(t, ran, 2)
	require.Equal(t, session.AuditFails, ran[1].Reason)
	require.EqualValues(t, 3, ran[1].Before)
	require.EqualValues(t, 2, ran[1].Count)

	w.at = w.at.Add(verifyPause)
	from.ran.Bad.Index = -1
	require.NotContains(t, w.ask("acme admin", "POST", "audit/verify", "").body, `"index"`, "the log as a whole")

	// What cannot be written is not told, and what could not be found out is no
	// result.
	w.at = w.at.Add(verifyPause)
	w.store.deaf = ErrNotReady
	require.Equal(t, 503, w.ask("acme admin", "POST", "audit/verify", "").status)
	w.store.deaf = nil
	w.at = w.at.Add(verifyPause)
	from.down = ErrNotReady
	require.Equal(t, 503, w.ask("acme admin", "POST", "audit/verify", "").status)
	require.Len(t, w.facts("acme", session.AuditVerified), 3)
}

// A tenant has one proof run at a time, whoever asks for it. It keeps no other
// tenant waiting, until as many run as may at once. // R65
func TestProofRunsAtOnce(t *testing.T) {
	w := newWorld(t)
	from := w.options.Audit.(*logs)
	from.runs, from.block = make(chan struct{}), make(chan struct{})
	done := make(chan answer)
	run := func(who string) {
		t.Helper()
		go func() { done <- w.ask(who, "POST", "audit/verify", "") }()
		select {
		case <-from.runs:
		case got := <-done:
			require.FailNow(t, "it does not run", "%s: %s", who, got.body)
		}
	}
	refused := func(who string) {
		t.Helper()
		go func() { done <- w.ask(who, "POST", "audit/verify", "") }()
		var got answer
		select {
		case <-from.runs:
			require.FailNow(t, "it runs", who)
		case got = <-done:
		}
		require.Equal(t, 429, got.status)
		require.Equal(t, "rate_limit_exceeded", got.code())
		require.NotEmpty(t, got.header["Retry-After"])
	}
	run("acme admin")
	refused("acme reviewer")
	run("beta admin") // beside acme's
	refused("beta reviewer")
	refused("file admin") // two run
	close(from.block)
	require.Equal(t, 200, (<-done).status)
	require.Equal(t, 200, (<-done).status)
	run("file admin")
	require.Equal(t, 200, (<-done).status)
}

// The checkpoints that are kept are answered newest first.
func TestKeptCheckpoints(t *testing.T) {
	w := newWorld(t)
	got := w.ask("acme reviewer", "GET", "checkpoints", "")
	require.Equal(t, 200, got.status)
	require.JSONEq(t, `{"checkpoints":[{"month":"2026-11","count":2,"root":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","at":"2026-11-01","note":"newer"},{"month":"2026-10","count":7,"root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","at":"2026-10-31","note":"older"}]}`, got.body)
	require.Empty(t, w.facts("acme", session.AuditRead), "hashes say nothing")
	w.options.Audit = nil
	require.Equal(t, 404, w.ask("acme reviewer", "GET", "checkpoints", "").status)
}
