package browser

import (
	"strings"
	"testing"
	"time"

	"mayfly/gateway/rtc/relay"
)

// A network that swallows all media costs a person four seconds at most, and
// then the same can be heard over a plain line.
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
	t.Logf("all media blocked: from Start to the conversation %.0f ms, to the first sound of an answer %.0f ms", ready, sound)
	if sound > 4000 {
		t.Errorf("with all media blocked the first sound came %.0f ms after Start, want at most 4000", sound)
	}
	hearing := &journey{tab: tab}
	hearing.ask(t, "Who answers my questions?")
	hearing.judge(t)
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// Where no voice speaks the language, the answer is written and captioned,
// and the page says so before and after Start.
func TestLanguageWithoutVoice(t *testing.T) {
	n := startNetwork(t, Setup{Voiceless: true})
	tab := openTab(t)
	tab.arrive(n.URL)
	eval[any](tab, `(() => { const s = document.querySelector('#language'); s.value = 'de'; s.dispatchEvent(new Event('change', { bubbles: true })); })()`)
	if told := tab.tree(); !strings.Contains(told, "Dies ist eine KI") && !strings.Contains(told, "KI") {
		t.Errorf("in German a screen reader is told:\n%s", told)
	}
	tab.start()
	if got := tab.data("audio"); got != "text" {
		t.Errorf("no voice here speaks German, and the page prepares for %q", got)
	}
	before := tab.ask("Was bist du?")
	tab.until(10*time.Second, `document.querySelector('#caption').innerText.trim() !== ''`, "nothing was captioned")
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
	tab.until(10*time.Second, `document.documentElement.dataset.avatarState === 'speaking'`, "the avatar never began to speak")
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
