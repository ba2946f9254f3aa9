package browser

import (
	"strings"
	"testing"
	"time"

	"mayfly/gateway/rtc/relay"
)

// tale is what the scripted back end tells.
const tale = "The boat is at the bridge. The water is cold today. We can wait for the sun."

// connected starts a gateway with a scripted back end and a conversation that
// has one question behind it.
func connected(t *testing.T, prepare func(*Network)) (*Network, *Tab, *Model) {
	t.Helper()
	model := startModel(t, func(string) string { return tale })
	n := startNetwork(t, Setup{Args: []string{"--backend", model.URL, "--model", "m"}})
	prepare(n)
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.start()
	tab.answered(t, "What do you see?")
	return n, tab, model
}

// answered asks and wants the tale, written and heard.
func (tab *Tab) answered(t *testing.T, question string) {
	t.Helper()
	tab.take()
	before := tab.ask(question)
	if text := tab.said(before, 30*time.Second); !strings.Contains(text, "wait for the sun") {
		t.Errorf("%q was answered with %q", question, text)
	}
	tab.quiet(30 * time.Second)
	if r := tab.take(); len(r.Utterances(1500)) == 0 {
		t.Errorf("%q was answered in writing over %s and nothing was heard", question, tab.data("transport"))
	}
}

// cut pulls the cable for a while and waits until the conversation goes on.
func cut(t *testing.T, n *Network, tab *Tab, lasts time.Duration) {
	t.Helper()
	n.Media.Block(relay.UDP | relay.TCP)
	n.Web.Block(relay.TCP)
	time.Sleep(lasts)
	n.Web.Block(0)
	n.Media.Block(0)
	back := time.Now()
	tab.until(30*time.Second, `document.documentElement.dataset.link === 'talking' || document.documentElement.dataset.state === 'ended'`,
		"the cable is in again and the page still says: "+tab.text("#status"))
	if state := tab.data("state"); state != "talking" {
		t.Fatalf("after a cut of %v the conversation is %s: %q", lasts, state, tab.text("#ended"))
	}
	figure(t, "network cut of "+lasts.String(), "goes on %v after the cable is in again, over %s", time.Since(back).Round(10*time.Millisecond), tab.data("transport"))
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	t.Run("3 s cut goes on with the same call", func(t *testing.T) {
		t.Parallel()
		n, tab, model := connected(t, func(*Network) {})
		cut(t, n, tab, 3*time.Second)
		time.Sleep(8 * time.Second) // what was given up would show now
		tab.answered(t, "And now?")
		if got := tab.data("transport"); got != "webrtc" {
			t.Errorf("after 3 s without a network the call was given up for a %s", got)
		}
		wantIntact(t, n, tab, model)
	})
	t.Run("20 s cut resumes", func(t *testing.T) {
		t.Parallel()
		n, tab, model := connected(t, func(*Network) {})
		cut(t, n, tab, 20*time.Second)
		tab.answered(t, "And now?")
		wantIntact(t, n, tab, model)
	})
	t.Run("media gone for good goes on over WebSocket", func(t *testing.T) {
		t.Parallel()
		n, tab, model := connected(t, func(*Network) {})
		began := time.Now()
		n.Media.Block(relay.UDP | relay.TCP)
		tab.until(30*time.Second, `document.documentElement.dataset.transport === 'websocket' && document.documentElement.dataset.link === 'talking'`,
			"the call is dead, the web is there, and the page still says: "+tab.text("#status"))
		figure(t, "media lost in a conversation", "goes on after %v over %s", time.Since(began).Round(10*time.Millisecond), tab.data("transport"))
		tab.answered(t, "And now?")
		wantIntact(t, n, tab, model)
	})
	for name, blocked := range map[string]relay.Path{"UDP only": relay.TCP, "TCP only": relay.UDP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, tab, _ := connected(t, func(n *Network) { n.Media.Block(blocked) })
			if got := tab.data("transport"); got != "webrtc" {
				t.Errorf("with %s the conversation runs over %s", name, got)
			}
			tab.leave()
			n.Gateway.wantNoSessions(t, 5*time.Second)
		})
	}
}

// wantIntact says whether nothing of the conversation was lost, on the page
// and at the gateway, and ends it.
func wantIntact(t *testing.T, n *Network, tab *Tab, model *Model) {
	t.Helper()
	if lines := eval[int](tab, `document.querySelectorAll('#lines > li').length`); lines != 4 {
		t.Errorf("two questions and two answers were exchanged, the page shows %d lines:\n%s", lines, tab.text("#lines"))
	}
	if known := model.Known.Load(); known < 4 {
		t.Errorf("after the cut the back end was told %d messages: the conversation before it was forgotten", known)
	}
	if got := n.Gateway.Figure("mayfly_sessions_started_total"); got != 1 {
		t.Errorf("the gateway has started %v sessions for one conversation", got)
	}
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}
