package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"mayfly/gateway/rtc/relay"
)

// Where a network swallows all media the conversation begins over a plain line
// within four seconds, and the same can be heard.
func TestMediaBlocked(t *testing.T) {
	n := startNetwork(t, Setup{})
	n.Media.Block(relay.UDP | relay.TCP)
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.take()
	pressed := eval[float64](tab, `performance.now()`)
	tab.start()
	ready := eval[float64](tab, `performance.now()`) - pressed
	if got := tab.data("transport"); got != "websocket" {
		t.Fatalf("with all media blocked the conversation runs over %q", got)
	}
	before := tab.ask("What are you?")
	tab.said(before, 20*time.Second)
	tab.quiet(30 * time.Second)
	spans := tab.take().Utterances(1500)
	if len(spans) == 0 {
		t.Fatal("over the plain line nothing was heard")
	}
	sound := spans[0].From - pressed
	figure(t, "all media blocked", "from Start to the conversation %.0f ms, to the first sound of an answer %.0f ms", ready, sound)
	if ready > 4000 {
		t.Errorf("with all media blocked the conversation began %.0f ms after Start, want at most 4000", ready)
	}
	hearing := &journey{tab: tab}
	hearing.ask(t, "Who answers my questions?")
	hearing.judge(t)
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// A browser that has no sound: the whole conversation in writing, with
// captions, and Stop stops it.
func TestJourneyWithoutSound(t *testing.T) { // R1 R2
	t.Parallel()
	model := startModel(t, func(question string) string {
		if strings.Contains(question, "river") {
			return endless
		}
		return tale
	})
	n := startNetwork(t, Setup{Args: []string{"--backend", model.URL, "--model", "m"}})
	tab := openWatchedTab(t)
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `delete window.AudioContext; delete window.webkitAudioContext;`})
	tab.arrive(n.URL)
	tab.start()
	if got := tab.data("audio") + " over " + tab.data("transport"); got != "text over websocket" {
		t.Errorf("without sound the page prepares for %s", got)
	}
	if button := tab.text("#sound"); !strings.Contains(button, "No sound here") {
		t.Errorf("where there is no sound the page says %q", button)
	}
	for _, question := range []string{"What do you see?", "What else?"} {
		before := tab.ask(question)
		if text := tab.said(before, 20*time.Second); text != tale {
			t.Errorf("%q was answered with %q", question, text)
		}
		tab.until(20*time.Second, `document.querySelector('#caption').innerText.trim() !== ''`, "nothing was captioned")
		tab.quiet(5 * time.Second)
		if told := strings.Join(tab.announced("polite"), " "); !strings.HasSuffix(told, tale) {
			t.Errorf("a screen reader is told %q", told)
		}
	}
	model.Pause.Store(int64(30 * time.Millisecond))
	before := tab.ask("Tell me about the river.")
	tab.until(20*time.Second, `document.querySelector('#stop').checkVisibility() && document.querySelectorAll('#lines > li')[`+itoa(before+1)+`]?.querySelector('.words').textContent.length > 30 && document.querySelector('#status').innerText === 'Writing'`, "an answer is being written and the page does not say so")
	tab.click("#stop")
	tab.quiet(5 * time.Second)
	last := eval[[]string](tab, `(() => { const l = document.querySelectorAll('#lines > li')[`+itoa(before+1)+`]; return [l.dataset.status, l.querySelector('.words').textContent]; })()`)
	if last[0] != "stopped" || len(last[1]) >= len(endless)-10 {
		t.Errorf("after Stop the answer is %q with %d of %d letters", last[0], len(last[1]), len(endless))
	}
	tab.leave()
	if left := tab.text("#lines"); left != "" {
		t.Errorf("after leaving the page still holds %q", left)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// Where no voice speaks the language, the answer is written and captioned,
// and the page says so before and after Start.
func TestLanguageWithoutVoice(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Voiceless: true})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.inLanguage("de")
	if told := tab.tree(); !strings.Contains(told, "Dies ist eine KI") && !strings.Contains(told, "KI") {
		t.Errorf("in German a screen reader is told:\n%s", told)
	}
	tab.start()
	if got := tab.data("audio"); got != "text" {
		t.Errorf("no voice here speaks German, and the page prepares for %q", got)
	}
	before := tab.ask("Was bist du?")
	tab.until(20*time.Second, `document.querySelector('#caption').innerText.trim() !== ''`, "nothing was captioned")
	text := tab.said(before, 10*time.Second)
	if !strings.Contains(text, "KI") {
		t.Errorf("asked in German what it is, it wrote %q", text)
	}
	tab.quiet(10 * time.Second)
	if r := tab.take(); len(r.Utterances(500)) > 0 || eval[int](tab, `window.__rig.contexts`) > 0 {
		t.Error("something was heard where no voice speaks the language")
	}
	if on := eval[bool](tab, `!document.querySelector('#sound').disabled`); on {
		t.Error("the page offers a switch for a sound that it has not")
	}
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// With the sound switched off, silence; the captions go on. On again, sound.
func TestMuted(t *testing.T) {
	model := startModel(t, func(string) string { return endless })
	n := startNetwork(t, Setup{Args: []string{"--backend", model.URL, "--model", "m"}})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.start()
	tab.ask("Tell me about the river.")
	tab.until(20*time.Second, `document.documentElement.dataset.avatarState === 'speaking'`, "the avatar never began to speak")
	time.Sleep(time.Second)
	tab.take()
	tab.click("#sound")
	time.Sleep(1500 * time.Millisecond)
	r := tab.take()
	muted := Recording{PCM: r.PCM[len(r.PCM)/3:], Zero: r.Zero}
	if loud := quantile(muted.Levels(), 1); loud > -60 {
		t.Errorf("with the sound switched off the loudest piece is at %.0f dBFS", loud)
	}
	if len(r.Of("word")) < 3 {
		t.Errorf("with the sound switched off the captions stood still: %d words in 1.5 s", len(r.Of("word")))
	}
	tab.click("#sound")
	time.Sleep(1500 * time.Millisecond)
	if len(tab.take().Utterances(500)) == 0 {
		t.Error("the sound was switched on again and nothing was heard")
	}
	tab.leave()
}
