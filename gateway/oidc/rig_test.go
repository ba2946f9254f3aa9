package oidc

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// rsaKey is made once: it takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

const (
	clientID     = "mayfly-client"
	clientSecret = "client-s3cret-CANARY"
	publicURL    = "https://avatars.example.org"
	keyID        = "k1"
)

// fake is a provider that does what a test tells it to.
type fake struct {
	*httptest.Server
	t *testing.T

	mu    sync.Mutex
	asked map[string]int    // requests, by path
	codes map[string]issued // Guarded by mu.

	description func(map[string]any)                             // changes what it says of itself
	keys        func(w http.ResponseWriter, right []byte)        // nil: the right ones
	raw         func(of map[string]any) string                   // nil: signed as it should be
	answer      func(w http.ResponseWriter, idToken string) bool // true: it has answered
	lax         bool                                             // takes a code without its verifier
}

type issued struct {
	challenge string
	claims    map[string]any
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, asked: map[string]int{}, codes: map[string]issued{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		d := map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
		}
		if f.description != nil {
			f.description(d)
		}
		writeJSON(w, d)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		right := asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rsaKey().Public(), KeyID: keyID, Algorithm: "RS256", Use: "sig"}}})
		if f.keys != nil {
			f.keys(w, right)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(right)
	})
	mux.HandleFunc("/token", f.token)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked[r.URL.Path]++
		f.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f.mu.Lock()
	of, ok := f.codes[r.PostForm.Get("code")]
	delete(f.codes, r.PostForm.Get("code"))
	f.mu.Unlock()
	right := ok && r.PostForm.Get("client_secret") == clientSecret && r.PostForm.Get("client_id") == clientID &&
		r.PostForm.Get("redirect_uri") == publicURL+callbackPath &&
		(f.lax || oauth2.S256ChallengeFromVerifier(r.PostForm.Get("code_verifier")) == of.challenge)
	if !right {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"CANARY"}`)
		return
	}
	idToken := ""
	if f.raw != nil {
		idToken = f.raw(of.claims)
	} else {
		idToken = sign(f.t, of.claims)
	}
	if f.answer != nil && f.answer(w, idToken) {
		return
	}
	writeJSON(w, map[string]any{"access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": idToken})
}

// count is how often a path was asked for.
func (f *fake) count(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[path]
}

// code is what the provider gives a browser after somebody signed in.
func (f *fake) code(challenge string, claims map[string]any) string {
	code := oauth2.GenerateVerifier()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.codes[code] = issued{challenge, claims}
	return code
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func asJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// sign makes a token as the provider would.
func sign(t *testing.T, claims map[string]any) string {
	return signBytes(t, asJSON(claims), jose.SigningKey{Algorithm: jose.RS256, Key: rsaKey()}, map[jose.HeaderKey]any{"kid": keyID})
}

func signBytes(t *testing.T, payload []byte, key jose.SigningKey, header map[jose.HeaderKey]any) string {
	t.Helper()
	o := (&jose.SignerOptions{}).WithType("JWT")
	for k, v := range header {
		o = o.WithHeader(k, v)
	}
	signer, err := jose.NewSigner(key, o)
	require.NoError(t, err)
	jws, err := signer.Sign(payload)
	require.NoError(t, err)
	text, err := jws.CompactSerialize()
	require.NoError(t, err)
	return text
}

// rig is a Server and its provider.
type rig struct {
	t    *testing.T
	fake *fake
	*Server

	mu       sync.Mutex
	now      time.Time
	names    map[string]string
	links    []Person
	refused  []session.ID
	failures []Failure
	seen     strings.Builder // all that was answered
}

var acmeRule = tenant.OIDCRule{Claim: "groups", Value: "acme-admins", Tenant: "acme", Role: tenant.Admin}

func newRig(t *testing.T, rules ...tenant.OIDCRule) *rig {
	if rules == nil {
		rules = []tenant.OIDCRule{acmeRule}
	}
	r := &rig{t: t, fake: newFake(t), now: time.Now(), names: map[string]string{"acme": "Acme University", "beta": "Beta <b>&amp; Sons", "gamma": "Gamma"}}
	r.Server = r.server(&tenant.OIDC{Issuer: r.fake.URL, ClientID: clientID, Name: "Example SSO", Scopes: []string{"groups"}, Rules: rules})
	return r
}

func (r *rig) server(config *tenant.OIDC) *Server {
	s, err := New(Options{
		Config:     config,
		Secret:     func() ([]byte, error) { return []byte(clientSecret + "\n"), nil },
		PublicURL:  publicURL,
		TenantName: func(id string) (string, bool) { n, ok := r.names[id]; return n, ok },
		Link: func(p Person) (string, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.links = append(r.links, p)
			return fmt.Sprintf("mfl_%d", len(r.links)), nil
		},
		Refused: func(id session.ID) { r.refused = append(r.refused, id) },
		Failed:  func(f Failure, _ int) { r.failures = append(r.failures, f) },
		Problem: func(code string) (int, bool, string) {
			return map[string]int{
				"invalid_credential": 401, "not_found": 404, "method_not_allowed": 405, "cross_site_request": 403, "json_required": 415,
				"body_too_large": 413, "invalid_body": 400, "overloaded": 503,
			}[code], code == "overloaded", "A sentence."
		},
		Address: func(q *http.Request) netip.Prefix {
			return netip.PrefixFrom(netip.MustParseAddrPort(q.RemoteAddr).Addr(), 32)
		},
		Now: func() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now },
	})
	require.NoError(r.t, err)
	r.t.Cleanup(s.Close)
	return s
}

// later lets time pass.
func (r *rig) later(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) do(method, target, body string, header ...string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.seen, w.Code, w.Header(), w.Body.String())
	return w
}

// browser is one page that signs in.
type browser struct {
	*rig
	verifier string
	to       url.Values // what the provider was asked
}

// begin opens the window.
func (r *rig) begin() *browser {
	r.t.Helper()
	b := &browser{rig: r, verifier: oauth2.GenerateVerifier()}
	w := r.do("GET", Prefix+"start?challenge="+oauth2.S256ChallengeFromVerifier(b.verifier), "")
	require.Equal(r.t, http.StatusFound, w.Code, w.Body.String())
	to, err := url.Parse(w.Header().Get("Location"))
	require.NoError(r.t, err)
	require.Equal(r.t, r.fake.URL+"/authorize", to.Scheme+"://"+to.Host+to.Path)
	b.to = to.Query()
	return b
}

// claims are right ones, with changes; nil takes one out.
func (b *browser) claims(changes map[string]any) map[string]any {
	all := map[string]any{
		"iss": b.fake.URL, "aud": clientID, "sub": "sub-CANARY", "nonce": b.to.Get("nonce"),
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "groups": []string{"acme-admins"},
		"name": "Ada CANARY", "email": "ada-CANARY@acme.example",
	}
	maps.Copy(all, changes)
	for k, v := range all {
		if v == nil {
			delete(all, k)
		}
	}
	return all
}

// back is the browser coming back from the provider.
func (b *browser) back(changes map[string]any) *httptest.ResponseRecorder {
	code := b.fake.code(b.to.Get("code_challenge"), b.claims(changes))
	return b.do("GET", callbackPath+"?code="+code+"&state="+b.to.Get("state"), "")
}

var (
	secretIn = regexp.MustCompile(`data-secret="([^"]+)"`)
	tenantIn = regexp.MustCompile(`data-tenant="([^"]+)"`)
)

// offered is what the page that came back holds.
func offered(w *httptest.ResponseRecorder) (secret string, tenants []string) {
	if m := secretIn.FindStringSubmatch(w.Body.String()); m != nil {
		secret = html.UnescapeString(m[1])
	}
	for _, m := range tenantIn.FindAllStringSubmatch(w.Body.String(), -1) {
		tenants = append(tenants, html.UnescapeString(m[1]))
	}
	return secret, tenants
}

func (r *rig) redeem(secret, verifier, tenantID string) *httptest.ResponseRecorder {
	body := asJSON(map[string]string{"secret": secret, "verifier": verifier, "tenant": tenantID})
	return r.do("POST", Prefix+"redeem", string(body), "Content-Type", "application/json")
}

// requireNothing demands that nobody got in.
func (r *rig) requireNothing(w *httptest.ResponseRecorder) {
	r.t.Helper()
	secret, tenants := offered(w)
	require.Empty(r.t, secret)
	require.Empty(r.t, tenants)
	require.GreaterOrEqual(r.t, w.Code, 400)
	require.Empty(r.t, r.links)
	for id, name := range r.names {
		require.NotContains(r.t, w.Body.String(), name)
		require.NotContains(r.t, w.Body.String(), id)
	}
}

func segment(v any) string {
	b, ok := v.([]byte)
	if !ok {
		b = asJSON(v)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func replaceOnce(t *testing.T, b []byte, from, to string) []byte {
	t.Helper()
	require.Equal(t, 1, bytes.Count(b, []byte(from)))
	return bytes.Replace(b, []byte(from), []byte(to), 1)
}
