package oidctest

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

func TestMain(m *testing.M) { os.Exit(started.Main(m.Run)) }

// gateway is the program with its folder, and as it runs.
type gateway struct {
	started.Home
	*started.Gateway // nil until it is started
	t                *testing.T
	url              string
	key              string // an admin key of acme
	caller           string // a caller's
}

const configuration = `
public_url: URL
media: {listen: "off"}
tenants:
  - {id: acme, name: Acme University, avatars: [{id: ada, name: Ada}], keys: [{hash: "sha256:HASH", role: admin}, {hash: "sha256:CALLER", role: caller}], handoff: {name: Student office}}
  - {id: beta, name: Beta College, avatars: [{id: bob, name: Bob}], public: true}
  - {id: gamma, name: Gamma School, avatars: [{id: eve, name: Eve}], public: true}
oidc:
  issuer: ISSUER
  client_id: mayfly
  client_secret_file: client.secret
  name: Example SSO
  rules:
`

// rules are who may do what, with those whom tests take out at the end.
var rules = []string{
	"{claim: groups, value: acme-admins, tenant: acme, role: admin}",
	"{claim: groups, value: beta-reviewers, tenant: beta, role: reviewer}",
	"{claim: groups, value: gamma, tenant: gamma, role: admin}",
	"{claim: groups, value: acme-desk, tenant: acme, role: agent}",
}

func newGateway(t *testing.T, address string) *gateway {
	var b, c [32]byte
	rand.Read(b[:])
	rand.Read(c[:])
	return &gateway{t: t, url: "http://" + address, Home: started.Home(t.TempDir()), key: "mf_" + base64.RawURLEncoding.EncodeToString(b[:]), caller: "mf_" + base64.RawURLEncoding.EncodeToString(c[:])}
}

// write writes the configuration.
func (g *gateway) write(issuer string, rules []string) {
	text := strings.NewReplacer("URL", g.url, "ISSUER", issuer, "HASH", fmt.Sprintf("%x", sha256.Sum256([]byte(g.key))), "CALLER", fmt.Sprintf("%x", sha256.Sum256([]byte(g.caller)))).Replace(configuration)
	for _, r := range rules {
		text += "    - " + r + "\n"
	}
	require.NoError(g.t, os.WriteFile(filepath.Join(string(g.Home), "client.secret"), []byte(clientSecret+"\n"), 0o600))
	g.Configure(g.t, text)
}

func (g *gateway) start() {
	g.t.Helper()
	g.Gateway = g.Serve(g.t, strings.TrimPrefix(g.url, "http://"))
}

// page is one administration page and the browser's window beside it.
type page struct {
	*gateway
	browser  *http.Client // with no jar: a cookie would be seen by its loss
	verifier string
	seen     *strings.Builder
}

func (g *gateway) open() *page {
	var b [32]byte
	rand.Read(b[:])
	return &page{
		gateway:  g,
		browser:  &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		verifier: base64.RawURLEncoding.EncodeToString(b[:]),
		seen:     &strings.Builder{},
	}
}

// startURL is what the page opens the window with.
func (p *page) startURL() string {
	hash := sha256.Sum256([]byte(p.verifier))
	return p.url + "/v1/admin/oidc/start?challenge=" + base64.RawURLEncoding.EncodeToString(hash[:])
}

// window opens an address and returns what is there.
func (p *page) window(at string) (status int, text string) {
	answer, err := p.browser.Get(at)
	require.NoError(p.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	require.Empty(p.t, answer.Cookies())
	return answer.StatusCode, string(body)
}

var (
	secretIn = regexp.MustCompile(`data-secret="([^"]+)"`)
	tenantIn = regexp.MustCompile(`data-tenant="([^"]+)"`)
)

func offered(text string) (secret string, tenants []string) {
	if m := secretIn.FindStringSubmatch(text); m != nil {
		secret = html.UnescapeString(m[1])
	}
	for _, m := range tenantIn.FindAllStringSubmatch(text, -1) {
		tenants = append(tenants, m[1])
	}
	return secret, tenants
}

// ask sends JSON to the API, with a credential or none.
func (p *page) ask(method, path, credential string, body any) (status int, answer map[string]any) {
	p.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		require.NoError(p.t, err)
		in = bytes.NewReader(data)
	}
	q, err := http.NewRequest(method, p.url+"/v1/admin/"+path, in)
	require.NoError(p.t, err)
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if credential != "" {
		q.Header.Set("Authorization", "Bearer "+credential)
	}
	got, err := p.browser.Do(q)
	require.NoError(p.t, err)
	defer got.Body.Close()
	data, err := io.ReadAll(got.Body)
	require.NoError(p.t, err)
	_ = json.Unmarshal(data, &answer)
	p.seen.Write(data)
	return got.StatusCode, answer
}

// redeem shows the page's verifier, and signs in with what comes of it.
func (p *page) redeem(secret, tenantID string) (token string, who map[string]any) {
	p.t.Helper()
	status, answer := p.ask("POST", "oidc/redeem", "", map[string]string{"secret": secret, "verifier": p.verifier, "tenant": tenantID})
	if status != http.StatusOK {
		return "", nil
	}
	status, who = p.ask("POST", "signin", "", map[string]any{"link": answer["link"]})
	require.Equal(p.t, http.StatusOK, status)
	token, _ = who["token"].(string)
	return token, who
}
