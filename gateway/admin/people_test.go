package admin

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Every route says who may use it, and nobody else can.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	incident, err := w.store.OpenIncident(t.Context(), "acme", NoticedIncident{Kind: "other"})
	require.NoError(t, err)
	reviewed := 0
	for _, r := range routeTable() {
		if r.roles&anybody != 0 {
			continue
		}
		path := strings.NewReplacer("{id}", incident.String(), "{number}", "1", "{tenant}", "acme", "{month}", "2026-11", "{index}", "0", "{tile...}", "0/000.p/1").Replace(r.path)
		for as, want := range map[string]int{"": 401, "acme expired": 401, "acme revoked": 401, "acme caller": 403} {
			require.Equal(t, want, w.ask(as, r.method, path, "").status, "%s %s as %q", r.method, r.path, as)
		}
		got := w.ask("acme reviewer", r.method, path, "")
		if r.roles.has(tenant.Reviewer) {
			reviewed++
			require.Contains(t, []int{200, 204}, got.status, r.path)
		} else {
			require.Equal(t, 403, got.status, r.path)
		}
		require.Equal(t, []string{"no-store"}, got.header["Cache-Control"])
		require.Empty(t, got.header["Set-Cookie"]) // R76
	}
	require.Equal(t, 18, reviewed, "what happened and what proves it, the log in the forms that others verify, what is declared, who may do what, incidents and accesses, whoami and signing out are what a reviewer has")
	for _, form := range []string{"Basic " + w.keys["acme admin"], w.keys["acme admin"], "Bearer", "Bearer  ", "Bearer " + strings.Repeat("x", 600), "Bearer " + strings.ToUpper(w.keys["acme admin"])} {
		require.Equal(t, 401, w.ask("", "GET", "whoami", "", "Authorization: "+form).status, form)
	}
}

// A page of another site can do nothing, with whatever credential.
func TestCrossSite(t *testing.T) {
	w := newWorld(t)
	for _, r := range routeTable() {
		path := strings.NewReplacer("{id}", newID().String(), "{number}", "1").Replace(r.path)
		for _, head := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example", "Origin: null"} {
			got := w.ask("acme admin", r.method, path, "", head, `If-Match: "1"`)
			if r.method == "GET" {
				require.NotEqual(t, "cross_site_request", got.code())
			} else {
				require.Equal(t, 403, got.status, "%s %s %s", r.method, r.path, head)
				require.Equal(t, "cross_site_request", got.code())
			}
			require.Empty(t, got.header["Access-Control-Allow-Origin"])
		}
		require.Equal(t, 405, w.ask("acme admin", "OPTIONS", path, "").status)
	}
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", recorded, `If-Match: "1"`, "Sec-Fetch-Site: same-origin").status)
}

// Keys are shown once, end, and the last one that works cannot be revoked.
func TestKeys(t *testing.T) {
	w := newWorld(t)
	got := w.ask("acme admin", "POST", "keys", `{"role":"admin","name":"successor","expires_in":"90d"}`)
	require.Equal(t, 201, got.status, got.body)
	var made issuedAnswer
	got.into(t, &made)
	require.Equal(t, w.at.Add(90*24*time.Hour), made.Expires)
	w.keys["made"] = made.Key
	require.Equal(t, 200, w.ask("made", "GET", "whoami", "").status)

	got = w.ask("made", "GET", "keys", "")
	require.NotContains(t, got.body, made.Key)
	require.NotContains(t, got.body, "mf_")
	hash := tenant.HashKey(made.Key)
	require.NotContains(t, got.body, hexOf(hash))
	var all keysAnswer
	got.into(t, &all)
	require.Len(t, all.Keys, 7)
	own := 0
	for _, k := range all.Keys {
		if k.Own {
			own++
			require.Equal(t, made.ID, k.ID)
		}
		require.Equal(t, k.Name != "expired" && k.Name != "revoked", k.Works, k.Name)
	}
	require.Equal(t, 1, own)

	ids := map[string]string{}
	for _, k := range all.Keys {
		ids[k.Name] = k.ID
	}
	for _, name := range []string{"admin", "admin2", "expired", "reviewer"} {
		require.Equal(t, 204, w.ask("made", "DELETE", "keys/"+ids[name], "").status, name)
		require.Equal(t, 401, w.ask("acme "+name, "GET", "whoami", "").status, name)
		require.Equal(t, 404, w.ask("made", "DELETE", "keys/"+ids[name], "").status, "it was revoked before")
	}
	got = w.ask("made", "DELETE", "keys/"+made.ID, "")
	require.Equal(t, 409, got.status)
	require.Equal(t, "last_admin_key", got.code())
	require.Equal(t, 200, w.ask("made", "GET", "whoami", "").status)
	w.at = w.at.Add(90 * 24 * time.Hour)
	require.Equal(t, 401, w.ask("made", "GET", "whoami", "").status, "it has expired")
}

// What was done on the host, and whom nobody watches any more, is shown to
// whoever signs in next.
// A quota that is near its end, or at it, is an alert.
func TestQuotaAlerts(t *testing.T) {
	w := newWorld(t)
	var who WhoAnswer
	kinds := func() (all []string) {
		w.ask("acme admin", "GET", "whoami", "").into(t, &who)
		for _, a := range who.Alerts {
			all = append(all, fmt.Sprintf("%s %s %d/%d", a.Kind, a.Quota, a.Used, a.Most))
		}
		return
	}
	require.Empty(t, kinds())
	today := w.at.UTC().Truncate(24 * time.Hour)
	w.store.mu.Lock()
	w.store.of["acme"].days = []Day{{Day: today.AddDate(0, 0, -1), Sessions: 9, Minutes: 15}, {Day: today, Sessions: 4, Minutes: 5}}
	w.store.mu.Unlock()
	for i, c := range []struct {
		limits string
		want   []string
	}{
		{`{"sessions_per_day":6,"minutes_per_month":100}`, nil},
		{`{"sessions_per_day":5,"minutes_per_month":25}`, []string{"quota_near sessions_per_day 4/5", "quota_near minutes_per_month 20/25"}},
		{`{"sessions_per_day":4,"minutes_per_month":20}`, []string{"quota_reached sessions_per_day 4/4", "quota_reached minutes_per_month 20/20"}},
	} {
		got := w.ask("acme admin", "PATCH", "tenant", `{"limits":`+c.limits+`}`, fmt.Sprintf(`If-Match: "%d"`, i+1))
		require.Equal(t, 200, got.status, got.body)
		require.Equal(t, c.want, kinds())
	}
}

func TestAlerts(t *testing.T) {
	w := newWorld(t)
	host := func(tenantID, method, path, body string) answer {
		r := httptest.NewRequestWithContext(t.Context(), method, Prefix+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		w.Host(tenantID).ServeHTTP(res, r)
		return answer{res.Code, res.Header(), res.Body.String()}
	}
	require.Equal(t, 400, host("acme", "POST", "keys", `{"role":"admin","name":"x"}`).status, "the host says why")
	got := host("acme", "POST", "keys", `{"role":"admin","name":"x","reason":"locked out"}`)
	require.Equal(t, 201, got.status, got.body)
	require.Equal(t, 404, host("nobody", "GET", "tenant", "").status)
	var reviewer string
	for _, k := range w.store.of["acme"].keys {
		if k.Role == "reviewer" {
			reviewer = k.ID.String()
		}
	}
	require.Equal(t, 204, w.ask("acme admin", "DELETE", "keys/"+reviewer, "").status)
	var who WhoAnswer
	w.ask("acme admin2", "GET", "whoami", "").into(t, &who)
	kinds := map[string]whoAlert{}
	for _, a := range who.Alerts {
		kinds[a.Kind] = a
	}
	require.Len(t, kinds, 2)
	require.Equal(t, "locked out", kinds["key_issued_on_host"].Reason)
	require.Equal(t, reviewer, kinds["reviewer_removed"].Key)
	w.ask("beta admin", "GET", "whoami", "").into(t, &who)
	require.Empty(t, who.Alerts)
	w.at = w.at.Add(alertTime + time.Second)
	w.ask("acme admin2", "GET", "whoami", "").into(t, &who)
	require.Empty(t, who.Alerts)
}

// A link signs in once, however many try at once.
func TestLinkOnce(t *testing.T) {
	w := newWorld(t)
	secret, err := w.links.New("acme", tenant.Admin, w.at)
	require.NoError(t, err)
	var won atomic.Int32
	var token atomic.Value
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got := w.ask("", "POST", "signin", `{"link":"`+secret+`"}`)
			if got.status == 200 {
				var in signInAnswer
				_ = json.Unmarshal([]byte(got.body), &in)
				token.Store(in.Token)
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	w.keys["signed in"] = token.Load().(string)
	var who WhoAnswer
	w.ask("signed in", "GET", "whoami", "").into(t, &who)
	require.Equal(t, "acme", who.Tenant.ID)
	require.Equal(t, "sign_in", who.Key.Kind)
	require.Contains(t, w.store.kinds("acme"), session.SignedIn)

	// A sign-in is in the list of keys and can be ended there.
	require.Equal(t, 204, w.ask("acme admin", "DELETE", "keys/"+who.Key.ID, "").status)
	require.Equal(t, 401, w.ask("signed in", "GET", "whoami", "").status)
}

// A link, and what it opened, end with their time; a sign-in that could not be
// noted is none.
func TestLinkEnds(t *testing.T) {
	w := newWorld(t)
	in := func(secret string) answer { return w.ask("", "POST", "signin", `{"link":"`+secret+`"}`) }
	late, err := w.links.New("acme", tenant.Admin, w.at)
	require.NoError(t, err)
	w.at = w.at.Add(LinkTime)
	require.Equal(t, 401, in(late).status)
	gone, err := w.links.New("nobody", tenant.Admin, w.at)
	require.NoError(t, err)
	require.Equal(t, in("mfl_x").body, in(gone).body)

	unnoted, err := w.links.New("acme", tenant.Admin, w.at)
	require.NoError(t, err)
	w.store.deaf = ErrNotReady
	require.Equal(t, 503, in(unnoted).status)
	require.Empty(t, w.tokens.of("acme", w.at))
	w.store.deaf = nil

	secret, err := w.links.New("acme", tenant.Reviewer, w.at)
	require.NoError(t, err)
	var opened signInAnswer
	in(secret).into(t, &opened)
	require.Equal(t, w.at.Add(tokenTime), opened.Expires)
	w.keys["in"] = opened.Token
	require.Equal(t, 200, w.ask("in", "GET", "facts", "").status)
	require.Equal(t, 403, w.ask("in", "GET", "tenant", "").status, "the link was a reviewer's")
	w.at = opened.Expires
	require.Equal(t, 401, w.ask("in", "GET", "facts", "").status)

	secret, err = w.links.New("acme", tenant.Admin, w.at)
	require.NoError(t, err)
	in(secret).into(t, &opened)
	w.keys["in"] = opened.Token
	require.Equal(t, 204, w.ask("in", "DELETE", "signin", "").status)
	require.Equal(t, 401, w.ask("in", "GET", "whoami", "").status)

	// One that was made while no gateway ran is made known to it, as long as
	// it is no longer than others would be.
	known, hash := NewLink()
	w.links.Take(hash, "acme", tenant.Admin, w.at.Add(time.Minute), w.at)
	require.Equal(t, 200, in(known).status)
	require.Equal(t, 401, in(known).status)
	for _, until := range []time.Time{w.at, w.at.Add(LinkTime + time.Second)} {
		known, hash = NewLink()
		w.links.Take(hash, "acme", tenant.Admin, until, w.at)
		require.Equal(t, 401, in(known).status)
	}

	for range maxLinks {
		_, err = w.links.New("acme", tenant.Admin, w.at)
		require.NoError(t, err)
	}
	_, err = w.links.New("acme", tenant.Admin, w.at)
	require.ErrorIs(t, err, ErrLinks)
	_, err = w.links.New("acme", tenant.Admin, w.at.Add(LinkTime))
	require.NoError(t, err)
}

// Who would be sent something of people's sessions that was not is said before
// it is saved, in the words that people read; and where the document demands
// it, that takes two.
func TestNewRecipient(t *testing.T) {
	w := newWorld(t)
	const modelled = `{"avatars":[{"id":"ada","name":"Ada","backend":{"url":"https://models.example/v1","model":"m","name":"Example Model"}},{"id":"bob","name":"Bob"}]}`
	var seen previewAnswer
	w.ask("acme admin", "POST", "preview", `{"document":{"id":"acme","name":"Acme",`+modelled[1:]+`}`).into(t, &seen)
	require.Len(t, seen.Recipients, 1)
	r := seen.Recipients[0]
	require.Equal(t, "ada backend Example Model models.example", r.Avatar+" "+r.Role+" "+r.Name+" "+r.Host)
	require.Equal(t, []string{"words"}, r.Gets)
	require.Contains(t, r.Sentence, "Example Model")
	require.Empty(t, seen.Needs, "nothing demands it")

	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"second_admin_recipients":true}}`, `If-Match: "1"`).status)
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", recorded, `If-Match: "2"`).status, "it is about recipients alone")
	got := w.ask("acme admin", "PATCH", "tenant", modelled, `If-Match: "3"`)
	require.Equal(t, 202, got.status, got.body)
	var did changeAnswer
	got.into(t, &did)
	require.Equal(t, []string{"recipient_new"}, did.Needs)
	require.Nil(t, w.options.Directory.Tenant("acme").Find("ada").BackEnd)
	require.Equal(t, 202, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"second_admin_recipients":false}}`, `If-Match: "3"`).status, "nor is the demand taken away by one")
	var list proposalsAnswer
	w.ask("acme admin2", "GET", "proposals", "").into(t, &list)
	require.Len(t, list.Proposals[0].Recipients, 1, "whoever confirms it reads who that is")
	require.Empty(t, list.Proposals[1].Recipients)
	require.Equal(t, 200, w.ask("acme admin2", "POST", "proposals/1/confirm", "").status)
	require.NotNil(t, w.options.Directory.Tenant("acme").Find("ada").BackEnd)
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"avatars":[{"id":"ada","name":"Ada"}]}`, `If-Match: "4"`).status, "to send nobody anything never waits")
}

// Where the document demands it, recording is switched on by two.
func TestSecondAdmin(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"second_admin":true}}`, `If-Match: "1"`).status)
	got := w.ask("acme admin", "PATCH", "tenant", recorded, `If-Match: "2"`)
	require.Equal(t, 202, got.status, got.body)
	var did changeAnswer
	got.into(t, &did)
	require.EqualValues(t, 2, did.Number)
	require.EqualValues(t, 1, did.Proposal)
	require.Equal(t, []string{"recording_on"}, did.Needs)
	require.False(t, w.options.Directory.Tenant("acme").Policy.Transcript)
	require.Len(t, w.store.of["acme"].versions, 2)

	// Nor is the demand taken away by one, nor by who proposed, nor by another
	// tenant's admin.
	require.Equal(t, 202, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"second_admin":false}}`, `If-Match: "2"`).status)
	require.Equal(t, "other_admin_required", w.ask("acme admin", "POST", "proposals/1/confirm", "").code())
	require.Equal(t, 404, w.ask("beta admin", "POST", "proposals/1/confirm", "").status)
	// A key that they issue to themselves, also by way of another, is nobody
	// else.
	for i, by := range []string{"acme admin", "acme own 0"} {
		var made issuedAnswer
		w.ask(by, "POST", "keys", `{"role":"admin","name":"own"}`).into(t, &made)
		w.keys[fmt.Sprintf("acme own %d", i)] = made.Key
		require.Equal(t, "other_admin_required", w.ask(fmt.Sprintf("acme own %d", i), "POST", "proposals/1/confirm", "").code())
	}
	require.Equal(t, 404, w.ask("beta admin", "DELETE", "proposals/1", "").status)
	require.Len(t, w.store.of["acme"].versions, 2)

	var list proposalsAnswer
	w.ask("acme admin2", "GET", "proposals", "").into(t, &list)
	require.Len(t, list.Proposals, 2)
	require.False(t, list.Proposals[0].Own)
	got = w.ask("acme admin2", "POST", "proposals/1/confirm", "")
	require.Equal(t, 200, got.status, got.body)
	require.True(t, w.options.Directory.Tenant("acme").Policy.Transcript)
	require.Len(t, w.store.of["acme"].versions, 3)
	require.Equal(t, 404, w.ask("acme admin2", "POST", "proposals/1/confirm", "").status)

	// What was proposed on a version that is gone has to be proposed again.
	require.Equal(t, "proposal_outdated", w.ask("acme admin2", "POST", "proposals/2/confirm", "").code())
	require.Equal(t, 204, w.ask("acme admin2", "DELETE", "proposals/2", "").status)

	// Off needs nobody else.
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"transcript":false}}`, `If-Match: "3"`).status)
	// A roll-back is no way around it.
	require.Equal(t, 202, w.ask("acme admin", "POST", "versions/3/restore", "", `If-Match: "4"`).status)
}

// A flood of refused attempts is a few facts, with their number, and hides
// nothing else; its author is told to wait, others are not.
func TestDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		limited := 0
		for range 1000 {
			if w.askFrom("203.0.113.9:1", "mf_wrong", "GET", "whoami", "").status == 429 {
				limited++
			}
		}
		require.Equal(t, 1000-wrongMost, limited)
		require.Equal(t, 401, w.askFrom("198.51.100.7:1", "mf_wrong", "GET", "whoami", "").status)
		require.Equal(t, 200, w.askFrom("203.0.113.9:1", w.keys["acme admin"], "GET", "whoami", "").status, "a neighbour with a right key")
		require.Equal(t, 403, w.ask("acme reviewer", "GET", "transcripts", "").status)
		require.Equal(t, []session.FactKind{session.AccessDenied}, w.store.kinds("acme"))
		require.Equal(t, []session.FactKind{session.AccessDenied}, w.store.kinds(""))
		time.Sleep(deniedEvery)
		synctest.Wait()
		require.Len(t, w.store.free, 2)
		require.EqualValues(t, 1001, w.store.free[0].Fact.Count+w.store.free[1].Fact.Count)
		require.Len(t, w.store.of["acme"].facts, 1)

		// What is still counted at the end is noted.
		w.askFrom("203.0.113.9:1", "mf_wrong", "GET", "whoami", "")
		w.askFrom("203.0.113.9:1", "mf_wrong", "GET", "whoami", "")
		w.Close()
		total := uint64(0)
		for _, f := range w.store.free {
			total += f.Fact.Count
		}
		require.EqualValues(t, 1003, total)
	})
}

// A key that was written into the configuration file is told of as one that was
// issued on the host, on the page of whoever is signed in; those that came with
// the tenant are not. // R63
func TestKeyWrittenIntoTheFile(t *testing.T) {
	w := newWorld(t)
	of := w.store.of["file"]
	var who WhoAnswer
	w.ask("file admin", "GET", "whoami", "").into(t, &who)
	require.Empty(t, who.Alerts)
	var keys keysAnswer
	w.ask("file admin", "GET", "keys", "").into(t, &keys)
	id, ok := session.ParseID(keys.Keys[0].ID)
	require.True(t, ok)
	of.written = []Key{{ID: newID()}, {ID: id, Role: "admin", Made: w.at}}
	w.ask("file admin", "GET", "whoami", "").into(t, &who)
	require.Len(t, who.Alerts, 1)
	require.Equal(t, "key_issued_on_host", who.Alerts[0].Kind)
	require.Equal(t, id.String(), who.Alerts[0].Key)
	require.Contains(t, who.Alerts[0].Reason, "configuration file")
	w.ask("file admin", "GET", "keys", "").into(t, &keys)
	told := 0
	for _, k := range keys.Keys {
		if k.Made != nil {
			require.Equal(t, id.String(), k.ID)
			told++
		}
	}
	require.Equal(t, 1, told)
	w.at = w.at.Add(alertTime + time.Second)
	w.ask("file admin", "GET", "whoami", "").into(t, &who)
	require.Empty(t, who.Alerts)
}
