package browser

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
)

// seenText has the page take down every line that was ever on it.
const seenText = `(() => {
  window.__seen = new Set();
  const look = (root) => { for (const line of (root?.innerText ?? '').split('\n')) if (line.trim()) window.__seen.add(line.trim()); };
  new MutationObserver(() => look(document.body)).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
})();`

// promise finds a line that says that nothing is kept.
var promise = regexp.MustCompile(`(?i)\bnot recorded\b|\bnothing\b.*\b(kept|stored|recorded|left)\b|\b0 bytes\b|\bis gone\b`)

// A server that has stated nothing, and one that states that it keeps: from
// arriving to the card at the end, the page never says that nothing is recorded
// or kept without saying that it speaks of this gateway, and beside the word
// that is always there stands who else is sent something. With servers that
// state that they keep nothing the plain word is there. R18 R58
func TestPageToldByTheChain(t *testing.T) {
	const nothing = `, terms: {retention: none, training: false, declared_by: Ada, declared_on: 2026-11-26}`
	for _, c := range []struct{ name, backend, word, end string }{
		{"undeclared", "", "Not recorded here, sent to Example models", "Example models has not stated whether it keeps this, for how long or where, or whether it trains models with it."},
		{"keeps", `, region: eu, terms: {retention: 30d, training: false, declared_by: Ada, declared_on: 2026-11-26}`, "Not recorded here, sent to Example models", "Example models states that it keeps this up to 30 days in the EU. It states that it trains no models with this."},
		{"keeps nothing", nothing, "Not recorded", "Example models states that it keeps nothing of this."},
	} {
		t.Run(c.name, func(t *testing.T) {
			model := startModel(t, func(string) string { return tale })
			n := startNetwork(t, Setup{Config: fmt.Sprintf(`
tenants:
  - id: acme
    name: Acme
    public: true
    avatars:
      - id: ada
        name: Ada
        backend: {url: %q, model: m, name: Example models%s}
`, model.URL, c.backend)})
			tab := openTab(t)
			call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: seenText})
			tab.arrive(n.URL)
			if told := tab.text("#facts"); !strings.Contains(told, "Not recorded here.") || strings.Contains(told, "may be kept there") != (c.name != "keeps nothing") {
				t.Errorf("before Start the page says %q", told)
			}
			tab.start()
			tab.until(20*time.Second, `document.querySelector('#record').textContent === `+fmt.Sprintf("%q", c.word), "the word beside the switch is another")
			before := tab.ask("What do you see?")
			tab.said(before, 20*time.Second)
			tab.click("#info")
			tab.until(20*time.Second, `document.querySelector('#info-box').open || document.querySelector('#info-box').checkVisibility()`, "the box behind the i does not open")
			tab.click("#info-close")
			tab.leave()
			if card := tab.text("#ended"); !strings.Contains(card, "0 bytes kept here") || !strings.Contains(card, c.end) {
				t.Errorf("the card at the end says %q", card)
			}
			lines := eval[[]string](tab, `[...window.__seen]`)
			promised := 0
			for _, line := range lines {
				if !promise.MatchString(line) {
					continue
				}
				promised++
				local := regexp.MustCompile(`(?i)\bhere\b|this server|this service|not on the server|in your browser`).MatchString(line)
				if c.name != "keeps nothing" && !local {
					t.Errorf("the page said %q", line)
				}
			}
			if promised < 3 {
				t.Errorf("only %d of %d lines were about what is kept: the test looks at the wrong ones", promised, len(lines))
			}
			t.Logf("n = %d lines, %d of them about what is kept", len(lines), promised)
		})
	}
}
