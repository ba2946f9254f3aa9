package browser

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// docLooks are the windows that people read in.
var docLooks = []look{
	{"light-320", 320, 640, 1, nil},
	{"light-390", 390, 844, 1, nil},
	{"dark-390", 390, 844, 1, []string{"prefers-color-scheme", "dark"}},
	{"light-1440", 1440, 900, 1, nil},
	{"dark-1440", 1440, 900, 1, []string{"prefers-color-scheme", "dark"}},
	{"forced-1440", 1440, 900, 1, []string{"forced-colors", "active", "prefers-color-scheme", "dark"}},
	{"zoom400", 320, 225, 4, nil}, // 1280 by 900 at 400 %
}

// Every page of the documentation can be read at every width, by day and by
// night, breaks no rule of axe-core and none of its own content policy.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("rig: axe-core is not installed; run npm ci in .ci/browser: ", err)
	}
	g := startGateway(t, Setup{})
	plain, bypassed := openWatchedTab(t), openWatchedTab(t)
	call(bypassed, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}) // the rules write styles to try things
	plain.visit(g.URL + "/docs")
	pages := eval[[]string](plain, `[...document.querySelectorAll('#contents a')].map((a) => a.pathname).filter((p) => !p.endsWith('.json'))`)
	if len(pages) < 16 {
		t.Fatalf("the contents list only %q", pages)
	}
	rules := 0
	for _, at := range append(pages, "/docs/nowhere") {
		plain.visit(g.URL + at)
		for _, l := range docLooks {
			call(plain, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: l.factor})
			plain.media(l.media...)
			if over := eval[int](plain, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %s: %d pixels wider than the window", at, l.name, over)
			}
			if l.name == "light-390" || l.name == "dark-1440" || at == "/docs/embed" || at == "/docs/events" {
				plain.picture("docs" + strings.ReplaceAll(strings.TrimPrefix(at, "/docs"), "/", "-") + "-" + l.name)
			}
		}
		for _, scheme := range []string{"light", "dark"} {
			bypassed.media("prefers-color-scheme", scheme)
			bypassed.visit(g.URL + at)
			eval[any](bypassed, `(() => { if (!window.axe) {`+string(source)+`} })()`)
			result := eval[struct {
				Passes   int       `json:"passes"`
				Findings []finding `json:"findings"`
			}](bypassed, `axe.run(document).then((r) => ({ passes: r.passes.length, findings: r.violations.map((v) => ({ id: v.id, impact: v.impact ?? '', help: v.help,
				where: v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ': ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')) })) }))`)
			rules += result.Passes
			for _, f := range result.Findings {
				t.Errorf("%s, %s: %s (%s, %s)\n  %s", at, scheme, f.Help, f.ID, f.Impact, strings.Join(f.Where, "\n  "))
			}
		}
	}
	for _, wrong := range plain.Errors() {
		if !strings.Contains(wrong, "/docs/nowhere") {
			t.Errorf("the browser complained: %s", wrong)
		}
	}
	t.Logf("n=%d pages, %d rules passed, pictures in %s", len(pages)+1, rules, *out)
}

// On a phone the contents open over the text, by mouse and by keyboard; code
// is copied whole; a link to a section leads there.
func TestDocumentationHands(t *testing.T) {
	t.Parallel()
	g := startGateway(t, Setup{})
	tab := openWatchedTab(t)
	tab.size(390, 844)
	tab.media("prefers-reduced-motion", "reduce") // else it scrolls on while it is pressed
	tab.visit(g.URL + "/docs/connect")
	visible := func(selector string) bool {
		return eval[bool](tab, `document.querySelector(`+quote(selector)+`).checkVisibility()`)
	}
	if visible("#contents") {
		t.Error("on a phone the contents lie over the text")
	}
	tab.press("Tab", 0)
	if got := eval[string](tab, `document.activeElement.className`); got != "skip" {
		t.Errorf("the first stop of the keyboard is %q, want the way past the contents", got)
	}
	tab.press("Enter", 0)
	if got := eval[string](tab, `document.activeElement.id`); got != "main" {
		t.Errorf("the way past the contents leads to %q", got)
	}
	tab.click(".contents")
	if !visible("#contents") {
		t.Error("the contents do not open")
	}
	tab.picture("docs-contents-390")
	tab.press("Escape", 0)
	if visible("#contents") {
		t.Error("Escape does not close the contents")
	}
	eval[any](tab, `(() => { window.__copied = null; navigator.clipboard.writeText = async (t) => { window.__copied = t; }; })()`)
	eval[any](tab, `document.querySelector('.code .copy').click()`)
	tab.until(20*time.Second, `window.__copied !== null`, "nothing is copied")
	if copied, want := eval[string](tab, `__copied`), eval[string](tab, `document.querySelector('.code code').textContent`); copied != want || want == "" {
		t.Errorf("copied %q of %q", copied, want)
	}
	tab.size(1440, 900)
	if !visible("#contents") || !visible("#here") || visible(".contents") {
		t.Error("on a wide window the contents are not beside the text")
	}
	tab.visit(g.URL + "/docs/events#avatar.disclosure.presented")
	tab.until(20*time.Second, `(() => { const y = document.getElementById('avatar.disclosure.presented').getBoundingClientRect().top; return y >= 0 && y < 200; })()`, "a link to an event does not lead to it")
	tab.until(20*time.Second, `document.querySelector('#here a[aria-current]')?.textContent === 'avatar.disclosure.presented'`, "the section that is read is not marked")
}
