package gateway

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// termsLedger keeps the facts that it is told.
type termsLedger struct {
	CountingFacts
	mu    sync.Mutex
	facts []session.Fact // Guarded by mu.
}

func (l *termsLedger) Note(tenantID string, f session.Fact, done func(error)) {
	l.mu.Lock()
	l.facts = append(l.facts, f)
	l.mu.Unlock()
	l.CountingFacts.Note(tenantID, f, done)
}

func (l *termsLedger) of(k session.FactKind) []session.Fact {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []session.Fact
	for _, f := range l.facts {
		if f.Kind == k {
			all = append(all, f)
		}
	}
	return all
}

func elsewhereServer(name, host string) *tenant.BackEnd {
	return &tenant.BackEnd{URL: &url.URL{Scheme: "https", Host: host, Path: "/v1"}, Model: "m", Name: name}
}

// A live session follows a policy that is narrowed before the next dial: each
// clause for itself keeps a server from being sent anything, and the fact says
// which, and under which declaration. // R28 R29 R59 R60
func TestClauseAtDialTime(t *testing.T) {
	engine, facts := &scripted{sentences: []string{"ok"}}, &termsLedger{}
	server := elsewhereServer("M", "m.example")
	server.Region = "eu"
	server.Terms = tenant.Terms{Retention: new(30 * 24 * time.Hour), Recipients: []string{"Example Hosting"}, By: "Ada", On: "2026-11-26"}
	r := newRig(t, engine, nil, func(o *Options, tn *tenant.Tenant) {
		o.Facts = facts
		tn.Policy.AuditDetail = true
		tn.Avatars[0].BackEnd = server
	})
	c := r.connect()
	c.acknowledge(c.aware("text"))
	is := server.Recipient(tenant.Answering, tenant.Words)
	turn, asked := 0, 0
	try := func(want session.Reason, change func(*tenant.Policy)) {
		t.Helper()
		changed := *r.server.options.Directory.Tenant("acme")
		changed.Policy = tenant.Policy{AuditDetail: true}
		change(&changed.Policy)
		require.NoError(t, r.server.options.Directory.Replace([]tenant.Tenant{changed}))
		r.server.Narrow("acme", nil)
		turn++
		c.turn("hello", turn)
		refused := facts.of(session.DialRefused)
		if want == session.NoReason {
			asked++
			require.Equal(t, asked, engine.count())
			require.Equal(t, is.Hash(), facts.of(session.EngineAsked)[asked-1].Hash)
			return
		}
		require.Equal(t, asked, engine.count(), "nobody is asked")
		require.Equal(t, "backend_not_allowed", c.await("response.done", turn).at("response", "status_details", "error", "code"))
		require.NotEmpty(t, refused)
		last := refused[len(refused)-1]
		require.Equal(t, want.String(), last.Reason.String())
		require.Equal(t, is.Hash(), last.Hash)
		require.Len(t, facts.of(session.EngineAsked), asked)
	}
	try(session.NoReason, func(*tenant.Policy) {})
	try(session.NotOnList, func(p *tenant.Policy) { p.BackEnds = []string{"other.example"} })
	try(session.NotInRegion, func(p *tenant.Policy) { p.Regions = []string{"us"} })
	try(session.MayTrain, func(p *tenant.Policy) { p.Training = tenant.TrainingForbidden })
	try(session.KeepsTooLong, func(p *tenant.Policy) { p.KeepsMost = new(29 * 24 * time.Hour) })
	try(session.KeepsTooLong, func(p *tenant.Policy) { p.KeepsMost = new(time.Duration(0)) })
	try(session.ObjectedTo, func(p *tenant.Policy) { p.Objections = []string{"example hosting"} })
	try(session.NoReason, func(p *tenant.Policy) {
		p.BackEnds, p.Regions, p.KeepsMost, p.Objections = []string{"m.example"}, []string{"eu"}, new(30*24*time.Hour), []string{"Somebody"}
	})
}

// Everything that a person or a program is told of storage is the worst of the
// chain: the page, the notice, the session, the receipt, what is published. With
// links that state that they keep nothing it says so, as their statement. R18
// R57 R58
func TestToldOfTheChain(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	nothing := tenant.Terms{Retention: new(time.Duration(0)), Training: new(false), Transfer: tenant.NoTransfer, By: "Ada of the DPO", On: "2026-11-26", Evidence: [32]byte{1}}
	for _, c := range []struct {
		name            string
		terms           tenant.Terms
		stores, word    string
		keeps, trains   string
		may             bool
		statement       string
		transfer, since string
	}{
		{"nothing is declared", tenant.Terms{}, "unknown", "Not recorded here, sent to Models & Co", "not declared", "not declared", true, "Models & Co has not stated whether it keeps this, for how long or where", "not declared", ""},
		{"it keeps something", tenant.Terms{Retention: new(30 * 24 * time.Hour), Training: new(false), By: "Ada", On: "2026-11-25"}, "some", "Not recorded here, sent to Models & Co", "30d", "no", true, "Models & Co states that it keeps this up to 30 days. It has not stated where its server is.", "not declared", "2026-11-25"},
		{"it keeps nothing", nothing, "nothing", "Not recorded", "none", "no", false, "Models & Co states that it keeps nothing of this.", "none", "2026-11-26"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, nil, func(o *Options, tn *tenant.Tenant) {
				o.Signer = ring
				tn.Public = true
				tn.Avatars[0].BackEnd = elsewhereServer("Models & Co", "m.example")
				tn.Avatars[0].BackEnd.Terms = c.terms
			})
			const may = "What is sent to Models & Co may be kept there."
			get := func(path, accept string) string {
				got := r.ask("GET", path, http.Header{"Accept": {accept}}, nil)
				require.Equal(t, 200, got.status, path)
				return got.body
			}
			page := get("/v1/avatar/page", "application/json")
			require.Equal(t, c.may, strings.Contains(page, strings.ReplaceAll(may, "&", `&`)))
			require.Contains(t, page, c.statement)
			require.Regexp(t, `"word":\{[^}]*"en":"`+regexp.QuoteMeta(c.word)+`"`, page)

			privacy := get("/.well-known/mayfly-privacy.json", "*/*")
			require.Contains(t, privacy, `"elsewhere":"`+c.stores+`"`)

			var register registerAnswer
			require.NoError(t, json.Unmarshal([]byte(get("/subprocessors", "*/*")), &register))
			require.Equal(t, c.stores, register.Elsewhere)
			require.Len(t, register.Recipients, 1)
			require.Equal(t, []string{r.server.options.Directory.Tenants()[0].Avatars[0].ID}, register.Recipients[0].Avatars)
			require.Equal(t, "m.example", register.Recipients[0].Recipient["host"])
			require.NotContains(t, get("/subprocessors", "*/*"), "Ada", "who declared it is the organisation's own")
			text := get("/subprocessors", "text/html")
			require.Contains(t, text, "Models &amp; Co")
			require.NotContains(t, text, "Models & Co")

			conn := r.connect()
			conn.acknowledge(conn.aware("text"))
			storage := conn.await("avatar.session.ready", 1)
			require.Equal(t, c.word, storage.at("avatar", "storage", "word"))
			elsewhere := storage.at("avatar", "storage", "elsewhere").([]any)
			require.Len(t, elsewhere, 1)
			require.Contains(t, elsewhere[0], "Something of this conversation was sent to Models & Co. "+c.statement)
			told := conn.await("avatar.disclosure.presented", 1)["text"].(string)
			require.Equal(t, c.may, strings.HasSuffix(told, may), told)

			conn.turn("one", 1)
			conn.send(event{"type": "avatar.receipt.request"})
			got, err := receipt.Verify(conn.await("avatar.receipt", 1)["jws"].(string), ring.Keys())
			require.NoError(t, err)
			require.Len(t, got.Recipients, 1)
			to := got.Recipients[0]
			require.Equal(t, []string{c.keeps, c.trains, c.transfer, c.since}, []string{to.Keeps, to.Trains, to.Transfer, to.Declared})
			if c.terms.Evidence != [32]byte{} {
				require.Equal(t, hex.EncodeToString(c.terms.Evidence[:]), to.Evidence)
			}
		})
	}
}
