package browser

import (
	"fmt"
	"testing"
	"time"
)

// instructed is a tenant that records, carries out itself what people ask for
// with their keys, and has a desk.
const instructed = `
tenants:
  - id: site
    name: Example Site
    public: true
    contact: {email: privacy@site.example}
    policy: {transcript: true, retention: {transcript: 30d}, purposes: [quality], rights: on_instruction}
    handoff: {name: Student office}
    avatars:
      - id: lumen
        name: Lumen the Guide
        voice: none
        languages: [en, de, he]
        knowledge: demo
`

// composed is whether a person sees the field, and the newest words above it.
const composed = `(() => {
	const c = document.querySelector('#composer').getBoundingClientRect(), log = document.querySelector('#log').getBoundingClientRect();
	const l = [...document.querySelectorAll('#lines > li')].at(-1).getBoundingClientRect();
	const seen = Math.min(log.bottom, c.top) - Math.max(log.top, 0);
	return c.top >= 0 && c.bottom <= innerHeight + 1 && l.bottom <= Math.min(c.top, log.bottom) + 1 && l.bottom > 0 && seen >= 40;
})()`

func wantComposed(t *testing.T, tab *Tab, when string) {
	t.Helper()
	tab.settled()
	if !eventually(10*time.Second, func() bool { return eval[bool](tab, composed) }) {
		tab.picture("out-of-sight")
		t.Fatalf("%s the field or the newest words are out of sight: %s", when, eval[string](tab, `JSON.stringify({ window: [innerWidth, innerHeight], scrolled: scrollY,
			composer: document.querySelector('#composer').getBoundingClientRect(), log: document.querySelector('#log').getBoundingClientRect(), line: [...document.querySelectorAll('#lines > li')].at(-1).getBoundingClientRect() })`))
	}
}

// On a small screen, on its side, at 400 % and with everything open that can
// be, the field and the newest answer are on the screen.
func TestFieldStays(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Config: instructed})
	for _, locale := range []string{"en", "de", "he"} {
		t.Run(locale, func(t *testing.T) {
			tab := openTab(t)
			tab.size(390, 664)
			tab.arrive(n.URL)
			tab.inLanguage(locale)
			tab.start()
			tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being recorded")
			tab.settled()
			tab.click("#ask-consent-yes")
			tab.until(20*time.Second, `document.documentElement.dataset.recording === 'on'`, "a yes is not taken")
			tab.said(tab.ask("What are you?"), 30*time.Second)
			tab.until(20*time.Second, `!document.querySelector('#offer').hidden`, "something is stored and the key to it is not offered")
			look := func(box string) {
				defer tab.size(390, 664)
				sizes := [][2]int64{{390, 664}, {375, 667}, {844, 390}, {640, 400}, {320, 256}, {1440, 900}}
				if locale != "en" { // longer words, other way: where there is least room
					sizes = sizes[1:3]
				}
				for _, size := range sizes {
					tab.size(size[0], size[1])
					name := fmt.Sprintf("%s, %s, at %dx%d", locale, box, size[0], size[1])
					wantComposed(t, tab, name+", after turning")
					tab.said(tab.ask("What happens to what I say?"), 30*time.Second)
					wantComposed(t, tab, name)
					tab.media("prefers-color-scheme", map[bool]string{true: "dark", false: "light"}[size[0] == 844 || locale == "de"])
					tab.settled()
					tab.picture(fmt.Sprintf("field-%s-%s-%d", box, locale, size[0]))
				}
			}
			look("offer")
			tab.click("#human")
			tab.until(20*time.Second, `!document.querySelector('#desk').hidden`, "who asked for a human is not told where they wait")
			look("desk")
			tab.click("#offer-later")
			look("waits")
		})
	}
}
