package browser

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"mayfly.test/started"
)

// signInProvider is an OpenID Connect provider on another site, where whoever
// comes is signed in already and a member of groups.
type signInProvider struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu     sync.Mutex
	groups []string
	alone  bool // its pages let go of whoever opened them
	nonces map[string]string
}

func startSignInProvider(t *testing.T) *signInProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &signInProvider{key: key, nonces: map[string]string{}}
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{"issuer": p.issuer(), "authorization_endpoint": p.issuer() + "/authorize", "token_endpoint": p.issuer() + "/token", "jwks_uri": p.issuer() + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		part := base64.RawURLEncoding.EncodeToString
		say(w, map[string]any{"keys": []any{map[string]string{"kty": "RSA", "kid": "k", "n": part(key.N.Bytes()), "e": part(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		code := fmt.Sprint("code", len(p.nonces))
		p.nonces[code] = r.URL.Query().Get("nonce")
		if p.alone {
			w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		}
		p.mu.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "sso", Value: "1", HttpOnly: true})
		back := r.URL.Query().Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}}.Encode()
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>Provider</title><p>You are known here.</p><script>location.replace(%q)</script>`, back)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		p.mu.Lock()
		defer p.mu.Unlock()
		now := time.Now().Unix()
		claims, _ := json.Marshal(map[string]any{
			"iss": p.issuer(), "aud": "mayfly", "sub": "somebody", "nonce": p.nonces[r.PostForm.Get("code")], "iat": now, "exp": now + 60, "groups": p.groups,
		})
		text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
		hash := sha256.Sum256([]byte(text))
		signature, _ := rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash[:])
		say(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": text + "." + base64.RawURLEncoding.EncodeToString(signature)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// issuer is on another site than the gateway: cookies and windows know them
// apart.
func (p *signInProvider) issuer() string { return strings.Replace(p.URL, "127.0.0.1", "localhost", 1) }

func (p *signInProvider) become(alone bool, groups ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alone, p.groups = alone, groups
}

// windows are the tabs beside one in the same profile.
func (tab *Tab) windows() (beside []*target.Info) {
	all := call(tab, target.GetTargets, target.GetTargetsParams{}).TargetInfos
	own := chromedp.FromContext(tab.ctx).Target.TargetID
	var profile string
	for _, info := range all {
		if info.TargetID == own {
			profile = string(info.BrowserContextID)
		}
	}
	for _, info := range all {
		if info.Type == "page" && info.TargetID != own && string(info.BrowserContextID) == profile {
			beside = append(beside, info)
		}
	}
	return beside
}

// startWithProvider runs a gateway whose people come from a provider, and
// gives its address.
func startWithProvider(t *testing.T, provider *signInProvider) (own string) {
	t.Helper()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "secret"), []byte("s"), 0o600))
	port := started.FreePort(t)
	own = "http://" + port
	startGateway(t, Setup{Args: []string{"--listen", port, "--public-url", own}, Config: `
tenants:
  - {id: acme, name: Acme University, public: true, avatars: [{id: ada, name: Ada, voice: none}]}
  - {id: beta, name: Beta College, public: true, avatars: [{id: bob, name: Bob, voice: none}]}
oidc:
  issuer: ` + provider.issuer() + `
  client_id: mayfly
  client_secret_file: ` + filepath.Join(folder, "secret") + `
  name: Example SSO
  rules:
    - {claim: groups, value: acme, tenant: acme, role: admin}
    - {claim: groups, value: beta, tenant: beta, role: reviewer}
`})
	return own
}

const (
	providerButton = "#signin-provider button"
	offersProvider = `document.querySelector('#signin-provider button')?.textContent === 'Sign in with Example SSO'`
	keptInBrowser  = `document.cookie + JSON.stringify([{...localStorage}, {...sessionStorage}])`
)

// The same in Firefox.
func TestSignInByProviderInFirefox(t *testing.T) { // R76
	retried(t, func() {
		provider := startSignInProvider(t)
		own := startWithProvider(t, provider)
		provider.become(true, "acme")
		fox := openFox(t, startLoudspeaker(t), "")
		fox.visit(own + "/admin")
		fox.until(20*time.Second, offersProvider, "there is no button for the provider")
		fox.click(providerButton)
		fox.until(30*time.Second, `document.documentElement.dataset.view === 'overview'`, "the page does not go on; it says: "+fox.text(`document.body.innerText`))
		if kept := fox.text(keptInBrowser); kept != "[{},{}]" {
			t.Fatal("the browser keeps ", kept)
		}
	})
}

// cameBack is the window beside a tab, once the provider has sent it back.
func cameBack(t *testing.T, tab *Tab) (window *Tab) {
	t.Helper()
	if !eventually(15*time.Second, func() bool {
		for _, info := range tab.windows() {
			if strings.Contains(info.URL, "/v1/admin/oidc/callback") {
				window = newTab(t, tab.ctx, chromedp.WithTargetID(info.TargetID))
				return true
			}
		}
		return false
	}) {
		t.Fatal("the window does not come back from the provider")
	}
	return window
}

// A person signs in at another site and is on the admin page: no cookie of
// ours, nothing kept in the browser, and no matter whether the provider lets
// go of the window. // R76
func TestSignInByProvider(t *testing.T) {
	provider := startSignInProvider(t)
	own := startWithProvider(t, provider)
	arrive := func(t *testing.T) *Tab {
		tab := openWatchedTab(t)
		tab.visit(own + "/admin")
		tab.until(20*time.Second, offersProvider, "there is no button for the provider")
		return tab
	}
	signedIn := func(t *testing.T, tab *Tab, tenant, view string) {
		tab.until(15*time.Second, `document.documentElement.dataset.view === `+quote(view), "the page does not go on; it says: "+tab.text("body"))
		tab.until(20*time.Second, `document.querySelector('#tenant').textContent === `+quote(tenant), "another tenant is open")
		if kept := eval[string](tab, keptInBrowser); kept != "[{},{}]" {
			t.Fatal("the browser keeps ", kept)
		}
		if at := eval[string](tab, `location.href`); strings.Contains(at, "link") || strings.Contains(at, "code") {
			t.Fatal("the address holds ", at)
		}
		if !eventually(10*time.Second, func() bool { return len(tab.windows()) == 0 }) {
			t.Fatal("the window stays open: ", tab.windows()[0].URL)
		}
	}
	for _, alone := range []bool{false, true} {
		t.Run(fmt.Sprintf("alone=%v", alone), func(t *testing.T) {
			provider.become(alone, "acme")
			tab := arrive(t)
			tab.click(providerButton)
			signedIn(t, tab, "Acme University", "overview")
		})
	}
	t.Run("chosen", func(t *testing.T) {
		provider.become(false, "acme", "beta")
		tab := arrive(t)
		tab.click(providerButton)
		window := cameBack(t, tab)
		window.until(20*time.Second, `document.querySelectorAll('[data-tenant]').length === 2`, "nobody is asked which organisation")
		if code := eval[string](window, `location.href + JSON.stringify(document.querySelector('#signin').dataset)`); strings.Contains(code, "code") || strings.Contains(code, "mfo_") {
			t.Fatal("the window shows ", code)
		}
		window.picture("admin-which-organisation")
		window.click(`[data-tenant=beta]`)
		signedIn(t, tab, "Beta College", "log")
	})
	t.Run("refused", func(t *testing.T) {
		provider.become(false, "students")
		tab := arrive(t)
		tab.click(providerButton)
		window := cameBack(t, tab)
		window.until(20*time.Second, `document.querySelector('h1').textContent === 'Nothing here is open to you'`, "nobody is told that nothing is open")
		if said := window.text("body"); strings.Contains(said, "Acme") || strings.Contains(said, "Beta") {
			t.Fatal("the refusal names a tenant: ", said)
		}
		if tab.data("state") != "signin" {
			t.Fatal("the page goes on")
		}
	})
}
