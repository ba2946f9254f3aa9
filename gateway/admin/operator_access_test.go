package admin

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// Every address is on the list of what the host needs for it, and nothing else
// is: one that somebody adds is decided here.
func TestHostReaches(t *testing.T) { // R63
	listed := map[string]bool{}
	for _, r := range routeTable() {
		name := r.method + " " + r.path
		_, there := hostReaches[name]
		require.True(t, there, "hostReaches: say whether the host needs an open access for %s", name)
		listed[name] = true
	}
	for name := range hostReaches {
		require.True(t, listed[name], "%s is no address", name)
	}
	t.Logf("n=%d addresses", len(listed))
}

// From the machine nothing of what is stored is reached but under an access,
// which is counted and is the actor, and which the tenant's people see.
func TestHostNeedsAccess(t *testing.T) { // R63
	w := newWorld(t)
	id := w.keep("acme", "CANARY-words")
	host := func(method, path string) answer {
		body := ""
		if method == "POST" {
			body = "{}"
		}
		r := httptest.NewRequestWithContext(t.Context(), method, Prefix+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		w.Host("acme").ServeHTTP(res, r)
		return answer{res.Code, res.Header(), res.Body.String()}
	}
	part := regexp.MustCompile(`\{[^}]*\}`)
	n := 0
	for _, r := range routeTable() {
		if hostReaches[r.method+" "+r.path] == reachSettings {
			continue
		}
		n++
		path := part.ReplaceAllString(strings.ReplaceAll(strings.ReplaceAll(r.path, "{turn}", "1"), "{side}", "person"), id.String())
		got := host(r.method, path)
		require.NotEqual(t, http.StatusOK, got.status, "%s %s", r.method, r.path)
		require.NotContains(t, got.body, "CANARY")
	}
	require.Greater(t, n, 15)
	got := host("GET", "transcripts/"+id.String()+"?purpose=quality")
	require.Equal(t, "operator_access_required", got.code())
	require.Contains(t, got.body, "mayfly access open --tenant")
	require.Equal(t, "operator_access_required", host("GET", "holds").code())
	require.Equal(t, 200, host("GET", "tenant").status, "settings need none")

	access := OperatorAccess{ID: newID(), Reason: "rights", Case: "4711", Opened: w.at, Until: w.at.Add(time.Hour)}
	w.store.of["acme"].accesses = []OperatorAccess{access}
	got = host("GET", "transcripts/"+id.String()+"?purpose=quality")
	require.Equal(t, 200, got.status, got.body)
	read := w.facts("acme", session.TranscriptRead)
	require.Len(t, read, 1)
	require.Equal(t, access.ID, read[0].Actor)
	require.Equal(t, 403, host("POST", "holds/"+newID().String()+"/confirm").status, "it is nobody's second admin")
	for _, who := range []string{"acme admin", "acme reviewer"} {
		var seen accessesAnswer
		w.ask(who, "GET", "accesses", "").into(t, &seen)
		require.Len(t, seen.Accesses, 1)
		require.True(t, seen.Accesses[0].Open)
		require.Equal(t, 2, seen.Accesses[0].Used)
		require.Equal(t, "4711", seen.Accesses[0].Case)
		var is WhoAnswer
		w.ask(who, "GET", "whoami", "").into(t, &is)
		require.Equal(t, "operator_access_open", is.Alerts[0].Kind)
	}
	var none accessesAnswer
	w.ask("beta admin", "GET", "accesses", "").into(t, &none)
	require.Empty(t, none.Accesses)

	w.at = w.at.Add(time.Hour)
	require.Equal(t, "operator_access_required", host("GET", "transcripts/"+id.String()+"?purpose=quality").code())
	var is WhoAnswer
	w.ask("acme admin", "GET", "whoami", "").into(t, &is)
	for _, a := range is.Alerts {
		require.NotEqual(t, "operator_access_open", a.Kind)
	}
	t.Logf("n=%d addresses need one", n)
}
