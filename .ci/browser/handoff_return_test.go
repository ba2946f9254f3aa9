package browser

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// deskKey is a key of an agent, as the host issues it.
func deskKey(t *testing.T, g *Gateway) string {
	t.Helper()
	key := keyLine.FindStringSubmatch(g.command(t, "key", "issue", "--role", "agent", "--reason", "a desk"))
	if key == nil {
		t.Fatal("rig: no key of an agent")
	}
	return key[1]
}

// signedInAt signs an agent in at the desk's page that a tab shows.
func signedInAt(tab *Tab, key string) {
	tab.t.Helper()
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'signin'`, "the desk does not ask who is there")
	eval[any](tab, `document.querySelector('#signin-key').focus()`)
	tab.write(key)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'signed-in'`, "an agent's key does not sign in; the page says: "+tab.text("body"))
}

// An agent opens the page anew in the middle of a talk: the person is told that
// the line broke and that they are waited for, and writes on; the same agent
// signs in again, is back in the same talk, and reads all of it. The browser
// keeps nothing of the talk meanwhile. // R20 R21 R45
func TestDeskOpenedAnew(t *testing.T) {
	t.Parallel()
	g := startGateway(t, Setup{Tenant: staffed})
	key := deskKey(t, g)
	agent := openWatchedTab(t)
	agent.visit(g.URL + "/agent")
	signedInAt(agent, key)
	eval[any](agent, `document.querySelector('#name').focus()`)
	agent.write("Maya")
	agent.click("#available")
	person := openWatchedTab(t)
	person.arrive(g.URL + "/")
	person.start()
	person.click("#human")
	agent.until(20*time.Second, `document.querySelector('#offer').checkVisibility()`, "a talk is not offered to who is available")
	agent.click("#offer-yes")
	person.until(20*time.Second, `document.querySelector('#ask-consent').open`, "a person is not asked about the human")
	person.settled()
	person.click("#ask-consent-yes")
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'joined'`, "the agent is not told that the person agreed")
	if says := agent.text(".pane .voice"); !strings.Contains(says, "is not written down") {
		t.Errorf("where nothing writes down what is said aloud the agent reads %q", says)
	}
	person.ask("Written before the break.")
	agent.until(20*time.Second, `document.querySelector('.lines').textContent.includes('Written before the break.')`, "what a person writes does not reach the human")

	agent.reload()
	person.until(15*time.Second, `document.querySelector('#desk-text').textContent.includes('line to Maya, Student office broke')`, "who waits for a human whose line broke is not told; the page says: "+person.text("#desk"))
	person.picture("handoff-person-cut")
	if person.data("human") != "true" {
		t.Error("while the human is waited for the label says that an AI answers")
	}
	if says := agent.text("#signin-wrong"); !strings.Contains(says, "keeps no sign-in") || !strings.Contains(says, "45 seconds") {
		t.Errorf("an agent who opened the page anew reads %q", says)
	}
	before := person.ask("Written during the break.")
	signedInAt(agent, key)
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'joined'`, "an agent who is back is not in their talk; the page says: "+agent.text("body"))
	agent.until(20*time.Second, `['Written before the break.', 'Written during the break.'].every((w) => document.querySelector('.lines').textContent.includes(w))`, "an agent who is back does not read what was said: "+agent.text(".lines"))
	agent.picture("handoff-agent-back")
	person.until(20*time.Second, `document.querySelector('#desk-text').textContent.includes('Maya, Student office answers')`, "the person is not told that the human is back; the page says: "+person.text("#desk"))
	eval[any](agent, `document.querySelector('.pane textarea').focus()`)
	agent.write("I am back.")
	agent.press("Enter", 0)
	person.until(20*time.Second, `[...document.querySelectorAll('.line.human .words')].some((w) => w.textContent === 'I am back.')`, "what a human writes who is back does not reach the person")
	if n := eval[int](person, `document.querySelectorAll('#lines > li').length`); n != before+2 {
		t.Errorf("somebody else answered too: %d lines after %d", n, before)
	}
	if open := eval[bool](person, `document.querySelector('#ask-consent').open || document.querySelector('#ask-notice').open`); open {
		t.Error("the person is asked again about the same human")
	}
	if kept := eval[string](agent, `JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, Object.keys(history.state)])`); kept != `[[],[],"",["seat"]]` {
		t.Errorf("the agent's browser keeps %s", kept)
	}
	// A tab that was duplicated has the seat too. It takes the talk over once, and
	// the first does not take it back.
	twin := openWatchedTab(t)
	twin.visit(g.URL + "/agent")
	eval[any](twin, `history.replaceState({seat: `+eval[string](agent, `JSON.stringify(history.state.seat)`)+`}, '')`)
	signedInAt(twin, key)
	twin.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'joined'`, "whoever has the seat is not in the talk")
	agent.until(20*time.Second, `document.documentElement.dataset.state === 'signin' && document.body.innerText.includes('another tab')`, "a tab whose seat is taken does not say so; it says "+agent.text("body"))
	time.Sleep(2 * time.Second) // it would try again after half of one
	if open := eval[bool](twin, `document.documentElement.dataset.state === 'signed-in' && document.querySelector('#trouble').hidden`); !open {
		t.Error("two tabs take one seat from each other")
	}
	agent, first := twin, agent
	// Signed out is gone, at once.
	agent.click("#signout")
	person.until(20*time.Second, `document.documentElement.dataset.human === 'false'`, "an agent who signed out is waited for")
	if left := eval[any](agent, `history.state`); left != nil {
		t.Errorf("who signed out has a seat: %v", left)
	}
	for _, tab := range []*Tab{person, first, agent} {
		if wrong := tab.Errors(); len(wrong) > 0 {
			t.Errorf("the browser complained: %q", wrong)
		}
	}
}

// On somebody else's page a person asks the element for a human, is asked about
// them, writes with them under the human's label, is told when their line
// breaks and when they are back, and is told again when they leave. // R20 R21 R45
func TestElementHandoff(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(string) string { return "    handoff: {name: Student office}\n" })
	s.file("/listen.js", `window.heard = []; document.addEventListener('human', (e) => heard.push(e.detail.state), true);`)
	s.put("/", `<script src="/listen.js"></script>`+s.script(t, s.integrity(t)), s.element("Ada", "lumen"))
	key := deskKey(t, s.Gateway)
	agent := openWatchedTab(t)
	agent.visit(s.Gateway.URL + "/agent")
	signedInAt(agent, key)
	eval[any](agent, `document.querySelector('#name').focus()`)
	agent.write("Maya")
	agent.click("#available")

	tab := openWatchedTab(t)
	tab.visit(s.URL + "/")
	e := embedded(tab, "#Ada")
	e.shows("arrive", 10*time.Second)
	e.begin()
	e.click("human")
	agent.until(20*time.Second, `document.querySelector('#offer').checkVisibility()`, "who asks the element for a human is not offered to anybody; the element says "+e.text("note-text"))
	agent.click("#offer-yes")
	tab.until(20*time.Second, e.part("notice")+`?.hidden === false && `+e.part("notice")+`.innerText.includes('Maya, Student office')`, "the element does not ask about the human; it says "+e.text("notice"))
	tab.picture("embed-handoff-asked")
	e.click("yes")
	tab.until(20*time.Second, e.js+`.dataset.human === 'true'`, "the element's label does not change when a human answers; it asks "+e.text("notice"))
	if says := e.text("ai"); !strings.Contains(says, "Maya, Student office") || !strings.Contains(says, "human") {
		t.Errorf("while a human answers the element says %q", says)
	}
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'joined'`, "the agent is not told that the person agreed")
	eval[any](agent, `document.querySelector('.pane textarea').focus()`)
	agent.write("Hello, this is Maya.")
	agent.press("Enter", 0)
	line := `[...` + e.js + `.shadowRoot.querySelectorAll('[part~=line]')].find((l) => l.innerText.includes('Hello, this is Maya.'))`
	tab.until(20*time.Second, line+` !== undefined`, "what a human writes does not reach the element")
	if who := eval[string](tab, line+`.innerText`); !strings.Contains(who, "Maya, Student office") {
		t.Errorf("a human's line in the element is labelled %q", who)
	}
	if n := eval[int](tab, `[...`+e.js+`.shadowRoot.querySelectorAll('p')].filter((p) => p.checkVisibility() && p.textContent.includes('This is a human')).length`); n != 1 {
		t.Errorf("that a human answers is read in %d places of the element", n)
	}
	tab.picture("embed-handoff-human")

	agent.reload()
	tab.until(15*time.Second, e.part("note-text")+`?.innerText.includes('broke')`, "the element does not say that the human's line broke; it says "+e.text("note-text"))
	if !eval[bool](tab, e.js+`.dataset.human === 'true'`) {
		t.Error("while the human is waited for the element says that an AI answers")
	}
	signedInAt(agent, key)
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'joined'`, "an agent who is back is not in their talk")
	tab.until(20*time.Second, e.part("note-text")+`?.innerText.includes('is back')`, "the element does not say that the human is back; it says "+e.text("note-text"))
	agent.click(".pane .back")
	tab.until(20*time.Second, e.part("notice")+`?.hidden === false && `+e.js+`.dataset.human === 'false'`, "after a human the person is not told again that an AI answers")
	e.click("continue")
	e.shows("talking", 10*time.Second)
	want := "queued,connecting,active,reconnecting,active,ended"
	if heard := eval[string](tab, `heard.filter((s, i) => s !== heard[i - 1] && s !== 'requested').join()`); heard != want {
		t.Errorf("the page of the element heard of %s, not %s", heard, want)
	}
	for _, tab := range []*Tab{tab, agent} {
		if wrong := tab.Errors(); len(wrong) > 0 {
			t.Errorf("the browser complained: %q", wrong)
		}
	}
}

// Whom a one-time link signed in is told that it lasts as long as the page is
// open, before it goes and after; a page that nobody was signed in at says
// nothing of it.
func TestOneTimeLinkIsForThisPage(t *testing.T) {
	t.Parallel()
	g := startGateway(t, Setup{Tenant: staffed})
	key := keyLine.FindStringSubmatch(g.command(t, "key", "issue", "--role", "admin", "--reason", "a desk"))
	if key == nil {
		t.Fatal("rig: no key of an admin")
	}
	r, err := http.NewRequest(http.MethodPost, g.URL+"/v1/admin/desk/links", strings.NewReader(`{"name":"Maya"}`))
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+key[1])
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer res.Body.Close()
	made, err := io.ReadAll(res.Body)
	must(t, err)
	link := regexp.MustCompile(`mfl_[\w-]+`).FindString(string(made))
	agent := openWatchedTab(t)
	agent.visit(g.URL + "/agent")
	agent.until(20*time.Second, `document.documentElement.dataset.state === 'signin'`, "the desk does not ask who is there")
	if says := agent.text("#signin-wrong"); says != "" {
		t.Errorf("a page that nobody was signed in at says %q", says)
	}
	eval[any](agent, `(() => { location.hash = 'link=`+link+`'; })()`)
	agent.until(20*time.Second, `document.documentElement.dataset.state === 'signed-in' && document.querySelector('#once').checkVisibility()`, "who came by a link is not told that it is for this page; the page says: "+agent.text("body"))
	agent.until(20*time.Second, `history.state?.seat`, "the desk gives no seat")
	agent.click("#available") // a page that nobody pressed anything on may go without a question
	agent.until(20*time.Second, `document.querySelector('#available').getAttribute('aria-checked') === 'true'`, "an agent cannot become available")
	agent.reload()
	agent.until(20*time.Second, `document.documentElement.dataset.state === 'signin' && document.querySelector('#signin-wrong').textContent.includes('A one-time link works only once')`, "what to do is not said")
	if asked := agent.Dialogs(); len(asked) != 1 || !strings.HasPrefix(asked[0], "beforeunload") {
		t.Errorf("before it went the browser asked %q", asked)
	}
}
