package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// post sends JSON and returns status, headers and the decoded body.
func (r *rig) post(path string, h http.Header, body string) (int, http.Header, event) {
	r.t.Helper()
	req, err := http.NewRequest("POST", r.url()+path, strings.NewReader(body))
	require.NoError(r.t, err)
	for k, v := range h {
		req.Header[k] = v
	}
	res, err := r.do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	var e event
	if len(b) > 0 && b[0] == '{' {
		require.NoError(r.t, json.Unmarshal(b, &e))
	}
	return res.StatusCode, res.Header, e
}

func (r *rig) bearer() http.Header { return http.Header{"Authorization": {"Bearer " + r.key}} }

// secret makes a client secret.
func (r *rig) secret(body string) string {
	r.t.Helper()
	status, _, e := r.post("/v1/realtime/client_secrets", r.bearer(), body)
	require.Equal(r.t, 200, status, e)
	return e["value"].(string)
}

// knock says what a WebSocket upgrade comes to: 101, or the status and code
// of the refusal.
func (r *rig) knock(h http.Header) (int, string) {
	r.t.Helper()
	ws, res, err := r.dial(h, "?model=lumen")
	if err == nil {
		ws.Close()
		return 101, res.Header.Get("Sec-Websocket-Protocol")
	}
	require.NotNil(r.t, res, err)
	b, _ := io.ReadAll(res.Body)
	var e event
	_ = json.Unmarshal(b, &e)
	code, _ := e.at("error", "code").(string)
	return res.StatusCode, code
}

// Who may come in, and with what. // R74
func TestDoor(t *testing.T) {
	r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) {
		_, hash := tenant.NewKey()
		tn.Keys = append(tn.Keys, tenant.Key{Hash: hash, Role: tenant.Reviewer})
	})
	secret := r.secret(`{}`)
	bound := r.secret(`{"avatar":{"origins":["https://page.example"]}}`)
	auth := func(s string) []string { return []string{"Bearer " + s} }
	insecure := func(s string) []string { return []string{"realtime, openai-insecure-api-key." + s} }
	page := []string{r.origin}
	for name, c := range map[string]struct {
		h      http.Header
		status int
		code   string
	}{
		"nothing":                            {http.Header{}, 401, "missing_credential"},
		"key in a header":                    {http.Header{"Authorization": auth(r.key)}, 101, ""},
		"secret in a header":                 {http.Header{"Authorization": auth(secret)}, 101, ""},
		"key as Azure has it":                {http.Header{"Api-Key": {r.key}}, 101, ""},
		"secret as a subprotocol, no origin": {http.Header{"Sec-Websocket-Protocol": insecure(secret)}, 403, "origin_not_allowed"},
		"secret as a subprotocol, the page":  {http.Header{"Sec-Websocket-Protocol": insecure(secret), "Origin": page}, 101, "realtime"},
		"another page":                       {http.Header{"Authorization": auth(secret), "Origin": {"https://evil.example"}}, 403, "origin_not_allowed"},
		"a suffix of the page":               {http.Header{"Authorization": auth(secret), "Origin": {"https://page.example.evil.example"}}, 403, "origin_not_allowed"},
		"a subdomain of the page":            {http.Header{"Authorization": auth(secret), "Origin": {"https://a.page.example"}}, 403, "origin_not_allowed"},
		"another scheme":                     {http.Header{"Authorization": auth(secret), "Origin": {"http://page.example"}}, 403, "origin_not_allowed"},
		"another port":                       {http.Header{"Authorization": auth(secret), "Origin": {"https://page.example:8443"}}, 403, "origin_not_allowed"},
		"the origin null":                    {http.Header{"Authorization": auth(secret), "Origin": {"null"}}, 403, "origin_not_allowed"},
		"two origins":                        {http.Header{"Authorization": auth(secret), "Origin": {r.origin, r.origin}}, 403, "origin_not_allowed"},
		"bound secret, no origin":            {http.Header{"Authorization": auth(bound)}, 403, "origin_not_allowed"},
		"bound secret, its page":             {http.Header{"Authorization": auth(bound), "Origin": page}, 101, ""},
		"a key that is not one":              {http.Header{"Authorization": auth("mf_" + strings.Repeat("A", 43))}, 401, "invalid_credential"},
		"a secret that is not one":           {http.Header{"Authorization": auth("ek_" + strings.Repeat("A", 43))}, 401, "invalid_credential"},
		"a secret and a bit":                 {http.Header{"Authorization": auth(secret + "A")}, 401, "invalid_credential"},
		"a secret of 10,000 bytes":           {http.Header{"Authorization": auth("ek_" + strings.Repeat("A", 10_000))}, 401, "invalid_credential"},
		"basic authentication":               {http.Header{"Authorization": {"Basic " + secret}}, 401, "missing_credential"},
	} {
		t.Run(name, func(t *testing.T) {
			status, code := r.knock(c.h)
			require.Equal(t, c.status, status)
			require.Equal(t, c.code, code)
		})
	}
}

// The refusal of a secret is the same to the byte, whatever is wrong with it.
func TestRefusalsAreAlike(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	single := r.secret(`{"avatar":{"single_use":true}}`)
	status, _ := r.knock(http.Header{"Authorization": {"Bearer " + single}})
	require.Equal(t, 101, status)
	var first []byte
	for _, s := range []string{single, "ek_unknown", "mf_unknown", "sk-proj-1", strings.Repeat("x", 600)} {
		req, _ := http.NewRequest("GET", r.http.URL+"/v1/realtime/ice-servers", nil)
		req.Header.Set("Authorization", "Bearer "+s)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		require.Equal(t, 401, res.StatusCode)
		if first == nil {
			first = b
		}
		require.True(t, bytes.Equal(first, b))
	}
}

// A single-use secret opens one session, however many try at once.
func TestSingleUseSecretRace(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	rounds := int(5 * *scale)
	for range rounds {
		secret := r.secret(`{"avatar":{"single_use":true}}`)
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + secret}}, "")
				if err == nil {
					won.Add(1)
					ws.Close()
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, won.Load())
	}
	t.Logf("n = %d rounds of 50", rounds)
}

// A secret ends when it says so.
func TestSecretExpires(t *testing.T) {
	tokens := newMemoryTokens(10)
	now := time.Now()
	s, err := tokens.Issue(now, Grant{Tenant: "acme", Expires: now.Add(time.Minute)})
	require.NoError(t, err)
	require.True(t, tokens.Redeem(now.Add(time.Minute-1), s))
	require.False(t, tokens.Redeem(now.Add(time.Minute), s))
	require.False(t, tokens.Redeem(now, s), "it is forgotten, not hidden")
}

// The table of secrets is bounded, and those that ended make room.
func TestSecretsAreBounded(t *testing.T) {
	tokens := newMemoryTokens(2)
	now := time.Now()
	for range 2 {
		_, err := tokens.Issue(now, Grant{Expires: now.Add(time.Second)})
		require.NoError(t, err)
	}
	_, err := tokens.Issue(now, Grant{Expires: now.Add(time.Second)})
	require.ErrorIs(t, err, errTokensFull)
	_, err = tokens.Issue(now.Add(2*time.Second), Grant{Expires: now.Add(3 * time.Second)})
	require.NoError(t, err)
}

// A request that is made again under its key gets the same secret, and
// another request under the same key is refused.
func TestIdempotencyKey(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	h := r.bearer()
	h.Set("Idempotency-Key", "one")
	_, _, a := r.post("/v1/realtime/client_secrets", h, `{"expires_after":{"anchor":"created_at","seconds":60}}`)
	_, _, b := r.post("/v1/realtime/client_secrets", h, `{"expires_after":{"anchor":"created_at","seconds":60}}`)
	require.Equal(t, a["value"], b["value"])
	status, _, e := r.post("/v1/realtime/client_secrets", h, `{}`)
	require.Equal(t, 409, status)
	require.Equal(t, "idempotency_key_reused", e.at("error", "code"))
	_, _, c := r.post("/v1/realtime/client_secrets", r.bearer(), `{}`)
	require.NotEqual(t, a["value"], c["value"])
	require.True(t, strings.HasPrefix(a["value"].(string), "ek_"))
}

// What a proxy says of an address counts only if it is one of ours.
func TestForwardedFor(t *testing.T) {
	e := newEdge(nil)
	ask := func(e *edge, peer string, forwarded ...string) string {
		return e.who(&http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": forwarded}}).String()
	}
	require.Equal(t, "198.51.100.7/32", ask(e, "198.51.100.7:1", "203.0.113.9"))
	p := newEdge(prefixes("10.0.0.0/8"))
	require.Equal(t, "203.0.113.9/32", ask(p, "10.1.2.3:1", "203.0.113.9"))
	require.Equal(t, "203.0.113.9/32", ask(p, "10.1.2.3:1", "1.1.1.1, 203.0.113.9, 10.9.9.9"), "what stands further left was the client's to write")
	require.Equal(t, "10.1.2.3/32", ask(p, "10.1.2.3:1", "not an address"))
	require.Equal(t, "2001:db8:1:2::/64", ask(e, "[2001:db8:1:2:3:4:5:6]:1"))
}

// A tenant and the gateway have as many sessions as they may, and one more is
// refused with the code that says which.
func TestSessionCaps(t *testing.T) {
	t.Run("of a tenant", func(t *testing.T) {
		r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) { tn.Limits.Sessions = 3 })
		for range 3 {
			r.connect()
		}
		status, code := r.knock(r.bearer())
		require.Equal(t, 429, status)
		require.Equal(t, "too_many_sessions", code)
	})
	t.Run("of the gateway", func(t *testing.T) {
		r := newRig(t, &scripted{}, nil, func(o *Options, _ *tenant.Tenant) { o.Sessions = 1 })
		r.connect()
		status, code := r.knock(r.bearer())
		require.Equal(t, 503, status)
		require.Equal(t, "overloaded", code)
	})
}

// Bytes where there should be text end the session.
func TestBinaryMessage(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	c := r.connect()
	c.await("session.created", 1)
	require.NoError(t, c.ws.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"session.update"}`)))
	code, reason := c.closed()
	require.Equal(t, websocket.ClosePolicyViolation, code)
	require.Equal(t, "binary_not_supported", reason)
}
