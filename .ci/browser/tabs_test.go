package browser

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Who talks in a second tab is told, in both; both go on.
func TestSecondTab(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Args: []string{"--media-listen", "off"}})
	first := openTab(t)
	first.arrive(n.URL)
	first.start()
	second := first.another()
	second.arrive(n.URL)
	second.start()
	for name, tab := range map[string]*Tab{"first": first, "second": second} {
		tab.until(20*time.Second, `!document.querySelector('#toast').hidden`, "the "+name+" tab does not tell of the other")
		if text := tab.text("#toast p"); !strings.Contains(text, "another tab") {
			t.Errorf("the %s tab says %q", name, text)
		}
		before := tab.ask("What are you?")
		tab.said(before, 30*time.Second)
	}
	first.leave()
	second.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// Before a reload the person is asked, and told what it means; after it the
// page begins anew and the session is over. Without a conversation nobody asks.
func TestReload(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Args: []string{"--media-listen", "off"}})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.start()
	before := tab.ask("What are you?")
	tab.said(before, 30*time.Second)
	eval[any](tab, `(() => { addEventListener('beforeunload', () => { fetch('/rig-said?' + (document.querySelector('#toast').hidden ? '' : document.querySelector('#toast p').textContent), { keepalive: true }); }); })()`)
	tab.reload()
	tab.until(15*time.Second, `document.documentElement.dataset.state === 'arrive'`, "the page does not begin anew")
	asked := tab.Dialogs()
	if len(asked) != 1 || !strings.HasPrefix(asked[0], "beforeunload") {
		t.Errorf("before the reload the browser asked %q", asked)
	}
	said := slices.DeleteFunc(tab.Requests(), func(address string) bool { return !strings.Contains(address, "/rig-said?") })
	if len(said) != 1 || !strings.Contains(said[0], "this%20conversation%20is%20gone") {
		t.Errorf("before the reload the page said %q", said)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
	if lines := tab.text("#lines"); lines != "" {
		t.Errorf("after a reload the page still holds %q", lines)
	}
	tab.reload()
	tab.until(15*time.Second, `document.documentElement.dataset.state === 'arrive'`, "the page does not begin anew")
	if again := tab.Dialogs(); len(again) != 1 {
		t.Errorf("without a conversation the browser asked: %q", again[1:])
	}
}
