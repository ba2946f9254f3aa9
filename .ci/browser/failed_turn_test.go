package browser

import (
	"strings"
	"testing"
	"time"
)

const (
	unanswered = "What is a mayfly?"
	noAnswer   = "No answer came. What answers here cannot be reached."
	// nobodyListens is a back end at a port that nothing listens at.
	nobodyListens = `        backend: {url: "http://127.0.0.1:9/v1", model: m, name: Example Model}
`
	failedLine = `[...document.querySelectorAll('#lines > li[data-who=avatar][data-status=failed]')].at(-1)`
)

// Where nothing answers, that is a line of the conversation: the reason in
// words, and a button that asks the same again, for a hand, a keyboard and a
// screen reader.
func TestFailedTurn(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Config: `
tenants:
  - id: site
    name: Example Site
    public: true
    avatars:
      - id: lumen
        name: Lumen
        voice: none
        languages: [en]
` + nobodyListens})
	tab := openTab(t)
	tab.size(390, 664)
	tab.arrive(n.URL)
	tab.start()
	tab.ask(unanswered)
	tab.until(60*time.Second, failedLine, "nothing answers and the page says nothing")
	if said := eval[string](tab, failedLine+`.querySelector('.note').innerText`); said != noAnswer {
		t.Errorf("the page says %q, want %q", said, noAnswer)
	}
	wantAnnounced(t, tab, "polite", noAnswer)
	wantComposed(t, tab, "after a failed turn")
	tab.picture("failed-turn-390")
	tab.size(844, 390)
	wantComposed(t, tab, "after a failed turn, on the side")
	tab.picture("failed-turn-844")
	tab.size(1440, 900)
	tab.media("prefers-color-scheme", "dark")
	tab.settled()
	tab.picture("failed-turn-1440-dark")

	// By keyboard, the same words.
	tab.tabTo(".again", shift)
	tab.press("Enter", 0)
	tab.until(60*time.Second, `document.querySelectorAll('#lines > li[data-status=failed]').length === 2`, "Try again asks nothing; the page shows: "+tab.text("#lines"))
	asked := eval[[]string](tab, `[...document.querySelectorAll('#lines > li[data-who=you] .words')].map((l) => l.textContent)`)
	if strings.Join(asked, "|") != unanswered+"|"+unanswered {
		t.Errorf("after Try again what was asked is %q", asked)
	}
	if left := eval[int](tab, `document.querySelectorAll('.again').length`); left != 1 {
		t.Errorf("%d lines can be asked again, want the newest", left)
	}
	if at := tab.focused(); at != "field" {
		t.Errorf("after Try again the keyboard is at %q", at)
	}
	tab.leave()
}

// On somebody else's page it is no other.
func TestElementFailedTurn(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil, nobodyListens)
	tab := openWatchedTab(t)
	s.put("/", s.script(t, s.integrity(t)), s.element("Ada", "lumen"))
	tab.visit(s.URL + "/")
	e := embedded(tab, "#Ada")
	e.shows("arrive", 10*time.Second)
	e.begin()
	eval[any](tab, e.js+`.ask(`+quote(unanswered)+`)`)
	tab.until(60*time.Second, e.part("again"), "nothing answers and the element says nothing")
	if said := e.text("why"); said != noAnswer {
		t.Errorf("the element says %q, want %q", said, noAnswer)
	}
	if told := e.text("polite"); told != noAnswer {
		t.Errorf("a screen reader is told %q", told)
	}
	tab.picture("embed-failed-turn")
	e.click("again")
	twice := `[...` + e.js + `.shadowRoot.querySelectorAll('[part~=you] [part~=words]')].map((l) => l.textContent).join('|')`
	tab.until(60*time.Second, e.part("why")+` && `+e.js+`.shadowRoot.querySelectorAll('[part~=why]').length === 2`, "Try again asks nothing")
	if asked := eval[string](tab, twice); asked != unanswered+"|"+unanswered {
		t.Errorf("after Try again what was asked is %q", asked)
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
