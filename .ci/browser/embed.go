package browser

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
)

// embedDocument is what a site's author follows; what is tried here is what
// stands there.
const embedDocument = "../../web/docs/embed.md"

// siteKey is the API key of the tenant whose site a Site is.
const siteKey = "mf_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

// Site is somebody else's web site: another origin than the gateway's, with
// the content policy that the document asks for and a token endpoint. Its
// pages are what a test puts there.
type Site struct {
	URL     string // its origin
	Gateway *Gateway
	Policy  string // Content-Security-Policy of its pages

	mu    sync.Mutex
	pages map[string]string // Guarded by mu. by path
}

// startSite runs a gateway whose tenant allows the site, and the site.
// frames is the line of the tenant's configuration; empty: nobody. lumen are
// more lines of the avatar that is called so.
func startSite(t testing.TB, frames func(site string) string, lumen ...string) *Site {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err)
	s := &Site{URL: "http://localhost:" + port, pages: map[string]string{}}
	hash := sha256.Sum256([]byte(siteKey))
	more := ""
	if frames != nil {
		more = frames(s.URL)
	}
	s.Gateway = startGateway(t, Setup{Config: `tenants:
  - id: site
    name: Example Site
    public: true
    origins: ["` + s.URL + `"]
` + more + `    keys:
      - hash: sha256:` + hex.EncodeToString(hash[:]) + `
    avatars:
      - id: lumen
        name: Lumen
        languages: [en, de, fr, es, he]
        knowledge: demo
` + strings.Join(lumen, "") + `      - id: moth
        name: Nox
        look: moth
        languages: [en]
        knowledge: demo
`})
	s.Policy = "default-src 'self'; " + documentedPolicy(t, s.Gateway.URL)
	token := s.tokens(t)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/avatar-token" {
			token.ServeHTTP(w, r)
			return
		}
		s.mu.Lock()
		page, ok := s.pages[r.URL.Path]
		policy := s.Policy
		s.mu.Unlock()
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for ending, media := range map[string]string{".css": "text/css", ".js": "text/javascript"} {
			if strings.HasSuffix(r.URL.Path, ending) {
				w.Header().Set("Content-Type", media)
			}
		}
		w.Header().Set("Content-Security-Policy", policy)
		_, _ = io.WriteString(w, page)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

// tokens is the site's token endpoint: it holds the key.
func (s *Site) tokens(t testing.TB) http.Handler {
	target, err := url.Parse(s.Gateway.URL + "/v1/realtime/client_secrets")
	must(t, err)
	return &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		var ask struct {
			Avatar string `json:"avatar"`
		}
		_ = json.NewDecoder(p.In.Body).Decode(&ask)
		body := `{"session":{"avatar":{"id":` + quote(ask.Avatar) + `}},"avatar":{"origins":["` + s.URL + `"]}}`
		p.Out.URL, p.Out.Host = target, target.Host
		p.Out.Header = http.Header{"Authorization": {"Bearer " + siteKey}, "Content-Type": {"application/json"}}
		p.Out.Body, p.Out.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
}

// put makes a page of the site. head goes into its head, body into its body.
func (s *Site) put(path, head, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Example Site</title>` + head + `</head><body>` + body + `</body></html>`
}

// file makes a file of the site.
func (s *Site) file(path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = text
}

// snippet is the document's own example of a page, for this gateway. hash is
// the integrity that the page demands.
func (s *Site) snippet(t testing.TB, hash string) string {
	t.Helper()
	text := codeAfter(t, "# The avatar on your own page", "html")
	if n := strings.Count(text, "sha384-..."); n != 1 {
		t.Fatalf("the example in the document has %d places for a hash", n)
	}
	text = strings.ReplaceAll(text, "https://avatar.example", s.Gateway.URL)
	return strings.ReplaceAll(text, "sha384-...", hash)
}

// script is the part of the snippet that loads the element.
func (s *Site) script(t testing.TB, hash string) string {
	t.Helper()
	script, _, ok := strings.Cut(s.snippet(t, hash), "</script>")
	if !ok {
		t.Fatal("the example in the document has no script")
	}
	return script + "</script>"
}

// integrity is the hash of the element as the gateway serves it.
func (s *Site) integrity(t testing.TB) string {
	t.Helper()
	answer, err := http.Get(s.Gateway.URL + "/embed/v1/mayfly-avatar.js")
	must(t, err)
	defer answer.Body.Close()
	code, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the element's address answers %d", answer.StatusCode)
	}
	hash := sha512.Sum384(code)
	return "sha384-" + base64.StdEncoding.EncodeToString(hash[:])
}

// documentedPolicy is the sources that the document names, for a gateway
// without TLS on this machine.
func documentedPolicy(t testing.TB, gateway string) string {
	t.Helper()
	var directives []string
	for line := range strings.Lines(codeAfter(t, "## Content policy", "")) {
		directives = append(directives, strings.Join(strings.Fields(line), " "))
	}
	text := strings.Join(directives, "; ")
	for from, to := range map[string]string{"https://avatar.example": gateway, "wss://avatar.example": strings.Replace(gateway, "http", "ws", 1)} {
		if !strings.Contains(text, from) {
			t.Fatalf("the policy in the document does not name %s:\n%s", from, text)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}

var fenced = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

// codeAfter is the first block of code in a language after a heading of the
// document, before the next heading of its kind.
func codeAfter(t testing.TB, heading, language string) string {
	t.Helper()
	text, err := os.ReadFile(embedDocument)
	must(t, err)
	_, rest, ok := strings.Cut("\n"+string(text), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no %q", embedDocument, heading)
	}
	rest, _, _ = strings.Cut(rest, "\n"+strings.Split(heading, " ")[0]+" ")
	for _, m := range fenced.FindAllStringSubmatch(rest, -1) {
		if name, _, _ := strings.Cut(m[1], " "); name == language {
			return m[2]
		}
	}
	t.Fatalf("%s has no code in %q after %q", embedDocument, language, heading)
	return ""
}

// Embedded is a <mayfly-avatar> on the page of a tab.
type Embedded struct {
	tab *Tab
	js  string // finds it
}

// embedded is the first element that a selector finds.
func embedded(tab *Tab, selector string) Embedded {
	return Embedded{tab, `document.querySelector(` + quote(selector) + `)`}
}

// part is JavaScript for a part of the element.
func (e Embedded) part(name string) string {
	return e.js + `?.shadowRoot?.querySelector('[part~=` + name + `]')`
}

// click presses the mouse in the middle of a part: a real gesture, which
// sound needs.
func (e Embedded) click(part string) {
	e.tab.t.Helper()
	at := eval[[]float64](e.tab, `(() => { const e = `+e.part(part)+`; if (!e) return null; e.scrollIntoView({ block: 'nearest', behavior: 'instant' });
		const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2, b.width * b.height]; })()`)
	if at == nil || at[2] == 0 {
		e.tab.t.Fatalf("nobody could press %s: it is not on the page", part)
	}
	for _, typ := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		call(e.tab, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: typ, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1})
	}
}

// shows waits for a state.
func (e Embedded) shows(state string, within time.Duration) {
	e.tab.t.Helper()
	if !eventually(within, func() bool { return eval[string](e.tab, e.js+`?.state`) == state }) {
		e.tab.t.Fatalf("after %v the element is not %s but %s; it says %q", within, state, eval[string](e.tab, e.js+`?.state ?? 'missing'`), e.text("status"))
	}
}

// told presses Start and waits for the notice.
func (e Embedded) told() {
	e.tab.t.Helper()
	e.click("start")
	e.tab.until(20*time.Second, e.part("notice")+`?.hidden === false`, "Start was pressed and no notice came")
}

// begin presses Start and, at the notice, Continue.
func (e Embedded) begin() {
	e.tab.t.Helper()
	e.told()
	e.click("continue")
	e.shows("talking", 20*time.Second)
}

// text is what a part shows.
func (e Embedded) text(part string) string {
	e.tab.t.Helper()
	return eval[string](e.tab, e.part(part)+`?.innerText ?? ''`)
}

// answered waits for a whole line of the avatar's with a word in it.
func (e Embedded) answered(word string) {
	e.tab.t.Helper()
	if !eventually(30*time.Second, func() bool {
		return eval[bool](e.tab, `[...`+e.js+`.shadowRoot.querySelectorAll('[part~=avatar] [part~=words]')].some((l) => l.textContent.includes(`+quote(word)+`))`)
	}) {
		e.tab.t.Fatalf("the avatar did not answer with %q; it shows %q", word, e.text("log"))
	}
}
