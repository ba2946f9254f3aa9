package browser

import (
	"strings"
	"testing"
	"time"
)

// A report shows what would be sent, with nothing ticked; only what was ticked
// goes, only after its own yes; and all of it works without a mouse.
func TestReport(t *testing.T) { // R48 R53
	t.Parallel()
	n := startNetwork(t, Setup{Args: []string{"--media-listen", "off"}, Tenant: university})
	tab := openWatchedTab(t)
	tab.arrive(n.URL)
	eval[any](tab, `(() => { window.__reports = []; const real = WebSocket.prototype.send;
		WebSocket.prototype.send = function (text) { const e = JSON.parse(text); if (e.type === 'avatar.report.submit') __reports.push(e); return real.call(this, text); }; })()`)
	tab.start()
	first := tab.ask("What is a mayfly?")
	tab.said(first, 30*time.Second)
	tab.quiet(60 * time.Second)
	second := tab.ask("What are you?")
	answer := tab.said(second, 30*time.Second)
	tab.quiet(60 * time.Second)
	tab.until(20*time.Second, `document.querySelectorAll('.report').length === 2`, "not every answer can be reported")

	eval[any](tab, `[...document.querySelectorAll('.report')].at(-1).focus()`)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('#report-box').open`, "Enter on Report opens nothing")
	tab.settled()
	tab.picture("report")
	if set := eval[int](tab, `document.querySelectorAll('#report-box input:checked').length`); set != 0 {
		t.Errorf("%d things are ticked before anybody ticked one", set)
	}
	if shown := tab.text("#report-lines"); !strings.Contains(shown, "What are you?") || !strings.Contains(shown, strings.Fields(answer)[0]) {
		t.Errorf("what would be sent is shown as %q", shown)
	}
	if told := tab.text("#report-consent"); !strings.Contains(told, "90 days") || !strings.Contains(told, "Example University") {
		t.Errorf("of what happens to a report a person is told %q", told)
	}
	same := eval[[]string](tab, `[...document.querySelectorAll('#report-box .row button')].map((b) => { const s = getComputedStyle(b); return [s.backgroundColor, s.color, s.borderColor, s.fontWeight, b.offsetWidth, b.offsetHeight].join(' '); })`)
	if len(same) != 2 || same[0] != same[1] {
		t.Errorf("the two answers do not weigh the same: %q", same)
	}
	tab.tabTo("#report-yes", 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('#report-said').textContent.includes('Tick')`, "with nothing ticked nobody is told to tick something")
	if sent := eval[int](tab, `__reports.length`); sent != 0 {
		t.Error("with nothing ticked something is sent")
	}
	eval[any](tab, `[...document.querySelectorAll('#report-lines input')].at(-1).focus()`)
	tab.press("Space", 0)
	tab.tabTo("#report-reasons input", 0)
	tab.press("Space", 0)
	tab.tabTo("#report-note", 0)
	tab.write("It did not answer me.")
	tab.tabTo("#report-yes", 0)
	tab.picture("report-ticked")
	tab.press("Enter", 0)
	tab.until(20*time.Second, `!document.querySelector('#report-box').open && document.querySelector('#toast p').textContent.startsWith('Reported')`, "a report is sent and nobody is told; the box says "+tab.text("#report-said"))
	sent := eval[[]struct {
		Consent bool
		Reason  string
		Note    string
		Items   []struct{ Text string }
	}](tab, `__reports`)
	if len(sent) != 1 || !sent[0].Consent || sent[0].Reason != "wrong" || sent[0].Note != "It did not answer me." || len(sent[0].Items) != 1 || sent[0].Items[0].Text != answer {
		t.Errorf("the answer alone was ticked and this went: %+v", sent)
	}
	if again := eval[bool](tab, `[...document.querySelectorAll('.report')].at(-1).disabled`); !again {
		t.Error("a reported answer does not say that it is")
	}
	tab.picture("reported")
	if left := eval[string](tab, `document.querySelector('#report-note').value + document.querySelector('#report-lines').textContent`); left != "" {
		t.Errorf("after the report the box still holds %q", left)
	}
	tab.until(20*time.Second, `!document.querySelector('#key').hidden || !document.querySelector('#offer').hidden`, "something is stored and the key to it is not offered")
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// Where no reports are taken no answer has a button for one.
func TestNoReport(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Args: []string{"--media-listen", "off"}, Config: `tenants:
  - id: site
    name: Example Site
    public: true
    policy: {reports: false}
    avatars:
      - id: lumen
        name: Lumen
        languages: [en]
        knowledge: demo
`})
	tab := openWatchedTab(t)
	tab.arrive(n.URL)
	tab.start()
	before := tab.ask("What are you?")
	tab.said(before, 30*time.Second)
	if offered := eval[int](tab, `document.querySelectorAll('.report').length`); offered != 0 {
		t.Error("no reports are taken and one is offered")
	}
	tab.leave()
}

// Where sound is kept too it is a question of its own, the permanent word says
// so, and off the record ends both.
func TestRecordedSound(t *testing.T) { // R11 R12 R41
	t.Parallel()
	n := startNetwork(t, Setup{Config: `tenants:
  - id: site
    name: Example Site
    public: true
    policy: {transcript: true, audio: true, retention: {transcript: 30d, audio: 7d}, purposes: [quality]}
    avatars:
      - id: lumen
        name: Lumen
        languages: [en]
        knowledge: demo
`})
	words := func(answers map[string]string) string {
		tab := openTab(t)
		tab.arrive(n.URL)
		tab.start()
		for step := range 2 {
			tab.until(20*time.Second, `document.querySelector('#ask-consent').open && document.querySelector('#ask-consent-step').textContent === '`+itoa(step+1)+`/2'`, "words and sound are not two questions")
			tab.settled()
			text := tab.text("#ask-consent-text")
			tab.picture("sound-asked-" + itoa(step+1))
			for part, answer := range answers {
				if strings.Contains(text, part) {
					tab.click("#ask-consent-" + answer)
				}
			}
		}
		tab.until(20*time.Second, `document.querySelector('#record').textContent.startsWith('Recorded')`, "after a yes the page does not say Recorded")
		before := tab.ask("What are you?")
		tab.said(before, 30*time.Second)
		word := tab.text("#record")
		tab.quiet(60 * time.Second)
		tab.picture("sound-recorded-" + answers["7 days"])
		tab.click("#off")
		tab.until(20*time.Second, `document.querySelector('#off').ariaChecked === 'true' && document.querySelector('#record').textContent === 'Not recorded'`, "off the record something is recorded")
		tab.until(20*time.Second, `document.querySelector('#ask-erase').open`, "the person is not asked whether to erase what was stored")
		tab.click("#ask-erase-yes")
		tab.until(20*time.Second, `document.querySelector('#toast p').textContent.startsWith('Erased')`, "what was stored is not erased")
		tab.leave()
		return word
	}
	if word := words(map[string]string{"30 days": "yes", "7 days": "yes"}); word != "Recorded: text and sound" {
		t.Errorf("with words and sound kept the page says %q", word)
	}
	if word := words(map[string]string{"30 days": "yes", "7 days": "no"}); word != "Recorded" {
		t.Errorf("with words kept and no sound the page says %q", word)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
}
