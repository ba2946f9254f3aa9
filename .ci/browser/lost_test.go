package browser

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
)

// Who follows a stale link is told so in a page, in their language.
func TestLost(t *testing.T) {
	t.Parallel()
	g := startGateway(t, Setup{})
	tab := openWatchedTab(t)
	for at, size := range map[string][2]int64{"/?tenant=nobody": {390, 664}, "/nothing": {844, 390}, "/nothing/at/all": {1440, 900}} {
		tab.size(size[0], size[1])
		tab.visit(g.URL + at)
		tab.until(10*time.Second, `document.querySelector('h1')?.innerText === 'Not here' && document.title === 'Not here · Mayfly'`, at+" shows: "+tab.text("body"))
		tab.picture("lost-" + itoa(int(size[0])))
	}
	call(tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "test", AcceptLanguage: "he"})
	tab.media("prefers-color-scheme", "dark")
	tab.visit(g.URL + "/nothing")
	tab.until(10*time.Second, `document.documentElement.dir === 'rtl' && document.querySelector('h1').innerText === 'אין כאן כלום'`, "in Hebrew it shows: "+tab.text("body"))
	tab.settled()
	tab.picture("lost-he-dark")
	tab.click("#home")
	tab.until(15*time.Second, `document.documentElement?.dataset.state === 'arrive'`, "the way to the start leads nowhere")
}

// A question that begins with a Latin name is laid out as its language is.
func TestQuestionDirection(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{})
	tab := openTab(t)
	tab.size(390, 664)
	tab.arrive(n.URL)
	tab.inLanguage("he")
	tab.start()
	eval[any](tab, `(async () => {
		const { askConsent } = await import('/assets/client/boxes.js');
		askConsent({ purposes: ['handoff'], locale: 'he', sentences: [{ purpose: 'handoff', text: 'Maya, Help desk רוצה לענות לך. זה אדם. להמשיך?' }] }, new AbortController().signal);
	})()`)
	tab.until(10*time.Second, `document.querySelector('#ask-consent').open`, "rig: the question does not open")
	tab.settled()
	tab.picture("question-he")
	if way := eval[string](tab, `getComputedStyle(document.querySelector('#ask-consent-text')).direction`); way != "rtl" {
		t.Errorf("a Hebrew question that begins with a Latin name is laid out %s", way)
	}
}
