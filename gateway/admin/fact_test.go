package admin

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A reviewer finds what they look for, and nothing else: by kind, by several, by
// who did it, by session, avatar and time, page after page. // R65
func TestFindFacts(t *testing.T) {
	w := newWorld(t)
	who, of := newID(), newID()
	w.store.fact("acme", session.Fact{Kind: session.SessionStarted, Session: of})
	w.store.fact("acme", session.Fact{Kind: session.KeyIssued, Actor: who, Object: newID()})
	w.at = w.at.Add(24 * time.Hour)
	w.store.fact("acme", session.Fact{Kind: session.SessionEnded, Session: of})
	w.store.fact("acme", session.Fact{Kind: session.DialRefused, Object: session.NameID("acme", "bob")})
	w.store.fact("beta", session.Fact{Kind: session.KeyIssued, Actor: who})
	numbers := func(query string) (all []uint64) {
		got := w.ask("acme reviewer", "GET", "facts?"+query, "")
		require.Equal(t, 200, got.status, got.body)
		var page factsAnswer
		got.into(t, &page)
		for _, f := range page.Facts {
			if f.Kind != "audit_read" {
				all = append(all, f.Number)
				require.Equal(t, "2026-11", f.Month)
				require.EqualValues(t, f.Number-1, f.Index)
			}
		}
		return all
	}
	for query, want := range map[string][]uint64{
		"":                                 {4, 3, 2, 1},
		"before=4":                         {3, 2, 1},
		"kind=key_issued":                  {2},
		"kind=key_issued,session_ended":    {3, 2},
		"kind=key_revoked":                 nil,
		"actor=" + who.String():            {2},
		"session=" + of.String():           {3, 1},
		"avatar=bob":                       {4},
		"avatar=ada":                       nil,
		"from=2026-11-27":                  {4, 3},
		"to=2026-11-27":                    {2, 1},
		"from=2026-11-26&to=2026-11-27":    {2, 1},
		"kind=session_ended&to=2026-11-27": nil,
		"session=" + of.String() + "&limit=1&kind=session_started": {1},
	} {
		require.Equal(t, want, numbers(query), query)
	}
	got := w.ask("acme reviewer", "GET", "facts/days?kind=session_started,session_ended,key_issued", "")
	require.Equal(t, 200, got.status)
	require.JSONEq(t, `{"days":[{"day":"2026-11-26","count":2,"kinds":{"session_started":1,"key_issued":1}},{"day":"2026-11-27","count":1,"kinds":{"session_ended":1}}]}`, got.body)
	require.JSONEq(t, `{"days":[]}`, w.ask("acme reviewer", "GET", "facts/days?kind=swept", "").body)
}

// What is wrong with a query has a name.
func TestBadFactQuery(t *testing.T) {
	w := newWorld(t)
	for query, key := range map[string]string{
		"kind=nonsense":                     "kind",
		"kind=key_issued,":                  "kind",
		"kind=key_issued,+key_revoked":      "kind",
		"kind=" + strings.Repeat("x", 5000): "kind",
		"actor=me":                          "actor",
		"session=1":                         "session",
		"from=2026-11-27&to=2026-11-27":     "to",
		"from=yesterday":                    "from",
		"tenant=beta":                       "tenant",
	} {
		for _, path := range []string{"facts?", "facts/days?"} {
			got := w.ask("acme reviewer", "GET", path+query, "")
			require.Equal(t, 400, got.status, query)
			var e errorAnswer
			got.into(t, &e)
			require.Equal(t, key, e.Error.Problems[0].Key, query)
		}
	}
	require.Equal(t, 400, w.ask("acme reviewer", "GET", "facts/days?limit=3", "").status)
}

// One fact is answered with what proves it, and what is not there has a reason.
func TestFactProofAnswer(t *testing.T) { // R65
	w := newWorld(t)
	from := w.options.Audit.(*logs)
	from.proof = FactProof{
		Fact: &LoggedFact{Number: 3, Month: "2026-11", Index: 2, At: w.at, Fact: session.Fact{Kind: session.Swept}},
		Log:  "acme/2026-11", Leaf: []byte("{}"), Hash: [32]byte{1}, Path: [][32]byte{{2}, {3}}, Size: 4, Root: [32]byte{5}, Checkpoint: []byte("note"),
	}
	got := w.ask("acme reviewer", "GET", "facts/2026-11/2", "")
	require.Equal(t, 200, got.status, got.body)
	var p factProofAnswer
	got.into(t, &p)
	require.Equal(t, "swept", p.Fact.Kind)
	require.Len(t, p.Proof, 2)
	hash, err := base64.StdEncoding.DecodeString(p.LeafHash)
	require.NoError(t, err)
	require.Len(t, hash, 32)
	require.Equal(t, "note", p.Checkpoint)
	require.NotEmpty(t, w.facts("acme", session.AuditRead), "it is reading too")

	from.proof = FactProof{Log: "acme/2026-11", Dropped: true, DroppedBy: &LoggedFact{Number: 9, Month: "2026-12", Index: 1}}
	p = factProofAnswer{}
	w.ask("acme reviewer", "GET", "facts/2026-11/0", "").into(t, &p)
	require.True(t, p.Dropped)
	require.Nil(t, p.Fact)
	require.Equal(t, &droppedByRow{9, "2026-12", 1}, p.DroppedBy)

	for path, key := range map[string]string{
		"2026-10/0": "month", "november/0": "month", "2026-11/4": "index", "2026-11/-1": "index", "2026-11/01": "index", "2026-11/x": "index", "2026-11/99999999999999999999": "index",
	} {
		got := w.ask("acme reviewer", "GET", "facts/"+path, "")
		require.Equal(t, 404, got.status, path)
		require.Equal(t, "nothing_here", got.code())
		var e errorAnswer
		got.into(t, &e)
		require.Equal(t, key, *e.Error.Param, path)
		require.Contains(t, e.Error.Problems[0].Text, ";")
	}
	w.options.Audit = nil
	require.Equal(t, 404, w.ask("acme reviewer", "GET", "facts/2026-11/0", "").status)
}
