package browser

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// finding is one rule that a page breaks, and where.
type finding struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Where  []string `json:"where"`
}

// Every moment passes every rule of axe-core, by day and by night.
func TestAxe(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("rig: axe-core is not installed; run npm ci in .ci/browser: ", err)
	}
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			n := startNetwork(t, Setup{})
			tab := openTab(t)
			call(tab, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}) // the rules write styles to try things
			tab.media("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
			checked, passed := 0, 0
			walk(t, n, tab, "", "What are you?", func(name string) {
				eval[any](tab, `(() => { if (!window.axe) {`+string(source)+`} })()`)
				result := eval[struct {
					Passes   int       `json:"passes"`
					Findings []finding `json:"findings"`
				}](tab, `axe.run(document).then((r) => ({ passes: r.passes.length, findings: r.violations.map((v) =>
					({ id: v.id, impact: v.impact ?? '', help: v.help, where: v.nodes.map((n) => n.target.join(' ') + ': ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')) })) }))`)
				checked++
				passed += result.Passes
				for _, f := range result.Findings {
					t.Errorf("%s, %s: %s (%s, %s)\n  %s", name, scheme, f.Help, f.ID, f.Impact, strings.Join(f.Where, "\n  "))
				}
			})
			t.Logf("n=%d places in %s, %d rules passed", checked, scheme, passed)
		})
	}
}

// axeOf puts axe-core beside a tab's page, past its content policy, because the
// rules write styles to try things; what it returns checks a place.
func axeOf(t *testing.T, tab *Tab) func(place string) {
	t.Helper()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("rig: axe-core is not installed; run npm ci in .ci/browser: ", err)
	}
	call(tab, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	return func(place string) {
		t.Helper()
		eval[any](tab, `(() => { if (!window.axe) {`+string(source)+`} })()`)
		for _, f := range eval[[]finding](tab, `axe.run(document).then((r) => r.violations.map((v) =>
			({ id: v.id, impact: v.impact ?? '', help: v.help, where: v.nodes.map((n) => n.target.join(' ') + ': ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')) })))`) {
			t.Errorf("%s: %s (%s, %s)\n  %s", place, f.Help, f.ID, f.Impact, strings.Join(f.Where, "\n  "))
		}
	}
}
