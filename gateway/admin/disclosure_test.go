package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// A disclosure takes two people: the one who proposed it cannot confirm it, with
// no key of theirs, and neither can the host, nor a credential that was made
// since, nor, of what the operator proposed, whoever signed in by a link.
func TestDisclosureTakesTwo(t *testing.T) { // R62
	w := newWorld(t)
	host := func(method, path, body string) answer {
		r := httptest.NewRequestWithContext(t.Context(), method, Prefix+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		w.Host("acme").ServeHTTP(res, r)
		return answer{res.Code, res.Header(), res.Body.String()}
	}
	const asked = `{"basis":"court_order","case":"1-O-2","subject":"p1"}`
	propose := func(got answer) string {
		t.Helper()
		require.Equal(t, 201, got.status, got.body)
		var made createdAnswer
		got.into(t, &made)
		return made.ID
	}
	state := func(id string) disclosureRow {
		t.Helper()
		var all accessesAnswer
		w.ask("acme reviewer", "GET", "accesses", "").into(t, &all)
		for _, d := range all.Disclosures {
			if d.ID == id {
				return d
			}
		}
		t.Fatal("it is not listed")
		return disclosureRow{}
	}
	for _, bad := range []string{`{"basis":"court_order","case":"1"}`, `{"basis":"curiosity","case":"1","subject":"p1"}`, `{"basis":"warrant","case":"1","from":"2026-11-02","to":"2026-11-01"}`, `{"basis":"warrant","case":"1","session":"x"}`, `{"basis":"warrant","case":"1","subject":"p1","to":"2099-01-01"}`} {
		require.Equal(t, 400, w.ask("acme admin", "POST", "disclosures", bad).status, bad)
	}
	own := propose(w.ask("acme admin", "POST", "disclosures", asked))
	require.Equal(t, "other_admin_required", w.ask("acme admin", "POST", "disclosures/"+own+"/confirm", "").code())
	require.Equal(t, "other_admin_required", host("POST", "disclosures/"+own+"/confirm", "").code())
	require.Equal(t, 403, w.ask("acme reviewer", "POST", "disclosures/"+own+"/confirm", "").status)
	require.Equal(t, 404, w.ask("beta admin", "POST", "disclosures/"+own+"/confirm", "").status)

	signIn := func(as string) {
		t.Helper()
		link, err := w.links.New("acme", tenant.Admin, w.at)
		require.NoError(t, err)
		var in signInAnswer
		w.ask("", "POST", "signin", `{"link":"`+link+`"}`).into(t, &in)
		w.keys[as] = in.Token
	}
	signIn("acme signed in before")
	w.at = w.at.Add(time.Minute)
	theirs := propose(host("POST", "disclosures", asked))
	var is WhoAnswer
	w.ask("acme admin2", "GET", "whoami", "").into(t, &is)
	require.Equal(t, "disclosure_waits", is.Alerts[0].Kind)
	require.Equal(t, "1-O-2", is.Alerts[0].Case)
	w.at = w.at.Add(time.Minute)
	var issued issuedAnswer
	host("POST", "keys", `{"role":"admin","name":"late","reason":"locked out"}`).into(t, &issued)
	w.keys["acme late"] = issued.Key
	signIn("acme signed in")
	for _, who := range []string{"acme late", "acme signed in", "acme signed in before"} {
		require.Equal(t, 200, w.ask(who, "GET", "holds", "").status, who)
		require.Equal(t, "other_admin_required", w.ask(who, "POST", "disclosures/"+theirs+"/confirm", "").code(), who)
	}
	require.Equal(t, "proposed", state(theirs).State)
	for _, id := range []string{own, theirs} {
		require.Equal(t, http.StatusNoContent, w.ask("acme admin2", "POST", "disclosures/"+id+"/confirm", "").status)
		require.Equal(t, "confirmed", state(id).State)
		require.Equal(t, "done_before", w.ask("acme admin2", "POST", "disclosures/"+id+"/confirm", "").code())
	}
	require.Empty(t, state(theirs).By, "the operator")
	require.Equal(t, http.StatusNoContent, w.ask("acme admin", "DELETE", "disclosures/"+own, "").status)
	require.Equal(t, "ended", state(own).State)
	require.Equal(t, 404, w.ask("acme admin2", "POST", "disclosures/"+own+"/confirm", "").status)
	require.False(t, strings.Contains(w.ask("acme reviewer", "GET", "accesses", "").body, "p1"), "whom it is about is for admins, who proposed it")
}
