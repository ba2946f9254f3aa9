package browser

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
)

// element is the tag for one on the site.
func (s *Site) element(id, avatar string) string {
	return `<mayfly-avatar id="` + id + `" gateway="` + s.Gateway.URL + `" token-url="/avatar-token" avatar="` + avatar + `" name="` + id + `" silent></mayfly-avatar>`
}

// Two on one page are two sessions, and neither hears of the other.
func TestElementTwice(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	tab := openWatchedTab(t)
	s.put("/", s.script(t, s.integrity(t)), s.element("Ada", "lumen")+s.element("Nox", "moth"))
	tab.visit(s.URL + "/")
	ada, nox := embedded(tab, "#Ada"), embedded(tab, "#Nox")
	ada.begin()
	nox.begin()
	if got := s.Gateway.Figure("mayfly_sessions"); got != 2 {
		t.Errorf("two elements talk and the gateway has %v sessions", got)
	}
	eval[any](tab, ada.js+`.ask('What happens to what I say?')`)
	ada.answered("memory")
	if got := nox.text("log"); got != "" {
		t.Errorf("what was said to one is shown by the other: %q", got)
	}
	eval[any](tab, ada.js+`.end()`)
	ada.shows("ended", 10*time.Second)
	if got := eval[string](tab, nox.js+`.state`); got != "talking" {
		t.Errorf("one ended and the other is %s", got)
	}
	eval[any](tab, nox.js+`.ask('Who are you?')`)
	tab.until(30*time.Second, nox.js+`.shadowRoot.querySelector('[part~=avatar] [part~=words]')?.textContent`, "the second avatar does not answer after the first has gone")
	if got := ada.text("log"); got != "" {
		t.Errorf("an ended element shows %q", got)
	}
	eval[any](tab, nox.js+`.end()`)
	s.Gateway.wantNoSessions(t, 10*time.Second)
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// A page with the element can itself be framed.
func TestElementInAFrame(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	tab := openWatchedTab(t)
	s.put("/inner", s.script(t, s.integrity(t)), s.element("Ada", "lumen"))
	s.put("/", "", `<iframe src="/inner" title="Ask" width="420" height="640"></iframe>`)
	tab.visit(s.URL + "/")
	ada := Embedded{tab, `document.querySelector('iframe').contentDocument?.querySelector('#Ada')`}
	ada.shows("arrive", 10*time.Second)
	eval[any](tab, ada.js+`.start()`)
	tab.until(20*time.Second, ada.part("notice")+`?.hidden === false`, "no notice came inside the frame")
	eval[any](tab, ada.part("continue")+`.click()`)
	ada.shows("talking", 20*time.Second)
	eval[any](tab, ada.js+`.ask('What happens to what I say?')`)
	ada.answered("memory")
	eval[any](tab, `document.querySelector('iframe').remove()`) // the whole document goes
	s.Gateway.wantNoSessions(t, 30*time.Second)
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// The gateway's own page shows itself in the frames that its tenant allows,
// and in no other.
func TestFrameAncestors(t *testing.T) {
	t.Parallel()
	for name, allowed := range map[string]bool{"allowed": true, "another": false, "nobody": false} {
		t.Run(name, func(t *testing.T) {
			var site string
			s := startSite(t, func(url string) string {
				site = strings.Replace(url, "localhost", "127.0.0.1", 1) // another origin still, and its frames can be looked into
				switch name {
				case "allowed":
					return "    frames: [\"" + site + "\"]\n"
				case "another":
					return "    frames: [\"https://another.example\"]\n"
				}
				return ""
			})
			s.Policy += "; frame-src " + s.Gateway.URL
			tab := openWatchedTab(t)
			s.put("/", "", strings.ReplaceAll(codeAfter(t, "## In a frame", "html"), "https://avatar.example", s.Gateway.URL))
			tab.visit(site + "/")
			runs := func() bool { return s.Gateway.Figure(`mayfly_requests_total{class="2xx",route="/v1/avatar/page"}`) > 0 }
			if got := eventually(map[bool]time.Duration{true: 15 * time.Second, false: 2 * time.Second}[allowed], runs); got != allowed {
				t.Errorf("the page runs in the frame: %v, want %v; the browser said %q", got, allowed, tab.Errors())
			}
			if refused := strings.Contains(strings.Join(tab.Errors(), "\n"), "frame-ancestors"); refused == allowed {
				t.Errorf("the browser refused by frame-ancestors: %v; it said %q", refused, tab.Errors())
			}
		})
	}
}

// A site's style reaches the element by custom properties and parts, and the
// words that it is an AI stay.
func TestElementStyle(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	tab := openWatchedTab(t)
	s.file("/site.css", codeAfter(t, "## Methods, events, style", "css")+`
		mayfly-avatar { --mayfly-paper: rgb(1, 2, 3); --mayfly-text: rgb(250, 251, 252); --mayfly-radius: 3px; --mayfly-font: 20px/1.5 serif; --mayfly-faint: rgb(9, 9, 9); --mayfly-colour: #00ff00; }
		mayfly-avatar::part(name) { color: rgb(4, 5, 6); }
		mayfly-avatar::part(ai), mayfly-avatar::part(figure) { display: none; visibility: hidden; opacity: 0; }`)
	plain := s.element("Ada", "lumen")
	s.put("/", s.script(t, s.integrity(t)), plain)
	s.put("/styled", `<link rel="stylesheet" href="/site.css">`+s.script(t, s.integrity(t)), plain)
	read := func(path string) map[string]string {
		tab.visit(s.URL + path)
		ada := embedded(tab, "#Ada")
		ada.shows("arrive", 10*time.Second)
		tab.until(20*time.Second, ada.part("figure")+`.shadowRoot.querySelector('canvas').width > 10`, "no figure is drawn")
		return eval[map[string]string](tab, `(() => { const e = `+ada.js+`, of = (part, name) => getComputedStyle(e.shadowRoot.querySelector('[part~=' + part + ']'))[name];
			return { paper: of('box', 'backgroundColor'), text: of('box', 'color'), radius: of('box', 'borderRadius'), font: of('box', 'fontFamily') + of('box', 'fontSize'),
				size: of('figure', 'inlineSize'), accent: of('ai', 'color'), start: of('start', 'borderRadius'), name: of('name', 'color'), faint: of('status', 'color'),
				colour: getComputedStyle(`+ada.part("figure")+`.shadowRoot.querySelector('.halo')).backgroundImage,
				shown: [of('ai', 'display'), of('ai', 'visibility'), of('ai', 'opacity'), of('figure', 'display'), of('figure', 'visibility'), of('figure', 'opacity')].join(' ') }; })()`)
	}
	before, after := read("/"), read("/styled")
	for name, was := range before {
		if name != "shown" && after[name] == was {
			t.Errorf("the site's style does not change %s: %s", name, was)
		}
	}
	for name, want := range map[string]string{"paper": "rgb(1, 2, 3)", "text": "rgb(250, 251, 252)", "radius": "3px", "name": "rgb(4, 5, 6)", "size": "224px", "accent": "rgb(74, 163, 162)", "start": "8px"} {
		if after[name] != want {
			t.Errorf("%s is %s, want %s", name, after[name], want)
		}
	}
	if after["shown"] != "block visible 1 block visible 1" {
		t.Errorf("a site's style hides that this is an AI: %s", after["shown"])
	}
	// Every part that the document names is there, and no other.
	text, err := os.ReadFile(embedDocument)
	must(t, err)
	_, list, _ := strings.Cut(string(text), "Parts: `")
	list, _, _ = strings.Cut(list, "`")
	ada := embedded(tab, "#Ada")
	ada.begin()
	eval[any](tab, ada.js+`.ask('Who are you?')`)
	tab.until(30*time.Second, ada.js+`.shadowRoot.querySelector('[part~=avatar] [part~=words]')?.textContent`, "the avatar does not answer")
	tab.until(30*time.Second, ada.part("report-this"), "the answer cannot be reported")
	ada.click("report-this")
	tab.until(20*time.Second, ada.part("tick"), "Report shows nothing")
	is := eval[[]string](tab, `[...new Set([...`+ada.js+`.shadowRoot.querySelectorAll('[part]')].flatMap((e) => [...e.part]))]`)
	named := map[string]bool{}
	for _, name := range strings.Fields(list) {
		named[name] = true
	}
	for _, name := range is {
		if !named[name] && name != "polite" {
			t.Errorf("the part %s is not in the document", name)
		}
		delete(named, name)
	}
	for _, name := range []string{"again", "why"} { // of an answer that did not come: TestElementFailedTurn presses them
		if !named[name] {
			t.Errorf("the part %s is not in the document", name)
		}
		delete(named, name)
	}
	for name := range named {
		t.Errorf("the document names a part that is not there: %s", name)
	}
}

// With a hash that is not the file's the browser loads nothing; the gateway
// says the right one in a header and in the page of its own documentation.
func TestElementIntegrity(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	right := s.integrity(t)
	tab := openWatchedTab(t)
	s.put("/", s.script(t, "sha384-"+strings.Repeat("A", 64)), s.element("Ada", "lumen"))
	tab.visit(s.URL + "/")
	if eventually(3*time.Second, func() bool { return eval[bool](tab, `customElements.get('mayfly-avatar') !== undefined`) }) {
		t.Error("the element runs with a wrong hash")
	}
	if said := strings.Join(tab.Errors(), "\n"); !strings.Contains(said, "integrity") || !strings.Contains(said, right[len("sha384-"):]) {
		t.Errorf("the browser does not say that the hash is wrong: %q", said)
	}
	tab.visit(s.Gateway.URL + "/docs/embed")
	if shown := tab.text("main"); !strings.Contains(shown, right) {
		t.Error("the gateway's own page about the element does not have its hash")
	}
	head := eval[string](tab, `fetch('/embed/v1/mayfly-avatar.js', { method: 'HEAD' }).then((r) => r.headers.get('Mayfly-Integrity'))`)
	if head != right {
		t.Errorf("the header says %q, the file is %q", head, right)
	}
}

// The element needs neither mouse nor eyes: by keyboard from Start to Leave,
// and no rule of axe-core is broken in any of its states.
func TestElementByKeyboard(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("rig: axe-core is not installed; run npm ci in .ci/browser: ", err)
	}
	s := startSite(t, nil)
	tab := openWatchedTab(t)
	call(tab, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}) // the rules write styles to try things
	s.put("/", s.script(t, s.integrity(t)), `<main><h1>Example</h1><a href="#">first</a>`+s.element("Ada", "lumen")+`</main>`)
	tab.visit(s.URL + "/")
	ada := embedded(tab, "#Ada")
	ada.shows("arrive", 10*time.Second)
	clean := func(state string) {
		eval[any](tab, `(() => { if (!window.axe) {`+string(source)+`} })()`)
		for _, f := range eval[[]finding](tab, `axe.run(document).then((r) => r.violations.map((v) => ({ id: v.id, impact: v.impact ?? '', help: v.help,
			where: v.nodes.map((n) => n.target.join(' ') + ': ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')) })))`) {
			t.Errorf("%s: %s (%s, %s)\n  %s", state, f.Help, f.ID, f.Impact, strings.Join(f.Where, "\n  "))
		}
	}
	at := func() string {
		return eval[string](tab, `(document.activeElement.shadowRoot?.activeElement?.getAttribute('part') ?? document.activeElement.tagName)`)
	}
	reach := func(part string) {
		t.Helper()
		for range 12 {
			if strings.Contains(" "+at()+" ", " "+part+" ") {
				return
			}
			tab.press("Tab", 0)
		}
		t.Fatalf("the keyboard does not reach %s; it is at %s", part, at())
	}
	clean("arrive")
	reach("start")
	tab.press("Enter", 0)
	tab.until(20*time.Second, ada.part("notice")+`?.hidden === false`, "Start was pressed and no notice came")
	if at() != "notice-text" {
		t.Errorf("the notice came and the keyboard is at %s", at())
	}
	clean("notice")
	reach("continue")
	tab.press("Enter", 0)
	ada.shows("talking", 20*time.Second)
	if at() != "field" {
		t.Errorf("the conversation began and the keyboard is at %s", at())
	}
	tab.write("What happens to what I say?")
	tab.press("Enter", 0)
	ada.answered("memory")
	clean("talking")
	tab.until(20*time.Second, ada.part("polite")+`.textContent.includes('memory')`, "a screen reader is not told the answer")
	eval[any](tab, `document.querySelector('a').focus()`)
	reach("human")
	tab.press("Enter", 0)
	tab.until(20*time.Second, `!`+ada.part("note")+`.hidden`, "a human was asked for and nothing is said")
	eval[any](tab, `document.querySelector('a').focus()`)
	reach("leave")
	tab.press("Enter", 0)
	ada.shows("ended", 10*time.Second)
	if !strings.Contains(at(), "start") {
		t.Errorf("the conversation ended and the keyboard is at %s", at())
	}
	clean("ended")
	s.Gateway.wantNoSessions(t, 10*time.Second)
}
