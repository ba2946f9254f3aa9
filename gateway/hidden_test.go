package gateway

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/candour"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// hides switches the visible notice off for a time.
func hides(left time.Duration) rigOption {
	return func(_ *Options, tn *tenant.Tenant) {
		tn.Policy.Hiding = tenant.Hiding{By: "Ada", Reason: "Told by a poster.", LegalBasis: "Opinion of counsel.", Expires: time.Now().Add(left)}
	}
}

// With the visible notice switched off no client is given it, over either
// transport; each reply still carries its label and each answer over HTTP its
// header, whoever asks is told what answers, and the person is asked before
// anything is kept. // R20 R21 R22 R25
func TestHiddenNotice(t *testing.T) {
	tp := &tape{}
	engine := candour.Wrap(&scripted{sentences: []string{"ok"}})
	r := newRig(t, engine, tone{}, withMedia(t), recorded(tp), hides(time.Hour), func(_ *Options, tn *tenant.Tenant) {
		tn.Policy.LegalBasis = tenant.Contract // counts for nothing here
	}).unlimited()

	aware := r.connect()
	aware.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"},
		"avatar": event{"version": "1", "acknowledges_disclosure": true}}})
	aware.consent(true)
	require.Equal(t, "consent", aware.await("avatar.recording.state", 1)["reason"])

	stock := r.connect()
	stock.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"}}})

	p, _ := r.call(listener, "")
	p.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"}}})

	for name, c := range map[string]*client{"aware": aware, "stock": stock, "call": p.client} {
		c.turn("What is two and two?", 1)
		c.turn("Are you a human?", 2)
		require.Zero(t, c.count("avatar.disclosure.presented"), name)
		require.Equal(t, 2, c.count("response.done"), name)
		require.Equal(t, 2, c.count("avatar.provenance"), "%s: each reply has its label, and there was no other\n%v", name, c.types())
		var said string
		for _, e := range c.all() {
			if e.typ() == "response.output_text.done" {
				said, _ = e["text"].(string)
			}
		}
		require.Contains(t, said, "AI", name)
	}
	aware.await("avatar.transcript.committed", 2)
	require.EqualValues(t, 3, r.facts.Count(session.NoticeWithheld))
	require.Zero(t, r.facts.Count(session.NoticePresented)+r.facts.Count(session.NoticeAcknowledged))
	require.Len(t, tp.all(), 2, "of the one who agreed")

	got := r.ask("GET", "/.well-known/mayfly-privacy.json?tenant=acme", nil, nil)
	require.Equal(t, 200, got.status)
	require.NotEmpty(t, got.header.Get("AI-Disclosure"))
	all, _ := parse(t, got.body).at("disclosure_hidden").([]any)
	require.Len(t, all, 1)
	require.Equal(t, "Opinion of counsel.", event(all[0].(map[string]any)).at("legal_basis"))
	require.NotContains(t, got.body, "Ada", "the name is in the version and not for everybody")
}

// When the time is over, sessions that begin show the notice again, with
// nobody having done anything; live ones go on as they are. The receipt of one
// that was not shown it says so. // R22
func TestHiddenNoticeExpires(t *testing.T) {
	bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
		early := r.connect()
		early.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"}}})
		early.turn("hello", 1)
		for _, c := range r.server.registry.all() {
			c.mu.Lock()
			h := c.receiptOf(time.Now(), false).Hidden
			c.mu.Unlock()
			require.Equal(t, "Told by a poster.", h.Reason)
			require.Equal(t, "Opinion of counsel.", h.LegalBasis)
		}
		pass(time.Minute)
		late := r.connect()
		late.acknowledge(late.aware("text"))
		late.turn("hello", 1)
		early.turn("hello again", 2)
		require.Zero(t, early.count("avatar.disclosure.presented"))
		require.Equal(t, 1, late.count("avatar.disclosure.presented"))
	}, hides(0), func(_ *Options, tn *tenant.Tenant) { tn.Policy.Hiding.Expires = time.Now().Add(30 * time.Second) })
}

// permission is of a likeness, and ends after a time.
func permission(left time.Duration) rigOption {
	return func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars[0].RealLikeness = true
		tn.Avatars[0].Permission = &tenant.Permission{
			ID: "p-17", Subject: "person-4", Scope: tenant.Aspects(), Territory: []string{"DE"}, Expires: time.Now().Add(left), Evidence: [32]byte{7},
		}
	}
}

// An avatar with a real person's likeness: every session writes under which
// permission it is used; none outlives it; and afterwards, or without one,
// none begins. // R36 R37 R38
func TestLikenessIsPermitted(t *testing.T) {
	bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
		c := r.connect()
		c.acknowledge(c.aware("text"))
		c.turn("hello", 1)
		require.EqualValues(t, 1, r.facts.Count(session.LikenessUsed))
		for _, live := range r.server.registry.all() {
			live.mu.Lock()
			l := live.receiptOf(time.Now(), false).Likeness
			live.mu.Unlock()
			require.Equal(t, "p-17", l.Permission)
		}
		for range 59 {
			pass(10 * time.Second)
			c.text("still here")
		}
		pass(11 * time.Second)
		_, why := c.closed()
		require.Equal(t, "session_expired", why)
		status, code := r.knock(r.bearer())
		require.Equal(t, 403, status)
		require.Equal(t, "likeness_not_permitted", code)
	}, permission(0), func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars[0].Permission.Expires = time.Now().Add(10 * time.Minute)
	})
}

// A permission that is taken out of the document, or shortened, ends the
// sessions that used it at once. // R37
func TestLikenessTakenBack(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, permission(time.Hour))
	c := r.connect()
	c.await("session.created", 1)
	changed := *r.server.options.Directory.Tenant("acme")
	changed.Avatars = append([]tenant.Avatar{}, changed.Avatars...)
	changed.Avatars[0].Permission = nil
	require.NoError(t, r.server.options.Directory.Replace([]tenant.Tenant{changed}))
	r.server.Narrow("acme", nil)
	_, why := c.closed()
	require.Equal(t, "ended", why)
	status, code := r.knock(r.bearer())
	require.Equal(t, 403, status)
	require.Equal(t, "likeness_not_permitted", code)
}

// troupe is a cast whose voice is a server's, and another that is here.
type troupe struct {
	stageHand
	far voice.Voice
}

func (h troupe) Cast(t *tenant.Tenant, a *tenant.Avatar) *Cast {
	c := h.stageHand.Cast(t, a)
	c.Voice = func(string) voice.Voice { return h.far }
	return c
}

// distant is the voice of a server.
type distant struct{ tone }

func (distant) Name() string { return "distant" }

// A server that the policy does not allow any more is sent nothing from then
// on, in live sessions too: the reply fails with a code of its own and nobody
// is asked, and the answer is spoken by a voice that is here. The receipt names
// the region as it was declared. // R60
func TestServerNotAllowed(t *testing.T) {
	engine := &scripted{sentences: []string{"ok"}}
	r := newRig(t, engine, tone{}, func(o *Options, tn *tenant.Tenant) {
		o.Casting = troupe{stageHand{engine, tone{}}, distant{}}
		tn.Avatars[0].BackEnd = &tenant.BackEnd{URL: &url.URL{Scheme: "https", Host: "m.example", Path: "/v1"}, Model: "m", Name: "M", Region: "eu"}
		tn.Avatars[0].Speech = &tenant.BackEnd{URL: &url.URL{Scheme: "https", Host: "s.example", Path: "/v1"}, Model: "m", Name: "S"}
		tn.Policy.BackEnds = []string{"m.example", "s.example"}
	})
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.turn("hello", 1)
	require.Equal(t, 1, engine.count())
	live := r.server.registry.all()[0]
	speaks := func() string {
		live.mu.Lock()
		defer live.mu.Unlock()
		return live.voice(session.Answer).Name()
	}
	require.Equal(t, "distant", speaks())
	live.mu.Lock()
	require.Equal(t, "eu", live.receiptOf(time.Now(), false).Recipients[0].Where)
	live.mu.Unlock()

	c.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"audio"}}})
	c.turn("hello", 2)
	live.mu.Lock()
	heard := live.receiptOf(time.Now(), false).Recipients[1]
	live.mu.Unlock()
	require.Equal(t, "S", heard.Name)
	require.Equal(t, "answers", heard.What)
	require.Equal(t, "not declared", heard.Where)

	set := func(change func(*tenant.Policy)) {
		changed := *r.server.options.Directory.Tenant("acme")
		change(&changed.Policy)
		require.NoError(t, r.server.options.Directory.Replace([]tenant.Tenant{changed}))
		r.server.Narrow("acme", nil)
	}
	set(func(p *tenant.Policy) { p.BackEnds = []string{"other.example"} })
	c.turn("hello", 3)
	require.Equal(t, 2, engine.count(), "nobody is asked")
	require.Equal(t, "backend_not_allowed", c.await("response.done", 3).at("response", "status_details", "error", "code"))
	require.Equal(t, "tone", speaks())
	require.EqualValues(t, 1, r.facts.Count(session.DialRefused))
	require.EqualValues(t, 2, r.facts.Count(session.EngineAsked))

	set(func(p *tenant.Policy) { p.BackEnds, p.Regions = nil, []string{"eu"} })
	c.turn("hello", 4)
	require.Equal(t, 3, engine.count(), "its region is allowed")
	require.Equal(t, "tone", speaks(), "and that of the other is not known")
	set(func(p *tenant.Policy) { p.Regions = []string{"us"} })
	c.turn("hello", 5)
	require.Equal(t, 3, engine.count())
	live.mu.Lock()
	defer live.mu.Unlock()
	for _, to := range live.receiptOf(time.Now(), false).Recipients {
		require.Equal(t, map[string]int{"M": 3, "S": 1}[to.Name], to.Times, to.Name)
	}
}

// Decisions without a human are told before a session and published. // R44
func TestAutomatedDecisionsAreTold(t *testing.T) {
	r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) {
		tn.Policy.Decisions = tenant.Decisions{Used: true, LogicNotice: "https://acme.example/logic", HumanRoute: "Call 0800 1."}
	})
	got := r.ask("GET", "/.well-known/mayfly-privacy.json?tenant=acme", nil, nil)
	require.Equal(t, map[string]any{"used": true, "logic_notice": "https://acme.example/logic", "human_route": "Call 0800 1."}, parse(t, got.body)["automated_decisions"])
	page := r.ask("GET", "/v1/avatar/page", nil, nil)
	require.Equal(t, 200, page.status)
	require.Contains(t, page.body, "To have a human decide: Call 0800 1.")
	require.Contains(t, page.body, "https://acme.example/logic")
}
