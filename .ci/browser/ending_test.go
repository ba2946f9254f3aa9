package browser

import (
	"strings"
	"testing"
	"time"
)

// short is a tenant whose sessions are short, in writing.
func short(model *Model, limits string) string {
	return `tenants:
  - id: desk
    name: Front Desk
    public: true
    limits: ` + limits + `
    avatars:
      - {id: bel, name: Bel, voice: none, backend: {url: "` + model.URL + `", model: m}}
`
}

// Near the longest time the page offers to go on; going on keeps the words and
// the session. Without it the end comes, and says why.
func TestLongestTime(t *testing.T) {
	t.Parallel()
	model := startModel(t, func(string) string { return tale })
	n := startNetwork(t, Setup{Config: short(model, "{session_time: 12s}")})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.start()
	begun := time.Now()
	const offer = `!document.querySelector('#toast').hidden && document.querySelector('#toast button').textContent === 'Go on'`
	tab.until(20*time.Second, offer, "the longest time is near and nobody offers to go on")
	if said := strings.Join(tab.announced("assertive"), " "); !strings.Contains(said, "longest time") {
		t.Errorf("a screen reader is told %q about the end", said)
	}
	before := tab.ask("What do you see?")
	tab.said(before, 10*time.Second)
	tab.until(time.Second, offer, "a question took the offer away, and the end comes nevertheless")
	tab.picture("offer")
	first := tab.text("#toast p")
	time.Sleep(1500 * time.Millisecond)
	if second := tab.text("#toast p"); first == second {
		t.Errorf("the seconds that are left stand still: %q", second)
	}
	tab.click("#toast button")
	tab.until(20*time.Second, `document.documentElement.dataset.transport === 'websocket' && document.documentElement.dataset.link === 'talking'`, "going on did not go on")
	time.Sleep(time.Until(begun.Add(13 * time.Second)))
	before = tab.ask("And now?")
	tab.said(before, 10*time.Second)
	if lines := eval[int](tab, `document.querySelectorAll('#lines > li').length`); lines != 4 {
		t.Errorf("after going on the page shows %d lines of 4:\n%s", lines, tab.text("#lines"))
	}
	if known := model.Known.Load(); known < 4 {
		t.Errorf("after going on the back end is told %d messages: the conversation was forgotten", known)
	}
	if got := n.Gateway.Figure("mayfly_sessions_started_total"); got != 1 {
		t.Errorf("going on started %v sessions", got)
	}
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'ended'`, "nobody went on and the session has no end")
	if card := tab.text("#ended"); !strings.Contains(card, "longest time") || !strings.Contains(card, "0 bytes kept") {
		t.Errorf("after the longest time the card says %q", card)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// Who says nothing is asked, and who is there stays.
func TestIdle(t *testing.T) {
	t.Parallel()
	model := startModel(t, func(string) string { return tale })
	n := startNetwork(t, Setup{Config: short(model, "{idle_time: 3s}")})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.start()
	before := tab.ask("What do you see?")
	tab.said(before, 10*time.Second)
	const still = `!document.querySelector('#toast').hidden && document.querySelector('#toast p').textContent.startsWith('Still there?')`
	tab.until(20*time.Second, still, "it is quiet and nobody asks whether the person is there")
	tab.click("#toast button")
	tab.until(time.Second, `document.querySelector('#toast').hidden`, "the person is there and the question stays")

	// Who writes need not be asked.
	for range 5 {
		eval[any](tab, `document.querySelector('#field').focus()`)
		tab.write("a")
		time.Sleep(time.Second)
		if eval[bool](tab, still) {
			t.Error("somebody writes and is asked whether anybody is there")
		}
	}
	eval[any](tab, `(() => { document.querySelector('#field').value = ''; })()`)
	tab.until(60*time.Second, `document.documentElement.dataset.state === 'ended'`, "nobody is there and the session has no end")
	if card := tab.text("#ended"); !strings.Contains(card, "quiet for a while") || !strings.Contains(card, "0 bytes kept") {
		t.Errorf("after the silence the card says %q", card)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
}
