package oidc

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"mayfly/gateway/tenant"
)

// The whole way, and that each step of it is good for one use. // R74
func TestSignIn(t *testing.T) {
	r := newRig(t)
	require.JSONEq(t, `{"providers":[{"name":"Example SSO","origin":"https://avatars.example.org"}]}`, r.do("GET", About, "").Body.String())

	b := r.begin()
	require.Equal(t, "code", b.to.Get("response_type"))
	require.Equal(t, "openid groups", b.to.Get("scope"))
	require.Equal(t, "S256", b.to.Get("code_challenge_method"))
	require.Equal(t, publicURL+"/v1/admin/oidc/callback", b.to.Get("redirect_uri"))
	require.Equal(t, clientID, b.to.Get("client_id"))
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		require.Len(t, b.to.Get(name), 43, name)
	}
	code := r.fake.code(b.to.Get("code_challenge"), b.claims(nil))
	address := callbackPath + "?code=" + code + "&state=" + b.to.Get("state")
	w := b.do("GET", address, "")
	require.Equal(t, http.StatusOK, w.Code, "%v", r.failures)
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	secret, tenants := offered(w)
	require.Equal(t, []string{"acme"}, tenants)

	require.Equal(t, http.StatusBadRequest, b.do("GET", address, "").Code, "the address again")

	w = r.redeem(secret, b.verifier, "acme")
	require.JSONEq(t, `{"link":"mfl_1"}`, w.Body.String())
	require.Equal(t, []Person{{ID: r.links[0].ID, Tenant: "acme", Role: tenant.Admin, By: "Example SSO"}}, r.links)
	require.Equal(t, http.StatusUnauthorized, r.redeem(secret, b.verifier, "acme").Code)
	require.Len(t, r.links, 1)

	// It leaves no cookie, and nothing of who somebody is.
	require.NotContains(t, r.seen.String(), "Set-Cookie")
	require.NotContains(t, r.seen.String(), "CANARY")
}

// Whom several tenants are open chooses among them; none other is to be had.
func TestChoice(t *testing.T) {
	r := newRig(t, acmeRule,
		tenant.OIDCRule{Claim: "groups", Value: "staff", Tenant: "beta", Role: tenant.Reviewer},
		tenant.OIDCRule{Claim: "groups", Value: "others", Tenant: "gamma", Role: tenant.Admin},
		tenant.OIDCRule{Claim: "groups", Value: "staff", Tenant: "gone", Role: tenant.Admin},
	)
	groups := map[string]any{"groups": []string{"staff", "acme-admins"}}
	for chosen, role := range map[string]tenant.Role{"acme": tenant.Admin, "beta": tenant.Reviewer} {
		b := r.begin()
		w := b.back(groups)
		secret, tenants := offered(w)
		require.Equal(t, []string{"acme", "beta"}, tenants)
		require.Contains(t, w.Body.String(), "Beta &lt;b&gt;&amp;amp; Sons, as reviewer")
		require.Equal(t, http.StatusOK, r.redeem(secret, b.verifier, chosen).Code)
		require.Equal(t, chosen, r.links[len(r.links)-1].Tenant)
		require.Equal(t, role, r.links[len(r.links)-1].Role)
	}
	for _, other := range []string{"gamma", "gone", "", "ACME", "acme ", "*"} {
		b := r.begin()
		secret, _ := offered(b.back(groups))
		require.Equal(t, http.StatusUnauthorized, r.redeem(secret, b.verifier, other).Code, other)
	}
	require.Len(t, r.links, 2)
}

// A sign-in that an attacker began is worth nothing in the victim's page, and
// one that the victim ended nothing in the attacker's.
func TestLoginCSRF(t *testing.T) {
	r := newRig(t)
	attacker, victim := r.begin(), r.begin()
	// The attacker signs in and has the victim's browser open the address: the
	// victim's page would be the attacker's.
	secret, _ := offered(attacker.back(nil))
	require.NotEmpty(t, secret)
	require.Equal(t, http.StatusUnauthorized, r.redeem(secret, victim.verifier, "acme").Code)
	require.Equal(t, http.StatusUnauthorized, r.redeem(secret, attacker.verifier, "acme").Code, "it is used up")

	// The attacker has the victim sign in for the attacker's challenge: what
	// comes of it is in the victim's browser, and the attacker has no secret.
	attacker = r.begin()
	secret, _ = offered(attacker.back(nil))
	for _, guess := range []string{"", "mfo_", attacker.to.Get("state"), attacker.verifier, strings.ToUpper(secret), secret + "=", secret[:len(secret)-1]} {
		require.Equal(t, http.StatusUnauthorized, r.redeem(guess, attacker.verifier, "acme").Code, guess)
	}
	// Nor does the challenge do for the verifier, which anybody may know.
	require.Equal(t, http.StatusUnauthorized, r.redeem(secret, oauth2.S256ChallengeFromVerifier(attacker.verifier), "acme").Code)
	require.Empty(t, r.links)
}

// A code of one sign-in is worth nothing in another, at a provider that looks
// at the verifier (RFC 7636) and at one that does not.
func TestCodeInjection(t *testing.T) {
	for _, lax := range []bool{false, true} {
		r := newRig(t)
		r.fake.lax = lax
		victim, attacker := r.begin(), r.begin()
		code := r.fake.code(victim.to.Get("code_challenge"), victim.claims(nil))
		w := attacker.do("GET", callbackPath+"?code="+code+"&state="+attacker.to.Get("state"), "")
		require.Equal(t, http.StatusBadGateway, w.Code)
		r.requireNothing(w)
	}
}

// What is wrong with an answer in the browser.
func TestCallback(t *testing.T) {
	r := newRig(t)
	with := func(b *browser, more string) string {
		return callbackPath + "?code=" + r.fake.code(b.to.Get("code_challenge"), b.claims(nil)) + "&state=" + b.to.Get("state") + more
	}
	for name, more := range map[string]string{
		"another issuer":   "&iss=https%3A%2F%2Fevil.example",
		"an empty issuer":  "&iss=",
		"two codes":        "&code=x",
		"two states":       "&state=x",
		"an error as well": "&error=access_denied&error_description=CANARY",
		"a bad escape":     "&x=%zz",
		"endless":          "&x=" + strings.Repeat("x", 9000),
	} {
		w := r.do("GET", with(r.begin(), more), "")
		require.GreaterOrEqual(t, w.Code, 400, name)
		r.requireNothing(w)
		require.NotContains(t, w.Body.String(), "CANARY")
	}
	for name, query := range map[string]string{
		"nothing":             "",
		"no state":            "?code=x",
		"a state of nobody":   "?code=x&state=x",
		"an error of nobody":  "?error=access_denied",
		"no code":             "?state=" + r.begin().to.Get("state"),
		"an empty code":       "?code=&state=" + r.begin().to.Get("state"),
		"a code that is none": "?code=x&state=" + r.begin().to.Get("state"),
	} {
		w := r.do("GET", callbackPath+query, "")
		require.GreaterOrEqual(t, w.Code, 400, name)
		r.requireNothing(w)
	}
	// A token that comes with the browser instead of a code is not looked at,
	// and the state is used up.
	b := r.begin()
	r.requireNothing(r.do("GET", callbackPath+"?state="+b.to.Get("state")+"&id_token="+sign(t, b.claims(nil)), ""))
	r.requireNothing(r.do("GET", with(b, ""), ""))

	// A look at it does not use it up.
	b = r.begin()
	address := with(b, "&iss="+r.fake.URL)
	require.Equal(t, http.StatusMethodNotAllowed, r.do("HEAD", address, "").Code)
	require.Equal(t, http.StatusMethodNotAllowed, r.do("POST", address, "").Code)
	require.Equal(t, http.StatusOK, r.do("GET", address, "").Code)

	// Ten minutes, and not a moment longer.
	b = r.begin()
	r.later(flowTime - 1)
	require.Equal(t, http.StatusOK, b.back(nil).Code)
	b = r.begin()
	r.later(flowTime)
	r.requireNothing(b.back(nil))
}

// An offer is for one page, once, and for five minutes.
func TestRedeem(t *testing.T) {
	r := newRig(t)
	b := r.begin()
	secret, _ := offered(b.back(nil))
	r.later(offerTime)
	require.Equal(t, http.StatusUnauthorized, r.redeem(secret, b.verifier, "acme").Code)

	b = r.begin()
	secret, _ = offered(b.back(nil))
	var got sync.Map
	var work sync.WaitGroup
	n := 50
	for i := range n {
		work.Go(func() { got.Store(i, r.redeem(secret, b.verifier, "acme").Code) })
	}
	work.Wait()
	right := 0
	got.Range(func(_, code any) bool {
		if code == http.StatusOK {
			right++
		}
		return true
	})
	require.Equal(t, 1, right)
	require.Len(t, r.links, 1)
	t.Logf("n = %d at once", n)

	// What is no request of the page.
	for name, c := range map[string]struct {
		body   string
		header []string
		status int
	}{
		"another site":   {`{}`, []string{"Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"}, 403},
		"another origin": {`{}`, []string{"Content-Type", "application/json", "Origin", "https://evil.example"}, 403},
		"a form":         {`secret=x`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"text":           {`{}`, []string{"Content-Type", "text/plain"}, 415},
		"no JSON":        {`{`, []string{"Content-Type", "application/json"}, 400},
		"an unknown key": {`{"secret":"a","verifier":"b","tenant":"c","role":"admin"}`, []string{"Content-Type", "application/json"}, 400},
		"one key twice":  {`{"secret":"a","secret":"b"}`, []string{"Content-Type", "application/json"}, 400},
		"another case":   {`{"Secret":"a"}`, []string{"Content-Type", "application/json"}, 400},
		"a large body":   {`{"secret":"` + strings.Repeat("x", redeemMost) + `"}`, []string{"Content-Type", "application/json"}, 413},
		"nothing":        {`{}`, []string{"Content-Type", "application/json"}, 401},
	} {
		w := r.do("POST", Prefix+"redeem", c.body, c.header...)
		require.Equal(t, c.status, w.Code, name)
		var said struct {
			Error struct{ Message, Type, Code string }
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &said))
		require.NotEmpty(t, said.Error.Code)
	}
	require.Len(t, r.links, 1)
}

// What waits is bounded, by address and in all, and makes room when it is over.
func TestFlowsAreBounded(t *testing.T) {
	r := newRig(t)
	start := Prefix + "start?challenge=" + oauth2.S256ChallengeFromVerifier("x")
	for range flowsFromMost {
		require.Equal(t, http.StatusFound, r.do("GET", start, "").Code)
	}
	w := r.do("GET", start, "")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "Keys and one-time links still work")
	require.Len(t, r.flows.all, flowsFromMost)

	for _, query := range []string{"", "?challenge=", "?challenge=short", "?challenge=" + strings.Repeat("x", 44), "?challenge=" + strings.Repeat("/", 43), start[len(Prefix)+5:] + "&x=1"} {
		require.Equal(t, http.StatusBadRequest, r.do("GET", Prefix+"start"+query, "").Code, query)
	}
}

// What nobody comes back for is forgotten when its time is over, whether or
// not anybody else comes.
func TestForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flows
		var o offers
		waiting := func() [3]int {
			synctest.Wait()
			f.mu.Lock()
			defer f.mu.Unlock()
			o.mu.Lock()
			defer o.mu.Unlock()
			return [3]int{len(f.all), len(f.from), len(o.all)}
		}
		from := netip.MustParsePrefix("192.0.2.1/32")
		for range flowsFromMost {
			_, begun := f.begin("x", from, time.Now())
			require.NotNil(t, begun)
		}
		_, begun := f.begin("x", from, time.Now())
		require.Nil(t, begun)
		_, begun = f.begin("x", netip.MustParsePrefix("192.0.2.2/32"), time.Now())
		require.NotNil(t, begun, "another address")
		_, ok := o.make(offer{}, time.Now())
		require.True(t, ok)
		require.Equal(t, [3]int{flowsFromMost + 1, 2, 1}, waiting())
		time.Sleep(offerTime)
		require.Equal(t, [3]int{flowsFromMost + 1, 2, 0}, waiting())
		time.Sleep(flowTime - offerTime)
		require.Equal(t, [3]int{}, waiting())
		_, begun = f.begin("x", from, time.Now())
		require.NotNil(t, begun)
	})
}

// Without a provider there is nothing but the word that there is none.
func TestNotConfigured(t *testing.T) {
	r := &rig{t: t}
	r.Server = r.server(nil)
	require.JSONEq(t, `{"providers":[]}`, r.do("GET", About, "").Body.String())
	for _, path := range []string{"start", "callback", "redeem", "else"} {
		require.Equal(t, http.StatusNotFound, r.do("GET", Prefix+path, "").Code, path)
	}
}

// Taking a rule out ends what it opened, at the next sign-in at the latest.
func TestRuleTakenOut(t *testing.T) {
	r := newRig(t)
	b := r.begin()
	require.Equal(t, http.StatusOK, b.back(nil).Code)
	r.SetRules(nil)
	b = r.begin()
	w := b.back(nil)
	require.Equal(t, http.StatusForbidden, w.Code)
	r.requireNothing(w)
	require.Len(t, r.refused, 1)
}

// Somebody is the same as long as the process runs, somebody else at another
// tenant and after a restart; and who they are is not in it.
func TestPseudonyms(t *testing.T) {
	in := func(r *rig, sub string) Person {
		b := r.begin()
		secret, _ := offered(b.back(map[string]any{"sub": sub}))
		require.Equal(t, http.StatusOK, r.redeem(secret, b.verifier, "acme").Code)
		return r.links[len(r.links)-1]
	}
	r := newRig(t)
	ada, again, bob := in(r, "ada"), in(r, "ada"), in(r, "bob")
	require.Equal(t, ada.ID, again.ID)
	require.NotEqual(t, ada.ID, bob.ID)
	require.NotEqual(t, ada.ID, r.Server.names.of("beta", r.fake.URL, "ada"))
	require.NotEqual(t, r.Server.names.of("a", "bc", "d"), r.Server.names.of("ab", "c", "d"))
	require.NotEqual(t, ada.ID, newNamer().of("acme", r.fake.URL, "ada"))
	require.Equal(t, byte('8'), ada.ID.String()[14])
}
