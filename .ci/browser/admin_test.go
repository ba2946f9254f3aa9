package browser

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// What a person's system says, whole: what is left out stays as it was.
var (
	byDay   = []string{"forced-colors", "none", "prefers-color-scheme", "light"}
	byNight = []string{"forced-colors", "none", "prefers-color-scheme", "dark"}
	forced  = []string{"forced-colors", "active", "prefers-color-scheme", "dark"}
)

// adminLooks are the windows in which the pages for admins and for what is
// kept are looked at.
var adminLooks = []look{
	{"light-320", 320, 640, 1, byDay},
	{"light-768", 768, 1024, 1, byDay},
	{"light-1440", 1440, 900, 1, byDay},
	{"light-3840", 3840, 2160, 1, byDay},
	{"dark-320", 320, 640, 1, byNight},
	{"dark-1440", 1440, 900, 1, byNight},
	{"forced-1440", 1440, 900, 1, forced},
	{"zoom400", 320, 225, 4, byDay}, // 1280 by 900 at 400 %
}

// rounds leads an admin and a person through everything that /admin, /me and
// /receipt can show, and calls at in each place.
func rounds(t *testing.T, bypass bool, media []string, at func(tab *Tab, name string)) {
	t.Helper()
	// Pictures take longer than a person is quiet.
	n := startNetwork(t, Setup{Tenant: strings.Replace(university, `"avatars"`, `"limits":{"idle_time":"1h"},"avatars"`, 1)})
	ready := func(tab *Tab) *Tab {
		if bypass {
			call(tab, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}) // the rules write styles to try things
		}
		tab.media(media...)
		return tab
	}
	admin := ready(openWatchedTab(t))
	admin.visit(n.URL + "/admin")
	admin.until(20*time.Second, `document.documentElement.dataset.state === 'signin'`, "the admin page does not open")
	at(admin, "admin-signin")
	admin.visit(linkOf.FindString(n.Gateway.command(t, "tenant", "link")))
	admin.until(20*time.Second, `document.documentElement.dataset.view === 'overview'`, "a fresh link does not sign in")
	at(admin, "admin-empty")
	admin.view("stored")
	at(admin, "admin-stored-empty")
	admin.view("policy")
	admin.click(`[data-keep=recording]`)
	admin.until(20*time.Second, `document.querySelector('dialog[open]')`, "recording is switched on without a question")
	admin.click(`dialog input[value=quality]`)
	admin.until(20*time.Second, `document.querySelector('dialog .card').textContent.includes('30 days')`, "the question is not shown")
	at(admin, "admin-switching-on")
	admin.pressed("Switch recording on")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force')`, "it did not take effect")
	at(admin, "admin-switched-on")
	admin.pressed("Close")

	person := openTab(t)
	person.arrive(n.URL)
	person.agree()
	before := person.ask("What are you?")
	person.said(before, 30*time.Second)
	person.until(20*time.Second, `!document.querySelector('#offer').hidden`, "the key is not offered")
	for _, name := range []string{"overview", "policy", "stored", "reports", "requests", "usage", "avatars", "around", "keys", "history", "log"} {
		admin.view(name)
		at(admin, "admin-"+name)
	}
	admin.view("keys")
	admin.pressed("Issue a key…")
	at(admin, "admin-key")
	admin.pressed("Cancel")
	admin.view("stored")
	admin.click(`table a.button`)
	admin.until(20*time.Second, `document.querySelector('input[value=quality]')`, "nothing is asked before reading")
	admin.click(`input[value=quality]`)
	at(admin, "admin-purpose")
	admin.pressed("Read")
	admin.until(20*time.Second, `document.querySelector('.script')`, "nothing can be read")
	at(admin, "admin-transcript")

	mine := ready(openWatchedTab(t))
	mine.visit(n.URL + "/me")
	mine.until(20*time.Second, `document.documentElement.dataset.state === 'open'`, "/me does not open")
	at(mine, "me")
	eval[any](person, `(() => { const real = URL.createObjectURL; URL.createObjectURL = (b) => { window.__saved = b; return real.call(URL, b); }; })()`)
	person.click("#offer-save")
	eval[any](mine, `(() => { const k = document.querySelector('#key'); k.value = `+quote(eval[string](person, `window.__saved.text()`))+`; k.form.requestSubmit(); })()`)
	mine.until(20*time.Second, `document.querySelector('#shown h1')`, "the saved key opens nothing")
	at(mine, "me-kept")
	mine.pressed("Read it")
	mine.until(20*time.Second, `document.querySelector('.script')`, "nothing can be read")
	mine.click(".script .small")
	mine.until(20*time.Second, `document.querySelector('.correct')`, "nothing can be corrected")
	at(mine, "me-correct")
	mine.visit(n.URL + "/receipt")
	mine.until(20*time.Second, `document.documentElement.dataset.state === 'open'`, "/receipt does not open")
	at(mine, "receipt")
	edits(admin, at)
	for _, tab := range []*Tab{admin, mine} {
		if wrong := tab.Errors(); len(wrong) > 0 {
			t.Errorf("the browser complained: %q", wrong)
		}
	}
}

// Pictures of the pages for admins and for what is kept, to be looked at; at
// no size has one to be scrolled sideways.
func TestAdminPictures(t *testing.T) {
	t.Parallel()
	taken := 0
	rounds(t, false, nil, func(tab *Tab, name string) {
		for _, l := range adminLooks {
			call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: l.factor})
			tab.media(l.media...)
			tab.settled()
			tab.picture(name + "-" + l.name)
			taken++
			if over := eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %s: the page is %d pixels wider than the window", name, l.name, over)
			}
			if hidden := eval[[]string](tab, `[...document.querySelectorAll('button, select, summary, textarea, input, a')].filter((e) => {
				if (!e.checkVisibility() || e.matches('.skip, .quiet') || e.closest('.table, .chart') || (document.querySelector('dialog[open]') && !e.closest('dialog[open]'))) return false;
				const b = e.getBoundingClientRect();
				return b.width > 0 && (b.left < -1 || b.right > innerWidth + 1);
			}).map((e) => e.id || e.textContent.slice(0, 20))`); len(hidden) > 0 {
				t.Errorf("%s, %s: cut off at the side: %q", name, l.name, hidden)
			}
		}
		tab.size(1280, 800)
		tab.media(byDay...)
	})
	t.Logf("n=%d pictures in %s", taken, *out)
}

// The same places pass every rule of axe-core, by day and by night.
func TestAdminAxe(t *testing.T) { // R24
	t.Parallel()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("rig: axe-core is not installed; run npm ci in .ci/browser: ", err)
	}
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			checked, passed := 0, 0
			rounds(t, true, []string{"prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce"}, func(tab *Tab, name string) {
				eval[any](tab, `(() => { if (!window.axe) {`+string(source)+`} })()`)
				result := eval[struct {
					Passes   int       `json:"passes"`
					Findings []finding `json:"findings"`
				}](tab, `axe.run(document).then((r) => ({ passes: r.passes.length, findings: r.violations.map((v) =>
					({ id: v.id, impact: v.impact ?? '', help: v.help, where: v.nodes.slice(0, 4).map((n) => n.target.join(' ') + ': ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')) })) }))`)
				checked++
				passed += result.Passes
				for _, f := range result.Findings {
					t.Errorf("%s, %s: %s (%s, %s)\n  %s", name, scheme, f.Help, f.ID, f.Impact, strings.Join(f.Where, "\n  "))
				}
			})
			t.Logf("n=%d places in %s, %d rules passed", checked, scheme, passed)
		})
	}
}

// An admin signs in, switches recording on, sees what it did, takes it back
// and signs out, with a keyboard and nothing else.
func TestAdminKeyboard(t *testing.T) { // R24
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	tab := openWatchedTab(t)
	tab.visit(linkOf.FindString(n.Gateway.command(t, "tenant", "link")))
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'overview'`, "a fresh link does not sign in")
	if at := tab.focused(); at != "H1" {
		t.Errorf("after signing in the keyboard is at %q and a screen reader says nothing", at)
	}
	tab.tabTo(`#nav a[href='#/policy']`, shift)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'policy'`, "Enter on a page's name does not lead there")
	if at := tab.focused(); at != "H1" {
		t.Errorf("on another page the keyboard is at %q", at)
	}
	tab.tabTo(`[data-keep=recording]`, 0)
	tab.press("Space", 0)
	tab.until(20*time.Second, `document.querySelector('dialog[open]')?.contains(document.activeElement)`, "the question opens and the keyboard is behind it")
	if told := tab.tree(); !strings.Contains(told, "dialog: Record conversations?") || !strings.Contains(told, "checkbox: Quality") {
		t.Errorf("while the question stands a screen reader is told:\n%s", told)
	}
	tab.press("Escape", 0)
	tab.until(20*time.Second, `!document.querySelector('dialog[open]')`, "Escape does not close the question")
	if at := eval[string](tab, `document.activeElement.dataset.keep ?? document.activeElement.tagName`); at != "recording" {
		t.Errorf("after Escape the keyboard is at %q", at)
	}
	tab.press("Space", 0)
	tab.tabTo(`dialog input[value=quality]`, 0)
	tab.press("Space", 0)
	tab.tabTo(`dialog button[type=submit]`, 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force')`, "nothing says that it took effect")
	if said := strings.Join(tab.announced("polite"), " "); !strings.Contains(said, "In force, as version 2.") {
		t.Errorf("a screen reader is told %q", said)
	}
	tab.until(20*time.Second, `document.activeElement.dataset.keep === 'recording'`, "after the change the keyboard is elsewhere")
	tab.tabTo(`#effect button.first`, shift)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('[data-keep=recording]').ariaChecked === 'false'`, "Undo does not take it back")
	tab.view("overview")
	tab.tabTo(`#signout`, shift)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'signin'`, "Enter does not sign out")
	if at := tab.focused(); at != "signin-key" {
		t.Errorf("after signing out the keyboard is at %q", at)
	}
	if left := eval[string](tab, `document.querySelector('#view').textContent`); left != "" {
		t.Errorf("after signing out the page still holds %q", left)
	}
	kept := eval[[]string](tab, `(async () => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await indexedDB.databases()).map((d) => d.name)].filter(Boolean))()`)
	if len(kept) > 0 {
		t.Errorf("the browser keeps %q", kept)
	}
	for _, address := range tab.Requests() {
		if !strings.HasPrefix(address, n.URL) && !strings.HasPrefix(address, "blob:") {
			t.Errorf("the page asked %s, which is not its gateway", address)
		}
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
