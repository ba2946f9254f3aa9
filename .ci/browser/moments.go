package browser

import (
	"testing"
	"time"

	"mayfly/gateway/rtc/relay"
)

// walk leads a person through everything that the page can show and calls at
// in each place, under its name. The moments are those of the design:
// arrive, talk, consent, trouble, leave; the boxes come with them.
func walk(t *testing.T, n *Network, tab *Tab, locale, question string, at func(name string)) {
	t.Helper()
	tab.arrive(n.URL)
	if locale != "" {
		tab.inLanguage(locale)
	}
	tab.settled()
	at("arrive")
	eval[any](tab, `document.querySelector('#more').open = true`)
	at("arrive-notice")
	eval[any](tab, `document.querySelector('#more').open = false`)
	tab.start()
	tab.settled()
	at("talk-empty")
	before := tab.ask(question)
	tab.said(before, 60*time.Second)
	at("talk-speaking")
	tab.quiet(60 * time.Second)
	tab.settled()
	at("talk")
	tab.click("#options")
	tab.settled()
	at("options")
	tab.click("#options-close")
	tab.click("#info")
	tab.until(20*time.Second, `document.querySelector('#info-box').open`, "the box about the connection does not open")
	tab.settled()
	at("connection")
	tab.click("#info-close")
	// Nothing asks for consent while nothing can be recorded: the page's own box, asked as the gateway would.
	eval[any](tab, `(async () => {
		const { askConsent } = await import('/assets/client/boxes.js');
		window.__over = new AbortController();
		askConsent({ purposes: ['transcript', 'voice_input'], locale: document.documentElement.lang, sentences: [
			{ purpose: 'transcript', text: 'The words of this conversation would be kept for 30 days and read to check the answers. Then they are gone.' },
			{ purpose: 'voice_input', text: 'Your voice would be processed to understand your questions.' }] }, window.__over.signal);
	})()`)
	tab.settled()
	at("consent")
	eval[any](tab, `window.__over.abort()`)
	n.Media.Block(relay.UDP | relay.TCP)
	n.Web.Block(relay.TCP)
	if tab.data("transport") == "webrtc" {
		tab.until(20*time.Second, `document.documentElement.dataset.link === 'reconnecting'`, "the network is gone and the page does not say so")
		tab.settled()
		at("trouble")
	}
	n.Web.Block(0)
	n.Media.Block(0)
	// Looking may have taken longer than a session waits for somebody to come back.
	tab.until(30*time.Second, `document.documentElement.dataset.link === 'talking' || document.documentElement.dataset.state === 'ended'`, "the network is back and the page does not say so")
	if tab.data("state") != "ended" {
		tab.leave()
	}
	tab.settled()
	at("leave")
}

// settled waits until what moved has arrived.
func (tab *Tab) settled() {
	tab.t.Helper()
	tab.until(20*time.Second, `document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)`, "something on the page never comes to rest")
	time.Sleep(150 * time.Millisecond)
}
