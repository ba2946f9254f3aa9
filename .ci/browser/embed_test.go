package browser

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// On somebody else's page, under the content policy that the document names
// and the example that it gives, a person is told, asks and is answered; and
// the page is left as it was: nothing refused, stored or fetched elsewhere.
func TestElementOnAnotherSite(t *testing.T) { // R1 R20 R76
	t.Parallel()
	s := startSite(t, nil)
	tab := openWatchedTab(t)
	s.put("/", s.snippet(t, s.integrity(t)), "")
	tab.visit(s.URL + "/")
	e := embedded(tab, "mayfly-avatar")
	e.shows("arrive", 10*time.Second)
	if got := s.Gateway.Figure("mayfly_sessions_started_total"); got != 0 {
		t.Errorf("before Start was pressed the gateway had %v sessions", got)
	}
	e.begin()
	if told := tab.tree(); !strings.Contains(told, "This is an AI") {
		t.Errorf("a screen reader is not told that this is an AI; it is told:\n%s", told)
	}
	eval[any](tab, e.part("field")+`.focus()`)
	tab.write("What happens to what I say?")
	tab.press("Enter", 0)
	e.answered("memory")
	if got := eval[bool](tab, `document.querySelector('mayfly-avatar').ask('Who are you?')`); !got {
		t.Error("ask() says that it could not be asked while talking")
	}
	tab.until(30*time.Second, `document.querySelector('mayfly-avatar').shadowRoot.querySelectorAll('[part~=you]').length === 2`, "what a page asks by ask() is not shown")
	eval[any](tab, `document.querySelector('mayfly-avatar').end()`)
	e.shows("ended", 10*time.Second)
	if left := e.text("log"); left != "" {
		t.Errorf("after the end the element still holds %q", left)
	}
	s.Gateway.wantNoSessions(t, 10*time.Second)
	if refused := eval[[]string](tab, `__rig.violations`); len(refused) > 0 {
		t.Errorf("the page's policy refused: %q", refused)
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
	for _, address := range tab.Requests() {
		if !strings.HasPrefix(address, s.URL+"/") && !strings.HasPrefix(address, s.Gateway.URL+"/") && !strings.HasPrefix(address, strings.Replace(s.Gateway.URL, "http", "ws", 1)+"/") {
			t.Errorf("a stranger was asked: %s", address)
		}
	}
	for _, answer := range tab.Headers() {
		if answer["set-cookie"] != "" {
			t.Errorf("a cookie came: %s", answer["set-cookie"])
		}
	}
	if kept := eval[string](tab, `(async () => [document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length,
		(await navigator.serviceWorker.getRegistrations()).length].join(' '))()`); kept != " 0 0 0 0 0" {
		t.Errorf("something is kept in the browser: %q", kept)
	}
}

// What a page learns of its element: that it is ready, what it does, from
// Start over speaking to the end, and by its code what went wrong; never a
// word of what is said. The page demands trusted types as well.
func TestElementEvents(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.Policy += "; require-trusted-types-for 'script'"
	s.file("/listen.js", `window.heard = [];
		for (const name of ['ready', 'state', 'error']) document.addEventListener(name, (e) => heard.push([name, e.target.id, e.detail]), true);`)
	tab := openWatchedTab(t)
	talks := strings.Replace(s.element("Ada", "lumen"), " silent", "", 1)
	s.put("/", `<script src="/listen.js"></script>`+s.script(t, s.integrity(t)), talks+strings.ReplaceAll(s.element("Nox", "lumen"), "/avatar-token", "/nowhere"))
	tab.visit(s.URL + "/")
	ada, nox := embedded(tab, "#Ada"), embedded(tab, "#Nox")
	ada.shows("arrive", 10*time.Second)
	events := func(id, name, field string) []string {
		return eval[[]string](tab, `heard.filter((h) => h[0] === `+quote(name)+` && h[1] === `+quote(id)+`).map((h) => String(h[2].`+field+`))`)
	}
	if got := events("Ada", "ready", "avatar"); len(got) != 1 || got[0] != "lumen" {
		t.Errorf("ready says %q, want once lumen", got)
	}
	ada.begin()
	eval[any](tab, ada.js+`.ask('What happens to what I say?')`)
	if !eventually(30*time.Second, func() bool { return slices.Contains(events("Ada", "state", "mood"), "speaking") }) {
		t.Errorf("the avatar is never said to speak: %q", events("Ada", "state", "mood"))
	}
	eval[any](tab, ada.js+`.end()`)
	ada.shows("ended", 10*time.Second)
	if got := slices.Compact(events("Ada", "state", "state")); !slices.Equal(got, []string{"arrive", "connecting", "talking", "ended"}) {
		t.Errorf("its states were %q", got)
	}
	if got := events("Ada", "error", "code"); len(got) != 0 {
		t.Errorf("errors are told of a good conversation: %q", got)
	}
	nox.click("start")
	if !eventually(10*time.Second, func() bool { return slices.Equal(events("Nox", "error", "code"), []string{"http_404"}) }) {
		t.Errorf("no token is to be had and the page is told %q", events("Nox", "error", "code"))
	}
	if got := nox.text("status"); !strings.Contains(got, "cannot be reached") {
		t.Errorf("no token is to be had and the person is told %q", got)
	}
	if told := eval[string](tab, `JSON.stringify(heard)`); strings.Contains(told, "memory") || strings.Contains(told, "happens") {
		t.Errorf("events carry words: %s", told)
	}
	if refused := eval[[]string](tab, `__rig.violations`); len(refused) > 0 {
		t.Errorf("the page's policy refused: %q", refused)
	}
}
