package tenant

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

var hidden = Hiding{By: "Ada", Reason: "R", LegalBasis: "L", Expires: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)}

// The visible notice is hidden while the switch stands with all that it takes,
// for the avatars that it names, and never for minors. Afterwards, and with a
// clock that is far off, it is shown. // R22
func TestDisclosureHidden(t *testing.T) {
	before := hidden.Expires.Add(-time.Second)
	now := func(change func(*Tenant), at time.Time) bool {
		o := &Tenant{Policy: Policy{Hiding: hidden}, Avatars: []Avatar{{ID: "x"}}}
		change(o)
		p := o.Effective(&o.Avatars[0])
		return p.DisclosureHidden(at)
	}
	same := func(*Tenant) {}
	require.True(t, now(same, before))
	require.True(t, now(same, hidden.Expires.Add(-mostHiding)))
	require.False(t, now(same, hidden.Expires.Add(-mostHiding-time.Second)), "further ahead than anybody may")
	require.False(t, now(same, hidden.Expires))
	require.False(t, now(same, hidden.Expires.Add(400*day)))
	for name, change := range map[string]func(*Tenant){
		"no switch":      func(o *Tenant) { o.Policy.Hiding = Hiding{} },
		"no name":        func(o *Tenant) { o.Policy.Hiding.By = "" },
		"no reason":      func(o *Tenant) { o.Policy.Hiding.Reason = "" },
		"no basis":       func(o *Tenant) { o.Policy.Hiding.LegalBasis = "" },
		"no end":         func(o *Tenant) { o.Policy.Hiding.Expires = time.Time{} },
		"another avatar": func(o *Tenant) { o.Policy.Hiding.Avatars = []string{"y"} },
		"minors":         func(o *Tenant) { o.Audience = Minors },
		"unknown":        func(o *Tenant) { o.Audience = 9 },
	} {
		require.False(t, now(change, before), name)
	}
	require.True(t, now(func(o *Tenant) { o.Policy.Hiding.Avatars = []string{"w", "x"} }, before))
}

// Who is not shown the notice is asked before anything is kept, whatever the
// legal basis. // R22
func TestHiddenIsAsked(t *testing.T) {
	o := recorded()
	o.Policy.LegalBasis, o.Policy.Hiding = Contract, hidden
	p := o.Effective(&o.Avatars[0])
	require.Equal(t, Consent, p.LegalBasis)
	require.False(t, p.Session(o.Limits, 1).Told)
}

// Who switched it, when and for which avatar: one fact for each avatar whose
// notice is switched off, off on other terms, or on. // R22
func TestDisclosureFacts(t *testing.T) {
	now, by := hidden.Expires.Add(-day), session.NameID("key")
	with := func(h Hiding) *Tenant {
		return &Tenant{ID: "a", Policy: Policy{Hiding: h}, Avatars: []Avatar{{ID: "x"}, {ID: "y"}}}
	}
	only := hidden
	only.Avatars = []string{"y"}
	longer := only
	longer.Expires = longer.Expires.Add(day)
	fact := func(kind session.FactKind, avatar string) session.Fact {
		return session.Fact{Kind: kind, Actor: by, Object: session.NameID("a", avatar), Policy: 7}
	}
	facts := func(before, after *Tenant) []session.Fact { return DisclosureFacts(before, after, now, by, 7) }
	require.Empty(t, facts(with(Hiding{}), with(Hiding{})))
	require.Equal(t, []session.Fact{fact(session.DisclosureHidden, "x"), fact(session.DisclosureHidden, "y")}, facts(nil, with(hidden)))
	require.Equal(t, []session.Fact{fact(session.DisclosureShown, "x")}, facts(with(hidden), with(only)))
	require.Equal(t, []session.Fact{fact(session.DisclosureHidden, "y")}, facts(with(only), with(longer)))
	require.Equal(t, []session.Fact{fact(session.DisclosureShown, "y")}, facts(with(only), with(Hiding{})))
	require.Empty(t, DisclosureFacts(with(hidden), with(Hiding{}), hidden.Expires, by, 7), "it was shown already")
}

// A stored document that hides the notice for longer than it may by today's
// clock is read when it is loaded, so that a clock that jumps back takes no
// tenant away; it is not taken when it is saved.
func TestHidingAndTheClock(t *testing.T) {
	document := func(expires time.Time) []byte {
		return []byte(`{"id":"a","name":"A","avatars":[{"id":"x","name":"X"}],"policy":{"disclosure_hidden":{"by":"Ada","reason":"R","legal_basis":"L","expires":"` + expires.Format(time.RFC3339) + `"}}}`)
	}
	far := time.Now().UTC().Add(mostHiding + time.Hour)
	_, err := ParseDocument(document(far))
	require.ErrorContains(t, err, "policy.disclosure_hidden.expires: this is more than 366 days ahead")
	o, err := parseDocument(document(far), time.Time{})
	require.NoError(t, err)
	p := o.Effective(&o.Avatars[0])
	require.False(t, p.DisclosureHidden(time.Now()))
	for _, d := range []time.Duration{-400 * day, -time.Second, time.Hour, mostHiding - time.Hour} {
		_, err = ParseDocument(document(time.Now().UTC().Add(d)))
		require.NoError(t, err, d)
	}
}

// A likeness is used only with a permission that says everything, covers what
// is used, and has not expired. // R36 R37
func TestPermitted(t *testing.T) {
	end := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	whole := func() *Avatar {
		return &Avatar{RealLikeness: true, Video: true, Speech: &BackEnd{}, Permission: &Permission{
			ID: "p", Subject: "s", Scope: Aspects(), Territory: []string{"DE"}, Expires: end, Evidence: [32]byte{1},
		}}
	}
	require.True(t, (&Avatar{}).Permitted(end))
	require.True(t, whole().Permitted(end.Add(-time.Nanosecond)))
	require.False(t, whole().Permitted(end))
	require.False(t, whole().Permitted(end.Add(400*day)))
	for name, change := range map[string]func(*Avatar){
		"none":         func(a *Avatar) { a.Permission = nil },
		"no id":        func(a *Avatar) { a.Permission.ID = "" },
		"no subject":   func(a *Avatar) { a.Permission.Subject = "" },
		"no scope":     func(a *Avatar) { a.Permission.Scope = nil },
		"no voice":     func(a *Avatar) { a.Permission.Scope = []Aspect{PictureLikeness} },
		"no picture":   func(a *Avatar) { a.Permission.Scope = []Aspect{VoiceLikeness} },
		"no territory": func(a *Avatar) { a.Permission.Territory = nil },
		"no end":       func(a *Avatar) { a.Permission.Expires = time.Time{} },
		"no evidence":  func(a *Avatar) { a.Permission.Evidence = [32]byte{} },
	} {
		a := whole()
		change(a)
		require.False(t, a.Permitted(end.Add(-day)), name)
	}
	a := whole()
	a.Video, a.Permission.Scope = false, []Aspect{VoiceLikeness}
	require.True(t, a.Permitted(end.Add(-day)))
}

// Every combination of a list of hosts and one of regions with a server. // R60
func TestPermits(t *testing.T) {
	n := 0
	for _, hosts := range [][]string{nil, {"m.example"}, {"m.example", "o.example"}} {
		for _, regions := range [][]string{nil, {"eu"}, {"eu", "us"}} {
			for _, url := range []string{"https://m.example/v1", "https://m.example:8443/v1", "https://o.example/v1", "https://m.example.org/v1", "https://em.example/v1"} {
				for _, region := range []string{"", "eu", "us", "e"} {
					u, err := ParseBackEnd(url)
					require.NoError(t, err)
					want := (hosts == nil || strings.HasPrefix(url, "https://m.example/") || strings.HasPrefix(url, "https://m.example:") ||
						len(hosts) == 2 && strings.HasPrefix(url, "https://o.example/")) &&
						(regions == nil || region == "eu" || region == "us" && len(regions) == 2)
					p := Policy{BackEnds: hosts, Regions: regions}
					require.Equal(t, want, p.Permits(&BackEnd{URL: u, Region: region}), "%v %v %s %q", hosts, regions, url, region)
					n++
				}
			}
			require.True(t, (&Policy{BackEnds: hosts, Regions: regions}).Permits(nil))
		}
	}
	t.Logf("n = %d combinations", n)
}
