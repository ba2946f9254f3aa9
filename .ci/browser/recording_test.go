package browser

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"

	"mayfly/gateway/rtc/relay"
)

const (
	kept   = "What is zanzibarlike behaviour of a mayfly?"
	unkept = "And what does quetzalcoatlus mean?"
	canary = "zanzibarlike"
)

// The whole of it, in the browsers of an admin and of three people: on, told,
// asked, recorded, read, off the record, off for everybody, opened, erased.
func TestRecording(t *testing.T) { // R10 R12 R41 R42 R46 R48 R55
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	g := n.Gateway
	before := openTab(t)
	before.arrive(n.URL)
	before.start()

	admin := adminOf(t, g)
	if at := eval[string](admin, `location.href`); strings.Contains(at, "link") {
		t.Errorf("the one-time link stays in the address: %s", at)
	}
	admin.switchRecordingOn()
	if effect := admin.text("#effect"); !strings.Contains(effect, "1 live session stays unrecorded; new ones will be asked.") {
		t.Errorf("one session is live and the admin is told %q", effect)
	}
	admin.picture("admin-switched-on")

	// A new session asks, shows it, stores.
	person := openTab(t)
	person.arrive(n.URL)
	if told := person.text("#facts"); !strings.Contains(told, "30 days") {
		t.Errorf("before Start the person is told %q", told)
	}
	person.start()
	person.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being recorded")
	person.settled()
	person.picture("consent-asked")
	wantEqualButtons(t, person)
	person.click("#ask-consent-yes")
	person.until(20*time.Second, `document.querySelector('#record').textContent === 'Recorded'`, "after a yes the page does not say Recorded")
	if red := eval[bool](person, `getComputedStyle(document.querySelector('#record')).color === (() => { const p = document.createElement('p'); p.style.color = 'var(--recorded)'; document.body.append(p); const c = getComputedStyle(p).color; p.remove(); return c; })()`); !red {
		t.Error("Recorded is not in the colour for it")
	}
	lines := person.ask(kept)
	person.said(lines, 30*time.Second)
	person.until(20*time.Second, `!document.querySelector('#offer').hidden`, "something is stored and the key to it is not offered")
	person.settled()
	person.picture("key-offered")
	if word := before.text("#record"); word != "Not recorded" {
		t.Errorf("a session from before the switch says %q", word)
	}

	// The admin reads it.
	admin.view("stored")
	admin.click(`table a.button`)
	admin.until(20*time.Second, `document.querySelector('input[value=quality]')`, "the admin is not asked what it is read for")
	admin.click(`input[value=quality]`)
	admin.pressed("Read")
	admin.until(20*time.Second, `document.querySelector('.script')?.textContent.includes(`+quote(canary)+`)`, "what was stored cannot be read")
	admin.picture("admin-reads")

	// Off the record, with the choice, and nothing after it is stored.
	person.click("#off")
	person.until(20*time.Second, `document.querySelector('#off').ariaChecked === 'true'`, "Off the record is not acknowledged")
	if word := person.text("#record"); word != "Not recorded" {
		t.Errorf("off the record the page says %q", word)
	}
	person.until(20*time.Second, `document.querySelector('#ask-erase').open`, "the person is not asked whether to erase what was stored")
	person.settled()
	person.picture("off-the-record")
	person.click("#ask-erase-no")
	lines = person.ask(unkept)
	person.said(lines, 30*time.Second)
	admin.click(`#nav a[href='#/stored']`)
	admin.until(20*time.Second, `document.documentElement.dataset.view === 'stored'`, "the list does not come back")
	if rows := eval[int](admin, `document.querySelectorAll('table a.button').length`); rows != 1 {
		t.Fatalf("one conversation is stored and the admin is shown %d", rows)
	}
	admin.click(`table a.button`)
	admin.until(20*time.Second, `document.querySelector('input[value=quality]')`, "the admin is not asked what it is read for")
	admin.click(`input[value=quality]`)
	admin.pressed("Read")
	admin.until(20*time.Second, `document.querySelector('.script')`, "what was stored cannot be read")
	if script := admin.text(".script"); strings.Contains(script, "quetzalcoatlus") || !strings.Contains(script, canary) {
		t.Errorf("the transcript of a person who went off the record is %q", script)
	}

	// The admin switches off: an open session changes at once.
	third := openTab(t)
	third.arrive(n.URL)
	third.agree()
	eval[any](third, `(() => { new MutationObserver(() => { if (document.querySelector('#record').textContent === 'Not recorded') window.__offAt ??= Date.now(); })
		.observe(document.querySelector('#record'), { subtree: true, childList: true, characterData: true }); })()`)
	admin.view("policy")
	eval[any](admin, `(() => { document.addEventListener('click', () => (window.__offAt = Date.now()), true); })()`)
	admin.click(`[data-keep=recording]`)
	third.until(20*time.Second, `window.__offAt`, "the admin switched recording off and an open session is not told")
	took := eval[float64](third, `window.__offAt`) - eval[float64](admin, `window.__offAt`)
	figure(t, "recording off, from the admin's press to the person's screen", "%.0f ms", took)
	if took > 1000 {
		t.Errorf("from the admin's press to the person's screen it took %.0f ms", took)
	}
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('live sessions in')`, "the admin is not told that it took effect")
	third.picture("switched-off-live")

	// The person leaves, is asked about the key, opens it, reads, erases.
	person.click("#leave")
	person.until(20*time.Second, `document.querySelector('#ask-leave').open`, "something is stored and whoever leaves is not asked about the key")
	person.settled()
	person.picture("leave-asked")
	person.click("#ask-leave-yes")
	person.until(20*time.Second, `document.documentElement.dataset.state === 'ended'`, "Leave does not leave")
	person.settled()
	person.picture("leave-kept")
	if card := person.text("#ended"); strings.Contains(card, "0 bytes") || !strings.Contains(card, "Exchanges stored: 1") {
		t.Errorf("one exchange is stored and the card says %q", card)
	}
	address := eval[string](person, `document.querySelector('#read').href`)
	_, key, _ := strings.Cut(address, "#key=")
	mine := openWatchedTab(t)
	mine.visit(address)
	mine.until(20*time.Second, `document.querySelector('#shown h1')?.textContent.startsWith('Kept until')`, "the key opens nothing; the page says: "+mine.text("body"))
	if at := eval[string](mine, `location.href`); strings.Contains(at, "mrk_") {
		t.Errorf("the receipt key stays in the address: %s", at)
	}
	mine.pressed("Read it")
	mine.until(20*time.Second, `document.querySelector('.script')?.textContent.includes(`+quote(canary)+`)`, "the person cannot read what is kept of them")
	mine.picture("me-reads")
	mine.pressed("Erase it")
	mine.until(20*time.Second, `document.querySelector('dialog[open]')`, "erasing asks nothing")
	mine.click("#erase-yes")
	mine.until(20*time.Second, `document.querySelector('#shown h1')?.textContent === 'Gone.'`, "what was erased is not gone")
	mine.picture("me-gone")
	if status := getMine(t, n.URL, key); status != http.StatusUnauthorized {
		t.Errorf("after erasing, the key is answered with %d", status)
	}
	admin.view("stored")
	admin.until(20*time.Second, `document.querySelector('.empty h2')?.textContent === 'Nothing is kept'`, "everything is erased and the admin is shown "+admin.text("main"))
	wantNoTrace(t, g, canary, "quetzalcoatlus")
	for _, tab := range []*Tab{before, admin, person, third, mine} {
		for _, wrong := range tab.Errors() {
			if !strings.Contains(wrong, "401") {
				t.Errorf("the browser complained: %s", wrong)
			}
		}
	}
}

// wantEqualButtons wants a question that leads to no answer: two buttons that
// look alike and are alike in size, neither with the keyboard.
func wantEqualButtons(t *testing.T, tab *Tab) {
	t.Helper()
	call(tab, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: 1, Y: 1}) // nothing is pointed at
	tab.settled()
	got := eval[struct {
		Sizes, Looks []string
		Held         bool
	}](tab, `(() => { const all = [...document.querySelectorAll('#ask-consent .row button')]; const of = (b) => { const s = getComputedStyle(b); return [s.backgroundColor, s.color, s.borderColor, s.fontWeight, s.fontSize].join(' '); };
		return { Sizes: all.map((b) => b.getBoundingClientRect().width.toFixed(0) + 'x' + b.getBoundingClientRect().height.toFixed(0)), Looks: all.map(of), Held: all.includes(document.activeElement) }; })()`)
	if len(got.Sizes) != 2 || got.Sizes[0] != got.Sizes[1] || got.Looks[0] != got.Looks[1] || got.Held {
		t.Errorf("the two answers do not weigh the same: %+v", got)
	}
}

// getMine asks for what a receipt key opens and returns the status.
func getMine(t *testing.T, gateway, key string) int {
	t.Helper()
	ask, err := http.NewRequest(http.MethodGet, gateway+"/v1/me", nil)
	must(t, err)
	ask.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(ask)
	must(t, err)
	defer answer.Body.Close()
	return answer.StatusCode
}

// wantNoTrace wants none of the texts in any file of the gateway.
func wantNoTrace(t *testing.T, g *Gateway, texts ...string) {
	t.Helper()
	planted := filepath.Join(g.Data(), "planted")
	must(t, os.WriteFile(planted, []byte("x"+texts[0]+"x"), 0o600))
	if len(holds(t, g.Data(), texts[0])) != 1 {
		t.Error("rig: the scan does not find what was planted")
	}
	must(t, os.Remove(planted))
	for _, text := range texts {
		if found := holds(t, g.Data(), text); len(found) > 0 {
			t.Errorf("%q is in %q", text, found)
		}
	}
}

// Who was not recorded takes a receipt home; a page without a network says
// that it is genuine and that nothing was stored, and finds one changed letter.
func TestReceiptOffline(t *testing.T) { // R20 R26 R46
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	person := openTab(t)
	person.arrive(n.URL)
	person.start()
	before := person.ask(kept)
	person.said(before, 30*time.Second)
	person.leave()
	person.until(20*time.Second, `!document.querySelector('#receipt').hidden`, "no receipt is offered")
	eval[any](person, `(() => { const real = URL.createObjectURL; URL.createObjectURL = (b) => { window.__saved = b; return real.call(URL, b); }; })()`)
	person.click("#receipt")
	file := eval[string](person, `window.__saved.text()`)
	tab := openWatchedTab(t)
	tab.visit(n.URL + "/receipt")
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'open'`, "the page for receipts does not open")
	time.Sleep(300 * time.Millisecond) // the keys come with the page
	n.Web.Block(relay.TCP)
	bring := func(text string) string {
		eval[any](tab, `(() => { const k = document.querySelector('#key'); k.value = `+quote(text)+`; k.form.requestSubmit(); })()`)
		tab.until(20*time.Second, `!document.querySelector('#shown').hidden`, "a receipt is brought and nothing is said of it")
		said := tab.text("#shown")
		tab.picture("receipt")
		tab.pressed("Close this")
		return said
	}
	if said := bring(file); !strings.Contains(said, "This receipt is genuine.") || !strings.Contains(said, "Nothing of this conversation was stored.") || !strings.Contains(said, "Example University") {
		t.Errorf("of a genuine receipt it is said %q", said)
	}
	var saved struct {
		JWS string `json:"jws"`
	}
	must(t, json.Unmarshal([]byte(file), &saved))
	parts := strings.Split(saved.JWS, ".")
	for i := range parts { // head, payload, signature
		changed := slices.Clone(parts)
		other := byte('A')
		if changed[i][10] == other {
			other = 'B'
		}
		changed[i] = changed[i][:10] + string(other) + changed[i][11:]
		if said := bring(strings.Join(changed, ".")); !strings.Contains(said, "not genuine") && !strings.Contains(said, "not from here") {
			t.Errorf("of a receipt with one letter changed in its part %d it is said %q", i, said)
		}
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
}
