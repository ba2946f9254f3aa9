package browser

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var keyOf = regexp.MustCompile(`\bmf[a-z]?_\S+`)

// reviewerOf signs a reviewer of the university in with a key.
func reviewerOf(t *testing.T, n *Network) *Tab {
	t.Helper()
	tab := openWatchedTab(t)
	tab.visit(n.URL + "/review")
	tab.signsInToReview(reviewerKey(t, n.Gateway))
	return tab
}

// reviewerKey is a new key of the role.
func reviewerKey(t *testing.T, g *Gateway) string {
	t.Helper()
	said := g.command(t, "key", "issue", "--tenant", "university", "--role", "reviewer", "--reason", "a review")
	key := keyOf.FindString(said)
	if key == "" {
		t.Fatalf("rig: no key in %q", said)
	}
	return key
}

// signsInToReview types a key and waits for the ledger.
func (tab *Tab) signsInToReview(key string) {
	tab.t.Helper()
	tab.until(30*time.Second, `document.documentElement.dataset.state === 'signin'`, "the reviewer's page does not open")
	eval[any](tab, `(() => { const k = document.querySelector('#signin-key'); k.value = `+quote(key)+`; k.form.requestSubmit(); })()`)
	tab.until(20*time.Second, `document.documentElement.dataset.view`, "a reviewer's key does not sign in; the page says: "+tab.text("body"))
}

// ledger shows one of the reviewer's views.
func (tab *Tab) ledger(address string) {
	tab.t.Helper()
	eval[any](tab, `(() => { document.documentElement.dataset.view = ''; if (location.hash === '#/`+address+`') dispatchEvent(new Event('hashchange')); else location.hash = '#/`+address+`'; })()`)
	name, _, _ := strings.Cut(address, "?")
	name, _, _ = strings.Cut(name, "/")
	tab.until(20*time.Second, `document.documentElement.dataset.view === `+quote(name), "the view "+name+" does not come up")
}

// paste fills a field as if somebody had, and leaves it.
func (tab *Tab) paste(selector, text string) {
	tab.t.Helper()
	eval[any](tab, `(() => { const f = document.querySelector(`+quote(selector)+`); f.value = `+quote(text)+`; f.dispatchEvent(new Event('change', { bubbles: true })); })()`)
}
