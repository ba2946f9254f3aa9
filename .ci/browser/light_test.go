package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
)

// A whole conversation loads less than 250 KB, asks nobody but its gateway,
// leaves nothing in the browser, obeys a strict policy, and never jumps.
func TestLight(t *testing.T) { // R1 R76
	t.Parallel()
	n := startNetwork(t, Setup{})
	tab := openWatchedTab(t)
	tab.arrive(n.URL)
	tab.settled()
	arrived := tab.Received()
	wantStill(t, tab, "after the page had loaded")
	tab.start()
	tab.settled()
	eval[any](tab, `(() => { window.__rig.shifts = 0; window.__rig.shifted = []; })()`) // the press on Start turned the page
	before := tab.ask("What happens to what I say?")
	tab.said(before, 60*time.Second)
	tab.quiet(60 * time.Second)
	tab.click("#info")
	tab.settled()
	tab.click("#info-close")
	weight := tab.Received()
	figure(t, "page weight, loaded", "%.0f KB up to Start, %.0f KB with a conversation", arrived/1000, weight/1000)
	if weight < 10_000 || weight > 250_000 {
		t.Errorf("the page weighs %.0f bytes in all, want less than 250 KB", weight)
	}
	for _, address := range tab.Requests() {
		if !strings.HasPrefix(address, n.URL) && !strings.HasPrefix(address, "ws"+strings.TrimPrefix(n.URL, "http")) {
			t.Errorf("the page asked %s, which is not its gateway", address)
		}
	}
	wantStill(t, tab, "during the conversation")

	policies := 0
	for _, headers := range tab.Headers() {
		if headers["set-cookie"] != "" {
			t.Errorf("the gateway set a cookie: %q", headers["set-cookie"])
		}
		policy := headers["content-security-policy"]
		if !strings.HasPrefix(headers["content-type"], "text/html") {
			continue
		}
		policies++
		for _, part := range []string{"unsafe-inline", "unsafe-eval", "unsafe-hashes", "data:", "*", "https:", "http:", "nonce-"} {
			if policy == "" || strings.Contains(policy, part) {
				t.Errorf("the policy of the page has an exception (%s): %q", part, policy)
			}
		}
	}
	if policies != 1 {
		t.Errorf("the page came with %d policies", policies)
	}
	if broken := eval[[]string](tab, `window.__rig.violations`); len(broken) > 0 {
		t.Errorf("the page broke its policy: %q", broken)
	}

	tab.leave()
	cookies := call(tab, storage.GetCookies, storage.GetCookiesParams{}).Cookies
	if len(cookies) > 0 {
		t.Errorf("the browser holds %d cookies", len(cookies))
	}
	usage := call(tab, storage.GetUsageAndQuota, storage.GetUsageAndQuotaParams{Origin: n.URL})
	kept := eval[[]string](tab, `(async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await indexedDB.databases()).map((d) => d.name),
		...(globalThis.caches ? await caches.keys() : []), ...(navigator.serviceWorker ? await navigator.serviceWorker.getRegistrations() : []).map((r) => r.scope)])()`)
	if len(kept) > 0 || usage.Usage > 0 {
		t.Errorf("the browser keeps %.0f bytes: %q", usage.Usage, kept)
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// wantStill wants nothing on the page to have moved without a person's doing.
func wantStill(t *testing.T, tab *Tab, when string) {
	t.Helper()
	if shifts := eval[float64](tab, `window.__rig.shifts`); shifts > .01 {
		t.Errorf("%s something moved by itself: layout shift %.3f of %q", when, shifts, eval[[]string](tab, `window.__rig.shifted`))
	}
}
