package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// behind is what stands behind the avatars.
type behind struct {
	asked []string // "acme ada en: question"
	tried Tried
	err   error
	why   string // of every server
	tests int

	knows    map[string]KnowledgeState // "acme/ada"
	reads    []string
	looks    []string
	delivery Delivery
	probed   []string // receivers that were sent an empty delivery
}

func (b *behind) Delivery(context.Context, string) (Delivery, error) { return b.delivery, nil }

func (b *behind) Probe(_ context.Context, t *tenant.Tenant) string {
	b.probed = append(b.probed, t.Webhook.URL.String())
	return b.why
}

func (b *behind) Try(_ context.Context, t *tenant.Tenant, a *tenant.Avatar, locale, question string) (Tried, error) {
	b.asked = append(b.asked, t.ID+" "+a.ID+" "+a.Name+" "+locale+": "+question)
	return b.tried, b.err
}

func (b *behind) Reach(_ context.Context, _ *tenant.Tenant, a *tenant.Avatar) (all []Reached) {
	b.tests++
	if a.BackEnd != nil {
		all = append(all, Reached{"backend", a.BackEnd.Name, b.why, "has the model m"})
	}
	return all
}

func (w *world) rows(method string) (map[string]checkRow, bool) {
	w.t.Helper()
	got := w.ask("acme admin", method, "checklist", "")
	require.Equal(w.t, 200, got.status, got.body)
	var list checklistAnswer
	got.into(w.t, &list)
	rows := map[string]checkRow{}
	all := true
	for _, r := range list.Rows {
		rows[r.Key] = r
		all = all && r.OK
		require.NotEmpty(w.t, r.Text, r.Key)
		require.Equal(w.t, r.OK, r.Remedy == "", "%+v", r)
	}
	require.Equal(w.t, all, list.OK)
	return rows, list.OK
}

// Each row goes from wrong to right by what its remedy says, and by nothing
// else; the last one makes the list whole.
func TestChecklist(t *testing.T) {
	w := newWorld(t)
	w.behind.why = "it cannot be reached"
	w.live.shut = "draining"
	of := w.store.of["acme"]
	for i := range of.keys { // no caller key works
		if of.keys[i].Role == "caller" {
			of.keys[i].Revoked = w.at
		}
	}
	change := func(patch string) {
		t.Helper()
		got := w.ask("acme admin", "PATCH", "tenant", patch, "If-Match: "+etag(uint64(len(of.versions))))
		require.Equal(t, 200, got.status, got.body)
	}
	wrong := []string{"origin", "key", "token", "contact", "recorder", "terms", "backend", "answer"}
	change(`{"avatars":[{"id":"ada","name":"Ada","languages":["en","de"],"backend":{"url":"https://m.example/v1","model":"m","name":"Example models"}}]}`)
	w.store.unready = errors.New("the master key is not there")
	for i, step := range []func(){
		func() {},
		func() { change(`{"origins":["https://acme.example"]}`) },
		func() {
			of.keys = append(of.keys, Key{ID: newID(), Hash: [32]byte{9}, Role: "caller", Made: w.at})
			w.store.mark++
		},
		func() { w.live.shut = "" },
		func() { change(`{"contact":{"complaint":"https://authority.example/"}}`) },
		func() { w.store.unready = nil },
		func() {
			const stated = `{"avatars":[{"id":"ada","name":"Ada","languages":["en","de"],"backend":{"url":"https://m.example/v1","model":"m","name":"Example models","terms":{"retention":%q,"training":false,"declared_by":"Ada","declared_on":"2026-11-26"}}}]}`
			rows, _ := w.rows("GET")
			require.Contains(t, rows["terms"].Text, "not stated whether they keep what they are sent, or train models with it: Example models. People are told so.")
			change(fmt.Sprintf(stated, "none"))
			rows, _ = w.rows("GET")
			require.Contains(t, rows["terms"].Text, "they keep nothing of it")
			change(fmt.Sprintf(stated, "30d"))
			rows, _ = w.rows("GET")
			require.Contains(t, rows["terms"].Text, "people are told: Example models.")
		},
		func() {
			rows, _ := w.rows("POST")
			require.Contains(t, rows["backend"].Text, "Example models: it cannot be reached")
			require.Equal(t, 429, w.ask("acme admin", "POST", "checklist", "").status, "tested again at once")
			require.Equal(t, 1, w.behind.tests)
			w.at, w.behind.why = w.at.Add(time.Minute), ""
			rows, _ = w.rows("POST")
			require.Contains(t, rows["backend"].Text, "Example models has the model m")
		},
		func() { of.days = []Day{{Day: w.at.Truncate(day), Sessions: 1, Turns: 1}} },
	} {
		step()
		rows, ok := w.rows("GET")
		require.Len(t, rows, len(wrong)+1)
		require.True(t, rows["disclosure"].OK) // a language without one cannot be saved
		for j, key := range wrong {
			require.Equal(t, j < i, rows[key].OK, "step %d: %+v", i, rows[key])
		}
		require.Equal(t, i == len(wrong), ok)
	}
	// Another server is another matter.
	change(`{"avatars":[{"id":"ada","name":"Ada","backend":{"url":"https://other.example/v1","model":"m"}}]}`)
	rows, ok := w.rows("GET")
	require.False(t, ok)
	require.False(t, rows["backend"].OK)
	require.Equal(t, []string{"pt", "it"}, withoutNotice(&tenant.Tenant{Avatars: []tenant.Avatar{{Languages: []string{"de-AT", "pt", "it"}}, {Languages: []string{"pt"}}}}))
	// A public page needs neither an origin nor a key.
	change(`{"origins":null,"public":true}`)
	for i := range of.keys {
		if of.keys[i].Role == "caller" {
			of.keys[i].Revoked = w.at
		}
	}
	rows, _ = w.rows("GET")
	require.True(t, rows["origin"].OK)
	require.True(t, rows["key"].OK)
}

// What an avatar would say: under the document in force or another, of the
// caller's own tenant, with the documents named once each. Nothing is stored.
func TestTryAnswer(t *testing.T) {
	w := newWorld(t)
	w.behind.tried = Tried{Said: []TriedPiece{{Text: "It opens at 9.", Source: "Hours"}, {Text: "It closes at 5.", Source: "Hours"}, {Text: "Ask me more.", Source: ""}}}
	got := w.ask("acme admin", "POST", "preview/answer", `{"avatar":"ada","question":"When does it open?"}`)
	require.Equal(t, 200, got.status, got.body)
	var out triedAnswer
	got.into(t, &out)
	require.Equal(t, triedAnswer{Problems: []Problem{}, Avatar: "ada", Locale: "en", Kind: "answer", Said: w.behind.tried.Said, Documents: []string{"Hours"}}, out)
	require.Equal(t, []string{"acme ada Ada en: When does it open?"}, w.behind.asked)

	w.behind.tried = Tried{Passages: true}
	got = w.ask("acme admin", "POST", "preview/answer", `{"document":{"id":"acme","name":"A","avatars":[{"id":"eve","name":"Eve","languages":["de"]}]},"avatar":"eve","question":"Was?"}`)
	require.Equal(t, 200, got.status, got.body)
	got.into(t, &out)
	require.Equal(t, "passages", out.Kind)
	require.Equal(t, "acme eve Eve de: Was?", w.behind.asked[1])

	for body, want := range map[string]int{
		`{"avatar":"nobody","question":"x"}`:                              400,
		`{"avatar":"ada","question":""}`:                                  400,
		`{"avatar":"ada"}`:                                                400,
		`{"avatar":"ada","question":"` + strings.Repeat("x", 2001) + `"}`: 400,
		`{"avatar":"ada","question":"x","document":{"id":"beta","name":"B","avatars":[{"id":"ada","name":"Ada"}]}}`: 200, // its mistake is in the answer
	} {
		require.Equal(t, want, w.ask("acme admin", "POST", "preview/answer", body).status, body)
	}
	require.Len(t, w.behind.asked, 2, "another tenant's document was asked")
	w.behind.err = errors.New("secret words")
	got = w.ask("acme admin", "POST", "preview/answer", `{"avatar":"ada","question":"x"}`)
	require.Equal(t, 500, got.status)
	require.NotContains(t, got.body, "secret words")
	require.Len(t, w.store.of["acme"].versions, 1)
	require.Empty(t, w.store.kinds("acme"))
}
