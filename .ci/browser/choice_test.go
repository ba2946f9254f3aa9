package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"mayfly/gateway/rtc/relay"
)

// two is a tenant with two avatars, each with a back end of its own.
func two(first, second *Model) string {
	return `tenants:
  - id: university
    name: Example University
    public: true
    contact: {email: privacy@university.example}
    avatars:
      - {id: ada, name: Ada, look: moth, colour: "#7a4fb0", languages: [en, de], backend: {url: "` + first.URL + `", model: m, name: Computing Centre}}
      - {id: bel, name: Bel, look: paper, voice: none, languages: [fr, en], backend: {url: "` + second.URL + `", model: m, name: Library}}
`
}

// pin is what is written on the figure's chest, if it can be seen and read.
func (tab *Tab) pin() string {
	tab.t.Helper()
	return eval[string](tab, `(() => { const pin = document.querySelector('#face').shadowRoot.querySelector('.pin');
		const b = pin.getBoundingClientRect(), shown = pin.checkVisibility() && b.top >= 0 && b.bottom <= innerHeight && b.left >= 0 && b.right <= innerWidth;
		return shown && parseFloat(getComputedStyle(pin).fontSize) >= 10 ? pin.textContent : 'out of sight'; })()`)
}

// A person picks whom to talk to and in which language; what is told, and who
// answers, follows the choice.
func TestChoice(t *testing.T) { // R2 R24
	t.Parallel()
	first, second := startModel(t, func(string) string { return "Ada speaks." }), startModel(t, func(string) string { return "Bel writes." })
	n := startNetwork(t, Setup{Config: two(first, second)})
	tab := openTab(t)
	tab.arrive(n.URL)
	languages := func() []string {
		return eval[[]string](tab, `[...document.querySelectorAll('#language option')].map((o) => o.value)`)
	}
	for _, name := range []string{"Ada", "Bel"} {
		if told := tab.tree(); !strings.Contains(told, "radio: "+name) {
			t.Errorf("a screen reader is not offered %q; it is told:\n%s", name, told)
		}
	}
	if facts := tab.text("#facts"); !strings.Contains(facts, "Computing Centre") || strings.Contains(facts, "Library") {
		t.Errorf("of Ada it is told %q", facts)
	}
	if got := languages(); !slices.Equal(got, []string{"en", "de"}) {
		t.Errorf("Ada is offered in %q", got)
	}
	tab.picture("choice")
	tab.click("#avatars input[value=bel]")
	if name, facts := tab.text("#name"), tab.text("#facts"); name != "Bel" || !strings.Contains(facts, "Library") {
		t.Errorf("Bel was chosen and the page tells of %q: %q", name, facts)
	}
	if got := languages(); !slices.Equal(got, []string{"en", "fr"}) && !slices.Equal(got, []string{"fr", "en"}) {
		t.Errorf("Bel is offered in %q", got)
	}
	tab.inLanguage("fr")
	if lang, pin := eval[string](tab, `document.documentElement.lang`), tab.pin(); lang != "fr" || pin != "IA" {
		t.Errorf("in French the page is in %q and the figure is labelled %q", lang, pin)
	}
	tab.inLanguage("en")
	tab.start()
	if got := tab.data("audio"); got != "text" {
		t.Errorf("Bel has no voice and the page prepares for %q", got)
	}
	before := tab.ask("Hello?")
	if text := tab.said(before, 20*time.Second); text != "Bel writes." {
		t.Errorf("Bel was asked and the answer is %q", text)
	}
	if first.Asked.Load() != 0 || second.Asked.Load() != 1 {
		t.Errorf("Bel was asked once; Ada's back end was asked %d times, Bel's %d times", first.Asked.Load(), second.Asked.Load())
	}
	for _, size := range [][2]int64{{320, 568}, {1280, 800}, {3840, 2160}} {
		tab.size(size[0], size[1])
		tab.settled()
		if pin := tab.pin(); pin != "AI" {
			t.Errorf("at %d by %d pixels the label on the figure is %q", size[0], size[1], pin)
		}
	}
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// Another language brings its notice, and nothing is said before it is
// acknowledged; who does not agree leaves.
func TestLanguageAgain(t *testing.T) { // R1 R24
	t.Parallel()
	n := startNetwork(t, Setup{})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.start()
	tab.inLanguage("de")
	tab.until(20*time.Second, `document.querySelector('#ask-notice').open`, "the language changed and no notice came")
	if notice := eval[[]string](tab, `[document.querySelector('#ask-notice-text').lang, document.querySelector('#ask-notice-text').innerText]`); notice[0] != "de" || !strings.Contains(notice[1], "KI") {
		t.Errorf("the notice in German is %q", notice)
	}
	if told := tab.tree(); !strings.Contains(told, "dialog: ") || !strings.Contains(told, "button: Weiter") {
		t.Errorf("while the notice stands a screen reader is told:\n%s", told)
	}
	tab.click("#ask-notice-yes")
	tab.until(20*time.Second, `document.documentElement.dataset.link === 'talking'`, "the notice was acknowledged and the conversation does not go on")
	before := tab.ask("Was bist du?")
	if text := tab.said(before, 30*time.Second); !strings.Contains(text, "KI") {
		t.Errorf("asked in German what it is, it says %q", text)
	}
	tab.inLanguage("fr")
	tab.until(20*time.Second, `document.querySelector('#ask-notice').open`, "the language changed again and no notice came")
	tab.click("#ask-notice-no")
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'ended'`, "the notice was refused and the conversation goes on")
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// A visitor is sent the words of one language beside English, before the first
// sight of the page and never after it; another comes when it is chosen, and
// where it cannot be had the page stays as it is.
func TestLanguageWeight(t *testing.T) { // R24
	t.Parallel()
	n := startNetwork(t, Setup{})
	tab := openTab(t)
	call(tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "a browser", AcceptLanguage: "fr-CH,fr,en"})
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.__seen = new Set(); (function look() { const told = document.querySelector('.ai'); if (told?.checkVisibility({ visibilityProperty: true })) __seen.add(told.textContent); requestAnimationFrame(look); })();`})
	tab.arrive(n.URL)
	words := func() []string {
		var of []string
		for _, address := range tab.Requests() {
			if _, name, ok := strings.Cut(address, "/assets/shared/words/"); ok {
				of = append(of, strings.TrimSuffix(name, ".js"))
			}
		}
		slices.Sort(of)
		return of
	}
	if lang, sent := eval[string](tab, `document.documentElement.lang`), words(); lang != "fr" || !slices.Equal(sent, []string{"en", "fr"}) {
		t.Errorf("a browser in French gets the page in %q with the words of %q", lang, sent)
	}
	if seen := eval[[]string](tab, `[...__seen]`); len(seen) != 1 || !strings.Contains(seen[0], "IA") {
		t.Errorf("on the way to French these were seen: %q", seen)
	}
	tab.inLanguage("de")
	tab.inLanguage("fr")
	tab.inLanguage("de")
	if sent := words(); !slices.Equal(sent, []string{"de", "en", "fr"}) {
		t.Errorf("with two languages chosen in turn these words are sent: %q", sent)
	}
	n.Web.Block(relay.TCP)
	eval[any](tab, `(() => { const s = document.querySelector('#language'); s.value = 'he'; s.dispatchEvent(new Event('change', { bubbles: true })); })()`)
	tab.until(20*time.Second, `document.querySelector('#language').value === 'de'`, "a language cannot be had and its name stays chosen")
	if lang, told := eval[string](tab, `document.documentElement.lang`), tab.text(".ai"); lang != "de" || !strings.Contains(told, "KI") {
		t.Errorf("a language cannot be had and the page is in %q, saying %q", lang, told)
	}
}
