package browser

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"mayfly.test/started"
)

// reviewLooks are the windows in which the reviewer's page is looked at.
var reviewLooks = []look{
	{"light-320", 320, 640, 1, byDay},
	{"light-390", 390, 844, 1, byDay},
	{"light-768", 768, 1024, 1, byDay},
	{"light-1440", 1440, 900, 1, byDay},
	{"light-3840", 3840, 2160, 1, byDay},
	{"dark-390", 390, 844, 1, byNight},
	{"dark-1440", 1440, 900, 1, byNight},
	{"forced-1440", 1440, 900, 1, forced},
	{"zoom400", 320, 225, 4, byDay}, // 1280 by 900 at 400 %
}

// reviewed leads a reviewer through all that the page can show, after a day at
// a university, and calls at in each place.
func reviewed(t *testing.T, prepare func(*Tab), at func(tab *Tab, name string)) {
	t.Helper()
	n := startNetwork(t, Setup{Tenant: strings.Replace(university, `"avatars"`, `"limits":{"idle_time":"1h"},"avatars"`, 1)})
	adminOf(t, n.Gateway).switchRecordingOn()
	person := openTab(t)
	person.arrive(n.URL)
	person.agree()
	before := person.ask("What are you?")
	person.said(before, 30*time.Second)
	n.Gateway.command(t, "access", "open", "--tenant", "university", "--reason-code", "support", "--case", "T-4711")
	n.Gateway.command(t, "incident", "open", "--tenant", "university", "--kind", "other")

	tab := openWatchedTab(t)
	prepare(tab)
	tab.visit(n.URL + "/review")
	tab.until(30*time.Second, `document.documentElement.dataset.state === 'signin'`, "the reviewer's page does not open")
	at(tab, "review-signin")
	tab.signsInToReview(reviewerKey(t, n.Gateway))
	at(tab, "review-ledger")
	for _, name := range eval[[]string](tab, `[...document.querySelectorAll('#nav a')].map((a) => a.hash.slice(2))`) {
		if name == "log" || name == "verify" {
			continue
		}
		tab.ledger(name)
		at(tab, "review-"+name)
	}
	tab.ledger("log?kind=recording_allowed")
	at(tab, "review-filtered")
	tab.click(`.ledger td:nth-child(3) a`)
	tab.until(20*time.Second, `document.querySelector('.verdict')`, "an entry does not open")
	at(tab, "review-entry")
	tab.ledger("verify")
	at(tab, "review-verify")
	tab.pressed("Verify now")
	tab.until(60*time.Second, `document.querySelector('#result .verdict')`, "nothing comes out")
	at(tab, "review-verified")
	tab.ledger("log")
	at(tab, "review-proven")
	tab.ledger("log?session=11111111-1111-4111-8111-111111111111")
	at(tab, "review-nothing")
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// Pictures of the reviewer's page, to be looked at; at no size has one to be
// scrolled sideways, and the ledger prints.
func TestReviewPictures(t *testing.T) {
	t.Parallel()
	taken := 0
	reviewed(t, func(*Tab) {}, func(tab *Tab, name string) {
		for _, l := range reviewLooks {
			call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: l.factor})
			tab.media(l.media...)
			if name == "review-proven" {
				tab.ledger("log") // what is folded away depends on the window
			}
			tab.settled()
			tab.picture(name + "-" + l.name)
			taken++
			if over := eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %s: the page is %d pixels wider than the window", name, l.name, over)
			}
			if hidden := eval[[]string](tab, `[...document.querySelectorAll('button, select, summary, textarea, input, a')].filter((e) => {
				if (!e.checkVisibility() || e.matches('.skip, .quiet') || e.closest('.table, .chart')) return false;
				const b = e.getBoundingClientRect();
				return b.width > 0 && (b.left < -1 || b.right > innerWidth + 1);
			}).map((e) => e.id || e.textContent.slice(0, 20))`); len(hidden) > 0 {
				t.Errorf("%s, %s: cut off at the side: %q", name, l.name, hidden)
			}
		}
		if name == "review-proven" || name == "review-entry" {
			eval[any](tab, `dispatchEvent(new Event('beforeprint'))`)
			tab.size(794, 1123) // A4
			call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			tab.picture(name + "-print")
			for what, selector := range map[string]string{"the rail": "#rail", "a button": "#view button", "a field": "#view input"} {
				if eval[bool](tab, `[...document.querySelectorAll(`+quote(selector)+`)].some((e) => e.checkVisibility())`) {
					t.Errorf("%s: on paper there is %s", name, what)
				}
			}
			if foot := tab.text("#printed"); !strings.Contains(foot, "Example University") || !strings.Contains(foot, "verified") {
				t.Errorf("%s: on paper stands %q", name, foot)
			}
			call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "screen"})
		}
		tab.size(1280, 800)
		tab.media(byDay...)
	})
	t.Logf("n=%d pictures in %s", taken, *out)
}

// Every place of the reviewer's page passes every rule of axe-core, by day and
// by night.
func TestReviewAxe(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			var check func(string)
			places := 0
			reviewed(t, func(tab *Tab) {
				call(tab, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
				tab.media("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
				check = axeOf(t, tab)
			}, func(_ *Tab, name string) {
				check(name + ", " + scheme)
				places++
			})
			t.Logf("n=%d places in %s", places, scheme)
		})
	}
}

var salt = regexp.MustCompile(`"salt":"([0-9a-f]{32})"`)

// A reviewer signs in, finds a toggle that an admin made, verifies it, takes
// the export along, and the program agrees. One byte of the database is
// flipped, and both say where. // R65
func TestReviewFindsAndVerifiesAToggle(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	key := reviewerKey(t, n.Gateway)
	adminOf(t, n.Gateway).switchRecordingOn()

	tab := openWatchedTab(t)
	saving(tab)
	tab.visit(n.URL + "/review")
	tab.signsInToReview(key)
	if own := tab.text("#view .own"); !strings.Contains(own, "Your reading is in this log") {
		t.Errorf("who reads is not told that this is in the log: %q", own)
	}
	if marks := eval[int](tab, `document.querySelectorAll('.ledger .proof.proven').length`); marks != 0 {
		t.Errorf("%d rows carry the mark of what was verified, and nobody has verified anything", marks)
	}
	if words := tab.text("#nav"); strings.Contains(words, "Keys") || strings.Contains(words, "What is kept") {
		t.Errorf("a reviewer is shown %q", words)
	}
	// The filter is in the address.
	eval[any](tab, `(() => { const k = document.querySelector('#by-kind'); k.value = 'recording_allowed'; k.form.requestSubmit(); })()`)
	tab.until(20*time.Second, `location.hash.includes('kind=recording_allowed') && document.querySelectorAll('.ledger tbody tr:not(.day)').length === 1`, "the toggle is not found")
	if row := tab.text(".ledger tbody tr:not(.day)"); !strings.Contains(row, "Recording was switched on") || !strings.Contains(row, "Key") {
		t.Errorf("the toggle is shown as %q", row)
	}
	tab.click(`.ledger td:nth-child(3) a`)
	tab.until(20*time.Second, `document.querySelector('.verdict')`, "the entry does not open")
	if said := tab.text(".verdict"); !strings.Contains(said, "Verified in this page") || !strings.Contains(said, "came from this gateway just now") {
		t.Fatalf("of the toggle the page says %q", said)
	}
	leaf := tab.text("pre.leaf")
	if !strings.Contains(leaf, `"kind":"recording_allowed"`) {
		t.Fatalf("the entry's bytes are %q", leaf)
	}
	place := eval[string](tab, `location.hash`)
	index := place[strings.LastIndex(place, "/")+1:]

	// All of it, with a checkpoint and the key that were kept.
	auditKey := fetched(tab, "/.well-known/mayfly-audit-keys.txt", "")
	checkpoint := fetched(tab, "/audit/university/checkpoint", key)
	tab.ledger("verify")
	tab.paste("#own-key", auditKey)
	tab.paste("#earlier", checkpoint)
	tab.until(30*time.Second, `document.querySelector('.brought').textContent.includes('The key is the one that you brought')`, "the key that was brought is not used")
	tab.pressed("Verify now")
	tab.until(60*time.Second, `document.querySelector('#result .verdict')`, "nothing comes out")
	if said := tab.text("#result"); !strings.Contains(said, "Good: ") || !strings.Contains(said, "Earlier checkpoints that agree: 1, which is all") {
		t.Fatalf("of the whole log the page says %q", said)
	}
	tab.pressed("Save this export")
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	keyFile, checkpoints := file("key.txt", auditKey), file("checkpoints", checkpoint)
	said, err := verifies(file("audit.jsonl", tab.saved()), keyFile, checkpoints)
	if err != nil || !strings.HasPrefix(said, "GOOD: ") {
		t.Fatalf("the program says of the export: %v, %s", err, said)
	}
	// The rows of the ledger carry the mark now, those that are newer do not.
	tab.ledger("log?kind=recording_allowed")
	if marks := eval[int](tab, `document.querySelectorAll('.ledger .proof.proven').length`); marks != 1 {
		t.Errorf("%d of the rows carry the mark of what was verified, want 1", marks)
	}

	// One bit of one byte, in the database of a gateway that does not run.
	n.Gateway.runs.Stop()
	flip(t, n.Gateway.Data(), salt.FindStringSubmatch(leaf)[1])
	g := startGateway(t, Setup{Home: n.Gateway.home})
	tab = openWatchedTab(t)
	saving(tab)
	tab.visit(g.URL + "/review")
	tab.signsInToReview(key)
	tab.ledger("verify")
	tab.pressed("Verify now")
	tab.until(60*time.Second, `document.querySelector('#result .verdict')`, "nothing comes out")
	where := ", entry " + index + ": the entry is not the one that was written"
	if said := tab.text("#result"); !strings.Contains(said, "Not good") || !strings.Contains(said, where) {
		t.Errorf("of the flipped byte the page says %q, want %q", said, where)
	}
	tab.pressed("Save this export")
	if whole := tab.saved(); strings.Count(whole, "\n") <= eval[int](tab, `document.querySelector('progress').max`) {
		t.Errorf("of an export that is not good only %d lines can be saved", strings.Count(whole, "\n"))
	}
	if said, err := verifies(file("audit2.jsonl", tab.saved()), keyFile, checkpoints); err == nil || !strings.Contains(said, where) {
		t.Errorf("of the flipped byte the program says %q, want %q", said, where)
	}
	eval[any](tab, `(() => { location.hash = `+quote(place)+`; })()`)
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'entry' && document.querySelector('.verdict')`, "the entry does not open")
	if said := tab.text(".verdict"); !strings.Contains(said, "Not good") || !strings.Contains(said, "its bytes have another hash") {
		t.Errorf("of the entry with the flipped byte the page says %q", said)
	}
}

// saving keeps what a page hands to the person.
func saving(tab *Tab) {
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		{ const real = URL.createObjectURL; URL.createObjectURL = (b) => { window.__saved = b; return real.call(URL, b); }; }`})
}

// saved is what the page handed to the person last.
func (tab *Tab) saved() string {
	tab.t.Helper()
	return eval[string](tab, `window.__saved.text()`)
}

// fetched is what the gateway answers to somebody with a key.
func fetched(tab *Tab, path, key string) string {
	tab.t.Helper()
	head := "{}"
	if key != "" {
		head = `{ Authorization: 'Bearer ' + ` + quote(key) + ` }`
	}
	return eval[string](tab, `fetch(`+quote(path)+`, { headers: `+head+` }).then((a) => a.text())`)
}

// verifies runs the program on an export.
func verifies(export, key, checkpoints string) (string, error) {
	said, err := exec.Command(started.Mayfly(), "audit", "verify", export, "--key", key, "--checkpoint", checkpoints).CombinedOutput()
	return string(said), err
}

// flip changes one bit of a text wherever it is in the files of a folder.
func flip(t *testing.T, folder, text string) {
	t.Helper()
	files := holds(t, folder, text)
	for _, name := range files {
		data, err := os.ReadFile(name)
		must(t, err)
		data = bytes.ReplaceAll(data, []byte(text), append([]byte{text[0] ^ 1}, text[1:]...))
		must(t, os.WriteFile(name, data, 0o600))
	}
	if len(files) == 0 {
		t.Fatal("rig: the entry is in no file")
	}
}

// What went wrong and what the operator reached is there for a reviewer, with
// the clock and the reason; what protects people has an address of its own.
func TestReviewShowsIncidentsAndAccesses(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	n.Gateway.command(t, "access", "open", "--tenant", "university", "--reason-code", "support", "--case", "T-4711")
	n.Gateway.command(t, "incident", "open", "--tenant", "university", "--kind", "other")
	key := reviewerKey(t, n.Gateway)
	tab := openWatchedTab(t)
	tab.visit(n.URL + "/posture")
	if at := eval[string](tab, `location.pathname + location.hash`); at != "/review#/posture" {
		t.Errorf("/posture leads to %s", at)
	}
	tab.signsInToReview(key)
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'posture'`, "who signs in is not led to where they wanted to go")
	tab.ledger("incidents")
	if said := tab.text("#view"); !strings.Contains(said, "71 hours left") {
		t.Errorf("of an incident that was just noticed the page says %q", said)
	}
	tab.ledger("operator")
	if said := tab.text("#view"); !strings.Contains(said, "T-4711") || !strings.Contains(said, "open until") {
		t.Errorf("of an access that is open the page says %q", said)
	}
	tab.click(`#view td a`)
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'log' && location.hash.includes('actor=')`, "what was done under an access is not led to")
}

// With a keyboard alone: sign in, filter, open an entry, verify all, stop.
func TestReviewWithAKeyboard(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	key := reviewerKey(t, n.Gateway)
	tab := openWatchedTab(t)
	tab.visit(n.URL + "/review")
	tab.until(30*time.Second, `document.documentElement.dataset.state === 'signin'`, "the reviewer's page does not open")
	if at := tab.focused(); at != "signin-key" {
		t.Errorf("the keyboard is at %q, want the key", at)
	}
	tab.write(key)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'log'`, "a key that is typed does not sign in")
	tab.until(20*time.Second, `document.activeElement.tagName === 'H1'`, "the keyboard is not at the head of the ledger")
	tab.tabTo("#by-kind", 0)
	tab.tabTo(".ledger-filter button[type=submit]", 0)
	tab.tabTo(".ledger td:nth-child(3) a", 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'entry'`, "Enter does not open an entry")
	tab.until(20*time.Second, `document.activeElement.tagName === 'H1'`, "the keyboard is not at the head of the entry")
	tab.ledger("verify")
	tab.tabTo("#view .first", 0)
	tab.press("Enter", 0)
	tab.until(60*time.Second, `document.activeElement.id === 'result' && document.querySelector('#result .verdict')`, "the keyboard is not at what came out")
	if told := tab.announced("polite"); !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, "Good") }) {
		t.Errorf("a screen reader is told %q", told)
	}
}

// Whoever follows a link in a tab in which somebody is signed in is shown
// nothing of what was done there before.
func TestReviewSignedInOver(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	tab := reviewerOf(t, n)
	tab.ledger("verify")
	tab.pressed("Verify now")
	tab.until(60*time.Second, `document.querySelector('#result .verdict')`, "nothing comes out")
	before := tab.text("#me-key")
	_, link, _ := strings.Cut(linkOf.FindString(n.Gateway.command(t, "tenant", "link")), "#link=")
	eval[bool](tab, `(location.hash = '#link=`+link+`', true)`)
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'signed-in' && document.querySelector('#me-key').textContent !== `+quote(before), "the link signs nobody in")
	tab.ledger("verify")
	tab.until(20*time.Second, `document.querySelector('#result').textContent`, "the view does not say that nothing was verified")
	if eval[bool](tab, `!!document.querySelector('#result .verdict')`) {
		t.Error("what was verified for the one before is shown to the next")
	}
}

// A verification that somebody stops says nothing, and the page goes on.
func TestReviewStops(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	tab := reviewerOf(t, n)
	tab.ledger("verify")
	// The export stands still until somebody stops it.
	eval[any](tab, `(() => { const real = fetch; window.fetch = (to, how) => String(to).includes('/export') ? new Promise((_, no) => how.signal.addEventListener('abort', () => no(how.signal.reason))) : real(to, how); })()`)
	tab.pressed("Verify now")
	tab.pressed("Stop")
	tab.until(30*time.Second, `document.querySelector('.running').hidden && document.querySelector('#view .first').checkVisibility()`, "Stop does not stop")
	if said := tab.text("#result"); strings.Contains(said, "Good") {
		t.Errorf("of what was stopped the page says %q", said)
	}
	if told := tab.announced("polite"); !slices.Contains(told, "Stopped.") {
		t.Errorf("a screen reader is told %q", told)
	}
}

// What a reviewer may not do is neither shown nor answered; the page asks for
// nothing else. // R19
func TestReviewSeesNoWord(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	adminOf(t, n.Gateway).switchRecordingOn()
	person := openTab(t)
	person.arrive(n.URL)
	person.agree()
	const secret = "My neighbour keeps a heron called Quillfeather."
	before := person.ask(secret)
	person.said(before, 30*time.Second)
	tab := reviewerOf(t, n)
	seen := 0
	for _, name := range eval[[]string](tab, `[...document.querySelectorAll('#nav a')].map((a) => a.hash.slice(2))`) {
		tab.ledger(name)
		if body := tab.text("body"); strings.Contains(body, "Quillfeather") || strings.Contains(body, "mf_") {
			t.Errorf("%s shows a word or a key", name)
		}
		seen++
	}
	for _, r := range tab.Requests() {
		if strings.Contains(r, "transcripts") || strings.Contains(r, "/keys") && !strings.Contains(r, "audit-keys") {
			t.Errorf("the page asks for %s", r)
		}
	}
	t.Logf("n=%d views", seen)
}
